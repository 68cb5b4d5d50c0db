"""What becomes of a row that is written again: partial updates, merge engines, delete behaviours, row numbers."""

import datetime

import pyarrow as pa
import pytest

import fluss
from fluss_tables import connect, path, raises_error
from kv_tables import create_kv_table, delete, end_offset, lookup, read_changelog, upsert
from wire import Error

COLUMNS = [("id", pa.int32()), ("a", pa.string()), ("b", pa.int64()), ("c", pa.float64())]


# --- partial updates ---


async def test_two_writers_of_different_columns(server, connection, database):
    table = await create_kv_table(connection, path(database), COLUMNS)
    async with await connect(server.bootstrap) as other_connection:
        other = await other_connection.get_table(path(database))
        await upsert(table, {"id": 1, "a": "one"}, columns=["id", "a"])
        await upsert(other, {"id": 1, "b": 10, "c": 0.5}, columns=["id", "b", "c"])
        await upsert(table, {"id": 1, "a": "uno"}, columns=["id", "a"])
        await upsert(other, {"id": 1, "b": None, "c": 1.5}, columns=["id", "b", "c"])
    assert await lookup(table, [1]) == [(1, "uno", None, 1.5)]
    assert await read_changelog(table, 7) == [
        (0, "+I", (1, "one", None, None)),
        (1, "-U", (1, "one", None, None)), (2, "+U", (1, "one", 10, 0.5)),
        (3, "-U", (1, "one", 10, 0.5)), (4, "+U", (1, "uno", 10, 0.5)),
        (5, "-U", (1, "uno", 10, 0.5)), (6, "+U", (1, "uno", None, 1.5)),
    ]


async def test_partial_update_in_the_wal_image(connection, database):
    table = await create_kv_table(connection, path(database), COLUMNS, properties={"table.changelog.image": "WAL"})
    await upsert(table, [1, "one", 1, 1.0])
    await upsert(table, {"id": 1, "b": 2}, columns=["id", "b"])
    assert await read_changelog(table, 2) == [(0, "+U", (1, "one", 1, 1.0)), (1, "+U", (1, "one", 2, 1.0))]


async def test_partial_delete(connection, database):
    """It clears its columns, and the row goes with the last of them."""
    table = await create_kv_table(connection, path(database), COLUMNS)
    await upsert(table, [1, "one", 1, None])
    await delete(table, [1], columns=["id", "a"])
    assert await lookup(table, [1]) == [(1, None, 1, None)]
    await delete(table, [1], columns=["id", "a"])
    await delete(table, [1], columns=["id", "b", "c"])
    assert await lookup(table, [1]) == [None]
    assert await read_changelog(table, 6) == [
        (0, "+I", (1, "one", 1, None)),
        (1, "-U", (1, "one", 1, None)), (2, "+U", (1, None, 1, None)),
        (3, "-U", (1, None, 1, None)), (4, "+U", (1, None, 1, None)),
        (5, "-D", (1, None, 1, None)),
    ]


async def test_partial_update_of_a_composite_key(connection, database):
    columns = [("v", pa.int32()), ("k", pa.string()), ("w", pa.int32()), ("n", pa.int64())]
    table = await create_kv_table(connection, path(database), columns, ["k", "n"])
    await upsert(table, {"k": "x", "n": 1, "v": 7}, columns=["v", "k", "n"])
    await upsert(table, {"k": "x", "n": 1, "w": 8}, columns=["k", "w", "n"])
    assert await lookup(table, {"k": "x", "n": 1}) == [(7, "x", 8, 1)]


async def test_partial_update_beside_a_column_that_is_never_null(connection, database):
    columns = [*COLUMNS[:3], pa.field("c", pa.float64(), nullable=False)]
    table = await create_kv_table(connection, path(database), columns)
    with pytest.raises(fluss.FlussError) as refused:
        await upsert(table, {"id": 1, "a": "one"}, columns=["id", "a"])
    assert "c" in str(refused.value)
    assert await lookup(table, [1]) == [None]


# --- merge engines ---


async def test_first_row(connection, database):
    table = await create_kv_table(connection, path(database), COLUMNS, properties={"table.merge-engine": "first_row"})
    assert table.get_table_info().get_properties()["table.delete.behavior"].lower() == "ignore"
    await upsert(table, [1, "first", 1, None])
    await upsert(table, [1, "second", 2, None], [2, "other", 3, None], [2, "late", 4, None])
    await delete(table, [1])
    assert await lookup(table, [1], [2]) == [(1, "first", 1, None), (2, "other", 3, None)]
    assert await read_changelog(table, 2) == [(0, "+I", (1, "first", 1, None)), (1, "+I", (2, "other", 3, None))]
    assert await end_offset(connection, table) == 3, "the delete left an empty batch"


EARLY, LATE = datetime.datetime(2024, 1, 1, 0, 0, 0, 1), datetime.datetime(2024, 1, 1, 0, 0, 0, 2)
UTC = datetime.timezone.utc


@pytest.mark.parametrize("version_type, early, late", [
    (pa.int32(), -5, 3),
    (pa.int64(), 1, 1 << 40),
    (pa.timestamp("us"), EARLY, LATE),
    (pa.timestamp("us", "UTC"), EARLY.replace(tzinfo=UTC), LATE.replace(tzinfo=UTC)),
], ids=["int", "bigint", "timestamp", "timestamp_ltz"])
async def test_versioned(connection, database, version_type, early, late):
    """Lower versions are left out, equal ones replace, and null is the lowest of all."""
    columns = [("id", pa.int32()), ("name", pa.string()), ("version", version_type)]
    table = await create_kv_table(connection, path(database), columns, properties={
        "table.merge-engine": "versioned", "table.merge-engine.versioned.ver-column": "version"})
    await upsert(table, [1, "unknown", None])
    await upsert(table, [1, "late", late])
    await upsert(table, [1, "early", early], [1, "never", None])
    await upsert(table, [1, "late again", late])
    await delete(table, [1])
    assert await lookup(table, [1]) == [(1, "late again", late)]
    assert await read_changelog(table, 5) == [
        (0, "+I", (1, "unknown", None)),
        (1, "-U", (1, "unknown", None)), (2, "+U", (1, "late", late)),
        (4, "-U", (1, "late", late)), (5, "+U", (1, "late again", late)),
    ]
    assert await end_offset(connection, table) == 7


async def test_aggregation_without_functions_keeps_what_is_not_null(connection, database):
    table = await create_kv_table(connection, path(database), COLUMNS, properties={"table.merge-engine": "aggregation"})
    await upsert(table, [1, "one", 1, None])
    await upsert(table, [1, None, 2, 0.5], [1, "three", None, None])
    await delete(table, [1])
    assert await lookup(table, [1]) == [(1, "three", 2, 0.5)]
    assert await read_changelog(table, 5) == [
        (0, "+I", (1, "one", 1, None)),
        (1, "-U", (1, "one", 1, None)), (2, "+U", (1, "one", 2, 0.5)),
        (3, "-U", (1, "one", 2, 0.5)), (4, "+U", (1, "three", 2, 0.5)),
    ]


@pytest.mark.parametrize("engine", ["first_row", "versioned"])
async def test_partial_updates_that_an_engine_refuses(connection, database, engine):
    version = {"table.merge-engine.versioned.ver-column": "b"} if engine == "versioned" else {}
    table = await create_kv_table(connection, path(database), COLUMNS,
                                  properties={"table.merge-engine": engine, **version})
    with pytest.raises(fluss.FlussError):
        await upsert(table, {"id": 1, "a": "one"}, columns=["id", "a"])
    await upsert(table, [1, "one", 1, None])
    assert await lookup(table, [1]) == [(1, "one", 1, None)]


@pytest.mark.parametrize("properties", [
    pytest.param({"table.merge-engine": "nothing"}, marks=pytest.mark.expect_fixed("an unknown server error")),
    {"table.merge-engine": "versioned"},
    {"table.merge-engine": "versioned", "table.merge-engine.versioned.ver-column": "missing"},
    {"table.merge-engine": "versioned", "table.merge-engine.versioned.ver-column": "a"},
    {"table.merge-engine": "first_row", "table.delete.behavior": "ALLOW"},
    {"table.merge-engine": "aggregation", "table.changelog.image": "WAL"},
    {"table.delete.behavior": "never"},
    {"table.changelog.image": "half"},
    {"table.kv.format": "nothing"},
], ids=lambda properties: " ".join(properties.values()))
async def test_properties_that_are_refused(connection, admin, database, properties):
    with raises_error(Error.INVALID_CONFIG):
        await create_kv_table(connection, path(database), COLUMNS, properties=properties)
    assert await admin.list_tables(database) == []


# --- deletes ---


async def test_ignored_deletes(connection, database):
    table = await create_kv_table(connection, path(database), COLUMNS,
                                  properties={"table.delete.behavior": "IGNORE"})
    await upsert(table, [1, "one", 1, None])
    await delete(table, [1], [2])
    await upsert(table, [1, "two", 2, None])
    assert await read_changelog(table, 3) == [
        (0, "+I", (1, "one", 1, None)), (2, "-U", (1, "one", 1, None)), (3, "+U", (1, "two", 2, None))]


async def test_disabled_deletes(connection, database):
    table = await create_kv_table(connection, path(database), COLUMNS,
                                  properties={"table.delete.behavior": "DISABLE"})
    await upsert(table, [1, "one", 1, None])
    for key in ([1], [2]):
        with raises_error(Error.DELETION_DISABLED):
            await delete(table, key)
    await upsert(table, [1, "two", 2, None])
    assert await read_changelog(table, 3) == [
        (0, "+I", (1, "one", 1, None)), (1, "-U", (1, "one", 1, None)), (2, "+U", (1, "two", 2, None))]


# --- row numbers ---


@pytest.mark.parametrize("number_type", [pa.int32(), pa.int64()], ids=["int", "bigint"])
async def test_auto_increment(connection, database, number_type):
    columns = [("name", pa.string()), ("number", number_type), ("v", pa.int32())]
    table = await create_kv_table(connection, path(database), columns, ["name"], auto_increment="number")
    targets = ["name", "v"]
    await upsert(table, {"name": "a", "v": 1}, {"name": "b", "v": 2}, columns=targets)
    await upsert(table, {"name": "a", "v": 3}, {"name": "c", "v": 4}, columns=targets)
    await delete(table, ["b"], columns=targets)
    await upsert(table, {"name": "d", "v": 5}, columns=targets)
    assert await lookup(table, ["a"], ["b"], ["c"], ["d"]) == [("a", 1, 3), ("b", 2, None), ("c", 3, 4), ("d", 4, 5)]
    assert await read_changelog(table, 8) == [
        (0, "+I", ("a", 1, 1)), (1, "+I", ("b", 2, 2)),
        (2, "-U", ("a", 1, 1)), (3, "+U", ("a", 1, 3)), (4, "+I", ("c", 3, 4)),
        (5, "-U", ("b", 2, 2)), (6, "+U", ("b", 2, None)),
        (7, "+I", ("d", 4, 5)),
    ]


async def test_the_number_is_not_written_by_clients(connection, database):
    columns = [("name", pa.string()), ("number", pa.int64())]
    table = await create_kv_table(connection, path(database), columns, ["name"], auto_increment="number")
    with pytest.raises(fluss.FlussError):
        await upsert(table, ["a", 7])
    with pytest.raises(fluss.FlussError):
        await upsert(table, ["a", 7], columns=["name", "number"])
    await upsert(table, {"name": "a"}, columns=["name"])
    assert await lookup(table, ["a"]) == [("a", 1)]


async def test_numbers_of_several_buckets_are_distinct(connection, database):
    columns = [("name", pa.string()), ("number", pa.int64())]
    table = await create_kv_table(connection, path(database), columns, ["name"], auto_increment="number",
                                  bucket_count=3, properties={"table.auto-increment.cache-size": "4"})
    names = [f"name {i}" for i in range(60)]
    for name in names[:30]:
        await upsert(table, {"name": name}, columns=["name"])
    await upsert(table, *[{"name": name} for name in names[30:]], columns=["name"])
    numbers = [row[1] for row in await lookup(table, *[[name] for name in names])]
    assert len(set(numbers)) == 60 and min(numbers) == 1 and max(numbers) <= 60 + 3 * 4
