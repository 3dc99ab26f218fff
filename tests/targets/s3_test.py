"""The S3 driver against a store that checks signatures itself, and against an S3 server of npm's where there is one."""
import gzip
import hashlib
import json
import subprocess

import pytest
from harness.s3 import KEY_ID, REGION, S3, SECRET
from harness.smtp import certificate
from harness.targets import Driver, item


def settings(storage, **more):
    known = {"endpoint": storage.url, "bucket": storage.bucket, "region": storage.region, "accessKeyId": KEY_ID, "secretAccessKey": SECRET}
    return {name: value for name, value in {**known, **more}.items() if value is not None}


def name_of(numbers, start="reeve/t-1", ending="ndjson.gz"):
    numbers = list(numbers)
    digest = hashlib.sha256("".join(f"events-{n}\n" for n in numbers).encode()).hexdigest()[:16]
    return f"{start}/events/2026/04/15/{numbers[0]:020}-{numbers[-1]:020}-{digest}.{ending}"


def lines(storage, unpack=gzip.decompress):
    """Of every object, in the order of the names: the ids of its events."""
    return [json.loads(line)["event"]["id"] for name in sorted(storage.objects) for line in unpack(storage.objects[name][0]).decode().splitlines()]


def zstd_unpack(data):
    return subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=True).stdout


@pytest.fixture
def storage():
    with S3() as made:
        yield made


def test_a_batch_is_an_object_with_a_name_by_date_and_position(storage):
    with Driver("s3", settings(storage)) as driver:
        assert driver.send([item(n) for n in range(7, 12)]) == ("ok", 5, "")
    assert list(storage.objects) == [name_of(range(7, 12))]
    assert lines(storage) == [f"events-{n}" for n in range(7, 12)]
    _, headers = next(iter(storage.objects.values()))
    assert headers["Content-Type"] == "application/gzip" and "Expect" not in headers


@pytest.mark.parametrize("compression, suffix", [("gzip", ".gz"), ("zstd", ".zst"), ("none", "")])
@pytest.mark.parametrize("form, ending", [("ocsf", "ndjson"), ("cef", "cef")])
def test_formats_and_packings(storage, compression, suffix, form, ending):
    with Driver("s3", settings(storage, compression=compression, prefix="logs/ä b+c"), form=form) as driver:
        assert driver.send([item(1), item(2)]) == ("ok", 2, "")
    [(name, (body, _))] = storage.objects.items()
    assert name == name_of([1, 2], "logs/ä b+c/t-1", f"{ending}{suffix}")
    if compression == "zstd":
        assert body[:4] == b"\x28\xb5\x2f\xfd"
        return
    text = (gzip.decompress(body) if compression == "gzip" else body).decode()
    assert len(text.splitlines()) == 2 and ("CEF:0|" in text) == (form == "cef")


def test_objects_end_before_they_get_too_large(storage):
    with Driver("s3", settings(storage, objectBytes=2000)) as driver:
        assert driver.send([item(n, text="x" * 400) for n in range(1, 21)]) == ("ok", 20, "")
        assert driver.send([item(21, text="x" * 5000)]) == ("ok", 1, ""), "one record may be larger than an object should be"
    sizes = [len(gzip.decompress(body)) for name, (body, _) in sorted(storage.objects.items())]
    assert len(sizes) > 4 and all(size <= 2000 for size in sizes[:-1]) and sizes[-1] > 5000
    assert lines(storage) == [f"events-{n}" for n in range(1, 22)]


def test_each_feed_has_its_folder(storage):
    with Driver("s3", settings(storage), target="") as driver:
        for feed in ("events", "activityAudits", "authorizationRequests"):
            assert driver.send([item(1, feed=feed)])[0] == "ok"
    assert sorted(name.split("/")[1] for name in storage.objects) == ["activityAudits", "authorizationRequests", "events"]


def test_a_lost_answer_leaves_every_item_once(storage):
    """The object is there, the answer is not: the next upload ends where that one did, though there is more by now."""
    storage.troubles = ["no answer", "no answer"]  # libcurl itself tries once more on a kept connection
    with Driver("s3", settings(storage)) as driver:
        result, delivered, _ = driver.send([item(n) for n in range(1, 6)])
        assert (result, delivered) == ("busy", 0) and lines(storage) == [f"events-{n}" for n in range(1, 6)]
        storage.troubles = []
        assert driver.send([item(n) for n in range(1, 9)]) == ("ok", 8, "")
    assert lines(storage) == [f"events-{n}" for n in range(1, 9)]
    assert sorted(storage.objects) == [name_of(range(1, 6)), name_of(range(6, 9))]


def test_after_a_restart_what_was_stored_comes_again_and_nothing_goes(storage):
    storage.troubles = ["no answer", "no answer"]
    with Driver("s3", settings(storage)) as driver:
        assert driver.send([item(n) for n in range(1, 6)])[1] == 0
        driver.kill()
    storage.troubles = []
    with Driver("s3", settings(storage)) as driver:
        assert driver.send([item(n) for n in range(1, 9)]) == ("ok", 8, "")
    assert set(lines(storage)) == {f"events-{n}" for n in range(1, 9)} and len(storage.objects) == 2


def test_other_items_never_write_over_what_is_there(storage):
    """A target that is set back, with a filter of its own; a dead letter that is sent again."""
    with Driver("s3", settings(storage)) as driver:
        for numbers in (range(1, 11), [1, 5, 10], [1]):
            assert driver.send([item(n) for n in numbers])[0] == "ok"
        assert driver.send([item(n) for n in range(1, 11)])[0] == "ok", "the same items write over themselves"
    assert sorted(storage.objects) == sorted([name_of(range(1, 11)), name_of([1, 5, 10]), name_of([1])])


def test_a_failure_inside_a_batch_counts_what_went_before(storage):
    storage.troubles = [None, (503, "SlowDown")]
    with Driver("s3", settings(storage, objectBytes=1024)) as driver:
        batch = [item(n, text="x" * 500) for n in range(1, 5)]
        result, delivered, text = driver.send(batch)
        assert result == "busy" and 0 < delivered < 4 and "SlowDown" in text
        assert driver.send(batch[delivered:]) == ("ok", 4 - delivered, "")
    assert lines(storage) == [f"events-{n}" for n in range(1, 5)]


@pytest.mark.parametrize("trouble, wanted", [
    ((500, "InternalError"), "busy"), ((503, "SlowDown"), "busy"), ((429, "TooManyRequests"), "busy"), ((408, "RequestTimeout"), "busy"), ((400, "RequestTimeout"), "busy"),
    ((409, "OperationAborted"), "busy"), ((403, "AccessDenied"), "denied"), ((404, "NoSuchBucket"), "denied"), ((301, "PermanentRedirect"), "denied"),
    ((400, "InvalidRequest"), "denied"), ((400, "EntityTooLarge"), "too large"), ((413, ""), "too large"),
    ((200, "InternalError"), "busy"), ((200, "AccessDenied"), "denied"),
])
def test_answers_are_for_later_or_refusals(storage, trouble, wanted):
    storage.troubles = [trouble]
    with Driver("s3", settings(storage)) as driver:
        result, delivered, text = driver.send([item(1)])
        assert (result, delivered) == (wanted, 0) and str(trouble[0]) in text and trouble[1] in text
        assert driver.send([item(1)]) == ("ok", 1, "")


@pytest.mark.parametrize("wrong, code", [
    ({"secretAccessKey": "another"}, "SignatureDoesNotMatch"), ({"accessKeyId": "another"}, "InvalidAccessKeyId"), ({"region": "us-east-1"}, "AuthorizationHeaderMalformed"),
    ({"bucket": "another"}, "NoSuchBucket"),
])
def test_wrong_settings_are_refused_by_the_store(storage, wrong, code):
    with Driver("s3", settings(storage, **wrong)) as driver:
        result, delivered, text = driver.send([item(1)])
        assert (result, delivered) == ("denied", 0) and code in text and SECRET not in text
    assert not storage.objects


def test_temporary_keys_have_a_token():
    with S3(token="FwoG/+token==") as storage:
        with Driver("s3", settings(storage)) as driver:
            assert driver.send([item(1)])[0] == "denied"
        with Driver("s3", settings(storage, sessionToken="FwoG/+token==")) as driver:
            assert driver.send([item(1)]) == ("ok", 1, "")


def test_the_bucket_may_stand_before_the_host(storage):
    url = f"http://localhost:{storage.port}"
    with Driver("s3", settings(storage, endpoint=url, addressing="virtual")) as driver:
        assert driver.send([item(1)]) == ("ok", 1, "")
    assert list(storage.objects) == [name_of([1])]


def test_only_the_authority_that_was_given_is_trusted(tmp_path):
    ca, key = certificate(tmp_path)
    with S3(pem=(ca, key)) as storage:
        with Driver("s3", settings(storage)) as driver:
            result, delivered, text = driver.send([item(1)])
            assert (result, delivered) == ("denied", 0) and "certificate" in text
        with Driver("s3", settings(storage, caCertificate=f"@{ca}")) as driver:
            assert driver.send([item(1)]) == ("ok", 1, "")
            assert driver.send([item(2)]) == ("ok", 1, "")


def test_an_answer_over_the_bound_is_no_fault_of_a_record(storage):
    storage.troubles = ["large answer"]
    with Driver("s3", settings(storage)) as driver:
        assert driver.send([item(1)])[:2] == ("denied", 0)


def test_an_address_that_cannot_be_called_is_no_fault_of_a_record(storage):
    with Driver("s3", settings(storage, endpoint="http://[::1::2]")) as driver:
        assert driver.send([item(1)])[:2] == ("denied", 0)


def test_no_store_is_for_later(storage):
    storage.close()
    with Driver("s3", settings(storage)) as driver:
        assert driver.send([item(1)])[:2] == ("busy", 0)


def test_a_document_that_is_none_ends_the_object_before_it(storage):
    broken = {**item(3), "document": "nonsense"}
    with Driver("s3", settings(storage), form="ocsf") as driver:
        result, delivered, _ = driver.send([item(1), item(2), broken, item(4)])
        assert (result, delivered) == ("invalid", 2)
        assert driver.send([item(4)]) == ("ok", 1, "")
    assert len(storage.objects) == 2


@pytest.mark.parametrize("wrong, name", [
    ({"endpoint": "ftp://x.example"}, "endpoint"), ({"endpoint": "https://x.example/path"}, "endpoint"), ({"endpoint": "https://"}, "endpoint"), ({"endpoint": "https:///"}, "endpoint"), ({"endpoint": "https://x.example#"}, "endpoint"), ({"endpoint": "https://x.example?"}, "endpoint"),
    ({"bucket": "Bad_Bucket"}, "bucket"),
    ({"endpoint": "https://key@x.example"}, "endpoint"), ({"bucket": "a"}, "bucket"), ({"bucket": "-ab"}, "bucket"), ({"bucket": None}, "bucket"), ({"objectBytes": 10}, "objectBytes"),
    ({"objectBytes": "many"}, "objectBytes"), ({"objectSeconds": 3601}, "objectSeconds"), ({"compression": "rar"}, "compression"), ({"addressing": "both"}, "addressing"),
    ({"region": "a" * 65}, "region"), ({"sessionToken": "a\r\nX-Evil: 1"}, "sessionToken"), ({"accessKeyId": None}, "accessKeyId"), ({"mystery": "1"}, "mystery"),
    ({"prefix": "a\nb"}, "prefix"),
])
def test_settings_that_do_not_do_are_named(storage, wrong, name):
    assert name in Driver("s3", settings(storage, **wrong)).refused()
