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

/* to = from, each octet XORed with `octet`; blocks are whole words. */
static void pad(uint8_t *to, const uint8_t *from, size_t len, uint8_t octet)
{
    const uint64_t mask = UINT64_C(0x0101010101010101) * octet;

    for (size_t i = 0; i < len; i += 8) {
        uint64_t word;
        memcpy(&word, from + i, sizeof word);
        word ^= mask;
        memcpy(to + i, &word, sizeof word);
    }
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
    pad(hmac->block, hmac->block, hmac->block_len, 0x36);
}

static void begin_inner(const struct hmac *hmac, EVP_MD_CTX *state)
{
    must(EVP_DigestInit_ex2(state, hmac->md, NULL));
    must(EVP_DigestUpdate(state, hmac->block, hmac->block_len));
}

static void begin_outer(const struct hmac *hmac, EVP_MD_CTX *state)
{
    uint8_t block[HMAC_BLOCK_MAX];

    pad(block, hmac->block, hmac->block_len, 0x36 ^ 0x5c);
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
    if (hmac->messages == 1) {
        begin_outer(hmac, hmac->work);
    } else {
        must(EVP_MD_CTX_copy_ex(hmac->work, hmac->outer));
    }
    must(EVP_DigestUpdate(hmac->work, inner, len));
    must(EVP_DigestFinal_ex(hmac->work, out, NULL));
    OPENSSL_cleanse(inner, len);
}
