"""The served definitions against the published contract, in both directions. The contract lies in the folder that
REEVE_CONTRACT names, or beside the repository; without it there is nothing to compare with."""
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTRACT = pathlib.Path(os.environ.get("REEVE_CONTRACT", ROOT.parent / "shared" / "contract"))
CHECK = CONTRACT.parent / "tools" / "contract-check"
METHODS = ("get", "put", "post", "patch", "delete")
VERSIONS = ("v1", "v2", "v3")

pytestmark = pytest.mark.skipif(not CHECK.exists(), reason="the contract is not here; REEVE_CONTRACT names its folder")


@pytest.fixture(scope="module")
def documents(server, tmp_path_factory):
    """The files of all definitions, as they are served."""
    folder = tmp_path_factory.mktemp("definitions")
    files = []
    for name in (*VERSIONS, "oauth", "scim-v1", "scim-v2", "scim-v3"):
        answer = server.anonymous().get(f"/management-api/swagger/{name}/swagger.json")
        assert answer.status == 200, answer
        files.append(folder / f"{name}.json")
        files[-1].write_bytes(answer.body)
    return files


def test_nothing_is_missing_in_what_is_served(documents):
    done = subprocess.run([sys.executable, CHECK, *documents], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("missing ") and not line.startswith("missing operation")]
    assert lines == []


def key(method, path):
    return method, re.sub(r"\{[^}]*\}", "{}", path).lower()


def known_operations():
    known = set()
    for file in CONTRACT.glob("*.yaml"):
        for path, item in (yaml.load(file.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)).get("paths") or {}).items():
            for method in METHODS:
                if method in item:
                    aliases = (item.get("x-path-aliases") or []) + (item[method].get("x-path-aliases") or [])
                    known |= {key(method, place) for place in [path, *aliases]}
    return known


def test_what_the_contract_lacks_is_marked_as_extension(documents):
    known = known_operations()
    unmarked = []
    for file in documents:
        for path, item in json.loads(file.read_text())["paths"].items():
            for method in METHODS:
                served = item.get(method)
                if served and not served.get("x-alias-of") and key(method, path) not in known and not served.get("x-reeve-extension"):
                    unmarked.append(f"{method} {path}")
    assert unmarked == []
