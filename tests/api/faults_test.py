"""Every fault of a request is named in one answer, whatever part of the request it is in."""
import pytest


def errors(answer):
    assert answer.status == 400, answer
    return answer.json["errors"]


def test_path_query_and_unreadable_body_together(client):
    answer = client.request("PUT", "Groups/nobody?x=%FF", body=b'{"name":', headers={"Content-Type": "application/json"})
    assert set(errors(answer)) == {"id", "x", "body"}


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"{", b"\xff", b'{"name":"a","name":"b"}'])
def test_a_body_that_is_no_object_is_named(client, body):
    answer = client.request("POST", "Groups", body=body, headers={"Content-Type": "application/json"})
    assert set(errors(answer)) == {"body"}


def test_ids_go_by_their_name_in_the_path(client):
    assert set(errors(client.get("Policies/PolicyRevision/nobody/Content"))) == {"policyRevisionId"}
    assert set(errors(client.get("Computers/a/Logs/b/Content"))) == {"id", "logId"}


def test_a_list_names_each_parameter(client):
    answer = client.get("Computers?Pagination.PageSize=0&Filter.GroupId=x&Filter.HostType=Toaster&Sorts[0].by=shoe"
                        "&Filter.Created.Dates=soon&Filter.Created.SelectionMode=Twice&Filter.Host=%FF")
    assert set(errors(answer)) == {"Pagination.PageSize", "Filter.GroupId", "Filter.HostType", "Sorts[0].by",
                                   "Filter.Created.Dates", "Filter.Created.SelectionMode", "Filter.Host"}


def test_events_name_each_parameter(client):
    answer = client.get("Events/FromStartDate?StartDate=soon&RecordSize=0")
    assert {name.lower() for name in errors(answer)} == {"startdate", "recordsize"}


def test_a_bulk_body_names_each_member(client):
    answer = client.post("Computers/Authorise", {"computerIds": ["x", 1], "allComputers": "yes", "groupId": 5})
    assert set(errors(answer)) == {"computerIds[0]", "computerIds[1]", "allComputers", "groupId"}


def test_a_bulk_filter_names_each_member(client):
    body = {"allComputers": True, "filter": {"hostType": "Toaster", "groupId": "x", "created": {"dates": ["soon"]}}}
    assert set(errors(client.post("Computers/Reject", body))) == {"filter.hostType", "filter.groupId", "filter.created.dates"}
