"""Every data type: random values of it, and how the rows and keys of primary-key tables hold them.

Values are Python's where that is simple: numbers for dates, times and decimals, bytes for text, (milliseconds,
nanoseconds) for fine timestamps, lists for arrays, lists of pairs for maps, tuples for rows. None is null.
"""

import random
import struct
from typing import Any, Callable, NamedTuple

import pyarrow as pa

from kv_batch import int32, int64
from protobuf_fields import encode_varint

COMPACTED, INDEXED = "COMPACTED", "INDEXED"


class Type(NamedTuple):
    json: dict
    arrow: pa.DataType  # of the same buffers as the type's own; numbers where Python has no room for the values
    make: Callable[[random.Random], Any]
    body: Callable[[Any, str], bytes]  # a value in a row of the format, without its length
    compacted_number: Callable[[Any], bytes] | None = None  # in place of the body in COMPACTED rows
    length_compacted: bool = False  # the body has its length in front
    length_indexed: bool = False  # it is among the lengths

    @property
    def root(self):
        return self.json["type"]

    @property
    def never_null(self):
        return self._replace(json={**self.json, "nullable": False})

    def compacted(self, value):
        if self.compacted_number:
            return self.compacted_number(value)
        body = self.body(value, COMPACTED)
        return encode_varint(len(body)) + body if self.length_compacted else body


def encode_row(types, values, kv_format):
    nulls = sum(1 << i for i, value in enumerate(values) if value is None)
    head = nulls.to_bytes((len(types) + 7) // 8, "little")
    present = [(type_, value) for type_, value in zip(types, values) if value is not None]
    if kv_format == COMPACTED:
        return head + b"".join(type_.compacted(value) for type_, value in present)
    bodies = [type_.body(value, kv_format) for type_, value in present]
    lengths = b"".join(struct.pack("<i", len(body))
                       for (type_, _), body in zip(present, bodies) if type_.length_indexed)
    return head + lengths.ljust(4 * sum(type_.length_indexed for type_ in types), b"\0") + b"".join(bodies)


def encode_key(types, values):
    return b"".join(type_.compacted(value) for type_, value in zip(types, values))


# --- numbers and times ---


def _fixed(root, code, arrow, make, compacted_number=None, **more):
    """A type of fixed size, packed by the code of `struct`."""
    return Type({"type": root, **more}, arrow, make, lambda value, _: struct.pack("<" + code, value), compacted_number)


def _integers(limit):
    def make(dice):
        return dice.choice((0, 1, -1, limit - 1, -limit, dice.randrange(-limit, limit), dice.randrange(-9, 10)))
    return make


def _make_float(dice):
    return dice.choice((0.0, -0.0, 1.5, -2.25, float("inf"), float("-inf"), dice.randrange(-1000, 1000) / 8))


def _make_millis(dice):
    return dice.choice((0, -1, 1_700_000_000_123, dice.randrange(-2_000_000_000_000, 4_000_000_000_000)))


BOOLEAN = _fixed("BOOLEAN", "?", pa.bool_(), lambda dice: dice.random() < 0.5)
TINYINT = _fixed("TINYINT", "b", pa.int8(), _integers(1 << 7))
SMALLINT = _fixed("SMALLINT", "h", pa.int16(), _integers(1 << 15))
INT = _fixed("INTEGER", "i", pa.int32(), _integers(1 << 31), int32)
BIGINT = _fixed("BIGINT", "q", pa.int64(), _integers(1 << 63), int64)
FLOAT = _fixed("FLOAT", "f", pa.int32(), _make_float)
DOUBLE = _fixed("DOUBLE", "d", pa.int64(), _make_float)
DATE = _fixed("DATE", "i", pa.int32(), lambda dice: dice.randrange(-800_000, 2_900_000), int32)


def time(precision):
    arrow = pa.int32() if precision <= 3 else pa.int64()
    return _fixed("TIME_WITHOUT_TIME_ZONE", "i", arrow, lambda dice: dice.randrange(86_400_000), int32,
                  precision=precision)


def timestamp(precision, root="TIMESTAMP_WITHOUT_TIME_ZONE"):
    """Up to 3 digits the values are milliseconds alone. Before 1970 they are whole milliseconds: the Java server and
    Java clients can't read others from a log.
    """
    if precision <= 3:
        return _fixed(root, "q", pa.int64(), _make_millis, int64, precision=precision)
    step = 10 ** (9 - precision)

    def make(dice):
        millis = _make_millis(dice)
        return millis, 0 if millis < 0 else dice.randrange(0, 1_000_000, step)
    return Type({"type": root, "precision": precision}, pa.int64(), make,
                lambda value, _: struct.pack("<qi", *value), lambda value: int64(value[0]) + int32(value[1]))


def timestamp_ltz(precision):
    return timestamp(precision, "TIMESTAMP_WITH_LOCAL_TIME_ZONE")


def decimal(precision, scale):
    """Values are unscaled."""
    json = {"type": "DECIMAL", "precision": precision, "scale": scale}
    limit = 10 ** precision

    def make(dice):
        return dice.choice((0, 1, -1, limit - 1, 1 - limit, dice.randrange(1 - limit, limit),
                            dice.randrange(-200, 200)))
    if precision <= 18:
        return Type(json, pa.binary(16), make, lambda value, _: struct.pack("<q", value), int64)
    return Type(json, pa.binary(16), make, lambda value, _: _minimal(value), None, True, True)


def _minimal(value):
    """Big-endian two's complement in as few bytes as it takes."""
    bits = (value if value >= 0 else ~value).bit_length()
    return value.to_bytes(bits // 8 + 1, "big", signed=True)


# --- text and bytes ---


def _text_of(longest):
    def make(dice):
        text = "".join(dice.choice("abcxyzäß☃ ") for _ in range(dice.choice((0, 1, 3, 7, 8, 20))))
        return text.encode()[:longest].decode(errors="ignore").encode()
    return make


def _body_as_is(value, _):
    return value


STRING = Type({"type": "STRING"}, pa.binary(), _text_of(100), _body_as_is, None, True, True)
BYTES = Type({"type": "BYTES"}, pa.binary(), lambda dice: dice.randbytes(dice.choice((0, 1, 7, 8, 30))), _body_as_is,
             None, True, True)


def char(length):
    return Type({"type": "CHAR", "length": length}, pa.binary(), _text_of(length),
                lambda value, kv_format: value.ljust(length if kv_format == INDEXED else 0, b"\0"), None, True)


def binary(length):
    """Values don't end with a zero: the Java server can't write such ones of INDEXED rows into a changelog."""
    return Type({"type": "BINARY", "length": length}, pa.binary(length),
                lambda dice: dice.randbytes(length - 1) + bytes([dice.randrange(1, 256)]), _body_as_is, None, True)


# --- nested types ---


def array(element, nulls=True):
    def make(dice):
        return [None if nulls and dice.random() < 0.2 else element.make(dice) for _ in range(dice.randrange(4))]
    return Type({"type": "ARRAY", "element_type": element.json}, pa.list_(element.arrow), make,
                lambda values, kv_format: _array_body(element, values, kv_format), None, True, True)


def map_(key, value):
    keys, values = array(key, nulls=False), array(value)

    def make(dice):
        made = {key.make(dice): None if dice.random() < 0.2 else value.make(dice) for _ in range(dice.randrange(4))}
        return list(made.items())

    def body(pairs, kv_format):
        key_part = keys.body([pair[0] for pair in pairs], kv_format)
        value_part = values.body([pair[1] for pair in pairs], kv_format)
        return struct.pack("<i", len(key_part)) + key_part + value_part
    return Type({"type": "MAP", "key_type": key.never_null.json, "value_type": value.json},
                pa.map_(key.arrow, value.arrow), make, body, None, True, True)


def row(first_id, **fields):
    """The ids of the fields count on from the first."""
    types = list(fields.values())
    json = [{"name": name, "field_type": type_.json, "field_id": first_id + i}
            for i, (name, type_) in enumerate(fields.items())]
    return Type({"type": "ROW", "fields": json}, pa.struct([(name, type_.arrow) for name, type_ in fields.items()]),
                lambda dice: tuple(None if dice.random() < 0.2 else type_.make(dice) for type_ in types),
                lambda values, kv_format: encode_row(types, values, kv_format), None, True, True)


def _pad(data):
    return data + bytes(-len(data) % 8)


def _array_body(element, values, kv_format):
    nulls = sum(1 << i for i, value in enumerate(values) if value is None)
    head = struct.pack("<i", len(values)) + nulls.to_bytes((len(values) + 31) // 32 * 4, "little")
    width = _SLOT_WIDTHS.get(element.root, 8)
    position = len(_pad(head + bytes(width * len(values))))
    slots, outside = [], []
    for value in values:
        slot, beyond = (bytes(width), b"") if value is None else _slot(element, value, kv_format, position)
        slots.append(slot)
        outside.append(_pad(beyond))
        position += len(outside[-1])
    return _pad(head + b"".join(slots)) + b"".join(outside)


_SLOT_WIDTHS = {"BOOLEAN": 1, "TINYINT": 1, "SMALLINT": 2, "INTEGER": 4, "FLOAT": 4, "DATE": 4,
                "TIME_WITHOUT_TIME_ZONE": 4}


def _slot(element, value, kv_format, position):
    """(slot, what lies outside at the position)"""
    if isinstance(value, tuple) and element.root != "ROW":  # a fine timestamp
        return struct.pack("<ii", value[1], position), struct.pack("<q", value[0])
    if element.root == "DECIMAL" and element.length_indexed:
        body = _minimal(value)
        return struct.pack("<ii", len(body), position), body.ljust(16, b"\0")
    if element.root in ("CHAR", "STRING", "BINARY", "BYTES"):
        if len(value) <= 7:
            return value.ljust(7, b"\0") + bytes([0x80 | len(value)]), b""
        return struct.pack("<ii", len(value), position), value
    body = element.body(value, kv_format)
    if element.root in ("ARRAY", "MAP", "ROW"):
        return struct.pack("<ii", len(body), position), body
    return body, b""
