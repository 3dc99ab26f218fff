"""The token endpoint (RFC 6749 section 4.4) and what tokens are good for."""
import base64
import time
import urllib.parse

import pytest

from harness import store
from harness.client import basic

TOKEN = "/oauth/connect/token"


@pytest.fixture(scope="module")
def account(server):
    return server.account(["management=read"])


def ask(server, form=None, **more):
    return server.anonymous().request("POST", TOKEN, form=form, token=False, **more)


def refused(answer, error, status=400):
    assert answer.status == status, answer
    assert answer.json["error"] == error
    assert answer.json.get("error_description")
    assert answer.headers["Cache-Control"] == "no-store"


class TestGrant:
    def test_by_form(self, server, account):
        answer = ask(server, {"grant_type": "client_credentials", "client_id": account[0], "client_secret": account[1]})
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        body = answer.json
        assert body["token_type"] == "Bearer"
        assert body["expires_in"] == 3600 and isinstance(body["expires_in"], int)
        assert body["scope"] == "urn:management:api"
        assert server.anonymous().request("GET", "Groups", token=body["access_token"]).status == 200

    def test_by_basic_header(self, server, account):
        answer = ask(server, {"grant_type": "client_credentials"}, headers={"Authorization": basic(*account)})
        assert answer.status == 200

    def test_by_basic_header_with_percent_encoding(self, server):
        client_id, secret = "team-1_a.b~c", "letters.and-digits_0123456789~xyz"
        server.cli("api-account", "create", "--name", "encoded", "--scope", "management=read", "--client-id", client_id, "--client-secret", secret)
        for encode in (str, urllib.parse.quote_plus, lambda text: "".join(f"%{ord(letter):02x}" for letter in text)):
            answer = ask(server, {"grant_type": "client_credentials"}, headers={"Authorization": basic(encode(client_id), encode(secret))})
            assert answer.status == 200, answer

    @pytest.mark.parametrize("scope", [None, "", "urn:management:api"])
    def test_scope_is_optional(self, server, account, scope):
        form = {"grant_type": "client_credentials", "client_id": account[0], "client_secret": account[1], "scope": scope}
        assert ask(server, form).json["scope"] == "urn:management:api"

    def test_the_path_without_connect_answers_too(self, server, account):
        form = {"grant_type": "client_credentials", "client_id": account[0], "client_secret": account[1]}
        assert server.anonymous().request("POST", "/oauth/token", form=form, token=False).status == 200

    def test_several_tokens_are_good_at_the_same_time(self, server, account):
        tokens = [server.anonymous().sign_in(*account).token for _ in range(3)]
        assert len(set(tokens)) == 3
        for token in tokens:
            assert server.anonymous().request("GET", "Groups", token=token).status == 200


class TestRefusals:
    def test_wrong_secret_and_unknown_id_look_the_same(self, server, account):
        wrong = ask(server, {"grant_type": "client_credentials", "client_id": account[0], "client_secret": "nonsense"})
        unknown = ask(server, {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": account[1]})
        refused(wrong, "invalid_client")
        refused(unknown, "invalid_client")
        assert {name: wrong.json[name] for name in ("error", "error_description")} == {name: unknown.json[name] for name in ("error", "error_description")}

    @pytest.mark.parametrize("form, error", [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": ["client_credentials", "client_credentials"]}, "invalid_request"),
    ])
    def test_forms(self, server, account, form, error):
        refused(ask(server, {"client_id": account[0], "client_secret": account[1], **form}), error)

    def test_without_credentials(self, server):
        answer = ask(server, {"grant_type": "client_credentials"})
        assert answer.status == 400 and answer.json["error"] in ("invalid_client", "invalid_request")

    def test_unknown_scope(self, server, account):
        refused(ask(server, {"grant_type": "client_credentials", "client_id": account[0], "client_secret": account[1], "scope": "everything"}), "invalid_scope")

    @pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
    def test_other_content_types(self, server, kind):
        refused(ask(server, body=b'{"grant_type":"client_credentials"}', headers={"Content-Type": kind}), "invalid_request")

    @pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"no colon").decode(), "Basic " + base64.b64encode(b"\xff\xfe:\x00").decode(), "Digest x"])
    def test_broken_basic_headers(self, server, header):
        answer = ask(server, {"grant_type": "client_credentials"}, headers={"Authorization": header})
        assert answer.status == 400, answer
        assert answer.json["error"] in ("invalid_client", "invalid_request")


class TestTokens:
    def test_a_new_secret_ends_all_tokens_at_once(self, server):
        client_id, secret = server.account(["management=read"])
        old = server.anonymous().sign_in(client_id, secret)
        assert old.get("Groups").status == 200
        lines = dict(line.split(None, 1) for line in server.cli("api-account", "regenerate-secret", "--client-id", client_id).stdout.splitlines())
        assert old.get("Groups").status == 401
        refused(ask(server, {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}), "invalid_client")
        assert server.anonymous().sign_in(client_id, lines["clientSecret"]).get("Groups").status == 200

    def test_a_deleted_account_has_no_tokens(self, server):
        client_id, secret = server.account(["management=read"])
        gone = server.anonymous().sign_in(client_id, secret)
        server.cli("api-account", "delete", "--client-id", client_id)
        assert gone.get("Groups").status == 401

    def test_expired_ones_are_401_as_if_unknown(self, new_server):
        server = new_server()
        account = server.account()
        old = server.anonymous().sign_in(*account)
        server.stop()
        store.edit(server, "UPDATE api_token SET expires = 1")
        server.start()
        answer = server.anonymous().request("GET", "Groups", token=old.token)
        assert answer.status == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert server.anonymous().sign_in(*account).get("Groups").status == 200

    @pytest.mark.parametrize("token", ["x", "a" * 64, "a" * 5000, "\xe9"])
    def test_unknown_ones(self, server, token):
        answer = server.anonymous().request("GET", "Groups", headers={"Authorization": f"Bearer {token}".encode("latin-1")}, token=False)
        assert answer.status in (401, 431), answer

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x"])
    def test_other_schemes(self, server, header):
        assert server.anonymous().request("GET", "Groups", headers={"Authorization": header}, token=False).status == 401

    def test_secrets_are_stored_as_hashes_alone(self, server, account):
        if server.database is None:
            token = server.anonymous().sign_in(*account).token
            stored = b"".join(path.read_bytes() for path in server.data.glob("reeve.db*"))
            assert account[0].encode() in stored
            assert account[1].encode() not in stored and token.encode() not in stored


class TestScopes:
    AREAS = {"Groups": "management", "Events/FromStartDate?StartDate=2020-01-01": "reporting"}

    @pytest.mark.parametrize("path", AREAS)
    def test_each_area_opens_its_own_operations_only(self, server, path):
        for scope in ("management=read", "audit=read", "reporting=read", "scim=full", "jit=full"):
            answer = server.client([scope]).get(path)
            wanted = 200 if scope.startswith(self.AREAS[path]) else 403
            assert answer.status == wanted, (scope, answer)
            if wanted == 403:
                assert self.AREAS[path].lower() in answer.json["detail"].lower()

    def test_insight_reads_management_too(self, server):
        client = server.client(["insight=full"])
        assert client.get("Groups").status == 200
        assert client.post("Groups", {"name": "insight"}).status == 403

    def test_read_may_not_write_and_changes_nothing(self, server, client):
        reader = server.client(["management=read"])
        before = client.get("Groups").json["totalRecordCount"]
        assert reader.post("Groups", {"name": "read only"}).status == 403
        assert client.get("Groups").json["totalRecordCount"] == before


class TestRate:
    def test_over_the_limit_is_429_until_the_window_ends(self, new_server):
        server = new_server(["--rate-limit", "5"])
        client, other = server.client(), server.client()
        left = []
        for _ in range(5):
            answer = client.get("Groups")
            if answer.status == 429:
                break
            left.append(int(answer.headers["X-RateLimit-Remaining"]))
        assert left == sorted(left, reverse=True)
        answer = client.get("Groups")
        while answer.status == 200:
            answer = client.get("Groups")
        assert answer.status == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 100
        assert other.get("Groups").status == 200, "each account has a limit of its own"
        # Paths that need no account are not counted.
        assert server.anonymous().get("/healthz").status == 200

    def test_zero_is_no_limit(self, new_server):
        client = new_server(["--rate-limit", "0"]).client()
        start = time.monotonic()
        for _ in range(200):
            assert client.get("About").status == 200
        assert time.monotonic() - start < 60
