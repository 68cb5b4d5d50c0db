"""Black-box tests with the official Python client, and with a bare protocol client where no official client would go.

    MILLRACE_TEST_SERVER=millrace|java python -m pytest tests/clients/python

runs them against one server started for the session. Tests may be coroutines.
"""

import asyncio
import inspect
import os
import pathlib
import re
import sys

import pytest

SUPPORT_FOLDER = pathlib.Path(__file__).resolve().parents[2] / "support"
sys.path.insert(0, str(SUPPORT_FOLDER))

import servers  # noqa: E402
from fluss_tables import connect  # noqa: E402
from kv_table import KvTable  # noqa: E402
from log_table import LogTable  # noqa: E402

TEST_DEADLINE_S = 60
CLOSE_DEADLINE_S = 10


def pytest_addoption(parser):
    default = os.environ.get("MILLRACE_TEST_SERVER", "millrace")
    parser.addoption("--server", choices=servers.SERVERS, default=default, help="the server under test")


def pytest_configure(config):
    config.addinivalue_line("markers", "expect_fixed(reason): the Java server fails this test, Millrace must not")
    config.addinivalue_line("markers", "millrace_only(reason): makes no sense for the Java server")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--server") != "java":
        return
    for item in items:
        for mark in item.iter_markers("expect_fixed"):
            item.add_marker(pytest.mark.xfail(reason=mark.args[0], strict=True))
        for mark in item.iter_markers("millrace_only"):
            item.add_marker(pytest.mark.skip(reason=mark.args[0]))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Runs a test that is a coroutine, on the session's event loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.function):
        return None
    names = inspect.signature(pyfuncitem.function).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    test = pyfuncitem.function(**arguments)
    pyfuncitem.funcargs["event_loop"].run(asyncio.wait_for(test, TEST_DEADLINE_S))
    return True


@pytest.fixture(scope="session", autouse=True)
def event_loop():
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def server_class(pytestconfig):
    return servers.SERVERS[pytestconfig.getoption("--server")]


@pytest.fixture(scope="session")
def server(server_class):
    with server_class() as running:
        yield running


@pytest.fixture
def connection(server, event_loop):
    """One for each test: a write that a failed test left behind would hold up every later write and the close."""
    opened = event_loop.run(connect(server.bootstrap))
    yield opened
    event_loop.run(asyncio.wait_for(call(opened.close), CLOSE_DEADLINE_S))


async def call(function, *arguments, **options):
    """The client wants even the call, not only its result, inside the running event loop."""
    return await function(*arguments, **options)


@pytest.fixture
def admin(connection):
    return connection.get_admin()


@pytest.fixture
def database_name(request):
    """A name of the test's own."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", request.node.name)


@pytest.fixture
def database(admin, database_name, event_loop):
    """An empty database, dropped with all it holds at the end."""
    event_loop.run(call(admin.create_database, database_name))
    yield database_name
    event_loop.run(call(admin.drop_database, database_name, ignore_if_not_exists=True))


@pytest.fixture
def log_table(server, database):
    """Makes a log table behind a bare connection."""
    tables = []

    def make(columns, name="log", **options):
        tables.append(LogTable(server.bootstrap, database, name, columns, **options))
        return tables[-1]

    yield make
    for table in tables:
        table.connection.close()


@pytest.fixture
def kv_table(server, database):
    """Makes a primary-key table behind a bare connection."""
    tables = []

    def make(columns, primary_key=("id",), name="kv", **options):
        tables.append(KvTable(server.bootstrap, database, name, columns, primary_key, **options))
        return tables[-1]

    yield make
    for table in tables:
        table.connection.close()
