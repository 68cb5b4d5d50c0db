#!/usr/bin/env python3
"""Runs the fuzz targets (docs/fuzzing.md).

    fuzz/run.py [--seconds N] [--build FOLDER] [--counts FILE] [TARGET...]

Feeds each target of build/fuzz for N seconds, two at a time, starting from what is in fuzz/corpus/ and what earlier runs
have found. New inputs are kept in build/fuzz/corpus/, inputs that broke something in build/fuzz/crashes/, with the output
beside them. Prints a line per target and at last `N passed, N failed`; the exit code is 1 when something failed. The
target `canary` has a planted bug and passes when that is found.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CANARY = "canary"
CANARY_SECONDS_MIN = 20
INPUT_SECONDS_MAX = 10
MEMORY_MB_MAX = 2048
# Puts names into stacks.
SYMBOLIZER = shutil.which("llvm-symbolizer-19") or shutil.which("llvm-symbolizer") or ""
ENVIRONMENT = os.environ | {
    "ASAN_SYMBOLIZER_PATH": SYMBOLIZER,
    "ASAN_OPTIONS": "detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}


def find_targets(build):
    return sorted(program.name.removesuffix("_fuzz") for program in (build / "bin").glob("*_fuzz"))


def command(build, target):
    return [str(build / "bin" / f"{target}_fuzz"), f"-timeout={INPUT_SECONDS_MAX}", f"-rss_limit_mb={MEMORY_MB_MAX}"]


def shown(path):
    """The path as one types it in the project's folder."""
    path = pathlib.Path(path)
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def feed(build, target, seconds):
    """Runs the target; returns exit code, output and the input that broke it, if any."""
    corpus = build / "corpus" / target
    crashes = build / "crashes"
    corpus.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(parents=True, exist_ok=True)
    kept = ROOT / "fuzz" / "corpus" / target
    arguments = [f"-max_total_time={seconds}", "-print_final_stats=1", "-use_value_profile=1",
                 f"-artifact_prefix={crashes}/{target}-", str(corpus)]
    if kept.is_dir():
        arguments.append(str(kept))
    if (dictionary := ROOT / "fuzz" / f"{target}.dict").exists():
        arguments.append(f"-dict={dictionary}")
    # The process ends by itself; the deadline is for one that hangs in a way libFuzzer does not see.
    process = subprocess.run(command(build, target) + arguments, env=ENVIRONMENT, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=seconds + 600, check=False)
    output = process.stdout.decode(errors="replace")
    artifact = re.search(r"Test unit written to (\S+)", output)
    return process.returncode, output, artifact and artifact.group(1)


def reason(output):
    """The line of the output that says what went wrong."""
    for pattern in (r".*invariant broken: .*", r".*runtime error: .*", r".*ERROR: \w+Sanitizer: .*",
                    r".*ERROR: libFuzzer: .*", r".*SUMMARY: .*"):
        if found := re.search(pattern, output):
            return found.group(0).strip().replace(f"{ROOT}/", "")
    return "ended without saying why"


def run(build, target, seconds):
    """One line for people, and whether the target passed."""
    if target == CANARY:
        seconds = max(seconds, CANARY_SECONDS_MIN)
    started = time.monotonic()
    try:
        exit_code, output, artifact = feed(build, target, seconds)
    except subprocess.TimeoutExpired:
        return False, f"{target:<16} FAILED  hangs"
    took = time.monotonic() - started
    if target == CANARY:
        if artifact:
            pathlib.Path(artifact).unlink(missing_ok=True)
        found = exit_code != 0 and "heap-buffer-overflow" in output
        return found, f"{target:<16} {'ok      found its planted bug' if found else 'FAILED  did not find its planted bug'} in {took:.0f} s"
    executions = re.search(r"stat::number_of_executed_units:\s*(\d+)", output)
    summary = f"{int(executions.group(1)) if executions else 0:>10,} inputs in {took:.0f} s"
    if exit_code == 0:
        return True, f"{target:<16} ok      {summary}"
    lines = [f"{target:<16} FAILED  {reason(output)}"]
    log = build / "crashes" / f"{target}.log"
    if artifact:
        log = pathlib.Path(f"{artifact}.log")
        lines.append(f"{'':<16} again:  {shown(command(build, target)[0])} {shown(artifact)}")
    log.write_text(output)
    lines.append(f"{'':<16} output: {shown(log)}")
    return False, "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "fuzz", help="where the targets were built")
    parser.add_argument("--jobs", type=int, default=2, help="targets at a time")
    parser.add_argument("--counts", type=pathlib.Path, help="file for the numbers of targets passed and failed")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all, when none is named")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    known = find_targets(build)
    if not known:
        sys.exit(f"no targets in {shown(build / 'bin')}: build them first, with ./x build fuzz")
    if unknown := set(arguments.targets) - set(known):
        sys.exit(f"no target is called {', '.join(sorted(unknown))}; there are: {' '.join(known)}")

    results = []
    with concurrent.futures.ThreadPoolExecutor(max(arguments.jobs, 1)) as pool:
        pending = [pool.submit(run, build, target, arguments.seconds) for target in arguments.targets or known]
        for done in concurrent.futures.as_completed(pending):
            passed, line = done.result()
            results.append(passed)
            print(line, flush=True)
    passed, failed = results.count(True), results.count(False)
    if arguments.counts:
        arguments.counts.write_text(f"{passed} {failed}\n")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
