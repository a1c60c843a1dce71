#include "crypto/rand_provider.h"

#include <assert.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

#define PROVIDER_NAME "ikesim-rand"
#define RAND_NAME "IKESIM-STREAM"

/* ---- the stream ---- */

struct rand_stream {
    EVP_CIPHER *chacha20;
    EVP_CIPHER_CTX *cipher;
    bool keyed; /* `cipher` runs under `key` */
    uint8_t key[RAND_STREAM_KEY_LEN];
};

/* The stream of the operation that this thread is in. OpenSSL calls generate() without telling for
 * which operation, so that a thread is the only thing that links the two. */
static _Thread_local struct rand_stream *current_stream;

struct rand_stream *rand_stream_new(OSSL_LIB_CTX *lib)
{
    struct rand_stream *stream = OPENSSL_zalloc(sizeof *stream);

    if (stream == NULL) {
        return NULL;
    }
    stream->chacha20 = EVP_CIPHER_fetch(lib, "ChaCha20", NULL);
    stream->cipher = EVP_CIPHER_CTX_new();
    if (stream->chacha20 == NULL || stream->cipher == NULL) {
        rand_stream_free(stream);
        return NULL;
    }
    return stream;
}

void rand_stream_free(struct rand_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    assert(current_stream != stream);
    EVP_CIPHER_CTX_free(stream->cipher);
    EVP_CIPHER_free(stream->chacha20);
    OPENSSL_clear_free(stream, sizeof *stream);
}

void rand_stream_begin(struct rand_stream *stream, const uint8_t key[RAND_STREAM_KEY_LEN])
{
    assert(current_stream == NULL);
    memcpy(stream->key, key, RAND_STREAM_KEY_LEN);
    stream->keyed = false;
    current_stream = stream;
}

void rand_stream_end(struct rand_stream *stream)
{
    assert(current_stream == stream);
    OPENSSL_cleanse(stream->key, sizeof stream->key);
    current_stream = NULL;
}

static bool rand_stream_read(struct rand_stream *stream, uint8_t *out, size_t len)
{
    static const uint8_t counter_and_nonce[16];

    if (!stream->keyed) {
        if (!EVP_EncryptInit_ex2(stream->cipher, stream->chacha20, stream->key, counter_and_nonce,
                                 NULL)) {
            return false;
        }
        stream->keyed = true;
    }
    memset(out, 0, len);
    while (len > 0) {
        int part = len < 1 << 20 ? (int)len : 1 << 20;
        int written = 0;
        if (!EVP_EncryptUpdate(stream->cipher, out, &written, out, part) || written != part) {
            return false;
        }
        out += part;
        len -= (size_t)part;
    }
    return true;
}

/* ---- an EVP_RAND whose instances have no state of their own (provider-rand(7)) ---- */

static void *instance_new(void *provider, void *parent, const OSSL_DISPATCH *parent_calls)
{
    static char instance;

    (void)provider;
    (void)parent;
    (void)parent_calls;
    return &instance;
}

static void instance_free(void *instance)
{
    (void)instance;
}

static int instance_instantiate(void *instance, unsigned strength, int prediction_resistance,
                                const unsigned char *personal, size_t personal_len,
                                const OSSL_PARAM params[])
{
    (void)instance;
    (void)strength;
    (void)prediction_resistance;
    (void)personal;
    (void)personal_len;
    (void)params;
    return 1;
}

static int instance_uninstantiate(void *instance)
{
    (void)instance;
    return 1;
}

static int instance_generate(void *instance, unsigned char *out, size_t len, unsigned strength,
                             int prediction_resistance, const unsigned char *more, size_t more_len)
{
    (void)instance;
    (void)strength;
    (void)prediction_resistance;
    (void)more;
    (void)more_len;
    return current_stream != NULL && rand_stream_read(current_stream, out, len);
}

/* OpenSSL 3.0 locks the primary RAND, which its threads share; without state there is nothing to
 * lock. */
static int instance_enable_locking(void *instance)
{
    (void)instance;
    return 1;
}

static int instance_lock(void *instance)
{
    (void)instance;
    return 1;
}

static void instance_unlock(void *instance)
{
    (void)instance;
}

static const OSSL_PARAM *instance_gettable_params(void *instance, void *provider)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_int(OSSL_RAND_PARAM_STATE, NULL),
        OSSL_PARAM_uint(OSSL_RAND_PARAM_STRENGTH, NULL),
        OSSL_PARAM_size_t(OSSL_RAND_PARAM_MAX_REQUEST, NULL),
        OSSL_PARAM_END,
    };

    (void)instance;
    (void)provider;
    return known;
}

static int instance_get_params(void *instance, OSSL_PARAM params[])
{
    OSSL_PARAM *p;

    (void)instance;
    p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE);
    if (p != NULL && !OSSL_PARAM_set_int(p, EVP_RAND_STATE_READY)) {
        return 0;
    }
    p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH);
    if (p != NULL && !OSSL_PARAM_set_uint(p, 256)) {
        return 0;
    }
    p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST);
    if (p != NULL && !OSSL_PARAM_set_size_t(p, 1 << 20)) {
        return 0;
    }
    return 1;
}

/* OSSL_DISPATCH holds every function as void (*)(void); the core casts it back by its number. */
#define CALL(number, function)                                                                     \
    {                                                                                              \
        (number), (void (*)(void))(function)                                                       \
    }

static const OSSL_DISPATCH rand_calls[] = {
    CALL(OSSL_FUNC_RAND_NEWCTX, instance_new),
    CALL(OSSL_FUNC_RAND_FREECTX, instance_free),
    CALL(OSSL_FUNC_RAND_INSTANTIATE, instance_instantiate),
    CALL(OSSL_FUNC_RAND_UNINSTANTIATE, instance_uninstantiate),
    CALL(OSSL_FUNC_RAND_GENERATE, instance_generate),
    CALL(OSSL_FUNC_RAND_ENABLE_LOCKING, instance_enable_locking),
    CALL(OSSL_FUNC_RAND_LOCK, instance_lock),
    CALL(OSSL_FUNC_RAND_UNLOCK, instance_unlock),
    CALL(OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, instance_gettable_params),
    CALL(OSSL_FUNC_RAND_GET_CTX_PARAMS, instance_get_params),
    {0, NULL},
};

/* ---- the provider around it (provider-base(7)) ---- */

static const OSSL_ALGORITHM *provider_query(void *provider, int operation, int *no_cache)
{
    static const OSSL_ALGORITHM rands[] = {
        {RAND_NAME, "provider=" PROVIDER_NAME, rand_calls, "draws of one keyed operation"},
        {NULL, NULL, NULL, NULL},
    };

    (void)provider;
    *no_cache = 0;
    return operation == OSSL_OP_RAND ? rands : NULL;
}

static int provider_init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *core_calls,
                         const OSSL_DISPATCH **calls, void **context)
{
    static const OSSL_DISPATCH provider_calls[] = {
        CALL(OSSL_FUNC_PROVIDER_QUERY_OPERATION, provider_query),
        {0, NULL},
    };

    (void)core_calls;
    *calls = provider_calls;
    /* OpenSSL wants a context that is not NULL; nothing of ours is in it. */
    *context = (void *)(uintptr_t)core;
    return 1;
}

bool rand_provider_install(OSSL_LIB_CTX *lib, OSSL_PROVIDER **provider)
{
    *provider = NULL;
    if (!OSSL_PROVIDER_add_builtin(lib, PROVIDER_NAME, provider_init)) {
        return false;
    }
    *provider = OSSL_PROVIDER_load(lib, PROVIDER_NAME);
    /* The seed source too: else the primary RAND would be given one that opens the OS's. */
    return *provider != NULL && RAND_set_seed_source_type(lib, RAND_NAME, NULL) &&
           RAND_set_DRBG_type(lib, RAND_NAME, NULL, NULL, NULL);
}
