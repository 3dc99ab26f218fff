"""An HTTP client on the standard library alone: keep-alive, verified TLS, no surprises between a test and the wire."""
import base64
import http.client
import json
import secrets
import ssl
import urllib.parse


class Answer:
    """Status, headers and body of an answer. `json` is parsed when it is asked for."""

    def __init__(self, method, path, response, body):
        self.method, self.path = method, path
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()

    def __repr__(self):
        return f"<{self.method} {self.path}: {self.status} {self.body[:2000]!r}>"


def query_text(query):
    """Pairs of a dict, or a list of pairs; a list as a value repeats its name; None is left out."""
    pairs = []
    for name, value in query.items() if isinstance(query, dict) else query:
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if one is not None:
                pairs.append((name, {True: "true", False: "false"}.get(one, one) if isinstance(one, bool) else one))
    return urllib.parse.urlencode(pairs)


def _first_message(response):
    """Of an answer without an end: harness/stream.py has the rest."""
    lines = []
    while not lines or lines[-1].strip():
        lines.append(response.readline())
    return b"".join(lines)


def multipart(fields):
    """(content type, body) of fields: name -> text, or (file name, bytes[, content type])."""
    mark = secrets.token_hex(16)
    parts = []
    for name, value in fields.items():
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"'
        if isinstance(value, tuple):
            kind = value[2] if len(value) > 2 else "application/xml"
            head += f'; filename="{value[0]}"\r\nContent-Type: {kind}'
            value = value[1]
        value = value if isinstance(value, bytes) else str(value).encode()
        parts.append(head.encode() + b"\r\n\r\n" + value + b"\r\n")
    return f"multipart/form-data; boundary={mark}", b"".join(parts) + f"--{mark}--\r\n".encode()


class Client:
    """Talks to one server. `base` is put before paths that do not start with a slash."""

    def __init__(self, url, ca=None, token=None, base="/management-api/v3/", check=None, timeout=60):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.scheme = parts.hostname, parts.port, parts.scheme
        self.ca, self.token, self.base, self.timeout = ca, token, base, timeout
        self.check = check  # called with every answer
        self.connection = None

    def at(self, base):
        """The same caller with another base path: v1, v2, the agent's side."""
        return Client(f"{self.scheme}://{self.host}:{self.port}", self.ca, self.token, base, self.check, self.timeout)

    def version(self, version):
        return self.at(f"/management-api/{version}/")

    def connect(self):
        if self.scheme == "http":
            return http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        context = ssl.create_default_context(cafile=self.ca)
        return http.client.HTTPSConnection(self.host, self.port, timeout=self.timeout, context=context)

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def send(self, method, path, body=None, headers=None):
        """One request as it is; a connection that the server closed between requests is opened anew."""
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = self.connect()
            try:
                self.connection.request(method, path, body=body, headers=headers or {})
                response = self.connection.getresponse()
                if response.headers.get_content_type() == "text/event-stream" and method != "HEAD":
                    answer = Answer(method, path, response, _first_message(response))
                    self.close()
                    return answer
                answer = Answer(method, path, response, response.read())
                if response.will_close:
                    self.close()
                return answer
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
                self.close()
                if fresh or attempt == 2:
                    raise
            except Exception:
                self.close()
                raise

    def request(self, method, path, query=None, json_body=None, body=None, headers=None, form=None, files=None, token=True, json=None):
        """`json`: a value to send as JSON; `form`: urlencoded; `files`: multipart; `token`: False for none, or another."""
        path = path if path.startswith("/") else self.base + path
        if query:
            path += ("&" if "?" in path else "?") + query_text(query)
        headers = dict(headers or {})
        value = json if json is not None else json_body
        if value is not None:
            body = _dump(value)
            headers.setdefault("Content-Type", "application/json")
        if form is not None:
            body = query_text(form).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        if files is not None:
            headers["Content-Type"], body = multipart(files)
        shown = self.token if token is True else token
        if shown:
            headers.setdefault("Authorization", f"Bearer {shown}")
        answer = self.send(method, path, body, headers)
        if self.check is not None:
            self.check(answer)
        return answer

    def get(self, path, query=None, **more):
        known = {name: more.pop(name) for name in ("headers", "token") if name in more}
        return self.request("GET", path, query={**(query or {}), **more} or None, **known)

    def post(self, path, json=None, **more):
        return self.request("POST", path, json=json, **more)

    def put(self, path, json=None, **more):
        return self.request("PUT", path, json=json, **more)

    def patch(self, path, json=None, **more):
        return self.request("PATCH", path, json=json, **more)

    def delete(self, path, json=None, **more):
        return self.request("DELETE", path, json=json, **more)

    def all(self, path, query=None, size=200):
        """Every row of a list, page by page."""
        rows, number = [], 1
        while True:
            page = self.get(path, {**(query or {}), "Pagination.PageSize": size, "Pagination.PageNumber": number})
            assert page.status == 200, page
            rows += page.json["data"]
            if number >= page.json["pageCount"]:
                return rows
            number += 1

    def sign_in(self, client_id, client_secret, scope=None):
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret, "scope": scope}
        answer = self.request("POST", "/oauth/connect/token", form=form, token=False)
        assert answer.status == 200, answer
        self.token = answer.json["access_token"]
        return self


def basic(client_id, client_secret):
    return "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()


def _dump(value):
    return json.dumps(value).encode()
