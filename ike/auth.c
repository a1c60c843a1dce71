#include "ike/auth.h"

#include <assert.h>
#include <string.h>

#include "ike/cookie.h"
#include "ike/ppk.h"
#include "ike/ticket.h"

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

/* Who signs what: all of it but the way. */
static void value_begin(struct ike_call *call, const struct ike_sa *sa, bool of_initiator,
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

/* AUTH with a secret, shared or not (§2.15, RFC 7619 §2.1). */
static void value_by_secret(struct ike_call *call, const struct ike_sa *sa, uint8_t method,
                            struct crypto_bytes secret, struct ike_auth_value *value)
{
    struct ike_auth_facts *facts = &value->facts;

    facts->method = method;
    facts->secret = secret;
    facts->auth = crypto_bytes(value->auth, sa->suite.prf->key_len);
    crypto_auth_secret(call->endpoint->crypto, sa->suite.prf, secret, facts->message, facts->nonce,
                       ike_auth_tail(facts), value->auth, call->costs);
}

/* Of a session that is resumed: prf(SK_p, octets), without a shared key (RFC 5723 §4.3.3). */
static void value_of_session(struct ike_call *call, const struct ike_sa *sa,
                             struct ike_auth_value *value)
{
    struct ike_auth_facts *facts = &value->facts;
    const struct crypto_bytes parts[] = {facts->message, facts->nonce, ike_auth_tail(facts)};

    facts->method = IKE_AUTH_METHOD_SHARED_KEY;
    facts->algorithm = "resumption";
    facts->auth = crypto_bytes(value->auth, sa->suite.prf->key_len);
    crypto_prf(call->endpoint->crypto, sa->suite.prf, facts->sk_p, parts, 3, value->auth,
               call->costs);
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
    value_begin(call, sa, sa->initiator, id, own);
    if (sa->setup->session) {
        value_of_session(call, sa, own);
        ike_tell_auth(call, sa, &own->facts);
        return true;
    }
    switch (kind) {
    case IKE_AUTH_PSK:
        value_by_secret(call, sa, IKE_AUTH_METHOD_SHARED_KEY, call->endpoint->policy->secret, own);
        break;
    case IKE_AUTH_NULL:
        value_by_secret(call, sa, IKE_AUTH_METHOD_NULL, own->facts.sk_p, own);
        break;
    case IKE_AUTH_PUBKEY:
        if (!ike_auth_value_sign(call, sa, own, why)) {
            return false;
        }
        break;
    case IKE_AUTH_EAP_MSCHAPV2:
    case IKE_AUTH_EAP_TLS:
        value_by_secret(call, sa, IKE_AUTH_METHOD_SHARED_KEY, eap_key(sa), own);
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

/* The AUTH is not over the peer's IKE_SA_INIT request as it is kept; perhaps over one that differs
 * from it by its COOKIE. */
static bool try_next(struct ike_call *call, struct ike_sa *sa, struct ike_auth_value *value,
                     unsigned *tries)
{
    if (sa->initiator || !ike_cookie_restore(call, sa, (*tries)++)) {
        return false;
    }
    value->facts.message = crypto_bytes(sa->setup->peer_message, sa->setup->peer_message_len);
    return true;
}

static bool check_secret(struct ike_call *call, struct ike_sa *sa, uint8_t method,
                         struct crypto_bytes secret, const struct ike_payload *auth,
                         struct ike_auth_value *value, const char **why)
{
    struct ike_auth_facts *facts = &value->facts;
    unsigned tries = 0;

    do {
        value_by_secret(call, sa, method, secret, value);
        facts->equal = auth->auth.method == method && auth->auth.data.len == facts->auth.len &&
                       crypto_equal(auth->auth.data.data, value->auth, facts->auth.len);
    } while (!facts->equal && try_next(call, sa, value, &tries));
    *why = auth->auth.method != method ? "its AUTH is not of the method that is demanded"
                                       : "its AUTH is another value: another secret, or a message "
                                         "was changed";
    return facts->equal;
}

static bool check_signature(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *id,
                            const struct ike_payload *auth, struct ike_auth_value *value,
                            const char **why)
{
    const char *certs_why = NULL, *signature_why = "there is no key to check its AUTH with";
    uint8_t *public = NULL;
    unsigned tries = 0;
    bool trusted, signed_well = false;
    size_t len = ike_auth_check_certs(call, sa, id, &public, &trusted, &certs_why);

    value->facts.equal = false;
    value->facts.method = auth->auth.method;
    value->facts.auth = auth->auth.data;
    if (len > 0) {
        value->facts.public_key = crypto_bytes(public, len);
        do {
            signed_well = value->facts.equal =
                ike_auth_value_verify(call, auth, value->facts.public_key, value, &signature_why);
        } while (!signed_well && try_next(call, sa, value, &tries));
        ike_tell_auth(call, sa, &value->facts);
    }
    crypto_octets_free(public, len);
    *why = trusted ? signature_why : certs_why;
    return trusted && signed_well;
}

/* The peer of a session that is resumed has to be the one that it was (RFC 5723 §4.3.3). */
static bool check_session(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *id,
                          const struct ike_payload *auth, const char **why)
{
    const struct ike_session *session = sa->setup->session;
    struct ike_auth_value peer;

    value_begin(call, sa, !sa->initiator, id->body, &peer);
    value_of_session(call, sa, &peer);
    peer.facts.equal = auth->auth.method == IKE_AUTH_METHOD_SHARED_KEY &&
                       auth->auth.data.len == peer.facts.auth.len &&
                       crypto_equal(auth->auth.data.data, peer.auth, peer.facts.auth.len);
    ike_tell_auth(call, sa, &peer.facts);
    if (!peer.facts.equal) {
        *why = "its AUTH is another value: it has not the keys of the session";
        return false;
    }
    *why = "the ticket was given to somebody else";
    return id->id.type == session->peer_id_type && id->id.data.len == session->peer_id_len &&
           memcmp(id->id.data.data, session->peer_id, session->peer_id_len) == 0;
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
    if (sa->setup->session) {
        return check_session(call, sa, id, payload, why);
    }
    /* In a run of EAP the responder proves itself before PPKs are spoken of (RFC 8784 §3). */
    if (!(sa->initiator && ike_auth_is_eap(policy->auth.local) && !ike_auth_is_eap(kind)) &&
        !ike_ppk_take(call, sa, &auth, why)) {
        return false;
    }
    value_begin(call, sa, !sa->initiator, id->body, &peer);
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
