"""LIST_OFFSETS by a bare client."""

import time

import pyarrow as pa
import pytest

from log_batch import build
from wire import Error

EARLIEST, LATEST, TIMESTAMP = 0, 1, 2
SCHEMA = pa.schema([("id", pa.int32())])
RECORDS = pa.RecordBatch.from_pylist([{"id": 1}, {"id": 2}], SCHEMA)


def now_ms():
    return time.time_ns() // 1_000_000


@pytest.fixture
def table(log_table):
    return log_table({"id": {"type": "INTEGER"}})


def produce_in_distinct_milliseconds(table, count):
    """The commit timestamps of batches of two rows each"""
    for _ in range(count):
        table.produce(build(RECORDS))
        written_ms = now_ms()
        while now_ms() <= written_ms:
            pass
    return [batch.timestamp_ms for batch in table.fetch().batches]


def test_empty_bucket(table):
    assert table.list_offsets(EARLIEST) == (Error.NONE, 0)
    assert table.list_offsets(LATEST) == (Error.NONE, 0)
    assert table.list_offsets(TIMESTAMP, timestamp_ms=now_ms()) == (Error.NONE, 0)


def test_earliest_and_latest(table):
    for count in (1, 2, 3):
        table.produce(build(RECORDS))
        assert table.list_offsets(EARLIEST) == (Error.NONE, 0)
        assert table.list_offsets(LATEST) == (Error.NONE, 2 * count)


def test_timestamp_finds_the_first_batch_not_older(table):
    timestamps = produce_in_distinct_milliseconds(table, 20)
    assert timestamps == sorted(set(timestamps))
    for number, timestamp_ms in enumerate(timestamps):
        assert table.list_offsets(TIMESTAMP, timestamp_ms=timestamp_ms) == (Error.NONE, 2 * number)
        previous_ms = timestamps[number - 1] if number else 0
        assert table.list_offsets(TIMESTAMP, timestamp_ms=previous_ms + 1) == (Error.NONE, 2 * number)


def test_timestamp_after_the_last_batch_is_the_end(table):
    (timestamp_ms,) = produce_in_distinct_milliseconds(table, 1)
    assert table.list_offsets(TIMESTAMP, timestamp_ms=timestamp_ms + 1) == (Error.NONE, 2)


@pytest.mark.parametrize("timestamp_ms", [0, -1, -(1 << 63)])
def test_timestamp_before_everything(table, timestamp_ms):
    table.produce(build(RECORDS))
    assert table.list_offsets(TIMESTAMP, timestamp_ms=timestamp_ms) == (Error.NONE, 0)


@pytest.mark.parametrize("ahead_ms", [60_000, 1 << 40])
def test_timestamp_in_the_future(table, ahead_ms):
    table.produce(build(RECORDS))
    offset = table.list_offsets(TIMESTAMP, timestamp_ms=now_ms() + ahead_ms)
    assert offset == (Error.INVALID_TIMESTAMP, None)


def test_timestamp_missing(table):
    assert table.list_offsets(TIMESTAMP).error_code != Error.NONE


def test_unknown_offset_type(table):
    assert table.list_offsets(17).error_code != Error.NONE


def test_unknown_bucket_and_table(table):
    assert table.list_offsets(LATEST, bucket=7) == (Error.UNKNOWN_TABLE_OR_BUCKET, None)
    table.table_id = 1 << 40
    assert table.list_offsets(LATEST) == (Error.UNKNOWN_TABLE_OR_BUCKET, None)
