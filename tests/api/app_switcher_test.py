"""AppSwitcher/connector: replaces the whole list, keeps what it does not know, is bounded."""
import uuid

import pytest


def post(client, connectors=..., organization=None):
    body = {"organizationId": organization or str(uuid.uuid4())}
    if connectors is not ...:
        body["connectorList"] = connectors
    return client.post("AppSwitcher/connector", json=body)


class TestConnector:
    @pytest.mark.parametrize("version", ["v1", "v2", "v3"])
    def test_replaces_and_clears(self, client, version):
        one, organization = client.version(version), str(uuid.uuid4())
        for connectors, count in (([{"id": "a", "name": "A", "url": "https://a.test", "type": "t", "enabled": True}, {"unknown": {"deep": [1, None]}}], 2), ([{"id": "b"}], 1), ([], 0), ([{}], 1), (None, 0), (..., 0)):
            answer = post(one, connectors, organization)
            assert (answer.status, answer.json) == (200, {"organizationId": organization, "count": count})

    def test_takes_ids_in_any_spelling(self, client):
        organization = str(uuid.uuid4())
        assert post(client, [{}], organization.upper().replace("-", "")).json["organizationId"] == organization

    @pytest.mark.parametrize("body,field", [({}, "organizationId"), ({"organizationId": "x"}, "organizationId"), ({"organizationId": None}, "organizationId")])
    def test_needs_an_organization(self, client, body, field):
        answer = client.post("AppSwitcher/connector", json=body)
        assert answer.status == 400 and field in answer.json["errors"]

    @pytest.mark.parametrize("connectors", ["x", {}, 7, [7], ["x"], [None], [{"enabled": "yes"}], [{"name": 7}], [{}] * 1001])
    def test_refuses_what_is_no_list_of_apps(self, client, connectors):
        answer = post(client, connectors)
        assert answer.status == 400 and any(name.startswith("connectorList") for name in answer.json["errors"]), answer

    def test_takes_a_thousand(self, client):
        assert post(client, [{"id": str(number)} for number in range(1000)]).json["count"] == 1000

    def test_refuses_a_body_over_the_bound(self, client):
        assert post(client, [{"name": "x" * 1100000}]).status == 413

    def test_needs_full_access_to_management(self, server):
        for scopes, status in ((["management=read"], 403), (["jit=full"], 403), (["management=full"], 200)):
            assert post(server.client(scopes), []).status == status
        assert post(server.anonymous(), []).status == 401

    def test_other_methods(self, client):
        answer = client.get("AppSwitcher/connector")
        assert answer.status == 405 and "POST" in answer.headers["Allow"]
