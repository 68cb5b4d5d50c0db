"""What clang says: format, headers that compile alone, clang-tidy."""

import concurrent.futures
import json
import os
import random
import re
import shlex
import subprocess

from repository import ROOT, git

COMPILE_COMMANDS = ROOT / "build/release/compile_commands.json"
TIDY_FOLDER = ROOT / "build/tidy"
SAMPLE_SIZE = 6
DIAGNOSTIC = re.compile(r"^(\S+?:\d+:\d+: (?:warning|error): .*)$", re.MULTILINE)


def in_parallel(function, items):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(function, items)


def check_format(repository):
    command = ["clang-format-19", "--dry-run", "-Werror"]
    result = subprocess.run([*command, *repository.sources], cwd=ROOT, capture_output=True, text=True, check=False)
    files = {line.split(":")[0] for line in result.stderr.splitlines() if "[-Wclang-format-violations]" in line}
    for path in sorted(files):
        yield f"{path}: not formatted; ./x format does it"


def compile_commands():
    """Source path to its compiler arguments, fit for clang: without GCC's precompiled headers and its own warnings."""
    commands = {}
    for entry in json.loads(COMPILE_COMMANDS.read_text()):
        arguments = shlex.split(entry["command"])
        if os.path.basename(arguments[0]) == "ccache":
            arguments.pop(0)
        kept = ["clang++-19", "-Wno-unknown-warning-option"]
        skip_next = False
        for argument, following in zip(arguments[1:], [*arguments[2:], ""]):
            if skip_next:
                skip_next = False
            elif argument in ("-o", "-c") or (argument == "-include" and "cmake_pch" in following):
                skip_next = True
            elif argument != "-Winvalid-pch":
                kept.append(argument)
        commands[os.path.relpath(entry["file"], ROOT)] = kept
    return commands


def write_database(commands):
    TIDY_FOLDER.mkdir(parents=True, exist_ok=True)
    entries = [{"file": str(ROOT / path), "directory": str(COMPILE_COMMANDS.parent), "arguments": [*arguments, str(ROOT / path)]}
               for path, arguments in commands.items()]
    (TIDY_FOLDER / "compile_commands.json").write_text(json.dumps(entries))


def check_headers_alone(repository):
    """Headers without a .cc of their own, or all with --full, compile by themselves."""
    commands = compile_commands()
    by_folder = {os.path.dirname(path): arguments for path, arguments in commands.items()}
    headers = [path for path in repository.with_suffix(".h", under="src/")
               if os.path.dirname(path) in by_folder
               and (repository.full or path.removesuffix(".h") + ".cc" not in repository.paths)]

    def compile_alone(path):
        arguments = ["-fsyntax-only", "-Wno-pragma-once-outside-header", "-x", "c++", str(ROOT / path)]
        result = subprocess.run([*by_folder[os.path.dirname(path)], *arguments], cwd=COMPILE_COMMANDS.parent,
                                capture_output=True, text=True, check=False)
        if result.returncode != 0:
            return f"{path}: does not compile alone: {first_diagnostic(result.stderr)}"
        return None

    yield from filter(None, in_parallel(compile_alone, headers))


def as_source(diagnostic):
    """With the path from the root, and src/log/ for the link below build/ through which log/ is included."""
    return re.sub(r"^\S*?build/[\w-]+/include/\w+/", "src/", diagnostic.replace(f"{ROOT}/", ""))


def first_diagnostic(text):
    found = DIAGNOSTIC.search(text)
    return as_source(found.group(1)) if found else text.strip()[:200]


def files_to_tidy(repository, commands):
    """With --full all; otherwise the changed ones, and a few that the last commit's name picks."""
    known = [path for path in repository.sources if path in commands]
    if repository.full:
        return known
    changed = [path for path in known if path in repository.changed]
    others = [path for path in known if path not in changed]
    sample = random.Random(git("rev-parse", "HEAD")).sample(others, min(SAMPLE_SIZE, len(others)))
    limited = random.Random(0).sample(changed, min(2 * SAMPLE_SIZE, len(changed)))
    return sorted({*limited, *sample})


def check_clang_tidy(repository):
    commands = compile_commands()
    write_database(commands)
    files = files_to_tidy(repository, commands)
    print(f"     ({len(files)} of {len(commands)} files)")

    def tidy(path):
        result = subprocess.run(["clang-tidy-19", "-p", TIDY_FOLDER, "--quiet", ROOT / path], cwd=ROOT,
                                capture_output=True, text=True, check=False)
        found = [as_source(line) for line in DIAGNOSTIC.findall(result.stdout)]
        if result.returncode != 0 and not found:
            found = [f"{path}: clang-tidy failed: {(result.stdout + result.stderr).strip()[:300]}"]
        return found

    findings = set()
    for found in in_parallel(tidy, files):
        findings.update(found)
    yield from sorted(findings)
