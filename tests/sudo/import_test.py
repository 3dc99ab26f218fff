"""`reeve events import-sudo` stores what event logs of sudo_logsrvd tell, each record once, however often and however cut they come."""
import json
import shutil
import subprocess

import pytest

from harness.agent import wait_for
from harness.program import REEVE, clean_environment
from harness.sudo import Sudo, computer_of, events_of, free_port, private_sudo_works


@pytest.fixture(scope="module")
def server(new_server):
    return new_server()


def moment(ns):
    return {"seconds": ns // 10**9, "nanoseconds": ns % 10**9, "iso8601": "20261126161618Z", "localtime": "Nov 26 16:16:18"}


def accepted(host, number, command="/usr/bin/id"):
    return "accept", {"uuid": f"{host}-{number}", "server_time": moment(1795709778 * 10**9 + number + 7), "submit_time": moment(1795709778 * 10**9 + number), "submituser": "alice", "command": command, "runuser": "root", "submithost": host, "submitcwd": "/", "runargv": ["id", "-u", str(number)], "runenv": ["A=}\"{"]}


def ended(host, number, value=0):
    return "exit", {"uuid": f"{host}-{number}", "server_time": moment(1795709779 * 10**9 + number), "run_time": moment(5), "exit_value": value}


def log_text(records):
    """As sudo_logsrvd writes it: one object that names its members more than once."""
    return "{" + ",".join("\n    " + json.dumps(kind) + ": " + json.dumps(members, indent=4) for kind, members in records) + "\n}\n"


def run_import(server, *files, status=0):
    done = server.cli("events", "import-sudo", *map(str, files), "--json", check=False)
    assert done.returncode == status, done
    return json.loads(done.stdout) if done.stdout else done


def test_a_file_is_stored_once(server, client, tmp_path):
    file = tmp_path / "sudo.json"
    records = [record for number in range(1500) for record in (accepted("once", number), ended("once", number, number % 2))]
    file.write_text(log_text(records))
    assert run_import(server, file) == {"stored": 3000, "repeated": 0, "rejected": 0, "archived": 0, "has_agent": 0, "too_many_hosts": 0, "unreadable": 0}
    again = run_import(server, file, file)
    assert again["stored"] == 0 and again["repeated"] == 6000
    events = events_of(client, "once")
    assert len(events) == 3000 and events[0]["process"]["command_line"] == "/usr/bin/id -u 0" and events[0]["event"]["module"] == "import"
    assert events[3]["process"]["exit_code"] == 1 and events[3]["process"]["entity_id"] == events[2]["process"]["entity_id"]
    assert computer_of(client, "once")["authorisationState"] == "Pending"


def test_a_growing_file_and_its_rotation(server, client, tmp_path):
    text = log_text([accepted("grows", 0), accepted("grows", 1), ended("grows", 0)])
    file = tmp_path / "sudo.json"
    for cut in (text.index('"accept"') + 40, text.rindex('"accept"') + 40, len(text) - 20):
        file.write_text(text[:cut])
        done = server.cli("events", "import-sudo", str(file), check=False)
        assert done.returncode == 0 and "not whole yet" in done.stderr, done
    file.rename(tmp_path / "sudo.json.1")
    file.write_text(log_text([ended("grows", 1), accepted("grows", 2)]))
    (tmp_path / "sudo.json.1").write_text(text)
    run_import(server, tmp_path / "sudo.json.1", file)
    assert len(events_of(client, "grows")) == 5


def test_an_object_a_line_is_taken_too(server, client, tmp_path):
    file = tmp_path / "compact.json"
    file.write_text("".join(json.dumps(dict([accepted("compact", number)])) + "\n" for number in range(3)))
    assert run_import(server, file)["stored"] == 3


def test_records_that_cannot_be_stored_are_counted_and_told(server, client, tmp_path):
    file = tmp_path / "some.json"
    file.write_text(log_text([accepted("some", 0), ("accept", {"submituser": "a"}), accepted("so me", 1), ended("unknown", 1), ("other", {}), accepted("some", 2)]))
    counts = run_import(server, file, status=3)
    assert counts["stored"] == 2 and counts["unreadable"] == 4


def test_other_files_are_refused_after_what_they_tell(server, client, tmp_path):
    file = tmp_path / "broken.json"
    file.write_text(log_text([accepted("broken", 0)])[:-3] + "\n nonsense")
    done = server.cli("events", "import-sudo", str(file), check=False)
    assert done.returncode == 1 and "is wrong" in done.stderr and "broken.json" in done.stderr
    assert len(events_of(client, "broken")) == 1
    assert server.cli("events", "import-sudo", str(tmp_path / "absent"), check=False).returncode == 2
    assert server.cli("events", "import-sudo", check=False).returncode == 2


def test_an_import_that_is_killed_goes_on(server, client, tmp_path):
    file = tmp_path / "killed.json"
    file.write_text(log_text([accepted("killed", number) for number in range(20000)]))
    process = subprocess.Popen([REEVE, "events", "import-sudo", str(file), *server.store_args()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment())
    wait_for(lambda: computer_of(client, "killed") or process.poll() is not None)
    process.kill()
    process.wait()
    counts = run_import(server, file)
    assert counts["stored"] + counts["repeated"] == 20000
    computer = computer_of(client, "killed")["id"]
    search = client.get("Events/search", {"TimePeriod.StartDate": "2000-01-01", "TimePeriod.EndDate": "2100-01-01", "OperatingSystem": "Linux", "Computer.HostName": "killed", "Pagination.PageSize": 1})
    assert search.json["totalRecordCount"] == 20000 and search.json["events"][0]["agent"]["id"] == computer


@pytest.mark.skipif(not shutil.which("sudo_logsrvd") or not private_sudo_works(), reason="needs root and sudo_logsrvd")
def test_a_file_of_the_real_sudo_logsrvd(server, client, tmp_path):
    port = free_port()
    (tmp_path / "logsrvd.conf").write_text(f"""[server]
listen_address = 127.0.0.1:{port}
pid_file = {tmp_path}/pid
server_log = {tmp_path}/log
[iolog]
iolog_dir = {tmp_path}/io
[eventlog]
log_type = logfile
log_format = json
log_exit = true
[logfile]
path = {tmp_path}/events.json
""")
    daemon = subprocess.Popen(["sudo_logsrvd", "-n", "-f", str(tmp_path / "logsrvd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        sudo = Sudo(tmp_path, [f"log_servers=127.0.0.1:{port}", "log_output"])
        wait_for(lambda: sudo.run("sudo -n /bin/sh -c 'exit 4'").returncode == 4)
        assert sudo.run("sudo -n /bin/ls", user=65534).returncode == 1
        wait_for(lambda: "reject" in (tmp_path / "events.json").read_text())
    finally:
        daemon.terminate()
        daemon.wait(20)
    assert run_import(server, tmp_path / "events.json")["stored"] >= 3
    assert run_import(server, tmp_path / "events.json")["stored"] == 0
