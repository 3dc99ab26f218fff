"""Targets that are changed, switched off and deleted while they wait for their next try or for a receiver, also on several servers."""
import pathlib
import socket
import sqlite3
import threading
import uuid

import pytest

from harness.agent import wait_for
from harness.hook import Hook
from harness.wire import Endpoint

TARGETS = 8


def create(client, hook, **more):
    body = {"name": uuid.uuid4().hex, "kind": "webhook", "feeds": ["activityAudits"], "settings": {"url": hook.url, "secret": hook.secret}, **more}
    answer = client.post("DeliveryTargets", body)
    assert answer.status == 201, answer
    return answer.json


def something_happens(client):
    """In the feed of activity audits."""
    assert client.post("Groups", {"name": uuid.uuid4().hex}).status == 201


def threads(server):
    return len(list(pathlib.Path(f"/proc/{server.process.pid}/task").iterdir()))


def store_run(server, postgres, sql):
    """In the store itself, behind the server's back."""
    if server.database:
        return postgres.sql(sql, server.database)
    with sqlite3.connect(server.data / "reeve.db") as store:
        return store.execute(sql)


@pytest.fixture(params=["settings", "replay", "letters", "off"])
def change(request):
    return {
        "settings": lambda client, one: client.put(f"DeliveryTargets/{one}", {"settings": {"authorization": "right"}}),
        "replay": lambda client, one: client.post(f"DeliveryTargets/{one}/Replay", {"feed": "activityAudits", "from": "2020-01-01"}),
        "letters": lambda client, one: client.post(f"DeliveryTargets/{one}/DeadLetters/Replay"),
        "off": lambda client, one: [client.put(f"DeliveryTargets/{one}", {"enabled": on}) for on in (False, True)][1],
    }[request.param]


@pytest.fixture(scope="module")
def waiting(new_server, request, store):
    """A server whose target failed so often that it waits for minutes."""
    server = new_server()
    client = server.client()
    well, minutes_us = threading.Event(), 250_000_000
    with Hook(lambda body: (204, b"") if well.is_set() else (503, b"")) as hook:
        one = create(client, hook)
        something_happens(client)
        wait_for(lambda: client.get(f"DeliveryTargets/{one}").json["attempts"])
        assert server.stop() == 0
        postgres = request.getfixturevalue("postgres") if store == "postgres" else None
        set_back = lambda: store_run(server, postgres, f"UPDATE delivery_target SET attempts = 9, next_try = next_try + {minutes_us}")
        yield server, hook, one, well, set_back


def test_a_change_is_not_kept_waiting_for_the_next_try(waiting, change):
    server, hook, one, well, set_back = waiting
    well.clear()
    set_back()
    server.start()
    client = server.client()
    assert client.get(f"DeliveryTargets/{one}").json["attempts"] >= 9
    hook.bodies.clear()
    well.set()
    something_happens(client)
    assert change(client, one).status == 204
    wait_for(lambda: hook.bodies, seconds=60)
    well.clear()
    something_happens(client)
    wait_for(lambda: client.get(f"DeliveryTargets/{one}").json["attempts"])
    assert server.stop() == 0


def test_a_store_that_fails_is_no_refusal_of_the_receiver(server, client, request, store):
    postgres = request.getfixturevalue("postgres") if store == "postgres" else None
    with Hook() as hook:
        one = create(client, hook)
        store_run(server, postgres, "ALTER TABLE activity_audit RENAME TO elsewhere")
        try:
            found = wait_for(lambda: (lambda row: row if row["attempts"] else None)(client.get(f"DeliveryTargets/{one}").json), seconds=60)
        finally:
            store_run(server, postgres, "ALTER TABLE elsewhere RENAME TO activity_audit")
        assert found["state"] == "Retrying" and "activity_audit" not in found["lastError"]
        something_happens(client)
        wait_for(lambda: hook.bodies, seconds=60)
        assert client.delete(f"DeliveryTargets/{one}").status == 204


@pytest.mark.parametrize("end", [lambda client, one: client.put(f"DeliveryTargets/{one}", {"enabled": False}), lambda client, one: client.delete(f"DeliveryTargets/{one}")])
def test_what_is_switched_off_or_deleted_lets_go_of_its_receiver(server, client, end):
    """In the middle of a batch, and without waiting for an answer."""
    came, go = threading.Event(), threading.Event()
    with Hook(lambda body: (came.set(), go.wait(60), (503, b""))[2]) as hook:
        before = threads(server)
        one = create(client, hook)
        something_happens(client)
        assert came.wait(30)
        assert end(client, one).status == 204
        wait_for(lambda: threads(server) <= before, seconds=20)
        go.set()


def test_a_test_does_not_wait_for_a_receiver_that_says_nothing(client):
    """For minutes, as its settings allow it, and a server that is to stop with it."""
    with socket.create_server(("127.0.0.1", 0)) as quiet:
        settings = {"host": "127.0.0.1", "port": str(quiet.getsockname()[1]), "timeoutSeconds": "300"}
        one = client.post("DeliveryTargets", {"name": uuid.uuid4().hex, "kind": "syslog", "feeds": ["events"], "enabled": False, "settings": settings}).json
        answer = client.post(f"DeliveryTargets/{one}/Test")
        assert answer.json == {"delivered": False, "error": "the receiver did not answer in 10 seconds"}
        assert client.delete(f"DeliveryTargets/{one}").status == 204


def test_a_server_that_only_stands_by_forgets_targets_too(new_server, store):
    if store != "postgres":
        pytest.skip("several servers need PostgreSQL")
    first = new_server()
    second = new_server(database=first.database)
    client = first.client()
    with Hook() as hook:
        before = [threads(server) for server in (first, second)]
        made = [create(client, hook) for _ in range(TARGETS)]
        wait_for(lambda: all(threads(server) >= many + TARGETS for server, many in zip((first, second), before)))
        for one in made:
            assert client.delete(f"DeliveryTargets/{one}").status == 204
        wait_for(lambda: all(threads(server) <= many + 2 for server, many in zip((first, second), before)), seconds=60)
