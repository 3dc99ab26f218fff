"""OCSF records keep to the schema, and lose nothing."""
import copy
import json

from formats.ocsf_schema import faults
from formats.samples import AUDIT, EVENT, HOSTILE, REQUEST, REQUEST_AUDIT, documents, spoilt, write


def records(items):
    for line in write("ocsf", items):
        assert line.startswith("+"), line
        yield json.loads(line[1:])


def leaves(value):
    if isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def test_every_code_and_feed_is_valid():
    items = list(documents())
    for (feed, document), record in zip(items, records(items)):
        assert faults(record) == [], (feed, document)


def test_the_checker_finds_faults():
    """A test of the test: each of these must be found."""
    good = next(records([("events", EVENT)]))
    assert faults(good) == []
    for spoil in (
        lambda r: r.pop("time"), lambda r: r.pop("actor"), lambda r: r.update(extra=1), lambda r: r.update(time="now"), lambda r: r["process"].pop("pid") and r["process"].pop("uid"),
        lambda r: r["device"].pop("type_id"), lambda r: r["process"]["file"].update(type_id=55), lambda r: r.update(type_uid=1), lambda r: r["metadata"]["profiles"].clear(),
        lambda r: r["process"]["file"]["hashes"][0].pop("value"), lambda r: r["device"].update(ip="nowhere"), lambda r: r.update(message=""),
    ):
        bad = copy.deepcopy(good)
        spoil(bad)
        assert faults(bad) != []


def test_hostile_texts_stay_valid():
    items = [(feed, spoilt(document, text)) for text in HOSTILE + ["x" * 100_000, "€" * 40_000] for feed, document in
             (("events", EVENT), ("activityAudits", AUDIT), ("authorizationRequests", REQUEST))]
    for code in ("100", "300", "198", "600", "706", "130"):
        for text in HOSTILE:
            event = spoilt(EVENT, text)
            event["event"]["code"] = code
            items.append(("events", event))
    for record in records(items):
        assert faults(record) == []


def test_no_member_is_lost():
    """Every leaf of the document is in the record: as it was, or in the form of its attribute."""
    event = copy.deepcopy(EVENT)
    event["mine"] = {"a": ["x", {"y": 1.5}], "b": {"c": "deep"}, "d": False}
    event["process"]["pid"] = "not a number"
    event["host"]["ip"] = "no address"
    event["file"]["owner"] = {"Name": "an object"}
    for document in (event, EVENT):
        record = next(records([("events", document)]))
        assert faults(record) == []
        kept = [str(leaf) for leaf in leaves(record)]
        forms = {"windows": "Windows", "success": "Success", "file": "Regular File"}
        for leaf in leaves(document):
            if isinstance(leaf, str) and leaf[:3] == "202" and "T" in leaf:
                continue  # a moment: milliseconds, below
            assert str(leaf) in kept or forms.get(leaf) in kept, leaf
    assert record["time"] == 1776235795541
    assert record["unmapped"]["event"]["ingested"] == EVENT["event"]["ingested"], "finer than milliseconds"
    assert "ReceivedAt" not in record["unmapped"]["event"], "milliseconds hold it whole"


def test_what_is_cut_is_whole_in_unmapped():
    event = copy.deepcopy(EVENT)
    event["process"]["command_line"] = "€" * 400_000
    record = next(records([("events", event)]))
    assert record["process"]["cmd_line"] == "€" * (65535 // 3)
    assert record["unmapped"]["process"]["command_line"] == event["process"]["command_line"]


def test_ids_and_times_are_the_items():
    record = next(records([("events", {})]))
    assert record["metadata"]["uid"] == "id-1" and record["device"]["uid"] == "computer-1" and record["time"] == 1776235795541


def test_what_happened_to_a_request():
    record = next(records([("authorizationRequests", REQUEST_AUDIT)]))
    assert faults(record) == []
    assert record["entity"]["uid"] == REQUEST_AUDIT["authorizationRequestId"] and record["metadata"]["sequence"] == 9
    assert record["metadata"]["event_code"] == "Used" and record["time"] == 1776240000001 and record["type_uid"] == 300403
    assert record["actor"]["user"]["name"] == "ann" and record["unmapped"]["changedBy"] == "WKS42" and record["action"] == "Allowed"
    record = next(records([("authorizationRequests", {**REQUEST_AUDIT, "change": "Created"})]))
    assert record["actor"]["user"]["name"] == "bob" and record["activity_name"] == "Create" and record["comment"] == "a tool"


def test_what_is_no_document_is_refused():
    for form in ("ocsf", "cef"):
        for line in write(form, [("events", text) for text in ("", "[]", "nonsense", '{"a":1,"a":2}', "[" * 100 + "]" * 100, '"{}"', "{}{}")]):
            assert line.startswith("-") and len(line) > 10
