"""What goes wrong only when somebody tries: values at their bounds, removals that would give rights, several servers at once."""
import threading
import time
import uuid

import pytest

from harness.people import People, accept_domain
from harness.server import Server

SCIM = "/management-api/scim/v2/"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ELEMENTS_MAX = 1000


@pytest.fixture(scope="module")
def server(new_server):
    server = new_server(args=["--scim-groups", "roles"])
    server.people = People(server, server.client())
    return server


@pytest.fixture(scope="module")
def scim(server):
    return server.client(["scim=full"], base=SCIM)


def make(scim, **body):
    answer = scim.post("Users", {"userName": f"{uuid.uuid4().hex}@corp.example", **body})
    assert answer.status == 201, answer
    return answer.json


def change(scim, user, *operations):
    return scim.patch(f"Users/{user['id']}", {"schemas": [PATCH], "Operations": list(operations)})


# --- what is unassigned ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [
    {"op": "remove", "path": "active"},
    {"op": "replace", "path": "active", "value": None},
    {"op": "replace", "path": "active", "value": ""},
    {"op": "replace", "value": {"active": None}},
], ids=["remove", "null", "empty", "no path"])
def test_who_is_disabled_is_not_enabled_by_leaving_active_out(scim, operation):
    user = make(scim, active=False)
    answer = change(scim, user, operation)
    assert answer.status == 200 and answer.json["active"] is False, answer


# --- bounds ------------------------------------------------------------------------------------------------------


def test_filtered_paths_make_no_more_elements_than_there_may_be(scim):
    user = make(scim)
    for number in range(2):
        first = number * ELEMENTS_MAX
        operations = [{"op": "add", "path": f'phoneNumbers[type eq "t{first + i}"].value', "value": str(i)} for i in range(ELEMENTS_MAX)]
        answer = change(scim, user, *operations)
        assert answer.status == (200 if number == 0 else 400), answer
    assert answer.json["scimType"] == "invalidValue" and str(ELEMENTS_MAX) in answer.json["detail"]
    assert len(scim.get(f"Users/{user['id']}").json["phoneNumbers"]) == ELEMENTS_MAX


def test_a_user_may_have_a_thousand_roles_that_are_none(scim):
    names = [f"{i:04}" + "r" * 240 for i in range(ELEMENTS_MAX)]
    user = make(scim, roles=[*names[:-1], names[0].upper()])
    assert [role["value"] for role in user["roles"]] == names[:-1]


@pytest.mark.parametrize("name", ["a" + "ä" * 120, "ab" + "€" * 80, "abc" + "😀" * 60], ids=["2 bytes", "3 bytes", "4 bytes"])
def test_names_of_unknown_roles_are_told_whole_characters(server, scim, name):
    user = make(scim, roles=[name])
    assert [role["value"] for role in user["roles"]] == [name]
    rows = server.client(["audit=read"]).get("ActivityAudits", {"Pagination.PageSize": 200}).json["data"]
    [told] = [row["details"] for row in rows if "grant nothing" in (row["details"] or "") and user["userName"] in row["details"]]
    assert "�" not in told and name[:40] in told


def test_a_bulk_id_stands_for_one_operation(scim):
    names = [f"{uuid.uuid4().hex}@corp.example" for _ in range(2)]
    operations = [{"method": "POST", "path": "/Users", "bulkId": "one", "data": {"userName": name}} for name in names]
    operations.append({"method": "PATCH", "path": "/Users/bulkId:one", "data": {"Operations": [{"op": "add", "path": "title", "value": "x"}]}})
    answer = scim.post("Bulk", {"schemas": [BULK], "Operations": operations})
    assert [outcome["status"] for outcome in answer.json["Operations"]] == ["201", "400", "200"], answer.json
    assert scim.get("Users", filter=f'userName eq "{names[1]}"').json["totalResults"] == 0


# --- who is gone -------------------------------------------------------------------------------------------------


def test_tokens_of_a_deleted_user_are_not_revived(server, scim):
    user = make(scim)
    lines = server.cli("user", "create-token", "--user", user["userName"]).stdout.splitlines()
    caller = server.anonymous()
    caller.token = dict(line.split(None, 1) for line in lines)["token"]
    assert caller.get("Users").status in (200, 403)
    assert scim.delete(f"Users/{user['id']}").status == 204
    assert caller.get("Users").status == 401
    assert server.client().patch(f"Users/{user['id']}/Enable").status in (204, 409)
    assert caller.get("Users").status == 401


# --- several at once ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(server, store):
    if store == "sqlite":
        yield [server, server]
        return
    second = Server(server.database)
    yield [server, second.start()]
    second.close()


def together(*calls):
    answers, gate = [None] * len(calls), threading.Barrier(len(calls))

    def run(index):
        gate.wait()
        answers[index] = calls[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def clients_of(servers):
    return [server.client(["scim=full"], base=SCIM, name=uuid.uuid4().hex) for server in servers]


def test_an_external_id_is_given_once(two):
    clients = clients_of(two)
    for _ in range(20):
        body = [{"userName": f"{uuid.uuid4().hex}@corp.example", "externalId": uuid.uuid4().hex} for _ in clients]
        body[1]["externalId"] = body[0]["externalId"]
        answers = together(*[lambda client=client, one=one: client.post("Users", one) for client, one in zip(clients, body)])
        assert sorted(answer.status for answer in answers) == [201, 409], [answer.json for answer in answers]


def test_a_version_is_replaced_once(two):
    clients = clients_of(two)
    user = make(clients[0])
    for number in range(20):
        version = clients[0].get(f"Users/{user['id']}").headers["ETag"]
        answers = together(*[lambda client=client, who=who: client.patch(f"Users/{user['id']}", {"Operations": [{"op": "replace", "path": "title", "value": f"{who} {number}"}]}, headers={"If-Match": version})
                             for who, client in enumerate(clients)])
        assert sorted(answer.status for answer in answers) == [200, 412], answers


def test_who_became_the_last_administrator_meanwhile_stays_enabled(two, store, postgres):
    """Another server makes a user the only administrator; who waits for that user's row must not judge by what was before."""
    if store == "sqlite":
        pytest.skip("one writer at a time")
    [client] = clients_of(two[:1])
    two[0].people.user(admin=True)
    user = make(client)
    database = two[0].database
    [role] = postgres.sql("SELECT id FROM role WHERE built_in = 1 AND name = 'Administrator'", database).split()
    grants = f"SELECT 1 FROM user_account WHERE id = '{user['id']}' FOR UPDATE; UPDATE user_grant SET user_id = '{user['id']}' WHERE role_id = '{role}' AND scope = 0"
    blocked = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    other = threading.Thread(target=lambda: postgres.sql(f"BEGIN; {grants}; SELECT pg_sleep(0) FROM generate_series(1, 1); {WAIT.format(blocked=blocked)}; COMMIT", database))
    other.start()
    end = time.monotonic() + 10
    while "FOR UPDATE" not in postgres.sql("SELECT string_agg(query, ' ') FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'", database):
        assert time.monotonic() < end
    answer = client.patch(f"Users/{user['id']}", {"Operations": [{"op": "replace", "path": "active", "value": False}]})
    other.join()
    assert answer.status == 409, answer


# Until somebody waits for a lock, or ten seconds are over.
WAIT = "DO $$ BEGIN FOR i IN 1..1000 LOOP PERFORM pg_stat_clear_snapshot(); EXIT WHEN ({blocked}) > 0; PERFORM pg_sleep(0.01); END LOOP; END $$"
