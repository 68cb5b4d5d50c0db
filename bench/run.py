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
import loads  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402

TITLES = {"java": "Java 0.9.1", "sync": "Millrace, sync", "os": "Millrace, os"}
START = {
    "java": servers.JavaServer,
    "sync": functools.partial(servers.MillraceServer, {"log.flush.policy": "sync"}),
    "os": functools.partial(servers.MillraceServer, {"log.flush.policy": "os"}),
}


def measure(names, load_names, size):
    """{figure: {server: [Sample]}}"""
    results = {}
    for load_name in load_names:
        for name in names:
            started = time.monotonic()
            for figure, sample in loads.LOADS[load_name](START[name], size):
                results.setdefault(figure, {}).setdefault(name, []).append(sample)
            print(f"  {load_name} of {TITLES[name]}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="little data and few rows: noisy, to see that it works")
    parser.add_argument("--only", action="append", choices=loads.LOADS, metavar="LOAD",
                        help=f"one of {', '.join(loads.LOADS)}; may be repeated")
    parser.add_argument("--server", action="append", choices=TITLES, metavar="NAME",
                        help=f"one of {', '.join(TITLES)}; may be repeated")
    arguments = parser.parse_args()
    size = loads.QUICK if arguments.quick else loads.FULL
    names = [name for name in TITLES if name in (arguments.server or TITLES)]
    generators.build_java_client()
    results = measure(names, arguments.only or loads.LOADS, size)
    titles = {name: TITLES[name] for name in names}
    print(report.table(results, titles), report.details(results, titles), sep="\n\n")
    file = report.write_json(REPOSITORY / "build/bench", results, size)
    print(f"\nEvery sample: {file.relative_to(REPOSITORY)}")
    for line in report.missed(results, titles):
        print(f"Missed: {line}")


if __name__ == "__main__":
    try:
        main()
    except (generators.GeneratorError, servers.ServerError, subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"bench: {error}")
