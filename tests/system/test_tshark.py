"""An outsider agrees: tshark decrypts every scenario's run.pcapng with the exported profile, and what it sees is, packet
by packet, what the recording says (exchange, Message ID, flags, payload chain, SPIs, notify types, inner ICMP).

usage: test_tshark.py IKESIM [SCENARIO...]
"""

import ipaddress
import os
import re
import shutil
import subprocess
import sys

from ikesim import (EXCHANGES, chain, check, equal, events, program, run, scenario, scenario_names, temporary)

try:
    from decoder import open_sk
except ImportError:
    open_sk = None  # no python3-cryptography

FIELDS = ["frame.number", "frame.comment", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ip.checksum.status", "udp.checksum.status",
          "isakmp.ispi", "isakmp.rspi", "isakmp.exchangetype", "isakmp.messageid", "isakmp.flags",
          "isakmp.typepayload", "isakmp.frag.number", "isakmp.frag.total", "isakmp.notify.msgtype", "isakmp.auth.data", "esp.spi", "esp.sequence",
          "esp.icv_good", "ah.spi", "ah.sequence", "ah.icv", "icmp.type", "icmp.seq", "icmp.ident", "icmp.checksum.status",
          "icmp.code", "icmpv6.type", "icmpv6.code", "icmpv6.checksum.status", "icmpv6.echo.sequence_number", "icmpv6.echo.identifier",
          "udp.srcport", "udp.dstport", "udp.length", "_ws.expert.message"]
NOTIFIES = {"INITIAL_CONTACT": 16384, "SET_WINDOW_SIZE": 16385, "AUTHENTICATION_FAILED": 24, "NO_PROPOSAL_CHOSEN": 14,
            "TS_UNACCEPTABLE": 38, "INVALID_KE_PAYLOAD": 17, "TEMPORARY_FAILURE": 43, "CHILD_SA_NOT_FOUND": 44, "REKEY_SA": 16393,
            "USE_TRANSPORT_MODE": 16391, "COOKIE": 16390, "IKEV2_FRAGMENTATION_SUPPORTED": 16430, "INTERMEDIATE_EXCHANGE_SUPPORTED": 16438,
            "CHILDLESS_IKEV2_SUPPORTED": 16418, "REDIRECT_SUPPORTED": 16406, "REDIRECT": 16407, "REDIRECTED_FROM": 16408, "PUZZLE": 16434,
            "INVALID_IKE_SPI": 4, "INVALID_MESSAGE_ID": 9, "INVALID_SPI": 11, "INVALID_SELECTORS": 39, "NAT_DETECTION_SOURCE_IP": 16388, "MOBIKE_SUPPORTED": 16396, "UPDATE_SA_ADDRESSES": 16400, "COOKIE2": 16401,
            "QUICK_CRASH_DETECTION": 16419, "NAT_DETECTION_DESTINATION_IP": 16389,
            "INTERNAL_ADDRESS_FAILURE": 36, "FAILED_CP_REQUIRED": 37}
NOTIFIES |= {"SIGNATURE_HASH_ALGORITHMS": 16431, "EAP_ONLY_AUTHENTICATION": 16417, "USE_PPK": 16435, "PPK_IDENTITY": 16436,
             "NO_PPK_AUTH": 16437, "AUTH_LIFETIME": 16403, "ADDITIONAL_KEY_EXCHANGE": 16441, "STATE_NOT_FOUND": 47,
             "IKEV2_MESSAGE_ID_SYNC_SUPPORTED": 16420, "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED": 16421,
             "IKEV2_MESSAGE_ID_SYNC": 16422, "IPSEC_REPLAY_COUNTER_SYNC": 16423,
             "SINGLE_PAIR_REQUIRED": 34, "ADDITIONAL_TS_POSSIBLE": 16386, "INVALID_SYNTAX": 7, "UNSUPPORTED_CRITICAL_PAYLOAD": 1,
             "INVALID_MAJOR_VERSION": 5, "NO_ADDITIONAL_SAS": 35, "ADDITIONAL_IP4_ADDRESS": 16397, "ADDITIONAL_IP6_ADDRESS": 16398,
             "NO_ADDITIONAL_ADDRESSES": 16399, "NO_NATS_ALLOWED": 16402, "UNACCEPTABLE_ADDRESSES": 40, "UNEXPECTED_NAT_DETECTED": 41,
             "TICKET_LT_OPAQUE": 16409, "TICKET_REQUEST": 16410, "TICKET_ACK": 16411, "TICKET_NACK": 16412, "TICKET_OPAQUE": 16413}


def frames(directory):
    arguments = ["tshark", "-r", os.path.join(directory, "run.pcapng"), "-T", "fields", "-E", "separator=/t",
                 "-E", "occurrence=a", "-E", "aggregator=|", "-o", "ip.check_checksum:TRUE",
                 "-o", "udp.check_checksum:TRUE"]
    for field in FIELDS:
        arguments += ["-e", field]
    environment = dict(os.environ, WIRESHARK_CONFIG_DIR=os.path.join(directory, "wireshark"))
    output = subprocess.run(arguments, capture_output=True, text=True, timeout=300, env=environment, check=True).stdout
    for line in output.splitlines():
        yield dict(zip(FIELDS, line.split("\t")))


def check_ike(name, frame, sent, message, secrets, wholes, spoilt=False):
    where = "frame %s (%s)" % (frame["frame.number"], message["id"])
    data = message["data"]
    key = data["spi_i"], data["message_id"], data["response"]
    types, notifies = chain(data["payloads"])
    flags = (0x08 if data["initiator"] else 0) | (0x20 if data["response"] else 0)
    equal(frame["isakmp.ispi"], data["spi_i"], where, "initiator SPI")
    equal(frame["isakmp.rspi"], data["spi_r"], where, "responder SPI")
    equal(int(frame["isakmp.exchangetype"]), EXCHANGES[data["exchange"]], where, "exchange")
    equal(int(frame["isakmp.messageid"], 16), data["message_id"], where, "Message ID")
    equal(int(frame["isakmp.flags"], 16), flags, where, "flags")
    # 2 and 3 are the proposals and transforms inside an SA payload.
    seen = [int(t) for t in frame["isakmp.typepayload"].split("|") if int(t) not in (2, 3)]
    seen_notifies = [int(n) for n in frame["isakmp.notify.msgtype"].split("|") if n]
    fragment = re.search(r"SKF\((\d+)/(\d+)\)", data["payloads"])
    if fragment:
        equal((frame["isakmp.frag.number"], frame["isakmp.frag.total"]), fragment.groups(), where, "fragment")
        front = types[:types.index(53)]  # in the clear: PS, in the first of them (RFC 8019 7.2.2)
        if fragment.group(1) == "1":
            wholes[key] = types[len(front) + 1:], notifies
        # tshark shows what is inside where it has the last of them; the first one's words have it all.
        whole = len(seen) > len(front) + 1
        types, notifies = (front + [53] + wholes[key][0], wholes[key][1]) if whole else (front + [53], [])
    if spoilt:
        return 0
    if data["exchange"] == "IKE_INTERMEDIATE":
        return 0  # Wireshark has one set of keys for an IKE SA, the last: what it decrypts here is noise
    if seen == [46, 35] and name == "null-auth":
        types, notifies = types[:2], []  # tshark 4.0 gives up behind an ID payload without data (ID_NULL)
    equal(seen, types, where, "payload chain, decrypted")
    equal(seen_notifies, [NOTIFIES[n] for n in notifies], where, "notify types")
    equal(frame["udp.checksum.status"], "1", where, "UDP checksum")
    for auth in filter(None, frame["isakmp.auth.data"].split("|")):
        check(auth.replace(":", "") in secrets, where, "AUTH data is one that the recording has")
    marker = 4 if sent["data"]["source_port"] == 4500 else 0
    equal(len(bytes.fromhex(sent["data"]["bytes"])), marker + data["length"], where, "length")
    if data["payloads"].startswith("SK") and len(types) > 1:
        return 1
    return 0


def check_esp(frame, packet):
    """A03: an ESP or AH packet under the SPI that was agreed on. Of AH tshark checks no ICV: test_ah.py does."""
    where = "frame %s (%s)" % (frame["frame.number"], packet["id"])
    inner = bytes.fromhex(packet["data"]["inner"])
    protocol = packet["data"]["protocol"].lower()
    equal(int(frame[protocol + ".spi"], 16), int(packet["data"]["spi"], 16), where, "SPI")
    equal(int(frame[protocol + ".sequence"]), packet["data"]["sequence"], where, "sequence number")
    if protocol == "ah":
        check(frame["ah.icv"], where, "has an ICV")
    else:
        check(frame["esp.icv_good"] in ("1", "True"), where, "tshark's verdict on the ICV:", frame["esp.icv_good"])
    v6 = inner[0] >> 4 == 6
    start, kind, ip = (40, "icmpv6", "ipv6") if v6 else (20, "icmp", "ip")
    if inner[6 if v6 else 9] == 17:
        for at, field in ((0, "udp.srcport"), (2, "udp.dstport"), (4, "udp.length")):
            equal(int(frame[field].split("|")[-1]), int.from_bytes(inner[start + at:start + at + 2], "big"), where, "inner", field)
        equal(frame["udp.checksum.status"].split("|")[-1], "1", where, "inner UDP checksum")
    else:
        sequence, identifier = ("icmpv6.echo.sequence_number", "icmpv6.echo.identifier") if v6 else ("icmp.seq", "icmp.ident")
        equal(int(frame[kind + ".type"]), inner[start], where, "inner ICMP type")
        equal(int(frame[sequence]), int.from_bytes(inner[start + 6:start + 8], "big"), where, "inner ICMP sequence")
        equal(int(frame[identifier].split("|")[0], 0), int.from_bytes(inner[start + 4:start + 6], "big"), where,
              "inner ICMP identifier")
        equal(frame[kind + ".checksum.status"], "1", where, "inner ICMP checksum")
    length = 16 if v6 else 4
    addresses = [str(ipaddress.ip_address(inner[at:at + length])) for at in ((8, 24) if v6 else (12, 16))]
    headers = (frame["ip.src"] + "|" + frame["ipv6.src"]).strip("|").split("|")
    equal(len(headers), 1 if packet["data"]["mode"] == "transport" else 2, where, "IP headers in", packet["data"]["mode"],
          "mode")
    equal(frame[ip + ".src"].split("|")[-1], addresses[0], where, "inner source")
    equal(frame[ip + ".dst"].split("|")[-1], addresses[1], where, "inner destination")


def check_icmp(frame, sent, quoted, where):
    """D01: a real ICMP error, about the datagram as it had arrived. tshark goes on into what is quoted."""
    octets = bytes.fromhex(sent["data"]["bytes"])
    v6, udp = ":" in sent["data"]["source"], quoted["protocol"] == 17
    kind, ip = ("icmpv6", "ipv6") if v6 else ("icmp", "ip")
    field = {name: frame[name].split("|") for name in FIELDS}
    equal([field[kind + ".type"][0], field[kind + ".code"][0]], (["1", "4"] if udp else ["4", "1"]) if v6 else
          ["3", "3" if udp else "2"], where, "ICMP type and code")
    equal(field[kind + ".checksum.status"][0], "1", where, "ICMP checksum")
    for end, name in (("src", "source"), ("dst", "destination")):
        equal(field[ip + "." + end][:2], [sent["data"][name], quoted[name]], where, "its", name, "and the quoted one")
    if udp:
        equal((frame["udp.srcport"], frame["udp.dstport"]), (str(quoted["source_port"]), str(quoted["destination_port"])),
              where, "quoted ports")
    start = 8 + (40 if v6 else 20) + (8 if udp else 0)
    check(quoted["bytes"].startswith(octets[start:].hex()), where, "quotes what was sent")


def ends_of(recording):
    """(SPIi, SPIr) of each IKE SA, and each end's keys of it in the order in which they were made."""
    ends = {}
    for event in recording:
        if event["name"] == "ike:keys_derived":
            data = event["data"]
            ends.setdefault((data["spi_i"], data["spi_r"]), {}).setdefault(event["id"].split("#")[0], []).append(data)
    return ends


def edited(recording):
    """The messages that their sender has spoilt before sealing: their words are what it meant."""
    spoils, found = set(), set()
    for event in recording:
        scope = event["id"].split("#")[0]
        if event["name"] == "ike:edited":
            spoils.add(scope)
        elif event["name"] == "ike:message_sent" and scope in spoils:
            spoils.remove(scope)
            found.add(event["id"])
    return found


def check_torn(frame, sent, message, keys):
    """A message of an IKE SA whose ends have different keys: a key table has one row for both. tshark judges what is in the
    clear, and the second decoder opens it with the keys of the end that sent it."""
    where = "frame %s (%s)" % (frame["frame.number"], message["id"])
    data = message["data"]
    equal(frame["isakmp.ispi"], data["spi_i"], where, "initiator SPI")
    equal(frame["isakmp.rspi"], data["spi_r"], where, "responder SPI")
    equal(int(frame["isakmp.exchangetype"]), EXCHANGES[data["exchange"]], where, "exchange")
    equal(int(frame["isakmp.messageid"], 16), data["message_id"], where, "Message ID")
    equal(frame["isakmp.typepayload"].split("|")[0], "46", where, "what is in the clear")
    if open_sk is None:
        return
    way = "i" if data["initiator"] else "r"
    suite = (keys["encr"], bytes.fromhex(keys["sk_e" + way]), keys["integ"], bytes.fromhex(keys["sk_a" + way]))
    found = open_sk(suite, bytes.fromhex(sent["data"]["bytes"]))
    check(found is not None, where, "opens with the keys of its sender")
    types, notifies = chain(data["payloads"])
    equal([46] + [kind for kind, _ in found], types, where, "payload chain, by the second decoder")
    seen = [int.from_bytes(body[2:4], "big") for kind, body in found if kind == 41]
    equal(seen, [NOTIFIES[n] for n in notifies], where, "notify types")


def check_scenario(name):
    with temporary() as directory:
        run(directory, scenario(name), "--force")
        recording = events(directory)
        by_id = {event["id"]: event for event in recording}
        arrived = {event["cause"]: event["data"] for event in recording if event["name"] == "net:translated"}
        sent = [event for event in recording if event["name"] == "net:sent"]
        fates = {}
        for event in recording:
            if event["name"] in ("net:lost", "net:delivered"):
                fates.setdefault(event["cause"], []).append(event["name"])
        secrets = {event["data"]["auth"] for event in recording if event["name"] == "ike:auth_computed"}
        spoils = edited(recording) if name == "bad-input" else set()  # elsewhere their payloads are the same
        wholes = {}  # of messages in fragments: what is inside
        ends = ends_of(recording)
        if any(len(keys) > 1 for end in ends.values() for keys in end.values()):
            print("%s: not compared: an IKE SA changes its keys, and a key table has one row for it" % name)
            return
        torn = {sa for sa, end in ends.items() if len({keys[-1]["sk_ei"] for keys in end.values()}) > 1}
        seen = list(frames(directory))
        equal(len(seen), len(sent), name, "frames: each datagram once")
        counted = {"ike": 0, "decrypted": 0, "esp": 0, "torn": 0, "icmp": 0}
        for frame, datagram in zip(seen, sent):
            cause = by_id[datagram["cause"]]
            ip = "ipv6" if ":" in datagram["data"]["source"] else "ip"
            equal(frame[ip + ".src"].split("|")[0], datagram["data"]["source"], "source")
            equal(frame[ip + ".dst"].split("|")[0], datagram["data"]["destination"], "destination")
            check("2" not in frame["ip.checksum.status"] or set(frame["ip.checksum.status"].split("|")) == {"1"},
                  "IP checksum of frame", frame["frame.number"], frame["ip.checksum.status"])
            if cause["name"] == "attack:acted":
                continue  # of nobody who has a key
            sa = (cause["data"].get("spi_i"), cause["data"].get("spi_r"))
            if sa in torn and cause["data"]["payloads"].startswith("SK"):
                counted["torn"] += 1
                check_torn(frame, datagram, cause, ends[sa][datagram["id"].split("#")[0]][-1])
                continue
            noise = cause["data"].get("exchange") == "IKE_INTERMEDIATE" or cause["id"] in spoils
            quotes = cause["name"] == "net:delivered"  # what an ICMP error has no room for is missing
            check(noise or quotes or frame["_ws.expert.message"].lower().find("malformed") < 0, "malformed:", frame)
            comment = frame["frame.comment"]
            for word, fate in (("lost", "net:lost"), ("delivered", "net:delivered")):
                if fate in fates.get(datagram["id"], []):
                    check(word in comment, "frame", frame["frame.number"], "comment lacks", word, ":", comment)
            if cause["name"] == "ike:message_sent":
                counted["ike"] += 1
                counted["decrypted"] += check_ike(name, frame, datagram, cause, secrets, wholes, cause["id"] in spoils)
                if cause["data"]["transmission"] > 1:
                    check("retransmission" in comment or "again" in comment, "comment of a retransmission:", comment)
            elif cause["name"] == "net:delivered":
                counted["icmp"] += 1
                quoted = dict(by_id[cause["data"]["sent"]]["data"])
                for place in ("source", "destination", "source_port", "destination_port"):
                    quoted[place] = arrived.get(cause["data"]["sent"], quoted)[place]
                check_icmp(frame, datagram, quoted, "frame %s" % frame["frame.number"])
            elif cause["name"] == "ike:keepalive":
                equal(datagram["data"]["bytes"], "ff", "a NAT-keepalive")
            else:
                equal(cause["name"], "esp:sent", "what sends datagrams")
                counted["esp"] += 1
                check_esp(frame, cause)
        spoilt = any(event["name"] == "attack:acted" for event in recording)
        tunnel = any(event["name"] == "esp:sent" for event in recording)
        check(spoilt or (counted["decrypted"] >= 2 and counted["esp"] >= (2 if tunnel else 0)), name, "has too little to compare",
              counted)
        print("%s: %d frames agree: %d IKE, %d of them decrypted, %d ESP%s" %
              (name, len(seen), counted["ike"], counted["decrypted"], counted["esp"],
               ", %d ICMP errors" % counted["icmp"] if counted["icmp"] else ""))
        if counted["torn"]:
            print("%s: %d IKE messages more, by %s: the ends have different keys, and a key table one row for both" %
                  (name, counted["torn"], "their headers" if open_sk is None else "the second decoder"))


def check_both_ends(name):
    """Every host's interface has what leaves and what reaches it, between the addresses that it has there: behind a NAT
    these are not those that the sender wrote. Of an ICMP error the same holds for what it quotes (RFC 5508): what arrives is about a
    datagram that this host has sent, between the addresses and ports that it has written, and every checksum is right."""
    with temporary() as directory:
        run(directory, scenario(name), "--force", "--pcap", "both-ends")
        expected, seen_as, own = [], {}, set()
        for event in events(directory):
            data = event["data"]
            place = [data.get(key) for key in ("source", "destination", "source_port", "destination_port")]
            host = event["id"].split("/")[0]
            if event["name"] == "net:sent":
                seen_as[event["id"]] = place
                expected.append([False, host] + place)
                own.add((host, *map(str, place)))
            elif event["name"] == "net:translated":
                seen_as[event["cause"]] = place
            elif event["name"] == "net:delivered":
                expected.append([True, host] + seen_as[data["sent"]])
        arguments = ["tshark", "-r", os.path.join(directory, "run.pcapng"), "-T", "fields", "-E", "separator=/t",
                     "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
        for field in ("frame.interface_name", "ip.src", "ip.dst", "udp.srcport", "udp.dstport", "ip.checksum.status", "icmp.type",
                      "icmp.checksum.status", "udp.checksum.status"):
            arguments += ["-e", field]
        errors = 0
        lines = subprocess.run(arguments, capture_output=True, text=True, timeout=300, check=True).stdout.splitlines()
        equal(len(lines), len(expected), name, "packets of both ends")
        for line, (arrives, host, source, destination, source_port, destination_port) in zip(lines, expected):
            seen = [field.split(",") for field in line.split("\t")]
            equal([field[0] for field in seen[:3]] + [seen[5][0]], [host, source, destination, "1"], name)
            if seen[6][0] == "3" and seen[1][1:]:
                quoted = host, seen[1][1], seen[2][1], seen[3][0], seen[4][0]
                equal((seen[5][1], seen[7][0], seen[8][0]), ("1", "1", "1"), name, "checksums of an error")
                check(quoted in own or not arrives, name, "an error about", quoted)
                errors += arrives
            else:
                equal([field[0] for field in seen[3:5]], [str(source_port), str(destination_port)], name, "ports")
        print("%s: %d packets of both ends are between the addresses that each end sees, %d errors among them" % (name, len(lines), errors))
        return errors


if __name__ == "__main__":
    if not shutil.which("tshark"):
        print("skipped: no tshark")
        sys.exit(77)
    program()
    for each in (sys.argv[2:] or scenario_names()):
        if each != "suites":  # most of it is beyond tshark: test_suites.py counts what is left out, and why
            check_scenario(each)
    check(check_both_ends("icmp-nat") > 0, "no ICMP error behind a NAT")
    for each in ("nat", "nat-transport", "nat-rebinding"):
        check_both_ends(each)
