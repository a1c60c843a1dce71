#include "sim/scenario/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "crypto/kex.h"
#include "ike/selectors.h"
#include "sim/engine/draw.h"
#include "sim/host/middle.h"
#include "sim/net/attacker.h"
#include "sim/net/nat.h"
#include "sim/scenario/disguise.h"
#include "sim/scenario/faults.h"
#include "sim/scenario/kept.h"
#include "sim/scenario/schema.h"
#include "sim/scenario/values.h"

/* The scope of what no host does: the run itself and what is said about it. No host has this name.
 */
#define WORLD_SCOPE "*"

/* An expectation, checked at its time. */
struct check {
    struct sim_event event;
    struct world *world;
    size_t index;
    bool decided, holds;
    char why[200];
};

/* An IKE SA that a host is going to begin. */
struct connect {
    const struct node *node;
    const struct net_port *peer;
    uint64_t at;
};

struct world {
    const struct scenario *scenario;
    struct crypto_context *crypto;
    struct sim_draw_key draw_key; /* of what belongs to no host */
    struct trace_recorder *recorder;
    struct trace_channel *channel;
    struct sim_engine *engine;
    struct sim_node place;
    struct net *net;
    struct observer *observer;
    struct node_shared shared;
    struct cpu_options *cpus;    /* as scenario->templates */
    struct node **nodes;         /* as scenario->hosts */
    struct attacker **attackers; /* as scenario->attackers; NULL: one in the middle */
    struct middle **middles;     /* likewise; NULL: any other */
    struct disguise *disguises;  /* two for each attacker; zeroed: none */
    struct nat **nats;           /* as scenario->nats */
    struct faults *faults;       /* NULL: nobody is faulty */
    size_t slot_count;           /* power of two */
    uint32_t *slots;             /* index of a host + 1, by hash of its name; 0 free */
    struct check *checks;        /* as scenario->expects */
    struct kept *kept;
    struct trace_series *series; /* NULL: none */
    char series_error[300];      /* empty: none */
    struct world_options options;
    struct ahead *ahead; /* NULL: the caller's thread alone */
    size_t connect_count, foreseen;
    struct connect *connects; /* in the order in which they will be executed */
    uint64_t hash;
};

static void *checked_calloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size);
    if (!p) {
        abort();
    }
    return p;
}

static void index_hosts(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    world->slot_count = 16;
    while (world->slot_count < scenario->host_count * 2) {
        world->slot_count *= 2;
    }
    world->slots = checked_calloc(world->slot_count, sizeof *world->slots);
    for (size_t i = 0; i < scenario->host_count; i++) {
        const char *name = scenario->hosts[i].name;
        size_t at = (size_t)XXH3_64bits(name, strlen(name)) & (world->slot_count - 1);
        while (world->slots[at]) {
            at = (at + 1) & (world->slot_count - 1);
        }
        world->slots[at] = (uint32_t)i + 1;
    }
}

static size_t host_index(const struct world *world, const char *name)
{
    size_t at = (size_t)XXH3_64bits(name, strlen(name)) & (world->slot_count - 1);
    while (world->slots[at]) {
        size_t i = world->slots[at] - 1;
        if (strcmp(world->scenario->hosts[i].name, name) == 0) {
            return i;
        }
        at = (at + 1) & (world->slot_count - 1);
    }
    assert(false); /* the scenario was checked */
    return 0;
}

/* ---- building ---- */

static void print_networks(const struct scenario_member *host, char *text, size_t cap)
{
    const struct ike_policy *policy = &host->host->policy;
    size_t at = 0;
    text[0] = '\0';
    for (size_t c = 0; c < policy->child_count; c++) {
        const struct ike_child_policy *child = &policy->children[c];
        struct ike_selector local[IKE_SELECTORS_MAX];
        ike_selectors_move(child->local_ts, child->local_ts_count, host->self.local_place, local);
        for (size_t i = 0; i < child->local_ts_count && at < cap; i++) {
            char start_text[NET_ADDRESS_TEXT], end_text[NET_ADDRESS_TEXT];
            struct net_address start, end;
            values_selector_range(&local[i], &start, &end);
            int len =
                snprintf(text + at, cap - at, "%s%s-%s", at ? ", " : "",
                         net_address_print(&start, start_text), net_address_print(&end, end_text));
            at += len > 0 ? (size_t)len : 0;
        }
    }
}

static void declare_run(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    trace_recorder_emit(world->recorder, world->channel, 0, (struct trace_ref){0},
                        TRACE_RUN_BEGIN_EVENT,
                        &(struct trace_run_begin){
                            .format = 1,
                            .version = IKESIM_VERSION,
                            .scenario = scenario->name,
                            .title = scenario->title,
                            .seed = scenario->seed,
                            .keys = scenario_keys_name(scenario->keys),
                            .epoch = scenario->epoch_text,
                            .duration = scenario->duration,
                        });
    for (size_t i = 0; i < scenario->host_count; i++) {
        const struct scenario_member *host = &scenario->hosts[i];
        char address[NET_ADDRESS_TEXT], networks[256];
        print_networks(host, networks, sizeof networks);
        struct net_port *port = node_port(world->nodes[i]);
        trace_recorder_emit(world->recorder, port->channel, 0, (struct trace_ref){0},
                            TRACE_HOST_DECLARED_EVENT,
                            &(struct trace_host_declared){
                                .address = net_address_print(&host->address, address),
                                .identity = host->self.identity.text,
                                .connects_to = host->connect,
                                .networks = networks,
                            });
    }
    for (size_t i = 0; i < scenario->nat_count; i++) {
        const struct scenario_nat *nat = &scenario->nats[i];
        char address[NET_ADDRESS_TEXT];
        trace_recorder_emit(world->recorder, nat_port(world->nats[i])->channel, 0,
                            (struct trace_ref){0}, TRACE_NAT_DECLARED_EVENT,
                            &(struct trace_nat_declared){
                                .address = net_address_print(&nat->address, address),
                                .mapping = schema_word(schema_dependences, nat->mapping),
                                .filtering = schema_word(schema_dependences, nat->filtering),
                                .timeout = nat->timeout,
                            });
    }
}

/* The host that this one is about: the one it connects to, or the first that connects to it; NULL
 * if there is none. */
static const struct scenario_member *peer_host(const struct world *world,
                                               const struct scenario_member *host)
{
    const struct scenario *scenario = world->scenario;
    if (host->connect) {
        return &scenario->hosts[host_index(world, host->connect)];
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

/* It does nothing of its own in this run. */
static bool is_asleep(const struct world *world, size_t host)
{
    return world->options.only && !world->options.only[host];
}

static struct node *build_node(struct world *world, const struct scenario_member *host)
{
    bool asleep = is_asleep(world, (size_t)(host - world->scenario->hosts));
    size_t flow_count = asleep ? 0 : host->host->traffic_count;
    struct node_flow *flows = checked_calloc(flow_count, sizeof *flows);
    const struct scenario_member *peer = flow_count > 0 ? peer_host(world, host) : NULL;
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
    struct node_cluster_options cluster = {
        .sync = said->sync, .detect = said->detect, .delay = said->delay};
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
        .cpu = &world->cpus[host->host - world->scenario->templates],
        .measure_cpu = has_series(&world->scenario->series, host),
        .flow_count = flow_count,
        .flows = flows,
        .shared = &world->shared,
        .user = (void *)host,
    });
    free(flows);
    assert(node); /* addresses were checked to be different */
    return node;
}

static const struct net_port *peer_of(const struct world *world, const char *name)
{
    const struct scenario *scenario = world->scenario;
    const struct scenario_member *peer =
        peer_host(world, &scenario->hosts[host_index(world, name)]);
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
    case SCENARIO_RESTART:
    case SCENARIO_TAKEOVER:
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

static struct nat *find_nat(const struct world *world, const char *name)
{
    for (size_t i = 0; i < world->scenario->nat_count; i++) {
        if (strcmp(world->scenario->nats[i].name, name) == 0) {
            return world->nats[i];
        }
    }
    return NULL;
}

static void give_orders(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    for (size_t i = 0; i < scenario->host_count; i++) {
        const struct scenario_member *host = &scenario->hosts[i];
        if (host->connect && !is_asleep(world, i)) {
            const struct node *peer = world->nodes[host_index(world, host->connect)];
            node_connect(
                world->nodes[i], connect_time(world, host), node_port(peer),
                &(struct node_connect_options){host->host->keyingtries, host->host->dpd_restart});
        }
    }
    for (size_t i = 0; i < scenario->script_count; i++) {
        const struct scenario_line *line = &scenario->script[i];
        if (line->host && is_asleep(world, host_index(world, line->host))) {
            continue;
        }
        if (line->order == SCENARIO_RESTART) {
            node_restart(world->nodes[host_index(world, line->host)], line->at, line->down,
                         line->icmp);
        } else if (line->order == SCENARIO_TAKEOVER) {
            node_takeover(world->nodes[host_index(world, line->host)], line->at);
        } else if (line->order == SCENARIO_REBIND) {
            nat_rebind(find_nat(world, line->nat), line->at);
        } else if (line->order == SCENARIO_MOVE) {
            node_move(world->nodes[host_index(world, line->host)], line->at, &line->to,
                      line->nat ? nat_port(find_nat(world, line->nat)) : NULL,
                      peer_of(world, line->host));
        } else if (!line->on_message) {
            node_order(world->nodes[host_index(world, line->host)], line->at,
                       order_kind(line->order), peer_of(world, line->host), line->child, "script");
        }
    }
}

static int by_execution(const void *a, const void *b)
{
    const struct connect *ca = a, *cb = b;
    if (ca->at != cb->at) {
        return ca->at < cb->at ? -1 : 1;
    }
    return sim_node_compare(node_place(ca->node), node_place(cb->node));
}

static void list_connects(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    world->connects = checked_calloc(scenario->host_count, sizeof *world->connects);
    for (size_t i = 0; i < scenario->host_count; i++) {
        const struct scenario_member *host = &scenario->hosts[i];
        if (host->connect && !is_asleep(world, i)) {
            world->connects[world->connect_count++] = (struct connect){
                .node = world->nodes[i],
                .peer = node_port(world->nodes[host_index(world, host->connect)]),
                .at = host->host->connect_at,
            };
        }
    }
    qsort(world->connects, world->connect_count, sizeof *world->connects, by_execution);
}

/* ---- expectations ---- */

static void decide(struct check *check, uint64_t now)
{
    struct world *world = check->world;
    const struct scenario_expect *expect = &world->scenario->expects[check->index];
    check->decided = true;
    check->holds = observer_check(world->observer, expect, check->why, sizeof check->why);
    trace_recorder_emit(world->recorder, world->channel, now, (struct trace_ref){0},
                        TRACE_EXPECT_CHECKED_EVENT,
                        &(struct trace_expect_checked){
                            .expectation = expect->text,
                            /* Not its line: a scenario laid out anew is the same scenario. */
                            .number = check->index + 1,
                            .holds = check->holds,
                            .why = check->why,
                        });
}

static void check_run(struct sim_event *event, uint64_t now)
{
    decide((struct check *)event, now);
}

static void check_drop(struct sim_event *event)
{
    (void)event; /* part of the world */
}

static void schedule_checks(struct world *world)
{
    for (size_t i = 0; i < world->scenario->expect_count && !world->options.only; i++) {
        struct check *check = &world->checks[i];
        check->world = world;
        check->index = i;
        /* What is to hold at the end is decided when the run is over, after all its events. */
        if (world->scenario->expects[i].by < world->scenario->duration) {
            check->event.run = check_run;
            check->event.drop = check_drop;
            sim_engine_schedule(world->engine, &check->event, &world->place, &world->place,
                                world->scenario->expects[i].by);
        }
    }
}

/* The run's own events make a recording of what else is kept: they are not to choose. */
static bool keep_scope(void *context, const char *host, const char *peer)
{
    const struct world *world = context;
    const struct world_options *options = &world->options;
    return strcmp(host, WORLD_SCOPE) == 0 ||
           (kept_scope(world->kept, host, peer) &&
            (!options->keep || options->keep(options->keep_context, host, peer)));
}

/* ---- time series ---- */

static void add_gauges(const struct world *world, size_t host, uint64_t now,
                       struct trace_series_gauges *gauges)
{
    const struct observer *observer = world->observer;
    struct node_load load = node_load(world->nodes[host], now);
#define COUNT(what) observer_count_at(observer, SCENARIO_COUNT_##what, host)
    gauges->cores += load.cores;
    gauges->cpu_busy += load.busy;
    gauges->queue += load.waiting;
    if (load.waiting_most > gauges->queue_max) {
        gauges->queue_max = load.waiting_most;
    }
    gauges->packets_sent += COUNT(INNER_PACKETS_SENT);
    gauges->packets_delivered += COUNT(INNER_PACKETS_DELIVERED);
    gauges->packets_lost += COUNT(INNER_PACKETS_LOST);
    gauges->packets_late += COUNT(INNER_PACKETS_LATE);
    gauges->lost_in_rekey += COUNT(PACKETS_LOST_IN_REKEY);
#undef COUNT
}

static void ask_gauges(void *context, const char *host, uint64_t now,
                       struct trace_series_gauges *gauges)
{
    const struct world *world = context;
    *gauges = (struct trace_series_gauges){0};
    if (host) {
        add_gauges(world, host_index(world, host), now, gauges);
        return;
    }
    for (size_t i = 0; i < world->scenario->host_count; i++) {
        add_gauges(world, i, now, gauges);
    }
}

/* The interval that is open is over: nothing before its end is left to happen. */
static void turn_series(struct world *world)
{
    trace_series_turn(world->series);
    for (size_t i = 0; i < world->scenario->host_count; i++) {
        node_load_begin(world->nodes[i]);
    }
}

static bool open_series(struct world *world, char *why, size_t why_cap)
{
    const struct scenario_series *series = &world->scenario->series;
    if (!world->options.series_dir || series->every == 0) {
        return true;
    }
    world->series = trace_series_open(
        &(struct trace_series_options){
            .dir = world->options.series_dir,
            .every = series->every,
            .hosts = series->hosts,
            .host_count = series->host_count,
            .ask = ask_gauges,
            .context = world,
        },
        why, why_cap);
    return world->series != NULL;
}

static void close_series(struct world *world)
{
    if (world->series) {
        trace_recorder_end_series(world->recorder);
        trace_series_close(world->series, sim_engine_now(world->engine), world->series_error,
                           sizeof world->series_error);
        world->series = NULL;
    }
}

/* ---- links ---- */

/* The i-th port of an end: of a host, of a group's members in turn, or of a NAT box. */
static struct net_port *link_end(const struct world *world, struct scenario_range hosts,
                                 const char *name, size_t i)
{
    struct nat *nat = hosts.count > 0 ? NULL : find_nat(world, name);
    if (nat) {
        return nat_port(nat);
    }
    return node_port(
        world->nodes[hosts.count > 0 ? hosts.first + i % hosts.count : host_index(world, name)]);
}

/* Which member of the other group the i-th member of this one connects to; `i` if that is said of
 * none: they are joined in turn. */
static size_t partner(const struct world *world, struct scenario_range hosts, size_t i,
                      struct scenario_range others)
{
    const char *connect = hosts.count > 0 ? world->scenario->hosts[hosts.first + i].connect : NULL;
    size_t to = connect && others.count > 0 ? host_index(world, connect) : 0;
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

/* ---- NAT boxes ---- */

static void build_nats(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    world->nats = checked_calloc(scenario->nat_count, sizeof *world->nats);
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
        port->gateway = net_path_find(port, &nat_port(find_nat(world, behind))->address);
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
                      &scenario->hosts[host_index(world, names[k])], world->crypto);
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

static void build_attackers(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    const struct scenario_range none = {0};
    world->attackers = checked_calloc(scenario->attacker_count, sizeof(struct attacker *));
    world->middles = checked_calloc(scenario->attacker_count, sizeof(struct middle *));
    world->disguises = checked_calloc(scenario->attacker_count * 2, sizeof *world->disguises);
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
            .engine = world->engine,
            .net = world->net,
            .recorder = world->recorder,
        });
    }
}

/* Those who speak through boxes know each other without a link. */
static void join_through_nats(struct world *world)
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
            struct net_port *peer = node_port(world->nodes[host_index(world, host->connect)]);
            if (!net_path_find(port, &peer->address)) {
                net_join(world->net, port, peer);
            }
        }
    }
    for (size_t i = 0; i < scenario->nat_count; i++) {
        const char *forward = scenario->nats[i].forward;
        if (forward) {
            nat_forward_ike(world->nats[i], node_port(world->nodes[host_index(world, forward)]));
        }
    }
}

/* Scalars of the pool, which belongs to no host: a function of the seed alone. */
static void draw_pool(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    node_draw(((const struct world *)context)->draw_key, draw, out, len);
}

struct world *world_new(const struct scenario *scenario, const struct world_options *options,
                        char *why, size_t why_cap)
{
    struct crypto_context *crypto = crypto_context_new(why, why_cap);
    if (!crypto) {
        return NULL;
    }
    struct world *world = checked_calloc(1, sizeof *world);
    world->scenario = scenario;
    world->crypto = crypto;
    if (scenario->keys == SCENARIO_KEYS_POOLED) {
        world->draw_key = sim_draw_key(scenario->seed, WORLD_SCOPE, NULL);
        struct crypto_entropy entropy = {.fill = draw_pool, .context = world};
        if (!crypto_kex_use_pool(crypto, &entropy)) {
            abort();
        }
    }
    world->options = *options;
    if (!open_series(world, why, why_cap)) {
        crypto_context_free(crypto);
        free(world);
        return NULL;
    }
    if (options->threads > 1 && scenario->keys == SCENARIO_KEYS_FRESH) {
        world->ahead = ahead_new(crypto, options->threads - 1);
    }
    world->kept = kept_new(scenario);
    world->recorder = trace_recorder_new(&(struct trace_recorder_options){
        .writer = options->writer,
        .keep = keep_scope,
        .keep_context = world,
        .series = world->series,
    });
    world->channel = trace_recorder_channel(world->recorder, WORLD_SCOPE, NULL);
    world->engine = sim_engine_new(scenario->seed);
    sim_node_init(world->engine, &world->place, WORLD_SCOPE);
    world->observer = observer_new(scenario);
    struct net_watch watch = observer_net_watch(world->observer);
    world->net = net_new(world->engine, world->recorder, &watch);
    world->shared = (struct node_shared){
        .engine = world->engine,
        .net = world->net,
        .recorder = world->recorder,
        .crypto = world->crypto,
        .costs = &scenario->costs,
        .watch = observer_node_watch(world->observer),
        .foresee = world->ahead,
    };
    index_hosts(world);
    world->cpus = checked_calloc(scenario->template_count, sizeof *world->cpus);
    for (size_t i = 0; i < scenario->template_count; i++) {
        world->cpus[i] = cpu_of(&scenario->templates[i]);
    }
    world->faults = faults_new(scenario);
    world->nodes = checked_calloc(scenario->host_count, sizeof *world->nodes);
    for (size_t i = 0; i < scenario->host_count; i++) {
        world->nodes[i] = build_node(world, &scenario->hosts[i]);
    }
    build_nats(world);
    for (size_t i = 0; i < scenario->link_count; i++) {
        join_hosts(world, &scenario->links[i]);
    }
    world->checks = checked_calloc(scenario->expect_count, sizeof *world->checks);
    declare_run(world);
    join_through_nats(world);
    build_attackers(world);
    give_orders(world);
    schedule_checks(world);
    if (world->ahead) {
        list_connects(world);
    }
    return world;
}

void world_free(struct world *world)
{
    if (!world) {
        return;
    }
    close_series(world);
    sim_engine_free(world->engine);
    for (size_t i = 0; i < world->scenario->host_count; i++) {
        node_free(world->nodes[i]);
    }
    faults_free(world->faults);
    node_shared_dispose(&world->shared);
    for (size_t i = 0; i < world->scenario->nat_count; i++) {
        nat_free(world->nats[i]);
    }
    free(world->nats);
    for (size_t i = 0; i < world->scenario->attacker_count; i++) {
        attacker_free(world->attackers[i]);
        middle_free(world->middles[i]);
        disguise_dispose(&world->disguises[i * 2]);
        disguise_dispose(&world->disguises[i * 2 + 1]);
    }
    free(world->attackers);
    free(world->middles);
    free(world->disguises);
    net_free(world->net);
    trace_recorder_free(world->recorder);
    observer_free(world->observer);
    kept_free(world->kept);
    ahead_free(world->ahead);
    crypto_context_free(world->crypto);
    free(world->nodes);
    free(world->cpus);
    free(world->slots);
    free(world->checks);
    free(world->connects);
    free(world);
}

/* ---- running ---- */

/* Hosts that are about to connect: their key pairs are known from the scenario alone. */
static void look_ahead(struct world *world)
{
    while (world->foreseen < world->connect_count && ahead_wants_more(world->ahead)) {
        const struct connect *connect = &world->connects[world->foreseen++];
        if (connect->at >= world_now(world)) {
            node_foresee_initiate(connect->node, connect->peer, 0);
        }
    }
}

/* Events between two looks ahead: at most a millisecond or two. */
#define LOOK_EVERY 16

static uint64_t run_until(struct world *world, uint64_t until, uint64_t max)
{
    if (!world->ahead) {
        return sim_engine_run(world->engine, until, max);
    }
    uint64_t done = 0, part, want;
    do {
        look_ahead(world);
        want = max - done < LOOK_EVERY ? max - done : LOOK_EVERY;
        part = sim_engine_run(world->engine, until, want);
        done += part;
    } while (part == want && done < max);
    return done;
}

uint64_t world_run(struct world *world, uint64_t until, uint64_t max)
{
    uint64_t end = until < world->scenario->duration ? until : world->scenario->duration;
    uint64_t executed = 0;
    while (world->series && executed < max && trace_series_due(world->series) <= end &&
           trace_series_due(world->series) < world->scenario->duration) {
        uint64_t last = trace_series_due(world->series) - 1;
        executed += run_until(world, last, max - executed);
        if (sim_engine_next(world->engine) <= last) {
            return executed;
        }
        turn_series(world);
    }
    return executed + run_until(world, end, max - executed);
}

void world_flush(struct world *world)
{
    if (world->series) {
        trace_series_flush(world->series);
    }
}

int world_series_written(const struct world *world, char *why, size_t why_cap)
{
    snprintf(why, why_cap, "%s", world->series_error);
    return world->series_error[0] ? -1 : 0;
}

uint64_t world_now(const struct world *world)
{
    return sim_engine_now(world->engine);
}

bool world_done(const struct world *world)
{
    return sim_engine_now(world->engine) >= world->scenario->duration &&
           sim_engine_next(world->engine) > world->scenario->duration;
}

size_t world_finish(struct world *world, bool interrupted)
{
    uint64_t now = world_now(world);
    size_t failed = 0;
    for (size_t i = 0; i < world->scenario->expect_count && !world->options.only; i++) {
        struct check *check = &world->checks[i];
        if (!check->decided) {
            decide(check, now);
        }
        failed += check->holds ? 0 : 1;
    }
    close_series(world);
    world->hash = trace_recorder_hash(world->recorder);
    char hash[20];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)world->hash);
    trace_recorder_emit(
        world->recorder, world->channel, now, (struct trace_ref){0}, TRACE_RUN_END_EVENT,
        &(struct trace_run_end){
            .events = world->options.writer ? trace_writer_count(world->options.writer) + 1 : 0,
            .reason = interrupted ? "interrupted" : "complete",
            .hash = hash,
        });
    return failed;
}

bool world_expectation(const struct world *world, size_t i, const char **why)
{
    assert(i < world->scenario->expect_count);
    *why = world->checks[i].why;
    return world->checks[i].holds;
}

uint64_t world_hash(const struct world *world)
{
    return world->hash;
}

uint64_t world_executed(const struct world *world)
{
    return sim_engine_executed(world->engine);
}

const struct observer *world_observer(const struct world *world)
{
    return world->observer;
}

struct ahead_counts world_ahead_counts(const struct world *world)
{
    return world->ahead ? ahead_counts(world->ahead) : (struct ahead_counts){0};
}

const struct cpu_figures *world_cpu(const struct world *world, const char *host)
{
    return node_cpu(world->nodes[host_index(world, host)])->figures;
}

size_t world_memory(const struct world *world)
{
    size_t sum = 0;
    for (size_t i = 0; i < world->scenario->host_count; i++) {
        sum += host_memory(node_host(world->nodes[i]));
    }
    return sum;
}
