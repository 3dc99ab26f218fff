"""CEF records read back with a reader of their own, whatever is in them."""
import copy
import json

import pytest
from formats.cef_reader import parse
from formats.samples import AUDIT, DECISION, EVENT, HOSTILE, REQUEST, REQUEST_AUDIT, REQUEST_ROW, documents, spoilt, write

# What the specification gives as the longest value.
LENGTHS = {"act": 63, "outcome": 63, "cat": 1023, "msg": 1023, "reason": 1023, "suser": 1023, "duser": 1023, "dhost": 1023, "fname": 1023, "filePath": 1023, "fileHash": 255,
           "dntdom": 255, "sntdom": 255, "deviceExternalId": 255, "dvchost": 100, **{f"cs{n}": 4000 for n in range(1, 7)}}
NUMBERS = ("rt", "start", "dpid", "spid", "fsize", "cn1", "fileCreateTime", "deviceCustomDate1")


def records(items):
    for line in write("cef", items):
        assert line.startswith("+"), line
        yield parse(line[1:])


def test_every_code_and_feed_can_be_read():
    items = list(documents())
    for (feed, document), (head, pairs) in zip(items, records(items)):
        assert (head["vendor"], head["product"]) == ("Reeve", "Reeve")
        assert pairs["rt"] and pairs["externalId"]
        for key in NUMBERS:
            assert key not in pairs or int(pairs[key]) >= 0, key
        for key in pairs:
            if key.startswith(("cs", "cn", "c6a", "flexString", "deviceCustomDate")) and not key.endswith("Label"):
                assert pairs[key + "Label"], key
            assert not key.endswith("Label") or key.removesuffix("Label") in pairs


def test_an_event_has_the_usual_keys():
    [(head, pairs)] = records([("events", EVENT)])
    assert (head["signature"], head["name"], head["severity"]) == ("100", "Process Elevated", "3")
    expected = {
        "rt": "1776235795541", "externalId": EVENT["event"]["id"], "act": "Elevated", "outcome": "success", "msg": "Ann asked for it", "suser": "alice", "duser": "SYSTEM",
        "dhost": "WKS42", "dst": "10.1.2.3", "c6a3": "fe80::1", "fname": "setup.exe", "filePath": "C:\\Tools\\setup.exe", "fileHash": "e3", "dpid": "4242",
        "cs1": "Workstations", "cs1Label": "Policy", "cs4": "setup.exe /quiet", "deviceCustomDate1": "1776235801123", "deviceCustomDate1Label": "Ingested", "cn1": "12"}
    assert {key: pairs.get(key) for key in expected} == expected


def test_a_blocked_event_is_more_severe():
    event = copy.deepcopy(EVENT)
    event["event"]["code"] = "116"
    [(head, _)] = records([("events", event)])
    assert head["severity"] == "5"


def test_an_audit_tells_what_changed():
    [(head, pairs)] = records([("activityAudits", AUDIT)])
    assert head["signature"] == "DeleteGroup" and head["name"] == AUDIT["details"]
    assert pairs["suser"] == "ann@example.com" and json.loads(pairs["cs3"]) == AUDIT["groupDataAuditing"]


@pytest.mark.parametrize("document", [{**REQUEST, "accessDecision": {**DECISION, "decision": "Denied"}}, REQUEST_ROW])
def test_a_request_tells_the_decision(document):
    [(head, pairs)] = records([("authorizationRequests", document)])
    assert pairs["outcome"] == "Denied" and pairs["suser"] == "bob" and pairs["duser"].startswith("ann") and pairs["cs1"] == "EPM000123"
    assert head["signature"] == "Denied"


def test_what_happened_to_a_request():
    [(head, pairs)] = records([("authorizationRequests", REQUEST_AUDIT)])
    assert head["signature"] == pairs["act"] == "Used" and pairs["suser"] == "bob" and pairs["duser"] == "ann@example.com" and pairs["outcome"] == "Approved"


def test_hostile_texts_come_back():
    def shown(text):
        """What a value keeps of a text: other control characters become blanks."""
        return "".join(c if c in "\r\n" or (c >= " " and c != "\x7f") else " " for c in text)

    for text in HOSTILE:
        [(head, pairs)] = records([("events", spoilt(EVENT, text))])
        for key in ("suser", "duser", "dhost", "fname", "filePath", "cs1", "cs2", "cs3", "cs4", "msg"):
            assert pairs[key] == shown(text), (key, text)
        assert head["name"] == "".join(" " if c < " " else c for c in text)


def test_long_texts_are_bounded_and_cut_no_character():
    for text in ("x" * 50_000, "€" * 20_000, "=" * 50_000):
        [(head, pairs)] = records([("events", spoilt(EVENT, text))])
        for key, most in LENGTHS.items():
            if key in pairs and key != "cat":
                size = len(pairs[key].encode())
                assert most - 4 < size <= most and text.startswith(pairs[key]), key
        assert len(head["name"].encode()) <= 512


def test_a_record_is_bounded():
    """Whatever the document, a record stays below 128 KiB."""
    event = spoilt(EVENT, "=" * 100_000)
    event["process"]["command_line"] = "\n" * 1_000_000
    [line] = write("cef", [("events", event)])
    assert len(line) < 128 * 1024
