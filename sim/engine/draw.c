#include "sim/engine/draw.h"

#include <endian.h>
#include <string.h>

#include <Random123/philox.h>
#include <xxhash.h>

uint64_t sim_draw_name(uint64_t seed, const char *name)
{
    return XXH3_64bits_withSeed(name, strlen(name), seed);
}

struct sim_draw_key sim_draw_key(uint64_t seed, const char *name, const char *other)
{
    uint64_t entity = sim_draw_name(0, name);
    if (other) {
        /* Hashing the second name under the first keeps (a, b) apart from (b, a) and from (ab, "").
         */
        entity = sim_draw_name(entity, other);
    }
    return (struct sim_draw_key){seed, entity};
}

void sim_draw_words(struct sim_draw_key key, const uint64_t what[4], uint64_t out[4])
{
    philox4x64_ctr_t counter = {{what[0], what[1], what[2], what[3]}};
    philox4x64_key_t k = {{key.seed, key.entity}};
    philox4x64_ctr_t words = philox4x64(counter, k);
    memcpy(out, words.v, sizeof words.v);
}

void sim_draw_bytes(struct sim_draw_key key, const uint64_t what[4], uint8_t *out, size_t len)
{
    uint64_t counter[4] = {what[0], what[1], what[2], what[3]};
    for (uint64_t block = 0; len > 0; block++) {
        uint64_t words[4];
        counter[3] = what[3] | block << 32;
        sim_draw_words(key, counter, words);
        /* Little-endian, so that every machine draws the same octets. */
        for (size_t i = 0; i < 4; i++) {
            words[i] = htole64(words[i]);
        }
        size_t take = len < sizeof words ? len : sizeof words;
        memcpy(out, words, take);
        out += take;
        len -= take;
    }
}

__extension__ typedef unsigned __int128 wide;

uint64_t sim_draw_below(uint64_t word, uint64_t range)
{
    return (uint64_t)(((wide)word * range) >> 64);
}

/* log2(word) with 32 bits behind the point: the number of the highest bit, then each bit of the
 * fraction says whether the square of what is left is 2 or more. */
static uint64_t log2_fixed(uint64_t word)
{
    uint64_t whole = 63;
    while (!(word >> 63)) {
        word <<= 1;
        whole--;
    }
    uint64_t fraction = 0;
    for (int bit = 31; bit >= 0; bit--) {
        wide square = (wide)word * word; /* of a number from 1 to 2, 126 bits behind the point */
        bool two = (square >> 127) != 0;
        fraction |= (uint64_t)two << bit;
        word = (uint64_t)(square >> (two ? 64 : 63));
    }
    return whole << 32 | fraction;
}

uint64_t sim_draw_exponential(uint64_t word, uint64_t mean)
{
    const uint64_t ln2 = UINT64_C(2977044472); /* 32 bits behind the point */
    uint64_t bits = (UINT64_C(64) << 32) - log2_fixed(word | 1);
    uint64_t minus_ln = (uint64_t)((wide)bits * ln2 >> 32);
    uint64_t value = (uint64_t)((wide)mean * minus_ln >> 32);
    return value > 0 ? value : 1;
}
