"""AuthenticationProvider: one record, set on the store, never with its secret."""
import pytest
from harness.people import People


@pytest.fixture(params=["v2", "v3"])
def at(request, client):
    return client.version(request.param)


def test_is_not_in_v1(client):
    assert client.version("v1").get("AuthenticationProvider").status == 404


def test_is_404_until_it_is_set_and_after_it_is_cleared(server, at):
    server.cli("auth-provider", "clear", check=False)
    assert at.get("AuthenticationProvider").status == 404
    server.cli("auth-provider", "set", "--provider", "okta", "--domain", "Corp.Okta.example", "--client-id", "abc")
    assert at.get("AuthenticationProvider").json == {"authenticationType": "OpenIDConnect", "openIDConnectProvider": "Okta", "domain": "corp.okta.example", "clientId": "abc"}
    server.cli("auth-provider", "set", "--provider", "Google", "--domain", "g.example", "--client-id", "def")
    assert at.get("AuthenticationProvider").json["openIDConnectProvider"] == "Google"
    server.cli("auth-provider", "clear")
    assert at.get("AuthenticationProvider").status == 404
    assert server.cli("auth-provider", "clear", check=False).returncode == 1


@pytest.mark.parametrize("args", [("nobody", "a.example", "x"), ("Okta", "a", "x"), ("Okta", "a.example", "")])
def test_what_does_not_fit_is_refused(server, client, args):
    provider, domain, client_id = args
    assert server.cli("auth-provider", "set", "--provider", provider, "--domain", domain, "--client-id", client_id, check=False).returncode == 2


def test_rights(server, client):
    people = People(server, client)
    server.cli("auth-provider", "set", "--provider", "Okta", "--domain", "corp.okta.example", "--client-id", "abc")
    assert people.person("AuthenticationProviderSettingsViewer").get("AuthenticationProvider").status == 200
    # Who may change it may see it.
    assert people.person("AuthenticationProviderSettingsAdmin").get("AuthenticationProvider").status == 200
    assert people.person("DomainSettingsViewer").get("AuthenticationProvider").status == 403
    assert server.client(["management=read"]).get("AuthenticationProvider").status == 200
    assert server.client(["jit=full"]).get("AuthenticationProvider").status == 403
