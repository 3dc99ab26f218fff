"""The sample fleet looks like a fleet: through the API, at first start, the same for the same seed."""
import collections
import datetime

import pytest

from harness.poller import events_since


@pytest.fixture(scope="module")
def filled(new_server):
    server = new_server(start=False)
    server.fill()
    return server.start()


@pytest.fixture(scope="module")
def viewer(filled):
    return filled.client()


@pytest.fixture(scope="module")
def rows(viewer):
    return viewer.all("Computers")


@pytest.fixture(scope="module")
def events(viewer):
    return events_since(viewer, "2020-01-01T00:00:00Z")


def counted(rows, member):
    return collections.Counter(row[member] for row in rows)


def test_it_has_what_it_says(viewer, rows, events):
    assert (len(rows), len(events)) == (25, 500)
    assert len(viewer.all("Groups")) == 4 and len(viewer.all("Policies")) == 2


def test_most_are_connected_and_each_state_is_there(viewer, rows):
    status = counted(rows, "connectionStatus")
    assert status["Connected"] > len(rows) / 2, status
    assert {"Connected", "Disconnected"} <= set(status)
    states = counted(rows, "authorisationState")
    assert states["Authorised"] > 15 and states["Pending"] and states["Rejected"], states
    archived = [row for row in rows if row["archived"]]
    assert 0 < len(archived) < 5
    details = [viewer.get("Computers/" + row["id"]).json for row in archived]
    assert all(detail["daysDisconnected"] >= 90 for detail in details)
    policy = counted([row for row in rows if row["authorisationState"] == "Authorised"], "policyRevisionStatus")
    assert policy["OnLatestPolicy"] > policy["AwaitingLatestPolicy"] > 0 and policy["NoPolicy"], policy


def test_times_are_in_order(rows):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    for row in rows:
        assert row["created"] < row["lastConnected"] < now, row
        if row["policyUpdateTimeStamp"]:
            assert row["created"] < row["policyUpdateTimeStamp"] < now, row


def test_counts_of_groups_are_true(viewer, rows):
    for group in viewer.all("Groups"):
        mine = [row for row in rows if row["groupId"] == group["id"]]
        assert group["computerCount"] == len(mine)
        assert group["activeComputers"] == len([row for row in mine if row["authorisationState"] == "Authorised"])


def test_events_are_of_those_that_report_and_fit_their_machine(rows, events):
    reporting = {row["id"]: row for row in rows if row["connectionStatus"] == "Connected" and row["authorisationState"] == "Authorised"}
    marks = {"MicrosoftWindows": "\\", "MacOS": "/", "Linux": "/"}
    for event in events:
        row = reporting[event["agent"]["id"]]
        assert event["host"]["hostname"] == row["host"]
        if "process" in event:
            assert marks[row["hostType"]] in event["process"]["executable"]
            assert event["file"]["path"].endswith(event["file"]["name"])
    users = collections.Counter(event["user"]["name"] for event in events)
    programs = collections.Counter(event["process"]["executable"] for event in events if "process" in event)
    codes = collections.Counter(event["event"]["code"] for event in events)
    assert len(users) >= 6 and len(programs) >= 10 and len(codes) >= 6
    assert codes["100"] > codes["116"] > 0
    moments = sorted(event["@timestamp"] for event in events)
    span = datetime.datetime.fromisoformat(moments[-1][:19]) - datetime.datetime.fromisoformat(moments[0][:19])
    assert span > datetime.timedelta(days=6)


def test_the_same_seed_is_the_same_fleet(new_server, rows, events):
    same, other = new_server(start=False), new_server(start=False)
    same.fill(seed=1)
    other.fill(seed=2)
    client = same.start().client()
    assert {row["id"]: (row["host"], row["os"], row["authorisationState"]) for row in client.all("Computers")} == {row["id"]: (row["host"], row["os"], row["authorisationState"]) for row in rows}
    again = events_since(client, "2020-01-01T00:00:00Z")
    assert [(event["event"]["id"], event["event"]["code"], event["user"]["name"]) for event in again] == [(event["event"]["id"], event["event"]["code"], event["user"]["name"]) for event in events]
    assert {row["id"] for row in other.start().client().all("Computers")}.isdisjoint(row["id"] for row in rows)


def test_a_store_with_groups_is_not_filled_again(filled):
    done = filled.cli("sandbox", "fill", check=False)
    assert done.returncode == 1 and "empty" in done.stderr
