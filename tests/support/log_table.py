"""A log table behind bare connections: what a test of produce, fetch and list-offsets needs, and no more."""

import json
import time
from dataclasses import dataclass
from typing import NamedTuple

import log_batch
from protobuf_fields import Packed
from wire import Api, Connection, Error

CLIENT = -1  # follower_server_id of an ordinary client
EARLIEST = -2  # fetch offset
ACKS_ALL = -1
TIMEOUT_MS = 30_000
LEADER_DEADLINE_S = 30
UNCOMPRESSED = {"table.log.arrow.compression.type": "NONE"}


class Produced(NamedTuple):
    error_code: int
    base_offset: int | None


@dataclass(frozen=True)
class Fetched:
    error_code: int
    high_watermark: int | None
    log_start_offset: int | None
    records: bytes | None

    @property
    def batches(self):
        return log_batch.parse(self.records)


class Offset(NamedTuple):
    error_code: int
    offset: int | None


def produce_request(table_id, records_by_bucket, acks=ACKS_ALL):
    buckets = [{2: bucket, 3: records} for bucket, records in records_by_bucket.items()]
    return {1: acks, 2: table_id, 3: TIMEOUT_MS, 4: buckets}


def produced_buckets(response):
    return {bucket.int(2): Produced(bucket.int(3) or Error.NONE, bucket.int(5))
            for bucket in response.require_success().messages(1)}


def fetch_request(table_id, offset_by_bucket, *, max_bytes=1 << 24, max_bytes_per_bucket=1 << 20, min_bytes=None,
                  max_wait_ms=None, projection=None):
    buckets = [{2: bucket, 3: offset, 4: max_bytes_per_bucket} for bucket, offset in offset_by_bucket.items()]
    table = {1: table_id, 2: projection is not None, 3: Packed(projection or []), 4: buckets}
    return {1: CLIENT, 2: max_bytes, 3: [table], 4: max_wait_ms, 5: min_bytes}


def fetched_buckets(response):
    tables = response.require_success().messages(1)
    return {bucket.int(2): Fetched(bucket.int(3) or Error.NONE, bucket.int(5), bucket.int(6), bucket.bytes(8))
            for table in tables for bucket in table.messages(2)}


def create_table(connection, path, columns, bucket_count, properties, highest_field_id, primary_key=(),
                 auto_increment=(), functions=None, bucket_key=(), partition_key=()):
    """Creates a table and its database: a log table where there is no primary key.

    Functions are {column: how its values are aggregated}.
    """
    descriptor = {
        "version": 1,
        "schema": {
            "version": 1,
            "columns": [{"name": name, "data_type": type_json, "id": field_id,
                         **({"agg_function": functions[name]} if name in (functions or {}) else {})}
                        for field_id, (name, type_json) in enumerate(columns.items())],
            "highest_field_id": highest_field_id or len(columns) - 1,
            **({"primary_key": list(primary_key)} if primary_key else {}),
            **({"auto_increment_column": list(auto_increment)} if auto_increment else {}),
        },
        "partition_key": list(partition_key),
        "bucket_key": list(bucket_key),
        "bucket_count": bucket_count,
        "properties": properties,
        "custom_properties": {},
    }
    connection.call(Api.CREATE_DATABASE, {1: path[1], 2: True}).require_success()
    connection.call(Api.CREATE_TABLE, {1: path, 2: json.dumps(descriptor), 3: False}).require_success()


def find_leader(connection, path):
    """(table id, address of the server that leads every bucket), or None while there is no such server"""
    body = connection.call(Api.GET_METADATA, {1: [path]}).require_success()
    (table,) = body.messages(3)
    leaders = {bucket.int(2) for bucket in table.messages(5)}
    if len(leaders) != 1 or None in leaders:
        return None
    servers = {node.int(1): f"{node.text(2)}:{node.int(3)}" for node in body.messages(2)}
    return table.int(2), servers[leaders.pop()]


def create_with_leader(connection, path, find, attempts, *arguments, **keys):
    """Creates a table and returns what `find` does when it has a leader. Without one it is created anew, if there are
    attempts left.
    """
    for left in reversed(range(attempts)):
        create_table(connection, path, *arguments, **keys)
        try:
            return poll_until(find, f"a leader of {path[1]}.{path[2]}", LEADER_DEADLINE_S / attempts)
        except TimeoutError:
            if not left:
                raise
            connection.call(Api.DROP_TABLE, {1: path, 2: False}).require_success()


def poll_until(ready, what, deadline_s=LEADER_DEADLINE_S):
    """What `ready` returns as soon as that is true."""
    deadline = time.monotonic() + deadline_s
    while not (result := ready()):
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.01)
    return result


class LogTable:
    """A new table and one connection to the leader of all its buckets. More may be opened with `connect`.

    Columns is {name: data type JSON}; nested fields take their ids above those of the columns. Batches are written
    without compression unless the properties say otherwise.
    """

    def __init__(self, bootstrap, database, name, columns, bucket_count=1, properties=UNCOMPRESSED,
                 highest_field_id=None, attempts=1, **keys):
        path = {1: database, 2: name}
        with Connection(bootstrap) as connection:
            self.table_id, self.leader_address = create_with_leader(
                connection, path, lambda: find_leader(connection, path), attempts, columns, bucket_count, properties,
                highest_field_id, **keys)
        self._bucket_count = bucket_count
        self.reconnect()

    def connect(self):
        return Connection(self.leader_address)

    def reconnect(self):
        """Takes a new connection when every bucket is led, as after a restart of the server."""
        self.connection = self.connect()
        for bucket in range(self._bucket_count):
            poll_until(lambda: self.is_led(bucket), f"bucket {bucket} of table {self.table_id} to be led")

    def is_led(self, bucket):
        return self.fetch(EARLIEST, bucket).error_code == Error.NONE

    def produce(self, records, bucket=0, acks=ACKS_ALL):
        request = produce_request(self.table_id, {bucket: records}, acks)
        return produced_buckets(self.connection.call(Api.PRODUCE_LOG, request))[bucket]

    def fetch(self, offset=EARLIEST, bucket=0, **limits):
        request = fetch_request(self.table_id, {bucket: offset}, **limits)
        return fetched_buckets(self.connection.call(Api.FETCH_LOG, request))[bucket]

    def list_offsets(self, offset_type, bucket=0, timestamp_ms=None):
        request = {1: CLIENT, 2: offset_type, 3: self.table_id, 5: Packed([bucket]), 6: timestamp_ms}
        body = self.connection.call(Api.LIST_OFFSETS, request).require_success()
        (answer,) = body.messages(1)
        return Offset(answer.int(2) or Error.NONE, answer.int(4))

    def init_writer(self):
        return self.connection.call(Api.INIT_WRITER, {}).require_success().int(1)
