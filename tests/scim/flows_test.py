"""What identity providers really send, step by step, in their order and spelling: Okta, Entra, SailPoint, OneLogin."""
import math
import uuid

import pytest

SCIM = "/management-api/scim/v3/"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.fixture(scope="module")
def scim(server):
    server.cli("user", "create", "--email", "admin@example.com", "--admin", "--accept-domain")
    return server.client(["scim=full"], base=SCIM)


@pytest.fixture
def name():
    return f"u{uuid.uuid4().hex[:12]}@example.com"


def changes(*operations):
    return {"schemas": [PATCH], "Operations": list(operations)}


def of_scim(answer, status):
    assert answer.status == status, answer
    if answer.body:
        assert answer.headers["Content-Type"].startswith("application/scim+json")
    return answer.json if answer.body else None


def refused(answer, status, kind=None):
    body = of_scim(answer, status)
    assert body["schemas"] == [ERROR] and body["status"] == str(status) and body["detail"]
    assert body.get("scimType") == kind
    return body


def found(scim, text):
    return [user["id"] for user in of_scim(scim.get("Users", filter=text), 200)["Resources"]]


def audits(server, user):
    rows = server.client(["audit=read"]).get("ActivityAudits", {"Pagination.PageSize": 200}).json["data"]
    return [row for row in rows if row["entity"] == "User" and user in (row.get("details") or "")]


def test_okta(server, scim, name):
    page = of_scim(scim.get("Users", filter=f'userName eq "{name}"', startIndex=1, count=100), 200)
    assert page["totalResults"] == 0 and page["Resources"] == []
    body = {
        "schemas": [CORE], "userName": name, "name": {"givenName": "Isaac", "familyName": "Brock"}, "locale": "en-US", "groups": [],
        "emails": [{"primary": True, "value": name, "type": "work"}], "displayName": "Isaac Brock", "externalId": f"00u{name}", "password": "1mz050nq", "active": True,
    }
    answer = scim.post("Users", json=body)
    user = of_scim(answer, 201)
    place = f"Users/{user['id']}"
    assert answer.headers["Location"] == user["meta"]["location"] == f"{server.url}{SCIM}{place}"
    assert answer.headers["ETag"] == user["meta"]["version"]
    assert "password" not in user and user["emails"] == body["emails"] and user["name"] == body["name"]
    assert of_scim(scim.get(place), 200) == user

    changed = dict(user, name={"givenName": "Isaac", "familyName": "Smith"}, title="Singer")
    put = of_scim(scim.put(place, json=changed), 200)
    assert put["name"]["familyName"] == "Smith" and put["title"] == "Singer" and put["id"] == user["id"]
    assert put["meta"]["version"] != user["meta"]["version"]

    off = of_scim(scim.patch(place, json=changes({"op": "replace", "value": {"active": False}})), 200)
    assert off["active"] is False
    assert server.client(["management=full"]).get(f"Users/{user['id']}").json["disabled"] is True
    refused(scim.post("Users", json=dict(body, userName=name.upper(), externalId="other")), 409, "uniqueness")
    assert found(scim, f'userName eq "{name.upper()}"') == [user["id"]]
    refused(scim.get(f"Users/{uuid.uuid4()}"), 404)
    refused(scim.get("Users/no-uuid"), 404)
    kinds = [row["auditType"] for row in audits(server, name)]
    assert {"CreateUser", "ModifyUser", "DisableUser"} <= set(kinds)


def test_entra(scim, name):
    assert found(scim, f'userName eq "{uuid.uuid4()}"') == []
    outer = str(uuid.uuid4())
    user = of_scim(scim.post("Users", json={
        "schemas": [CORE, ENTERPRISE], "externalId": outer, "userName": name, "active": "True",
        "emails": [{"primary": "True", "type": "work", "value": name}], "meta": {"resourceType": "User"},
        "roles": [], ENTERPRISE: {"department": "Sales"},
    }), 201)
    place = f"Users/{user['id']}"
    assert user["active"] is True and user["emails"][0]["primary"] is True
    assert found(scim, f'externalId eq "{outer}"') == [user["id"]]
    assert found(scim, f'externalId eq "{outer.upper()}"') == []
    assert found(scim, f'emails[type eq "work"].value eq "{name}"') == [user["id"]]

    user = of_scim(scim.patch(place, json=changes(
        {"op": "Add", "path": "name.givenName", "value": "Ada"},
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "555"},
        {"op": "Replace", "path": f"{ENTERPRISE}:department", "value": "Lab"},
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "boss"},
        {"op": "Replace", "value": {"displayName": "Ada L", "name.familyName": "L", f"{ENTERPRISE}:costCenter": "7"}},
    )), 200)
    assert user["name"] == {"givenName": "Ada", "familyName": "L"} and user["displayName"] == "Ada L"
    assert user["phoneNumbers"] == [{"type": "mobile", "value": "555"}]
    assert user[ENTERPRISE] == {"department": "Lab", "manager": {"value": "boss"}, "costCenter": "7"}
    assert found(scim, f'{ENTERPRISE}:department eq "lab" and displayName sw "ada"') == [user["id"]]

    version = user["meta"]["version"]
    same = of_scim(scim.patch(place, json=changes({"op": "Replace", "path": "displayName", "value": "Ada L"})), 200)
    assert same["meta"]["version"] == version
    user = of_scim(scim.patch(place, json=changes({"op": "Remove", "path": 'phoneNumbers[type eq "mobile"]'}, {"op": "Replace", "path": "active", "value": "False"})), 200)
    assert "phoneNumbers" not in user and user["active"] is False
    assert scim.delete(place).status == 204
    refused(scim.get(place), 404)
    refused(scim.delete(place), 404)
    assert found(scim, f'userName eq "{name}"') == []
    of_scim(scim.post("Users", json={"schemas": [CORE], "userName": name, "externalId": outer}), 201)  # both are free again


def test_sailpoint(server, scim):
    client = scim.at("/management-api/scim/v2/")
    config = of_scim(client.get("ServiceProviderConfig", headers={"Accept": "application/json"}), 200)
    assert config["patch"]["supported"] and config["filter"]["maxResults"] == 1000
    domain = f"d{uuid.uuid4().hex[:8]}.example"
    server.cli("user", "create", "--email", f"first@{domain}", "--accept-domain")
    made = [of_scim(client.post("users/", json={"userName": f"s{i}@{domain}"}), 201)["id"] for i in range(6)]

    ids, page, last = [], 1, 1
    while page <= last:  # as the connector walks
        start = 1 if page == 1 else (page - 1) * size + 1
        answer = of_scim(client.get("Users", itemsPerPage=4, startIndex=start), 200)
        size = answer["itemsPerPage"] if page == 1 else size
        assert size >= 1
        last = math.trunc(answer["totalResults"] / size) + 1
        ids += [user["id"] for user in answer["Resources"]]
        assert all(user["emails"][0]["value"] for user in answer["Resources"])
        page += 1
    assert len(ids) == len(set(ids)) == answer["totalResults"] and set(made) <= set(ids)
    far = 2**63 - 1  # the answer repeats it, as a number of 32 bits
    assert of_scim(client.get("Users", startIndex=far), 200)["Resources"] == of_scim(client.post("Users/.search", {"startIndex": far}), 200)["Resources"] == []
    beyond = of_scim(client.get("Users", startIndex=100000, itemsPerPage=5), 200)
    assert beyond["Resources"] == [] and beyond["itemsPerPage"] >= 1

    place = f"Users/{made[0]}"
    user = of_scim(client.patch(place, json={"operations": [{"op": "Add", "path": "roles", "value": "Group Viewer"}, {"op": "Add", "path": "roles", "value": [{"value": "policy viewer"}]}]}), 200)
    assert [role["value"] for role in user["roles"]] == ["Group Viewer", "Policy Viewer"] and user["emails"][0]["value"]
    assert {"value": "Policy::Query"} in user["entitlements"]
    assert f'/scim/v2/Users/' in user["meta"]["location"]
    roles = server.client(["management=read"]).get(f"Users/{made[0]}").json["roles"]
    assert {role["name"] for role in roles} == {"Group Viewer", "Policy Viewer"}
    user = of_scim(client.patch(place, json={"Operations": [{"op": "Remove", "path": "roles", "value": "Policy Viewer"}]}), 200)
    assert [role["value"] for role in user["roles"]] == ["Group Viewer"]
    user = of_scim(client.patch(place, json={"Operations": [{"op": "Set", "path": "active", "value": False}]}), 200)
    assert user["active"] is False
    role = of_scim(client.get("Roles", count=1, filter='displayName eq "group viewer"'), 200)["Resources"][0]
    assert of_scim(client.get("Roles/Group Viewer".replace(" ", "%20")), 200) == of_scim(client.get(f"Roles/{role['id']}"), 200) == role


def test_onelogin(scim, name):
    assert found(scim, f'userName eq "{name}"') == []
    user = of_scim(scim.post("Users", json={"schemas": [CORE], "userName": name, "active": True, "name": {"givenName": "O", "familyName": "L"}}), 201)
    place = f"Users/{user['id']}"
    moved = name.replace("u", "v", 1)
    user = of_scim(scim.put(place, json={"schemas": [CORE], "userName": moved, "active": True, "emails": user["emails"]}), 200)
    assert user["userName"] == moved and user["emails"][0]["value"] == moved and "name" not in user
    user = of_scim(scim.put(place, json={"schemas": [CORE], "userName": moved, "active": False}), 200)
    assert user["active"] is False
    assert of_scim(scim.put(place, json={"schemas": [CORE], "userName": moved}), 200)["active"] is False
    assert scim.delete(place).status == 204


def test_versions(scim, name):
    first = scim.post("Users", json={"userName": name})
    place = f"Users/{first.json['id']}"
    tag = first.headers["ETag"]
    assert scim.get(place, headers={"If-None-Match": tag}).status == 304
    second = scim.patch(place, json=changes({"op": "add", "path": "title", "value": "x"}), headers={"If-Match": tag})
    assert second.status == 200 and second.headers["ETag"] != tag
    refused(scim.patch(place, json=changes({"op": "add", "path": "title", "value": "y"}), headers={"If-Match": tag}), 412)
    refused(scim.delete(place, headers={"If-Match": tag}), 412)
    assert scim.get(place).json["title"] == "x"
    assert scim.delete(place, headers={"If-Match": "*"}).status == 204


def test_bulk(scim, name):
    other = f"x{name}"
    body = {"failOnErrors": 2, "Operations": [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": name}},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"userName": name.upper()}},
        {"method": "POST", "path": "/Users", "bulkId": "c", "data": {"userName": other, ENTERPRISE: {"manager": {"value": "bulkId:a"}}}},
        {"method": "PATCH", "path": "/Users/bulkId:a", "data": changes({"op": "add", "path": "title", "value": "T"})},
        {"method": "DELETE", "path": f"/Users/{uuid.uuid4()}"},
        {"method": "POST", "path": "/Users", "bulkId": "d", "data": {"userName": f"y{name}"}},
    ]}
    outcomes = of_scim(scim.post("Bulk", json=body), 200)["Operations"]
    assert [one["status"] for one in outcomes] == ["201", "409", "201", "200", "404"]
    assert outcomes[1]["response"]["scimType"] == "uniqueness"
    first = of_scim(scim.get("Users", filter=f'userName eq "{name}"'), 200)["Resources"][0]
    assert first["title"] == "T" and first["meta"]["location"] == outcomes[0]["location"]
    assert found(scim, f'{ENTERPRISE}:manager.value eq "{first["id"]}"')
    assert found(scim, f'userName eq "y{name}"') == []
    many = [{"method": "DELETE", "path": "/Users/x"}] * 1001
    refused(scim.post("Bulk", json={"Operations": many}), 413)


def test_what_is_refused(server, scim, name):
    refused(scim.get("Users", filter="(" * 3000), 400, "invalidFilter")
    refused(scim.get("Users", startIndex="x"), 400, "invalidValue")
    refused(scim.get("Users", attributes="id", excludedAttributes="name"), 400, "invalidValue")
    refused(scim.post("Users", body=b"{", headers={"Content-Type": "application/scim+json"}), 400, "invalidSyntax")
    refused(scim.post("Users", json={"userName": f"a@{uuid.uuid4().hex}.example"}), 400, "invalidValue")
    refused(scim.post("Users", json={"displayName": "x"}), 400, "invalidValue")
    refused(scim.post("Users", body=b"x", headers={"Content-Type": "text/html"}), 415)
    refused(scim.get("Schemas", filter='id eq "x"'), 403)
    refused(scim.get("Me"), 501)
    refused(scim.get("Users", token="x" * 64), 401)
    refused(server.client(["management=full"], base=SCIM).get("Users"), 403)
    user = scim.post("Users", json={"userName": name}).json
    refused(scim.patch(f"Users/{user['id']}", json=changes({"op": "replace", "path": "id", "value": "x"})), 400, "mutability")
    refused(scim.patch(f"Users/{user['id']}", json=changes({"op": "remove"})), 400, "noTarget")
    only = of_scim(scim.get(f"Users/{user['id']}", attributes="userName,emails.value"), 200)
    assert set(only) == {"schemas", "id", "userName", "emails"} and only["emails"] == [{"value": name}]
    assert "emails" not in of_scim(scim.get(f"Users/{user['id']}", excludedAttributes="emails,id"), 200)


def test_schemas_and_types(scim):
    for version in ("v1", "v2", "v3"):
        client = scim.at(f"/management-api/scim/{version}/")
        schemas = of_scim(client.get("schemas"), 200)["Resources"]
        assert {schema["name"] for schema in schemas} >= {"User", "EnterpriseUser", "Role"}
        for schema in schemas:
            assert of_scim(client.get(f"Schemas/{schema['id']}"), 200) == schema
        kinds = of_scim(client.get("ResourceTypes"), 200)["Resources"]
        assert [of_scim(client.get(f"ResourceTypes/{kind['id']}"), 200) for kind in kinds] == kinds


def test_any_name_and_no_delete(new_server):
    server = new_server(["--scim-users", "any", "--scim-delete", "deny"])
    client = server.client(["scim=full"], base=SCIM)
    user = of_scim(client.post("Users", json={"userName": "Bjensen", "emails": [{"value": "b@elsewhere.org", "primary": True}]}), 201)
    assert user["userName"] == "Bjensen" and user["emails"] == [{"value": "b@elsewhere.org", "primary": True}]
    assert found(client, 'userName eq "bjensen"') == found(client, 'emails.value eq "B@elsewhere.org"') == [user["id"]]
    answer = client.delete(f"Users/{user['id']}")
    refused(answer, 405)
    assert "PATCH" in answer.headers["Allow"]
