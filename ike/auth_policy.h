/*
 * How an endpoint authenticates, in the words of swanctl's `local` and `remote` sections. Plain
 * data, DER octets among it, that all SAs of a group of hosts share.
 */
#ifndef IKESIM_IKE_AUTH_POLICY_H
#define IKESIM_IKE_AUTH_POLICY_H

#include "crypto/x509.h"

/* How one end proves who it is. */
enum ike_auth_kind {
    IKE_AUTH_PSK,          /* shared key (RFC 7296 §2.15) */
    IKE_AUTH_PUBKEY,       /* a signature, with a certificate (RFC 7296 §2.15, RFC 7427) */
    IKE_AUTH_NULL,         /* not at all (RFC 7619) */
    IKE_AUTH_EAP_MSCHAPV2, /* RFC 7296 §2.16 with RFC 2759; of the responder: EAP-only */
    IKE_AUTH_EAP_TLS,      /* the same with RFC 5216 */
};

/* What an end signs with. */
struct ike_credentials {
    struct crypto_bytes key;          /* PKCS #8 */
    const struct crypto_bytes *certs; /* own one first, then those that lead to an authority */
    size_t cert_count;
};

/* Whom an end believes. */
struct ike_trust {
    const struct crypto_bytes *authorities; /* CA certificates */
    const uint8_t (*key_hashes)[20];        /* SHA-1 of their keys, for CERTREQ (§3.7) */
    size_t authority_count;
    const struct crypto_bytes *crls;
    size_t crl_count;
    bool strict; /* swanctl's revocation = strict: no valid list, no trust */
};

/* The name that an ID (enum ike_id_type) stands for in a certificate; false where no certificate
 * has such (RFC 4945 §3.1). */
bool ike_certificate_name(uint8_t id_type, struct crypto_bytes data, struct crypto_name *name);

static inline bool ike_auth_is_eap(uint8_t kind)
{
    return kind == IKE_AUTH_EAP_MSCHAPV2 || kind == IKE_AUTH_EAP_TLS;
}

struct ike_auth_policy {
    uint8_t local, remote;              /* enum ike_auth_kind: own, and demanded of the peer */
    bool classic;                       /* methods 1, 9, 10 and 11 instead of RFC 7427's */
    const struct crypto_scheme *scheme; /* to sign with; NULL: what fits key and peer */
    const struct ike_trust *trust;
    struct crypto_bytes eap_secret;  /* password of EAP-MSCHAPv2; none: the shared key */
    struct crypto_bytes ppk, ppk_id; /* postquantum preshared key (RFC 8784); none */
    bool ppk_required;               /* not without it */
    uint64_t reauth_time;   /* ns until the end that began repeats it all (§2.8.3); 0: never */
    bool make_before_break; /* the new IKE SA is made first */
    uint64_t lifetime;      /* ns, whole seconds: sent as AUTH_LIFETIME (RFC 4478); 0: not */
    int64_t epoch; /* seconds since 1970 at now = 0: certificates are checked at civil time */
};

#endif
