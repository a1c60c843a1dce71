"""ikesim scenario from outside: what docs/scenarios.md shows is what the program says, every scenario that ships is good,
what `show` prints is the same scenario again, and exit codes are those of the help.

usage: test_scenario.py IKESIM
"""

import json
import os

from ikesim import ROOT, call, check, equal, program, scenario, scenario_names, temporary


def docs_blocks():
    """The indented blocks of docs/scenarios.md, without their indentation."""
    blocks, block = [], []
    with open(os.path.join(ROOT, "docs", "scenarios.md"), encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("    "):
                block.append(line[4:])
            elif block:
                blocks.append("".join(block))
                block = []
    return blocks


def docs_are_true(directory):
    blocks = docs_blocks()
    example = next(b for b in blocks if b.startswith("title:"))
    errors = next(b for b in blocks if b.startswith("my.yaml:"))
    settings = next(b for b in blocks if b.startswith("--set"))
    path = os.path.join(directory, "my.yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write(example)
    call(program(), "scenario", "validate", "my.yaml", cwd=directory)
    for line in settings.splitlines():
        call(program(), "scenario", "validate", *line.replace("'", "").split(" ", 1), "my.yaml", cwd=directory)
    with open(path, "w", encoding="utf-8") as out:
        out.write(example.replace("connect: gw", "conect: gw").replace("delay: 40ms", "delay: 40")
                  .replace("host: alice", "host: alcie"))
    result = call(program(), "scenario", "validate", "my.yaml", cwd=directory, expect=(3,))
    equal(result.stderr.split("ikesim scenario:")[0], errors, "the errors that the docs show")


def shipped_are_good(directory):
    names = scenario_names()
    listed = call(program(), "scenario", "list", cwd=ROOT).stdout
    equal([line.split()[0] for line in listed.splitlines()], names, "names listed")
    objects = json.loads(call(program(), "scenario", "list", "--json", cwd=ROOT).stdout)
    equal([o["name"] for o in objects], names, "names listed as JSON")
    call(program(), "scenario", "validate", *[scenario(name) for name in names])
    for name in names:
        shown = call(program(), "scenario", "show", scenario(name)).stdout
        path = os.path.join(directory, "shown.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(shown)
        equal(call(program(), "scenario", "show", path).stdout, shown, name, "shown twice")
        tree = json.loads(call(program(), "scenario", "show", "--json", scenario(name)).stdout)
        equal(tree["name"], name, "name in JSON")
        check(all(isinstance(h["cpu"]["cores"], int) for h in tree["hosts"]), name + ": cores are numbers in JSON")
        check(isinstance(tree["hosts"][0]["ike"]["initial_contact"], bool), name + ": truth values are in JSON")


def settings_reach_the_tree():
    tree = json.loads(call(program(), "scenario", "show", "--json", "--seed", "77", "--set", "hosts.gw.cpu.cores=7",
                           scenario("lossy")).stdout)
    equal(tree["seed"], 77, "seed")
    equal([h["cpu"]["cores"] for h in tree["hosts"] if h["name"] == "gw"], [7], "cores")


def exit_codes(directory):
    call(program(), "scenario", expect=(2,))
    call(program(), "scenario", "show", expect=(2,))
    call(program(), "scenario", "list", "lossy", expect=(2,))
    call(program(), "scenario", "validate", "--set", expect=(2,))
    wrong = call(program(), "scenario", "validat", "x", expect=(2,))
    check("did you mean 'validate'?" in wrong.stderr, "a misspelt verb has its nearest")
    check("Example:" in call(program(), "scenario", "--help").stdout, "help has an example")
    nothing = call(program(), "scenario", "show", "no-such-scenario", expect=(3,), cwd=directory)
    equal(nothing.stdout, "", "stdout of a refused scenario")
    result = call(program(), "scenario", "validate", "--json", "--set", "links.0.loss=5", scenario("lossy"), expect=(3,))
    verdict = json.loads(result.stdout)[0]
    equal(verdict["valid"], False, "valid")
    check("did you mean '5%'?" in verdict["errors"][0]["message"], "the error is in the JSON")
    with open(os.path.join(directory, "bad.yaml"), "w", encoding="utf-8") as out:
        out.write("duration: 1s\nhosts: []\n")
    result = call(program(), "scenario", "validate", "--json", "bad.yaml", expect=(3,), cwd=directory)
    error = json.loads(result.stdout)[0]["errors"][0]
    equal((error["line"], error["column"]), (2, 8), "place in the JSON")


with temporary() as place:
    docs_are_true(place)
    shipped_are_good(place)
    settings_reach_the_tree()
    exit_codes(place)
