#!/usr/bin/env python3
"""Style that a compiler does not see: lengths of files and functions, banned words and names, headers that do not stand
alone. `check_style.py ROOT` prints a line for each finding and ends with 1 when there is one."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FILE_LINES_MAX = 1000
FUNCTION_LINES_MAX = 70
BANNED_WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
BANNED_FILES = re.compile(r"(^|_)(util|utils|misc|common|helper|helpers|shared)\.[ch]$")
ELSEWHERE = re.compile(r"/(?:work|farm)/")


def tracked(root, *patterns):
    """What git knows or would; in a tree without git, all but build/."""
    command = ["git", "ls-files", "-co", "--exclude-standard", *patterns]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return [root / name for name in done.stdout.splitlines() if (root / name).is_file()]
    return sorted(path for pattern in patterns for path in root.rglob(pattern) if "build" not in path.relative_to(root).parts)


def functions(lines):
    """(name, first line, length) of each function: a brace of its own at the margin opens, one closes it."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            head = "".join(lines[max(0, start - 8):start - 1])
            names = re.findall(r"(\w+)\s*\(", head.rsplit(";", 1)[-1].rsplit("}", 1)[-1])
            yield (names[0] if names else "?"), start, number - start + 1
            start = None


def check_source(path, name):
    lines = path.read_text().splitlines()
    found = []
    if len(lines) > FILE_LINES_MAX:
        found.append(f"{name}: {len(lines)} lines, the most are {FILE_LINES_MAX}")
    if BANNED_FILES.search(path.name):
        found.append(f"{name}: the name says nothing of its subject")
    for number, line in enumerate(lines, 1):
        if BANNED_WORDS.search(line):
            found.append(f"{name}:{number}: open points are written OPEN: what, and when it matters")
        if ELSEWHERE.search(line):
            found.append(f"{name}:{number}: a path of some other machine")
    if path.suffix == ".c":
        found += [f"{name}:{at}: {function} has {length} lines, the most are {FUNCTION_LINES_MAX}" for function, at, length in functions(lines) if length > FUNCTION_LINES_MAX]
    return found


def headers_alone(root, headers):
    """Each header compiles with nothing before it: one file that includes each in a unit of its own would be slow, so all
    are checked by one compiler call with many inputs."""
    with tempfile.TemporaryDirectory() as folder:
        inputs = []
        for number, header in enumerate(headers):
            unit = pathlib.Path(folder) / f"{number}.c"
            unit.write_text(f'#include "{header.relative_to(root / "src")}"\n')
            inputs.append(str(unit))
        packages = ["libmicrohttpd", "libpq", "gnutls", "libcurl", "libxml-2.0", "sqlite3", "yajl", "libzstd"]
        flags = subprocess.run(["pkg-config", "--cflags", *packages], capture_output=True, text=True, check=False).stdout.split()
        command = [os.environ.get("CC", "cc"), *flags, "-std=c17", "-D_GNU_SOURCE", '-DREEVE_VERSION="0"', "-fsyntax-only", "-I", str(root / "src"), *inputs]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return [line for line in done.stderr.splitlines() if "error" in line]


def open_points(paths, root):
    return [f"{path.relative_to(root)}:{number}: {line.strip()}" for path in paths for number, line in enumerate(path.read_text().splitlines(), 1) if "OPEN:" in line]


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    sources = tracked(root, "*.c", "*.h")
    found = [line for path in sources for line in check_source(path, path.relative_to(root))]
    test_headers = re.compile(r"test_\w+\.h$")
    found += headers_alone(root, [path for path in sources if path.suffix == ".h" and (root / "src") in path.parents and not test_headers.match(path.name)])
    for point in open_points(sources, root):
        print(f"open: {point}")
    print("\n".join(found) or f"style: {len(sources)} files, nothing found")
    return bool(found)


sys.exit(main())
