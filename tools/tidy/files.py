"""Single files as they are."""

import re
import subprocess

from repository import ROOT

MAX_LINES = 600
CODE_SUFFIXES = (".h", ".cc", ".py", ".java", ".cmake", ".sh")
# Split, so that this file has none.
MARKS = re.compile(r"\b(" + "|".join(("FIX" + "ME", "TO" + "DO", "XX" + "X", "HA" + "CK")) + r")\b")
SHELL_SCRIPTS = ("x", ".ci/run")


def check_marks(repository):
    """Notes of unfinished work: it is finished, or an issue says what is open."""
    for path in repository.paths:
        for number, line in enumerate((repository.text(path) or "").splitlines(), 1):
            if MARKS.search(line):
                yield f"{path}:{number}: {line.strip()}"


def check_length(repository):
    """Past this length there are two ideas in a file."""
    for path in repository.with_suffix(*CODE_SUFFIXES):
        lines = repository.text(path).count("\n")
        if lines > MAX_LINES:
            yield f"{path}: {lines} lines, more than {MAX_LINES}"


def check_shell(repository):
    scripts = [path for path in SHELL_SCRIPTS if path in repository.paths]
    result = subprocess.run(["shellcheck", "--format=gcc", *scripts], cwd=ROOT, capture_output=True, text=True, check=False)
    yield from result.stdout.splitlines()
