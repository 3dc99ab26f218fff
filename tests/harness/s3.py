"""A small S3: it checks every signature itself, from the published algorithm (AWS Signature Version 4), and keeps what was put."""
import datetime
import hashlib
import hmac
import http.server
import ssl
import threading
import urllib.parse

KEY_ID, SECRET, REGION = "AKIAREEVE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-central-1"
ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>'


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature(handler, body, signed, stamp, scope, secret):
    """What the signature of the request must be."""
    url = urllib.parse.urlsplit(handler.path)
    query = "&".join(sorted(f"{urllib.parse.quote(k, safe='-_.~')}={urllib.parse.quote(v, safe='-_.~')}" for k, v in urllib.parse.parse_qsl(url.query, True)))
    headers = "".join(f"{name}:{' '.join(handler.headers[name].split())}\n" for name in signed)
    canonical = "\n".join([handler.command, urllib.parse.quote(urllib.parse.unquote(url.path), safe="/-_.~"), query, headers, ";".join(signed),
                           hashlib.sha256(body).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = sign(key, part)
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def refusal(handler, body, server):
    """Why the request is not accepted, or None."""
    algorithm, _, rest = handler.headers.get("Authorization", "").partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if algorithm != "AWS4-HMAC-SHA256" or set(parts) != {"Credential", "SignedHeaders", "Signature"}:
        return "AccessDenied", "no signature"
    key_id, _, scope = parts["Credential"].partition("/")
    signed, stamp = parts["SignedHeaders"].split(";"), handler.headers.get("X-Amz-Date", "")
    if key_id != KEY_ID:
        return "InvalidAccessKeyId", key_id
    if signed != sorted(signed) or not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(signed):
        return "AccessDenied", f"signed: {signed}"
    if any(name.lower().startswith("x-amz-") and name.lower() not in signed for name in handler.headers):
        return "AccessDenied", "a header of Amazon's is not signed"
    if handler.headers["X-Amz-Content-Sha256"] != hashlib.sha256(body).hexdigest():
        return "XAmzContentSHA256Mismatch", "the body is another"
    if scope != f"{stamp[:8]}/{server.region}/s3/aws4_request":
        return "AuthorizationHeaderMalformed", scope
    moment = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if abs((datetime.datetime.now(datetime.timezone.utc) - moment).total_seconds()) > 900:
        return "RequestTimeTooSkewed", stamp
    if server.token is not None and handler.headers.get("X-Amz-Security-Token") != server.token:
        return "InvalidToken", "the token"
    if signature(handler, body, signed, stamp, scope, server.secret) != parts["Signature"]:
        return "SignatureDoesNotMatch", "the signature"
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        server = self.server.store
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with server.lock:
            server.requests += 1
            trouble = server.troubles.pop(0) if server.troubles else None
        refused = refusal(self, body, server)
        if refused:
            return self.answer(403, ERROR.format(*refused).encode())
        bucket, name = server.place(self.headers["Host"], urllib.parse.unquote(self.path))
        if bucket != server.bucket:
            return self.answer(404, ERROR.format("NoSuchBucket", bucket).encode())
        if isinstance(trouble, tuple):
            return self.answer(trouble[0], ERROR.format(trouble[1], "as asked").encode())
        with server.lock:
            server.objects[name] = (body, dict(self.headers))
            server.puts.append(name)
        if trouble == "large answer":
            return self.answer(200, b"x" * 200_000)
        if trouble == "no answer":  # stored, and then the connection is gone
            self.close_connection = True
            return self.connection.close()
        return self.answer(200, b"")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class S3:
    """`troubles`: what the next requests meet, one after the other: (status, code), "no answer", "large answer", or None."""

    def __init__(self, bucket="events", region=REGION, secret=SECRET, token=None, pem=None):
        self.bucket, self.region, self.secret, self.token = bucket, region, secret, token
        self.objects, self.puts, self.troubles, self.requests = {}, [], [], 0
        self.lock = threading.Lock()
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.store = self
        if pem:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*pem)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.port = self.http.server_address[1]
        self.url = f"{'https' if pem else 'http'}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def place(self, host, path):
        """Bucket and name: of the path, or the bucket before the host."""
        first = host.split(":")[0]
        if first == self.bucket + ".localhost":
            return self.bucket, path.lstrip("/")
        bucket, _, name = path.lstrip("/").partition("/")
        return bucket, name

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
