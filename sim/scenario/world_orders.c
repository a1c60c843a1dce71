/* What hosts are told to do: to connect, and the lines of the script. */
#include "sim/scenario/world_internal.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/engine/draw.h"

static const struct net_port *peer_of(const struct world *world, const char *name)
{
    const struct scenario *scenario = world->scenario;
    const struct scenario_member *peer =
        world_peer_of(world, &scenario->hosts[world_host_index(world, name)]);
    assert(peer); /* the scenario was checked */
    return node_port(world->nodes[peer - scenario->hosts]);
}

static enum host_order_kind order_kind(enum scenario_order order)
{
    switch (order) {
    case SCENARIO_INITIATE:
        return HOST_INITIATE;
    case SCENARIO_CREATE_CHILD:
        return HOST_CREATE_CHILD;
    case SCENARIO_REKEY_CHILD:
        return HOST_REKEY_CHILD;
    case SCENARIO_DELETE_CHILD:
        return HOST_DELETE_CHILD;
    case SCENARIO_REKEY_IKE:
        return HOST_REKEY_IKE;
    case SCENARIO_DELETE_IKE:
        return HOST_DELETE_IKE;
    case SCENARIO_LIVENESS:
        return HOST_LIVENESS;
    case SCENARIO_REBIND:
    case SCENARIO_MOVE:
    case SCENARIO_DROP:
    case SCENARIO_DUPLICATE:
    case SCENARIO_DELAY:
    case SCENARIO_CORRUPT:
    case SCENARIO_REPLAY:
    case SCENARIO_EDIT:
    case SCENARIO_REDIRECT:
    case SCENARIO_RESTART:
    case SCENARIO_TAKEOVER:
    case SCENARIO_RELOAD:
        break;
    }
    assert(false);
    return HOST_ORDER_KINDS;
}

static uint64_t connect_time(const struct world *world, const struct scenario_member *host)
{
    uint64_t words[4];
    sim_draw_words(sim_draw_key(world->scenario->seed, host->name, NULL),
                   (const uint64_t[4]){0, 0, 0, UINT64_C(0x636f6e6e656374)}, words); /* "connect" */
    return host->host->connect_at + sim_draw_below(words[0], host->host->connect_within + 1);
}

static void order_reload(struct world *world, const struct scenario_line *line)
{
    const char *what;
    const struct ike_policy *policy = reloads_policy(world->reloads, line, &what);
    node_reload(world->nodes[world_host_index(world, line->host)], line->at, policy, what,
                peer_of(world, line->host));
}

void world_give_orders(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    for (size_t i = 0; i < scenario->host_count; i++) {
        const struct scenario_member *host = &scenario->hosts[i];
        if (host->connect && !world_asleep(world, i)) {
            const struct node *peer = world->nodes[world_host_index(world, host->connect)];
            node_connect(world->nodes[i], connect_time(world, host), node_port(peer),
                         &(struct node_connect_options){host->host->keyingtries,
                                                        host->host->dpd_restart,
                                                        host->host->connect_anycast});
        }
    }
    for (size_t i = 0; i < scenario->script_count; i++) {
        const struct scenario_line *line = &scenario->script[i];
        if (line->host && world_asleep(world, world_host_index(world, line->host))) {
            continue;
        }
        if (line->order == SCENARIO_RESTART) {
            node_restart(world->nodes[world_host_index(world, line->host)], line->at, line->down,
                         line->icmp);
        } else if (line->order == SCENARIO_REDIRECT) {
            node_redirect(world->nodes[world_host_index(world, line->host)], line->at);
        } else if (line->order == SCENARIO_TAKEOVER) {
            node_takeover(world->nodes[world_host_index(world, line->host)], line->at);
        } else if (line->order == SCENARIO_RELOAD) {
            order_reload(world, line);
        } else if (line->order == SCENARIO_REBIND) {
            nat_rebind(world_find_nat(world, line->nat), line->at);
        } else if (line->order == SCENARIO_MOVE) {
            node_move(world->nodes[world_host_index(world, line->host)], line->at, &line->to,
                      line->nat ? nat_port(world_find_nat(world, line->nat)) : NULL,
                      peer_of(world, line->host));
        } else if (!line->on_message) {
            node_order(world->nodes[world_host_index(world, line->host)], line->at,
                       order_kind(line->order), peer_of(world, line->host), line->child, "script");
        }
    }
}

static int by_execution(const void *a, const void *b)
{
    const struct world_connect *ca = a, *cb = b;
    if (ca->at != cb->at) {
        return ca->at < cb->at ? -1 : 1;
    }
    return sim_node_compare(node_place(ca->node), node_place(cb->node));
}

void world_list_connects(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    world->connects = sim_calloc(scenario->host_count, sizeof *world->connects);
    for (size_t i = 0; i < scenario->host_count; i++) {
        const struct scenario_member *host = &scenario->hosts[i];
        if (host->connect && !world_asleep(world, i)) {
            world->connects[world->connect_count++] = (struct world_connect){
                .node = world->nodes[i],
                .peer = node_port(world->nodes[world_host_index(world, host->connect)]),
                .at = host->host->connect_at,
            };
        }
    }
    qsort(world->connects, world->connect_count, sizeof *world->connects, by_execution);
}

void world_look_ahead(struct world *world)
{
    while (world->foreseen < world->connect_count && ahead_wants_more(world->ahead)) {
        const struct world_connect *connect = &world->connects[world->foreseen++];
        if (connect->at >= world_now(world)) {
            node_foresee_initiate(connect->node, connect->peer, 0);
        }
    }
}
