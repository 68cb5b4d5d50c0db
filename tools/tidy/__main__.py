"""What must never rot, as a test.

    python3 tools/tidy [--full] [--counts FILE] [CHECK...]

runs the checks, or those named, and prints what they find. A check is a function that yields findings; a new one is a
function and a line in CHECKS. `--full` lets clang-tidy see every file, and compiles every header alone; without it both
take the files that changed and a few more. `--counts` leaves the numbers of checks passed and failed in a file.
"""

import argparse
import pathlib
import sys
import time

import clang
import documents
import files
import includes
from repository import Repository

CHECKS = {
    "folders": includes.check_folders,
    "include-cycles": includes.check_cycles,
    "include-order": includes.check_own_header_first,
    "dead-headers": includes.check_dead_headers,
    "seams": includes.check_seams,
    "links": documents.check_links,
    "orphans": documents.check_orphans,
    "generated": documents.check_generated,
    "marks": files.check_marks,
    "length": files.check_length,
    "shell": files.check_shell,
    "format": clang.check_format,
    "headers-alone": clang.check_headers_alone,
    "clang-tidy": clang.check_clang_tidy,
}


def run(name, repository):
    """Prints the check's findings; whether there were none."""
    started = time.monotonic()
    findings = list(CHECKS[name](repository))
    print(f"{'ok  ' if not findings else 'FAIL'} {name} ({time.monotonic() - started:.1f} s)")
    for finding in findings:
        print(f"     {finding}")
    sys.stdout.flush()
    return not findings


def main():
    parser = argparse.ArgumentParser(prog="tidy", description="Checks what must never rot.")
    parser.add_argument("--full", action="store_true", help="clang-tidy and lone compilation for every file")
    parser.add_argument("--counts", type=pathlib.Path, help="file for the numbers of checks passed and failed")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"of {', '.join(CHECKS)}")
    arguments = parser.parse_args()
    unknown = set(arguments.checks) - set(CHECKS)
    if unknown:
        parser.error(f"no such check: {', '.join(sorted(unknown))}")
    repository = Repository(arguments.full)
    results = [run(name, repository) for name in arguments.checks or CHECKS]
    if arguments.counts:
        arguments.counts.write_text(f"{results.count(True)} {results.count(False)}\n")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
