"""The loads on primary-key tables, by the bare client wire_kv_client. They yield what those in loads.py do."""

import time

import generators
import kv_table
import log_table
import servers
from loads import DATABASE, Sample

# Those of kv_rows.h.
COLUMNS = {"id": {"type": "INTEGER", "nullable": False}, "name": {"type": "STRING"}, "amount": {"type": "BIGINT"},
           "price": {"type": "DOUBLE"}, "page": {"type": "STRING"}}
# A changelog as a server writes it when nothing is said, and one replica because there is one server.
PROPERTIES = {"table.log.arrow.compression.type": "ZSTD", "table.replication.factor": "1"}
SAMPLE_KEY = b"\x07"  # of the row with id 7
CALM_INTERVAL_S = 0.5
CALM_CPU_SHARE = 0.1  # of one core
CALM_DEADLINE_S = 20
WARM_UP_S = 1
SLOW_RESTART_S = 10


def create_table(server, name):
    return kv_table.KvTable(server.bootstrap, DATABASE, name, COLUMNS, ["id"], properties=PROPERTIES)


def kv(new_server, size):
    """Upserts of new rows and of rows that are there, lookups, and both at once."""
    with new_server() as server:
        for number in range(size.repetitions + 1):
            table = create_table(server, f"rows{number}")
            with _client(table, size) as client:
                result, cpu_seconds = _measured(server, client, "insert", 0, size.kv_rows)
                if number > 0:  # the first one warms up
                    yield "insert of a row", _per_upsert(result, cpu_seconds)
        with _client(table, size) as client:
            yield from _updates(server, client, size)
            yield from _lookups(server, client, size)
            yield from _lookups_under_upserts(server, client, size)


def _client(table, size):
    return generators.wire_kv_client(table.leader_address, table.table_id, size.kv_rows)


def _updates(server, client, size):
    client.run("update")
    for _ in range(size.repetitions):
        yield "update of a row", _per_upsert(*_measured(server, client, "update"))


def _lookups(server, client, size):
    client.run("lookup", size.kv_lookups)
    for _ in range(size.repetitions):
        result, cpu_seconds = _measured(server, client, "lookup", size.kv_lookups)
        yield "lookup, 512 in flight", _per_lookup(result, cpu_seconds)


def _lookups_under_upserts(server, client, size):
    """Lookups one at a time: alone, and then with another connection that upserts."""
    client.run("serial", WARM_UP_S)
    client.run("mixed", WARM_UP_S)
    for _ in range(size.repetitions):
        alone, cpu_seconds = _measured(server, client, "serial", size.kv_seconds)
        yield "lookup, one at a time", _per_lookup(alone, cpu_seconds)
        for percent in (50, 99):
            yield f"lookup, one at a time, p{percent}", Sample(_percentile_ms(alone, percent))
        mixed, cpu_seconds = _measured(server, client, "mixed", size.kv_seconds)
        for percent in (50, 99):
            yield f"lookup under upserts, p{percent}", _sample(_percentile_ms(mixed, percent), cpu_seconds, mixed)
        yield "lookup under upserts, p99 to p99 without", Sample(_percentile_ms(mixed, 99) / _percentile_ms(alone, 99))
        yield "rows upserted meanwhile", Sample(mixed["upserted"] / mixed["seconds"] / 1000)


def kv_restart(new_server, size):
    """What a table weighs in memory, and how soon its rows are there again after a restart."""
    with new_server() as server:
        table = create_table(server, "rows")
        with _client(table, size) as client:
            half = size.kv_rows // 2
            for name, first, end in (("half of the rows", 0, half), ("all rows", half, size.kv_rows)):
                client.run("insert", first, end)
                _calm(server)
                yield f"memory with {name}", Sample(server.rss_kb() / 1000)
        yield from _restarts(server, table, size, "clean stop", lambda process: process.terminate())
        # After a kill, the Java server's processes first have to forget each other: that would be another figure.
        if isinstance(server, servers.MillraceServer):
            yield from _restarts(server, table, size, "kill -9", lambda process: process.kill())


def _restarts(server, table, size, how, end):
    """Ends the process that holds the data right after all rows were updated, and starts it again."""
    for _ in range(size.repetitions):
        with _client(table, size) as client:
            client.run("update")
        table.connection = table.connect()
        value = table.get(SAMPLE_KEY)
        end(server.processes[-1])
        started = time.perf_counter()
        server.restart()
        table.connection = table.connect()
        found = log_table.poll_until(lambda: _found(table), "the first lookup")
        seconds = time.perf_counter() - started
        if found != value:
            raise RuntimeError(f"{how}: the row is {found} and was {value}")
        yield f"restart to first lookup, {how}", Sample(seconds)
        if seconds > SLOW_RESTART_S:
            break


def _found(table):
    """The row's value, or None as long as the server can't answer."""
    answer = table.lookup(SAMPLE_KEY)
    return answer.values if answer.error_code == 0 else None


def _measured(server, client, *command):
    """What the client measured, and the CPU seconds that the server took for it. It may put off some of the work, such
    as compactions: that counts too."""
    _calm(server)
    before = server.cpu_seconds()
    result = client.run(*command)
    _calm(server)
    return result, server.cpu_seconds() - before


def _calm(server):
    """Waits until the server does hardly anything."""
    deadline = time.monotonic() + CALM_DEADLINE_S
    used = 1
    while used > CALM_CPU_SHARE * CALM_INTERVAL_S and time.monotonic() < deadline:
        before = server.cpu_seconds()
        time.sleep(CALM_INTERVAL_S)
        used = server.cpu_seconds() - before


def _per_upsert(result, cpu_seconds):
    return _sample(cpu_seconds / result["upserted"] * 1e6, cpu_seconds, result)


def _per_lookup(result, cpu_seconds):
    return _sample(cpu_seconds / result["looked_up"] * 1e6, cpu_seconds, result)


def _sample(value, cpu_seconds, result):
    return Sample(value, cpu_seconds, result["seconds"], result["client_cpu_seconds"])


def _percentile_ms(result, percent):
    latencies_us = sorted(result["latencies_us"])
    return latencies_us[min(len(latencies_us) - 1, len(latencies_us) * percent // 100)] / 1000


LOADS = {"kv": kv, "kv_restart": kv_restart}
