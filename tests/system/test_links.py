"""What links do, seen from outside: what they lose and why, what they turn, how they change, and that nothing altered
gets through.

usage: test_links.py IKESIM
"""

import os

from ikesim import call, check, equal, events, program, run, temporary

SECOND = 1000000000

SCENARIO = """\
duration: 30s
seed: 3
hosts:
  - name: alice
    connect: gw
    ike: {secret: s}
    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24], replay_window: 0}]
    traffic:
      - {child: net, every: 100ms, start: 2s}
      - {child: net, every: 1s, start: 2s, size: 1000B}
  - {name: gw, ike: {secret: s}, children: [{name: net, local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}]}
links:
  - between: [alice, gw]
    delay: 20ms
    mtu: 800
    changes: [{at: 5s, down: true}, {at: 7s, down: false}, {at: 20s, gemodel: [50%, 50%]}, {at: 25s, gemodel: [0%, 100%]}]
    forward:
      changes:
        - {at: 5s, down: true}
        - {at: 7s, down: false}
        - {at: 10s, corrupt: 100%, duplicate: 50%}
        - {at: 15s, corrupt: 0%, duplicate: 0%, rate: 4kbit, limit: 2}
        - {at: 20s, rate: 0bit, delay: 200ms}
expect:
  - {host: alice, child: net, is: established, by: 1s}
  - {count: inner_packets_altered, equals: 0}
  - {count: datagrams_corrupted, at_least: 40}
"""


def within(listed, name, begin, end):
    return [e for e in listed if e["name"] == name and begin * SECOND <= e["time"] < end * SECOND]


def lost(listed, begin, end, host):
    return [e["data"]["why"] for e in within(listed, "net:lost", begin, end) if e["id"].startswith(host + "/")]


def sent(listed, begin, end, host):
    return [e for e in within(listed, "net:sent", begin, end) if e["id"].startswith(host + "/")]


def check_losses(listed):
    equal(set(lost(listed, 2, 5, "alice")), {"mtu"}, "before any change only what is too big is lost")
    big = [e for e in sent(listed, 2, 5, "alice") if len(e["data"]["bytes"]) // 2 + 20 > 800]
    equal(len(lost(listed, 2, 5, "alice")), len(big), "all of it")
    down = lost(listed, 5, 7, "alice")
    equal(set(down), {"down"}, "an outage loses everything")
    equal(len(down), len(sent(listed, 5, 7, "alice")), "sent while the link is down")
    check(not [why for why in lost(listed, 7, 20, "gw") if why != "mtu"], "the way back is untouched after the outage")
    check("queue" in lost(listed, 15, 20, "alice"), "a slow link has a full queue")
    check("gemodel" in lost(listed, 20, 25, "gw"), "bursts of losses on the way back")
    check("gemodel" not in lost(listed, 20, 30, "alice"), "a direction with changes of its own has only these")
    check("gemodel" not in lost(listed, 25.1, 30, "gw"), "bursts end")


def check_corruption(listed):
    turned = within(listed, "net:corrupted", 10, 15)
    refused = [e for e in within(listed, "esp:dropped", 10, 15.1) if e["id"].startswith("gw/")]
    unknown = [e for e in within(listed, "esp:no_sa", 10, 15.1) if e["id"].startswith("gw/")]
    check(len(turned) >= 40, "bits were turned")
    # Only copies, which the link leaves whole, get through: every turned datagram is refused.
    equal(len(refused) + len(unknown), len(turned), "turned datagrams that gw refused")


def check_delays(listed):
    # At 4 kbit/s a ping of 56 octets takes more than 200 ms; what waits comes behind it.
    slow = [e["data"]["delay"] for e in within(listed, "net:delivered", 15.5, 20) if e["id"].startswith("gw/")]
    check(slow and min(slow) > 220000000 + 20000000, "the time to send at the rate is part of the delay")
    late = [e["data"]["delay"] for e in within(listed, "net:delivered", 22, 30) if e["id"].startswith("gw/")]
    equal(set(late), {200000000}, "delays after a change")


def check_queue(listed):
    """What waits is told: how many with it, and until when; and it arrives no earlier."""
    waits = [e for e in listed if e["name"] == "net:queued"]
    check(waits, "nothing waits before a link of 4 kbit/s")
    check(all(15000000000 <= e["time"] < 20000000000 for e in waits), "there is a rate, and a queue, from 15 s to 20 s alone")
    check(all(1 <= e["data"]["waiting"] <= 2 == e["data"]["limit"] for e in waits), "more wait than the limit lets")
    arrivals = {e["data"]["sent"]: e["time"] for e in listed if e["name"] == "net:delivered"}
    for event in waits:
        arrived = arrivals.get(event["cause"])
        check(arrived is None or arrived >= event["time"] + event["data"]["wait"], "it overtakes its place", event)


def main():
    with temporary() as directory:
        path = os.path.join(directory, "links.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(SCENARIO)
        result = os.path.join(directory, "out")
        run(result, path)
        listed = events(result)
        check_losses(listed)
        check_corruption(listed)
        check_delays(listed)
        check_queue(listed)
        shown = call(program(), "scenario", "show", path).stdout
        with open(path, "w", encoding="utf-8") as out:
            out.write(shown)
        equal(call(program(), "scenario", "show", path).stdout, shown, "what is shown is the same scenario")


main()
