"""Two hosts with whatever their policies can hold, mixed at random: authentication, extensions, lifetimes, a NAT, a move, a
crash, and in every second run messages that their sender or somebody on the link has spoilt. Whatever it is, the run ends,
nothing is taken twice or altered, and where nothing disturbs there is an IKE SA.

usage: test_mixtures.py IKESIM [FIRST [COUNT]]
"""

import json
import os
import random
import sys

from ikesim import call, check, program, temporary

FIRST, COUNT = 1, 80

SUITES = ("aes128-sha256-x25519", "aes256gcm16-prfsha384-ecp384", "chacha20poly1305-prfsha512-x25519",
          "aes128gcm16-prfsha256-x25519-ke1_ecp256", "aes128gcm16-prfsha256-x25519-ke1_ecp256-ke2_ecp384")
ESP = ("aes128gcm16", "aes128-sha256", "aes128gcm16-x25519", "aes128gcm16-x25519-ke1_ecp256", "aes256gcm16iiv-esn")
AUTHS = ("psk", "pubkey", "eap-mschapv2", "eap-tls", "only eap-mschapv2", "only eap-tls")
EXCHANGES = ("IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA", "INFORMATIONAL", "IKE_INTERMEDIATE", "IKE_FOLLOWUP_KE",
             "IKE_SESSION_RESUME")
PAYLOADS = ("SA", "KE", "IDi", "IDr", "CERT", "CERTREQ", "AUTH", "Nonce", "Notify", "Delete", "TSi", "TSr", "SK", "CP", "EAP")


class Mixture:
    """All of a scenario, drawn from its seed."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.seed = seed
        self.gentle = True  # nothing is lost or spoilt, and nobody goes away
        self.alice = {"id": "alice@example.org", "retransmit_timeout": "500ms"}
        self.gw = {"id": "gw.example.org", "retransmit_timeout": "500ms"}
        self.script = []
        self.authenticate()
        self.extend()
        self.live()
        if seed % 2 == 0:
            self.spoil()

    def maybe(self, share):
        return self.draw.random() < share

    def choose(self, *words):
        return self.draw.choice(words)

    def authenticate(self):
        how = self.draw.choice(AUTHS)
        method, alone = how.split()[-1], how.startswith("only") or how in ("psk", "pubkey")
        self.alice["auth"] = self.gw["remote_auth"] = method
        self.alice["remote_auth"] = self.gw["auth"] = method if alone else "pubkey"
        self.alice["secret"] = self.gw["secret"] = "s"
        suite = self.draw.choice(SUITES)
        self.alice["proposals"] = "[%s%s]" % ("aes192-sha512-ecp521, " if self.maybe(.3) else "", suite)
        self.gw["proposals"] = "[%s]" % suite
        if self.maybe(.3):
            self.alice.update(ppk_id="blue", ppk="0x0123")
            if self.maybe(.7):
                self.gw.update(ppk_id="blue", ppk="0x0123")

    def extend(self):
        for host in (self.alice, self.gw):
            for key, share, words in (("fragmentation", .5, ("yes",)), ("fragment_size", .5, ("300", "576")),
                                      ("mobike", .5, ("true",)), ("tickets", .5, ("true",)), ("qcd", .4, ("true",)),
                                      ("window", .3, ("2", "4")), ("encap", .2, ("true",)), ("message_id_sync", .3, ("true",)),
                                      ("unique", .3, ("no", "never", "replace")), ("invalid_spi", .2, ("true",)),
                                      ("dpd_delay", .3, ("500ms", "2s"))):
                if self.maybe(share):
                    host[key] = self.draw.choice(words)
        if self.maybe(.25):
            self.alice["childless"], self.gw["childless"] = self.choose("prefer", "force"), "allow"
        if self.maybe(.25):
            self.gw["cookie_threshold"] = "1"
        if self.maybe(.2):
            self.gw.update(puzzle_threshold="1", puzzle_difficulty="8")
            self.alice["puzzle_limit"] = "12"
        if self.maybe(.3):
            self.alice["vips"], self.gw["pools"] = "[0.0.0.0]", "[10.3.0.1-10.3.0.200]"
        if self.maybe(.1):
            self.gw["minimal"] = "true"

    def live(self):
        if self.maybe(.2):
            self.alice.update(reauth_time="3s", make_before_break=self.choose("true", "false"))
        for host in (self.alice, self.gw):
            if self.maybe(.25):
                host.update(rekey_time=self.choose("2s", "3s"), over_time="20s")
        for order in ("rekey_ike", "rekey_ike", "liveness"):
            if self.maybe(.3):
                self.script.append("{do: %s, at: %sms, host: %s}" % (order, self.choose(2000, 2500), self.choose("alice", "gw")))
        self.behind = self.maybe(.4)
        calm = self.maybe(.5)
        self.loss = "0%" if calm else self.choose("0%", "5%")
        for line, share in (("{do: restart, at: %s, host: gw, down: 200ms}" % self.choose("30ms", "90ms", "4s"), .2),
                            ("{do: initiate, at: 6s, host: alice}", .2),
                            ("{do: delete_ike, at: 5s, host: %s}" % self.choose("alice", "gw"), .15),
                            ("{do: rebind, at: %s, nat: box}" % self.choose("1s", "3s"), .4 if self.behind else 0),
                            ("{do: move, at: %s, host: alice, to: 192.0.2.77}" % self.choose("30ms", "3s"),
                             0 if self.behind else .2)):
            if not calm and self.maybe(share):
                self.script.append(line)
                self.gentle = False
        self.gentle = self.gentle and self.loss == "0%"

    def spoil(self):
        self.gentle = False
        for _ in range(self.draw.randint(1, 4)):
            which = "on: {exchange: %s, message: %s, from: %s}, nth: %d" % (
                self.draw.choice(EXCHANGES), self.choose("request", "response"), self.choose("alice", "gw"),
                self.draw.randint(1, 3))
            value = "0x" + bytes(self.draw.randrange(256) for _ in range(self.choose(1, 1, 2, 4))).hex()
            self.script.append(self.choose(
                "{do: edit, as: sender, %s, payload: %s, octet: %d, value: %s}" % (
                    which, self.draw.choice(PAYLOADS), self.draw.randint(0, 24), value),
                "{do: edit, as: sender, %s, octet: %d, value: %s}" % (which, self.draw.randint(16, 23), value),
                "{do: edit, as: attacker, %s, octet: %d, value: %s}" % (which, self.draw.randint(0, 60), value),
                "{do: duplicate, %s}" % which, "{do: delay, %s, by: 700ms}" % which, "{do: drop, %s}" % which,
                "{do: replay, %s, after: 50ms}" % which))

    def text(self):
        leased = "vips" in self.alice
        children = [
            "{name: net, esp_proposals: [%s]%s%s}" % (self.esp, own, ", rekey_time: 2s" if self.maybe(.4) else "")
            for self.esp in [self.draw.choice(ESP)]
            for own in (", remote_ts: [10.2.0.0/16]" + ("" if leased else ", local_ts: [10.1.0.0/24]"),
                        ", local_ts: [10.2.0.0/16]" + ("" if leased else ", remote_ts: [10.1.0.0/24]"))]
        lines = ["duration: 10s", "seed: %d" % self.seed, "authorities: [{name: lab, key: ecdsa256}]", "hosts:",
                 "  - name: alice", "    address: %s" % ("192.168.1.10" if self.behind else "192.0.2.10")]
        lines += ["    behind: box"] if self.behind else []
        for host, head in ((self.alice, ["    connect: gw"]), (self.gw, ["  - name: gw", "    address: 198.51.100.1"])):
            lines += head + ["    ike: {%s}" % ", ".join("%s: %s" % pair for pair in host.items()),
                             "    children: [%s]" % children.pop(0)]
            lines += ["    traffic: [{child: net, every: 200ms, start: 500ms}]"] if host is self.alice else []
        way = "  - {between: [%%s, gw], delay: 20ms, loss: %s}" % self.loss.replace("%", "%%")
        lines += ["nats: [{name: box, address: 203.0.113.5}]", "links:", "  - {between: [alice, box], delay: 1ms}",
                  way % "box"] if self.behind else ["links:", way % "alice"]
        return "\n".join(lines + (["script:"] + ["  - " + line for line in self.script] if self.script else [])) + "\n"


def try_one(seed, directory):
    mixture = Mixture(seed)
    path, out = os.path.join(directory, "t.yaml"), os.path.join(directory, "out")
    with open(path, "w", encoding="utf-8") as file:
        file.write(mixture.text())
    done = call(program(), "run", path, "-o", out, "--force", expect=range(-64, 64))
    if done.returncode != 0:
        print(mixture.text())
    check(done.returncode == 0, "seed", seed, "exit", done.returncode, done.stderr[-300:])
    with open(os.path.join(out, "summary.json"), encoding="utf-8") as text:
        counts = json.load(text)["counts"]
    for what in ("inner_packets_altered", "inner_packets_delivered_twice", "messages_accepted_twice"):
        check(counts[what] == 0, "seed", seed, what, counts[what], mixture.text())
    if mixture.gentle:
        check(counts["ike_sas_established"] >= 2 and counts["ike_retransmissions"] == 0, "seed", seed, counts, mixture.text())
    return mixture.gentle


program()
first, count = (int(word) for word in (sys.argv[2:4] + [str(FIRST), str(COUNT)][len(sys.argv[2:4]):]))
with temporary() as top:
    print("seeds %d to %d" % (first, first + count - 1))
    quiet = sum(try_one(seed, top) for seed in range(first, first + count))
    print("%d mixtures, %d of them with nothing to disturb them" % (count, quiet))
    check(quiet >= count // 8, "there is too little to be sure of")
