/* The loss model: what the dice of a link say about its n-th datagram. */
#include "sim/engine/draw.h"
#include "sim/net/link.h"

__extension__ typedef __int128 wide;

/* What each word of a datagram's draw decides. */
enum { DRAW_FATE = 0, DRAW_TIMES = 1, DRAW_BURST = 2 };

/* Deviation from the mean, in 2^-16 standard deviations, for a uniform word; not NET_UNIFORM. */
static int64_t draw_deviation(enum net_distribution distribution, uint64_t word)
{
    const int32_t *table = net_distribution_tables[distribution - NET_NORMAL];
    /* Between two entries the function is a straight line. */
    uint64_t place = sim_draw_below(word, (uint64_t)(NET_DISTRIBUTION_SIZE - 1) << 16);
    size_t i = (size_t)(place >> 16);
    int64_t part = (int64_t)(place & 0xffff);
    return table[i] + (table[i + 1] - table[i]) * part / 65536;
}

static uint64_t draw_delay(const struct net_link_policy *policy, uint64_t word)
{
    uint64_t delay;
    if (policy->distribution == NET_UNIFORM) {
        uint64_t low = policy->delay > policy->jitter ? policy->delay - policy->jitter : 0;
        delay = low + sim_draw_below(word, policy->delay + policy->jitter - low + 1);
    } else {
        int64_t deviation = draw_deviation(policy->distribution, word);
        wide sum = (wide)policy->delay + (wide)policy->jitter * deviation / 65536;
        delay = sum > 0 ? (uint64_t)sum : 0;
    }
    return delay > policy->floor ? delay : policy->floor;
}

/* The state before the step decides about the datagram, as in netem. */
static bool step_burst(const struct net_gemodel *model, const uint64_t words[4],
                       struct net_burst *burst)
{
    bool was_bad = burst->bad;
    if (sim_draw_chance(words[0], was_bad ? model->r : model->p)) {
        burst->bad = !was_bad;
    }
    return sim_draw_chance(words[1], was_bad ? model->loss_bad : model->loss_good);
}

struct net_fate net_link_fate(const struct net_link_policy *policy, uint64_t seed,
                              const char *sender, const char *receiver, uint64_t n,
                              struct net_burst *burst)
{
    struct sim_draw_key key = sim_draw_key(seed, sender, receiver);
    uint64_t fate[4], times[4], more[4];
    sim_draw_words(key, (const uint64_t[4]){n, DRAW_FATE, 0, 0}, fate);
    sim_draw_words(key, (const uint64_t[4]){n, DRAW_TIMES, 0, 0}, times);
    sim_draw_words(key, (const uint64_t[4]){n, DRAW_BURST, 0, 0}, more);

    struct net_fate result = {
        .lost = sim_draw_chance(fate[0], policy->loss),
        .lost_bad = step_burst(&policy->gemodel, more, burst),
        .corrupted = sim_draw_chance(more[2], policy->corrupt),
        .duplicated = sim_draw_chance(fate[1], policy->duplicate),
        .reordered = sim_draw_chance(fate[2], policy->reorder),
        .bit_word = more[3],
    };
    result.delay = result.reordered ? policy->floor : draw_delay(policy, times[0]);
    result.copy_delay = draw_delay(policy, times[1]);
    return result;
}

uint64_t net_fate_bit(const struct net_fate *fate, size_t len)
{
    return sim_draw_below(fate->bit_word, (uint64_t)len * 8);
}
