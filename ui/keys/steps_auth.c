/* AUTH of each end with a shared key (RFC 7296 §2.15). */
#include <string.h>

#include "crypto/kdf.h"
#include "ui/keys/build.h"

/* "Key Pad for IKEv2", 17 octets without a NUL. */
static const char key_pad[] = "Key Pad for IKEv2";

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

/* The AUTH of that part, made by itself or, failing that, by the peer who checked it. `check` gets
 * the peer's. */
static const struct trace_ike_auth_computed *find_auth(const struct keys_build *build, int part,
                                                       const struct trace_ike_auth_computed **check)
{
    const struct keys_story *story = build->story;
    const struct trace_ike_auth_computed *sent = NULL;
    const char *of = part == 0 ? "initiator" : "responder";

    *check = NULL;
    for (size_t i = 0; i < story->event_count; i++) {
        const struct trace_ike_auth_computed *auth = story->events[i].data;
        if (story->events[i].kind != TRACE_IKE_AUTH_COMPUTED_EVENT ||
            auth->spi_i != build->keys->spi_i || !is(auth->of, of)) {
            continue;
        }
        if (is(auth->purpose, "sent")) {
            sent = auth;
        } else {
            *check = auth;
        }
    }
    return sent ? sent : *check;
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

static void add_inner(struct keys_build *build, const struct trace_ike_auth_computed *auth,
                      int part, uint8_t inner[CRYPTO_PRF_MAX])
{
    const struct crypto_bytes pad = crypto_bytes(key_pad, sizeof key_pad - 1);
    const char *host = keys_host(build, part);
    struct keys_step *step;

    step = keys_add(build, KEYS_AUTH, keys_print(build->pool, "shared key of %s", host),
                    keys_hex_of(build->pool, auth->secret), KEYS_BOTH, "the shared key",
                    "RFC 7296 §2.15");
    step->meaning = keys_print(
        build->pool,
        "%s, as the configuration has it. It goes into no key of the tunnel, it only "
        "proves who is there.%s",
        secret_words(build, auth->secret),
        part == 0 ? " It must be hard to guess: who poses as the responder is sent an AUTH against "
                    "which guesses can be tried."
                  : "");
    crypto_prf(build->ctx, build->prf, crypto_bytes(auth->secret.data, auth->secret.len), &pad, 1,
               inner, NULL);
    step = keys_add(build, KEYS_AUTH, keys_print(build->pool, "padded shared key of %s", host),
                    keys_hex(build->pool, crypto_bytes(inner, build->prf->key_len)), KEYS_BOTH,
                    "the shared key", "RFC 7296 §2.15");
    step->formula = "prf(shared key, \"Key Pad for IKEv2\")";
    step->meaning = "So that a gateway may keep this instead of the shared key itself.";
    step->command =
        keys_command_hmac(build->pool, build->prf, keys_hex_of(build->pool, auth->secret),
                          keys_hex(build->pool, pad), build->prf->key_len);
}

static void add_value(struct keys_build *build, const struct trace_ike_auth_computed *auth,
                      const struct trace_ike_auth_computed *check, int part, const uint8_t *inner)
{
    const char *host = keys_host(build, part), *peer = keys_host(build, 1 - part);
    struct keys_step *step = keys_add(
        build, KEYS_AUTH, keys_print(build->pool, "AUTH of %s", host),
        keys_hex_of(build->pool, auth->auth), KEYS_BOTH,
        part == 0 ? "the shared key and SK_pi" : "the shared key and SK_pr", "RFC 7296 §2.15");

    step->formula =
        keys_print(build->pool, "prf(padded shared key, IKE_SA_INIT %s | %s | MACedIDFor%s%s)",
                   part == 0 ? "request" : "response", part == 0 ? "Nr" : "Ni",
                   part == 0 ? "I" : "R", auth->int_auth.len ? " | IntAuth" : "");
    step->meaning = keys_print(
        build->pool,
        "A prf over %s's whole first message, %s's nonce and %s's identity: no hash of some "
        "\"pre-master key\". Who changed the offer or a public value on the way, or does not know "
        "the "
        "shared key, fails here.%s",
        host, peer, host,
        check && !check->equal
            ? keys_print(build->pool, " %s has computed another value: authentication FAILED.",
                         peer)
            : "");
    step->command = keys_command_hmac(
        build->pool, build->prf, keys_hex(build->pool, crypto_bytes(inner, build->prf->key_len)),
        keys_print(build->pool, "%s%s%s%s", keys_hex_of(build->pool, auth->message),
                   keys_hex_of(build->pool, auth->nonce), keys_hex_of(build->pool, auth->maced_id),
                   keys_hex_of(build->pool, auth->int_auth)),
        build->prf->key_len);
}

static void add_auth(struct keys_build *build, int part)
{
    const struct trace_ike_auth_computed *check;
    const struct trace_ike_auth_computed *auth = find_auth(build, part, &check);
    const char *host = keys_host(build, part);
    uint8_t inner[CRYPTO_PRF_MAX];

    if (!auth) {
        keys_add_words(build, KEYS_AUTH, keys_print(build->pool, "AUTH of %s", host),
                       "none: the exchange did not get that far", "RFC 7296 §2.15");
        return;
    }
    if (auth->method != IKE_AUTH_METHOD_SHARED_KEY || !build->prf) {
        keys_add_words(build, KEYS_AUTH, keys_print(build->pool, "AUTH of %s", host),
                       "made by a method for which there is no command here", "RFC 7296 §2.15");
        return;
    }
    const char *id = keys_hex_of(build->pool, auth->id), *sk_p = part == 0 ? "SK_pi" : "SK_pr";
    struct keys_step *step = keys_add(
        build, KEYS_AUTH, keys_print(build->pool, "%s of %s", part == 0 ? "IDi'" : "IDr'", host),
        id, KEYS_BOTH, part == 0 ? "SK_ei, which encrypts it" : "SK_er, which encrypts it",
        "RFC 7296 §3.5");
    step->meaning =
        keys_print(build->pool, "The ID payload's body: ID Type, three reserved octets, %s.",
                   auth->identity ? auth->identity : "the identity");
    step = keys_add(build, KEYS_AUTH, part == 0 ? "MACedIDForI" : "MACedIDForR",
                    keys_hex_of(build->pool, auth->maced_id), KEYS_BOTH, sk_p, "RFC 7296 §2.15");
    step->formula = part == 0 ? "prf(SK_pi, IDi')" : "prf(SK_pr, IDr')";
    step->meaning =
        keys_print(build->pool, "Ties the identity to this IKE SA: nobody else has %s.", sk_p);
    step->command = keys_command_hmac(build->pool, build->prf, keys_hex_of(build->pool, auth->sk_p),
                                      id, build->prf->key_len);
    if (auth->int_auth.len) {
        step = keys_add(build, KEYS_AUTH, "IntAuth", keys_hex_of(build->pool, auth->int_auth),
                        KEYS_BOTH, "the SK_e keys", "RFC 9242 §3.3.2");
        step->meaning = "A chain of prf over all IKE_INTERMEDIATE messages of each end, and the "
                        "Message ID of IKE_AUTH.";
    }
    add_inner(build, auth, part, inner);
    add_value(build, auth, check, part, inner);
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
