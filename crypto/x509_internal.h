/* Certificates as OpenSSL objects; for crypto/ only. */
#ifndef IKESIM_CRYPTO_X509_INTERNAL_H
#define IKESIM_CRYPTO_X509_INTERNAL_H

#include <openssl/x509.h>

#include "crypto/sign_internal.h"
#include "crypto/x509.h"

/* NULL if these octets are none. The caller frees them. */
X509 *x509_parse(struct crypto_context *ctx, struct crypto_bytes der);
X509_CRL *x509_parse_crl(struct crypto_context *ctx, struct crypto_bytes der);

#endif
