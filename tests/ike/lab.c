#include "tests/ike/lab.h"

#include <stdlib.h>

#include "ike/index.h"

static void fill(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    uint64_t state = ike_hash(IKE_HASH_BEGIN, draw, sizeof(*draw));

    (void)context;
    for (size_t i = 0; i < len; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(state >> 56);
    }
}

static const struct crypto_entropy entropy = {.fill = fill};

static struct crypto_bytes hold(struct lab *lab, uint8_t *octets, size_t len)
{
    assert_true(len > 0 && lab->held_count < LAB_HELD_MAX);
    lab->held[lab->held_count].octets = octets;
    lab->held[lab->held_count++].len = len;
    return crypto_bytes(octets, len);
}

static struct crypto_draw draw_for(const char *name)
{
    return (struct crypto_draw){.entity = ike_hash(IKE_HASH_BEGIN, name, strlen(name))};
}

static struct crypto_bytes make(struct lab *lab, const char *name, struct crypto_x509_spec spec)
{
    struct crypto_draw draw = draw_for(name);
    uint8_t *octets;
    const char *why = "";
    size_t len;

    spec.common_name = name;
    len = crypto_x509_make(lab->crypto, &spec, &entropy, &draw, &octets, &why);
    if (len == 0) {
        fail_msg("certificate of %s: %s", name, why);
    }
    return hold(lab, octets, len);
}

/* Keys of RSA take long to make, so there is one in all. */
static struct crypto_bytes make_key(struct lab *lab, const char *name, enum crypto_key_kind kind)
{
    static uint8_t rsa[2048];
    static size_t rsa_len;
    bool is_rsa = kind == CRYPTO_KEY_RSA_2048;
    struct crypto_draw draw = draw_for(is_rsa ? "" : name);
    uint8_t *octets;
    size_t len;

    if (is_rsa && rsa_len > 0) {
        return crypto_bytes(rsa, rsa_len);
    }
    draw.instance = kind;
    len = crypto_key_make(lab->crypto, kind, &entropy, &draw, &octets);
    if (is_rsa) {
        assert_true(len <= sizeof(rsa));
        memcpy(rsa, octets, len);
        rsa_len = len;
    }
    return hold(lab, octets, len);
}

struct lab *lab_new(struct crypto_context *crypto, const char *name)
{
    struct lab *lab = calloc(1, sizeof(*lab));

    assert_non_null(lab);
    lab->crypto = crypto;
    lab->authority.key = make_key(lab, name, CRYPTO_KEY_ECDSA_256);
    lab->authority.certificate =
        make(lab, name,
             (struct crypto_x509_spec){.ca = true,
                                       .not_before = LAB_EPOCH - 1000 * LAB_DAY,
                                       .not_after = LAB_EPOCH + 1000 * LAB_DAY,
                                       .key = lab->authority.key});
    lab->authorities[0] = lab->authority.certificate;
    assert_true(crypto_x509_key_hash(crypto, lab->authorities[0], lab->key_hashes[0]));
    lab->trust = (struct ike_trust){.authorities = lab->authorities,
                                    .key_hashes = (const uint8_t(*)[20])lab->key_hashes,
                                    .authority_count = 1};
    return lab;
}

void lab_free(struct lab *lab)
{
    for (size_t i = 0; i < lab->held_count; i++) {
        crypto_octets_free(lab->held[i].octets, lab->held[i].len);
    }
    free(lab);
}

void lab_issue(struct lab *lab, struct lab_card *card, const char *name, enum crypto_key_kind kind,
               int64_t from, int64_t to)
{
    const struct crypto_name dns = {CRYPTO_NAME_DNS, crypto_bytes(name, strlen(name))};
    struct crypto_bytes key = make_key(lab, name, kind);

    card->certs[0] = make(lab, name,
                          (struct crypto_x509_spec){.names = &dns,
                                                    .name_count = 1,
                                                    .not_before = LAB_EPOCH + from,
                                                    .not_after = LAB_EPOCH + to,
                                                    .key = key,
                                                    .issuer = &lab->authority});
    card->credentials = (struct ike_credentials){.key = key, .certs = card->certs, .cert_count = 1};
}

void lab_revoke(struct lab *lab, const struct lab_card *card)
{
    struct crypto_draw draw = draw_for("crl");
    uint8_t *octets;
    const char *why = "";
    size_t len = crypto_crl_make(lab->crypto,
                                 &(struct crypto_crl_spec){.issuer = &lab->authority,
                                                           .revoked = card ? card->certs : NULL,
                                                           .revoked_count = card ? 1 : 0,
                                                           .this_update = LAB_EPOCH,
                                                           .next_update = LAB_EPOCH + LAB_DAY,
                                                           .revoked_at = LAB_EPOCH},
                                 &entropy, &draw, &octets, &why);

    lab->crls[0] = hold(lab, octets, len);
    lab->trust.crls = lab->crls;
    lab->trust.crl_count = 1;
}

void lab_equip(struct party *party, const struct lab_card *card, const struct lab *trusted)
{
    party->policy.auth = (struct ike_auth_policy){.local = IKE_AUTH_PUBKEY,
                                                  .remote = IKE_AUTH_PUBKEY,
                                                  .trust = &trusted->trust,
                                                  .epoch = LAB_EPOCH};
    party->self.credentials = &card->credentials;
}

void lab_bench_set_up(struct lab_bench *bench, enum ike_auth_kind method)
{
    struct pair *pair = bench->pair = pair_new();

    bench->lab = lab_new(pair->crypto, "lab");
    lab_issue(bench->lab, &bench->alice, "alice", CRYPTO_KEY_ECDSA_256, -LAB_DAY, LAB_DAY);
    lab_issue(bench->lab, &bench->gw, "gw", CRYPTO_KEY_ED25519, -LAB_DAY, LAB_DAY);
    lab_equip(&pair->a, &bench->alice, bench->lab);
    lab_equip(&pair->b, &bench->gw, bench->lab);
    pair->a.policy.auth.local = (uint8_t)method;
    pair->b.policy.auth.remote = (uint8_t)method;
}

void lab_bench_tear_down(struct lab_bench *bench)
{
    lab_free(bench->lab);
    pair_free(bench->pair);
}
