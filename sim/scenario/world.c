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

static void index_hosts(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    world->slot_count = 16;
    while (world->slot_count < scenario->host_count * 2) {
        world->slot_count *= 2;
    }
    world->slots = sim_calloc(world->slot_count, sizeof *world->slots);
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

/* Of all its CHILD SAs, however many; malloc'ed. */
static char *print_networks(const struct scenario_member *host)
{
    const struct ike_policy *policy = &host->host->policy;
    size_t at = 0, cap = 1;
    for (size_t c = 0; c < policy->child_count; c++) {
        cap += policy->children[c].local_ts_count * (2 * NET_ADDRESS_TEXT + 3);
    }
    char *text = sim_calloc(cap, 1);
    for (size_t c = 0; c < policy->child_count; c++) {
        const struct ike_child_policy *child = &policy->children[c];
        struct ike_selector local[IKE_SELECTORS_MAX];
        ike_selectors_move(child->local_ts, child->local_ts_count, host->self.local_place, local);
        for (size_t i = 0; i < child->local_ts_count; i++) {
            char start_text[NET_ADDRESS_TEXT], end_text[NET_ADDRESS_TEXT];
            struct net_address start, end;
            values_selector_range(&local[i], &start, &end);
            at += (size_t)snprintf(text + at, cap - at, "%s%s-%s", at ? ", " : "",
                                   net_address_print(&start, start_text),
                                   net_address_print(&end, end_text));
        }
    }
    return text;
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
        char address[NET_ADDRESS_TEXT], *networks = print_networks(host);
        struct net_port *port = node_port(world->nodes[i]);
        trace_recorder_emit(world->recorder, port->channel, 0, (struct trace_ref){0},
                            TRACE_HOST_DECLARED_EVENT,
                            &(struct trace_host_declared){
                                .address = net_address_print(&host->address, address),
                                .identity = host->self.identity.text,
                                .connects_to = host->connect,
                                .networks = networks,
                            });
        free(networks);
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
    world->reloads = reloads_new(scenario);
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
    struct world *world = sim_calloc(1, sizeof *world);
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
        .names = {.find = world_find_fqdn, .context = world, .delay = scenario->dns_delay},
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
    reloads_free(world->reloads);
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
