"""Extended sequence numbers from the scenario to the wire: negotiated, used by both ends, and opened by an outsider
(python3-cryptography, since tshark does not know them) from the recording's keys alone.

usage: test_esn.py IKESIM
"""

import os
import sys

from ikesim import call, check, equal, events, program, run, scenario, temporary

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
    from cryptography.hazmat.primitives import hashes, hmac
except ImportError:
    print("skipped: no python3-cryptography")
    sys.exit(77)


def esp_packets(directory, keys):
    """(packet, key) of every ESP packet that was sent."""
    every = events(directory)
    esp = {event["id"] for event in every if event["name"] == "esp:sent"}
    for event in every:
        if event["name"] != "net:sent" or event["cause"] not in esp:
            continue
        packet = bytes.fromhex(event["data"]["bytes"])
        yield packet, keys[packet[:4].hex()]


def opens_aead(aead, packet, keys, associated):
    salt_len = 3 if aead is AESCCM else 4
    key = bytes.fromhex(keys[0])
    try:
        aead(key[:-salt_len]).decrypt(key[-salt_len:] + packet[8:16], packet[16:], associated)
        return True
    except InvalidTag:
        return False


def opens_hmac(packet, keys, behind):
    code = hmac.HMAC(bytes.fromhex(keys[1]), hashes.SHA256())
    code.update(packet[:-16] + behind)
    return code.finalize()[:16] == packet[-16:]


def try_suite(proposal, esn, aead, rows_without_esn=2):
    with temporary() as directory:
        arguments = []
        for host in ("alice", "gw"):
            arguments += ["--set", "hosts.%s.children.net.esp_proposals=%s" % (host, proposal)]
        run(directory, scenario("four-messages"), *arguments)
        keys, delivered, count = {}, 0, 0
        for event in events(directory):
            data = event["data"]
            if event["name"] == "ike:child_keys":
                keys[data["spi_in"]] = (data["encr_in"], data["integ_in"])
                equal(data["suite"].endswith("-esn"), esn, proposal, "agreed suite", data["suite"])
            delivered += event["name"] == "traffic:delivered"
            check(event["name"] != "esp:dropped", proposal, event)
        for packet, key in esp_packets(directory, keys):
            spi, low = packet[:4], packet[4:8]
            if aead:
                equal(opens_aead(aead, packet, key, spi + bytes(4) + low), esn, proposal, "with the high half")
                equal(opens_aead(aead, packet, key, spi + low), not esn, proposal, "without the high half")
            else:
                equal(opens_hmac(packet, key, bytes(4)), esn, proposal, "with the high half")
                equal(opens_hmac(packet, key, b""), not esn, proposal, "without the high half")
            count += 1
        check(count > 4 and delivered > 4, proposal, count, "packets,", delivered, "delivered")
        with open(os.path.join(directory, "wireshark", "esp_sa"), encoding="utf-8") as rows:
            rows = [row for row in rows if not row.startswith("#")]
            equal(len(rows), 0 if esn else rows_without_esn, proposal, "rows of esp_sa")
        shown = call(program(), "keys", directory).stdout
        equal("with the whole number" in shown, esn and aead is not None, proposal, "ikesim keys")
        return count


packets = try_suite("[aes128gcm16-esn]", True, AESGCM)
packets += try_suite("[aes128gcm16-noesn-esn]", False, AESGCM)
packets += try_suite("[aes128ccm16-esn]", True, AESCCM)
packets += try_suite("[chacha20poly1305-esn]", True, ChaCha20Poly1305)
packets += try_suite("[chacha20poly1305]", False, ChaCha20Poly1305, rows_without_esn=0)
packets += try_suite("[aes128-sha256-esn]", True, None)
packets += try_suite("[aes128-sha256]", False, None)
print("%d ESP packets opened with and without the high half" % packets)
