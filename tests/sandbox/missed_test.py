"""What a target of deliveries is told when retention drops events that it does not have: by the sandbox's clock, and with its fleet's events."""
import pytest
from harness.sandbox import Sandbox

DAYS = 120
DAY_S = 86400


@pytest.fixture(scope="module")
def place():
    with Sandbox("--clock", "2025-01-01T00:00:00Z") as sandbox:
        yield sandbox


def target(client, name, begin):
    settings = {"url": "http://127.0.0.1:9/", "secret": "a secret of more than sixteen"}
    answer = client.post("DeliveryTargets", {"name": name, "kind": "webhook", "feeds": ["events", "activityAudits"], "settings": settings, "begin": begin})
    assert answer.status == 201, answer
    return answer.json


def events(client):
    return client.get("Events/FromStartDate", StartDate="2020-01-01T00:00:00Z", RecordSize=1000).json["totalRecordsReturned"]


def number(place, name):
    text = place.anonymous("/").get("metrics", token=False).text
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} "))


def progress(client, id):
    return {row["feed"]: row for row in client.get(f"DeliveryTargets/{id}").json["progress"]}


def test_a_target_that_is_behind_is_told_what_it_missed(place):
    client, control = place.client(), place.anonymous("/sandbox/")
    behind, ahead = target(client, "behind", "Oldest"), target(client, "ahead", "Now")
    stored = events(client)
    assert stored > 0
    assert all((row["missedUntil"], row["missedCount"]) == (None, 0) for id in (behind, ahead) for row in progress(client, id).values())
    for _ in range(DAYS):
        assert control.post("clock", {"advanceSeconds": DAY_S}).status == 200
    client = place.client()
    left = events(client)
    assert left < stored
    found = progress(client, behind)
    assert found["events"]["missedUntil"] is not None and found["activityAudits"]["missedUntil"] is None
    assert found["events"]["position"] == 0
    assert found["events"]["missedCount"] == number(place, "reeve_events_total") - left == number(place, "reeve_delivery_missed_total")
    assert (progress(client, ahead)["events"]["missedUntil"], progress(client, ahead)["events"]["missedCount"]) == (None, 0)
    assert "did not have all events" in place.log.read_text()
