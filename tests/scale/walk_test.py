"""A hundred thousand computers: walked by pages and by cursor while others write."""
import threading
import time

import pytest

from harness.many import multiply

COMPUTERS = 100_000


@pytest.fixture(scope="module")
def fleet(new_server, request):
    server = new_server(start=False)
    server.fill(computers=100, groups=10, policies=2, events=0)
    multiply(server, request.getfixturevalue("postgres") if server.database else None, COMPUTERS)
    return server.start()


class Writer(threading.Thread):
    """Archives, unarchives, moves and deletes computers of its own set until told to stop."""

    def __init__(self, server, ids, groups):
        super().__init__()
        self.client, self.ids, self.groups = server.client(), ids, groups
        self.ending = threading.Event()
        self.deleted, self.writes, self.failures = [], 0, []

    def run(self):
        number = 0
        while not self.ending.is_set():
            one = self.ids[number % len(self.ids)]
            calls = [
                ("POST", f"Computers/{one}/Archive", None),
                ("POST", f"Computers/{one}/Unarchive", None),
                ("POST", f"Groups/{self.groups[number % len(self.groups)]}/AssignComputers", {"computerIds": [one]}),
            ]
            if number % 3 == 0 and len(self.ids) > 10:
                self.ids.remove(one)
                calls.append(("DELETE", "Computers", {"computerIds": [one]}))
                self.deleted.append(one)
            for method, path, body in calls:
                answer = self.client.request(method, path, json=body)
                self.writes += 1
                if answer.status >= 300:
                    self.failures.append(answer)
            number += 1


def lasting_ids(client):
    return [row["id"] for row in client.all("Computers", {"Sorts[0].by": "created", "Sorts[0].order": "asc"}, size=1000)]


@pytest.mark.parametrize("sort", ["created", "host", "lastConnected"])
@pytest.mark.parametrize("way", ["pages", "cursor"])
def test_a_walk_under_writes_has_each_lasting_computer_once(fleet, sort, way):
    client = fleet.client()
    known = lasting_ids(client)
    groups = [row["id"] for row in client.get("Groups").json["data"]]
    touched = known[:: len(known) // 500]
    writer = Writer(fleet, list(touched), groups)
    writer.start()
    seen, number, cursor = [], 1, ""
    try:
        while True:
            query = {"Pagination.PageSize": 1000, "Sorts[0].by": sort, "Sorts[0].order": "asc"}
            query.update({"Pagination.PageNumber": number} if way == "pages" else {"Pagination.Cursor": cursor})
            page = client.get("Computers", query)
            assert page.status == 200, page
            seen += [row["id"] for row in page.json["data"]]
            if way == "pages":
                if number >= page.json["pageCount"]:
                    break
                number += 1
            else:
                cursor = page.json["nextCursor"]
                if cursor is None:
                    break
    finally:
        writer.ending.set()
        writer.join()
    assert not writer.failures, writer.failures[:3]
    assert writer.writes > 20
    counts = {}
    for one in seen:
        counts[one] = counts.get(one, 0) + 1
    gone = set(writer.deleted)
    missing = [one for one in known if one not in counts and one not in gone]
    twice = [one for one, count in counts.items() if count > 1]
    assert not missing and not twice, (len(missing), len(twice))
