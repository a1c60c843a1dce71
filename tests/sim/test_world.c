/* A world: the same run whether it is looked at often or never, recorded whole, in part or not at
 * all; what an interruption leaves; that each seed has its own. */
#include "sim/scenario/world.h"

#include <unistd.h>

#include "tests/sim/scenario_support.h"
#include "trace/reader.h"

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)

static const char text[] =
    "duration: 5s\n"
    "hosts:\n"
    "  - name: alice\n"
    "    connect: gw\n"
    "    ike: {secret: x, id: alice@example.org, retransmit_timeout: 500ms}\n"
    "    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}]\n"
    "    traffic: [{child: net, every: 50ms}]\n"
    "  - name: bob\n"
    "    connect: gw\n"
    "    ike: {secret: x, id: bob@example.org, retransmit_timeout: 500ms}\n"
    "    children: [{name: net, local_ts: [10.3.0.0/24], remote_ts: [10.2.0.0/24]}]\n"
    "    traffic: [{child: net, every: 50ms}]\n"
    "  - name: gw\n"
    "    ike: {secret: x, id: gw.example.org}\n"
    "    children:\n"
    "      - {name: a, local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}\n"
    "      - {name: b, local_ts: [10.2.0.0/24], remote_ts: [10.3.0.0/24]}\n"
    "links:\n"
    "  - {between: [alice, gw], delay: 40ms, jitter: 5ms, loss: 20%, duplicate: 10%, reorder: "
    "10%}\n"
    "  - {between: [bob, gw], delay: 40ms, jitter: 5ms, loss: 20%}\n"
    "expect:\n"
    "  - {host: alice, child: net, is: established, by: 1ms}\n"
    "  - {host: alice, child: net, is: established}\n"
    "  - {count: inner_packets_delivered_twice, equals: 0}\n";

struct outcome {
    uint64_t hash, executed, answered;
    size_t failed;
};

/* Runs a scenario in slices of so many events. */
static struct outcome run_sliced(const struct scenario *scenario,
                                 const struct world_options *options, uint64_t slice)
{
    char why[200];
    struct world *world = world_new(scenario, options, why, sizeof why);
    assert_non_null(world);
    while (!world_done(world)) {
        assert_true(world_run(world, scenario->duration, slice) <= slice);
    }
    assert_int_equal(world_now(world), scenario->duration);
    size_t failed = world_finish(world, false);
    struct outcome outcome = {
        .failed = failed,
        .hash = world_hash(world),
        .executed = world_executed(world),
        .answered = observer_count(world_observer(world), SCENARIO_COUNT_PINGS_ANSWERED, NULL),
    };
    world_free(world);
    return outcome;
}

static void a_run_does_not_depend_on_how_it_is_sliced(void **state)
{
    struct scenario *scenario = support_read(text);
    const struct world_options options = {0};
    struct outcome whole = run_sliced(scenario, &options, UINT64_MAX);
    (void)state;
    assert_true(whole.answered > 50);
    assert_int_equal(whole.failed, 1); /* nobody has a tunnel after 1 ms */
    static const uint64_t slices[] = {1, 7, 1000};
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
        struct outcome sliced = run_sliced(scenario, &options, slices[i]);
        assert_memory_equal(&sliced, &whole, sizeof whole);
    }
    scenario_free(scenario);
}

static bool keep_bob(void *context, const char *host, const char *peer)
{
    (void)context;
    return strcmp(host, "bob") == 0 || (peer && strcmp(peer, "bob") == 0);
}

static uint64_t recorded(const char *dir)
{
    char error[200];
    struct trace_reader *reader = trace_reader_open(dir, error, sizeof error);
    if (!reader) {
        fail_msg("%s", error);
    }
    assert_true(trace_reader_complete(reader));
    uint64_t count = trace_reader_count(reader);
    trace_reader_close(reader);
    return count;
}

/* The hash is of all events, recorded or not (docs/recording.md, "The hash"). */
static void the_hash_does_not_depend_on_what_is_recorded(void **state)
{
    struct scenario *scenario = support_read(text);
    uint64_t hash = run_sliced(scenario, &(struct world_options){0}, UINT64_MAX).hash;
    uint64_t counts[2];
    (void)state;
    for (int part = 0; part < 2; part++) {
        char error[200];
        struct trace_writer *writer = trace_writer_open("rec", error, sizeof error);
        assert_non_null(writer);
        struct world_options options = {.writer = writer, .keep = part ? keep_bob : NULL};
        assert_int_equal(run_sliced(scenario, &options, UINT64_MAX).hash, hash);
        assert_int_equal(trace_writer_close(writer, error, sizeof error), 0);
        counts[part] = recorded("rec");
        assert_int_equal(unlink("rec/run.ndjson") | unlink("rec/run.index") | rmdir("rec"), 0);
    }
    assert_in_range(counts[1], 100, counts[0] * 3 / 4);
    scenario_free(scenario);
}

static void each_seed_has_its_own_run(void **state)
{
    static const char *const set[] = {"seed=2", NULL};
    struct scenario *one = support_read(text);
    struct scenario *two = support_read_set(text, set);
    const struct world_options options = {0};
    (void)state;
    assert_int_not_equal(run_sliced(one, &options, UINT64_MAX).hash,
                         run_sliced(two, &options, UINT64_MAX).hash);
    scenario_free(one);
    scenario_free(two);
}

/* A scenario's own text, or the one with all defaults that is printed of it: the same run. */
static void a_scenario_printed_is_the_same_run(void **state)
{
    struct scenario *scenario = support_read(text);
    const struct world_options options = {0};
    uint64_t hash = run_sliced(scenario, &options, UINT64_MAX).hash;
    char *printed = scenario_print(scenario);
    struct scenario *again = support_read(printed);
    (void)state;
    assert_int_equal(run_sliced(again, &options, UINT64_MAX).hash, hash);
    free(printed);
    scenario_free(again);
    scenario_free(scenario);
}

static void an_interruption_decides_what_is_left_as_things_stand(void **state)
{
    struct scenario *scenario = support_read(text);
    char why[200];
    const char *said;
    struct world *world = world_new(scenario, &(struct world_options){0}, why, sizeof why);
    (void)state;
    assert_non_null(world);
    while (world_now(world) < 10 * MS) {
        world_run(world, scenario->duration, 1);
    }
    assert_false(world_done(world));
    assert_int_equal(world_finish(world, true), 2);
    assert_false(world_expectation(world, 0, &said));
    assert_false(world_expectation(world, 1, &said));
    assert_string_equal(said, "CHILD SA net of alice is not established");
    assert_true(world_expectation(world, 2, &said));
    world_free(world);
    scenario_free(scenario);
}

/* What is still queued, waiting for a CPU or being worked on is freed with the world (ASan sees).
 */
static void a_world_can_be_left_at_any_time(void **state)
{
    static const char *const set[] = {"hosts.gw.cpu.cores=1", NULL};
    struct scenario *scenario = support_read_set(text, set);
    char why[200];
    (void)state;
    for (uint64_t events = 0; events < 400; events += 3) {
        struct world *world = world_new(scenario, &(struct world_options){0}, why, sizeof why);
        assert_non_null(world);
        assert_int_equal(world_run(world, scenario->duration, events), events);
        world_free(world);
    }
    scenario_free(scenario);
}

static void memory_is_that_of_the_sas(void **state)
{
    struct scenario *scenario = support_read(text);
    char why[200];
    struct world *world = world_new(scenario, &(struct world_options){0}, why, sizeof why);
    (void)state;
    assert_non_null(world);
    size_t before = world_memory(world);
    world_run(world, scenario->duration, UINT64_MAX);
    assert_true(world_memory(world) > before + 1000);
    world_free(world);
    scenario_free(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_does_not_depend_on_how_it_is_sliced),
        cmocka_unit_test(the_hash_does_not_depend_on_what_is_recorded),
        cmocka_unit_test(each_seed_has_its_own_run),
        cmocka_unit_test(a_scenario_printed_is_the_same_run),
        cmocka_unit_test(an_interruption_decides_what_is_left_as_things_stand),
        cmocka_unit_test(a_world_can_be_left_at_any_time),
        cmocka_unit_test(memory_is_that_of_the_sas),
    };
    return cmocka_run_group_tests(tests, support_setup, support_teardown);
}
