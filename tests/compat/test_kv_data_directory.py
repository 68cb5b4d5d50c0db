"""Primary-key tables that the Java server wrote are the same in Millrace, and the other way round, and back again."""

import itertools
import random
import shutil

import pytest

import servers
from kv_kinds import KINDS
from kv_model import Change
from kv_peer import Peer, first_difference
from kv_steps import Steps
from wire import Error

# None with a COMPACTED log: the Java server can't make the rows of such a table anew, and starts without.
MOVED = ("plain", "buckets", "wal", "first_row", "choices", "sums_indexed", "nested", "nested_indexed", "partitioned",
         "prefixes", "numbered")
STEPS = 120  # in all
STAGES = 4
# Small segments, so that there are several.
OPTIONS = {"log.segment.file-size": "16kb", "log.index.interval-size": "1kb"}


class MovedTable:
    """A table on both servers, of which one has the data."""

    def __init__(self, name, both, dice):
        self._kind = KINDS[name]
        self._peers = {server: Peer(server, name, self._kind) for server in both}
        self._steps = Steps(self._kind, dice, STEPS)
        self._next_steps = iter(self._steps)
        self._ends = {}

    def work(self, server):
        """Goes on with the same writers; columns are added on both servers."""
        for step in itertools.islice(self._next_steps, STEPS // STAGES):
            if step.method == "add_column":
                for peer in self._peers.values():
                    step.on(peer)
            else:
                self._steps.tell(step.on(self._peers[server]))

    def reconnect(self):
        for peer in self._peers.values():
            peer.reconnect()

    def all_there_is(self, server):
        """The answers to all reads."""
        peer = self._peers[server]
        answers = []
        for place in self._kind.places:
            for step in self._steps.whole(place):
                answer = step.on(peer)
                assert answer[0] == Error.NONE or step.method == "row_count", f"{step}: {answer}"
                if step.method == "fetch":
                    self._ends[place] = answer[1]
                    self._require_old_rows(answer[3])
                answers.append(answer if step.method == "fetch" else self._as_made_anew(answer))
        return answers

    def move(self, source, target):
        """Puts the source's files in place of the target's; returns checkpoints' entries of them."""
        entries = []
        from_folders, to_folders = self._peers[source].folders(), self._peers[target].folders()
        for place, (to_folder, entry) in to_folders.items():
            for kind in ("log", "kv"):
                name = f"{kind}-{place[1]}"
                shutil.rmtree(to_folder / name, ignore_errors=True)
                if (from_folders[place][0] / name).exists():
                    shutil.copytree(from_folders[place][0] / name, to_folder / name)
            entries.append(f"{entry} {self._ends[place]}")
        return entries

    def close(self):
        for peer in self._peers.values():
            peer.close()

    def _require_old_rows(self, changelog):
        """Rows that are replaced or deleted are those that were logged before, also after a move."""
        if "table.changelog.image" in self._kind.given:
            return
        rows = {}
        key_size = len(self._kind.key)
        for base_offset, *_, changes in changelog:
            for change, row in changes:
                key = row[:key_size]
                if change in (Change.UPDATE_BEFORE, Change.DELETE):
                    old = rows.pop(key)
                    assert row[:len(old)] == old and not any(row[len(old):]), f"old row of {key} at {base_offset}"
                else:
                    assert key not in rows
                    rows[key] = row

    def _as_made_anew(self, answer):
        """With rows as they are when they were made from a changelog."""
        if isinstance(answer, bytes):
            # The same nested values have other bytes then.
            return True if self._kind.is_nested else self._kind.in_newest_schema(answer)
        if isinstance(answer, (list, tuple)):
            return [self._as_made_anew(part) for part in answer]
        return answer


def move(tables, source, target):
    """Moves all tables from a server that has stopped to one that has, as if it had stopped cleanly with them."""
    entries = [entry for table in tables for entry in table.move(source, target)]
    for name in ("recovery-point-offset-checkpoint", "high-watermark-checkpoint"):
        (target.data_folder / name).write_text("\n".join(["0", str(len(entries)), *entries, ""]))


def test_tables_move(seed):
    dice = random.Random(seed)
    java, millrace = servers.JavaServer(OPTIONS), servers.MillraceServer(OPTIONS)
    with java, millrace:
        tables = [MovedTable(name, (java, millrace), dice) for name in MOVED]
        source = java
        for target in (millrace, java, millrace):
            for table in tables:
                table.work(source)
            expected = [table.all_there_is(source) for table in tables]
            for server in (source, target):
                server.stop_tablet()
            move(tables, source, target)
            for server in (source, target):
                server.restart()
            for table, name, answers in zip(tables, MOVED, expected):
                table.reconnect()
                found = table.all_there_is(target)
                where = f"{name}, moved to {type(target).__name__}"
                assert found == answers, f"{where}: answer{first_difference(found, answers)}"
            source = target
        for table in tables:
            table.work(source)
            table.close()
