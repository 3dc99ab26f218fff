"""Both stores give the same answers: one fleet in each, the same questions to both."""
import re
import urllib.parse

import pytest
from harness.client import query_text
from harness.server import Server

FILL = {"computers": 120, "groups": 7, "policies": 5, "events": 400, "seed": 11}
NAMES = ["Ärger", "arger", "Zebra", "zebra 2", "_under", "10", "9", "é", "e\u0301", "ß", "SS", "İi", "日本", "a b", "a-b", "a_b", "a%b", "😀"]
ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# These move with the moment of the filling or of the request, which differ between the two.
MOVING = {"created", "lastConnected", "daysDisconnected", "connectionStatus", "archivedOn", "authorised", "authorisedOn", "policyUpdateTimeStamp", "hostLastUpdated", "policyAssigned", "lastModified",
          "lastPolicyToGroupAssignment", "lastModifiedUser", "validFrom", "validTo", "thumbprint", "serialNumber", "traceId", "requested", "renewalRequestedOn", "osInstallDate"}
SORTS = {
    "Computers": ["host", "created", "lastConnected", "agentVersion", "groupName", "policyName", "daysDisconnected", "os", "domain", "authorisationState", "policyRevisionStatus", "archived", "hostType", "duplicateCount"],
    "Groups": ["name", "description", "computerCount", "activeComputers", "policyName", "default"],
    "Policies": ["name", "description", "size", "revision", "totalAssignedRevisions"],
    "GlobalRoles": ["name"],
}
FILTERS = [
    ("Computers", {"Filter.Host": "1"}), ("Computers", {"Filter.Host": "srv"}), ("Computers", {"Filter.Host": "SRV-0000"}), ("Computers", {"Filter.Host": "%"}), ("Computers", {"Filter.Host": "_"}),
    ("Computers", {"Filter.Host": "\\"}), ("Computers", {"Filter.AuthorisationState": "pending"}), ("Computers", {"Filter.HostType": "Linux"}), ("Computers", {"Filter.HostType": "Toaster"}),
    ("Computers", {"Filter.DaysDisconnected.Value": 3, "Filter.DaysDisconnected.NumericOperator": "GreaterThan"}), ("Computers", {"Pagination.PageSize": 7, "Pagination.PageNumber": 18}),
    ("Computers", {"Pagination.PageSize": 1001}), ("Computers", {"Filter.ComputerId": "x", "Sorts[0].by": "y"}), ("Computers", {"Filter.Created.Dates": ["2020-01-01", "2040-01-01"], "Filter.Created.SelectionMode": "Range"}),
    *[("Groups", {"Filter.Name": name}) for name in NAMES], *[("Groups", {"Filter.Name": name.upper()}) for name in NAMES], *[("Groups", {"Filter.Name": name.lower()}) for name in NAMES],
    ("Policies", {"Filter.Name": "o"}), ("Policies", {"Filter.Name": ""}), ("Nothing", {}), ("Computers/x", {}), ("Groups/01890a5d-ac96-774b-bcce-b302099a8057", {}), ("Roles", {}), ("About", {}),
]


@pytest.fixture(scope="module")
def both(request):
    if request.config.getoption("--store"):
        pytest.skip("compares both databases, and only one was asked for")
    servers, clients = [], []
    try:
        for database in (None, request.getfixturevalue("postgres").database()):
            server = Server(database)
            servers.append(server)
            server.fill(**FILL)
            client = server.start().client()
            clients.append(client)
            for name in NAMES:
                client.post("Groups", {"name": name, "description": name * 2})
        yield clients
    finally:
        for server in servers:
            server.close()


def steady(value, made):
    """What must be equal: without moments, and with ids told by their order of appearance."""
    if isinstance(value, dict):
        return {name: steady(one, made) for name, one in value.items() if name not in MOVING}
    if isinstance(value, list):
        return [steady(one, made) for one in value]
    if isinstance(value, str) and ID.fullmatch(value):
        return made.setdefault(value, f"id {len(made)}")
    return value


def answers(both, path, query):
    found = []
    for client in both:
        answer = client.get(path, query)
        found.append((answer.status, steady(answer.json, {}), answer.headers.get_all("Reeve-Warning")))
    return found


@pytest.mark.parametrize("path, key, order", [(path, key, order) for path, keys in SORTS.items() for key in keys for order in ("asc", "desc")])
def test_orders(both, path, key, order):
    """By a second key that is the same in both, since the last one, the id, is not for what the server made."""
    second = {"Computers": "host", "Groups": "name", "Policies": "name", "GlobalRoles": "name"}[path]
    query = {"Sorts[0].by": key, "Sorts[0].order": order, **({"Sorts[1].by": second, "Sorts[1].order": "asc"} if key != second else {}), "Pagination.PageSize": 1000}
    one, other = answers(both, path, query)
    assert one[0] == 200
    assert one == other


@pytest.mark.parametrize("path, query", FILTERS, ids=lambda value: value if isinstance(value, str) else urllib.parse.unquote(query_text(value)) or "all")
def test_filters_and_refusals(both, path, query):
    one, other = answers(both, path, {**query, **({"Sorts[1].by": "name", "Sorts[0].by": "description"} if path == "Groups" else {})})
    assert one == other


def test_details(both):
    for row in both[0].all("Computers", size=1000)[:20]:
        one, other = answers(both, f"Computers/{row['id']}", {})
        assert one[0] == 200 and one == other


def test_a_database_of_the_locale_c_finds_letters_in_any_case(postgres, request):
    if request.config.getoption("--store") == "sqlite":
        pytest.skip("about PostgreSQL")
    postgres.sql("CREATE DATABASE plain TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
    with Server(postgres.url.replace("/reeve?", "/plain?", 1)) as server:
        client = server.start().client()
        for name in ("Ärger", "ÉCOLE", "Łódź"):
            made = client.post("Groups", {"name": name}).json
            for text in (name.lower(), name.upper(), name[:2].lower()):
                assert [row["id"] for row in client.get("Groups", {"Filter.Name": text}).json["data"]] == [made]
