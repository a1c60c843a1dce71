#include "crypto/context.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <string.h>

#include "crypto/context_internal.h"

/* Each step returns NULL, or the name of what OpenSSL could not give. */

static const char *load_providers(struct crypto_context *ctx)
{
    ctx->lib = OSSL_LIB_CTX_new();
    if (ctx->lib == NULL) {
        return "a library context";
    }
    ctx->default_provider = OSSL_PROVIDER_load(ctx->lib, "default");
    if (ctx->default_provider == NULL) {
        return "the default provider";
    }
    if (!rand_provider_install(ctx->lib, &ctx->rand_provider)) {
        return "a RAND of a built-in provider";
    }
    ctx->rand = rand_stream_new(ctx->lib);
    return ctx->rand == NULL ? "ChaCha20" : NULL;
}

static const char *fetch_mds(struct crypto_context *ctx)
{
    static const char *const names[CONTEXT_MDS] = {"SHA1", "SHA256", "SHA384", "SHA512"};

    for (size_t i = 0; i < CONTEXT_MDS; i++) {
        ctx->mds[i].name = names[i];
        ctx->mds[i].md = EVP_MD_fetch(ctx->lib, names[i], NULL);
        if (ctx->mds[i].md == NULL) {
            return names[i];
        }
    }
    return NULL;
}

/* Puts the key length where the name has a place for it. */
static void write_name(char name[32], const char *pattern, unsigned key_bits)
{
    const char *place = strstr(pattern, "%u");

    if (place == NULL) {
        snprintf(name, 32, "%s", pattern);
    } else {
        snprintf(name, 32, "%.*s%u%s", (int)(place - pattern), pattern, key_bits, place + 2);
    }
}

static const char *fetch_ciphers(struct crypto_context *ctx)
{
    static const struct {
        const char *name;
        uint16_t key_bits;
    } wanted[CONTEXT_CIPHERS] = {
        {"AES-%u-CBC", 128},        {"AES-%u-CBC", 192},   {"AES-%u-CBC", 256}, {"AES-%u-CTR", 128},
        {"AES-%u-CTR", 192},        {"AES-%u-CTR", 256},   {"AES-%u-GCM", 128}, {"AES-%u-GCM", 192},
        {"AES-%u-GCM", 256},        {"AES-%u-CCM", 128},   {"AES-%u-CCM", 192}, {"AES-%u-CCM", 256},
        {"ChaCha20-Poly1305", 256}, {"DES-EDE3-CBC", 192},
    };

    for (size_t i = 0; i < CONTEXT_CIPHERS; i++) {
        char name[32];
        write_name(name, wanted[i].name, wanted[i].key_bits);
        ctx->ciphers[i].name = wanted[i].name;
        ctx->ciphers[i].key_bits = wanted[i].key_bits;
        ctx->ciphers[i].cipher = EVP_CIPHER_fetch(ctx->lib, name, NULL);
        if (ctx->ciphers[i].cipher == NULL) {
            return wanted[i].name;
        }
    }
    return NULL;
}

static const char *fetch_groups(struct crypto_context *ctx)
{
    static const struct {
        uint16_t ke;
        int nid;
    } wanted[CONTEXT_GROUPS] = {
        {CRYPTO_KE_ECP_256, NID_X9_62_prime256v1},
        {CRYPTO_KE_ECP_384, NID_secp384r1},
        {CRYPTO_KE_ECP_521, NID_secp521r1},
        {CRYPTO_KE_BRAINPOOL_P224R1, NID_brainpoolP224r1},
        {CRYPTO_KE_BRAINPOOL_P256R1, NID_brainpoolP256r1},
        {CRYPTO_KE_BRAINPOOL_P384R1, NID_brainpoolP384r1},
        {CRYPTO_KE_BRAINPOOL_P512R1, NID_brainpoolP512r1},
    };

    ctx->bn = BN_CTX_new_ex(ctx->lib);
    if (ctx->bn == NULL) {
        return "a BN_CTX";
    }
    for (size_t i = 0; i < CONTEXT_GROUPS; i++) {
        ctx->groups[i].ke = wanted[i].ke;
        ctx->groups[i].group = EC_GROUP_new_by_curve_name_ex(ctx->lib, NULL, wanted[i].nid);
        if (ctx->groups[i].group == NULL) {
            return OBJ_nid2sn(wanted[i].nid);
        }
    }
    return NULL;
}

/* RFC 7296 appendix B.2 for the first, which is RFC 2409's, RFC 3526 for the rest. */
static const char *make_modps(struct crypto_context *ctx)
{
    static const struct {
        uint16_t ke;
        BIGNUM *(*prime)(BIGNUM *);
    } wanted[CONTEXT_MODPS] = {
        {CRYPTO_KE_MODP_1024, BN_get_rfc2409_prime_1024},
        {CRYPTO_KE_MODP_1536, BN_get_rfc3526_prime_1536},
        {CRYPTO_KE_MODP_2048, BN_get_rfc3526_prime_2048},
        {CRYPTO_KE_MODP_3072, BN_get_rfc3526_prime_3072},
        {CRYPTO_KE_MODP_4096, BN_get_rfc3526_prime_4096},
        {CRYPTO_KE_MODP_6144, BN_get_rfc3526_prime_6144},
        {CRYPTO_KE_MODP_8192, BN_get_rfc3526_prime_8192},
    };

    for (size_t i = 0; i < CONTEXT_MODPS; i++) {
        struct modp_group *group = &ctx->modps[i];
        group->ke = wanted[i].ke;
        group->p = wanted[i].prime(NULL);
        group->mont = BN_MONT_CTX_new();
        if (group->p == NULL || group->mont == NULL ||
            !BN_MONT_CTX_set(group->mont, group->p, ctx->bn)) {
            return crypto_transform_find(CRYPTO_KE, wanted[i].ke)->name;
        }
    }
    return NULL;
}

static const char *make_workspace(struct crypto_context *ctx)
{
    ctx->digest = EVP_MD_CTX_new();
    if (ctx->digest == NULL || !mac_new(&ctx->prf) || !key_cache_new(&ctx->keys)) {
        return "memory for keyed contexts";
    }
    return NULL;
}

struct crypto_context *crypto_context_new(char *why, size_t why_cap)
{
    static const char *(*const steps[])(struct crypto_context *) = {
        load_providers, fetch_mds, fetch_ciphers, fetch_groups, make_modps, make_workspace,
    };
    struct crypto_context *ctx = OPENSSL_zalloc(sizeof *ctx);
    const char *missing = ctx == NULL ? "memory" : NULL;

    for (size_t i = 0; missing == NULL && i < sizeof steps / sizeof steps[0]; i++) {
        missing = steps[i](ctx);
    }
    if (missing == NULL) {
        return ctx;
    }

    char reason[160] = "no reason given";
    unsigned long code = ERR_peek_last_error();
    if (code != 0) {
        ERR_error_string_n(code, reason, sizeof reason);
    }
    ERR_clear_error();
    if (why_cap > 0) {
        snprintf(why, why_cap, "%s does not give %s: %s", crypto_openssl_version(), missing,
                 reason);
    }
    crypto_context_free(ctx);
    return NULL;
}

void crypto_context_free(struct crypto_context *ctx)
{
    if (ctx == NULL) {
        return;
    }
    context_legacy_done(ctx);
    sign_cache_done(&ctx->sign_keys);
    kex_pool_free(ctx->pool);
    context_xdh_done(ctx);
    key_cache_done(&ctx->keys);
    mac_done(&ctx->prf);
    EVP_MD_CTX_free(ctx->digest);
    for (size_t i = 0; i < CONTEXT_MODPS; i++) {
        BN_MONT_CTX_free(ctx->modps[i].mont);
        BN_free(ctx->modps[i].p);
    }
    for (size_t i = 0; i < CONTEXT_GROUPS; i++) {
        EC_GROUP_free(ctx->groups[i].group);
    }
    BN_CTX_free(ctx->bn);
    for (size_t i = 0; i < CONTEXT_CIPHERS; i++) {
        EVP_CIPHER_free(ctx->ciphers[i].cipher);
    }
    for (size_t i = 0; i < CONTEXT_MDS; i++) {
        EVP_MD_free(ctx->mds[i].md);
    }
    rand_stream_free(ctx->rand);
    if (ctx->rand_provider != NULL) {
        OSSL_PROVIDER_unload(ctx->rand_provider);
    }
    if (ctx->default_provider != NULL) {
        OSSL_PROVIDER_unload(ctx->default_provider);
    }
    OSSL_LIB_CTX_free(ctx->lib);
    OPENSSL_clear_free(ctx, sizeof *ctx);
}

const char *crypto_openssl_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

const EVP_MD *context_md(const struct crypto_context *ctx, const struct crypto_transform *hmac)
{
    assert(hmac->computed && (hmac->type == CRYPTO_PRF || hmac->type == CRYPTO_INTEG));
    for (size_t i = 0; i < CONTEXT_MDS; i++) {
        if (strcmp(ctx->mds[i].name, hmac->openssl) == 0) {
            return ctx->mds[i].md;
        }
    }
    assert(!"a computed HMAC has a hash that is fetched");
    return NULL;
}

static const EVP_CIPHER *find_cipher(const struct crypto_context *ctx, const char *name,
                                     unsigned key_bits)
{
    for (size_t i = 0; i < CONTEXT_CIPHERS; i++) {
        if (ctx->ciphers[i].key_bits == key_bits && strcmp(ctx->ciphers[i].name, name) == 0) {
            return ctx->ciphers[i].cipher;
        }
    }
    return NULL;
}

const EVP_CIPHER *context_aes_128_cbc(const struct crypto_context *ctx)
{
    return find_cipher(ctx, "AES-%u-CBC", 128);
}

const EVP_CIPHER *context_cipher(const struct crypto_context *ctx,
                                 const struct crypto_transform *encr, unsigned key_bits)
{
    assert(encr->computed && encr->type == CRYPTO_ENCR && encr->openssl != NULL);
    return find_cipher(ctx, encr->openssl, key_bits);
}

const EC_GROUP *context_group(const struct crypto_context *ctx, const struct crypto_transform *ke)
{
    for (size_t i = 0; i < CONTEXT_GROUPS; i++) {
        if (ctx->groups[i].ke == ke->id) {
            return ctx->groups[i].group;
        }
    }
    assert(!"a computed ECP group is fetched");
    return NULL;
}

const struct modp_group *context_modp(const struct crypto_context *ctx,
                                      const struct crypto_transform *ke)
{
    for (size_t i = 0; i < CONTEXT_MODPS; i++) {
        if (ctx->modps[i].ke == ke->id) {
            return &ctx->modps[i];
        }
    }
    assert(!"a computed MODP group is made");
    return NULL;
}

EVP_PKEY_CTX *context_import(struct crypto_context *ctx, const struct crypto_transform *xdh)
{
    EVP_PKEY_CTX **import = &ctx->xdh.imports[xdh->id == CRYPTO_KE_CURVE448];

    if (*import == NULL) {
        *import = EVP_PKEY_CTX_new_from_name(ctx->lib, xdh->openssl, NULL);
        if (*import != NULL && EVP_PKEY_fromdata_init(*import) <= 0) {
            EVP_PKEY_CTX_free(*import);
            *import = NULL;
        }
    }
    return *import;
}
