#!/usr/bin/env python3
"""Builds, for users and with sanitizers, and runs every test: checks of the tree, unit tests on both databases, tests from outside the
process on both stores, and the tests of threads once more under the thread sanitizer. Ends with one line of counts.

  tests/run.py [STEP ...]      all steps, or only those named: checks release unit thread outside
  REEVE_TEST_KEEP=1            keeps the logs of all steps, not only of failed ones"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
JOBS = str(os.cpu_count() or 2)
LOGS = ROOT / "build" / "test-logs"
THREADED = "hub_test|writer_test|worker_pool_test|server_test|parked_test|pieces_test|burst_test|rate_test|page_walk_test"
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:strict_string_checks=1:detect_stack_use_after_return=1:quarantine_size_mb=128",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


class Counts:
    def __init__(self):
        self.passed, self.failed, self.skipped, self.failures = 0, 0, 0, []

    def add(self, passed, failed, skipped=0, failures=()):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        self.failures += failures


def run(name, command, environment=None):
    """Runs a step with its output in a log; shows the end of it when it fails."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    start = time.monotonic()
    with open(log, "wb") as out:
        status = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **SANITIZERS, **(environment or {})}, check=False).returncode
    text = log.read_text(errors="replace")
    print(f"{name}: {'done' if status == 0 else 'FAILED'} in {time.monotonic() - start:.0f} s", flush=True)
    return status, text


def shown(text, lines=60):
    print("\n".join(text.splitlines()[-lines:]), flush=True)


def build(preset, counts, targets=()):
    status, text = run(f"configure-{preset}", ["cmake", "--preset", preset])
    if status == 0:
        only = ["--target", *targets] if targets else []
        status, text = run(f"build-{preset}", ["cmake", "--build", f"build/{preset}", *only, "-j", JOBS])
    if status != 0:
        shown(text)
        counts.add(0, 1, failures=[f"the build {preset}"])
    return status == 0


def release(counts):
    """What users get: with its optimisation the compiler sees faults that it does not see in the tests' builds."""
    if build("release", counts, ["reeve"]):
        status, _ = run("release", ["build/release/reeve", "--version"])
        counts.add(int(status == 0), int(status != 0), failures=[] if status == 0 else ["build/release/reeve --version"])


def checks(counts):
    status, text = run("checks", ["tools/check.sh"])
    if status != 0:
        shown(text)
    counts.add(int(status == 0), int(status != 0), failures=[] if status == 0 else ["tools/check.sh"])


def count_units(text):
    """cmocka's own lines; a program that ends without them (a fuzz target's seeds, a crash) counts as one test."""
    passed = len(re.findall(r"^\d+: \[       OK \]", text, re.M))
    failures = sorted(set(re.findall(r"^\d+: \[  FAILED  \] ([^\d ]\S*(?: \(\w+\))?)$", text, re.M)))
    skipped = len(set(re.findall(r"^\d+: \[  SKIPPED \] (\S.*)$", text, re.M)))
    plain = re.findall(r"Test +#\d+: (\S+) \.+\s*(Passed|\*\*\*\S.*?) +[\d.]+ sec", text)
    for name, outcome in plain:
        if name.endswith("_fuzz") and outcome == "Passed":
            passed += 1
        elif outcome != "Passed" and not any(failure for failure in failures):
            failures.append(f"{name}: {outcome.strip('*')}")
    return passed, failures, skipped


def units(counts, preset, only=None, database=None):
    command = ["ctest", "--test-dir", f"build/{preset}", "-j", JOBS, "--timeout", "300", "-V"]
    command += ["-R", f"^({only})$"] if only else []
    status, text = run(f"unit-{preset}", command, {"REEVE_TEST_POSTGRES": database} if database else None)
    passed, failures, skipped = count_units(text)
    if status != 0 and not failures:
        failures = [f"ctest {preset}"]
    if failures:
        shown(text, 150)
    counts.add(passed, len(failures), skipped, [f"{preset}: {failure}" for failure in failures])


def coverage(counts, folder, reeve):
    """docs/api-coverage.md anew from what the tests called; an operation that never succeeded is a failure."""
    command = ["/usr/bin/python3", "-m", "harness.coverage", folder, "docs/api-coverage.md"]
    status, text = run("coverage", command, {**reeve, "PYTHONPATH": str(ROOT / "tests")})
    if status != 0:
        shown(text)
    counts.add(int(status == 0), int(status != 0), failures=[] if status == 0 else ["docs/api-coverage.md: operations without a success"])


def outside(counts):
    command = ["/usr/bin/python3", "-m", "pytest", "tests", "-q", "-c", "tests/pytest.ini", "--rootdir", "tests", "--durations=10"]
    if subprocess.run(["/usr/bin/python3", "-c", "import xdist"], capture_output=True, check=False).returncode == 0:
        command += ["-n", str(3 * int(JOBS)), "--dist", "loadfile"]  # they wait more than they work
    reeve = {"REEVE": str(ROOT / "build" / "asan" / "reeve"), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory(prefix="reeve-coverage-") as folder:
        status, text = run("outside", command, {**reeve, "REEVE_COVERAGE": folder})
        coverage(counts, folder, reeve)
    numbers = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)s?\b", text.strip().splitlines()[-1] if text.strip() else "")}
    failed = numbers.get("failed", 0) + numbers.get("error", 0)
    if status != 0:
        shown(text, 200)
        failed = failed or 1
    for line in re.findall(r"^SKIPPED .*$", text, re.M):
        print(line)
    failures = re.findall(r"^(?:FAILED|ERROR) (\S+)", text, re.M)
    counts.add(numbers.get("passed", 0), failed, numbers.get("skipped", 0), failures)


def with_postgres(work):
    folder = tempfile.mkdtemp(prefix="reeve-pg-")
    started = subprocess.run(["sh", "tests/postgres.sh", "start", folder], cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "POSTGRES_OPTIONS": "-c fsync=off -c full_page_writes=off"})
    try:
        if started.returncode != 0:
            print(f"PostgreSQL did not start:\n{started.stdout}{started.stderr}")
        work(started.stdout.strip().splitlines()[-1] if started.returncode == 0 else None)
    finally:
        subprocess.run(["sh", "tests/postgres.sh", "stop", folder], cwd=ROOT, capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def unit_step(counts, database):
    if database is None:
        counts.add(0, 1, failures=["the tests' PostgreSQL"])
    units(counts, "asan", database=database)


def main():
    steps = sys.argv[1:] or ["checks", "release", "unit", "thread", "outside"]
    counts = Counts()
    if "checks" in steps:
        checks(counts)
    if "release" in steps:
        release(counts)
    built = build("asan", counts) if {"unit", "outside"} & set(steps) else False
    if built and "unit" in steps:
        with_postgres(lambda database: unit_step(counts, database))
    if "thread" in steps and build("tsan", counts):
        with_postgres(lambda database: units(counts, "tsan", THREADED, database))
    if built and "outside" in steps:
        outside(counts)
    for failure in counts.failures:
        print(f"failed: {failure}")
    if counts.skipped:
        print(f"{counts.skipped} skipped")
    print(f"{counts.passed} passed, {counts.failed} failed", flush=True)
    return 1 if counts.failed or counts.passed == 0 else 0


sys.exit(main())
