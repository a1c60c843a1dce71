/* The loss model: what the dice of a link say about its n-th datagram. */
#include "sim/engine/draw.h"
#include "sim/net/link.h"

/* What each word of a datagram's draw decides. */
enum { DRAW_FATE = 0, DRAW_TIMES = 1 };

static uint64_t draw_delay(const struct net_link_policy *policy, uint64_t word)
{
    uint64_t low = policy->delay > policy->jitter ? policy->delay - policy->jitter : 0;
    uint64_t delay = low + sim_draw_below(word, policy->delay + policy->jitter - low + 1);
    return delay > policy->floor ? delay : policy->floor;
}

struct net_fate net_link_fate(const struct net_link_policy *policy, uint64_t seed,
                              const char *sender, const char *receiver, uint64_t n)
{
    struct sim_draw_key key = sim_draw_key(seed, sender, receiver);
    uint64_t fate[4], times[4];
    sim_draw_words(key, (const uint64_t[4]){n, DRAW_FATE, 0, 0}, fate);
    sim_draw_words(key, (const uint64_t[4]){n, DRAW_TIMES, 0, 0}, times);

    struct net_fate result = {
        .lost = sim_draw_chance(fate[0], policy->loss),
        .duplicated = sim_draw_chance(fate[1], policy->duplicate),
        .reordered = sim_draw_chance(fate[2], policy->reorder),
    };
    result.delay = result.reordered ? policy->floor : draw_delay(policy, times[0]);
    result.copy_delay = draw_delay(policy, times[1]);
    return result;
}
