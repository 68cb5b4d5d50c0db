"""Bulk load by the official Python client: writes and reads whole Arrow batches.

    bulk_client.py host:port database

says "ready" and then carries out a command per line of its standard input, answering each with a line of JSON:

    append TABLE BYTES      writes batches of 8192 rows until they hold so many bytes, and waits until all are acknowledged
    scan TABLE TIMES ROWS [COLUMN ...]
                            so many times, reads that many rows from the beginning: all columns or those named

It is a process of its own, so that what it costs is not counted as the server's.
"""

import asyncio
import collections
import json
import os
import sys
import time

import fluss

import rows

UNACKNOWLEDGED_BATCHES_MAX = 32
POLL_MS = 1000


async def append(table, size):
    batches = rows.batches()
    writer = table.new_append().create_writer()
    unacknowledged = collections.deque()
    with Stopwatch() as watch:
        written_bytes = written_rows = 0
        while written_bytes < size:
            batch = batches[written_rows // rows.ROWS_PER_BATCH % len(batches)]
            unacknowledged.append(writer.write_arrow_batch(batch))
            written_bytes += batch.nbytes
            written_rows += batch.num_rows
            if len(unacknowledged) > UNACKNOWLEDGED_BATCHES_MAX:
                await unacknowledged.popleft().wait()
        await writer.flush()
        for handle in unacknowledged:
            await handle.wait()
    return {"rows": written_rows, "bytes": written_bytes, **watch.result()}


async def scan(table, times, row_count, columns):
    with Stopwatch() as watch:
        sizes = [await scan_once(table, row_count, columns) for _ in range(times)]
    return {"rows": times * row_count, "bytes": sum(sizes), **watch.result()}


async def scan_once(table, row_count, columns):
    """Returns the size of what was read, as Arrow data."""
    query = table.new_scan()
    if columns:
        query = query.project_by_name(columns)
    scanner = await query.create_record_batch_log_scanner()
    scanner.subscribe(0, fluss.EARLIEST_OFFSET)
    read_bytes = read_rows = 0
    while read_rows < row_count:
        for record_batch in await scanner.poll_record_batch(POLL_MS):
            read_rows += record_batch.batch.num_rows
            read_bytes += record_batch.batch.nbytes
    if read_rows != row_count:
        raise RuntimeError(f"read {read_rows} rows where {row_count} were written")
    return read_bytes


class Stopwatch:
    """Time that passed and CPU time of this process."""

    def __enter__(self):
        self._started = time.perf_counter()
        self._cpu = sum(os.times()[:2])
        return self

    def __exit__(self, *_):
        self._seconds = time.perf_counter() - self._started
        self._cpu = sum(os.times()[:2]) - self._cpu

    def result(self):
        return {"seconds": self._seconds, "client_cpu_seconds": self._cpu}


async def obey(connection, database, words):
    command, name, *amounts = words
    table = await connection.get_table(fluss.TablePath(database, name))
    if command == "append":
        return await append(table, int(amounts[0]))
    if command == "scan":
        times, row_count, *columns = amounts
        return await scan(table, int(times), int(row_count), columns)
    raise ValueError(f"no such command: {command}")


async def main():
    bootstrap, database = sys.argv[1:]
    config = fluss.Config({"bootstrap.servers": bootstrap})
    async with await fluss.FlussConnection.create(config) as connection:
        print("ready", flush=True)
        for line in sys.stdin:
            print(json.dumps(await obey(connection, database, line.split())), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
