"""Hosts that restart with nothing left of what they knew, and peers that try again.

usage: test_restart.py IKESIM
"""

import json
import os

from ikesim import call, check, equal, events, program, run, temporary

SECOND = 1000000000

SCENARIO = """\
duration: 60s
seed: 4
hosts:
  - name: alice
    connect: gw
    ike: {secret: s, retransmit_timeout: 1s, retransmit_base: 1, retransmit_tries: 2, keyingtries: %(tries)s,
          dpd_delay: 3s, dpd_action: %(action)s}
    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}]
    traffic: [{child: net, kind: cbr, every: 100ms, size: 64B}]
  - name: gw
    ike: {secret: s}
    children: [{name: net, local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}]
    traffic: [{child: net, every: 1s}]
links:
  - between: [alice, gw]
    delay: 20ms
    changes: %(changes)s
script: %(script)s
"""


def make(directory, **values):
    path = os.path.join(directory, "t.yaml")
    with open(path, "w") as out:
        out.write(SCENARIO % dict({"tries": 1, "action": "clear", "changes": "[]", "script": "[]"}, **values))
    out = os.path.join(directory, "out")
    run(out, path, "--force")
    with open(os.path.join(out, "summary.json")) as text:
        return events(out), json.loads(text.read())


def orders(listed):
    return [(e["time"], e["data"]["origin"]) for e in listed if e["name"] == "host:order"
            and e["id"].startswith("alice/") and e["data"]["order"] == "initiate"]


def named(listed, name, host):
    return [e for e in listed if e["name"] == name and e["id"].split("#")[0].split("/")[0] == host]


with temporary() as top:
    # Nobody answers: as many attempts as keyingtries says, each with a transmission and two more.
    down = "[{at: 0s, down: true}]"
    for tries in (1, 3):
        listed, _ = make(top, tries=tries, changes=down)
        equal([origin for _, origin in orders(listed)], ["connect"] + ["keyingtries"] * (tries - 1), tries)
        equal(len(named(listed, "net:sent", "alice")), 3 * tries, "transmissions")
        spis = {e["data"]["spi_i"] for e in named(listed, "ike:sa_created", "alice")}
        equal(len(spis), tries, "each attempt has an SPI of its own")
    # Without end, until the link is there.
    listed, _ = make(top, tries=0, changes="[{at: 0s, down: true}, {at: 31s, down: false}]")
    check(len(orders(listed)) > 9, "attempts without end")
    check([e for e in named(listed, "ike:state", "alice") if e["data"]["to"] == "ESTABLISHED"], "at last")

    # The gateway restarts. Alice learns of it by her probe, and begins anew only if she is to.
    script = "[{at: 10s, do: restart, host: gw, down: 2s}]"
    for action in ("clear", "restart"):
        listed, summary = make(top, action=action, script=script)
        restarts = named(listed, "host:restart", "gw")
        equal([(e["time"], e["data"]) for e in restarts], [(10 * SECOND, {"ike_sas": 1, "up": 12 * SECOND})], "restart")
        closed = [e for e in named(listed, "ike:state", "gw") if e["data"]["to"] == "CLOSED"]
        equal([e["time"] for e in closed], [10 * SECOND], "the gateway's IKE SA ends with it")
        check("restarted" in closed[0]["data"]["why"], closed[0])
        equal(len([e for e in named(listed, "ike:child_removed", "gw") if e["time"] == 10 * SECOND]), 1, "CHILD SA")
        quiet = [e for e in listed if 10 * SECOND < e["time"] < 12 * SECOND and e["id"].startswith("gw/")
                 and e["name"] not in ("net:delivered", "cpu:dropped", "traffic:sent")]
        equal(quiet, [], "a host that restarts does nothing")
        unheard = [e for e in named(listed, "cpu:dropped", "gw") if e["data"]["why"] == "down"]
        check(len(unheard) >= 20, "what comes meanwhile is not heard", len(unheard))
        equal(summary["counts"]["cpu_dropped"], 0, "no queue was full")
        again = [t for t, origin in orders(listed) if origin == "dpd_action"]
        equal(len(again), 1 if action == "restart" else 0, action)
        late = [e for e in named(listed, "traffic:delivered", "gw") if e["time"] > 30 * SECOND]
        equal(bool(late), action == "restart", "traffic after half a minute", len(late))
        if action == "restart":
            gave_up = named(listed, "ike:gave_up", "alice")[0]["time"]
            equal(again[0], gave_up, "at once")
            check(10 * SECOND + 3 * SECOND <= gave_up <= 10 * SECOND + 7 * SECOND, "after the probe and its repetitions")
        # What was lost meanwhile is lost, and nothing of it was delivered twice.
        counts = summary["counts"]
        check(counts["inner_packets_lost"] > 25, counts["inner_packets_lost"])
        equal(counts["inner_packets_delivered_twice"], 0, "replays")
        shown = call(program(), "ladder", os.path.join(top, "out"), "--all").stdout
        check("restarting: datagram dropped" in shown, "the ladder")

    # A host that connects does so again when it has restarted; the gateway takes INITIAL_CONTACT for what it says.
    listed, summary = make(top, script="[{at: 10s, do: restart, host: alice, down: 1s}]")
    equal([t for t, _ in orders(listed)], [0, 11 * SECOND], "alice connects when she is up again")
    equal(summary["counts"]["initial_contacts_heard"], 2, "INITIAL_CONTACT")
    removed = [e for e in named(listed, "ike:state", "gw") if e["data"]["to"] == "CLOSED"]
    check(len(removed) == 1 and removed[0]["time"] > 11 * SECOND, "the older IKE SA goes then", removed)

    # In the middle of work: what the cores had in hand is over, and nothing of it leaves.
    for at in ("40ms", "40.1ms", "40.3ms", "100ms", "120.1ms"):
        make(top, tries=0, action="restart", script="[{at: %s, do: restart, host: gw, down: 500ms}]" % at)

    # Times at which a group connects: drawn for each, in the span that is given.
    path = os.path.join(top, "group.yaml")
    with open(path, "w") as out:
        out.write("""\
duration: 20s
hosts:
  - {name: c, count: 100, connect: gw, connect_at: 2s, connect_within: 10s, ike: {secret: s, id: c-%d},
     children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.250.0.0/16]}]}
  - {name: gw, ike: {secret: s}, children: [{name: net, local_ts: [10.250.0.0/16], remote_ts: [10.0.0.0/8]}]}
links: [{between: [c, gw], delay: 1ms}]
""")
    out = os.path.join(top, "group")
    run(out, path)
    times = sorted(e["time"] for e in events(out) if e["name"] == "host:order")
    equal(len(set(times)), 100, "times")
    check(2 * SECOND <= times[0] < 3 * SECOND and 11 * SECOND < times[-1] <= 12 * SECOND, times[0], times[-1])
    check(6 * SECOND < times[50] < 8 * SECOND, "evenly", times[50])

# Behind a NAT a peer is known by its IKE SA, once there is one: of a half-open one no path knows, nor of one whose address is
# gone. The gateway forgets it as it does the others, and serves both clients again.
BEHIND = """\
duration: 20s
seed: 4
hosts:
  - name: alice
    address: 192.168.1.10
    behind: box
    connect: gw
    ike: {secret: s, mobike: true, dpd_delay: 1s, dpd_action: restart, keyingtries: 0, retransmit_timeout: 300ms, retransmit_tries: 2}
    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}]
    traffic: [{child: net, every: 500ms, start: 15s}]
  - name: bob
    address: 192.168.1.11
    behind: box
    connect: gw
    ike: {secret: s, id: bob@example.org, dpd_delay: 1s, dpd_action: restart, keyingtries: 0, retransmit_timeout: 300ms, retransmit_tries: 2}
    children: [{name: net, local_ts: [10.3.0.0/24], remote_ts: [10.2.0.0/24]}]
    traffic: [{child: net, every: 500ms, start: 15s}]
  - name: gw
    address: 198.51.100.1
    ike: {secret: s, mobike: true}
    children:
      - {name: a, local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}
      - {name: b, local_ts: [10.2.0.0/24], remote_ts: [10.3.0.0/24]}
nats: [{name: box, address: 203.0.113.5}]
links:
  - {between: [alice, box], delay: 1ms}
  - {between: [bob, box], delay: 1ms}
  - {between: [alice, gw], delay: 20ms}
  - {between: [box, gw], delay: 20ms}
script:
  - {do: restart, at: %(at)s, host: gw}
  - {do: move, at: %(move)s, host: alice, to: 192.0.2.77}
expect:
  - {host: gw, ike: alice, is: established}
  - {host: gw, ike: bob, is: established}
  - {count: pings_answered, host: alice, at_least: 9}
  - {count: pings_answered, host: bob, at_least: 9}
"""
with temporary() as top:
    for at, move in (("25ms", "6s"), ("30ms", "6s"), ("70ms", "6s"), ("30ms", "29ms"), ("4s", "3990ms")):
        path = os.path.join(top, "t.yaml")
        with open(path, "w") as out:
            out.write(BEHIND % {"at": at, "move": move})
        run(os.path.join(top, "out"), path, "--force")
print("ok")
