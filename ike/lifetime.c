/*
 * The soft lifetime of an SA begins its rekey, the hard one ends it. Only one timer of each SA runs
 * at a time: that of the hard lifetime is asked for when the soft one is over, and its delay is
 * found again from the same draw.
 */
#include "ike/lifetime.h"

#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/octets.h"
#include "ike/tell.h"

/* What is random in the lifetimes of one CHILD SA. */
enum { OF_TIME, OF_BYTES, OF_PACKETS };

static uint64_t draw_up_to(const struct ike_endpoint *endpoint, const struct crypto_draw *draw,
                           uint64_t max)
{
    uint8_t octets[8];

    if (max == 0) {
        return 0;
    }
    crypto_entropy_fill(&endpoint->entropy, draw, octets, sizeof(octets));
    return max == UINT64_MAX ? ike_load_u64(octets) : ike_load_u64(octets) % (max + 1);
}

/* `rekey` without its random part, at least 1; 0 if there is none. */
static uint64_t soft(const struct ike_endpoint *endpoint, const struct crypto_draw *draw,
                     uint64_t rekey, uint64_t rand)
{
    uint64_t less = rekey ? draw_up_to(endpoint, draw, rand) : 0;

    return less < rekey ? rekey - less : rekey != 0;
}

/* ---- IKE SAs ---- */

void ike_lifetime_watch_sa(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_policy *policy = call->endpoint->policy;
    /* Both ends of one SA may be on one host in name only: their parts in it differ. */
    struct crypto_draw draw =
        ike_draw(sa, IKE_EXCHANGE_INFORMATIONAL, !sa->initiator, 0, CRYPTO_DRAW_JITTER);

    if (policy->rekey_time) {
        ike_actions_timer(call->actions, sa->id, IKE_TIMER_SA_REKEY, 0,
                          soft(call->endpoint, &draw, policy->rekey_time, policy->rand_time));
    }
}

void ike_lifetime_sa_ends(struct ike_call *call, struct ike_sa *sa, bool hard)
{
    const struct ike_policy *policy = call->endpoint->policy;

    if (sa->state != IKE_STATE_ESTABLISHED || sa->replaced) {
        return;
    }
    if (hard) {
        ike_tell_lifetime(call, sa, NULL, "over_time", "the IKE SA is deleted");
        ike_sa_begin_delete(call, sa, "over_time has passed, and it has not been rekeyed");
        return;
    }
    if (policy->over_time) {
        ike_actions_timer(call->actions, sa->id, IKE_TIMER_SA_EXPIRE, 0, policy->over_time);
    }
    if (!ike_task_waits(sa, IKE_TASK_REKEY_SA)) {
        ike_tell_lifetime(call, sa, NULL, "rekey_time", "the IKE SA is rekeyed");
        ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_REKEY_SA));
    }
}

/* ---- CHILD SAs ---- */

/* By the inbound SPI, which no other CHILD SA of this host has. */
static struct crypto_draw child_draw(const struct ike_sa *sa, const struct ike_child *child,
                                     uint32_t of)
{
    return (struct crypto_draw){
        .entity = ike_address_hash(&sa->remote),
        .sa = child->spi_in,
        .exchange = CRYPTO_DRAW_EXCHANGE_ESP,
        .field = CRYPTO_DRAW_JITTER,
        .instance = of,
    };
}

static uint64_t child_soft(const struct ike_endpoint *endpoint, const struct ike_sa *sa,
                           const struct ike_child *child, const struct ike_lifetime *lifetime,
                           uint32_t of)
{
    struct crypto_draw draw = child_draw(sa, child, of);

    return soft(endpoint, &draw, lifetime->rekey, lifetime->rand);
}

void ike_lifetime_watch_child(struct ike_call *call, const struct ike_sa *sa,
                              const struct ike_child *child, struct ike_child_sa *out)
{
    const struct ike_endpoint *endpoint = call->endpoint;
    const struct ike_child_policy *policy = child->policy;
    uint64_t delay = child_soft(endpoint, sa, child, &policy->time, OF_TIME);

    out->rekey_bytes = child_soft(endpoint, sa, child, &policy->bytes, OF_BYTES);
    out->life_bytes = policy->bytes.life;
    out->rekey_packets = child_soft(endpoint, sa, child, &policy->packets, OF_PACKETS);
    out->life_packets = policy->packets.life;
    if (delay) {
        ike_actions_timer(call->actions, sa->id, IKE_TIMER_CHILD_REKEY, child->spi_in, delay);
    } else if (policy->time.life) {
        ike_actions_timer(call->actions, sa->id, IKE_TIMER_CHILD_EXPIRE, child->spi_in,
                          policy->time.life);
    }
}

/* The peer may have made a successor already, or deletes it, or the IKE SA goes: then there is
 * nothing to do (§2.8). */
static void begin_rekey(struct ike_call *call, struct ike_child *child, const char *limit)
{
    struct ike_sa *sa = child->sa;

    if (child->state == IKE_CHILD_INSTALLED && sa->state == IKE_STATE_ESTABLISHED &&
        !sa->replaced && sa->child_total < IKE_CHILDREN_MAX &&
        !ike_series_replacing(sa, child->spi_in)) {
        ike_tell_lifetime(call, sa, child, limit, "the CHILD SA is rekeyed");
        ike_child_rekey(call, sa, child);
    }
}

static void end(struct ike_call *call, struct ike_child *child, const char *limit)
{
    struct ike_sa *sa = child->sa;

    switch ((enum ike_child_state)child->state) {
    case IKE_CHILD_REPLACED:
    case IKE_CHILD_REDUNDANT:
        /* The peer is to delete it, and has not come to that: it goes without a word. */
        ike_tell_lifetime(call, sa, child, limit, "the CHILD SA is removed");
        ike_child_remove(call, sa, child, "its lifetime is over, and the peer was to delete it");
        return;
    case IKE_CHILD_INSTALLED:
    case IKE_CHILD_REKEYING:
    case IKE_CHILD_CONTESTED:
    case IKE_CHILD_RIVAL:
        ike_tell_lifetime(call, sa, child, limit, "the CHILD SA is deleted");
        ike_child_delete(call, sa, child);
        return;
    case IKE_CHILD_OFFERED:
    case IKE_CHILD_DELETING:
    case IKE_CHILD_DELETED:
        return;
    }
}

void ike_lifetime_child_ends(struct ike_call *call, struct ike_child *child, bool hard)
{
    const struct ike_lifetime *time = &child->policy->time;

    if (hard) {
        end(call, child, "life_time");
        return;
    }
    if (time->life) {
        uint64_t past = child_soft(call->endpoint, child->sa, child, time, OF_TIME);

        ike_actions_timer(call->actions, child->sa->id, IKE_TIMER_CHILD_EXPIRE, child->spi_in,
                          time->life > past ? time->life - past : 0);
    }
    begin_rekey(call, child, "rekey_time");
}

void ike_lifetime_child_limit(struct ike_call *call, struct ike_child *child, bool hard,
                              const char *limit)
{
    if (hard) {
        end(call, child, limit);
    } else {
        begin_rekey(call, child, limit);
    }
}
