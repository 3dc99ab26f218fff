"""Groups: made, changed, deleted, the default one, their computers and their policies."""
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import fleet, policies
from harness.shapes import BARE, UNKNOWN, ZONED, done, members, refused

NAME_MAX, DESCRIPTION_MAX = 256, 1024


@pytest.fixture(params=["v1", "v2", "v3"])
def at(request, client):
    return client.version(request.param)


@pytest.fixture(scope="module")
def computers(server, client):
    """Authorised computers that tests move as they like."""
    made = fleet.enrol(server, client, 4)
    client.post("Computers/Authorise", {"computerIds": made})
    return made


@pytest.fixture(scope="module")
def policy(client):
    """(policy, its three revisions, oldest first)"""
    made, _ = policies.create(client, uuid.uuid4().hex)
    policies.upload(client, made)
    policies.upload(client, made)
    return made, policies.revisions(client, made)


def new(client, **more):
    answer = client.post("Groups", {"name": uuid.uuid4().hex, **more})
    assert answer.status == 201, answer
    return answer.json


def read(client, group):
    answer = client.get(f"Groups/{group}")
    assert answer.status == 200, answer
    return answer.json


def group_of(client, computer):
    return fleet.state(client, computer)["groupId"]


class TestList:
    def test_rows(self, at):
        group = new(at, description="text")
        row, = [row for row in at.all("Groups") if row["id"] == group]
        assert set(row) == members("GroupListItem")
        assert ZONED.match(row["created"])
        assert (row["description"], row["computerCount"], row["activeComputers"], row["policyRevisionStatus"]) == ("text", 0, 0, "NoPolicy")
        assert (row["default"], row["locked"], row["errorInfo"]) == (False, False, None)

    def test_sorted_by_name_by_default(self, client):
        names = [row["name"].lower() for row in client.all("Groups", size=2)]
        assert names == sorted(names)


class TestCreate:
    def test_answers_the_id_and_where(self, at):
        name = f"  Größe {uuid.uuid4().hex} "
        answer = at.post("Groups", {"name": name, "description": None})
        assert answer.status == 201
        assert answer.headers["Location"].endswith(f"Groups/{answer.json}")
        detail = at.get(answer.headers["Location"]).json
        assert set(detail) == members("GroupDetail")
        assert (detail["name"], detail["description"], detail["default"]) == (name.strip(), None, False)
        assert BARE.match(detail["created"])
        assert at.get(f"Tasks/{answer.json}").json["status"] == "Completed"

    @pytest.mark.parametrize("change", [str.upper, str.lower, lambda name: f" {name} "])
    def test_names_are_unique_in_any_letter_case(self, client, change):
        name = "Ünique " + uuid.uuid4().hex
        client.post("Groups", {"name": name})
        refused(client.post("Groups", {"name": change(name)}), 409, "name")

    @pytest.mark.parametrize("name", [None, "", "  ", 5, "x" * (NAME_MAX + 1), ["x"]])
    def test_names_that_are_none(self, at, name):
        refused(at.post("Groups", {"name": name}), 400, "name")

    def test_lengths_at_their_bounds(self, client):
        group = new(client, name=uuid.uuid4().hex.ljust(NAME_MAX, "ß"), description="ä" * DESCRIPTION_MAX)
        assert len(read(client, group)["name"]) == NAME_MAX
        refused(client.post("Groups", {"name": "x", "description": "ä" * (DESCRIPTION_MAX + 1)}), 400, "description")

    def test_text_that_must_be_escaped_comes_back_as_it_was(self, client):
        text = 'quote " backslash \\ tab \t line \n <tag> \u2028 😀 \u0301'
        group = new(client, description=text)
        assert read(client, group)["description"] == text

    def test_two_at_the_same_time_make_one(self, server, client):
        name = uuid.uuid4().hex
        statuses = together([server.client() for _ in range(4)], lambda one: one.post("Groups", {"name": name}).status)
        assert sorted(statuses) == [201, 409, 409, 409]


def together(clients, call):
    with ThreadPoolExecutor(len(clients)) as threads:
        return list(threads.map(call, clients))


class TestModify:
    def test_id_in_the_body_or_in_the_path(self, at):
        group = new(at, description="one")
        name = uuid.uuid4().hex
        for path, body in (("Groups", {"id": group, "name": name}), (f"Groups/{group}", {"name": name + "x"})):
            answer = at.put(path, body)
            assert (answer.status, answer.body) == (204, b"")
            assert (read(at, group)["name"], read(at, group)["description"]) == (body["name"], "one")

    def test_null_clears_the_description_and_absence_keeps_it(self, client):
        group = new(client, description="one")
        name = read(client, group)["name"]
        client.put("Groups", {"id": group, "description": "two"})
        assert (read(client, group)["name"], read(client, group)["description"]) == (name, "two")
        client.put("Groups", {"id": group, "description": None})
        assert read(client, group)["description"] is None

    def test_names_of_others_are_taken_its_own_is_not(self, client):
        one, two = new(client), new(client)
        taken = read(client, one)["name"].upper()
        refused(client.put("Groups", {"id": two, "name": taken}), 409, "name")
        assert client.put("Groups", {"id": one, "name": taken}).status == 204
        assert read(client, one)["name"] == taken

    @pytest.mark.parametrize("body, named", [({}, "id"), ({"id": None}, "id"), ({"id": "x"}, "id"), ({"id": UNKNOWN, "name": ""}, "name"), ({"id": UNKNOWN, "name": "x" * (NAME_MAX + 1)}, "name"), ({"id": UNKNOWN, "description": 1}, "description")])
    def test_what_is_refused(self, at, body, named):
        refused(at.put("Groups", body), 400, named)

    def test_unknown(self, at):
        refused(at.put("Groups", {"id": UNKNOWN, "name": "x"}), 404, "group")
        refused(at.put(f"Groups/{UNKNOWN}", {"name": "x"}), 404, "group")


class TestMarkDefault:
    @pytest.mark.parametrize("path", ["", "/Default", "/MarkAsDefault", "/MarkDefault", "/SetDefault"])
    def test_takes_the_mark_from_the_former_one(self, at, path):
        one, two = new(at), new(at)
        for group in (one, two, two):
            assert at.patch(f"Groups/{group}{path}", headers={"Content-Length": "0"}).status == 204
        assert [row["id"] for row in at.all("Groups") if row["default"]] == [two]

    def test_a_new_one_takes_it_too(self, client):
        one = new(client, default=True)
        two = new(client, isDefault=True)
        assert (read(client, one)["default"], read(client, two)["default"]) == (False, True)

    def test_unknown(self, at):
        refused(at.patch(f"Groups/{UNKNOWN}"), 404, "group")


class TestDelete:
    def test_an_empty_one(self, at):
        group = new(at)
        assert at.delete(f"Groups/{group}").status == 204
        refused(at.get(f"Groups/{group}"), 404)
        refused(at.delete(f"Groups/{group}"), 404, "group")

    def test_the_default_one_stays(self, client):
        group = new(client, default=True)
        refused(client.delete(f"Groups/{group}"), 409, "default")
        assert read(client, group)["default"] is True

    def test_its_computers_lose_group_and_policy(self, client, computers, policy):
        group = new(client)
        policies.assign(client, group, policy[1][-1])
        client.post(f"Groups/{group}/AssignComputers", {"computerIds": computers[:1]})
        assert fleet.state(client, computers[0])["policyId"] == policy[0]
        assert client.delete(f"Groups/{group}").status in (200, 204)
        detail = fleet.state(client, computers[0])
        assert (detail["groupId"], detail["policyId"], detail["policyRevisionStatus"]) == (None, None, "NoPolicy")
        assert group not in [row["id"] for row in client.get(f"Policies/{policy[0]}/AssignedGroups").json]

    def test_its_name_is_free_again(self, client):
        group = new(client)
        name = read(client, group)["name"]
        client.delete(f"Groups/{group}")
        assert client.post("Groups", {"name": name}).status == 201


class TestAssignComputers:
    def test_moves_them_and_counts(self, at, computers):
        one, two = new(at), new(at)
        assert done(at, at.post(f"Groups/{one}/AssignComputers", {"computerIds": computers[:2]}), 200)["succeeded"] == 2
        assert [group_of(at, computer) for computer in computers[:2]] == [one, one]
        done(at, at.post(f"Groups/{two}/AssignComputers", {"computerIds": computers[:1]}), 200)
        assert [group_of(at, computer) for computer in computers[:2]] == [two, one]
        assert [(read(at, group)["computerCount"], read(at, group)["activeComputers"]) for group in (one, two)] == [(1, 1), (1, 1)]

    def test_again_changes_nothing(self, client, computers):
        group = new(client)
        for _ in range(2):
            assert done(client, client.post(f"Groups/{group}/AssignComputers", {"computerIds": computers[:1]}))["status"] == "Completed"
        assert read(client, group)["computerCount"] == 1

    def test_all_by_filter_without_the_excluded(self, client, computers):
        group = new(client)
        hosts = {row["id"]: row["host"] for row in fleet.rows(client)}
        body = {"allComputers": True, "filter": {"authorisationState": "Authorised"}, "excludedComputerIds": computers[2:]}
        done(client, client.post(f"Groups/{group}/AssignComputers", body), 200)
        assert [group_of(client, computer) == group for computer in computers] == [True, True, False, False]
        done(client, client.post(f"Groups/{group}/AssignComputers", {"allComputers": True, "filter": {"host": hosts[computers[3]]}}))
        assert [group_of(client, computer) == group for computer in computers] == [True, True, False, True]

    def test_what_is_refused(self, at, computers):
        group = new(at)
        refused(at.post(f"Groups/{group}/AssignComputers", {}), 400, "computerIds")
        refused(at.post(f"Groups/{group}/AssignComputers", {"computerIds": [UNKNOWN]}), 404, "computer")
        refused(at.post(f"Groups/{UNKNOWN}/AssignComputers", {"computerIds": computers}), 404, "group")
        assert group_of(at, computers[0]) != group and read(at, group)["computerCount"] == 0


class TestUnassignComputers:
    def test_takes_them_out(self, at, computers):
        group = new(at)
        at.post(f"Groups/{group}/AssignComputers", {"computerIds": computers[:2]})
        answer = at.post("Groups/UnassignComputers", {"selectionComputerIds": computers[:1]})
        assert (answer.status, answer.body) == (204, b"")
        assert [group_of(at, computer) for computer in computers[:2]] == [None, group]
        assert read(at, group)["computerCount"] == 1

    def test_governance_connector_assigns_to_one_group_and_removes_from_another(self, client, computers):
        one, two = new(client), new(client)
        client.post(f"Groups/{two}/AssignComputers", {"computerIds": computers[:1]})
        assert client.post("Groups/UnassignComputers", {"selectionComputerIds": computers[:1], "groupId": one}).status == 204
        assert group_of(client, computers[0]) == two
        assert client.post("Groups/UnassignComputers", {"selectionComputerIds": computers[:1], "groupId": two}).status == 204
        assert group_of(client, computers[0]) is None

    def test_the_other_name_of_the_ids(self, client, computers):
        group = new(client)
        client.post(f"Groups/{group}/AssignComputers", {"computerIds": computers[:1]})
        assert client.post("Groups/UnassignComputers", {"computerIds": computers[:1]}).status == 204
        assert group_of(client, computers[0]) is None

    @pytest.mark.parametrize("body", [{}, {"selectionComputerIds": []}, {"allComputers": False}, {"groupId": UNKNOWN}])
    def test_no_selection_is_never_all(self, client, computers, body):
        group = new(client)
        client.post(f"Groups/{group}/AssignComputers", {"computerIds": computers})
        refused(client.post("Groups/UnassignComputers", body), 400)
        assert read(client, group)["computerCount"] == len(computers)

    def test_all_of_a_filter(self, client, computers):
        group = new(client)
        client.post(f"Groups/{group}/AssignComputers", {"computerIds": computers})
        body = {"allComputers": True, "filter": {"groupId": group}, "excludedComputerIds": computers[:1]}
        assert client.post("Groups/UnassignComputers", body).status == 204
        assert [group_of(client, computer) for computer in computers] == [group, None, None, None]


class TestAssignComputersByCsv:
    def send(self, client, group, text, name="csvFile", file_name="computers.csv"):
        content = text if isinstance(text, bytes) else text.encode()
        return client.post(f"Groups/{group}/AssignComputersByCsv", files={name: (file_name, content, "text/csv")})

    @pytest.fixture(scope="class")
    def hosts(self, client, computers):
        found = {row["id"]: row["host"] for row in fleet.rows(client)}
        return [found[computer] for computer in computers]

    @pytest.mark.parametrize("form", [
        "{id0}\n{id1}\n",
        "id\r\n{id0}\r\n{id1}",
        "host\n{host0}\n{host1}\n",
        "Name;Owner\n{host0};me\n{host1};you\n",
        'owner\tHostName\nme\t"{host0}"\n"me\nand you"\t{host1}\n',
        "computername\n{host0_upper}\n{id1}\n",
    ])
    def test_forms(self, at, computers, hosts, form):
        group = new(at)
        text = form.format(id0=computers[0], id1=computers[1], host0=hosts[0], host1=hosts[1], host0_upper=hosts[0].upper())
        task = done(at, self.send(at, group, text), 200)
        assert (task["status"], task["succeeded"]) == ("Completed", 2), task
        assert [group_of(at, computer) == group for computer in computers[:3]] == [True, True, False]

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16-le", "utf-16-be"])
    def test_encodings_with_a_mark(self, client, computers, hosts, encoding):
        group = new(client)
        mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
        done(client, self.send(client, group, mark + f"host\n{hosts[2]}\n".encode(encoding)), 200)
        assert group_of(client, computers[2]) == group

    def test_the_part_may_have_any_name(self, client, computers):
        group = new(client)
        done(client, self.send(client, group, computers[3], name="whatever"), 200)
        assert group_of(client, computers[3]) == group

    def test_lines_that_fit_nothing_are_told_with_their_number(self, client, computers):
        group = new(client)
        task = done(client, self.send(client, group, f"host\nno-such-host\n{computers[0]}\n{UNKNOWN}\n"), 200)
        assert (task["status"], task["succeeded"], task["failed"]) == ("CompletedWithErrors", 1, 2)
        assert ["line 2" in task["errors"][0]["message"].lower(), "line 4" in task["errors"][1]["message"].lower()] == [True, True], task
        assert group_of(client, computers[0]) == group

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"host\n\xc3\x28\n", b'host\n"open'])
    def test_files_that_are_none(self, client, content):
        refused(self.send(client, new(client), content), 400, "csvFile")

    def test_without_a_file_and_not_as_a_form(self, at):
        group = new(at)
        refused(at.post(f"Groups/{group}/AssignComputersByCsv", files={"other": "x"}), 400, "csvFile")
        refused(at.post(f"Groups/{group}/AssignComputersByCsv", {"csvFile": "x"}), 415)

    def test_at_most_100000_lines(self, client):
        refused(self.send(client, new(client), b"host\n" + b"x\n" * 100_001), 413, "rows")
        refused(self.send(client, new(client), b"x\n" * 100_001), 413, "100000 rows")


class TestAssignPolicyRevision:
    def test_to_one_group(self, at, policy):
        group = new(at)
        for revision, number in zip(policy[1], (1, 2, 3)):
            assert done(at, at.post(f"Groups/{group}/AssignPolicyRevision", {"policyRevisionId": revision}), 200)["status"] == "Completed"
            detail = read(at, group)
            assert (detail["policyId"], detail["policyRevisionId"], detail["revision"]) == (policy[0], revision, number)
        assert BARE.match(detail["policyAssigned"]) and detail["policyName"]

    def test_the_same_again_is_a_task_of_nothing(self, client, policy):
        group = new(client)
        policies.assign(client, group, policy[1][0])
        task = done(client, client.post(f"Groups/{group}/AssignPolicyRevision", {"policyRevisionId": policy[1][0]}), 200)
        assert (task["status"], task["total"]) == ("Completed", 0)

    def test_computers_are_told(self, client, computers, policy):
        group = new(client)
        client.post(f"Groups/{group}/AssignComputers", {"computerIds": computers[:1]})
        policies.assign(client, group, policy[1][0])
        detail = fleet.state(client, computers[0])
        assert (detail["policyId"], detail["policyRevision"], detail["policyRevisionStatus"]) == (policy[0], 1, "AwaitingLatestPolicy")
        assert client.get(f"Computers/{computers[0]}/CommandLogs").json[0]["commandType"] == "ApplyPolicy"
        client.patch(f"Groups/{group}/ClearPolicy")
        assert client.get(f"Computers/{computers[0]}/CommandLogs").json[0]["commandType"] == "ClearPolicy"

    def test_to_many(self, at, policy):
        groups = [new(at) for _ in range(3)]
        body = {"groupIds": [*groups, UNKNOWN], "excludedGroupIds": groups[2:], "policyRevisionId": policy[1][1]}
        task = done(at, at.post("Groups/AssignPolicyRevision", body), 200)
        assert (task["status"], task["succeeded"], [error["id"] for error in task["errors"]]) == ("CompletedWithErrors", 2, [UNKNOWN])
        assert [read(at, group)["policyRevisionId"] for group in groups] == [policy[1][1], policy[1][1], None]

    def test_to_all_of_a_filter(self, client, policy):
        mark = uuid.uuid4().hex
        groups = [new(client, name=f"{mark} {number}") for number in range(2)]
        body = {"allGroups": True, "filter": {"name": mark}, "policyRevisionId": policy[1][0]}
        assert done(client, client.post("Groups/AssignPolicyRevision", body), 200)["succeeded"] == 2
        assert [read(client, group)["revision"] for group in groups] == [1, 1]

    def test_what_is_refused(self, at, policy):
        group = new(at)
        for path in (f"Groups/{group}/AssignPolicyRevision", "Groups/AssignPolicyRevision"):
            body = {"groupIds": [group]}
            refused(at.post(path, body), 400, "policyRevisionId")
            refused(at.post(path, {**body, "policyRevisionId": "x"}), 400, "policyRevisionId")
            refused(at.post(path, {**body, "policyRevisionId": UNKNOWN}), 404, "revision")
        refused(at.post("Groups/AssignPolicyRevision", {"policyRevisionId": policy[1][0]}), 400, "groupIds")
        refused(at.post("Groups/AssignPolicyRevision", {"policyRevisionId": policy[1][0], "groupIds": [UNKNOWN]}), 404, "group")
        refused(at.post(f"Groups/{UNKNOWN}/AssignPolicyRevision", {"policyRevisionId": policy[1][0]}), 404, "group")
        assert read(at, group)["policyId"] is None


class TestAutoAssignPolicyRevision:
    def test_groups_with_an_older_revision_get_the_newest(self, at, policy):
        old, newest, none = new(at), new(at), new(at)
        policies.assign(at, old, policy[1][0])
        policies.assign(at, newest, policy[1][2])
        for body in ({"policyId": policy[0]}, {"policyRevisionId": policy[1][0]}, {"policyId": policy[0], "policyRevisionId": policy[1][2]}):
            assert done(at, at.post("Groups/AutoAssignPolicyRevision", body), 200)["status"] == "Completed"
            assert [read(at, group)["revision"] for group in (old, newest, none)] == [3, 3, None]

    def test_what_is_refused(self, at, policy):
        other, _ = policies.create(at, uuid.uuid4().hex)
        refused(at.post("Groups/AutoAssignPolicyRevision", {}), 400, "policyRevisionId")
        refused(at.post("Groups/AutoAssignPolicyRevision", {"policyId": other, "policyRevisionId": policy[1][0]}), 400, "policyId")
        refused(at.post("Groups/AutoAssignPolicyRevision", {"policyId": UNKNOWN}), 404, "policy")
        refused(at.post("Groups/AutoAssignPolicyRevision", {"policyRevisionId": UNKNOWN}), 404, "revision")


class TestClearPolicy:
    def test_one_group(self, at, policy):
        group = new(at)
        policies.assign(at, group, policy[1][0])
        for _ in range(2):
            assert at.patch(f"Groups/{group}/ClearPolicy", headers={"Content-Length": "0"}).status in (200, 204)
            detail = read(at, group)
            assert (detail["policyId"], detail["revision"], detail["policyRevisionStatus"]) == (None, None, "NoPolicy")

    def test_many(self, at, policy):
        groups = [new(at) for _ in range(2)]
        for group in groups:
            policies.assign(at, group, policy[1][0])
        assert done(at, at.post("Groups/ClearPolicy", {"groupIds": [groups[0], UNKNOWN]}))["failed"] == 1
        assert [read(at, group)["revision"] for group in groups] == [None, 1]

    def test_what_is_refused(self, at, policy):
        group = new(at)
        policies.assign(at, group, policy[1][0])
        refused(at.post("Groups/ClearPolicy", {}), 400, "groupIds")
        refused(at.post("Groups/ClearPolicy", {"groupIds": [UNKNOWN]}), 404, "group")
        refused(at.patch(f"Groups/{UNKNOWN}/ClearPolicy"), 404, "group")
        assert read(at, group)["revision"] == 1
