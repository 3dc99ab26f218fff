"""Requests made from the served definitions, right and wrong: no answer is a server's fault, takes long, or differs from
the definition, and in a long run every operation succeeds. REEVE_GENERATED_REQUESTS says how many for each definition and store,
REEVE_GENERATED_SEED which, REEVE_GENERATED_REPORT the file that gets the share of each operation's answers."""
import collections
import os
import time

import pytest

from harness import store as by_hand
from harness.agent import Agent, wait_for
from harness.definition import Definition
from harness.generator import Requests
from harness.people import People

COUNT = int(os.environ.get("REEVE_GENERATED_REQUESTS", "500"))
SEED = int(os.environ.get("REEVE_GENERATED_SEED", "1"))
REPORT = os.environ.get("REEVE_GENERATED_REPORT")
LONGEST_S = 10
LONG_RUN = 10_000  # requests of a definition, after which each operation must have succeeded
LOOK_EVERY = 250  # requests between two looks at all lists
FEW = {"computer": 10, "group": 5, "policy": 3, "log": 1}  # with less of a kind a new world is made
# Operations that generated requests can't bring to a success: part of the operation's id -> why.
NEVER = {
    "ScimMe": "an API account is no user, so the server says 501",
    "ScimGroups_Create": "SCIM's groups are the roles, which are all there already: 409",
}


class World:
    """A server with some of everything: computers in groups, policies, people who were invited long ago, a sign-in provider, and an agent
    with requests and a log. Another one takes its place when requests have used it up."""

    def __init__(self, new_server):
        self.new_server, self.server, self.agent = new_server, None, None

    def make(self):
        self.close()
        self.server = self.new_server(args=["--rate-limit", "0", "--scim-groups", "roles"], start=False)
        self.server.fill(computers=1000, groups=40, policies=20, events=500)
        client = self.server.start().client()
        people = People(self.server, client)
        for _ in range(10):
            people.user()
        by_hand.edit(self.server, "UPDATE user_account SET invited = invited - 3600000000")
        self.server.cli("auth-provider", "set", "--provider", "okta", "--domain", "corp.okta.example", "--client-id", "abc")
        self.agent = Agent(self.server).enrol(client.post("Groups", {"name": "Agents"}).json)
        for number in range(5):
            self.agent.command("request", "application", "--path", "/bin/ls", "--reason", f"reason {number}", "--user", f"user{number}")
        self.agent.start().ready()
        assert client.post(f"Computers/{self.agent.id}/RetrieveLogs").status == 200
        wait_for(lambda: [row for row in self.logs(client) if row["status"] == "Received"])
        self.computer = self.agent.id
        return self

    def client(self):
        return (self if self.server else self.make()).server.client()

    def logs(self, client):
        return client.get(f"Computers/{self.agent.id}/Logs").json

    def close(self):
        if self.agent is not None:
            self.agent.close()
            self.server.close()


@pytest.fixture(scope="module")
def world(new_server):
    made = World(new_server)
    yield made
    made.close()


def look(client, requests, few):
    """Learns what there is from all lists; false when less than `few` is left to go on with."""
    paths = list(requests.lists())
    requests.known.ids.clear()
    for path in paths:
        requests.learn(client.get(path))
    return all(len(requests.known.ids.get(kind, ())) >= least for kind, least in few.items())


def enter(world, requests, few):
    """A client of the world, whose things the requests know; of a new one when it is used up."""
    for client in (world.client(), None):
        client = client or world.make().server.client()
        requests.known.forget()
        if "log" in few:
            requests.learn(client.get(f"{requests.base}Computers/{world.computer}/Logs"))
        if look(client, requests, few):
            return client
    raise AssertionError(f"a new world lacks something: {requests.known.ids}")


@pytest.mark.parametrize("version", ["v1", "v2", "v3", "scim-v3"])
def test_generated_requests_get_documented_answers(world, store, version):
    definition = Definition(world.client().get(f"/management-api/swagger/{version}/swagger.json").json)
    requests = Requests(definition, f"{SEED} {version}")
    met = {operation["operationId"]: collections.Counter() for _, _, operation in definition.operations}
    few = FEW if version in ("v1", "v2", "v3") else {}
    client = enter(world, requests, few)
    for number in range(COUNT):
        if number % LOOK_EVERY == 0 and not look(client, requests, few):
            client = enter(world, requests, few)
        method, path, body, headers, operation = requests.next()
        began = time.monotonic()
        answer = client.request(method, path, body=body, headers=headers)
        faults = definition.faults_of(operation, answer)
        told = f"request {number} of seed {SEED}: {method} {path} {body!r:.2000}\n{answer}"
        assert answer.status < 500 or answer.status == 501, told  # 501 only where it is documented, as below
        assert time.monotonic() - began < LONGEST_S, told
        assert faults == [], f"{told}\n" + "\n".join(faults[:10])
        met[operation["operationId"]][answer.status] += 1
        requests.learn(answer)
    report(f"{version} on {store}", met)
    bare = [f"{name}: {dict(statuses)}" for name, statuses in met.items() if succeeded(statuses) == 0 and not any(part in name for part in NEVER)]
    assert COUNT < LONG_RUN or bare == [], "never a success of\n" + "\n".join(bare)


def succeeded(statuses):
    return sum(count for status, count in statuses.items() if status < 400)


def report(title, met):
    """A line for each operation, the least successful first."""
    if not REPORT:
        return
    rows = sorted((succeeded(statuses) / max(statuses.total(), 1), name, statuses) for name, statuses in met.items())
    lines = [f"{share:6.1%}  {name}  {' '.join(f'{status}:{count}' for status, count in sorted(statuses.items()))}" for share, name, statuses in rows]
    with open(REPORT, "a", encoding="utf-8") as out:
        print(f"{title}: {sum(statuses.total() for _, _, statuses in rows)} requests, successes of each operation", *lines, "", sep="\n", file=out)


def test_the_check_finds_what_differs():
    """The check itself can fail."""
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "state": {"type": "string", "enum": ["On"]}}}
    definition = Definition({"paths": {}})
    assert definition.mismatches(schema, {"id": 1, "state": "On"}) == []
    for wrong in ({}, {"id": "1"}, {"id": True}, {"id": None}, {"id": 1, "state": "Off"}, {"id": 1, "more": 2}, [], None):
        assert definition.mismatches(schema, wrong) != []
