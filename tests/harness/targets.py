"""Drives a target's driver without a server, one batch at a time."""
import json
import pathlib
import subprocess

from harness.program import REEVE

PROGRAM = pathlib.Path(REEVE).parent / "target_send"
TIME_US = 1776235795541678  # 2026-04-15 06:49:55 UTC


def item(position, computer="c-1", feed="events", text=None, time_us=TIME_US):
    document = {"event": {"id": f"{feed}-{position}", "code": "100"}, "message": text if text is not None else f"number {position}"}
    return {"feed": feed, "position": position, "id": f"{feed}-{position}", "computer": computer, "time": time_us, "document": document}


class Driver:
    def __init__(self, kind, settings, form="ecs", target="t-1"):
        arguments = [f"{name}={value}" for name, value in settings.items()]
        self.process = subprocess.Popen([PROGRAM, kind, form, target, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, restore_signals=False)  # a bound of file sizes is an error, as a full disk is

    def start(self, items):
        """A batch whose end is not waited for."""
        for row in items:
            document = row["document"] if isinstance(row["document"], str) else json.dumps(row["document"])
            line = "\t".join([row["feed"], str(row["position"]), row["id"], row["computer"], str(row["time"]), document])
            self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def send(self, items):
        """The result's name, how many items from the start were delivered, and the text of the failure."""
        self.start(items)
        return self.answer()

    def answer(self):
        answer = self.process.stdout.readline().decode()
        assert answer, f"the driver ended: {self.process.stderr.read().decode()}"
        result, delivered, text = answer.rstrip("\n").split("\t")
        return result, int(delivered), text

    def refused(self):
        """What it says about its settings when it does not start."""
        out, err = self.process.communicate(timeout=30)
        assert self.process.returncode == 2, out
        return err.decode()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(timeout=60)
            assert self.process.returncode == 0, self.process.stderr.read().decode()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
        else:
            self.kill()
