#!/usr/bin/env python3
"""Sums up a run of `./x test`.

    report.py FOLDER

FOLDER/steps has a line `step exit-code seconds` per step. FOLDER/<step>/ holds what the step's tools left: JUnit XML, or
a file `counts` with the numbers passed and failed, or nothing, and then the step counts as one test. Prints a line per
step and at last `N passed, N failed`; the exit code is 1 when something failed.
"""

import pathlib
import sys
import xml.etree.ElementTree


def suite_counts(suite):
    """Passed and failed tests of a <testsuite>, without those skipped."""
    tests, failures, errors, skipped = (int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped"))
    skipped += int(suite.get("disabled", 0))
    failed = failures + errors
    return tests - failed - skipped, failed


def step_counts(folder, exit_code):
    """Passed and failed tests of a step. A step that failed has at least one failure, whatever its reports say."""
    passed = failed = 0
    has_report = False
    for file in sorted(folder.glob("*.xml")):
        has_report = True
        try:
            suites = list(xml.etree.ElementTree.parse(file).iter("testsuite"))
        except xml.etree.ElementTree.ParseError:  # its writer died over it
            failed += 1
            continue
        for suite in suites:
            suite_passed, suite_failed = suite_counts(suite)
            passed, failed = passed + suite_passed, failed + suite_failed
    if (folder / "counts").exists():
        has_report = True
        passed, failed = (int(count) for count in (folder / "counts").read_text().split())
    if not has_report and exit_code == 0:
        passed = 1
    if exit_code != 0:
        failed = max(failed, 1)
    return passed, failed


def main():
    folder = pathlib.Path(sys.argv[1])
    total_passed = total_failed = total_seconds = 0
    print(f"\n{'step':<12}{'passed':>8}{'failed':>8}{'seconds':>9}")
    for line in (folder / "steps").read_text().splitlines():
        step, exit_code, seconds = line.split()
        passed, failed = step_counts(folder / step, int(exit_code))
        print(f"{step:<12}{passed:>8}{failed:>8}{seconds:>9}{'   FAILED' if failed else ''}")
        total_passed, total_failed = total_passed + passed, total_failed + failed
        total_seconds += int(seconds)
    print(f"\nThat took {total_seconds // 60} min {total_seconds % 60} s.\n{total_passed} passed, {total_failed} failed")
    sys.exit(1 if total_failed else 0)


if __name__ == "__main__":
    main()
