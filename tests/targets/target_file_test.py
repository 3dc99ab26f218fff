"""The file driver: what is confirmed is on the disk, files end by size and age, and a killed writer leaves whole lines."""
import json
import random
import re
import resource
import shutil

import pytest
from harness.agent import wait_for
from harness.targets import Driver, item

ENDED = re.compile(r"log-\d{8}T\d{9}Z\.ndjson")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("TARGET_FILES", str(tmp_path / "files"))
    return tmp_path / "files" / "t-1"


def driver(form="ecs", **more):
    return Driver("file", {"name": "log", **more}, form=form)


def ids(place):
    return [json.loads(line)["event"]["id"] for path in sorted(place.glob("log-*")) + [place / "log.ndjson"] for line in path.read_text().splitlines()]


def test_lines_are_appended_and_are_for_the_owner_alone(place):
    for start in (0, 5):
        with driver() as target:
            assert target.send([item(n) for n in range(start, start + 5)]) == ("ok", 5, "")
    assert ids(place) == [f"events-{n}" for n in range(10)]
    assert [path.name for path in place.iterdir()] == ["log.ndjson"]
    assert (place / "log.ndjson").stat().st_mode & 0o777 == 0o600 and place.stat().st_mode & 0o777 == 0o700


def test_the_format_names_the_file(place):
    with driver(form="cef") as target:
        assert target.send([item(1)]) == ("ok", 1, "")
    assert (place / "log.cef").read_text().startswith("CEF:0|")


def test_files_end_by_size_and_only_some_are_kept(place):
    with driver(rotateBytes="5000", keep="1000") as target:
        assert target.send([item(n, text="x" * 500) for n in range(100)]) == ("ok", 100, "")
    ended = sorted(path.name for path in place.glob("log-*"))
    assert len(ended) > 10 and all(ENDED.fullmatch(name) for name in ended)
    assert all(path.stat().st_size <= 5000 for path in place.iterdir())
    assert ids(place) == [f"events-{n}" for n in range(100)]
    (place / "log-notes.txt").write_text("ours")
    (place / "log-20260101T000000000Z.cef").write_text("another's")
    with driver(rotateBytes="5000", keep="3") as target:
        assert target.send([item(n, text="x" * 500) for n in range(100, 120)]) == ("ok", 20, "")
    assert len([path for path in place.iterdir() if ENDED.fullmatch(path.name)]) == 3
    assert (place / "log-notes.txt").exists() and (place / "log-20260101T000000000Z.cef").exists()


def test_one_record_may_be_larger_than_a_file(place):
    with driver(rotateBytes="1024") as target:
        assert target.send([item(1), item(2, text="x" * 9000), item(3)]) == ("ok", 3, "")
    assert ids(place) == ["events-1", "events-2", "events-3"]


def test_files_end_by_age(place):
    with driver(rotateSeconds="1") as target:
        assert target.send([item(1)]) == ("ok", 1, "")
        number = iter(range(2, 1000))
        wait_for(lambda: target.send([item(next(number))]) == ("ok", 1, "") and len(list(place.glob("log-*"))) == 1)
    assert ids(place)[0] == "events-1" and (place / "log.ndjson").stat().st_size > 0


def test_a_torn_line_is_cut_off_and_comes_again(place):
    with driver() as target:
        assert target.send([item(1), item(2)]) == ("ok", 2, "")
    with open(place / "log.ndjson", "ab") as file:
        file.write(b'{"event":{"id":"events-3","torn' + b"x" * 200000)
    with driver() as target:
        assert target.send([item(3)]) == ("ok", 1, "")
    assert ids(place) == ["events-1", "events-2", "events-3"]


def test_a_killed_writer_loses_nothing_that_it_confirmed(place):
    chance, confirmed = random.Random(7), 0
    for _ in range(8):
        target = driver(rotateBytes="20000", keep="1000")
        for _ in range(chance.randrange(1, 4)):
            result, delivered, _ = target.send([item(n, text="x" * 300) for n in range(confirmed, confirmed + 40)])
            assert result == "ok"
            confirmed += delivered
        lines = [f"events\t{n}\tevents-{n}\tc-1\t0\t{json.dumps(item(n)['document'])}" for n in range(confirmed, confirmed + 400)]
        target.process.stdin.write("\n".join(lines).encode() + b"\n\n")
        target.process.stdin.flush()
        target.kill()
    with driver(rotateBytes="20000", keep="1000") as target:
        assert target.send([item(confirmed)]) == ("ok", 1, "")
    found = list(dict.fromkeys(ids(place)))
    assert set(found) >= {f"events-{n}" for n in range(confirmed + 1)}


def test_a_folder_that_is_no_folder_is_tried_again(place):
    place.parent.mkdir(parents=True)
    place.write_text("in the way")
    with driver() as target:
        assert target.send([item(1)])[:2] == ("busy", 0)
        place.unlink()
        assert target.send([item(1)]) == ("ok", 1, "")
    assert ids(place) == ["events-1"]


def test_a_link_is_not_followed(place, tmp_path):
    place.mkdir(parents=True)
    (tmp_path / "victim").write_text("mine")
    (place / "log.ndjson").symlink_to(tmp_path / "victim")
    with driver() as target:
        assert target.send([item(1)])[:2] == ("busy", 0)
    assert (tmp_path / "victim").read_text() == "mine"


def test_links_of_folders_are_not_followed(place, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "elsewhere")
    with driver() as target:
        assert target.send([item(1)])[:2] == ("busy", 0)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("take_away", [lambda place: shutil.rmtree(place), lambda place: (place / "log.ndjson").unlink(), lambda place: (place / "log.ndjson").rename(place / "moved")])
def test_what_others_take_away_is_made_anew(place, take_away):
    """Into a file that has no name any more nothing is delivered."""
    with driver() as target:
        assert target.send([item(1)]) == ("ok", 1, "")
        take_away(place)
        assert target.send([item(2)]) == ("ok", 1, "")
    assert ids(place) == ["events-2"]


def test_several_writers_do_not_write_over_each_other(place):
    """As when a target is tested while it delivers."""
    with driver(rotateBytes="20000", keep="1000") as one, driver(rotateBytes="20000", keep="1000") as other:
        for start in range(0, 400, 20):
            one.start([item(n, text="x" * 300) for n in range(start, start + 10)])
            other.start([item(n) for n in range(start + 10, start + 20)])
            assert one.answer() == other.answer() == ("ok", 10, "")
    found = ids(place)
    assert sorted(found) == sorted(f"events-{n}" for n in range(400))
    own = [name for name in found if int(name[7:]) % 20 < 10]
    assert own == [f"events-{n}" for n in range(400) if n % 20 < 10]


def test_a_disk_that_is_full_leaves_whole_lines_and_is_tried_again(place):
    with driver() as target:
        assert target.send([item(n, text="x" * 300) for n in range(5)]) == ("ok", 5, "")
        size = (place / "log.ndjson").stat().st_size
        resource.prlimit(target.process.pid, resource.RLIMIT_FSIZE, (size + 700, resource.RLIM_INFINITY))
        result, delivered, text = target.send([item(n, text="x" * 300) for n in range(5, 10)])
        assert (result, delivered) == ("busy", 0) and "written" in text
        assert (place / "log.ndjson").stat().st_size == size
        resource.prlimit(target.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert target.send([item(n, text="x" * 300) for n in range(5, 10)]) == ("ok", 5, "")
    assert ids(place) == [f"events-{n}" for n in range(10)]
