"""The same seed and the same calls give the same bytes: ids, times, tokens, ETags and order. Another seed gives others."""
import concurrent.futures
import socket

import pytest

from harness.definition import Definition
from harness.generator import Requests
from harness.sandbox import Sandbox

CALLS = 1000
VERSIONS = ("v1", "v2", "v3", "scim-v3")
LOOK_EVERY = 50
PASSING = {"date"}  # the clock of the machine, by HTTP's rules


def seen(answer):
    headers = sorted((name.lower(), value) for name, value in answer.headers.items() if name.lower() not in PASSING)
    return f"{answer.method} {answer.path}", answer.status, headers, answer.body


def script(sandbox, seed):
    """Calls of all versions, right and wrong ones, each made of what answers before it said; gives all answers."""
    answers = []
    client = sandbox.client()

    def call(method, path, body=None, headers=None):
        answer = client.request(method, path, body=body, headers=headers)
        answers.append(seen(answer))
        return answer

    made = [Requests(Definition(call("GET", f"/management-api/swagger/{version}/swagger.json").json), f"{seed} {version}") for version in VERSIONS]
    while len(answers) < CALLS:
        requests = made[len(answers) % len(made)]
        if len(answers) % LOOK_EVERY < len(made):
            for path in list(requests.lists()):
                requests.learn(call("GET", path))
        if len(answers) % LOOK_EVERY == LOOK_EVERY - 1:
            client.sign_in("sandbox", "sandbox-secret")
            answers.append(("token", client.token))
        method, path, body, headers, _ = requests.next()
        requests.learn(call(method, path, body, headers))
    return answers


@pytest.fixture(scope="module")
def port():
    """The same for both runs, since answers name their own address."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


@pytest.fixture(scope="module")
def first(port):
    with Sandbox(port=port) as sandbox:
        return script(sandbox, 1)


def test_two_runs_of_the_same_calls_are_the_same_to_the_byte(first, port):
    with Sandbox(port=port) as sandbox:
        again = script(sandbox, 1)
    for number, (one, other) in enumerate(zip(first, again)):
        assert one == other, f"answer {number}"
    assert len(first) == len(again) >= CALLS


def test_the_calls_are_of_all_kinds(first):
    """Else the test above would prove little."""
    calls = [answer for answer in first if len(answer) == 4]
    statuses = {answer[1] for answer in calls}
    assert {200, 201, 204, 400, 404} <= statuses, statuses
    for version in ("v1", "v2", "v3", "scim"):
        changed = [answer for answer in calls if f"/{version}/" in answer[0].lower() and not answer[0].startswith("GET") and answer[1] < 300]
        assert len(changed) > 3, f"{version}: {changed}"
    assert any(name == "location" and "/Tasks/" in value for answer in calls for name, value in answer[2]), "no task was started"
    assert sum(1 for answer in first if len(answer) == 2) > 3, "no token"


def test_another_seed_gives_other_ids():
    with Sandbox() as one, Sandbox("--seed", "2") as other:
        rows = [{row["id"] for row in sandbox.client().all("Computers")} for sandbox in (one, other)]
        assert len(rows[0]) == len(rows[1]) == 25 and not rows[0] & rows[1]
        assert one.client().token != other.client().token


def test_looking_does_not_move_what_is_made():
    """Whoever waits for the server with requests of his own gets the same ids as who does not."""
    made = []
    for looks in (0, 7):
        with Sandbox() as sandbox:
            client = sandbox.client()
            for _ in range(looks):
                assert sandbox.anonymous("/").get("healthz").status == 200
                assert client.get("Groups").status == 200
            made.append(client.post("Groups", {"name": "New"}).json)
    assert made[0] == made[1]


def test_the_clock_stands_between_writes():
    with Sandbox("--clock", "2031-02-03T04:05:06Z") as sandbox:
        client = sandbox.client()
        ids = [client.post("Groups", {"name": f"Group {number}"}).json for number in range(3)]
        created = [client.get(f"Groups/{id}").json["created"] for id in ids]
        assert all(moment.startswith("2031-02-03T04:05:06") for moment in created), created
        assert created == sorted(set(created)), "each write is later than the one before"


def test_tasks_are_done_before_the_next_answer():
    with Sandbox("--computers", "1500", "--events", "0") as sandbox:
        client = sandbox.client()
        group = client.post("Groups", {"name": "New"}).json
        answer = client.post(f"Groups/{group}/AssignComputers", {"computerIds": [row["id"] for row in client.all("Computers")]})
        task = client.get(answer.headers["Location"]).json
        assert (task["progress"], task["total"]) == (100, 1500) and task["status"].startswith("Completed"), task


def test_parallel_calls_are_all_answered():
    with Sandbox() as sandbox:
        token = sandbox.client().token

        def write(number):
            client = sandbox.anonymous()
            client.token = token
            return [client.post("Groups", {"name": f"Group {number} {index}"}).status for index in range(20)]

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert {status for statuses in pool.map(write, range(8)) for status in statuses} == {201}
        assert len(sandbox.client().all("Groups")) == 6 + 160
