"""A debug build of this tree records the same bytes as the one under test.

usage: test_builds.py IKESIM
"""

import os
import subprocess

from ikesim import ROOT, call, check, program, run, scenario, scenario_names, temporary


def build(source, binary_dir, build_type):
    call("cmake", "-G", "Ninja", "-S", source, "-B", binary_dir, "-DCMAKE_BUILD_TYPE=" + build_type,
         "-DIKESIM_TESTS=OFF")
    result = subprocess.run(["ninja", "-C", binary_dir, "ikesim"], capture_output=True, text=True, check=False)
    check(result.returncode == 0, "build failed:\n" + result.stdout[-3000:])
    return os.path.join(binary_dir, "ui", "cli", "ikesim")


def debug(top):
    other = build(ROOT, os.path.join(top, "build"), "Debug")
    for name in scenario_names():
        recordings = []
        for binary in (program(), other):
            out = os.path.join(top, "%s-%d" % (name, len(recordings)))
            run(out, scenario(name), binary=binary)
            with open(os.path.join(out, "run.ndjson"), "rb") as file:
                recordings.append(file.read())
        check(recordings[0] == recordings[1], name, "differs between this build and a debug build")
        print("%s: %d bytes, the same in this build and in a debug build" % (name, len(recordings[0])))


if __name__ == "__main__":
    with temporary() as directory:
        debug(directory)
