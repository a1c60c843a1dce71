/* IKE_FOLLOWUP_KE: KEi(n) -> KEr(n), behind CREATE_CHILD_SA (RFC 9370 §2.2.4). */
#include <assert.h>

#include "ike/auth.h"
#include "ike/followup.h"
#include "ike/tell.h"

static struct crypto_draw draw_of(const struct ike_sa *sa, bool response, uint32_t message_id)
{
    return ike_draw(sa, IKE_EXCHANGE_IKE_FOLLOWUP_KE, response, message_id, CRYPTO_DRAW_KE_PRIVATE);
}

/* The KE payload that came in, NULL if there is none of the method that is due. */
static const struct ike_payload *find_ke(const struct ike_call *call,
                                         const struct ike_series *series)
{
    const struct ike_payload *ke = ike_message_find(&call->message, IKE_PAYLOAD_KE);

    return ke && ke->ke.method == ike_series_method(series)->id ? ke : NULL;
}

/* ---- the initiator ---- */

static struct ike_series *series_of(const struct ike_task *task)
{
    return task->kind == IKE_TASK_REKEY_SA ? task->rekey->series : task->offer->series;
}

const char *ike_followup_begin(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    const struct ike_payload *link =
        ike_message_find_notify(&call->message, IKE_NOTIFY_ADDITIONAL_KEY_EXCHANGE);
    struct ike_series *series = series_of(task);
    struct ike_task *next;

    if (!link || link->notify.data.len == 0) {
        return "the response does not say to what the next key exchange belongs";
    }
    if (sa->state != IKE_STATE_ESTABLISHED) {
        return "the IKE SA is being deleted";
    }
    ike_kept_free(call->endpoint, series->link);
    series->link = ike_kept_new(call->endpoint, link->notify.data);
    next = ike_task_new(call->endpoint, (enum ike_task_kind)task->kind);
    next->exchange = IKE_EXCHANGE_IKE_FOLLOWUP_KE;
    next->refusals = task->refusals;
    next->forgotten = task->forgotten;
    if (task->kind == IKE_TASK_REKEY_SA) {
        next->rekey = task->rekey;
        task->rekey = NULL;
    } else {
        next->offer = task->offer;
        task->offer = NULL;
    }
    ike_task_start_first(call, sa, next);
    return NULL;
}

void ike_followup_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_endpoint *endpoint = call->endpoint;
    struct ike_series *series = series_of(task);
    struct crypto_draw draw = draw_of(sa, false, task->message_id);

    series->kex = crypto_kex_new(endpoint->crypto, ike_series_method(series), &endpoint->entropy,
                                 &draw, call->costs);
    assert(series->kex);
    ike_tell_key_pair(call, sa, series->kex);
    ike_build_ke(&call->builder, crypto_kex_transform(series->kex)->id,
                 crypto_kex_public(series->kex));
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_ADDITIONAL_KEY_EXCHANGE,
                     crypto_bytes(series->link->octets, series->link->len));
}

void ike_followup_renew(struct ike_task *task)
{
    struct ike_series *series = series_of(task);

    crypto_kex_free(series->kex);
    series->kex = NULL;
}

/* The peer may have the SA by now, or wait for more: nothing that both ends know is left. */
static void fail(struct ike_call *call, struct ike_sa *sa, struct ike_task *task, const char *why)
{
    ike_task_fail(call, sa, task, why);
    if (sa->state == IKE_STATE_ESTABLISHED) {
        ike_sa_begin_delete(call, sa, "an additional key exchange was answered wrongly");
    }
}

void ike_followup_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_series *series = series_of(task);
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    const char *why = "the response lacks the key exchange that is due";
    const struct ike_payload *ke;
    size_t len = 0;
    uint16_t error;

    if (ike_error_notify(&call->message, &error)) {
        if (task->kind == IKE_TASK_REKEY_SA) {
            ike_rekey_take_refusal(call, sa, task, error);
        } else {
            ike_child_take_refusal(call, sa, task, error);
        }
        return;
    }
    ke = find_ke(call, series);
    if (!ke || crypto_kex_derive(series->kex, ke->ke.data, secret, &len, call->costs, &why) != 0) {
        fail(call, sa, task, why);
        return;
    }
    crypto_kex_free(series->kex);
    series->kex = NULL;
    ike_series_add(call, sa, series, crypto_bytes(secret, len));
    crypto_wipe(secret, sizeof(secret));
    if (series->done < series->count) {
        why = ike_followup_begin(call, sa, task);
        if (why) {
            fail(call, sa, task, why);
        }
    } else if (task->kind == IKE_TASK_REKEY_SA) {
        ike_rekey_conclude(call, sa, task);
    } else {
        ike_child_conclude_offer(call, sa, task);
    }
}

/* ---- the responder ---- */

static void refuse(struct ike_call *call, uint16_t notify)
{
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), notify, crypto_bytes(NULL, 0));
}

/* What the series was to make is not wanted any more: the IKE SA is being deleted, or the CHILD SA
 * that was to be replaced is or has been (RFC 7296 §2.25.1, §2.25.2). */
static bool is_too_late(const struct ike_call *call, const struct ike_sa *sa,
                        const struct ike_series *series)
{
    const struct ike_child *old;

    if (sa->state != IKE_STATE_ESTABLISHED || sa->replaced || sa->standby) {
        return true;
    }
    if (series->successor) {
        return !ike_series_successor(call->endpoint, series);
    }
    old = series->rekeys ? ike_child_by_spi_in(call->endpoint, sa, series->rekeys) : NULL;
    return series->rekeys &&
           (!old || old->state == IKE_CHILD_DELETING || old->state == IKE_CHILD_DELETED);
}

/* RFC 6989 §2.5: the sender has a bug. */
static void refuse_malformed(struct ike_call *call, const char *why)
{
    refuse(call, IKE_NOTIFY_INVALID_SYNTAX);
    call->close_why = why;
}

static void conclude(struct ike_call *call, struct ike_sa *sa, struct ike_series *series)
{
    ike_series_take(sa, series);
    if (series->successor) {
        ike_rekey_conclude_answer(call, sa, series);
    } else {
        ike_child_conclude_answer(call, sa, series);
    }
    ike_series_free(call->endpoint, series);
}

void ike_followup_answer(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *link =
        ike_message_find_notify(&call->message, IKE_NOTIFY_ADDITIONAL_KEY_EXCHANGE);
    struct ike_series *series = link ? ike_series_find(sa, link) : NULL;
    const struct ike_payload *ke;
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    struct ike_endpoint *endpoint = call->endpoint;
    const char *why = NULL;
    struct crypto_draw draw;
    struct crypto_kex *kex;
    size_t len = 0;

    if (!series) {
        refuse(call, IKE_NOTIFY_STATE_NOT_FOUND);
        return;
    }
    if (is_too_late(call, sa, series)) {
        refuse(call, IKE_NOTIFY_TEMPORARY_FAILURE);
        ike_series_drop(call, sa, series, "what it was to replace is being deleted");
        return;
    }
    ke = find_ke(call, series);
    if (!ke) {
        refuse_malformed(call, "an additional key exchange is not the one that was agreed on");
        return;
    }
    draw = draw_of(sa, true, call->message.header.message_id);
    kex = crypto_kex_answer(endpoint->crypto, ike_series_method(series), &endpoint->entropy, &draw,
                            ke->ke.data, secret, &len, call->costs, &why);
    if (!kex) {
        refuse_malformed(call, why);
    } else {
        ike_tell_key_pair(call, sa, kex);
        ike_build_ke(&call->builder, ke->ke.method, crypto_kex_public(kex));
        ike_series_add(call, sa, series, crypto_bytes(secret, len));
        if (series->done < series->count) {
            ike_series_await(call, sa, series);
        } else {
            conclude(call, sa, series);
        }
    }
    crypto_kex_free(kex);
    crypto_wipe(secret, sizeof(secret));
}
