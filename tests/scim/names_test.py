"""Names beyond ASCII (--scim-users any): what looks alike is one name on both stores, in any letter case, composed or not."""
import unicodedata
import uuid

import pytest

SCIM = "/management-api/scim/v2/"
# Two spellings of one name; the second in another letter case.
PAIRS = [("Ärger", "äRGER"), ("École", "éCOLE"), ("Яна", "яНА"), ("Straẞe", "straße"), ("Ｆｕｌｌ", "ｆｕｌｌ"), ("각하", "각하")]


@pytest.fixture(scope="module")
def server(new_server):
    return new_server(args=["--scim-users", "any"])


@pytest.fixture(scope="module")
def scim(server):
    return server.client(["scim=full"], base=SCIM)


def spellings(pair, end):
    return [unicodedata.normalize(form, name + end) for name in pair for form in ("NFC", "NFD")]


@pytest.mark.parametrize("pair", PAIRS, ids=[pair[0] for pair in PAIRS])
@pytest.mark.parametrize("first", [0, 1], ids=["composed", "decomposed"])
def test_a_name_is_given_once_however_it_is_spelt(server, scim, pair, first):
    names = spellings(pair, uuid.uuid4().hex)
    answer = scim.post("Users", {"userName": names[first], "displayName": names[first]})
    assert answer.status == 201, answer
    user = answer.json
    assert user["userName"] == names[0] and user["displayName"] == names[first]
    assert [mail["value"] for mail in user["emails"]] == [names[0]]
    for name in names:
        refused = scim.post("Users", {"userName": name})
        assert refused.status == 409 and refused.json["scimType"] == "uniqueness", refused
        found = scim.get("Users", filter=f'userName eq "{name}"').json
        assert [row["id"] for row in found["Resources"]] == [user["id"]], name
        assert scim.get("Users", filter=f'userName sw "{name}"').json["totalResults"] == 1, name
    again = scim.put(f"Users/{user['id']}", {"userName": names[1], "displayName": names[first], "emails": [{"value": names[1], "type": "work", "primary": True}]})
    assert again.status == 200 and again.json["userName"] == names[0], again
    assert [mail["value"] for mail in again.json["emails"]] == [names[0]]
    assert again.headers["ETag"] == answer.headers["ETag"]
    token = server.cli("user", "create-token", "--user", names[3], check=False)
    assert token.returncode == 0, token.stderr


def test_names_that_only_look_alike_stay_two(scim):
    end = uuid.uuid4().hex
    for name in ("strasse", "straße", "ﬁx", "fix", "Ａ", "A"):
        assert scim.post("Users", {"userName": name + end}).status == 201, name
