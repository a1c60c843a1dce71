#include "ike/auth.h"

#include <assert.h>
#include <string.h>

#include "ike/ppk.h"

/* ---- IKE_SA_INIT ---- */

static bool uses_signatures(const struct ike_auth_policy *auth)
{
    return auth->local == IKE_AUTH_PUBKEY || auth->remote == IKE_AUTH_PUBKEY;
}

static void announce_hashes(struct ike_call *call)
{
    /* SHA-1 is left out: nobody should sign with it (RFC 8247 §3.2). */
    static const uint8_t hashes[] = {0, CRYPTO_SIGN_SHA2_256, 0, CRYPTO_SIGN_SHA2_384,
                                     0, CRYPTO_SIGN_SHA2_512, 0, CRYPTO_SIGN_IDENTITY};

    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS,
                     crypto_bytes(hashes, sizeof(hashes)));
}

void ike_auth_announce(struct ike_call *call, struct ike_sa *sa, bool response)
{
    const struct ike_auth_policy *auth = &call->endpoint->policy->auth;

    if (response && auth->remote == IKE_AUTH_PUBKEY) {
        ike_auth_build_certreq(call);
    }
    if (uses_signatures(auth) && !auth->classic) {
        announce_hashes(call);
    }
    ike_ppk_announce(call, sa, response);
}

void ike_auth_take_announced(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *hashes =
        ike_message_find_notify(&call->message, IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS);
    struct ike_setup *setup = sa->setup;

    ike_ppk_take_announced(call, sa);
    setup->asked_for_certs |= ike_message_find(&call->message, IKE_PAYLOAD_CERTREQ) != NULL;
    for (size_t i = 0; hashes && i + 2 <= hashes->notify.data.len; i += 2) {
        const uint8_t *at = hashes->notify.data.data + i;

        if (at[0] == 0 && at[1] < 16) {
            setup->peer_hashes |= (uint16_t)(1u << at[1]);
        }
    }
}

/* ---- one value ---- */

struct crypto_bytes ike_auth_own_id(const struct ike_identity *identity,
                                    uint8_t body[IKE_ID_BODY_MAX])
{
    assert(identity->data.len <= IKE_ID_MAX);
    memset(body, 0, 4);
    body[0] = identity->type;
    if (identity->data.len > 0) {
        memcpy(body + 4, identity->data.data, identity->data.len);
    }
    return crypto_bytes(body, 4 + identity->data.len);
}

void ike_auth_value_begin(struct ike_call *call, const struct ike_sa *sa, bool of_initiator,
                          struct crypto_bytes id, struct ike_auth_value *value)
{
    const struct ike_setup *setup = sa->setup;
    const struct crypto_transform *prf = sa->suite.prf;
    struct crypto_bytes sk_p = crypto_sk(sa->keys, of_initiator ? CRYPTO_SK_PI : CRYPTO_SK_PR);

    value->facts = (struct ike_auth_facts){
        .of_initiator = of_initiator,
        .verified = of_initiator != sa->initiator,
        .equal = true,
        .id = id,
        .message = of_initiator == sa->initiator
                       ? ike_sent_message(setup->own_message)
                       : crypto_bytes(setup->peer_message, setup->peer_message_len),
        .nonce = of_initiator ? ike_sa_nr(sa) : ike_sa_ni(sa),
        .sk_p = sk_p,
        .maced_id = crypto_bytes(value->maced_id, prf->key_len),
    };
    crypto_prf(call->endpoint->crypto, prf, sk_p, &id, 1, value->maced_id, call->costs);
    value->facts.int_auth = crypto_bytes(value->maced_id + prf->key_len,
                                         ike_intermediate_auth(sa, value->maced_id + prf->key_len));
}

void ike_auth_value_by_secret(struct ike_call *call, const struct ike_sa *sa, uint8_t method,
                              struct crypto_bytes secret, struct ike_auth_value *value)
{
    struct ike_auth_facts *facts = &value->facts;

    facts->method = method;
    facts->secret = secret;
    facts->auth = crypto_bytes(value->auth, sa->suite.prf->key_len);
    crypto_auth_secret(call->endpoint->crypto, sa->suite.prf, secret, facts->message, facts->nonce,
                       ike_auth_tail(facts), value->auth, call->costs);
}

/* The MSK of the run of EAP that is over (§2.16). */
static struct crypto_bytes eap_key(const struct ike_sa *sa)
{
    assert(sa->setup->eap && sa->setup->eap->over);
    return crypto_bytes(sa->setup->eap->msk, sizeof(sa->setup->eap->msk));
}

/* ---- the own one ---- */

/* Makes it with the keys that the SA has now, and tells. */
static bool make_own(struct ike_call *call, const struct ike_sa *sa, enum ike_auth_kind kind,
                     struct crypto_bytes id, struct ike_auth_value *own, const char **why)
{
    ike_auth_value_begin(call, sa, sa->initiator, id, own);
    switch (kind) {
    case IKE_AUTH_PSK:
        ike_auth_value_by_secret(call, sa, IKE_AUTH_METHOD_SHARED_KEY,
                                 call->endpoint->policy->secret, own);
        break;
    case IKE_AUTH_NULL:
        ike_auth_value_by_secret(call, sa, IKE_AUTH_METHOD_NULL, own->facts.sk_p, own);
        break;
    case IKE_AUTH_PUBKEY:
        if (!ike_auth_value_sign(call, sa, own, why)) {
            return false;
        }
        break;
    case IKE_AUTH_EAP_MSCHAPV2:
    case IKE_AUTH_EAP_TLS:
        ike_auth_value_by_secret(call, sa, IKE_AUTH_METHOD_SHARED_KEY, eap_key(sa), own);
        break;
    }
    ike_tell_auth(call, sa, &own->facts);
    return true;
}

bool ike_auth_build_value(struct ike_call *call, struct ike_sa *sa, enum ike_auth_kind kind,
                          struct crypto_bytes id, const char **why)
{
    bool ppk = sa->initiator && ike_ppk_in_use(call, sa);
    bool optional = ppk && !call->endpoint->policy->auth.ppk_required;
    struct ike_auth_value own, plain = {.facts = {0}};

    if (optional && !make_own(call, sa, kind, id, &plain, why)) {
        return false;
    }
    if (ppk) {
        ike_ppk_mix(call, sa);
    }
    if (!make_own(call, sa, kind, id, &own, why)) {
        return false;
    }
    ike_build_auth(&call->builder, own.facts.method, own.facts.auth);
    ike_ppk_build(call, sa, plain.facts.auth);
    return true;
}

/* ---- the peer's ---- */

static bool id_expected(const struct ike_identity *remote, const struct ike_payload *id)
{
    return !remote || (remote->type == id->id.type && remote->data.len == id->id.data.len &&
                       memcmp(remote->data.data, id->id.data.data, id->id.data.len) == 0);
}

static bool check_secret(struct ike_call *call, const struct ike_sa *sa, uint8_t method,
                         struct crypto_bytes secret, const struct ike_payload *auth,
                         struct ike_auth_value *value, const char **why)
{
    struct ike_auth_facts *facts = &value->facts;

    ike_auth_value_by_secret(call, sa, method, secret, value);
    facts->equal = auth->auth.method == method && auth->auth.data.len == facts->auth.len &&
                   crypto_equal(auth->auth.data.data, value->auth, facts->auth.len);
    *why = auth->auth.method != method ? "its AUTH is not of the method that is demanded"
                                       : "its AUTH is another value: another secret, or a message "
                                         "was changed";
    return facts->equal;
}

static bool check_signature(struct ike_call *call, const struct ike_sa *sa,
                            const struct ike_payload *id, const struct ike_payload *auth,
                            struct ike_auth_value *value, const char **why)
{
    const char *certs_why = NULL, *signature_why = "there is no key to check its AUTH with";
    uint8_t *public = NULL;
    bool trusted, signed_well = false;
    size_t len = ike_auth_check_certs(call, sa, id, &public, &trusted, &certs_why);

    value->facts.equal = false;
    value->facts.method = auth->auth.method;
    value->facts.auth = auth->auth.data;
    if (len > 0) {
        value->facts.public_key = crypto_bytes(public, len);
        signed_well = value->facts.equal =
            ike_auth_value_verify(call, auth, value->facts.public_key, value, &signature_why);
        ike_tell_auth(call, sa, &value->facts);
    }
    crypto_octets_free(public, len);
    *why = trusted ? signature_why : certs_why;
    return trusted && signed_well;
}

bool ike_auth_check(struct ike_call *call, struct ike_sa *sa, enum ike_auth_kind kind,
                    const struct ike_payload *id, const struct ike_payload *payload,
                    const char **why)
{
    const struct ike_policy *policy = call->endpoint->policy;
    struct ike_payload auth = *payload;
    struct ike_auth_value peer;
    bool good = false;

    if (id->id.data.len > IKE_ID_MAX) {
        *why = "its identity is longer than any";
        return false;
    }
    /* In a run of EAP the responder proves itself before PPKs are spoken of (RFC 8784 §3). */
    if (!(sa->initiator && ike_auth_is_eap(policy->auth.local) && !ike_auth_is_eap(kind)) &&
        !ike_ppk_take(call, sa, &auth, why)) {
        return false;
    }
    ike_auth_value_begin(call, sa, !sa->initiator, id->body, &peer);
    switch (kind) {
    case IKE_AUTH_PSK:
        good =
            check_secret(call, sa, IKE_AUTH_METHOD_SHARED_KEY, policy->secret, &auth, &peer, why);
        ike_tell_auth(call, sa, &peer.facts);
        break;
    case IKE_AUTH_NULL:
        /* The ID is no more than a word then (RFC 7619 §2.2). */
        good = check_secret(call, sa, IKE_AUTH_METHOD_NULL, peer.facts.sk_p, &auth, &peer, why);
        ike_tell_auth(call, sa, &peer.facts);
        return good;
    case IKE_AUTH_PUBKEY:
        good = check_signature(call, sa, id, &auth, &peer, why);
        break;
    case IKE_AUTH_EAP_MSCHAPV2:
    case IKE_AUTH_EAP_TLS:
        good = check_secret(call, sa, IKE_AUTH_METHOD_SHARED_KEY, eap_key(sa), &auth, &peer, why);
        ike_tell_auth(call, sa, &peer.facts);
        break;
    }
    if (good && !id_expected(call->endpoint->self->remote, id)) {
        *why = "it has proved to be somebody else than is wanted";
        return false;
    }
    return good;
}
