"""Every data type in primary-key tables: as a value of a row, and as a key."""

import datetime
import decimal
import itertools

import pyarrow as pa
import pytest

from fluss_tables import path
from kv_tables import create_kv_table, delete, end_offset, limit_scan, lookup, prefix_lookup, read_changelog, upsert
from test_types import TYPES

NESTED = ("array", "array_of_arrays", "map", "row", "deep")
KEY_TYPES = [name for name in TYPES if name not in NESTED]
UTC = datetime.timezone.utc


@pytest.fixture(params=TYPES)
def typed(request):
    """(Arrow type, Fluss type, values with nulls around them)"""
    arrow_type, fluss_type, values = TYPES[request.param]
    return arrow_type, fluss_type, [None, *values, None]


@pytest.fixture(params=KEY_TYPES)
def key_typed(request):
    """(Arrow type, Fluss type, values)"""
    return TYPES[request.param]


async def test_values(connection, database, typed):
    arrow_type, fluss_type, values = typed
    table = await create_kv_table(connection, path(database), [("id", pa.int32()), ("v", arrow_type)])
    assert table.get_table_info().get_schema().get_columns()[1] == ("v", fluss_type)
    rows = list(enumerate(values))
    await upsert(table, *rows)
    assert await lookup(table, *[[i] for i, _ in rows]) == rows
    assert await read_changelog(table, len(rows)) == [(i, "+I", row) for i, row in enumerate(rows)]
    assert await limit_scan(table, 100) == rows


async def test_updates(connection, database, typed):
    """The old value comes back out of the store into the changelog."""
    arrow_type, _, values = typed
    table = await create_kv_table(connection, path(database), [("id", pa.int32()), ("v", arrow_type)])
    await upsert(table, *[(1, value) for value in values])
    await delete(table, [1])
    expected = [(0, "+I", (1, values[0]))]
    for before, after in itertools.pairwise(values):
        offset = expected[-1][0]
        expected += [(offset + 1, "-U", (1, before)), (offset + 2, "+U", (1, after))]
    expected.append((expected[-1][0] + 1, "-D", (1, values[-1])))
    assert await read_changelog(table, len(expected)) == expected


async def test_keys(connection, database, key_typed):
    arrow_type, fluss_type, values = key_typed
    table = await create_kv_table(connection, path(database), [("k", arrow_type), ("v", pa.int32())], ["k"])
    assert table.get_table_info().get_schema().get_columns()[0] == ("k", f"{fluss_type} NOT NULL")
    rows = [(value, i) for i, value in enumerate(values)]
    await upsert(table, *rows)
    await upsert(table, (values[0], -1))
    await delete(table, [values[-1]])
    expected = [(values[0], -1), *rows[1:-1], None] if len(rows) > 1 else [None]
    assert await lookup(table, *[[value] for value in values]) == expected
    end = len(rows) + 3
    assert [row for _, _, row in await read_changelog(table, end)] == [
        *rows, (values[0], 0), (values[0], -1), rows[-1] if len(rows) > 1 else (values[0], -1)]
    assert await end_offset(connection, table) == end


async def test_a_key_of_all_types(connection, database):
    columns = [(name, TYPES[name][0]) for name in KEY_TYPES]
    table = await create_kv_table(connection, path(database), [*columns, ("v", pa.string())], KEY_TYPES)
    one = tuple(TYPES[name][2][0] for name in KEY_TYPES)
    other = tuple(TYPES[name][2][-1] for name in KEY_TYPES)
    await upsert(table, (*one, "one"), (*other, "other"))
    await upsert(table, (*one, "changed"))
    assert await lookup(table, one, other) == [(*one, "changed"), (*other, "other")]
    assert await read_changelog(table, 4) == [
        (0, "+I", (*one, "one")), (1, "+I", (*other, "other")),
        (2, "-U", (*one, "one")), (3, "+U", (*one, "changed"))]


async def test_keys_that_differ_by_one_column(connection, database):
    """Their bytes, one after the other, must not be taken for each other."""
    columns = [("a", pa.string()), ("b", pa.string()), ("n", pa.int64()), ("v", pa.int32())]
    table = await create_kv_table(connection, path(database), columns, ["a", "b", "n"])
    keys = [("ab", "c", 1), ("a", "bc", 1), ("", "abc", 1), ("abc", "", 1), ("ab", "c", -1), ("ab", "c", 1 << 40)]
    await upsert(table, *[(*key, i) for i, key in enumerate(keys)])
    assert await lookup(table, *keys) == [(*key, i) for i, key in enumerate(keys)]
    await delete(table, keys[1])
    assert await lookup(table, *keys) == [None if i == 1 else (*key, i) for i, key in enumerate(keys)]


async def test_keys_that_are_not_the_first_columns(connection, database):
    columns = [("v", pa.string()), ("b", pa.int32()), ("w", pa.float64()), ("a", pa.string())]
    table = await create_kv_table(connection, path(database), columns, ["a", "b"])
    assert table.get_table_info().get_primary_keys() == ["a", "b"]
    await upsert(table, ["v", 1, 0.5, "x"], ["w", 1, 1.5, "y"], [None, 2, None, "x"])
    await upsert(table, ["changed", 1, 2.5, "x"])
    await delete(table, {"a": "y", "b": 1})
    keys = [{"a": "x", "b": 1}, {"a": "y", "b": 1}, {"b": 2, "a": "x"}]
    assert await lookup(table, *keys) == [("changed", 1, 2.5, "x"), None, (None, 2, None, "x")]


async def test_prefixes(connection, database):
    columns = [("a", pa.string()), ("b", pa.int32()), ("v", pa.string())]
    table = await create_kv_table(connection, path(database), columns, ["a", "b"], bucket_keys=["a"], bucket_count=3)
    rows = [(a, b, f"{a}{b}") for a in ("bo", "bob", "b", "") for b in (2, 1, 3)]
    await upsert(table, *rows)
    await delete(table, ["bob", 2])
    for prefix in ("bo", "b", ""):
        assert await prefix_lookup(table, ["a"], [prefix]) == [(prefix, b, f"{prefix}{b}") for b in (1, 2, 3)]
    assert await prefix_lookup(table, ["a"], {"a": "bob"}) == [("bob", 1, "bob1"), ("bob", 3, "bob3")]
    assert await prefix_lookup(table, ["a"], ["nobody"]) == []
    assert await lookup(table, ["bo", 2]) == [("bo", 2, "bo2")]


async def test_prefixes_of_several_types(connection, database):
    columns = [("d", pa.date32()), ("m", pa.decimal128(20, 2)), ("t", pa.timestamp("us", "UTC")), ("v", pa.int32())]
    table = await create_kv_table(connection, path(database), columns, ["d", "m", "t"], bucket_keys=["d", "m"])
    day, amount = datetime.date(2024, 2, 29), decimal.Decimal("123456789012345678.90")
    moment = datetime.datetime(2024, 2, 29, 1, 2, 3, 456789, UTC)
    rows = [(day, amount, moment, 1), (day, amount, moment.replace(microsecond=456790), 2), (day, -amount, moment, 3)]
    await upsert(table, *rows)
    assert await prefix_lookup(table, ["d", "m"], [day, amount]) == rows[:2]
    assert await prefix_lookup(table, ["d", "m"], [day, -amount]) == rows[2:]


async def test_all_types_in_one_table(connection, database):
    columns = [("id", pa.int32()), *((name, arrow_type) for name, (arrow_type, _, _) in TYPES.items())]
    table = await create_kv_table(connection, path(database), columns)
    full = (1, *(values[-1] for _, _, values in TYPES.values()))
    empty = (1, *(None for _ in TYPES))
    await upsert(table, full)
    assert await lookup(table, [1]) == [full]
    await upsert(table, empty)
    await upsert(table, full)
    assert await read_changelog(table, 5) == [
        (0, "+I", full), (1, "-U", full), (2, "+U", empty), (3, "-U", empty), (4, "+U", full)]
    for position in range(1, len(columns)):
        name = columns[position][0]
        scan = table.new_scan().project_by_name([name])
        assert [row for _, _, row in await read_changelog(table, 2, scan=scan)][:2] == [(full[position],)] * 2
        assert await limit_scan(table, 1, scan=table.new_scan().project_by_name([name])) == [(full[position],)]


async def test_a_wide_row(connection, database):
    columns = [("id", pa.int32()), *((f"c{i}", pa.int32()) for i in range(300))]
    table = await create_kv_table(connection, path(database), columns)
    row = (1, *(None if i % 3 == 0 else i * i for i in range(300)))
    await upsert(table, row)
    await upsert(table, row)
    assert await lookup(table, [1]) == [row]
    assert [found for _, _, found in await read_changelog(table, 3)] == [row] * 3
