"""What outlives a crash: a cluster's standby (RFC 6311), and tickets (RFC 5723), seen from outside.

usage: test_failover.py IKESIM
"""

import csv
import json
import os

from ikesim import check, equal, events, run, scenario, temporary

SECOND = 1000000000


def counts(directory):
    with open(os.path.join(directory, "summary.json"), encoding="utf-8") as text:
        return json.load(text)["counts"]


def named(listed, name):
    return [e for e in listed if e["name"] == name]


def cluster(top, name, sync):
    directory = os.path.join(top, name)
    run(directory, scenario("failover"), "--set", "hosts.gw.cluster.sync=" + sync, expect=(0, 1))
    return events(directory), counts(directory)


def check_syncs(top):
    """The less the standby is told, the more is lost; and what it does not know it does not go on with."""
    on_change, best = cluster(top, "on_change", "on_change")
    late, middle = cluster(top, "late", "500ms")
    _, worst = cluster(top, "none", "none")
    check(best["inner_packets_lost"] < middle["inner_packets_lost"] < worst["inner_packets_lost"], "lost")
    equal((best["ike_sas_taken_over"], middle["ike_sas_taken_over"], worst["ike_sas_taken_over"]), (20, 20, 0), "taken over")
    for event in named(on_change, "host:synced"):
        data = event["data"]
        check(data["what"] == "told" and 200 < data["octets"] < 2000 or data["octets"] == 0, "octets", event)
    # One member tells until 10 s, the other one from 10.5 s on, when the first is up again from 15 s on.
    check({e["data"]["member"] for e in named(on_change, "host:synced") if e["time"] < 10 * SECOND} == {"gw1"}, "gw1 tells")
    check({e["data"]["member"] for e in named(on_change, "host:synced") if e["time"] > 10 * SECOND} == {"gw2"}, "gw2 tells")
    taken = named(on_change, "host:takeover")
    equal([(e["time"], e["data"]["member"], e["data"]["ike_sas"], e["data"]["silent"]) for e in taken],
          [(10500000000, "gw2", 20, 500000000)], "the takeover")


def check_counters(recording):
    """What both ends agree on is no less than either knew, and Message IDs go on from there (RFC 6311 §5.1)."""
    asked, sent, agreed = {}, {}, {}
    for event in recording:
        data, scope = event["data"], event["id"].split("#")[0]
        if event["name"] == "ike:message_sent" and not data["response"] and data["message_id"] > 0:
            key = scope, data["spi_i"]
            check(data["message_id"] >= agreed.get(key, 0), event["id"], "goes back to", data["message_id"])
            sent[key] = max(sent.get(key, 0), data["message_id"])
        if event["name"] != "ike:counter_sync":
            continue
        key = scope, data["spi_i"]
        mirror = "/".join(reversed(scope.split("/"))), data["spi_i"]
        if data["what"] == "asked":
            asked[key] = data
        elif data["what"] == "answered":
            check(data["send"] >= asked[mirror]["recv"] and data["recv"] >= asked[mirror]["send"], "no less than was told", data)
            check(data["send"] > sent[key], "higher than all that was sent", data)
            equal(data["nonce"], asked[mirror]["nonce"], "the nonce comes back")
            agreed[key] = data["send"]
        elif data["what"] == "adopted":
            agreed[key] = data["send"]
            equal(agreed[mirror], data["recv"], "both ends agree")
    equal(len([k for k in agreed if k[0].startswith("gw/")]), 20, "all have agreed")


def check_sequences(recording):
    """ESP under one SPI never uses a number twice, whichever member sends; and it skips as far as was asked (§5.2)."""
    last, jumps = {}, 0
    for event in recording:
        if event["name"] == "esp:sent":
            spi, number = event["data"]["spi"], event["data"]["sequence"]
            check(number > last.get(spi, 0), event["id"], "sends", number, "after", last.get(spi))
            jumps += number - last.get(spi, 0) > 60000
            last[spi] = number
    check(jumps >= 20, "only", jumps, "CHILD SAs have skipped")


def check_successor(top):
    """An IKE SA is rekeyed, and the member dies beside the word about its successor: just before the standby gets it that one knows
    the old one, just after it the new one; never none, and never both, which have the same CHILD SAs."""
    with open(scenario("failover-asked"), encoding="utf-8") as text:
        story = text.read().replace("do: rekey_child, at: 10s, host: gw, child: net", "do: rekey_ike, at: 10s, host: gw")
    story = "".join(line for line in story.splitlines(True) if "do: drop" not in line).split("expect:")[0]
    path, directory = os.path.join(top, "successor.yaml"), os.path.join(top, "successor")

    def go(text):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        run(directory, path, "--force")
        return events(directory)

    recording = go(story)
    old, new = [e["data"]["spi_i"] for e in recording if e["name"] == "ike:state" and e["data"]["to"] == "ESTABLISHED"
                and e["id"].startswith("gw/") and e["time"] < 10100000000]
    word = [e["time"] for e in named(recording, "host:synced") if e["time"] > 10030000000][0]
    equal([e["data"]["what"] for e in named(recording, "host:synced") if e["data"]["what"] != "told"], [], "nothing is told to be gone")
    for after, kept in ((-1, old), (1, new)):
        recording = go(story.replace("at: 10200ms", "at: %dns" % (word + after)))
        equal([e["data"]["ike_sas"] for e in named(recording, "host:takeover")], [1], "IKE SAs of which the standby knows")
        equal([e["data"]["spi_i"] for e in named(recording, "ike:sa_taken_over")], [kept], "which one is taken over")
    equal({e["data"]["spi_i"] for e in named(recording, "ike:message_received") if e["time"] > 19 * SECOND}, {new}, "both ends go on")


def check_three(top):
    """Of three members two crash one soon after the other. The third knows each IKE SA once, as the first or as the second has told of
    it, whenever that was; and says in no case what the second has said already, which the peers would ignore (RFC 6311 §5.1)."""
    with open(scenario("failover-three"), encoding="utf-8") as text:
        story = "".join(line for line in text if "at: 25s" not in line).split("expect:")[0].replace("duration: 35s", "duration: 14s")
    path, directory = os.path.join(top, "three.yaml"), os.path.join(top, "three")
    for second, sync in (("10500020us", "on_change"), ("10501010us", "on_change"), ("10700ms", "500ms")):
        with open(path, "w", encoding="utf-8") as file:
            file.write(story.replace("at: 15s, host: gw", "at: %s, host: gw" % second))
        run(directory, path, "--force", "--set", "hosts.gw.cluster.sync=" + sync)
        recording = events(directory)
        equal([(e["data"]["member"], e["data"]["ike_sas"]) for e in named(recording, "host:takeover")], [("gw2", 10), ("gw3", 10)],
              "who goes on, after", second)
        equal([e["id"] for e in named(recording, "ike:counter_sync") if e["data"]["what"] == "ignored"], [], "ignored, after", second)
        for key in ("ike_gave_up", "ike_sas_failed"):
            equal(counts(directory).get(key, 0), 0, key, "after", second)
        last = {e["id"].split("#")[0] for e in named(recording, "esp:received") if e["time"] > 13 * SECOND and e["id"].startswith("gw/")}
        equal(len(last), 10, "clients that are heard at the end, after", second)


def check_resume(top):
    """A storm that never ends without tickets is over in a moment with them, at a hundredth of the gateway's time."""
    busy = {}
    for name in ("reboot-storm", "resume"):
        directory = os.path.join(top, name)
        run(directory, scenario(name))
        with open(os.path.join(directory, "series.csv"), encoding="utf-8") as text:
            busy[name] = sum(int(row["cpu_busy_ns"]) for row in csv.DictReader(text)
                             if row["host"] == "gw" and int(row["time_ns"]) > 65 * SECOND)
    check(busy["resume"] * 100 < busy["reboot-storm"], "CPU time of the gateway after the crash:", busy)
    recording = events(os.path.join(top, "resume"))
    late = [e for e in named(recording, "ike:key_pair") if e["time"] > 60 * SECOND]
    equal(late, [], "key pairs after the crash")
    ledgers = [e["data"]["ledger"] for e in named(recording, "cpu:work")
               if e["time"] > 60 * SECOND and e["id"].startswith("gw/")]
    check(ledgers and not any("keygen" in text or "derive" in text for text in ledgers), "no key exchange is in the ledgers")
    print("CPU time of the gateway after the crash: %.3f s without tickets, %.3f s with them" %
          (busy["reboot-storm"] / SECOND, busy["resume"] / SECOND))


with temporary() as directory_of_all:
    check_syncs(directory_of_all)
    for kept in ("on_change", "late"):
        story = events(os.path.join(directory_of_all, kept))
        check_counters(story)
        check_sequences(story)
    check_successor(directory_of_all)
    check_three(directory_of_all)
    check_resume(directory_of_all)
