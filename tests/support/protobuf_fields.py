"""Protobuf messages as field numbers and values, without a schema. Standard library only."""

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5


class Packed(list):
    """A repeated integer field in the packed form."""


def encode_varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode_varint(data, position):
    """(value without sign, position behind it)"""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7


def encode(fields):
    """Encodes {field number: value}. A value is an int, bool, str or bytes, a dict for a message, a list for a repeated
    field; None leaves the field out.
    """
    return b"".join(_encode_field(number, value) for number, value in fields.items())


def _encode_field(number, value):
    if value is None:
        return b""
    if isinstance(value, list) and not isinstance(value, Packed):
        return b"".join(_encode_field(number, item) for item in value)
    if isinstance(value, int):
        return encode_varint(number << 3 | VARINT) + encode_varint(value)
    body = _encode_body(value)
    return encode_varint(number << 3 | LENGTH_DELIMITED) + encode_varint(len(body)) + body


def _encode_body(value):
    if isinstance(value, Packed):
        return b"".join(encode_varint(item) for item in value)
    if isinstance(value, dict):
        return encode(value)
    return value.encode() if isinstance(value, str) else bytes(value)


def decode(data):
    """{field number: [values in the order of the wire]}; a value is an unsigned int or bytes."""
    values = {}
    position = 0
    while position < len(data):
        key, position = decode_varint(data, position)
        value, position = _decode_value(data, position, key & 7)
        values.setdefault(key >> 3, []).append(value)
    return values


def _decode_value(data, position, wire_type):
    if wire_type == VARINT:
        return decode_varint(data, position)
    if wire_type == LENGTH_DELIMITED:
        length, position = decode_varint(data, position)
    else:
        length = {FIXED64: 8, FIXED32: 4}[wire_type]
    if position + length > len(data):
        raise ValueError("truncated protobuf message")
    return data[position:position + length], position + length


class Fields:
    """A decoded message; every accessor takes a field number. None stands for an absent field."""

    def __init__(self, data):
        self._values = decode(data)

    def __contains__(self, number):
        return number in self._values

    def int(self, number):
        values = self._values.get(number)
        return _signed(values[-1]) if values else None

    def bytes(self, number):
        values = self._values.get(number)
        return values[-1] if values else None

    def bytes_list(self, number):
        return self._values.get(number, [])

    def text(self, number):
        value = self.bytes(number)
        return value.decode() if value is not None else None

    def texts(self, number):
        return [value.decode() for value in self._values.get(number, [])]

    def messages(self, number):
        return [Fields(value) for value in self._values.get(number, [])]


def _signed(value):
    return value - (1 << 64) if value >= 1 << 63 else value
