"""Requests made from the served definitions, right and wrong: no answer is a server's fault, takes long, or differs from
the definition. REEVE_GENERATED_REQUESTS says how many for each version and store, REEVE_GENERATED_SEED which."""
import os
import time

import pytest

from harness.definition import Definition, Requests

COUNT = int(os.environ.get("REEVE_GENERATED_REQUESTS", "500"))
SEED = int(os.environ.get("REEVE_GENERATED_SEED", "1"))
LONGEST_S = 10


@pytest.fixture(scope="module")
def server(new_server):
    server = new_server(args=["--rate-limit", "0"])
    server.fill(computers=300, groups=20, policies=10)
    return server


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_generated_requests_get_documented_answers(server, version):
    client = server.client()
    definition = Definition(client.get(f"/management-api/swagger/{version}/swagger.json").json)
    requests = Requests(definition, f"{SEED} {version}")
    for number in range(COUNT):
        method, path, body, headers, operation = requests.next()
        began = time.monotonic()
        answer = client.request(method, path, body=body, headers=headers)
        faults = definition.faults_of(operation, answer)
        told = f"request {number} of seed {SEED}: {method} {path} {body!r:.2000}\n{answer}"
        assert answer.status < 500, told
        assert time.monotonic() - began < LONGEST_S, told
        assert faults == [], f"{told}\n" + "\n".join(faults[:10])
        requests.learn(answer)


def test_the_check_finds_what_differs():
    """The check itself can fail."""
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "state": {"type": "string", "enum": ["On"]}}}
    definition = Definition({"paths": {}})
    assert definition.mismatches(schema, {"id": 1, "state": "On"}) == []
    for wrong in ({}, {"id": "1"}, {"id": True}, {"id": None}, {"id": 1, "state": "Off"}, {"id": 1, "more": 2}, [], None):
        assert definition.mismatches(schema, wrong) != []
