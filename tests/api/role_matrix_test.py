"""Every operation by everybody: allowed or refused as the tables say, and refused calls change nothing.

What an operation needs is read from the served definition (x-permission, x-user-permission), what a role gives from
GET Roles and GET GlobalRoles; the test says what must follow from the two.
"""
import uuid

import pytest
from harness import store as by_hand
from harness.people import People
from harness.snapshot import snapshot

VERSIONS = ("v1", "v2", "v3")
# Nobody needs a role for these: what oneself made, oneself, and what is no secret.
EVERYBODYS = {("Task", "Query"), ("User", "Query"), ("UserPreferences", "Modify"), ("Definition", "Query")}
EVERY_SCOPE_READ = ["management=read", "audit=read", "reporting=read", "jit=read"]
UNKNOWN = str(uuid.uuid4())


class Operation:
    def __init__(self, method, path, described):
        self.method, self.path = method.upper(), path
        area, level = described["x-permission"].rstrip(")").split(" (")
        self.area, self.level = area, level
        needs = described["x-user-permission"]
        self.resource, self.action, self.by = needs["resource"], needs["action"], needs["by"]
        self.form = any("multipart" in kind for kind in described.get("requestBody", {}).get("content", {}))

    def __repr__(self):
        return f"{self.method} {self.path}"

    def call(self, client, id_=UNKNOWN, body=None):
        path = self.path
        while "{" in path:
            path = path[: path.index("{")] + id_ + path[path.index("}") + 1:]
        if self.method == "GET":
            return client.request("GET", path)
        if self.form:
            return client.request(self.method, path, files={"x": "y"})
        return client.request(self.method, path, json={} if body is None else body)


def operations(client, version):
    document = client.get(f"/management-api/swagger/{version}/swagger.json").json
    return [Operation(method, path, described) for path, item in document["paths"].items() for method, described in item.items()]


@pytest.fixture(scope="module")
def all_operations(client):
    return {version: operations(client, version) for version in VERSIONS}


def permissions(role):
    return {(p["resource"], p["action"]) for p in role["allowPermissions"]}


def gives(held, operation):
    """To see something is implied by every other right on it."""
    exact = (operation.resource, operation.action) in held
    implied = operation.action == "Query" and any(resource == operation.resource for resource, _ in held)
    return exact or implied or (operation.resource, operation.action) in EVERYBODYS


def refused(answer):
    return answer.status == 403


def check(wrong):
    assert not wrong, "\n".join(map(repr, wrong[:20]))


@pytest.mark.parametrize("change, back", [
    ("UPDATE setting SET value = value || 'x' WHERE name = 'tenant.id'", "UPDATE setting SET value = substr(value, 1, length(value) - 1) WHERE name = 'tenant.id'"),
    ("INSERT INTO setting (name, value) VALUES ('test', 'x')", "DELETE FROM setting WHERE name = 'test'"),
    ("UPDATE tally SET amount = amount + 1 WHERE name = 'computer'", "UPDATE tally SET amount = amount - 1 WHERE name = 'computer'"),
])
def test_a_change_would_be_seen(server, change, back):
    """What the tests below compare, tried with changes that no refused call may make."""
    before = snapshot(server)
    by_hand.edit(server, change)
    assert snapshot(server) != before
    by_hand.edit(server, back)
    assert snapshot(server) == before


class TestApiAccounts:
    @pytest.mark.parametrize("version", VERSIONS)
    def test_without_a_token_with_a_stale_one_and_without_the_scope(self, server, client, all_operations, version):
        nobody = server.anonymous()
        stale = server.anonymous()
        stale.token = "a" * 64
        gone_id, gone_secret = server.account(["management=full"])
        gone = server.anonymous().sign_in(gone_id, gone_secret)
        server.cli("api-account", "delete", "--client-id", gone_id)
        other = server.client(["scim=full"])
        before = snapshot(server)
        wrong = []
        for operation in all_operations[version]:
            for caller in (nobody, stale, gone):
                answer = operation.call(caller)
                wrong += [] if answer.status == 401 else [answer]
            answer = operation.call(other)
            wrong += [] if answer.status == 403 else [answer]
        check(wrong)
        assert snapshot(server) == before

    @pytest.mark.parametrize("version", VERSIONS)
    def test_read_only(self, server, all_operations, version):
        reader = server.client(EVERY_SCOPE_READ)
        before = snapshot(server)
        wrong = [answer for operation in all_operations[version] if operation.level == "full" for answer in [operation.call(reader)] if not refused(answer)]
        check(wrong)
        assert snapshot(server) == before
        check([answer for operation in all_operations[version] if operation.level == "read" for answer in [operation.call(reader)] if answer.status in (401, 403, 500, 503)])

    def test_each_area_opens_its_own_operations_only(self, server, all_operations):
        for area, scope in (("Management", "management=full"), ("Audit", "audit=read"), ("Reporting", "reporting=read"), ("JIT", "jit=full")):
            caller = server.client([scope])
            level = scope.split("=")[1]
            wrong = []
            for operation in all_operations["v3"]:
                may = operation.area == area and (level == "full" or operation.level == "read")
                if not may:
                    answer = operation.call(caller)
                    wrong += [] if refused(answer) else [answer]
            check(wrong)


class TestRoles:
    """Each role on everything. The routes of v1 and v2 are those of v3, so theirs are tried with three roles."""

    @pytest.fixture(scope="class")
    def roles(self, client):
        found = {role["name"]: permissions(role) for role in client.get("Roles").json}
        found.update({role["name"]: permissions(role) for role in client.all("GlobalRoles")})
        return found

    def judge(self, server, person, held, tried):
        before = snapshot(server)
        check([answer for operation in tried if not gives(held, operation) for answer in [operation.call(person)] if not refused(answer)])
        assert snapshot(server) == before
        check([answer for operation in tried if gives(held, operation) for answer in [operation.call(person)] if answer.status in (401, 403, 500, 503)])

    def test_every_operation_with_every_role(self, server, client, all_operations, roles):
        people = People(server, client)
        assert len(roles) > 40
        for role, held in sorted(roles.items()):
            self.judge(server, people.person(role), held, all_operations["v3"])

    @pytest.mark.parametrize("version", ["v1", "v2"])
    def test_other_versions(self, server, client, all_operations, roles, version):
        people = People(server, client)
        for role in ("Auditor", "Computer Manager", "Policy Viewer"):
            self.judge(server, people.person(role), roles[role], all_operations[version])

    def test_nobody_without_a_role(self, server, client, all_operations):
        person = People(server, client).person()
        self.judge(server, person, set(), all_operations["v3"])

    def test_nothing_for_the_disabled_expired_and_revoked(self, server, client, all_operations):
        people = People(server, client)
        user, mail = people.user("Administrator")
        disabled = people.sign_in(mail)
        revoked = server.anonymous()
        revoked.token, token_id = people.token(people.user("Administrator")[1])
        server.cli("user", "revoke-token", "--token-id", token_id)
        assert client.patch(f"Users/{user}/Disable").status == 204
        before = snapshot(server)
        check([answer for operation in all_operations["v3"] for caller in (disabled, revoked) for answer in [operation.call(caller)] if answer.status != 401])
        assert snapshot(server) == before

    def test_one_role_denies_what_another_allows(self, server, client, all_operations, roles):
        people = People(server, client)
        every = [{"resource": resource, "action": action} for resource, action in roles["Administrator"]]
        deny = client.post("GlobalRoles", {"name": uuid.uuid4().hex, "denyPermissions": every}).json
        user, mail = people.user(globalRolesIds=[people.roles["Computer Manager"], deny])
        person = people.sign_in(mail)
        before = snapshot(server)
        check([answer for operation in all_operations["v3"] for answer in [operation.call(person)] if not refused(answer)])
        assert snapshot(server) == before
        assert user


class TestAnotherGroup:
    """Roles on one group or policy: nothing beside it is seen, counted, or changed."""

    @pytest.fixture(scope="class")
    def fleet(self, new_server):
        server = new_server()
        server.fill(computers=30, groups=3, policies=2, events=0)
        client = server.client()
        people = People(server, client)
        computers = {}
        for row in client.all("Computers"):
            computers.setdefault(row["groupId"], []).append(row["id"])
        mine, other = [group for group in computers if group is not None][:2]
        policies = [row["id"] for row in client.all("Policies")]
        return type("Fleet", (), {"server": server, "client": client, "people": people, "mine": mine, "other": other, "computers": computers, "policies": policies})

    def objects(self, fleet, operation, other):
        """An id that fits the path, of the other group (or policy), or of one's own."""
        if operation.path.startswith(("Groups/", "/management-api/v3/Groups/")):
            return fleet.other if other else fleet.mine
        if "/Computers/" in operation.path:
            return fleet.computers[fleet.other if other else fleet.mine][0]
        return None

    @pytest.mark.parametrize("role", ["Group Viewer", "Group Editor", "Group Policy Assigner", "Analytics", "Administrator"])
    def test_paths_of_the_other_group(self, fleet, role):
        person = fleet.people.person(on=[(fleet.mine, role)])
        before = snapshot(fleet.server)
        wrong = []
        for operation in operations(fleet.client, "v3"):
            id_ = self.objects(fleet, operation, other=True)
            if id_ is not None and "{" in operation.path and "/Groups/{id}" in operation.path or "/Computers/{id}" in operation.path:
                answer = operation.call(person, id_)
                wrong += [] if answer.status in (403, 404) else [answer]
        check(wrong)
        assert snapshot(fleet.server) == before

    def test_lists_have_and_count_ones_own_only(self, fleet):
        person = fleet.people.person(on=[(fleet.mine, "Group Viewer")])
        groups = person.get("Groups").json
        assert [row["id"] for row in groups["data"]] == [fleet.mine] and groups["totalRecordCount"] == 1
        for query in ({}, {"Sorts[0].by": "host"}, {"Filter.Host": ""}, {"Sorts[0].by": "lastConnected", "Sorts[0].order": "desc"}):
            assert {row["id"] for row in person.all("Computers", query, size=3)} == set(fleet.computers[fleet.mine])
            page = person.get("Computers", {**query, "Pagination.PageSize": 1}).json
            assert page["totalRecordCount"] == page["pageCount"] == len(fleet.computers[fleet.mine])
        assert person.get("Computers", {"Filter.GroupId": fleet.other}).json["data"] == []
        assert person.get("Policies").status == 403

    def test_cursors_do_not_lead_out(self, fleet):
        person = fleet.people.person(on=[(fleet.mine, "Group Viewer")])
        seen, cursor = [], ""
        while cursor is not None:
            page = person.get("Computers", {"Pagination.Cursor": cursor, "Pagination.PageSize": 2}).json
            seen += [row["id"] for row in page["data"]]
            cursor = page["nextCursor"]
        assert sorted(seen) == sorted(fleet.computers[fleet.mine])
        # A cursor that somebody else was given selects the same rows as one's own.
        foreign = fleet.client.get("Computers", {"Pagination.Cursor": "", "Pagination.PageSize": 2}).json["nextCursor"]
        page = person.get("Computers", {"Pagination.Cursor": foreign, "Pagination.PageSize": 1000})
        assert page.status == 400 or {row["id"] for row in page.json["data"]} <= set(fleet.computers[fleet.mine])

    def test_objects_of_others_are_not_there(self, fleet):
        person = fleet.people.person(on=[(fleet.mine, "Group Editor")])
        computer = fleet.computers[fleet.other][0]
        for path in (f"Groups/{fleet.other}", f"Computers/{computer}", f"Computers/{computer}/Logs", f"Computers/{computer}/CommandLogs"):
            assert person.get(path).status == 404
        assert person.get(f"Groups/{fleet.mine}").status == 200
        assert person.get(f"Computers/{fleet.computers[fleet.mine][0]}").status == 200
        assert person.put(f"Groups/{fleet.other}", {"description": "x"}).status == 404
        assert person.put("Groups", {"id": fleet.other, "description": "x"}).status == 404
        assert person.put("Groups", {"id": fleet.mine, "description": "x"}).status == 204
        assert person.patch(f"Groups/{fleet.mine}").status == 403  # the default mark is taken from another group

    def test_what_is_seen_but_not_allowed_is_403(self, fleet):
        person = fleet.people.person(on=[(fleet.mine, "Group Editor"), (fleet.other, "Group Viewer")])
        assert person.get(f"Groups/{fleet.other}").status == 200
        assert person.put(f"Groups/{fleet.other}", {"description": "x"}).status == 403
        assert person.put("Groups", {"id": fleet.other, "description": "x"}).status == 403

    def test_bulk_work_reaches_ones_own_only(self, fleet):
        person = fleet.people.person(on=[(fleet.mine, "Group Editor")])
        mine, other = fleet.computers[fleet.mine], fleet.computers[fleet.other]
        before = snapshot(fleet.server)
        assert person.post("Computers/Archive", {"computerIds": other[:1]}).status == 404
        assert person.delete("Computers", {"computerIds": other[:1]}).status == 404
        assert person.post(f"Computers/{other[0]}/Archive").status == 404
        assert person.post(f"Groups/{fleet.mine}/AssignComputers", {"computerIds": other[:1]}).status == 404
        assert person.post(f"Groups/{fleet.other}/AssignComputers", {"computerIds": mine[:1]}).status == 404
        assert person.post("Groups/UnassignComputers", {"selectionComputerIds": other[:1]}).status == 404
        assert snapshot(fleet.server) == before
        answer = person.post("Computers/Archive", {"computerIds": [mine[0], other[0]]})
        assert answer.status == 200
        task = person.get(f"Tasks/{answer.headers['X-Task-Id']}").json
        assert (task["succeeded"], task["failed"], task["errors"][0]["id"]) == (1, 1, other[0])
        assert fleet.client.get(f"Computers/{other[0]}").json["archived"] is False
        assert person.post("Computers/Unarchive", {"computerIds": mine[:1]}).status == 200
        told = person.post("Computers/RetrieveStatusInfo", {"allComputers": True})
        assert told.status in (200, 201)
        assert person.get(f"Tasks/{told.json}").json["total"] == len(mine)
        csv = person.request("POST", f"Groups/{fleet.mine}/AssignComputersByCsv", files={"csvFile": ("a.csv", "\n".join([mine[0], other[0]]), "text/csv")})
        assert person.get(f"Tasks/{csv.json}").json["failed"] == 1
        assert fleet.client.get(f"Computers/{other[0]}").json["groupId"] == fleet.other

    def test_tasks_of_others_are_not_there(self, fleet):
        person = fleet.people.person(on=[(fleet.mine, "Group Editor")])
        task = fleet.client.post("Computers/RetrieveStatusInfo", {"computerIds": fleet.computers[fleet.mine][:1]}).json
        assert person.get(f"Tasks/{task}").status == 404
        assert fleet.people.person("Group Viewer").get(f"Tasks/{task}").status == 200  # its role sees all tasks

    def test_policies(self, fleet):
        mine, other = fleet.policies[:2]
        person = fleet.people.person(on=[(mine, "Policy Viewer"), (fleet.mine, "Group Policy Assigner")])
        assert [row["id"] for row in person.get("Policies").json["data"]] == [mine]
        assert person.get(f"Policies/{mine}/Content").status == 200
        for path in (f"Policies/{other}", f"Policies/{other}/Content", f"Policies/{other}/Revisions", f"Policies/{other}/AssignedGroups"):
            assert person.get(path).status == 404
        newest = {policy: fleet.client.get(f"Policies/{policy}/Revisions").json[0]["id"] for policy in (mine, other)}
        assert person.get(f"Policies/PolicyRevision/{newest[mine]}/Content").status == 200
        assert person.get(f"Policies/PolicyRevision/{newest[other]}/Content").status == 404
        before = snapshot(fleet.server)
        assert person.put(f"Policies/{mine}", {"name": "x"}).status == 403
        assert person.post(f"Groups/{fleet.mine}/AssignPolicyRevision", {"policyRevisionId": newest[other]}).status == 404
        assert person.post(f"Groups/{fleet.other}/AssignPolicyRevision", {"policyRevisionId": newest[mine]}).status == 404
        assert person.post("Groups/AssignPolicyRevision", {"groupIds": [fleet.other], "policyRevisionId": newest[mine]}).status == 404
        assert snapshot(fleet.server) == before
        assert person.post(f"Groups/{fleet.mine}/AssignPolicyRevision", {"policyRevisionId": newest[mine]}).status == 200
        assert person.post("Groups/ClearPolicy", {"allGroups": True}).status in (200, 204)
        assert fleet.client.get(f"Groups/{fleet.mine}").json["policyId"] is None
        assert fleet.client.get(f"Groups/{fleet.other}").json["policyId"] is not None

    def test_computers_without_a_group_belong_to_all_groups_only(self, fleet):
        loose = fleet.computers[fleet.mine][-1]
        assert fleet.client.post("Groups/UnassignComputers", {"selectionComputerIds": [loose]}).status == 204
        try:
            everywhere = fleet.people.person(groupRoles=[fleet.people.roles["Group Editor"]])
            here = fleet.people.person(on=[(fleet.mine, "Group Editor")])
            assert everywhere.get(f"Computers/{loose}").status == 200
            assert here.get(f"Computers/{loose}").status == 404
            assert here.post(f"Groups/{fleet.mine}/AssignComputers", {"computerIds": [loose]}).status == 404
        finally:
            fleet.client.post(f"Groups/{fleet.mine}/AssignComputers", {"computerIds": [loose]})

    def test_taking_a_grant_away_acts_at_once(self, fleet):
        person = fleet.people.person(on=[(fleet.mine, "Group Viewer")])
        assert person.get(f"Groups/{fleet.mine}").status == 200
        assert fleet.client.post(f"Users/{person.user}/AssignRoles", {"roleResource": []}).status == 204
        assert person.get(f"Groups/{fleet.mine}").status == 403
