"""`ikesim ladder`: what happened stands on it, in every alphabet and width, for people and for programs.

usage: test_ladder.py IKESIM
"""

import json
import os
import subprocess
import xml.etree.ElementTree

from ikesim import call, check, equal, events, program, run, scenario, temporary


def ladder(*arguments, expect=(0,)):
    return call(program(), "ladder", *arguments, expect=expect)


def everything_is_on_it(directory):
    """What the recording has, counted by a stranger, is what the rows have."""
    happened = events(directory)
    rows = [json.loads(line) for line in ladder("--json", "--all", directory).stdout.splitlines()]
    count = lambda name: sum(1 for event in happened if event["name"] == name)
    of = lambda kind: [row for row in rows if row["row"] == kind]
    equal(len(of("send")), count("net:sent"), "rows of messages that leave")
    equal(len(of("arrive")), count("net:delivered"), "rows of messages that arrive")
    equal(len(of("lost")), count("net:lost"), "rows of messages that are lost")
    equal(sum(row["copy"] > 1 for row in of("arrive")),
          sum(e["name"] == "net:delivered" and e["data"]["copy"] > 1 for e in happened), "copies")
    equal(sum(row["overtaken"] for row in of("arrive")),
          sum(e["name"] == "net:delivered" and e["data"]["overtaken"] for e in happened), "overtaken")
    names = {event["id"] for event in happened}
    check(all(row["event"] in names for row in rows), "a row names an event that is not recorded")
    equal([row["time"] for row in rows], sorted(row["time"] for row in rows), "rows are in order of time")
    folded = [json.loads(line) for line in ladder("--json", directory).stdout.splitlines()]
    packets = sum(r["sent_by_left"] + r["sent_by_right"] for r in folded if r["row"] == "esp")
    equal(packets, sum(e["name"] == "net:sent" and e["data"]["protocol"] == 50 for e in happened), "folded packets")


def losses_look_different(directory):
    text = ladder(directory).stdout
    lost = [e for e in events(directory) if e["name"] == "net:lost"]
    check(lost, "nothing was lost in lossy")
    for word in ("✗ lost on the link", "retransmission 1", "┄", "no answer for", "ESP →", "ESTABLISHED"):
        check(word in text, "%r is not on the ladder of lossy" % word)


def why_there_is_no_answer():
    """Who is to blame has a name: one fragment of several, an attacker, a NAT."""
    for name, words in (("fragments", "no answer for 4.00 s: fragment 2 of the request was lost on its way"),
                        ("attacker-middle", "⊘ kept by the attacker"),
                        ("nat-rebinding", "the NAT has no mapping ⊘")):
        check(words in ladder(scenario(name)).stdout, "%r is not on the ladder of %s" % (words, name))


def widths_and_alphabets(directory):
    for width in (50, 80, 100, 240):
        for line in ladder("--width", str(width), directory).stdout.splitlines():
            check(len(line) <= width, "a line is wider than %d: %s" % (width, line))
        text = ladder("--width", str(width), "--ascii", directory).stdout
        check(text.isascii(), "--ascii is not")


def parts(directory):
    whole = ladder(directory).stdout.splitlines()
    part = ladder("--to", "100ms", directory).stdout.splitlines()
    equal(part, whole[:len(part)], "the ladder to 100 ms is the beginning of all of it")
    check(len(part) < len(whole), "--to leaves nothing out")
    later = ladder("--from", "100ms", directory).stdout
    check("INIT_SENT" not in later and "ESTABLISHED" in later, "--from leaves out what it should not")
    turned = ladder("--pair", "gw,alice", directory).stdout.splitlines()
    check(turned[0].split()[0] == "gw", "--pair gw,alice does not have gw on the left")
    payloads = ladder("--payloads", directory).stdout
    for word in ("Traffic Selector", "alice@example.org", "SET_WINDOW_SIZE", "AUTH_HMAC_SHA2_256_128"):
        check(word in payloads, "%r is not among the payloads" % word)


def as_a_picture(directory):
    """The whole ladder as SVG: every line of the text is in it, one under the other."""
    picture = xml.etree.ElementTree.fromstring(ladder("--svg", directory).stdout)
    drawn = {}
    for text in picture.iter("{http://www.w3.org/2000/svg}text"):
        drawn.setdefault(int(text.get("y")), []).append((int(text.get("x")), text.text))
    lines = ["".join(text for _, text in sorted(line)).replace(" ", "") for _, line in sorted(drawn.items())]
    equal(lines, [line.replace(" ", "") for line in ladder(directory).stdout.splitlines()], "lines of the picture")
    result = ladder("--svg", scenario("pairs"), "--set", "pairs=3")
    check("2 more pairs are not in the picture" in result.stderr and result.stdout.count("<svg") == 1, result.stderr)


def refusals(directory):
    check("alice,gw" in ladder("--pair", "alice,bob", directory, expect=(3,)).stderr, "no word of the pairs there are")
    for arguments in ((), ("--width", "10"), ("--from", "soon"), ("--pair", "alice"), ("--json", "--payloads"), ("--svg", "--json")):
        ladder(*arguments, *((directory,) if arguments else ()), expect=(2,))
    ladder(os.path.join(directory, "nothing-here"), expect=(3,))


def a_closed_pipe_ends_it(directory):
    process = subprocess.Popen([program(), "ladder", "--all", directory], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdout.readline()
    process.stdout.close()
    process.wait(timeout=60)


def cut_off(directory):
    part = os.path.join(directory, "part")
    os.mkdir(part)
    with open(os.path.join(directory, "run.ndjson"), "rb") as whole, open(os.path.join(part, "run.ndjson"), "wb") as out:
        out.write(whole.read()[:9000])
    result = ladder(part)
    check("cut off" in result.stderr and "IKE_SA_INIT" in result.stdout, "a recording that is cut off")


def main():
    with temporary() as directory:
        four, lossy = os.path.join(directory, "four"), os.path.join(directory, "lossy")
        run(four, scenario("four-messages"))
        run(lossy, scenario("lossy"))
        everything_is_on_it(four)
        everything_is_on_it(lossy)
        losses_look_different(lossy)
        why_there_is_no_answer()
        widths_and_alphabets(four)
        widths_and_alphabets(lossy)
        parts(four)
        as_a_picture(lossy)
        refusals(four)
        a_closed_pipe_ends_it(lossy)
        cut_off(four)


main()
