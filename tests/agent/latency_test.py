"""What an operator decides is at a waiting agent in under two seconds: from the call to the agent's disk, or to the answer in the API."""
import time
import uuid

import pytest

from harness import policies
from harness.agent import Agent, wait_for

REACT_S = 2
ROUNDS = 3


@pytest.fixture(scope="module", params=["one server", "two servers"])
def pair(request, store, new_server):
    """(server of the agents, server that the operator calls): the same one, or two on one PostgreSQL."""
    first = new_server()
    if request.param == "one server":
        return first, first
    if store != "postgres":
        pytest.skip("SQLite is one server's")
    return first, new_server(database=first.database)


@pytest.fixture(scope="module")
def operator(pair):
    return pair[1].client()


@pytest.fixture()
def group(operator):
    """Its own for each test: a wake of the group would also end the waits of agents that were killed."""
    return operator.post("Groups", json={"name": f"Latency {uuid.uuid4()}"}).json


def waiting(server):
    """How many check-ins wait in it. Those of agents that were killed count until their time is up."""
    lines = server.anonymous("/").get("metrics").text.splitlines()
    return float(dict(line.rsplit(" ", 1) for line in lines if line and line[0] != "#")["reeve_waiting_calls"])


@pytest.fixture()
def new_agent(pair):
    made, before = [], waiting(pair[0])

    def make(group=None):
        agent = Agent(pair[0]).enrol(group).start()
        made.append(agent)
        agent.waits = lambda: wait_for(lambda: waiting(pair[0]) > before)
        return agent

    yield make
    for agent in made:
        agent.close()


def timed(action, what):
    """Seconds from before the call until `what` is true."""
    start = time.monotonic()
    answer = action()
    assert answer.status == 200, answer
    wait_for(what, seconds=15, every=0.01)
    return time.monotonic() - start


def test_an_authorisation(pair, operator, group, new_agent):
    agent = new_agent()
    wait_for(lambda: agent.status()["state"] == "Pending")
    agent.waits()
    took = timed(
        lambda: operator.post("Computers/Authorise", json={"computerIds": [agent.id], "groupId": group}),
        lambda: '"Authorised"' in (agent.state / "status.json").read_text(),
    )
    assert took < REACT_S


def test_a_policy_is_applied_and_reported(pair, operator, group, new_agent):
    agent = new_agent(group).ready()
    policy, _ = policies.create(operator, f"Latency {agent.id}")
    link = agent.state / "policy.xml"
    for _ in range(ROUNDS):
        revision = policies.upload(operator, policy)
        wait_for(lambda: operator.get("Computers/" + agent.id).json["endpointInformation"]["osCaption"])
        agent.waits()
        took = timed(
            lambda: operator.post(f"Groups/{group}/AssignPolicyRevision", json={"policyRevisionId": revision}),
            lambda: link.is_symlink() and revision in str(link.readlink()) and operator.get("Computers/" + agent.id).json["policyRevisionStatus"] == "OnLatestPolicy",
        )
        assert took < REACT_S


def test_a_command_is_done_and_shown(pair, operator, group, new_agent):
    agent = new_agent(group).ready()
    wait_for(lambda: operator.get("Computers/" + agent.id).json["endpointInformation"]["osCaption"])
    for kind in ("RetrieveStatusInfo", "RenewCertificate"):
        agent.waits()

        def done(kind=kind):
            rows = operator.get(f"Computers/{agent.id}/CommandLogs").json
            return any(row["commandType"] == kind and row["status"] == "Completed" for row in rows)

        assert timed(lambda kind=kind: operator.post(f"Computers/{agent.id}/{kind}"), done) < REACT_S
    agent.waits()

    def received():
        return any(row["status"] == "Received" for row in operator.get(f"Computers/{agent.id}/Logs").json)

    assert timed(lambda: operator.post(f"Computers/{agent.id}/RetrieveLogs"), received) < REACT_S


def test_a_move_to_another_group(pair, operator, group, new_agent):
    agent = new_agent(group).ready()
    _, revision = policies.create(operator, f"Move {agent.id}")
    other = operator.post("Groups", json={"name": f"Latency {agent.id}"}).json
    policies.assign(operator, other, revision)
    agent.waits()
    took = timed(
        lambda: operator.post(f"Groups/{other}/AssignComputers", json={"computerIds": [agent.id]}),
        lambda: revision in (agent.state / "policy" / "current.json").read_text() if (agent.state / "policy" / "current.json").exists() else False,
    )
    assert took < REACT_S


def test_a_rejection(pair, operator, new_agent):
    agent = new_agent()
    wait_for(lambda: agent.status()["state"] == "Pending")
    agent.waits()
    took = timed(
        lambda: operator.post("Computers/Reject", json={"computerIds": [agent.id]}),
        lambda: '"Rejected"' in (agent.state / "status.json").read_text(),
    )
    assert took < REACT_S
