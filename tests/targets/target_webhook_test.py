"""The webhook driver against a receiver that checks signatures itself: what it refuses, and what only looks like a refusal of a record."""
import contextlib
import json
import pathlib
import socket
import threading

import pytest
from harness.hook import Hook
from harness.targets import Driver, item


def driver(hook, form="ecs", **more):
    return Driver("webhook", {"url": hook.url, "secret": hook.secret, **more}, form=form)


def ids(hook):
    return [json.loads(line)["event"]["id"] for body, _ in hook.bodies for line in body.splitlines()]


def test_signed_lines_in_order():
    with Hook() as hook, driver(hook, batchItems=3) as target:
        assert target.send([item(n) for n in range(1, 8)]) == ("ok", 7, "")
        assert ids(hook) == [f"events-{n}" for n in range(1, 8)]
        assert [headers["Reeve-Records"] for _, headers in hook.bodies] == ["3", "3", "1"]
        assert {headers["Reeve-Feed"] for _, headers in hook.bodies} == {"events"}


def test_one_array():
    with Hook() as hook, driver(hook, body="array") as target:
        assert target.send([item(n) for n in range(1, 4)]) == ("ok", 3, "")
        assert [row["event"]["id"] for row in json.loads(hook.bodies[0][0])] == ["events-1", "events-2", "events-3"]


@pytest.mark.parametrize("status, wanted", [(400, "invalid"), (413, "too large"), (422, "invalid")])
def test_the_record_that_will_not_do_is_found(status, wanted):
    with Hook(lambda body: (status, b"no") if b"events-5" in body else (200, b"")) as hook, driver(hook) as target:
        sent = [item(n) for n in range(1, 11)]
        result, delivered, text = target.send(sent)
        assert (result, delivered) == (wanted, 4) and str(status) in text
        assert target.send(sent[5:]) == ("ok", 5, "")
        assert ids(hook) == [f"events-{n}" for n in (1, 2, 3, 4, 6, 7, 8, 9, 10)]


@pytest.mark.parametrize("status, wanted", [(401, "denied"), (403, "denied"), (404, "denied"), (301, "denied"), (408, "busy"), (429, "busy"), (500, "busy"), (503, "busy")])
def test_what_says_nothing_of_a_record(status, wanted):
    with Hook(lambda body: (status, b"no")) as hook, driver(hook) as target:
        assert target.send([item(1), item(2)])[:2] == (wanted, 0)


def test_an_answer_over_the_bound_is_no_fault_of_a_record():
    with Hook(lambda body: (200, b"x" * 200_000)) as hook, driver(hook) as target:
        assert target.send([item(1), item(2)])[:2] == ("denied", 0)


def test_an_address_that_cannot_be_called_is_no_fault_of_a_record():
    with Hook() as hook:
        hook.url = "http://[::1::2]/"
        with driver(hook) as target:
            assert target.send([item(1), item(2)])[:2] == ("denied", 0)


@pytest.mark.parametrize("said, shown", [
    (b"no " * 10, "no no"), ("ä".encode() * 200, "ää"), (b"", "answered 401"), (b"\xff\xfe", "answered 401"), (b"your token: Bearer one-two-three", "secret"), (b"x" * 150 + b" one-two-three", "secret"),
    (b"key 0123456789abcdef", "secret"), (b"second fedcba9876543210", "secret"),
])
def test_what_a_receiver_says_is_shown_without_our_secrets(said, shown):
    """One that shows the request it refuses must not bring keys into the log."""
    with Hook(lambda body: (401, said)) as hook, driver(hook, authorization="Bearer one-two-three", secondSecret="fedcba9876543210") as target:
        result, _, text = target.send([item(1)])
    assert result == "denied" and shown in text
    assert not any(key[:6] in text for key in ("one-two-three", "0123456789abcdef", "fedcba9876543210"))


def endless(first, again):
    """What a receiver says that never ends."""
    yield first
    while True:
        yield again


@pytest.mark.parametrize("answer, wanted", [
    (lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"], "busy"),
    (lambda: [b"HTTP/1.1 200 OK\r\nContent-Le"], "busy"),
    (lambda: [b"HTTP/1.1 200 OK\r\n"], "busy"),
    (lambda: [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nX"], "busy"),
    (lambda: [b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"], "denied"),
    (lambda: [b"no HTTP at all\r\n\r\n"], "denied"),
    (lambda: endless(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", b"x" * 65536), "denied"),
    (lambda: endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"), "denied"),
    (lambda: endless(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 60000 + b"\r\n"), "busy"),
    (lambda: endless(b"HTTP/1.1 200 OK\r\nX-More: ", b"x" * 65536), "busy"),
    (lambda: endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "busy"),
], ids=["half a body", "half a head", "a status alone", "half a head behind another", "a redirect", "no HTTP", "1 GiB", "endless chunks", "endless headers", "an endless header", "endless interim answers"])
def test_hostile_answers_confirm_nothing_and_take_no_memory(answer, wanted):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    connection.recv(65536)
                    for part in answer():
                        connection.sendall(part)

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        with Driver("webhook", {"url": url, "secret": "0123456789abcdef"}) as target:
            assert target.send([item(1), item(2)])[:2] == (wanted, 0)
            status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{target.process.pid}/status").read_text().splitlines())
            assert int(status["VmHWM"].split()[0]) < 100_000, status["VmHWM"]
        listening.shutdown(socket.SHUT_RDWR)
