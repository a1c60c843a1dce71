#include "crypto/hmac.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

/* Inside assert() the call would vanish with NDEBUG, which no build of ours defines; a function
 * keeps it for any. */
static void must(int done)
{
    assert(done == 1);
    (void)done;
}

bool hmac_new(struct hmac *hmac)
{
    hmac->inner = EVP_MD_CTX_new();
    hmac->outer = EVP_MD_CTX_new();
    hmac->work = EVP_MD_CTX_new();
    return hmac->inner != NULL && hmac->outer != NULL && hmac->work != NULL;
}

void hmac_done(struct hmac *hmac)
{
    EVP_MD_CTX_free(hmac->inner);
    EVP_MD_CTX_free(hmac->outer);
    EVP_MD_CTX_free(hmac->work);
    OPENSSL_cleanse(hmac, sizeof *hmac);
}

void hmac_key(struct hmac *hmac, const EVP_MD *md, struct crypto_bytes key)
{
    hmac->md = md;
    hmac->messages = 0;
    hmac->block_len = (size_t)EVP_MD_get_block_size(md);
    assert(hmac->block_len <= sizeof hmac->block);
    memset(hmac->block, 0, hmac->block_len);
    if (key.len > hmac->block_len) {
        must(EVP_DigestInit_ex2(hmac->work, md, NULL));
        must(EVP_DigestUpdate(hmac->work, key.data, key.len));
        must(EVP_DigestFinal_ex(hmac->work, hmac->block, NULL));
    } else if (key.len > 0) {
        memcpy(hmac->block, key.data, key.len);
    }
    for (size_t i = 0; i < hmac->block_len; i++)
        hmac->block[i] ^= 0x36;
}

static void begin_inner(const struct hmac *hmac, EVP_MD_CTX *state)
{
    must(EVP_DigestInit_ex2(state, hmac->md, NULL));
    must(EVP_DigestUpdate(state, hmac->block, hmac->block_len));
}

static void begin_outer(const struct hmac *hmac, EVP_MD_CTX *state)
{
    uint8_t block[HMAC_BLOCK_MAX];

    for (size_t i = 0; i < hmac->block_len; i++)
        block[i] = hmac->block[i] ^ 0x36 ^ 0x5c;
    must(EVP_DigestInit_ex2(state, hmac->md, NULL));
    must(EVP_DigestUpdate(state, block, hmac->block_len));
    OPENSSL_cleanse(block, hmac->block_len);
}

void hmac_begin(struct hmac *hmac)
{
    if (hmac->messages == 0) {
        begin_inner(hmac, hmac->work);
        hmac->messages = 1;
        return;
    }
    if (hmac->messages == 1) {
        begin_inner(hmac, hmac->inner);
        begin_outer(hmac, hmac->outer);
        hmac->messages = 2;
    }
    must(EVP_MD_CTX_copy_ex(hmac->work, hmac->inner));
}

void hmac_add(struct hmac *hmac, const void *data, size_t len)
{
    must(EVP_DigestUpdate(hmac->work, data, len));
}

void hmac_end(struct hmac *hmac, uint8_t *out)
{
    uint8_t inner[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    must(EVP_DigestFinal_ex(hmac->work, inner, &len));
    if (hmac->messages == 1)
        begin_outer(hmac, hmac->work);
    else
        must(EVP_MD_CTX_copy_ex(hmac->work, hmac->outer));
    must(EVP_DigestUpdate(hmac->work, inner, len));
    must(EVP_DigestFinal_ex(hmac->work, out, NULL));
    OPENSSL_cleanse(inner, len);
}
