"""The official client loses answers of the server and retries: every row is there once, in order."""

import pyarrow as pa
import pytest

from fluss_tables import append_rows, connect, create_table, path, read_rows
from proxy import Proxy
from wire import Api

COLUMNS = [("id", pa.int32()), ("name", pa.string())]


def rows(start, count):
    return [{"id": i, "name": f"name {i}"} for i in range(start, start + count)]


@pytest.fixture
def proxy(server):
    with Proxy(server.bootstrap) as running:
        yield running


@pytest.mark.parametrize("lost", [1, 3])
async def test_lost_answers_to_appends(proxy, connection, database, lost):
    table = await create_table(connection, path(database), COLUMNS)
    async with await connect(proxy.bootstrap) as unreliable:
        writer_table = await unreliable.get_table(path(database))
        await append_rows(writer_table, rows(0, 10))
        proxy.lose_answers(Api.PRODUCE_LOG, lost)
        await append_rows(writer_table, rows(10, 10))
        await append_rows(writer_table, rows(20, 10))
    assert len(proxy.requests_of(Api.PRODUCE_LOG)) >= 3 + lost
    assert await read_rows(table) == rows(0, 30)


async def test_lost_answers_with_many_batches_in_flight(proxy, connection, database):
    table = await create_table(connection, path(database), COLUMNS, bucket_count=3, bucket_keys=["id"])
    options = {"writer.batch-size": "2048", "writer.dynamic-batch-size-min": "2048"}
    async with await connect(proxy.bootstrap, **options) as unreliable:
        writer_table = await unreliable.get_table(path(database))
        proxy.lose_answers(Api.PRODUCE_LOG, 5)
        await append_rows(writer_table, rows(0, 3000))
    assert sorted(await read_rows(table), key=lambda row: row["id"]) == rows(0, 3000)


async def test_lost_answers_to_fetches(proxy, connection, database):
    table = await create_table(connection, path(database), COLUMNS)
    await append_rows(table, rows(0, 100))
    async with await connect(proxy.bootstrap) as unreliable:
        proxy.lose_answers(Api.FETCH_LOG, 2)
        assert await read_rows(await unreliable.get_table(path(database))) == rows(0, 100)
    assert len(proxy.requests_of(Api.FETCH_LOG)) >= 3
