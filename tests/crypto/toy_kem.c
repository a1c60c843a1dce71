#include "tests/crypto/toy_kem.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static OSSL_LIB_CTX *library;
static OSSL_PROVIDER *toy;

struct key {
    bool has_private;
    uint8_t private[TOY_SECRET_LEN], public[TOY_KEY_LEN];
};

/* Mixes octets, and hides nothing. */
static void stir(uint8_t *out, size_t len, const uint8_t *in, size_t in_len, uint8_t first)
{
    uint32_t state = first + UINT32_C(2166136261);

    for (size_t i = 0; i < in_len; i++) {
        state = (state ^ in[i]) * UINT32_C(16777619);
    }
    for (size_t i = 0; i < len; i++) {
        state = state * UINT32_C(1664525) + UINT32_C(1013904223);
        out[i] = (uint8_t)(state >> 24);
    }
}

/* ---- key management (provider-keymgmt(7)) ---- */

static void *key_new(void *provider)
{
    (void)provider;
    return calloc(1, sizeof(struct key));
}

static void key_free(void *key)
{
    free(key);
}

static int key_has(const void *data, int selection)
{
    const struct key *key = data;

    return !(selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) || key->has_private;
}

static void *generator_new(void *provider, int selection, const OSSL_PARAM params[])
{
    static char generator;

    (void)provider;
    (void)selection;
    (void)params;
    return &generator;
}

static void *generate(void *generator, OSSL_CALLBACK *callback, void *argument)
{
    struct key *key = key_new(NULL);

    (void)generator;
    (void)callback;
    (void)argument;
    if (key == NULL || RAND_priv_bytes_ex(library, key->private, sizeof key->private, 0) <= 0) {
        free(key);
        return NULL;
    }
    key->has_private = true;
    stir(key->public, sizeof key->public, key->private, sizeof key->private, 1);
    key->public[0] = 'T';
    return key;
}

static void generator_free(void *generator)
{
    (void)generator;
}

/* A key of another first octet stands for one that FIPS 203 §7.2 refuses. */
static int key_import(void *data, int selection, const OSSL_PARAM params[])
{
    const OSSL_PARAM *public = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PUB_KEY);
    struct key *key = data;
    const void *octets;
    size_t len;

    (void)selection;
    if (public == NULL || !OSSL_PARAM_get_octet_string_ptr(public, &octets, &len) ||
        len != sizeof key->public || *(const uint8_t *)octets != 'T') {
        return 0;
    }
    memcpy(key->public, octets, len);
    return 1;
}

static const OSSL_PARAM *key_import_types(int selection)
{
    static const OSSL_PARAM types[] = {
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)selection;
    return types;
}

static int key_get(void *data, OSSL_PARAM params[])
{
    OSSL_PARAM *encoded = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY);
    const struct key *key = data;

    return encoded == NULL || OSSL_PARAM_set_octet_string(encoded, key->public, sizeof key->public);
}

static const OSSL_PARAM *key_gettable(void *provider)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)provider;
    return known;
}

#define CALL(number, function)                                                                     \
    {                                                                                              \
        (number), (void (*)(void))(function)                                                       \
    }

static const OSSL_DISPATCH key_calls[] = {
    CALL(OSSL_FUNC_KEYMGMT_NEW, key_new),
    CALL(OSSL_FUNC_KEYMGMT_FREE, key_free),
    CALL(OSSL_FUNC_KEYMGMT_HAS, key_has),
    CALL(OSSL_FUNC_KEYMGMT_GEN_INIT, generator_new),
    CALL(OSSL_FUNC_KEYMGMT_GEN, generate),
    CALL(OSSL_FUNC_KEYMGMT_GEN_CLEANUP, generator_free),
    CALL(OSSL_FUNC_KEYMGMT_IMPORT, key_import),
    CALL(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_import_types),
    CALL(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get),
    CALL(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable),
    {0, NULL},
};

/* ---- encapsulation (provider-kem(7)) ---- */

struct operation {
    const struct key *key;
};

static void *operation_new(void *provider)
{
    (void)provider;
    return calloc(1, sizeof(struct operation));
}

static void operation_free(void *operation)
{
    free(operation);
}

static int operation_begin(void *data, void *key, const OSSL_PARAM params[])
{
    struct operation *operation = data;

    (void)params;
    operation->key = key;
    return 1;
}

static void make_secret(const struct key *key, const uint8_t *random, uint8_t *secret)
{
    uint8_t both[TOY_SECRET_LEN + TOY_KEY_LEN];

    memcpy(both, random, TOY_SECRET_LEN);
    memcpy(both + TOY_SECRET_LEN, key->public, TOY_KEY_LEN);
    stir(secret, TOY_SECRET_LEN, both, sizeof both, 2);
}

static int encapsulate(void *data, unsigned char *out, size_t *out_len, unsigned char *secret,
                       size_t *secret_len)
{
    const struct operation *operation = data;

    *out_len = TOY_CIPHERTEXT_LEN;
    *secret_len = TOY_SECRET_LEN;
    if (out == NULL) {
        return 1;
    }
    if (RAND_bytes_ex(library, out, TOY_SECRET_LEN, 0) <= 0) {
        return 0;
    }
    stir(out + TOY_SECRET_LEN, TOY_CIPHERTEXT_LEN - TOY_SECRET_LEN, out, TOY_SECRET_LEN, 3);
    make_secret(operation->key, out, secret);
    return 1;
}

static int decapsulate(void *data, unsigned char *out, size_t *out_len, const unsigned char *in,
                       size_t in_len)
{
    const struct operation *operation = data;

    *out_len = TOY_SECRET_LEN;
    if (in_len != TOY_CIPHERTEXT_LEN || !operation->key->has_private) {
        return 0;
    }
    if (out != NULL) {
        make_secret(operation->key, in, out);
    }
    return 1;
}

static const OSSL_DISPATCH kem_calls[] = {
    CALL(OSSL_FUNC_KEM_NEWCTX, operation_new),
    CALL(OSSL_FUNC_KEM_FREECTX, operation_free),
    CALL(OSSL_FUNC_KEM_ENCAPSULATE_INIT, operation_begin),
    CALL(OSSL_FUNC_KEM_ENCAPSULATE, encapsulate),
    CALL(OSSL_FUNC_KEM_DECAPSULATE_INIT, operation_begin),
    CALL(OSSL_FUNC_KEM_DECAPSULATE, decapsulate),
    {0, NULL},
};

/* ---- the provider ---- */

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
    static const OSSL_ALGORITHM keys[] = {{"ML-KEM-768", "provider=toy", key_calls, "a toy"},
                                          {NULL, NULL, NULL, NULL}};
    static const OSSL_ALGORITHM kems[] = {{"ML-KEM-768", "provider=toy", kem_calls, "a toy"},
                                          {NULL, NULL, NULL, NULL}};

    (void)provider;
    *no_cache = 0;
    return operation == OSSL_OP_KEYMGMT ? keys : operation == OSSL_OP_KEM ? kems : NULL;
}

static int init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *core_calls,
                const OSSL_DISPATCH **calls, void **context)
{
    static const OSSL_DISPATCH provider_calls[] = {
        CALL(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
        {0, NULL},
    };

    (void)core_calls;
    *calls = provider_calls;
    *context = (void *)(uintptr_t)core;
    return 1;
}

bool toy_kem_install(OSSL_LIB_CTX *lib)
{
    library = lib;
    toy = OSSL_PROVIDER_add_builtin(lib, "toy", init) ? OSSL_PROVIDER_load(lib, "toy") : NULL;
    return toy != NULL;
}

void toy_kem_remove(void)
{
    OSSL_PROVIDER_unload(toy);
}
