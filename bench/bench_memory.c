/*
 * Memory of an established pair, both ends, as the slope between two sizes of a world, so that what
 * does not grow with pairs is left out: the process's resident set, what malloc has given out, and
 * that by what it is for. Three moments: right after set-up, when response_keep has passed, and
 * while every IKE SA is being rekeyed.
 *
 * Each world has a process of its own: memory that was freed by another would hide what is taken.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bed.h"
#include "bench/sites.h"

#define FEW ((size_t)2000)
#define MANY ((size_t)10000)

#define APART (BED_MS / 10)
#define LIMIT 6144 /* octets of an idle pair */

static bool blocks_wanted; /* --blocks */

enum moment { SET_UP, IDLE, REKEYING, MOMENTS };

static const char *const moment_names[MOMENTS] = {"after set-up", "idle", "in a rekey wave"};

/* What a function allocates is a part of. */
static const struct {
    const char *function, *part;
} parts[] = {
    {"make", "IKE SA"},
    {"ike_sa_derive_keys", "its keys"},
    {"keep_keys", "its keys"},
    {"ike_shrink", "its keys"},
    {"ike_sa_set_peer_identity", "IKE SA"},
    {"ike_ring_put", "requests and responses"},
    {"resize", "requests and responses"},
    {"keep", "requests and responses"},
    {"ike_message_end", "requests and responses"},
    {"ike_task_new", "requests and responses"},
    {"ike_sent_new", "requests and responses"},
    {"ike_rekey_build", "requests and responses"},
    {"ike_init_take", "requests and responses"},
    {"ike_child_new", "CHILD SA in IKE"},
    {"ike_child_offer_new", "CHILD SA in IKE"},
    {"esp_pair_new", "CHILD SA in ESP"},
    {"outer_add", "outbound policy"},
    {"esp_spd_add", "outbound policy"},
    {"find_or_make", "outbound policy"},
    {"grow", "tables"},
    {"ike_index_insert", "tables"},
    {"ike_endpoint_new", "host"},
    {"esp_stack_new", "host"},
    {"host_new", "host"},
    {"node_new", "node"},
    {"cpu_server_init", "node"},
    {"traffic_init", "node"},
    {"net_add_port", "port and paths"},
    {"add_path", "port and paths"},
    {"place", "scenario: policies, names"},
    {"arena_alloc", "scenario: policies, names"},
    {"trace_alloc", "recorder's scopes"},
    {"trace_alloc_zero", "recorder's scopes"},
    {"trace_resize", "recorder's scopes"},
    {"trace_recorder_channel", "recorder's scopes"},
    {"new_places", "observer"},
    {"messages_find", "observer"},
    {"observer_new", "observer"},
    {"packets_new", "observer"},
    {"sim_engine_schedule", "events and timers"},
    {"node_calloc", "events and timers"},
    {"node_order", "events and timers"},
    {"arm", "events and timers"},
    {"net_datagram_new", "datagrams"},
    {"node_item_new", "work items"},
    {"errand_run", "work items"},
    {"port_receive", "work items"},
    {"alarm_run", "work items"},
    {"ike_actions_add", "work items"},
    {"ike_actions_transmit", "work items"},
    {"trace_batch_emit", "work items"},
    {"world_new", "world's tables"},
    {"world_build_hosts", "world's tables"},
    {"order_rekeys", "orders of the bench"},
    {"run", "orders of the bench"},
    {"run_apart", "orders of the bench"},
};

enum { PARTS = sizeof parts / sizeof parts[0] };

struct sums {
    size_t resident, given_out, counted;
    size_t by_part[PARTS + 1]; /* by the first row of that part; the last: everything else */
};

static size_t part_of(const char *function)
{
    size_t i = 0;
    while (i < PARTS && strcmp(parts[i].function, function) != 0) {
        i++;
    }
    for (size_t first = 0; i < PARTS && first < i; first++) {
        if (strcmp(parts[first].part, parts[i].part) == 0) {
            return first;
        }
    }
    return i;
}

static size_t resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    if (!file || fscanf(file, "%*u %lu", &pages) != 1) {
        abort();
    }
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Counted by function, or else what the whole process has: counting takes memory itself. */
static struct sums measure(bool by_function)
{
    struct mallinfo2 info = mallinfo2();
    struct sums sums = {.resident = resident(), .given_out = info.uordblks + info.hblkhd};
    size_t count = 0;
    struct site *sites = by_function ? sites_take(&count) : NULL;
    for (size_t i = 0; i < count; i++) {
        sums.by_part[part_of(sites[i].function)] += sites[i].octets;
        sums.counted += sites[i].octets;
        if (part_of(sites[i].function) == PARTS && sites[i].octets > 40 * FEW) {
            fprintf(stderr, "not named: %s %zu\n", sites[i].function, sites[i].octets);
        }
    }
    free(sites);
    return sums;
}

/* Every initiator rekeys its IKE SA at once; 30 ms later all wait for an answer. The orders and
 * their events are the bench's, so the other moments are measured in a world without. */
static void order_rekeys(struct scenario *scenario, uint64_t at)
{
    scenario->script = calloc(scenario->host_count, sizeof *scenario->script);
    if (!scenario->script) {
        abort();
    }
    for (size_t i = 0; i < scenario->host_count; i++) {
        if (scenario->hosts[i].connect) {
            scenario->script[scenario->script_count++] = (struct scenario_line){
                .order = SCENARIO_REKEY_IKE, .at = at, .host = scenario->hosts[i].name};
        }
    }
}

/* Block by block: what there are many of in an idle world. */
static void print_blocks(size_t pairs)
{
    size_t count = 0;
    struct site *sites = sites_take(&count);
    printf("blocks of an idle world of %zu pairs\n", pairs);
    for (size_t i = 0; i < count; i++) {
        if (sites[i].octets > 4 * pairs) {
            printf("  %-28s %8zu octets, %8zu of them, %9.1f a pair\n", sites[i].function,
                   sites[i].size, sites[i].blocks, (double)sites[i].octets / (double)pairs);
        }
    }
    free(sites);
}

static void run(size_t pairs, bool by_function, bool rekey, struct sums sums[MOMENTS])
{
    if (by_function) {
        sites_begin();
    }
    struct scenario *scenario = bed_pairs(pairs, "pooled", APART, UINT64_C(900000) * BED_MS);
    uint64_t set_up = pairs * APART + 1000 * BED_MS, wave = set_up + UINT64_C(600000) * BED_MS;
    if (rekey) {
        order_rekeys(scenario, wave);
    }
    struct world *world = bed_world(scenario, &(struct world_options){0});
    bed_run(world, set_up);
    bed_check(world, 2 * pairs);
    if (rekey) {
        bed_run(world, wave + 30 * BED_MS);
        sums[REKEYING] = measure(by_function);
    } else {
        sums[SET_UP] = measure(by_function);
        if (blocks_wanted) {
            print_blocks(pairs);
        }
        bed_run(world, set_up + UINT64_C(400000) * BED_MS);
        sums[IDLE] = measure(by_function);
        if (blocks_wanted) {
            print_blocks(pairs);
        }
    }
    world_free(world);
}

/* In a process of its own. */
static void run_apart(size_t pairs, bool by_function, bool rekey, struct sums sums[MOMENTS])
{
    int ends[2];
    size_t len = MOMENTS * sizeof *sums;
    if (pipe(ends) != 0) {
        abort();
    }
    pid_t child = fork();
    if (child == 0) {
        run(pairs, by_function, rekey, sums);
        _exit(write(ends[1], sums, len) == (ssize_t)len ? 0 : 1);
    }
    close(ends[1]);
    if (child < 0 || read(ends[0], sums, len) != (ssize_t)len) {
        fputs("bench_memory: a world failed\n", stderr);
        exit(1);
    }
    close(ends[0]);
    waitpid(child, NULL, 0);
}

static long slope(size_t few, size_t many)
{
    return ((long)many - (long)few) / (long)(MANY - FEW);
}

static void print_row(const char *what, const long values[MOMENTS])
{
    printf("  %-28s", what);
    for (int m = 0; m < MOMENTS; m++) {
        printf(" %12ld", values[m]);
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--blocks") == 0) {
        struct sums sums[MOMENTS];
        blocks_wanted = true;
        run(FEW, true, false, sums);
        return 0;
    }
    static struct sums few[MOMENTS], many[MOMENTS], few_named[MOMENTS], many_named[MOMENTS];
    /* The second one fills the place that the first has left. */
    for (int rekey = 1; rekey >= 0; rekey--) {
        run_apart(FEW, false, rekey, few);
        run_apart(MANY, false, rekey, many);
        run_apart(FEW, true, rekey, few_named);
        run_apart(MANY, true, rekey, many_named);
    }
    printf("memory of a pair, both ends, octets: slope from %zu to %zu pairs, pooled keys\n  %-28s",
           FEW, MANY, "");
    for (int m = 0; m < MOMENTS; m++) {
        printf(" %12s", m == REKEYING ? "rekey wave" : moment_names[m]);
    }
    putchar('\n');
    long values[MOMENTS], counted[MOMENTS], given[MOMENTS];
    for (size_t part = 0; part <= PARTS; part++) {
        long most = 0;
        for (int m = 0; m < MOMENTS; m++) {
            values[m] = slope(few_named[m].by_part[part], many_named[m].by_part[part]);
            most = values[m] > most ? values[m] : most;
        }
        if (most > 0) {
            print_row(part < PARTS ? parts[part].part : "else", values);
        }
    }
    for (int m = 0; m < MOMENTS; m++) {
        counted[m] = slope(few_named[m].counted, many_named[m].counted);
        given[m] = slope(few[m].given_out, many[m].given_out);
        values[m] = given[m] - counted[m];
    }
    print_row("sum of these", counted);
    print_row("malloc's own, and libraries'", values);
    print_row("given out by malloc", given);
    for (int m = 0; m < MOMENTS; m++) {
        values[m] = slope(few[m].resident, many[m].resident);
    }
    print_row("resident", values);
    printf("  idle: %ld given out, %ld resident (limit %d)%s\n", given[IDLE], values[IDLE], LIMIT,
           values[IDLE] <= LIMIT ? "" : "  OVER THE LIMIT");
    return 0;
}
