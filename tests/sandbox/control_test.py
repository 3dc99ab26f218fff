"""What is driven under /sandbox/: faults, states, the clock, and the record of what was asked and answered."""
import base64
import datetime
import http.client
import json
import time
import urllib.parse

import pytest

from harness.definition import Definition
from harness.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as made:
        yield made


@pytest.fixture
def control(sandbox):
    client = sandbox.anonymous("/sandbox/")
    assert client.post("reset").status == 204
    return client


@pytest.fixture
def client(sandbox, control):
    return sandbox.client()


def groups(client):
    return client.get("Groups", {"Pagination.PageSize": 200}).json["data"]


def records(control, **filters):
    answer = control.get("records", filters)
    assert answer.status == 200, answer
    return answer.json["records"]


class TestFaults:
    @pytest.mark.parametrize("kind, status", [("token-expired", 401), ("forbidden", 403), ("not-found", 404), ("conflict", 409), ("rate-limit", 429), ("server-error", 500), ("unavailable", 503)])
    def test_each_status_for_one_call_by_header(self, client, kind, status):
        answer = client.get("Groups", headers={"Reeve-Sandbox-Fault": kind})
        assert answer.status == status
        if status in (429, 503):
            assert int(answer.headers["Retry-After"]) >= 1
        if status == 401:
            assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"' and answer.body == b""
        else:
            assert answer.json["status"] == status and answer.headers["Content-Type"].startswith("application/problem+json")
        assert client.get("Groups").status == 200

    def test_a_scim_call_gets_the_form_of_scim(self, sandbox, client):
        answer = client.at("/management-api/scim/v3/").get("Users", headers={"Reeve-Sandbox-Fault": "conflict"})
        assert answer.status == 409 and answer.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]

    def test_a_call_with_a_fault_changes_nothing(self, client):
        before = groups(client)
        answer = client.post("Groups", {"name": "New"}, headers={"Reeve-Sandbox-Fault": "server-error"})
        assert answer.status == 500 and groups(client) == before

    def test_for_the_next_calls_of_an_operation(self, control, client):
        made = control.post("faults", {"kind": "rate-limit", "operation": "Groups_List", "times": 2, "value": 7})
        assert made.status == 201 and made.json["left"] == 2
        answers = [client.get("Groups") for _ in range(3)]
        assert [answer.status for answer in answers] == [429, 429, 200]
        assert answers[0].headers["Retry-After"] == "7"
        assert control.get("faults").json == []

    def test_by_path_and_method(self, control, client):
        assert control.post("faults", {"kind": "not-found", "path": "/management-api/v?/groups/*", "method": "GET"}).status == 201
        assert control.delete("faults").status == 204
        assert control.post("faults", {"kind": "not-found", "path": "*/groups*", "method": "post"}).status == 201
        assert client.get("Groups").status == 200
        assert client.post("Groups", {"name": "New"}).status == 404
        assert client.get("Computers").status == 200

    def test_by_share_the_same_for_the_same_seed(self, control, client):
        runs = []
        for _ in range(2):
            assert control.post("reset").status == 204
            token = client.sign_in("sandbox", "sandbox-secret").token
            assert control.post("faults", {"kind": "unavailable", "share": 30}).status == 201
            runs.append(([client.get("Groups").status for _ in range(200)], token))
        assert runs[0] == runs[1]
        assert 30 <= runs[0][0].count(503) <= 90

    def test_can_be_removed_one_by_one(self, control, client):
        first = control.post("faults", {"kind": "forbidden"}).json["id"]
        control.post("faults", {"kind": "conflict"})
        assert client.get("Groups").status == 403
        assert control.delete(f"faults/{first}").status == 204
        assert client.get("Groups").status == 409
        assert control.delete(f"faults/{first}").status == 404

    def test_delay(self, client):
        began = time.monotonic()
        assert client.get("Groups", headers={"Reeve-Sandbox-Fault": "delay=300"}).status == 200
        assert time.monotonic() - began >= 0.3
        began = time.monotonic()
        assert client.post("Groups", {"name": "Late"}, headers={"Reeve-Sandbox-Fault": "delay=300"}).status == 201
        assert time.monotonic() - began >= 0.3

    def test_cut_before_and_after(self, sandbox, client):
        for kind, made in (("cut-before", False), ("cut-after", True)):
            name = f"Group of {kind}"
            with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
                client.close()
                client.post("Groups", {"name": name}, headers={"Reeve-Sandbox-Fault": kind})
            assert any(row["name"] == name for row in groups(client)) == made

    def test_truncated_bodies(self, client):
        whole = client.get("Computers").body
        for header, length in (("truncate=10", 10), ("truncate", len(whole) // 2)):
            client.close()
            with pytest.raises(http.client.IncompleteRead) as caught:
                client.get("Computers", headers={"Reeve-Sandbox-Fault": header})
            assert caught.value.partial == whole[:length]

    def test_pages_that_repeat_rows(self, control, client):
        steady = [row["id"] for row in client.all("Computers", {"Sorts[0].by": "host"}, size=10)]
        control.post("faults", {"kind": "repeat-rows", "operation": "Computers_List"})
        pages = [[row["id"] for row in client.get("Computers", {"Sorts[0].by": "host", "Pagination.PageSize": 10, "Pagination.PageNumber": number}).json["data"]] for number in (1, 2, 3)]
        assert pages[0] == steady[:10]
        assert pages[1] == steady[9:19]
        assert pages[2] == steady[19:25]
        by_created = [row["id"] for row in client.all("Computers", {"Sorts[0].by": "created"}, size=10)]
        assert len(by_created) == len(set(by_created)) == 25

    def test_every_kind_is_listed_and_no_other_is_taken(self, control, client):
        kinds = [row["kind"] for row in control.get("fault-kinds").json]
        assert len(kinds) == len(set(kinds)) >= 12
        for kind in kinds:
            assert control.post("faults", {"kind": kind, "operation": "Users_List"}).status == 201
        for body in ({"kind": "x"}, {}, {"kind": "delay", "value": 10**9}, {"kind": "forbidden", "value": 1}, {"kind": "forbidden", "share": 101}, {"kind": "forbidden", "times": -1}):
            assert control.post("faults", body).status == 400, body
        for header in ("x", "delay=x", "delay=-1", "forbidden=1", "delay=999999999"):
            answer = client.get("Groups", headers={"Reeve-Sandbox-Fault": header})
            assert answer.status == 400 and "Reeve-Sandbox-Fault" in answer.text, header

    def test_there_is_an_end_to_them(self, control):
        for _ in range(256):
            assert control.post("faults", {"kind": "forbidden", "operation": "Users_List"}).status == 201
        assert control.post("faults", {"kind": "forbidden"}).status == 409


class TestStates:
    def test_reset_goes_back_to_the_same_bytes(self, control, client):
        before = client.get("Computers").body, client.get("ActivityAudits").body
        made = client.post("Groups", {"name": "New"}).json
        assert control.post("reset").status == 204
        assert client.get("Groups").status == 401, "the token of before is not known any more"
        client.sign_in("sandbox", "sandbox-secret")
        assert (client.get("Computers").body, client.get("ActivityAudits").body) == before
        assert client.get(f"Groups/{made}").status == 404
        assert client.post("Groups", {"name": "Other"}).json == made, "ids are counted from the start again"

    def test_snapshots_by_name(self, control, client):
        one = client.post("Groups", {"name": "One"}).json
        assert control.put("snapshots/one").status == 204
        two = client.post("Groups", {"name": "Two"}).json
        control.post("clock", {"advanceSeconds": 10})
        clock = control.get("state").json["clock"]
        assert control.post("snapshots/one/restore").status == 204
        assert client.get(f"Groups/{one}").status == 200 and client.get(f"Groups/{two}").status == 404
        state = control.get("state").json
        assert state["clock"] < clock and [row["name"] for row in state["snapshots"]] == ["one"]
        assert client.post("Groups", {"name": "Two"}).json == two, "from the snapshot on ids are the same again"
        assert control.delete("snapshots/one").status == 204
        for method, path in (("POST", "snapshots/one/restore"), ("DELETE", "snapshots/one")):
            assert control.request(method, path).status == 404
        assert control.put("snapshots/a%2Ab").status == control.put(f"snapshots/{'a' * 64}").status == 400

    def test_there_is_an_end_to_snapshots(self, control):
        for number in range(32):
            assert control.put(f"snapshots/s{number}").status == 204
        assert control.put("snapshots/more").status == 409
        assert control.put("snapshots/s0").status == 204, "one that is there is taken anew"
        for number in range(32):
            control.delete(f"snapshots/s{number}")


class TestClock:
    def test_computers_go_away_and_tokens_run_out(self, control, client):
        assert any(row["connectionStatus"] == "Connected" for row in client.all("Computers"))
        assert control.post("clock", {"advanceSeconds": 3000}).json["clock"].startswith("2025-01-01T00:50")
        assert not any(row["connectionStatus"] == "Connected" for row in client.all("Computers"))
        control.post("clock", {"advanceSeconds": 601})
        assert client.get("Computers").status == 401

    def test_rules_archive_what_was_away_for_long(self, sandbox, control, client):
        rule = {"name": "Away", "action": "Archive", "days": 30}
        assert client.post("ManagementRules", rule).status == 201
        archived = sum(row["archived"] for row in client.all("Computers"))
        assert control.post("clock", {"advanceTo": "2025-03-01T00:00:00Z"}).status == 200
        assert sum(row["archived"] for row in sandbox.client().all("Computers")) > archived

    def test_goes_forward_only_and_not_for_ever(self, control):
        for body in ({"advanceTo": "2024-01-01"}, {"advanceTo": "x"}, {"advanceSeconds": -1}, {"advanceSeconds": 86400 * 3651}, {"advanceSeconds": 1, "advanceTo": "2025-02-01"}):
            assert control.post("clock", body).status == 400, body


class TestRecords:
    def test_what_was_sent_can_be_seen(self, control, client):
        client.post("Groups", {"name": "New"})
        client.get("Groups", {"Filter.Name": "a b", "Pagination.PageSize": 5})
        written, read = records(control, since=1)
        assert (written["operation"], written["version"], written["request"]["method"], written["response"]["status"]) == ("Groups_Create", "v3", "POST", 201)
        assert json.loads(written["request"]["postData"]["text"]) == {"name": "New"}
        assert written["request"]["postData"]["mimeType"] == "application/json"
        assert read["request"]["url"] == "/management-api/v3/Groups?Filter.Name=a%20b&Pagination.PageSize=5"
        assert {"name": "Filter.Name", "value": "a b"} in read["request"]["queryString"]
        assert json.loads(read["response"]["content"]["text"])["pageSize"] == 5

    def test_filters(self, control, client):
        client.get("Groups")
        client.get("Groups", headers={"Reeve-Sandbox-Fault": "conflict"})
        client.at("/management-api/v2/").get("Computers")
        assert len(records(control)) == 4
        assert [row["fault"] for row in records(control, operation="groups_list")] == [None, "conflict"]
        assert len(records(control, status=409)) == len(records(control, method="post")) == len(records(control, path="*/v2/*")) == 1
        page = control.get("records", {"limit": 2}).json
        assert (len(page["records"]), page["last"], page["total"]) == (2, 2, 4)
        page = control.get("records", {"since": page["last"]}).json
        assert [row["sequence"] for row in page["records"]] == [3, 4] and page["last"] == 4
        assert control.get("records", {"limit": 0}).status == control.get("records", {"since": "x"}).status == control.get("records", {"secrets": "x"}).status == 400
        assert control.delete("records").status == 204 and records(control) == []

    def test_secrets_are_masked_but_can_be_compared(self, control, client):
        client.get("Groups")
        client.get("Computers")
        text = control.get("records").text
        assert "sandbox-secret" not in text and client.token not in text
        shown = [next(header["value"] for header in row["request"]["headers"] if header["name"].lower() == "authorization") for row in records(control, since=1)]
        assert len(set(shown)) == 1 and shown[0].startswith("Bearer ***")
        client.post("DeliveryTargets", body=b'{"name": "a", "kind": "webhook", "settings": {"url": "https://example.com/", "secret" :\n"quite-a-long-secret\\"-one"}}', headers={"Content-Type": "application/json"})
        client.get("Groups?access_token=from-a-client-of-long-ago")
        client.post("Groups", body=b'\xff{"client_secret":"among-other-bytes"}', headers={"Content-Type": "application/json"})
        for text in (control.get(path, {"since": 1}).text for path in ("records", "records.har")):
            assert not any(secret in text for secret in ("quite-a-long-secret", "-one", "from-a-client", base64.b64encode(b'ret":"among-other-bytes"}').decode()[4:-4]))
        assert client.token in control.get("records", {"secrets": "show"}).text and "sandbox-secret" in control.get("records", {"secrets": "show"}).text

    def test_har(self, sandbox, control, client):
        client.post("Groups", {"name": "Zürich"})
        client.get("Groups", {"Filter.Name": "Zürich & Söhne"})
        log = control.get("records.har").json["log"]
        assert log["version"] == "1.2" and log["creator"]["name"] and len(log["entries"]) == 3
        origin = urllib.parse.urlsplit(sandbox.url).netloc
        for entry in log["entries"]:
            assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
            assert {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"} <= set(entry["request"])
            url = urllib.parse.urlsplit(entry["request"]["url"])
            assert (url.scheme, url.netloc) == ("http", origin) and url.path.startswith("/")
            assert urllib.parse.parse_qsl(url.query) == [(pair["name"], pair["value"]) for pair in entry["request"]["queryString"]]
            datetime.datetime.fromisoformat(entry["startedDateTime"].replace("Z", "+00:00"))
            assert entry["time"] >= 0 and set(entry["timings"]) >= {"send", "wait", "receive"} and entry["time"] == sum(entry["timings"].values())
            assert entry["response"]["content"]["mimeType"] and set(entry["request"].get("postData", {"mimeType": ""})) <= {"mimeType", "text", "_encoding"}
            assert {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"} <= set(entry["response"])
            assert set(entry) - {"startedDateTime", "time", "request", "response", "cache", "timings"} == {name for name in entry if name.startswith("_")}

    def test_calls_that_come_to_no_operation_are_there_too(self, control, client):
        client.get("/nothing/here")
        client.request("PATCH", "Groups")
        client.get("Groups", token=False)
        assert [(row["operation"], row["response"]["status"]) for row in records(control, since=1)] == [(None, 404), (None, 405), ("Groups_List", 401)]

    def test_a_long_body_is_cut_in_the_record(self, control, client):
        client.post("Groups", body=b'{"name": "' + b"a" * 3_000_000 + b'"}', headers={"Content-Type": "application/json"})
        (row,) = records(control, since=1)
        assert row["request"]["bodySize"] > 3_000_000 and len(row["request"]["postData"]["text"]) == 1024 * 1024


class TestDeviations:
    def warned(self, control, answer):
        row = records(control)[-1]
        assert row["warnings"] == answer.headers.get_all("Reeve-Warning", []), row
        return " | ".join(row["warnings"])

    def test_what_is_as_documented_has_no_warning(self, control, client):
        for answer in (client.get("Groups", {"Filter.Name": "a"}), client.post("Groups", {"name": "New"}), client.at("/management-api/scim/v3/").get("Users")):
            assert self.warned(control, answer) == ""

    def test_unknown_parameters(self, control, client):
        assert "Colour" in self.warned(control, client.get("Groups", {"Colour": "red"}))

    def test_content_types(self, control, client):
        for documented in ("application/json; charset=utf-8", "text/json", "application/merge-patch+json"):
            assert self.warned(control, client.post("Groups", body=b'{"name":"' + documented.encode() + b'"}', headers={"Content-Type": documented})) == ""
        assert "Content-Type" in self.warned(control, client.post("Groups", body=b'{"name":"B"}'))
        assert "no body" in self.warned(control, client.request("DELETE", f"Groups/{groups(client)[0]['id']}", json={"a": 1}))

    def test_paths(self, control, client):
        assert "letters" in self.warned(control, client.get("groups"))
        assert "slash" in self.warned(control, client.get("Groups/"))
        definition = Definition(client.get("/management-api/swagger/v3/swagger.json").json)
        alias = next(path for path, method, operation in definition.operations if "x-alias-of" in operation and method == "get" and "{" not in path)
        assert "deprecated path" in self.warned(control, client.get(alias))

    def test_only_what_differs(self, control, client):
        client.get("Groups")
        client.get("Groups", {"Colour": "red"})
        assert len(records(control, warnings="true")) == 1

    def test_a_strict_sandbox_refuses_and_records(self):
        with Sandbox("--strict") as strict:
            answer = strict.client().get("Groups", {"Colour": "red"})
            assert answer.status == 400 and "Colour" in answer.text
            assert strict.anonymous("/sandbox/").get("records").json["records"][-1]["response"]["status"] == 400


class TestControl:
    """Whoever steers a test must not be told that all is well when a word of his was not understood."""

    @pytest.mark.parametrize("path, body, named", [
        ("faults", {"kind": "conflict", "opration": "Groups_List"}, "opration"),
        ("faults", {"kind": "conflict", "operation": "Groups_Lst"}, "operation"),
        ("faults", {"kind": "conflict", "method": "FETCH"}, "method"),
        ("clock", {"advanceSecond": 5}, "advanceSecond"),
        ("clock", {}, "advanceSeconds"),
        ("clock", {"advanceTo": None}, "advanceSeconds"),
    ])
    def test_what_it_does_not_know_is_refused(self, control, path, body, named):
        answer = control.post(path, body)
        assert answer.status == 400 and named in answer.text, answer
        assert control.get("faults").json == []

    def test_unknown_parameters_are_refused(self, control):
        assert control.get("records", {"operatoin": "Groups_List"}).status == control.post("reset?hard=1").status == 400

    def test_operations_of_all_sides_are_known_in_any_letters(self, control):
        for operation in ("Groups_List", "groups_list", "Oauth_Token", "Agent_Enrol", "ScimUsers_List"):
            answer = control.post("faults", {"kind": "conflict", "operation": operation, "value": None})
            assert answer.status == 201, answer

    def test_paths_of_none_are_not_recorded(self, control):
        assert control.get("nothing").status == control.get("snapshots/a/b/c").status == 404
        assert control.post("state").status == 405
        assert records(control) == []

    def test_its_definition_is_served_and_kept(self, control):
        definition = Definition(control.get("openapi.json").json)
        for path, method, operation in definition.operations:
            if method == "get" and not path.endswith((".har", ".json")):  # files, whatever is in them
                answer = control.get(path)
                assert definition.faults_of(operation, answer) == [], path

    def test_there_is_none_outside_of_a_sandbox(self, new_server):
        client = new_server().client()
        for path in ("state", "records", "openapi.json", "faults"):
            assert client.get(f"/sandbox/{path}").status == 404
        assert client.post("/sandbox/reset").status == 404
        assert client.get("Groups", headers={"Reeve-Sandbox-Fault": "server-error"}).status == 200
