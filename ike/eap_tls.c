/* EAP-TLS (RFC 5216): a TLS handshake, cut into packets. */
#include <string.h>

#include "ike/auth.h"
#include "ike/eap.h"
#include "ike/octets.h"

enum {
    FLAG_LENGTH = 0x80,
    FLAG_MORE = 0x40,
    FLAG_START = 0x20,
    FLIGHT_MAX = 1 << 16, /* of what a peer may send before it has proved anything */
};

static void done(struct ike_endpoint *endpoint, struct ike_eap *eap)
{
    crypto_tls_free(eap->tls.tls);
    ike_give(endpoint, eap->tls.in, eap->tls.in_cap);
}

static bool open_tls(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap)
{
    const struct ike_auth_policy *auth = &call->endpoint->policy->auth;
    const struct ike_credentials *own = call->endpoint->self->credentials;
    struct crypto_draw draw = ike_eap_draw(sa, 1);
    const struct crypto_tls_options options = {
        .server = eap->server,
        .key = own->key,
        .certs = own->certs,
        .cert_count = own->cert_count,
        .trust = {.anchors = auth->trust->authorities,
                  .anchor_count = auth->trust->authority_count,
                  .crls = auth->trust->crls,
                  .crl_count = auth->trust->crl_count,
                  .strict = auth->trust->strict,
                  .time = ike_auth_civil_time(call)},
    };

    eap->tls.tls = crypto_tls_new(call->endpoint->crypto, &options, &call->endpoint->entropy, &draw,
                                  &eap->why);
    return eap->tls.tls != NULL;
}

/* ---- packets (RFC 5216 §3) ---- */

/* The next part of the own flight; with no flight, an acknowledgement. */
static void put_part(struct ike_eap *eap)
{
    struct crypto_bytes flight = crypto_tls_output(eap->tls.tls);
    size_t left = flight.len - eap->tls.sent, part = left;
    bool first = eap->tls.sent == 0;
    uint8_t flags = 0, length[4];

    if (left > IKE_EAP_FRAGMENT) {
        part = IKE_EAP_FRAGMENT;
        flags = FLAG_MORE;
    }
    if (first && flags) { /* how much there is in all is said in the first fragment (§3.1) */
        flags |= FLAG_LENGTH;
        ike_store_u32(length, (uint32_t)flight.len);
    }
    ike_eap_begin_packet(eap, ike_eap_own_code(eap), IKE_EAP_TYPE_TLS);
    ike_eap_put(eap, &flags, 1);
    if (flags & FLAG_LENGTH) {
        ike_eap_put(eap, length, sizeof(length));
    }
    ike_eap_put(eap, flight.data ? flight.data + eap->tls.sent : NULL, part);
    ike_eap_end_packet(eap);
    eap->tls.sent += part;
}

static void put_acknowledgement(struct ike_eap *eap)
{
    uint8_t flags = 0;

    ike_eap_begin_packet(eap, ike_eap_own_code(eap), IKE_EAP_TYPE_TLS);
    ike_eap_put(eap, &flags, 1);
    ike_eap_end_packet(eap);
}

static bool more_to_send(const struct ike_eap *eap)
{
    return eap->tls.sent < crypto_tls_output(eap->tls.tls).len;
}

/* Appends a fragment; false if there is more than any handshake has. */
static bool collect(struct ike_endpoint *endpoint, struct ike_eap *eap, struct crypto_bytes part)
{
    size_t len = eap->tls.in_len + part.len;
    uint8_t *grown;

    if (len > FLIGHT_MAX) {
        return false;
    }
    if (part.len == 0) {
        return true;
    }
    grown = ike_take(endpoint, len);
    if (eap->tls.in_len > 0) {
        memcpy(grown, eap->tls.in, eap->tls.in_len);
    }
    memcpy(grown + eap->tls.in_len, part.data, part.len);
    ike_give(endpoint, eap->tls.in, eap->tls.in_cap);
    eap->tls.in = grown;
    eap->tls.in_len = eap->tls.in_cap = len;
    return true;
}

/* Cuts flags and length off. */
static bool read_part(struct crypto_bytes data, uint8_t *flags, struct crypto_bytes *part)
{
    size_t head = 1;

    *flags = data.len > 0 ? data.data[0] : 0;
    if (*flags & FLAG_LENGTH) {
        head += 4;
    }
    if (data.len < head) {
        return false;
    }
    *part = crypto_bytes(data.data + head, data.len - head);
    return true;
}

/* ---- the handshake ---- */

/* The certificate that came in belongs to somebody: the one that the ID payload, or EAP's identity,
 * names. */
static bool peer_is_named(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap)
{
    const struct crypto_x509_verdict *verdict;
    struct crypto_bytes certificate = crypto_tls_peer(eap->tls.tls, &verdict);
    struct ike_payload id;
    bool fits = certificate.len > 0 && ike_auth_kept_id(sa, &id) &&
                ike_auth_certificate_fits(call, certificate, &id);

    if (certificate.len > 0) {
        ike_tell_certificate(call, sa, certificate, verdict, fits);
    }
    return fits;
}

/* The flight that is whole goes in; the next one comes out. */
static enum ike_eap_step shake(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap)
{
    struct crypto_draw draw = ike_eap_draw(sa, 0);
    enum crypto_tls_state state =
        crypto_tls_step(eap->tls.tls, crypto_bytes(eap->tls.in, eap->tls.in_len),
                        &call->endpoint->entropy, &draw, call->costs, &eap->why);

    eap->tls.in_len = 0;
    eap->tls.sent = 0;
    if (state == CRYPTO_TLS_FAILED) {
        peer_is_named(call, sa, eap); /* tells of the certificate */
        /* The alert goes out, so that the other end knows; Failure is the server's to say (§2.1.3).
         */
        eap->tls.done = true;
        return more_to_send(eap) || !eap->server ? IKE_EAP_GO_ON : IKE_EAP_FAILED;
    }
    if (state == CRYPTO_TLS_DONE && !eap->tls.done) {
        eap->tls.done = true;
        if (!peer_is_named(call, sa, eap)) {
            return ike_eap_fail(eap, "its certificate is for another name than its ID");
        }
        if (!crypto_tls_msk(eap->tls.tls, eap->msk)) {
            return ike_eap_fail(eap, "TLS gives no key");
        }
        eap->keyed = true;
        eap->why = NULL;
    }
    return IKE_EAP_GO_ON;
}

/* A part came in: more of it is asked for, or the whole is dealt with. */
static enum ike_eap_step take(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap,
                              struct crypto_bytes data)
{
    struct crypto_bytes part;
    enum ike_eap_step step;
    uint8_t flags;

    if (!read_part(data, &flags, &part) || !collect(call->endpoint, eap, part)) {
        return ike_eap_fail(eap, "its EAP-TLS packet is none");
    }
    if (flags & FLAG_MORE) {
        put_acknowledgement(eap);
        return IKE_EAP_GO_ON;
    }
    if (more_to_send(eap)) { /* it has acknowledged a part of ours */
        put_part(eap);
        return IKE_EAP_GO_ON;
    }
    if (eap->tls.done) {
        return eap->keyed && eap->tls.in_len == 0 ? IKE_EAP_SUCCEEDED : IKE_EAP_FAILED;
    }
    step = shake(call, sa, eap);
    if (step == IKE_EAP_GO_ON) {
        put_part(eap);
    }
    return step;
}

static enum ike_eap_step start(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap)
{
    uint8_t flags = FLAG_START;

    if (!open_tls(call, sa, eap)) {
        return IKE_EAP_FAILED;
    }
    ike_eap_begin_packet(eap, IKE_EAP_CODE_REQUEST, IKE_EAP_TYPE_TLS);
    ike_eap_put(eap, &flags, 1);
    ike_eap_end_packet(eap);
    return IKE_EAP_GO_ON;
}

static enum ike_eap_step serve(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap,
                               struct crypto_bytes data)
{
    return take(call, sa, eap, data);
}

static enum ike_eap_step answer(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap,
                                struct crypto_bytes data)
{
    enum ike_eap_step step;

    if (!eap->tls.tls) {
        if (data.len < 1 || !(data.data[0] & FLAG_START)) {
            return ike_eap_fail(eap, "the server's EAP-TLS does not begin at its beginning");
        }
        if (!open_tls(call, sa, eap)) {
            return IKE_EAP_FAILED;
        }
        step = shake(call, sa, eap);
        if (step == IKE_EAP_GO_ON) {
            put_part(eap);
        }
        return step;
    }
    step = take(call, sa, eap, data);
    /* The peer's last flight is empty (§2.1.1); that it succeeded, the server says. */
    if (step == IKE_EAP_SUCCEEDED) {
        return ike_eap_fail(eap, "the server goes on after the end");
    }
    return step;
}

const struct ike_eap_method ike_eap_tls = {IKE_EAP_TYPE_TLS, start, serve, answer, done};
