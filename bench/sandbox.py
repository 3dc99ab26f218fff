#!/usr/bin/env python3
"""How soon a sandbox takes requests, and how long its states take: bench/sandbox.py REEVE [COMPUTERS ...]"""
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))

import harness.sandbox  # noqa: E402

RUNS = 5


def timed_ms(work):
    begin = time.monotonic()
    answer = work()
    assert answer.status in (200, 204), answer
    return (time.monotonic() - begin) * 1000


def measure(computers):
    begin = time.monotonic()
    with harness.sandbox.Sandbox("--computers", str(computers)) as sandbox:
        ready_ms = (time.monotonic() - begin) * 1000
        control = sandbox.anonymous("/sandbox/")
        works = {
            "reset": lambda: control.post("reset"),
            "snapshot": lambda: control.put("snapshots/one"),
            "restore": lambda: control.post("snapshots/one/restore"),
            "an hour": lambda: control.post("clock", {"advanceSeconds": 3600}),
        }
        medians = {name: statistics.median(timed_ms(work) for _ in range(RUNS)) for name, work in works.items()}
    print(f"{computers} computers: ready in {ready_ms:.0f} ms; " + ", ".join(f"{name} {ms:.1f} ms" for name, ms in medians.items()))


def main():
    harness.sandbox.REEVE = str(pathlib.Path(sys.argv[1]).resolve())
    harness.sandbox.START_S = 600
    for computers in sys.argv[2:] or ("25", "100000"):
        measure(int(computers))


if __name__ == "__main__":
    main()
