"""What was acknowledged is there after kill -9, once, in order."""

import pathlib
import random
import subprocess
import sys

import pyarrow as pa
import pytest

import servers
from log_table import LogTable

ROUNDS = 3
COLUMNS = {"id": {"type": "BIGINT"}, "text": {"type": "STRING"}}
ARROW_SCHEMA = pa.schema([("id", pa.int64()), ("text", pa.string())])
LOAD_CLIENT = pathlib.Path(__file__).with_name("load_client.py")


def kill_under_load(server, first_id, batches):
    """Kills the server once so many batches were acknowledged; returns the last acknowledged id."""
    argv = [sys.executable, LOAD_CLIENT, server.bootstrap, "fluss", "killed", str(first_id)]
    last_id = first_id - 1
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as client:
        for line in client.stdout:
            last_id = int(line)
            batches -= 1
            if batches == 0:
                server.kill()
                client.kill()
        client.wait()
    assert batches <= 0, "the load client ended by itself"
    return last_id


def read_ids(table):
    """All ids in the log, in order."""
    ids = []
    while batches := table.fetch(len(ids)).batches:
        for batch in batches:
            assert batch.crc_matches and batch.base_offset == len(ids)
            ids += [row["id"] for row in batch.rows(ARROW_SCHEMA)]
    return ids


@pytest.mark.parametrize("flush_policy", ["sync", "os"])
def test_acknowledged_rows_survive(flush_policy):
    seed = random.randrange(1 << 32)
    dice = random.Random(seed)
    acknowledged = -1
    with servers.MillraceServer({"log.flush.policy": flush_policy}) as server:
        table = LogTable(server.bootstrap, "fluss", "killed", COLUMNS)
        next_id = 0
        for _ in range(ROUNDS):
            acknowledged = kill_under_load(server, next_id, dice.randint(20, 400))
            server.start()
            table.connection = table.connect()
            ids = read_ids(table)
            assert ids == list(range(len(ids))), f"rows lost, doubled or out of order (seed {seed})"
            assert len(ids) > acknowledged, f"acknowledged rows lost (seed {seed})"
            next_id = len(ids)
