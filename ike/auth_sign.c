/* AUTH by signature: the classic methods of RFC 7296 §3.8 and RFC 4754, and RFC 7427's, which names
 * its algorithm. */
#include <assert.h>
#include <string.h>

#include "ike/auth.h"

/* A method whose number says the algorithm. */
static const struct classic {
    uint8_t method;
    uint8_t kind; /* enum crypto_key_kind; RSA: any length */
    const char *scheme;
} classics[] = {
    {IKE_AUTH_METHOD_RSA, CRYPTO_KEY_RSA_2048, "rsa-sha1"},
    {IKE_AUTH_METHOD_RSA, CRYPTO_KEY_RSA_3072, "rsa-sha1"},
    {IKE_AUTH_METHOD_RSA, CRYPTO_KEY_RSA_4096, "rsa-sha1"},
    {IKE_AUTH_METHOD_ECDSA_256, CRYPTO_KEY_ECDSA_256, "ecdsa-sha256"},
    {IKE_AUTH_METHOD_ECDSA_384, CRYPTO_KEY_ECDSA_384, "ecdsa-sha384"},
    {IKE_AUTH_METHOD_ECDSA_512, CRYPTO_KEY_ECDSA_521, "ecdsa-sha512"},
};

/* That of a key; `method` 0: whichever it has. NULL if there is none. */
static const struct classic *find_classic(uint8_t method, enum crypto_key_kind kind)
{
    for (size_t i = 0; i < sizeof(classics) / sizeof(classics[0]); i++) {
        if (classics[i].kind == kind && (method == 0 || classics[i].method == method)) {
            return &classics[i];
        }
    }
    return NULL;
}

static void parts_of(const struct ike_auth_facts *facts, struct crypto_bytes parts[3])
{
    parts[0] = facts->message;
    parts[1] = facts->nonce;
    parts[2] = ike_auth_tail(facts);
}

static size_t sign(struct ike_call *call, const struct ike_sa *sa,
                   const struct crypto_scheme *scheme, struct ike_auth_value *value, uint8_t *out,
                   const char **why)
{
    const struct ike_endpoint *endpoint = call->endpoint;
    struct crypto_draw draw = ike_draw(sa, IKE_EXCHANGE_IKE_AUTH, !sa->initiator,
                                       sa->setup->auth_round, CRYPTO_DRAW_SIGN);
    struct crypto_bytes parts[3];

    draw.instance = sa->setup->signatures++;
    parts_of(&value->facts, parts);
    value->facts.algorithm = scheme->name;
    return crypto_sign(endpoint->crypto, scheme, endpoint->self->credentials->key, parts, 3,
                       &endpoint->entropy, &draw, out, call->costs, why);
}

/* Which scheme our key goes with and the peer can check (RFC 7427 §4). */
static const struct crypto_scheme *choose_scheme(const struct ike_auth_policy *auth,
                                                 enum crypto_key_kind kind, unsigned peer_hashes,
                                                 const char **why)
{
    const struct crypto_scheme *scheme =
        auth->scheme ? auth->scheme : crypto_scheme_for(kind, peer_hashes);

    if (!scheme || !(peer_hashes & 1u << scheme->hash)) {
        *why = "the peer takes no hash that the own key goes with";
        return NULL;
    }
    return scheme;
}

static bool sign_classic(struct ike_call *call, const struct ike_sa *sa, enum crypto_key_kind kind,
                         struct ike_auth_value *value, const char **why)
{
    const struct classic *classic = find_classic(0, kind);
    uint8_t der[CRYPTO_SIGNATURE_MAX];
    size_t len;

    if (!classic) {
        *why = "the own key needs RFC 7427, which the peer does not speak";
        return false;
    }
    len = sign(call, sa, crypto_scheme_find(classic->scheme), value, der, why);
    if (len == 0) {
        return false;
    }
    if (classic->method == IKE_AUTH_METHOD_RSA) {
        memcpy(value->auth, der, len);
    } else {
        len = crypto_ecdsa_to_raw(kind, crypto_bytes(der, len), value->auth);
        assert(len > 0);
    }
    value->facts.method = classic->method;
    value->facts.auth = crypto_bytes(value->auth, len);
    return true;
}

bool ike_auth_value_sign(struct ike_call *call, const struct ike_sa *sa,
                         struct ike_auth_value *value, const char **why)
{
    const struct ike_auth_policy *auth = &call->endpoint->policy->auth;
    enum crypto_key_kind kind =
        crypto_private_kind(call->endpoint->crypto, call->endpoint->self->credentials->key);
    const struct crypto_scheme *scheme;
    size_t at, len;

    if (auth->classic || !sa->setup->peer_hashes) {
        return sign_classic(call, sa, kind, value, why);
    }
    scheme = choose_scheme(auth, kind, sa->setup->peer_hashes, why);
    if (!scheme) {
        return false;
    }
    assert(scheme->identifier.len <= UINT8_MAX);
    value->auth[0] = (uint8_t)scheme->identifier.len;
    memcpy(value->auth + 1, scheme->identifier.data, scheme->identifier.len);
    at = 1 + scheme->identifier.len;
    len = sign(call, sa, scheme, value, value->auth + at, why);
    value->facts.method = IKE_AUTH_METHOD_SIGNATURE;
    value->facts.auth = crypto_bytes(value->auth, at + len);
    return len > 0;
}

/* Cuts AUTH data of method 14 into its algorithm and its signature. */
static const struct crypto_scheme *read_identified(struct crypto_bytes data,
                                                   struct crypto_bytes *signature, const char **why)
{
    const struct crypto_scheme *scheme;

    if (data.len < 1 || data.len < 1u + data.data[0]) {
        *why = "its AUTH is shorter than it says";
        return NULL;
    }
    scheme = crypto_scheme_read(crypto_bytes(data.data + 1, data.data[0]));
    *signature = crypto_bytes(data.data + 1 + data.data[0], data.len - 1 - data.data[0]);
    if (!scheme || scheme->hash == CRYPTO_SIGN_SHA1) { /* SHA-1 was not announced */
        *why = "its AUTH is signed with an algorithm that is not taken here";
        return NULL;
    }
    return scheme;
}

static const struct crypto_scheme *read_classic(const struct ike_payload *auth,
                                                enum crypto_key_kind kind,
                                                uint8_t der[CRYPTO_SIGNATURE_MAX],
                                                struct crypto_bytes *signature, const char **why)
{
    const struct classic *classic = find_classic(auth->auth.method, kind);

    if (!classic) {
        *why = "its AUTH is not of a method that its key goes with";
        return NULL;
    }
    *signature = auth->auth.data;
    if (classic->method != IKE_AUTH_METHOD_RSA) {
        *signature = crypto_bytes(der, crypto_ecdsa_from_raw(kind, auth->auth.data, der));
    }
    return crypto_scheme_find(classic->scheme);
}

bool ike_auth_value_verify(struct ike_call *call, const struct ike_payload *auth,
                           struct crypto_bytes public, struct ike_auth_value *value,
                           const char **why)
{
    struct crypto_context *crypto = call->endpoint->crypto;
    const struct crypto_scheme *scheme;
    struct crypto_bytes parts[3], signature = {0};
    uint8_t der[CRYPTO_SIGNATURE_MAX];

    if (auth->auth.method == IKE_AUTH_METHOD_SIGNATURE) {
        scheme = call->endpoint->policy->auth.classic
                     ? NULL
                     : read_identified(auth->auth.data, &signature, why);
    } else {
        scheme = read_classic(auth, crypto_public_kind(crypto, public), der, &signature, why);
    }
    if (!scheme) {
        return false;
    }
    value->facts.algorithm = scheme->name;
    parts_of(&value->facts, parts);
    return crypto_verify(crypto, scheme, public, parts, 3, signature, call->costs, why);
}
