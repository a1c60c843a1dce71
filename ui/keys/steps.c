#include "ui/keys/steps.h"

#include <stdlib.h>
#include <string.h>

#include "ui/keys/build.h"
#include "ui/memory.h"

const char *keys_topic_word(enum keys_topic topic)
{
#define TOPIC(symbol, word, heading) [KEYS_##symbol] = word,
    static const char *const words[] = {KEYS_TOPICS(TOPIC)};
#undef TOPIC
    return words[topic];
}

const char *keys_topic_heading(enum keys_topic topic)
{
#define TOPIC(symbol, word, heading) [KEYS_##symbol] = heading,
    static const char *const headings[] = {KEYS_TOPICS(TOPIC)};
#undef TOPIC
    return headings[topic];
}

/* ---- what the makers share ---- */

struct keys_step *keys_add(struct keys_build *build, enum keys_topic topic, const char *name,
                           const char *value, enum keys_knower knower, const char *lacks,
                           const char *reference)
{
    struct keys_derivation *out = build->out;

    UI_GROW(out->steps, out->count, out->cap);
    out->steps[out->count] = (struct keys_step){
        .topic = topic,
        .name = name,
        .value = value,
        .reference = reference,
        .knows = {knower != KEYS_RESPONDER, knower != KEYS_INITIATOR},
        .lacks = lacks,
    };
    return &out->steps[out->count++];
}

void keys_add_words(struct keys_build *build, enum keys_topic topic, const char *name,
                    const char *words, const char *reference)
{
    keys_add(build, topic, name, words, KEYS_ANYBODY, NULL, reference)->words = true;
}

const char *keys_host(const struct keys_build *build, int part)
{
    return build->out->host[part];
}

const struct crypto_transform *keys_transform(enum crypto_transform_type type, uint64_t id)
{
    const struct crypto_transform *found =
        id <= UINT16_MAX ? crypto_transform_find(type, (uint16_t)id) : NULL;

    return found && found->computed ? found : NULL;
}

bool keys_packet_key(struct crypto_packet_key *key, const struct crypto_transform *encr,
                     uint64_t key_bits, const struct crypto_transform *integ,
                     struct trace_bytes encr_key, struct trace_bytes integ_key)
{
    struct crypto_suite suite = {.encr = encr, .integ = integ, .encr_key_bits = (uint16_t)key_bits};

    if (!encr || encr->aead != (integ == NULL) || key_bits > 256 ||
        encr_key.len != key_bits / 8 + encr->salt_len ||
        integ_key.len != (integ ? integ->key_len : 0u)) {
        return false;
    }
    crypto_packet_key_set(key, &suite, crypto_bytes(encr_key.data, encr_key.len),
                          crypto_bytes(integ_key.data, integ_key.len));
    return true;
}

bool keys_open_message(struct keys_build *build, const struct keys_message *message,
                       struct ike_message *parsed)
{
    const struct trace_ike_keys_derived *keys = build->keys;
    bool by_initiator = message->side == build->initiator;
    struct crypto_packet_key key;
    struct ike_error error;

    if (message->bytes.len == 0 || ike_message_parse(parsed, message->bytes, &error) != 0) {
        return false;
    }
    if (!parsed->has_sk) {
        return true;
    }
    if (!keys_packet_key(&key, build->encr, keys->encr_key_bits, build->integ,
                         by_initiator ? keys->sk_ei : keys->sk_er,
                         by_initiator ? keys->sk_ai : keys->sk_ar)) {
        return false;
    }
    uint8_t *plain = keys_keep(build->pool, ui_resize(NULL, message->bytes.len));
    return ike_message_open(parsed, build->ctx, &key, plain, NULL, &error) == IKE_OPEN_OK;
}

const struct keys_message *keys_find_nonce(struct keys_build *build, struct trace_bytes nonce,
                                           bool response, struct ike_message *parsed)
{
    const struct keys_story *story = build->story;

    for (size_t i = story->message_count; i-- > 0;) {
        const struct keys_message *message = &story->messages[i];
        if (message->sent->response != response || message->sent->spi_i != build->keys->spi_i ||
            !keys_open_message(build, message, parsed)) {
            continue;
        }
        const struct ike_payload *found = ike_message_find(parsed, IKE_PAYLOAD_NONCE);
        if (found && found->nonce.data.len == nonce.len && nonce.len > 0 &&
            memcmp(found->nonce.data.data, nonce.data, nonce.len) == 0) {
            return message;
        }
    }
    return NULL;
}

const struct trace_ike_key_pair *keys_find_pair(struct keys_build *build,
                                                const struct ike_message *parsed)
{
    const struct keys_story *story = build->story;
    const struct ike_payload *ke = ike_message_find(parsed, IKE_PAYLOAD_KE);

    for (size_t i = 0; ke && i < story->event_count; i++) {
        const struct trace_ike_key_pair *pair = story->events[i].data;
        if (story->events[i].kind == TRACE_IKE_KEY_PAIR_EVENT &&
            pair->public_key.len == ke->ke.data.len && pair->public_key.len > 0 &&
            memcmp(pair->public_key.data, ke->ke.data.data, ke->ke.data.len) == 0) {
            return pair;
        }
    }
    return NULL;
}

void keys_add_blocks(struct keys_build *build, enum keys_topic topic, const char *prefix,
                     const char *key_name, const char *key, const char *seed, const char *material,
                     const char *lacks)
{
    size_t total = strlen(material) / 2, block = build->prf ? build->prf->key_len : 0;
    const char *before = "";

    for (size_t i = 0; block > 0 && i * block < total; i++) {
        unsigned number = (unsigned)i + 1;
        size_t len = total - i * block < block ? total - i * block : block;
        const char *value =
            keys_print(build->pool, "%.*s", (int)(2 * len), material + 2 * i * block);
        struct keys_step *step =
            keys_add(build, topic, keys_print(build->pool, "%sT%u", prefix, number), value,
                     KEYS_BOTH, lacks, "RFC 7296 §2.13");
        step->formula = i == 0 ? keys_print(build->pool, "prf(%s, S | 0x01)", key_name)
                               : keys_print(build->pool, "prf(%s, T%u | S | 0x%02x)", key_name,
                                            number - 1, number);
        if (len < block) {
            step->meaning = keys_print(
                build->pool, "Its first %zu octets of %zu: no more are needed.", len, block);
        }
        const char *data = keys_print(build->pool, "%s%s%02x", before, seed, number);
        step->command = keys_command_hmac(build->pool, build->prf, key, data, len);
        before = value;
    }
}

const char *keys_cut_blocks(struct keys_build *build, const char *material, size_t at, size_t len)
{
    size_t total = strlen(material) / 2, block = build->prf ? build->prf->key_len : total;

    if (len == 0 || at + len > total) {
        return NULL;
    }
    size_t first = at / block * block, end = (at + len + block - 1) / block * block;
    end = end < total ? end : total;
    const char *blocks =
        keys_print(build->pool, "%.*s", (int)(2 * (end - first)), material + 2 * first);
    return keys_command_cut(build->pool, blocks, at - first, len);
}

/* ---- all of it ---- */

static bool same(struct trace_bytes a, struct trace_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Who stands between, and has agreed on the keys in the peer's name; NULL: nobody. */
static const char *middle_of(const struct keys_story *story, int side)
{
    for (size_t i = 0; i < story->event_count; i++) {
        const struct keys_event *event = &story->events[i];
        const struct trace_attack_acted *acted = event->data;
        if (event->kind == TRACE_ATTACK_ACTED_EVENT && event->side == side && acted->what &&
            strcmp(acted->what, "agreed") == 0) {
            return acted->attacker;
        }
    }
    return NULL;
}

static const char *notice_of(struct keys_build *build, const struct keys_sa *sa)
{
    const struct trace_ike_keys_derived *x = sa->keys, *y = sa->other;

    const char *middle = y ? NULL : middle_of(build->story, sa->side);

    if (middle) {
        return keys_print(build->pool,
                          "%s has derived these keys with %s, who stands between and speaks in the "
                          "name of %s: it can compute all that is said of %s.",
                          build->story->host[sa->side], middle, build->story->host[1 - sa->side],
                          build->story->host[1 - sa->side]);
    }
    if (!y) {
        return keys_print(
            build->pool,
            "Only %s has derived these keys: %s has not got the message that it needs.",
            build->story->host[sa->side], build->story->host[1 - sa->side]);
    }
    if (same(x->skeyseed, y->skeyseed) && same(x->sk_d, y->sk_d) && same(x->sk_ai, y->sk_ai) &&
        same(x->sk_ar, y->sk_ar) && same(x->sk_ei, y->sk_ei) && same(x->sk_er, y->sk_er) &&
        same(x->sk_pi, y->sk_pi) && same(x->sk_pr, y->sk_pr)) {
        return keys_print(build->pool,
                          "%s and %s have each derived these keys, and none of them was ever sent.",
                          keys_host(build, 0), keys_host(build, 1));
    }
    return keys_print(build->pool, "%s and %s have derived DIFFERENT keys; these are %s's.",
                      keys_host(build, 0), keys_host(build, 1), build->story->host[sa->side]);
}

void keys_build_begin(struct keys_build *build, const struct keys_sa *sa)
{
    build->keys = sa->keys;
    build->initiator = keys_sa_initiator(sa);
    build->before = keys_sa_before(build->story, sa);
    build->updated = keys_sa_updated(build->story, sa) != NULL;
    build->encr = keys_transform(CRYPTO_ENCR, sa->keys->encr);
    build->prf = keys_transform(CRYPTO_PRF, sa->keys->prf);
    build->integ = keys_transform(CRYPTO_INTEG, sa->keys->integ);
    build->ke = keys_transform(CRYPTO_KE, sa->keys->ke);
}

struct keys_derivation *keys_derive(struct crypto_context *ctx, const struct keys_story *story,
                                    const struct keys_sa *sa)
{
    struct keys_derivation *out = ui_alloc_zero(sizeof *out);
    const struct trace_ike_keys_derived *keys = sa->keys;
    struct keys_build build = {.ctx = ctx, .story = story, .out = out, .pool = &out->pool};

    keys_build_begin(&build, sa);
    out->host[0] = story->host[build.initiator];
    out->host[1] = story->host[1 - build.initiator];
    out->spi_i = keys->spi_i;
    out->spi_r = keys->spi_r;
    out->suite = keys->suite ? keys->suite : "";
    out->notice = notice_of(&build, sa);
    const struct trace_ike_ticket *ticket = keys_find_session(&build);
    if (ticket) {
        keys_add_resumption(&build, ticket);
    } else if (build.before) {
        keys_add_proposal(&build);
        keys_add_rekey(&build);
    } else {
        keys_add_proposal(&build);
        keys_add_exchange(&build);
        keys_add_skeyseed(&build);
    }
    keys_add_sk(&build);
    if (!keys_sa_is_last(story, sa)) {
        return out; /* they have protected IKE_INTERMEDIATE messages and nothing else */
    }
    keys_add_ppk(&build);
    keys_add_auth(&build);
    keys_add_keymat(&build);
    keys_add_message(&build);
    keys_add_esp(&build);
    return out;
}

void keys_derivation_free(struct keys_derivation *derivation)
{
    if (derivation) {
        keys_pool_dispose(&derivation->pool);
        free(derivation->steps);
        free(derivation);
    }
}
