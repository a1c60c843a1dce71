#include "esp/replay.h"

#include <assert.h>
#include <string.h>

#include "esp/limits.h"

enum { WORD_BITS = 64 };

/* The window's numbers touch this many words where they lie worst: its lowest number being the last
 * bit of a word. RFC 6479 takes a power of two; the ring is exact here, for memory. */
uint32_t esp_replay_words(uint32_t window)
{
    assert(window <= ESP_REPLAY_WINDOW_MAX);
    return window == 0 ? 0 : (window + WORD_BITS - 2) / WORD_BITS + 1;
}

void esp_replay_init(struct esp_replay *replay, uint32_t window, uint64_t *bits)
{
    *replay = (struct esp_replay){
        .bits = bits,
        .words = esp_replay_words(window),
        .window = window,
    };
    if (window > 0) {
        memset(bits, 0, replay->words * sizeof *bits);
    }
}

static uint64_t bit_of(uint64_t sequence)
{
    return UINT64_C(1) << (sequence % WORD_BITS);
}

bool esp_replay_extend(const struct esp_replay *replay, uint32_t low, uint64_t *sequence)
{
    uint32_t top_low = (uint32_t)replay->top, before = replay->window - 1;
    uint32_t high = (uint32_t)(replay->top >> 32), left_low = top_low - before;
    assert(replay->window > 0);
    if (top_low >= before) { /* the window lies in one run of low halves */
        high += low < left_low;
    } else if (low >= left_low) { /* its left part lies in the run before */
        if (high == 0) {
            return false;
        }
        high--;
    }
    *sequence = (uint64_t)high << 32 | low;
    return true;
}

uint64_t esp_replay_left_edge(const struct esp_replay *replay)
{
    return replay->top > replay->window ? replay->top - replay->window + 1 : 1;
}

enum esp_verdict esp_replay_check(const struct esp_replay *replay, uint64_t sequence)
{
    if (replay->window == 0) {
        return ESP_OK;
    }
    if (sequence == 0) {
        return ESP_BAD_SEQUENCE;
    }
    if (sequence > replay->top) {
        return ESP_OK;
    }
    if (replay->top - sequence >= replay->window) {
        return ESP_TOO_OLD;
    }
    uint64_t word = replay->bits[sequence / WORD_BITS % replay->words];
    return word & bit_of(sequence) ? ESP_REPLAYED : ESP_OK;
}

static void mark(struct esp_replay *replay, uint64_t sequence)
{
    uint64_t word = sequence / WORD_BITS, top_word = replay->top / WORD_BITS;
    assert(replay->words > 0);
    if (word > top_word) {
        /* A jump over the whole ring clears it once. */
        uint64_t ahead = word - top_word < replay->words ? word - top_word : replay->words;
        for (uint64_t i = 0; i < ahead; i++) {
            replay->bits[(word - i) % replay->words] = 0;
        }
    }
    replay->bits[word % replay->words] |= bit_of(sequence);
}

void esp_replay_forward(struct esp_replay *replay, uint64_t sequence)
{
    if (sequence > replay->top) {
        replay->top = sequence;
        /* Whole words: the bits ahead of the edge are cleared when it comes to them. */
        if (replay->window > 0) {
            memset(replay->bits, 0xff, replay->words * sizeof *replay->bits);
            for (uint64_t next = sequence + 1; next % WORD_BITS != 0; next++) {
                replay->bits[next / WORD_BITS % replay->words] &= ~bit_of(next);
            }
        }
    }
}

void esp_replay_accept(struct esp_replay *replay, uint64_t sequence)
{
    assert(esp_replay_check(replay, sequence) == ESP_OK);
    if (replay->window > 0) {
        mark(replay, sequence);
    }
    if (sequence > replay->top) {
        replay->top = sequence;
    }
}
