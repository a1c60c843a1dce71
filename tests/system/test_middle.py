"""A man in the middle (RFC 7296 §2.15, §5): what it agrees on with whom, what it can guess at, what it reads and changes.

The attacker's own events are checked against what the two ends tell, and what is said of an offline dictionary is done here.

usage: test_middle.py IKESIM
"""

import hashlib
import hmac
import re

from ikesim import check, equal, events, program, run, scenario, temporary


def recording(name, *arguments, expect=(0,)):
    with temporary() as directory:
        run(directory, scenario(name), *arguments, expect=expect)
        return events(directory)


def of(record, name, scope=None):
    return [e for e in record if e["name"] == name and (scope is None or e["id"].startswith(scope + "#"))]


def acted(record, what, scope=None):
    return [e for e in of(record, "attack:acted", scope) if e["data"]["what"] == what]


def octets(record, host):
    """What a host has put on the wire itself, attackers' imitations left out."""
    by_id = {e["id"]: e for e in record}
    return [e["data"]["bytes"] for e in of(record, "net:sent", host) if by_id[e["cause"]]["name"] != "attack:acted"]


def check_causes(name):
    """Whatever an attacker sends has what it did as its cause; what comes to one in the middle ends there."""
    record = recording(name)
    by_id = {e["id"]: e for e in record}
    forged = [e for e in of(record, "net:sent") if by_id[e["cause"]]["name"] == "attack:acted"]
    own = [e for e in of(record, "net:sent") if e not in forged]
    lost = {e["cause"]: e["data"]["why"] for e in of(record, "net:lost")}
    check(forged and own, name, "has datagrams of either kind")
    for each in own:
        equal(lost.get(each["id"]), "attacker", name, "fate of", each["id"])
    for each in forged:
        check(each["id"] not in lost, name, each["id"], "arrives")
        equal(by_id[each["cause"]]["data"]["attacker"], "eve", name)
    return record


def keys_of(record, scope):
    return of(record, "ike:keys_derived", scope)[0]["data"]


def prf(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def guess_offline(record, words):
    """From what eve has alone: both IKE_SA_INIT messages of her IKE SA with alice, its keys, and the IKE_AUTH request."""
    first = bytes.fromhex(of(record, "net:sent", "alice/gw")[0]["data"]["bytes"])
    keys = keys_of(record, "alice/gw")  # eve has derived the same, or she could not have read anything
    auth = of(record, "ike:auth_computed", "alice/gw")[0]["data"]
    signed = first + bytes.fromhex(keys["nr"]) + prf(bytes.fromhex(keys["sk_pi"]), bytes.fromhex(auth["id"]))
    for word in words:
        if prf(prf(word.encode(), b"Key Pad for IKEv2"), signed).hex() == auth["auth"]:
            return word
    return None


def without_secret():
    record = check_causes("attacker-middle")
    equal(len(acted(record, "agreed")), 2, "a Diffie-Hellman with each end")
    check(keys_of(record, "alice/gw")["skeyseed"] != keys_of(record, "gw/alice")["skeyseed"], "the ends have different keys")
    check(keys_of(record, "alice/gw")["spi_r"] != keys_of(record, "gw/alice")["spi_r"], "and different IKE SAs")
    for end in ("alice/gw", "gw/alice"):
        check(acted(record, "failed", end), "eve fails with", end)
    equal(acted(record, "deceived"), [], "nobody believes her")
    read = [e["data"]["detail"] for e in acted(record, "read", "alice/gw")]
    check(any("IDi" in each and "AUTH" in each for each in read), "she has read alice's identity:", read)
    equal(guess_offline(record, ["password", "hunter2", "correct horse", "letmein"]), "correct horse", "offline dictionary")
    equal(guess_offline(record, ["password", "battery staple"]), None, "a secret that is in no dictionary")
    # gw proves itself last: it has shown nothing.
    check(not any(re.search(r"\bAUTH\b", e["data"]["detail"].split(": ")[1]) for e in acted(record, "read", "gw/alice")),
          "no AUTH of gw")


def with_secret():
    record = check_causes("attacker-middle-stolen")
    equal(len(acted(record, "deceived")), 2, "both ends believe her")
    equal(acted(record, "failed"), [], "she fails at nothing")
    changed = acted(record, "changed")
    equal(len(changed), len(of(record, "traffic:delivered")), "every inner packet that arrives was changed")
    sent = {e["data"]["inner"] for e in of(record, "esp:sent")}
    for arrival in of(record, "esp:received"):
        check(arrival["data"]["inner"] not in sent, "what arrives is not what was sent:", arrival["id"])
    check(re.search(r"10\.1\.0\.1 → 10\.2\.0\.1", changed[0]["data"]["detail"]), "she knows who speaks:", changed[0])
    quiet = recording("attacker-middle-stolen", "--set", "attackers.eve.alters=false", expect=(1,))
    equal(len(acted(quiet, "changed")), 0, "alters: false")
    sent = {e["data"]["inner"] for e in of(quiet, "esp:sent")}
    check(all(e["data"]["inner"] in sent for e in of(quiet, "esp:received")), "then what arrives is what was sent")


def with_certificates():
    record = check_causes("attacker-middle-certificates")
    equal([e["id"].split("#")[0] for e in acted(record, "deceived")], ["alice/gw"], "with gw's key alice alone believes her")
    record = recording("attacker-middle-certificates", "--set", "attackers.eve.stolen=[alice]", expect=(1,))
    equal([e["id"].split("#")[0] for e in acted(record, "deceived")], ["gw/alice"], "with alice's key gw alone does")
    record = recording("attacker-middle-certificates", "--set", "attackers.eve.stolen=[alice, gw]", expect=(1,))
    equal(len(acted(record, "deceived")), 2, "with both keys both do")


def moves_no_draw():
    """alice's first message is the same whoever is on the link, and so is all that depends on her alone."""
    alone = recording("attacker-middle", "--set", "attackers.eve.does=observe", expect=(1,))
    middle = recording("attacker-middle")
    equal(octets(middle, "alice/gw")[0], octets(alone, "alice/gw")[0], "alice's IKE_SA_INIT request")
    for field in ("ni", "spi_i"):
        equal(keys_of(middle, "alice/gw")[field], keys_of(alone, "alice/gw")[field], "alice's", field)


if __name__ == "__main__":
    program()
    without_secret()
    with_secret()
    with_certificates()
    moves_no_draw()
    print("a man in the middle is believed where he has the secret, and nowhere else")
