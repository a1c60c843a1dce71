/*
 * Additional key exchanges behind CREATE_CHILD_SA (RFC 9370 §2.2.4): one IKE_FOLLOWUP_KE exchange
 * each, one after the other. The SA that was asked for comes to be when the last one is over, with
 * keys from all of them. Until then each end keeps a "series". For ike/ only.
 *
 *     SK{SA Ni KE(0) ..}                          -->
 *                                                <--  SK{SA Nr KE(0) .. N(ADDITIONAL_KEY_EXCHANGE)}
 *     SK{KE(1) N(ADDITIONAL_KEY_EXCHANGE)}        -->
 *                                                <--  SK{KE(1) N(ADDITIONAL_KEY_EXCHANGE)}
 *     SK{KE(2) N(ADDITIONAL_KEY_EXCHANGE)}        -->
 *                                                <--  SK{KE(2)}
 *
 * The text of RFC 9370 was not at hand. Messages, formulas of the keys and the responder's 5 to 20
 * s of patience were read in excerpts of §2.2.4; the rest (the link is the responder's own
 * business, STATE_NOT_FOUND and what the initiator does then, collisions) is built from memory of
 * it.
 */
#ifndef IKESIM_IKE_FOLLOWUP_H
#define IKESIM_IKE_FOLLOWUP_H

#include "ike/child.h"
#include "ike/exchange.h"

/* What an end keeps from CREATE_CHILD_SA to the last IKE_FOLLOWUP_KE. */
struct ike_series {
    struct ike_series *next; /* responder: of the same IKE SA */
    uint32_t message_id;     /* responder: of CREATE_CHILD_SA, by which it knows the series */
    uint8_t count, done;     /* additional key exchanges: agreed on, over */
    uint16_t methods[CRYPTO_ADDKE_MAX];
    uint64_t successor; /* rekey of the IKE SA: id of the one that is to take its place; else 0 */
    struct ike_kept *secret;     /* SK(0), of CREATE_CHILD_SA; of length 0 if it had no KE */
    struct ike_kept *additional; /* SK(1) | SK(2) | ...; NULL before the first */
    struct ike_kept *link;       /* initiator: what the responder wants to see again */
    struct crypto_kex *kex;      /* initiator: of the request that is out */
    /* Of a CHILD SA, the bargain of CREATE_CHILD_SA. */
    uint32_t spi_in, rekeys; /* of the new one; of the one that it is to replace, 0: none */
    bool transport;
    struct ike_real real;
    struct ike_agreement agreement;
    uint16_t ni_len;
    struct ike_kept *nonces; /* Ni | Nr */
    uint8_t ts_i_count, ts_r_count;
    struct ike_selector *selectors; /* TSi, then TSr */
};

/* ---- what is kept (followup.c) ---- */

/* `secret` is SK(0); `suite` has at least one additional key exchange. */
struct ike_series *ike_series_new(struct ike_endpoint *endpoint, const struct crypto_suite *suite,
                                  struct crypto_bytes secret);
void ike_series_free(struct ike_endpoint *endpoint, struct ike_series *series); /* NULL is fine */

/* Keeps what both ends agreed on for a CHILD SA. */
void ike_series_keep_bargain(struct ike_endpoint *endpoint, struct ike_series *series,
                             const struct ike_child *child, uint32_t rekeys,
                             const struct ike_bargain *bargain);

/* The same again, with all secrets; views into the series. */
struct ike_bargain ike_series_bargain(const struct ike_series *series, bool initiator);

/* The secrets of additional key exchanges so far. */
struct crypto_bytes ike_series_additional(const struct ike_series *series);

/* The method of the exchange that is next, and its secret once it is over. */
const struct crypto_transform *ike_series_method(const struct ike_series *series);
void ike_series_add(struct ike_call *call, struct ike_sa *sa, struct ike_series *series,
                    struct crypto_bytes secret);

/* Rekey of an IKE SA: the successor that waits for its keys; NULL if it is gone. */
struct ike_sa *ike_series_successor(const struct ike_endpoint *endpoint,
                                    const struct ike_series *series);

/* The successor will not come to be. */
void ike_series_discard_successor(struct ike_call *call, const struct ike_series *series,
                                  const char *why);

/* ---- the responder's ones (followup.c) ---- */

/* CREATE_CHILD_SA is answered: waits for what follows, and writes what the initiator has to send
 * along. The SA owns the series. */
void ike_series_await(struct ike_call *call, struct ike_sa *sa, struct ike_series *series);

/* The one that a request is about; NULL if there is none (any more). */
struct ike_series *ike_series_find(const struct ike_sa *sa, const struct ike_payload *link);

/* The one that is to replace the CHILD SA with that inbound SPI, the one that is to make the one
 * with it; the one that is to replace the IKE SA. NULL if there is none. */
struct ike_series *ike_series_replacing(const struct ike_sa *sa, uint32_t spi_in);
struct ike_series *ike_series_making(const struct ike_sa *sa, uint32_t spi_in);
struct ike_series *ike_series_rekeying(const struct ike_sa *sa);

/* Takes it out of the SA, to be freed by the caller. */
void ike_series_take(struct ike_sa *sa, struct ike_series *series);

/* Forgets it and what it was to make; without a word about the CHILD SA if `why` is NULL. */
void ike_series_drop(struct ike_call *call, struct ike_sa *sa, struct ike_series *series,
                     const char *why);
void ike_series_drop_all(struct ike_call *call, struct ike_sa *sa, const char *why);

/* IKE_TIMER_FOLLOWUP. */
void ike_series_expire(struct ike_call *call, struct ike_sa *sa, uint32_t generation);

/* ---- the exchange (exchange_ike_followup_ke.c) ---- */

/* Initiator: the response that came in has linked the series to its next exchange: begins that.
 * `task` is the one that was answered; what it carries goes over to the next. NULL, or what is
 * wrong; nothing has changed then. */
const char *ike_followup_begin(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);

/* Initiator: the request is to be built anew, under another Message ID. */
void ike_followup_renew(struct ike_task *task);

/* All key exchanges of the series in the offer, or the rekey, are over. */
void ike_child_conclude_offer(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_rekey_conclude(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);

/* The same of the responder; the series is freed by the caller. */
void ike_child_conclude_answer(struct ike_call *call, struct ike_sa *sa,
                               const struct ike_series *series);
void ike_rekey_conclude_answer(struct ike_call *call, struct ike_sa *sa,
                               const struct ike_series *series);

#endif
