/* What the tests of crypto/ share: hex, vectors in JSON, and entropy that a test decides. */
#ifndef IKESIM_TESTS_CRYPTO_SUPPORT_H
#define IKESIM_TESTS_CRYPTO_SUPPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/entropy.h"
#include "crypto/proposal.h"

struct octets {
    size_t len;
    uint8_t data[4608];
};

/* Aborts on what is not hex, or too long. */
void octets_from_hex(struct octets *out, const char *hex);

/* The member `key` of a JSON object as octets; empty where it is absent. */
void octets_get(struct octets *out, const json_t *object, const char *key);

static inline struct crypto_bytes octets_view(const struct octets *octets)
{
    return crypto_bytes(octets->data, octets->len);
}

/* A string member; "" where it is absent. */
const char *json_text(const json_t *object, const char *key);

/* Vectors of the tree: aborts if they cannot be read. */
json_t *load_data(const char *name);

/* Vectors beside the checkout: NULL, and a word about it, where they are absent. */
json_t *load_shared(const char *name);

/* The row with this IANA name; aborts if there is none. */
const struct crypto_transform *transform_named(enum crypto_transform_type type, const char *name);

/* Parses and resolves; aborts if that fails. */
struct crypto_suite suite_of(enum crypto_protocol protocol, const char *text);

/* A context; aborts if there is none. */
struct crypto_context *context_or_die(void);

/* Draws that are a function of the identity of the draw alone. */
extern const struct crypto_entropy identity_entropy;

/* Draws a given private scalar; all else as identity_entropy. */
struct crypto_entropy scalar_entropy(const struct octets *scalar);

#endif
