"""Requests for rights with real agents: asked at the endpoint, decided over the API, known at the endpoint in under two seconds."""
import json
import subprocess
import time
import uuid

import pytest

from harness.agent import Agent, wait_for
from harness.server import REEVE, clean_environment

DENIED, UNDECIDED = 3, 4
REACT_S = 2


@pytest.fixture(scope="module")
def group(client):
    answer = client.post("Groups", json={"name": "Requests"})
    assert answer.status == 201
    return answer.json


@pytest.fixture()
def agent(server, group):
    made = Agent(server).enrol(group).start()
    made.ready()
    yield made
    made.close()


def ask(agent, *more, check=True):
    return agent.command("request", "application", "--path", "/bin/ls", "--reason", "I must", "--user", "alice", *more, check=check)


def asked(agent, *more):
    return json.loads(ask(agent, "--json", *more).stdout)


def asked_admin(agent, *more):
    done = agent.command("request", "admin", "--reason", "Fix it", "--user", "alice", "--json", *more)
    return json.loads(done.stdout)


def notify(client, request, decision, duration="Once"):
    status = {"Pending": "1000", "Approved": "2000", "Denied": "2001"}[decision]
    body = {"status": status, "decision": decision, "decisionPerformedByUser": "bob", "duration": duration, "itsmRequestId": request, "decisionTime": "2026-01-02 03:04:05", "message": "So be it", "systemId": "sys" + request[:8], "ticketId": "INC1", "ticketUrl": "https://itsm.test/1"}
    return client.post("AuthorizationRequest/notification", json=body)


def decide(client, request, decision, **more):
    answer = client.post("AdminAccessRequest/approval", json={"requestId": request, "decision": decision, **more})
    assert answer.status == 200, answer
    return answer


def waiting(agent, *args):
    command = [REEVE, "agent", *args, "--state", str(agent.state)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment())


def state_on_disk(agent, request, state):
    start = time.monotonic()
    wait_for(lambda: agent.decisions().get(request, {}).get("state") == state, seconds=20, every=0.02)
    return time.monotonic() - start


class TestApplication:
    def test_the_api_shows_who_asked_for_what(self, client, agent):
        request = asked(agent, "--command-line", "ls -l /root")
        answer = client.get("AuthorizationRequest/" + request["id"])
        info = answer.json["requestInfo"]
        assert (info["user"], info["reason"], info["fileName"], info["commandLine"]) == ("alice", "I must", "ls", "ls -l /root")
        assert len(info["sha256Hash"]) == 64
        assert answer.json["serviceTicket"]["ticketId"] == request["ticketId"]
        assert answer.json["serviceTicket"]["url"].endswith("/jit-access-management/details/%d" % int(request["ticketId"][3:]))
        assert answer.json["accessDecision"]["status"] == "Pending"
        row = client.get("AuthorizationRequest", **{"Filter.User": "alice", "Sorts[0].by": "created", "Sorts[0].order": "desc"}).json["data"][0]
        assert (row["computerId"], row["groupName"]) == (agent.id, "Requests")

    def test_a_decision_is_on_the_endpoint_s_disk_within_two_seconds(self, client, agent):
        request = asked(agent)
        state_on_disk(agent, request["id"], "Pending")
        assert notify(client, request["id"], "Approved", "2 Hours").status == 200
        assert state_on_disk(agent, request["id"], "Approved") < REACT_S
        item = agent.decisions()[request["id"]]
        assert (item["duration"], item["message"], item["decisionPerformedByUser"]) == ("2 Hours", "So be it", "bob")
        assert item["application"]["filePath"].endswith("/ls")
        assert notify(client, request["id"], "Denied").status == 200
        assert state_on_disk(agent, request["id"], "Denied") < REACT_S
        assert request["id"] in agent.command("request", "list").stdout

    @pytest.mark.parametrize("decision,status", [("Approved", 0), ("Denied", DENIED)])
    def test_a_waiting_command_ends_with_the_decision(self, client, agent, decision, status):
        request = str(uuid.uuid4())
        command = waiting(agent, "request", "application", "--path", "/bin/cat", "--reason", "r", "--request", request, "--wait", "30")
        wait_for(lambda: client.get("AuthorizationRequest/" + request).status == 200)
        start = time.monotonic()
        assert notify(client, request, decision).status == 200
        out, err = command.communicate(timeout=10)
        assert time.monotonic() - start < REACT_S, (out, err)
        assert command.returncode == status, (out, err)
        assert decision in out and "So be it" in out

    def test_nobody_decides(self, agent):
        done = ask(agent, "--wait", "1", check=False)
        assert done.returncode == UNDECIDED
        assert "Pending" in done.stdout

    def test_the_same_again_opens_no_second_ticket(self, client, agent):
        first = asked(agent)
        again = asked(agent)
        named = asked(agent, "--request", first["id"])
        assert first["id"] == again["id"] == named["id"]
        assert client.get("AuthorizationRequest", **{"Filter.TicketId": first["ticketId"]}).json["totalRecordCount"] == 1

    def test_once_is_once(self, client, agent):
        request = asked(agent)
        assert agent.command("request", "used", "--request", request["id"], check=False).returncode == 1
        notify(client, request["id"], "Approved", "Once")
        for _ in range(2):
            agent.command("request", "used", "--request", request["id"])
        assert state_on_disk(agent, request["id"], "Used") < REACT_S
        assert asked(agent)["id"] != request["id"]

    def test_a_decision_made_while_the_agent_was_away_is_there_when_it_is_back(self, client, agent):
        request = asked(agent)
        agent.kill()
        notify(client, request["id"], "Approved")
        agent.start()
        state_on_disk(agent, request["id"], "Approved")

    def test_what_the_command_says_without_an_enrolment_or_a_file(self, server, agent):
        done = agent.command("request", "application", "--path", "/no/such", "--reason", "r", check=False)
        assert done.returncode == 1 and "/no/such" in done.stderr
        assert agent.command("request", "application", "--path", "/bin/ls", check=False).returncode == 2
        nobody = Agent(server)
        done = nobody.command("request", "admin", "--reason", "r", check=False)
        nobody.close()
        assert done.returncode == 1 and "not enrolled" in done.stderr


class TestAdminSession:
    def detail(self, client, request):
        return client.get("AdminAccessRequest/" + request).json

    def test_a_session_is_what_the_endpoint_says(self, client, agent):
        request = asked_admin(agent, "--seconds", "600")["id"]
        assert self.detail(client, request)["sessionState"] is None
        decide(client, request, "Approved", duration="900")
        assert state_on_disk(agent, request, "Approved") < REACT_S
        assert self.detail(client, request)["sessionState"] == "NotStarted"
        agent.command("session", "start", "--request", request)
        assert self.detail(client, request)["sessionState"] == "Active"
        assert state_on_disk(agent, request, "Active") < REACT_S
        agent.command("session", "end", "--request", request, "--end-reason", "Logoff")
        detail = self.detail(client, request)
        assert (detail["sessionState"], detail["endReason"], detail["approvedDuration"]) == ("Ended", "Logoff", "900")

    def test_a_denied_session_is_ended_by_the_agent(self, client, agent):
        request = asked_admin(agent)["id"]
        decide(client, request, "Approved")
        agent.command("session", "start", "--request", request)
        start = time.monotonic()
        decide(client, request, "Denied")
        detail = wait_for(lambda: (d := self.detail(client, request))["sessionState"] == "Revoked" and d, every=0.02)
        assert time.monotonic() - start < REACT_S
        assert detail["endReason"] == "Revoked"
        wait_for(lambda: "is over: Revoked" in agent.log_text())  # said after it was reported

    def test_a_session_ends_when_its_time_is_over(self, client, agent, server):
        request = asked_admin(agent, "--seconds", "300")["id"]
        decide(client, request, "Approved")
        agent.command("session", "start", "--request", request)
        state_on_disk(agent, request, "Active")
        agent.kill()
        file = agent.state / "decisions.json"
        kept = json.loads(file.read_text())
        for item in kept["items"]:
            if item["id"] == request:
                item["sessionStart"] = "2024-01-01T00:00:00.000Z"
        file.write_text(json.dumps(kept))
        agent.start()
        detail = wait_for(lambda: (d := self.detail(client, request))["sessionState"] == "Expired" and d)
        assert detail["endReason"] == "Expired"

    def test_one_open_request_of_a_user(self, client, agent):
        first = asked_admin(agent)
        assert asked_admin(agent, "--request", first["id"])["id"] == first["id"]
        done = agent.command("request", "admin", "--reason", "again", "--user", "ALICE", check=False)
        assert done.returncode == 1 and first["id"] in done.stderr
        answer = client.post("AdminAccessRequest", json={"computerId": agent.id, "userName": "alice"})
        assert answer.status == 409

    def test_access_given_on_behalf_of_a_user_reaches_the_endpoint(self, client, agent):
        body = {"computerId": agent.id, "userName": "carol", "duration": "1200", "decision": "Approved", "decisionTime": "2026-01-02T03:04:05Z", "decisionPerformedByUser": "bob"}
        answer = client.post("AdminAccessRequest", json=body)
        assert (answer.status, answer.json["decision"]) == (200, "Approved")
        assert state_on_disk(agent, answer.json["id"], "Approved") < REACT_S
        assert agent.decisions()[answer.json["id"]]["seconds"] == 1200

    @pytest.mark.parametrize("decision,status", [("Approved", 0), ("Denied", DENIED)])
    def test_a_waiting_command_ends_with_the_decision(self, client, agent, decision, status):
        request = str(uuid.uuid4())
        command = waiting(agent, "request", "admin", "--reason", "r", "--request", request, "--wait", "30")
        wait_for(lambda: client.get("AdminAccessRequest/" + request).status == 200)
        decide(client, request, decision, message="So be it")
        out, err = command.communicate(timeout=10)
        assert command.returncode == status, (out, err)
        assert "So be it" in out
