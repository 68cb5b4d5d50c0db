"""A model of one bucket of a primary-key table: what a batch makes of its rows, and what the changelog says of it.

A row is a tuple whose first value is the key. Standard library only.
"""

from enum import IntEnum
from typing import NamedTuple


class Change(IntEnum):
    INSERT = 1
    UPDATE_BEFORE = 2
    UPDATE_AFTER = 3
    DELETE = 4


class Write(NamedTuple):
    """What one batch writes. Targets are positions of columns, None for all; overwrite ignores the merge engine."""

    records: list  # (key, row), or (key, None) for a delete
    targets: tuple | None = None
    overwrite: bool = False


class LastRow:
    """The table without a merge engine."""

    ignores_deletes = False

    def merge(self, old, new, targets):
        """What stays: `old` itself where nothing changes."""
        if targets is None:
            return new
        if old is None:
            return tuple(value if i in targets else None for i, value in enumerate(new))
        if targets == (0,):
            return old
        return tuple(new[i] if i in targets else value for i, value in enumerate(old))

    def delete(self, old, targets):
        if targets is None or all(value is None for i, value in enumerate(old) if i not in targets):
            return None
        return tuple(None if i in targets and i != 0 else value for i, value in enumerate(old))


class FirstRow(LastRow):
    ignores_deletes = True

    def merge(self, old, new, targets):
        return new if old is None else old


class Versioned(LastRow):
    ignores_deletes = True

    def __init__(self, version_column):
        self._column = version_column

    def merge(self, old, new, targets):
        return new if old is None or self._version(old) <= self._version(new) else old

    def _version(self, row):
        version = row[self._column]
        return -(1 << 63) if version is None else version


class Aggregation(LastRow):
    """Functions take two values that are not null. The first row of a key is taken as it was sent, targets or not."""

    def __init__(self, *functions):
        self._functions = (None, *functions)

    def merge(self, old, new, targets):
        if old is None:
            return new
        return tuple(self._value(i, old[i], new[i]) if i and (targets is None or i in targets) else old[i]
                     for i in range(len(old)))

    def _value(self, column, old, new):
        if old is None or new is None:
            return new if old is None else old
        return self._functions[column](old, new)


def wrapping_sum(a, b):
    """The sum of two 64-bit integers in 64 bits."""
    return (a + b + (1 << 63)) % (1 << 64) - (1 << 63)


class BucketModel:
    """The rows by key, and where the changelog ends."""

    def __init__(self, engine, full_image=True):
        self.rows = {}
        self.end_offset = 0
        self._engine = engine
        self._full_image = full_image

    def apply(self, write):
        """Returns what the write's changelog batch holds: [(change, row)]."""
        engine = LastRow() if write.overwrite else self._engine
        changes = []
        for key, row in write.records:
            changes += self._apply_one(engine, key, row, write.targets)
        self.end_offset += max(1, len(changes))
        return changes

    def _apply_one(self, engine, key, row, targets):
        old = self.rows.get(key)
        if row is None:
            if old is None or engine.ignores_deletes:
                return []
            new = engine.delete(old, targets)
        else:
            new = engine.merge(old, row, targets)
        if new is old:
            return []
        if new is None:
            del self.rows[key]
            return [(Change.DELETE, old)]
        self.rows[key] = new
        if self._full_image:
            return [(Change.INSERT, new)] if old is None else [(Change.UPDATE_BEFORE, old), (Change.UPDATE_AFTER, new)]
        # Whole rows are written without a look at what was there.
        inserted = old is None and targets is not None
        return [(Change.INSERT if inserted else Change.UPDATE_AFTER, new)]
