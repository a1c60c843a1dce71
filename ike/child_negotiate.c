/*
 * Agreeing on a CHILD SA: proposals, selectors, keys. The same in IKE_AUTH, where nonces are those
 * of IKE_SA_INIT and there is no key exchange, and in CREATE_CHILD_SA (RFC 7296 §1.2, §1.3.1,
 * §2.17).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/selectors.h"
#include "ike/tell.h"

static struct ike_terms terms_of(const struct ike_child_policy *policy, uint8_t exchange,
                                 uint32_t spi_in)
{
    struct ike_terms terms = {
        .own = policy->proposals,
        .count = policy->proposal_count,
        .protocol = IKE_PROTOCOL_ESP,
        .key_exchange = exchange == IKE_EXCHANGE_CREATE_CHILD_SA,
        .spi_len = IKE_CHILD_SPI_LEN,
    };

    ike_spi_write(terms.spi, spi_in);
    return terms;
}

/* ---- keys ---- */

/* What both ends have agreed on. */
struct bargain {
    bool initiator; /* of the exchange */
    const struct ike_agreement *agreement;
    struct crypto_bytes shared_secret; /* of the CHILD SA's own key exchange */
    struct crypto_bytes ni, nr;
    const struct ike_selector *ts_i, *ts_r;
    size_t ts_i_count, ts_r_count;
};

/* KEYMAT is taken for packets from the initiator of the exchange first, and of each direction the
 * encryption key first (§2.17). */
static void derive(struct ike_call *call, const struct ike_sa *sa, const struct ike_child *child,
                   const struct bargain *bargain, struct ike_child_sa *out)
{
    const struct crypto_suite *suite = &bargain->agreement->suite;
    uint8_t keymat[2 * (CRYPTO_ENCR_KEY_MAX + CRYPTO_INTEG_KEY_MAX)];
    size_t len = crypto_keymat_direction_len(suite);
    size_t integ_len = suite->integ ? suite->integ->key_len : 0;
    struct crypto_packet_key *from_initiator = bargain->initiator ? &out->key_out : &out->key_in;
    struct crypto_packet_key *from_responder = bargain->initiator ? &out->key_in : &out->key_out;

    assert(2 * len <= sizeof(keymat) && integ_len <= len);
    crypto_keymat(call->endpoint->crypto, sa->suite.prf, crypto_sk(&sa->keys, CRYPTO_SK_D),
                  bargain->shared_secret, bargain->ni, bargain->nr, keymat, 2 * len, call->costs);
    crypto_packet_key_set(from_initiator, suite, crypto_bytes(keymat, len - integ_len),
                          crypto_bytes(keymat + len - integ_len, integ_len));
    crypto_packet_key_set(from_responder, suite, crypto_bytes(keymat + len, len - integ_len),
                          crypto_bytes(keymat + 2 * len - integ_len, integ_len));
    ike_tell_child_keys(call, sa, child,
                        &(struct ike_child_keys_facts){.initiator = bargain->initiator,
                                                       .suite = suite,
                                                       .shared_secret = bargain->shared_secret,
                                                       .ni = bargain->ni,
                                                       .nr = bargain->nr,
                                                       .keymat = crypto_bytes(keymat, 2 * len),
                                                       .in = &out->key_in,
                                                       .out = &out->key_out});
    crypto_wipe(keymat, sizeof(keymat));
}

/* Hands it to ESP. The selectors lie behind the struct, in one block, so that they live as long. */
static void install(struct ike_call *call, struct ike_sa *sa, struct ike_child *child,
                    const struct bargain *bargain)
{
    const struct ike_selector *local = bargain->initiator ? bargain->ts_i : bargain->ts_r;
    const struct ike_selector *remote = bargain->initiator ? bargain->ts_r : bargain->ts_i;
    size_t local_count = bargain->initiator ? bargain->ts_i_count : bargain->ts_r_count;
    size_t remote_count = bargain->initiator ? bargain->ts_r_count : bargain->ts_i_count;
    struct ike_child_sa *out =
        malloc(sizeof(*out) + (local_count + remote_count) * sizeof(struct ike_selector));
    struct ike_selector *list;

    assert(out);
    list = (struct ike_selector *)(out + 1);
    memcpy(list, local, local_count * sizeof(*list));
    memcpy(list + local_count, remote, remote_count * sizeof(*list));
    child->spi_out = ike_spi_read(bargain->agreement->peer_spi);
    child->state = IKE_CHILD_INSTALLED;
    sa->child_count++;
    *out = (struct ike_child_sa){.ike_sa = sa->id,
                                 .name = child->policy->name,
                                 .spi_in = child->spi_in,
                                 .spi_out = child->spi_out,
                                 .suite = bargain->agreement->suite,
                                 .replay_window = child->policy->replay_window,
                                 .local = sa->local,
                                 .remote = sa->remote,
                                 .local_ts_count = (uint8_t)local_count,
                                 .remote_ts_count = (uint8_t)remote_count,
                                 .local_ts = list,
                                 .remote_ts = list + local_count};
    derive(call, sa, child, bargain, out);
    ike_tell_child_installed(call, sa, child, out);
    ike_actions_add(call->actions, IKE_ACTION_CHILD_INSTALL)->install = out;
}

/* ---- the initiator ---- */

void ike_child_build_offer(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_child_offer *offer = task->offer;
    const struct ike_child_policy *policy = offer->policy;
    struct ike_endpoint *endpoint = call->endpoint;
    struct ike_terms terms;

    offer->child =
        ike_child_new(call, sa, policy,
                      ike_draw(sa, task->exchange, false, task->message_id, CRYPTO_DRAW_SPI_CHILD));
    terms = terms_of(policy, task->exchange, offer->child->spi_in);
    if (!offer->ke) {
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
    ike_build_ts(&call->builder, true, policy->local_ts, policy->local_ts_count);
    ike_build_ts(&call->builder, false, policy->remote_ts, policy->remote_ts_count);
}

/* The response lets us have the CHILD SA, or says why not. */
static const char *check_answer(struct ike_call *call, const struct ike_task *task,
                                struct ike_agreement *agreement)
{
    const struct ike_child_offer *offer = task->offer;
    const struct ike_child_policy *policy = offer->policy;
    const struct ike_payload *payload_sa = ike_message_find(&call->message, IKE_PAYLOAD_SA);
    const struct ike_payload *ts_i = ike_message_find(&call->message, IKE_PAYLOAD_TSI);
    const struct ike_payload *ts_r = ike_message_find(&call->message, IKE_PAYLOAD_TSR);
    const struct ike_payload *ke = ike_message_find(&call->message, IKE_PAYLOAD_KE);
    struct ike_terms terms = terms_of(policy, task->exchange, offer->child->spi_in);

    if (!payload_sa || !ts_i || !ts_r ||
        (task->exchange == IKE_EXCHANGE_CREATE_CHILD_SA &&
         !ike_message_find(&call->message, IKE_PAYLOAD_NONCE))) {
        return "the response lacks SA, nonce or traffic selectors";
    }
    if (!ike_terms_accept(&terms, payload_sa, agreement)) {
        return "the response's SA is none that was offered";
    }
    if (ike_spi_read(agreement->peer_spi) < IKE_CHILD_SPI_MIN) {
        return "the response's SPI is a reserved one";
    }
    if (agreement->suite.ke &&
        (!ke || agreement->suite.ke != offer->ke || ke->ke.method != offer->ke->id)) {
        return "the response lacks the key exchange of the chosen suite";
    }
    if (!ike_selectors_within(ts_i->ts.selectors, ts_i->ts.count, policy->local_ts,
                              policy->local_ts_count) ||
        !ike_selectors_within(ts_r->ts.selectors, ts_r->ts.count, policy->remote_ts,
                              policy->remote_ts_count)) {
        return "the response's traffic selectors go beyond the offer";
    }
    return NULL;
}

/* The peer believes that it has a CHILD SA that we do not want: it is told to forget it. */
static void refuse_answer(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer,
                          const char *why)
{
    uint32_t spi_in = offer->child->spi_in;
    struct ike_task *task = ike_task_new(call->endpoint, IKE_TASK_DELETE_CHILD);

    ike_child_fail(call, sa, offer, why);
    task->spi_in = spi_in;
    ike_task_start(call, sa, task);
}

static void accept_answer(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                          const struct ike_agreement *agreement)
{
    struct ike_child_offer *offer = task->offer;
    const struct ike_payload *ts_i = ike_message_find(&call->message, IKE_PAYLOAD_TSI);
    const struct ike_payload *ts_r = ike_message_find(&call->message, IKE_PAYLOAD_TSR);
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    size_t secret_len = 0;
    const char *why = NULL;
    struct bargain bargain = {
        .initiator = true,
        .agreement = agreement,
        .ts_i = ts_i->ts.selectors,
        .ts_r = ts_r->ts.selectors,
        .ts_i_count = ts_i->ts.count,
        .ts_r_count = ts_r->ts.count,
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
    ike_tell_selectors_agreed(
        call, offer->child,
        &(struct ike_selectors_facts){.offered_i = offer->policy->local_ts,
                                      .offered_i_count = offer->policy->local_ts_count,
                                      .offered_r = offer->policy->remote_ts,
                                      .offered_r_count = offer->policy->remote_ts_count,
                                      .agreed_i = bargain.ts_i,
                                      .agreed_i_count = bargain.ts_i_count,
                                      .agreed_r = bargain.ts_r,
                                      .agreed_r_count = bargain.ts_r_count});
    install(call, sa, offer->child, &bargain);
    offer->child = NULL;
    crypto_wipe(secret, secret_len);
}

/* The method that INVALID_KE_PAYLOAD demands, if we offered it and it is not what we sent. */
static const struct crypto_transform *demanded_ke(const struct ike_call *call,
                                                  const struct ike_task *task)
{
    const struct ike_payload *notify =
        ike_message_find_notify(&call->message, IKE_NOTIFY_INVALID_KE_PAYLOAD);
    struct ike_terms terms = terms_of(task->offer->policy, task->exchange, 0);
    const struct crypto_transform *ke;

    if (!notify || notify->notify.data.len != 2 || task->offer->ke_retries >= IKE_KE_RETRIES_MAX) {
        return NULL;
    }
    ke = ike_terms_find_ke(
        &terms, (uint16_t)(notify->notify.data.data[0] << 8 | notify->notify.data.data[1]));
    return ke != task->offer->ke ? ke : NULL;
}

/* A new exchange with the key exchange method that the peer wants (§1.3). */
static void try_again(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *refused,
                      const struct crypto_transform *ke)
{
    struct ike_task *task = ike_task_new(call->endpoint, IKE_TASK_CREATE_CHILD);

    task->offer = ike_child_offer_new(call->endpoint, refused->policy);
    task->offer->ke = ke;
    task->offer->ke_retries = refused->ke_retries + 1;
    ike_child_forget(call->endpoint, sa, refused->child);
    refused->child = NULL;
    ike_task_start(call, sa, task);
}

void ike_child_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    const struct crypto_transform *ke;
    struct ike_agreement agreement;
    struct ike_terms terms;
    char text[IKE_NAME_TEXT_CAP];
    const char *why;
    uint16_t error;

    if (ike_error_notify(&call->message, &error)) {
        ke = error == IKE_NOTIFY_INVALID_KE_PAYLOAD ? demanded_ke(call, task) : NULL;
        if (ke) {
            try_again(call, sa, task->offer, ke);
        } else {
            ike_child_fail(call, sa, task->offer, ike_notify_text(error, text, sizeof(text)));
        }
        return;
    }
    why = check_answer(call, task, &agreement);
    if (why) {
        refuse_answer(call, sa, task->offer, why);
        return;
    }
    terms = terms_of(task->offer->policy, task->exchange, task->offer->child->spi_in);
    ike_tell_proposal_chosen(call, sa, &terms, NULL, &agreement);
    accept_answer(call, sa, task, &agreement);
}

/* ---- the responder ---- */

/* What of a request one of our CHILD SA configurations takes. */
struct selection {
    const struct ike_child_policy *policy;
    struct ike_agreement agreement;
    struct ike_selector ts_i[IKE_SELECTORS_MAX], ts_r[IKE_SELECTORS_MAX];
    size_t ts_i_count, ts_r_count;
};

/* The request's payloads. */
struct offered {
    const struct ike_payload *sa, *ts_i, *ts_r, *nonce, *ke;
};

/* The first configuration that has both the selectors and a proposal. Returns 0 or the notify that
 * says what none of them has. */
static uint16_t select_policy(struct ike_call *call, const struct offered *offered,
                              uint8_t exchange, struct selection *selection)
{
    const struct ike_policy *policy = call->endpoint->policy;
    uint16_t refusal = IKE_NOTIFY_TS_UNACCEPTABLE;

    for (size_t i = 0; i < policy->child_count; i++) {
        const struct ike_child_policy *child = &policy->children[i];
        struct ike_terms terms = terms_of(child, exchange, 0);

        selection->ts_i_count =
            ike_selectors_narrow(offered->ts_i->ts.selectors, offered->ts_i->ts.count,
                                 child->remote_ts, child->remote_ts_count, selection->ts_i);
        selection->ts_r_count =
            ike_selectors_narrow(offered->ts_r->ts.selectors, offered->ts_r->ts.count,
                                 child->local_ts, child->local_ts_count, selection->ts_r);
        if (selection->ts_i_count == 0 || selection->ts_r_count == 0) {
            continue;
        }
        if (ike_terms_choose(&terms, offered->sa, &selection->agreement) &&
            ike_spi_read(selection->agreement.peer_spi) >= IKE_CHILD_SPI_MIN) {
            selection->policy = child;
            return 0;
        }
        refusal = IKE_NOTIFY_NO_PROPOSAL_CHOSEN;
    }
    return refusal;
}

/* The responder's half of a key exchange. */
struct ke_half {
    struct crypto_kex *kex; /* NULL if the suite has none */
    size_t secret_len;
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
};

/* False if the peer's public value is refused; `why` says what for. */
static bool exchange_keys(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *ke,
                          const struct crypto_transform *method, struct ke_half *half,
                          const char **why)
{
    struct crypto_draw draw = ike_draw(sa, IKE_EXCHANGE_CREATE_CHILD_SA, true,
                                       call->message.header.message_id, CRYPTO_DRAW_KE_PRIVATE);
    struct ike_endpoint *endpoint = call->endpoint;

    half->kex = NULL;
    half->secret_len = 0;
    if (!method) {
        return true;
    }
    half->kex = crypto_kex_new(endpoint->crypto, method, &endpoint->entropy, &draw, call->costs);
    assert(half->kex);
    return crypto_kex_derive(half->kex, ke->ke.data, half->secret, &half->secret_len, call->costs,
                             why) == 0;
}

static void end_key_exchange(struct ke_half *half)
{
    crypto_kex_free(half->kex);
    crypto_wipe(half->secret, half->secret_len);
}

static void refuse(struct ike_call *call, struct ike_sa *sa, const char *name, uint16_t notify,
                   struct crypto_bytes data)
{
    char text[IKE_NAME_TEXT_CAP];

    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), notify, data);
    ike_tell_child_failed(call, sa, name, ike_notify_text(notify, text, sizeof(text)));
}

/* Writes SA, [Nr, [KEr,]] TSi, TSr. */
static void write_answer(struct ike_call *call, const struct ike_sa *sa, uint8_t exchange,
                         const struct selection *selection, const struct bargain *bargain,
                         const struct crypto_kex *kex)
{
    struct ike_builder *builder = &call->builder;

    ike_build_sa(builder, &selection->agreement.proposal, 1);
    if (exchange == IKE_EXCHANGE_CREATE_CHILD_SA) {
        ike_build_nonce(builder, bargain->nr);
    }
    if (kex) {
        ike_tell_key_pair(call, sa, kex);
        ike_build_ke(builder, crypto_kex_transform(kex)->id, crypto_kex_public(kex));
    }
    ike_build_ts(builder, true, selection->ts_i, selection->ts_i_count);
    ike_build_ts(builder, false, selection->ts_r, selection->ts_r_count);
}

static void tell_selectors(struct ike_call *call, const struct ike_child *child,
                           const struct offered *offered, const struct selection *selection)
{
    ike_tell_selectors_agreed(
        call, child,
        &(struct ike_selectors_facts){.offered_i = offered->ts_i->ts.selectors,
                                      .offered_i_count = offered->ts_i->ts.count,
                                      .offered_r = offered->ts_r->ts.selectors,
                                      .offered_r_count = offered->ts_r->ts.count,
                                      .agreed_i = selection->ts_i,
                                      .agreed_i_count = selection->ts_i_count,
                                      .agreed_r = selection->ts_r,
                                      .agreed_r_count = selection->ts_r_count});
}

static void agree(struct ike_call *call, struct ike_sa *sa, const struct offered *offered,
                  uint8_t exchange, struct selection *selection, const struct ke_half *half)
{
    uint32_t message_id = call->message.header.message_id;
    struct crypto_draw spi_draw = ike_draw(sa, exchange, true, message_id, CRYPTO_DRAW_SPI_CHILD);
    struct crypto_draw nonce_draw = ike_draw(sa, exchange, true, message_id, CRYPTO_DRAW_NONCE);
    struct ike_child *child = ike_child_new(call, sa, selection->policy, spi_draw);
    struct ike_terms terms = terms_of(selection->policy, exchange, child->spi_in);
    uint8_t nonce[IKE_NONCE_OWN];
    struct bargain bargain = {
        .agreement = &selection->agreement,
        .shared_secret = crypto_bytes(half->secret, half->secret_len),
        .ts_i = selection->ts_i,
        .ts_r = selection->ts_r,
        .ts_i_count = selection->ts_i_count,
        .ts_r_count = selection->ts_r_count,
    };

    memcpy(selection->agreement.proposal.spi, terms.spi, sizeof(terms.spi));
    if (exchange == IKE_EXCHANGE_CREATE_CHILD_SA) {
        crypto_entropy_fill(&call->endpoint->entropy, &nonce_draw, nonce, sizeof(nonce));
        bargain.ni = offered->nonce->nonce.data;
        bargain.nr = crypto_bytes(nonce, sizeof(nonce));
    } else {
        bargain.ni = ike_sa_ni(sa);
        bargain.nr = ike_sa_nr(sa);
    }
    ike_tell_proposal_chosen(call, sa, &terms, offered->sa, &selection->agreement);
    write_answer(call, sa, exchange, selection, &bargain, half->kex);
    tell_selectors(call, child, offered, selection);
    install(call, sa, child, &bargain);
}

/* A request that the RFC has no place for, though its syntax can be read: fatal (§2.21.3). */
static void refuse_malformed(struct ike_call *call, const char *why)
{
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_INVALID_SYNTAX,
                     crypto_bytes(NULL, 0));
    call->close_why = why;
}

/* Nonces must have at least half the key size of the PRF (§2.10). */
static bool is_complete(const struct ike_sa *sa, const struct offered *offered, uint8_t exchange)
{
    return offered->sa && offered->ts_i && offered->ts_r &&
           (exchange != IKE_EXCHANGE_CREATE_CHILD_SA ||
            (offered->nonce && offered->nonce->nonce.data.len >= sa->suite.prf->key_len / 2u));
}

void ike_child_answer(struct ike_call *call, struct ike_sa *sa, uint8_t exchange)
{
    struct offered offered = {
        .sa = ike_message_find(&call->message, IKE_PAYLOAD_SA),
        .ts_i = ike_message_find(&call->message, IKE_PAYLOAD_TSI),
        .ts_r = ike_message_find(&call->message, IKE_PAYLOAD_TSR),
        .nonce = ike_message_find(&call->message, IKE_PAYLOAD_NONCE),
        .ke = ike_message_find(&call->message, IKE_PAYLOAD_KE),
    };
    struct selection selection;
    const struct crypto_transform *method;
    struct ke_half half;
    const char *why = NULL;
    uint16_t refusal;

    if (!is_complete(sa, &offered, exchange)) {
        refuse_malformed(call, "a request for a CHILD SA lacks SA, nonce or traffic selectors");
        return;
    }
    refusal = select_policy(call, &offered, exchange, &selection);
    if (refusal) {
        refuse(call, sa, NULL, refusal, crypto_bytes(NULL, 0));
        return;
    }
    method = selection.agreement.suite.ke;
    if (method && (!offered.ke || offered.ke->ke.method != method->id)) {
        uint8_t group[2] = {(uint8_t)(method->id >> 8), (uint8_t)method->id};

        refuse(call, sa, selection.policy->name, IKE_NOTIFY_INVALID_KE_PAYLOAD,
               crypto_bytes(group, sizeof(group)));
        return;
    }
    if (exchange_keys(call, sa, offered.ke, method, &half, &why)) {
        agree(call, sa, &offered, exchange, &selection, &half);
    } else {
        refuse_malformed(call, why); /* RFC 6989 §2.5 */
    }
    end_key_exchange(&half);
}
