#include "ike/eap.h"

#include <assert.h>
#include <string.h>

#include "ike/auth_policy.h"
#include "ike/tell.h"

static const struct ike_eap_method *method_of(uint8_t kind)
{
    return kind == IKE_AUTH_EAP_TLS ? &ike_eap_tls : &ike_eap_mschapv2;
}

struct ike_eap *ike_eap_new(struct ike_endpoint *endpoint, bool server, uint8_t kind)
{
    struct ike_eap *eap = ike_take(endpoint, sizeof(*eap));

    eap->server = server;
    eap->method = method_of(kind);
    return eap;
}

void ike_eap_free(struct ike_endpoint *endpoint, struct ike_eap *eap)
{
    if (!eap) {
        return;
    }
    if (eap->method->done) {
        eap->method->done(endpoint, eap);
    }
    crypto_wipe(eap, sizeof(*eap));
    ike_give(endpoint, eap, sizeof(*eap));
}

struct crypto_draw ike_eap_draw(const struct ike_sa *sa, uint32_t instance)
{
    struct crypto_draw draw =
        ike_draw(sa, IKE_EXCHANGE_IKE_AUTH, !sa->initiator, sa->setup->auth_round, CRYPTO_DRAW_EAP);

    draw.instance = instance;
    return draw;
}

/* ---- writing (RFC 3748 §4) ---- */

uint8_t ike_eap_own_code(const struct ike_eap *eap)
{
    return eap->server ? IKE_EAP_CODE_REQUEST : IKE_EAP_CODE_RESPONSE;
}

void ike_eap_begin_packet(struct ike_eap *eap, uint8_t code, uint8_t type)
{
    /* Each request has a number of its own; what answers or ends has that of what it is about. */
    if (code == IKE_EAP_CODE_REQUEST) {
        eap->identifier++;
    }
    eap->out[0] = code;
    eap->out[1] = eap->identifier;
    eap->out[4] = type;
    eap->out_len = type ? 5 : 4;
}

void ike_eap_put(struct ike_eap *eap, const void *octets, size_t len)
{
    assert(eap->out_len + len <= sizeof(eap->out));
    if (len > 0) {
        memcpy(eap->out + eap->out_len, octets, len);
    }
    eap->out_len += len;
}

void ike_eap_end_packet(struct ike_eap *eap)
{
    eap->out[2] = (uint8_t)(eap->out_len >> 8);
    eap->out[3] = (uint8_t)eap->out_len;
}

static void put_packet(struct ike_eap *eap, uint8_t code, uint8_t type, const void *data,
                       size_t len)
{
    ike_eap_begin_packet(eap, code, type);
    ike_eap_put(eap, data, len);
    ike_eap_end_packet(eap);
}

enum ike_eap_step ike_eap_fail(struct ike_eap *eap, const char *why)
{
    eap->why = why;
    return IKE_EAP_FAILED;
}

/* ---- the server ---- */

void ike_eap_begin(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap)
{
    (void)sa;
    (void)call;
    put_packet(eap, IKE_EAP_CODE_REQUEST, IKE_EAP_TYPE_IDENTITY, NULL, 0);
}

static enum ike_eap_step serve_identity(struct ike_call *call, struct ike_sa *sa,
                                        struct ike_eap *eap, const struct ike_payload *payload)
{
    struct crypto_bytes identity = payload->eap.data;

    if (payload->eap.type != IKE_EAP_TYPE_IDENTITY || identity.len > IKE_EAP_ID_MAX) {
        return ike_eap_fail(eap, "it does not say who it is");
    }
    eap->identified = true;
    eap->identity_len = (uint16_t)identity.len;
    if (identity.len > 0) {
        memcpy(eap->identity, identity.data, identity.len);
    }
    return eap->method->start(call, sa, eap);
}

static enum ike_eap_step serve(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap,
                               const struct ike_payload *payload)
{
    if (payload->eap.code != IKE_EAP_CODE_RESPONSE || payload->eap.identifier != eap->identifier) {
        return ike_eap_fail(eap, "its EAP packet answers no request");
    }
    if (!eap->identified) {
        return serve_identity(call, sa, eap, payload);
    }
    if (payload->eap.type != eap->method->type) {
        return ike_eap_fail(eap, payload->eap.type == IKE_EAP_TYPE_NAK
                                     ? "it does not want the EAP method"
                                     : "its EAP packet is of another method");
    }
    return eap->method->serve(call, sa, eap, payload->eap.data);
}

/* What ends the run (RFC 3748 §4.2). */
static void finish(struct ike_eap *eap, enum ike_eap_step step)
{
    if (step == IKE_EAP_SUCCEEDED) {
        eap->over = true;
        put_packet(eap, IKE_EAP_CODE_SUCCESS, 0, NULL, 0);
    } else if (step == IKE_EAP_FAILED) {
        put_packet(eap, IKE_EAP_CODE_FAILURE, 0, NULL, 0);
    }
}

/* ---- the peer ---- */

/* Who we are to the server: the configured name, or what the ID payload says. */
static struct crypto_bytes own_identity(const struct ike_self *self)
{
    return self->secrets && self->secrets->eap_id.len > 0 ? self->secrets->eap_id
                                                          : self->identity.data;
}

static enum ike_eap_step answer_request(struct ike_call *call, struct ike_sa *sa,
                                        struct ike_eap *eap, const struct ike_payload *payload)
{
    struct crypto_bytes identity = own_identity(call->endpoint->self);
    uint8_t wanted = eap->method->type;

    eap->identifier = payload->eap.identifier;
    if (payload->eap.type == IKE_EAP_TYPE_IDENTITY) {
        eap->identity_len =
            (uint16_t)(identity.len < IKE_EAP_ID_MAX ? identity.len : IKE_EAP_ID_MAX);
        memcpy(eap->identity, identity.data, eap->identity_len);
        put_packet(eap, IKE_EAP_CODE_RESPONSE, IKE_EAP_TYPE_IDENTITY, eap->identity,
                   eap->identity_len);
        return IKE_EAP_GO_ON;
    }
    if (payload->eap.type == IKE_EAP_TYPE_NOTIFICATION) {
        put_packet(eap, IKE_EAP_CODE_RESPONSE, IKE_EAP_TYPE_NOTIFICATION, NULL, 0);
        return IKE_EAP_GO_ON;
    }
    if (payload->eap.type != wanted) { /* RFC 3748 §5.3.1: what we want instead */
        put_packet(eap, IKE_EAP_CODE_RESPONSE, IKE_EAP_TYPE_NAK, &wanted, 1);
        return IKE_EAP_GO_ON;
    }
    if (eap->identity_len == 0) { /* the server has not asked */
        eap->identity_len =
            (uint16_t)(identity.len < IKE_EAP_ID_MAX ? identity.len : IKE_EAP_ID_MAX);
        memcpy(eap->identity, identity.data, eap->identity_len);
    }
    return eap->method->answer(call, sa, eap, payload->eap.data);
}

static enum ike_eap_step answer(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap,
                                const struct ike_payload *payload)
{
    switch (payload->eap.code) {
    case IKE_EAP_CODE_REQUEST:
        return answer_request(call, sa, eap, payload);
    case IKE_EAP_CODE_SUCCESS:
        if (!eap->keyed) {
            return ike_eap_fail(eap, "the server says Success before it has proved anything");
        }
        eap->over = true;
        return IKE_EAP_SUCCEEDED;
    case IKE_EAP_CODE_FAILURE:
        return ike_eap_fail(eap, eap->why ? eap->why : "the server answered EAP Failure");
    default:
        return ike_eap_fail(eap, "the server's EAP packet is of no kind that is known");
    }
}

enum ike_eap_step ike_eap_take(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap,
                               const struct ike_payload *payload)
{
    enum ike_eap_step step;

    ike_tell_eap(call, sa, false, payload->body);
    eap->out_len = 0;
    if (!eap->server) {
        return answer(call, sa, eap, payload);
    }
    step = serve(call, sa, eap, payload);
    finish(eap, step);
    return step;
}
