/* A world is built from its parts, runs, and ends. */
#include "sim/scenario/world_internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "crypto/kex.h"
#include "ike/selectors.h"
#include "sim/scenario/schema.h"
#include "sim/scenario/values.h"

void *world_alloc(size_t count, size_t size)
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
    world->slots = world_alloc(world->slot_count, sizeof *world->slots);
    for (size_t i = 0; i < scenario->host_count; i++) {
        const char *name = scenario->hosts[i].name;
        size_t at = (size_t)XXH3_64bits(name, strlen(name)) & (world->slot_count - 1);
        while (world->slots[at]) {
            at = (at + 1) & (world->slot_count - 1);
        }
        world->slots[at] = (uint32_t)i + 1;
    }
}

size_t world_host_index(const struct world *world, const char *name)
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

<<<<<<< HEAD
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

=======
>>>>>>> integration
/* The run's own events make a recording of what else is kept: they are not to choose. */
static bool keep_scope(void *context, const char *host, const char *peer)
{
    const struct world *world = context;
    const struct world_options *options = &world->options;
    return strcmp(host, WORLD_SCOPE) == 0 ||
           (kept_scope(world->kept, host, peer) &&
            (!options->keep || options->keep(options->keep_context, host, peer)));
}

/* Scalars of the pool, which belongs to no host: a function of the seed alone. */
static void draw_pool(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    node_draw(((const struct world *)context)->draw_key, draw, out, len);
}

static void populate(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    index_hosts(world);
    world->faults = faults_new(scenario);
    world_build_hosts(world);
    world_build_nats(world);
    world_join_hosts(world);
    declare_run(world);
    world_join_through_nats(world);
    world_build_attackers(world);
    world_give_orders(world);
    world_schedule_checks(world);
    if (world->ahead) {
        world_list_connects(world);
    }
}

struct world *world_new(const struct scenario *scenario, const struct world_options *options,
                        char *why, size_t why_cap)
{
    struct crypto_context *crypto = crypto_context_new(why, why_cap);
    if (!crypto) {
        return NULL;
    }
    struct world *world = world_alloc(1, sizeof *world);
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
    if (!world_open_series(world, why, why_cap)) {
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
    populate(world);
    return world;
}

void world_free(struct world *world)
{
    if (!world) {
        return;
    }
    world_close_series(world);
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

/* Events between two looks ahead: at most a millisecond or two. */
#define LOOK_EVERY 16

static uint64_t run_until(struct world *world, uint64_t until, uint64_t max)
{
    if (!world->ahead) {
        return sim_engine_run(world->engine, until, max);
    }
    uint64_t done = 0, part, want;
    do {
        world_look_ahead(world);
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
        world_turn_series(world);
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
        struct world_check *check = &world->checks[i];
        if (!check->decided) {
            world_decide(check, now);
        }
        failed += check->holds ? 0 : 1;
    }
    world_close_series(world);
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
    return node_cpu(world->nodes[world_host_index(world, host)])->figures;
}

size_t world_memory(const struct world *world)
{
    size_t sum = 0;
    for (size_t i = 0; i < world->scenario->host_count; i++) {
        sum += host_memory(node_host(world->nodes[i]));
    }
    return sum;
}
