"""A real `reeve sandbox serve` of its own: no folder, no configuration, ports of its own."""
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from harness.client import Client
from harness.program import REEVE, clean_environment

START_S = 60


class Sandbox:
    def __init__(self, *args, port=0):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reeve-sandbox-"))
        ready, self.log = self.folder / "ready", self.folder / "log"
        command = [REEVE, "sandbox", "serve", "--listen", f"http://127.0.0.1:{port}", "--listen-tls", "off", "--ready-file", str(ready), *args]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment(), cwd=self.folder)
        end = time.monotonic() + START_S
        while not (ready.exists() and ready.read_text().endswith("\n")):
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                raise AssertionError(f"the sandbox is not ready:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.005)
        self.url = ready.read_text().strip()

    def client(self, base="/management-api/v3/"):
        return self.anonymous(base).sign_in("sandbox", "sandbox-secret")

    def anonymous(self, base="/management-api/v3/"):
        return Client(self.url, base=base)

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(30)
            assert status == 0, f"the sandbox ended with {status}:\n{self.log.read_text()[-2000:]}"
        finally:
            self.process.kill()
            self.process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
