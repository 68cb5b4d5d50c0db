"""Millrace beside the official Java server 0.9.1."""

import pathlib
import random
import sys

import pytest

TESTS_FOLDER = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS_FOLDER / "support"), str(TESTS_FOLDER / "cluster")]

import servers  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, help="of random tests; they print the one they took")


@pytest.fixture
def seed(pytestconfig):
    """What all dice of a test come from."""
    given = pytestconfig.getoption("--seed")
    taken = random.randrange(1 << 32) if given is None else given
    print(f"--seed {taken}")
    return taken


@pytest.fixture(scope="session")
def both():
    """(the Java server, Millrace), for tests that need nothing of their own"""
    with servers.JavaServer() as java, servers.MillraceServer() as millrace:
        yield java, millrace
