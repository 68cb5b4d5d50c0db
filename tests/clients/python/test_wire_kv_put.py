"""PUT_KV by a bare client: versions, offsets, damaged batches, sequences and duplicates."""

import struct

import pyarrow as pa
import pytest

import kv_batch
from kv_batch import build, int32, int64, key, record, row, text, value
from kv_table import OVERWRITE, put_buckets, put_request
from log_batch import build as build_log_batch
from log_table import produce_request, produced_buckets
from wire import Api, Error, ResponseKind

COLUMNS = {"id": {"type": "INTEGER", "nullable": False}, "name": {"type": "STRING"}, "v": {"type": "BIGINT"}}
SCHEMA = pa.schema([("id", pa.int32()), ("name", pa.string()), ("v", pa.int64())])
APPEND_ONLY, INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE = range(5)
WINDOW = 5  # batches of one writer that the leader remembers

# upserts of (1, "Alice", 25) and (300, null, -1), a delete of 9; the writer's id is to be set
GOLDEN = bytes.fromhex("""
    41000000 00 69850861 0100 00 0200000000000000 00000000 03000000
    0b000000 01 01    00 01 05 416c696365 19
    10000000 02 ac02  02 ac02 ffffffffffffffffff01
    02000000 01 09""")


def upsert(id_, name, v):
    return record(key(int32(id_)), row_of(id_, name, v))


def row_of(id_, name, v):
    return row(int32(id_), None if name is None else text(name), None if v is None else int64(v))


def value_of(id_, name, v):
    return value(int32(id_), None if name is None else text(name), None if v is None else int64(v))


def delete(id_):
    return record(key(int32(id_)))


@pytest.fixture
def table(kv_table):
    return kv_table(COLUMNS)


@pytest.fixture
def filled(table):
    """Two rows, three changes."""
    assert table.put(build(upsert(1, "a", 1), upsert(2, "b", 2))) == (Error.NONE, 2)
    assert table.put(build(delete(2))) == (Error.NONE, 3)
    return table


def assert_unchanged(filled):
    assert filled.get(int32(1), int32(2), int32(3)) == [value_of(1, "a", 1), None, None]
    assert filled.end_offset() == 3
    assert filled.put(build(upsert(3, "c", 3))) == (Error.NONE, 4)


def changelog(table):
    """[(offset of the batch, its change types, its rows)]"""
    return [(batch.base_offset, list(batch.change_types), [tuple(row.values()) for row in rows_of(batch)])
            for batch in table.fetch().batches]


def rows_of(batch, schema=SCHEMA):
    return batch.rows(schema) if batch.record_count else []


# --- what a batch does ---


def test_bytes_of_a_batch(table):
    """Upserts and a delete of what is not there, as the official client writes them."""
    assert table.put(GOLDEN) == (Error.NONE, 2)
    assert table.get(int32(1), int32(300), int32(9)) == [
        bytes.fromhex("0100 00 01 05 416c696365 19"), bytes.fromhex("0100 02 ac02 ffffffffffffffffff01"), None]


def test_the_builder_here_writes_the_same_bytes():
    assert build(upsert(1, "Alice", 25), upsert(300, None, -1), delete(9), writer_id=2, sequence=0) == GOLDEN


def test_offsets_and_change_types(table):
    """One log batch for each KV batch, with the writer's id and sequence."""
    writer = table.init_writer()
    batches = [
        [upsert(1, "a", 1), upsert(2, "b", 2)],
        [delete(9)],
        [upsert(1, "a", 3)],
        [upsert(1, "a", 3)],
        [delete(1), upsert(1, "z", 0)],
    ]
    ends = [table.put(build(*records, writer_id=writer, sequence=i)) for i, records in enumerate(batches)]
    assert ends == [(Error.NONE, end) for end in (2, 3, 5, 7, 9)]
    assert changelog(table) == [
        (0, [INSERT, INSERT], [(1, "a", 1), (2, "b", 2)]),
        (2, [], []),
        (3, [UPDATE_BEFORE, UPDATE_AFTER], [(1, "a", 1), (1, "a", 3)]),
        (5, [UPDATE_BEFORE, UPDATE_AFTER], [(1, "a", 3), (1, "a", 3)]),
        (7, [DELETE, INSERT], [(1, "a", 3), (1, "z", 0)]),
    ]
    stored = table.fetch().batches
    assert [(batch.writer_id, batch.sequence) for batch in stored] == [(writer, i) for i in range(5)]
    assert all(batch.crc_matches and batch.schema_id == 1 for batch in stored)
    assert table.row_count() == (Error.NONE, 2)


def test_an_empty_changelog_batch_is_a_header_alone(table):
    assert table.put(build(delete(9), delete(8))) == (Error.NONE, 1)
    (batch,) = table.fetch().batches
    assert (len(batch.data), batch.base_offset, batch.last_offset_delta, batch.record_count) == (48, 0, 0, 0)
    assert batch.crc_matches
    assert table.put(build(upsert(1, "a", 1))) == (Error.NONE, 2)
    assert [batch.base_offset for batch in table.fetch(0).batches] == [0, 1]
    assert [batch.base_offset for batch in table.fetch(1).batches] == [1]


def test_projection_of_a_changelog_with_empty_batches(table):
    for records in ([delete(9)], [upsert(1, "a", 1)], [delete(9)], [upsert(1, "b", 2)], [delete(9)]):
        table.put(build(*records))
    fetched = table.fetch(projection=[1])
    assert fetched.high_watermark == 6
    names = pa.schema([("name", pa.string())])
    assert [(batch.base_offset, list(batch.change_types), rows_of(batch, names)) for batch in fetched.batches
            if batch.record_count] == [
        (1, [INSERT], [{"name": "a"}]),
        (3, [UPDATE_BEFORE, UPDATE_AFTER], [{"name": "a"}, {"name": "b"}]),
    ]


def test_a_batch_without_records(filled):
    assert filled.put(build()) == (Error.NONE, 4)
    assert filled.fetch(3).batches[0].record_count == 0
    assert filled.get(int32(1), int32(2)) == [value_of(1, "a", 1), None]


@pytest.mark.parametrize("acks", [-1, 1, 0])
def test_acks(table, acks):
    assert table.put(build(upsert(1, "a", 1)), acks=acks) == (Error.NONE, 1)
    assert table.put(build(upsert(1, "b", 2)), acks=acks) == (Error.NONE, 3)
    assert table.put(build(upsert(2, "c", 3))) == (Error.NONE, 4)
    assert table.get(int32(1), int32(2)) == [value_of(1, "b", 2), value_of(2, "c", 3)]


@pytest.mark.parametrize("acks", [2, -2])
def test_invalid_acks(filled, acks):
    request = put_request(filled.table_id, {0: build(upsert(1, "b", 2))}, acks)
    response = filled.connection.call(Api.PUT_KV, request, 1)
    assert (response.kind, response.error_code) == (ResponseKind.ERROR, Error.INVALID_REQUIRED_ACKS)
    assert_unchanged(filled)


@pytest.mark.parametrize("version", [
    0, 1, *(pytest.param(version, marks=pytest.mark.millrace_only("a version of 1.0")) for version in (2, 3))])
def test_versions(table, version):
    assert table.put(build(upsert(1, "a", 1)), api_version=version) == (Error.NONE, 1)
    assert table.put(build(upsert(1, "b", 2)), api_version=version) == (Error.NONE, 3)
    assert table.get(int32(1)) == [value_of(1, "b", 2)]


def test_many_buckets_in_one_request(kv_table):
    table = kv_table(COLUMNS, bucket_count=4)
    batches = {bucket: build(*[upsert(i, "a", bucket) for i in range(bucket + 1)]) for bucket in range(4)}
    for turn in range(2):
        response = table.connection.call(Api.PUT_KV, put_request(table.table_id, batches), 1)
        assert put_buckets(response) == {
            bucket: (Error.NONE, (bucket + 1) * (1 + 2 * turn)) for bucket in range(4)}
    for bucket in range(4):
        assert table.get(int32(bucket), int32(bucket + 1), bucket=bucket) == [value_of(bucket, "a", bucket), None]


def test_no_buckets(table):
    assert put_buckets(table.connection.call(Api.PUT_KV, put_request(table.table_id, {}), 1)) == {}


def test_unknown_table_and_bucket(table):
    batch = build(upsert(1, "a", 1))
    response = table.connection.call(Api.PUT_KV, put_request(table.table_id, {0: batch, 7: batch}), 1)
    assert put_buckets(response) == {0: (Error.NONE, 1), 7: (Error.UNKNOWN_TABLE_OR_BUCKET, None)}
    response = table.connection.call(Api.PUT_KV, put_request(1 << 40, {0: batch}), 1)
    assert put_buckets(response) == {0: (Error.UNKNOWN_TABLE_OR_BUCKET, None)}


@pytest.mark.expect_fixed("the answer is an unknown server error")
def test_put_to_a_log_table(log_table):
    table = log_table(COLUMNS)
    response = table.connection.call(Api.PUT_KV, put_request(table.table_id, {0: build(upsert(1, "a", 1))}), 1)
    assert put_buckets(response) == {0: (Error.NON_PRIMARY_KEY_TABLE, None)}
    assert table.fetch().high_watermark == 0


@pytest.mark.expect_fixed("rows without a change type, which no key knows of, are appended to the changelog")
def test_produce_to_a_primary_key_table(filled):
    batch = build_log_batch(pa.RecordBatch.from_pylist([{"id": 1, "name": "x", "v": 1}], SCHEMA))
    response = filled.connection.call(Api.PRODUCE_LOG, produce_request(filled.table_id, {0: batch}))
    assert produced_buckets(response)[0].error_code != Error.NONE
    assert_unchanged(filled)


def test_pipelined_requests_are_applied_in_order(table):
    writer = table.init_writer()
    requests = [table.connection.send(Api.PUT_KV, put_request(table.table_id, {
        0: build(upsert(1, "a", i), writer_id=writer, sequence=i)}), 1) for i in range(50)]
    answers = [put_buckets(table.connection.receive(request))[0] for request in requests]
    assert answers == [(Error.NONE, 2 * i + 1) for i in range(50)]
    assert table.get(int32(1)) == [value_of(1, "a", 49)]
    rows = [row for _, _, rows in changelog(table) for row in rows]
    assert rows == [(1, "a", v) for i in range(50) for v in ((0,) if i == 0 else (i - 1, i))]


# --- batches that are damaged or claim what is not so ---


@pytest.mark.parametrize("position", [
    9, 12, 24, 28, 32, 36, *(pytest.param(position, marks=pytest.mark.expect_fixed(
        "the checksum of a KV batch is not looked at")) for position in (5, 8, -1))])
def test_a_flipped_bit(filled, position):
    broken = bytearray(build(upsert(1, "b", 2), upsert(3, "c", 3)))
    broken[position] ^= 0x10
    assert filled.put(bytes(broken)).error_code not in (None, Error.NONE)
    assert_unchanged(filled)


@pytest.mark.parametrize("size", [0, 3, 4, 5, 27, 28, 31, 40, -1])
def test_truncated(filled, size):
    assert filled.put(build(upsert(1, "b", 2), upsert(3, "c", 3))[:size]).error_code not in (None, Error.NONE)
    assert_unchanged(filled)


@pytest.mark.expect_fixed("what follows the last record is not looked at")
def test_bytes_behind_the_batch(filled):
    assert filled.put(build(upsert(1, "b", 2)) + b"\0").error_code not in (None, Error.NONE)
    assert_unchanged(filled)


@pytest.mark.expect_fixed("the length of a KV batch is not looked at")
@pytest.mark.parametrize("length", [-1, 0, 23, 1 << 30, -(1 << 31)])
def test_impossible_batch_length(filled, length):
    broken = bytearray(build(upsert(1, "b", 2)))
    struct.pack_into("<i", broken, 0, length)
    assert filled.put(bytes(broken)).error_code not in (None, Error.NONE)
    assert_unchanged(filled)


@pytest.mark.expect_fixed("the magic of a KV batch is not looked at")
@pytest.mark.parametrize("magic", [1, 2, -1])
def test_unknown_magic(filled, magic):
    assert filled.put(build(upsert(1, "b", 2), magic=magic)).error_code not in (None, Error.NONE)
    assert_unchanged(filled)


@pytest.mark.parametrize("length", [-1, 0, 1 << 30, -(1 << 31), 12, pytest.param(
    3, marks=pytest.mark.expect_fixed("a row may end before its columns do"))])
def test_impossible_record_length(filled, length):
    whole = record(key(int32(1)), row_of(1, "b", 2))
    broken = struct.pack("<i", length) + whole[4:]
    assert filled.put(build(upsert(3, "c", 3), broken)).error_code not in (None, Error.NONE)
    assert_unchanged(filled)


@pytest.mark.parametrize("key_length", [b"\x7f", b"\xff\xff\xff\xff\x0f", b"\xff" * 10, b"\x80"])
def test_impossible_key_length(filled, key_length):
    body = key_length + key(int32(1)) + row_of(1, "b", 2)
    broken = struct.pack("<i", len(body)) + body
    assert filled.put(build(upsert(3, "c", 3), broken)).error_code not in (None, Error.NONE)
    assert_unchanged(filled)


@pytest.mark.parametrize("count", [2, 1 << 30])
def test_more_records_are_claimed_than_there_are(filled, count):
    assert filled.put(build(upsert(3, "c", 3), count=count)).error_code not in (None, Error.NONE)
    assert_unchanged(filled)


@pytest.mark.parametrize("count", [-1, *(pytest.param(count, marks=pytest.mark.expect_fixed(
    "records beyond the claimed number are left out in silence")) for count in (0, 1))])
def test_fewer_records_are_claimed_than_there_are(filled, count):
    assert filled.put(build(upsert(3, "c", 3), upsert(4, "d", 4), count=count)).error_code not in (None, Error.NONE)
    assert_unchanged(filled)


@pytest.mark.parametrize("bad_row", [
    b"\0" + int32(3) + b"\x7fc",
    b"\0" + int32(3) + text("c"),
    b"\0",
], ids=["string past the end", "last column missing", "bitmap alone"])
def test_a_row_that_does_not_fit_its_schema(filled, bad_row):
    assert filled.put(build(upsert(1, "b", 2), record(key(int32(3)), bad_row))).error_code not in (None, Error.NONE)
    assert_unchanged(filled)


@pytest.mark.parametrize("schema_id", [0, 2, -1, 32767])
def test_unknown_schema(filled, schema_id):
    batch = build(upsert(1, "b", 2), schema_id=schema_id)
    assert filled.put(batch) == (Error.SCHEMA_NOT_EXIST, None)
    assert_unchanged(filled)


def test_a_batch_is_applied_whole_or_not_at_all(kv_table):
    """The forbidden delete at its end takes the upserts before it along."""
    table = kv_table(COLUMNS, properties={"table.delete.behavior": "DISABLE"})
    table.put(build(upsert(1, "a", 1)))
    assert table.put(build(upsert(1, "b", 2), upsert(2, "c", 3), delete(1))) == (Error.DELETION_DISABLED, None)
    assert table.get(int32(1), int32(2)) == [value_of(1, "a", 1), None]
    assert table.end_offset() == 1
    assert table.put(build(upsert(2, "d", 4))) == (Error.NONE, 2)
    assert changelog(table)[1] == (1, [INSERT], [(2, "d", 4)])


# --- sequences and duplicates ---


def test_a_duplicate_changes_nothing(table):
    writer = table.init_writer()
    first = build(upsert(1, "first", 1), writer_id=writer, sequence=0)
    second = build(upsert(1, "second", 2), delete(7), writer_id=writer, sequence=1)
    third = build(delete(1), writer_id=writer, sequence=2)
    assert [table.put(batch) for batch in (first, second)] == [(Error.NONE, 1), (Error.NONE, 3)]
    assert [table.put(batch) for batch in (first, second)] == [(Error.NONE, 1), (Error.NONE, 3)]
    assert table.get(int32(1)) == [value_of(1, "second", 2)]
    assert table.put(third) == (Error.NONE, 4)
    assert [table.put(batch) for batch in (second, first, third)] == [(Error.NONE, end) for end in (3, 1, 4)]
    assert table.get(int32(1)) == [None]
    assert changelog(table) == [
        (0, [INSERT], [(1, "first", 1)]),
        (1, [UPDATE_BEFORE, UPDATE_AFTER], [(1, "first", 1), (1, "second", 2)]),
        (3, [DELETE], [(1, "second", 2)]),
    ]
    assert table.row_count() == (Error.NONE, 0)


def test_a_duplicate_of_an_empty_changelog_batch(table):
    writer = table.init_writer()
    nothing = build(delete(1), writer_id=writer, sequence=0)
    assert [table.put(nothing) for _ in range(2)] == [(Error.NONE, 1)] * 2
    assert table.put(build(upsert(1, "a", 1), writer_id=writer, sequence=1)) == (Error.NONE, 2)
    assert table.put(nothing) == (Error.NONE, 1)
    assert table.get(int32(1)) == [value_of(1, "a", 1)]
    assert table.end_offset() == 2


def test_sequence_out_of_order(table):
    writer = table.init_writer()

    def put(sequence, name):
        return table.put(build(upsert(1, name, sequence), writer_id=writer, sequence=sequence))

    assert put(1, "too early").error_code == Error.OUT_OF_ORDER_SEQUENCE
    assert put(0, "a") == (Error.NONE, 1)
    assert put(2, "too early").error_code == Error.OUT_OF_ORDER_SEQUENCE
    assert table.get(int32(1)) == [value_of(1, "a", 0)]
    assert put(1, "b") == (Error.NONE, 3)
    assert changelog(table) == [
        (0, [INSERT], [(1, "a", 0)]), (1, [UPDATE_BEFORE, UPDATE_AFTER], [(1, "a", 0), (1, "b", 1)])]


def test_a_duplicate_that_is_too_old(table):
    writer = table.init_writer()
    batches = [build(upsert(1, "a", i), writer_id=writer, sequence=i) for i in range(WINDOW + 1)]
    ends = [table.put(batch) for batch in batches]
    assert table.put(batches[0]).error_code == Error.OUT_OF_ORDER_SEQUENCE
    assert table.put(batches[1]) == ends[1]
    assert table.get(int32(1)) == [value_of(1, "a", WINDOW)]
    assert table.end_offset() == ends[-1].end_offset


def test_sequences_are_counted_per_writer_and_bucket(kv_table):
    table = kv_table(COLUMNS, bucket_count=2)
    first, second = table.init_writer(), table.init_writer()
    for bucket in (0, 1):
        for turn, writer in enumerate((first, second)):
            batch = build(upsert(turn, "a", bucket), writer_id=writer, sequence=0)
            assert table.put(batch, bucket) == (Error.NONE, turn + 1)
    assert table.put(build(upsert(0, "b", 9), writer_id=first, sequence=1), 0) == (Error.NONE, 4)
    late = build(upsert(0, "b", 9), writer_id=second, sequence=2)
    assert table.put(late, 1).error_code == Error.OUT_OF_ORDER_SEQUENCE
    assert table.get(int32(0), int32(1), bucket=1) == [value_of(0, "a", 1), value_of(1, "a", 1)]


def test_no_sequence_means_no_check(table):
    batch = build(upsert(1, "a", 1))
    assert [table.put(batch) for _ in range(3)] == [(Error.NONE, 1), (Error.NONE, 3), (Error.NONE, 5)]


# --- target columns and merge modes ---


def test_target_columns(table):
    table.put(build(upsert(1, "a", 1)))
    assert table.put(build(upsert(1, "ignored", 2)), target_columns=[0, 2]) == (Error.NONE, 3)
    assert table.put(build(upsert(2, "ignored", 5)), target_columns=[0, 2]) == (Error.NONE, 4)
    assert table.put(build(upsert(2, "b", None)), target_columns=[1, 0]) == (Error.NONE, 6)
    assert table.get(int32(1), int32(2)) == [value_of(1, "a", 2), value_of(2, "b", 5)]
    assert changelog(table)[1:] == [
        (1, [UPDATE_BEFORE, UPDATE_AFTER], [(1, "a", 1), (1, "a", 2)]),
        (3, [INSERT], [(2, None, 5)]),
        (4, [UPDATE_BEFORE, UPDATE_AFTER], [(2, None, 5), (2, "b", 5)]),
    ]


def test_the_key_alone_as_target(table):
    table.put(build(upsert(1, "a", 1)))
    assert table.put(build(upsert(1, "b", 2), upsert(2, "c", 3)), target_columns=[0]) == (Error.NONE, 2)
    assert table.get(int32(1), int32(2)) == [value_of(1, "a", 1), value_of(2, None, None)]
    assert changelog(table)[1:] == [(1, [INSERT], [(2, None, None)])]


def test_delete_of_target_columns(table):
    """The row goes when nothing is left beside the targets."""
    table.put(build(upsert(1, "a", 1)))
    assert table.put(build(delete(1)), target_columns=[0, 1]) == (Error.NONE, 3)
    assert table.get(int32(1)) == [value_of(1, None, 1)]
    assert table.put(build(delete(1), delete(2)), target_columns=[0, 2]) == (Error.NONE, 4)
    assert table.get(int32(1)) == [None]
    assert changelog(table)[1:] == [
        (1, [UPDATE_BEFORE, UPDATE_AFTER], [(1, "a", 1), (1, None, 1)]),
        (3, [DELETE], [(1, None, 1)]),
    ]


@pytest.mark.parametrize("targets", [[1], [2, 1]])
def test_targets_without_the_key(filled, targets):
    assert filled.put(build(upsert(1, "b", 2)), target_columns=targets) == (Error.INVALID_TARGET_COLUMN, None)
    assert_unchanged(filled)


@pytest.mark.parametrize("targets", [[0, -1], *(pytest.param(targets, marks=pytest.mark.expect_fixed(
    "target columns past the last one are left out in silence")) for targets in ([0, 3], [0, 1, 1 << 20]))])
def test_targets_that_are_no_columns(filled, targets):
    assert filled.put(build(upsert(1, "b", 2)), target_columns=targets).error_code not in (None, Error.NONE)
    assert_unchanged(filled)


def test_targets_beside_a_column_that_is_never_null(kv_table):
    table = kv_table({**COLUMNS, "v": {"type": "BIGINT", "nullable": False}})
    for targets in ([0, 1], [0, 2]):
        assert table.put(build(upsert(1, "a", 1)), target_columns=targets) == (Error.INVALID_TARGET_COLUMN, None)
    assert table.end_offset() == 0


def test_overwrite_ignores_merge_engine_and_delete_behavior(kv_table):
    table = kv_table(COLUMNS, properties={"table.merge-engine": "first_row"})
    table.put(build(upsert(1, "a", 1)))
    assert table.put(build(upsert(1, "b", 2))) == (Error.NONE, 2)
    assert table.get(int32(1)) == [value_of(1, "a", 1)]
    assert table.put(build(upsert(1, "c", 3)), merge_mode=OVERWRITE) == (Error.NONE, 4)
    assert table.get(int32(1)) == [value_of(1, "c", 3)]
    assert table.put(build(delete(1))) == (Error.NONE, 5)
    assert table.put(build(delete(1)), merge_mode=OVERWRITE) == (Error.NONE, 6)
    assert table.get(int32(1)) == [None]
    assert changelog(table) == [
        (0, [INSERT], [(1, "a", 1)]), (1, [], []),
        (2, [UPDATE_BEFORE, UPDATE_AFTER], [(1, "a", 1), (1, "c", 3)]), (4, [], []),
        (5, [DELETE], [(1, "c", 3)]),
    ]


@pytest.mark.parametrize("mode", [2, 7, -1])
def test_an_unknown_merge_mode_is_the_default_one(kv_table, mode):
    table = kv_table(COLUMNS, properties={"table.merge-engine": "first_row"})
    table.put(build(upsert(1, "a", 1)))
    assert table.put(build(upsert(1, "b", 2)), merge_mode=mode) == (Error.NONE, 2)
    assert table.get(int32(1)) == [value_of(1, "a", 1)]


# --- schemas ---


def test_batches_of_two_schemas(table):
    table.put(build(upsert(1, "old", 1), upsert(2, "old", 2)))
    table.add_column("extra", {"type": "STRING"}, schema_id=2)
    new_row = row(int32(1), text("new"), int64(3), text("x"))
    assert table.put(build(record(key(int32(1)), new_row), schema_id=2)) == (Error.NONE, 4)
    assert table.put(build(upsert(2, "again", 4))) == (Error.NONE, 6)
    assert table.get(int32(1), int32(2)) == [
        value(int32(1), text("new"), int64(3), text("x"), schema_id=2), value_of(2, "again", 4)]

    grown = SCHEMA.append(pa.field("extra", pa.string()))
    first, *others = table.fetch().batches
    assert (first.schema_id, [tuple(row.values()) for row in first.rows(SCHEMA)]) == (1, [(1, "old", 1), (2, "old", 2)])
    assert [(batch.schema_id, [tuple(row.values()) for row in batch.rows(grown)]) for batch in others] == [
        (2, [(1, "old", 1, None), (1, "new", 3, "x")]),
        (2, [(2, "old", 2, None), (2, "again", 4, None)]),
    ]


def test_target_beyond_the_schema_of_the_batch(table):
    table.put(build(upsert(1, "old", 1)))
    table.add_column("extra", {"type": "STRING"}, schema_id=2)
    assert table.put(build(upsert(1, "new", 2)), target_columns=[0, 3]).error_code not in (None, Error.NONE)
    assert table.get(int32(1)) == [value_of(1, "old", 1)]
    assert table.end_offset() == 1
