"""Which statuses of which operations the tests have met, on which store. With REEVE_COVERAGE set to a folder each process
leaves a file there when it ends; `python3 -m harness.coverage FOLDER OUT` makes the table of them."""
import atexit
import collections
import json
import os
import pathlib
import sys

from harness import openapi

FOLDER = os.environ.get("REEVE_COVERAGE")
NAMES = ("v1", "v2", "v3", "agent", "oauth")
STORES = ("sqlite", "postgres")
# What no call can bring about, or only a broken machine.
UNMET = {"500", "503"}
# Successes that need time to pass, which only the tests beside the code can do.
ELSEWHERE = {"PATCH /management-api/Users/{id}/ResendInvite": "a minute after the first invitation; users_test.c"}
met = set()


def note(store, answer):
    """Counts an answer, as (store, definition, method, path of the definition, status)."""
    if not FOLDER:
        return
    path = answer.path.split("?")[0].rstrip("/")
    for prefix, name in openapi.PREFIXES:
        if path.lower().startswith(prefix):
            template = openapi.document(name).template(answer.method, path)
            if template is not None:
                met.add((store, name, answer.method, template, str(answer.status)))


def leave():
    if FOLDER and met:
        pathlib.Path(FOLDER, f"{os.getpid()}.json").write_text(json.dumps(sorted(met)))


atexit.register(leave)


def gathered(folder):
    """{(name, method, path): {store: statuses}}."""
    found = collections.defaultdict(lambda: collections.defaultdict(set))
    for file in pathlib.Path(folder).glob("*.json"):
        for store, name, method, path, status in json.loads(file.read_text()):
            found[name, method, path][store].add(status)
    return found


def operations(name):
    """(tag, method, path, statuses) of a definition, without the aliases of a path."""
    for path, item in openapi.document(name).root["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation and "x-alias-of" not in operation:
                yield operation.get("tags", ["-"])[0], method.upper(), path, sorted(operation["responses"])


def cell(documented, statuses):
    """What was met, and behind a bar what is documented and was not."""
    missing = [status for status in documented if status not in statuses and status not in UNMET]
    return " ".join(sorted(statuses & set(documented))) + (f" \\| _{' '.join(missing)}_" if missing else "")


def table(folder):
    """(lines of the table, operations without a success on a store in any version; real agents call their side themselves)."""
    found, lines, succeeded = gathered(folder), [], {}
    lines += ["# API coverage", "", "Made by the tests from what they called (`make test` writes it anew). For each operation and store: the documented statuses that", "the tests have met; behind a bar, in italics, those that are documented and were not met. 500 and 503 are left out: no call brings", "them about.", ""]
    for name in NAMES:
        lines += [f"## {name}", "", "| Tag | Operation | SQLite | PostgreSQL |", "|---|---|---|---|"]
        for tag, method, path, documented in operations(name):
            cells = [found[name, method, path][store] for store in STORES]
            lines.append(f"| {tag} | `{method} {path}` | {cell(documented, cells[0])} | {cell(documented, cells[1])} |")
            plain = f"{method} {path.replace(f'/{name}/', '/', 1)}"
            for store, statuses in zip(STORES, cells) if name != "agent" else ():
                success = any(status.startswith(("2", "3")) or status == "501" for status in statuses)
                succeeded[plain, store] = succeeded.get((plain, store), False) or success
        lines.append("")
    bare = [f"{plain} on {store}" for (plain, store), success in succeeded.items() if not success and plain not in ELSEWHERE]
    return lines, bare


def main():
    lines, bare = table(sys.argv[1])
    pathlib.Path(sys.argv[2]).write_text("\n".join(lines))
    for one in bare:
        print(f"no success met: {one}")
    return 1 if bare else 0


if __name__ == "__main__":
    sys.exit(main())
