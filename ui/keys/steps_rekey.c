/* The exchange that replaces an IKE SA, up to SKEYSEED (RFC 7296 §1.3.2, §2.18). */
#include "ui/keys/build.h"

static const char lacks_old[] = "the SK_e keys of the IKE SA before";

/* One end's private key and public value. */
static void add_pair(struct keys_build *build, const struct trace_ike_key_pair *pair, int part)
{
    const char *host = keys_host(build, part);
    const char *private_key = keys_hex_of(build->pool, pair->private_key);

    keys_add(build, KEYS_EXCHANGE, keys_print(build->pool, "private key of %s", host), private_key,
             part == 0 ? KEYS_INITIATOR : KEYS_RESPONDER, "a way back to it from the public value",
             "RFC 7296 §2.18");
    struct keys_step *step =
        keys_add(build, KEYS_EXCHANGE,
                 keys_print(build->pool, "public value of %s, %s", host, part == 0 ? "KEi" : "KEr"),
                 keys_hex_of(build->pool, pair->public_key), KEYS_BOTH, lacks_old, "RFC 7296 §3.4");
    step->command = keys_command_public(build->pool, build->ke, private_key);
}

static void add_spis_and_nonces(struct keys_build *build)
{
    const struct trace_ike_keys_derived *keys = build->keys;
    static const char *const spi_names[] = {"SPIi", "SPIr"}, *const nonce_names[] = {"Ni", "Nr"};

    for (int part = 0; part < 2; part++) {
        uint64_t spi = part == 0 ? keys->spi_i : keys->spi_r;
        struct keys_step *step =
            keys_add(build, KEYS_EXCHANGE, spi_names[part],
                     keys_print(build->pool, "%016llx", (unsigned long long)spi), KEYS_ANYBODY,
                     NULL, "RFC 7296 §1.3.2");
        step->meaning = part == 0
                            ? "Chosen for the new IKE SA and sent in the proposal; who asked for "
                              "the rekey is its initiator, whoever was so before."
                            : "Sent in the proposal that was chosen.";
    }
    for (int part = 0; part < 2; part++) {
        keys_add(build, KEYS_EXCHANGE, nonce_names[part],
                 keys_hex_of(build->pool, part == 0 ? keys->ni : keys->nr), KEYS_BOTH, lacks_old,
                 "RFC 7296 §2.10");
    }
}

/* The key pairs of the exchange, whose messages the IKE SA before has carried. */
static void find_pairs(struct keys_build *build, const struct trace_ike_key_pair *pair[2])
{
    const struct trace_ike_keys_derived *keys = build->keys;
    struct keys_build old = *build;
    struct ike_message parsed;

    pair[0] = pair[1] = NULL;
    if (build->updated) {
        return; /* its values went inside SK, and IKE_SA_INIT's are others */
    }

    keys_build_begin(&old, build->before);
    for (int part = 0; part < 2; part++) {
        pair[part] = keys_find_nonce(&old, part == 0 ? keys->ni : keys->nr, part == 1, &parsed)
                         ? keys_find_pair(build, &parsed)
                         : NULL;
    }
}

static void add_shared(struct keys_build *build, const struct trace_ike_key_pair *pair[2])
{
    struct keys_step *step = keys_add(
        build, KEYS_EXCHANGE, "g^ir (new)", keys_hex_of(build->pool, build->keys->shared_secret),
        KEYS_BOTH, "both private keys, one of which would do", "RFC 7296 §2.18");

    step->meaning = "A rekey of an IKE SA always has a key exchange: who finds out the old keys "
                    "shall not have the new ones with them.";
    if (build->ke && pair[0] && pair[1]) {
        step->command = keys_command_shared(build->pool, build->ke,
                                            keys_hex_of(build->pool, pair[0]->private_key),
                                            keys_hex_of(build->pool, pair[1]->public_key));
    }
}

/* `more` is " | SK(1) | SK(2)", where key exchanges followed. */
static void add_skeyseed(struct keys_build *build, const char *more)
{
    const struct trace_ike_keys_derived *keys = build->keys, *old = build->before->keys;
    const struct crypto_transform *prf = keys_transform(CRYPTO_PRF, old->prf);
    const char *sk_d = keys_hex_of(build->pool, old->sk_d);
    struct keys_step *step = keys_add(build, KEYS_SKEYSEED, "SK_d (old)", sk_d, KEYS_BOTH,
                                      "the secrets of the IKE SA before", "RFC 7296 §2.18");

    step->meaning = keys_print(build->pool, "SK_d of the IKE SA %016llx %016llx, as derived there.",
                               (unsigned long long)old->spi_i, (unsigned long long)old->spi_r);
    step = keys_add(build, KEYS_SKEYSEED, "SKEYSEED", keys_hex_of(build->pool, keys->skeyseed),
                    KEYS_BOTH, "SK_d (old) and g^ir (new)", "RFC 7296 §2.18");
    step->formula = keys_print(build->pool, "prf(SK_d (old), g^ir (new) | Ni | Nr%s)", more);
    step->meaning = keys_print(build->pool,
                               "The old SK_d is the key of the prf, so nobody needs to prove again "
                               "who he is. The prf is still that of the old IKE SA: %s.",
                               prf ? prf->name : "unknown to this build");
    if (prf) {
        step->command = keys_command_hmac(
            build->pool, prf, sk_d,
            keys_print(build->pool, "%s%s%s%s", keys_hex_of(build->pool, keys->shared_secret),
                       keys_hex_of(build->pool, keys->ni), keys_hex_of(build->pool, keys->nr),
                       keys_hex_of(build->pool, keys->additional)),
            prf->key_len);
    }
}

void keys_add_rekey(struct keys_build *build)
{
    const struct trace_ike_key_pair *pair[2];

    find_pairs(build, pair);
    if (!build->updated) {
        add_spis_and_nonces(build);
    }
    for (int part = 0; part < 2 && build->ke; part++) {
        if (pair[part]) {
            add_pair(build, pair[part], part);
        }
    }
    add_shared(build, pair);
    add_skeyseed(build, keys_add_followup(build, build->before, KEYS_EXCHANGE, "",
                                          1 - build->initiator, build->keys->additional));
}
