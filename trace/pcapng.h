/* The octets of a pcapng file (draft-ietf-opsawg-pcapng): blocks, and the headers that a simulated
 * datagram would have had on an Ethernet. */
#ifndef IKESIM_TRACE_PCAPNG_H
#define IKESIM_TRACE_PCAPNG_H

#include "trace/internal.h"

/* The largest payload that a UDP datagram over IPv4 can carry; ESP has 8 octets more, and IPv6 20.
 */
#define PCAPNG_UDP_MAX (65535 - 20 - 8)

/* Section Header Block. */
void pcapng_put_section(struct trace_buffer *out, const char *program, const char *comment);

/* Interface Description Block: Ethernet, times in nanoseconds. */
void pcapng_put_interface(struct trace_buffer *out, const char *name, const char *description);

enum pcapng_direction { PCAPNG_UNKNOWN = 0, PCAPNG_INBOUND = 1, PCAPNG_OUTBOUND = 2 };

/* Enhanced Packet Block; `time` is nanoseconds since 1970. */
void pcapng_put_packet(struct trace_buffer *out, uint32_t interface, uint64_t time,
                       enum pcapng_direction direction, const uint8_t *frame, size_t len,
                       const char *comment);

/* A datagram with its headers. */
struct pcapng_datagram {
    uint8_t family;                      /* 4 or 6 */
    uint8_t source[16], destination[16]; /* the first 4 octets with IPv4 */
    uint8_t protocol;                    /* 17 UDP, else `payload` follows the IP header at once */
    uint16_t source_port, destination_port;
    uint16_t identification;
    const uint8_t *header; /* the IP header, if header_len is not 0: written as it is */
    size_t header_len;
    const uint8_t *payload;
    size_t payload_len; /* at most PCAPNG_UDP_MAX */
};

/* Appends the Ethernet frame. MAC addresses are 02:00 and the last four octets of the IP address.
 */
void pcapng_put_frame(struct trace_buffer *out, const struct pcapng_datagram *datagram);

#endif
