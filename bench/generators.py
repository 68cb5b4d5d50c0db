"""Load generators: processes of their own that take a command per line and answer each with a line of JSON."""

import json
import os
import pathlib
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
BENCH = REPOSITORY / "bench"
JAVA_OUTPUT = REPOSITORY / "build/bench/java"


class GeneratorError(Exception):
    """A load generator ended before it answered."""


class Generator:
    """One running generator that is ready for commands. A context manager that ends it."""

    def __init__(self, *argv):
        self._name = pathlib.Path(str(argv[0])).name
        self._child = subprocess.Popen([str(argument) for argument in argv], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        if self._answer() != "ready":
            self._child.kill()
            raise GeneratorError(f"{self._name} said something else than that it is ready")

    def run(self, *words):
        """Carries out one command and returns what the generator measured."""
        self._child.stdin.write(" ".join(map(str, words)) + "\n")
        self._child.stdin.flush()
        return json.loads(self._answer())

    def _answer(self):
        line = self._child.stdout.readline()
        if not line:
            raise GeneratorError(f"{self._name} ended with code {self._child.wait()}; what it said stands above")
        return line.strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._child.stdin.close()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def bulk_client(server, database):
    return Generator(sys.executable, BENCH / "bulk_client.py", server.bootstrap, database)


def wire_client(address, table_id, batch_file):
    binary = os.environ.get("MILLRACE_WIRE_CLIENT", REPOSITORY / "build/release/bin/wire_client")
    host, port = address.rsplit(":", 1)
    return Generator(binary, host, port, table_id, batch_file)


def wire_kv_client(address, table_id, row_count):
    binary = os.environ.get("MILLRACE_WIRE_KV_CLIENT", REPOSITORY / "build/release/bin/wire_kv_client")
    host, port = address.rsplit(":", 1)
    return Generator(binary, host, port, table_id, row_count)


def java_client(server, database, table):
    return Generator("java", "-Xmx512m", "-XX:+UseSerialGC", "--add-opens=java.base/java.nio=ALL-UNNAMED",
                     "-cp", f"{JAVA_OUTPUT}/classes:{JAVA_OUTPUT}/lib/*",
                     "millrace.bench.LatencyClient", server.bootstrap, database, table)


def build_java_client():
    subprocess.run(["mvn", "-B", "-q", "-f", BENCH / "java/pom.xml", "compile", "dependency:copy-dependencies"],
                   check=True, stdout=sys.stderr)
