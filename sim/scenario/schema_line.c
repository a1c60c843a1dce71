/* Keys of the script and of what is expected. */
#include "ike/wire.h"
#include "sim/scenario/schema_fields.h"
#include "sim/scenario/values.h"

/* An hour: as many of them as a script may have lines, and a century of virtual time, stay below
 * 2^64 ns. */
#define SCENARIO_BY_MAX (UINT64_C(3600) * 1000000000)

const struct schema_word schema_orders[] = {
    {"drop", SCENARIO_DROP, "`on` a message: the link loses it"},
    {"duplicate", SCENARIO_DUPLICATE, "`on` a message: the link delivers it twice"},
    {"delay", SCENARIO_DELAY, "`on` a message: it takes longer, `by` so much"},
    {"initiate", SCENARIO_INITIATE, "`at` a time: `host` begins an IKE SA with its peer"},
    {"create_child", SCENARIO_CREATE_CHILD,
     "`at` a time: `host` makes CHILD SA `child` in a CREATE_CHILD_SA exchange"},
    {"rekey_child", SCENARIO_REKEY_CHILD,
     "`at` a time: `host` replaces CHILD SA `child` by a new one (RFC 7296 §2.8)"},
    {"delete_child", SCENARIO_DELETE_CHILD, "`at` a time: `host` deletes CHILD SA `child`"},
    {"rekey_ike", SCENARIO_REKEY_IKE,
     "`at` a time: `host` replaces its IKE SA by a new one (RFC 7296 §2.18)"},
    {"delete_ike", SCENARIO_DELETE_IKE, "`at` a time: `host` deletes its IKE SA"},
    {"liveness", SCENARIO_LIVENESS, "`at` a time: `host` checks whether its peer is alive"},
    {"restart", SCENARIO_RESTART,
     "`at` a time: `host` loses all that it knows of its peers, tells nobody, and is up again "
     "`down` "
     "later"},
    {"rebind", SCENARIO_REBIND, "`at` a time: box `nat` loses its mappings"},
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
    {.name = "fragment",
     .type = SCHEMA_NUMBER,
     .otherwise = "any, and messages that are in one piece",
     .min = 1,
     .max = IKE_FRAGMENTS_MAX,
     .meaning = "Fragment Number of an IKE fragment (RFC 7383 §2.5)",
     FIELD(struct scenario_line, match.fragment)},
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
     .max = SCENARIO_BY_MAX,
     .otherwise = "none; `delay` needs it",
     .meaning = "how much longer a delayed message takes",
     FIELD(struct scenario_line, by)},
    {.name = "down",
     .type = SCHEMA_DURATION,
     .max = SCENARIO_BY_MAX,
     .otherwise = "`0s` with `restart`",
     .meaning = "how long a host that restarts hears and says nothing",
     FIELD(struct scenario_line, down)},
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
     .otherwise = "none; `create_child`, `rekey_child` and `delete_child` need it",
     .meaning = "CHILD SA that the order is about",
     FIELD(struct scenario_line, child)},
    {.name = "nat",
     .type = SCHEMA_NAME,
     .otherwise = "none; `rebind` needs it",
     .meaning = "NAT box that it happens to",
     FIELD(struct scenario_line, nat)},
    {0},
};

const struct schema schema_script = {
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

const struct schema schema_expect = {
    .what = "an expectation",
    .path = "expect[]",
    .intro = "What must hold: `ikesim run` exits 1 where one does not, and says which and why. An "
             "expectation is about a CHILD SA (`host`, `child`, `is`), an IKE SA (`host`, `ike`, "
             "`is`) or a `count` with `equals`, `at_least` or `at_most`.",
    .keys = expect_keys,
    .item_size = sizeof(struct scenario_expect),
    .line_offset = offsetof(struct scenario_expect, line),
};
