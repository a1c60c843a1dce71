"""Builds of this tree that differ: a debug build records the same bytes as the one under test; and a build whose ESP has
lost its replay check fails the expectation of `lossy` that exists for it.

usage: test_builds.py IKESIM debug|planted
"""

import os
import shutil
import subprocess
import sys

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


def copy_tree(to):
    files = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True,
                           check=True).stdout.split("\n")
    for name in filter(None, files):
        source = os.path.join(ROOT, name)
        if os.path.isfile(source):
            os.makedirs(os.path.dirname(os.path.join(to, name)), exist_ok=True)
            shutil.copy(source, os.path.join(to, name))


def planted(top):
    result = run(os.path.join(top, "sound"), scenario("lossy"))
    check("FAILED" not in result.stdout, "lossy fails without a defect")

    tree = os.path.join(top, "tree")
    copy_tree(tree)
    path = os.path.join(tree, "esp", "replay.c")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    # The defect: every sequence number inside of the window is taken for new.
    sound = "return word & bit_of(sequence) ? ESP_REPLAYED : ESP_OK;"
    check(text.count(sound) == 1, "esp/replay.c has not the one line to break:", sound)
    planted_text = text.replace(sound, "(void)word;\n    return ESP_OK;")
    with open(path, "w", encoding="utf-8") as file:
        file.write(planted_text)
    broken = build(tree, os.path.join(top, "build"), "Release")
    result = run(os.path.join(top, "broken"), scenario("lossy"), binary=broken, expect=(1,))
    failed = [line for line in result.stdout.split("\n") if "FAILED" in line]
    check(any("inner_packets_delivered_twice" in line for line in failed), "another expectation failed:", failed)
    print("without the replay check:\n" + "\n".join(failed))


if __name__ == "__main__":
    with temporary() as directory:
        {"debug": debug, "planted": planted}[sys.argv[2]](directory)
