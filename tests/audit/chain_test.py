"""The chain of audits from outside: what somebody does to the store by hand is found and named; several servers keep one chain;
a kill leaves it whole; a second implementation, written from docs/audit.md, comes to the same hashes."""
import base64
import hashlib
import json
import re
import sqlite3
import struct
import subprocess
import threading
import time
import uuid

import pytest
from harness.server import REEVE, Server, clean_environment

FIELDS = ["userId", "user", "changedBy", "entity", "entityId", "entityName", "auditType", "details", "object", "objectJson", "requestId"]


def groups(client, count):
    for _ in range(count):
        assert client.post("Groups", {"name": uuid.uuid4().hex}).status == 201


def verify(server, *args):
    done = server.cli("audit", "verify", *args, check=False)
    return done.returncode, done.stdout + done.stderr


def verified(server, *args):
    status, text = verify(server, *args)
    assert status == 0, text
    return [int(number) for number in re.search(r"entries (\d+), .* checkpoints (\d+); not signed yet (\d+)", text).groups()]


def verify_file(path, *args):
    done = subprocess.run([REEVE, "audit", "verify", "--file", str(path), *args], capture_output=True, text=True, env=clean_environment(), check=False)
    return done.returncode, done.stdout + done.stderr


# --- a second implementation ---------------------------------------------------------------------------------------------------


def entry_hash(before, entry):
    """As docs/audit.md tells it."""
    data = before + b"\x01" + struct.pack(">qq", entry["id"], entry["createdMicroseconds"])
    for field in FIELDS:
        value = entry[field]
        data += b"\xff\xff\xff\xff" if value is None else struct.pack(">I", len(value.encode())) + value.encode()
    return hashlib.sha256(data).digest()


def signature_holds(token, key_pem):
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    head, claims, signature = token.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    key = serialization.load_pem_public_key(key_pem.encode())
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(base64.urlsafe_b64decode(claims + "=="))


class TestExport:
    @pytest.fixture(scope="class")
    def export(self, server, client):
        groups(client, 5)
        client.post("Groups", {"name": 'Grüße "quoted" \\ \t ☃ ' + uuid.uuid4().hex})
        path = server.folder / "audit.ndjson"
        server.cli("audit", "export", "--out", str(path))
        return path

    def test_another_implementation_comes_to_the_same_hashes(self, export):
        head, *lines = [json.loads(line) for line in export.read_text().splitlines()]
        assert head["reeveAuditExport"] == 1
        before, signed = bytes(32), 0
        for line in lines:
            if "id" in line:
                before = entry_hash(before, line)
                assert line["hash"] == before.hex()
            elif "checkpoint" in line:
                claims = signature_holds(line["token"], head["publicKey"])
                assert (claims["typ"], claims["iss"], claims["entry"], claims["hash"]) == ("reeve-audit-checkpoint", head["tenantId"], line["checkpoint"], before.hex())
                signed = line["checkpoint"]
        assert lines[-1] == {"end": signed, "hash": before.hex()}

    def test_holds_where_there_is_no_store(self, server, export, tmp_path):
        copy = tmp_path / "copy.ndjson"
        copy.write_bytes(export.read_bytes())
        key = tmp_path / "key.pem"
        key.write_text(server.cli("audit", "key").stdout)
        for args in ([], ["--key", str(key)]):
            status, text = verify_file(copy, *args)
            assert status == 0 and "not signed yet 0" in text
        other = tmp_path / "other.pem"
        with Server(None) as stranger:
            other.write_text(stranger.start().cli("audit", "key").stdout)
        status, text = verify_file(copy, "--key", str(other))
        assert status == 1 and "not signed by the audit key" in text

    @pytest.mark.parametrize("what", ["changed", "removed", "swapped", "appended", "cut"])
    def test_alterations_are_named(self, export, tmp_path, what):
        lines = export.read_text().splitlines()
        altered = {
            "changed": lines[:3] + [lines[3].replace("Create", "Delete")] + lines[4:],
            "removed": lines[:3] + lines[4:],
            "swapped": lines[:3] + [lines[4], lines[3]] + lines[5:],
            "appended": lines + [lines[3]],
            "cut": lines[:4],
        }[what]
        words = {"changed": "entry 3 was altered", "removed": "entry 3 is missing", "swapped": "entry 3 is missing", "appended": "was appended", "cut": "cut off after entry 3"}
        assert altered != lines
        copy = tmp_path / "altered.ndjson"
        copy.write_text("\n".join(altered) + "\n")
        status, text = verify_file(copy)
        assert status == 1 and words[what] in text

    def test_what_is_no_export_is_a_wrong_use(self, tmp_path):
        copy = tmp_path / "none.ndjson"
        for text in ("", "{}\n", "hello\n"):
            copy.write_text(text)
            assert verify_file(copy)[0] == 2
        assert verify_file(tmp_path / "absent")[0] == 2
        assert verify_file(copy, "--key", str(tmp_path / "absent"))[0] == 2


# --- by hand ---------------------------------------------------------------------------------------------------------------------

ALTERATIONS = {
    "changed": ("UPDATE activity_audit SET user_name = 'somebody else' WHERE id = 4", "entry 4 was altered"),
    "removed": ("DELETE FROM activity_audit WHERE id = 4", "entry 4 is missing"),
    "the last removed": ("DELETE FROM activity_audit WHERE id = (SELECT MAX(id) FROM activity_audit)", "is missing: there were"),
    "swapped": ("UPDATE activity_audit SET id = -1 WHERE id = 4; UPDATE activity_audit SET id = 4 WHERE id = 5; UPDATE activity_audit SET id = 5 WHERE id = -1", "entry 4 was altered"),
    "appended": ("INSERT INTO activity_audit SELECT id + 1, created + 1, user_id, user_name, changed_by, entity, entity_id, entity_name, audit_type, details, object, object_json, request_id, hash FROM activity_audit ORDER BY id DESC LIMIT 1", "was altered: its hash"),
    "the hash changed, too": ("UPDATE activity_audit SET hash = zeroblob(32) WHERE id = 4", "entry 4 was altered"),
}


@pytest.fixture()
def sqlite_server():
    with Server(None) as server:
        server.start()
        yield server


class TestByHand:
    @pytest.mark.parametrize("what", ALTERATIONS)
    def test_is_found_and_named(self, sqlite_server, what):
        server = sqlite_server
        sql, words = ALTERATIONS[what]
        groups(server.client(), 6)
        assert verified(server)[0] == 7
        server.stop()
        with sqlite3.connect(server.data / "reeve.db") as store:
            for (trigger,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('activity_audit', 'audit_checkpoint')").fetchall():
                store.execute(f"DROP TRIGGER {trigger}")
            store.executescript(sql)
        status, text = verify(server)
        assert status == 1 and words in text

    def test_the_store_itself_refuses(self, sqlite_server):
        groups(sqlite_server.client(), 1)
        sqlite_server.stop()
        with sqlite3.connect(sqlite_server.data / "reeve.db") as store:
            for sql in ("UPDATE activity_audit SET details = ''", "DELETE FROM activity_audit"):
                with pytest.raises(sqlite3.IntegrityError, match="never"):
                    store.execute(sql)


# --- life ------------------------------------------------------------------------------------------------------------------------


def test_a_kill_leaves_the_chain_whole(server):
    client = server.client()
    acknowledged, going = [], threading.Event()

    def write(own):
        while not going.is_set():
            try:
                answer = own.post("Groups", {"name": uuid.uuid4().hex})
                if answer.status == 201:
                    acknowledged.append(answer.json)
            except OSError:
                time.sleep(0.05)

    writers = [threading.Thread(target=write, args=(client.version("v3"),)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for _ in range(4):
        time.sleep(0.5)
        server.kill()
        server.start()
    going.set()
    for writer in writers:
        writer.join()
    entries, _, _ = verified(server)
    told = {name for row in client.all("ActivityAudits/Details", {"Filter.AuditType": "CreateGroup"}, size=1000) for name in [row["entityName"]]}
    kept = {row["name"]: row["id"] for row in client.all("Groups", size=1000)}
    assert set(acknowledged) <= set(kept.values())
    assert set(kept) <= told  # no change without its entry
    assert entries >= len(kept) > 0


def test_two_servers_keep_one_chain(new_server, store):
    if store != "postgres":
        pytest.skip("one process has a SQLite file")
    first = new_server()
    second = new_server(database=first.database)
    clients = [first.client(name="one"), second.client(name="two")]
    before = verified(first)[0]
    count = 60

    def write(client):
        groups(client.version("v3"), count)

    writers = [threading.Thread(target=write, args=(client,)) for client in clients for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert verified(first)[0] == before + 6 * count
    rows = clients[0].all("ActivityAudits", size=1000)
    assert [row["id"] for row in rows] == list(range(1, len(rows) + 1))
    moments = [row["created"] for row in rows]
    assert moments == sorted(moments) and len(set(moments)) == len(moments)
    assert len({row["user"] for row in rows[before:]}) == 2


def test_a_poller_misses_nothing_while_others_write(server, client):
    """Entries never appear below a moment that was served already."""
    seen, going = [], threading.Event()

    def write():
        own = client.version("v3")
        while not going.is_set():
            groups(own, 1)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    start, end = "2020-01-01T00:00:00Z", time.monotonic() + 3
    while time.monotonic() < end:
        pairs = [("Filter.Created.Dates", start), ("Filter.Created.Dates", "2100-01-01"), ("Filter.Created.SelectionMode", "Range"), ("Pagination.PageSize", 1000)]
        rows = client.request("GET", "ActivityAudits", query=pairs).json["data"]
        seen += [row["id"] for row in rows if not seen or row["id"] > seen[-1]]
        start = rows[-1]["created"]
    going.set()
    for writer in writers:
        writer.join()
    assert seen == list(range(1, len(seen) + 1)) and len(seen) > 10


def test_checkpoints_come_with_time(server, client):
    """The server signs what is new once a minute, and at its start."""
    groups(client, 1)
    server.stop()
    server.start()
    end = time.monotonic() + 20
    while verified(server)[2] > 0 and time.monotonic() < end:
        time.sleep(0.2)
    assert verified(server)[2] == 0
