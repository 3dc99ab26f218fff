"""Roles: a plain array that connectors read, each role also by its name."""

import pytest


@pytest.fixture(params=["v1", "v2", "v3"])
def at(request, client):
    return client.version(request.param)


class TestList:
    def test_is_a_plain_array_with_permissions(self, at):
        rows = at.get("Roles").json
        assert isinstance(rows, list) and len(rows) > 30
        assert [row["name"].lower() for row in rows] == sorted(row["name"].lower() for row in rows)
        for row in rows:
            assert set(row) == {"id", "name", "allowPermissions", "denyPermissions"}
            assert row["denyPermissions"] == []
            assert all(set(permission) == {"resource", "action"} for permission in row["allowPermissions"])

    def test_names_that_connectors_know(self, client):
        names = {row["name"] for row in client.get("Roles").json}
        assert names >= {
            "AboutSettingsViewer", "AdapterInstallerAdmin", "AdapterInstallerViewer", "Administrator", "Analytics", "APISettingsAdmin",
            "APISettingsViewer", "AuthenticationProviderSettingsAdmin", "AuthenticationProviderSettingsViewer",
            "AuthorizationRequestSettingsAdmin", "AuthorizationRequestSettingsViewer", "AutoUpdateSettingsAdmin", "AutoUpdateSettingsViewer",
            "AzureAdSettingsAdmin", "AzureAdSettingsViewer", "ClientInstallerViewer", "Policy Viewer", "Policy Editor", "Group Viewer",
            "AdminAccessRequestSettingsViewer", "AdminAccessRequestSettingsAdmin", "AdminAccessRequestViewer", "AdminAccessRequestApprover",
        }

    def test_ids_stay_over_a_restart(self, new_server):
        server = new_server()
        before = {row["name"]: row["id"] for row in server.client().get("Roles").json}
        server.stop()
        server.start()
        assert {row["name"]: row["id"] for row in server.client().get("Roles").json} == before


class TestGet:
    def test_by_id_and_by_name(self, at):
        row = next(row for row in at.get("Roles").json if row["name"] == "Policy Viewer")
        assert at.get(f"Roles/{row['id']}").json == row
        assert at.get(f"Roles/{row['id'].upper()}").json == row
        assert at.get("Roles/Policy%20Viewer").json == row
        assert at.get("roles/policy%20VIEWER/").json == row

    @pytest.mark.parametrize("id_", ["6f1d2c3b-0000-4000-8000-00000000dead", "Nobody", "Auditor", "%27%20OR%201=1", "x" * 256])
    def test_unknown(self, client, id_):
        assert client.get(f"Roles/{id_}").status == 404

    @pytest.mark.parametrize("id_", ["x" * 257, "%FF%FE"])
    def test_malformed(self, client, id_):
        assert client.get(f"Roles/{id_}").status == 400

    def test_example_of_the_original(self, client):
        role = client.get("Roles/AuthenticationProviderSettingsAdmin").json
        assert sorted(f"{p['resource']}::{p['action']}" for p in role["allowPermissions"]) == ["AuthenticationProviderSettings::Modify", "Task::Query"]


class TestRights:
    def test_needs_management(self, server):
        assert server.client(["management=read"]).get("Roles").status == 200
        assert server.client(["scim=full"]).get("Roles").status == 403
        assert server.anonymous().get("Roles").status == 401
