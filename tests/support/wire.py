"""A bare client of the wire protocol: frames and one socket.

It sends exactly what a test says, also what no official client would send, and keeps the parts of an answer apart.
Standard library only.
"""

import enum
import itertools
import socket
import struct
from dataclasses import dataclass

from protobuf_fields import Fields, encode


class Api(enum.IntEnum):
    API_VERSIONS = 1000
    CREATE_DATABASE = 1001
    DROP_DATABASE = 1002
    LIST_DATABASES = 1003
    CREATE_TABLE = 1005
    DROP_TABLE = 1006
    LIST_PARTITION_INFOS = 1009
    GET_METADATA = 1012
    PRODUCE_LOG = 1014
    FETCH_LOG = 1015
    PUT_KV = 1016
    LOOKUP = 1017
    LIST_OFFSETS = 1021
    GET_LATEST_KV_SNAPSHOTS = 1023
    INIT_WRITER = 1026
    LIMIT_SCAN = 1033
    PREFIX_LOOKUP = 1034
    CREATE_PARTITION = 1036
    ALTER_TABLE = 1044
    REGISTER_PRODUCER_OFFSETS = 1053
    GET_PRODUCER_OFFSETS = 1054
    DELETE_PRODUCER_OFFSETS = 1055
    RELEASE_KV_SNAPSHOT_LEASE = 1057
    DROP_KV_SNAPSHOT_LEASE = 1058
    GET_TABLE_STATS = 1059
    SCAN_KV = 1061


class Error(enum.IntEnum):
    UNKNOWN_SERVER_ERROR = -1
    NONE = 0
    UNSUPPORTED_VERSION = 2
    DATABASE_NOT_EXIST = 4
    DATABASE_NOT_EMPTY = 5
    DATABASE_ALREADY_EXIST = 6
    TABLE_NOT_EXIST = 7
    TABLE_ALREADY_EXIST = 8
    SCHEMA_NOT_EXIST = 9
    NOT_LEADER_OR_FOLLOWER = 12
    CORRUPT_RECORD = 14
    INVALID_TABLE = 15
    INVALID_DATABASE = 16
    INVALID_REPLICATION_FACTOR = 17
    INVALID_REQUIRED_ACKS = 18
    LOG_OFFSET_OUT_OF_RANGE = 19
    NON_PRIMARY_KEY_TABLE = 20
    UNKNOWN_TABLE_OR_BUCKET = 21
    OUT_OF_ORDER_SEQUENCE = 31
    INVALID_COLUMN_PROJECTION = 34
    INVALID_TARGET_COLUMN = 35
    PARTITION_NOT_EXISTS = 36
    TABLE_NOT_PARTITIONED = 37
    INVALID_TIMESTAMP = 38
    INVALID_CONFIG = 39
    PARTITION_ALREADY_EXISTS = 42
    PARTITION_SPEC_INVALID = 43
    LEADER_NOT_AVAILABLE = 44
    BUCKET_MAX_NUM = 49
    DELETION_DISABLED = 57
    INVALID_PRODUCER_ID = 63
    SCANNER_EXPIRED = 66
    UNKNOWN_SCANNER_ID = 67
    INVALID_SCAN_REQUEST = 68
    TOO_MANY_SCANNERS = 69


class ResponseKind(enum.IntEnum):
    SUCCESS = 0
    ERROR = 1
    SERVER_FAILURE = 2


class ConnectionClosed(Exception):
    """The server closed the connection where an answer was expected."""


class ErrorResponse(Exception):
    """The server answered a whole request with an error."""

    def __init__(self, code, message):
        super().__init__(f"error {code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Response:
    kind: ResponseKind
    request_id: int | None  # None in a server failure
    body: Fields

    @property
    def error_code(self):
        return Error.NONE if self.kind == ResponseKind.SUCCESS else self.body.int(1)

    def require_success(self):
        if self.kind != ResponseKind.SUCCESS:
            raise ErrorResponse(self.error_code, self.body.text(2))
        return self.body


def request_frame(api_key, request_id, body, api_version=0):
    header = struct.pack(">hhi", api_key, api_version, request_id)
    return struct.pack(">I", len(header) + len(body)) + header + body


def parse_response(payload):
    """Parses what follows the length of a response frame."""
    kind = ResponseKind(payload[0])
    if kind == ResponseKind.SERVER_FAILURE:
        return Response(kind, None, Fields(payload[1:]))
    (request_id,) = struct.unpack_from(">i", payload, 1)
    return Response(kind, request_id, Fields(payload[5:]))


class Connection:
    """One socket. Requests may be pipelined; answers are handed out in the order they are asked for.

    Whoever waits for an answer longer than the time-out gets a TimeoutError.
    """

    def __init__(self, address, timeout_s=30.0):
        host, port = address.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._next_request_id = itertools.count()
        self._early = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def send_raw(self, data):
        self._socket.sendall(data)

    def send(self, api_key, fields, api_version=0):
        """Sends a request and returns its id without waiting."""
        request_id = next(self._next_request_id)
        self.send_raw(request_frame(api_key, request_id, encode(fields), api_version))
        return request_id

    def receive_any(self):
        """The next response on the wire, whichever request it answers."""
        (length,) = struct.unpack(">I", self._read_exactly(4))
        return parse_response(self._read_exactly(length))

    def receive(self, request_id):
        """The response to one request; those of others that come first are kept for their own `receive`."""
        while request_id not in self._early:
            response = self.receive_any()
            self._early[response.request_id] = response
        return self._early.pop(request_id)

    def call(self, api_key, fields, api_version=0):
        return self.receive(self.send(api_key, fields, api_version))

    def read_until_closed(self):
        """Everything the server still sends before it closes the connection."""
        data = bytearray()
        while chunk := self._receive_some(65536):
            data += chunk
        return bytes(data)

    def _receive_some(self, size):
        try:
            return self._socket.recv(size)
        except ConnectionResetError:
            return b""

    def _read_exactly(self, size):
        data = bytearray()
        while len(data) < size:
            chunk = self._receive_some(size - len(data))
            if not chunk:
                raise ConnectionClosed(f"closed after {len(data)} of {size} bytes")
            data += chunk
        return bytes(data)


def api_versions(connection):
    """{api key: (lowest, highest version)}"""
    body = connection.call(Api.API_VERSIONS, {1: "millrace-tests", 2: "1"}).require_success()
    return {api.int(1): (api.int(2), api.int(3)) for api in body.messages(1)}


def tablet_servers(connection):
    """{server id: address} of the tablet servers that GET_METADATA lists"""
    body = connection.call(Api.GET_METADATA, {}).require_success()
    return {node.int(1): f"{node.text(2)}:{node.int(3)}" for node in body.messages(2)}
