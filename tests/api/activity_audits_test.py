"""ActivityAudits in all versions: the list, the details, one by id; and the flows of those who collect them."""
import base64
import datetime
import re
import uuid

import pytest

VERSIONS = ["v1", "v2", "v3"]
ROW = {"id", "details", "userId", "user", "entity", "entityName", "auditType", "created", "changedBy"}
OBJECTS = {
    "apiClientDataAuditing", "computerDataAuditing", "groupDataAuditing", "installationKeyDataAuditing", "policyDataAuditing", "policyRevisionDataAuditing",
    "settingsDataAuditing", "userDataAuditing", "mapToIdentityProviderGroupAuditing", "openIdConfigDataAuditing", "mmcRemoteClientDataAuditing",
    "computerPolicyDataAuditing", "azureADIntegrationDataAuditing", "authorizationRequestDataAuditing", "reputationSettingsDataAuditing",
    "securitySettingsDataAuditing", "siemIntegrationBaseDetailModel", "siemIntegrationQradarAuditing", "siemIntegrationS3Auditing",
    "siemIntegrationSentinelAuditing", "siemIntegrationSplunkAuditing", "agentDataAuditing", "managementRuleDataAuditing", "autoUpdateRateLimitDataAuditing",
    "autoUpdateGroupConfigSettingsDataAuditing", "autoUpdateGroupClientSettingsDataAuditing", "permissionGroupDataAuditing",
    "autoUpdateGroupMacClientSettingsDataAuditing", "identityProviderGroupDataAuditing",
}
CREATED = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$")
GROUPS = 45
OURS = {"Details": 'group "Audited'}  # other tests of this file make groups, too


@pytest.fixture(scope="module", autouse=True)
def changes(client):
    """Groups made and renamed, so that there is something to page through."""
    for number in range(GROUPS):
        group = client.post("Groups", {"name": f"Audited {number:03}", "description": "100% of_it"}).json
        if number % 9 == 0:
            client.put("Groups", {"id": group, "name": f"Renamed {number:03}"})


@pytest.fixture(params=VERSIONS)
def at(request, client):
    return client.version(request.param)


def moment(text):
    """As Elastic and QRadar read it: no zone, up to seven decimals."""
    assert CREATED.match(text), text
    return datetime.datetime.strptime(text[:26], "%Y-%m-%dT%H:%M:%S.%f")


class TestList:
    def test_a_row(self, at):
        page = at.get("ActivityAudits", {"Filter.Entity": "Group", "Pagination.PageSize": 1}).json
        [row] = page["data"]
        assert set(row) == ROW
        assert isinstance(row["id"], int) and 0 < row["id"] < 2**31
        moment(row["created"])
        assert (row["entity"], row["entityName"], row["auditType"], row["changedBy"]) == ("Group", "Audited 000", "CreateGroup", "API")
        assert row["details"] == 'Create group "Audited 000"' and uuid.UUID(row["userId"])
        assert page["pageNumber"] == 1 and page["pageSize"] == 1 and page["pageCount"] == page["totalRecordCount"]

    def test_rises_by_default_with_ids_and_moments(self, at):
        rows = at.all("ActivityAudits")
        assert [row["id"] for row in rows] == list(range(1, len(rows) + 1))
        moments = [row["created"] for row in rows]
        assert moments == sorted(moments) and len(set(moments)) == len(moments)

    @pytest.mark.parametrize("size", [1, 50, 200, 1000])
    def test_page_sizes_are_honoured(self, at, size):
        page = at.get("ActivityAudits", {"Pagination.PageSize": size}).json
        assert page["pageSize"] == size and len(page["data"]) == min(size, page["totalRecordCount"])

    def test_a_page_past_the_end_is_empty(self, at):
        page = at.get("ActivityAudits", {"Pagination.PageNumber": 1000}).json
        assert page["data"] == [] and page["totalRecordCount"] > GROUPS

    def test_nothing_found_has_no_pages(self, at):
        page = at.get("ActivityAudits", {"Filter.User": uuid.uuid4().hex}).json
        assert (page["data"], page["pageCount"], page["totalRecordCount"]) == ([], 0, 0)

    @pytest.mark.parametrize("key", sorted(ROW))
    def test_sorts(self, at, key):
        query = {"Sorts[0].by": key, "Sorts[0].order": "desc", "Pagination.PageSize": 1000}
        down = at.get("ActivityAudits", query).json["data"]
        up = at.get("ActivityAudits", {**query, "Sorts[0].order": "asc"}).json["data"]
        values = [row[key] if isinstance(row[key], int) else (row[key] or "").lower() for row in up]
        assert values == sorted(values)
        assert [row["id"] for row in down] == [row["id"] for row in reversed(up)]

    @pytest.mark.parametrize(
        "query, field",
        [
            ({"Pagination.PageSize": 0}, "Pagination.PageSize"),
            ({"Pagination.PageSize": 1001}, "Pagination.PageSize"),
            ({"Pagination.PageNumber": 0}, "Pagination.PageNumber"),
            ({"Pagination.PageNumber": "x"}, "Pagination.PageNumber"),
            ({"Sorts[0].by": "groupDataAuditing"}, "Sorts[0].by"),
            ({"Filter.ChangedBy": "SCIM"}, "Filter.ChangedBy"),
            ({"Filter.Created.Dates": "yesterday"}, "Filter.Created.Dates"),
            ({"Filter.Created.Dates": "2026-01-01", "Filter.Created.SelectionMode": "Twice"}, "Filter.Created.SelectionMode"),
        ],
    )
    def test_what_cannot_be_read_is_named(self, at, query, field):
        answer = at.get("ActivityAudits", query)
        assert answer.status == 400 and field in answer.text

    def test_path_in_any_case_and_with_a_slash(self, client):
        for path in ("activityaudits", "ACTIVITYAUDITS/", "ActivityAudits/details", "activityaudits/DETAILS/"):
            assert client.get(path, {"Pagination.PageSize": 1}).status == 200

    def test_nobody_writes(self, client):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for path in ("ActivityAudits", "ActivityAudits/1"):
                answer = client.request(method, path, json={})
                assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD"


class TestFilters:
    def count(self, at, **query):
        return at.get("ActivityAudits", {f"Filter.{name}": value for name, value in query.items()}).json["totalRecordCount"]

    def test_entity_and_type_are_whole_and_in_any_case(self, at):
        assert self.count(at, Entity="group", **OURS) == self.count(at, Entity="GROUP", **OURS) == GROUPS + 5
        assert self.count(at, Entity="grou") == 0
        assert self.count(at, AuditType="MODIFYGROUP") == 5

    def test_details_and_user_contain(self, at):
        assert self.count(at, Details='group "AUDITED 00') == 12
        assert self.count(at, Details="%") == 0
        [name] = {row["user"] for row in at.all("ActivityAudits", {"Filter.Entity": "Group"})}
        assert self.count(at, User=name[3:20].upper(), **OURS) == GROUPS + 5

    def test_door(self, at):
        assert self.count(at, ChangedBy="api", **OURS) == GROUPS + 5
        assert self.count(at, ChangedBy="System") >= 1
        assert self.count(at, ChangedBy="Portal") == 0

    def test_together(self, at):
        assert self.count(at, Entity="Group", AuditType="CreateGroup", ChangedBy="API", Details="044") == 1


class TestDetails:
    def test_29_objects_of_which_one_is_told(self, at):
        [row] = at.get("ActivityAudits/Details", {"Filter.AuditType": "ModifyGroup", "Pagination.PageSize": 1}).json["data"]
        assert set(row) == ROW | OBJECTS | {"locked", "errorInfo"}
        assert row["groupDataAuditing"] == {"newName": "Renamed 000", "oldName": "Audited 000"}
        assert all(row[name] is None for name in OBJECTS - {"groupDataAuditing"})

    def test_takes_what_the_list_takes(self, at):
        query = {"Filter.Entity": "Group", "Sorts[0].by": "id", "Sorts[0].order": "desc", "Pagination.PageSize": 7, "Pagination.PageNumber": 2}
        plain, full = (at.get(path, query).json for path in ("ActivityAudits", "ActivityAudits/Details"))
        assert [row["id"] for row in plain["data"]] == [row["id"] for row in full["data"]]
        assert {name: plain[name] for name in ("pageCount", "totalRecordCount")} == {name: full[name] for name in ("pageCount", "totalRecordCount")}


class TestOne:
    def test_is_as_in_the_details(self, at):
        [row] = at.get("ActivityAudits/Details", {"Filter.AuditType": "ModifyGroup", "Pagination.PageSize": 1}).json["data"]
        assert at.get(f"ActivityAudits/{row['id']}").json == row

    @pytest.mark.parametrize("id, status", [("2147483647", 404), ("0", 404), ("-1", 404), ("x", 400), ("1.5", 400), ("99999999999999999999", 400)])
    def test_others(self, at, id, status):
        assert at.get(f"ActivityAudits/{id}").status == status


class TestPermission:
    @pytest.mark.parametrize("scopes, status", [(["audit=read"], 200), (["insight=full"], 200), (["management=full"], 403), (["reporting=read", "jit=full", "scim=full"], 403)])
    def test_scope(self, server, scopes, status):
        client = server.client(scopes)
        for path in ("ActivityAudits", "ActivityAudits/Details", "ActivityAudits/1"):
            assert client.get(path).status == status

    def test_without_a_token(self, server):
        answer = server.anonymous().get("ActivityAudits")
        assert answer.status == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")


# --- collectors, as they call -------------------------------------------------------------------------------------------------


def utc(minutes=0):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)


def every(client):
    return [row["id"] for row in client.all("ActivityAudits")]


class TestCollectors:
    def pages(self, client, path, pairs, size):
        """Until a page is shorter than asked for, or the last one is reached."""
        rows, number = [], 1
        while True:
            answer = client.request("GET", path, query=[*pairs, ("Pagination.PageSize", size), ("Pagination.PageNumber", number)])
            assert answer.status == 200, answer
            page = answer.json
            assert isinstance(page["data"], list)
            rows += page["data"]
            number += 1
            if number > page["pageCount"]:
                return rows

    def test_qradar(self, server):
        """v1, Basic at the token endpoint, a Range, 200 a page, until the page is beyond pageCount."""
        client_id, secret = server.account(["audit=read", "reporting=read"])
        credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        client = server.anonymous("/management-api/v1/")
        answer = client.request("POST", "/oauth/connect/token", form={"grant_type": "client_credentials", "scope": "urn:management:api"}, headers={"Authorization": f"Basic {credentials}"}, token=False)
        client.token = answer.json["access_token"]
        pairs = [("Filter.Created.SelectionMode", "Range"), ("Filter.Created.Dates", utc(-60).strftime("%Y-%m-%dT%H:%M:%S.000Z")), ("Filter.Created.Dates", utc(1).strftime("%Y-%m-%dT%H:%M:%S.999Z"))]
        rows = self.pages(client, "ActivityAudits/Details", pairs, 20)
        assert [row["id"] for row in rows] == every(client)
        for row in rows:
            moment(row["created"])

    def test_splunk_goes_on_from_the_last_row(self, server, client):
        """v1, six decimals and a Z; the last row's date is where the next run starts, so rows must rise."""
        splunk = client.version("v1")
        start, seen = utc(-60).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), []
        for run in range(3):
            pairs = [("Filter.Created.Dates", start), ("Filter.Created.Dates", utc(1).strftime("%Y-%m-%dT%H:%M:%S.%fZ")), ("Filter.Created.SelectionMode", "Range")]
            rows = [row for row in self.pages(splunk, "ActivityAudits/Details", pairs, 20) if row["id"] not in seen]
            assert len(rows) == (1 if run else len(every(client)))
            seen += [row["id"] for row in rows]
            start = rows[-1]["created"][:26] + "Z"
            client.post("Groups", {"name": uuid.uuid4().hex})
        assert seen == every(client)[: len(seen)] == list(range(1, len(seen) + 1))

    def test_sentinel(self, client):
        """v3, 200 a page, names in any case; strings are strings, objects are objects or null."""
        rows = self.pages(client, "ActivityAudits/Details", [("Filter.Created.Dates", utc(-60).isoformat()), ("Filter.Created.Dates", utc(1).isoformat()), ("Filter.Created.SelectionMode", "Range")], 200)
        assert [row["id"] for row in rows] == every(client)
        for row in rows:
            assert all(row[name] is None or isinstance(row[name], str) for name in ROW - {"id"})
            assert all(row[name] is None or isinstance(row[name], dict) for name in OBJECTS)

    def test_elastic(self, client):
        """v3, sorted by created upwards, range in lower case, RFC 3339 without a fraction, brackets percent-encoded."""
        start, end = (utc(minutes).strftime("%Y-%m-%dT%H:%M:%SZ") for minutes in (-60, 1))
        pairs = [("Sorts[0].by", "created"), ("Sorts[0].order", "asc"), ("Filter.Created.SelectionMode", "range"), ("Filter.Created.Dates", start), ("Filter.Created.Dates", end)]
        rows = self.pages(client, "ActivityAudits/Details", pairs, 20)
        moments = [moment(row["created"]) for row in rows]
        assert moments == sorted(moments)
        assert [row["id"] for row in rows] == every(client)

    def test_xsiam(self, client):
        """v3, dates with a blank and six decimals, no zone."""
        start, end = (utc(minutes).strftime("%Y-%m-%d %H:%M:%S.%f") for minutes in (-60, 1))
        rows = self.pages(client, "ActivityAudits/Details", [("Filter.Created.SelectionMode", "Range"), ("Filter.Created.Dates", start), ("Filter.Created.Dates", end)], 100)
        assert [row["id"] for row in rows] == every(client)

    def test_limacharlie(self, client):
        """v1, the plain list, up to 1000 a page; a short page is the last."""
        old = client.version("v1")
        start, end = (utc(minutes).strftime("%Y-%m-%dT%H:%M:%SZ") for minutes in (-60, 1))
        rows = self.pages(old, "ActivityAudits", [("Filter.Created.SelectionMode", "Range"), ("Filter.Created.Dates", start), ("Filter.Created.Dates", end)], 1000)
        assert [row["id"] for row in rows] == every(client)
        ids = [row["id"] for row in rows]
        assert ids == sorted(ids) and ids[-1] < 2**31
