"""GlobalRoles: paged, not in v1; custom ones (extension of v3) allow and deny."""
import uuid

import pytest
from harness.people import People


@pytest.fixture(params=["v2", "v3"])
def at(request, client):
    return client.version(request.param)


def permission(text):
    resource, action = text.split("::")
    return {"resource": resource, "action": action}


def create(client, allow=(), deny=(), **more):
    body = {"name": f"Custom {uuid.uuid4().hex[:8]}", "allowPermissions": [permission(p) for p in allow], "denyPermissions": [permission(p) for p in deny], **more}
    answer = client.post("GlobalRoles", body)
    assert answer.status == 201, answer
    return answer.json


class TestList:
    def test_is_paged(self, at):
        page = at.get("GlobalRoles", {"Pagination.PageSize": 2, "Filter.BuiltIn": True}).json
        assert (page["pageNumber"], page["pageSize"], page["totalRecordCount"], page["pageCount"]) == (1, 2, 5, 3)
        assert [row["name"] for row in page["data"]] == ["Administrator", "Auditor"]
        assert set(page["data"][0]) >= {"id", "name", "description", "builtIn", "created", "lastModified", "numberOfUsers", "allowPermissions"}

    def test_is_not_in_v1(self, client):
        assert client.version("v1").get("GlobalRoles").status == 404

    @pytest.mark.parametrize("key", ["name", "description", "builtIn", "created", "id"])
    @pytest.mark.parametrize("order", ["asc", "desc"])
    def test_sorts(self, at, key, order):
        page = at.get("GlobalRoles", {"Sorts[0].by": key, "Sorts[0].order": order})
        values = [row[key] for row in page.json["data"]]
        rank = {"name": str.lower, "description": lambda text: text or ""}.get(key)
        assert values == sorted(values, key=rank, reverse=order == "desc")

    def test_filters(self, at):
        rows = at.all("GlobalRoles")
        auditor = next(row for row in rows if row["name"] == "Auditor")
        assert [row["name"] for row in at.all("GlobalRoles", {"Filter.Id": auditor["id"]})] == ["Auditor"]
        assert [row["name"] for row in at.all("GlobalRoles", {"Filter.Name": "AUDIT"})] == ["Auditor"]
        assert "Request Manager" in [row["name"] for row in at.all("GlobalRoles", {"Filter.Description": "decides"})]
        assert at.all("GlobalRoles", {"Filter.Name": "%"}) == []

    @pytest.mark.parametrize("name, value", [("Filter.Id", "x"), ("Filter.BuiltIn", "maybe"), ("Sorts[0].by", "colour"), ("Pagination.PageSize", 1001), ("Pagination.PageNumber", 0)])
    def test_refuses(self, at, name, value):
        answer = at.get("GlobalRoles", {name: value})
        assert answer.status == 400
        assert any(name.lower().startswith(field.lower()[:8]) for field in answer.json["errors"])


class TestGet:
    def test_has_denials_too(self, at):
        row = at.all("GlobalRoles", {"Filter.Name": "Auditor"})[0]
        role = at.get(f"GlobalRoles/{row['id']}").json
        assert role["denyPermissions"] == []
        assert all(p["action"] == "Query" for p in role["allowPermissions"])

    def test_unknown_and_malformed(self, at):
        assert at.get(f"GlobalRoles/{uuid.uuid4()}").status == 404
        assert at.get("GlobalRoles/Auditor").status == 400


class TestCustom:
    def test_life(self, client):
        id_ = create(client, ["Group::Query", "computer::QUERY"], ["Computer::Delete"], description="d")
        role = client.get(f"GlobalRoles/{id_}").json
        assert role["builtIn"] is False and role["description"] == "d"
        assert role["allowPermissions"] == [permission("Group::Query"), permission("Computer::Query")]
        assert role["denyPermissions"] == [permission("Computer::Delete")]
        assert client.put(f"GlobalRoles/{id_}", {"allowPermissions": [permission("Policy::Query")]}).status == 204
        role = client.get(f"GlobalRoles/{id_}").json
        assert role["allowPermissions"] == [permission("Policy::Query")]
        assert role["denyPermissions"] == [permission("Computer::Delete")] and role["lastModified"]
        assert client.delete(f"GlobalRoles/{id_}").status == 204
        assert client.get(f"GlobalRoles/{id_}").status == 404

    def test_name_is_there_once(self, client):
        id_ = create(client)
        name = client.get(f"GlobalRoles/{id_}").json["name"]
        assert client.post("GlobalRoles", {"name": name.upper()}).status == 409
        assert client.post("GlobalRoles", {"name": "group viewer"}).status == 409
        assert client.post("GlobalRoles", {"name": ""}).status == 400
        assert client.post("GlobalRoles", {"name": "n" * 256}).status == 400

    @pytest.mark.parametrize("bad", ["Nothing::Query", "Group::Fly", "::", "Group Policy::Query"])
    def test_unknown_permission(self, client, bad):
        answer = client.post("GlobalRoles", {"name": "bad", "allowPermissions": [permission(bad)]})
        assert answer.status == 400 and all(field.startswith("allowPermissions") for field in answer.json["errors"])

    def test_built_in_ones_stay_as_they_are(self, client):
        row = client.all("GlobalRoles", {"Filter.Name": "Auditor"})[0]
        assert client.put(f"GlobalRoles/{row['id']}", {"name": "x"}).status == 409
        assert client.delete(f"GlobalRoles/{row['id']}").status == 409

    def test_held_ones_stay(self, server, client):
        people = People(server, client)
        id_ = create(client)
        client.post("Users", {"emailAddress": f"{uuid.uuid4().hex[:8]}@corp.example", "globalRolesIds": [id_]})
        assert client.get(f"GlobalRoles/{id_}").json["numberOfUsers"] == 1
        assert client.delete(f"GlobalRoles/{id_}").status == 409
        assert people

    def test_denial_wins(self, server, client):
        people = People(server, client)
        deny = create(client, deny=["Group::Create"])
        person = people.person("Computer Manager")
        assert person.post("Groups", {"name": uuid.uuid4().hex}).status == 201
        held = client.get(f"Users/{person.user}").json["globalRolesIds"]
        assert client.post(f"Users/{person.user}/AssignRoles", {"globalRolesIds": held + [deny]}).status == 204
        assert person.post("Groups", {"name": uuid.uuid4().hex}).status == 403
        assert person.get("Groups").status == 200
        # Taking the denial away from the role acts at once.
        assert client.put(f"GlobalRoles/{deny}", {"denyPermissions": []}).status == 204
        assert person.post("Groups", {"name": uuid.uuid4().hex}).status == 201

    def test_only_administrators_change_roles(self, server, client):
        people = People(server, client)
        for role in ("Auditor", "UserAdmin", "Computer Manager"):
            person = people.person(role)
            assert person.post("GlobalRoles", {"name": "mine"}).status == 403
        assert people.person("Administrator").post("GlobalRoles", {"name": uuid.uuid4().hex}).status == 201
