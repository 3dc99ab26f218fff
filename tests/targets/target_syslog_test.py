"""The syslog driver against a receiver of its own: framing, confirmation, certificates, and receivers that die."""
import contextlib
import json
import re
import socket
import time

import pytest
from harness.smtp import certificate
from harness.syslog import Syslog
from harness.targets import Driver, item

MESSAGE = re.compile(r"<(\d+)>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+) (\S+) - (\S+) - (.*)", re.S)


def driver(receiver, form="ecs", **more):
    known = {"host": "127.0.0.1", "port": str(receiver.port), "caCertificate": f"@{receiver.pem}", "timeoutSeconds": "10"}
    return Driver("syslog", {**known, **more}, form=form)


def ids(receiver):
    return [json.loads(MESSAGE.fullmatch(message)[6])["event"]["id"] for message in receiver.messages]


@pytest.fixture
def receiver(tmp_path):
    with Syslog(tmp_path) as made:
        yield made


def test_messages_have_the_form_of_the_standard(receiver):
    with driver(receiver, facility="10", hostName="epm.example", appName="epm") as target:
        assert target.send([item(1, text="Grüße\n2"), item(2, feed="activityAudits")]) == ("ok", 2, "")
    first, second = (MESSAGE.fullmatch(message).groups() for message in receiver.messages)
    assert first[:5] == ("86", "2026-04-15T06:49:55.541Z", "epm.example", "epm", "events") and second[4] == "activityAudits"
    assert json.loads(first[5])["message"] == "Grüße\n2" and "\n" not in first[5]


@pytest.mark.parametrize("form, start", [("cef", "CEF:0|"), ("ocsf", "{")])
def test_formats_go_into_messages(receiver, form, start):
    with driver(receiver, form=form) as target:
        assert target.send([item(1)]) == ("ok", 1, "")
    assert MESSAGE.fullmatch(receiver.messages[0])[6].startswith(start)


def test_large_batches_go_in_parts_and_in_order(receiver):
    with driver(receiver) as target:
        assert target.send([item(n, text="x" * 50000) for n in range(200)]) == ("ok", 200, "")
    assert ids(receiver) == [f"events-{n}" for n in range(200)] and receiver.connections > 1


def test_what_was_not_confirmed_is_not_delivered(receiver):
    receiver.end = "drop"
    with driver(receiver) as target:
        result, delivered, text = target.send([item(n, text="x" * 1000) for n in range(500)])
        assert (result, delivered) == ("busy", 0) and str(receiver.port) in text
        receiver.end = "notify"
        assert target.send([item(n) for n in range(3)]) == ("ok", 3, "")
    assert ids(receiver) == ["events-0", "events-1", "events-2"]


@pytest.mark.parametrize("confirm, result", [("closeNotify", "busy"), ("close", "ok"), ("none", "ok")])
def test_what_confirms_is_a_setting(receiver, confirm, result):
    receiver.end = "close"
    with driver(receiver, confirm=confirm) as target:
        assert target.send([item(1)])[:2] == (result, 1 if result == "ok" else 0)


def test_an_end_that_comes_before_all_was_read_confirms_nothing(receiver):
    """Of a receiver that stops by itself; what it has not read goes with it."""
    receiver.end = "early"
    with driver(receiver) as target:
        for _ in range(3):
            assert target.send([item(n, text="x" * 300) for n in range(20)])[:2] == ("busy", 0)
        receiver.end = "notify"
        assert target.send([item(1)]) == ("ok", 1, "")


def test_an_end_of_the_connection_confirms_nothing_that_is_on_its_way(tmp_path):
    """The receiver's buffer is small: most of the batch waits with us when the end comes."""
    with Syslog(tmp_path, receive_bytes=4096) as receiver, driver(receiver, confirm="close") as target:
        receiver.end = "half"
        for _ in range(3):
            assert target.send([item(n, text="x" * 1000) for n in range(40)])[:2] == ("busy", 0)
        receiver.end = "close"
        assert target.send([item(n, text="x" * 1000) for n in range(40)]) == ("ok", 40, "")


def test_an_address_that_answers_nothing_leaves_time_for_the_next(tmp_path):
    """localhost has two addresses here; behind one nobody takes connections, and its queue is full."""
    addresses = [row[4][0] for row in socket.getaddrinfo("localhost", 1, type=socket.SOCK_STREAM)]
    if addresses[:1] != ["::1"] or "127.0.0.1" not in addresses:
        pytest.skip(f"localhost is {addresses} here")
    with Syslog(tmp_path) as receiver, contextlib.ExitStack() as made:
        deaf = made.enter_context(socket.socket(socket.AF_INET6))
        deaf.bind(("::1", receiver.port))
        deaf.listen(0)
        for _ in range(3):
            waiting = made.enter_context(socket.socket(socket.AF_INET6))
            waiting.setblocking(False)
            waiting.connect_ex(("::1", receiver.port))
        with driver(receiver, host="localhost", timeoutSeconds="4") as target:
            assert "certificate" in target.send([item(1)])[2]  # which is for the address: it was reached


def test_a_receiver_that_never_ends_is_left(receiver):
    receiver.end = "stay"
    start = time.monotonic()
    with driver(receiver, timeoutSeconds="1") as target:
        assert target.send([item(1)])[:2] == ("busy", 0)
    assert time.monotonic() - start >= 1


def test_a_receiver_that_is_away_gets_it_later(receiver):
    receiver.close()
    with driver(receiver) as target:
        result, delivered, text = target.send([item(1)])
    assert (result, delivered) == ("busy", 0) and "reached" in text


def test_a_message_that_is_too_long_stands_alone(receiver):
    with driver(receiver, messageBytes="2048") as target:
        assert target.send([item(1), item(2, text="x" * 3000), item(3)])[:2] == ("too large", 1)
        assert target.send([item(2, text="x" * 3000)])[:2] == ("too large", 0)
        assert target.send([item(3)]) == ("ok", 1, "")
    assert ids(receiver) == ["events-1", "events-3"]


def test_a_certificate_of_others_is_not_trusted(receiver, tmp_path):
    (tmp_path / "other").mkdir()
    pem, _ = certificate(tmp_path / "other")
    with driver(receiver, caCertificate=f"@{pem}") as target:
        result, delivered, text = target.send([item(1)])
    assert (result, delivered) == ("denied", 0) and "certificate" in text
    assert receiver.messages == []


def test_a_certificate_must_have_the_name_of_the_host(receiver):
    with driver(receiver, host="localhost") as target:
        assert target.send([item(1)])[:2] == ("denied", 0)


def test_a_client_certificate_is_shown(tmp_path):
    (tmp_path / "client").mkdir()
    pem, key = certificate(tmp_path / "client")
    with Syslog(tmp_path, client_ca=pem) as receiver:
        with driver(receiver, clientCertificate=f"@{pem}", clientKey=f"@{key}") as target:
            assert target.send([item(1)]) == ("ok", 1, "")
        with driver(receiver) as target:
            assert target.send([item(2)])[:2] == ("busy", 0)
    assert ids(receiver) == ["events-1"]
