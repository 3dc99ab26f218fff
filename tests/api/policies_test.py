"""Policies: made from a file, revisions of it, downloads byte for byte, and everything that is refused."""
import hashlib
import os
import pathlib
import uuid

import pytest
from harness import policies
from harness.shapes import UNKNOWN, ZONED, members, refused

NAME_MAX, DESCRIPTION_MAX = 255, 1024
LARGE_BYTES = 5 * 1024 * 1024
ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = pathlib.Path(os.environ.get("REEVE_CONTRACT", ROOT.parent / "shared" / "contract")).parent / "samples" / "policies"


@pytest.fixture(params=["v1", "v2", "v3"])
def at(request, client):
    return client.version(request.param)


def new(client, content=None, **fields):
    """(policy, what was sent)"""
    content = content or policies.document(uuid.uuid4().hex)
    answer = client.post("Policies", files={"Name": uuid.uuid4().hex, "PolicyFile": ("policy.xml", content), **fields})
    assert answer.status == 201, answer
    return answer.json, content


def read(client, policy):
    answer = client.get(f"Policies/{policy}")
    assert answer.status == 200, answer
    return answer.json


def revisions(client, policy):
    answer = client.get(f"Policies/{policy}/Revisions")
    assert answer.status == 200, answer
    return answer.json


def upload(client, policy, content=None, name="PolicyFile", **fields):
    return client.post(f"Policies/{policy}/Upload", files={name: ("next.xml", content or policies.document("Next")), **fields})


class TestList:
    def test_rows(self, at):
        policy, content = new(at, Description="text")
        row, = [row for row in at.all("Policies") if row["id"] == policy]
        assert set(row) == members("PolicyListItemModel")
        assert ZONED.match(row["created"]) and ZONED.match(row["lastModified"])
        assert (row["revision"], row["totalRevisions"], row["size"]) == (1, 1, (len(content) + 1023) // 1024)
        assert (row["isAssignedToGroup"], row["totalAssignedRevisions"], row["lastPolicyToGroupAssignment"]) == (False, 0, None)
        assert (row["hasOpenDraft"], row["openDraftId"], row["draftUser"], row["periodLocked"], row["locked"]) == (False, None, None, None, False)

    def test_filter_by_name(self, client):
        name = uuid.uuid4().hex
        policy, _ = new(client, Name=f"Before {name} after")
        assert [row["id"] for row in client.get("Policies", {"Filter.Name": name.upper()}).json["data"]] == [policy]


class TestCreate:
    def test_answers_the_id_and_where(self, at):
        name = f" Größe {uuid.uuid4().hex} "
        answer = at.post("Policies", files={"Name": name, "Description": "a\nb", "PolicyFile": ("p.xml", policies.document())})
        assert answer.status == 201
        detail = at.get(answer.headers["Location"]).json
        assert set(detail) == members("PolicyDetailModel")
        assert (detail["id"], detail["name"], detail["description"]) == (answer.json, name.strip(), "a\nb")
        assert at.get(f"Tasks/{answer.json}").json["status"] == "Completed"

    @pytest.mark.parametrize("fields", [
        lambda name, file: {"name": name, "file": file},
        lambda name, file: {"NAME": name, "whatever": file},
        lambda name, file: {"Name": name, "PolicyFile": file[1]},
    ])
    def test_parts_in_any_letter_case_and_files_as_they_come(self, at, fields):
        name, content = uuid.uuid4().hex, policies.document()
        answer = at.post("Policies", files=fields(name, ("p.xml", content)))
        assert answer.status == 201, answer
        assert at.get(f"Policies/{answer.json}/Content").body == content

    def test_names_are_unique_in_any_letter_case(self, client):
        name = "ünique " + uuid.uuid4().hex
        new(client, Name=name)
        refused(client.post("Policies", files={"Name": f" {name.upper()} ", "PolicyFile": ("p.xml", policies.document())}), 409, "name")

    @pytest.mark.parametrize("name", ["", "   ", "x" * (NAME_MAX + 1)])
    def test_names_that_are_none(self, client, name):
        refused(client.post("Policies", files={"Name": name, "PolicyFile": ("p.xml", policies.document())}), 400, "Name")

    def test_every_missing_part_is_named(self, at):
        refused(at.post("Policies", files={"Description": "x"}), 400, "Name", "PolicyFile")

    def test_lengths_at_their_bounds(self, client):
        policy, _ = new(client, Name=uuid.uuid4().hex.ljust(NAME_MAX, "ß"), Description="ä" * DESCRIPTION_MAX)
        assert len(read(client, policy)["name"]) == NAME_MAX
        form = {"Name": "x", "Description": "ä" * (DESCRIPTION_MAX + 1), "PolicyFile": ("p.xml", policies.document())}
        refused(client.post("Policies", files=form), 400, "Description")

    def test_not_as_json(self, at):
        refused(at.post("Policies", {"name": "x"}), 415)

    def test_a_refused_file_makes_nothing(self, client):
        before = client.get("Policies").json["totalRecordCount"]
        body = refused(client.post("Policies", files={"Name": "refused", "PolicyFile": ("p.xml", b"<Configuration>\n<a/></Configuration>")}), 400, "PolicyFile")
        assert any("line" in text for text in body["errors"]["PolicyFile"])
        assert client.get("Policies").json["totalRecordCount"] == before

    @pytest.mark.parametrize("content", [
        b"", b" ", b"\0", b"text", b"<a", b"<a/>", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><Configuration>&b;</Configuration>",
        b"<Configuration>" * 100 + b"</Configuration>" * 100, "<Configuration/>".encode("utf-16")[:-1], b'<?xml version="1.0" encoding="utf-8"?><Configuration a="\xff"/>',
    ])
    def test_files_that_are_no_policies(self, client, content):
        refused(client.post("Policies", files={"Name": uuid.uuid4().hex, "PolicyFile": ("p.xml", content)}), 400, "PolicyFile")


class TestContent:
    def test_byte_for_byte(self, at):
        policy, content = new(at)
        for accept in (None, "application/json", "application/xml", "*/*"):
            answer = at.get(f"Policies/{policy}/Content", headers={"Accept": accept} if accept else {})
            assert answer.status == 200 and answer.body == content
            assert answer.headers["Content-Type"].startswith("application/xml")
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'

    def test_five_megabytes(self, at):
        content = policies.document("Large", LARGE_BYTES)
        assert len(content) >= LARGE_BYTES
        policy, _ = new(at, content)
        answer = at.get(f"Policies/{policy}/Content")
        assert answer.body == content
        assert read(at, policy)["size"] == (len(content) + 1023) // 1024

    def test_of_each_revision(self, at):
        policy, first = new(at)
        second = policies.document("Second")
        newer = upload(at, policy, second).json
        older = [row["id"] for row in revisions(at, policy)][-1]
        assert at.get(f"Policies/{policy}/Content").body == second
        assert at.get(f"Policies/PolicyRevision/{newer}/Content").body == second
        assert at.get(f"policies/policyrevision/{older}/content/").body == first

    def test_what_is_there_already_is_not_sent_again(self, client):
        policy, content = new(client)
        tag = client.get(f"Policies/{policy}/Content").headers["ETag"]
        answer = client.get(f"Policies/{policy}/Content", headers={"If-None-Match": tag})
        assert (answer.status, answer.body) == (304, b"")
        assert client.get(f"Policies/{policy}/Content", headers={"If-None-Match": '"other"'}).body == content

    def test_of_a_deleted_policy_is_gone(self, client):
        policy, _ = new(client)
        revision = revisions(client, policy)[0]["id"]
        client.delete(f"Policies/{policy}")
        refused(client.get(f"Policies/PolicyRevision/{revision}/Content"), 404)


class TestUpload:
    def test_makes_the_next_revision(self, at):
        policy, first = new(at)
        second = policies.document("Second")
        answer = upload(at, policy, second)
        assert answer.status == 200
        rows = revisions(at, policy)
        assert [row["revision"] for row in rows] == [2, 1]
        assert rows[0]["id"] == answer.json
        assert [row["sha256"] for row in rows] == [hashlib.sha256(content).hexdigest() for content in (second, first)]
        for row in rows:
            assert set(row) == members("PolicyRevisionModel")
            assert row["policyId"] == policy and ZONED.match(row["created"])
        assert (read(at, policy)["revision"], read(at, policy)["totalRevisions"]) == (2, 2)
        assert at.get(f"Tasks/{answer.json}").json["status"] == "Completed"

    def test_the_same_file_is_a_revision_too(self, client):
        policy, content = new(client)
        assert upload(client, policy, content).status == 200
        assert [row["revision"] for row in revisions(client, policy)] == [2, 1]

    @pytest.mark.parametrize("value, assigned", [("true", True), ("True", True), ("1", True), ("on", True), ("false", False), ("", False), (None, False)])
    def test_auto_assign(self, client, value, assigned):
        policy, _ = new(client)
        older, none = [client.post("Groups", {"name": uuid.uuid4().hex}).json for _ in range(2)]
        policies.assign(client, older, revisions(client, policy)[0]["id"])
        fields = {} if value is None else {"AutoAssignPolicyRevision": value}
        assert upload(client, policy, **fields).status == 200
        assert [client.get(f"Groups/{group}").json["revision"] for group in (older, none)] == [2 if assigned else 1, None]

    def test_what_is_refused_stores_nothing(self, at):
        policy, _ = new(at)
        refused(at.post(f"Policies/{policy}/Upload", files={"AutoAssignPolicyRevision": "true"}), 400, "PolicyFile")
        refused(upload(at, policy, b"<a/>"), 400, "PolicyFile")
        refused(at.post(f"Policies/{policy}/Upload", {"file": "x"}), 415)
        refused(upload(at, UNKNOWN), 404, "policy")
        assert len(revisions(at, policy)) == 1


class TestModify:
    def test_name_and_description_without_a_revision(self, at):
        policy, _ = new(at, Description="one")
        name = uuid.uuid4().hex
        answer = at.put(f"Policies/{policy}", {"name": f" {name} "})
        assert (answer.status, answer.body) == (204, b"")
        detail = read(at, policy)
        assert (detail["name"], detail["description"], detail["revision"]) == (name, "one", 1)
        at.put(f"Policies/{policy}", {"name": name.upper(), "description": None})
        assert (read(at, policy)["name"], read(at, policy)["description"]) == (name.upper(), None)

    @pytest.mark.parametrize("body, named", [({}, "name"), ({"name": None}, "name"), ({"name": " "}, "name"), ({"name": "x" * (NAME_MAX + 1)}, "name"), ({"name": "x", "description": 5}, "description")])
    def test_what_is_refused(self, at, body, named):
        policy, _ = new(at)
        before = read(at, policy)
        refused(at.put(f"Policies/{policy}", body), 400, named)
        assert read(at, policy) == before

    def test_names_of_others(self, client):
        one, two = new(client)[0], new(client)[0]
        refused(client.put(f"Policies/{two}", {"name": read(client, one)["name"].upper()}), 409, "name")


class TestDiscard:
    def test_without_a_draft_is_fine(self, at):
        policy, content = new(at)
        before = read(at, policy)
        for _ in range(2):
            assert at.patch(f"Policies/{policy}", headers={"Content-Length": "0"}).status == 204
        assert read(at, policy) == before and at.get(f"Policies/{policy}/Content").body == content


class TestDelete:
    def test_with_its_revisions(self, at):
        policy, _ = new(at)
        upload(at, policy)
        assert at.delete(f"Policies/{policy}").status == 204
        for path in ("", "/Content", "/Revisions", "/AssignedGroups"):
            refused(at.get(f"Policies/{policy}{path}"), 404, "policy")
        refused(at.delete(f"Policies/{policy}"), 404)

    def test_not_while_a_group_has_any_revision(self, client):
        policy, _ = new(client)
        group = client.post("Groups", {"name": uuid.uuid4().hex}).json
        policies.assign(client, group, revisions(client, policy)[0]["id"])
        upload(client, policy)
        refused(client.delete(f"Policies/{policy}"), 409, "group")
        client.patch(f"Groups/{group}/ClearPolicy")
        assert client.delete(f"Policies/{policy}").status == 204


class TestAssignedGroups:
    def test_those_with_any_revision_by_name(self, at):
        policy, _ = new(at)
        assert at.get(f"Policies/{policy}/AssignedGroups").json == []
        upload(at, policy)
        newest, oldest = [row["id"] for row in revisions(at, policy)]
        mark = uuid.uuid4().hex
        later, sooner = [at.post("Groups", {"name": f"{letter}{mark}"}).json for letter in "ba"]
        policies.assign(at, later, newest)
        policies.assign(at, sooner, oldest)
        rows = at.get(f"Policies/{policy}/AssignedGroups").json
        assert [(row["id"], row["revision"], row["policyRevisionStatus"]) for row in rows] == [(sooner, 1, "AwaitingLatestPolicy"), (later, 2, "OnLatestPolicy")]
        for row in rows:
            assert set(row) == members("PolicyAssignedGroupModel")
        detail = read(at, policy)
        assert (detail["isAssignedToGroup"], detail["totalAssignedRevisions"], detail["latestAssignedRevisions"]) == (True, 2, 1)
        assert [(row["isAssignedToGroup"], row["totalAssignedGroups"]) for row in revisions(at, policy)] == [(True, 1), (True, 1)]


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample policies are not here; REEVE_CONTRACT names the folder beside theirs")
class TestSamples:
    GOOD = sorted(SAMPLES.glob("policy-*.xml"))
    BAD = sorted(SAMPLES.glob("bad-*.xml"))

    @pytest.mark.parametrize("file", GOOD, ids=lambda file: file.name)
    def test_good_ones_round_trip(self, client, file):
        policy, content = new(client, file.read_bytes())
        assert client.get(f"Policies/{policy}/Content").body == content

    @pytest.mark.parametrize("file", BAD, ids=lambda file: file.name)
    def test_bad_ones_are_refused_with_line_and_rule(self, client, file):
        body = refused(client.post("Policies", files={"Name": file.name, "PolicyFile": (file.name, file.read_bytes())}), 400, "PolicyFile")
        assert any("line" in text and ":" in text for text in body["errors"]["PolicyFile"])
