"""Groups run: every pair of scenarios/pairs.yaml gets its tunnel and its pings through, and one pair more changes
nothing of any other; a group of clients shares two gateways.

usage: test_groups.py IKESIM
"""

import os

from ikesim import check, equal, events, program, run, scenario, temporary

GATEWAYS = """\
duration: 8s
hosts:
  - name: client
    count: 7
    connect: gw
    ike: {secret: s, id: c%d@example.org, remote_id: gw%d.example.org}
    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.200.0.0/16]}]
    traffic: [{child: net, count: 2}]
  - name: gw
    count: 2
    ike: {secret: s, id: gw%d.example.org}
    children: [{name: net, local_ts: [10.200.0.0/16], remote_ts: [10.0.0.0/8]}]
links: [{between: [client, gw], delay: 5ms}]
script: [{do: drop, on: {exchange: IKE_SA_INIT, from: client-3}, nth: 1}]
expect:
  - {host: client-7, child: net, is: established, by: 1s}
  - {host: gw-1, ike: client-7, is: established}
  - {count: ike_sas_established, equals: 14}
  - {count: datagrams_lost, equals: 1}
"""


def of_pair(listed, number):
    names = ("alice-%d/" % number, "gw-%d/" % number)
    return [e for e in listed if e["id"].startswith(names)]


def pairs(directory):
    few, more = os.path.join(directory, "few"), os.path.join(directory, "more")
    run(few, scenario("pairs"), "--set", "pairs=200")
    run(more, scenario("pairs"), "--set", "pairs=201")
    few, more = events(few), events(more)
    up = {e["id"].split("/")[0] for e in few if e["name"] == "ike:child_installed"}
    equal(up, {"%s-%d" % (name, i) for name in ("alice", "gw") for i in range(1, 201)}, "hosts with a CHILD SA")
    check(sum(e["name"] == "traffic:answered" for e in few) > 0.7 * 600, "pings are answered: 81% of 600")
    for number in (1, 99, 200):
        check(len(of_pair(few, number)) > 20, "a pair has events")
        equal(of_pair(more, number), of_pair(few, number), "pair %d beside one more pair" % number)


def gateways(directory):
    path = os.path.join(directory, "gateways.yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write(GATEWAYS)
    result = os.path.join(directory, "gateways")
    run(result, path)
    answered = [e["id"].split("#")[0] for e in events(result) if e["name"] == "traffic:answered"]
    expected = ["client-%d/gw-%d" % (i, (i - 1) % 2 + 1) for i in range(1, 8) for _ in range(2)]
    equal(sorted(answered), sorted(expected), "pings answered through the gateway of each")


def main():
    check(os.path.exists(program()), "the program is there")
    with temporary() as directory:
        pairs(directory)
        gateways(directory)


main()
