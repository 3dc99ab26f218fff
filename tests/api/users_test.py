"""Users in all versions: invited, changed, disabled, given roles; personal tokens; and why something is allowed."""
import uuid

import pytest
from harness import store as by_hand
from harness.people import DOMAIN, People, accept_domain

UNKNOWN = str(uuid.uuid4())
FULL_V3 = {
    "id", "accountName", "emailAddress", "created", "lastSignedIn", "disabled", "roles", "roleName", "olsonTimeZoneId", "dateTimeDisplayFormat",
    "language", "locked", "errorInfo", "admin", "allGroups", "groupRoles", "allPolicies", "policyRoles", "roleResource", "globalRolesIds",
}
V2 = FULL_V3 - {"globalRolesIds"}
V1 = {"roleId"} | FULL_V3 - {"admin", "allGroups", "groupRoles", "allPolicies", "policyRoles", "roleResource", "globalRolesIds"}


@pytest.fixture(scope="module")
def people(server, client):
    return People(server, client)


@pytest.fixture(params=["v1", "v2", "v3"])
def at(request, client, people):
    return client.version(request.param)


@pytest.fixture(params=["v2", "v3"])
def at23(request, client, people):
    return client.version(request.param)


def address():
    return f"{uuid.uuid4().hex[:12]}@{DOMAIN}"


def create(client, **body):
    answer = client.post("Users", {"emailAddress": address(), **body})
    assert answer.status == 201, answer
    return answer.json


def group(client):
    return client.post("Groups", {"name": uuid.uuid4().hex}).json


class TestCreate:
    def test_answers_id_address_and_task(self, at):
        mail = address()
        answer = at.post("Users", {"emailAddress": f" {mail.upper()} ", "language": "en-GB", "olsonTimeZoneId": "europe/berlin", "dateTimeDisplayFormat": "DD/MM/YYYY"})
        assert answer.status == 201
        user = at.get(answer.headers["Location"]).json
        assert user["id"] == answer.json
        assert user["emailAddress"].lower() == mail and user["accountName"] == user["emailAddress"]
        assert (user["language"], user["olsonTimeZoneId"], user["dateTimeDisplayFormat"]) == ("en-GB", "Europe/Berlin", "DD/MM/YYYY")
        assert (user["disabled"], user["locked"], user["lastSignedIn"], user["errorInfo"]) == (False, False, None, None)
        assert user["created"].endswith("+00:00")
        assert at.get(f"Tasks/{answer.json}").json["status"] == "Completed"

    def test_members_of_each_version(self, client, people):
        user = create(client)
        assert set(client.version("v1").get(f"Users/{user}").json) == V1
        assert set(client.version("v2").get(f"Users/{user}").json) == V2
        assert set(client.version("v3").get(f"Users/{user}").json) == FULL_V3

    @pytest.mark.parametrize("body", [
        {}, {"emailAddress": None}, {"emailAddress": ""}, {"emailAddress": "ann"}, {"emailAddress": "ann@nowhere.example"}, {"emailAddress": f"a b@{DOMAIN}"},
        {"emailAddress": f"a@sub.{DOMAIN}"}, {"emailAddress": f"{'a' * 65}@{DOMAIN}"}, {"emailAddress": f"a\n@{DOMAIN}"}, {"emailAddress": 7},
        {"emailAddress": f"x1@{DOMAIN}", "language": "xx"}, {"emailAddress": f"x2@{DOMAIN}", "olsonTimeZoneId": "Mars/Olympus"},
        {"emailAddress": f"x3@{DOMAIN}", "dateTimeDisplayFormat": "D" * 65}, {"emailAddress": f"x4@{DOMAIN}", "enabled": "yes"},
    ])
    def test_refuses(self, at, body):
        answer = at.post("Users", body)
        assert answer.status == 400, answer
        assert answer.json["errors"]

    def test_address_is_there_once(self, at):
        mail = address()
        assert at.post("Users", {"emailAddress": mail}).status == 201
        assert at.post("Users", {"emailAddress": mail.upper()}).status == 409

    def test_v1_takes_one_role(self, client, people):
        v1 = client.version("v1")
        user = create(v1, roleId=people.roles["Policy Viewer"], admin=True)
        shown = v1.get(f"Users/{user}").json
        assert shown["roleId"] == people.roles["Policy Viewer"] and shown["roleName"] == "Policy Viewer"
        assert client.get(f"Users/{user}").json["admin"] is False
        assert v1.post("Users", {"emailAddress": address(), "roleId": UNKNOWN}).status == 400
        assert v1.post("Users", {"emailAddress": address(), "roleId": "x"}).status == 400

    def test_v2_and_v3_take_lists(self, at23, people):
        thing = group(at23)
        viewer, editor = people.roles["Group Viewer"], people.roles["Policy Editor"]
        user = create(at23, roleResource=[{"resourceId": thing, "resourceType": "Group", "roleIds": [viewer]}], allPolicies=False, policyRoles=[editor], allGroups=True, groupRoles=[])
        shown = at23.get(f"Users/{user}").json
        assert shown["roleResource"] == [{"resourceId": thing, "resourceType": "Group", "roleIds": [viewer], "roleId": viewer}]
        assert (shown["allGroups"], shown["groupRoles"], shown["allPolicies"], shown["policyRoles"]) == (True, [], False, [editor])
        assert {(role["name"], role["resourceType"], role["resourceId"]) for role in shown["roles"]} == {
            ("Administrator", "Group", None), ("Policy Editor", "Policy", None), ("Group Viewer", "Group", thing)}

    def test_administrator(self, at23, people):
        user = create(at23, admin=True, groupRoles=[UNKNOWN])
        shown = at23.get(f"Users/{user}").json
        assert shown["admin"] is True and shown["roleName"] == "Administrator" and shown["groupRoles"] == []

    def test_refused_rights_leave_no_user(self, client, people):
        mail = address()
        assert client.post("Users", {"emailAddress": mail, "globalRolesIds": [UNKNOWN]}).status == 400
        assert client.get("Users", {"Filter.EmailAddress": mail}).json["totalRecordCount"] == 0
        assert client.post("Users", {"emailAddress": mail}).status == 201


class TestChange:
    def test_put_keeps_what_is_left_out(self, at):
        user = create(at, language="de", dateTimeDisplayFormat="DD.MM.")
        mail = address()
        assert at.put(f"Users/{user}", {"emailAddress": mail, "language": None}).status == 204
        shown = at.get(f"Users/{user}").json
        assert (shown["emailAddress"], shown["language"], shown["dateTimeDisplayFormat"]) == (mail, "de", "DD.MM.")
        other = create(at)
        assert at.put(f"Users/{other}", {"emailAddress": mail.upper()}).status == 409
        assert at.put(f"Users/{other}", {"emailAddress": "x@elsewhere.example"}).status == 400

    def test_preferences(self, at):
        user = create(at)
        assert at.put(f"Users/{user}/ModifyUserPreferences", {"olsonTimeZoneId": "UTC", "language": "FR", "emailAddress": address()}).status == 204
        shown = at.get(f"Users/{user}").json
        assert (shown["olsonTimeZoneId"], shown["language"]) == ("UTC", "FR")
        assert at.put(f"Users/{user}/ModifyUserPreferences", {"language": "klingon"}).status == 400

    def test_disable_and_enable_may_be_repeated(self, at):
        user = create(at)
        for verb, disabled in (("Disable", True), ("Disable", True), ("Enable", False), ("Enable", False)):
            assert at.patch(f"Users/{user}/{verb}").status == 204
            answer = at.get(f"Users/{user}")
            assert answer.status == 200, answer
            assert answer.json["disabled"] is disabled

    def test_answer_after_an_empty_one_is_whole(self, client, people):
        """The memory of an answered request is the next one's: an answer without a body was cleared up too late."""
        user = create(client)
        for _ in range(60):
            assert client.patch(f"Users/{user}/Disable").status == 204
            answer = client.get(f"Users/{user}")
            assert answer.status == 200, answer

    def test_resend_invite(self, at, server):
        user = create(at)
        answer = at.patch(f"Users/{user}/ResendInvite")
        assert answer.status == 429 and 1 <= int(answer.headers["Retry-After"]) <= 60
        at.patch(f"Users/{user}/Disable")
        assert at.patch(f"Users/{user}/ResendInvite").status == 409

    @pytest.mark.parametrize("method, path", [
        ("GET", ""), ("PUT", ""), ("PATCH", "/Disable"), ("PATCH", "/Enable"), ("PATCH", "/ResendInvite"), ("PUT", "/ModifyUserPreferences"), ("POST", "/AssignRoles"),
    ])
    def test_unknown_and_malformed_ids(self, client, people, method, path):
        body = {} if method in ("PUT", "POST") else None
        assert client.request(method, f"Users/{UNKNOWN}{path}", json=body).status == 404
        assert client.request(method, f"Users/seven{path}", json=body).status == 400

    def test_there_is_no_delete(self, client, people):
        assert client.delete(f"Users/{create(client)}").status == 405


class TestAssign:
    def test_v1_replaces_everything(self, client, people):
        user = create(client, globalRolesIds=[people.roles["Auditor"]], allGroups=True)
        v1 = client.version("v1")
        assert v1.post(f"Users/{user}/AssignRole", {"roleId": people.roles["Group Viewer"]}).status == 204
        shown = client.get(f"Users/{user}").json
        assert [role["name"] for role in shown["roles"]] == ["Group Viewer"]
        assert v1.post(f"Users/{user}/AssignRole", {}).status == 400
        assert v1.post(f"Users/{user}/AssignRole", {"roleId": UNKNOWN}).status == 400
        assert client.post(f"Users/{user}/AssignRole", {"roleId": people.roles["Auditor"]}).status == 404
        assert v1.post(f"Users/{user}/AssignRoles", {}).status == 404

    def test_lists_that_are_left_out_stay(self, client, people):
        thing = group(client)
        auditor, viewer = people.roles["Auditor"], people.roles["Group Viewer"]
        user = create(client, globalRolesIds=[auditor], roleResource=[{"resourceId": thing, "roleId": viewer}])
        assert client.post(f"Users/{user}/AssignRoles", {"globalRolesIds": []}).status == 204
        shown = client.get(f"Users/{user}").json
        assert shown["globalRolesIds"] == [] and len(shown["roleResource"]) == 1
        assert client.post(f"Users/{user}/AssignRoles", {"roleResource": None}).status == 204
        assert len(client.get(f"Users/{user}").json["roleResource"]) == 1
        assert client.post(f"Users/{user}/AssignRoles", {"roleResource": []}).status == 204
        assert client.get(f"Users/{user}").json["roles"] == []

    def test_v2_does_not_know_global_roles(self, client, people):
        user = create(client, globalRolesIds=[people.roles["Auditor"]])
        assert client.version("v2").post(f"Users/{user}/AssignRoles", {"globalRolesIds": []}).status == 204
        assert client.get(f"Users/{user}").json["globalRolesIds"] == [people.roles["Auditor"]]

    def test_a_group_takes_its_grants_along(self, client, people):
        thing = group(client)
        user = create(client, roleResource=[{"resourceId": thing, "roleId": people.roles["Group Viewer"]}])
        assert client.delete(f"Groups/{thing}").status == 204
        assert client.get(f"Users/{user}").json["roleResource"] == []

    @pytest.mark.parametrize("role", ["Policy Viewer", "APISettingsAdmin", "Auditor"])
    def test_roles_that_do_not_belong_on_a_group(self, client, people, role):
        user = create(client)
        answer = client.post(f"Users/{user}/AssignRoles", {"roleResource": [{"resourceId": group(client), "roleId": people.roles[role]}]})
        assert answer.status == 400 and "roleResource" in answer.json["errors"]


class TestList:
    def test_filters_and_sorts(self, at, people):
        mark = uuid.uuid4().hex[:8]
        for index in range(3):
            body = {"emailAddress": f"{mark}.{index}@{DOMAIN}", "language": "pt" if index == 1 else "en", "enabled": index != 2}
            assert at.post("Users", body).status == 201
        only = {"Filter.EmailAddress": mark.upper()}
        names = [row["emailAddress"].split("@")[0][-1] for row in at.all("Users", {**only, "Sorts[0].by": "emailAddress", "Sorts[0].order": "desc"}, size=2)]
        assert names == ["2", "1", "0"]
        assert [row["language"] for row in at.all("Users", {**only, "Filter.Language": "PT"})] == ["pt"]
        assert len(at.all("Users", {**only, "Filter.Disabled": True})) == 1
        assert at.all("Users", {**only, "Filter.LastSignedIn.Dates": ["2020-01-01", "2099-01-01"], "Filter.LastSignedIn.SelectionMode": "Range"}) == []

    def test_role_filter_finds_grants_of_any_kind(self, client, people):
        viewer = people.roles["Group Viewer"]
        users = {create(client, groupRoles=[viewer]), create(client, roleResource=[{"resourceId": group(client), "roleId": viewer}])}
        assert users <= {row["id"] for row in client.all("Users", {"Filter.RoleId": viewer})}

    @pytest.mark.parametrize("size", [1, 50, 200, 1000])
    def test_pages_have_the_size_asked_for(self, client, people, size):
        create(client)
        page = client.get("Users", {"Pagination.PageSize": size}).json
        assert page["pageSize"] == size and len(page["data"]) == min(size, page["totalRecordCount"])

    @pytest.mark.parametrize("name, value", [("Filter.RoleId", "x"), ("Filter.Disabled", "x"), ("Sorts[0].by", "password"), ("Pagination.PageSize", 0), ("Filter.LastSignedIn.Dates", "soon")])
    def test_refuses(self, client, people, name, value):
        assert client.get("Users", {name: value}).status == 400

    def test_last_sign_in(self, client, people, server):
        # People cannot sign in yet, so the store is told.
        user = create(client)
        by_hand.edit(server, f"UPDATE user_account SET last_signed_in = 1700000000000000 WHERE id = '{user}'")
        rows = client.all("Users", {"Filter.LastSignedIn.Dates": "2023-11-14", "Filter.LastSignedIn.SelectionMode": "Single"})
        assert [row["id"] for row in rows] == [user]
        assert client.patch(f"Users/{user}/ResendInvite").status == 409


class TestLastAdministrator:
    def test_stays(self, new_server):
        server = new_server()
        client = server.client()
        accept_domain(client)
        first = create(client, admin=True)
        assert client.patch(f"Users/{first}/Disable").status == 409
        assert client.post(f"Users/{first}/AssignRoles", {"globalRolesIds": []}).status == 409
        assert client.version("v2").post(f"Users/{first}/AssignRoles", {"admin": False}).status == 409
        second = create(client, admin=True)
        assert client.patch(f"Users/{first}/Disable").status == 204
        assert client.patch(f"Users/{second}/Disable").status == 409
        user = client.get(f"Users/{second}").json
        assert server.cli("user", "disable", "--user", user["emailAddress"], check=False).returncode == 1


class TestTokens:
    def test_a_user_calls_with_a_personal_token(self, server, people):
        person = people.person("Group Viewer")
        assert person.get("Groups").status == 200
        assert person.post("Groups", {"name": "no"}).status == 403
        assert person.token not in server.cli("user", "tokens").stdout

    def test_revoked_expired_and_disabled(self, server, client, people):
        user, mail = people.user("Group Viewer")
        token, token_id = people.token(mail)
        caller = server.anonymous()
        caller.token = token
        assert caller.get("Groups").status == 200
        client.patch(f"Users/{user}/Disable")
        answer = caller.get("Groups")
        assert answer.status == 401 and "invalid_token" in answer.headers["WWW-Authenticate"]
        client.patch(f"Users/{user}/Enable")
        assert caller.get("Groups").status == 200
        server.cli("user", "revoke-token", "--token-id", token_id)
        assert caller.get("Groups").status == 401
        assert server.cli("user", "revoke-token", "--token-id", token_id, check=False).returncode == 1
        assert server.cli("user", "create-token", "--user", mail, "--days", "0", check=False).returncode == 2

    @pytest.mark.parametrize("token", ["rvu_" + "a" * 60, "RVU_" + "a" * 60, "rvu_", "rvu_" + "a" * 61])
    def test_what_is_no_token(self, server, token):
        assert server.anonymous().get("Groups", token=token).status == 401

    def test_command_line(self, server, client):
        mail = f"first@{uuid.uuid4().hex[:8]}.example"
        assert server.cli("user", "create", "--email", mail, "--admin", check=False).returncode == 2
        server.cli("user", "create", "--email", mail, "--admin", "--accept-domain", "--name", "Ann")
        server.cli("user", "create", "--email", mail.replace("first", "spare"), "--admin")
        assert server.cli("user", "create", "--email", mail, check=False).returncode == 1
        assert f"{mail} " in server.cli("user", "list").stdout
        server.cli("user", "disable", "--user", mail.upper())
        assert client.all("Users", {"Filter.EmailAddress": mail})[0]["disabled"] is True
        server.cli("user", "enable", "--user", mail)
        other = mail.replace("first", "second")
        server.cli("user", "create", "--email", other, "--role", "Auditor", "--role", "Group Editor", "--invite")
        [row] = client.all("Users", {"Filter.EmailAddress": other})
        assert {role["name"] for role in row["roles"]} == {"Auditor", "Group Editor"}
        assert server.cli("user", "create", "--email", other.replace("second", "third"), "--role", "Nobody", check=False).returncode == 1
        assert client.all("Users", {"Filter.EmailAddress": "third@" + other.split("@")[1]}) == []
        assert server.cli("user", "disable", "--user", "nobody@corp.example", check=False).returncode == 1


class TestOneself:
    def test_sees_and_changes_only_itself(self, people):
        person = people.person("Group Viewer")
        page = person.get("Users").json
        assert [row["id"] for row in page["data"]] == [person.user] and page["totalRecordCount"] == 1
        other, _ = people.user()
        assert person.get(f"Users/{other}").status == 404
        assert person.put(f"Users/{person.user}/ModifyUserPreferences", {"language": "it"}).status == 204
        assert person.put(f"Users/{other}/ModifyUserPreferences", {"language": "it"}).status == 404
        assert person.put(f"Users/{person.user}", {"language": "it"}).status == 403
        assert person.post(f"Users/{person.user}/AssignRoles", {"admin": True}).status == 403

    def test_whoever_may_not_assign_roles_does_not_get_at_administrators(self, client, people):
        helper = people.person("UserAdmin")
        boss, _ = people.user("Administrator")
        assert helper.put(f"Users/{boss}", {"emailAddress": address()}).status == 403
        assert helper.patch(f"Users/{boss}/Disable").status == 403
        assert helper.post("Users", {"emailAddress": address(), "admin": True}).status == 403
        assert helper.post("Users", {"emailAddress": address(), "globalRolesIds": [people.roles["Auditor"]]}).status == 403
        assert helper.post("Users", {"emailAddress": address()}).status == 201


class TestExplain:
    def ask(self, client, user, resource, action, object_=None):
        answer = client.get(f"Users/{user}/Permissions/Explain", {"resource": resource, "action": action, "objectId": object_})
        assert answer.status == 200, answer
        return answer.json

    def test_names_the_rule(self, client, people):
        here, there = group(client), group(client)
        user, mail = people.user(on=[(here, "Group Editor")])
        told = self.ask(client, user, "group", "modify", here)
        assert (told["allowed"], told["rule"], told["roleName"], told["scope"], told["objectId"]) == (True, "Role", "Group Editor", "Group", here)
        assert told["accountName"] == mail and "Group Editor" in told["reason"]
        assert self.ask(client, user, "Group", "Modify", there)["allowed"] is False
        assert self.ask(client, user, "Group", "Create")["rule"] == "None"
        assert self.ask(client, user, "Task", "Query")["rule"] == "Everybody"
        client.patch(f"Users/{user}/Disable")
        assert self.ask(client, user, "group", "modify", here)["rule"] == "Disabled"

    def test_a_computer_means_its_group(self, new_server):
        server = new_server()
        server.fill(computers=3, groups=1, policies=1, events=0)
        client = server.client()
        computer = next(c for c in client.all("Computers") if c["groupId"])
        user, _ = People(server, client).user(on=[(computer["groupId"], "Group Viewer")])
        told = self.ask(client, user, "Computer", "Query", computer["id"])
        assert told["allowed"] is True and told["objectId"] == computer["groupId"]

    def test_api_accounts(self, server, client):
        server.client(["management=read"], name="explained")
        account = next(a for a in client.get("ApiAccounts").json if a["name"] == "explained")
        assert self.ask(client, account["id"], "Group", "Query")["rule"] == "Scope"
        assert self.ask(client, account["id"], "Group", "Modify")["allowed"] is False

    def test_oneself_only_without_the_right_to_see_users(self, client, people):
        person = people.person()
        other, _ = people.user()
        assert self.ask(person, person.user, "Group", "Query")["allowed"] is False
        assert person.get(f"Users/{other}/Permissions/Explain", {"resource": "Group", "action": "Query"}).status == 404

    @pytest.mark.parametrize("query", [{}, {"resource": "Group"}, {"action": "Query"}, {"resource": "Group", "action": "Fly"}, {"resource": "Group", "action": "Query", "objectId": "x"}, {"resource": "User", "action": "Query", "objectId": UNKNOWN}])
    def test_refuses(self, client, people, query):
        user, _ = people.user()
        assert client.get(f"Users/{user}/Permissions/Explain", query).status == 400

    def test_unknown(self, client, people):
        user, _ = people.user()
        assert client.get(f"Users/{UNKNOWN}/Permissions/Explain", {"resource": "Group", "action": "Query"}).status == 404
        assert client.get(f"Users/{user}/Permissions/Explain", {"resource": "Group", "action": "Query", "objectId": UNKNOWN}).status == 404
        assert client.version("v2").get(f"Users/{user}/Permissions/Explain", {"resource": "Group", "action": "Query"}).status == 404
