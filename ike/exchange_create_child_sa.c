/* CREATE_CHILD_SA (RFC 7296 §1.3): one more CHILD SA, or one in the place of another, or an IKE SA
 * in the place of this one. */
#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/tell.h"

void ike_create_child_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    if (task->kind == IKE_TASK_REKEY_SA) {
        ike_rekey_build(call, sa, task);
    } else {
        ike_child_build_offer(call, sa, task);
    }
}

void ike_create_child_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    if (task->kind == IKE_TASK_REKEY_SA) {
        ike_rekey_take(call, sa, task);
    } else {
        ike_child_take(call, sa, task);
    }
}

/* A proposal for IKE asks to replace the IKE SA itself (§1.3.2). */
static bool is_ike_rekey(const struct ike_message *message)
{
    const struct ike_payload *sa = ike_message_find(message, IKE_PAYLOAD_SA);

    return sa && sa->sa.count && sa->sa.proposals[0].transforms.protocol == IKE_PROTOCOL_IKE;
}

/* The policy's limit is on CHILD SAs that stay: a rekey adds none (§1.3). */
static bool wants_no_more(const struct ike_call *call, const struct ike_sa *sa)
{
    uint32_t limit = call->endpoint->policy->child_limit, count = 0;

    if (limit == 0 || ike_message_find_notify(&call->message, IKE_NOTIFY_REKEY_SA)) {
        return false;
    }
    for (const struct ike_child *child = sa->children; child; child = child->next) {
        count += child->state == IKE_CHILD_INSTALLED || child->state == IKE_CHILD_REKEYING ||
                 child->state == IKE_CHILD_CONTESTED;
    }
    for (const struct ike_series *series = sa->series; series; series = series->next) {
        count += !series->rekeys;
    }
    return count >= limit;
}

/* Key exchanges of the peer's for a CHILD SA are to follow. */
static bool makes_children(const struct ike_sa *sa)
{
    return sa->series && !ike_series_rekeying(sa);
}

/* The notify that refuses any such request in this state, 0 if it may be answered. */
static uint16_t refusal(const struct ike_call *call, const struct ike_sa *sa)
{
    if (call->endpoint->policy->minimal) {
        return IKE_NOTIFY_NO_ADDITIONAL_SAS; /* §4 */
    }
    /* §2.25.2: the SA is being closed, or another has taken its place. */
    if (sa->state == IKE_STATE_DELETING || sa->replaced || sa->standby) {
        return IKE_NOTIFY_TEMPORARY_FAILURE;
    }
    if (is_ike_rekey(&call->message)) {
        /* §2.25.1: its CHILD SAs are about to change. Both ends may want a new one (§2.8.2). */
        return ike_tasks_touch_children(sa) || makes_children(sa) || ike_rekey_is_contested(sa)
                   ? IKE_NOTIFY_TEMPORARY_FAILURE
                   : 0;
    }
    if (sa->rekeying || ike_series_rekeying(sa)) {
        return IKE_NOTIFY_TEMPORARY_FAILURE; /* §2.25.2 */
    }
    return sa->child_total >= IKE_CHILDREN_MAX || wants_no_more(call, sa)
               ? IKE_NOTIFY_NO_ADDITIONAL_SAS
               : 0;
}

void ike_create_child_answer(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *rekey = ike_message_find_notify(&call->message, IKE_NOTIFY_REKEY_SA);
    struct ike_child *replaces = NULL;
    uint16_t notify = refusal(call, sa);

    if (notify) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), notify, crypto_bytes(NULL, 0));
        return;
    }
    if (is_ike_rekey(&call->message)) {
        ike_rekey_answer(call, sa);
        return;
    }
    if (rekey) {
        replaces = ike_child_find_rekeyed(call, sa, rekey);
        if (!replaces) {
            return;
        }
    }
    ike_child_answer(call, sa, IKE_EXCHANGE_CREATE_CHILD_SA, replaces);
}
