"""Primary-key tables with partitions, and with columns that are added later."""

import datetime

import pyarrow as pa
import pytest

import fluss
from conftest import call
from fluss_tables import connect, path, poll_records
from kv_table import KvTable
from kv_tables import (changes, create_kv_table, delete, limit_scan, lookup, prefix_lookup, read_changelog,
                       upsert)

COLUMNS = [("region", pa.string()), ("id", pa.int32()), ("name", pa.string())]


async def create_partitioned(connection, table_path, partitions=(), columns=COLUMNS, keys=("region", "id"), **options):
    table = await create_kv_table(connection, table_path, columns, keys, partition_keys=["region"], **options)
    for region in partitions:
        await connection.get_admin().create_partition(table_path, {"region": region})
    return table


async def partition_ids(connection, table_path):
    infos = await connection.get_admin().list_partition_infos(table_path)
    return {info.partition_name: info.partition_id for info in infos}


async def read_partition(connection, table, name, count, bucket=0):
    partition = (await partition_ids(connection, table.get_table_path()))[name]
    scanner = await table.new_scan().create_log_scanner()
    scanner.subscribe_partition(partition, bucket, fluss.EARLIEST_OFFSET)
    return changes(await poll_records(scanner, count))


async def test_rows_of_two_partitions(connection, database):
    table = await create_partitioned(connection, path(database), ["eu", "us"])
    info = table.get_table_info()
    assert (info.get_primary_keys(), info.get_bucket_keys()) == (["region", "id"], ["id"])
    await upsert(table, ["eu", 1, "a"], ["us", 1, "b"], ["eu", 2, "c"])
    await upsert(table, ["us", 1, "d"])
    await delete(table, ["eu", 2])
    assert await lookup(table, ["eu", 1], ["us", 1], ["eu", 2], ["us", 2]) == [
        ("eu", 1, "a"), ("us", 1, "d"), None, None]
    assert await read_partition(connection, table, "eu", 3) == [
        (0, "+I", ("eu", 1, "a")), (1, "+I", ("eu", 2, "c")), (2, "-D", ("eu", 2, "c"))]
    assert await read_partition(connection, table, "us", 3) == [
        (0, "+I", ("us", 1, "b")), (1, "-U", ("us", 1, "b")), (2, "+U", ("us", 1, "d"))]


async def test_limit_scan_of_a_partition(connection, database):
    table = await create_partitioned(connection, path(database), ["eu", "us"])
    await upsert(table, ["eu", 1, "a"], ["us", 2, "b"], ["us", 1, "c"])
    ids = await partition_ids(connection, path(database))
    buckets = {name: fluss.TableBucket.with_partition(table.get_table_info().table_id, partition, 0)
               for name, partition in ids.items()}
    assert await limit_scan(table, 10, buckets["us"]) == [("us", 1, "c"), ("us", 2, "b")]
    assert await limit_scan(table, 1, buckets["us"]) == [("us", 1, "c")]
    assert await limit_scan(table, 10, buckets["eu"]) == [("eu", 1, "a")]


async def test_lookup_in_a_partition_that_is_not_there(connection, database):
    table = await create_partitioned(connection, path(database), ["eu"])
    assert await lookup(table, ["nowhere", 1]) == [None]


async def test_a_dropped_partition_takes_its_rows_along(server, connection, admin, database):
    table = await create_partitioned(connection, path(database), ["eu", "us"])
    await upsert(table, ["eu", 1, "a"], ["us", 1, "b"])
    await admin.drop_partition(path(database), {"region": "eu"})
    await admin.create_partition(path(database), {"region": "eu"})
    async with await connect(server.bootstrap) as again:
        fresh = await again.get_table(path(database))
        assert await lookup(fresh, ["us", 1]) == [("us", 1, "b")]
        await upsert(fresh, ["eu", 2, "c"])
        assert await lookup(fresh, ["eu", 1], ["eu", 2]) == [None, ("eu", 2, "c")]
        assert await read_partition(again, fresh, "eu", 1) == [(0, "+I", ("eu", 2, "c"))]


async def test_prefixes_within_a_partition(connection, database):
    columns = [("region", pa.string()), ("customer", pa.int64()), ("number", pa.int32()), ("v", pa.string())]
    table = await create_partitioned(connection, path(database), ["eu", "us"], columns,
                                     ["region", "customer", "number"], bucket_keys=["customer"], bucket_count=2)
    rows = [(region, customer, number, f"{region}{customer}{number}")
            for region in ("eu", "us") for customer in (1, 2, 300) for number in (2, 1)]
    await upsert(table, *rows)
    assert await prefix_lookup(table, ["region", "customer"], ["us", 300]) == [
        ("us", 300, 1, "us3001"), ("us", 300, 2, "us3002")]
    assert await prefix_lookup(table, ["region", "customer"], ["eu", 3]) == []
    assert await prefix_lookup(table, ["region", "customer"], ["nowhere", 1]) == []


async def test_several_partition_keys_within_the_key(connection, admin, database):
    columns = [("v", pa.int32()), ("day", pa.date32()), ("id", pa.int64()), ("kind", pa.int32())]
    table = await create_kv_table(connection, path(database), columns, ["day", "id", "kind"],
                                  partition_keys=["kind", "day"])
    day = datetime.date(2024, 2, 29)
    for kind in ("7", "8"):
        await admin.create_partition(path(database), {"kind": kind, "day": "2024-02-29"})
    await upsert(table, [1, day, 10, 7], [2, day, 10, 8])
    await upsert(table, {"v": 3, "day": day, "id": 10, "kind": 7})
    assert sorted(await partition_ids(connection, path(database))) == ["7$2024-02-29", "8$2024-02-29"]
    assert await lookup(table, {"day": day, "id": 10, "kind": 7}, {"day": day, "id": 10, "kind": 8}) == [
        (3, day, 10, 7), (2, day, 10, 8)]
    assert await read_partition(connection, table, "7$2024-02-29", 3) == [
        (0, "+I", (1, day, 10, 7)), (1, "-U", (1, day, 10, 7)), (2, "+U", (3, day, 10, 7))]


# --- columns that are added ---


ID_AND_NAME = {"id": {"type": "INTEGER", "nullable": False}, "name": {"type": "STRING"}}


@pytest.fixture
def growing(server, database):
    """A bare table that this client can open, and that can grow."""
    bare = KvTable(server.bootstrap, database, "log", ID_AND_NAME, ["id"])
    yield bare
    bare.connection.close()


@pytest.fixture
def old_connection(server, event_loop):
    """This client mixes rows of both schemas in one batch, and fails, unless their writers have connections apart."""
    opened = event_loop.run(connect(server.bootstrap))
    yield opened
    event_loop.run(call(opened.close))


async def test_rows_of_the_old_schema_have_nulls(connection, old_connection, database, growing):
    old = await old_connection.get_table(path(database))
    await upsert(old, [1, "old"], [2, "old"], [3, "old"])
    growing.add_column("score", {"type": "BIGINT"}, schema_id=2)
    new = await connection.get_table(path(database))
    assert new.get_table_info().get_column_names() == ["id", "name", "score"]
    await upsert(new, [2, "new", 20], [4, "new", 40])
    await upsert(old, [3, "old again"], [4, "old again"])
    assert await lookup(new, [1], [2], [3], [4]) == [
        (1, "old", None), (2, "new", 20), (3, "old again", None), (4, "old again", None)]
    assert await limit_scan(new, 10) == [
        (1, "old", None), (2, "new", 20), (3, "old again", None), (4, "old again", None)]
    assert await read_changelog(new, 10, scan=new.new_scan().with_fixed_schema(True)) == [
        (0, "+I", (1, "old", None)), (1, "+I", (2, "old", None)), (2, "+I", (3, "old", None)),
        (3, "-U", (2, "old", None)), (4, "+U", (2, "new", 20)), (5, "+I", (4, "new", 40)),
        (6, "-U", (3, "old", None)), (7, "+U", (3, "old again", None)),
        (8, "-U", (4, "new", 40)), (9, "+U", (4, "old again", None)),
    ]


async def test_the_old_schema_is_read_from_new_rows(connection, old_connection, database, growing):
    old = await old_connection.get_table(path(database))
    await upsert(old, [1, "old"])
    growing.add_column("score", {"type": "BIGINT"}, schema_id=2)
    await upsert(await connection.get_table(path(database)), [1, "new", 1], [2, "new", 2])
    assert await lookup(old, [1], [2]) == [(1, "new"), (2, "new")]
    assert await read_changelog(old, 4) == [
        (0, "+I", (1, "old")), (1, "-U", (1, "old")), (2, "+U", (1, "new")), (3, "+I", (2, "new"))]


async def test_partial_updates_of_the_added_column(connection, old_connection, database, growing):
    old = await old_connection.get_table(path(database))
    await upsert(old, [1, "old"])
    growing.add_column("score", {"type": "BIGINT"}, schema_id=2)
    new = await connection.get_table(path(database))
    await upsert(new, {"id": 1, "score": 5}, columns=["id", "score"])
    await upsert(old, {"id": 1, "name": "changed"}, columns=["id", "name"])
    assert await lookup(new, [1]) == [(1, "changed", 5)]
    await delete(new, [1], columns=["id", "name"])
    assert await lookup(new, [1]) == [(1, None, 5)]
    assert await read_changelog(new, 7, scan=new.new_scan().with_fixed_schema(True)) == [
        (0, "+I", (1, "old", None)),
        (1, "-U", (1, "old", None)), (2, "+U", (1, "old", 5)),
        (3, "-U", (1, "old", 5)), (4, "+U", (1, "changed", 5)),
        (5, "-U", (1, "changed", 5)), (6, "+U", (1, None, 5)),
    ]
