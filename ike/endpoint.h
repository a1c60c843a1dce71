/*
 * An IKEv2 endpoint, sans-I/O: datagrams, time and entropy come in as arguments, what is to be done
 * comes out as a list of actions with what they cost. Whoever runs it (the simulator's host, a live
 * socket) carries the actions out once the cost is paid.
 *
 * Time: `now` is nanoseconds; timers are asked for as delays, counted from the moment at which the
 * actions are carried out, so that the price of the work comes before them (docs/design.md, rule
 * 2).
 */
#ifndef IKESIM_IKE_ENDPOINT_H
#define IKESIM_IKE_ENDPOINT_H

#include <stdbool.h>

#include "crypto/context.h"
#include "crypto/entropy.h"
#include "crypto/packet.h"
#include "ike/auth_policy.h"
#include "ike/message.h"
#include "trace/event.h"

/* ---- addresses ---- */

struct ike_address {
    uint8_t family; /* 4 or 6 */
    uint8_t ip[16]; /* network order; 4 octets used with IPv4 */
    uint16_t port;  /* host order */
};

/* ---- policy: what a host is told; shared by all SAs of a group of hosts, never copied per SA ----
 */

struct ike_identity {
    uint8_t type; /* enum ike_id_type */
    struct crypto_bytes data;
    const char *text; /* as the scenario says it: "alice@example.org" */
};

/* One measure of a lifetime: ns, octets or packets of one direction. */
struct ike_lifetime {
    uint64_t rekey; /* the SA is rekeyed then; 0: never */
    uint64_t life;  /* it is deleted then; 0: never */
    uint64_t rand;  /* up to so much, drawn for each SA, is taken off `rekey` */
};

struct ike_child_policy {
    const char *name;
    const struct crypto_proposal *proposals; /* of ESP and AH, in order of preference */
    size_t proposal_count;
    /* None: the address of the IKE SA at that end, swanctl's "dynamic". */
    const struct ike_selector *local_ts, *remote_ts;
    size_t local_ts_count, remote_ts_count;
    bool transport;    /* asked for, and agreed to, between the addresses of the IKE SA (§1.3.1) */
    bool require_mode; /* no CHILD SA at all in tunnel mode then */
    uint32_t replay_window; /* packets; 0 switches the check off */
    bool start;             /* made with the IKE SA (initiator); the first one rides in IKE_AUTH */
    struct ike_lifetime time, bytes, packets;
    bool single_pair; /* takes one pair of addresses for each CHILD SA (§2.9) */
};

/* strongSwan's words. ACCEPT: announced and taken, and not sent. FORCE: what strongSwan does with
 * IKEv1; the same as YES in IKEv2, where both have to announce it (RFC 7383 §2.4). */
enum ike_fragmentation {
    IKE_FRAGMENTATION_NO,
    IKE_FRAGMENTATION_ACCEPT,
    IKE_FRAGMENTATION_YES,
    IKE_FRAGMENTATION_FORCE,
};

/* IKE SAs without a CHILD SA in IKE_AUTH (RFC 6023), in strongSwan's words. The first is not
 * spoken; ALLOW takes what comes; PREFER begins so where the peer can, FORCE only so. */
enum ike_childless {
    IKE_CHILDLESS_NEVER,
    IKE_CHILDLESS_ALLOW,
    IKE_CHILDLESS_PREFER,
    IKE_CHILDLESS_FORCE,
};

/* Where a responder that has enough redirects who can be redirected (RFC 5685). */
enum ike_redirect_in {
    IKE_REDIRECT_IN_INIT, /* in IKE_SA_INIT, before there is work and memory (§3) */
    IKE_REDIRECT_IN_AUTH, /* in the last answer of IKE_AUTH: it knows who asks (§6) */
    IKE_REDIRECT_IN_EAP,  /* in its first answer, before EAP has run (§6) */
    IKE_REDIRECT_ORDERED, /* by order alone (§5) */
};

enum ike_unique { IKE_UNIQUE_NO, IKE_UNIQUE_NEVER, IKE_UNIQUE_REPLACE, IKE_UNIQUE_KEEP };

struct ike_policy {
    const struct crypto_proposal *proposals;
    size_t proposal_count;
    struct ike_auth_policy auth;
    struct crypto_bytes secret; /* shared key */
    const struct ike_child_policy *children;
    size_t child_count;
    /* After a reload: for each of `children`, by which SAs go on to know theirs, the one whose
     * proposals hold now. NULL: their own do. */
    const struct ike_child_policy *reloaded;
    uint32_t window;      /* announced in SET_WINDOW_SIZE; 1: not announced */
    bool initial_contact; /* send INITIAL_CONTACT in the first IKE_AUTH to a peer (§2.4) */
    enum ike_unique unique;
    uint64_t retransmit_timeout;    /* ns before the first retransmission */
    uint32_t retransmit_base_milli; /* factor from one to the next, thousandths: 1800 */
    uint32_t retransmit_tries;      /* retransmissions before giving up */
    uint64_t response_keep;         /* ns that the last responses are kept (§2.1) */
    uint64_t half_open_timeout;     /* ns that a responder waits for IKE_AUTH */
    enum ike_childless childless;
    bool follow_redirects; /* an initiator announces that a responder may redirect it (RFC 5685) */
    uint8_t redirect_family, redirect_ip[16]; /* a responder: where to; family 0: nowhere */
    struct crypto_bytes redirect_name;        /* the same as an FQDN, which it names instead */
    uint32_t redirect_above;                  /* established IKE SAs from which it does */
    uint8_t redirect_in;                      /* enum ike_redirect_in */
    uint64_t redirect_wait; /* ns that a redirected peer has to go before it is deleted; 0: ever */
    /* Of a gateway: an address that it shares with others, and its own, to which whoever comes
     * there is redirected (RFC 5685 §4). Family 0: none. */
    struct ike_address anycast, unicast;
    enum ike_fragmentation fragmentation;
    uint32_t fragment_size; /* octets of an IP datagram, headers included; 0: 576 and 1280 (IPv6) */
    uint64_t dpd_delay;     /* ns without inbound traffic before a liveness check; 0: none */
    bool tell_unknown_spi;  /* INVALID_SPI, in a request of its own (§1.5) */
    bool tell_selectors;    /* INVALID_SELECTORS, likewise (§3.10.1) */
    uint32_t child_limit;   /* CHILD SAs of one IKE SA, from which the peer gets no more; 0: none */
    bool minimal;           /* whatever CREATE_CHILD_SA asks for, there is no more (§4) */
    uint64_t rekey_time;    /* ns until the IKE SA is rekeyed; 0: never */
    uint64_t rand_time;     /* ns, up to which, drawn for each SA, are taken off rekey_time */
    uint64_t over_time;     /* ns from then until it is deleted if it is still there; 0: never */
    /* Half-open IKE SAs; each 0: without limit. */
    uint32_t cookie_threshold;      /* of all peers, from which COOKIE is demanded (§2.6) */
    uint32_t block_threshold;       /* of one address, from which it gets no more */
    uint32_t half_open_limit;       /* of all peers, from which nobody gets one */
    uint32_t puzzle_threshold;      /* of all peers, from which COOKIE comes with a puzzle */
    uint8_t puzzle_difficulty;      /* trailing zero bits of such a puzzle (RFC 8019) */
    uint8_t puzzle_auth_difficulty; /* of one more, in IKE_AUTH, for who has solved that; 0: none */
    uint8_t puzzle_limit;           /* those that an initiator is willing to solve; 0: none */
    const struct ike_selector *vips;  /* addresses in the tunnel to ask for, all zeros: any */
    const struct ike_selector *pools; /* from which such addresses are leased (§2.19) */
    size_t vip_count, pool_count;
    /* What who leases an address says with it: addresses that resolve names, networks. */
    const struct ike_selector *dns, *subnets;
    size_t dns_count, subnet_count;
    bool cp_required;         /* no CHILD SA for who asks for no address */
    bool mobike;              /* go on at another address (RFC 4555) */
    bool tickets;             /* asked for and used, and given (RFC 5723) */
    uint64_t ticket_lifetime; /* ns, of those that are given */
    /* Further addresses of this host, told to peers with MOBIKE; where peers may move to, none:
     * anywhere. */
    const struct ike_selector *additional, *moves;
    size_t additional_count, move_count;
    bool message_id_sync;     /* Message IDs can be agreed on anew after a failover (RFC 6311) */
    bool replay_counter_sync; /* and ESP's sequence numbers */
    uint64_t counter_delta; /* by which a member of a cluster that takes over skips them forward */
    bool nat_traversal;     /* detect NATs, and go through them (§2.23) */
    bool encap; /* have the peer believe in a NAT, so that ESP goes in UDP in any case */
    uint64_t nat_keepalive; /* ns without outbound traffic before a NAT-keepalive; 0: none */
};

/* What each host of those that share a policy has for itself. */
struct ike_self {
    struct ike_identity identity;              /* own */
    const struct ike_identity *remote;         /* expected of the peer; NULL: any */
    const struct ike_credentials *credentials; /* NULL: it has no need of any */
    const struct ike_secrets *secrets;         /* NULL: none */
    /* Its networks, and its peer's: so many of the policy's sizes behind those of the policy. */
    uint32_t local_place, remote_place;
};

struct ike_secrets {
    struct crypto_bytes eap_id;  /* what the EAP server is told; none: the ID */
    struct crypto_bytes qcd;     /* outlives a crash (RFC 6290); empty: no tokens */
    struct crypto_bytes tickets; /* seals tickets, and outlives a crash (RFC 5723) */
};

/* ---- redirect and datagrams ---- */

/* What an attempt that was redirected knows of that. */
struct ike_redirected {
    struct ike_address from; /* the gateway that did not want us; family 0: none */
    uint64_t since;          /* ns: of the first redirect of the row */
    uint8_t count;           /* redirects so far */
};

struct ike_datagram {
    struct ike_address source, destination;
    struct crypto_bytes bytes; /* without the non-ESP marker */
};

/* ---- actions ---- */

struct ike_sa; /* opaque here: ike/sa.h */

enum ike_timer_kind {
    IKE_TIMER_RETRANSMIT,
    IKE_TIMER_HALF_OPEN,
    IKE_TIMER_RESPONSE_KEEP,
    IKE_TIMER_LIVENESS,
    IKE_TIMER_KEEPALIVE,
    IKE_TIMER_REASSEMBLY,
    IKE_TIMER_SA_REKEY,
    IKE_TIMER_SA_EXPIRE,
    IKE_TIMER_SA_REAUTH,
    IKE_TIMER_SA_AUTH_END,
    IKE_TIMER_RETRY,        /* after TEMPORARY_FAILURE */
    IKE_TIMER_LEFTOVER,     /* the peer was to delete the SA */
    IKE_TIMER_FOLLOWUP,     /* the peer was to go on with IKE_FOLLOWUP_KE */
    IKE_TIMER_REDIRECTED,   /* the peer was to go to another gateway */
    IKE_TIMER_CHILD_REKEY,  /* of the CHILD SA whose inbound SPI is `generation`, */
    IKE_TIMER_CHILD_EXPIRE, /* whichever IKE SA has it by then */
};

/* Names one timer of one SA. The endpoint ignores one that it has no use for any more, so nobody
 * needs to cancel anything. */
struct ike_timer {
    uint64_t sa;         /* id of the SA, unique in the endpoint, never used again */
    uint32_t kind;       /* enum ike_timer_kind */
    uint32_t generation; /* of what is waited for: a Message ID, a counter, an SPI */
};

/* How far ESP has come with a CHILD SA: the last sequence number sent, the highest accepted, octets
 * and packets of inner packets. All 0 when it is new. */
struct ike_child_history {
    uint64_t sequence_out, sequence_in;
    uint64_t bytes_out, bytes_in, packets_out, packets_in;
};

/* Transport mode through a NAT: the addresses that the peer's checksums of TCP and UDP are made
 * with, its own (remote) and what it takes for ours (RFC 3948 §3.1.2). */
struct ike_real {
    bool translated; /* else there is nothing of the kind */
    uint8_t local[16], remote[16];
};

/* A CHILD SA for ESP. Plain data: the receiver copies what it keeps; `name` lives as long as the
 * policy. */
struct ike_child_sa {
    uint64_t ike_sa; /* id of the IKE SA */
    const char *name;
    uint32_t spi_in, spi_out;
    struct crypto_packet_key key_in, key_out;
    uint8_t protocol; /* IKE_PROTOCOL_ESP or IKE_PROTOCOL_AH */
    bool transport;   /* else tunnel mode */
    struct crypto_suite suite;
    uint32_t replay_window;
    uint32_t replaces; /* spi_in of the one that this one succeeds; 0: none */
    /* spi_in of the one that goes on sending until it is removed or traffic comes in on this one
     * (§2.8); 0: this one sends at once */
    uint32_t waits_for;
    bool initiator; /* this end began the exchange, and knows that the peer has it installed */
    /* What ESP is to count up to and then tell (ike_endpoint_child_limit); 0: no limit. */
    uint64_t rekey_bytes, life_bytes, rekey_packets, life_packets;
    struct ike_address local, remote; /* outer addresses */
    bool udp;                         /* ESP goes inside of UDP between their ports (RFC 3948) */
    struct ike_real real;
    struct ike_child_history history; /* of one that was taken over from another member */
    uint8_t local_ts_count, remote_ts_count;
    const struct ike_selector *local_ts, *remote_ts; /* valid until the actions are disposed */
};

/* The addresses of a packet, inside of the tunnel. */
struct ike_pair {
    uint8_t family;     /* 4 or 6; 0: there is none */
    bool leased;        /* `local` is what the peer has leased to this end */
    uint8_t local[16];  /* 4 octets used with IPv4 */
    uint8_t remote[16]; /* likewise */
};

enum ike_action_kind {
    IKE_ACTION_TRANSMIT,
    IKE_ACTION_TIMER,
    IKE_ACTION_CHILD_INSTALL,
    IKE_ACTION_CHILD_REMOVE,
    /* The peer wants a CHILD SA for each pair of addresses: those of the packets that wait for it
     * are asked for with ike_endpoint_create_pair (§2.9). */
    IKE_ACTION_CHILD_PAIRS,
    IKE_ACTION_REDIRECT, /* an attempt is over: begin one with that gateway (ike_endpoint_follow) */
    IKE_ACTION_CHILD_MOVE, /* its outer addresses have changed */
    IKE_ACTION_CHILD_SKIP, /* its sequence numbers of what is sent skip forward (RFC 6311 §5.2) */
    IKE_ACTION_KEEPALIVE,  /* one octet 0xff (RFC 3948 §2.3) */
    IKE_ACTION_SA_ESTABLISHED,
    IKE_ACTION_SA_GONE, /* all its CHILD SAs have been removed by actions before */
};

struct ike_action {
    enum ike_action_kind kind;
    union {
        struct {
            struct ike_address source, destination;
            uint8_t *bytes; /* malloc'ed; owned by the action until taken (set it to NULL then) */
            size_t len;
            struct trace_ref sent; /* its ike:message_sent event */
            uint64_t identity;     /* one number for all transmissions of the same bytes */
        } transmit;
        struct {
            struct ike_timer timer;
            uint64_t delay; /* ns from when the actions are carried out */
        } timer;
        struct ike_child_sa *install; /* malloc'ed; owned like `bytes` */
        struct {
            uint64_t ike_sa;
            uint32_t spi_in, spi_out;
            const char *name;
        } remove;
        const char *pairs; /* name of the child */
        struct {
            struct ike_address to; /* family 0: `name` has to be resolved */
            char *name;            /* FQDN, malloc'ed, owned like `bytes`; NULL: `to` is known */
            struct ike_redirected redirected; /* this one included */
        } redirect;
        struct {
            uint32_t spi_in;
            bool udp;
            struct ike_address local, remote;
        } move;
        struct {
            uint32_t spi_in;
            uint64_t delta;
        } skip;
        struct {
            struct ike_address source, destination;
            struct trace_ref sent; /* its ike:keepalive event */
        } keepalive;
        struct {
            uint64_t ike_sa;
            bool initiator;
            bool established;  /* SA_GONE: it had been; else the attempt has failed */
            uint64_t replaces; /* SA_ESTABLISHED: the IKE SA whose CHILD SAs it has taken over */
            const char *why;   /* static text, for SA_GONE */
        } sa;
    };
};

/* What is to be done, in order, and what it cost to find out. Reusable: clear before each call. */
struct ike_actions {
    size_t count, cap;
    struct ike_action *items;
    struct crypto_ledger costs;
    uint64_t
        sa; /* the SA that the call worked on, 0 if none; it is busy until the costs are paid */
    /* The protected message that was accepted in this call as new: its sender's
     * action.transmit.identity cannot be known here, so only the fact is told. 0 none, 1 request, 2
     * response. */
    uint8_t accepted;
};

void ike_actions_clear(struct ike_actions *actions); /* frees what the items own, keeps the array */
void ike_actions_dispose(struct ike_actions *actions); /* frees all */

/* ---- the endpoint ---- */

struct ike_endpoint;
struct ike_faults;

struct ike_endpoint_options {
    struct crypto_context *crypto;         /* borrowed */
    struct crypto_entropy entropy;         /* copied */
    const struct trace_observer *observer; /* borrowed, may be NULL */
    const struct ike_policy *policy;       /* borrowed */
    uint64_t last_id;                      /* ids of SAs go on behind it; 0 for the first */
    const struct ike_self *self;           /* borrowed */
    struct ike_faults *faults; /* borrowed; NULL: it sends what it means (ike/faults.h) */
};

/* NULL if memory is out. Free with ike_endpoint_free. */
struct ike_endpoint *ike_endpoint_new(const struct ike_endpoint_options *options);
void ike_endpoint_free(struct ike_endpoint *endpoint); /* wipes keys, sends nothing */

/* Begins an IKE SA with a peer: IKE_SA_INIT now, IKE_AUTH with the policy's first `start` child
 * when answered, CREATE_CHILD_SA for the others then. `attempt` counts the host's attempts with
 * that peer from 0: it is the identity of the draws before SPIi is known. Returns the id of the SA,
 * 0 if a limit forbids it. */
uint64_t ike_endpoint_initiate(struct ike_endpoint *endpoint, uint64_t now,
                               const struct ike_address *local, const struct ike_address *remote,
                               uint64_t attempt, struct ike_actions *actions);

/*
 * Computing ahead (docs/design.md): what the endpoint would compute if it were called with these
 * arguments as things stand is told to the helper of its crypto context (crypto_kex_expect).
 * Changes nothing in the endpoint, and nothing depends on whether it is called.
 */
void ike_endpoint_foresee_initiate(const struct ike_endpoint *endpoint,
                                   const struct ike_address *remote, uint64_t attempt);
void ike_endpoint_foresee_receive(const struct ike_endpoint *endpoint,
                                  const struct ike_datagram *datagram);

/* The same where an IKE_ACTION_REDIRECT has said so. */
uint64_t ike_endpoint_follow(struct ike_endpoint *endpoint, uint64_t now,
                             const struct ike_address *local, const struct ike_address *remote,
                             const struct ike_redirected *redirected, uint64_t attempt,
                             struct ike_actions *actions);

/* Takes a datagram. Whatever it holds, nothing worse comes of it than an ike:message_dropped event.
 */
void ike_endpoint_receive(struct ike_endpoint *endpoint, uint64_t now,
                          const struct ike_datagram *datagram, struct ike_actions *actions);

/* A timer that was asked for is due. */
void ike_endpoint_timer(struct ike_endpoint *endpoint, uint64_t now, const struct ike_timer *timer,
                        struct ike_actions *actions);

/* Orders. Each returns 0, or -1 with `why` (static text) where the SA or child does not exist or is
 * in no state for it. An order that the window does not admit yet waits in the SA's queue. */
int ike_endpoint_create_child(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa,
                              const char *child, struct ike_actions *actions, const char **why);
/* For one pair of addresses alone, which has to lie within the child's selectors. */
int ike_endpoint_create_pair(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa,
                             const char *child, const struct ike_pair *pair,
                             struct ike_actions *actions, const char **why);
int ike_endpoint_rekey_child(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa,
                             const char *child, struct ike_actions *actions, const char **why);
int ike_endpoint_delete_child(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa,
                              const char *child, struct ike_actions *actions, const char **why);
int ike_endpoint_rekey_sa(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa,
                          struct ike_actions *actions, const char **why);
int ike_endpoint_delete_sa(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa,
                           struct ike_actions *actions, const char **why);
/* Sends the peer to the gateway of the policy (RFC 5685 §5): it was the initiator, and has said
 * that it can be redirected. */
int ike_endpoint_redirect(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa,
                          struct ike_actions *actions, const char **why);
/* This host has another address now: with MOBIKE the initiator tells the peer (RFC 4555 §3.5), as
 * soon as the IKE SA is established, else what is sent comes from there and the peer may follow or
 * not. */
int ike_endpoint_move(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa,
                      const struct ike_address *local, struct ike_actions *actions,
                      const char **why);
int ike_endpoint_check_liveness(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa,
                                struct ike_actions *actions, const char **why);

/* The id of an SA, closed ones that are still kept among them; 0 if there is none. */
uint64_t ike_endpoint_any_sa(const struct ike_endpoint *endpoint);

/* From now on another policy holds (swanctl's --load-conns), borrowed like the first, with the same
 * `children`. What is negotiated later is negotiated under it; an exchange that is out goes on
 * under the one that it was begun with. */
void ike_endpoint_reload(struct ike_endpoint *endpoint, const struct ike_policy *policy);

/* The peer of the SA hears of the window that holds now, if it is larger than what it knows (§2.3:
 * a window in use cannot be reduced). Returns 0, or -1 with *why (static text). */
int ike_endpoint_announce_window(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa,
                                 struct ike_actions *actions, const char **why);

/* The highest id that an SA has had. */
uint64_t ike_endpoint_last_id(const struct ike_endpoint *endpoint);

/* All tickets that were kept, and what is known of used ones (RFC 5723). */
void ike_endpoint_forget_tickets(struct ike_endpoint *endpoint);

/* The host has lost its memory, or has nothing more to say: the SA and its CHILD SAs are gone, and
 * the peer is not told. `why` is static text. */
void ike_endpoint_forget_sa(struct ike_endpoint *endpoint, uint64_t now, uint64_t sa_id,
                            const char *why, struct ike_actions *actions);

/* ESP says that authentic traffic of the CHILD SA with that inbound SPI came in: no liveness check
 * is needed (§2.4). Not the IKE SA is named, since a rekey gives the CHILD SA to another. */
void ike_endpoint_child_heard(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in);

/* ESP has got a packet from `remote` for `local` with an SPI that it does not know, or has
 * forgotten; both with the ports of its UDP, or of IKE. */
void ike_endpoint_unknown_spi(struct ike_endpoint *endpoint, uint64_t now,
                              const struct ike_address *local, const struct ike_address *remote,
                              uint32_t spi, struct ike_actions *actions);

/* ESP has dropped an authentic packet of the CHILD SA with that inbound SPI, since its inner
 * addresses or ports are not of the selectors (RFC 4301 §5.2): the peer may be told with
 * INVALID_SELECTORS. `inner` is the packet, or its beginning. */
void ike_endpoint_bad_selector(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in,
                               struct crypto_bytes inner, struct ike_actions *actions);

/* An ICMP error (RFC 792, RFC 4443) says that something which this host has sent was not delivered.
 * `sent` is that datagram as the error quotes it, cut off somewhere; without octets it was an ESP
 * packet. `what` is static text: "port unreachable". A hint and no proof (§2.4): liveness is
 * checked, not more often than once in IKE_HINT_CHECK_INTERVAL, and no SA ends by it. */
void ike_endpoint_unreachable(struct ike_endpoint *endpoint, uint64_t now,
                              const struct ike_datagram *sent, const char *what,
                              struct ike_actions *actions);

/* ESP has sent a packet of that CHILD SA: a NAT on the way has seen it, so no keepalive is needed.
 */
void ike_endpoint_child_used(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in);

/* An ESP packet of that CHILD SA, authentic and not seen before, has come inside of UDP between
 * addresses that are not those that its IKE SA has: the SA may follow (§2.23). */
void ike_endpoint_child_moved(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in,
                              const struct ike_address *source,
                              const struct ike_address *destination, struct ike_actions *actions);
/* ESP says that the CHILD SA with that inbound SPI has reached a limit: one after which it is to be
 * rekeyed or, `hard`, one at which it has stopped. `limit` is its name, "rekey_bytes", static. */
void ike_endpoint_child_limit(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in,
                              bool hard, const char *limit, struct ike_actions *actions);

/* The id of the SA that a datagram concerns, found without any work on it: 0 if there is none yet.
 * What concerns one SA is served one after the other (docs/design.md, rule 2). */
uint64_t ike_endpoint_sa_of(const struct ike_endpoint *endpoint,
                            const struct ike_datagram *datagram);

/* The same of a timer, and of a CHILD SA named by its inbound SPI: the IKE SA that has it now. */
uint64_t ike_endpoint_sa_of_timer(const struct ike_endpoint *endpoint,
                                  const struct ike_timer *timer);
uint64_t ike_endpoint_sa_of_child(const struct ike_endpoint *endpoint, uint32_t spi_in);

/* The id of the SA that has sent such a datagram, or what is left of it; 0 if none has. */
uint64_t ike_endpoint_sa_of_sent(const struct ike_endpoint *endpoint,
                                 const struct ike_datagram *sent);

/* The newest SA with that peer, established ones first; 0 if there is none. */
uint64_t ike_endpoint_sa_with(const struct ike_endpoint *endpoint,
                              const struct ike_address *remote);

/* What can be asked about an SA; false if there is none of that id. */
struct ike_sa_info {
    bool established, initiator;
    uint64_t spi_i, spi_r;
    struct ike_address remote;
    uint32_t child_count;
};
bool ike_endpoint_sa_info(const struct ike_endpoint *endpoint, uint64_t sa,
                          struct ike_sa_info *info);

/* True if the SA has an installed CHILD SA of that name. */
bool ike_endpoint_has_child(const struct ike_endpoint *endpoint, uint64_t sa, const char *child);

/* Octets that the endpoint holds for its SAs, counted, not estimated. */
size_t ike_endpoint_memory(const struct ike_endpoint *endpoint);

#endif
