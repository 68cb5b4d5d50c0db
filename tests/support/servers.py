#!/usr/bin/env python3
"""Servers that the black-box tests and benchmarks run against: Millrace, and the official Java server as its peer.

    python3 tests/support/servers.py run --server millrace|java [--option key=value ...] -- command args...

starts a server on a free port of the loopback interface with a data folder of its own, runs the command with
MILLRACE_BOOTSTRAP=host:port in its environment, stops the server and exits with the command's code.
Standard library only. The Java server needs Java 11 or later and Maven.
"""

import argparse
import ctypes
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import wire

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
STOP_DEADLINE_S = 30
POLL_INTERVAL_S = 0.01


class ServerError(Exception):
    """A server did not start, died, or did not stop as it should."""


def free_port():
    """A port nobody listens on, outside the range from which the kernel numbers outgoing connections.

    Inside that range the port could be taken by a client while the server restarts, and a client that polls it could
    even connect to itself.
    """
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
                return port
            except OSError:
                continue


def wait_until(condition, what, deadline_s):
    """Polls until the condition is true; the condition may raise to give up early."""
    deadline = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > deadline:
            raise ServerError(f"{what}: not within {deadline_s} s")
        time.sleep(POLL_INTERVAL_S)


def write_config(file, options):
    """Writes flat YAML without quotes: the Java server would take them for a part of the value."""
    file.write_text("".join(f"{key}: {value}\n" for key, value in options.items()))


PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def die_with_parent():
    """Runs in the child before exec: no server outlives a test run that was killed."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """One child process whose output goes to a log file. `start` may be called again after it ended."""

    def __init__(self, name, argv, log_file):
        self.name = name
        self.log_file = log_file
        self._argv = [str(argument) for argument in argv]
        self._child = None

    @property
    def pid(self):
        return self._child.pid

    @property
    def is_running(self):
        return self._child is not None and self._child.poll() is None

    def start(self):
        with self.log_file.open("ab") as log:
            self._child = subprocess.Popen(self._argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           preexec_fn=die_with_parent)

    def require_running(self):
        if not self.is_running:
            raise ServerError(f"{self.name} ended with code {self._child.returncode}")

    def terminate(self):
        """SIGTERM; returns the exit code, negative for a signal."""
        self._child.send_signal(signal.SIGTERM)
        try:
            return self._child.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerError(f"{self.name} did not stop within {STOP_DEADLINE_S} s of SIGTERM") from None

    def kill(self):
        self._child.kill()
        self._child.wait()

    def rss_kb(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def cpu_seconds(self):
        stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text()
        user_ticks, system_ticks = stat.rpartition(")")[2].split()[11:13]
        return (int(user_ticks) + int(system_ticks)) / os.sysconf("SC_CLK_TCK")

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""


class Server:
    """What the servers have in common: a folder, processes, start and stop. A context manager that starts on entry.

    The folder and what it holds is the server's own when it is not given: then a stop removes it. After a failure it
    stays, and the logs are printed.
    """

    start_deadline_s = 30
    # How often a table is created before it is a failure that it gets no leader.
    table_attempts = 1

    def __init__(self, folder=None):
        self._owns_folder = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="millrace-test-"))
        self.folder.mkdir(parents=True, exist_ok=True)

    # Subclasses say which processes there are, in order of their start, and when they can serve.
    @property
    def processes(self):
        raise NotImplementedError

    @property
    def bootstrap(self):
        raise NotImplementedError

    def __enter__(self):
        return self.start()

    def __exit__(self, error_type, *_):
        try:
            if all(process.is_running for process in self.processes):
                self.stop()
        except ServerError:
            error_type = ServerError
            raise
        finally:
            self._kill_all()
            if error_type:
                self.print_logs()
            elif self._owns_folder:
                shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self):
        """SIGKILL to every process."""
        self._kill_all()

    # The process that holds the data may end alone; `restart` starts it again.

    @property
    def data_folder(self):
        raise NotImplementedError

    def stop_tablet(self):
        self.stop()

    def kill_tablet(self):
        """SIGKILL"""
        self.kill()

    def rss_kb(self):
        return sum(process.rss_kb() for process in self.processes)

    def cpu_seconds(self):
        return sum(process.cpu_seconds() for process in self.processes)

    def print_logs(self):
        for process in self.processes:
            print(f"--- {process.name} ({process.log_file})\n{process.log()}", file=sys.stderr)

    def _kill_all(self):
        for process in reversed(self.processes):
            if process.is_running:
                process.kill()

    def _start_and_wait(self, process, is_ready):
        """Starts a process and waits for it; on failure prints the logs and leaves nothing running."""
        def is_ready_or_dead():
            process.require_running()
            return is_ready()

        process.start()
        try:
            wait_until(is_ready_or_dead, f"{process.name} to answer", self.start_deadline_s)
        except BaseException:
            self._kill_all()
            self.print_logs()
            raise


def answers_api_versions(address):
    try:
        with wire.Connection(address, timeout_s=1) as connection:
            wire.api_versions(connection)
            return True
    except (OSError, wire.ConnectionClosed):
        return False


class MillraceServer(Server):
    """A single node of Millrace: `$MILLRACE_BIN server --config <folder>/server.yaml`."""

    def __init__(self, options=None, folder=None):
        super().__init__(folder)
        self.port, self.http_port = free_port(), free_port()
        binary = os.environ.get("MILLRACE_BIN", REPOSITORY / "build/release/bin/millrace")
        config_file = self.folder / "server.yaml"
        self.data_folder.mkdir(exist_ok=True)
        write_config(config_file, {
            "bind.listeners": f"FLUSS://{LOOPBACK}:{self.port}",
            "data.dir": self.data_folder,
            "metrics.http.listen": f"{LOOPBACK}:{self.http_port}",
            **(options or {}),
        })
        argv = [binary, "server", "--config", config_file]
        self._process = Process("millrace", argv, self.folder / "millrace.log")

    @property
    def processes(self):
        return [self._process]

    @property
    def bootstrap(self):
        return f"{LOOPBACK}:{self.port}"

    @property
    def data_folder(self):
        return self.folder / "data"

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        self._start_and_wait(self._process, lambda: answers_api_versions(self.bootstrap))
        return self

    def stop(self):
        """SIGTERM; the server must end by itself and with code 0."""
        exit_code = self._process.terminate()
        if exit_code != 0:
            raise ServerError(f"millrace ended with code {exit_code} after SIGTERM")

    def restart(self):
        """Stops if it runs, then starts on the same port and data."""
        if self._process.is_running:
            self.stop()
        self.start()


class JavaServer(Server):
    """The official Java server: ZooKeeper, one coordinator and one tablet server, a JVM each."""

    start_deadline_s = 60  # after a kill, ZooKeeper first has to forget the old sessions
    table_attempts = 3  # on a busy machine it forgets some right after their creation

    def __init__(self, options=None, folder=None, jvm_options=()):
        super().__init__(folder)
        self._class_path = java_class_path()
        self._jvm_options = jvm_options
        self._options = options or {}
        self._zookeeper_port, self._coordinator_port, self._tablet_port = free_port(), free_port(), free_port()
        self._zookeeper = self._zookeeper_process()
        self._coordinator = self._fluss_process("coordinator", self._coordinator_port, {})
        self._tablet = self._fluss_process("tablet", self._tablet_port, {"tablet-server.id": 0})

    @property
    def processes(self):
        return [self._zookeeper, self._coordinator, self._tablet]

    @property
    def bootstrap(self):
        return f"{LOOPBACK}:{self._coordinator_port}"

    @property
    def data_folder(self):
        return self.folder / "tablet/data"

    @property
    def pid(self):
        """Of the tablet server, which holds the data."""
        return self._tablet.pid

    def start(self):
        self._start_and_wait(self._zookeeper, lambda: zookeeper_serves(self._zookeeper_port))
        self._start_and_wait(self._coordinator, lambda: answers_api_versions(self.bootstrap))
        self._start_tablet()
        return self

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()

    def stop_tablet(self):
        self._tablet.terminate()

    def kill_tablet(self):
        self._tablet.kill()

    def restart(self):
        """Restarts the tablet server on the same port and data."""
        if self._tablet.is_running:
            self._tablet.terminate()
        self._start_tablet()

    def _start_tablet(self):
        address = f"{LOOPBACK}:{self._tablet_port}"
        self._start_and_wait(self._tablet, lambda: answers_api_versions(address) and self._is_registered(address))

    def _is_registered(self, address):
        """Whether the coordinator and the tablet server itself know the tablet server."""
        return all(address in known_tablet_servers(server) for server in (self.bootstrap, address))

    def _zookeeper_process(self):
        folder = self.folder / "zookeeper"
        folder.mkdir(exist_ok=True)
        config_file = folder / "zookeeper.properties"
        config_file.write_text(f"dataDir={folder}\nclientPort={self._zookeeper_port}\n"
                               f"clientPortAddress={LOOPBACK}\nadmin.enableServer=false\ntickTime=1000\n")
        main_class = "org.apache.fluss.shaded.zookeeper3.org.apache.zookeeper.server.ZooKeeperServerMain"
        return self._java_process("zookeeper", main_class, config_file)

    def _fluss_process(self, role, port, role_options):
        folder = self.folder / role
        folder.mkdir(exist_ok=True)
        write_config(folder / "server.yaml", {
            "bind.listeners": f"FLUSS://{LOOPBACK}:{port}",
            "zookeeper.address": f"{LOOPBACK}:{self._zookeeper_port}",
            "data.dir": folder / "data",
            "remote.data.dir": self.folder / "remote",
            **role_options,
            **self._options,
        })
        main_class = f"org.apache.fluss.server.{role}.{role.capitalize()}Server"
        return self._java_process(role, main_class, "--configDir", folder)

    def _java_process(self, name, main_class, *arguments):
        java = pathlib.Path(os.environ["JAVA_HOME"]) / "bin/java" if "JAVA_HOME" in os.environ else "java"
        argv = [java, *JVM_OPTIONS, *self._jvm_options, "-cp", self._class_path, main_class, *arguments]
        return Process(name, argv, self.folder / f"{name}.log")


JVM_OPTIONS = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
)


def java_class_path():
    """Brings the Java server's archives below build/ once; returns them as a class path."""
    folder = REPOSITORY / "build/java-server/lib"
    pom = REPOSITORY / "tests/support/java-server/pom.xml"
    complete = folder.parent / "complete"
    if not complete.exists() or complete.stat().st_mtime < pom.stat().st_mtime:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["mvn", "-B", "-q", "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime",
                        f"-DoutputDirectory={folder}"], check=True, stdout=sys.stderr)
        complete.touch()
    return f"{folder}/*"


def zookeeper_serves(port):
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(b"srvr")
            return b"Mode: standalone" in connection.makefile("rb").read()
    except OSError:
        return False


def known_tablet_servers(address):
    try:
        with wire.Connection(address, timeout_s=1) as connection:
            return wire.tablet_servers(connection).values()
    except (OSError, wire.ConnectionClosed, wire.ErrorResponse):
        return ()


SERVERS = {"millrace": MillraceServer, "java": JavaServer}


def parse_options(pairs):
    options = dict(pair.partition("=")[::2] for pair in pairs)
    if "" in options:
        raise SystemExit("an option is written key=value")
    return options


def run_command(arguments):
    """Runs a command beside a server and returns its exit code."""
    with SERVERS[arguments.server](parse_options(arguments.option)) as server:
        environment = {**os.environ, "MILLRACE_BOOTSTRAP": server.bootstrap}
        return subprocess.run(arguments.command, env=environment, check=False).returncode


def main():
    parser = argparse.ArgumentParser(description="Runs a command beside a server.")
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="start a server, run a command, stop the server")
    run.add_argument("--server", choices=SERVERS, default="millrace")
    run.add_argument("--option", action="append", default=[], metavar="key=value", help="a line of server.yaml")
    run.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    if arguments.command[:1] == ["--"]:
        arguments.command.pop(0)
    if not arguments.command:
        run.error("no command given")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        sys.exit(run_command(arguments))
    except (OSError, ServerError) as error:
        sys.exit(f"servers.py: {error}")


if __name__ == "__main__":
    main()
