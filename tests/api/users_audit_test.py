"""Every change of users, roles, domains and the sign-in provider is told: who, what, the old and the new value."""
import uuid

import pytest
from harness.people import DOMAIN, People


@pytest.fixture(scope="module")
def people(server, client):
    return People(server, client)


def newest(client, count=1):
    rows = client.get("ActivityAudits/Details", {"Sorts[0].by": "id", "Sorts[0].order": "desc", "Pagination.PageSize": count}).json["data"]
    return rows[0] if count == 1 else rows


def total(client):
    return client.get("ActivityAudits", {"Pagination.PageSize": 1}).json["totalRecordCount"]


def create(client, **body):
    return client.post("Users", {"emailAddress": f"{uuid.uuid4().hex[:12]}@{DOMAIN}", **body}).json


class TestUsers:
    def test_create(self, client, people):
        user = create(client, language="de", globalRolesIds=[people.roles["Auditor"]])
        roles, entry = newest(client, 2)
        mail = client.get(f"Users/{user}").json["emailAddress"]
        assert (entry["entity"], entry["auditType"], entry["entityName"], entry["changedBy"]) == ("User", "CreateUser", mail, "API")
        told = entry["userDataAuditing"]
        assert (told["newEmailAddress"], told["oldEmailAddress"], told["newPreferredLanguage"], told["newDisabled"]) == (mail, None, "de", False)
        assert roles["auditType"] == "AssignRoles" and roles["entityName"] == mail
        [place] = roles["userDataAuditing"]["roles"]
        assert place["newRoles"] == [{"roleId": people.roles["Auditor"], "roleName": "Auditor"}] and place["oldRoles"] == []

    def test_modify_tells_only_what_differs(self, client, people):
        user = create(client, language="de")
        client.put(f"Users/{user}", {"language": "fr"})
        told = newest(client)["userDataAuditing"]
        assert (told["newPreferredLanguage"], told["oldPreferredLanguage"]) == ("fr", "de")
        assert told.get("newEmailAddress") is None
        before = total(client)
        assert client.put(f"Users/{user}", {"language": "fr"}).status == 204
        assert client.patch(f"Users/{user}/Enable").status == 204
        assert client.post(f"Users/{user}/AssignRoles", {"globalRolesIds": []}).status == 204
        assert total(client) == before

    def test_states(self, client, people):
        user = create(client)
        client.patch(f"Users/{user}/Disable")
        entry = newest(client)
        assert entry["auditType"] == "DisableUser"
        assert (entry["userDataAuditing"]["newDisabled"], entry["userDataAuditing"]["oldDisabled"]) == (True, False)
        client.patch(f"Users/{user}/Enable")
        assert newest(client)["auditType"] == "EnableUser"

    def test_roles_by_place(self, client, people):
        group = client.post("Groups", {"name": uuid.uuid4().hex})
        viewer, editor = people.roles["Group Viewer"], people.roles["Group Editor"]
        user = create(client, groupRoles=[viewer], roleResource=[{"resourceId": group.json, "roleId": viewer}])
        body = {"roleResource": [{"resourceId": group.json, "roleIds": [viewer, editor]}], "globalRolesIds": [people.roles["Administrator"]]}
        assert client.post(f"Users/{user}/AssignRoles", body).status == 204
        entry = newest(client)
        told = entry["userDataAuditing"]
        assert entry["auditType"] == "AssignRoles"
        everything, place = told["roles"]  # all groups did not change
        assert (everything["resourceType"], everything["resourceId"]) == ("All", None)
        assert [role["roleName"] for role in everything["newRoles"]] == ["Administrator"]
        assert (place["resourceType"], place["resourceId"]) == ("Group", group.json)
        assert [role["roleName"] for role in place["oldRoles"]] == ["Group Viewer"]
        assert {role["roleName"] for role in place["newRoles"]} == {"Group Viewer", "Group Editor"}

    def test_refused_changes_are_not_told(self, client, people):
        user = create(client)
        before = total(client)
        assert client.put(f"Users/{user}", {"emailAddress": "x@nowhere.example"}).status == 400
        assert client.post(f"Users/{user}/AssignRoles", {"globalRolesIds": [str(uuid.uuid4())]}).status == 400
        assert people.person().post("Users", {"emailAddress": "x@corp.example"}).status == 403
        assert [row["auditType"] for row in newest(client, 3)][:2] != ["ModifyUser", "AssignRoles"]
        assert total(client) == before + 2  # the person and its token

    def test_a_user_is_named_as_the_one_who_did_it(self, client, people):
        boss = people.person("Administrator")
        user = create(boss)
        entry = newest(client)
        assert (entry["user"], entry["userId"], entry["changedBy"]) == (boss.address, boss.user, "Portal")
        assert user

    def test_command_line(self, server, client):
        mail = f"{uuid.uuid4().hex[:8]}@{DOMAIN}"
        server.cli("user", "create", "--email", mail)
        assert (newest(client)["auditType"], newest(client)["entityName"]) == ("CreateUser", mail)
        server.cli("user", "create-token", "--user", mail, "--name", "laptop")
        entry = newest(client)
        assert entry["auditType"] == "CreateUserToken" and "laptop" in entry["details"] and "rvu_" not in str(entry)
        token_id = next(line.split()[0] for line in server.cli("user", "tokens").stdout.splitlines() if mail in line)
        server.cli("user", "revoke-token", "--token-id", token_id)
        assert newest(client)["auditType"] == "RevokeUserToken"


class TestOthers:
    def test_domains(self, client):
        name, other = f"{uuid.uuid4().hex[:8]}.example", f"{uuid.uuid4().hex[:8]}.example"
        id_ = client.post("AcceptedDomains", {"domainName": name}).json
        assert newest(client)["settingsDataAuditing"]["addDomain"] == name
        client.put(f"AcceptedDomains/{id_}", {"domain": other})
        told = newest(client)["settingsDataAuditing"]
        assert (told["modifyDomainOldValue"], told["modifyDomainNewValue"]) == (name, other)
        client.delete(f"AcceptedDomains/{id_}")
        entry = newest(client)
        assert entry["entity"] == "AcceptedDomain" and entry["settingsDataAuditing"]["removeDomain"] == other

    def test_custom_roles(self, client):
        name = uuid.uuid4().hex
        id_ = client.post("GlobalRoles", {"name": name, "allowPermissions": [{"resource": "Group", "action": "Query"}]}).json
        told = newest(client)["permissionGroupDataAuditing"]
        assert (told["permissionSetId"], told["newName"], told["newAllows"].strip()) == (id_, name, "Group::Query")
        client.put(f"GlobalRoles/{id_}", {"description": "d", "denyPermissions": [{"resource": "Group", "action": "Delete"}]})
        told = newest(client)["permissionGroupDataAuditing"]
        assert (told["newDescription"], told["newDenies"].strip(), told.get("newName")) == ("d", "Group::Delete", None)
        client.delete(f"GlobalRoles/{id_}")
        entry = newest(client)
        assert entry["auditType"] == "DeleteRole" and entry["permissionGroupDataAuditing"]["deleted"] is True

    def test_sign_in_provider(self, server, client):
        server.cli("auth-provider", "set", "--provider", "Okta", "--domain", "a.okta.example", "--client-id", "1")
        server.cli("auth-provider", "set", "--provider", "Okta", "--domain", "b.okta.example", "--client-id", "1")
        told = newest(client)["openIdConfigDataAuditing"]
        assert (told["newDomain"], told["oldDomain"], told.get("newClientId")) == ("b.okta.example", "a.okta.example", None)
        server.cli("auth-provider", "clear")
        assert newest(client)["auditType"] == "ClearAuthenticationProvider"
