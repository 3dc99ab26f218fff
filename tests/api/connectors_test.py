"""What connectors of others do with lists and sign-in, beyond what each resource's own tests show."""
import re

import pytest

ROWS = 20


@pytest.fixture(scope="module")
def server(new_server):
    server = new_server(start=False)
    server.fill(computers=ROWS, groups=4, policies=2, events=0)
    return server.start()


@pytest.fixture(params=["v1", "v2", "v3"])
def at(request, client):
    return client.version(request.param)


def page(client, number, size, path="Computers"):
    answer = client.get(path, {"Pagination.PageSize": size, "Pagination.PageNumber": number})
    assert answer.status == 200, answer
    return answer.json


class TestWalks:
    """20 rows by 5: the total is a multiple of the size, and by 6 it is not."""

    @pytest.mark.parametrize("size", [5, 6, ROWS, 50])
    def test_inventory_connector_stops_at_short_page(self, at, size):
        found, number = [], 1
        while True:
            rows = page(at, number, size)["data"]
            found += rows
            if len(rows) < size:
                break
            number += 1
        assert len(found) == len({row["id"] for row in found}) == ROWS

    @pytest.mark.parametrize("size", [5, 6, ROWS, 50])
    def test_governance_connector_walks_by_page_count(self, at, size):
        found, number = [], 1
        while number <= (one := page(at, number, size))["pageCount"]:
            found += one["data"]
            number += 1
        assert one["data"] == []
        assert len({row["id"] for row in found}) == ROWS

    @pytest.mark.parametrize("size", [5, 6, ROWS, 50])
    def test_access_graph_connector_walks_by_total(self, at, size):
        found, number = [], 1
        while rows := page(at, number, size)["data"]:
            found += rows
            number += 1
        assert len(found) == page(at, number, size)["totalRecordCount"] == ROWS

    @pytest.mark.parametrize("size", [1, 50, 200, 1000])
    def test_inventory_connector_is_given_the_page_size_it_asks_for(self, at, size):
        for path in ("Computers", "Groups", "Policies", "Users"):
            one = page(at, 1, size, path)
            assert one["pageSize"] == size and len(one["data"]) == min(size, one["totalRecordCount"])
            for name in ("pageNumber", "pageSize", "totalRecordCount", "pageCount"):
                assert type(one[name]) is int


class TestQueries:
    def test_a_plus_is_a_space(self, client):
        group = client.post("Groups", {"name": "two words"}).json
        for text in ("two+words", "two%20words", "TWO+WORDS"):
            assert [row["id"] for row in client.get(f"Groups?Filter.Name={text}").json["data"]] == [group]
        assert client.get("Groups?Filter.Name=two%2Bwords").json["data"] == []

    def test_parameters_in_any_order(self, client):
        one = client.get("Computers?Sorts%5B1%5D.by=host&Pagination.PageSize=3&Sorts%5B0%5D.order=DESC&Sorts%5B0%5D.by=created&Sorts%5B1%5D.order=asc")
        other = client.get("Computers?Sorts[0].by=created&Sorts[0].order=desc&Sorts[1].by=host&Sorts[1].order=asc&Pagination.PageSize=3")
        assert one.json["data"] == other.json["data"]


class TestSignIn:
    def test_secrets_are_letters_and_digits_so_that_encoding_changes_nothing(self, server):
        for _ in range(5):
            client_id, secret = server.account()
            assert re.fullmatch(r"[0-9a-f]{32}", client_id)
            assert re.fullmatch(r"[A-Za-z0-9]{40,}", secret)

    def test_a_good_token_never_gives_401(self, server):
        """A connector signs in anew once and gives up the second time; and others sign in with the same account meanwhile."""
        account = server.account()
        first = server.anonymous().sign_in(*account)
        for _ in range(20):
            server.anonymous().sign_in(*account)
            assert first.get("Groups").status == 200
