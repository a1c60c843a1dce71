/*
 * Our own OSSL_LIB_CTX with the fetched algorithms, the RAND provider that makes OpenSSL's own
 * draws deterministic, and the small cache of keyed cipher contexts. One per thread; nothing in it
 * belongs to an SA.
 */
#ifndef IKESIM_CRYPTO_CONTEXT_H
#define IKESIM_CRYPTO_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

struct crypto_context;

/* Returns NULL and fills `why` when OpenSSL lacks something that we need. The caller frees it with
 * crypto_context_free, after everything that was made with it. */
struct crypto_context *crypto_context_new(char *why, size_t why_cap);
void crypto_context_free(struct crypto_context *ctx);

/* Version of the OpenSSL library that is loaded: "OpenSSL 3.0.19 ...". */
const char *crypto_openssl_version(void);

#endif
