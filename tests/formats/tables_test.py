"""docs/delivery-formats.md has the mappings that the program has."""
import re
import subprocess

from formats.samples import PROGRAM
from harness.program import ROOT


def program_tables():
    tables, rows = {}, None
    for line in subprocess.run([PROGRAM, "tables"], capture_output=True, text=True, check=True).stdout.splitlines():
        if line.startswith("|"):
            rows.append(line)
        else:
            rows = tables.setdefault(line, [])
    return tables


def documented_tables():
    text = (ROOT / "docs" / "delivery-formats.md").read_text()
    found = re.findall(r"<!-- table: (.*?) -->\n\|.*\n\|[-|]+\n((?:\|.*\n)*)", text)
    return {name: rows.splitlines() for name, rows in found}


def test_the_tables_are_the_programs():
    ours, theirs = documented_tables(), program_tables()
    assert len(theirs) == 6 and all(len(rows) > 5 for rows in theirs.values())
    assert ours == theirs, "`build/dev/format_records tables` prints the rows"
