/*
 * ICMP errors about datagrams that nobody takes (RFC 792, RFC 4443): they quote the beginning of
 * the datagram, by which its sender finds out what they are about. Nothing protects them: whoever
 * has seen the datagram can make one, and so can whoever guesses well.
 */
#ifndef IKESIM_SIM_NET_UNREACHABLE_H
#define IKESIM_SIM_NET_UNREACHABLE_H

#include "sim/net/net.h"

enum { NET_PROTOCOL_ICMP = 1, NET_PROTOCOL_ICMPV6 = 58 };

/* What an error says, as far as it can be said of a datagram of the simulated network. */
struct net_unreachable {
    const char *what; /* "port unreachable", "protocol unreachable", ...; static */
    /* The datagram that it quotes, as it was sent. */
    uint8_t protocol;
    struct net_address source, destination;
    uint16_t source_port, destination_port; /* of UDP; else 0 */
    struct trace_bytes payload;             /* views the error; as much as there is of it */
};

/* Whether it is of ICMP, in its family. */
bool net_is_icmp(const struct net_datagram *datagram);

/* An error about `about`, from its destination to its source, in the name of the host at the end of
 * `path->back`: nobody listens at its UDP port, or nobody knows its protocol (ESP, AH). To be
 * sent. Never about another error: `about` is none (RFC 1122 §3.2.2). */
struct net_datagram *net_unreachable_new(const struct net_datagram *about, struct net_path *path);

/* Another address and port for the sender of the quoted UDP datagram, or for its receiver, where it
 * names other ones than the one who will read this knows (RFC 5508 §4): for an error that can be
 * read, whose own addresses are set. All its checksums are right again. */
enum net_quoted { NET_QUOTED_SOURCE, NET_QUOTED_DESTINATION };
void net_unreachable_translate(struct net_datagram *error, enum net_quoted which,
                               const struct net_address *address, uint16_t port);

/* Reads one; false if it is another message, or broken. */
bool net_unreachable_read(const struct net_datagram *datagram, struct net_unreachable *out);

#endif
