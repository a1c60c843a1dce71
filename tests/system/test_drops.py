"""Whatever is dropped is counted by why (RFC 7296 §2.21, RFC 4303 §3.4, N12): the summary's ike_dropped_* and esp_dropped_*
against the recording, reason by reason, and each event says more than the reason.

usage: test_drops.py IKESIM
"""

import collections
import json
import os

from ikesim import check, equal, events, run, scenario, temporary

EVENTS = {"ike": "ike:message_dropped", "esp": "esp:dropped"}
SCENARIOS = ("bad-input", "invalid-selectors", "attacker-modify", "lossy", "half-open-flood", "attacker-forge", "attacker-replay", "crash", "failover-plain", "no-proposal", "attacker-modify-init")
seen = collections.Counter()
with temporary() as top:
    for name in SCENARIOS:
        directory = os.path.join(top, name)
        run(directory, scenario(name), expect=(0, 1))
        with open(os.path.join(directory, "summary.json"), encoding="utf-8") as text:
            counts = json.load(text)["counts"]
        recording = events(directory)
        for what, name_of in EVENTS.items():
            told = collections.Counter()
            for event in recording:
                if event["name"] == name_of:
                    told[event["data"]["reason"]] += 1
                    check(len(event["data"]["detail"]) > 10, name, event)
            prefix = what + "_dropped_"
            counted = {key[len(prefix):]: n for key, n in counts.items() if key.startswith(prefix) and n}
            equal(counted, dict(told), name)
            equal(counts[what + "_dropped"], sum(told.values()), name, "all of them")
            seen.update({what + " " + reason: n for reason, n in told.items()})
print("%d datagrams dropped for %d reasons: %s" % (sum(seen.values()), len(seen), ", ".join("%s %d" % s for s in sorted(seen.items()))))
check(len(seen) >= 12, "only", seen)
