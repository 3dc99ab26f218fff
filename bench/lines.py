"""The lines of the table; README.md says what each means."""
import json
import os
import pathlib
import resource
import socket
import ssl
import statistics
import subprocess
import time

import parts
from scim_lines import scim
from search_lines import search
from stream_lines import streams
from formats.samples import EVENT
from harness.postgres import Postgres

AGENTS, STATUS_CONNECTIONS, EVENT_CONNECTIONS, BATCH = 1000, 256, 32, 500
EXPORT_EVENTS = 40000
IDLE_CONNECTIONS = 10000
DETAIL = "/management-api/v3/Computers/"
LIST = "/management-api/v3/Computers"


def detail(table, options):
    """GET Computers/{id} against nginx."""
    with parts.reeve(fill={}) as server:
        client, header = parts.bearer(server)
        computer = client.get("Computers", **{"Pagination.PageSize": 1}).json["data"][0]["id"]
        size = len(client.get(f"Computers/{computer}").body)
        with parts.nginx(size) as (pid, plain, tls):
            for name, ours, theirs in (("plain", server.url, plain), ("TLS", server.tls_url, tls)):
                mine, limit = parts.by_turns(
                    options.rounds, lambda: parts.watched(server.process.pid, lambda: parts.wrk(ours + DETAIL + computer, options.seconds, header)),
                    lambda: parts.watched(pid, lambda: parts.wrk(theirs, options.seconds, header)))
                table.add(f"GET Computers/{{id}}, {size} bytes, {name}", mine, "/s", limit, "nginx, static", ratio=0.5)


def _list(table, options, server, computers):
    client, _ = parts.bearer(server)
    sorts = [("by created", {}), ("by host", {"Sorts[0].by": "host", "Sorts[0].order": "asc"})]
    for size in (50, 200):
        for name, sort in sorts:
            skip = server.log.stat().st_size
            for _ in range(20 * options.rounds):
                answer = client.get("Computers", **{"Pagination.PageSize": size}, **sort)
                assert answer.status == 200 and len(answer.json["data"]) == min(size, computers), answer
            time.sleep(0.2)
            median = statistics.median(parts.durations(server, skip, LIST))
            table.add(f"list, {size} of {computers:,}, {name}", median / 1000, "ms", at_most=2)


def lists(table, options):
    """Time inside the server of first pages."""
    with parts.reeve(fill={}) as server:
        _list(table, options, server, 25)
    with parts.reeve(data=parts.large_store(options.computers)) as server:
        _list(table, options, server, options.computers)


def agents(table, options):
    """Check-ins and reports of agents, SQLite."""
    with parts.reeve(fill={}) as server, parts.enrolled(server, AGENTS) as file:
        def run(kind):
            return parts.watched(server.process.pid, lambda: parts.load(kind, server.port, file, AGENTS, STATUS_CONNECTIONS, options.seconds)["per_second"])

        raw = parts.scratch("raw.db")
        calm, moved, limit = parts.by_turns(
            options.rounds, lambda: run("check-in"), lambda: run("status"),
            lambda: parts.alone(lambda: parts.load("updates", raw, AGENTS, STATUS_CONNECTIONS, options.seconds, core=parts.SERVER_CORE)["per_second"]))
        table.add("check-ins with nothing new", calm, "/s", at_least=20000)
        table.add("reports that move the computer's state, durable", moved, "/s", limit, "raw SQLite", at_least=20000)


def events(table, options):
    """Event batches, SQLite."""
    with parts.reeve(fill={}) as server, parts.enrolled(server, EVENT_CONNECTIONS) as file:
        raw = parts.scratch("raw.db")
        stored, inserts, packs = parts.by_turns(
            options.rounds,
            lambda: parts.watched(server.process.pid, lambda: parts.load(
                "events", server.port, file, EVENT_CONNECTIONS, EVENT_CONNECTIONS, options.seconds, BATCH)["per_second"]),
            lambda: parts.alone(lambda: parts.load("inserts", raw, BATCH, EVENT_CONNECTIONS, options.seconds, core=parts.SERVER_CORE)["per_second"]),
            lambda: parts.alone(lambda: parts.load("packs", BATCH, options.seconds, core=parts.SERVER_CORE)["per_second"]))
        table.add(f"events in batches of {BATCH}, durable", stored, "/s", inserts, "raw SQLite", at_least=50000)
        table.add("  beside zstd alone", stored, "/s", packs, "unpack and pack")


def _export(server, form):
    """Events a second of a whole export that nobody keeps."""
    command = ["taskset", "-c", str(parts.SERVER_CORE), os.environ["REEVE"], "events", "export", *server.store_args(), "--as", form]
    begun = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return EXPORT_EVENTS / (time.monotonic() - begun)


def _stopped_bytes(base, server):
    """Of the store, once its index was joined."""
    time.sleep(2)
    server.stop()
    if server.database:
        return int(base.sql("SELECT pg_database_size(current_database())", server.database))
    return sum(file.stat().st_size for file in server.data.glob("reeve.db*"))


def _export_rates(table, options, name, server, packed):
    ndjson, flat, limit = parts.by_turns(
        options.rounds, lambda: parts.alone(lambda: _export(server, "ndjson")), lambda: parts.alone(lambda: _export(server, "csv")),
        lambda: parts.alone(lambda: parts.zstd(EXPORT_EVENTS, packed, "-d")))
    table.add(f"{name}: events export, lines of JSON", ndjson, "/s", limit, "zstd -d alone")
    table.add(f"{name}: events export, CSV", flat, "/s", limit, "zstd -d alone")
    if server.database:
        mine, limit = parts.by_the_clock(options.rounds, lambda: _export(server, "ndjson"), lambda: _copy_out(server))
        table.add("  lines of JSON by the clock", mine, "/s", limit, "COPY of the blocks TO STDOUT")


def export(table, options):
    """Bytes of a stored event, and how fast events come out again."""
    base = Postgres()
    plain = parts.scratch("events.ndjson")
    packed = plain + ".zst"
    computers = EXPORT_EVENTS // BATCH
    try:
        for name, database in (("SQLite", lambda: None), ("PostgreSQL", base.database)):
            with parts.reeve(database=database(), fill={"computers": computers, "events": 0}, pinned=False) as server:
                empty = _stopped_bytes(base, server)
            with parts.reeve(database=database(), fill={"computers": computers, "events": EXPORT_EVENTS}, pinned=False) as server:
                with open(plain, "wb") as file:
                    subprocess.run([os.environ["REEVE"], "events", "export", *server.store_args()], stdout=file, stderr=subprocess.DEVNULL, check=True)
                subprocess.run(["zstd", "-q", "-f", "-1", plain, "-o", packed], check=True)
                _export_rates(table, options, name, server, packed)
                stored = (_stopped_bytes(base, server) - empty) / EXPORT_EVENTS
                table.add(f"{name}: bytes of a stored event, index and all", stored, "B", os.path.getsize(packed) / EXPORT_EVENTS, "zstd -1 alone")
                table.add("  beside its document", stored, "B", os.path.getsize(plain) / EXPORT_EVENTS, "plain")
    finally:
        base.close()
        for file in (plain, packed):
            if os.path.exists(file):
                os.unlink(file)


def _copy_out(server):
    begun = time.monotonic()
    subprocess.run(["psql", "-Xq", "-c", "COPY (SELECT packed FROM event_block) TO STDOUT WITH (FORMAT binary)", server.database], stdout=subprocess.DEVNULL, check=True)
    return EXPORT_EVENTS / (time.monotonic() - begun)


def _pgbench(url, script, seconds, clients):
    """Transactions a second of a one-statement script."""
    file = parts.scratch("pgbench.sql")
    pathlib.Path(file).write_text(script, encoding="utf-8")
    done = subprocess.run(["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(max(1, round(seconds))), "-f", file, url],
                          capture_output=True, text=True, check=False)
    os.unlink(file)
    assert done.returncode == 0, done.stderr
    return float(next(row for row in done.stdout.splitlines() if row.startswith("tps")).split()[2])


def _copy(postgres, url, seconds):
    """Events a second, as packed blocks by COPY, one transaction of 32 blocks after the other."""
    block = "\\\\x" + os.urandom(16384).hex()
    rows = "".join(f"{number}\t{block}\n" for number in range(EVENT_CONNECTIONS)).encode()
    postgres.sql("CREATE TABLE IF NOT EXISTS raw_block (at BIGINT, packed BYTEA)", url)
    begun, done = time.monotonic(), 0
    command = b"COPY raw_block FROM STDIN;\n" + rows + b"\\.\n"
    with subprocess.Popen(["psql", "-Xqf", "-", url], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as psql:
        while time.monotonic() < begun + seconds:
            psql.stdin.write(command)
            done += EVENT_CONNECTIONS * BATCH
        psql.stdin.close()
        assert psql.wait() == 0
    return done / (time.monotonic() - begun)


def postgres(table, options):
    """The same on PostgreSQL, which shares both cores with the server and the load."""
    base = Postgres()
    try:
        url = base.database()
        with parts.reeve(database=url, fill={}, pinned=False, args=("--writers", "4")) as server, parts.enrolled(server, AGENTS) as file:
            client, header = parts.bearer(server)
            computer = client.get("Computers", **{"Pagination.PageSize": 1}).json["data"][0]["id"]
            read = f"SELECT c.*, e.document FROM computer c JOIN computer_endpoint e ON e.computer_id = c.id WHERE c.id = '{computer}';"
            mine, limit = parts.by_the_clock(options.rounds, lambda: parts.wrk(server.url + DETAIL + computer, options.seconds, header),
                                         lambda: _pgbench(url, read, options.seconds, 16))
            table.add("PostgreSQL: GET Computers/{id}", mine, "/s", limit, "pgbench, 1 select")
            base.sql("CREATE TABLE raw_state AS SELECT row_number() OVER () AS number, id, 0::bigint AS at, repeat('x', 600) AS facts FROM computer;"
                     "CREATE UNIQUE INDEX ON raw_state (number)", url)
            update = f"\\set n random(1, {AGENTS})\nUPDATE raw_state SET at = at + 1 WHERE number = :n;"
            mine, limit = parts.by_the_clock(
                options.rounds, lambda: parts.load("status", server.port, file, AGENTS, STATUS_CONNECTIONS, options.seconds)["per_second"],
                lambda: _pgbench(url, update, options.seconds, 16))
            table.add("PostgreSQL: reports that move the state, durable", mine, "/s", limit, "pgbench, 1 update")
            mine, limit = parts.by_the_clock(
                options.rounds,
                lambda: parts.load("events", server.port, file, EVENT_CONNECTIONS, EVENT_CONNECTIONS, options.seconds, BATCH)["per_second"],
                lambda: _copy(base, url, options.seconds))
            table.add(f"PostgreSQL: events in batches of {BATCH}, durable", mine, "/s", limit, "COPY of blocks")
    finally:
        base.close()


def _idle(server, count, context):
    """So many TLS connections, each of which has asked once."""
    host, port = server.tls_url.split("//")[1].split(":")
    kept = []
    for _ in range(count):
        plain = socket.create_connection((host, int(port)))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tls = context.wrap_socket(plain, server_hostname="127.0.0.1")
        tls.sendall(b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n")
        assert tls.recv(4096).startswith(b"HTTP/1.1 200")
        kept.append(tls)
    return kept


def idle(table, options):
    """Memory: the sample fleet, idle; then with idle connections."""
    wanted = IDLE_CONNECTIONS + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            table.miss("memory of idle connections", f"only {hard} open files allowed")
            return
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    with parts.reeve(fill={}, args=("--idle-timeout", "600"), pinned=False) as server:
        client, _ = parts.bearer(server)
        assert client.get("Computers").status == 200
        time.sleep(1)
        before = parts.rss_kib(server.process.pid)
        table.add("RSS with the sample fleet, idle", before / 1024, "MiB", at_most=100)
        context = ssl.create_default_context(cafile=server.ca)
        kept = _idle(server, IDLE_CONNECTIONS, context)
        after = parts.rss_kib(server.process.pid)
        table.add(f"an idle TLS connection, of {IDLE_CONNECTIONS:,}", (after - before) / IDLE_CONNECTIONS, "KiB")
        for one in kept:
            one.close()


def formats(table, options):
    """Records of a full event of each format."""
    document = json.dumps(EVENT, separators=(",", ":")).encode()
    names = ("ecs", "ocsf", "cef")

    def measure(name):
        return lambda: parts.alone(lambda: parts.records(name, document, options.seconds / 2))

    *rates, limit = parts.by_turns(options.rounds, *map(measure, names), measure("yajl"))
    for name, rate in zip(names, rates):
        table.add(f"records of an event of {len(document)} bytes: {name}", rate, "/s", limit, "yajl alone")


def start(table, options):
    """From exec to ready, with a store that is there, and with a new one."""
    times = []
    with parts.reeve(fill={}, pinned=False) as server:
        server.stop()
        ready = server.folder / "ready"
        for _ in range(options.rounds * 2):
            ready.unlink()
            begun = time.monotonic()
            command = [os.environ["REEVE"], "serve", *server.store_args(), "--ready-file", str(ready), "--listen", "https://127.0.0.1:0"]
            with open(server.log, "ab") as log:
                process = subprocess.Popen(command, stdout=log, stderr=log)
            while not (ready.exists() and ready.read_text().endswith("\n")):
                assert process.poll() is None, server.log_tail()
                time.sleep(0.0005)
            times.append((time.monotonic() - begun) * 1000)
            process.terminate()
            process.wait()
        ready.touch()
    table.add("start with the sample fleet", statistics.median(times), "ms", at_most=200)


ALL = {"detail": detail, "lists": lists, "agents": agents, "events": events, "export": export, "postgres": postgres, "idle": idle, "start": start, "formats": formats, "scim": scim, "streams": streams, "search": search}
