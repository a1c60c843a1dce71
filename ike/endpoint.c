/* The public face: an endpoint's life, what comes in, orders, questions. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ike/child.h"
#include "ike/config.h"
#include "ike/cookie.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/fragment.h"
#include "ike/hint.h"
#include "ike/lifetime.h"
#include "ike/mobike.h"
#include "ike/nat.h"
#include "ike/reader.h"
#include "ike/reauth.h"
#include "ike/receive.h"
#include "ike/redirect.h"
#include "ike/tell.h"
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

static struct ike_child *child_by_spi(const struct ike_endpoint *endpoint, uint32_t spi_in)
{
    struct ike_index_node *node = ike_index_find(&endpoint->children, spi_in);

    return node ? IKE_INDEX_OF(node, struct ike_child, by_spi) : NULL;
}

static void child_timer(struct ike_endpoint *endpoint, uint64_t now, const struct ike_timer *timer,
                        struct ike_actions *actions)
{
    struct ike_child *child = child_by_spi(endpoint, timer->generation);
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

/* ---- orders ---- */

static const struct ike_child_policy *first_child(const struct ike_policy *policy)
{
    for (size_t i = 0; i < policy->child_count; i++) {
        if (policy->children[i].start) {
            return &policy->children[i];
        }
    }
    /* IKE_AUTH makes a CHILD SA (§1.2), so one is taken even if none is to start by itself. */
    return policy->child_count ? &policy->children[0] : NULL;
}

struct ike_sa *ike_sa_initiate(struct ike_call *call, const struct ike_address *local,
                               const struct ike_address *remote,
                               const struct ike_redirected *redirected, struct ike_session *session,
                               uint64_t attempt, const char *why)
{
    const struct ike_child_policy *child = first_child(call->endpoint->policy);
    struct ike_sa *sa;

    if (!child && call->endpoint->policy->childless < IKE_CHILDLESS_PREFER) {
        ike_session_free(call->endpoint, session);
        return NULL;
    }
    sa = ike_sa_new(call, local, remote, 0, attempt);
    sa->setup->child = child;
    sa->setup->session = session;
    if (redirected) {
        sa->setup->redirected = *redirected;
    }
    ike_tell_sa_created(call, sa);
    ike_sa_enter(call, sa, IKE_STATE_INIT_SENT, why);
    ike_task_start(call, sa,
                   ike_task_new(call->endpoint, session ? IKE_TASK_RESUME : IKE_TASK_INIT));
    return sa;
}

static uint64_t initiate(struct ike_endpoint *endpoint, uint64_t now,
                         const struct ike_address *local, const struct ike_address *remote,
                         const struct ike_redirected *redirected, uint64_t attempt,
                         struct ike_actions *actions)
{
    struct ike_call call;
    struct ike_sa *sa;

    ike_call_begin(&call, endpoint, now, actions);
    sa = ike_sa_initiate(&call, local, remote, redirected,
                         redirected ? NULL : ike_ticket_find(&call, remote), attempt,
                         redirected ? "another gateway has sent us to this one"
                                    : "an IKE SA with this peer is wanted");
    if (sa) {
        actions->sa = sa->id;
    }
    ike_call_end(&call);
    return sa ? sa->id : 0;
}

uint64_t ike_endpoint_initiate(struct ike_endpoint *endpoint, uint64_t now,
                               const struct ike_address *local, const struct ike_address *remote,
                               uint64_t attempt, struct ike_actions *actions)
{
    return initiate(endpoint, now, local, remote, NULL, attempt, actions);
}

uint64_t ike_endpoint_follow(struct ike_endpoint *endpoint, uint64_t now,
                             const struct ike_address *local, const struct ike_address *remote,
                             const struct ike_redirected *redirected, uint64_t attempt,
                             struct ike_actions *actions)
{
    return initiate(endpoint, now, local, remote, redirected, attempt, actions);
}

/* The SA of an order, if it is in the state for it. */
static struct ike_sa *established(const struct ike_endpoint *endpoint, uint64_t id,
                                  const char **why)
{
    struct ike_sa *sa = ike_sa_by_id(endpoint, id);

    if (!sa || sa->state == IKE_STATE_CLOSED) {
        *why = "there is no such IKE SA";
        return NULL;
    }
    if (sa->replaced || sa->standby) {
        *why = "another IKE SA has taken its place";
        return NULL;
    }
    if (sa->state != IKE_STATE_ESTABLISHED) {
        *why = sa->state == IKE_STATE_DELETING ? "the IKE SA is being deleted"
                                               : "the IKE SA is not established yet";
        return NULL;
    }
    return sa;
}

/* Starts a task for an order; the queue may have no room for it. */
static int start(struct ike_call *call, struct ike_sa *sa, struct ike_task *task, const char **why)
{
    bool started;

    call->actions->sa = sa->id;
    started = ike_task_start(call, sa, task);
    ike_call_end(call);
    if (!started) {
        *why = "too many exchanges of this IKE SA are waiting";
    }
    return started ? 0 : -1;
}

/* §2.25: not at once, whoever orders it. */
#define REFUSED_FOR_THE_MOMENT                                                                     \
    "the peer has refused it for the moment; it is asked for again after a while"

int ike_endpoint_create_child(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                              const char *child, struct ike_actions *actions, const char **why)
{
    const struct ike_policy *policy = endpoint->policy;
    struct ike_sa *sa = established(endpoint, sa_id, why);
    struct ike_task *task;
    struct ike_call call;
    size_t i = 0;

    if (!sa) {
        return -1;
    }
    while (i < policy->child_count && strcmp(policy->children[i].name, child) != 0) {
        i++;
    }
    if (i == policy->child_count) {
        *why = "there is no such child in the configuration";
        return -1;
    }
    if (sa->child_total >= IKE_CHILDREN_MAX) {
        *why = "the IKE SA has too many CHILD SAs";
        return -1;
    }
    if (ike_task_asked_later(sa, IKE_TASK_CREATE_CHILD, 0, &policy->children[i])) {
        *why = REFUSED_FOR_THE_MOMENT;
        return -1;
    }
    ike_call_begin(&call, endpoint, now, actions);
    task = ike_task_new(endpoint, IKE_TASK_CREATE_CHILD);
    task->offer = ike_child_offer_new(endpoint, &policy->children[i]);
    return start(&call, sa, task, why);
}

int ike_endpoint_rekey_child(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                             const char *child, struct ike_actions *actions, const char **why)
{
    struct ike_sa *sa = established(endpoint, sa_id, why);
    struct ike_child *old;
    struct ike_call call;
    bool begun;

    if (!sa) {
        return -1;
    }
    old = ike_child_by_name(sa, child);
    if (!old) {
        *why = "the IKE SA has no such CHILD SA that is not being replaced or deleted";
        return -1;
    }
    if (sa->child_total >= IKE_CHILDREN_MAX) {
        *why = "the IKE SA has too many CHILD SAs";
        return -1;
    }
    if (ike_series_replacing(sa, old->spi_in)) {
        *why = "the peer is replacing the CHILD SA";
        return -1;
    }
    if (ike_task_asked_later(sa, IKE_TASK_CREATE_CHILD, old->spi_in, NULL)) {
        *why = REFUSED_FOR_THE_MOMENT;
        return -1;
    }
    ike_call_begin(&call, endpoint, now, actions);
    actions->sa = sa->id;
    begun = ike_child_rekey(&call, sa, old);
    ike_call_end(&call);
    if (!begun) {
        *why = "too many exchanges of this IKE SA are waiting";
    }
    return begun ? 0 : -1;
}

int ike_endpoint_delete_child(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                              const char *child, struct ike_actions *actions, const char **why)
{
    struct ike_sa *sa = established(endpoint, sa_id, why);
    struct ike_child *found;
    struct ike_call call;

    if (!sa) {
        return -1;
    }
    found = ike_child_by_name(sa, child);
    if (!found) {
        *why = "the IKE SA has no such CHILD SA";
        return -1;
    }
    ike_call_begin(&call, endpoint, now, actions);
    actions->sa = sa->id;
    ike_child_delete(&call, sa, found); /* the queue has room for every Delete */
    ike_call_end(&call);
    return 0;
}

int ike_endpoint_rekey_sa(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                          struct ike_actions *actions, const char **why)
{
    struct ike_sa *sa = established(endpoint, sa_id, why);
    struct ike_call call;

    if (!sa) {
        return -1;
    }
    if (ike_task_asked_later(sa, IKE_TASK_REKEY_SA, 0, NULL)) {
        *why = REFUSED_FOR_THE_MOMENT;
        return -1;
    }
    ike_call_begin(&call, endpoint, now, actions);
    return start(&call, sa, ike_task_new(endpoint, IKE_TASK_REKEY_SA), why);
}

int ike_endpoint_delete_sa(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                           struct ike_actions *actions, const char **why)
{
    struct ike_sa *sa = established(endpoint, sa_id, why);
    struct ike_call call;

    if (!sa) {
        return -1;
    }
    ike_call_begin(&call, endpoint, now, actions);
    actions->sa = sa->id;
    ike_sa_begin_delete(&call, sa, "we were told to delete it");
    ike_call_end(&call);
    return 0;
}

int ike_endpoint_redirect(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                          struct ike_actions *actions, const char **why)
{
    struct ike_sa *sa = established(endpoint, sa_id, why);
    struct ike_call call;

    if (!sa) {
        return -1;
    }
    if (!endpoint->policy->redirect_family) {
        *why = "there is no gateway to redirect to in the configuration";
        return -1;
    }
    if (sa->redirect != IKE_REDIRECT_GATEWAY) {
        *why = "the peer has not said that it can be redirected";
        return -1;
    }
    ike_call_begin(&call, endpoint, now, actions);
    return start(&call, sa, ike_task_new(endpoint, IKE_TASK_REDIRECT), why);
}

int ike_endpoint_move(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                      const struct ike_address *local, struct ike_actions *actions,
                      const char **why)
{
    struct ike_sa *sa = established(endpoint, sa_id, why);
    struct ike_address place = *local;
    struct ike_task *task;
    struct ike_call call;

    if (!sa) {
        return -1;
    }
    ike_call_begin(&call, endpoint, now, actions);
    actions->sa = sa->id;
    place.port = sa->local.port;
    ike_sa_move(&call, sa, &place, &sa->remote, "moved");
    task = ike_mobike_moved(endpoint, sa);
    if (task) {
        return start(&call, sa, task, why);
    }
    ike_call_end(&call);
    return 0;
}

int ike_endpoint_check_liveness(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                                struct ike_actions *actions, const char **why)
{
    struct ike_sa *sa = established(endpoint, sa_id, why);
    struct ike_call call;

    if (!sa) {
        return -1;
    }
    ike_call_begin(&call, endpoint, now, actions);
    return start(&call, sa, ike_task_new(endpoint, IKE_TASK_LIVENESS), why);
}

uint64_t ike_endpoint_any_sa(const struct ike_endpoint *endpoint)
{
    struct ike_index_node *node = ike_index_any(&endpoint->by_id);
    return node ? node->key : 0;
}

uint64_t ike_endpoint_last_id(const struct ike_endpoint *endpoint)
{
    return endpoint->last_id;
}

void ike_endpoint_forget_tickets(struct ike_endpoint *endpoint)
{
    ike_tickets_free(endpoint);
}

void ike_endpoint_forget_sa(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                            const char *why, struct ike_actions *actions)
{
    struct ike_sa *sa = ike_sa_by_id(endpoint, sa_id);
    struct ike_call call;

    assert(sa);
    ike_call_begin(&call, endpoint, now, actions);
    actions->sa = sa_id;
    ike_sa_forget(&call, sa, why);
    ike_call_end(&call);
}

void ike_endpoint_child_heard(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in)
{
    struct ike_child *child = child_by_spi(endpoint, spi_in);

    if (child) {
        child->sa->last_heard = now;
    }
}

void ike_endpoint_unknown_spi(struct ike_endpoint *endpoint, uint64_t now,
                              const struct ike_address *remote, uint32_t spi,
                              struct ike_actions *actions)
{
    struct ike_sa *sa = ike_sa_by_id(endpoint, ike_endpoint_sa_with(endpoint, remote));
    struct ike_call call;

    if (sa) {
        ike_call_begin(&call, endpoint, now, actions);
        actions->sa = sa->id;
        ike_hint_unknown_spi(&call, sa, spi);
        ike_call_end(&call);
    }
}

void ike_endpoint_unreachable(struct ike_endpoint *endpoint, uint64_t now,
                              const struct ike_datagram *sent, const char *what,
                              struct ike_actions *actions)
{
    struct ike_sa *sa = ike_sa_by_id(endpoint, ike_endpoint_sa_of_sent(endpoint, sent));
    struct ike_call call;

    ike_call_begin(&call, endpoint, now, actions);
    crypto_ledger_add(call.costs, CRYPTO_COST_PARSE, 0, (uint32_t)sent->bytes.len);
    if (sa) {
        actions->sa = sa->id;
    }
    ike_hint_unreachable(&call, sa, what);
    ike_call_end(&call);
}

void ike_endpoint_child_limit(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in,
                              bool hard, const char *limit, struct ike_actions *actions)
{
    struct ike_child *child = child_by_spi(endpoint, spi_in);
    struct ike_call call;

    if (child) {
        ike_call_begin(&call, endpoint, now, actions);
        actions->sa = child->sa->id;
        ike_lifetime_child_limit(&call, child, hard, limit);
        ike_call_end(&call);
    }
}

void ike_endpoint_child_used(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in)
{
    struct ike_child *child = child_by_spi(endpoint, spi_in);

    if (child) {
        child->sa->last_sent = now;
    }
}

void ike_endpoint_child_moved(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in,
                              const struct ike_address *source,
                              const struct ike_address *destination, struct ike_actions *actions)
{
    struct ike_child *child = child_by_spi(endpoint, spi_in);
    struct ike_call call;

    if (child) {
        ike_call_begin(&call, endpoint, now, actions);
        ike_nat_follow(&call, child->sa, source, destination, "packet");
        ike_call_end(&call);
    }
}

/* ---- questions ---- */

uint64_t ike_endpoint_sa_of_child(const struct ike_endpoint *endpoint, uint32_t spi_in)
{
    const struct ike_child *child = child_by_spi(endpoint, spi_in);

    return child ? child->sa->id : 0;
}

uint64_t ike_endpoint_sa_of_timer(const struct ike_endpoint *endpoint,
                                  const struct ike_timer *timer)
{
    bool of_child = timer->kind == IKE_TIMER_CHILD_REKEY || timer->kind == IKE_TIMER_CHILD_EXPIRE;

    return of_child ? ike_endpoint_sa_of_child(endpoint, timer->generation) : timer->sa;
}

uint64_t ike_endpoint_sa_of(const struct ike_endpoint *endpoint,
                            const struct ike_datagram *datagram)
{
    struct ike_header header;
    struct ike_error error;
    struct ike_sa *sa;
    uint64_t hash = 0;

    if (ike_header_parse(datagram->bytes, &header, &error) != 0) {
        return 0;
    }
    if (ike_header_is_first(&header)) {
        hash = ike_request_hash(datagram->bytes);
    }
    sa = ike_find_addressee(endpoint, datagram, &header, hash);
    return sa ? sa->id : 0;
}

uint64_t ike_endpoint_sa_of_sent(const struct ike_endpoint *endpoint,
                                 const struct ike_datagram *sent)
{
    struct ike_reader reader = ike_reader(sent->bytes);
    uint64_t spi_i, spi_r;
    struct ike_sa *sa;

    if (sent->bytes.len == 0) {
        return ike_endpoint_sa_with(endpoint, &sent->destination);
    }
    if (!ike_read_u64(&reader, &spi_i) || !ike_read_u64(&reader, &spi_r)) {
        return 0;
    }
    sa = ike_sa_by_spi(endpoint, spi_i);
    if (!sa || !sa->initiator) {
        sa = ike_sa_by_spi(endpoint, spi_r);
    }
    return sa && sa->spi_i == spi_i && sa->spi_r == spi_r &&
                   ike_address_same_host(&sa->remote, &sent->destination)
               ? sa->id
               : 0;
}

uint64_t ike_endpoint_sa_with(const struct ike_endpoint *endpoint, const struct ike_address *remote)
{
    const struct ike_sa *found = NULL;

    /* Newest first, so the first established one is it. */
    for (struct ike_index_node *node =
             ike_index_find(&endpoint->by_remote, ike_address_hash(remote));
         node; node = ike_index_next(node)) {
        const struct ike_sa *sa = IKE_INDEX_OF(node, struct ike_sa, by_remote);

        if (sa->standby || !ike_address_same_host(&sa->remote, remote)) {
            continue;
        }
        if (sa->state == IKE_STATE_ESTABLISHED) {
            return sa->id;
        }
        found = found ? found : sa;
    }
    return found ? found->id : 0;
}

/* One that is not closed. */
static const struct ike_sa *live(const struct ike_endpoint *endpoint, uint64_t id)
{
    const struct ike_sa *sa = ike_sa_by_id(endpoint, id);

    return sa && sa->state != IKE_STATE_CLOSED ? sa : NULL;
}

bool ike_endpoint_sa_info(const struct ike_endpoint *endpoint, uint64_t sa_id,
                          struct ike_sa_info *info)
{
    const struct ike_sa *sa = live(endpoint, sa_id);

    if (!sa) {
        return false;
    }
    *info = (struct ike_sa_info){.established = sa->state == IKE_STATE_ESTABLISHED,
                                 .initiator = sa->initiator,
                                 .spi_i = sa->spi_i,
                                 .spi_r = sa->spi_r,
                                 .remote = sa->remote,
                                 .child_count = sa->child_count};
    return true;
}

bool ike_endpoint_has_child(const struct ike_endpoint *endpoint, uint64_t sa_id, const char *child)
{
    const struct ike_sa *sa = live(endpoint, sa_id);

    return sa && ike_child_by_name(sa, child);
}

size_t ike_endpoint_memory(const struct ike_endpoint *endpoint)
{
    return endpoint->held + ike_index_memory(&endpoint->by_id) +
           ike_index_memory(&endpoint->by_spi) + ike_index_memory(&endpoint->by_request) +
           ike_index_memory(&endpoint->by_remote) + ike_index_memory(&endpoint->by_identity) +
           ike_index_memory(&endpoint->children);
}
