"""The examples and the npm package do what they say, against a sandbox of their own."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from harness.program import REEVE, clean_environment
from harness.sandbox import Sandbox

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")
EXAMPLES = [("sh", "connector.sh"), ("/usr/bin/python3", "connector.py"), pytest.param(NODE, "connector.mjs", marks=needs_node)]


def run(command, env, cwd=ROOT):
    return subprocess.run(command, cwd=cwd, env={**clean_environment(), "PATH": os.environ["PATH"], **env}, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("program, name", EXAMPLES, ids=["shell", "python", "node"])
def test_an_example_walks_polls_decides_and_asserts(program, name):
    with Sandbox("--computers", "25", "--events", "700") as sandbox:
        done = run([program, f"examples/{name}"], {"REEVE_URL": sandbox.url})
        assert done.returncode == 0, done
        assert "computers 25\nevents 700\n" in done.stdout
        request = re.search("approved ([0-9a-f-]{36})", done.stdout).group(1)
        row = sandbox.client().get("AuthorizationRequest/" + request).json
        assert "Approved" in str(row) and "EX000000" in str(row)
        assert done.stdout.endswith("recorded\n")


@needs_node
def test_the_npm_package_passes_its_own_tests():
    folder = ROOT / "packaging/npm/reeve-sandbox"
    done = run([NODE, "--test", "test/"], {"REEVE_BINARY": str(pathlib.Path(REEVE).resolve())}, folder)
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"# pass [1-9]", done.stdout) and "# fail 0" in done.stdout
