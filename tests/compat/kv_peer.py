"""A server in a comparison: what it answers about one primary-key table, without what may differ."""

import json

import pyarrow as pa

import log_batch
from kv_batch import values_of
from kv_table import DEFAULT_MERGE, keys_request, looked_up_buckets, prefix_looked_up_buckets, put_buckets, put_request
from log_table import (
    ACKS_ALL, TIMEOUT_MS, create_with_leader, fetch_request, fetched_buckets, poll_until, produce_request,
    produced_buckets)
from protobuf_fields import Packed
from wire import Api, Connection, Error, ErrorResponse, tablet_servers

DATABASE = "fluss"
EARLIEST_OFFSET, LATEST_OFFSET = 0, 1
WHOLE_LOG = 1 << 26  # bytes


def answer(method):
    """A refusal of the whole request is an answer too."""
    def call(*arguments, **options):
        try:
            return method(*arguments, **options)
        except ErrorResponse as error:
            return "request refused", error.code
    return call


def first_difference(found, expected, place=""):
    """Where two nested values differ, and how."""
    nested = isinstance(found, (list, tuple)) and isinstance(expected, (list, tuple))
    if not nested or len(found) != len(expected):
        return f"{place}: {found!r} instead of {expected!r}"
    for i, (one, other) in enumerate(zip(found, expected)):
        if one != other:
            return first_difference(one, other, f"{place}[{i}]")
    return None


class Peer:
    """A new table of a kind. A place is (partition or None, bucket)."""

    def __init__(self, server, name, kind):
        self._kind = kind
        self._server = server
        self._path = {1: DATABASE, 2: name}
        self._table_id = None
        self._partition_ids = {None: None}
        self._connect()
        columns = {name: type_.json for name, type_ in kind.columns.items()}
        create_with_leader(self._coordinator, self._path, self._is_served, server.table_attempts, columns,
                           kind.bucket_count, kind.properties, kind.highest_field_id, kind.key, kind.auto_increment,
                           kind.functions, kind.bucket_key, kind.partition_key)

    def reconnect(self):
        """After a restart of the server."""
        self.close()
        self._connect()
        poll_until(self._is_served, f"a leader of {self._path[2]}")

    def folders(self):
        """{place: (the folder that holds the place's log-<n> and kv-<n>, how checkpoints name the place)}"""
        table = self._server.data_folder / DATABASE / f"{self._path[2]}-{self._table_id}"
        found = {}
        for partition, bucket in self._kind.places:
            partition_id = self._partition_ids[partition]
            folder = table if partition is None else table / f"{partition}-p{partition_id}"
            ids = [self._table_id, bucket] if partition is None else [self._table_id, partition_id, bucket]
            found[partition, bucket] = folder, " ".join(map(str, ids))
        return found

    def close(self):
        self._connection.close()
        self._coordinator.close()

    @answer
    def put(self, place, batch, acks=ACKS_ALL, targets=None, merge_mode=DEFAULT_MERGE, version=1):
        """(error code, end offset)"""
        request = put_request(self._table_id, {place[1]: batch}, acks, targets, merge_mode)
        response = self._call(Api.PUT_KV, request, 5, place, version)
        put = put_buckets(response)[place[1]]
        if acks == 0 and put.error_code == Error.NONE:
            poll_until(lambda: self.offset(place, LATEST_OFFSET)[1] >= put.end_offset, "what nobody waits for")
        return put

    @answer
    def produce(self, place, batch):
        """(error code, first offset)"""
        response = self._call(Api.PRODUCE_LOG, produce_request(self._table_id, {place[1]: batch}), 4, place, 0)
        return produced_buckets(response)[place[1]]

    @answer
    def lookup(self, place, *keys, insert=False, version=1):
        """(error code, values)"""
        request = keys_request(self._table_id, {place[1]: keys})
        if insert:
            request |= {3: True, 4: ACKS_ALL, 5: TIMEOUT_MS}
        return looked_up_buckets(self._call(Api.LOOKUP, request, 2, place, version))[place[1]]

    @answer
    def prefix_lookup(self, place, *prefixes, version=1):
        request = keys_request(self._table_id, {place[1]: prefixes})
        return prefix_looked_up_buckets(self._call(Api.PREFIX_LOOKUP, request, 2, place, version))[place[1]]

    @answer
    def limit_scan(self, place, limit):
        request = {2: self._table_id, 3: self._partition_id(place), 4: place[1], 5: limit}
        body = self._connection.call(Api.LIMIT_SCAN, request).require_success()
        return body.int(1) or Error.NONE, bool(body.int(3)), body.bytes(4) and values_of(body.bytes(4))

    @answer
    def row_count(self, place):
        request = {1: self._table_id, 2: [{1: self._partition_id(place), 2: place[1]}]}
        (bucket,) = self._connection.call(Api.GET_TABLE_STATS, request).require_success().messages(1)
        return bucket.int(1) or Error.NONE, bucket.int(5)

    @answer
    def offset(self, place, offset_type):
        request = {1: -1, 2: offset_type, 3: self._table_id, 4: self._partition_id(place), 5: Packed([place[1]])}
        (bucket,) = self._connection.call(Api.LIST_OFFSETS, request).require_success().messages(1)
        return bucket.int(2) or Error.NONE, bucket.int(4)

    @answer
    def fetch(self, place, offset, projection=None):
        """(error code, high watermark, start of the log, batches from the offset to the end)"""
        batches = []
        while True:
            request = fetch_request(self._table_id, {place[1]: offset}, max_bytes=WHOLE_LOG,
                                    max_bytes_per_bucket=WHOLE_LOG, projection=projection)
            request[3][0][4][0][1] = self._partition_id(place)
            found = fetched_buckets(self._connection.call(Api.FETCH_LOG, request))[place[1]]
            if found.error_code != Error.NONE:
                return found.error_code, None, None, None
            if not found.batches:
                return found.error_code, found.high_watermark, found.log_start_offset, batches
            batches += [self._stored(batch, projection) for batch in found.batches]
            offset = found.batches[-1].base_offset + found.batches[-1].last_offset_delta + 1

    def add_column(self, name, type_, schema_id):
        """Answers when the leader of every bucket knows the schema that has it."""
        column = {1: name, 2: json.dumps(type_.json), 4: 0}
        self._coordinator.call(Api.ALTER_TABLE, {1: self._path, 2: False, 4: [column]}).require_success()
        probe = self._kind.refused_batch(schema_id)
        for place in self._kind.places:
            poll_until(lambda place=place: self.put(place, probe)[0] != Error.SCHEMA_NOT_EXIST, f"schema {schema_id}")

    def init_writer(self):
        return self._connection.call(Api.INIT_WRITER, {}).require_success().int(1)

    def _connect(self):
        self._coordinator = Connection(self._server.bootstrap)
        (address,) = tablet_servers(self._coordinator).values()
        self._connection = Connection(address)

    def _is_served(self):
        """Whether every place has a leader."""
        (table,) = self._coordinator.call(Api.GET_METADATA, {1: [self._path]}).require_success().messages(3)
        if table.int(2) != self._table_id:
            self._table_id = table.int(2)
            self._partition_ids = {None: None}
        for partition in self._kind.partitions:
            if partition not in self._partition_ids:
                self._create_partition(partition)
        return all(self.fetch(place, 0)[0] == Error.NONE for place in self._kind.places)

    def _create_partition(self, partition):
        (key,) = self._kind.partition_key
        spec = {1: [{1: key, 2: partition}]}
        self._coordinator.call(Api.CREATE_PARTITION, {1: self._path, 2: spec, 3: False}).require_success()
        body = self._coordinator.call(Api.LIST_PARTITION_INFOS, {1: self._path, 2: spec}).require_success()
        (found,) = body.messages(1)
        self._partition_ids[partition] = found.int(1)

    def _partition_id(self, place):
        return self._partition_ids.get(place[0], 1 << 40)

    def _call(self, api, request, buckets_field, place, version):
        request[buckets_field][0][1] = self._partition_id(place)
        return self._connection.call(api, request, version)

    def _stored(self, batch, projection):
        if projection is None and not batch.crc_matches:
            raise AssertionError(f"checksum of the batch at {batch.base_offset}")
        return (batch.base_offset, batch.last_offset_delta, batch.schema_id, batch.attributes, batch.writer_id,
                batch.sequence, self._records(batch, projection))

    def _records(self, batch, projection):
        if self._kind.log_format != "ARROW":
            return batch.data[log_batch.HEADER.size:]
        fields = self._kind.arrow_fields(batch.schema_id)
        return batch.changes(pa.schema([fields[i] for i in projection] if projection else fields))
