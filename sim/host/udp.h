/* The inner packets of a stream: UDP (RFC 768) in IPv4 or IPv6, numbered and with the time of
 * sending in its data, as iperf does it. */
#ifndef IKESIM_SIM_HOST_UDP_H
#define IKESIM_SIM_HOST_UDP_H

#include "sim/host/ip.h"

#define UDP_HEADER_LEN 8
#define UDP_DATA_MIN 16 /* room for the number and the time of sending */

struct udp_probe {
    struct net_address source, destination; /* of one family */
    uint16_t source_port, destination_port;
    uint64_t number;  /* from 1 */
    uint64_t sent_at; /* ns */
};

/* Octets of a packet with `data_len` octets of data. */
size_t udp_probe_len(const struct udp_probe *probe, size_t data_len);

/* Writes a probe with `data_len` octets of data (at least UDP_DATA_MIN). `packet` has room for
 * udp_probe_len of them. Returns the length. */
size_t udp_probe_build(const struct udp_probe *probe, size_t data_len, uint8_t *packet);

/* Reads a probe; false if it is no UDP datagram or a checksum is wrong. */
bool udp_probe_parse(struct crypto_bytes packet, struct udp_probe *probe);

#endif
