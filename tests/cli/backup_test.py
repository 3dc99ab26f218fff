"""A backup that is made while agents report can be put in the place of the store: all that was acknowledged before it is there, and whole."""
import os
import shutil
import subprocess
import time

import pytest
from harness.program import REEVE, clean_environment
from harness.server import Server


def events_of(client):
    return sum(client.get("Computers/" + row["id"]).json.get("eventsStored", 0) for row in client.all("Computers", size=500))


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def busy(request):
    """A server, and a fleet of twenty computers that send it a hundred events a second each."""
    database = request.getfixturevalue("postgres").database() if request.param == "postgres" else None
    with Server(database, ["--rate-limit", "0"]) as server:
        client = server.start().client()
        group = client.post("Groups", json={"name": "Reporting"}).json
        installation, key = server.installation()
        fleet = subprocess.Popen([REEVE, "fleet", "--server", server.url, "--installation-id", installation, "--installation-key", key, "--ca", server.ca, "--group", group,
                                  "--computers", "20", "--duration", "600", "--check-in-every", "1", "--events-per-hour", "360000"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=clean_environment())
        try:
            while events_of(client) == 0:
                assert fleet.poll() is None, fleet.stderr.read()
                time.sleep(0.2)
            yield server
            assert fleet.poll() is None, "the fleet has ended too soon"
        finally:
            fleet.kill()
            fleet.communicate()


@pytest.fixture(scope="module")
def sqlite():
    with Server() as server:
        yield server.start()


def copy_sqlite(server, folder):
    """As docs/operations.md says; gives the server that comes up from it."""
    done = server.cli("backup", "--out", str(folder / "backup.db"))
    assert (done.stdout, done.stderr) == (f"written to {folder}/backup.db\n", "")
    assert os.stat(folder / "backup.db").st_mode & 0o777 == 0o600
    other = Server()
    other.data.mkdir(mode=0o700)
    shutil.copy(folder / "backup.db", other.data / "reeve.db")
    return other


def copy_postgres(server, folder, database):
    subprocess.run(["pg_dump", "--format=custom", f"--file={folder}/reeve.dump", server.database], check=True, timeout=120)
    subprocess.run(["pg_restore", "--no-owner", f"--dbname={database}", f"{folder}/reeve.dump"], check=True, timeout=120)
    return Server(database)


def test_is_whole_under_load(busy, tmp_path, request):
    client = busy.client()
    group = client.post("Groups", json={"name": "Before the backup"}).json
    before = events_of(client)
    other = copy_postgres(busy, tmp_path, request.getfixturevalue("postgres").database()) if busy.database else copy_sqlite(busy, tmp_path)
    after = events_of(client)
    with other:
        again = other.start().client(name="restored")
        assert before <= events_of(again) <= after
        assert again.get("Groups/" + group).json["name"] == "Before the backup"
        assert other.cli("audit", "verify").stdout.startswith("entries ")


def test_takes_the_place_of_the_one_before(sqlite, tmp_path):
    out = tmp_path / "backup.db"
    out.write_text("an old one")
    (tmp_path / "backup.db.part").write_text("of one that was interrupted")
    sqlite.cli("backup", "--out", str(out))
    assert out.read_bytes().startswith(b"SQLite format 3\0")
    assert [path.name for path in tmp_path.iterdir()] == ["backup.db"]


def test_never_writes_over_the_store(sqlite, tmp_path):
    (tmp_path / "other").symlink_to(sqlite.data / "reeve.db")
    for out in (sqlite.data / "reeve.db", tmp_path / "other"):
        done = sqlite.cli("backup", "--out", str(out), check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert "is the store itself" in done.stderr


def test_a_folder_without_a_store_gets_none(sqlite, tmp_path):
    done = sqlite.cli("backup", "--data", str(tmp_path), "--out", str(tmp_path / "b"), store=False, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"there is no store in {tmp_path};" in done.stderr
    assert not any(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(sqlite):
    done = sqlite.cli("backup", "--out", "/no/such/folder/b", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "/no/such/folder/b cannot be written: No such file" in done.stderr


def test_postgresql_has_its_own(sqlite, tmp_path):
    done = sqlite.cli("backup", "--database", "postgresql://x/y", "--out", str(tmp_path / "b"), store=False, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pg_dump" in done.stderr
