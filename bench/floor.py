"""What the machine itself takes for the work under a load, without any server: the least a server could use.

On a virtual machine this is no constant. Page cache in memory that the host has yet to provide costs several times as
much system time as page cache in memory it has provided, and that time is booked to whoever writes. It weighs on every
server alike, and so brings ratios closer to 1. That is why it is measured beside each load, and shown; nothing is
subtracted.
"""

import os
import pathlib
import socket
import tempfile
import time

PIECE = 800 << 10  # about a batch of the bulk load


def write_cpu_per_gb(folder, size):
    """CPU seconds per GB of appending to a file in the folder."""
    piece = os.urandom(PIECE)
    with tempfile.TemporaryFile(dir=folder) as file:
        before = time.process_time()
        for position in range(0, size, PIECE):
            os.pwrite(file.fileno(), piece, position)
        return (time.process_time() - before) / (size / 1e9)


def send_cpu_per_gb(log_file, times):
    """CPU seconds per GB of sendfile over the loopback interface to a process that reads and forgets."""
    listener = socket.create_server(("127.0.0.1", 0))
    # Pacing, as BBR does it, costs more than the sending. Set before it listens: a connection that began so stays so.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
    child = os.fork()
    if child == 0:
        _read_all(listener.getsockname())
    with listener, listener.accept()[0] as connection:
        size = pathlib.Path(log_file).stat().st_size
        with open(log_file, "rb") as file:
            before = time.process_time()
            for _ in range(times):
                position = 0
                while position < size:
                    position += os.sendfile(connection.fileno(), file.fileno(), position, min(PIECE, size - position))
            cpu_seconds = time.process_time() - before
    os.waitpid(child, 0)
    return cpu_seconds / (times * size / 1e9)


def _read_all(address):
    with socket.create_connection(address) as connection:
        buffer = bytearray(1 << 20)
        while connection.recv_into(buffer):
            pass
    os._exit(0)
