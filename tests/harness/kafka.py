"""The door of a Kafka broker: TLS or none, and a password. It says which interfaces it has and checks who comes; nothing behind it works.
And a cluster that works, without doors: librdkafka's own."""
import pathlib
import socketserver
import ssl
import struct
import subprocess
import threading

from harness.program import REEVE

API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE = 18, 17, 36
INTERFACES = {0: (3, 7), 1: (4, 4), 3: (1, 4), API_VERSIONS: (0, 3), SASL_HANDSHAKE: (0, 1), 22: (0, 1), SASL_AUTHENTICATE: (0, 1)}
UNSUPPORTED_MECHANISM, AUTHENTICATION_FAILED = 33, 58


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


class Session(socketserver.BaseRequestHandler):
    def handle(self):
        door = self.server.door
        try:
            if door.context:
                self.request = door.context.wrap_socket(self.request, server_side=True)
                door.shown.append(self.request.getpeercert(True))
            while True:
                head = self.exact(4)
                body = self.exact(struct.unpack(">i", head)[0])
                key, version, correlation = struct.unpack(">hhi", body[:8])
                length = struct.unpack(">h", body[8:10])[0]
                answer = self.answer(key, version, body[10 + max(length, 0):])
                if answer is None:
                    return
                answer = struct.pack(">i", correlation) + answer
                self.request.sendall(struct.pack(">i", len(answer)) + answer)
        except (OSError, EOFError) as fault:
            door.faults.append(str(fault))

    def exact(self, count):
        data = b""
        while len(data) < count:
            part = self.request.recv(count - len(data))
            if not part:
                raise EOFError("closed")
            data += part
        return data

    def answer(self, key, version, rest):
        door = self.server.door
        door.calls.append(key)
        if key == API_VERSIONS and version >= 3:
            rows = b"".join(struct.pack(">hhhB", api, *span, 0) for api, span in INTERFACES.items())
            return struct.pack(">hB", 0, len(INTERFACES) + 1) + rows + struct.pack(">iB", 0, 0)
        if key == API_VERSIONS:
            rows = b"".join(struct.pack(">hhh", api, *span) for api, span in INTERFACES.items())
            return struct.pack(">hi", 0, len(INTERFACES)) + rows + (struct.pack(">i", 0) if version else b"")
        if key == SASL_HANDSHAKE:
            known = rest[2:] == b"PLAIN"
            return struct.pack(">hi", 0 if known else UNSUPPORTED_MECHANISM, 1) + text("PLAIN")
        if key == SASL_AUTHENTICATE:
            _, user, password = rest[4:].decode().split("\0")
            good = (user, password) == door.user
            door.signed_in += good
            end = struct.pack(">i", 0) + (struct.pack(">q", 0) if version else b"")
            return (struct.pack(">hh", 0, -1) if good else struct.pack(">h", AUTHENTICATION_FAILED) + text("who are you?")) + end
        return None


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class Door:
    def __init__(self, pem=None, user=None, client_ca=None):
        self.user, self.calls, self.faults, self.shown, self.signed_in, self.context = user, [], [], [], 0, None
        if pem:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*pem)
            if client_ca:
                self.context.verify_mode = ssl.CERT_REQUIRED
                self.context.load_verify_locations(client_ca)
        self.tcp = Server(("127.0.0.1", 0), Session)
        self.tcp.door = self
        self.brokers = f"127.0.0.1:{self.tcp.server_address[1]}"
        self.thread = threading.Thread(target=self.tcp.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tcp.shutdown()
        self.tcp.server_close()
        self.thread.join()


class Cluster:
    """librdkafka's cluster for tests, in a process of its own."""

    def __init__(self, topic="events", brokers=3, partitions=4):
        program = pathlib.Path(REEVE).parent / "kafka_cluster"
        self.process = subprocess.Popen([program, topic, str(brokers), str(partitions)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.brokers = self.process.stdout.readline().strip()

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def down(self, broker=0):
        assert self.ask(f"down {broker}") == "down\n"

    def up(self, broker=0):
        assert self.ask(f"up {broker}") == "up\n"

    def read(self):
        """(partition, key, id, feed) of every message, in the order of each partition."""
        rows, line = [], self.ask("read")
        while line.strip():
            partition, key, item, feed = line.rstrip("\n").split("\t")
            rows.append((int(partition), key, item, feed))
            line = self.process.stdout.readline()
        return rows

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=60)
