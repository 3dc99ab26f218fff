"""AuthorizationRequest over the API: the notification in all its forms, every name of a request, lists; replays of an ITSM
playbook (GET by system id, POST notification) and of a chat approval function (v2, trailing slash, correlation id)."""
import re
import threading
import uuid

import pytest

from harness.agent import Agent

MEMBERS = ("status", "decision", "decisionPerformedByUser", "duration", "itsmRequestId", "decisionTime", "message", "systemId", "ticketId", "ticketUrl")
CODES = {"Pending": "1000", "Approved": "2000", "Denied": "2001"}
PLAIN_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}")


@pytest.fixture(scope="module")
def agent(server, client):
    group = client.post("Groups", json={"name": "Desks"}).json
    made = Agent(server).enrol(group)
    yield made
    made.close()


@pytest.fixture()
def ask(agent):
    """Makes a new pending request and gives its id."""
    def make(user="alice", path="/bin/ls"):
        request = str(uuid.uuid4())
        agent.command("request", "application", "--path", path, "--reason", f"because {request}", "--user", user + request[:8], "--request", request)
        return request

    return make


def body(request, decision="Approved", **more):
    return {"status": CODES[decision], "decision": decision, "decisionPerformedByUser": "bob@corp.test", "duration": "Once", "itsmRequestId": request, "decisionTime": "2026-03-04 05:06:07", "message": "So be it", "systemId": uuid.uuid4().hex, "ticketId": "INC" + request[:8], "ticketUrl": "https://itsm.test/" + request, **more}


def notify(client, request, decision="Approved", **more):
    return client.post("AuthorizationRequest/notification", json=body(request, decision, **more))


def audits(client, request, **query):
    detail = client.get("AuthorizationRequest/" + request).json
    rows = client.get("AuthorizationRequestAudits", **{"Filter.User": detail["requestInfo"]["user"], "Sorts[0].by": "changed", **query}).json["data"]
    return [row for row in rows if row["authorizationRequestId"] == request]


class TestNotification:
    @pytest.mark.parametrize("version", ["v1", "v2", "v3"])
    def test_decides(self, client, ask, version):
        request = ask()
        answer = notify(client.version(version), request)
        assert (answer.status, answer.json) == (200, {"id": request, "status": "2000", "decision": "Approved"})
        decision = client.version(version).get("AuthorizationRequest/" + request).json["accessDecision"]
        assert (decision["status"], decision["decision"], decision["decisionPerformedByUser"], decision["message"]) == ("Approved", "Approved", "bob@corp.test", "So be it")
        assert decision["decisionTime"] == "2026-03-04T05:06:07.0000000"
        assert PLAIN_TIME.fullmatch(decision["startDate"]) and decision["endDate"] is None

    @pytest.mark.parametrize("missing", MEMBERS)
    @pytest.mark.parametrize("how", ["absent", "null", "empty", "blank"])
    def test_needs_all_ten_members(self, client, missing, how):
        value = body(str(uuid.uuid4()))
        value.update({missing: {"null": None, "empty": "", "blank": "  "}.get(how)})
        if how == "absent":
            del value[missing]
        answer = client.post("AuthorizationRequest/notification", json=value)
        assert answer.status == 400 and missing in answer.json["errors"], answer

    def test_names_every_fault_at_once(self, client):
        answer = client.post("AuthorizationRequest/notification", json={})
        assert answer.status == 400 and set(answer.json["errors"]) == set(MEMBERS)

    @pytest.mark.parametrize("change,field", [
        ({"status": "2001"}, "status"), ({"status": "9"}, "status"), ({"decision": "Maybe"}, "decision"), ({"duration": "25 Hours"}, "duration"),
        ({"duration": "forty"}, "duration"), ({"decisionTime": "yesterday"}, "decisionTime"), ({"message": "x" * 4001}, "message"), ({"ticketId": "x" * 257}, "ticketId"),
        ({"status": 2000}, "status"), ({"message": ["x"]}, "message"),
    ])
    def test_refuses_what_contradicts_itself_or_is_out_of_range(self, client, ask, change, field):
        request = ask()
        answer = client.post("AuthorizationRequest/notification", json={**body(request), **change})
        assert answer.status == 400 and field in answer.json["errors"], answer
        assert len(audits(client, request)) == 1

    def test_refuses_what_is_no_json_object(self, client):
        for sent in (b"[]", b"{", b"7", b""):
            assert client.request("POST", "AuthorizationRequest/notification", body=sent, headers={"Content-Type": "application/json"}).status == 400
        assert client.request("POST", "AuthorizationRequest/notification", body=b"a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}).status == 415

    @pytest.mark.parametrize("sent,kept", [("once", "Once"), ("Forever", "Forever"), ("2 Hours", "2 Hours"), ("Hour:24", "24 Hours"), ("P31D", "31 Days"), ("12 Months", "12 Months"), ("3600", "1 Hours"), ("PT30M", "30 Minutes")])
    def test_takes_durations_in_every_form(self, client, ask, sent, kept):
        request = ask()
        assert notify(client, request, duration=sent).status == 200
        assert client.get("AuthorizationRequest/" + request).json["accessDecision"]["duration"] == kept

    def test_the_same_twice_is_one_audit(self, client, ask):
        request = ask()
        value = body(request)
        for _ in range(3):
            assert client.post("AuthorizationRequest/notification", json=value).status == 200
        assert [row["change"] for row in audits(client, request)] == ["Created", "Approved"]

    def test_the_same_at_the_same_time_is_one_audit(self, server, client, ask):
        request = ask()
        value = body(request)
        answers = []
        clients = [server.client() for _ in range(6)]
        threads = [threading.Thread(target=lambda c=c: answers.append(c.post("AuthorizationRequest/notification", json=value).status)) for c in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [200] * 6
        assert len(audits(client, request)) == 2

    def test_pending_attaches_a_ticket_and_nothing_else(self, client, ask):
        request = ask()
        assert notify(client, request, "Pending", duration="-", decisionTime="-").json["decision"] == "Pending"
        detail = client.get("AuthorizationRequest/" + request).json
        assert (detail["serviceTicket"]["ticketId"], detail["serviceTicket"]["ticketType"]) == ("INC" + request[:8], "ServiceNow")
        assert detail["accessDecision"]["decisionTime"] is None
        notify(client, request, "Approved")
        assert notify(client, request, "Pending", ticketUrl="https://itsm.test/new").json["decision"] == "Approved"
        detail = client.get("AuthorizationRequest/" + request).json
        assert (detail["serviceTicket"]["url"], detail["accessDecision"]["message"]) == ("https://itsm.test/new", "So be it")
        assert [row["change"] for row in audits(client, request)] == ["Created", "TicketAttached", "Approved", "TicketAttached"]

    def test_approved_and_denied_turn_into_each_other(self, client, ask):
        request = ask()
        for decision in ("Denied", "Approved", "Denied"):
            assert notify(client, request, decision).json["decision"] == decision
        assert [row["change"] for row in audits(client, request)] == ["Created", "Denied", "Approved", "Revoked"]

    def test_what_was_used_up_stays(self, client, agent, ask):
        request = ask()
        notify(client, request)
        agent.command("request", "used", "--request", request)
        answer = notify(client, request, "Denied")
        assert answer.status == 409 and "used" in answer.json["detail"]

    def test_finds_nothing(self, client):
        assert notify(client, str(uuid.uuid4())).status == 404

    def test_needs_full_access_to_jit(self, server, ask):
        request = ask()
        assert notify(server.client(["jit=read"]), request).status == 403
        assert notify(server.client(["management=full", "audit=read", "reporting=read"]), request).status == 403
        assert server.anonymous().post("AuthorizationRequest/notification", json=body(request)).status == 401
        assert notify(server.client(["jit=full"]), request).status == 200


class TestGet:
    def test_takes_every_name_of_a_request(self, client, ask):
        request = ask()
        system = uuid.uuid4().hex
        notify(client, request, systemId=system)
        for name in (request, request.upper(), request.replace("-", ""), system, "INC" + request[:8]):
            for version in ("v1", "v2", "v3"):
                answer = client.version(version).get("AuthorizationRequest/" + name)
                assert (answer.status, answer.json["id"]) == (200, request), name

    def test_three_objects_are_always_there(self, client, ask):
        detail = client.get("AuthorizationRequest/" + ask()).json
        assert set(detail) == {"id", "requestInfo", "serviceTicket", "accessDecision"}
        assert all(isinstance(detail[name], dict) for name in ("requestInfo", "serviceTicket", "accessDecision"))
        assert PLAIN_TIME.fullmatch(detail["requestInfo"]["created"])

    def test_unknown_names_and_rights(self, server, client, ask):
        assert client.get("AuthorizationRequest/" + str(uuid.uuid4())).status == 404
        assert client.get("AuthorizationRequest/INC%20none").status == 404
        assert client.get("AuthorizationRequest/" + "x" * 257).status == 400
        assert server.client(["audit=read"]).get("AuthorizationRequest/" + ask()).status == 403
        assert server.client(["jit=read"]).get("AuthorizationRequest/" + ask()).status == 200

    def test_two_requests_with_one_ticket_are_not_decided_by_it(self, client, ask):
        first, second = ask(), ask()
        for request in (first, second):
            notify(client, request, "Pending", systemId="shared-" + first[:6], ticketId="CHG-" + first[:6])
        assert notify(client, "CHG-" + first[:6]).status == 409
        assert client.get("AuthorizationRequest/CHG-" + first[:6]).status == 200


class TestList:
    def test_rows_say_the_same_as_details(self, client, agent, ask):
        request = ask("Rowena")
        notify(client, request, duration="2 Hours")
        rows = client.get("AuthorizationRequest", **{"Filter.User": "rowena" + request[:8]}).json
        assert rows["totalRecordCount"] == rows["pageCount"] == 1
        row = rows["data"][0]
        assert (row["id"], row["authorizationRequestId"], row["status"], row["decision"], row["ticketType"]) == (request, request, "2000", "Approved", "ServiceNow")
        assert (row["computerId"], row["groupName"], row["productName"], row["duration"]) == (agent.id, "Desks", "ls", "2 Hours")
        assert row["timeOfRequest"] == row["created"] and PLAIN_TIME.fullmatch(row["created"])

    @pytest.mark.parametrize("version", ["v1", "v2", "v3"])
    def test_newest_first_and_pages_do_not_overlap(self, client, ask, version):
        for _ in range(5):
            ask()
        one = client.version(version)
        whole = [row["id"] for row in one.get("AuthorizationRequest", **{"Pagination.PageSize": 1000}).json["data"]]
        walked = []
        for page in range(1, len(whole) // 2 + 2):
            walked += [row["id"] for row in one.get("AuthorizationRequest", **{"Pagination.PageSize": 2, "Pagination.PageNumber": page}).json["data"]]
        assert walked == whole
        created = [row["created"] for row in one.get("AuthorizationRequest").json["data"]]
        assert created == sorted(created, reverse=True)

    def test_refuses_wrong_filters(self, client):
        for query, field in ((("Filter.Decision", "x"), "Filter.Decision"), (("Filter.TicketType", "x"), "Filter.TicketType"), (("Filter.TimeOfRequest.Dates", "x"), "Filter.TimeOfRequest.Dates"), (("Sorts[0].by", "x"), "Sorts[0].by"), (("Pagination.PageSize", "1001"), "Pagination.PageSize")):
            answer = client.get("AuthorizationRequest", **dict([query]))
            assert answer.status == 400 and field in answer.json["errors"], answer

    def test_a_page_past_the_end_is_empty(self, client):
        answer = client.get("AuthorizationRequest", **{"Filter.User": "nobody of that name"})
        assert (answer.json["data"], answer.json["totalRecordCount"], answer.json["pageCount"]) == ([], 0, 0)


class TestReplays:
    def test_a_playbook_reads_by_system_id_and_notifies(self, client, ask):
        """As an automation platform does it: the system id names the request in the path and in itsmRequestId."""
        request = ask()
        system = uuid.uuid4().hex
        notify(client, request, "Pending", systemId=system)
        seen = client.request("GET", "/management-api/v3/AuthorizationRequest/" + system, headers={"Content-Type": "application/json"}).json
        assert seen["serviceTicket"]["ticketId"] and seen["serviceTicket"]["systemId"] == system and seen["serviceTicket"]["url"]
        assert seen["requestInfo"]["user"] and seen["requestInfo"]["created"] and seen["accessDecision"]["status"] == "Pending"
        value = body(system, "Denied", systemId=system, ticketId=seen["serviceTicket"]["ticketId"], ticketUrl=seen["serviceTicket"]["url"])
        assert client.post("AuthorizationRequest/notification", json=value).json["id"] == request

    def test_a_chat_function_posts_with_a_slash_at_the_end(self, client, ask):
        request = ask()
        answer = client.request("POST", "/management-api/v2/AuthorizationRequest/notification/", json=body(request), headers={"x-correlation-id": "chat-" + request, "Connection": "close"})
        assert answer.status == 200 and answer.headers["x-correlation-id"] == "chat-" + request
        assert answer.headers["Content-Type"].startswith("application/json") and answer.json["decision"] == "Approved"
        assert [row["correlationId"] for row in audits(client, request)][-1] == "chat-" + request

    def test_paths_in_any_letters(self, client, ask):
        request = ask()
        assert client.post("/management-api/v2/authorizationrequest/Notification", json=body(request)).status == 200
