"""Appending: rows, Arrow batches, data frames, large values, compression, many writers."""

import asyncio

import pandas as pd
import pyarrow as pa
import pytest

import fluss
from fluss_tables import append_rows, connect, create_table, path, poll_records, read_arrow, read_rows

COLUMNS = [("id", pa.int32()), ("name", pa.string()), ("weight", pa.float64())]
MEGABYTE = 1 << 20


def rows(start, count):
    return [{"id": i, "name": f"name {i}" if i % 3 else None, "weight": i / 8} for i in range(start, start + count)]


@pytest.fixture(params=["NONE", "LZ4_FRAME", "ZSTD"])
def compression(request):
    return {"table.log.arrow.compression.type": request.param}


async def test_rows_by_name_and_by_position(connection, database):
    table = await create_table(connection, path(database), COLUMNS)
    await append_rows(table, [{"weight": 1.5, "id": 1, "name": "by name"}, [2, "by list", 2.5], (3, "by tuple", 3.5),
                              {"id": 4}])
    assert await read_rows(table) == [
        {"id": 1, "name": "by name", "weight": 1.5},
        {"id": 2, "name": "by list", "weight": 2.5},
        {"id": 3, "name": "by tuple", "weight": 3.5},
        {"id": 4, "name": None, "weight": None},
    ]


async def test_record_metadata(connection, database):
    table = await create_table(connection, path(database), COLUMNS)
    await append_rows(table, rows(0, 3))
    scanner = await table.new_scan().create_log_scanner()
    scanner.subscribe(0, fluss.EARLIEST_OFFSET)
    records = await poll_records(scanner, 3)
    assert [record.offset for record in records] == [0, 1, 2]
    assert all(record.change_type == fluss.ChangeType.AppendOnly for record in records)
    created_time = table.get_table_info().created_time
    assert all(record.timestamp >= created_time for record in records)


async def test_rows_in_compressed_batches(connection, database, compression):
    table = await create_table(connection, path(database), COLUMNS, properties=compression)
    await append_rows(table, rows(0, 10_000))
    assert await read_rows(table) == rows(0, 10_000)


async def test_arrow_in_compressed_batches(connection, database, compression):
    table = await create_table(connection, path(database), COLUMNS, properties=compression)
    writer = table.new_append().create_writer()
    writer.write_arrow(pa.Table.from_pylist(rows(0, 5000), pa.schema(COLUMNS)))
    await writer.write_arrow_batch(pa.RecordBatch.from_pylist(rows(5000, 5000), pa.schema(COLUMNS))).wait()
    await writer.flush()
    assert await read_rows(table) == rows(0, 10_000)


async def test_pandas(connection, database):
    table = await create_table(connection, path(database), COLUMNS)
    frame = pd.DataFrame({"id": pd.array([1, 2], "int32"), "name": ["a", "b"], "weight": [0.5, 1.5]})
    writer = table.new_append().create_writer()
    writer.write_pandas(frame)
    await writer.flush()

    scanner = await table.new_scan().create_record_batch_log_scanner()
    scanner.subscribe(0, fluss.EARLIEST_OFFSET)
    pd.testing.assert_frame_equal(await scanner.to_pandas(), frame)


async def test_offsets_continue_over_batches(connection, admin, database):
    table = await create_table(connection, path(database), COLUMNS)
    for start in (0, 1, 3):
        await append_rows(table, rows(start, 1 if start == 0 else start + 1))
    assert await admin.list_offsets(path(database), [0], fluss.OffsetSpec.latest()) == {0: 7}
    scanner = await table.new_scan().create_record_batch_log_scanner()
    scanner.subscribe(0, fluss.EARLIEST_OFFSET)
    batches = []
    while not batches or batches[-1].last_offset < 6:
        batches += await scanner.poll_record_batch(1000)
    assert [(batch.base_offset, batch.last_offset) for batch in batches] == [(0, 0), (1, 2), (3, 6)]


@pytest.mark.parametrize("size", [MEGABYTE, 5 * MEGABYTE])
async def test_large_strings(connection, database, size, compression):
    table = await create_table(connection, path(database), COLUMNS, properties=compression)
    large = [[1, "a" * size, 1.0], [2, "small", 2.0], [3, "ß" * (size // 2), 3.0]]
    await append_rows(table, large)
    assert [list(row.values()) for row in await read_rows(table)] == large


async def test_large_bytes_projected_away(connection, database, compression):
    """The rest of the row must be readable without the large column, and the large column alone."""
    columns = [("id", pa.int32()), ("blob", pa.binary()), ("name", pa.string())]
    table = await create_table(connection, path(database), columns, properties=compression)
    blob = bytes(range(256)) * 4096
    await append_rows(table, [[i, blob, str(i)] for i in range(5)])
    scan = table.new_scan().project_by_name(["name", "id"])
    assert await read_rows(table, scan=scan) == [{"name": str(i), "id": i} for i in range(5)]
    assert await read_rows(table, scan=table.new_scan().project_by_name(["blob"])) == [{"blob": blob}] * 5


async def test_many_writers_at_once(server, connection, database):
    table = await create_table(connection, path(database), COLUMNS)

    async def write(number):
        async with await connect(server.bootstrap) as own_connection:
            await append_rows(await own_connection.get_table(path(database)), rows(number * 1000, 1000))

    await asyncio.gather(*(write(number) for number in range(4)))
    result = sorted(await read_rows(table), key=lambda row: row["id"])
    assert result == rows(0, 4000)


@pytest.mark.parametrize("acks", ["all", "1", "0"])
async def test_acks(server, connection, database, acks):
    table = await create_table(connection, path(database), COLUMNS)
    options = {"writer.acks": acks, "writer.enable-idempotence": str(acks == "all").lower()}
    async with await connect(server.bootstrap, **options) as own_connection:
        await append_rows(await own_connection.get_table(path(database)), rows(0, 100))
    scanner = await table.new_scan().create_log_scanner()
    scanner.subscribe(0, fluss.EARLIEST_OFFSET)
    assert [record.row for record in await poll_records(scanner, 100)] == rows(0, 100)


async def test_wide_table(connection, database):
    columns = [(f"c{i}", pa.int32()) for i in range(500)]
    table = await create_table(connection, path(database), columns)
    row = {f"c{i}": i * i for i in range(500)}
    await append_rows(table, [row, row])
    assert await read_rows(table) == [row, row]
    odd = [f"c{i}" for i in range(499, 0, -2)]
    assert (await read_arrow(table, scan=table.new_scan().project_by_name(odd))).to_pylist() == [
        {name: row[name] for name in odd}] * 2
