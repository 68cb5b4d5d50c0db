"""KV batches, keys and rows as a client of primary-key tables sends them. Needs pyarrow.

Rows and keys are in the compacted encoding. They are made of values that are encoded already, as by int32(7).
"""

import struct

from log_batch import crc32c
from protobuf_fields import encode_varint

HEADER = struct.Struct("<ibIhbqii")
CRC_OFFSET = 5
CRC_START = 9  # the first byte that the CRC covers
SCHEMA_OFFSET = 9
COUNT_OFFSET = 24
NO_WRITER = -1
NO_SEQUENCE = -1


def int32(value):
    return encode_varint(value & 0xFFFFFFFF)


def int64(value):
    return encode_varint(value)


def text(value):
    data = value.encode()
    return encode_varint(len(data)) + data


def key(*values):
    """A key is its values one after the other."""
    return b"".join(values)


def row(*values):
    """A compacted row; None stands for null."""
    nulls = sum(1 << position for position, value in enumerate(values) if value is None)
    return nulls.to_bytes((len(values) + 7) // 8, "little") + b"".join(value for value in values if value is not None)


def record(record_key, record_row=None):
    """An upsert, or a delete where there is no row."""
    body = encode_varint(len(record_key)) + record_key + (record_row or b"")
    return struct.pack("<i", len(body)) + body


def build(*records, writer_id=NO_WRITER, sequence=NO_SEQUENCE, schema_id=1, magic=0, attributes=0, count=None):
    """One batch of records in their bytes; `count` may claim another number of them."""
    body = b"".join(records)
    length = HEADER.size + len(body) - 4
    header = HEADER.pack(length, magic, 0, schema_id, attributes, writer_id, sequence,
                         len(records) if count is None else count)
    return seal(header + body)


def seal(batch):
    """The batch with the CRC that its bytes have."""
    sealed = bytearray(batch)
    struct.pack_into("<I", sealed, CRC_OFFSET, crc32c(sealed[CRC_START:]))
    return bytes(sealed)


def value(*values, schema_id=1):
    """What a lookup returns: the schema's id and the row."""
    return struct.pack("<h", schema_id) + row(*values)


def value_batch(*batch_values):
    """What a scan returns."""
    body = b"".join(struct.pack("<i", len(one)) + one for one in batch_values)
    return struct.pack("<ibi", 5 + len(body), 0, len(batch_values)) + body


def values_of(batch):
    """The values of a batch that a scan returned."""
    length, magic, count = struct.unpack_from("<ibi", batch)
    if (length, magic) != (len(batch) - 4, 0):
        raise ValueError(f"value batch of {len(batch)} bytes says length {length} and magic {magic}")
    found = []
    position = 9
    for _ in range(count):
        (size,) = struct.unpack_from("<i", batch, position)
        found.append(batch[position + 4:position + 4 + size])
        position += 4 + size
    if position != len(batch):
        raise ValueError(f"{len(batch) - position} bytes behind the last value")
    return found
