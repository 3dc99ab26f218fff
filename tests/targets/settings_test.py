"""docs/delivery.md has the settings that the drivers have."""
import re
import subprocess

from harness.program import ROOT
from harness.targets import PROGRAM


def program_tables():
    tables, rows = {}, None
    for line in subprocess.run([PROGRAM, "settings"], capture_output=True, text=True, check=True).stdout.splitlines():
        if line.startswith("|"):
            rows.append(line)
        else:
            rows = tables.setdefault(line, [])
    return tables


def test_the_settings_are_the_drivers():
    text = (ROOT / "docs" / "delivery.md").read_text()
    found = re.findall(r"<!-- settings: (.*?) -->\n\|.*\n\|[-|]+\n((?:\|.*\n)*)", text)
    ours, theirs = {kind: rows.splitlines() for kind, rows in found}, program_tables()
    assert set(theirs) >= {"s3", "kafka"}
    assert ours == theirs, "`build/dev/target_send settings` prints the rows"
