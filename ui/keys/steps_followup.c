/* Key exchanges behind CREATE_CHILD_SA, one IKE_FOLLOWUP_KE each (RFC 9370 §2.2.4). */
#include <string.h>

#include "ui/keys/build.h"

/* One of them. Part 0 is the initiator of the exchange. */
struct exchange {
    const struct trace_ike_followup *told; /* by the responder */
    const struct trace_ike_key_pair *pair[2];
};

static bool same(struct trace_bytes a, const uint8_t *data, size_t len)
{
    return a.len == len && len > 0 && memcmp(a.data, data, len) == 0;
}

/* The one with that number whose secret is the beginning of `rest`: what the responder has told,
 * and its key pair, which it had made just before. */
static bool find_told(const struct keys_story *story, int responder, uint64_t number,
                      struct trace_bytes rest, struct exchange *out)
{
    const struct trace_ike_key_pair *pair = NULL;

    for (size_t i = 0; i < story->event_count; i++) {
        const struct keys_event *event = &story->events[i];
        const struct trace_ike_followup *told = event->data;

        if (event->side != responder) {
            continue;
        }
        if (event->kind == TRACE_IKE_KEY_PAIR_EVENT) {
            pair = event->data;
        } else if (event->kind == TRACE_IKE_FOLLOWUP_EVENT && told->number == number &&
                   told->shared_secret.len <= rest.len &&
                   same(told->shared_secret, rest.data, told->shared_secret.len)) {
            *out = (struct exchange){.told = told, .pair = {NULL, pair}};
            return true;
        }
    }
    return false;
}

/* The request to the response that carries the responder's value has the initiator's. */
static void find_other(struct keys_build *carrier, int responder, struct exchange *exchange)
{
    const struct keys_story *story = carrier->story;
    const struct keys_message *response = NULL;
    struct ike_message parsed;

    for (size_t i = 0; i < story->message_count && !exchange->pair[0]; i++) {
        const struct keys_message *message = &story->messages[i];
        const struct ike_payload *ke;

        if (message->sent->spi_i != carrier->keys->spi_i || message->side != responder ||
            !message->sent->response || !keys_open_message(carrier, message, &parsed)) {
            continue;
        }
        ke = ike_message_find(&parsed, IKE_PAYLOAD_KE);
        if (exchange->pair[1] && ke &&
            same(exchange->pair[1]->public_key, ke->ke.data.data, ke->ke.data.len)) {
            response = message;
        }
    }
    for (size_t i = 0; response && i < story->message_count && !exchange->pair[0]; i++) {
        const struct keys_message *message = &story->messages[i];

        if (message->sent->spi_i == response->sent->spi_i && message->side != responder &&
            !message->sent->response && message->sent->message_id == response->sent->message_id &&
            keys_open_message(carrier, message, &parsed)) {
            exchange->pair[0] = keys_find_pair(carrier, &parsed);
        }
    }
}

static const char lacks[] = "the SK_e keys: this one was sent encrypted";

static void add_pair(struct keys_build *build, enum keys_topic topic, const char *prefix,
                     const struct exchange *exchange, const struct crypto_transform *ke,
                     const char *host, int part)
{
    const struct trace_ike_key_pair *pair = exchange->pair[part];
    unsigned long long number = (unsigned long long)exchange->told->number;
    const char *private_key = keys_hex_of(build->pool, pair->private_key);
    bool own = strcmp(host, keys_host(build, 0)) == 0;

    keys_add(build, topic,
             keys_print(build->pool, "%sprivate key of %s for SK(%llu)", prefix, host, number),
             private_key, own ? KEYS_INITIATOR : KEYS_RESPONDER,
             "a way back to it from the public value", "RFC 9370 §2.2.4");
    struct keys_step *step =
        keys_add(build, topic,
                 keys_print(build->pool, "%spublic value of %s for SK(%llu)", prefix, host, number),
                 keys_hex_of(build->pool, pair->public_key), KEYS_BOTH, lacks, "RFC 7296 §3.4");
    step->command = keys_command_public(build->pool, ke, private_key);
}

static void add_exchange(struct keys_build *build, enum keys_topic topic, const char *prefix,
                         const struct exchange *exchange, int responder)
{
    const struct trace_ike_followup *told = exchange->told;
    const struct crypto_transform *ke = NULL;
    size_t rows;
    const struct crypto_transform *table = crypto_transform_table(&rows);

    for (size_t i = 0; i < rows; i++) {
        if (table[i].type == CRYPTO_KE && table[i].computed && told->method &&
            strcmp(table[i].name, told->method) == 0) {
            ke = &table[i];
        }
    }
    for (int part = 0; part < 2 && ke; part++) {
        if (exchange->pair[part]) {
            add_pair(build, topic, prefix, exchange, ke,
                     build->story->host[part == 0 ? 1 - responder : responder], part);
        }
    }
    struct keys_step *step =
        keys_add(build, topic,
                 keys_print(build->pool, "%sSK(%llu)", prefix, (unsigned long long)told->number),
                 keys_hex_of(build->pool, told->shared_secret), KEYS_BOTH,
                 "both private keys, one of which would do", "RFC 9370 §2.2.4");
    step->meaning = keys_print(build->pool,
                               "Of additional key exchange %llu of %llu, %s: who breaks one of the "
                               "methods has not broken the others.",
                               (unsigned long long)told->number, (unsigned long long)told->total,
                               told->method ? told->method : "of an unknown method");
    if (ke && exchange->pair[0] && exchange->pair[1]) {
        step->command = keys_command_shared(
            build->pool, ke, keys_hex_of(build->pool, exchange->pair[0]->private_key),
            keys_hex_of(build->pool, exchange->pair[1]->public_key));
    }
}

const char *keys_add_followup(struct keys_build *build, const struct keys_sa *carrier,
                              enum keys_topic topic, const char *prefix, int responder,
                              struct trace_bytes additional)
{
    struct keys_build opener = *build;
    const char *formula = "";
    struct exchange exchange;
    size_t at = 0;

    if (carrier) {
        keys_build_begin(&opener, carrier);
    }
    for (uint64_t number = 1; at < additional.len; number++) {
        struct trace_bytes rest = {additional.data + at, additional.len - at};

        if (!find_told(build->story, responder, number, rest, &exchange)) {
            break; /* the recording does not have the other end */
        }
        find_other(&opener, responder, &exchange);
        add_exchange(build, topic, prefix, &exchange, responder);
        at += exchange.told->shared_secret.len;
        formula = keys_print(build->pool, "%s | SK(%llu)", formula, (unsigned long long)number);
    }
    return at == additional.len ? formula : keys_print(build->pool, "%s | ...", formula);
}
