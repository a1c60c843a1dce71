/*
 * Telling the observer what happens: each function fills one event of trace/event.h. Formatting
 * costs more than the protocol, so nothing is formatted while nobody listens.
 */
#ifndef IKESIM_IKE_TELL_H
#define IKESIM_IKE_TELL_H

#include <netinet/in.h>

#include "crypto/x509.h"
#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/faults.h"
#include "ike/followup.h"
#include "ike/negotiate.h"
#include "ike/rival.h"
#include "ike/sa.h"
#include "ike/sent.h"

/* State of an IKE SA exists; it goes from one to another, `why` one plain sentence. */
void ike_tell_sa_created(struct ike_call *call, const struct ike_sa *sa);
void ike_tell_state(struct ike_call *call, const struct ike_sa *sa, enum ike_state from,
                    const char *why);

/* `sa` has taken the place of `old`, with so many CHILD SAs. */
void ike_tell_sa_rekeyed(struct ike_call *call, const struct ike_sa *old, const struct ike_sa *sa);
void ike_tell_rekey_failed(struct ike_call *call, const struct ike_sa *sa, const char *why);

/* What a faulty sender has done to the message that it is building (ike/faults.h); `after` is empty
 * where it has no such octets. */
void ike_tell_edited(struct ike_call *call, const struct ike_edit *edit, struct crypto_bytes before,
                     struct crypto_bytes after);

/* A message goes out for the `transmission`th time; `first` names the first time. */
struct trace_ref ike_tell_sent(struct ike_call *call, struct crypto_bytes message,
                               const char *payloads, uint32_t transmission, struct trace_ref first);
void ike_tell_received(struct ike_call *call, struct trace_ref request);

/* `header` may be NULL where the datagram has none. `reason` is a word that programs may compare,
 * `detail` a sentence. */
void ike_tell_dropped(struct ike_call *call, const struct ike_header *header, const char *reason,
                      const char *detail, struct trace_ref earlier);
void ike_tell_retransmission(struct ike_call *call, const struct ike_sa *sa,
                             const struct ike_task *task, uint64_t waited);
void ike_tell_gave_up(struct ike_call *call, const struct ike_sa *sa, const struct ike_task *task);

/* `sa_payload` is the peer's offer; NULL on the initiator, whose own terms were offered. */
void ike_tell_proposal_chosen(struct ike_call *call, const struct ike_sa *sa,
                              const struct ike_terms *terms, const struct ike_payload *sa_payload,
                              const struct ike_agreement *agreement);
void ike_tell_key_pair(struct ike_call *call, const struct ike_sa *sa,
                       const struct crypto_kex *kex);
void ike_tell_keys_derived(struct ike_call *call, const struct ike_sa *sa,
                           struct crypto_bytes secret, struct crypto_bytes additional,
                           struct crypto_bytes skeyseed);

/* The next additional key exchange of the series is over. */
void ike_tell_followup(struct ike_call *call, const struct ike_sa *sa,
                       const struct ike_series *series, struct crypto_bytes secret);

/* All that goes into one AUTH value (§2.15). */
struct ike_auth_facts {
    bool of_initiator;
    bool verified; /* compared with what the peer sent; else made to be sent */
    bool equal;
    uint8_t method;
    struct crypto_bytes id, message, nonce, sk_p, maced_id, secret, auth;
    struct crypto_bytes int_auth;   /* behind maced_id in memory too (RFC 9242) */
    const char *algorithm;          /* of a signature */
    struct crypto_bytes public_key; /* of a signature that is verified */
};
void ike_tell_auth(struct ike_call *call, const struct ike_sa *sa,
                   const struct ike_auth_facts *facts);

/* Fragment `number` of `total` of the message that came in is kept with the others, or has made it
 * whole. */
void ike_tell_fragment(struct ike_call *call, const struct ike_sa *sa, uint16_t number,
                       uint16_t total, uint16_t have);

/* A certificate that came in; `fits`: it is for the sender's ID. */
void ike_tell_certificate(struct ike_call *call, const struct ike_sa *sa,
                          struct crypto_bytes certificate,
                          const struct crypto_x509_verdict *verdict, bool fits);

/* An EAP packet that goes out or came in. */
void ike_tell_eap(struct ike_call *call, const struct ike_sa *sa, bool by_self,
                  struct crypto_bytes packet);

/* The PPK is mixed into the keys, or taken out again because the responder has not used it; told
 * while what they were is still kept. */
void ike_tell_ppk(struct ike_call *call, const struct ike_sa *sa, bool used);

/* "told": AUTH_LIFETIME of so many ns came in; "break_before_make", "make_before_break": it is
 * repeated; "missed": it has not been. */
void ike_tell_reauth(struct ike_call *call, const struct ike_sa *sa, const char *what,
                     uint64_t lifetime);

/* The peer's proof is refused; `id` NULL: it has not said who it is, or `of_self`, we have none. */
void ike_tell_auth_refused(struct ike_call *call, const struct ike_sa *sa, bool of_self,
                           const struct ike_payload *id, const char *why);
struct ike_gateway;

/* A REDIRECT to that gateway is "sent", "followed" or "ignored"; `sa` NULL: the one that the
 * message names. */
void ike_tell_redirect(struct ike_call *call, const struct ike_sa *sa, const char *what,
                       const struct ike_gateway *gateway, const char *why);

/* A puzzle is "demanded", "accepted" or "refused" by the responder, "solved" by the initiator. */
void ike_tell_puzzle(struct ike_call *call, const char *what, const struct crypto_transform *prf,
                     uint8_t difficulty, uint32_t tries, struct crypto_bytes solution);

/* A COOKIE is "demanded" or "accepted" by the responder, "returned" by the initiator. */
void ike_tell_cookie(struct ike_call *call, const char *what, struct crypto_bytes cookie,
                     const char *why);

/* SET_WINDOW_SIZE of either end; a window of own requests, or of the peer's, has moved;
 * INITIAL_CONTACT of either end, upon which so many SAs went. */
void ike_tell_window_announced(struct ike_call *call, const struct ike_sa *sa, bool by_self,
                               uint32_t size);
void ike_tell_window(struct ike_call *call, const struct ike_sa *sa, bool own);
void ike_tell_initial_contact(struct ike_call *call, const struct ike_sa *sa, bool by_self,
                              uint8_t id_type, struct crypto_bytes id, uint32_t removed);

/* Lists as they went over the wire. */
struct ike_selectors_facts {
    const struct ike_selector *offered_i, *offered_r, *agreed_i, *agreed_r;
    size_t offered_i_count, offered_r_count, agreed_i_count, agreed_r_count;
};
void ike_tell_selectors_agreed(struct ike_call *call, const struct ike_child *child,
                               const struct ike_selectors_facts *facts);

struct ike_child_keys_facts {
    bool initiator; /* of the exchange */
    const struct crypto_suite *suite;
    struct crypto_bytes shared_secret, additional, ni, nr, keymat;
    const struct crypto_packet_key *in, *out;
};
void ike_tell_child_keys(struct ike_call *call, const struct ike_sa *sa,
                         const struct ike_child *child, const struct ike_child_keys_facts *facts);
void ike_tell_child_installed(struct ike_call *call, const struct ike_sa *sa,
                              const struct ike_child *child, const struct ike_child_sa *installed);
void ike_tell_child_removed(struct ike_call *call, const struct ike_sa *sa,
                            const struct ike_child *child, const char *why);
void ike_tell_child_rekeyed(struct ike_call *call, const struct ike_sa *sa, const char *name,
                            const struct ike_child_move *move, bool by_self);
void ike_tell_rekey_collision(struct ike_call *call, const struct ike_rival *rival,
                              const struct ike_collision *collision, bool peer_wins,
                              const char *why);

/* What the peer refused for the moment is asked for again in `delay` ns. `child` may be NULL. */
void ike_tell_retry(struct ike_call *call, const struct ike_sa *sa, const char *child,
                    uint32_t tries, uint64_t delay);
/* `child` is NULL where the IKE SA itself is meant; `outcome` says what comes of it. */
void ike_tell_lifetime(struct ike_call *call, const struct ike_sa *sa,
                       const struct ike_child *child, const char *limit, const char *outcome);
void ike_tell_child_failed(struct ike_call *call, const struct ike_sa *sa, const char *name,
                           const char *why);

/* A synchronisation of counters (RFC 6311) was "asked" for or "answered" by this end, whose next
 * Message IDs to send and to receive are these; its answer was "adopted"; one was "ignored".
 * `nonce` is empty where it is about ESP alone. */
void ike_tell_counter_sync(struct ike_call *call, const struct ike_sa *sa, const char *what,
                           struct crypto_bytes nonce, uint32_t send, uint32_t recv, uint64_t delta);

/* What there is to be told of a ticket (RFC 5723); `sk_d` is that of the IKE SA that it is about.
 */
struct ike_ticket_facts {
    struct crypto_bytes ticket, sk_d;
    uint64_t lifetime; /* ns */
    const char *why;
};

/* A ticket is "requested", "received", "shown" by the client, and "rejected" for it; "granted",
 * "acked", "refused", "accepted" by the gateway. */
void ike_tell_ticket(struct ike_call *call, uint64_t spi_i, const char *what,
                     const struct ike_ticket_facts *facts);

/* An IKE SA goes on here as another member of the cluster has told of it. */
void ike_tell_sa_taken_over(struct ike_call *call, const struct ike_sa *sa);

/* ---- NAT traversal (tell_nat.c) ---- */

/* What the NAT_DETECTION hashes show; addresses that were others before, `what` brought it about.
 */
void ike_tell_nat_detected(struct ike_call *call, const struct ike_sa *sa);
void ike_tell_address_changed(struct ike_call *call, const struct ike_sa *sa,
                              const struct ike_address *local_before,
                              const struct ike_address *remote_before, const char *what);
/* Further addresses that the peer has told of (RFC 4555). */
void ike_tell_peer_addresses(struct ike_call *call, const struct ike_sa *sa,
                             const struct ike_address *addresses, size_t count);
/* Addresses of the tunnel: "leased" by this end, "assigned" to it. */
struct ike_config_news; /* ike/config.h */
void ike_tell_config(struct ike_call *call, const struct ike_sa *sa, const char *what,
                     const struct ike_config_news *news);
/* INVALID_SPI and its like; `child` may be NULL, `packet` empty. */
void ike_tell_complaint(struct ike_call *call, const struct ike_sa *sa, bool by_self,
                        const char *notify, const char *about, const char *child,
                        struct crypto_bytes packet);
/* An ICMP error came in; `sa` may be NULL. */
void ike_tell_unreachable(struct ike_call *call, const struct ike_sa *sa, const char *what,
                          const char *outcome);
struct trace_ref ike_tell_keepalive(struct ike_call *call, const struct ike_sa *sa);

/* The IP address alone; returns `text`. */
const char *ike_address_print(const struct ike_address *address, char text[INET6_ADDRSTRLEN]);

/* An identity in words, "alice@example.org" or "ID_KEY_ID 0a0b..."; returns `text`. */
const char *ike_identity_print(uint8_t type, struct crypto_bytes data, char *text, size_t cap);

#endif
