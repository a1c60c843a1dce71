"""The same seed gives the same recording to the byte, in this build and in another; another seed does not. One more host
in the world, and one packet lost by one pair, change no byte of any other pair (docs/design.md, rule 3).

usage: test_determinism.py IKESIM [OTHER_BUILD_OF_IKESIM]
"""

import os
import re
import sys

from ikesim import check, equal, events, lines_of_pair, run, scenario, scenario_names, temporary

HEAD = """
title: pairs
duration: 20s
seed: 5
hosts:
"""
HOST = """
  - name: {a}
    connect: {b}
    ike: {{proposals: [aes128-sha256-x25519], auth: psk, secret: "correct horse", id: {a}@example.org, window: 4}}
    children:
      - {{name: net, esp_proposals: [aes128gcm16], local_ts: [10.{n}.1.0/24], remote_ts: [10.{n}.2.0/24], start: true}}
    traffic: [{{child: net, kind: ping, every: 500ms}}]
"""
PEER = """
  - name: {b}
    ike: {{proposals: [aes128-sha256-x25519], auth: psk, secret: "correct horse", id: {b}.example.org, window: 4}}
    children: [{children}]
"""
CHILD = "{{name: net{k}, esp_proposals: [aes128gcm16], local_ts: [10.{n}.2.0/24], remote_ts: [10.{n}.1.0/24]}}"
LINK = "  - {{between: [{a}, {b}], delay: 40ms, jitter: 5ms, loss: 10%, duplicate: 5%, reorder: 5%}}\n"


def write(directory, name, pairs, script=""):
    """pairs: (initiator, responder, number) in any order; responders may be shared."""
    text = HEAD
    responders = {}
    for a, b, n in pairs:
        text += HOST.format(a=a, b=b, n=n)
        responders.setdefault(b, []).append(n)
    for b, numbers in responders.items():
        children = ", ".join(CHILD.format(n=n, k="" if i == 0 else i) for i, n in enumerate(numbers))
        text += PEER.format(b=b, children=children)
    text += "links:\n" + "".join(LINK.format(a=a, b=b) for a, b, n in pairs)
    text += script
    path = os.path.join(directory, name + ".yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def read(directory):
    with open(os.path.join(directory, "run.ndjson"), "rb") as file:
        return file.read()


def same_seed_same_bytes(top, binaries):
    for name in scenario_names():
        recordings = []
        for i, binary in enumerate(binaries):
            out = os.path.join(top, "%s-%d" % (name, i))
            run(out, scenario(name), binary=binary)
            recordings.append(read(out))
        for other in recordings[1:]:
            check(other == recordings[0], name, "is not the same in every run and build")
        out = os.path.join(top, name + "-seed")
        run(out, scenario(name), "--seed", "4711", expect=(0, 1))
        check(read(out) != recordings[0], name, "is the same with another seed")
        print("%s: %d bytes the same in %d runs, another with another seed" % (name, len(recordings[0]), len(binaries)))


def others_are_not_disturbed(top):
    pairs = [("alice", "gw", 1), ("bob", "office", 2)]
    out = os.path.join(top, "base")
    run(out, write(top, "base", pairs))
    base = {pair: lines_of_pair(out, *pair) for pair in (("alice", "gw"), ("bob", "office"))}
    check(all(len(lines) > 100 for lines in base.values()), "too few lines to compare")

    worlds = {
        "a host before": [("aaron", "attic", 3)] + pairs,
        "a host after": pairs + [("zoe", "zoo", 3)],
        "a second client of the same gateway": pairs + [("carol", "gw", 3)],
        "the other order in the file": pairs[::-1],
    }
    for what, world in worlds.items():
        name = what.replace(" ", "-")
        out = os.path.join(top, name)
        run(out, write(top, name, world))
        for pair, lines in base.items():
            equal(lines_of_pair(out, *pair), lines, what, "changes", pair)
        print("%s: no byte of the pairs differs" % what)

    for nth in (1, 2, 3):
        name = "drop-%d" % nth
        out = os.path.join(top, name)
        run(out, write(top, name, pairs, "script:\n  - {on: {from: bob}, nth: %d, do: drop}\n" % nth))
        equal(lines_of_pair(out, "alice", "gw"), base[("alice", "gw")], "a packet of bob dropped changes alice")
        check(lines_of_pair(out, "bob", "office") != base[("bob", "office")], "the drop has no effect")
    print("a dropped packet of one pair: no byte of the other differs")


# Hosts of every kind: behind NATs, in clusters and groups, attacked, moving, sent elsewhere, with certificates, EAP and
# leased addresses, under load.
KINDS = ("nat-rebinding", "icmp-nat", "failover-asked", "attackers", "mobike", "mobike-responder", "redirect-fqdn", "certificates",
         "eap-tls", "road-warrior", "cookie", "puzzle-intermediate", "fragments", "dual-stack", "bad-input", "reload", "crash-qcd")
DICE = r"\1, jitter: 1ms, loss: 4%, duplicate: 4%}"


def insert(text, section, item, front):
    """One item more in a list of a scenario, the first or the last."""
    begin = re.search("(?m)^%s:\n" % section, text)
    check(begin, "no list", section)
    end = re.search(r"(?m)^\S|\Z", text[begin.end() :])
    at = begin.end() + (0 if front else end.start())
    return text[:at] + item + text[at:]


def lines_of_hosts(directory, hosts):
    with open(os.path.join(directory, "run.ndjson"), encoding="utf-8") as lines:
        return [line for line in lines if re.search('"id":"([^#/]*)', line)[1] in hosts]


def no_kind_of_host_is_disturbed(top):
    """Two more hosts, before or behind all others in file and name, where all links throw dice: not even a crash of
    theirs, or a datagram less, is felt by others."""
    for kind in KINDS:
        with open(scenario(kind), encoding="utf-8") as file:
            text, links = re.subn(r"(?m)^(  - \{between: [^{}]*, delay: \w+(, mtu: \d+)?)\}$", DICE, file.read())
        check(links or "jitter: " in text, "no dice in", kind)
        base = os.path.join(top, kind + "-base")
        with open(base + ".yaml", "w", encoding="utf-8") as file:
            file.write(text)
        run(base, base + ".yaml", expect=(0, 1))  # the expectations are about links without dice
        hosts = {event["id"].split("#")[0].split("/")[0] for event in events(base)} - {"*"}
        lines = lines_of_hosts(base, hosts)
        for a, b, front in (("0-a", "0-b", True), ("zz-a", "zz-b", False)):
            more = insert(text, "hosts", HOST.format(a=a, b=b, n=201) + PEER.format(b=b, children=CHILD.format(n=201, k="")), front)
            more = insert(more, "links", LINK.format(a=a, b=b), front)
            orders = "  - {on: {from: %s}, nth: 3, do: drop}\n  - {at: 1s, do: restart, host: %s}\n" % (a, b)
            more = insert(more if "\nscript:\n" in more else more + "script:\n", "script", orders, front)
            path = os.path.join(top, "%s-%s.yaml" % (kind, a))
            with open(path, "w", encoding="utf-8") as file:
                file.write(more)
            run(path[:-5], path, expect=(0, 1))
            check(lines_of_hosts(path[:-5], {a, b}), "the others do nothing")
            equal(lines_of_hosts(path[:-5], hosts), lines, "two hosts more change what happens in", kind)
    print("two hosts more: no byte of %d other scenarios differs" % len(KINDS))


if __name__ == "__main__":
    with temporary() as directory:
        same_seed_same_bytes(directory, [sys.argv[1]] + sys.argv[1:])
        others_are_not_disturbed(directory)
        no_kind_of_host_is_disturbed(directory)
