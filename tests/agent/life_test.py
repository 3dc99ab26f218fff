"""The life of a computer with real agents: enrolled, authorised, its policy applied, rejected, archived, deleted, back again."""
import datetime
import hashlib
import json
import os
import re
import stat
import subprocess
import time
import uuid

import pytest

from harness import policies
from harness.agent import wait_for
from harness.server import REEVE, clean_environment


FLUSH_S = 1.5  # contacts reach the store once a second


def new_group(client, name, **more):
    answer = client.post("Groups", json={"name": name, **more})
    assert answer.status == 201, answer
    return answer.json


@pytest.fixture(scope="module")
def group(client):
    return new_group(client, "Life")


@pytest.fixture(scope="module")
def policy(client):
    return policies.create(client, "Life")


@pytest.fixture()
def agent(make, group):
    return make().enrol(group).start().ready()


def detail(client, agent_or_id):
    answer = client.get("Computers/" + (agent_or_id if isinstance(agent_or_id, str) else agent_or_id.id))
    assert answer.status == 200, answer
    return answer.json


def act(client, what, *ids, **more):
    answer = client.post("Computers/" + what, json={"computerIds": list(ids), **more})
    assert answer.status == 200, answer


def delete(client, *ids):
    answer = client.delete("Computers", json={"computerIds": list(ids)})
    assert answer.status == 200, answer


def state_is(agent, state):
    wait_for(lambda: agent.status()["state"] == state)


class TestEnrolment:
    def test_without_a_group_it_waits_for_its_authorisation(self, client, make, group, policy):
        policies.assign(client, group, policy[1])
        agent = make().enrol().start()
        state_is(agent, "Pending")
        seen = detail(client, agent)
        assert (seen["authorisationState"], seen["groupId"], seen["authorised"]) == ("Pending", None, None)
        assert not (agent.state / "policy.xml").exists()
        act(client, "Authorise", agent.id, groupId=group)
        state_is(agent, "Authorised")
        wait_for(lambda: detail(client, agent)["policyRevisionStatus"] == "OnLatestPolicy")
        seen = detail(client, agent)
        assert (seen["authorisationState"], seen["groupId"]) == ("Authorised", group)
        assert seen["hostPolicyId"] == policy[0]

    def test_with_a_group_it_is_authorised_at_once(self, client, make, group):
        agent = make().enrol(group)
        seen = detail(client, agent)
        assert (seen["authorisationState"], seen["groupId"]) == ("Authorised", group)

    def test_a_group_that_is_not_there_is_named(self, make):
        agent = make()
        installation, key = agent.server.installation()
        done = agent.command("enrol", "--server", agent.server.url, "--installation-id", installation, "--installation-key", key, "--ca", agent.server.ca, "--group", str(uuid.uuid4()), check=False)
        assert done.returncode == 1
        assert "group" in done.stderr

    @pytest.mark.parametrize("wrong", ["id", "key"])
    def test_a_wrong_installation_is_refused(self, make, wrong):
        agent = make()
        installation, key = agent.server.installation()
        installation = str(uuid.uuid4()) if wrong == "id" else installation
        key = "no" + key if wrong == "key" else key
        done = agent.command("enrol", "--server", agent.server.url, "--installation-id", installation, "--installation-key", key, "--ca", agent.server.ca, check=False)
        assert done.returncode == 1
        assert "installation id or key is wrong" in done.stderr
        assert not (agent.state / "identity.json").exists()

    def test_a_rotated_key_ends_the_old_one_but_no_computer(self, client, server, agent, make, group):
        old = server.installation()
        server.cli("installation", "rotate")
        new = server.installation()
        assert old[0] == new[0] and old[1] != new[1]
        late = make()
        done = late.command("enrol", "--server", server.url, "--installation-id", old[0], "--installation-key", old[1], "--ca", server.ca, check=False)
        assert done.returncode == 1 and "installation id or key is wrong" in done.stderr
        late.enrol(group)
        assert detail(client, late)["authorisationState"] == "Authorised"
        agent.stop()
        agent.start()
        before = detail(client, agent)["lastConnected"]
        wait_for(lambda: detail(client, agent)["lastConnected"] > before)

    def test_a_certificate_of_another_ca_is_not_trusted(self, make, tmp_path):
        agent = make()
        installation, key = agent.server.installation()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "ca"), "-subj", "/CN=other"], check=True, capture_output=True)
        for ca in (["--ca", str(tmp_path / "ca")], []):
            done = agent.command("enrol", "--server", agent.server.url, "--installation-id", installation, "--installation-key", key, *ca, check=False)
            assert done.returncode == 1
            assert "certificate" in done.stderr.lower()
        assert not (agent.state / "identity.json").exists()

    def test_enrolling_twice_is_one_computer(self, client, agent):
        before = client.get("Computers").json["totalRecordCount"]
        first = agent.id
        agent.stop()
        agent.enrol()
        assert agent.id == first
        assert client.get("Computers").json["totalRecordCount"] == before

    def test_key_and_state_are_for_their_owner_alone(self, agent):
        assert stat.S_IMODE(os.stat(agent.state).st_mode) == 0o700
        for folder, _, files in os.walk(agent.state):
            assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
            for name in files:
                path = os.path.join(folder, name)
                if not os.path.islink(path):
                    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600, path

    def test_a_running_agent_is_not_enrolled_under_its_feet(self, agent):
        installation, key = agent.server.installation()
        first = agent.id
        done = agent.command("enrol", "--force", "--server", agent.server.url, "--installation-id", installation, "--installation-key", key, "--ca", agent.server.ca, check=False)
        assert done.returncode == 1
        assert "another agent runs on" in done.stderr
        assert agent.id == first

    def test_two_agents_cannot_have_one_folder(self, agent):
        done = agent.command("run", "--auth-log", str(agent.auth_log), check=False, timeout=20)
        assert done.returncode == 1
        assert "another agent runs on" in done.stderr
        assert agent.process.poll() is None

    def test_an_agent_that_was_never_enrolled_says_so(self, make):
        agent = make()
        for command in (["run", "--auth-log", str(agent.auth_log)], ["status"]):
            done = agent.command(*command, check=False)
            assert done.returncode == 1
            assert "not enrolled" in done.stderr

    def test_the_same_machine_again_is_counted_as_a_duplicate(self, client, make, group):
        first, second = make().enrol(group), make().enrol(group)
        assert first.id != second.id
        assert detail(client, second)["duplicateCount"] >= 1
        assert detail(client, first)["duplicateCount"] == detail(client, second)["duplicateCount"]
        listed = [row["id"] for row in client.all("Computers", {"Filter.DuplicateOnly": "true"})]
        assert first.id in listed and second.id in listed
        before = detail(client, first)["duplicateCount"]
        delete(client, second.id)
        assert detail(client, first)["duplicateCount"] == before - 1


class TestStates:
    def test_a_rejected_one_is_cut_off(self, client, make):
        agent = make().enrol().start()
        state_is(agent, "Pending")
        act(client, "Reject", agent.id)
        state_is(agent, "Rejected")
        assert "rejected" in agent.status()["problem"]
        assert detail(client, agent)["authorisationState"] == "Rejected"
        agent.stop()
        restarted = datetime.datetime.now(datetime.timezone.utc).isoformat()
        agent.start()
        wait_for(lambda: agent.log_text().count("rejected") >= 2)
        state_is(agent, "Rejected")
        end = time.monotonic() + FLUSH_S
        while time.monotonic() < end:
            assert detail(client, agent)["lastConnected"] < restarted
        assert client.post(f"Computers/{agent.id}/RetrieveLogs").status == 409

    def test_archived_ones_come_back_when_they_call(self, client, agent):
        agent.stop()
        act(client, "Archive", agent.id)
        seen = detail(client, agent)
        assert seen["archived"] is True and seen["archivedOn"] is not None
        agent.start()
        seen = wait_for(lambda: (d := detail(client, agent))["archived"] is False and d)
        assert seen["archivedOn"] is None and seen["authorisationState"] == "Authorised"

    def test_one_that_is_archived_while_it_waits_comes_back_with_its_next_call(self, client, make, group):
        """It is not woken: who archives and then reads must find it archived."""
        agent = make().enrol(group).start("--check-in-wait", "2").ready()
        wait_for(lambda: detail(client, agent)["endpointInformation"]["osCaption"])
        act(client, "Archive", agent.id)
        assert detail(client, agent)["archived"] is True
        wait_for(lambda: detail(client, agent)["archived"] is False)
        state_is(agent, "Authorised")

    def test_a_deleted_one_must_enrol_anew_with_a_new_key(self, client, agent, group):
        first = agent.id
        key = json.loads((agent.state / "identity.json").read_text())
        delete(client, first)
        assert client.get("Computers/" + first).status == 404
        wait_for(lambda: agent.id != first)
        agent.ready()
        second = detail(client, agent)
        assert second["id"] != first and second["groupId"] == group
        assert json.loads((agent.state / "identity.json").read_text()) != key
        assert client.get("Computers/" + first).status == 404

    def test_a_deactivated_one_is_gone(self, client, agent):
        first = agent.id
        act(client, "Deactivate", first)
        assert client.get("Computers/" + first).status == 404
        wait_for(lambda: agent.id != first)


class TestPolicy:
    def applied(self, client, agent, revision):
        wait_for(lambda: (agent.status()["policy"] or {}).get("revisionId") == revision)
        wait_for(lambda: detail(client, agent)["policyRevisionStatus"] == "OnLatestPolicy")

    def test_it_is_applied_stamped_and_reported(self, client, agent, group):
        content = policies.document("Stamped")
        policy, revision = policies.create(client, "Stamped", content)
        policies.assign(client, group, revision)
        self.applied(client, agent, revision)
        on_disk = (agent.state / "policy.xml").read_bytes()
        head = re.search(rb"<Configuration [^>]*>", on_disk).group()
        assert b'PolicyName="Stamped"' in head and b'RevisionNumber="1"' in head
        assert re.sub(rb' PolicyName="Stamped"', b"", on_disk).replace(b'RevisionNumber="1"', b'RevisionNumber="0"') == content
        seen = detail(client, agent)
        assert (seen["hostPolicyId"], seen["hostPolicyName"], seen["hostPolicyRevision"]) == (policy, "Stamped", 1)
        assert seen["policyUpdateTimeStamp"] is not None
        record = json.loads((agent.state / "policy" / "current.json").read_text())
        assert record["sha256"] == hashlib.sha256(on_disk).hexdigest()

    def test_a_later_revision_takes_its_place_whole(self, client, agent, group):
        policy, first = policies.create(client, "Replaced", policies.document("Replaced", 400_000))
        policies.assign(client, group, first)
        self.applied(client, agent, first)
        wholes = {hashlib.sha256((agent.state / "policy.xml").read_bytes()).hexdigest()}
        second = policies.upload(client, policy, policies.document("Second", 600_000))
        policies.assign(client, group, second)
        seen = set()
        while (agent.status()["policy"] or {}).get("revisionId") != second:
            seen.add(hashlib.sha256((agent.state / "policy.xml").read_bytes()).hexdigest())
        self.applied(client, agent, second)
        wholes.add(hashlib.sha256((agent.state / "policy.xml").read_bytes()).hexdigest())
        assert len(wholes) == 2 and seen <= wholes
        assert len(list((agent.state / "policy").glob("*.xml"))) == 1
        policies.assign(client, group, first)
        self.applied(client, agent, first)

    def test_it_is_cleared(self, client, agent, group, policy):
        policies.assign(client, group, policy[1])
        self.applied(client, agent, policy[1])
        assert client.patch(f"Groups/{group}/ClearPolicy").status in (200, 204)
        wait_for(lambda: agent.status()["policy"] is None)
        assert not (agent.state / "policy.xml").exists()
        seen = wait_for(lambda: (d := detail(client, agent))["hostPolicyId"] is None and d)
        assert seen["policyRevisionStatus"] == "NoPolicy"

    def test_one_that_moves_gets_the_policy_of_its_new_group(self, client, agent, policy):
        other = new_group(client, "Moved")
        policies.assign(client, other, policy[1])
        assert client.post(f"Groups/{other}/AssignComputers", json={"computerIds": [agent.id]}).status == 200
        self.applied(client, agent, policy[1])
        assert detail(client, agent)["groupName"] == "Moved"

    def test_a_policy_assigned_while_it_was_away_is_there_when_it_is_back(self, client, agent, group, policy):
        agent.kill()
        _, revision = policies.create(client, "Away")
        policies.assign(client, group, revision)
        assert detail(client, agent)["policyRevisionStatus"] == "AwaitingLatestPolicy"
        agent.start()
        self.applied(client, agent, revision)


def finished(client, agent, kind, status="Completed"):
    def look():
        rows = client.get(f"Computers/{agent.id}/CommandLogs").json
        row = next((row for row in rows if row["commandType"] == kind), None)
        return row if row and row["status"] == status else None

    return wait_for(look)


class TestCommands:
    def test_status_info(self, client, agent):
        wait_for(lambda: detail(client, agent)["endpointInformation"]["osCaption"])
        before = detail(client, agent)["hostLastUpdated"]
        answer = client.post(f"Computers/{agent.id}/RetrieveStatusInfo")
        assert answer.status == 200
        row = finished(client, agent, "RetrieveStatusInfo")
        assert row["taskId"] == answer.json and row["sent"] and row["completed"]
        wait_for(lambda: detail(client, agent)["hostLastUpdated"] > before)

    def test_logs(self, client, agent):
        answer = client.post(f"Computers/{agent.id}/RetrieveLogs")
        assert answer.status == 200
        finished(client, agent, "RetrieveLogs")
        log = client.get(f"Computers/{agent.id}/Logs").json[0]
        assert log["status"] == "Received"
        content = client.get(f"Computers/{agent.id}/Logs/{log['id']}/Content")
        assert content.status == 200
        assert len(content.body) == log["size"]
        assert agent.id.encode() in content.body
        assert "attachment" in content.headers["Content-Disposition"]
        assert detail(client, agent)["agentLogs"][0]["id"] == log["id"]
        assert client.get(f"Computers/{uuid.uuid4()}/Logs/{log['id']}/Content").status == 404

    def test_renewal(self, client, agent):
        before = detail(client, agent)["certificateInformation"]
        identity = (agent.state / "identity.json").read_text()
        assert client.post(f"Computers/{agent.id}/RenewCertificate").status == 200
        finished(client, agent, "RenewCertificate")
        after = detail(client, agent)["certificateInformation"]
        assert after["thumbprint"] != before["thumbprint"] and after["serialNumber"] != before["serialNumber"]
        assert after["renewalRequestedOn"] is None
        [entry] = [row for row in client.all("ActivityAudits", {"Filter.AuditType": "CertificateRenewed"}) if after["thumbprint"] in row["details"]]
        assert before["thumbprint"] in entry["details"] and entry["entity"] == "Agent"
        assert (agent.state / "identity.json").read_text() != identity
        agent.stop()
        agent.start()
        moment = detail(client, agent)["lastConnected"]
        wait_for(lambda: detail(client, agent)["lastConnected"] > moment)

    def test_one_at_a_time_and_again_after_it(self, client, agent):
        agent.kill()
        first = client.post(f"Computers/{agent.id}/RetrieveStatusInfo").json
        assert client.post(f"Computers/{agent.id}/RetrieveStatusInfo").json == first
        rows = client.get(f"Computers/{agent.id}/CommandLogs").json
        assert len([row for row in rows if row["commandType"] == "RetrieveStatusInfo"]) == 1
        agent.start()
        finished(client, agent, "RetrieveStatusInfo")
        assert client.post(f"Computers/{agent.id}/RetrieveStatusInfo").json != first


class TestFacts:
    def test_they_are_those_of_this_machine(self, client, agent):
        facts = wait_for(lambda: (d := detail(client, agent))["endpointInformation"]["osCaption"] and d)["endpointInformation"]
        release = dict(line.split("=", 1) for line in open("/etc/os-release").read().splitlines() if "=" in line)
        assert facts["osCaption"] == release["PRETTY_NAME"].strip('"')
        assert facts["osArchitecture"] == os.uname().machine
        assert facts["systemName"] == os.uname().nodename.split(".")[0]
        assert facts["processorName"] and facts["osVersion"]
        assert facts["macAddress"] or facts["osSerialNumber"]
        assert detail(client, agent)["hostType"] == "Linux"
        version = subprocess.run([REEVE, "version"], capture_output=True, text=True, env=clean_environment(), check=True).stdout
        assert detail(client, agent)["agentVersion"] in version


class TestDefaultGroup:
    """Last: a default group cannot be unmarked, and it takes all that come after."""

    def test_it_takes_those_that_name_none(self, client, make):
        default = new_group(client, "Default", default=True)
        seen = detail(client, make().enrol())
        assert (seen["authorisationState"], seen["groupId"]) == ("Authorised", default)

    def test_one_that_names_a_group_gets_that_one(self, client, make, group):
        assert detail(client, make().enrol(group))["groupId"] == group
