/* The server model (docs/design.md, rule 2): bounded queue, one item of an SA at a time, nothing
 * visible before it is paid for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/host/cpu.h"

struct job {
    struct cpu_item cpu;
    char label;
    uint64_t sa, price;
};

static char log_text[512];

static void note(const char *what, char label, uint64_t now)
{
    size_t len = strlen(log_text);
    snprintf(log_text + len, sizeof log_text - len, "%s%c@%llu ", what, label,
             (unsigned long long)now);
}

static uint64_t sa_of(void *context, const struct cpu_item *item)
{
    (void)context;
    return ((const struct job *)item)->sa;
}

static uint64_t work(void *context, struct cpu_item *item, uint64_t now)
{
    (void)context;
    struct job *job = (struct job *)item;
    note("+", job->label, now);
    return job->price;
}

static void done(void *context, struct cpu_item *item, uint64_t now)
{
    (void)context;
    note("-", ((struct job *)item)->label, now);
    free(item);
}

static unsigned dropped;

static void drop(void *context, struct cpu_item *item)
{
    (void)context;
    dropped++;
    free(item);
}

static const struct cpu_operations operations = {sa_of, work, done, drop};

struct bench {
    struct sim_engine *engine;
    struct sim_node node;
    struct cpu_options options;
    struct cpu_server server;
};

static void set_up_classes(struct bench *bench, const struct cpu_options *options)
{
    log_text[0] = '\0';
    dropped = 0;
    bench->engine = sim_engine_new(1);
    sim_node_init(bench->engine, &bench->node, "gw");
    bench->options = *options;
    cpu_server_init(&bench->server, bench->engine, &bench->node, &bench->options, true, &operations,
                    NULL);
}

static void set_up(struct bench *bench, uint32_t cores, uint32_t limit)
{
    set_up_classes(bench, &(struct cpu_options){.cores = cores, .limit = limit});
}

static void tear_down(struct bench *bench)
{
    sim_engine_free(bench->engine);
    cpu_server_dispose(&bench->server);
}

static bool submit_class(struct bench *bench, char label, uint64_t sa, uint64_t price,
                         enum cpu_class class)
{
    struct job *job = calloc(1, sizeof *job);
    job->label = label;
    job->sa = sa;
    job->price = price;
    bool taken = cpu_server_submit(&bench->server, &job->cpu, class, sim_engine_now(bench->engine));
    if (!taken) {
        free(job);
    }
    return taken;
}

static bool submit(struct bench *bench, char label, uint64_t sa, uint64_t price, bool own)
{
    return submit_class(bench, label, sa, price, own ? CPU_OWN : CPU_ESTABLISHED);
}

static void run(struct bench *bench)
{
    sim_engine_run(bench->engine, 1000000, UINT64_MAX);
}

static void cores_serve_in_order_of_arrival(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 2, 100);
    submit(&b, 'a', 1, 100, false);
    submit(&b, 'b', 2, 30, false);
    submit(&b, 'c', 3, 50, false);
    run(&b);
    assert_string_equal(log_text, "+a@0 +b@0 -b@30 +c@30 -c@80 -a@100 ");
    tear_down(&b);
}

static void an_item_of_a_busy_sa_keeps_its_place_and_waits_while_other_sas_go_on(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 2, 100);
    submit(&b, 'a', 1, 100, false);
    submit(&b, 'A', 1, 10, false); /* the duplicate */
    submit(&b, 'b', 2, 30, false);
    submit(&b, 'c', 3, 85, false);
    submit(&b, 'd', 4, 10, false);
    run(&b);
    /* At 100 the core that served SA 1 takes A, which came before d. */
    assert_string_equal(log_text,
                        "+a@0 +b@0 -b@30 +c@30 -a@100 +A@100 -A@110 +d@110 -c@115 -d@120 ");
    tear_down(&b);
}

static void a_full_queue_refuses_datagrams_but_never_timers_and_orders(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 2);
    assert_true(submit(&b, 'a', 0, 10, false));
    assert_true(submit(&b, 'b', 0, 10, false));
    assert_true(submit(&b, 'c', 0, 10, false));
    assert_false(submit(&b, 'd', 0, 10, false));
    assert_true(submit(&b, 't', 0, 10, true));
    run(&b);
    assert_string_equal(log_text, "+a@0 -a@10 +b@10 -b@20 +c@20 -c@30 +t@30 -t@40 ");
    assert_true(submit(&b, 'e', 0, 10, false));
    tear_down(&b);
    assert_int_equal(dropped, 1);
}

static void the_higher_priority_goes_first_and_of_one_priority_what_came_first(void **state)
{
    (void)state;
    struct bench b;
    set_up_classes(&b, &(struct cpu_options){.cores = 1,
                                             .limit = 100,
                                             .classes = {[CPU_OWN] = {.priority = CPU_HIGH},
                                                         [CPU_RESPONSE] = {.priority = CPU_HIGH},
                                                         [CPU_ESTABLISHED] = {CPU_MEDIUM, 0},
                                                         [CPU_AUTH] = {CPU_MEDIUM, 0},
                                                         [CPU_INIT] = {.priority = CPU_LOW},
                                                         [CPU_ESP] = {.priority = CPU_MEDIUM}}});
    submit_class(&b, 'a', 0, 10, CPU_INIT); /* nothing is interrupted */
    submit_class(&b, 'i', 0, 10, CPU_INIT);
    submit_class(&b, 'p', 0, 10, CPU_ESP);
    submit_class(&b, 'e', 0, 10, CPU_ESTABLISHED);
    submit_class(&b, 'r', 0, 10, CPU_RESPONSE);
    submit_class(&b, 'u', 0, 10, CPU_AUTH);
    submit_class(&b, 'o', 0, 10, CPU_OWN);
    run(&b);
    assert_string_equal(log_text, "+a@0 -a@10 +r@10 -r@20 +o@20 -o@30 +p@30 -p@40 +e@40 -e@50 "
                                  "+u@50 -u@60 +i@60 -i@70 ");
    tear_down(&b);
}

static void an_item_of_a_busy_sa_waits_whatever_its_priority(void **state)
{
    (void)state;
    struct bench b;
    set_up_classes(
        &b, &(struct cpu_options){
                .cores = 2,
                .limit = 100,
                .classes = {
                    [CPU_RESPONSE] = {.priority = CPU_HIGH}, [CPU_INIT] = {.priority = CPU_LOW}}});
    submit_class(&b, 'a', 1, 100, CPU_INIT);
    submit_class(&b, 'A', 1, 10, CPU_RESPONSE);
    submit_class(&b, 'b', 2, 30, CPU_INIT);
    submit_class(&b, 'c', 3, 50, CPU_INIT);
    run(&b);
    assert_string_equal(log_text, "+a@0 +b@0 -b@30 +c@30 -c@80 -a@100 +A@100 -A@110 ");
    tear_down(&b);
}

static void a_class_with_a_queue_of_its_own_takes_no_room_of_others(void **state)
{
    (void)state;
    struct bench b;
    set_up_classes(
        &b, &(struct cpu_options){.cores = 1,
                                  .limit = 2,
                                  .classes = {[CPU_INIT] = {.priority = CPU_LOW, .limit = 1}}});
    assert_true(submit_class(&b, 'a', 0, 10, CPU_INIT));
    assert_true(submit_class(&b, 'b', 0, 10, CPU_INIT));
    assert_false(submit_class(&b, 'c', 0, 10, CPU_INIT));
    assert_true(submit_class(&b, 'd', 0, 10, CPU_AUTH)); /* two of the others wait */
    assert_true(submit_class(&b, 'e', 0, 10, CPU_RESPONSE));
    assert_false(submit_class(&b, 'f', 0, 10, CPU_ESTABLISHED));
    assert_true(submit_class(&b, 'p', 0, 10, CPU_ESP)); /* and two of ESP may */
    assert_true(submit_class(&b, 'q', 0, 10, CPU_ESP));
    assert_false(submit_class(&b, 's', 0, 10, CPU_ESP));
    assert_true(submit_class(&b, 't', 0, 10, CPU_OWN));
    assert_int_equal(cpu_server_waiting(&b.server), 6);
    assert_int_equal(b.server.figures->refused[CPU_INIT], 1);
    assert_int_equal(b.server.figures->refused[CPU_ESTABLISHED], 1);
    assert_int_equal(b.server.figures->refused[CPU_ESP], 1);
    run(&b);
    tear_down(&b);
}

static void busy_time_and_waits_are_kept(void **state)
{
    (void)state;
    struct bench b;
    set_up_classes(&b, &(struct cpu_options){.cores = 2, .limit = 100});
    submit_class(&b, 'a', 0, 100, CPU_AUTH);
    submit_class(&b, 'b', 0, 40, CPU_AUTH);
    submit_class(&b, 'c', 0, 30, CPU_AUTH);
    assert_int_equal(b.server.waiting_most, 1);
    sim_engine_run(b.engine, 50, UINT64_MAX);
    assert_int_equal(cpu_server_busy(&b.server, 50), 100); /* both cores all the time */
    run(&b);
    assert_int_equal(cpu_server_busy(&b.server, 1000), 170);
    assert_int_equal(b.server.figures->waits[CPU_AUTH].count, 3);
    assert_int_equal(b.server.figures->waits[CPU_AUTH].max, 40);
    assert_int_equal(trace_histogram_percentile(&b.server.figures->waits[CPU_AUTH], 500), 0);
    tear_down(&b);
}

static void what_waits_when_the_run_ends_is_given_back(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 10);
    submit(&b, 'a', 0, 10, false);
    submit(&b, 'b', 0, 10, false);
    submit(&b, 'c', 0, 10, false);
    tear_down(&b);
    assert_int_equal(dropped, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cores_serve_in_order_of_arrival),
        cmocka_unit_test(an_item_of_a_busy_sa_keeps_its_place_and_waits_while_other_sas_go_on),
        cmocka_unit_test(a_full_queue_refuses_datagrams_but_never_timers_and_orders),
        cmocka_unit_test(the_higher_priority_goes_first_and_of_one_priority_what_came_first),
        cmocka_unit_test(an_item_of_a_busy_sa_waits_whatever_its_priority),
        cmocka_unit_test(a_class_with_a_queue_of_its_own_takes_no_room_of_others),
        cmocka_unit_test(busy_time_and_waits_are_kept),
        cmocka_unit_test(what_waits_when_the_run_ends_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
