"""Faults of real processes: kill -9 under load, a clean stop, damaged files, a full disk."""

import pathlib
import random
import sys

import pytest

SUPPORT_FOLDER = pathlib.Path(__file__).resolve().parents[1] / "support"
sys.path.insert(0, str(SUPPORT_FOLDER))


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, help="of random tests; they print the one they took")


@pytest.fixture
def seed(pytestconfig):
    """What all dice of a test come from. When a process is killed is up to the machine, too."""
    given = pytestconfig.getoption("--seed")
    taken = random.randrange(1 << 32) if given is None else given
    print(f"--seed {taken}")
    return taken
