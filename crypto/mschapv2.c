#include "crypto/mschapv2.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "crypto/context_internal.h"

enum { MD4_LEN = 16, SHA1_LEN = 20, DES_KEY_LEN = 7, DES_BLOCK = 8 };

/* ---- what is broken ---- */

/* Loaded when it is first asked for. */
static bool load_legacy(struct crypto_context *ctx)
{
    if (ctx->legacy.md4 != NULL) {
        return true;
    }
    if (ctx->legacy.lib == NULL) {
        ctx->legacy.lib = OSSL_LIB_CTX_new();
        if (ctx->legacy.lib != NULL) {
            ctx->legacy.provider = OSSL_PROVIDER_load(ctx->legacy.lib, "legacy");
        }
    }
    if (ctx->legacy.provider == NULL) {
        return false;
    }
    ctx->legacy.des = EVP_CIPHER_fetch(ctx->legacy.lib, "DES-ECB", NULL);
    ctx->legacy.md4 = EVP_MD_fetch(ctx->legacy.lib, "MD4", NULL);
    return ctx->legacy.des != NULL && ctx->legacy.md4 != NULL;
}

void context_legacy_done(struct crypto_context *ctx)
{
    EVP_MD_free(ctx->legacy.md4);
    EVP_CIPHER_free(ctx->legacy.des);
    if (ctx->legacy.provider != NULL) {
        OSSL_PROVIDER_unload(ctx->legacy.provider);
    }
    OSSL_LIB_CTX_free(ctx->legacy.lib);
}

static bool hash(const EVP_MD *md, const struct crypto_bytes *parts, size_t count, uint8_t *out)
{
    EVP_MD_CTX *state = EVP_MD_CTX_new();
    bool good = state != NULL && EVP_DigestInit_ex2(state, md, NULL);

    for (size_t i = 0; good && i < count; i++) {
        good = EVP_DigestUpdate(state, parts[i].data, parts[i].len);
    }
    good = good && EVP_DigestFinal_ex(state, out, NULL);
    EVP_MD_CTX_free(state);
    return good;
}

/* Seven octets of key with room for parity (RFC 2759 §8.6). */
static bool des(const struct crypto_context *ctx, const uint8_t key[DES_KEY_LEN],
                const uint8_t in[DES_BLOCK], uint8_t out[DES_BLOCK])
{
    uint8_t spread[8];
    uint64_t bits = 0;
    int len = 0;
    EVP_CIPHER_CTX *state = EVP_CIPHER_CTX_new();

    for (size_t i = 0; i < DES_KEY_LEN; i++) {
        bits = bits << 8 | key[i];
    }
    for (size_t i = 0; i < 8; i++) {
        spread[i] = (uint8_t)(bits >> (49 - 7 * i) << 1);
    }
    bool good = state != NULL && EVP_EncryptInit_ex2(state, ctx->legacy.des, spread, NULL, NULL) &&
                EVP_CIPHER_CTX_set_padding(state, 0) &&
                EVP_EncryptUpdate(state, out, &len, in, DES_BLOCK) && len == DES_BLOCK;
    EVP_CIPHER_CTX_free(state);
    OPENSSL_cleanse(spread, sizeof spread);
    return good;
}

/* ---- RFC 2759 §8 ---- */

static bool hash_password(const struct crypto_context *ctx, struct crypto_bytes password,
                          uint8_t out[MD4_LEN])
{
    uint8_t wide[2 * CRYPTO_MSCHAP_PASSWORD_MAX];

    if (password.len > CRYPTO_MSCHAP_PASSWORD_MAX) {
        return false;
    }
    for (size_t i = 0; i < password.len; i++) {
        if (password.data[i] >= 0x80) {
            return false;
        }
        wide[2 * i] = password.data[i];
        wide[2 * i + 1] = 0;
    }
    const struct crypto_bytes part = crypto_bytes(wide, 2 * password.len);
    bool good = hash(ctx->legacy.md4, &part, 1, out);
    OPENSSL_cleanse(wide, sizeof wide);
    return good;
}

/* The name without a domain in front (§8.2). */
static struct crypto_bytes bare_name(struct crypto_bytes user)
{
    for (size_t i = user.len; i > 0; i--) {
        if (user.data[i - 1] == '\\') {
            return crypto_bytes(user.data + i, user.len - i);
        }
    }
    return user;
}

static bool make_challenge(const EVP_MD *sha1, const struct crypto_mschap *in,
                           uint8_t out[SHA1_LEN])
{
    const struct crypto_bytes parts[] = {
        crypto_bytes(in->peer_challenge, CRYPTO_MSCHAP_CHALLENGE),
        crypto_bytes(in->authenticator_challenge, CRYPTO_MSCHAP_CHALLENGE),
        bare_name(in->user),
    };
    return hash(sha1, parts, 3, out);
}

static bool make_response(const struct crypto_context *ctx, const uint8_t challenge[DES_BLOCK],
                          const uint8_t password_hash[MD4_LEN],
                          uint8_t response[CRYPTO_MSCHAP_RESPONSE])
{
    uint8_t keys[3 * DES_KEY_LEN] = {0};
    bool good = true;

    memcpy(keys, password_hash, MD4_LEN);
    for (size_t i = 0; good && i < 3; i++) {
        good = des(ctx, keys + DES_KEY_LEN * i, challenge, response + DES_BLOCK * i);
    }
    OPENSSL_cleanse(keys, sizeof keys);
    return good;
}

static bool make_proof(const EVP_MD *sha1, const uint8_t twice_hashed[MD4_LEN],
                       const uint8_t response[CRYPTO_MSCHAP_RESPONSE],
                       const uint8_t challenge[DES_BLOCK], char proof[CRYPTO_MSCHAP_PROOF + 1])
{
    static const char magic1[] = "Magic server to client signing constant";
    static const char magic2[] = "Pad to make it do more than one iteration";
    uint8_t first[SHA1_LEN], second[SHA1_LEN];
    const struct crypto_bytes inner[] = {crypto_bytes(twice_hashed, MD4_LEN),
                                         crypto_bytes(response, CRYPTO_MSCHAP_RESPONSE),
                                         crypto_bytes(magic1, sizeof magic1 - 1)};
    const struct crypto_bytes outer[] = {crypto_bytes(first, SHA1_LEN),
                                         crypto_bytes(challenge, DES_BLOCK),
                                         crypto_bytes(magic2, sizeof magic2 - 1)};

    if (!hash(sha1, inner, 3, first) || !hash(sha1, outer, 3, second)) {
        return false;
    }
    proof[0] = 'S';
    proof[1] = '=';
    for (size_t i = 0; i < SHA1_LEN; i++) {
        snprintf(proof + 2 + 2 * i, 3, "%02X", second[i]);
    }
    return true;
}

/* ---- RFC 3079 §3.4 ---- */

/* A start key of 128 bits from the master key; `magic` tells directions apart. */
static bool make_start_key(const EVP_MD *sha1, const uint8_t master[MD4_LEN], const char *magic,
                           uint8_t out[16])
{
    uint8_t pad1[40] = {0}, pad2[40], digest[SHA1_LEN];
    const struct crypto_bytes parts[] = {
        crypto_bytes(master, MD4_LEN), crypto_bytes(pad1, sizeof pad1),
        crypto_bytes(magic, strlen(magic)), crypto_bytes(pad2, sizeof pad2)};

    memset(pad2, 0xf2, sizeof pad2);
    if (!hash(sha1, parts, 4, digest)) {
        return false;
    }
    memcpy(out, digest, 16);
    OPENSSL_cleanse(digest, sizeof digest);
    return true;
}

static bool make_msk(const EVP_MD *sha1, const uint8_t twice_hashed[MD4_LEN],
                     const uint8_t response[CRYPTO_MSCHAP_RESPONSE], uint8_t msk[CRYPTO_EAP_MSK])
{
    static const char magic[] = "This is the MPPE Master Key";
    uint8_t master[SHA1_LEN];
    const struct crypto_bytes parts[] = {crypto_bytes(twice_hashed, MD4_LEN),
                                         crypto_bytes(response, CRYPTO_MSCHAP_RESPONSE),
                                         crypto_bytes(magic, sizeof magic - 1)};

    memset(msk, 0, CRYPTO_EAP_MSK);
    bool good =
        hash(sha1, parts, 3, master) &&
        make_start_key(sha1, master,
                       "On the client side, this is the send key; on the server side, it is "
                       "the receive key.",
                       msk) &&
        make_start_key(sha1, master,
                       "On the client side, this is the receive key; on the server side, "
                       "it is the send key.",
                       msk + 16);
    OPENSSL_cleanse(master, sizeof master);
    return good;
}

bool crypto_mschap_compute(struct crypto_context *ctx, const struct crypto_mschap *in,
                           struct crypto_mschap_result *out, const char **why)
{
    uint8_t hashed[MD4_LEN], twice_hashed[MD4_LEN], challenge[SHA1_LEN];
    const struct crypto_bytes once = crypto_bytes(hashed, MD4_LEN);
    const EVP_MD *sha1 = ctx->mds[0].md;
    bool good;

    ERR_set_mark();
    good = load_legacy(ctx);
    *why = "OpenSSL's legacy provider, which has MD4 and DES, is not installed";
    if (good && !hash_password(ctx, in->password, hashed)) {
        *why = "the password is longer than 256 characters, or has some that are not ASCII";
        good = false;
    }
    good = good && hash(ctx->legacy.md4, &once, 1, twice_hashed) &&
           make_challenge(sha1, in, challenge) &&
           make_response(ctx, challenge, hashed, out->response) &&
           make_proof(sha1, twice_hashed, out->response, challenge, out->proof) &&
           make_msk(sha1, twice_hashed, out->response, out->msk);
    ERR_pop_to_mark();
    OPENSSL_cleanse(hashed, sizeof hashed);
    OPENSSL_cleanse(twice_hashed, sizeof twice_hashed);
    return good;
}
