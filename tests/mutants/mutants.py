"""Planted defects: takes one behaviour at a time out of a scratch copy of this tree, builds it, and wants the tests that
the table names to fail, in sources that name its row.

usage: mutants.py [--tree DIR] [--only WORD] [--check] TABLE...

A TABLE is a TOML file of [[defect]] entries:

    rows       the rows of the protocol tables that the behaviour belongs to, "B04 RT-02", or the number of an RFC
    what       what is wrong then, in a few words
    file       where
    sound      text that the file has exactly once
    broken     what takes its place
    caught_by  "PROGRAM: FUNCTION" for each test that must fail, or "scenario NAME: EXPECTATION"

--tree DIR keeps the copy there, so that the next run builds what has changed alone; --only WORD takes the defects that have
a row or a file of that name; --check looks at the table only, and builds nothing.
"""

import argparse
import collections
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import tomllib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from ikesim import ROOT, call, copy_tree  # noqa: E402

MEMORY = 4 << 30  # octets that a test may take, whatever a defect makes it do
SECONDS = 120  # likewise
ROW = r"[A-Z]{1,2}-?\d{2}"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def read_tables(names):
    defects = []
    for name in names:
        with open(name, "rb") as file:
            defects += tomllib.load(file)["defect"]
    for defect in defects:
        defect["rows"] = defect["rows"].split()
        defect["caught_by"] = [tuple(part.strip() for part in one.split(":", 1)) for one in defect["caught_by"]]
    return defects


def pattern(text):
    """That text, however its lines are broken."""
    return r"\s+".join(re.escape(word) for word in text.split())


def sources():
    """{function of a cmocka program: the source that it is in}."""
    found = {}
    for directory, _, files in os.walk(os.path.join(ROOT, "tests")):
        for name in files:
            if name.endswith(".c"):
                text = read(os.path.join(directory, name))
                for function in re.findall(r"void (\w+)\(void \*\*", text):
                    found[function] = found.get(function, "") + text
    return found


def carries(source, row):
    small = row.lower().replace("-", "_")
    before = "rfc|" if row.isdigit() else ""
    return re.search(r"(?<![A-Za-z0-9])(?:%s)(%s|%s)(?![0-9])" % (before, row, small), source)


def check(defects):
    """What is wrong with the table itself."""
    problems, found = [], sources()
    for defect in defects:
        where = "%s %s" % (" ".join(defect["rows"]), defect["file"])
        text = read(os.path.join(ROOT, defect["file"]))
        count = len(re.findall(pattern(defect["sound"]), text))
        if count != 1:
            problems.append("%s: has %d times:\n%s" % (where, count, defect["sound"]))
        for program, function in defect["caught_by"]:
            if program.startswith("scenario "):
                continue
            if function not in found:
                problems.append("%s: no test is called %s" % (where, function))
            elif not any(carries(found[function], row) for row in defect["rows"]):
                problems.append("%s: %s is in no source that names one of the rows" % (where, function))
    return problems


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def failures(program, tree, build):
    """The functions of a cmocka program that fail, the one in which it ended among them."""
    binary = next(os.path.join(directory, program) for directory, _, files in os.walk(os.path.join(build, "tests"))
                  if program in files)
    try:
        result = subprocess.run([binary], cwd=tree, capture_output=True, timeout=SECONDS, check=False, preexec_fn=limit)
        output, late = (result.stdout + result.stderr).decode(errors="replace"), ""
    except subprocess.TimeoutExpired as expired:
        output, late = ((expired.stdout or b"") + (expired.stderr or b"")).decode(errors="replace"), " (no end)"
    begun = re.findall(r"(?m)^\[ RUN      \] (\w+)", output)
    over = set(re.findall(r"(?m)^\[ *(?:OK|FAILED|SKIPPED|ERROR) *\] (\w+)", output))
    failed = set(re.findall(r"(?m)^\[ *(?:FAILED|ERROR) *\] (\w+)", output)) & set(begun)
    return failed | {name for name in begun if name not in over}, late


def scenario_failures(name, tree, build):
    """The expectations of a scenario that fail."""
    with tempfile.TemporaryDirectory(prefix="ikesim-mutant-") as out:
        result = call(os.path.join(build, "ui", "cli", "ikesim"), "run", os.path.join(tree, "scenarios", name + ".yaml"),
                      "-o", os.path.join(out, "run"), expect=(0, 1))
    return {line for line in result.stdout.split("\n") if "FAILED" in line}


def test(defect, tree, build):
    """(what has failed in words, whether all that should have)."""
    programs = collections.OrderedDict()
    for program, function in defect["caught_by"]:
        programs.setdefault(program, []).append(function)
    targets = ["ikesim" if program.startswith("scenario ") else program for program in programs]
    built = subprocess.run(["nice", "-n", "5", "ninja", "-j2", "-C", build, *targets], capture_output=True, text=True, check=False)
    if built.returncode != 0:
        return "does not build:\n" + built.stdout[-2000:], False
    seen, caught = [], True
    for program, functions in programs.items():
        if program.startswith("scenario "):
            failed = scenario_failures(program.split()[1], tree, build)
            caught &= all(any(function in line for line in failed) for function in functions)
            seen.append(program + ": " + "; ".join(" ".join(line.split()) for line in sorted(failed)))
        else:
            failed, late = failures(program, tree, build)
            caught &= bool(failed) and failed.issuperset(functions)
            seen.append(program + late + ": " + " ".join(sorted(failed)))
    return "; ".join(seen), caught


def run_all(defects, tree):
    build = os.path.join(tree, "build", "mutants")
    copy_tree(tree)
    call("cmake", "-G", "Ninja", "-S", tree, "-B", build, "-DCMAKE_BUILD_TYPE=Release")
    missed = 0
    for defect in defects:
        path = os.path.join(tree, defect["file"])
        text = read(path)
        began = time.monotonic()
        write(path, re.sub(pattern(defect["sound"]), lambda _: defect["broken"].strip(), text, count=1))
        try:
            seen, caught = test(defect, tree, build)
        finally:
            write(path, text)
        missed += not caught
        print("%-10s %s: %s (%s, %.0f s)\n    %s" % ("caught" if caught else "NOT CAUGHT", " ".join(defect["rows"]), defect["what"],
                                                defect["file"], time.monotonic() - began, seen), flush=True)
    rows = {row for defect in defects for row in defect["rows"]}
    print("%d defects of %d rows, %d not caught" % (len(defects), len(rows), missed))
    return missed == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tree")
    parser.add_argument("--only")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("tables", nargs="+")
    options = parser.parse_args()
    defects = read_tables(options.tables)
    if options.only:
        defects = [d for d in defects if options.only in d["rows"] or options.only == d["file"]]
    problems = check(defects)
    if problems or not defects:
        sys.exit("\n".join(problems) or "no defect of that name")
    if options.check:
        print("%d defects, each with its place" % len(defects))
        return
    if options.tree:
        sys.exit(not run_all(defects, os.path.abspath(options.tree)))
    with tempfile.TemporaryDirectory(prefix="ikesim-mutants-") as tree:
        sys.exit(not run_all(defects, tree))


if __name__ == "__main__":
    main()
