"""GET About, GET File and GET ApiAccounts: what a connector tries first."""
import pytest


class TestAbout:
    @pytest.mark.parametrize("version", ["v2", "v3"])
    def test_tells_the_versions_of_the_parts(self, client, version):
        answer = client.version(version).get("About")
        assert answer.status == 200
        assert set(answer.json) >= {"consoleVersion", "reportingDatabaseVersion", "policyEditorVersion"}

    def test_is_not_in_v1(self, client):
        assert client.version("v1").get("About").status == 404

    def test_needs_a_token(self, server):
        answer = server.anonymous().get("About")
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_needs_management_access(self, server):
        assert server.client(["audit=read"]).get("About").status == 403
        assert server.client(["management=read"]).get("About").status == 200
