#!/usr/bin/env python3
"""A reader of recordings made from docs/recording.md alone, as a stranger would make it.

read_recording.py DIR [docs/recording.md] checks that run.index says of run.ndjson what the page
promises, octet by octet, that each line has the fields and types of the page's tables and names
nothing but earlier lines, and computes the run's hash from them.
"""

import collections
import ctypes
import ctypes.util
import json
import re
import struct
import sys


def load_xxh3():
    """XXH3-64 of octets with a seed, from the library of its makers; None if it is not there."""
    name = ctypes.util.find_library("xxhash") or "libxxhash.so.0"
    try:
        function = ctypes.CDLL(name).XXH3_64bits_withSeed
    except OSError:
        print("no libxxhash: hashes are not checked")
        return None
    function.restype = ctypes.c_uint64
    function.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64]
    return lambda octets, seed=0: function(octets, len(octets), seed)


xxh3 = load_xxh3()


def expect(condition, *words):
    if not condition:
        sys.exit("error: " + " ".join(str(word) for word in words))


class Octets:
    """Integers and texts of the index, one after another."""

    def __init__(self, octets):
        self.octets, self.at = octets, 0

    def take(self, count):
        expect(self.at + count <= len(self.octets), "payload is too short")
        self.at += count
        return self.octets[self.at - count : self.at]

    def integers(self, letter, count):
        form = "<%d%s" % (count, letter)
        return list(struct.unpack(form, self.take(struct.calcsize(form))))

    def u32(self):
        return self.integers("I", 1)[0]

    def u64(self):
        return self.integers("Q", 1)[0]

    def text(self):
        length = self.u32()
        return None if length == 0xFFFFFFFF else self.take(length).decode()

    def end(self):
        expect(self.at == len(self.octets), "payload is too long")


def number(value):
    return int(value) if isinstance(value, str) else value


def split_name(name):
    """'alice/gw#12' as ('alice', 'gw', 12)."""
    scope, _, n = name.rpartition("#")
    host, slash, peer = scope.partition("/")
    return host, peer if slash else None, int(n)


# ---- the index ----


def read_index(path):
    """The records of the index as (type, payload)."""
    with open(path, "rb") as file:
        octets = file.read()
    expect(octets[:8] == b"ikesimIX", "not an index")
    expect(struct.unpack_from("<II", octets, 8) == (2, 0), "not version 2")
    at = 16
    while at < len(octets):
        kind, length, digest = struct.unpack_from("<IIQ", octets, at)
        payload = octets[at + 16 : at + 16 + length]
        expect(kind != 0 and len(payload) == length, "cut off at", at)
        seed = kind | length << 32
        expect(not xxh3 or xxh3(payload, seed) == digest, "damaged at", at)
        padding = -length % 8
        at += 16 + length
        expect(octets[at : at + padding] == bytes(padding), "padding at", at)
        at += padding
        yield kind, Octets(payload)


def read_child(octets):
    child = {"name": octets.text(), "spi_in": octets.u32(), "spi_out": octets.u32()}
    child.update((key, octets.text()) for key in ("suite", "local_ts", "remote_ts"))
    counts = ("packets_in", "packets_out", "octets_in", "octets_out", "replays", "right_edge")
    child.update(zip(counts, octets.integers("Q", 6)))
    return child


def read_end(octets):
    end = {"role": octets.text(), "state": octets.text()}
    end["spi_i"], end["spi_r"] = octets.integers("Q", 2)
    end["suite"] = octets.text()
    numbers = ("window_own", "window_peer", "outstanding", "waiting", "next_message_id")
    end.update(zip(numbers, octets.integers("Q", 5)))
    end["children"] = [read_child(octets) for _ in range(octets.u32())]
    return end


def read_pair(octets):
    pair = {"a": octets.text(), "b": octets.text(), "ends": [read_end(octets), read_end(octets)]}
    counts = ("sent", "lost", "duplicated", "retransmissions", "dropped", "esp_packets")
    counts += ("replays", "delivered_twice", "round_trip", "last_event_time")
    pair.update(zip(counts, octets.integers("Q", 10)))
    return pair


def read_state(octets):
    state = {"time": octets.u64(), "events": octets.u64()}
    begin = {"format": octets.u64()}
    begin.update((key, octets.text()) for key in ("version", "scenario", "title"))
    begin["seed"] = octets.u64()
    begin.update((key, octets.text()) for key in ("keys", "epoch"))
    begin["duration"] = octets.u64()
    state["begin"] = begin
    keys = ("name", "address", "identity", "connects_to", "networks")
    state["hosts"] = [{key: octets.text() for key in keys} for _ in range(octets.u32())]
    state["pairs"] = [read_pair(octets) for _ in range(octets.u32())]
    octets.end()
    return state


def check_block(octets, lines, events, offsets, kinds, scopes, done):
    """Compares a block with its lines; returns the ordinal after it."""
    first, offset, length, text_hash = octets.integers("Q", 4)
    count, zero = octets.integers("I", 2)
    expect(first == done and zero == 0 and 0 < count <= 256, "block at", first)
    times, numbers = octets.integers("Q", count), octets.integers("Q", count)
    starts, scope, kind = (octets.integers(letter, count) for letter in "IIB")
    octets.end()
    text = b"".join(lines[first : first + count])
    expect(offset == offsets[first] and length == len(text), "octets of block at", first)
    expect(not xxh3 or xxh3(text) == text_hash, "hash of the lines of block at", first)
    for i in range(count):
        event = events[first + i]
        expect(offset + starts[i] == offsets[first + i], "offset of event", first + i)
        expect(times[i] == number(event["time"]), "time of event", first + i)
        expect(kinds[kind[i]] == event["name"], "kind of event", first + i)
        expect((*scopes[scope[i]], numbers[i]) == split_name(event["id"]), "name of", first + i)
    return first + count


def count_events(events):
    """How many events of each name the dealings of two hosts have: (name, both) -> how many."""
    return collections.Counter(
        (event["name"], frozenset(split_name(event["id"])[:2])) for event in events
    )


def check_keyframe(octets, events):
    count = octets.u64()
    expect(count <= len(events), "keyframe of", count)
    state = read_state(octets)
    events = events[:count]
    expect(state["events"] == count, "events of keyframe", count)
    expect(state["time"] == number(events[-1]["time"]), "time of keyframe", count)
    begin = {key: value for key, value in events[0]["data"].items()}
    for key in ("format", "seed", "duration"):
        begin[key] = number(begin[key])
    expect(state["begin"] == begin, "run:begin of keyframe", count)
    hosts = [event for event in events if event["name"] == "host:declared"]
    told = [dict(event["data"], name=split_name(event["id"])[0]) for event in hosts]
    expect(state["hosts"] == told, "hosts of keyframe", count)
    counts = count_events(events)
    for pair in state["pairs"]:
        names = {"sent": "net:sent", "lost": "net:lost", "esp_packets": "esp:sent"}
        names.update(duplicated="net:duplicated", retransmissions="ike:retransmission")
        for key, name in names.items():
            counted = counts[name, frozenset((pair["a"], pair["b"]))]
            expect(pair[key] == counted, key, "of keyframe", count, pair[key], counted)


def check_index(path, lines, events):
    offsets, end = [], 0
    for line in lines:
        offsets.append(end)
        end += len(line)
    kinds, scopes, done, keyframes, ended = [], [], 0, 0, False
    for kind, octets in read_index(path):
        expect(not ended, "a record after the end")
        if kind == 1:
            kinds = [octets.text() for _ in range(octets.u32())]
        elif kind == 2:
            first, count = octets.integers("I", 2)
            expect(first == len(scopes), "scopes from", first)
            scopes += [(octets.text(), octets.text()) for _ in range(count)]
        elif kind == 3:
            done = check_block(octets, lines, events, offsets, kinds, scopes, done)
        elif kind == 4:
            check_keyframe(octets, events)
            keyframes += 1
        elif kind == 5:
            expect(octets.integers("Q", 2) == [len(lines), end], "end")
            ended = True
    expect(done == len(lines) and ended, "blocks end at", done, "of", len(lines))
    return keyframes


# ---- the lines ----


def read_tables(page):
    """The events of the page: name -> [(field, type, meaning)]."""
    with open(page, encoding="utf-8") as file:
        text = file.read()
    tables = {}
    for line in text[text.index("<!-- events: made") : text.index("<!-- events: end")].split("\n"):
        heading = re.fullmatch(r"### `(\S+)`", line)
        row = re.fullmatch(r"\| `(\w+)` \| (\w+) \| (.*) \|", line)
        if heading:
            fields = tables[heading[1]] = []
        elif row:
            fields.append((row[1], row[2], row[3]))
    return tables


def is_number(value):
    """From 2^53 on in a string."""
    if isinstance(value, str):
        return re.fullmatch("[1-9][0-9]*", value) and 2**53 <= int(value) < 2**64
    return type(value) is int and 0 <= value < 2**53


def matches(pattern):
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL)


TYPES = {
    "u64": is_number,
    "time": is_number,
    "duration": is_number,
    "bool": lambda value: isinstance(value, bool),
    "text": lambda value: value is None or isinstance(value, str),
    "hex": matches("([0-9a-f]{2})*"),
    "spi8": matches("[0-9a-f]{16}"),
    "spi4": matches("[0-9a-f]{8}"),
    "ref": lambda value: value is None or matches(".*#(0|[1-9][0-9]*)")(value),
}


def check_lines(lines, events, tables):
    """Each line by the tables."""
    seen, last = set(), 0
    for line, event in zip(lines, events):
        expect(list(event) == ["time", "name", "id", "cause", "data"], "members of", line)
        spelled = json.dumps(event, separators=(",", ":"), ensure_ascii=False) + "\n"
        expect(spelled.encode() == line, "spelling of", line)
        name, data = event["name"], event["data"]
        expect(name in tables, "no such event on the page:", name)
        expect(list(data) == [field for field, _, _ in tables[name]], "fields of", line)
        expect(is_number(event["time"]) and number(event["time"]) >= last, "time of", line)
        last = number(event["time"])
        named = [event["cause"]] + [data[field] for field, kind, _ in tables[name] if kind == "ref"]
        expect(all(ref is None or ref in seen for ref in named), "names what is not there before it:", line)
        expect(event["id"] not in seen, "a name for two events:", line)
        seen.add(event["id"])
        for field, kind, _ in tables[name]:
            expect(TYPES[kind](data[field]), field, "is no", kind, "in", line)


# ---- the hash ----


def text_form(text):
    if text is None:
        return b"\xff\xff\xff\xff"
    octets = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<I", len(octets)) + octets


def ref_form(name):
    if name is None:
        return bytes(16)
    host, peer, n = split_name(name)
    scope = xxh3(host.encode())
    if peer is not None:
        scope = xxh3(peer.encode(), scope)
    return struct.pack("<QQ", scope, n)


FORMS = {
    "u64": lambda value: struct.pack("<Q", number(value)),
    "time": lambda value: struct.pack("<Q", number(value)),
    "duration": lambda value: struct.pack("<Q", number(value)),
    "spi8": lambda value: struct.pack("<Q", int(value, 16)),
    "spi4": lambda value: struct.pack("<I", int(value, 16)),
    "bool": lambda value: struct.pack("?", value),
    "text": text_form,
    "hex": lambda value: text_form(bytes.fromhex(value)),
    "ref": ref_form,
}


def run_hash(events, tables):
    hosts = {}
    for event in events:
        if event["name"] == "run:end":
            break
        table, data = tables[event["name"]], event["data"]
        fields = b"".join(FORMS[kind](data[field]) for field, kind, _ in table)
        digest = xxh3(text_form(event["name"]) + fields)
        host = split_name(event["id"])[0]
        form = struct.pack("<QQ", hosts.get(host, 0), number(event["time"]))
        form += ref_form(event["id"]) + ref_form(event["cause"]) + struct.pack("<Q", digest)
        hosts[host] = xxh3(form)
    value = 0
    for host in sorted(hosts, key=lambda name: name.encode()):
        value = xxh3(struct.pack("<Q", hosts[host]), xxh3(host.encode(), value))
    return "%016x" % value


def main(directory, page=None, whole=True):
    """`whole`: every event was recorded, so that the hash can be computed."""
    with open(directory + "/run.ndjson", "rb") as file:
        lines = file.read().splitlines(keepends=True)
    expect(lines and lines[-1].endswith(b"\n"), "the recording is cut off")
    events = [json.loads(line) for line in lines]
    keyframes = check_index(directory + "/run.index", lines, events)
    print("%d events, %d keyframes: the index is right" % (len(lines), keyframes))
    last = events[-1]
    if page:
        check_lines(lines, events, read_tables(page))
        print("each line has the fields of its table, and names earlier lines")
    if page and whole and xxh3 and last["name"] == "run:end":
        value = run_hash(events, read_tables(page))
        expect(value == last["data"]["hash"], "hash", value, "not", last["data"]["hash"])
        print("hash %s: as told" % value)


if __name__ == "__main__":
    main(*sys.argv[1:])
