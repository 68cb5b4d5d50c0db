"""The same kill -9 under the same load: the Java server at one replica loses acknowledged rows, Millrace none."""

import subprocess
import sys
import time

import servers
from log_table import LogTable
from test_kill_under_load import COLUMNS, LOAD_CLIENT, read_ids

# The Java server keeps what was below its last checkpoint of the high watermark, which is made every 5 s. So the kill
# comes when the checkpoint is this old, and rows are acknowledged all the while.
CHECKPOINT = "high-watermark-checkpoint"
CHECKPOINT_AGE_S = 1.5, 3.5
LOAD_MIN_S = 6
DEADLINE_S = 60
# A killed server is forgotten, and may come back, when its session has ended.
JAVA_OPTIONS = {"zookeeper.client.session-timeout": "10s"}


def load_and_kill(server, is_time):
    """Appends until it is time to kill the server; returns how many batches were acknowledged, and the last id."""
    argv = [sys.executable, LOAD_CLIENT, server.bootstrap, "fluss", "killed", "0"]
    batches, last_id, begin, killed = 0, -1, time.monotonic(), False
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as client:
        for line in client.stdout:
            batches, last_id = batches + 1, int(line)
            if not killed and is_time(time.monotonic() - begin, batches):
                server.kill_tablet()
                client.kill()
                killed = True
    assert killed, "the load client ended by itself"
    return batches, last_id


def lost_rows(server, is_time):
    """(acknowledged batches, acknowledged rows that are gone after a kill and a restart)"""
    with server:
        table = LogTable(server.bootstrap, "fluss", "killed", COLUMNS, attempts=server.table_attempts)
        batches, last_id = load_and_kill(server, is_time)
        server.restart()
        table.reconnect()
        ids = read_ids(table)
        assert ids == list(range(len(ids))), "rows are doubled or out of order"
        return batches, max(0, last_id + 1 - len(ids))


def test_kill_loses_rows_of_the_java_server_alone():
    java = servers.JavaServer(JAVA_OPTIONS)
    checkpoint = java.data_folder / CHECKPOINT

    def between_checkpoints(loaded_s, _):
        assert loaded_s < DEADLINE_S, "the high watermark is not checkpointed"
        if loaded_s < LOAD_MIN_S or not checkpoint.exists():
            return False
        age_s = time.time() - checkpoint.stat().st_mtime
        return CHECKPOINT_AGE_S[0] < age_s < CHECKPOINT_AGE_S[1]

    java_batches, java_lost = lost_rows(java, between_checkpoints)
    batches, lost = lost_rows(servers.MillraceServer(), lambda _, acknowledged: acknowledged >= java_batches)
    print(f"lost of {java_batches} acknowledged batches: {java_lost} rows; of {batches} of Millrace: {lost}")
    assert java_lost > 0
    assert lost == 0
