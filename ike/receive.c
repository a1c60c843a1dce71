#include "ike/receive.h"

#include <stdio.h>

#include "ike/child.h"
#include "ike/complaint.h"
#include "ike/cookie.h"
#include "ike/counter_sync.h"
#include "ike/exchange.h"
#include "ike/fragment.h"
#include "ike/hint.h"
#include "ike/intermediate.h"
#include "ike/mobike.h"
#include "ike/nat.h"
#include "ike/puzzle.h"
#include "ike/qcd.h"
#include "ike/tell.h"
#include "ike/ticket.h"
#include "ike/unique.h"

static void drop(struct ike_call *call, const char *reason, const char *detail)
{
    ike_tell_dropped(call, &call->message.header, reason, detail, (struct trace_ref){0});
}

/* ---- whose it is ---- */

bool ike_header_is_first(const struct ike_header *header)
{
    return ike_exchange_is_first(header->exchange) && !header->response && header->initiator &&
           header->spi_r == 0;
}

struct ike_sa *ike_find_addressee(const struct ike_endpoint *endpoint,
                                  const struct ike_datagram *datagram,
                                  const struct ike_header *header, uint64_t datagram_hash)
{
    struct ike_sa *sa;
    uint64_t peer_spi, expected;

    if (ike_header_is_first(header)) {
        return ike_sa_by_request(endpoint, &datagram->source, header->spi_i, datagram_hash);
    }
    /* The I flag says which SPI is whose: the sender is the original initiator or it is not. */
    sa = ike_sa_by_spi(endpoint, header->initiator ? header->spi_r : header->spi_i);
    if (!sa || sa->initiator == header->initiator) {
        return NULL;
    }
    peer_spi = header->initiator ? header->spi_i : header->spi_r;
    expected = sa->initiator ? sa->spi_r : sa->spi_i;
    /* The initiator learns SPIr from the response that it is waiting for. */
    return peer_spi == expected || sa->state == IKE_STATE_INIT_SENT ? sa : NULL;
}

bool ike_header_is_sealed(const struct ike_header *header)
{
    return header->next_payload == IKE_PAYLOAD_SK || header->next_payload == IKE_PAYLOAD_SKF;
}

/* ---- what it says ---- */

static int parse(struct ike_call *call, const struct ike_sa *sa)
{
    struct crypto_bytes bytes = call->datagram->bytes;
    int read;

    crypto_ledger_add(call->costs, CRYPTO_COST_PARSE, 0, (uint32_t)bytes.len);
    read = sa && sa->fragments ? ike_message_parse_fragment(&call->message, bytes, &call->error)
                               : ike_message_parse(&call->message, bytes, &call->error);
    if (read != 0) {
        return -1;
    }
    return ike_message_check_single(&call->message, &call->error);
}

enum opened { OPENED, OPENED_MALFORMED, NOT_OPENED };

/* Reads the message and, in a protected exchange, what SK holds. NOT_OPENED was told. Nothing that
 * is not authentic goes further than this. */
static enum opened open_message(struct ike_call *call, struct ike_sa *sa, bool is_protected)
{
    struct crypto_packet_key key;
    enum ike_open_result result;
    bool malformed = false;

    if (parse(call, sa) != 0) {
        drop(call, "malformed", call->error.text);
        return NOT_OPENED;
    }
    if (!is_protected) {
        return OPENED;
    }
    if (call->message.has_skf) {
        if (!ike_fragment_take(call, sa, &malformed)) {
            return NOT_OPENED;
        }
        return !malformed && ike_message_check_single(&call->message, &call->error) == 0
                   ? OPENED
                   : OPENED_MALFORMED;
    }
    if (!call->message.has_sk) {
        drop(call, "unprotected", "there are keys, so nothing in the clear is believed");
        return NOT_OPENED;
    }
    ike_sa_message_key(sa, false, &key);
    result = ike_message_open(&call->message, call->endpoint->crypto, &key, call->plain,
                              call->costs, &call->error);
    crypto_wipe(&key, sizeof(key));
    switch (result) {
    case IKE_OPEN_OK:
        return ike_message_check_single(&call->message, &call->error) == 0 ? OPENED
                                                                           : OPENED_MALFORMED;
    case IKE_OPEN_MALFORMED:
        return OPENED_MALFORMED;
    case IKE_OPEN_BAD_ICV:
        drop(call, "bad_icv", call->error.text);
        return NOT_OPENED;
    case IKE_OPEN_TOO_SHORT:
        break;
    }
    drop(call, "malformed", call->error.text);
    return NOT_OPENED;
}

static bool state_allows(uint32_t states, const struct ike_sa *sa)
{
    return states & IKE_STATE_BIT(sa->state);
}

static void drop_by_state(struct ike_call *call, const struct ike_sa *sa)
{
    char detail[80];

    snprintf(detail, sizeof(detail), "there is no such exchange in state %s",
             ike_state_name(sa->state));
    drop(call, "unexpected", detail);
}

/* ---- requests ---- */

/* An authentic request that cannot be read is refused as a whole (§2.21.2, §2.21.3): a payload that
 * must be understood and is not costs only the exchange, bad syntax costs the SA. */
static void answer_malformed(struct ike_call *call, const struct ike_sa *sa)
{
    bool critical = call->error.notify == IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;

    drop(call, "malformed", call->error.text);
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), call->error.notify,
                     critical ? crypto_bytes(&call->error.payload, 1) : crypto_bytes(NULL, 0));
    if (!critical || sa->state == IKE_STATE_INIT_DONE) {
        call->close_why = "an authentic request was malformed";
    }
}

/* What is not asked for, but told in passing. */
static void take_extensions(struct ike_call *call, struct ike_sa *sa)
{
    ike_sa_take_window_size(call, sa);
    ike_qcd_take(call, sa);
    ike_mobike_take(call, sa);
    ike_sync_take(call, sa);
    ike_ticket_take(call, sa);
}

static void finish_request(struct ike_call *call, struct ike_sa *sa)
{
    if (!call->close_why && sa->state == IKE_STATE_ESTABLISHED) {
        take_extensions(call, sa);
    }
    if (sa->announce && sa->state == IKE_STATE_ESTABLISHED) {
        ike_sa_announce_window(call, sa);
    }
    ike_response_send(call, sa);
    ike_intermediate_answered(call, sa);
    if (call->close_why) {
        ike_sa_close(call, sa, call->close_why);
    } else {
        if (call->replaces) {
            ike_unique_replace(call, sa);
        }
        if (call->leaves) {
            ike_sa_begin_delete(call, sa, call->leaves);
        }
        if (call->checks_route) {
            ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_ROUTABILITY));
        }
        ike_tasks_go_on(call, sa);
        if (call->successor) {
            ike_tasks_go_on(call, call->successor);
        }
    }
}

/* Whether it is authentic is worth knowing only where something comes of it: else anybody could
 * make us compute. */
static void receive_above(struct ike_call *call, struct ike_sa *sa)
{
    bool worth_it = sa->state == IKE_STATE_ESTABLISHED && call->now >= sa->next_check;

    if (worth_it && open_message(call, sa, true) == NOT_OPENED) {
        return;
    }
    drop(call, "outside_window", "the Message ID is above the window (RFC 7296 2.3)");
    if (worth_it) {
        ike_complain_message_id(call, sa);
    }
}

/* IKE_AUTH waits until all IKE_INTERMEDIATE exchanges are over, of which there are as many as were
 * agreed on and no more (RFC 9242 §3.2). */
static bool is_untimely(const struct ike_header *header, const struct ike_sa *sa)
{
    return (header->exchange == IKE_EXCHANGE_IKE_AUTH && ike_intermediate_due(sa)) ||
           (header->exchange == IKE_EXCHANGE_IKE_INTERMEDIATE && !ike_intermediate_due(sa));
}

/* Before IKE_AUTH is over there is no INFORMATIONAL but the one that ends it (§1.4, §2.21.2). */
static bool is_allowed(const struct ike_exchange_rules *rules, const struct ike_header *header,
                       const struct ike_sa *sa)
{
    return (state_allows(rules->responder.states, sa) && !is_untimely(header, sa)) ||
           (sa->state == IKE_STATE_INIT_DONE && ike_informational_is_behind_auth(header, sa));
}

/* After a failover of the peer's (RFC 6311): outside of the window, so it is opened to see whether
 * it is that. True if it was dealt with here. */
static bool receive_sync_request(struct ike_call *call, struct ike_sa *sa)
{
    struct crypto_packet_key key;
    bool opened;

    if (!ike_sync_is_likely(call, sa)) {
        return false;
    }
    if (ike_sync_repeat(call, sa)) {
        return true;
    }
    if (parse(call, NULL) != 0 || !call->message.has_sk) {
        return false;
    }
    ike_sa_message_key(sa, false, &key);
    opened = ike_message_open(&call->message, call->endpoint->crypto, &key, call->plain,
                              call->costs, &call->error) == IKE_OPEN_OK;
    crypto_wipe(&key, sizeof(key));
    return opened && ike_sync_answer(call, sa);
}

/* Before there are keys it may have to solve a puzzle in the clear (RFC 8019 §7.2.4). */
static bool has_paid(struct ike_call *call, struct ike_sa *sa)
{
    if (!sa->setup || !sa->setup->puzzle) {
        return true;
    }
    if (parse(call, sa) != 0) {
        drop(call, "malformed", call->error.text);
        return false;
    }
    return ike_puzzle_take_payment(call, sa);
}

static void receive_request(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_header *header = &call->message.header;
    const struct ike_exchange_rules *rules = ike_exchange_find(header->exchange);
    enum opened opened;

    if (!rules || !rules->is_protected) {
        drop(call, "unexpected", "there is no such exchange in an IKE SA");
        return;
    }
    if (receive_sync_request(call, sa)) {
        return;
    }
    if (ike_sync_is_out(sa)) {
        drop(call, "unexpected", "Message IDs are being synchronised (RFC 6311 8.1)");
        return;
    }
    switch (ike_window_peer_place(&sa->peer, header->message_id)) {
    case IKE_WINDOW_ABOVE:
        receive_above(call, sa);
        return;
    case IKE_WINDOW_BELOW:
    case IKE_WINDOW_ANSWERED:
        ike_response_repeat(call, sa);
        return;
    case IKE_WINDOW_UNANSWERED:
        break;
    }
    if (!is_allowed(rules, header, sa)) {
        drop_by_state(call, sa);
        return;
    }
    if (!has_paid(call, sa)) {
        return;
    }
    opened = open_message(call, sa, true);
    if (opened == NOT_OPENED) {
        return;
    }
    if (!state_allows(rules->responder.states, sa) &&
        (opened == OPENED_MALFORMED || !ike_informational_disbelieves(&call->message, sa))) {
        drop_by_state(call, sa);
        return;
    }
    call->actions->accepted = 1;
    sa->last_heard = call->now;
    ike_sync_is_over(call, sa);
    ike_nat_follow(call, sa, &call->datagram->source, &call->datagram->destination, "message");
    if (opened == OPENED) {
        ike_tell_received(call, (struct trace_ref){0});
    }
    /* A successor that the peer uses has survived for it. */
    if (sa->standby && opened == OPENED && !ike_informational_deletes_sa(&call->message)) {
        ike_rekey_settle_by(call, sa);
    }
    ike_message_begin(call, sa, header->exchange, true, header->message_id);
    if (opened == OPENED) {
        rules->responder.answer(call, sa);
    } else {
        answer_malformed(call, sa);
    }
    finish_request(call, sa);
}

/* A request that makes an SA, or is a copy of one that has. */
static void receive_first(struct ike_call *call, struct ike_sa *sa)
{
    if (sa) {
        ike_response_repeat(call, sa);
        ike_cookie_keep(call, sa);
        return;
    }
    if (parse(call, NULL) == 0) {
        ike_exchange_find(call->message.header.exchange)->responder.answer(call, NULL);
        return;
    }
    drop(call, "malformed", call->error.text);
    if (call->error.notify == IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD) {
        ike_answer_without_sa(call, call->error.notify, crypto_bytes(&call->error.payload, 1));
    }
}

/* ---- responses ---- */

static void drop_unasked(struct ike_call *call, const struct ike_sa *sa)
{
    switch (ike_window_own_place(&sa->own, call->message.header.message_id)) {
    case IKE_WINDOW_BELOW:
    case IKE_WINDOW_ANSWERED:
        drop(call, "duplicate", "its request has been answered");
        return;
    case IKE_WINDOW_UNANSWERED:
    case IKE_WINDOW_ABOVE:
        break;
    }
    drop(call, "unexpected", "it answers no request of ours");
}

/* An authentic response that cannot be read, or that says that our request could not be. Nothing is
 * sent back for it, but both ends may not have the same state any more (§2.21, §2.21.3). */
static void give_up_exchange(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                             const char *why)
{
    ike_task_fail(call, sa, task, why);
    if (sa->state == IKE_STATE_ESTABLISHED) {
        ike_sa_begin_delete(call, sa, why);
    } else if (task->kind == IKE_TASK_AUTH) {
        ike_sa_enter(call, sa, IKE_STATE_DELETING, why);
        ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_AUTH_FAILED));
    } else if (task->kind == IKE_TASK_DELETE_SA || task->kind == IKE_TASK_INTERMEDIATE ||
               task->kind == IKE_TASK_AUTH_FAILED) {
        ike_sa_close(call, sa, why);
    }
}

/* A critical payload that is not understood is all that is wrong: the response is rejected, and
 * with it the exchange (§2.5). What the peer believes to have by it is cleaned up (§2.21): a CHILD
 * SA is deleted; behind the others nothing is left that the ends could differ in. False if the
 * exchange is one of those with which the IKE SA stands and falls. */
static bool reject_response(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    static const char why[] = "a payload of the response is critical and not understood";

    if (call->error.notify != IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD || !sa->established) {
        return false;
    }
    switch ((enum ike_task_kind)task->kind) {
    case IKE_TASK_CREATE_CHILD:
        if (task->exchange != IKE_EXCHANGE_CREATE_CHILD_SA) {
            return false;
        }
        ike_child_reject_answer(call, sa, task->offer, why);
        return true;
    case IKE_TASK_DELETE_CHILD:
        ike_informational_take(call, sa, task); /* it looks at nothing that the response says */
        return true;
    case IKE_TASK_LIVENESS:
    case IKE_TASK_NOTIFY:
    case IKE_TASK_WINDOW:
    case IKE_TASK_TOKEN:
    case IKE_TASK_TICKET:
    case IKE_TASK_ADDRESSES:
    case IKE_TASK_REPLAY_SYNC:
        return true;
    default:
        return false;
    }
}

/* INVALID_SYNTAX is fatal in both peers, without a Delete (§2.21.3). */
static bool is_fatal(const struct ike_message *message)
{
    return ike_message_find_notify(message, IKE_NOTIFY_INVALID_SYNTAX);
}

static void take_response(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                          const struct ike_exchange_rules *rules, enum opened opened)
{
    ike_task_answered(call, sa, task);
    if (opened == OPENED_MALFORMED) {
        if (!reject_response(call, sa, task)) {
            give_up_exchange(call, sa, task, "an authentic response was malformed");
        }
    } else if (sa->established && is_fatal(&call->message)) {
        ike_task_fail(call, sa, task, "INVALID_SYNTAX");
        ike_sa_close(call, sa, "the peer found a request of ours malformed");
    } else {
        rules->initiator.take(call, sa, task);
    }
    ike_task_free(call->endpoint, task);
    if (opened == OPENED && sa->state == IKE_STATE_ESTABLISHED) {
        take_extensions(call, sa);
    }
    if (sa->state != IKE_STATE_CLOSED) {
        ike_tasks_go_on(call, sa);
    }
}

/* Once there are keys, what comes in the clear may be a hint, and is nothing more (§2.21.4). */
static void receive_unprotected(struct ike_call *call, struct ike_sa *sa)
{
    if (parse(call, sa) != 0) {
        drop(call, "malformed", call->error.text);
        return;
    }
    drop(call, "unprotected", "there are keys, so nothing in the clear is believed");
    if (ike_message_find_notify(&call->message, IKE_NOTIFY_INVALID_IKE_SPI)) {
        if (!sa->established || !ike_qcd_believe(call, sa)) {
            ike_hint_take(call, sa);
        }
    }
}

/* The answer to our synchronisation of the counters. */
static void receive_sync_response(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_task *task = sa->sync->task;
    enum opened opened = open_message(call, sa, true);

    if (opened == NOT_OPENED) {
        return;
    }
    if (opened == OPENED_MALFORMED) {
        drop(call, "malformed", call->error.text);
        return;
    }
    if (ike_sync_answered(call, sa, task)) {
        call->actions->accepted = 2;
        sa->last_heard = call->now;
        ike_task_free(call->endpoint, task);
        ike_tasks_go_on(call, sa);
    }
}

static void receive_response(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_header *header = &call->message.header;
    const struct ike_exchange_rules *rules = ike_exchange_find(header->exchange);
    struct ike_task *task = ike_ring_find(&sa->tasks, header->message_id);
    enum opened opened;

    if (!ike_header_is_sealed(header) && sa->state == IKE_STATE_ESTABLISHED) {
        receive_unprotected(call, sa);
        return;
    }
    if (ike_sync_is_out(sa) && header->message_id == 0 &&
        header->exchange == IKE_EXCHANGE_INFORMATIONAL) {
        receive_sync_response(call, sa);
        return;
    }
    if (!task || task->exchange != header->exchange) {
        drop_unasked(call, sa);
        return;
    }
    if (!state_allows(rules->initiator.states, sa)) {
        drop_by_state(call, sa);
        return;
    }
    opened = open_message(call, sa, rules->is_protected);
    if (opened == NOT_OPENED) {
        return;
    }
    if (rules->initiator.admit) {
        if (!rules->initiator.admit(call, sa, task)) {
            return;
        }
    } else {
        call->actions->accepted = 2;
        sa->last_heard = call->now;
        ike_sync_is_over(call, sa);
        ike_nat_follow(call, sa, &call->datagram->source, &call->datagram->destination, "message");
        if (opened == OPENED) {
            ike_tell_received(call, task->sent->first);
        } else {
            drop(call, "malformed", call->error.text);
        }
    }
    take_response(call, sa, task, rules, opened);
}

/* ---- all ---- */

static void receive_closed(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_header *header = &call->message.header;

    if (header->response || ike_header_is_first(header)) {
        drop(call, "no_sa", "its IKE SA is closed");
    } else {
        ike_response_repeat(call, sa);
    }
}

/* A datagram whose header cannot be read. Of another version even less is known, but that a request
 * of a higher one may be answered (§2.5). */
static void receive_unreadable(struct ike_call *call)
{
    bool version = call->error.notify == IKE_NOTIFY_INVALID_MAJOR_VERSION;

    ike_tell_dropped(call, NULL, version ? "version" : "malformed", call->error.text,
                     (struct trace_ref){0});
    if (version && call->message.header.major > IKE_MAJOR_VERSION) {
        ike_hint_send(call, IKE_NOTIFY_INVALID_MAJOR_VERSION);
    }
}

/* A peer that has no IKE SA with us, and so cannot name ours (§1.5). */
static void receive_hint(struct ike_call *call)
{
    if (parse(call, NULL) != 0) {
        drop(call, "malformed", call->error.text);
        return;
    }
    drop(call, "unprotected", "outside of an IKE SA it is a hint at most (RFC 7296 1.5)");
    ike_hint_take_unknown_spi(call);
}

static bool has_pair(const struct ike_sa *sa, const struct ike_header *header)
{
    return sa && sa->spi_i == header->spi_i && sa->spi_r == header->spi_r;
}

/* By SPIs alone: its I flag is not that of the peer, so it is not the peer's. */
static bool is_flipped(const struct ike_endpoint *endpoint, const struct ike_header *header)
{
    return has_pair(ike_sa_by_spi(endpoint, header->spi_i), header) ||
           has_pair(ike_sa_by_spi(endpoint, header->spi_r), header);
}

/* No SA has its SPIs: this host may have been restarted since (§2.21.4). What says so, and a token
 * that proves it above all, is not given away about an SA that is there (RFC 6290 §9.2). */
static void receive_stray(struct ike_call *call)
{
    if (ike_header_is_hint(&call->message.header)) {
        receive_hint(call);
        return;
    }
    if (is_flipped(call->endpoint, &call->message.header)) {
        drop(call, "unexpected", "its I flag says that it is of our own end (RFC 7296 3.1)");
        return;
    }
    drop(call, "no_sa", "no IKE SA has these SPIs");
    if (ike_header_is_sealed(&call->message.header)) {
        ike_hint_send(call, IKE_NOTIFY_INVALID_IKE_SPI);
    }
}

void ike_receive(struct ike_call *call)
{
    const struct ike_datagram *datagram = call->datagram;
    struct ike_header *header = &call->message.header;
    struct ike_sa *sa;

    ike_message_clear(&call->message); /* it has the one before */
    if (datagram->bytes.len > IKE_MESSAGE_MAX) {
        ike_tell_dropped(call, NULL, "malformed", "longer than a UDP datagram can be",
                         (struct trace_ref){0});
        return;
    }
    if (ike_header_parse(datagram->bytes, header, &call->error) != 0) {
        receive_unreadable(call);
        return;
    }
    sa = ike_find_addressee(call->endpoint, datagram, header,
                            ike_header_is_first(header) ? ike_call_datagram_hash(call) : 0);
    if (sa) {
        call->actions->sa = sa->id;
    }
    if (sa && sa->state == IKE_STATE_CLOSED) {
        receive_closed(call, sa);
    } else if (ike_header_is_first(header)) {
        receive_first(call, sa);
    } else if (!sa) {
        receive_stray(call);
    } else if (header->response) {
        receive_response(call, sa);
    } else {
        receive_request(call, sa);
    }
}
