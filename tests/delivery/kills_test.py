"""Events of a simulated fleet go to three targets while the server and the receivers are killed at random: what each received is what was stored,
and each computer's events keep their order. DELIVERY_COMPUTERS and DELIVERY_KILLS make the round larger."""
import collections
import http.server
import json
import os
import pathlib
import random
import subprocess
import threading
import time

import pytest

from harness.agent import wait_for
from harness.program import REEVE, clean_environment
from harness.syslog import Syslog

COMPUTERS = int(os.environ.get("DELIVERY_COMPUTERS", "100"))
KILLS = int(os.environ.get("DELIVERY_KILLS", "6"))
SEED = int(os.environ.get("DELIVERY_SEED", "7"))
PROGRESS_S = 3  # how long a kill waits at most for something that arrives behind the one before
SLOW_S = 0.3  # between what a receiver keeps and what it confirms: so kills meet it there
FLEET_S = KILLS * 1.5 + 8


class Hook:
    """A webhook's receiver. What it answers 200 to it keeps, as one that writes to a disk; a kill loses the answer only."""

    def __init__(self):
        self.records, self.port, self.server = [], 0, None
        self.lock = threading.Lock()

    def start(self):
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with hook.lock:
                    hook.records += [json.loads(line) for line in body.splitlines()]
                time.sleep(SLOW_S)
                if hook.server is None:  # killed between the disk and the answer
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads, request_queue_size = True, 64

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def kill(self):
        server, self.server = self.server, None
        server.shutdown()
        server.server_close()


class Place:
    """A receiver of syslog that can be killed, too."""

    def __init__(self, folder):
        self.folder, self.port, self.messages, self.live = folder, 0, [], None

    def start(self):
        self.live = Syslog(self.folder, self.port, keep_certificate=self.port != 0)
        self.live.messages = self.messages
        self.live.slow_s = SLOW_S
        self.port = self.live.port
        return self

    def kill(self):
        self.live.end = "killed"
        self.live.close()
        self.live = None


def fleet(server, folder, group):
    installation, key = server.installation()
    command = [REEVE, "fleet", "--server", server.url, "--installation-id", installation, "--installation-key", key, "--ca", server.ca, "--computers", str(COMPUTERS)]
    command += ["--duration", str(int(FLEET_S)), "--check-in-every", "5", "--events-per-hour", str(min(3600, 400000 // COMPUTERS)), "--fleet-file", str(folder / "fleet"), "--group", group]
    with open(folder / "fleet.log", "wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=clean_environment())


def stored(client):
    found, start = {}, "2000-01-01T00:00:00Z"
    while True:
        page = client.get("Events/FromStartDate", {"StartDate": start}).json["events"]
        fresh = [event for event in page if event["event"]["id"] not in found]
        if not fresh:
            return list(found.values())
        found.update((event["event"]["id"], event) for event in fresh)
        start = page[-1]["event"]["ingested"]


def by_computer(records):
    """Ids in the order of their first appearance, for each computer."""
    found = collections.defaultdict(dict)
    for record in records:
        found[record["agent"]["id"]].setdefault(record["event"]["id"])
    return {computer: list(ids) for computer, ids in found.items()}


def create(client, name, kind, settings):
    answer = client.post("DeliveryTargets", {"name": name, "kind": kind, "feeds": ["Events"], "begin": "Oldest", "settings": settings})
    assert answer.status == 201, answer.text
    return answer.json


@pytest.fixture(scope="module")
def server(new_server):
    return new_server(args=["--rate-limit", "0"])


def test_kills_lose_nothing_and_keep_the_order(server, client, tmp_path, store):
    chance = random.Random(SEED)
    hook, syslog = Hook().start(), Place(tmp_path).start()
    create(client, "hook", "webhook", {"url": f"http://127.0.0.1:{hook.port}/", "secret": "0123456789abcdef"})
    create(client, "syslog", "syslog", {"host": "127.0.0.1", "port": str(syslog.port), "caCertificate": (tmp_path / "mail.pem").read_text(), "timeoutSeconds": "5"})
    place = pathlib.Path(server.data) / "delivery" / create(client, "file", "file", {"name": "events", "rotateBytes": "200000", "keep": "10000"})
    lines = lambda: [json.loads(line) for path in sorted(place.glob("events-*")) + [place / "events.ndjson"] if path.exists() for line in path.read_text().splitlines() if line.endswith("}")]
    messages = lambda: [json.loads(message.split(" - events - ", 1)[1]) for message in list(syslog.messages)]
    received = {"webhook": lambda: list(hook.records), "syslog": messages, "file": lines}
    agents = fleet(server, tmp_path, client.post("Groups", {"name": "Fleet"}).json)
    killed = collections.Counter()
    try:
        for _ in range(KILLS):
            known, end = len(hook.records), time.monotonic() + PROGRESS_S
            while len(hook.records) == known and time.monotonic() < end:
                time.sleep(0.01)
            time.sleep(chance.uniform(0, SLOW_S))
            name, victim = chance.choice([("server", server), ("webhook", hook), ("syslog", syslog)])
            victim.kill()
            time.sleep(chance.uniform(0, 0.2))
            victim.start()
            killed[name] += 1
        agents.wait(FLEET_S + 60)
    finally:
        agents.kill()
        agents.wait()
    wanted = stored(server.client())
    ids = {event["event"]["id"] for event in wanted}
    assert ids, (tmp_path / "fleet.log").read_text()
    for name, read in received.items():
        wait_for(lambda: {record["event"]["id"] for record in read()} >= ids, seconds=90, every=0.5)
        records = read()
        assert {record["event"]["id"] for record in records} == ids, name
        assert by_computer(records) == by_computer(wanted), name
        print(f"{store} {name}: {len(ids)} events of {len(by_computer(wanted))} computers, {len(records) - len(ids)} came again")
    print(f"{store} killed: {dict(killed)}")
    hook.kill()
    syslog.kill()
