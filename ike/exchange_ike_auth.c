/* IKE_AUTH (RFC 7296 §1.2): both ends prove who they are, and the first CHILD SA is made. */
#include <assert.h>
#include <string.h>

#include "ike/auth.h"
#include "ike/child.h"
#include "ike/config.h"
#include "ike/counter_sync.h"
#include "ike/exchange.h"
#include "ike/mobike.h"
#include "ike/qcd.h"
#include "ike/reauth.h"
#include "ike/redirect.h"
#include "ike/tell.h"
#include "ike/ticket.h"
#include "ike/unique.h"

static const struct ike_auth_policy *auth_policy(const struct ike_call *call)
{
    return &call->endpoint->policy->auth;
}

/* With EAP there is more than one IKE_AUTH. */
static void begin_round(struct ike_sa *sa, uint32_t message_id)
{
    struct ike_setup *setup = sa->setup;

    setup->auth_round = message_id;
    setup->auth_message_id = setup->auth_message_id ? setup->auth_message_id : message_id;
    sa->last_auth = message_id < UINT8_MAX ? (uint8_t)message_id : 0;
}

/* ID, CERT and AUTH of this end, CERTREQ for the other's; without CERT and AUTH, where EAP is to
 * prove it. False if it has no proof. */
static bool build_own_proof(struct ike_call *call, struct ike_sa *sa, const char **why)
{
    const struct ike_policy *policy = call->endpoint->policy;
    uint8_t body[IKE_ID_BODY_MAX];
    const struct ike_self *self = call->endpoint->self;
    struct crypto_bytes id = ike_auth_own_id(&self->identity, body);

    ike_build_id(&call->builder, sa->initiator, self->identity.type, self->identity.data);
    if (policy->auth.local == IKE_AUTH_PUBKEY && !sa->setup->session) {
        ike_auth_build_certs(call, sa);
    }
    if (sa->initiator && policy->auth.remote == IKE_AUTH_PUBKEY && !sa->setup->session) {
        ike_auth_build_certreq(call);
    }
    if (sa->initiator && self->remote) {
        ike_build_id(&call->builder, false, self->remote->type, self->remote->data);
    }
    return (sa->initiator && ike_auth_is_eap(policy->auth.local) && !sa->setup->session) ||
           ike_auth_build_value(call, sa, policy->auth.local, id, why);
}

/* Whether the message that came in proves its sender to be whom we expect. */
static bool peer_is_authentic(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *id =
        ike_message_find(&call->message, sa->initiator ? IKE_PAYLOAD_IDR : IKE_PAYLOAD_IDI);
    const struct ike_payload *auth = ike_message_find(&call->message, IKE_PAYLOAD_AUTH);
    const char *why = "ID or AUTH is lacking";

    if (id && auth && ike_auth_check(call, sa, auth_policy(call)->remote, id, auth, &why)) {
        return true;
    }
    ike_tell_auth_refused(call, sa, false, id, why);
    return false;
}

/* ---- the initiator ---- */

/* Without a proof of its own an end must not leave the other one waiting: what it sends instead
 * cannot be believed, and the SA ends (§2.21.2). */
static void tell_no_proof(struct ike_call *call, struct ike_sa *sa, const char *why)
{
    ike_tell_auth_refused(call, sa, true, NULL, why);
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_AUTHENTICATION_FAILED,
                     crypto_bytes(NULL, 0));
}

void ike_auth_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    const struct ike_policy *policy = call->endpoint->policy;
    struct ike_builder before = call->builder;
    const char *why = NULL;

    begin_round(sa, task->message_id);
    if (sa->setup->eap) {
        ike_auth_eap_build(call, sa);
        return;
    }
    if (!build_own_proof(call, sa, &why)) {
        call->builder = before;
        tell_no_proof(call, sa, why);
        return;
    }
    if (ike_auth_is_eap(policy->auth.local) && ike_auth_is_eap(policy->auth.remote) &&
        !sa->setup->session) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0),
                         IKE_NOTIFY_EAP_ONLY_AUTHENTICATION, crypto_bytes(NULL, 0));
    }
    if (task->offer) {
        ike_child_build_offer(call, sa, task);
    } else {
        ike_config_build_request(call, sa); /* the CHILD SAs that follow need addresses too */
    }
    /* Nobody is told to forget older SAs of somebody without a name (RFC 7619 §2.3). */
    if (policy->initial_contact && policy->auth.local != IKE_AUTH_NULL &&
        ike_unique_is_first(call->endpoint, sa)) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_INITIAL_CONTACT,
                         crypto_bytes(NULL, 0));
        const struct ike_identity *peer = call->endpoint->self->remote;

        ike_tell_initial_contact(call, sa, true, peer ? peer->type : 0,
                                 peer ? peer->data : crypto_bytes(NULL, 0), 0);
    }
    ike_qcd_announce(call, sa);
    ike_mobike_announce(call, sa);
    ike_sync_announce(call, sa);
    ike_ticket_request(call, sa);
    ike_sa_announce_window(call, sa);
}

/* The responder believes in an SA that we do not trust. It may be told in an exchange of its own,
 * the one exception to not answering responses (§2.21.2). */
static void disbelieve(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    static const char why[] = "the responder is not authenticated";

    ike_task_fail(call, sa, task, why);
    ike_sa_enter(call, sa, IKE_STATE_DELETING, why);
    ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_AUTH_FAILED));
}

/* The other CHILD SAs that the policy wants from the beginning. */
static void start_children(struct ike_call *call, struct ike_sa *sa,
                           const struct ike_child_policy *done)
{
    const struct ike_policy *policy = call->endpoint->policy;

    for (size_t i = 0; i < policy->child_count; i++) {
        if (policy->children[i].start && &policy->children[i] != done) {
            struct ike_task *task = ike_task_new(call->endpoint, IKE_TASK_CREATE_CHILD);

            task->offer = ike_child_offer_new(call->endpoint, &policy->children[i]);
            ike_task_start(call, sa, task);
        }
    }
}

static void accept_peer(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *id)
{
    sa->anonymous = auth_policy(call)->remote == IKE_AUTH_NULL;
    ike_sa_set_peer_identity(call, sa, id->id.type, id->id.data);
}

/* The address of IKE_SA_INIT, which NAT detection was about, is another by now (RFC 4555 §3.5). */
static void tell_moved(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_task *task;

    ike_mobike_take(call, sa);
    task = ike_mobike_moved(call->endpoint, sa);
    if (task) {
        ike_task_start(call, sa, task);
    }
}

/* The responder has no IKE SA any more: it says so without AUTH, or with EAP's Failure. */
static bool has_ended(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    const struct ike_payload *eap = ike_message_find(&call->message, IKE_PAYLOAD_EAP);
    char text[IKE_NAME_TEXT_CAP];
    uint16_t error;

    if (ike_message_find(&call->message, IKE_PAYLOAD_AUTH)) {
        return false;
    }
    if (eap && eap->eap.code == IKE_EAP_CODE_FAILURE) {
        ike_tell_eap(call, sa, false, eap->body);
        if (sa->setup->eap && sa->setup->eap->why) {
            ike_tell_auth_refused(call, sa, false, NULL, sa->setup->eap->why);
        }
        ike_task_fail(call, sa, task, "EAP Failure");
        ike_sa_close(call, sa, "the responder answered EAP Failure");
        return true;
    }
    if (!ike_error_notify(&call->message, &error)) {
        return false;
    }
    ike_task_fail(call, sa, task, ike_notify_text(error, text, sizeof(text)));
    ike_sa_close(call, sa,
                 error == IKE_NOTIFY_AUTHENTICATION_FAILED
                     ? "the responder answered AUTHENTICATION_FAILED"
                     : "the responder refused IKE_AUTH");
    return true;
}

/* Without a CHILD SA an address comes by itself, or what refuses it. */
static void take_config(struct ike_call *call, struct ike_sa *sa)
{
    const char *why = ike_config_take_reply(call, sa);

    if (why) {
        ike_tell_child_failed(call, sa, NULL, why);
    }
}

static enum ike_auth_round judge_responder(struct ike_call *call, struct ike_sa *sa,
                                           struct ike_task *task)
{
    if (ike_auth_is_eap(auth_policy(call)->local) && !sa->setup->session) {
        return ike_auth_eap_take(call, sa, task);
    }
    return peer_is_authentic(call, sa) ? IKE_AUTH_PROVED : IKE_AUTH_REFUSED;
}

void ike_auth_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    const struct ike_payload *id = ike_message_find(&call->message, IKE_PAYLOAD_IDR);
    struct ike_payload kept;
    enum ike_auth_round round;

    if (has_ended(call, sa, task)) {
        return;
    }
    /* The message in which the draws are made is the request that will follow. */
    sa->setup->auth_round = task->message_id + 1;
    round = judge_responder(call, sa, task);
    if (round == IKE_AUTH_REFUSED) {
        disbelieve(call, sa, task);
    }
    if (round != IKE_AUTH_PROVED) {
        return;
    }
    ike_resume_established(call, sa);
    accept_peer(call, sa, ike_auth_kept_id(sa, &kept) ? &kept : id);
    ike_sa_establish(call, sa, "both ends are authenticated");
    ike_reauth_watch(call, sa);
    ike_redirect_keep(call, sa);
    if (ike_redirect_follow_last(call, sa)) {
        ike_task_fail(call, sa, task, "the responder sends us to another gateway");
    } else if (task->offer) {
        ike_child_take(call, sa, task);
    } else {
        take_config(call, sa);
    }
    if (sa->state == IKE_STATE_ESTABLISHED) {
        if (sa->setup->moved) {
            tell_moved(call, sa);
        }
        start_children(call, sa, sa->setup->child);
        ike_reauth_done(call, sa);
    }
    ike_sa_free_setup(call->endpoint, sa);
}

/* ---- the responder ---- */

static void refuse(struct ike_call *call, const char *why)
{
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_AUTHENTICATION_FAILED,
                     crypto_bytes(NULL, 0));
    call->close_why = why;
}

/* After EAP both ends prove with its key (§2.16), and IDr has been sent. */
static bool build_answer_proof(struct ike_call *call, struct ike_sa *sa, const char **why)
{
    const struct ike_policy *policy = call->endpoint->policy;
    uint8_t body[IKE_ID_BODY_MAX];

    if (!sa->setup->eap) {
        return build_own_proof(call, sa, why);
    }
    return ike_auth_build_value(call, sa, policy->auth.remote,
                                ike_auth_own_id(&call->endpoint->self->identity, body), why);
}

static enum ike_auth_round judge_initiator(struct ike_call *call, struct ike_sa *sa)
{
    if (ike_auth_is_eap(auth_policy(call)->remote) && !sa->setup->session) {
        return ike_auth_eap_answer(call, sa);
    }
    return peer_is_authentic(call, sa) ? IKE_AUTH_PROVED : IKE_AUTH_REFUSED;
}

/* The initiator wants an IKE SA alone, and was told that it may (RFC 6023). */
static bool is_childless(const struct ike_call *call)
{
    return call->endpoint->policy->childless != IKE_CHILDLESS_NEVER &&
           !ike_message_find(&call->message, IKE_PAYLOAD_SA) &&
           !ike_message_find(&call->message, IKE_PAYLOAD_TSI) &&
           !ike_message_find(&call->message, IKE_PAYLOAD_TSR);
}

/* An initiator may ask for addresses before its CHILD SAs. */
static void answer_config(struct ike_call *call, struct ike_sa *sa)
{
    char text[IKE_NAME_TEXT_CAP];
    uint16_t refusal = 0;

    if (ike_message_find(&call->message, IKE_PAYLOAD_CP)) {
        refusal = ike_config_answer(call, sa);
    }
    if (refusal) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), refusal, crypto_bytes(NULL, 0));
        ike_tell_child_failed(call, sa, NULL, ike_notify_text(refusal, text, sizeof(text)));
    }
}

void ike_auth_answer(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_builder before = call->builder;
    const struct ike_payload *id;
    enum ike_auth_round round;
    const char *why = NULL;
    bool redirects;

    begin_round(sa, call->message.header.message_id);
    ike_auth_take_announced(call, sa);
    round = judge_initiator(call, sa);
    if (round == IKE_AUTH_GOES_ON) {
        return;
    }
    id = ike_message_find(&call->message, IKE_PAYLOAD_IDI);
    if (round == IKE_AUTH_PROVED) {
        ike_resume_established(call, sa);
    }
    if (round == IKE_AUTH_REFUSED ||
        (auth_policy(call)->remote != IKE_AUTH_NULL && !ike_unique_admit(call, sa, id))) {
        refuse(call, "the initiator is not authenticated");
        return;
    }
    if (call->endpoint->policy->mobike && !ike_mobike_is_untouched(call)) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0),
                         IKE_NOTIFY_UNEXPECTED_NAT_DETECTED, crypto_bytes(NULL, 0));
        call->close_why = "there is a NAT on the way, and the initiator allows none";
        return;
    }
    if (!build_answer_proof(call, sa, &why)) {
        call->builder = before;
        ike_tell_auth_refused(call, sa, true, NULL, why);
        refuse(call, "this end has no proof that the initiator could check");
        return;
    }
    redirects = ike_redirect_wanted(call, sa, IKE_REDIRECT_IN_AUTH);
    accept_peer(call, sa, id);
    ike_sa_establish(call, sa, "both ends are authenticated");
    if (redirects) {
        ike_redirect_build(call, sa, "it has proved who it is, and is served elsewhere");
        ike_redirect_wait(call, sa);
        ike_sa_free_setup(call->endpoint, sa);
        return;
    }
    ike_reauth_announce(call, sa);
    if (is_childless(call)) {
        answer_config(call, sa);
    } else {
        ike_child_answer(call, sa, IKE_EXCHANGE_IKE_AUTH, NULL);
    }
    ike_qcd_announce(call, sa);
    ike_mobike_announce(call, sa);
    ike_sync_announce(call, sa);
    ike_ticket_answer(call, sa);
    ike_sa_announce_window(call, sa);
    ike_sa_free_setup(call->endpoint, sa);
}
