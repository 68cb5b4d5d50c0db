"""The same random requests to the Java server and to Millrace: the same answers, changelogs and rows."""

import random

import pytest

from kv_kinds import KINDS
from kv_peer import Peer, first_difference
from kv_steps import Steps

STEPS = 150


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
