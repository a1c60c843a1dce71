"""`./dev` from outside: what it takes, where it runs, and that nothing is installed where that is forbidden. Beside a copy of
it stand programs of the names that it calls; they print their arguments.

usage: test_dev.py IKESIM
"""

import os
import shutil

from ikesim import ROOT, call, check, equal, temporary

INSTALLED = "echo 'install ok installed'"


def program(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write("#!/bin/sh\n%s\n" % text)
    os.chmod(path, 0o755)


class Tree:
    def __init__(self, directory, dpkg=INSTALLED):
        self.root = os.path.join(directory, "tree")
        self.away = os.path.join(directory, "away")
        tools = os.path.join(directory, "tools")
        os.makedirs(self.away, exist_ok=True)
        os.makedirs(self.root, exist_ok=True)
        shutil.copy(os.path.join(ROOT, "dev"), self.root)
        program(os.path.join(tools, "dpkg-query"), dpkg)
        for name in ("cmake", "ctest", "apt-get", "sudo", "ninja", "cc"):
            program(os.path.join(tools, name), 'echo "%s $*"' % name)
        program(os.path.join(self.root, "build/release/ui/cli/ikesim"), 'echo "$(pwd)|$*"')
        self.environment = {**os.environ, "PATH": tools + ":" + os.environ["PATH"]}
        self.environment.pop("IKESIM_NO_APT", None)  # that of who runs the tests is not theirs

    def dev(self, *arguments, expect=0, cwd=None, **environment):
        return call(os.path.join(self.root, "dev"), *arguments, expect=(expect,), cwd=cwd or self.away,
                    env={**self.environment, **environment})


def what_it_takes(directory):
    tree = Tree(directory)
    listed = tree.dev("help").stdout
    equal(tree.dev().stdout, listed, "without an argument")
    for arguments, says in ((("nothing",), "there is no 'nothing'"), (("run", "lossy"), "./dev ikesim run|watch lossy"),
                            (("build", "debug", "asan"), "'asan' is too many"), (("fuzz",), "SECONDS"),
                            (("fuzz", "message"), "SECONDS"), (("format", "ui"), "too many"), (("lint", "ui"), "too many")):
        result = tree.dev(*arguments, expect=2)
        check(says in result.stderr and result.stdout == "", arguments, result.stderr, result.stdout)


def files_are_the_callers(directory):
    tree = Tree(directory)
    equal(tree.dev("ikesim", "run", "my.yaml").stdout, tree.away + "|run my.yaml\n", "from elsewhere")
    link = os.path.join(directory, "link")
    os.symlink(os.path.join(tree.root, "dev"), link)
    result = call(link, "ikesim", "keys", "x", cwd=tree.root, env={**tree.environment, "CDPATH": directory})
    equal(result.stdout, tree.root + "|keys x\n", "through a link")


def long_tests_are_asked_for(directory):
    """`./dev test debug -R ike_` is no order to run what takes half an hour."""
    tree = Tree(directory)
    for arguments, long in (((), False), (("debug", "-R", "ike_"), False), (("-R", "mutants", "-L", "long"), True),
                            (("asan", "-L", "quick"), True), (("-LE", "full"), True), (("--label-regex", "long"), True)):
        told = tree.dev("test", *arguments).stdout
        equal("-LE long" not in told, long, arguments, told)
        check("--preset %s " % (arguments[0] if arguments and arguments[0][0] != "-" else "release") in told, told)


def nothing_is_installed_unasked(directory):
    tree = Tree(directory, "exit 1")
    result = tree.dev("build", expect=1, IKESIM_NO_APT="1")
    check("apt-get install -y --no-install-recommends gcc cmake" in result.stderr, result.stderr)
    check("nothing is installed" in result.stderr and "apt-get update" not in result.stderr, result.stderr)
    result = tree.dev("build")
    line, first, second = [line for line in result.stderr.splitlines() if "apt-get" in line][:3]
    check("install" in line and "update" in first and "install" in second, "the line is told first", result.stderr)


def elsewhere_the_libraries_are_named(directory):
    """Where there is no dpkg-query: all that is missing, not only the first."""
    tree = Tree(directory)
    tools = tree.environment["PATH"].split(":")[0]
    for name in ("bash", "dirname", "readlink", "sed"):
        os.symlink(shutil.which(name), os.path.join(tools, name))
    os.remove(os.path.join(tools, "dpkg-query"))
    program(os.path.join(tools, "pkg-config"), 'case "$*" in *jansson | *libpcap) exit 1 ;; esac')
    result = tree.dev("build", expect=1, PATH=tools)
    check("no Debian" in result.stderr and "Missing: jansson, libpcap.\n" in result.stderr, result.stderr)
    check("libfyaml, jansson, libpcap,\nRandom123" in result.stderr, "what is needed", result.stderr)
    program(os.path.join(tools, "pkg-config"), "exit 0")
    check("cmake --preset release" in tree.dev("build", PATH=tools).stderr, "nothing is missing")


if __name__ == "__main__":
    if not os.path.exists("/etc/debian_version"):
        print("skipped: no Debian")
        raise SystemExit(77)
    for test in (what_it_takes, files_are_the_callers, long_tests_are_asked_for, nothing_is_installed_unasked,
                 elsewhere_the_libraries_are_named):
        with temporary() as place:
            test(place)
        print("ok", test.__name__)
