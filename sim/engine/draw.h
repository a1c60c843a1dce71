/*
 * Random draws as pure functions of (seed, entity, what for) (docs/design.md, rule 3): Philox4x64
 * from Random123, keyed by seed and entity, with an identity as its counter. No draw depends on how
 * many were made before it.
 */
#ifndef IKESIM_SIM_DRAW_H
#define IKESIM_SIM_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who draws: fold of the seed and names. */
struct sim_draw_key {
    uint64_t seed;
    uint64_t entity;
};

/* 64-bit hash of a name under a seed. */
uint64_t sim_draw_name(uint64_t seed, const char *name);

/* Key of an entity named by one or two names ("alice"; sender and receiver of a link). */
struct sim_draw_key sim_draw_key(uint64_t seed, const char *name, const char *other);

/* Four 64-bit words for the identity `what`; words 0..3 of all identities are independent and
 * uniform. */
void sim_draw_words(struct sim_draw_key key, const uint64_t what[4], uint64_t out[4]);

/* `len` octets for the identity `what`; its last word is used as a block counter and must be below
 * 2^32. */
void sim_draw_bytes(struct sim_draw_key key, const uint64_t what[4], uint8_t *out, size_t len);

/* True with probability `p` / 2^64; UINT64_MAX is certain. */
static inline bool sim_draw_chance(uint64_t word, uint64_t p)
{
    return p == UINT64_MAX || word < p;
}

/* Exponentially distributed with that mean, by -ln in fixed point: the gaps of a Poisson process.
 * At least 1; `mean` is below 2^60. */
uint64_t sim_draw_exponential(uint64_t word, uint64_t mean);

/* Uniform in [0, range), without modulo bias worth a name (range is far below 2^64). */
uint64_t sim_draw_below(uint64_t word, uint64_t range);

#endif
