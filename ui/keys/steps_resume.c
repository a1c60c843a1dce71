/* A session that is resumed: the ticket, and SKEYSEED out of SK_d of the old IKE SA (RFC 5723). */
#include <string.h>

#include "ui/keys/build.h"

const struct trace_ike_ticket *keys_find_session(const struct keys_build *build)
{
    if (build->keys->shared_secret.len > 0) {
        return NULL;
    }
    for (size_t i = 0; i < build->story->event_count; i++) {
        const struct trace_ike_ticket *ticket = build->story->events[i].data;
        if (build->story->events[i].kind == TRACE_IKE_TICKET_EVENT &&
            ticket->spi_i == build->keys->spi_i && ticket->sk_d.len > 0 && ticket->what &&
            (strcmp(ticket->what, "shown") == 0 || strcmp(ticket->what, "accepted") == 0)) {
            return ticket;
        }
    }
    return NULL;
}

static void add_spis_and_nonces(struct keys_build *build)
{
    const struct trace_ike_keys_derived *keys = build->keys;
    static const char *const spi_names[] = {"SPIi", "SPIr"}, *const nonce_names[] = {"Ni", "Nr"};

    for (int part = 0; part < 2; part++) {
        uint64_t spi = part == 0 ? keys->spi_i : keys->spi_r;
        keys_add(build, KEYS_EXCHANGE, spi_names[part],
                 keys_print(build->pool, "%016llx", (unsigned long long)spi), KEYS_ANYBODY, NULL,
                 "RFC 5723 §4.3.2");
    }
    for (int part = 0; part < 2; part++) {
        struct keys_step *step = keys_add(build, KEYS_EXCHANGE, nonce_names[part],
                                          keys_hex_of(build->pool, part == 0 ? keys->ni : keys->nr),
                                          KEYS_ANYBODY, NULL, "RFC 5723 §4.3.2");
        step->meaning = "Sent in the clear. It makes the keys new, though the ticket may be shown "
                        "twice.";
    }
}

void keys_add_resumption(struct keys_build *build, const struct trace_ike_ticket *ticket)
{
    const struct trace_ike_keys_derived *keys = build->keys;
    const char *sk_d = keys_hex_of(build->pool, ticket->sk_d);
    struct keys_step *step =
        keys_add(build, KEYS_PROPOSAL, "proposal", build->out->suite, KEYS_BOTH,
                 "the ticket's key, which the gateway alone has", "RFC 5723 §5");

    step->words = true;
    step->meaning = "Nothing is offered and nothing is chosen: the algorithms are those of the old "
                    "IKE SA, which the gateway reads in the ticket.";
    step = keys_add(build, KEYS_EXCHANGE, "ticket", keys_hex_of(build->pool, ticket->ticket),
                    KEYS_ANYBODY, NULL, "RFC 5723 §6.1");
    step->meaning = keys_print(build->pool,
                               "Opaque to all but %s, which has sealed it: expiry, algorithms, "
                               "SK_d and identity of the old IKE SA. Who steals it can show it, "
                               "but has no SK_d to go on with.",
                               keys_host(build, 1));
    add_spis_and_nonces(build);
    keys_add_words(build, KEYS_EXCHANGE, "g^ir",
                   "none: there is no key exchange. Who learns SK_d of the old IKE SA learns the "
                   "new keys too",
                   "RFC 5723 §1");
    step = keys_add(build, KEYS_SKEYSEED, "SK_d (old)", sk_d, KEYS_BOTH,
                    "the secrets of the IKE SA before", "RFC 5723 §5.1");
    step->meaning = keys_print(build->pool,
                               "SK_d of the IKE SA that the ticket tells of: %s has kept it beside "
                               "the ticket, %s reads it in there.",
                               keys_host(build, 0), keys_host(build, 1));
    step = keys_add(build, KEYS_SKEYSEED, "SKEYSEED", keys_hex_of(build->pool, keys->skeyseed),
                    KEYS_BOTH, "SK_d (old)", "RFC 5723 §5.1");
    step->formula = "prf(SK_d (old), \"Resumption\" | Ni | Nr)";
    step->meaning = "Ten characters without a NUL, then the two nonces: a secret that both have "
                    "already takes the place of a key exchange.";
    if (build->prf) {
        step->command = keys_command_hmac(
            build->pool, build->prf, sk_d,
            keys_print(build->pool, "%s%s%s", keys_hex(build->pool, crypto_bytes("Resumption", 10)),
                       keys_hex_of(build->pool, keys->ni), keys_hex_of(build->pool, keys->nr)),
            build->prf->key_len);
    }
}
