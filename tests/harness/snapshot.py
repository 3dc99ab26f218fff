"""What a store holds, as a hash per table: to prove that nothing was changed."""
import hashlib
import sqlite3
import subprocess

# Moved by signing in, and by the server's clock (rounds of retention).
MOVING = {"api_token", "change_moment", "event_clock"}
# Of these only some rows: the clock makes the audit's key once, signs the newest entry when nobody did, and runs the rules.
STILL = {
    "setting": "name <> 'audit.key'",
    "audit_checkpoint": "id < (SELECT MAX(id) FROM activity_audit)",
    "job": "name <> 'management_rules'",
}


def where(name):
    return f" WHERE {STILL[name]}" if name in STILL else ""


def _sqlite(path):
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    try:
        store.execute("BEGIN")
        names = [row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        return {name: sorted(repr(row) for row in store.execute(f"SELECT * FROM \"{name}\"{where(name)}")) for name in names if name not in MOVING}
    finally:
        store.close()


def _psql(url, sql):
    return subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", url, "-c", sql], capture_output=True, text=True, check=True).stdout


def _postgres(url):
    names = _psql(url, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").split()
    one = "SELECT '{0}', COUNT(*), MD5(COALESCE(STRING_AGG(x, '|' ORDER BY x), '')) FROM (SELECT t::text AS x FROM \"{0}\" t{1}) rows"
    lines = _psql(url, " UNION ALL ".join(one.format(name, where(name)) for name in names if name not in MOVING)).splitlines()
    return {name: (int(count), digest) for name, count, digest in (line.split("|") for line in lines)}


def snapshot(server):
    """Table -> (rows, hash)."""
    if server.database:
        return _postgres(server.database)
    rows = _sqlite(server.data / "reeve.db")
    return {name: (len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()) for name, lines in rows.items()}
