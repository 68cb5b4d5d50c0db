"""Appends rows through the official client until it is ended; prints the last id of each acknowledged batch.

    load_client.py <bootstrap> <database> <table> <first id>

Rows are (id, text), in batches of ROWS, each acknowledged before its line is printed; several are in flight.
"""

import asyncio
import collections
import sys

import fluss
import pyarrow as pa

ROWS = 50
IN_FLIGHT = 16


def batch_of(first_id):
    ids = range(first_id, first_id + ROWS)
    return pa.RecordBatch.from_arrays([pa.array(ids, pa.int64()), pa.array([f"row {i}" for i in ids])], ["id", "text"])


async def main(bootstrap, database, table, first_id):
    connection = await fluss.FlussConnection.create(fluss.Config({"bootstrap.servers": bootstrap}))
    opened = await connection.get_table(fluss.TablePath(database, table))
    writer = opened.new_append().create_writer()
    waiting = collections.deque()
    while True:
        while len(waiting) < IN_FLIGHT:
            waiting.append((first_id + ROWS - 1, writer.write_arrow_batch(batch_of(first_id))))
            first_id += ROWS
        last_id, handle = waiting.popleft()
        await handle.wait()
        print(last_id, flush=True)


asyncio.run(main(*sys.argv[1:4], int(sys.argv[4])))
