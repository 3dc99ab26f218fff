"""The lines about SCIM: beside a server of packages from npm, and over many users."""
import contextlib
import os
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import time
import urllib.parse

import parts
from harness.client import Client

HERE = pathlib.Path(__file__).resolve().parent / "scim"
BASE, USERS, MANY = "/management-api/scim/v3/", 1000, 1000000
TYPE = "Content-Type: application/scim+json"
PEER_PORT = 18992


def _fill(client, count):
    for number in range(count):
        answer = client.post("Users", {"userName": f"user{number}@bench.example", "name": {"givenName": "Ann", "familyName": f"Example {number}"}, "active": True},
                             headers={"Content-Type": "application/scim+json"})
        assert answer.status == 201, answer
    page = client.get("Users", filter=f'userName eq "user{count // 2}@bench.example"').json
    assert page["totalResults"] == 1, page
    return page["Resources"][0]["id"]


@contextlib.contextmanager
def _peer():
    """The server from npm on the server's core: (pid, client). None without npm or its packages."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        yield None
        return
    folder = parts.ROOT / "build" / "bench" / "scim"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "peer.mjs"):
        shutil.copy(HERE / name, folder)
    if subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, check=False).returncode != 0:
        yield None
        return
    process = subprocess.Popen(["node", "peer.mjs", str(PEER_PORT)], cwd=folder, stdout=subprocess.PIPE, env={**os.environ, "NODE_ENV": "production"})
    try:
        process.stdout.readline()
        parts.pin(process.pid, parts.SERVER_CORE)
        yield process.pid, Client(f"http://127.0.0.1:{PEER_PORT}", token="bench", base="/scim/")
    finally:
        process.terminate()
        process.wait()


def _beside(table, options):
    with parts.reeve(args=("--scim-users", "any")) as server, _peer() as peer:
        ours = server.client(["scim=full"], base=BASE, name=f"bench {time.time_ns()}")
        if peer is None:
            table.miss("SCIM beside a server from npm", "npm or its packages cannot be had")
            return
        pid, theirs = peer
        ids = _fill(ours, USERS), _fill(theirs, USERS)
        query = "?" + urllib.parse.urlencode({"filter": f'userName eq "user{USERS // 2}@bench.example"'})
        sides = ((server.process.pid, server.url + BASE, ours.token), (pid, f"http://127.0.0.1:{PEER_PORT}/scim/", "bench"))
        kinds = (("GET by id", [f"Users/{one}" for one in ids], ()), ("filter by userName", ["Users" + query] * 2, ()), ("POST", ["Users"] * 2, ("-s", str(HERE / "post.lua"))))
        for name, paths, more in kinds:
            def rate(side, path):
                process, url, token = side
                return parts.watched(process, lambda: parts.wrk(url + path, options.seconds, f"Authorization: Bearer {token}", TYPE, more=more))

            mine, limit = parts.by_turns(options.rounds, lambda: rate(sides[0], paths[0]), lambda: rate(sides[1], paths[1]))
            table.add(f"SCIM, {USERS:,} users: {name}", mine, "/s", limit, "SCIMMY, in memory", ratio=1)


def _many_users():
    """A store of many users, made once and kept under build/: one that SCIM made is copied inside the database."""
    folder = parts.ROOT / "build" / "bench" / f"users-{MANY}"
    done = folder.with_suffix(".done")
    if done.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"(filling a store with {MANY:,} users, once)", flush=True)
    with parts.reeve(data=folder, args=("--scim-users", "any")) as server:
        client = server.client(["scim=full"], base=BASE)
        answer = client.post("Users", {"userName": "seed@bench.example", "externalId": "ext-0", "title": "Seed", "name": {"givenName": "Ann", "familyName": "Example"}, "emails": [{"value": "seed@bench.example", "primary": True}]})
        assert answer.status == 201, answer
        seed = answer.json["id"]
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"
    name = "'user' || i || '@bench.example'"
    with sqlite3.connect(folder / "reeve.db") as store:
        store.create_function("reeve_now", 0, lambda: time.time_ns() // 1000)
        for table, key, changed in (
            ("user_account", "id", {"id": "printf('%08d-0000-4000-8000-%012d', i, i)", "email": name, "email_key": name, "external_id": "'ext-' || i", "created": "t.created + i", "last_modified": "t.last_modified + i * 1000"}),
            ("scim_user", "user_id", {"user_id": "printf('%08d-0000-4000-8000-%012d', i, i)"}),
            ("scim_value", "user_id", {"user_id": "printf('%08d-0000-4000-8000-%012d', i, i)", "text_key": "CASE t.attribute WHEN 'title' THEN 'title ' || i ELSE t.text_key END"}),
        ):
            columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changed.get(column, f"t.{column}") for column in columns)
            store.execute(f"{numbers} INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM n, {table} t WHERE t.{key} = '{seed}'")
        store.execute("ANALYZE")
    done.touch()
    return folder


def _among_many(table, options):
    with parts.reeve(data=_many_users(), args=("--scim-users", "any")) as server:
        client = server.client(["scim=full"], base=BASE, name=f"bench {time.time_ns()}")
        one = f"{MANY // 2:08}-0000-4000-8000-{MANY // 2:012}"
        changed = client.get(f"Users/{MANY - 50:08}-0000-4000-8000-{MANY - 50:012}").json["meta"]["lastModified"]
        cases = [(f"Users/{one}", {}, None)] + [("Users", {"filter": text, "count": count}, least) for text, count, least in (
            (f'userName eq "USER{MANY // 2}@bench.example"', 10, 1), (f'externalId eq "ext-{MANY // 2}"', 10, 1), (f'emails.value eq "user{MANY // 2}@bench.example"', 10, 1),
            (f'id eq "{one}"', 10, 1), (f'title eq "title {MANY // 2}"', 10, 1), (f'meta.lastModified gt "{changed}"', 10, 10))]
        for path, query, least in cases:
            skip = server.log.stat().st_size
            for _ in range(20 * options.rounds):
                answer = client.get(path, query)
                assert answer.status == 200 and (least is None or len(answer.json["Resources"]) == least), answer
            time.sleep(0.2)
            median = statistics.median(parts.durations(server, skip, BASE + path))
            table.add(f"SCIM, {MANY:,} users: " + (query["filter"].split(" ", 2)[0] + " " + query["filter"].split(" ", 2)[1] if query else "GET by id"), median / 1000, "ms", at_most=1)


def scim(table, options):
    _beside(table, options)
    _among_many(table, options)
