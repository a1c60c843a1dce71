/*
 * Exchanges. The table says for each what its initiator and its responder do and in which states of
 * the SA; a task is one exchange that this end begins. For ike/ only.
 */
#ifndef IKESIM_IKE_EXCHANGE_H
#define IKESIM_IKE_EXCHANGE_H

#include "ike/negotiate.h"
#include "ike/sa.h"
#include "ike/sent.h"

enum ike_task_kind {
    IKE_TASK_INIT,
    IKE_TASK_RESUME, /* in its place, with a ticket (RFC 5723) */
    IKE_TASK_AUTH,
    IKE_TASK_INTERMEDIATE, /* an additional key exchange (RFC 9370) */
    IKE_TASK_CREATE_CHILD,
    IKE_TASK_REKEY_SA,
    IKE_TASK_WINDOW, /* announces our window in a successor (§2.3) */
    IKE_TASK_TOKEN,  /* gives the peer our token for a successor (RFC 6290 §4.3) */
    IKE_TASK_DELETE_CHILD,
    IKE_TASK_DELETE_SA,
    IKE_TASK_LIVENESS,
    IKE_TASK_NOTIFY, /* tells the peer of an error outside of any exchange (§1.5, §2.3) */
    IKE_TASK_UPDATE_ADDRESSES, /* MOBIKE: our address has changed (RFC 4555 §3.5) */
    IKE_TASK_ADDRESSES,        /* MOBIKE: which addresses we have (RFC 4555 §3.6) */
    IKE_TASK_ROUTABILITY,      /* MOBIKE: is the peer where it says (RFC 4555 §3.7) */
    IKE_TASK_COUNTER_SYNC,     /* with Message ID 0: the counters after a failover (RFC 6311) */
    IKE_TASK_TICKET,           /* asks for a ticket */
    IKE_TASK_REPLAY_SYNC,      /* those of ESP alone, in an ordinary exchange */
    IKE_TASK_REDIRECT,         /* sends the peer to another gateway (RFC 5685 §5) */
    IKE_TASK_AUTH_FAILED,      /* tells the responder that its AUTH was not believed (§2.21.2) */
};

/* An exchange of ours: waiting for a place in the window, then sent, until it is answered. */
struct ike_task {
    struct ike_task *next; /* in the queue */
    uint8_t kind;          /* enum ike_task_kind */
    uint8_t exchange;      /* enum ike_exchange */
    uint8_t refusals;      /* TEMPORARY_FAILUREs so far */
    uint8_t forgotten;     /* STATE_NOT_FOUNDs so far (RFC 9370 §2.2.4) */
    uint8_t protocol;      /* DELETE_CHILD, NOTIFY: IKE_PROTOCOL_ESP or IKE_PROTOCOL_AH */
    uint32_t message_id;
    uint32_t timer; /* generation of the timer that is waited for; parked: its serial number */
    uint32_t tries; /* retransmissions since the last change of the request */
    uint64_t delay; /* ns until the next one */
    struct ike_sent *sent; /* NULL while waiting */
    union {
        uint32_t spi_in; /* DELETE_CHILD: as the peer's packets to us carry it */
        struct {
            uint16_t type;
            uint32_t about;            /* a Message ID, an SPI */
            struct ike_kept *packet;   /* the beginning of one that is quoted; NULL: none */
        } notify;                      /* NOTIFY */
        struct ike_child_offer *offer; /* AUTH: NULL if childless (RFC 6023); CREATE_CHILD */
        struct ike_rekey *rekey;       /* REKEY_SA; NULL until the request is built */
    };
};

/* What the initiator of an IKE SA's rekey remembers of its offer until it is answered. */
struct ike_rekey {
    uint64_t spi;                   /* ours, of the successor */
    const struct ike_policy *under; /* of the host, when the request was built */
    const struct crypto_transform *ke;
    uint32_t ke_retries;
    struct crypto_kex *kex;    /* NULL until the request is built */
    struct ike_rival *rival;   /* the peer's rekey, which we have answered */
    struct ike_series *series; /* while additional key exchanges follow; else NULL */
    bool inherited; /* from another member of a cluster, which may have used the keys already */
    uint8_t nonce[IKE_NONCE_OWN];
};

/* One row of the table. Builders and answers write into call->builder; they cannot fail, for what
 * they could complain about becomes a notify. */
struct ike_exchange_rules {
    uint8_t type;      /* enum ike_exchange */
    bool is_protected; /* inside SK */
    struct {
        uint32_t states; /* IKE_STATE_BIT set in which a response is awaited */
        void (*build)(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
        /* Judges a response that nobody vouches for. False: it was dealt with, the request stays
         * outstanding. NULL: the integrity check has judged. */
        bool (*admit)(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
        void (*take)(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
    } initiator;
    struct {
        uint32_t states; /* in which a request is answered; IKE_STATE_NONE: it makes the SA */
        void (*answer)(struct ike_call *call, struct ike_sa *sa);
    } responder;
};

/* Makes an IKE SA, and is in the clear. */
static inline bool ike_exchange_is_first(uint8_t type)
{
    return type == IKE_EXCHANGE_IKE_SA_INIT || type == IKE_EXCHANGE_IKE_SESSION_RESUME;
}

/* NULL for an exchange type that we do not speak. */
const struct ike_exchange_rules *ike_exchange_find(uint8_t type);

/* The rows' functions. */
void ike_init_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
bool ike_init_admit(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_init_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_init_answer(struct ike_call *call, struct ike_sa *sa);
void ike_resume_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
bool ike_resume_admit(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_resume_answer(struct ike_call *call, struct ike_sa *sa);

/* The IKE SA that a session was resumed in is established: its ticket is used, the old IKE SA goes
 * without a word (RFC 5723 §4.3.4). Nothing if none was. */
void ike_resume_established(struct ike_call *call, struct ike_sa *sa);
void ike_intermediate_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_intermediate_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_intermediate_answer(struct ike_call *call, struct ike_sa *sa);
void ike_auth_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_auth_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_auth_answer(struct ike_call *call, struct ike_sa *sa);
void ike_create_child_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_create_child_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_create_child_answer(struct ike_call *call, struct ike_sa *sa);
void ike_rekey_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_rekey_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_rekey_answer(struct ike_call *call, struct ike_sa *sa);
void ike_followup_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_followup_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_followup_answer(struct ike_call *call, struct ike_sa *sa);
void ike_rekey_free(struct ike_endpoint *endpoint, struct ike_rekey *rekey);

/* The response to it, or to an IKE_FOLLOWUP_KE behind it, is that error notify. */
void ike_rekey_take_refusal(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                            uint16_t error);

/* It will not come to be: tells why, and forgets what there is of the successor. */
void ike_rekey_fail(struct ike_call *call, struct ike_sa *sa, const struct ike_rekey *rekey,
                    const char *why);

/* Our request is out, and the peer's was answered; or ours was, and key exchanges follow. Another
 * one of the peer's comes too late then. */
bool ike_rekey_is_contested(const struct ike_sa *sa);

/* The peer deletes the old SA, or uses its own successor, while our request is out: it goes on with
 * that one (§2.8.2). Nothing if there is none. */
void ike_rekey_settle(struct ike_call *call, struct ike_sa *old);
void ike_rekey_settle_by(struct ike_call *call, struct ike_sa *successor);

/* The old SA is closed, and with it the successor that waits for a decision. */
void ike_rekey_abandon(struct ike_call *call, struct ike_sa *old);
void ike_informational_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_informational_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);
void ike_informational_answer(struct ike_call *call, struct ike_sa *sa);
bool ike_informational_deletes_sa(const struct ike_message *message);

/* Responder: a request with the Message ID behind the last IKE_AUTH that was answered, the only
 * place of an error that says that we are not believed, EAP being over or not (§2.21.2). */
bool ike_informational_is_behind_auth(const struct ike_header *header, const struct ike_sa *sa);

/* Responder: it says so. */
bool ike_informational_disbelieves(const struct ike_message *message, const struct ike_sa *sa);

/* ---- tasks ---- */

/* A request that is to be made; it belongs to the SA once it is started or queued. */
struct ike_task *ike_task_new(struct ike_endpoint *endpoint, enum ike_task_kind kind);
void ike_task_free(struct ike_endpoint *endpoint, struct ike_task *task);

/* Sends the request now if the window has a place, queues it otherwise. False if the queue is full;
 * the task is freed then. */
bool ike_task_start(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);

/* Puts it behind what waits, for the next ike_tasks_go_on. */
void ike_task_enqueue(struct ike_sa *sa, struct ike_task *task);

/* The same before all that waits, for what goes on with an exchange that is over; there is always
 * room for it. */
void ike_task_start_first(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);

/* True if the peer may know of the task: its request is out, or one that it goes on with was. */
bool ike_task_has_left(const struct ike_task *task);

/* Sends it at once under Message ID 0, outside of the window (RFC 6311 §5). */
void ike_task_send_outside(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);

/* Goes on with a request that another member of a cluster has sent, as octets, and that may be
 * lost: it is out again, with all its retransmissions before it. Its Message ID is unanswered. */
void ike_task_resume(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);

/* What is out is taken back, to go out first of all under other Message IDs (RFC 6311 §9). */
void ike_tasks_renew(struct ike_call *call, struct ike_sa *sa);

/* Sends what waits, as far as the window has places. */
void ike_tasks_go_on(struct ike_call *call, struct ike_sa *sa);

/* Its response is in: gives its place in the window free. The task is the caller's to free. */
void ike_task_answered(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);

/* Builds and sends the request anew under its Message ID (INVALID_KE_PAYLOAD in IKE_SA_INIT). */
void ike_task_send_again(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);

/* How long to wait after a retransmission, if it was `delay` before it. */
uint64_t ike_retransmit_next_delay(const struct ike_policy *policy, uint64_t delay);

/* IKE_TIMER_RETRANSMIT is due. */
void ike_task_timer(struct ike_call *call, struct ike_sa *sa, uint32_t generation);

/* What was asked for will not come to be, and why. The task is the caller's to free. */
void ike_task_fail(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                   const char *why);

/* Takes one out of the queue and frees it without a word. */
void ike_task_unqueue(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);

/* The task, queued or out, that rekeys the CHILD SA with that inbound SPI; NULL if there is none.
 */
struct ike_task *ike_task_rekeying(const struct ike_sa *sa, uint32_t spi_in);

/* The same of the one, out, that deletes it. */
struct ike_task *ike_task_deleting(const struct ike_sa *sa, uint32_t spi_in);

/* TEMPORARY_FAILURE is the answer to `task`: the same is asked for again after a while; or, when it
 * was refused too often, the IKE SA is closed (§2.25). The task is the caller's to free. */
void ike_task_ask_later(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task);

/* STATE_NOT_FOUND is the answer to `task`: the responder has forgotten the key exchanges before it.
 * True if they may be tried anew; else, so often was it told, the IKE SA is deleted (RFC 9370
 * §2.2.4). */
bool ike_task_may_try_anew(struct ike_call *call, struct ike_sa *sa, struct ike_task *task);

/* IKE_TIMER_RETRY is due. */
void ike_task_ask_again(struct ike_call *call, struct ike_sa *sa, uint32_t serial);

/* Such a task waits for its time: a rekey of the IKE SA, of the CHILD SA with that inbound SPI, or
 * where that is 0 one more CHILD SA of that policy. */
bool ike_task_asked_later(const struct ike_sa *sa, enum ike_task_kind kind, uint32_t rekeys,
                          const struct ike_child_policy *policy);

/* Such a task has left; or waits in the queue or is out. */
bool ike_task_is_out(const struct ike_sa *sa, enum ike_task_kind kind);
bool ike_task_waits(const struct ike_sa *sa, enum ike_task_kind kind);

/* An exchange about the CHILD SAs of this SA is out (§2.25.1). */
bool ike_tasks_touch_children(const struct ike_sa *sa);

/* What waits goes on in the successor, where it has another Message ID and other keys. */
void ike_tasks_inherit(struct ike_call *call, struct ike_sa *old, struct ike_sa *successor);

/* Forgets the tasks that wait, or all; `why` is told of CHILD SAs that will not come to be. */
void ike_tasks_drop_queue(struct ike_call *call, struct ike_sa *sa, const char *why);
void ike_tasks_drop(struct ike_call *call, struct ike_sa *sa, const char *why);

/* Those that are to be asked for again: they wait anew in the successor; they are forgotten. */
void ike_tasks_inherit_parked(struct ike_call *call, struct ike_sa *old, struct ike_sa *successor);
void ike_tasks_free_parked(struct ike_endpoint *endpoint, struct ike_sa *sa);

/* Frees all without a word. */
void ike_tasks_free(struct ike_endpoint *endpoint, struct ike_sa *sa);

/* ---- orders that exchanges give each other ---- */

/* Begins an IKE SA; `attempt` is the identity of the draws before SPIi is known. NULL if there is
 * no CHILD SA to ask for. `redirected` says how another gateway has sent us to this one, NULL: none
 * has. With `session`, which it takes over, that is resumed. */
struct ike_sa *ike_sa_initiate(struct ike_call *call, const struct ike_address *local,
                               const struct ike_address *remote,
                               const struct ike_redirected *redirected, struct ike_session *session,
                               uint64_t attempt, const char *why);

/* Initiator: begins what comes next on the way to an IKE SA: an IKE_INTERMEDIATE exchange while one
 * is due, else IKE_AUTH. */
void ike_sa_go_on_to_auth(struct ike_call *call, struct ike_sa *sa);

/* What we would agree to for an IKE SA; `spi` is the own one of a successor, 0 in IKE_SA_INIT. */
struct ike_terms ike_sa_terms(const struct ike_policy *policy, uint64_t spi);

/* Begins to delete the IKE SA; what waits in the queue is forgotten. */
void ike_sa_begin_delete(struct ike_call *call, struct ike_sa *sa, const char *why);

/* True if the message that came in has a notify of an error type (§3.10.1); *type gets the first.
 */
bool ike_error_notify(const struct ike_message *message, uint16_t *type);

/* "TS_UNACCEPTABLE", or "notify 1234" written into `text`. */
const char *ike_notify_text(uint16_t type, char *text, size_t cap);

#endif
