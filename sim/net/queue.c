/* The queue before a link with a rate: one datagram after the other, and a limit to those that
 * wait. */
#include <stdlib.h>
#include <string.h>

#include "sim/net/link.h"

__extension__ typedef unsigned __int128 wide;

static void grow(struct net_queue *queue)
{
    size_t size = queue->size ? queue->size * 2 : 16;
    uint64_t *grown = malloc(size * sizeof *grown);
    if (!grown) {
        abort();
    }
    for (size_t i = 0; i < queue->count; i++) {
        grown[i] = queue->begins[(queue->first + i) & (queue->size - 1)];
    }
    free(queue->begins);
    queue->begins = grown;
    queue->first = 0;
    queue->size = size;
}

bool net_queue_pass(struct net_queue *queue, const struct net_link_policy *policy, uint64_t now,
                    size_t octets, uint64_t *left)
{
    uint64_t begin = queue->free_at > now ? queue->free_at : now;
    if (policy->rate == 0) {
        /* What waits from before a rate was lifted still goes first. */
        *left = begin;
        return true;
    }
    while (queue->count > 0 && queue->begins[queue->first] <= now) {
        queue->first = (queue->first + 1) & (queue->size - 1);
        queue->count--;
    }
    if (begin > now) {
        if (queue->count >= policy->limit) {
            return false;
        }
        if (queue->count == queue->size) {
            grow(queue);
        }
        queue->begins[(queue->first + queue->count++) & (queue->size - 1)] = begin;
    }
    wide bits = (wide)octets * 8 * 1000000000;
    queue->free_at = begin + (uint64_t)((bits + policy->rate - 1) / policy->rate);
    *left = queue->free_at;
    return true;
}

void net_queue_dispose(struct net_queue *queue)
{
    free(queue->begins);
    *queue = (struct net_queue){0};
}
