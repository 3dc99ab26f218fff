"""A hundred malformed requests: each gets the right 4xx with a body that names the fault, and the server lives on."""
import socket
import ssl

import pytest

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
JSON = {"Content-Type": "application/json"}


def body(text):
    return {"body": text if isinstance(text, bytes) else text.encode(), "headers": JSON}


# method, path, what is sent, status, what the answer names (in any letter case)
REQUESTS = [
    # ids
    ("GET", "Computers/x", {}, 400, "id"),
    ("GET", "Computers/" + "0" * 36, {}, 400, "id"),
    ("GET", f"Computers/{ID}0", {}, 400, "id"),
    ("GET", "Computers/01890a5d_ac96_774b_bcce_b302099a8057", {}, 400, "id"),
    ("GET", "Computers/%00", {}, 400, "id"),
    ("GET", "Computers/%ff%fe", {}, 400, "id"),
    ("GET", "Computers/%zz", {}, 400, ""),
    ("GET", f"Computers/{ID}", {}, 404, "computer"),
    ("GET", "Groups/x", {}, 400, "id"),
    ("GET", f"Groups/{ID}", {}, 404, "group"),
    ("GET", "Policies/x", {}, 400, "id"),
    ("GET", f"Policies/{ID}", {}, 404, "policy"),
    ("GET", f"Policies/{ID}/Content", {}, 404, "policy"),
    ("GET", f"Policies/{ID}/Revisions", {}, 404, "policy"),
    ("GET", f"Policies/PolicyRevision/{ID}/Content", {}, 404, "revision"),
    ("GET", f"Tasks/{ID}", {}, 404, "task"),
    ("GET", "Tasks/x", {}, 400, "id"),
    ("GET", f"Computers/{ID}/Logs", {}, 404, "computer"),
    ("GET", f"Computers/{ID}/CommandLogs", {}, 404, "computer"),
    ("GET", f"Computers/{ID}/Logs/{ID}/Content", {}, 404, "log"),
    ("GET", f"Computers/{ID}/Logs/x/Content", {}, 400, "id"),
    ("POST", f"Computers/{ID}/Archive", {}, 404, "computer"),
    ("POST", "Computers/x/Archive", {}, 400, "id"),
    ("DELETE", f"Groups/{ID}", {}, 404, "group"),
    ("PATCH", f"Groups/{ID}", {}, 404, "group"),
    ("PATCH", f"Groups/{ID}/ClearPolicy", {}, 404, "group"),
    ("DELETE", f"Policies/{ID}", {}, 404, "policy"),
    ("PATCH", f"Policies/{ID}", {}, 404, "policy"),
    # JSON
    ("POST", "Groups", body(""), 400, "name"),
    ("POST", "Groups", body("{"), 400, "body"),
    ("POST", "Groups", body("nonsense"), 400, "body"),
    ("POST", "Groups", body("[]"), 400, "body"),
    ("POST", "Groups", body("null"), 400, "body"),
    ("POST", "Groups", body('"name"'), 400, "body"),
    ("POST", "Groups", body("{} {}"), 400, "body"),
    ("POST", "Groups", body('{"name":"a",}'), 400, "body"),
    ("POST", "Groups", body("{'name':'a'}"), 400, "body"),
    ("POST", "Groups", body('{"name":"a" "b"}'), 400, "body"),
    ("POST", "Groups", body('{"name":"a","name":"b"}'), 400, "name"),
    ("POST", "Groups", body(b'{"name":"\xff\xfe"}'), 400, ""),
    ("POST", "Groups", body('{"name":"\\ud800"}'), 400, "surrogate"),
    ("POST", "Groups", body('{"name":"\\ud800\\u0041"}'), 400, "surrogate"),
    ("POST", "Groups", body('{"name":"\\udc00"}'), 400, "surrogate"),
    ("POST", "Groups", body('{"name":"a\\u0000b"}'), 400, "name"),
    ("POST", "Groups", body('{"name":' + "9" * 400 + "}"), 400, ""),
    ("POST", "Groups", body("\ufeff{"), 400, ""),
    ("POST", "Groups", body("{}"), 400, "name"),
    ("POST", "Groups", body('{"name":null}'), 400, "name"),
    ("POST", "Groups", body('{"name":""}'), 400, "name"),
    ("POST", "Groups", body('{"name":"   "}'), 400, "name"),
    ("POST", "Groups", body('{"name":5}'), 400, "name"),
    ("POST", "Groups", body('{"name":["a"]}'), 400, "name"),
    ("POST", "Groups", body('{"name":{"a":1}}'), 400, "name"),
    ("POST", "Groups", body('{"name":"' + "x" * 300 + '"}'), 400, "name"),
    ("POST", "Groups", body('{"name":"a","description":5}'), 400, "description"),
    ("POST", "Groups", body('{"name":"a","description":"' + "x" * 5000 + '"}'), 400, "description"),
    ("POST", "Groups", body('{"name":"a","default":"perhaps"}'), 400, "default"),
    ("POST", "Groups", body('{"name":"a","default":2}'), 400, "default"),
    ("PUT", "Groups", body("{}"), 400, "id"),
    ("PUT", "Groups", body('{"id":"x"}'), 400, "id"),
    ("PUT", "Groups", body(f'{{"id":"{ID}","name":"a"}}'), 404, "group"),
    # selections
    ("POST", "Computers/Archive", body("{}"), 400, "computerIds"),
    ("POST", "Computers/Archive", body('{"computerIds":[]}'), 400, "computerIds"),
    ("POST", "Computers/Archive", body('{"computerIds":"x"}'), 400, "computerIds"),
    ("POST", "Computers/Archive", body('{"computerIds":[5]}'), 400, "computerIds"),
    ("POST", "Computers/Archive", body('{"computerIds":["x"]}'), 400, "computerIds"),
    ("POST", "Computers/Archive", body(f'{{"computerIds":["{ID}"]}}'), 404, "computer"),
    ("POST", "Computers/Authorise", body('{"allComputers":"x"}'), 400, "allComputers"),
    ("POST", "Computers/Authorise", body(f'{{"computerIds":["{ID}"],"groupId":"x"}}'), 400, "groupId"),
    ("POST", "Computers/Reject", body('{"allComputers":true,"filter":5}'), 400, "filter"),
    ("POST", "Computers/Reject", body('{"allComputers":true,"filter":{"authorisationState":"x"}}'), 400, "authorisationState"),
    ("POST", "Computers/Reject", body('{"allComputers":true,"excludedComputerIds":["x"]}'), 400, "excludedComputerIds"),
    ("DELETE", "Computers", body("{}"), 400, "computerIds"),
    ("DELETE", "Computers", body('{"allComputers":false}'), 400, "computerIds"),
    ("POST", "Computers/RetrieveLogs", body("{}"), 400, "computer"),
    ("POST", f"Groups/{ID}/AssignComputers", body('{"allComputers":true}'), 404, "group"),
    ("POST", "Groups/UnassignComputers", body("{}"), 400, "at least one computer"),
    ("POST", "Groups/AutoAssignPolicyRevision", body("{}"), 400, "policy"),
    ("POST", "Groups/AutoAssignPolicyRevision", body('{"policyId":"x"}'), 400, "policyId"),
    ("POST", "Groups/AutoAssignPolicyRevision", body(f'{{"policyId":"{ID}"}}'), 404, "policy"),
    ("POST", f"Groups/{ID}/AssignPolicyRevision", body("{}"), 400, "policyRevisionId"),
    ("POST", f"Groups/{ID}/AssignPolicyRevision", body(f'{{"policyRevisionId":"{ID}"}}'), 404, ""),
    ("POST", "Groups/AssignPolicyRevision", body(f'{{"policyRevisionId":"{ID}"}}'), 404, "revision"),
    ("POST", "Groups/ClearPolicy", body("{}"), 400, "groupIds"),
    # forms
    ("POST", "Policies", {"files": {"name": "a"}}, 400, "file"),
    ("POST", "Policies", {"files": {"file": ("a.xml", b"<a/>")}}, 400, "name"),
    ("POST", "Policies", {"files": {"name": "", "file": ("a.xml", b"<a/>")}}, 400, "name"),
    ("POST", "Policies", {"files": {"name": "a", "file": ("a.xml", b"")}}, 400, "file"),
    ("POST", "Policies", {"files": {"name": "a", "file": ("a.xml", b"no xml at all")}}, 400, "file"),
    ("POST", "Policies", {"files": {"name": "a", "file": ("a.xml", b"<Configuration>")}}, 400, "file"),
    ("POST", "Policies", {"files": {"name": "a", "file": ("a.xml", b"<!DOCTYPE x [<!ENTITY e 'e'>]><Configuration/>")}}, 400, "file"),
    ("POST", "Policies", {"files": {"name": "x" * 300, "file": ("a.xml", b"<a/>")}}, 400, "name"),
    ("POST", "Policies", {"body": b"", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400, ""),
    ("POST", "Policies", {"body": b"--x\r\nno head", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400, ""),
    ("POST", "Policies", {"body": b"--x--\r\n", "headers": {"Content-Type": "multipart/form-data"}}, 400, "boundary"),
    ("POST", f"Policies/{ID}/Upload", {"files": {"file": ("a.xml", b"<a/>")}}, 404, "policy"),
    ("POST", f"Groups/{ID}/AssignComputersByCsv", {"files": {"csvFile": ("a.csv", b"host\nx\n", "text/csv")}}, 404, "group"),
    # parameters
    ("GET", "Computers?Pagination.PageSize=x", {}, 400, "Pagination.PageSize"),
    ("GET", "Computers?Pagination.PageSize=", {"query": {"Pagination.PageNumber": "-5"}}, 400, "Pagination.PageNumber"),
    ("GET", "Computers?Filter.Host=%ff", {}, 400, "UTF-8"),
    ("GET", "Computers?Filter.Created.Dates=2024-13-45", {}, 400, "Filter.Created.Dates"),
    ("GET", "Computers?Filter.DaysDisconnected.Value=x", {}, 400, "Filter.DaysDisconnected.Value"),
    ("GET", "Computers?Sorts[99999999999].by=host", {}, 400, "Sorts"),
    ("GET", "Computers?Sorts[x].by=host", {}, 400, "Sorts"),
    ("GET", "Events/FromStartDate", {}, 400, "StartDate"),
    ("GET", "Events/FromStartDate?StartDate=", {}, 400, "StartDate"),
    ("GET", "Events/FromStartDate?StartDate=yesterday", {}, 400, "StartDate"),
    ("GET", "Events/FromStartDate?StartDate=2024-01-01&RecordSize=0", {}, 400, "RecordSize"),
    ("GET", "Events/FromStartDate?StartDate=2024-01-01&RecordSize=1001", {}, 400, "RecordSize"),
    ("GET", "Events/FromStartDate?StartDate=2024-01-01&RecordSize=many", {}, 400, "RecordSize"),
    # types and methods
    ("POST", "Groups", {"body": b"{}", "headers": {"Content-Type": "text/html"}}, 415, ""),
    ("POST", "Groups", {"body": b"name=a", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 415, ""),
    ("POST", "Policies", {"body": b"{}", "headers": JSON}, 415, ""),
    ("PUT", "Computers", body("{}"), 405, ""),
    ("PATCH", "Tasks/" + ID, {}, 405, ""),
]


@pytest.mark.parametrize("number", range(len(REQUESTS)))
def test_request(client, number):
    method, path, sent, status, named = REQUESTS[number]
    answer = client.request(method, path, **sent)
    assert answer.status == status, answer
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer
    problem = answer.json
    assert problem["status"] == status
    told = " ".join([problem.get("detail") or "", *(f"{name} {' '.join(texts)}" for name, texts in problem.get("errors", {}).items())])
    assert named.lower() in told.lower(), answer
    assert told.strip(), answer
    for word in ("SELECT", "sqlite", "postgres", "/tmp/", ".c:"):
        assert word not in answer.text, "an answer must not show the inside"


def test_there_are_a_hundred():
    assert len(REQUESTS) >= 100


RAW = [
    b"\r\n\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET /\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x00\x00",
    b"\x00" * 2000,
    b"GET /healthz HTTP/1.1\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
    b"POST /management-api/v3/Groups HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /management-api/v3/Groups HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"POST /management-api/v3/Groups HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /management-api/v3/Groups HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /management-api/v3/Groups HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(3000)) + b"\r\n",
    b"G" * 100000,
]


@pytest.mark.parametrize("number", range(len(RAW)))
def test_raw_bytes(server, client, number):
    context = ssl.create_default_context(cafile=server.ca)
    host, port = server.url.split("//")[1].split(":")
    with socket.create_connection((host, int(port)), timeout=5) as plain, context.wrap_socket(plain, server_hostname=host) as sock:
        sock.settimeout(0.5)
        answer = b""
        try:
            sock.sendall(RAW[number])
            while chunk := sock.recv(65536):
                answer += chunk
        except (TimeoutError, OSError):
            pass
    if answer and not answer.startswith(b"HTTP/1.1 200"):
        assert answer.split(b" ")[1].startswith(b"4") or answer.split(b" ")[1] == b"505" or answer.split(b" ")[1] == b"501", answer[:200]
    assert client.get("About").status == 200
