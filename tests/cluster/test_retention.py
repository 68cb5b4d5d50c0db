"""Segments past the table's TTL vanish; readers find what is left, and are told what is not there any more."""

import time

import pyarrow as pa
import pytest

import log_batch
import servers
from log_table import EARLIEST, UNCOMPRESSED, LogTable, poll_until
from wire import Error

COLUMNS = {"id": {"type": "BIGINT"}, "text": {"type": "STRING"}}
SCHEMA = pa.schema([("id", pa.int64()), ("text", pa.string())])
EARLIEST_OFFSET, LATEST_OFFSET = 0, 1
BATCHES = 20
ROWS = 10
# Some batches of batch_of() fit one segment.
OPTIONS = {"log.segment.file-size": "8kb", "log.retention.check-interval": "100ms"}
TTL_S = 2


def batch_of(first_id):
    ids = range(first_id, first_id + ROWS)
    return log_batch.build(pa.RecordBatch.from_pylist([{"id": i, "text": "x" * 200} for i in ids], SCHEMA))


def segments(server):
    return sorted(int(file.stem) for file in (server.folder / "data/fluss").rglob("*.log"))


def earliest(table):
    offset = table.list_offsets(EARLIEST_OFFSET)
    assert offset.error_code == Error.NONE
    return offset.offset


@pytest.mark.parametrize("roll_active", [False, True])
def test_old_segments_vanish(roll_active):
    options = {**OPTIONS, "log.retention.roll-active-segment.enabled": str(roll_active).lower()}
    with servers.MillraceServer(options) as server:
        table = LogTable(server.bootstrap, "fluss", "expiring", COLUMNS,
                         properties={**UNCOMPRESSED, "table.log.ttl": f"{TTL_S}s"})
        for i in range(BATCHES):
            assert table.produce(batch_of(i * ROWS)) == (Error.NONE, i * ROWS)
        begin = time.monotonic()
        end = BATCHES * ROWS
        written = segments(server)
        assert len(written) > 3 and written[0] == 0
        first_left = end if roll_active else written[-1]
        poll_until(lambda: earliest(table) == first_left, "old segments to vanish")
        assert time.monotonic() - begin > TTL_S / 2, "data went before its time"
        poll_until(lambda: segments(server) == [first_left], "files to be deleted")

        fetched = table.fetch(EARLIEST)
        assert (fetched.error_code, fetched.log_start_offset, fetched.high_watermark) == (0, first_left, end)
        ids = [row["id"] for batch in fetched.batches for row in batch.rows(SCHEMA)]
        assert ids == list(range(first_left, end))
        for gone in (0, first_left - 1):
            assert table.fetch(gone).error_code == Error.LOG_OFFSET_OUT_OF_RANGE
        assert table.list_offsets(LATEST_OFFSET) == (Error.NONE, end)

        assert table.produce(batch_of(end)) == (Error.NONE, end)
        server.restart()
        table.reconnect()
        assert earliest(table) >= first_left
        assert table.list_offsets(LATEST_OFFSET) == (Error.NONE, end + ROWS)


def test_a_table_without_ttl_keeps_all():
    """Deleting is proved to go on by a table beside it that loses its segments."""
    with servers.MillraceServer(OPTIONS) as server:
        kept = LogTable(server.bootstrap, "fluss", "kept", COLUMNS, properties={**UNCOMPRESSED, "table.log.ttl": "0s"})
        expiring = LogTable(server.bootstrap, "fluss", "expiring", COLUMNS,
                            properties={**UNCOMPRESSED, "table.log.ttl": "1s"})
        for i in range(BATCHES):
            for table in (kept, expiring):
                assert table.produce(batch_of(i * ROWS)) == (Error.NONE, i * ROWS)
        poll_until(lambda: earliest(expiring) > 0, "old segments to vanish")
        assert earliest(kept) == 0
