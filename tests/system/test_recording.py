"""docs/recording.md against what scenarios record: the stranger's reader of tests/trace takes every recording, and the page
tells every word that programs may compare, and where there may be none.

usage: test_recording.py IKESIM [SCENARIO...]: all that ship, if none is named
"""

import contextlib
import io
import ipaddress
import os
import re
import sys

from ikesim import ROOT, check, equal, events, run, scenario, scenario_names, temporary

sys.path.insert(0, os.path.join(ROOT, "tests", "trace"))
import read_recording  # noqa: E402

PAGE = os.path.join(ROOT, "docs", "recording.md")

# Fields of words, beside these: those in which a scenario, a certificate or an address speaks, and sentences.
WORDS = re.compile("what|role|by|of|purpose|item|class|protocol|mode|origin|order|winner|requests|reason|limit|code|notify"
                   "|whose|result|kind|mapping|filtering|keys|from|to")
OTHERS = {("ike:eap", "what"), ("host:moved", "from"), ("host:moved", "to"), ("host:synced", "to")}
REASONS = {("net:lost", "why"), ("cpu:dropped", "why")}

# Of what no scenario shows: a link that is slow, and a faulty sender of ESP.
RARE = """\
duration: 4s
hosts:
  - name: alice
    connect: gw
    ike: {secret: s}
    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}]
    traffic: [{child: net, every: 10ms, start: 1s}]
  - {name: gw, ike: {secret: s}, children: [{name: net, local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}]}
links: [{between: [alice, gw], delay: 20ms, rate: 80kbit, limit: 5, duplicate: 10%, corrupt: 2%}]
script: [{do: edit, as: sender, on: {exchange: ESP, from: alice}, nth: 3, octet: 16, value: 0xffff}]
expect: [{host: alice, child: net, is: established, by: 4s}]
"""


def meaning(tables, name, field):
    """What the page says of it, or of the field that it points to."""
    told = {row[0]: row[2] for row in tables[name]}[field]
    elsewhere = re.search(r"\bsee (\w+:\w+)", told)
    if elsewhere and field in [row[0] for row in tables[elsewhere[1]]]:
        told += " " + meaning(tables, elsewhere[1], field)
    same = re.search(r"as in `(\w+)`", told)
    if same:
        told += " " + meaning(tables, name, same[1])
    if told == "the same":
        order = [row[0] for row in tables[name]]
        told = meaning(tables, name, order[order.index(field) - 1])
    return told


def has_words(name, field):
    return (name, field) in REASONS or (WORDS.fullmatch(field) is not None and (name, field) not in OTHERS)


def check_words(tables, listed):
    for event in listed:
        name = event["name"]
        for field, kind, _ in tables[name]:
            value = event["data"][field]
            if kind not in ("text", "ref") or (value is not None and not has_words(name, field)):
                continue
            word = r"(?<![\w-])%s(?![\w-])" % re.escape("null" if value is None else value)
            check(re.search(word, meaning(tables, name, field)), "the page does not know %s of %s in" % (value, field), event)


def check_dropped(listed):
    """What was read of a message is told even if it is of no use."""
    for event in listed:
        if event["name"] == "ike:message_dropped" and event["data"]["reason"] in ("bad_icv", "version", "no_sa"):
            sealed = event["data"]["reason"] == "bad_icv"
            check(event["data"]["payloads"].startswith("SK") == sealed, "payloads of", event)


def check_networks(listed):
    """Those behind a host are told, all of them."""
    told = {e["id"].split("#")[0]: e["data"]["networks"].split(", ") for e in listed if e["name"] == "host:declared"}
    for event in listed:
        if event["name"] == "ike:child_installed":
            network = ipaddress.ip_network(event["data"]["local_ts"])
            networks = told[event["id"].split("/")[0]]
            check("%s-%s" % (network[0], network[-1]) in networks, network, "is not among", networks)


def main(names):
    tables = read_recording.read_tables(PAGE)
    seen = set()
    with temporary() as directory:
        rare = os.path.join(directory, "rare.yaml")
        with open(rare, "w", encoding="utf-8") as file:
            file.write(RARE)
        for path in [rare] + [scenario(name) for name in names or scenario_names()]:
            out = os.path.join(directory, os.path.basename(path)[:-5])
            run(out, path)
            with open(os.path.join(out, "scenario.yaml"), encoding="utf-8") as file:
                whole = not re.search(r"(?m)^record:", file.read())
            with contextlib.redirect_stdout(io.StringIO()):
                read_recording.main(out, PAGE, whole)
            listed = events(out)
            check_words(tables, listed)
            check_dropped(listed)
            if path == scenario("window-one"):  # has 26 of them
                check_networks(listed)
            seen.update(event["name"] for event in listed)
            print("%s: %d events as the page tells them" % (os.path.basename(out), len(listed)))
    if not names:
        equal(sorted(set(tables) - seen), [], "kinds of events that no scenario shows")


main(sys.argv[2:])
