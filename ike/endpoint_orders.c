/* What an endpoint is told to do: to begin, rekey, delete, move, ask, forget. */
#include <assert.h>
#include <string.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/mobike.h"
#include "ike/nat.h"
#include "ike/redirect.h"
#include "ike/tell.h"
#include "ike/ticket.h"

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

/* Why an order about the SA cannot be obeyed whatever it is; NULL if it can. */
static const char *unfit(const struct ike_sa *sa)
{
    if (!sa || sa->state == IKE_STATE_CLOSED) {
        return "there is no such IKE SA";
    }
    if (sa->replaced || sa->standby) {
        return "another IKE SA has taken its place";
    }
    if (sa->state != IKE_STATE_ESTABLISHED) {
        return sa->state == IKE_STATE_DELETING ? "the IKE SA is being deleted"
                                               : "the IKE SA is not established yet";
    }
    return NULL;
}

/* An order begins: its SA, or NULL with the reason. Until `finish`, it can be refused without a
 * trace. */
static struct ike_sa *begin(struct ike_call *call, struct ike_endpoint *endpoint, uint64_t now,
                            uint64_t id, struct ike_actions *actions, const char **why)
{
    struct ike_sa *sa = ike_sa_by_id(endpoint, id);
    const char *reason = unfit(sa);

    if (reason) {
        *why = reason;
        return NULL;
    }
    ike_call_begin(call, endpoint, now, actions);
    return sa;
}

static int refuse(const char **why, const char *reason)
{
    *why = reason;
    return -1;
}

/* It has been obeyed, unless the queue had no room for what it begins. */
static int finish(struct ike_call *call, const struct ike_sa *sa, bool begun, const char **why)
{
    call->actions->sa = sa->id;
    ike_call_end(call);
    return begun ? 0 : refuse(why, "too many exchanges of this IKE SA are waiting");
}

/* §2.25: not at once, whoever orders it. */
#define REFUSED_FOR_THE_MOMENT                                                                     \
    "the peer has refused it for the moment; it is asked for again after a while"

static int create_child(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                        const char *child, const struct ike_pair *pair, struct ike_actions *actions,
                        const char **why)
{
    const struct ike_policy *policy = endpoint->policy;
    struct ike_call call;
    struct ike_sa *sa = begin(&call, endpoint, now, sa_id, actions, why);
    struct ike_task *task;
    size_t i = 0;

    if (!sa) {
        return -1;
    }
    while (i < policy->child_count && strcmp(policy->children[i].name, child) != 0) {
        i++;
    }
    if (i == policy->child_count) {
        return refuse(why, "there is no such child in the configuration");
    }
    if (sa->child_total >= IKE_CHILDREN_MAX) {
        return refuse(why, "the IKE SA has too many CHILD SAs");
    }
    if (pair->family && !ike_child_has_pair(endpoint, &policy->children[i], sa, pair)) {
        return refuse(why, "the packet's addresses are none of the child's");
    }
    if (ike_task_asked_later(sa, IKE_TASK_CREATE_CHILD, 0, &policy->children[i])) {
        return refuse(why, REFUSED_FOR_THE_MOMENT);
    }
    task = ike_task_new(endpoint, IKE_TASK_CREATE_CHILD);
    task->offer = ike_child_offer_new(endpoint, &policy->children[i]);
    task->offer->pair = *pair;
    return finish(&call, sa, ike_task_start(&call, sa, task), why);
}

int ike_endpoint_create_child(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa,
                              const char *child, struct ike_actions *actions, const char **why)
{
    return create_child(endpoint, now, sa, child, &(struct ike_pair){0}, actions, why);
}

int ike_endpoint_create_pair(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa,
                             const char *child, const struct ike_pair *pair,
                             struct ike_actions *actions, const char **why)
{
    return create_child(endpoint, now, sa, child, pair, actions, why);
}

int ike_endpoint_rekey_child(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                             const char *child, struct ike_actions *actions, const char **why)
{
    struct ike_call call;
    struct ike_sa *sa = begin(&call, endpoint, now, sa_id, actions, why);
    struct ike_child *old;

    if (!sa) {
        return -1;
    }
    old = ike_child_by_name(sa, child);
    if (!old) {
        return refuse(why, "the IKE SA has no such CHILD SA that is not being replaced or deleted");
    }
    if (sa->child_total >= IKE_CHILDREN_MAX) {
        return refuse(why, "the IKE SA has too many CHILD SAs");
    }
    if (ike_series_replacing(sa, old->spi_in)) {
        return refuse(why, "the peer is replacing the CHILD SA");
    }
    if (ike_task_asked_later(sa, IKE_TASK_CREATE_CHILD, old->spi_in, NULL)) {
        return refuse(why, REFUSED_FOR_THE_MOMENT);
    }
    return finish(&call, sa, ike_child_rekey(&call, sa, old), why);
}

int ike_endpoint_delete_child(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                              const char *child, struct ike_actions *actions, const char **why)
{
    struct ike_call call;
    struct ike_sa *sa = begin(&call, endpoint, now, sa_id, actions, why);
    struct ike_child *found;

    if (!sa) {
        return -1;
    }
    found = ike_child_by_name(sa, child);
    if (!found) {
        return refuse(why, "the IKE SA has no such CHILD SA");
    }
    ike_child_delete(&call, sa, found); /* the queue has room for every Delete */
    return finish(&call, sa, true, why);
}

int ike_endpoint_rekey_sa(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                          struct ike_actions *actions, const char **why)
{
    struct ike_call call;
    struct ike_sa *sa = begin(&call, endpoint, now, sa_id, actions, why);

    if (!sa) {
        return -1;
    }
    if (ike_task_asked_later(sa, IKE_TASK_REKEY_SA, 0, NULL)) {
        return refuse(why, REFUSED_FOR_THE_MOMENT);
    }
    return finish(&call, sa, ike_task_start(&call, sa, ike_task_new(endpoint, IKE_TASK_REKEY_SA)),
                  why);
}

void ike_endpoint_reload(struct ike_endpoint *endpoint, const struct ike_policy *policy)
{
    assert(policy->children == endpoint->policy->children &&
           policy->child_count == endpoint->policy->child_count);
    endpoint->policy = policy;
}

int ike_endpoint_announce_window(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                                 struct ike_actions *actions, const char **why)
{
    struct ike_call call;
    struct ike_sa *sa = begin(&call, endpoint, now, sa_id, actions, why);

    if (!sa) {
        return -1;
    }
    if (ike_window_announced(endpoint->policy) <= sa->peer.size) {
        return 0;
    }
    sa->announce = true;
    if (sa->queue) {
        return 0; /* what waits tells it */
    }
    return finish(&call, sa, ike_task_start(&call, sa, ike_task_new(endpoint, IKE_TASK_WINDOW)),
                  why);
}

int ike_endpoint_delete_sa(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                           struct ike_actions *actions, const char **why)
{
    struct ike_call call;
    struct ike_sa *sa = begin(&call, endpoint, now, sa_id, actions, why);

    if (!sa) {
        return -1;
    }
    ike_sa_begin_delete(&call, sa, "we were told to delete it");
    return finish(&call, sa, true, why);
}

int ike_endpoint_redirect(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                          struct ike_actions *actions, const char **why)
{
    struct ike_call call;
    struct ike_sa *sa = begin(&call, endpoint, now, sa_id, actions, why);

    if (!sa) {
        return -1;
    }
    if (!ike_redirect_has_target(endpoint->policy)) {
        return refuse(why, "there is no gateway to redirect to in the configuration");
    }
    if (sa->redirect != IKE_REDIRECT_GATEWAY) {
        return refuse(why, "the peer has not said that it can be redirected");
    }
    return finish(&call, sa, ike_task_start(&call, sa, ike_task_new(endpoint, IKE_TASK_REDIRECT)),
                  why);
}

/* In the middle of it: what goes out again, and what follows, comes from the new address. If the
 * peer speaks MOBIKE it is told when there is an IKE SA to tell it in. */
static bool move_setup(struct ike_endpoint *endpoint, uint64_t now, struct ike_sa *sa,
                       const struct ike_address *local, struct ike_actions *actions)
{
    struct ike_address place = *local;
    struct ike_call call;

    if (!sa || !sa->setup || !sa->initiator || sa->state == IKE_STATE_CLOSED) {
        return false;
    }
    ike_call_begin(&call, endpoint, now, actions);
    actions->sa = sa->id;
    place.port = sa->local.port;
    ike_sa_move(&call, sa, &place, &sa->remote, "moved");
    sa->setup->moved = true;
    ike_call_end(&call);
    return true;
}

int ike_endpoint_move(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                      const struct ike_address *local, struct ike_actions *actions,
                      const char **why)
{
    struct ike_address place = *local;
    struct ike_task *task;
    struct ike_call call;
    struct ike_sa *sa;

    if (move_setup(endpoint, now, ike_sa_by_id(endpoint, sa_id), local, actions)) {
        return 0;
    }
    sa = begin(&call, endpoint, now, sa_id, actions, why);
    if (!sa) {
        return -1;
    }
    place.port = sa->local.port;
    ike_sa_move(&call, sa, &place, &sa->remote, "moved");
    task = ike_mobike_moved(endpoint, sa);
    return finish(&call, sa, !task || ike_task_start(&call, sa, task), why);
}

int ike_endpoint_check_liveness(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                                struct ike_actions *actions, const char **why)
{
    struct ike_call call;
    struct ike_sa *sa = begin(&call, endpoint, now, sa_id, actions, why);

    return sa ? finish(&call, sa,
                       ike_task_start(&call, sa, ike_task_new(endpoint, IKE_TASK_LIVENESS)), why)
              : -1;
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

void ike_endpoint_forget_tickets(struct ike_endpoint *endpoint)
{
    ike_tickets_free(endpoint);
}
