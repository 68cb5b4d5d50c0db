"""Every data type the client can write: by rows and by Arrow batches, with nulls and limits, read back both ways."""

import datetime
import decimal
import math

import pyarrow as pa
import pytest

import fluss
from fluss_tables import append_rows, create_table, path, poll_records, read_arrow, read_rows

INT_LIMITS = {bits: [-(1 << bits - 1), -1, 0, (1 << bits - 1) - 1] for bits in (8, 16, 32, 64)}
MOMENT = datetime.datetime(2001, 2, 3, 4, 5, 6)
UTC = datetime.timezone.utc


def moments(microsecond, tzinfo=None):
    """Before and after the epoch. The client refuses rows before it that are not whole milliseconds."""
    return [MOMENT.replace(microsecond=microsecond, tzinfo=tzinfo),
            datetime.datetime(1969, 12, 31, 23, 59, 59, microsecond // 1000 * 1000, tzinfo),
            datetime.datetime(1970, 1, 1, 0, 0, 0, 0, tzinfo)]


ROW = pa.struct([("x", pa.int32()), ("y", pa.string())])
DEEP = pa.struct([("list", pa.list_(pa.struct([("q", pa.float64())]))), ("map", pa.map_(pa.string(), ROW))])

# name: (Arrow type, Fluss type, values)
TYPES = {
    "boolean": (pa.bool_(), "boolean", [True, False]),
    "tinyint": (pa.int8(), "tinyint", INT_LIMITS[8]),
    "smallint": (pa.int16(), "smallint", INT_LIMITS[16]),
    "int": (pa.int32(), "int", INT_LIMITS[32]),
    "bigint": (pa.int64(), "bigint", INT_LIMITS[64]),
    "float": (pa.float32(), "float", [1.5, -0.0, math.inf, -math.inf, 2.0 ** -149]),
    "double": (pa.float64(), "double", [-1e300, 5e-324, 0.1, math.inf]),
    "string": (pa.string(), "string", ["", "plain", "Mühlgraben ☃ 𝄞", "nul\0inside"]),
    "bytes": (pa.binary(), "bytes", [b"", b"\x00\xff", bytes(range(256))]),
    "binary": (pa.binary(4), "binary(4)", [b"abcd", b"\x00\x00\xff\x00"]),
    "date": (pa.date32(), "date", [datetime.date(1, 1, 1), datetime.date(1969, 12, 31), datetime.date(9999, 12, 31)]),
    "time_s": (pa.time32("s"), "time", [datetime.time(0), datetime.time(23, 59, 59)]),
    "time_ms": (pa.time32("ms"), "time(3)", [datetime.time(1, 2, 3, 4000), datetime.time(23, 59, 59, 999000)]),
    "time_us": (pa.time64("us"), "time(6)", [datetime.time(1, 2, 3, 4000)]),
    "time_ns": (pa.time64("ns"), "time(9)", [datetime.time(1, 2, 3, 4000)]),
    "timestamp_s": (pa.timestamp("s"), "timestamp(0)", moments(0)),
    "timestamp_ms": (pa.timestamp("ms"), "timestamp(3)", moments(7000)),
    "timestamp_us": (pa.timestamp("us"), "timestamp", moments(789)),
    "timestamp_ns": (pa.timestamp("ns"), "timestamp(9)", moments(789)),
    "timestamp_ltz_s": (pa.timestamp("s", "UTC"), "timestamp_ltz(0)", moments(0, UTC)),
    "timestamp_ltz_ms": (pa.timestamp("ms", "UTC"), "timestamp_ltz(3)", moments(7000, UTC)),
    "timestamp_ltz_us": (pa.timestamp("us", "UTC"), "timestamp_ltz", moments(789, UTC)),
    "timestamp_ltz_ns": (pa.timestamp("ns", "UTC"), "timestamp_ltz(9)", moments(789, UTC)),
    "decimal": (pa.decimal128(10, 2), "decimal(10,2)",
                [decimal.Decimal("12345678.90"), decimal.Decimal("-0.01"), decimal.Decimal("0.00")]),
    "decimal_wide": (pa.decimal128(38, 10), "decimal(38,10)",
                     [decimal.Decimal("-1234567890123456789012345678.0123456789")]),
    "array": (pa.list_(pa.int32()), "array<int>", [[], [1, None, 3]]),
    "array_of_arrays": (pa.list_(pa.list_(pa.string())), "array<array<string>>", [[["a", None], [], None]]),
    "map": (pa.map_(pa.string(), pa.int64()), "map<string NOT NULL,bigint>", [[], [("k", 1), ("n", None)]]),
    "row": (ROW, "row<x: int, y: string>", [{"x": 1, "y": None}, {"x": None, "y": "why"}]),
    "deep": (DEEP, "row<list: array<row<q: double>>, map: map<string NOT NULL,row<x: int, y: string>>>",
             [{"list": [{"q": 0.5}, None], "map": [("k", {"x": 1, "y": "z"})]}, {"list": None, "map": []}]),
}


@pytest.fixture(params=TYPES)
def typed(request):
    """(Arrow type, Fluss type, rows with every value and nulls around them)"""
    arrow_type, fluss_type, values = TYPES[request.param]
    return arrow_type, fluss_type, [{"v": value} for value in [None, *values, None]]


async def test_schema_round_trip(connection, database, typed):
    arrow_type, fluss_type, _ = typed
    table = await create_table(connection, path(database), [("v", arrow_type)])
    assert table.get_table_info().get_schema().get_columns() == [("v", fluss_type)]
    assert table.arrow_schema.types == [arrow_type]


async def test_rows(connection, database, typed):
    arrow_type, _, rows = typed
    table = await create_table(connection, path(database), [("v", arrow_type)])
    await append_rows(table, rows)

    result = await read_arrow(table)
    assert result.schema.types == [arrow_type]
    assert result.to_pylist() == rows

    scanner = await table.new_scan().create_log_scanner()
    scanner.subscribe(0, fluss.EARLIEST_OFFSET)
    assert [record.row for record in await poll_records(scanner, len(rows))] == rows


async def test_arrow_batch(connection, database, typed):
    arrow_type, _, rows = typed
    table = await create_table(connection, path(database), [("v", arrow_type)])
    batch = pa.RecordBatch.from_pylist(rows, pa.schema([("v", arrow_type)]))
    await table.new_append().create_writer().write_arrow_batch(batch).wait()
    assert await read_rows(table) == rows


@pytest.mark.parametrize("compression", ["NONE", "LZ4_FRAME", "ZSTD"])
async def test_all_types_in_one_table(connection, database, compression):
    columns = [(name, arrow_type) for name, (arrow_type, _, _) in TYPES.items()]
    table = await create_table(connection, path(database), columns,
                               properties={"table.log.arrow.compression.type": compression})
    full = {name: values[-1] for name, (_, _, values) in TYPES.items()}
    empty = dict.fromkeys(TYPES)
    await append_rows(table, [full, empty, full])
    assert await read_rows(table) == [full, empty, full]

    backwards = list(reversed(TYPES))
    for name in backwards:
        assert await read_rows(table, scan=table.new_scan().project_by_name([name])) == [
            {name: full[name]}, {name: None}, {name: full[name]}]
    assert await read_rows(table, scan=table.new_scan().project_by_name(backwards)) == [full, empty, full]


async def test_not_null_columns(connection, database):
    columns = [pa.field("id", pa.int32(), nullable=False), pa.field("name", pa.string(), nullable=False)]
    table = await create_table(connection, path(database), columns)
    assert [field.nullable for field in table.arrow_schema] == [False, False]
    await append_rows(table, [[1, "a"], [2, ""]])
    assert await read_rows(table) == [{"id": 1, "name": "a"}, {"id": 2, "name": ""}]
