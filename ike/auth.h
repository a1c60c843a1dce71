/*
 * Proving who one is (RFC 7296 §2.15): AUTH values made and checked by the ways that the policy
 * names, and what goes with them: certificates, and what IKE_SA_INIT announces. For ike/ only.
 */
#ifndef IKESIM_IKE_AUTH_H
#define IKESIM_IKE_AUTH_H

#include "crypto/sign.h"
#include "crypto/x509.h"
#include "ike/eap.h"
#include "ike/exchange.h"
#include "ike/intermediate.h"
#include "ike/tell.h"

enum {
    IKE_ID_BODY_MAX = 4 + IKE_ID_MAX,
    /* Method 14: a length, an AlgorithmIdentifier, a signature (RFC 7427 §3). */
    IKE_AUTH_DATA_MAX = 1 + UINT8_MAX + CRYPTO_SIGNATURE_MAX,
};

/* One AUTH value: over an end's own first message, the other's nonce and its ID. */
struct ike_auth_value {
    uint8_t maced_id[CRYPTO_PRF_MAX + IKE_INT_AUTH_MAX], auth[IKE_AUTH_DATA_MAX];
    struct ike_auth_facts facts; /* views into the two, and into the SA */
};

/* ---- IKE_SA_INIT ---- */

/* Writes what this end announces there: SIGNATURE_HASH_ALGORITHMS (RFC 7427 §4), and of a responder
 * CERTREQ (§1.2). */
void ike_auth_announce(struct ike_call *call, struct ike_sa *sa, bool response);

/* Remembers what the other end has announced in the message that came in. */
void ike_auth_take_announced(struct ike_call *call, struct ike_sa *sa);

/* ---- AUTH ---- */

/* Body of the own ID payload as it goes out: ID Type, RESERVED, Identification Data (§3.5). */
struct crypto_bytes ike_auth_own_id(const struct ike_identity *identity,
                                    uint8_t body[IKE_ID_BODY_MAX]);

/* Writes the own AUTH, over `id`, by the policy's `kind`, and what goes with a PPK. False with *why
 * if it cannot be made: no key, or none that the peer could check. */
bool ike_auth_build_value(struct ike_call *call, struct ike_sa *sa, enum ike_auth_kind kind,
                          struct crypto_bytes id, const char **why);

/* Whether ID and AUTH payload prove the peer to be one that the policy wants, by `kind`; *why
 * otherwise. All that is asked for is checked whatever comes out on the way, so that a refusal
 * takes as long for a wrong name as for a wrong key. */
bool ike_auth_check(struct ike_call *call, struct ike_sa *sa, enum ike_auth_kind kind,
                    const struct ike_payload *id, const struct ike_payload *auth, const char **why);

/* ---- its parts ---- */

/* What stands behind the nonce in the octets that are signed: prf(SK_p, ID'), and IntAuth if there
 * were IKE_INTERMEDIATE exchanges (RFC 9242 §3.3.2). */
static inline struct crypto_bytes ike_auth_tail(const struct ike_auth_facts *facts)
{
    return crypto_bytes(facts->maced_id.data, facts->maced_id.len + facts->int_auth.len);
}

/* AUTH with a signature of ours (§3.8, RFC 7427 §3, RFC 4754 §7). */
bool ike_auth_value_sign(struct ike_call *call, const struct ike_sa *sa,
                         struct ike_auth_value *value, const char **why);

/* Whether an AUTH payload is a signature with that public key; fills facts. */
bool ike_auth_value_verify(struct ike_call *call, const struct ike_payload *auth,
                           struct crypto_bytes public, struct ike_auth_value *value,
                           const char **why);

/* ---- EAP (§2.16): auth_eap.c ---- */

/* What an IKE_AUTH message of a run of EAP has come to. */
enum ike_auth_round {
    IKE_AUTH_GOES_ON, /* an answer is written, or the next request is on its way */
    IKE_AUTH_PROVED,  /* AUTH with the key of EAP was right */
    IKE_AUTH_REFUSED, /* told of */
};

/* Initiator: the request behind the first one. */
void ike_auth_eap_build(struct ike_call *call, struct ike_sa *sa);

/* Initiator: a response; after GOES_ON the offer of `task` has gone to the next one. */
enum ike_auth_round ike_auth_eap_take(struct ike_call *call, struct ike_sa *sa,
                                      struct ike_task *task);

/* Responder: a request. PROVED: the message that came in is now what the first request asked for.
 */
enum ike_auth_round ike_auth_eap_answer(struct ike_call *call, struct ike_sa *sa);

/* The ID payload that the peer sent before EAP ran; false if there is none. */
bool ike_auth_kept_id(const struct ike_sa *sa, struct ike_payload *id);

/* A copy of the octets; freed with ike_kept_free, which wipes it. */
struct ike_kept *ike_kept_new(struct ike_endpoint *endpoint, struct crypto_bytes octets);
void ike_kept_free(struct ike_endpoint *endpoint, struct ike_kept *kept);

/* Seconds since 1970 of the moment. */
int64_t ike_auth_civil_time(const struct ike_call *call);

/* ---- certificates (§3.6, §3.7) ---- */

/* Whether a certificate is for the name in an ID payload (RFC 4945 §3.1). */
bool ike_auth_certificate_fits(struct ike_call *call, struct crypto_bytes certificate,
                               const struct ike_payload *id);

/* Writes CERTREQ, and CERT, into the message that is being built, where the policy has any. */
void ike_auth_build_certreq(struct ike_call *call);
void ike_auth_build_certs(struct ike_call *call, const struct ike_sa *sa);

/* Checks the certificate that came in with `id` and tells of it. Returns the public key in it, to
 * be freed with crypto_octets_free, whatever *good says; its length, 0 if there is none. */
size_t ike_auth_check_certs(struct ike_call *call, const struct ike_sa *sa,
                            const struct ike_payload *id, uint8_t **public, bool *good,
                            const char **why);

#endif
