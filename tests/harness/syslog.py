"""A receiver of syslog over TLS. It can be told to end connections in other ways than it should."""
import contextlib
import os
import socket
import ssl
import threading
import time

from harness.smtp import certificate


class Syslog:
    def __init__(self, folder, port=0, client_ca=None, keep_certificate=False, receive_bytes=None):
        self.pem, self.key = (folder / "mail.pem", folder / "mail.key") if keep_certificate else certificate(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.pem, self.key)
        if client_ca is not None:
            self.context.load_verify_locations(client_ca)
            self.context.verify_mode = ssl.CERT_REQUIRED
        # "early": with TLS's end, but without having read; "half": the same without TLS's end
        self.end = "notify"  # "close": without TLS's end; "drop": after the first bytes, as one that is killed; "stay": never; "killed": as "close", soon
        self.slow_s = 0  # between keeping a batch and the end
        self.messages, self.connections, self.stop = [], 0, threading.Event()
        self.socket = socket.create_server(("127.0.0.1", port))
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                raw, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def serve(self, raw):
        raw.settimeout(30)
        self.connections += 1
        try:
            with self.context.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False) as tls:
                if self.end == "early":
                    with contextlib.suppress(OSError, ssl.SSLError):
                        tls.unwrap()
                    self.stop.wait(0.5)
                    return
                if self.end == "half":
                    with socket.socket(fileno=os.dup(tls.fileno())) as raw:
                        self.stop.wait(0.1)
                        raw.shutdown(socket.SHUT_WR)
                        self.stop.wait(0.2)
                    return
                data = tls.recv(65536)
                while data and self.end != "drop":
                    more = tls.recv(65536)
                    if not more:
                        break
                    data += more
                if self.end == "drop":
                    return
                self.messages += frames(data)
                time.sleep(self.slow_s)
                if self.end == "notify":
                    tls.unwrap()
                elif self.end == "stay":
                    self.stop.wait(30)
        except (OSError, ssl.SSLError):
            pass

    def close(self):
        self.stop.set()
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # a thread that waits in accept keeps it open else
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def frames(data):
    """The messages of RFC 5425's octet counting; anything else is a failure."""
    found = []
    while data:
        count, rest = data.split(b" ", 1)
        assert count.isdigit() and not count.startswith(b"0") and len(rest) >= int(count), data[:100]
        found.append(rest[:int(count)].decode())
        data = rest[int(count):]
    return found
