"""Additional key exchanges (RFC 9370), judged from outside: with python3-cryptography and hmac alone, from the private keys
of the recording and the datagrams that were sent, every key is derived once more, through IKE_INTERMEDIATE (RFC 9242) and
IKE_FOLLOWUP_KE, and every IKE message, fragments too, and every ESP packet opens under these keys and no others.

usage: test_additional.py IKESIM
"""

import hashlib
import hmac
import sys

from ikesim import chain, check, equal, events, program, run, scenario, temporary

try:
    from cryptography.hazmat.primitives.asymmetric import ec, x25519
    from decoder import open_esp, open_sealed, open_sk
except ImportError:
    print("skipped: no python3-cryptography")
    sys.exit(77)

IKE_SA_INIT, IKE_AUTH, CREATE_CHILD_SA, IKE_INTERMEDIATE, IKE_FOLLOWUP_KE = 34, 35, 36, 43, 44
SA, KE, NONCE, NOTIFY, SKF = 33, 34, 40, 41, 53
ADDITIONAL_KEY_EXCHANGE = 16441
CURVES = {19: ec.SECP256R1(), 20: ec.SECP384R1(), 21: ec.SECP521R1()}


# ---- arithmetic ----

def pi(bits):
    """floor(2^bits * pi), by Machin's formula."""
    one = 1 << (bits + 64)

    def arctan_inverse(n):
        term = total = one // n
        k, sign = 3, -1
        while term:
            term //= n * n
            total += sign * (term // k)
            k, sign = k + 2, -sign
        return total
    return 4 * (4 * arctan_inverse(5) - arctan_inverse(239)) >> 64


def modp_4096():
    """RFC 3526 §5."""
    return 2**4096 - 2**4032 - 1 + 2**64 * (pi(3966) + 240904)


def secret_of(method, private, public):
    if method == 31:
        return x25519.X25519PrivateKey.from_private_bytes(private).exchange(x25519.X25519PublicKey.from_public_bytes(public))
    if method == 16:
        return pow(int.from_bytes(public, "big"), int.from_bytes(private, "big"), modp_4096()).to_bytes(512, "big")
    key = ec.derive_private_key(int.from_bytes(private, "big"), CURVES[method])
    return key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVES[method], b"\x04" + public))


def prf(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def prf_plus(key, seed, length):
    out = block = b""
    for n in range(1, 256):
        if len(out) >= length:
            break
        block = prf(key, block + seed + bytes([n]))
        out += block
    return out[:length]


# ---- reading ----

def payloads_of(kind, data):
    found, at = [], 0
    while kind:
        length = int.from_bytes(data[at + 2:at + 4], "big")
        found.append((kind, data[at + 4:at + length]))
        kind, at = data[at], at + length
    return found


def first(payloads, kind):
    return next((body for each, body in payloads if each == kind), None)


def link_of(payloads):
    for kind, body in payloads:
        if kind == NOTIFY and int.from_bytes(body[2:4], "big") == ADDITIONAL_KEY_EXCHANGE:
            return body[4:]
    return None


def proposal(body):
    """(protocol, SPI) of the only proposal in an answer, or the first of an offer. AES-GCM-16 with 128 bits is what these
    scenarios have; another one would not open."""
    return body[5], body[8:8 + body[6]]


class Keys:
    """The keys of one IKE SA: PRF_HMAC_SHA2_256 and ENCR_AES_GCM_16 with 128 bits."""

    def __init__(self, seed, nonces, spis):
        self.seed, self.nonces, self.spis = seed, nonces, spis
        stream = prf_plus(seed, nonces + spis, 32 + 20 + 20 + 32 + 32)
        self.sk_d, self.sk_ei, self.sk_er = stream[:32], stream[32:52], stream[52:72]

    def suite(self, message):
        return 20, self.sk_ei if message[19] & 0x08 else self.sk_er, 0, b""


class Observer:
    """Who has all private keys and hears everything."""

    def __init__(self, recording):
        self.private = {bytes.fromhex(e["data"]["public_key"]): bytes.fromhex(e["data"]["private_key"])
                        for e in recording if e["name"] == "ike:key_pair"}
        self.sas, self.esp, self.requests, self.series, self.parts = {}, {}, {}, {}, {}
        self.counted = {"IKE": 0, "fragments": 0, "ESP": 0, "IKE_INTERMEDIATE": 0, "IKE_FOLLOWUP_KE": 0, "rekeys": 0}

    def secret(self, request, response):
        """From the initiator's private key and the responder's public value, and the other way round."""
        ke = [first(request, KE), first(response, KE)]
        if ke[0] is None:
            return b""
        method, values = int.from_bytes(ke[0][:2], "big"), [body[4:] for body in ke]
        one, other = (secret_of(method, self.private[values[n]], values[1 - n]) for n in (0, 1))
        equal(one, other, "a secret from both ends")
        return one

    def open(self, message):
        """The payloads, None while fragments are missing."""
        if message[16] != 46 and message[16] != SKF:
            return payloads_of(message[16], message[28:])
        keys = self.sas[message[:16]]
        if message[16] == 46:
            found = open_sk(keys.suite(message), message)
            check(found is not None, "the ICV of message", message[:32].hex())
            return found
        plain = open_sealed(keys.suite(message), message[:36], message[36:])
        check(plain is not None, "the ICV of fragment", message[:36].hex())
        number, total = int.from_bytes(message[32:34], "big"), int.from_bytes(message[34:36], "big")
        self.counted["fragments"] += 1
        parts = self.parts.setdefault(message[:16] + message[18:24], {})
        parts[number] = plain[:len(plain) - 1 - plain[-1]]
        if number == 1:
            parts["kind"] = message[28]
        if len(parts) <= total:
            return None
        return payloads_of(parts["kind"], b"".join(parts[n] for n in range(1, total + 1)))

    def keymat(self, keys, seed, initiators, responders):
        """`initiators`, `responders`: the SPIs that they have chosen."""
        material = prf_plus(keys.sk_d, seed, 40)
        self.esp[responders], self.esp[initiators] = material[:20], material[20:]

    def conclude(self, keys, series):
        seed = series["secrets"][0] + series["nonces"] + b"".join(series["secrets"][1:])
        protocol, spis = series["protocol"], series["spis"]
        if protocol == 1:
            self.sas[spis[0] + spis[1]] = Keys(prf(keys.sk_d, seed), series["nonces"], spis[0] + spis[1])
        else:
            self.keymat(keys, seed, *spis)
        self.counted["rekeys"] += 1

    def answered(self, exchange, message, request, response):
        keys = self.sas.get(message[:16])
        if exchange == IKE_SA_INIT and first(response, SA):
            nonces = first(request, NONCE) + first(response, NONCE)
            self.sas[message[:16]] = Keys(prf(nonces, self.secret(request, response)), nonces, message[:16])
        elif exchange == IKE_INTERMEDIATE:
            self.sas[message[:16]] = Keys(prf(keys.sk_d, self.secret(request, response) + keys.nonces), keys.nonces, keys.spis)
        elif exchange == IKE_AUTH:
            self.keymat(keys, keys.nonces, proposal(first(request, SA))[1], proposal(first(response, SA))[1])
        elif exchange == CREATE_CHILD_SA and first(response, SA):
            series = {"nonces": first(request, NONCE) + first(response, NONCE), "secrets": [self.secret(request, response)],
                      "protocol": proposal(first(response, SA))[0],
                      "spis": [proposal(first(each, SA))[1] for each in (request, response)]}
            self.go_on(keys, message, series, response)
        elif exchange == IKE_FOLLOWUP_KE:
            series = self.series.pop(message[:16] + link_of(request))
            series["secrets"].append(self.secret(request, response))
            self.go_on(keys, message, series, response)

    def go_on(self, keys, message, series, response):
        link = link_of(response)
        if link is None:
            self.conclude(keys, series)
        else:
            self.series[message[:16] + link] = series

    def hear_ike(self, message, words):
        exchange, response = message[18], message[19] & 0x20
        payloads = self.open(message)
        self.counted["IKE"] += 1
        for name, number in (("IKE_INTERMEDIATE", IKE_INTERMEDIATE), ("IKE_FOLLOWUP_KE", IKE_FOLLOWUP_KE)):
            self.counted[name] += exchange == number
        if payloads is None:
            return
        if message[16] != SKF:
            equal(([46] if message[16] == 46 else []) + [kind for kind, _ in payloads], chain(words)[0], "payload chain")
        which = message[:8], message[19] & 0x08 == 0, message[20:24]
        if not response:
            self.requests[which] = payloads
        else:
            request = self.requests[message[:8], not which[1], message[20:24]]
            self.answered(exchange, message, request, payloads)

    def hear_esp(self, packet, inner):
        opened = open_esp((20, self.esp[packet[:4]], 0, b""), packet)
        equal(opened, (inner, 4), "inner packet")
        self.counted["ESP"] += 1


def check_scenario(name):
    with temporary() as directory:
        run(directory, scenario(name))
        recording = events(directory)
    by_id = {event["id"]: event for event in recording}
    observer, heard = Observer(recording), set()
    for event in recording:
        if event["name"] != "net:sent":
            continue
        packet, cause = bytes.fromhex(event["data"]["bytes"]), by_id[event["cause"]]
        if cause["name"] == "esp:sent":
            observer.hear_esp(packet, bytes.fromhex(cause["data"]["inner"]))
        elif packet not in heard:  # a retransmission
            heard.add(packet)
            observer.hear_ike(packet, cause["data"]["payloads"])
    for event in recording:
        if event["name"] == "ike:keys_derived":
            spis = bytes.fromhex(event["data"]["spi_i"] + event["data"]["spi_r"])
            check(spis in observer.sas, "IKE SA", spis.hex())
    print("%s: %s" % (name, ", ".join("%d %s" % (count, what) for what, count in observer.counted.items())))
    return observer.counted


if __name__ == "__main__":
    program()
    intermediate = check_scenario("intermediate")
    check(intermediate["IKE_INTERMEDIATE"] >= 4 and intermediate["fragments"] >= 2 and intermediate["ESP"] >= 10, intermediate)
    followup = check_scenario("followup-ke")
    check(followup["IKE_FOLLOWUP_KE"] >= 20 and followup["rekeys"] == 5 and followup["ESP"] >= 50, followup)
