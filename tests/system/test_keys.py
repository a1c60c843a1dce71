"""`ikesim keys` teaches with commands that work: every command that it prints is executed by bash in an empty directory
with an empty environment, and its output is the value that stands above it. The values are the recording's.

usage: test_keys.py IKESIM
"""

import json
import os
import re
import subprocess
import sys
from random import Random

from ikesim import call, check, equal, events, program, run, scenario, temporary

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
NEEDS_CRYPTOGRAPHY = "from cryptography."

# IKE suite, ESP suite: each key exchange, PRF, cipher and integrity algorithm at least once.
SUITES = [
    ("aes128-sha256-x25519", "aes128gcm16"),
    ("aes256gcm16-prfsha384-ecp384", "aes256-sha384"),
    ("aes128-sha256-modp2048", "aes128-sha256"),
    ("aes128gcm16-prfsha256-ecp256", "aes256gcm16"),
    ("aes192-sha512-ecp256", "aes192-sha512"),
    ("aes256gcm16-prfsha512-modp2048", "aes192gcm16"),
]

# Two IKE SAs one after the other; CHILD SAs from both ends, with and without a key exchange of their own; a first guess at
# the key exchange method that the responder refuses.
MORE = """
title: what else makes keys
duration: 12s
hosts:
  - name: alice
    connect: gw
    ike: {proposals: [aes128-sha256-x25519-ecp256], secret: "correct horse", id: alice@example.org, window: 4}
    children:
      - {name: net, esp_proposals: [aes128gcm16], local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}
      - {name: own, esp_proposals: [aes128-sha256-ecp256], local_ts: [10.3.0.0/24], remote_ts: [10.4.0.0/24], start: false}
      - {name: back, esp_proposals: [aes256gcm16-x25519], local_ts: [10.5.0.0/24], remote_ts: [10.6.0.0/24], start: false}
      - {name: bare, esp_proposals: [aes128gcm16], local_ts: [10.7.0.0/24], remote_ts: [10.8.0.0/24], start: false}
    traffic: [{child: net, kind: ping, every: 1s}, {child: own, kind: ping, every: 1s}, {child: bare, kind: ping, every: 1s}]
  - name: gw
    ike: {proposals: [aes128-sha256-ecp256], secret: "correct horse", id: gw.example.org, window: 4}
    children:
      - {name: net, esp_proposals: [aes128gcm16], local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}
      - {name: own, esp_proposals: [aes128-sha256-ecp256], local_ts: [10.4.0.0/24], remote_ts: [10.3.0.0/24], start: false}
      - {name: back, esp_proposals: [aes256gcm16-x25519], local_ts: [10.6.0.0/24], remote_ts: [10.5.0.0/24], start: false}
      - {name: bare, esp_proposals: [aes128gcm16], local_ts: [10.8.0.0/24], remote_ts: [10.7.0.0/24], start: false}
    traffic: [{child: back, kind: ping, every: 1s}]
links:
  - {between: [alice, gw], delay: 40ms}
script:
  - {at: 2s, do: create_child, host: alice, child: own}
  - {at: 2s, do: create_child, host: gw, child: back}
  - {at: 2s, do: create_child, host: alice, child: bare}
  - {at: 7s, do: delete_ike, host: alice}
  - {at: 8s, do: initiate, host: alice}
"""


def execute(command):
    with temporary() as empty:
        result = subprocess.run(["/bin/bash", "--norc", "--noprofile", "-c", command], capture_output=True, text=True,
                                timeout=60, env=ENVIRONMENT, cwd=empty)
        equal(os.listdir(empty), [], "files written by", command)
    return result


def has_cryptography():
    return subprocess.run(["python3", "-c", "import cryptography"], env=ENVIRONMENT, capture_output=True).returncode == 0


class Executed:
    """Commands and what they print; each is executed once however often it is printed."""

    def __init__(self):
        self.outputs = {}
        self.skipped = set()
        self.cryptography = has_cryptography()

    def check(self, step):
        command = step["command"]
        check("\n" not in command, "a command of several lines:", command)
        if NEEDS_CRYPTOGRAPHY in command and not self.cryptography:
            self.skipped.add(command)
            return
        if command not in self.outputs:
            result = execute(command)
            equal((result.returncode, result.stderr), (0, ""), step["name"], command)
            self.outputs[command] = result.stdout
        equal(self.outputs[command], step["value"] + "\n", step["name"], command)


def steps_of(target, *arguments):
    lines = call(program(), "keys", target, "--json", *arguments).stdout.splitlines()
    return [json.loads(line) for line in lines]


def text_steps(text):
    """(name, value, command) of every step, read as a person would: a name at the margin, the value and words below it
    indented by four, the command behind a dollar sign."""
    steps = []
    for block in re.split(r"\n\n+", text):
        lines = [line for line in block.split("\n") if not line.startswith("----")]
        lines = [line for line in lines if line]
        if len(lines) < 3 or lines[0].startswith((" ", "$")) or not lines[1].startswith("    "):
            continue
        value = ""
        for line in lines[1:]:
            if not re.fullmatch("    [0-9a-f]+", line):
                break
            value += line.strip()
        command = lines[-1][2:] if lines[-1].startswith("$ ") else None
        for line in lines:
            check(line.startswith("$ ") or len(line) <= 100 or line == lines[0], "a line of", len(line), "columns:", line)
        steps.append((lines[0], value, command))
    return steps


def check_text(target, steps, *arguments):
    text = call(program(), "keys", target, *arguments).stdout
    seen = [(value, command) for _, value, command in text_steps(text) if value]
    equal(seen, [(s["value"], s.get("command")) for s in steps if "value" in s], "text and JSON say the same")
    silent = call(program(), "keys", target, "--no-commands", *arguments).stdout
    check("\n$ " not in silent, "--no-commands prints commands")
    equal([value for _, value, _ in text_steps(silent) if value], [value for value, _ in seen], "--no-commands")
    plain = call(program(), "keys", target, "--ascii", *arguments).stdout
    check(plain.isascii(), "--ascii prints more than ASCII")


def named(steps, name):
    found = [step for step in steps if step["name"] == name]
    check(len(found) == 1, len(found), "steps are named", name)
    return found[0]


def check_against_recording(directory, steps):
    """The keys that the steps show are those that the two ends told."""
    recording = events(directory)
    derived = [e["data"] for e in recording if e["name"] == "ike:keys_derived"]
    check(len(derived) >= 2, "both ends derive keys")
    for data in derived:
        mine = [s for s in steps if (s["spi_i"], s["spi_r"]) == (data["spi_i"], data["spi_r"])]
        equal(named(mine, "SKEYSEED")["value"], data["skeyseed"], "SKEYSEED")
        for name in ("sk_d", "sk_ai", "sk_ar", "sk_ei", "sk_er", "sk_pi", "sk_pr"):
            step = named(mine, name.replace("sk_", "SK_"))
            equal(step.get("value", ""), data[name], step["name"])
        for host in ("alice", "gw"):
            equal(named(mine, "g^ir, as %s computes it" % host)["value"], data["shared_secret"], "g^ir")
    shown = {s["value"] for s in steps if s["topic"] == "keymat" and "value" in s}
    for data in (e["data"] for e in recording if e["name"] == "ike:child_keys"):
        for name in ("keymat", "encr_in", "integ_in", "encr_out", "integ_out"):
            check(data[name] in shown or not data[name], "the steps lack", name, "of", data["child"])
        for direction in ("spi_in", "spi_out"):
            wanted = "%s: encryption key, " % data["child"]
            check(any(s["name"].startswith(wanted) and s["name"].endswith(data[direction]) for s in steps),
                  "no key of", data["child"], "has SPI", data[direction])
    auth = {e["data"]["auth"] for e in recording if e["name"] == "ike:auth_computed"}
    for step in steps:
        if step["name"] in ("AUTH of alice", "AUTH of gw", "AUTH inside"):
            check(step["value"] in auth, step["name"])


def check_complete(steps):
    """What has no command is drawn, received, configured or said in words."""
    free = re.compile(r"IKE_SA_INIT re(quest|sponse)|IKE_AUTH request|.*(ESP|AH) packet|what the ICV covers|(.*: )?private key of \w+( for SK\(\d\))?|shared key of \w+|"
                      r"ID[ir]' of \w+")
    for step in steps:
        if "meaning" not in step:
            check("words" in step or re.search(r"(^|: )(T\d+|(private key|public value) of \w+( for SK\(\d\))?)$", step["name"]),
                  step["name"], "does not say what it is for")
        if "value" in step and "command" not in step:
            check(free.fullmatch(step["name"]), step["name"], "has no command")
        secret = "wiretap" not in step["known_to"]
        equal(secret, "wiretap_lacks" in step, step["name"], "says what a wiretap lacks")


def check_steps(target, steps, executed, *arguments):
    check_complete(steps)
    check_text(target, steps, *arguments)
    for step in steps:
        if "command" in step:
            executed.check(step)


def check_suites(executed, top):
    for ike, esp in SUITES:
        arguments = ["--set", "hosts.alice.ike.proposals=[%s]" % ike, "--set", "hosts.gw.ike.proposals=[%s]" % ike,
                     "--set", "hosts.alice.children.net.esp_proposals=[%s]" % esp,
                     "--set", "hosts.gw.children.net.esp_proposals=[%s]" % esp]
        directory = os.path.join(top, ike)
        run(directory, scenario("four-messages"), *arguments)
        before = len(executed.outputs) + len(executed.skipped)
        steps = steps_of(directory)
        check_against_recording(directory, steps)
        check_steps(directory, steps, executed)
        equal(named(steps, "proposal")["words"], ike, "the proposal")
        equal(named(steps, "public value of alice, KEi")["known_to"], ["alice", "gw", "wiretap"], "KEi")
        equal(named(steps, "private key of alice")["known_to"], ["alice"], "alice's private key")
        equal(named(steps, "private key of gw")["known_to"], ["gw"], "gw's private key")
        equal(named(steps, "SKEYSEED")["wiretap_lacks"], "g^ir", "what a wiretap lacks")
        equal(named(steps, "AUTH inside")["value"], named(steps, "AUTH of alice")["value"], "AUTH in the message")
        # The scenario itself gives the same steps as its kept run.
        equal(steps_of("four-messages", *arguments), steps, "a run and a kept run")
        count = len(executed.outputs) + len(executed.skipped) - before
        check(count >= 30, ike, "has only", count, "commands")
        print("%s with %s: %d steps, %d commands executed" % (ike, esp, len(steps), count))


def check_more(executed, top):
    path = os.path.join(top, "more.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(MORE)
    directory = os.path.join(top, "more")
    run(directory, path)
    steps = steps_of(directory)
    equal(len({s["spi_i"] for s in steps}), 2, "IKE SAs")
    check_against_recording(directory, steps)
    check_steps(directory, steps, executed)
    for child, initiator in (("own", "alice"), ("back", "gw")):
        keys = [s for s in steps if s["name"].startswith(child + ": ")]
        check("command" in named(keys, child + ": g^ir (new)"), child, "has no command for its key exchange")
        first = next(s for s in keys if "encryption key" in s["name"])
        check(", %s to " % initiator in first["name"], "KEYMAT begins with what its initiator sends:", first["name"])
    check(not any(s["name"].startswith("bare: g^ir") for s in steps), "bare has no key exchange of its own")
    equal(len([s for s in steps if s["topic"] == "esp" and s["name"].endswith("ESP packet")]), 5, "packets opened")
    print("two IKE SAs and five CHILD SAs: %d steps" % len(steps))

    only = steps_of(directory, "--only", "skeyseed,auth", "--pair", "gw,alice")
    equal(only, [s for s in steps if s["topic"] in ("skeyseed", "auth")], "--only and --pair")
    result = call(program(), "keys", directory, "--pair", "alice,nobody", expect=(3,))
    check("alice,gw" in result.stderr, "the pairs there are:", result.stderr)
    result = call(program(), "keys", directory, "--only", "skeysed", expect=(2,))
    check("skeyseed" in result.stderr, "the steps there are:", result.stderr)


def check_rekey(executed, top):
    """IKE SAs that took the place of others: SKEYSEED from SK_d of the one before, each with a command that gives it."""
    directory = os.path.join(top, "rekey")
    run(directory, scenario("rekey"))
    steps = steps_of(directory)
    recording = events(directory)
    derived = {e["data"]["spi_i"]: e["data"] for e in recording if e["name"] == "ike:keys_derived"}
    rekeyed = {e["data"]["spi_i"]: e["data"] for e in recording if e["name"] == "ike:sa_rekeyed"}
    equal((len(derived), len(rekeyed)), (3, 2), "IKE SAs, and those made by a rekey")
    for spi_i, data in rekeyed.items():
        mine = [s for s in steps if s["spi_i"] == spi_i]
        equal(named(mine, "SK_d (old)")["value"], derived[data["old_spi_i"]]["sk_d"], "SK_d (old)")
        equal(named(mine, "SKEYSEED")["value"], derived[spi_i]["skeyseed"], "SKEYSEED")
        equal(named(mine, "g^ir (new)")["value"], derived[spi_i]["shared_secret"], "g^ir (new)")
        equal(named(mine, "SKEYSEED")["formula"], "prf(SK_d (old), g^ir (new) | Ni | Nr)", "formula")
        equal(sorted(named(mine, "SKEYSEED")["known_to"]), ["alice", "gw"], "who knows SKEYSEED")
        for name in ("SKEYSEED", "g^ir (new)", "S", "SK_d", "SK_ei", "SK_er"):
            check("command" in named(mine, name), name, "has no command")
    for step in steps:
        if "command" in step:
            executed.check(step)
    print("rekey: %d steps of three IKE SAs" % len(steps))


def check_followup(executed, top):
    """Key exchanges behind CREATE_CHILD_SA, of CHILD SAs and of an IKE SA: each secret from private keys, and all of them in
    KEYMAT and SKEYSEED."""
    directory = os.path.join(top, "followup")
    run(directory, scenario("followup-ke"), "--set", "hosts.alice.traffic=[]", expect=(0, 1))
    steps = steps_of(directory)
    recording = events(directory)
    secrets = {e["data"]["shared_secret"] for e in recording if e["name"] == "ike:followup"}
    shown = [s for s in steps if re.search(r"(^|: )SK\(\d\)$", s["name"])]
    # Four CHILD SAs and an IKE SA with two each; what lost the crossing has had none.
    equal((len(shown), {s["value"] for s in shown}), (10, secrets), "secrets")
    check(all("command" in s for s in shown), "a secret has no command")
    seeds = [s["formula"] for s in steps if s["name"] == "net: S"]
    equal(seeds, ["Ni | Nr"] + 4 * ["g^ir (new) | Ni | Nr | SK(1) | SK(2)"], "what KEYMAT is made from")
    formulas = [s["formula"] for s in steps if s["name"] == "SKEYSEED"]
    check("prf(SK_d (old), g^ir (new) | Ni | Nr | SK(1) | SK(2))" in formulas, formulas)
    check_against_values(recording, steps)
    for step in steps:
        if "command" in step:
            executed.check(step)
    print("followup-ke: %d steps" % len(steps))


def check_against_values(recording, steps):
    """KEYMAT of every CHILD SA, SKEYSEED of every IKE SA."""
    values = {s.get("value") for s in steps}
    for event in recording:
        name = {"ike:child_keys": "keymat", "ike:keys_derived": "skeyseed"}.get(event["name"])
        check(not name or event["data"][name] in values, "the steps lack", name)


def check_failures(executed):
    """Exchanges that end early are told as far as they came."""
    wrong = ["--set", "hosts.gw.ike.secret=battery staple"]
    steps = steps_of("four-messages", *wrong)
    check_steps("four-messages", steps, executed, *wrong)
    check("FAILED" in named(steps, "AUTH of alice")["meaning"], "a wrong shared key is not told")
    check("words" in named(steps, "AUTH of gw"), "gw made an AUTH")
    check("words" in named(steps, "KEYMAT"), "there is a CHILD SA")

    # gw has made the CHILD SA, alice never hears of it: its keys are told by the responder alone.
    lost = ["--set", "script=[{do: drop, on: {exchange: IKE_AUTH, message: response}}]"]
    steps = steps_of("four-messages", *lost)
    check_steps("four-messages", steps, executed, *lost)
    first = next(s["name"] for s in steps if "encryption key" in s["name"])
    check(", alice to gw, " in first, "KEYMAT begins with what the exchange's initiator sends:", first)

    half = ["--set", "script=[{do: drop, on: {exchange: IKE_SA_INIT, message: response}}]"]
    check_steps("four-messages", steps_of("four-messages", *half), executed, *half)
    check("Only gw has derived" in call(program(), "keys", "four-messages", *half).stdout, "who has keys is not told")

    silent = ["--set", "links.0.loss=100%"]
    equal(steps_of("four-messages", *silent), [], "keys without an exchange")
    check("got as far as keys" in call(program(), "keys", "four-messages", *silent).stdout, "no keys and no word about it")


def check_icv(executed):
    """The commands for messages check the ICV: with one bit changed the AEAD refuses, and HMAC gives another value."""
    steps = steps_of("four-messages", "--only", "message,esp")
    icv = named(steps, "ICV")
    changed = icv["command"].replace("printf %s 1", "printf %s 0", 1)
    check(changed != icv["command"], "nothing changed in", icv["command"])
    check(execute(changed).stdout.strip() not in ("", icv["value"]), "the ICV of another message is the same")
    opened = next(s for s in steps if NEEDS_CRYPTOGRAPHY in s.get("command", ""))
    if executed.cryptography:
        packet = opened["command"].split()[2]
        spoilt = packet[:-1] + ("0" if packet[-1] != "0" else "1")
        result = execute(opened["command"].replace(packet, spoilt))
        check(result.returncode != 0 and "InvalidTag" in result.stderr, "a wrong ICV is accepted")


def check_proofs(executed):
    """AUTH by signature, EAP and NULL: openssl or python verify it; over other octets they do not."""
    classic = ["--set", "hosts.gw.ike.signature=classic", "--set", "hosts.alice.ike.certificate.key=ecdsa256"]
    for name, only, settings in (("certificates", "auth", []), ("certificates", "auth", classic), ("eap-mschapv2", "auth", []),
                                 ("eap-tls", "auth", []), ("null-auth", "auth", []), ("ppk", "sk,auth", [])):
        steps = steps_of(name, "--only", only, *settings)
        check(len([s for s in steps if "AUTH of" in s["name"] and s.get("command")]) >= 2, name, "has no AUTH to verify")
        for step in steps:
            if step.get("command"):
                executed.check(step)
    signature = named(steps_of("certificates", "--only", "auth"), "AUTH of gw")
    covered = signature["command"].split()[2]
    spoilt = covered[:-1] + ("0" if covered[-1] != "0" else "1")
    result = execute(signature["command"].replace(covered, spoilt))
    check(result.returncode != 0 and result.stdout == "", "a signature over other octets is accepted")


def check_resume(executed):
    """SKEYSEED of a session that is resumed, and AUTH without a shared key (RFC 5723 §5.1, §4.3.3)."""
    steps = steps_of("resume", "--pair", "branch-1,gw", "--only", "exchange,skeyseed,auth")
    resumed = [s for s in steps if "Resumption" in s.get("formula", "")]
    equal(len(resumed), 1, "SKEYSEEDs of a resumed session")
    equal(len([s for s in steps if s.get("formula", "").startswith("prf(SK_p") and "AUTH of" in s["name"]]), 2, "AUTHs of it")
    for step in steps:
        if step.get("command"):
            executed.check(step)


def damaged(line, random):
    """An event whose words are hostile and one of whose octet strings has another length."""
    event = json.loads(line)
    hexes = [k for k, v in event["data"].items() if isinstance(v, str) and re.fullmatch("([0-9a-f]{2}){5,}", v)]
    for key, value in event["data"].items():
        if isinstance(value, str) and key not in ("role", "of", "purpose", "exchange") and not re.fullmatch("[0-9a-f]*", value):
            event["data"][key] = "'; touch owned; \x1b[31m\x85$(touch owned)"
    if hexes:
        key = random.choice(hexes)
        value = event["data"][key]
        event["data"][key] = random.choice(["", value[:2], value[:-2], value + "00", value * 9])
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def check_modes(executed, top):
    """AH's ICV and what transport mode carries, from what stands in the steps alone."""
    for name, wanted in (("transport", {"host: ESP packet", "payload", "inner packet"}),
                         ("ah", {"host: AH packet", "net: AH packet", "what the ICV covers"})):
        directory = os.path.join(top, name)
        run(directory, scenario(name), "--set", "duration=2s", expect=(0, 1))
        steps = [s for s in steps_of(directory) if s["topic"] in ("keymat", "esp")]
        check(wanted <= {s["name"] for s in steps}, name, "lacks", wanted - {s["name"] for s in steps})
        before = len(executed.outputs)
        check_complete(steps)
        for step in steps:
            if "command" in step:
                executed.check(step)
        icvs = [s for s in steps if s["topic"] == "esp" and s["name"] == "ICV" and "command" in s]
        equal(len(icvs), 3 if name == "ah" else 0, name, "ICVs that a command makes")
        print("%s: %d commands executed" % (name, len(executed.outputs) - before))


def check_damaged(top):
    """Whatever a recording says: no crash, nothing that steers the terminal, no word of it in a command."""
    directory = os.path.join(top, "sound")
    run(directory, scenario("four-messages"))
    with open(os.path.join(directory, "run.ndjson"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    mine = [i for i, line in enumerate(lines) if re.search('"name":"(ike:(key|auth|child_k|prop|mess)|esp:sent)', line)]
    seed = int.from_bytes(os.urandom(4), "big")
    print("damaged recordings: seed", seed)
    random = Random(seed)
    for number in range(40):
        changed = list(lines)
        for i in random.sample(mine, 3):
            changed[i] = damaged(lines[i], random)
        other = os.path.join(top, "damaged-%d" % number)
        os.mkdir(other)
        with open(os.path.join(other, "run.ndjson"), "w", encoding="utf-8") as file:
            file.write("\n".join(changed) + "\n")
        text = call(program(), "keys", other).stdout
        check("\x1b" not in text and "\x85" not in text, "control characters of the recording are printed")
        commands = re.findall(r"^\$ .*", text, re.M)
        check(not any("touch" in command for command in commands), "words of the recording are in a command")
        call(program(), "keys", other, "--json")


if __name__ == "__main__":
    done = Executed()
    with temporary() as directory_of_all:
        check_suites(done, directory_of_all)
        check_more(done, directory_of_all)
        check_rekey(done, directory_of_all)
        check_followup(done, directory_of_all)
        check_modes(done, directory_of_all)
        check_damaged(directory_of_all)
    check_failures(done)
    check_icv(done)
    check_proofs(done)
    check_resume(done)
    if done.skipped:
        print("skipped %d commands: no python3-cryptography" % len(done.skipped))
    check(len(done.outputs) >= 300, "only", len(done.outputs), "commands were executed")
    print("%d commands executed, each prints the value above it" % len(done.outputs))
