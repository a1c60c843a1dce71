/*
 * An IKE SA takes the place of another (RFC 7296 §1.3.2, §2.8, §2.18). Both SPIs of the new one are
 * in the proposals; its keys come from SK_d of the old one and a new key exchange; CHILD SAs go
 * over to it untouched. Then the end that asked deletes the old one.
 *
 *     SK{SA Ni KE}  -->
 *                  <--  SK{SA Nr KE}          the new IKE SA exists, Message IDs from 0
 *     SK{D}         -->                       the old one
 *                  <--  SK{}
 *
 * Two such requests may cross (§2.8.2): two successors come to be, and stand by until all four
 * nonces are known. The one with the lowest is deleted by the end that asked for it; the other
 * takes over the CHILD SAs, and its end deletes the old SA. With additional key exchanges (RFC 9370
 * §2.2.4) a successor has no keys until they are over: of the one that has lost there is nothing to
 * delete.
 */
#include <assert.h>
#include <string.h>

#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/octets.h"
#include "ike/qcd.h"
#include "ike/reauth.h"
#include "ike/rival.h"
#include "ike/tell.h"

/* The payloads that both messages have. */
struct parts {
    const struct ike_payload *sa, *ke, *nonce;
};

static struct parts find_parts(const struct ike_message *message)
{
    return (struct parts){
        .sa = ike_message_find(message, IKE_PAYLOAD_SA),
        .ke = ike_message_find(message, IKE_PAYLOAD_KE),
        .nonce = ike_message_find(message, IKE_PAYLOAD_NONCE),
    };
}

/* §2.10: at least half the key size of the negotiated PRF. */
static bool nonce_fits(const struct ike_payload *nonce, const struct crypto_suite *suite)
{
    return nonce->nonce.data.len >= suite->prf->key_len / 2u;
}

static struct crypto_kex *make_key_pair(struct ike_call *call, const struct ike_sa *sa,
                                        bool response, uint32_t message_id,
                                        const struct crypto_transform *ke)
{
    struct ike_endpoint *endpoint = call->endpoint;
    struct crypto_draw draw =
        ike_draw(sa, IKE_EXCHANGE_CREATE_CHILD_SA, response, message_id, CRYPTO_DRAW_KE_PRIVATE);
    struct crypto_kex *kex =
        crypto_kex_new(endpoint->crypto, ke, &endpoint->entropy, &draw, call->costs);

    assert(kex);
    return kex;
}

static void draw_nonce(struct ike_call *call, const struct ike_sa *sa, bool response,
                       uint32_t message_id, uint8_t nonce[IKE_NONCE_OWN])
{
    struct crypto_draw draw =
        ike_draw(sa, IKE_EXCHANGE_CREATE_CHILD_SA, response, message_id, CRYPTO_DRAW_NONCE);

    crypto_entropy_fill(&call->endpoint->entropy, &draw, nonce, IKE_NONCE_OWN);
}

static void keep_nonces(struct ike_sa *sa, struct crypto_bytes ni, struct crypto_bytes nr)
{
    sa->setup->ni_len = (uint16_t)ni.len;
    sa->setup->nr_len = (uint16_t)nr.len;
    memcpy(sa->setup->ni, ni.data, ni.len);
    memcpy(sa->setup->nr, nr.data, nr.len);
}

/* ---- the initiator ---- */

void ike_rekey_free(struct ike_endpoint *endpoint, struct ike_rekey *rekey)
{
    if (rekey) {
        crypto_kex_free(rekey->kex);
        ike_rival_free(endpoint, rekey->rival);
        ike_series_free(endpoint, rekey->series);
        ike_give(endpoint, rekey, sizeof(*rekey));
    }
}

void ike_rekey_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_endpoint *endpoint = call->endpoint;
    struct ike_rekey *rekey = task->rekey;
    struct ike_terms terms;

    if (!rekey) {
        rekey = task->rekey = ike_take(endpoint, sizeof(*rekey));
    }
    rekey->spi = ike_sa_draw_successor_spi(endpoint, sa, false, task->message_id);
    rekey->under = endpoint->policy;
    terms = ike_sa_terms(rekey->under, rekey->spi);
    if (rekey->ke) {
        rekey->ke = ike_terms_find_ke(&terms, rekey->ke->id); /* still to be had? */
    }
    if (!rekey->ke) {
        /* The method of this SA costs no round trip, if it is still to be had. */
        rekey->ke = ike_terms_find_ke(&terms, sa->suite.ke->id);
    }
    if (!rekey->ke) {
        rekey->ke = ike_terms_first_ke(&terms);
    }
    assert(rekey->ke);
    rekey->kex = make_key_pair(call, sa, false, task->message_id, rekey->ke);
    draw_nonce(call, sa, false, task->message_id, rekey->nonce);
    ike_terms_offer(&terms, &call->builder);
    ike_build_nonce(&call->builder, crypto_bytes(rekey->nonce, sizeof(rekey->nonce)));
    ike_tell_key_pair(call, sa, rekey->kex);
    ike_build_ke(&call->builder, rekey->ke->id, crypto_kex_public(rekey->kex));
}

/* INVALID_KE_PAYLOAD: a new exchange with the method that the peer wants, if we offered it. */
static bool try_again(struct ike_call *call, struct ike_sa *sa, const struct ike_rekey *refused)
{
    const struct ike_payload *notify =
        ike_message_find_notify(&call->message, IKE_NOTIFY_INVALID_KE_PAYLOAD);
    struct ike_terms terms = ike_sa_terms(refused->under, refused->spi);
    const struct crypto_transform *ke;
    struct ike_task *task;

    if (!notify || notify->notify.data.len != 2 || refused->ke_retries >= IKE_KE_RETRIES_MAX) {
        return false;
    }
    ke = ike_terms_find_ke(
        &terms, (uint16_t)(notify->notify.data.data[0] << 8 | notify->notify.data.data[1]));
    if (!ke || ke == refused->ke) {
        return false;
    }
    task = ike_task_new(call->endpoint, IKE_TASK_REKEY_SA);
    task->rekey = ike_take(call->endpoint, sizeof(*task->rekey));
    task->rekey->ke = ke;
    task->rekey->ke_retries = refused->ke_retries + 1;
    return ike_task_start(call, sa, task);
}

/* NULL, or what is wrong with an answer that is no refusal. */
static const char *check_answer(const struct ike_sa *sa, const struct ike_rekey *rekey,
                                const struct parts *parts, struct ike_agreement *agreement)
{
    struct ike_terms terms = ike_sa_terms(rekey->under, rekey->spi);
    uint64_t spi_r;

    if (!parts->sa || !parts->ke || !parts->nonce) {
        return "the response lacks SA, nonce or key exchange";
    }
    if (!ike_terms_accept(&terms, parts->sa, agreement)) {
        return "the response's SA is none that was offered";
    }
    spi_r = ike_load_u64(agreement->peer_spi);
    if (spi_r == 0 || spi_r == sa->spi_i || spi_r == sa->spi_r) {
        return "the response's SPI is none for a new SA";
    }
    if (!nonce_fits(parts->nonce, &agreement->suite)) {
        return "the response's nonce is too short";
    }
    if (agreement->suite.ke != rekey->ke || parts->ke->ke.method != rekey->ke->id) {
        return "the response's key exchange is not the one of the request";
    }
    return NULL;
}

/* What the old SA leaves to do: it goes, and the peer hears how much the new one holds. */
static void hand_over(struct ike_call *call, struct ike_sa *old, struct ike_sa *sa)
{
    if (old->state == IKE_STATE_DELETING) {
        /* We were told to delete it while the request was out: so the successor goes as well. */
        ike_sa_begin_delete(call, sa, "the IKE SA before it was to be deleted");
        return;
    }
    ike_sa_begin_delete(call, old, "another IKE SA has taken its place");
    if (ike_qcd_is_maker(call)) {
        ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_TOKEN));
    } else if (sa->announce && !sa->queue) {
        ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_WINDOW));
    }
    ike_tasks_go_on(call, sa);
}

/* ---- the peer has rekeyed it too (§2.8.2) ---- */

/* The peer's successor takes over. */
static void adopt(struct ike_call *call, struct ike_sa *old, struct ike_sa *successor)
{
    bool deleting = old->state == IKE_STATE_DELETING;

    ike_sa_succeed(call, old, successor);
    if (deleting) {
        ike_sa_begin_delete(call, successor, "the IKE SA before it was to be deleted");
        return;
    }
    ike_sa_expect_delete(call, old);
    ike_tasks_go_on(call, successor);
}

/* The successor that the peer asked for, while it stands by. */
static struct ike_sa *rival_of(const struct ike_call *call, const struct ike_rekey *rekey)
{
    struct ike_sa *sa = ike_sa_by_id(call->endpoint, rekey->rival->sa);

    return sa && sa->standby && sa->state == IKE_STATE_ESTABLISHED ? sa : NULL;
}

static void settle(struct ike_call *call, struct ike_sa *old, const struct ike_rekey *rekey)
{
    struct ike_sa *successor = rival_of(call, rekey);

    if (!rekey->rival->settled && successor) {
        adopt(call, old, successor);
    }
    rekey->rival->settled = true;
}

static struct ike_collision collision_of(const struct ike_sa *sa, const struct ike_rekey *rekey,
                                         const struct ike_sa *own, struct crypto_bytes nr,
                                         const struct ike_sa *peers)
{
    return (struct ike_collision){
        .sa = sa,
        .ni = crypto_bytes(rekey->nonce, sizeof(rekey->nonce)),
        .nr = nr,
        .own_spi = own ? ike_sa_own_spi(own) : 0,
        .peer_spi = peers ? ike_sa_own_spi(peers) : 0,
    };
}

/* Our request is refused: the peer's is the one. */
static void yield(struct ike_call *call, struct ike_sa *sa, const struct ike_rekey *rekey)
{
    struct ike_collision collision =
        collision_of(sa, rekey, NULL, crypto_bytes(NULL, 0), rival_of(call, rekey));

    if (!rekey->rival->settled) {
        ike_rival_tell_refused(call, rekey->rival, &collision);
    }
    settle(call, sa, rekey);
}

/* The peer's successor has lost. */
static void defeat_peers(struct ike_call *call, struct ike_sa *sa, const struct ike_rekey *rekey)
{
    struct ike_sa *peers = rekey->rival ? rival_of(call, rekey) : NULL;
    struct ike_series *series = ike_series_rekeying(sa);

    if (peers) {
        ike_sa_expect_delete(call, peers);
    }
    if (series) {
        ike_series_drop(call, sa, series, NULL);
    }
}

/* Our request is answered, with the nonce `nr`: true if the peer's successor survives. */
static bool loses(struct ike_call *call, const struct ike_sa *sa, const struct ike_rekey *rekey,
                  const struct ike_sa *own, struct crypto_bytes nr)
{
    struct ike_collision collision;

    if (!rekey->rival) {
        return false;
    }
    collision = collision_of(sa, rekey, own, nr, rival_of(call, rekey));
    return ike_rival_wins(call, rekey->rival, &collision) || rekey->rival->settled;
}

/* Our successor has its keys. */
static void succeed(struct ike_call *call, struct ike_sa *sa, const struct ike_rekey *rekey,
                    struct ike_sa *own)
{
    ike_qcd_take_successor(call, own);
    ike_sa_succeed(call, sa, own);
    defeat_peers(call, sa, rekey);
    hand_over(call, sa, own);
}

/* Our successor is there too: which one survives? */
static void decide(struct ike_call *call, struct ike_sa *sa, const struct ike_rekey *rekey,
                   struct ike_sa *own, struct crypto_bytes nr)
{
    if (loses(call, sa, rekey, own, nr)) {
        ike_sa_stand_by(call, own, "both ends have rekeyed the IKE SA, and the other one survives");
        settle(call, sa, rekey);
        ike_sa_begin_delete(call, own, "the IKE SA that the peer asked for survives");
        return;
    }
    succeed(call, sa, rekey, own);
}

/* It will have its keys when the key exchanges that follow are over (RFC 9370 §2.2.4). */
static void go_on(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                  struct ike_sa *own, struct crypto_bytes secret, struct crypto_bytes nr)
{
    struct ike_rekey *rekey = task->rekey;
    const char *why;

    if (loses(call, sa, rekey, own, nr)) {
        ike_sa_close(call, own, "the IKE SA that the peer asked for survives");
        settle(call, sa, rekey);
        return;
    }
    defeat_peers(call, sa, rekey);
    ike_rival_free(call->endpoint, rekey->rival);
    rekey->rival = NULL;
    rekey->series = ike_series_new(call->endpoint, &own->suite, secret);
    rekey->series->successor = own->id;
    why = ike_followup_begin(call, sa, task);
    if (why) {
        ike_task_fail(call, sa, task, why);
    }
}

void ike_rekey_conclude(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_series *series = task->rekey->series;
    struct ike_sa *own = ike_series_successor(call->endpoint, series);

    assert(own);
    ike_sa_derive_keys(call, own, sa, crypto_bytes(series->secret->octets, series->secret->len),
                       ike_series_additional(series));
    succeed(call, sa, task->rekey, own);
}

void ike_rekey_fail(struct ike_call *call, struct ike_sa *sa, const struct ike_rekey *rekey,
                    const char *why)
{
    ike_tell_rekey_failed(call, sa, why);
    if (rekey && rekey->series) {
        ike_series_discard_successor(call, rekey->series, why);
    }
}

/* Our request for a successor, if it is out and the peer's was answered meanwhile. */
static struct ike_rekey *contested(const struct ike_sa *sa)
{
    /* It is out alone. */
    const struct ike_task *task = sa->rekeying ? ike_ring_find(&sa->tasks, sa->own.next - 1) : NULL;

    return task && task->rekey->rival ? task->rekey : NULL;
}

bool ike_rekey_is_contested(const struct ike_sa *sa)
{
    const struct ike_task *task = sa->rekeying ? ike_ring_find(&sa->tasks, sa->own.next - 1) : NULL;

    return task && (task->rekey->rival || task->rekey->series);
}

void ike_rekey_settle(struct ike_call *call, struct ike_sa *old)
{
    const struct ike_rekey *rekey = contested(old);

    if (rekey) {
        settle(call, old, rekey);
    }
}

void ike_rekey_settle_by(struct ike_call *call, struct ike_sa *successor)
{
    struct ike_index_node *node =
        ike_index_find(&call->endpoint->by_remote, ike_address_hash(&successor->remote));

    for (; node; node = ike_index_next(node)) {
        struct ike_sa *old = IKE_INDEX_OF(node, struct ike_sa, by_remote);
        const struct ike_rekey *rekey = contested(old);

        if (rekey && rekey->rival->sa == successor->id) {
            settle(call, old, rekey);
            return;
        }
    }
}

void ike_rekey_abandon(struct ike_call *call, struct ike_sa *old)
{
    const struct ike_rekey *rekey = contested(old);
    struct ike_sa *successor = rekey && !rekey->rival->settled ? rival_of(call, rekey) : NULL;

    if (successor) {
        ike_sa_close(call, successor, "the IKE SA that it was to replace is gone");
    }
}

/* ---- the answer to our request ---- */

void ike_rekey_take_refusal(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                            uint16_t error)
{
    struct ike_rekey *rekey = task->rekey;
    char text[IKE_NAME_TEXT_CAP];
    const char *why = ike_notify_text(error, text, sizeof(text));

    if (rekey->rival) {
        yield(call, sa, rekey);
        return;
    }
    if (error == IKE_NOTIFY_INVALID_KE_PAYLOAD && !rekey->series && try_again(call, sa, rekey)) {
        return;
    }
    ike_rekey_fail(call, sa, rekey, why);
    if (error == IKE_NOTIFY_NO_ADDITIONAL_SAS) {
        ike_reauth_instead(call, sa);
    } else if (error == IKE_NOTIFY_TEMPORARY_FAILURE ||
               (error == IKE_NOTIFY_STATE_NOT_FOUND && rekey->series &&
                ike_task_may_try_anew(call, sa, task))) {
        ike_task_ask_later(call, sa, task);
    }
}

/* Both SPIs of the successor and its nonces are known. */
static struct ike_sa *make_successor(struct ike_call *call, const struct ike_sa *sa,
                                     const struct ike_rekey *rekey,
                                     const struct ike_agreement *agreement, struct crypto_bytes nr)
{
    struct ike_terms terms = ike_sa_terms(rekey->under, rekey->spi);
    struct ike_sa *successor =
        ike_sa_new_successor(call, sa, true, rekey->spi, ike_load_u64(agreement->peer_spi));

    successor->suite = agreement->suite;
    successor->next_iv += rekey->inherited ? IKE_IV_SKIP : 0;
    keep_nonces(successor, crypto_bytes(rekey->nonce, sizeof(rekey->nonce)), nr);
    ike_tell_sa_created(call, successor);
    ike_tell_proposal_chosen(call, successor, &terms, NULL, agreement);
    return successor;
}

void ike_rekey_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_rekey *rekey = task->rekey;
    struct parts parts = find_parts(&call->message);
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    size_t secret_len = 0;
    struct ike_agreement agreement;
    struct ike_sa *successor;
    const char *why;
    uint16_t error;

    if (ike_error_notify(&call->message, &error)) {
        ike_rekey_take_refusal(call, sa, task, error);
        return;
    }
    why = check_answer(sa, rekey, &parts, &agreement);
    if (!why && ike_sa_by_spi(call->endpoint, rekey->spi)) {
        why = "its successor is here already, from another member of the cluster";
    }
    if (why || crypto_kex_derive(rekey->kex, parts.ke->ke.data, secret, &secret_len, call->costs,
                                 &why) != 0) {
        /* The peer has a new SA by now, and the CHILD SAs with it: nothing can be kept. */
        ike_tell_rekey_failed(call, sa, why);
        if (sa->state == IKE_STATE_ESTABLISHED) {
            ike_sa_begin_delete(call, sa, "its rekey was answered wrongly");
        }
        return;
    }
    successor = make_successor(call, sa, rekey, &agreement, parts.nonce->nonce.data);
    if (agreement.suite.additional_count) {
        go_on(call, sa, task, successor, crypto_bytes(secret, secret_len), parts.nonce->nonce.data);
    } else {
        ike_sa_derive_keys(call, successor, sa, crypto_bytes(secret, secret_len),
                           crypto_bytes(NULL, 0));
        decide(call, sa, rekey, successor, parts.nonce->nonce.data);
    }
    crypto_wipe(secret, sizeof(secret));
}

/* ---- the responder ---- */

static void refuse(struct ike_call *call, const struct ike_sa *sa, uint16_t notify,
                   struct crypto_bytes data)
{
    char text[IKE_NAME_TEXT_CAP];

    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), notify, data);
    ike_tell_rekey_failed(call, sa, ike_notify_text(notify, text, sizeof(text)));
}

static void refuse_malformed(struct ike_call *call, const struct ike_sa *sa, const char *why)
{
    refuse(call, sa, IKE_NOTIFY_INVALID_SYNTAX, crypto_bytes(NULL, 0));
    call->close_why = why;
}

/* What the request asks for; false if it was refused here. */
static bool judge_request(struct ike_call *call, const struct ike_sa *sa, const struct parts *parts,
                          const struct ike_terms *terms, struct ike_agreement *agreement)
{
    uint64_t spi_i;

    if (!parts->nonce) {
        refuse_malformed(call, sa, "a request to rekey the IKE SA lacks its nonce");
        return false;
    }
    if (!ike_terms_choose(terms, parts->sa, agreement)) {
        refuse(call, sa, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, crypto_bytes(NULL, 0));
        return false;
    }
    spi_i = ike_load_u64(agreement->peer_spi);
    if (spi_i == 0 || spi_i == sa->spi_i || spi_i == sa->spi_r ||
        !nonce_fits(parts->nonce, &agreement->suite)) {
        refuse_malformed(call, sa,
                         "a request to rekey the IKE SA has an SPI or nonce that cannot "
                         "be");
        return false;
    }
    /* There is none without a key exchange (§2.18): our own proposals all have one. */
    if (!parts->ke || parts->ke->ke.method != agreement->suite.ke->id) {
        uint16_t wanted = agreement->suite.ke->id;
        uint8_t group[2] = {(uint8_t)(wanted >> 8), (uint8_t)wanted};

        refuse(call, sa, IKE_NOTIFY_INVALID_KE_PAYLOAD, crypto_bytes(group, sizeof(group)));
        return false;
    }
    return true;
}

/* Our own request is out: which of the successors survives is decided when it is answered. */
static void contest(struct ike_call *call, struct ike_sa *sa, struct ike_sa *successor)
{
    struct ike_task *task = ike_ring_find(&sa->tasks, sa->own.next - 1);

    assert(task && task->kind == IKE_TASK_REKEY_SA && !task->rekey->rival);
    task->rekey->rival = ike_rival_new(call->endpoint, ike_sa_ni(successor), ike_sa_nr(successor));
    task->rekey->rival->sa = successor->id;
}

/* The successor that the peer asked for has its keys. */
static void take_successor(struct ike_call *call, struct ike_sa *sa, struct ike_sa *successor)
{
    ike_qcd_announce(call, successor);
    if (sa->rekeying) {
        ike_sa_stand_by(call, successor, "both ends rekey the IKE SA, and it is not decided yet");
    } else {
        ike_sa_succeed(call, sa, successor);
        ike_sa_expect_delete(call, sa);
        call->successor = successor;
    }
}

void ike_rekey_conclude_answer(struct ike_call *call, struct ike_sa *sa,
                               const struct ike_series *series)
{
    struct ike_sa *successor = ike_series_successor(call->endpoint, series);

    assert(successor);
    ike_sa_derive_keys(call, successor, sa,
                       crypto_bytes(series->secret->octets, series->secret->len),
                       ike_series_additional(series));
    take_successor(call, sa, successor);
    ike_rekey_settle(call, sa); /* the peer would not go on with what has lost (§2.8.2) */
}

/* Its keys come when the key exchanges that follow are over (RFC 9370 §2.2.4). */
static void await_followup(struct ike_call *call, struct ike_sa *sa, const struct ike_sa *successor,
                           struct crypto_bytes secret)
{
    struct ike_series *series = ike_series_new(call->endpoint, &successor->suite, secret);

    series->successor = successor->id;
    ike_series_await(call, sa, series);
}

void ike_rekey_answer(struct ike_call *call, struct ike_sa *sa)
{
    uint32_t message_id = call->message.header.message_id;
    struct parts parts = find_parts(&call->message);
    uint64_t spi = ike_sa_draw_successor_spi(call->endpoint, sa, true, message_id);
    struct ike_terms terms = ike_sa_terms(call->endpoint->policy, spi);
    uint8_t secret[CRYPTO_KEX_SECRET_MAX], nonce[IKE_NONCE_OWN];
    size_t secret_len = 0;
    struct ike_agreement agreement;
    struct ike_sa *successor;
    struct crypto_kex *kex;
    const char *why = NULL;

    if (!judge_request(call, sa, &parts, &terms, &agreement)) {
        return;
    }
    if (ike_series_rekeying(sa)) { /* it would not begin anew otherwise */
        ike_series_drop(call, sa, ike_series_rekeying(sa), "the initiator has begun it anew");
    }
    kex = make_key_pair(call, sa, true, message_id, agreement.suite.ke);
    if (crypto_kex_derive(kex, parts.ke->ke.data, secret, &secret_len, call->costs, &why) != 0) {
        refuse_malformed(call, sa, why); /* RFC 6989 §2.5 */
        goto out;
    }
    draw_nonce(call, sa, true, message_id, nonce);
    successor = ike_sa_new_successor(call, sa, false, ike_load_u64(agreement.peer_spi), spi);
    successor->suite = agreement.suite;
    keep_nonces(successor, parts.nonce->nonce.data, crypto_bytes(nonce, sizeof(nonce)));
    ike_tell_sa_created(call, successor);
    ike_tell_proposal_chosen(call, successor, &terms, parts.sa, &agreement);
    ike_tell_key_pair(call, sa, kex);
    ike_build_sa(&call->builder, &agreement.proposal, 1);
    ike_build_nonce(&call->builder, crypto_bytes(nonce, sizeof(nonce)));
    ike_build_ke(&call->builder, agreement.suite.ke->id, crypto_kex_public(kex));
    if (sa->rekeying) {
        contest(call, sa, successor);
    }
    if (agreement.suite.additional_count) {
        await_followup(call, sa, successor, crypto_bytes(secret, secret_len));
    } else {
        ike_sa_derive_keys(call, successor, sa, crypto_bytes(secret, secret_len),
                           crypto_bytes(NULL, 0));
        take_successor(call, sa, successor);
    }
out:
    crypto_kex_free(kex);
    crypto_wipe(secret, sizeof(secret));
}

/* ---- both ---- */

struct ike_terms ike_sa_terms(const struct ike_policy *policy, uint64_t spi)
{
    struct ike_terms terms = {
        .own = policy->proposals,
        .count = policy->proposal_count,
        .key_exchange = true,
        .additional = spi != 0, /* IKE_SA_INIT has to find out */
        .spi_len = spi ? IKE_SPI_LEN : 0,
    };

    ike_store_u64(terms.spi, spi);
    return terms;
}
