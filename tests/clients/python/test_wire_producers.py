"""Offsets that Flink sinks register before they write, and leases of snapshots, by a bare client."""

import pytest

from wire import Api, Connection, Error, ResponseKind

CREATED, WAS_THERE = 0, 1


@pytest.fixture
def wire(server):
    with Connection(server.bootstrap) as connection:
        yield connection


def register(connection, producer, end=7):
    request = {1: producer, 2: [{1: 5, 2: [{2: 0, 4: end}, {1: 3, 2: 1, 4: 0}]}]}
    return connection.call(Api.REGISTER_PRODUCER_OFFSETS, request)


def registered(connection, producer):
    """{(table, partition, bucket): end}, None where nothing is registered."""
    body = connection.call(Api.GET_PRODUCER_OFFSETS, {1: producer}).body
    if body.text(1) is None:
        return None
    return {(table.int(1), bucket.int(1), bucket.int(2)): bucket.int(4)
            for table in body.messages(3) for bucket in table.messages(2)}


def test_the_first_registration_counts(wire):
    assert register(wire, "job-1").body.int(1) == CREATED
    assert register(wire, "job-1", end=9).body.int(1) == WAS_THERE
    assert registered(wire, "job-1") == {(5, None, 0): 7, (5, 3, 1): 0}
    assert wire.call(Api.DELETE_PRODUCER_OFFSETS, {1: "job-1"}).kind == ResponseKind.SUCCESS
    assert registered(wire, "job-1") is None
    assert register(wire, "job-1", end=9).body.int(1) == CREATED
    assert registered(wire, "job-1")[5, None, 0] == 9


def test_nothing_is_registered(wire):
    assert registered(wire, "job-0") is None
    assert wire.call(Api.DELETE_PRODUCER_OFFSETS, {1: "job-0"}).kind == ResponseKind.SUCCESS


@pytest.mark.parametrize("producer", ["", "a/b", "..", "a b", "ä"])
def test_ids_that_are_none(wire, producer):
    assert register(wire, producer).error_code == Error.INVALID_PRODUCER_ID


def test_leases_of_what_is_not_there(wire):
    """Readers give up their lease at the end, whether they had one or not."""
    assert wire.call(Api.RELEASE_KV_SNAPSHOT_LEASE, {1: "reader"}).kind == ResponseKind.SUCCESS
    assert wire.call(Api.DROP_KV_SNAPSHOT_LEASE, {1: "reader"}).kind == ResponseKind.SUCCESS
