"""API accounts: listed without their secrets; made and ended on the store."""
import pytest
from harness.shapes import ZONED, members


@pytest.fixture(params=["v2", "v3"])
def at(request, client):
    return client.version(request.param)


def row_of(client, client_id):
    row, = [row for row in client.get("ApiAccounts").json if row["clientId"] == client_id]
    return row


class TestList:
    def test_is_a_plain_array_without_secrets(self, server, at):
        name = f"listed {at.base}"
        client_id, secret = server.account(name=name)
        answer = at.get("ApiAccounts")
        assert answer.status == 200 and isinstance(answer.json, list)
        row = row_of(at, client_id)
        assert set(row) == members("ApiAccountListItemModel")
        assert row["name"] == name and ZONED.match(row["created"])
        assert secret not in answer.text and "secret" not in answer.text.lower()

    @pytest.mark.parametrize("scopes, levels", [
        (["management=read"], {"management": "ReadOnly"}),
        (["management=full", "audit=read", "reporting=read"], {"management": "FullAccess", "audit": "ReadOnly", "reporting": "ReadOnly"}),
        (["scim=full", "jit=read", "insight=full"], {"scim": "FullAccess", "jit": "ReadOnly", "insight": "FullAccess"}),
    ])
    def test_tells_the_access_of_each_area(self, server, at, scopes, levels):
        row = row_of(at, server.account(scopes)[0])
        for name in ("audit", "insight", "management", "reporting", "scim", "jit"):
            assert row[name] == levels.get(name, "NoAccess"), name

    def test_v1_does_not_have_it(self, client):
        assert client.version("v1").get("ApiAccounts").status == 404

    def test_is_for_reading_rights_of_management(self, server):
        assert server.client(["management=read"]).get("ApiAccounts").status == 200
        assert server.client(["scim=full"]).get("ApiAccounts").status == 403

    def test_deleted_ones_are_gone_from_it(self, server, client):
        client_id, _ = server.account()
        server.cli("api-account", "delete", "--client-id", client_id)
        assert client_id not in [row["clientId"] for row in client.get("ApiAccounts").json]

    def test_cannot_be_changed_here(self, client):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert client.request(method, "ApiAccounts").status == 405
