"""Links that groups share, and how groups are spread over those that they connect to.

usage: test_shared.py IKESIM
"""

import json
import os

from ikesim import call, check, equal, events, program, run, temporary

SECOND = 1000000000

SCENARIO = """\
duration: 12s
seed: 2
hosts:
  - name: branch
    count: 10
    connect: gw
    ike: {secret: s, id: b-%d}
    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.250.0.0/16]}]
    traffic: [{child: net, kind: poisson, rate: 200kbit, start: 2s, late: 10s}]
  - {name: gw, ike: {secret: s}, children: [{name: net, local_ts: [10.250.0.0/16], remote_ts: [10.0.0.0/8]}]}
links:
  - {between: [branch, gw], delay: 20ms, rate: 1mbit, limit: 50, shared: true}
"""

SPREAD = """\
duration: 2s
hosts:
  - {name: c, count: 60, connect: gw, spread: hash, ike: {secret: s, id: c-%d},
     children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.200.0.0/16]}]}
  - {name: gw, count: 4, ike: {secret: s, id: gw-%d, block_threshold: 0, cookie_threshold: 0},
     children: [{name: net, local_ts: [10.200.0.0/16], remote_ts: [10.0.0.0/8]}]}
links: [{between: [c, gw], delay: 1ms}]
"""


def make(top, text, *arguments):
    path, out = os.path.join(top, "t.yaml"), os.path.join(top, "out")
    with open(path, "w") as file:
        file.write(text)
    run(out, path, "--force", *arguments)
    with open(os.path.join(out, "summary.json")) as summary:
        return events(out), json.load(summary)


def octets(event):
    data = event["data"]
    return len(data["bytes"]) // 2 + 20 + (8 if data["protocol"] == 17 else 0)


with temporary() as top:
    # Ten branches offer twice what the link carries: it carries its rate, in the order in which they came.
    listed, summary = make(top, SCENARIO)
    sent = {e["id"]: e for e in listed if e["name"] == "net:sent"}
    arrived = [e for e in listed if e["name"] == "net:delivered" and e["id"].startswith("gw/")]
    lost = [e for e in listed if e["name"] == "net:lost"]
    equal({e["data"]["why"] for e in lost}, {"queue"}, "why they are lost")
    span = [e for e in arrived if 5 * SECOND <= e["time"] < 11 * SECOND]
    bits = sum(octets(sent[e["data"]["sent"]]) * 8 for e in span)
    check(abs(bits / 6e6 - 1) < 0.015, "the link carries its rate:", bits / 6)
    for before, after in zip(span, span[1:]):
        size = octets(sent[after["data"]["sent"]]) * 8 * 1000
        check(after["time"] - before["time"] >= size, "one behind the other", before, after)
        check(sent[before["data"]["sent"]]["time"] <= sent[after["data"]["sent"]]["time"], "as they came")
    # Nobody is favoured for where it stands in the file.
    shares = {}
    for e in span:
        shares[e["id"].split("#")[0]] = shares.get(e["id"].split("#")[0], 0) + 1
    equal(len(shares), 10, "all get through")
    worst = max(e["data"]["delay"] for e in span)
    check(0.3 * SECOND < worst < 0.02 * SECOND + 51 * 0.0095 * SECOND, "a full queue is waited for:", worst)
    again, repeated = make(top, SCENARIO)
    equal(repeated["hash"], summary["hash"], "the same once more")
    # A link of its own for each has room for all.
    listed, alone = make(top, SCENARIO.replace(", shared: true", ""))
    equal(alone["counts"]["datagrams_lost"], 0, "private links")
    # A shared link without a rate is none that one would notice: the same counts, nothing lost.
    wide, narrow = (make(top, SCENARIO.replace("rate: 1mbit, limit: 50, shared: true", "shared: " + word))[1]
                    for word in ("true", "false"))
    equal(wide["counts"], narrow["counts"], "without a rate")
    # Outages and changes are the link's.
    listed, _ = make(top, SCENARIO.replace("shared: true", "shared: true, changes: [{at: 6s, down: true}]"))
    check(not [e for e in listed if e["name"] == "net:delivered" and e["time"] > 6.6 * SECOND], "an outage for all")
    shown = call(program(), "scenario", "show", os.path.join(top, "t.yaml")).stdout
    check("shared: true" in shown, shown)

    # By a hash of the name: one client more moves no other.
    listed, _ = make(top, SPREAD)
    peers = {e["id"].split("/")[0]: e["data"]["detail"] for e in listed if e["name"] == "host:order"}
    equal(len(peers), 60, "clients")
    equal(len([e for e in listed if e["name"] == "ike:state" and e["data"]["to"] == "ESTABLISHED"]), 120, "established")
    counts = [list(peers.values()).count("gw-%d" % n) for n in (1, 2, 3, 4)]
    check(min(counts) >= 7, "spread", counts)
    check(counts != [15] * 4, "not in turn", counts)
    more = {e["id"].split("/")[0]: e["data"]["detail"] for e in make(top, SPREAD.replace("count: 60", "count: 61"))[0]
            if e["name"] == "host:order"}
    equal({c: more[c] for c in peers}, peers, "one client more")
    turn = {e["id"].split("/")[0]: e["data"]["detail"] for e in make(top, SPREAD.replace("hash", "round-robin"))[0]
            if e["name"] == "host:order"}
    equal(turn, {"c-%d" % (n + 1): "gw-%d" % (n % 4 + 1) for n in range(60)}, "round-robin")
    # Fewer clients than gateways.
    make(top, SPREAD.replace("count: 60", "count: 3"))
print("ok")
