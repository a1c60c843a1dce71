#include "sim/scenario/estimate.h"

__extension__ typedef unsigned __int128 wide;

/* ns from one packet of a flow to the next, in the mean. */
static uint64_t gap_of(const struct scenario_traffic *traffic)
{
    uint64_t gap = traffic->every;
    if (gap == 0 && traffic->rate > 0) {
        wide ns = (wide)traffic->size * 8 * 1000000000 / traffic->rate;
        gap = ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
    }
    return gap > 0 ? gap : 1;
}

/* Of one host. An echo and its answer are two. */
static uint64_t packets_of(const struct scenario *scenario, const struct scenario_traffic *traffic)
{
    uint64_t time = scenario->duration > traffic->start ? scenario->duration - traffic->start : 0;
    if (traffic->kind == TRAFFIC_ONOFF && traffic->on + traffic->off > 0) {
        time = (uint64_t)((wide)time * traffic->on / ((wide)traffic->on + traffic->off));
    }
    uint64_t count = time / gap_of(traffic) + 1;
    if (traffic->count > 0 && count > traffic->count) {
        count = traffic->count;
    }
    return traffic->kind == TRAFFIC_PING ? 2 * count : count;
}

static uint64_t paths_of(const struct scenario *scenario)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < scenario->link_count; i++) {
        size_t a = scenario->links[i].a_hosts.count, b = scenario->links[i].b_hosts.count;
        sum += a > b ? a : b > 0 ? b : 1;
    }
    return sum;
}

struct estimate estimate_memory(const struct scenario *scenario)
{
    struct estimate estimate = {.hosts = scenario->host_count};
    wide children = 0, packets = 0;
    for (size_t t = 0; t < scenario->template_count; t++) {
        const struct scenario_host *host = &scenario->templates[t];
        uint64_t members = host->count > 0 ? host->count : 1;
        for (size_t i = 0; i < host->traffic_count; i++) {
            packets += (wide)members * packets_of(scenario, &host->traffic[i]);
        }
        if (host->connect) {
            estimate.pairs += members;
            children +=
                (wide)members * (host->policy.child_count > 1 ? host->policy.child_count - 1 : 0);
        }
    }
    wide octets = ESTIMATE_BASE + (wide)estimate.hosts * ESTIMATE_HOST +
                  (wide)paths_of(scenario) * ESTIMATE_PATH + (wide)estimate.pairs * ESTIMATE_PAIR +
                  children * ESTIMATE_CHILD + packets * ESTIMATE_PACKET;
    estimate.packets = packets > UINT64_MAX ? UINT64_MAX : (uint64_t)packets;
    estimate.octets = octets > UINT64_MAX ? UINT64_MAX : (uint64_t)octets;
    return estimate;
}
