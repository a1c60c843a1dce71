/* What lies between the hosts: links, NAT boxes, attackers. */
#include "sim/scenario/world_internal.h"

#include <assert.h>
#include <string.h>

#include "ike/wire.h"

struct nat *world_find_nat(const struct world *world, const char *name)
{
    for (size_t i = 0; i < world->scenario->nat_count; i++) {
        if (strcmp(world->scenario->nats[i].name, name) == 0) {
            return world->nats[i];
        }
    }
    return NULL;
}

/* The i-th port of an end: of a host, of a group's members in turn, or of a NAT box. */
static struct net_port *link_end(const struct world *world, struct scenario_range hosts,
                                 const char *name, size_t i)
{
    struct nat *nat = hosts.count > 0 ? NULL : world_find_nat(world, name);
    if (nat) {
        return nat_port(nat);
    }
    return node_port(world->nodes[hosts.count > 0 ? hosts.first + i % hosts.count
                                                  : world_host_index(world, name)]);
}

/* Which member of the other group the i-th member of this one connects to; `i` if that is said of
 * none: they are joined in turn. */
static size_t partner(const struct world *world, struct scenario_range hosts, size_t i,
                      struct scenario_range others)
{
    const char *connect = hosts.count > 0 ? world->scenario->hosts[hosts.first + i].connect : NULL;
    size_t to = connect && others.count > 0 ? world_host_index(world, connect) : 0;
    return connect && to >= others.first && to - others.first < others.count ? to - others.first
                                                                             : i;
}

/* Between groups, a link for each member of the larger, or one that all share. */
static void join_hosts(struct world *world, const struct scenario_link *link)
{
    struct scenario_range a = link->a_hosts, b = link->b_hosts;
    struct net_trunk *ab = NULL, *ba = NULL;
    if (link->shared) {
        ab = net_trunk_new(world->net, link->a, link->b, &link->ab);
        ba = net_trunk_new(world->net, link->b, link->a, &link->ba);
    }
    size_t links = a.count > b.count ? a.count : b.count;
    for (size_t i = 0; i < (links ? links : 1); i++) {
        size_t k = i < a.count ? partner(world, a, i, b) : i;
        size_t j = i < b.count && k == i ? partner(world, b, i, a) : i;
        struct net_port *from = link_end(world, a, link->a, j);
        struct net_port *to = link_end(world, b, link->b, k);
        if (net_path_find(from, &to->address)) {
            continue; /* the smaller group is gone round, and these two have connected */
        }
        if (ab) {
            net_connect_trunks(world->net, from, to, ab, ba);
        } else {
            net_connect(world->net, from, to, &link->ab, &link->ba);
        }
    }
}

void world_join_hosts(struct world *world)
{
    for (size_t i = 0; i < world->scenario->link_count; i++) {
        join_hosts(world, &world->scenario->links[i]);
    }
}

void world_build_nats(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    world->nats = sim_calloc(scenario->nat_count, sizeof *world->nats);
    for (size_t i = 0; i < scenario->nat_count; i++) {
        const struct scenario_nat *nat = &scenario->nats[i];
        world->nats[i] = nat_new(&(struct nat_options){
            .name = nat->name,
            .address = nat->address,
            .mapping = nat->mapping,
            .filtering = nat->filtering,
            .timeout = nat->timeout,
            .engine = world->engine,
            .net = world->net,
            .recorder = world->recorder,
        });
        assert(world->nats[i]); /* addresses were checked to be different */
    }
}

static void put_behind(const struct world *world, struct net_port *port, const char *behind)
{
    if (behind) {
        port->gateway = net_path_find(port, &nat_port(world_find_nat(world, behind))->address);
    }
}

void world_join_through_nats(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    for (size_t i = 0; i < scenario->nat_count; i++) {
        put_behind(world, nat_port(world->nats[i]), scenario->nats[i].behind);
    }
    for (size_t i = 0; i < scenario->host_count && scenario->nat_count > 0; i++) {
        const struct scenario_member *host = &scenario->hosts[i];
        struct net_port *port = node_port(world->nodes[i]);
        put_behind(world, port, host->host->behind);
        if (host->connect) {
            struct net_port *peer = node_port(world->nodes[world_host_index(world, host->connect)]);
            if (!net_path_find(port, &peer->address)) {
                net_join(world->net, port, peer);
            }
        }
    }
    for (size_t i = 0; i < scenario->nat_count; i++) {
        const char *forward = scenario->nats[i].forward;
        if (forward) {
            nat_forward_ike(world->nats[i],
                            node_port(world->nodes[world_host_index(world, forward)]));
        }
    }
}

static void build_middle(struct world *world, size_t i, struct net_path *there)
{
    const struct scenario *scenario = world->scenario;
    const struct scenario_attacker *attacker = &scenario->attackers[i];
    const char *const names[] = {attacker->a, attacker->b};
    struct disguise *disguises = &world->disguises[i * 2];
    for (size_t k = 0; k < 2; k++) {
        disguise_make(&disguises[k], scenario, attacker,
                      &scenario->hosts[world_host_index(world, names[k])], world->crypto);
    }
    world->middles[i] = middle_new(&(struct middle_options){
        .name = attacker->name,
        .there = there,
        .as = {&disguises[0].policy, &disguises[1].policy},
        .selves = {&disguises[0].self, &disguises[1].self},
        .alters = attacker->alters,
        .crypto = world->crypto,
        .engine = world->engine,
        .net = world->net,
        .recorder = world->recorder,
    });
}

void world_build_attackers(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    const struct scenario_range none = {0};
    world->attackers = sim_calloc(scenario->attacker_count, sizeof(struct attacker *));
    world->middles = sim_calloc(scenario->attacker_count, sizeof(struct middle *));
    world->disguises = sim_calloc(scenario->attacker_count * 2, sizeof *world->disguises);
    for (size_t i = 0; i < scenario->attacker_count; i++) {
        const struct scenario_attacker *attacker = &scenario->attackers[i];
        struct net_port *a = link_end(world, none, attacker->a, 0);
        struct net_port *b = link_end(world, none, attacker->b, 0);
        if (attacker->strategy == ATTACKER_MIDDLE) {
            build_middle(world, i, net_path_find(a, &b->address));
            continue;
        }
        world->attackers[i] = attacker_new(&(struct attacker_options){
            .name = attacker->name,
            .strategy = attacker->strategy,
            .prey = attacker->prey,
            .there = net_path_find(a, &b->address),
            .from = attacker->from,
            .nth = attacker->nth,
            .after = attacker->after,
            .at = attacker->at,
            .every = attacker->every,
            .count = attacker->count,
            .exchange_name = ike_exchange_name,
            .engine = world->engine,
            .net = world->net,
            .recorder = world->recorder,
        });
    }
}
