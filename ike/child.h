/*
 * CHILD SAs: offered, answered and accepted alike in IKE_AUTH and CREATE_CHILD_SA (RFC 7296 §1.2,
 * §1.3.1), installed and removed. For ike/ only.
 */
#ifndef IKESIM_IKE_CHILD_H
#define IKESIM_IKE_CHILD_H

#include "ike/config.h"
#include "ike/negotiate.h"
#include "ike/sa.h"

enum { IKE_CHILD_SPI_MIN = 256 }; /* those below are reserved by IANA (RFC 4303 §2.1) */

enum ike_child_state {
    IKE_CHILD_OFFERED, /* its inbound SPI is taken and offered to the peer */
    IKE_CHILD_INSTALLED,
    /* All below are installed too. */
    IKE_CHILD_REKEYING,  /* our request for a successor is queued or out */
    IKE_CHILD_CONTESTED, /* it is out, and the peer's for another was answered (§2.8.1) */
    IKE_CHILD_RIVAL,     /* what the peer's request has made then */
    IKE_CHILD_REPLACED,  /* its successor is there, and the peer will delete this one */
    IKE_CHILD_REDUNDANT, /* it was a rival and has lost: the peer will delete it */
    IKE_CHILD_DELETING,  /* our Delete is queued or out */
    IKE_CHILD_DELETED,   /* the peer has deleted it while our request is out: it goes with that */
};

/* Selectors that a CHILD SA was narrowed to. */
struct ike_child_scope {
    uint8_t local_count, remote_count;
    bool paired;                     /* no more had been asked for: nor will its successor */
    struct ike_selector selectors[]; /* local ones first */
};

struct ike_child {
    struct ike_index_node by_spi; /* key: spi_in */
    struct ike_sa *sa;            /* whose it is */
    struct ike_child *next;       /* of the same IKE SA */
    const struct ike_child_policy *policy;
    struct ike_child_scope *scope; /* NULL: all that the policy has */
    uint32_t spi_in, spi_out;
    uint32_t replaces; /* spi_in of the one that it succeeds; 0: none */
    uint16_t ke;   /* method of its own key exchange, which the next rekey begins with; 0: none */
    uint8_t state; /* enum ike_child_state */
    uint8_t protocol; /* IKE_PROTOCOL_ESP or IKE_PROTOCOL_AH, once it is agreed on */
};

struct ike_series; /* ike/followup.h */

/* What the initiator of an exchange remembers of its offer until it is answered. */
struct ike_child_offer {
    const struct ike_child_policy *policy;
    const struct ike_policy *under; /* of the host, when the request was built */
    bool transport;                 /* USE_TRANSPORT_MODE is in the request */
    bool inherited; /* from another member of a cluster, which may have used the keys already */
    struct ike_pair pair;              /* that is asked for; of family 0: all that the policy has */
    struct ike_child *child;           /* NULL until the request is built */
    uint32_t rekeys, rekeys_out;       /* SPIs of the one that it is to replace; 0: none */
    struct ike_rival *rival;           /* the peer's rekey of that one, which we have answered */
    const struct crypto_transform *ke; /* key exchange of its own; NULL: none */
    uint32_t ke_retries;
    struct crypto_kex *kex;
    struct ike_series *series; /* while additional key exchanges follow; else NULL */
    uint8_t nonce[IKE_NONCE_OWN];
    uint32_t early_count;
    uint32_t early[IKE_EARLY_DELETES_MAX]; /* SPIs of Deletes that came before the response */
};

/* `policy` is borrowed. The offer belongs to its task; freeing it wipes its key exchange. */
struct ike_child_offer *ike_child_offer_new(struct ike_endpoint *endpoint,
                                            const struct ike_child_policy *policy);
void ike_child_offer_free(struct ike_endpoint *endpoint, struct ike_child_offer *offer);

/* ---- one pair of addresses (§2.9): child_pair.c ---- */

/* The addresses that the CHILD SA was narrowed to, if they are one at either end. */
bool ike_child_pair(const struct ike_child *child, struct ike_pair *pair);

/* Of a rekey: a pair where the old one was asked for as such, or is made in no other way. */
void ike_child_offer_pair(const struct ike_child *old, struct ike_child_offer *offer);

/* What is offered at one end; ike_child_side if that is no pair. */
struct ike_child_side; /* below */
void ike_child_offer_side(const struct ike_endpoint *endpoint, const struct ike_child_offer *offer,
                          const struct ike_sa *sa, bool local, struct ike_child_side *side);

/* Whether the pair lies within what the policy has. */
bool ike_child_has_pair(const struct ike_endpoint *endpoint, const struct ike_child_policy *policy,
                        const struct ike_sa *sa, const struct ike_pair *pair);

/* What both ends have agreed on. */
struct ike_bargain {
    bool initiator;       /* of the exchange */
    bool transport;       /* both said USE_TRANSPORT_MODE */
    struct ike_real real; /* then, through a NAT */
    const struct ike_agreement *agreement;
    struct ike_child *replaces;        /* NULL: nothing */
    uint32_t waits_for;                /* spi_in of the one that sends in its place; 0: none */
    bool used;                         /* another member of the cluster may have sent with it */
    struct crypto_bytes shared_secret; /* of the CHILD SA's own key exchange */
    struct crypto_bytes additional;    /* of those that followed (RFC 9370 §2.2.4) */
    struct crypto_bytes ni, nr;
    const struct ike_selector *ts_i, *ts_r;
    size_t ts_i_count, ts_r_count;
};

/* Derives its keys and hands it to ESP. */
void ike_child_install(struct ike_call *call, struct ike_sa *sa, struct ike_child *child,
                       const struct ike_bargain *bargain);

/* Selectors that a policy has at one end. `list` may point into the struct. Of a peer that proves
 * nothing (RFC 7619 §2.5) they are its own addresses; `barred` if the policy has none of them. */
struct ike_child_side {
    const struct ike_selector *list;
    size_t count;
    bool barred;
    struct ike_selector own[IKE_SELECTORS_MAX];
};
void ike_child_side(const struct ike_endpoint *endpoint, const struct ike_child_policy *policy,
                    const struct ike_sa *sa, bool local, struct ike_child_side *side);

/* True if these selectors mean the addresses of the IKE SA and no others: transport mode carries
 * nothing else (RFC 4301 §4.1). */
bool ike_child_host_to_host(const struct ike_sa *sa, const struct ike_selector *local,
                            size_t local_count, const struct ike_selector *remote,
                            size_t remote_count);

/* What we would agree to: the proposals that a policy has in that one of the host, without a key
 * exchange in IKE_AUTH (§1.2). */
struct ike_terms ike_child_terms(const struct ike_policy *host,
                                 const struct ike_child_policy *policy, uint8_t exchange,
                                 uint32_t spi_in);

/* Writes [N(REKEY_SA),] SA, [Ni, [KE,]] TSi, TSr of a request; nonce and key exchange in
 * CREATE_CHILD_SA only. */
void ike_child_build_offer(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);

/* The response to such a request: installs the CHILD SA, or tells why not. */
void ike_child_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);

/* The response cannot be accepted: the peer believes that it has a CHILD SA that we do not want,
 * and is told to forget it. */
void ike_child_reject_answer(struct ike_call *call, struct ike_sa *sa,
                             struct ike_child_offer *offer, const char *why);

/* The response to it, or to an IKE_FOLLOWUP_KE behind it, is that error notify. */
void ike_child_take_refusal(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                            uint16_t error);

/* Responder: reads SA, TSi, TSr (and Ni, KE) from the request that came in, installs the CHILD SA
 * and writes its part of the response; or writes the notify that refuses it. `replaces` is the one
 * that a rekey is about, else NULL. */
void ike_child_answer(struct ike_call *call, struct ike_sa *sa, uint8_t exchange,
                      struct ike_child *replaces);

/* ---- rekeying (§1.3.3, §2.8): child_rekey.c ---- */

/* Begins to replace an installed one; false if too many exchanges wait already. Not while the
 * peer's request to replace it has key exchanges to follow (ike_series_replacing). */
bool ike_child_rekey(struct ike_call *call, struct ike_sa *sa, struct ike_child *child);

/* The one that an offer is to replace, while it is there. */
struct ike_child *ike_child_offer_rekeys(const struct ike_endpoint *endpoint,
                                         const struct ike_sa *sa,
                                         const struct ike_child_offer *offer);

/* Responder: the one that the REKEY_SA in the message that came in is about. NULL if the rekey is
 * refused; the notify that says so is written then. */
struct ike_child *ike_child_find_rekeyed(struct ike_call *call, struct ike_sa *sa,
                                         const struct ike_payload *rekey);

/* Begins to delete an installed one. */
void ike_child_delete(struct ike_call *call, struct ike_sa *sa, struct ike_child *child);

/* The peer has not got the one that we want to replace: it is forgotten, and made anew (§2.25). */
void ike_child_start_over(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer);

/* ---- crossings (§2.8.1, §2.25.1): child_collision.c ---- */

/* From the old one to its successor. */
struct ike_child_move {
    uint32_t old_spi_in, old_spi_out, spi_in, spi_out;
};

/* Responder: the successor that the peer asked for is installed. The peer deletes the old one; if
 * our own request for another is out, it is not decided yet which of them survives. */
void ike_child_succeed_peer(struct ike_call *call, struct ike_sa *sa, struct ike_child *old,
                            struct ike_child *successor, const struct ike_bargain *bargain);

/* The same where key exchanges are to follow before `successor` is installed. */
void ike_child_expect_peer(struct ike_call *call, struct ike_sa *sa, struct ike_child *old,
                           const struct ike_child *successor, const struct ike_bargain *bargain);

/* The peer goes on with its successor `rival`, so that one survives. */
void ike_child_settle(struct ike_call *call, struct ike_sa *sa, const struct ike_child *rival);

/* Our request is refused, though the old one was deleted or rekeyed by the peer meanwhile. True if
 * that is so: all is said and done then, and nothing to be tried again. */
bool ike_child_refused(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer,
                       const char *why);

/* Our request is answered, with the nonce `nr`: true if the peer's successor survives. */
bool ike_child_loses(struct ike_call *call, const struct ike_sa *sa,
                     const struct ike_child_offer *offer, struct crypto_bytes nr);

/* Ours has key exchanges to follow, so it does not exist yet. It has lost: it never will, and the
 * peer's goes on. It has won: the peer's is not needed any more, and nothing contests it. */
void ike_child_stop(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer);
void ike_child_prevail(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer);

/* Then, with ours installed: who has lost deletes the new one, who has won the old one. Nothing if
 * the offer was no rekey. */
void ike_child_succeed_own(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer,
                           struct ike_child *own, bool loses);

/* The response to an offer comes after the peer's Delete of what it made. */
bool ike_child_deleted_early(const struct ike_child_offer *offer, uint32_t spi_out);
void ike_child_drop_early(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer,
                          bool loses);

/* The peer deletes the one whose outbound SPI it names. True if the answer is to name *spi_in, the
 * other half. */
bool ike_child_take_delete(struct ike_call *call, struct ike_sa *sa, uint8_t protocol,
                           uint32_t spi_out, uint32_t *spi_in);

/* Remembers what an agreement has narrowed the CHILD SA to. */
void ike_child_keep_scope(struct ike_endpoint *endpoint, struct ike_child *child,
                          const struct ike_child_sa *installed);

/* True if these selectors leave out something that `old` carries: a successor must not (§2.9.2). */
bool ike_child_narrower(const struct ike_endpoint *endpoint, const struct ike_child *old,
                        const struct ike_selector *local, size_t local_count,
                        const struct ike_selector *remote, size_t remote_count);

/* A new one whose inbound SPI is drawn for `draw`: unique in the endpoint, and not among the first
 * 256 (RFC 4303 §2.1). */
struct ike_child *ike_child_new(struct ike_call *call, struct ike_sa *sa,
                                const struct ike_child_policy *policy, struct crypto_draw draw);

/* One that another member of a cluster has told of: SPIs, state and protocol are those of `told`;
 * offered, or installed. */
struct ike_child *ike_child_adopt(struct ike_call *call, struct ike_sa *sa,
                                  const struct ike_child_policy *policy,
                                  const struct ike_child *told);

/* Forgets it without a word. */
void ike_child_forget(struct ike_endpoint *endpoint, struct ike_sa *sa, struct ike_child *child);

/* Gives an offer back that came to nothing. */
void ike_child_fail(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer,
                    const char *why);

/* Takes an installed one out of ESP and forgets it. */
void ike_child_remove(struct ike_call *call, struct ike_sa *sa, struct ike_child *child,
                      const char *why);

/* Forgets all without a word. */
void ike_children_free(struct ike_endpoint *endpoint, struct ike_sa *sa);

/* The first one with that name that nobody replaces or deletes; the one whose SPI the peer knows it
 * by; the one with that inbound SPI. NULL if there is none. */
struct ike_child *ike_child_by_name(const struct ike_sa *sa, const char *name);
struct ike_child *ike_child_by_spi_out(const struct ike_sa *sa, uint32_t spi_out);
struct ike_child *ike_child_by_spi_in(const struct ike_endpoint *endpoint, const struct ike_sa *sa,
                                      uint32_t spi_in);

#endif
