"""A real `reeve serve` of its own: data folder, certificate, port and store are the test's."""
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from harness import coverage, openapi
from harness.client import Client
from harness.program import REEVE, clean_environment

FULL = ["management=full", "audit=read", "reporting=read", "scim=full", "jit=full", "insight=full"]
START_S = 30


class Server:
    def __init__(self, database=None, args=(), listens=("https://127.0.0.1:0",)):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reeve-test-"))
        self.data = self.folder / "data"
        self.database, self.args, self.listens = database, list(args), list(listens)
        self.log = self.folder / "serve.log"
        self.process, self.url, self.clients = None, None, 0
        self.check = self.check_answer

    def check_answer(self, answer):
        """What every answer to a client of this server goes through."""
        coverage.note("postgres" if self.database else "sqlite", answer)
        openapi.check(answer)

    # --- life

    def store_args(self):
        args = ["--data", str(self.data)]
        return args + (["--database", self.database] if self.database else [])

    def start(self, *more):
        """Starts it, on the port it had before when there was one, and waits until it takes requests."""
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        listens = [self.url] + self.listens[1:] if self.url else self.listens
        command = [REEVE, "serve", *self.store_args(), "--ready-file", str(ready), *self.args, *more]
        for listen in listens:
            command += ["--listen", listen]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment())
        end = time.monotonic() + START_S
        while not (ready.exists() and ready.read_text().endswith("\n")):
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log_tail()}")
            if time.monotonic() > end:
                raise AssertionError(f"the server was not ready in {START_S} s:\n{self.log_tail()}")
            time.sleep(0.01)
        self.url = ready.read_text().strip()
        return self

    def stop(self, wait_s=30):
        """Asks it to stop and gives its exit status."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(wait_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not stop in {wait_s} s:\n{self.log_tail()}") from None
        self.process = None
        if status != 0:
            print(f"the server ended with {status}:\n{self.log_tail(80)}")
        return status

    def kill(self):
        """As the power goes: nothing of it may be needed for the next start."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self):
        try:
            status = self.stop()
            assert status in (0, None), f"the server ended with {status}:\n{self.log_tail()}"
        finally:
            self.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- use

    @property
    def ca(self):
        return str(self.data / "ca.pem")

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def log_tail(self, lines=40):
        return "\n".join(line[:300] for line in self.log_text().splitlines()[-lines:])

    def cli(self, *args, check=True, store=True, input=None):
        """Runs a subcommand on this server's store; gives the finished process."""
        command = [REEVE, *args] + (self.store_args() if store else [])
        done = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), timeout=600, input=input, check=False)
        if check:
            assert done.returncode == 0, f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def account(self, scopes=None, name=None):
        """(client id, secret) of a new API account."""
        self.clients += 1
        name = name or f"test {self.clients}"
        args = ["api-account", "create", "--name", name]
        for scope in FULL if scopes is None else scopes:
            args += ["--scope", scope]
        lines = dict(line.split(None, 1) for line in self.cli(*args).stdout.splitlines())
        return lines["clientId"], lines["clientSecret"]

    def client(self, scopes=None, base="/management-api/v3/", name=None):
        """A signed-in client of a new API account."""
        return self.anonymous(base).sign_in(*self.account(scopes, name))

    def anonymous(self, base="/management-api/v3/"):
        return Client(self.url, self.ca, base=base, check=self.check)

    def installation(self):
        """(id, key) for enrolment."""
        lines = dict(line.split(None, 1) for line in self.cli("installation", "show").stdout.splitlines())
        return lines["installationId"], lines["installationKey"]

    def fill(self, **sizes):
        args = [part for name, value in sizes.items() for part in (f"--{name}", str(value))]
        return self.cli("sandbox", "fill", *args)
