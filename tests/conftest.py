"""Fixtures: `store` is both databases in turn, `server` a running server of the module, `client` may do everything."""
import contextlib
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness.postgres import Postgres  # noqa: E402
from harness.server import Server  # noqa: E402

STORES = ("sqlite", "postgres")


def pytest_configure():
    """A run that is told to end ends its servers too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--store", choices=STORES, help="only this database")


def pytest_generate_tests(metafunc):
    if "store" in metafunc.fixturenames:
        only = metafunc.config.getoption("--store")
        metafunc.parametrize("store", [only] if only else STORES, scope="module")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Of each file first all on the one database, then all on the other: a server serves them all, instead of one each."""
    files = {}
    for item in items:
        files.setdefault(item.location[0], len(files))

    def place(item):
        store = item.callspec.params.get("store") if hasattr(item, "callspec") else None
        return files[item.location[0]], STORES.index(store) if store in STORES else -1

    items.sort(key=place)


@pytest.fixture(scope="session")
def postgres():
    cluster = Postgres()
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def new_server(store, request):
    """Makes servers on the module's store: new_server(args=[...]) is started and ended for you."""
    with contextlib.ExitStack() as made:

        def make(args=(), start=True, **more):
            database = request.getfixturevalue("postgres").database() if store == "postgres" else None
            server = made.enter_context(Server(more.pop("database", database), args, **more))
            return server.start() if start else server

        yield make


@pytest.fixture(scope="module")
def server(new_server):
    return new_server()


@pytest.fixture(scope="module")
def client(server):
    return server.client()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure comes with the last lines of the server's log."""
    report = (yield).get_result()
    server = getattr(item, "funcargs", {}).get("server")
    if report.failed and isinstance(server, Server):
        report.sections.append(("server log", server.log_tail(12)))
