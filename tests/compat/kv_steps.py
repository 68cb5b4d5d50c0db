"""Random requests about a primary-key table of some kind, right ones and wrong ones."""

import struct
from dataclasses import dataclass, field

import kv_batch
import row_types
from kv_peer import EARLIEST_OFFSET, LATEST_OFFSET
from kv_table import OVERWRITE
from wire import Error

KEYS = 25
WINDOW = 5  # batches of one writer that a server tells from new ones
DELETES = 0.25
NULLS = 0.2
WRITERS = (None, 101, 102, 103)
UNKNOWN_BUCKET = 99


@dataclass(frozen=True)
class Step:
    """A call of a peer's method."""

    method: str
    arguments: tuple
    options: dict = field(default_factory=dict)

    def on(self, peer):
        return getattr(peer, self.method)(*self.arguments, **self.options)

    def __str__(self):
        given = [*map(describe, self.arguments), *(f"{name}={value!r}" for name, value in self.options.items())]
        return f"{self.method}({', '.join(given)})"


def describe(argument):
    return argument.hex() if isinstance(argument, bytes) else repr(argument)


def with_schema(batch, schema_id):
    """The batch, claiming another schema."""
    return kv_batch.seal(batch[:kv_batch.SCHEMA_OFFSET] + struct.pack("<h", schema_id)
                         + batch[kv_batch.SCHEMA_OFFSET + 2:])


class Steps:
    """Iterates over the steps. The answer to each must be told before the next one is taken."""

    def __init__(self, kind, dice, count):
        self._kind, self._dice, self._count = kind, dice, count
        self._schema_id = 1
        self._key_types = [kind.columns[name] for name in kind.key_columns]
        self._keys = [tuple(type_.make(dice) for type_ in self._key_types) for _ in range(KEYS)]
        self._sent = {}  # (writer, place): steps in the order of their sequence numbers
        self._ends = {place: 0 for place in kind.places}
        self._last = None
        self._numbered = None  # where the last step goes if its sequence number counts

    def __iter__(self):
        additions = {self._count * (i + 1) // (len(self._kind.added) + 1): column
                     for i, column in enumerate(self._kind.added.items())}
        for number in range(self._count):
            if column := additions.get(number):
                self._schema_id += 1
                yield Step("add_column", (*column, self._schema_id))
            yield self._take(self._next())
        for place in self._kind.places:
            yield from self.whole(place)

    def whole(self, place):
        """All there is to see of a place."""
        yield Step("fetch", (place, 0))
        yield Step("lookup", (place, *(row_types.encode_key(self._key_types, key) for key in self._keys)))
        yield Step("limit_scan", (place, 1 << 20))
        yield Step("prefix_lookup", (place, b""))
        yield Step("row_count", (place,))
        yield Step("offset", (place, LATEST_OFFSET))

    def tell(self, answer):
        """What the servers answered to the last step."""
        if self._last and self._last.method == "put" and answer[0] == Error.NONE:
            place = self._last.arguments[0]
            self._ends[place] = max(self._ends[place], answer[1])
            if self._numbered is not None:
                self._numbered.append(self._last)
        self._last = self._numbered = None

    def _take(self, step):
        self._last = step
        return step

    def _next(self):
        place = self._dice.choice(self._kind.places)
        roll = self._dice.random()
        for share, make in ((0.55, self._put), (0.06, self._put_again), (0.05, self._wrong_put), (0.13, self._lookup),
                            (0.04, self._insert), (0.04, self._prefix_lookup), (0.03, self._limit_scan),
                            (0.06, self._fetch), (0.04, self._ask)):
            if roll < share:
                return make(place)
            roll -= share
        return self._lookup(place)

    # --- writes ---

    def _put(self, place):
        writer = self._dice.choice(WRITERS)
        sent = self._sent.setdefault((writer, place), [])
        options = self._put_options()
        batch = self._batch(place, options, writer, len(sent))
        step = Step("put", (place, batch), options)
        self._numbered = sent if writer is not None else None
        return step

    def _put_options(self):
        options = {"acks": self._dice.choice((-1, -1, 1, 0)), "version": self._dice.choice((0, 1))}
        if self._dice.random() < 0.08:
            options["merge_mode"] = OVERWRITE
        if self._kind.takes_targets and (self._kind.auto_increment or self._dice.random() < 0.3):
            options["targets"] = self._targets()
        return options

    def _targets(self):
        """The key and some others, but not all of them."""
        columns = list(self._kind.columns)
        targets = [i for i, name in enumerate(columns) if name in self._kind.key]
        others = [i for i, name in enumerate(columns) if i not in targets and name not in self._kind.auto_increment]
        most = len(others) if self._kind.auto_increment else len(others) - 1
        targets += self._dice.sample(others, self._dice.randint(0, most))
        self._dice.shuffle(targets)
        return targets

    def _batch(self, place, options, writer, sequence):
        records = [self._record(place, options) for _ in range(self._dice.choice((1, 1, 2, 5, 12)))]
        schema_id = self._schema_id if self._dice.random() < 0.7 else self._dice.randint(1, self._schema_id)
        encoded = [kv_batch.record(key, row and self._kind.value_row(schema_id, row(schema_id)))
                   for key, row in records]
        if writer is None:
            return kv_batch.build(*encoded, schema_id=schema_id)
        return kv_batch.build(*encoded, schema_id=schema_id, writer_id=writer, sequence=sequence)

    def _record(self, place, options):
        """(encoded key, the row by schema, None for a delete)"""
        key = self._dice.choice(self._keys)
        encoded = row_types.encode_key(self._key_types, key)
        disabled = self._kind.given.get("table.delete.behavior") == "DISABLE" and options.get("merge_mode") != OVERWRITE
        if self._dice.random() < (0.02 if disabled else DELETES):
            return encoded, None
        return encoded, lambda schema_id: self._row(place, key, schema_id)

    def _row(self, place, key, schema_id):
        known = dict(zip(self._kind.key_columns, key))
        known |= {name: place[0].encode() for name in self._kind.partition_key}
        return [known[name] if name in known else self._value(type_)
                for name, type_ in self._kind.schema(schema_id).items()]

    def _value(self, type_):
        nullable = type_.json.get("nullable", True)
        return None if nullable and self._dice.random() < NULLS else type_.make(self._dice)

    def _put_again(self, place):
        """A batch that was sent before; its answer is the one it had, if the server still knows."""
        sent = self._sent.get((self._dice.choice(WRITERS[1:]), place))
        return self._dice.choice(sent[-WINDOW - 1:]) if sent else self._put(place)

    def _wrong_put(self, place):
        writer = self._dice.choice(WRITERS[1:])
        sequence = len(self._sent.get((writer, place), ())) + self._dice.choice((1, 7))
        options = self._put_options()
        right = self._batch(place, options, None, 0)
        wrong_steps = [
            Step("put", (place, self._batch(place, options, writer, sequence)), options),
            Step("put", (place, with_schema(right, self._dice.choice((0, -1, self._schema_id + 1)))), options),
            Step("put", (place, right), {**options, "acks": self._dice.choice((2, -2))}),
            Step("put", ((place[0], UNKNOWN_BUCKET), right), options),
            Step("put", (place, kv_batch.build(schema_id=self._schema_id)), options),  # not wrong, but without records
        ]
        if self._kind.takes_targets and len(self._kind.columns) > len(self._kind.key):
            wrong_steps.append(Step("put", (place, right), {**options, "targets": [len(self._kind.columns) - 1]}))
        if self._kind.auto_increment:
            wrong_steps.append(Step("put", (place, right), {**options, "targets": None}))
        return self._dice.choice(wrong_steps)

    # --- reads ---

    def _some_keys(self):
        keys = [row_types.encode_key(self._key_types, self._dice.choice(self._keys))
                for _ in range(self._dice.randrange(6))]
        return keys + [b"\x01no key"] * (self._dice.random() < 0.2)

    def _lookup(self, place):
        if self._dice.random() < 0.03:
            place = place[0], UNKNOWN_BUCKET
        return Step("lookup", (place, *self._some_keys()), {"version": self._dice.choice((0, 1))})

    def _insert(self, place):
        if not self._kind.inserts:
            return self._lookup(place)
        keys = [row_types.encode_key(self._key_types, self._dice.choice(self._keys)) for _ in range(2)]
        return Step("lookup", (place, *keys), {"insert": True})

    def _prefix_lookup(self, place):
        key = self._dice.choice(self._keys)
        columns = self._dice.randint(0, len(key))
        prefix = row_types.encode_key(self._key_types[:columns], key[:columns])
        return Step("prefix_lookup", (place, prefix, b"\x01no key"), {"version": self._dice.choice((0, 1))})

    def _limit_scan(self, place):
        return Step("limit_scan", (place, self._dice.choice((-1, 0, 1, 3, 1000))))

    def _fetch(self, place):
        end = self._ends[place]
        offset = self._dice.choice((0, end, max(end - 1, 0), self._dice.randint(0, end), end + 1000))
        if self._kind.log_format == "ARROW" and self._dice.random() < 0.5:
            columns = range(len(self._kind.columns))
            projection = sorted(self._dice.sample(columns, self._dice.randint(1, len(columns))))
            return Step("fetch", (place, offset, projection))
        return Step("fetch", (place, offset))

    def _ask(self, place):
        return self._dice.choice((Step("row_count", (place,)), Step("offset", (place, LATEST_OFFSET)),
                                  Step("offset", (place, EARLIEST_OFFSET)),
                                  Step("row_count", ((place[0], UNKNOWN_BUCKET),))))
