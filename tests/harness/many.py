"""Many computers in seconds: one that was really made is copied inside the database, under ids, names and times of its own."""
from harness import store as by_hand

TABLES = {
    "computer": {"id": "{id}", "host": "'many-' || i", "host_key": "'many-' || i", "created": "t.created + i", "machine_key": "''", "duplicate_count": "0"},
    "computer_contact": {"computer_id": "{id}", "last_connected": "t.last_connected + i % 1000"},
    "computer_endpoint": {"computer_id": "{id}"},
    "computer_identity": {"computer_id": "{id}", "public_key": "'key ' || i", "previous_key": "NULL"},
    "computer_stream": {"computer_id": "{id}"},
}
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"


def statements(columns, number, count, template):
    """Copies of the template's rows; `columns` gives a table's columns, `number` writes i with leading zeros."""
    new_id = f"{number(8)} || '-0000-4000-8000-' || {number(12)}"
    for table, changed in TABLES.items():
        names = columns(table)
        values = [changed.get(name, f"t.{name}").format(id=new_id) for name in names]
        key = "id" if table == "computer" else "computer_id"
        yield f"{NUMBERS.format(count=count)} INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM n, {table} t WHERE t.{key} = '{template}'"
    yield f"UPDATE tally SET amount = amount + {count} WHERE name = 'computer'"
    yield f"UPDATE computer_group SET computer_count = computer_count + {count}, active_count = active_count + {count} WHERE id = (SELECT group_id FROM computer WHERE id = '{template}')"


def multiply(server, postgres, count):
    """`server` is stopped and has authorised computers in groups."""
    if server.database is None:
        with by_hand.embedded(server) as store:
            template = store.execute("SELECT id FROM computer WHERE authorisation_state = 1 AND archived = 0 AND group_id IS NOT NULL ORDER BY id LIMIT 1").fetchone()[0]
            columns = lambda table: [row[1] for row in store.execute(f"PRAGMA table_info({table})")]  # noqa: E731
            for statement in statements(columns, lambda width: f"printf('%0{width}d', i)", count, template):
                store.execute(statement)
        return
    ask = lambda text: postgres.sql(text, server.database).split()  # noqa: E731
    template = ask("SELECT id FROM computer WHERE authorisation_state = 1 AND archived = 0 AND group_id IS NOT NULL ORDER BY id LIMIT 1")[0]
    columns = lambda table: ask(f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' AND is_generated = 'NEVER' ORDER BY ordinal_position")  # noqa: E731
    script = ";".join(statements(columns, lambda width: f"lpad(i::text, {width}, '0')", count, template))
    postgres.sql(f"BEGIN; {script}; COMMIT; ANALYZE", server.database)
