"""Every AH packet of the scenario `ah`, out of run.pcapng: an ICV that RFC 4302 and the recording's keys make, computed by
Python's hmac; and none that was changed on the way is received.

usage: test_ah.py IKESIM
"""

import os

from ah import icv_is_right, packets_of_pcapng, parts, protocol_of
from ikesim import check, equal, events, run, scenario, temporary


def spi_and_number(packet):
    at = (packet[0] & 15) * 4 if packet[0] >> 4 == 4 else 40
    return packet[at + 4:at + 8].hex(), int.from_bytes(packet[at + 8:at + 12], "big")


def main():
    with temporary() as directory:
        run(directory, scenario("ah"))
        recording = events(directory)
        keys = {e["data"]["spi_in"]: e["data"] for e in recording if e["name"] == "ike:child_keys"}
        inner = {(e["data"]["spi"], e["data"]["sequence"]): e["data"] for e in recording if e["name"] == "esp:sent"}
        dropped = [e["data"] for e in recording if e["name"] == "esp:dropped"]
        corrupted = [e for e in recording if e["name"] == "net:corrupted"]
        seen, modes = 0, set()
        for packet in packets_of_pcapng(os.path.join(directory, "run.pcapng")):
            if protocol_of(packet) != 51:
                continue
            spi, number = spi_and_number(packet)
            key, sent = keys[spi], inner[spi, number]
            secret, high = bytes.fromhex(key["integ_in"]), bytes(4) if key["suite"].endswith("-esn") else b""
            equal((key["protocol"], sent["protocol"], key["encr"]), ("AH", "AH", 0), spi)
            check(icv_is_right(packet, key["integ"], secret, high), "ICV of", spi, number)
            check(not icv_is_right(packet, key["integ"], secret, bytes(3) + b"\1"), "another high half of", spi, number)
            changed = bytearray(packet)
            changed[-1] ^= 1
            check(not icv_is_right(bytes(changed), key["integ"], secret, high), "a changed", spi, number)
            # Inside is what was sent: the packet, or in transport mode what its header had behind it.
            _, _, following, payload = parts(packet, {2: 12, 12: 16, 14: 32}[key["integ"]])
            whole = bytes.fromhex(sent["inner"])
            if sent["mode"] == "transport":
                equal((following, payload), (whole[9], whole[20:]), spi, number)
            else:
                equal((following, payload), (4, whole), spi, number)
            modes.add((sent["mode"], packet[0] >> 4, key["integ"]))
            seen += 1
        equal(modes, {("transport", 4, 12), ("tunnel", 6, 14), ("tunnel", 4, 2)}, "modes, families, algorithms")
        equal(seen, len(inner), "AH packets")
        reasons = {d["reason"] for d in dropped}
        check(reasons and reasons <= {"bad_icv", "no_sa", "too_short"}, "reasons", reasons)
        equal(len(dropped), len(corrupted), "dropped, of those that were corrupted")
        equal({d["protocol"] for d in dropped}, {"AH"}, "protocol")
        print("%d AH packets, all with the ICV of RFC 4302; %d were corrupted and dropped" % (seen, len(dropped)))


main()
