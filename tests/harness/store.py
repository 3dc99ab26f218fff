"""The store of a server by hand: for what people or time would do."""
import sqlite3
import subprocess
import time


def edit(server, sql):
    """One statement, committed; the server may run."""
    if server.database:
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", server.database, "-c", sql], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return
    store = sqlite3.connect(server.data / "reeve.db", timeout=30)
    store.create_function("reeve_now", 0, lambda: time.time_ns() // 1000)  # what the triggers of changes ask for
    with store:
        store.execute(sql)
    store.close()
