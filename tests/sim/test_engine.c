/* The order of events is total and owes nothing to the order in which they were queued
 * (docs/design.md, rule 4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/engine/draw.h"
#include "sim/engine/engine.h"

struct note {
    struct sim_event event;
    char label[24];
};

static char transcript[256];
static size_t transcript_len;
static uint64_t last_time;
static unsigned dropped;

static void note_run(struct sim_event *event, uint64_t now)
{
    struct note *note = (struct note *)event;
    assert_int_equal(event->time, now);
    assert_true(now >= last_time);
    last_time = now;
    transcript_len += (size_t)snprintf(transcript + transcript_len,
                                       sizeof transcript - transcript_len, "%s ", note->label);
    free(note);
}

static void note_drop(struct sim_event *event)
{
    dropped++;
    free(event);
}

static void queue(struct sim_engine *engine, struct sim_node *origin, struct sim_node *executing,
                  uint64_t at, const char *label)
{
    struct note *note = calloc(1, sizeof *note);
    note->event.run = note_run;
    note->event.drop = note_drop;
    snprintf(note->label, sizeof note->label, "%s", label);
    sim_engine_schedule(engine, &note->event, origin, executing, at);
}

static void restart(void)
{
    transcript[0] = '\0';
    transcript_len = 0;
    last_time = 0;
    dropped = 0;
}

static void events_run_in_order_of_time_and_then_of_their_originators_counter(void **state)
{
    (void)state;
    restart();
    struct sim_engine *engine = sim_engine_new(1);
    struct sim_node a;
    sim_node_init(engine, &a, "a");
    queue(engine, &a, &a, 30, "late");
    queue(engine, &a, &a, 10, "first");
    queue(engine, &a, &a, 10, "second");
    queue(engine, &a, &a, 10, "third");
    assert_int_equal(sim_engine_run(engine, 29, UINT64_MAX), 3);
    assert_string_equal(transcript, "first second third ");
    assert_int_equal(sim_engine_now(engine), 29);
    assert_int_equal(sim_engine_next(engine), 30);
    sim_engine_free(engine);
    assert_int_equal(dropped, 1);
}

/* Queues one event from each of `count` hosts for the same place and time, hosts taken in the order
 * `order`. */
static void storm(uint64_t seed, const int *order, int count)
{
    restart();
    struct sim_engine *engine = sim_engine_new(seed);
    struct sim_node gateway, clients[16];
    char names[16][16];
    sim_node_init(engine, &gateway, "gw");
    for (int i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "c%d", i);
        sim_node_init(engine, &clients[i], names[i]);
    }
    for (int i = 0; i < count; i++) {
        queue(engine, &clients[order[i]], &gateway, 1000, names[order[i]]);
    }
    sim_engine_run(engine, 1000, UINT64_MAX);
    sim_engine_free(engine);
}

static void a_tie_between_originators_does_not_depend_on_who_was_queued_first(void **state)
{
    (void)state;
    const int up[8] = {0, 1, 2, 3, 4, 5, 6, 7}, mixed[8] = {5, 2, 7, 0, 1, 6, 3, 4};
    char first[256];
    storm(1, up, 8);
    snprintf(first, sizeof first, "%s", transcript);
    storm(1, mixed, 8);
    assert_string_equal(transcript, first);
}

static void a_tie_is_broken_by_the_seed_so_that_no_client_is_favoured(void **state)
{
    (void)state;
    const int up[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    unsigned wins[8] = {0};
    for (uint64_t seed = 1; seed <= 400; seed++) {
        storm(seed, up, 8);
        wins[transcript[1] - '0']++;
    }
    for (int i = 0; i < 8; i++) {
        /* 50 expected each, standard deviation 6.6: five of them either way. */
        assert_in_range(wins[i], 17, 83);
    }
}

static void one_more_host_leaves_the_order_of_the_others_as_it_was(void **state)
{
    (void)state;
    const int few[7] = {0, 1, 2, 3, 4, 5, 6}, more[8] = {7, 0, 1, 2, 3, 4, 5, 6};
    char without[256], with[256], *at;
    storm(3, few, 7);
    snprintf(without, sizeof without, "%s", transcript);
    storm(3, more, 8);
    snprintf(with, sizeof with, "%s", transcript);
    at = strstr(with, "c7 ");
    assert_non_null(at);
    memmove(at, at + 3, strlen(at + 3) + 1);
    assert_string_equal(with, without);
}

static void a_million_random_events_come_out_sorted(void **state)
{
    (void)state;
    const uint64_t seed = 20250101;
    printf("seed %llu\n", (unsigned long long)seed);
    struct sim_engine *engine = sim_engine_new(seed);
    struct sim_node a, b;
    sim_node_init(engine, &a, "a");
    sim_node_init(engine, &b, "b");
    restart();
    struct sim_draw_key key = sim_draw_key(seed, "times", NULL);
    for (uint64_t i = 0; i < 1000000; i++) {
        uint64_t words[4];
        sim_draw_words(key, (const uint64_t[4]){i, 0, 0, 0}, words);
        queue(engine, words[1] & 1 ? &a : &b, words[1] & 2 ? &a : &b,
              sim_engine_now(engine) + words[0] % 5000, "");
        if (words[1] & 4) {
            transcript_len = 0;
            sim_engine_run(engine, UINT64_MAX - 1, 1);
            /* The clock only stands at the end when the queue is empty; keep it busy. */
            if (sim_engine_pending(engine) == 0) {
                break;
            }
        }
    }
    while (sim_engine_pending(engine) > 0) {
        transcript_len = 0;
        sim_engine_run(engine, UINT64_MAX - 1, 1);
    }
    sim_engine_free(engine);
}

static void draws_are_functions_of_identity_alone(void **state)
{
    (void)state;
    struct sim_draw_key alice = sim_draw_key(7, "alice", NULL);
    uint64_t first[4], again[4], other[4];
    const uint64_t what[4] = {1, 2, 3, 4};
    sim_draw_words(alice, what, first);
    sim_draw_words(sim_draw_key(7, "bob", NULL), what, other);
    sim_draw_words(alice, what, again);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
    sim_draw_words(sim_draw_key(8, "alice", NULL), what, other);
    assert_memory_not_equal(first, other, sizeof first);
    sim_draw_words(sim_draw_key(7, "a", "b"), what, first);
    sim_draw_words(sim_draw_key(7, "b", "a"), what, other);
    assert_memory_not_equal(first, other, sizeof first);
    sim_draw_words(sim_draw_key(7, "ab", NULL), what, other);
    assert_memory_not_equal(first, other, sizeof first);
}

/* Philox4x64-10 with a counter and a key of zeros, from Random123's kat_vectors. */
static void draws_are_philox4x64_10(void **state)
{
    (void)state;
    uint64_t out[4];
    sim_draw_words((struct sim_draw_key){0, 0}, (const uint64_t[4]){0, 0, 0, 0}, out);
    const uint64_t known[4] = {UINT64_C(0x16554d9eca36314c), UINT64_C(0xdb20fe9d672d0fdc),
                               UINT64_C(0xd7e772cee186176b), UINT64_C(0x7e68b68aec7ba23b)};
    assert_memory_equal(out, known, sizeof known);
}

/* Mean, second moment and tail of the exponential distribution with mean m: m, 2 m^2, and e^-3
 * above 3 m. Of a million draws the mean lies within 4 standard errors, 0.4%. */
static void exponential_draws_have_their_moments(void **state)
{
    enum { DRAWS = 1000000 };
    const uint64_t mean = 1000000000;
    struct sim_draw_key key = sim_draw_key(11, "alice", "poisson net");
    double sum = 0, squares = 0;
    size_t above = 0;
    (void)state;
    for (uint64_t i = 0; i < DRAWS; i++) {
        uint64_t words[4];
        sim_draw_words(key, (const uint64_t[4]){i, 0, 0, 0}, words);
        double value = (double)sim_draw_exponential(words[0], mean) / (double)mean;
        sum += value;
        squares += value * value;
        above += value > 3;
    }
    assert_in_range((uint64_t)(sum / DRAWS * 10000), 9960, 10040);
    assert_in_range((uint64_t)(squares / DRAWS * 1000), 1980, 2020);
    assert_in_range(above, 49787 - 900, 49787 + 900); /* DRAWS e^-3, 4 standard errors */
    /* -ln of 1/2, of 1 - 2^-64 and of 2^-64. */
    assert_in_range(sim_draw_exponential(UINT64_C(1) << 63, mean), 693147179, 693147182);
    assert_int_equal(sim_draw_exponential(UINT64_MAX, mean), 1);
    assert_in_range(sim_draw_exponential(0, mean), UINT64_C(44361419000), UINT64_C(44361420000));
}

static void a_longer_draw_begins_with_the_shorter_one(void **state)
{
    (void)state;
    struct sim_draw_key key = sim_draw_key(1, "x", NULL);
    const uint64_t what[4] = {9, 8, 7, 6};
    uint8_t small[20], large[100];
    sim_draw_bytes(key, what, small, sizeof small);
    sim_draw_bytes(key, what, large, sizeof large);
    assert_memory_equal(small, large, sizeof small);
    assert_memory_not_equal(large, large + 32, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_run_in_order_of_time_and_then_of_their_originators_counter),
        cmocka_unit_test(a_tie_between_originators_does_not_depend_on_who_was_queued_first),
        cmocka_unit_test(a_tie_is_broken_by_the_seed_so_that_no_client_is_favoured),
        cmocka_unit_test(one_more_host_leaves_the_order_of_the_others_as_it_was),
        cmocka_unit_test(a_million_random_events_come_out_sorted),
        cmocka_unit_test(draws_are_functions_of_identity_alone),
        cmocka_unit_test(draws_are_philox4x64_10),
        cmocka_unit_test(exponential_draws_have_their_moments),
        cmocka_unit_test(a_longer_draw_begins_with_the_shorter_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
