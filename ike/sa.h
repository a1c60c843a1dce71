/*
 * An IKE SA: its keys, its two windows, what is outstanding in them, its CHILD SAs. For ike/ only.
 */
#ifndef IKESIM_IKE_SA_H
#define IKESIM_IKE_SA_H

#include "crypto/kdf.h"
#include "crypto/kex.h"
#include "ike/endpoint_internal.h"
#include "ike/ring.h"
#include "ike/window.h"

enum ike_state {
    IKE_STATE_NONE,         /* no SA yet */
    IKE_STATE_INIT_SENT,    /* initiator: IKE_SA_INIT request is out */
    IKE_STATE_INIT_DONE,    /* responder: IKE_SA_INIT is answered; "half-open" */
    IKE_STATE_INTERMEDIATE, /* initiator: an IKE_INTERMEDIATE request is out */
    IKE_STATE_AUTH_SENT,    /* initiator: IKE_AUTH request is out */
    IKE_STATE_ESTABLISHED,
    IKE_STATE_DELETING, /* a request that ends the SA is queued or out */
    IKE_STATE_CLOSED,   /* gone; what is left answers copies of the last requests (§2.1) */
};

/* Who may be redirected: whoever has begun with IKE_SA_INIT, and said so there (RFC 5685). */
enum ike_redirect_role {
    IKE_REDIRECT_NOBODY,
    IKE_REDIRECT_CLIENT,  /* this end */
    IKE_REDIRECT_GATEWAY, /* the peer */
    IKE_REDIRECT_ROLES,
};

/* A set of states. */
#define IKE_STATE_BIT(state) (1u << (state))

/* "INIT_SENT", ... as in ike:state. */
const char *ike_state_name(enum ike_state state);

/* Octets that outlive a message. */
struct ike_kept {
    size_t len;
    uint8_t octets[];
};

/* What is needed from the first message until AUTH is checked, and never again. */
struct ike_setup {
    const struct ike_policy *under;    /* initiator: of the host, when the attempt was begun */
    const struct crypto_transform *ke; /* initiator: the method of the request that is out */
    struct crypto_kex *kex;            /* initiator: until the response is in */
    uint32_t ke_retries, cookie_retries;
    uint8_t
        cookie_len; /* initiator: of the newest COOKIE, which goes with every request (§2.6.1) */
    uint8_t cookie[IKE_COOKIE_MAX];
    bool has_solution; /* of the PUZZLE that came with the cookie */
    uint8_t solution[IKE_PUZZLE_SOLUTION_MAX];
    bool pays;      /* initiator: the solution is that of the PUZZLE of IKE_AUTH */
    uint8_t puzzle; /* responder: bits of the one that IKE_AUTH has to solve; 0: none, or it has */
    struct ike_kept *peer_public; /* responder: of its key exchange, until then */
    const char *refused; /* initiator: name of the last error notify, which nobody vouches for */
    const struct ike_child_policy
        *child;                       /* initiator: the one that rides in IKE_AUTH; NULL: none */
    struct ike_redirected redirected; /* what has led here (RFC 5685) */
    uint8_t intermediate_count;       /* IKE_INTERMEDIATE exchanges that are over (RFC 9242) */
    uint16_t secret_len;              /* responder: of an exchange whose answer has not left yet */
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    uint8_t int_auth[2][CRYPTO_PRF_MAX]; /* IntAuth_i, IntAuth_r so far */
    struct ike_sent *own_message;        /* IKE_SA_INIT as sent: AUTH covers it (§2.15) */
    uint8_t *peer_message;
    size_t peer_message_len;
    struct ike_session *session; /* the one that is resumed (RFC 5723); NULL: none */
    struct ike_eap *eap;         /* while EAP runs (§2.16) */
    struct ike_kept *first;      /* responder with EAP: what the first IKE_AUTH asks for */
    struct ike_kept *peer_id;    /* with EAP: body of the peer's ID payload */
    struct ike_kept *unmixed;    /* SK_d, SK_pi, SK_pr as they were without the PPK */
    bool peer_uses_ppk;          /* it has sent USE_PPK (RFC 8784 §3) */
    bool asked_for_certs;        /* the peer has sent CERTREQ (§3.7) */
    bool moved;                  /* initiator: this host has had another address meanwhile */
    uint16_t peer_hashes;        /* 1 << each of its SIGNATURE_HASH_ALGORITHMS; 0: no RFC 7427 */
    uint32_t auth_message_id;    /* of the first IKE_AUTH; 0 before it */
    uint32_t auth_round;         /* Message ID of the IKE_AUTH message that draws are made for */
    uint32_t signatures;         /* made so far */
    uint16_t ni_len, nr_len;
    uint8_t ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
};

/* What few IKE SAs have: allocated for those. */
struct ike_rare {
    uint64_t reauth_at,
        auth_ends;             /* ns: when authentication is repeated, must have been; 0: never */
    struct ike_task *parked;   /* refused for the moment, to be asked for again */
    uint8_t *qcd_token;        /* of the peer (RFC 6290), NULL: none */
    struct ike_config *config; /* NULL: no addresses of the tunnel */
    uint32_t parkings;         /* serial number of the last one */
    struct ike_redirected redirected; /* that have led to this gateway (RFC 5685 §7) */
};

struct ike_sa {
    struct ike_index_node by_id, by_spi, by_request, by_remote, by_identity;
    struct ike_sa *next_closed;
    uint64_t id;
    uint64_t spi_i, spi_r;
    uint64_t request_hash; /* responder: of the IKE_SA_INIT request */
    uint64_t next_iv; /* AEAD: a counter under the own key, never twice the same (RFC 5282 §3) */
    uint64_t last_heard; /* when the last authentic message or packet came in; closed: the end */
    uint64_t last_sent;  /* behind a NAT: when a packet last went out to the peer */
    uint64_t next_check; /* when a hint may make us ask the peer again */
    uint32_t messages;   /* distinct messages sent: the low part of their identities */
    bool initiator;      /* original initiator */
    uint8_t state;       /* enum ike_state */
    uint8_t round;       /* draws of this SA begun anew, see ike_draw */
    uint8_t peer_id_type;
    uint16_t peer_id_len;
    bool established; /* has been, even if it is closed by now */
    bool half_open;   /* counted as such: a stranger has made us keep it */
    bool keeping;     /* an IKE_TIMER_RESPONSE_KEEP is asked for */
    bool successor;   /* made by a rekey: without IKE_SA_INIT and IKE_AUTH of its own */
    bool replaced;    /* another has taken its place; it only waits for its Delete */
    bool standby;     /* a successor whose rival may survive in its place, or has (§2.8.2) */
    bool rekeying;    /* our request for a successor is out: no other request goes out meanwhile */
    bool fragments;   /* both ends speak RFC 7383 */
    bool anonymous;   /* the peer has proved nothing (RFC 7619) */
    bool reauthenticating; /* another is to take its place, from the beginning */
    bool announce;         /* the next message tells the peer of our window */
    uint8_t nat;           /* set of enum ike_nat */
    uint8_t syncs;         /* set of enum ike_sync: what both ends can do after a failover */
    bool mobike;           /* both ends speak RFC 4555 */
    bool began;            /* this end was the initiator before all rekeys (RFC 4555 §1.3) */
    uint8_t redirect;      /* enum ike_redirect_role */
    uint8_t last_auth;     /* Message ID of the last IKE_AUTH, 0: none that small */
    uint8_t *peer_id;      /* Identification Data, once authenticated */
    struct ike_address local, remote;
    struct crypto_suite suite;
    struct crypto_sk_keys *keys; /* NULL until they are derived; as long as they are */
    struct ike_window own, peer; /* requests that we send; that we answer */
    struct ike_ring tasks;       /* struct ike_task that is sent and unanswered, by Message ID */
    struct ike_ring responses;   /* struct ike_sent: the last responses, by Message ID */
    struct ike_task *queue;      /* waiting for a place in the own window, first to go first */
    struct ike_task **queue_end;
    uint32_t queued;
    uint32_t child_count;      /* installed ones */
    uint32_t child_total;      /* offered ones too */
    uint32_t reassembly_count; /* begun so far */
    struct ike_child *children;
    struct ike_series *series; /* responder: key exchanges that are to follow (RFC 9370 §2.2.4) */
    struct ike_mobike *moves;  /* NULL: nothing but the two addresses (RFC 4555) */
    struct ike_counter_sync *sync;       /* NULL: no failover so far (RFC 6311) */
    struct ike_setup *setup;             /* until IKE_AUTH is over */
    struct ike_rare *rare;               /* NULL: there is nothing of it */
    struct ike_reassembly *reassemblies; /* messages of which fragments are missing */
};

/* ---- life ---- */

/* A new SA in the tables, with its own SPI drawn and a setup. `spi_i` 0 makes us its initiator and
 * `attempt` the identity of the draw. */
struct ike_sa *ike_sa_new(struct ike_call *call, const struct ike_address *local,
                          const struct ike_address *remote, uint64_t spi_i, uint64_t attempt);

/* Draws the own SPI of an SA that is in no table yet: what ike_sa_new does, and what can be known
 * of it beforehand. `remote`, `initiator` and a responder's `spi_i` are set. */
void ike_sa_draw_spi(const struct ike_endpoint *endpoint, struct ike_sa *sa, uint64_t attempt);

/* A new SA with the same peer in the place of `old` (§2.18), with a setup for the nonces. Both SPIs
 * were in the proposals of the exchange, whose initiator is its "original initiator". */
struct ike_sa *ike_sa_new_successor(struct ike_call *call, const struct ike_sa *old, bool initiator,
                                    uint64_t spi_i, uint64_t spi_r);

/* One that another member of a cluster has made, from what is told of it in `told`: SPIs,
 * addresses, suite, windows, what both ends can do. In the tables, with these keys and without a
 * setup; its CHILD SAs, its peer's identity and the like are the caller's. */
struct ike_sa *ike_sa_adopt(struct ike_call *call, const struct ike_sa *told,
                            struct crypto_sk_keys *keys);

/* An SPI for a message of `sa` that no other SA of this host has. */
uint64_t ike_sa_draw_successor_spi(struct ike_endpoint *endpoint, const struct ike_sa *sa,
                                   bool response, uint32_t message_id);

/* Moves to another state and tells why, in one plain sentence. */
void ike_sa_enter(struct ike_call *call, struct ike_sa *sa, enum ike_state state, const char *why);

/* The seven keys from a shared secret; nonces, SPIs and suite are set. `old` is the SA whose SK_d
 * and PRF make SKEYSEED in a rekey (§2.18), else NULL; `additional` the secrets of key exchanges
 * that followed then (RFC 9370 §2.2.4). */
void ike_sa_derive_keys(struct ike_call *call, struct ike_sa *sa, const struct ike_sa *old,
                        struct crypto_bytes secret, struct crypto_bytes additional);

/* The seven keys of a session that is resumed, from SK_d of the old IKE SA (RFC 5723 §5.1). */
void ike_sa_resume_keys(struct ike_call *call, struct ike_sa *sa, struct crypto_bytes old_sk_d);

/* IKE_AUTH has succeeded on this end: opens the windows, frees the setup, begins to watch for
 * liveness. */
void ike_sa_establish(struct ike_call *call, struct ike_sa *sa, const char *why);

/* The keys of the successor are there: it takes over CHILD SAs, waiting exchanges and the peer's
 * identity, and is established. */
void ike_sa_succeed(struct ike_call *call, struct ike_sa *old, struct ike_sa *sa);

/* The keys of the successor are there, but another may survive in its place (§2.8.2): it answers,
 * and nothing hangs on it. ike_sa_succeed may follow. */
void ike_sa_stand_by(struct ike_call *call, struct ike_sa *sa, const char *why);

/* Sees to it that an SA which the peer is to delete goes even if it does not. */
void ike_sa_expect_delete(struct ike_call *call, const struct ike_sa *sa);

/* IKE_TIMER_LEFTOVER. */
void ike_sa_end_leftover(struct ike_call *call, struct ike_sa *sa);

/* Ends the SA and all that hangs on it. It is freed at the end of the call; but what has answered a
 * peer stays for response_keep, so that late copies of its requests, of the first ones above all,
 * are known for what they are (§2.1). */
void ike_sa_close(struct ike_call *call, struct ike_sa *sa, const char *why);

/* A closed SA is of no use any more: it is freed at the end of the call. */
void ike_sa_retire(struct ike_call *call, struct ike_sa *sa);

/* Closes it, if it is not, and keeps nothing for copies of requests that may still come. */
void ike_sa_forget(struct ike_call *call, struct ike_sa *sa, const char *why);

/* Frees an SA in whatever state, without a word: for ike_call_end and ike_endpoint_free. */
void ike_sa_free(struct ike_endpoint *endpoint, struct ike_sa *sa);

/* An SA that was found to be useless before anybody heard of it. */
void ike_sa_discard(struct ike_endpoint *endpoint, struct ike_sa *sa);

/* Frees what only the way to an established SA needs; nothing happens if there is nothing. */
void ike_sa_free_setup(struct ike_endpoint *endpoint, struct ike_sa *sa);

/* ---- what it knows ---- */

/* To be read: all zero where there is nothing. To be written: made if there is none. */
const struct ike_rare *ike_sa_rare(const struct ike_sa *sa);
struct ike_rare *ike_sa_make_rare(struct ike_endpoint *endpoint, struct ike_sa *sa);

static inline uint64_t ike_sa_own_spi(const struct ike_sa *sa)
{
    return sa->initiator ? sa->spi_i : sa->spi_r;
}

static inline struct crypto_bytes ike_sa_ni(const struct ike_sa *sa)
{
    return crypto_bytes(sa->setup->ni, sa->setup->ni_len);
}

static inline struct crypto_bytes ike_sa_nr(const struct ike_sa *sa)
{
    return crypto_bytes(sa->setup->nr, sa->setup->nr_len);
}

/* The key of messages to the peer (`outbound`) or from it. Wipe it after use. */
void ike_sa_message_key(const struct ike_sa *sa, bool outbound, struct crypto_packet_key *key);

/* Remembers who the peer has proved to be. */
void ike_sa_set_peer_identity(struct ike_call *call, struct ike_sa *sa, uint8_t type,
                              struct crypto_bytes data);

/* What our policy lets the peer be outstanding with, at least 1. */
uint32_t ike_window_announced(const struct ike_policy *policy);

/* Writes SET_WINDOW_SIZE, unless the window is 1, which is what the peer takes it for anyway. */
void ike_sa_announce_window(struct ike_call *call, struct ike_sa *sa);

/* Follows a SET_WINDOW_SIZE in the message that came in (§2.3). */
void ike_sa_take_window_size(struct ike_call *call, struct ike_sa *sa);

/* ---- finding ---- */

/* Closed ones that are still kept among them; NULL if there is none. */
struct ike_sa *ike_sa_by_id(const struct ike_endpoint *endpoint, uint64_t id);
struct ike_sa *ike_sa_by_spi(const struct ike_endpoint *endpoint, uint64_t own_spi);

/* The SA that exactly this IKE_SA_INIT request has made (§2.1: SPIi and address alone would take
 * two peers behind one NAT for the same). */
struct ike_sa *ike_sa_by_request(const struct ike_endpoint *endpoint,
                                 const struct ike_address *source, uint64_t spi_i,
                                 uint64_t request_hash);
void ike_sa_index_request(struct ike_endpoint *endpoint, struct ike_sa *sa, uint64_t request_hash);

/* The same host, whatever the port. */
bool ike_address_same_host(const struct ike_address *a, const struct ike_address *b);

/* Key of by_remote and by_identity. */
uint64_t ike_address_hash(const struct ike_address *address);
uint64_t ike_identity_hash(uint8_t type, struct crypto_bytes data);

/* ---- draws ---- */

/* The identity of a draw for a message of this SA. Both ends' requests count from 0, so a request
 * and a response of one host may share a Message ID: they are told apart, and so are repetitions
 * under one Message ID (another key exchange method, an SPI drawn again). */
struct crypto_draw ike_draw(const struct ike_sa *sa, uint8_t exchange, bool response,
                            uint32_t message_id, enum crypto_draw_field field);

/* Draws from now on have other identities than those before. */
void ike_draw_anew(struct ike_sa *sa);

#endif
