/*
 * What crosses the rekey of a CHILD SA: the peer's own rekey of it (RFC 7296 §2.8.1), and Deletes
 * of the old and the new one (§2.25.1).
 *
 * A end whose request is out and that gets the peer's answers it. From then on the old SA is
 * CONTESTED and the peer's successor a RIVAL; the task remembers the peer's nonces. It ends with
 * the response, when all four nonces are known, or when the peer shows that it has not noticed: by
 * its Delete of the old SA, or by going on with its successor.
 *
 *     own has the lowest nonce:   old  CONTESTED -> REPLACED (the peer deletes it)
 *                                 own  DELETING, without having sent on it
 *                                 peer's RIVAL -> INSTALLED
 *     the peer's has it:          old  CONTESTED -> DELETING
 *                                 own  INSTALLED
 *                                 peer's RIVAL -> REDUNDANT (the peer deletes it)
 *
 * With additional key exchanges (RFC 9370 §2.2.4) a successor does not exist yet when it is
 * decided. The peer's is OFFERED and has a series instead of being a RIVAL; of the one that has
 * lost there is nothing to delete, its end just goes no further; and the old one waits for the
 * series of the other.
 */
#include <assert.h>
#include <string.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/octets.h"
#include "ike/rival.h"
#include "ike/tell.h"

/* ---- the peer's rekey is answered ---- */

static void tell_rekeyed(struct ike_call *call, const struct ike_sa *sa, const char *name,
                         const struct ike_child_move *move, bool by_self)
{
    ike_tell_child_rekeyed(call, sa, name, move, by_self);
}

static void contest(struct ike_call *call, struct ike_child_offer *own,
                    const struct ike_child *successor, uint32_t spi_out,
                    const struct ike_bargain *bargain)
{
    own->rival = ike_rival_new(call->endpoint, bargain->ni, bargain->nr);
    own->rival->spi_in = successor->spi_in;
    own->rival->spi_out = spi_out;
}

/* The peer's successor is the one. Once for each collision. */
static void yield(struct ike_call *call, struct ike_sa *sa, const struct ike_child_offer *offer)
{
    struct ike_rival *rival = offer->rival;
    struct ike_child *old = ike_child_offer_rekeys(call->endpoint, sa, offer);
    struct ike_child *successor = ike_child_by_spi_in(call->endpoint, sa, rival->spi_in);

    if (rival->settled) {
        return;
    }
    rival->settled = true;
    if (successor && successor->state == IKE_CHILD_OFFERED) {
        /* It is not there yet, and the old one waits for it. */
        if (old && old->state == IKE_CHILD_CONTESTED) {
            old->state = IKE_CHILD_INSTALLED;
        } else if (old && old->state == IKE_CHILD_DELETED) {
            ike_child_remove(call, sa, old, "the peer deleted it");
        }
        return;
    }
    if (old && old->state == IKE_CHILD_CONTESTED) {
        old->state = IKE_CHILD_REPLACED;
    } else if (old && old->state == IKE_CHILD_DELETED) {
        ike_child_remove(call, sa, old, "the peer deleted it");
    }
    if (!successor) {
        return; /* the peer has deleted that one as well */
    }
    if (successor->state == IKE_CHILD_RIVAL) {
        successor->state = IKE_CHILD_INSTALLED;
    }
    tell_rekeyed(call, sa, offer->policy->name,
                 &(struct ike_child_move){.old_spi_in = offer->rekeys,
                                          .old_spi_out = offer->rekeys_out,
                                          .spi_in = rival->spi_in,
                                          .spi_out = rival->spi_out},
                 false);
}

void ike_child_succeed_peer(struct ike_call *call, struct ike_sa *sa, struct ike_child *old,
                            struct ike_child *successor, const struct ike_bargain *bargain)
{
    struct ike_task *own =
        old->state == IKE_CHILD_REKEYING ? ike_task_rekeying(sa, old->spi_in) : NULL;

    successor->replaces = old->spi_in;
    if (own && own->sent) {
        contest(call, own->offer, successor, ike_load_u32(bargain->agreement->peer_spi), bargain);
        old->state = IKE_CHILD_CONTESTED;
        successor->state = IKE_CHILD_RIVAL;
        return;
    }
    if (own) { /* it has not left yet, and nobody needs it any more */
        ike_task_unqueue(call, sa, own);
    }
    if (old->state == IKE_CHILD_CONTESTED) { /* the peer would not go on with what has lost */
        own = ike_task_rekeying(sa, old->spi_in);
        assert(own && own->offer->rival);
        successor->state = IKE_CHILD_RIVAL;
        yield(call, sa, own->offer);
        return;
    }
    old->state = IKE_CHILD_REPLACED;
    tell_rekeyed(call, sa, successor->policy->name,
                 &(struct ike_child_move){.old_spi_in = old->spi_in,
                                          .old_spi_out = old->spi_out,
                                          .spi_in = successor->spi_in,
                                          .spi_out = successor->spi_out},
                 false);
}

void ike_child_expect_peer(struct ike_call *call, struct ike_sa *sa, struct ike_child *old,
                           const struct ike_child *successor, const struct ike_bargain *bargain)
{
    struct ike_task *own =
        old->state == IKE_CHILD_REKEYING ? ike_task_rekeying(sa, old->spi_in) : NULL;

    if (own && own->sent) {
        contest(call, own->offer, successor, ike_load_u32(bargain->agreement->peer_spi), bargain);
        old->state = IKE_CHILD_CONTESTED;
        return;
    }
    if (own) { /* as above; the peer asks again if it comes to nothing */
        ike_task_unqueue(call, sa, own);
    }
    old->state = IKE_CHILD_INSTALLED;
}

/* ---- our own has key exchanges to follow ---- */

void ike_child_stop(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer)
{
    yield(call, sa, offer);
    ike_child_forget(call->endpoint, sa, offer->child);
    offer->child = NULL;
}

/* The peer's successor has lost. */
static void defeat_peers(struct ike_call *call, struct ike_sa *sa,
                         const struct ike_child_offer *offer)
{
    struct ike_child *peers =
        offer->rival ? ike_child_by_spi_in(call->endpoint, sa, offer->rival->spi_in) : NULL;

    if (!peers) {
        return;
    }
    if (peers->state == IKE_CHILD_OFFERED) {
        ike_series_drop(call, sa, ike_series_making(sa, peers->spi_in), NULL);
    } else if (peers->state == IKE_CHILD_RIVAL || peers->state == IKE_CHILD_INSTALLED) {
        peers->state = IKE_CHILD_REDUNDANT;
    }
}

void ike_child_prevail(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer)
{
    struct ike_child *old = ike_child_offer_rekeys(call->endpoint, sa, offer);

    defeat_peers(call, sa, offer);
    if (old && old->state == IKE_CHILD_CONTESTED) {
        old->state = IKE_CHILD_REKEYING;
    }
    ike_rival_free(call->endpoint, offer->rival);
    offer->rival = NULL;
}

void ike_child_settle(struct ike_call *call, struct ike_sa *sa, const struct ike_child *rival)
{
    struct ike_task *own = ike_task_rekeying(sa, rival->replaces);

    assert(own && own->offer->rival);
    yield(call, sa, own->offer);
}

static struct ike_collision
collision_of(const struct ike_sa *sa, const struct ike_child_offer *offer, struct crypto_bytes nr)
{
    return (struct ike_collision){
        .sa = sa,
        .child = offer->policy->name,
        .ni = crypto_bytes(offer->nonce, sizeof(offer->nonce)),
        .nr = nr,
        .own_spi = offer->child ? offer->child->spi_in : 0,
        .peer_spi = offer->rival->spi_in,
    };
}

bool ike_child_refused(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer,
                       const char *why)
{
    struct ike_child *old = ike_child_offer_rekeys(call->endpoint, sa, offer);

    if (offer->rival) {
        struct ike_collision collision = collision_of(sa, offer, crypto_bytes(NULL, 0));

        if (!offer->rival->settled) {
            ike_rival_tell_refused(call, offer->rival, &collision);
        }
        yield(call, sa, offer);
    } else if (old && old->state == IKE_CHILD_DELETED) {
        ike_child_fail(call, sa, offer, why);
        ike_child_remove(call, sa, old, "the peer deleted it");
        return true;
    } else if (!offer->rekeys || old) {
        return false;
    }
    /* The old one is gone, or has its successor: there is nothing to try again (§2.25.1). */
    ike_child_forget(call->endpoint, sa, offer->child);
    offer->child = NULL;
    return true;
}

/* ---- our own rekey is answered ---- */

bool ike_child_loses(struct ike_call *call, const struct ike_sa *sa,
                     const struct ike_child_offer *offer, struct crypto_bytes nr)
{
    struct ike_collision collision;

    if (!offer->rival) {
        return false;
    }
    collision = collision_of(sa, offer, nr);
    return ike_rival_wins(call, offer->rival, &collision);
}

/* Ours has lost. It takes packets until it is deleted, but sends none: the bargain has seen to
 * that. */
static void lose(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer,
                 struct ike_child *own)
{
    ike_child_delete(call, sa, own);
    yield(call, sa, offer);
}

static void win(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer,
                struct ike_child *own)
{
    struct ike_child *old = ike_child_offer_rekeys(call->endpoint, sa, offer);

    defeat_peers(call, sa, offer);
    own->replaces = offer->rekeys;
    tell_rekeyed(call, sa, offer->policy->name,
                 &(struct ike_child_move){.old_spi_in = offer->rekeys,
                                          .old_spi_out = offer->rekeys_out,
                                          .spi_in = own->spi_in,
                                          .spi_out = own->spi_out},
                 true);
    if (!old || old->state == IKE_CHILD_DELETING) {
        return;
    }
    if (old->state == IKE_CHILD_DELETED) {
        ike_child_remove(call, sa, old, "the peer deleted it: it is replaced");
    } else {
        ike_child_delete(call, sa, old);
    }
}

void ike_child_succeed_own(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer,
                           struct ike_child *own, bool loses)
{
    if (!offer->rekeys) {
        return;
    }
    if (loses) {
        lose(call, sa, offer, own);
    } else {
        win(call, sa, offer, own);
    }
}

/* ---- Deletes ---- */

/* The peer's Delete may come before the response that made the SA: its SPI is kept with every
 * request that could be meant. */
static void remember_early(const struct ike_sa *sa, uint32_t spi_out)
{
    for (uint32_t i = 0; i < sa->tasks.size; i++) {
        struct ike_task *task = sa->tasks.slots[i].item;
        struct ike_child_offer *offer =
            task && task->kind == IKE_TASK_CREATE_CHILD ? task->offer : NULL;

        if (offer && offer->early_count < IKE_EARLY_DELETES_MAX) {
            offer->early[offer->early_count++] = spi_out;
        }
    }
}

bool ike_child_deleted_early(const struct ike_child_offer *offer, uint32_t spi_out)
{
    for (uint32_t i = 0; i < offer->early_count; i++) {
        if (offer->early[i] == spi_out) {
            return true;
        }
    }
    return false;
}

void ike_child_drop_early(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer,
                          bool loses)
{
    struct ike_child *old = ike_child_offer_rekeys(call->endpoint, sa, offer);

    ike_child_forget(call->endpoint, sa, offer->child);
    offer->child = NULL;
    ike_tell_child_failed(call, sa, offer->policy->name, "the peer has deleted it already");
    if (loses) {
        yield(call, sa, offer);
        return;
    }
    /* What the peer did not want is the tunnel: the old one is not to outlive the new (§1.4.1). */
    if (old && old->state == IKE_CHILD_DELETED) {
        ike_child_remove(call, sa, old, "the peer deleted it");
    } else if (old && old->state != IKE_CHILD_DELETING) {
        ike_child_delete(call, sa, old);
    }
}

/* The peer deletes a successor that it has asked for: the old one is what it was before. */
static void restore_old(const struct ike_call *call, const struct ike_sa *sa,
                        const struct ike_child *child)
{
    struct ike_child *old =
        child->replaces ? ike_child_by_spi_in(call->endpoint, sa, child->replaces) : NULL;

    if (old && old->state == IKE_CHILD_REPLACED) {
        old->state = IKE_CHILD_INSTALLED; /* our answer did not please it */
    } else if (old && old->state == IKE_CHILD_CONTESTED) {
        old->state = IKE_CHILD_REKEYING; /* ours is the only one again */
    }
}

bool ike_child_take_delete(struct ike_call *call, struct ike_sa *sa, uint8_t protocol,
                           uint32_t spi_out, uint32_t *spi_in)
{
    struct ike_child *child = ike_child_by_spi_out(sa, spi_out);
    struct ike_task *own;

    if (!child) {
        remember_early(sa, spi_out);
        return false;
    }
    if (child->protocol != protocol) {
        return false;
    }
    *spi_in = child->spi_in;
    switch ((enum ike_child_state)child->state) {
    case IKE_CHILD_DELETING: /* both Deletes name the same pair: no SPI in the answer (§1.4.1) */
        ike_child_remove(call, sa, child, "both ends deleted it");
        return false;
    case IKE_CHILD_REKEYING:
        own = ike_task_rekeying(sa, child->spi_in);
        if (own && ike_task_has_left(own)) {
            /* The response says what comes of it; until then the old one goes on sending. */
            child->state = IKE_CHILD_DELETED;
            return true;
        }
        if (own) {
            ike_task_unqueue(call, sa, own);
        }
        break;
    case IKE_CHILD_CONTESTED: /* the peer has not noticed our request, or its nonces win */
        own = ike_task_rekeying(sa, child->spi_in);
        assert(own && own->offer->rival);
        yield(call, sa, own->offer);
        break;
    case IKE_CHILD_RIVAL: /* the peer's own: its nonces have lost, or it was told to */
    case IKE_CHILD_INSTALLED:
    case IKE_CHILD_REPLACED:
    case IKE_CHILD_REDUNDANT:
        break;
    case IKE_CHILD_OFFERED:
    case IKE_CHILD_DELETED:
        assert(!"no peer can name it");
        return false;
    }
    restore_old(call, sa, child);
    ike_child_remove(call, sa, child,
                     child->state == IKE_CHILD_REPLACED    ? "the peer deleted it: it is replaced"
                     : child->state == IKE_CHILD_REDUNDANT ? "the peer deleted it: it is redundant"
                                                           : "the peer deleted it");
    return true;
}
