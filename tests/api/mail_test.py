"""Invitations leave as mail through a relay, survive everything, and are kept where there is no relay."""
import json
import time

import pytest
from harness.smtp import Sink


def outbox(server):
    return json.loads(server.cli("mail", "list", "--json").stdout)


def until(what, seconds=20):
    """Waits for a value that is true."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def args_for(sink, *more):
    return ["--smtp-url", sink.url, "--smtp-from", "reeve@corp.example", "--mail-retry", "1", *more]


def ready(server):
    client = server.client()
    assert client.post("AcceptedDomains", {"domainName": "corp.example"}).status in (201, 409)
    return client


def invite(client, address):
    answer = client.post("Users", {"emailAddress": address})
    assert answer.status == 201, answer
    return answer.json


@pytest.fixture
def sink():
    made = Sink()
    yield made
    made.stop()


class TestARelay:
    def test_gets_the_invitation(self, new_server, sink):
        server = new_server(args_for(sink))
        client = ready(server)
        user = invite(client, "ann@corp.example")
        [mail] = sink.wait(1)
        assert mail.sender == "reeve@corp.example"
        assert mail.recipients == ["ann@corp.example"]
        assert mail.message["To"] == "ann@corp.example"
        assert "invited" in mail.message["Subject"]
        assert "ann@corp.example" in mail.text and server.url in mail.text
        until(lambda: outbox(server)[0]["status"] == "sent")
        assert client.get(f"Users/{user}").json["errorInfo"] is None

    def test_that_is_down_gets_it_later(self, new_server, sink):
        sink.stop()
        server = new_server(args_for(sink))
        client = ready(server)
        user = invite(client, "bob@corp.example")
        error = until(lambda: client.get(f"Users/{user}").json["errorInfo"])
        assert "mail relay" in error
        sink.start()
        assert sink.wait(1)[0].recipients == ["bob@corp.example"]
        until(lambda: client.get(f"Users/{user}").json["errorInfo"] is None)
        assert outbox(server)[0]["attempts"] >= 2

    def test_that_refuses_the_mailbox_is_asked_once(self, new_server, sink):
        sink.refuses["gone@corp.example"] = "550 no such mailbox"
        server = new_server(args_for(sink))
        client = ready(server)
        user = invite(client, "gone@corp.example")
        until(lambda: outbox(server)[0]["status"] == "given up")
        assert outbox(server)[0]["attempts"] == 1
        assert "550" in client.get(f"Users/{user}").json["errorInfo"]
        assert client.get(f"Users/{user}").json["disabled"] is False
        sink.refuses.clear()
        server.cli("mail", "retry", "--id", outbox(server)[0]["id"])
        [entry] = server.client().all("ActivityAudits", {"Filter.AuditType": "RetryMail"})
        assert outbox(server)[0]["id"] in entry["details"]
        sink.wait(1)

    def test_that_is_busy_is_asked_again(self, new_server, sink):
        sink.refuses["busy@corp.example"] = "451 later"
        server = new_server(args_for(sink))
        invite(ready(server), "busy@corp.example")
        until(lambda: outbox(server)[0]["lastError"])
        assert outbox(server)[0]["status"] == "waiting"
        sink.refuses.clear()
        sink.wait(1)

    def test_that_hangs_holds_nothing_up(self, new_server, sink):
        sink.silent = True
        server = new_server(args_for(sink))
        client = ready(server)
        invite(client, "slow@corp.example")
        until(lambda: sink.connections > 0)
        begin = time.monotonic()
        invite(client, "slow2@corp.example")
        assert client.get("Users").status == 200
        assert time.monotonic() - begin < 5
        begin = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begin < 10

    def test_outlives_a_crash(self, new_server, sink):
        sink.stop()
        server = new_server(args_for(sink))
        invite(ready(server), "crash@corp.example")
        server.kill()
        sink.start()
        server.start()
        assert sink.wait(1, 150)[0].recipients == ["crash@corp.example"]


class TestTls:
    def test_password_goes_over_tls_only(self, new_server):
        sink = Sink(tls=True, password=("reeve", "s3cret"))
        try:
            server = new_server(start=False)
            (server.folder / "password").write_text("s3cret\n")
            login = ["--smtp-user", "reeve", "--smtp-password-file", str(server.folder / "password")]
            refused = server.cli("serve", "--listen", "https://127.0.0.1:0", *args_for(sink, *login), check=False)
            assert refused.returncode == 2 and "TLS" in refused.stderr
            server.args = args_for(sink, *login, "--smtp-tls", "require", "--smtp-ca", str(sink.ca))
            invite(ready(server.start()), "tls@corp.example")
            [mail] = sink.wait(1)
            assert mail.secure and mail.user == "reeve"
        finally:
            sink.stop()

    def test_certificate_must_hold(self, new_server):
        sink = Sink(tls=True)
        try:
            server = new_server(args_for(sink, "--smtp-tls", "require"))
            invite(ready(server), "mitm@corp.example")
            until(lambda: outbox(server)[0]["lastError"])
            assert sink.mails == []
        finally:
            sink.stop()

    def test_relay_without_tls_gets_nothing_when_it_is_required(self, new_server, sink):
        server = new_server(args_for(sink, "--smtp-tls", "require"))
        invite(ready(server), "plain@corp.example")
        until(lambda: outbox(server)[0]["lastError"])
        assert sink.mails == []


class TestNoRelay:
    def test_keeps_the_mail(self, new_server, sink):
        server = new_server()
        client = ready(server)
        user = invite(client, "kept@corp.example")
        assert client.get(f"Users/{user}").json["errorInfo"] is None
        [mail] = outbox(server)
        assert (mail["status"], mail["recipient"], mail["attempts"]) == ("waiting", "kept@corp.example", 0)
        assert "kept@corp.example" in mail["body"]
        assert "kept@corp.example" in server.cli("mail", "list").stdout
        # Once there is a relay it leaves.
        server.stop()
        server.start(*args_for(sink))
        assert sink.wait(1)[0].recipients == ["kept@corp.example"]

    @pytest.mark.parametrize("args, word", [
        (["--smtp-url", "http://127.0.0.1:25", "--smtp-from", "a@b.example"], "smtp://"),
        (["--smtp-url", "smtp://127.0.0.1:25"], "sender"),
        (["--smtp-url", "smtp://127.0.0.1:25", "--smtp-from", "nobody"], "sender"),
        (["--smtp-url", "smtp://127.0.0.1:25", "--smtp-from", "a@b.example", "--smtp-user", "x"], "password"),
        (["--smtp-url", "smtp://127.0.0.1:25", "--smtp-from", "a@b.example", "--smtp-password-file", "/nonexistent"], "password"),
    ])
    def test_settings_that_do_not_fit_are_refused_at_start(self, new_server, args, word):
        done = new_server(start=False).cli("serve", "--listen", "https://127.0.0.1:0", *args, check=False)
        assert done.returncode == 2
        assert word in done.stderr
