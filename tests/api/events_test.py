"""Events FromStartDate, as the collectors of six vendors read it."""
import datetime
import re

import pytest
from harness.shapes import refused

EVENTS = 2600
RUNS_MAX = 40
SHARE_A_MILLISECOND = 100  # more events than a batch of the sample has
INGESTED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00$")
LISTS = ("event.category", "event.type", "tags", "host.ip", "file.attributes", "related.ip", "related.user", "related.hash", "related.hosts")
OBJECTS = ("agent", "ecs", "event", "host", "host.os", "user", "EPMWinMac", "EPMWinMac.Event", "EPMWinMac.Configuration", "file", "file.hash", "file.Owner", "process", "process.parent")
NUMBERS = ("host.uptime", "process.pid", "process.parent.pid", "file.size")
MOMENTS = ("@timestamp", "event.ReceivedAt", "process.start", "file.created")


@pytest.fixture(scope="module")
def server(new_server):
    server = new_server(start=False)
    server.fill(computers=10, events=EVENTS)
    return server.start()


@pytest.fixture(params=["v1", "v2", "v3"])
def at(request, client):
    return client.version(request.param)


@pytest.fixture(scope="module")
def events(client):
    """All of them, by the greatest stamp seen."""
    return poll(client)


def read(client, start="2000-01-01", size=None, **more):
    answer = client.get("Events/FromStartDate", {"StartDate": start, "RecordSize": size, **more})
    assert answer.status == 200, answer
    return answer.json


def run_of(client, start, known, size):
    """One run of a collector: on from the last stamp while batches are full; what is known already is dropped."""
    found = []
    while True:
        page = read(client, start, size)
        fresh = [event for event in page["events"] if event["event"]["id"] not in known]
        known |= {event["event"]["id"] for event in fresh}
        found += fresh
        if page["totalRecordsReturned"] < size or not fresh:
            return found
        start = page["events"][-1]["event"]["ingested"]


def poll(client, size=1000):
    """Runs until one finds nothing: a batch may be short so that it ends between two milliseconds."""
    found, start, known = [], "2000-01-01T00:00:00Z", set()
    for _ in range(RUNS_MAX):
        fresh = run_of(client, start, known, size)
        if not fresh:
            return found
        found += fresh
        start = found[-1]["event"]["ingested"]
    raise AssertionError("the collector does not get to the end")


def moment(text):
    return datetime.datetime.fromisoformat(text[:26] + "+00:00")


def part(event, path):
    """The value at a path, or None as if absent; null counts as a value that no collector takes."""
    for name in path.split("."):
        if not isinstance(event, dict) or name not in event:
            return None
        event = event[name]
        assert event is not None, path
    return event


class TestAnswer:
    def test_count_is_that_of_the_rows(self, at):
        for size in (1, 7, 1000):
            page = read(at, size=size)
            assert page["totalRecordsReturned"] == len(page["events"])
            assert max(1, size - SHARE_A_MILLISECOND) <= len(page["events"]) <= size  # an answer never ends inside a millisecond

    def test_default_is_1000_and_so_is_the_most(self, client):
        assert 1000 - SHARE_A_MILLISECOND <= read(client)["totalRecordsReturned"] <= 1000
        assert read(client) == read(client, size=1000)
        refused(client.get("Events/FromStartDate", {"StartDate": "2000-01-01", "RecordSize": 1001}), 400, "RecordSize")

    def test_in_the_future_there_is_nothing(self, at):
        assert read(at, "2999-01-01") == {"totalRecordsReturned": 0, "events": []}

    def test_oldest_first_with_distinct_stamps(self, events):
        stamps = [event["event"]["ingested"] for event in events]
        assert len(events) == EVENTS
        assert stamps == sorted(set(stamps))

    def test_start_is_in_it(self, client, events):
        stamp = events[1234]["event"]["ingested"]
        found = [event["event"]["id"] for event in read(client, stamp, 2)["events"]]
        assert found and found == [event["event"]["id"] for event in events[1234:1234 + len(found)]]

    @pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%S.%f0+00:00", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f +00:00"])
    def test_dates_in_every_form_of_the_collectors(self, client, events, form):
        start = moment(events[100]["event"]["ingested"])
        page = read(client, start.strftime(form), 1)
        assert page["events"][0]["event"]["id"] == events[100]["event"]["id"]

    def test_a_plus_that_was_not_encoded(self, client, events):
        stamp = events[100]["event"]["ingested"]
        answer = client.get(f"Events/FromStartDate?StartDate={stamp}&RecordSize=1")
        assert answer.json["events"][0]["event"]["id"] == events[100]["event"]["id"]

    @pytest.mark.parametrize("query, named", [
        ({}, "StartDate"), ({"StartDate": ""}, "StartDate"), ({"StartDate": "yesterday"}, "StartDate"), ({"StartDate": "2024-02-30"}, "StartDate"),
        ({"StartDate": "2024-01-01", "RecordSize": 0}, "RecordSize"), ({"StartDate": "2024-01-01", "RecordSize": -1}, "RecordSize"), ({"StartDate": "2024-01-01", "RecordSize": "x"}, "RecordSize"),
    ])
    def test_what_is_refused(self, at, query, named):
        refused(at.get("Events/FromStartDate", query), 400, named)

    def test_names_in_any_letter_case(self, client):
        assert client.get("events/FROMSTARTDATE?startdate=2000-01-01&recordsize=1").json["totalRecordsReturned"] == 1

    def test_needs_reporting(self, server):
        assert server.client(["reporting=read"]).get("Events/FromStartDate", {"StartDate": "2000-01-01"}).status == 200
        assert server.client(["management=full", "audit=read"]).get("Events/FromStartDate", {"StartDate": "2000-01-01"}).status == 403


class TestCollectors:
    def test_siem_collector_that_asks_again_from_the_last_stamp_gets_each_once(self, client, events):
        found = poll(client, 300)
        assert [event["event"]["id"] for event in found] == [event["event"]["id"] for event in events]

    def test_siem_collector_that_cuts_to_milliseconds_and_adds_one_loses_nothing(self, client, events):
        def after(last):
            cut = moment(last)
            cut = cut.replace(microsecond=cut.microsecond // 1000 * 1000) + datetime.timedelta(milliseconds=1)
            return cut.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

        found, start, known = [], "2000-01-01T00:00:00.000Z", set()
        while page := read(client, start, 1000)["events"]:
            assert not known & {event["event"]["id"] for event in page}
            known |= {event["event"]["id"] for event in page}
            found += page
            start = after(page[-1]["event"]["ingested"])
        assert len(found) == len(events)

    def test_siem_collector_demands_a_zone_on_ingested_stamps(self, events):
        for event in events:
            assert INGESTED.match(event["event"]["ingested"]), event

    def test_siem_table_demands_its_types(self, events):
        for event in events:
            assert isinstance(part(event, "event.id"), str) and isinstance(part(event, "event.code"), str)
            for paths, kind in ((LISTS, list), (OBJECTS, dict), (NUMBERS, (int, float)), (MOMENTS, str)):
                for path in paths:
                    assert part(event, path) is None or isinstance(part(event, path), kind), (path, event)
            for path in MOMENTS:
                assert part(event, path) is None or datetime.datetime.fromisoformat(part(event, path)[:19])

    def test_no_member_is_null_or_empty(self, events):
        for event in events:
            for value in leaves(event):
                assert value is not None and value != {} and value != [], event

    def test_casing_is_kept(self, events):
        for event in events:
            assert set(event["EPMWinMac"]) >= {"SchemaVersion", "TenantId", "Event"}
            assert set(event["EPMWinMac"]["Event"]) >= {"Action", "Type"}


def leaves(value):
    yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from leaves(one)
