#include "ike/reauth.h"

#include "ike/exchange.h"
#include "ike/octets.h"
#include "ike/tell.h"

static const uint64_t second = 1000000000;

/* Draws of an SA that follows another are told apart from those of the host's own attempts. */
static const uint64_t follows = UINT64_C(1) << 63;

static void arm(struct ike_call *call, const struct ike_sa *sa, enum ike_timer_kind kind,
                uint64_t at)
{
    if (at) {
        ike_actions_timer(call->actions, sa->id, kind, 0, at > call->now ? at - call->now : 1);
    }
}

/* Repeats authentication then, if it was not to be repeated before that. */
static void come_sooner(struct ike_call *call, struct ike_sa *sa, uint64_t at)
{
    struct ike_rare *rare = ike_sa_make_rare(call->endpoint, sa);

    if (rare->reauth_at == 0 || rare->reauth_at > at) {
        rare->reauth_at = at;
        arm(call, sa, IKE_TIMER_SA_REAUTH, at);
    }
}

void ike_reauth_watch(struct ike_call *call, struct ike_sa *sa)
{
    uint64_t time = call->endpoint->policy->auth.reauth_time;

    if (sa->initiator && time) {
        come_sooner(call, sa, call->now + time);
    }
    ike_reauth_take_lifetime(call, sa);
}

void ike_reauth_announce(struct ike_call *call, struct ike_sa *sa)
{
    uint64_t lifetime = call->endpoint->policy->auth.lifetime;
    uint8_t octets[4];

    if (lifetime == 0) {
        return;
    }
    ike_store_u32(octets, (uint32_t)(lifetime / second));
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_AUTH_LIFETIME,
                     crypto_bytes(octets, sizeof(octets)));
    ike_sa_make_rare(call->endpoint, sa)->auth_ends = call->now + lifetime;
    arm(call, sa, IKE_TIMER_SA_AUTH_END, call->now + lifetime);
}

/* A tenth of the time is left for the new exchanges. */
void ike_reauth_take_lifetime(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *notify =
        ike_message_find_notify(&call->message, IKE_NOTIFY_AUTH_LIFETIME);
    uint64_t lifetime;

    /* It is the responder's to say, and the end that began to act on (RFC 4478 §3). */
    if (!sa->began || !notify || notify->notify.data.len != 4) {
        return;
    }
    lifetime = ike_load_u32(notify->notify.data.data) * second;
    ike_tell_reauth(call, sa, "told", lifetime);
    if (lifetime) {
        come_sooner(call, sa, call->now + lifetime / 10 * 9);
    }
}

void ike_reauth_inherit(struct ike_call *call, const struct ike_sa *old, struct ike_sa *sa)
{
    const struct ike_rare *before = ike_sa_rare(old);

    if (before->reauth_at || before->auth_ends) {
        struct ike_rare *rare = ike_sa_make_rare(call->endpoint, sa);

        rare->reauth_at = before->reauth_at;
        rare->auth_ends = before->auth_ends;
        arm(call, sa, IKE_TIMER_SA_REAUTH, rare->reauth_at);
        arm(call, sa, IKE_TIMER_SA_AUTH_END, rare->auth_ends);
    }
}

static void put_off(struct ike_call *call, const struct ike_sa *sa)
{
    call->again = (struct ike_again){
        .wanted = true, .local = sa->local, .remote = sa->remote, .attempt = follows | sa->spi_i};
}

static void begin(struct ike_call *call, struct ike_sa *sa)
{
    bool make_first = call->endpoint->policy->auth.make_before_break;

    /* It may be on its way out. */
    if (sa->state != IKE_STATE_ESTABLISHED || sa->replaced || sa->reauthenticating) {
        return;
    }
    sa->reauthenticating = true;
    ike_tell_reauth(call, sa, make_first ? "make_before_break" : "break_before_make", 0);
    if (make_first) {
        put_off(call, sa);
    } else {
        ike_sa_begin_delete(call, sa, "its authentication is to be repeated");
    }
}

void ike_reauth_due(struct ike_call *call, struct ike_sa *sa)
{
    /* Else a timer from before AUTH_LIFETIME made it sooner. */
    if (ike_sa_rare(sa)->reauth_at <= call->now) {
        begin(call, sa);
    }
}

void ike_reauth_instead(struct ike_call *call, struct ike_sa *sa)
{
    if (sa->began) {
        begin(call, sa);
    }
}

void ike_reauth_missed(struct ike_call *call, struct ike_sa *sa)
{
    if (sa->state == IKE_STATE_ESTABLISHED && !sa->replaced) {
        ike_tell_reauth(call, sa, "missed", 0);
        ike_sa_begin_delete(call, sa, "the initiator has not repeated its authentication in time");
    }
}

void ike_reauth_closed(struct ike_call *call, const struct ike_sa *sa)
{
    if (sa->reauthenticating && !call->endpoint->policy->auth.make_before_break) {
        put_off(call, sa);
    }
}

void ike_reauth_done(struct ike_call *call, const struct ike_sa *sa)
{
    struct ike_index_node *node =
        ike_index_find(&call->endpoint->by_remote, ike_address_hash(&sa->remote));

    while (node) {
        struct ike_sa *other = IKE_INDEX_OF(node, struct ike_sa, by_remote);

        node = ike_index_next(node);
        if (other != sa && other->reauthenticating && other->state == IKE_STATE_ESTABLISHED &&
            ike_address_same_host(&other->remote, &sa->remote)) {
            ike_sa_begin_delete(call, other, "its authentication has been repeated in another");
        }
    }
}

void ike_reauth_run(struct ike_call *call)
{
    struct ike_again again = call->again;

    if (again.wanted) {
        call->again.wanted = false;
        ike_sa_initiate(call, &again.local, &again.remote, NULL, NULL, again.attempt,
                        "the authentication of an older IKE SA is to be repeated");
    }
}
