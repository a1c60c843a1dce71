#include "ike/hint.h"

#include <stdlib.h>

#include "ike/exchange.h"
#include "ike/sent.h"
#include "ike/tell.h"

/* Addresses share a few places: a limit needs to remember when it let something through, and must
 * not grow with the number of those who ask. */
static bool may_send(struct ike_call *call)
{
    struct ike_endpoint *endpoint = call->endpoint;
    uint64_t *next;

    if (!endpoint->next_hint) {
        /* Not counted: it is for strangers and not for SAs, and is all that they get. */
        endpoint->next_hint = calloc(IKE_HINT_PLACES, sizeof(*endpoint->next_hint));
        if (!endpoint->next_hint) {
            abort();
        }
    }
    next = &endpoint->next_hint[ike_address_hash(&call->datagram->source) % IKE_HINT_PLACES];
    if (call->now < *next) {
        return false;
    }
    *next = call->now + IKE_HINT_INTERVAL;
    return true;
}

void ike_hint_send(struct ike_call *call, uint16_t notify)
{
    if (!call->message.header.response && may_send(call)) {
        ike_answer_without_sa(call, notify, crypto_bytes(NULL, 0));
    }
}

bool ike_hint_may_check(struct ike_call *call, struct ike_sa *sa)
{
    if (call->now < sa->next_check) {
        return false;
    }
    sa->next_check = call->now + IKE_HINT_CHECK_INTERVAL;
    return true;
}

static bool is_in_use(const struct ike_sa *sa)
{
    return sa->state == IKE_STATE_ESTABLISHED && !sa->replaced;
}

static void check(struct ike_call *call, struct ike_sa *sa)
{
    ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_LIVENESS));
}

void ike_hint_take(struct ike_call *call, struct ike_sa *sa)
{
    if (is_in_use(sa) && sa->tasks.used == 0 && ike_hint_may_check(call, sa)) {
        check(call, sa);
    }
}

void ike_hint_unreachable(struct ike_call *call, struct ike_sa *sa, const char *what)
{
    const char *outcome = "liveness is checked";
    bool checks = false;

    if (!sa) {
        outcome = "no IKE SA of this host has sent what it quotes";
    } else if (sa->tasks.used > 0) {
        outcome = "a request is out already: it is sent again as if nothing had come";
    } else if (!is_in_use(sa)) {
        outcome = "the IKE SA is not in use";
    } else if (!ike_hint_may_check(call, sa)) {
        outcome = "liveness has been checked a moment ago";
    } else {
        checks = true;
    }
    ike_tell_unreachable(call, sa, what, outcome);
    if (checks) {
        check(call, sa);
    }
}
