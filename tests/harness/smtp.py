"""A mail server that keeps what it gets: plain or with STARTTLS, with or without a password, and as unkind as asked for."""
import base64
import datetime
import email
import ipaddress
import pathlib
import socketserver
import ssl
import tempfile
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder):
    """A certificate for 127.0.0.1 that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.datetime.utcnow()
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "mail.pem").write_bytes(pem)
    (folder / "mail.key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return folder / "mail.pem", folder / "mail.key"


class Mail:
    def __init__(self, sender, recipients, data, secure, user):
        self.sender, self.recipients, self.secure, self.user = sender, recipients, secure, user
        self.message = email.message_from_bytes(data)

    @property
    def text(self):
        return self.message.get_payload(decode=True).decode()


class Session(socketserver.StreamRequestHandler):
    timeout = 20

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        sink = self.server.sink
        self.secure, self.user, sender, recipients = False, None, None, []
        with sink.changed:
            sink.connections += 1
        if sink.silent:
            self.rfile.readline()
            return
        self.say("220 sink")
        while True:
            line = self.rfile.readline().decode("latin-1").rstrip("\r\n")
            word = line.split(" ")[0].upper()
            if word == "":
                return
            if word == "EHLO":
                self.say("250-sink")
                if sink.context is not None and not self.secure:
                    self.say("250-STARTTLS")
                if sink.password is not None:
                    self.say("250-AUTH PLAIN")
                self.say("250 8BITMIME")
            elif word == "HELO":
                self.say("250 sink")
            elif word == "STARTTLS":
                self.say("220 go on")
                self.connection = sink.context.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
                self.secure = True
            elif word == "AUTH":
                self.authenticate(line, sink)
            elif word == "MAIL":
                if sink.password is not None and self.user is None:
                    self.say("530 sign in first")
                    continue
                sender = line[line.index("<") + 1:line.index(">")]
                self.say("250 ok")
            elif word == "RCPT":
                to = line[line.index("<") + 1:line.index(">")]
                answer = sink.refuses.get(to, "250 ok")
                if answer.startswith("250"):
                    recipients.append(to)
                self.say(answer)
            elif word == "DATA":
                self.say("354 go on")
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    piece = self.rfile.readline()
                    if not piece:
                        return
                    data += piece
                sink.take(Mail(sender, recipients, data[:-3], self.secure, self.user))
                recipients = []
                self.say("250 kept")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def authenticate(self, line, sink):
        parts = line.split(" ")
        if len(parts) == 2:
            self.say("334 ")
            parts.append(self.rfile.readline().decode().strip())
        _, user, password = base64.b64decode(parts[2]).decode().split("\0")
        if (user, password) == sink.password:
            self.user = user
            self.say("235 welcome")
        else:
            self.say("535 no")


class Sink:
    """`refuses`: recipient -> answer to RCPT. `silent`: takes connections and says nothing."""

    def __init__(self, tls=False, password=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reeve-smtp-"))
        self.password, self.refuses, self.silent, self.context = password, {}, False, None
        self.mails, self.connections, self.changed = [], 0, threading.Condition()
        self.ca = None
        if tls:
            self.ca, key = certificate(self.folder)
            self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.context.load_cert_chain(self.ca, key)
        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.server = None
        self.port = 0
        self.start()

    def start(self):
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", self.port), Session)
        self.server.daemon_threads = True
        self.server.sink = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def take(self, mail):
        with self.changed:
            self.mails.append(mail)
            self.changed.notify_all()

    def wait(self, count, seconds=20):
        """The mails, once there are so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.mails) >= count, seconds), f"{len(self.mails)} mails, not {count}"
            return list(self.mails)
