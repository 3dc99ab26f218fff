"""A real `reeve agent` in a folder of its own, as an endpoint would run it."""
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from harness.server import REEVE, clean_environment


def wait_for(what, seconds=20, every=0.05):
    """Calls `what` until it gives something true, and gives that."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < end, f"{what} gave nothing in {seconds} s"
        time.sleep(every)


class Agent:
    def __init__(self, server):
        self.server = server
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reeve-agent-"))
        self.state = self.folder / "state"
        self.auth_log = self.folder / "auth.log"
        self.auth_log.write_text("")
        self.log = self.folder / "agent.log"
        self.process = None

    def command(self, *args, check=True, timeout=120):
        """Runs a subcommand on the agent's folder; gives the finished process."""
        done = subprocess.run([REEVE, "agent", *args, "--state", str(self.state)], capture_output=True, text=True, env=clean_environment(), timeout=timeout, check=False)
        if check:
            assert done.returncode == 0, f"{args}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def enrol(self, group=None):
        installation, key = self.server.installation()
        args = ["enrol", "--server", self.server.url, "--installation-id", installation, "--installation-key", key, "--ca", self.server.ca]
        self.command(*args, *(["--group", group] if group else []))
        return self

    def start(self, *more):
        with open(self.log, "ab") as log:
            command = [REEVE, "agent", "run", "--state", str(self.state), "--auth-log", str(self.auth_log), *more]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment())
        return self

    def status(self):
        return json.loads(self.command("status", "--json").stdout)

    @property
    def id(self):
        return self.status()["computerId"]

    def ready(self):
        """Waits until it is authorised and has talked to the server."""
        wait_for(lambda: self.status()["state"] == "Authorised")
        return self

    def decisions(self):
        """What it keeps on disk, by id."""
        file = self.state / "decisions.json"
        return {item["id"]: item for item in json.loads(file.read_text())["items"]} if file.exists() else {}

    def stop(self, wait_s=20):
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(wait_s)
        self.process = None
        return status

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
