/*
 * An OpenSSL provider with a key encapsulation under the name of ML-KEM-768, for tests of the code
 * around it where OpenSSL has none. It has the lengths of ML-KEM-768 and its calls, and protects
 * nothing: whoever sees the two values has the secret.
 */
#ifndef IKESIM_TESTS_CRYPTO_TOY_KEM_H
#define IKESIM_TESTS_CRYPTO_TOY_KEM_H

#include <openssl/provider.h>
#include <stdbool.h>

enum { TOY_KEY_LEN = 1184, TOY_CIPHERTEXT_LEN = 1088, TOY_SECRET_LEN = 32 };

/* Into this library context, of which there may be one in a program. False if OpenSSL refuses. */
bool toy_kem_install(OSSL_LIB_CTX *lib);

/* Out of it again, before it is freed. */
void toy_kem_remove(void);

#endif
