"""Short forms of what most tests do with the official client."""

import asyncio
import contextlib

import fluss
import pyarrow as pa
import pytest

from wire import Error

NOT_LED = (Error.NOT_LEADER_OR_FOLLOWER, Error.UNKNOWN_TABLE_OR_BUCKET, Error.LEADER_NOT_AVAILABLE)


async def connect(bootstrap, **options):
    """A connection with client options of its own."""
    return await fluss.FlussConnection.create(fluss.Config({"bootstrap.servers": bootstrap, **options}))


def path(database, name="log"):
    return fluss.TablePath(database, name)


async def create_table(connection, table_path, columns, **descriptor):
    """Creates a table of the columns [(name, Arrow type)] and opens it."""
    schema = fluss.Schema(pa.schema(columns))
    await connection.get_admin().create_table(table_path, fluss.TableDescriptor(schema, **descriptor))
    return await connection.get_table(table_path)


async def append_rows(table, rows):
    """Appends the rows and returns when all are acknowledged."""
    writer = table.new_append().create_writer()
    for row in rows:
        writer.append(row)
    await writer.flush()


def all_buckets(table, offset=fluss.EARLIEST_OFFSET):
    return {bucket: offset for bucket in range(table.get_table_info().num_buckets)}


async def read_arrow(table, offsets=None, scan=None):
    """What the buckets hold from the offsets {bucket: offset} on, by default everything."""
    scanner = await (scan or table.new_scan()).create_record_batch_log_scanner()
    scanner.subscribe_buckets(offsets or all_buckets(table))
    return await scanner.to_arrow()


async def read_rows(table, offsets=None, scan=None):
    return (await read_arrow(table, offsets, scan)).to_pylist()


async def poll_records(scanner, count):
    """The next records of a record scanner, at least `count`; the test's deadline bounds the wait."""
    records = []
    while len(records) < count:
        records += await scanner.poll(1000)
    return records


async def once_led(call):
    """Repeats a call until a leader answers: a bucket gets one a moment after its table or partition was created."""
    while True:
        try:
            return await call()
        except fluss.FlussError as error:
            if error.error_code not in NOT_LED and "No leader found" not in error.message:
                raise
            await asyncio.sleep(0.01)


@contextlib.contextmanager
def raises_error(code, message=""):
    """The client must raise the server's error of this code, its text containing the message."""
    with pytest.raises(fluss.FlussError) as raised:
        yield
    assert (raised.value.error_code, message in raised.value.message) == (code, True), raised.value
