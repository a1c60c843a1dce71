"""Whatever is dropped is counted by why (RFC 7296 §2.21): the summary's ike_dropped_* against the recording, reason by
reason, and each event says more than the reason.

usage: test_drops.py IKESIM
"""

import collections
import json
import os

from ikesim import check, equal, events, run, scenario, temporary

SCENARIOS = ("lossy", "half-open-flood", "attacker-forge", "attacker-replay", "crash", "failover-plain", "no-proposal", "attacker-modify-init")
seen = collections.Counter()
with temporary() as top:
    for name in SCENARIOS:
        directory = os.path.join(top, name)
        run(directory, scenario(name), expect=(0, 1))
        with open(os.path.join(directory, "summary.json"), encoding="utf-8") as text:
            counts = json.load(text)["counts"]
        told = collections.Counter()
        for event in events(directory):
            if event["name"] == "ike:message_dropped":
                told[event["data"]["reason"]] += 1
                check(len(event["data"]["detail"]) > 10, name, event)
        counted = {key[len("ike_dropped_"):]: n for key, n in counts.items() if key.startswith("ike_dropped_") and n}
        equal(counted, dict(told), name)
        equal(counts["ike_dropped"], sum(told.values()), name, "all of them")
        seen += told
print("%d datagrams dropped for %d reasons: %s" % (sum(seen.values()), len(seen), ", ".join("%s %d" % s for s in sorted(seen.items()))))
check(len(seen) >= 6, "only", seen)
