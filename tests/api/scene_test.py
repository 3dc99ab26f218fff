"""A scene holds together: whatever the API shows of it, in every version, fits all else that it shows."""
import collections
import datetime
import json
import re

import pytest

from harness import store as by_hand
from harness.poller import events_since

CODES = "0 1 2 10 100 101 103 104 106 107 109 110 112 113 114 116 118 119 120 130 131 150 151 152 153 154 155 156 157 158 159 160 161 162 198 199 200 201 202 210 211 300 400 401 600 601 602 603 604 605 606 706 716 720".split()
SIZES = {"computers": 40, "groups": 6, "policies": 4, "events": 1200}
# The servers of these tests run by the clock of today, so the scene ends a minute ago: else what is old in it would be archived. What
# the tests add is later, in whole seconds too.
CLOCK = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
VERSIONS = ("v1", "v2", "v3")


def options(**more):
    return [word for name, value in {**SIZES, "clock": CLOCK, **more}.items() for word in (f"--{name.replace('_', '-')}", str(value))]


@pytest.fixture(scope="module")
def scene(new_server):
    server = new_server(start=False)
    server.cli("sandbox", "fill", *options())
    return server.start()


@pytest.fixture(scope="module")
def viewer(scene):
    return scene.client()


@pytest.fixture(scope="module")
def events(viewer):
    return events_since(viewer, "2020-01-01T00:00:00Z")


@pytest.fixture(scope="module")
def computers(viewer):
    return {row["id"]: viewer.get("Computers/" + row["id"]).json for row in viewer.all("Computers")}


def moment(event):
    return event["@timestamp"]


# --- counts, in every version ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_lists_hold_what_was_made(scene, version):
    client = scene.client().version(version)
    assert len(client.all("Computers")) == SIZES["computers"]
    assert len(client.all("Groups")) == SIZES["groups"]
    assert len(client.all("Policies")) == SIZES["policies"]
    assert len(client.all("Users")) == 8
    assert len(client.all("ActivityAudits")) > 100


def test_no_field_of_a_computer_is_never_filled(computers):
    never = {"deactivatedOn", "errorInfo"}
    filled = collections.Counter(name for row in computers.values() for name, value in row.items() if value not in (None, [], ""))
    assert set().union(*(row.keys() for row in computers.values())) - set(filled) <= never
    for row in computers.values():
        facts = row["endpointInformation"]
        assert [name for name, value in facts.items() if not value] == ["systemWorkgroup"], row["id"]
        if row["authorisationState"] == "Authorised":
            certificate = row["certificateInformation"]
            assert certificate["validFrom"] < certificate["validTo"] and re.fullmatch("[0-9a-f]{64}", certificate["thumbprint"])
            assert row["adapterVersion"] and row["agentVersion"]
    assert {row["hostType"] for row in computers.values()} == {"MicrosoftWindows", "MacOS", "Linux"}


def test_policies_have_revisions_and_valid_documents(viewer):
    for policy in viewer.all("Policies"):
        assert policy["revision"] >= 2, policy
        content = viewer.get(f"Policies/{policy['id']}/Content")
        assert content.status == 200 and b"<ApplicationGroup " in content.body


def test_users_hold_roles_of_all_kinds(viewer):
    users = [viewer.get("Users/" + row["id"]).json for row in viewer.all("Users")]
    assert any(user["admin"] for user in users) and any(user["disabled"] for user in users)
    roles = {role["name"] for user in users for role in user["roles"]}
    assert {"Administrator", "Service desk", "Auditor", "Change reviewer"} <= roles
    assert all(user["emailAddress"].endswith("@example.com") for user in users)
    assert {row["domain"] for row in viewer.get("AcceptedDomains").json} == {"example.com", "corp.example.com", "example.org"}


# --- audits ----------------------------------------------------------------------------------------------------------


def test_every_audit_tells_its_change_in_order(viewer):
    audits = sorted(viewer.all("ActivityAudits"), key=lambda row: row["id"])
    moments = [row["created"] for row in audits]
    assert moments == sorted(moments) and len(set(moments)) == len(moments)
    assert all(row["details"] and row["user"] and row["auditType"] for row in audits)
    types = collections.Counter(row["auditType"] for row in audits)
    for wanted in ("CreateGroup", "CreatePolicy", "UploadPolicyRevision", "CreateUser", "AssignRoles", "DisableUser", "CreateRole", "AddDomain", "CreateApiAccount", "RejectComputers", "ArchiveComputers", "SetDefaultGroup", "AssignPolicyRevision", "CreateManagementRule", "RetrieveLogs", "RenewCertificate"):
        assert types[wanted] > 0, types
    assert types["CreateGroup"] == SIZES["groups"] and types["CreatePolicy"] == SIZES["policies"] and types["CreateUser"] == 8


def test_the_chain_of_audits_is_whole(scene):
    assert "all as they were written" in scene.cli("audit", "verify").stdout


# --- requests --------------------------------------------------------------------------------------------------------


def test_requests_are_in_every_state(scene):
    client = scene.client()
    requests = client.all("AuthorizationRequest")
    decisions = collections.Counter(row["decision"] for row in requests)
    assert set(decisions) == {"Pending", "Approved", "Denied"}, decisions
    audits = collections.Counter(row["auditType"] for row in client.all("ActivityAudits"))
    for change in ("Created", "TicketAttached", "Approved", "Denied", "Revoked", "Used", "Expired"):
        assert audits["AuthorizationRequest" + change] > 0, audits
    for change in ("Created", "Approved", "Denied", "Started", "Ended", "Expired", "Revoked", "Lapsed"):
        assert audits["AdminAccessRequest" + change] > 0, audits
    assert audits["AuthorizationRequestCreated"] == len(requests)
    assert {row["ticketType"] for row in requests} == {"EPM", "ServiceNow"}
    for row in requests:
        if row["decision"] == "Approved":
            assert row["timeOfRequest"] < row["decisionTime"] and row["decisionPerformedByUser"] and row["duration"]


def test_admin_requests_are_in_every_state(viewer):
    rows = viewer.all("AdminAccessRequest")
    assert {row["decision"] for row in rows} == {"Pending", "Approved", "Denied"}
    running = viewer.all("AdminAccessRequest", {"Filter.ActiveOnly": "true"})
    assert 0 < len(running) < len(rows)


# --- events ------------------------------------------------------------------------------------------------------------


def test_every_known_code_comes(events):
    assert len(events) == SIZES["events"]
    codes = collections.Counter(event["event"]["code"] for event in events)
    assert sorted(codes) == sorted(CODES), set(CODES) ^ set(codes)
    assert codes["100"] > codes["116"] > 0


def test_events_come_in_the_order_of_a_month(events):
    stamps = [event["event"]["ingested"] for event in events]
    assert stamps == sorted(stamps)
    first, last = (datetime.datetime.fromisoformat(moment(edge(events, key=moment)).rstrip("Z")) for edge in (min, max))
    assert datetime.timedelta(days=26) < last - first < datetime.timedelta(days=35)
    for event in events:
        gap = datetime.datetime.fromisoformat(event["event"]["ingested"][:23]) - datetime.datetime.fromisoformat(moment(event)[:23])
        assert datetime.timedelta(0) <= gap < datetime.timedelta(hours=2), event


def test_a_logon_comes_before_elevations(events):
    logged_on = set()
    for event in sorted(events, key=moment):
        who = (event["agent"]["id"], event["user"]["name"])
        if event["event"]["code"] == "300":
            logged_on.add(who)
        elif event["user"]["name"] not in ("SYSTEM", "root"):
            assert who in logged_on, event


def test_programs_fit_their_system_and_are_the_same_file_everywhere(events):
    files = {}
    for event in events:
        if "process" not in event:
            continue
        windows = event["host"]["os"]["type"] == "windows"
        assert ("\\" in event["process"]["executable"]) == windows
        if "hash" not in event["file"]:
            continue
        facts = json.dumps([event["file"]["hash"], event["file"]["ProductVersion"], event["file"]["code_signature"]])
        assert files.setdefault(event["file"]["path"], facts) == facts
    assert len(files) >= 20 and len(set(files.values())) == len(files)


def test_events_name_their_computer_and_its_policy(events, computers, viewer):
    policies = {row["id"]: row["name"] for row in viewer.all("Policies")}
    for event in events:
        row = computers[event["agent"]["id"]]
        assert event["host"]["hostname"] == row["endpointInformation"]["systemName"]
        assert event["host"]["os"]["name"] == row["endpointInformation"]["osCaption"]
        assert event["EPMWinMac"]["GroupId"] == row["groupId"]
        configuration = event["EPMWinMac"].get("Configuration")
        assert (configuration is None) == (row["policyId"] is None)
        if configuration is not None:
            assert configuration["Identifier"] == row["hostPolicyId"] and configuration["Name"] == policies[row["hostPolicyId"]]
            assert configuration["RevisionNumber"] == str(row["hostPolicyRevision"])


def test_a_blocked_program_is_asked_for_and_then_runs(events, viewer):
    requests = {row["id"]: row for row in viewer.all("AuthorizationRequest")}
    stories = collections.defaultdict(dict)
    for event in events:
        identifier = event["EPMWinMac"].get("Configuration", {}).get("Message", {}).get("UserRequestManagementId")
        if identifier:
            stories[identifier][event["event"]["code"]] = event
    assert len(stories) >= 5
    for identifier, story in stories.items():
        request = requests[identifier]
        assert story["116"]["agent"]["id"] == request["computerId"] and moment(story["116"])[:19] < request["timeOfRequest"][:19]
        if "100" in story:
            assert moment(story["100"])[:19] > request["timeOfRequest"][:19]
            assert story["100"]["file"]["hash"] == story["116"]["file"]["hash"]
            assert story["100"]["user"]["name"] == story["116"]["user"]["name"]
    assert any("100" in story for story in stories.values())


def test_admin_sessions_are_tied_to_their_request(events, viewer):
    rows = {row["id"]: row for row in viewer.all("AdminAccessRequest")}
    tied = [event for event in events if "JITAdmin" in event["EPMWinMac"]["Session"]]
    assert {"300", "101", "106"} <= {event["event"]["code"] for event in tied}
    for event in tied:
        row = rows[event["EPMWinMac"]["Session"]["JITAdmin"]["RequestIdentifier"]]
        assert row["computerId"] == event["agent"]["id"] and row["ticketId"] == event["EPMWinMac"]["Session"]["JITAdmin"]["TicketIdentifier"]


# --- the same again -----------------------------------------------------------------------------------------------------

PATHS = ("Computers", "Groups", "Policies", "Users", "ActivityAudits", "AuthorizationRequest", "AdminAccessRequest", "GlobalRoles")


def shown(server):
    """All that is shown of the scene; what came after it, like the account of these tests, is not."""
    client = server.client()
    lists = {path: [row for row in client.all(path) if row.get("created", "") <= CLOCK] for path in PATHS}
    commands = {row["id"]: client.get(f"Computers/{row['id']}/Commands").json for row in lists["Computers"]}
    return lists | {"commands": commands, "events": events_since(client, "2020-01-01T00:00:00Z"), "roles": client.get("Roles").json, "domains": client.get("AcceptedDomains").json}


def without_installation(text):
    """Ids of the installation, and what tells how long ago it was, are the server's and not the scene's."""
    return re.sub(r'"(TenantId|daysDisconnected|connectionStatus|connected)": [^,}]+', "", text)


def test_the_same_seed_gives_the_same_bytes(new_server):
    """The second one is always of SQLite: ids are counted from the seed in both databases."""
    made = []
    for seed, store in ((5, {}), (5, {"database": None}), (6, {})):
        server = new_server(start=False, **store)
        server.cli("sandbox", "fill", *options(seed=seed))
        made.append({name: without_installation(json.dumps(rows)) for name, rows in shown(server.start()).items()})
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []
    assert [name for name in made[0] if made[0][name] == made[2][name]] == []


def test_searches_need_not_wait_for_a_server_to_join_their_index(new_server, request):
    """Of partitions that take no more events there is no small piece left."""
    server = new_server(start=False)
    server.cli("sandbox", "fill", *options())
    query = ("SELECT COUNT(*) FROM event_partition p JOIN event_piece x ON x.class_no = p.class_no AND x.first_ingested >= p.from_us AND x.first_ingested < p.until_us"
             " WHERE {} p.until_us <= (SELECT last_ingested FROM event_clock WHERE id = 1)")

    def count(which):
        if server.database:
            return int(request.getfixturevalue("postgres").sql(query.format(which), server.database))
        with by_hand.embedded(server) as store:
            return store.execute(query.format(which)).fetchone()[0]

    assert count("") > 0
    assert count("x.level < 2 AND") == 0


def test_events_can_be_asked_for_by_computer(new_server):
    server = new_server(start=False)
    done = server.cli("sandbox", "fill", *options(computers=10, events_per_computer=7)).stdout
    assert " 70 events" in done
    assert len(events_since(server.start().client(), "2020-01-01T00:00:00Z")) == 70


def test_a_clock_that_is_none_is_refused(new_server):
    done = new_server(start=False).cli("sandbox", "fill", "--clock", "soon", check=False)
    assert done.returncode == 2 and "--clock must be a moment" in done.stderr
