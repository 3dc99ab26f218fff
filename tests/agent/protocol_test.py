"""The agent protocol spoken by hand: what no good agent sends must be refused by the book, and what is repeated must change nothing."""
import asyncio
import base64
import json
import resource
import ssl
import subprocess
import time
import uuid

import pytest

from harness import policies, wire
from harness.agent import wait_for
from harness.poller import events_since
from harness.wire import Endpoint, document, jwt

ENROL_AGAIN = "urn:reeve:problem:enrol-again"
REJECTED = "urn:reeve:problem:rejected"
PENDING = "urn:reeve:problem:pending"
WAITERS = 2000


@pytest.fixture(scope="module")
def group(client):
    return client.post("Groups", json={"name": "Wire"}).json


@pytest.fixture()
def endpoint(server, group):
    made = Endpoint(server)
    assert made.enrol(group).status == 201
    return made.sign_in()


@pytest.fixture()
def pending(server):
    made = Endpoint(server)
    assert made.enrol().json["state"] == "Pending"
    return made.sign_in()


def counts(client, endpoint):
    detail = client.get("Computers/" + endpoint.id).json
    return detail["eventsStored"], detail["eventsLost"]


def stored_events(client, endpoint):
    return [event for event in events_since(client, endpoint.made) if event["agent"]["id"] == endpoint.id]


class TestEnrol:
    def test_the_answer_is_whole(self, server, client, group):
        endpoint = Endpoint(server)
        answer = endpoint.enrol(group)
        assert answer.status == 201
        assert (answer.json["state"], answer.json["audience"]) == ("Authorised", "reeve-agent")
        certificate = wire.x509.load_pem_x509_certificate(answer.json["certificate"].encode())
        assert certificate.subject.get_attributes_for_oid(wire.NameOID.COMMON_NAME)[0].value == endpoint.id
        assert certificate.public_key().public_numbers() == endpoint.key.public_key().public_numbers()
        authority = wire.x509.load_pem_x509_certificate(answer.json["caCertificate"].encode())
        authority.public_key().verify(certificate.signature, certificate.tbs_certificate_bytes, wire.ec.ECDSA(certificate.signature_hash_algorithm))
        info = client.get("Computers/" + endpoint.id).json["certificateInformation"]
        assert info["thumbprint"].lower().replace(":", "") == certificate.fingerprint(wire.hashes.SHA256()).hex()

    def test_the_same_key_again_is_the_same_computer(self, server, client, group):
        endpoint = Endpoint(server)
        first = endpoint.enrol(group).json["computerId"]
        total = client.get("Computers").json["totalRecordCount"]
        assert endpoint.enrol(group).json["computerId"] == first
        assert client.get("Computers").json["totalRecordCount"] == total

    @pytest.mark.parametrize(
        "members,field",
        [
            ({"csr": "no request"}, "csr"),
            ({"csr": None}, "csr"),
            ({"host": ""}, "host"),
            ({"host": "x" * 256}, "host"),
            ({"host": 7}, "host"),
            ({"groupId": str(uuid.uuid4())}, "groupId"),
            ({"groupId": "no id"}, "groupId"),
            ({"installationId": "no id"}, "installationId"),
            ({"agentVersion": "v" * 65}, "agentVersion"),
            ({"endpointInformation": []}, "endpointInformation"),
        ],
    )
    def test_what_is_wrong_is_named(self, server, members, field):
        answer = Endpoint(server).enrol(**members)
        assert answer.status == 400, answer
        assert field in answer.json["errors"], answer

    def test_a_request_signed_by_another_key_is_no_request(self, server):
        good, other = wire.csr(wire.new_key()), wire.csr(wire.new_key())
        body, tail = (base64.b64decode("".join(text.split("-----")[2].split())) for text in (good, other))
        mixed = body[: len(body) - 64] + tail[-64:]
        pem = "-----BEGIN CERTIFICATE REQUEST-----\n" + base64.encodebytes(mixed).decode() + "-----END CERTIFICATE REQUEST-----\n"
        assert Endpoint(server).enrol(csr=pem).status == 400

    def test_wrong_id_and_wrong_key_look_the_same(self, server):
        installation, key = server.installation()
        answers = [Endpoint(server).enrol(installation=pair) for pair in ((str(uuid.uuid4()), key), (installation, key + "x"), (installation, "x"))]
        assert [answer.status for answer in answers] == [401] * 3
        assert len({answer.json["detail"] for answer in answers}) == 1
        assert {answer.json["type"] for answer in answers} == {"urn:reeve:problem:installation"}


class TestToken:
    def refused(self, answer, status=401):
        assert answer.status == status, answer
        assert "access_token" not in answer.text

    def test_it_opens_the_other_operations(self, endpoint):
        answer = endpoint.token()
        assert answer.status == 200
        assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 3600)
        assert answer.headers["Cache-Control"] == "no-store"
        assert endpoint.check_in().status == 200

    def test_wrong_keys_and_signatures(self, endpoint):
        claims = endpoint.claims()
        self.refused(endpoint.token(jwt(wire.new_key(), claims)))
        good = jwt(endpoint.key, claims)
        head, body, signature = good.split(".")
        self.refused(endpoint.token(".".join([head, body, signature[:-4] + "AAAA"])))
        self.refused(endpoint.token(".".join([head, body, ""])))
        self.refused(endpoint.token(".".join([head, wire._part({**claims, "exp": claims["exp"] + 1}).decode(), signature])))
        none = wire._part({"alg": "none"}).decode() + "." + body + "."
        self.refused(endpoint.token(none))
        for algorithm in ("HS256", "RS256", "ES384"):
            self.refused(endpoint.token(jwt(endpoint.key, claims, {"alg": algorithm})))

    @pytest.mark.parametrize(
        "changed",
        [
            {"exp": 1},
            {"exp": int(time.time()) - 400},
            {"exp": int(time.time()) + 7200},
            {"exp": "soon"},
            {"exp": None},
            {"aud": "another"},
            {"aud": None},
            {"iss": str(uuid.uuid4())},
        ],
    )
    def test_wrong_claims(self, endpoint, changed):
        self.refused(endpoint.token(jwt(endpoint.key, endpoint.claims(**changed))))

    def test_a_computer_that_nobody_knows_must_enrol(self, endpoint):
        answer = endpoint.token(jwt(endpoint.key, endpoint.claims(sub=str(uuid.uuid4()), iss=endpoint.id)))
        self.refused(answer)
        assert answer.json["type"] == ENROL_AGAIN

    def test_another_computer_s_name_under_the_own_key(self, endpoint, pending):
        self.refused(endpoint.token(jwt(endpoint.key, pending.claims())))

    @pytest.mark.parametrize("form", [{"grant_type": "password"}, {"client_assertion_type": "x"}, {"client_assertion": "x"}, {"client_assertion": "a.b.c"}])
    def test_what_is_no_such_form(self, endpoint, form):
        assert endpoint.token(**form).status in (400, 401)

    def test_tokens_that_are_none(self, endpoint, client):
        own = endpoint.http.token
        for token in ("x", own[:-6] + "AAAAAA", own + "x", client.token, jwt(endpoint.key, endpoint.claims())):
            endpoint.http.token = token
            assert endpoint.check_in().status == 401, token
        endpoint.http.token = own
        assert endpoint.check_in().status == 200

    def test_an_agent_s_token_opens_no_other_door(self, server, endpoint):
        assert server.anonymous().get("Computers", token=endpoint.http.token).status in (401, 403)


class TestLife:
    def test_tokens_end_with_rejection(self, client, pending):
        assert client.post("Computers/Reject", json={"computerIds": [pending.id]}).status == 200
        answer = pending.check_in()
        assert (answer.status, answer.json["type"]) == (403, REJECTED)
        answer = pending.token()
        assert (answer.status, answer.json["type"]) == (403, REJECTED)
        assert pending.events([document(1)]).status == 403
        assert pending.http.post("status", json={"host": "x"}).status == 403
        # Nothing of the old row helps: the same key is a new computer now.
        assert pending.enrol().status == 201

    def test_tokens_end_with_deletion(self, client, endpoint):
        assert client.delete("Computers", json={"computerIds": [endpoint.id]}).status == 200
        for answer in (endpoint.check_in(), endpoint.events([document(1)]), endpoint.token()):
            assert (answer.status, answer.json["type"]) == (401, ENROL_AGAIN)

    def test_pending_ones_wait(self, pending):
        assert pending.check_in().json["state"] == "Pending"
        for answer in (pending.events([document(1)]), pending.http.post("renew", json={"csr": wire.csr(wire.new_key())}), pending.http.get(f"policy/{uuid.uuid4()}")):
            assert (answer.status, answer.json["type"]) == (409, PENDING)
        assert pending.http.post("status", json={"host": pending.host}).status == 204

    def test_after_a_renewal_the_key_before_signs_in_once_more(self, endpoint):
        first, second, third = endpoint.key, wire.new_key(), wire.new_key()
        for _ in range(2):  # a repeated one after a lost answer
            assert endpoint.http.post("renew", json={"csr": wire.csr(second)}).status == 200
        for key in (first, second):
            assert endpoint.token(jwt(key, endpoint.claims())).status == 200
        assert endpoint.http.post("renew", json={"csr": wire.csr(third)}).status == 200
        assert endpoint.token(jwt(first, endpoint.claims())).status == 401
        for key in (second, third):
            assert endpoint.token(jwt(key, endpoint.claims())).status == 200

    def test_another_s_policies_commands_and_logs_are_not_there(self, client, endpoint, server, group):
        other = Endpoint(server)
        other.enrol(group)
        other.sign_in()
        assert client.post(f"Computers/{other.id}/RetrieveLogs").status == 200
        command = other.check_in().json["commands"][0]
        assert endpoint.http.post("commands/" + command["id"], json={"status": "Completed"}).status == 404
        assert endpoint.http.request("POST", "logs/" + command["logId"], body=b"x", headers={"Content-Type": "text/plain"}).status == 404
        assert endpoint.http.get(f"policy/{uuid.uuid4()}").status == 404
        assert client.get(f"Computers/{other.id}/CommandLogs").json[0]["status"] == "Pending"

    def test_a_log_comes_once(self, client, endpoint):
        assert client.post(f"Computers/{endpoint.id}/RetrieveLogs").status == 200
        command = endpoint.check_in().json["commands"][0]
        for body in (b"first", b"second"):
            answer = endpoint.http.request("POST", "logs/" + command["logId"], body=body, headers={"Content-Type": "text/plain", "Reeve-File-Name": "a\"b\r.log"[:3]})
            assert answer.status == 204
        assert endpoint.http.post("commands/" + command["id"], json={"status": "Completed"}).status == 204
        content = client.get(f"Computers/{endpoint.id}/Logs/{command['logId']}/Content")
        assert content.body == b"first"
        huge = endpoint.http.request("POST", "logs/" + command["logId"], body=b"x" * (16 * 1024 * 1024 + 1), headers={"Content-Type": "text/plain"})
        assert huge.status == 413

    def test_an_accepted_command_is_not_handed_out_again(self, client, endpoint):
        client.post(f"Computers/{endpoint.id}/RetrieveStatusInfo")
        command = endpoint.check_in().json["commands"][0]
        assert endpoint.check_in().json["commands"] == [command]
        assert endpoint.http.post("commands/" + command["id"], json={"status": "Accepted"}).status == 204
        assert endpoint.check_in().json["commands"] == []
        for status in ("Completed", "Failed"):
            assert endpoint.http.post("commands/" + command["id"], json={"status": status, "result": "r"}).status == 204
        assert client.get(f"Computers/{endpoint.id}/CommandLogs").json[0]["status"] == "Completed"
        assert endpoint.http.post("commands/" + command["id"], json={"status": "Perhaps"}).status == 400


class TestEvents:
    def test_a_batch_is_stored_once(self, client, endpoint):
        batch = [document(number) for number in range(1, 51)]
        assert endpoint.events(batch).json == {"nextSequence": 51, "stored": 50, "repeated": 0, "lost": 0}
        assert endpoint.events(batch).json == {"nextSequence": 51, "stored": 0, "repeated": 50, "lost": 0}
        longer = batch + [document(number) for number in range(51, 61)]
        assert endpoint.events(longer).json == {"nextSequence": 61, "stored": 10, "repeated": 50, "lost": 0}
        assert [event["event"]["sequence"] for event in stored_events(client, endpoint)] == list(range(1, 61))
        assert counts(client, endpoint) == (60, 0)

    def test_a_gap_is_counted(self, client, endpoint):
        assert endpoint.events([document(1)]).json["lost"] == 0
        assert endpoint.events([document(11)], first=11).json == {"nextSequence": 12, "stored": 1, "repeated": 0, "lost": 9}
        assert endpoint.events(b"null\n" + json.dumps(document(13)).encode() + b"\nnull", first=12).json == {"nextSequence": 15, "stored": 1, "repeated": 0, "lost": 2}
        assert endpoint.events([document(2)], first=2).json["stored"] == 0
        assert counts(client, endpoint) == (3, 11)

    @pytest.mark.parametrize("coding", ["gzip", "zstd", "identity"])
    def test_codings(self, client, endpoint, coding):
        body = b"\n".join(json.dumps(document(number)).encode() for number in range(1, 101))
        if coding == "zstd":
            body = subprocess.run(["zstd", "-q", "-c"], input=body, capture_output=True, check=True).stdout
            answer = endpoint.events(body, **{"Content-Encoding": "zstd"})
        else:
            answer = endpoint.events(body, coding=coding)
        assert answer.json["stored"] == 100, answer
        assert len(stored_events(client, endpoint)) == 100

    def test_codings_that_are_none(self, endpoint):
        assert endpoint.events([document(1)], **{"Content-Encoding": "br"}).status == 415
        for coding in ("gzip", "zstd"):
            assert endpoint.events(b"no such stream", **{"Content-Encoding": coding}).status == 400
        cut = wire.gzip.compress(json.dumps(document(1)).encode())[:-4]
        assert endpoint.events(cut, **{"Content-Encoding": "gzip"}).status == 400

    def test_a_bomb_is_too_large(self, endpoint):
        bomb = wire.gzip.compress(b"\n" * (33 * 1024 * 1024))
        assert endpoint.events(bomb, **{"Content-Encoding": "gzip"}).status == 413

    @pytest.mark.parametrize(
        "line,why",
        [
            (b"{", "JSON"),
            (b"[]", "object"),
            (b"7", "object"),
            (b'{"a":1,"a":2}', "twice"),
            (b'{"a":"' + b"x" * 262144 + b'"}', "longer"),
            (b'{"a":' * 40 + b"1" + b"}" * 40, "deep"),
            (b'{"a":"\xff"}', "UTF-8"),
            (b'{"a":"\\ud800"}', ""),
        ],
        ids=["cut", "array", "number", "twice", "long", "deep", "bytes", "surrogate"],
    )
    def test_a_bad_line_is_named_and_nothing_of_its_batch_stored(self, client, endpoint, line, why):
        good = json.dumps(document(1)).encode()
        answer = endpoint.events(b"\n".join([good, good, line, good]))
        assert answer.status == 400, answer
        assert list(answer.json["errors"]) == ["line 3"]
        assert why.lower() in answer.json["errors"]["line 3"][0].lower() or why == "JSON", answer
        assert counts(client, endpoint) == (0, 0)
        assert endpoint.events(b"\n".join([good, good, b"null", good])).json == {"nextSequence": 5, "stored": 3, "repeated": 0, "lost": 1}

    def test_numbers_that_are_none(self, endpoint):
        for first in ("0", "-1", "x", "", "1.5", "99999999999999999999"):
            answer = endpoint.events([document(1)], first=first)
            assert answer.status == 400, first
            assert list(answer.json["errors"]) == ["Reeve-First-Sequence"]

    def refused_by_its_head(self, endpoint, length):
        """Such a body need not be sent at all."""
        connection = endpoint.http.connect()
        connection.putrequest("POST", "/agent/v1/events")
        for name, value in (("Authorization", "Bearer " + endpoint.http.token), ("Content-Type", "application/x-ndjson"), ("Reeve-First-Sequence", "1"), ("Content-Length", str(length))):
            connection.putheader(name, value)
        connection.endheaders()
        status = connection.getresponse().status
        connection.close()
        return status

    def test_batches_over_a_bound(self, endpoint):
        assert endpoint.events(b"{}\n" * 5001).status == 413
        assert endpoint.events(b"{}\n" * 5000).json["stored"] == 5000
        assert self.refused_by_its_head(endpoint, 8 * 1024 * 1024 + 1) == 413
        assert endpoint.events(b"\n\n\n").status == 400
        assert endpoint.events(b"").status == 400

    def test_what_is_unknown_is_kept_and_what_is_the_server_s_is_set(self, client, endpoint, group):
        given = document(1, agent={"id": "somebody else", "version": "9"}, unknown={"deep": [1, {"er": "ü"}]}, user={"name": "alice", "newMember": True}, nothing=None)
        given["event"]["ingested"] = "1999-01-01T00:00:00Z"
        assert endpoint.events([given]).json["stored"] == 1
        event = stored_events(client, endpoint)[0]
        assert event["unknown"] == {"deep": [1, {"er": "ü"}]}
        assert event["user"] == {"name": "alice", "newMember": True}
        assert event["agent"] == {"id": endpoint.id, "version": "9"}
        assert "nothing" not in event
        assert event["event"]["ingested"] > "2024" and len(event["event"]["ingested"]) == 33
        assert event["EPMWinMac"]["GroupId"] == group
        assert event["event"]["id"] == given["event"]["id"]

    def test_an_event_without_an_id_has_the_same_one_when_it_is_repeated(self, client, endpoint, server):
        assert endpoint.events([{"message": "m"}]).json["stored"] == 1
        first = stored_events(client, endpoint)[0]
        assert uuid.UUID(first["event"]["id"]) and first["@timestamp"]


def test_two_thousand_waiting_check_ins_are_woken_at_once(server, client, group, endpoint):
    """On connections of their own, all by one group; the server answers others meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 3 * WAITERS)), hard))
    mine = client.post("Groups", json={"name": "Waiters"}).json
    assert client.post(f"Groups/{mine}/AssignComputers", json={"computerIds": [endpoint.id]}).status == 200
    revision = policies.create(client, "Waiters")[1]
    assert endpoint.check_in(knownState="Authorised").json["commands"] == []
    body = json.dumps({"knownState": "Authorised", "waitSeconds": 60}).encode()
    request = b"POST /agent/v1/check-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s" % (endpoint.http.token.encode(), len(body), body)
    context = ssl.create_default_context(cafile=server.ca)
    places = asyncio.Semaphore(50)

    async def waiter():
        async with places:
            reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.http.port, ssl=context)
            writer.write(request)
            await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        answer = json.loads(await reader.readexactly(length))
        writer.close()
        return int(head.split()[1]), answer, time.monotonic()

    def gauge():
        lines = server.anonymous("/").get("metrics").text.splitlines()
        return float(dict(line.rsplit(" ", 1) for line in lines if line[:1] != "#")["reeve_waiting_calls"])

    async def run():
        loop = asyncio.get_running_loop()
        tasks = [asyncio.create_task(waiter()) for _ in range(WAITERS)]
        await loop.run_in_executor(None, lambda: wait_for(lambda: gauge() >= WAITERS, seconds=60, every=0.2))
        start = time.monotonic()
        quick = await loop.run_in_executor(None, lambda: client.get("Computers/" + endpoint.id))
        assert quick.status == 200 and time.monotonic() - start < 1
        start = time.monotonic()
        answer = await loop.run_in_executor(None, lambda: client.post(f"Groups/{mine}/AssignPolicyRevision", json={"policyRevisionId": revision}))
        assert answer.status == 200
        answers = await asyncio.gather(*tasks)
        return [(status, body, end - start) for status, body, end in answers]

    try:
        answers = asyncio.run(run())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert {status for status, _, _ in answers} == {200}
    assert {body["policy"]["revisionId"] for _, body, _ in answers} == {revision}
    assert max(took for _, _, took in answers) < 5
