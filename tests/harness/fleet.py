"""Computers that enrol over the real protocol in an instant, for tests that want some of their own."""
import pathlib
import tempfile

TRIES = 10  # of a second each: where the machine is busy, the same computers go on where they were


def enrol(server, client, count=1, group=None):
    """Ids of new computers that have reported: pending, or authorised in `group`."""
    before = {row["id"] for row in rows(client)}
    installation, key = server.installation()
    args = ["fleet", "--server", server.url, "--installation-id", installation, "--installation-key", key, "--ca", server.ca]
    args += ["--computers", str(count), "--duration", "1", "--check-in-every", "1", "--events-per-hour", "0"]
    args += ["--group", group] if group else []
    with tempfile.TemporaryDirectory(prefix="reeve-fleet-") as folder:
        args += ["--fleet-file", str(pathlib.Path(folder) / "fleet")]
        for left in reversed(range(TRIES)):
            done = server.cli(*args, store=False, check=left == 0)
            if done.returncode == 0:
                break
    made = [row["id"] for row in rows(client) if row["id"] not in before]
    assert len(made) == count
    return made


def rows(client):
    return client.all("Computers", {"Sorts[0].by": "created", "Sorts[0].order": "asc"}, size=1000)


def state(client, computer):
    """What the detail says of where it stands."""
    answer = client.get(f"Computers/{computer}")
    assert answer.status == 200, answer
    return answer.json
