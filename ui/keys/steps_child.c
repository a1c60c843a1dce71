/* KEYMAT of each CHILD SA and the ESP keys that are cut from it (RFC 7296 §2.17). */
#include <string.h>

#include "ui/keys/build.h"

/* One CHILD SA while its steps are made. Part 0 is the initiator of the exchange that made it, who
 * need not be the IKE SA's. */
struct child {
    const struct trace_ike_child_keys *keys;
    const char *host[2];
    const char *prefix; /* "net: " */
    const char *material;
    const struct crypto_transform *encr, *integ;
    bool first_is_out; /* the first half of KEYMAT is for packets that leave the telling end */
};

/* The key exchange of the CHILD SA's own, for perfect forward secrecy. */
static void add_exchange(struct keys_build *build, const struct child *child)
{
    const struct trace_ike_child_keys *keys = child->keys;
    const struct trace_ike_key_pair *pair[2] = {NULL, NULL};
    const struct crypto_transform *ke = NULL;

    for (int part = 0; part < 2; part++) {
        struct ike_message parsed;
        if (!keys_find_nonce(build, part == 0 ? keys->ni : keys->nr, part == 1, &parsed)) {
            continue;
        }
        pair[part] = keys_find_pair(build, &parsed);
        const struct ike_payload *payload = ike_message_find(&parsed, IKE_PAYLOAD_KE);
        ke = payload ? keys_transform(CRYPTO_KE, payload->ke.method) : ke;
    }
    for (int part = 0; part < 2 && ke; part++) {
        if (!pair[part]) {
            continue;
        }
        const char *host = child->host[part];
        const char *private_key = keys_hex_of(build->pool, pair[part]->private_key);
        bool own = strcmp(host, keys_host(build, 0)) == 0;
        keys_add(build, KEYS_KEYMAT,
                 keys_print(build->pool, "%sprivate key of %s", child->prefix, host), private_key,
                 own ? KEYS_INITIATOR : KEYS_RESPONDER, "a way back to it from the public value",
                 "RFC 7296 §2.17");
        struct keys_step *step =
            keys_add(build, KEYS_KEYMAT,
                     keys_print(build->pool, "%spublic value of %s", child->prefix, host),
                     keys_hex_of(build->pool, pair[part]->public_key), KEYS_BOTH,
                     "the SK_e keys: this one was sent encrypted", "RFC 7296 §3.4");
        step->command = keys_command_public(build->pool, ke, private_key);
    }
    struct keys_step *step =
        keys_add(build, KEYS_KEYMAT, keys_print(build->pool, "%sg^ir (new)", child->prefix),
                 keys_hex_of(build->pool, keys->shared_secret), KEYS_BOTH,
                 "both private keys, one of which would do", "RFC 7296 §2.17");
    step->meaning = "From a key exchange of the CHILD SA's own: who steals SK_d later still cannot "
                    "read its packets.";
    if (ke && pair[0] && pair[1]) {
        step->command =
            keys_command_shared(build->pool, ke, keys_hex_of(build->pool, pair[0]->private_key),
                                keys_hex_of(build->pool, pair[1]->public_key));
    }
}

/* `more` is " | SK(1) | SK(2)", where key exchanges followed. */
static void add_seed(struct keys_build *build, const struct child *child, const char *seed,
                     const char *more)
{
    const struct trace_ike_child_keys *keys = child->keys;
    const char *parts[] = {keys_hex_of(build->pool, keys->shared_secret),
                           keys_hex_of(build->pool, keys->ni), keys_hex_of(build->pool, keys->nr),
                           keys_hex_of(build->pool, keys->additional)};
    bool first = keys->ni.len == build->keys->ni.len && keys->ni.len > 0 &&
                 memcmp(keys->ni.data, build->keys->ni.data, keys->ni.len) == 0;
    struct keys_step *step =
        keys_add(build, KEYS_KEYMAT, keys_print(build->pool, "%sS", child->prefix), seed,
                 first ? KEYS_ANYBODY : KEYS_BOTH,
                 first ? NULL : "the SK_e keys: CREATE_CHILD_SA is encrypted", "RFC 7296 §2.17");

    step->formula = keys_print(build->pool, "%sNi | Nr%s", *parts[0] ? "g^ir (new) | " : "", more);
    step->meaning =
        first
            ? "The first CHILD SA comes with IKE_AUTH and takes the nonces of IKE_SA_INIT."
            : keys_print(build->pool, "The nonces of the CREATE_CHILD_SA exchange that %s began%s.",
                         child->host[0],
                         *parts[0] ? "" : "; no key exchange of its own, so all rests on SK_d");
    step->command = keys_command_join(build->pool, parts, *parts[3] ? 4 : 3);
}

static const char *key_meaning(struct keys_build *build, const struct child *child, int from,
                               bool integrity)
{
    if (integrity) {
        return keys_print(build->pool, "The same packets' ICV, with %s.",
                          child->integ ? child->integ->name : "an algorithm unknown here");
    }
    if (child->encr && child->encr->salt_len > 0) {
        return keys_print(
            build->pool,
            "The last %u octets are the salt of the nonce (RFC 4106 §8.1); an AEAD needs "
            "no integrity key.",
            child->encr->salt_len);
    }
    return from == 0
               ? "First come the keys of packets from this exchange's initiator to its responder, "
                 "encryption before integrity, then those of the other direction."
               : "The other direction has keys of its own.";
}

/* One key of `len` octets at `at`; returns where the next one begins. */
static size_t add_key(struct keys_build *build, const struct child *child, int from, uint32_t spi,
                      bool integrity, struct trace_bytes key, size_t at)
{
    if (key.len == 0) {
        return at;
    }
    struct keys_step *step =
        keys_add(build, KEYS_KEYMAT,
                 keys_print(build->pool, "%s%s key, %s to %s, SPI %08x", child->prefix,
                            integrity ? "integrity" : "encryption", child->host[from],
                            child->host[1 - from], spi),
                 keys_hex_of(build->pool, key), KEYS_BOTH, "SK_d", "RFC 7296 §2.17");
    step->formula = keys_print(build->pool, "octets %zu to %zu of KEYMAT", at, at + key.len - 1);
    step->meaning = key_meaning(build, child, from, integrity);
    step->command = keys_cut_blocks(build, child->material, at, key.len);
    return at + key.len;
}

static void add_child(struct keys_build *build, const struct keys_child *told)
{
    const struct trace_ike_child_keys *keys = told->keys;
    int initiator = keys_child_initiator(told);
    struct child child = {
        .keys = keys,
        .host = {build->story->host[initiator], build->story->host[1 - initiator]},
        .prefix = keys_print(build->pool, "%s: ", keys->child ? keys->child : "?"),
        .material = keys_hex_of(build->pool, keys->keymat),
        .encr = keys_transform(CRYPTO_ENCR, keys->encr),
        .integ = keys_transform(CRYPTO_INTEG, keys->integ),
        .first_is_out = initiator == told->side,
    };
    const char *sk_d = keys_hex_of(build->pool, keys->sk_d);
    const char *seed =
        keys_print(build->pool, "%s%s%s%s", keys_hex_of(build->pool, keys->shared_secret),
                   keys_hex_of(build->pool, keys->ni), keys_hex_of(build->pool, keys->nr),
                   keys_hex_of(build->pool, keys->additional));
    const char *more;

    if (keys->shared_secret.len > 0) {
        add_exchange(build, &child);
    }
    more =
        keys_add_followup(build, NULL, KEYS_KEYMAT, child.prefix, 1 - initiator, keys->additional);
    add_seed(build, &child, seed, more);
    keys_add_blocks(build, KEYS_KEYMAT, child.prefix, "SK_d", sk_d, seed, child.material, "SK_d");
    struct keys_step *step =
        keys_add(build, KEYS_KEYMAT, keys_print(build->pool, "%sKEYMAT", child.prefix),
                 child.material, KEYS_BOTH, "SK_d", "RFC 7296 §2.17");
    step->formula = "prf+(SK_d, S) = T1 | T2 | ...";
    step->meaning =
        keys_print(build->pool, "For %s with %s.", keys->protocol ? keys->protocol : "ESP",
                   keys->suite ? keys->suite : "an unknown suite");
    if (build->prf) {
        size_t len = keys->keymat.len, block = build->prf->key_len,
               count = (len + block - 1) / block;
        const char *parts[256];
        for (size_t i = 0; i < count && i < 256; i++) {
            parts[i] =
                keys_print(build->pool, "%.*s", (int)(2 * block), child.material + 2 * i * block);
        }
        step->command = count <= 255 ? keys_command_join(build->pool, parts, count) : NULL;
    }
    size_t at = 0;
    for (int from = 0; from < 2; from++) {
        bool out = (from == 0) == child.first_is_out;
        uint32_t spi = out ? keys->spi_out : keys->spi_in;
        at = add_key(build, &child, from, spi, false, out ? keys->encr_out : keys->encr_in, at);
        at = add_key(build, &child, from, spi, true, out ? keys->integ_out : keys->integ_in, at);
    }
}

void keys_add_keymat(struct keys_build *build)
{
    size_t count = 0;

    for (size_t i = 0; i < build->story->child_count; i++) {
        if (build->story->children[i].keys->spi_i == build->keys->spi_i) {
            add_child(build, &build->story->children[i]);
            count++;
        }
    }
    if (count == 0) {
        keys_add_words(build, KEYS_KEYMAT, "KEYMAT",
                       build->before && !build->updated
                           ? "none: it took over CHILD SAs, and they keep their keys"
                           : "none: no CHILD SA came to be",
                       "RFC 7296 §2.17");
    }
}
