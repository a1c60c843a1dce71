/*
 * Key exchanges computed ahead by threads (docs/design.md, "Computing ahead"): the helper of a
 * crypto context, with a table of what was expected and the threads of sim/engine/workers.h behind
 * it. An answer is found by the octets that it is made of, so one that was foreseen wrongly is
 * never taken for another.
 */
#ifndef IKESIM_SIM_HOST_AHEAD_H
#define IKESIM_SIM_HOST_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crypto_context;
struct ahead;

/* Answers that are kept until they are asked for; beyond, the oldest is dropped. What is expected
 * of a datagram lives as long as that is on its way, so this is a storm of 30,000 exchanges; at
 * about 300 octets each, 20 MB. */
#define AHEAD_ANSWERS_MAX 65536

/* Becomes the helper of `crypto`, with at most `threads` threads. Each has a crypto context of its
 * own and is started when there is work for it: a world of two hosts starts none. */
struct ahead *ahead_new(struct crypto_context *crypto, size_t threads);

/* `crypto` has no helper any more; before it is freed. */
void ahead_free(struct ahead *ahead);

/* Computations that were expected; and how often what was asked for was one of them, and how often
 * not. */
struct ahead_counts {
    uint64_t expected, foreseen, missed;
};
struct ahead_counts ahead_counts(const struct ahead *ahead);

/* Whether the threads have little left to do: time to look further ahead. */
bool ahead_wants_more(const struct ahead *ahead);

#endif
