#!/usr/bin/env python3
"""Writes the hand-made part of fuzz/corpus/: intact inputs for the fuzzers to start from (docs/fuzzing.md).

Run it when the layout of a target's inputs has changed, or the golden batches have. Files with other names, such as what
a fuzzer found, are left alone.
"""

import pathlib
import re
import struct

FOLDER = pathlib.Path(__file__).resolve().parent
CORPUS = FOLDER / "corpus"
GOLDEN = (FOLDER.parent / "src" / "record" / "golden_batches.h").read_text()
GOLDEN_ROWS = (FOLDER.parent / "src" / "schema" / "row_codec_test.cc").read_text()


def write(target, name, *parts):
    """A file of bytes, texts and numbers below 256."""
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"".join(as_bytes(part) for part in parts))


def as_bytes(part):
    if isinstance(part, int):
        return bytes([part])
    return part.encode() if isinstance(part, str) else part


def piece(content):
    """What Input::Piece() takes."""
    content = as_bytes(content)
    return struct.pack("<H", len(content)) + content


def unhex(text):
    return bytes.fromhex(text)


def golden(name, source=GOLDEN):
    """A constant of record/golden_batches.h."""
    literals = re.search(rf"string_view {name} =((?:\s*\"[0-9a-f ]*\")+);", source).group(1)
    return unhex("".join(re.findall(r'"([^"]*)"', literals)))


# ---- Protocol --------------------------------------------------------------------------------------------------------

PRODUCE = (unhex("08ffffffffffffffffff01104018b0ea0122") + b"\xd7\x01" + unhex("10001ad001") +
           golden("kArrowPlain")[:208] + unhex("2801"))
FETCH = unhex("08ffffffffffffffffff01108080800" "81a1b084010001a00"
              "2213100018feffffffffffffffff0120808040280120f40328013000")
FETCH_FILTERED = unhex("08011000300" "11a1408011000220610001800" "20002a0408001200" "3005")
FETCH_PROJECTED = unhex("0801100020f40328011a14080110011a030002052209080710001800" "20002803")
LEAVES = {
    "equal": unhex("0800120c080010001a0608031000" "2002"),
    "less": unhex("0800120c080210021a0608041000" "280a"),
    "starts_with": unhex("0800120f080810011a0908081000" "4203") + b"ali",
    "in": unhex("08001214080b10001a0608031000" "20011a0608031000" "2007"),
    "is_null": unhex("0800120408061001"),
    "double": unhex("08001213080410031a0d08061000" "39000000000000f03f"),
    "decimal": unhex("08001212080010041a0c08091000" "6a06ffffffff00ff"),
    "timestamp": unhex("08001210080510051a0a080c1000" "580960bf843d"),
}
MESSAGES = {  # index in message_fuzz.cc: name, bytes
    0: ("api_versions", unhex("0a05666c7573731205302e312e30")),
    1: ("create_database", unhex("0a0264621000" "1a027b7d")),
    5: ("create_table", unhex("0a080a02776412026a6c12027b7d1800")),
    9: ("list_partitions", unhex("0a080a02776412026a6c12080a060a016b120176")),
    10: ("table_exists", unhex("0a080a02776412026a6c")),
    12: ("metadata", unhex("0a080a02776412026a6c12100a0277641206" "6a6c24323032360a")),
    13: ("list_offsets", unhex("08ffffffffffffffffff01100118402a01003801")),
    16: ("init_writer", unhex("0a080a02776412026a6c")),
    18: ("limit_scan", unhex("0840180020c801")),
    20: ("create_partition", unhex("0a080a02776412026a6c12080a060a016b1201761800")),
    23: ("alter_table", unhex("0a080a02776412026a6c10001a090a026b3112017618002" "20a0a0163120361626320002a030a01643206"
                              "0a016512016" "63a050a016712004202" "0804")),
    25: ("alter_configs", unhex("0a090a026b311201761800")),
    29: ("produce", PRODUCE),
    30: ("fetch", FETCH),
}


def frame(key, body):
    return struct.pack(">ihhi", 8 + len(body), key, 0, 7) + body


def protocol():
    hello = frame(1000, MESSAGES[0][1])
    size_max = struct.pack("<I", 65536)
    write("frame", "one", size_max, piece(b""), hello)
    write("frame", "three_by_bytes", size_max, piece(b"\1"), hello, frame(1012, b""), hello)
    write("frame", "large", size_max, piece(b"\0\xff\7"), frame(1014, b"x" * 40000), hello)
    write("frame", "too_large", struct.pack("<I", 100), piece(b""), hello, frame(1014, b"x" * 200))
    write("frame", "bad_length", size_max, piece(b"\3"), hello, b"\xff\xff\xff\xff")
    write("frame", "text", size_max, piece(b""), frame(1014, "Größe €\U0001F600".encode() + b"\xed\xa0\x80\xc0\x80\xff"))
    for number, (name, body) in MESSAGES.items():
        write("message", name, number, body)
    write("produce_log", "java_client", PRODUCE)
    write("produce_log", "any_order", unhex("7a03616263221328072203783d311a02aabbf8ff07011003080918001001"
                                            "10c00108011805"))
    write("produce_log", "same_bucket", unhex("080110011801" "2205" "10021a0131" "2205" "10011a0132" "2205" "10021a0133"))
    write("put_kv", "java_client", unhex("08ffffffffffffffffff01" "1041" "18b0ea01" "2200" "2a2c" "1000" "1a26"
                                         "22000000009c49792001000" "01a00000000000000000000000100000006000000010100"
                                         "010178" "2801" "3000"))
    write("put_kv", "any_order", unhex("7a03616263" "3001" "2a13" "2807" "2203783d31" "1a02aabb" "f8ff0701" "1003" "0809"
                                       "22020063" "1800" "2005" "220300ac02" "1001" "0801"))
    write("put_kv", "same_bucket", unhex("080110011801" "2a05" "10021a0131" "2a05" "10011a0132" "2a05" "10021a0133"))
    write("lookup", "java_client", 0, unhex("0841" "1207" "1000" "1a0101" "2801"))
    write("lookup", "inserts", 0, unhex("0841" "120e" "0805" "1001" "1a03616263" "1a00" "1a0164" "1801" "2001" "28b0ea01"))
    write("lookup", "historical", 0, unhex("0841" "120a" "1000" "1a0161" "2203783d31" "1205" "1000" "1a0162"))
    write("lookup", "prefixes", 1, unhex("0841" "120e" "0802" "1000" "1a0161" "1a00" "1a0162" "2003" "1205" "1001" "1a0162"))
    write("fetch_log", "java_client", FETCH)
    write("fetch_log", "filtered", FETCH_FILTERED)
    write("fetch_log", "projected", FETCH_PROJECTED)
    for name, leaf in LEAVES.items():
        write("predicate", name, leaf)
    both = b"".join(b"\x12" + bytes([len(leaf)]) + leaf for leaf in (LEAVES["equal"], LEAVES["is_null"]))
    for function, name in ((0, "and"), (1, "or")):
        compound = bytes([8, function]) + both
        write("predicate", name, unhex("08011a"), len(compound), compound)


# ---- Batches and logs ------------------------------------------------------------------------------------------------

BATCHES = {  # name: index in tables.h
    "kArrowPlain": 0,
    "kArrowStatistics": 0,
    "kZstd": 1,
    "kLz4": 2,
    "kChangelog": 3,
    "kEmptyBatch": 3,
    "kAllTypes": 4,
    "kAllTypesNulls": 5,
    "kIndexed": 6,
    "kCompacted": 7,
}


# Upsert of two keys, delete of a third.
KV_BATCH = unhex("41000000006985086101000002000000000000000000000003000000" "0b0000000101" "000105416c69636519"
                 "1000000002ac02" "02ac02ffffffffffffffffff01" "020000000109")


def at_offset(batch, offset):
    return struct.pack("<q", offset) + batch[8:]


def without_writer(batch):
    """For the targets that give batches their checksums."""
    return batch[:32] + struct.pack("<qi", -1, -1) + batch[44:]


def records():
    for name, table in BATCHES.items():
        batch = golden(name)
        write("batch", name, batch)
        for mask in (1, 0xFFFFFFFF, 0x00AA55A6):
            write("batch_check", f"{name}_{mask:x}", table, struct.pack("<I", mask), batch)
            write("projection", f"{name}_{mask:x}", table, 0, struct.pack("<I", mask), batch)
        write("changelog_reader", name, table, batch)
        write("projection", f"{name}_more", table, 1, struct.pack("<I", 0x0F0F0F0F), batch)
    write("changelog_reader", "kAllTypes_indexed", 10, golden("kAllTypes"))
    write("kv_batch", "java_client", 0, KV_BATCH)
    write("kv_batch", "no_records", 1, KV_BATCH[:24], bytes(4))
    write("kv_batch", "long_key", 1, KV_BATCH[:24], struct.pack("<iiB", 1, 204, 200), 1, bytes(202))
    write("batch", "two", golden("kIndexed"), at_offset(golden("kCompacted"), 3))
    magic2 = golden("kArrowStatistics")
    write("batch", "magic2", magic2[:8], struct.pack("<i", len(magic2) - 8), 2, magic2[13:21], b"\0\0\0\0", magic2[21:])

    statistics = golden("kArrowStatistics")
    block = statistics[52:52 + struct.unpack_from("<i", statistics, 48)[0]]
    write("statistics", "block", 0, piece(b""), block)
    for name, leaf in LEAVES.items():
        write("statistics", name, 0, piece(leaf), statistics)


# Positions in FlatTypes() of schema/test_values.h.
BOOLEAN, INT, BIGINT, STRING, DECIMAL_18, DECIMAL_38, DATE, TIME, TIMESTAMP_9 = 0, 3, 4, 8, 12, 14, 15, 16, 21


def flat(*types):
    """What TakeType() takes for types that are not nested."""
    return b"".join(bytes([0, type, 0]) for type in types)


def rows_and_keys():
    nested = [(1, flat(INT)), (1, flat(STRING)), (2, flat(STRING, INT)), (3, bytes([2]) + flat(INT, STRING))]
    all_types = flat(*range(12), 13, 15, 16, 17, 19, 20, 22, 23) + b"".join(as_bytes(a) + b + b"\0" for a, b in nested)
    for indexed, name in ((1, "kAllTypesIndexed"), (0, "kAllTypesCompacted")):
        write("row_codec", name, indexed, 24, all_types, golden(name, GOLDEN_ROWS))
    write("row_codec", "indexed", 1, 3, flat(INT, STRING, INT), unhex("00050000000100000" "0616c6963650a000000"))
    write("row_codec", "compacted", 0, 3, flat(INT, STRING, BIGINT), unhex("02ac02ffffffffffffffffff01"))
    write("row_codec", "not_null", 0, 1, 0, INT, 1, unhex("00ac02"))
    array = unhex("0200000000000000100000001800000008000000280000000100000000000000070000000000000000000000" "00000000")
    write("row_codec", "arrays", 0, 1, 1, 1, flat(INT), 0, 0, 0, len(array), array)
    compacted = {"int": (INT, "ac02"), "string": (STRING, "03616263"), "timestamp": (TIMESTAMP_9, "fbd095ffbc31c0ea1b")}
    paimon = {"boolean": (BOOLEAN, "0100000000000000"), "string": (STRING, "6162630000000083"),
              "long": (STRING, "090000001000000061626364656667686900000000000000"),
              "decimal": (DECIMAL_38, "030000001000000012d45000000000000000000000000000"),
              "timestamp": (TIMESTAMP_9, "40f50600100000007b68e5cf8b010000")}
    iceberg = {"int": (INT, "2c01000000000000"), "string": (STRING, "616263"), "decimal": (DECIMAL_18, "04d2"),
               "big_decimal": (DECIMAL_38, "12d450"), "date": (DATE, "204e000000000000"),
               "time": (TIME, "40420f0000000000"), "timestamp": (TIMESTAMP_9, "40222018240a0600")}
    for number, (name, keys) in enumerate((("compacted", compacted), ("paimon", paimon), ("iceberg", iceberg))):
        for key, (type, hexes) in keys.items():
            write("key_codec", f"{name}_{key}", number, 0, type, bytes(8) if name == "paimon" else b"", unhex(hexes))
    write("key_codec", "compacted_three", 0, 2, INT, STRING, BIGINT, unhex("010178c801"))
    write("key_codec", "paimon_three", 1, 2, INT, STRING, INT, bytes(8),
          unhex("01000000000000000b00000020000000070000000000000068656c6c6f20776f726c640000000000"))


CLEAN, FIX_CHECKSUMS, WITH_INDEXES = 1, 2, 4
SNAPSHOT = ('{"version":1,"writer_id_entries":[{"writer_id":22,"last_batch_sequence":0,"last_batch_base_offset":2,'
            '"offset_delta":2,"last_batch_timestamp":1799999999999}]}')


def segment(name, flags, log, recovery_point=0, second=0, second_log=b"", snapshot_at=0, snapshot="", index=b"", times=b""):
    write("segment", name, flags, recovery_point, second, snapshot_at, piece(log), piece(index), piece(times),
          piece(snapshot), second_log)


def logs():
    rows = without_writer(golden("kIndexed"))
    log = b"".join(at_offset(rows, 3 * i) for i in range(4))
    index = b"".join(struct.pack(">ii", 3 * i + 2, len(rows) * i) for i in range(1, 4))
    times = b"".join(struct.pack(">qi", 1_700_000_000_000 + i, 3 * i) for i in range(1, 4))
    segment("empty", 0, b"")
    segment("whole", FIX_CHECKSUMS, log)
    segment("writer", 0, golden("kIndexed"))
    segment("torn", FIX_CHECKSUMS, log + rows[:60])
    segment("torn_header", FIX_CHECKSUMS, log + rows[:9])
    segment("zeros", FIX_CHECKSUMS, log + bytes(200))
    segment("bad_middle", 0, log[:len(rows)] + bytes(len(rows)) + golden("kCompacted"))
    segment("missing", FIX_CHECKSUMS, log, recovery_point=50)
    segment("clean", CLEAN | WITH_INDEXES, log, 12, index=index, times=times)
    segment("snapshot", FIX_CHECKSUMS | WITH_INDEXES, log, 3, snapshot_at=3, snapshot=SNAPSHOT)
    segment("two_segments", FIX_CHECKSUMS | WITH_INDEXES, log, 0, 12, at_offset(rows, 12), index=index, times=times)
    segment("two_trusted", FIX_CHECKSUMS | WITH_INDEXES, log, 12, 12, at_offset(rows, 12), index=index, times=times)
    segment("gap", FIX_CHECKSUMS, at_offset(rows, 0) + at_offset(rows, 7))
    segment("hole", 0, b"", 0, 6)
    segment("overlap", FIX_CHECKSUMS, log, 0, 5, at_offset(rows, 5))
    segment("below_durable", FIX_CHECKSUMS, log, 13)
    segment("offset_max", FIX_CHECKSUMS, at_offset(rows, 2**63 - 1) + log)
    segment("offset_high", FIX_CHECKSUMS, log + at_offset(rows, 2**63 - 3), 0, 12, at_offset(rows, 2**63 - 2))
    segment("arrow", FIX_CHECKSUMS, golden("kArrowPlain") + at_offset(golden("kEmptyBatch"), 3))

    for clean in (0, 1):
        write("index", f"good_{clean}", clean, 5, piece(index), piece(times))
        write("index", f"zeros_{clean}", clean, 5, piece(index + bytes(16)), piece(times + bytes(24)))
        write("index", f"back_{clean}", clean, 3, piece(index[8:16] + index[:8]), piece(times[12:24] + times[:12]))
        write("index", f"empty_{clean}", clean, 0)

    write("writer_snapshot", "one", SNAPSHOT)
    write("writer_snapshot", "none", '{"version":1,"writer_id_entries":[]}')
    write("writer_snapshot", "limits", SNAPSHOT.replace(":22,", ":9223372036854775807,").replace(
        '_sequence":0', '_sequence":2147483647').replace("1799999999999", "-9223372036854775808"))
    write("checkpoint", "plain", "0\n2\n1 0 15\n1 1 9223372036854775807\n")
    write("checkpoint", "partitions", "0\n2\n4 2 0 15\n4 2 1 0\n")
    write("checkpoint", "empty", "0\n0\n")


# ---- Texts -----------------------------------------------------------------------------------------------------------

COLUMNS = ('"columns":[{"name":"id","data_type":{"type":"INTEGER"},"id":0},{"name":"day","data_type":{"type":"STRING"},"id":1},'
           '{"name":"v","data_type":{"type":"DOUBLE"},"id":2}]')
SCHEMA = '{"version":1,%s,"highest_field_id":2}' % COLUMNS
NESTED = ('{"version":1,"columns":[{"name":"k","data_type":{"type":"CHAR","nullable":false,"length":3},"comment":"key \\"of\\"\\nall ü",'
          '"id":0},{"name":"n","data_type":{"type":"BIGINT"},"id":1},{"name":"l","data_type":{"type":"STRING"},"agg_function":'
          '{"type":"listagg","parameters":{"delimiter":";"}},"id":2},{"name":"r","data_type":{"type":"ROW","fields":[{"name":"a",'
          '"field_type":{"type":"ARRAY","element_type":{"type":"ROW","fields":[{"name":"b","field_type":{"type":"DATE"},'
          '"field_id":7}]}},"field_id":6}]},"id":5}],"primary_key":["k"],"auto_increment_column":["n"],"highest_field_id":9}')
TYPES = {
    "decimal": '{"type":"DECIMAL","nullable":false,"precision":38,"scale":2}',
    "time": '{"type":"TIME_WITHOUT_TIME_ZONE","precision":0}',
    "timestamp": '{"type":"TIMESTAMP_WITH_LOCAL_TIME_ZONE","nullable":false,"precision":9}',
    "array": '{"type":"ARRAY","element_type":{"type":"INTEGER"}}',
    "map": '{"type":"MAP","key_type":{"type":"INTEGER","nullable":false},"value_type":{"type":"STRING"}}',
    "row": '{"type":"ROW","fields":[{"name":"x","field_type":{"type":"BINARY","length":7},"field_id":4},'
           '{"name":"it\'s","field_type":{"type":"BYTES"},"description":"a \'b\'","field_id":5}]}',
    "no_fields": '{"type":"ROW","fields":[]}',
}


def descriptor(rest, schema=SCHEMA):
    return '{"version":1,"schema":%s,%s}' % (schema, rest)


TABLES = {
    "plain": descriptor('"partition_key":[],"properties":{},"custom_properties":{}'),
    "full": descriptor('"comment":"all of it","partition_key":["day"],"bucket_key":["id"],"bucket_count":16,'
                       '"properties":{"table.log.format":"ARROW","table.log.ttl":"1 d","table.statistics.columns":"id, v"},'
                       '"custom_properties":{"owner":"\\"me\\""}'),
    "auto_partition": descriptor('"partition_key":["day"],"properties":{"table.auto-partition.enabled":"true",'
                                 '"table.auto-partition.time-unit":"HOUR","table.auto-partition.time-zone":"Europe/Berlin",'
                                 '"table.auto-partition.time-format":"yyyy-MM-dd_HH"},"custom_properties":{}'),
    "primary_key": descriptor('"partition_key":[],"properties":{"table.merge-engine":"first_row","a":3,"b":true},'
                              '"custom_properties":{}', SCHEMA.replace('"highest', '"primary_key":["id"],"highest')),
    "aggregation": descriptor('"partition_key":[],"properties":{"table.merge-engine":"aggregation"},"custom_properties":{}',
                              NESTED),
}
NODES = [
    '{"version":1,"comment":"say \\"hi\\"","custom_properties":{"a":"1","b":null},"created_time":1,"modified_time":2}',
    '{"version":1,"table_id":1,"comment":"a","partition_key":["dt","h"],"bucket_key":["id"],"bucket_count":3,"properties":'
    '{"table.replication.factor":"1"},"custom_properties":{"n":3},"remote_data_dir":"file:///r","created_time":5,"modified_time":6}',
    '{"version":1,"table_id":2,"partition_id":7,"remote_data_dir":"file:///r"}',
    '{"version":1,"table_id":5,"buckets":{"0":[2,0,1],"1":[0,1,2]}}',
    '{"version":2,"leader":2,"leader_epoch":4,"isr":[0,1,2],"coordinator_epoch":0,"bucket_epoch":8,"standby_replicas":[1]}',
    b"\0\0\0\0\0\0\1\2",
    '{"version":1,"configs":{"a":null,"datalake.format":"paimon"}}',
]
YAML = """# a server
bind.listeners: INTERNAL://localhost:9124, CLIENT://0.0.0.0:9123
data.dir: /data
log:
  segment.file-size: 1gb
  flush.policy: os
server.shards: 2
netty.server.num-network-threads: 4
metrics.reporters: [prometheus, 'j,mx']
log.retention.check-interval: 5 min
remote.data.dir:
"""


def texts():
    write("schema", "plain", 0, SCHEMA)
    write("schema", "nested", 0, NESTED)
    write("schema", "no_ids", 0, '{"columns":[{"data_type":{"type":"INTEGER"},"name":"a","comment":null,"x":{}}]}')
    for name, json in TYPES.items():
        write("schema", name, 1, json)
    for name, json in TABLES.items():
        write("descriptor", name, 0, json)
    write("descriptor", "database", 1, '{"version":1,"comment":"c","custom_properties":{"a":"b"}}')
    for number, value in enumerate(NODES):
        write("catalog", f"node{number}", number, value)
    write("config", "server.yaml", YAML)
    write("config", "anchors", "a: &x {b: 1, c: [1, 2]}\nlog: *x\nd: |\n  text\n  more\n? e\n: \"\\u00e9\"\n--- \n")
    for number, text in enumerate(("30 s", "5min", "1 d", "100 µs", "16mb", "1 gibibytes", "-7", "1e9", "true")):
        write("option", f"number{number}", 0, 0, 0, text)
    for number, text in enumerate(("a, 'b,c', \"d\"\"e\"", "a:1, 'b:c':2", "INTERNAL://localhost:9124,CLIENT://:9123", "[::1]:80")):
        write("option", f"list{number}", 1, 0, 0, text)
    for number in range(0, 24, 2):
        write("option", f"server{number}", 2, number, 0, "10 min" if number % 4 else "9123")
        write("option", f"table{number}", 3, number, 0, "7 d" if number % 4 else "ARROW")
    write("option", "unknown", 4, 0, 0, "data.dri")
    write("partition", "name", 1, 1, piece("20261124"), piece("a_b-c"), 1)
    now = struct.pack("<q", 1_795_485_396)
    for unit, pattern in enumerate(("yyyy", "yyyy-Q", "uuuuMM", "yyyy'd'MM_dd", "yyyyMMddHH")):
        write("partition", f"unit{unit}", 0, unit, now, 1, 0, 3, 3, piece(pattern), piece("Asia/Tokyo"), "20261124")
        write("partition", f"default{unit}", 0, unit, now, 0xFE, 0xFF, 2, 0, piece(""), piece("GMT+8"), "2026")
    request = "GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"
    write("http", "scrape", piece(b"\3"), request)
    write("http", "pipelined", piece(b"\0\x40"), request, request.replace("GET", "HEAD"))
    write("http", "close", piece(b""), "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")
    write("http", "body", piece(b"\7"), "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")
    write("http", "chunked", piece(b"\7"), "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    write("http", "old", piece(b""), "GET / HTTP/1.0\r\n\r\n")


protocol()
records()
rows_and_keys()
logs()
texts()
