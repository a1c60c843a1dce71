"""The scenario `suites`: every algorithm that ikesim computes is in it, as docs/wire.md lists them, and two outsiders open
what was sent. python3-cryptography opens every packet with the recording's keys; tshark, with the exported profile, all
but those that the profile counts as left out, each with a reason that is the right one.

usage: test_suites.py IKESIM
"""

import os
import re
import shutil
import sys

from ikesim import ROOT, check, equal, events, run, scenario, temporary
from test_tshark import check_esp, check_ike, frames

try:
    from decoder import mac, open_esp, open_sk
except ImportError:
    print("skipped: no python3-cryptography")
    sys.exit(77)

import ah

# What tshark 4.0 knows not, of ESP: by ENCR, then by INTEG.
ENCR_GAPS = {28: "ChaCha20-Poly1305", 21: "ENCR_NULL_AUTH_AES_GMAC", 14: "AES-CCM of ESP", 15: "AES-CCM of ESP",
             16: "AES-CCM of ESP", 29: "implicit IVs", 30: "implicit IVs", 31: "implicit IVs"}
INTEG_GAPS = {7: "HMAC-SHA1-160 of ESP"}
UNCHECKED = {5, 8}  # it decrypts under AES-XCBC and AES-CMAC, and checks no ICV


def computed():
    """(type, number) of every algorithm that docs/wire.md says is computed, and the names."""
    found = {}
    with open(os.path.join(ROOT, "docs", "wire.md"), encoding="utf-8") as text:
        for line in text:
            row = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
            if len(row) == 6 and row[0] in ("ENCR", "PRF", "INTEG", "KE") and row[4] == "yes":
                found[row[0], int(row[1])] = row[2]
    return found


def octets(text):
    return bytes.fromhex(text)


def suites_of(recording):
    """IKE SAs by (SPIi, SPIr), CHILD SAs by inbound SPI."""
    ike = {(e["data"]["spi_i"], e["data"]["spi_r"]): e["data"] for e in recording if e["name"] == "ike:keys_derived"}
    child = {e["data"]["spi_in"]: e["data"] for e in recording if e["name"] == "ike:child_keys"}
    return ike, child


def check_covered(recording, ike, child):
    """Every algorithm, in every place where it may stand."""
    table = computed()
    check(len(table) > 40, "docs/wire.md lists", len(table))
    methods = {e["data"]["method"] for e in recording if e["name"] == "ike:key_pair"}
    seen = {("KE", number) for (kind, number), name in table.items() if kind == "KE" and name in methods}
    in_esp, in_ah = set(), set()
    for data in ike.values():
        seen |= {("ENCR", data["encr"]), ("INTEG", data["integ"]), ("PRF", data["prf"])}
    for data in child.values():
        place = in_ah if data["protocol"] == "AH" else in_esp
        place |= {("ENCR", data["encr"]), ("INTEG", data["integ"])}
    only_esp = {("ENCR", number) for number in (11, 21, 29, 30, 31)}
    every = set(table)
    equal(every - seen, only_esp, "algorithms that no IKE SA has")
    equal({a for a in every if a[0] in ("ENCR", "INTEG")} - in_esp, set(), "algorithms that ESP has not")
    equal({a for a in every if a[0] == "INTEG"} - in_ah, set(), "algorithms that AH has not")
    modes = {(e["data"]["protocol"], e["data"]["mode"]) for e in recording if e["name"] == "ike:child_installed"}
    equal(modes, {(p, m) for p in ("ESP", "AH") for m in ("tunnel", "transport")}, "protocols and modes")
    for kind, bits in (("ENCR_AES_CBC", 12), ("ENCR_AES_CTR", 13)):
        equal({d["encr_key_bits"] for d in ike.values() if d["encr"] == bits}, {128, 192, 256}, kind, "key lengths")


# ---- python3-cryptography ----

def decode_ike(message, ike, auths):
    data = ike[message[:8].hex(), message[8:16].hex()]
    initiator = message[19] & 0x08
    suite = (data["encr"], octets(data["sk_ei" if initiator else "sk_er"]), data["integ"],
             octets(data["sk_ai" if initiator else "sk_ar"]))
    found = open_sk(suite, message)
    check(found is not None, "the ICV of IKE message", message[:32].hex())
    for kind, body in found:
        if kind == 39:
            auths.add(body[4:].hex())


def decode_esp(packet, child, sent):
    data = child[packet[:4].hex()]
    suite = (data["encr"], octets(data["encr_in"]), data["integ"], octets(data["integ_in"]))
    opened = open_esp(suite, packet, bytes(4) if data["suite"].endswith("-esn") else b"")
    check(opened is not None, data["suite"], "ICV")
    inner = octets(sent["inner"])
    equal(opened, (inner[20:], inner[9]) if sent["mode"] == "transport" else (inner, 4), data["suite"], "inner packet")


def decode_ah(header, packet, child, sent):
    data = child[packet[4:8].hex()]
    right = ah.icv_is_right(header + packet, data["integ"], octets(data["integ_in"]),
                            bytes(4) if data["suite"].endswith("-esn") else b"",
                            lambda key, covered: mac(data["integ"], key, covered))
    check(right, data["suite"], "ICV of AH")
    check(octets(sent["inner"])[20:] in packet, data["suite"], "what AH carries is in the clear")


def decode_all(recording, ike, child):
    by_id = {event["id"]: event for event in recording}
    counted, auths = {"IKE": 0, "ESP": 0, "AH": 0}, set()
    for event in recording:
        if event["name"] != "net:sent":
            continue
        data, cause = event["data"], by_id[event["cause"]]["data"]
        packet = octets(data["bytes"])
        if data["protocol"] == 17 and packet[18] == 34:
            continue  # IKE_SA_INIT is in the clear
        if data["protocol"] == 17:
            decode_ike(packet, ike, auths)
        elif data["protocol"] == 50:
            decode_esp(packet, child, cause)
        else:
            decode_ah(octets(data["header"]), packet, child, cause)
        counted[{17: "IKE", 50: "ESP", 51: "AH"}[data["protocol"]]] += 1
    equal(auths, {e["data"]["auth"] for e in recording if e["name"] == "ike:auth_computed"}, "AUTH, by python3-cryptography")
    return counted


# ---- tshark ----

def gap_of(data):
    if data["protocol"] == "AH":
        return "ICV of AH"
    if data["encr"] in ENCR_GAPS:
        return ENCR_GAPS[data["encr"]]
    return INTEG_GAPS.get(data["integ"]) or ("extended sequence numbers" if data["suite"].endswith("-esn") else None)


def check_gaps(directory, ike, child):
    """The profile's comments count what tshark cannot open, by reason."""
    for name, sas, gap in (("esp_sa", child.values(), gap_of),
                           ("ikev2_decryption_table", ike.values(), lambda d: ENCR_GAPS[28] if d["encr"] == 28 else None)):
        with open(os.path.join(directory, "wireshark", name), encoding="utf-8") as table:
            lines = table.read().splitlines()
        told = {}
        for line in lines:
            found = re.match(r"# left out: (\d+) (?:IKE|ESP) SAs: Wireshark 4.0 (?:knows no|checks no) ([^;]*)", line)
            if found:
                told[found.group(2)] = int(found.group(1))
        wanted = {}
        for data in sas:
            if gap(data):
                wanted[gap(data)] = wanted.get(gap(data), 0) + 1
        equal(told, wanted, name, "reasons")
        equal(len([line for line in lines if not line.startswith("#")]), len(sas) - sum(wanted.values()), name, "rows")


def check_tshark(directory, recording, ike, child):
    by_id = {event["id"]: event for event in recording}
    auths = {e["data"]["auth"] for e in recording if e["name"] == "ike:auth_computed"}
    opened = left = 0
    for frame, datagram in zip(frames(directory), [e for e in recording if e["name"] == "net:sent"]):
        cause = by_id[datagram["cause"]]
        if cause["name"] == "ike:message_sent":
            data = ike.get((cause["data"]["spi_i"], cause["data"]["spi_r"]))
            protected = "SK{" in cause["data"]["payloads"]
            if protected and data["encr"] == 28:
                equal(frame["isakmp.auth.data"], "", "what tshark reads of an unknown cipher")
                left += 1
            else:
                check_ike(frame, datagram, cause, auths, {})
                opened += protected
            continue
        data = child[cause["data"]["spi"]]
        if data["protocol"] == "ESP" and gap_of(data):
            equal(frame["icmp.type"] if data["encr"] not in (11, 21) else "", "", "what tshark reads of", data["suite"])
            left += 1
            continue
        if data["integ"] in UNCHECKED:
            frame["esp.icv_good"] = "1"
        check_esp(frame, cause)
        opened += 1
    return opened, left


def main():
    with temporary() as directory:
        run(directory, scenario("suites"))
        recording = events(directory)
        ike, child = suites_of(recording)
        check_covered(recording, ike, child)
        check_gaps(directory, ike, child)
        counted = decode_all(recording, ike, child)
        print("%d IKE SAs, %d CHILD SAs; opened by python3-cryptography: %s" %
              (len(ike), len(child) // 2, ", ".join("%d %s" % (n, name) for name, n in counted.items())))
        if shutil.which("tshark"):
            print("by tshark: %d packets, %d left out for a reason" % check_tshark(directory, recording, ike, child))
        else:
            print("skipped in part: no tshark")


main()
