"""Long-lived tokens of API accounts: for identity providers that keep a static token."""
import json
import time

SCIM = "/management-api/scim/v2/"


def make(server, client_id, *args):
    done = server.cli("api-account", "create-token", "--client-id", client_id, "--name", "okta", "--json", *args)
    return json.loads(done.stdout)


def listed(server, token):
    rows = json.loads(server.cli("api-account", "tokens", "--json").stdout)
    return next((row for row in rows if row["id"] == token["id"]), None)


def test_a_token_signs_in_until_it_is_revoked(server):
    client_id, _ = server.account(["scim=full"])
    token = make(server, client_id, "--days", "400")
    assert token["token"].startswith("rva_") and len(token["token"]) == 64
    row = listed(server, token)
    assert row["name"] == "okta" and row["clientId"] == client_id and row["lastUsed"] is None
    client = server.anonymous(SCIM)
    client.token = token["token"]
    assert client.get("ServiceProviderConfig").status == 200
    assert client.get("/management-api/v3/Groups").status == 403  # the rights are the account's
    end = time.monotonic() + 10
    while listed(server, token)["lastUsed"] is None:
        assert time.monotonic() < end, "the use was not noted"
        time.sleep(0.05)
    server.cli("api-account", "revoke-token", "--token-id", token["id"])
    assert client.get("ServiceProviderConfig").status == 401
    assert listed(server, token) is None
    assert server.cli("api-account", "revoke-token", "--token-id", token["id"], check=False).returncode == 1
    rows = server.client(["audit=read"]).get("ActivityAudits").json["data"]
    kinds = {row["auditType"]: row for row in rows}
    assert {"CreateApiAccountToken", "RevokeApiAccountToken"} <= set(kinds)
    assert "okta" in kinds["CreateApiAccountToken"]["details"] and "rva_" not in str(rows)


def test_tokens_end_with_the_secret_and_the_account(server):
    client_id, _ = server.account(["scim=full"])
    client = server.anonymous(SCIM)
    client.token = make(server, client_id)["token"]
    assert client.get("Schemas").status == 200
    server.cli("api-account", "regenerate-secret", "--client-id", client_id)
    assert client.get("Schemas").status == 401
    client.token = make(server, client_id)["token"]
    assert client.get("Schemas").status == 200
    server.cli("api-account", "delete", "--client-id", client_id)
    assert client.get("Schemas").status == 401


def test_what_is_refused(server):
    client_id, _ = server.account(["scim=full"])
    for args in (["--client-id", client_id], ["--name", "x"], ["--client-id", client_id, "--name", "x" * 300], ["--client-id", client_id, "--name", "x", "--days", "0"]):
        assert server.cli("api-account", "create-token", *args, check=False).returncode == 2
    assert server.cli("api-account", "create-token", "--client-id", "nobody", "--name", "x", check=False).returncode == 1
