"""Kinds of primary-key tables."""

from dataclasses import dataclass, field

import pyarrow as pa

import bitmaps
import kv_batch
import row_types as t
from row_types import BIGINT, BOOLEAN, BYTES, COMPACTED, DATE, DOUBLE, FLOAT, INDEXED, INT, SMALLINT, STRING, TINYINT


@dataclass(frozen=True)
class Kind:
    columns: dict  # {name: type}, the key's first
    key: tuple = ("id",)
    given: dict = field(default_factory=dict)  # properties
    added: dict = field(default_factory=dict)  # columns that come later
    functions: dict = field(default_factory=dict)
    auto_increment: tuple = ()
    bucket_count: int = 1
    bucket_key: tuple = ()
    partition_key: tuple = ()
    partitions: tuple = ()
    inserts: bool = True  # whether lookups may insert

    @property
    def properties(self):
        return {"table.log.arrow.compression.type": "NONE", **self.given}

    @property
    def kv_format(self):
        return self.given.get("table.kv.format", COMPACTED)

    @property
    def log_format(self):
        return self.given.get("table.log.format", "ARROW")

    @property
    def engine(self):
        return self.given.get("table.merge-engine")

    @property
    def takes_targets(self):
        """Whether some columns may be written alone."""
        return self.engine in (None, "aggregation") and len(self.columns) > len(self.key) and all(
            type_.json.get("nullable", True) for name, type_ in self.columns.items() if name not in self.key)

    @property
    def is_nested(self):
        return any(type_.root in ("ARRAY", "MAP", "ROW") for type_ in self.columns.values())

    @property
    def highest_field_id(self):
        return 100  # of nested fields

    @property
    def places(self):
        return [(partition, bucket) for partition in self.partitions or (None,) for bucket in range(self.bucket_count)]

    @property
    def key_columns(self):
        """Of the keys of rows, which don't have those of the partition."""
        return [name for name in self.key if name not in self.partition_key]

    def schema(self, schema_id):
        """{column: type}; each column that was added has made a new schema."""
        added = list(self.added.items())[:schema_id - 1]
        return {**self.columns, **dict(added)}

    def arrow_fields(self, schema_id):
        return [pa.field(name, type_.arrow) for name, type_ in self.schema(schema_id).items()]

    def value_row(self, schema_id, values):
        return t.encode_row(list(self.schema(schema_id).values()), values, self.kv_format)

    def in_newest_schema(self, value):
        """A value of any schema as one of the newest, which it is after the rows were made from the changelog."""
        newest = len(self.added) + 1
        older = len(self.schema(int.from_bytes(value[:2], "little")))
        if older == len(self.schema(newest)) or self.kv_format != COMPACTED:
            return value
        nulls = (1 << len(self.schema(newest))) - (1 << older)
        size, newest_size = (older + 7) // 8, (len(self.schema(newest)) + 7) // 8
        bits = int.from_bytes(value[2:2 + size], "little") | nulls
        return newest.to_bytes(2, "little") + bits.to_bytes(newest_size, "little") + value[2 + size:]

    def refused_batch(self, schema_id):
        """A batch whose sequence number is out of order."""
        return kv_batch.build(schema_id=schema_id, writer_id=1 << 40, sequence=7)


ID = {"id": INT.never_null}
PLAIN = {**ID, "text": STRING, "number": BIGINT, "size": INT}
ADDED = {"note": STRING, "ratio": DOUBLE}
ROW = t.row(50, x=INT, y=STRING)
EVERY_TYPE = {
    "boolean": BOOLEAN, "tinyint": TINYINT, "smallint": SMALLINT, "int": INT, "bigint": BIGINT, "float": FLOAT,
    "double": DOUBLE, "char": t.char(8), "string": STRING, "binary": t.binary(5), "bytes": BYTES,
    "decimal": t.decimal(10, 2), "decimal_wide": t.decimal(38, 10), "date": DATE, "time_0": t.time(0),
    "time_3": t.time(3), "time_6": t.time(6), "time_9": t.time(9), "timestamp_0": t.timestamp(0),
    "timestamp_3": t.timestamp(3), "timestamp_6": t.timestamp(6), "timestamp_9": t.timestamp(9),
    "ltz_3": t.timestamp_ltz(3), "ltz_6": t.timestamp_ltz(6),
}
NESTED_TYPES = {
    "ints": t.array(INT), "texts": t.array(STRING), "flags": t.array(BOOLEAN), "decimals": t.array(t.decimal(30, 5)),
    "times": t.array(t.timestamp(6)), "map": t.map_(STRING, BIGINT), "row": ROW, "rows": t.array(t.row(60, q=DOUBLE)),
    "lists": t.array(t.array(INT)), "map_of_rows": t.map_(INT, t.row(70, x=STRING, y=t.timestamp(3))),
}
# The Java server logs short CHARs of INDEXED rows with the zeros behind them.
EVERY_INDEXED_TYPE = {name: type_ for name, type_ in EVERY_TYPE.items() if name != "char"}
BITMAPS = {"small": BYTES._replace(make=lambda dice: bitmaps.rbm32(some_values(dice, 1 << 18))),
           "large": BYTES._replace(make=lambda dice: bitmaps.rbm64(dice.choice(HIGH_PARTS), some_values(dice, 1 << 16)))}
# Of values of 64 bits: some have their beginnings in common.
HIGH_PARTS = (0, 1, 0x0102, 0x0103, 0x010203040506, 0x010203040507, 0xFFFFFFFFFFFF)
KEY_TYPES = {name: EVERY_TYPE[name].never_null for name in EVERY_TYPE if name != "boolean"}


def functions_of(names):
    """{column: type}, {column: function} of each of the types below every one of the functions."""
    columns, functions = {}, {}
    for function, types in names.items():
        for name in types:
            columns[f"{function}_{name}"] = EVERY_TYPE[name]
            functions[f"{function}_{name}"] = {"type": function}
    return columns, functions


NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal_wide")
ORDERED = (*NUMBERS, "char", "string", "date", "time_3", "timestamp_3", "timestamp_9", "ltz_6", "decimal")
SUMS = functions_of({"sum": NUMBERS, "product": NUMBERS, "max": ORDERED, "min": ORDERED})
INDEXED_ORDERED = [name for name in ORDERED if name != "char"]
INDEXED_SUMS = functions_of({"sum": NUMBERS, "product": NUMBERS, "max": INDEXED_ORDERED, "min": INDEXED_ORDERED})
CHOICES = functions_of({
    "last_value": ("int", "string"), "last_value_ignore_nulls": ("int", "bytes"), "first_value": ("int", "string"),
    "first_value_ignore_nulls": ("bigint", "timestamp_6"), "listagg": ("string",), "string_agg": ("string",),
    "bool_and": ("boolean",), "bool_or": ("boolean",)})


def some_values(dice, end):
    """Few, many, or a row of them."""
    begin = dice.randrange(end)
    return dice.choice(([], [begin], range(begin, min(end, begin + 300)), [dice.randrange(end) for _ in range(900)]))


def versioned(column):
    return {"table.merge-engine": "versioned", "table.merge-engine.versioned.ver-column": column}


FIRST_ROW = {"table.merge-engine": "first_row"}
AGGREGATION = {"table.merge-engine": "aggregation"}
WAL = {"table.changelog.image": "WAL"}
COMPACTED_LOG = {"table.log.format": "COMPACTED"}
INDEXED_ROWS = {"table.kv.format": INDEXED}

KINDS = {
    "plain": Kind(PLAIN, added=ADDED),
    "buckets": Kind(PLAIN, bucket_count=3),
    "zstd": Kind(PLAIN, given={"table.log.arrow.compression.type": "ZSTD"}, added=ADDED),
    "wal": Kind(PLAIN, given=WAL, added=ADDED),
    "wal_indexed": Kind(PLAIN, given={**WAL, **INDEXED_ROWS}),
    "ignore": Kind(PLAIN, given={"table.delete.behavior": "IGNORE"}),
    "disable": Kind(PLAIN, given={"table.delete.behavior": "DISABLE"}),
    "first_row": Kind(PLAIN, given=FIRST_ROW, added=ADDED, inserts=False),
    "first_row_wal": Kind(PLAIN, given={**FIRST_ROW, **WAL}, inserts=False),
    "first_row_disable": Kind(PLAIN, given={**FIRST_ROW, "table.delete.behavior": "DISABLE"}, inserts=False),
    "versioned_bigint": Kind(PLAIN, given=versioned("number"), added=ADDED, inserts=False),
    "versioned_int": Kind(PLAIN, given=versioned("size"), inserts=False),
    "versioned_timestamp": Kind({**ID, "at": t.timestamp(6), "text": STRING}, given=versioned("at"), inserts=False),
    "versioned_ltz_wal": Kind({**ID, "at": t.timestamp_ltz(3), "text": STRING}, given={**versioned("at"), **WAL},
                              inserts=False),
    "sums": Kind({**ID, **SUMS[0]}, given=AGGREGATION, functions=SUMS[1], added={"later": BIGINT}, inserts=False),
    "choices": Kind({**ID, **CHOICES[0]}, given={**AGGREGATION, "table.delete.behavior": "ALLOW"},
                    functions=CHOICES[1], added={"later": STRING}, inserts=False),
    "sums_indexed": Kind({**ID, **INDEXED_SUMS[0]}, given={**AGGREGATION, **INDEXED_ROWS}, functions=INDEXED_SUMS[1]),
    "bitmaps": Kind({**ID, **BITMAPS}, given=AGGREGATION,
                    functions={"small": {"type": "rbm32"}, "large": {"type": "rbm64"}}),
    "indexed": Kind(PLAIN, given=INDEXED_ROWS, added=ADDED),
    "compacted_log": Kind(PLAIN, given=COMPACTED_LOG, added=ADDED),
    "compacted_log_wal": Kind(PLAIN, given={**COMPACTED_LOG, **WAL}, added=ADDED),
    "types": Kind({**ID, **EVERY_TYPE}, added=ADDED),
    "types_indexed": Kind({**ID, **EVERY_INDEXED_TYPE}, given=INDEXED_ROWS),
    "types_compacted_log": Kind({**ID, **EVERY_TYPE}, given=COMPACTED_LOG),
    "nested": Kind({**ID, **NESTED_TYPES}),
    "nested_indexed": Kind({**ID, **NESTED_TYPES}, given=INDEXED_ROWS),
    "nested_compacted_log": Kind({**ID, **NESTED_TYPES}, given=COMPACTED_LOG),
    "never_null": Kind({**ID, "text": STRING.never_null, "number": BIGINT.never_null, "at": t.timestamp(6).never_null}),
    "keys": Kind({**KEY_TYPES, "value": INT}, key=tuple(KEY_TYPES)),
    "prefixes": Kind({"a": STRING.never_null, "b": INT.never_null, "value": STRING}, key=("a", "b"), bucket_key=("a",)),
    "prefixes_indexed": Kind({"a": BIGINT.never_null, "b": STRING.never_null, "value": STRING}, key=("a", "b"),
                             bucket_key=("a",), given=INDEXED_ROWS),
    "key_alone": Kind(ID, inserts=False),
    "partitioned": Kind({**ID, "part": STRING.never_null, "value": STRING}, key=("id", "part"), partition_key=("part",),
                        partitions=("one", "two"), bucket_count=2, added=ADDED, inserts=False),
    "numbered": Kind({**ID, "row_number": BIGINT, "text": STRING}, auto_increment=("row_number",)),
    "numbered_wal": Kind({**ID, "row_number": INT, "text": STRING}, auto_increment=("row_number",),
                         given={**WAL, "table.auto-increment.cache-size": "5"}),
}
