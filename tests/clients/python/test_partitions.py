"""Partitioned tables: create, list and drop partitions, write to them and read them."""

import asyncio
import functools

import pyarrow as pa
import pytest

import fluss
from fluss_tables import append_rows, create_table, once_led, path, poll_records, raises_error
from wire import Error

COLUMNS = [("id", pa.int32()), ("day", pa.string()), ("v", pa.string())]


async def create_by_day(connection, database, **options):
    return await create_table(connection, path(database), COLUMNS, partition_keys=["day"], **options)


async def partition_ids(admin, database):
    """{partition name: id}"""
    return {info.partition_name: info.partition_id for info in await admin.list_partition_infos(path(database))}


async def read_partitions(table, ids, buckets=1):
    scanner = await table.new_scan().create_record_batch_log_scanner()
    scanner.subscribe_partition_buckets({(partition_id, bucket): fluss.EARLIEST_OFFSET
                                         for partition_id in ids for bucket in range(buckets)})
    return sorted((await scanner.to_arrow()).to_pylist(), key=lambda row: row["id"])


async def test_create_list_drop(connection, admin, database):
    await create_by_day(connection, database)
    assert await partition_ids(admin, database) == {}
    await admin.create_partition(path(database), {"day": "monday"})
    await admin.create_partition(path(database), {"day": "tuesday"})
    ids = await partition_ids(admin, database)
    assert sorted(ids) == ["monday", "tuesday"]
    assert ids["monday"] < ids["tuesday"]

    await admin.drop_partition(path(database), {"day": "monday"})
    assert await partition_ids(admin, database) == {"tuesday": ids["tuesday"]}
    await admin.create_partition(path(database), {"day": "monday"})
    assert (await partition_ids(admin, database))["monday"] > ids["tuesday"]


async def test_list_by_part_of_the_keys(connection, admin, database):
    columns = [("id", pa.int32()), ("day", pa.string()), ("region", pa.string())]
    await create_table(connection, path(database), columns, partition_keys=["day", "region"])
    for day in ("monday", "tuesday"):
        for region in ("north", "south"):
            await admin.create_partition(path(database), {"region": region, "day": day})

    async def names(partial_spec=None):
        return sorted(info.partition_name for info in await admin.list_partition_infos(path(database), partial_spec))

    assert await names() == ["monday$north", "monday$south", "tuesday$north", "tuesday$south"]
    assert await names({"day": "monday"}) == ["monday$north", "monday$south"]
    assert await names({"region": "south"}) == ["monday$south", "tuesday$south"]
    assert await names({"day": "monday", "region": "south"}) == ["monday$south"]
    assert await names({"day": "sunday"}) == []


async def test_create_and_drop_twice(connection, admin, database):
    await create_by_day(connection, database)
    await admin.create_partition(path(database), {"day": "monday"})
    with raises_error(Error.PARTITION_ALREADY_EXISTS, "monday"):
        await admin.create_partition(path(database), {"day": "monday"})
    await admin.create_partition(path(database), {"day": "monday"}, ignore_if_exists=True)

    await admin.drop_partition(path(database), {"day": "monday"})
    with raises_error(Error.PARTITION_NOT_EXISTS, "monday"):
        await admin.drop_partition(path(database), {"day": "monday"})
    await admin.drop_partition(path(database), {"day": "monday"}, ignore_if_not_exists=True)


@pytest.mark.parametrize("spec", [{"month": "may"}, {}, {"day": "monday", "month": "may"}, {"day": "a b"},
                                  {"day": "a$b"}, {"day": ""}, {"day": "__internal"}])
async def test_invalid_spec(connection, admin, database, spec):
    await create_by_day(connection, database)
    with raises_error(Error.PARTITION_SPEC_INVALID):
        await admin.create_partition(path(database), spec)


async def test_table_without_partitions(connection, admin, database):
    await create_table(connection, path(database), COLUMNS)
    with raises_error(Error.TABLE_NOT_PARTITIONED):
        await admin.create_partition(path(database), {"day": "monday"})
    with raises_error(Error.TABLE_NOT_PARTITIONED):
        await admin.drop_partition(path(database), {"day": "monday"})
    with raises_error(Error.TABLE_NOT_PARTITIONED):
        await admin.list_partition_infos(path(database))


async def test_missing_table(admin, database):
    with raises_error(Error.TABLE_NOT_EXIST):
        await admin.create_partition(path(database), {"day": "monday"})
    with raises_error(Error.TABLE_NOT_EXIST):
        await admin.list_partition_infos(path(database))


async def test_write_and_read(connection, admin, database):
    table = await create_by_day(connection, database, bucket_count=3, bucket_keys=["id"])
    for day in ("monday", "tuesday", "wednesday"):
        await admin.create_partition(path(database), {"day": day})
    rows = [{"id": i, "day": "tuesday" if i % 2 else "monday", "v": f"v{i}"} for i in range(100)]
    await append_rows(table, rows)

    ids = await partition_ids(admin, database)
    assert await read_partitions(table, ids.values(), buckets=3) == rows
    assert await read_partitions(table, [ids["monday"]], buckets=3) == rows[::2]
    assert await read_partitions(table, [ids["wednesday"]], buckets=3) == []


async def test_arrow_batches(connection, admin, database):
    table = await create_by_day(connection, database)
    writer = table.new_append().create_writer()
    rows = [{"id": i, "day": "monday" if i < 50 else "tuesday", "v": None} for i in range(100)]
    for day, part in (("monday", rows[:50]), ("tuesday", rows[50:])):
        await admin.create_partition(path(database), {"day": day})
        await writer.write_arrow_batch(pa.RecordBatch.from_pylist(part, pa.schema(COLUMNS))).wait()
    assert await read_partitions(table, (await partition_ids(admin, database)).values()) == rows


async def test_offsets(connection, admin, database):
    table = await create_by_day(connection, database)
    for day, count in (("monday", 3), ("tuesday", 0)):
        await admin.create_partition(path(database), {"day": day})
        await append_rows(table, [[i, day, ""] for i in range(count)])
        for spec, expected in ((fluss.OffsetSpec.earliest(), 0), (fluss.OffsetSpec.latest(), count)):
            list_offsets = functools.partial(admin.list_partition_offsets, path(database), day, [0], spec)
            assert await once_led(list_offsets) == {0: expected}
    with raises_error(Error.PARTITION_NOT_EXISTS, "sunday"):
        await admin.list_partition_offsets(path(database), "sunday", [0], fluss.OffsetSpec.latest())


async def test_limit_scan(connection, admin, database):
    table = await create_by_day(connection, database)
    await admin.create_partition(path(database), {"day": "monday"})
    rows = [{"id": i, "day": "monday", "v": f"v{i}"} for i in range(10)]
    await append_rows(table, rows)
    ids = await partition_ids(admin, database)
    bucket = fluss.TableBucket.with_partition(table.get_table_info().table_id, ids["monday"], 0)
    scanner = table.new_scan().limit(4).create_bucket_batch_scanner(bucket)
    assert (await scanner.to_arrow()).to_pylist() == rows[-4:]


async def test_append_waits_for_its_partition(connection, admin, database):
    """The client asks for the missing partition until somebody creates it; the server says it is not there."""
    table = await create_by_day(connection, database)
    waiting = table.new_append().create_writer().append([1, "monday", "early"])
    with raises_error(Error.PARTITION_NOT_EXISTS, "monday"):
        await admin.list_partition_offsets(path(database), "monday", [0], fluss.OffsetSpec.latest())
    await admin.create_partition(path(database), {"day": "monday"})
    await waiting.wait()
    ids = await partition_ids(admin, database)
    assert await read_partitions(table, ids.values()) == [{"id": 1, "day": "monday", "v": "early"}]


async def test_drop_one_partition_leaves_the_others(connection, admin, database):
    table = await create_by_day(connection, database)
    for day in ("monday", "tuesday"):
        await admin.create_partition(path(database), {"day": day})
    await append_rows(table, [[1, "monday", "a"], [2, "tuesday", "b"]])
    await admin.drop_partition(path(database), {"day": "monday"})
    ids = await partition_ids(admin, database)
    assert await read_partitions(table, ids.values()) == [{"id": 2, "day": "tuesday", "v": "b"}]


async def test_reader_of_one_partition_waits_while_others_are_written(connection, admin, database):
    table = await create_by_day(connection, database)
    for day in ("monday", "tuesday"):
        await admin.create_partition(path(database), {"day": day})
    ids = await partition_ids(admin, database)
    scanner = await table.new_scan().create_log_scanner()
    scanner.subscribe_partition(ids["monday"], 0, fluss.EARLIEST_OFFSET)
    reading = asyncio.ensure_future(poll_records(scanner, 1))
    await append_rows(table, [[1, "tuesday", "not yours"]])
    await append_rows(table, [[2, "monday", "yours"]])
    assert [record.row["v"] for record in await reading] == ["yours"]
