/* The hosts of a scenario as nodes: their traffic, their CPU, their cluster. */
#include "sim/scenario/world_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/faults.h"
#include "sim/scenario/fqdn.h"

const struct scenario_member *world_peer_of(const struct world *world,
                                            const struct scenario_member *host)
{
    const struct scenario *scenario = world->scenario;
    if (host->connect) {
        return &scenario->hosts[world_host_index(world, host->connect)];
    }
    for (size_t i = 0; i < scenario->host_count; i++) {
        if (scenario->hosts[i].connect && strcmp(scenario->hosts[i].connect, host->name) == 0) {
            return &scenario->hosts[i];
        }
    }
    return NULL;
}

/* An address that is not said is that of the host itself: selectors are dynamic then. */
static struct net_address place_end(const struct net_address *said,
                                    const struct scenario_member *host)
{
    return said->family == 0 && host && host->host->policy.vip_count == 0 ? host->address : *said;
}

/* The same of its peer, as the host speaks to it: who is behind another NAT is known by the box. */
static struct net_address place_peer(const struct scenario *scenario,
                                     const struct net_address *said,
                                     const struct scenario_member *host,
                                     const struct scenario_member *peer)
{
    const char *behind = peer && said->family == 0 ? peer->host->behind : NULL;
    bool inside = behind && host->host->behind && strcmp(behind, host->host->behind) == 0;
    for (size_t i = 0; behind && !inside && i < scenario->nat_count; i++) {
        if (strcmp(scenario->nats[i].name, behind) == 0 && peer->host->policy.vip_count == 0) {
            return scenario->nats[i].address;
        }
    }
    return place_end(said, peer);
}

static struct cpu_options cpu_of(const struct scenario_host *host)
{
    struct cpu_options cpu = {.cores = host->cores, .limit = host->queue};
    for (int class = 0; class < CPU_CLASSES; class ++) {
        cpu.classes[class].priority = CPU_MEDIUM;
    }
    for (size_t i = 0; i < host->class_count; i++) {
        const struct scenario_cpu_class *said = &host->classes[i];
        cpu.classes[said->class] = (struct cpu_class_options){
            .priority = (enum cpu_priority)said->priority, .limit = said->queue};
    }
    return cpu;
}

/* Figures are kept of those hosts that have a series of their own: of a group of clients nobody
 * asks for each one's. */
static bool has_series(const struct scenario_series *series, const struct scenario_member *host)
{
    for (size_t i = 0; i < series->host_count; i++) {
        if (strcmp(series->hosts[i], host->name) == 0) {
            return true;
        }
    }
    return false;
}

static struct node *build_node(struct world *world, const struct scenario_member *host)
{
    bool asleep = world_asleep(world, (size_t)(host - world->scenario->hosts));
    size_t flow_count = asleep ? 0 : host->host->traffic_count;
    struct node_flow *flows = sim_calloc(flow_count, sizeof *flows);
    const struct scenario_member *peer = flow_count > 0 ? world_peer_of(world, host) : NULL;
    for (size_t i = 0; i < flow_count; i++) {
        const struct scenario_traffic *traffic = &host->traffic[i];
        flows[i] = (struct node_flow){
            .name = traffic->name,
            .child = traffic->child,
            .kind = (enum traffic_kind)traffic->kind,
            .source = place_end(&traffic->source, host),
            .destination = place_peer(world->scenario, &traffic->destination, host, peer),
            .source_port = traffic->source_port,
            .destination_port = traffic->destination_port,
            .start = traffic->start,
            .every = traffic->every,
            .rate = traffic->rate,
            .on = traffic->on,
            .off = traffic->off,
            .drawn = traffic->drawn,
            .count = traffic->count,
            .data_len = traffic->size,
        };
    }
    const struct scenario_cluster *said = &host->host->cluster;
    struct node_cluster_options cluster = {.member_count = said->member_count,
                                           .sync = said->sync,
                                           .detect = said->detect,
                                           .delay = said->delay};
    for (size_t i = 0; i < said->member_count; i++) {
        cluster.members[i] = said->members[i];
    }
    struct node *node = node_new(&(struct node_options){
        .name = host->name,
        .cluster = said->member_count > 0 ? &cluster : NULL,
        .address = host->address,
        .policy = &host->host->policy,
        .self = &host->self,
        .faults = faults_of(world->faults, host->name),
        .esp_faults = faults_of_esp(world->faults, host->name),
        .cpu = &world->cpus[host->host - world->scenario->templates],
        .measure_cpu = has_series(&world->scenario->series, host),
        .flow_count = flow_count,
        .flows = flows,
        .shared = &world->shared,
        .user = (void *)host,
    });
    free(flows);
    assert(node); /* addresses were checked to be different */
    if (host->host->anycast.family != 0) {
        net_port_share(node_port(node), &host->host->anycast);
    }
    return node;
}

const struct net_port *world_find_fqdn(void *context, const char *name)
{
    const struct world *world = context;
    const struct scenario_host *host = fqdn_find(world->scenario, name);
    return host ? node_port(world->nodes[host->first]) : NULL;
}

void world_build_hosts(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    world->cpus = sim_calloc(scenario->template_count, sizeof *world->cpus);
    for (size_t i = 0; i < scenario->template_count; i++) {
        world->cpus[i] = cpu_of(&scenario->templates[i]);
    }
    world->nodes = sim_calloc(scenario->host_count, sizeof *world->nodes);
    for (size_t i = 0; i < scenario->host_count; i++) {
        world->nodes[i] = build_node(world, &scenario->hosts[i]);
    }
}
