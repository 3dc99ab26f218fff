"""What happens on a computer reaches the API once: sign-ins and sudo from the log, across restarts, rotation, outages and full disks."""
import datetime
import os
import subprocess
import time
import uuid

import pytest

from harness.agent import Agent, wait_for
from harness.poller import events_since

START = "2020-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def group(client):
    return client.post("Groups", json={"name": "Events"}).json


@pytest.fixture()
def agent(make, group):
    made = make().enrol(group).start().ready()
    follows(made)
    return made


def follows(agent):
    """What stands in the log before it looks is old: wait until it has a place."""
    wait_for(lambda: (agent.state / "auth-log.place").exists())


def stamp():
    return datetime.datetime.now(datetime.timezone.utc).isoformat()


def sudo(agent, *commands, user="alice", file=None):
    """As sudo writes it; each command is one event."""
    with open(file or agent.auth_log, "a") as log:
        for command in commands:
            log.write(f"{stamp()} box sudo[77]:    {user} : TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND={command}\n")


def events(client, agent, code=None):
    mine = agent.id  # a call of the agent's program, so once
    found = [event for event in events_since(client, START) if event["agent"]["id"] == mine]
    return [event for event in found if code is None or event["event"]["code"] == code]


def commands(client, agent):
    return [event["process"]["command_line"] for event in events(client, agent, "100")]


def arrived(client, agent, wanted, seconds=30):
    wait_for(lambda: len(commands(client, agent)) >= len(wanted), seconds=seconds, every=0.1)
    assert commands(client, agent) == wanted


def detail(client, agent):
    return client.get("Computers/" + agent.id).json


def text_of(path):
    """Of a segment of the queue, which the agent may drop at any moment."""
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return ""


class TestShape:
    def test_sudo_is_an_elevation(self, client, agent):
        sudo(agent, "/usr/bin/apt install a ; b")
        event = wait_for(lambda: events(client, agent, "100"))[0]
        assert event["user"]["name"] == "alice"
        assert event["process"]["command_line"] == "/usr/bin/apt install a ; b"
        assert event["process"]["executable"] == "/usr/bin/apt"
        assert event["EPMWinMac"]["Event"] == {"Type": "Process", "Action": "Elevated"}
        assert event["host"]["os"]["type"] == "linux" and event["host"]["hostname"]
        assert event["event"]["outcome"] == "success"
        assert abs(datetime.datetime.fromisoformat(event["@timestamp"].replace("Z", "+00:00")).timestamp() - time.time()) < 60

    def test_logons_and_refusals(self, client, agent):
        with open(agent.auth_log, "a") as log:
            log.write(f"{stamp()} box systemd-logind[1]: New session 42 of user alice.\n")
            log.write(f"{stamp()} box sudo[5]:      bob : command not allowed ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/sh\n")
            log.write(f"{stamp()} box systemd-logind[1]: Removed session 42.\n")
            log.write(f"{stamp()} box kernel: nothing to see\n\n\x00\xff garbage\n")
        found = wait_for(lambda: len(events(client, agent, "300")) == 2 and events(client, agent, "300"))
        assert [event["EPMWinMac"]["Event"]["Action"] for event in found] == ["User Logon", "User Logoff"]
        refused = wait_for(lambda: events(client, agent, "116"))[0]
        assert (refused["user"]["name"], refused["event"]["outcome"]) == ("bob", "failure")

    def test_start_and_stop_of_the_agent(self, client, agent):
        wait_for(lambda: events(client, agent, "400"))
        assert agent.stop() == 0
        wait_for(lambda: events(client, agent, "401"))
        assert client.get("Computers/" + agent.id).json["eventsLost"] == 0


class TestPlace:
    def test_what_stood_there_before_is_old(self, client, make, group):
        agent = make().enrol(group)
        sudo(agent, "/bin/old")
        agent.start().ready()
        follows(agent)
        sudo(agent, "/bin/new")
        arrived(client, agent, ["/bin/new"])

    @pytest.mark.parametrize("how", ["stop", "kill"])
    def test_lines_of_a_while_without_an_agent_come_once(self, client, agent, how):
        sudo(agent, "/bin/first")
        arrived(client, agent, ["/bin/first"])
        getattr(agent, how)()
        sudo(agent, "/bin/second", "/bin/third")
        agent.start()
        arrived(client, agent, ["/bin/first", "/bin/second", "/bin/third"])

    def test_a_line_that_is_cut_is_read_when_it_is_whole(self, client, agent):
        with open(agent.auth_log, "a") as log:
            log.write(f"{stamp()} box sudo[77]:    alice : TTY=pts/0 ; PWD=/ ; USER=root ; COM")
            log.flush()
            time.sleep(1.2)  # at least one look at the half
            agent.stop()
            agent.start()
            log.write("MAND=/bin/whole\n")
        arrived(client, agent, ["/bin/whole"])

    def test_rotation_while_it_runs(self, client, agent):
        sudo(agent, "/bin/a")
        old = agent.auth_log.with_suffix(".log.1")
        agent.auth_log.rename(old)
        agent.auth_log.touch()
        sudo(agent, "/bin/b", file=old)  # the writer has not been told yet
        arrived(client, agent, ["/bin/a", "/bin/b"])
        sudo(agent, "/bin/c")
        arrived(client, agent, ["/bin/a", "/bin/b", "/bin/c"])

    def test_rotation_while_nobody_looks(self, client, agent):
        sudo(agent, "/bin/a")
        arrived(client, agent, ["/bin/a"])
        agent.stop()
        sudo(agent, "/bin/b")
        agent.auth_log.rename(agent.auth_log.with_suffix(".log.1"))
        sudo(agent, "/bin/c")
        agent.start()
        arrived(client, agent, ["/bin/a", "/bin/b", "/bin/c"])

    def test_a_log_that_is_cut_in_place(self, client, agent):
        sudo(agent, "/bin/a-rather-long-one", "/bin/b")
        arrived(client, agent, ["/bin/a-rather-long-one", "/bin/b"])
        agent.auth_log.write_text("")
        sudo(agent, "/bin/c")
        arrived(client, agent, ["/bin/a-rather-long-one", "/bin/b", "/bin/c"])


class TestOutage:
    def test_events_of_an_outage_come_when_the_server_is_back(self, client, server, agent):
        sudo(agent, "/bin/before")
        arrived(client, agent, ["/bin/before"])
        server.kill()
        wanted = [f"/bin/during-{number}" for number in range(20)]
        sudo(agent, *wanted)
        wait_for(lambda: agent.status()["queuedEvents"] >= 20)
        server.start()
        arrived(client, agent, ["/bin/before", *wanted], seconds=60)
        assert detail(client, agent)["eventsLost"] == 0
        assert agent.process.poll() is None

    def test_kill_minus_nine_of_the_agent_loses_and_repeats_nothing(self, client, agent):
        wanted = []
        for number in range(6):
            wanted += [f"/bin/{number}-{part}" for part in range(5)]
            sudo(agent, *wanted[-5:])
            time.sleep(0.3)  # somewhere in the middle of what it does
            agent.kill()
            agent.start()
        wait_for(lambda: set(wanted) <= set(commands(client, agent)), every=0.2)
        found = events(client, agent)
        assert len({event["event"]["id"] for event in found}) == len(found)
        # The queue outlives a kill, but the place in the log is saved behind it: a line may come twice, never not at all.
        assert list(dict.fromkeys(commands(client, agent))) == wanted
        assert detail(client, agent)["eventsLost"] == 0

    def test_a_queue_that_is_full_drops_the_oldest_and_says_how_many(self, client, server, make, group):
        agent = make().enrol(group).start("--queue-bytes", "65536").ready()
        follows(agent)
        sudo(agent, "/bin/first")
        arrived(client, agent, ["/bin/first"])
        server.kill()
        many = [f"/bin/{number}-" + "x" * 500 for number in range(300)]
        sudo(agent, *many)
        wait_for(lambda: 0 < agent.status()["queuedEvents"] < 300 and len(list((agent.state / "spool").iterdir())) > 1)
        spool = agent.state / "spool"
        wait_for(lambda: any("299-" in text_of(path) for path in spool.iterdir()))
        assert sum(len(text_of(path)) for path in spool.iterdir()) < 2 * 65536
        server.start()
        wait_for(lambda: commands(client, agent)[-1:] == many[-1:], seconds=60, every=0.2)
        found = commands(client, agent)
        assert found == ["/bin/first"] + many[len(many) - len(found) + 1 :]
        seen = detail(client, agent)
        assert seen["eventsLost"] == len(many) - (len(found) - 1)
        assert seen["eventsStored"] == len(events(client, agent))


class TestFullDisk:
    def test_files_that_cannot_grow(self, client, server, make, group):
        """A bound on the size of files is what a full disk looks like to the agent: it goes on, and counts what it lost."""
        agent = make().enrol(group).start().ready()
        follows(agent)
        sudo(agent, "/bin/before")
        arrived(client, agent, ["/bin/before"])
        subprocess.run(["prlimit", "--pid", str(agent.process.pid), "--fsize=600:"], check=True)
        sudo(agent, *[f"/bin/lost-{number}" for number in range(5)])
        wait_for(lambda: "no room" in agent.log_text() or "File too large" in agent.log_text() or agent.process.poll() is not None)
        assert agent.process.poll() is None, "it died of a full disk"
        # It still answers, with what needs no disk.
        assert client.post(f"Computers/{agent.id}/RetrieveStatusInfo").status == 200
        wait_for(lambda: client.get(f"Computers/{agent.id}/CommandLogs").json[0]["status"] == "Completed")
        subprocess.run(["prlimit", "--pid", str(agent.process.pid), "--fsize=unlimited:"], check=True)
        sudo(agent, "/bin/after")
        wait_for(lambda: "/bin/after" in commands(client, agent))
        lost = [f"/bin/lost-{number}" for number in range(5)]
        kept = [one for one in commands(client, agent) if one in lost]
        wait_for(lambda: detail(client, agent)["eventsLost"] >= len(lost) - len(kept))

    def test_a_policy_that_does_not_fit_leaves_the_one_before(self, client, make):
        from harness import policies

        mine = client.post("Groups", json={"name": f"Full {uuid.uuid4()}"}).json
        policy, first = policies.create(client, f"Full {uuid.uuid4()}")
        policies.assign(client, mine, first)
        agent = make().enrol(mine).start().ready()
        wait_for(lambda: (agent.status()["policy"] or {}).get("revisionId") == first)
        document = (agent.state / "policy.xml").read_bytes()
        subprocess.run(["prlimit", "--pid", str(agent.process.pid), f"--fsize={len(document) + 5000}:"], check=True)
        second = policies.upload(client, policy, policies.document("Large", 200_000))
        policies.assign(client, mine, second)
        seen = wait_for(lambda: (d := detail(client, agent))["policyRevisionStatus"] == "AwaitingLatestPolicy" and d)
        assert agent.process.poll() is None
        assert (agent.state / "policy.xml").read_bytes() == document
        row = wait_for(lambda: next((row for row in client.all("Computers") if row["id"] == agent.id and row["errorInfo"]), None))
        assert "policy" in row["errorInfo"].lower()
        assert seen["hostPolicyRevision"] == 1
        agent.stop()
        agent.start()
        wait_for(lambda: (agent.status()["policy"] or {}).get("revisionId") == second)


def test_behind_a_proxy_that_ends_tls(new_server):
    """The server listens in plain text on this machine; a proxy with a certificate of its own stands before it."""
    server = new_server(listens=["http://127.0.0.1:0"])
    client = server.client()
    proxy = TlsProxy(server)
    agent = Agent(server)
    try:
        group = client.post("Groups", json={"name": "Proxied"}).json
        installation, key = server.installation()
        agent.command("enrol", "--server", proxy.url, "--installation-id", installation, "--installation-key", key, "--ca", proxy.ca, "--group", group)
        agent.start().ready()
        follows(agent)
        sudo(agent, "/bin/proxied")
        arrived(client, agent, ["/bin/proxied"])
        assert agent.status()["server"] == proxy.url
        assert client.post(f"Computers/{agent.id}/RetrieveLogs").status == 200
        wait_for(lambda: client.get(f"Computers/{agent.id}/Logs").json[0]["status"] == "Received")
    finally:
        agent.close()
        proxy.close()


class TlsProxy:
    """Ends TLS and hands bytes on; nginx would do the same."""

    def __init__(self, server):
        import socketserver
        import ssl
        import tempfile
        import threading
        import urllib.parse

        self.folder = tempfile.mkdtemp(prefix="reeve-proxy-")
        self.ca = os.path.join(self.folder, "cert.pem")
        key = os.path.join(self.folder, "key.pem")
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=proxy", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", self.ca]
        subprocess.run(make, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, key)
        target = ("127.0.0.1", urllib.parse.urlsplit(server.url).port)

        class Handler(socketserver.BaseRequestHandler):
            def handle(handler):
                import select
                import socket

                try:
                    front = context.wrap_socket(handler.request, server_side=True)
                except (ssl.SSLError, OSError):
                    return
                with front, socket.create_connection(target) as back:
                    pairs = {front: back, back: front}
                    while True:
                        ready = [front] if front.pending() else select.select(list(pairs), [], [], 300)[0]
                        for one in ready:
                            try:
                                data = one.recv(65536)
                                if not data:
                                    return
                                pairs[one].sendall(data)
                            except OSError:
                                return

        class Listener(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads, block_on_close = True, True, False

        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.url = f"https://localhost:{self.listener.server_address[1]}"
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()

    def close(self):
        import shutil

        self.listener.shutdown()
        self.listener.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)
