"""Computers: their list and detail, their life from authorisation to deletion, their commands."""
import uuid

import pytest
from harness import fleet
from harness.agent import Agent, wait_for
from harness.shapes import BARE, UNKNOWN, ZONED, done, members, refused

AUTHORISED, PENDING, REJECTED = "Authorised", "Pending", "Rejected"
COMMANDS = ("RenewCertificate", "RetrieveLogs", "RetrieveStatusInfo")


class Pool:
    """Pending computers, made many at a time, for tests that use one up."""

    def __init__(self, server, client):
        self.server, self.client, self.left = server, client, []

    def take(self, count):
        if len(self.left) < count:
            self.left += fleet.enrol(self.server, self.client, max(count, 60))
        taken, self.left = self.left[:count], self.left[count:]
        return taken

    def one(self):
        return self.take(1)[0]

    def authorised(self, count, group=None):
        taken = self.take(count)
        assert self.client.post("Computers/Authorise", {"computerIds": taken, "groupId": group}).status == 200
        return taken


@pytest.fixture(scope="module")
def pool(server, client):
    return Pool(server, client)


@pytest.fixture(params=["v1", "v2", "v3"])
def at(request, client):
    return client.version(request.param)


@pytest.fixture(params=["v2", "v3"])
def at23(request, client):
    return client.version(request.param)


@pytest.fixture(scope="module")
def group(client):
    return new_group(client)


def new_group(client, **more):
    return client.post("Groups", {"name": uuid.uuid4().hex, **more}).json


def states(client, computers):
    return [fleet.state(client, computer)["authorisationState"] for computer in computers]


class TestList:
    def test_rows_have_all_members(self, at, pool):
        pool.authorised(1)
        page = at.get("Computers", {"Pagination.PageSize": 1000}).json
        for row in page["data"]:
            assert set(row) == members("ComputerListItem")
            assert ZONED.match(row["created"]), row
            assert isinstance(row["daysDisconnected"], int)

    def test_archived_ones_are_in_it(self, client, pool):
        computer = pool.authorised(1)[0]
        client.post(f"Computers/{computer}/Archive")
        found = client.get("Computers", {"Filter.ComputerId": computer}).json["data"]
        assert [(row["id"], row["archived"]) for row in found] == [(computer, True)]

    def test_filter_and_detail_agree(self, client, pool, group):
        computer = pool.authorised(1, group)[0]
        row = client.get("Computers", {"Filter.ComputerId": computer}).json["data"][0]
        detail = fleet.state(client, computer)
        for name in ("id", "hostType", "authorisationState", "groupId", "groupName", "policyId", "archived", "connectionStatus", "agentVersion"):
            assert row[name] == detail[name], name


class TestGet:
    def test_has_all_members(self, at, pool):
        detail = fleet.state(at, pool.authorised(1)[0])
        assert set(detail) == members("ComputerDetail")
        assert set(detail["endpointInformation"]) == members("EndpointInformation")
        for name in ("created", "authorised", "authorisedOn", "lastConnected"):
            assert BARE.match(detail[name]), (name, detail[name])

    def test_authorised_is_a_date_that_pending_ones_lack(self, client, pool):
        detail = fleet.state(client, pool.one())
        assert (detail["authorisationState"], detail["connectionStatus"], detail["authorised"], detail["authorisedOn"]) == (PENDING, "PendingActivation", None, None)

    def test_governance_connector_reads_endpoint_information_without_a_null_check(self, new_server):
        server = new_server(start=False)
        server.fill(computers=12, events=0)
        client = server.start().client()
        for row in fleet.rows(client):
            assert isinstance(fleet.state(client, row["id"])["endpointInformation"], dict)

    def test_ids_in_any_letter_case(self, client, pool):
        computer = pool.one()
        assert client.get(f"Computers/{computer.upper()}").json["id"] == computer

    def test_unknown_and_malformed_ids(self, at):
        refused(at.get(f"Computers/{UNKNOWN}"), 404, "computer")
        refused(at.get("Computers/x"), 400, "id")


class TestAuthorise:
    @pytest.mark.parametrize("path", ["Authorise", "Authorize", "authorise", "AUTHORIZE/"])
    def test_into_a_group(self, at, pool, group, path):
        computer = pool.one()
        answer = at.post(f"Computers/{path}", {"computerIds": [computer], "groupId": group})
        assert (answer.status, answer.body) == (200, b"")
        detail = fleet.state(at, computer)
        assert (detail["authorisationState"], detail["groupId"]) == (AUTHORISED, group)
        assert detail["authorised"] == detail["authorisedOn"] is not None

    def test_without_a_group_and_a_default_one_is_ungrouped(self, client, pool):
        assert fleet.state(client, pool.authorised(1)[0])["groupId"] is None

    def test_without_a_group_goes_to_the_default_one(self, new_server):
        server = new_server()
        client = server.client()
        computer = fleet.enrol(server, client)[0]
        default = new_group(client, default=True)
        assert client.post("Computers/Authorise", {"computerIds": [computer], "groupId": None}).status == 200
        assert fleet.state(client, computer)["groupId"] == default
        # Whoever enrols from now on is authorised at once.
        late = fleet.state(client, fleet.enrol(server, client)[0])
        assert (late["authorisationState"], late["groupId"]) == (AUTHORISED, default)

    def test_an_unknown_group_changes_nothing(self, client, pool):
        computer = pool.one()
        refused(client.post("Computers/Authorise", {"computerIds": [computer], "groupId": UNKNOWN}), 404, "group")
        assert states(client, [computer]) == [PENDING]

    def test_authorised_ones_stay_where_they_are(self, client, pool, group):
        computer = pool.authorised(1, group)[0]
        before = fleet.state(client, computer)
        task = done(client, client.post("Computers/Authorise", {"computerIds": [computer], "groupId": new_group(client)}), 200)
        assert task["status"] == "Completed"
        after = fleet.state(client, computer)
        assert (after["groupId"], after["authorised"]) == (group, before["authorised"])

    def test_some_unknown_ids_do_not_stop_the_others(self, client, pool):
        computer = pool.one()
        task = done(client, client.post("Computers/Authorise", {"computerIds": [UNKNOWN, computer, computer]}), 200)
        assert (task["status"], task["total"], task["succeeded"], task["failed"]) == ("CompletedWithErrors", 2, 1, 1)
        assert [error["id"] for error in task["errors"]] == [UNKNOWN] and task["errorInfo"]
        assert states(client, [computer]) == [AUTHORISED]

    def test_a_single_unknown_id_is_404(self, client):
        refused(client.post("Computers/Authorise", {"computerIds": [UNKNOWN]}), 404, "computer")

    @pytest.mark.parametrize("body", [{}, {"computerIds": []}, {"computerIds": None}, {"allComputers": False}, {"filter": {"host": "x"}}, {"excludedComputerIds": [UNKNOWN]}])
    def test_no_selection_is_never_all(self, client, pool, body):
        computer = pool.one()
        refused(client.post("Computers/Authorise", body), 400, "computerIds")
        assert states(client, [computer]) == [PENDING]

    def test_excluded_ones_are_left_out(self, client, pool):
        computers = pool.take(3)
        assert client.post("Computers/Authorise", {"computerIds": computers, "excludedComputerIds": computers[:1]}).status == 200
        assert states(client, computers) == [PENDING, AUTHORISED, AUTHORISED]

    def test_members_in_any_letter_case_and_unknown_ones(self, client, pool):
        computer = pool.one()
        assert client.post("Computers/Authorise", {"COMPUTERIDS": [computer.upper()], "colour": "red"}).status == 200
        assert states(client, [computer]) == [AUTHORISED]

    def test_all_with_a_filter_acts_on_pending_ones_alone(self, new_server):
        server = new_server()
        client = server.client()
        computers = fleet.enrol(server, client, 4)
        hosts = {row["id"]: row["host"] for row in fleet.rows(client)}
        client.post("Computers/Reject", {"computerIds": computers[:1]})
        body = {"allComputers": True, "computerIds": [computers[3]], "excludedComputerIds": [computers[1]], "filter": {"authorisationState": PENDING}}
        assert client.post("Computers/Authorise", body).status == 200
        assert states(client, computers) == [REJECTED, PENDING, AUTHORISED, AUTHORISED]
        assert client.post("Computers/Reject", {"allComputers": True, "filter": {"host": hosts[computers[1]]}}).status == 200
        assert states(client, computers) == [REJECTED, REJECTED, AUTHORISED, AUTHORISED]
        assert client.post("Computers/Authorise", {"allComputers": True}).status == 200
        assert states(client, computers) == [REJECTED, REJECTED, AUTHORISED, AUTHORISED]

    def test_a_filter_without_all_is_ignored(self, client, pool):
        computer = pool.one()
        assert client.post("Computers/Authorise", {"computerIds": [computer], "filter": {"host": "nobody has this name"}}).status == 200
        assert states(client, [computer]) == [AUTHORISED]


class TestReject:
    def test_pending_ones(self, at, pool):
        computer = pool.one()
        answer = at.post("Computers/Reject", {"computerIds": [computer]})
        assert (answer.status, answer.body) == (200, b"")
        assert states(at, [computer]) == [REJECTED]

    def test_others_stay_and_it_may_be_repeated(self, client, pool):
        authorised, rejected = pool.authorised(1)[0], pool.one()
        for _ in range(2):
            task = done(client, client.post("Computers/Reject", {"computerIds": [authorised, rejected]}), 200)
            assert task["status"] == "Completed"
        assert states(client, [authorised, rejected]) == [AUTHORISED, REJECTED]

    def test_rejected_ones_are_not_authorised(self, client, pool):
        computer = pool.one()
        client.post("Computers/Reject", {"computerIds": [computer]})
        assert client.post("Computers/Authorise", {"computerIds": [computer]}).status == 200
        assert states(client, [computer]) == [REJECTED]


class TestArchive:
    def test_v1_does_not_know_it(self, client, pool):
        computer = pool.one()
        for path in (f"Computers/{computer}/Archive", f"Computers/{computer}/Unarchive", "Computers/Archive", "Computers/Unarchive"):
            assert client.version("v1").post(path, {"computerIds": [computer]}).status in (404, 405)
        assert fleet.state(client, computer)["archived"] is False

    @pytest.mark.parametrize("kind", [None, "application/json", "application/x-www-form-urlencoded"])
    def test_governance_connector_reads_what_it_wrote_at_once(self, at23, pool, group, kind):
        computer = pool.authorised(1, group)[0]
        headers = {"Content-Length": "0", **({"Content-Type": kind} if kind else {})}
        for path, archived in (("archive", True), ("Unarchive", False)):
            assert at23.post(f"Computers/{computer}/{path}", headers=headers).status == 200
            detail = fleet.state(at23, computer)
            assert detail["archived"] is archived and (detail["archivedOn"] is not None) is archived
            assert (detail["authorisationState"], detail["groupId"]) == (AUTHORISED, group)
            assert (detail["connectionStatus"] == "Archived") is archived

    def test_several_and_again(self, at23, pool):
        computers = pool.authorised(3)
        for path, archived in (("Archive", True), ("Archive", True), ("Unarchive", False), ("Unarchive", False)):
            task = done(at23, at23.post(f"Computers/{path}", {"computerIds": computers[:2]}), 200)
            assert (task["status"], task["succeeded"]) == ("Completed", 2)
            assert [fleet.state(at23, computer)["archived"] for computer in computers] == [archived, archived, False]

    def test_the_first_moment_stays(self, client, pool):
        computer = pool.one()
        client.post(f"Computers/{computer}/Archive")
        first = fleet.state(client, computer)["archivedOn"]
        client.post(f"Computers/{computer}/Archive")
        assert fleet.state(client, computer)["archivedOn"] == first

    @pytest.mark.parametrize("path", ["Archive", "Unarchive"])
    def test_bulk_takes_ids_only(self, client, pool, path):
        computer = pool.one()
        if path == "Unarchive":
            client.post("Computers/Archive", {"computerIds": [computer]})
        before = fleet.rows(client)
        refused(client.post(f"Computers/{path}", {"allComputers": True}), 400, "computerIds")
        assert fleet.rows(client) == before


class TestDelete:
    def test_body_on_delete(self, at, pool):
        gone, stays = pool.take(2)
        answer = at.delete("Computers", {"computerIds": [gone]})
        assert (answer.status, answer.body) == (200, b"")
        refused(at.get(f"Computers/{gone}"), 404)
        assert fleet.state(at, stays)["id"] == stays
        assert gone not in [row["id"] for row in fleet.rows(at)]
        refused(at.delete("Computers", {"computerIds": [gone]}), 404)

    def test_chunked_body_is_not_dropped(self, client, pool):
        computer = pool.one()
        answer = client.request("DELETE", "Computers", body=iter([b'{"computerIds":', f'["{computer}"]}}'.encode()]), headers={"Content-Type": "application/json"})
        assert answer.status == 200, answer
        refused(client.get(f"Computers/{computer}"), 404)

    def test_without_a_body_deletes_nothing(self, client, pool):
        computer = pool.one()
        refused(client.delete("Computers"), 400)
        assert fleet.state(client, computer)["id"] == computer

    def test_one_by_its_path(self, at, pool):
        computer = pool.one()
        assert at.delete(f"Computers/{computer}").status == 200
        refused(at.delete(f"Computers/{computer}"), 404, "computer")

    def test_counts_go_down(self, client, pool, group):
        own = new_group(client)
        computers = pool.authorised(2, own)
        total = client.get("Computers").json["totalRecordCount"]
        client.delete("Computers", {"computerIds": computers[:1]})
        assert client.get("Computers").json["totalRecordCount"] == total - 1
        assert client.get(f"Groups/{own}").json["computerCount"] == 1

    def test_deleted_ones_take_nothing_more(self, client, pool, group):
        computer = pool.one()
        client.delete("Computers", {"computerIds": [computer]})
        for path in ("Archive", "Unarchive", *COMMANDS):
            refused(client.post(f"Computers/{computer}/{path}"), 404)
        refused(client.post("Computers/Authorise", {"computerIds": [computer]}), 404)
        refused(client.post(f"Groups/{group}/AssignComputers", {"computerIds": [computer]}), 404)


class TestDeactivate:
    def test_archives_and_deletes(self, at, pool):
        computers = pool.authorised(2)
        answer = at.post("Computers/Deactivate", {"computerIds": computers[:1]})
        assert (answer.status, answer.body) == (200, b"")
        refused(at.get(f"Computers/{computers[0]}"), 404)
        assert fleet.state(at, computers[1])["archived"] is False


class TestCommands:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_is_queued_once(self, at, pool, command):
        computer = pool.authorised(1)[0]
        first = at.post(f"Computers/{computer}/{command}", headers={"Content-Length": "0"})
        again = at.post(f"Computers/{computer}/{command}")
        many = at.post(f"Computers/{command}", {"computerIds": [computer]})
        assert done(at, first, 200)["status"] == "Completed"
        assert first.json == again.json == many.json
        commands = [row for row in at.get(f"Computers/{computer}/CommandLogs").json if row["commandType"] == command]
        assert len(commands) == 1
        assert set(commands[0]) == members("ComputerCommandLogModel")
        assert (commands[0]["status"], commands[0]["taskId"], commands[0]["computerId"]) == ("Pending", first.json, computer)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_many_at_once(self, client, pool, command):
        computers = pool.authorised(3)
        task = done(client, client.post(f"Computers/{command}", {"computerIds": [*computers, UNKNOWN], "excludedComputerIds": computers[2:]}), 200)
        assert (task["succeeded"], task["failed"]) == (2, 1)
        kinds = [[row["commandType"] for row in client.get(f"Computers/{computer}/CommandLogs").json] for computer in computers]
        assert [command in found for found in kinds] == [True, True, False]

    @pytest.mark.parametrize("command, alias", [("RetrieveLogs", "Logs"), ("RetrieveLogs", "RequestLogs"), ("RetrieveStatusInfo", "StatusInfo"), ("RetrieveStatusInfo", "RetrieveStatus")])
    def test_aliases(self, at, pool, command, alias):
        computer = pool.authorised(1)[0]
        assert at.post(f"Computers/{computer}/{alias}").json == at.post(f"Computers/{computer}/{command}").json

    @pytest.mark.parametrize("command", COMMANDS)
    def test_single_id_in_the_bulk_form(self, client, pool, command):
        computer = pool.authorised(1)[0]
        assert client.post(f"Computers/{command}", {"computerId": computer}).json == client.post(f"Computers/{computer}/{command}").json

    @pytest.mark.parametrize("command", COMMANDS)
    def test_archived_and_rejected_ones_take_none(self, client, pool, command):
        archived, rejected = pool.authorised(1)[0], pool.one()
        client.post(f"Computers/{archived}/Archive")
        client.post("Computers/Reject", {"computerIds": [rejected]})
        for computer, word in ((archived, "archived"), (rejected, "rejected")):
            refused(client.post(f"Computers/{computer}/{command}"), 409, word)
            assert command not in [row["commandType"] for row in client.get(f"Computers/{computer}/CommandLogs").json]

    def test_logs_asked_for_are_listed(self, at, pool):
        computer = pool.authorised(1)[0]
        assert at.get(f"Computers/{computer}/Logs").json == []
        at.post(f"Computers/{computer}/RetrieveLogs")
        log, = at.get(f"Computers/{computer}/Logs").json
        assert set(log) == members("ComputerLogModel")
        assert (log["status"], log["size"], log["created"], log["computerId"]) == ("Requested", None, None, computer)
        assert BARE.match(log["requested"]) and log["requestedBy"]
        refused(at.get(f"Computers/{computer}/Logs/{log['id']}/Content"), 404, "not received")

    def test_newest_first(self, client, pool):
        computer = pool.authorised(1)[0]
        for command in COMMANDS:
            client.post(f"Computers/{computer}/{command}")
        for path in ("CommandLogs", "Commands", "Logs/Command"):
            kinds = [row["commandType"] for row in client.get(f"Computers/{computer}/{path}").json]
            assert kinds[:3] == list(reversed(COMMANDS)), path


class TestLogContent:
    @pytest.fixture(scope="class")
    def received(self, server, client):
        """(computer, its log) after a real agent has uploaded it."""
        agent = Agent(server).enrol(new_group(client)).start()
        try:
            agent.ready()
            computer = agent.id
            assert client.post(f"Computers/{computer}/RetrieveLogs").status == 200
            log = wait_for(lambda: [row for row in client.get(f"Computers/{computer}/Logs").json if row["status"] == "Received"])[0]
        finally:
            agent.close()
        return computer, log

    def test_received_ones_say_so(self, client, received):
        computer, log = received
        assert log["size"] > 0 and log["name"] and BARE.match(log["created"])
        sent = [row for row in client.get(f"Computers/{computer}/CommandLogs").json if row["commandType"] == "RetrieveLogs"]
        assert [(row["status"], row["sent"] is None, row["completed"] is None) for row in sent] == [("Completed", False, False)]

    @pytest.mark.parametrize("path", ["{computer}/Logs/{log}/Content", "{computer}/Logs/{log}", "{computer}/Logs/{log}/Download", "Logs/{log}/Content"])
    def test_download_and_aliases(self, at, received, path):
        computer, log = received
        answer = at.get("Computers/" + path.format(computer=computer, log=log["id"]))
        assert answer.status == 200, answer
        assert len(answer.body) == log["size"]
        assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{log["name"]}"')

    def test_a_log_of_another_computer_is_404(self, client, pool, received):
        _, log = received
        refused(client.get(f"Computers/{pool.one()}/Logs/{log['id']}/Content"), 404, "log")
        assert client.get(f"Computers/Logs/{UNKNOWN}/Content").status == 404
