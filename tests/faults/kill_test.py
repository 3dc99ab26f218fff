"""Two hundred simulated computers report while the server, and the fleet, are killed: what was acknowledged is there once, and nothing twice."""
import collections
import re
import signal
import sqlite3
import subprocess
import time

import pytest

from harness.agent import wait_for
from harness.poller import events_since
from harness.server import REEVE, clean_environment

COMPUTERS, KILLS, PERIOD_S = 200, 10, 1.0
EVENTS_PER_HOUR = 3600


class Fleet:
    """`reeve fleet` on one file: the same computers in every run."""

    def __init__(self, server, folder):
        self.server, self.file, self.process = server, folder / "fleet", None

    def start(self, seconds):
        installation, key = self.server.installation()
        command = [REEVE, "fleet", "--server", self.server.url, "--installation-id", installation, "--installation-key", key, "--ca", self.server.ca, "--group", self.group, "--fleet-file", str(self.file)]
        command += ["--computers", str(COMPUTERS), "--duration", str(seconds), "--wait", "20", "--events-per-hour", str(EVENTS_PER_HOUR)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment())
        return self

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def end(self):
        """Its closing table."""
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, out + err
        return out

    def acknowledged(self):
        """Computer id -> number of events that the server said it has."""
        rows = [line.split(" ") for line in self.file.read_text().splitlines()]
        return {row[1]: int(row[2]) for row in rows}


def details(client):
    return [client.get("Computers/" + row["id"]).json for row in client.all("Computers", size=500)]


@pytest.fixture()
def fleet(server, client, tmp_path):
    made = Fleet(server, tmp_path)
    made.group = client.post("Groups", json={"name": "Fleet"}).json
    yield made
    if made.process.poll() is None:
        made.kill()


def integrity(server):
    with sqlite3.connect(server.data / "reeve.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_kill_minus_nine_loses_and_repeats_nothing(server, fleet):
    fleet.start(300)
    client = server.client()
    wait_for(lambda: client.get("Computers").json["totalRecordCount"] == COMPUTERS, seconds=60, every=0.2)
    for number in range(KILLS):
        time.sleep(PERIOD_S)  # the load under which it dies
        server.kill()
        if number == KILLS // 2:
            fleet.kill()
            fleet.start(300)
        server.start()
    client = server.client()
    # Every computer gets through again after the last kill.
    before = {row["id"]: row["eventsStored"] for row in details(client)}
    wait_for(lambda: all(row["eventsStored"] > before[row["id"]] for row in details(client)), seconds=90, every=1)
    table = fleet.end()

    acknowledged = fleet.acknowledged()
    assert len(acknowledged) == COMPUTERS
    seen = collections.defaultdict(list)
    for event in events_since(client, "2020-01-01T00:00:00Z"):
        if "sequence" in event["event"]:
            seen[event["agent"]["id"]].append(event["event"]["sequence"])
    assert set(seen) == set(acknowledged)
    for computer, sequences in seen.items():
        assert sequences == list(range(1, len(sequences) + 1)), f"{computer}: in order, once each"
        assert len(sequences) >= acknowledged[computer], computer
    rows = details(client)
    assert [row for row in rows if row["eventsLost"] != 0] == []
    assert {row["id"]: row["eventsStored"] for row in rows} == {computer: len(sequences) for computer, sequences in seen.items()}
    assert int(re.search(r"acknowledged of these computers in all (\d+)", table).group(1)) == sum(acknowledged.values())
    assert sum(acknowledged.values()) > COMPUTERS * KILLS
    assert server.stop() == 0
    if server.database is None:
        integrity(server)
    server.start()
