"""Groups as a view of roles: what Okta and Entra send when they push groups, and a server without them."""
import uuid

import pytest

from harness.people import People

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.fixture(scope="module")
def server(new_server):
    server = new_server(args=["--scim-groups", "roles"])
    server.people = People(server, server.client())
    return server


@pytest.fixture(params=["v1", "v2", "v3"])
def scim(request, server):
    return server.client(["scim=full"], base=f"/management-api/scim/{request.param}/")


@pytest.fixture
def group(scim):
    """The role Policy Viewer, without members."""
    [found] = scim.get("Groups", filter='displayName eq "Policy Viewer"').json["Resources"]
    assert change(scim, found["id"], {"op": "remove", "path": "members"}).status == 200
    return found["id"]


def change(scim, group, *operations):
    return scim.patch(f"Groups/{group}", {"schemas": [PATCH], "Operations": list(operations)})


def user(scim):
    answer = scim.post("Users", {"userName": f"{uuid.uuid4().hex}@corp.example"})
    assert answer.status == 201, answer
    return answer.json["id"]


def members(scim, group):
    return {member["value"] for member in scim.get(f"Groups/{group}").json["members"]}


def roles(scim, one):
    return [role["value"] for role in scim.get(f"Users/{one}").json["roles"]]


def refused(answer, status, kind=None):
    assert answer.status == status, answer
    assert answer.json["schemas"] == [ERROR] and answer.json.get("scimType") == kind, answer
    return answer.json["detail"]


def test_off(new_server):
    server = new_server()
    scim = server.client(["scim=full"], base="/management-api/scim/v3/")
    for answer in (scim.get("Groups"), scim.get("Groups/x"), scim.post("Groups", {"displayName": "x"}), scim.put("Groups/x", {}), scim.patch("Groups/x", {}), scim.get("ResourceTypes/Group")):
        assert "--scim-groups" in refused(answer, 404)
    assert "Group" not in [kind["id"] for kind in scim.get("ResourceTypes").json["Resources"]]
    assert GROUP not in [schema["id"] for schema in scim.get("Schemas").json["Resources"]]
    assert scim.get(f"Schemas/{GROUP}").status == 404


def test_on(scim):
    assert scim.get("ResourceTypes/Group").json["endpoint"] == "/Groups"
    assert [kind["id"] for kind in scim.get("ResourceTypes").json["Resources"]] == ["User", "Role", "Group"]
    assert [attribute["name"] for attribute in scim.get(f"Schemas/{GROUP}").json["attributes"]] == ["displayName", "members"]


def test_every_role_is_a_group(scim):
    groups, all_roles = scim.get("Groups", count=1000).json, scim.get("Roles", count=1000).json
    assert {(one["id"], one["displayName"]) for one in groups["Resources"]} == {(one["id"], one["display"]) for one in all_roles["Resources"]}
    one = groups["Resources"][0]
    assert one["schemas"] == [GROUP] and one["meta"]["resourceType"] == "Group" and one["meta"]["location"].endswith(f"/Groups/{one['id']}")
    assert all("members" not in one for one in scim.get("Groups", excludedAttributes="members").json["Resources"])
    names = [one["displayName"] for one in scim.get("Groups", sortBy="displayName", count=1000, attributes="displayName").json["Resources"]]
    assert names == sorted(names, key=str.lower)


def test_okta_pushes_a_group(server, scim, group):
    ann, bob, eve = user(scim), user(scim), user(scim)
    assert change(scim, group, {"op": "replace", "value": {"id": group, "displayName": "Policy Viewer"}}).status == 200
    assert change(scim, group, {"op": "add", "path": "members", "value": [{"value": ann, "display": "ann"}, {"value": bob}]}).status == 200
    assert members(scim, group) == {ann, bob}
    assert roles(scim, ann) == ["Policy Viewer"]
    assert change(scim, group, {"op": "remove", "path": f'members[value eq "{ann}"]'}, {"op": "add", "path": "members", "value": [{"value": eve}]}).status == 200
    assert members(scim, group) == {bob, eve} and roles(scim, ann) == []
    assert change(scim, group, {"op": "replace", "path": "members", "value": [{"value": ann}]}).status == 200
    assert members(scim, group) == {ann}
    shown = server.client().get(f"Users/{ann}").json
    assert "Policy Viewer" in str(shown)
    audits = server.client(["audit=read"]).get("ActivityAudits", {"Sorts[0].by": "created", "Sorts[0].order": "desc"}).json["data"]
    assert any(scim.get(f"Users/{ann}").json["userName"] in (row["details"] or "") for row in audits)


def test_entra_looks_adds_and_removes(scim, group):
    ann, bob = user(scim), user(scim)
    page = scim.get("Groups", filter='displayName eq "policy viewer"', excludedAttributes="members").json
    assert [one["id"] for one in page["Resources"]] == [group] and "members" not in page["Resources"][0]
    assert scim.get(f"Groups/{group}", excludedAttributes="members").json["displayName"] == "Policy Viewer"
    assert change(scim, group, {"op": "Add", "path": "members", "value": [{"$ref": None, "value": ann}, {"value": bob}]}).status == 200
    assert scim.get("Groups", filter=f'id eq "{group}" and members eq "{ann}"', attributes="id").json["totalResults"] == 1
    assert scim.get("Groups", filter=f'members.value eq "{uuid.uuid4()}"').json["totalResults"] == 0
    assert change(scim, group, {"op": "Remove", "path": "members", "value": [{"value": ann}]}).status == 200
    assert members(scim, group) == {bob}
    assert scim.get("Users", filter='roles.value eq "Policy Viewer"').json["totalResults"] == 1


def test_put_sets_the_members(scim, group):
    ann, bob = user(scim), user(scim)
    for wanted in ({ann}, {ann, bob}, {bob}, set()):
        answer = scim.put(f"Groups/{group}", {"schemas": [GROUP], "displayName": "Policy Viewer", "members": [{"value": one} for one in wanted]})
        assert answer.status == 200 and {member["value"] for member in answer.json["members"]} == wanted
        assert members(scim, group) == wanted


def test_the_same_twice_changes_nothing(server, scim, group):
    ann = user(scim)
    add = {"op": "add", "path": "members", "value": [{"value": ann}, {"value": ann}]}
    assert change(scim, group, add).status == 200
    tag = scim.get(f"Users/{ann}").headers["ETag"]
    assert change(scim, group, add).status == 200
    assert scim.get(f"Users/{ann}").headers["ETag"] == tag
    assert change(scim, group, {"op": "remove", "path": "members", "value": [{"value": str(uuid.uuid4())}]}).status == 200
    assert members(scim, group) == {ann}


@pytest.mark.parametrize("operation, kind", [
    ({"op": "add", "path": "members", "value": [{"value": "nobody"}]}, "invalidValue"), ({"op": "add", "path": "members", "value": [{"value": str(uuid.uuid4())}]}, "invalidValue"),
    ({"op": "add", "path": "members", "value": [{}]}, "invalidValue"), ({"op": "replace", "path": "displayName", "value": "Another"}, "mutability"),
    ({"op": "replace", "value": {"displayName": "Another"}}, "mutability"), ({"op": "add", "path": "owners", "value": []}, "invalidPath"), ({"op": "remove"}, "noTarget"),
    ({"op": "move", "path": "members"}, "invalidSyntax"), ({"op": "add", "path": 'members[value eq "x"]', "value": {}}, "invalidPath"), ({"op": "remove", "path": "members[value eq"}, "invalidPath"),
    ({"op": "remove", "path": "members[value zz 1]"}, "invalidFilter"), ({"op": "add", "value": []}, "invalidValue"),
])
def test_what_cannot_be_is_told_and_nothing_is_kept(scim, group, operation, kind):
    ann = user(scim)
    refused(change(scim, group, {"op": "add", "path": "members", "value": [{"value": ann}]}, operation), 400, kind)
    assert members(scim, group) == set() and roles(scim, ann) == []


@pytest.mark.parametrize("body", [{"schemas": [PATCH]}, {"Operations": []}, {"Operations": "x"}, {"Operations": [1]}, []])
def test_bodies_that_are_none(scim, group, body):
    assert scim.patch(f"Groups/{group}", body).status == 400


def test_groups_are_neither_made_nor_renamed(scim, group):
    assert group in refused(scim.post("Groups", {"displayName": "Policy Viewer"}), 409, "uniqueness")
    assert "Management API" in refused(scim.post("Groups", {"displayName": "Night Watch"}), 400, "invalidValue")
    refused(scim.put(f"Groups/{group}", {"displayName": "Night Watch", "members": []}), 400, "mutability")
    assert scim.delete(f"Groups/{group}").status == 405
    refused(scim.get(f"Groups/{uuid.uuid4()}"), 404)


def test_the_last_administrator_stays(server, scim):
    [group] = [one["id"] for one in scim.get("Groups", filter='displayName eq "Administrator"').json["Resources"]]
    ann, bob = user(scim), user(scim)
    assert scim.put(f"Groups/{group}", {"displayName": "Administrator", "members": [{"value": ann}]}).status == 200
    refused(scim.put(f"Groups/{group}", {"displayName": "Administrator", "members": []}), 409)
    refused(scim.patch(f"Groups/{group}", {"schemas": [PATCH], "Operations": [{"op": "remove", "path": "members"}]}), 409)
    assert members(scim, group) == {ann}
    assert scim.put(f"Groups/{group}", {"displayName": "Administrator", "members": [{"value": bob}]}).status == 200, "handed over"
    assert members(scim, group) == {bob}


def test_a_put_touches_only_who_comes_or_goes(scim, group):
    stays, goes, comes = user(scim), user(scim), user(scim)
    assert change(scim, group, {"op": "add", "path": "members", "value": [{"value": stays}, {"value": goes}]}).status == 200
    before = scim.get(f"Users/{stays}").headers["ETag"]
    members = [{"value": comes}, {"value": stays.upper()}, {"value": stays}]
    answer = scim.put(f"Groups/{group}", {"displayName": "Policy Viewer", "members": members})
    assert answer.status == 200 and {row["value"] for row in answer.json["members"]} == {stays, comes}, answer
    assert scim.get(f"Users/{stays}").headers["ETag"] == before
