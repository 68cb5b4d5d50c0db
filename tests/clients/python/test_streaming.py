"""A reader that waits sees a row at once."""

import asyncio
import time

import pyarrow as pa

import fluss
from fluss_tables import connect, create_table, path, poll_records

COLUMNS = [("id", pa.int32()), ("name", pa.string())]
LATENCY_S_MAX = 5


async def test_waiting_reader_sees_each_row(server, database, record_property):
    """The writer sends one row after the reader has the last one, so every row meets a waiting reader."""
    async with await connect(server.bootstrap, **{"writer.batch-timeout-ms": "1"}) as connection:
        table = await create_table(connection, path(database), COLUMNS)
        writer = table.new_append().create_writer()
        scanner = await table.new_scan().create_log_scanner()
        scanner.subscribe(0, fluss.EARLIEST_OFFSET)
        latencies_s = []
        for number in range(20):
            reading = asyncio.ensure_future(poll_records(scanner, 1))
            started = time.monotonic()
            await writer.append([number, f"row {number}"]).wait()
            records = await reading
            latencies_s.append(time.monotonic() - started)
            assert [(record.offset, record.row["id"]) for record in records] == [(number, number)]
    record_property("latency_ms_max", round(max(latencies_s) * 1000, 1))
    assert max(latencies_s) < LATENCY_S_MAX


async def test_several_readers_of_one_bucket(connection, database):
    table = await create_table(connection, path(database), COLUMNS)
    readings = []
    for _ in range(3):
        scanner = await table.new_scan().create_log_scanner()
        scanner.subscribe(0, fluss.EARLIEST_OFFSET)
        readings.append(asyncio.ensure_future(poll_records(scanner, 1)))
    await table.new_append().create_writer().append([1, "for all"]).wait()
    for reading in readings:
        assert [record.row for record in await reading] == [{"id": 1, "name": "for all"}]


async def test_reader_follows_a_running_writer(connection, database):
    table = await create_table(connection, path(database), COLUMNS, bucket_count=3, bucket_keys=["id"])
    scanner = await table.new_scan().create_log_scanner()
    scanner.subscribe_buckets(dict.fromkeys(range(3), fluss.EARLIEST_OFFSET))
    reading = asyncio.ensure_future(poll_records(scanner, 1000))
    writer = table.new_append().create_writer()
    for number in range(1000):
        await asyncio.sleep(0)
        writer.append([number, str(number)])
    await writer.flush()
    found = sorted((record.row for record in await reading), key=lambda row: row["id"])
    assert found == [{"id": number, "name": str(number)} for number in range(1000)]


async def test_poll_without_data_ends_in_time(connection, database):
    table = await create_table(connection, path(database), COLUMNS)
    scanner = await table.new_scan().create_log_scanner()
    scanner.subscribe(0, fluss.EARLIEST_OFFSET)
    started = time.monotonic()
    assert (await scanner.poll(200)).is_empty()
    assert 0.19 < time.monotonic() - started < LATENCY_S_MAX
