/* IKE_SA_INIT (RFC 7296 §1.2): SAi1, KEi, Ni -> SAr1, KEr, Nr, and from then on there are keys. */
#include <assert.h>
#include <string.h>

#include "ike/auth.h"
#include "ike/child.h"
#include "ike/cookie.h"
#include "ike/exchange.h"
#include "ike/fragment.h"
#include "ike/init.h"
#include "ike/intermediate.h"
#include "ike/nat.h"
#include "ike/negotiate.h"
#include "ike/ppk.h"
#include "ike/puzzle.h"
#include "ike/redirect.h"
#include "ike/tell.h"

static struct ike_terms terms_of(const struct ike_policy *policy)
{
    struct ike_terms terms = ike_sa_terms(policy, 0);

    terms.additional = true;
    return terms;
}

/* Additional key exchanges need an exchange of their own, which both ends have to announce (RFC
 * 9370 §2.2.1). */
static bool intermediate_is_spoken(const struct ike_call *call)
{
    return ike_message_find_notify(&call->message, IKE_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED);
}

bool ike_init_nonce_fits(const struct ike_payload *nonce, const struct crypto_suite *suite)
{
    assert(suite->prf);
    return nonce->nonce.data.len >= suite->prf->key_len / 2u;
}

void ike_init_keep_nonce(uint8_t kept[IKE_NONCE_MAX], uint16_t *len,
                         const struct ike_payload *nonce)
{
    *len = (uint16_t)nonce->nonce.data.len;
    memcpy(kept, nonce->nonce.data.data, nonce->nonce.data.len);
}

void ike_init_draw_nonce(struct ike_call *call, const struct ike_sa *sa, bool response,
                         uint8_t nonce[IKE_NONCE_MAX], uint16_t *len)
{
    struct crypto_draw draw =
        ike_draw(sa, IKE_EXCHANGE_IKE_SA_INIT, response, 0, CRYPTO_DRAW_NONCE);

    crypto_entropy_fill(&call->endpoint->entropy, &draw, nonce, IKE_NONCE_OWN);
    *len = IKE_NONCE_OWN;
}

static struct crypto_kex *make_key_pair(struct ike_call *call, const struct ike_sa *sa,
                                        bool response, const struct crypto_transform *ke)
{
    struct ike_endpoint *endpoint = call->endpoint;
    struct crypto_draw draw =
        ike_draw(sa, IKE_EXCHANGE_IKE_SA_INIT, response, 0, CRYPTO_DRAW_KE_PRIVATE);
    struct crypto_kex *kex =
        crypto_kex_new(endpoint->crypto, ke, &endpoint->entropy, &draw, call->costs);

    assert(kex);
    return kex;
}

static void drop(struct ike_call *call, const char *reason, const char *detail)
{
    ike_tell_dropped(call, &call->message.header, reason, detail, (struct trace_ref){0});
}

static void build_notify(struct ike_call *call, uint16_t type)
{
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), type, crypto_bytes(NULL, 0));
}

void ike_init_take_extensions(struct ike_call *call, struct ike_sa *sa)
{
    sa->fragments = ike_fragments_announced(call->endpoint->policy) &&
                    ike_message_find_notify(&call->message, IKE_NOTIFY_FRAGMENTATION_SUPPORTED);
}

/* ---- the initiator ---- */

void ike_init_build_cookie(struct ike_call *call, const struct ike_sa *sa)
{
    const struct ike_setup *setup = sa->setup;

    if (setup->cookie_len) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_COOKIE,
                         crypto_bytes(setup->cookie, setup->cookie_len));
    }
    if (setup->has_solution) {
        ike_build_raw(&call->builder, IKE_PAYLOAD_PS, false,
                      crypto_bytes(setup->solution, sizeof(setup->solution)));
    }
}

void ike_init_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_setup *setup = sa->setup;
    struct ike_terms terms;

    (void)task;
    if (!setup->under) {
        setup->under = call->endpoint->policy;
    }
    terms = terms_of(setup->under);
    if (!setup->ke) {
        setup->ke = ike_terms_first_ke(&terms);
        ike_init_draw_nonce(call, sa, false, setup->ni, &setup->ni_len);
    }
    assert(setup->ke);
    /* A COOKIE leaves it as it was (§2.6). */
    if (!setup->kex || crypto_kex_transform(setup->kex) != setup->ke) {
        crypto_kex_free(setup->kex);
        setup->kex = make_key_pair(call, sa, false, setup->ke);
        ike_tell_key_pair(call, sa, setup->kex);
    }
    ike_init_build_cookie(call, sa);
    ike_terms_offer(&terms, &call->builder);
    ike_build_ke(&call->builder, setup->ke->id, crypto_kex_public(setup->kex));
    ike_build_nonce(&call->builder, ike_sa_ni(sa));
    ike_nat_build_detection(call, sa, &sa->local, &sa->remote);
    if (ike_fragments_announced(call->endpoint->policy)) {
        build_notify(call, IKE_NOTIFY_FRAGMENTATION_SUPPORTED);
    }
    if (ike_intermediate_announced(setup->under)) {
        build_notify(call, IKE_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED);
    }
    ike_redirect_announce(call, sa);
    ike_auth_announce(call, sa, false);
}

/* INVALID_KE_PAYLOAD: the whole offer again, with the key exchange that the peer wants (§1.2). SPIr
 * may be zero or not (§2.6). */
static bool follow_demanded_ke(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                               const struct ike_payload *notify)
{
    struct ike_setup *setup = sa->setup;
    struct ike_terms terms = terms_of(setup->under);
    const struct crypto_transform *ke;

    if (notify->notify.data.len != 2 || setup->ke_retries >= IKE_KE_RETRIES_MAX) {
        return false;
    }
    ke = ike_terms_find_ke(
        &terms, (uint16_t)(notify->notify.data.data[0] << 8 | notify->notify.data.data[1]));
    if (!ke || ke == setup->ke) {
        return false;
    }
    ike_tell_received(call, task->sent->first);
    setup->ke = ke;
    setup->ke_retries++;
    sa->round++;
    ike_task_send_again(call, sa, task);
    return true;
}

void ike_init_follow_cookie(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                            const struct ike_payload *notify)
{
    struct crypto_bytes cookie = notify->notify.data;
    struct ike_setup *setup = sa->setup;

    if (cookie.len == 0 || cookie.len > IKE_COOKIE_MAX) {
        drop(call, "malformed", "a COOKIE has 1 to 64 octets (RFC 7296 2.6)");
        return;
    }
    if (setup->cookie_len == cookie.len && memcmp(setup->cookie, cookie.data, cookie.len) == 0) {
        drop(call, "duplicate", "the request that is out has this COOKIE already");
        return;
    }
    if (setup->cookie_retries >= IKE_COOKIE_RETRIES_MAX) {
        drop(call, "limit", "too many COOKIEs for one request: the last one is waited for");
        return;
    }
    ike_tell_received(call, task->sent->first);
    setup->cookie_len = (uint8_t)cookie.len;
    memcpy(setup->cookie, cookie.data, cookie.len);
    setup->cookie_retries++;
    ike_tell_cookie(call, "returned", cookie,
                    "the responder wants to see that we receive at our address");
    ike_puzzle_solve(call, sa, ike_message_find_notify(&call->message, IKE_NOTIFY_PUZZLE));
    ike_task_send_again(call, sa, task);
}

void ike_init_disregard_error(struct ike_call *call, struct ike_sa *sa, uint16_t error)
{
    const char *name = ike_notify_name(error);

    sa->setup->refused = name ? name : "an unknown error";
    drop(call, "unauthenticated", "an error that nobody vouches for: the request goes on");
}

static bool derive(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                   const struct ike_payload *payload_sa, const struct ike_payload *ke,
                   const struct ike_payload *nonce)
{
    struct ike_setup *setup = sa->setup;
    struct ike_terms terms = terms_of(setup->under);
    struct ike_agreement agreement;
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    size_t secret_len = 0;
    const char *why = NULL;

    if (!ike_terms_accept(&terms, payload_sa, &agreement) ||
        !ike_init_nonce_fits(nonce, &agreement.suite)) {
        drop(call, "unacceptable", "the SA is none that was offered, or the nonce is too short");
        return false;
    }
    if (agreement.suite.additional_count && !intermediate_is_spoken(call)) {
        drop(call, "unacceptable", "additional key exchanges, and no IKE_INTERMEDIATE for them");
        return false;
    }
    if (agreement.suite.ke != setup->ke || ke->ke.method != setup->ke->id) {
        drop(call, "unacceptable", "the key exchange is not the one of the request");
        return false;
    }
    if (crypto_kex_derive(setup->kex, ke->ke.data, secret, &secret_len, call->costs, &why) != 0) {
        drop(call, "unacceptable", why); /* RFC 6989 §2.5: wait for a better one */
        return false;
    }
    sa->suite = agreement.suite;
    sa->spi_r = call->message.header.spi_r;
    ike_init_keep_nonce(setup->nr, &setup->nr_len, nonce);
    ike_init_take_extensions(call, sa);
    ike_auth_take_announced(call, sa);
    ike_tell_received(call, task->sent->first);
    ike_tell_proposal_chosen(call, sa, &terms, NULL, &agreement);
    ike_sa_derive_keys(call, sa, NULL, crypto_bytes(secret, secret_len), crypto_bytes(NULL, 0));
    ike_puzzle_solve_auth(call, sa);
    crypto_wipe(secret, secret_len);
    return true;
}

bool ike_init_admit(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    const struct ike_payload *payload_sa = ike_message_find(&call->message, IKE_PAYLOAD_SA);
    const struct ike_payload *ke = ike_message_find(&call->message, IKE_PAYLOAD_KE);
    const struct ike_payload *nonce = ike_message_find(&call->message, IKE_PAYLOAD_NONCE);
    const struct ike_payload *demand =
        ike_message_find_notify(&call->message, IKE_NOTIFY_INVALID_KE_PAYLOAD);
    const struct ike_payload *cookie = ike_message_find_notify(&call->message, IKE_NOTIFY_COOKIE);
    const struct ike_payload *redirect =
        ike_message_find_notify(&call->message, IKE_NOTIFY_REDIRECT);
    uint16_t error;

    if (redirect && !payload_sa && call->endpoint->policy->follow_redirects) {
        ike_redirect_follow(call, sa, redirect, task->sent->first);
        return false;
    }
    if (cookie && !payload_sa) {
        ike_init_follow_cookie(call, sa, task, cookie);
        return false;
    }
    if (demand && follow_demanded_ke(call, sa, task, demand)) {
        return false;
    }
    if (ike_error_notify(&call->message, &error)) {
        ike_init_disregard_error(call, sa, error);
        return false;
    }
    if (!payload_sa || !ke || !nonce || call->message.header.spi_r == 0) {
        drop(call, "malformed", "SA, KE, Nr and an SPIr are needed");
        return false;
    }
    return derive(call, sa, task, payload_sa, ke, nonce);
}

/* Whether IKE_AUTH makes a CHILD SA: the responder says whether it can do without (RFC 6023). False
 * if the attempt ends here. */
static bool settle_childless(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_policy *policy = call->endpoint->policy;
    bool can = ike_message_find_notify(&call->message, IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED);

    if (policy->childless >= IKE_CHILDLESS_PREFER && can) {
        sa->setup->child = NULL;
        return true;
    }
    if (policy->childless == IKE_CHILDLESS_FORCE || !sa->setup->child) {
        ike_sa_close(call, sa, "the responder makes no IKE SA without a CHILD SA (RFC 6023)");
        return false;
    }
    return true;
}

void ike_init_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_setup *setup = sa->setup;

    setup->own_message = task->sent;
    task->sent = NULL;
    setup->peer_message_len = call->message.bytes.len;
    setup->peer_message = ike_take(call->endpoint, setup->peer_message_len);
    memcpy(setup->peer_message, call->message.bytes.data, setup->peer_message_len);
    crypto_kex_free(setup->kex);
    setup->kex = NULL;

    ike_nat_detect(call, sa);
    ike_nat_float(call, sa);
    if (!ike_ppk_admits(call, sa)) {
        ike_sa_close(call, sa, "the responder uses no PPK, and one is a must");
    } else if (settle_childless(call, sa)) {
        ike_sa_go_on_to_auth(call, sa);
    }
}

void ike_sa_go_on_to_auth(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_task *task;

    if (ike_intermediate_due(sa)) {
        if (sa->state != IKE_STATE_INTERMEDIATE) {
            ike_sa_enter(call, sa, IKE_STATE_INTERMEDIATE,
                         "IKE_SA_INIT is answered: keys exist, and more are to be agreed on");
        }
        ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_INTERMEDIATE));
        return;
    }
    task = ike_task_new(call->endpoint, IKE_TASK_AUTH);
    if (sa->setup->child) {
        task->offer = ike_child_offer_new(call->endpoint, sa->setup->child);
    }
    ike_sa_enter(call, sa, IKE_STATE_AUTH_SENT,
                 sa->state == IKE_STATE_INTERMEDIATE ? "all key exchanges are over"
                                                     : "IKE_SA_INIT is answered: keys exist");
    ike_task_start(call, sa, task);
}

/* ---- the responder ---- */

/* An IKE SA in the making, before anything of it is told. */
struct half {
    struct ike_agreement agreement;
    struct ike_terms terms;
    const struct ike_payload *sa, *ke, *nonce;
};

bool ike_init_has_room(struct ike_call *call)
{
    const struct ike_endpoint *endpoint = call->endpoint;
    const struct ike_policy *policy = endpoint->policy;

    if (endpoint->half_open >= IKE_HALF_OPEN_MAX ||
        (policy->half_open_limit && endpoint->half_open >= policy->half_open_limit)) {
        drop(call, "limit", "too many IKE SAs are half-open");
        return false;
    }
    if (policy->block_threshold &&
        ike_half_open_from(endpoint, &call->datagram->source) >= policy->block_threshold) {
        drop(call, "limit", "too many IKE SAs with this address are half-open");
        return false;
    }
    return true;
}

/* What the request asks for; false if it was dealt with here. */
static bool judge_request(struct ike_call *call, struct half *half)
{
    *half = (struct half){
        .sa = ike_message_find(&call->message, IKE_PAYLOAD_SA),
        .ke = ike_message_find(&call->message, IKE_PAYLOAD_KE),
        .nonce = ike_message_find(&call->message, IKE_PAYLOAD_NONCE),
        .terms = terms_of(call->endpoint->policy),
    };
    half->terms.additional = intermediate_is_spoken(call);
    if (!half->sa || !half->ke || !half->nonce || call->message.header.spi_i == 0 ||
        call->message.header.message_id != 0) {
        drop(call, "malformed", "SA, KE, Ni, an SPIi and Message ID 0 are needed");
        return false;
    }
    if (!ike_terms_choose(&half->terms, half->sa, &half->agreement)) {
        ike_tell_received(call, (struct trace_ref){0});
        ike_answer_without_sa(call, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, crypto_bytes(NULL, 0));
        return false;
    }
    /* A stranger makes us work and remember: not without end (§2.6). */
    if (!ike_cookie_admits(call, half->nonce->nonce.data, half->agreement.suite.prf) ||
        !ike_init_has_room(call) || ike_redirect_send(call, half->nonce->nonce.data)) {
        return false;
    }
    if (!ike_init_nonce_fits(half->nonce, &half->agreement.suite)) {
        drop(call, "malformed", "Ni is shorter than half the key of the PRF (RFC 7296 2.10)");
        return false;
    }
    if (half->ke->ke.method != half->agreement.suite.ke->id) {
        uint16_t wanted = half->agreement.suite.ke->id;
        uint8_t group[2] = {(uint8_t)(wanted >> 8), (uint8_t)wanted};

        ike_tell_received(call, (struct trace_ref){0});
        ike_answer_without_sa(call, IKE_NOTIFY_INVALID_KE_PAYLOAD,
                              crypto_bytes(group, sizeof(group)));
        return false;
    }
    return true;
}

static void tell_half_open(struct ike_call *call, struct ike_sa *sa, const struct half *half,
                           const struct crypto_kex *kex)
{
    ike_tell_received(call, (struct trace_ref){0});
    ike_tell_sa_created(call, sa);
    ike_tell_proposal_chosen(call, sa, &half->terms, half->sa, &half->agreement);
    ike_tell_key_pair(call, sa, kex);
}

void ike_init_keep_request(struct ike_call *call, struct ike_sa *sa,
                           const struct ike_payload *nonce)
{
    struct ike_endpoint *endpoint = call->endpoint;
    struct ike_setup *setup = sa->setup;

    call->actions->sa = sa->id;
    sa->half_open = true;
    endpoint->half_open++;
    ike_sa_index_request(endpoint, sa, ike_call_datagram_hash(call));
    ike_init_keep_nonce(setup->ni, &setup->ni_len, nonce);
    ike_init_take_extensions(call, sa);
    ike_redirect_take_support(call, sa);
    ike_init_draw_nonce(call, sa, true, setup->nr, &setup->nr_len);
    setup->peer_message_len = call->message.bytes.len;
    setup->peer_message = ike_take(endpoint, setup->peer_message_len);
    memcpy(setup->peer_message, call->message.bytes.data, setup->peer_message_len);
}

void ike_init_build_extensions(struct ike_call *call, const struct ike_sa *sa)
{
    ike_nat_build_detection(call, sa, &sa->local, &sa->remote);
    if (sa->fragments) {
        build_notify(call, IKE_NOTIFY_FRAGMENTATION_SUPPORTED);
    }
    if (call->endpoint->policy->childless != IKE_CHILDLESS_NEVER) {
        build_notify(call, IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED);
    }
}

void ike_init_answered(struct ike_call *call, struct ike_sa *sa, const char *why)
{
    ike_sa_enter(call, sa, IKE_STATE_INIT_DONE, why);
    ike_response_send(call, sa);
    ike_actions_timer(call->actions, sa->id, IKE_TIMER_HALF_OPEN, 0,
                      call->endpoint->policy->half_open_timeout);
}

void ike_init_answer(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_endpoint *endpoint = call->endpoint;
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    size_t secret_len = 0;
    struct crypto_kex *kex;
    const char *why = NULL;
    struct half half;
    bool charges;

    assert(!sa);
    if (!judge_request(call, &half)) {
        return;
    }
    sa = ike_sa_new(call, &call->datagram->destination, &call->datagram->source,
                    call->message.header.spi_i, 0);
    sa->suite = half.agreement.suite;
    kex = make_key_pair(call, sa, true, sa->suite.ke);
    charges = ike_puzzle_charges(call);
    if (!charges &&
        crypto_kex_derive(kex, half.ke->ke.data, secret, &secret_len, call->costs, &why) != 0) {
        drop(call, "unacceptable", why); /* RFC 6989 §2.5 */
        ike_sa_discard(endpoint, sa);
        goto out;
    }
    ike_init_keep_request(call, sa, half.nonce);
    ike_auth_take_announced(call, sa);
    tell_half_open(call, sa, &half, kex);
    ike_nat_detect(call, sa);
    if (!charges) {
        ike_sa_derive_keys(call, sa, NULL, crypto_bytes(secret, secret_len), crypto_bytes(NULL, 0));
    }
    ike_message_begin(call, sa, IKE_EXCHANGE_IKE_SA_INIT, true, 0);
    ike_build_sa(&call->builder, &half.agreement.proposal, 1);
    ike_build_ke(&call->builder, sa->suite.ke->id, crypto_kex_public(kex));
    ike_build_nonce(&call->builder, ike_sa_nr(sa));
    ike_init_build_extensions(call, sa);
    if (half.terms.additional && ike_intermediate_announced(endpoint->policy)) {
        build_notify(call, IKE_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED);
    }
    ike_auth_announce(call, sa, true);
    if (charges) {
        ike_puzzle_charge(call, sa, kex, half.ke->ke.data);
        kex = NULL;
    }
    ike_init_answered(call, sa,
                      charges ? "IKE_SA_INIT is answered: keys exist when a puzzle is solved"
                              : "IKE_SA_INIT is answered: keys exist");
out:
    crypto_kex_free(kex);
    crypto_wipe(secret, sizeof(secret));
}
