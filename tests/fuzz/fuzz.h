/*
 * What the fuzz targets share. Each is one function over octets: libFuzzer calls it where clang has
 * built it (./dev fuzz), and regress.c calls it for every file of tests/fuzz/corpus in all other
 * builds, so that what was found once is looked at on every change.
 */
#ifndef IKESIM_TESTS_FUZZ_H
#define IKESIM_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/entropy.h"
#include "crypto/packet.h"
#include "crypto/proposal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Octets taken from the front of an input; 0 where it is over. */
struct fuzz_input {
    const uint8_t *data;
    size_t len;
};
uint8_t fuzz_u8(struct fuzz_input *input);
uint16_t fuzz_u16(struct fuzz_input *input);
/* At most `max` octets as a block of exactly that size, so that AddressSanitizer sees a read beyond
 * it. malloc'ed. */
uint8_t *fuzz_block(struct fuzz_input *input, size_t max, size_t *len);

/* One for the whole process. */
struct crypto_context *fuzz_context(void);

/* A key of the suite that strongSwan's words say, the same each time. */
struct crypto_packet_key fuzz_key(enum crypto_protocol protocol, const char *words);

/* Draws that repeat from input to input. */
struct crypto_entropy fuzz_entropy(void);

#endif
