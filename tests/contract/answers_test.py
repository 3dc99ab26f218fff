"""The comparison of answers with the documents, tried on answers that are wrong on purpose."""
import copy
import json

import pytest

from harness import openapi

ID = "01890a5d-ac96-774b-bcce-b302099a8057"


class Made:
    """An answer that no server gave."""

    def __init__(self, method, path, status, value=None, kind="application/json; charset=utf-8"):
        self.method, self.path, self.status = method, path, status
        self.body = b"" if value is None else json.dumps(value).encode()
        self.headers = {"Content-Type": kind if value is not None else None, "Content-Encoding": None}


def faults(method, path, status, value=None, **more):
    answer = Made(method, path, status, value, **more)
    return openapi.document("v3").faults(answer, path.split("?")[0])


@pytest.fixture(scope="module")
def page(client):
    client.post("Groups", {"name": "seen"})
    return client.get("Groups").json


def changed(page, change):
    made = copy.deepcopy(page)
    change(made)
    return made


PATH = "/management-api/v3/Groups"


def test_a_true_answer_has_no_faults(page):
    assert faults("GET", PATH, 200, page) == []


@pytest.mark.parametrize("change, named", [
    (lambda page: page.update(pageNumber="1"), "pageNumber"),
    (lambda page: page.update(pageNumber=True), "pageNumber"),
    (lambda page: page.update(pageNumber=2**31), "pageNumber"),
    (lambda page: page.update(data=None), "data"),
    (lambda page: page.update(data={}), "data"),
    (lambda page: page.update(colour="red"), "colour"),
    (lambda page: page["data"][0].update(id="x"), "data[0].id"),
    (lambda page: page["data"][0].update(id=ID.upper()), "data[0].id"),
    (lambda page: page["data"][0].update(created="yesterday"), "data[0].created"),
    (lambda page: page["data"][0].update(default="no"), "data[0].default"),
    (lambda page: page["data"][0].update(Name="x"), "data[0].Name"),
])
def test_a_wrong_body_is_found(page, change, named):
    found = faults("GET", PATH, 200, changed(page, change))
    assert len(found) == 1 and found[0].startswith(f"$.{named}"), found


def test_a_status_that_is_not_documented_is_found(page):
    assert faults("GET", PATH, 206, page)
    assert faults("GET", PATH, 500, {"status": 500}, kind="application/problem+json")
    assert faults("GET", "/management-api/v3/Nothing", 200, {})
    assert faults("GET", "/management-api/v3/Nothing", 404, {}) == []


def test_a_body_where_none_is_documented_is_found():
    assert faults("PATCH", f"{PATH}/{ID}", 204, {"a": 1})
    assert faults("PATCH", f"{PATH}/{ID}", 204) == []


def test_another_content_type_is_found(page):
    assert faults("GET", PATH, 200, page, kind="text/html")


def test_no_json_is_found(page):
    answer = Made("GET", PATH, 200, page)
    answer.body = answer.body[:-1]
    assert openapi.document("v3").faults(answer, PATH)


def test_an_enum_value_of_nobody_is_found(new_server):
    server = new_server(start=False)
    server.fill(computers=2, events=0)
    page = server.start().client().get("Computers").json
    page["data"][0]["authorisationState"] = "Perhaps"
    found = faults("GET", "/management-api/v3/Computers", 200, page)
    assert len(found) == 1 and "authorisationState" in found[0]


def test_literal_parts_win_over_parameters():
    operation, _ = openapi.document("v3").operation("GET", f"/management-api/v3/Policies/PolicyRevision/{ID}/Content")
    assert operation["operationId"] == "Policies_DownloadRevision_v3"
    operation, _ = openapi.document("v3").operation("post", "/MANAGEMENT-API/v3/computers/ARCHIVE")
    assert operation["operationId"] == "Computers_Archive_v3"


def test_every_word_of_the_documents_is_checked():
    for name in ("v1", "v2", "v3", "agent", "oauth"):
        words = set()
        for schema in openapi.document(name).root["components"]["schemas"].values():
            collect(schema, words)
        assert {word for word in words if not word.startswith("x-")} <= openapi.CHECKED | openapi.TELLING


def collect(schema, words):
    words |= set(schema)
    for one in schema.get("properties", {}).values():
        collect(one, words)
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            collect(schema[word], words)
    for one in schema.get("allOf", ()):
        collect(one, words)
