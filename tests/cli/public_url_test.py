"""The addresses that answers and mails name can be followed from where their reader is."""
import socket

import pytest
from harness.sandbox import Sandbox
from harness.server import Server
from harness.smtp import Sink


@pytest.fixture
def sink():
    made = Sink()
    yield made
    made.stop()


@pytest.fixture
def start(sink):
    """start(listen, more …): a server that sends mail to the sink."""
    servers = []

    def run(listen, *more):
        servers.append(Server(None, ["--smtp-url", sink.url, "--smtp-from", "reeve@corp.example", *more], [listen]))
        return servers[-1].start()

    yield run
    for server in servers:
        server.close()


def mail_to(server, sink, address):
    """The text of an invitation. (What listens on all addresses is asked by one of them.)"""
    server.url = server.url.replace("//0.0.0.0:", "//127.0.0.1:")
    client = server.client()
    assert client.post("AcceptedDomains", json={"domainName": "corp.example"}).status == 201
    assert client.post("Users", json={"emailAddress": address}).status == 201
    return sink.wait(1)[0].text


def location(server):
    scim = server.client(base="/management-api/scim/v2/")
    return scim.get("Users").json["Resources"][0]["meta"]["location"]


def test_the_operator_can_say_it(start, sink):
    server = start("http://127.0.0.1:0", "--public-url", "https://reeve.example.com/")
    assert " at https://reeve.example.com." in mail_to(server, sink, "ann@corp.example")
    assert location(server).startswith("https://reeve.example.com/management-api/scim/v2/Users/")


def test_else_it_is_that_of_the_listen(start, sink):
    server = start("http://127.0.0.1:0")
    assert f" at {server.url}." in mail_to(server, sink, "ann@corp.example")
    assert location(server).startswith(f"{server.url}/management-api/scim/v2/Users/")


def test_all_addresses_go_by_the_name_of_the_machine(start, sink):
    server = start("http://0.0.0.0:0")
    port = server.url.rsplit(":", 1)[1]
    assert f" at http://{socket.gethostname()}:{port}." in mail_to(server, sink, "ann@corp.example")


def test_an_address_of_ipv6_has_brackets(start):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = start("http://[::1]:0")
    assert server.url.startswith("http://[::1]:")
    assert f"listening on {server.url}" in server.log_text()


@pytest.mark.parametrize("url", ["reeve.example.com", "ftp://reeve.example.com", "https://", "https://a b", "https://a?b", "https://a#b", 'https://a"b', "https://" + "a" * 300])
def test_what_is_no_address_is_refused(url):
    with Server() as server:
        done = server.cli("serve", "--listen", "http://127.0.0.1:0", "--public-url", url, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert "--public-url must be an address like https://reeve.example.com" in done.stderr


def test_a_sandbox_says_where_it_is_and_how_to_sign_in():
    with Sandbox("--client-id", "me", "--client-secret", "mine-and-long") as sandbox:
        assert sandbox.log.read_text() == f"sandbox at {sandbox.url}; client id me, client secret mine-and-long; Ctrl-C ends it\n"
        assert sandbox.anonymous().sign_in("me", "mine-and-long").get("About").status == 200
