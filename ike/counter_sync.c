#include "ike/counter_sync.h"

#include <assert.h>
#include <string.h>

#include "crypto/kdf.h"
#include "ike/child.h"
#include "ike/octets.h"
#include "ike/tell.h"

enum { COUNTERS_LEN = IKE_SYNC_NONCE_LEN + 8 };

static void build_notify(struct ike_call *call, uint16_t type, struct crypto_bytes data)
{
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), type, data);
}

static bool says(const struct ike_call *call, uint16_t type)
{
    return ike_message_find_notify(&call->message, type);
}

static void drop(struct ike_call *call, const char *detail)
{
    ike_tell_dropped(call, &call->message.header, "unexpected", detail, (struct trace_ref){0});
}

static uint32_t higher(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static struct ike_counter_sync *sync_of(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    if (!sa->sync) {
        sa->sync = ike_take(endpoint, sizeof(*sa->sync));
    }
    return sa->sync;
}

/* ---- what both ends can do (§5) ---- */

void ike_sync_announce(struct ike_call *call, const struct ike_sa *sa)
{
    const struct ike_policy *policy = call->endpoint->policy;
    struct crypto_bytes none = crypto_bytes(NULL, 0);

    if (policy->message_id_sync &&
        (sa->initiator || says(call, IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC_SUPPORTED))) {
        build_notify(call, IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC_SUPPORTED, none);
    }
    if (policy->replay_counter_sync &&
        (sa->initiator || says(call, IKE_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED))) {
        build_notify(call, IKE_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED, none);
    }
}

void ike_sync_take(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_policy *policy = call->endpoint->policy;

    if (call->message.header.exchange != IKE_EXCHANGE_IKE_AUTH) {
        return;
    }
    if (policy->message_id_sync && says(call, IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC_SUPPORTED)) {
        sa->syncs |= IKE_SYNC_MESSAGE_IDS;
    }
    if (policy->replay_counter_sync && says(call, IKE_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED)) {
        sa->syncs |= IKE_SYNC_REPLAY;
    }
}

/* ---- the notifies ---- */

struct counters {
    struct crypto_bytes nonce;
    uint32_t send, recv; /* EXPECTED_SEND_REQ_MESSAGE_ID, EXPECTED_RECV_REQ_MESSAGE_ID */
};

/* So near to the last Message ID of all nobody comes who closes the IKE SA in time (RFC 7296 §2.2):
 * whoever went on there could not even say that. */
static bool is_near_the_end(uint32_t message_id)
{
    return message_id >= UINT32_MAX - IKE_WINDOW_MAX;
}

/* §6.3; false if there is none of the right length, or with counters that cannot be. */
static bool read_counters(const struct ike_call *call, struct counters *out)
{
    const struct ike_payload *notify =
        ike_message_find_notify(&call->message, IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC);

    if (!notify || notify->notify.data.len != COUNTERS_LEN) {
        return false;
    }
    const uint8_t *data = notify->notify.data.data;

    out->nonce = crypto_bytes(data, IKE_SYNC_NONCE_LEN);
    out->send = ike_load_u32(data + IKE_SYNC_NONCE_LEN);
    out->recv = ike_load_u32(data + IKE_SYNC_NONCE_LEN + 4);
    return !is_near_the_end(out->send) && !is_near_the_end(out->recv);
}

static void build_counters(struct ike_call *call, const struct counters *counters)
{
    uint8_t data[COUNTERS_LEN];

    memcpy(data, counters->nonce.data, IKE_SYNC_NONCE_LEN);
    ike_store_u32(data + IKE_SYNC_NONCE_LEN, counters->send);
    ike_store_u32(data + IKE_SYNC_NONCE_LEN + 4, counters->recv);
    build_notify(call, IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC, crypto_bytes(data, sizeof(data)));
}

/* How far the peer is to skip forward: 4 octets, or 8 with extended sequence numbers, which all
 * CHILD SAs have or none (§6.4). */
static void build_delta(struct ike_call *call, const struct ike_sa *sa)
{
    uint64_t delta = call->endpoint->policy->counter_delta;
    uint8_t data[8];

    ike_store_u64(data, delta);
    build_notify(call, IKE_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC,
                 sa->sync->esn ? crypto_bytes(data, 8) : crypto_bytes(data + 4, 4));
}

static uint64_t read_delta(const struct ike_call *call)
{
    const struct ike_payload *notify =
        ike_message_find_notify(&call->message, IKE_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC);

    if (notify && notify->notify.data.len == 4) {
        return ike_load_u32(notify->notify.data.data);
    }
    return notify && notify->notify.data.len == 8 ? ike_load_u64(notify->notify.data.data) : 0;
}

/* ---- the member that has taken over ---- */

bool ike_sync_is_out(const struct ike_sa *sa)
{
    return sa->sync && sa->sync->task;
}

static void draw_nonce(struct ike_call *call, const struct ike_sa *sa,
                       uint8_t nonce[IKE_SYNC_NONCE_LEN])
{
    struct crypto_draw draw = ike_draw(sa, IKE_EXCHANGE_INFORMATIONAL, false, 0, CRYPTO_DRAW_NONCE);

    crypto_entropy_fill(&call->endpoint->entropy, &draw, nonce, IKE_SYNC_NONCE_LEN);
}

void ike_sync_begin(struct ike_call *call, struct ike_sa *sa, bool esn)
{
    struct ike_counter_sync *sync;

    if (!sa->syncs) {
        return;
    }
    sync = sync_of(call->endpoint, sa);
    sync->esn = esn;
    if (!(sa->syncs & IKE_SYNC_MESSAGE_IDS)) {
        if (sa->child_count) {
            ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_REPLAY_SYNC));
        }
        return;
    }
    draw_nonce(call, sa, sync->nonce);
    /* M1: larger than any that can have been used since, as far as a window tells (§5.1). */
    ike_window_advance(&sa->own, sa->own.next + sa->own.size);
    sync->task = ike_task_new(call->endpoint, IKE_TASK_COUNTER_SYNC);
    ike_task_send_outside(call, sa, sync->task);
}

void ike_sync_build(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task)
{
    uint64_t delta =
        sa->syncs & IKE_SYNC_REPLAY && sa->child_count ? call->endpoint->policy->counter_delta : 0;

    if (task->kind == IKE_TASK_COUNTER_SYNC) {
        struct counters counters = {crypto_bytes(sa->sync->nonce, IKE_SYNC_NONCE_LEN), sa->own.next,
                                    sa->peer.next};

        build_counters(call, &counters);
        ike_tell_counter_sync(call, sa, "asked", counters.nonce, counters.send, counters.recv,
                              delta);
    } else {
        ike_tell_counter_sync(call, sa, "asked", crypto_bytes(NULL, 0), 0, 0, delta);
    }
    if (delta) {
        build_delta(call, sa);
    }
}

bool ike_sync_answered(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task)
{
    struct ike_counter_sync *sync = sa->sync;
    struct counters counters;

    assert(sync && sync->task == task);
    if (!read_counters(call, &counters) ||
        !crypto_equal(counters.nonce.data, sync->nonce, IKE_SYNC_NONCE_LEN)) {
        drop(call, "it answers another synchronisation than the one that is out (RFC 6311 5.1)");
        return false;
    }
    ike_tell_received(call, task->sent->first);
    sync->task = NULL;
    ike_window_advance(&sa->own, higher(sa->own.next, counters.recv));
    ike_window_advance(&sa->peer, higher(sa->peer.next, counters.send));
    ike_tell_counter_sync(call, sa, "adopted", counters.nonce, sa->own.next, sa->peer.next, 0);
    ike_tell_window(call, sa, true);
    ike_tell_window(call, sa, false);
    return true;
}

/* ---- its peer ---- */

bool ike_sync_is_likely(const struct ike_call *call, const struct ike_sa *sa)
{
    const struct ike_header *header = &call->message.header;

    return header->message_id == 0 && header->exchange == IKE_EXCHANGE_INFORMATIONAL &&
           (sa->state == IKE_STATE_ESTABLISHED || sa->state == IKE_STATE_DELETING) &&
           sa->syncs & IKE_SYNC_MESSAGE_IDS;
}

bool ike_sync_repeat(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_sent *sent = sa->sync ? sa->sync->response : NULL;

    if (!sent || sent->request_hash != ike_call_datagram_hash(call)) {
        return false;
    }
    ike_tell_dropped(call, &call->message.header, "duplicate",
                     "a copy of a synchronisation that was answered: its answer goes out again",
                     sent->first);
    ike_sent_transmit(call, sent, &call->datagram->destination, &call->datagram->source);
    return true;
}

void ike_sync_is_over(struct ike_call *call, struct ike_sa *sa)
{
    if (sa->sync && sa->sync->response) {
        ike_sent_free(call->endpoint, sa->sync->response);
        sa->sync->response = NULL;
    }
}

/* All CHILD SAs of the IKE SA skip forward by as much (§5.2). */
static void skip(struct ike_call *call, const struct ike_sa *sa, uint64_t delta)
{
    for (const struct ike_child *child = sa->children; delta && child; child = child->next) {
        if (child->state != IKE_CHILD_OFFERED) {
            struct ike_action *action = ike_actions_add(call->actions, IKE_ACTION_CHILD_SKIP);

            action->skip.spi_in = child->spi_in;
            action->skip.delta = delta;
        }
    }
}

/* §5.1: silent about a request that is older than what is known. */
static bool is_stale(const struct ike_sa *sa, const struct counters *counters)
{
    return counters->send < sa->peer.next ||
           (sa->sync && sa->sync->asked && counters->send <= sa->sync->highest);
}

static void send_answer(struct ike_call *call, struct ike_sa *sa, struct counters answer)
{
    struct ike_sent *sent;

    ike_draw_anew(sa); /* Message ID 0 has been drawn for before */
    ike_message_begin(call, sa, IKE_EXCHANGE_INFORMATIONAL, true, 0);
    build_counters(call, &answer);
    sent = ike_message_end(call, sa);
    sent->request_hash = ike_call_datagram_hash(call);
    sa->sync->response = sent;
    sa->last_sent = call->now;
    ike_sent_transmit(call, sent, &call->datagram->destination, &call->datagram->source);
}

bool ike_sync_answer(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_counter_sync *sync;
    struct counters told, answer;
    uint64_t delta = read_delta(call);

    if (!says(call, IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC)) {
        return false;
    }
    if (!read_counters(call, &told)) {
        drop(call,
             "the data of IKEV2_MESSAGE_ID_SYNC is not a nonce and two counters (RFC 6311 6.3)");
        return true;
    }
    if (is_stale(sa, &told)) {
        drop(call, "a synchronisation that is older than what is known (RFC 6311 5.1)");
        ike_tell_counter_sync(call, sa, "ignored", told.nonce, told.send, told.recv, 0);
        return true;
    }
    call->actions->accepted = 1;
    sa->last_heard = call->now;
    ike_tell_received(call, (struct trace_ref){0});
    sync = sync_of(call->endpoint, sa);
    ike_sync_is_over(call, sa);
    sync->asked = true;
    sync->highest = told.send;
    answer = (struct counters){told.nonce, higher(told.recv, sa->own.next),
                               higher(told.send, sa->peer.next)};
    ike_tell_counter_sync(call, sa, "answered", answer.nonce, answer.send, answer.recv, delta);
    /* What is outstanding was for a member that is no more: it goes out anew (§9). */
    ike_tasks_renew(call, sa);
    ike_window_advance(&sa->own, answer.send);
    ike_window_advance(&sa->peer, answer.recv);
    ike_responses_free(call->endpoint, sa);
    send_answer(call, sa, answer);
    ike_tell_window(call, sa, true);
    ike_tell_window(call, sa, false);
    if (sa->syncs & IKE_SYNC_REPLAY) {
        skip(call, sa, delta);
    }
    ike_tasks_go_on(call, sa);
    return true;
}

void ike_sync_take_replay(struct ike_call *call, const struct ike_sa *sa)
{
    uint64_t delta = read_delta(call);

    if (delta && sa->syncs & IKE_SYNC_REPLAY) {
        ike_tell_counter_sync(call, sa, "answered", crypto_bytes(NULL, 0), 0, 0, delta);
        skip(call, sa, delta);
    }
}

void ike_sync_free(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    struct ike_counter_sync *sync = sa->sync;

    if (sync) {
        if (sync->task) {
            ike_task_free(endpoint, sync->task);
        }
        ike_sent_free(endpoint, sync->response);
        ike_give(endpoint, sync, sizeof(*sync));
        sa->sync = NULL;
    }
}
