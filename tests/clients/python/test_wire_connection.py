"""Frames that no official client sends: unknown, broken, oversized, pipelined."""

import struct
import time

import pytest

import wire
from log_table import fetch_request, fetched_buckets
from protobuf_fields import encode
from wire import Api, Connection, Error, ResponseKind

UNKNOWN_API = 1999
ANSWER_DEADLINE_S = 3
FOREVER_MS = 60_000

# Served by every Fluss 0.9 coordinator or tablet server and needed for log tables.
NEEDED_APIS = [1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 1015, 1021, 1025,
               1026, 1033, 1035, 1036, 1037]


@pytest.fixture
def client(server):
    with Connection(server.bootstrap, timeout_s=ANSWER_DEADLINE_S) as connection:
        yield connection


@pytest.fixture
def assert_still_serving(server):
    """Run after a test did harm: the server must serve others."""
    yield
    with Connection(server.bootstrap) as other:
        assert Api.API_VERSIONS in wire.api_versions(other)


def test_api_versions(server, log_table):
    table = log_table({"id": {"type": "INTEGER"}})
    offered = {}
    for address in {server.bootstrap, table.leader_address}:
        with Connection(address) as connection:
            versions = wire.api_versions(connection)
        assert list(versions) == sorted(versions)
        offered.update(versions)
    assert set(NEEDED_APIS) <= set(offered)
    assert all(0 <= lowest <= highest < 1 << 15 for lowest, highest in offered.values())


def test_first_frame_need_not_be_api_versions(client):
    assert "fluss" in client.call(Api.LIST_DATABASES, {}).require_success().texts(1)


@pytest.mark.parametrize("request_id", [0, -7, (1 << 31) - 1, -(1 << 31)])
def test_request_id_is_echoed(client, request_id):
    client.send_raw(wire.request_frame(Api.LIST_DATABASES, request_id, b""))
    assert client.receive_any().request_id == request_id


def test_frame_in_single_bytes(client):
    for byte in wire.request_frame(Api.LIST_DATABASES, 5, b""):
        client.send_raw(bytes([byte]))
    assert client.receive_any().request_id == 5


def test_many_frames_in_one_write(client):
    frames = [wire.request_frame(Api.LIST_DATABASES, request_id, b"") for request_id in range(200)]
    client.send_raw(b"".join(frames))
    answered = sorted(client.receive_any().request_id for _ in frames)
    assert answered == list(range(200))


def test_unknown_fields_are_skipped(client):
    body = encode({99: 1, 100: "skip me", 101: {1: 2}})
    client.send_raw(wire.request_frame(Api.LIST_DATABASES, 0, body))
    assert "fluss" in client.receive_any().require_success().texts(1)


@pytest.mark.expect_fixed("no answer to an unknown API key")
@pytest.mark.parametrize("api_key", [UNKNOWN_API, 0, -1, 32767])
def test_unknown_api_key(client, api_key):
    response = client.call(api_key, {})
    assert (response.kind, response.error_code) == (ResponseKind.ERROR, Error.UNSUPPORTED_VERSION)
    assert str(api_key) in response.body.text(2)
    client.call(Api.LIST_DATABASES, {}).require_success()


@pytest.mark.expect_fixed("no answer to a request that can not be parsed")
@pytest.mark.parametrize("body", [b"\x0a\x7f", b"\xff" * 20], ids=["truncated", "endless varint"])
def test_body_that_can_not_be_parsed(client, body):
    client.send_raw(wire.request_frame(Api.CREATE_DATABASE, 7, body))
    response = client.receive_any()
    assert (response.kind, response.request_id) == (ResponseKind.ERROR, 7)
    client.call(Api.LIST_DATABASES, {}).require_success()


def test_text_that_is_not_utf8(client):
    response = client.call(Api.CREATE_DATABASE, {1: b"\xff\xfe\xfd\xfc", 2: True})
    assert response.kind == ResponseKind.ERROR
    client.call(Api.LIST_DATABASES, {}).require_success()


@pytest.mark.expect_fixed("no answer to a request without a required field")
def test_missing_required_field(client):
    response = client.call(Api.CREATE_DATABASE, {1: "without_ignore_if_exists"})
    assert response.kind == ResponseKind.ERROR
    client.call(Api.LIST_DATABASES, {}).require_success()


@pytest.mark.parametrize("data", [
    struct.pack(">I", 7) + bytes(7),
    struct.pack(">I", 0),
    struct.pack(">I", 200 << 20),
    struct.pack(">i", -1),
    b"GET / HTTP/1.1\r\n\r\n",
    b"\xff" * 1000,
], ids=["short", "empty", "oversized", "negative", "http", "noise"])
@pytest.mark.usefixtures("assert_still_serving")
def test_frame_of_impossible_length(client, data):
    """The connection has no next frame any more: it is told so, then closed."""
    client.send_raw(data)
    answer = client.read_until_closed()
    response = wire.parse_response(answer[4:])
    assert response.kind == ResponseKind.SERVER_FAILURE
    assert response.body.text(2)


@pytest.mark.parametrize("sent", range(0, 20, 3))
@pytest.mark.usefixtures("assert_still_serving")
def test_connection_closed_within_a_frame(server, sent):
    with Connection(server.bootstrap) as client:
        client.send_raw(wire.request_frame(Api.LIST_DATABASES, 0, bytes(100))[:sent])


@pytest.mark.usefixtures("assert_still_serving")
def test_connection_closed_before_the_answer(log_table):
    table = log_table({"id": {"type": "INTEGER"}})
    for _ in range(20):
        with table.connect() as client:
            client.send(Api.FETCH_LOG, fetch_request(table.table_id, {0: 0}, min_bytes=1, max_wait_ms=FOREVER_MS))


def test_parked_fetch_does_not_hold_up_later_requests(log_table):
    table = log_table({"id": {"type": "INTEGER"}})
    request = fetch_request(table.table_id, {0: 0}, min_bytes=1, max_wait_ms=2000)
    with table.connect() as client:
        parked = client.send(Api.FETCH_LOG, request)
        later = [client.send(Api.GET_METADATA, {}) for _ in range(10)]
        first_ten = sorted(client.receive_any().request_id for _ in later)
        assert first_ten == later
        assert fetched_buckets(client.receive(parked))[0].records == b""


def test_idle_connections_cost_nothing(server):
    """A crowd that connects and says nothing must not keep others from being served."""
    crowd = [Connection(server.bootstrap) for _ in range(200)]
    started = time.monotonic()
    with Connection(server.bootstrap) as client:
        client.call(Api.LIST_DATABASES, {}).require_success()
    assert time.monotonic() - started < ANSWER_DEADLINE_S
    for connection in crowd:
        connection.close()
