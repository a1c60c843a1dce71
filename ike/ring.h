/*
 * What is kept for the Message IDs of a window: of any `size` consecutive ones each has a place of
 * its own. Takes memory only while it holds something.
 */
#ifndef IKESIM_IKE_RING_H
#define IKESIM_IKE_RING_H

#include "ike/endpoint_internal.h"

struct ike_ring_slot {
    void *item; /* NULL: free */
    uint32_t message_id;
};

struct ike_ring {
    struct ike_ring_slot *slots;
    uint32_t size; /* 0 until the first item */
    uint32_t used;
};

/* Puts an item into a ring for windows of `size`, which may be more than before but not less.
 * Returns what had the place before, NULL if nothing: in a ring of responses the one that is
 * superseded. */
void *ike_ring_put(struct ike_endpoint *endpoint, struct ike_ring *ring, uint32_t size,
                   uint32_t message_id, void *item);

/* NULL if there is nothing for that Message ID. */
void *ike_ring_find(const struct ike_ring *ring, uint32_t message_id);

/* Takes it out, NULL if there is nothing. */
void *ike_ring_remove(struct ike_endpoint *endpoint, struct ike_ring *ring, uint32_t message_id);

#endif
