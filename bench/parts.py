"""What the lines are measured with: servers held on the first core, load on the second, files that go away."""
import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

from harness.server import Server

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOAD = ROOT / "build" / "release" / "bench_load"
FORMATS = ROOT / "build" / "release" / "bench_formats"
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]


def pin(pid, core):
    """The process with all its threads; those it starts later are on the same core."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread), {core})


@contextlib.contextmanager
def reeve(database=None, fill=None, data=None, args=(), pinned=True):
    """A server that listens with and without TLS; `.url` is the one without."""
    server = Server(database, ["--rate-limit", "0", "--loops", "1", *args], ("http://127.0.0.1:0", "https://127.0.0.1:0"))
    if data is not None:
        server.data = pathlib.Path(data)
    with server:
        if fill is not None:
            server.fill(**fill)
        server.start()
        found = re.search(r"listening on (https://\S+)", server.log_text())
        server.tls_url = found.group(1)
        server.port = int(server.url.rsplit(":", 1)[1])
        if pinned:
            pin(server.process.pid, SERVER_CORE)
        yield server


def bearer(server):
    client = server.client(name=f"bench {time.time_ns()}")  # a kept store has those of other runs
    return client, f"Authorization: Bearer {client.token}"


@contextlib.contextmanager
def nginx(body_bytes):
    """nginx that answers every path with so many bytes, from its memory, without an access log. Gives (pid, plain address, TLS address)."""
    with tempfile.TemporaryDirectory(prefix="reeve-bench-") as folder:
        plain, tls = 18990, 18991
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{folder}/key.pem",
                        "-out", f"{folder}/cert.pem", "-subj", "/CN=localhost", "-days", "2"], check=True, capture_output=True)
        conf = pathlib.Path(folder) / "nginx.conf"
        conf.write_text(f"""daemon off; worker_processes 1; error_log {folder}/error.log; pid {folder}/pid; user root;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000000; default_type application/json;
  server {{ listen 127.0.0.1:{plain}; listen 127.0.0.1:{tls} ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    location / {{ return 200 "{'x' * body_bytes}"; }} }} }}
""", encoding="utf-8")
        process = subprocess.Popen(["nginx", "-e", f"{folder}/error.log", "-p", folder, "-c", str(conf)], preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}))
        try:
            time.sleep(0.5)
            assert process.poll() is None, pathlib.Path(f"{folder}/error.log").read_text(encoding="utf-8")
            yield process.pid, f"http://127.0.0.1:{plain}/", f"https://127.0.0.1:{tls}/"
        finally:
            process.terminate()
            process.wait()


def wrk(url, seconds, *headers, connections=64, more=()):
    """Requests a second."""
    command = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}", *more]
    for header in headers:
        command += ["-H", header]
    text = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in text and "Socket errors" not in text, text
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))


def load(*words, core=None):
    """Runs the load program and gives what it printed."""
    command = ["taskset", "-c", str(LOAD_CORE if core is None else core), str(LOAD), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command[3:])}: {done.stderr}"
    found = json.loads(done.stdout)
    assert found.get("failed", 0) == 0, f"{words[0]}: {found}"
    return found


def records(form, document, seconds):
    """Records a second of a format; "yajl": documents that are read alone."""
    done = subprocess.run(["taskset", "-c", str(SERVER_CORE), str(FORMATS), form, str(seconds)], input=document, capture_output=True, check=True)
    return json.loads(done.stdout)["per_second"]


def cpu_s(pid):
    """CPU time of a process and its children that run, all threads."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    fields = [pathlib.Path(f"/proc/{one}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split() for one in [pid, *children]]
    return sum(int(row[11]) + int(row[12]) for row in fields) / os.sysconf("SC_CLK_TCK")


class Rate:
    """How much a second, on the clock and by CPU time of the one that does the work: the second does not mind neighbours."""

    def __init__(self, by_clock, seconds, busy_s):
        self.by_clock = by_clock
        self.by_cpu = by_clock * seconds / busy_s if busy_s > 0 else 0.0


def watched(pid, measure):
    """`measure` gives a rate by the clock; the process's CPU time during it makes the other."""
    begun, busy = time.monotonic(), cpu_s(pid)
    by_clock = measure()
    return Rate(by_clock, time.monotonic() - begun, cpu_s(pid) - busy)


def alone(measure):
    """The same for a program that `measure` runs to its end."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    by_clock = measure()
    seconds, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Rate(by_clock, seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def by_turns(rounds, *measures):
    """Each measure once a round, so that what disturbs one disturbs all; the middle one of each by CPU time."""
    found = [[] for _ in measures]
    for _ in range(rounds):
        for values, measure in zip(found, measures):
            values.append(measure())
    return [sorted(values, key=lambda rate: rate.by_cpu)[len(values) // 2] for values in found]


def by_the_clock(rounds, *measures):
    """As by_turns, for plain numbers: where the work is spread over processes of others."""
    found = [[measure() for measure in measures] for _ in range(rounds)]
    return [statistics.median(values) for values in zip(*found)]


@contextlib.contextmanager
def enrolled(server, count):
    """A file of agents, enrolled through the real protocol."""
    installation, key = server.installation()
    file = server.folder / f"agents-{count}"
    load("enrol", server.url, installation, key, count, file)
    yield file


def durations(server, skip, path):
    """What the access log says of requests to a path, in microseconds, from byte `skip` of the log."""
    text = server.log.read_bytes()[skip:].decode(errors="replace")
    return [int(found) for found in re.findall(rf"path={re.escape(path)} status=200 .*?duration_us=(\d+)", text)]


def rss_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))


def zstd(count, file, *words):
    """Records a second of the program zstd on one core, when the file has so many, and nothing is kept."""
    begun = time.monotonic()
    subprocess.run(["taskset", "-c", str(SERVER_CORE), "zstd", "-q", "-c", "--single-thread", *words, file], stdout=subprocess.DEVNULL, check=True)
    return count / (time.monotonic() - begun)


def scratch(name):
    """A file on the same disk as the servers' stores."""
    return os.path.join(tempfile.gettempdir(), f"reeve-bench-{os.getpid()}-{name}")


def _filled(name, what, *args):
    """A store that is made once and kept under build/."""
    folder = ROOT / "build" / "bench" / name
    done = folder.with_suffix(".done")
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        print(f"(filling a store with {what}, once)", flush=True)
        subprocess.run([os.environ["REEVE"], "sandbox", "fill", "--data", str(folder), *args], check=True, stdout=subprocess.DEVNULL)
        done.touch()
    return folder


def large_store(computers):
    """A store of many computers."""
    return _filled(f"fleet-{computers}", f"{computers:,} computers", "--computers", str(computers))


def large_events(events):
    """A store of many events, of as many computers as send a thousand each."""
    return _filled(f"events-{events}", f"{events:,} events", "--computers", str(max(10, events // 1000)), "--events", str(events))
