/* What the tests of esp/ share: two stacks with one CHILD SA between them, inner packets, packets
 * of any content under a right ICV, and what the trace saw last. */
#ifndef IKESIM_TESTS_ESP_SUPPORT_H
#define IKESIM_TESTS_ESP_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "esp/packet.h"
#include "esp/stack.h"
#include "tests/crypto/support.h"

enum suite { GCM, CBC, SUITES };

/* Key with octets that depend on `salt` alone. */
struct crypto_packet_key key_of(enum suite suite, uint8_t salt);

/* The last event, copied. */
struct seen {
    uint64_t count; /* of all events */
    enum trace_kind kind;
    uint32_t spi;
    uint64_t sequence, right_edge, window;
    char child[32], protocol[8], mode[16], reason[32], detail[200], source[46], destination[46];
    size_t inner_len;
    uint8_t inner[2048];
};

#define ALICE_SPI UINT32_C(0xa11ce001) /* packets to alice */
#define GW_SPI UINT32_C(0x60000001)    /* packets to gw */

struct end {
    struct esp_stack *stack;
    struct trace_observer observer;
    struct seen seen;
};

/* alice has 10.1.0.0/24 and 2001:db8:1::/64 behind her, gw 10.2.0.0/24 and 2001:db8:2::/64. */
struct rig {
    struct crypto_context *crypto;
    struct end alice, gw;
};

/* Tunnel "net", owner 7, all ports and protocols. */
struct rig *rig_new(enum suite suite, uint32_t window);
/* The same with extended sequence numbers; alice has sent, and gw received, up to `sequence`. */
struct rig *rig_new_esn(enum suite suite, uint32_t window, uint64_t sequence);
/* A CHILD SA "net" of another kind: AH with this INTEG (0: ESP with AES-GCM-16), in transport mode
 * between 192.0.2.10 and 198.51.100.1 and between 2001:db8::a and 2001:db8::1, or in tunnel mode
 * with the networks as above between the two addresses of `family`. */
struct kind {
    uint16_t integ;
    bool transport, esn;
    uint8_t family;
    uint32_t window;
};
struct rig *rig_new_kind(struct kind kind);
void rig_free(struct rig *rig);

/* IPv4 or IPv6, as the texts are; all protocols and ports. */
struct esp_selector selector(const char *start, const char *end);

/* Installs CHILD SA "second", owner 70, at one end, on the SPIs ALICE_SPI + n - 1 and
 * GW_SPI + n - 1 and under keys that n makes; checks that the SPI is in use then. */
void rig_rekey(struct rig *rig, struct end *end, uint8_t n, uint32_t replaces);

/* The same with limits. */
void rig_rekey_limited(struct rig *rig, struct end *end, uint8_t n, uint32_t replaces,
                       const struct esp_lifetime *lifetime);

/* The pair that receives on this SPI; fails if there is none. */
struct esp_pair *pair_of(struct end *end, uint32_t spi_in);

/* An IPv4 packet of `len` octets, at least 20, whose payload counts up. */
struct crypto_bytes inner_packet(uint8_t *out, size_t len, uint8_t ip_protocol, const char *source,
                                 const char *destination);

/* An IPv6 packet of `len` octets, at least 40, whose payload counts up. */
struct crypto_bytes inner_packet_6(uint8_t *out, size_t len, uint8_t next_header,
                                   const char *source, const char *destination);

/* 10.1.0.5 to 10.2.0.9, UDP. */
struct crypto_bytes alice_packet(uint8_t *out, size_t len);

struct sealed {
    size_t len;
    uint8_t data[2048 + ESP_OVERHEAD_MAX];
};

/* alice seals alice_packet() of this length; fails if she does not. */
void seal(struct rig *rig, size_t inner_len, struct sealed *out);

/* gw opens a copy of exactly the packet's size. */
enum esp_verdict open_copy(struct rig *rig, const struct sealed *packet);

/* alice seals an inner packet into `out`, which is a whole IP packet; its verdict. */
enum esp_verdict seal_ip(struct rig *rig, struct crypto_bytes inner, struct sealed *out);

/* gw opens a copy of exactly the packet's size, a whole IP packet. `inner`, unless NULL, gets a
 * copy of what was inside. */
enum esp_verdict open_ip_copy(struct rig *rig, const struct sealed *packet, struct sealed *inner);

/* IPv4 header checksum put right. */
void fix_checksum(uint8_t *header);

/* A packet to gw with a right ICV over any plaintext, trailer included. Its IV counts up to the
 * first octet of that, so that padding which began in the IV would look right. */
void forge(struct rig *rig, uint32_t sequence, struct crypto_bytes plain, struct sealed *out);

/* Pseudo-random numbers of a test; the seed is IKESIM_TEST_SEED or a fixed one, and printed. */
uint64_t test_seed(void);
uint64_t test_random(uint64_t *state);

#endif
