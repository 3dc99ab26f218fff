"""How long events are kept, and holds on them. What is dropped and when is tested beside the code, by a clock of its own."""
import uuid

import pytest
from harness.agent import wait_for

HOLD = {"name": "case 7", "reason": "counsel asks", "from": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}


@pytest.fixture(scope="module")
def server(new_server):
    server = new_server(start=False)
    server.fill(computers=3, events=300)
    return server.start()


@pytest.fixture
def holds(client):
    yield client
    for hold in client.get("EventHolds").json:
        client.delete(f"EventHolds/{hold['id']}")


def faults(answer):
    assert answer.status == 400, answer
    return answer.text


class TestRetention:
    def test_events_are_kept_as_long_as_the_original_keeps_them(self, client):
        answer = client.get("EventRetention")
        assert answer.status == 200
        found = answer.json
        assert (found["passiveDays"], found["otherDays"]) == (30, 90)
        assert found["refusedSince"] is None
        assert found["otherSince"].endswith("T00:00:00.0000000+00:00")

    def test_what_is_left_out_stays(self, client):
        assert client.put("EventRetention", {"passiveDays": 3650}).status == 204
        assert client.put("EventRetention", {"otherDays": 400}).status == 204
        assert client.put("EventRetention", {}).status in (204, 400)
        found = client.get("EventRetention").json
        assert (found["passiveDays"], found["otherDays"]) == (3650, 400)
        assert client.put("EventRetention", {"passiveDays": 30, "otherDays": 90}).status == 204

    @pytest.mark.parametrize("days", [0, -1, 36501, "ten", 1.5])
    def test_days_have_bounds(self, client, days):
        assert "passiveDays" in faults(client.put("EventRetention", {"passiveDays": days}))
        assert client.get("EventRetention").json["passiveDays"] == 30

    def test_changes_are_audited_with_both_values(self, client):
        assert client.put("EventRetention", {"otherDays": 91}).status == 204
        assert client.put("EventRetention", {"otherDays": 90}).status == 204
        entry = client.get("ActivityAudits/Details", {"Pagination.PageSize": 1, "Sorts[0].by": "Created", "Sorts[0].order": "Desc"}).json["data"][0]
        assert (entry["entity"], entry["auditType"], entry["details"]) == ("Settings", "ModifySettings", "Keep other events for 90 days, not 91 days")

    def test_metrics_count_events(self, server, client):
        read = lambda: server.anonymous("/").get("metrics").text.splitlines()
        wait_for(lambda: "reeve_events_total 300" in read())
        lines = read()
        for line in ("reeve_events_lost_total 0", "reeve_event_retention_refused 0"):
            assert line in lines
        dropped = client.get("EventRetention").json["partitionsDropped"]  # the sample is as old as what is kept
        assert any(line.startswith("reeve_event_partitions_dropped_total ") and 0 <= int(line.split()[1]) <= dropped for line in lines)


class TestHolds:
    def test_a_hold_tells_who_and_when(self, holds):
        computer = str(uuid.uuid4())
        answer = holds.post("EventHolds", {**HOLD, "computerIds": [computer.upper()]})
        assert answer.status == 201
        assert answer.headers["Location"].endswith(f"/EventHolds/{answer.json}")
        found = holds.get(f"EventHolds/{answer.json}").json
        assert (found["name"], found["reason"], found["computerIds"]) == ("case 7", "counsel asks", [computer])
        assert found["from"].startswith("2026-01-01T00:00:00") and found["until"].startswith("2026-02-01T00:00:00")
        assert found["createdBy"] and found["created"]
        assert holds.get("EventHolds").json == [found]

    def test_names_are_unique_in_any_letter_case(self, holds):
        assert holds.post("EventHolds", HOLD).status == 201
        assert holds.post("EventHolds", {**HOLD, "name": "CASE 7"}).status == 409

    @pytest.mark.parametrize("wrong, named", [
        ({"name": ""}, "name"), ({"name": None}, "name"), ({"name": "x" * 256}, "name"), ({"from": "soon"}, "from"), ({"until": None}, "until"),
        ({"from": "2026-03-01T00:00:00Z"}, "from"), ({"computerIds": ["x"]}, "computerIds"), ({"reason": "x" * 1001}, "reason"),
        ({"computerIds": [str(uuid.uuid4())] * 1001}, "computerIds"),
    ])
    def test_what_is_wrong_is_named(self, holds, wrong, named):
        assert named in faults(holds.post("EventHolds", {**HOLD, **wrong}))
        assert holds.get("EventHolds").json == []

    def test_a_hundred_fit(self, holds):
        for i in range(100):
            assert holds.post("EventHolds", {**HOLD, "name": f"hold {i}"}).status == 201
        assert holds.post("EventHolds", HOLD).status == 409

    def test_lifted_holds_are_gone(self, holds):
        hold = holds.post("EventHolds", HOLD).json
        assert holds.delete(f"EventHolds/{hold}").status == 204
        assert holds.get(f"EventHolds/{hold}").status == 404
        assert holds.delete(f"EventHolds/{hold}").status == 404
        assert holds.get("EventHolds").json == []
