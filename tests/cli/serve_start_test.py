"""A server that cannot start as it was asked to says what is wrong, and one that can says what will not be enough."""
import subprocess

import pytest
from harness.program import REEVE, clean_environment


def serve(tmp_path, *args):
    return subprocess.run([REEVE, "serve", "--data", str(tmp_path / "data"), "--listen", "https://127.0.0.1:0", *args], capture_output=True, text=True, timeout=30, check=False, env=clean_environment())


@pytest.mark.parametrize("args, fault", [
    (["--tls-cert", "/no/such/cert", "--tls-key", "/no/such/key"], "--tls-cert /no/such/cert cannot be read: No such file or directory"),
    (["--tls-cert", "/dev/null", "--tls-key", "/no/such/key"], "--tls-key /no/such/key cannot be read: No such file or directory"),
    (["--smtp-url", "smtp://127.0.0.1:25", "--smtp-from", "a@b.example", "--smtp-ca", "/no/such/ca"], "--smtp-ca /no/such/ca cannot be read: No such file or directory"),
])
def test_files_that_cannot_be_read_are_wrong_use(tmp_path, args, fault):
    done = serve(tmp_path, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert fault in done.stderr


@pytest.mark.parametrize("connections, told", [(2000, True), (400, False)])
def test_too_few_open_files_are_told_with_what_is_needed(tmp_path, connections, told):
    script = f"ulimit -n 700; timeout 5 {REEVE} serve --data {tmp_path}/data --listen http://127.0.0.1:0 --connections {connections} --ready-file {tmp_path}/ready & while [ ! -s {tmp_path}/ready ]; do sleep 0.05; done; kill %1; wait"
    done = subprocess.run(["bash", "-mc", script], capture_output=True, text=True, timeout=30, check=False, env=clean_environment())
    assert ("WARN server the limit on open files is 700, and --connections is 2000: raise it to 2256 or more (LimitNOFILE in a unit)" in done.stderr) == told
    assert ("open files" in done.stderr) == told
