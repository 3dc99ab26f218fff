"""AdminAccessRequest over the API: on behalf of a user, decided at once or later, one open a user and computer, every path."""
import re
import threading
import uuid

import pytest

from harness.agent import Agent

PLAIN_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}")
DECIDED = {"decision": "Approved", "decisionTime": "2026-01-02T03:04:05Z", "decisionPerformedByUser": "bob"}


@pytest.fixture(scope="module")
def group(client):
    return client.post("Groups", json={"name": "Admins"}).json


@pytest.fixture(scope="module")
def agent(server, group):
    made = Agent(server).enrol(group)
    yield made
    made.close()


@pytest.fixture(scope="module")
def computer(agent):
    return agent.id


@pytest.fixture()
def user():
    return "user-" + uuid.uuid4().hex[:12]


def create(client, computer, user, **more):
    return client.post("AdminAccessRequest", json={"computerId": computer, "userName": user, **more})


def made(client, computer, user, **more):
    answer = create(client, computer, user, **more)
    assert answer.status == 200, answer
    return answer.json["id"]


def decide(client, request, decision, path="AdminAccessRequest/approval", **more):
    return client.post(path, json={"requestId": request, "decision": decision, **more})


def detail(client, request):
    return client.get("AdminAccessRequest/" + request).json


class TestCreate:
    @pytest.mark.parametrize("version", ["v1", "v2", "v3"])
    def test_is_pending_without_a_decision(self, client, computer, user, version):
        one = client.version(version)
        answer = create(one, computer, user, duration="1800", reason="Fix", userId="S-1-5-21-" + user)
        assert answer.status == 200 and answer.json["decision"] == "Pending" and re.fullmatch(r"EPM\d{6,}", answer.json["ticketId"])
        row = detail(one, answer.json["id"])
        assert (row["computerId"], row["groupName"], row["userName"], row["reason"], row["duration"], row["approvedDuration"]) == (computer, "Admins", user, "Fix", "1800", None)
        assert (row["decision"], row["ticketType"], row["sessionState"]) == ("Pending", "EPM", None)
        assert PLAIN_TIME.fullmatch(row["createdOn"]) and row["createdOn"] == row["modifiedOn"]

    @pytest.mark.parametrize("decision,state", [("Approved", "NotStarted"), ("denied", None)])
    def test_is_decided_at_once_with_the_three_members(self, client, computer, user, decision, state):
        answer = create(client, computer, user, **{**DECIDED, "decision": decision}, message="So be it", systemId="k", ticketId="CHG1", ticketUrl="https://itsm.test/1")
        assert (answer.status, answer.json["decision"], answer.json["ticketId"]) == (200, decision.capitalize(), "CHG1")
        row = detail(client, answer.json["id"])
        assert (row["decisionTime"], row["decisionPerformedByUser"], row["message"]) == ("2026-01-02T03:04:05.0000000", "bob", "So be it")
        assert (row["ticketType"], row["systemId"], row["ticketUrl"], row["sessionState"]) == ("ServiceNow", "k", "https://itsm.test/1", state)
        assert (row["duration"], row["approvedDuration"]) == ("3600", "3600" if state else None)

    @pytest.mark.parametrize("more,field", [
        ({"duration": "299"}, "duration"), ({"duration": "86401"}, "duration"), ({"duration": "1h"}, "duration"), ({"duration": 600}, "duration"), ({"userName": " "}, "userId"),
        ({"decision": "Approved"}, "decisionTime"), ({"decisionTime": "2026-01-02T03:04:05Z"}, "decision"), ({"decisionPerformedByUser": "bob"}, "decisionTime"),
        ({**DECIDED, "decision": "Pending"}, "decision"), ({**DECIDED, "decisionTime": "soon"}, "decisionTime"), ({"computerId": "x"}, "computerId"), ({"computerId": None}, "computerId"), ({"message": "x" * 4001}, "message"),
    ])
    def test_refuses_what_is_not_whole(self, client, computer, user, more, field):
        answer = client.post("AdminAccessRequest", json={"computerId": computer, "userName": user, **more})
        assert answer.status == 400 and field in answer.json["errors"], answer
        assert client.get("AdminAccessRequest", **{"Filter.UserName": user}).json["totalRecordCount"] == 0

    @pytest.mark.parametrize("duration", ["300", "86400", None])
    def test_takes_the_bounds_of_the_duration(self, client, computer, user, duration):
        assert create(client, computer, user, duration=duration).status == 200

    def test_takes_names_in_every_form(self, client, computer, user):
        for name in ("CORP\\" + user, user + "@corp.test", user):
            assert create(client, computer, name).status == 200

    def test_knows_the_computer(self, client, user):
        assert create(client, str(uuid.uuid4()), user).status == 404

    def test_one_open_request_of_a_user_on_a_computer(self, client, computer, user):
        first = made(client, computer, user)
        answer = create(client, computer, user.upper())
        assert answer.status == 409 and first in answer.json["detail"]
        decide(client, first, "Approved")
        assert create(client, computer, user).status == 409
        decide(client, first, "Denied")
        assert create(client, computer, user).status == 200

    def test_of_many_at_once_one_is_made(self, server, client, computer, user):
        statuses = []
        clients = [server.client() for _ in range(6)]
        threads = [threading.Thread(target=lambda c=c: statuses.append(create(c, computer, user).status)) for c in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200] + [409] * 5
        assert client.get("AdminAccessRequest", **{"Filter.UserName": user}).json["totalRecordCount"] == 1

    def test_needs_full_access_to_jit(self, server, computer, user):
        for scopes, status in ((["jit=read"], 403), (["management=full"], 403), (["jit=full"], 200)):
            assert create(server.client(scopes), computer, user).status == status
        assert create(server.anonymous(), computer, user).status == 401


class TestDecide:
    @pytest.mark.parametrize("version", ["v1", "v2", "v3"])
    @pytest.mark.parametrize("path", ["approval", "decision", "notification", "{id}/decision", "{id}/approval"])
    def test_every_path(self, client, computer, user, version, path):
        request = made(client, computer, user)
        body = {"decision": "Approved", "duration": "600", "message": "m"}
        if "{id}" not in path:
            body["requestId"] = request
        answer = client.version(version).post("AdminAccessRequest/" + path.format(id=request), json=body)
        assert (answer.status, answer.json["id"], answer.json["decision"]) == (200, request, "Approved")
        assert detail(client, request)["approvedDuration"] == "600"

    @pytest.mark.parametrize("name", ["requestId", "id", "adminAccessRequestId", "itsmRequestId", "REQUESTID"])
    @pytest.mark.parametrize("who", ["decisionPerformedByUser", "user"])
    def test_every_name_of_a_member(self, client, computer, user, name, who):
        request = made(client, computer, user)
        answer = client.post("AdminAccessRequest/approval", json={name: request.replace("-", "").upper(), "decision": "denied", who: "carol"})
        assert (answer.status, answer.json["decision"]) == (200, "Denied")
        assert detail(client, request)["decisionPerformedByUser"] == "carol"

    def test_the_account_decides_when_nobody_is_named(self, server, computer, user):
        one = server.client(name="Decider " + user)
        request = made(one, computer, user)
        decide(one, request, "Approved")
        assert detail(one, request)["decisionPerformedByUser"] == "Decider " + user

    def test_a_decision_keeps_or_changes_the_length(self, client, computer, user):
        request = made(client, computer, user, duration="1200")
        decide(client, request, "Approved")
        assert detail(client, request)["approvedDuration"] == "1200"
        decide(client, request, "Approved", duration="900")
        assert detail(client, request)["approvedDuration"] == "900"
        decide(client, request, "Approved", message="longer text")
        assert detail(client, request)["approvedDuration"] == "900"

    def test_the_same_twice_changes_nothing(self, client, computer, user):
        request = made(client, computer, user)
        for _ in range(3):
            assert decide(client, request, "Approved", duration="600").status == 200
        modified = detail(client, request)["modifiedOn"]
        decide(client, request, "Approved", duration="600")
        assert detail(client, request)["modifiedOn"] == modified

    def test_a_denial_is_taken_back_while_nothing_newer_is_open(self, client, computer, user):
        request = made(client, computer, user)
        decide(client, request, "Denied")
        assert decide(client, request, "Approved").status == 200
        decide(client, request, "Denied")
        assert detail(client, request)["sessionState"] == "Revoked"
        made(client, computer, user)
        assert decide(client, request, "Approved").status == 409

    def test_what_is_over_stays(self, client, agent, computer, user):
        request = made(client, computer, user, **DECIDED)
        agent.command("session", "start", "--request", request)
        agent.command("session", "end", "--request", request)
        for decision in ("Approved", "Denied"):
            answer = decide(client, request, decision, message="late")
            assert answer.status == 409 and "ended" in answer.json["detail"]

    @pytest.mark.parametrize("more,field", [({"decision": "Pending"}, "decision"), ({"decision": None}, "decision"), ({"decision": ""}, "decision"), ({"duration": "10"}, "duration"), ({"requestId": "x"}, "requestId"), ({"requestId": None}, "requestId")])
    def test_refuses_what_it_cannot_read(self, client, computer, user, more, field):
        request = made(client, computer, user)
        answer = client.post("AdminAccessRequest/approval", json={"requestId": request, "decision": "Approved", **more})
        assert answer.status == 400 and field in answer.json["errors"], answer
        assert detail(client, request)["decision"] == "Pending"

    def test_unknown_requests_and_rights(self, server, client, computer, user):
        request = made(client, computer, user)
        for version in ("v1", "v2", "v3"):
            assert decide(client.version(version), str(uuid.uuid4()), "Approved").status == 404
        assert decide(server.client(["jit=read"]), request, "Approved").status == 403
        assert decide(server.anonymous(), request, "Approved").status == 401
        assert detail(client, request)["decision"] == "Pending"

    def test_the_correlation_id_comes_back(self, client, computer, user):
        answer = client.request("POST", "AdminAccessRequest/approval", json={"requestId": made(client, computer, user), "decision": "Approved"}, headers={"x-correlation-id": "c-77"})
        assert answer.headers["x-correlation-id"] == "c-77"


class TestList:
    @pytest.fixture(scope="class")
    def three(self, client, computer):
        """A pending, an approved and a denied request of users of one name."""
        name = "list-" + uuid.uuid4().hex[:8]
        made(client, computer, name + "-a", userId="S-" + name)
        made(client, computer, name + "-b", **DECIDED)
        made(client, computer, name + "-c", **{**DECIDED, "decision": "Denied"})
        return name

    @pytest.mark.parametrize("query,count", [
        ({}, 3), ({"Filter.Decision": "pending"}, 1), ({"Filter.Decision": "APPROVED"}, 1), ({"Filter.ActiveOnly": "true"}, 2), ({"Filter.ActiveOnly": "false"}, 3), ({"Filter.UserId": "s-LIST"}, 1),
        ({"Filter.CreatedOn": "2020-01-01"}, 0), ({"Filter.CreatedOn": "2020-01-01T00:00:01Z"}, 3), ({"Filter.ModifiedOn": "2020-01-01T10:00:00Z"}, 3), ({"Filter.ModifiedOn": "2100-01-01T10:00:00Z"}, 0),
    ])
    @pytest.mark.parametrize("version", ["v1", "v3"])
    def test_filters(self, client, three, query, count, version):
        answer = client.version(version).get("AdminAccessRequest", **{"Filter.UserName": three.upper(), **query})
        assert answer.json["totalRecordCount"] == len(answer.json["data"]) == count

    def test_by_day_and_computer(self, client, computer, three):
        day = detail(client, client.get("AdminAccessRequest", **{"Filter.UserName": three}).json["data"][0]["id"])["createdOn"][:10]
        for text in (day, day + "T00:00:00Z"):
            assert client.get("AdminAccessRequest", **{"Filter.UserName": three, "Filter.CreatedOn": text}).json["totalRecordCount"] == 3
        assert client.get("AdminAccessRequest", **{"Filter.UserName": three, "Filter.ComputerId": computer.upper()}).json["totalRecordCount"] == 3
        assert client.get("AdminAccessRequest", **{"Filter.UserName": three, "Filter.ComputerId": str(uuid.uuid4())}).json["totalRecordCount"] == 0

    @pytest.mark.parametrize("key", ["createdOn", "modifiedOn", "decision", "userName", "computerName", "ticketId", "duration", "decisionTime"])
    def test_sorts_both_ways(self, client, three, key):
        rows = [[row["id"] for row in client.get("AdminAccessRequest", **{"Filter.UserName": three, "Sorts[0].by": key, "Sorts[0].order": order, "Sorts[1].by": "userName", "Sorts[1].order": order}).json["data"]] for order in ("asc", "DESC")]
        assert len(rows[0]) == 3 and rows[0] == rows[1][::-1]

    @pytest.mark.parametrize("query", [{"Filter.Decision": "x"}, {"Filter.CreatedOn": "x"}, {"Filter.ActiveOnly": "x"}, {"Filter.ComputerId": "x"}, {"Sorts[0].by": "message"}])
    def test_refuses_wrong_values(self, client, query):
        answer = client.get("AdminAccessRequest", **query)
        assert answer.status == 400 and list(query)[0] in answer.json["errors"]

    def test_newest_first(self, client, three):
        created = [row["createdOn"] for row in client.get("AdminAccessRequest").json["data"]]
        assert created == sorted(created, reverse=True)

    def test_needs_jit(self, server, client, computer, user):
        request = made(client, computer, user)
        for path in ("AdminAccessRequest", "AdminAccessRequest/" + request):
            assert server.client(["jit=read"]).get(path).status == 200
            assert server.client(["management=full", "audit=read"]).get(path).status == 403
        assert client.get("AdminAccessRequest/" + str(uuid.uuid4())).status == 404
        assert client.get("AdminAccessRequest/x").status == 400


class TestAudit:
    def test_every_change_is_told_with_its_correlation_id(self, client, agent, computer, user):
        steps = [("POST", "AdminAccessRequest", {"computerId": computer, "userName": user}), ("POST", "AdminAccessRequest/approval", {"decision": "Approved", "user": "bob"}), ("POST", "AdminAccessRequest/approval", {"decision": "Denied"})]
        request = None
        for number, (method, path, body) in enumerate(steps):
            sent = body if request is None else {**body, "requestId": request}
            request = client.request(method, path, json=sent, headers={"x-correlation-id": f"{user}-{number}"}).json["id"]
        rows = [row for row in client.get("ActivityAudits/Details", **{"Filter.Entity": "AdminAccessRequest", "Sorts[0].by": "id", "Sorts[0].order": "desc"}).json["data"] if user in row["details"]]
        assert [row["auditType"] for row in rows] == ["AdminAccessRequestDenied", "AdminAccessRequestApproved", "AdminAccessRequestCreated"]
        assert [row["authorizationRequestDataAuditing"]["correlationId"] for row in rows] == [f"{user}-{number}" for number in (2, 1, 0)]
        assert rows[1]["authorizationRequestDataAuditing"]["newDecision"] == "Approved" and rows[1]["changedBy"] == "API"

    def test_what_changes_nothing_is_not_told(self, client, computer, user):
        request = made(client, computer, user)
        before = client.get("ActivityAudits").json["totalRecordCount"]
        decide(client, request, "Approved")
        for _ in range(3):
            decide(client, request, "Approved")
        assert client.get("ActivityAudits").json["totalRecordCount"] == before + 1
