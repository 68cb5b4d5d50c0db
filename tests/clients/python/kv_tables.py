"""Short forms of what tests of primary-key tables do with the official client."""

import asyncio

import fluss
import pyarrow as pa

from fluss_tables import poll_records

COLUMNS = [("id", pa.int32()), ("name", pa.string()), ("score", pa.int64())]


async def create_kv_table(connection, table_path, columns=COLUMNS, keys=("id",), auto_increment=None, bucket_count=1,
                          **descriptor):
    """Creates a table of the columns [(name, Arrow type)] with a primary key, and opens it."""
    schema = fluss.Schema(pa.schema(columns), primary_keys=list(keys), auto_increment_column=auto_increment)
    await connection.get_admin().create_table(
        table_path, fluss.TableDescriptor(schema, bucket_count=bucket_count, **descriptor))
    return await connection.get_table(table_path)


def upsert_writer(table, columns=None):
    """A writer of whole rows, or of some columns alone."""
    upsert = table.new_upsert()
    return (upsert.partial_update_by_name(columns) if columns else upsert).create_writer()


async def upsert(table, *rows, columns=None):
    """Upserts the rows, as one batch for each bucket, and returns when all are acknowledged."""
    writer = upsert_writer(table, columns)
    acknowledgements = [writer.upsert(row) for row in rows]
    await writer.flush()
    for acknowledgement in acknowledgements:
        await acknowledgement.wait()


async def delete(table, *keys, columns=None):
    """Deletes by rows or by values of the primary key, and returns when all are acknowledged."""
    writer = upsert_writer(table, columns)
    acknowledgements = [writer.delete(key) for key in keys]
    await writer.flush()
    for acknowledgement in acknowledgements:
        await acknowledgement.wait()


async def lookup(table, *keys):
    """The rows of the keys as tuples, None for a key that is not there."""
    found = await asyncio.gather(*(lookup_one(table, key) for key in keys))
    return [None if row is None else tuple(row.values()) for row in found]


async def lookup_one(table, key):
    """Waits a moment for others, which would not come from the same lookuper."""
    return await table.new_lookup().create_lookuper().lookup(key)


async def prefix_lookup(table, columns, prefix):
    """The rows as tuples, in the order of their keys."""
    rows = await table.new_lookup().lookup_by(columns).create_lookuper().lookup(prefix)
    return [tuple(row.values()) for row in rows]


def bucket_of(table, bucket=0):
    return fluss.TableBucket(table.get_table_info().table_id, bucket)


async def limit_scan(table, limit, bucket=None, scan=None):
    """The rows of one bucket as tuples, in the order of their keys."""
    scanner = (scan or table.new_scan()).limit(limit).create_bucket_batch_scanner(bucket or bucket_of(table))
    return [tuple(row.values()) for row in (await scanner.to_arrow()).to_pylist()]


async def read_changelog(table, count, start=0, bucket=0, scan=None):
    """[(offset, change, row)] from an offset on: at least `count`, and what came with them."""
    scanner = await (scan or table.new_scan()).create_log_scanner()
    scanner.subscribe(bucket, start)
    return changes(await poll_records(scanner, count))


def changes(records):
    return [(record.offset, record.change_type.short_string(), tuple(record.row.values())) for record in records]


async def end_offset(connection, table, bucket=0):
    """The offset that the next change of the bucket gets."""
    latest = fluss.OffsetSpec.latest()
    return (await connection.get_admin().list_offsets(table.get_table_path(), [bucket], latest))[bucket]
