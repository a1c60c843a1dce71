/*
 * Two endpoints in one process: no network, no clock, no OS randomness. The test decides which of
 * the datagrams in flight is delivered next, lost or doubled, and when time goes on; so any
 * interleaving can be written down as a ladder and stepped through, with questions to both ends
 * after every step.
 */
#ifndef IKESIM_TESTS_IKE_PAIR_H
#define IKESIM_TESTS_IKE_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "crypto/kdf.h"
#include "crypto/kex.h"
#include "ike/endpoint.h"
#include "ike/message.h"

#define SECOND UINT64_C(1000000000)

enum {
    PAIR_FLIGHT_MAX = 256,
    PAIR_TIMERS_MAX = 8192,
    PAIR_EVENTS_MAX = 8192,
    PAIR_CHILDREN_MAX = 128,
    PAIR_MESSAGE_MAX = 4096,
    PAIR_DRAWS_MAX = 4096,
};

struct pair;

/* An event that an end told, as far as tests ask for it. */
struct pair_event {
    enum trace_kind kind;
    uint64_t message_id, transmission;
    uint64_t number; /* ike:initial_contact: removed; ike:window_announced: size */
    bool response;
    struct trace_ref first; /* or request, or earlier */
    char text[192];         /* payload chain, reason, state, why: what the event's point is */
};

/* What the last ike:keys_derived told. */
struct pair_keys {
    size_t secret_len, ni_len, nr_len, skeyseed_len;
    uint8_t secret[CRYPTO_KEX_SECRET_MAX], ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
    uint8_t skeyseed[CRYPTO_PRF_MAX];
};

struct party {
    struct pair *pair;
    const char *name;
    struct ike_endpoint *ike;
    struct ike_faults *faults; /* NULL: none; before pair_start */
    struct ike_policy policy;
    struct ike_self self;
    struct ike_identity remote;
    struct ike_secrets secrets;
    struct ike_child_policy children[4];
    struct ike_selector local_ts[4], remote_ts[4];
    struct ike_address address;
    struct trace_observer observer;
    struct trace_scope scope;
    uint64_t attempts;
    struct crypto_entropy entropy;
    uint64_t entropy_seed;
    int nonce_first[2]; /* if not 0, first octet of nonces in CREATE_CHILD_SA: requests, responses
                         */
    struct crypto_draw draws[PAIR_DRAWS_MAX]; /* all so far: an identity is drawn once */
    size_t draw_count;

    /* what the actions said */
    struct ike_child_sa installed[PAIR_CHILDREN_MAX]; /* its selectors are not kept */
    struct ike_selector installed_local[PAIR_CHILDREN_MAX], installed_remote[PAIR_CHILDREN_MAX];
    size_t installed_count;
    struct ike_address redirected_to; /* family 0: never, or by name */
    char redirected_name[IKE_GATEWAY_NAME_MAX + 1];
    struct ike_redirected redirected; /* as the next attempt is told */
    const char *wants_pairs;          /* child that the peer makes for one pair of addresses each */
    size_t keepalives;
    uint64_t skipped; /* sum of IKE_ACTION_CHILD_SKIP */
    size_t established, gone;
    uint64_t last_gone;
    bool gone_was_established;
    const char *gone_why;
    uint8_t accepted;   /* of the last call */
    uint64_t worked_on; /* actions.sa of the last call */
    struct crypto_ledger costs;

    struct pair_keys keys;
    size_t followup_secret_len; /* of the last ike:followup */
    uint8_t followup_secret[CRYPTO_KEX_SECRET_MAX];
    uint8_t methods[8]; /* of the AUTH values told of, in order */
    char algorithms[8][24];
    size_t auth_count;
    size_t last_sent_len; /* octets of the last datagram */
    struct pair_event events[PAIR_EVENTS_MAX];
    size_t event_count;
};

struct flight {
    struct party *from, *to;
    struct ike_address source, destination;
    uint64_t identity;
    uint64_t event; /* number of its ike:message_sent among the sender's events, from 1 */
    size_t len;
    uint8_t bytes[PAIR_MESSAGE_MAX];
};

struct pair_timer {
    struct party *party;
    uint64_t due, order;
    struct ike_timer timer;
};

struct pair {
    struct crypto_context *crypto;
    struct crypto_proposal ike_proposals[4], esp_proposals[4];
    struct party a, b; /* alice, who initiates, and the gateway */
    uint64_t now;
    struct flight flights[PAIR_FLIGHT_MAX]; /* oldest first */
    size_t flight_count;
    /* What happens to the addresses of each datagram that leaves, NULL: nothing. */
    void (*transit)(struct pair *pair, struct flight *flight);
    struct pair_timer timers[PAIR_TIMERS_MAX];
    size_t timer_count;
    uint64_t timers_set;
};

/* Two hosts with the same shared key, one child "net" between 10.1.0.0/24 and 10.2.0.0/24, a window
 * of 1, retransmission after 1 s, 2 s, 4 s and giving up then. A test changes `a.policy` and the
 * like, then calls pair_start. Free with pair_free. */
struct pair *pair_new(void);
void pair_start(struct pair *pair);
void pair_free(struct pair *pair);

/* A proposal in strongSwan's words. */
struct crypto_proposal pair_proposal(enum crypto_protocol protocol, const char *text);

/* "10.1.0.0/24", "10.1.0.1-10.1.0.9", "2001:db8::/64"; any protocol and port. */
struct ike_selector pair_selector(const char *text);

/* ---- steps ---- */

/* Begins an IKE SA with the other end; returns its id. */
uint64_t pair_initiate(struct pair *pair, struct party *party);

/* Does what a call into the endpoint has said, and disposes of it. */
void pair_carry_out(struct party *party, struct ike_actions *actions);

/* Orders; they must be admitted. */
void pair_create_child(struct party *party, uint64_t sa, const char *child);
void pair_rekey_child(struct party *party, uint64_t sa, const char *child);
void pair_delete_child(struct party *party, uint64_t sa, const char *child);
void pair_rekey_sa(struct party *party, uint64_t sa);
void pair_delete_sa(struct party *party, uint64_t sa);
void pair_check_liveness(struct party *party, uint64_t sa);

/* One of them, which may be refused: false then. */
enum pair_order {
    REKEY_CHILD,
    CREATE_CHILD,
    DELETE_CHILD,
    REKEY_SA,
    DELETE_SA,
    LIVENESS,
    PAIR_ORDERS,
};
bool pair_try(struct party *party, uint64_t sa, enum pair_order order, const char *child);

/* The party has crashed and is back: all that it had is gone without a word, its attempts count on,
 * and its draws are others. */
void pair_restart(struct party *party);

/* Another member of its cluster goes on in its place with what `record` says of an IKE SA, and
 * draws otherwise. Returns the id that the SA has there. */
struct pair_record {
    uint8_t octets[PAIR_MESSAGE_MAX];
    size_t len;
};
struct pair_record pair_export(const struct party *party, uint64_t sa);
uint64_t pair_fail_over(struct party *party, const struct pair_record *record);

/* ESP has got a packet from the other end whose SPI it does not know. */
void pair_unknown_spi(struct party *party, uint32_t spi);

/* ESP has counted up to a limit. */
void pair_limit(struct party *party, uint32_t spi_in, bool hard, const char *limit);

/* The n-th of the datagrams in flight, 0 the oldest: delivered; lost; delivered and still in
 * flight. */
void pair_deliver(struct pair *pair, size_t n);
void pair_lose(struct pair *pair, size_t n);
void pair_deliver_copy(struct pair *pair, size_t n);

/* Delivers the oldest one that is on its way to `party`; there must be one. */
void pair_deliver_to(struct party *party);

/* Takes the oldest one that is on its way to `party` off the wire, to be delivered later. */
struct flight pair_hold(struct party *to);
void pair_release(const struct flight *held);

/* Any bytes, as if they came from the other end. */
void pair_inject(struct party *to, const uint8_t *bytes, size_t len);

/* An answer to alice's IKE_SA_INIT request with one notify in it and nothing else: nobody vouches
 * for it, so anybody may have written it. */
void pair_inject_notify(struct pair *pair, uint16_t type, struct crypto_bytes data);

/* A protected message that this end's implementation would never send, sealed with its keys and
 * taken by the other end: what an odd or malicious peer could say. `write` adds the payloads. */
struct pair_forgery {
    struct party *from;
    uint64_t sa; /* of `from` */
    uint8_t exchange;
    bool response;
    uint32_t message_id;
    void (*write)(struct ike_builder *builder, const void *context);
    const void *context;
};
void pair_forge(const struct pair_forgery *forgery);

/* Delivers until nothing is in flight. */
void pair_settle(struct pair *pair);

/* Lets time go on; timers that fall due do what they do. Nothing is delivered. */
void pair_wait(struct pair *pair, uint64_t ns);

/* An established pair with nothing in flight; returns the id of alice's SA, *gateway that of the
 * other end's. */
uint64_t pair_establish(struct pair *pair, uint64_t *gateway);

/* ---- questions ---- */

struct party *pair_other(const struct party *party);
size_t pair_in_flight_to(const struct party *party);
bool party_established(const struct party *party, uint64_t sa);
bool party_knows(const struct party *party, uint64_t sa);

/* The newest IKE SA with the other end, established ones first; 0 if there is none. */
uint64_t party_newest(const struct party *party);

/* IKE SAs that are not closed. */
size_t party_live(const struct party *party);
size_t party_children(const struct party *party, uint64_t sa);
size_t party_count(const struct party *party, enum trace_kind kind);

/* Operations of a kind that its last call has cost. */
uint32_t party_operations(const struct party *party, enum crypto_cost_kind kind);

/* The newest event of a kind; fails the test if there is none. */
const struct pair_event *party_last(const struct party *party, enum trace_kind kind);

/* The payload chain of its last message; why it has dropped the last datagram. */
const char *last_sent(const struct party *party);
const char *last_dropped(const struct party *party);

/* The seven keys of an IKE SA, as both ends have them. */
bool pair_same_keys(const struct crypto_sk_keys *a, const struct crypto_sk_keys *b);
void pair_assert_same_keys(const struct crypto_sk_keys *a, const struct crypto_sk_keys *b);

/* The two IKE SAs have the same keys, and each end's outbound ESP keys are the other's inbound. */
void pair_assert_agreed(struct pair *pair, uint64_t sa, uint64_t gateway);

/* A fingerprint of all that can be asked of an end: memory, and each SA's facts. */
struct party_state {
    size_t memory, installed, established, gone;
    struct ike_sa_info info;
    bool known;
};
struct party_state party_state(const struct party *party, uint64_t sa);
void assert_same_state(const struct party_state *before, const struct party_state *after);

#endif
