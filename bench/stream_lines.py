"""Live streams: how fast what is stored comes out, how soon what is new, and what an open one costs."""
import os
import statistics
import subprocess
import time
import uuid

import parts
from harness.stream import Stream
from harness.wire import Endpoint, document

EVENTS, TIMES, OPEN = 40000, 100, 100
PATH = "Events/Stream"


def _catch_up(client):
    """Events a second of a stream from the oldest one on, which nobody keeps."""
    count, tail = 0, b""
    begun = time.monotonic()
    with Stream(client, PATH, "StartDate=1970-01-01") as stream:
        while count < EVENTS:
            piece = stream.response.read1(1 << 20)
            assert piece, "the stream ended"
            count += (tail + piece).count(b"\ndata: ")
            tail = piece[-6:]
    return EVENTS / (time.monotonic() - begun)


def _delays(server, client):
    """Milliseconds from the start of a batch of one event, durable, until a client has it."""
    endpoint = Endpoint(server)
    assert endpoint.enrol(client.post("Groups", {"name": uuid.uuid4().hex}).json).status == 201
    endpoint.sign_in()
    found = []
    with Stream(client, PATH) as stream:
        for number in range(TIMES):
            begun = time.monotonic()
            answer = endpoint.events([document(number)])
            assert answer.status == 200, answer
            endpoint.sequence += 1
            stream.take(1)
            found.append((time.monotonic() - begun) * 1000)
    return found


def _packed(server, file):
    """All of its events as zstd packs them in one piece."""
    with open(file, "wb") as out:
        export = subprocess.Popen([os.environ["REEVE"], "events", "export", *server.store_args()], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        subprocess.run(["zstd", "-q", "-1"], stdin=export.stdout, stdout=out, check=True)
        assert export.wait() == 0
    return file


def streams(table, options):
    """GET Events/Stream."""
    with parts.reeve(fill={"computers": EVENTS // 500, "events": EVENTS}) as server:
        client, _ = parts.bearer(server)
        packed = _packed(server, parts.scratch("events.zst"))
        rate, limit = parts.by_turns(
            options.rounds, lambda: parts.watched(server.process.pid, lambda: _catch_up(client)), lambda: parts.alone(lambda: parts.zstd(EVENTS, packed, "-d")))
        os.unlink(packed)
        table.add("a live stream that catches up, events", rate, "/s", limit, "zstd -d alone")
        found = sorted(_delays(server, client))
        table.add("from the batch to the client of a live stream, median", statistics.median(found), "ms")
        table.add("  the slowest but one of a hundred", found[-2], "ms")
        time.sleep(3)  # those that have left are missed
        before = parts.rss_kib(server.process.pid)
        kept = [Stream(client, PATH) for _ in range(OPEN)]
        assert all(one.status == 200 for one in kept)
        time.sleep(2)
        table.add(f"an open live stream without TLS, of {OPEN}", (parts.rss_kib(server.process.pid) - before) / OPEN, "KiB")
        for one in kept:
            one.close()
