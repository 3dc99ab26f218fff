"""Sign-ins count towards the rate of their API account: 429 with Retry-After, as clients of the original know it."""
import pytest

LIMIT = 3


@pytest.fixture(scope="module")
def server(new_server):
    return new_server(args=["--rate-limit", str(LIMIT)])


def test_tokens_are_limited_per_account(server):
    first = server.account()
    for _ in range(LIMIT):
        assert token(server, first).status == 200
    refused = token(server, first)
    assert refused.status == 429, refused
    assert 1 <= int(refused.headers["Retry-After"]) <= 100
    assert refused.json["status"] == 429
    assert token(server, server.account()).status == 200


def token(server, account):
    client_id, secret = account
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return server.anonymous().request("POST", "/oauth/connect/token", form=form, token=False)
