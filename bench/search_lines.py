"""Searches of many events: how long the first page takes inside the server, by a time range and each filter."""
import datetime
import statistics
import time

import parts

PATH = "/management-api/v3/Events/search"
EVERYTHING = {"TimePeriod.StartDate": "2000-01-01", "TimePeriod.EndDate": "2100-01-01", "OperatingSystem": "*"}


def _questions(event):
    """One for each filter, with values of an event of the sample, and what nothing fits."""
    day = datetime.datetime.fromisoformat(event["event"]["ingested"][:19])
    ask = {
        "no filter": {}, "a day": {"TimePeriod.StartDate": day.isoformat(), "TimePeriod.EndDate": (day + datetime.timedelta(days=1)).isoformat()},
        "OperatingSystem": {"OperatingSystem": event["host"]["os"]["name"]}, "EventCode": {"Events.EventCode": event["event"]["code"]},
        "EventAction": {"Events.EventAction": event["event"]["action"]}, "EventType": {"Events.EventType": event["event"]["type"][0]},
        "HostName": {"Computer.HostName": event["host"]["hostname"]}, "HostName, *": {"Computer.HostName": "*" + event["host"]["hostname"][-3:]},
        "HostName of nobody": {"Computer.HostName": "nobody"}, "UserName": {"User.UserName": event["user"]["name"]}, "UserName, *": {"User.UserName": "*a*"},
        "ApplicationType": {"ApplicationType": "*"}, "Workstyle": {"Policy.Workstyle": "*"}, "OnDemandRule": {"Policy.OnDemandRule": "true"},
        "code, host, user": {"Events.EventCode": event["event"]["code"], "Computer.HostName": event["host"]["hostname"], "User.UserName": "*"},
    }
    return {name: {**EVERYTHING, "Pagination.PageSize": 100, **query} for name, query in ask.items()}


def search(table, options):
    """GET Events/search."""
    with parts.reeve(data=parts.large_events(options.events), pinned=False) as server:
        client, _ = parts.bearer(server)
        some = client.get("Events/FromStartDate", {"StartDate": "2000-01-01", "RecordSize": 1})
        assert some.status == 200, some
        found = {}
        for name, query in _questions(some.json["events"][0]).items():
            skip = server.log.stat().st_size
            for _ in range(options.rounds):
                answer = client.get("Events/search", query)
                if answer.status != 200:
                    break
            if answer.status != 200:
                print(f"  {name}: {answer.status} {answer.json['detail']}", flush=True)
                table.miss(f"search of {options.events:,} events: {name}", f"answered {answer.status}")
                continue
            time.sleep(0.2)
            times = parts.durations(server, skip, PATH)
            found[name] = statistics.median(times) / 1000
            print(f"  {name}: {answer.json['totalRecordCount']:,} fit, median {found[name]:.2f} ms, the slowest {max(times) / 1000:.2f} ms", flush=True)
        for name in (min(found, key=found.get), max(found, key=found.get)):
            table.add(f"search of {options.events:,} events, first page of 100: {name}", found[name], "ms", at_most=100)
