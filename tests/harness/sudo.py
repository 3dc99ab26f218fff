"""Hosts without an agent: senders of syslog, clients of sudo's log protocol written out by hand, and the real sudo where it is there."""
import os
import pathlib
import re
import shutil
import socket
import ssl
import struct
import subprocess
import time

from harness.agent import wait_for
from harness.poller import events_since

LISTENS = ("--syslog-listen", "tcp://127.0.0.1:0", "--syslog-listen", "127.0.0.1:0", "--sudo-listen", "tcp://127.0.0.1:0", "--sudo-listen", "tls://127.0.0.1:0")
TAKING = re.compile(r"taking (syslog|logs of sudo) on \S+ \(port (\d+), (TLS|plain)\)")


def ports(server):
    """(what, TLS) -> port, as the server said at its last start."""
    found = {}
    for what, port, how in TAKING.findall(server.log_text()):
        found["syslog" if what == "syslog" else "sudo", how == "TLS"] = int(port)
    return found


def connect(server, what, tls=False, certificate=None, timeout=20):
    plain = socket.create_connection(("127.0.0.1", ports(server)[what, tls]), timeout=timeout)
    if not tls:
        return plain
    context = ssl.create_default_context(cafile=server.ca)
    if certificate:
        context.load_cert_chain(*certificate)
    return context.wrap_socket(plain, server_hostname="localhost")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def line(host, message, moment="2026-11-24T14:17:06.000250Z", pid=77):
    """As rsyslog's RSYSLOG_SyslogProtocol23Format has it."""
    return f"<85>1 {moment} {host} sudo {pid} - - {message}".encode()


def counted(*lines):
    return b"".join(b"%d %s" % (len(one), one) for one in lines)


def command(name="/usr/bin/id", user="alice", reason=""):
    return f"{user:>8} : {reason}{' ; ' if reason else ''}TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND={name}"


def send(server, data, tls=False, **more):
    with connect(server, "syslog", tls, **more) as stream:
        stream.sendall(data)


def events_of(client, host):
    return [event for event in events_since(client, "2000-01-01") if event["host"]["name"] == host]


def wait_events(client, host, count, seconds=20):
    """The events of a host once there are so many; more than that is a mistake."""
    found = wait_for(lambda: (lambda events: events if len(events) >= count else None)(events_of(client, host)), seconds)
    assert len(found) == count, [event["process"].get("command_line") for event in found]
    return found


def computer_of(client, host):
    """The only living computer of the name, or None."""
    found = [row for row in client.get("Computers", {"Filter.Host": host}).json["data"] if row["host"] == host]
    assert len(found) <= 1, found
    return found[0] if found else None


def outcomes(server):
    """What became of records, by /metrics."""
    text = server.anonymous().get("/metrics").text
    return {name: int(value) for name, value in re.findall(r'^reeve_sudo_records_total\{outcome="(\w+)"\} (\d+)$', text, re.M)}


def metric(server, name):
    return int(re.search(rf"^{name} (\d+)$", server.anonymous().get("/metrics").text, re.M)[1])


# --- sudo's protocol, without any library for it

def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def moment(ns):
    return field(1, ns // 10**9) + field(2, ns % 10**9)


def info(name, value):
    if isinstance(value, list):
        return field(1, name) + field(4, b"".join(field(1, one) for one in value))
    return field(1, name) + (field(2, value) if isinstance(value, int) else field(3, value))


def infos(host, path, arguments):
    values = {"submithost": host, "submituser": "alice", "runuser": "root", "command": path, "runargv": [path, *arguments], "runuid": 0, "submitcwd": "/home/alice"}
    return [info(name, value) for name, value in values.items()]


def accept(host, path="/usr/bin/id", arguments=(), at_ns=None, with_io=False):
    body = field(1, moment(at_ns or time.time_ns())) + b"".join(field(2, one) for one in infos(host, path, arguments)) + (field(3, 1) if with_io else b"")
    return field(1, body)


def reject(host, reason, path="/usr/bin/id", at_ns=None):
    return field(2, field(1, moment(at_ns or time.time_ns())) + field(2, reason) + b"".join(field(3, one) for one in infos(host, path, [])))


def output(delay_ns, data):
    return field(9, field(1, moment(delay_ns)) + field(2, data))


def exited(value, run_ns=1):
    return field(3, field(1, moment(run_ns)) + (field(2, value) if value else b""))


def restart(log_id, ns):
    return field(4, field(1, log_id) + field(2, moment(ns)))


def read_fields(data):
    """number -> last value; texts as bytes."""
    found, at = {}, 0

    def number():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            found[key >> 3] = number()
        else:
            length = number()
            found[key >> 3] = data[at:at + length]
            at += length
    return found


class LogClient:
    """A sudo that logs to this server."""

    def __init__(self, server, tls=False, **more):
        self.stream = connect(server, "sudo", tls, **more)
        self.say(field(13, field(1, "test client")))
        self.hello = read_fields(self.hear()[1])

    def say(self, message):
        self.stream.sendall(struct.pack(">I", len(message)) + message)

    def _take(self, count):
        data = b""
        while len(data) < count:
            more = self.stream.recv(count - len(data))
            if not more:
                raise ConnectionError("the server is gone")
            data += more
        return data

    def hear(self):
        """The only field of the next message: 1 hello, 2 commit point, 3 log id, 4 error."""
        return read_fields(self._take(struct.unpack(">I", self._take(4))[0]))

    def hear_log_id(self):
        return self.hear()[3].decode()

    def hear_commit(self):
        point = read_fields(self.hear()[2])
        return point.get(1, 0) * 10**9 + point.get(2, 0)

    def hear_error(self):
        text = self.hear()[4].decode()
        assert self.stream.recv(1) == b"", "the server closes after an error"
        return text

    def close(self):
        self.stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# --- the real thing

def private_sudo_works():
    """Is sudo here, and may this test give it a configuration of its own in a mount namespace?"""
    if os.geteuid() != 0 or not shutil.which("sudo") or not pathlib.Path("/etc/sudo.conf").exists():
        return False
    return subprocess.run(["unshare", "-m", "mount", "--bind", "/etc/sudo.conf", "/etc/sudo.conf"], capture_output=True, check=False).returncode == 0


class Sudo:
    """sudo with a sudoers file of its own; the machine's stays as it is."""

    def __init__(self, folder, defaults):
        self.folder = pathlib.Path(folder)
        self.sudoers, self.conf = self.folder / "sudoers", self.folder / "sudo.conf"
        self.sudoers.write_text("".join(f"Defaults {one}\n" for one in ("!fqdn", "!syslog", "!authenticate", *defaults)) + "root ALL=(ALL:ALL) ALL\nnobody ALL=(ALL) /usr/bin/id\n")
        self.sudoers.chmod(0o440)
        self.conf.write_text("".join(f"Plugin sudoers_{kind} sudoers.so sudoers_file={self.sudoers}{' sudoers_mode=0440' if kind == 'audit' else ''}\n" for kind in ("audit", "policy", "io")))

    def run(self, text, user=None):
        """A shell command line with sudo in it. The log names the host as hostname -s does."""
        as_user = f"setpriv --reuid {user} --regid {user} --clear-groups " if user else ""
        script = f"mount --bind {self.conf} /etc/sudo.conf && {as_user}{text}"
        return subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)
