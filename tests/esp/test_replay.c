/* The replay window of RFC 4303 §3.4.3, against tables and against a set that forgets nothing. */
#include <inttypes.h>

#include "esp/limits.h"
#include "esp/replay.h"
#include "tests/esp/support.h"

static struct esp_replay *window_of(uint32_t window)
{
    struct esp_replay *replay = malloc(sizeof *replay);
    uint32_t words = esp_replay_words(window);
    uint64_t *bits = malloc(words * sizeof *bits); /* exactly, for the sanitizer to watch */
    assert_true(replay && (bits || words == 0));
    if (words > 0) {
        memset(bits, 0xff, words * sizeof *bits);
    }
    esp_replay_init(replay, window, bits);
    return replay;
}

static void window_free(struct esp_replay *replay)
{
    free(replay->bits);
    free(replay);
}

static enum esp_verdict offer(struct esp_replay *replay, uint64_t sequence)
{
    enum esp_verdict verdict = esp_replay_check(replay, sequence);
    if (verdict == ESP_OK) {
        esp_replay_accept(replay, sequence);
    }
    return verdict;
}

struct step {
    int64_t sequence;
    enum esp_verdict want;
};

static void walk(uint32_t window, const struct step *steps, size_t count)
{
    struct esp_replay *replay = window_of(window);
    for (size_t i = 0; i < count; i++) {
        enum esp_verdict got = offer(replay, (uint64_t)steps[i].sequence);
        if (got != steps[i].want) {
            fail_msg("window %" PRIu32 ", step %zu, sequence number %" PRId64 ": %s, not %s",
                     window, i + 1, steps[i].sequence, esp_verdict_name(got),
                     esp_verdict_name(steps[i].want));
        }
    }
    window_free(replay);
}

#define WALK(window, ...)                                                                          \
    walk((uint32_t)(window), (const struct step[]){__VA_ARGS__},                                   \
         sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step))

/* Conformance case N02: duplicate, too old, reordered inside of the window, jump ahead. */
static void table_of_size(int64_t w)
{
    WALK(w,
         /*  1 */ {0, ESP_BAD_SEQUENCE},
         /*  2 */ {1, ESP_OK},
         /*  3 */ {1, ESP_REPLAYED},
         /*  4 */ {9, ESP_OK},
         /*  5 */ {8, ESP_OK},
         /*  6 */ {7, ESP_OK},
         /*  7 */ {7, ESP_REPLAYED},
         /*  8 */ {w, ESP_OK},
         /*  9 */ {w - 1, ESP_OK},
         /* 10 */ {w - 1, ESP_REPLAYED},
         /* 11 */ {2, ESP_OK}, /* 1 to w is the window: 2 is inside */
         /* 12 */ {1, ESP_REPLAYED},
         /* 13 */ {w + 1, ESP_OK}, /* now 2 to w + 1 */
         /* 14 */ {1, ESP_TOO_OLD},
         /* 15 */ {2, ESP_REPLAYED},
         /* 16 */ {3, ESP_OK},
         /* 17 */ {0, ESP_BAD_SEQUENCE},
         /* 18 */ {2 * w + 1, ESP_OK}, /* now w + 2 to 2w + 1: all of it new */
         /* 19 */ {w + 1, ESP_TOO_OLD},
         /* 20 */ {w + 2, ESP_OK},
         /* 21 */ {w + 2, ESP_REPLAYED},
         /* 22 */ {10 * w, ESP_OK}, /* over the whole ring */
         /* 23 */ {9 * w, ESP_TOO_OLD},
         /* 24 */ {9 * w + 1, ESP_OK},
         /* 25 */ {10 * w - 1, ESP_OK},
         /* 26 */ {10 * w, ESP_REPLAYED},
         /* 27 */ {INT64_C(0x80000000), ESP_OK},
         /* 28 */ {INT64_C(0x80000000) - w, ESP_TOO_OLD},
         /* 29 */ {INT64_C(0x80000000) - w + 1, ESP_OK},
         /* 30 */ {UINT32_MAX - 1, ESP_OK},
         /* 31 */ {UINT32_MAX, ESP_OK},
         /* 32 */ {UINT32_MAX, ESP_REPLAYED},
         /* 33 */ {UINT32_MAX - w + 1, ESP_OK},
         /* 34 */ {UINT32_MAX - w, ESP_TOO_OLD},
         /* 35 */ {1, ESP_TOO_OLD},
         /* 36 */ {0, ESP_BAD_SEQUENCE},
         /* 37 */ {UINT32_MAX + INT64_C(1), ESP_OK}, /* with extended numbers it goes on */
         /* 38 */ {UINT32_MAX + INT64_C(1), ESP_REPLAYED},
         /* 39 */ {UINT32_MAX, ESP_REPLAYED},
         /* 40 */ {UINT32_MAX - w + 1, ESP_TOO_OLD},
         /* 41 */ {INT64_MAX, ESP_OK},
         /* 42 */ {INT64_MAX - w + 1, ESP_OK},
         /* 43 */ {INT64_MAX - w, ESP_TOO_OLD},
         /* 44 */ {INT64_MAX, ESP_REPLAYED});
}

static void table_of_windows(void **state)
{
    (void)state;
    table_of_size(32);
    table_of_size(64);
    table_of_size(1024);
    table_of_size(4096);
}

/* Every number of two windows forwards and of two backwards, at each distance to a word's edge. */
static void slides_over_word_edges(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 31, 63, 64, 65, 66, 127, 128, 129, 130};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (uint32_t start = 1000; start < 1064; start++) {
            struct esp_replay *replay = window_of(sizes[s]);
            assert_int_equal(offer(replay, start), ESP_OK);
            for (uint32_t back = 1; back < 2 * sizes[s] && back < start; back++) {
                assert_int_equal(offer(replay, start - back),
                                 back < sizes[s] ? ESP_OK : ESP_TOO_OLD);
            }
            for (uint32_t ahead = 1; ahead < 2 * sizes[s]; ahead++) {
                assert_int_equal(offer(replay, start + ahead), ESP_OK);
                assert_int_equal(offer(replay, start + ahead), ESP_REPLAYED);
            }
            window_free(replay);
        }
    }
}

static void check_off_accepts_everything(void **state)
{
    (void)state;
    struct esp_replay *replay = window_of(0);
    assert_int_equal(esp_replay_words(0), 0);
    static const uint32_t sequences[] = {1, 1, 100, 2, 0, UINT32_MAX, 0, 1};
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
        assert_int_equal(offer(replay, sequences[i]), ESP_OK);
    }
    assert_int_equal(replay->top, UINT32_MAX);
    window_free(replay);
}

/* ---- extended sequence numbers: RFC 4303 App. A2 ---- */

static uint64_t extended(uint32_t window, uint64_t top, uint32_t low)
{
    struct esp_replay *replay = window_of(window);
    uint64_t sequence;
    replay->top = top;
    if (!esp_replay_extend(replay, low, &sequence)) {
        sequence = UINT64_MAX;
    }
    window_free(replay);
    return sequence;
}

static void high_half_is_found_from_the_window(void **state)
{
    (void)state;
    const uint64_t run = UINT64_C(1) << 32;
    /* Case A: the window lies in one run of low halves. */
    assert_int_equal(extended(64, 5 * run + 1000, 1000), 5 * run + 1000);
    assert_int_equal(extended(64, 5 * run + 1000, 937), 5 * run + 937); /* the left edge */
    assert_int_equal(extended(64, 5 * run + 1000, 936), 6 * run + 936); /* not old: next run */
    assert_int_equal(extended(64, 5 * run + 1000, UINT32_MAX), 5 * run + UINT32_MAX);
    assert_int_equal(extended(64, 5 * run + 63, 0), 5 * run);
    /* Case B: it begins in the run before. */
    assert_int_equal(extended(64, 5 * run + 62, 0), 5 * run);
    assert_int_equal(extended(64, 5 * run + 62, UINT32_MAX), 4 * run + UINT32_MAX);
    assert_int_equal(extended(64, 5 * run + 62, UINT32_MAX - 1), 5 * run + UINT32_MAX - 1);
    assert_int_equal(extended(64, 5 * run, UINT32_MAX - 62), 4 * run + UINT32_MAX - 62);
    assert_int_equal(extended(64, 5 * run, UINT32_MAX - 63), 5 * run + UINT32_MAX - 63);
    /* Nothing comes before the first run. */
    assert_int_equal(extended(64, 0, 1), 1);
    assert_int_equal(extended(64, 0, UINT32_MAX), UINT64_MAX);
    assert_int_equal(extended(64, 10, UINT32_MAX - 50), UINT64_MAX);
    assert_int_equal(extended(64, 10, UINT32_MAX - 53), UINT32_MAX - 53);
    /* A window of one packet. */
    assert_int_equal(extended(1, 5 * run, 0), 5 * run);
    assert_int_equal(extended(1, 5 * run, UINT32_MAX), 5 * run + UINT32_MAX);
    assert_int_equal(extended(1, 5 * run + 9, 8), 6 * run + 8);
}

/* Every number that is in the window, or less than 2^32 - window ahead of it, is found again. */
static void extending_undoes_cutting(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 32, 64, 1000, 4096, ESP_REPLAY_WINDOW_MAX};
    uint64_t random = test_seed();
    for (int i = 0; i < 200000; i++) {
        uint32_t window = sizes[test_random(&random) % (sizeof sizes / sizeof *sizes)];
        struct esp_replay replay = {.window = window};
        uint64_t run = (1 + test_random(&random) % 1000) << 32, got = 0;
        /* Around the place where the low half begins anew, or anywhere. */
        replay.top = run + (test_random(&random) % 2 ? test_random(&random) >> 32
                                                     : test_random(&random) % 10000 - 5000);
        uint64_t reach = test_random(&random) % 2 ? (UINT64_C(1) << 32) : 2 * (uint64_t)window;
        uint64_t sequence = replay.top - (window - 1) + test_random(&random) % reach;
        assert_true(esp_replay_extend(&replay, (uint32_t)sequence, &got));
        if (got != sequence) {
            fail_msg("window %" PRIu32 ", right edge %" PRIx64 ": %" PRIx64 ", not %" PRIx64,
                     window, replay.top, got, sequence);
        }
    }
}

static void looking_moves_nothing(void **state)
{
    (void)state;
    struct esp_replay *replay = window_of(64);
    offer(replay, 10);
    struct esp_replay before = *replay;
    uint64_t bits[2];
    assert_int_equal(replay->words, 2);
    memcpy(bits, replay->bits, sizeof bits);
    for (uint32_t sequence = 0; sequence < 1000; sequence++) {
        esp_replay_check(replay, sequence);
    }
    assert_memory_equal(&before, replay, sizeof before);
    assert_memory_equal(bits, replay->bits, sizeof bits);
    window_free(replay);
}

/* The window is exact in memory: 64-bit words for the worst place that it can lie. */
static void ring_is_no_longer_than_needed(void **state)
{
    (void)state;
    assert_int_equal(esp_replay_words(1), 1);
    assert_int_equal(esp_replay_words(2), 2);
    assert_int_equal(esp_replay_words(32), 2);
    assert_int_equal(esp_replay_words(64), 2);
    assert_int_equal(esp_replay_words(65), 2);
    assert_int_equal(esp_replay_words(66), 3);
    assert_int_equal(esp_replay_words(1024), 17);
    assert_int_equal(esp_replay_words(ESP_REPLAY_WINDOW_MAX), 1025);
}

/* ---- against a set ---- */

enum { MODEL_NUMBERS = 1 << 25 };

/* All numbers ever accepted, as offsets from the first. */
struct model {
    uint8_t *accepted;
    int64_t base, top;
    uint32_t window;
};

static bool model_has(const struct model *model, int64_t sequence)
{
    int64_t at = sequence - model->base;
    return at >= 0 && model->accepted[at / 8] >> (at % 8) & 1;
}

static enum esp_verdict model_offer(struct model *model, int64_t sequence)
{
    if (sequence == 0) {
        return ESP_BAD_SEQUENCE;
    }
    if (sequence <= model->top - model->window) {
        return ESP_TOO_OLD;
    }
    if (model_has(model, sequence)) {
        return ESP_REPLAYED;
    }
    int64_t at = sequence - model->base;
    assert_true(at >= 0 && at < MODEL_NUMBERS);
    model->accepted[at / 8] |= (uint8_t)(1 << at % 8);
    if (sequence > model->top) {
        model->top = sequence;
    }
    return ESP_OK;
}

/* Mostly around the window, some far ahead, some far behind. */
static int64_t draw(uint64_t *random, const struct model *model)
{
    uint64_t kind = test_random(random) % 100, size = model->window;
    int64_t sequence = model->top;
    if (kind < 60) {
        sequence -= (int64_t)(test_random(random) % (size + size / 4 + 2));
    } else if (kind < 95) {
        sequence += (int64_t)(test_random(random) % (size / 16 + 3));
    } else if (kind < 98) {
        sequence += (int64_t)(test_random(random) % (2 * size + 130));
    } else {
        sequence -= (int64_t)(test_random(random) % 100000);
    }
    return sequence < 0 ? 0 : sequence;
}

static void agrees_with_a_set(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 32, 63, 64, 65, 100, 128, 1000, 1024, 4096};
    enum { SIZES = sizeof sizes / sizeof *sizes, OPERATIONS = 1000000 };
    uint64_t random = test_seed(), told[ESP_BAD_SEQUENCE + 1] = {0};
    struct model model = {.accepted = malloc(MODEL_NUMBERS / 8)};
    assert_non_null(model.accepted);
    for (size_t s = 0; s < SIZES; s++) {
        /* Every other size starts late, so that it runs over 2^32. */
        model.base = s % 2 ? INT64_C(0xffffffff) - OPERATIONS / SIZES / 2 : 0;
        model.top = model.base + (model.base > 0 ? 8192 : 0);
        model.window = sizes[s];
        memset(model.accepted, 0, MODEL_NUMBERS / 8);
        struct esp_replay *replay = window_of(sizes[s]);
        if (model.top > 0) {
            assert_int_equal(offer(replay, (uint32_t)model.top), ESP_OK);
            int64_t at = model.top - model.base;
            model.accepted[at / 8] |= (uint8_t)(1 << at % 8);
        }
        for (int i = 0; i < OPERATIONS / SIZES; i++) {
            int64_t sequence = draw(&random, &model);
            enum esp_verdict want = model_offer(&model, sequence);
            enum esp_verdict got = offer(replay, (uint64_t)sequence);
            if (got != want || replay->top != (uint64_t)model.top) {
                fail_msg("window %" PRIu32 ", operation %d, sequence number %" PRId64
                         ": %s, not %s; right edge %" PRIu64 ", %" PRId64,
                         sizes[s], i, sequence, esp_verdict_name(got), esp_verdict_name(want),
                         replay->top, model.top);
            }
            told[got]++;
        }
        window_free(replay);
    }
    free(model.accepted);
    printf("%d operations: %" PRIu64 " accepted, %" PRIu64 " replayed, %" PRIu64 " too old\n",
           OPERATIONS, told[ESP_OK], told[ESP_REPLAYED], told[ESP_TOO_OLD]);
    assert_true(told[ESP_OK] > 100000 && told[ESP_REPLAYED] > 100000 && told[ESP_TOO_OLD] > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_of_windows),
        cmocka_unit_test(slides_over_word_edges),
        cmocka_unit_test(check_off_accepts_everything),
        cmocka_unit_test(high_half_is_found_from_the_window),
        cmocka_unit_test(extending_undoes_cutting),
        cmocka_unit_test(looking_moves_nothing),
        cmocka_unit_test(ring_is_no_longer_than_needed),
        cmocka_unit_test(agrees_with_a_set),
    };
    return cmocka_run_group_tests_name("RFC 4303 §3.4.3 replay window", tests, NULL, NULL);
}
