#include "ike/exchange.h"

#include <assert.h>
#include <stdio.h>

#include "ike/auth.h"
#include "ike/child.h"
#include "ike/counter_sync.h"
#include "ike/followup.h"
#include "ike/mobike.h"
#include "ike/tell.h"
#include "ike/ticket.h"

/* ---- the table ---- */

#define OPEN (IKE_STATE_BIT(IKE_STATE_ESTABLISHED) | IKE_STATE_BIT(IKE_STATE_DELETING))

static const struct ike_exchange_rules exchanges[] = {
    {
        .type = IKE_EXCHANGE_IKE_SA_INIT,
        .initiator = {IKE_STATE_BIT(IKE_STATE_INIT_SENT), ike_init_build, ike_init_admit,
                      ike_init_take},
        .responder = {IKE_STATE_BIT(IKE_STATE_NONE), ike_init_answer},
    },
    {
        .type = IKE_EXCHANGE_IKE_SESSION_RESUME,
        .initiator = {IKE_STATE_BIT(IKE_STATE_INIT_SENT), ike_resume_build, ike_resume_admit,
                      ike_init_take},
        .responder = {IKE_STATE_BIT(IKE_STATE_NONE), ike_resume_answer},
    },
    {
        .type = IKE_EXCHANGE_IKE_INTERMEDIATE,
        .is_protected = true,
        .initiator = {IKE_STATE_BIT(IKE_STATE_INTERMEDIATE), ike_intermediate_build, NULL,
                      ike_intermediate_take},
        .responder = {IKE_STATE_BIT(IKE_STATE_INIT_DONE), ike_intermediate_answer},
    },
    {
        .type = IKE_EXCHANGE_IKE_AUTH,
        .is_protected = true,
        .initiator = {IKE_STATE_BIT(IKE_STATE_AUTH_SENT), ike_auth_build, NULL, ike_auth_take},
        .responder = {IKE_STATE_BIT(IKE_STATE_INIT_DONE), ike_auth_answer},
    },
    {
        .type = IKE_EXCHANGE_CREATE_CHILD_SA,
        .is_protected = true,
        .initiator = {OPEN, ike_create_child_build, NULL, ike_create_child_take},
        .responder = {OPEN, ike_create_child_answer},
    },
    {
        .type = IKE_EXCHANGE_IKE_FOLLOWUP_KE,
        .is_protected = true,
        .initiator = {OPEN, ike_followup_build, NULL, ike_followup_take},
        .responder = {OPEN, ike_followup_answer},
    },
    {
        .type = IKE_EXCHANGE_INFORMATIONAL,
        .is_protected = true,
        .initiator = {OPEN, ike_informational_build, NULL, ike_informational_take},
        .responder = {OPEN, ike_informational_answer},
    },
};

const struct ike_exchange_rules *ike_exchange_find(uint8_t type)
{
    for (size_t i = 0; i < sizeof(exchanges) / sizeof(exchanges[0]); i++) {
        if (exchanges[i].type == type) {
            return &exchanges[i];
        }
    }
    return NULL;
}

/* ---- tasks ---- */

static const uint8_t task_exchanges[] = {
    [IKE_TASK_INIT] = IKE_EXCHANGE_IKE_SA_INIT,
    [IKE_TASK_RESUME] = IKE_EXCHANGE_IKE_SESSION_RESUME,
    [IKE_TASK_TICKET] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_REDIRECT] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_AUTH] = IKE_EXCHANGE_IKE_AUTH,
    [IKE_TASK_INTERMEDIATE] = IKE_EXCHANGE_IKE_INTERMEDIATE,
    [IKE_TASK_CREATE_CHILD] = IKE_EXCHANGE_CREATE_CHILD_SA,
    [IKE_TASK_REKEY_SA] = IKE_EXCHANGE_CREATE_CHILD_SA,
    [IKE_TASK_WINDOW] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_TOKEN] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_DELETE_CHILD] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_DELETE_SA] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_LIVENESS] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_UPDATE_ADDRESSES] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_ADDRESSES] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_ROUTABILITY] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_AUTH_FAILED] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_NOTIFY] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_COUNTER_SYNC] = IKE_EXCHANGE_INFORMATIONAL,
    [IKE_TASK_REPLAY_SYNC] = IKE_EXCHANGE_INFORMATIONAL,
};

struct ike_task *ike_task_new(struct ike_endpoint *endpoint, enum ike_task_kind kind)
{
    struct ike_task *task = ike_take(endpoint, sizeof(*task));

    task->kind = (uint8_t)kind;
    task->exchange = task_exchanges[kind];
    return task;
}

static bool has_offer(const struct ike_task *task)
{
    return (task->kind == IKE_TASK_AUTH && task->offer) || task->kind == IKE_TASK_CREATE_CHILD;
}

void ike_task_free(struct ike_endpoint *endpoint, struct ike_task *task)
{
    if (has_offer(task)) {
        ike_child_offer_free(endpoint, task->offer);
    } else if (task->kind == IKE_TASK_REKEY_SA) {
        ike_rekey_free(endpoint, task->rekey);
    } else if (task->kind == IKE_TASK_NOTIFY) {
        ike_kept_free(endpoint, task->notify.packet);
    }
    ike_sent_free(endpoint, task->sent);
    ike_give(endpoint, task, sizeof(*task));
}

/* A timer names the request that it is for and which of its timers it is, so that one left over
 * from a request that was replaced under its Message ID means nothing. The low 24 bits of a Message
 * ID are enough: a window is not that wide. */
static void arm(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    uint32_t count = (task->timer + 1) & 0xff;

    task->timer = task->message_id << 8 | count;
    ike_actions_timer(call->actions, sa->id, IKE_TIMER_RETRANSMIT, task->timer, task->delay);
}

static void build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    ike_message_begin(call, sa, task->exchange, false, task->message_id);
    ike_exchange_find(task->exchange)->initiator.build(call, sa, task);
    if (sa->announce && sa->state == IKE_STATE_ESTABLISHED) {
        ike_sa_announce_window(call, sa);
    }
    task->sent = ike_message_end(call, sa);
    task->tries = 0;
    task->delay = call->endpoint->policy->retransmit_timeout;
}

static void send_task(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    void *before;

    task->message_id = ike_window_take(&sa->own);
    sa->rekeying = task->kind == IKE_TASK_REKEY_SA;
    before = ike_ring_put(call->endpoint, &sa->tasks, sa->own.size, task->message_id, task);
    assert(!before);
    build(call, sa, task);
    ike_tell_window(call, sa, true);
    sa->last_sent = call->now;
    ike_sent_transmit(call, task->sent, &sa->local, &sa->remote);
    arm(call, sa, task);
}

static bool touches_children(const struct ike_task *task)
{
    return task->kind == IKE_TASK_CREATE_CHILD || task->kind == IKE_TASK_DELETE_CHILD;
}

/* The request for a successor goes out alone: what it would overtake, or what would overtake it,
 * the peer would have to refuse (§2.25.1, §2.25.2). The same holds while the peer has key exchanges
 * to follow, for which it will have to be there (RFC 9370 §2.2.4). */
static bool may_send(const struct ike_sa *sa, const struct ike_task *task)
{
    if (!ike_window_open(&sa->own) || sa->rekeying || ike_sync_is_out(sa)) {
        return false;
    }
    if (task->kind == IKE_TASK_REKEY_SA) {
        return sa->tasks.used == 0 && !sa->series;
    }
    return !touches_children(task) || !ike_series_rekeying(sa);
}

void ike_task_send_outside(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    build(call, sa, task);
    sa->last_sent = call->now;
    ike_sent_transmit(call, task->sent, &sa->local, &sa->remote);
    arm(call, sa, task);
}

void ike_task_resume(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    void *before = ike_ring_put(call->endpoint, &sa->tasks, sa->own.size, task->message_id, task);

    assert(!before);
    (void)before;
    sa->rekeying = task->kind == IKE_TASK_REKEY_SA;
    task->delay = call->endpoint->policy->retransmit_timeout;
    sa->last_sent = call->now;
    ike_sent_transmit(call, task->sent, &sa->local, &sa->remote);
    arm(call, sa, task);
}

void ike_task_enqueue(struct ike_sa *sa, struct ike_task *task)
{
    *sa->queue_end = task;
    sa->queue_end = &task->next;
    sa->queued++;
}

bool ike_task_start(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    assert(sa->state != IKE_STATE_CLOSED);
    if (!sa->queue && may_send(sa, task)) {
        send_task(call, sa, task);
        return true;
    }
    /* A Delete is never refused: without it one end would keep what the other has forgotten. There
     * are no more of them than CHILD SAs. */
    if (sa->queued >= IKE_QUEUED_EXCHANGES_MAX && task->kind != IKE_TASK_DELETE_CHILD) {
        ike_task_free(call->endpoint, task);
        return false;
    }
    ike_task_enqueue(sa, task);
    ike_tell_window(call, sa, true);
    return true;
}

void ike_task_start_first(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    if (may_send(sa, task)) {
        send_task(call, sa, task);
        return;
    }
    task->next = sa->queue;
    sa->queue = task;
    sa->queue_end = task->next ? sa->queue_end : &task->next;
    sa->queued++;
    ike_tell_window(call, sa, true);
}

bool ike_task_has_left(const struct ike_task *task)
{
    return task->sent || task->exchange == IKE_EXCHANGE_IKE_FOLLOWUP_KE;
}

static struct ike_task *take_queued(struct ike_sa *sa)
{
    struct ike_task *task = sa->queue;

    if (task) {
        sa->queue = task->next;
        sa->queue_end = sa->queue ? sa->queue_end : &sa->queue;
        sa->queued--;
        task->next = NULL;
    }
    return task;
}

void ike_tasks_go_on(struct ike_call *call, struct ike_sa *sa)
{
    if (sa->state == IKE_STATE_ESTABLISHED && ike_window_exhausted(&sa->own)) {
        ike_sa_begin_delete(call, sa, "its Message IDs are used up");
    }
    while (sa->queue && may_send(sa, sa->queue)) {
        send_task(call, sa, take_queued(sa));
    }
}

void ike_task_answered(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    ike_ring_remove(call->endpoint, &sa->tasks, task->message_id);
    if (task->kind == IKE_TASK_REKEY_SA) {
        sa->rekeying = false;
    }
    ike_window_answer(&sa->own, task->message_id);
    ike_tell_window(call, sa, true);
}

void ike_task_send_again(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    ike_sent_free(call->endpoint, task->sent);
    build(call, sa, task);
    ike_sent_transmit(call, task->sent, &sa->local, &sa->remote);
    arm(call, sa, task);
}

static struct ike_task *find_by_timer(const struct ike_sa *sa, uint32_t generation)
{
    uint32_t ahead = ((generation >> 8) - sa->own.oldest) & 0xffffff;
    struct ike_task *task = ike_ring_find(&sa->tasks, sa->own.oldest + ahead);

    if (ike_sync_is_out(sa)) {
        task = sa->sync->task;
    }
    return task && task->timer == generation ? task : NULL;
}

/* timeout * base^n, as strongSwan has it; it stays at the greatest number there is. */
uint64_t ike_retransmit_next_delay(const struct ike_policy *policy, uint64_t delay)
{
    uint64_t factor = policy->retransmit_base_milli;

    if (factor && delay > UINT64_MAX / factor) {
        return UINT64_MAX / 1000;
    }
    return delay * factor / 1000;
}

void ike_task_timer(struct ike_call *call, struct ike_sa *sa, uint32_t generation)
{
    const struct ike_policy *policy = call->endpoint->policy;
    struct ike_task *task = find_by_timer(sa, generation);

    if (!task) {
        return;
    }
    if (task->tries >= policy->retransmit_tries) {
        ike_tell_gave_up(call, sa, task);
        ike_sa_close(call, sa,
                     sa->state == IKE_STATE_INIT_SENT && sa->setup->refused
                         ? "IKE_SA_INIT was refused each time"
                         : "a request stayed unanswered to the end");
        return;
    }
    task->tries++;
    ike_mobike_unanswered(call, sa, task->tries);
    ike_tell_retransmission(call, sa, task, call->now - task->sent->sent_at);
    ike_sent_transmit(call, task->sent, &sa->local, &sa->remote);
    task->delay = ike_retransmit_next_delay(policy, task->delay);
    arm(call, sa, task);
}

void ike_task_fail(struct ike_call *call, struct ike_sa *sa, struct ike_task *task, const char *why)
{
    if (has_offer(task)) {
        ike_child_fail(call, sa, task->offer, why);
    } else if (task->kind == IKE_TASK_REKEY_SA) {
        ike_rekey_fail(call, sa, task->rekey, why);
    }
}

/* Whatever was drawn for the Message ID that it had is of no use any more. */
static void renew(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    if (task->exchange == IKE_EXCHANGE_IKE_FOLLOWUP_KE) {
        ike_followup_renew(task);
    } else if (has_offer(task)) {
        struct ike_child_offer *offer = task->offer;

        ike_child_forget(call->endpoint, sa, offer->child);
        crypto_kex_free(offer->kex);
        offer->child = NULL;
        offer->kex = NULL;
        offer->early_count = 0;
    } else if (task->kind == IKE_TASK_REKEY_SA) {
        crypto_kex_free(task->rekey->kex);
        task->rekey->kex = NULL;
    }
    ike_sent_free(call->endpoint, task->sent);
    task->sent = NULL;
}

void ike_tasks_renew(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_task *renewed = NULL, **end = &renewed;

    for (uint32_t id = sa->own.oldest; sa->tasks.used; id++) {
        struct ike_task *task = ike_ring_remove(call->endpoint, &sa->tasks, id);

        if (task) {
            renew(call, sa, task);
            *end = task;
            end = &task->next;
            sa->queued++;
        }
    }
    sa->rekeying = false;
    if (renewed) {
        *end = sa->queue;
        sa->queue_end = sa->queue ? sa->queue_end : end;
        sa->queue = renewed;
    }
}

void ike_task_unqueue(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_task **link = &sa->queue;

    while (*link != task) {
        link = &(*link)->next;
    }
    *link = task->next;
    if (sa->queue_end == &task->next) {
        sa->queue_end = link;
    }
    sa->queued--;
    ike_task_free(call->endpoint, task);
}

static bool is_rekey_of(const struct ike_task *task, uint32_t spi_in)
{
    return task->kind == IKE_TASK_CREATE_CHILD && task->offer->rekeys == spi_in;
}

struct ike_task *ike_task_rekeying(const struct ike_sa *sa, uint32_t spi_in)
{
    for (uint32_t i = 0; i < sa->tasks.size; i++) {
        struct ike_task *task = sa->tasks.slots[i].item;

        if (task && is_rekey_of(task, spi_in)) {
            return task;
        }
    }
    for (struct ike_task *task = sa->queue; task; task = task->next) {
        if (is_rekey_of(task, spi_in)) {
            return task;
        }
    }
    return NULL;
}

struct ike_task *ike_task_deleting(const struct ike_sa *sa, uint32_t spi_in)
{
    for (uint32_t i = 0; i < sa->tasks.size; i++) {
        struct ike_task *task = sa->tasks.slots[i].item;

        if (task && task->kind == IKE_TASK_DELETE_CHILD && task->spi_in == spi_in) {
            return task;
        }
    }
    return NULL;
}

bool ike_task_is_out(const struct ike_sa *sa, enum ike_task_kind kind)
{
    for (uint32_t i = 0; i < sa->tasks.size; i++) {
        const struct ike_task *task = sa->tasks.slots[i].item;

        if (task && task->kind == kind) {
            return true;
        }
    }
    for (const struct ike_task *task = sa->queue; task; task = task->next) {
        if (task->kind == kind && ike_task_has_left(task)) {
            return true;
        }
    }
    return false;
}

bool ike_task_waits(const struct ike_sa *sa, enum ike_task_kind kind)
{
    for (const struct ike_task *task = sa->queue; task; task = task->next) {
        if (task->kind == kind) {
            return true;
        }
    }
    return ike_task_is_out(sa, kind);
}

bool ike_tasks_touch_children(const struct ike_sa *sa)
{
    return ike_task_is_out(sa, IKE_TASK_CREATE_CHILD) || ike_task_is_out(sa, IKE_TASK_DELETE_CHILD);
}

void ike_tasks_inherit(struct ike_call *call, struct ike_sa *old, struct ike_sa *successor)
{
    if (old->state == IKE_STATE_DELETING) {
        return; /* only what deletes it is left */
    }
    ike_tasks_inherit_parked(call, old, successor);
    for (struct ike_task *task = take_queued(old); task; task = take_queued(old)) {
        if (task->kind == IKE_TASK_REKEY_SA) {
            ike_task_fail(call, old, task, "the peer has rekeyed it first");
            ike_task_free(call->endpoint, task);
            continue;
        }
        ike_task_enqueue(successor, task);
    }
}

static void drop(struct ike_call *call, struct ike_sa *sa, struct ike_task *task, const char *why)
{
    ike_task_fail(call, sa, task, why);
    ike_task_free(call->endpoint, task);
}

void ike_tasks_drop_queue(struct ike_call *call, struct ike_sa *sa, const char *why)
{
    ike_tasks_free_parked(call->endpoint, sa);
    for (struct ike_task *task = take_queued(sa); task; task = take_queued(sa)) {
        drop(call, sa, task, why);
    }
}

void ike_tasks_drop(struct ike_call *call, struct ike_sa *sa, const char *why)
{
    for (uint32_t id = sa->own.oldest; sa->tasks.used; id++) {
        struct ike_task *task = ike_ring_remove(call->endpoint, &sa->tasks, id);

        if (task) {
            drop(call, sa, task, why);
        }
    }
    ike_tasks_drop_queue(call, sa, why);
}

void ike_tasks_free(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    ike_tasks_free_parked(endpoint, sa);
    for (uint32_t i = 0, size = sa->tasks.size; i < size && sa->tasks.used; i++) {
        struct ike_ring_slot slot = sa->tasks.slots[i];

        if (slot.item) {
            ike_ring_remove(endpoint, &sa->tasks, slot.message_id);
            ike_task_free(endpoint, slot.item);
        }
    }
    for (struct ike_task *task = take_queued(sa); task; task = take_queued(sa)) {
        ike_task_free(endpoint, task);
    }
}

/* ---- orders that exchanges give each other ---- */

void ike_sa_begin_delete(struct ike_call *call, struct ike_sa *sa, const char *why)
{
    if (sa->state == IKE_STATE_DELETING) {
        return;
    }
    ike_ticket_drop_of(call->endpoint, sa);
    ike_tasks_drop_queue(call, sa, why);
    ike_sa_enter(call, sa, IKE_STATE_DELETING, why);
    ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_DELETE_SA));
}

bool ike_error_notify(const struct ike_message *message, uint16_t *type)
{
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct ike_payload *payload = &message->payloads[i];

        if (payload->type == IKE_PAYLOAD_NOTIFY && payload->notify.type < IKE_NOTIFY_STATUS_FIRST) {
            *type = payload->notify.type;
            return true;
        }
    }
    return false;
}

const char *ike_notify_text(uint16_t type, char *text, size_t cap)
{
    return ike_name_text(&ike_notifies, type, text, cap);
}
