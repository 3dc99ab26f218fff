"""What packaging/ names is what the program needs: libraries, settings, options."""
import pathlib
import re
import shutil
import subprocess

import pytest

from harness.program import REEVE
from harness.sandbox import Sandbox

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTAINERFILE = (ROOT / "packaging/Containerfile").read_text()


def test_the_container_builds_with_the_packages_of_make_run():
    rows = [[part.strip() for part in line.split("|")] for line in subprocess.run(["sh", "tools/packages.sh", "list"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines() if "|" in line]
    wanted = {package for package, purposes, _ in rows if "run" in purposes.split() and package.endswith("-dev")}
    build = CONTAINERFILE.split("FROM ")[1]
    assert wanted == set(re.findall(r"[a-z0-9-]+-dev\b", build))


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="no Debian system")
def test_the_container_runs_with_every_library_of_the_program():
    dynamic = subprocess.run(["readelf", "-d", REEVE], capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
    lines = subprocess.run(["ldd", REEVE], capture_output=True, text=True, check=True).stdout
    final = CONTAINERFILE.split("FROM ")[2]
    for name, path in re.findall(r"(\S+) => (\S+)", lines):
        if name not in needed or name.startswith(("libc.so", "libm.so", "libasan", "libubsan", "libtsan")):
            continue
        found = subprocess.run(["dpkg-query", "-S", f"*/{pathlib.Path(path).name}"], capture_output=True, text=True, check=True).stdout
        packages = {line.split(":")[0] for line in found.splitlines()}
        assert any(re.search(rf"(?<![\w-]){re.escape(package)}(?![\w-])", final) for package in packages), (name, packages)


def test_the_container_is_no_root_and_has_a_health_check():
    final = CONTAINERFILE.split("FROM ")[2]
    assert re.search(r"^USER 10001$", final, re.M)
    path = re.search(r"HEALTHCHECK.*?http://127\.0\.0\.1:8080(/\S*)", final, re.S).group(1)
    with Sandbox("--computers", "1", "--events", "0") as sandbox:
        assert sandbox.anonymous("/").get(path).status == 200


def test_the_unit_starts_what_its_settings_allow():
    unit = (ROOT / "packaging/reeve-sandbox.service").read_text()
    assert "ExecStart=/usr/bin/reeve sandbox serve --config /etc/reeve/sandbox.conf" in unit
    with Sandbox("--config", str(ROOT / "packaging/sandbox.conf")) as sandbox:
        assert len(sandbox.client().all("Computers")) == 25
