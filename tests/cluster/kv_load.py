"""Random writes to a primary-key table: several writers, each on a connection of its own, that don't wait for answers.

Rows are (id, text, number, size). What became of a batch is kept beside it, so that one which nobody answered can be
looked for, and sent again.
"""

import collections

import kv_batch
from kv_batch import int32, int64, text
from kv_table import put_buckets, put_request
from kv_model import Write
from wire import Api, ConnectionClosed, Error

COLUMNS = {"id": {"type": "INTEGER", "nullable": False}, "text": {"type": "STRING"}, "number": {"type": "BIGINT"},
           "size": {"type": "BIGINT"}}
IDS = 2_500
WINDOW = 5  # batches of one writer that the server tells from new ones
RETRIES = 0.1
DELETES = 0.2
NULLS = 0.15
TARGETS = [(0, 1), (0, 2), (0, 1, 3), (0,), (0, 2, 3)]


SCHEMA_ID = b"\1\0"


def encoded_key(id_):
    return int32(id_)


def encoded_value(row):
    """As lookups and scans return it."""
    return SCHEMA_ID + encoded_row(row)


def encoded_row(row):
    id_, name, number, size = row
    return kv_batch.row(int32(id_), None if name is None else text(name), None if number is None else int64(number),
                        None if size is None else int64(size))


class Batch:
    def __init__(self, writer_id, sequence, write):
        self.sequence = sequence
        self.write = write
        self.end_offset = None  # as the server answered
        self.found_end_offset = None  # in the changelog
        records = [kv_batch.record(encoded_key(id_), row and encoded_row(row)) for id_, row in write.records]
        self.data = kv_batch.build(*records, writer_id=writer_id, sequence=sequence)

    def require_one_place(self):
        """Whoever says where it is says the same."""
        places = {self.end_offset, self.found_end_offset} - {None}
        assert len(places) <= 1, f"batch {self.sequence} was answered with one offset and found at another: {places}"


class RandomWrites:
    """What comes next, by the dice alone."""

    def __init__(self, dice, partial=0.0, overwrite=0.0):
        self._dice = dice
        self._partial, self._overwrite = partial, overwrite

    def mode(self):
        """(targets, overwrite) of a request"""
        targets = self._dice.choice(TARGETS) if self._dice.random() < self._partial else None
        return targets, self._dice.random() < self._overwrite

    def write(self, targets, overwrite):
        size = self._dice.choice((1, 3, 20, 50, 100))
        return Write([self._record() for _ in range(self._dice.randint(1, size))], targets, overwrite)

    def _record(self):
        id_ = self._dice.randrange(IDS)
        if self._dice.random() < DELETES:
            return id_, None
        bits = self._dice.getrandbits(64)
        return id_, (id_, self._value(f"{bits % 1000:x}"), self._value(bits - (1 << 63)), self._value(bits % 7))

    def _value(self, value):
        return None if self._dice.random() < NULLS else value


class Writer:
    def __init__(self, table, bucket_count, dice, random_writes):
        self.id = table.init_writer()
        self.batches = {bucket: [] for bucket in range(bucket_count)}  # by sequence
        self.records_sent = 0
        self._table = table
        self._dice = dice
        self._random_writes = random_writes
        self._connection = table.connect()
        self._in_flight = collections.deque()  # (request id, {bucket: batch})

    def send(self):
        """Sends one request to some buckets: new batches, and ones that were sent before."""
        targets, overwrite = self._random_writes.mode()
        buckets = [bucket for bucket in self.batches if self._dice.random() < 0.5]
        self._request({bucket: self._retry(bucket, targets, overwrite) or self._next(bucket, targets, overwrite)
                       for bucket in buckets}, targets, overwrite)

    def receive(self):
        """Takes the answer to the oldest request."""
        request_id, batches = self._in_flight.popleft()
        answers = put_buckets(self._connection.receive(request_id))
        assert answers.keys() == batches.keys()
        for bucket, batch in batches.items():
            answer = answers[bucket]
            assert answer.error_code == Error.NONE, f"writer {self.id}, bucket {bucket}, {batch.sequence}: {answer}"
            assert batch.end_offset in (None, answer.end_offset), "a batch is answered with two offsets"
            batch.end_offset = answer.end_offset
            batch.require_one_place()

    def receive_all(self):
        while self._in_flight:
            self.receive()

    def receive_what_came(self):
        """When the server has ended: answers that arrived before are answers."""
        try:
            self.receive_all()
        except (ConnectionClosed, OSError):
            self._in_flight.clear()

    def reconnect(self):
        self._connection.close()
        self._connection = self._table.connect()

    def resend_unanswered(self):
        for bucket in self.batches:
            for batch in self._unanswered(bucket):
                self._request({bucket: batch}, batch.write.targets, batch.write.overwrite)

    def close(self):
        self._connection.close()

    def _unanswered(self, bucket):
        return [batch for batch in self.batches[bucket][-WINDOW:] if batch.end_offset is None]

    def _next(self, bucket, targets, overwrite):
        while len(self._unanswered(bucket)) == WINDOW:
            self.receive()
        write = self._random_writes.write(targets, overwrite)
        batch = Batch(self.id, len(self.batches[bucket]), write)
        self.batches[bucket].append(batch)
        self.records_sent += len(write.records)
        return batch

    def _retry(self, bucket, targets, overwrite):
        if self._dice.random() >= RETRIES:
            return None
        same = [batch for batch in self.batches[bucket][-WINDOW:]
                if (batch.write.targets, batch.write.overwrite) == (targets, overwrite)]
        return self._dice.choice(same) if same else None

    def _request(self, batches, targets, overwrite):
        request = put_request(self._table.table_id, {bucket: batch.data for bucket, batch in batches.items()},
                              acks=self._dice.choice((-1, 1)), target_columns=targets, merge_mode=int(overwrite))
        self._in_flight.append((self._connection.send(Api.PUT_KV, request, 1), batches))
