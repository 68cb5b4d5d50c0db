"""SCAN_KV by a bare client: sessions that read a bucket as it was when they were opened. It came with Fluss 1.0."""

import pytest

from kv_batch import build, int32, record, row, text, value, values_of
from kv_table import KvTable, scanned
from log_table import poll_until
from wire import Api, Error

pytestmark = pytest.mark.millrace_only("came with 1.0")

COLUMNS = {"id": {"type": "INTEGER", "nullable": False}, "name": {"type": "STRING"}}
ROWS = 10
MAX_PER_BUCKET = 8


def upsert(id_, name):
    return record(int32(id_), row(int32(id_), text(name)))


def value_of(id_, name):
    return value(int32(id_), text(name))


ALL = [value_of(i, f"name {i}") for i in range(ROWS)]


def fill(table):
    assert table.put(build(*[upsert(i, f"name {i}") for i in range(ROWS)])) == (Error.NONE, ROWS)
    return table


@pytest.fixture
def table(kv_table):
    return fill(kv_table(COLUMNS))


def read_on(table, opened, batch_size):
    """The values of an open session, one list for each answer, to its end."""
    answers = [opened]
    while answers[-1].has_more:
        answers.append(table.continue_scan(opened.scanner_id, len(answers), batch_size))
        assert answers[-1].error_code == Error.NONE
    return [values_of(answer.records) for answer in answers]


def test_all_in_one_answer(table):
    answer = table.open_scan()
    assert (answer.error_code, answer.has_more, answer.log_offset) == (Error.NONE, False, ROWS)
    assert values_of(answer.records) == ALL
    assert table.continue_scan(answer.scanner_id, 1).error_code == Error.UNKNOWN_SCANNER_ID, "the end closes it"


def test_a_row_at_least_in_each_answer(table):
    opened = table.open_scan(batch_size=1)
    assert (opened.has_more, opened.log_offset) == (True, ROWS)
    assert read_on(table, opened, 1) == [[row] for row in ALL]


@pytest.mark.parametrize("batch_size", [40, 100])
def test_several_rows_in_each_answer(table, batch_size):
    answers = read_on(table, table.open_scan(batch_size=batch_size), batch_size)
    assert [row for rows in answers for row in rows] == ALL
    assert all(1 < len(rows) < ROWS for rows in answers[:-1])


def test_only_the_first_answer_says_the_offset(table):
    opened = table.open_scan(batch_size=1)
    second = table.continue_scan(opened.scanner_id, 1, 1)
    assert (opened.log_offset, second.log_offset) == (ROWS, None)
    assert second.scanner_id == opened.scanner_id


def test_an_empty_bucket(kv_table):
    table = kv_table(COLUMNS)
    answer = table.open_scan()
    assert (answer.error_code, answer.scanner_id, answer.has_more, answer.log_offset) == (Error.NONE, None, False, 0)
    table.put(build(record(int32(1))))
    assert table.open_scan().log_offset == 1


@pytest.mark.parametrize("limit, count", [(1, 1), (4, 4), (ROWS, ROWS), (1000, ROWS), (0, ROWS), (-1, ROWS)])
def test_limits(table, limit, count):
    for batch_size in (1, 1 << 20):
        answers = read_on(table, table.open_scan(limit=limit, batch_size=batch_size), batch_size)
        assert [row for rows in answers for row in rows] == ALL[:count]


def test_a_scan_sees_the_bucket_as_it_was(table):
    opened = table.open_scan(batch_size=1)
    table.put(build(*[record(int32(i)) for i in range(5)], upsert(7, "changed"), upsert(77, "new")))
    assert [row for rows in read_on(table, opened, 1) for row in rows] == ALL
    again = table.open_scan()
    assert values_of(again.records) == [*ALL[5:7], value_of(7, "changed"), *ALL[8:], value_of(77, "new")]
    assert again.log_offset == ROWS + 5 + 2 + 1


def test_several_scans_at_once(table):
    sessions = [table.open_scan(batch_size=1) for _ in range(3)]
    assert len({session.scanner_id for session in sessions}) == 3
    for sequence in range(1, ROWS):
        for session in sessions:
            answer = table.continue_scan(session.scanner_id, sequence, 1)
            assert (values_of(answer.records), answer.has_more) == ([ALL[sequence]], sequence < ROWS - 1)


def test_a_session_belongs_to_no_connection(table):
    opened = table.open_scan(batch_size=1)
    table.connection.close()
    table.reconnect()
    assert values_of(table.continue_scan(opened.scanner_id, 1, 1).records) == [ALL[1]]


def test_close(table):
    opened = table.open_scan(batch_size=1)
    for _ in range(2):
        answer = table.close_scan(opened.scanner_id)
        assert (answer.error_code, answer.has_more) == (Error.NONE, False)
    assert table.continue_scan(opened.scanner_id, 1).error_code == Error.UNKNOWN_SCANNER_ID
    assert table.close_scan(b"never there").error_code == Error.NONE


def test_unknown_session(table):
    assert table.continue_scan(b"0" * 32, 1).error_code == Error.UNKNOWN_SCANNER_ID


@pytest.mark.parametrize("sequence", [0, 2, -1, 7])
def test_a_call_out_of_order_ends_the_session(table, sequence):
    opened = table.open_scan(batch_size=1)
    assert table.continue_scan(opened.scanner_id, sequence, 1).error_code == Error.INVALID_SCAN_REQUEST
    assert table.continue_scan(opened.scanner_id, 1, 1).error_code == Error.UNKNOWN_SCANNER_ID


@pytest.mark.parametrize("sequence", [1, -1])
def test_the_first_call_has_number_0(table, sequence):
    assert table.open_scan(sequence=sequence).error_code == Error.INVALID_SCAN_REQUEST


@pytest.mark.parametrize("fields", [
    {3: 0, 4: 100},
    {1: b"0" * 32, 2: {}, 3: 0, 4: 100},
    {2: {}, 3: 0},
    {2: {}, 3: 0, 4: 0},
    {2: {}, 3: 0, 4: -1},
    {2: {}, 4: 100},
    {2: {}, 3: 0, 4: 100, 5: True},
    {1: b"0" * 32, 3: 1},
], ids=["neither table nor session", "table and session", "no size", "size 0", "negative size", "no number",
        "opened and closed", "session without a size"])
def test_requests_that_make_no_sense(table, fields):
    if 2 in fields:
        fields = {**fields, 2: {1: table.table_id, 3: 0}}
    assert scanned(table.connection.call(Api.SCAN_KV, fields)).error_code == Error.INVALID_SCAN_REQUEST


def test_unknown_bucket(table):
    assert table.open_scan(bucket=7).error_code == Error.UNKNOWN_TABLE_OR_BUCKET


def test_a_log_table(log_table):
    table = log_table(COLUMNS)
    response = table.connection.call(Api.SCAN_KV, {2: {1: table.table_id, 3: 0}, 3: 0, 4: 100})
    assert scanned(response).error_code == Error.NON_PRIMARY_KEY_TABLE


def test_too_many_scanners(table):
    sessions = [table.open_scan(batch_size=1) for _ in range(MAX_PER_BUCKET)]
    assert [session.error_code for session in sessions] == [Error.NONE] * MAX_PER_BUCKET
    assert table.open_scan(batch_size=1).error_code == Error.TOO_MANY_SCANNERS
    table.close_scan(sessions[0].scanner_id)
    assert table.open_scan(batch_size=1).error_code == Error.NONE
    assert values_of(table.continue_scan(sessions[1].scanner_id, 1, 1).records) == [ALL[1]]


def test_values_of_two_schemas(table):
    table.add_column("extra", {"type": "STRING"}, schema_id=2)
    new_row = (int32(3), text("new"), text("x"))
    table.put(build(record(int32(3), row(*new_row)), schema_id=2))
    assert values_of(table.open_scan().records) == [*ALL[:3], value(*new_row, schema_id=2), *ALL[4:]]


def test_idle_sessions_expire(server_class, database_name):
    """As many sessions as there may be are opened; when one more may be, the first have expired."""
    options = {"kv.scanner.ttl": "500ms", "kv.scanner.expiration-interval": "100ms", "kv.scanner.max-per-bucket": 2}
    with server_class(options) as server:
        table = fill(KvTable(server.bootstrap, database_name, "kv", COLUMNS, ["id"]))
        sessions = [table.open_scan(batch_size=1) for _ in range(2)]
        poll_until(lambda: table.open_scan(batch_size=1).error_code == Error.NONE, "a scanner to expire")
        poll_until(lambda: table.open_scan(batch_size=1).error_code == Error.NONE, "another scanner to expire")
        for session in sessions:
            assert table.continue_scan(session.scanner_id, 1).error_code == Error.SCANNER_EXPIRED
        assert table.close_scan(sessions[0].scanner_id).error_code == Error.NONE
        table.connection.close()
