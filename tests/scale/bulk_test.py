"""Bulk calls that name a hundred thousand computers: answered soon, followed to their end, and nobody else has to wait."""
import time

import pytest

from harness.many import multiply

COMPUTERS = 100_000
DELETED = 10_000
TASK_S_MAX = 900  # with sanitizers, beside other tests
ANSWER_S = 2  # of any other call; a chunk of a task is no longer than a tenth of it


@pytest.fixture(scope="module")
def fleet(new_server, request):
    server = new_server(start=False)
    if server.database is None:
        pytest.skip("walk_test.py does it on SQLite")
    server.fill(computers=10, groups=2, policies=2, events=0)
    multiply(server, request.getfixturevalue("postgres") if server.database else None, COMPUTERS)
    return server.start()


def lasting_ids(client):
    return [row["id"] for row in client.all("Computers", {"Sorts[0].by": "created", "Sorts[0].order": "asc"}, size=1000)]


def follow(client, answer, lists=True):
    """To the end of the task that an answer names; the server answers others meanwhile, with `lists` or without."""
    assert answer.status in (200, 201, 202), answer
    task = answer.headers["X-Task-Id"]
    slowest, end = 0.0, time.monotonic() + TASK_S_MAX
    while True:
        started = time.monotonic()
        state = client.get(f"Tasks/{task}")
        slowest = max(slowest, time.monotonic() - started)
        assert state.status == 200, state
        if state.json["status"] in ("Completed", "CompletedWithErrors", "Failed"):
            return state.json, slowest
        assert time.monotonic() < end, state
        assert not lists or client.get("Computers", {"Pagination.PageSize": 50}).status == 200
        time.sleep(0.05)


def test_bulk_calls_may_name_every_computer(fleet, postgres):
    def commands_read():
        return int(postgres.sql("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'command'", fleet.database))

    client = fleet.client()
    ids = lasting_ids(client)
    group = client.post("Groups", {"name": "everyone"}).json
    # Some stay, so that what is left is counted.
    calls = [
        ("POST", "Computers/Authorise", ids),
        ("POST", f"Groups/{group}/AssignComputers", ids),
        ("POST", "Computers/Archive", ids),
        ("DELETE", "Computers", ids[:DELETED]),
    ]
    for method, path, chosen in calls:
        assigns = "Assign" in path
        before, started = commands_read(), time.monotonic()
        answer = client.request(method, path, json={"computerIds": chosen})
        answered = time.monotonic() - started
        task, slowest = follow(client, answer, lists=not assigns)  # a list looks at commands, too
        assert task["status"] == "Completed", task
        print(f"{path}: answered in {answered:.1f} s, done in {time.monotonic() - started:.1f} s, the slowest call beside it {slowest:.2f} s")
        # A plan from when there were few commands reads all of them for each chunk.
        assert not assigns or commands_read() - before < 10 * len(ids)
        assert answered < 60 and slowest < ANSWER_S, (path, answered, slowest)
    assert client.get(f"Groups/{group}").json["computerCount"] == len(ids) - DELETED
    left = {"Pagination.PageSize": 1, "Filter.IncludeArchived": "false"}
    assert client.get("Computers", left).json["totalRecordCount"] == 0
    assert client.get("Computers", {"Pagination.PageSize": 1}).json["totalRecordCount"] == len(ids) - DELETED
