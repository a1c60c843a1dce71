#include "ike/mobike.h"

#include <string.h>

#include "crypto/kdf.h"
#include "ike/nat.h"
#include "ike/selectors.h"
#include "ike/tell.h"

enum {
    COOKIE2_LEN = 16,
    COOKIE2_MIN = 8,
    COOKIE2_MAX = 64,
    /* Retransmissions after which another address is tried, and after so many the next. */
    TRIES_EACH = 2,
    NO_NATS_MAX = 2 * 16 + 4,
};

static void build_notify(struct ike_call *call, uint16_t notify, struct crypto_bytes data)
{
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), notify, data);
}

static void build_empty(struct ike_call *call, uint16_t notify)
{
    build_notify(call, notify, crypto_bytes(NULL, 0));
}

static size_t ip_len(uint8_t family)
{
    return family == 4 ? 4 : 16;
}

static struct ike_mobike *mobike_of(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    if (!sa->moves) {
        sa->moves = ike_take(endpoint, sizeof(*sa->moves));
    }
    return sa->moves;
}

void ike_mobike_free(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    ike_give(endpoint, sa->moves, sizeof(*sa->moves));
    sa->moves = NULL;
}

void ike_mobike_inherit(struct ike_endpoint *endpoint, struct ike_sa *old, struct ike_sa *sa)
{
    ike_mobike_free(endpoint, sa);
    sa->moves = old->moves;
    old->moves = NULL;
    if (sa->moves) {
        sa->moves->newest = 0;
    }
}

/* ---- addresses that an end has (§3.4, §3.6) ---- */

static struct ike_address address_of(const struct ike_selector *selector)
{
    struct ike_address address = {.family = selector->type == IKE_TS_IPV4_ADDR_RANGE ? 4 : 6};

    memcpy(address.ip, selector->start, ip_len(address.family));
    return address;
}

/* Those of this end but for the one that the message is sent from. Returns how many. */
static size_t build_additional(struct ike_call *call, const struct ike_sa *sa)
{
    const struct ike_policy *policy = call->endpoint->policy;
    size_t count = 0;

    for (size_t i = 0; i < policy->additional_count; i++) {
        struct ike_address address = address_of(&policy->additional[i]);

        if (!ike_address_same_host(&address, &sa->local)) {
            build_notify(call,
                         address.family == 4 ? IKE_NOTIFY_ADDITIONAL_IP4_ADDRESS
                                             : IKE_NOTIFY_ADDITIONAL_IP6_ADDRESS,
                         crypto_bytes(address.ip, ip_len(address.family)));
            count++;
        }
    }
    return count;
}

/* The whole list takes the place of the old one. */
static void take_additional(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_message *message = &call->message;
    struct ike_mobike *moves = mobike_of(call->endpoint, sa);

    moves->count = moves->next = 0;
    for (size_t i = 0; i < message->payload_count && moves->count < IKE_PEER_ADDRESSES_MAX; i++) {
        const struct ike_payload *payload = &message->payloads[i];
        uint8_t family = payload->type != IKE_PAYLOAD_NOTIFY                         ? 0
                         : payload->notify.type == IKE_NOTIFY_ADDITIONAL_IP4_ADDRESS ? 4
                         : payload->notify.type == IKE_NOTIFY_ADDITIONAL_IP6_ADDRESS ? 6
                                                                                     : 0;

        if (family && payload->notify.data.len == ip_len(family)) {
            struct ike_address *address = &moves->addresses[moves->count++];

            *address = (struct ike_address){.family = family};
            memcpy(address->ip, payload->notify.data.data, ip_len(family));
        }
    }
    ike_tell_peer_addresses(call, sa, moves->addresses, moves->count);
}

static bool has_additional(const struct ike_message *message)
{
    return ike_message_find_notify(message, IKE_NOTIFY_ADDITIONAL_IP4_ADDRESS) ||
           ike_message_find_notify(message, IKE_NOTIFY_ADDITIONAL_IP6_ADDRESS);
}

/* ---- no NATs (§3.9) ---- */

/* Addresses and ports of a message, as NO_NATS_ALLOWED has them (§4.2.6). */
static struct crypto_bytes write_path(const struct ike_address *source,
                                      const struct ike_address *destination,
                                      uint8_t data[NO_NATS_MAX])
{
    size_t len = ip_len(source->family), at = 2 * len;

    memcpy(data, source->ip, len);
    memcpy(data + len, destination->ip, len);
    data[at++] = (uint8_t)(source->port >> 8);
    data[at++] = (uint8_t)source->port;
    data[at++] = (uint8_t)(destination->port >> 8);
    data[at++] = (uint8_t)destination->port;
    return crypto_bytes(data, at);
}

static void build_no_nats(struct ike_call *call, const struct ike_sa *sa)
{
    uint8_t data[NO_NATS_MAX];

    if (!call->endpoint->policy->nat_traversal) {
        build_notify(call, IKE_NOTIFY_NO_NATS_ALLOWED, write_path(&sa->local, &sa->remote, data));
    }
}

bool ike_mobike_is_untouched(const struct ike_call *call)
{
    const struct ike_payload *notify =
        ike_message_find_notify(&call->message, IKE_NOTIFY_NO_NATS_ALLOWED);
    uint8_t data[NO_NATS_MAX];
    struct crypto_bytes path;

    if (!notify) {
        return true;
    }
    path = write_path(&call->datagram->source, &call->datagram->destination, data);
    return notify->notify.data.len == path.len &&
           memcmp(notify->notify.data.data, path.data, path.len) == 0;
}

/* ---- IKE_AUTH ---- */

void ike_mobike_announce(struct ike_call *call, const struct ike_sa *sa)
{
    /* Who answers says so if it was asked (§3.1). */
    if (!call->endpoint->policy->mobike ||
        (!sa->initiator && !ike_message_find_notify(&call->message, IKE_NOTIFY_MOBIKE_SUPPORTED))) {
        return;
    }
    build_empty(call, IKE_NOTIFY_MOBIKE_SUPPORTED);
    build_additional(call, sa);
    if (sa->initiator) {
        build_no_nats(call, sa);
    }
}

void ike_mobike_take(struct ike_call *call, struct ike_sa *sa)
{
    if (call->message.header.exchange == IKE_EXCHANGE_IKE_AUTH &&
        ike_message_find_notify(&call->message, IKE_NOTIFY_MOBIKE_SUPPORTED)) {
        sa->mobike = call->endpoint->policy->mobike;
        if (sa->mobike && has_additional(&call->message)) {
            take_additional(call, sa);
        }
    }
}

/* ---- requests ---- */

/* The bytes that prove that an answer has come by the new way: a draw for that request. */
static void draw_cookie2(struct ike_call *call, const struct ike_sa *sa, uint32_t message_id,
                         uint8_t cookie2[COOKIE2_LEN])
{
    struct crypto_draw draw =
        ike_draw(sa, IKE_EXCHANGE_INFORMATIONAL, false, message_id, CRYPTO_DRAW_COOKIE_SECRET);

    draw.entity = 0; /* the peer may be elsewhere when the answer comes */
    crypto_entropy_fill(&call->endpoint->entropy, &draw, cookie2, COOKIE2_LEN);
}

struct ike_task *ike_mobike_moved(struct ike_endpoint *endpoint, const struct ike_sa *sa)
{
    if (!sa->mobike) {
        return NULL;
    }
    return ike_task_new(endpoint, sa->began ? IKE_TASK_UPDATE_ADDRESSES : IKE_TASK_ADDRESSES);
}

void ike_mobike_build(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task)
{
    struct ike_mobike *moves;
    uint8_t cookie2[COOKIE2_LEN];

    switch (task->kind) {
    case IKE_TASK_UPDATE_ADDRESSES:
        moves = mobike_of(call->endpoint, sa);
        moves->update = task->message_id;
        moves->local = sa->local;
        moves->remote = sa->remote;
        build_empty(call, IKE_NOTIFY_UPDATE_SA_ADDRESSES);
        ike_nat_build_detection(call, sa, &sa->local, &sa->remote);
        build_no_nats(call, sa);
        break;
    case IKE_TASK_ADDRESSES:
        if (build_additional(call, sa) == 0) {
            build_empty(call, IKE_NOTIFY_NO_ADDITIONAL_ADDRESSES);
        }
        build_no_nats(call, sa);
        break;
    default:
        draw_cookie2(call, sa, task->message_id, cookie2);
        build_notify(call, IKE_NOTIFY_COOKIE2, crypto_bytes(cookie2, sizeof(cookie2)));
        break;
    }
}

static bool has_detection(const struct ike_message *message)
{
    return ike_message_find_notify(message, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP) &&
           ike_message_find_notify(message, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP);
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

/* A packet was changed on its way, or the way has a NAT: which of the two, more tries show. */
static void try_again(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task)
{
    struct ike_mobike *moves = mobike_of(call->endpoint, sa);

    if (moves->retries++ < call->endpoint->policy->retransmit_tries) {
        ike_task_start(call, sa, ike_task_new(call->endpoint, task->kind));
    } else {
        ike_sa_begin_delete(call, sa, "there is a NAT on the way, and none is allowed");
    }
}

static bool same_place(const struct ike_address *a, const struct ike_address *b)
{
    return ike_address_same_host(a, b) && a->port == b->port;
}

/* An answer about addresses that are past already means nothing: another request has gone out
 * since, or is going to (§3.5). */
static bool is_past(const struct ike_sa *sa, const struct ike_task *task)
{
    const struct ike_mobike *moves = sa->moves;

    return task->kind == IKE_TASK_UPDATE_ADDRESSES &&
           (!moves || moves->update != task->message_id || !same_place(&moves->local, &sa->local) ||
            !same_place(&moves->remote, &sa->remote));
}

/* Remembers as whom the peer has seen us; true if it was as somebody else before, or never. */
static bool is_seen_anew(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *notify =
        ike_message_find_notify(&call->message, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP);
    struct ike_mobike *moves = mobike_of(call->endpoint, sa);
    const uint8_t *hash = notify->notify.data.data;

    if (notify->notify.data.len != sizeof(moves->seen_as) ||
        (moves->seen && memcmp(moves->seen_as, hash, sizeof(moves->seen_as)) == 0)) {
        return false;
    }
    memcpy(moves->seen_as, hash, sizeof(moves->seen_as));
    moves->seen = true;
    return true;
}

static bool may_be_mapped_anew(const struct ike_sa *sa)
{
    return sa->mobike && sa->began && (sa->nat & IKE_NAT_HERE);
}

void ike_mobike_build_check(struct ike_call *call, struct ike_sa *sa)
{
    if (may_be_mapped_anew(sa)) {
        ike_nat_build_detection(call, sa, &sa->local, &sa->remote);
    }
}

void ike_mobike_checked(struct ike_call *call, struct ike_sa *sa)
{
    if (may_be_mapped_anew(sa) && sa->state == IKE_STATE_ESTABLISHED &&
        has_detection(&call->message) && is_seen_anew(call, sa) &&
        !ike_task_waits(sa, IKE_TASK_UPDATE_ADDRESSES)) {
        ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_UPDATE_ADDRESSES));
    }
}

static void update_answered(struct ike_call *call, struct ike_sa *sa)
{
    if (ike_message_find_notify(&call->message, IKE_NOTIFY_UNACCEPTABLE_ADDRESSES)) {
        ike_sa_begin_delete(call, sa, "the peer does not accept our new address");
    } else if (has_detection(&call->message)) {
        is_seen_anew(call, sa);
        detect_again(call, sa);
    }
}

void ike_mobike_answered(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task)
{
    const struct ike_payload *notify;
    uint8_t cookie2[COOKIE2_LEN];

    if (is_past(sa, task)) {
        return;
    }
    if (ike_message_find_notify(&call->message, IKE_NOTIFY_UNEXPECTED_NAT_DETECTED)) {
        try_again(call, sa, task);
        return;
    }
    if (sa->moves) {
        sa->moves->retries = 0;
    }
    if (task->kind == IKE_TASK_UPDATE_ADDRESSES) {
        update_answered(call, sa);
    } else if (task->kind == IKE_TASK_ROUTABILITY) {
        draw_cookie2(call, sa, task->message_id, cookie2);
        notify = ike_message_find_notify(&call->message, IKE_NOTIFY_COOKIE2);
        if (!notify || notify->notify.data.len != sizeof(cookie2) ||
            !crypto_equal(notify->notify.data.data, cookie2, sizeof(cookie2))) {
            ike_sa_begin_delete(call, sa, "the peer has not received at its new address");
        }
    }
}

void ike_mobike_unanswered(struct ike_call *call, struct ike_sa *sa, uint32_t tries)
{
    struct ike_mobike *moves = sa->moves;
    struct ike_address next;

    if (!sa->mobike || !sa->began || sa->state != IKE_STATE_ESTABLISHED || !moves ||
        moves->count == 0 || tries % TRIES_EACH != 0) {
        return;
    }
    next = moves->addresses[moves->next % moves->count];
    /* The one that was left is tried again when all others have been. */
    moves->addresses[moves->next++ % moves->count] = sa->remote;
    next.port = sa->remote.port;
    if (next.family == sa->local.family) {
        ike_sa_move(call, sa, &sa->local, &next, "unanswered");
        if (!ike_task_waits(sa, IKE_TASK_UPDATE_ADDRESSES)) {
            ike_task_enqueue(sa, ike_task_new(call->endpoint, IKE_TASK_UPDATE_ADDRESSES));
        }
    }
}

/* ---- answers ---- */

/* What may wait for its answer is kept apart from what the answer says: COOKIE2 is copied. */
static void copy_cookie2(struct ike_call *call)
{
    const struct ike_payload *notify = ike_message_find_notify(&call->message, IKE_NOTIFY_COOKIE2);

    if (notify && notify->notify.data.len >= COOKIE2_MIN &&
        notify->notify.data.len <= COOKIE2_MAX) {
        build_notify(call, IKE_NOTIFY_COOKIE2, notify->notify.data);
    }
}

/* Whether the policy lets the peer go on from there. */
static bool is_acceptable(const struct ike_call *call, const struct ike_address *source)
{
    const struct ike_policy *policy = call->endpoint->policy;
    struct ike_selector place = {
        .type = source->family == 4 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE,
        .end_port = UINT16_MAX,
    };

    memcpy(place.start, source->ip, sizeof(place.start));
    memcpy(place.end, source->ip, sizeof(place.end));
    return policy->move_count == 0 ||
           ike_selectors_within(&place, 1, policy->moves, policy->move_count);
}

/* The peer is somewhere else; false if it must not be there. */
static bool follow_initiator(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_datagram *datagram = call->datagram;

    if (!is_acceptable(call, &datagram->source)) {
        return false;
    }
    /* Between the addresses of the IP header, whatever a NAT has made of them (§3.5). */
    if ((sa->nat & IKE_NAT_SUPPORTED) && has_detection(&call->message)) {
        ike_nat_detect(call, sa);
    }
    ike_sa_move(call, sa, &datagram->destination, &datagram->source, "mobike");
    call->checks_route = true;
    return true;
}

/* Of two that came out of order the older one gets the same answer, and nothing else happens. */
static void answer_update(struct ike_call *call, struct ike_sa *sa, bool newest)
{
    const struct ike_datagram *datagram = call->datagram;

    if (newest && !follow_initiator(call, sa)) {
        build_empty(call, IKE_NOTIFY_UNACCEPTABLE_ADDRESSES);
    } else {
        ike_nat_build_detection(call, sa, &datagram->destination, &datagram->source);
    }
}

/* §3.5: the responder is somewhere else, or is going to be. */
static void follow_responder(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_mobike *moves = sa->moves;
    struct ike_address source = call->datagram->source;
    bool listed = ike_address_same_host(&source, &sa->remote);

    for (uint32_t i = 0; i < moves->count; i++) {
        listed = listed || ike_address_same_host(&moves->addresses[i], &sa->remote);
    }
    if (!listed) {
        ike_sa_move(call, sa, &sa->local, &source, "mobike");
        ike_task_enqueue(sa, ike_task_new(call->endpoint, IKE_TASK_UPDATE_ADDRESSES));
    }
}

void ike_mobike_answer(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_message *message = &call->message;
    bool updates = !sa->began && ike_message_find_notify(message, IKE_NOTIFY_UPDATE_SA_ADDRESSES);
    bool lists = has_additional(message) ||
                 ike_message_find_notify(message, IKE_NOTIFY_NO_ADDITIONAL_ADDRESSES);
    bool newest = false;

    if (!sa->mobike) {
        return;
    }
    if ((updates || lists) && !ike_mobike_is_untouched(call)) {
        build_empty(call, IKE_NOTIFY_UNEXPECTED_NAT_DETECTED);
        copy_cookie2(call);
        return;
    }
    if (updates || lists) {
        struct ike_mobike *moves = mobike_of(call->endpoint, sa);

        newest = message->header.message_id >= moves->newest;
        moves->newest = newest ? message->header.message_id : moves->newest;
    }
    if (lists && newest) {
        take_additional(call, sa);
        if (sa->began) {
            follow_responder(call, sa);
        }
    }
    if (updates) {
        answer_update(call, sa, newest);
    } else if ((sa->nat & IKE_NAT_SUPPORTED) && has_detection(message)) {
        /* Who asks as whom we see it is told, and nothing else comes of it (§3.8). */
        ike_nat_build_detection(call, sa, &call->datagram->destination, &call->datagram->source);
    }
    copy_cookie2(call);
}
