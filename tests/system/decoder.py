"""The second decoder: IKE's SK payloads and ESP packets opened, and MACs computed, with python3-cryptography and hmac
alone. It knows every algorithm that ikesim computes, under its IANA number."""

import hashlib
import hmac as hmac_of_python

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, aead, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:
    TripleDES = algorithms.TripleDES

HASHES = {2: (hashlib.sha1, 12), 7: (hashlib.sha1, 20), 12: (hashlib.sha256, 16), 13: (hashlib.sha384, 24),
          14: (hashlib.sha512, 32)}
ICV = dict([(number, length) for number, (_, length) in HASHES.items()] + [(5, 12), (8, 12)])
CCM_TAGS = {14: 8, 15: 12, 16: 16, 29: 8}
GCM_TAGS = {18: 8, 19: 12, 20: 16, 21: 16, 30: 16}
IMPLICIT = {29, 30, 31}


def aes(key, block):
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def xcbc(key, data):
    """RFC 3566 §4."""
    first, second, third = (aes(key, bytes([n]) * 16) for n in (1, 2, 3))
    whole = len(data) > 0 and len(data) % 16 == 0
    if not whole:
        data += b"\x80" + bytes(-(len(data) + 1) % 16)
    chain = bytes(16)
    for at in range(0, len(data), 16):
        block = bytes(a ^ b for a, b in zip(chain, data[at:at + 16]))
        if at + 16 == len(data):
            block = bytes(a ^ b for a, b in zip(block, second if whole else third))
        chain = aes(first, block)
    return chain


def cmac(key, data):
    code = CMAC(algorithms.AES(key))
    code.update(data)
    return code.finalize()


def mac(integ, key, data):
    """The ICV of an INTEG transform."""
    if integ in HASHES:
        return hmac_of_python.new(key, data, HASHES[integ][0]).digest()[:ICV[integ]]
    return (xcbc if integ == 5 else cmac)(key, data)[:ICV[integ]]


def open_gcm(key, nonce, tag_length, header, body):
    tag = body[-tag_length:]
    opener = Cipher(algorithms.AES(key), modes.GCM(nonce, tag, min_tag_length=tag_length)).decryptor()
    opener.authenticate_additional_data(header)
    return opener.update(body[:-tag_length]) + opener.finalize()


def open_aead(encr, key, number, header, body):
    """`number`: the whole sequence number in 8 octets, for implicit IVs."""
    salt = 3 if encr in CCM_TAGS else 4
    iv, text = (number, body) if encr in IMPLICIT else (body[:8], body[8:])
    nonce = key[-salt:] + iv
    if encr == 21:  # GMAC covers everything and encrypts nothing
        open_gcm(key[:-salt], nonce, 16, header + iv + text[:-16], text[-16:])
        return text[:-16]
    if encr in GCM_TAGS:
        return open_gcm(key[:-salt], nonce, GCM_TAGS[encr], header, text)
    if encr in CCM_TAGS:
        return aead.AESCCM(key[:-salt], tag_length=CCM_TAGS[encr]).decrypt(nonce, text, header)
    return aead.ChaCha20Poly1305(key[:-salt]).decrypt(nonce, text, header)


def decrypt(encr, key, text):
    if encr == 11:
        return text
    if encr == 3:
        mode, text = Cipher(TripleDES(key), modes.CBC(text[:8])), text[8:]
    elif encr == 12:
        mode, text = Cipher(algorithms.AES(key), modes.CBC(text[:16])), text[16:]
    else:
        mode, text = Cipher(algorithms.AES(key[:-4]), modes.CTR(key[-4:] + text[:8] + b"\0\0\0\1")), text[8:]
    return mode.decryptor().update(text)


def open_sealed(suite, header, body, high=None):
    """The plaintext behind `header`, or None if the ICV is wrong. `suite`: (ENCR, key with salt, INTEG, key). `high`: of
    ESP, the high half of an extended sequence number; b"" without."""
    encr, key, integ, integ_key = suite
    if integ:
        icv = ICV[integ]
        if mac(integ, integ_key, header + body[:-icv] + (high or b"")) != body[-icv:]:
            return None
        return decrypt(encr, key, body[:-icv])
    covered = header[:4] + high + header[4:] if high else header
    number = (high or bytes(4)) + header[4:8]
    try:
        return open_aead(encr, key, number, covered, body)
    except InvalidTag:
        return None


def open_esp(suite, packet, high=b""):
    """(payload, Next Header) of an ESP packet, its padding checked; None if the ICV is wrong."""
    plain = open_sealed(suite, packet[:8], packet[8:], high)
    if plain is None:
        return None
    padding = plain[-2]
    assert plain[-2 - padding:-2] == bytes(range(1, padding + 1)), "padding is 1, 2, 3, ..."
    return plain[:-2 - padding], plain[-1]


def open_sk(suite, message):
    """[(payload type, body)] in the SK payload of a message that has nothing before it."""
    assert message[16] == 46, "SK comes first"
    plain = open_sealed(suite, message[:32], message[32:])
    if plain is None:
        return None
    kind, at, found = message[28], 0, []
    while kind:
        length = int.from_bytes(plain[at + 2:at + 4], "big")
        found.append((kind, plain[at + 4:at + length]))
        kind, at = plain[at], at + length
    assert len(plain) - at == plain[-1] + 1, "padding and Pad Length are left"
    return found
