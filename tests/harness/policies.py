"""Policy documents written for the tests, and the calls that bring them to groups."""
import uuid

FIELDS = "Version=\"24.8.98.0\" ConfigRevision=\"7\" RevisionNumber=\"0\""


def document(text="Everyone", padding=0):
    """A valid document; `padding` adds about so many bytes of further application groups, no two alike."""
    group, message = uuid.uuid4(), uuid.uuid4()
    more, size, number = [], 0, 0
    while size < padding:
        number += 1
        one = (
            f'    <ApplicationGroup ID="{uuid.uuid4()}" Name="Group {number} – Prüfung" Description="größer &lt; {number}">\r\n'
            f'      <Application ID="{uuid.uuid4()}" Type="exe" Description="Tool №{number}" CheckFileName="true" FileName="C:\\Tools\\{number:06}.exe" FileStringMatchType="Exact"/>\r\n'
            "    </ApplicationGroup>\r\n"
        )
        more.append(one)
        size += len(one.encode())
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<Configuration ID="{uuid.uuid4()}" {FIELDS}>\n'
        "  <ApplicationGroups>\n"
        f'    <ApplicationGroup ID="{group}" Name="Tools" Description="">\n'
        f'      <Application ID="{uuid.uuid4()}" Type="exe" Description="{text}" CheckFileName="true" FileName="/usr/bin/apt"/>\n'
        "    </ApplicationGroup>\n" + "".join(more) + "  </ApplicationGroups>\n"
        f'  <MessagePolicies>\n    <MessagePolicy ID="{message}" Name="Ask" Description=""/>\n  </MessagePolicies>\n'
        f'  <Policies>\n    <Policy ID="{uuid.uuid4()}" Name="{text}" Description="">\n      <ApplicationAssignments>\n'
        f'        <ApplicationAssignment ID="{uuid.uuid4()}" Action="Allow" TokenType="AddAdmin" Audit="On" Message="{message}" ApplicationGroup="{group}"/>\n'
        "      </ApplicationAssignments>\n    </Policy>\n  </Policies>\n</Configuration>\n"
    ).encode()


def create(client, name, content=None):
    """(policy id, id of its first revision)."""
    answer = client.post("Policies", files={"Name": name, "Description": "", "PolicyFile": ("policy.xml", content or document(name))})
    assert answer.status == 201, answer
    return answer.json, revisions(client, answer.json)[-1]


def upload(client, policy, content=None, **fields):
    """Adds a revision and gives its id."""
    answer = client.post(f"Policies/{policy}/Upload", files={"PolicyFile": ("policy.xml", content or document("Next")), **fields})
    assert answer.status == 200, answer
    return revisions(client, policy)[-1]


def revisions(client, policy):
    """Ids of all revisions, oldest first."""
    answer = client.get(f"Policies/{policy}/Revisions")
    assert answer.status == 200, answer
    rows = answer.json
    return [row["id"] for row in sorted(rows, key=lambda row: row["revision"])]


def assign(client, group, revision):
    answer = client.post(f"Groups/{group}/AssignPolicyRevision", json={"policyRevisionId": revision})
    assert answer.status == 200, answer
    return answer.json
