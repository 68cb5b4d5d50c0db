"""CREATE_TABLE with a primary key by a bare client: what the server itself refuses, whatever a client lets pass."""

import json

import pytest

from wire import Api, Connection, Error

INT, STRING, BIGINT = {"type": "INTEGER"}, {"type": "STRING"}, {"type": "BIGINT"}
ARRAY = {"type": "ARRAY", "element_type": INT}
MAP = {"type": "MAP", "key_type": {**STRING, "nullable": False}, "value_type": INT}
ROW = {"type": "ROW", "fields": [{"name": "x", "field_type": INT, "field_id": 9}]}


def descriptor(columns, primary_key, *, bucket_key=(), partition_key=(), properties=None, auto_increment=(),
               functions=None):
    described = [{"name": name, "data_type": data_type, "id": i} for i, (name, data_type) in enumerate(columns.items())]
    for column in described:
        if function := (functions or {}).get(column["name"]):
            column["agg_function"] = function
    return {
        "version": 1,
        "schema": {"version": 1, "columns": described, "primary_key": list(primary_key), "highest_field_id": 9,
                   **({"auto_increment_column": list(auto_increment)} if auto_increment else {})},
        "partition_key": list(partition_key),
        "bucket_key": list(bucket_key),
        "bucket_count": 1,
        "properties": properties or {},
        "custom_properties": {},
    }


@pytest.fixture
def create(server, database):
    """Asks for a table by its descriptor and returns the response."""
    with Connection(server.bootstrap) as connection:
        yield lambda described: connection.call(
            Api.CREATE_TABLE, {1: {1: database, 2: "kv"}, 2: json.dumps(described), 3: False})


COLUMNS = {"a": INT, "b": STRING, "c": BIGINT, "d": STRING}
AGGREGATION = {"table.merge-engine": "aggregation"}

REFUSED = {
    "a key that is no column": ({"primary_key": ["x"]}, Error.INVALID_TABLE),
    "a key column twice": ({"primary_key": ["a", "a"]}, Error.INVALID_TABLE),
    "bucket key outside the key": ({"bucket_key": ["b"]}, Error.INVALID_TABLE),
    "bucket key that is no column": ({"bucket_key": ["x"]}, Error.INVALID_TABLE),
    "partition key outside the key": ({"partition_key": ["b"]}, Error.INVALID_TABLE),
    "nothing but partition keys": ({"partition_key": ["a"]}, Error.INVALID_TABLE),
    "bucket key among the partition keys": (
        {"primary_key": ["a", "b"], "partition_key": ["b"], "bucket_key": ["b"]}, Error.INVALID_TABLE),
    "an array as key": ({"columns": {"a": ARRAY, "b": INT}}, Error.INVALID_TABLE),
    "a map as key": ({"columns": {"a": MAP, "b": INT}}, Error.INVALID_TABLE),
    "a row as key": ({"columns": {"a": ROW, "b": INT}}, Error.INVALID_TABLE),
    "compacted rows in an indexed log": ({"properties": {"table.log.format": "INDEXED"}}, Error.INVALID_CONFIG),
    "numbers in the key": ({"auto_increment": ["a"]}, Error.INVALID_TABLE),
    "numbers in a string": ({"auto_increment": ["b"]}, Error.INVALID_TABLE),
    "numbers in no column": ({"auto_increment": ["x"]}, Error.INVALID_TABLE),
    "two columns of numbers": ({"auto_increment": ["c", "e"], "columns": {**COLUMNS, "e": INT}}, Error.INVALID_TABLE),
    "a function of the key": (
        {"functions": {"a": {"type": "sum"}}, "properties": AGGREGATION}, Error.INVALID_TABLE),
    "a sum of strings": ({"functions": {"b": {"type": "sum"}}, "properties": AGGREGATION}, Error.INVALID_CONFIG),
    "a list of integers": ({"functions": {"c": {"type": "listagg"}}, "properties": AGGREGATION}, Error.INVALID_CONFIG),
    "an empty delimiter": (
        {"functions": {"b": {"type": "listagg", "parameters": {"delimiter": ""}}}, "properties": AGGREGATION},
        Error.INVALID_CONFIG),
    "an unknown parameter": (
        {"functions": {"c": {"type": "sum", "parameters": {"x": "y"}}}, "properties": AGGREGATION},
        Error.INVALID_CONFIG),
    "a newer key format": ({"properties": {"table.kv.format-version": "3"}}, Error.INVALID_CONFIG),
    "statistics": ({"properties": {"table.statistics.columns": "*"}}, Error.INVALID_CONFIG),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(create, case):
    arguments, error = REFUSED[case]
    described = descriptor(**{"columns": COLUMNS, "primary_key": ["a"], **arguments})
    assert create(described).error_code == error


@pytest.mark.parametrize("arguments", [
    {},
    {"primary_key": ["d", "a"]},
    {"primary_key": ["a", "b", "c"], "bucket_key": ["b"]},
    {"primary_key": ["a", "b", "c"], "bucket_key": ["c", "a"], "partition_key": ["b"]},
    {"properties": {"table.kv.format": "indexed", "table.changelog.image": "wal"}},
    {"properties": {"table.log.format": "COMPACTED"}},
    {"properties": {"table.merge-engine": "FIRST_ROW", "table.delete.behavior": "disable"}},
    {"properties": {**AGGREGATION, "table.delete.behavior": "allow"}},
    {"functions": {"c": {"type": "SUM"}, "b": {"type": "string-agg"}}, "properties": AGGREGATION},
    {"functions": {"c": {"type": "sum"}}},
    {"auto_increment": ["c"], "properties": {"table.auto-increment.cache-size": "1"}},
    {"columns": {"a": {**INT, "nullable": True}, "b": {**STRING, "nullable": False}}},
    {"columns": {"a": INT}},
])
def test_accepted(create, arguments):
    response = create(descriptor(**{"columns": COLUMNS, "primary_key": ["a"], **arguments}))
    assert response.error_code == Error.NONE, response.body.text(2)
