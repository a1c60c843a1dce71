/*
 * Values with units in text: exact integers on the way in, and on the way out a text that reads
 * back as the same value. No floating point.
 */
#ifndef IKESIM_SIM_SCENARIO_VALUES_H
#define IKESIM_SIM_SCENARIO_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "ike/endpoint.h"
#include "sim/net/address.h"
#include "sim/net/link.h"
#include "sim/scenario/arena.h"

/* A century: sums of a few of them, and of one with an epoch, stay below 2^64 ns. */
#define VALUES_DURATION_MAX (UINT64_C(36500) * 86400 * 1000000000)

/* A century in ps does not fit; an hour for one operation is more than any machine needs. */
#define VALUES_PRICE_MAX (UINT64_C(3600) * 1000000000000)

/* Seconds of 2200-01-01T00:00:00Z: with a century of virtual time behind it, nanoseconds since
 * 1970 still fit into 64 bits, as pcapng keeps them. */
#define VALUES_EPOCH_MAX INT64_C(7258118400)

struct values_reader {
    struct arena *arena;
    const char *meant; /* the text that may have been meant, NULL if nothing is near */
    size_t at;         /* offset of what is wrong within the text */
};

/* Each reader returns NULL if the text is right, or else what is wrong with it: "has no unit", to
 * follow the quoted text; it lives in the arena, as does what `out` points to. */
const char *values_read_number(struct values_reader *reader, const char *text, uint64_t *out);
const char *values_read_duration(struct values_reader *reader, const char *text, uint64_t *ns);
const char *values_read_price(struct values_reader *reader, const char *text, uint64_t *ps);
const char *values_read_probability(struct values_reader *reader, const char *text,
                                    net_probability *out);
const char *values_read_size(struct values_reader *reader, const char *text, uint64_t *octets);
const char *values_read_rate(struct values_reader *reader, const char *text, uint64_t *bits);
const char *values_read_factor(struct values_reader *reader, const char *text,
                               uint64_t *thousandths);
const char *values_read_epoch(struct values_reader *reader, const char *text, int64_t *seconds);
const char *values_read_selector(struct values_reader *reader, const char *text,
                                 struct ike_selector *out);
const char *values_read_identity(struct values_reader *reader, const char *text,
                                 struct ike_identity *out);
/* Takes the first and the last address off what is a network, for no host has them; one of fewer
 * than four addresses stays whole, as does any other range. */
void values_selector_keep_hosts(struct ike_selector *selector);
/* "0x" and hexadecimal digits, or the text as it is. */
const char *values_read_secret(struct values_reader *reader, const char *text,
                               struct crypto_bytes *out);

/* Each writer's text lives in `arena`. */
char *values_print_duration(struct arena *arena, uint64_t ns);
char *values_print_price(struct arena *arena, uint64_t ps);
char *values_print_rate(struct arena *arena, uint64_t bits);
char *values_print_probability(struct arena *arena, net_probability p);
char *values_print_factor(struct arena *arena, uint64_t thousandths);
char *values_print_epoch(struct arena *arena, int64_t seconds);
char *values_print_selector(struct arena *arena, const struct ike_selector *selector);
char *values_print_secret(struct arena *arena, struct crypto_bytes secret);

/* The selector's first and last address. */
void values_selector_range(const struct ike_selector *selector, struct net_address *start,
                           struct net_address *end);

/* First address that a host may have in the selector's range: behind the network's own address,
 * where the range is a whole network. */
struct net_address values_first_usable(const struct ike_selector *selector);

/* True if the range holds the address. */
bool values_selector_holds(const struct ike_selector *selector, const struct net_address *address);

#endif
