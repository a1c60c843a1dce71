"""series.csv against the recording of the same run, column by column, and recordings of a share of the pairs.

usage: test_series.py IKESIM
"""

import csv
import json
import os

from ikesim import SCENARIOS, call, check, equal, events, program, run, temporary

SECOND = 1000000000

SCENARIO = """\
duration: 8s
seed: 9
hosts:
  - name: client
    count: 20
    connect: gw
    ike: {secret: s, id: client-%d@example.org, retransmit_timeout: 400ms, retransmit_tries: 3}
    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}]
    traffic: [{child: net, kind: poisson, every: 100ms, size: 64B, late: 28ms}, {child: net, every: 500ms}]
  - name: gw
    ike: {secret: s}
    children: [{name: net, local_ts: [10.2.0.0/24], remote_ts: [0.0.0.0/0]}]
    cpu: {cores: 1, queue: 5}
links:
  - {between: [client, gw], delay: 20ms, jitter: 10ms, loss: 10%, duplicate: 1%}
costs:
  - {kind: keygen, transform: x25519, per_operation: 10ms}
  - {kind: derive, transform: x25519, per_operation: 25ms}
  - {kind: parse, per_operation: 500us}
script:
  - {at: 3s, do: rekey_child, host: client-1, child: net}
  - {at: 4s, do: rekey_ike, host: client-1}
  - {at: 5s, do: delete_ike, host: client-2}
series: {every: 250ms, hosts: [gw, client-1]}
"""


def rows(directory):
    with open(os.path.join(directory, "series.csv"), newline="") as text:
        return [{k: v if k == "host" else int(v) for k, v in row.items()} for row in csv.DictReader(text)]


def owner(event):
    return event["id"].split("/")[0].split("#")[0]


def state_class(state):
    return {"ESTABLISHED": 2, "NONE": 0, "DELETING": 0, "CLOSED": 0}.get(state, 1)


SIMPLE = {
    "gave_up": ("ike:gave_up",), "ike_sent": ("ike:message_sent",), "retransmissions": ("ike:retransmission",),
    "ike_dropped": ("ike:message_dropped",), "esp_sent": ("esp:sent",), "esp_received": ("esp:received",),
    "esp_dropped": ("esp:dropped", "esp:no_sa"), "datagrams_sent": ("net:sent",), "datagrams_lost": ("net:lost",),
    "packets_sent": ("traffic:sent",), "cpu_dropped": ("cpu:dropped",),
}


class Counter:
    """Counts the events of one host, or of all, as docs/recording.md says."""

    def __init__(self, host):
        self.host = host
        self.gauges = {"half_open": 0, "established": 0, "children": 0}
        self.begin()

    def begin(self):
        self.counts = {name: 0 for name in list(SIMPLE) + ["attempts", "setups", "ike_rekeys", "child_rekeys",
                                                           "packets_delivered", "packets_late"]}
        self.waits, self.delays, self.setups = [], [], []

    def take(self, event, setup):
        name, data = event["name"], event["data"]
        if self.host != "*" and owner(event) != self.host:
            return
        for column, names in SIMPLE.items():
            self.counts[column] += name in names
        once = self.host == "*"
        if name == "ike:state" and not (once and data["role"] != "initiator"):
            before, after = state_class(data["from"]), state_class(data["to"])
            for gauge, value in (("half_open", 1), ("established", 2)):
                self.gauges[gauge] += (after == value) - (before == value)
            self.counts["attempts"] += (before, after) == (0, 1)
            self.counts["setups"] += (before, after) == (1, 2)
            if setup is not None:
                self.setups.append(setup)
        elif name == "ike:sa_rekeyed":
            self.counts["ike_rekeys"] += not (once and data["role"] != "initiator")
        elif name == "ike:child_rekeyed":
            self.counts["child_rekeys"] += not (once and data["by"] != "self")
        elif name == "ike:child_installed":
            self.gauges["children"] += 1
        elif name == "ike:child_removed":
            self.gauges["children"] -= 1
        elif name == "cpu:work" and data["class"] != "esp":
            self.waits.append(data["started"] - data["arrived"])
        elif name == "traffic:delivered" and data["times"] == 1:
            self.delays.append(data["delay"])
            self.counts["packets_delivered"] += 1
            late = 28 if data["flow"].startswith("poisson") else 150
            self.counts["packets_late"] += data["delay"] > late * 1000000


def check_percentiles(row, name, values):
    values = sorted(values)
    for column, share in (("p50", 0.5), ("p99", 0.99)):
        exact = values[max(0, -(-len(values) * round(share * 1000) // 1000) - 1)] if values else 0
        check(exact <= row["%s_%s_ns" % (name, column)] <= exact + exact // 32, row["time_ns"], row["host"], name,
              column, row["%s_%s_ns" % (name, column)], "of", exact)
    equal(row[name + "_max_ns"], values[-1] if values else 0, row["time_ns"], row["host"], name, "max")


def busy(listed, host, begin, end):
    return sum(max(0, min(end, e["data"]["started"] + e["data"]["cost"]) - max(begin, e["data"]["started"]))
               for e in listed if e["name"] == "cpu:work" and host in ("*", owner(e)))


def waiting(listed, host, at):
    return sum(1 for e in listed if e["name"] == "cpu:work" and host in ("*", owner(e))
               and e["data"]["arrived"] < at <= e["data"]["started"])


def check_series(listed, table, every, end):
    order = ["*", "gw", "client-1"]
    equal([(r["time_ns"], r["host"]) for r in table],
          [(t, h) for t in range(every, end + 1, every) for h in order], "rows")
    counters = [Counter(host) for host in order]
    wanted, at = {}, 0
    for i, row in enumerate(table):
        counter = counters[i % 3]
        if i % 3 == 0:
            while at < len(listed) and (listed[at]["time"] < row["time_ns"] or row["time_ns"] == end):
                event, setup = listed[at], None
                scope = event["id"].split("#")[0]
                if event["name"] == "host:order" and event["data"]["order"] == "initiate":
                    wanted.setdefault(scope, event["time"])
                elif event["name"] == "ike:state" and event["data"]["to"] == "ESTABLISHED" and scope in wanted:
                    setup = event["time"] - wanted.pop(scope)
                for each in counters:
                    each.take(event, setup)
                at += 1
        for column, value in list(counter.counts.items()) + list(counter.gauges.items()):
            equal(row[column], value, row["time_ns"], row["host"], column)
        check_percentiles(row, "wait", counter.waits)
        check_percentiles(row, "delay", counter.delays)
        check_percentiles(row, "setup", counter.setups)
        equal(row["cores"], {"*": 81, "gw": 1, "client-1": 4}[row["host"]], "cores")
        if row["time_ns"] < end - SECOND:  # what is in work when the run ends is in no recording
            worked = busy(listed, row["host"], row["time_ns"] - every, row["time_ns"])
            equal(row["cpu_busy_ns"], worked, row["time_ns"], row["host"], "CPU")
            equal(row["cpu_permille"], worked // row["cores"] * 1000 // every, row["time_ns"], row["host"], "permille")
            equal(row["queue"], waiting(listed, row["host"], row["time_ns"]), row["time_ns"], row["host"], "queue")
        counter.begin()
    equal(at, len(listed), "events")


def check_sums(table, summary):
    counts = summary["counts"]
    for column, name in (("packets_lost", "inner_packets_lost"), ("packets_late", "inner_packets_late"),
                         ("lost_in_rekey", "packets_lost_in_rekey"), ("packets_sent", "inner_packets_sent"),
                         ("datagrams_lost", "datagrams_lost"), ("cpu_dropped", "cpu_dropped"),
                         ("retransmissions", "ike_retransmissions")):
        total = sum(r[column] for r in table if r["host"] == "*")
        if column == "retransmissions":  # the observer counts answers that went out again too
            check(0 < total <= counts[name], column)
        else:
            equal(total, counts[name], column)
    gw = [r for r in table if r["host"] == "gw"]
    check(max(r["queue_max"] for r in gw) >= 5, "the queue fills")
    check(max(r["cpu_permille"] for r in gw) > 500, "the CPU is busy")
    check(sum(r["cpu_dropped"] for r in gw) > 0, "items are dropped")


def check_large(directory, table):
    """A world of more than a thousand hosts counts by host only for those that are asked for: the rows are the same."""
    path = os.path.join(directory, "large.yaml")
    with open(path, "w") as out:
        out.write(SCENARIO.replace("links:\n", "  - {name: idle, count: 1000, ike: {secret: s}}\nlinks:\n"))
    large = os.path.join(directory, "large")
    run(large, path)
    for ours, theirs in zip(rows(large), table):
        for column, value in theirs.items():
            if theirs["host"] != "*" or column not in ("cores", "cpu_permille"):
                equal(ours[column], value, "large", ours["time_ns"], ours["host"], column)


def text(directory, name):
    with open(os.path.join(directory, name)) as file:
        return file.read()


def check_share(directory, path, whole):
    """A recording of a share is the lines of some pairs, each as in the recording of all; nothing else differs."""
    listed = {e["id"]: e for e in events(whole)}
    hash_of = json.loads(text(whole, "summary.json"))["hash"]
    for setting, least, most in (("record={pairs: [0, 3..4]}", 3, 3), ("record={sample: 30%}", 1, 12),
                                 ("record={pairs: [19], sample: 10%}", 1, 7), ("record={sample: 0%}", 0, 0)):
        share = os.path.join(directory, "share")
        run(share, path, "--force", "--set", setting)
        recorded = events(share)
        ends = [e for e in recorded if e["name"] == "run:end"]
        for e in recorded:
            if e["name"] not in ("run:begin", "run:end"):
                equal(e, listed[e["id"]], setting, "as in the whole")
        ids = {e["id"] for e in recorded}
        check(all(e["cause"] is None or e["cause"] in ids for e in recorded), setting, "every cause is there")
        pairs = {e["id"].split("/")[0] for e in recorded if e["id"].startswith("client-") and "/" in e["id"]}
        check(least <= len(pairs) <= most, setting, sorted(pairs))
        for pair in pairs:
            for scope in (pair + "/gw#", "gw/" + pair + "#"):
                equal(sum(1 for i in ids if i.startswith(scope)), sum(1 for i in listed if i.startswith(scope)), scope)
        equal((ends[0]["data"]["hash"], ends[0]["data"]["events"]), (hash_of, len(recorded)), setting, "hash")
        equal(text(share, "series.csv"), text(whole, "series.csv"), setting, "series")
        if "pairs: [0" in setting:
            equal(pairs, {"client-1", "client-4", "client-5"}, setting)
            shown = call(program(), "ladder", share, "--pair", "client-4,gw").stdout
            check("IKE_AUTH" in shown, "a ladder of a recorded pair", shown[:400])


with temporary() as directory:
    path = os.path.join(directory, "t.yaml")
    with open(path, "w") as out:
        out.write(SCENARIO)
    whole = os.path.join(directory, "whole")
    run(whole, path)
    listed = [e for e in events(whole) if e["name"] not in ("run:begin", "run:end", "expect:checked", "host:declared")]
    table = rows(whole)
    check_series(listed, table, SECOND // 4, 8 * SECOND)
    check_sums(table, json.loads(text(whole, "summary.json")))
    check_share(directory, path, whole)
    check_large(directory, table)
    none = os.path.join(directory, "none")
    run(none, os.path.join(SCENARIOS, "four-messages.yaml"), "--set", "series.every=0s")
    check(not os.path.exists(os.path.join(none, "series.csv")), "no series where none is wanted")
    # Lengths of intervals that follow from the duration.
    for duration, every in (("10s", "1s"), ("1h", "2s"), ("10h", "20s"), ("30d", "1000s")):
        shown = call(program(), "scenario", "show", "four-messages", "--set", "duration=" + duration).stdout
        check("series: {every: %s," % every in shown, duration, shown[-200:])
print("ok")
