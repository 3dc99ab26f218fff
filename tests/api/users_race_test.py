"""What must hold when several callers, and several servers on one PostgreSQL, do things at the same time."""
import threading
import uuid

import pytest
from harness.people import accept_domain
from harness.server import Server


@pytest.fixture(scope="module")
def servers(new_server, store):
    first = new_server()
    if store == "sqlite":
        yield [first, first]
        return
    second = Server(first.database)
    yield [first, second.start()]
    second.close()


@pytest.fixture(scope="module")
def clients(servers):
    made = [server.client(name=f"caller {number}") for number, server in enumerate(servers)]
    accept_domain(made[0])
    return made


def together(*calls):
    """Runs the calls at once and gives their answers."""
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


def create(client, **body):
    answer = client.post("Users", {"emailAddress": f"{uuid.uuid4().hex[:12]}@corp.example", **body})
    assert answer.status == 201, answer
    return answer.json


def test_two_administrators_can_not_disable_each_other(clients):
    a, b = create(clients[0], admin=True), create(clients[0], admin=True)
    for _ in range(15):
        answers = together(lambda: clients[0].patch(f"Users/{a}/Disable"), lambda: clients[1].patch(f"Users/{b}/Disable"))
        assert sorted(answer.status for answer in answers) == [204, 409]
        for user in (a, b):
            assert clients[0].patch(f"Users/{user}/Enable").status == 204
    answers = together(lambda: clients[0].patch(f"Users/{a}/Disable"), lambda: clients[1].post(f"Users/{b}/AssignRoles", {"globalRolesIds": []}))
    assert sorted(answer.status for answer in answers) == [204, 409]


def test_an_address_is_given_once(clients):
    for _ in range(10):
        body = {"emailAddress": f"{uuid.uuid4().hex[:12]}@corp.example"}
        answers = together(*[lambda client=client: client.post("Users", body) for client in clients])
        assert sorted(answer.status for answer in answers) == [201, 409]


def test_a_domain_does_not_go_under_a_new_user(clients):
    outcomes = set()
    for _ in range(15):
        name = f"{uuid.uuid4().hex[:8]}.example"
        domain = clients[0].post("AcceptedDomains", {"domainName": name}).json
        created, deleted = together(lambda: clients[0].post("Users", {"emailAddress": f"a@{name}"}), lambda: clients[1].delete(f"AcceptedDomains/{domain}"))
        outcome = (created.status, deleted.status)
        assert outcome in ((201, 409), (400, 204)), outcome
        outcomes.add(outcome)
    assert outcomes


def test_a_user_of_one_server_is_one_of_the_other(servers, clients):
    user = create(clients[0], admin=True)
    mail = clients[1].get(f"Users/{user}").json["emailAddress"]
    token = dict(line.split(None, 1) for line in servers[0].cli("user", "create-token", "--user", mail).stdout.splitlines())["token"]
    caller = servers[1].anonymous()
    caller.token = token
    assert caller.get("Users").status == 200
    assert clients[0].patch(f"Users/{user}/Disable").status in (204, 409)
    disabled = clients[0].get(f"Users/{user}").json["disabled"]
    assert caller.get("Users").status == (401 if disabled else 200)
