"""A disk that fills up while computers report: batches are refused with a time to come back, none that was taken is missing, and with room
again everything goes on."""
import base64
import os
import subprocess

import pytest
from harness.poller import events_since
from harness.server import Server
from harness.wire import Endpoint, document

SMALL, LARGE = "24m", "96m"
LINES, BATCHES_MAX = 200, 400


def mount(*args):
    return subprocess.run(["mount", *args], capture_output=True, check=False).returncode == 0


@pytest.fixture()
def disk(tmp_path):
    """A small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or not mount("-t", "tmpfs", "-o", f"size={SMALL},mode=0755", "reeve-test", str(folder)):
        pytest.skip("mounting a small file system is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture()
def small(store, disk):
    if store != "sqlite":
        pytest.skip("PostgreSQL's disk is not the server's")
    server = Server()
    server.data = disk / "data"
    yield server.start()
    server.close()


def batch(first):
    """Nothing that packs well."""
    return [document(first + i, message=base64.b64encode(os.urandom(600)).decode()) for i in range(LINES)]


class TestFullDisk:
    def test_a_full_disk_refuses_new_batches_and_loses_none(self, small, disk):
        client = small.client()
        group = client.post("Groups", json={"name": "Full"}).json
        endpoint = Endpoint(small)
        assert endpoint.enrol(group).status == 201
        endpoint.sign_in()
        refused = None
        while refused is None:
            assert endpoint.sequence < LINES * BATCHES_MAX, "the disk never got full"
            lines = batch(endpoint.sequence)
            answer = endpoint.events(lines)
            if answer.status == 200:
                endpoint.sequence += LINES
            else:
                refused = answer
        stored = endpoint.sequence - 1
        assert refused.status == 503 and int(refused.headers["Retry-After"]) > 0, refused
        assert stored > 0
        for _ in range(3):
            assert endpoint.events(lines).status == 503
        assert [event["event"]["sequence"] for event in events_since(client, "2020-01-01")] == list(range(1, stored + 1))
        small.kill()  # a full disk, and then the power
        assert mount("-o", f"remount,size={LARGE}", str(disk))
        small.start()
        endpoint = self.again(small, endpoint)
        answer = endpoint.events(lines)
        assert answer.status == 200 and answer.json == {"nextSequence": stored + LINES + 1, "stored": LINES, "repeated": 0, "lost": 0}
        client = small.client()
        assert [event["event"]["sequence"] for event in events_since(client, "2020-01-01")] == list(range(1, stored + LINES + 1))
        detail = client.get("Computers/" + endpoint.id).json
        assert (detail["eventsStored"], detail["eventsLost"]) == (stored + LINES, 0)

    def test_with_room_again_it_goes_on_without_a_restart(self, small, disk):
        client = small.client()
        endpoint = Endpoint(small)
        assert endpoint.enrol(client.post("Groups", json={"name": "Full"}).json).status == 201
        endpoint.sign_in()
        filler = disk / "filler"
        filler.write_bytes(b"x" * 1024 * 1024)
        with open(filler, "ab") as file:
            try:
                while file.write(b"x" * 65536):
                    file.flush()
            except OSError:
                pass
        answers = [endpoint.events(batch(1)).status for _ in range(3)]
        assert answers == [503] * 3
        filler.unlink()
        assert endpoint.events(batch(1)).json["stored"] == LINES
        assert len(events_since(client, "2020-01-01")) == LINES

    @staticmethod
    def again(server, endpoint):
        made = Endpoint(server)
        made.key, made.id, made.host, made.sequence = endpoint.key, endpoint.id, endpoint.host, endpoint.sequence
        return made.sign_in()
