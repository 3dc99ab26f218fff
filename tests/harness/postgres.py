"""A private PostgreSQL for the tests, started once, with a fresh database for each server."""
import itertools
import os
import pathlib
import subprocess
import tempfile

# No test takes the machine's power away, so the disk need not be waited for; our own commits still wait for PostgreSQL's.
OPTIONS = "-c fsync=off -c full_page_writes=off"
SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "postgres.sh"


class Postgres:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="reeve-pg-")
        done = subprocess.run(["sh", str(SCRIPT), "start", self.folder], capture_output=True, text=True, check=False, env={**os.environ, "POSTGRES_OPTIONS": OPTIONS})
        assert done.returncode == 0, f"PostgreSQL did not start:\n{done.stdout}{done.stderr}"
        self.url = done.stdout.strip().splitlines()[-1]
        self.numbers = itertools.count(1)

    def sql(self, text, url=None):
        """Runs statements and gives what psql prints, unaligned."""
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", url or self.url, "-c", text], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def database(self):
        """The URL of a new, empty database."""
        name = f"test_{next(self.numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url.replace("/reeve?", f"/{name}?", 1)

    def close(self):
        subprocess.run(["sh", str(SCRIPT), "stop", self.folder], capture_output=True, check=False)
