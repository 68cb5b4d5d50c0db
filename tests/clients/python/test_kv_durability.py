"""What was put is there after a restart and a crash: rows, changelog, writers and numbers go on where they were."""

import pyarrow as pa
import pytest

from kv_batch import build, int32, int64, record, row, text, value
from kv_table import KvTable
from protobuf_fields import decode_varint
from test_durability import CRASH, restart
from wire import Error

COLUMNS = {"id": {"type": "INTEGER", "nullable": False}, "name": {"type": "STRING"}, "v": {"type": "BIGINT"}}
SCHEMA = pa.schema([("id", pa.int32()), ("name", pa.string()), ("v", pa.int64())])
DATABASE = "durable"


def upsert(id_, name, v):
    return record(int32(id_), row(int32(id_), text(name), int64(v)))


def value_of(id_, name, v):
    return value(int32(id_), text(name), int64(v))


def changelog(table, schema=SCHEMA):
    return [(batch.base_offset, list(batch.change_types),
             [tuple(row.values()) for row in batch.rows(schema)] if batch.record_count else [])
            for batch in table.fetch().batches]


@pytest.fixture
def own_server(server_class):
    """A server that the test may stop."""
    with server_class() as running:
        yield running


@pytest.mark.parametrize("interrupt", [restart, CRASH])
def test_rows_and_changelog(own_server, interrupt):
    table = KvTable(own_server.bootstrap, DATABASE, "rows", COLUMNS, ["id"])
    table.put(build(upsert(1, "a", 1), upsert(2, "b", 2), upsert(3, "c", 3)))
    table.put(build(record(int32(9))))
    table.put(build(upsert(1, "a", 10), record(int32(2))))
    expected = [
        (0, [1, 1, 1], [(1, "a", 1), (2, "b", 2), (3, "c", 3)]), (3, [], []),
        (4, [2, 3, 4], [(1, "a", 1), (1, "a", 10), (2, "b", 2)]),
    ]
    for turn in range(2):
        interrupt(own_server)
        table.reconnect()
        assert table.get(int32(1), int32(2), int32(3)) == [value_of(1, "a", 10 + turn), None, value_of(3, "c", 3)]
        assert table.row_count() == (Error.NONE, 2)
        assert changelog(table) == expected
        end = table.end_offset()
        assert table.put(build(upsert(1, "a", 11 + turn))) == (Error.NONE, end + 2)
        expected.append((end, [2, 3], [(1, "a", 10 + turn), (1, "a", 11 + turn)]))
    table.connection.close()


@pytest.mark.parametrize("interrupt", [restart, CRASH])
def test_writers_are_remembered(own_server, interrupt):
    """A retry that crosses the interruption changes nothing, and a gap is refused."""
    table = KvTable(own_server.bootstrap, DATABASE, "writers", COLUMNS, ["id"])
    writer = table.init_writer()
    batches = [build(upsert(1, "a", sequence), writer_id=writer, sequence=sequence) for sequence in range(5)]
    assert [table.put(batches[i]).end_offset for i in range(3)] == [1, 3, 5]
    interrupt(own_server)

    table.reconnect()
    assert table.put(batches[4]).error_code == Error.OUT_OF_ORDER_SEQUENCE
    assert table.put(batches[2]) == (Error.NONE, 5)
    assert table.get(int32(1)) == [value_of(1, "a", 2)]
    assert table.end_offset() == 5
    assert table.put(batches[3]) == (Error.NONE, 7)
    table.connection.close()


@pytest.mark.parametrize("interrupt", [restart, CRASH])
def test_numbers_and_schemas_go_on(own_server, interrupt):
    table = KvTable(own_server.bootstrap, DATABASE, "numbers", COLUMNS, ["id"], auto_increment=["v"])
    assert table.insert_if_not_exists(int32(1), int32(2)).values == [
        value(int32(i), None, int64(i)) for i in (1, 2)]
    table.add_column("extra", {"type": "STRING"}, schema_id=2)
    interrupt(own_server)

    table.reconnect()
    (third,) = table.insert_if_not_exists(int32(3)).values
    number, _ = decode_varint(third, len(value(int32(3), None, None, None, schema_id=2)))
    assert number > 2
    assert third == value(int32(3), None, int64(number), None, schema_id=2)
    first, third_again = table.get(int32(1), int32(3))
    assert first in (value(int32(1), None, int64(1)), value(int32(1), None, int64(1), None, schema_id=2))
    assert third_again == third
    table.connection.close()
