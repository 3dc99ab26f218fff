"""HTTP itself, as clients meet it: paths, methods, types, limits, compression, connections, and a stop that loses nothing."""
import gzip
import json
import re
import socket
import ssl
import threading
import time

import pytest

UUID = re.compile(r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")


def raw(server, data, wait_s=10):
    """Sends bytes over TLS and gives all that comes back until the server closes."""
    context = ssl.create_default_context(cafile=server.ca)
    host, port = server.url.split("//")[1].split(":")
    with socket.create_connection((host, int(port)), timeout=wait_s) as plain, context.wrap_socket(plain, server_hostname=host) as sock:
        sock.sendall(data)
        chunks = []
        try:
            while chunk := sock.recv(65536):
                chunks.append(chunk)
        except (TimeoutError, ConnectionResetError, ssl.SSLError):
            pass
        return b"".join(chunks)


def problem(answer, status):
    """The body is problem details that say what the status line says."""
    assert answer.status == status, answer
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    body = answer.json
    assert body["status"] == status
    assert body["title"] and body["traceId"]
    return body


class TestPaths:
    @pytest.mark.parametrize("path", ["computers", "COMPUTERS", "Computers/", "comPuters/"])
    def test_any_letter_case_and_one_trailing_slash(self, client, path):
        assert client.get(path).status == 200

    def test_prefix_in_any_letter_case(self, client):
        assert client.get("/Management-API/V3/groups").status == 200

    @pytest.mark.parametrize("path", ["/", "/nothing", "/management-api", "/management-api/v3", "/management-api/v3/Nothing", "/management-api/v4/Computers", "/management-api/v3/Settings", "/management-api/v2/AuditEvents"])
    def test_unknown_ones_are_404_without_a_token_too(self, server, client, path):
        problem(client.get(path), 404)
        problem(server.anonymous().get(path), 404)

    def test_wrong_method_is_405_with_allow(self, client):
        answer = client.request("DELETE", "Groups")
        body = problem(answer, 405)
        assert answer.headers["Allow"] == "GET, HEAD, POST, PUT"
        assert "GET" in body["detail"]

    @pytest.mark.parametrize("path, status", [("Groups", 200), ("Groups/x", 400), ("Nothing", 404), ("/healthz", 200)])
    def test_head_is_get_without_the_body(self, client, path, status):
        got, head = client.get(path), client.request("HEAD", path)
        assert (got.status, head.status, head.body) == (status, status, b"")
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
        assert abs(int(head.headers["Content-Length"]) - len(got.body)) <= 8  # trace ids and moments differ

    @pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "BREW"])
    def test_other_methods_are_405(self, client, method):
        assert problem(client.request(method, "Groups"), 405)["detail"]

    def test_wrong_content_type_is_415(self, client):
        problem(client.post("Groups", body=b"<a/>", headers={"Content-Type": "application/xml"}), 415)
        problem(client.post("Policies", body=b"{}", headers={"Content-Type": "application/json"}), 415)

    @pytest.mark.parametrize("kind", ["application/json", "text/json", "application/merge+json", "application/json; charset=utf-8"])
    def test_json_types_of_the_contract_are_taken(self, client, kind):
        body = json.dumps({"name": f"type {kind}"}).encode()
        assert client.post("Groups", body=body, headers={"Content-Type": kind}).status == 201

    def test_an_empty_body_needs_no_type(self, client):
        group = client.post("Groups", {"name": "empty body"}).json
        for kind in ("application/x-www-form-urlencoded", "text/plain"):
            assert client.patch(f"Groups/{group}/ClearPolicy", headers={"Content-Type": kind, "Content-Length": "0"}).status in (200, 204)

    def test_a_get_with_a_content_type_is_fine(self, client):
        assert client.get("Groups", headers={"Content-Type": "application/json"}).status == 200


class TestHeaders:
    def test_every_answer_has_a_request_id_that_the_log_knows(self, server, client):
        ids = [client.get(path).headers["X-Request-Id"] for path in ("Groups", "/nothing", "Computers/not-an-id")]
        assert len(set(ids)) == 3
        end = time.monotonic() + 5
        while not all(f"request_id={one}" in server.log_text() for one in ids):
            assert time.monotonic() < end, server.log_tail()
            time.sleep(0.02)

    def test_401_names_the_scheme(self, server):
        answer = server.anonymous().get("Groups")
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        answer = server.anonymous().request("GET", "Groups", token="no such token")
        assert answer.status == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]

    @pytest.mark.parametrize("accept", [None, "*/*", "application/json", "text/json", "text/plain", "text/html"])
    def test_json_whatever_is_accepted(self, client, accept):
        answer = client.get("Groups", headers={"Accept": accept} if accept else {})
        assert answer.status == 200
        assert answer.json["data"] is not None


class TestCompression:
    def test_large_answers_are_gzipped_when_asked_for(self, server, client):
        for number in range(30):
            client.post("Groups", {"name": f"compressed {number}"})
        plain = client.get("Groups")
        packed = client.get("Groups", headers={"Accept-Encoding": "gzip, deflate"})
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 2

    def test_small_answers_and_q_zero_are_not(self, client):
        assert "Content-Encoding" not in client.get("About", headers={"Accept-Encoding": "gzip"}).headers
        assert "Content-Encoding" not in client.get("Groups", headers={"Accept-Encoding": "gzip;q=0"}).headers


class TestConnections:
    def test_many_requests_go_over_one(self, server):
        client = server.client()
        client.get("Groups")
        first = client.connection.sock.getsockname()
        for _ in range(20):
            assert client.get("Groups").status == 200
        assert client.connection.sock.getsockname() == first

    def test_connection_close_is_answered_and_done(self, client):
        answer = client.get("Groups", headers={"Connection": "close"})
        assert answer.headers["Connection"].lower() == "close"
        assert client.get("Groups").status == 200

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_tls_versions(self, server, version):
        context = ssl.create_default_context(cafile=server.ca)
        context.minimum_version = context.maximum_version = version
        host, port = server.url.split("//")[1].split(":")
        with socket.create_connection((host, int(port)), timeout=10) as plain, context.wrap_socket(plain, server_hostname=host) as sock:
            assert sock.version() == {ssl.TLSVersion.TLSv1_2: "TLSv1.2", ssl.TLSVersion.TLSv1_3: "TLSv1.3"}[version]

    def test_http_1_0_is_answered(self, server):
        assert b" 200 " in raw(server, b"GET /healthz HTTP/1.0\r\n\r\n").split(b"\r\n")[0]

    def test_expect_100_continue_is_answered(self, server, client):
        body = b'{"name":"continued"}'
        head = f"POST /management-api/v3/Groups HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        answer = raw(server, head.encode() + body)
        assert b" 100 " in answer.split(b"\r\n")[0]
        assert b" 201 " in answer


class TestLimits:
    def test_a_long_path_is_refused(self, server, client):
        assert client.get("/" + "a" * 20000).status in (404, 414, 431)

    def test_a_large_head_is_refused(self, server):
        answer = raw(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X-Filler: " + b"a" * 60000 + b"\r\n\r\n")
        assert answer == b"" or answer.split(b" ")[1] in (b"400", b"413", b"431"), answer[:200]
        assert server.anonymous().get("/healthz").status == 200

    def test_a_large_body_is_413_before_it_is_read(self, server, client):
        head = f"POST /management-api/v3/Groups HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n"
        answer = raw(server, head.encode())
        assert answer.split(b" ")[1] == b"413", answer[:300]

    def test_a_body_over_the_limit_is_413(self, client):
        text = b'{"name":"' + b"a" * (9 * 1024 * 1024) + b'"}'
        try:
            answer = client.post("Groups", body=text, headers={"Content-Type": "application/json"})
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            return  # refused while it was still being sent
        problem(answer, 413)

    def test_deep_nesting_is_400(self, client):
        text = b'{"name":' + b"[" * 200 + b"]" * 200 + b"}"
        problem(client.post("Groups", body=text, headers={"Content-Type": "application/json"}), 400)


class TestService:
    def test_health_and_readiness(self, server):
        for path in ("/healthz", "/readyz"):
            answer = server.anonymous().get(path)
            assert answer.status == 200, answer

    def test_metrics_are_prometheus_text(self, server, client):
        client.get("Groups")
        answer = server.anonymous().get("/metrics")
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain")
        sample = re.compile(r'^[a-z_:][a-zA-Z0-9_:]*(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.eE+-]+$')
        lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
        assert lines
        for line in lines:
            assert sample.match(line), line
        assert any("Groups_List" in line for line in lines)


def test_http_listens_beside_https(new_server):
    server = new_server(listens=["http://127.0.0.1:0", "https://127.0.0.1:0"])
    assert server.url.startswith("http://")
    assert server.client().get("Groups").status == 200


def test_a_slow_head_is_cut(new_server):
    server = new_server(["--idle-timeout", "2"])
    context = ssl.create_default_context(cafile=server.ca)
    host, port = server.url.split("//")[1].split(":")
    with socket.create_connection((host, int(port)), timeout=30) as plain, context.wrap_socket(plain, server_hostname=host) as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\n")
        start = time.monotonic()
        try:
            while sock.recv(100):
                pass
        except (ConnectionResetError, ssl.SSLError):
            pass
        assert time.monotonic() - start < 25


def test_a_stop_finishes_what_it_has_accepted(new_server):
    server = new_server()
    names = []
    errors = []
    stop = threading.Event()
    clients = [server.client() for _ in range(4)]

    def work(number, client):
        made = 0
        while not stop.is_set():
            try:
                answer = client.post("Groups", {"name": f"stop {number} {made}"})
            except OSError:
                return
            except Exception as error:  # noqa: BLE001
                if "RemoteDisconnected" not in repr(error) and "SSL" not in repr(error):
                    errors.append(error)
                return
            if answer.status == 201:
                names.append(f"stop {number} {made}")
            elif answer.status != 503:
                errors.append(answer)
            made += 1

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    assert server.stop() == 0
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors
    assert names
    server.start()
    stored = {row["name"] for row in server.client().all("Groups")}
    assert stored >= set(names)
