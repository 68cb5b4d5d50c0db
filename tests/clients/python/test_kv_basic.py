"""Primary-key tables: upsert, delete, lookup, and the changelog that comes of it."""

import pyarrow as pa
import pytest

import fluss
from fluss_tables import append_rows, connect, create_table, once_led, path, raises_error
from kv_tables import (COLUMNS, create_kv_table, delete, end_offset, limit_scan, lookup, read_changelog, upsert,
                       upsert_writer)
from wire import Error


async def test_upsert_and_lookup(connection, database):
    table = await create_kv_table(connection, path(database))
    await upsert(table, [1, "ann", 10], [2, "joe", None], [3, None, -1])
    assert await lookup(table, [1], [2], [3], [4]) == [(1, "ann", 10), (2, "joe", None), (3, None, -1), None]


async def test_update_and_delete(connection, database):
    table = await create_kv_table(connection, path(database))
    await upsert(table, [1, "ann", 10], [2, "joe", 20])
    await upsert(table, [1, "ann", 11])
    await delete(table, [2])
    assert await lookup(table, [1], [2]) == [(1, "ann", 11), None]
    await upsert(table, [2, "back", 0])
    assert await lookup(table, [2]) == [(2, "back", 0)]


async def test_changelog(connection, database):
    table = await create_kv_table(connection, path(database))
    await upsert(table, [1, "ann", 10], [2, "joe", None])
    await upsert(table, [1, "ann", 11])
    await delete(table, [2])
    await upsert(table, [2, "joe", 5])
    assert await read_changelog(table, 6) == [
        (0, "+I", (1, "ann", 10)),
        (1, "+I", (2, "joe", None)),
        (2, "-U", (1, "ann", 10)),
        (3, "+U", (1, "ann", 11)),
        (4, "-D", (2, "joe", None)),
        (5, "+I", (2, "joe", 5)),
    ]
    assert await end_offset(connection, table) == 6


async def test_changelog_of_the_wal_image(connection, database):
    """Upserts are not told apart, and only deletes bring the old row."""
    table = await create_kv_table(connection, path(database), properties={"table.changelog.image": "WAL"})
    await upsert(table, [1, "ann", 10], [2, "joe", 20])
    await upsert(table, [1, "ann", 11])
    await delete(table, [2])
    assert await read_changelog(table, 4) == [
        (0, "+U", (1, "ann", 10)),
        (1, "+U", (2, "joe", 20)),
        (2, "+U", (1, "ann", 11)),
        (3, "-D", (2, "joe", 20)),
    ]
    assert await lookup(table, [1], [2]) == [(1, "ann", 11), None]


async def test_changes_of_one_key_in_one_batch(connection, database):
    table = await create_kv_table(connection, path(database))
    writer = upsert_writer(table)
    writer.upsert([1, "first", 1])
    writer.upsert([1, "second", 2])
    writer.delete([1])
    writer.upsert([1, "third", 3])
    await writer.flush()
    assert await read_changelog(table, 5) == [
        (0, "+I", (1, "first", 1)),
        (1, "-U", (1, "first", 1)),
        (2, "+U", (1, "second", 2)),
        (3, "-D", (1, "second", 2)),
        (4, "+I", (1, "third", 3)),
    ]
    assert await lookup(table, [1]) == [(1, "third", 3)]


async def test_an_equal_row_is_an_update_too(connection, database):
    table = await create_kv_table(connection, path(database))
    for _ in range(2):
        await upsert(table, [1, "same", 1])
    assert await read_changelog(table, 3) == [
        (0, "+I", (1, "same", 1)), (1, "-U", (1, "same", 1)), (2, "+U", (1, "same", 1))]


async def test_deleting_what_is_not_there_takes_an_offset_without_a_record(connection, database):
    table = await create_kv_table(connection, path(database))
    await delete(table, [1])
    assert await end_offset(connection, table) == 1
    await upsert(table, [1, "ann", 1])
    await delete(table, [7], [8])
    await upsert(table, [2, "joe", 2])
    assert await read_changelog(table, 2) == [(1, "+I", (1, "ann", 1)), (3, "+I", (2, "joe", 2))]
    assert await end_offset(connection, table) == 4


async def test_projected_changelog(connection, database):
    table = await create_kv_table(connection, path(database))
    await upsert(table, [1, "ann", 10])
    await upsert(table, [1, "bea", 11])
    await delete(table, [1])
    assert await read_changelog(table, 4, scan=table.new_scan().project_by_name(["score", "id"])) == [
        (0, "+I", (10, 1)), (1, "-U", (10, 1)), (2, "+U", (11, 1)), (3, "-D", (11, 1))]
    assert await read_changelog(table, 4, scan=table.new_scan().project_by_name(["name"])) == [
        (0, "+I", ("ann",)), (1, "-U", ("ann",)), (2, "+U", ("bea",)), (3, "-D", ("bea",))]


async def test_changelog_from_an_offset_within_a_batch(connection, database):
    table = await create_kv_table(connection, path(database))
    await upsert(table, *[[i, str(i), i] for i in range(5)])
    assert await read_changelog(table, 2, start=3) == [(3, "+I", (3, "3", 3)), (4, "+I", (4, "4", 4))]


async def test_limit_scan(connection, database):
    table = await create_kv_table(connection, path(database))
    assert await once_led(lambda: limit_scan(table, 5)) == []
    await upsert(table, *[[i, f"name {i}", None if i == 2 else i] for i in (3, 1, 2, 5, 4)])
    await delete(table, [4])
    rows = [(1, "name 1", 1), (2, "name 2", None), (3, "name 3", 3), (5, "name 5", 5)]
    assert await limit_scan(table, 100) == rows
    assert await limit_scan(table, 2) == rows[:2]
    assert await limit_scan(table, 2, scan=table.new_scan().project_by_name(["score", "id"])) == [(1, 1), (None, 2)]


async def test_rows_by_name_and_by_position(connection, database):
    table = await create_kv_table(connection, path(database))
    await upsert(table, {"score": 1, "id": 1, "name": "by name"}, (2, "by tuple", 2), {"id": 3})
    assert await lookup(table, {"id": 1}, (2,), [3]) == [(1, "by name", 1), (2, "by tuple", 2), (3, None, None)]


async def test_many_buckets(connection, database):
    table = await create_kv_table(connection, path(database), bucket_count=3)
    rows = [(i, f"name {i}", i * i) for i in range(300)]
    await upsert(table, *rows)
    await delete(table, *[[i] for i in range(0, 300, 3)])
    expected = [None if i % 3 == 0 else rows[i] for i in range(300)]
    assert await lookup(table, *[[i] for i in range(300)]) == expected
    ends = [await end_offset(connection, table, bucket) for bucket in range(3)]
    assert sum(ends) == 400 and min(ends) > 80
    for bucket, end in enumerate(ends):
        state = {}
        for _, change, row in await read_changelog(table, end, bucket=bucket):
            state[row[0]] = {"+I": row, "-D": None}[change]
        assert state == {key: expected[key] for key in state}


async def test_large_values(connection, database):
    table = await create_kv_table(connection, path(database))
    rows = [(1, "a" * (1 << 20), 1), (2, "", 2), (3, "ß" * (1 << 20), 3)]
    await upsert(table, *rows)
    assert await lookup(table, [1], [2], [3]) == rows
    assert await read_changelog(table, 3) == [(i, "+I", row) for i, row in enumerate(rows)]
    await upsert(table, (1, "b", 1))
    assert await read_changelog(table, 2, start=3) == [(3, "-U", rows[0]), (4, "+U", (1, "b", 1))]


async def test_two_writers(server, connection, database):
    """Each writer's changes come in its order; the last one of all wins."""
    table = await create_kv_table(connection, path(database))
    async with await connect(server.bootstrap) as other_connection:
        other = await other_connection.get_table(path(database))
        for turn in range(5):
            await upsert(table, [1, "one", turn])
            await upsert(other, [1, "other", turn])
    expected = [(1, name, turn) for turn in range(5) for name in ("one", "other")]
    records = await read_changelog(table, 19)
    assert [row for _, change, row in records if change in ("+I", "+U")] == expected
    assert [row for _, change, row in records if change == "-U"] == expected[:-1]
    assert await lookup(other, [1]) == [(1, "other", 4)]


@pytest.mark.parametrize("acks", ["all", "1", "0"])
async def test_acks(server, connection, database, acks):
    table = await create_kv_table(connection, path(database))
    options = {"writer.acks": acks, "writer.enable-idempotence": str(acks == "all").lower()}
    async with await connect(server.bootstrap, **options) as own_connection:
        await upsert(await own_connection.get_table(path(database)), *[[i, "a", i] for i in range(50)])
    assert await read_changelog(table, 50) == [(i, "+I", (i, "a", i)) for i in range(50)]


async def test_facts_of_a_table(connection, admin, database):
    table = await create_kv_table(connection, path(database))
    info = await admin.get_table_info(path(database))
    assert table.has_primary_key() and info.has_primary_key()
    assert (info.get_primary_keys(), info.get_bucket_keys(), info.get_partition_keys()) == (["id"], ["id"], [])
    assert info.get_schema().get_columns() == [("id", "int NOT NULL"), ("name", "string"), ("score", "bigint")]
    properties = info.get_properties()
    assert properties["table.kv.format-version"] == "2"
    assert [field.nullable for field in table.arrow_schema] == [False, True, True]


async def test_a_log_table_is_not_looked_up_nor_upserted(connection, database):
    table = await create_table(connection, path(database), COLUMNS)
    await append_rows(table, [[1, "a", 1]])
    with raises_error(fluss.ErrorCode.CLIENT_ERROR):
        table.new_lookup().create_lookuper()
    with raises_error(fluss.ErrorCode.CLIENT_ERROR):
        table.new_upsert().create_writer()


@pytest.mark.parametrize("keys, message", [
    (["nothing"], "nothing"),
    (["id", "id"], "id"),
])
async def test_keys_that_are_no_columns(connection, database, keys, message):
    with pytest.raises(fluss.FlussError) as raised:
        await create_kv_table(connection, path(database), keys=keys)
    assert message in raised.value.message


async def test_dropped_table(connection, admin, database):
    table = await create_kv_table(connection, path(database))
    await upsert(table, [1, "a", 1])
    await admin.drop_table(path(database))
    assert not await admin.table_exists(path(database))
    again = await create_kv_table(connection, path(database))
    assert await lookup(again, [1]) == [None]
    await upsert(again, [1, "b", 2])
    assert await read_changelog(again, 1) == [(0, "+I", (1, "b", 2))]


async def test_bytes_as_key(connection, database):
    columns = [("key", pa.binary()), ("value", pa.int32())]
    table = await create_kv_table(connection, path(database), columns, ["key"])
    await upsert(table, [b"\0\xff", 1], [b"a", 2])
    assert await lookup(table, [b"a"], [b"\0\xff"], [b"\0"]) == [(b"a", 2), (b"\0\xff", 1), None]


async def test_unknown_target_column(connection, database):
    table = await create_kv_table(connection, path(database))
    with pytest.raises(fluss.FlussError):
        upsert_writer(table, ["id", "nothing"])


async def test_partial_update_without_the_key(connection, database):
    table = await create_kv_table(connection, path(database))
    with pytest.raises(fluss.FlussError):
        writer = upsert_writer(table, ["name"])
        await writer.upsert([None, "a", None]).wait()


async def test_deletion_disabled(connection, database):
    table = await create_kv_table(connection, path(database), properties={"table.delete.behavior": "DISABLE"})
    await upsert(table, [1, "a", 1])
    with raises_error(Error.DELETION_DISABLED):
        await delete(table, [1])
    assert await lookup(table, [1]) == [(1, "a", 1)]
