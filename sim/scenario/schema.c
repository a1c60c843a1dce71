#include "sim/scenario/schema.h"

#include <string.h>

#include "sim/scenario/schema_fields.h"
#include "sim/scenario/values.h"

static const struct schema_word keys_modes[] = {
    {"fresh", SCENARIO_KEYS_FRESH, "new key-exchange keys are drawn for every exchange"},
    {"pooled", SCENARIO_KEYS_POOLED,
     "key pairs are taken from a pool of 32 for each group and used again (RFC 7296 §2.12), and "
     "shared secrets that were computed once are looked up: a tenth of the time for many tunnels. "
     "All octets are as real, the simulated CPU is charged as much, but exchanges share keys"},
    {0},
};

const struct schema_word schema_cost_kinds[] = {
    {"keygen", CRYPTO_COST_KEYGEN, "a key-exchange key pair; transform: a key exchange method"},
    {"derive", CRYPTO_COST_DERIVE, "a shared secret; transform: a key exchange method"},
    {"sign", CRYPTO_COST_SIGN, "a signature made; transform: a kind of key, as `rsa2048`"},
    {"verify", CRYPTO_COST_VERIFY, "a signature checked; transform: a kind of key"},
    {"prf", CRYPTO_COST_PRF, "one call of the PRF; transform: a PRF"},
    {"seal", CRYPTO_COST_SEAL, "one packet encrypted; transform: an encryption algorithm"},
    {"open", CRYPTO_COST_OPEN, "one packet decrypted; transform: an encryption algorithm"},
    {"parse", CRYPTO_COST_PARSE, "one message read or written; no transform"},
    {0},
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
     .max = UINT64_C(1000000000), /* 1ms: a message of 64 KiB takes a minute */
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
     FIELD(struct scenario, keys)},
    {.name = "dns_delay",
     .type = SCHEMA_DURATION,
     .fallback = "0s",
     .max = VALUES_DURATION_MAX,
     .meaning = "time that the resolver of a host takes for a name that a redirect has",
     FIELD(struct scenario, dns_delay)},
    {.name = "pairs",
     .type = SCHEMA_NUMBER,
     .fallback = "0",
     .max = 500000,
     .meaning = "of two hosts, one of which connects to the other, so many pairs are made; 0: the "
                "hosts are what they are",
     FIELD(struct scenario, pairs)},
    {.name = "hosts",
     .type = SCHEMA_BLOCKS,
     .required = true,
     .block = &schema_host,
     .min = 1,
     .max = 1000000,
     .meaning = "the hosts",
     ARRAY(struct scenario, templates, template_count)},
    {.name = "authorities",
     .type = SCHEMA_BLOCKS,
     .block = &schema_authority,
     .max = 64,
     .meaning = "certificate authorities that the scenario makes for its hosts",
     ARRAY(struct scenario, authorities, authority_count)},
    {.name = "nats",
     .type = SCHEMA_BLOCKS,
     .block = &schema_nat,
     .max = 10000,
     .meaning = "NAT boxes",
     ARRAY(struct scenario, nats, nat_count)},
    {.name = "attackers",
     .type = SCHEMA_BLOCKS,
     .block = &schema_attacker,
     .max = 1000,
     .meaning = "who sits on the links",
     ARRAY(struct scenario, attackers, attacker_count)},
    {.name = "links",
     .type = SCHEMA_BLOCKS,
     .block = &schema_link_block,
     .max = 1000000,
     .meaning = "the links between them",
     ARRAY(struct schema_draft, links, link_count)},
    {.name = "script",
     .type = SCHEMA_BLOCKS,
     .block = &schema_script,
     .max = 1000000,
     .meaning = "what happens when",
     ARRAY(struct scenario, script, script_count)},
    {.name = "expect",
     .type = SCHEMA_BLOCKS,
     .block = &schema_expect,
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
    {.name = "record",
     .type = SCHEMA_BLOCK,
     .block = &schema_record,
     .otherwise = "everything is",
     .meaning = "of which pairs events are recorded"},
    {.name = "series",
     .type = SCHEMA_BLOCK,
     .block = &schema_series,
     .otherwise = "as below",
     .meaning = "time series over all of them"},
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

const char *scenario_keys_name(uint32_t keys)
{
    return schema_word(keys_modes, keys);
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

bool schema_cost_of_key(uint8_t kind)
{
    return kind == CRYPTO_COST_SIGN || kind == CRYPTO_COST_VERIFY;
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
    if (schema_cost_of_key(kind)) {
        return schema_word(schema_key_kinds, transform);
    }
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
        if (key->words) {
            return "a duration such as 500ms, in ns, us, ms, s, m, h or d, or a word of the key";
        }
        return "a duration such as 40ms, in ns, us, ms, s, m, h or d";
    case SCHEMA_PRICE:
        return "a price such as 500ns, in ps, ns, us, ms or s";
    case SCHEMA_PROBABILITY:
        return "a percentage such as 5%";
    case SCHEMA_GEMODEL:
        return "two to four percentages such as [1%, 20%, 100%, 0%]";
    case SCHEMA_RATE:
        return "a rate such as 100mbit, in bit, kbit, mbit or gbit";
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
        return "an address such as 192.0.2.10 or 2001:db8::10";
    case SCHEMA_EPOCH:
        return "a time such as 2025-01-01T00:00:00Z";
    case SCHEMA_SECRET:
        return "a secret: text, or 0x and hexadecimal digits";
    case SCHEMA_OCTETS:
        return "octets: 0x and hexadecimal digits, or a text";
    case SCHEMA_IDENTITY:
        return "an identity such as gw.example.org, alice@example.org, 192.0.2.10 or keyid:blue";
    case SCHEMA_IKE_PROPOSALS:
        return "a list of proposals such as [aes128-sha256-x25519]";
    case SCHEMA_ESP_PROPOSALS:
        return "a list of proposals such as [aes128gcm16]";
    case SCHEMA_AH_PROPOSALS:
        return "a list of proposals such as [sha256]";
    case SCHEMA_SELECTORS:
        return "a list of networks such as [10.1.0.0/24]";
    case SCHEMA_TEXTS:
        return "a list such as [ca.pem]";
    case SCHEMA_NAMES:
        return "a list of names such as [gw]";
    case SCHEMA_PAIR:
        return "two hosts such as [alice, gw]";
    case SCHEMA_BLOCK:
        return "a mapping of keys to values";
    case SCHEMA_BLOCKS:
        return "a list of mappings";
    }
    return "";
}
