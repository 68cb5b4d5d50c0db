"""What was acknowledged is there after a restart and after a crash, and the log goes on where it was."""

import pyarrow as pa
import pytest

import fluss
from fluss_tables import append_rows, connect, create_table, once_led, path, read_rows
from log_batch import build
from log_table import LogTable
from wire import Error

COLUMNS = [("id", pa.int32()), ("name", pa.string())]
SCHEMA = pa.schema(COLUMNS)
DATABASE = "durable"


def rows(start, count):
    return [{"id": i, "name": f"name {i}"} for i in range(start, start + count)]


@pytest.fixture
def own_server(server_class):
    """A server that the test may stop."""
    with server_class() as running:
        yield running


def crash(server):
    server.kill()
    server.start()


def restart(server):
    server.restart()


CRASH = pytest.param(crash, marks=pytest.mark.millrace_only("what the Java server keeps is a matter of timing"))


@pytest.mark.parametrize("interrupt", [restart, CRASH])
async def test_rows_are_kept(own_server, interrupt):
    async with await connect(own_server.bootstrap) as connection:
        await connection.get_admin().create_database(DATABASE, fluss.DatabaseDescriptor("kept", {"a": "b"}))
        table = await create_table(connection, path(DATABASE), COLUMNS, bucket_count=3, bucket_keys=["id"])
        await append_rows(table, rows(0, 500))
        info = table.get_table_info()
    for turn in range(1, 3):
        interrupt(own_server)
        async with await connect(own_server.bootstrap) as connection:
            table = await connection.get_table(path(DATABASE))
            assert await sorted_rows(connection, table) == rows(0, 500 * turn)
            await append_rows(table, rows(500 * turn, 500))
            assert await sorted_rows(connection, table) == rows(0, 500 * (turn + 1))
            assert_same_table(table.get_table_info(), info)
            database = await connection.get_admin().get_database_info(DATABASE)
            assert database.get_database_descriptor().get_custom_properties() == {"a": "b"}


async def sorted_rows(connection, table):
    latest = fluss.OffsetSpec.latest()
    await once_led(lambda: connection.get_admin().list_offsets(table.get_table_path(), [0, 1, 2], latest))
    return sorted(await read_rows(table), key=lambda row: row["id"])


def assert_same_table(info, expected):
    for name in ("table_id", "schema_id", "created_time", "num_buckets"):
        assert getattr(info, name) == getattr(expected, name)
    assert info.get_properties() == expected.get_properties()


async def test_partitions_are_kept(own_server):
    async with await connect(own_server.bootstrap) as connection:
        admin = connection.get_admin()
        await admin.create_database(DATABASE)
        await create_table(connection, path(DATABASE), COLUMNS, partition_keys=["name"])
        for name in ("a", "b", "c"):
            await admin.create_partition(path(DATABASE), {"name": name})
        await admin.drop_partition(path(DATABASE), {"name": "b"})
        before = await partition_ids(admin)
    own_server.restart()
    async with await connect(own_server.bootstrap) as connection:
        admin = connection.get_admin()
        assert await partition_ids(admin) == before
        await admin.create_partition(path(DATABASE), {"name": "b"})
        after = await partition_ids(admin)
        assert after["b"] > max(before.values())


async def partition_ids(admin):
    return {info.partition_name: info.partition_id for info in await admin.list_partition_infos(path(DATABASE))}


@pytest.mark.parametrize("interrupt", [restart, CRASH])
def test_writers_are_remembered(own_server, interrupt):
    """A retry that crosses the interruption is still recognised, and a gap still refused."""
    columns = {"id": {"type": "INTEGER"}, "name": {"type": "STRING"}}
    table = LogTable(own_server.bootstrap, DATABASE, "log", columns)
    writer = table.init_writer()
    batches = [build(pa.RecordBatch.from_pylist(rows(sequence, 1), SCHEMA), writer, sequence) for sequence in range(5)]
    for sequence in range(3):
        assert table.produce(batches[sequence]) == (Error.NONE, sequence)
    interrupt(own_server)

    table.reconnect()
    assert table.fetch().high_watermark == 3
    assert table.produce(batches[4]).error_code == Error.OUT_OF_ORDER_SEQUENCE
    assert table.produce(batches[2]) == (Error.NONE, 2)
    assert table.produce(batches[3]) == (Error.NONE, 3)
    assert table.init_writer() > writer
    table.connection.close()
