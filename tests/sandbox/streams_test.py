"""Live streams of a sandbox: they follow its store, and end when it is set back."""
import urllib.parse

import pytest
from harness.sandbox import Sandbox
from harness.stream import Stream

PATH = "ActivityAudits/Stream"


@pytest.fixture
def sandbox():
    with Sandbox("--computers", "5", "--events", "50") as made:
        yield made


def test_a_reset_ends_a_stream_that_is_ahead(sandbox):
    client, control = sandbox.client(), sandbox.anonymous("/sandbox/")
    with Stream(client, PATH) as stream:
        assert client.post("Groups", {"name": "to be forgotten"}).status == 201
        (audit,) = stream.take(1)
        assert audit["entityName"] == "to be forgotten"
        assert control.post("reset").status == 204
        assert stream.rest() == []
        assert "the stream ends" in stream.comments[-1]
    again = sandbox.client()
    assert again.get(PATH, {"LastEventId": stream.last_id}).status == 400
    assert again.get(PATH, {"LastEventId": stream.last_id - 1}).status == 200


def test_two_streams_of_one_seed_are_the_same(sandbox):
    texts = []
    for _ in range(2):
        with Stream(sandbox.client(), "Events/Stream", urllib.parse.urlencode({"StartDate": "1970-01-01"})) as stream:
            texts.append([stream.message() for _ in range(50)])
        assert sandbox.anonymous("/sandbox/").post("reset").status == 204
    assert texts[0] == texts[1]
