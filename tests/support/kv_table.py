"""A primary-key table behind bare connections: what a test of put, lookup and the scans needs, and no more."""

import json
from dataclasses import dataclass
from typing import NamedTuple

from kv_batch import build
from log_table import ACKS_ALL, TIMEOUT_MS, UNCOMPRESSED, LogTable, poll_until
from protobuf_fields import Packed
from wire import Api, Connection, Error

DEFAULT_MERGE, OVERWRITE = 0, 1
BATCH_SIZE = 1 << 20  # that a scan asks for


class Put(NamedTuple):
    error_code: int
    end_offset: int | None


class Found(NamedTuple):
    error_code: int
    values: list  # lookup: bytes or None for each key; prefix lookup: a list for each prefix


@dataclass(frozen=True)
class Scanned:
    error_code: int
    scanner_id: bytes | None
    has_more: bool
    records: bytes | None
    log_offset: int | None


def put_request(table_id, batch_by_bucket, acks=ACKS_ALL, target_columns=None, merge_mode=DEFAULT_MERGE):
    buckets = [{2: bucket, 3: batch} for bucket, batch in batch_by_bucket.items()]
    return {1: acks, 2: table_id, 3: TIMEOUT_MS, 4: Packed(target_columns) if target_columns else None, 5: buckets,
            6: merge_mode}


def put_buckets(response):
    return {bucket.int(2): Put(bucket.int(3) or Error.NONE, bucket.int(5))
            for bucket in response.require_success().messages(1)}


def keys_request(table_id, keys_by_bucket):
    """A lookup of keys, or of prefixes."""
    return {1: table_id, 2: [{2: bucket, 3: list(keys)} for bucket, keys in keys_by_bucket.items()]}


def looked_up_buckets(response):
    return {bucket.int(2): Found(bucket.int(3) or Error.NONE, [found.bytes(1) for found in bucket.messages(5)])
            for bucket in response.require_success().messages(1)}


def prefix_looked_up_buckets(response):
    return {bucket.int(2): Found(bucket.int(3) or Error.NONE, [found.bytes_list(1) for found in bucket.messages(5)])
            for bucket in response.require_success().messages(1)}


def scanned(response):
    body = response.require_success()
    return Scanned(body.int(1) or Error.NONE, body.bytes(3), bool(body.int(4)), body.bytes(5), body.int(6))


class KvTable(LogTable):
    """A new table with a primary key and one connection to the leader of all its buckets."""

    def __init__(self, bootstrap, database, name, columns, primary_key, properties=None, **options):
        super().__init__(bootstrap, database, name, columns, primary_key=primary_key,
                         properties={**UNCOMPRESSED, **(properties or {})}, **options)
        self._bootstrap = bootstrap
        self._path = {1: database, 2: name}

    def put(self, batch, bucket=0, api_version=1, **options):
        request = put_request(self.table_id, {bucket: batch}, **options)
        return put_buckets(self.connection.call(Api.PUT_KV, request, api_version))[bucket]

    def lookup(self, *keys, bucket=0, api_version=1):
        request = keys_request(self.table_id, {bucket: keys})
        return looked_up_buckets(self.connection.call(Api.LOOKUP, request, api_version))[bucket]

    def get(self, *keys, bucket=0):
        """The values of the keys; the lookup must succeed."""
        found = self.lookup(*keys, bucket=bucket)
        if found.error_code != Error.NONE:
            raise AssertionError(f"lookup: {found}")
        return found.values

    def insert_if_not_exists(self, *keys, bucket=0, acks=ACKS_ALL, timeout_ms=TIMEOUT_MS):
        request = {**keys_request(self.table_id, {bucket: keys}), 3: True, 4: acks, 5: timeout_ms}
        return looked_up_buckets(self.connection.call(Api.LOOKUP, request, 1))[bucket]

    def prefix_lookup(self, *prefixes, bucket=0, api_version=1):
        request = keys_request(self.table_id, {bucket: prefixes})
        return prefix_looked_up_buckets(self.connection.call(Api.PREFIX_LOOKUP, request, api_version))[bucket]

    def limit_scan(self, limit, bucket=0):
        """(error code, whether it is a log table, the records)"""
        body = self.connection.call(Api.LIMIT_SCAN, {2: self.table_id, 4: bucket, 5: limit}).require_success()
        return body.int(1) or Error.NONE, bool(body.int(3)), body.bytes(4)

    def open_scan(self, bucket=0, limit=None, batch_size=BATCH_SIZE, sequence=0):
        request = {2: {1: self.table_id, 3: bucket, 4: limit}, 3: sequence, 4: batch_size}
        return scanned(self.connection.call(Api.SCAN_KV, request))

    def continue_scan(self, scanner_id, sequence, batch_size=BATCH_SIZE):
        return scanned(self.connection.call(Api.SCAN_KV, {1: scanner_id, 3: sequence, 4: batch_size}))

    def close_scan(self, scanner_id):
        return scanned(self.connection.call(Api.SCAN_KV, {1: scanner_id, 5: True}))

    def row_count(self, bucket=0):
        """(error code, rows of the bucket)"""
        body = self.connection.call(Api.GET_TABLE_STATS, {1: self.table_id, 2: [{2: bucket}]}).require_success()
        (answer,) = body.messages(1)
        return answer.int(1) or Error.NONE, answer.int(5)

    def add_column(self, name, type_json, schema_id):
        """Adds the column and waits until the bucket's leader knows the schema that has it."""
        column = {1: name, 2: json.dumps(type_json), 4: 0}
        with Connection(self._bootstrap) as connection:
            connection.call(Api.ALTER_TABLE, {1: self._path, 2: False, 4: [column]}).require_success()
        out_of_order = build(schema_id=schema_id, writer_id=self.init_writer(), sequence=1)
        poll_until(lambda: self.put(out_of_order).error_code != Error.SCHEMA_NOT_EXIST, f"schema {schema_id}")

    def end_offset(self, bucket=0):
        """Where the bucket's next change goes."""
        return self.fetch(bucket=bucket).high_watermark
