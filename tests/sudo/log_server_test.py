"""sudo logs to this server as to sudo_logsrvd: by its protocol, by the real programs, and through kills of the server."""
import shutil
import socket
import subprocess
import threading
import time

import pytest

from harness.agent import wait_for
from harness.poller import events_since
from harness.sudo import LISTENS, LogClient, Sudo, accept, computer_of, events_of, exited, free_port, outcomes, output, ports, private_sudo_works, reject, restart, wait_events

HOST = socket.gethostname().split(".")[0]
real_sudo = pytest.mark.skipif(not private_sudo_works(), reason="needs root, sudo and mount namespaces")


@pytest.fixture(scope="module")
def server(new_server):
    return new_server(args=LISTENS)


def forget(client, host):
    """The next test starts with a new computer."""
    computer = computer_of(client, host)
    if computer:
        assert client.delete(f"Computers/{computer['id']}").status in (200, 204)
    return len(events_of(client, host))


class TestProtocol:
    @pytest.mark.parametrize("tls", [False, True])
    def test_a_command_with_its_output_is_acknowledged(self, server, client, tls):
        host = f"io-{tls}".lower()
        with LogClient(server, tls) as sudo:
            assert sudo.hello[1].startswith(b"Reeve ") and sudo.hello[4] == 1
            sudo.say(accept(host, "/bin/cat", ["a b"], with_io=True))
            assert sudo.hear_log_id().startswith(host + "/")
            assert len(events_of(client, host)) == 1, "the id of a log is given once the command is stored"
            sudo.say(output(1_500_000_000, b"some output"))
            sudo.say(output(600_000_001, b"more"))
            sudo.say(exited(3, run_ns=2_200_000_000))
            assert sudo.hear_commit() == 2_100_000_001
            ran, end = events_of(client, host)
        assert ran["process"]["command_line"] == "/bin/cat 'a b'" and ran["event"]["module"] == "sudo_logsrvd"
        assert end["process"]["exit_code"] == 3 and end["event"]["duration"] == 2_200_000_000
        assert end["process"]["entity_id"] == ran["process"]["entity_id"] and end["user"]["name"] == "alice"
        assert computer_of(client, host)["authorisationState"] == "Pending"

    def test_a_refusal_is_an_event(self, server, client):
        with LogClient(server) as sudo:
            sudo.say(reject("denied", "user NOT in sudoers"))
        event = wait_events(client, "denied", 1)[0]
        assert event["event"]["code"] == "116" and event["event"]["reason"] == "user NOT in sudoers"

    def test_commands_of_a_command_are_events_too(self, server, client):
        with LogClient(server) as sudo:
            sudo.say(accept("outer", "/bin/sh", with_io=True))
            sudo.hear_log_id()
            sudo.say(accept("outer", "/bin/ls"))
            sudo.say(reject("outer", "command not allowed", "/bin/rm"))
            sudo.say(exited(0))
            sudo.hear_commit()
        names = [event["process"]["name"] for event in wait_events(client, "outer", 4)]
        assert names == ["sh", "ls", "rm", "sh"]

    def test_what_is_told_again_is_stored_once(self, server, client):
        at = time.time_ns()
        for _ in range(3):
            with LogClient(server) as sudo:
                sudo.say(accept("again", at_ns=at, with_io=True))
                sudo.hear_log_id()
                sudo.say(exited(0))
                sudo.hear_commit()
        assert len(events_of(client, "again")) == 2

    def test_a_log_goes_on_in_another_connection(self, server, client):
        with LogClient(server) as sudo:
            sudo.say(accept("onward", with_io=True))
            log_id = sudo.hear_log_id()
        with LogClient(server) as sudo:
            sudo.say(restart(log_id, 5_000_000_000))
            sudo.say(output(1, b"x"))
            sudo.say(exited(0))
            assert sudo.hear_commit() == 5_000_000_001
        assert events_of(client, "onward")[1]["event"]["type"] == ["end"]

    @pytest.mark.parametrize("messages", [[exited(0)], [output(1, b"x")], [accept("a b")], [accept("wrong"), output(1, b"x")], [restart("wrong/1", 1)], [b"\xff\xff"], [b"\x7f"]])
    def test_messages_out_of_place_are_told_and_end_it(self, server, messages):
        with LogClient(server) as sudo:
            for message in messages:
                sudo.say(message)
            assert sudo.hear_error()

    def test_a_length_over_the_bound_ends_it(self, server):
        with LogClient(server) as sudo:
            sudo.stream.sendall(b"\x00\x20\x00\x01xxxx")
            assert "2097152" in sudo.hear_error()

    def test_a_rejected_host_is_told_so(self, server, client):
        with LogClient(server) as sudo:
            sudo.say(accept("outlaw", with_io=True))
            sudo.hear_log_id()
        client.post("Computers/Reject", {"computerIds": [computer_of(client, "outlaw")["id"]]})
        before = outcomes(server)["rejected"]
        with LogClient(server) as sudo:
            sudo.say(accept("outlaw", with_io=True))
            assert "rejected" in sudo.hear_error()
        assert outcomes(server)["rejected"] == before + 1 and len(events_of(client, "outlaw")) == 1


@real_sudo
class TestRealSudo:
    @pytest.mark.parametrize("tls", [False, True])
    @pytest.mark.parametrize("with_io", [False, True])
    def test_it_takes_this_server_for_its_log_server(self, server, client, tmp_path, tls, with_io):
        before = forget(client, HOST)
        port = ports(server)["sudo", tls]
        defaults = [f"log_servers={f'localhost:{port}(tls)' if tls else f'127.0.0.1:{port}'}", "log_exit_status"]
        defaults += [f"log_server_cabundle={server.ca}", "log_server_verify"] if tls else []
        defaults += ["log_output"] if with_io else []
        sudo = Sudo(tmp_path, defaults)
        done = sudo.run("sudo -n /bin/sh -c 'echo said; exit 3'")
        if tls and "(tls): Protocol not supported" in done.stderr:
            pytest.skip("this sudo is built without TLS, as Debian's is")
        assert done.returncode == 3 and done.stdout == "said\n", done
        assert "rror" not in done.stderr, done
        denied = sudo.run("sudo -n /bin/ls", user=65534)
        assert denied.returncode == 1 and "not allowed" in denied.stderr, denied
        found = wait_for(lambda: (lambda events: events if len(events) >= (3 if with_io else 2) else None)(events_of(client, HOST)[before:]))
        ran, refused = found[0], found[-1]
        assert ran["process"]["command_line"] == "/bin/sh -c 'echo said; exit 3'" and ran["user"]["name"] == "root" and ran["event"]["code"] == "100"
        assert refused["event"]["code"] == "116" and refused["user"]["name"] == "nobody" and refused["event"]["reason"] == "command not allowed"
        if with_io:
            assert found[1]["process"]["exit_code"] == 3 and found[1]["process"]["entity_id"] == ran["process"]["entity_id"]

    def test_a_stopped_server_keeps_sudo_from_running_unless_told_otherwise(self, server, tmp_path):
        strict = Sudo(tmp_path, [f"log_servers=127.0.0.1:{free_port()}", "!ignore_logfile_errors", "log_server_timeout=2"])
        assert strict.run("sudo -n true").returncode != 0

    def test_sendlog_sends_old_logs_once(self, server, client, tmp_path):
        before = forget(client, HOST)
        logs = tmp_path / "io"
        done = Sudo(tmp_path, ["log_output", f"iolog_dir={logs}", "!compress_io"]).run("sudo -n /bin/echo kept")
        assert done.returncode == 0, done
        log = next(logs.rglob("log.json")).parent
        for _ in range(2):
            sent = subprocess.run(["sudo_sendlog", "-h", "127.0.0.1", "-p", str(ports(server)["sudo", False]), str(log)], capture_output=True, text=True, timeout=60, check=False)
            assert sent.returncode == 0, sent
        found = events_of(client, HOST)[before:]
        assert [event["event"]["type"] for event in found] == [["start"], ["end"]] and found[0]["process"]["command_line"] == "/bin/echo kept"


@pytest.mark.skipif(not shutil.which("sudo_logsrvd") or not private_sudo_works(), reason="needs root and sudo_logsrvd")
class TestRelay:
    def test_a_relay_keeps_what_it_has_until_the_server_is_back(self, store, new_server, tmp_path):
        if store == "postgres":
            pytest.skip("the relay's way is the same on both; TestKills kills servers of both")
        port, relay_port = free_port(), free_port()
        server = new_server(args=["--sudo-listen", f"tcp://127.0.0.1:{port}"])
        client = server.client()
        (tmp_path / "relay.conf").write_text(f"""[server]
listen_address = 127.0.0.1:{relay_port}
pid_file = {tmp_path}/pid
server_log = {tmp_path}/log
[relay]
relay_host = 127.0.0.1:{port}
relay_dir = {tmp_path}/relay
store_first = true
retry_interval = 1
""")
        relay = subprocess.Popen(["sudo_logsrvd", "-n", "-f", str(tmp_path / "relay.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            sudo = Sudo(tmp_path, [f"log_servers=127.0.0.1:{relay_port}", "log_output"])
            wait_for(lambda: sudo.run("sudo -n /bin/echo one").returncode == 0)
            wait_for(lambda: len(events_of(client, HOST)) >= 2)
            server.kill()
            assert sudo.run("sudo -n /bin/echo two").returncode == 0
            server.start()
            wait_for(lambda: len(events_of(client, HOST)) >= 4, 60)
            commands = [event["process"]["command_line"] for event in events_of(client, HOST) if event["event"]["type"] == ["start"]]
            assert commands == ["/bin/echo one", "/bin/echo two"]
        finally:
            relay.terminate()
            relay.wait(20)


class TestKills:
    """Clients as sudo_sendlog, which say everything again until it is acknowledged, while the server is killed."""
    CLIENTS, COMMANDS, KILLS = 6, 100, 8

    def test_what_was_acknowledged_is_there_once(self, new_server):
        port = free_port()
        server = new_server(args=["--sudo-listen", f"tcp://127.0.0.1:{port}"])
        acknowledged = []

        def work(number):
            for index in range(self.COMMANDS):
                at = time.time_ns()
                while not self.tell(server, f"kill{number}", f"/bin/c{index}", at):
                    time.sleep(0.02)
                acknowledged.append((f"kill{number}", f"/bin/c{index}"))

        workers = [threading.Thread(target=work, args=(number,)) for number in range(self.CLIENTS)]
        for worker in workers:
            worker.start()
        for kill in range(1, self.KILLS + 1):
            share = self.CLIENTS * self.COMMANDS * kill // (self.KILLS + 1)
            wait_for(lambda: len(acknowledged) >= share, 120, 0.002)
            server.kill()
            server.start()
        for worker in workers:
            worker.join(120)
        events = [event for event in events_since(server.client(), "2000-01-01") if event["event"]["type"] == ["start"]]
        told = [(event["host"]["name"], event["process"]["command_line"]) for event in events]
        assert len(acknowledged) == self.CLIENTS * self.COMMANDS
        assert sorted(told) == sorted(acknowledged), f"{len(told)} stored, {len(acknowledged)} acknowledged"
        for number in range(self.CLIENTS):
            assert [name for host, name in told if host == f"kill{number}"] == [f"/bin/c{index}" for index in range(self.COMMANDS)]

    @staticmethod
    def tell(server, host, path, at):
        try:
            with LogClient(server, timeout=10) as sudo:
                sudo.say(accept(host, path, at_ns=at, with_io=True))
                sudo.hear_log_id()
                sudo.say(exited(0))
                return sudo.hear_commit() == 0
        except (OSError, KeyError):
            return False
