#!/usr/bin/env python3
"""Makes the two sealed messages that test_message_seal.c expects, with python3-cryptography.

An IKE_AUTH request with an unprotected notify before SK (so that the associated data has more in
it than the header), and IDi "a.example" and N(INITIAL_CONTACT) inside. Keys and IVs count upwards.
"""
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SPIS = bytes(range(0x01, 0x09)) + bytes(range(0x11, 0x19))


def notify(next_payload):
    return bytes([next_payload, 0, 0, 8, 0, 0]) + struct.pack(">H", 16384)


INNER = bytes([41, 0, 0, 17, 2, 0, 0, 0]) + b"a.example" + notify(0)


def head(iv_len, rest_len):
    sk_len = 4 + iv_len + rest_len
    header = SPIS + bytes([41, 0x20, 35, 0x08]) + struct.pack(">II", 1, 28 + 8 + sk_len)
    return header + notify(46) + bytes([35, 0]) + struct.pack(">H", sk_len)


def aes256_cbc_sha256():
    key, integ_key = bytes(range(0x20, 0x40)), bytes(range(0x80, 0xA0))
    iv = bytes(range(0xA0, 0xB0))
    pad = -(len(INNER) + 1) % 16
    plain = INNER + bytes(pad) + bytes([pad])
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    message = head(16, len(plain) + 16) + iv + encryptor.update(plain) + encryptor.finalize()
    return message + hmac.new(integ_key, message, hashlib.sha256).digest()[:16]


def aes128_gcm16():
    key, salt, iv = bytes(range(0x20, 0x30)), bytes(range(0x30, 0x34)), bytes(range(0xA0, 0xA8))
    plain = INNER + b"\0"
    associated = head(8, len(plain) + 16)
    return associated + iv + AESGCM(key).encrypt(salt + iv, plain, associated)


print("AES-256-CBC, HMAC-SHA2-256-128:", aes256_cbc_sha256().hex())
print("AES-128-GCM-16:", aes128_gcm16().hex())
