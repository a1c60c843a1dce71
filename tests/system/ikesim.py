"""What the system tests share: running the program, and reading a recording as a stranger would."""

import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCENARIOS = os.path.join(ROOT, "scenarios")

PAYLOADS = {"SA": 33, "KE": 34, "IDi": 35, "IDr": 36, "CERT": 37, "CERTREQ": 38, "AUTH": 39, "Ni": 40, "Nr": 40,
            "N": 41, "D": 42, "V": 43, "TSi": 44, "TSr": 45, "SK": 46, "SKF": 53, "CP": 47, "EAP": 48, "PS": 54}
EXCHANGES = {"IKE_SA_INIT": 34, "IKE_AUTH": 35, "CREATE_CHILD_SA": 36, "INFORMATIONAL": 37, "IKE_SESSION_RESUME": 38,
             "IKE_INTERMEDIATE": 43, "IKE_FOLLOWUP_KE": 44}


def program():
    return sys.argv[1]


def sanitized():
    """True for a build with sanitizers, which takes several times the time and the memory."""
    return os.environ.get("IKESIM_SANITIZE") == "1"


def scenario_names():
    return sorted(f[:-5] for f in os.listdir(SCENARIOS) if f.endswith(".yaml"))


def scenario(name):
    return os.path.join(SCENARIOS, name + ".yaml")


def call(*arguments, expect=(0,), **options):
    """Runs a command; anything but the expected exit codes ends the test with its output."""
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=300, **options)
    if result.returncode not in expect:
        sys.exit("%s\nexit %d\n%s%s" % (" ".join(arguments), result.returncode, result.stdout, result.stderr))
    return result


def run(directory, target, *arguments, binary=None, expect=(0,)):
    # A world of thousands shows no more than one of two hundred, and takes many times as long.
    for name, size in (("pairs.yaml", "pairs"), ("storm-small.yaml", "hosts.client.count")):
        if os.path.basename(target) == name and not any(a.startswith(size + "=") for a in arguments):
            arguments += ("--set", size + "=200")
    return call(binary or program(), "run", target, "-o", directory, *arguments, expect=expect)


def temporary():
    return tempfile.TemporaryDirectory(prefix="ikesim-test-")


def events(directory):
    with open(os.path.join(directory, "run.ndjson"), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def lines_of_pair(directory, a, b):
    """The lines of a pair, byte for byte: those whose id is in the scope of a towards b or of b towards a."""
    mine = ('"id":"%s/%s#' % (a, b), '"id":"%s/%s#' % (b, a))
    with open(os.path.join(directory, "run.ndjson"), encoding="utf-8") as lines:
        return [line for line in lines if any(m in line for m in mine)]


def chain(payloads):
    """'SK{IDi N(INITIAL_CONTACT)}' as ([46, 35, 41], ['INITIAL_CONTACT'])."""
    types, notifies = [], []
    for word, notify in re.findall(r"([A-Za-z]+)(?:\(([^)]*)\))?", payloads):
        types.append(PAYLOADS[word])
        if word == "N":
            notifies.append(notify)
    return types, notifies


def copy_tree(to):
    """This tree as it would be committed; what is there already and the same keeps its time."""
    files = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True,
                           check=True).stdout.split("\n")
    for name in filter(None, files):
        source = os.path.join(ROOT, name)
        target = os.path.join(to, name)
        if os.path.isfile(source) and not (os.path.isfile(target) and filecmp.cmp(source, target, shallow=False)):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(source, target)


def check(condition, *what):
    if not condition:
        sys.exit("FAILED: " + " ".join(str(w) for w in what))


def equal(got, expected, *what):
    check(got == expected, *what, "\n  got      %r\n  expected %r" % (got, expected))
