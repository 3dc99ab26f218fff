"""Which statuses of which operations the tests have met, on which store. With REEVE_COVERAGE set to a folder each process
leaves a file there when it ends; `python3 -m harness.coverage FOLDER OUT` makes the table of them, and fails when a status that an
operation promises was not met, but for those of ELSEWHERE."""
import atexit
import collections
import json
import os
import pathlib
import re
import sys

from harness import openapi

FOLDER = os.environ.get("REEVE_COVERAGE")
MANAGEMENT = ("v1", "v2", "v3")
SCIM = ("scim-v1", "scim-v2", "scim-v3")
NAMES = (*MANAGEMENT, *SCIM, "oauth", "agent")
STORES = ("sqlite", "postgres")
# Statuses that are not met from outside: (operations, status, why). Paths are without their version.
ELSEWHERE = (
    (r".*", "500", "only a fault of the program brings it about"),
    (r".*", "503", "only a busy or broken machine brings it about; tests/faults and the unit tests of http do"),
    (r"(GET|POST) /agent/.*", "*", "agents call their side themselves: tests/agent, and the unit tests of agent_api"),
    (r"(POST|DELETE) /management-api/Computers(/(Deactivate|Reject|RenewCertificate|RetrieveLogs|RetrieveStatusInfo))?", "409", "documented for clients of the original; what conflicts in a call for many is told by its task"),
    (r"POST /management-api/Groups/(AutoAssignPolicyRevision|AssignPolicyRevision|ClearPolicy|UnassignComputers)", "409", "the same"),
    (r"POST /management-api/Computers/\{id\}/(Archive|Unarchive)", "409", "documented for clients of the original; said twice, it changes nothing"),
    (r"(POST|PATCH|DELETE|PUT) .*", "200 201 202 204", "one success of several that clients of the original know; some other was met"),
    (r"PATCH /management-api/Users/\{id\}/Enable|PUT /management-api/Users/\{id\}/ModifyUserPreferences", "409", "documented for clients of the original; here nothing stands against it"),
    (r"GET /management-api/File/Download", "404", "documented for clients of the original; here the definition is always there"),
    (r"POST /management-api/scim/Groups", "success", "a group is a role, which SCIM does not make"),
    (r"GET /management-api/Events/search", "413", "an answer over 96 MiB; events_search_test.c"),
)
met = set()


def note(store, answer):
    """Counts an answer, as (store, definition, method, path of the definition, status)."""
    if not FOLDER:
        return
    path = answer.path.split("?")[0].rstrip("/")
    for prefix, name in openapi.PREFIXES:
        if path.lower().startswith(prefix):
            # A wrong method is an answer of those that the path takes, too.
            others = (answer.headers["Allow"] or "").split(", ") if answer.status == 405 else []
            for method in {answer.method, *others}:
                template = openapi.document(name).template(method, path)
                if template is not None:
                    met.add((store, name, method, template, str(answer.status)))


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


def is_elsewhere(plain, status):
    return any(re.fullmatch(pattern, plain) and (statuses == "*" or status in statuses.split()) for pattern, statuses, _ in ELSEWHERE)


def missing(plain, documented, statuses):
    """What is promised and was not met, also a success of some kind."""
    left = [status for status in documented if status not in statuses and not is_elsewhere(plain, status)]
    success = any(status[0] in "23" or status == "501" for status in statuses & set(documented))
    return left + ([] if success or is_elsewhere(plain, "success") else ["success"])


def table(folder):
    """(lines of the table, what is missing)."""
    found, lines, holes = gathered(folder), [], []
    lines += ["# API coverage", "", "Made by the tests from what they called (`make test` writes it anew, and fails when a status that an operation promises was not met).", "For each operation and store: the documented statuses that the tests have met. Not met from outside:", ""]
    lines += [f"- {'every status' if statuses == '*' else statuses} of `{pattern}`: {why}" for pattern, statuses, why in ELSEWHERE]
    for name in NAMES:
        lines += ["", f"## {name}", "", "| Tag | Operation | SQLite | PostgreSQL |", "|---|---|---|---|"]
        for tag, method, path, documented in operations(name):
            plain = re.sub(r"^(\w+ .*?)/v\d", r"\1", f"{method} {path}", count=1)
            cells = []
            for store in STORES:
                statuses = found[name, method, path][store]
                left = missing(plain, documented, statuses)
                holes += [f"{method} {path} on {store}: {status}" for status in left]
                cells.append(" ".join(sorted(statuses & set(documented))) + (f" \\| missing _{' '.join(left)}_" if left else ""))
            lines.append(f"| {tag} | `{method} {path}` | {cells[0]} | {cells[1]} |")
    return lines + [""], holes


def main():
    lines, holes = table(sys.argv[1])
    pathlib.Path(sys.argv[2]).write_text("\n".join(lines))
    for one in holes:
        print(f"not met: {one}")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())
