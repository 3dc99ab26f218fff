"""Every writing operation of the management API, called once: it leaves exactly the audits it should, and nothing more when
it is refused or finds everything as it was asked to be."""
import json
import re
import uuid

import pytest
from harness import store
from harness.agent import Agent
from harness.people import DOMAIN, accept_domain
from harness.policies import create as create_policy
from harness.policies import document, upload


class World:
    """A small installation with something for every operation to change."""

    def __init__(self, server):
        self.server = server
        self.waiting = [Agent(server).enrol() for _ in range(4)]  # no default group yet: they wait for their authorisation
        self.waiting_ids = [agent.id for agent in self.waiting]
        server.fill(computers=12, groups=3, policies=1, events=0)
        self.account = server.account()
        self.client = server.anonymous().sign_in(*self.account)
        self.asking = self.waiting[3]
        accept_domain(self.client)
        self.groups = [row["id"] for row in self.client.all("Groups")]
        self.computers = iter([row["id"] for row in self.client.all("Computers") if row["id"] not in self.waiting_ids])
        self.policy, self.revision = create_policy(self.client, "Audited")

    def computer(self):
        return next(self.computers)

    def group(self):
        return self.client.post("Groups", {"name": uuid.uuid4().hex}).json

    def user(self, **more):
        return self.client.post("Users", {"emailAddress": f"{uuid.uuid4().hex[:12]}@{DOMAIN}", **more}).json

    def close(self):
        for agent in self.waiting:
            agent.close()


@pytest.fixture(scope="module")
def world(server):
    made = World(server)
    yield made
    made.close()


def entries(client, after):
    """Audits with a greater id, the oldest first."""
    return [row for row in client.all("ActivityAudits/Details") if row["id"] > after]


def newest(client):
    page = client.get("ActivityAudits", {"Sorts[0].by": "id", "Sorts[0].order": "desc", "Pagination.PageSize": 1}).json
    return page["data"][0]["id"] if page["data"] else 0


def objects(entry):
    return {name: value for name, value in entry.items() if isinstance(value, dict)}


def application_request(world):
    client = world.client
    state = client.get(f"Computers/{world.waiting_ids[3]}").json
    if state["authorisationState"] != "Authorised":
        client.post("Computers/Authorise", {"computerIds": [world.waiting_ids[3]], "groupId": world.groups[0]})
    program = world.asking.folder / uuid.uuid4().hex
    program.write_bytes(program.name.encode())
    done = world.asking.command("request", "application", "--path", str(program), "--reason", "must", "--user", "alice", "--json")
    return re.search(r'"id":\s*"([0-9a-f-]{36})"', done.stdout).group(1)


def notification(request, **more):
    return {
        "status": "2000", "decision": "Approved", "decisionPerformedByUser": "bob", "duration": "Once", "itsmRequestId": request,
        "decisionTime": "2026-01-02 03:04:05", "message": "So be it", "systemId": "sys" + request[:8], "ticketId": "INC1",
        "ticketUrl": "https://itsm.test/1", **more,
    }


def admin_request(world, **more):
    body = {"computerId": world.computer(), "userName": "alice", "reason": "must", "duration": "600", **more}
    answer = world.client.post("AdminAccessRequest", body)
    assert answer.status == 200, answer
    return answer.json["id"]


def decision(request, **more):
    return {"requestId": request, "decision": "Approved", "decisionPerformedByUser": "bob", **more}


def role(world):
    body = {"name": uuid.uuid4().hex, "allowPermissions": [{"resource": "Group", "action": "Query"}]}
    return world.client.post("GlobalRoles", body).json


def rule(world):
    return world.client.post("ManagementRules", {"name": uuid.uuid4().hex, "action": "Archive", "days": 3000}).json


def hold(world):
    return world.client.post("EventHolds", {"name": uuid.uuid4().hex, "from": "2026-01-01", "until": "2026-01-02"}).json


def target_body():
    return {"name": uuid.uuid4().hex, "kind": "webhook", "feeds": ["events"], "enabled": False, "settings": {"url": "http://127.0.0.1:9/", "secret": "a secret of more than sixteen"}}


def target(world):
    return world.client.post("DeliveryTargets", target_body()).json


def domain(world):
    return world.client.post("AcceptedDomains", {"domainName": f"{uuid.uuid4().hex}.example"}).json


def archived(world):
    computer = world.computer()
    assert world.client.post(f"Computers/{computer}/Archive").status == 200
    return computer


def with_policy(world):
    group = world.group()
    assert world.client.post(f"Groups/{group}/AssignPolicyRevision", {"policyRevisionId": world.revision}).status == 200
    return group


def policy(world):
    return create_policy(world.client, uuid.uuid4().hex)[0]


# Operation: what must be there first (its result is the call's first value), the call, and the entry:
# entity, auditType, object, members of the object that must be told.
COMPUTER = "computerDataAuditing"
GROUP = "groupDataAuditing"
REVISION = "policyRevisionDataAuditing"
USER = "userDataAuditing"
REQUEST = "authorizationRequestDataAuditing"
RULE = "managementRuleDataAuditing"
ROLE = "permissionGroupDataAuditing"
SETTINGS = "settingsDataAuditing"
TARGET = "siemIntegrationBaseDetailModel"
CASES = {
    "Computers_Delete": (World.computer, lambda c, x, w: c.delete("Computers", {"computerIds": [x]}), ("Agent", "DeleteComputers", COMPUTER, ["deletedAgents", "newDeletedAgents"])),
    "Computers_DeleteOne": (World.computer, lambda c, x, w: c.delete(f"Computers/{x}"), ("Agent", "DeleteComputers", COMPUTER, ["deletedAgents"])),
    "Computers_Authorise": (None, lambda c, x, w: c.post("Computers/Authorise", {"computerIds": [w.waiting_ids[0]], "groupId": w.groups[0]}), ("Agent", "AuthoriseComputers", COMPUTER, ["authorisedAgents", "newComputerGroupId", "newComputerGroupName"])),
    "Computers_Reject": (None, lambda c, x, w: c.post("Computers/Reject", {"computerIds": [w.waiting_ids[1]]}), ("Agent", "RejectComputers", COMPUTER, ["rejectedAgents"])),
    "Computers_Deactivate": (World.computer, lambda c, x, w: c.post("Computers/Deactivate", {"computerIds": [x]}), ("Agent", "DeactivateComputers", COMPUTER, ["deactivatedAgents"])),
    "Computers_RenewCertificate": (World.computer, lambda c, x, w: c.post("Computers/RenewCertificate", {"computerIds": [x]}), ("Agent", "RenewCertificate", COMPUTER, ["commandedAgents"])),
    "Computers_RenewCertificateById": (World.computer, lambda c, x, w: c.post(f"Computers/{x}/RenewCertificate"), ("Agent", "RenewCertificate", COMPUTER, ["commandedAgents"])),
    "Computers_RetrieveLogs": (None, lambda c, x, w: c.post(f"Computers/{w.waiting_ids[2]}/RetrieveLogs"), ("Agent", "RetrieveLogs", COMPUTER, ["commandedAgents"])),
    "Computers_RetrieveLogsBulk": (None, lambda c, x, w: c.post("Computers/RetrieveLogs", {"computerIds": [w.waiting_ids[0]]}), ("Agent", "RetrieveLogs", COMPUTER, ["commandedAgents"])),
    "Computers_RetrieveStatusInfo": (None, lambda c, x, w: c.post(f"Computers/{w.waiting_ids[2]}/RetrieveStatusInfo"), ("Agent", "RetrieveStatusInfo", COMPUTER, ["commandedAgents"])),
    "Computers_RetrieveStatusInfoBulk": (None, lambda c, x, w: c.post("Computers/RetrieveStatusInfo", {"computerIds": [w.waiting_ids[0]]}), ("Agent", "RetrieveStatusInfo", COMPUTER, ["commandedAgents"])),
    "Computers_ArchiveOne": (World.computer, lambda c, x, w: c.post(f"Computers/{x}/Archive"), ("Agent", "ArchiveComputers", COMPUTER, ["archivedAgents"])),
    "Computers_UnarchiveOne": (archived, lambda c, x, w: c.post(f"Computers/{x}/Unarchive"), ("Agent", "UnarchiveComputers", COMPUTER, ["unarchivedAgents"])),
    "Computers_Archive": (None, lambda c, x, w: c.post("Computers/Archive", {"computerIds": [w.waiting_ids[0]]}), ("Agent", "ArchiveComputers", COMPUTER, ["archivedAgents"])),
    "Computers_Unarchive": (None, lambda c, x, w: c.post("Computers/Unarchive", {"computerIds": [w.waiting_ids[0]]}), ("Agent", "UnarchiveComputers", COMPUTER, ["unarchivedAgents"])),
    "Groups_Create": (None, lambda c, x, w: c.post("Groups", {"name": "Audited", "description": "D"}), ("Group", "CreateGroup", GROUP, ["newName", "oldName", "newDescription", "newIsDefault"])),
    "Groups_Modify": (World.group, lambda c, x, w: c.put("Groups", {"id": x, "name": "Audited 2"}), ("Group", "ModifyGroup", GROUP, ["newName", "oldName"])),
    "Groups_ModifyById": (World.group, lambda c, x, w: c.put(f"Groups/{x}", {"name": "Audited 3"}), ("Group", "ModifyGroup", GROUP, ["newName", "oldName"])),
    "Groups_MarkDefault": (World.group, lambda c, x, w: c.patch(f"Groups/{x}"), ("Group", "SetDefaultGroup", GROUP, ["newIsDefault", "oldIsDefault"])),
    "Groups_Delete": (World.group, lambda c, x, w: c.delete(f"Groups/{x}"), ("Group", "DeleteGroup", GROUP, ["oldName", "deleted"])),
    "Groups_AssignPolicyRevision": (World.group, lambda c, x, w: c.post(f"Groups/{x}/AssignPolicyRevision", {"policyRevisionId": w.revision}), ("Group", "AssignPolicyRevision", GROUP, ["addPolicyRevisions"])),
    "Groups_AssignPolicyRevisionMany": (World.group, lambda c, x, w: c.post("Groups/AssignPolicyRevision", {"groupIds": [x], "policyRevisionId": w.revision}), ("PolicyRevision", "AssignPolicyRevision", REVISION, ["newGroups"])),
    "Groups_ClearPolicy": (with_policy, lambda c, x, w: c.patch(f"Groups/{x}/ClearPolicy"), ("Group", "ClearPolicy", GROUP, ["removePolicyRevisions"])),
    "Groups_ClearPolicyMany": (with_policy, lambda c, x, w: c.post("Groups/ClearPolicy", {"groupIds": [x]}), ("PolicyRevision", "ClearPolicy", REVISION, ["removedGroups", "oldRevisions"])),
    "Groups_AutoAssignPolicyRevision": (lambda w: (with_policy(w), upload(w.client, w.policy)), lambda c, x, w: c.post("Groups/AutoAssignPolicyRevision", {"policyId": w.policy}), ("PolicyRevision", "AutoAssignPolicyRevision", REVISION, ["newGroups", "oldRevisions"])),
    "Groups_AssignComputers": (World.group, lambda c, x, w: c.post(f"Groups/{x}/AssignComputers", {"computerIds": [w.waiting_ids[0]]}), ("Group", "AssignComputers", GROUP, ["newAgents"])),
    "Groups_UnassignComputers": (None, lambda c, x, w: c.post("Groups/UnassignComputers", {"selectionComputerIds": [w.waiting_ids[0]]}), ("Group", "UnassignComputers", GROUP, ["removeAgents"])),
    "Groups_AssignComputersByCsv": (World.group, lambda c, x, w: c.post(f"Groups/{x}/AssignComputersByCsv", files={"csvFile": ("c.csv", f"AgentId\n{w.waiting_ids[0]}\n".encode(), "text/csv")}), ("Group", "AssignComputersByCsv", GROUP, ["newAgents"])),
    "Policies_Create": (None, lambda c, x, w: c.post("Policies", files={"Name": "P", "Description": "D", "PolicyFile": ("p.xml", document("P"))}), ("Policy", "CreatePolicy", "policyDataAuditing", ["newName", "oldName", "newDescription", "newRevision"])),
    "Policies_Modify": (policy, lambda c, x, w: c.put(f"Policies/{x}", {"name": uuid.uuid4().hex, "description": "E"}), ("Policy", "ModifyPolicy", "policyDataAuditing", ["newName", "oldName", "newDescription", "oldDescription"])),
    "Policies_Upload": (policy, lambda c, x, w: c.post(f"Policies/{x}/Upload", files={"PolicyFile": ("p.xml", document("Q"))}), ("PolicyRevision", "UploadPolicyRevision", REVISION, ["newRevision", "oldRevision", "newSha256", "oldSha256"])),
    "Policies_Delete": (policy, lambda c, x, w: c.delete(f"Policies/{x}"), ("Policy", "DeletePolicy", "policyDataAuditing", ["oldName", "deleted"])),
    "AdminAccessRequest_Create": (None, lambda c, x, w: c.post("AdminAccessRequest", {"computerId": w.computer(), "userName": "ann", "reason": "must", "duration": "600"}), ("AdminAccessRequest", "AdminAccessRequestCreated", REQUEST, ["newDecision", "newTicketId", "newDurationSeconds"])),
    "AdminAccessRequest_Decide": (admin_request, lambda c, x, w: c.post("AdminAccessRequest/approval", decision(x)), ("AdminAccessRequest", "AdminAccessRequestApproved", REQUEST, ["newDecision", "oldDecision", "decisionPerformedByUser"])),
    "AdminAccessRequest_DecideOne": (admin_request, lambda c, x, w: c.post(f"AdminAccessRequest/{x}/decision", decision(x, decision="Denied")), ("AdminAccessRequest", "AdminAccessRequestDenied", REQUEST, ["newDecision", "oldDecision"])),
    "AppSwitcher_Connector": (None, lambda c, x, w: c.post("AppSwitcher/connector", {"organizationId": str(uuid.uuid4()), "connectorList": [{"id": "a"}]}), ("Settings", "ModifySettings", None, [])),
    "AuthorizationRequest_Notification": (application_request, lambda c, x, w: c.post("AuthorizationRequest/notification", notification(x)), ("AuthorizationRequest", "AuthorizationRequestApproved", REQUEST, ["newDecision", "oldDecision", "newTicketId", "oldTicketId", "newDuration"])),
    "ManagementRules_Create": (None, lambda c, x, w: c.post("ManagementRules", {"name": "R", "action": "Archive", "days": 3000}), ("ManagementRule", "CreateManagementRule", RULE, ["newName", "newAction", "newDays", "newPriority", "newEnabled"])),
    "ManagementRules_Modify": (rule, lambda c, x, w: c.put(f"ManagementRules/{x}", {"days": 2999}), ("ManagementRule", "ModifyManagementRule", RULE, ["newDays", "oldDays"])),
    "ManagementRules_Delete": (rule, lambda c, x, w: c.delete(f"ManagementRules/{x}"), ("ManagementRule", "DeleteManagementRule", RULE, ["oldName", "deleted"])),
    "EventRetention_Modify": (None, lambda c, x, w: c.put("EventRetention", {"passiveDays": 31}), ("Settings", "ModifySettings", None, [])),
    "EventHolds_Create": (None, lambda c, x, w: c.post("EventHolds", {"name": "Audited", "from": "2026-01-01", "until": "2026-01-02"}), ("EventHold", "CreateEventHold", None, [])),
    "EventHolds_Lift": (hold, lambda c, x, w: c.delete(f"EventHolds/{x}"), ("EventHold", "DeleteEventHold", None, [])),
    "DeliveryTargets_Create": (None, lambda c, x, w: c.post("DeliveryTargets", target_body()), ("SIEMIntegration", "CreateDeliveryTarget", TARGET, ["siemIntegrationType"])),
    "DeliveryTargets_Modify": (target, lambda c, x, w: c.put(f"DeliveryTargets/{x}", target_body()), ("SIEMIntegration", "ModifyDeliveryTarget", TARGET, ["siemIntegrationType"])),
    "DeliveryTargets_Delete": (target, lambda c, x, w: c.delete(f"DeliveryTargets/{x}"), ("SIEMIntegration", "DeleteDeliveryTarget", TARGET, [])),
    "DeliveryTargets_Replay": (target, lambda c, x, w: c.post(f"DeliveryTargets/{x}/Replay", {"feed": "events", "from": "2026-01-01"}), ("SIEMIntegration", "ReplayDeliveryTarget", TARGET, [])),
    "DeliveryTargets_DropDeadLetters": (target, lambda c, x, w: c.delete(f"DeliveryTargets/{x}/DeadLetters"), ("SIEMIntegration", "DropDeadLetters", TARGET, [])),
    "DeliveryTargets_ReplayDeadLetters": (target, lambda c, x, w: c.post(f"DeliveryTargets/{x}/DeadLetters/Replay"), ("SIEMIntegration", "ReplayDeadLetters", TARGET, [])),
    "AcceptedDomains_Create": (None, lambda c, x, w: c.post("AcceptedDomains", {"domainName": "audited.example"}), ("AcceptedDomain", "AddDomain", SETTINGS, ["addDomain"])),
    "AcceptedDomains_Modify": (domain, lambda c, x, w: c.put(f"AcceptedDomains/{x}", {"domainName": "audited2.example"}), ("AcceptedDomain", "ModifyDomain", SETTINGS, ["modifyDomainOldValue", "modifyDomainNewValue"])),
    "AcceptedDomains_Delete": (domain, lambda c, x, w: c.delete(f"AcceptedDomains/{x}"), ("AcceptedDomain", "RemoveDomain", SETTINGS, ["removeDomain"])),
    "GlobalRoles_Create": (None, lambda c, x, w: c.post("GlobalRoles", {"name": "Audited", "allowPermissions": [{"resource": "Group", "action": "Query"}]}), ("Role", "CreateRole", ROLE, ["newName", "newAllows", "permissionSetId"])),
    "GlobalRoles_Modify": (role, lambda c, x, w: c.put(f"GlobalRoles/{x}", {"description": "E"}), ("Role", "ModifyRole", ROLE, ["newDescription", "oldDescription"])),
    "GlobalRoles_Delete": (role, lambda c, x, w: c.delete(f"GlobalRoles/{x}"), ("Role", "DeleteRole", ROLE, ["oldName", "deleted"])),
    "Users_Create": (None, lambda c, x, w: c.post("Users", {"emailAddress": f"new@{DOMAIN}"}), ("User", "CreateUser", USER, ["newEmailAddress", "oldEmailAddress", "newDisabled"])),
    "Users_Modify": (World.user, lambda c, x, w: c.put(f"Users/{x}", {"language": "fr"}), ("User", "ModifyUser", USER, ["newPreferredLanguage", "oldPreferredLanguage"])),
    "Users_AssignRole": (World.user, lambda c, x, w: c.version("v1").post(f"Users/{x}/AssignRole", {"roleId": c.get("Roles").json[0]["id"]}), ("User", "AssignRoles", USER, ["roles"])),
    "Users_AssignRoles": (World.user, lambda c, x, w: c.post(f"Users/{x}/AssignRoles", {"admin": True}), ("User", "AssignRoles", USER, ["roles"])),
    "Users_Disable": (World.user, lambda c, x, w: c.patch(f"Users/{x}/Disable"), ("User", "DisableUser", USER, ["newDisabled", "oldDisabled"])),
    "Users_Enable": (lambda w: w.user(enabled=False), lambda c, x, w: c.patch(f"Users/{x}/Enable"), ("User", "EnableUser", USER, ["newDisabled", "oldDisabled"])),
    "Users_ModifyPreferences": (World.user, lambda c, x, w: c.put(f"Users/{x}/ModifyUserPreferences", {"language": "de"}), ("User", "ModifyUser", USER, ["newPreferredLanguage"])),
}
# Told elsewhere: a draft is the policy editor's, and a second invitation takes a minute. A trial of a delivery target changes nothing.
ELSEWHERE = {"Policies_Discard", "Users_ResendInvite", "DeliveryTargets_Test"}


def operations(server):
    """Every writing operation of the served definitions, without version and alias."""
    found = set()
    for version in ("v1", "v2", "v3"):
        paths = json.loads(server.cli("openapi", "--version", version, "--format", "json", store=False).stdout)["paths"]
        for methods in paths.values():
            for method, operation in methods.items():
                if method in ("post", "put", "patch", "delete"):
                    found.add(re.sub(r"(_Alias\d+)?_v\d$", "", operation["operationId"]))
    return found


def test_no_operation_is_left_out(server):
    assert operations(server) - ELSEWHERE == set(CASES)


@pytest.mark.parametrize("operation", CASES)
def test_a_change_leaves_one_entry(world, operation):
    prepare, call, (entity, kind, name, members) = CASES[operation]
    client = world.client
    value = prepare(world) if prepare else None
    before = newest(client)
    answer = call(client, value, world)
    assert answer.status in (200, 201, 204), answer
    [entry] = entries(client, before)
    assert (entry["entity"], entry["auditType"], entry["changedBy"], entry["user"]) == (entity, kind, "API", world.account[0])
    assert uuid.UUID(entry["userId"]) and len(entry["details"]) > 5
    assert entry["locked"] is None and entry["errorInfo"] is None
    told = objects(entry)
    assert set(told) == ({name} if name else set())
    if name:
        assert set(members) <= set(told[name]), told


@pytest.mark.parametrize("operation", ["Groups_Modify", "Groups_MarkDefault", "Policies_Modify", "Users_Disable", "AcceptedDomains_Modify", "GlobalRoles_Modify", "Groups_ClearPolicy", "AuthorizationRequest_Notification", "Computers_RenewCertificateById"])
def test_the_same_again_leaves_none(world, operation):
    prepare, call, _ = CASES[operation]
    client = world.client
    value = prepare(world) if prepare else None
    name = f"same-{uuid.uuid4().hex}"
    calls = {
        "Groups_Modify": lambda: client.put("Groups", {"id": value, "name": name}),
        "Policies_Modify": lambda: client.put(f"Policies/{value}", {"name": name}),
        "AcceptedDomains_Modify": lambda: client.put(f"AcceptedDomains/{value}", {"domainName": f"{name}.example"}),
    }
    again = calls.get(operation, lambda: call(client, value, world))
    assert again().status in (200, 204)
    before = newest(client)
    assert again().status in (200, 204)
    assert entries(client, before) == []


def test_a_draft_that_is_aborted_is_told(world):
    """Drafts are the policy editor's: this one is put into the store by hand."""
    server, client = world.server, world.client
    value = policy(world)
    store.edit(server, f"UPDATE policy SET draft_id = '{uuid.uuid4()}', draft_user = 'ann@corp.example' WHERE id = '{value}'")
    before = newest(client)
    assert client.patch(f"Policies/{value}").status == 204
    [entry] = entries(client, before)
    assert entry["auditType"] == "AbortOpenPolicyDraft"
    assert entry["policyDataAuditing"] == {"newDraftUser": None, "oldDraftUser": "ann@corp.example"}
    assert client.patch(f"Policies/{value}").status == 204
    assert len(entries(client, before)) == 1


def test_a_refused_call_leaves_none(world):
    client = world.client
    before = newest(client)
    group = client.all("Groups")[0]
    assert client.post("Groups", {"name": group["name"]}).status == 409
    assert client.post("Groups", {"name": ""}).status == 400
    assert client.delete(f"Groups/{uuid.uuid4()}").status == 404
    assert client.post("Groups", {"name": "x"}, token=False).status == 401
    assert world.server.client(["management=read"]).post("Groups", {"name": "x"}).status == 403
    assert [entry["entity"] for entry in entries(client, before)] == ["ApiClient"]  # the account made for this


def test_old_and_new_values_are_told(world):
    client = world.client
    group = client.post("Groups", {"name": "Before", "description": "one"}).json
    before = newest(client)
    client.put("Groups", {"id": group, "name": "After", "description": "two"})
    [entry] = entries(client, before)
    assert entry["groupDataAuditing"] == {"newName": "After", "oldName": "Before", "newDescription": "two", "oldDescription": "one"}
    assert (entry["entityName"], entry["details"]) == ("After", 'Modify group "Before"')


def test_the_command_line_is_told(world):
    server, client = world.server, world.client
    before = newest(client)
    client_id, _ = server.account(["audit=read"], name="told")
    server.cli("api-account", "regenerate-secret", "--client-id", client_id)
    server.cli("api-account", "delete", "--client-id", client_id)
    server.cli("installation", "rotate")
    made, secret, gone, key = entries(client, before)
    assert [entry["auditType"] for entry in (made, secret, gone, key)] == ["CreateApiAccount", "RegenerateApiAccountSecret", "DeleteApiAccount", "RotateInstallationKey"]
    assert all(entry["changedBy"] == "System" and entry["user"].startswith("system") for entry in (made, secret, gone, key))
    assert made["apiClientDataAuditing"] == {"newName": "told", "oldName": None, "newScopes": "audit=read", "oldScopes": None}
    assert secret["apiClientDataAuditing"] == {"secretUpdated": True}
    assert gone["apiClientDataAuditing"]["deleted"] is True
    assert key["installationKeyDataAuditing"] == {"secretUpdated": True}


def test_an_enrolment_is_told(world):
    before = newest(world.client)
    agent = Agent(world.server).enrol(world.groups[0])
    try:
        [entry] = entries(world.client, before)
        assert (entry["entity"], entry["auditType"], entry["changedBy"]) == ("Agent", "EnrolComputer", "System")
        assert entry["agentDataAuditing"]["newAgentId"] == agent.id
    finally:
        agent.close()


def test_the_chain_of_all_this_holds(world):
    done = world.server.cli("audit", "verify")
    assert re.match(r"entries \d+, all as they were written", done.stdout)
