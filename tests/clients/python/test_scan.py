"""Reading: where to start, what to project, and the bounded limit scan."""

import time

import pyarrow as pa
import pytest

import fluss
from fluss_tables import append_rows, create_table, once_led, path, poll_records, raises_error, read_arrow, read_rows
from wire import Error

COLUMNS = [("id", pa.int32()), ("name", pa.string()), ("weight", pa.float64()), ("tags", pa.list_(pa.string()))]
ROWS = [{"id": i, "name": f"name {i}" if i % 4 else None, "weight": i / 4, "tags": ["a"] * (i % 3)} for i in range(20)]


@pytest.fixture
def table(connection, database, event_loop):
    """20 rows in batches of 5"""
    async def fill():
        created = await create_table(connection, path(database), COLUMNS)
        for start in range(0, len(ROWS), 5):
            await append_rows(created, ROWS[start:start + 5])
        return created

    return event_loop.run(fill())


def columns_of(names):
    return [{name: row[name] for name in names} for row in ROWS]


async def test_from_earliest(table):
    assert await read_rows(table) == ROWS


@pytest.mark.parametrize("offset", [0, 1, 4, 5, 12, 19])
async def test_from_offset(table, offset):
    scanner = await table.new_scan().create_log_scanner()
    scanner.subscribe(0, offset)
    records = await poll_records(scanner, len(ROWS) - offset)
    assert [(record.offset, record.row) for record in records] == list(enumerate(ROWS))[offset:]


async def test_from_beyond_the_end(table):
    scanner = await table.new_scan().create_log_scanner()
    scanner.subscribe(0, len(ROWS) + 1)
    with pytest.raises(fluss.FlussError, match="out of range"):
        await poll_records(scanner, 1)


async def test_from_timestamp(connection, database, admin):
    table = await create_table(connection, path(database), COLUMNS)
    for row in ROWS[:5]:
        await append_rows(table, [row])
    scanner = await table.new_scan().create_log_scanner()
    scanner.subscribe(0, fluss.EARLIEST_OFFSET)
    timestamps = [record.timestamp for record in await poll_records(scanner, 5)]
    assert timestamps == sorted(timestamps)

    for timestamp in timestamps:
        spec = fluss.OffsetSpec.timestamp(timestamp)
        (offset,) = (await admin.list_offsets(path(database), [0], spec)).values()
        assert offset == timestamps.index(timestamp)
        assert await read_rows(table, {0: offset}) == ROWS[offset:5]
    before_all = fluss.OffsetSpec.timestamp(timestamps[0] - 1)
    assert await admin.list_offsets(path(database), [0], before_all) == {0: 0}


@pytest.mark.usefixtures("table")
async def test_timestamp_in_the_future(admin, database):
    tomorrow = int(time.time() * 1000) + 86_400_000
    with raises_error(Error.INVALID_TIMESTAMP):
        await admin.list_offsets(path(database), [0], fluss.OffsetSpec.timestamp(tomorrow))


async def test_empty_table(connection, admin, database):
    table = await create_table(connection, path(database), COLUMNS)
    for spec in (fluss.OffsetSpec.earliest(), fluss.OffsetSpec.latest()):
        assert await once_led(lambda: admin.list_offsets(path(database), [0], spec)) == {0: 0}
    result = await read_arrow(table)
    assert (result.schema.names, result.num_rows) == ([name for name, _ in COLUMNS], 0)


@pytest.mark.parametrize("names", [
    ["id"], ["name"], ["tags"], ["id", "weight"], ["weight", "id"], ["tags", "name", "id"],
    ["tags", "weight", "name", "id"], ["id", "name", "weight", "tags"],
])
async def test_projection(table, names):
    scan = table.new_scan().project_by_name(names)
    result = await read_arrow(table, scan=scan)
    assert result.schema.names == names
    assert result.to_pylist() == columns_of(names)


async def test_projection_by_position_into_records(table):
    scanner = await table.new_scan().project([3, 0]).create_log_scanner()
    scanner.subscribe(0, 7)
    records = await poll_records(scanner, 13)
    assert [(record.offset, record.row) for record in records] == list(enumerate(columns_of(["tags", "id"])))[7:]


async def test_filter_keeps_every_matching_row(table):
    scan = table.new_scan().filter((fluss.col("id") >= 15) & fluss.col("name").is_not_null())
    found = await read_rows(table, scan=scan)
    assert [row for row in found if row["id"] >= 15 and row["name"]] == [
        row for row in ROWS if row["id"] >= 15 and row["name"]]


async def test_two_scanners_do_not_disturb_each_other(table):
    first = await table.new_scan().create_log_scanner()
    second = await table.new_scan().project([0]).create_log_scanner()
    first.subscribe(0, 10)
    second.subscribe(0, fluss.EARLIEST_OFFSET)
    assert [record.row for record in await poll_records(first, 10)] == ROWS[10:]
    assert [record.row for record in await poll_records(second, 20)] == columns_of(["id"])


async def test_unsubscribe_and_subscribe_again(table):
    scanner = await table.new_scan().create_log_scanner()
    scanner.subscribe(0, 15)
    assert len(await poll_records(scanner, 5)) == 5
    scanner.unsubscribe(0)
    scanner.subscribe(0, 18)
    assert [record.offset for record in await poll_records(scanner, 2)] == [18, 19]


@pytest.mark.parametrize("limit", [1, 5, 7, 20, 1000])
async def test_limit_scan_returns_the_last_rows(table, limit):
    bucket = fluss.TableBucket(table.get_table_info().table_id, 0)
    scanner = table.new_scan().limit(limit).create_bucket_batch_scanner(bucket)
    assert (await scanner.to_arrow()).to_pylist() == ROWS[-limit:]


async def test_limit_scan_with_projection(table):
    bucket = fluss.TableBucket(table.get_table_info().table_id, 0)
    scanner = table.new_scan().project_by_name(["weight", "id"]).limit(3).create_bucket_batch_scanner(bucket)
    assert (await scanner.to_arrow()).to_pylist() == columns_of(["weight", "id"])[-3:]


async def test_limit_scan_of_an_empty_table(connection, database):
    table = await create_table(connection, path(database), COLUMNS)
    bucket = fluss.TableBucket(table.get_table_info().table_id, 0)
    result = await once_led(lambda: table.new_scan().limit(3).create_bucket_batch_scanner(bucket).to_arrow())
    assert result.to_pylist() == []
