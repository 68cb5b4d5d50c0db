"""Where Millrace answers about primary-key tables otherwise than the Java server 0.9.1, and that it is written down."""

import pathlib
import struct
from dataclasses import dataclass
from typing import Callable

import pyarrow as pa
import pytest

import log_batch
import row_types
from kv_batch import CRC_OFFSET, build, int32, int64, record, row, text
from kv_kinds import AGGREGATION, FIRST_ROW, ID, INDEXED_ROWS, Kind, versioned
from kv_peer import Peer
from row_types import BIGINT, INDEXED, INT, STRING
from wire import Error

COMPATIBILITY = pathlib.Path(__file__).resolve().parents[2] / "docs/compatibility.md"
HERE = (None, 0)
UNKNOWN_SERVER_ERROR, CORRUPT_MESSAGE = -1, 3
DONE, UNKNOWN, CORRUPT, TARGET = Error.NONE, UNKNOWN_SERVER_ERROR, CORRUPT_MESSAGE, Error.INVALID_TARGET_COLUMN

PLAIN = Kind({**ID, "text": STRING, "number": BIGINT}, added={"note": STRING})
PARTITIONED = Kind({**ID, "part": STRING.never_null}, key=("id", "part"), partition_key=("part",), partitions=("one",))


def upsert(id_, *values):
    return record(int32(id_), row(int32(id_), *values))


def plain(id_, name="a", number=1):
    return upsert(id_, text(name), int64(number))


def indexed(type_, value):
    return record(int32(1), row_types.encode_row([INT, type_], [1, value], INDEXED))


def damaged(batch, position, value):
    changed = bytearray(batch)
    changed[position:position + len(value)] = value
    return bytes(changed)


def codes(*batches, **options):
    """The error codes of the batches, one put after the other."""
    return lambda peer: [peer.put(HERE, batch, **options)[0] for batch in batches]


def ends(*batches, **options):
    return lambda peer: [peer.put(HERE, batch, **options)[1] for batch in batches]


def values(*batches):
    """What is under the key 1 after the batches."""
    return lambda peer: [peer.put(HERE, batch)[0] for batch in batches] + peer.lookup(HERE, int32(1))[1]


def logged(batch):
    """The value of the second column in the changelog."""
    def run(peer):
        assert peer.put(HERE, batch)[0] == Error.NONE
        return peer.fetch(HERE, 0)[3][0][-1][0][1][1]
    return run


def inserted(place, *keys):
    return lambda peer: peer.lookup(place, *keys, insert=True)


def of_new_schema(requests):
    def run(peer):
        peer.put(HERE, build(plain(1)))
        peer.add_column("note", STRING, 2)
        return requests(peer)
    return run


def appended(peer):
    rows = pa.RecordBatch.from_pydict({"id": pa.array([1], pa.int32()), "text": [b"a"], "number": [1]})
    return peer.produce(HERE, log_batch.build(rows))[0]


def numbers(peer):
    """The first number of a bucket, when a batch that inserts nothing went to the other one."""
    peer.put((None, 1), build(record(int32(1))), targets=[0])
    peer.put(HERE, build(upsert(1, None)), targets=[0])
    return peer.lookup(HERE, int32(1))[1]


@dataclass(frozen=True)
class Difference:
    what: str  # the first cell of its row in the page
    kind: Kind
    requests: Callable
    java: object
    millrace: object


CHECKS = "Checksum, magic and lengths of a KV batch"
NO_TARGETS = "Target columns where the table or its merge engine has none"
NO_COLUMNS = "Target columns that are no columns"
ALL_COLUMNS = "Target columns that are all columns"
ONE = build(plain(1))
FIRST = Kind(PLAIN.columns, given=FIRST_ROW)
CHAR, BINARY = row_types.char(5), row_types.binary(3)
CHARS, DECIMALS = (Kind({**ID, "value": type_}, given=AGGREGATION, functions={"value": {"type": function}})
                   for type_, function in ((CHAR, "listagg"), (row_types.decimal(5, 2), "sum")))
NEVER_NULL = Kind({**ID, "text": STRING.never_null, "number": BIGINT})
DISABLED = Kind(PLAIN.columns, given={"table.delete.behavior": "DISABLE"})
NUMBERED = Kind({**ID, "n": BIGINT}, auto_increment=("n",), bucket_count=2)

DIFFERENCES = {
    "checksum": Difference(CHECKS, PLAIN, codes(damaged(ONE, CRC_OFFSET, b"abcd")), [DONE], [CORRUPT]),
    "magic": Difference(CHECKS, PLAIN, codes(build(plain(1), magic=1)), [DONE], [UNKNOWN]),
    "length": Difference(CHECKS, PLAIN, codes(damaged(ONE, 0, struct.pack("<i", 1 << 20))), [DONE], [UNKNOWN]),
    "bytes behind": Difference(CHECKS, PLAIN, codes(ONE + b"\0"), [DONE], [CORRUPT]),
    "cut off": Difference(CHECKS, PLAIN, codes(ONE[:-3], ONE[:20], b""), [UNKNOWN] * 3, [CORRUPT] * 3),
    "count": Difference(CHECKS, PLAIN, codes(build(plain(1), plain(2), count=1)), [DONE], [UNKNOWN]),
    "bytes behind a row": Difference(
        "A row that its schema can't read", PLAIN, codes(build(record(int32(1), row(int32(1), None, None) + b"zz"))),
        [DONE], [UNKNOWN]),
    "first_row": Difference(NO_TARGETS, FIRST, codes(ONE, targets=[0, 1]), [UNKNOWN], [TARGET]),
    "first_row, insert": Difference(NO_TARGETS, FIRST, inserted(HERE, int32(1)), (UNKNOWN, []), (TARGET, [])),
    "versioned": Difference(NO_TARGETS, Kind(PLAIN.columns, given=versioned("number")), codes(ONE, targets=[0, 1]),
                            [UNKNOWN], [TARGET]),
    "column past the last": Difference(NO_COLUMNS, PLAIN, codes(ONE, targets=[0, 3]), [DONE], [TARGET]),
    "column below the first": Difference(NO_COLUMNS, PLAIN, codes(ONE, targets=[0, -1]), [UNKNOWN], [TARGET]),
    "column of a newer schema": Difference(
        "A target column that the rows' own schema does not have", PLAIN, of_new_schema(codes(ONE, targets=[0, 3])),
        [UNKNOWN], [TARGET]),
    "never null": Difference(ALL_COLUMNS, NEVER_NULL, codes(ONE, targets=[0, 1, 2]), [TARGET], [DONE]),
    "key alone": Difference(ALL_COLUMNS, Kind(ID), ends(*[build(upsert(1))] * 2, targets=[0]), [1, 2], [1, 3]),
    "list of CHAR": Difference("`listagg` of a CHAR column", CHARS, codes(*[build(upsert(1, text("a")))] * 2),
                               [DONE, UNKNOWN], [Error.INVALID_CONFIG] * 2),
    "sum": Difference("A sum of DECIMALs of up to 18 digits that no longer fits", DECIMALS,
                      values(*[build(upsert(1, int64(99_999)))] * 2),
                      [DONE, UNKNOWN, b"\1\0\0\1" + int64(99_999)], [DONE, DONE, b"\1\0\2\1"]),
    "CHAR": Difference("A CHAR of an INDEXED row, in an ARROW changelog", Kind({**ID, "c": CHAR}, given=INDEXED_ROWS),
                       logged(build(indexed(CHAR, b"ab"))), b"ab\0\0\0", b"ab"),
    "BINARY": Difference(
        "A BINARY of an INDEXED row that ends with a zero", Kind({**ID, "b": BINARY}, given=INDEXED_ROWS),
        codes(build(indexed(BINARY, b"ab\0"))), [UNKNOWN], [DONE]),
    "INDEXED log": Difference("INDEXED rows with an INDEXED log",
                              Kind({**ID, "i": INT}, given={**INDEXED_ROWS, "table.log.format": "INDEXED"}),
                              codes(build(indexed(INT, 7))), [UNKNOWN], [DONE]),
    "known number": Difference(
        "A sequence number that is known, with another batch", DISABLED,
        ends(*[build(one, writer_id=5, sequence=0) for one in (plain(1), record(int32(1)))]), [1, None], [1, 1]),
    "numbers": Difference("Numbers of an auto-increment column", NUMBERED, numbers, [b"\1\0\0\1" + int64(1)],
                          [b"\1\0\0\1" + int64(100_001)]),
    "append": Difference("Appending log batches to a primary-key table", PLAIN, appended, DONE, Error.INVALID_TABLE),
    "log table": Difference("PUT_KV to a log table", Kind({"id": INT}, key=()), codes(build(upsert(1))), [UNKNOWN],
                            [Error.NON_PRIMARY_KEY_TABLE]),
    "partition": Difference(
        "A lookup that inserts, in a partitioned table", PARTITIONED, inserted(("one", 0), int32(1)), (UNKNOWN, []),
        (DONE, [b"\1\0\0\1\3one"])),
    "newest schema": Difference(
        "A lookup that inserts, after a column was added", Kind(PLAIN.columns, given=AGGREGATION, added=PLAIN.added),
        of_new_schema(inserted(HERE, int32(2))), (DONE, [b"\1\0\6\2"]), (DONE, [b"\2\0\x0e\2"])),
    "bytes behind a key": Difference("A lookup that inserts, of bytes that are no key", PLAIN, inserted(HERE, b"\2\2"),
                                     (DONE, [b"\1\0\6\2"]), (UNKNOWN, [])),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(both, name):
    case = DIFFERENCES[name]
    table = f"difference_{list(DIFFERENCES).index(name)}"
    for server, expected in zip(both, (case.java, case.millrace)):
        peer = Peer(server, table, case.kind)
        assert case.requests(peer) == expected, type(server).__name__
        peer.close()


@pytest.mark.parametrize("what", sorted({case.what for case in DIFFERENCES.values()}))
def test_it_is_written_down(what):
    assert f"| {what} |" in COMPATIBILITY.read_text()
