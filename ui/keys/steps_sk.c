/* SKEYSEED and the seven keys that come from it (RFC 7296 §2.14). */
#include "crypto/kdf.h"

#include <string.h>

#include "ui/keys/build.h"

void keys_add_skeyseed(struct keys_build *build)
{
    const struct trace_ike_keys_derived *keys = build->keys;
    const char *secret = keys_hex_of(build->pool, keys->shared_secret);
    const char *nonces = keys_print(build->pool, "%s%s", keys_hex_of(build->pool, keys->ni),
                                    keys_hex_of(build->pool, keys->nr));
    struct keys_step *step =
        keys_add(build, KEYS_SKEYSEED, "SKEYSEED", keys_hex_of(build->pool, keys->skeyseed),
                 KEYS_BOTH, "g^ir", "RFC 7296 §2.14");

    step->formula = "prf(Ni | Nr, g^ir)";
    step->meaning =
        keys_print(build->pool,
                   "The key exchange makes it secret, the nonces make it new: they are the "
                   "key of the prf, g^ir is its data. It encrypts nothing itself; the "
                   "seven keys are grown from it. prf is %s.",
                   build->prf ? build->prf->name : "unknown to this build");
    /* RFC 7296 §2.14: from when these had keys of fixed length. */
    if (build->prf &&
        (build->prf->id == CRYPTO_PRF_AES128_XCBC || build->prf->id == CRYPTO_PRF_AES128_CMAC)) {
        step->formula = "prf(first 8 octets of Ni | first 8 octets of Nr, g^ir)";
    } else if (build->prf) {
        step->command =
            keys_command_hmac(build->pool, build->prf, nonces, secret, build->prf->key_len);
    }
}

static const char *direction(const struct keys_build *build, int part)
{
    return keys_print(build->pool,
                      "every message that %s sends after IKE_SA_INIT, requests and responses, of "
                      "IKE_AUTH and of every exchange after it",
                      keys_host(build, part));
}

/* What the key is for, with the usual misreading put right. */
static const char *meaning_of(const struct keys_build *build, enum crypto_sk which)
{
    switch (which) {
    case CRYPTO_SK_D:
        return "d for derive: no traffic key, but what the keys of all CHILD SAs are made from, "
               "and "
               "SKEYSEED when the IKE SA is rekeyed.";
    case CRYPTO_SK_AI:
        return keys_print(build->pool, "Integrity (%s) of %s. One key for each direction.",
                          build->integ ? build->integ->name : "unknown", direction(build, 0));
    case CRYPTO_SK_AR:
        return keys_print(build->pool, "The same for %s.", keys_host(build, 1));
    case CRYPTO_SK_EI:
        return keys_print(
            build->pool, "Encrypts %s.%s", direction(build, 0),
            build->encr && build->encr->salt_len > 0
                ? " The last 4 octets are the salt, the part of the nonce that is not "
                  "sent (RFC 5282 §7.1)."
                : "");
    case CRYPTO_SK_ER:
        return keys_print(build->pool, "The same for %s: one key for each direction.",
                          keys_host(build, 1));
    case CRYPTO_SK_PI:
        return keys_print(build->pool,
                          "For the AUTH of %s only, where it ties the identity to these keys. Many "
                          "articles forget SK_pi and SK_pr.",
                          keys_host(build, 0));
    case CRYPTO_SK_PR:
        return keys_print(build->pool, "For the AUTH of %s only.", keys_host(build, 1));
    case CRYPTO_SK_COUNT:
        break;
    }
    return NULL;
}

static void add_seed(struct keys_build *build, const char *seed)
{
    const struct trace_ike_keys_derived *keys = build->keys;
    const char *parts[] = {keys_hex_of(build->pool, keys->ni), keys_hex_of(build->pool, keys->nr),
                           keys_print(build->pool, "%016llx", (unsigned long long)keys->spi_i),
                           keys_print(build->pool, "%016llx", (unsigned long long)keys->spi_r)};
    struct keys_step *step =
        keys_add(build, KEYS_SK, "S", seed, build->before ? KEYS_BOTH : KEYS_ANYBODY,
                 build->before ? "the SK_e keys of the IKE SA before" : NULL, "RFC 7296 §2.14");

    step->formula = "Ni | Nr | SPIi | SPIr";
    step->meaning =
        build->before ? "Nonces and SPIs of the new exchange (RFC 7296 §2.18)."
                      : "The seed of prf+ was all sent in the clear; what keeps the keys secret is "
                        "SKEYSEED.";
    step->command = keys_command_join(build->pool, parts, 4);
}

void keys_add_sk(struct keys_build *build)
{
    const struct trace_ike_keys_derived *keys = build->keys;
    const struct trace_bytes parts[CRYPTO_SK_COUNT] = {
        keys->sk_d, keys->sk_ai, keys->sk_ar, keys->sk_ei, keys->sk_er, keys->sk_pi, keys->sk_pr};
    const char *seed =
        keys_print(build->pool, "%s%s%016llx%016llx", keys_hex_of(build->pool, keys->ni),
                   keys_hex_of(build->pool, keys->nr), (unsigned long long)keys->spi_i,
                   (unsigned long long)keys->spi_r);
    const char *material = "";
    size_t at = 0;

    for (int i = 0; i < CRYPTO_SK_COUNT; i++) {
        /* The keys lie in T1 | T2 | ... one behind the other. */
        material = keys_print(build->pool, "%s%s", material, keys_hex_of(build->pool, parts[i]));
    }
    add_seed(build, seed);
    keys_add_blocks(build, KEYS_SK, "", "SKEYSEED", keys_hex_of(build->pool, keys->skeyseed), seed,
                    material, "SKEYSEED");
    for (int i = 0; i < CRYPTO_SK_COUNT; i++) {
        const char *name = crypto_sk_name((enum crypto_sk)i);
        if (parts[i].len == 0) {
            keys_add_words(build, KEYS_SK, name,
                           "none: the cipher is an AEAD, whose key protects integrity too",
                           "RFC 5282 §7.1");
            continue;
        }
        struct keys_step *step = keys_add(build, KEYS_SK, name, keys_hex_of(build->pool, parts[i]),
                                          KEYS_BOTH, "SKEYSEED", "RFC 7296 §2.14");
        step->formula = keys_print(build->pool, "octets %zu to %zu of T1 | T2 | ...", at,
                                   at + parts[i].len - 1);
        step->meaning = meaning_of(build, (enum crypto_sk)i);
        step->command = keys_cut_blocks(build, material, at, parts[i].len);
        at += parts[i].len;
    }
}
