"""A proxy between an official client and a server that understands frames: it records requests and loses answers.

The addresses in GET_METADATA answers are replaced by the proxy's own, so that the client never goes around it.
Standard library only.
"""

import socket
import struct
import threading
from dataclasses import dataclass

import protobuf_fields
from protobuf_fields import Fields
from wire import Api

LOOPBACK = "127.0.0.1"
SUCCESS = 0
COORDINATOR, TABLET_SERVERS = 1, 2  # fields of the GET_METADATA answer
HOST, PORT = 2, 3  # fields of a server node


@dataclass(frozen=True)
class Request:
    api_key: int
    api_version: int
    body: bytes


class Proxy:
    """Listens on one port for each server it learns of. A context manager."""

    def __init__(self, bootstrap):
        self._listeners = {}
        self._sockets = []
        self._lock = threading.Lock()
        self._answers_to_lose = {}
        self.requests = []
        self.bootstrap = self._listen_for(bootstrap)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self._lock:
            sockets = list(self._sockets)
        for open_socket in sockets:
            _shut_down(open_socket)

    def lose_answers(self, api_key, count):
        """The next answers of this kind are dropped and their connections cut: the server did it, nobody was told."""
        with self._lock:
            self._answers_to_lose[api_key] = count

    def requests_of(self, api_key):
        with self._lock:
            return [request for request in self.requests if request.api_key == api_key]

    def _listen_for(self, server_address):
        with self._lock:
            if server_address not in self._listeners:
                listener = socket.create_server((LOOPBACK, 0))
                self._sockets.append(listener)
                self._listeners[server_address] = f"{LOOPBACK}:{listener.getsockname()[1]}"
                _run(self._accept, listener, server_address)
            return self._listeners[server_address]

    def _accept(self, listener, server_address):
        host, port = server_address.rsplit(":", 1)
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection((host, int(port)))
            with self._lock:
                self._sockets += [client, server]
            api_keys = {}
            _run(self._forward_requests, client, server, api_keys)
            _run(self._forward_answers, client, server, api_keys)

    def _forward_requests(self, client, server, api_keys):
        for payload in _frames(client):
            api_key, api_version, request_id = struct.unpack_from(">hhi", payload)
            api_keys[request_id] = api_key
            with self._lock:
                self.requests.append(Request(api_key, api_version, payload[8:]))
            _send_frame(server, payload)
        _shut_down(server)

    def _forward_answers(self, client, server, api_keys):
        for payload in _frames(server):
            (request_id,) = struct.unpack_from(">i", payload, 1)
            api_key = api_keys.get(request_id)
            if self._must_lose(api_key):
                break
            if api_key == Api.GET_METADATA and payload[0] == SUCCESS:
                payload = payload[:5] + self._with_own_addresses(payload[5:])
            _send_frame(client, payload)
        _shut_down(client)
        _shut_down(server)

    def _must_lose(self, api_key):
        with self._lock:
            left = self._answers_to_lose.get(api_key, 0)
            self._answers_to_lose[api_key] = max(left - 1, 0)
            return left > 0

    def _with_own_addresses(self, body):
        fields = protobuf_fields.decode(body)
        for number in (COORDINATOR, TABLET_SERVERS):
            fields[number] = [self._own_node(node) for node in fields.get(number, [])]
        return protobuf_fields.encode(fields)

    def _own_node(self, node):
        known = Fields(node)
        own_address = self._listen_for(f"{known.text(HOST)}:{known.int(PORT)}")
        own_port = int(own_address.rsplit(":", 1)[1])
        return protobuf_fields.encode({**protobuf_fields.decode(node), HOST: LOOPBACK, PORT: own_port})


def _run(function, *arguments):
    threading.Thread(target=function, args=arguments, daemon=True).start()


def _frames(connection):
    """The payloads that arrive until the connection ends."""
    with connection.makefile("rb") as stream:
        try:
            while length := stream.read(4):
                yield stream.read(struct.unpack(">I", length)[0])
        except OSError:
            return


def _send_frame(connection, payload):
    try:
        connection.sendall(struct.pack(">I", len(payload)) + payload)
    except OSError:
        pass  # the other side is gone; its reader sees it too


def _shut_down(connection):
    """Ends both directions, also for a thread that waits in `recv` or `accept`."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()
