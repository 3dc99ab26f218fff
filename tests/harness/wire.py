"""The agent protocol by hand, as docs/agent-protocol.md tells it: for what a well-behaved agent would never send."""
import base64
import gzip
import json
import time
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

AUDIENCE = "reeve-agent"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def csr(key, name="computer"):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def _part(value):
    return base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).rstrip(b"=")


def jwt(key, claims, header=None):
    text = _part(header or {"alg": "ES256", "typ": "JWT"}) + b"." + _part(claims)
    r, s = utils.decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
    return (text + b"." + _part(r.to_bytes(32, "big") + s.to_bytes(32, "big"))).decode()


class Endpoint:
    """One computer. Every call gives the bare answer."""

    def __init__(self, server, host=None):
        self.server = server
        self.http = server.anonymous("/agent/v1/")
        self.key, self.host, self.id = new_key(), host or f"hand-{uuid.uuid4().hex[:8]}", None
        self.sequence = 1
        self.made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def enrol(self, group=None, **members):
        installation, key = members.pop("installation", None) or self.server.installation()
        body = {"installationId": installation, "installationKey": key, "csr": csr(self.key), "host": self.host, "hostType": "Linux", "groupId": group}
        answer = self.http.post("enrol", json={**body, "endpointInformation": {"osSerialNumber": self.host}, **members})
        if answer.status == 201:
            self.id = answer.json["computerId"]
        return answer

    def claims(self, **changed):
        now = int(time.time())
        return {"iss": self.id, "sub": self.id, "aud": AUDIENCE, "iat": now, "exp": now + 300, "jti": uuid.uuid4().hex, **changed}

    def token(self, assertion=None, **form):
        assertion = assertion or jwt(self.key, self.claims())
        return self.http.post("token", form={"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": assertion, **form})

    def sign_in(self):
        answer = self.token()
        assert answer.status == 200, answer
        self.http.token = answer.json["access_token"]
        return self

    def check_in(self, **members):
        return self.http.post("check-in", json=members)

    def events(self, lines, first=None, coding=None, **headers):
        """`lines`: bytes as they are, or a list of documents."""
        body = lines if isinstance(lines, bytes) else b"\n".join(json.dumps(line).encode() for line in lines)
        headers = {"Content-Type": "application/x-ndjson", "Reeve-First-Sequence": str(self.sequence if first is None else first), **headers}
        if coding == "gzip":
            body = gzip.compress(body)
        if coding:
            headers["Content-Encoding"] = coding
        return self.http.request("POST", "events", body=body, headers=headers)


def document(number, **more):
    return {"event": {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))), "code": "100", "sequence": number}, "@timestamp": "2026-01-02T03:04:05.678Z", **more}
