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
    if (ctx->lib == NULL)
        return "a library context";
    ctx->default_provider = OSSL_PROVIDER_load(ctx->lib, "default");
    if (ctx->default_provider == NULL)
        return "the default provider";
    if (!rand_provider_install(ctx->lib, &ctx->rand_provider))
        return "a RAND of a built-in provider";
    ctx->rand = rand_stream_new(ctx->lib);
    return ctx->rand == NULL ? "ChaCha20" : NULL;
}

static const char *fetch_mds(struct crypto_context *ctx)
{
    static const char *const names[CONTEXT_MDS] = {"SHA256", "SHA384", "SHA512"};

    for (size_t i = 0; i < CONTEXT_MDS; i++) {
        ctx->mds[i].name = names[i];
        ctx->mds[i].md = EVP_MD_fetch(ctx->lib, names[i], NULL);
        if (ctx->mds[i].md == NULL)
            return names[i];
    }
    return NULL;
}

static const char *fetch_ciphers(struct crypto_context *ctx)
{
    static const struct {
        uint16_t encr;
        uint16_t key_bits;
        const char *name;
    } wanted[CONTEXT_CIPHERS] = {
        {CRYPTO_ENCR_AES_CBC, 128, "AES-128-CBC"},    {CRYPTO_ENCR_AES_CBC, 192, "AES-192-CBC"},
        {CRYPTO_ENCR_AES_CBC, 256, "AES-256-CBC"},    {CRYPTO_ENCR_AES_GCM_16, 128, "AES-128-GCM"},
        {CRYPTO_ENCR_AES_GCM_16, 192, "AES-192-GCM"}, {CRYPTO_ENCR_AES_GCM_16, 256, "AES-256-GCM"},
    };

    for (size_t i = 0; i < CONTEXT_CIPHERS; i++) {
        ctx->ciphers[i].encr = wanted[i].encr;
        ctx->ciphers[i].key_bits = wanted[i].key_bits;
        ctx->ciphers[i].cipher = EVP_CIPHER_fetch(ctx->lib, wanted[i].name, NULL);
        if (ctx->ciphers[i].cipher == NULL)
            return wanted[i].name;
    }
    return NULL;
}

static const char *fetch_groups(struct crypto_context *ctx)
{
    static const uint16_t ids[CONTEXT_GROUPS] = {CRYPTO_KE_ECP_256, CRYPTO_KE_ECP_384};
    static const int nids[CONTEXT_GROUPS] = {NID_X9_62_prime256v1, NID_secp384r1};

    ctx->bn = BN_CTX_new_ex(ctx->lib);
    if (ctx->bn == NULL)
        return "a BN_CTX";
    for (size_t i = 0; i < CONTEXT_GROUPS; i++) {
        ctx->groups[i].ke = ids[i];
        ctx->groups[i].group = EC_GROUP_new_by_curve_name_ex(ctx->lib, NULL, nids[i]);
        if (ctx->groups[i].group == NULL)
            return OBJ_nid2sn(nids[i]);
    }
    ctx->modp_2048 = BN_get_rfc3526_prime_2048(NULL);
    ctx->modp_2048_mont = BN_MONT_CTX_new();
    if (ctx->modp_2048 == NULL || ctx->modp_2048_mont == NULL ||
        !BN_MONT_CTX_set(ctx->modp_2048_mont, ctx->modp_2048, ctx->bn))
        return "the 2048-bit MODP group";
    return NULL;
}

static const char *make_workspace(struct crypto_context *ctx)
{
    if (!hmac_new(&ctx->prf) || !key_cache_new(&ctx->keys))
        return "memory for keyed contexts";
    return NULL;
}

struct crypto_context *crypto_context_new(char *why, size_t why_cap)
{
    static const char *(*const steps[])(struct crypto_context *) = {
        load_providers, fetch_mds, fetch_ciphers, fetch_groups, make_workspace,
    };
    struct crypto_context *ctx = OPENSSL_zalloc(sizeof *ctx);
    const char *missing = ctx == NULL ? "memory" : NULL;

    for (size_t i = 0; missing == NULL && i < sizeof steps / sizeof steps[0]; i++)
        missing = steps[i](ctx);
    if (missing == NULL)
        return ctx;

    char reason[160] = "no reason given";
    unsigned long code = ERR_peek_last_error();
    if (code != 0)
        ERR_error_string_n(code, reason, sizeof reason);
    ERR_clear_error();
    if (why_cap > 0)
        snprintf(why, why_cap, "%s does not give %s: %s", crypto_openssl_version(), missing,
                 reason);
    crypto_context_free(ctx);
    return NULL;
}

void crypto_context_free(struct crypto_context *ctx)
{
    if (ctx == NULL)
        return;
    key_cache_done(&ctx->keys);
    hmac_done(&ctx->prf);
    BN_MONT_CTX_free(ctx->modp_2048_mont);
    BN_free(ctx->modp_2048);
    for (size_t i = 0; i < CONTEXT_GROUPS; i++)
        EC_GROUP_free(ctx->groups[i].group);
    BN_CTX_free(ctx->bn);
    for (size_t i = 0; i < CONTEXT_CIPHERS; i++)
        EVP_CIPHER_free(ctx->ciphers[i].cipher);
    for (size_t i = 0; i < CONTEXT_MDS; i++)
        EVP_MD_free(ctx->mds[i].md);
    rand_stream_free(ctx->rand);
    if (ctx->rand_provider != NULL)
        OSSL_PROVIDER_unload(ctx->rand_provider);
    if (ctx->default_provider != NULL)
        OSSL_PROVIDER_unload(ctx->default_provider);
    OSSL_LIB_CTX_free(ctx->lib);
    OPENSSL_free(ctx);
}

const char *crypto_openssl_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

const EVP_MD *context_md(const struct crypto_context *ctx, const struct crypto_transform *hmac)
{
    assert(hmac->computed && (hmac->type == CRYPTO_PRF || hmac->type == CRYPTO_INTEG));
    for (size_t i = 0; i < CONTEXT_MDS; i++)
        if (strcmp(ctx->mds[i].name, hmac->openssl) == 0)
            return ctx->mds[i].md;
    assert(!"a computed HMAC has a hash that is fetched");
    return NULL;
}

const EVP_CIPHER *context_cipher(const struct crypto_context *ctx,
                                 const struct crypto_transform *encr, unsigned key_bits)
{
    for (size_t i = 0; i < CONTEXT_CIPHERS; i++)
        if (ctx->ciphers[i].encr == encr->id && ctx->ciphers[i].key_bits == key_bits)
            return ctx->ciphers[i].cipher;
    return NULL;
}

const EC_GROUP *context_group(const struct crypto_context *ctx, const struct crypto_transform *ke)
{
    for (size_t i = 0; i < CONTEXT_GROUPS; i++)
        if (ctx->groups[i].ke == ke->id)
            return ctx->groups[i].group;
    assert(!"a computed ECP group is fetched");
    return NULL;
}
