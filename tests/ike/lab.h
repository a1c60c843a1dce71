/* An authority and what it issues, for tests of endpoints with certificates. */
#ifndef IKESIM_TESTS_IKE_LAB_H
#define IKESIM_TESTS_IKE_LAB_H

#include "crypto/x509.h"
#include "tests/ike/pair.h"

#define LAB_EPOCH INT64_C(1735689600) /* 2025-01-01 */

enum { LAB_DAY = 86400, LAB_HELD_MAX = 32 };

struct lab {
    struct crypto_context *crypto;
    struct crypto_x509_issuer authority;
    struct crypto_bytes authorities[2], crls[1];
    uint8_t key_hashes[2][20];
    struct ike_trust trust; /* in the authority */
    struct {
        uint8_t *octets;
        size_t len;
    } held[LAB_HELD_MAX]; /* all that was made */
    size_t held_count;
};

/* What a host has; points into the lab. */
struct lab_card {
    struct crypto_bytes certs[2];
    struct ike_credentials credentials;
};

/* `name` tells authorities apart. */
struct lab *lab_new(struct crypto_context *crypto, const char *name);
void lab_free(struct lab *lab); /* before its context */

/* A certificate for a dNSName, valid from so many seconds after the epoch to so many. */
void lab_issue(struct lab *lab, struct lab_card *card, const char *name, enum crypto_key_kind kind,
               int64_t from, int64_t to);

/* Puts a card on the authority's revocation list, which then is part of its trust; NULL: the list
 * is empty. */
void lab_revoke(struct lab *lab, const struct lab_card *card);

/* Makes a party authenticate with a certificate, and demand one of an authority. */
void lab_equip(struct party *party, const struct lab_card *card, const struct lab *trusted);

/* A pair, not begun, whose ends have certificates of one authority, alice of ECDSA, gw of Ed25519;
 * alice proves herself by `method` of EAP all the same, gw with its certificate. */
struct lab_bench {
    struct pair *pair;
    struct lab *lab;
    struct lab_card alice, gw;
};
void lab_bench_set_up(struct lab_bench *bench, enum ike_auth_kind method);
void lab_bench_tear_down(struct lab_bench *bench);

#endif
