"""AcceptedDomains in all versions: what is a domain, one of each, and none goes while it is needed."""
import uuid

import pytest
from harness.people import People

UNKNOWN = str(uuid.uuid4())


@pytest.fixture(params=["v1", "v2", "v3"])
def at(request, client):
    return client.version(request.param)


def add(client, domain):
    answer = client.post("AcceptedDomains", {"domainName": domain})
    assert answer.status == 201, answer
    return answer.json


class TestCreate:
    def test_answers_id_and_address(self, at):
        name = f"{uuid.uuid4().hex[:8]}.example"
        answer = at.post("AcceptedDomains", {"domainName": f"  {name.upper()} "})
        assert answer.status == 201
        assert answer.headers["Location"].endswith(f"/AcceptedDomains/{answer.json}")
        assert at.get(answer.headers["Location"]).json == {"id": answer.json, "domain": name}
        assert at.get(f"Tasks/{answer.json}").json["status"] == "Completed"

    def test_takes_either_name(self, at):
        name = f"{uuid.uuid4().hex[:8]}.example"
        assert at.post("AcceptedDomains", {"domain": name}).status == 201
        assert at.post("AcceptedDomains", {"DOMAINNAME": name}).status == 409
        assert at.post("AcceptedDomains", {"domain": "a.example", "domainName": "b.example"}).status == 400

    @pytest.mark.parametrize("name", [None, "", " ", "localhost", "a@b.example", "a..example", ".a.example", "-a.example", "1.2.3.4", "a b.example", "x" * 64 + ".example", 7, ["a.example"]])
    def test_refuses_what_is_none(self, client, name):
        answer = client.post("AcceptedDomains", {"domainName": name})
        assert answer.status == 400
        assert "domainName" in answer.json["errors"]

    def test_bound(self, client):
        label = "a" * 60
        longest = ".".join([label, label, label, label, "e" * 7])  # 4 * 61 + 7
        assert len(longest) == 251
        assert client.post("AcceptedDomains", {"domainName": longest}).status == 201
        assert client.post("AcceptedDomains", {"domainName": "aaa" + longest}).status == 400

    def test_names_in_other_scripts_have_one_form(self, client):
        answer = client.post("AcceptedDomains", {"domainName": "BÜCHER.example"})
        assert client.get(f"AcceptedDomains/{answer.json}").json["domain"] == "xn--bcher-kva.example"
        assert client.post("AcceptedDomains", {"domainName": "xn--bcher-kva.example"}).status == 409

    def test_needs_json(self, client):
        assert client.request("POST", "AcceptedDomains", form={"domainName": "a.example"}).status == 415


class TestReadAndChange:
    def test_list_is_a_plain_array_by_name(self, at):
        add(at, f"{uuid.uuid4().hex[:8]}.example")
        rows = at.get("AcceptedDomains").json
        assert isinstance(rows, list) and rows
        assert [row["domain"] for row in rows] == sorted(row["domain"] for row in rows)
        assert all(set(row) == {"id", "domain"} for row in rows)

    def test_put(self, at):
        id_ = add(at, f"{uuid.uuid4().hex[:8]}.example")
        other = f"{uuid.uuid4().hex[:8]}.example"
        taken = f"{uuid.uuid4().hex[:8]}.example"
        add(at, taken)
        assert at.put(f"AcceptedDomains/{id_}", {"domain": other}).status == 204
        assert at.get(f"AcceptedDomains/{id_}").json["domain"] == other
        assert at.put(f"AcceptedDomains/{id_}", {"domainName": taken}).status == 409
        assert at.put(f"AcceptedDomains/{id_}", {}).status == 400

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_unknown_and_malformed_ids(self, client, method):
        body = {"domain": "a.example"} if method == "PUT" else None
        assert client.request(method, f"AcceptedDomains/{UNKNOWN}", json=body).status == 404
        assert client.request(method, "AcceptedDomains/seven", json=body).status == 400


class TestDelete:
    def test_goes_once(self, at):
        id_ = add(at, f"{uuid.uuid4().hex[:8]}.example")
        assert at.delete(f"AcceptedDomains/{id_}").status == 204
        assert at.delete(f"AcceptedDomains/{id_}").status == 404

    def test_stays_while_enabled_users_are_in_it(self, client):
        add(client, f"{uuid.uuid4().hex[:8]}.example")
        name = f"{uuid.uuid4().hex[:8]}.example"
        id_ = add(client, name)
        user = client.post("Users", {"emailAddress": f"a@{name}"}).json
        assert client.delete(f"AcceptedDomains/{id_}").status == 409
        assert client.put(f"AcceptedDomains/{id_}", {"domain": "other.example"}).status == 409
        assert client.patch(f"Users/{user}/Disable").status == 204
        assert client.delete(f"AcceptedDomains/{id_}").status == 204

    def test_last_one_stays_while_anybody_is_in_it(self, new_server):
        server = new_server()
        client = server.client()
        id_ = add(client, "last.example")
        user = client.post("Users", {"emailAddress": "a@last.example"}).json
        client.patch(f"Users/{user}/Disable")
        assert client.delete(f"AcceptedDomains/{id_}").status == 409


class TestRights:
    def test_api_accounts(self, server):
        reader = server.client(["management=read"])
        assert reader.get("AcceptedDomains").status == 200
        assert reader.post("AcceptedDomains", {"domainName": "no.example"}).status == 403
        assert server.client(["audit=read"]).get("AcceptedDomains").status == 403

    def test_users(self, server, client):
        people = People(server, client)
        assert people.person("DomainSettingsViewer").get("AcceptedDomains").status == 200
        assert people.person("DomainSettingsViewer").post("AcceptedDomains", {"domainName": "no.example"}).status == 403
        admin = people.person("DomainSettingsAdmin")
        assert admin.post("AcceptedDomains", {"domainName": f"{uuid.uuid4().hex[:8]}.example"}).status == 201
        assert people.person("Group Viewer").get("AcceptedDomains").status == 403
