"""Side by side with the official Java server: the same loads, one server after the other, on this machine.

    run.py [--quick] [--only LOAD] [--server NAME ...]

Every load runs in processes of its own. A server's CPU is what its processes used between the start and the end of a
load (/proc/PID/stat). Each load is repeated after a warm-up; the table shows medians, and half the distance between
the least and the greatest value as noise. docs/benchmarks.md explains the figures.
"""

import argparse
import functools
import pathlib
import subprocess
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests/support"))

# They need the folder above.
import generators  # noqa: E402
import kv_loads  # noqa: E402
import loads  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402
import wire  # noqa: E402

TITLES = {"java": "Java 0.9.1", "sync": "Millrace, sync", "os": "Millrace, os"}
# The Java server would move old segments to remote storage meanwhile, and its clients would read them from there.
JAVA_OPTIONS = {"remote.log.task-interval-duration": "0 s"}
START = {
    "java": functools.partial(servers.JavaServer, JAVA_OPTIONS),
    "sync": functools.partial(servers.MillraceServer, {"log.flush.policy": "sync"}),
    "os": functools.partial(servers.MillraceServer, {"log.flush.policy": "os"}),
}


LOADS = {**loads.LOADS, **kv_loads.LOADS}

FAILURES = (generators.GeneratorError, servers.ServerError, wire.ErrorResponse, wire.ConnectionClosed,
            subprocess.CalledProcessError, OSError)


def measure(names, load_names, size):
    """{figure: {server: [Sample]}}, and what failed. A failure does not keep the other loads from being measured."""
    results, failures = {}, []
    for load_name in load_names:
        for name in names:
            started = time.monotonic()
            what = f"{load_name} of {TITLES[name]}"
            try:
                for figure, sample in LOADS[load_name](START[name], size):
                    results.setdefault(figure, {}).setdefault(name, []).append(sample)
                say(f"  {what}: {time.monotonic() - started:.0f} s")
            except FAILURES as error:
                failures.append(f"{what}: {error}")
                say(f"  {failures[-1]}")
    return results, failures


def say(text):
    """Progress. Only the tables go to the standard output."""
    print(text, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="little data and few rows: noisy, to see that it works")
    parser.add_argument("--only", action="append", choices=LOADS, metavar="LOAD",
                        help=f"one of {', '.join(LOADS)}; may be repeated")
    parser.add_argument("--server", action="append", choices=TITLES, metavar="NAME",
                        help=f"one of {', '.join(TITLES)}; may be repeated")
    arguments = parser.parse_args()
    size = loads.QUICK if arguments.quick else loads.FULL
    names = [name for name in TITLES if name in (arguments.server or TITLES)]
    generators.build_java_client()
    results, failures = measure(names, arguments.only or LOADS, size)
    titles = {name: TITLES[name] for name in names}
    print(report.table(results, titles), report.details(results, titles), sep="\n\n")
    file = report.write_json(REPOSITORY / "build/bench", results, size)
    print(f"\nEvery sample: {file.relative_to(REPOSITORY)}")
    for line in report.missed(results, titles):
        print(f"Missed: {line}")
    if failures:
        sys.exit("\n".join(["bench: not everything could be measured", *failures]))


if __name__ == "__main__":
    try:
        main()
    except FAILURES as error:
        sys.exit(f"bench: {error}")
