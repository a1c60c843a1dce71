"""The command line as people and programs meet it: exit codes, what is refused and how it is told, what goes to stdout and
what to stderr, results that are kept, run again, interrupted, cut off or that do not fit on the disk, and that nothing of
the surroundings (locale, time zone, umask, home) shows in a recording.

usage: test_cli.py IKESIM [CMAKE BUILD_DIRECTORY]
"""

import filecmp
import json
import os
import pty
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time

from ikesim import ROOT, call, check, equal, events, program, run, scenario, temporary, sanitized

DONE, FAILED, MISUSE, REFUSED = 0, 1, 2, 3
COMMANDS = ("run", "watch", "ladder", "keys", "dissect", "scenario")
FILES = ["run.index", "run.ndjson", "run.pcapng", "scenario.yaml", "series.csv", "summary.json", "wireshark"]

LONG = """
title: pings without end
duration: 10h
hosts:
  - name: alice
    connect: gw
    ike: {secret: "correct horse", id: alice@example.org}
    children:
      - {name: net, esp_proposals: [aes128gcm16], local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}
    traffic: [{child: net, kind: ping, every: 10ms}]
  - name: gw
    ike: {secret: "correct horse", id: gw.example.org}
    children: [{name: net, local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}]
links:
  - {between: [alice, gw], delay: 40ms}
expect:
  - {host: alice, child: net, is: established, by: 2s}
  - {count: pings_answered, at_least: 100000000}
"""


def write(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def ikesim(*arguments, expect=(DONE,), **options):
    return call(program(), *arguments, expect=expect, **options)


def refused(status, words, *arguments, **options):
    """The command ends with that status, prints nothing on stdout, and stderr has these words."""
    result = ikesim(*arguments, expect=(status,), **options)
    equal(result.stdout, "", arguments, "prints nothing on stdout")
    for word in words:
        check(word in result.stderr, arguments, "does not say", repr(word), "but\n", result.stderr)


def no_leftovers(top):
    equal(sorted(os.listdir(os.path.join(top, "tmp"))), [], "temporary directories that are left")


# ---- help and misuse ----

def help_is_readable(top):
    texts = {"": ikesim("--help").stdout}
    for command in COMMANDS:
        texts[command] = ikesim(command, "--help").stdout
        check(re.search(r"^Examples?:\n +ikesim %s " % command, texts[command], re.M), command, "--help has no example")
        check("Exit status: 0" in texts[command], command, "--help does not tell its exit statuses")
        check(command in texts[""], "ikesim --help does not list", command)
        equal(ikesim("help", command).stdout, texts[command], "ikesim help", command)
    for command, text in texts.items():
        for line in text.splitlines():
            check(len(line) <= 80, command, "--help is wider than 80 columns:", line)
    equal(re.match(r"ikesim \d+\.\d+", ikesim("--version").stdout) is not None, True, "--version")


def examples_work(top):
    """Those of --help and of the README, as they stand there."""
    place = os.path.join(top, "examples")
    os.mkdir(place)
    os.symlink(os.path.join(ROOT, "scenarios"), os.path.join(place, "scenarios"))
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as text:
        lines = re.findall(r"^    \./dev (ikesim .*)$", text.read(), re.M)
    equal(len(lines), 3, "commands in the README")
    for command in ("run", "ladder", "keys", "watch", "scenario", "learn", "dissect"):
        found = re.findall(r"^  (ikesim %s .*)$" % command, ikesim(command, "--help").stdout, re.M)
        check(found, command, "has no example")
        lines += found
    for line in lines:
        directory = os.path.join(place, "out", "lossy") if line.startswith("ikesim dissect") else place
        line = line.replace("ikesim watch", "ikesim watch --text").replace("| less", "| cat")
        call("sh", "-c", line.replace("ikesim", shlex.quote(program()), 1), cwd=directory)


def misuse(top):
    refused(MISUSE, ["Usage: ikesim COMMAND"])
    refused(MISUSE, ["no command 'runn'", "did you mean 'run'"], "runn")
    refused(MISUSE, ["no command 'xyzzy'", "--help"], "xyzzy")
    for command in COMMANDS:
        refused(MISUSE, ["ikesim " + command], command)
        refused(MISUSE, ["--frobnicate"], command, "--frobnicate")
    for command in ("run", "ladder", "keys", "watch"):
        refused(MISUSE, ["one scenario at a time", "lossy"], command, "four-messages", "lossy")
        for seed in ("x", "-1", " -1", "+1", "99999999999999999999", "", "1x"):
            refused(MISUSE, ["--seed", "expected a number"], command, "four-messages", "--seed", seed)
        refused(MISUSE, ["--set x", "PATH=VALUE"], command, "four-messages", "--set", "x")
    refused(MISUSE, ["--from", "--to"], "ladder", "lossy", "--from", "3s", "--to", "1s")
    refused(MISUSE, ["--step 99", "steps 1 to "], "learn", "4", "--step", "99")
    for step in ("4x", "-1", "0", "", "99999999999999999999"):
        refused(MISUSE, ["--step", "expected a number from 1 on, or all"], "learn", "4", "--step", step)
    refused(MISUSE, ["--size 80x1001", "80x24 to 1000x1000"], "watch", "--text", "lossy", "--size", "80x1001")
    refused(MISUSE, ["--pcap", "both-ends"], "run", "lossy", "--pcap", "all")
    refused(MISUSE, ["--pcap", "-o DIR"], "run", "lossy", "--pcap", "both-ends")
    refused(MISUSE, ["-o"], "run", "lossy", "-o", "")
    refused(MISUSE, ["terminal", "ikesim ladder lossy"], "watch", "lossy", stdin=subprocess.DEVNULL)


def refusals(top):
    for command in ("run", "ladder", "keys", "watch"):
        extra = ["--text"] if command == "watch" else []
        refused(REFUSED, ["nope", "no such file", "ikesim scenario list"], command, "nope", *extra)
        refused(REFUSED, ["did you mean 'lossy'?"], command, "lossi", *extra)
        refused(REFUSED, ["hosts.gw.cpu.core=8", "did you mean 'cores'", "nothing was run"], command, "four-messages",
                "--set", "hosts.gw.cpu.core=8", *extra)
        refused(REFUSED, ["did you mean 'gw'"], command, "four-messages", "--set", "hosts.gv.cpu.cores=8", *extra)
        refused(REFUSED, ["ikesim run -o"], command, os.path.join(ROOT, "scenarios"), *extra)
        refused(REFUSED, ["empty"], command, os.devnull, *extra)
    for command in (["ladder"], ["keys"], ["watch", "--text"]):
        refused(REFUSED, ["alice and gv had nothing to do", "  alice,gw"], *command, "lossy", "--pair", "alice,gv")
    refused(REFUSED, [top, "Is a directory"], "watch", "--text", "lossy", "--keys", top)
    for what in ("show", "validate"):
        refused(REFUSED, ["did you mean 'lossy'?"], "scenario", what, "lossi")
    bad = write(top, "bad.yaml", LONG.replace("conn", "con").replace("delay: 40ms", "delay: 40"))
    result = ikesim("run", bad, expect=(REFUSED,))
    lines = result.stderr.splitlines()
    for place, word in ((r"bad.yaml:6:5: ", "did you mean 'connect'"), (r"bad.yaml:15:35: ", "'40' has no unit")):
        check(any(place in line and word in line for line in lines), "no line with", place, word, "\n", result.stderr)
    check("2 errors" in lines[-1] and "nothing was run" in lines[-1], lines[-1])
    equal([line for line in lines if not line], [], "empty lines")
    no_leftovers(top)


def settings(top):
    """--seed and --set change what is run, and what is kept says so."""
    base = json.loads(ikesim("run", "four-messages", "--json").stdout)
    same = json.loads(ikesim("run", "four-messages", "--json", "--seed", "1").stdout)
    equal(same["hash"], base["hash"], "hash with the scenario's own seed")
    by_seed = json.loads(ikesim("run", "four-messages", "--json", "--seed", "77").stdout)
    by_set = json.loads(ikesim("run", "four-messages", "--json", "--set", "seed=77").stdout)
    equal((by_seed["seed"], by_seed["hash"]), (77, by_set["hash"]), "--seed 77 and --set seed=77")
    for seed in 2 ** 63 - 1, str(2 ** 63), str(2 ** 64 - 1):
        equal(json.loads(ikesim("run", "four-messages", "--json", "--seed", str(seed)).stdout)["seed"], seed, "seed")
    check(by_seed["hash"] != base["hash"], "another seed, another hash")
    lost = ikesim("run", "four-messages", "--json", "--set", "links.0.loss=100%", expect=(FAILED,))
    equal(json.loads(lost.stdout)["counts"]["ike_sas_established"], 0, "with a link that loses all")
    out = os.path.join(top, "settings")
    ikesim("run", "four-messages", "--seed", "77", "--set", "hosts.gw.cpu.cores=8", "-o", out)
    kept = read(os.path.join(out, "scenario.yaml")).decode()
    check("seed: 77" in kept and "cores: 8" in kept, "scenario.yaml has the settings in it\n", kept)


def random_seed(top):
    """It is told at the start and at the end, and reproduces the run."""
    result = ikesim("run", "four-messages", "--seed", "random")
    start, end = re.search(r"seed (\d+)", result.stderr), re.search(r"seed (\d+)", result.stdout)
    check(start and end and start.group(1) == end.group(1), result.stderr, result.stdout)
    digest = re.search(r"hash +([0-9a-f]{16})", result.stdout).group(1)
    check(digest in ikesim("run", "four-messages", "--seed", start.group(1)).stdout, "the seed does not repeat the run")
    other = re.search(r"seed (\d+)", ikesim("run", "four-messages", "--seed", "random").stdout).group(1)
    check(other != start.group(1), "twice the same random seed")
    for command in ("ladder", "keys"):
        check(re.search(r"seed \d+", ikesim(command, "four-messages", "--seed", "random").stderr), command, "tells no seed")


# ---- output ----

def json_alone_on_stdout(top):
    out = os.path.join(top, "json")
    result = ikesim("run", "lossy", "--json", "-o", out)
    summary = json.loads(result.stdout)
    equal(json.loads(read(os.path.join(out, "summary.json"))), summary, "summary.json and --json")
    failed = ikesim("run", "lossy", "--json", "--set", "links.0.loss=0%", expect=(FAILED,))
    check(not all(v["holds"] for v in json.loads(failed.stdout)["expectations"]), "the verdicts")
    for command in (("scenario", "list"), ("scenario", "show", "lossy"), ("scenario", "validate", "lossy")):
        json.loads(ikesim(*command, "--json").stdout)
    bad = write(top, "bad2.yaml", "title: 1\nduration: 5\n")
    check(json.loads(ikesim("scenario", "validate", bad, "--json", expect=(REFUSED,)).stdout)[0]["errors"], "errors")
    for command in (("ladder", out), ("keys", out), ("dissect", os.path.join(out, "run.pcapng"))):
        lines = ikesim(*command, "--json").stdout.splitlines()
        check(len(lines) > 10 and all(isinstance(json.loads(line), dict) for line in lines), command, "as JSON lines")


def memory_is_foreseen_and_told(top):
    """A run that would take more than it may is refused before it begins; the summary tells what it has taken."""
    refused(REFUSED, ["needs about", "2 hosts, 1 pairs of them", "1.0 MB are allowed", "--memory=any"],
            "run", scenario("four-messages"), "--memory=1MB")
    refused(MISUSE, ["--memory 1MiB", "500MB or 2GB, or any"], "run", scenario("four-messages"), "--memory=1MiB")
    for limit in "1GB", "any":
        text = ikesim("run", scenario("four-messages"), "--memory", limit).stdout
        check(re.search(r"^  memory +[0-9.]+ MB at most, [0-9.]+ MB foreseen$", text, re.MULTILINE), text)
    for settings in [], ["--set", "pairs=100"]:
        summary = json.loads(ikesim("run", "--json", scenario("pairs" if settings else "lossy"), *settings,
                                    expect=(DONE, FAILED)).stdout)
        check(summary["peak_memory"] > 4e6 and summary["foreseen_memory"] > 16e6, summary["peak_memory"])
        check(summary["peak_memory"] < summary["foreseen_memory"] * (8 if sanitized() else 1), summary["peak_memory"])


def no_escapes_in_pipes(top):
    for command in (("run", "lossy"), ("ladder", "lossy"), ("keys", "four-messages"), ("scenario", "list"),
                    ("watch", "lossy", "--text"), ("run", "four-messages", "--set", "links.0.loss=100%")):
        result = ikesim(*command, expect=(DONE, FAILED))
        check("\033" not in result.stdout + result.stderr and "\r" not in result.stderr, command, "has escapes")
    no_leftovers(top)


def on_a_terminal(*arguments, seconds=0, **environment):
    """Output of a command whose stdout and stderr are a terminal; interrupted after so many seconds."""
    master, slave = pty.openpty()
    process = subprocess.Popen([program(), *arguments], stdin=slave, stdout=slave, stderr=slave, close_fds=True,
                               env={**os.environ, "TERM": "xterm", **environment})
    os.close(slave)
    if seconds:
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
    output = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
    os.close(master)
    return process.wait(), output.decode()


def colour_on_a_terminal_only(top):
    arguments = ("run", "four-messages", "--set", "links.0.loss=100%")
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    os.environ.clear()
    os.environ.update(environment)
    check("\033[" in on_a_terminal(*arguments)[1], "no colour on a terminal")
    check("\033[" not in on_a_terminal(*arguments, NO_COLOR="1")[1], "colour with NO_COLOR")
    check("\033[" not in on_a_terminal(*arguments, TERM="dumb")[1], "colour on a dumb terminal")


def progress_of_long_work(top):
    """A line that is written over on a terminal, lines at growing intervals elsewhere; nothing of short work."""
    path = write(top, "progress.yaml", LONG)
    status, output = on_a_terminal("run", path, seconds=3.5, NO_COLOR="1")
    equal(status, 128 + signal.SIGINT, "exit status")
    check(re.search(r"\r\d+\.\d s of 36000 s +\d+% +\d+ events/s .* s/s +[\d.]+ (s|min|h) left", output), "no progress:", repr(output))
    process = subprocess.Popen([program(), "run", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=60)
    lines = [line for line in messages.split("\n") if "s/s" in line]
    check(len(lines) == 1 and "\r" not in messages, "one line of progress in the first four seconds:", messages)
    check(re.fullmatch(r"\d+\.\d s of 36000 s +\d+% +\d+ events/s .* s/s +[\d.]+ (s|min|h) left", lines[0]), lines)
    check("s/s" not in ikesim("run", "four-messages").stderr, "progress of short work")


def closed_pipe(top):
    """`| head` ends a command without a word, and nothing is left behind."""
    for command in (("ladder", "lossy", "--all"), ("keys", "lossy"), ("run", "lossy"), ("ladder", "lossy", "--json")):
        process = subprocess.Popen([program(), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.read(10)
        process.stdout.close()
        messages = process.stderr.read().decode()
        process.stderr.close()
        status = process.wait(timeout=60)
        check(status in (-signal.SIGPIPE, DONE), command, "ends with", status)
        check("ERROR" not in messages and "rror:" not in messages, messages)
    no_leftovers(top)


def full_disk_under_stdout(top):
    for command in (("run", "lossy", "--json"), ("run", "lossy"), ("ladder", "lossy"), ("keys", "lossy"),
                    ("ladder", "lossy", "--json"), ("scenario", "list"), ("scenario", "show", "lossy"), ("--version",),
                    ("run", "--help"), ("watch", "--list-keys")):
        with open("/dev/full", "w") as full:
            result = subprocess.run([program(), *command], stdout=full, stderr=subprocess.PIPE, text=True)
        equal(result.returncode, REFUSED, command, "on a full disk")
        check(re.search("cannot be written(: No space left on device)?\n$", result.stderr), command, result.stderr)
    no_leftovers(top)


def closed_files(top):
    """Where stdin, stdout or stderr is closed, nothing that is kept gets their number, and what is printed: progress of a
    run that takes more than two seconds is."""
    first = os.path.join(top, "all-open")
    run(first, scenario("four-messages"))
    path = write(top, "closed.yaml", LONG)
    for closed in ">&-", "2>&-", "<&- >&- 2>&-":
        out = os.path.join(top, "closed")
        shutil.rmtree(out, ignore_errors=True)
        status = DONE if closed == "2>&-" else REFUSED
        call("sh", "-c", "%s run four-messages -o %s %s" % (program(), out, closed), expect=(status,))
        for file in ("run.ndjson", "run.index", "run.pcapng", "scenario.yaml"):
            check(filecmp.cmp(os.path.join(first, file), os.path.join(out, file), shallow=False), closed, file, "differs")
    shutil.rmtree(out)
    process = subprocess.Popen(["sh", "-c", "exec %s run %s -o %s 2>&-" % (program(), path, out)], stdout=subprocess.PIPE)
    time.sleep(3)
    process.kill()
    process.communicate(timeout=120)
    for file in ("run.ndjson", "run.index", "series.csv"):
        check(b"events/s" not in read(os.path.join(out, file)), "progress in", file)
    shutil.rmtree(out)


# ---- results ----

def results_are_kept(top):
    out = os.path.join(top, "deep", "er", "result")
    text = run(out, scenario("four-messages")).stdout
    equal(sorted(os.listdir(out)), FILES, "what is kept")
    before = {name: read(os.path.join(out, name)) for name in FILES if name != "wireshark"}
    for other in ("lossy", "four-messages"):
        refused(REFUSED, [out, "--force"], "run", other, "-o", out)
    equal({name: read(os.path.join(out, name)) for name in before}, before, "the older result")
    ikesim("run", "lossy", "-o", out, "--force")
    check(read(os.path.join(out, "run.ndjson")) != before["run.ndjson"], "--force replaces nothing")
    check("WIRESHARK_CONFIG_DIR=%s/wireshark wireshark %s/run.pcapng" % (out, out) in text, "the line to copy\n", text)


def the_line_to_copy_is_quoted(top):
    out = os.path.join(top, "it's a $HOME of spaces")
    lines = run(out, scenario("four-messages")).stdout.splitlines()
    (line,) = [line for line in lines if "WIRESHARK_CONFIG_DIR=" in line]
    equal(shlex.split(line), ["WIRESHARK_CONFIG_DIR=%s/wireshark" % out, "wireshark", "%s/run.pcapng" % out], line)


def nobody_elses_files_are_replaced(top):
    """A directory with somebody's own scenario.yaml is no result yet."""
    mine = os.path.join(top, "mine")
    os.mkdir(mine)
    shutil.copy(scenario("lossy"), os.path.join(mine, "scenario.yaml"))
    result = ikesim("run", "scenario.yaml", "-o", ".", cwd=mine, expect=(REFUSED,))
    check("scenario.yaml is there already" in result.stderr, result.stderr)
    equal(os.listdir(mine), ["scenario.yaml"], "what is there afterwards")
    check(filecmp.cmp(os.path.join(mine, "scenario.yaml"), scenario("lossy"), shallow=False), "it was changed")
    ikesim("run", "lossy", "-o", os.path.join(top, "mine", "sub"))


def one_run_at_a_time(top):
    """A second run does not write into the directory of one that goes on, --force or not."""
    path, out = write(top, "long.yaml", LONG), os.path.join(top, "shared")
    process = subprocess.Popen([program(), "run", path, "-o", out], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not os.path.exists(os.path.join(out, "run.ndjson")):
        time.sleep(0.05)
    refused(REFUSED, ["another run is writing to '%s'" % out], "run", "lossy", "-o", out, "--force")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    check("the recording was cut off" not in ikesim("ladder", out, "--to", "1s").stderr, "the first run's recording")
    ikesim("run", "lossy", "-o", out, "--force")


def names_that_are_no_text(top):
    """A file or directory may be called anything; in JSON and in recordings stands what can stand there."""
    odd = os.path.join(os.fsencode(top), b"o\xff\033[31m")
    shutil.copy(scenario("four-messages"), odd + b".yaml")
    summary = json.loads(ikesim("run", odd + b".yaml", "-o", odd, "--json").stdout)
    equal((summary["scenario"], summary["directory"]), ("o??[31m", os.path.join(top, "o??[31m")), "names in the summary")
    check("the same as the run" in subprocess.run([program(), "run", odd], capture_output=True).stderr.decode("latin-1"),
          "it is not run again")
    verdict, = json.loads(ikesim("scenario", "validate", "--json", odd + b".yaml").stdout)
    equal((verdict["path"], verdict["valid"]), (os.path.join(top, "o??[31m.yaml"), True), "validate")


def run_again(top):
    """The resolved scenario of a result gives the same recording, to the byte."""
    for name, settings in (("four-messages", []), ("lossy", ["--seed", "4", "--set", "hosts.gw.cpu.cores=1"])):
        first, second = os.path.join(top, name + "-1"), os.path.join(top, name + "-2")
        run(first, scenario(name), *settings)
        result = ikesim("run", first, "-o", second)
        check("the same as the run that %s holds" % first in result.stderr, result.stderr)
        for file in ("run.ndjson", "run.index", "run.pcapng", "scenario.yaml"):
            check(filecmp.cmp(os.path.join(first, file), os.path.join(second, file), shallow=False), name, file, "differs")
        path = os.path.join(first, "summary.json")
        summary = json.loads(read(path))
        summary["hash"] = "0" * 16
        summary["openssl"] = "OpenSSL 9.9"
        write(first, "summary.json", json.dumps(summary))
        result = ikesim("run", first, expect=(FAILED,))
        check("NOT the same" in result.stderr and "OpenSSL 9.9" in result.stderr, result.stderr)
        os.remove(path)
        check("no hash to compare" in ikesim("run", first).stderr, "without summary.json")
        result = ikesim("ladder", second, "--seed", "4", expect=(MISUSE,))
        check("recording" in result.stderr, result.stderr)


def places_that_cannot_be_written(top):
    file = write(top, "file", "")
    check("cannot be made a directory" in ikesim("run", "lossy", "-o", file, expect=(REFUSED,)).stderr, "a file")
    check("cannot be made a directory" in ikesim("run", "lossy", "-o", file + "/x", expect=(REFUSED,)).stderr, "below it")
    check("/proc/x" in ikesim("run", "lossy", "-o", "/proc/x", expect=(REFUSED,)).stderr, "/proc")
    if os.getuid() != 0:
        shut = os.path.join(top, "shut")
        os.mkdir(shut, 0o555)
        check("Permission denied" in ikesim("run", "lossy", "-o", shut + "/x", expect=(REFUSED,)).stderr, "read-only")
        check("Permission denied" in ikesim("run", "lossy", "-o", shut, expect=(REFUSED,)).stderr, "read-only")
    environment = {**os.environ, "TMPDIR": os.path.join(top, "nowhere")}
    check("nowhere" in ikesim("ladder", "lossy", expect=(REFUSED,), env=environment).stderr, "TMPDIR")


def limit_files(size):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


def disk_full_in_the_middle(top):
    """The run stops, says so, and what was recorded can be read to its last whole event."""
    path, out = write(top, "full.yaml", LONG), os.path.join(top, "full")
    begin = time.monotonic()
    result = ikesim("run", path, "-o", out, expect=(REFUSED,), preexec_fn=limit_files(1 << 20), restore_signals=False)
    check(time.monotonic() - begin < 60, "it goes on although nothing can be written")
    check(os.path.join(out, "run.ndjson") in result.stderr and "File too large" in result.stderr, result.stderr)
    equal(result.stdout, "", "no summary")
    check(not os.path.exists(os.path.join(out, "summary.json")), "a summary.json of a run that failed")
    check(len(events(out)) > 1000, "too few events")
    result = ikesim("ladder", out)
    check("cut off" in result.stderr and "CHILD SA net" in result.stdout, result.stderr)
    result = ikesim("ladder", path, expect=(REFUSED,), preexec_fn=limit_files(1 << 20), restore_signals=False)
    check("File too large" in result.stderr, result.stderr)
    no_leftovers(top)


def interrupted(top):
    """SIGINT, SIGTERM or SIGHUP: a whole, partial result and 128 + the signal's number."""
    path = write(top, "long.yaml", LONG)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        out = os.path.join(top, "long-%d" % number)
        process = subprocess.Popen([program(), "run", path, "-o", out], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        recording = os.path.join(out, "run.ndjson")
        while process.poll() is None and not (os.path.exists(recording) and os.path.getsize(recording) > 1 << 18):
            time.sleep(0.05)
        # What stands there already can be looked at while the run goes on.
        check("CHILD SA net" in ikesim("ladder", out).stdout, "the growing recording")
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=120)
        equal(process.returncode, 128 + number, stderr)
        check("INTERRUPTED after" in stdout and "as things stood" in stdout, stdout)
        check(re.search(r"FAILED .*: pings_answered is \d+", stdout), stdout)
        equal(sorted(os.listdir(out)), FILES, "what is kept")
        last = events(out)[-1]
        equal((last["name"], last["data"]["reason"]), ("run:end", "interrupted"), "the last event")
        summary = json.loads(read(os.path.join(out, "summary.json")))
        equal((summary["interrupted"], summary["hash"]), (True, last["data"]["hash"]), "summary.json")
        check(last["time"] <= summary["virtual_time_ns"] < 36000 * 10 ** 9, "virtual time")
        series = read(os.path.join(out, "series.csv")).decode().splitlines()
        equal(series[-1].split(",")[0], str(summary["virtual_time_ns"]), "the series ends where the run does")
        equal({line.count(",") for line in series}, {series[0].count(",")}, "every line of it is whole")
        result = ikesim("ladder", out)
        equal("cut off" in result.stderr, False, "a recording that ends with run:end is whole")
        ikesim("dissect", os.path.join(out, "run.pcapng"), "--frame", "1")
        equal(read(os.path.join(out, "run.pcapng"))[:4], b"\n\r\r\n", "run.pcapng")
    # When all is computed, the first one stops nothing.
    path = write(top, "computed.yaml", LONG.replace("10h", "2m"))
    out = os.path.join(top, "computed")
    process = subprocess.Popen([program(), "run", path, "-o", out], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while process.poll() is None and not os.path.exists(os.path.join(out, "run.pcapng.new")):
        time.sleep(0.002)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    equal((process.returncode, sorted(os.listdir(out))), (FAILED, FILES), "a signal while run.pcapng is written")
    path = write(top, "long.yaml", LONG)
    for command in ("ladder", "keys"):
        process = subprocess.Popen([program(), command, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=60)
        equal((process.returncode, stdout), (128 + signal.SIGTERM, ""), command, stderr)
        check("interrupted" in stderr, command, stderr)
    no_leftovers(top)


def cut_off(top):
    """A recording cut anywhere, with or without its index, shows what is whole and says that it was cut off."""
    seed = random.randrange(1 << 32)
    print("   random cuts from seed", seed)
    dice = random.Random(seed)
    whole = os.path.join(top, "whole")
    run(whole, scenario("four-messages"))
    size, index_size = (os.path.getsize(os.path.join(whole, name)) for name in ("run.ndjson", "run.index"))
    sound = ikesim("ladder", whole)
    equal("cut off" in sound.stderr, False, "of the whole one")
    lines = read(os.path.join(whole, "run.ndjson")).splitlines(keepends=True)
    cuts = [0, 1, len(lines[0]), size - 1, size - len(lines[-1])] + [dice.randrange(size) for _ in range(4)]
    for cut in cuts:
        for index in ("kept", "absent", "shorter", "spoilt"):
            out = os.path.join(top, "cut")
            shutil.rmtree(out, ignore_errors=True)
            shutil.copytree(whole, out)
            os.truncate(os.path.join(out, "run.ndjson"), cut)
            path = os.path.join(out, "run.index")
            if index == "absent":
                os.remove(path)
            elif index == "shorter":
                os.truncate(path, dice.randrange(index_size))
            elif index == "spoilt":
                octets = bytearray(read(path))
                for _ in range(20):
                    octets[dice.randrange(index_size)] ^= 1 << dice.randrange(8)
                with open(path, "wb") as file:
                    file.write(octets)
            for command in (("ladder", out), ("keys", out), ("watch", out, "--text")):
                result = ikesim(*command, expect=(DONE, REFUSED))
                if command[0] != "watch":
                    check("cut off" in result.stderr, seed, cut, index, command, "does not say so:", result.stderr)
                check("Sanitizer" not in result.stderr, result.stderr)


# ---- surroundings ----

def surroundings_do_not_show(top):
    """Locale, time zone, umask, home, columns and working directory change no byte of what is kept."""
    first = os.path.join(top, "here")
    run(first, scenario("lossy"))
    away = os.path.join(top, "away")
    os.mkdir(away)
    environments = [{"LC_ALL": "C", "TZ": "UTC"}, {"LC_ALL": "C.UTF-8", "TZ": "Asia/Kolkata", "LANGUAGE": "de"},
                    {"LC_ALL": "de_DE.UTF-8", "TZ": "America/St_Johns", "COLUMNS": "20", "TERM": "dumb"},
                    {"HOME": "/nonexistent", "LC_ALL": "tr_TR.UTF-8", "OPENSSL_CONF": "/nonexistent"}]
    for i, environment in enumerate(environments):
        out = os.path.join(top, "elsewhere-%d" % i)
        umask = os.umask(0o077 if i % 2 else 0)
        try:
            ikesim("run", scenario("lossy"), "-o", out, cwd=away,
                   env={"PATH": os.environ["PATH"], "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""), **environment})
        finally:
            os.umask(umask)
        for file in ("run.ndjson", "run.index", "run.pcapng", "scenario.yaml", "wireshark/preferences",
                     "wireshark/esp_sa", "wireshark/ikev2_decryption_table"):
            check(filecmp.cmp(os.path.join(first, file), os.path.join(out, file), shallow=False), environment, file,
                  "differs")


def built(top):
    """What was built finds the scenarios that it was built with from anywhere."""
    names = [line.split()[0] for line in call(program(), "scenario", "list", cwd="/").stdout.splitlines()]
    check({"four-messages", "lossy"} <= set(names), names)
    call(program(), "run", "four-messages", cwd=top)


def alone(top):
    """The program without what belongs to it says so."""
    place = os.path.join(top, "alone")
    os.mkdir(place)
    binary = shutil.copy(program(), place)
    for command, what in ("scenario", "scenarios"), ("learn", "lessons"):
        result = subprocess.run([binary, command, "list" if command == "scenario" else "--list"], capture_output=True,
                                text=True, cwd=place)
        if result.returncode == DONE and result.stdout:
            print("   skipped: an ikesim is installed here")
            return
        equal((result.returncode, result.stdout), (REFUSED, ""), command)
        check("no %s here and none installed" % what in result.stderr, result.stderr)


def installed(top):
    """An installation finds its scenarios from anywhere, also one that was made for another prefix."""
    if len(sys.argv) < 4:
        print("   skipped: no build directory was named")
        return
    prefix = os.path.join(top, "prefix")
    call(sys.argv[2], "--install", sys.argv[3], "--prefix", prefix)
    binary = os.path.join(prefix, "bin", "ikesim")
    names = [line.split()[0] for line in call(binary, "scenario", "list", cwd="/").stdout.splitlines()]
    check({"four-messages", "lossy"} <= set(names), names)
    call(binary, "run", "four-messages", cwd="/")
    # A folder of that name that is somebody else's hides nothing.
    os.makedirs(os.path.join(top, "project", "scenarios"))
    write(os.path.join(top, "project", "scenarios"), "mine.yaml", LONG)
    call(binary, "run", "four-messages", cwd=os.path.join(top, "project"))
    moved = os.path.join(top, "moved")
    os.rename(prefix, moved)
    call(os.path.join(moved, "bin", "ikesim"), "run", "four-messages", cwd="/")


if __name__ == "__main__":
    TESTS = [help_is_readable, examples_work, misuse, refusals, settings, random_seed, json_alone_on_stdout,
             memory_is_foreseen_and_told, no_escapes_in_pipes, colour_on_a_terminal_only, progress_of_long_work,
             closed_pipe, full_disk_under_stdout, closed_files, results_are_kept, the_line_to_copy_is_quoted,
             nobody_elses_files_are_replaced, one_run_at_a_time, names_that_are_no_text, run_again, places_that_cannot_be_written,
             disk_full_in_the_middle, interrupted, cut_off, surroundings_do_not_show, built, alone,
             installed]
    with temporary() as directory:
        os.mkdir(os.path.join(directory, "tmp"))
        os.environ["TMPDIR"] = os.path.join(directory, "tmp")
        for test in TESTS:
            begin = time.monotonic()
            test(directory)
            print("ok %s, %.1f s" % (test.__name__, time.monotonic() - begin), flush=True)
