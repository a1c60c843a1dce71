/* IKE_SA_INIT: what is agreed on, the nonces, and the key exchange up to g^ir (RFC 7296 §1.2). */
#include <string.h>

#include "ui/keys/build.h"

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

/* ---- the proposal ---- */

static const char *name_of(const struct crypto_transform *transform)
{
    return transform ? transform->name : "an algorithm that this build does not know";
}

void keys_add_proposal(struct keys_build *build)
{
    const struct trace_ike_keys_derived *keys = build->keys;
    const struct trace_ike_proposal_chosen *chosen = NULL;
    const char *offer = "", *integrity;

    for (size_t i = 0; i < build->story->event_count && !chosen; i++) {
        const struct keys_event *event = &build->story->events[i];
        const struct trace_ike_proposal_chosen *data = event->data;
        if (event->kind == TRACE_IKE_PROPOSAL_CHOSEN_EVENT && data->spi_i == keys->spi_i &&
            event->side != build->initiator && is(data->protocol, "IKE")) {
            chosen = data;
        }
    }
    if (chosen) {
        offer = keys_print(build->pool, "%s offered %s, and %s chose number %llu of it. ",
                           keys_host(build, 0), chosen->offered ? chosen->offered : "",
                           keys_host(build, 1), (unsigned long long)chosen->number);
    }
    integrity = build->integ ? keys_print(build->pool, "%s protects integrity", build->integ->name)
                             : "and protects integrity as well, since it is an AEAD";
    struct keys_step *step =
        keys_add(build, KEYS_PROPOSAL, "proposal", build->out->suite,
                 build->before ? KEYS_BOTH : KEYS_ANYBODY,
                 build->before ? "the SK_e keys of the IKE SA before" : NULL, "RFC 7296 §2.7");
    step->words = true;
    step->meaning = keys_print(
        build->pool,
        "%s%s makes the shared secret, %s makes all keys%s, %s with %u-bit keys encrypts%s %s. %s",
        offer, name_of(build->ke), name_of(build->prf), build->before ? "" : " and AUTH",
        name_of(build->encr), (unsigned)keys->encr_key_bits, build->integ ? "," : "", integrity,
        build->before ? "All this is agreed on under the keys of the IKE SA before."
                      : "All this is agreed on in the clear; AUTH covers it later, so that a "
                        "change on the way is found out.");
}

/* ---- messages, SPIs, nonces ---- */

static void add_message(struct keys_build *build, const struct keys_message *message, int part)
{
    struct keys_step *step =
        keys_add(build, KEYS_EXCHANGE, part == 0 ? "IKE_SA_INIT request" : "IKE_SA_INIT response",
                 keys_hex(build->pool, message->bytes), KEYS_ANYBODY, NULL, "RFC 7296 §1.2");

    step->meaning = part == 0 ? keys_print(build->pool,
                                           "As %s sent it, readable by all: the offer, KEi and Ni.",
                                           keys_host(build, part))
                              : keys_print(build->pool,
                                           "As %s sent it: the choice, KEr and Nr. From here on "
                                           "everything is encrypted.",
                                           keys_host(build, part));
}

static void add_from_message(struct keys_build *build, const char *name, const char *value,
                             const struct keys_message *message, size_t at, const char *meaning,
                             const char *reference)
{
    struct keys_step *step =
        keys_add(build, KEYS_EXCHANGE, name, value, KEYS_ANYBODY, NULL, reference);

    step->meaning = meaning;
    if (message && *value) {
        step->formula =
            keys_print(build->pool, "octets %zu to %zu of the %s", at, at + strlen(value) / 2 - 1,
                       message->sent->response ? "response" : "request");
        step->command = keys_command_cut(build->pool, keys_hex(build->pool, message->bytes), at,
                                         strlen(value) / 2);
    }
}

static size_t nonce_at(const struct ike_message *parsed)
{
    const struct ike_payload *nonce = ike_message_find(parsed, IKE_PAYLOAD_NONCE);

    return nonce->offset + IKE_GENERIC_HEADER_LEN;
}

/* ---- the key exchange ---- */

static const char *public_formula(const struct crypto_transform *ke)
{
    switch (ke->id) {
    case CRYPTO_KE_CURVE25519:
        return "X25519(private, 9)";
    case CRYPTO_KE_ECP_256:
    case CRYPTO_KE_ECP_384:
        return "private * G, its x and y";
    default:
        return "2^private mod p";
    }
}

static void add_pair(struct keys_build *build, const struct trace_ike_key_pair *pair, int part)
{
    const char *host = keys_host(build, part);
    const char *private_key = keys_hex_of(build->pool, pair->private_key);
    bool x25519 = build->ke->id == CRYPTO_KE_CURVE25519;
    struct keys_step *step =
        keys_add(build, KEYS_EXCHANGE, keys_print(build->pool, "private key of %s", host),
                 private_key, part == 0 ? KEYS_INITIATOR : KEYS_RESPONDER,
                 "a way back to it from the public value", "RFC 7296 §2.12");

    step->meaning =
        x25519 ? "Drawn for this exchange; X25519 itself sets five of its bits (RFC 7748 §5). "
                 "A simulation can show it, a real gateway forgets it."
               : "Drawn for this exchange. A simulation can show it, a real gateway "
                 "forgets it.";
    step =
        keys_add(build, KEYS_EXCHANGE,
                 keys_print(build->pool, "public value of %s, %s", host, part == 0 ? "KEi" : "KEr"),
                 keys_hex_of(build->pool, pair->public_key), KEYS_ANYBODY, NULL, "RFC 7296 §3.4");
    step->formula = public_formula(build->ke);
    step->meaning =
        "Anybody reads it in the message; to get back from it to the private key is what "
        "nobody knows how to do.";
    step->command = keys_command_public(build->pool, build->ke, private_key);
}

static void add_shared(struct keys_build *build, const struct trace_ike_key_pair *own,
                       const struct trace_ike_key_pair *peer, int part)
{
    struct keys_step *step = keys_add(
        build, KEYS_EXCHANGE,
        keys_print(build->pool, "g^ir, as %s computes it", keys_host(build, part)),
        keys_hex_of(build->pool, build->keys->shared_secret), KEYS_BOTH,
        "both private keys, one of which would do", build->ke ? build->ke->rfc : "RFC 7296 §2.14");

    step->formula = keys_print(build->pool, "the private key of %s with the public value of %s",
                               keys_host(build, part), keys_host(build, 1 - part));
    step->meaning =
        part == 0 ? "The shared secret of the key exchange. It says nothing yet about who the "
                    "other one is: an attacker in the middle can agree on one with each end, "
                    "and fails at AUTH."
                  : "From the other side the same comes out.";
    if (build->ke && own && peer) {
        step->command =
            keys_command_shared(build->pool, build->ke, keys_hex_of(build->pool, own->private_key),
                                keys_hex_of(build->pool, peer->public_key));
    }
}

void keys_add_exchange(struct keys_build *build)
{
    const struct trace_ike_keys_derived *keys = build->keys;
    struct ike_message parsed[2];
    const struct keys_message *message[2] = {
        keys_find_nonce(build, keys->ni, false, &parsed[0]),
        keys_find_nonce(build, keys->nr, true, &parsed[1]),
    };
    const struct trace_ike_key_pair *pair[2] = {NULL, NULL};
    static const char *const spi_names[] = {"SPIi", "SPIr"}, *const nonce_names[] = {"Ni", "Nr"};
    static const char *const spi_meanings[] = {
        "Each end names the IKE SA with an SPI of its own; both stand in every header, and go into "
        "the seven keys.",
        "Zero in the request, since the responder had not chosen it yet."};
    static const char *const nonce_meanings[] = {"A random number, used once. Thanks to the nonces "
                                                 "the keys are new even where a key exchange "
                                                 "value is used again.",
                                                 "The responder's share of it."};

    for (int part = 0; part < 2; part++) {
        if (message[part]) {
            add_message(build, message[part], part);
            pair[part] = keys_find_pair(build, &parsed[part]);
        }
    }
    for (int part = 0; part < 2; part++) {
        uint64_t spi = part == 0 ? keys->spi_i : keys->spi_r;
        add_from_message(build, spi_names[part],
                         keys_print(build->pool, "%016llx", (unsigned long long)spi), message[part],
                         part == 0 ? 0 : IKE_SPI_LEN, spi_meanings[part], "RFC 7296 §2.6");
    }
    for (int part = 0; part < 2; part++) {
        add_from_message(build, nonce_names[part],
                         keys_hex_of(build->pool, part == 0 ? keys->ni : keys->nr), message[part],
                         message[part] ? nonce_at(&parsed[part]) : 0, nonce_meanings[part],
                         "RFC 7296 §2.10");
    }
    for (int part = 0; part < 2 && build->ke; part++) {
        if (pair[part]) {
            add_pair(build, pair[part], part);
        }
    }
    add_shared(build, pair[0], pair[1], 0);
    add_shared(build, pair[1], pair[0], 1);
}
