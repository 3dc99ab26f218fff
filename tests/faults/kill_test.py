"""What was acknowledged is there once, none twice, whatever is killed and when."""
import calendar
import re
import sqlite3
import subprocess
import threading
import time
from collections import Counter

from harness.server import REEVE, clean_environment

COMPUTERS = 200
KILLS = 10


def all_events(client, since="2020-01-01T00:00:00Z"):
    """Every stored event, as a poller reads them: from the greatest ingestion time seen, cut to milliseconds, plus one."""
    events, start = [], since
    while True:
        batch = client.get("Events/FromStartDate", {"StartDate": start, "RecordSize": 1000}).json
        assert batch["totalRecordsReturned"] == len(batch["events"])
        events += batch["events"]
        if len(batch["events"]) == 0:
            return events
        last = batch["events"][-1]["event"]["ingested"]
        head, fraction = last[:20], int(last[20:23])
        seconds = time.strptime(head[:19], "%Y-%m-%dT%H:%M:%S")
        moment = (calendar.timegm(seconds) * 1000 + fraction + 1)
        start = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment // 1000)) + f".{moment % 1000:03d}Z"



def fleet(server, seconds, state, computers=COMPUTERS, events_per_hour=36000):
    installation = server.installation()
    command = [REEVE, "fleet", "--server", server.url, "--ca", server.ca, "--installation-id", installation[0], "--installation-key", installation[1], "--computers", str(computers), "--duration", str(seconds), "--check-in-every", "1", "--events-per-hour", str(events_per_hour), "--fleet-file", str(state)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean_environment())


def acknowledged(output):
    return int(re.search(r"acknowledged of these computers in all (\d+)", output).group(1))


def test_a_killed_server_loses_no_acknowledged_event_and_stores_none_twice(server, client):
    client.post("Groups", {"name": "fleet", "default": True})
    running = fleet(server, 22, server.folder / "fleet.json")
    output = []
    reader = threading.Thread(target=lambda: output.append(running.stdout.read()))
    reader.start()
    time.sleep(2)
    for _ in range(KILLS):
        time.sleep(0.8)
        server.kill()
        time.sleep(0.1)
        server.start()
    running.wait(120)
    reader.join()
    text = output[0]
    if server.database is None:
        server.stop()
        with sqlite3.connect(server.data / "reeve.db") as store:
            assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert store.execute("PRAGMA foreign_key_check").fetchall() == []
        server.start()
    events = all_events(server.client())
    ids = Counter(event["event"]["id"] for event in events)
    assert len(ids) == len(events), f"{len(events) - len(ids)} events are there twice\n{text}"
    assert len(ids) >= acknowledged(text) > COMPUTERS, text
    assert "counted as lost 0" in text, text
    stamps = [event["event"]["ingested"] for event in events]
    assert stamps == sorted(stamps) and len(set(stamps)) == len(stamps)
    rows = server.client().all("Computers", size=1000)
    assert len(rows) == COMPUTERS, "a computer that enrols again after a lost answer is the same computer"
    assert all(row["duplicateCount"] == 0 for row in rows)


def test_a_killed_fleet_goes_on_where_it_was(new_server):
    server = new_server()
    server.client().post("Groups", {"name": "fleet", "default": True})
    state = server.folder / "killed-fleet.json"
    first = fleet(server, 60, state, computers=20)
    time.sleep(12)
    first.kill()
    first.wait()
    second = fleet(server, 5, state, computers=20)
    text = second.communicate(timeout=120)[0]
    assert second.returncode == 0, text
    events = all_events(server.client())
    ids = Counter(event["event"]["id"] for event in events)
    assert len(ids) == len(events)
    assert len(events) >= acknowledged(text) > 0, text
