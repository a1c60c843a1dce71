/* Every way to get a scenario wrong has its error: the place, what was found, what was expected and
 * the nearest known word. */
#include "tests/sim/scenario_support.h"

/* What the cases change. */
static const char base[] =
    "title: A scenario for tests\n"
    "duration: 10s\n"
    "hosts:\n"
    "  - name: alice\n"
    "    connect: gw\n"
    "    ike: {proposals: [aes128-sha256-x25519], auth: psk, secret: \"correct horse\", id: "
    "alice@example.org, window: 4}\n"
    "    children:\n"
    "      - {name: net, esp_proposals: [aes128gcm16], local_ts: [10.1.0.0/24], remote_ts: "
    "[10.2.0.0/24]}\n"
    "    traffic: [{child: net, kind: ping, every: 1s}]\n"
    "  - name: gw\n"
    "    ike: {proposals: [aes128-sha256-x25519], secret: \"correct horse\", id: "
    "gw.example.org}\n"
    "    children: [{name: net, local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}]\n"
    "    cpu: {cores: 2, queue: 512}\n"
    "links:\n"
    "  - {between: [alice, gw], delay: 40ms, jitter: 5ms, loss: 1%, mtu: 1500}\n"
    "script:\n"
    "  - {at: 3s, do: delete_child, host: alice, child: net}\n"
    "  - {on: {exchange: IKE_SA_INIT, message: request, from: alice}, nth: 1, do: drop}\n"
    "expect:\n"
    "  - {host: alice, child: net, is: established, by: 2s}\n"
    "  - {host: gw, ike: alice, is: established}\n"
    "  - {count: inner_packets_delivered_twice, equals: 0}\n";

struct bad_case {
    const char *name;
    const char *from, *to; /* the first `from` of the base becomes `to` */
    const char *errors; /* all of them, in order; the beginning, if the last line is cut: words of
                           the YAML library, which may change them */
};

static const struct bad_case bad_cases[] = {
    {"a member of a group whose size is wrong",
     "  - {count: inner_packets_delivered_twice, equals: 0}",
     "  - {host: alice-7, child: net, is: established}\npairs: 9999999",
     "23:8: pairs '9999999' is out of range; expected 0 to 500000\n"},
    {"a title that steers the terminal", "A scenario for tests", "\"\\e[2Jx\"",
     "1:9: title '?[2Jx' has a control character; expected text\n"},
    {"a unit that steers the terminal", "delay: 40ms", "delay: \"40\\e[2J\\x9bm\"",
     "15:36: delay '40?[2J??m' has the unknown unit '?[2J??m'; expected a duration such as 40ms, "
     "in ns, us, ms, s, m, h or d\n"},
    {"a unit that is cut within a letter", "delay: 40ms", "delay: 40xääääääääää",
     "15:37: delay '40xääääääääää' has the unknown unit "
     "'xäääääääää?'; expected a duration such as 40ms, in ns, us, ms, s, m, h or d\n"},
    {"a network as another address", "gw.example.org}",
     "gw.example.org, mobike: true, additional_addresses: [198.51.100.0/24]}",
     "11:127: additional_addresses has more than addresses; expected such as 198.51.100.9\n"},
    {"a network that resolves names", "gw.example.org}",
     "gw.example.org, pools: [10.3.0.0/24], dns: [10.2.0.53, 10.2.0.0/24]}",
     "11:130: dns has a network; expected an address\n"},
    {"a range as a network behind", "gw.example.org}",
     "gw.example.org, pools: [10.3.0.0/24], subnets: [10.2.0.0-10.2.0.9]}",
     "11:123: subnets has a range; expected a network such as 10.2.0.0/16\n"},
    {"news without an address to go with", "gw.example.org}",
     "gw.example.org, dns: [10.2.0.53], subnets: [10.2.0.0/16]}",
     "11:96: dns without pools; expected it where addresses are leased\n"
     "11:118: subnets without pools; expected it where addresses are leased\n"},
    {"more servers than fit", "gw.example.org}",
     "gw.example.org, pools: [10.3.0.0/24], dns: [10.2.0.1, 10.2.0.2, 10.2.0.3, 10.2.0.4, "
     "10.2.0.5, "
     "10.2.0.6, 10.2.0.7, 10.2.0.8, 10.2.0.9]}",
     "11:118: dns has 9 of them; expected 8 at most\n"},
    {"a cluster of one", "    cpu: {cores: 2, queue: 512}", "    cluster: {members: [gw1]}",
     "13:24: members has 1 names; expected 2 to 8\n"},
    {"a cluster without members", "    cpu: {cores: 2, queue: 512}", "    cluster: {sync: none}",
     "13:14: cluster has no 'members'; expected a list of names such as [gw]\n"},
    {"a member with the name of a host", "    cpu: {cores: 2, queue: 512}",
     "    cluster: {members: [gw1, alice]}",
     "13:30: member 'alice' is the name of a host; expected another: to its peers the cluster is "
     "one host\n"},
    {"two members with one name", "    cpu: {cores: 2, queue: 512}",
     "    cluster: {members: [gw1, gw1]}",
     "13:30: another member is called 'gw1' too; expected a name for each\n"},
    {"too many members", "    cpu: {cores: 2, queue: 512}",
     "    cluster: {members: [m1, m2, m3, m4, m5, m6, m7, m8, m9]}",
     "13:24: members has 9 names; expected 2 to 8\n"},
    {"a word that is no time and no word", "    cpu: {cores: 2, queue: 512}",
     "    cluster: {members: [gw1, gw2], sync: often}",
     "13:42: sync 'often' is no number; expected a duration such as 500ms, in ns, us, ms, s, m, "
     "h or d, or a word of the key\n"},
    {"a cluster that connects", "    connect: gw",
     "    connect: gw\n    cluster: {members: [a1, a2]}",
     "6:14: cluster of a host that connects; expected one that others connect to\n"},
    {"a takeover of one machine", "delete_child, host: alice, child: net", "takeover, host: gw",
     "17:34: gw is one machine; expected a host with cluster\n"},
    {"a redirect to nowhere", "delete_child, host: alice, child: net", "redirect, host: gw",
     "17:34: gw has nowhere to redirect to; expected a host with redirect\n"},
    {"a redirect by address and by name", "gw.example.org}",
     "gw.example.org, redirect: alice, redirect_fqdn: alice.example.org}",
     "11:123: redirect_fqdn beside redirect; expected one of the two\n"},
    {"a redirect to its own name", "id: gw.example.org}",
     "id: gw.example.org, redirect_fqdn: GW.example.org}\n    fqdn: gw.example.org",
     "11:106: gw redirects to itself; expected another name\n"},
    {"a name of two hosts", "    cpu: {cores: 2, queue: 512}",
     "    fqdn: gw.example.org\n  - {name: gw2, fqdn: GW.Example.org, ike: {secret: x}}",
     "14:23: fqdn 'GW.Example.org' is also the one of the host in line 10; expected another\n"},
    {"a name of a group", "    cpu: {cores: 2, queue: 512}",
     "  - {name: g, count: 2, fqdn: g.example.org, anycast: 198.51.100.9, ike: {secret: x}}",
     "13:31: fqdn of a group, whose members would all have it; expected it of a single host\n"
     "13:55: anycast of a group; expected it of single hosts\n"},
    {"an anycast address that is a host's own", "    cpu: {cores: 2, queue: 512}",
     "    anycast: 192.0.2.1\n  - {name: gw2, address: 192.0.2.1, ike: {secret: x}}",
     "13:14: anycast '192.0.2.1' is the address of the host in line 14 alone; expected another\n"},
    {"an anycast address of other IP", "    cpu: {cores: 2, queue: 512}",
     "    anycast: 2001:db8::1",
     "13:14: anycast '2001:db8::1' is not of the IP that the host's address is of; expected "
     "IPv4\n"},
    {"anycast behind a NAT box", "    cpu: {cores: 2, queue: 512}",
     "  - {name: gw2, anycast: 198.51.100.9, behind: box, ike: {secret: x}}\n"
     "nats: [{name: box, address: 203.0.113.1}]",
     "13:26: anycast behind a NAT box, where nobody would reach the address that it redirects to; "
     "expected a host with links of its own\n"
     "13:48: no link joins gw2 and box; expected one in links: {between: [gw2, box]}\n"},
    {"anycast to who has none", "    connect: gw", "    connect: gw\n    connect_by: anycast",
     "6:17: gw has no anycast address; expected a host with anycast\n"},
    {"anycast without redirects", "    cpu: {cores: 2, queue: 512}",
     "    anycast: 198.51.100.9\n  - {name: bob, connect: gw, connect_by: anycast, ike: {secret: "
     "x}, children: [{name: net, local_ts: [10.3.0.0/24], remote_ts: [10.2.0.0/24]}]}",
     "14:26: no link joins bob and gw; expected one in links: {between: [bob, gw], delay: 40ms}\n"
     "14:42: connect_by 'anycast' without follow_redirects, and no IKE SA stays at such an "
     "address (RFC 5685 §4); expected ike: {follow_redirects: true}\n"},
    {"a kernel that answers for a rekey", "delete_child, host: alice, child: net",
     "rekey_ike, icmp: true, host: gw",
     "17:35: icmp with do: rekey_ike, which has none; expected it with do: restart\n"},
    {"a reload of nothing", "delete_child, host: alice, child: net", "reload, host: alice",
     "17:5: do: reload of nothing; expected window, proposals, or child with esp_proposals\n"},
    {"a reload with a child that has nothing new", "delete_child, host: alice, child: net",
     "reload, host: alice, window: 2, child: net",
     "17:57: child with do: reload, which has none; expected it with esp_proposals\n"},
    {"a reload of proposals of no child", "delete_child, host: alice, child: net",
     "reload, host: alice, esp_proposals: [aes256gcm16]",
     "17:5: do: reload without 'child'; expected it in this line\n"},
    {"a window with another order", "delete_child, host: alice, child: net",
     "liveness, host: alice, window: 2",
     "17:49: window with do: liveness, which has none; expected it with do: reload\n"},
    {"an unknown key", "    connect: gw", "    conect: gw",
     "5:5: unknown key 'conect' in a host; expected name, count, address, fqdn, anycast, "
     "behind, connect, connect_by, spread, "
     "connect_at, connect_within, ike, "
     "children, traffic, cluster or cpu; did you mean 'connect'?\n"},
    {"an unknown key of the file", "title:", "titel:",
     "1:1: unknown key 'titel' in a scenario; expected name, title, description, duration, "
     "seed, epoch, keys, dns_delay, pairs, hosts, authorities, nats, attackers, links, script, "
     "expect, costs, "
     "record or "
     "series; did "
     "you "
     "mean 'title'?\n"},
    {"a key that nothing is near to", "title:", "colour:",
     "1:1: unknown key 'colour' in a scenario; expected name, title, description, duration, "
     "seed, epoch, keys, dns_delay, pairs, hosts, authorities, nats, attackers, links, script, "
     "expect, costs, "
     "record or "
     "series\n"},
    {"a key that belongs one level deeper", "    connect: gw",
     "    connect: gw\n"
     "    cores: 2",
     "6:5: unknown key 'cores' in a host; expected name, count, address, fqdn, anycast, "
     "behind, connect, connect_by, spread, "
     "connect_at, connect_within, ike, "
     "children, traffic, cluster or cpu; did you mean 'cpu: {cores: ...}'?\n"},
    {"a key of a later version", "every: 1s}", "every: 1s, burst: 5}",
     "9:51: unknown key 'burst' in traffic; expected child, kind, every, rate, on, off, times, "
     "start, count, size, late, source or destination\n"},
    {"a key twice", "duration: 10s",
     "duration: 10s\n"
     "duration: 20s",
     "3:1: the key 'duration' is there twice; expected it once, as in line 2\n"},
    {"a missing key of the file", "duration: 10s\n", "",
     "1:1: a scenario has no 'duration'; expected a duration such as 40ms, in ns, us, ms, s, "
     "m, h or d\n"},
    {"a missing secret", ", secret: \"correct horse\", id: gw.example.org", ", id: gw.example.org",
     "11:10: ike has no 'secret'; expected a secret: text, or 0x and hexadecimal digits\n"},
    {"a missing name",
     "  - name: gw\n"
     "    ike",
     "  - ike",
     "10:5: a host has no 'name'; expected a name of letters, digits, '_', '.' and '-'\n"},
    {"a misspelt key is told once, not as missing too", "  - name: gw", "  - nmae: gw",
     "10:5: unknown key 'nmae' in a host; expected name, count, address, fqdn, anycast, "
     "behind, connect, connect_by, spread, "
     "connect_at, connect_within, ike, "
     "children, traffic, cluster or cpu; did you mean 'name'?\n"},
    {"a duration without a unit", "delay: 40ms", "delay: 40",
     "15:35: delay '40' has no unit; expected a duration such as 40ms, in ns, us, ms, s, m, "
     "h or d\n"},
    {"a duration with an unknown unit", "delay: 40ms", "delay: 40msec",
     "15:37: delay '40msec' has the unknown unit 'msec'; expected a duration such as 40ms, "
     "in ns, us, ms, s, m, h or d; did you mean '40ms'?\n"},
    {"a duration with a blank before the unit", "delay: 40ms", "delay: 40 ms",
     "15:37: delay '40 ms' has a blank before its unit; expected a duration such as 40ms, in "
     "ns, us, ms, s, m, h or d; did you mean '40ms'?\n"},
    {"a negative duration", "delay: 40ms", "delay: -40ms",
     "15:35: delay '-40ms' is negative; expected a duration such as 40ms, in ns, us, ms, s, "
     "m, h or d\n"},
    {"a duration that is no number", "delay: 40ms", "delay: fast",
     "15:35: delay 'fast' is no number; expected a duration such as 40ms, in ns, us, ms, s, "
     "m, h or d\n"},
    {"a duration finer than a nanosecond", "delay: 40ms", "delay: 40.5ns",
     "15:35: delay '40.5ns' is finer than 1ns; expected a duration such as 40ms, in ns, us, "
     "ms, s, m, h or d\n"},
    {"a duration beyond 64 bits", "duration: 10s", "duration: 99999999999999999999s",
     "2:11: duration '99999999999999999999s' is too big a number; expected a duration such "
     "as 40ms, in ns, us, ms, s, m, h or d\n"},
    {"a duration of more than a century", "duration: 10s", "duration: 40000d",
     "2:11: duration '40000d' is more than 36500d; expected a duration such as 40ms, in ns, "
     "us, ms, s, m, h or d\n"},
    {"a duration of nothing", "duration: 10s", "duration: 0s",
     "2:11: duration '0s' is out of range; expected 1ns to 36500d\n"},
    {"a delay below what a link can do", "delay: 40ms", "delay: 5us",
     "15:35: delay '5us' is out of range; expected 10us to 36500d\n"},
    {"too many digits behind the point", "delay: 40ms", "delay: 40.1234567890123s",
     "15:35: delay '40.1234567890123s' has more than 12 digits behind the point; expected a "
     "duration such as 40ms, in ns, us, ms, s, m, h or d\n"},
    {"a percentage without a sign", "loss: 1%", "loss: 1",
     "15:60: loss '1' has no % sign; expected a percentage such as 5%; did you mean '1%'?\n"},
    {"a percentage above all", "loss: 1%", "loss: 100.5%",
     "15:60: loss '100.5%' is more than 100%; expected a percentage such as 5%\n"},
    {"a percentage with another unit", "loss: 1%", "loss: 1ms",
     "15:60: loss '1ms' has the unknown unit 'ms'; expected a percentage such as 5%\n"},
    {"a size without a unit", "every: 1s", "every: 1s, size: 1400",
     "9:57: size '1400' has no unit; expected a size such as 56B; did you mean '1400B'?\n"},
    {"a pair that is no number", "links:", "record: {pairs: [0, gw]}\nlinks:",
     "14:21: pairs: 'gw' is no number of a pair; expected one such as 7, or from one to another: "
     "0..9\n"},
    {"pairs the wrong way round", "links:", "record: {pairs: [9..0]}\nlinks:",
     "14:18: pairs: '9..0' is no number of a pair; expected one such as 7, or from one to another: "
     "0..9\n"},
    {"an interval of the series that is too short", "links:", "series: {every: 1us}\nlinks:",
     "14:17: every '1us' is less than a millisecond; expected more, or 0s for no series\n"},
    {"a series of a host that is not there", "links:", "series: {hosts: [gateway]}\nlinks:",
     "14:18: hosts: there is no host 'gateway'; expected one of alice, gw\n"},
    {"a class of work that is not known", "cores: 2", "cores: 2, classes: [{class: initial}]",
     "13:39: class: 'initial' is not known; expected own, response, established, auth, init or "
     "esp\n"},
    {"a class of work twice", "cores: 2", "cores: 2, classes: [{class: esp}, {class: esp}]",
     "13:53: class 'esp' is there twice; expected it once\n"},
    {"a limit of the daemon's own timers", "cores: 2",
     "cores: 2, classes: [{class: own, queue: 3}]",
     "13:51: queue of class 'own', of which nothing is refused; expected priority alone\n"},
    {"a rate of pings", "every: 1s", "rate: 10mbit",
     "9:46: rate with kind: ping; expected every, or kind: cbr\n"},
    {"two amounts of traffic", "kind: ping, every: 1s", "kind: cbr, every: 1s, rate: 10mbit",
     "9:56: rate beside every; expected one of the two\n"},
    {"times of a traffic that has none", "kind: ping, every: 1s", "kind: cbr, off: 1s",
     "9:44: off without kind: onoff; expected it there\n"},
    {"a datagram without room for what it carries", "kind: ping, every: 1s", "kind: cbr, size: 8B",
     "9:45: size '8B' has no room for the number and the time that a datagram carries; expected "
     "at least 16B\n"},
    {"a size out of range", "every: 1s", "every: 1s, size: 4B",
     "9:57: size '4B' is out of range; expected 8B to 65400B\n"},
    {"a number with a fraction", "cores: 2", "cores: 2.5",
     "13:18: cores '2.5' is no whole number; expected a whole number\n"},
    {"a number out of range", "cores: 2", "cores: 0",
     "13:18: cores '0' is out of range; expected 1 to 1024\n"},
    {"a number beyond 64 bits", "cores: 2", "cores: 99999999999999999999",
     "13:18: cores '99999999999999999999' is too big a number; expected a whole number\n"},
    {"a number that is a word", "cores: 2", "cores: two",
     "13:18: cores 'two' is no number; expected a whole number\n"},
    {"a window above the limit", "window: 4", "window: 300",
     "6:113: window '300' is out of range; expected 1 to 256\n"},
    {"extended sequence numbers without a window", "esp_proposals: [aes128gcm16], local_ts",
     "esp_proposals: [aes128gcm16-noesn, aes128gcm16-esn], replay_window: 0, local_ts",
     "8:89: replay_window 0 leaves 'esn' without the window that tells the high half of a number; "
     "expected 1 to 65536, or no 'esn' in its proposals\n"},
    {"transport mode for a network", "esp_proposals: [aes128gcm16], local_ts: [10.1.0.0/24]",
     "mode: transport, local_ts: [dynamic]",
     "8:70: remote_ts is a network, and mode 'transport' is for the two hosts alone; expected "
     "[dynamic], the host's address, or mode: tunnel\n"},
    {"an insistence on tunnel mode", "esp_proposals: [aes128gcm16], local_ts",
     "require_mode: true, local_ts",
     "8:35: require_mode with mode 'tunnel', which no peer declines; expected mode: transport\n"},
    {"a cipher in a proposal for AH", "esp_proposals: [aes128gcm16], local_ts",
     "ah_proposals: [aes128-sha256], local_ts",
     "8:36: ah_proposals: \"aes128\" is of type ENCR, which a proposal for AH has not\n"},
    {"a proposal for AH of sequence numbers alone", "esp_proposals: [aes128gcm16], local_ts",
     "ah_proposals: [esn], local_ts",
     "8:39: ah_proposals: no integrity algorithm is named, such as sha256\n"},
    {"a factor below one", "window: 4", "window: 4, retransmit_base: 0.5",
     "6:133: retransmit_base '0.5' is out of range; expected 1 to 100\n"},
    {"a truth value of YAML 1.1", "window: 4", "window: 4, initial_contact: yes",
     "6:133: initial_contact: 'yes' is no truth value; expected true or false; did you mean "
     "'true'?\n"},
    {"a word that is not known", "is: established, by", "is: estabished, by",
     "20:35: is: 'estabished' is not known; expected established or absent; did you mean "
     "'established'?\n"},
    {"an order that is not known", "do: drop", "do: dorp",
     "18:78: do: 'dorp' is not known; expected drop, duplicate, delay, corrupt, replay, edit, "
     "initiate, "
     "create_child, rekey_child, delete_child, rekey_ike, delete_ike, liveness, redirect, restart, "
     "reload, "
     "takeover, rebind or "
     "move; "
     "did you "
     "mean "
     "'drop'?\n"},
    {"an exchange in small letters", "exchange: IKE_SA_INIT", "exchange: ike_sa_init",
     "18:21: exchange: 'ike_sa_init' is not known; expected IKE_SA_INIT, IKE_SESSION_RESUME, "
     "IKE_AUTH, CREATE_CHILD_SA, INFORMATIONAL, IKE_INTERMEDIATE, IKE_FOLLOWUP_KE or ESP; did you "
     "mean 'IKE_SA_INIT'?\n"},
    {"a count that is not known", "inner_packets_delivered_twice", "inner_packets_deliverd_twice",
     "22:13: count: 'inner_packets_deliverd_twice' is not known; expected "
     "one of those that docs/scenarios.md lists; did you mean 'inner_packets_delivered_twice'?\n"},
    {"a mode of keys that is not known", "title:",
     "keys: pool\n"
     "title:",
     "1:7: keys: 'pool' is not known; expected fresh or pooled\n"},
    {"an authentication that is not known", "auth: psk", "auth: pubkye",
     "6:52: auth: 'pubkye' is not known; expected psk, pubkey, null, eap-mschapv2 or eap-tls; did "
     "you mean 'pubkey'?\n"},
    {"an algorithm that is not known", "[aes128-sha256-x25519], auth",
     "[aes128-sha265-x25519], auth",
     "6:30: proposals: \"sha265\" is no known algorithm; did you mean \"sha256\"?\n"},
    {"an algorithm in the second proposal", "[aes128-sha256-x25519], auth",
     "[aes128-sha256-x25519, aes128-sha256-modp2084], auth",
     "6:59: proposals: \"modp2084\" is no known algorithm; did you mean \"modp2048\"?\n"},
    {"a proposal without a key exchange", "[aes128-sha256-x25519], auth", "[aes128-sha256], auth",
     "6:36: proposals: no key exchange is named, such as x25519\n"},
    {"a proposal that is no list", "[aes128gcm16]", "aes128gcm16",
     "8:36: esp_proposals is 'aes128gcm16'; expected a list of proposals such as "
     "[aes128gcm16]; did you mean '[aes128gcm16]'?\n"},
    {"an empty list of proposals", "[aes128gcm16]", "[]",
     "8:36: esp_proposals is an empty list; expected a list of proposals such as "
     "[aes128gcm16]\n"},
    {"a network with bits behind its prefix", "local_ts: [10.1.0.0/24]", "local_ts: [10.1.0.5/24]",
     "8:62: local_ts '10.1.0.5/24' has address bits behind its prefix length; expected a "
     "network such as 10.1.0.0/24 or 10.1.0.1-10.1.0.9, [tcp/80] behind it for one port; did "
     "you mean '10.1.0.0/24'?\n"},
    {"a network with a long prefix", "local_ts: [10.1.0.0/24]", "local_ts: [10.1.0.0/33]",
     "8:71: local_ts '10.1.0.0/33' has no prefix length, 0 to 32, behind the slash; expected "
     "a network such as 10.1.0.0/24 or 10.1.0.1-10.1.0.9, [tcp/80] behind it for one port\n"},
    {"a range that ends before it starts", "local_ts: [10.1.0.0/24]",
     "local_ts: [10.1.0.9-10.1.0.1]",
     "8:71: local_ts '10.1.0.9-10.1.0.1' ends before it starts; expected a network such as "
     "10.1.0.0/24 or 10.1.0.1-10.1.0.9, [tcp/80] behind it for one port\n"},
    {"a network that is none", "local_ts: [10.1.0.0/24]", "local_ts: [10.1.0/24]",
     "8:62: local_ts '10.1.0/24' is no network or range; expected a network such as "
     "10.1.0.0/24 or 10.1.0.1-10.1.0.9, [tcp/80] behind it for one port\n"},
    {"a protocol that is not known", "local_ts: [10.1.0.0/24]",
     "local_ts: [\"10.1.0.0/24[tpc/80]\"]",
     "8:63: local_ts '10.1.0.0/24[tpc/80]' has the unknown protocol 'tpc', which is not "
     "icmp, tcp, udp, ipv6-icmp, sctp, any or a number from 1 to 255; expected a network such as "
     "10.1.0.0/24 or 10.1.0.1-10.1.0.9, [tcp/80] behind it for one port; did you mean "
     "'tcp'?\n"},
    {"ports with a protocol that has none", "local_ts: [10.1.0.0/24]",
     "local_ts: [\"10.1.0.0/24[icmp/8]\"]",
     "8:63: local_ts '10.1.0.0/24[icmp/8]' has ports, which protocol 'icmp' has not; "
     "expected a network such as 10.1.0.0/24 or 10.1.0.1-10.1.0.9, [tcp/80] behind it for "
     "one port\n"},
    {"a ping that its child does not carry", "local_ts: [10.1.0.0/24]",
     "local_ts: [\"10.1.0.0/24[tcp/80]\"]",
     "9:23: a ping does not fit the child's local_ts; expected a network there without a "
     "protocol, or with [icmp]\n"},
    {"an address that is none", "    connect: gw",
     "    connect: gw\n"
     "    address: 192.0.2.256",
     "6:14: address '192.0.2.256' is no address; expected an address such as 192.0.2.10 or "
     "2001:db8::10\n"},
    {"an IPv6 address of many", "    connect: gw",
     "    connect: gw\n"
     "    address: \"ff02::1\"",
     "6:15: address 'ff02::1' cannot be the address of one host; expected an address such as "
     "192.0.2.10 or 2001:db8::10\n"},
    {"a link between two families", "    connect: gw",
     "    connect: gw\n"
     "    address: \"2001:db8::1\"",
     "16:15: alice has an IPv6 address and gw an IPv4 address; expected a link between addresses "
     "of one family\n"},
    {"a host behind a NAT box that is none", "    connect: gw",
     "    connect: gw\n"
     "    behind: box",
     "6:13: behind: there is no NAT box 'box'; expected one of nats\n"},
    {"a NAT box without a link", "links:\n",
     "nats: [{name: box, address: 203.0.113.5, forward: gw}]\n"
     "links:\n",
     "14:51: gw is not behind box; expected a host that is\n"},
    {"a NAT box of IPv6", "links:\n",
     "nats: [{name: gw, address: \"2001:db8::5\"}]\n"
     "links:\n",
     "14:15: 'gw' is also the name of a host; expected another\n"
     "14:29: address '2001:db8::5' is one of IPv6; expected an IPv4 address, as NATs are made for "
     "those\n"},
    {"a rebinding of a host", "at: 3s, do: delete_child, host: alice, child: net",
     "at: 3s, do: rebind, host: alice",
     "17:5: do: rebind without 'nat'; expected it in this line\n"
     "17:32: host with do: rebind, which has none; expected at and nat, as it happens to a NAT "
     "box\n"},
    {"an address of many", "    connect: gw",
     "    connect: gw\n"
     "    address: 224.0.0.1",
     "6:14: address '224.0.0.1' cannot be the address of one host; expected an address "
     "such as 192.0.2.10 or 2001:db8::10\n"},
    {"an address twice", "  - name: gw\n",
     "  - {name: bob, address: 192.0.2.1, ike: {secret: x}}\n"
     "  - name: gw\n"
     "    address: 192.0.2.1\n",
     "12:14: address '192.0.2.1' is the one of the host in line 10; expected another\n"},
    {"an epoch on a day that is none", "title:",
     "epoch: 2025-02-29T00:00:00Z\n"
     "title:",
     "1:8: epoch '2025-02-29T00:00:00Z' has no day of the month; expected a time such as "
     "2025-01-01T00:00:00Z\n"},
    {"an epoch in another form", "title:",
     "epoch: 2025-01-01\n"
     "title:",
     "1:8: epoch '2025-01-01' is no time; expected a time such as 2025-01-01T00:00:00Z\n"},
    {"a secret in hexadecimal with a digit too few", "\"correct horse\", id: gw", "0xabc, id: gw",
     "11:54: secret begins with 0x and is no even number of hexadecimal digits; expected a "
     "secret: text, or 0x and hexadecimal digits\n"},
    {"a secret in base64", "\"correct horse\", id: gw", "0sAQID, id: gw",
     "11:54: secret begins with 0s, strongSwan's mark of base64; expected a secret: text, or "
     "0x and hexadecimal digits\n"},
    {"an identity that needs certificates", "id: gw.example.org", "id: 'CN=gw, O=example'",
     "11:76: id 'CN=gw, O=example' looks like a distinguished name; expected an identity "
     "such as gw.example.org, alice@example.org, 192.0.2.10 or keyid:blue\n"},
    {"a name with a blank", "  - name: gw", "  - name: my gw",
     "10:13: name 'my gw' has a character that names have not; expected a name of letters, "
     "digits, '_', '.' and '-'\n"},
    {"a name twice", "  - name: gw", "  - name: alice",
     "10:11: a second host is called 'alice'; expected names that differ, the first is in "
     "line 4\n"},
    {"a host that is not there", "    connect: gw", "    connect: gww",
     "5:14: connect: there is no host 'gww'; expected one of alice, gw; did you mean 'gw'?\n"},
    {"a host that connects to itself", "    connect: gw", "    connect: alice",
     "5:14: alice connects to itself; expected another host\n"},
    {"hosts that no link joins",
     "  - {between: [alice, gw], delay: 40ms, jitter: 5ms, loss: 1%, mtu: 1500}", "  []",
     "5:14: no link joins alice and gw; expected one in links: {between: [alice, gw], delay: "
     "40ms}\n"
     "21:21: no link joins gw and alice; expected a peer of the host\n"},
    {"a link to a host that is not there", "between: [alice, gw]", "between: [alice, gww]",
     "15:23: between: there is no host 'gww'; expected one of alice, gw; did you mean 'gw'?\n"},
    {"a link from a host to itself", "between: [alice, gw]", "between: [gw, gw]",
     "15:15: between gw and itself; expected two hosts\n"},
    {"a link of three", "between: [alice, gw]", "between: [alice, gw, gw]",
     "15:15: between has 3 items; expected 2\n"},
    {"a second link", "mtu: 1500}",
     "mtu: 1500}\n"
     "  - {between: [gw, alice]}",
     "16:15: a second link between gw and alice; expected one, the first is in line 15\n"},
    {"more jitter than delay", "jitter: 5ms", "jitter: 50ms",
     "15:49: jitter '50ms' is more than the delay; expected at most 40ms\n"},
    {"more jitter than delay one way", "mtu: 1500}", "mtu: 1500, backward: {delay: 1ms}}",
     "15:49: jitter '5ms' is more than the delay; expected at most 1ms\n"},
    {"a floor above the delay", "jitter: 5ms", "jitter: 5ms, floor: 41ms",
     "15:61: floor '41ms' is more than the delay; expected at most 40ms\n"},
    {"an unknown key in a direction", "mtu: 1500}", "mtu: 1500, forward: {los: 1%}}",
     "15:85: unknown key 'los' in a direction of a link; expected delay, jitter, "
     "distribution, loss, gemodel, duplicate, reorder, corrupt, rate, limit, floor, mtu, down or "
     "changes; did you mean 'loss'?\n"},
    {"changes out of order", "mtu: 1500}",
     "changes: [{at: 2s, down: true}, {at: 1s, down: false}]}",
     "15:101: at '1s' is before the change above it; expected them in order\n"},
    {"a change after the end", "mtu: 1500}", "changes: [{at: 2h, down: true}]}",
     "15:79: at '2h' is after the end of the run; expected at most the duration, 10s\n"},
    {"a change without a time", "mtu: 1500}", "changes: [{down: true}]}",
     "15:74: a change of a link has no 'at'; expected a duration such as 40ms, in ns, us, ms, s, "
     "m, "
     "h or d\n"},
    {"a delay that changes to less than the floor", "mtu: 1500}",
     "floor: 30ms, changes: [{at: 1s, delay: 20ms}]}",
     "15:71: floor '30ms' is more than the delay; expected at most 20ms\n"},
    {"a gemodel with one number", "mtu: 1500}", "gemodel: [1%]}",
     "15:73: gemodel has one item; expected two to four percentages such as [1%, 20%, 100%, 0%]\n"},
    {"a gemodel with a number and no percentage", "mtu: 1500}", "gemodel: [1%, 5]}",
     "15:78: gemodel '5' has no % sign; expected a percentage such as 5%; did you mean '5%'?\n"},
    {"a rate in megabytes", "mtu: 1500}", "rate: 100MB}",
     "15:73: rate '100MB' has the unknown unit 'MB'; expected a rate such as 100mbit, in bit, "
     "kbit, "
     "mbit or gbit\n"},
    {"a rate that nothing fits through", "mtu: 1500}", "rate: 999bit}",
     "15:70: rate '999bit' is less than 1kbit; expected more, or 0bit for no limit\n"},
    {"a child twice", "    traffic: [{",
     "      - {name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}\n"
     "    traffic: [{",
     "9:16: a second child is called 'net'; expected names that differ, the first is in line "
     "8\n"},
    {"traffic of a child that is not there", "[{child: net, kind", "[{child: nett, kind",
     "9:23: child: alice has no child 'nett'; expected one of net; did you mean 'net'?\n"},
    {"traffic from an address of others", "every: 1s}", "every: 1s, source: 10.9.0.1}",
     "9:59: source '10.9.0.1' is not in the child's local_ts; expected an address of "
     "10.1.0.0/24\n"},
    {"a connecting host without children",
     "    children:\n"
     "      - {name: net, esp_proposals: [aes128gcm16], local_ts: [10.1.0.0/24], remote_ts: "
     "[10.2.0.0/24]}\n"
     "    traffic: [{child: net, kind: ping, every: 1s}]\n",
     "",
     "5:14: the host connects and has no children; expected one, as IKE_AUTH makes the first "
     "CHILD SA (RFC 7296 §1.2)\n"
     "14:52: child: alice has no child 'net'; expected children in that host\n"
     "17:26: child: alice has no child 'net'; expected children in that host\n"},
    {"a connecting host with an empty list of children",
     "    children:\n"
     "      - {name: net, esp_proposals: [aes128gcm16], local_ts: [10.1.0.0/24], remote_ts: "
     "[10.2.0.0/24]}\n"
     "    traffic: [{child: net, kind: ping, every: 1s}]\n",
     "    children: []\n",
     "5:14: the host connects and has no children; expected one, as IKE_AUTH makes the first "
     "CHILD SA (RFC 7296 §1.2)\n"
     "15:52: child: alice has no child 'net'; expected children in that host\n"
     "18:26: child: alice has no child 'net'; expected children in that host\n"},
    {"retransmission for ever", "window: 4",
     "window: 4, retransmit_base: 9.5, retransmit_tries: 40",
     "6:156: retransmission 8 would wait for more than a year; expected fewer "
     "retransmit_tries, a smaller retransmit_base or retransmit_timeout\n"},
    {"an order to a host without its time", "{at: 3s, do", "{do",
     "17:5: do: delete_child without 'at'; expected it in this line\n"},
    {"an order to a host with a message", "{at: 3s, do", "{on: {message: request}, do",
     "17:5: do: delete_child without 'at'; expected it in this line\n"
     "17:10: on with do: delete_child, which has none; expected at, as it is an order to a "
     "host\n"},
    {"an order after the end", "at: 3s", "at: 30s",
     "17:10: at '30s' is after the end of the run; expected at most the duration, 10s\n"},
    {"an order about a child that is not there", "host: alice, child: net}",
     "host: alice, child: nett}",
     "17:52: child: alice has no child 'nett'; expected one of net; did you mean 'net'?\n"},
    {"an order to a host without a peer",
     "    cpu: {cores: 2, queue: 512}\n"
     "links:\n"
     "  - {between: [alice, gw], delay: 40ms, jitter: 5ms, loss: 1%, mtu: 1500}\n"
     "script:",
     "  - {name: eve, ike: {secret: x}}\n"
     "links:\n"
     "  - {between: [alice, gw]}\n"
     "script:\n"
     "  - {do: liveness, at: 1s, host: eve}",
     "17:34: eve has no peer: it connects to nobody and nobody to it; expected a host with "
     "connect, or one that another connects to\n"},
    {"a drop without its message",
     "{on: {exchange: IKE_SA_INIT, message: request, from: alice}, nth: 1, do: drop}",
     "{at: 1s, do: drop}",
     "18:5: do: drop without 'on'; expected it in this line\n"
     "18:10: at with do: drop, which has none; expected on: {...}, as it happens to a "
     "message\n"},
    {"a delay without its length", "do: drop", "do: delay",
     "18:5: do: delay without 'by'; expected it in this line\n"},
    {"a delay of more than an hour", "do: drop", "do: delay, by: 2h",
     "18:89: by '2h' is out of range; expected 0s to 1h\n"},
    {"a hard lifetime before the soft one", "esp_proposals: [aes128gcm16], ",
     "rekey_time: 1h, life_time: 1h, rekey_packets: 9, rand_packets: 9, ",
     "8:48: life_time is not more than rekey_time; expected more of it\n"
     "8:84: rand_packets is not less than rekey_packets; expected less of it\n"},
    {"a random part of nothing", "window: 4}", "window: 4, rekey_time: 1h, rand_time: 2h}",
     "6:143: rand_time is not less than rekey_time; expected less of it\n"},
    {"a replay window that is too wide", "esp_proposals: [aes128gcm16], ", "replay_window: 70000, ",
     "8:36: replay_window '70000' is out of range; expected 0 to 65536\n"},
    {"a drop with a length", "do: drop", "do: drop, by: 1s",
     "18:88: by with do: drop, which has none; expected it with do: delay\n"},
    {"an ESP packet with a Message ID", "exchange: IKE_SA_INIT, message: request",
     "exchange: ESP, message_id: 3",
     "18:38: message_id with exchange: ESP, which has none; expected from and to alone\n"},
    {"a message between hosts that no link joins", "from: alice}", "from: alice, to: alice}",
     "18:69: no link goes from alice to alice; expected hosts that a link joins\n"},
    {"an expectation after the end", "by: 2s", "by: 20s",
     "20:52: by '20s' is after the end of the run; expected at most the duration, 10s\n"},
    {"an expectation about nothing", "{host: gw, ike: alice, is: established}",
     "{host: gw, is: established}",
     "21:5: an expectation about nothing; expected count, or host with child or ike\n"},
    {"an expectation without its state", "{host: gw, ike: alice, is: established}",
     "{host: gw, ike: alice}", "21:5: ike without 'is'; expected it in this line\n"},
    {"an expectation with two subjects", "{host: gw, ike: alice, is: established}",
     "{host: gw, ike: alice, child: net, is: established}",
     "21:35: child with ike, which has none; expected one of the two: ike for the IKE SA, "
     "child for the CHILD SA\n"},
    {"a count without a number", ", equals: 0", "",
     "22:5: count without a number; expected equals, at_least or at_most\n"},
    {"a count with two numbers", "equals: 0", "equals: 0, at_least: 1",
     "22:65: at_least beside equals; expected one of the two\n"},
    {"a count that cannot be", "equals: 0", "at_least: 3, at_most: 2",
     "22:66: at_most '2' is less than at_least '3'; expected no less\n"},
    {"a cost that is not known", "title:",
     "costs: [{kind: keygem, per_operation: 1us}]\n"
     "title:",
     "1:16: kind: 'keygem' is not known; expected keygen, derive, sign, verify, prf, seal, open or "
     "parse; "
     "did you mean 'keygen'?\n"},
    {"a cost of a transform that is not known", "title:",
     "costs: [{kind: keygen, transform: x25591, per_operation: 1us}]\n"
     "title:",
     "1:35: transform 'x25591' is not known; expected one of type KE that ikesim computes; "
     "did you mean 'x25519'?\n"},
    {"a cost of what has no transform", "title:",
     "costs: [{kind: parse, transform: x25519, per_operation: 1us}]\n"
     "title:",
     "1:34: transform 'x25519' with kind 'parse', which has none; expected no transform\n"},
    {"a list where a mapping is expected", "cpu: {cores: 2, queue: 512}", "cpu: [2, 512]",
     "13:10: cpu is a list; expected a mapping with cores, queue or classes\n"},
    {"a mapping where a word is expected", "    connect: gw", "    connect: {to: gw}",
     "5:14: connect is a mapping; expected a name of letters, digits, '_', '.' and '-'\n"},
    {"a word where a list is expected",
     "script:\n"
     "  - {at: 3s, do: delete_child, host: alice, child: net}\n"
     "  - {on: {exchange: IKE_SA_INIT, message: request, from: alice}, nth: 1, do: drop}",
     "script: later",
     "16:9: script is 'later'; expected a list of mappings, each a line of the script with "
     "do, on, nth, by, after, bit, as, payload, which, octet, value, repeat, down, icmp, at, host, "
     "child, "
     "window, "
     "proposals, esp_proposals, ah_proposals, nat or to\n"},
    {"a key without its value", "    connect: gw", "    connect:",
     "5:5: connect has no value; expected a name of letters, digits, '_', '.' and '-'\n"},
    {"a list without items", "  - {between",
     "links2:\n"
     "  - {between",
     "14:1: links has no value; expected a list of mappings, each a link with between, shared, "
     "delay, jitter, distribution, loss, gemodel, duplicate, reorder, corrupt, rate, limit, floor, "
     "mtu, down, changes, forward or backward\n"
     "15:1: unknown key 'links2' in a scenario; expected name, title, description, duration, "
     "seed, epoch, keys, dns_delay, pairs, hosts, authorities, nats, attackers, links, script, "
     "expect, costs, "
     "record or "
     "series; did "
     "you "
     "mean 'links'?\n"},
    {"an item that is a word", "script:",
     "script:\n"
     "  - drop",
     "17:5: a line of the script is 'drop'; expected a mapping with do, on, nth, by, after, bit, "
     "as, "
     "payload, which, octet, value, repeat, down, icmp, at, host, child, window, proposals, "
     "esp_proposals, "
     "ah_proposals, nat or to\n"},
    {"an edit without what is needed, and with what another order has", "  - {at: 3s",
     "  - {do: edit, on: {exchange: IKE_AUTH}, nth: 1, bit: 3, which: 2}\n"
     "  - {at: 3s",
     "17:5: do: edit without 'octet'; expected it in this line\n"
     "17:5: do: edit without 'value'; expected it in this line\n"
     "17:55: bit with do: edit, which has none; expected it with do: corrupt\n"
     "17:65: which without payload; expected both\n"},
    {"an edit that repeats what nobody has said before", "  - {at: 3s",
     "  - {do: edit, on: {exchange: IKE_AUTH}, nth: 2, octet: 4, repeat: 4}\n"
     "  - {do: edit, as: sender, on: {exchange: IKE_AUTH, from: gw}, nth: 1, octet: 4, repeat: 4}\n"
     "  - {do: edit, as: sender, on: {exchange: IKE_AUTH, from: gw}, octet: 4, repeat: 4, value: "
     "x}\n"
     "  - {at: 3s",
     "17:68: repeat without as: sender; expected value\n"
     "18:90: repeat with nth: 1; expected a later message than the first\n"
     "19:92: value with repeat, which has none; expected one of them\n"},
    {"a payload on the wire, where there are octets", "  - {at: 3s",
     "  - {do: edit, on: {exchange: IKE_SA_INIT}, payload: KE, octet: 4, value: 0x0013}\n"
     "  - {at: 3s",
     "17:54: payload with as: attacker, which has none; expected octet, counted from the IKE "
     "header, or as: sender\n"},
    {"a payload of an ESP packet", "  - {at: 3s",
     "  - {do: edit, as: sender, on: {exchange: ESP, from: gw}, payload: KE, octet: 4, value: "
     "0x13}\n"
     "  - {at: 3s",
     "17:68: payload with exchange: ESP, which has none; expected octet, counted from the SPI\n"},
    {"a faulty sender that is nobody in particular", "  - {at: 3s",
     "  - {do: edit, as: sender, on: {exchange: IKE_AUTH, transmission: 1}, octet: 4, value: 0x0}\n"
     "  - {at: 3s",
     "17:32: do: edit without 'from'; expected it in this line\n"
     "17:67: transmission with as: sender, which has none; expected nth of the messages that it "
     "makes\n"
     "17:88: value '0x0' begins with 0x and is no even number of hexadecimal digits; expected "
     "octets: 0x and hexadecimal digits, or a text\n"},
    {"a payload that is none", "  - {at: 3s",
     "  - {do: edit, as: sendr, on: {exchange: IKE_AUTH, from: gw}, payload: IDs, octet: 4, value: "
     "x}\n"
     "  - {at: 3s",
     "17:20: as: 'sendr' is not known; expected attacker or sender; did you mean 'sender'?\n"
     "17:72: payload: 'IDs' is not known; expected SA, KE, IDi, IDr, CERT, CERTREQ, AUTH, Nonce, "
     "Notify, Delete, TSi, TSr, SK, CP or EAP; did you mean 'IDi'?\n"},
    {"a replay without its time", "  - {at: 3s",
     "  - {do: replay, on: {exchange: ESP}, nth: 1, after: 0s}\n"
     "  - {do: replay, on: {exchange: ESP}, by: 1s}\n"
     "  - {at: 3s",
     "17:54: after '0s' is out of range; expected 1ns to 1h\n"
     "18:5: do: replay without 'after'; expected it in this line\n"
     "18:43: by with do: replay, which has none; expected it with do: delay\n"},
    {"an anchor", "cpu: {cores", "cpu: &cpu {cores",
     "13:11: an anchor ('&'); expected none: values are written out where they are used\n"},
    {"an alias", "cpu: {cores: 2, queue: 512}", "cpu: *cpu",
     "13:11: an alias ('*'); expected none: values are written out where they are used\n"},
    {"a tag", "cores: 2", "cores: !!int 2",
     "13:18: a tag ('!'); expected none: the key tells what its value is\n"},
    {"a second document", "expect:",
     "---\n"
     "expect:",
     "19:1: a second document; expected one scenario in a file\n"},
    {"a bracket that is not closed", "[10.1.0.0/24], remote_ts: [10.2.0.0/24]}",
     "[10.1.0.0/24, remote_ts: [10.2.0.0/24]}", "8:99: not well-formed YAML: "},
    {"a tab as indentation", "    connect: gw", "\tconnect: gw", "5:2: not well-formed YAML: "},
    {"lines that are indented oddly", "    connect: gw", "     connect: gw",
     "4:11: not well-formed YAML: "},
    {"a key that is a list", "title: A", "[a, b]: A",
     "1:1: a list stands where a key is expected; expected a word\n"},
    {"an octet that is no text", "title: A", "title: \001A",
     "1:8: octet 0x01; expected YAML, which is text in UTF-8\n"},
    {"several errors at once",
     "title: A scenario for tests\n"
     "duration: 10s\n"
     "hosts:\n"
     "  - name: alice\n"
     "    connect: gw",
     "title: A\n"
     "duration: 10\n"
     "hosts:\n"
     "  - name: alice\n"
     "    connect: gww\n"
     "    adress: 192.0.2.1",
     "2:11: duration '10' has no unit; expected a duration such as 40ms, in ns, us, ms, s, "
     "m, h or d\n"
     "5:14: connect: there is no host 'gww'; expected one of alice, gw; did you mean 'gw'?\n"
     "6:5: unknown key 'adress' in a host; expected name, count, address, fqdn, anycast, "
     "behind, connect, connect_by, spread, "
     "connect_at, connect_within, ike, "
     "children, traffic, cluster or cpu; did you mean 'address'?\n"},
};

/* The errors are compared without the file's path, which each line begins with. */
static char *without_path(const char *errors)
{
    size_t path_len = strlen(SCENARIO_FILE) + 1;
    char *out = calloc(1, strlen(errors) + 1), *at = out;
    assert_non_null(out);
    for (const char *line = errors; *line;) {
        size_t len = strcspn(line, "\n") + 1;
        assert_memory_equal(line, SCENARIO_FILE ":", path_len);
        memcpy(at, line + path_len, len - path_len);
        at += len - path_len;
        line += len;
    }
    return out;
}

static void every_mistake_has_its_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_cases / sizeof *bad_cases; i++) {
        const struct bad_case *bad = &bad_cases[i];
        char *text = support_replace(base, bad->from, bad->to), *errors = NULL;
        size_t count = 0, lines = 0;
        support_write(text, strlen(text));
        struct scenario *scenario = scenario_read(SCENARIO_FILE, NULL, &errors, &count);
        if (scenario) {
            fail_msg("%s: read without an error", bad->name);
        }
        char *bare = without_path(errors);
        size_t len = strlen(bad->errors);
        bool cut = bad->errors[len - 1] != '\n';
        if (cut ? strncmp(bare, bad->errors, len) != 0 : strcmp(bare, bad->errors) != 0) {
            fail_msg("%s:\n--- expected\n%s--- found\n%s", bad->name, bad->errors, bare);
        }
        for (const char *c = bare; *c; c++) {
            lines += *c == '\n';
        }
        assert_int_equal(count, lines);
        free(bare);
        free(errors);
        free(text);
    }
}

static void the_base_of_the_cases_is_good(void **state)
{
    (void)state;
    scenario_free(support_read(base));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_base_of_the_cases_is_good),
        cmocka_unit_test(every_mistake_has_its_error),
    };
    return cmocka_run_group_tests(tests, support_setup, support_teardown);
}
