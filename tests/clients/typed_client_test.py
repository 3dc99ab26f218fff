"""Others' tools against the served definitions: a linter accepts them, and a client whose types were generated from one
compiles and drives a whole session, every answer checked by a validator. The tools come from npm; without it the tests skip."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from harness.server import Server

FOLDER = pathlib.Path(__file__).resolve().parent
TOOLS = FOLDER.parents[1] / "build" / "clients"
DEFINITIONS = ["v1", "v2", "v3", "agent", "oauth"]


def run(*command, **environment):
    return subprocess.run(command, cwd=TOOLS, capture_output=True, text=True, timeout=600, check=False, env={**os.environ, "CI": "1", "NO_COLOR": "1", "REDOCLY_TELEMETRY": "off", **environment})


@pytest.fixture(scope="module")
def tools():
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    TOOLS.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "tsconfig.json", "session.ts"):
        shutil.copy(FOLDER / name, TOOLS / name)
    lock = (FOLDER / "package-lock.json").read_bytes()
    kept = TOOLS / "installed.lock"
    if not kept.exists() or kept.read_bytes() != lock:
        done = run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        if done.returncode != 0:
            pytest.skip(f"the tools cannot be fetched from npm: {done.stderr[-300:]}")
        kept.write_bytes(lock)
    return TOOLS / "node_modules" / ".bin"


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        server.fill(computers=25, events=200)
        server.start()
        for name in DEFINITIONS:
            (TOOLS / f"{name}.json").parent.mkdir(parents=True, exist_ok=True)
            (TOOLS / f"{name}.json").write_bytes(server.anonymous().get(f"/management-api/swagger/{name}/swagger.json").body)
        yield server


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_linter_finds_no_error(tools, server, name):
    done = run(str(tools / "redocly"), "lint", "--format=stylish", f"{name}.json")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_types_are_generated_and_compile(tools, server, version):
    done = run(str(tools / "openapi-typescript"), f"{version}.json", "-o", f"{version}.ts")
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(str(tools / "tsc"), "--noEmit", "--strict", "--skipLibCheck", f"{version}.ts")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_generated_client_drives_a_session(tools, server):
    if not (TOOLS / "v3.ts").exists():
        run(str(tools / "openapi-typescript"), "v3.json", "-o", "v3.ts")
    done = run(str(tools / "tsc"), "-p", ".")
    assert done.returncode == 0, done.stdout + done.stderr
    client_id, secret = server.account()
    done = run("node", "made/session.js", REEVE_URL=server.url, REEVE_CLIENT_ID=client_id, REEVE_CLIENT_SECRET=secret, REEVE_DEFINITION=str(TOOLS / "v3.json"), NODE_EXTRA_CA_CERTS=server.ca)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"session passed, (\d+) answers valid", done.stdout).group(1)) >= 20
