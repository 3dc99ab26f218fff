"""A hundred thousand computers: walked while they change, and changed all at once while the server goes on answering."""
import concurrent.futures
import random
import threading
import time

import pytest

from harness.agent import wait_for
from harness.many import multiply
from harness.wire import Endpoint

COMPUTERS, SIZE = 100_000, 1000
MADE = 1000  # one by one; the others are copies
WRITES_LEAST = 10  # while the walks of a test go on
TASK_S = 240
# Any other call, reading or writing, with sanitizers and beside other tests. A write waits for one chunk of the task (about 0.1 s) and the
# commit of its group; alone on the machine the slowest of some hundred took 0.3 s. While the bulk call itself is not answered yet, it
# stores its items in one transaction, for which writes wait (1 s), reads do not.
ANSWER_S = 2


@pytest.fixture(scope="module")
def big(new_server, request):
    server = new_server(start=False)
    server.fill(computers=MADE, events=0)
    multiply(server, request.getfixturevalue("postgres") if server.database else None, COMPUTERS - MADE)
    return server.start()


@pytest.fixture(scope="module")
def caller(big):
    return big.client()


@pytest.fixture(scope="module")
def computers(caller):
    """Ids of all, read without any change going on."""
    return walk_pages(caller)[0]


def page(client, number, **more):
    answer = client.get("Computers", {"Pagination.PageSize": SIZE, "Pagination.PageNumber": number, **more})
    assert answer.status == 200, answer
    return answer.json


def walk_pages(client, **more):
    """(ids in the order of the pages, number of pages)."""
    ids, number = [], 1
    while True:
        got = page(client, number, **more)
        ids += [row["id"] for row in got["data"]]
        if not got["data"] or number >= got["pageCount"]:
            return ids, number
        number += 1


def walk_cursor(client, **more):
    ids, cursor, number = [], "", 0  # an empty cursor begins a walk
    while True:
        answer = client.get("Computers", {"Pagination.PageSize": SIZE, "Pagination.Cursor": cursor, **more})
        assert answer.status == 200, answer
        ids += [row["id"] for row in answer.json["data"]]
        cursor = answer.json.get("nextCursor")
        number += 1
        if cursor is None:
            return ids, number


class Churn:
    """Writers that create, move, archive and delete computers until they are told to stop."""

    def __init__(self, server, victims):
        self.server, self.victims = server, list(victims)
        self.ending, self.writes, self.faults = threading.Event(), 0, []
        self.deleted, self.created = set(), set()
        self.threads = [threading.Thread(target=self.run, args=(work,)) for work in (self.change, self.enrol)]

    def run(self, work):
        try:
            work()
        except Exception as fault:  # noqa: BLE001 - shown by the test
            self.faults.append(fault)

    def change(self):
        client = self.server.client()
        groups = [row["id"] for row in client.all("Groups")]
        dice = random.Random(7)
        while not self.ending.is_set():
            some = [self.victims[dice.randrange(len(self.victims))] for _ in range(5)]
            some = [one for one in dict.fromkeys(some) if one not in self.deleted]
            if not some:
                continue
            kind = dice.randrange(4)
            if kind == 0 and len(self.deleted) < len(self.victims) // 2:
                answer = client.delete("Computers", json={"computerIds": some[:1]})
                self.deleted.update(some[:1])
            elif kind == 1:
                answer = client.post("Computers/Archive", json={"computerIds": some})
            elif kind == 2:
                answer = client.post("Computers/Unarchive", json={"computerIds": some})
            else:
                answer = client.post(f"Groups/{dice.choice(groups)}/AssignComputers", json={"computerIds": some})
            assert answer.status == 200, answer
            self.writes += 1

    def enrol(self):
        installation = self.server.installation()
        while not self.ending.is_set():
            endpoint = Endpoint(self.server)
            answer = endpoint.enrol(installation=installation)
            assert answer.status == 201, answer
            self.created.add(endpoint.id)
            self.writes += 1
            endpoint.http.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        assert not self.faults, self.faults[:2]


ORDERS = ({}, {"Sorts[0].by": "host", "Sorts[0].order": "asc"})


def test_pages_under_constant_writes_hold_each_that_lives_throughout_once(big, caller, computers):
    for order in ORDERS:
        walked_under_writes(big, caller, computers, walk_pages, order)


def test_a_cursor_under_constant_writes_finds_each_that_lives_throughout_once(big, caller, computers):
    for order in ORDERS:
        walked_under_writes(big, caller, computers, walk_cursor, order)


def walked_under_writes(big, caller, computers, walk, order):
    victims = computers[:: len(computers) // 2000]
    victims = [one for one in victims if caller.get("Computers/" + one).status == 200]
    untouched = set(computers) - set(computers[:: len(computers) // 2000])
    with Churn(big, victims) as churn:
        wait_for(lambda: churn.writes > 10, seconds=60)
        before, rounds = churn.writes, 0
        while churn.writes < before + WRITES_LEAST or rounds == 0:
            created, rounds = set(churn.created), rounds + 1
            ids, pages = walk(caller, **order)
            assert pages >= len(untouched) // SIZE
            assert len(ids) == len(set(ids)), "a computer came twice"
            seen = set(ids)
            assert untouched - seen == set(), "one that nobody touched is missing"
            # What was there before, and is there after, was there throughout: moved, archived or new.
            assert [one for one in created - seen if caller.get("Computers/" + one).status == 200] == []
            gone = churn.deleted.copy()
            assert [one for one in set(victims) - gone - seen if caller.get("Computers/" + one).status == 200] == []


def timed(call):
    start = time.monotonic()
    answer = call()
    assert answer.status in (200, 204), answer
    return answer, time.monotonic() - start


def followed(client, answer):
    """The task to its end, with how long other calls took meanwhile."""
    beside = client.post("Groups", {"name": f"Beside {answer.headers['X-Task-Id']}"}).json
    task = answer.json if answer.status == 201 else answer.headers["X-Task-Id"]
    assert answer.headers["Location"].endswith(task) or answer.status == 200
    slowest, steps, end = 0, [], time.monotonic() + TASK_S
    while True:
        got, waited = timed(lambda: client.get("Tasks/" + task))
        slowest = max(slowest, waited)
        steps.append(got.json["status"])
        if got.json["status"] not in ("Pending", "InProgress"):
            return got.json, slowest
        for call in (lambda: client.get("Computers", {"Pagination.PageSize": 10}), lambda: client.put(f"Groups/{beside}", {"description": str(len(steps))})):
            slowest = max(slowest, timed(call)[1])
        assert time.monotonic() < end, got.json
        time.sleep(0.1)


def bulk(big, call):
    """Sends it, and reads beside it from the first byte on."""
    reader = big.client()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(call)
        slowest = 0
        while not sent.done():
            slowest = max(slowest, timed(lambda: reader.get("About"))[1])
            time.sleep(0.05)
        answer = sent.result()
    task, later = followed(reader, answer)
    return answer, task, max(slowest, later)


def living(client):
    return client.get("Computers", {"Pagination.PageSize": 1}).json["totalRecordCount"]


class TestBulk:
    """On SQLite; bulk_test.py sees one such call through on PostgreSQL, where each step of each computer is a journey."""

    @pytest.fixture(autouse=True)
    def embedded(self, big):
        if big.database is not None:
            pytest.skip("bulk_test.py does it on PostgreSQL")

    def ended_well(self, answer, task, slowest, status=201):
        assert answer.status == status, answer
        assert task["status"] == "Completed", task
        print(f"the slowest call beside it: {slowest:.2f} s")
        assert slowest < ANSWER_S

    def test_authorise(self, big, caller, computers):
        ids = walk_pages(caller)[0]
        pending = caller.get("Computers", {"Filter.AuthorisationState": "Pending", "Pagination.PageSize": 1}).json["totalRecordCount"]
        assert pending > MADE // 50
        self.ended_well(*bulk(big, lambda: caller.post("Computers/Authorise", json={"computerIds": ids})))
        assert caller.get("Computers", {"Filter.AuthorisationState": "Pending", "Pagination.PageSize": 1}).json["totalRecordCount"] == 0

    def test_assign(self, big, caller):
        ids = walk_pages(caller)[0]
        group = caller.post("Groups", json={"name": "All of them"}).json
        self.ended_well(*bulk(big, lambda: caller.post(f"Groups/{group}/AssignComputers", json={"computerIds": ids})), status=200)
        seen = caller.get("Groups/" + group).json
        assert seen["computerCount"] == len(ids)
        assert all(row["computerCount"] == 0 for row in caller.all("Groups") if row["id"] != group)

    def test_archive(self, big, caller):
        ids = walk_pages(caller)[0]
        self.ended_well(*bulk(big, lambda: caller.post("Computers/Archive", json={"computerIds": ids})))
        assert caller.get("Computers", {"Filter.IncludeArchived": "false", "Pagination.PageSize": 1}).json["totalRecordCount"] == 0

    def test_delete(self, big, caller):
        ids = walk_pages(caller)[0]
        kept = ids[-1]
        unknown = "01890a5d-ac96-774b-bcce-b302099a8057"
        answer, task, slowest = bulk(big, lambda: caller.delete("Computers", json={"computerIds": [*ids[:-1], unknown]}))
        assert answer.status in (201, 202)
        assert task["status"] == "CompletedWithErrors"
        assert slowest < ANSWER_S
        assert living(caller) == 1
        assert caller.get("Computers/" + kept).status == 200
        assert all(row["computerCount"] <= 1 for row in caller.all("Groups"))
