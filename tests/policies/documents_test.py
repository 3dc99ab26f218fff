"""Policy documents come back byte for byte, and those that endpoints could not use are refused with line and rule."""
import os
import pathlib
import re
import subprocess
import sys
import uuid

import pytest

from harness import policies

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = pathlib.Path(__file__).resolve().parent / "files"
SHARED = pathlib.Path(os.environ["REEVE_CONTRACT"]).parent if "REEVE_CONTRACT" in os.environ else ROOT.parent / "shared"
SAMPLES = SHARED / "samples" / "policies"
CHECK = SHARED / "tools" / "check-policy"
LARGE = 5 * 1024 * 1024

# Line of the fault, by file; None: of the file as a whole.
LINES = {
    "P01-empty.xml": None,
    "P03-latin1.xml": None,
    "P03-utf16.xml": None,
    "P04-doctype.xml": 2,
    "P05-not-closed.xml": None,
    "P05-two-attributes.xml": 9,
    "P05-bare-ampersand.xml": 9,
    "P05-control-character.xml": 9,
    "P05-text-behind-the-root.xml": 16,
    "P06-clipboard.xml": 1,
    "P07-no-version.xml": 2,
    "P07-version-is-text.xml": 2,
    "P08-revision-is-text.xml": 2,
    "P09-id-is-no-guid.xml": 5,
    "P10-same-id-twice.xml": 7,
    "P11-group-without-id.xml": 7,
    "P12-workstyle-without-name.xml": 9,
    "P13-item-without-type.xml": 5,
    "P14-reference-to-nothing.xml": 11,
    "P14-into-another-scope.xml": 6,
    "P15-assignment-without-group.xml": 11,
}


def shared_samples(pattern):
    found = sorted(SAMPLES.glob(pattern)) if SAMPLES.is_dir() else []
    return found or [pytest.param(None, marks=pytest.mark.skip(reason="the shared samples are not here"))]


def name_of(path):
    return path.name if path else "none"


def upload(client, content):
    return client.post("Policies", files={"Name": f"Document {uuid.uuid4()}", "Description": "", "PolicyFile": ("policy.xml", content)})


def comes_back(client, content):
    answer = upload(client, content)
    assert answer.status == 201, answer
    for path in (f"Policies/{answer.json}/Content", f"Policies/PolicyRevision/{policies.revisions(client, answer.json)[0]}/Content"):
        download = client.get(path)
        assert download.status == 200
        assert download.body == content
        assert "attachment" in download.headers["Content-Disposition"]
    return answer.json


def faults_of(answer):
    return " | ".join(text for texts in answer.json["errors"].values() for text in texts)


class TestRoundTrip:
    @pytest.mark.parametrize("path", sorted(FILES.glob("good-*.xml")), ids=name_of)
    def test_good_files(self, client, path):
        comes_back(client, path.read_bytes())

    @pytest.mark.parametrize("path", shared_samples("policy-*.xml"), ids=name_of)
    def test_shared_files(self, client, path):
        comes_back(client, path.read_bytes())

    def test_five_megabytes(self, client):
        content = policies.document("Five megabytes – fünf 五 😀", LARGE)
        assert len(content) > LARGE
        policy = comes_back(client, content)
        rows = client.all("Policies")
        assert [row["size"] for row in rows if row["id"] == policy] == [(len(content) + 1023) // 1024], "in KB"

    def test_a_line_of_a_megabyte_and_every_kind_of_text(self, client):
        picture = "iVBORw0KGgo" * 100_000
        text = "&#x9;tab &#10;line &amp; &lt; &quot; ' \u00a0 \ufeff \u200b é e\u0301 漢 😀"
        content = policies.document("Text").replace(b"<Policies>", f'<Files>\n<File ID="{uuid.uuid4()}" Name="{text}" Type="PNG" Contents="{picture}"/>\n</Files>\n<Policies>'.encode())
        comes_back(client, content)

    def test_a_later_revision_leaves_the_one_before_as_it_was(self, client):
        first, second = policies.document("First"), policies.document("Second")
        policy, revision = policies.create(client, f"Revisions {uuid.uuid4()}", first)
        assert policies.upload(client, policy, second) != revision
        assert client.get(f"Policies/{policy}/Content").body == second
        assert client.get(f"Policies/PolicyRevision/{revision}/Content").body == first


class TestRefused:
    def test_the_list_is_whole(self):
        assert set(LINES) == {path.name for path in FILES.glob("P*.xml")}

    @pytest.mark.parametrize("path", sorted(FILES.glob("P*.xml")), ids=name_of)
    def test_with_line_and_rule(self, client, path):
        total = client.get("Policies").json["totalRecordCount"]
        answer = upload(client, path.read_bytes())
        assert answer.status == 400, answer
        said = faults_of(answer)
        assert path.name[:3] in said, said
        line = LINES[path.name]
        if line is not None:
            assert f"line {line}" in said, said
        assert client.get("Policies").json["totalRecordCount"] == total

    @pytest.mark.parametrize("path", shared_samples("bad-*.xml"), ids=name_of)
    def test_shared_files(self, client, path):
        answer = upload(client, path.read_bytes())
        assert answer.status == 400, answer
        rules = set(re.findall(r"\bP\d\d\b", faults_of(answer)))
        reference = subprocess.run([sys.executable, str(CHECK), str(path)], capture_output=True, text=True, check=True).stdout
        assert rules == set(re.findall(r"\bP\d\d\b", reference)), (answer, reference)
        assert re.search(r"line \d+", faults_of(answer))

    @pytest.mark.skipif(not CHECK.exists(), reason="the shared checker is not here")
    @pytest.mark.parametrize("path", sorted(FILES.glob("*.xml")), ids=name_of)
    def test_we_judge_as_the_reference_does(self, client, path):
        reference = subprocess.run([sys.executable, str(CHECK), str(path)], capture_output=True, text=True, check=True).stdout
        answer = upload(client, path.read_bytes())
        assert (answer.status == 201) == ("REJECT" not in reference), (answer, reference)
        if answer.status == 400:
            assert set(re.findall(r"\bP\d\d\b", faults_of(answer))) == set(re.findall(r"\bP\d\d\b", reference)), (answer, reference)

    def test_all_faults_of_a_file_at_once(self, client):
        content = policies.document("Many").replace(b'Type="exe"', b'Type=""').replace(b' Name="Tools"', b"")
        said = faults_of(upload(client, content))
        assert "P12" in said and "P13" in said, said

    @pytest.mark.parametrize("revision", [True, False], ids=["revision", "draft"])
    def test_as_a_later_revision_too(self, client, revision):
        policy, first = policies.create(client, f"Later {uuid.uuid4()}")
        answer = client.post(f"Policies/{policy}/Upload", files={"PolicyFile": ("policy.xml", b"<x/>"), **({} if revision else {"AutoAssignPolicyRevision": "true"})})
        assert answer.status == 400 and "P06" in faults_of(answer)
        assert policies.revisions(client, policy) == [first]

    def test_depth_and_attributes_have_a_bound(self, client):
        deep = policies.document("Deep").replace(b"<Policies>", b"<a>" * 70 + b"</a>" * 70 + b"<Policies>")
        wide = policies.document("Wide").replace(b"<Policies>", b"<a " + b" ".join(b'b%d=""' % number for number in range(1100)) + b"/><Policies>")
        for content in (deep, wide):
            answer = upload(client, content)
            assert answer.status == 400, answer
            assert re.search(r"line \d+", faults_of(answer)), answer

    def test_a_billion_laughs_are_not_expanded(self, client):
        levels = "".join(f'<!ENTITY l{n} "{("&l%d;" % (n - 1)) * 10}">' for n in range(1, 10))
        content = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{levels}]><Configuration Version="1.0">&l9;</Configuration>'.encode()
        answer = upload(client, content)
        assert answer.status == 400 and "P04" in faults_of(answer)
