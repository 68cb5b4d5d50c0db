"""Roaring bitmaps as clients have them from the Java library: what the columns of rbm32 and rbm64 hold.

Standard library only. Containers have the values as an array; so not more than ARRAY_MAX go in one.
"""

import struct

ARRAY_MAX = 4096


def rbm32(values):
    """The portable format of 32-bit bitmaps, without runs."""
    containers = {}
    for value in sorted(set(values)):
        containers.setdefault(value >> 16, []).append(value & 0xFFFF)
    keys = b"".join(struct.pack("<HH", key, len(low) - 1) for key, low in containers.items())
    position = 8 + len(keys) + 4 * len(containers)
    offsets, data = b"", b""
    for low in containers.values():
        offsets += struct.pack("<I", position + len(data))
        data += struct.pack(f"<{len(low)}H", *low)
    return struct.pack("<II", 12346, len(containers)) + keys + offsets + data


def rbm64(high, values):
    """What the class Roaring64Bitmap writes, of 16-bit values below one key of 48 bits."""
    low = sorted(set(values))
    if not low:
        return b"\0"
    leaf = b"\4\0\0\0" + high.to_bytes(6, "big") + struct.pack("<q", 0)
    container = struct.pack("<BBI", 1, 2, len(low)) + struct.pack(f"<{len(low)}H", *low)
    return (b"\1" + struct.pack("<q", 1) + leaf + struct.pack("<i", 1) + b"\xfe" + struct.pack("<i", 1) + container
            + struct.pack("<qii", 1, 0, 0))
