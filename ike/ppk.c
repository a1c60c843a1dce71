#include "ike/ppk.h"

#include <assert.h>
#include <string.h>

#include "ike/auth.h"
#include "ike/tell.h"

/* The keys that a PPK changes, in the order in which what they were is kept. */
static const enum crypto_sk mixed_keys[] = {CRYPTO_SK_D, CRYPTO_SK_PI, CRYPTO_SK_PR};

enum { MIXED_KEYS = sizeof(mixed_keys) / sizeof(mixed_keys[0]) };

static bool configured(const struct ike_call *call)
{
    return call->endpoint->policy->auth.ppk.len > 0;
}

bool ike_ppk_in_use(const struct ike_call *call, const struct ike_sa *sa)
{
    return configured(call) && sa->setup->peer_uses_ppk;
}

void ike_ppk_announce(struct ike_call *call, const struct ike_sa *sa, bool response)
{
    if (configured(call) && (!response || sa->setup->peer_uses_ppk)) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_USE_PPK,
                         crypto_bytes(NULL, 0));
    }
}

void ike_ppk_take_announced(struct ike_call *call, struct ike_sa *sa)
{
    sa->setup->peer_uses_ppk |= ike_message_find_notify(&call->message, IKE_NOTIFY_USE_PPK) != NULL;
}

bool ike_ppk_admits(const struct ike_call *call, const struct ike_sa *sa)
{
    return !configured(call) || sa->setup->peer_uses_ppk ||
           !call->endpoint->policy->auth.ppk_required;
}

/* ---- mixing ---- */

static uint8_t *key_at(struct ike_sa *sa, size_t i, size_t *len)
{
    enum crypto_sk which = mixed_keys[i];

    *len = (size_t)(sa->keys->at[which + 1] - sa->keys->at[which]);
    return sa->keys->bytes + sa->keys->at[which];
}

void ike_ppk_mix(struct ike_call *call, struct ike_sa *sa)
{
    struct crypto_bytes ppk = call->endpoint->policy->auth.ppk;
    struct ike_kept *before;
    size_t total = 0, len, at = 0;

    assert(!sa->setup->unmixed);
    for (size_t i = 0; i < MIXED_KEYS; i++) {
        key_at(sa, i, &len);
        total += len;
    }
    before = ike_take(call->endpoint, sizeof(*before) + total);
    before->len = total;
    for (size_t i = 0; i < MIXED_KEYS; i++, at += len) {
        uint8_t *key = key_at(sa, i, &len);
        struct crypto_bytes old;

        memcpy(before->octets + at, key, len);
        old = crypto_bytes(before->octets + at, len);
        crypto_prf_plus(call->endpoint->crypto, sa->suite.prf, ppk, &old, 1, key, len, call->costs);
    }
    sa->setup->unmixed = before;
    ike_tell_ppk(call, sa, true);
}

static void unmix(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_kept *before = sa->setup->unmixed;
    size_t len, at = 0;

    ike_tell_ppk(call, sa, false);
    for (size_t i = 0; i < MIXED_KEYS; i++, at += len) {
        uint8_t *key = key_at(sa, i, &len);

        memcpy(key, before->octets + at, len);
    }
    ike_kept_free(call->endpoint, before);
    sa->setup->unmixed = NULL;
}

/* ---- IKE_AUTH ---- */

static void build_identity(struct ike_call *call)
{
    struct crypto_bytes id = call->endpoint->policy->auth.ppk_id;
    uint8_t octets[1 + UINT8_MAX];

    assert(id.len < sizeof(octets));
    octets[0] = IKE_PPK_ID_FIXED;
    memcpy(octets + 1, id.data, id.len);
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_PPK_IDENTITY,
                     crypto_bytes(octets, 1 + id.len));
}

void ike_ppk_build(struct ike_call *call, const struct ike_sa *sa, struct crypto_bytes plain)
{
    if (!sa->setup->unmixed) {
        return;
    }
    if (!sa->initiator) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_PPK_IDENTITY,
                         crypto_bytes(NULL, 0));
        return;
    }
    build_identity(call);
    if (plain.len > 0) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_NO_PPK_AUTH, plain);
    }
}

static bool is_ours(const struct ike_call *call, struct crypto_bytes id)
{
    struct crypto_bytes own = call->endpoint->policy->auth.ppk_id;

    return id.len == 1 + own.len && id.data[0] == IKE_PPK_ID_FIXED &&
           memcmp(id.data + 1, own.data, own.len) == 0;
}

/* RFC 8784 §3, table 1. */
static bool take_request(struct ike_call *call, struct ike_sa *sa, struct ike_payload *auth,
                         const char **why)
{
    bool required = call->endpoint->policy->auth.ppk_required;
    const struct ike_payload *id = ike_message_find_notify(&call->message, IKE_NOTIFY_PPK_IDENTITY);
    const struct ike_payload *without =
        ike_message_find_notify(&call->message, IKE_NOTIFY_NO_PPK_AUTH);

    if (!sa->setup->peer_uses_ppk) {
        *why = "it uses no PPK, and one is a must";
        return !required;
    }
    if (!id) {
        *why = "it names no PPK";
        return false;
    }
    if (is_ours(call, id->notify.data)) {
        ike_ppk_mix(call, sa);
        return true;
    }
    *why = "it names a PPK that is not known here, and cannot do without";
    if (required || !without) {
        return false;
    }
    auth->auth.data = without->notify.data;
    return true;
}

bool ike_ppk_take(struct ike_call *call, struct ike_sa *sa, struct ike_payload *auth,
                  const char **why)
{
    if (!configured(call)) {
        return true;
    }
    if (!sa->initiator) {
        return take_request(call, sa, auth, why);
    }
    if (!sa->setup->unmixed || ike_message_find_notify(&call->message, IKE_NOTIFY_PPK_IDENTITY)) {
        return true;
    }
    *why = "the responder does not use the PPK, and it is a must";
    if (call->endpoint->policy->auth.ppk_required) {
        return false;
    }
    unmix(call, sa);
    return true;
}
