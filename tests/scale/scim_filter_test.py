"""Filters that no index serves, over a hundred thousand users: bounded in memory and time, and nobody else has to wait."""
import concurrent.futures
import time
import uuid

import pytest

from harness import store as by_hand

SCIM = "/management-api/scim/v2/"
USERS, TERMS = 100_000, 4
GROWTH_BYTES_MAX = 320 * 1024 * 1024  # of the server's own memory: 9 MB, and with sanitizers what they keep of what was freed
ANSWER_S = 2  # of any other call meanwhile
NUMBERS = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {USERS})"
DOCUMENT = '{"title":"Engineer \' || i || \'","emails":[{"type":"work"}]}'


def statements(number):
    new_id = f"{number(8)} || '-0000-4000-8000-' || {number(12)}"
    yield (f"{NUMBERS} INSERT INTO user_account (id, email, email_key, domain, created, last_modified, disabled)"
           f" SELECT {new_id}, 'many-' || i || '@corp.example', 'many-' || i || '@corp.example', 'corp.example', i, i, 0 FROM n")
    yield f"{NUMBERS} INSERT INTO scim_user (user_id, document, mail_element, version) SELECT {new_id}, '{DOCUMENT}', '0', 1 FROM n"
    for attribute, sub, element, value in (("title", "", "", "'engineer ' || i"), ("emails", "type", "0", "'work'")):
        yield f"{NUMBERS} INSERT INTO scim_value (user_id, attribute, sub, element, text_key) SELECT {new_id}, '{attribute}', '{sub}', '{element}', {value} FROM n"


@pytest.fixture(scope="module")
def server(new_server, request):
    server = new_server(start=False)
    server.fill(computers=1, groups=1, policies=1, events=0)
    if server.database:
        script = ";".join(statements(lambda width: f"lpad(i::text, {width}, '0')"))
        request.getfixturevalue("postgres").sql(f"SET session_replication_role = replica; BEGIN; {script}; COMMIT; ANALYZE", server.database)
    else:
        with by_hand.embedded(server) as store:
            for statement in statements(lambda width: f"printf('%0{width}d', i)"):
                store.execute(statement)
    return server.start()


def own_bytes(server):
    """Memory of the server's own; what it sees of the store's file belongs to the system."""
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon"))


# What is asked, whether it gives everybody whom these tests made, and how many are on the page.
HOSTILE = {
    "many parts of texts": ({"filter": " or ".join(f'title co "x{i}"' for i in range(TERMS))}, False, 0),
    "sorted from the end": ({"filter": 'title pr and ' + " and ".join(f'not (title ew "x{i}")' for i in range(TERMS)), "sortBy": "title", "sortOrder": "descending", "startIndex": USERS - 2000, "count": 1000}, True, 1000),
    "behind the end": ({"filter": 'userName co "many"', "sortBy": "title", "startIndex": 2**31, "count": 1000}, True, 0),
}


# Minutes of work: every value of every user for each of many terms.
ENDLESS = {"filter": "emails[" + " or ".join(f'value ew "x{i}"' for i in range(100)) + ' or type ne "work"]'}
ENDS_S = 40  # ten seconds by the server, and what a busy machine adds


def asked_beside(server, scim, other, query):
    """The answer, the slowest of another caller's calls meanwhile, and the most memory."""
    slowest, most = 0.0, 0
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(scim.get, "Users", **query)
        while not asked.done():
            begun = time.monotonic()
            assert other.get("Groups").status == 200
            slowest = max(slowest, time.monotonic() - begun)
            most = max(most, own_bytes(server))
            time.sleep(0.02)
    return asked.result(), slowest, max(most, own_bytes(server))


@pytest.mark.parametrize("query, everybody, count", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_filter_is_bounded(server, query, everybody, count):
    scim = server.client(["scim=full"], base=SCIM, name=uuid.uuid4().hex)
    other = server.client(name=uuid.uuid4().hex)
    page = scim.get("Users", filter='userName co "many"', count=1000)
    assert page.json["totalResults"] == USERS and len(page.json["Resources"]) == 1000
    before = own_bytes(server)
    started = time.monotonic()
    answer, slowest, most = asked_beside(server, scim, other, query)
    assert answer.status == 200, answer
    assert answer.json["totalResults"] == (USERS if everybody else 0)
    assert len(answer.json["Resources"]) == count
    growth = most - before
    print(f"{time.monotonic() - started:.1f} s, {growth / 1024 / 1024:.0f} MB more than {before / 1024 / 1024:.0f} MB, the slowest call beside it {slowest:.2f} s")
    assert growth < GROWTH_BYTES_MAX, growth
    assert slowest < ANSWER_S, slowest


def test_what_would_take_minutes_ends(server):
    scim = server.client(["scim=full"], base=SCIM, name=uuid.uuid4().hex)
    other = server.client(name=uuid.uuid4().hex)
    started, before = time.monotonic(), own_bytes(server)
    answer, slowest, most = asked_beside(server, scim, other, ENDLESS)
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0, answer
    assert time.monotonic() - started < ENDS_S and slowest < ANSWER_S and most - before < GROWTH_BYTES_MAX
    assert scim.get("Users", filter='userName co "many"', count=0).json["totalResults"] == USERS
