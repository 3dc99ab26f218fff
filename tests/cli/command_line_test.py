"""The command line: help for everything, where settings come from, exit codes, and commands that work on the store."""
import json
import os
import re
import subprocess

import pytest

from harness.server import REEVE, Server, clean_environment


def reeve(*args, **environment):
    return subprocess.run([REEVE, *args], capture_output=True, text=True, env=clean_environment(**environment), timeout=60, check=False)


def commands():
    """Every command that the help names, as words."""
    lines = re.findall(r"^  ([a-z][a-z -]*?)  +\S", reeve("--help").stdout, re.M)
    return [line.split() for line in lines]


class TestHelp:
    def test_names_the_commands(self):
        done = reeve("--help")
        assert done.returncode == 0 and done.stderr == ""
        for words in ("serve", "agent enrol", "agent run", "agent status", "fleet", "api-account create", "installation show", "sandbox fill", "openapi", "version"):
            assert words in done.stdout

    @pytest.mark.parametrize("command", commands(), ids=" ".join)
    def test_of_each_command(self, command):
        done = reeve(*command, "--help")
        assert done.returncode == 0 and done.stderr == ""
        assert done.stdout.startswith(f"usage: reeve {' '.join(command)}")

    def test_of_a_group(self):
        done = reeve("agent", "--help")
        assert done.returncode == 0
        assert "agent enrol" in done.stdout and "api-account" not in done.stdout
        assert reeve("agent").returncode == 2

    def test_version(self):
        assert reeve("version").stdout == reeve("--version").stdout
        assert re.match(r"reeve \d+\.\d+\.\d+\n$", reeve("version").stdout)


class TestUsage:
    @pytest.mark.parametrize("args, named", [
        ([], "usage"),
        (["nonsense"], "nonsense"),
        (["agent", "nonsense"], "nonsense"),
        (["serve", "--nonsense"], "--nonsense"),
        (["serve", "nonsense"], "nonsense"),
        (["serve", "--rate-limit"], "--rate-limit"),
        (["serve", "--rate-limit", "x"], "--rate-limit"),
        (["serve", "--rate-limit=-1"], "--rate-limit"),
        (["serve", "--log-format", "xml"], "text|json"),
        (["serve", "--listen", "ftp://x"], "ftp://x"),
        (["serve", "--listen", "https://127.0.0.1"], "https://127.0.0.1"),
        (["serve", "--tls-cert", "x"], "--tls-key"),
        (["serve", "--config", "/no/such/file"], "/no/such/file"),
        (["api-account", "create", "--name", "a"], "--scope"),
        (["agent", "enrol"], "--server"),
        (["fleet", "--server", "https://127.0.0.1:1"], "--installation-id"),
        (["openapi", "--version", "v9"], "v1|v2|v3"),
    ])
    def test_faults_are_named_and_end_with_2(self, args, named, tmp_path):
        done = reeve(*args, REEVE_DATA=str(tmp_path / "data"))
        assert done.returncode == 2, done
        assert named in done.stderr

    def test_failures_end_with_1(self):
        done = reeve("installation", "show", "--data", "/proc/nothing")
        assert done.returncode == 1 and "/proc/nothing" in done.stderr
        done = reeve("installation", "show", "--database", "postgresql://nobody@/none?host=/no/such/folder")
        assert done.returncode == 1 and done.stderr


class TestSettings:
    def data(self, tmp_path, text):
        path = tmp_path / "reeve.conf"
        path.write_text(text)
        return str(path)

    def shown(self, *args, **environment):
        return reeve("installation", "show", "--json", *args, **environment)

    def test_a_flag_goes_before_a_variable_before_a_file(self, tmp_path):
        config = self.data(tmp_path, f"# a comment\n\ndata = {tmp_path}/from-file\nrate-limit = 5\n")
        assert self.shown("--config", config).returncode == 0
        assert (tmp_path / "from-file").is_dir()
        assert self.shown("--config", config, REEVE_DATA=str(tmp_path / "from-variable")).returncode == 0
        assert (tmp_path / "from-variable").is_dir()
        assert self.shown("--config", config, "--data", str(tmp_path / "from-flag"), REEVE_DATA=str(tmp_path / "unused")).returncode == 0
        assert (tmp_path / "from-flag").is_dir() and not (tmp_path / "unused").exists()

    def test_the_file_may_be_named_by_a_variable(self, tmp_path):
        config = self.data(tmp_path, f"data = {tmp_path}/d\n")
        assert self.shown(REEVE_CONFIG=config).returncode == 0
        assert (tmp_path / "d").is_dir()

    @pytest.mark.parametrize("line, named", [("colour = red", "colour"), ("data", "data"), ("rate-limit = many", "rate-limit"), ("= x", "")])
    def test_bad_lines_are_named_with_their_number(self, tmp_path, line, named):
        done = self.shown("--config", self.data(tmp_path, f"data = {tmp_path}/d\n{line}\n"))
        assert done.returncode == 2
        assert "line 2" in done.stderr and named in done.stderr

    def test_bad_variables_are_named(self, tmp_path):
        done = reeve("serve", REEVE_DATA=str(tmp_path), REEVE_RATE_LIMIT="x")
        assert done.returncode == 2 and "REEVE_RATE_LIMIT" in done.stderr


class TestApiAccounts:
    def test_create_list_regenerate_delete(self, server):
        made = json.loads(server.cli("api-account", "create", "--name", "Desk", "--description", "tickets", "--scope", "jit=full", "--scope", "audit=read", "--json").stdout)
        assert re.fullmatch(r"[0-9a-f]{32}", made["clientId"]) and re.fullmatch(r"[A-Za-z0-9]{48}", made["clientSecret"])
        listed = {row["name"]: row for row in json.loads(server.cli("api-account", "list", "--json").stdout)}
        assert listed["Desk"]["jit"] == "full" and listed["Desk"]["audit"] == "read" and listed["Desk"]["management"] == "none"
        assert made["clientSecret"] not in server.cli("api-account", "list").stdout
        assert server.cli("api-account", "create", "--name", "DESK", "--scope", "jit=full", check=False).returncode == 1
        again = json.loads(server.cli("api-account", "regenerate-secret", "--client-id", made["clientId"], "--json").stdout)
        assert again["clientSecret"] != made["clientSecret"]
        server.cli("api-account", "delete", "--client-id", made["clientId"])
        assert server.cli("api-account", "delete", "--client-id", made["clientId"], check=False).returncode == 1

    def test_id_and_secret_may_be_given(self, server):
        server.cli("api-account", "create", "--name", "given", "--scope", "management=read", "--client-id", "known-id", "--client-secret", "a-secret-that-is-long-enough")
        assert server.anonymous().sign_in("known-id", "a-secret-that-is-long-enough").get("About").status == 200

    @pytest.mark.parametrize("scope", ["management", "management=all", "audit=full", "colour=read", "=read", ""])
    def test_bad_scopes_are_refused(self, server, scope):
        done = server.cli("api-account", "create", "--name", "bad", "--scope", scope, check=False)
        assert done.returncode == 2, done


class TestInstallation:
    def test_rotate_changes_the_key_alone(self, server):
        before = server.installation()
        assert server.installation() == before
        server.cli("installation", "rotate")
        after = server.installation()
        assert after[0] == before[0] and after[1] != before[1]


class TestStores:
    def test_a_newer_store_is_refused(self, new_server, request):
        server = new_server()
        server.stop()
        if server.database is None:
            import sqlite3
            with sqlite3.connect(server.data / "reeve.db") as store:
                store.execute("INSERT INTO schema_step (number, name, applied) VALUES (9999, '9999_later', 0)")
        else:
            request.getfixturevalue("postgres").sql("INSERT INTO schema_step (number, name, applied) VALUES (9999, '9999_later', 0)", server.database)
        done = server.cli("installation", "show", check=False)
        assert done.returncode == 1 and "9999" in done.stderr and "newer" in done.stderr

    def test_a_second_server_on_one_data_folder(self, server):
        other = Server(server.database)
        try:
            if server.database is None:
                done = reeve("serve", "--data", str(server.data), "--listen", "https://127.0.0.1:0")
                assert done.returncode == 1
                assert str(server.data) in done.stderr and "--database" in done.stderr
            else:
                other.start()
                assert other.client().get("About").status == 200
        finally:
            other.close()

    def test_files_of_the_store_are_the_owners_alone(self, server):
        if server.database is None:
            assert os.stat(server.data).st_mode & 0o077 == 0
            assert os.stat(server.data / "reeve.db").st_mode & 0o077 == 0
        assert os.stat(server.data / "server.key").st_mode & 0o077 == 0


def test_openapi_prints_yaml_and_json():
    import yaml
    for version in ("v1", "v2", "v3", "agent", "oauth"):
        text = reeve("openapi", "--version", version).stdout
        assert yaml.load(text, yaml.CSafeLoader) == json.loads(reeve("openapi", "--version", version, "--format", "json").stdout)


def test_sandbox_fill_makes_the_same_ids_everywhere(new_server):
    ids = []
    for _ in range(2):
        server = new_server(start=False)
        server.fill(computers=5, groups=3, policies=2, events=20)
        client = server.start().client()
        ids.append([sorted(row["id"] for row in client.all(path)) for path in ("Computers", "Groups", "Policies")])
        assert server.cli("sandbox", "fill", check=False).returncode == 1
    assert ids[0] == ids[1]
    assert [len(one) for one in ids[0]] == [5, 3, 2]
