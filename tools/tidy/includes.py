"""Who may include whom."""

import re

ARCHITECTURE = "docs/architecture.md"
FOLDER_ROW = re.compile(r"^\| `(\w+)/` \|[^|]*\|([^|]*)\|$", re.MULTILINE)
USES = re.compile(r"millrace_library\(\s*(\w+)(.*?)\)", re.DOTALL)

# Reached through runtime/ and net/ alone, so that a simulator can stand in for them.
SEAMS = {
    r"\basio::(?!buffer\b)": "Asio",
    r"\bstd::j?thread\b(?!::hardware_concurrency)": "a thread",
    r"\bstd::this_thread\b": "a thread",
    r"\bstd::chrono::\w+_clock::now\b": "the clock",
    r"#include <(?:fcntl|sys/socket|sys/stat)\.h>": "file descriptors",
    r"(?<!\w)::(?:open|close|p?read|p?write|fsync|fdatasync|socket)\(": "file descriptors",
}
SEAM_OWNERS = ("runtime", "net")


def folder_of(path):
    """"log" of "src/log/segment.cc"; None outside src/."""
    parts = path.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def allowed_folders(repository):
    """Folder to all that it may use by the table of docs/architecture.md: what it names, and what those may use."""
    direct = {}
    for folder, may_use in FOLDER_ROW.findall(repository.text(ARCHITECTURE)):
        direct[folder] = set(re.findall(r"\w+", may_use))

    def closure(folder, seen):
        for used in direct.get(folder, ()):
            if used not in seen:
                seen.add(used)
                closure(used, seen)
        return seen

    return {folder: closure(folder, set()) for folder in direct}


def check_folders(repository):
    """The table of folders against the folders, their includes and what CMake declares."""
    allowed = allowed_folders(repository)
    existing = {folder_of(path) for path in repository.sources} - {None}
    for folder in sorted(existing - set(allowed)):
        yield f"{ARCHITECTURE}: the table lacks src/{folder}/"
    for folder in sorted(set(allowed) - existing):
        yield f"{ARCHITECTURE}: the table has {folder}/, but there is no src/{folder}/"
    for folder, used in allowed.items():
        if folder in used:
            yield f"{ARCHITECTURE}: {folder}/ may use itself by way of others"
    for path in repository.sources:
        folder = folder_of(path)
        if folder not in allowed:
            continue
        for included in repository.includes(path):
            used = included.split("/")[0]
            if used in existing and used != folder and used not in allowed[folder]:
                yield f"{path}: includes {included}, but {ARCHITECTURE} does not let {folder}/ use {used}/"
    for path in repository.with_suffix("CMakeLists.txt", under="src/"):
        for folder, arguments in USES.findall(repository.text(path)):
            uses = re.search(r"\bUSES((?:\s+[a-z_]+)*)", arguments)
            for used in uses.group(1).split() if uses else ():
                if used in existing and folder in allowed and used not in allowed[folder]:
                    yield f"{path}: {folder} USES {used}, which {ARCHITECTURE} does not allow"


def check_cycles(repository):
    """Headers that include each other, directly or through others."""
    headers = {path.removeprefix("src/"): path for path in repository.with_suffix(".h", under="src/")}
    done, stack = set(), []

    def visit(header):
        if header in stack:
            yield " -> ".join(stack[stack.index(header):] + [header])
            return
        if header in done or header not in headers:
            return
        stack.append(header)
        for included in repository.includes(headers[header]):
            yield from visit(included)
        stack.pop()
        done.add(header)

    for header in headers:
        yield from visit(header)


def check_own_header_first(repository):
    """x.cc includes x.h before all else: that proves that x.h compiles alone."""
    for path in repository.with_suffix(".cc", under="src/"):
        header = path.removesuffix(".cc") + ".h"
        if header not in repository.paths:
            continue
        lines = [line for line in repository.text(path).splitlines() if line.lstrip().startswith("#include")]
        if not lines or f'"{header.removeprefix("src/")}"' not in lines[0]:
            yield f'{path}: its first include must be "{header.removeprefix("src/")}"'


def check_dead_headers(repository):
    """Headers that no other file includes."""
    included = {name for path in repository.sources for name in repository.includes(path)}
    for path in repository.with_suffix(".h"):
        if not any(f"/{path}".endswith("/" + name) for name in included):
            yield f"{path}: nobody includes it"


def check_seams(repository):
    """Time, threads, sockets and files are named in runtime/ and net/ only."""
    for path in repository.sources:
        folder = folder_of(path)
        if folder is None or folder in SEAM_OWNERS or path.endswith("_test.cc"):
            continue
        for number, line in enumerate(repository.text(path).splitlines(), 1):
            code = line.split("//")[0]
            for pattern, what in SEAMS.items():
                if re.search(pattern, code):
                    yield f"{path}:{number}: names {what}; that belongs to {' and '.join(SEAM_OWNERS)}"
