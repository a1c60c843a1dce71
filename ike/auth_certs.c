/* CERT and CERTREQ (RFC 7296 §3.6, §3.7): what is sent, and what is believed of what came in. */
#include <assert.h>
#include <string.h>

#include "ike/auth.h"

/* ---- sent ---- */

void ike_auth_build_certreq(struct ike_call *call)
{
    const struct ike_trust *trust = call->endpoint->policy->auth.trust;

    if (trust && trust->authority_count > 0) {
        ike_build_cert(&call->builder, IKE_PAYLOAD_CERTREQ, IKE_CERT_X509_SIGNATURE,
                       crypto_bytes(trust->key_hashes, trust->authority_count * 20));
    }
}

/* One payload each, the own certificate first (§3.6). Who did not ask is not told. */
void ike_auth_build_certs(struct ike_call *call, const struct ike_sa *sa)
{
    const struct ike_credentials *own = call->endpoint->self->credentials;

    for (size_t i = 0; own && sa->setup->asked_for_certs && i < own->cert_count; i++) {
        ike_build_cert(&call->builder, IKE_PAYLOAD_CERT, IKE_CERT_X509_SIGNATURE, own->certs[i]);
    }
}

/* ---- came in ---- */

enum { CERTS_MAX = IKE_PAYLOADS_MAX, CRLS_MAX = IKE_PAYLOADS_MAX + 16 };

struct received {
    struct crypto_bytes certs[CERTS_MAX], crls[CRLS_MAX];
    size_t cert_count, crl_count;
};

static void collect(const struct ike_message *message, const struct ike_trust *trust,
                    struct received *received)
{
    received->cert_count = received->crl_count = 0;
    for (size_t i = 0; i < trust->crl_count && i < CRLS_MAX - IKE_PAYLOADS_MAX; i++) {
        received->crls[received->crl_count++] = trust->crls[i];
    }
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct ike_payload *payload = &message->payloads[i];

        if (payload->type != IKE_PAYLOAD_CERT) {
            continue;
        }
        if (payload->cert.encoding == IKE_CERT_X509_SIGNATURE) {
            received->certs[received->cert_count++] = payload->cert.data;
        } else if (payload->cert.encoding == IKE_CERT_CRL) {
            received->crls[received->crl_count++] = payload->cert.data;
        }
    }
}

bool ike_certificate_name(uint8_t id_type, struct crypto_bytes data, struct crypto_name *name)
{
    name->data = data;
    switch (id_type) {
    case IKE_ID_FQDN:
        name->type = CRYPTO_NAME_DNS;
        return true;
    case IKE_ID_RFC822_ADDR:
        name->type = CRYPTO_NAME_EMAIL;
        return true;
    case IKE_ID_IPV4_ADDR:
    case IKE_ID_IPV6_ADDR:
        name->type = CRYPTO_NAME_IP;
        return true;
    case IKE_ID_DER_ASN1_DN:
        name->type = CRYPTO_NAME_DN;
        return true;
    default:
        return false;
    }
}

bool ike_auth_certificate_fits(struct ike_call *call, struct crypto_bytes certificate,
                               const struct ike_payload *id)
{
    struct crypto_name name;

    return ike_certificate_name(id->id.type, id->id.data, &name) &&
           crypto_x509_is_for(call->endpoint->crypto, certificate, &name);
}

int64_t ike_auth_civil_time(const struct ike_call *call)
{
    return call->endpoint->policy->auth.epoch + (int64_t)(call->now / 1000000000u);
}

size_t ike_auth_check_certs(struct ike_call *call, const struct ike_sa *sa,
                            const struct ike_payload *id, uint8_t **public, bool *good,
                            const char **why)
{
    const struct ike_auth_policy *auth = &call->endpoint->policy->auth;
    struct crypto_context *crypto = call->endpoint->crypto;
    struct crypto_x509_verdict verdict;
    struct received received;
    bool fits;

    *public = NULL;
    *good = false;
    *why = "it sent no certificate";
    assert(auth->trust);
    collect(&call->message, auth->trust, &received);
    if (received.cert_count == 0) {
        return 0;
    }
    *good = crypto_x509_check(crypto,
                              &(struct crypto_x509_question){
                                  .chain = received.certs,
                                  .chain_count = received.cert_count,
                                  .anchors = auth->trust->authorities,
                                  .anchor_count = auth->trust->authority_count,
                                  .crls = received.crls,
                                  .crl_count = received.crl_count,
                                  .strict = auth->trust->strict,
                                  .time = ike_auth_civil_time(call),
                              },
                              &verdict, call->costs);
    fits = ike_auth_certificate_fits(call, received.certs[0], id);
    if (*good && !fits) {
        *good = false;
        verdict.why = "it is for another name than the one in the ID payload";
    }
    *why = verdict.why;
    ike_tell_certificate(call, sa, received.certs[0], &verdict, fits);
    return crypto_x509_public_key(crypto, received.certs[0], public);
}
