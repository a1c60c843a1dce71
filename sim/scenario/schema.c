#include "sim/scenario/schema.h"

#include <string.h>

#include "ike/limits.h"
#include "ike/wire.h"
#include "sim/scenario/values.h"

/* ---- words of choices ---- */

static const struct schema_word keys_modes[] = {
    {"fresh", 0, "new key-exchange keys are drawn for every exchange"},
    {0},
};

static const struct schema_word auth_methods[] = {
    {"psk", IKE_AUTH_METHOD_SHARED_KEY, "a shared secret (RFC 7296 §2.15)"},
    {0},
};

const struct schema_word schema_uniques[] = {
    {"no", IKE_UNIQUE_NO,
     "further IKE SAs with the same peer are kept, unless it sends "
     "INITIAL_CONTACT"},
    {"never", IKE_UNIQUE_NEVER, "further IKE SAs are kept, and INITIAL_CONTACT is ignored"},
    {"replace", IKE_UNIQUE_REPLACE, "a new IKE SA with the same peer replaces the old one"},
    {"keep", IKE_UNIQUE_KEEP, "a new IKE SA is refused while an old one is there"},
    {0},
};

static const struct schema_word traffic_kinds[] = {
    {"ping", 0, "ICMP echo requests, which the far side answers through the tunnel"},
    {0},
};

const struct schema_word schema_orders[] = {
    {"drop", SCENARIO_DROP, "`on` a message: the link loses it"},
    {"duplicate", SCENARIO_DUPLICATE, "`on` a message: the link delivers it twice"},
    {"delay", SCENARIO_DELAY, "`on` a message: it takes longer, `by` so much"},
    {"initiate", SCENARIO_INITIATE, "`at` a time: `host` begins an IKE SA with its peer"},
    {"create_child", SCENARIO_CREATE_CHILD,
     "`at` a time: `host` makes CHILD SA `child` in a CREATE_CHILD_SA exchange"},
    {"delete_child", SCENARIO_DELETE_CHILD, "`at` a time: `host` deletes CHILD SA `child`"},
    {"delete_ike", SCENARIO_DELETE_IKE, "`at` a time: `host` deletes its IKE SA"},
    {"liveness", SCENARIO_LIVENESS, "`at` a time: `host` checks whether its peer is alive"},
    {0},
};

const struct schema_word schema_exchanges[] = {
    {"IKE_SA_INIT", IKE_EXCHANGE_IKE_SA_INIT, "RFC 7296 §1.2"},
    {"IKE_AUTH", IKE_EXCHANGE_IKE_AUTH, "RFC 7296 §1.2"},
    {"CREATE_CHILD_SA", IKE_EXCHANGE_CREATE_CHILD_SA, "RFC 7296 §1.3"},
    {"INFORMATIONAL", IKE_EXCHANGE_INFORMATIONAL, "RFC 7296 §1.4"},
    {"ESP", SCHEMA_EXCHANGE_ESP, "an ESP packet (RFC 4303), which is no exchange"},
    {0},
};

static const struct schema_word directions[] = {
    {"request", 0, "R flag clear"},
    {"response", 1, "R flag set"},
    {0},
};

static const struct schema_word states[] = {
    {"established", 1, "it is there"},
    {"absent", 0, "it is not, or no more"},
    {0},
};

const struct schema_word schema_counts[] = {
#define X(symbol, name, meaning) {name, SCENARIO_COUNT_##symbol, meaning},
    SCENARIO_COUNTS(X)
#undef X
        {0},
};

const struct schema_word schema_cost_kinds[] = {
    {"keygen", CRYPTO_COST_KEYGEN, "a key-exchange key pair; transform: a key exchange method"},
    {"derive", CRYPTO_COST_DERIVE, "a shared secret; transform: a key exchange method"},
    {"prf", CRYPTO_COST_PRF, "one call of the PRF; transform: a PRF"},
    {"seal", CRYPTO_COST_SEAL, "one packet encrypted; transform: an encryption algorithm"},
    {"open", CRYPTO_COST_OPEN, "one packet decrypted; transform: an encryption algorithm"},
    {"parse", CRYPTO_COST_PARSE, "one message read or written; no transform"},
    {0},
};

/* ---- keys ---- */

#define FIELD(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define ARRAY(type, member, counter)                                                               \
    .offset = offsetof(type, member), .count_offset = offsetof(type, counter)

#define DELAY_KEY(base, default_text)                                                              \
    {                                                                                              \
        .name = "delay", .type = SCHEMA_DURATION, .fallback = default_text,                        \
        .meaning = "time that a datagram takes, as `tc netem` has it", .min = NET_DELAY_MIN,       \
        .max = VALUES_DURATION_MAX, FIELD(struct schema_link, base.delay)                          \
    }
#define LINK_KEYS(base, zero, no_loss, no_mtu, floor_text)                                         \
    {.name = "jitter",                                                                             \
     .type = SCHEMA_DURATION,                                                                      \
     .fallback = zero,                                                                             \
     .meaning = "the delay is drawn evenly from `delay` - `jitter` to `delay` + `jitter`",         \
     .max = VALUES_DURATION_MAX,                                                                   \
     FIELD(struct schema_link, base.jitter)},                                                      \
        {.name = "loss",                                                                           \
         .type = SCHEMA_PROBABILITY,                                                               \
         .fallback = no_loss,                                                                      \
         .meaning = "share of the datagrams that are lost",                                        \
         FIELD(struct schema_link, base.loss)},                                                    \
        {.name = "duplicate",                                                                      \
         .type = SCHEMA_PROBABILITY,                                                               \
         .fallback = no_loss,                                                                      \
         .meaning = "share of the datagrams that arrive twice",                                    \
         FIELD(struct schema_link, base.duplicate)},                                               \
        {.name = "reorder",                                                                        \
         .type = SCHEMA_PROBABILITY,                                                               \
         .fallback = no_loss,                                                                      \
         .meaning = "share of the datagrams that skip the delay (they take `floor`) and overtake " \
                    "others",                                                                      \
         FIELD(struct schema_link, base.reorder)},                                                 \
        {.name = "floor",                                                                          \
         .type = SCHEMA_DURATION,                                                                  \
         .otherwise = floor_text,                                                                  \
         .meaning = "no datagram is faster than this",                                             \
         .min = NET_DELAY_MIN,                                                                     \
         .max = VALUES_DURATION_MAX,                                                               \
         FIELD(struct schema_link, base.floor)},                                                   \
    {                                                                                              \
        .name = "mtu", .type = SCHEMA_MTU, .fallback = no_mtu,                                     \
        .meaning = "octets of an IP packet that the link takes, told in the recording; 0: not "    \
                   "told",                                                                         \
        .max = 65535, FIELD(struct schema_link, base.mtu)                                          \
    }

#define DIRECTION_FLOOR                                                                            \
    "as the link, if it has one; else from the direction's own `delay` and `jitter`"

static const struct schema_key forward_keys[] = {
    DELAY_KEY(forward, NULL),
    LINK_KEYS(forward, NULL, NULL, NULL, DIRECTION_FLOOR),
    {0},
};

static const struct schema_key backward_keys[] = {
    DELAY_KEY(backward, NULL),
    LINK_KEYS(backward, NULL, NULL, NULL, DIRECTION_FLOOR),
    {0},
};

static const struct schema forward = {
    .what = "a direction of a link",
    .path = "links[].forward",
    .intro = "From the first host of `between` to the second. What is absent is as in the link.",
    .keys = forward_keys,
    .line_offset = SIZE_MAX,
    .overlay = true,
};

static const struct schema backward = {
    .what = "a direction of a link",
    .path = "links[].backward",
    .intro = "From the second host of `between` to the first. What is absent is as in the link.",
    .keys = backward_keys,
    .line_offset = SIZE_MAX,
    .overlay = true,
};

static const struct schema_key link_keys[] = {
    {.name = "between",
     .type = SCHEMA_PAIR,
     .required = true,
     .meaning = "the two hosts, as `[alice, gw]`",
     FIELD(struct schema_link, a)},
    DELAY_KEY(both, "10us"),
    LINK_KEYS(both, "0s", "0%", "0", "`delay` less three times `jitter`, and never under 10us"),
    {.name = "forward",
     .type = SCHEMA_BLOCK,
     .block = &forward,
     .otherwise = "as the link",
     .meaning = "what is different from the first host to the second"},
    {.name = "backward",
     .type = SCHEMA_BLOCK,
     .block = &backward,
     .otherwise = "as the link",
     .meaning = "what is different from the second host to the first"},
    {0},
};

static const struct schema link = {
    .what = "a link",
    .path = "links[]",
    .intro = "A link joins two hosts; what it does to datagrams is said in the words of `tc "
             "netem`. Both directions are alike unless `forward` or `backward` tells otherwise.",
    .keys = link_keys,
    .item_size = sizeof(struct schema_link),
    .line_offset = offsetof(struct schema_link, line),
};

static const struct schema_key ike_keys[] = {
    {.name = "proposals",
     .type = SCHEMA_IKE_PROPOSALS,
     .fallback = "aes128-sha256-x25519",
     .meaning = "algorithms of the IKE SA, in order of preference",
     ARRAY(struct scenario_host, policy.proposals, policy.proposal_count)},
    {.name = "auth",
     .type = SCHEMA_CHOICE,
     .fallback = "psk",
     .words = auth_methods,
     .meaning = "how the host proves its identity"},
    {.name = "secret",
     .type = SCHEMA_SECRET,
     .required = true,
     .meaning = "the shared secret: text, or `0x` and hexadecimal digits",
     FIELD(struct scenario_host, policy.secret)},
    {.name = "id",
     .type = SCHEMA_IDENTITY,
     .otherwise = "the host's address",
     .meaning = "the host's identity (RFC 7296 §3.5): an address, a name, `user@domain`, or text "
                "behind `fqdn:`, `email:` or `keyid:`",
     FIELD(struct scenario_host, policy.identity)},
    {.name = "remote_id",
     .type = SCHEMA_IDENTITY,
     .fallback = "%any",
     .meaning = "identity that the peer has to prove; `%any`: whichever has the secret",
     FIELD(struct scenario_host, policy.remote)},
    {.name = "window",
     .type = SCHEMA_NUMBER,
     .fallback = "1",
     .min = 1,
     .max = IKE_WINDOW_MAX,
     .meaning = "requests that the peer may have under way at once (RFC 7296 §2.3); more than 1 is "
                "announced in SET_WINDOW_SIZE",
     FIELD(struct scenario_host, policy.window)},
    {.name = "initial_contact",
     .type = SCHEMA_BOOL,
     .otherwise = "`true` for a host with `connect`, else `false`",
     .meaning = "send INITIAL_CONTACT in the first IKE_AUTH to a peer (RFC 7296 §2.4)",
     FIELD(struct scenario_host, policy.initial_contact)},
    {.name = "unique",
     .type = SCHEMA_CHOICE,
     .fallback = "replace",
     .words = schema_uniques,
     .meaning = "what becomes of a second IKE SA with the same peer, as in strongSwan",
     FIELD(struct scenario_host, policy.unique)},
    {.name = "retransmit_timeout",
     .type = SCHEMA_DURATION,
     .fallback = "4s",
     .min = 1000000,
     .max = VALUES_DURATION_MAX,
     .meaning = "time until a request is sent for the second time; 4s as in strongSwan",
     FIELD(struct scenario_host, policy.retransmit_timeout)},
    {.name = "retransmit_base",
     .type = SCHEMA_FACTOR,
     .fallback = "1.8",
     .min = 1000,
     .max = 100000,
     .meaning = "each further wait is so many times the one before",
     FIELD(struct scenario_host, policy.retransmit_base_milli)},
    {.name = "retransmit_tries",
     .type = SCHEMA_NUMBER,
     .fallback = "5",
     .max = 100,
     .meaning = "retransmissions before the host gives the IKE SA up",
     FIELD(struct scenario_host, policy.retransmit_tries)},
    {.name = "half_open_timeout",
     .type = SCHEMA_DURATION,
     .fallback = "30s",
     .min = 1000000,
     .max = VALUES_DURATION_MAX,
     .meaning = "time that a responder waits for IKE_AUTH",
     FIELD(struct scenario_host, policy.half_open_timeout)},
    {.name = "response_keep",
     .type = SCHEMA_DURATION,
     .fallback = "5m",
     .min = 1000000,
     .max = VALUES_DURATION_MAX,
     .meaning = "time that the last responses are kept for retransmitted requests (RFC 7296 §2.1)",
     FIELD(struct scenario_host, policy.response_keep)},
    {.name = "dpd_delay",
     .type = SCHEMA_DURATION,
     .fallback = "0s",
     .max = VALUES_DURATION_MAX,
     .meaning = "time without a sign of the peer after which the host checks whether it is alive; "
                "`0s`: never",
     FIELD(struct scenario_host, policy.dpd_delay)},
    {0},
};

static const struct schema ike = {
    .what = "ike",
    .path = "hosts[].ike",
    .intro = "The IKE SA, in the words of strongSwan's `swanctl.conf`.",
    .keys = ike_keys,
    .line_offset = SIZE_MAX,
};

static const struct schema_key child_keys[] = {
    {.name = "name",
     .type = SCHEMA_NAME,
     .required = true,
     .meaning = "name of the CHILD SA",
     FIELD(struct ike_child_policy, name)},
    {.name = "esp_proposals",
     .type = SCHEMA_ESP_PROPOSALS,
     .fallback = "aes128gcm16",
     .meaning = "algorithms of ESP, in order of preference",
     ARRAY(struct ike_child_policy, proposals, proposal_count)},
    {.name = "local_ts",
     .type = SCHEMA_SELECTORS,
     .required = true,
     .meaning = "networks behind the host: `10.1.0.0/24`, `10.1.0.1-10.1.0.9`, with "
                "`[protocol/port]` behind where only that is meant",
     ARRAY(struct ike_child_policy, local_ts, local_ts_count)},
    {.name = "remote_ts",
     .type = SCHEMA_SELECTORS,
     .required = true,
     .meaning = "networks behind its peer",
     ARRAY(struct ike_child_policy, remote_ts, remote_ts_count)},
    {.name = "replay_window",
     .type = SCHEMA_NUMBER,
     .fallback = "32",
     .max = 65536,
     .meaning = "ESP packets that may be overtaken and still be taken (RFC 4303 §3.4.3); 0: "
                "nothing is checked, and replays are accepted",
     FIELD(struct ike_child_policy, replay_window)},
    {.name = "start",
     .type = SCHEMA_BOOL,
     .fallback = "true",
     .meaning = "the initiator makes it with the IKE SA: the first one in IKE_AUTH",
     FIELD(struct ike_child_policy, start)},
    {0},
};

static const struct schema child = {
    .what = "a child",
    .path = "hosts[].children[]",
    .intro = "A CHILD SA: what one host's tunnel of ESP carries.",
    .keys = child_keys,
    .item_size = sizeof(struct ike_child_policy),
    .line_offset = SIZE_MAX,
    .by_name = true,
};

static const struct schema_key traffic_keys[] = {
    {.name = "child",
     .type = SCHEMA_NAME,
     .required = true,
     .meaning = "the CHILD SA whose networks it goes between",
     FIELD(struct scenario_traffic, child)},
    {.name = "kind",
     .type = SCHEMA_CHOICE,
     .fallback = "ping",
     .words = traffic_kinds,
     .meaning = "what is sent"},
    {.name = "every",
     .type = SCHEMA_DURATION,
     .fallback = "1s",
     .min = 1000,
     .max = VALUES_DURATION_MAX,
     .meaning = "time from one packet to the next",
     FIELD(struct scenario_traffic, every)},
    {.name = "start",
     .type = SCHEMA_DURATION,
     .fallback = "0s",
     .max = VALUES_DURATION_MAX,
     .meaning = "time of the first packet; when the CHILD SA is up, if that is later",
     FIELD(struct scenario_traffic, start)},
    {.name = "count",
     .type = SCHEMA_NUMBER,
     .fallback = "0",
     .max = UINT32_MAX,
     .meaning = "packets; 0: until the run ends",
     FIELD(struct scenario_traffic, count)},
    {.name = "size",
     .type = SCHEMA_SIZE,
     .fallback = "56B",
     .min = 8,
     .max = 65400,
     .meaning = "octets of ICMP data",
     FIELD(struct scenario_traffic, size)},
    {.name = "source",
     .type = SCHEMA_ADDRESS,
     .otherwise = "the first that a host may have in the child's `local_ts`",
     .meaning = "address of the sender, in the child's `local_ts`",
     FIELD(struct scenario_traffic, source)},
    {.name = "destination",
     .type = SCHEMA_ADDRESS,
     .otherwise = "the first that a host may have in the child's `remote_ts`",
     .meaning = "address of the receiver, in the child's `remote_ts`",
     FIELD(struct scenario_traffic, destination)},
    {0},
};

static const struct schema traffic = {
    .what = "traffic",
    .path = "hosts[].traffic[]",
    .intro = "Packets from behind the host through its tunnel.",
    .keys = traffic_keys,
    .item_size = sizeof(struct scenario_traffic),
    .line_offset = SIZE_MAX,
};

static const struct schema_key cpu_keys[] = {
    {.name = "cores",
     .type = SCHEMA_NUMBER,
     .fallback = "4",
     .min = 1,
     .max = 1024,
     .meaning = "cores, each with one work item at a time",
     FIELD(struct scenario_host, cores)},
    {.name = "queue",
     .type = SCHEMA_NUMBER,
     .fallback = "512",
     .min = 1,
     .max = 1000000,
     .meaning = "work items of one class (IKE, ESP) that may wait; what comes then is dropped",
     FIELD(struct scenario_host, queue)},
    {0},
};

static const struct schema cpu = {
    .what = "cpu",
    .path = "hosts[].cpu",
    .intro = "The simulated CPU, on which every datagram and timer costs time.",
    .keys = cpu_keys,
    .line_offset = SIZE_MAX,
};

static const struct schema_key host_keys[] = {
    {.name = "name",
     .type = SCHEMA_NAME,
     .required = true,
     .meaning = "name of the host",
     FIELD(struct scenario_host, name)},
    {.name = "address",
     .type = SCHEMA_ADDRESS,
     .otherwise = "one of 100.64.0.0/10 that follows from the name",
     .meaning = "IPv4 address of the host",
     FIELD(struct scenario_host, address)},
    {.name = "connect",
     .type = SCHEMA_NAME,
     .otherwise = "none: the host waits to be spoken to",
     .meaning = "host with which this one begins an IKE SA",
     FIELD(struct scenario_host, connect)},
    {.name = "connect_at",
     .type = SCHEMA_DURATION,
     .fallback = "0s",
     .max = VALUES_DURATION_MAX,
     .meaning = "when it does",
     FIELD(struct scenario_host, connect_at)},
    {.name = "ike", .type = SCHEMA_BLOCK, .required = true, .block = &ike, .meaning = "the IKE SA"},
    {.name = "children",
     .type = SCHEMA_BLOCKS,
     .block = &child,
     .max = IKE_CHILDREN_MAX,
     .meaning = "the CHILD SAs",
     ARRAY(struct scenario_host, policy.children, policy.child_count)},
    {.name = "traffic",
     .type = SCHEMA_BLOCKS,
     .block = &traffic,
     .max = 1000,
     .meaning = "what is sent through them",
     ARRAY(struct scenario_host, traffic, traffic_count)},
    {.name = "cpu",
     .type = SCHEMA_BLOCK,
     .block = &cpu,
     .otherwise = "as below",
     .meaning = "the simulated CPU"},
    {0},
};

static const struct schema host = {
    .what = "a host",
    .path = "hosts[]",
    .intro = "A host is an IKE daemon with its ESP stack, and the networks behind it.",
    .keys = host_keys,
    .item_size = sizeof(struct scenario_host),
    .line_offset = offsetof(struct scenario_host, line),
    .by_name = true,
};

static const struct schema_key match_keys[] = {
    {.name = "exchange",
     .type = SCHEMA_CHOICE,
     .otherwise = "any IKE exchange",
     .words = schema_exchanges,
     .meaning = "exchange type, or ESP",
     FIELD(struct scenario_line, match.exchange)},
    {.name = "message",
     .type = SCHEMA_CHOICE,
     .otherwise = "either",
     .words = directions,
     .meaning = "which way of the exchange",
     FIELD(struct scenario_line, match.response)},
    {.name = "from",
     .type = SCHEMA_NAME,
     .otherwise = "any",
     .meaning = "host that sends it",
     FIELD(struct scenario_line, match.from)},
    {.name = "to",
     .type = SCHEMA_NAME,
     .otherwise = "any",
     .meaning = "host that it goes to",
     FIELD(struct scenario_line, match.to)},
    {.name = "message_id",
     .type = SCHEMA_NUMBER,
     .otherwise = "any",
     .max = UINT32_MAX,
     .meaning = "Message ID (RFC 7296 §2.2)",
     FIELD(struct scenario_line, match.message_id)},
    {.name = "transmission",
     .type = SCHEMA_NUMBER,
     .otherwise = "any",
     .min = 1,
     .max = 1000,
     .meaning = "1 for the first time that these bytes are sent, 2 for the first retransmission, "
                "...",
     FIELD(struct scenario_line, match.transmission)},
    {0},
};

static const struct schema match = {
    .what = "on",
    .path = "script[].on",
    .intro = "Which messages. Keys that are absent match any.",
    .keys = match_keys,
    .line_offset = SIZE_MAX,
    .overlay = true,
};

static const struct schema_key script_keys[] = {
    {.name = "do",
     .type = SCHEMA_CHOICE,
     .required = true,
     .words = schema_orders,
     .meaning = "what happens",
     FIELD(struct scenario_line, order)},
    {.name = "on",
     .type = SCHEMA_BLOCK,
     .block = &match,
     .meaning = "to which message it happens; either this or `at`"},
    {.name = "nth",
     .type = SCHEMA_NUMBER,
     .otherwise = "every one",
     .min = 1,
     .max = UINT32_MAX,
     .meaning = "to which of the messages that match, counted from 1",
     FIELD(struct scenario_line, match.nth)},
    {.name = "by",
     .type = SCHEMA_DURATION,
     .max = VALUES_DURATION_MAX,
     .otherwise = "none; `delay` needs it",
     .meaning = "how much longer a delayed message takes",
     FIELD(struct scenario_line, by)},
    {.name = "at",
     .type = SCHEMA_DURATION,
     .max = VALUES_DURATION_MAX,
     .otherwise = "none; orders to a host need it",
     .meaning = "when a host is ordered to do it",
     FIELD(struct scenario_line, at)},
    {.name = "host",
     .type = SCHEMA_NAME,
     .otherwise = "none; orders to a host need it",
     .meaning = "host that is ordered",
     FIELD(struct scenario_line, host)},
    {.name = "child",
     .type = SCHEMA_NAME,
     .otherwise = "none; `create_child` and `delete_child` need it",
     .meaning = "CHILD SA that the order is about",
     FIELD(struct scenario_line, child)},
    {0},
};

static const struct schema script = {
    .what = "a line of the script",
    .path = "script[]",
    .intro = "What happens when: to a message on a link (`on`), or at a time (`at`).",
    .keys = script_keys,
    .item_size = sizeof(struct scenario_line),
    .line_offset = offsetof(struct scenario_line, line),
};

static const struct schema_key expect_keys[] = {
    {.name = "host",
     .type = SCHEMA_NAME,
     .otherwise = "of a count: all hosts together",
     .meaning = "host that it is about",
     FIELD(struct scenario_expect, host)},
    {.name = "child",
     .type = SCHEMA_NAME,
     .otherwise = "none",
     .meaning = "CHILD SA of that host",
     FIELD(struct scenario_expect, child)},
    {.name = "ike",
     .type = SCHEMA_NAME,
     .otherwise = "none",
     .meaning = "peer of an IKE SA of that host",
     FIELD(struct scenario_expect, peer)},
    {.name = "is",
     .type = SCHEMA_CHOICE,
     .words = states,
     .otherwise = "none; `child` and `ike` need it",
     .meaning = "what has to be true of the SA",
     FIELD(struct scenario_expect, established)},
    {.name = "by",
     .type = SCHEMA_DURATION,
     .max = VALUES_DURATION_MAX,
     .otherwise = "the end of the run",
     .meaning = "time at which that is checked",
     FIELD(struct scenario_expect, by)},
    {.name = "count",
     .type = SCHEMA_CHOICE,
     .words = schema_counts,
     .otherwise = "none",
     .meaning = "number that the observer counted up to the end of the run",
     FIELD(struct scenario_expect, count)},
    {.name = "equals",
     .type = SCHEMA_NUMBER,
     .max = UINT64_MAX,
     .otherwise = "none",
     .meaning = "the count is exactly this",
     FIELD(struct scenario_expect, min)},
    {.name = "at_least",
     .type = SCHEMA_NUMBER,
     .max = UINT64_MAX,
     .otherwise = "none",
     .meaning = "the count is this or more",
     FIELD(struct scenario_expect, min)},
    {.name = "at_most",
     .type = SCHEMA_NUMBER,
     .max = UINT64_MAX,
     .otherwise = "none",
     .meaning = "the count is this or less",
     FIELD(struct scenario_expect, max)},
    {0},
};

static const struct schema expect = {
    .what = "an expectation",
    .path = "expect[]",
    .intro = "What must hold: `ikesim run` exits 1 where one does not, and says which and why. An "
             "expectation is about a CHILD SA (`host`, `child`, `is`), an IKE SA (`host`, `ike`, "
             "`is`) or a `count` with `equals`, `at_least` or `at_most`.",
    .keys = expect_keys,
    .item_size = sizeof(struct scenario_expect),
    .line_offset = offsetof(struct scenario_expect, line),
};

static const struct schema_key cost_keys[] = {
    {.name = "kind",
     .type = SCHEMA_CHOICE,
     .required = true,
     .words = schema_cost_kinds,
     .meaning = "operation",
     FIELD(struct schema_cost, kind)},
    {.name = "transform",
     .type = SCHEMA_TEXT,
     .otherwise = "all that have no row of their own",
     .meaning = "algorithm: strongSwan's word, as `x25519`, or its IANA name, as `ENCR_AES_GCM_16`",
     FIELD(struct schema_cost, transform)},
    {.name = "per_operation",
     .type = SCHEMA_DURATION,
     .fallback = "0s",
     .max = VALUES_PRICE_MAX / 1000,
     .meaning = "time of one operation",
     FIELD(struct schema_cost, per_operation)},
    {.name = "per_byte",
     .type = SCHEMA_PRICE,
     .fallback = "0ns",
     .max = VALUES_PRICE_MAX,
     .meaning = "time of one octet",
     FIELD(struct schema_cost, per_byte_ps)},
    {0},
};

static const struct schema cost = {
    .what = "a row of costs",
    .path = "costs[]",
    .intro = "Prices on the simulated CPU. A row replaces the one that the reference table has for "
             "the same kind and transform, or is added to it.",
    .keys = cost_keys,
    .item_size = sizeof(struct schema_cost),
    .line_offset = SIZE_MAX,
};

static const struct schema_key scenario_keys[] = {
    {.name = "name",
     .type = SCHEMA_TEXT,
     .otherwise = "the file's name without `.yaml`",
     .meaning = "what recordings call the scenario",
     FIELD(struct scenario, name)},
    {.name = "title",
     .type = SCHEMA_TEXT,
     .otherwise = "the scenario's name",
     .meaning = "one line that says what is to be seen",
     FIELD(struct scenario, title)},
    {.name = "description",
     .type = SCHEMA_TEXT,
     .otherwise = "none",
     .meaning = "what happens, and what to look at",
     FIELD(struct scenario, description)},
    {.name = "duration",
     .type = SCHEMA_DURATION,
     .required = true,
     .min = 1,
     .max = VALUES_DURATION_MAX,
     .meaning = "virtual time that the run takes",
     FIELD(struct scenario, duration)},
    {.name = "seed",
     .type = SCHEMA_NUMBER,
     .fallback = "1",
     .max = UINT64_MAX,
     .meaning = "seed of every random draw; `--seed` replaces it",
     FIELD(struct scenario, seed)},
    {.name = "epoch",
     .type = SCHEMA_EPOCH,
     .fallback = "2025-01-01T00:00:00Z",
     .meaning = "wall-clock time at which virtual time begins",
     FIELD(struct scenario, epoch)},
    {.name = "keys",
     .type = SCHEMA_CHOICE,
     .fallback = "fresh",
     .words = keys_modes,
     .meaning = "where key-exchange keys come from",
     FIELD(struct schema_draft, keys)},
    {.name = "hosts",
     .type = SCHEMA_BLOCKS,
     .required = true,
     .block = &host,
     .min = 1,
     .max = 1000000,
     .meaning = "the hosts",
     ARRAY(struct scenario, hosts, host_count)},
    {.name = "links",
     .type = SCHEMA_BLOCKS,
     .block = &link,
     .max = 1000000,
     .meaning = "the links between them",
     ARRAY(struct schema_draft, links, link_count)},
    {.name = "script",
     .type = SCHEMA_BLOCKS,
     .block = &script,
     .max = 1000000,
     .meaning = "what happens when",
     ARRAY(struct scenario, script, script_count)},
    {.name = "expect",
     .type = SCHEMA_BLOCKS,
     .block = &expect,
     .max = 1000000,
     .meaning = "what must hold",
     ARRAY(struct scenario, expects, expect_count)},
    {.name = "costs",
     .type = SCHEMA_BLOCKS,
     .block = &cost,
     .max = COST_ROWS_MAX,
     .otherwise = "the reference table",
     .meaning = "prices on the simulated CPU",
     ARRAY(struct schema_draft, costs, cost_count)},
    {0},
};

const struct schema schema_scenario = {
    .what = "a scenario",
    .path = "",
    .intro = "The keys of the file itself.",
    .keys = scenario_keys,
    .line_offset = SIZE_MAX,
};

const struct schema_key *schema_find(const struct schema *schema, const char *name)
{
    for (const struct schema_key *key = schema->keys; key->name; key++) {
        if (strcmp(key->name, name) == 0) {
            return key;
        }
    }
    return NULL;
}

const char *schema_word(const struct schema_word *words, int64_t value)
{
    for (; words->word; words++) {
        if (words->value == value) {
            return words->word;
        }
    }
    return NULL;
}

uint8_t schema_cost_type(uint8_t kind)
{
    switch (kind) {
    case CRYPTO_COST_KEYGEN:
    case CRYPTO_COST_DERIVE:
        return CRYPTO_KE;
    case CRYPTO_COST_PRF:
        return CRYPTO_PRF;
    case CRYPTO_COST_SEAL:
    case CRYPTO_COST_OPEN:
        return CRYPTO_ENCR;
    default:
        return 0;
    }
}

const char *schema_cost_transform(uint8_t kind, uint16_t transform)
{
    const struct crypto_transform *row =
        transform == COST_ANY_TRANSFORM ? NULL
                                        : crypto_transform_find(schema_cost_type(kind), transform);
    if (!row) {
        return NULL;
    }
    return row->keyword && !strchr(row->keyword, '%') ? row->keyword : row->name;
}

const char *schema_expects(const struct schema_key *key)
{
    switch (key->type) {
    case SCHEMA_TEXT:
        return "text";
    case SCHEMA_NAME:
        return "a name of letters, digits, '_', '.' and '-'";
    case SCHEMA_DURATION:
        return "a duration such as 40ms, in ns, us, ms, s, m, h or d";
    case SCHEMA_PRICE:
        return "a price such as 500ns, in ps, ns, us, ms or s";
    case SCHEMA_PROBABILITY:
        return "a percentage such as 5%";
    case SCHEMA_SIZE:
        return "a size such as 56B";
    case SCHEMA_MTU:
    case SCHEMA_NUMBER:
        return "a whole number";
    case SCHEMA_FACTOR:
        return "a factor such as 1.8";
    case SCHEMA_BOOL:
        return "true or false";
    case SCHEMA_CHOICE:
        return "one of the words of the key";
    case SCHEMA_ADDRESS:
        return "an IPv4 address such as 192.0.2.10";
    case SCHEMA_EPOCH:
        return "a time such as 2025-01-01T00:00:00Z";
    case SCHEMA_SECRET:
        return "a secret: text, or 0x and hexadecimal digits";
    case SCHEMA_IDENTITY:
        return "an identity such as gw.example.org, alice@example.org, 192.0.2.10 or keyid:blue";
    case SCHEMA_IKE_PROPOSALS:
        return "a list of proposals such as [aes128-sha256-x25519]";
    case SCHEMA_ESP_PROPOSALS:
        return "a list of proposals such as [aes128gcm16]";
    case SCHEMA_SELECTORS:
        return "a list of networks such as [10.1.0.0/24]";
    case SCHEMA_PAIR:
        return "two hosts such as [alice, gw]";
    case SCHEMA_BLOCK:
        return "a mapping of keys to values";
    case SCHEMA_BLOCKS:
        return "a list of mappings";
    }
    return "";
}
