"""What is sent behind the hosts: when, what becomes of it, and who counts it.

usage: test_traffic.py IKESIM
"""

import json
import math
import os
import statistics

from ikesim import call, check, equal, events, program, run, temporary

SECOND = 1000000000
MS = 1000000

SCENARIO = """\
duration: 24s
seed: 5
hosts:
  - name: alice
    connect: gw
    ike: {secret: s}
    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24], esp_proposals: [aes128gcm16-x25519]}]
    traffic:
      - {child: net, kind: cbr, rate: 700kbit, start: 1s, late: 45ms}
      - {child: net, kind: poisson, every: 10ms, size: 100B, start: 1s}
      - {child: net, kind: onoff, every: 20ms, on: 500ms, off: 1500ms, start: 1s, size: 16B}
      - {child: net, kind: onoff, every: 5ms, on: 300ms, off: 200ms, times: exponential, start: 1s, size: 16B}
      - {child: net, every: 100ms, start: 1s}
%s
  - name: gw
    ike: {secret: s}
    children: [{name: net, local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24], esp_proposals: [aes128gcm16-x25519]}]
    traffic: [{child: net, kind: cbr, every: 50ms, start: 1s, count: 100}]
links:
  - {between: [alice, gw], delay: 40ms, jitter: 10ms, loss: 5%%, duplicate: 2%%}
script:
  - {at: 8s, do: rekey_child, host: alice, child: net}
  - {at: 16s, do: rekey_child, host: gw, child: net}
"""


def times_of(listed, flow):
    return [e["time"] for e in listed if e["name"] == "traffic:sent" and e["data"]["flow"] == flow
            and e["data"]["kind"] != "echo reply"]


def check_constant(times):
    """No rate drifts: packet n leaves at n times its bits over the rate, to the nanosecond."""
    bits = (1000 + 28) * 8
    equal(times, [SECOND + n * bits * SECOND // 700000 for n in range(len(times))], "constant rate")
    equal(len(times), 23 * 700000 // bits + 1, "packets at 700 kbit/s")


def check_poisson(times):
    gaps = [b - a for a, b in zip(times, times[1:])]
    mean, n = statistics.mean(gaps), len(gaps)
    error = 10 * MS / math.sqrt(n)
    check(abs(mean - 10 * MS) < 4 * error, "mean gap", mean, "of", n)
    check(abs(statistics.pstdev(gaps) - 10 * MS) < 8 * error, "standard deviation", statistics.pstdev(gaps))
    # Exponential gaps forget: one in e is above the mean, whatever came before.
    above = sum(1 for g in gaps if g > 10 * MS) / n
    check(abs(above - math.exp(-1)) < 4 * math.sqrt(0.2325 / n), "share above the mean", above)


def check_on_off(times):
    inside = [(t - SECOND) % (2 * SECOND) for t in times]
    equal(sorted(set(inside)), [k * 20 * MS for k in range(25)], "sent in the first half second of each two")


def check_drawn(times):
    """Rows of packets 5 ms apart, broken by silences; both are drawn anew each time."""
    breaks = [b - a for a, b in zip(times, times[1:]) if b - a != 5 * MS]
    check(len(breaks) > 20, "silences", len(breaks))
    equal(len(set(breaks)), len(breaks), "no two alike")
    mean = statistics.mean(breaks)
    # A silence lasts from the end of the time on, up to 5 ms after the last packet.
    check(abs(mean - 202.5 * MS) < 4 * 200 * MS / math.sqrt(len(breaks)), "mean silence", mean)


def check_fates(listed, summary):
    """The observer's counts against the recording: what was sent and never delivered by the end is lost or under way."""
    counts = summary["counts"]
    sent = [e for e in listed if e["name"] == "traffic:sent"]
    arrived = [e for e in listed if e["name"] == "traffic:delivered" and e["data"]["times"] == 1]
    equal((counts["inner_packets_sent"], counts["inner_packets_delivered"]), (len(sent), len(arrived)), "counts")
    lost = counts["inner_packets_lost"]
    end = 24 * SECOND
    recent = sum(1 for e in sent if e["time"] > end - 60 * MS)
    check(len(sent) - len(arrived) - recent <= lost <= len(sent) - len(arrived), "lost", lost)
    check(lost > 0.03 * len(sent), "a twentieth is lost")
    late = [e for e in arrived if e["data"]["delay"] > (45 if e["data"]["flow"] == "cbr net"
                                                       and e["id"].startswith("gw/") else 150) * MS]
    equal(counts["inner_packets_late"], len(late), "late")
    check(len(late) > 100, "some are")
    for flow in summary["traffic"]:
        mine = [e for e in arrived if e["data"]["flow"] == flow["flow"]
                and (e["id"].startswith(flow["host"] + "/")) == (e["data"]["kind"] == "echo reply")]
        equal(flow["delivered"], len(mine), flow["host"], flow["flow"])
        delays = sorted(e["data"]["delay"] for e in mine)
        equal(flow["delay_ns"]["max"], delays[-1], "greatest delay of", flow["flow"])
        median = delays[(len(delays) - 1) // 2]
        check(median <= flow["delay_ns"]["p50"] <= median * 1.04, "median of", flow["flow"], median, flow["delay_ns"])


def check_rekey(listed, summary):
    """Packets lost or late while a CHILD SA is rekeyed, by the events at both ends of it."""
    spans = []
    for e in listed:
        data = e["data"]
        if e["name"] == "ike:message_sent" and "N(REKEY_SA)" in data["payloads"] and data["transmission"] == 1:
            spans.append([e["time"], None, e["id"].split("/")[0]])
        elif e["name"] == "ike:child_removed" and spans and spans[-1][1] is None:
            if e["id"].startswith(spans[-1][2] + "/"):
                spans[-1][1] = e["time"]
    equal(len(spans), 2, "rekeys")
    check(all(s[1] and 70 * MS < s[1] - s[0] for s in spans), "each takes two round trips", spans)
    late = [e for e in listed if e["name"] == "traffic:delivered" and e["data"]["times"] == 1
            and e["data"]["flow"] == "cbr net" and e["id"].startswith("gw/") and e["data"]["delay"] > 45 * MS
            and any(s[0] <= e["time"] and e["time"] - e["data"]["delay"] <= s[1] for s in spans)]
    counts = summary["counts"]
    equal(counts["packets_late_in_rekey"], len(late), "late in a rekey")
    check(len(late) > 0, "some are")
    sent = [e for e in listed if e["name"] == "traffic:sent"
            and any(s[0] - 50 * MS <= e["time"] <= s[1] for s in spans)]
    check(0 < counts["packets_lost_in_rekey"] <= 0.15 * len(sent), "lost in a rekey", counts["packets_lost_in_rekey"],
          "of", len(sent))
    equal(sum(f["lost_in_rekey"] for f in summary["traffic"]), counts["packets_lost_in_rekey"], "by flow")


def check_checksums(directory):
    """tshark finds no inner checksum wrong, and sees UDP at all."""
    try:
        seen = call("tshark", "-r", os.path.join(directory, "run.pcapng"), "-o", "udp.check_checksum:TRUE", "-o",
                    "ip.check_checksum:TRUE", "-Y", "udp.dstport == 5001", "-T", "fields", "-e", "udp.checksum.status",
                    env=dict(os.environ, WIRESHARK_CONFIG_DIR=os.path.join(directory, "wireshark"))).stdout.split()
    except FileNotFoundError:
        print("no tshark: checksums are not looked at")
        return
    check(len(seen) > 1000, "tshark sees the datagrams", len(seen))
    equal(set(seen), {"1"}, "checksums of UDP")


with temporary() as directory:
    path = os.path.join(directory, "t.yaml")
    with open(path, "w") as out:
        out.write(SCENARIO % "")
    first = os.path.join(directory, "first")
    run(first, path)
    listed = events(first)
    with open(os.path.join(first, "summary.json")) as text:
        summary = json.load(text)
    check_constant(times_of([e for e in listed if e["id"].startswith("alice/")], "cbr net"))
    check_poisson(times_of(listed, "poisson net"))
    check_on_off(times_of(listed, "onoff net"))
    check_drawn(times_of(listed, "onoff net 2"))
    check_fates(listed, summary)
    check_rekey(listed, summary)
    check_checksums(first)

    # A draw is a function of the flow and the packet: one more flow, and other losses, move nothing.
    with open(path, "w") as out:
        out.write(SCENARIO % "      - {child: net, kind: poisson, every: 40ms}")
    second = os.path.join(directory, "second")
    call(program(), "run", path, "-o", second, "--set", "links.0.loss=30%")
    again = events(second)
    for flow in ("poisson net", "onoff net 2"):
        equal(times_of(again, flow), times_of(listed, flow), flow, "with one more flow")

# From an address that was leased: with the next IKE SA it is another one, and traffic goes on from there.
LEASED = """\
duration: 12s
hosts:
  - name: alice
    connect: gw
    ike: {secret: s, vips: [0.0.0.0], reauth_time: 4s, make_before_break: true}
    children: [{name: net, remote_ts: [10.2.0.0/24]}]
    traffic: [{child: net, every: 100ms, start: 1s, count: 100}]
  - name: gw
    ike: {secret: s, pools: [10.3.0.1-10.3.0.9]}
    children: [{name: net, local_ts: [10.2.0.0/24]}]
links: [{between: [alice, gw], delay: 10ms}]
expect:
  - {count: ike_sas_established, host: alice, equals: 3}
  - {count: pings_answered, host: alice, at_least: 97}
"""
with temporary() as directory:
    path = os.path.join(directory, "t.yaml")
    with open(path, "w") as out:
        out.write(LEASED)
    run(os.path.join(directory, "out"), path)
    sources = {e["data"]["source"] for e in events(os.path.join(directory, "out"))
               if e["name"] == "traffic:sent" and e["id"].startswith("alice/")}
    equal(sources, {"10.3.0.1", "10.3.0.2"}, "alice's addresses, one after the other")
print("ok")
