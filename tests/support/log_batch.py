"""Log record batches (magic 0, Arrow) as they are on the wire and on disk. Needs pyarrow."""

import struct
from dataclasses import dataclass

import pyarrow as pa

HEADER = struct.Struct("<qibqIhbiqii")
LENGTH_OFFSET = 8
BYTES_BEFORE_LENGTH_COUNTS = 12
CRC_OFFSET = 21
LAST_DELTA_OFFSET = 28
CRC_START = 25  # the first byte that the CRC covers
APPEND_ONLY = 1
NO_WRITER = -1
NO_SEQUENCE = -1


def _crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_CRC32C_TABLE = _crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC32C_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


@dataclass(frozen=True)
class LogBatch:
    base_offset: int
    timestamp_ms: int
    schema_id: int
    writer_id: int
    sequence: int
    record_count: int
    crc_matches: bool
    data: bytes  # the whole batch
    arrow_message: bytes  # nothing in a batch without records
    last_offset_delta: int = 0
    change_types: bytes = b""  # a byte for each record; none where all are appended
    attributes: int = APPEND_ONLY

    def rows(self, schema):
        """The rows as dicts, by the Arrow schema of the table or of the projection."""
        return pa.ipc.read_record_batch(pa.py_buffer(self.arrow_message), schema).to_pylist()

    def changes(self, schema):
        """[(change type, row as a tuple)]"""
        if not self.record_count:
            return []
        records = pa.ipc.read_record_batch(pa.py_buffer(self.arrow_message), schema)
        return list(zip(self.change_types, zip(*(column.to_pylist() for column in records.columns))))


def build(records, writer_id=NO_WRITER, sequence=NO_SEQUENCE, compression=None, schema_id=1):
    """One batch of an Arrow record batch, with the offset and timestamp a client leaves to the leader."""
    message = _arrow_message(records, compression)
    length = HEADER.size + len(message) - BYTES_BEFORE_LENGTH_COUNTS
    header = HEADER.pack(0, length, 0, 0, 0, schema_id, APPEND_ONLY, records.num_rows - 1, writer_id, sequence,
                         records.num_rows)
    batch = bytearray(header + message)
    struct.pack_into("<I", batch, CRC_OFFSET, crc32c(batch[CRC_START:]))
    return bytes(batch)


def _arrow_message(records, compression):
    """The record batch's IPC message, without the schema that goes before it in a stream."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    stream = pa.ipc.new_stream(sink, records.schema, options=options)
    stream.write_batch(records)
    message_end = sink.tell()
    stream.close()
    schema_size = records.schema.serialize().size
    return sink.getvalue().to_pybytes()[schema_size:message_end]


def parse(data):
    """The whole batches of a fetch response; a batch that was cut off at its end is left out."""
    return [parse_one(batch) for batch in split(data)]


def split(data):
    """The same in their bytes."""
    batches = []
    position = 0
    while position + HEADER.size <= len(data):
        (length,) = struct.unpack_from("<i", data, position + LENGTH_OFFSET)
        end = position + BYTES_BEFORE_LENGTH_COUNTS + length
        if end > len(data):
            break
        batches.append(data[position:end])
        position = end
    return batches


def next_offset(batch):
    """The offset behind a batch in its bytes."""
    return struct.unpack_from("<q", batch)[0] + struct.unpack_from("<i", batch, LAST_DELTA_OFFSET)[0] + 1


def parse_one(data):
    fields = HEADER.unpack_from(data)
    base_offset, _, _, timestamp_ms, crc, schema_id, attributes, last_delta, writer_id, sequence, record_count = fields
    arrow_start = HEADER.size + (0 if attributes & APPEND_ONLY else record_count)
    return LogBatch(base_offset, timestamp_ms, schema_id, writer_id, sequence, record_count,
                    crc == crc32c(data[CRC_START:]), data, data[arrow_start:], last_delta,
                    data[HEADER.size:arrow_start], attributes)
