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
    *hmac = (struct hmac){0};
}

void hmac_key(struct hmac *hmac, const EVP_MD *md, struct crypto_bytes key)
{
    uint8_t block[128]; /* SHA2-384's and SHA2-512's, the longest that we have */
    size_t block_len = (size_t)EVP_MD_get_block_size(md);

    assert(block_len <= sizeof block);
    memset(block, 0, block_len);
    if (key.len > block_len) {
        must(EVP_DigestInit_ex2(hmac->work, md, NULL));
        must(EVP_DigestUpdate(hmac->work, key.data, key.len));
        must(EVP_DigestFinal_ex(hmac->work, block, NULL));
    } else if (key.len > 0) {
        memcpy(block, key.data, key.len);
    }

    for (size_t i = 0; i < block_len; i++)
        block[i] ^= 0x36;
    must(EVP_DigestInit_ex2(hmac->inner, md, NULL));
    must(EVP_DigestUpdate(hmac->inner, block, block_len));
    for (size_t i = 0; i < block_len; i++)
        block[i] ^= 0x36 ^ 0x5c;
    must(EVP_DigestInit_ex2(hmac->outer, md, NULL));
    must(EVP_DigestUpdate(hmac->outer, block, block_len));
    OPENSSL_cleanse(block, block_len);
}

void hmac_begin(struct hmac *hmac)
{
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
    must(EVP_MD_CTX_copy_ex(hmac->work, hmac->outer));
    must(EVP_DigestUpdate(hmac->work, inner, len));
    must(EVP_DigestFinal_ex(hmac->work, out, NULL));
    OPENSSL_cleanse(inner, sizeof inner);
}
