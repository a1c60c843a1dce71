#include "sim/scenario/rekeys.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "sim/engine/memory.h"

/* One rekey, by the host that asked for it. */
struct rekey {
    struct rekey *next;
    size_t host;
    uint64_t spi_i;      /* of the IKE SA */
    bool answered;       /* then `old_spi` is known, else `message_id` */
    uint64_t message_id; /* of the request */
    uint32_t old_spi;    /* inbound SPI of the CHILD SA that goes */
};

struct pair {
    uint32_t low, high; /* hosts */
    uint64_t ended;     /* when the last rekey was over; 0: never */
    struct rekey *rekeys;
};

struct rekeys {
    uint32_t count, cap; /* cap is a power of two */
    struct pair *pairs;
    uint32_t *slots; /* index of a pair + 1, by hash; twice as many as pairs may be */
};

struct rekeys *rekeys_new(void)
{
    struct rekeys *rekeys = sim_calloc(1, sizeof *rekeys);
    rekeys->cap = 16;
    rekeys->pairs = sim_calloc(rekeys->cap, sizeof *rekeys->pairs);
    rekeys->slots = sim_calloc((size_t)rekeys->cap * 2, sizeof *rekeys->slots);
    return rekeys;
}

void rekeys_free(struct rekeys *rekeys)
{
    if (!rekeys) {
        return;
    }
    for (uint32_t i = 0; i < rekeys->count; i++) {
        for (struct rekey *rekey = rekeys->pairs[i].rekeys, *next; rekey; rekey = next) {
            next = rekey->next;
            free(rekey);
        }
    }
    free(rekeys->pairs);
    free(rekeys->slots);
    free(rekeys);
}

static size_t slot_of(const struct rekeys *rekeys, uint32_t low, uint32_t high)
{
    uint32_t key[2] = {low, high};
    size_t mask = (size_t)rekeys->cap * 2 - 1;
    size_t at = (size_t)XXH3_64bits(key, sizeof key) & mask;
    while (rekeys->slots[at]) {
        const struct pair *pair = &rekeys->pairs[rekeys->slots[at] - 1];
        if (pair->low == low && pair->high == high) {
            break;
        }
        at = (at + 1) & mask;
    }
    return at;
}

static void grow(struct rekeys *rekeys)
{
    rekeys->cap *= 2;
    struct pair *pairs = realloc(rekeys->pairs, rekeys->cap * sizeof *pairs);
    if (!pairs) {
        abort();
    }
    rekeys->pairs = pairs;
    free(rekeys->slots);
    rekeys->slots = sim_calloc((size_t)rekeys->cap * 2, sizeof *rekeys->slots);
    for (uint32_t i = 0; i < rekeys->count; i++) {
        rekeys->slots[slot_of(rekeys, pairs[i].low, pairs[i].high)] = i + 1;
    }
}

uint32_t rekeys_pair(struct rekeys *rekeys, size_t host, size_t peer)
{
    uint32_t low = (uint32_t)(host < peer ? host : peer);
    uint32_t high = (uint32_t)(host < peer ? peer : host);
    size_t at = slot_of(rekeys, low, high);
    if (!rekeys->slots[at]) {
        if (rekeys->count == rekeys->cap) {
            grow(rekeys);
            at = slot_of(rekeys, low, high);
        }
        rekeys->pairs[rekeys->count] = (struct pair){.low = low, .high = high};
        rekeys->slots[at] = ++rekeys->count;
    }
    return rekeys->slots[at] - 1;
}

/* ---- what is told ---- */

static bool asks(const struct trace_ike_message_sent *sent)
{
    return !sent->response && sent->transmission == 1 && strstr(sent->payloads, "N(REKEY_SA)");
}

static void begin(struct rekeys *rekeys, size_t peer, const struct rekey *begun)
{
    uint32_t index = rekeys_pair(rekeys, begun->host, peer); /* this may move the pairs */
    struct pair *pair = &rekeys->pairs[index];
    struct rekey *rekey = sim_calloc(1, sizeof *rekey);
    *rekey = *begun;
    rekey->next = pair->rekeys;
    pair->rekeys = rekey;
}

static bool matches(const struct rekey *rekey, const struct rekey *wanted)
{
    return rekey->host == wanted->host && rekey->answered == wanted->answered &&
           (wanted->answered
                ? rekey->old_spi == wanted->old_spi
                : rekey->spi_i == wanted->spi_i && rekey->message_id == wanted->message_id);
}

static void over(struct pair *pair, const struct rekey *wanted, uint64_t now)
{
    for (struct rekey **at = &pair->rekeys; *at; at = &(*at)->next) {
        struct rekey *rekey = *at;
        if (matches(rekey, wanted)) {
            *at = rekey->next;
            free(rekey);
            pair->ended = now;
            return;
        }
    }
}

/* With the IKE SA goes what it had asked; of its CHILD SAs each is told to be removed. */
static void closed(struct pair *pair, size_t host, uint64_t spi_i, uint64_t now)
{
    for (struct rekey **at = &pair->rekeys; *at;) {
        struct rekey *rekey = *at;
        if (rekey->host == host && rekey->spi_i == spi_i && !rekey->answered) {
            *at = rekey->next;
            free(rekey);
            pair->ended = now;
        } else {
            at = &rekey->next;
        }
    }
}

/* Most pairs have nothing under way, and most that are asked about have never had. */
static struct pair *busy_pair(struct rekeys *rekeys, size_t host, size_t peer)
{
    uint32_t low = (uint32_t)(host < peer ? host : peer);
    uint32_t high = (uint32_t)(host < peer ? peer : host);
    uint32_t at = rekeys->slots[slot_of(rekeys, low, high)];
    return at && rekeys->pairs[at - 1].rekeys ? &rekeys->pairs[at - 1] : NULL;
}

static void heard(struct pair *pair, size_t host, enum trace_kind kind, const void *data,
                  uint64_t now)
{
    if (kind == TRACE_IKE_MESSAGE_RECEIVED_EVENT) {
        const struct trace_ike_message_received *received = data;
        if (received->response) {
            over(pair,
                 &(struct rekey){
                     .host = host, .spi_i = received->spi_i, .message_id = received->message_id},
                 now);
        }
    } else if (kind == TRACE_IKE_CHILD_REMOVED_EVENT) {
        const struct trace_ike_child_removed *removed = data;
        over(pair, &(struct rekey){.host = host, .answered = true, .old_spi = removed->spi_in},
             now);
    } else {
        const struct trace_ike_state *state = data;
        if (strcmp(state->to, "CLOSED") == 0) {
            closed(pair, host, state->spi_i, now);
        }
    }
}

void rekeys_told(struct rekeys *rekeys, size_t host, size_t peer, enum trace_kind kind,
                 const void *data, uint64_t now)
{
    struct rekey begun = {.host = host};
    struct pair *pair;
    switch (kind) {
    case TRACE_IKE_MESSAGE_SENT_EVENT:
        if (asks(data)) {
            begun.spi_i = ((const struct trace_ike_message_sent *)data)->spi_i;
            begun.message_id = ((const struct trace_ike_message_sent *)data)->message_id;
            begin(rekeys, peer, &begun);
        }
        break;
    case TRACE_IKE_CHILD_REKEYED_EVENT:
        /* The request has been answered, told just before: there remains the Delete. */
        if (strcmp(((const struct trace_ike_child_rekeyed *)data)->by, "self") == 0) {
            begun.answered = true;
            begun.old_spi = ((const struct trace_ike_child_rekeyed *)data)->old_spi_in;
            begin(rekeys, peer, &begun);
        }
        break;
    case TRACE_IKE_MESSAGE_RECEIVED_EVENT:
    case TRACE_IKE_CHILD_REMOVED_EVENT:
    case TRACE_IKE_STATE_EVENT:
        pair = busy_pair(rekeys, host, peer);
        if (pair) {
            heard(pair, host, kind, data, now);
        }
        break;
    default:
        break;
    }
}

bool rekeys_since(const struct rekeys *rekeys, uint32_t index, uint64_t since)
{
    const struct pair *pair = &rekeys->pairs[index];
    return pair->rekeys || (pair->ended > 0 && pair->ended >= since);
}
