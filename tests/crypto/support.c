#include "tests/crypto/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void die(const char *what, const char *detail)
{
    fprintf(stderr, "%s: %s\n", what, detail);
    abort();
}

static unsigned hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

    if (at == NULL) {
        die("not hex", &c);
    }
    return (unsigned)(at - digits);
}

void octets_from_hex(struct octets *out, const char *hex)
{
    size_t len = strlen(hex);

    if (len % 2 != 0 || len / 2 > sizeof out->data) {
        die("octets of odd or too great length", hex);
    }
    out->len = len / 2;
    for (size_t i = 0; i < out->len; i++) {
        out->data[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    }
}

const char *json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

void octets_get(struct octets *out, const json_t *object, const char *key)
{
    octets_from_hex(out, json_text(object, key));
}

json_t *load_data(const char *name)
{
    char path[512];
    json_error_t error;

    snprintf(path, sizeof path, "%s/%s", IKESIM_TEST_DATA, name);
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL) {
        die(path, error.text);
    }
    return root;
}

json_t *load_shared(const char *name)
{
    char path[512];
    json_error_t error;

    snprintf(path, sizeof path, "%s/%s", IKESIM_SHARED, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("skipped: no ../shared/%s\n", name);
        return NULL;
    }
    json_t *root = json_loadf(file, 0, &error);
    fclose(file);
    if (root == NULL) {
        die(path, error.text);
    }
    return root;
}

const struct crypto_transform *transform_named(enum crypto_transform_type type, const char *name)
{
    size_t count;
    const struct crypto_transform *rows = crypto_transform_table(&count);

    for (size_t i = 0; i < count; i++) {
        if (rows[i].type == type && strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    die("no such transform", name);
}

struct crypto_suite suite_of(enum crypto_protocol protocol, const char *text)
{
    struct crypto_proposal proposal;
    struct crypto_proposal_error error;
    struct crypto_suite suite;

    if (crypto_proposal_parse(protocol, text, &proposal, &error) != 0) {
        die(text, error.message);
    }
    if (!crypto_suite_resolve(&proposal, &suite)) {
        die("not one transform of each type", text);
    }
    return suite;
}

struct crypto_context *context_or_die(void)
{
    char why[256];
    struct crypto_context *ctx = crypto_context_new(why, sizeof why);

    if (ctx == NULL) {
        die("no context", why);
    }
    return ctx;
}

/* SplitMix64's finisher: as good as any hash for telling draws apart. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static void fill_by_identity(void *context, const struct crypto_draw *draw, uint8_t *out,
                             size_t len)
{
    uint64_t state = mix(draw->entity);

    (void)context;
    state = mix(state ^ draw->sa);
    state = mix(state ^ ((uint64_t)draw->exchange << 32 | draw->message_id));
    state = mix(state ^ ((uint64_t)draw->field << 32 | draw->instance));
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)mix(state ^ i);
    }
}

const struct crypto_entropy identity_entropy = {.fill = fill_by_identity};

static void fill_scalar(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    const struct octets *scalar = context;

    if (draw->field != CRYPTO_DRAW_KE_PRIVATE) {
        fill_by_identity(NULL, draw, out, len);
        return;
    }
    /* Big-endian scalars may come with more or fewer leading zeros than the group has octets. */
    memset(out, 0, len);
    size_t skip = scalar->len > len ? scalar->len - len : 0;
    for (size_t i = 0; i < skip; i++) {
        if (scalar->data[i] != 0) {
            die("scalar", "too long for its group");
        }
    }
    memcpy(out + len - (scalar->len - skip), scalar->data + skip, scalar->len - skip);
}

struct crypto_entropy scalar_entropy(const struct octets *scalar)
{
    return (struct crypto_entropy){.fill = fill_scalar, .context = (void *)(uintptr_t)scalar};
}
