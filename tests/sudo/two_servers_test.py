"""Two servers on one PostgreSQL take the records of the same hosts at the same time: each once, none lost, one computer a host."""
import threading

import pytest

from harness.poller import events_since
from harness.sudo import LISTENS, LogClient, accept, computer_of, exited, outcomes

HOSTS, COMMANDS = 3, 20


def test_both_take_the_same_hosts(store, new_server, request):
    if store != "postgres":
        pytest.skip("a SQLite store belongs to one server")
    database = request.getfixturevalue("postgres").database()
    servers = [new_server(args=LISTENS, database=database) for _ in range(2)]
    client, failed = servers[0].client(), []

    def work(server, number):
        try:
            for index in range(COMMANDS):
                for host in range(HOSTS):
                    with LogClient(server) as sudo:
                        # Every command is told to both servers, and another one to this server only.
                        sudo.say(accept(f"shared{host}", f"/bin/both{index}", at_ns=10**18 + index, with_io=True))
                        sudo.hear_log_id()
                        sudo.say(accept(f"shared{host}", f"/bin/only{number}-{index}", at_ns=10**18 + index))
                        sudo.say(exited(0))
                        sudo.hear_commit()
        except (OSError, KeyError) as why:
            failed.append(why)

    workers = [threading.Thread(target=work, args=pair) for pair in zip(servers, range(2))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(240)
    assert not failed, failed
    found = {}
    for event in events_since(client, "2000-01-01"):
        if event["event"]["type"] == ["start"]:
            found.setdefault(event["host"]["name"], []).append(event["process"]["command_line"])
    wanted = sorted(f"/bin/{name}{index}" for name in ("both", "only0-", "only1-") for index in range(COMMANDS))
    for host in range(HOSTS):
        assert sorted(found[f"shared{host}"]) == wanted
        assert computer_of(client, f"shared{host}") is not None
    assert sum(outcomes(server)["repeated"] for server in servers) >= HOSTS * COMMANDS
