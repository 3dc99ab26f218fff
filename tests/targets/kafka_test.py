"""How the Kafka driver comes to a broker: TLS with the authority that was given, certificates of its own, users and passwords; and that
kills of the program lose nothing. The rest is tested in C, against the same cluster (src/notify/kafka_test.c)."""
import pytest
from harness.kafka import API_VERSIONS, SASL_AUTHENTICATE, Cluster, Door
from harness.smtp import certificate
from harness.targets import Driver, item


@pytest.fixture
def pem(tmp_path):
    return certificate(tmp_path)


def send(door, **settings):
    """What one batch ends with; nothing is behind the door, so it is never delivered."""
    with Driver("kafka", {"brokers": door.brokers, "topic": "events", "timeoutSeconds": 2, **settings}) as driver:
        result, delivered, text = driver.send([item(1)])
    assert delivered == 0
    return result, text


def test_tls_with_the_authority_that_was_given(pem):
    with Door(pem) as door:
        assert send(door, caCertificate=f"@{pem[0]}", timeoutSeconds=1)[0] == "busy"
        assert API_VERSIONS in door.calls


def test_another_authority_is_a_refusal(pem, tmp_path):
    (tmp_path / "other").mkdir()
    other = certificate(tmp_path / "other")
    with Door(pem) as door:
        result, text = send(door, caCertificate=f"@{other[0]}")
        assert result == "denied" and "SSL" in text and not door.calls


def test_a_certificate_of_our_own_is_shown(pem):
    with Door(pem, client_ca=pem[0]) as door:
        assert send(door, caCertificate=f"@{pem[0]}", clientCertificate=f"@{pem[0]}", clientKey=f"@{pem[1]}", timeoutSeconds=1)[0] == "busy"
        assert API_VERSIONS in door.calls and door.shown[0]
        del door.calls[:]
        assert send(door, caCertificate=f"@{pem[0]}")[0] in ("busy", "denied")
        assert API_VERSIONS not in door.calls, "without one nobody comes in"


@pytest.mark.parametrize("tls", [False, True])
def test_a_user_and_a_password(pem, tls):
    user = {"saslMechanism": "PLAIN", "saslUsername": "reeve", "security": "sasl_ssl" if tls else "sasl_plaintext", **({"caCertificate": f"@{pem[0]}"} if tls else {})}
    with Door(pem if tls else None, user=("reeve", "s3cret=,;\\")) as door:
        assert send(door, saslPassword="s3cret=,;\\", **user, timeoutSeconds=1)[0] == "busy"
        assert door.signed_in > 0
        door.signed_in = 0
        result, text = send(door, saslPassword="another", **user)
        assert result == "denied" and "another" not in text and SASL_AUTHENTICATE in door.calls and not door.signed_in


def test_a_mechanism_that_the_broker_lacks_is_a_refusal():
    with Door(user=("reeve", "x")) as door:
        assert send(door, security="sasl_plaintext", saslMechanism="SCRAM-SHA-256", saslUsername="reeve", saslPassword="x")[0] == "denied"


def test_a_certificate_that_is_none_is_said_at_the_first_batch():
    with Door() as door:
        result, text = send(door, caCertificate="nonsense")
        assert result == "denied" and not door.calls


def first_seen(rows):
    """The ids of each key in the order in which they were first there: what a receiver that drops what it has ends with."""
    kept = {}
    for _, key, item_id, _ in rows:
        seen = kept.setdefault(key, [])
        if item_id not in seen:
            seen.append(item_id)
    return kept


def test_kills_while_it_sends_lose_nothing_and_keep_the_order():
    items = [item(n, computer=f"c-{n % 5}", text="x" * 200) for n in range(1, 1001)]
    with Cluster() as cluster:
        done = 0
        for round_number in range(4):  # a batch is under way when the program is killed: nobody knows how much of it is there
            driver = Driver("kafka", {"brokers": cluster.brokers, "topic": "events", "security": "plaintext"})
            if round_number:
                driver.start(items[done:done + 300])
                driver.kill()
                driver = Driver("kafka", {"brokers": cluster.brokers, "topic": "events", "security": "plaintext"})
            with driver:
                cluster.down(round_number)  # one of them, or all at first
                driver.start(items[done:done + 250])
                cluster.up(round_number)
                assert driver.answer() == ("ok", 250, "")
                done += 250
        rows = cluster.read()
    assert {feed for *_, feed in rows} == {"events"}
    assert first_seen(rows) == {f"c-{c}": [row["id"] for row in items if row["computer"] == f"c-{c}"] for c in range(5)}
    assert all(len({partition for partition, key, *_ in rows if key == name}) == 1 for name in {key for _, key, *_ in rows}), "a computer has one partition"
