"""A full disk: producers are told to try again, reads go on, and writing goes on by itself when there is room."""

import subprocess

import pyarrow as pa
import pytest

import log_batch
import servers
from log_table import LogTable, poll_until

COLUMNS = {"id": {"type": "BIGINT"}, "text": {"type": "STRING"}}
SCHEMA = pa.schema([("id", pa.int64()), ("text", pa.string())])
LOG_STORAGE = 10
DISK_MB = 64
ROWS = 100


def batch_of(first_id):
    ids = range(first_id, first_id + ROWS)
    return log_batch.build(pa.RecordBatch.from_pylist([{"id": i, "text": "x" * 2000} for i in ids], SCHEMA))


@pytest.fixture
def disk(tmp_path):
    """A small disk, mounted where a server of the folder keeps its data."""
    data = tmp_path / "data"
    data.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", data], capture_output=True,
                           check=False)
    if mount.returncode != 0:
        pytest.skip("mounting a disk needs root: " + mount.stderr.decode())
    yield data
    subprocess.run(["umount", data], check=True)


def fill(file, leave_bytes=0):
    """Takes what room there is."""
    block = bytes(1 << 16)
    with file.open("wb", buffering=0) as ballast:
        try:
            while ballast.write(block) == len(block):
                pass
        except OSError:
            pass
        ballast.truncate(max(ballast.tell() - leave_bytes, 0))


def ids_of(table):
    ids = []
    while batches := table.fetch(len(ids)).batches:
        ids += [row["id"] for batch in batches for row in batch.rows(SCHEMA)]
    return ids


def produce_until_refused(table, next_id):
    while (produced := table.produce(batch_of(next_id))).error_code == 0:
        assert produced.base_offset == next_id
        next_id += ROWS
    assert produced.error_code == LOG_STORAGE
    return next_id


def check_full_and_free_again(disk, tmp_path, options, leave_bytes):
    with servers.MillraceServer(options, folder=tmp_path) as server:
        table = LogTable(server.bootstrap, "fluss", "full", COLUMNS)
        next_id = 0
        for _ in range(2):
            for _ in range(3):
                assert table.produce(batch_of(next_id)) == (0, next_id)
                next_id += ROWS
            ballast = disk / "ballast"
            fill(ballast, leave_bytes)
            next_id = produce_until_refused(table, next_id)
            assert ids_of(table) == list(range(next_id))
            assert table.produce(batch_of(next_id)).error_code == LOG_STORAGE

            ballast.unlink()
            poll_until(lambda: table.produce(batch_of(next_id)).error_code == 0, "writes to be taken again")
            next_id += ROWS
            assert ids_of(table) == list(range(next_id))
        server.kill()
        server.start()
        table.reconnect()
        assert ids_of(table) == list(range(next_id))


def test_writes_are_refused_before_the_disk_is_full(disk, tmp_path):
    options = {"server.data-disk.write-limit-ratio": "0.9", "server.data-disk.write-recover-ratio": "0.8",
               "server.data-disk.check-interval": "1s"}
    # Room for all that comes until the next look at the disk.
    check_full_and_free_again(disk, tmp_path, options, leave_bytes=5 << 20)


def test_a_disk_that_is_full_to_the_last_byte(disk, tmp_path):
    options = {"server.data-disk.write-limit-ratio": "1.0"}
    check_full_and_free_again(disk, tmp_path, options, leave_bytes=0)
