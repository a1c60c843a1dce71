/* A recording whose messages and packets are truly encrypted, for outsiders to decrypt. */
#ifndef IKESIM_TESTS_TRACE_SEALED_H
#define IKESIM_TESTS_TRACE_SEALED_H

#include <stddef.h>
#include <stdint.h>

/* One suite, for the IKE SA and its CHILD SA alike. */
struct sealed_suite {
    uint64_t encr, key_bits, integ; /* IANA numbers; integ 0 with an AEAD */
    const char *name;
};

extern const struct sealed_suite sealed_suites[];
extern const size_t sealed_suite_count;

/* For suite i, in this order: an INFORMATIONAL request with Message ID i and a Delete payload, IKE
 * SPIs 1000 + i and 2000 + i; then an ESP packet with SPI 3000 + i, sequence number i + 1, inside
 * it an ICMP echo request of sequence i. */
void write_sealed(const char *dir);

#endif
