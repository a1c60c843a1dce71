/*
 * What a scenario file may say: every key with its type, default and meaning, in one table from
 * which the reader, its error messages, --set and docs/scenarios.md are made.
 */
#ifndef IKESIM_SIM_SCENARIO_SCHEMA_H
#define IKESIM_SIM_SCENARIO_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/scenario.h"

enum schema_type {
    SCHEMA_TEXT,
    SCHEMA_NAME,        /* [A-Za-z0-9_.-]+ */
    SCHEMA_DURATION,    /* ns in a uint64_t */
    SCHEMA_PRICE,       /* ps in a uint64_t */
    SCHEMA_PROBABILITY, /* net_probability */
    SCHEMA_GEMODEL,     /* struct net_gemodel: [p, r, 1-h, 1-k] */
    SCHEMA_RATE,        /* bits a second, "100mbit" */
    SCHEMA_SIZE,        /* octets, "56B" */
    SCHEMA_MTU,         /* octets, "1500", as `ip link` has it */
    SCHEMA_NUMBER,
    SCHEMA_FACTOR, /* thousandths, "1.8" */
    SCHEMA_BOOL,
    SCHEMA_CHOICE,
    SCHEMA_ADDRESS, /* struct net_address */
    SCHEMA_EPOCH,   /* int64_t seconds */
    SCHEMA_SECRET,  /* struct crypto_bytes */
    SCHEMA_OCTETS,  /* the same, and no secret */
    SCHEMA_IDENTITY,
    SCHEMA_IKE_PROPOSALS, /* const struct crypto_proposal * and a count */
    SCHEMA_ESP_PROPOSALS,
    SCHEMA_AH_PROPOSALS, /* appended to what is there */
    SCHEMA_SELECTORS,    /* const struct ike_selector * and a count; 0 for "dynamic" */
    SCHEMA_TEXTS,        /* const char ** and a count */
    SCHEMA_NAMES,        /* const char *const * and a count */
    SCHEMA_PAIR,         /* two const char *, one behind the other */
    SCHEMA_BLOCK,        /* a mapping whose keys lie in the same struct */
    SCHEMA_BLOCKS,       /* a list of mappings: array pointer and a count */
};

/* A word of a choice. */
struct schema_word {
    const char *word;
    int64_t value;
    const char *meaning;
};

struct schema;

/* Keys that one block may have. */
#define SCHEMA_KEYS_MAX 80

struct schema_key {
    const char *name;
    enum schema_type type;
    bool required;
    bool hosts; /* of selectors: a network is its hosts, without its first and last address */
    const char *fallback;  /* the default as it would be written; NULL: none, or `otherwise` */
    const char *otherwise; /* a default that depends on other keys, in words */
    const char *meaning;
    uint64_t min, max; /* of numbers in their own unit */
    /* Of a choice, ended by a NULL word; of a duration, what may stand in its place. */
    const struct schema_word *words;
    const struct schema *block;
    size_t offset, size, count_offset;
};

struct schema {
    const char *what;              /* "a host" */
    const char *path;              /* "hosts[]" */
    const char *intro;             /* for the docs */
    const struct schema_key *keys; /* ended by a NULL name */
    size_t item_size;              /* of list items */
    size_t line_offset;            /* of `int line, column` in the item; SIZE_MAX: none */
    bool by_name;                  /* --set paths may say the item's name */
    bool overlay;                  /* absent keys keep what is there: defaults are not filled in */
    const char *absent;            /* what holds then: "as the link" */
};

/* A change of a link while it is read. */
struct schema_link_change {
    uint64_t at;
    struct net_link_policy policy;
};

/* Keys of a link, top level and by direction, in a struct of their own until both directions are
 * known. */
struct schema_link {
    const char *a, *b;
    bool shared;
    int line, column;
    struct net_link_policy both, forward, backward;
    size_t both_change_count, forward_change_count, backward_change_count;
    struct schema_link_change *both_changes, *forward_changes, *backward_changes;
};

/* A row of `costs`. */
struct schema_cost {
    uint8_t kind;                        /* enum crypto_cost_kind */
    const char *transform;               /* NULL: any */
    uint64_t per_operation, per_byte_ps; /* ns, ps */
};

/* A scenario while it is read; `scenario` comes first, and the arena owns everything but this
 * struct. */
struct schema_draft {
    struct scenario scenario;
    struct arena arena;
    size_t link_count, cost_count;
    struct schema_link *links;
    struct schema_cost *costs;
};

extern const struct schema schema_scenario;

/* What a link does, as offsets into a struct schema_link_change: keys for reading and writing a
 * policy alone. */
extern const struct schema schema_policy;

/* The key of that name, NULL if there is none. */
const struct schema_key *schema_find(const struct schema *schema, const char *name);

/* The word of a value, NULL if there is none. */
const char *schema_word(const struct schema_word *words, int64_t value);

/* A kind of cost whose transform is a kind of key (schema_key_kinds). */
bool schema_cost_of_key(uint8_t kind);

/* Transform type that a kind of cost is about, 0 if it is about none. */
uint8_t schema_cost_type(uint8_t kind);

/* Name of the transform of a cost row, strongSwan's word if it has one; NULL if it is for any. */
const char *schema_cost_transform(uint8_t kind, uint16_t transform);

extern const struct schema_word schema_auths[], schema_key_kinds[], schema_revocations[],
    schema_signatures[];

/* Values of schema_signatures that are no scheme's. */
enum { SCHEMA_SIGNATURE_AUTO, SCHEMA_SIGNATURE_CLASSIC, SCHEMA_SIGNATURE_SCHEMES };

extern const struct schema_word schema_counts[], schema_orders[], schema_editors[],
    schema_payloads[], schema_exchanges[], schema_uniques[], schema_fragmentations[],
    schema_childless[], schema_redirect_places[], schema_cost_kinds[], schema_dependences[],
    schema_strategies[], schema_prey[], schema_traffic_kinds[], schema_traffic_times[],
    schema_cpu_classes[], schema_priorities[], schema_dpd_actions[], schema_spreads[],
    schema_connect_bys[], schema_syncs[];

/* What stands for an ESP packet in struct scenario_match's `exchange` while it is read. */
#define SCHEMA_EXCHANGE_ESP 255

/* "a duration such as 40ms": what a key expects, for errors and docs. */
const char *schema_expects(const struct schema_key *key);

/* An expectation on one line, as the reader would take it; `all`: its defaults too. */
char *schema_expect_text(struct arena *arena, const struct scenario *scenario,
                         const struct scenario_expect *expect, bool all);

/* The tables of docs/scenarios.md, in Markdown; malloc'ed. */
char *schema_markdown(void);

#endif
