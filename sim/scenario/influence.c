#include "sim/scenario/influence.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "sim/engine/memory.h"
#include "sim/scenario/fqdn.h"

/* Hosts in sets, each a tree of indices; and names to find them by. */
struct sets {
    const struct scenario *scenario;
    size_t *parent;
    size_t slot_count; /* power of two */
    uint32_t *slots;   /* index of a host + 1; 0 free */
};

static size_t slot_of(const struct sets *sets, const char *name)
{
    size_t at = (size_t)XXH3_64bits(name, strlen(name)) & (sets->slot_count - 1);
    while (sets->slots[at] && strcmp(sets->scenario->hosts[sets->slots[at] - 1].name, name) != 0) {
        at = (at + 1) & (sets->slot_count - 1);
    }
    return at;
}

/* SIZE_MAX if it is no host's. */
static size_t find_host(const struct sets *sets, const char *name)
{
    uint32_t slot = name ? sets->slots[slot_of(sets, name)] : 0;
    return slot ? slot - 1 : SIZE_MAX;
}

static size_t root(const struct sets *sets, size_t i)
{
    while (sets->parent[i] != i) {
        sets->parent[i] = sets->parent[sets->parent[i]];
        i = sets->parent[i];
    }
    return i;
}

static void join(const struct sets *sets, size_t a, size_t b)
{
    if (a != SIZE_MAX && b != SIZE_MAX) {
        sets->parent[root(sets, a)] = root(sets, b);
    }
}

static void join_range(const struct sets *sets, struct scenario_range range, size_t with)
{
    for (size_t i = 0; i < range.count; i++) {
        join(sets, range.first + i, with);
    }
}

/* A link of a host's own joins it to whom it connects to; one for many is the same queue and the
 * same bursts for all. */
static void join_links(const struct sets *sets)
{
    for (size_t i = 0; i < sets->scenario->link_count; i++) {
        const struct scenario_link *link = &sets->scenario->links[i];
        size_t a = link->a_hosts.count > 0 ? link->a_hosts.first : find_host(sets, link->a);
        size_t b = link->b_hosts.count > 0 ? link->b_hosts.first : find_host(sets, link->b);
        if (link->shared) {
            join_range(sets, link->a_hosts, a);
            join_range(sets, link->b_hosts, b);
        }
        if (link->shared || link->a_hosts.count + link->b_hosts.count == 0) {
            join(sets, a, b);
        }
    }
}

/* Whom the host sends others to by name, and with whom it shares an address. */
static void join_names(const struct sets *sets, size_t host)
{
    const struct scenario *scenario = sets->scenario;
    const struct scenario_host *template = scenario->hosts[host].host;
    const struct scenario_host *named =
        template->redirect_fqdn ? fqdn_find(scenario, template->redirect_fqdn) : NULL;
    if (named) {
        join(sets, host, named->first);
    }
    for (size_t i = 0; template->anycast.family != 0 && i < scenario->template_count; i++) {
        if (net_address_equal(&scenario->templates[i].anycast, &template->anycast)) {
            join(sets, host, scenario->templates[i].first);
        }
    }
}

static void join_all(const struct sets *sets)
{
    const struct scenario *scenario = sets->scenario;
    for (size_t i = 0; i < scenario->host_count; i++) {
        join(sets, i, find_host(sets, scenario->hosts[i].connect));
        join(sets, i, find_host(sets, scenario->hosts[i].host->redirect));
        join_names(sets, i);
    }
    join_links(sets);
}

/* Which hosts a line names; false if it may be about any. */
static bool name_hosts(const struct sets *sets, const struct scenario_line *line, size_t hosts[2])
{
    const struct scenario_match *match = &line->match;
    hosts[0] = find_host(sets, line->on_message ? match->from : line->host);
    hosts[1] = line->on_message ? find_host(sets, match->to) : SIZE_MAX;
    return hosts[0] != SIZE_MAX || hosts[1] != SIZE_MAX;
}

/* A line that counts the messages of all would count others if some did not speak. */
static bool counts_all(const struct scenario_line *line)
{
    return line->on_message && line->match.nth != 0 && !(line->match.from && line->match.to);
}

static bool *mark(const struct sets *sets, size_t lines)
{
    const struct scenario *scenario = sets->scenario;
    bool *roots = sim_calloc(scenario->host_count, sizeof *roots);
    bool *marked = sim_calloc(scenario->host_count, sizeof *marked);
    bool anybody = false;
    size_t count = 0;
    for (size_t i = 0; i < scenario->script_count; i++) {
        size_t hosts[2];
        bool named = name_hosts(sets, &scenario->script[i], hosts);
        anybody |= counts_all(&scenario->script[i]) || (i < lines && !named);
        for (int k = 0; k < 2 && i < lines; k++) {
            if (hosts[k] != SIZE_MAX) {
                roots[root(sets, hosts[k])] = true;
            }
        }
    }
    for (size_t i = 0; i < scenario->host_count; i++) {
        marked[i] = roots[root(sets, i)];
        count += marked[i];
    }
    free(roots);
    if (anybody || count == 0 || count == scenario->host_count) {
        free(marked);
        return NULL;
    }
    return marked;
}

bool *influence_of(const struct scenario *scenario, size_t lines)
{
    if (scenario->nat_count + scenario->attacker_count > 0) {
        return NULL;
    }
    struct sets sets = {.scenario = scenario, .slot_count = 16};
    while (sets.slot_count < scenario->host_count * 2) {
        sets.slot_count *= 2;
    }
    sets.slots = sim_calloc(sets.slot_count, sizeof *sets.slots);
    sets.parent = sim_calloc(scenario->host_count, sizeof *sets.parent);
    for (size_t i = 0; i < scenario->host_count; i++) {
        sets.parent[i] = i;
        sets.slots[slot_of(&sets, scenario->hosts[i].name)] = (uint32_t)i + 1;
    }
    join_all(&sets);
    bool *marked = mark(&sets, lines);
    free(sets.slots);
    free(sets.parent);
    return marked;
}
