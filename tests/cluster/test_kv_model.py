"""Random writes, retries, stops and kills: after each restart rows, changelog and a model are equal.

What was in flight when the server ended is there as a whole or not at all, and the model follows what is found.
"""

import random
from dataclasses import dataclass, field

import pyarrow as pa
import pytest

import kv_batch
import log_batch
import servers
from kv_load import COLUMNS, IDS, RandomWrites, Writer, encoded_key, encoded_value
from kv_model import Aggregation, BucketModel, Change, FirstRow, LastRow, Versioned, wrapping_sum
from kv_table import KvTable, keys_request
from log_table import EARLIEST
from wire import Api, Error

BUCKETS = 4
WRITERS = 3
KILLS = 0.7  # of restarts; the others are clean
KILLS_OF_RECOVERY = 0.3  # again, when a bucket is about to bring its rows up to date
ARROW_SCHEMA = pa.schema([("id", pa.int32()), ("text", pa.string()), ("number", pa.int64()), ("size", pa.int64())])
LATEST = 1  # offset type
# Small files, so that there are many.
OPTIONS = {"kv.rocksdb.writebuffer.size": "64kb", "log.segment.file-size": "256kb", "log.index.interval-size": "1kb"}


@dataclass(frozen=True)
class Kind:
    """A kind of table, and how much is done to it."""

    engine: LastRow
    writes: dict
    records: int = 20_000
    restarts: int = 4
    properties: dict = field(default_factory=dict)
    functions: dict = field(default_factory=dict)

    @property
    def full_image(self):
        return self.properties.get("table.changelog.image") != "WAL"


MAX = {"type": "max"}
KINDS = {
    "last_row": Kind(LastRow(), {"partial": 0.3, "overwrite": 0.05}, 200_000, 15),
    "wal_image": Kind(LastRow(), {"partial": 0.3}, properties={"table.changelog.image": "WAL"}),
    "first_row": Kind(FirstRow(), {"overwrite": 0.1}, properties={"table.merge-engine": "first_row"}),
    "versioned": Kind(Versioned(3), {"overwrite": 0.1}, properties={
        "table.merge-engine": "versioned", "table.merge-engine.versioned.ver-column": "size"}),
    "aggregation": Kind(
        Aggregation(lambda a, b: f"{a};{b}", wrapping_sum, max), {"partial": 0.3, "overwrite": 0.05},
        properties={"table.merge-engine": "aggregation", "table.delete.behavior": "ALLOW"},
        functions={"text": {"type": "listagg", "parameters": {"delimiter": ";"}}, "number": {"type": "sum"},
                   "size": {"type": "max"}}),
}


def read_log(table, bucket):
    """All batches from the start, in their bytes."""
    batches = []
    offset = 0
    while found := log_batch.split(table.fetch(offset, bucket, max_bytes_per_bucket=1 << 24).records):
        batches += found
        offset = log_batch.next_offset(found[-1])
    return batches


def scan(table, bucket, batch_size):
    """All values, in the order of their keys, and the end of the changelog that they stand for."""
    answer = first = table.open_scan(bucket, batch_size=batch_size)
    values = kv_batch.values_of(first.records) if first.records else []
    sequence = 0
    while answer.error_code == Error.NONE and answer.has_more:
        sequence += 1
        answer = table.continue_scan(first.scanner_id, sequence, batch_size)
        values += kv_batch.values_of(answer.records)
    assert answer.error_code == Error.NONE
    return values, first.log_offset


def replay(changes, rows):
    """Brings the changes into the rows."""
    for change, row in changes:
        if change in (Change.INSERT, Change.UPDATE_AFTER):
            rows[row[0]] = row
        elif change == Change.DELETE:
            del rows[row[0]]


class Bucket:
    """A bucket and its model, which applies a batch when it is found in the changelog."""

    def __init__(self, number, kind, table, writers, dice):
        self._number, self._kind, self._table, self._writers, self._dice = number, kind, table, writers, dice
        self._model = BucketModel(kind.engine, kind.full_image)
        self._log = []
        self._replayed = {}

    def check(self):
        table, number = self._table, self._number
        reads = [
            ("changelog", lambda: read_log(table, number)),
            ("scan", lambda: scan(table, number, self._dice.choice((1 << 10, 1 << 14, 1 << 20)))),
            ("lookups", lambda: table.get(*map(encoded_key, range(IDS)), bucket=number)),
            ("count", lambda: table.row_count(number)),
            ("offsets", lambda: (table.list_offsets(LATEST, number).offset,
                                 table.fetch(EARLIEST, number).high_watermark)),
        ]
        self._dice.shuffle(reads)  # after a restart, the first one opens the rows
        found = {name: read() for name, read in reads}
        self._follow(found.pop("changelog"))
        assert found == self._expected()

    def _follow(self, log):
        assert log[:len(self._log)] == self._log, "the log has changed"
        for data in log[len(self._log):]:
            self._follow_batch(log_batch.parse_one(data))
        self._log = log
        assert self._replayed == self._model.rows
        for writer in self._writers.values():
            lost = [batch.sequence for batch in writer.batches[self._number]
                    if batch.end_offset is not None and batch.found_end_offset is None]
            assert not lost, f"acknowledged batches of writer {writer.id} in bucket {self._number} are lost: {lost}"

    def _follow_batch(self, stored):
        batches = self._writers[stored.writer_id].batches[self._number]
        batch = batches[stored.sequence]
        where = f"batch {stored.sequence} of writer {stored.writer_id} at {stored.base_offset}"
        assert stored.crc_matches and batch.found_end_offset is None, where
        assert stored.sequence == 0 or batches[stored.sequence - 1].found_end_offset is not None, where
        assert stored.base_offset == self._model.end_offset, where
        changes = stored.changes(ARROW_SCHEMA)
        assert changes == self._model.apply(batch.write), where
        replay(changes, self._replayed)
        batch.found_end_offset = self._model.end_offset
        batch.require_one_place()

    def _expected(self):
        rows, end = self._model.rows, self._model.end_offset
        values = {id_: encoded_value(row) for id_, row in rows.items()}
        return {
            "scan": ([values[id_] for id_ in sorted(rows, key=encoded_key)], end),
            "lookups": [values.get(id_) for id_ in range(IDS)],
            "count": (Error.NONE, len(rows)) if self._kind.full_image else (Error.INVALID_TABLE, None),
            "offsets": (end, end),
        }


class Run:
    def __init__(self, server, kind, dice):
        self._server, self._dice = server, dice
        self._table = KvTable(server.bootstrap, "fluss", "model", COLUMNS, ["id"], properties=kind.properties,
                              functions=kind.functions, bucket_count=BUCKETS)
        random_writes = RandomWrites(dice, **kind.writes)
        writers = [Writer(self._table, BUCKETS, dice, random_writes) for _ in range(WRITERS)]
        self._writers = {writer.id: writer for writer in writers}
        self._buckets = [Bucket(i, kind, self._table, self._writers, dice) for i in range(BUCKETS)]

    def write(self, records):
        """Sends so many new records, and leaves some requests unanswered."""
        writers = list(self._writers.values())
        end = self._sent() + records
        while self._sent() < end:
            self._dice.choice(writers).send()

    def restart(self):
        if self._dice.random() < KILLS:
            self._server.kill()
        else:
            self._server.stop()
        for writer in self._writers.values():
            writer.receive_what_came()
        self._server.start()
        if self._dice.random() < KILLS_OF_RECOVERY:
            with self._table.connect() as connection:
                connection.send(Api.LOOKUP, keys_request(self._table.table_id, {i: [b"x"] for i in range(BUCKETS)}), 1)
            self._server.kill()
            self._server.start()
        self._table.reconnect()
        for writer in self._writers.values():
            writer.reconnect()

    def settle(self):
        """Sends again what nobody answered, and waits for all answers."""
        for writer in self._writers.values():
            writer.receive_all()
            writer.resend_unanswered()
        for writer in self._writers.values():
            writer.receive_all()

    def check(self):
        for bucket in self._buckets:
            bucket.check()

    def end(self):
        self.settle()
        self.check()
        for writer in self._writers.values():
            writer.close()

    def _sent(self):
        return sum(writer.records_sent for writer in self._writers.values())


@pytest.mark.parametrize("kind", KINDS)
def test_model(kind, seed):
    kind = KINDS[kind]
    dice = random.Random(seed)
    with servers.MillraceServer(OPTIONS) as server:
        run = Run(server, kind, dice)
        for _ in range(kind.restarts):
            run.write(kind.records // (kind.restarts + 1))
            run.restart()
            if dice.random() < 0.5:
                run.check()
            run.settle()
            run.check()
        run.write(kind.records // (kind.restarts + 1))
        run.end()
