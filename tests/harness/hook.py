"""A receiver of webhooks: keeps what it accepts, and answers as it is told."""
import hashlib
import hmac
import http.server
import threading
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        hook = self.server.hook
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parts = [part.split("=", 1) for part in self.headers["Reeve-Signature"].split(",")]
        moment = dict(parts)["t"]
        signed = hmac.new(hook.secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        if signed not in [value for name, value in parts if name == "v1"] or abs(time.time() - int(moment)) > 300:
            return self.answer(401, b"signature")
        status, text = hook.decide(body)
        if status < 300:
            hook.bodies.append((body, dict(self.headers)))
        return self.answer(status, text)

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Hook:
    """`decide`: from a body to a status and a text."""

    def __init__(self, decide=lambda body: (204, b""), secret="0123456789abcdef"):
        self.decide, self.secret, self.bodies = decide, secret, []
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.hook = self
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/in?x=1"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()
