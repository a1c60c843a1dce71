"""Writes the seeds of tests/fuzz/corpus: small ones, of what ikesim itself says, and by hand where it says nothing of the
kind. What a fuzzer has found is put beside them under a name of its own.

usage: make_corpus.py IKESIM
"""

import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
YAML = """duration: 1s
hosts:
  - {name: a, connect: b, ike: {secret: x, id: a@b, fragmentation: yes}, children: [{name: n, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}], traffic: [{child: n, every: 100ms}]}
  - {name: b, ike: {secret: 0x00}, children: [{name: n, local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}], cpu: {cores: 2}}
links: [{between: [a, b], delay: 1ms, loss: 1%, changes: [{at: 1ms, down: true}]}]
script: [{on: {exchange: IKE_AUTH, message: request}, do: drop, nth: 1}, {at: 500ms, do: liveness, host: a}]
expect: [{host: a, child: n, is: established, by: 1s}, {count: ike_dropped, at_least: 0}]
"""


def seed(target, name, octets):
    directory = os.path.join(HERE, target)
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, name), "wb") as file:
        file.write(octets)


def recording(ikesim, scenario):
    with tempfile.TemporaryDirectory() as top:
        directory = os.path.join(top, "run")
        subprocess.run([ikesim, "run", scenario, "-o", directory], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(os.path.join(directory, "run.ndjson"), "rb") as lines, open(os.path.join(directory, "run.index"), "rb") as index:
            return lines.read(), index.read()


def datagrams(lines):
    for line in lines.splitlines():
        event = json.loads(line)
        if event["name"] == "net:sent":
            yield event["data"]["protocol"], bytes.fromhex(event["data"]["bytes"])


def main():
    ikesim = sys.argv[1]
    for scenario, wanted in (("four-messages", 5), ("cookie", 8), ("fragments", 6)):
        lines, _ = recording(ikesim, scenario)
        for n, (protocol, octets) in enumerate(list(datagrams(lines))[:wanted]):
            name = "%s-%d" % (scenario, n)
            if protocol == 17:
                seed("message", name, bytes([1 if scenario == "fragments" else 0]) + octets)
                seed("dissect", name, b"\4" + octets)
            else:
                seed("dissect", name, b"\6" + octets)
                seed("esp", name, b"\0\0" + octets)
    # One payload of each kind, in SK.
    bodies = {33: "0000002c010100040300000c01000014800e0080030000080300000c030000080200000500000008040000" "1f",
              34: "001f0000" + "09" * 32, 35: "02000000616c696365", 37: "04308201", 39: "02000000" + "aa" * 32, 40: "bb" * 32,
              41: "0000400a00000007", 42: "0304000100001234", 43: "76656e646f72",
              44: "0100000007000010" "0000ffff" "0a0100000a0100ff", 47: "01000000" "00010000" "80030004" "c0000201",
              48: "0201000501", 200: "3f"}
    for kind, body in bodies.items():
        seed("message", "payload-%d" % kind, bytes([kind, 0]) + bytes.fromhex(body))
    # The endpoint in each state; an order, an authentic message, something changed, time.
    for delivered in range(5):
        seed("endpoint", "state-%d" % delivered, bytes([delivered, 8 if delivered % 2 else 1, 2, 0, 2, 0, 4, delivered << 1, 2, 0]))
    payloads = bytes.fromhex("29000008" "00004000" "2a000008" "00004002" "0000000c" "0304000100001234")
    for exchange in range(3):
        step = bytes([1, 1, exchange, 2 << 4, 41, (len(payloads) + 1) // 2]) + payloads
        seed("endpoint", "authentic-%d" % exchange, bytes([4, 4]) + step + b"\2\0" + step)
    seed("endpoint", "authentic-fragment", bytes([2, 8, 1, 1, 0, 2 | 2 << 4, 35, 4]) + bytes.fromhex("2700000802000061") + b"\5\0")
    seed("endpoint", "changed", bytes([3, 0, 3, 0, 0, 30, 1, 2, 0, 5, 1, 5, 2]))
    seed("endpoint", "stranger", bytes([4, 16, 0, 1, 7]) + bytes.fromhex("0102030405060708" "0000000000000000" "2e202508" "00000000" "0000001c"))
    # A record between the members of a cluster: as it is, with an octet changed, with a request out; and one by hand, of an IKE SA without CHILD SAs.
    after = bytes([2, 0, 2, 0, 4, 2, 2, 0, 4, 3, 2, 0, 2, 0])
    for n, options in enumerate((32, 0, 4 | 8 | 64)):
        seed("endpoint", "record-%d" % n, bytes([0x84, options, 1]) + after)
    for order in (1, 2, 3, 5, 6):
        seed("endpoint", "record-with-request-%d" % order, bytes([0x84, 2, 1 | order << 5]) + after)
    seed("endpoint", "record-of-the-initiator", bytes([0x84, 32 | 64, 0]) + after)
    seed("endpoint", "record-changed", bytes([0x84, 32, 1 | 2 << 2, 0, 67, 8, 1, 40, 1]) + after)
    address = "%s" + "00" * 12 + "01f4"
    windows = "00000001" "00000000" "00000001" "00000002"
    by_hand = bytes.fromhex("03" + "01" * 8 + "02" * 8 + "0000000000000100" + "00" * 8 + "04" + address % "c0000202" + "04" + address % "c0000201" + windows
                            + "00" * 16 + "00140080" "00050000" "001f00" + "aa" * 136 + "020005" + b"alice".hex() + "0000" "0000" + "00" * 9 + "0000" * 3)
    seed("endpoint", "record-by-hand", bytes([0x84, 32, 3]) + len(by_hand).to_bytes(2, "big") + by_hand + after)
    inner = bytes.fromhex("4500001c000000004001000" "00a0000010a010001" "0800f7ff00000000")
    for suite in range(4):
        seed("esp", "authentic-%d" % suite, bytes([suite, 1]) + inner + bytes([1, 2, 2, 4]))
    seed("scenario", "everything", YAML.encode())
    seed("scenario", "pairs", YAML.replace("duration", "pairs: 3\nduration").encode())
    lines, index = recording(ikesim, "four-messages")
    lines = b"\n".join(lines.split(b"\n")[:12]) + b"\n"
    seed("recording", "lines", len(lines).to_bytes(2, "big") + lines)
    seed("recording", "lines-and-index", len(lines).to_bytes(2, "big") + lines + index[:700])


main()
