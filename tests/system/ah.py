"""AH as a stranger reads it (RFC 4302): what the ICV of a packet covers, and whether it is right. Written from the RFC,
with hmac and hashlib alone."""

import hashlib
import hmac

# IPv4 options whose octets count, by type (appendix A1); the others are zeros.
IMMUTABLE_OPTIONS = {130, 133, 134, 148, 149}
HASHES = {2: (hashlib.sha1, 12), 7: (hashlib.sha1, 20), 12: (hashlib.sha256, 16), 13: (hashlib.sha384, 24),
          14: (hashlib.sha512, 32)}


def front_of_ipv4(packet):
    """Length of the header, and the header as the ICV covers it."""
    length = (packet[0] & 15) * 4
    front = bytearray(packet[:length])
    front[1] = front[6] = front[7] = front[8] = front[10] = front[11] = 0
    at = 20
    while at < length and front[at] != 0:
        size = 1 if front[at] == 1 else front[at + 1]
        if front[at] != 1 and front[at] not in IMMUTABLE_OPTIONS:
            front[at:at + size] = bytes(size)
        at += size
    return length, bytes(front)


def front_of_ipv6(packet):
    """The same; of extension headers, those with options whose data does not change."""
    front = bytearray(packet[:40])
    front[:4] = b"\x60\0\0\0"
    front[7] = 0
    kind, at = packet[6], 40
    while kind != 51:
        size = 8 + 8 * packet[at + 1]
        front += packet[at:at + size]
        kind, at = packet[at], at + size
    return at, bytes(front)


def parts(packet, icv_length):
    """(what the ICV covers, the ICV, next header, payload) of a whole IP packet with AH in it."""
    length, front = (front_of_ipv4 if packet[0] >> 4 == 4 else front_of_ipv6)(packet)
    header = packet[length:length + 12]
    end = length + 4 * (header[1] + 2)
    icv = packet[length + 12:length + 12 + icv_length]
    covered = front + header + bytes(icv_length) + packet[length + 12 + icv_length:]
    return covered, icv, header[0], packet[end:]


def icv_is_right(packet, integ, key, high=b"", mac=None):
    """`high` is the high half of an extended sequence number; `mac(key, data)` stands for algorithms that are no HMAC."""
    digest, length = HASHES.get(integ, (None, 12))
    covered, icv, _, _ = parts(packet, length)
    value = mac(key, covered + high) if mac else hmac.new(key, covered + high, digest).digest()
    return value[:length] == icv


def packets_of_pcapng(path):
    """The IP packets of a capture of Ethernet, in order."""
    with open(path, "rb") as file:
        octets = file.read()
    at = 0
    while at < len(octets):
        kind, length = (int.from_bytes(octets[at + i:at + i + 4], "little") for i in (0, 4))
        if kind == 6:
            size = int.from_bytes(octets[at + 20:at + 24], "little")
            yield octets[at + 28 + 14:at + 28 + size]
        at += length


def protocol_of(packet):
    return packet[9] if packet[0] >> 4 == 4 else packet[6]
