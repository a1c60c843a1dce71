/*
 * The anti-replay window (RFC 4303 §3.4.3) in the manner of RFC 6479: a ring of 64-bit words in
 * which a sequence number's place depends on nothing but the number. The window slides by clearing
 * whole words ahead of it, never by shifting. Numbers have 64 bits; without extended sequence
 * numbers they stay below 2^32.
 */
#ifndef IKESIM_ESP_REPLAY_H
#define IKESIM_ESP_REPLAY_H

#include "esp/esp.h"

struct esp_replay {
    uint64_t *bits;  /* `words` of them; whoever made the window owns them */
    uint32_t words;  /* of the ring */
    uint32_t window; /* packets; 0: the check is off */
    uint64_t top;    /* right edge: highest sequence number accepted, 0 before the first */
};

/* 64-bit words that a window of this many packets needs; 0 for 0. */
uint32_t esp_replay_words(uint32_t window);

/* `bits` has esp_replay_words(window) words and stays with the window; they need not be zero. */
void esp_replay_init(struct esp_replay *replay, uint32_t window, uint64_t *bits);

/* The number that is meant by its low half, with extended sequence numbers: the one that lies in
 * the window or, where none does, right of it (RFC 4303 App. A2.2). Needs a window. False if it
 * would come before the first number. */
bool esp_replay_extend(const struct esp_replay *replay, uint32_t low, uint64_t *sequence);

/* Lowest number that the window still takes. */
uint64_t esp_replay_left_edge(const struct esp_replay *replay);

/* Takes all numbers up to this one for seen; does nothing if it has come further. */
void esp_replay_forward(struct esp_replay *replay, uint64_t sequence);

/* What the window says of a sequence number, without moving: ESP_OK, ESP_REPLAYED, ESP_TOO_OLD or
 * ESP_BAD_SEQUENCE. With the check off all numbers are good, 0 too: a sender that knows may then
 * let the counter roll over (RFC 4303 §3.3.3). */
enum esp_verdict esp_replay_check(const struct esp_replay *replay, uint64_t sequence);

/* Marks as seen a number that esp_replay_check found good, and slides the window to it if it is
 * the highest. Only for packets whose ICV was right. */
void esp_replay_accept(struct esp_replay *replay, uint64_t sequence);

#endif
