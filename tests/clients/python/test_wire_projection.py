"""FETCH_LOG with a projection by a bare client: the server cuts the columns out of the stored batches."""

import itertools

import pyarrow as pa
import pytest

from log_batch import build
from wire import Error

NESTED = pa.struct([("x", pa.int32()), ("list", pa.list_(pa.string()))])
SCHEMA = pa.schema([("id", pa.int32()), ("name", pa.string()), ("nested", NESTED), ("flag", pa.bool_())])
COLUMNS = {
    "id": {"type": "INTEGER"},
    "name": {"type": "STRING"},
    "nested": {"type": "ROW", "fields": [
        {"name": "x", "field_type": {"type": "INTEGER"}, "field_id": 4},
        {"name": "list", "field_type": {"type": "ARRAY", "element_type": {"type": "STRING"}}, "field_id": 5},
    ]},
    "flag": {"type": "BOOLEAN"},
}
PROPERTIES = {None: "NONE", "lz4": "LZ4_FRAME", "zstd": "ZSTD"}


def rows(start, count=5):
    return [{"id": i, "name": f"name {i}" * 20 if i % 2 else None,
             "nested": {"x": -i, "list": ["a", None][:i % 3]} if i % 3 else None, "flag": i % 2 == 0}
            for i in range(start, start + count)]


def projected(all_rows, positions):
    names = [SCHEMA.names[position] for position in positions]
    return [{name: row[name] for name in names} for row in all_rows]


@pytest.fixture
def make_table(log_table):
    """A table of two batches of five rows"""
    def make(compression=None):
        properties = {"table.log.arrow.compression.type": PROPERTIES[compression]}
        table = log_table(COLUMNS, properties=properties, highest_field_id=5)
        for start in (0, 5):
            batch = build(pa.RecordBatch.from_pylist(rows(start), SCHEMA), compression=compression)
            assert table.produce(batch).error_code == Error.NONE
        return table

    return make


ALL_PROJECTIONS = [list(positions) for count in range(1, 5) for positions in itertools.combinations(range(4), count)]


@pytest.mark.parametrize("compression", PROPERTIES)
def test_every_choice_of_columns(make_table, compression):
    table = make_table(compression)
    for positions in ALL_PROJECTIONS:
        schema = pa.schema([SCHEMA.field(position) for position in positions])
        fetched = table.fetch(projection=positions)
        assert [batch.base_offset for batch in fetched.batches] == [0, 5]
        assert [row for batch in fetched.batches for row in batch.rows(schema)] == projected(rows(0, 10), positions)


def test_size_limit_counts_the_projected_bytes(make_table):
    """20 batches, a limit that fits 10 of them when projected and far fewer as they are stored"""
    table = make_table()
    batch = build(pa.RecordBatch.from_pylist(rows(0), SCHEMA))
    for _ in range(18):
        table.produce(batch)
    sizes = [len(projected_batch.data) for projected_batch in table.fetch(projection=[0]).batches]
    assert len(sizes) == 20
    assert sizes[0] < len(batch) / 2
    for limit in (sum(sizes[:10]), sum(sizes[:11]) - 1):
        fetched = table.fetch(projection=[0], max_bytes_per_bucket=limit)
        assert [projected_batch.base_offset for projected_batch in fetched.batches] == list(range(0, 50, 5))
        assert len(fetched.records) == sum(sizes[:10])


@pytest.mark.parametrize("limit", [0, 1])
def test_one_batch_comes_even_if_it_is_too_large(make_table, limit):
    fetched = make_table().fetch(projection=[1], max_bytes_per_bucket=limit)
    assert [batch.base_offset for batch in fetched.batches] == [0]


def test_from_offset_within_a_batch(make_table):
    fetched = make_table().fetch(7, projection=[3])
    assert [batch.base_offset for batch in fetched.batches] == [5]


def test_at_the_end(make_table):
    fetched = make_table().fetch(10, projection=[3])
    assert (fetched.error_code, fetched.records, fetched.high_watermark) == (Error.NONE, b"", 10)


@pytest.mark.parametrize("positions", [[4], [-1], [0, 9], [0, 0], [1, 0], [1 << 31]])
def test_invalid_projection(make_table, positions):
    table = make_table()
    assert table.fetch(projection=positions).error_code == Error.INVALID_COLUMN_PROJECTION
    waiting = table.fetch(projection=positions, min_bytes=1, max_wait_ms=4000)
    assert waiting.error_code == Error.INVALID_COLUMN_PROJECTION


@pytest.mark.expect_fixed("an empty projection is an unknown server error")
def test_empty_projection(make_table):
    assert make_table().fetch(projection=[]).error_code == Error.INVALID_COLUMN_PROJECTION


def test_projection_of_rows_that_are_not_columnar(log_table):
    table = log_table({"id": {"type": "INTEGER"}}, properties={"table.log.format": "INDEXED"})
    assert table.fetch(projection=[0]).error_code == Error.INVALID_COLUMN_PROJECTION
