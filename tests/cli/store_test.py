"""Administrative commands work on the store itself, beside a running server, on both stores."""
import json
import os
import re
import signal
import subprocess
import time

import pytest
from harness.program import REEVE, clean_environment

SCOPES = ["--scope", "management=full", "--scope", "audit=read"]


def pairs(done):
    return dict(line.split(None, 1) for line in done.stdout.splitlines())


class TestApiAccount:
    def test_made_with_a_secret_that_signs_in_at_once(self, server):
        made = pairs(server.cli("api-account", "create", "--name", "signs in", *SCOPES))
        assert set(made) == {"id", "clientId", "clientSecret"}
        client = server.anonymous().sign_in(made["clientId"], made["clientSecret"])
        assert client.get("About").status == 200
        assert client.get("Events/FromStartDate", StartDate="2024-01-01T00:00:00Z").status == 403

    def test_is_listed_without_its_secret(self, server):
        made = json.loads(server.cli("api-account", "create", "--name", "listed", "--json", *SCOPES).stdout)
        text = server.cli("api-account", "list").stdout
        assert re.search(rf"^{made['clientId']} +listed audit=read management=full$", text, re.M)
        row = next(row for row in json.loads(server.cli("api-account", "list", "--json").stdout) if row["name"] == "listed")
        assert row == {"name": "listed", "clientId": made["clientId"], "audit": "read", "insight": "none", "management": "full", "reporting": "none", "scim": "none", "jit": "none"}
        assert made["clientSecret"] not in text

    def test_a_new_secret_ends_the_old_one_and_its_tokens(self, server):
        made = pairs(server.cli("api-account", "create", "--name", "renewed", *SCOPES))
        client = server.anonymous().sign_in(made["clientId"], made["clientSecret"])
        assert client.get("About").status == 200
        renewed = pairs(server.cli("api-account", "regenerate-secret", "--client-id", made["clientId"]))
        assert renewed["clientSecret"] != made["clientSecret"]
        assert client.get("About").status == 401
        assert server.anonymous().sign_in(renewed["clientId"], renewed["clientSecret"]).get("About").status == 200
        with pytest.raises(AssertionError):
            server.anonymous().sign_in(made["clientId"], made["clientSecret"])

    def test_a_deleted_one_is_out_at_once(self, server):
        made = pairs(server.cli("api-account", "create", "--name", "deleted", *SCOPES))
        client = server.anonymous().sign_in(made["clientId"], made["clientSecret"])
        assert client.get("About").status == 200
        assert server.cli("api-account", "delete", "--client-id", made["clientId"]).stdout == ""
        assert client.get("About").status == 401
        assert made["clientId"] not in server.cli("api-account", "list").stdout

    @pytest.mark.parametrize("words", [["regenerate-secret"], ["delete"]], ids=" ".join)
    def test_an_unknown_one_is_a_failure(self, server, words):
        done = server.cli("api-account", *words, "--client-id", "nobody", check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert "no API account with that client id" in done.stderr

    def test_a_name_is_taken_once(self, server):
        server.cli("api-account", "create", "--name", "Twice", *SCOPES)
        done = server.cli("api-account", "create", "--name", "tWICE", *SCOPES, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert "already" in done.stderr

    @pytest.mark.parametrize(
        "args, fault",
        [
            (["--name", "x"], "--scope"),
            (["--name", "x", "--scope", "audit=full"], 'scope "audit=full" is none of'),
            (["--name", "x", "--scope", "everything"], 'scope "everything" is none of'),
            (["--name", "x" * 256, *SCOPES], "the name must have 1 to 255 bytes"),
            (["--name", "x", "--client-secret", "short", *SCOPES], "the client secret must have 8 to"),
            (["--name", "x", "--client-id", "a b", *SCOPES], "the client id may hold letters"),
        ],
        ids=lambda value: None,
    )
    def test_a_bad_order_is_wrong_use(self, server, args, fault):
        done = server.cli("api-account", "create", *args, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert fault in done.stderr


class TestInstallation:
    def test_the_old_key_enrols_no_more(self, server, tmp_path):
        old = pairs(server.cli("installation", "show"))
        new = pairs(server.cli("installation", "rotate"))

        def enrol(key, state):
            return server.cli("agent", "enrol", "--server", server.url, "--ca", server.ca, "--state", str(tmp_path / state), "--installation-id", old["installationId"], "--installation-key", key, store=False, check=False)

        refused = enrol(old["installationKey"], "old")
        assert refused.returncode == 1
        assert "installation" in (refused.stdout + refused.stderr).lower()
        assert enrol(new["installationKey"], "new").returncode == 0


class TestStore:
    def test_a_place_that_cannot_be_is_named(self, tmp_path):
        file = tmp_path / "file"
        file.write_text("")
        for words in (["api-account", "create", "--name", "a", "--scope", "audit=read"], ["serve"]):
            done = subprocess.run([REEVE, *words, "--data", "/proc/absent"], capture_output=True, text=True, timeout=60, check=False, env=clean_environment())
            assert done.returncode == 1
            assert "/proc/absent" in done.stderr
            done = subprocess.run([REEVE, *words, "--data", str(file)], capture_output=True, text=True, timeout=60, check=False, env=clean_environment())
            assert done.returncode == 1
            assert "Not a directory" in done.stderr

    def test_what_is_no_store_is_refused(self, tmp_path):
        (tmp_path / "reeve.db").write_bytes(b"certainly no database" * 400)
        done = subprocess.run([REEVE, "api-account", "list", "--data", str(tmp_path)], capture_output=True, text=True, timeout=60, check=False, env=clean_environment())
        assert done.returncode == 1
        assert "not a database" in done.stderr


class TestServe:
    def second(self, server):
        return subprocess.run([REEVE, "serve", *server.store_args(), "--listen", "https://127.0.0.1:0"], capture_output=True, text=True, timeout=60, check=False, env=clean_environment())

    def test_a_second_server_on_the_data_folder_is_told_who_has_it(self, server, store):
        if store == "postgres":
            pytest.skip("several servers may share a PostgreSQL")
        done = self.second(server)
        assert done.returncode == 1
        assert f"another reeve serve, process {server.process.pid} has the data folder {server.data}" in done.stderr
        assert server.client().get("About").status == 200

    def test_the_folder_is_free_after_any_end(self, new_server):
        server = new_server()
        server.kill()
        server.start()
        assert server.stop() == 0
        server.start()

    def test_a_port_that_is_taken_is_named(self, server, tmp_path):
        port = server.url.rsplit(":", 1)[1]
        done = subprocess.run([REEVE, "serve", "--data", str(tmp_path / "other"), "--listen", f"https://127.0.0.1:{port}"], capture_output=True, text=True, timeout=60, check=False, env=clean_environment())
        assert done.returncode == 1
        assert f"127.0.0.1 port {port}" in done.stderr and "in use" in done.stderr

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_both_signals_stop_it_with_0(self, new_server, number):
        server = new_server()
        start = time.monotonic()
        server.process.send_signal(number)
        assert server.process.wait(30) == 0
        assert time.monotonic() - start < 10
        server.process = None


class TestAStoreThatIsNotThere:
    """A wrong --data must not look like a store where all is well: only what begins an installation makes one."""

    @pytest.mark.parametrize(
        "command",
        ["api-account list", "api-account regenerate-secret --client-id x", "api-account delete --client-id x", "api-account create-token --client-id x --name n", "api-account tokens", "api-account revoke-token --token-id x",
         "installation rotate", "user list", "user create-token --user a@b.example --name n", "user tokens", "user revoke-token --token-id x", "user disable --user a@b.example", "user enable --user a@b.example",
         "mail list", "mail retry --id x", "auth-provider clear", "audit verify", "audit export --out audit.ndjson", "audit key", "events export", "events import-sudo /dev/null", "backup --out copy.db"],
    )
    def test_is_named_and_not_made(self, tmp_path, command):
        for folder in (tmp_path, tmp_path / "absent"):
            done = subprocess.run([REEVE, *command.split(), "--data", str(folder)], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path, env=clean_environment())
            assert (done.returncode, done.stdout) == (2, "")
            assert f"there is no store in {folder}; --data or --database names it" in done.stderr
        assert not any(tmp_path.iterdir())

    @pytest.mark.parametrize("command", ["api-account create --name a --scope audit=read", "installation show", "user create --email a@b.example --accept-domain --admin", "auth-provider set --provider Okta --domain b.example --client-id x", "sandbox fill --events 0"])
    def test_is_made_by_what_begins_an_installation(self, tmp_path, command):
        done = subprocess.run([REEVE, *command.split(), "--data", str(tmp_path / "new")], capture_output=True, text=True, timeout=60, check=False, env=clean_environment())
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "new" / "reeve.db").exists()


class TestWithoutPermission:
    """Root too: it is run without the capabilities that let it pass over the modes of files."""

    def run(self, *args):
        dropped = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
        return subprocess.run([*dropped, REEVE, *args], capture_output=True, text=True, timeout=60, check=False, env=clean_environment())

    @pytest.mark.parametrize("command", ["api-account list", "user list", "audit verify", "events export", "backup --out /dev/shm/none"])
    def test_the_store_is_named_and_what_to_do(self, tmp_path, command):
        store = tmp_path / "reeve.db"
        store.write_bytes(b"")
        for mode in (0o000, 0o400):
            store.chmod(mode)
            done = self.run(*command.split(), "--data", str(tmp_path))
            assert (done.returncode, done.stdout) == (1, "")
            assert f"the store {store} cannot be used: Permission denied; run this as the user that owns it" in done.stderr

    def test_a_store_that_cannot_be_made_is_named(self, tmp_path):
        tmp_path.chmod(0o500)
        done = self.run("installation", "show", "--data", str(tmp_path))
        tmp_path.chmod(0o700)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"the store's file {tmp_path}/reeve.db cannot be made: Permission denied" in done.stderr


@pytest.mark.parametrize("command", ["audit export", "events export", "backup"])
def test_a_file_that_cannot_be_written_is_named(tmp_path, command):
    subprocess.run([REEVE, "installation", "show", "--data", str(tmp_path)], capture_output=True, check=True, env=clean_environment())
    done = subprocess.run([REEVE, *command.split(), "--data", str(tmp_path), "--out", "/no/such/folder/x"], capture_output=True, text=True, timeout=60, check=False, env=clean_environment())
    assert (done.returncode, done.stdout) == (1, "")
    assert "--out /no/such/folder/x cannot be written: No such file or directory" in done.stderr


@pytest.mark.parametrize("command", ["user list", "serve --listen http://127.0.0.1:0", "audit verify", "backup --out copy"])
def test_a_damaged_store_is_named_as_such(tmp_path, command):
    (tmp_path / "reeve.db").write_text("this is no database, and has the length of a page or so " * 100)
    done = subprocess.run([REEVE, *command.split(), "--data", str(tmp_path)], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path, env=clean_environment())
    assert (done.returncode, done.stdout) == (1, "")
    assert "the store is damaged (file is not a database): put a backup in its place" in done.stderr
