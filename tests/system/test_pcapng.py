"""run.pcapng, read by the letter of its format: blocks, checksums, and each datagram once as the recording has it; and its
comment, which tells what became of it. With both ends also what arrived, as it arrived.

usage: test_pcapng.py IKESIM
"""

import calendar
import copy
import ipaddress
import os
import re
import struct
import time

from ikesim import check, equal, events, run, scenario, temporary

# Two links that double, lose and change: copies are made of copies, and each has luck of its own. One datagram is
# edited, and a NAT changes the addresses of all.
COPIES = """\
duration: 12s
seed: 3
hosts:
  - name: alice
    address: 192.168.1.10
    behind: box
    connect: gw
    ike: {secret: s}
    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}]
    traffic: [{child: net, every: 50ms, count: 100}]
  - name: gw
    address: 198.51.100.1
    ike: {secret: s}
    children: [{name: net, local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}]
nats: [{name: box, address: 203.0.113.5}]
links:
  - {between: [alice, box], delay: 2ms, duplicate: 50%, corrupt: 3%}
  - {between: [box, gw], delay: 30ms, jitter: 2ms, duplicate: 50%, loss: 20%, corrupt: 3%}
script: [{do: edit, on: {from: alice, to: gw}, nth: 9, octet: 20, value: 0x0badcafe}]
expect: [{host: gw, child: net, is: established, by: 12s}]
"""

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
END, COMMENT, FLAGS, NAME, RESOLUTION = 0, 1, 2, 2, 9
INBOUND, OUTBOUND = 1, 2


# ---- pcapng and what is in it ----


def read_options(octets):
    options, at = {}, 0
    while at < len(octets):
        code, length = struct.unpack_from("<HH", octets, at)
        value, padded = octets[at + 4 : at + 4 + length], (length + 3) // 4 * 4
        check(not octets[at + 4 + length : at + 4 + padded].strip(b"\0"), "padding of an option")
        at += 4 + padded
        if code == END:
            equal((length, at), (0, len(octets)), "the end of options is their end")
            return options
        check(code not in options, "an option twice", code)
        options[code] = value
    check(not options, "options without an end")
    return options


def read_pcapng(path):
    """Names of the interfaces; packets as (interface, ns, octets, options)."""
    with open(path, "rb") as file:
        octets = file.read()
    at, interfaces, packets = 0, [], []
    while at < len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        check(length % 4 == 0 and length >= 12, "length of the block at", at)
        equal(struct.unpack_from("<I", octets, at + length - 4)[0], length, "length at the end of the block at", at)
        body = octets[at + 8 : at + length - 4]
        if kind == SECTION:
            magic, major, minor, section = struct.unpack_from("<IHHq", body)
            equal((at, magic, major, minor), (0, 0x1A2B3C4D, 1, 0), "section header")
            check(section in (-1, len(octets) - length), "section length", section)
            read_options(body[16:])
        elif kind == INTERFACE:
            options = read_options(body[8:])
            equal((struct.unpack_from("<H", body)[0], options[RESOLUTION]), (1, b"\x09"), "an Ethernet, in nanoseconds")
            interfaces.append(options[NAME].decode())
        else:
            equal(kind, PACKET, "type of a block")
            interface, high, low, captured, length_on_wire = struct.unpack_from("<IIIII", body)
            padded = 20 + (captured + 3) // 4 * 4
            equal(captured, length_on_wire, "octets that were captured")
            check(not body[20 + captured : padded].strip(b"\0"), "padding of a packet")
            packets.append((interface, high << 32 | low, body[20 : 20 + captured], read_options(body[padded:])))
        at += length
    return interfaces, packets


def checksum(octets):
    """The Internet checksum's sum: 0xffff over octets that have their own right."""
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(">%dH" % (len(octets) // 2), octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def read_frame(frame):
    """(source, destination, protocol, source port, destination port, payload), lengths and checksums checked."""
    kind, packet = struct.unpack(">H", frame[12:14])[0], frame[14:]
    if kind == 0x0800:
        header = packet[: (packet[0] & 15) * 4]
        equal((packet[0] >> 4, checksum(header), struct.unpack(">H", header[2:4])[0]), (4, 0xFFFF, len(packet)), "IPv4 header")
        protocol, source, destination = header[9], header[12:16], header[16:20]
    else:
        header = packet[:40]
        equal((kind, packet[0] >> 4, struct.unpack(">H", header[4:6])[0]), (0x86DD, 6, len(packet) - 40), "IPv6 header")
        protocol, source, destination = header[6], header[8:24], header[24:40]
    equal(frame[:12], b"\2\0" + destination[-4:] + b"\2\0" + source[-4:], "MAC addresses")
    payload, ports = packet[len(header) :], (0, 0)
    pseudo = source + destination + struct.pack(">II", protocol, len(payload))
    if protocol == 17:
        equal(struct.unpack(">H", payload[4:6])[0], len(payload), "UDP length")
        check(payload[6:8] != b"\0\0", "no UDP checksum")
    if protocol in (17, 58):
        equal(checksum(pseudo + payload), 0xFFFF, "checksum of protocol", protocol)
    if protocol == 17:
        ports, payload = struct.unpack(">HH", payload[:4]), payload[8:]
    addresses = tuple(str(ipaddress.ip_address(address)) for address in (source, destination))
    return addresses + (protocol,) + ports + (payload,)


# ---- what the recording says ----


def look_of(sent):
    data = sent["data"]
    return [data["source"], data["destination"], data["protocol"], data["source_port"], data["destination_port"],
            bytearray.fromhex(data["bytes"])]


def follow(looks, sent, event):
    """How copies of a datagram look after the event: looks[net:sent, copy]."""
    data, name = event["data"], event["name"]
    if name == "net:duplicated":
        looks[sent["id"], data["copy"]] = copy.deepcopy(looks.get((sent["id"], data["of"]), look_of(sent)))
        return
    look = looks.setdefault((sent["id"], data["copy"]), look_of(sent))
    if name == "net:translated":
        look[0:2] = data["source"], data["destination"]
        look[3:5] = data["source_port"], data["destination_port"]
    elif name == "net:corrupted":
        look[5][data["bit"] // 8] ^= 0x80 >> data["bit"] % 8
    if data.get("bytes"):
        look[5] = bytearray.fromhex(data["bytes"])


def fate(event):
    """What its comment has to say of a datagram; None if the event is nothing that becomes of one."""
    data = event["data"]
    prefix = "duplicate (copy %d) " % data["copy"] if data.get("copy", 1) > 1 else ""
    if event["name"] == "net:delivered":
        told = "delivered at %d.%06d s" % (event["time"] // 10**9, event["time"] % 10**9 // 1000)
        return prefix + told + (", overtaken by a later one" if data["overtaken"] else "")
    if event["name"] == "net:lost":
        return prefix + "lost on the link" + ("" if data["why"] == "loss" else " (%s)" % data["why"])
    if event["name"] == "net:corrupted":
        return prefix + "changed by the link: bit %d is turned" % data["bit"]
    if event["name"] == "attack:acted" and data["bytes"]:
        return prefix + "%s by %s: %s" % (data["what"], data["attacker"], data["detail"])
    return None


def what(sent, cause, frames):
    """The beginning of the comment of one that a host sent."""
    data, host = cause["data"], sent["id"].split("/")[0]
    if cause["name"] == "esp:sent":
        return "%s, from %s, SPI %s, sequence number %d, child %s" % (data["protocol"], host, data["spi"], data["sequence"],
                                                                     data["child"])
    if cause["name"] == "net:delivered":
        return "ICMP error, datagram %d, from %s" % (sent["data"]["datagram"], host)
    if cause["name"] == "ike:keepalive":
        return "NAT-keepalive, from %s" % host
    told = "%s %s, from %s, Message ID %d, transmission %d" % (data["exchange"], "response" if data["response"] else "request",
                                                               host, data["message_id"], data["transmission"])
    return told + ("; retransmission of frame %d" % frames[data["first"]] if data["first"] else "")


def expected(listed, both_ends):
    """Each packet as (host, ns, frame as read, direction, beginning of the comment, its fates)."""
    named, packets, frames, looks, fates = {e["id"]: e for e in listed}, [], {}, {}, {}
    for event in listed:
        cause = named.get(event["cause"])
        if event["name"] == "net:sent":
            frames.setdefault(event["cause"], len(packets) + 1)
            fates[event["id"]] = []
            packets.append((event["id"].split("/")[0], event["time"], look_of(event), OUTBOUND,
                            what(event, cause, frames), fates[event["id"]]))
        elif cause and cause["name"] == "net:sent" and re.match("net:|attack:", event["name"]):
            if fate(event):
                fates[cause["id"]].append(fate(event))
            if event["name"] in ("net:duplicated", "net:translated", "net:corrupted", "attack:acted"):
                follow(looks, cause, event)
            elif both_ends and event["name"] == "net:delivered":
                look = looks.get((cause["id"], event["data"]["copy"]), look_of(cause))
                packets.append((event["id"].split("/")[0], event["time"], copy.deepcopy(look), INBOUND,
                                "; sent as frame %d" % frames[cause["cause"]], [fate(event)]))
    return packets


def check_capture(directory, both_ends):
    listed = events(directory)
    epoch = calendar.timegm(time.strptime(listed[0]["data"]["epoch"], "%Y-%m-%dT%H:%M:%SZ")) * 10**9
    interfaces, packets = read_pcapng(os.path.join(directory, "run.pcapng"))
    wanted = expected(listed, both_ends)
    equal(len(packets), len(wanted), "packets")
    for frame, (packet, (host, at, look, direction, begins, ends)) in enumerate(zip(packets, wanted), 1):
        interface, ns, octets, options = packet
        comment = options[COMMENT].decode()
        equal((ns - epoch, read_frame(octets)), (at, tuple(look[:5]) + (bytes(look[5]),)), "frame", frame)
        told = "; ".join(ends) or "on its way when the recording ends"
        if direction == OUTBOUND:
            equal(comment, begins + "; " + told, "comment of frame", frame)
        else:
            check(begins in comment and comment.endswith(told), "comment of frame", frame, comment)
        if both_ends:
            equal((interfaces[interface], struct.unpack("<I", options[FLAGS])[0]), (host, direction), "interface of frame", frame)
    return listed


def check_luck(listed):
    """Copies that the first link has made are lost by the second each for itself."""
    lost, arrived = {}, {}
    for event in listed:
        if event["name"] == "net:lost":
            lost.setdefault(event["cause"], set()).add(event["data"]["copy"])
        elif event["name"] == "net:delivered":
            arrived.setdefault(event["cause"], set()).add(event["data"]["copy"])
    one = [sent for sent, copies in lost.items() if copies & {1, 2} and arrived.get(sent, set()) & {1, 2}]
    check(len(one) > 5, "of original and copy the second link loses both or none: %d times one" % len(one))
    names = [(e["cause"], e["data"]["copy"]) for e in listed if e["name"] == "net:duplicated"]
    equal(len(set(names)), len(names), "copies have numbers of their own")
    check({number for _, number in names} >= {2, 3, 4}, "copies of copies")


def main():
    with temporary() as directory:
        copies = os.path.join(directory, "copies.yaml")
        with open(copies, "w", encoding="utf-8") as file:
            file.write(COPIES)
        for path in [copies] + [scenario(name) for name in ("lossy", "fragments", "ipv6", "nat-rebinding", "mobike", "icmp-nat")]:
            name = os.path.basename(path)[:-5]
            for both_ends in (False, True):
                out = os.path.join(directory, "%s-%d" % (name, both_ends))
                run(out, path, *(["--pcap=both-ends"] if both_ends else []))
                listed = check_capture(out, both_ends)
            if path == copies:
                check_luck(listed)
            print("%s: as the recording has it" % name)


main()
