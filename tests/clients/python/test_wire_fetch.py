"""FETCH_LOG by a bare client: positions, sizes, waiting."""

import time

import pyarrow as pa
import pytest

import wire
from log_batch import build
from log_table import EARLIEST, fetch_request, fetched_buckets
from wire import Api, Error

SCHEMA = pa.schema([("id", pa.int32()), ("name", pa.string())])
COLUMNS = {"id": {"type": "INTEGER"}, "name": {"type": "STRING"}}
WAIT_MS = 600
LONG_WAIT_MS = 4000
SOON_S = 2

append_wakes = pytest.mark.expect_fixed("an append does not wake a waiting fetch, which is answered after its wait")


def records(start, count=2):
    return pa.RecordBatch.from_pylist([{"id": i, "name": f"name {i}"} for i in range(start, start + count)], SCHEMA)


@pytest.fixture
def table(log_table):
    """Six rows in three batches"""
    filled = log_table(COLUMNS)
    for start in range(0, 6, 2):
        filled.produce(build(records(start)))
    return filled


@pytest.fixture
def empty_table(log_table):
    return log_table(COLUMNS)


@pytest.fixture
def elapsed_s():
    started = time.monotonic()
    return lambda: time.monotonic() - started


def base_offsets(fetched):
    return [batch.base_offset for batch in fetched.batches]


# --- positions ---


@pytest.mark.parametrize("offset, expected", [
    (EARLIEST, [0, 2, 4]), (0, [0, 2, 4]), (1, [0, 2, 4]), (2, [2, 4]), (3, [2, 4]), (5, [4]), (6, []),
])
def test_batch_that_holds_the_offset_comes_first(table, offset, expected):
    fetched = table.fetch(offset)
    assert base_offsets(fetched) == expected
    assert (fetched.high_watermark, fetched.log_start_offset) == (6, 0)


@pytest.mark.parametrize("offset", [7, 1 << 40, (1 << 63) - 1, -1, -3, -(1 << 63)])
def test_offset_out_of_range(table, offset):
    assert table.fetch(offset).error_code == Error.LOG_OFFSET_OUT_OF_RANGE
    assert table.fetch(offset, min_bytes=1, max_wait_ms=LONG_WAIT_MS).error_code == Error.LOG_OFFSET_OUT_OF_RANGE


def test_empty_bucket(empty_table):
    for offset in (EARLIEST, 0):
        fetched = empty_table.fetch(offset)
        assert (fetched.error_code, fetched.high_watermark, fetched.records) == (Error.NONE, 0, b"")


def test_unknown_table_and_bucket(table):
    response = table.connection.call(Api.FETCH_LOG, fetch_request(table.table_id, {0: 0, 7: 0}))
    answers = fetched_buckets(response)
    assert (answers[0].error_code, base_offsets(answers[0])) == (Error.NONE, [0, 2, 4])
    assert answers[7].error_code == Error.UNKNOWN_TABLE_OR_BUCKET
    response = table.connection.call(Api.FETCH_LOG, fetch_request(1 << 40, {0: 0}))
    assert fetched_buckets(response)[0].error_code == Error.UNKNOWN_TABLE_OR_BUCKET


def test_no_tables(table):
    request = {1: -1, 2: 1 << 20}
    assert fetched_buckets(table.connection.call(Api.FETCH_LOG, request)) == {}


# --- sizes ---


@pytest.mark.parametrize("limits", [
    {"max_bytes": 1}, {"max_bytes_per_bucket": 1}, {"max_bytes": 0}, {"max_bytes_per_bucket": 0},
])
def test_one_batch_comes_even_if_it_is_too_large(table, limits):
    for offset in (0, 2, 4):
        assert base_offsets(table.fetch(offset, **limits)) == [offset]


def test_size_limit_per_bucket(table):
    sizes = [len(batch.data) for batch in table.fetch().batches]
    assert base_offsets(table.fetch(max_bytes_per_bucket=sum(sizes))) == [0, 2, 4]
    assert base_offsets(table.fetch(max_bytes_per_bucket=sum(sizes) - 1)) == [0, 2]
    assert base_offsets(table.fetch(max_bytes_per_bucket=sizes[0])) == [0]
    assert len(table.fetch(max_bytes_per_bucket=sizes[0] + 10).records) <= sizes[0] + 10


def test_size_limit_of_the_request(log_table):
    """One bucket gets its batch whole; then nothing is left for the others."""
    table = log_table(COLUMNS, bucket_count=3)
    for bucket in range(3):
        table.produce(build(records(0)), bucket)
    request = fetch_request(table.table_id, dict.fromkeys(range(3), 0), max_bytes=1)
    answers = fetched_buckets(table.connection.call(Api.FETCH_LOG, request))
    assert sorted(base_offsets(answers[bucket]) for bucket in range(3)) == [[], [], [0]]
    assert all(answer.high_watermark == 2 for answer in answers.values())


def test_buckets_of_one_request(log_table):
    table = log_table(COLUMNS, bucket_count=3)
    for bucket in range(3):
        table.produce(build(records(10 * bucket)), bucket)
    response = table.connection.call(Api.FETCH_LOG, fetch_request(table.table_id, {0: 0, 1: 2, 2: EARLIEST}))
    answers = fetched_buckets(response)
    rows = {bucket: [batch.rows(SCHEMA) for batch in answer.batches] for bucket, answer in answers.items()}
    assert rows == {0: [records(0).to_pylist()], 1: [], 2: [records(20).to_pylist()]}


# --- waiting ---


@pytest.mark.parametrize("waiting", [{}, {"max_wait_ms": LONG_WAIT_MS}, {"min_bytes": 1, "max_wait_ms": 0},
                                     {"min_bytes": 0, "max_wait_ms": LONG_WAIT_MS}])
def test_no_wait_unless_asked_for(empty_table, elapsed_s, waiting):
    assert empty_table.fetch(0, **waiting).records == b""
    assert elapsed_s() < SOON_S


def test_wait_ends_in_time(empty_table, elapsed_s):
    assert empty_table.fetch(0, min_bytes=1, max_wait_ms=WAIT_MS).records == b""
    assert elapsed_s() >= WAIT_MS / 1000


def test_no_wait_when_there_is_enough(table, elapsed_s):
    assert base_offsets(table.fetch(4, min_bytes=1, max_wait_ms=LONG_WAIT_MS)) == [4]
    assert elapsed_s() < SOON_S


def test_wait_for_more_than_there_is_ends_with_what_there_is(table):
    assert base_offsets(table.fetch(4, min_bytes=1 << 20, max_wait_ms=WAIT_MS)) == [4]


def test_no_wait_when_no_bucket_can_be_read(table, elapsed_s):
    fetched = table.fetch(0, bucket=7, min_bytes=1, max_wait_ms=LONG_WAIT_MS)
    assert fetched.error_code == Error.UNKNOWN_TABLE_OR_BUCKET
    assert elapsed_s() < SOON_S


@append_wakes
def test_append_wakes_a_waiting_fetch(empty_table):
    with empty_table.connect() as reader:
        waiting = send_waiting_fetch(reader, empty_table, 0)
        started = time.monotonic()
        empty_table.produce(build(records(0)))
        (fetched,) = fetched_buckets(reader.receive(waiting)).values()
        assert time.monotonic() - started < SOON_S
    assert base_offsets(fetched) == [0]


@append_wakes
def test_append_wakes_every_waiting_fetch(empty_table):
    readers = [empty_table.connect() for _ in range(10)]
    waiting = [send_waiting_fetch(reader, empty_table, 0) for reader in readers]
    started = time.monotonic()
    empty_table.produce(build(records(0)))
    for reader, request in zip(readers, waiting):
        assert base_offsets(fetched_buckets(reader.receive(request))[0]) == [0]
        reader.close()
    assert time.monotonic() - started < SOON_S


@append_wakes
def test_append_below_min_bytes_does_not_wake(empty_table):
    batch = build(records(0))
    with empty_table.connect() as reader:
        waiting = send_waiting_fetch(reader, empty_table, 0, min_bytes=2 * len(batch))
        started = time.monotonic()
        empty_table.produce(batch)
        between = reader.send(Api.GET_METADATA, {})
        assert reader.receive_any().request_id == between
        empty_table.produce(batch)
        (fetched,) = fetched_buckets(reader.receive(waiting)).values()
        assert time.monotonic() - started < SOON_S
    assert base_offsets(fetched) == [0, 2]


@append_wakes
def test_append_to_one_of_many_buckets_wakes(log_table):
    table = log_table(COLUMNS, bucket_count=5)
    with table.connect() as reader:
        request = fetch_request(table.table_id, dict.fromkeys(range(5), 0), min_bytes=1, max_wait_ms=LONG_WAIT_MS)
        waiting = reader.send(Api.FETCH_LOG, request)
        wire.api_versions(reader)  # answered after the fetch was parked
        started = time.monotonic()
        table.produce(build(records(0)), bucket=3)
        answers = fetched_buckets(reader.receive(waiting))
        assert time.monotonic() - started < SOON_S
    assert {bucket: base_offsets(answer) for bucket, answer in answers.items()} == {0: [], 1: [], 2: [], 3: [0], 4: []}


def send_waiting_fetch(reader, table, offset, min_bytes=1):
    """Returns the request's id when the server has parked it: requests of a connection start in order."""
    request = fetch_request(table.table_id, {0: offset}, min_bytes=min_bytes, max_wait_ms=LONG_WAIT_MS)
    waiting = reader.send(Api.FETCH_LOG, request)
    wire.api_versions(reader)
    return waiting
