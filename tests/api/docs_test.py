"""The guides say what is: the quick start runs line by line, and the table of options has the options there are."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

import pytest

from harness.program import REEVE, ROOT, clean_environment

DOCS = ROOT / "docs"


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@pytest.fixture
def folder(tmp_path):
    """A folder where `reeve` is in the PATH."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "reeve").symlink_to(pathlib.Path(REEVE).resolve())
    return tmp_path


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_quick_start_runs_as_written(folder):
    text = (DOCS / "quick-start.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
    assert len(blocks) > 5
    script = "\n".join(f"echo '=== {number}'\n{block}\necho" for number, block in enumerate(blocks))
    script = script.replace("8443", str(free_port()))
    environment = clean_environment(PATH=f"{folder / 'bin'}:{os.environ['PATH']}")
    done = subprocess.Popen(["bash", "-c", f"set -m\n{script}\nkill %1; wait"], cwd=folder, env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    try:
        out, _ = done.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(done.pid, signal.SIGKILL)
        raise
    said = dict(re.findall(r"^=== (\d+)\n(.*?)(?=^=== |\Z)", out, re.S | re.M))
    assert '"pageSize":2,' in said["2"] and '"host":"SRV-' in said["2"], out
    assert '"totalRecordCount":0' not in said["2"], out
    assert '"nextCursor":"' in said["3"], out
    assert '"changeMark":"' in said["4"], out
    assert "HostType" in said["5"] and "PageSize" in said["5"], out
    assert said["6"].count("HTTP/1.1 200 OK") == 2 and '"computerCount":1' in said["6"], out
    assert '"totalRecordsReturned":2' in said["7"], out
    assert (folder / "v3.json").stat().st_size > 100000 and (folder / "reeve-v3.yaml").exists()


def test_the_options_of_serve_are_the_documented_ones(folder):
    help_text = subprocess.run([REEVE, "serve", "--help"], capture_output=True, text=True, check=True, env=clean_environment()).stdout
    there = set(re.findall(r"^  (--[a-z-]+)", help_text, re.M)) - {"--config"}
    rows = [line for line in (DOCS / "operations.md").read_text().splitlines() if line.startswith("| `--")]
    told = {option for row in rows for option in re.findall(r"`(--[a-z-]+)", row.split("|")[1])}
    assert told == there


def test_the_defaults_of_serve_are_the_documented_ones():
    help_text = subprocess.run([REEVE, "serve", "--help"], capture_output=True, text=True, check=True, env=clean_environment()).stdout
    there = dict(re.findall(r"^  --([a-z-]+) .*\(default (\S+)\)$", help_text, re.M))
    rows = [[cell.strip(" `") for cell in re.split(r"(?<!\\)\|", line)[1:3]] for line in (DOCS / "operations.md").read_text().splitlines() if line.startswith("| `--")]
    told = {re.match(r"--([a-z-]+)", options).group(1): default for options, default in rows}
    assert {name: told[name] for name in there} == there


def test_the_metrics_are_the_documented_ones(new_server):
    server = new_server(["--sudo-listen", "tcp://127.0.0.1:0"])
    there = set(re.findall(r"^# TYPE (\w+)", server.anonymous(base="/").get("metrics").text, re.M))
    rows = "".join(line.split("|")[1] for line in (DOCS / "operations.md").read_text().splitlines() if line.startswith("| `reeve_"))
    assert len(there) > 20
    assert set(re.findall(r"reeve_\w+", rows)) == there
