"""Tables of many buckets: by bucket key and without one."""

import pyarrow as pa
import pytest

import fluss
from fluss_tables import all_buckets, append_rows, create_table, path, read_rows

COLUMNS = [("id", pa.int64()), ("region", pa.string()), ("v", pa.int32())]
BUCKETS = 7


def rows(count):
    return [{"id": i % 50, "region": f"region {i % 10}", "v": i} for i in range(count)]


async def rows_by_bucket(table):
    return {bucket: await read_rows(table, {bucket: fluss.EARLIEST_OFFSET}) for bucket in all_buckets(table)}


@pytest.mark.parametrize("bucket_keys", [["id"], ["region"], ["region", "id"]])
async def test_rows_of_one_key_stay_in_order_in_one_bucket(connection, database, bucket_keys):
    table = await create_table(connection, path(database), COLUMNS, bucket_count=BUCKETS, bucket_keys=bucket_keys)
    await append_rows(table, rows(1000))
    by_bucket = await rows_by_bucket(table)

    bucket_of_key = {}
    for bucket, found in by_bucket.items():
        assert [row["v"] for row in found] == sorted(row["v"] for row in found)
        for row in found:
            assert bucket_of_key.setdefault(tuple(row[key] for key in bucket_keys), bucket) == bucket
    assert len(set(bucket_of_key.values())) > 1
    assert sorted(sum(by_bucket.values(), []), key=lambda row: row["v"]) == rows(1000)


async def test_arrow_batch_goes_to_the_buckets_of_its_rows(connection, database):
    by_rows = await create_table(connection, path(database, "rows"), COLUMNS, bucket_count=BUCKETS, bucket_keys=["id"])
    by_batch = await create_table(connection, path(database, "batch"), COLUMNS, bucket_count=BUCKETS,
                                  bucket_keys=["id"])
    await append_rows(by_rows, rows(500))
    batch = pa.RecordBatch.from_pylist(rows(500), pa.schema(COLUMNS))
    await by_batch.new_append().create_writer().write_arrow_batch(batch).wait()
    assert await rows_by_bucket(by_batch) == await rows_by_bucket(by_rows)


async def test_without_bucket_key(connection, database):
    table = await create_table(connection, path(database), COLUMNS, bucket_count=BUCKETS)
    for start in range(0, 300, 10):
        await append_rows(table, rows(300)[start:start + 10])
    assert sorted(await read_rows(table), key=lambda row: row["v"]) == rows(300)


async def test_offsets_per_bucket(connection, admin, database):
    table = await create_table(connection, path(database), COLUMNS, bucket_count=BUCKETS, bucket_keys=["id"])
    await append_rows(table, rows(500))
    expected = {bucket: len(found) for bucket, found in (await rows_by_bucket(table)).items()}
    buckets = list(range(BUCKETS))
    assert await admin.list_offsets(path(database), buckets, fluss.OffsetSpec.latest()) == expected
    assert await admin.list_offsets(path(database), buckets, fluss.OffsetSpec.earliest()) == dict.fromkeys(buckets, 0)


async def test_many_buckets(connection, database):
    table = await create_table(connection, path(database), COLUMNS, bucket_count=64, bucket_keys=["id"])
    await append_rows(table, rows(2000))
    assert sorted(await read_rows(table), key=lambda row: row["v"]) == rows(2000)
