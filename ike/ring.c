#include "ike/ring.h"

#include <assert.h>

static struct ike_ring_slot *slot_of(const struct ike_ring *ring, uint32_t message_id)
{
    return &ring->slots[message_id % ring->size];
}

static void resize(struct ike_endpoint *endpoint, struct ike_ring *ring, uint32_t size)
{
    struct ike_ring old = *ring;

    assert(size > old.size);
    ring->slots = ike_take(endpoint, size * sizeof(*ring->slots));
    ring->size = size;
    for (uint32_t i = 0; i < old.size; i++) {
        if (old.slots[i].item) {
            *slot_of(ring, old.slots[i].message_id) = old.slots[i];
        }
    }
    ike_give(endpoint, old.slots, old.size * sizeof(*old.slots));
}

void *ike_ring_put(struct ike_endpoint *endpoint, struct ike_ring *ring, uint32_t size,
                   uint32_t message_id, void *item)
{
    assert(item && size > 0);
    if (size > ring->size) {
        resize(endpoint, ring, size);
    }
    struct ike_ring_slot *slot = slot_of(ring, message_id);
    void *before = slot->item;

    ring->used += !before;
    *slot = (struct ike_ring_slot){.item = item, .message_id = message_id};
    return before;
}

void *ike_ring_find(const struct ike_ring *ring, uint32_t message_id)
{
    if (ring->used == 0) {
        return NULL;
    }
    const struct ike_ring_slot *slot = slot_of(ring, message_id);

    return slot->item && slot->message_id == message_id ? slot->item : NULL;
}

void *ike_ring_remove(struct ike_endpoint *endpoint, struct ike_ring *ring, uint32_t message_id)
{
    void *item = ike_ring_find(ring, message_id);

    if (!item) {
        return NULL;
    }
    *slot_of(ring, message_id) = (struct ike_ring_slot){0};
    ring->used--;
    if (ring->used == 0) {
        ike_give(endpoint, ring->slots, ring->size * sizeof(*ring->slots));
        *ring = (struct ike_ring){0};
    }
    return item;
}
