"""The same random requests to the Java server and to Millrace: the same answers, changelogs and rows."""

import random

import pytest

import servers
from kv_kinds import KINDS
from kv_peer import Peer
from kv_steps import Steps

STEPS = 150


@pytest.fixture(scope="module")
def both():
    """(the Java server, Millrace)"""
    with servers.JavaServer() as java, servers.MillraceServer() as millrace:
        yield java, millrace


def first_difference(found, expected, place=""):
    """Where two nested values differ, and how."""
    nested = isinstance(found, (list, tuple)) and isinstance(expected, (list, tuple))
    if not nested or len(found) != len(expected):
        return f"{place}: {found!r} instead of {expected!r}"
    for i, (one, other) in enumerate(zip(found, expected)):
        if one != other:
            return first_difference(one, other, f"{place}[{i}]")
    return None


@pytest.mark.parametrize("name", KINDS)
def test_same_answers(both, name, seed):
    kind = KINDS[name]
    java, millrace = (Peer(server, name, kind) for server in both)
    steps = Steps(kind, random.Random(seed), STEPS)
    for number, step in enumerate(steps):
        expected, found = step.on(java), step.on(millrace)
        assert found == expected, f"step {number}: {step}\nanswer{first_difference(found, expected)}"
        steps.tell(found)
    java.close()
    millrace.close()
