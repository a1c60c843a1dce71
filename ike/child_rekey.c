/*
 * A CHILD SA takes the place of another (RFC 7296 §1.3.3, §2.8): who makes the new one installs it,
 * sends on it at once and deletes the old one; the other end takes packets of both until then.
 *
 *     SK{N(REKEY_SA) SA Ni [KE] TSi TSr}  -->
 *                                        <--  SK{SA Nr [KE] TSi TSr}
 *     SK{D}                               -->
 *                                        <--  SK{D}
 *
 * What crosses such an exchange is dealt with in child_collision.c.
 */
#include <assert.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/octets.h"
#include "ike/selectors.h"
#include "ike/tell.h"

/* ---- the initiator ---- */

/* The task that asks for it; without starting it. */
static struct ike_task *rekey_task(struct ike_endpoint *endpoint, const struct ike_child *child)
{
    struct ike_task *task = ike_task_new(endpoint, IKE_TASK_CREATE_CHILD);
    struct ike_terms terms = ike_child_terms(endpoint->policy, child->policy,
                                             IKE_EXCHANGE_CREATE_CHILD_SA, child->spi_in);

    task->offer = ike_child_offer_new(endpoint, child->policy);
    task->offer->rekeys = child->spi_in;
    task->offer->rekeys_out = child->spi_out;
    /* The method that was agreed on last time costs no round trip (§1.3). */
    task->offer->ke = child->ke ? ike_terms_find_ke(&terms, child->ke) : NULL;
    return task;
}

bool ike_child_rekey(struct ike_call *call, struct ike_sa *sa, struct ike_child *child)
{
    assert(child->state == IKE_CHILD_INSTALLED && !ike_series_replacing(sa, child->spi_in));
    if (!ike_task_start(call, sa, rekey_task(call->endpoint, child))) {
        return false;
    }
    child->state = IKE_CHILD_REKEYING;
    return true;
}

struct ike_child *ike_child_offer_rekeys(const struct ike_endpoint *endpoint,
                                         const struct ike_sa *sa,
                                         const struct ike_child_offer *offer)
{
    return offer->rekeys ? ike_child_by_spi_in(endpoint, sa, offer->rekeys) : NULL;
}

void ike_child_start_over(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer)
{
    struct ike_child *old = ike_child_offer_rekeys(call->endpoint, sa, offer);
    struct ike_task *task;

    ike_child_fail(call, sa, offer, "CHILD_SA_NOT_FOUND");
    if (old) {
        ike_child_remove(call, sa, old, "the peer does not have it");
    }
    if (sa->state == IKE_STATE_ESTABLISHED) {
        task = ike_task_new(call->endpoint, IKE_TASK_CREATE_CHILD);
        task->offer = ike_child_offer_new(call->endpoint, offer->policy);
        task->offer->pair = offer->pair;
        ike_task_start(call, sa, task);
    }
}

/* ---- the responder ---- */

static void refuse(struct ike_call *call, const struct ike_payload *rekey, uint16_t notify)
{
    bool names = notify == IKE_NOTIFY_CHILD_SA_NOT_FOUND && rekey->notify.spi.len > 0;

    /* CHILD_SA_NOT_FOUND says which one, as the request did (§2.25). */
    ike_build_notify(&call->builder, names ? rekey->notify.protocol : 0,
                     names ? rekey->notify.spi : crypto_bytes(NULL, 0), notify,
                     crypto_bytes(NULL, 0));
}

struct ike_child *ike_child_find_rekeyed(struct ike_call *call, struct ike_sa *sa,
                                         const struct ike_payload *rekey)
{
    struct ike_child *child = NULL;
    struct ike_series *given_up;

    if (rekey->notify.spi.len == IKE_CHILD_SPI_LEN) {
        child = ike_child_by_spi_out(sa, ike_load_u32(rekey->notify.spi.data));
    }
    if (child && child->protocol != rekey->notify.protocol) {
        child = NULL;
    }
    if (!child) {
        /* It may be the one that our own request has made: the response is under way. */
        refuse(call, rekey,
               ike_task_is_out(sa, IKE_TASK_CREATE_CHILD) ? IKE_NOTIFY_TEMPORARY_FAILURE
                                                          : IKE_NOTIFY_CHILD_SA_NOT_FOUND);
        return NULL;
    }
    switch ((enum ike_child_state)child->state) {
    case IKE_CHILD_INSTALLED:
        given_up = ike_series_replacing(sa, child->spi_in);
        if (given_up) { /* it would not begin anew otherwise */
            ike_series_drop(call, sa, given_up, "the initiator has begun it anew");
        }
        return child;
    case IKE_CHILD_REKEYING:
        if (ike_task_rekeying(sa, child->spi_in)->exchange == IKE_EXCHANGE_IKE_FOLLOWUP_KE) {
            break; /* the peer has answered ours: it knows of it (RFC 9370 §2.2.4) */
        }
        return child;     /* both ends want to: the nonces decide (§2.8.1) */
    case IKE_CHILD_RIVAL: /* so the peer goes on with it */
        ike_child_settle(call, sa, child);
        return child;
    case IKE_CHILD_CONTESTED:
    case IKE_CHILD_REPLACED:
    case IKE_CHILD_REDUNDANT:
    case IKE_CHILD_DELETING:
        break;
    case IKE_CHILD_OFFERED:
    case IKE_CHILD_DELETED:
        assert(!"no peer can name it");
        return NULL;
    }
    refuse(call, rekey, IKE_NOTIFY_TEMPORARY_FAILURE); /* §2.25.1 */
    return NULL;
}

/* ---- both ---- */

void ike_child_delete(struct ike_call *call, struct ike_sa *sa, struct ike_child *child)
{
    struct ike_task *task = ike_task_new(call->endpoint, IKE_TASK_DELETE_CHILD);

    child->state = IKE_CHILD_DELETING;
    task->protocol = child->protocol;
    task->spi_in = child->spi_in;
    ike_task_start(call, sa, task);
}

bool ike_child_narrower(const struct ike_endpoint *endpoint, const struct ike_child *old,
                        const struct ike_selector *local, size_t local_count,
                        const struct ike_selector *remote, size_t remote_count)
{
    const struct ike_child_scope *scope = old->scope;

    if (!scope) {
        struct ike_child_side own, peer;

        ike_child_side(endpoint, old->policy, old->sa, true, &own);
        ike_child_side(endpoint, old->policy, old->sa, false, &peer);
        return !ike_selectors_within(own.list, own.count, local, local_count) ||
               !ike_selectors_within(peer.list, peer.count, remote, remote_count);
    }
    return !ike_selectors_within(scope->selectors, scope->local_count, local, local_count) ||
           !ike_selectors_within(scope->selectors + scope->local_count, scope->remote_count, remote,
                                 remote_count);
}
