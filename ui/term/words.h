/* Numbers and names as people read them. */
#ifndef IKESIM_UI_TERM_WORDS_H
#define IKESIM_UI_TERM_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/event.h"

#define WORDS_TIME_MAX 32

/* A point in virtual time to the microsecond: "0.583 431". Returns `text`. */
const char *words_time(uint64_t ns, char text[WORDS_TIME_MAX]);

/* A length of time with three digits that count: "41.9 ms", "2.00 s", "850 ns". Returns `text`. */
const char *words_duration(uint64_t ns, char text[WORDS_TIME_MAX]);

/* Reads "1.5s", "40ms", "2", seconds where there is no unit. False if it is no such text. */
bool words_parse_time(const char *text, uint64_t *ns);

/* An order of host:order in words, to stand behind "told to": "make CHILD SA dmz". `detail` and
 * `peer` may be NULL. Returns `text`. */
const char *words_order(const char *order, const char *detail, const char *peer, char *text,
                        size_t cap);

/* "none" for NULL and for an empty text. */
const char *words_or_none(const char *text);

/* A growing text. Zero-initialise; free(text.data). data is NULL until something is added. */
struct words {
    char *data;
    size_t len, cap;
};
void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* In hexadecimal digits; the first eight of many, and how many they are. */
void words_octets(struct words *words, const struct trace_bytes *bytes);

#endif
