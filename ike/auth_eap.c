/* IKE_AUTH in rounds, with EAP in it (RFC 7296 §2.16); both ends by EAP alone (RFC 5998). */
#include <assert.h>
#include <string.h>

#include "ike/auth.h"
#include "ike/redirect.h"

/* ---- what outlives a message ---- */

struct ike_kept *ike_kept_new(struct ike_endpoint *endpoint, struct crypto_bytes octets)
{
    struct ike_kept *kept = ike_take(endpoint, sizeof(*kept) + octets.len);

    kept->len = octets.len;
    memcpy(kept->octets, octets.data, octets.len);
    return kept;
}

void ike_kept_free(struct ike_endpoint *endpoint, struct ike_kept *kept)
{
    if (kept) {
        crypto_wipe(kept->octets, kept->len);
        ike_give(endpoint, kept, sizeof(*kept) + kept->len);
    }
}

bool ike_auth_kept_id(const struct ike_sa *sa, struct ike_payload *id)
{
    const struct ike_kept *kept = sa->setup->peer_id;

    if (!kept || kept->len < 4) {
        return false;
    }
    *id = (struct ike_payload){
        .type = sa->initiator ? IKE_PAYLOAD_IDR : IKE_PAYLOAD_IDI,
        .body = crypto_bytes(kept->octets, kept->len),
        .id = {.type = kept->octets[0], .data = crypto_bytes(kept->octets + 4, kept->len - 4)},
    };
    return true;
}

/* The first request, without what proves or asks for proof: an unprotected message of our own, to
 * be read again when the initiator has proved who it is. */
static struct ike_kept *keep_request(struct ike_call *call)
{
    const struct ike_message *message = &call->message;
    size_t cap = IKE_HEADER_LEN + message->decrypted.len; /* of all fragments, if it came so */
    uint8_t *octets = ike_take(call->endpoint, cap);
    struct ike_header header = message->header;
    struct ike_builder builder;
    struct ike_kept *kept;

    header.major = IKE_MAJOR_VERSION;
    header.minor = IKE_MINOR_VERSION;
    ike_builder_begin(&builder, octets, cap, &header);
    for (size_t i = message->outer_count; i < message->payload_count; i++) {
        const struct ike_payload *payload = &message->payloads[i];

        if (payload->type != IKE_PAYLOAD_CERTREQ && payload->type != IKE_PAYLOAD_CERT) {
            ike_build_raw(&builder, payload->type, false, payload->body);
        }
    }
    size_t len = ike_builder_finish(&builder);
    assert(len > 0); /* no more than there was */
    kept = ike_kept_new(call->endpoint, crypto_bytes(octets, len));
    ike_give(call->endpoint, octets, cap);
    return kept;
}

/* Under the header of the request that is being answered, and in the place of what was decrypted of
 * it: what is kept goes with the setup, before the answer is finished. */
static void recall_request(struct ike_call *call, const struct ike_sa *sa)
{
    const struct ike_kept *kept = sa->setup->first;
    struct ike_header header = call->message.header;
    int result;

    assert(kept->len <= sizeof(call->plain));
    memcpy(call->plain, kept->octets, kept->len);
    result = ike_message_parse(&call->message, crypto_bytes(call->plain, kept->len), &call->error);
    assert(result == 0); /* it was read before */
    (void)result;
    call->message.header = header;
}

static enum ike_auth_round refuse(struct ike_call *call, struct ike_sa *sa, const char *why)
{
    struct ike_payload id;

    ike_tell_auth_refused(call, sa, false, ike_auth_kept_id(sa, &id) ? &id : NULL, why);
    return IKE_AUTH_REFUSED;
}

static void send_packet(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_eap *eap = sa->setup->eap;
    struct crypto_bytes packet = crypto_bytes(eap->out, eap->out_len);

    ike_build_eap(&call->builder, packet);
    ike_tell_eap(call, sa, true, packet);
}

/* AUTH of the last message with the key of EAP, over the ID that came with the first. */
static enum ike_auth_round check_last(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *auth = ike_message_find(&call->message, IKE_PAYLOAD_AUTH);
    const char *why = "AUTH is lacking";
    struct ike_payload id;

    if (auth && ike_auth_kept_id(sa, &id) &&
        ike_auth_check(call, sa, IKE_AUTH_EAP_TLS, &id, auth, &why)) {
        return IKE_AUTH_PROVED;
    }
    return refuse(call, sa, why);
}

/* ---- the initiator ---- */

void ike_auth_eap_build(struct ike_call *call, struct ike_sa *sa)
{
    uint8_t body[IKE_ID_BODY_MAX];
    const char *why;

    if (!sa->setup->eap->over) {
        send_packet(call, sa);
        return;
    }
    ike_auth_build_value(call, sa, call->endpoint->policy->auth.local,
                         ike_auth_own_id(&call->endpoint->self->identity, body), &why);
}

/* The responder has said who it is, and proved it unless it is to do so by EAP too. */
static bool take_first(struct ike_call *call, struct ike_sa *sa, const char **why)
{
    const struct ike_auth_policy *policy = &call->endpoint->policy->auth;
    const struct ike_payload *id = ike_message_find(&call->message, IKE_PAYLOAD_IDR);
    const struct ike_payload *auth = ike_message_find(&call->message, IKE_PAYLOAD_AUTH);

    if (!id || id->body.len > IKE_ID_BODY_MAX) {
        *why = "the responder does not say who it is";
        return false;
    }
    sa->setup->peer_id = ike_kept_new(call->endpoint, id->body);
    sa->setup->eap = ike_eap_new(call->endpoint, false, policy->local);
    if (ike_auth_is_eap(policy->remote)) {
        return true; /* the AUTH behind EAP will prove it (RFC 5998 §3) */
    }
    *why = "AUTH is lacking";
    return auth && ike_auth_check(call, sa, policy->remote, id, auth, why);
}

static void go_on(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_task *next = ike_task_new(call->endpoint, IKE_TASK_AUTH);

    next->offer = task->offer;
    task->offer = NULL;
    ike_task_start(call, sa, next);
}

enum ike_auth_round ike_auth_eap_take(struct ike_call *call, struct ike_sa *sa,
                                      struct ike_task *task)
{
    const struct ike_payload *packet = ike_message_find(&call->message, IKE_PAYLOAD_EAP);
    const char *why = NULL;

    if (!sa->setup->eap) {
        if (!take_first(call, sa, &why)) {
            return refuse(call, sa, why);
        }
        /* RFC 5685 §6: only behind an AUTH, which EAP alone has not made yet. */
        if (!ike_auth_is_eap(call->endpoint->policy->auth.remote) &&
            ike_redirect_follow_first(call, sa)) {
            return IKE_AUTH_GOES_ON;
        }
    }
    if (sa->setup->eap->over) {
        return check_last(call, sa);
    }
    if (!packet) {
        return refuse(call, sa, "EAP is lacking");
    }
    if (ike_eap_take(call, sa, sa->setup->eap, packet) == IKE_EAP_FAILED) {
        return refuse(call, sa, sa->setup->eap->why);
    }
    go_on(call, sa, task);
    return IKE_AUTH_GOES_ON;
}

/* ---- the responder ---- */

/* IDr and, unless EAP proves both, CERT and AUTH. */
static bool prove_first(struct ike_call *call, struct ike_sa *sa, const char **why)
{
    const struct ike_policy *policy = call->endpoint->policy;
    const struct ike_identity *own = &call->endpoint->self->identity;
    uint8_t body[IKE_ID_BODY_MAX];

    ike_build_id(&call->builder, false, own->type, own->data);
    if (ike_auth_is_eap(policy->auth.local)) {
        *why = "it does not take EAP alone for a proof, and there is no other (RFC 5998)";
        return ike_message_find_notify(&call->message, IKE_NOTIFY_EAP_ONLY_AUTHENTICATION);
    }
    if (policy->auth.local == IKE_AUTH_PUBKEY) {
        ike_auth_build_certs(call, sa);
    }
    return ike_auth_build_value(call, sa, policy->auth.local, ike_auth_own_id(own, body), why);
}

static enum ike_auth_round answer_first(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *id = ike_message_find(&call->message, IKE_PAYLOAD_IDI);
    struct ike_builder before = call->builder;
    const char *why = NULL;

    if (!id || id->body.len > IKE_ID_BODY_MAX) {
        return refuse(call, sa, "it does not say who it is");
    }
    sa->setup->peer_id = ike_kept_new(call->endpoint, id->body);
    if (ike_message_find(&call->message, IKE_PAYLOAD_AUTH)) {
        return refuse(call, sa, "it has a proof of its own where EAP is demanded");
    }
    if (!prove_first(call, sa, &why)) {
        call->builder = before;
        return refuse(call, sa, why);
    }
    if (ike_redirect_wanted(call, sa, IKE_REDIRECT_IN_EAP) &&
        !ike_auth_is_eap(call->endpoint->policy->auth.local)) {
        ike_redirect_build(call, sa, "whoever it is, it is served elsewhere");
        call->close_why = "the initiator is sent to another gateway";
        return IKE_AUTH_GOES_ON;
    }
    sa->setup->first = keep_request(call);
    sa->setup->eap = ike_eap_new(call->endpoint, true, call->endpoint->policy->auth.remote);
    ike_eap_begin(call, sa, sa->setup->eap);
    send_packet(call, sa);
    return IKE_AUTH_GOES_ON;
}

enum ike_auth_round ike_auth_eap_answer(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *packet = ike_message_find(&call->message, IKE_PAYLOAD_EAP);
    struct ike_setup *setup = sa->setup;
    enum ike_eap_step step;

    if (!setup->eap) {
        return answer_first(call, sa);
    }
    if (setup->eap->over) {
        if (check_last(call, sa) == IKE_AUTH_REFUSED) {
            return IKE_AUTH_REFUSED;
        }
        recall_request(call, sa);
        return IKE_AUTH_PROVED;
    }
    if (!packet) {
        return refuse(call, sa, "EAP is lacking");
    }
    step = ike_eap_take(call, sa, setup->eap, packet);
    send_packet(call, sa);
    if (step == IKE_EAP_FAILED) {
        /* Failure is the refusal; AUTHENTICATION_FAILED would say no more (§2.16). */
        refuse(call, sa, setup->eap->why ? setup->eap->why : "EAP has failed");
        call->close_why = "the initiator is not authenticated";
    }
    return IKE_AUTH_GOES_ON;
}
