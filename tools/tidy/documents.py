"""Pages: links, reachability, and those that a program writes."""

import os
import posixpath
import re
import subprocess

from repository import ROOT

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+\s+(.*?)\s*$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
BINARY = ROOT / "build/release/bin/millrace"

# Page to the arguments of millrace that print it.
GENERATED = {
    "docs/configuration.md": ["server", "--print-config-docs"],
    "docs/operating/metrics.md": ["server", "--print-metrics-docs"],
}


def anchor(heading):
    """As GitHub makes it from a heading."""
    text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(text):
    return {anchor(heading) for heading in HEADING.findall(FENCE.sub("", text))}


def links(repository, path):
    """Targets inside the repository as (path, anchor), by the page that has them."""
    for target in LINK.findall(FENCE.sub("", repository.text(path))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, fragment = target.partition("#")
        yield (posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path), fragment


def check_links(repository):
    """Links between pages and to files, with their anchors."""
    for path in repository.with_suffix(".md"):
        for target, fragment in links(repository, path):
            if target not in repository.paths and not any(known.startswith(target + "/") for known in repository.paths):
                yield f"{path}: links to {target}, which is not there"
            elif fragment and target.endswith(".md") and fragment not in anchors(repository.text(target)):
                yield f"{path}: links to {target}#{fragment}, which has no such heading"


def check_orphans(repository):
    """Pages below docs/ that no other page links to."""
    linked = {target for path in repository.with_suffix(".md") for target, _ in links(repository, path) if target != path}
    for path in repository.with_suffix(".md", under="docs/"):
        if path not in linked and posixpath.dirname(path) not in linked:
            yield f"{path}: no page links to it"


def check_generated(repository):
    """Pages that the program writes, against what it writes now. Skipped when it is not built."""
    if not os.access(BINARY, os.X_OK):
        print("     (skipped: build/release/bin/millrace is not built)")
        return
    for path, arguments in GENERATED.items():
        result = subprocess.run([BINARY, *arguments], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            yield f"millrace {' '.join(arguments)} ended with code {result.returncode}: {result.stderr.strip()}"
        elif path not in repository.paths or repository.text(path) != result.stdout:
            yield f"{path}: out of date; write it anew: build/release/bin/millrace {' '.join(arguments)} > {path}"
