"""Hosts without an agent send syslog: their computers appear, their sudo lines are events, and nobody can do more than that."""
import collections
import datetime
import ipaddress
import shutil
import socket
import ssl
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from harness.agent import Agent, wait_for
from harness.poller import events_since
from harness.program import REEVE, clean_environment
from harness.sudo import LISTENS, command, computer_of, connect, counted, events_of, line, metric, outcomes, ports, send, wait_events

MEMBERS = {"@timestamp", "tags", "ecs", "agent", "event", "host", "user", "process", "file", "related", "EPMWinMac"}


@pytest.fixture(scope="module")
def server(new_server):
    return new_server(args=LISTENS)


class TestLines:
    @pytest.mark.parametrize("tls", [False, True])
    @pytest.mark.parametrize("framing", ["counted", "lines"])
    def test_a_line_makes_a_pending_computer_and_an_event(self, server, client, tls, framing):
        host = f"web-{framing}-{tls}.example.com".lower()
        lines = [line(host, command("/usr/bin/apt update")), line(host, command("/bin/sh", reason="command not allowed"))]
        send(server, counted(*lines) if framing == "counted" else b"\n".join(lines) + b"\n", tls)
        ran, refused = wait_events(client, host, 2)
        computer = computer_of(client, host)
        assert computer["authorisationState"] == "Pending" and computer["connectionStatus"] == "PendingActivation"
        assert computer["hostType"] == "Linux" and computer["agentVersion"] is None and computer["adapterVersion"] is None
        assert set(ran) == MEMBERS and ran["agent"]["id"] == computer["id"]
        assert ran["event"]["code"] == "100" and ran["event"]["outcome"] == "success" and ran["event"]["module"] == "syslog"
        assert ran["@timestamp"] == "2026-11-24T14:17:06.0002500+00:00"
        assert ran["host"]["hostname"] == host.split(".")[0] and ran["host"]["domain"] == "example.com" and ran["host"]["os"]["type"] == "linux"
        assert ran["user"]["name"] == "alice" and ran["process"]["user"]["name"] == "root"
        assert ran["process"]["command_line"] == "/usr/bin/apt update" and ran["process"]["executable"] == ran["file"]["path"] == "/usr/bin/apt"
        assert ran["process"]["parent"] == {"pid": 77, "name": "sudo"}
        assert refused["event"]["code"] == "116" and refused["event"]["reason"] == "command not allowed" and refused["event"]["type"] == ["denied"]

    def test_the_shape_is_that_of_agents(self, server, client):
        """The same line in the log that an agent reads: every member of ours is there with the same value, but for who tells."""
        agent = Agent(server)
        try:
            agent.enrol(client.post("Groups", {"name": "Shapes"}).json)
            agent.start()
            agent.ready()
            text = f"2026-11-24T14:17:06.000250+00:00 shape sudo[77]: {command('/usr/bin/apt update')}\n"
            with open(agent.auth_log, "a", encoding="utf-8") as log:
                log.write(text)
            of_agent = wait_for(lambda: [event for event in self.all_of(client, agent.id) if event["event"]["code"] == "100"])[0]
        finally:
            agent.close()
        send(server, line("shape", command("/usr/bin/apt update")) + b"\n")
        ours = wait_events(client, "shape", 1)[0]
        for part in ("process", "file", "user"):
            theirs = {name: value for name, value in of_agent[part].items() if name not in ("start", "tty", "user", "id")}
            assert {name: ours[part][name] for name in theirs} == theirs
        for name in ("code", "kind", "category", "type", "action", "outcome", "reason"):
            assert ours["event"][name] == of_agent["event"][name]
        assert ours["EPMWinMac"]["Event"] == of_agent["EPMWinMac"]["Event"] and "AgentEventAudit" in ours["tags"]

    @staticmethod
    def all_of(client, computer):
        return [event for event in events_since(client, "2000-01-01") if event["agent"]["id"] == computer]

    def test_a_repeated_line_is_stored_once_when_its_moment_is_exact(self, server, client):
        exact = line("twice", command("/bin/a"))
        coarse = b"<85>Nov 24 14:17:06 twice sudo: " + command("/bin/b").encode()
        send(server, b"\n".join([exact, exact, line("twice", command("/bin/a"), pid=78)]) + b"\n")
        wait_events(client, "twice", 2)
        send(server, exact + b"\n" + coarse + b"\n" + coarse + b"\n")
        found = wait_events(client, "twice", 4)
        assert found[2]["event"]["id"] == found[3]["event"]["id"], "whoever drops by id still sees one"
        assert outcomes(server)["repeated"] >= 2

    def test_json_of_sudo_is_stored_once_whatever_its_moment(self, server, client):
        record = '@cee:{"sudo":{"accept":{"uuid":"3a4b-1","submit_time":{"seconds":1795709728,"nanoseconds":320565197},"submituser":"bob","command":"/bin/sh","runuser":"root","submithost":"other","runuid":0,"runargv":["sh","-c","exit 3"]}}}'
        ended = '@cee:{"sudo":{"exit":{"uuid":"3a4b-1","exit_time":{"seconds":1795709729,"nanoseconds":5},"run_time":{"seconds":0,"nanoseconds":7},"exit_value":3}}}'
        data = b"".join(b"<85>Nov 24 14:17:06 jsonbox sudo[9]: " + text.encode() + b"\n" for text in (record, ended))
        send(server, data)
        send(server, data)
        ran, end = wait_events(client, "jsonbox", 2)
        assert ran["process"]["command_line"] == "/bin/sh -c 'exit 3'" and ran["process"]["user"] == {"id": "0", "name": "root"}
        assert end["process"]["exit_code"] == 3 and end["process"]["entity_id"] == ran["process"]["entity_id"] == "3a4b-1"
        assert end["event"]["type"] == ["end"] and end["event"]["outcome"] == "failure" and end["event"]["duration"] == 7
        wait_for(lambda: outcomes(server)["repeated"] >= 2)
        assert len(events_of(client, "jsonbox")) == 2

    def test_a_message_that_sudo_cut_is_one_event(self, server, client):
        words = " ".join(f"word{i}" for i in range(400))
        parts = [words[:900].rsplit(" ", 1)[0]]
        rest = words[len(parts[0]) + 1:]
        pieces = [line("cut", command(f"/bin/echo {parts[0]}"))]
        while rest:
            part = rest if len(rest) <= 900 else rest[:900].rsplit(" ", 1)[0]
            pieces.append(line("cut", f"alice : (command continued) {part}"))
            rest = rest[len(part) + 1:]
        assert len(pieces) > 3
        send(server, b"\n".join(pieces) + b"\n")
        assert wait_events(client, "cut", 1)[0]["process"]["command_line"] == f"/bin/echo {words}"

    def test_other_lines_make_nothing(self, server, client):
        ignored, unreadable = metric(server, "reeve_sudo_ignored_lines_total"), outcomes(server)["unreadable"]
        send(server, b"<86>1 2026-11-24T14:17:06Z quiet sshd 5 - - Accepted publickey\n" + line("quiet", "pam_unix(sudo:session): session opened") + b"\n<86>no syslog\n" + b"<85>Nov 24 14:17:06 sudo: " + command().encode() + b"\n")
        wait_for(lambda: metric(server, "reeve_sudo_ignored_lines_total") == ignored + 2 and outcomes(server)["unreadable"] == unreadable + 2)
        assert computer_of(client, "quiet") is None


class TestComputers:
    def test_authorising_rejecting_and_archiving_go_as_with_others(self, server, client):
        host = "life"
        group = client.post("Groups", {"name": "Without agents"}).json
        send(server, line(host, command("/bin/1")) + b"\n")
        wait_events(client, host, 1)
        computer = computer_of(client, host)["id"]
        client.post("Computers/Authorise", {"computerIds": [computer], "groupId": group})
        wait_for(lambda: computer_of(client, host)["authorisationState"] == "Authorised")
        send(server, line(host, command("/bin/2")) + b"\n")
        assert wait_events(client, host, 2)[1]["EPMWinMac"]["GroupId"] == group
        assert computer_of(client, host)["connectionStatus"] == "Connected"
        client.post("Computers/Archive", {"computerIds": [computer]})
        before = outcomes(server)["archived"]
        send(server, line(host, command("/bin/3")) + b"\n")
        wait_for(lambda: outcomes(server)["archived"] == before + 1)
        client.post("Computers/Unarchive", {"computerIds": [computer]})
        send(server, line(host, command("/bin/4")) + b"\n")
        assert wait_events(client, host, 3)[2]["process"]["command_line"] == "/bin/4"
        assert client.delete(f"Computers/{computer}").status in (200, 204)
        send(server, line(host, command("/bin/5")) + b"\n")
        assert wait_events(client, host, 4)[3]["agent"]["id"] != computer
        assert computer_of(client, host)["authorisationState"] == "Pending"

    def test_lines_of_a_rejected_computer_are_refused_and_counted(self, server, client):
        send(server, line("evil", command("/bin/1")) + b"\n")
        wait_events(client, "evil", 1)
        client.post("Computers/Reject", {"computerIds": [computer_of(client, "evil")["id"]]})
        before = outcomes(server)["rejected"]
        send(server, line("evil", command("/bin/2")) + b"\n")
        wait_for(lambda: outcomes(server)["rejected"] == before + 1)
        assert len(events_of(client, "evil")) == 1

    def test_what_an_agent_reports_is_not_taken_twice(self, server, client):
        agent = Agent(server)
        try:
            agent.enrol()
            host = next(row["host"] for row in client.get("Computers", {"Pagination.PageSize": 1000}).json["data"] if row["id"] == agent.id)
            before = outcomes(server)["has_agent"]
            send(server, line(host.upper(), command()) + b"\n")
            wait_for(lambda: outcomes(server)["has_agent"] == before + 1)
            assert events_of(client, host.upper()) == []
            assert client.delete(f"Computers/{agent.id}").status in (200, 204)
        finally:
            agent.close()

    def test_the_appearance_is_audited_with_its_sender(self, server, client):
        send(server, line("audited", command()) + b"\n")
        wait_events(client, "audited", 1)
        entries = client.get("ActivityAudits/Details", {"Pagination.PageSize": 200}).json["data"]
        assert [entry for entry in entries if "\"audited\" appeared" in entry["details"] and "127.0.0.1" in entry["details"]]

    def test_a_default_group_authorises_at_once(self, new_server):
        server = new_server(args=LISTENS)
        client = server.client()
        group = client.post("Groups", {"name": "Default", "isDefault": True}).json
        send(server, line("atonce", command()) + b"\n")
        assert wait_events(client, "atonce", 1)[0]["EPMWinMac"]["GroupId"] == group
        computer = computer_of(client, "atonce")
        assert computer["authorisationState"] == "Authorised" and computer["groupId"] == group
        assert client.get(f"Groups/{group}").json["computerCount"] == 1


class TestBounds:
    def test_a_sender_may_bring_so_many_hosts_and_no_more(self, new_server):
        server = new_server(args=[*LISTENS, "--sudo-hosts", "3"])
        client = server.client()
        send(server, b"".join(line(f"many{i}", command()) + b"\n" for i in range(50)))
        wait_for(lambda: outcomes(server)["stored"] + outcomes(server)["too_many_hosts"] == 50)
        assert outcomes(server)["stored"] == 3 and client.get("Computers").json["totalRecordCount"] == 3
        assert "too_many_hosts" in server.log_text()
        gone = client.get("Computers").json["data"][0]["id"]
        assert client.delete(f"Computers/{gone}").status in (200, 204)
        send(server, line("another", command()) + b"\n")
        wait_events(client, "another", 1)

    def test_long_lines_are_left_out_and_garbage_ends_a_connection(self, server, client):
        before = outcomes(server)["unreadable"]
        send(server, b"<85>" + b"x" * 300000 + b"\n" + counted(b"y" * 200000) + line("behind", command()) + b"\n")
        wait_events(client, "behind", 1)
        assert outcomes(server)["unreadable"] == before + 2
        with connect(server, "syslog") as stream:
            stream.sendall(b"1GET / HTTP/1.1\r\n\r\n")
            assert stream.recv(1) == b""

    def test_a_stream_may_come_byte_by_byte(self, server, client):
        with connect(server, "syslog", tls=True) as stream:
            for byte in counted(line("drip", command("/bin/x"))):
                stream.sendall(bytes([byte]))
        assert wait_events(client, "drip", 1)[0]["process"]["command_line"] == "/bin/x"

    def test_many_lines_of_many_hosts_in_order(self, server, client):
        hosts, each = 20, 100
        send(server, b"".join(line(f"load{n}", command(f"/bin/c{i}"), moment=f"2026-11-24T14:17:06.{i:06}Z") + b"\n" for i in range(each) for n in range(hosts)), tls=True)
        wait_for(lambda: client.get("Computers", {"Filter.Host": "load"}).json["totalRecordCount"] == hosts)
        wait_events(client, f"load{hosts - 1}", each)
        found = collections.defaultdict(list)
        for event in events_since(client, "2000-01-01"):
            found[event["host"]["name"]].append(event.get("process", {}).get("command_line"))
        for n in range(hosts):
            assert found[f"load{n}"] == [f"/bin/c{i}" for i in range(each)]


class TestStops:
    def test_an_orderly_stop_keeps_what_came(self, new_server):
        server = new_server(args=LISTENS)
        with connect(server, "syslog", tls=True) as stream:
            stream.sendall(line("stops", command("/bin/first")) + b"\n")
            wait_for(lambda: outcomes(server)["stored"] == 1)
            stream.sendall(b"".join(line("stops", command(f"/bin/c{i}"), pid=1000 + i) + b"\n" for i in range(3000)))
            assert server.stop() == 0
        server.start()
        wait_events(server.client(), "stops", 3001)


class Authority:
    """A CA of the site, and certificates of it."""

    def __init__(self, folder, name="Site CA"):
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem".replace(" ", "-")
        certificate = self.build(self.name, self.key, ca=True)
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def build(self, subject, key, ca=False, usage=ExtendedKeyUsageOID.CLIENT_AUTH):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=9)).add_extension(x509.BasicConstraints(ca, None), True)
        if not ca:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), False).add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        return builder.sign(self.key, hashes.SHA256())

    def client(self, name, **more):
        """(certificate file, key file)"""
        key = ec.generate_private_key(ec.SECP256R1())
        files = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        files[0].write_bytes(self.build(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key, **more).public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return str(files[0]), str(files[1])


class TestAdmission:
    def test_with_a_ca_only_its_certificates_are_let_in(self, new_server, tmp_path):
        site, other = Authority(tmp_path), Authority(tmp_path, "Other CA")
        server = new_server(args=["--syslog-listen", "127.0.0.1:0", "--sudo-client-ca", str(site.file)])
        client = server.client()
        send(server, line("certified", command()) + b"\n", tls=True, certificate=site.client("relay.example.com"))
        wait_events(client, "certified", 1)
        entries = client.get("ActivityAudits/Details", {"Pagination.PageSize": 200}).json["data"]
        assert [entry for entry in entries if "certificate relay.example.com" in entry["details"]]
        refusals = [None, other.client("relay2.example.com"), site.client("relay3.example.com", usage=ExtendedKeyUsageOID.SERVER_AUTH)]
        for number, certificate in enumerate(refusals):
            with pytest.raises((ssl.SSLError, OSError)):
                with connect(server, "syslog", True, certificate=certificate) as stream:
                    stream.sendall(line("uncertified", command()) + b"\n")
                    assert stream.recv(1)
                    raise OSError("closed")
            wait_for(lambda count=number + 1: metric(server, "reeve_sudo_connections_refused_total") == count)
        assert events_of(client, "uncertified") == []

    def test_only_addresses_of_the_list_are_let_in(self, new_server):
        server = new_server(args=["--syslog-listen", "tcp://127.0.0.1:0", "--sudo-allow", "192.0.2.0/24", "--sudo-allow", "127.0.0.2"])
        client = server.client()
        with connect(server, "syslog") as stream:
            stream.settimeout(20)
            try:
                assert stream.recv(1) == b""
            except ConnectionResetError:
                pass
        assert metric(server, "reeve_sudo_connections_refused_total") == 1
        with socket.create_connection(("127.0.0.1", ports(server)["syslog", False]), source_address=("127.0.0.2", 0)) as stream:
            stream.sendall(line("listed", command()) + b"\n")
        wait_events(client, "listed", 1)

    @pytest.mark.parametrize("args, word", [
        (["--syslog-listen", "0.0.0.0:0"], "--sudo-allow"),
        (["--syslog-listen", "tcp://0.0.0.0:0", "--sudo-client-ca", "/dev/null"], "--sudo-client-ca"),
        (["--syslog-listen", "localhost:514"], "--syslog-listen"),
        (["--sudo-listen", "127.0.0.1"], "--sudo-listen"),
        (["--syslog-listen", "127.0.0.1:0", "--sudo-allow", "10.0.0.0/33"], "--sudo-allow"),
        (["--syslog-listen", "127.0.0.1:0", "--sudo-client-ca", "/nonexistent"], "--sudo-client-ca"),
    ])
    def test_a_listen_for_everybody_and_nonsense_are_refused(self, tmp_path, args, word):
        done = subprocess.run([REEVE, "serve", "--data", str(tmp_path / "data"), "--listen", "https://127.0.0.1:0", *args], capture_output=True, text=True, timeout=60, env=clean_environment(), check=False)
        assert done.returncode == 2 and word in done.stderr, done


@pytest.mark.skipif(not shutil.which("rsyslogd"), reason="rsyslog is not installed")
class TestRsyslog:
    """As docs/sudo.md says, with an rsyslog of its own."""

    @pytest.mark.parametrize("tls", [True, False])
    def test_it_forwards_what_sudo_says(self, server, client, tmp_path, tls):
        socket_file = tmp_path / "log"
        stream = 'StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost" TCP_Framing="octet-counted"' if tls else 'TCP_Framing="traditional"'
        config = tmp_path / "rsyslog.conf"
        config.write_text(f"""
global(workDirectory="{tmp_path}" localHostname="rs-{tls}" DefaultNetstreamDriverCAFile="{server.ca}" maxMessageSize="128k")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{socket_file}" CreatePath="on")
if $programname == "sudo" then action(type="omfwd" target="127.0.0.1" port="{ports(server)["syslog", tls]}" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format" {stream} action.resumeRetryCount="-1" queue.type="LinkedList")
""")
        daemon = subprocess.Popen(["rsyslogd", "-n", "-f", str(config), "-i", str(tmp_path / "pid")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            wait_for(socket_file.exists)
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
                log.connect(str(socket_file))
                now = time.strftime("%b %e %H:%M:%S")
                for text in (command("/bin/first"), command("/bin/second", reason="a password is required")):
                    log.send(f"<85>{now} sudo: {text}".encode())
            first, second = wait_events(client, f"rs-{tls}", 2)
            assert first["process"]["command_line"] == "/bin/first" and second["event"]["reason"] == "a password is required"
        finally:
            daemon.terminate()
            daemon.wait(20)
