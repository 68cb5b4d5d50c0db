"""A log that the Java server wrote opens in Millrace, and one that Millrace wrote opens in the Java server."""

import shutil

import pyarrow as pa
import pytest

import log_batch
import servers
from log_table import LEADER_DEADLINE_S, LogTable
from wire import Error

DATABASE, TABLE = "fluss", "moved"
COLUMNS = {"id": {"type": "BIGINT"}, "text": {"type": "STRING"}}
ARROW_SCHEMA = pa.schema([("id", pa.int64()), ("text", pa.string())])
# Small segments and dense indexes, so that there are several of each.
OPTIONS = {"log.segment.file-size": "16kb", "log.index.interval-size": "1kb"}
UNCOMPRESSED = {"table.log.arrow.compression.type": "NONE"}
BATCHES, ROWS = 120, 3
WRITER = 7


def rows_of(batch_number):
    return [{"id": batch_number * ROWS + i, "text": f"row {batch_number}.{i}"} for i in range(ROWS)]


def records_of(batch_number):
    arrow = pa.RecordBatch.from_pylist(rows_of(batch_number), ARROW_SCHEMA)
    return log_batch.build(arrow, writer_id=WRITER, sequence=batch_number)


def create_table(server):
    return LogTable(server.bootstrap, DATABASE, TABLE, COLUMNS, properties=UNCOMPRESSED, attempts=server.table_attempts)


def read_rows(table):
    rows = []
    while batches := table.fetch(len(rows)).batches:
        for batch in batches:
            assert batch.crc_matches and batch.base_offset == len(rows)
            rows += batch.rows(ARROW_SCHEMA)
    return rows


def tablet_folder(server, table):
    return server.data_folder / DATABASE / f"{TABLE}-{table.table_id}" / "log-0"


def move_log(source, source_table, target, target_table):
    """Puts the source's log in place of the target's, as if the target had stopped cleanly with it."""
    folder = tablet_folder(target, target_table)
    shutil.rmtree(folder)
    shutil.copytree(tablet_folder(source, source_table), folder)
    entry = f"{target_table.table_id} 0 {BATCHES * ROWS}"
    for name in ("recovery-point-offset-checkpoint", "high-watermark-checkpoint"):
        (target.data_folder / name).write_text(f"0\n1\n{entry}\n")


@pytest.mark.parametrize("direction", ["java to millrace", "millrace to java"])
@pytest.mark.parametrize("stop", ["clean", "killed"])
def test_log_moves(direction, stop):
    millrace, java = servers.MillraceServer(OPTIONS), servers.JavaServer(OPTIONS)
    source, target = (java, millrace) if direction.startswith("java") else (millrace, java)
    with source, target:
        written, moved = create_table(source), create_table(target)
        for batch in range(BATCHES):
            assert written.produce(records_of(batch)).base_offset == batch * ROWS
        source.stop() if stop == "clean" else source.kill()
        target.stop()
        move_log(source, written, target, moved)
        target.start()
        moved.connection = moved.connect()
        servers.wait_until(lambda: moved.fetch(0).error_code == Error.NONE, "a leader", LEADER_DEADLINE_S)
        assert read_rows(moved) == [row for batch in range(BATCHES) for row in rows_of(batch)]
        # The writers moved too: its last batch is known, and the next one follows.
        assert moved.produce(records_of(BATCHES - 1)).base_offset == (BATCHES - 1) * ROWS
        assert moved.produce(records_of(BATCHES + 1)).error_code == Error.OUT_OF_ORDER_SEQUENCE
        assert moved.produce(records_of(BATCHES)).base_offset == BATCHES * ROWS
