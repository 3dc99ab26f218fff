"""The command line explains itself, and tells wrong use (2) from failure (1)."""
import re
import subprocess

import pytest
from harness.program import REEVE, clean_environment


def reeve(*args, **variables):
    return subprocess.run([REEVE, *args], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL, env=clean_environment(**variables))


def commands():
    """Every command of `reeve --help`, as its words."""
    shown = reeve("--help").stdout
    return [tuple(line.split()) for line in re.findall(r"^  ([a-z][a-z -]*?)  +\S", shown, re.M)]


COMMANDS = commands()
GROUPS = sorted({words[:n] for words in COMMANDS for n in range(1, len(words))})


def test_the_commands_of_the_manual_are_there():
    assert len(COMMANDS) >= 30
    for words in ("serve", "agent enrol", "agent run", "agent status", "fleet", "api-account create", "api-account list", "api-account regenerate-secret", "api-account delete", "installation show", "installation rotate", "sandbox fill", "openapi", "version"):
        assert tuple(words.split()) in COMMANDS


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
class TestCommand:
    @pytest.mark.parametrize("flag", ["--help", "-h"])
    def test_has_help(self, words, flag):
        done = reeve(*words, flag)
        assert (done.returncode, done.stderr) == (0, "")
        assert re.match(rf"usage: reeve {' '.join(words)}( --[a-z-]+ [A-Z=]+)* \[OPTIONS\]( FILE…)?\n", done.stdout)

    def test_what_is_needed_is_in_the_usage_and_asked_for(self, words):
        shown = reeve(*words, "--help").stdout
        needed = re.findall(r"--([a-z-]+) [A-Z=]+", shown.splitlines()[0])
        assert re.findall(r"^  --([a-z-]+) .* \(needed\)$", shown, re.M) == needed
        if needed:
            done = reeve(*words)
            assert (done.returncode, done.stdout) == (2, "")
            assert done.stderr.startswith(f"reeve {words[0]}: --{needed[0]} is missing; --help tells more")

    def test_lists_each_option_once_and_with_a_summary(self, words):
        lines = re.findall(r"^  --(\S+)(?: [A-Z=]+)?  +(\S.*)$", reeve(*words, "--help").stdout, re.M)
        names = [name for name, _ in lines]
        assert len(names) == len(set(names))
        assert len(names) == reeve(*words, "--help").stdout.count("\n  --")

    def test_help_before_the_words_is_the_same(self, words):
        assert reeve("help", *words).stdout == reeve(*words, "--help").stdout

    def test_an_unknown_option_is_named(self, words):
        done = reeve(*words, "--bogus", "1")
        assert (done.returncode, done.stdout) == (2, "")
        assert "--bogus is not an option of this command" in done.stderr

    def test_a_stray_word_is_named(self, words):
        done = reeve(*words, "stray")
        assert done.returncode == 2
        assert '"stray"' in done.stderr


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
class TestGroup:
    def members(self, words):
        return [command for command in COMMANDS if command[: len(words)] == words]

    def listed(self, text):
        return [tuple(line.split()) for line in re.findall(r"^  ([a-z][a-z -]*?)  +\S", text, re.M)]

    def test_help_lists_its_commands_and_no_others(self, words):
        done = reeve(*words, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert self.listed(done.stdout) == self.members(words)
        assert done.stdout.startswith(f"usage: reeve {' '.join(words)} COMMAND")

    def test_alone_it_is_wrong_use_and_lists_them_too(self, words):
        done = reeve(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert self.listed(done.stderr) == self.members(words)

    def test_an_unknown_command_of_it_is_named(self, words):
        done = reeve(*words, "bogus", "--help")
        assert (done.returncode, done.stdout) == (2, "")
        assert '"bogus" is no command' in done.stderr
        assert self.listed(done.stderr) == self.members(words)


class TestProgram:
    def test_without_a_command_it_is_wrong_use(self):
        assert reeve().returncode == 2

    def test_an_unknown_command_is_named(self):
        done = reeve("nonsense")
        assert (done.returncode, done.stdout) == (2, "")
        assert '"nonsense" is no command' in done.stderr

    def test_an_empty_word_is_no_command(self):
        assert reeve("").returncode == 2
        assert reeve("agent", "").returncode == 2

    def test_tells_its_version(self):
        assert re.fullmatch(r"reeve \d+\.\d+\.\d+\n", reeve("version").stdout)

    @pytest.mark.parametrize("args", [["version"], ["--help"], ["serve", "--help"], ["openapi"]], ids=" ".join)
    def test_output_that_is_lost_is_a_failure(self, args):
        with open("/dev/full", "w") as full:
            done = subprocess.run([REEVE, *args], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False, env=clean_environment())
        assert done.returncode == 1
        assert done.stderr.startswith("reeve")
