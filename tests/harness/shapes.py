"""What tests of all resources look for in answers."""
import re
import time

from harness import openapi

UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"
BARE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6}[1-9]|\.[1-9])?$")  # no zone, no trailing zeros
ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00$")


def members(name, version="v3"):
    """Names of all members of a schema."""
    document = openapi.document(version)
    schema = document.root["components"]["schemas"][name]
    return set(schema["properties"])


def refused(answer, status, *named):
    """Problem details with the status; a 400 names the parameters, any other the fault."""
    assert answer.status == status, answer
    body = answer.json
    assert body["status"] == status and body["title"] and body["traceId"]
    told = list(body.get("errors") or {}) if status == 400 else body["detail"].lower()
    for name in named:
        assert name in told, answer
    return body


def done(client, answer, *statuses):
    """Follows the task that an answer names, to its end, and gives it."""
    assert answer.status in (statuses or (200, 201, 202, 204)), answer
    task = answer.headers["X-Task-Id"]
    if answer.body:
        assert answer.json == task
        assert answer.headers["Location"].endswith(f"/Tasks/{task}")
    end = time.monotonic() + 60
    while True:
        state = client.get(f"Tasks/{task}").json
        if state["status"] in ("Completed", "CompletedWithErrors", "Failed"):
            return state
        assert time.monotonic() < end, state
        time.sleep(0.05)
