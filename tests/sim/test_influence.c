/* Whom a change can reach: those do in a run without the others what they do among them. */
#include "scenario_support.h"

#include "sim/scenario/influence.h"
#include "sim/scenario/world.h"
#include "trace/writer.h"

static const char pairs[] =
    "duration: 4s\n"
    "pairs: 5\n"
    "hosts:\n"
    "  - name: a\n"
    "    connect: b\n"
    "    ike: {secret: s, retransmit_timeout: 300ms}\n"
    "    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/24]}]\n"
    "    traffic: [{child: net, every: 200ms}]\n"
    "  - name: b\n"
    "    ike: {secret: s}\n"
    "    children: [{name: net, local_ts: [10.2.0.0/24], remote_ts: [10.1.0.0/24]}]\n"
    "links: [{between: [a, b], delay: 5ms, jitter: 2ms, loss: 20%}]\n"
    "script:\n"
    "  - {do: drop, on: {exchange: IKE_AUTH, message: request, from: a-3, to: b-3}, nth: 1}\n"
    "expect: [{count: ike_sas_established, at_least: 1}]\n";

static const char clients[] =
    "duration: 1s\n"
    "hosts:\n"
    "  - name: c\n"
    "    count: 5\n"
    "    connect: gw\n"
    "    ike: {secret: s}\n"
    "    children: [{name: net, local_ts: [10.1.0.0/24], remote_ts: [10.2.0.0/16]}]\n"
    "  - name: gw\n"
    "    count: 2\n"
    "    ike: {secret: s}\n"
    "    children: [{name: net, local_ts: [10.2.0.0/16], remote_ts: [10.0.0.0/8]}]\n"
    "links: [{between: [c, gw], delay: 5ms}]\n"
    "script:\n"
    "  - {do: restart, at: 500ms, host: c-3}\n";

static void check_reached(const char *text, size_t lines, const char *const *names)
{
    struct scenario *scenario = support_read(text);
    bool *reached = influence_of(scenario, lines);
    assert_int_equal(reached != NULL, names != NULL);
    for (size_t i = 0; names && i < scenario->host_count; i++) {
        bool expected = false;
        for (size_t k = 0; names[k]; k++) {
            expected |= strcmp(names[k], scenario->hosts[i].name) == 0;
        }
        if (reached[i] != expected) {
            fail_msg("%s is %sreached", scenario->hosts[i].name, reached[i] ? "" : "not ");
        }
    }
    free(reached);
    scenario_free(scenario);
}

static void a_pair_is_reached_alone(void **state)
{
    (void)state;
    check_reached(pairs, 1, (const char *const[]){"a-3", "b-3", NULL});
}

/* c-3 has its gateway for a peer, and that has others: they share a CPU. */
static void who_shares_a_peer_is_reached_and_who_has_another_is_not(void **state)
{
    (void)state;
    check_reached(clients, 1, (const char *const[]){"c-1", "c-3", "c-5", "gw-1", NULL});
}

/* Whoever may be sent to somebody by a name, and those who answer at one address. */
static void names_and_shared_addresses_join(void **state)
{
    static const char gateways[] =
        "duration: 1s\n"
        "hosts:\n"
        "  - {name: a, connect: b, ike: {secret: s}, children: [{name: net}]}\n"
        "  - {name: b, ike: {secret: s, redirect_fqdn: C.example.org}, children: [{name: net}]}\n"
        "  - {name: c, fqdn: c.example.org, anycast: 192.0.2.9, ike: {secret: s}}\n"
        "  - {name: d, anycast: 192.0.2.9, ike: {secret: s}}\n"
        "  - {name: e, connect: f, ike: {secret: s}, children: [{name: net}]}\n"
        "  - {name: f, ike: {secret: s, redirect_fqdn: g.example.org}, children: [{name: net}]}\n"
        "links: [{between: [a, b], delay: 5ms}, {between: [e, f], delay: 5ms}]\n"
        "script:\n"
        "  - {do: restart, at: 500ms, host: a}\n";
    (void)state;
    check_reached(gateways, 1, (const char *const[]){"a", "b", "c", "d", NULL});
}

static void check_changed(const char *text, const char *from, const char *to)
{
    char *changed = support_replace(text, from, to);
    check_reached(changed, 1, NULL);
    free(changed);
}

static void all_are_reached_where_anybody_may_be(void **state)
{
    (void)state;
    check_changed(clients, "delay: 5ms", "delay: 5ms, shared: true");
    check_changed(pairs, ", from: a-3, to: b-3", "");
    check_changed(pairs, ", from: a-3, to: b-3", ", from: a-3"); /* the first of all of them? */
    check_reached(pairs, 0, NULL); /* the change is none of the script's lines */
}

/* The lines of a recording that name the host, in order; malloc'ed. */
static char *lines_of(const char *dir, const char *host)
{
    char path[64], *line = NULL, *text = NULL;
    size_t cap = 0, len = 0;
    snprintf(path, sizeof path, "%s/run.ndjson", dir);
    FILE *in = fopen(path, "r"), *out = open_memstream(&text, &len);
    assert_non_null(in);
    while (getline(&line, &cap, in) > 0) {
        if (strstr(line, host)) {
            fputs(line, out);
        }
    }
    free(line);
    fclose(in);
    fclose(out);
    return text;
}

static char *run(const struct scenario *scenario, const bool *only, const char *host,
                 uint64_t *executed)
{
    char error[200];
    struct trace_writer *writer = trace_writer_open(".", error, sizeof error);
    assert_non_null(writer);
    struct world *world = world_new(
        scenario, &(struct world_options){.writer = writer, .only = only}, error, sizeof error);
    assert_non_null(world);
    while (!world_done(world)) {
        world_run(world, scenario->duration, 1000);
    }
    world_finish(world, false);
    *executed = world_executed(world);
    world_free(world);
    assert_int_equal(trace_writer_close(writer, error, sizeof error), 0);
    char *lines = lines_of(".", host);
    unlink("run.ndjson");
    unlink("run.index");
    return lines;
}

static void what_is_reached_does_the_same_without_the_others(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(pairs);
    bool *reached = influence_of(scenario, 1);
    uint64_t all, few;
    char *among_all = run(scenario, NULL, "a-3", &all);
    char *alone = run(scenario, reached, "a-3", &few);
    assert_true(strlen(alone) > 10000);
    assert_string_equal(alone, among_all);
    assert_true(few * 3 < all);
    free(alone);
    free(among_all);
    free(reached);
    scenario_free(scenario);
}

static void nobody_else_says_a_word(void **state)
{
    (void)state;
    struct scenario *scenario = support_read(pairs);
    bool *reached = influence_of(scenario, 1);
    uint64_t executed;
    char *other = run(scenario, reached, "a-1\"", &executed);
    assert_string_equal(other, "");
    char *expectations = run(scenario, reached, "expect:", &executed);
    assert_string_equal(expectations, "");
    free(other);
    free(expectations);
    free(reached);
    scenario_free(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_reached_alone),
        cmocka_unit_test(who_shares_a_peer_is_reached_and_who_has_another_is_not),
        cmocka_unit_test(names_and_shared_addresses_join),
        cmocka_unit_test(all_are_reached_where_anybody_may_be),
        cmocka_unit_test(what_is_reached_does_the_same_without_the_others),
        cmocka_unit_test(nobody_else_says_a_word),
    };
    return cmocka_run_group_tests(tests, support_setup, support_teardown);
}
