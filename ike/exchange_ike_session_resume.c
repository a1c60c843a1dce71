/*
 * IKE_SESSION_RESUME (RFC 5723 §4.3.2) in the place of IKE_SA_INIT: Ni, N(TICKET_OPAQUE) -> Nr. The
 * suite comes from the ticket, and so does SK_d of the old IKE SA, from which the new keys are made
 * (§5.1); nothing is exchanged. IKE_AUTH follows, in which both ends prove that they have those
 * keys.
 */
#include <assert.h>
#include <string.h>

#include "crypto/kdf.h"
#include "ike/cookie.h"
#include "ike/fragment.h"
#include "ike/init.h"
#include "ike/nat.h"
#include "ike/redirect.h"
#include "ike/tell.h"
#include "ike/ticket.h"

static void drop(struct ike_call *call, const char *reason, const char *detail)
{
    ike_tell_dropped(call, &call->message.header, reason, detail, (struct trace_ref){0});
}

static struct crypto_bytes sk_d_of(const struct ike_session *session)
{
    return crypto_bytes(session->sk_d, session->suite.prf->key_len);
}

/* ---- the client ---- */

void ike_resume_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_setup *setup = sa->setup;
    const struct ike_session *session = setup->session;
    struct crypto_bytes ticket = crypto_bytes(session->ticket, session->ticket_len);

    (void)task;
    if (setup->ni_len == 0) {
        ike_init_draw_nonce(call, sa, false, setup->ni, &setup->ni_len);
        ike_tell_ticket(call, sa->spi_i, "shown",
                        &(struct ike_ticket_facts){.ticket = ticket,
                                                   .lifetime = session->expires - call->now,
                                                   .sk_d = sk_d_of(session),
                                                   .why = "it is good, and its IKE SA is gone"});
    }
    ike_init_build_cookie(call, sa);
    ike_build_nonce(&call->builder, ike_sa_ni(sa));
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_TICKET_OPAQUE, ticket);
    ike_nat_build_detection(call, sa, &sa->local, &sa->remote);
    if (ike_fragments_announced(call->endpoint->policy)) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0),
                         IKE_NOTIFY_FRAGMENTATION_SUPPORTED, crypto_bytes(NULL, 0));
    }
    ike_redirect_announce(call, sa);
}

/* The gateway does not take the ticket: from the beginning, under the same SPIi, with a key
 * exchange. Whoever forges this has gained no more than that. */
static void begin_anew(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_setup *setup = sa->setup;

    ike_tell_received(call, task->sent->first);
    ike_tell_ticket(call, sa->spi_i, "rejected",
                    &(struct ike_ticket_facts){
                        .why = "the gateway does not accept it: from the beginning, then"});
    ike_ticket_drop_for(call->endpoint, &sa->remote);
    ike_session_free(call->endpoint, setup->session);
    setup->session = NULL;
    setup->ni_len = 0;
    setup->cookie_len = 0;
    setup->has_solution = false;
    ike_draw_anew(sa);
    task->kind = IKE_TASK_INIT;
    task->exchange = IKE_EXCHANGE_IKE_SA_INIT;
    ike_task_send_again(call, sa, task);
}

static bool derive(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task,
                   const struct ike_payload *nonce)
{
    struct ike_setup *setup = sa->setup;

    if (!ike_init_nonce_fits(nonce, &setup->session->suite)) {
        drop(call, "unacceptable", "Nr is shorter than half the key of the PRF (RFC 7296 2.10)");
        return false;
    }
    sa->suite = setup->session->suite;
    sa->spi_r = call->message.header.spi_r;
    ike_init_keep_nonce(setup->nr, &setup->nr_len, nonce);
    ike_init_take_extensions(call, sa);
    ike_tell_received(call, task->sent->first);
    ike_sa_resume_keys(call, sa, sk_d_of(setup->session));
    return true;
}

bool ike_resume_admit(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    const struct ike_message *message = &call->message;
    const struct ike_payload *nonce = ike_message_find(message, IKE_PAYLOAD_NONCE);
    const struct ike_payload *cookie = ike_message_find_notify(message, IKE_NOTIFY_COOKIE);
    const struct ike_payload *redirect = ike_message_find_notify(message, IKE_NOTIFY_REDIRECT);
    uint16_t error;

    if (redirect && !nonce && call->endpoint->policy->follow_redirects) {
        ike_redirect_follow(call, sa, redirect, task->sent->first);
        return false;
    }
    if (cookie && !nonce) {
        ike_init_follow_cookie(call, sa, task, cookie);
        return false;
    }
    if (!nonce && ike_message_find_notify(message, IKE_NOTIFY_TICKET_NACK)) {
        begin_anew(call, sa, task);
        return false;
    }
    if (ike_error_notify(message, &error)) {
        ike_init_disregard_error(call, sa, error);
        return false;
    }
    if (!nonce || message->header.spi_r == 0) {
        drop(call, "malformed", "Nr and an SPIr are needed");
        return false;
    }
    return derive(call, sa, task, nonce);
}

/* ---- the gateway ---- */

/* Whether the request may be worked on; else it was dealt with. */
static bool judge_request(struct ike_call *call, const struct ike_payload *nonce,
                          const struct ike_payload *ticket)
{
    if (!nonce || !ticket || call->message.header.spi_i == 0 ||
        call->message.header.message_id != 0) {
        drop(call, "malformed", "Ni, a ticket, an SPIi and Message ID 0 are needed");
        return false;
    }
    if (!ike_ticket_is_giver(call->endpoint)) {
        drop(call, "unexpected", "this host gives no tickets, and takes none");
        return false;
    }
    return ike_cookie_admits(call, nonce->nonce.data,
                             crypto_transform_find(CRYPTO_PRF, CRYPTO_PRF_HMAC_SHA2_256)) &&
           ike_init_has_room(call) && !ike_redirect_send(call, nonce->nonce.data);
}

static void reject(struct ike_call *call, struct crypto_bytes ticket, const char *why)
{
    ike_tell_received(call, (struct trace_ref){0});
    ike_tell_ticket(call, call->message.header.spi_i, "refused",
                    &(struct ike_ticket_facts){.ticket = ticket, .why = why});
    ike_answer_without_sa(call, IKE_NOTIFY_TICKET_NACK, crypto_bytes(NULL, 0));
}

void ike_resume_answer(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *nonce = ike_message_find(&call->message, IKE_PAYLOAD_NONCE);
    const struct ike_payload *ticket =
        ike_message_find_notify(&call->message, IKE_NOTIFY_TICKET_OPAQUE);
    struct ike_endpoint *endpoint = call->endpoint;
    struct ike_session *session;
    const char *why = NULL;

    assert(!sa);
    if (!judge_request(call, nonce, ticket)) {
        return;
    }
    session = ike_take(endpoint, sizeof(*session));
    if (!ike_ticket_open(call, ticket->notify.data, session, &why)) {
        reject(call, ticket->notify.data, why);
        ike_session_free(endpoint, session);
        return;
    }
    if (!ike_init_nonce_fits(nonce, &session->suite)) {
        drop(call, "malformed", "Ni is shorter than half the key of the PRF (RFC 7296 2.10)");
        ike_session_free(endpoint, session);
        return;
    }
    sa = ike_sa_new(call, &call->datagram->destination, &call->datagram->source,
                    call->message.header.spi_i, 0);
    sa->suite = session->suite;
    sa->setup->session = session;
    ike_init_keep_request(call, sa, nonce);
    ike_tell_received(call, (struct trace_ref){0});
    ike_tell_sa_created(call, sa);
    ike_tell_ticket(call, sa->spi_i, "accepted",
                    &(struct ike_ticket_facts){.ticket = ticket->notify.data,
                                               .lifetime = session->expires - call->now,
                                               .sk_d = sk_d_of(session),
                                               .why = "it is this gateway's own, and still good"});
    ike_nat_detect(call, sa);
    ike_sa_resume_keys(call, sa, sk_d_of(session));
    ike_message_begin(call, sa, IKE_EXCHANGE_IKE_SESSION_RESUME, true, 0);
    ike_build_nonce(&call->builder, ike_sa_nr(sa));
    ike_init_build_extensions(call, sa);
    ike_init_answered(call, sa, "IKE_SESSION_RESUME is answered: keys exist");
}

void ike_resume_established(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_session *session = sa->setup->session;
    struct ike_endpoint *endpoint = call->endpoint;
    struct ike_sa *old;

    if (!session) {
        return;
    }
    if (sa->initiator) {
        ike_ticket_drop_for(endpoint, &sa->remote); /* once only (§4.3.1) */
        return;
    }
    ike_ticket_spend(endpoint, session->hash);
    old = ike_sa_by_spi(endpoint, session->spi_r);
    if (!old || old->spi_i != session->spi_i) {
        old = ike_sa_by_spi(endpoint, session->spi_i);
    }
    /* Without a Delete: the client has forgotten it (§4.3.4). */
    if (old && old != sa && old->spi_i == session->spi_i && old->spi_r == session->spi_r &&
        old->state != IKE_STATE_CLOSED) {
        ike_sa_close(call, old, "the client has resumed it in another IKE SA");
    }
}
