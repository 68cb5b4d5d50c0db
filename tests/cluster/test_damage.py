"""Damaged files: what a crash explains is repaired, what it does not takes its bucket offline and no other."""

import pyarrow as pa
import pytest

import log_batch
import servers
from log_table import LogTable

COLUMNS = {"id": {"type": "BIGINT"}, "text": {"type": "STRING"}}
SCHEMA = pa.schema([("id", pa.int64()), ("text", pa.string())])
STORAGE = 26
LATEST = 1
BATCHES = 20
ROWS = 10


def batch_of(first_id):
    ids = range(first_id, first_id + ROWS)
    return log_batch.build(pa.RecordBatch.from_pylist([{"id": i, "text": f"row {i}"} for i in ids], SCHEMA))


@pytest.fixture
def server():
    with servers.MillraceServer() as running:
        yield running


@pytest.fixture
def table(server):
    """Two buckets with the same rows."""
    table = LogTable(server.bootstrap, "fluss", "damaged", COLUMNS, bucket_count=2)
    for bucket in range(2):
        for i in range(BATCHES):
            assert table.produce(batch_of(i * ROWS), bucket) == (0, i * ROWS)
    return table


def log_file(server, bucket):
    (file,) = (server.folder / "data" / "fluss").glob(f"damaged-*/log-{bucket}/*.log")
    return file


def ids_of(table, bucket):
    return [row["id"] for batch in table.fetch(0, bucket).batches for row in batch.rows(SCHEMA)]


def batch_positions(data):
    position, positions = 0, []
    for batch in log_batch.parse(data):
        positions.append(position)
        position += len(batch.data)
    return positions


def damage_middle(file):
    """Flips a bit in the middle of the file; returns where the batch begins that holds it."""
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    positions = batch_positions(bytes(data))
    data[middle] ^= 0x10
    file.write_bytes(data)
    return max(position for position in positions if position <= middle)


def assert_only_bucket_1_serves(table):
    assert table.fetch(0, 0).error_code == STORAGE
    assert table.produce(batch_of(0), 0).error_code == STORAGE
    assert table.list_offsets(LATEST, 0).error_code == STORAGE
    assert table.list_offsets(LATEST, 1) == (0, BATCHES * ROWS)
    assert ids_of(table, 1) == list(range(BATCHES * ROWS))


def test_damage_in_the_middle_takes_one_bucket_offline(server, table):
    file = log_file(server, 0)
    server.kill()
    position = damage_middle(file)
    server.start()
    table.connection = table.connect()
    assert_only_bucket_1_serves(table)
    assert table.produce(batch_of(BATCHES * ROWS), 1) == (0, BATCHES * ROWS)
    complaints = [line for line in server._process.log().splitlines() if str(file) in line]
    assert complaints and all("[error]" in line for line in complaints)
    assert f"byte {position}" in complaints[0]


def test_a_clean_stop_does_not_hide_damage(server, table):
    server.kill()
    damage_middle(log_file(server, 0))
    server.start()
    server.restart()
    table.connection = table.connect()
    assert_only_bucket_1_serves(table)


@pytest.mark.parametrize("cut", [1, 30, 100])
def test_a_torn_tail_is_cut(server, table, cut):
    file = log_file(server, 0)
    server.kill()
    data = file.read_bytes()
    last = batch_positions(data)[-1]
    file.write_bytes(data[:-cut])
    server.start()
    table.reconnect()
    assert file.stat().st_size == last
    kept = (BATCHES - 1) * ROWS
    assert ids_of(table, 0) == list(range(kept))
    assert ids_of(table, 1) == list(range(BATCHES * ROWS))
    assert table.produce(batch_of(kept), 0) == (0, kept)
    assert ids_of(table, 0) == list(range(BATCHES * ROWS))


def test_bytes_that_were_never_written_are_cut(server, table):
    """After a loss of power a file may be longer than what of it was written: zeros at its end."""
    file = log_file(server, 0)
    server.kill()
    size = file.stat().st_size
    with file.open("ab") as log:
        log.write(bytes(5000))
    server.start()
    table.reconnect()
    assert file.stat().st_size == size
    assert ids_of(table, 0) == list(range(BATCHES * ROWS))
