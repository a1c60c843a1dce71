/* An endpoint's life, what comes in, and timers. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ike/config.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/fragment.h"
#include "ike/lifetime.h"
#include "ike/nat.h"
#include "ike/reauth.h"
#include "ike/receive.h"
#include "ike/redirect.h"
#include "ike/ticket.h"

void *ike_take(struct ike_endpoint *endpoint, size_t size)
{
    /* Unlike calloc, malloc finds what this thread has just freed. */
    void *memory = malloc(size ? size : 1);

    if (!memory) {
        abort();
    }
    memset(memory, 0, size);
    endpoint->held += size;
    return memory;
}

void ike_give(struct ike_endpoint *endpoint, void *memory, size_t size)
{
    if (memory) {
        assert(endpoint->held >= size);
        endpoint->held -= size;
        free(memory);
    }
}

void *ike_shrink(struct ike_endpoint *endpoint, void *memory, size_t old_size, size_t size)
{
    void *rest;

    assert(size > 0 && size <= old_size && endpoint->held >= old_size);
    rest = realloc(memory, size);
    assert(rest); /* less is always to be had */
    endpoint->held -= old_size - size;
    return rest;
}

/* Field by field: clearing the whole would touch its buffers for nothing. */
void ike_call_begin(struct ike_call *call, struct ike_endpoint *endpoint, uint64_t now,
                    struct ike_actions *actions)
{
    call->endpoint = endpoint;
    call->observer = endpoint->observer;
    call->costs = &actions->costs;
    call->now = now;
    call->actions = actions;
    call->datagram = NULL;
    call->datagram_hash = 0;
    call->close_why = NULL;
    call->replaces = false;
    call->checks_route = false;
    call->leaves = NULL;
    call->paid = false;
    call->successor = NULL;
    call->closed = NULL;
    call->again.wanted = false;
}

void ike_call_end(struct ike_call *call)
{
    ike_reauth_run(call);
    while (call->closed) {
        struct ike_sa *sa = call->closed;

        call->closed = sa->next_closed;
        ike_sa_free(call->endpoint, sa);
    }
}

struct ike_endpoint *ike_endpoint_new(const struct ike_endpoint_options *options)
{
    struct ike_endpoint *endpoint = calloc(1, sizeof(*endpoint));

    if (endpoint) {
        endpoint->crypto = options->crypto;
        endpoint->entropy = options->entropy;
        endpoint->observer = options->observer;
        endpoint->policy = options->policy;
        endpoint->last_id = options->last_id;
        endpoint->self = options->self;
        endpoint->faults = options->faults;
    }
    return endpoint;
}

void ike_endpoint_free(struct ike_endpoint *endpoint)
{
    struct ike_index_node *node;

    if (!endpoint) {
        return;
    }
    while ((node = ike_index_any(&endpoint->by_id))) {
        ike_sa_free(endpoint, IKE_INDEX_OF(node, struct ike_sa, by_id));
    }
    ike_leases_free(endpoint);
    free(endpoint->next_hint);
    ike_tickets_free(endpoint);
    assert(endpoint->held == 0 && endpoint->children.count == 0);
    ike_index_dispose(&endpoint->by_id);
    ike_index_dispose(&endpoint->by_spi);
    ike_index_dispose(&endpoint->by_request);
    ike_index_dispose(&endpoint->by_remote);
    ike_index_dispose(&endpoint->by_identity);
    ike_index_dispose(&endpoint->children);
    free(endpoint);
}

/* ---- what comes in ---- */

void ike_endpoint_receive(struct ike_endpoint *endpoint, uint64_t now,
                          const struct ike_datagram *datagram, struct ike_actions *actions)
{
    struct ike_call call;

    ike_call_begin(&call, endpoint, now, actions);
    call.datagram = datagram;
    ike_receive(&call);
    ike_call_end(&call);
}

/* Nothing authentic for `dpd_delay`: asks. A request that is out already asks the same (§2.4). */
static void watch_liveness(struct ike_call *call, struct ike_sa *sa)
{
    uint64_t delay = call->endpoint->policy->dpd_delay;
    uint64_t silent = call->now - sa->last_heard;

    if (silent < delay) {
        delay -= silent;
    } else if (sa->tasks.used == 0) {
        ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_LIVENESS));
    }
    ike_actions_timer(call->actions, sa->id, IKE_TIMER_LIVENESS, 0, delay);
}

static void child_timer(struct ike_endpoint *endpoint, uint64_t now, const struct ike_timer *timer,
                        struct ike_actions *actions)
{
    struct ike_child *child = ike_endpoint_child(endpoint, timer->generation);
    struct ike_call call;

    if (child) {
        ike_call_begin(&call, endpoint, now, actions);
        actions->sa = child->sa->id;
        ike_lifetime_child_ends(&call, child, timer->kind == IKE_TIMER_CHILD_EXPIRE);
        ike_call_end(&call);
    }
}

void ike_endpoint_timer(struct ike_endpoint *endpoint, uint64_t now, const struct ike_timer *timer,
                        struct ike_actions *actions)
{
    struct ike_sa *sa = ike_sa_by_id(endpoint, timer->sa);
    struct ike_call call;

    if (timer->kind == IKE_TIMER_CHILD_REKEY || timer->kind == IKE_TIMER_CHILD_EXPIRE) {
        child_timer(endpoint, now, timer, actions);
        return;
    }
    if (!sa) {
        return;
    }
    ike_call_begin(&call, endpoint, now, actions);
    actions->sa = sa->id;
    switch ((enum ike_timer_kind)timer->kind) {
    case IKE_TIMER_RETRANSMIT:
        ike_task_timer(&call, sa, timer->generation);
        break;
    case IKE_TIMER_HALF_OPEN:
        if (sa->state == IKE_STATE_INIT_DONE) {
            ike_sa_close(&call, sa, "the initiator did not go on with IKE_AUTH");
        } else if (sa->half_open) {
            /* Refused, and kept to repeat the refusal: for a stranger no longer than this. */
            ike_responses_free(endpoint, sa);
            ike_sa_retire(&call, sa);
        }
        break;
    case IKE_TIMER_RESPONSE_KEEP:
        ike_responses_expire(&call, sa);
        break;
    case IKE_TIMER_KEEPALIVE:
        if (sa->state == IKE_STATE_ESTABLISHED && !sa->replaced) {
            ike_nat_keepalive(&call, sa);
        }
        break;
    case IKE_TIMER_REASSEMBLY:
        ike_fragments_expire(&call, sa, timer->generation);
        break;
    case IKE_TIMER_LIVENESS:
        if (sa->state == IKE_STATE_ESTABLISHED && !sa->replaced) {
            watch_liveness(&call, sa);
        }
        break;
    case IKE_TIMER_SA_REKEY:
    case IKE_TIMER_SA_EXPIRE:
        ike_lifetime_sa_ends(&call, sa, timer->kind == IKE_TIMER_SA_EXPIRE);
        break;
    case IKE_TIMER_SA_REAUTH:
        ike_reauth_due(&call, sa);
        break;
    case IKE_TIMER_SA_AUTH_END:
        ike_reauth_missed(&call, sa);
        break;
    case IKE_TIMER_RETRY:
        ike_task_ask_again(&call, sa, timer->generation);
        break;
    case IKE_TIMER_LEFTOVER:
        ike_sa_end_leftover(&call, sa);
        break;
    case IKE_TIMER_FOLLOWUP:
        ike_series_expire(&call, sa, timer->generation);
        break;
    case IKE_TIMER_REDIRECTED:
        ike_redirect_expire(&call, sa);
        break;
    case IKE_TIMER_CHILD_REKEY:
    case IKE_TIMER_CHILD_EXPIRE:
        assert(!"these are the CHILD SA's");
        break;
    }
    ike_call_end(&call);
}
