/* IKE_AUTH (RFC 7296 §1.2, §2.15) with a shared key, and the first CHILD SA in it. */
#include <assert.h>
#include <string.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/tell.h"
#include "ike/unique.h"

/* ---- AUTH ---- */

/* Body of the own ID payload as it goes out: ID Type, RESERVED, Identification Data (§3.5). */
static struct crypto_bytes own_id_body(const struct ike_identity *identity,
                                       uint8_t body[4 + IKE_ID_MAX])
{
    assert(identity->data.len <= IKE_ID_MAX);
    memset(body, 0, 4);
    body[0] = identity->type;
    memcpy(body + 4, identity->data.data, identity->data.len);
    return crypto_bytes(body, 4 + identity->data.len);
}

/* The AUTH value of one end: over its own first message, the other's nonce and its ID. */
struct auth_value {
    uint8_t maced_id[CRYPTO_PRF_MAX], auth[CRYPTO_PRF_MAX];
    struct ike_auth_facts facts; /* views into the two, and into the SA */
};

static void compute_auth(struct ike_call *call, const struct ike_sa *sa, bool of_initiator,
                         struct crypto_bytes id, struct auth_value *value)
{
    const struct ike_setup *setup = sa->setup;
    const struct crypto_transform *prf = sa->suite.prf;
    struct ike_auth_facts *facts = &value->facts;

    *facts = (struct ike_auth_facts){
        .of_initiator = of_initiator,
        .verified = of_initiator != sa->initiator,
        .equal = true,
        .method = IKE_AUTH_METHOD_SHARED_KEY,
        .id = id,
        .message = of_initiator == sa->initiator
                       ? ike_sent_message(setup->own_message)
                       : crypto_bytes(setup->peer_message, setup->peer_message_len),
        .nonce = of_initiator ? ike_sa_nr(sa) : ike_sa_ni(sa),
        .sk_p = crypto_sk(&sa->keys, of_initiator ? CRYPTO_SK_PI : CRYPTO_SK_PR),
        .maced_id = crypto_bytes(value->maced_id, prf->key_len),
        .secret = call->endpoint->policy->secret,
        .auth = crypto_bytes(value->auth, prf->key_len),
    };
    crypto_auth_psk(call->endpoint->crypto, prf, facts->secret, facts->message, facts->nonce,
                    facts->sk_p, id, value->maced_id, value->auth, call->costs);
}

static void build_own_id_and_auth(struct ike_call *call, const struct ike_sa *sa)
{
    const struct ike_policy *policy = call->endpoint->policy;
    uint8_t body[4 + IKE_ID_MAX];
    struct auth_value own;

    ike_build_id(&call->builder, sa->initiator, policy->identity.type, policy->identity.data);
    if (sa->initiator && policy->remote.type != 0) {
        ike_build_id(&call->builder, false, policy->remote.type, policy->remote.data);
    }
    compute_auth(call, sa, sa->initiator, own_id_body(&policy->identity, body), &own);
    ike_build_auth(&call->builder, IKE_AUTH_METHOD_SHARED_KEY, own.facts.auth);
    ike_tell_auth(call, sa, &own.facts);
}

static bool id_expected(const struct ike_policy *policy, const struct ike_payload *id)
{
    const struct ike_identity *remote = &policy->remote;

    if (id->id.data.len > IKE_ID_MAX) {
        return false;
    }
    return remote->type == 0 ||
           (remote->type == id->id.type && remote->data.len == id->id.data.len &&
            memcmp(remote->data.data, id->id.data.data, id->id.data.len) == 0);
}

/* Whether the message that came in proves its sender to be whom we expect. The AUTH value is
 * checked before the identity is judged, so that the answer to a wrong name takes as long as the
 * answer to a wrong key. */
static bool peer_is_authentic(struct ike_call *call, const struct ike_sa *sa)
{
    const struct ike_payload *id =
        ike_message_find(&call->message, sa->initiator ? IKE_PAYLOAD_IDR : IKE_PAYLOAD_IDI);
    const struct ike_payload *auth = ike_message_find(&call->message, IKE_PAYLOAD_AUTH);
    struct auth_value peer;

    if (!id || !auth) {
        return false;
    }
    compute_auth(call, sa, !sa->initiator, id->body, &peer);
    peer.facts.equal = auth->auth.method == peer.facts.method &&
                       auth->auth.data.len == peer.facts.auth.len &&
                       crypto_equal(auth->auth.data.data, peer.auth, peer.facts.auth.len);
    ike_tell_auth(call, sa, &peer.facts);
    return peer.facts.equal && id_expected(call->endpoint->policy, id);
}

/* ---- the initiator ---- */

void ike_auth_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    const struct ike_policy *policy = call->endpoint->policy;

    build_own_id_and_auth(call, sa);
    ike_child_build_offer(call, sa, task);
    if (policy->initial_contact && ike_unique_is_first(call->endpoint, sa)) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_INITIAL_CONTACT,
                         crypto_bytes(NULL, 0));
        ike_tell_initial_contact(call, sa, true, policy->remote.type, policy->remote.data, 0);
    }
    ike_sa_announce_window(call, sa);
}

/* The responder believes in an SA that we do not trust. It may be told in an exchange of its own,
 * the one exception to not answering responses (§2.21.2). */
static void disbelieve(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    static const char why[] = "the responder is not authenticated";

    ike_child_fail(call, sa, task->offer, why);
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

void ike_auth_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    const struct ike_payload *id = ike_message_find(&call->message, IKE_PAYLOAD_IDR);
    uint16_t error;

    /* Without AUTH an error is about the IKE SA: the responder has none any more. */
    if (!ike_message_find(&call->message, IKE_PAYLOAD_AUTH) &&
        ike_error_notify(&call->message, &error)) {
        char text[IKE_NAME_TEXT_CAP];

        ike_child_fail(call, sa, task->offer, ike_notify_text(error, text, sizeof(text)));
        ike_sa_close(call, sa,
                     error == IKE_NOTIFY_AUTHENTICATION_FAILED
                         ? "the responder answered AUTHENTICATION_FAILED"
                         : "the responder refused IKE_AUTH");
        return;
    }
    if (!peer_is_authentic(call, sa)) {
        disbelieve(call, sa, task);
        return;
    }
    ike_sa_set_peer_identity(call, sa, id->id.type, id->id.data);
    ike_sa_establish(call, sa, "both ends are authenticated");
    ike_child_take(call, sa, task);
    if (sa->state == IKE_STATE_ESTABLISHED) {
        start_children(call, sa, sa->setup->child);
    }
    ike_sa_free_setup(call->endpoint, sa);
}

/* ---- the responder ---- */

static void refuse(struct ike_call *call)
{
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_AUTHENTICATION_FAILED,
                     crypto_bytes(NULL, 0));
    call->close_why = "the initiator is not authenticated";
}

void ike_auth_answer(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *id = ike_message_find(&call->message, IKE_PAYLOAD_IDI);

    if (!peer_is_authentic(call, sa) || !ike_unique_admit(call, sa, id)) {
        refuse(call);
        return;
    }
    ike_sa_set_peer_identity(call, sa, id->id.type, id->id.data);
    build_own_id_and_auth(call, sa);
    ike_sa_establish(call, sa, "both ends are authenticated");
    ike_child_answer(call, sa, IKE_EXCHANGE_IKE_AUTH, NULL);
    ike_sa_announce_window(call, sa);
    ike_sa_free_setup(call->endpoint, sa);
}
