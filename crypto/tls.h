/*
 * TLS as EAP-TLS uses it (RFC 5216): OpenSSL between two buffers, with what it draws and the time
 * as arguments. Version 1.2 alone: RFC 5216's, whose messages depend on nothing but their inputs
 * here; resumption, tickets and renegotiation are off.
 */
#ifndef IKESIM_CRYPTO_TLS_H
#define IKESIM_CRYPTO_TLS_H

#include "crypto/x509.h"

struct crypto_tls;

struct crypto_tls_options {
    bool server;
    struct crypto_bytes key;          /* PKCS #8 */
    const struct crypto_bytes *certs; /* own one first */
    size_t cert_count;
    struct crypto_x509_question trust; /* its chain is the peer's, filled in here */
};

/* What the options point to must outlive it. NULL with *why if key or certificate are none that can
 * be used. Free with crypto_tls_free, which wipes. */
struct crypto_tls *crypto_tls_new(struct crypto_context *ctx,
                                  const struct crypto_tls_options *options,
                                  const struct crypto_entropy *entropy,
                                  const struct crypto_draw *draw, const char **why);
void crypto_tls_free(struct crypto_tls *tls);

enum crypto_tls_state { CRYPTO_TLS_GOES_ON, CRYPTO_TLS_DONE, CRYPTO_TLS_FAILED };

/* Takes a flight of the peer's (empty: the client's beginning) and makes the next one. What OpenSSL
 * draws comes from `draw`, whose field is set here. After FAILED the output may hold an alert. The
 * signatures and the key exchange of the whole handshake are counted when it is done. */
enum crypto_tls_state crypto_tls_step(struct crypto_tls *tls, struct crypto_bytes in,
                                      const struct crypto_entropy *entropy,
                                      const struct crypto_draw *draw, struct crypto_ledger *ledger,
                                      const char **why);

/* What the last step has to send; valid until the next. */
struct crypto_bytes crypto_tls_output(const struct crypto_tls *tls);

/* The peer's certificate in DER and what was found of it; empty before it is there. Valid until the
 * next step. */
struct crypto_bytes crypto_tls_peer(const struct crypto_tls *tls,
                                    const struct crypto_x509_verdict **verdict);

/* MSK of RFC 5216 §2.3, once the handshake is done. */
bool crypto_tls_msk(const struct crypto_tls *tls, uint8_t msk[64]);

#endif
