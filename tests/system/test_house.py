"""The house of docs/design.md: each folder includes what its row of the table names, what these name in turn, and nothing
else of the tree; what is sans-I/O asks the system for nothing.

usage: test_house.py IKESIM
"""

import os
import re

from ikesim import ROOT, check, equal

# What neither reads a clock nor touches a file, a socket, a thread.
PURE = ("ike", "esp", "sim/engine", "sim/net", "sim/host")
SYSTEM = {"dirent.h", "fcntl.h", "poll.h", "pthread.h", "signal.h", "spawn.h", "sys/socket.h", "sys/stat.h", "sys/time.h",
          "time.h", "unistd.h"}
# The one place with threads; and civil time as a calculation.
ALLOWED = {("sim/engine/workers.c", "pthread.h"), ("sim/engine/workers.c", "signal.h"), ("ike/tell_auth.c", "time.h")}


def house():
    """Folder -> what its row names: folders, or single headers."""
    with open(os.path.join(ROOT, "docs", "design.md"), encoding="utf-8") as file:
        part = file.read().split("## The house", 1)[1].split("\n## ", 1)[0]
    rows = {}
    for folders, _, includes in re.findall(r"(?m)^\| (`[^|]+) \| ([^|]+) \| ([^|]+) \|$", part):
        for folder in re.findall(r"`([^`]+)/`", folders):
            rows[folder] = re.findall(r"`([^`]+)`", includes)
            check(rows[folder] or includes.strip() in ("nothing", "everything", "(data)"), folder, includes)
            if includes.strip() == "everything":
                rows[folder] = None
    return rows


def allowed(rows, folder, seen):
    """All that a folder may include."""
    for name in rows[folder]:
        if name not in seen:
            seen.add(name)
            if name in rows:
                check(rows[name] is not None, folder, "includes", name, "which includes everything")
                allowed(rows, name, seen)
    return seen


def folder_of(rows, path):
    return max((f for f in rows if path.startswith(f + "/")), key=len, default=None)


def sources(rows):
    for top in sorted({folder.split("/")[0] for folder in rows}):
        for directory, _, names in os.walk(os.path.join(ROOT, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(directory, name), ROOT)


def main():
    rows = house()
    arrows = 0
    named = {name for names in rows.values() for name in names or ()}
    for path in sources(rows):
        folder = folder_of(rows, path)
        check(folder or path in named, path, "is in no folder of the house, and no row names it")
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            text = file.read()
        system = set(re.findall(r"(?m)^#include <([^>]+)>", text)) & SYSTEM if folder in PURE else set()
        equal(sorted(s for s in system if (path, s) not in ALLOWED), [], path)
        if folder is None or rows[folder] is None:
            continue
        may = allowed(rows, folder, {folder})
        for header in re.findall(r'(?m)^#include "([^"]+)"', text):
            arrows += 1
            check(header in may or folder_of(rows, header) in may, path, "includes", header, "but", folder, "may not")
    print("%d folders, %d includes" % (len(rows), arrows))


main()
