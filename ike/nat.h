/*
 * NAT traversal (RFC 7296 §2.23): which end is behind a NAT, whether IKE and ESP go over port 4500,
 * and where the peer is by now. For ike/ only.
 */
#ifndef IKESIM_IKE_NAT_H
#define IKESIM_IKE_NAT_H

#include "ike/sa.h"

/* What an IKE SA knows of NATs: a set of these in ike_sa.nat. */
enum ike_nat {
    IKE_NAT_SUPPORTED = 1, /* both ends sent NAT_DETECTION_*_IP */
    IKE_NAT_HERE = 2,      /* this end is behind a NAT */
    IKE_NAT_THERE = 4,     /* the peer is */
    IKE_NAT_PRETENDED = 8, /* our hashes were made wrong, so that the peer believes in a NAT */
};

/* ESP of this SA goes inside of UDP (RFC 3948). */
static inline bool ike_nat_encapsulates(const struct ike_sa *sa)
{
    return sa->nat & (IKE_NAT_HERE | IKE_NAT_THERE | IKE_NAT_PRETENDED);
}

/* Writes N(NAT_DETECTION_SOURCE_IP) and N(NAT_DETECTION_DESTINATION_IP) into a message of
 * IKE_SA_INIT, or of MOBIKE's exchanges; nothing where the policy is without NAT traversal. */
void ike_nat_build_detection(struct ike_call *call, const struct ike_sa *sa,
                             const struct ike_address *source,
                             const struct ike_address *destination);

/* Compares the hashes in the message that came in with the addresses that it came with. Tells, and
 * remembers it in the SA. */
void ike_nat_detect(struct ike_call *call, struct ike_sa *sa);

/* The initiator's move to port 4500, if there is a NAT (§2.23: before IKE_AUTH). */
void ike_nat_float(struct ike_call *call, struct ike_sa *sa);

/* Something new and authentic has come from the peer, a message or (`what`: "packet") an ESP
 * packet: follows it to where it came from, if that is to be followed (§2.23). */
void ike_nat_follow(struct ike_call *call, struct ike_sa *sa, const struct ike_address *source,
                    const struct ike_address *destination, const char *what);

/* Selectors of one end. `list` may point to `copy`. */
struct ike_seen_side {
    const struct ike_selector *list;
    size_t count;
    struct ike_selector copy[IKE_SELECTORS_MAX];
};

/* Selectors with the addresses that this end sees, and those that the peer wrote. */
struct ike_seen {
    struct ike_real real;
    struct ike_seen_side own, others;
};

/* Of the selectors that came in, TSi and TSr, those that are ours and those that are the peer's.
 * Where `transport` mode is spoken of and a NAT is between, each address that a NAT hides is
 * replaced by the one that the IKE SA has for it (§2.23.1); else, and where there is more than one
 * address in it, they are as they came. */
void ike_nat_see(const struct ike_sa *sa, const struct ike_payload *own,
                 const struct ike_payload *others, bool transport, struct ike_seen *seen);

/* Moves the SA and its CHILD SAs to other addresses, and tells. */
void ike_sa_move(struct ike_call *call, struct ike_sa *sa, const struct ike_address *local,
                 const struct ike_address *remote, const char *what);

/* Asks for the first IKE_TIMER_KEEPALIVE of an SA that needs them. */
void ike_nat_watch(struct ike_call *call, struct ike_sa *sa);

/* IKE_TIMER_KEEPALIVE is due. */
void ike_nat_keepalive(struct ike_call *call, struct ike_sa *sa);

#endif
