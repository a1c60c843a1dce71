"""Every algorithm makes a tunnel. Four messages and a ping with each of them, and two outsiders who open what was sent:
tshark with the exported profile, and, where that says that tshark does not know the algorithm, python3-cryptography with
the recording's keys.

usage: test_suites.py IKESIM
"""

import os
import re
import shutil
import subprocess

from ikesim import check, equal, events, run, scenario, temporary

# IKE and ESP proposals: each algorithm stands in one of them at least.
SUITES = [
    ("aes128-sha1-modp1024", "aes128-sha1"),
    ("3des-sha1_160-prfsha256-modp1536", "3des-sha1"),
    ("aes192-sha384-modp3072", "aes192-sha384"),
    ("aes256-sha512-modp4096", "aes256-sha512"),
    ("aes128ctr-sha256-modp6144", "aes128ctr-sha256"),
    ("aes256ctr-sha256-modp8192", "aes256ctr-sha256"),
    ("aes128gcm8-prfsha1-ecp521", "aes128gcm8"),
    ("aes192gcm12-prfsha384-ecp224bp", "aes192gcm12"),
    ("aes256gcm16-prfsha512-ecp256bp", "aes256gcm16"),
    ("aes128ccm8-prfsha256-ecp384bp", "aes128ccm8"),
    ("aes192ccm12-prfsha256-ecp512bp", "aes192ccm12"),
    ("aes256ccm16-prfsha256-x448", "aes256ccm16"),
    ("aes128-aesxcbc-modp2048", "aes128-aesxcbc"),
    ("aes128-aescmac-ecp256", "aes128-aescmac"),
    ("chacha20poly1305-prfaesxcbc-ecp384", "chacha20poly1305"),
    ("chacha20poly1305-prfaescmac-x25519", "null-sha256"),
    ("aes256-sha256-prfsha512-x25519", "aes256gmac"),
    ("aes128-sha256-x25519", "aes128gmac"),
    ("aes128-sha256-x25519", "null-aesxcbc"),
]


def make_run(directory, ike, esp):
    with open(scenario("four-messages"), encoding="utf-8") as text:
        made = text.read().replace("proposals: [aes128-sha256-x25519]", "proposals: [%s]" % ike)
    made = made.replace("esp_proposals: [aes128gcm16]", "esp_proposals: [%s]" % esp)
    path = os.path.join(directory, "suite.yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write(made)
    result = os.path.join(directory, "run")
    run(result, path, "--force")
    return result


def seen_by_tshark(result):
    """Octet strings of AUTH, and the number of inner ICMP echoes."""
    environment = dict(os.environ, WIRESHARK_CONFIG_DIR=os.path.join(result, "wireshark"))
    output = subprocess.run(["tshark", "-r", os.path.join(result, "run.pcapng"), "-T", "fields", "-E", "separator=/t",
                             "-e", "isakmp.auth.data", "-e", "icmp.seq", "-e", "esp.icv_bad"], capture_output=True,
                            text=True, timeout=300, env=environment, check=True).stdout
    rows = [line.split("\t") for line in output.splitlines()]
    check(not any(row[2] in ("1", "True") for row in rows), "tshark finds a bad ICV")
    return {row[0].replace(":", "") for row in rows if row[0]}, sum(bool(row[1]) for row in rows)


def gaps(result, name):
    with open(os.path.join(result, "wireshark", name), encoding="utf-8") as table:
        return re.findall(r"^# left out: (\d+) (?:IKE|ESP) SAs: (.*)$", table.read(), re.M)


def open_aead(encr, key, header, rest):
    """Associated data, IV, ciphertext and tag -> plaintext, by python3-cryptography."""
    from cryptography.hazmat.primitives.ciphers import aead
    iv, text = rest[:8], rest[8:]
    if encr == 28:
        return aead.ChaCha20Poly1305(key[:32]).decrypt(key[32:] + iv, text, header)
    if encr == 21:
        aead.AESGCM(key[:-4]).decrypt(key[-4:] + iv, text[-16:], header + iv + text[:-16])
        return text[:-16]
    tag = {14: 8, 15: 12, 16: 16}[encr]
    return aead.AESCCM(key[:-3], tag_length=tag).decrypt(key[-3:] + iv, text, header)


def open_ike(recording):
    """AUTH data of the IKE_AUTH messages of an AEAD, opened with SK_ei and SK_er."""
    keys = next(e["data"] for e in recording if e["name"] == "ike:keys_derived")
    found = set()
    for event in recording:
        message = bytes.fromhex(event["data"].get("bytes", "")) if event["name"] == "net:sent" else b""
        if message[18:19] != b"\x23":
            continue
        key = bytes.fromhex(keys["sk_er" if message[19] & 0x20 else "sk_ei"])
        plain, kind = open_aead(keys["encr"], key, message[:32], message[32:]), message[28]
        at = 0
        while kind:
            following, length = plain[at], int.from_bytes(plain[at + 2:at + 4], "big")
            if kind == 39:
                found.add(plain[at + 8:at + length].hex())
            kind, at = following, at + length
        equal(plain[at:], b"\0", "Pad Length behind the payloads")
    return found


def open_esp(recording):
    """The inner packets of ESP with an AEAD."""
    keys = {}
    for event in recording:
        if event["name"] == "ike:child_keys":
            keys[event["data"]["spi_in"]] = (event["data"]["encr"], bytes.fromhex(event["data"]["encr_in"]))
    found = []
    for event in recording:
        if event["name"] == "net:sent" and event["data"]["protocol"] == 50:
            packet = bytes.fromhex(event["data"]["bytes"])
            encr, key = keys["%08x" % int.from_bytes(packet[:4], "big")]
            plain = open_aead(encr, key, packet[:8], packet[8:])
            found.append(plain[:-2 - plain[-2]])
    return found


def check_suite(ike, esp):
    with temporary() as directory:
        result = make_run(directory, ike, esp)
        recording = events(result)
        auths = {e["data"]["auth"] for e in recording if e["name"] == "ike:auth_computed"}
        inner = [bytes.fromhex(e["data"]["inner"]) for e in recording if e["name"] == "esp:sent"]
        equal(len(auths), 2, ike, "AUTH")
        check(len(inner) >= 18, esp, "packets", len(inner))
        ike_gaps, esp_gaps = gaps(result, "ikev2_decryption_table"), gaps(result, "esp_sa")
        equal(bool(ike_gaps), "chacha20" in ike, ike, "gaps", ike_gaps)
        equal(bool(esp_gaps), bool(re.search("chacha20|ccm|gmac", esp)), esp, "gaps", esp_gaps)
        if shutil.which("tshark"):
            seen, echoes = seen_by_tshark(result)
            equal(seen, set() if ike_gaps else auths, ike, "AUTH, by tshark")
            equal(echoes, 0 if esp_gaps else len(inner), esp, "inner packets, by tshark")
        if ike_gaps:
            equal([count for count, _ in ike_gaps], ["1"], ike)
            equal(open_ike(recording), auths, ike, "AUTH, by python3-cryptography")
        if esp_gaps:
            equal([count for count, _ in esp_gaps], ["2"], esp)
            equal(open_esp(recording), inner, esp, "inner packets, by python3-cryptography")
        return bool(ike_gaps), bool(esp_gaps)


def main():
    if not shutil.which("tshark"):
        print("skipped in part: no tshark")
    told = [check_suite(ike, esp) for ike, esp in SUITES]
    print("%d suites; tshark knows %d of IKE and %d of ESP, the rest opened by python3-cryptography"
          % (len(SUITES), sum(not i for i, _ in told), sum(not e for _, e in told)))


main()
