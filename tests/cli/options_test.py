"""Flags come before variables, variables before the file, the file before what is built in; each fault is named with its source."""
import subprocess

import pytest
from harness.program import REEVE, clean_environment


def reeve(*args, **variables):
    return subprocess.run([REEVE, *args], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL, env=clean_environment(**variables))


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "reeve.conf"
        path.write_text(text)
        return str(path)

    return write


def text(done):
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestPrecedence:
    """`reeve openapi` prints another text for each version and takes no store, so it shows whose word counted."""

    @pytest.fixture(scope="class")
    def texts(self):
        return {version: text(reeve("openapi", "--version", version)) for version in ("v1", "v2", "v3")}

    def test_the_versions_differ(self, texts):
        assert len(set(texts.values())) == 3

    def test_without_a_word_the_built_in_value_counts(self, texts):
        assert text(reeve("openapi")) == texts["v3"]

    def test_a_variable_counts(self, texts):
        assert text(reeve("openapi", REEVE_VERSION="v2")) == texts["v2"]

    def test_a_flag_comes_before_a_variable(self, texts):
        assert text(reeve("openapi", "--version", "v1", REEVE_VERSION="v2")) == texts["v1"]
        assert text(reeve("openapi", "--version=v1", REEVE_VERSION="v2")) == texts["v1"]

    def test_the_last_flag_counts(self, texts):
        assert text(reeve("openapi", "--version", "v1", "--version", "v2")) == texts["v2"]


class TestFile:
    """`agent status` fails with the state folder's name in its message, which shows whose word counted."""

    def folder(self, *args, **variables):
        done = reeve("agent", "status", *args, **variables)
        assert done.returncode == 1
        return done.stdout + done.stderr

    def test_a_line_counts(self, file, tmp_path):
        assert f"{tmp_path}/by-file" in self.folder("--config", file(f"state = {tmp_path}/by-file\n"))

    def test_the_file_may_be_named_by_a_variable(self, file, tmp_path):
        assert f"{tmp_path}/by-file" in self.folder(REEVE_CONFIG=file(f"state={tmp_path}/by-file"))

    def test_a_variable_comes_before_the_file(self, file, tmp_path):
        shown = self.folder("--config", file(f"state = {tmp_path}/by-file\n"), REEVE_STATE=f"{tmp_path}/by-variable")
        assert f"{tmp_path}/by-variable" in shown and "by-file" not in shown

    def test_a_flag_comes_before_both(self, file, tmp_path):
        shown = self.folder("--config", file(f"state = {tmp_path}/by-file\n"), "--state", f"{tmp_path}/by-flag", REEVE_STATE=f"{tmp_path}/by-variable")
        assert f"{tmp_path}/by-flag" in shown and "by-file" not in shown and "by-variable" not in shown

    def test_comments_and_empty_lines_are_skipped(self, file, tmp_path):
        assert f"{tmp_path}/x" in self.folder("--config", file(f"# a comment\n\n   \n  state =   {tmp_path}/x  \n"))

    def test_lines_of_other_commands_are_left(self, file, tmp_path):
        assert f"{tmp_path}/x" in self.folder("--config", file(f"rate-limit = 5\nstate = {tmp_path}/x\n"))

    @pytest.mark.parametrize(
        "text, fault",
        [
            ("bogus = 1\n", 'line 1: "bogus" is no setting'),
            ("\n# x\nbogus = 1\n", 'line 3: "bogus" is no setting'),
            ("state\n", 'line 1: "state" is no setting; write name = value'),
            ("state =\n", "line 1: state must not be empty"),
            ("rate-limit = many\n", 'line 1: rate-limit must be a whole number from 0 to 100000000, not "many"'),
            ("log-format = xml\n", 'line 1: log-format must be one of text|json, not "xml"'),
            ("json = perhaps\n", 'line 1: json must be true or false, not "perhaps"'),
        ],
    )
    def test_a_bad_line_is_named(self, file, text, fault):
        path = file(text)
        done = reeve("agent", "status", "--config", path)
        assert done.returncode == 2
        assert f"{path} {fault}" in done.stderr

    def test_a_file_that_is_not_there_is_named(self, tmp_path):
        done = reeve("agent", "status", "--config", f"{tmp_path}/absent")
        assert done.returncode == 2
        assert f"{tmp_path}/absent" in done.stderr and "No such file" in done.stderr

    def test_a_folder_or_a_heap_is_no_file(self, file, tmp_path):
        for path in (str(tmp_path), file("#" * 300000)):
            done = reeve("agent", "status", "--config", path)
            assert done.returncode == 2
            assert path in done.stderr


class TestValues:
    @pytest.mark.parametrize(
        "args, fault",
        [
            (["--rate-limit", "x"], '--rate-limit must be a whole number from 0 to 100000000, not "x"'),
            (["--rate-limit", "-1"], "--rate-limit must be a whole number"),
            (["--rate-limit", "100000001"], "--rate-limit must be a whole number"),
            (["--rate-limit", "99999999999999999999"], "--rate-limit must be a whole number"),
            (["--rate-limit="], "--rate-limit must be a whole number"),
            (["--log-format", "xml"], "--log-format must be one of text|json"),
            (["--strict=yes"], "--strict must be true or false"),
            (["--data", ""], "--data must not be empty"),
            (["--data"], "--data needs DIR"),
            (["--listen", "foo"], '"foo" is not an address like'),
            (["--listen", "https://127.0.0.1:99999"], "is not an address like"),
            (["--tls-cert", "x.pem"], "--tls-cert and --tls-key belong together"),
            (["--database", "mysql://root:pass@db/x"], "--database must be an address like postgresql://"),
            (["-x"], '"-x" is not expected here'),
            ([""], '"" is not expected here'),
        ],
        ids=lambda value: value if isinstance(value, str) else " ".join(value),
    )
    def test_a_bad_one_is_named_with_what_is_allowed(self, tmp_path, args, fault):
        done = reeve("serve", *([] if "--data" in args else ["--data", str(tmp_path / "data")]), *args)
        assert done.returncode == 2
        assert fault in done.stderr
        assert "pass" not in done.stderr

    def test_a_bad_variable_is_named(self):
        done = reeve("serve", REEVE_RATE_LIMIT="x")
        assert done.returncode == 2
        assert 'REEVE_RATE_LIMIT must be a whole number from 0 to 100000000, not "x"' in done.stderr

    def test_a_list_has_an_end(self):
        args = [part for n in range(33) for part in ("--tls-name", f"n{n}.example")]
        done = reeve("serve", *args)
        assert done.returncode == 2
        assert "--tls-name was given more than 32 times" in done.stderr

    def test_needed_ones_are_named(self):
        for words, name in ((["agent", "enrol"], "server"), (["fleet"], "server"), (["api-account", "create"], "name"), (["api-account", "delete"], "client-id"), (["user", "create"], "email"), (["agent", "request", "application"], "path")):
            done = reeve(*words)
            assert done.returncode == 2
            assert f"--{name} is missing" in done.stderr

    def test_only_published_definitions_are_printed(self):
        done = reeve("openapi", "--version", "v4")
        assert done.returncode == 2
        assert "v1|v2|v3|agent" in done.stderr
