"""Every row of the conformance and collision tables has a test that carries its id, or a line in docs/testing.md; and every
trouble from the field is a scenario with expectations.

usage: test_rows.py IKESIM
"""

import os
import re
import sys

from ikesim import ROOT, check, equal

TABLES = os.path.join(ROOT, "..", "shared", "protocol")
ROW = r"[A-Z]{1,2}-?\d{2}"


def rows():
    ids = []
    for name in ("conformance.md", "collisions.md"):
        with open(os.path.join(TABLES, name), encoding="utf-8") as file:
            ids += re.findall(r"(?m)^\| (%s)\b" % ROW, file.read())
    return ids


def named_in_tests():
    found = set()
    for directory, _, files in os.walk(os.path.join(ROOT, "tests")):
        for name in files:
            if name.endswith((".c", ".h", ".py", ".yaml")) and name != os.path.basename(__file__):
                with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
                    text = file.read()
                    found.update(re.findall(r"(?<![A-Za-z0-9])%s(?![0-9A-Za-z])" % ROW, text))
                    # In the names of functions they are small: m04_both_ends_behind_nats.
                    found.update(row.upper() for row in re.findall(r"(?<![A-Za-z0-9])([a-z]\d{2})(?=_[a-z])", text))
    return found


def explained():
    """The rows of the table under "Rows without a test"."""
    with open(os.path.join(ROOT, "docs", "testing.md"), encoding="utf-8") as file:
        text = file.read()
    check("## Rows without a test" in text, "docs/testing.md has no such heading")
    part = text.split("## Rows without a test", 1)[1].split("\n## ", 1)[0]
    return {row: why for rows_of, why in re.findall(r"(?m)^\| ([^|]+) \| ([^|]+) \|$", part)
            for row in re.findall(ROW, rows_of)}


def check_field():
    with open(os.path.join(ROOT, "..", "shared", "field.md"), encoding="utf-8") as file:
        told = file.read()
    with open(os.path.join(ROOT, "docs", "testing.md"), encoding="utf-8") as file:
        part = file.read().split("## Troubles from the field", 1)[1].split("\n## ", 1)[0]
    covered, scenarios = set(), 0
    for rows_of, names in re.findall(r"(?m)^\| ([^|]+) \| (`[^|]+) \|$", part):
        covered.update(re.findall(r"\d+", rows_of.split(" ", 1)[0] if "," not in rows_of else re.match(r"[\d, ]+", rows_of).group()))
        covered.update(re.findall(r"CSC\w+|CONTAP-\d+|D00582|SD-WAN", rows_of))
        for name in re.findall(r"`([^`]+)`", names):
            with open(os.path.join(ROOT, "scenarios", name + ".yaml"), encoding="utf-8") as file:
                check("\nexpect:" in file.read() or name.startswith("lessons/"), name, "expects nothing")
            scenarios += 1
    wanted = set(re.findall(r"(?m)^\| (\d+) \|", told)) | set(re.findall(r"CSC\w+|CONTAP-\d+|D00582|SD-WAN", told))
    equal(sorted(wanted - covered), [], "troubles from the field without a scenario")
    print("%d troubles from the field in %d scenarios" % (len(wanted), scenarios))


if not os.path.isdir(TABLES):
    print("skipped: no ../shared")
    sys.exit(77)
tables, tested, open_rows = rows(), named_in_tests(), explained()
equal(len(tables), len(set(tables)), "an id stands for one row")
equal(sorted(set(tables) - tested - set(open_rows)), [], "rows with neither a test nor a word why not")
equal(sorted(set(open_rows) & tested), [], "rows that docs/testing.md calls untested and that have a test")
equal(sorted(set(open_rows) - set(tables)), [], "rows of docs/testing.md that no table has")
print("%d rows, %d of them without a test" % (len(tables), len(open_rows)))
check_field()
