#include "ike/mobike.h"

#include "crypto/kdf.h"
#include "ike/nat.h"
#include "ike/tell.h"

enum { COOKIE2_LEN = 16, COOKIE2_MIN = 8, COOKIE2_MAX = 64 };

static void build_notify(struct ike_call *call, uint16_t notify, struct crypto_bytes data)
{
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), notify, data);
}

void ike_mobike_announce(struct ike_call *call, const struct ike_sa *sa)
{
    /* Who answers says so if it was asked (§3.1). */
    if (call->endpoint->policy->mobike &&
        (sa->initiator || ike_message_find_notify(&call->message, IKE_NOTIFY_MOBIKE_SUPPORTED))) {
        build_notify(call, IKE_NOTIFY_MOBIKE_SUPPORTED, crypto_bytes(NULL, 0));
    }
}

void ike_mobike_take(struct ike_call *call, struct ike_sa *sa)
{
    if (call->message.header.exchange == IKE_EXCHANGE_IKE_AUTH &&
        ike_message_find_notify(&call->message, IKE_NOTIFY_MOBIKE_SUPPORTED)) {
        sa->mobike = call->endpoint->policy->mobike;
    }
}

/* The bytes that prove that an answer has come by the new way: a draw for that request. */
static void draw_cookie2(struct ike_call *call, const struct ike_sa *sa, uint32_t message_id,
                         uint8_t cookie2[COOKIE2_LEN])
{
    struct crypto_draw draw =
        ike_draw(sa, IKE_EXCHANGE_INFORMATIONAL, false, message_id, CRYPTO_DRAW_COOKIE_SECRET);

    draw.entity = 0; /* the peer may be elsewhere when the answer comes */
    crypto_entropy_fill(&call->endpoint->entropy, &draw, cookie2, COOKIE2_LEN);
}

void ike_mobike_build(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task)
{
    uint8_t cookie2[COOKIE2_LEN];

    if (task->kind == IKE_TASK_UPDATE_ADDRESSES) {
        build_notify(call, IKE_NOTIFY_UPDATE_SA_ADDRESSES, crypto_bytes(NULL, 0));
        ike_nat_build_detection(call, sa, &sa->local, &sa->remote);
    } else {
        draw_cookie2(call, sa, task->message_id, cookie2);
        build_notify(call, IKE_NOTIFY_COOKIE2, crypto_bytes(cookie2, sizeof(cookie2)));
    }
}

/* Whether there is a NAT may be another thing on the new way: then ESP changes too (§3.5). */
static void detect_again(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_address local = sa->local, remote = sa->remote;
    uint8_t before = sa->nat;

    ike_nat_detect(call, sa);
    if (sa->nat != before) {
        ike_sa_move(call, sa, &local, &remote, "mobike");
        ike_nat_watch(call, sa);
    }
}

void ike_mobike_answered(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task)
{
    const struct ike_payload *notify;
    uint8_t cookie2[COOKIE2_LEN];

    if (task->kind == IKE_TASK_UPDATE_ADDRESSES) {
        if (ike_message_find_notify(&call->message, IKE_NOTIFY_UNACCEPTABLE_ADDRESSES)) {
            ike_sa_begin_delete(call, sa, "the peer does not accept our new address");
        } else {
            detect_again(call, sa);
        }
        return;
    }
    draw_cookie2(call, sa, task->message_id, cookie2);
    notify = ike_message_find_notify(&call->message, IKE_NOTIFY_COOKIE2);
    if (!notify || notify->notify.data.len != sizeof(cookie2) ||
        !crypto_equal(notify->notify.data.data, cookie2, sizeof(cookie2))) {
        ike_sa_begin_delete(call, sa, "the peer has not received at its new address");
    }
}

/* What may wait for its answer is kept apart from what the answer says: COOKIE2 is copied. */
static void copy_cookie2(struct ike_call *call)
{
    const struct ike_payload *notify = ike_message_find_notify(&call->message, IKE_NOTIFY_COOKIE2);

    if (notify && notify->notify.data.len >= COOKIE2_MIN &&
        notify->notify.data.len <= COOKIE2_MAX) {
        build_notify(call, IKE_NOTIFY_COOKIE2, notify->notify.data);
    }
}

void ike_mobike_answer(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_datagram *datagram = call->datagram;

    if (!sa->mobike) {
        return;
    }
    if (!sa->initiator && ike_message_find_notify(&call->message, IKE_NOTIFY_UPDATE_SA_ADDRESSES)) {
        /* Between the addresses of the IP header, whatever a NAT has made of them (§3.5). */
        if (sa->nat & IKE_NAT_SUPPORTED) {
            ike_nat_detect(call, sa);
        }
        ike_sa_move(call, sa, &datagram->destination, &datagram->source, "mobike");
        ike_nat_build_detection(call, sa, &sa->local, &sa->remote);
        call->checks_route = true;
    }
    copy_cookie2(call);
}
