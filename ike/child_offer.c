/*
 * A CHILD SA from the initiator's side: what is offered, and what of the answer is accepted. The
 * same in IKE_AUTH, where nonces are those of IKE_SA_INIT and there is no key exchange, and in
 * CREATE_CHILD_SA (RFC 7296 §1.2, §1.3.1).
 */
#include <assert.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/nat.h"
#include "ike/octets.h"
#include "ike/reauth.h"
#include "ike/rival.h"
#include "ike/selectors.h"
#include "ike/tell.h"

void ike_child_build_offer(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_child_offer *offer = task->offer;
    const struct ike_child_policy *policy = offer->policy;
    struct ike_endpoint *endpoint = call->endpoint;
    const struct ike_child *old = ike_child_offer_rekeys(endpoint, sa, offer);
    struct ike_child_side local, remote;
    struct ike_terms terms;

    if (task->exchange == IKE_EXCHANGE_IKE_AUTH) {
        ike_config_build_request(call, sa);
    }
    ike_child_offer_pair(old, offer);
    ike_child_offer_side(endpoint, offer, sa, true, &local);
    ike_child_offer_side(endpoint, offer, sa, false, &remote);
    offer->transport = policy->transport && ike_child_host_to_host(sa, local.list, local.count,
                                                                   remote.list, remote.count);
    offer->child =
        ike_child_new(call, sa, policy,
                      ike_draw(sa, task->exchange, false, task->message_id, CRYPTO_DRAW_SPI_CHILD));
    offer->under = endpoint->policy;
    terms = ike_child_terms(offer->under, policy, task->exchange, offer->child->spi_in);
    if (offer->rekeys) {
        uint8_t spi[IKE_CHILD_SPI_LEN];

        /* The SA is named as this end receives with it (§1.3.3). */
        ike_store_u32(spi, offer->rekeys);
        ike_build_notify(&call->builder, old ? old->protocol : IKE_PROTOCOL_ESP,
                         crypto_bytes(spi, sizeof(spi)), IKE_NOTIFY_REKEY_SA,
                         crypto_bytes(NULL, 0));
    }
    if (offer->transport) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_USE_TRANSPORT_MODE,
                         crypto_bytes(NULL, 0));
    }
    if (!offer->ke || !ike_terms_find_ke(&terms, offer->ke->id)) {
        offer->ke = ike_terms_first_ke(&terms);
    }
    ike_terms_offer(&terms, &call->builder);
    if (task->exchange == IKE_EXCHANGE_CREATE_CHILD_SA) {
        struct crypto_draw draw =
            ike_draw(sa, task->exchange, false, task->message_id, CRYPTO_DRAW_NONCE);

        crypto_entropy_fill(&endpoint->entropy, &draw, offer->nonce, sizeof(offer->nonce));
        ike_build_nonce(&call->builder, crypto_bytes(offer->nonce, sizeof(offer->nonce)));
    }
    if (offer->ke) {
        struct crypto_draw draw =
            ike_draw(sa, task->exchange, false, task->message_id, CRYPTO_DRAW_KE_PRIVATE);

        offer->kex =
            crypto_kex_new(endpoint->crypto, offer->ke, &endpoint->entropy, &draw, call->costs);
        assert(offer->kex);
        ike_tell_key_pair(call, sa, offer->kex);
        ike_build_ke(&call->builder, offer->ke->id, crypto_kex_public(offer->kex));
    }
    ike_build_ts(&call->builder, true, local.list, local.count);
    ike_build_ts(&call->builder, false, remote.list, remote.count);
}

static bool says_transport(const struct ike_message *message)
{
    return ike_message_find_notify(message, IKE_NOTIFY_USE_TRANSPORT_MODE) != NULL;
}

/* What of the answered selectors and mode we cannot have. */
static const char *check_scope(const struct ike_call *call, const struct ike_sa *sa,
                               const struct ike_child_offer *offer, const struct ike_seen *seen)
{
    const struct ike_child *old = ike_child_offer_rekeys(call->endpoint, sa, offer);
    struct ike_child_side local, remote;

    ike_child_offer_side(call->endpoint, offer, sa, true, &local);
    ike_child_offer_side(call->endpoint, offer, sa, false, &remote);
    if (!ike_selectors_within(seen->own.list, seen->own.count, local.list, local.count) ||
        !ike_selectors_within(seen->others.list, seen->others.count, remote.list, remote.count)) {
        return "the response's traffic selectors go beyond the offer";
    }
    if (old && ike_child_narrower(call->endpoint, old, seen->own.list, seen->own.count,
                                  seen->others.list, seen->others.count)) {
        return "the successor's traffic selectors are narrower than those in use";
    }
    if (says_transport(&call->message) && !offer->transport) {
        return "the response says transport mode, which was not asked for";
    }
    /* A peer that declines means tunnel mode; who cannot have that deletes it (§1.3.1). */
    if (offer->policy->require_mode && offer->transport && !says_transport(&call->message)) {
        return "the peer declines transport mode, which is required";
    }
    return NULL;
}

/* The response lets us have the CHILD SA, or says why not. */
static const char *check_answer(struct ike_call *call, const struct ike_sa *sa,
                                const struct ike_task *task, struct ike_agreement *agreement,
                                struct ike_seen *seen)
{
    const struct ike_child_offer *offer = task->offer;
    const struct ike_payload *payload_sa = ike_message_find(&call->message, IKE_PAYLOAD_SA);
    const struct ike_payload *ts_i = ike_message_find(&call->message, IKE_PAYLOAD_TSI);
    const struct ike_payload *ts_r = ike_message_find(&call->message, IKE_PAYLOAD_TSR);
    const struct ike_payload *ke = ike_message_find(&call->message, IKE_PAYLOAD_KE);
    const struct ike_payload *nonce = ike_message_find(&call->message, IKE_PAYLOAD_NONCE);
    bool has_nonce = task->exchange == IKE_EXCHANGE_CREATE_CHILD_SA;
    struct ike_terms terms =
        ike_child_terms(offer->under, offer->policy, task->exchange, offer->child->spi_in);

    if (!payload_sa || !ts_i || !ts_r || (has_nonce && !nonce)) {
        return "the response lacks SA, nonce or traffic selectors";
    }
    if (has_nonce && nonce->nonce.data.len < sa->suite.prf->key_len / 2u) { /* §2.10 */
        return "the response's nonce is too short";
    }
    if (!ike_terms_accept(&terms, payload_sa, agreement)) {
        return "the response's SA is none that was offered";
    }
    if (ike_load_u32(agreement->peer_spi) < IKE_CHILD_SPI_MIN) {
        return "the response's SPI is a reserved one";
    }
    if (agreement->suite.ke &&
        (!ke || agreement->suite.ke != offer->ke || ke->ke.method != offer->ke->id)) {
        return "the response lacks the key exchange of the chosen suite";
    }
    ike_nat_see(sa, ts_i, ts_r, says_transport(&call->message), seen);
    return check_scope(call, sa, offer, seen);
}

void ike_child_reject_answer(struct ike_call *call, struct ike_sa *sa,
                             struct ike_child_offer *offer, const char *why)
{
    uint32_t spi_in = offer->child->spi_in;
    struct ike_task *task = ike_task_new(call->endpoint, IKE_TASK_DELETE_CHILD);
    const struct ike_payload *payload_sa = ike_message_find(&call->message, IKE_PAYLOAD_SA);
    uint8_t protocol = payload_sa && payload_sa->sa.count > 0
                           ? payload_sa->sa.proposals[0].transforms.protocol
                           : offer->policy->proposals[0].protocol;

    if (!ike_child_refused(call, sa, offer, why)) {
        ike_child_fail(call, sa, offer, why);
    }
    task->protocol = protocol == IKE_PROTOCOL_AH ? IKE_PROTOCOL_AH : IKE_PROTOCOL_ESP;
    task->spi_in = spi_in;
    ike_task_start(call, sa, task);
}

static void tell_selectors(struct ike_call *call, const struct ike_sa *sa,
                           const struct ike_child_offer *offer, const struct ike_bargain *bargain)
{
    struct ike_child_side local, remote;

    ike_child_offer_side(call->endpoint, offer, sa, true, &local);
    ike_child_offer_side(call->endpoint, offer, sa, false, &remote);
    ike_tell_selectors_agreed(call, offer->child,
                              &(struct ike_selectors_facts){.offered_i = local.list,
                                                            .offered_i_count = local.count,
                                                            .offered_r = remote.list,
                                                            .offered_r_count = remote.count,
                                                            .agreed_i = bargain->ts_i,
                                                            .agreed_i_count = bargain->ts_i_count,
                                                            .agreed_r = bargain->ts_r,
                                                            .agreed_r_count = bargain->ts_r_count});
}

/* All is there that makes the CHILD SA. */
static void install(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer,
                    struct ike_bargain *bargain, bool loses)
{
    struct ike_child *old = ike_child_offer_rekeys(call->endpoint, sa, offer);
    struct ike_child *child = offer->child;
    const struct ike_child *rival =
        loses ? ike_child_by_spi_in(call->endpoint, sa, offer->rival->spi_in) : NULL;

    bargain->used = offer->inherited;
    bargain->replaces = loses ? NULL : old;
    if (rival && rival->state == IKE_CHILD_OFFERED) {
        rival = old; /* which sends until the rival is there */
    }
    bargain->waits_for = rival ? rival->spi_in : 0;
    ike_child_install(call, sa, child, bargain);
    if (child->scope) {
        child->scope->paired = offer->pair.family != 0;
    }
    offer->child = NULL;
    ike_child_succeed_own(call, sa, offer, child, loses);
}

/* Key exchanges follow (RFC 9370 §2.2.4), unless ours has lost against the peer's. */
static void go_on(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                  const struct ike_bargain *bargain, bool loses)
{
    struct ike_child_offer *offer = task->offer;
    const char *why;

    if (loses) {
        ike_child_stop(call, sa, offer);
        return;
    }
    ike_child_prevail(call, sa, offer);
    offer->series =
        ike_series_new(call->endpoint, &bargain->agreement->suite, bargain->shared_secret);
    ike_series_keep_bargain(call->endpoint, offer->series, offer->child, offer->rekeys, bargain);
    why = ike_followup_begin(call, sa, task);
    if (why) {
        ike_task_fail(call, sa, task, why);
    }
}

static void accept_answer(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                          const struct ike_agreement *agreement, const struct ike_seen *seen)
{
    struct ike_child_offer *offer = task->offer;
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    size_t secret_len = 0;
    const char *why = NULL;
    bool loses = false;
    struct ike_bargain bargain = {
        .initiator = true,
        .transport = says_transport(&call->message),
        .real = seen->real,
        .agreement = agreement,
        .ts_i = seen->own.list,
        .ts_r = seen->others.list,
        .ts_i_count = seen->own.count,
        .ts_r_count = seen->others.count,
    };

    if (agreement->suite.ke &&
        crypto_kex_derive(offer->kex, ike_message_find(&call->message, IKE_PAYLOAD_KE)->ke.data,
                          secret, &secret_len, call->costs, &why) != 0) {
        /* RFC 6989 §2.5: the sender has a bug, and the IKE SA must go. */
        ike_child_fail(call, sa, offer, why);
        ike_sa_begin_delete(call, sa, "the peer's public key exchange value is refused");
        return;
    }
    if (task->exchange == IKE_EXCHANGE_CREATE_CHILD_SA) {
        bargain.ni = crypto_bytes(offer->nonce, sizeof(offer->nonce));
        bargain.nr = ike_message_find(&call->message, IKE_PAYLOAD_NONCE)->nonce.data;
    } else {
        bargain.ni = ike_sa_ni(sa);
        bargain.nr = ike_sa_nr(sa);
    }
    bargain.shared_secret = crypto_bytes(secret, secret_len);
    loses = ike_child_loses(call, sa, offer, bargain.nr);
    if (ike_child_deleted_early(offer, ike_load_u32(agreement->peer_spi))) {
        ike_child_drop_early(call, sa, offer, loses);
    } else {
        tell_selectors(call, sa, offer, &bargain);
        if (agreement->suite.additional_count) {
            go_on(call, sa, task, &bargain, loses);
        } else {
            install(call, sa, offer, &bargain, loses);
        }
    }
    crypto_wipe(secret, secret_len);
}

void ike_child_conclude_offer(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_child_offer *offer = task->offer;
    struct ike_bargain bargain = ike_series_bargain(offer->series, true);

    /* The peer may have deleted it before we knew that it has it. */
    if (ike_child_deleted_early(offer, ike_load_u32(bargain.agreement->peer_spi))) {
        ike_child_drop_early(call, sa, offer, false);
    } else {
        install(call, sa, offer, &bargain, false);
    }
}

/* The method that INVALID_KE_PAYLOAD demands, if we offered it and it is not what we sent. */
static const struct crypto_transform *demanded_ke(const struct ike_call *call,
                                                  const struct ike_task *task)
{
    const struct ike_payload *notify =
        ike_message_find_notify(&call->message, IKE_NOTIFY_INVALID_KE_PAYLOAD);
    struct ike_terms terms =
        ike_child_terms(task->offer->under, task->offer->policy, task->exchange, 0);
    const struct crypto_transform *ke;

    if (!notify || notify->notify.data.len != 2 || task->offer->ke_retries >= IKE_KE_RETRIES_MAX) {
        return NULL;
    }
    ke = ike_terms_find_ke(
        &terms, (uint16_t)(notify->notify.data.data[0] << 8 | notify->notify.data.data[1]));
    return ke != task->offer->ke ? ke : NULL;
}

/* A new exchange for the same, of which the caller changes what the peer wants otherwise. */
static struct ike_task *try_again(struct ike_call *call, struct ike_sa *sa,
                                  struct ike_child_offer *refused)
{
    struct ike_task *task = ike_task_new(call->endpoint, IKE_TASK_CREATE_CHILD);

    task->offer = ike_child_offer_new(call->endpoint, refused->policy);
    task->offer->pair = refused->pair;
    task->offer->rekeys = refused->rekeys;
    task->offer->rekeys_out = refused->rekeys_out;
    ike_child_forget(call->endpoint, sa, refused->child);
    refused->child = NULL;
    return task;
}

/* With the key exchange method that the peer wants (§1.3). */
static void try_method(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *refused,
                       const struct crypto_transform *ke)
{
    struct ike_task *task = try_again(call, sa, refused);

    task->offer->ke = ke;
    task->offer->ke_retries = refused->ke_retries + 1;
    ike_task_start(call, sa, task);
}

/* The peer makes CHILD SAs for one pair of addresses each: the pair of the old one is asked for, or
 * those of packets (§2.9). */
static void try_pairs(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *refused,
                      const char *why)
{
    const struct ike_child *old = ike_child_offer_rekeys(call->endpoint, sa, refused);
    struct ike_pair pair;

    if (old && ike_child_pair(old, &pair)) {
        struct ike_task *task = try_again(call, sa, refused);

        task->offer->pair = pair;
        ike_task_start(call, sa, task);
        return;
    }
    ike_child_fail(call, sa, refused, why);
    if (!refused->rekeys) {
        ike_actions_add(call->actions, IKE_ACTION_CHILD_PAIRS)->pairs = refused->policy->name;
    }
}

void ike_child_take_refusal(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                            uint16_t error)
{
    bool first = task->exchange != IKE_EXCHANGE_IKE_FOLLOWUP_KE;
    const struct crypto_transform *ke;
    char text[IKE_NAME_TEXT_CAP];
    const char *why = ike_notify_text(error, text, sizeof(text));

    if (ike_child_refused(call, sa, task->offer, why)) {
        return;
    }
    ke = first && error == IKE_NOTIFY_INVALID_KE_PAYLOAD ? demanded_ke(call, task) : NULL;
    if (error == IKE_NOTIFY_TEMPORARY_FAILURE) {
        ike_child_fail(call, sa, task->offer, why);
        ike_task_ask_later(call, sa, task);
    } else if (!first && error == IKE_NOTIFY_STATE_NOT_FOUND) {
        ike_child_fail(call, sa, task->offer, why);
        if (ike_task_may_try_anew(call, sa, task)) {
            ike_task_ask_later(call, sa, task);
        }
    } else if (ke) {
        try_method(call, sa, task->offer, ke);
    } else if (first && error == IKE_NOTIFY_SINGLE_PAIR_REQUIRED && !task->offer->pair.family) {
        try_pairs(call, sa, task->offer, why);
    } else if (error == IKE_NOTIFY_CHILD_SA_NOT_FOUND && task->offer->rekeys) {
        ike_child_start_over(call, sa, task->offer);
    } else {
        ike_child_fail(call, sa, task->offer, why);
        if (error == IKE_NOTIFY_NO_ADDITIONAL_SAS && task->offer->rekeys) {
            ike_reauth_instead(call, sa);
        }
    }
}

void ike_child_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_agreement agreement;
    struct ike_seen seen;
    struct ike_terms terms;
    const char *why;
    uint16_t error;

    if (ike_error_notify(&call->message, &error)) {
        ike_child_take_refusal(call, sa, task, error);
        return;
    }
    why = task->exchange == IKE_EXCHANGE_IKE_AUTH ? ike_config_take_reply(call, sa) : NULL;
    if (!why) {
        why = check_answer(call, sa, task, &agreement, &seen);
    }
    if (why) {
        ike_child_reject_answer(call, sa, task->offer, why);
        return;
    }
    terms = ike_child_terms(task->offer->under, task->offer->policy, task->exchange,
                            task->offer->child->spi_in);
    ike_tell_proposal_chosen(call, sa, &terms, NULL, &agreement);
    accept_answer(call, sa, task, &agreement, &seen);
}
