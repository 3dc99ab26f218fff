"""reeve events export: the same events as the API has, in both forms, killed anywhere and gone on with, beside a running server."""
import csv
import io
import json
import os
import random
import subprocess
import time

import pytest
from formats.samples import EVENT
from harness.program import REEVE, clean_environment
from harness.wire import Endpoint, document

EVENTS = 3000
UNTIL = ["--until", "2999-01-01"]


@pytest.fixture(scope="module")
def server(new_server):
    server = new_server(start=False)
    server.fill(computers=10, events=EVENTS)
    return server.start()


def command(server, *args):
    return [REEVE, "events", "export", *server.store_args(), *args]


def export(server, *args, status=0):
    done = subprocess.run(command(server, *args), capture_output=True, env=clean_environment(), timeout=120, check=False)
    assert done.returncode == status, done.stderr
    return done


def documents(server, *args):
    return [json.loads(line) for line in export(server, *args).stdout.splitlines()]


@pytest.fixture(scope="module")
def everything(server):
    return export(server, *UNTIL).stdout


@pytest.fixture(scope="module")
def table(server):
    return export(server, "--as", "csv", *UNTIL).stdout


class TestContent:
    def test_has_every_event_as_the_api_gives_it(self, server, client, everything):
        found = [json.loads(line) for line in everything.splitlines()]
        assert len(found) == EVENTS
        assert [event["event"]["ingested"] for event in found] == sorted(event["event"]["ingested"] for event in found)
        by_api, start = [], "2000-01-01"
        while len(by_api) < EVENTS:
            page = client.get("Events/FromStartDate", {"StartDate": start}).json["events"]
            assert page
            by_api += page
            start = page[-1]["event"]["ingested"][:23]
            start = start[:-3] + f"{int(start[-3:]) + 1:03}" if start[-3:] != "999" else page[-1]["event"]["ingested"][:26]
            by_api = list({event["event"]["id"]: event for event in by_api}.values())
        assert found == by_api

    @pytest.mark.parametrize("where", [("Events.EventCode=100",), ("Computer.HostName=*1*", "OperatingSystem=Windows"), ("Events.EventCode=100", "Events.EventCode=106"), ("User.UserName=nobody-is-called-so",)])
    def test_filters_are_those_of_the_search(self, server, client, where):
        query = [("TimePeriod.StartDate", "1970-01-01"), ("TimePeriod.EndDate", "2999-01-01"), ("Pagination.PageSize", 1)]
        query += [tuple(one.split("=")) for one in where]
        if not any("OperatingSystem" in one for one in where):
            query.append(("OperatingSystem", "*"))
        total = client.get("Events/search?" + "&".join(f"{name}={value}" for name, value in query)).json["totalRecordCount"]
        found = documents(server, *UNTIL, *[part for one in where for part in ("--where", one)])
        assert len(found) == total
        assert len({event["event"]["id"] for event in found}) == total

    def test_a_span_has_both_of_its_ends(self, server, everything):
        stamps = [json.loads(line)["event"]["ingested"] for line in everything.splitlines()]
        first, last = stamps[100], stamps[200]
        found = documents(server, "--from", first, "--until", last)
        assert [event["event"]["ingested"] for event in found] == stamps[100:201]

    def test_the_table_has_a_row_for_each_event(self, everything, table):
        assert table.count(b"\r\n") >= EVENTS + 1
        rows = list(csv.DictReader(io.StringIO(table.decode(), newline="")))
        events = [json.loads(line) for line in everything.splitlines()]
        assert len(rows) == EVENTS
        for row, event in zip(rows, events):
            assert None not in row and None not in row.values()
            assert row["event_id"] == event["event"]["id"]
            assert row["computer_id"] == event["agent"]["id"]
            assert row["event_code"] == event["event"].get("code", "")
            assert row["ingested"] == event["event"]["ingested"][:26] + "Z"
            assert row["user_name"] == event.get("user", {}).get("name", "")
            assert row["process_id"] in ("", str(event.get("process", {}).get("pid", "")))
            assert json.loads(row["event_types"] or "[]") == event["event"].get("type", [])


class TestFiles:
    @pytest.mark.parametrize("form", ["ndjson", "csv"])
    def test_cut_anywhere_it_goes_on_to_the_same_bytes(self, server, everything, table, tmp_path, form):
        whole = everything if form == "ndjson" else table
        first = whole.index(b"\n") + 1
        second = whole.index(b"\n", first) + 1
        cuts = [0, 1, first - 1, first, first + 1, second - 2, second - 1, second, len(whole) - 1, len(whole)]
        cuts += random.Random(5).sample(range(len(whole)), 6)
        for cut in cuts:
            path = tmp_path / f"{cut}.{form}"
            path.write_bytes(whole[:cut])
            export(server, "--as", form, "--out", path, "--resume", *UNTIL)
            assert path.read_bytes() == whole, cut
            path.unlink()

    @pytest.mark.parametrize("form", ["ndjson", "csv"])
    def test_killed_it_goes_on_to_the_same_bytes(self, server, everything, table, tmp_path, form):
        path = tmp_path / "events"
        for attempt in range(8):
            process = subprocess.Popen(command(server, "--as", form, "--out", path, "--resume", *UNTIL), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment())
            time.sleep(0.01 * attempt)
            process.kill()
            process.wait()
        export(server, "--as", form, "--out", path, "--resume", *UNTIL)
        assert path.read_bytes() == (everything if form == "ndjson" else table)

    def test_what_is_there_is_not_overwritten(self, server, tmp_path):
        path = tmp_path / "events"
        path.write_text("mine")
        assert b"--resume" in export(server, "--out", path, status=2).stderr
        for form in ("ndjson", "csv"):
            assert b"no export" in export(server, "--out", path, "--as", form, "--resume", status=2).stderr
        assert path.read_text() == "mine"
        path.write_text('{"mine": 1}\n')
        assert b"no event" in export(server, "--out", path, "--resume", status=2).stderr
        assert path.read_text() == '{"mine": 1}\n'

    def test_a_table_of_another_head_is_refused(self, server, tmp_path):
        path = tmp_path / "events"
        path.write_bytes(b"a,b\r\n")
        export(server, "--as", "csv", "--out", path, "--resume", status=2)
        assert path.read_bytes() == b"a,b\r\n"

    def test_files_are_for_their_owner(self, server, tmp_path):
        path = tmp_path / "events"
        done = export(server, "--out", path, *UNTIL)
        assert done.stdout == f"{EVENTS} events\n".encode()
        assert path.stat().st_mode & 0o777 == 0o600

    def test_a_full_disk_is_told(self, server):
        if not os.path.exists("/dev/full"):
            pytest.skip("no /dev/full here")
        with open("/dev/full", "wb") as full:
            done = subprocess.run(command(server, *UNTIL), stdout=full, stderr=subprocess.PIPE, env=clean_environment(), timeout=60, check=False)
        assert done.returncode == 1 and b"No space left" in done.stderr


class TestRefusals:
    @pytest.mark.parametrize("args, named", [
        (["--from", "soon"], b"TimePeriod.StartDate"), (["--from", "2030-01-01", "--until", "2020-01-01"], b"TimePeriod.StartDate"),
        (["--where", "Events.EventCode"], b"--where"), (["--where", "No.Such=1"], b"No.Such"), (["--where", "TimePeriod.StartDate=2020-01-01"], b"--from"),
        (["--as", "xml"], b"ndjson|csv"), (["--resume"], b"--out"), (["--where", "ComputerGroups=x"], b"ComputerGroups"),
    ])
    def test_what_is_wrong_is_named(self, server, args, named):
        assert named in export(server, *args, status=2).stderr


class TestColumns:
    def test_an_event_with_every_member_fills_the_columns(self, new_server):
        server = new_server()
        endpoint = Endpoint(server)
        group = server.client().post("Groups", json={"name": "Columns"}).json
        assert endpoint.enrol(group).status == 201
        assert endpoint.sign_in().events([EVENT, document(2)]).json["stored"] == 2
        full, bare = csv.DictReader(io.StringIO(export(server, "--as", "csv", *UNTIL).stdout.decode(), newline=""))
        assert {name for name, value in full.items() if value == ""} <= {"user_effective_name", "on_demand"}
        assert (full["computer_id"], full["group_id"], full["event_id"]) == (endpoint.id, group, EVENT["event"]["id"])
        assert int(full["process_id"]) == EVENT["process"]["pid"]
        assert {name for name, value in bare.items() if value} == {"ingested", "time", "received", "event_id", "event_code", "computer_id", "tenant_id", "group_id"}
