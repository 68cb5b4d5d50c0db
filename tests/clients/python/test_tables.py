"""Tables: create, describe, list, drop, and what is refused."""

import time

import fluss
import pyarrow as pa
import pytest

from fluss_tables import append_rows, create_table, path, raises_error, read_rows
from wire import Error

COLUMNS = [("id", pa.int32()), ("name", pa.string())]


def descriptor(**options):
    return fluss.TableDescriptor(fluss.Schema(pa.schema(COLUMNS)), **options)


async def test_info_returns_what_was_given(admin, database):
    schema = fluss.Schema(pa.schema([pa.field("id", pa.int64(), nullable=False), ("name", pa.string()),
                                     ("day", pa.string())]))
    given = fluss.TableDescriptor(schema, bucket_count=3, bucket_keys=["id"], partition_keys=["day"],
                                  comment="grain – by day", properties={"table.log.ttl": "3 d"},
                                  custom_properties={"owner": "the mill"})
    before_ms = int(time.time() * 1000)
    await admin.create_table(path(database), given)
    after_ms = int(time.time() * 1000)

    info = await admin.get_table_info(path(database))
    assert info.table_path == path(database)
    assert info.schema_id == 1
    assert info.num_buckets == 3
    assert info.get_bucket_keys() == ["id"]
    assert info.get_partition_keys() == ["day"]
    assert info.get_primary_keys() == []
    assert (info.has_primary_key(), info.is_partitioned()) == (False, True)
    assert info.comment == "grain – by day"
    assert info.get_properties() == {"table.log.ttl": "3 d", "table.replication.factor": "1"}
    assert info.get_custom_properties() == {"owner": "the mill"}
    assert info.get_schema().get_columns() == [("id", "bigint NOT NULL"), ("name", "string"), ("day", "string")]
    assert before_ms <= info.created_time <= after_ms
    assert info.modified_time == info.created_time


async def test_defaults(admin, database):
    await admin.create_table(path(database), descriptor())
    info = await admin.get_table_info(path(database))
    assert info.num_buckets == 1
    assert info.get_bucket_keys() == []
    assert info.get_partition_keys() == []
    assert info.comment is None
    assert info.get_properties() == {"table.replication.factor": "1"}
    assert info.get_custom_properties() == {}


async def test_list_and_exists(admin, database):
    assert await admin.list_tables(database) == []
    for name in ("b", "a", "c"):
        await admin.create_table(path(database, name), descriptor())
    assert sorted(await admin.list_tables(database)) == ["a", "b", "c"]
    assert await admin.table_exists(path(database, "a"))
    assert not await admin.table_exists(path(database, "d"))
    assert not await admin.table_exists(path("nowhere", "a"))


async def test_drop(admin, database):
    await admin.create_table(path(database), descriptor())
    await admin.drop_table(path(database))
    assert not await admin.table_exists(path(database))
    assert await admin.list_tables(database) == []
    with raises_error(Error.TABLE_NOT_EXIST, database):
        await admin.get_table_info(path(database))
    with raises_error(Error.TABLE_NOT_EXIST, database):
        await admin.drop_table(path(database))
    await admin.drop_table(path(database), ignore_if_not_exists=True)


async def test_recreated_table_is_new_and_empty(connection, admin, database):
    first = await create_table(connection, path(database), COLUMNS)
    await append_rows(first, [[1, "old"]])
    await admin.drop_table(path(database))
    second = await create_table(connection, path(database), COLUMNS)
    assert second.get_table_info().table_id > first.get_table_info().table_id
    await append_rows(second, [[2, "new"]])
    assert await read_rows(second) == [{"id": 2, "name": "new"}]


async def test_create_twice(admin, database):
    await admin.create_table(path(database), descriptor(bucket_count=2))
    with raises_error(Error.TABLE_ALREADY_EXIST, database):
        await admin.create_table(path(database), descriptor())
    await admin.create_table(path(database), descriptor(), ignore_if_exists=True)
    assert (await admin.get_table_info(path(database))).num_buckets == 2


async def test_create_in_missing_database(admin):
    with raises_error(Error.DATABASE_NOT_EXIST, "nowhere"):
        await admin.create_table(path("nowhere"), descriptor())


@pytest.mark.expect_fixed("GET_METADATA for a missing table ends in an unknown server error")
async def test_open_missing_table(connection, database):
    with raises_error(Error.TABLE_NOT_EXIST, database):
        await connection.get_table(path(database, "missing"))


@pytest.mark.parametrize("name", ["", "a b", "a.b", "ä", "__internal", "a" * 201])
async def test_invalid_name(admin, database, name):
    with raises_error(Error.INVALID_TABLE):
        await admin.create_table(path(database, name), descriptor())


@pytest.mark.parametrize("name", ["A-b_9", "_", "a" * 200])
async def test_valid_name(admin, database, name):
    await admin.create_table(path(database, name), descriptor())
    assert await admin.list_tables(database) == [name]


@pytest.mark.parametrize("properties", [
    {"table.nonsense": "1"},
    {"nonsense": "1"},
    {"table.log.format": "PARQUET"},
    {"table.log.ttl": "soon"},
    {"table.log.arrow.compression.type": "SNAPPY"},
])
async def test_invalid_property(admin, database, properties):
    with raises_error(Error.INVALID_CONFIG, next(iter(properties))):
        await admin.create_table(path(database), descriptor(properties=properties))
    assert await admin.list_tables(database) == []


async def test_too_many_buckets(admin, database):
    with raises_error(Error.BUCKET_MAX_NUM, "1000000"):
        await admin.create_table(path(database), descriptor(bucket_count=1_000_000))


async def test_more_replicas_than_servers(admin, database):
    with raises_error(Error.INVALID_REPLICATION_FACTOR, "9"):
        await admin.create_table(path(database), descriptor(properties={"table.replication.factor": "9"}))


async def test_properties_round_trip(admin, database):
    properties = {
        "table.log.format": "ARROW",
        "table.log.arrow.compression.type": "ZSTD",
        "table.log.arrow.compression.zstd.level": "7",
        "table.log.ttl": "36 h",
        "table.log.tiered.local-segments": "4",
        "table.replication.factor": "1",
    }
    custom_properties = {"": "empty key", "empty value": "", "table-like": "table.log.ttl", "snow": "☃"}
    await admin.create_table(path(database), descriptor(properties=properties, custom_properties=custom_properties))
    info = await admin.get_table_info(path(database))
    assert info.get_properties() == properties
    assert info.get_custom_properties() == custom_properties


async def test_server_nodes(admin, server):
    nodes = await admin.get_server_nodes()
    assert sorted(node.server_type for node in nodes) == ["CoordinatorServer", "TabletServer"]
    assert server.bootstrap in [f"{node.host}:{node.port}" for node in nodes]
