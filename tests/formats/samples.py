"""Documents of the three feeds, and the program that makes records of them."""
import copy
import json
import pathlib
import subprocess

from harness.program import REEVE

PROGRAM = pathlib.Path(REEVE).parent / "format_records"
CODES = [0, 1, 2, 10, 100, 101, 103, 104, 106, 107, 109, 110, 112, 113, 114, 116, 118, 119, 120, 130, 131, *range(150, 163), 198, 199, 200, 201, 202, 210, 211, 300,
         400, 401, *range(600, 607), 706, 716, 720, 4711]

EVENT = {
    "@timestamp": "2026-04-15T06:49:55.541Z", "tags": ["AgentEventAudit"], "ecs": {"version": "8.11.0"}, "message": "Ann asked for it",
    "agent": {"id": "6f0a8d0e-3c52-4d0c-9f0e-0f1f8c0b7a11", "version": "26.1.0.0"},
    "event": {"id": "b7a1c9f0-6c0e-4c0b-9d55-8c1d2f3a4b55", "code": "100", "kind": "event", "category": ["process"], "type": ["start"], "action": "Process Elevated",
              "outcome": "success", "reason": "Started with admin rights", "provider": "EPM", "sequence": 12, "ingested": "2026-04-15T06:50:01.1234567+00:00",
              "ReceivedAt": "2026-04-15T06:50:00.9870000+00:00"},
    "host": {"hostname": "WKS42", "name": "WKS42.corp.example.com", "id": "9f8e7d6c-0000-4000-8000-000000000042", "ip": ["fe80::1", "10.1.2.3"], "mac": ["00-00-5E-00-53-23"],
             "architecture": "x64", "domain": "corp.example.com", "ChassisType": "Laptop",
             "os": {"type": "windows", "name": "Windows 11", "version": "10.0.22631", "kernel": "10.0"}},
    "user": {"id": "S-1-5-21-1-2-3-1001", "name": "alice", "domain": "corp.example.com", "email": "alice@corp.example.com", "full_name": "Alice"},
    "process": {"pid": 4242, "entity_id": "4242-1", "executable": "C:\\Tools\\setup.exe", "command_line": "setup.exe /quiet", "start": "2026-04-15T06:49:55.541Z",
                "working_directory": "C:\\", "exit_code": 0, "ElevationRequired": True, "hash": {"sha256": "00"},
                "parent": {"pid": 1100, "executable": "C:\\Windows\\explorer.exe", "command_line": "explorer.exe", "user": {"name": "alice"}},
                "user": {"id": "S-1-5-18", "name": "SYSTEM", "domain": "NT AUTHORITY"}},
    "file": {"name": "setup.exe", "path": "C:\\Tools\\setup.exe", "directory": "C:\\Tools", "size": 12345, "type": "file", "mime_type": "application/x-dosexec",
             "created": "2026-04-01T08:00:00Z", "mtime": "2026-04-01T08:00:00Z", "accessed": "2026-04-01T08:00:00Z", "owner": "Administrators", "uid": "S-1-5-32-544",
             "DriveType": "Fixed", "SourceUrl": "https://downloads.example.com/setup.exe",
             "hash": {"md5": "d4", "sha1": "da", "sha256": "e3", "sha384": "a1", "sha512": "b2", "ssdeep": "3:a", "tlsh": "T1"},
             "pe": {"company": "Example Ltd", "description": "Example setup", "product": "Example", "file_version": "4.2.0.1", "original_file_name": "setup.exe"},
             "code_signature": {"subject_name": "Example Ltd", "valid": True, "team_id": "T", "timestamp": "2026-03-01T00:00:00Z"}},
    "source": {"ip": "10.9.8.7", "port": 51000, "domain": "there.example.com"},
    "EPMWinMac": {
        "TenantId": "t-1", "GroupId": "g-1", "Event": {"Type": "Process", "Action": "Elevated"},
        "Configuration": {"Identifier": "p-1", "Name": "Workstations", "RevisionNumber": "12", "Workstyle": {"Identifier": "w-1", "Name": "High", "Description": "For all"},
                          "ApplicationGroup": {"Name": "Installers"}, "Application": {"Type": "exe"}, "Token": {"Name": "Add Full Admin"},
                          "Message": {"UserReason": "Needed"}},
        "Session": {"Identifier": "0x3e7", "JITAdmin": {"RequestIdentifier": "j-1", "TicketIdentifier": "EPM000001"}},
        "ServiceControl": {"Service": {"Name": "spooler", "DisplayName": "Print Spooler"}},
        "PrivilegedGroup": {"Name": "Administrators", "RID": "544", "Access": "AddMember"}},
}
AUDIT = {"id": 17, "details": "Group Lab was removed", "userId": "u-1", "user": "ann@example.com", "entity": "Group", "entityName": "Lab", "auditType": "DeleteGroup",
         "created": "2026-04-15T06:49:55.5410000", "changedBy": "API", "policyDataAuditing": None, "groupDataAuditing": {"oldName": "Lab", "deleted": True}, "locked": None}
REQUEST = {"id": "0b3e8e0e-6f0e-4a53-8d2c-4a8a3d9b7c11",
           "requestInfo": {"user": "bob", "created": "2026-04-15T06:49:55.541", "hostName": "WKS42", "reason": "a tool", "action": "Allow", "workstyle": "High",
                           "applicationType": "exe", "productName": "Example", "productVersion": "4.2", "fileName": "setup.exe", "filePath": "C:\\Tools\\setup.exe",
                           "commandLine": "setup.exe", "sha1Hash": "da", "sha256Hash": "e3", "publisher": "Example Ltd", "sourceUrl": "https://example.com/", "serviceName": "x"},
           "serviceTicket": {"ticketId": "EPM000123", "systemId": None, "url": None, "ticketType": "EPM"},
           "accessDecision": {"decision": "Pending", "status": "Pending", "decisionPerformedByUser": None, "decisionTime": None, "duration": None, "message": None}}
DECISION = {"decision": "Approved", "status": "Approved", "decisionPerformedByUser": "ann@example.com", "decisionTime": "2026-04-15T07:00:00.0000000", "duration": "Once",
            "startDate": "2026-04-15T07:00:00.0000000", "endDate": "2026-04-16T07:00:00.0000000", "message": "Take care"}
REQUEST_ROW = {"id": "0b3e8e0e-6f0e-4a53-8d2c-4a8a3d9b7c11", "authorizationRequestId": "0b3e8e0e-6f0e-4a53-8d2c-4a8a3d9b7c11", "ticketId": "EPM000123", "decision": "Denied",
               "status": "2001", "user": "bob", "computerId": "c-1", "computerName": "WKS42", "groupId": "g-1", "groupName": "Lab", "productName": "Example", "reason": "a tool",
               "timeOfRequest": "2026-04-15T06:49:55.5410000", "duration": None, "decisionPerformedByUser": "ann", "decisionTime": "2026-04-15T07:00:00.0000000"}
REQUEST_AUDIT = {"id": 9, "authorizationRequestId": "0b3e8e0e-6f0e-4a53-8d2c-4a8a3d9b7c11", "ticketId": "EPM000123", "user": "bob", "computerName": "WKS42",
                 "productName": "Example", "reason": "a tool", "decision": "Approved", "decisionPerformedByUser": "ann", "decisionTime": "2026-04-15T07:00:00.0000000",
                 "duration": "Once", "timeOfRequest": "2026-04-15T06:49:55.5410000", "change": "Used", "changed": "2026-04-15T08:00:00.0010000", "changedBy": "WKS42",
                 "correlationId": "c-9", "requestInfo": REQUEST["requestInfo"], "serviceTicket": REQUEST["serviceTicket"], "accessDecision": DECISION}
CHANGES = ["Created", "TicketAttached", "Approved", "Denied", "Revoked", "Used", "Expired"]
HOSTILE = ["a\nb", "a\r\nb", "a|b||c", "a=b suser=mallory cs1=x", "\\", "a\\=b\\nc", "tail\\", " blanks  ", "äöü €😀 \u2028", "\t", "CEF:0|x|y|z|1|n|9|a=b", "\"'<>&%s%n{}[]"]


def documents():
    """Of each feed: pairs of the feed's name and a document."""
    for code in CODES:
        event = copy.deepcopy(EVENT)
        event["event"]["code"] = str(code)
        yield "events", event
        yield "events", {"event": {"code": str(code)}}
    yield "activityAudits", AUDIT
    for kind in ("GroupCreated", "AddDomain", "ModifyGroup", "RemoveDomain", ""):
        yield "activityAudits", {**AUDIT, "auditType": kind}
    yield "activityAudits", {"id": 1}
    for decision in ({}, DECISION, {**DECISION, "decision": "Denied"}):
        yield "authorizationRequests", {**REQUEST, "accessDecision": {**REQUEST["accessDecision"], **decision}}
    yield "authorizationRequests", REQUEST_ROW
    for change in CHANGES:
        yield "authorizationRequests", {**REQUEST_AUDIT, "change": change}
    yield "authorizationRequests", {}


def spoilt(document, value):
    """The document with every text replaced."""
    if isinstance(document, dict):
        return {key: spoilt(part, value) for key, part in document.items()}
    if isinstance(document, list):
        return [spoilt(part, value) for part in document]
    return value if isinstance(document, str) else document


def write(form, items, item_id="id-1", computer="computer-1", time_us=1776235795541678):
    """One record, or an exception's text, for each (feed, document or JSON text)."""
    lines = []
    for feed, document in items:
        text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        lines.append(f"{feed}\t{item_id}\t{computer}\t{time_us}\t{text}\n")
    done = subprocess.run([PROGRAM, "write", form], input="".join(lines).encode(), capture_output=True, check=True, timeout=60)
    records = done.stdout.decode().split("\n")[:-1]
    assert len(records) == len(lines), "every record is one line"
    return records
