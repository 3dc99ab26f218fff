#!/usr/bin/env python3
"""Fails when a file includes a header of a folder that layers.txt does not allow, or on a cycle."""
import pathlib
import re
import sys


def read_layers(path):
    """Folder -> allowed folders, and complaints about names that do not stand above."""
    allowed, bad = {}, []
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        name, _, rest = line.partition(":")
        uses = set(rest.split())
        bad += [f"layers.txt: {name} names {use}, which is not above it" for use in uses - set(allowed)]
        allowed[name.strip()] = uses
    return allowed, bad


def owner(path, allowed):
    """The longest listed folder that holds path."""
    parts = path.split("/")
    for n in range(len(parts), 0, -1):
        if "/".join(parts[:n]) in allowed:
            return "/".join(parts[:n])
    return None


def main():
    root = pathlib.Path(sys.argv[1])
    allowed, bad = read_layers(root / "layers.txt")
    for file in sorted((root / "src").rglob("*.[ch]")):
        here = owner(str(file.relative_to(root / "src").parent), allowed)
        for number, line in enumerate(file.read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not found or found[1] in ("migration_text.h", "page_text.h"):
                continue
            there = owner(str(pathlib.PurePosixPath(found[1]).parent), allowed)
            if there != here and there not in allowed.get(here, ()):
                bad.append(f"{file.relative_to(root)}:{number}: {here} may not include {found[1]}")
    print("\n".join(bad) or f"layers: {len(allowed)} folders, no violation")
    return bool(bad)


sys.exit(main())
