"""Every error that the definitions promise, of every operation in every version: too many calls, too large a body, a body of another
kind, an unknown parameter on a strict server, an answer the caller has, an id of nothing, and what conflicts."""
import re
import uuid

import pytest

from harness import openapi, policies, store as by_hand
from harness.agent import Agent
from harness.people import People

UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"
VERSIONS = ("v1", "v2", "v3")
FACES = (*VERSIONS, "scim-v1", "scim-v2", "scim-v3", "oauth")


def operations(status):
    """(definition, method, path) where the status is promised."""
    for name in FACES:
        for path, item in openapi.document(name).root["paths"].items():
            for method, operation in item.items():
                if isinstance(operation, dict) and status in operation.get("responses", ()):
                    yield pytest.param(name, method.upper(), path, id=f"{method.upper()} {path}")


def filled(path):
    return re.sub(r"\{[^}]*\}", UNKNOWN, path)


def kinds(name, method, path):
    """Content types that the operation takes."""
    return list(openapi.document(name).root["paths"][path][method.lower()].get("requestBody", {}).get("content", {}))


@pytest.fixture(scope="module")
def spent(new_server):
    """A client whose account has no call left."""
    server = new_server(args=["--rate-limit", "1"])
    client = server.client()
    client.get("About")
    client.account = server.account()
    client.sign_in_again = lambda: client.request("POST", "/oauth/connect/token", form={"grant_type": "client_credentials", "client_id": client.account[0], "client_secret": client.account[1]}, token=False)
    client.sign_in_again()
    return client


@pytest.mark.parametrize("name, method, path", operations("429"))
def test_too_many_calls(spent, name, method, path):
    if name == "oauth":
        form = {"grant_type": "client_credentials", "client_id": spent.account[0], "client_secret": spent.account[1]}
        answer = spent.request(method, path, form=form, token=False)
    else:
        kind = next(iter(kinds(name, method, path)), None)
        answer = spent.request(method, filled(path), body=b"{}" if kind else None, headers={"Content-Type": kind} if kind else None)
    assert answer.status == 429, answer
    assert 1 <= int(answer.headers["Retry-After"]) <= 100


@pytest.mark.parametrize("name, method, path", operations("413"))
def test_too_large_a_body(client, name, method, path):
    if method == "GET":
        pytest.skip("it is the answer that may be too large")
    headers = {"Content-Type": kinds(name, method, path)[0], "Content-Length": str(10**12)}
    answer = client.request(method, filled(path), headers=headers)
    client.close()
    assert answer.status == 413, answer


@pytest.mark.parametrize("name, method, path", operations("415"))
def test_a_body_of_another_kind(client, name, method, path):
    answer = client.request(method, filled(path), body=b"a,b", headers={"Content-Type": "text/csv"})
    assert answer.status == 415, answer
    assert kinds(name, method, path)[0].split("/")[0] in answer.json["detail"], "it names what is taken"


@pytest.fixture(scope="module")
def strict(new_server):
    return new_server(args=["--strict"]).client()


@pytest.mark.parametrize("name, method, path", operations("400"))
def test_an_unknown_parameter_of_a_strict_server(strict, name, method, path):
    kind = next(iter(kinds(name, method, path)), None)
    if name == "oauth":
        pytest.skip("RFC 6749 wants unknown parameters ignored")
    answer = strict.request(method, filled(path) + "?nonsense=1", body=b"{}" if kind else None, headers={"Content-Type": kind} if kind else None)
    assert answer.status == 400, answer


SCIM_FACES = ("scim-v1", "scim-v2", "scim-v3")


def scim_operations():
    for name in SCIM_FACES:
        for path, item in openapi.document(name).root["paths"].items():
            for method in item:
                yield pytest.param(name, method.upper(), path, id=f"{method.upper()} {path}")


def scim_body(name, method, path):
    return {"json": {}, "headers": {"Content-Type": "application/scim+json"}} if kinds(name, method, path) else {}


@pytest.fixture(scope="module")
def others(server):
    """May do everything but SCIM."""
    return server.client(["management=full", "audit=read", "reporting=read", "jit=full"])


@pytest.mark.parametrize("name, method, path", scim_operations())
def test_scim_without_a_token_and_without_the_right(server, others, name, method, path):
    answer = server.anonymous().request(method, filled(path), **scim_body(name, method, path))
    assert answer.status == 401 and answer.json["status"] == "401", answer
    answer = others.request(method, filled(path), **scim_body(name, method, path))
    assert answer.status == 403 and answer.json["status"] == "403", answer


@pytest.mark.parametrize("name, method, path", [one for one in operations("404") if one.values[0] in SCIM_FACES])
def test_scim_of_nothing(client, name, method, path):
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "active", "value": True}]} if method == "PATCH" else {"userName": "a@corp.example"}
    answer = client.request(method, filled(path), **({"json": body} if kinds(name, method, path) else {}))
    assert answer.status == 404 and answer.json["status"] == "404", answer


@pytest.fixture(params=("v1", "v2", "v3"))
def scim(request, server, people):
    return server.client(["scim=full"], base=f"/management-api/scim/{request.param}/")


class TestScim:
    """One session in each version: all operations, and what conflicts."""

    def test_a_session(self, scim):
        name = f"{uuid.uuid4().hex}@corp.example"
        made = scim.post("Users", {"userName": name, "emails": [{"value": name, "primary": True}]})
        assert made.status == 201, made
        at, tag = f"Users/{made.json['id']}", made.headers["ETag"]
        assert scim.get("Users", filter=f'userName eq "{name}"').json["totalResults"] == 1
        user = scim.get(at).json
        assert (user["userName"], user["locale"], user["timezone"], user["dateTimeFormat"]) == (name, "en-US", "UTC", "MM/DD/YYYY hh:mm:ss A")
        assert scim.get(at, headers={"If-None-Match": tag}).status == 304
        assert scim.post("Users", {"userName": name}).status == 409
        changes = {"Operations": [{"op": "replace", "path": "displayName", "value": "A"}]}
        assert scim.patch(at, changes, headers={"If-Match": 'W/"99"'}).status == 412
        assert scim.put(at, {"userName": name}, headers={"If-Match": 'W/"99"'}).status == 412
        assert scim.delete(at, headers={"If-Match": 'W/"99"'}).status == 412
        other = scim.post("Users", {"userName": f"{uuid.uuid4().hex}@corp.example"}).json["userName"]
        assert scim.put(at, {"userName": other}).status == 409
        assert scim.patch(at, {"Operations": [{"op": "replace", "path": "userName", "value": other}]}).status == 409
        assert scim.patch(at, changes).status in (200, 204)
        assert scim.put(at, {"userName": name, "displayName": "B"}).status == 200
        search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": f'userName eq "{name}"'}
        assert scim.post("Users/.search", search).json["Resources"][0]["displayName"] == "B"
        bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [{"method": "PATCH", "path": f"/{at}", "data": changes}]}
        assert scim.post("Bulk", bulk).json["Operations"][0]["status"] in ("200", "204")
        assert scim.delete(at).status == 204
        assert scim.get(at).status == 404

    def test_roles_and_what_the_server_can(self, scim):
        roles = scim.get("Roles").json["Resources"]
        assert scim.get(f"Roles/{roles[0]['id']}").json["id"] == roles[0]["id"]
        assert scim.get("ServiceProviderConfig").json["patch"]["supported"] is True
        schemas = scim.get("Schemas").json["Resources"]
        assert scim.get(f"Schemas/{schemas[0]['id']}").json["id"] == schemas[0]["id"]
        assert scim.get("ResourceTypes").json["totalResults"] >= 2
        assert scim.get("ResourceTypes/User").json["endpoint"] == "/Users"
        assert scim.get("ResourceTypes/Role").json["endpoint"] == "/Roles"
        assert scim.get("Me").status == 501

    def test_the_last_administrator_stays(self, scim, client, people):
        """Disabled by hand are all others, so that one is left."""
        roles = {role["name"]: role["id"] for role in client.all("GlobalRoles")}
        admins = [row["id"] for row in client.all("Users") if not row["disabled"] and roles["Administrator"] in [role["id"] for role in row["roles"]]]
        assert admins, "People makes none: the fixture does"
        for one in admins[1:]:
            assert client.patch(f"Users/{one}/Disable").status == 204
        assert scim.delete(f"Users/{admins[0]}").status == 409


@pytest.fixture(scope="module")
def keeping(new_server):
    """SCIM may not delete."""
    server = new_server(args=["--scim-delete", "deny"])
    people = People(server, server.client())
    server.someone = people.user()[0]
    return server


@pytest.fixture(scope="module")
def rejecting(new_server):
    server = new_server(args=["--scim-unknown-roles", "reject"])
    People(server, server.client())
    return server


@pytest.mark.parametrize("version", VERSIONS)
def test_scim_that_takes_no_unknown_role(rejecting, scim, version):
    """By default the text stays and grants nothing; a server that rejects names it, and nothing of the call is kept."""
    person = {"userName": f"{uuid.uuid4().hex}@corp.example", "roles": [{"value": "Policy Viewer"}, {"value": "Night Watch"}]}
    kept = scim.post("Users", person)
    assert kept.status == 201 and [role["value"] for role in kept.json["roles"]] == ["Policy Viewer", "Night Watch"]
    strict = rejecting.client(["scim=full"], base=f"/management-api/scim/{version}/")
    answer = strict.post("Users", person)
    assert answer.status == 400 and answer.json["scimType"] == "invalidValue" and "Night Watch" in answer.json["detail"]
    assert strict.get("Users", filter=f'userName eq "{person["userName"]}"').json["totalResults"] == 0
    made = strict.post("Users", {**person, "roles": ["policy viewer"]})
    assert made.status == 201, made
    patch = {"Operations": [{"op": "add", "path": "roles", "value": [{"value": "Night Watch"}]}]}
    assert strict.patch(f"Users/{made.json['id']}", patch).status == 400
    assert [role["value"] for role in strict.get(f"Users/{made.json['id']}").json["roles"]] == ["Policy Viewer"]


@pytest.mark.parametrize("version", VERSIONS)
def test_scim_that_may_not_delete(keeping, version):
    scim = keeping.client(["scim=full"], base=f"/management-api/scim/{version}/")
    assert scim.delete(f"Users/{keeping.someone}").status == 405


@pytest.fixture(scope="module")
def people(server, client):
    made = People(server, client)
    made.user("Administrator")
    return made


@pytest.fixture(scope="module")
def agent(server, client):
    made = Agent(server).enrol(client.post("Groups", {"name": "Errors"}).json)
    yield made
    made.close()


@pytest.fixture(params=VERSIONS)
def at(request, client):
    return client.version(request.param)


def known(at, method, path):
    """Does the version have it?"""
    name = at.base.strip("/").split("/")[-1]
    return method.lower() in openapi.document(name).root["paths"].get(f"/management-api/{name}/{path}", {})


BULK = [f"Computers/{verb}" for verb in ("Authorise", "Deactivate", "Reject", "RenewCertificate", "RetrieveLogs", "RetrieveStatusInfo", "Archive", "Unarchive")] + ["Groups/UnassignComputers"]


class TestNothing:
    @pytest.mark.parametrize("path", BULK)
    def test_computers_that_are_not_there(self, at, path):
        if not known(at, "POST", path):
            pytest.skip("not in this version")
        assert at.post(path, {"computerIds": [UNKNOWN]}).status == 404

    def test_requests(self, at):
        body = {"status": "2000", "decision": "Approved", "decisionPerformedByUser": "bob", "duration": "Once", "itsmRequestId": UNKNOWN, "decisionTime": "2026-03-04 05:06:07", "message": "m", "systemId": "s-" + uuid.uuid4().hex, "ticketId": "INC1", "ticketUrl": "https://itsm.test/"}
        assert at.post("AuthorizationRequest/notification", body).status == 404
        assert at.post("AdminAccessRequest", {"computerId": UNKNOWN, "userName": "ann"}).status == 404
        assert at.get("AuthorizationRequestAudits/2000000000").status == 404


class TestConflicts:
    def test_the_name_of_another_group(self, client, at):
        name, other = uuid.uuid4().hex, client.post("Groups", {"name": uuid.uuid4().hex}).json
        assert at.post("Groups", {"name": name}).status == 201
        assert at.post("Groups", {"name": name.upper()}).status == 409
        assert at.put("Groups", {"id": other, "name": name}).status == 409
        assert at.put(f"Groups/{other}", {"name": name}).status == 409

    def test_the_default_group(self, at):
        group = at.post("Groups", {"name": uuid.uuid4().hex, "default": True}).json
        assert at.delete(f"Groups/{group}").status == 409

    def test_a_group_that_a_task_holds(self, server, client, agent, at):
        """Until the task ends only reading is allowed, whatever would change it."""
        group = client.post("Groups", {"name": uuid.uuid4().hex}).json
        _, revision = policies.create(client, uuid.uuid4().hex)
        chosen = {"computerIds": [agent.id]}
        with by_hand.endless_task(server) as task:
            by_hand.edit(server, f"UPDATE computer_group SET locked_by = '{task}' WHERE id = '{group}'")
            refused = [
                at.put("Groups", {"id": group, "description": "x"}),
                at.put(f"Groups/{group}", {"description": "x"}),
                at.delete(f"Groups/{group}"),
                at.post(f"Groups/{group}/AssignPolicyRevision", {"policyRevisionId": revision}),
                at.patch(f"Groups/{group}/ClearPolicy"),
                at.post(f"Groups/{group}/AssignComputers", chosen),
                at.post(f"Groups/{group}/AssignComputersByCsv", files={"csvFile": ("a.csv", agent.id, "text/csv")}),
                at.post("Computers/Authorise", {**chosen, "groupId": group}),
            ]
        assert [answer for answer in refused if answer.status != 409] == []
        assert at.put(f"Groups/{group}", {"description": "x"}).status == 204

    def test_a_computer_that_takes_no_commands(self, server, agent, at):
        by_hand.edit(server, f"UPDATE computer SET archived = 1 WHERE id = '{agent.id}'")
        refused = [at.post(f"Computers/{agent.id}/{command}") for command in ("RenewCertificate", "RetrieveLogs", "RetrieveStatusInfo")]
        by_hand.edit(server, f"UPDATE computer SET archived = 0 WHERE id = '{agent.id}'")
        assert [answer for answer in refused if answer.status != 409 or "archived" not in answer.json["detail"]] == []

    def test_policies(self, client, at):
        name, other = uuid.uuid4().hex, uuid.uuid4().hex
        (policy, revision), (second, _) = policies.create(client, name), policies.create(client, other)
        assert at.post("Policies", files={"Name": name, "PolicyFile": ("p.xml", policies.document())}).status == 409
        assert at.put(f"Policies/{second}", {"name": name}).status == 409
        policies.assign(client, client.post("Groups", {"name": name}).json, revision)
        assert at.delete(f"Policies/{policy}").status == 409

    def test_a_policy_that_somebody_edits(self, server, client, at):
        policy, _ = policies.create(client, uuid.uuid4().hex)
        by_hand.edit(server, f"UPDATE policy SET draft_id = '{uuid.uuid4()}', draft_user = 'ann@corp.example' WHERE id = '{policy}'")
        assert at.post(f"Policies/{policy}/Upload", files={"PolicyFile": ("p.xml", policies.document())}).status == 409
        assert at.patch(f"Policies/{policy}").status == 204
        assert at.post(f"Policies/{policy}/Upload", files={"PolicyFile": ("p.xml", policies.document())}).status == 200

    def test_content_that_the_caller_has(self, client, at):
        policy, revision = policies.create(client, uuid.uuid4().hex)
        for path in (f"Policies/{policy}/Content", f"Policies/PolicyRevision/{revision}/Content"):
            tag = at.get(path).headers["ETag"]
            assert at.get(path, headers={"If-None-Match": tag}).status == 304
            assert at.get(path, headers={"If-None-Match": '"other"'}).status == 200

    def test_a_domain_that_is_used(self, client, at, people):
        [domain] = [row["id"] for row in client.get("AcceptedDomains").json if row["domain"] == "corp.example"]
        assert at.delete(f"AcceptedDomains/{domain}").status == 409

    def test_the_last_administrator(self, client, at, people):
        roles = {role["name"]: role["id"] for role in client.all("GlobalRoles")}
        admins = [row["id"] for row in client.all("Users") if not row["disabled"] and roles["Administrator"] in [role["id"] for role in row["roles"]]]
        for one in admins[1:]:
            assert client.patch(f"Users/{one}/Disable").status == 204
        assert at.patch(f"Users/{admins[0]}/Disable").status == 409
        if known(at, "POST", "Users/{id}/AssignRole"):
            assert at.post(f"Users/{admins[0]}/AssignRole", {"roleId": next(one for name, one in people.roles.items() if name != "Administrator")}).status == 409

    def test_an_invitation_of_a_minute_ago(self, server, at, people):
        user, _ = people.user()
        by_hand.edit(server, f"UPDATE user_account SET invited = invited - 61000000 WHERE id = '{user}'")
        assert at.patch(f"Users/{user}/ResendInvite").status == 204
        assert at.patch(f"Users/{user}/ResendInvite").status == 429

    def test_a_request_that_was_used(self, client, agent, at):
        request = str(uuid.uuid4())
        agent.command("request", "application", "--path", "/bin/ls", "--reason", "x", "--user", request[:8], "--request", request)
        body = {"status": "2000", "decision": "Approved", "decisionPerformedByUser": "bob", "duration": "Once", "itsmRequestId": request, "decisionTime": "2026-03-04 05:06:07", "message": "m", "systemId": request, "ticketId": "INC1", "ticketUrl": "https://itsm.test/"}
        assert at.post("AuthorizationRequest/notification", body).status == 200
        [audit] = [row for row in client.get("AuthorizationRequestAudits", {"Filter.User": request[:8]}).json["data"] if row["change"] == "Created"]
        assert at.get(f"AuthorizationRequestAudits/{audit['id']}").json["id"] == audit["id"]
        agent.command("request", "used", "--request", request)
        assert at.post("AuthorizationRequest/notification", {**body, "status": "2001", "decision": "Denied"}).status == 409

    def test_admin_access(self, client, agent, at):
        user = uuid.uuid4().hex[:8]
        request = at.post("AdminAccessRequest", {"computerId": agent.id, "userName": user}).json["id"]
        assert at.post("AdminAccessRequest", {"computerId": agent.id, "userName": user}).status == 409
        decision = {"decision": "Denied", "decisionTime": "2026-03-04 05:06:07", "decisionPerformedByUser": "bob"}
        assert at.post(f"AdminAccessRequest/{request}/decision", decision).status == 200
        assert at.post("AdminAccessRequest", {"computerId": agent.id, "userName": user}).status == 200, "a denied one is over"
        late = {**decision, "decision": "Approved"}
        assert at.post(f"AdminAccessRequest/{request}/decision", late).status == 409, "a newer one is open"
        assert at.post("AdminAccessRequest/approval", {**late, "requestId": request}).status == 409

    def test_management_rules(self, client):
        name = uuid.uuid4().hex
        rule = client.post("ManagementRules", {"name": name, "action": "Archive", "days": 5, "enabled": False})
        assert rule.status == 201
        assert client.get(f"ManagementRules/{rule.json}").json["name"] == name
        assert client.post("ManagementRules", {"name": name.upper(), "action": "Delete", "days": 5}).status == 409
        assert client.put(f"ManagementRules/{rule.json}", {"name": "Archive"}).status == 409
        assert client.put(f"ManagementRules/{rule.json}", {"days": 6}).status == 204


def test_a_token_is_posted_for(server):
    answer = server.anonymous().get("/oauth/connect/token")
    assert answer.status == 405 and answer.headers["Allow"] == "POST"
