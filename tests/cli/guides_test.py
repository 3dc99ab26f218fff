"""tools/check_docs.py finds nothing in the guides, and finds each kind of fault that is put into one."""
import re
import shutil
import subprocess
import sys

import pytest
from harness.program import ROOT


def check(root):
    done = subprocess.run([sys.executable, ROOT / "tools" / "check_docs.py", root], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


@pytest.fixture
def tree(tmp_path):
    """What the check reads beside the guides."""
    for name in ("src/cli/main.c", "bench/run", "Makefile", "docs/scim.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_guides_of_this_tree_hold():
    status, lines = check(ROOT)
    assert status == 0, lines


@pytest.mark.parametrize(
    "text, finding",
    [
        ("[there](docs/absent.md)", "the link docs/absent.md leads nowhere"),
        ("[there](docs/scim.md#no-such-part)", "the link docs/scim.md#no-such-part names no heading of it"),
        ("See `docs/absent.md`.", "the path docs/absent.md is not there"),
        ("in cli/absent.c", "the path cli/absent.c is not there"),
        ("```sh\nreeve serve --data d \\\n    --colour red\n```", '"reeve serve" has no option --colour'),
        ("`reeve user list --admin`", '"reeve user list" has no option --admin'),
        ("```\nreeve user create-token --days 9\n```", '"reeve user create-token" needs --user'),
        ("`reeve restore`", '"reeve restore" is no command'),
        ("the option `--colour`", "--colour is no option"),
        ("`REEVE_COLOUR=red`", "the variable REEVE_COLOUR is read nowhere"),
        ("`make coffee`", '"make coffee" is no target'),
    ],
    ids=lambda value: value.replace("\n", " ")[:30],
)
def test_a_fault_is_found(tree, text, finding):
    (tree / "GUIDE.md").write_text(text)
    assert check(tree) == (1, [f"GUIDE.md: {finding}"])


@pytest.mark.parametrize(
    "text",
    ["[there](docs/scim.md)", "[here](https://example.com/x)", "`reeve user create --admin`", "```\nreeve user create --email a@b.example # the first\n```", "```sh\nREEVE_RATE_LIMIT=5 reeve serve --strict # see --colour\n```", "`--listen`", "`REEVE_LISTEN`", "`make test`", "`curl --cacert ca.pem`"],
)
def test_what_is_there_is_not_a_fault(tree, text):
    (tree / "GUIDE.md").write_text(text)
    assert check(tree)[0] == 0


def test_what_is_audited_is_in_the_guide():
    """Every entity and every type that the sources write is in a row of docs/audit.md."""
    rows = "\n".join(line for line in (ROOT / "docs" / "audit.md").read_text().splitlines() if line.startswith("| "))
    sources = [path.read_text() for path in (ROOT / "src").rglob("*.c") if not path.name.endswith("_test.c")]
    entities = {word for text in sources for word in re.findall(r'\.entity = "(\w+)"', text)}
    types = {word for text in sources if "audit_entry" in text for line in re.findall(r"\.type = .*|TRY\(audit_[a-z]+\(ctx, &.*", text) for word in re.findall(r'"([A-Z][a-z]+[A-Z][a-z]\w+)"', line)}
    assert len(entities) > 15 and len(types) > 15
    assert sorted(word for word in entities | types if not re.search(rf"\b{word}\b", rows)) == []


def test_every_folder_of_the_sources_is_in_the_architecture():
    layers = re.search(r"```\nbase .*?```", (ROOT / "ARCHITECTURE.md").read_text(), re.S).group(0)
    folders = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
    assert sorted(name for name in folders if not re.search(rf"(?m)(^|  ){name}( |/)", layers)) == []


def test_every_command_is_in_the_readme():
    rows = "".join(line.split("|")[1] for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `"))
    commands = set(re.findall(r'^    \{ "([a-z-]+)", ', (ROOT / "src/cli/main.c").read_text(), re.M))
    assert len(commands) > 10
    assert sorted(commands - set(re.findall(r"`([a-z-]+)`", rows))) == []
