"""SIGTERM under load: a quick end with code 0, all that was acknowledged on disk, and a start with nothing to repair."""

import subprocess
import sys
import threading
import time

import pytest

import servers
from log_table import LogTable, fetch_request, fetched_buckets
from test_kill_under_load import COLUMNS, LOAD_CLIENT, read_ids
from wire import Api, Error, api_versions

BATCHES_BEFORE_STOP = 100
STOP_MAX_S = 5
CLEAN_SHUTDOWN_MARKER = ".fluss_cleanshutdown"
INDEXES = ("*.index", "*.timeindex")


class LoadClient:
    """The official client appending rows with ids from 0 on, and the ids of acknowledged ones."""

    def __init__(self, bootstrap, table):
        argv = [sys.executable, LOAD_CLIENT, bootstrap, "fluss", table, "0"]
        self._process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._enough = threading.Event()
        self._batches = 0
        self.last_id = -1
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self.last_id = int(line)
            self._batches += 1
            if self._batches == BATCHES_BEFORE_STOP:
                self._enough.set()
        self._enough.set()

    def wait_for_load(self):
        self._enough.wait()
        assert self._batches >= BATCHES_BEFORE_STOP, "the load client ended by itself"

    def end(self):
        self._process.kill()
        self._process.wait()
        self._reader.join()


def index_files(server):
    data = server.folder / "data"
    return {file: file.stat().st_mtime_ns for pattern in INDEXES for file in data.rglob(pattern)}


@pytest.mark.parametrize("flush_policy", ["sync", "os"])
def test_stop_under_load(flush_policy):
    with servers.MillraceServer({"log.flush.policy": flush_policy, "log.index.interval-size": "1kb"}) as server:
        table = LogTable(server.bootstrap, "fluss", "stopped", COLUMNS)
        client = LoadClient(server.bootstrap, "stopped")
        try:
            client.wait_for_load()
            # A fetch that never gets what it waits for must not hold up the stop.
            waiting = table.connect()
            request = fetch_request(table.table_id, {0: 0}, min_bytes=1 << 30, max_wait_ms=60_000)
            waiting.send(Api.FETCH_LOG, request)
            begin = time.monotonic()
            server.stop()
            assert time.monotonic() - begin < STOP_MAX_S
            waiting.close()
        finally:
            client.end()
        marker = server.folder / "data" / CLEAN_SHUTDOWN_MARKER
        assert marker.exists()

        before = index_files(server)
        server.start()
        assert not marker.exists()
        assert index_files(server) == before, "a log was recovered after a clean stop"
        table.reconnect()
        ids = read_ids(table)
        assert ids == list(range(len(ids)))
        assert len(ids) > client.last_id, "acknowledged rows lost"


def test_stop_answers_fetches_that_wait():
    with servers.MillraceServer() as server:
        table = LogTable(server.bootstrap, "fluss", "waiting", COLUMNS)
        request = fetch_request(table.table_id, {0: 0}, min_bytes=1, max_wait_ms=60_000)
        request_id = table.connection.send(Api.FETCH_LOG, request)
        api_versions(table.connection)  # answered while the fetch before it waits
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < STOP_MAX_S
        fetched = fetched_buckets(table.connection.receive(request_id))[0]
        assert (fetched.error_code, fetched.records) == (Error.NONE, b"")
