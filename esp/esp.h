/*
 * ESP (RFC 4303) and AH (RFC 4302), sans-I/O: an inner packet in, a sealed packet out, and back. A
 * stack holds the SAs of one host (the SAD) with the selectors that lead to them (the SPD, RFC 4301
 * §4.4).
 */
#ifndef IKESIM_ESP_ESP_H
#define IKESIM_ESP_ESP_H

#include <stdbool.h>

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/entropy.h"
#include "crypto/packet.h"
#include "trace/event.h"

#define ESP_HEADER_LEN 8 /* SPI and sequence number */
/* Most that sealing adds. ESP: header, IV, padding to a block and two octets of trailer, ICV: 73.
 * AH in tunnel mode: IPv6 header, AH's own 12 octets, ICV filled up to a multiple of 8: */
#define ESP_OVERHEAD_MAX (40 + 12 + 32 + 4)

/* IP protocol numbers (IANA). */
enum { ESP_IP_PROTOCOL = 50, AH_IP_PROTOCOL = 51 };

/* Addresses in network order (4 octets used with IPv4), ports in host order. */
struct esp_selector {
    uint8_t family;      /* 4 or 6 */
    uint8_t ip_protocol; /* 0 = any */
    uint16_t start_port, end_port;
    uint8_t start[16], end[16];
};

/* Octets of inner packets, and packets, of one direction; 0: no limit. */
struct esp_lifetime {
    uint64_t rekey_bytes, life_bytes, rekey_packets, life_packets;
};

/* Ends of a tunnel, network order. */
struct esp_outer {
    uint8_t family; /* 4 or 6 */
    uint8_t local[16], remote[16];
};

/* A pair of SAs as IKE negotiated it. */
struct esp_child {
    const char *name; /* lives as long as the stack */
    uint64_t owner;   /* id of the IKE SA, for whoever runs the stack */
    uint32_t spi_in, spi_out;
    bool ah;                /* AH, with keys of INTEG alone; else ESP */
    bool transport;         /* the inner packet's own header goes in front; else tunnel mode */
    struct esp_outer outer; /* for AH in tunnel mode, which covers the outer header */
    /* For ESP in transport mode through a NAT: the ends as the peer's checksums of TCP and UDP have
     * them (RFC 3948 §3.1.2); family 0: nothing is to be put right. */
    struct esp_outer real;
    struct crypto_packet_key key_in, key_out;
    /* Packets, at most ESP_REPLAY_WINDOW_MAX of esp/limits.h (asserted); 0 switches the check off.
     */
    uint32_t replay_window;
    bool esn; /* extended sequence numbers (RFC 4303 §2.2.1); they need a window (asserted) */
    const struct esp_selector *local_ts, *remote_ts; /* copied */
    uint8_t local_ts_count, remote_ts_count;
    /* Inbound SPI of the CHILD SA that this one rekeys, for the responder of the rekey: it receives
     * at once, and sends only when that one is removed or a packet has come in on this one, which
     * shows that the peer has it too (RFC 7296 §2.8). 0, or no such SA: it sends at once, as the
     * initiator of a rekey does. */
    uint32_t replaces;
    struct esp_lifetime lifetime;
};

/* How far a pair of SAs has come: the last sequence number sent, the highest accepted (all before
 * it count as seen), octets and packets of inner packets, which are counted only where a lifetime
 * limits them. */
struct esp_history {
    uint64_t sequence_out, sequence_in;
    uint64_t bytes_out, bytes_in, packets_out, packets_in;
};

struct esp_stack;

struct esp_result;

/* What a faulty sender does to a packet that is whole but for encryption and ICV: the peer finds it
 * authentic. It begins with an IP header of result->front_len octets, which is not sealed in ESP
 * and stays as it is, or with the SPI; lengths stay as they are. */
struct esp_fault {
    void (*apply)(void *context, const struct esp_result *result, uint8_t *packet, size_t len);
    void *context;
};

struct esp_stack_options {
    struct crypto_context *crypto;         /* borrowed */
    struct crypto_entropy entropy;         /* copied; IVs of CBC */
    const struct trace_observer *observer; /* borrowed, may be NULL */
    const struct esp_fault *fault;         /* borrowed; NULL: it sends what it means */
};

/* NULL if memory is out. Free with esp_stack_free. */
struct esp_stack *esp_stack_new(const struct esp_stack_options *options);
void esp_stack_free(struct esp_stack *stack); /* wipes keys */

/* Returns 0, or -1 if spi_in is in use or memory is out. The newest child that may send is
 * preferred for packets that several match. */
int esp_stack_install(struct esp_stack *stack, const struct esp_child *child);

/* Removes both directions; false if there is no such inbound SPI. */
bool esp_stack_remove(struct esp_stack *stack, uint32_t spi_in);

/* What the stack has of the CHILD SA with that inbound SPI: of `child` all but the selectors and
 * the wait for another one. False if there is none. Wipe `child` after use. */
bool esp_stack_describe(const struct esp_stack *stack, uint32_t spi_in, struct esp_child *child,
                        struct esp_history *history);

/* Goes on where another member of a cluster has been: a CHILD SA that was just installed. Numbers
 * beyond the last one that an SA may use mean that one. */
void esp_stack_resume(struct esp_stack *stack, uint32_t spi_in, const struct esp_history *history);

/* Skips so many sequence numbers of what is sent (RFC 6311 §5.2). */
void esp_stack_skip(struct esp_stack *stack, uint32_t spi_in, uint64_t delta);

enum esp_verdict {
    ESP_OK,
    ESP_NO_SA,     /* out: no selector matches; in: unknown SPI */
    ESP_TOO_SHORT, /* no room for header, IV, one block and ICV */
    ESP_REPLAYED,  /* sequence number seen before (RFC 4303 §3.4.3) */
    ESP_TOO_OLD,   /* left of the replay window */
    ESP_BAD_ICV,
    ESP_BAD_PADDING,  /* Pad Length beyond the payload, or not 1, 2, 3, ... */
    ESP_BAD_INNER,    /* no whole IP packet; out: its length is not what its header says */
    ESP_BAD_SELECTOR, /* the inner addresses are not those of this SA (RFC 4301 §5.2) */
    ESP_DUMMY,        /* Next Header 59: nothing to deliver (RFC 4303 §2.6) */
    ESP_EXHAUSTED,    /* out: the sequence number would wrap, of 32 bits or of 64 */
    ESP_BAD_SEQUENCE, /* in: sequence number 0 is never sent */
    ESP_EXPIRED,      /* its life_bytes or life_packets are over */
    ESP_TOO_BIG,      /* out: with its header it would be longer than an IP packet can be */
    ESP_FRAGMENT,     /* in: not reassembled; out: transport mode takes whole packets only */
};

/* "replayed", "bad_icv", ... as in esp:dropped. */
const char *esp_verdict_name(enum esp_verdict verdict);

/* A limit that the packet has reached, told once: after a soft one the SA is to be rekeyed, at a
 * hard one it has stopped. */
struct esp_limit {
    const char *name; /* "rekey_bytes", ...; "sequence": its numbers come to an end. NULL: none */
    bool hard;
    uint32_t spi_in;
};

struct esp_result {
    struct esp_limit limit;
    const char *child;
    uint64_t owner;
    uint32_t spi;           /* of the packet */
    uint32_t spi_in;        /* names the CHILD SA, 0 if there is none */
    uint64_t sequence;      /* whole, where the SA has extended ones and is known */
    uint8_t ip_protocol;    /* ESP_IP_PROTOCOL or AH_IP_PROTOCOL */
    size_t front_len;       /* sealed: octets of IP header in front, 0: none */
    struct trace_ref event; /* esp:sent or esp:received or esp:dropped */
};

/* Finds the SA for an inner IP packet by its selectors and seals it. `packet` needs room for
 * inner.len + ESP_OVERHEAD_MAX; *len gets the length of what is in it. ESP in tunnel mode: the ESP
 * packet from the SPI on, and whoever sends it puts the outer header in front. Else a whole IP
 * packet, of which result->front_len octets are its header. `inner` may begin in `packet`. Emits
 * esp:sent or esp:no_sa. */
enum esp_verdict esp_stack_seal(struct esp_stack *stack, struct crypto_bytes inner, uint8_t *packet,
                                size_t *len, struct esp_result *result,
                                struct crypto_ledger *ledger);

/* Checks and opens an ESP packet of tunnel mode in place, without its IP header: SA by SPI, a first
 * look at the replay window, ICV, then window, padding, inner packet, selectors. The window moves
 * only after the ICV was right (RFC 4303 §3.4.3). *inner views `packet`; it is there with
 * ESP_BAD_SELECTOR too, for who wants to tell of it. Emits esp:received or esp:dropped. */
enum esp_verdict esp_stack_open(struct esp_stack *stack, uint8_t *packet, size_t len,
                                struct crypto_bytes *inner, struct esp_result *result,
                                struct crypto_ledger *ledger);

/* The same for a whole IP packet with ESP or AH in it, of either mode. In transport mode the inner
 * packet is the header that came with what it had in front of ESP or AH put right again: protocol,
 * length, IPv4's checksum. */
enum esp_verdict esp_stack_open_ip(struct esp_stack *stack, uint8_t *packet, size_t len,
                                   struct crypto_bytes *inner, struct esp_result *result,
                                   struct crypto_ledger *ledger);

/* Octets that the stack holds. */
size_t esp_stack_memory(const struct esp_stack *stack);

#endif
