"""The loads: each takes a way to start a server and yields (name of a figure, Sample)."""

import os
import pathlib
import time
from dataclasses import dataclass

import pyarrow as pa

import floor
import generators
import log_batch
import log_table
import rows
import wire

DATABASE = "bench"
IDLE_S = 2
CPU_OF_PROCESS = 2  # what clockid_t adds to a process's number for the time it ran (CPUCLOCK_SCHED)
# Scans in one repetition: one alone would be over too soon to be told from noise.
FULL_SCANS = 3
PROJECTED_SCANS = 16
FLOOR_BYTES = 128 << 20
ROW_COLUMNS = {"id": {"type": "BIGINT"}, "text": {"type": "STRING"}}
COMPRESSIONS = {"uncompressed": "NONE", "ZSTD": "ZSTD"}


@dataclass(frozen=True)
class Sample:
    value: float
    server_cpu_seconds: float | None = None
    seconds: float | None = None
    client_cpu_seconds: float | None = None
    floor: float | None = None  # what the machine takes for the same without a server, in the unit of `value`


@dataclass(frozen=True)
class Size:
    """How much is done in one repetition. Those that count come after one that warms up server and client.

    `append_bytes` is small on purpose: the page cache of all repetitions is to fit into memory that the host of a
    virtual machine provides already (floor.py).
    """
    repetitions: int
    append_bytes: int
    latencies: int
    latencies_s: float  # fewer rows where as many would take longer
    kv_rows: int  # of each primary-key table
    kv_lookups: int
    kv_seconds: float  # of lookups one at a time


FULL = Size(repetitions=3, append_bytes=128 << 20, latencies=10_000, latencies_s=8, kv_rows=1_000_000,
            kv_lookups=1_000_000, kv_seconds=5)
QUICK = Size(repetitions=3, append_bytes=64 << 20, latencies=200, latencies_s=4, kv_rows=100_000, kv_lookups=100_000,
             kv_seconds=2)


def create_table(server, name, column_types, compression):
    """A log table of one bucket, that is led. Nothing stays open."""
    properties = {"table.replication.factor": "1", "table.log.arrow.compression.type": compression}
    table = log_table.LogTable(server.bootstrap, DATABASE, name, column_types, properties=properties)
    table.connection.close()
    return table


def startup(new_server, size):
    """Starts servers without data: how soon one answers, and what it takes when nothing is asked of it."""
    for _ in range(size.repetitions):
        server = new_server()
        started = time.perf_counter()
        with server:
            with wire.Connection(server.bootstrap) as connection:
                wire.api_versions(connection)
                if not wire.tablet_servers(connection):
                    raise RuntimeError("the metadata lists no tablet server")
            yield "start to first answer", Sample(time.perf_counter() - started, _cpu_seconds(server))
            time.sleep(IDLE_S)
            yield "memory when idle", Sample(server.rss_kb() / 1000)


def bulk(new_server, size):
    """Appends and scans by the official Python client.

    It sends and receives Arrow batches as they are. The Java client goes row by row, and takes several times the CPU of
    either server: it would be the client that is measured.
    """
    for compression, value in COMPRESSIONS.items():
        with new_server() as server:
            create_table(server, "bulk", rows.column_types(), value)
            with generators.bulk_client(server, DATABASE) as client:
                yield from _appends_and_scans(server, client, compression, size)


def _appends_and_scans(server, client, compression, size):
    total_rows = client.run("append", "bulk", size.append_bytes)["rows"]
    for _ in range(size.repetitions):
        before = floor.write_cpu_per_gb(server.folder, FLOOR_BYTES)
        result, cpu_seconds = _measured(server, client, "append", "bulk", size.append_bytes)
        total_rows += result["rows"]
        worst_floor = max(before, floor.write_cpu_per_gb(server.folder, FLOOR_BYTES))
        yield f"append, {compression}", _sample(cpu_seconds / (result["bytes"] / 1e9), cpu_seconds, result, worst_floor)
    for what, columns in (("all", []), ("3 of 10", rows.THREE_COLUMNS), ("1 of 10", rows.ONE_COLUMN)):
        command = ("scan", "bulk", PROJECTED_SCANS if columns else FULL_SCANS, total_rows, *columns)
        client.run(*command)
        for _ in range(size.repetitions):
            send_floor = None if columns else floor.send_cpu_per_gb(_largest_log(server), FULL_SCANS)
            result, cpu_seconds = _measured(server, client, *command)
            per = result["rows"] / 1e6 / 1000 if columns else result["bytes"] / 1e9
            yield f"scan of {what} columns, {compression}", _sample(cpu_seconds / per, cpu_seconds, result, send_floor)


def _cpu_seconds(server):
    """What the server's processes have used, by the clock of each: /proc/PID/stat counts hundredths of a second."""
    return sum(time.clock_gettime(~process.pid << 3 | CPU_OF_PROCESS) for process in server.processes)


def _measured(server, client, *command):
    """What the client measured while the server did what it asked, and the server's CPU seconds meanwhile."""
    os.sync()  # what was written before is not this load's
    before = _cpu_seconds(server)
    started = time.perf_counter()
    result = client.run(*command)
    result.setdefault("seconds", time.perf_counter() - started)
    return result, _cpu_seconds(server) - before


def _sample(value, cpu_seconds, result, machine_floor=None):
    return Sample(value, cpu_seconds, result["seconds"], result.get("client_cpu_seconds"), machine_floor)


def _largest_log(server):
    return max(pathlib.Path(server.folder).rglob("*.log"), key=lambda file: file.stat().st_size)


def latency(new_server, size):
    """Single rows, by a bare client of the protocol and by the official Java client."""
    with new_server() as server:
        table = create_table(server, "bare", ROW_COLUMNS, "NONE")
        create_table(server, "java", ROW_COLUMNS, "NONE")
        batch_file = pathlib.Path(server.folder) / "one_row_batch"
        batch_file.write_bytes(_one_row())
        with generators.wire_client(table.leader_address, table.table_id, batch_file) as client:
            yield from _latencies(server, client, "bare client", size)
        with generators.java_client(server, DATABASE, "java") as client:
            yield from _latencies(server, client, "Java client", size)


def _one_row():
    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    return log_batch.build(pa.record_batch([[1], ["one row"]], schema=schema))


def _latencies(server, client, who, size):
    for command, what in (("append", "ack"), ("visible", "a waiting reader")):
        count = _warm_up(client, command, size)
        for _ in range(size.repetitions):
            result, cpu_seconds = _measured(server, client, command, count)
            latencies_ms = sorted(latency_us / 1000 for latency_us in result["latencies_us"])
            for percent in (50, 99):
                value = latencies_ms[min(count - 1, count * percent // 100)]
                yield f"one row to {what}, {who}, p{percent}", _sample(value, cpu_seconds, result)


def _warm_up(client, command, size):
    """Runs a command until both sides are warm, and returns how many rows one repetition can take."""
    count = 8
    while True:
        started = time.monotonic()
        client.run(command, count)
        seconds = time.monotonic() - started
        if count == size.latencies or seconds * 2 > size.latencies_s:
            return max(8, min(size.latencies, int(count * size.latencies_s / seconds)))
        count = min(size.latencies, count * 2)


LOADS = {"startup": startup, "latency": latency, "bulk": bulk}
