"""The rows that the bulk loads write: ten columns as an events table has them, the same in every run. Needs pyarrow."""

import pyarrow as pa

ROWS_PER_BATCH = 8192
DISTINCT_BATCHES = 16

# name: (data type of Fluss's JSON, Arrow type)
COLUMNS = {
    "id": ({"type": "BIGINT"}, pa.int64()),
    "user": ({"type": "INTEGER"}, pa.int32()),
    "session": ({"type": "STRING"}, pa.string()),
    "country": ({"type": "STRING"}, pa.string()),
    "url": ({"type": "STRING"}, pa.string()),
    "status": ({"type": "SMALLINT"}, pa.int16()),
    "duration": ({"type": "DOUBLE"}, pa.float64()),
    "price": ({"type": "DOUBLE"}, pa.float64()),
    "mobile": ({"type": "BOOLEAN"}, pa.bool_()),
    "at": ({"type": "BIGINT"}, pa.int64()),
}
ONE_COLUMN = ["user"]
THREE_COLUMNS = ["user", "country", "price"]

ARROW_SCHEMA = pa.schema([(name, arrow_type) for name, (_, arrow_type) in COLUMNS.items()])
COUNTRIES = ("DE", "FR", "US", "BR", "IN", "CN", "JP", "NG", "AU", "PL", "ES", "CA")


def column_types():
    """{name: data type JSON}"""
    return {name: type_json for name, (type_json, _) in COLUMNS.items()}


def _spread(number):
    """A number that looks random and is not (the finaliser of SplitMix64)."""
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    number = (number ^ number >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return number ^ number >> 31


def _batch(number):
    ids = range(number * ROWS_PER_BATCH, (number + 1) * ROWS_PER_BATCH)
    spread = [_spread(row + 1) for row in ids]
    values = {
        "id": ids,
        "user": [bits % 50_000 for bits in spread],
        "session": [f"{bits:016x}" for bits in spread],
        "country": [COUNTRIES[bits % len(COUNTRIES)] for bits in spread],
        "url": [f"/shop/category-{bits % 40}/product-{bits % 7919}" for bits in spread],
        "status": [404 if bits % 50 == 0 else 200 for bits in spread],
        "duration": [bits % 100_000 / 1000 for bits in spread],
        "price": [bits % 20_000 / 100 for bits in spread],
        "mobile": [bits % 3 == 0 for bits in spread],
        "at": [1_700_000_000_000 + row * 3 for row in ids],
    }
    return pa.record_batch([pa.array(values[field.name], field.type) for field in ARROW_SCHEMA], schema=ARROW_SCHEMA)


def batches():
    """A few batches to be written over and over; far more than a compressor or a CPU cache can remember."""
    return [_batch(number) for number in range(DISTINCT_BATCHES)]
