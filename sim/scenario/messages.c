#include "sim/scenario/messages.h"

#include <stdlib.h>

#include <xxhash.h>

#include "sim/engine/memory.h"

struct messages {
    size_t count, cap; /* cap is a power of two */
    struct message *places;
};

static struct message *new_places(size_t count)
{
    struct message *places = sim_calloc(count, sizeof *places);
    return places;
}

struct messages *messages_new(void)
{
    struct messages *messages = sim_calloc(1, sizeof *messages);
    messages->cap = 256;
    messages->places = new_places(messages->cap);
    return messages;
}

void messages_free(struct messages *messages)
{
    if (messages) {
        free(messages->places);
        free(messages);
    }
}

static struct message *place_of(const struct messages *messages, uint32_t sender, uint64_t identity)
{
    const uint64_t key[2] = {sender, identity};
    size_t mask = messages->cap - 1, at = (size_t)XXH3_64bits(key, sizeof key) & mask;
    while (messages->places[at].sender &&
           (messages->places[at].sender != sender || messages->places[at].identity != identity)) {
        at = (at + 1) & mask;
    }
    return &messages->places[at];
}

static void grow(struct messages *messages)
{
    struct message *old = messages->places;
    size_t old_cap = messages->cap;
    messages->cap *= 2;
    messages->places = new_places(messages->cap);
    for (size_t i = 0; i < old_cap; i++) {
        if (old[i].sender) {
            *place_of(messages, old[i].sender, old[i].identity) = old[i];
        }
    }
    free(old);
}

struct message *messages_find(struct messages *messages, size_t sender, uint64_t identity)
{
    struct message *message = place_of(messages, (uint32_t)sender + 1, identity);
    if (message->sender) {
        return message;
    }
    if (messages->count >= messages->cap / 4 * 3) {
        grow(messages);
        message = place_of(messages, (uint32_t)sender + 1, identity);
    }
    *message = (struct message){.sender = (uint32_t)sender + 1, .identity = identity};
    messages->count++;
    return message;
}

void messages_count(uint16_t *count)
{
    *count = (uint16_t)(*count + (*count < UINT16_MAX));
}
