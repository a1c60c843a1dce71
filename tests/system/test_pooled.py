"""keys: pooled: the same world at the same times, with key pairs that are used again; every place that speaks of a run
says so.

usage: test_pooled.py IKESIM
"""

import json
import os

from ikesim import call, check, equal, events, program, run, scenario, temporary

PAIRS = ("--set", "pairs=200")
POOL = 32  # CRYPTO_KEX_POOL_SIZE


def shape(listed):
    """What happened when, without the octets."""
    return [(e["id"], e["time"], e["name"], e.get("cause")) for e in listed if not e["name"].startswith("run:")]


def public_keys(listed):
    return [e["data"]["public_key"] for e in listed if e["name"] == "ike:key_pair"]


def the_same_world_with_fewer_keys(top):
    fresh, pooled = os.path.join(top, "fresh"), os.path.join(top, "pooled")
    run(fresh, scenario("pairs"), *PAIRS)
    text = run(pooled, scenario("pairs"), *PAIRS, "--set", "keys=pooled").stdout
    a, b = events(fresh), events(pooled)
    equal(shape(b), shape(a), "the simulated CPU is charged as much, so every event has its time")
    equal(len(set(public_keys(a))), len(public_keys(a)), "fresh key pairs are all different")
    check(POOL / 2 < len(set(public_keys(b))) <= POOL, "pooled ones are used again")
    equal(b[0]["data"]["keys"], "pooled", "run:begin says so")
    check("pooled keys" in text, "the summary says so")
    with open(os.path.join(pooled, "summary.json"), encoding="utf-8") as file:
        equal(json.load(file)["keys"], "pooled", "summary.json says so")
    with open(os.path.join(pooled, "scenario.yaml"), encoding="utf-8") as file:
        check("\nkeys: pooled\n" in file.read(), "scenario.yaml says so")
    check("the same as the run" in call(program(), "run", pooled).stderr, "it can be run again")


def screens_say_so():
    pooled = ("four-messages", "--set", "keys=pooled")
    check("pooled keys" in call(program(), "watch", *pooled, "--text").stdout, "watch says so")
    check("keys: pooled" in call(program(), "keys", *pooled).stdout, "keys says so")
    check("keys: pooled" not in call(program(), "keys", "four-messages").stdout, "and only then")


def main():
    with temporary() as directory:
        the_same_world_with_fewer_keys(directory)
    screens_say_so()


main()
