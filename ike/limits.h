/* Every limit of ike/, with its reason. */
#ifndef IKESIM_IKE_LIMITS_H
#define IKESIM_IKE_LIMITS_H

#include <stdint.h>

enum ike_limits {
    /* A UDP datagram over IPv4 carries no more. */
    IKE_MESSAGE_MAX = 65507,
    /* Certificate chains and a dozen vendor IDs stay well below; a longer chain is an attack. */
    IKE_PAYLOADS_MAX = 64,
    /* strongSwan offers 2, Windows 18; each costs 200 octets while a message is read. */
    IKE_PROPOSALS_MAX = 24,
    /* 26 networks in one CHILD SA have been seen in the field. */
    IKE_SELECTORS_MAX = 64,
    /* Configuration attributes of one CP payload. */
    IKE_ATTRIBUTES_MAX = 32,
    /* DNS servers, and networks, that a reply tells of: with the addresses they fit into one
     * payload.
     */
    IKE_CONFIG_NEWS_MAX = 8,
    /* Addresses of a pool; 2 MB of bits, if all were leased. */
    IKE_POOL_MAX = 1 << 24,
    /* RFC 7296 §2.10: 16 to 256 octets. */
    IKE_NONCE_MIN = 16,
    IKE_NONCE_MAX = 256,
    /* What we send: at least half the key size of the strongest PRF (§2.10), 64 / 2. */
    IKE_NONCE_OWN = 32,
    /* RFC 7296 §2.3 sets none; 256 keeps a window's bitmap at four words. */
    IKE_WINDOW_MAX = 256,
    /* Exchanges of one IKE SA that wait for a free place in the window. */
    IKE_QUEUED_EXCHANGES_MAX = 1024,
    /* CHILD SAs of one IKE SA. */
    IKE_CHILDREN_MAX = 1024,
    /* Half-open IKE SAs of one endpoint. */
    IKE_HALF_OPEN_MAX = 65536,
    /* Identification Data that is taken; a distinguished name of a dozen long parts fits. */
    IKE_ID_MAX = 1024,
    /* INVALID_KE_PAYLOAD answers that one exchange follows: it names a group that was offered, so a
     * peer that goes on beyond this is walking in circles (RFC 7296 §2.7). */
    IKE_KE_RETRIES_MAX = 3,
    /* Deletes of CHILD SAs that are remembered for one request, whose response may be late: the
     * peer can only have made one, so what is beyond is others' business. */
    IKE_EARLY_DELETES_MAX = 8,
    /* TEMPORARY_FAILURE: as many, 10 to 20 s apart, are the "several minutes" after which an IKE SA
     * is out of step and closed (RFC 7296 §2.25). */
    IKE_TEMPORARY_FAILURES_MAX = 10,
    IKE_RETRY_SECONDS_MIN = 10,
    IKE_RETRY_SECONDS_RAND = 10,
    /* STATE_NOT_FOUND: after "several" series of key exchanges that the responder has forgotten, an
     * IKE SA is of no use (RFC 9370 §2.2.4). */
    IKE_STATES_NOT_FOUND_MAX = 3,
    /* RFC 7296 §2.6: 1 to 64 octets. */
    IKE_COOKIE_MAX = 64,
    /* Four keys of four octets, which do for any puzzle that can be solved. */
    IKE_PUZZLE_SOLUTION_MAX = 16,
    /* COOKIE answers that one IKE_SA_INIT follows: one for the load, one for a secret that changed
     * on the way, one of a responder that counts the key exchange in (§2.6.1), one to spare.
     * Anybody can send more. */
    IKE_COOKIE_RETRIES_MAX = 4,
    /* Further addresses of a peer that an IKE SA remembers (RFC 4555). */
    IKE_PEER_ADDRESSES_MAX = 8,
    /* Octets of a ticket (RFC 5723): the longest identity and the longest SK_d leave room. */
    IKE_TICKET_MAX = 1280,
    /* Tickets that a gateway remembers to have been used; older ones expire, or serve once more. */
    IKE_SPENT_TICKETS_MAX = 4096,
    /* Fragments of one message (RFC 7383): the largest message in the smallest datagrams. */
    IKE_FRAGMENTS_MAX = 512,
    /* Octets that one IKE SA holds of messages of which fragments are missing; RFC 7383 §5 advises
     * against more than 64 KB. */
    IKE_REASSEMBLY_MAX = IKE_MESSAGE_MAX,
    /* The smallest IP datagram that a policy may cut messages for. */
    IKE_FRAGMENT_SIZE_MIN = 256,
    /* Characters of a gateway's FQDN: as many as a domain name has (RFC 1035 §2.3.4). */
    IKE_GATEWAY_NAME_MAX = 253,
    /* Redirects that one attempt follows: MAX_REDIRECTS of RFC 5685 §7. */
    IKE_REDIRECTS_MAX = 5,
    /* Places in which an endpoint remembers whom it has sent a hint to (RFC 7296 §2.21.4). */
    IKE_HINT_PLACES = 8,
};

/* ns that a cookie's secret is current; one more period long it is still accepted. The slowest
 * round trip and a retransmission fit in, and a stolen cookie is worth nothing soon. */
#define IKE_COOKIE_SECRET_PERIOD (UINT64_C(60) * 1000000000)

/* ns that a responder waits for the next key exchange of a series: of the 5 to 20 s of RFC 9370
 * §2.2.4 the most, so that retransmissions fit in. */
#define IKE_FOLLOWUP_TIMEOUT (UINT64_C(20) * 1000000000)

/* ns after which a row of redirects is no loop: REDIRECT_LOOP_DETECT_PERIOD of RFC 5685 §7. */
#define IKE_REDIRECT_LOOP_PERIOD (UINT64_C(300) * 1000000000)

/* ns between two hints that answer one address; and between two liveness checks, or complaints, to
 * which anybody can bring one IKE SA, or that nobody has asked for (§2.21.4). */
#define IKE_HINT_INTERVAL (UINT64_C(1) * 1000000000)
#define IKE_HINT_CHECK_INTERVAL (UINT64_C(10) * 1000000000)

/* Counters of AEAD's IVs go on so much later at another member of a cluster: far beyond what can
 * have been used since the last word. */
#define IKE_IV_SKIP (UINT64_C(1) << 32)

#endif
