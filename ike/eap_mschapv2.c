/*
 * EAP-MSCHAPv2: packets as draft-kamath-pppext-eap-mschapv2 has them, values as RFC 2759. The text
 * of the draft was not at hand; the layout is the one that RFC 2759 §4 to §6 gives CHAP packets, in
 * front of it OpCode, identifier and length.
 */
#include <stdio.h>
#include <string.h>

#include "ike/eap.h"
#include "ike/octets.h"

enum {
    OP_CHALLENGE = 1,
    OP_RESPONSE = 2,
    OP_SUCCESS = 3,
    OP_FAILURE = 4,
    HEAD_LEN = 4,      /* OpCode, MS-CHAPv2-ID, MS-Length */
    RESPONSE_LEN = 49, /* challenge, 8 octets reserved, NT-Response, flags (RFC 2759 §4) */
    RESERVED_LEN = 8,
};

/* What the server calls itself; nothing depends on it. */
static const char server_name[] = "ikesim";

static void begin(struct ike_eap *eap, uint8_t op, size_t len)
{
    uint8_t head[HEAD_LEN] = {op, eap->mschap.id, (uint8_t)((HEAD_LEN + len) >> 8),
                              (uint8_t)(HEAD_LEN + len)};

    ike_eap_begin_packet(eap, ike_eap_own_code(eap), IKE_EAP_TYPE_MSCHAPV2);
    ike_eap_put(eap, head, sizeof(head));
}

static void put_octet(struct ike_eap *eap, uint8_t octet)
{
    ike_eap_put(eap, &octet, 1);
}

static bool compute(struct ike_call *call, struct ike_eap *eap,
                    const uint8_t peer_challenge[CRYPTO_MSCHAP_CHALLENGE], struct crypto_bytes user,
                    const char **why)
{
    const struct ike_policy *policy = call->endpoint->policy;
    struct crypto_mschap in = {.user = user,
                               .password = policy->auth.eap_secret.len > 0 ? policy->auth.eap_secret
                                                                           : policy->secret};

    memcpy(in.authenticator_challenge, eap->mschap.challenge, CRYPTO_MSCHAP_CHALLENGE);
    memcpy(in.peer_challenge, peer_challenge, CRYPTO_MSCHAP_CHALLENGE);
    return crypto_mschap_compute(call->endpoint->crypto, &in, &eap->mschap.result, why);
}

/* ---- the server ---- */

static enum ike_eap_step start(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap)
{
    struct crypto_draw draw = ike_eap_draw(sa, 0);

    crypto_entropy_fill(&call->endpoint->entropy, &draw, eap->mschap.challenge,
                        sizeof(eap->mschap.challenge));
    eap->mschap.id = (uint8_t)(eap->identifier + 1);
    begin(eap, OP_CHALLENGE, 1 + CRYPTO_MSCHAP_CHALLENGE + sizeof(server_name) - 1);
    put_octet(eap, CRYPTO_MSCHAP_CHALLENGE);
    ike_eap_put(eap, eap->mschap.challenge, CRYPTO_MSCHAP_CHALLENGE);
    ike_eap_put(eap, server_name, sizeof(server_name) - 1);
    ike_eap_end_packet(eap);
    return IKE_EAP_GO_ON;
}

/* Not the reason but 691, "authentication failure", as RFC 2759 §6 has it; R=0: no second try. */
static enum ike_eap_step refuse(struct ike_eap *eap, const char *why)
{
    static const char head[] = "E=691 R=0 C=", tail[] = " V=3 M=Authentication failed";
    char challenge[2 * CRYPTO_MSCHAP_CHALLENGE + 1];

    for (size_t i = 0; i < CRYPTO_MSCHAP_CHALLENGE; i++) {
        snprintf(challenge + 2 * i, 3, "%02X", eap->mschap.challenge[i]);
    }
    eap->why = why;
    begin(eap, OP_FAILURE, sizeof(head) + sizeof(challenge) + sizeof(tail) - 3);
    ike_eap_put(eap, head, sizeof(head) - 1);
    ike_eap_put(eap, challenge, sizeof(challenge) - 1);
    ike_eap_put(eap, tail, sizeof(tail) - 1);
    ike_eap_end_packet(eap);
    return IKE_EAP_GO_ON;
}

static enum ike_eap_step serve_response(struct ike_call *call, struct ike_eap *eap,
                                        struct crypto_bytes data)
{
    const uint8_t *value = data.data + HEAD_LEN + 1;
    struct crypto_bytes user;
    const char *why = NULL;

    if (data.len < HEAD_LEN + 1 + RESPONSE_LEN || data.data[HEAD_LEN] != RESPONSE_LEN) {
        return ike_eap_fail(eap, "its MS-CHAPv2 response is too short");
    }
    user = crypto_bytes(value + RESPONSE_LEN, data.len - HEAD_LEN - 1 - RESPONSE_LEN);
    if (!compute(call, eap, value, user, &why)) {
        return ike_eap_fail(eap, why);
    }
    if (!crypto_equal(value + CRYPTO_MSCHAP_CHALLENGE + RESERVED_LEN, eap->mschap.result.response,
                      CRYPTO_MSCHAP_RESPONSE)) {
        return refuse(eap, "its MS-CHAPv2 response is wrong: another password");
    }
    eap->mschap.answered = true;
    begin(eap, OP_SUCCESS, CRYPTO_MSCHAP_PROOF + 10);
    ike_eap_put(eap, eap->mschap.result.proof, CRYPTO_MSCHAP_PROOF);
    ike_eap_put(eap, " M=Welcome", 10);
    ike_eap_end_packet(eap);
    return IKE_EAP_GO_ON;
}

static enum ike_eap_step serve(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap,
                               struct crypto_bytes data)
{
    uint8_t op = data.len > 0 ? data.data[0] : 0;

    (void)sa;
    if (op == OP_RESPONSE && !eap->mschap.answered && !eap->why) {
        return serve_response(call, eap, data);
    }
    if (op == OP_SUCCESS && eap->mschap.answered) {
        memcpy(eap->msk, eap->mschap.result.msk, sizeof(eap->msk));
        eap->keyed = true;
        return IKE_EAP_SUCCEEDED;
    }
    return ike_eap_fail(eap, eap->why ? eap->why : "its MS-CHAPv2 packet does not belong there");
}

/* ---- the peer ---- */

static enum ike_eap_step answer_challenge(struct ike_call *call, struct ike_sa *sa,
                                          struct ike_eap *eap, struct crypto_bytes data)
{
    static const uint8_t reserved[RESERVED_LEN];
    struct crypto_draw draw = ike_eap_draw(sa, 1);
    uint8_t own[CRYPTO_MSCHAP_CHALLENGE];
    const char *why = NULL;

    if (data.len < HEAD_LEN + 1 + CRYPTO_MSCHAP_CHALLENGE ||
        data.data[HEAD_LEN] != CRYPTO_MSCHAP_CHALLENGE) {
        return ike_eap_fail(eap, "the server's MS-CHAPv2 challenge is too short");
    }
    eap->mschap.id = data.data[1];
    memcpy(eap->mschap.challenge, data.data + HEAD_LEN + 1, CRYPTO_MSCHAP_CHALLENGE);
    crypto_entropy_fill(&call->endpoint->entropy, &draw, own, sizeof(own));
    if (!compute(call, eap, own, crypto_bytes(eap->identity, eap->identity_len), &why)) {
        return ike_eap_fail(eap, why);
    }
    begin(eap, OP_RESPONSE, 1u + RESPONSE_LEN + eap->identity_len);
    put_octet(eap, RESPONSE_LEN);
    ike_eap_put(eap, own, sizeof(own));
    ike_eap_put(eap, reserved, sizeof(reserved));
    ike_eap_put(eap, eap->mschap.result.response, CRYPTO_MSCHAP_RESPONSE);
    put_octet(eap, 0);
    ike_eap_put(eap, eap->identity, eap->identity_len);
    ike_eap_end_packet(eap);
    return IKE_EAP_GO_ON;
}

/* The server knows the password too, or it is none (RFC 2759 §8.8). */
static enum ike_eap_step answer_success(struct ike_eap *eap, struct crypto_bytes data)
{
    if (data.len < HEAD_LEN + CRYPTO_MSCHAP_PROOF || eap->mschap.result.proof[0] == '\0' ||
        !crypto_equal(data.data + HEAD_LEN, eap->mschap.result.proof, CRYPTO_MSCHAP_PROOF)) {
        return ike_eap_fail(eap, "the server does not prove that it knows the password");
    }
    memcpy(eap->msk, eap->mschap.result.msk, sizeof(eap->msk));
    eap->keyed = true;
    ike_eap_begin_packet(eap, ike_eap_own_code(eap), IKE_EAP_TYPE_MSCHAPV2);
    put_octet(eap, OP_SUCCESS);
    ike_eap_end_packet(eap);
    return IKE_EAP_GO_ON;
}

static enum ike_eap_step answer(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap,
                                struct crypto_bytes data)
{
    switch (data.len > 0 ? data.data[0] : 0) {
    case OP_CHALLENGE:
        return answer_challenge(call, sa, eap, data);
    case OP_SUCCESS:
        return answer_success(eap, data);
    case OP_FAILURE: /* acknowledged; EAP Failure follows */
        ike_eap_begin_packet(eap, ike_eap_own_code(eap), IKE_EAP_TYPE_MSCHAPV2);
        put_octet(eap, OP_FAILURE);
        ike_eap_end_packet(eap);
        return IKE_EAP_GO_ON;
    default:
        return ike_eap_fail(eap, "the server's MS-CHAPv2 packet does not belong there");
    }
}

const struct ike_eap_method ike_eap_mschapv2 = {IKE_EAP_TYPE_MSCHAPV2, start, serve, answer, NULL};
