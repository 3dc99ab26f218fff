"""Every operation of every version, aliases included: without a token, with a token of nobody, with rights in every other
area, with reading rights where it writes, with an id of nothing and with an id that is none. Nothing of it changes anything."""
import pytest

from harness import openapi

UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"
VERSIONS = ("v1", "v2", "v3")
METHODS = ("get", "put", "post", "patch", "delete")
OPEN = ("/management-api/swagger",)
READ, FULL = "read", "full"
# The first part of the path tells the area; whatever is not named here belongs to Management.
AREAS = {
    "activityaudits": "audit",
    "authorizationrequestaudits": "audit",
    "authorizationrequest": "jit",
    "adminaccessrequest": "jit",
    "events": "reporting",
    "scim": "scim",
}
SCOPES = {"management": (READ, FULL), "audit": (READ,), "reporting": (READ,), "scim": (FULL,), "jit": (READ, FULL)}
LISTS = ("Computers", "Groups", "Policies", "Users", "AcceptedDomains", "GlobalRoles", "ManagementRules", "AuthorizationRequest", "AdminAccessRequest")
# Roles are found by their names too, requests by their tickets.
TEXT_IDS = ("roles", "authorizationrequest")


def operations():
    for version in VERSIONS:
        for path, item in openapi.document(version).root["paths"].items():
            for method in METHODS:
                if method in item and not path.startswith(OPEN):
                    yield version, method.upper(), path


ALL = [pytest.param(*one, id=" ".join(one[1:])) for one in operations()]
WITH_IDS = [pytest.param(*one, id=" ".join(one[1:])) for one in operations() if "{" in one[2]]


def first_part(path):
    parts = path.lower().split("/")
    return parts[2] if parts[2] == "scim" else parts[3]


def area(path):
    return AREAS.get(first_part(path), "management")


def fill(path, value):
    out = path
    while "{" in out:
        out = out[: out.index("{")] + value + out[out.index("}") + 1 :]
    return out


def operation(version, method, path):
    return openapi.document(version).root["paths"][path][method.lower()]


def sent(version, method, path):
    """A body that can be read, so that nothing but the right is wrong. What is in it does not matter before the right does."""
    content = operation(version, method, path).get("requestBody", {}).get("content", {})
    if any("multipart" in kind for kind in content):
        return {"files": {"file": ("a.xml", b"<a/>")}}
    return {"json": {}} if content else {}


@pytest.fixture(scope="module")
def server(new_server):
    server = new_server(start=False)
    server.fill(computers=6, groups=2, policies=1, events=20)
    return server.start()


@pytest.fixture(scope="module")
def accounts(server):
    """Signed-in clients by what they may do."""
    made = {"insight": server.client(["insight=full"])}
    for name, levels in SCOPES.items():
        made[f"not {name}"] = server.client([f"{other}={known[-1]}" for other, known in SCOPES.items() if other != name])
        made.update({f"{name} {level}": server.client([f"{name}={level}"]) for level in levels})
    return made


@pytest.fixture(scope="module", autouse=True)
def unchanged(client):
    """All rows are as before when all requests of this file were refused."""
    before = rows(client)
    yield
    assert rows(client) == before


# Moves with the clock, not with requests.
MOVING = ("daysDisconnected", "connectionStatus")


def rows(client):
    return {name: [{key: value for key, value in row.items() if key not in MOVING} for row in listed(client, name)] for name in LISTS}


def listed(client, name):
    body = client.get(name, {"Pagination.PageSize": 1000}).json
    return body if isinstance(body, list) else body["data"]


@pytest.mark.parametrize("version, method, path", ALL)
def test_without_a_token(server, version, method, path):
    answer = server.anonymous().request(method, fill(path, UNKNOWN), **sent(version, method, path))
    assert answer.status == 401, answer
    assert answer.body == b"" and answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("version, method, path", ALL)
def test_with_a_token_of_nobody(server, version, method, path):
    answer = server.anonymous().request(method, fill(path, UNKNOWN), token="x" * 43, **sent(version, method, path))
    assert answer.status == 401, answer
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("version, method, path", ALL)
def test_with_rights_in_every_other_area(accounts, version, method, path):
    answer = accounts[f"not {area(path)}"].request(method, fill(path, UNKNOWN), **sent(version, method, path))
    assert answer.status == 403, answer
    assert area(path) in answer.json["detail"].lower(), answer


@pytest.mark.parametrize("version, method, path", ALL)
def test_reading_rights_read_only(accounts, version, method, path):
    name = area(path)
    if READ not in SCOPES[name]:
        pytest.skip(f"{name} knows no reading rights alone")
    answer = accounts[f"{name} read"].request(method, fill(path, UNKNOWN), **sent(version, method, path))
    if method == "GET":
        assert answer.status in (200, 400, 404), answer
    else:
        assert answer.status == 403, answer
        assert "full" in answer.json["detail"].lower(), answer


@pytest.mark.parametrize("version, method, path", ALL)
def test_insight_reads_management_and_audit(accounts, version, method, path):
    answer = accounts["insight"].request(method, fill(path, UNKNOWN), **sent(version, method, path))
    may = method == "GET" and area(path) in ("management", "audit")
    assert (answer.status != 403) == may, answer


@pytest.mark.parametrize("version, method, path", WITH_IDS)
def test_an_id_of_nothing(client, version, method, path):
    answer = client.request(method, fill(path, UNKNOWN), **whole(version, method, path))
    integer = "integer" in [parameter["schema"].get("type") for parameter in operation(version, method, path)["parameters"] if parameter["in"] == "path"]
    assert answer.status == (400 if integer else 404), answer


@pytest.mark.parametrize("version, method, path", WITH_IDS)
def test_an_id_that_is_none(client, version, method, path):
    answer = client.request(method, fill(path, "no-id"), **sent(version, method, path))
    by_text = first_part(path) in TEXT_IDS
    assert answer.status == (404 if by_text else 400), answer
    if not by_text:
        assert any(name.lower().endswith("id") for name in answer.json["errors"]), answer


def whole(version, method, path):
    """A body that is right in itself: made from the schema, with the least that it asks for."""
    found = operation(version, method, path).get("requestBody", {}).get("content", {})
    for kind, one in found.items():
        schema = one["schema"]
        if "multipart" in kind:
            return {"files": {"PolicyFile": ("policy.xml", b"<a/>"), "csvFile": ("a.csv", b"host\nx\n", "text/csv")}}
        if kind == "application/json":
            return {"json": {**value_of(openapi.document(version), schema), **BODIES.get(path.rsplit("/", 1)[-1], {})}}
    return {}


# Where the schema alone does not say what is needed.
BODIES = {"AssignComputers": {"computerIds": [UNKNOWN]}}


def value_of(document, schema):
    schema = document.resolve(schema)
    if schema.get("allOf"):
        return value_of(document, schema["allOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {name: value_of(document, schema["properties"][name]) for name in schema.get("required", ())}
    if schema.get("type") == "array":
        return []
    plain = {"boolean": True, "integer": 1, "number": 1, "uuid": UNKNOWN, "date-time": "2030-01-02T03:04:05Z", "string": "text"}
    return plain[schema["format"] if schema.get("format") in plain else schema["type"]]
