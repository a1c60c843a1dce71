/* AUTH of each end (RFC 7296 §2.15): with a shared key, that of EAP, or a signature. */
#include <string.h>

#include "crypto/kdf.h"
#include "crypto/mschapv2.h"
#include "crypto/sign.h"
#include "ui/keys/build.h"

/* "Key Pad for IKEv2", 17 octets without a NUL. */
static const char key_pad[] = "Key Pad for IKEv2";

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

/* An AUTH value of one part, made by itself or, failing that, by the peer who checked it. */
struct auth {
    const struct trace_ike_auth_computed *made, *check; /* check: the peer's, or NULL */
    const char *which; /* "", or "second " where there is one before (RFC 7296 §2.16) */
};

enum { AUTHS_MAX = 4 };

static bool same_key(struct trace_bytes a, struct trace_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* What a check is of: the first value with the same SK_p that has none. */
static struct auth *checked_by(const struct trace_ike_auth_computed *check, struct auth *auths,
                               size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!auths[i].check && same_key(auths[i].made->sk_p, check->sk_p)) {
            return &auths[i];
        }
    }
    return NULL;
}

/* All of one part, in order. */
static size_t find_auths(const struct keys_build *build, int part, struct auth auths[AUTHS_MAX])
{
    const struct keys_story *story = build->story;
    const char *of = part == 0 ? "initiator" : "responder";
    size_t count = 0;

    for (size_t i = 0; i < story->event_count; i++) {
        const struct trace_ike_auth_computed *auth = story->events[i].data;
        if (story->events[i].kind != TRACE_IKE_AUTH_COMPUTED_EVENT ||
            auth->spi_i != build->keys->spi_i || !is(auth->of, of)) {
            continue;
        }
        bool sent = is(auth->purpose, "sent");
        struct auth *of_it = sent ? NULL : checked_by(auth, auths, count);
        if (of_it) {
            of_it->check = auth;
        } else if (count < AUTHS_MAX) {
            auths[count] = (struct auth){auth, sent ? NULL : auth, count ? "second " : ""};
            count++;
        }
    }
    return count;
}

/* A shared key in quotes where it is text, otherwise only its length. */
static const char *secret_words(struct keys_build *build, struct trace_bytes secret)
{
    for (size_t i = 0; i < secret.len; i++) {
        if (secret.data[i] < 0x20 || secret.data[i] > 0x7e) {
            return keys_print(build->pool, "%zu octets", secret.len);
        }
    }
    return keys_print(build->pool, "\"%.*s\"", (int)secret.len, (const char *)secret.data);
}

/* Where the secret comes from: the configuration, SK_p, or EAP. */
static const char *secret_meaning(struct keys_build *build, const struct auth *auth, int part)
{
    const struct trace_ike_auth_computed *made = auth->made;

    if (made->method == IKE_AUTH_METHOD_NULL) {
        return "SK_p of this end: it proves nothing but that the two messages belong together. "
               "Anybody could have made it (RFC 7619 §2.1).";
    }
    if (made->secret.len == CRYPTO_EAP_MSK) {
        return "The MSK of EAP: only who took part in EAP has it, so EAP cannot have been "
               "carried over from another connection (RFC 7296 §2.16).";
    }
    return keys_print(
        build->pool,
        "%s, as the configuration has it. It goes into no key of the tunnel, it only "
        "proves who is there.%s",
        secret_words(build, made->secret),
        part == 0 ? " It must be hard to guess: who poses as the responder is sent an AUTH against "
                    "which guesses can be tried."
                  : "");
}

static void add_inner(struct keys_build *build, const struct auth *auth, int part,
                      uint8_t inner[CRYPTO_PRF_MAX])
{
    const struct crypto_bytes pad = crypto_bytes(key_pad, sizeof key_pad - 1);
    const struct trace_ike_auth_computed *made = auth->made;
    const char *host = keys_host(build, part);
    struct keys_step *step;

    step = keys_add(
        build, KEYS_AUTH, keys_print(build->pool, "%sshared key of %s", auth->which, host),
        keys_hex_of(build->pool, made->secret), KEYS_BOTH, "the shared key", "RFC 7296 §2.15");
    step->meaning = secret_meaning(build, auth, part);
    crypto_prf(build->ctx, build->prf, crypto_bytes(made->secret.data, made->secret.len), &pad, 1,
               inner, NULL);
    step = keys_add(build, KEYS_AUTH,
                    keys_print(build->pool, "%spadded shared key of %s", auth->which, host),
                    keys_hex(build->pool, crypto_bytes(inner, build->prf->key_len)), KEYS_BOTH,
                    "the shared key", "RFC 7296 §2.15");
    step->formula = "prf(shared key, \"Key Pad for IKEv2\")";
    step->meaning = "So that a gateway may keep this instead of the shared key itself.";
    step->command =
        keys_command_hmac(build->pool, build->prf, keys_hex_of(build->pool, made->secret),
                          keys_hex(build->pool, pad), build->prf->key_len);
}

/* What AUTH covers, in hex. */
static const char *covered(struct keys_build *build, const struct trace_ike_auth_computed *made)
{
    return keys_print(build->pool, "%s%s%s%s", keys_hex_of(build->pool, made->message),
                      keys_hex_of(build->pool, made->nonce),
                      keys_hex_of(build->pool, made->maced_id),
                      keys_hex_of(build->pool, made->int_auth));
}

static const char *failure(struct keys_build *build, const struct auth *auth, const char *peer)
{
    return auth->check && !auth->check->equal
               ? keys_print(build->pool, " %s has computed another value: authentication FAILED.",
                            peer)
               : "";
}

static void add_value(struct keys_build *build, const struct auth *auth, int part,
                      const uint8_t *inner)
{
    const char *host = keys_host(build, part), *peer = keys_host(build, 1 - part);
    struct keys_step *step = keys_add(
        build, KEYS_AUTH, keys_print(build->pool, "%sAUTH of %s", auth->which, host),
        keys_hex_of(build->pool, auth->made->auth), KEYS_BOTH,
        part == 0 ? "the shared key and SK_pi" : "the shared key and SK_pr", "RFC 7296 §2.15");

    step->formula =
        keys_print(build->pool, "prf(padded shared key, IKE_SA_INIT %s | %s | MACedIDFor%s%s)",
                   part == 0 ? "request" : "response", part == 0 ? "Nr" : "Ni",
                   part == 0 ? "I" : "R", auth->made->int_auth.len ? " | IntAuth" : "");
    step->meaning = keys_print(
        build->pool,
        "A prf over %s's whole first message, %s's nonce and %s's identity: no hash of some "
        "\"pre-master key\". Who changed the offer or a public value on the way, or does not know "
        "the "
        "shared key, fails here.%s",
        host, peer, host, failure(build, auth, peer));
    step->command = keys_command_hmac(
        build->pool, build->prf, keys_hex(build->pool, crypto_bytes(inner, build->prf->key_len)),
        covered(build, auth->made), build->prf->key_len);
}

/* Of a session that is resumed (RFC 5723 §4.3.3). */
static void add_session(struct keys_build *build, const struct auth *auth, int part)
{
    const char *host = keys_host(build, part), *sk_p = part == 0 ? "SK_pi" : "SK_pr";
    struct keys_step *step =
        keys_add(build, KEYS_AUTH, keys_print(build->pool, "%sAUTH of %s", auth->which, host),
                 keys_hex_of(build->pool, auth->made->auth), KEYS_BOTH, sk_p, "RFC 5723 §4.3.3");

    step->formula = keys_print(build->pool, "prf(%s, IKE_SESSION_RESUME %s | %s | MACedIDFor%s)",
                               sk_p, part == 0 ? "request" : "response", part == 0 ? "Nr" : "Ni",
                               part == 0 ? "I" : "R");
    step->meaning = keys_print(
        build->pool,
        "No shared key and no certificate: who has %s has SK_d of the old IKE SA, and is who was "
        "authenticated there.%s",
        sk_p, failure(build, auth, keys_host(build, 1 - part)));
    step->command =
        keys_command_hmac(build->pool, build->prf, keys_hex_of(build->pool, auth->made->sk_p),
                          covered(build, auth->made), build->prf->key_len);
}

/* ---- signatures ---- */

/* The signature within AUTH, in the form that openssl takes. */
static struct crypto_bytes signature_of(const struct trace_ike_auth_computed *made,
                                        uint8_t der[CRYPTO_SIGNATURE_MAX])
{
    struct crypto_bytes auth = crypto_bytes(made->auth.data, made->auth.len);
    enum crypto_key_kind kind = made->method == IKE_AUTH_METHOD_ECDSA_256   ? CRYPTO_KEY_ECDSA_256
                                : made->method == IKE_AUTH_METHOD_ECDSA_384 ? CRYPTO_KEY_ECDSA_384
                                                                            : CRYPTO_KEY_ECDSA_521;

    switch (made->method) {
    case IKE_AUTH_METHOD_SIGNATURE:
        if (auth.len < 1 || auth.len < 1u + auth.data[0]) {
            return crypto_bytes(NULL, 0);
        }
        return crypto_bytes(auth.data + 1 + auth.data[0], auth.len - 1 - auth.data[0]);
    case IKE_AUTH_METHOD_RSA:
        return auth;
    default:
        return crypto_bytes(der, crypto_ecdsa_from_raw(kind, auth, der));
    }
}

static void add_signature(struct keys_build *build, const struct auth *auth, int part)
{
    const struct trace_ike_auth_computed *made = auth->made;
    const struct trace_ike_auth_computed *key = auth->check ? auth->check : made;
    const char *host = keys_host(build, part), *peer = keys_host(build, 1 - part);
    const char *public = keys_hex_of(build->pool, key->public_key);
    const char *lacks = part == 0 ? "SK_ei, which encrypts it" : "SK_er, which encrypts it";
    uint8_t der[CRYPTO_SIGNATURE_MAX];
    struct crypto_bytes signature = signature_of(made, der);
    struct keys_step *step;

    if (*public) {
        step = keys_add(build, KEYS_AUTH,
                        keys_print(build->pool, "%spublic key of %s", auth->which, host), public,
                        KEYS_BOTH, lacks, "RFC 7296 §3.6");
        step->meaning = keys_print(
            build->pool,
            "SubjectPublicKeyInfo of the certificate that %s sends in CERT. The private key "
            "never leaves %s.",
            host, host);
    }
    step = keys_add(build, KEYS_AUTH, keys_print(build->pool, "%sAUTH of %s", auth->which, host),
                    keys_hex_of(build->pool, made->auth), KEYS_BOTH, lacks,
                    made->method == IKE_AUTH_METHOD_SIGNATURE ? "RFC 7427 §3" : "RFC 7296 §3.8");
    step->formula = part == 0 ? "signature over IKE_SA_INIT request | Nr | MACedIDForI"
                              : "signature over IKE_SA_INIT response | Ni | MACedIDForR";
    step->meaning = keys_print(
        build->pool,
        "%s signs (%s) its whole first message, %s's nonce and its identity. Anybody who has the "
        "public key can check it, and only %s can make it.%s%s",
        host, made->algorithm ? made->algorithm : "?", peer, host,
        made->method == IKE_AUTH_METHOD_SIGNATURE
            ? " In front of the signature stands its AlgorithmIdentifier with a length of one "
              "octet."
            : "",
        failure(build, auth, peer));
    if (*public && signature.len > 0 && made->algorithm && key->equal) {
        step->command = keys_command_verify(build->pool, made->algorithm, public,
                                            keys_hex(build->pool, signature), covered(build, made),
                                            keys_hex_of(build->pool, made->auth));
    }
}

/* ---- one end ---- */

static void add_identity(struct keys_build *build, const struct auth *auth, int part)
{
    const struct trace_ike_auth_computed *made = auth->made;
    const char *host = keys_host(build, part);
    const char *id = keys_hex_of(build->pool, made->id), *sk_p = part == 0 ? "SK_pi" : "SK_pr";
    struct keys_step *step = keys_add(
        build, KEYS_AUTH,
        keys_print(build->pool, "%s%s of %s", auth->which, part == 0 ? "IDi'" : "IDr'", host), id,
        KEYS_BOTH, part == 0 ? "SK_ei, which encrypts it" : "SK_er, which encrypts it",
        "RFC 7296 §3.5");

    step->meaning =
        keys_print(build->pool, "The ID payload's body: ID Type, three reserved octets, %s.",
                   made->identity ? made->identity : "the identity");
    step = keys_add(
        build, KEYS_AUTH,
        keys_print(build->pool, "%s%s", auth->which, part == 0 ? "MACedIDForI" : "MACedIDForR"),
        keys_hex_of(build->pool, made->maced_id), KEYS_BOTH, sk_p, "RFC 7296 §2.15");
    step->formula = part == 0 ? "prf(SK_pi, IDi')" : "prf(SK_pr, IDr')";
    step->meaning =
        keys_print(build->pool, "Ties the identity to this IKE SA: nobody else has %s.", sk_p);
    step->command = keys_command_hmac(build->pool, build->prf, keys_hex_of(build->pool, made->sk_p),
                                      id, build->prf->key_len);
    if (made->int_auth.len) {
        step = keys_add(build, KEYS_AUTH, keys_print(build->pool, "%sIntAuth", auth->which),
                        keys_hex_of(build->pool, made->int_auth), KEYS_BOTH, "the SK_e keys",
                        "RFC 9242 §3.3.2");
        step->meaning = "A chain of prf over all IKE_INTERMEDIATE messages of each end, and the "
                        "Message ID of IKE_AUTH.";
    }
}

static bool by_secret(const struct trace_ike_auth_computed *made)
{
    return made->method == IKE_AUTH_METHOD_SHARED_KEY || made->method == IKE_AUTH_METHOD_NULL;
}

static void add_auth(struct keys_build *build, int part)
{
    const char *host = keys_host(build, part);
    struct auth auths[AUTHS_MAX];
    size_t count = find_auths(build, part, auths);
    uint8_t inner[CRYPTO_PRF_MAX];

    if (count == 0) {
        keys_add_words(build, KEYS_AUTH, keys_print(build->pool, "AUTH of %s", host),
                       "none: the exchange did not get that far", "RFC 7296 §2.15");
        return;
    }
    if (!build->prf) {
        keys_add_words(build, KEYS_AUTH, keys_print(build->pool, "AUTH of %s", host),
                       "made with a PRF that is not computed here", "RFC 7296 §2.15");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !same_key(auths[i].made->sk_p, auths[0].made->sk_p)) {
            add_identity(build, &auths[i], part);
        }
        if (is(auths[i].made->algorithm, "resumption")) {
            add_session(build, &auths[i], part);
        } else if (by_secret(auths[i].made)) {
            add_inner(build, &auths[i], part, inner);
            add_value(build, &auths[i], part, inner);
        } else {
            add_signature(build, &auths[i], part);
        }
    }
    crypto_wipe(inner, sizeof inner);
}

void keys_add_auth(struct keys_build *build)
{
    if (build->before && !build->updated) {
        keys_add_words(build, KEYS_AUTH, "AUTH",
                       "none: who has SK_d of the IKE SA before is who was authenticated there",
                       "RFC 7296 §2.8.3");
        return;
    }
    add_auth(build, 0);
    add_auth(build, 1);
}
