/* The state at a cursor: folded, saved, loaded, and reached through keyframes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support.h"
#include "trace/index.h"
#include "trace/state_internal.h"

static struct trace_reader *open_reader(const char *dir)
{
    char error[256] = "";
    struct trace_reader *reader = trace_reader_open(dir, error, sizeof error);
    if (!reader) {
        fail_msg("%s", error);
    }
    return reader;
}

static void the_state_is_what_the_events_said(void **context)
{
    (void)context;
    char *dir = make_dir();
    write_sample(dir, 60, true);
    struct trace_reader *reader = open_reader(dir);
    const struct trace_state *state = trace_reader_state(reader, UINT64_MAX - 1);
    assert_true(state->events == trace_reader_count(reader));
    assert_true(state->time == trace_reader_time(reader, state->events - 1));
    assert_true(state->begin.seed == UINT64_MAX);
    assert_string_equal(state->begin.title, "A \"small\" sample");
    assert_int_equal(state->host_count, 2);
    assert_string_equal(state->hosts[0].address, "192.0.2.1");
    assert_null(state->hosts[1].connects_to);

    assert_int_equal(state->pair_count, 2);
    const struct trace_pair_state *pair = &state->pairs[0];
    assert_string_equal(pair->a, "alice");
    assert_string_equal(pair->b, "gw");
    assert_string_equal(pair->end[0].role, "initiator");
    assert_string_equal(pair->end[1].role, "responder");
    for (int end = 0; end < 2; end++) {
        assert_string_equal(pair->end[end].state, "ESTABLISHED");
        assert_string_equal(pair->end[end].suite, "aes128-sha256-x25519");
        assert_true(pair->end[end].spi_r == UINT64_C(0x99aabbccddeeff00));
        assert_true(pair->end[end].next_message_id == 2 && pair->end[end].outstanding == 1);
        assert_int_equal(pair->end[end].child_count, 1);
    }
    assert_true(pair->end[0].window_own == 4 && pair->end[0].window_peer == 1);
    assert_true(pair->end[1].window_own == 1 && pair->end[1].window_peer == 4);
    /* 60 pings: 12 are lost (4, 9, ...); of the rest those that leave 3 when divided by 7 are
     * replays. */
    uint64_t lost = 0, replays = 0, received = 0;
    for (unsigned i = 1; i <= 60; i++) {
        lost += i % 5 == 4;
        replays += i % 5 != 4 && i % 7 == 3;
        received += i % 5 != 4 && i % 7 != 3;
    }
    assert_true(pair->sent == 63 && pair->lost == lost + 1 && pair->duplicated == 1);
    assert_true(pair->retransmissions == 1 && pair->esp_packets == 60);
    assert_true(pair->replays == replays && pair->dropped == replays);
    assert_true(pair->delivered_twice == replays);
    assert_true(pair->round_trip == 80000060);
    const struct trace_child_state *out = &pair->end[0].children[0];
    const struct trace_child_state *in = &pair->end[1].children[0];
    assert_true(out->packets_out == 60 && out->bytes_out == UINT64_C(60) * 84 &&
                out->packets_in == 0);
    assert_true(in->packets_in == received && in->bytes_in == received * 84);
    assert_true(in->replays == replays && in->right_edge == 60);
    assert_string_equal(in->local_ts, "10.2.0.0/24");
    assert_string_equal(state->pairs[1].a, "bob");
    trace_reader_close(reader);
    remove_dir(dir);
}

/* Applies one event of alice's dealings with gw. */
#define APPLY(state, scope, SYMBOL, lower, ...)                                                    \
    trace_state_apply(state, &(struct trace_record){.kind = TRACE_##SYMBOL##_EVENT,                \
                                                    .id = {scope, 1},                              \
                                                    .data = &(struct trace_##lower){__VA_ARGS__}})

static void the_end_of_an_old_ike_sa_does_not_hide_the_new_one(void **context)
{
    (void)context;
    struct trace_scope gw = {"gw", "alice"};
    struct trace_state *state = trace_state_new();
    APPLY(state, &gw, IKE_SA_CREATED, ike_sa_created, .spi_i = 1, .role = "responder");
    APPLY(state, &gw, IKE_STATE, ike_state, .spi_i = 1, .spi_r = 10, .role = "responder",
          .to = "ESTABLISHED");
    APPLY(state, &gw, IKE_SA_CREATED, ike_sa_created, .spi_i = 2, .role = "responder");
    APPLY(state, &gw, IKE_STATE, ike_state, .spi_i = 1, .spi_r = 10, .role = "responder",
          .to = "CLOSED");
    const struct trace_end_state *end = &state->pairs[0].end[0];
    assert_true(end->spi_i == 2);
    assert_string_equal(end->role, "responder");
    APPLY(state, &gw, IKE_STATE, ike_state, .spi_i = 2, .spi_r = 20, .role = "responder",
          .to = "CLOSED");
    assert_null(end->role);
    assert_string_equal(end->state, "CLOSED");
    trace_state_free(state);
}

static void a_removed_child_leaves_the_others(void **context)
{
    (void)context;
    struct trace_scope scope = {"alice", "gw"};
    struct trace_state *state = trace_state_new();
    for (uint32_t spi = 1; spi <= 3; spi++) {
        APPLY(state, &scope, IKE_CHILD_INSTALLED, ike_child_installed, .child = "net",
              .spi_in = spi, .spi_out = spi + 100);
    }
    APPLY(state, &scope, IKE_CHILD_REMOVED, ike_child_removed, .spi_in = 2);
    APPLY(state, &scope, IKE_CHILD_REMOVED, ike_child_removed, .spi_in = 9);
    APPLY(state, &scope, ESP_SENT, esp_sent, .spi = 103);
    const struct trace_end_state *end = &state->pairs[0].end[0];
    assert_int_equal(end->child_count, 2);
    assert_true(end->children[0].spi_in == 1 && end->children[1].spi_in == 3);
    assert_true(end->children[0].packets_out == 0 && end->children[1].packets_out == 1);
    trace_state_free(state);
}

static void assert_same(const struct trace_state *a, const struct trace_state *b);

static void events_that_only_count_need_no_data(void **context)
{
    (void)context;
    struct trace_scopes *scopes = trace_scopes_new();
    struct trace_state *with = trace_state_new(), *without = trace_state_new();
    for (int i = 0; i < TRACE_KIND_COUNT; i++) {
        enum trace_kind kind = (enum trace_kind)i;
        struct made_event event;
        make_event(&event, kind, 1, scopes);
        struct trace_record record = {
            .kind = kind, .id = {trace_scopes_intern(scopes, "a", "b"), 1}, .data = &event.data};
        trace_state_apply(with, &record);
        if (!trace_state_reads_data(kind)) {
            record.data = NULL;
        }
        trace_state_apply(without, &record);
        assert_same(with, without);
    }
    trace_state_free(with);
    trace_state_free(without);
    trace_scopes_free(scopes);
}

static void assert_same(const struct trace_state *a, const struct trace_state *b)
{
    size_t a_len, b_len;
    uint8_t *a_bytes = trace_state_save(a, &a_len), *b_bytes = trace_state_save(b, &b_len);
    assert_int_equal(a_len, b_len);
    assert_memory_equal(a_bytes, b_bytes, a_len);
    free(a_bytes);
    free(b_bytes);
}

/* From one field of a struct to its end: nothing but u64. */
#define ASSERT_SAME_FROM(a, b, type, field)                                                        \
    assert_memory_equal((const uint8_t *)(a) + offsetof(struct type, field),                       \
                        (const uint8_t *)(b) + offsetof(struct type, field),                       \
                        sizeof(struct type) - offsetof(struct type, field))

static void assert_same_numbers(const struct trace_state *a, const struct trace_state *b)
{
    assert_true(a->time == b->time && a->events == b->events);
    assert_true(a->begin.seed == b->begin.seed && a->begin.duration == b->begin.duration);
    assert_int_equal(a->host_count, b->host_count);
    assert_int_equal(a->pair_count, b->pair_count);
    for (uint32_t i = 0; i < a->pair_count; i++) {
        const struct trace_pair_state *x = &a->pairs[i], *y = &b->pairs[i];
        ASSERT_SAME_FROM(x, y, trace_pair_state, sent);
        for (int end = 0; end < 2; end++) {
            const struct trace_end_state *p = &x->end[end], *q = &y->end[end];
            assert_true(p->spi_i == q->spi_i && p->spi_r == q->spi_r);
            assert_true(p->window_own == q->window_own && p->window_peer == q->window_peer);
            assert_true(p->outstanding == q->outstanding && p->waiting == q->waiting);
            assert_true(p->next_message_id == q->next_message_id);
            assert_int_equal(p->child_count, q->child_count);
            for (uint32_t k = 0; k < p->child_count; k++) {
                assert_int_equal(p->children[k].spi_in, q->children[k].spi_in);
                assert_int_equal(p->children[k].spi_out, q->children[k].spi_out);
                ASSERT_SAME_FROM(&p->children[k], &q->children[k], trace_child_state, packets_in);
            }
        }
    }
}

static void a_saved_state_loads_and_goes_on_as_if_never_saved(void **context)
{
    (void)context;
    char *dir = make_dir();
    write_sample(dir, 12, true);
    struct trace_reader *reader = open_reader(dir);
    uint64_t count = trace_reader_count(reader);
    struct trace_state *whole = trace_state_new();
    for (uint64_t i = 0; i < count; i++) {
        trace_state_apply(whole, trace_reader_get(reader, i));
        size_t len;
        uint8_t *bytes = trace_state_save(whole, &len);
        struct trace_state *loaded = trace_state_load(bytes, len);
        assert_non_null(loaded);
        assert_same(whole, loaded);
        assert_same_numbers(whole, loaded);
        for (uint64_t k = i + 1; k < count && k < i + 12; k++) {
            trace_state_apply(loaded, trace_reader_get(reader, k));
        }
        assert_same(loaded, trace_reader_state(reader, i + 11 < count ? i + 11 : count - 1));
        trace_state_free(loaded);
        free(bytes);
    }
    trace_state_free(whole);
    trace_reader_close(reader);
    remove_dir(dir);
}

static void damaged_keyframes_load_as_nothing_or_as_some_state(void **context)
{
    (void)context;
    char *dir = make_dir();
    write_sample(dir, 3, true);
    struct trace_reader *reader = open_reader(dir);
    size_t len;
    uint8_t *bytes = trace_state_save(trace_reader_state(reader, UINT64_MAX - 1), &len);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = malloc(cut + 1);
        assert_non_null(copy);
        memcpy(copy, bytes, cut);
        assert_null(trace_state_load(copy, cut));
        free(copy);
    }
    for (size_t at = 0; at < len; at++) {
        for (int bit = 0; bit < 8; bit += 7) {
            bytes[at] ^= (uint8_t)(1 << bit);
            trace_state_free(trace_state_load(bytes, len));
            bytes[at] ^= (uint8_t)(1 << bit);
        }
    }
    free(bytes);
    trace_reader_close(reader);
    remove_dir(dir);
}

static void keyframes_stand_every_thousand_events_or_so(void **context)
{
    (void)context;
    char *dir = make_dir();
    write_sample(dir, 2000, true);
    size_t len, keyframes = 0;
    uint8_t *index = read_file(dir, "run.index", &len);
    for (size_t at = TRACE_INDEX_HEADER; at < len;) {
        keyframes += trace_load_u32(index + at) == TRACE_INDEX_KEYFRAME;
        at += TRACE_RECORD_HEADER + (trace_load_u32(index + at + 4) + 7U) / 8 * 8;
    }
    struct trace_reader *reader = open_reader(dir);
    assert_true(trace_reader_count(reader) > 2 * TRACE_KEYFRAME_EVENTS);
    assert_int_equal(keyframes, trace_reader_count(reader) / TRACE_KEYFRAME_EVENTS);
    trace_reader_close(reader);
    free(index);
    remove_dir(dir);
}

/* Two thousand pings are some ten thousand events: about ten keyframes in the index. */
static void check_random_cursors(const char *dir, unsigned seed)
{
    struct trace_reader *straight = open_reader(dir), *jumping = open_reader(dir);
    uint64_t count = trace_reader_count(straight);
    uint64_t cursors[24];
    struct trace_state *states[24];
    size_t taken = 0;
    struct trace_state *whole = trace_state_new();
    for (uint64_t i = 0; i < count && taken < 24; i++) {
        trace_state_apply(whole, trace_reader_get(straight, i));
        seed = seed * 1664525 + 1013904223;
        if (seed >> 8 < (UINT32_C(1) << 24) / (uint32_t)count * 24 || i == count - 1) {
            size_t len;
            uint8_t *bytes = trace_state_save(whole, &len);
            cursors[taken] = i;
            states[taken++] = trace_state_load(bytes, len);
            free(bytes);
        }
    }
    for (size_t i = 0; i < 4 * taken; i++) {
        seed = seed * 1664525 + 1013904223;
        size_t which = (seed >> 8) % taken;
        assert_same(trace_reader_state(jumping, cursors[which]), states[which]);
    }
    for (size_t i = 0; i < taken; i++) {
        trace_state_free(states[i]);
    }
    trace_state_free(whole);
    trace_reader_close(straight);
    trace_reader_close(jumping);
}

static void keyframe_and_rest_are_the_full_fold_at_any_cursor(void **context)
{
    (void)context;
    char *dir = make_dir(), path[256];
    write_sample(dir, 2000, true);
    unsigned seed = (unsigned)time(NULL);
    printf("seed %u\n", seed);
    check_random_cursors(dir, seed);
    snprintf(path, sizeof path, "%s/run.index", dir);
    assert_int_equal(unlink(path), 0);
    check_random_cursors(dir, seed);
    remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_is_what_the_events_said),
        cmocka_unit_test(the_end_of_an_old_ike_sa_does_not_hide_the_new_one),
        cmocka_unit_test(a_removed_child_leaves_the_others),
        cmocka_unit_test(events_that_only_count_need_no_data),
        cmocka_unit_test(a_saved_state_loads_and_goes_on_as_if_never_saved),
        cmocka_unit_test(damaged_keyframes_load_as_nothing_or_as_some_state),
        cmocka_unit_test(keyframes_stand_every_thousand_events_or_so),
        cmocka_unit_test(keyframe_and_rest_are_the_full_fold_at_any_cursor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
