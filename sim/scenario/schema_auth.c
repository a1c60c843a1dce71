/* Keys of authentication: authorities, certificates, and the words of a host's `ike`. */
#include "sim/scenario/schema_fields.h"
#include "sim/scenario/values.h"

const struct schema_word schema_auths[] = {
    {"psk", IKE_AUTH_PSK, "a shared secret (RFC 7296 §2.15)"},
    {"pubkey", IKE_AUTH_PUBKEY, "a signature, with a certificate (RFC 7296 §2.15, RFC 7427)"},
    {"null", IKE_AUTH_NULL, "not at all (RFC 7619)"},
    {"eap-mschapv2", IKE_AUTH_EAP_MSCHAPV2,
     "EAP with a password (RFC 7296 §2.16, RFC 2759); on both ends: EAP-only (RFC 5998)"},
    {"eap-tls", IKE_AUTH_EAP_TLS,
     "EAP with certificates (RFC 7296 §2.16, RFC 5216); on both ends: EAP-only (RFC 5998)"},
    {0},
};

const struct schema_word schema_key_kinds[] = {
    {"rsa2048", CRYPTO_KEY_RSA_2048, "RSA with 2048 bits; takes a tenth of a second to make"},
    {"rsa3072", CRYPTO_KEY_RSA_3072, "RSA with 3072 bits; takes half a second to make"},
    {"rsa4096", CRYPTO_KEY_RSA_4096, "RSA with 4096 bits; takes a second to make, or several"},
    {"ecdsa256", CRYPTO_KEY_ECDSA_256, "ECDSA on the curve P-256"},
    {"ecdsa384", CRYPTO_KEY_ECDSA_384, "ECDSA on the curve P-384"},
    {"ecdsa521", CRYPTO_KEY_ECDSA_521, "ECDSA on the curve P-521"},
    {"ed25519", CRYPTO_KEY_ED25519, "Ed25519 (RFC 8420)"},
    {"ed448", CRYPTO_KEY_ED448, "Ed448 (RFC 8420)"},
    {0},
};

const struct schema_word schema_revocations[] = {
    {"relaxed", false, "the certificate is taken"},
    {"strict", true, "the certificate is refused"},
    {0},
};

/* In the order of crypto_scheme_table. */
const struct schema_word schema_signatures[] = {
    {"auto", SCHEMA_SIGNATURE_AUTO,
     "the hash that fits the key and that the peer takes, with RFC 7427 if the peer speaks it"},
    {"classic", SCHEMA_SIGNATURE_CLASSIC,
     "without RFC 7427: RSA with SHA-1, ECDSA with the hash of its curve (RFC 7296 §3.8, RFC "
     "4754)"},
    {"rsa-sha1", SCHEMA_SIGNATURE_SCHEMES, "RSASSA-PKCS1-v1_5 with SHA-1"},
    {"rsa-sha256", SCHEMA_SIGNATURE_SCHEMES + 1, "RSASSA-PKCS1-v1_5 with SHA2-256"},
    {"rsa-sha384", SCHEMA_SIGNATURE_SCHEMES + 2, "RSASSA-PKCS1-v1_5 with SHA2-384"},
    {"rsa-sha512", SCHEMA_SIGNATURE_SCHEMES + 3, "RSASSA-PKCS1-v1_5 with SHA2-512"},
    {"rsa/pss-sha256", SCHEMA_SIGNATURE_SCHEMES + 4, "RSASSA-PSS with SHA2-256"},
    {"rsa/pss-sha384", SCHEMA_SIGNATURE_SCHEMES + 5, "RSASSA-PSS with SHA2-384"},
    {"rsa/pss-sha512", SCHEMA_SIGNATURE_SCHEMES + 6, "RSASSA-PSS with SHA2-512"},
    {"ecdsa-sha1", SCHEMA_SIGNATURE_SCHEMES + 7, "ECDSA with SHA-1"},
    {"ecdsa-sha256", SCHEMA_SIGNATURE_SCHEMES + 8, "ECDSA with SHA2-256"},
    {"ecdsa-sha384", SCHEMA_SIGNATURE_SCHEMES + 9, "ECDSA with SHA2-384"},
    {"ecdsa-sha512", SCHEMA_SIGNATURE_SCHEMES + 10, "ECDSA with SHA2-512"},
    {"ed25519", SCHEMA_SIGNATURE_SCHEMES + 11, "Ed25519"},
    {"ed448", SCHEMA_SIGNATURE_SCHEMES + 12, "Ed448"},
    {0},
};

static const struct schema_key certificate_keys[] = {
    {.name = "authority",
     .type = SCHEMA_NAME,
     .otherwise = "the last one of `authorities`",
     .meaning = "who issues it",
     FIELD(struct scenario_host, certs.authority)},
    {.name = "key",
     .type = SCHEMA_CHOICE,
     .fallback = "ed25519",
     .words = schema_key_kinds,
     .meaning = "kind of the host's key; each member of a group has its own, but for RSA, where "
                "they share one",
     FIELD(struct scenario_host, certs.key)},
    {.name = "id",
     .type = SCHEMA_IDENTITY,
     .otherwise = "the host's `id`",
     .meaning = "whom it is for (subjectAltName); another than the host's makes the peer refuse it",
     FIELD(struct scenario_host, certs.id)},
    {.name = "not_before",
     .type = SCHEMA_EPOCH,
     .otherwise = "a day before the epoch",
     .meaning = "begin of its validity",
     FIELD(struct scenario_host, certs.not_before)},
    {.name = "not_after",
     .type = SCHEMA_EPOCH,
     .otherwise = "a year after the end of the run",
     .meaning = "end of its validity",
     FIELD(struct scenario_host, certs.not_after)},
    {0},
};

const struct schema schema_certificate = {
    .what = "certificate",
    .path = "hosts[].ike.certificate",
    .intro = "A certificate that the scenario makes, the same each time: keys, serial numbers and "
             "signatures follow from the seed and the names.",
    .keys = certificate_keys,
    .line_offset = SIZE_MAX,
};

static const struct schema_key authority_keys[] = {
    {.name = "name",
     .type = SCHEMA_NAME,
     .required = true,
     .meaning = "name of the authority, in the scenario and in its certificate",
     FIELD(struct scenario_authority, name)},
    {.name = "key",
     .type = SCHEMA_CHOICE,
     .fallback = "ecdsa256",
     .words = schema_key_kinds,
     .meaning = "kind of its key",
     FIELD(struct scenario_authority, key)},
    {.name = "issuer",
     .type = SCHEMA_NAME,
     .otherwise = "none: it signs itself",
     .meaning =
         "authority above it, which stands before it in the list; hosts send its certificate "
         "with their own",
     FIELD(struct scenario_authority, issuer)},
    {.name = "not_before",
     .type = SCHEMA_EPOCH,
     .otherwise = "thirty days before the epoch",
     .meaning = "begin of its certificate's validity",
     FIELD(struct scenario_authority, not_before)},
    {.name = "not_after",
     .type = SCHEMA_EPOCH,
     .otherwise = "ten years after the end of the run",
     .meaning = "end of its certificate's validity",
     FIELD(struct scenario_authority, not_after)},
    {.name = "revoked",
     .type = SCHEMA_TEXTS,
     .otherwise = "none",
     .max = 1000,
     .meaning = "hosts whose certificates its revocation list names",
     ARRAY(struct scenario_authority, revoked, revoked_count)},
    {.name = "crl",
     .type = SCHEMA_BOOL,
     .fallback = "false",
     .meaning = "it has a revocation list even where nothing is revoked; all hosts know the lists",
     FIELD(struct scenario_authority, crl)},
    {0},
};

const struct schema schema_authority = {
    .what = "an authority",
    .path = "authorities[]",
    .intro = "A certificate authority of the scenario's making, for hosts with `auth: pubkey`.",
    .keys = authority_keys,
    .item_size = sizeof(struct scenario_authority),
    .line_offset = offsetof(struct scenario_authority, line),
    .by_name = true,
};
