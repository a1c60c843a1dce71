/*
 * TEMPORARY_FAILURE (RFC 7296 §2.25): what was refused for the moment is not asked for at once, but
 * after a while, which is drawn, so that two ends that have refused each other do not meet again.
 */
#include <assert.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/octets.h"
#include "ike/tell.h"

static bool has_offer(const struct ike_task *task)
{
    return task->kind == IKE_TASK_CREATE_CHILD;
}

static uint64_t draw_delay(const struct ike_call *call, const struct ike_sa *sa, uint32_t serial)
{
    struct crypto_draw draw =
        ike_draw(sa, IKE_EXCHANGE_CREATE_CHILD_SA, !sa->initiator, serial, CRYPTO_DRAW_JITTER);
    uint64_t rand = (uint64_t)IKE_RETRY_SECONDS_RAND * 1000000000;
    uint8_t octets[8];

    crypto_entropy_fill(&call->endpoint->entropy, &draw, octets, sizeof(octets));
    return (uint64_t)IKE_RETRY_SECONDS_MIN * 1000000000 + ike_load_u64(octets) % rand;
}

static void park(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_rare *rare = ike_sa_make_rare(call->endpoint, sa);
    uint64_t delay = draw_delay(call, sa, ++rare->parkings);

    task->timer = rare->parkings;
    task->next = rare->parked;
    rare->parked = task;
    ike_tell_retry(call, sa, has_offer(task) ? task->offer->policy->name : NULL, task->refusals,
                   delay);
    ike_actions_timer(call->actions, sa->id, IKE_TIMER_RETRY, task->timer, delay);
}

void ike_task_ask_later(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task)
{
    struct ike_task *again;

    if (sa->state != IKE_STATE_ESTABLISHED || sa->replaced) {
        return;
    }
    if (task->refusals + 1 >= IKE_TEMPORARY_FAILURES_MAX) {
        ike_sa_begin_delete(call, sa, "TEMPORARY_FAILURE too often: the ends are out of step");
        return;
    }
    again = ike_task_new(call->endpoint, (enum ike_task_kind)task->kind);
    again->refusals = (uint8_t)(task->refusals + 1);
    again->forgotten = task->forgotten;
    if (has_offer(task)) {
        again->offer = ike_child_offer_new(call->endpoint, task->offer->policy);
        again->offer->pair = task->offer->pair;
        again->offer->rekeys = task->offer->rekeys;
        again->offer->rekeys_out = task->offer->rekeys_out;
        again->offer->ke = task->offer->ke;
    }
    park(call, sa, again);
}

bool ike_task_may_try_anew(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    if (++task->forgotten < IKE_STATES_NOT_FOUND_MAX) {
        return true;
    }
    ike_sa_begin_delete(call, sa, "STATE_NOT_FOUND too often: the ends are out of step");
    return false;
}

/* Whether it is still of use, and if so begins it. */
static bool ask_again(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_child *old;

    if (task->kind == IKE_TASK_REKEY_SA) {
        if (ike_task_waits(sa, IKE_TASK_REKEY_SA)) {
            return false;
        }
    } else if (task->offer->rekeys) {
        old = ike_child_offer_rekeys(call->endpoint, sa, task->offer);
        if (!old || old->state != IKE_CHILD_INSTALLED || ike_series_replacing(sa, old->spi_in)) {
            return false; /* deleted, or the peer was faster */
        }
        old->state = IKE_CHILD_REKEYING;
    }
    if (sa->child_total >= IKE_CHILDREN_MAX) {
        return false;
    }
    ike_task_start(call, sa, task);
    return true;
}

void ike_task_ask_again(struct ike_call *call, struct ike_sa *sa, uint32_t serial)
{
    struct ike_task **link, *task;

    if (!sa->rare) {
        return;
    }
    link = &sa->rare->parked;
    while (*link && (*link)->timer != serial) {
        link = &(*link)->next;
    }
    task = *link;
    if (!task) {
        return;
    }
    *link = task->next;
    task->next = NULL;
    task->timer = 0;
    if (!ask_again(call, sa, task)) {
        ike_task_free(call->endpoint, task);
    }
}

bool ike_task_asked_later(const struct ike_sa *sa, enum ike_task_kind kind, uint32_t rekeys,
                          const struct ike_child_policy *policy)
{
    for (const struct ike_task *task = ike_sa_rare(sa)->parked; task; task = task->next) {
        if (task->kind == kind &&
            (!has_offer(task) ||
             (task->offer->rekeys == rekeys && (rekeys || task->offer->policy == policy)))) {
            return true;
        }
    }
    return false;
}

void ike_tasks_inherit_parked(struct ike_call *call, struct ike_sa *old, struct ike_sa *successor)
{
    struct ike_task *task = ike_sa_rare(old)->parked, *next;

    if (task) {
        old->rare->parked = NULL;
    }
    for (; task; task = next) {
        next = task->next;
        if (task->kind == IKE_TASK_REKEY_SA) {
            ike_task_free(call->endpoint, task);
        } else {
            park(call, successor, task);
        }
    }
}

void ike_tasks_free_parked(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    while (ike_sa_rare(sa)->parked) {
        struct ike_task *task = sa->rare->parked;

        sa->rare->parked = task->next;
        ike_task_free(endpoint, task);
    }
}
