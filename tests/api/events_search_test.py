"""Events/search against a plain look at every event: each filter, their joins, pages to the end, on all versions; replay of a
SIEM package that polls it."""
import datetime
import fnmatch
import itertools

import pytest

EVENTS = 1500
ALL = {"TimePeriod.StartDate": "2020-01-01", "TimePeriod.EndDate": "2100-01-01", "OperatingSystem": "*"}


def walk(value, path):
    for name in path.split("."):
        value = value.get(name, {}) if isinstance(value, dict) else {}
    return [] if value == {} else value if isinstance(value, list) else [value]


FIELDS = {
    "Events.EventCode": ("event.code",), "Events.EventAction": ("event.action", "EPMWinMac.Event.Action"), "Events.EventType": ("EPMWinMac.Event.Type", "event.type"),
    "Computer.HostName": ("host.hostname", "host.name"), "User.UserName": ("user.name",), "User.UserDomain": ("user.domain",), "ComputerGroups": ("EPMWinMac.GroupId",),
    "ApplicationType": ("EPMWinMac.Configuration.Application.Type",), "Policy.Workstyle": ("EPMWinMac.Configuration.Workstyle.Name",), "Policy.ApplicationGroup": ("EPMWinMac.Configuration.ApplicationGroup.Name",), "Computer.HostDomain": ("host.domain",),
}


def matches(event, name, values):
    found = [str(text).lower() for path in FIELDS[name] for text in walk(event, path)]
    return any(fnmatch.fnmatchcase(text, value.lower()) for text in found for value in values)


@pytest.fixture(scope="module")
def events(server, client):
    """All events, as a poller gets them."""
    server.fill(computers=20, groups=3, policies=1, events=EVENTS)
    found, start = [], "2020-01-01T00:00:00Z"
    while True:
        part = client.get("Events/FromStartDate", StartDate=start, RecordSize=1000).json["events"]
        part = [event for event in part if not found or event["event"]["ingested"] > found[-1]["event"]["ingested"]]
        if not part:
            break
        found += part
        start = found[-1]["event"]["ingested"]
    assert len(found) == EVENTS
    return found


def search(client, **query):
    answer = client.get("Events/search", **{**ALL, **query})
    assert answer.status == 200, answer
    return answer.json


class TestFilters:
    @pytest.mark.parametrize("version", ["v1", "v2", "v3"])
    def test_all_of_them(self, client, events, version):
        page = search(client.version(version), **{"Pagination.PageSize": 1000})
        assert (page["pageNumber"], page["pageSize"], page["totalRecordCount"], page["pageCount"]) == (1, 1000, EVENTS, 2)
        assert page["events"] == events[:1000]

    @pytest.mark.parametrize("name", ["Events.EventCode", "Events.EventAction", "Events.EventType", "Computer.HostName", "User.UserName", "User.UserDomain", "ComputerGroups", "ApplicationType", "Policy.Workstyle", "Policy.ApplicationGroup", "Computer.HostDomain"])
    def test_each_value_of_a_field(self, client, events, name):
        values = sorted({str(text) for event in events for path in FIELDS[name] for text in walk(event, path)})
        assert values
        for value in values[:12]:
            page = search(client, **{name: value.upper(), "Pagination.PageSize": 1000})
            assert page["events"] == [event for event in events if matches(event, name, [value])][:1000], value

    def test_values_of_one_filter_are_joined_by_or_and_filters_by_and(self, client, events):
        codes = sorted({event["event"]["code"] for event in events})
        codes = codes[:: max(1, len(codes) // 8)]  # of all of them there are a thousand pairs
        hosts = sorted({event["host"]["hostname"] for event in events})
        for pair, host in itertools.product(itertools.combinations(codes, 2), hosts[:3]):
            page = search(client, **{"Events.EventCode": list(pair), "Computer.HostName": host, "Pagination.PageSize": 1000})
            assert page["events"] == [event for event in events if matches(event, "Events.EventCode", pair) and matches(event, "Computer.HostName", [host])]

    def test_wildcards(self, client, events):
        host = events[0]["host"]["hostname"]
        for pattern in (host[:3] + "*", "*" + host[-2:], host[:-1] + "?", "*", "?" * len(host)):
            page = search(client, **{"Computer.HostName": pattern, "Pagination.PageSize": 1000})
            assert page["totalRecordCount"] == sum(matches(event, "Computer.HostName", [pattern]) for event in events), pattern
        assert search(client, **{"Events.EventCode": "*"})["totalRecordCount"] == 0

    def test_names_in_every_form(self, client, events):
        code = events[0]["event"]["code"]
        expected = search(client, **{"Events.EventCode": code})
        assert expected["totalRecordCount"] > 0
        for name in ("Events.EventCode[0]", "Events.EventCode[]", "events.eventcode", "EVENTS.EVENTCODE[3]"):
            assert search(client, **{name: code}) == expected
        for name in ("Computers.HostName", "Host.HostName", "HostName"):
            assert search(client, **{name: "nobody"})["totalRecordCount"] == 0

    def test_operating_systems(self, client, events):
        systems = {text.lower() for event in events for path in ("host.os.type", "host.os.platform", "host.os.family", "host.os.name") for text in walk(event, path)}
        for system in list(systems) + ["all", "BeOS"]:
            count = sum(any(text.lower().startswith(system) for path in ("host.os.type", "host.os.platform", "host.os.family", "host.os.name") for text in walk(event, path)) for event in events)
            assert search(client, OperatingSystem=system.upper())["totalRecordCount"] == (EVENTS if system == "all" else count)

    def test_on_demand_rules(self, client, events):
        yes = sum(walk(event, "EPMWinMac.Configuration.Rule.OnDemand") == [True] for event in events)
        assert search(client, **{"Policy.OnDemandRule": "true"})["totalRecordCount"] == yes
        assert search(client, **{"Policy.OnDemandRule": "false"})["totalRecordCount"] == EVENTS - yes


class TestPeriod:
    def test_both_ends_are_in_it(self, client, events):
        for low, high in ((0, 0), (3, 700), (700, 701), (0, EVENTS - 1)):
            page = search(client, **{"TimePeriod.StartDate": events[low]["event"]["ingested"], "TimePeriod.EndDate": events[high]["event"]["ingested"], "Pagination.PageSize": 1000})
            assert page["totalRecordCount"] == high - low + 1
            assert page["events"] == events[low:high + 1][:1000]

    def test_a_day_is_the_whole_day(self, client, events):
        days = sorted({event["event"]["ingested"][:10] for event in events})
        assert search(client, **{"TimePeriod.StartDate": days[0], "TimePeriod.EndDate": days[-1]})["totalRecordCount"] == EVENTS
        before = (datetime.date.fromisoformat(days[0]) - datetime.timedelta(days=1)).isoformat()
        assert search(client, **{"TimePeriod.StartDate": before, "TimePeriod.EndDate": before})["totalRecordCount"] == 0

    @pytest.mark.parametrize("size", [1, 7, 200, 1000])
    def test_pages_go_to_the_end(self, client, events, size):
        code = events[0]["event"]["code"]
        expected = [event["event"]["id"] for event in events if event["event"]["code"] == code]
        seen, number = [], 1
        limit = 30 if size == 1 else len(expected) // size + 2
        while number <= limit:
            page = search(client, **{"Events.EventCode": code, "Pagination.PageSize": size, "Pagination.PageNumber": number})
            assert (page["totalRecordCount"], page["pageCount"]) == (len(expected), -(-len(expected) // size))
            seen += [event["event"]["id"] for event in page["events"]]
            number += 1
        assert seen == expected[:len(seen)] and (size == 1 or len(seen) == len(expected))


class TestRefusals:
    @pytest.mark.parametrize("missing", list(ALL))
    def test_three_parameters_are_required(self, client, missing):
        answer = client.get("Events/search", **{name: value for name, value in ALL.items() if name != missing})
        assert answer.status == 400 and missing in answer.json["errors"]

    @pytest.mark.parametrize("query,field", [
        ({"TimePeriod.StartDate": "x"}, "TimePeriod.StartDate"), ({"TimePeriod.EndDate": "2026-13-01"}, "TimePeriod.EndDate"), ({"TimePeriod.StartDate": "2100-01-02"}, "TimePeriod.StartDate"),
        ({"ComputerGroups": "x"}, "ComputerGroups"), ({"Policy.OnDemandRule": "x"}, "Policy.OnDemandRule"), ({"Pagination.PageSize": "1001"}, "Pagination.PageSize"), ({"Pagination.PageSize": "0"}, "Pagination.PageSize"),
        ({"Pagination.PageNumber": "0"}, "Pagination.PageNumber"), ({"User.UserName": "x" * 1025}, "User.UserName"), ({"Events.EventCode": [str(n) for n in range(101)]}, "Events.EventCode"),
    ])
    def test_wrong_values(self, client, query, field):
        answer = client.get("Events/search", **{**ALL, **query})
        assert answer.status == 400 and field in answer.json["errors"], answer

    def test_an_unknown_parameter_is_named(self, client):
        answer = client.get("Events/search", **{**ALL, "HostNames": "x"})
        assert answer.status == 200 and "HostNames" in answer.headers["Reeve-Warning"]
        assert client.get("Events/search", **{**ALL, "HostName": "x", "Events.EventCode[1]": "1"}).headers["Reeve-Warning"] is None

    def test_needs_reporting(self, server):
        assert server.client(["reporting=read"]).get("Events/search", **ALL).status == 200
        assert server.client(["management=full", "audit=read", "jit=full"]).get("Events/search", **ALL).status == 403
        assert server.anonymous().get("Events/search", **ALL).status == 401


class TestReplay:
    def test_a_package_polls_from_the_greatest_stamp_it_saw(self, client, events):
        """As a SIEM package does it: start = the greatest event.ingested, its exact text; end = now; 200 a page; it drops what it knows."""
        system = walk(events[0], "host.os.type")[0]
        expected = [event["event"]["id"] for event in events if walk(event, "host.os.type") == [system]]
        seen, cursor = [], "2020-01-01T00:00:00Z"
        for _ in range(40):
            now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            end = max(now, events[-1]["event"]["ingested"])
            number, new = 1, 0
            while True:
                page = client.get("Events/search", **{"TimePeriod.StartDate": cursor, "TimePeriod.EndDate": end, "OperatingSystem": system, "Pagination.PageSize": 200, "Pagination.PageNumber": number}).json
                for event in page["events"]:
                    if event["event"]["id"] not in seen:
                        seen.append(event["event"]["id"])
                        new += 1
                    latest = event["event"]["ingested"]
                    assert latest.endswith("+00:00") and len(latest) == 33
                if number >= page["pageCount"]:
                    break
                number += 1
            cursor = latest
            if not new:
                break
        assert seen == expected
