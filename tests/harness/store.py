"""The store of a server by hand: for what people or time would do."""
import contextlib
import sqlite3
import subprocess
import time
import uuid

# No task can go on: the server's worker gives up and tries again later.
HOLD = {
    "sqlite": ["CREATE TRIGGER test_hold BEFORE UPDATE ON task BEGIN SELECT RAISE(ABORT, 'held by a test'); END"],
    "postgres": [
        "CREATE FUNCTION test_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'held by a test'; END $$",
        "CREATE TRIGGER test_hold BEFORE UPDATE ON task FOR EACH ROW EXECUTE FUNCTION test_hold()",
    ],
}
RELEASE = {"sqlite": ["DROP TRIGGER test_hold"], "postgres": ["DROP FUNCTION test_hold CASCADE"]}


@contextlib.contextmanager
def embedded(server):
    """A connection to the SQLite store, committed at the end."""
    store = sqlite3.connect(server.data / "reeve.db", timeout=30)
    store.create_function("reeve_now", 0, lambda: time.time_ns() // 1000)  # what the triggers of changes ask for
    try:
        with store:
            yield store
    finally:
        store.close()


def edit(server, sql):
    """One statement, committed; the server may run."""
    if server.database:
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", server.database, "-c", sql], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return
    with embedded(server) as store:
        store.execute(sql)


@contextlib.contextmanager
def endless_task(server):
    """The id of a task that is open until the block ends."""
    store, task = "postgres" if server.database else "sqlite", str(uuid.uuid4())
    for sql in HOLD[store]:
        edit(server, sql)
    try:
        edit(server, f"INSERT INTO task (id, name, status, total, succeeded, failed, created, action) VALUES ('{task}', 'Move', 1, 1, 0, 0, 0, 'Move')")
        yield task
    finally:
        for sql in RELEASE[store]:
            edit(server, sql)
        edit(server, f"DELETE FROM task WHERE id = '{task}'")
