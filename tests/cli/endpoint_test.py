"""The endpoint's commands by themselves: wrong use, no server, no enrolment. Each says what is wrong and what to do."""
import subprocess

import pytest
from harness.program import REEVE, clean_environment

ID = "01a21976-7dbd-7000-85a0-6ad8595fc357"
NOBODY = "https://127.0.0.1:1"


def reeve(*args, timeout=60):
    return subprocess.run([REEVE, *args], capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL, env=clean_environment())


def enrol(tmp_path, **options):
    given = {"server": NOBODY, "installation-id": ID, "installation-key": "k", "state": str(tmp_path / "state"), **options}
    return reeve("agent", "enrol", *[part for name, value in given.items() for part in (f"--{name}", value)])


def fleet(**options):
    given = {"server": NOBODY, "installation-id": ID, "installation-key": "k", "computers": "2", "duration": "2", **options}
    return reeve("fleet", *[part for name, value in given.items() for part in (f"--{name}", value)])


WRONG = [
    ({"server": "reeve.example.com"}, '--server must be an address like https://reeve.example.com:8443, not "reeve.example.com"'),
    ({"server": "ftp://reeve.example.com"}, "--server must be an address like"),
    ({"server": "https://"}, "--server must be an address like"),
    ({"ca": "/no/such/ca.pem"}, "--ca /no/such/ca.pem cannot be read: No such file or directory"),
    ({"installation-id": "x"}, "--installation-id must be a UUID"),
]


@pytest.mark.parametrize("options, fault", WRONG, ids=lambda value: None)
class TestWrongUse:
    def test_of_enrolment(self, tmp_path, options, fault):
        done = enrol(tmp_path, **options)
        assert (done.returncode, done.stdout) == (2, "")
        assert fault in done.stderr
        assert not (tmp_path / "state").exists()

    def test_of_a_fleet(self, options, fault):
        done = fleet(**options)
        assert (done.returncode, done.stdout) == (2, "")
        assert fault in done.stderr


class TestWithoutAServer:
    def test_enrolment_fails_and_says_why(self, tmp_path):
        done = enrol(tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"no answer from {NOBODY}" in done.stderr

    def test_a_fleet_fails_and_says_why(self):
        done = fleet()
        assert done.returncode == 1
        assert "0 of 2 computers at work" in done.stdout
        assert f"reeve fleet: no answer from {NOBODY}: " in done.stderr


class TestWithoutAnEnrolment:
    @pytest.mark.parametrize("command", ["run", "status", "request application --path /bin/ls --reason x", "request admin --reason x", f"request used --request {ID}", "request list", f"session start --request {ID}", f"session end --request {ID}"])
    def test_every_command_says_so(self, tmp_path, command):
        done = reeve("agent", *command.split(), "--state", str(tmp_path / "state"))
        assert (done.returncode, done.stdout) == (1, "")
        assert "this computer is not enrolled" in done.stderr
