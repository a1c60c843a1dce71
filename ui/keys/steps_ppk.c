/* A postquantum preshared key in three of the SK_ keys (RFC 8784 §3). */
#include "crypto/kdf.h"
#include "ui/keys/build.h"

/* The last word about a PPK in this IKE SA, of whichever end; NULL if there is none. */
static const struct trace_ike_ppk *find_ppk(const struct keys_build *build)
{
    const struct trace_ike_ppk *found = NULL;

    for (size_t i = 0; i < build->story->event_count; i++) {
        const struct keys_event *event = &build->story->events[i];
        const struct trace_ike_ppk *ppk = event->data;
        if (event->kind == TRACE_IKE_PPK_EVENT && ppk->spi_i == build->keys->spi_i &&
            (!found || found->used)) {
            found = ppk;
        }
    }
    return found;
}

static void add_mixed(struct keys_build *build, const struct trace_ike_ppk *ppk,
                      enum crypto_sk which, struct trace_bytes before, struct trace_bytes after)
{
    const char *name = crypto_sk_name(which);
    struct keys_step *step =
        keys_add(build, KEYS_SK, keys_print(build->pool, "%s with the PPK", name),
                 keys_hex_of(build->pool, after), KEYS_BOTH, "the PPK", "RFC 8784 §3");

    step->formula = keys_print(build->pool, "prf+(PPK, %s)", name);
    step->meaning =
        which == CRYPTO_SK_D
            ? "What KEYMAT is made from: without the PPK there is no key of a CHILD SA, "
              "even for somebody who computes g^ir one day."
            : NULL;
    /* The first block of prf+ is all that is needed: SK_d is as long as the prf's output. */
    if (build->prf && after.len == build->prf->key_len) {
        step->command = keys_command_hmac(
            build->pool, build->prf, keys_hex_of(build->pool, ppk->ppk),
            keys_print(build->pool, "%s01", keys_hex_of(build->pool, before)), build->prf->key_len);
    }
}

void keys_add_ppk(struct keys_build *build)
{
    const struct trace_ike_ppk *ppk = find_ppk(build);

    if (!ppk) {
        return;
    }
    if (!ppk->used) {
        keys_add_words(build, KEYS_SK, "PPK",
                       "none: the responder has gone on without it, so the initiator took it out "
                       "of its keys again",
                       "RFC 8784 §3");
        return;
    }
    struct keys_step *step = keys_add(build, KEYS_SK, "PPK", keys_hex_of(build->pool, ppk->ppk),
                                      KEYS_BOTH, "the PPK, which is never sent", "RFC 8784 §3");
    step->meaning = keys_print(build->pool,
                               "The postquantum preshared key \"%s\", as both configurations have "
                               "it. It goes into SK_d, SK_pi and SK_pr; SK_ei and SK_er stay, so "
                               "that IKE_AUTH can name it.",
                               ppk->ppk_id ? ppk->ppk_id : "");
    add_mixed(build, ppk, CRYPTO_SK_D, ppk->sk_d_before, ppk->sk_d);
    add_mixed(build, ppk, CRYPTO_SK_PI, ppk->sk_pi_before, ppk->sk_pi);
    add_mixed(build, ppk, CRYPTO_SK_PR, ppk->sk_pr_before, ppk->sk_pr);
}
