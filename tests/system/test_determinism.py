"""The same seed gives the same recording to the byte, in this build and in another; another seed does not. One more host
in the world, and one packet lost by one pair, change no byte of any other pair (docs/design.md, rule 3).

usage: test_determinism.py IKESIM [OTHER_BUILD_OF_IKESIM]
"""

import os
import sys

from ikesim import check, equal, lines_of_pair, run, scenario, scenario_names, temporary

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


if __name__ == "__main__":
    with temporary() as directory:
        same_seed_same_bytes(directory, [sys.argv[1]] + sys.argv[1:])
        others_are_not_disturbed(directory)
