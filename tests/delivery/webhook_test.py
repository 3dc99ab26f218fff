"""Delivery to a URL: what is set up, what arrives and how it is signed, what is refused, lost and sent again."""
import http.server
import json
import pathlib
import re
import threading
import uuid

import pytest

from harness.agent import wait_for
from harness.wire import Endpoint

SECRET = "0123456789abcdef0123456789abcdef"


class Receiver:
    """An HTTP server that keeps what it takes. `answer` decides what a request gets: (status, headers)."""

    def __init__(self):
        self.requests, self.answer = [], lambda records: (200, {})
        self.records, self.lock = [], threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                records = json.loads(body) if self.headers["Content-Type"].startswith("application/json") else [json.loads(line) for line in body.splitlines()]
                status, headers = receiver.answer(records)
                with receiver.lock:
                    receiver.requests.append((dict(self.headers), body, status))
                    if status == 200:
                        receiver.records += records
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def target(client, receiver):
    """Makes a target of the receiver and gives its id; all are deleted behind the test."""
    made = []

    def make(feeds=("events",), **more):
        settings = {"url": receiver.url, "secret": SECRET, **more.pop("settings", {})}
        answer = client.post("DeliveryTargets", {"name": uuid.uuid4().hex, "kind": "webhook", "feeds": list(feeds), "settings": settings, **more})
        assert answer.status == 201, answer
        made.append(answer.json)
        return answer.json

    yield make
    for one in made:
        client.delete(f"DeliveryTargets/{one}")


@pytest.fixture(scope="module")
def endpoint(server, client):
    made = Endpoint(server)
    assert made.enrol(client.post("Groups", {"name": "Delivered"}).json).status == 201
    assert client.post("Computers/Authorise", {"computerIds": [made.id]}).status == 200
    return made.sign_in()


def send(endpoint, *codes):
    """Events of these codes; gives their ids."""
    ids = [str(uuid.uuid4()) for _ in codes]
    answer = endpoint.events([{"event": {"id": one, "code": code, "action": "process-start"}, "user": {"name": "ann"}} for one, code in zip(ids, codes)])
    assert answer.status == 200, answer
    endpoint.sequence += len(codes)
    return ids


def documented():
    """What docs/delivery.md shows a receiver."""
    text = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "delivery.md").read_text()
    names = {}
    exec(re.search(r"```python\n(.*?)```", text, re.S).group(1), names)
    return names


def ids_of(records):
    return [record["event"]["id"] for record in records]


def state(client, target):
    answer = client.get(f"DeliveryTargets/{target}")
    assert answer.status == 200, answer
    return answer.json


def arrived(receiver, ids):
    return wait_for(lambda: set(ids) <= set(ids_of(receiver.records)), seconds=60)


class TestSettings:
    @pytest.mark.parametrize("change, named", [
        ({"kind": "pigeon"}, "kind"), ({"format": "xml"}, "format"), ({"feeds": []}, "feeds"), ({"feeds": ["news"]}, "feeds[0]"), ({"name": ""}, "name"),
        ({"settings": {"url": "ftp://a", "secret": SECRET}}, "settings.url"), ({"settings": {"url": "https://a"}}, "settings.secret"), ({"settings": {"url": "https://a", "secret": "short"}}, "settings.secret"),
        ({"settings": {"url": "https://a", "secret": SECRET, "colour": "red"}}, "settings"), ({"filter": [{"path": "a..b", "any": ["x"]}]}, "filter"), ({"filter": [{"path": "a"}]}, "filter[0].any"),
        ({"feeds": [9]}, "feeds[0]"), ({"feeds": [-1]}, "feeds[0]"), ({"filter": [{"path": "a", "any": ["\x01" * 256] * 100}] * 8}, "filter"),
    ])
    def test_what_cannot_be_is_named(self, client, change, named):
        body = {"name": uuid.uuid4().hex, "kind": "webhook", "feeds": ["events"], "settings": {"url": "https://a.example/", "secret": SECRET}, **change}
        answer = client.post("DeliveryTargets", body)
        assert answer.status == 400, answer
        assert any(name.startswith(named) for name in answer.json["errors"]), answer

    def test_secrets_are_not_shown_and_stay(self, client, target, receiver):
        one = target(enabled=False, settings={"authorization": "Bearer x"})
        shown = state(client, one)
        assert shown["settings"] == {"url": receiver.url} and shown["state"] == "Disabled" and SECRET not in json.dumps(client.get("DeliveryTargets").json)
        assert client.put(f"DeliveryTargets/{one}", {"name": "Renamed " + one}).status == 204
        assert client.put(f"DeliveryTargets/{one}", {"settings": {"batchItems": "7"}}).status == 204
        assert state(client, one)["settings"] == {"url": receiver.url, "batchItems": "7"}
        assert client.put(f"DeliveryTargets/{one}", {"settings": {"batchItems": None}}).status == 204
        assert state(client, one)["settings"] == {"url": receiver.url}
        assert client.post(f"DeliveryTargets/{one}/Test").json == {"delivered": True, "error": None}
        headers = receiver.requests[-1][0]
        assert headers["Authorization"] == "Bearer x" and headers["Reeve-Signature"].startswith("t=")

    def test_names_are_unique_and_changes_are_audited(self, server, client, target):
        one = target(enabled=False)
        name = state(client, one)["name"]
        body = {"name": name.upper(), "kind": "webhook", "feeds": ["events"], "settings": {"url": "https://a.example/", "secret": SECRET}}
        assert client.post("DeliveryTargets", body).status == 409
        other = target(enabled=False)
        assert client.put(f"DeliveryTargets/{other}", {"name": name.lower()}).status == 409
        client.put(f"DeliveryTargets/{one}", {"enabled": False, "format": "cef"})
        assert client.delete(f"DeliveryTargets/{one}").status == 204
        assert client.get(f"DeliveryTargets/{one}").status == 404
        rows = server.client(["audit=read"]).get("ActivityAudits/Details", {"Filter.Details": name, "Sorts[0].by": "id"}).json["data"]
        assert [row["auditType"] for row in rows] == ["CreateDeliveryTarget", "ModifyDeliveryTarget", "DeleteDeliveryTarget"]
        assert rows[0]["siemIntegrationBaseDetailModel"] == {"siemIntegrationEnabled": False, "siemIntegrationType": "webhook"}


class TestEvents:
    def test_all_arrive_signed_in_order_and_once(self, client, endpoint, receiver, target):
        one = target()
        ids = [event for _ in range(5) for event in send(endpoint, "601", "602", "603")]
        arrived(receiver, ids)
        assert ids_of(receiver.records) == ids
        is_ours = documented()["is_ours"]
        for headers, body, _ in receiver.requests:
            assert is_ours(SECRET.encode(), headers["Reeve-Signature"], body)
            assert not is_ours(SECRET.encode(), headers["Reeve-Signature"], body + b" ")
            assert not is_ours(b"another secret of some length", headers["Reeve-Signature"], body)
            assert headers["Reeve-Feed"] == "events" and int(headers["Reeve-Records"]) == len(body.splitlines())
        shown = wait_for(lambda: (lambda row: row if row["delivered"] == len(ids) and not row["progress"][0]["behind"] else None)(state(client, one)))
        assert (shown["state"], shown["delivered"], shown["lastError"], shown["deadLetters"]) == ("Delivering", len(ids), None, 0)

    def test_a_new_target_begins_now_or_with_the_oldest(self, endpoint, receiver, target):
        early = send(endpoint, "601")
        target()
        late = send(endpoint, "601")
        arrived(receiver, late)
        assert not set(early) & set(ids_of(receiver.records))
        target(begin="Oldest")
        arrived(receiver, early)

    def test_a_filter_lets_through_what_fits(self, endpoint, receiver, target):
        target(filter=[{"path": "event.code", "any": ["60*"]}, {"path": "event.code", "any": ["603"], "not": True}])
        ids = send(endpoint, "601", "700", "603", "602")
        arrived(receiver, [ids[0], ids[3]])
        assert ids_of(receiver.records) == [ids[0], ids[3]]

    @pytest.mark.parametrize("form, key", [("ocsf", "class_uid"), ("ecs", "event")])
    def test_formats_and_arrays(self, endpoint, receiver, target, form, key):
        target(format=form, settings={"body": "array"})
        send(endpoint, "601", "602")
        wait_for(lambda: len(receiver.records) == 2)
        assert all(key in record for record in receiver.records)
        assert receiver.requests[0][0]["Content-Type"] == "application/json"

    def test_two_targets_do_not_wait_for_each_other(self, client, endpoint, receiver, target):
        gone = target(settings={"url": "http://127.0.0.1:1/"})
        target()
        ids = send(endpoint, "601")
        arrived(receiver, ids)
        shown = wait_for(lambda: (lambda row: row if row["attempts"] else None)(state(client, gone)))
        assert shown["state"] == "Retrying" and shown["lastError"] and shown["nextAttempt"]


def test_metrics_tell_of_deliveries(server):
    """The numbers come with each minute's housekeeping, and once at the start."""
    text = server.anonymous("/").get("metrics", token=False).text
    for name in ("records_total", "dead_letters", "targets_failing", "feeds_behind", "missed_total"):
        assert f"\nreeve_delivery_{name} " in text


class TestTrouble:
    def test_a_busy_receiver_gets_everything_later(self, client, endpoint, receiver, target):
        receiver.answer = lambda records: (503, {"Retry-After": "1"})
        one = target()
        ids = send(endpoint, "601", "602", "603")
        wait_for(lambda: state(client, one)["attempts"] > 0)
        assert "503" in state(client, one)["lastError"]
        receiver.answer = lambda records: (200, {})
        arrived(receiver, ids)
        assert ids_of(receiver.records) == ids
        wait_for(lambda: state(client, one)["state"] == "Delivering")

    def test_settings_that_are_refused_are_told_and_mended(self, client, endpoint, receiver, target):
        receiver.answer = lambda records: (401, {})
        one = target()
        ids = send(endpoint, "601")
        wait_for(lambda: state(client, one)["state"] == "Refused")
        receiver.answer = lambda records: (200, {})
        assert client.put(f"DeliveryTargets/{one}", {"settings": {"authorization": "Bearer right"}}).status == 204
        arrived(receiver, ids)
        assert receiver.requests[-1][0]["Authorization"] == "Bearer right"

    @pytest.mark.parametrize("status", [400, 413, 422])
    def test_a_record_that_is_refused_is_put_aside_and_the_rest_goes_on(self, client, endpoint, receiver, target, status):
        receiver.answer = lambda records: (status, {}) if any(record["event"]["code"] == "666" for record in records) else (200, {})
        one = target()
        ids = send(endpoint, "601", "602", "666", "603", "604")
        good = ids[:2] + ids[3:]
        arrived(receiver, good)
        assert ids_of(receiver.records) == good
        [dead] = wait_for(lambda: client.get(f"DeliveryTargets/{one}/DeadLetters").json)
        assert dead["id"] == ids[2] and str(status) in dead["reason"] and dead["document"]["event"]["code"] == "666" and dead["feed"] == "events"
        assert state(client, one)["deadLetters"] == 1
        receiver.answer = lambda records: (200, {})
        assert client.post(f"DeliveryTargets/{one}/DeadLetters/Replay", {"ids": [ids[2]]}).status == 204
        arrived(receiver, ids)
        wait_for(lambda: state(client, one)["deadLetters"] == 0)

    def test_dead_letters_can_be_dropped(self, client, endpoint, receiver, target):
        receiver.answer = lambda records: (422, {})
        one = target()
        ids = send(endpoint, "601", "602")
        wait_for(lambda: state(client, one)["deadLetters"] == 2)
        assert client.delete(f"DeliveryTargets/{one}/DeadLetters", {"ids": ids[:1]}).status == 204
        assert [dead["id"] for dead in client.get(f"DeliveryTargets/{one}/DeadLetters").json] == ids[1:]
        assert client.post(f"DeliveryTargets/{one}/DeadLetters/Replay").status == 204
        wait_for(lambda: [dead["replay"] for dead in client.get(f"DeliveryTargets/{one}/DeadLetters").json] == [False])
        assert client.delete(f"DeliveryTargets/{one}/DeadLetters").status == 204
        assert state(client, one)["deadLetters"] == 0

    def test_it_goes_on_where_it_was_after_a_pause_and_a_kill(self, new_server, receiver):
        server = new_server()
        client = server.client()
        endpoint = Endpoint(server)
        endpoint.enrol(client.post("Groups", {"name": "Killed"}).json)
        client.post("Computers/Authorise", {"computerIds": [endpoint.id]})
        endpoint.sign_in()
        one = client.post("DeliveryTargets", {"name": "Killed", "kind": "webhook", "feeds": ["events"], "settings": {"url": receiver.url, "secret": SECRET}}).json
        ids = send(endpoint, "601", "602")
        arrived(receiver, ids)
        assert client.put(f"DeliveryTargets/{one}", {"enabled": False}).status == 204
        ids += send(endpoint, "603")
        server.kill()
        server.start()
        client = server.client()
        endpoint.http = server.anonymous("/agent/v1/")
        endpoint.sign_in()
        ids += send(endpoint, "604")
        assert client.put(f"DeliveryTargets/{one}", {"enabled": True}).status == 204
        arrived(receiver, ids)
        assert [one for number, one in enumerate(ids_of(receiver.records)) if one not in ids_of(receiver.records)[:number]] == ids

    def test_back_to_a_moment(self, client, endpoint, receiver, target):
        one = target()
        ids = send(endpoint, "601", "602")
        arrived(receiver, ids)
        moment = wait_for(lambda: state(client, one)["lastDelivered"])
        receiver.records.clear()
        assert client.post(f"DeliveryTargets/{one}/Replay", {"feed": "events", "from": moment[:10]}).status == 204
        arrived(receiver, ids)
        assert client.post(f"DeliveryTargets/{one}/Replay", {"feed": "activityAudits", "from": moment[:10]}).status == 400

    def test_back_to_a_moment_while_a_batch_is_under_way(self, client, endpoint, receiver, target):
        one = target()
        ids = send(endpoint, "601", "602")
        arrived(receiver, ids)
        moment = wait_for(lambda: state(client, one)["lastDelivered"])
        receiver.records.clear()
        came, go = threading.Event(), threading.Event()
        receiver.answer = lambda records: (came.set(), go.wait(20), (200, {}))[2]
        late = send(endpoint, "603")
        assert came.wait(20)
        assert client.post(f"DeliveryTargets/{one}/Replay", {"feed": "events", "from": moment[:10]}).status == 204
        go.set()
        arrived(receiver, ids + late)


class TestOtherFeeds:
    def test_activity_audits(self, client, receiver, target):
        target(feeds=["activityAudits"])
        name = uuid.uuid4().hex
        group = client.post("Groups", {"name": name}).json
        client.delete(f"Groups/{group}")
        wait_for(lambda: len([record for record in receiver.records if name in (record["details"] or "")]) == 2)
        ids = [record["id"] for record in receiver.records]
        assert ids == sorted(ids)
        assert receiver.records[-1]["groupDataAuditing"] is not None

    def test_authorisation_requests(self, server, client, receiver, target):
        from harness.agent import Agent

        agent = Agent(server).enrol(client.post("Groups", {"name": "Asked"}).json)
        target(feeds=["authorizationRequests"])
        request = str(uuid.uuid4())
        agent.command("request", "application", "--path", "/bin/ls", "--reason", "x", "--user", "ann", "--request", request)
        body = {"status": "2000", "decision": "Approved", "decisionPerformedByUser": "bob", "duration": "Once", "itsmRequestId": request, "decisionTime": "2026-03-04 05:06:07", "message": "m", "systemId": request, "ticketId": "INC1", "ticketUrl": "https://itsm.test/"}
        assert client.post("AuthorizationRequest/notification", body).status == 200
        wait_for(lambda: [record["change"] for record in receiver.records if record["authorizationRequestId"] == request] == ["Created", "Approved"])
        agent.close()
