/*
 * What a UDP datagram is for a host (RFC 3948 §2, RFC 7296 §2.23): on port 500 an IKE message; on
 * port 4500 an IKE message behind four zero octets, an ESP packet, or a NAT-keepalive.
 */
#ifndef IKESIM_SIM_HOST_ENCAP_H
#define IKESIM_SIM_HOST_ENCAP_H

#include "ike/endpoint.h"

enum { ENCAP_MARKER_LEN = 4 };

enum encap_kind {
    ENCAP_IKE,
    ENCAP_ESP,
    ENCAP_KEEPALIVE,
    ENCAP_NOTHING, /* nobody listens there, or too short to be anything */
};

/* The kind of what came to that UDP port; *inner gets the IKE message or ESP packet. */
enum encap_kind encap_open(uint16_t port, struct crypto_bytes payload, struct crypto_bytes *inner);

/* The IP header that an ESP packet would have had without UDP, between the addresses that it came
 * with: transport mode needs it (RFC 3948 §3.1.2). Returns its length; `out` has room for 40. */
size_t encap_write_front(const struct ike_datagram *datagram, uint8_t *out);

/* Octets that stand before an IKE message which leaves from that port: all zeros. */
static inline size_t encap_marker_len(uint16_t source_port)
{
    return source_port == IKE_PORT_NAT_T ? ENCAP_MARKER_LEN : 0;
}

#endif
