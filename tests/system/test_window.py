"""Windows of requests (RFC 7296 §2.3), judged from the recording alone: 50 exchanges take ceil(50 / w) round trips and the
simulated CPU's time, and no end ever has more requests outstanding than the other has announced in that IKE SA: 1 until
then, and 1 again in an IKE SA that took the place of another (§1.3.2).

usage: test_window.py IKESIM
"""

import math
import os

from ikesim import check, equal, events, run, scenario, scenario_names, temporary

COUNT, ROUND_TRIP = 50, 200_000_000


def check_outstanding(name, recording):
    """Requests first sent and not answered yet, by (host and peer, IKE SA), against what the peer has announced to this host.
    Returns the most that were outstanding at once."""
    outstanding, announced, most = {}, {}, 0
    for event in recording:
        data, scope = event["data"], event["id"].split("#")[0]
        sa = (scope, data.get("spi_i"))
        if event["name"] == "ike:message_sent" and not data["response"] and data["transmission"] == 1:
            mine = outstanding.setdefault(sa, set())
            mine.add(data["message_id"])
            most = max(most, len(mine))
            check(len(mine) <= announced.get(sa, 1), name, event["id"], "has", len(mine), "outstanding, the peer announced",
                  announced.get(sa, 1))
            # And none lies a window or more above the oldest unanswered one.
            check(max(mine) - min(mine) < announced.get(sa, 1), name, event["id"], "is too far ahead:", sorted(mine))
        elif event["name"] == "ike:sa_taken_over" or (event["name"] == "ike:counter_sync" and data["what"] in ("answered", "adopted")):
            outstanding.pop(sa, None)  # RFC 6311 §9: what was out goes out anew
        elif event["name"] == "ike:message_received" and data["response"]:
            outstanding.get(sa, set()).discard(data["message_id"])
        elif event["name"] == "ike:window_announced" and data["by"] == "peer":
            check(data["size"] >= announced.get(sa, 1), name, "a window shrinks")
            announced[sa] = data["size"]
    return most


def time_of(recording, begin, end):
    """From the first order for a CHILD SA in [begin, end) to the last answer, and the CPU time that was spent on IKE."""
    orders = [e for e in recording if e["name"] == "host:order" and begin <= e["time"] < end
              and e["data"]["order"] == "create_child"]
    equal(len(orders), COUNT, "orders")
    answers = [e["time"] for e in recording if e["name"] == "ike:child_installed" and begin <= e["time"] < end
               and e["id"].startswith("alice/")]
    equal(len(answers), COUNT, "answers")
    work = sum(e["data"]["cost"] for e in recording if e["name"] == "cpu:work" and begin <= e["time"] < end
               and e["data"]["class"] != "esp")
    return max(answers) - orders[0]["time"], work


def check_sizes(top):
    for window in (1, 2, 4, 16, 32):
        directory = os.path.join(top, str(window))
        run(directory, scenario("window"), "--set", "hosts.gw.ike.window=%d" % window)
        recording = events(directory)
        most = check_outstanding("window %d" % window, recording)
        equal(most, window, "most outstanding at once")
        took = []
        # Behind the rekey: a round trip for it, one with a single request in it, and the rest.
        for begin, trips in ((1, math.ceil(COUNT / window)), (15, 2 + math.ceil((COUNT - 1) / window))):
            took.append(time_of(recording, begin * 1_000_000_000, (begin + 14) * 1_000_000_000))
            expected = trips * ROUND_TRIP + took[-1][1]
            check(abs(took[-1][0] - expected) <= expected * 0.05, "window", window, "from", begin, "s took", took[-1][0],
                  "ns, expected", expected)
        print("window %2d: %.3f s, with a rekey before %.3f s" % (window, took[0][0] / 1e9, took[1][0] / 1e9))


def check_all(top):
    for name in scenario_names():
        directory = os.path.join(top, name)
        run(directory, scenario(name))
        print("%s: at most %d outstanding" % (name, check_outstanding(name, events(directory))))


if __name__ == "__main__":
    with temporary() as directory_of_all:
        check_sizes(directory_of_all)
        check_all(directory_of_all)
