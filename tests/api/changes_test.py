"""changedSince: what is new, changed or gone since the caller last asked, in every list; a mirror that follows loses nothing."""
import datetime
import random
import subprocess
import threading
import uuid

import pytest

from harness import fleet
from harness.people import People
from harness.shapes import done
from harness.wire import Endpoint

LISTS = ["Computers", "Groups", "Policies", "Users", "GlobalRoles", "AuthorizationRequest", "AdminAccessRequest", "AuthorizationRequestAudits", "ActivityAudits", "ActivityAudits/Details"]
# What moves by time alone, or is told by the list of something else (docs/changes.md).
NOT_OWN = {"lastConnected", "daysDisconnected", "connectionStatus", "connected", "groupName", "policyId", "policyName", "policyRevision", "policyRevisionStatus", "locked", "activeComputers"}


class Mirror:
    """Holds a list as a connector would: the whole of it once, then only changes."""

    def __init__(self, client, path, size=200, **query):
        self.client, self.path, self.query, self.size = client, path, query, size
        self.rows, self.mark, self.calls = {}, None, 0
        number = 1
        while True:
            page = self.ask("all", **{"Pagination.PageNumber": number})
            self.mark = self.mark or page["changeMark"]
            assert (page["changeMark"] is None) == (number > 1)
            self.take(page)
            if number >= page["pageCount"]:
                break
            number += 1

    def ask(self, since, **more):
        answer = self.client.get(self.path, {"changedSince": since, "Pagination.PageSize": self.size, **self.query, **more})
        assert answer.status == 200, answer
        return answer.json

    def take(self, page):
        self.rows.update({row["id"]: row for row in page["data"]})
        for gone in page.get("deleted", []):
            self.rows.pop(gone["id"], None)

    def follow(self):
        """All changes until now: (ids of rows, ids of what is gone), in their order."""
        rows, gone = [], []
        while True:
            page = self.ask(self.mark)
            assert len(page["data"]) <= self.size
            rows += [row["id"] for row in page["data"]]
            gone += [one["id"] for one in page["deleted"]]
            self.take(page)
            self.mark = page["changeMark"]
            if not page["moreChanges"]:
                return rows, gone

    def own(self):
        return {key: {name: value for name, value in row.items() if name not in NOT_OWN} for key, row in self.rows.items()}


def named(answer, name="changedSince"):
    assert answer.status == 400, answer
    return answer.json["errors"][name][0]


def made(client, path, body):
    answer = client.post(path, body)
    assert answer.status == 201, answer
    return answer.json


def group(client, **more):
    return made(client, "Groups", {"name": uuid.uuid4().hex, **more})


def rename(client, group, **more):
    answer = client.put("Groups", {"id": group, "name": uuid.uuid4().hex, **more})
    assert answer.status == 204, answer


@pytest.fixture(scope="module")
def people(server, client):
    return People(server, client)


@pytest.fixture(scope="module")
def computers(server, client):
    ids = fleet.enrol(server, client, 4)
    assert client.post("Computers/Authorise", {"computerIds": ids}).status in (200, 204)
    return ids


class TestParameter:
    @pytest.mark.parametrize("version", ["v1", "v2", "v3"])
    @pytest.mark.parametrize("path", LISTS)
    def test_every_list_has_a_mark_from_which_nothing_has_changed(self, client, version, path):
        if (version, path) == ("v1", "GlobalRoles"):
            pytest.skip("v1 has no global roles")
        mirror = Mirror(client.version(version), path)
        assert mirror.follow() == ([], [])
        assert mirror.follow() == ([], [])

    @pytest.mark.parametrize("value", ["", "x", "yesterday", "AAAA", "2026-13-01", "-1", "MTs", "A" * 5000])
    def test_other_texts_are_refused(self, client, value):
        assert "changeMark" in named(client.get("Groups", changedSince=value))

    def test_of_another_list(self, client):
        mark = client.get("Groups", changedSince="all").json["changeMark"]
        assert "another list" in named(client.get("Computers", changedSince=mark))

    def test_of_another_store(self, client, new_server):
        other = new_server()
        mark = other.client().get("Groups", changedSince="all").json["changeMark"]
        assert "another store" in named(client.get("Groups", changedSince=mark))

    def test_too_old(self, client):
        old = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=31)
        assert "30 days" in named(client.get("Groups", changedSince=old.isoformat()))
        assert client.get("ActivityAudits", changedSince=old.isoformat()).status == 200

    @pytest.mark.parametrize("name, value", [("Pagination.Cursor", ""), ("Pagination.PageNumber", 2), ("Sorts[0].by", "name")])
    def test_what_it_cannot_be_given_with(self, client, name, value):
        mark = client.get("Groups", changedSince="all").json["changeMark"]
        assert client.get("Groups", {"changedSince": "all", name: value}).status == 200
        assert "changeMark" in named(client.get("Groups", {"changedSince": mark, name: value}), name.split("[")[0])

    def test_lists_without_it_have_no_member_of_it(self, client):
        assert not {"changeMark", "moreChanges", "deleted"} & set(client.get("Groups").json)


class TestChanges:
    def test_new_changed_and_gone(self, client):
        mirror = Mirror(client, "Groups")
        first, second = group(client), group(client)
        rows, gone = mirror.follow()
        assert sorted(rows) == sorted([first, second]) and gone == []
        rename(client, first, description="changed")
        assert mirror.follow() == ([first], [])
        assert mirror.rows[first]["description"] == "changed"
        assert client.delete(f"Groups/{first}").status == 204
        assert mirror.follow() == ([], [first])
        assert mirror.follow() == ([], [])

    def test_made_and_gone_between_two_calls(self, client):
        mirror = Mirror(client, "Groups")
        short = group(client)
        client.delete(f"Groups/{short}")
        assert mirror.follow() == ([], [short])

    def test_a_change_that_changes_nothing(self, client):
        one = group(client, description="same")
        mirror = Mirror(client, "Groups")
        row = client.get(f"Groups/{one}").json
        rename(client, one, name=row["name"], description="same")
        assert mirror.follow() == ([], [])

    def test_pages(self, client):
        mirror = Mirror(client, "Groups", size=3)
        new = [group(client) for _ in range(10)]
        page = mirror.ask(mirror.mark)
        assert (page["totalRecordCount"], page["pageCount"], page["moreChanges"], page["pageNumber"]) == (10, 4, True, 1)
        again = mirror.ask(mirror.mark)
        assert [row["id"] for row in again["data"]] == [row["id"] for row in page["data"]]
        rows, gone = mirror.follow()
        assert sorted(rows) == sorted(new) and gone == []
        for one in new:
            client.delete(f"Groups/{one}")
        assert mirror.follow() == ([], new)

    def test_what_leaves_a_filter_is_gone_from_it(self, client, computers):
        here, there = group(client), group(client)
        one = computers[0]
        move(client, here, one)
        in_here, in_there = Mirror(client, "Computers", **{"Filter.GroupId": here}), Mirror(client, "Computers", **{"Filter.GroupId": there})
        assert list(in_here.rows) == [one] and not in_there.rows
        move(client, there, one)
        assert in_here.follow() == ([], [one])
        assert in_there.follow() == ([one], [])

    def test_since_a_moment(self, client):
        early = group(client)
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(milliseconds=2)
        while datetime.datetime.now(datetime.timezone.utc) <= moment + datetime.timedelta(milliseconds=2):
            pass
        late = group(client)
        page = client.get("Groups", changedSince=moment.isoformat()).json
        ids = [row["id"] for row in page["data"]]
        assert late in ids and early not in ids
        third = group(client)
        page = client.get("Groups", changedSince=page["changeMark"]).json
        assert [row["id"] for row in page["data"]] == [third]
        day = client.get("Groups", changedSince=moment.date().isoformat()).json
        assert {early, late, third} <= {row["id"] for row in day["data"]}

    def test_audits_come_once_each(self, client):
        mirror = Mirror(client, "ActivityAudits", size=2)
        for _ in range(3):
            client.delete("Groups/" + group(client))
        rows, gone = mirror.follow()
        assert rows == sorted(set(rows)) and len(rows) >= 6 and gone == []

    def test_marks_hold_over_a_restart(self, new_server):
        own = new_server()
        mirror = Mirror(own.client(), "Groups")
        one = group(own.client())
        own.kill()
        own.start()
        mirror.client = own.client()
        assert mirror.follow() == ([one], [])

    def test_a_store_put_back_from_a_copy(self, store, new_server):
        """What was marked after the copy was made is refused."""
        if store != "sqlite":
            pytest.skip("PostgreSQL's own test is below")
        own = new_server()
        own.stop()
        copy = {file.name: file.read_bytes() for file in own.data.glob("reeve.db*")}
        client = own.start().client()
        group(client)
        mark = Mirror(client, "Groups").mark
        own.stop()
        for file in own.data.glob("reeve.db*"):
            file.unlink()
        for name, content in copy.items():
            (own.data / name).write_bytes(content)
        own.start()
        assert "restored" in named(own.client().get("Groups", changedSince=mark))

    def test_contacts_are_no_change(self, server, client):
        endpoint = Endpoint(server)
        assert endpoint.enrol(group(client)).status == 201
        endpoint.sign_in()
        assert endpoint.check_in().status == 200
        mirror = Mirror(client, "Computers")
        assert endpoint.check_in().status == 200
        assert mirror.follow() == ([], [])


def move(client, where, *ids):
    done(client, client.post(f"Groups/{where}/AssignComputers", {"computerIds": list(ids)}))


class TestUsers:
    def test_roles_and_state(self, client, people):
        mirror = Mirror(client, "Users")
        user, _ = people.user()
        assert mirror.follow() == ([user], [])
        assert client.patch(f"Users/{user}/Disable").status in (200, 204)
        assert mirror.follow() == ([user], [])

    def test_rows_of_others_are_not_told(self, client, people, computers):
        """Who sees two groups hears of them alone, and that a computer left them, not where to."""
        mine, kept, other = group(client), group(client), group(client)
        desk = people.person(on=[(mine, "Group Editor"), (kept, "Group Editor")])
        move(client, mine, computers[0])
        groups, fleet_seen = Mirror(desk, "Groups"), Mirror(desk, "Computers")
        assert (sorted(groups.rows), list(fleet_seen.rows)) == (sorted([mine, kept]), [computers[0]])
        rename(client, other)
        client.delete("Groups/" + group(client))
        move(client, other, computers[1])
        assert groups.follow() == ([], []) and fleet_seen.follow() == ([], [])
        rename(client, mine)
        assert groups.follow() == ([mine], [])
        move(client, other, computers[0])
        assert fleet_seen.follow() == ([], [computers[0]])
        move(client, mine, computers[1])
        assert fleet_seen.follow() == ([computers[1]], [])


class TestUnderWrites:
    """A mirror that follows while many write, and the list itself, agree in the end."""

    @pytest.mark.parametrize("seed", [1, 2])
    def test_groups_and_computers(self, server, client, computers, seed):
        chance = random.Random(seed)
        ending = threading.Event()
        homes = [group(client) for _ in range(3)]

        def write(number):
            writer, own, luck = server.client(), [], random.Random(chance.random() + number)
            for _ in range(40):
                what = luck.randrange(4)
                if what == 0 or not own:
                    own.append(group(writer))
                elif what == 1:
                    rename(writer, luck.choice(own), description=str(luck.random()))
                elif what == 2:
                    writer.delete("Groups/" + own.pop(luck.randrange(len(own))))
                else:
                    writer.post(f"Groups/{luck.choice(homes)}/AssignComputers", {"computerIds": luck.sample(computers, 2)})

        mirrors = [Mirror(server.client(), "Groups", size=4), Mirror(server.client(), "Computers", size=2), Mirror(server.client(), "Computers", size=50, **{"Filter.GroupId": homes[0]})]
        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        follower = threading.Thread(target=lambda: [mirror.follow() for _ in iter(ending.is_set, True) for mirror in mirrors])
        follower.start()
        for thread in threads:
            thread.join()
        ending.set()
        follower.join()
        for mirror in mirrors:
            mirror.follow()
            fresh = Mirror(client, mirror.path, **mirror.query)
            assert mirror.own() == fresh.own()


class TestOrderOfCommits:
    def test_a_change_that_began_first_and_commits_last(self, store, server, client, postgres):
        """On PostgreSQL numbers are given before the commit: the mark must not step over one that is still on its way."""
        if store != "postgres":
            pytest.skip("one writer: the order of commits is the order of changes")
        slow, quick = group(client), group(client)
        mirror = Mirror(client, "Groups")
        held = subprocess.Popen(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", server.database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        held.stdin.write(f"BEGIN; UPDATE computer_group SET description = 'late' WHERE id = '{slow}'; SELECT 'begun';\n")
        held.stdin.flush()
        assert held.stdout.readline().strip() == "begun"
        rename(client, quick)
        rows, _ = mirror.follow()
        assert rows == [quick]
        held.stdin.write("COMMIT;\n")
        held.stdin.close()
        assert held.wait(30) == 0
        rows, _ = mirror.follow()
        assert slow in rows and mirror.rows[slow]["description"] == "late"
        assert mirror.follow() == ([], [])

    def test_a_database_filled_from_a_copy(self, store, new_server, postgres):
        """Its transactions are counted anew: marks of before are refused, not misread."""
        if store != "postgres":
            pytest.skip("the numbers are in the store itself")
        own = new_server()
        mirror = Mirror(own.client(), "Groups")
        group(own.client())
        own.stop()
        postgres.sql("UPDATE change SET stamp = stamp + 1000000000", own.database)
        own.start()
        assert "restored" in named(own.client().get("Groups", changedSince=mirror.mark))
        assert Mirror(own.client(), "Groups").follow() == ([], [])
