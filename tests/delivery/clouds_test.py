"""Events and audits from the server to S3-compatible storage and to Kafka, while both and the server are ill: what is there in the end is
what was sent, in the order of each computer."""
import collections
import gzip
import json
import uuid

import pytest

from formats.ocsf_schema import faults
from harness.agent import wait_for
from harness.kafka import Cluster
from harness.s3 import KEY_ID, S3, SECRET
from harness.wire import Endpoint

ROUNDS, BATCH, WAIT_S = 6, 40, 90


def endpoint(server, client):
    made = Endpoint(server)
    assert made.enrol(client.post("Groups", {"name": uuid.uuid4().hex}).json).status == 201
    assert client.post("Computers/Authorise", {"computerIds": [made.id]}).status == 200
    return made.sign_in()


def events(computer, count):
    """So many events, safely with the server; gives their ids."""
    ids = [str(uuid.uuid4()) for _ in range(count)]
    answer = computer.events([{"event": {"id": one, "code": "100", "outcome": "success"}, "user": {"name": "ann"}, "process": {"executable": "/bin/x"}} for one in ids])
    assert answer.status == 200, answer
    computer.sequence += count
    return ids


def objects(storage, feed):
    """Records of a feed, in the order of the names of their objects."""
    with storage.lock:
        found = {name: body for name, (body, _) in storage.objects.items() if f"/{feed}/" in name}
    return [json.loads(line) for name in sorted(found) for line in gzip.decompress(found[name]).splitlines()]


def state(client, target):
    return client.get(f"DeliveryTargets/{target}").json


def create(client, kind, feeds, settings, form):
    answer = client.post("DeliveryTargets", {"name": uuid.uuid4().hex, "kind": kind, "format": form, "feeds": feeds, "begin": "Oldest", "settings": settings})
    assert answer.status == 201, answer
    return answer.json


@pytest.fixture
def storage():
    with S3() as made:
        yield made


@pytest.fixture
def cluster():
    with Cluster() as made:
        yield made


def test_everything_arrives_whatever_is_ill(new_server, storage, cluster, store):
    server = new_server(args=["--rate-limit", "0"])
    client = server.client()
    settings = {"endpoint": storage.url, "bucket": storage.bucket, "region": storage.region, "accessKeyId": KEY_ID, "secretAccessKey": SECRET, "objectSeconds": "0"}
    create(client, "s3", ["events", "activityAudits"], settings, "ocsf")
    create(client, "kafka", ["events"], {"brokers": cluster.brokers, "topic": "events", "security": "plaintext", "timeoutSeconds": "3"}, "ecs")
    computers = [endpoint(server, client) for _ in range(3)]
    sent = collections.defaultdict(list)
    for number in range(ROUNDS):
        if number == 1:
            storage.troubles = [(503, "SlowDown"), "no answer", "no answer"]
        if number == 2:
            cluster.down()
        for computer in computers:
            sent[computer.id] += events(computer, BATCH)
        if number in (3, 4):  # between an upload and its note, or while messages are under way
            if store == "sqlite":
                server.kill()
            else:
                server.stop()  # after a kill the target's lease would have to end first: 30 seconds
            server.start()
            client = server.client()
        if number == 3:
            cluster.up()
    wanted = {one for ids in sent.values() for one in ids}
    wait_for(lambda: wanted <= {record["metadata"]["uid"] for record in objects(storage, "events")}, WAIT_S)
    archived = objects(storage, "events")
    assert {record["metadata"]["uid"] for record in archived} == wanted and all(faults(record) == [] for record in archived)
    first = collections.defaultdict(dict)
    for record in archived:
        first[record["device"]["uid"]].setdefault(record["metadata"]["uid"])
    assert {computer: list(ids) for computer, ids in first.items()} == sent
    messages = wait_for(lambda: (lambda rows: rows if wanted <= {row[2] for row in rows} else None)(cluster.read()), WAIT_S)
    keyed = collections.defaultdict(dict)
    for _, key, item, feed in messages:
        assert feed == "events"
        keyed[key].setdefault(item)
    assert {computer: list(ids) for computer, ids in keyed.items()} == sent
    audits = {row["id"] for row in client.all("ActivityAudits", {"Sorts[0].by": "id"}, size=200)}
    wait_for(lambda: audits <= {record["metadata"]["sequence"] for record in objects(storage, "activityAudits")}, WAIT_S)
    print(f"\n{len(wanted)} events of {len(sent)} computers: {len(archived)} records in {len(storage.objects)} objects, {len(messages)} messages")


def test_a_wrong_key_is_a_refusal_and_nothing_dies(new_server, storage):
    server = new_server()
    client = server.client()
    settings = {"endpoint": storage.url, "bucket": storage.bucket, "region": storage.region, "accessKeyId": KEY_ID, "secretAccessKey": "another", "objectSeconds": "0"}
    target = create(client, "s3", ["activityAudits"], settings, "cef")
    found = wait_for(lambda: (lambda now: now if now["state"] == "Refused" else None)(state(client, target)), WAIT_S)
    assert "SignatureDoesNotMatch" in found["lastError"] and found["deadLetters"] == 0 and "another" not in json.dumps(found)
    assert client.put(f"DeliveryTargets/{target}", {"settings": {"secretAccessKey": SECRET}}).status == 204
    wait_for(lambda: state(client, target)["delivered"] > 0, WAIT_S)
    assert any("/activityAudits/" in name for name in storage.objects)


def test_objects_fill_before_they_go(new_server, storage):
    """Large batches become large objects, also when a filter leaves most of them out; what is too little for one waits its time."""
    server = new_server(args=["--rate-limit", "0"])
    client = server.client()
    settings = {"endpoint": storage.url, "bucket": storage.bucket, "region": storage.region, "accessKeyId": KEY_ID, "secretAccessKey": SECRET}
    computer = endpoint(server, client)
    sent = [one for _ in range(8) for one in events(computer, 400)]
    filtered = {"name": "rare", "kind": "s3", "format": "ecs", "feeds": ["events"], "begin": "Oldest", "filter": [{"path": "event.id", "any": [sent[0], sent[-1]]}],
                "settings": {**settings, "prefix": "rare", "objectSeconds": "1"}}
    assert client.post("DeliveryTargets", filtered).status == 201
    create(client, "s3", ["events"], {**settings, "objectSeconds": "2"}, "ecs")
    named = lambda start: {name: gzip.decompress(body).splitlines() for name, (body, _) in list(storage.objects.items()) if name.startswith(start)}
    whole = wait_for(lambda: (lambda now: now if sum(map(len, now.values())) >= len(sent) else None)(named("reeve/")), WAIT_S)
    assert len(whole) == 1, "3,200 small events are one object"
    rare = wait_for(lambda: (lambda now: now if sum(map(len, now.values())) >= 2 else None)(named("rare/")), WAIT_S)
    assert [json.loads(line)["event"]["id"] for lines in rare.values() for line in lines] == [sent[0], sent[-1]]


def test_what_failed_once_does_not_wait_for_an_object_to_fill_again(new_server, storage):
    server = new_server()
    client = server.client()
    settings = {"endpoint": storage.url, "bucket": storage.bucket, "region": storage.region, "accessKeyId": KEY_ID, "secretAccessKey": SECRET, "objectSeconds": "3600", "objectBytes": "5000"}
    storage.troubles = [None, (503, "SlowDown")]  # the rest is less than an object
    create(client, "s3", ["events"], settings, "ecs")
    computer = endpoint(server, client)
    ids = [str(uuid.uuid4()) for _ in range(3)]
    assert computer.events([{"event": {"id": one, "code": "100"}, "message": "x" * 1500} for one in ids]).status == 200
    wait_for(lambda: [record["event"]["id"] for record in objects(storage, "events")] == ids, WAIT_S)


def test_a_filter_lets_through_what_large_neighbours_hide(new_server, storage):
    """Documents of very many values take a lot of memory to look at; the others of their batch are looked at all the same."""
    server = new_server(args=["--rate-limit", "0"])
    client = server.client()
    computer = endpoint(server, client)
    heavy = [{"event": {"id": str(uuid.uuid4()), "code": "106"}, "x": [1] * 15000} for _ in range(300)]
    for start in range(0, len(heavy), 50):
        answer = computer.events(heavy[start:start + 50])
        assert answer.status == 200, answer
        computer.sequence += 50
    wanted = events(computer, 20)
    settings = {"endpoint": storage.url, "bucket": storage.bucket, "region": storage.region, "accessKeyId": KEY_ID, "secretAccessKey": SECRET, "objectSeconds": "0"}
    filtered = {"name": "codes", "kind": "s3", "format": "ecs", "feeds": ["events"], "begin": "Oldest", "filter": [{"path": "event.code", "any": ["100"]}], "settings": settings}
    assert client.post("DeliveryTargets", filtered).status == 201
    found = wait_for(lambda: (lambda now: now if len(now) >= len(wanted) else None)(objects(storage, "events")), WAIT_S)
    assert [record["event"]["id"] for record in found] == wanted
