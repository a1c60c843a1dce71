/*
 * Randomness comes in as an argument. Whoever runs the protocol code supplies `fill`: the simulator
 * a pure function of (seed, entity, what for), a live host the OS (docs/design.md, rule 3).
 */
#ifndef IKESIM_CRYPTO_ENTROPY_H
#define IKESIM_CRYPTO_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

/* What a draw is for. It is an identity and never a running order: one more host or one lost packet
 * changes nobody else's keys. All fields together must be unique among the draws of one host. */
struct crypto_draw {
    uint64_t entity;     /* hash of the peer's address, or a name's hash */
    uint64_t sa;         /* SPIi of the IKE SA, own n-th attempt, or ESP SPI */
    uint32_t exchange;   /* IKE exchange type; CRYPTO_DRAW_EXCHANGE_* outside of IKE */
    uint32_t message_id; /* Message ID, sequence number or 0 */
    uint32_t field;      /* enum crypto_draw_field */
    uint32_t instance;   /* proposals, retries of a draw that was not fit, high half of an extended
                          * sequence number; 0 for the first */
};

enum crypto_draw_field {
    CRYPTO_DRAW_SPI_IKE = 1,
    CRYPTO_DRAW_SPI_CHILD,
    CRYPTO_DRAW_NONCE,
    CRYPTO_DRAW_KE_PRIVATE,
    CRYPTO_DRAW_IV,
    CRYPTO_DRAW_COOKIE_SECRET, /* drawn again each time that it is needed */
    CRYPTO_DRAW_OPENSSL,       /* key of the stream that serves what OpenSSL draws for itself */
    CRYPTO_DRAW_JITTER,        /* random part of a timer */
    CRYPTO_DRAW_SIGN,          /* as OPENSSL, for a signature, or the making of a key */
    CRYPTO_DRAW_SERIAL,        /* serial number of a certificate */
    CRYPTO_DRAW_TICKET,        /* IV of a ticket (RFC 5723) */
    CRYPTO_DRAW_EAP,           /* challenges of EAP methods; the stream that serves its TLS */
};

enum { CRYPTO_DRAW_EXCHANGE_ESP = 0x10000 };

struct crypto_entropy {
    void (*fill)(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len);
    void *context;
};

static inline void crypto_entropy_fill(const struct crypto_entropy *entropy,
                                       const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    entropy->fill(entropy->context, draw, out, len);
}

#endif
