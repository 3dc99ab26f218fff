"""Lists exactly: pages, sorts, filters, dates, cursors, and parameters that are not known."""
import datetime
import random
import urllib.parse

import pytest

COMPUTERS = 25
HOST_TYPES = {"MicrosoftWindows", "MacOS", "Linux", "Unknown"}


@pytest.fixture(scope="module")
def filled(new_server):
    server = new_server(start=False)
    server.fill(computers=COMPUTERS, events=0)
    return server.start()


@pytest.fixture(scope="module")
def client(filled):
    return filled.client()


@pytest.fixture(scope="module")
def rows(client):
    return client.get("Computers", {"Pagination.PageSize": 1000}).json["data"]


def named(answer, name):
    """A 400 that names the parameter."""
    assert answer.status == 400, answer
    assert name in answer.json["errors"], answer
    return answer.json["errors"][name]


class TestPages:
    def test_envelope(self, client):
        page = client.get("Computers", {"Pagination.PageSize": 10}).json
        assert (page["pageNumber"], page["pageSize"], page["totalRecordCount"], page["pageCount"]) == (1, 10, COMPUTERS, 3)
        assert len(page["data"]) == 10

    def test_default_size_is_200(self, client):
        page = client.get("Computers").json
        assert page["pageSize"] == 200 and len(page["data"]) == COMPUTERS

    @pytest.mark.parametrize("version", ["v1", "v2", "v3"])
    @pytest.mark.parametrize("path", ["Computers", "Groups", "Policies"])
    @pytest.mark.parametrize("size", [1, 50, 200, 1000])
    def test_sizes_are_honoured_exactly(self, client, version, path, size):
        page = client.version(version).get(path, {"Pagination.PageSize": size}).json
        assert page["pageSize"] == size
        assert len(page["data"]) == min(size, page["totalRecordCount"])

    @pytest.mark.parametrize("size", [0, -1, 1001, 100000, "x", "1.5", "9" * 30])
    def test_other_sizes_are_refused(self, client, size):
        assert "1000" in named(client.get("Computers", {"Pagination.PageSize": size}), "Pagination.PageSize")[0]

    @pytest.mark.parametrize("number", [0, -1, "x", "1e3", "9" * 30])
    def test_page_numbers_are_from_one(self, client, number):
        named(client.get("Computers", {"Pagination.PageNumber": number}), "Pagination.PageNumber")

    def test_past_the_end_is_an_empty_array_with_the_same_totals(self, client):
        page = client.get("Computers", {"Pagination.PageSize": 10, "Pagination.PageNumber": 4}).json
        assert page["data"] == []
        assert page["totalRecordCount"] == COMPUTERS and page["pageCount"] == 3

    def test_nothing_found_has_no_pages(self, client):
        page = client.get("Computers", {"Filter.Host": "no such host"}).json
        assert page["data"] == [] and page["pageCount"] == 0 and page["totalRecordCount"] == 0

    def test_inventory_connector_stops_at_a_short_page(self, client):
        rows, number = [], 1
        while True:
            page = client.version("v1").get("Computers", {"Pagination.PageSize": 5, "Pagination.PageNumber": number}).json
            rows += page["data"]
            if len(page["data"]) < 5:
                break
            number += 1
        assert len({row["id"] for row in rows}) == COMPUTERS == len(rows)

    def test_names_in_any_case_and_percent_encoded(self, client):
        page = client.get("Computers?pagination.pagesize=3&PAGINATION%2EPAGENUMBER=2").json
        assert page["pageSize"] == 3 and page["pageNumber"] == 2


class TestSorts:
    KEYS = ["host", "created", "lastConnected", "agentVersion", "groupName", "policyName", "daysDisconnected", "os", "domain", "authorisationState"]

    @pytest.mark.parametrize("key", KEYS)
    @pytest.mark.parametrize("order", ["asc", "desc"])
    def test_every_row_once_under_every_sort(self, client, key, order):
        rows = client.all("Computers", {"Sorts[0].by": key, "Sorts[0].order": order}, size=4)
        assert len({row["id"] for row in rows}) == COMPUTERS == len(rows)

    def test_host_sorts_without_letter_case(self, client):
        hosts = [row["host"].lower() for row in client.all("Computers", {"Sorts[0].by": "host", "Sorts[0].order": "asc"}, size=7)]
        assert hosts == sorted(hosts)

    def test_several_sorts_by_index(self, client):
        rows = client.get("Computers", {"Sorts[1].by": "host", "Sorts[0].by": "groupName", "Sorts[1].order": "DESC", "Sorts[0].order": "Asc"})
        pairs = [((row["groupName"] or "").lower(), row["host"].lower()) for row in rows.json["data"]]
        assert [group for group, _ in pairs] == sorted(group for group, _ in pairs)
        for one, two in zip(pairs, pairs[1:]):
            assert one[0] != two[0] or one[1] > two[1]

    def test_brackets_may_be_encoded(self, client):
        raw = client.get("Computers?Sorts[0].by=host&Sorts[0].order=desc").json["data"]
        assert client.get("Computers?Sorts%5B0%5D.by=host&Sorts%5B0%5D.order=desc").json["data"] == raw

    @pytest.mark.parametrize("query, name", [
        ({"Sorts[0].by": "colour"}, "Sorts[0].by"),
        ({"Sorts[0].by": "host", "Sorts[0].order": "up"}, "Sorts[0].order"),
        ({"Sorts[0].order": "asc"}, "Sorts[0].by"),
        ({"Sorts[0].by": "host", "Sorts[2].by": "created"}, "Sorts[1].by"),
    ])
    def test_bad_sorts_are_refused(self, client, query, name):
        answer = client.get("Computers", query)
        assert answer.status == 400, answer
        assert any(key.startswith("Sorts") for key in answer.json["errors"]), answer

    def test_default_order_is_created_then_id(self, rows):
        keys = [(row["created"], row["id"]) for row in rows]
        assert [created for created, _ in keys] == sorted(created for created, _ in keys)


class TestFilters:
    def test_text_contains_in_any_case(self, client, rows):
        part = rows[3]["host"][1:6].upper()
        found = client.get("Computers", {"Filter.Host": part.lower()}).json["data"]
        assert {row["id"] for row in found} == {row["id"] for row in rows if part in row["host"].upper()}

    def test_wildcards_are_plain_letters(self, client):
        for text in ("%", "_", "\\", "'", '"', "*"):
            assert client.get("Computers", {"Filter.Host": text}).json["totalRecordCount"] == 0

    def test_an_empty_value_is_no_filter(self, client):
        assert client.get("Computers", {"Filter.Host": ""}).json["totalRecordCount"] == COMPUTERS

    @pytest.mark.parametrize("value", ["Authorised", "AUTHORISED", "authorised", "1"])
    def test_enums_in_any_case_and_by_number(self, client, rows, value):
        found = client.get("Computers", {"Filter.AuthorisationState": value}).json
        assert found["totalRecordCount"] == sum(row["authorisationState"] == "Authorised" for row in rows)

    @pytest.mark.parametrize("name, value", [("Filter.AuthorisationState", "Perhaps"), ("Filter.AuthorisationState", "99"), ("Filter.ComputerId", "not-a-uuid"), ("Filter.LastConnected.Dates", "yesterday"), ("Filter.LastConnected.SelectionMode", "Sometimes")])
    def test_wrong_values_are_refused_by_name(self, client, name, value):
        answer = client.get("Computers", {name: value})
        assert answer.status == 400, answer
        assert any(key.startswith(name.rsplit(".", 1)[0]) for key in answer.json["errors"]), answer

    def test_filters_and_together(self, client, rows):
        wanted = [row for row in rows if row["authorisationState"] == "Authorised" and "1" in row["host"]]
        found = client.get("Computers", {"Filter.AuthorisationState": "Authorised", "Filter.Host": "1"}).json
        assert found["totalRecordCount"] == len(wanted)

    def test_every_fault_is_named_in_one_answer(self, client):
        answer = client.get("Computers", {"Pagination.PageSize": 0, "Filter.AuthorisationState": "x", "Sorts[0].by": "nothing", "Filter.ComputerId": "y"})
        assert answer.status == 400
        assert len(answer.json["errors"]) == 4, answer


class TestDates:
    @pytest.fixture(scope="class")
    def groups(self, client):
        return client.get("Groups", {"Pagination.PageSize": 1000}).json["data"]

    def day(self, rows):
        return rows[0]["created"][:10]

    def of_the_day(self, rows):
        return sum(row["created"][:10] == self.day(rows) for row in rows)

    @pytest.mark.parametrize("form", ["{day}", "{day} 00:00:00", "{day}T00:00:00", "{day}T00:00:00Z", "{day}T00:00:00.000Z", "{day}T00:00:00.000000Z", "{day}T00:00:00.0000000+00:00", "{day} 00:00:00.0000000 +00:00"])
    def test_every_form_as_the_start_of_a_range(self, client, groups, form):
        tomorrow = (datetime.date.fromisoformat(self.day(groups)) + datetime.timedelta(1)).isoformat()
        query = {"Filter.Created.Dates": [form.format(day=self.day(groups)), tomorrow], "Filter.Created.SelectionMode": "Range"}
        assert client.get("Groups", query).json["totalRecordCount"] == self.of_the_day(groups)

    @pytest.mark.parametrize("mode", ["Single", "single", None])
    def test_a_single_day(self, client, groups, mode):
        query = {"Filter.Created.Dates": self.day(groups), "Filter.Created.SelectionMode": mode}
        assert client.get("Groups", query).json["totalRecordCount"] == self.of_the_day(groups)
        query["Filter.Created.Dates"] = "2001-01-01"
        assert client.get("Groups", query).json["totalRecordCount"] == 0

    def test_several_days(self, client, groups):
        for names in ("Filter.Created.Dates", "Filter.Created.Dates[]"):
            query = {names: ["2001-01-01", self.day(groups)], "Filter.Created.SelectionMode": "Multiple"}
            assert client.get("Groups", query).json["totalRecordCount"] == self.of_the_day(groups)
        query = {"Filter.Created.Dates[0]": "2001-01-01", "Filter.Created.Dates[1]": self.day(groups), "Filter.Created.SelectionMode": "Multiple"}
        assert client.get("Groups", query).json["totalRecordCount"] == self.of_the_day(groups)

    def test_both_ends_of_a_range_are_in_it_in_any_order(self, client, groups):
        moment = groups[0]["created"]
        for dates in ([moment, moment], [moment, "2001-01-01"], ["2001-01-01", moment]):
            found = client.get("Groups", {"Filter.Created.Dates": dates, "Filter.Created.SelectionMode": "range"}).json
            assert any(row["id"] == groups[0]["id"] for row in found["data"]), dates

    def test_a_plus_may_come_as_a_blank(self, client, groups):
        moment = groups[0]["created"]
        assert moment.endswith("+00:00")
        query = "Groups?Filter.Created.Dates=" + moment + "&Filter.Created.Dates=2001-01-01&Filter.Created.SelectionMode=Range"
        assert client.get(query).json["totalRecordCount"] >= 1


class TestCursor:
    def walk(self, client, path, query, size):
        rows, cursor, steps = [], "", 0
        while cursor is not None and steps < 1000:
            page = client.get(path, {**query, "Pagination.PageSize": size, "Pagination.Cursor": cursor}).json
            rows += page["data"]
            cursor = page["nextCursor"]
            steps += 1
        return rows

    @pytest.mark.parametrize("key", ["created", "host", "lastConnected", "groupName"])
    def test_a_walk_forth_has_every_row_once(self, client, key):
        rows = self.walk(client, "Computers", {"Sorts[0].by": key, "Sorts[0].order": "desc"}, 4)
        assert len(rows) == COMPUTERS == len({row["id"] for row in rows})
        assert rows == client.get("Computers", {"Sorts[0].by": key, "Sorts[0].order": "desc", "Pagination.PageSize": 1000}).json["data"]

    def test_and_back(self, client):
        first = client.get("Computers", {"Pagination.PageSize": 4, "Pagination.Cursor": ""}).json
        assert first["previousCursor"] is None
        second = client.get("Computers", {"Pagination.PageSize": 4, "Pagination.Cursor": first["nextCursor"]}).json
        again = client.get("Computers", {"Pagination.PageSize": 4, "Pagination.Cursor": second["previousCursor"]}).json
        assert again["data"] == first["data"]

    @pytest.mark.parametrize("cursor", ["x", "AAAA", "%00", "a" * 5000])
    def test_bad_cursors_are_refused(self, client, cursor):
        named(client.get("Computers?Pagination.Cursor=" + urllib.parse.quote(cursor, safe="%")), "Pagination.Cursor")

    def test_a_cursor_of_another_sort_is_refused(self, client):
        cursor = client.get("Computers", {"Pagination.PageSize": 4, "Pagination.Cursor": ""}).json["nextCursor"]
        named(client.get("Computers", {"Sorts[0].by": "host", "Pagination.Cursor": cursor}), "Pagination.Cursor")


class TestUnknownParameters:
    def test_are_ignored_and_named(self, client):
        answer = client.get("Computers", {"Filter.Colour": "red", "colour": "blue"})
        assert answer.status == 200
        warnings = ", ".join(answer.headers.get_all("Reeve-Warning"))
        assert "Filter.Colour" in warnings and "colour" in warnings

    def test_no_warning_without(self, client):
        assert "Reeve-Warning" not in client.get("Computers", {"Pagination.PageSize": 1}).headers

    def test_strict_refuses_them(self, new_server):
        client = new_server(["--strict"]).client()
        named(client.get("Groups", {"Filter.Colour": "red"}), "Filter.Colour")
        assert client.get("Groups", {"Filter.Name": "red"}).status == 200


def test_pages_under_writes_have_every_lasting_row_once(client):
    """Rows that come and go between two pages move none of the others."""
    random.seed(7)
    lasting = {client.post("Groups", {"name": f"lasting {number}"}).json for number in range(40)}
    seen, number, made = [], 1, []
    while True:
        page = client.get("Groups", {"Pagination.PageSize": 5, "Pagination.PageNumber": number, "Sorts[0].by": "created", "Sorts[0].order": "asc"}).json
        seen += [row["id"] for row in page["data"]]
        made.append(client.post("Groups", {"name": f"passing {number}"}).json)
        if len(made) > 2:
            client.delete(f"Groups/{made.pop(0)}")
        if number >= page["pageCount"] or number > 60:
            break
        number += 1
    for group in lasting:
        assert seen.count(group) == 1
