"""The files under check."""

import functools
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def git(*arguments):
    """Also in a clone that belongs to somebody else, as CI may have it."""
    command = ["git", "-C", ROOT, "-c", f"safe.directory={ROOT}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Repository:
    """All files that are in git or would be added to it, by their path from the root."""

    def __init__(self, full):
        self.full = full
        listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        self.paths = sorted({path for path in listed if path and (ROOT / path).is_file()})

    @functools.cache
    def text(self, path):
        """None for what is not text."""
        try:
            return (ROOT / path).read_text()
        except UnicodeDecodeError:
            return None

    def with_suffix(self, *suffixes, under=""):
        return [path for path in self.paths if path.endswith(suffixes) and path.startswith(under)]

    @functools.cached_property
    def sources(self):
        """C++ files."""
        return self.with_suffix(".h", ".cc")

    @functools.cache
    def includes(self, path):
        """What a C++ file includes of ours, as written: "folder/file.h"."""
        return INCLUDE.findall(self.text(path))

    @functools.cached_property
    def changed(self):
        """Files that differ from the last commit, and those of that commit."""
        work = git("diff", "--name-only", "HEAD").split("\n")
        new = git("ls-files", "--others", "--exclude-standard").split("\n")
        commit = git("show", "--name-only", "--format=", "HEAD").split("\n")
        return [path for path in self.paths if path in {*work, *new, *commit}]
