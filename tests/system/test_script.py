"""Every order that a script can give, from the YAML line to what the recording says happened: to messages (drop,
duplicate, delay, each with and without nth) and to hosts (initiate, create_child, delete_child, delete_ike, liveness), also
at both ends at once, and orders that cannot be obeyed. And every form of `expect`, holding and failing.

usage: test_script.py IKESIM
"""

import json
import os
import re

from ikesim import call, check, equal, events, program, run, temporary

# Two hosts, a link that loses nothing and takes 40 ms, one CHILD SA from the beginning and one that a script may make.
WORLD = """
title: a script
duration: %(duration)s
hosts:
  - name: alice
    connect: gw
    ike: {secret: "correct horse", id: alice@example.org, window: 4, retransmit_timeout: 1s, retransmit_base: 2,
          retransmit_tries: 3, initial_contact: %(initial_contact)s}
    children:
      - {name: net, esp_proposals: [aes128gcm16], local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}
      - {name: lab, esp_proposals: [aes256-sha256], local_ts: [10.1.9.0/24], remote_ts: [10.2.9.0/24], start: false}
    traffic:
      - {child: net, kind: ping, every: 500ms}
      - {child: lab, kind: ping, every: 500ms}
  - name: gw
    ike: {secret: "correct horse", id: gw.example.org, window: 4, retransmit_timeout: 1s, retransmit_base: 2,
          retransmit_tries: 3, unique: %(unique)s}
    children:
      - {name: net, esp_proposals: [aes128gcm16], local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}
      - {name: lab, esp_proposals: [aes256-sha256], local_ts: [10.2.9.0/24], remote_ts: [10.1.9.0/24], start: false}
links:
  - {between: [alice, gw], delay: 40ms}
"""

MS = 1000 * 1000
SECOND = 1000 * MS


class Story:
    """A recording and questions to it."""

    def __init__(self, directory, name, script=(), expect=(), status=0, duration="6s", initial_contact="true",
                 unique="replace"):
        text = WORLD % {"duration": duration, "initial_contact": initial_contact, "unique": unique}
        if script:
            text += "script:\n" + "".join("  - %s\n" % line for line in script)
        if expect:
            text += "expect:\n" + "".join("  - %s\n" % line for line in expect)
        path = os.path.join(directory, name + ".yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.name = name
        self.directory = os.path.join(directory, name)
        self.result = run(self.directory, path, expect=(status,))
        self.events = events(self.directory)
        with open(os.path.join(self.directory, "summary.json"), encoding="utf-8") as file:
            self.summary = json.load(file)
        self.by_id = {event["id"]: event for event in self.events}
        for event in self.events:
            cause = event["cause"]
            check(cause is None or cause in self.by_id, name, "the cause is not in the recording:", event)

    def find(self, name, host=None, after=0, before=1 << 63, **data):
        """Events of that name, of that host, in that time, with these fields."""
        return [e for e in self.events
                if e["name"] == name and after <= e["time"] < before and
                (host is None or e["id"].split("/")[0].split("#")[0] == host) and
                all(e["data"][key] == value for key, value in data.items())]

    def one(self, name, host=None, **data):
        found = self.find(name, host, **data)
        check(len(found) == 1, "%s: expected one %s of %s with %r, found %d" % (self.name, name, host, data, len(found)))
        return found[0]

    def none(self, name, host=None, **data):
        found = self.find(name, host, **data)
        check(not found, "%s: no %s of %s with %r was expected:" % (self.name, name, host, data), found)

    def order(self, order, host, origin="script", **times):
        return self.one("host:order", host, order=order, origin=origin, **times)

    def caused_by(self, event, cause):
        """Whether the chain of causes of an event leads to another one."""
        while event["cause"]:
            if event["cause"] == cause["id"]:
                return True
            event = self.by_id[event["cause"]]
        return False

    def sent(self, host, exchange, response, **data):
        return self.find("ike:message_sent", host, exchange=exchange, response=response, **data)

    def net_sent(self, message):
        """The datagram that a sent message became."""
        return [e for e in self.find("net:sent") if e["cause"] == message["id"]]

    def delivered(self, datagram):
        return [e for e in self.find("net:delivered") if e["data"]["sent"] == datagram["id"]]

    def lost(self, datagram):
        return [e for e in self.find("net:lost") if e["cause"] == datagram["id"]]

    def pings(self, child, after=0, before=1 << 63):
        return len(self.find("traffic:answered", "alice", after, before, flow="ping " + child))


# ---- orders to messages ----

def drop_the_nth(top):
    story = Story(top, "drop", ["{on: {exchange: IKE_SA_INIT, message: request, from: alice}, nth: 1, do: drop}"])
    first, second = story.sent("alice", "IKE_SA_INIT", False)
    equal([first["data"]["transmission"], second["data"]["transmission"]], [1, 2], "transmissions")
    equal(second["time"] - first["time"] >= SECOND, True, "the second goes out after retransmit_timeout")
    (datagram,), (again,) = story.net_sent(first), story.net_sent(second)
    equal([e["data"]["why"] for e in story.lost(datagram)], ["script"], "why the first is lost")
    equal(story.delivered(datagram), [], "the first arrives nowhere")
    equal(len(story.delivered(again)), 1, "the second arrives")
    equal(datagram["data"]["bytes"], again["data"]["bytes"], "a retransmission has the same bytes (RFC 7296 2.1)")
    retransmission = story.one("ike:retransmission", "alice")
    equal(retransmission["data"]["first"], first["id"], "the retransmission names the first transmission")
    story.one("ike:state", "alice", to="ESTABLISHED")


def drop_the_second_match(top):
    story = Story(top, "drop-second", ["{on: {exchange: ESP, from: gw}, nth: 2, do: drop}"])
    (lost,) = story.find("net:lost", "gw")
    esp = [e for e in story.find("net:sent", "gw") if e["data"]["protocol"] == 50]
    equal(lost["cause"], esp[1]["id"], "the second ESP packet of gw is the one that is lost")
    equal(story.summary["counts"]["datagrams_lost"], 1, "datagrams lost")
    equal(story.summary["counts"]["pings_answered"], story.summary["counts"]["inner_packets_sent"] // 2 - 1, "pings")


def drop_every_match(top):
    """Nothing gets through: the request is sent 1 + retransmit_tries times, then the host gives up."""
    story = Story(top, "drop-all", ["{on: {to: gw}, do: drop}"], duration="40s")
    requests = story.sent("alice", "IKE_SA_INIT", False)
    equal([e["data"]["transmission"] for e in requests], [1, 2, 3, 4], "transmissions")
    waits = [round((b["time"] - a["time"]) / SECOND, 2) for a, b in zip(requests, requests[1:])]
    equal(waits, [1.0, 2.0, 4.0], "waits double from retransmit_timeout")
    gave_up = story.one("ike:gave_up", "alice")
    equal(round((gave_up["time"] - requests[-1]["time"]) / SECOND, 2), 8.0, "the last wait")
    equal(story.find("ike:sa_created", "gw"), [], "gw knows of nothing")


def dropped_response_comes_from_the_cache(top):
    """RFC 7296 2.1: the responder does nothing twice, it sends what it sent."""
    story = Story(top, "drop-response", ["{on: {exchange: IKE_AUTH, message: response}, nth: 1, do: drop}",
                                         "{on: {exchange: CREATE_CHILD_SA, message: response}, nth: 1, do: drop}",
                                         "{at: 3s, do: create_child, host: alice, child: lab}"])
    for exchange in ("IKE_AUTH", "CREATE_CHILD_SA"):
        equal(len(story.find("ike:message_received", "gw", exchange=exchange)), 1, exchange, "is taken once")
        first, second = story.sent("gw", exchange, True)
        (a,), (b,) = story.net_sent(first), story.net_sent(second)
        equal(b["data"]["bytes"], a["data"]["bytes"], exchange, "the response that is sent again")
        dropped = story.one("ike:message_dropped", "gw", exchange=exchange)
        equal((dropped["data"]["reason"], dropped["data"]["earlier"]), ("duplicate", first["id"]), exchange)
    for host in ("alice", "gw"):
        for child in ("net", "lab"):
            story.one("ike:child_installed", host, child=child)
    equal(story.summary["counts"]["messages_accepted_twice"], 0, "accepted twice")
    check(story.pings("lab") >= 2, "pings through the CHILD SA whose response came late")


def duplicate(top):
    story = Story(top, "duplicate", ["{on: {exchange: IKE_SA_INIT, message: request}, do: duplicate}",
                                     "{on: {exchange: IKE_AUTH, message: response}, nth: 1, do: duplicate}",
                                     "{on: {exchange: ESP, from: alice}, nth: 3, do: duplicate}"])
    for exchange, host, response in (("IKE_SA_INIT", "alice", False), ("IKE_AUTH", "gw", True)):
        (datagram,) = story.net_sent(story.sent(host, exchange, response)[0])
        copies = story.delivered(datagram)
        equal([e["data"]["copy"] for e in copies], [1, 2], exchange, "copies in the order of their arrival")
        equal(len([e for e in story.find("net:duplicated") if e["cause"] == datagram["id"]]), 1, exchange)
    equal(len(story.find("ike:sa_created", "gw")), 1, "the copy of the first request makes no second IKE SA")
    esp = [e for e in story.find("net:sent", "alice") if e["data"]["protocol"] == 50]
    equal(len(story.delivered(esp[2])), 2, "the third ESP packet arrives twice")
    refused = story.one("esp:dropped", "gw")
    equal((refused["data"]["reason"], refused["data"]["sequence"]), ("replayed", 3), "the replay check")
    equal(story.summary["counts"]["inner_packets_delivered_twice"], 0, "delivered twice")
    equal(story.summary["counts"]["duplicates_arrived"], 1, "copies of ESP packets that arrived")


def delay(top):
    """The second packet comes 600 ms late and is overtaken by the third; the replay window takes it all the same."""
    story = Story(top, "delay", ["{on: {exchange: ESP, from: alice}, nth: 2, do: delay, by: 600ms}"])
    esp = [e for e in story.find("net:sent", "alice") if e["data"]["protocol"] == 50]
    (late,) = story.delivered(esp[1])
    equal(late["time"] - esp[1]["time"], 640 * MS, "the delay of the late one")
    equal(late["data"]["overtaken"], True, "it was overtaken")
    (next_one,) = story.delivered(esp[2])
    equal(next_one["time"] - esp[2]["time"], 40 * MS, "the delay of the next one")
    equal(story.find("esp:dropped"), [], "nothing is refused")
    sequences = [e["data"]["sequence"] for e in story.find("esp:received", "gw")][:3]
    equal(sequences, [1, 3, 2], "order of arrival")


def by_transmission_and_message_id(top):
    story = Story(top, "exactly", ["{on: {message_id: 1, message: request, from: alice, transmission: 2}, do: drop}",
                                   "{on: {message_id: 1, message: response, from: gw, transmission: 1}, do: drop}"])
    requests = story.sent("alice", "IKE_AUTH", False)
    equal([e["data"]["transmission"] for e in requests], [1, 2, 3], "the request goes out three times")
    fates = [len(story.lost(story.net_sent(e)[0])) for e in requests]
    equal(fates, [0, 1, 0], "which of them the link loses")


def corrupt(top):
    """One bit is enough: the ICV of IKE_AUTH no longer fits, and the retransmission is the cure (RFC 7296 2.1)."""
    story = Story(top, "corrupt", ["{on: {exchange: IKE_AUTH, message: request}, nth: 1, do: corrupt}",
                                   "{on: {exchange: ESP, from: alice}, nth: 2, do: corrupt, bit: 100}"])
    ike, esp = story.find("net:corrupted")
    request = story.sent("alice", "IKE_AUTH", False)[0]
    equal(ike["data"]["bit"], request["data"]["length"] * 8 - 1, "the last bit")
    equal(esp["data"]["bit"], 100, "the bit that was named")
    equal(story.one("ike:message_dropped", "gw")["data"]["reason"], "bad_icv", "gw refuses the first")
    equal(story.one("esp:dropped", "gw")["data"]["reason"], "bad_icv", "and the ESP packet")
    equal(story.summary["counts"]["datagrams_corrupted"], 2, "datagrams corrupted")


def replay(top):
    """The same octets later: IKE answers from its cache (RFC 7296 2.1), ESP's window refuses (RFC 4303 3.4.3)."""
    story = Story(top, "replay", ["{on: {exchange: IKE_AUTH, message: request}, nth: 1, do: replay, after: 800ms}",
                                  "{on: {exchange: ESP, from: alice}, nth: 2, do: replay, after: 100ms}"])
    acts = story.find("attack:acted", what="replayed", attacker="somebody")
    equal(len(acts), 2, "both are told")
    for act, after in zip(acts, (800 * MS, 100 * MS)):
        (again,) = [e for e in story.find("net:sent") if e["cause"] == act["id"]]
        original = story.by_id[act["cause"]]
        equal(again["data"]["bytes"], original["data"]["bytes"], "the same octets")
        equal(again["time"] - original["time"], after, "so much later")
        equal([e["time"] - again["time"] for e in story.delivered(again)], [40 * MS], "and as long on the link")
    equal(story.one("ike:message_dropped", "gw")["data"]["reason"], "duplicate", "IKE")
    equal(story.one("esp:dropped", "gw")["data"]["reason"], "replayed", "ESP")
    equal(story.summary["counts"]["inner_packets_delivered_twice"], 0, "delivered twice")
    equal(story.summary["counts"]["messages_accepted_twice"], 0, "accepted twice")


def edit_on_the_wire(top):
    """Without a key: the Message ID of a sealed request is covered by its ICV (RFC 7296 3.14)."""
    story = Story(top, "edit-wire", ["{at: 2s, do: liveness, host: alice}",
                                     "{on: {exchange: INFORMATIONAL, message: request, from: alice}, nth: 1, do: edit, "
                                     "octet: 20, value: 0x00000003}",
                                     "{on: {exchange: IKE_SA_INIT}, nth: 1, do: edit, octet: 9999, value: x}"])
    missed, act = story.find("attack:acted", what="edited")
    equal(act["data"]["detail"], "octet 20 and on were 00000002, are 00000003", "told")
    equal(missed["data"]["detail"], "nothing: it has no octet 9999", "an octet that is not there")
    equal(story.one("ike:message_dropped", "gw")["data"]["reason"], "bad_icv", "gw sees it")
    (datagram, again) = story.sent("alice", "INFORMATIONAL", False)
    equal(again["data"]["transmission"], 2, "alice sends again, and is answered")
    equal(len(story.find("ike:message_received", "alice", exchange="INFORMATIONAL")), 1, "answered once")


def edit_before_sealing(top):
    """A faulty sender: the same change is authentic, so gw complains of the Message ID itself (RFC 7296 2.3)."""
    line = ("{on: {exchange: INFORMATIONAL, message: request, from: alice, to: gw}, nth: 1, do: edit, as: sender, "
            "octet: 20, value: 0x00000009}")
    story = Story(top, "edit-sender", ["{at: 2s, do: liveness, host: alice}", line], duration="5s")
    edited = story.one("ike:edited", "alice")["data"]
    equal((edited["octet"], edited["before"], edited["after"], edited["payload"]), (20, "00000002", "00000009", None),
          "told")
    equal({e["data"]["reason"] for e in story.find("ike:message_dropped", "gw")}, {"outside_window"}, "authentic")
    first, second = [story.net_sent(e)[0] for e in story.sent("alice", "INFORMATIONAL", False)][:2]
    equal(first["data"]["bytes"], second["data"]["bytes"], "the retransmission is as wrong as the first")
    story = Story(top, "edit-id", ["{on: {exchange: IKE_AUTH, from: alice}, do: edit, as: sender, payload: IDi, "
                                   "octet: 8, value: mallory}"], ["{host: gw, child: net, is: absent}"])
    equal(story.find("ike:edited")[0]["data"]["before"], b"alice@e".hex(), "what alice is called")
    check(story.find("ike:auth_refused", "gw"), "AUTH covers the other name (RFC 7296 2.15)")


def edit_esp_before_sealing(top):
    """A faulty sender of ESP: its packets are authentic, and it is other checks that find them wrong, or none."""
    story = Story(top, "edit-esp", ["{on: {exchange: ESP, from: alice, to: gw}, nth: 2, do: edit, as: sender, octet: 4, "
                                    "value: 0x000003e8}",
                                    "{on: {exchange: ESP, from: gw, to: alice}, nth: 1, do: edit, as: sender, octet: 33, "
                                    "value: 0x0a}",
                                    "{on: {exchange: ESP, from: gw}, nth: 2, do: edit, as: sender, octet: 9999, value: x}"])
    number, = story.find("esp:edited", "alice")
    equal((number["data"]["sequence"], number["data"]["before"], number["data"]["after"]), (2, "00000002", "000003e8"), "told")
    jumped = story.one("esp:received", "gw", sequence=1000)
    check(story.caused_by(jumped, story.one("esp:sent", "alice", sequence=2)), "taken for what it says it is")
    # The window went along, so whatever is numbered rightly from then on is too old (RFC 4303 3.4.3).
    equal({e["data"]["reason"] for e in story.find("esp:dropped", "gw")}, {"too_old"}, "what comes of it")
    first, last = story.find("esp:edited", "gw")
    equal(story.one("esp:dropped", "alice")["data"]["reason"], "bad_selector", "10.10.0.1 has no business in this tunnel")
    equal((first["data"]["octet"], first["data"]["after"]), (33, "0a"), "an address of the inner packet")
    equal(last["data"]["after"], "", "an octet that is not there")


# ---- orders to hosts ----

def create_child(top):
    story = Story(top, "create", ["{at: 2s, do: create_child, host: alice, child: lab}"],
                  ["{host: alice, child: lab, is: absent, by: 2s}", "{host: gw, child: lab, is: established, by: 3s}"])
    order = story.order("create_child", "alice")
    equal(order["time"], 2 * SECOND, "time of the order")
    request, = story.sent("alice", "CREATE_CHILD_SA", False)
    check(story.caused_by(request, order), "the request is caused by the order")
    equal(request["data"]["payloads"], "SK{SA Ni TSi TSr}", "payloads (RFC 7296 1.3.1)")
    installed = {h: story.one("ike:child_installed", h, child="lab")["data"] for h in ("alice", "gw")}
    equal((installed["alice"]["spi_in"], installed["alice"]["spi_out"]),
          (installed["gw"]["spi_out"], installed["gw"]["spi_in"]), "SPIs of the two ends")
    equal(installed["gw"]["suite"], "aes256-sha256", "suite")
    keys = {h: story.one("ike:child_keys", h, child="lab")["data"] for h in ("alice", "gw")}
    equal(keys["alice"]["keymat"], keys["gw"]["keymat"], "KEYMAT of the two ends")
    check(story.pings("lab") >= 5, "pings through the new CHILD SA:", story.pings("lab"))
    equal(story.find("esp:sent", "alice", before=2 * SECOND, child="lab"), [], "nothing is sent before")
    check(story.pings("net", after=3 * SECOND) >= 5, "the first CHILD SA goes on")


def create_child_by_the_responder(top):
    """The original responder counts its own Message IDs from 0 (RFC 7296 2.2)."""
    story = Story(top, "create-gw", ["{at: 2s, do: create_child, host: gw, child: lab}"])
    request, = story.sent("gw", "CREATE_CHILD_SA", False)
    equal((request["data"]["message_id"], request["data"]["initiator"]), (0, False), "Message ID and I flag")
    check(story.pings("lab") >= 5, "pings of alice through it")


def delete_child(top):
    for host, peer in (("alice", "gw"), ("gw", "alice")):
        story = Story(top, "delete-child-" + host, ["{at: 2s, do: delete_child, host: %s, child: net}" % host],
                      ["{host: alice, child: net, is: absent}", "{host: gw, child: net, is: absent}",
                       "{host: %s, ike: %s, is: established}" % (host, peer)])
        request, = story.sent(host, "INFORMATIONAL", False)
        response, = story.sent(peer, "INFORMATIONAL", True)
        equal((request["data"]["payloads"], response["data"]["payloads"]), ("SK{D}", "SK{D}"), "RFC 7296 1.4.1")
        gone = {h: story.one("ike:child_removed", h, child="net") for h in (host, peer)}
        check(story.caused_by(gone[host], story.order("delete_child", host)), "removed because of the order")
        equal((gone[host]["data"]["spi_in"], gone[host]["data"]["spi_out"]),
              (gone[peer]["data"]["spi_out"], gone[peer]["data"]["spi_in"]), "the pair of SPIs")
        equal(story.find("traffic:answered", after=2200 * MS), [], "no ping is answered any more")
        check(len(story.find("esp:no_sa", "alice", after=2 * SECOND)) >= 6, "pings find no CHILD SA")
        equal(story.find("ike:state", after=2 * SECOND), [], "the IKE SA stays")


def delete_child_and_make_it_again(top):
    story = Story(top, "again", ["{at: 2s, do: delete_child, host: alice, child: net}",
                                 "{at: 4s, do: create_child, host: gw, child: net}"],
                  ["{host: alice, child: net, is: absent, by: 3s}", "{host: alice, child: net, is: established, by: 5s}"])
    old, new = story.find("ike:child_installed", "alice", child="net")
    check(old["data"]["spi_in"] != new["data"]["spi_in"], "another SPI")
    check(story.pings("net", after=4 * SECOND) >= 3, "pings go on")
    first = story.find("esp:sent", "alice", after=4 * SECOND)[0]
    equal(first["data"]["sequence"], 1, "its sequence numbers begin anew")


def both_delete_the_same_child(top):
    """RFC 7296 1.4.1: each answers the other's Delete without one of its own for the same SA."""
    story = Story(top, "both-delete", ["{at: 2s, do: delete_child, host: alice, child: net}",
                                       "{at: 2s, do: delete_child, host: gw, child: net}"])
    for host in ("alice", "gw"):
        story.one("ike:child_removed", host, child="net")
        equal(story.sent(host, "INFORMATIONAL", True)[0]["data"]["payloads"], "SK{}", host, "answers")
    equal(story.find("ike:retransmission"), [], "all is answered")


def delete_ike(top):
    for host, peer in (("alice", "gw"), ("gw", "alice")):
        story = Story(top, "delete-ike-" + host,
                      ["{at: 2s, do: create_child, host: alice, child: lab}", "{at: 3s, do: delete_ike, host: %s}" % host],
                      ["{host: alice, ike: gw, is: absent}", "{host: gw, ike: alice, is: absent}",
                       "{host: alice, ike: gw, is: established, by: 3s}",
                       "{host: gw, child: lab, is: established, by: 3s}", "{host: gw, child: lab, is: absent}",
                       "{host: alice, child: net, is: absent}"])
        request, = story.sent(host, "INFORMATIONAL", False)
        response, = story.sent(peer, "INFORMATIONAL", True)
        equal((request["data"]["payloads"], response["data"]["payloads"]), ("SK{D}", "SK{}"), "RFC 7296 1.4.1")
        for end in (host, peer):
            story.one("ike:state", end, to="CLOSED")
            equal(sorted(e["data"]["child"] for e in story.find("ike:child_removed", end)), ["lab", "net"],
                  "its CHILD SAs go with it")
        check(story.find("esp:no_sa", "alice", after=3 * SECOND), "pings find no CHILD SA")


def both_delete_the_ike_sa(top):
    story = Story(top, "both-delete-ike", ["{at: 2s, do: delete_ike, host: alice}", "{at: 2s, do: delete_ike, host: gw}"],
                  ["{host: alice, ike: gw, is: absent}", "{host: gw, ike: alice, is: absent}"])
    for host in ("alice", "gw"):
        story.one("ike:state", host, to="CLOSED")
        story.one("ike:child_removed", host)
    equal(story.find("ike:retransmission"), [], "nobody goes on asking")


def liveness(top):
    story = Story(top, "liveness", ["{at: 2s, do: liveness, host: alice}", "{at: 3s, do: liveness, host: gw}",
                                    "{at: 4s, do: liveness, host: alice}"])
    for host, peer, ids in (("alice", "gw", [2, 3]), ("gw", "alice", [0])):
        requests = story.sent(host, "INFORMATIONAL", False)
        equal([(e["data"]["payloads"], e["data"]["message_id"]) for e in requests], [("SK{}", i) for i in ids], host)
        answers = story.sent(peer, "INFORMATIONAL", True)
        equal([(e["data"]["payloads"], e["data"]["message_id"]) for e in answers], [("SK{}", i) for i in ids], peer)


def liveness_of_a_dead_peer(top):
    """RFC 7296 2.4: no answer to the last retransmission, and the IKE SA is gone with its CHILD SAs."""
    story = Story(top, "dead", ["{at: 2s, do: liveness, host: alice}", "{on: {exchange: INFORMATIONAL, to: gw}, do: drop}"],
                  ["{host: alice, ike: gw, is: absent}", "{host: alice, child: net, is: absent}",
                   "{host: gw, ike: alice, is: established}"], duration="20s")
    gave_up = story.one("ike:gave_up", "alice")
    equal(gave_up["data"]["transmissions"], 4, "transmissions")
    check(story.caused_by(story.one("ike:child_removed", "alice"), gave_up), "removed because nobody answered")


def initiate_again(top):
    """A second IKE SA with the same peer: the newer replaces the older, whose Delete does not disturb the answer."""
    story = Story(top, "initiate", ["{at: 2s, do: initiate, host: alice}"],
                  ["{host: alice, ike: gw, is: established}", "{host: gw, ike: alice, is: established}",
                   "{host: alice, child: net, is: established}", "{host: gw, child: net, is: established}"])
    equal([e["data"]["payloads"] for e in story.sent("gw", "IKE_AUTH", True)],
          ["SK{IDr AUTH SA TSi TSr N(SET_WINDOW_SIZE)}"] * 2, "both IKE_AUTH responses")
    deletion, = story.sent("gw", "INFORMATIONAL", False)
    old, new = [e["data"]["spi_i"] for e in story.find("ike:sa_created", "alice")]
    check(old != new, "another SPI")
    equal((deletion["data"]["payloads"], deletion["data"]["spi_i"]), ("SK{D}", old), "the older one is deleted")
    for host in ("alice", "gw"):
        equal(story.one("ike:state", host, to="CLOSED")["data"]["spi_i"], old, host, "closes the older one")
    check(story.pings("net", after=3 * SECOND) >= 4, "pings go on through the newer one")
    equal(story.find("ike:retransmission"), [], "nothing has to be repeated")


def initiate_again_is_refused(top):
    """With `unique: keep` the older one stays, and the failed attempt does not count against it."""
    story = Story(top, "keep", ["{at: 2s, do: initiate, host: alice}"],
                  ["{host: alice, ike: gw, is: established}", "{host: gw, ike: alice, is: established}",
                   "{host: alice, child: net, is: established}", "{host: gw, child: net, is: established}"],
                  unique="keep", initial_contact="false")
    equal(story.sent("gw", "IKE_AUTH", True)[1]["data"]["payloads"], "SK{N(AUTHENTICATION_FAILED)}", "the answer")
    story.one("ike:child_failed", "alice")
    check(story.pings("net", after=3 * SECOND) >= 4, "pings go on through the older one")


def initiate_from_the_other_end(top):
    """Roles belong to an IKE SA, not to a host (RFC 7296 2.2): gw begins the next one."""
    story = Story(top, "other-end", ["{at: 2s, do: delete_ike, host: gw}", "{at: 3s, do: initiate, host: gw}"],
                  ["{host: alice, ike: gw, is: absent, by: 3s}", "{host: alice, ike: gw, is: established}",
                   "{host: gw, ike: alice, is: established}"])
    first, second = story.find("ike:sa_created", role="initiator")
    equal((first["id"].split("/")[0], second["id"].split("/")[0]), ("alice", "gw"), "initiators")
    request, = story.sent("gw", "IKE_AUTH", False)
    equal(request["data"]["initiator"], True, "the I flag of gw's request")
    check(story.pings("net", after=3500 * MS) >= 4, "pings of alice go through it")


def both_initiate_at_once(top):
    """Two IKE SAs come to be, each with a CHILD SA; neither disturbs the other."""
    story = Story(top, "both-initiate", ["{at: 0s, do: initiate, host: gw}"],
                  ["{count: ike_sas_established, equals: 4}", "{count: messages_accepted_twice, equals: 0}",
                   "{count: ike_retransmissions, equals: 0}", "{host: alice, child: net, is: established}"])
    equal(len({e["data"]["spi_i"] for e in story.find("ike:sa_created")}), 2, "IKE SAs")
    check(story.pings("net", after=SECOND) >= 9, "pings")


def orders_that_cannot_be_obeyed(top):
    story = Story(top, "refused", ["{at: 1s, do: delete_child, host: alice, child: lab}",
                                   "{at: 2s, do: delete_ike, host: gw}", "{at: 3s, do: liveness, host: alice}",
                                   "{at: 3s, do: create_child, host: gw, child: lab}",
                                   "{at: 4s, do: initiate, host: alice}"],
                  ["{host: alice, child: net, is: established}"])
    for order, host in (("delete_child", "alice"), ("liveness", "alice"), ("create_child", "gw")):
        refusal = story.one("host:order_refused", host, order=order)
        check(story.caused_by(refusal, story.order(order, host)), "caused by the order")
        check(re.match(r"[a-z].*\w", refusal["data"]["why"]), "says why:", refusal)
    story.order("initiate", "alice", origin="connect")
    story.order("initiate", "alice", origin="script")


def orders_wait_for_the_window(top):
    """More liveness checks at once than the window holds: the rest wait, all are answered (RFC 7296 2.3)."""
    story = Story(top, "window", ["{at: 2s, do: liveness, host: alice}"] * 7)
    equal(len(story.sent("alice", "INFORMATIONAL", False)), 7, "requests")
    most = max(e["data"]["outstanding"] for e in story.find("ike:window", "alice", requests="own"))
    equal(most, 4, "most requests outstanding")
    equal([e["data"]["message_id"] for e in story.find("ike:message_received", "alice", exchange="INFORMATIONAL")],
          list(range(2, 9)), "Message IDs answered")


def reload(top):
    """A window that grows is announced at once, in an exchange that the order caused (RFC 7296 2.3); proposals wait
    for the next negotiation, and leave what there is as it is."""
    story = Story(top, "reload", ["{at: 1s, do: reload, host: gw, window: 6}", "{at: 2s, do: reload, host: gw, window: 2}",
                                  "{at: 2s, do: reload, host: gw, child: lab, esp_proposals: [aes128gcm16]}",
                                  "{at: 3s, do: create_child, host: alice, child: lab}",
                                  "{at: 4s, do: reload, host: alice, child: lab, esp_proposals: [aes128gcm16]}",
                                  "{at: 5s, do: create_child, host: alice, child: lab}"],
                  ["{host: alice, child: net, is: established}", "{host: alice, child: lab, is: established}"])
    first = story.order("reload", "gw", detail="window 6")
    (told,) = story.sent("gw", "INFORMATIONAL", False)
    check(story.caused_by(told, first) and first["time"] <= told["time"] < first["time"] + MS, "announced at once:", told)
    equal(story.one("ike:window_announced", "alice", size=6)["data"]["by"], "peer", "who announced it")
    equal([e["data"]["detail"] for e in story.find("host:order", "gw", order="reload")],
          ["window 6", "window 2", "lab: proposals aes128gcm16"], "what was told")
    story.one("ike:child_failed", "alice", why="NO_PROPOSAL_CHOSEN")
    story.none("host:order_refused")


# ---- expectations ----

HOLD = ["{host: alice, child: net, is: established, by: 1s}", "{host: gw, ike: alice, is: established}",
        "{host: gw, child: lab, is: absent}", "{host: alice, ike: gw, is: absent, by: 10ms}",
        "{count: ike_requests_sent, equals: 2}", "{count: ike_requests_sent, host: gw, equals: 0}",
        "{count: pings_answered, host: alice, at_least: 11}", "{count: pings_answered, at_most: 12}",
        "{count: pings_answered, at_least: 11, at_most: 12}", "{count: datagrams_lost, equals: 0}"]
FAIL = ["{host: alice, child: net, is: established, by: 10ms}", "{host: gw, ike: alice, is: absent}",
        "{host: gw, child: lab, is: established}", "{host: alice, ike: gw, is: absent, by: 1s}",
        "{count: ike_requests_sent, equals: 3}", "{count: pings_answered, at_least: 1000}",
        "{count: pings_answered, at_most: 3}", "{count: pings_answered, host: gw, at_least: 1}"]


def expectations(top):
    good = Story(top, "hold", expect=HOLD)
    equal([v["holds"] for v in good.summary["expectations"]], [True] * len(HOLD), "what holds")
    equal([v["expectation"] for v in good.summary["expectations"]], HOLD, "is told as the file has it")
    bad = Story(top, "fail", expect=FAIL + HOLD, status=1)
    verdicts = bad.summary["expectations"]
    equal([v["holds"] for v in verdicts], [False] * len(FAIL) + [True] * len(HOLD), "what fails")
    # The screen says which, where, and what is the case instead.
    with open(os.path.join(top, "fail.yaml"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    for text in FAIL:
        line = lines.index("  - " + text) + 1
        check("fail.yaml:%d: %s: " % (line, text) in bad.result.stdout, "a line about", text, "\n", bad.result.stdout)
    check("alice is not established" in verdicts[0]["why"], verdicts[0])
    check(re.search(r"\b2\b", verdicts[4]["why"]), verdicts[4])
    recorded = bad.find("expect:checked")
    equal(sorted((e["data"]["number"], e["data"]["holds"]) for e in recorded),
          [(i + 1, v["holds"]) for i, v in enumerate(verdicts)], "expect:checked in the recording")
    at = {e["data"]["expectation"]: e["time"] for e in recorded}
    equal((at[FAIL[0]], at[FAIL[3]], at[FAIL[1]]), (10 * MS, SECOND, 6 * SECOND), "each is decided at its time")
    equal(len([e for e in recorded if e["data"]["holds"] is False]), len(FAIL), "failures in the recording")


def the_ladder_tells_it(top):
    """What a script does is what the ladder shows."""
    Story(top, "ladder", ["{on: {exchange: IKE_AUTH, message: response}, nth: 1, do: drop}",
                          "{at: 3s, do: delete_child, host: gw, child: net}"])
    text = call(program(), "ladder", os.path.join(top, "ladder"), "--ascii").stdout
    for part in ("dropped by the script", "retransmission 1", "cached", "CHILD SA net removed", "without a CHILD SA"):
        check(part in text, "the ladder lacks", part, "\n", text)


if __name__ == "__main__":
    TESTS = [drop_the_nth, drop_the_second_match, drop_every_match, dropped_response_comes_from_the_cache, duplicate, delay,
             corrupt, replay, edit_on_the_wire, edit_before_sealing, edit_esp_before_sealing,
             by_transmission_and_message_id, create_child, create_child_by_the_responder, delete_child,
             delete_child_and_make_it_again, both_delete_the_same_child, delete_ike, both_delete_the_ike_sa, liveness,
             liveness_of_a_dead_peer, initiate_again, initiate_again_is_refused, initiate_from_the_other_end,
             both_initiate_at_once, orders_that_cannot_be_obeyed,
             orders_wait_for_the_window, reload, expectations, the_ladder_tells_it]
    with temporary() as directory:
        for test in TESTS:
            test(directory)
            print("ok", test.__name__)
