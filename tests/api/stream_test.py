"""Events, activity audits and changes of requests as they come: server-sent events that nothing is lost of."""
import contextlib
import datetime
import threading
import time
import urllib.parse
import uuid

import pytest
from harness.agent import wait_for
from harness.shapes import refused
from harness.stream import Stream
from harness.wire import Endpoint, document

PATHS = ("Events/Stream", "ActivityAudits/Stream", "AuthorizationRequestAudits/Stream")
ALL = "StartDate=1970-01-01"
EVENTS = 1300  # more than two pieces
STREAMS_MAX = 100


@pytest.fixture(scope="module")
def server(new_server):
    server = new_server(start=False)
    server.fill(computers=10, events=EVENTS)
    return server.start()


@pytest.fixture(scope="module")
def endpoint(server, client):
    made = Endpoint(server)
    assert made.enrol(client.post("Groups", {"name": "Streamed"}).json).status == 201
    return made.sign_in()


def send(endpoint, count=1, **more):
    """So many new events of the computer; gives their ids."""
    lines = [document(0, **more) for _ in range(count)]
    for line in lines:
        line["event"] = {**line["event"], "id": str(uuid.uuid4()), **more.get("event", {})}
    answer = endpoint.events(lines)
    assert answer.status == 200, answer
    endpoint.sequence = answer.json["nextSequence"]
    return [line["event"]["id"] for line in lines]


def ids(events):
    return [event["event"]["id"] for event in events]


def stored(client):
    """All events, as a collector reads them."""
    found, start = [], "1970-01-01"
    while True:
        page = client.get("Events/FromStartDate", {"StartDate": start}).json["events"]
        fresh = [event for event in page if event["event"]["ingested"] > (found[-1]["event"]["ingested"] if found else "")]
        if not fresh:
            return found
        found += fresh
        start = found[-1]["event"]["ingested"]


class TestEvents:
    def test_all_that_is_stored_comes_once_and_as_it_is(self, client):
        wanted = stored(client)
        assert len(wanted) >= EVENTS
        with Stream(client, "Events/Stream", ALL) as stream:
            assert (stream.status, stream.headers["Content-Type"], stream.headers["Cache-Control"]) == (200, "text/event-stream", "no-store")
            assert stream.take(len(wanted)) == wanted

    def test_what_comes_while_it_is_open(self, client, endpoint):
        with Stream(client, "Events/Stream") as stream:
            for count in (1, 3, 700, 1):
                wanted = send(endpoint, count)
                assert ids(stream.take(count)) == wanted

    def test_a_date_to_begin_with(self, client):
        wanted = stored(client)[-40:]
        with Stream(client, "Events/Stream", urllib.parse.urlencode({"StartDate": wanted[0]["event"]["ingested"]})) as stream:
            assert stream.take(40) == wanted

    @pytest.mark.parametrize("by", ["header", "query", "both"])
    def test_on_from_the_last_message(self, client, by):
        wanted = stored(client)
        with Stream(client, "Events/Stream", ALL) as stream:
            for index in range(777):
                last, _ = stream.message()
        query = ALL if by == "header" else f"LastEventId={last if by == 'query' else 1}"
        with Stream(client, "Events/Stream", query, last_id=None if by == "query" else last) as stream:
            assert stream.take(len(wanted) - 777) == wanted[777:]

    def test_where_it_stands_is_told_before_the_first_message(self, client, endpoint):
        with Stream(client, "Events/Stream") as stream:
            while stream.last_id is None:
                stream.response.readline()
                name, _, value = stream.response.readline().decode().partition(": ")
                stream.last_id = int(value) if name == "id" else None
        wanted = send(endpoint, 2)
        with Stream(client, "Events/Stream", last_id=stream.last_id) as stream:
            assert ids(stream.take(2)) == wanted

    @pytest.mark.parametrize("filters", [
        {"Events.EventCode": ["100", "106"]}, {"Events.EventCode[0]": "100"}, {"OperatingSystem": "Windows"}, {"OperatingSystem": "*"}, {"HostName": "*1*"}, {"Computer.HostName": "nothing of this name"},
        {"User.UserName": "*a*", "OperatingSystem": "Linux"},
    ])
    def test_filters_are_those_of_a_search(self, client, endpoint, filters):
        search = {"TimePeriod.StartDate": "1970-01-01", "TimePeriod.EndDate": "2100-01-01", "OperatingSystem": "*", "Pagination.PageSize": 1000, **filters}
        wanted, number = [], 1
        while True:
            page = client.get("Events/search", {**search, "Pagination.PageNumber": number}).json["events"]
            wanted, number = wanted + page, number + 1
            if len(page) < 1000:
                break
        with Stream(client, "Events/Stream", ALL + "&" + urllib.parse.urlencode(filters, doseq=True)) as stream:
            assert stream.take(len(wanted)) == wanted
            assert wanted or stream.status == 200

    def test_a_filter_holds_for_what_comes(self, client, endpoint):
        with Stream(client, "Events/Stream", "Events.EventCode=116") as stream:
            send(endpoint, 5)
            wanted = send(endpoint, 2, event={"code": "116"})
            send(endpoint, 5)
            wanted += send(endpoint, 1, event={"code": "116"})
            assert ids(stream.take(3)) == wanted

    def test_a_busy_feed_comes_in_larger_pieces(self, client, endpoint):
        """Or a hundred streams would look at the store a hundred times for each batch."""
        wanted, pieces, got = 200, 0, 0
        with Stream(client, "Events/Stream") as stream:
            stream.response.read1(1 << 20)
            begun = time.monotonic()
            sender = threading.Thread(target=lambda: [send(endpoint) for _ in range(wanted)])
            sender.start()
            while got < wanted:
                got += stream.response.read1(1 << 20).count(b"data: ")
                pieces += 1
            sender.join()
            assert pieces <= 40 + 20 * (time.monotonic() - begun)  # what is large is cut once more on its way

    def test_one_that_reads_slowly_gets_everything(self, client, endpoint):
        filler = {"labels": {"filler": "x" * 4000}}
        with Stream(client, "Events/Stream") as stream:
            wanted = [one for _ in range(5) for one in send(endpoint, 1000, **filler)]  # some 20 MB
            time.sleep(1)
            assert client.get("About").status == 200
            assert ids(stream.take(5000)) == wanted


class TestAudits:
    def test_all_that_is_stored_and_what_comes(self, client):
        wanted = client.all("ActivityAudits/Details", {"Sorts[0].by": "id"})
        with Stream(client, "ActivityAudits/Stream", ALL) as stream:
            assert stream.take(len(wanted)) == wanted
            for _ in range(3):
                name = uuid.uuid4().hex
                assert client.post("Groups", {"name": name}).status == 201
                message, audit = stream.message()
                assert (audit["auditType"], audit["entityName"]) == ("CreateGroup", name)
                assert message == audit["id"]

    def test_a_date_to_begin_with(self, client):
        wanted = client.all("ActivityAudits/Details", {"Sorts[0].by": "id"})[-5:]
        with Stream(client, "ActivityAudits/Stream", urllib.parse.urlencode({"StartDate": wanted[0]["created"] + "Z"})) as stream:
            assert stream.take(5) == wanted


class TestRequests:
    def test_all_that_is_stored_and_what_comes(self, client):
        kept = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=29)).isoformat()  # what is older may be gone
        wanted = sorted((row for row in client.all("AuthorizationRequestAudits") if row["changed"] > kept), key=lambda row: row["id"])
        last = {row["authorizationRequestId"]: row for row in wanted}
        pending = [request for request, row in last.items() if row["decision"] == "Pending" and row["change"] == "Created"]
        assert len(pending) >= 2
        with Stream(client, "AuthorizationRequestAudits/Stream", ALL) as stream:
            first = stream.take(1)
            while first[0]["id"] != wanted[0]["id"]:
                first = stream.take(1)
            first += stream.take(len(wanted) - 1)
            assert [row["id"] for row in first] == [row["id"] for row in wanted]
            assert all(client.get(f"AuthorizationRequestAudits/{row['id']}").json == row for row in first[:20])
            for request in pending[:2]:
                body = {"decision": "Denied", "decisionPerformedByUser": "bob@corp.test", "itsmRequestId": request, "message": "No", "systemId": "x", "ticketId": "INC1", "ticketUrl": "https://itsm.test/1"}
                assert client.post("AuthorizationRequest/notification", {**body, "status": "2001", "duration": "Once", "decisionTime": "2026-03-04 05:06:07"}).status == 200
                row, = stream.take(1)
                assert (row["authorizationRequestId"], row["decision"]) == (request, "Denied")


class TestRefusals:
    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize("query, named", [
        ("StartDate=yesterday", "StartDate"), ("LastEventId=x", "Last-Event-ID"), ("LastEventId=-1", "Last-Event-ID"), ("LastEventId=9223372036854775807", "Last-Event-ID"),
    ])
    def test_bad_beginnings(self, client, path, query, named):
        refused(client.get(f"{path}?{query}"), 400, named)

    @pytest.mark.parametrize("query, named", [("ComputerGroups=x", "ComputerGroups"), ("OnDemand=perhaps", "Policy.OnDemandRule")])
    def test_bad_filters(self, client, query, named):
        refused(client.get("Events/Stream?" + query), 400, named)

    @pytest.mark.parametrize("path", PATHS)
    def test_who_may(self, server, client, path):
        assert client.get(path, token=False).status == 401
        scope = "reporting=read" if path.startswith("Events") else "audit=read"
        assert server.client([scope]).get(path).status == 200
        other = "audit=read" if path.startswith("Events") else "reporting=read"
        assert server.client([other]).get(path).status == 403
        assert client.version("v2").get(path).status in (400, 404)  # a part of the path that is no id, in v2
        assert client.post(path).status == 405

    def test_head(self, client):
        answer = client.request("HEAD", "Events/Stream")
        assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, "text/event-stream", b"")


class TestEnds:
    def test_when_the_account_is_gone(self, server, client, endpoint):
        account = server.account(["reporting=read"])
        lost = server.anonymous().sign_in(*account)
        with Stream(lost, "Events/Stream") as stream:
            assert ids(stream.take(0)) == [] and stream.status == 200
            server.cli("api-account", "delete", "--client-id", account[0])
            send(endpoint)
            assert stream.rest() == []
            assert "the stream ends" in stream.comments[-1]
        assert lost.get("Events/Stream").status == 401

    def test_no_more_than_there_is_room_for(self, server, client):
        def open_now(count):
            return f"\nreeve_streams {count}\n" in server.anonymous("/").get("metrics").text

        wait_for(lambda: open_now(0))  # those of the tests before
        with contextlib.ExitStack() as all_of_them:
            for _ in range(STREAMS_MAX):
                one = all_of_them.enter_context(Stream(client, "Events/Stream"))
                assert one.status == 200
            answer = client.get("Events/Stream")
            assert answer.status == 503 and answer.headers["Retry-After"]
            assert open_now(STREAMS_MAX)
        wait_for(lambda: open_now(0))  # clients that have left are missed, though nothing is sent to them
        assert client.get("Events/Stream").status == 200


def test_a_server_that_stops_ends_them_at_once(new_server):
    server = new_server()
    client = server.client()
    with Stream(client, "Events/Stream") as one, Stream(client, "ActivityAudits/Stream") as other:
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 8  # not the grace that answers under way have
        assert one.rest() == other.rest() == []


def test_nothing_is_lost_or_repeated_when_the_server_is_killed(new_server):
    """A client that comes again with its last id, as they all do."""
    server = new_server()
    client = server.client()
    endpoint = Endpoint(server)
    endpoint.enrol(client.post("Groups", {"name": "Killed"}).json)
    endpoint.sign_in()
    wanted, found, ended = [], [], threading.Event()

    def follow():
        last = 0
        while not ended.is_set():
            with contextlib.suppress(OSError, ValueError, AssertionError), Stream(client, "Events/Stream", last_id=last) as stream:
                while not ended.is_set() and (message := stream.message()) is not None:
                    last = message[0]
                    found.append(message[1]["event"]["id"])
            time.sleep(0.01)

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        for _ in range(5):
            before = len(found)
            for _ in range(3):
                wanted += send(endpoint, 40)
            wait_for(lambda: len(found) > before)  # so that it dies while the client gets some
            server.kill()
            server.start()
        wanted += send(endpoint, 1)
        wait_for(lambda: len(found) >= len(wanted))
    finally:
        ended.set()
        send(endpoint, 1)
        thread.join(30)
    assert found[:len(wanted)] == wanted


def test_what_another_server_stores_comes_too(new_server, store):
    if store != "postgres":
        pytest.skip("SQLite has one server")
    one = new_server()
    other = new_server(database=one.database)
    client = one.client()
    endpoint = Endpoint(other)
    endpoint.enrol(client.post("Groups", {"name": "Elsewhere"}).json)
    endpoint.sign_in()
    with Stream(client, "Events/Stream") as events, Stream(client, "ActivityAudits/Stream") as audits:
        wanted = send(endpoint, 3)
        assert ids(events.take(3)) == wanted
        other_client = other.anonymous().sign_in(*one.account())
        audits.take(1)  # of that account
        assert other_client.post("Groups", {"name": "There"}).status == 201
        assert audits.take(1)[0]["entityName"] == "There"
