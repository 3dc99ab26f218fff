"""AuthorizationRequestAudits: a row a change, by number; replay of a SIEM adapter's range over v1."""
import datetime
import uuid

import pytest

from harness.agent import Agent


@pytest.fixture(scope="module")
def requests(server, client):
    """Ten decided requests: (id, user)."""
    group = client.post("Groups", json={"name": "Audited"}).json
    agent = Agent(server).enrol(group)
    made = []
    for number in range(10):
        request = str(uuid.uuid4())
        agent.command("request", "application", "--path", "/bin/ls", "--reason", f"reason {number}", "--user", f"user{number}", "--request", request)
        body = {"status": "2001" if number % 2 else "2000", "decision": "Denied" if number % 2 else "Approved", "decisionPerformedByUser": "bob", "duration": "Once", "itsmRequestId": request, "decisionTime": "2026-03-04 05:06:07", "message": "m", "systemId": f"s{number}", "ticketId": f"INC{number}", "ticketUrl": "https://itsm.test/"}
        assert client.post("AuthorizationRequest/notification", json=body).status == 200
        made.append((request, f"user{number}"))
    agent.close()
    return made


class TestList:
    @pytest.mark.parametrize("version", ["v1", "v2", "v3"])
    def test_has_a_row_a_change(self, client, requests, version):
        page = client.version(version).get("AuthorizationRequestAudits", **{"Pagination.PageSize": 1000}).json
        assert page["totalRecordCount"] == 20
        by_request = {}
        for row in page["data"]:
            assert isinstance(row["id"], int) and row["id"] < 2**31
            by_request.setdefault(row["authorizationRequestId"], []).append(row)
        for request, user in requests:
            first, second = sorted(by_request[request], key=lambda row: row["id"])
            assert (first["decision"], first["change"], first["ticketId"][:3]) == ("Pending", "Created", "EPM")
            assert second["decision"] in ("Approved", "Denied") and second["ticketId"].startswith("INC")
            assert first["user"] == second["user"] == user

    def test_ids_rise_and_pages_do_not_overlap(self, client, requests):
        seen = []
        for page in range(1, 9):
            rows = client.get("AuthorizationRequestAudits", **{"Pagination.PageSize": 3, "Pagination.PageNumber": page, "Sorts[0].by": "timeOfRequest", "Sorts[0].order": "asc"}).json
            seen += [row["id"] for row in rows["data"]]
        assert len(seen) == len(set(seen)) == 20 and rows["pageCount"] == 7

    @pytest.mark.parametrize("query,count", [
        ({"Filter.Decision": "approved"}, 5), ({"Filter.Decision": "Pending"}, 10), ({"Filter.User": "USER3"}, 2), ({"Filter.Reason": "reason 7"}, 2), ({"Filter.TicketId": "INC"}, 10),
        ({"Filter.TicketType": "EPM"}, 10), ({"Filter.DecisionPerformedByUser": "BOB"}, 10), ({"Filter.GroupName": "audit"}, 20), ({"Filter.ProductName": "ls"}, 20), ({"Filter.Workstyle": "x"}, 0),
        ({"Filter.User": "user3", "Filter.Decision": "Denied"}, 1),
    ])
    def test_filters(self, client, requests, query, count):
        assert client.get("AuthorizationRequestAudits", **query).json["totalRecordCount"] == count

    def test_needs_audit_access(self, server, requests):
        assert server.client(["jit=full", "management=full"]).get("AuthorizationRequestAudits").status in (200, 403)
        assert server.client(["jit=full"]).get("AuthorizationRequestAudits").status == 403
        assert server.client(["audit=read"]).get("AuthorizationRequestAudits").status == 200


class TestGet:
    def test_shows_the_request_as_it_was(self, client, requests):
        rows = client.get("AuthorizationRequestAudits", **{"Filter.User": "user4", "Sorts[0].by": "changed"}).json["data"]
        before, after = (client.get(f"AuthorizationRequestAudits/{row['id']}").json for row in rows)
        assert (before["accessDecision"]["status"], after["accessDecision"]["status"]) == ("Pending", "Approved")
        assert before["requestInfo"] == after["requestInfo"] and after["requestInfo"]["user"] == "user4"
        assert (before["serviceTicket"]["ticketType"], after["serviceTicket"]["ticketType"]) == ("EPM", "ServiceNow")

    @pytest.mark.parametrize("number,status", [("0", 404), ("-1", 404), ("9223372036854775807", 404), ("9223372036854775808", 400), ("x", 400), ("6f1d2c3b-0000-4000-8000-00000000dead", 400)])
    def test_numbers_that_are_none(self, client, number, status):
        assert client.get("AuthorizationRequestAudits/" + number).status == status


class TestReplays:
    def test_an_adapter_walks_a_range_on_v1(self, client, requests):
        """As a SIEM adapter polls: Range from a moment to now with fractions, page by page until a short one."""
        now = datetime.datetime.now(datetime.timezone.utc)
        dates = [(now - datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")]
        one = client.version("v1")
        seen, page = [], 1
        while True:
            answer = one.get("AuthorizationRequestAudits", **{"Filter.TimeOfRequest.SelectionMode": "Range", "Filter.TimeOfRequest.Dates": dates, "Pagination.PageSize": 8, "Pagination.PageNumber": page})
            assert answer.status == 200
            seen += [row["timeOfRequest"] for row in answer.json["data"]]
            if page >= answer.json["pageCount"]:
                break
            page += 1
        assert len(seen) == 20
        open_ended = one.get("AuthorizationRequestAudits", **{"Filter.TimeOfRequest.SelectionMode": "range", "Filter.TimeOfRequest.Dates": dates[0]})
        assert open_ended.json["totalRecordCount"] == 20
