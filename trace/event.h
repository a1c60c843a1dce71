/*
 * What can happen, as one table. From it come the structs that emitters fill, the NDJSON writer and
 * reader, the canonical binary form that is hashed, the tables of docs/recording.md and the help
 * texts of the screens. A leaf header: ike/ and esp/ include it and nothing else of trace/.
 *
 * Names follow qlog: "category:event". Times are nanoseconds of virtual time since the epoch of the
 * run. An event's id is (scope, n): the scope is the host that it happened on and, where there is
 * one, the peer that it concerns; n counts the scope's events whether or not they are recorded. So
 * one more client of a gateway renames no event of another pair.
 */
#ifndef IKESIM_TRACE_EVENT_H
#define IKESIM_TRACE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_bytes {
    const uint8_t *data;
    size_t len;
};

/* Where events are counted: a host, or a host's dealings with one peer. Written "alice/gw", or
 * "alice" where `peer` is NULL. Interned by whoever records: equal scopes are the same pointer. */
struct trace_scope {
    const char *host;
    const char *peer;
};

/* An event's name, written "alice/gw#12". No event: scope NULL. */
struct trace_ref {
    const struct trace_scope *scope;
    uint64_t n;
};

/* Types of fields, the C type that carries each, and how NDJSON spells it. */
#define TRACE_TYPES(T)                                                                             \
    T(U64, uint64_t)           /* number; a string of digits from 2^53 on (RFC 7493 §2.2) */      \
    T(TIME, uint64_t)          /* number: nanoseconds, a point in virtual time */                  \
    T(DURATION, uint64_t)      /* number: nanoseconds */                                           \
    T(BOOL, bool)              /* true or false */                                                 \
    T(TEXT, const char *)      /* string; NULL is written as null */                               \
    T(HEX, struct trace_bytes) /* string of hex digits */                                          \
    T(SPI8, uint64_t)          /* string of 16 hex digits: an IKE SPI */                           \
    T(SPI4, uint32_t)          /* string of 8 hex digits: an ESP SPI */                            \
    T(REF, struct trace_ref)   /* string "host/peer#n", or null */

enum trace_type {
#define T(name, ctype) TRACE_##name,
    TRACE_TYPES(T)
#undef T
        TRACE_TYPE_COUNT
};

#define T(name, ctype) typedef ctype trace_ctype_##name;
TRACE_TYPES(T)
#undef T

/* ---- the table: EVENT(symbol, struct name, NDJSON name, meaning) ---- */

#define TRACE_EVENTS(EVENT)                                                                        \
    EVENT(RUN_BEGIN, run_begin, "run:begin", "First line of a recording: what was run.")           \
    EVENT(RUN_END, run_end, "run:end", "Last line of a recording that was not cut off.")           \
    EVENT(HOST_DECLARED, host_declared, "host:declared", "A host of the world and its address.")   \
    EVENT(HOST_ORDER, host_order, "host:order", "The scenario tells a host to do something.")      \
    EVENT(HOST_ORDER_REFUSED, host_order_refused, "host:order_refused",                            \
          "An order that cannot be obeyed, and why.")                                              \
    EVENT(HOST_RESTART, host_restart, "host:restart",                                              \
          "A host restarts: all that it knew of its peers is gone, and they are not told.")        \
    EVENT(HOST_RESOLVED, host_resolved, "host:resolved",                                           \
          "A host has looked up the name of a gateway that it was redirected to.")                 \
    EVENT(HOST_MOVED, host_moved, "host:moved", "A host has another address from now on.")         \
    EVENT(HOST_SYNCED, host_synced, "host:synced",                                                 \
          "The active member of a cluster tells the others of an IKE SA, as it is now.")           \
    EVENT(HOST_TAKEOVER, host_takeover, "host:takeover",                                           \
          "Another member of a cluster is the host from now on (RFC 6311).")                       \
    EVENT(CPU_WORK, cpu_work, "cpu:work", "The simulated CPU has finished a work item.")           \
    EVENT(CPU_DROPPED, cpu_dropped, "cpu:dropped",                                                 \
          "The CPU does not take an item, which is gone.")                                         \
    EVENT(NET_SENT, net_sent, "net:sent", "A datagram leaves a host, with its bytes.")             \
    EVENT(NET_LOST, net_lost, "net:lost", "A datagram ends on the link.")                          \
    EVENT(NET_QUEUED, net_queued, "net:queued",                                                    \
          "A datagram waits before a link that is busy with others.")                              \
    EVENT(NET_CORRUPTED, net_corrupted, "net:corrupted", "The link turns a bit of a datagram.")    \
    EVENT(NET_DUPLICATED, net_duplicated, "net:duplicated", "The link makes one more copy.")       \
    EVENT(NET_DELIVERED, net_delivered, "net:delivered", "A datagram reaches its destination.")    \
    EVENT(NET_TRANSLATED, net_translated, "net:translated",                                        \
          "A NAT gives a datagram other addresses and sends it on.")                               \
    EVENT(ATTACK_ACTED, attack_acted, "attack:acted",                                              \
          "Somebody on the link reads a datagram, changes it, or makes one in another's name.")    \
    EVENT(NAT_DECLARED, nat_declared, "nat:declared", "A NAT box of the world (RFC 4787).")        \
    EVENT(NAT_MAPPING, nat_mapping, "nat:mapping", "A NAT box gets or loses a mapping.")           \
    EVENT(IKE_SA_CREATED, ike_sa_created, "ike:sa_created", "State for a new IKE SA exists.")      \
    EVENT(IKE_STATE, ike_state, "ike:state", "An IKE SA changes its state.")                       \
    EVENT(IKE_SA_REKEYED, ike_sa_rekeyed, "ike:sa_rekeyed",                                        \
          "An IKE SA takes over the CHILD SAs of another, which goes soon (RFC 7296 §2.18).")      \
    EVENT(IKE_REKEY_FAILED, ike_rekey_failed, "ike:rekey_failed",                                  \
          "An IKE SA that was to be replaced stays as it is.")                                     \
    EVENT(IKE_EDITED, ike_edited, "ike:edited",                                                    \
          "A faulty sender changes octets of its own message before it is sealed.")                \
    EVENT(IKE_MESSAGE_SENT, ike_message_sent, "ike:message_sent", "An IKE message is sent.")       \
    EVENT(IKE_MESSAGE_RECEIVED, ike_message_received, "ike:message_received",                      \
          "An IKE message is accepted: read, authenticated, in its window, not seen before.")      \
    EVENT(IKE_MESSAGE_DROPPED, ike_message_dropped, "ike:message_dropped",                         \
          "An IKE message changes nothing, and why.")                                              \
    EVENT(IKE_RETRANSMISSION, ike_retransmission, "ike:retransmission",                            \
          "No response came in time: the request goes out again.")                                 \
    EVENT(IKE_GAVE_UP, ike_gave_up, "ike:gave_up", "A request stayed unanswered to the end.")      \
    EVENT(IKE_FRAGMENT, ike_fragment, "ike:fragment",                                              \
          "A fragment of an IKE message is authentic and kept until all are there (RFC 7383).")    \
    EVENT(IKE_PUZZLE, ike_puzzle, "ike:puzzle",                                                    \
          "PUZZLE: computing time is the price of an IKE SA under attack (RFC 8019).")             \
    EVENT(IKE_REDIRECT, ike_redirect, "ike:redirect",                                              \
          "REDIRECT: a gateway names another one, which an initiator goes to (RFC 5685).")         \
    EVENT(IKE_COOKIE, ike_cookie, "ike:cookie",                                                    \
          "COOKIE: who wants an IKE SA shows that it receives at its address (RFC 7296 §2.6).")    \
    EVENT(IKE_PROPOSAL_CHOSEN, ike_proposal_chosen, "ike:proposal_chosen",                         \
          "The responder chooses among what was offered; the initiator accepts the choice.")       \
    EVENT(IKE_KEY_PAIR, ike_key_pair, "ike:key_pair", "A key-exchange key pair is made.")          \
    EVENT(IKE_KEYS_DERIVED, ike_keys_derived, "ike:keys_derived",                                  \
          "SKEYSEED and the seven SK_ keys (RFC 7296 §2.14).")                                     \
    EVENT(IKE_FOLLOWUP, ike_followup, "ike:followup",                                              \
          "A key exchange behind CREATE_CHILD_SA is over at this end (RFC 9370 §2.2.4).")          \
    EVENT(IKE_AUTH_COMPUTED, ike_auth_computed, "ike:auth_computed",                               \
          "An AUTH value with all that goes into it (RFC 7296 §2.15), made or checked.")           \
    EVENT(IKE_CERTIFICATE, ike_certificate, "ike:certificate",                                     \
          "The certificate that the peer sent is checked (RFC 7296 §3.6, RFC 5280).")              \
    EVENT(IKE_EAP, ike_eap, "ike:eap", "An EAP packet goes out or comes in (RFC 7296 §2.16).")     \
    EVENT(IKE_PPK, ike_ppk, "ike:ppk",                                                             \
          "A postquantum preshared key is mixed into three of the SK_ keys (RFC 8784 §3).")        \
    EVENT(IKE_REAUTH, ike_reauth, "ike:reauth",                                                    \
          "The authentication of an IKE SA is to be repeated (RFC 7296 §2.8.3, RFC 4478).")        \
    EVENT(IKE_AUTH_REFUSED, ike_auth_refused, "ike:auth_refused",                                  \
          "An end is not authenticated, and why: what the peer is not told (RFC 7296 §2.21.2).")   \
    EVENT(IKE_WINDOW_ANNOUNCED, ike_window_announced, "ike:window_announced",                      \
          "SET_WINDOW_SIZE: how many requests its sender will hold (RFC 7296 §2.3).")              \
    EVENT(IKE_WINDOW, ike_window, "ike:window", "A request window moved.")                         \
    EVENT(IKE_INITIAL_CONTACT, ike_initial_contact, "ike:initial_contact",                         \
          "INITIAL_CONTACT: no other IKE SA between these identities is alive (RFC 7296 §2.4).")   \
    EVENT(IKE_NAT_DETECTED, ike_nat_detected, "ike:nat_detected",                                  \
          "The NAT_DETECTION hashes of a message are compared with its addresses (RFC 7296 "       \
          "§2.23).")                                                                               \
    EVENT(IKE_ADDRESS_CHANGED, ike_address_changed, "ike:address_changed",                         \
          "An IKE SA and its CHILD SAs go on between other addresses or ports.")                   \
    EVENT(IKE_PEER_ADDRESSES, ike_peer_addresses, "ike:peer_addresses",                            \
          "The peer tells which further addresses it has (RFC 4555 §3.4, §3.6).")                  \
    EVENT(IKE_CONFIG, ike_config, "ike:config",                                                    \
          "A configuration payload gives the initiator addresses in the tunnel (RFC 7296 §2.19).") \
    EVENT(IKE_UNREACHABLE, ike_unreachable, "ike:unreachable",                                     \
          "An ICMP error says that something which was sent has not been delivered: a hint, and "  \
          "no proof (RFC 7296 §2.4).")                                                             \
    EVENT(                                                                                         \
        IKE_COMPLAINT, ike_complaint, "ike:complaint",                                             \
        "One end tells the other of what it could not use: a Message ID, an SPI, what is inside "  \
        "of a packet (RFC 7296 §2.3, §1.5, §3.10.1).")                                             \
    EVENT(IKE_KEEPALIVE, ike_keepalive, "ike:keepalive",                                           \
          "A NAT-keepalive is sent, so that the NAT keeps its mapping (RFC 3948 §4).")             \
    EVENT(IKE_SELECTORS_AGREED, ike_selectors_agreed, "ike:selectors_agreed",                      \
          "Traffic selectors of a CHILD SA, offered and agreed on (RFC 7296 §2.9).")               \
    EVENT(IKE_CHILD_KEYS, ike_child_keys, "ike:child_keys", "KEYMAT of a CHILD SA (§2.17).")       \
    EVENT(IKE_CHILD_INSTALLED, ike_child_installed, "ike:child_installed",                         \
          "A CHILD SA is handed to ESP, both directions.")                                         \
    EVENT(IKE_SA_TAKEN_OVER, ike_sa_taken_over, "ike:sa_taken_over",                               \
          "A member of a cluster goes on with an IKE SA as the one before has told of it.")        \
    EVENT(IKE_TICKET, ike_ticket, "ike:ticket",                                                    \
          "A ticket, with which an IKE SA can be resumed without a key exchange (RFC 5723).")      \
    EVENT(IKE_COUNTER_SYNC, ike_counter_sync, "ike:counter_sync",                                  \
          "After a failover both ends agree on Message IDs and sequence numbers (RFC 6311).")      \
    EVENT(IKE_CHILD_REKEYED, ike_child_rekeyed, "ike:child_rekeyed",                               \
          "A CHILD SA is installed in the place of another, which goes soon (RFC 7296 §2.8).")     \
    EVENT(IKE_CHILD_REMOVED, ike_child_removed, "ike:child_removed",                               \
          "A CHILD SA is taken out of ESP, both directions.")                                      \
    EVENT(IKE_CHILD_FAILED, ike_child_failed, "ike:child_failed",                                  \
          "A CHILD SA that was asked for does not come to be.")                                    \
    EVENT(IKE_REKEY_COLLISION, ike_rekey_collision, "ike:rekey_collision",                         \
          "Both ends have rekeyed one SA: the lowest of four nonces loses (RFC 7296 §2.8.1).")     \
    EVENT(IKE_RETRY, ike_retry, "ike:retry",                                                       \
          "TEMPORARY_FAILURE: what was refused is asked for again later (RFC 7296 §2.25).")        \
    EVENT(IKE_LIFETIME, ike_lifetime, "ike:lifetime",                                              \
          "An SA reaches a limit of its lifetime: time, octets or packets (RFC 7296 §2.8).")       \
    EVENT(ESP_SENT, esp_sent, "esp:sent", "An inner packet is sealed into ESP or AH.")             \
    EVENT(ESP_EDITED, esp_edited, "esp:edited",                                                    \
          "A faulty sender changes octets of its packet before it is sealed: follows esp:sent.")   \
    EVENT(ESP_RECEIVED, esp_received, "esp:received",                                              \
          "An ESP or AH packet is authentic, new, and its inner packet goes on.")                  \
    EVENT(ESP_DROPPED, esp_dropped, "esp:dropped", "An ESP or AH packet is refused, and why.")     \
    EVENT(ESP_NO_SA, esp_no_sa, "esp:no_sa", "An inner packet finds no CHILD SA to go through.")   \
    EVENT(TRAFFIC_SENT, traffic_sent, "traffic:sent", "A host behind the tunnel sends a packet.")  \
    EVENT(TRAFFIC_DELIVERED, traffic_delivered, "traffic:delivered",                               \
          "An inner packet arrives behind the other end of the tunnel.")                           \
    EVENT(TRAFFIC_ANSWERED, traffic_answered, "traffic:answered", "The echo of a ping is back.")   \
    EVENT(EXPECT_CHECKED, expect_checked, "expect:checked",                                        \
          "An expectation of the scenario is decided by the outside observer.")

/* ---- the fields of each: F(type, name, meaning) ---- */

#define TRACE_FIELDS_RUN_BEGIN(F)                                                                  \
    F(U64, format, "version of this format")                                                       \
    F(TEXT, version, "version of ikesim")                                                          \
    F(TEXT, scenario, "name of the scenario")                                                      \
    F(TEXT, title, "its title")                                                                    \
    F(U64, seed, "the seed of every draw")                                                         \
    F(TEXT, keys, "fresh: each exchange draws new key-exchange keys; pooled: they are used again") \
    F(TEXT, epoch, "civil time of virtual time 0, RFC 3339")                                       \
    F(DURATION, duration, "virtual time at which the run ends")

#define TRACE_FIELDS_RUN_END(F)                                                                    \
    F(U64, events, "lines of the recording, this one included")                                    \
    F(TEXT, reason, "complete: the scenario's duration is over; interrupted: stopped before")      \
    F(TEXT, hash, "fold of every host's hash over all its events, recorded or not")

#define TRACE_FIELDS_HOST_DECLARED(F)                                                              \
    F(TEXT, address, "IP address")                                                                 \
    F(TEXT, identity, "what it authenticates as")                                                  \
    F(TEXT, connects_to, "host that it initiates to, or null")                                     \
    F(TEXT, networks,                                                                              \
      "the networks behind it, first and last address: 10.1.0.0-10.1.0.255, "                      \
      "2001:db8::-2001:db8::f")

#define TRACE_FIELDS_HOST_ORDER(F)                                                                 \
    F(TEXT, order,                                                                                 \
      "initiate, create_child, rekey_child, rekey_ike, delete_child, delete_ike, liveness, "       \
      "redirect, move, reload or takeover")                                                        \
    F(TEXT, detail,                                                                                \
      "what it is about: a child's name, the peer's or an anycast address, what reload changes, "  \
      "a member of a cluster")                                                                     \
    F(TEXT, origin,                                                                                \
      "connect, keyingtries, dpd_action, redirect, single_pair: the host's own; script: a line "   \
      "of the scenario")

#define TRACE_FIELDS_HOST_ORDER_REFUSED(F)                                                         \
    F(TEXT, order, "see host:order")                                                               \
    F(TEXT, why, "one plain sentence")

#define TRACE_FIELDS_HOST_RESTART(F)                                                               \
    F(U64, ike_sas, "IKE SAs that it had, closed ones that it still knew among them")              \
    F(TIME, up, "when it works again")

#define TRACE_FIELDS_HOST_RESOLVED(F)                                                              \
    F(TEXT, name, "FQDN of the gateway")                                                           \
    F(TEXT, address, "its address, or null: the redirect leads nowhere")                           \
    F(TEXT, why, "one plain sentence")

#define TRACE_FIELDS_HOST_MOVED(F)                                                                 \
    F(TEXT, from, "its address before")                                                            \
    F(TEXT, to, "its address from now on")                                                         \
    F(TEXT, behind, "the NAT box that it is behind, or null")

#define TRACE_FIELDS_HOST_SYNCED(F)                                                                \
    F(TEXT, member, "the active one")                                                              \
    F(TEXT, to, "those that stand by, with a blank between them")                                  \
    F(TEXT, what, "told: the IKE SA and its CHILD SAs; gone: it is no more")                       \
    F(U64, octets, "of what is told")

#define TRACE_FIELDS_HOST_TAKEOVER(F)                                                              \
    F(TEXT, member, "the one that is active from now on")                                          \
    F(TEXT, before, "the one that was")                                                            \
    F(U64, ike_sas, "IKE SAs that it knows of")                                                    \
    F(DURATION, silent, "since the one before has crashed; 0 if it has not")

#define TRACE_FIELDS_CPU_WORK(F)                                                                   \
    F(TEXT, item,                                                                                  \
      "datagram, inner packet, error, timer, limit, unknown SPI, selector, order, sync or "        \
      "takeover")                                                                                  \
    F(TEXT, class, "own, response, established, auth, init or esp: see docs/scenarios.md")         \
    F(TIME, arrived, "when it came to the queue")                                                  \
    F(TIME, started, "when a core took it")                                                        \
    F(DURATION, cost, "how long the core worked")                                                  \
    F(TEXT, ledger,                                                                                \
      "what it did, and how often: keygen Curve25519 1, prf PRF_HMAC_SHA2_256 12, ...")

#define TRACE_FIELDS_CPU_DROPPED(F)                                                                \
    F(TEXT, item, "see cpu:work")                                                                  \
    F(TEXT, class, "see cpu:work")                                                                 \
    F(U64, queued, "items of the class that wait")                                                 \
    F(TEXT, why, "full: there is no room for more of its class; down: the host restarts")

#define TRACE_FIELDS_NET_SENT(F)                                                                   \
    F(U64, datagram,                                                                               \
      "number among the datagrams of this sender to this receiver, from 1; of those that an "      \
      "attacker made from 2^40 + 1, and 2^41 + n where a line of the script sends the n-th once "  \
      "more")                                                                                      \
    F(TEXT, source, "IP address")                                                                  \
    F(TEXT, destination, "IP address")                                                             \
    F(U64, protocol, "IP protocol: 17 UDP, 50 ESP, 51 AH, 1 ICMP, 58 ICMPv6")                      \
    F(U64, source_port, "UDP port, else 0")                                                        \
    F(U64, destination_port, "UDP port, else 0")                                                   \
    F(HEX, header, "IP header where ESP or AH made it: transport mode, AH; else empty")            \
    F(HEX, bytes, "UDP payload, or what follows the IP header")

#define TRACE_FIELDS_NET_LOST(F)                                                                   \
    F(U64, datagram, "its number, see net:sent")                                                   \
    F(U64, copy, "which of its copies, see net:duplicated")                                        \
    F(TEXT, why,                                                                                   \
      "loss or gemodel: the link's dice; script: a line of the scenario; queue: full; mtu: too "   \
      "big; down: the link is; no route, no host: nobody has the address; host down: it has "      \
      "crashed; attacker: one on the link keeps it; no mapping, filtered, "                        \
      "no port (neither UDP nor about it), no free port: a NAT does not let it through")

#define TRACE_FIELDS_NET_QUEUED(F)                                                                 \
    F(U64, datagram, "its number, see net:sent")                                                   \
    F(U64, copy, "which of its copies, see net:duplicated")                                        \
    F(U64, waiting, "datagrams that wait now, this one and those of others among them")            \
    F(U64, limit, "as many may wait")                                                              \
    F(DURATION, wait, "until the link begins to send it")

#define TRACE_FIELDS_NET_CORRUPTED(F)                                                              \
    F(U64, datagram, "its number, see net:sent")                                                   \
    F(U64, copy, "which of its copies, see net:duplicated")                                        \
    F(U64, bit, "which one, 0 being the highest of the first octet behind the IP or UDP header")

#define TRACE_FIELDS_NET_DUPLICATED(F)                                                             \
    F(U64, datagram, "its number, see net:sent")                                                   \
    F(U64, copy, "number of the new copy, the original being 1")                                   \
    F(U64, of, "the copy that it was made of, with all that had been done to that")

#define TRACE_FIELDS_NET_DELIVERED(F)                                                              \
    F(U64, datagram, "the sender's number, see net:sent")                                          \
    F(U64, copy, "which of its copies, see net:duplicated")                                        \
    F(DURATION, delay, "since it was sent")                                                        \
    F(BOOL, overtaken, "a datagram that was sent later has arrived before")                        \
    F(REF, sent, "the net:sent event")

#define TRACE_FIELDS_NET_TRANSLATED(F)                                                             \
    F(U64, datagram, "its number, see net:sent")                                                   \
    F(U64, copy, "which of its copies, see net:duplicated")                                        \
    F(TEXT, nat, "name of the box")                                                                \
    F(TEXT, source, "IP address from now on")                                                      \
    F(TEXT, destination, "IP address from now on")                                                 \
    F(U64, source_port, "UDP port from now on, else 0")                                            \
    F(U64, destination_port, "UDP port from now on, else 0")                                       \
    F(HEX, bytes, "of an ICMP error, what it quotes being others' too; else empty")

#define TRACE_FIELDS_ATTACK_ACTED(F)                                                               \
    F(TEXT, attacker,                                                                              \
      "its name, or somebody: a line of the script; the event is told where the datagram is, not " \
      "where it is")                                                                               \
    F(TEXT, what,                                                                                  \
      "observed, replayed, modified, edited, stripped, forged or flooded; of one in the middle: "  \
      "read, agreed, sent, deceived, failed, changed")                                             \
    F(U64, datagram, "the number of the one that came, or that its own was made of; 0: none")      \
    F(U64, copy, "which of its copies, see net:duplicated; 0: none")                               \
    F(TEXT, detail, "one plain sentence")                                                          \
    F(HEX, bytes, "of the one that came, what goes on in its place; empty: it is not changed")

#define TRACE_FIELDS_NAT_DECLARED(F)                                                               \
    F(TEXT, address, "IP address outside")                                                         \
    F(TEXT, mapping, "endpoint_independent, address_dependent or address_and_port_dependent")      \
    F(TEXT, filtering, "the same")                                                                 \
    F(DURATION, timeout, "without a packet from inside, after which a mapping is gone")

#define TRACE_FIELDS_NAT_MAPPING(F)                                                                \
    F(TEXT, what,                                                                                  \
      "new: for a packet from inside; expired; lost: the box forgot all; forwarded: always there") \
    F(TEXT, inside, "address and port behind the box")                                             \
    F(TEXT, outside, "address and port as others see them")

#define TRACE_FIELDS_IKE_SA_CREATED(F)                                                             \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, role, "initiator or responder: this host's part in the exchange that made the SA")     \
    F(TEXT, peer_address, "address of the other end")

#define TRACE_FIELDS_IKE_STATE(F)                                                                  \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(SPI8, spi_r, "SPI of the responder, 0 until known")                                          \
    F(TEXT, role, "initiator or responder")                                                        \
    F(TEXT, from, "state before, as in `to`; NONE: it is new")                                     \
    F(TEXT, to, "INIT_SENT, INIT_DONE, INTERMEDIATE, AUTH_SENT, ESTABLISHED, DELETING, CLOSED")    \
    F(TEXT, why, "one plain sentence")

/* What every event about one IKE message says. */
#define TRACE_FIELDS_MESSAGE(F)                                                                    \
    F(SPI8, spi_i, "IKE SA Initiator's SPI")                                                       \
    F(SPI8, spi_r, "IKE SA Responder's SPI")                                                       \
    F(TEXT, exchange, "exchange type, as RFC 7296 names it; null: its header cannot be read")      \
    F(U64, message_id, "Message ID")                                                               \
    F(BOOL, response, "R flag")                                                                    \
    F(BOOL, initiator, "I flag: sent by the original initiator of the IKE SA")                     \
    F(U64, length, "octets, header included")                                                      \
    F(TEXT, payloads,                                                                              \
      "payload chain: SA KE Ni N(COOKIE), SK{IDi AUTH ...}; of one that is dropped, as far as it " \
      "was read")

#define TRACE_FIELDS_IKE_SA_REKEYED(F)                                                             \
    F(SPI8, old_spi_i, "of the old one: SPI of the initiator")                                     \
    F(SPI8, old_spi_r, "of the old one: SPI of the responder")                                     \
    F(SPI8, spi_i, "of the new one: SPI of the initiator, who asked for the rekey")                \
    F(SPI8, spi_r, "of the new one: SPI of the responder")                                         \
    F(TEXT, role, "initiator or responder: this host in the new one")                              \
    F(U64, children, "CHILD SAs that it takes over")

#define TRACE_FIELDS_IKE_REKEY_FAILED(F)                                                           \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, why, "one plain sentence: which notify, what is lacking")

#define TRACE_FIELDS_IKE_EDITED(F)                                                                 \
    F(SPI8, spi_i, "IKE SA Initiator's SPI")                                                       \
    F(SPI8, spi_r, "IKE SA Responder's SPI")                                                       \
    F(TEXT, exchange, "exchange type, as RFC 7296 names it")                                       \
    F(U64, message_id, "Message ID")                                                               \
    F(BOOL, response, "R flag")                                                                    \
    F(TEXT, payload, "payload that was changed; null: octets of the whole message are counted")    \
    F(U64, which, "1 for the first payload of that type")                                          \
    F(U64, octet, "the first octet that is another, counted from 0")                               \
    F(HEX, before, "what was there")                                                               \
    F(HEX, after, "what is there now; empty: the message has no such octets, and stays as it was")

#define TRACE_FIELDS_IKE_MESSAGE_SENT(F)                                                           \
    TRACE_FIELDS_MESSAGE(F)                                                                        \
    F(U64, transmission, "1, or 2 and up: the same bytes again")                                   \
    F(REF, first, "the first transmission of these bytes, null if this is it")

#define TRACE_FIELDS_IKE_MESSAGE_RECEIVED(F)                                                       \
    TRACE_FIELDS_MESSAGE(F)                                                                        \
    F(REF, request,                                                                                \
      "for a response: the ike:message_sent of the request that it answers; else null")

#define TRACE_FIELDS_IKE_MESSAGE_DROPPED(F)                                                        \
    TRACE_FIELDS_MESSAGE(F)                                                                        \
    F(TEXT, reason,                                                                                \
      "version, malformed, bad_icv, no_sa, unprotected, unauthenticated, outside_window, "         \
      "duplicate, unexpected, unacceptable, limit")                                                \
    F(TEXT, detail, "which payload, which field, which offset; what was expected")                 \
    F(REF, earlier,                                                                                \
      "for a duplicate: what was sent in answer to the first copy; null if that is not known")

#define TRACE_FIELDS_IKE_RETRANSMISSION(F)                                                         \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(U64, message_id, "of the request")                                                           \
    F(TEXT, exchange, "of the request")                                                            \
    F(U64, transmission, "2 for the first retransmission")                                         \
    F(DURATION, waited, "since the transmission before")                                           \
    F(REF, first, "the first transmission")

#define TRACE_FIELDS_IKE_GAVE_UP(F)                                                                \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(U64, message_id, "of the request")                                                           \
    F(TEXT, exchange, "of the request")                                                            \
    F(U64, transmissions, "how often it was sent")                                                 \
    F(REF, first, "the first transmission")

#define TRACE_FIELDS_IKE_FRAGMENT(F)                                                               \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, exchange, "exchange type of the message")                                              \
    F(U64, message_id, "Message ID of the message")                                                \
    F(BOOL, response, "R flag")                                                                    \
    F(U64, number, "Fragment Number, from 1")                                                      \
    F(U64, total, "Total Fragments")                                                               \
    F(U64, have, "fragments of the message that are there, this one included")

#define TRACE_FIELDS_IKE_PUZZLE(F)                                                                 \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, what, "demanded, accepted, refused: by the responder; solved: by the initiator")       \
    F(TEXT, prf, "PRF to compute with")                                                            \
    F(U64, difficulty, "trailing zero bits that each of four results has to have")                 \
    F(U64, tries, "solved: keys that were tried")                                                  \
    F(HEX, solution, "the four keys, one behind the other")

#define TRACE_FIELDS_IKE_REDIRECT(F)                                                               \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, what, "sent: by the gateway; followed, ignored: by who was its initiator")             \
    F(TEXT, gateway, "address or FQDN of the gateway that is named")                               \
    F(TEXT, why, "one plain sentence")

#define TRACE_FIELDS_IKE_COOKIE(F)                                                                 \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, what, "demanded, accepted: by the responder; returned: by the initiator")              \
    F(HEX, cookie, "Notification Data")                                                            \
    F(U64, half_open, "half-open IKE SAs of this host")                                            \
    F(TEXT, why, "one plain sentence")

#define TRACE_FIELDS_IKE_PROPOSAL_CHOSEN(F)                                                        \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, protocol, "IKE, ESP or AH")                                                            \
    F(TEXT, offered, "the offer in strongSwan's notation, proposals separated by commas")          \
    F(U64, number, "number of the proposal that was chosen")                                       \
    F(TEXT, chosen, "the choice in strongSwan's notation")

#define TRACE_FIELDS_IKE_KEY_PAIR(F)                                                               \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, method, "key exchange method, IANA name")                                              \
    F(HEX, private_key, "the drawn scalar; kept only in simulations")                              \
    F(HEX, public_key, "Key Exchange Data")

#define TRACE_FIELDS_IKE_KEYS_DERIVED(F)                                                           \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(SPI8, spi_r, "SPI of the responder")                                                         \
    F(TEXT, role, "initiator or responder")                                                        \
    F(TEXT, suite, "in strongSwan's notation")                                                     \
    F(U64, encr, "Transform Type 1 ID")                                                            \
    F(U64, encr_key_bits, "Key Length attribute, 0 if none")                                       \
    F(U64, prf, "Transform Type 2 ID")                                                             \
    F(U64, integ, "Transform Type 3 ID, 0 with an AEAD")                                           \
    F(U64, ke, "Transform Type 4 ID")                                                              \
    F(HEX, ni, "nonce of the initiator")                                                           \
    F(HEX, nr, "nonce of the responder")                                                           \
    F(HEX, shared_secret,                                                                          \
      "g^ir; SK(0) where more follow; empty where a session is resumed (RFC 5723)")                \
    F(HEX, additional, "SK(1) | ... | SK(n) of IKE_FOLLOWUP_KE (RFC 9370 §2.2.4), empty if none")  \
    F(HEX, skeyseed,                                                                               \
      "prf(Ni | Nr, g^ir); of a rekey prf(SK_d (old), g^ir | Ni | Nr | additional); of a session " \
      "that is resumed prf(SK_d (old), \"Resumption\" | Ni | Nr)")                                 \
    F(HEX, sk_d, "for KEYMAT and the SKEYSEED of a rekey")                                         \
    F(HEX, sk_ai, "integrity, sent by the original initiator; empty with an AEAD")                 \
    F(HEX, sk_ar, "integrity, sent by the original responder; empty with an AEAD")                 \
    F(HEX, sk_ei, "encryption with salt, sent by the original initiator")                          \
    F(HEX, sk_er, "encryption with salt, sent by the original responder")                          \
    F(HEX, sk_pi, "for the initiator's AUTH")                                                      \
    F(HEX, sk_pr, "for the responder's AUTH")

#define TRACE_FIELDS_IKE_FOLLOWUP(F)                                                               \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, child, "name of the CHILD SA's configuration, null in the rekey of an IKE SA")         \
    F(U64, number, "of this one, from 1")                                                          \
    F(U64, total, "additional key exchanges that were agreed on")                                  \
    F(TEXT, method, "key exchange method, IANA name")                                              \
    F(HEX, shared_secret, "SK(number)")

#define TRACE_FIELDS_IKE_AUTH_COMPUTED(F)                                                          \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, of, "initiator or responder: whose AUTH it is")                                        \
    F(TEXT, purpose, "sent, or verified: compared with what the peer sent")                        \
    F(BOOL, equal, "verified: they are equal; sent: true")                                         \
    F(U64, method, "authentication method (RFC 7296 §3.8)")                                        \
    F(TEXT, identity, "ID in words")                                                               \
    F(HEX, id, "ID payload's body, without the generic header")                                    \
    F(HEX, message, "first message of that end as sent")                                           \
    F(HEX, nonce, "nonce of the other end")                                                        \
    F(HEX, sk_p, "SK_pi or SK_pr")                                                                 \
    F(HEX, maced_id, "prf(SK_p, ID')")                                                             \
    F(HEX, int_auth, "IntAuth of the IKE_INTERMEDIATE exchanges (RFC 9242), empty if none")        \
    F(HEX, secret, "the shared key; of NULL authentication SK_p, of EAP its MSK; else empty")      \
    F(TEXT, algorithm,                                                                             \
      "of a signature: rsa-sha256, rsa/pss-sha256, ecdsa-sha256, ed25519, ...; of a session that " \
      "is resumed: resumption; else null")                                                         \
    F(HEX, public_key, "of a signature that is verified: SubjectPublicKeyInfo in DER")             \
    F(HEX, auth,                                                                                   \
      "Authentication Data: prf(prf(secret, \"Key Pad for IKEv2\"), message | nonce | maced_id), " \
      "or the signature over message | nonce | maced_id, with its algorithm in front (RFC 7427); " \
      "of resumption prf(sk_p, message | nonce | maced_id) (RFC 5723 §4.3.3)")

#define TRACE_FIELDS_IKE_CERTIFICATE(F)                                                            \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, subject, "whose it is")                                                                \
    F(TEXT, issuer, "who has signed it")                                                           \
    F(TEXT, serial, "serial number, hexadecimal")                                                  \
    F(TEXT, key, "kind of the public key: rsa2048, ecdsa256, ed25519, ...")                        \
    F(TEXT, not_before, "begin of its validity, RFC 3339")                                         \
    F(TEXT, not_after, "end of its validity, RFC 3339")                                            \
    F(U64, chain, "certificates from it to the authority, both counted; 0 if none was reached")    \
    F(TEXT, result,                                                                                \
      "good, malformed, unknown_ca, expired, not_yet_valid, revoked, no_crl, crl_expired, "        \
      "bad_signature, invalid; wrong_name: it is for another ID than its sender's")                \
    F(TEXT, why, "one plain sentence")

#define TRACE_FIELDS_IKE_EAP(F)                                                                    \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, by, "self or peer: who sends it")                                                      \
    F(TEXT, code, "Request, Response, Success or Failure (RFC 3748 §4)")                           \
    F(U64, identifier, "which response belongs to which request")                                  \
    F(TEXT, method, "Identity, EAP-MSCHAPv2, EAP-TLS, ...; null for Success and Failure")          \
    F(TEXT, what,                                                                                  \
      "of Identity the identity; of EAP-MSCHAPv2 Challenge, Response, Success or Failure; of "     \
      "EAP-TLS in words, what there is of a flight; null if unknown")                              \
    F(HEX, packet, "the whole EAP packet")

#define TRACE_FIELDS_IKE_PPK(F)                                                                    \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(BOOL, used, "false: the responder has not used it, so the initiator takes it out again")     \
    F(TEXT, ppk_id, "its name")                                                                    \
    F(HEX, ppk, "the key itself")                                                                  \
    F(HEX, sk_d_before, "SK_d', without it")                                                       \
    F(HEX, sk_pi_before, "SK_pi', without it")                                                     \
    F(HEX, sk_pr_before, "SK_pr', without it")                                                     \
    F(HEX, sk_d, "prf+(PPK, SK_d')")                                                               \
    F(HEX, sk_pi, "prf+(PPK, SK_pi')")                                                             \
    F(HEX, sk_pr, "prf+(PPK, SK_pr')")

#define TRACE_FIELDS_IKE_REAUTH(F)                                                                 \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, what,                                                                                  \
      "told: the peer says AUTH_LIFETIME; break_before_make, make_before_break: another IKE SA "   \
      "is made from the beginning; missed: the peer has not done so, and the SA is deleted")       \
    F(DURATION, lifetime, "of told: how long the authentication holds; else 0")

#define TRACE_FIELDS_IKE_AUTH_REFUSED(F)                                                           \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, whose, "peer: its proof is not accepted; self: this end has none to send")             \
    F(TEXT, identity, "the ID in words, null if there is none")                                    \
    F(TEXT, why, "one plain sentence")

#define TRACE_FIELDS_IKE_WINDOW_ANNOUNCED(F)                                                       \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, by, "self or peer")                                                                    \
    F(U64, size, "requests")

#define TRACE_FIELDS_IKE_WINDOW(F)                                                                 \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, requests, "own: those we send; peer: those we answer")                                 \
    F(U64, size, "how many may be outstanding")                                                    \
    F(U64, oldest, "own: oldest unanswered, or next; peer: lowest Message ID not yet answered")    \
    F(U64, next, "own: next Message ID to use; peer: one past the highest answered")               \
    F(U64, outstanding, "own: sent and unanswered; peer: 0")                                       \
    F(U64, waiting, "own: exchanges that wait for a free place; peer: 0")

#define TRACE_FIELDS_IKE_INITIAL_CONTACT(F)                                                        \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, by, "self or peer")                                                                    \
    F(TEXT, identity, "the peer's identity")                                                       \
    F(U64, removed, "older IKE SAs with that identity that were removed")

#define TRACE_FIELDS_IKE_NAT_DETECTED(F)                                                           \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(BOOL, here, "this host is behind a NAT: its address is not the one that the peer sent to")   \
    F(BOOL, there, "the peer is: the packet comes from another address than the peer's own")       \
    F(BOOL, pretended, "our own hash was made wrong, to have ESP in UDP without a NAT")            \
    F(TEXT, source, "address and port that the message came from")                                 \
    F(TEXT, destination, "address and port that it came to")

#define TRACE_FIELDS_IKE_ADDRESS_CHANGED(F)                                                        \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, what,                                                                                  \
      "nat: to port 4500; moved: this host itself has; message, packet: the peer's authentic one " \
      "came from there; mobike: "                                                                  \
      "UPDATE_SA_ADDRESSES, or the responder is elsewhere; unanswered: another one of its "        \
      "addresses is tried")                                                                        \
    F(TEXT, local_before, "this host's address and port before")                                   \
    F(TEXT, remote_before, "the peer's address and port before")                                   \
    F(TEXT, local, "this host's address and port from now on")                                     \
    F(TEXT, remote, "the peer's address and port from now on")                                     \
    F(U64, children, "CHILD SAs that move along")

#define TRACE_FIELDS_IKE_PEER_ADDRESSES(F)                                                         \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, addresses, "all of them, with a blank between; empty: it has no other")

#define TRACE_FIELDS_IKE_CONFIG(F)                                                                 \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, what, "leased: by this end, from a pool; assigned: to this end")                       \
    F(TEXT, addresses, "with a blank between them")                                                \
    F(TEXT, dns, "addresses that resolve names in there, likewise; null: none was told of")        \
    F(TEXT, subnets, "networks behind the one that leases, likewise; null: none")

#define TRACE_FIELDS_IKE_UNREACHABLE(F)                                                            \
    F(SPI8, spi_i, "SPI of the IKE SA's initiator, 0 if no IKE SA has sent what is quoted")        \
    F(TEXT, what,                                                                                  \
      "port unreachable, protocol unreachable, host unreachable, address unreachable or "          \
      "unrecognized next header")                                                                  \
    F(TEXT, outcome, "what comes of it, one plain sentence")

#define TRACE_FIELDS_IKE_COMPLAINT(F)                                                              \
    F(SPI8, spi_i, "SPI of the IKE SA's initiator")                                                \
    F(TEXT, by, "self or peer")                                                                    \
    F(TEXT, notify, "INVALID_MESSAGE_ID, INVALID_SPI or INVALID_SELECTORS")                        \
    F(TEXT, about, "the Message ID, or the SPI, as the packet had it")                             \
    F(TEXT, child, "name of the CHILD SA's configuration, null if there is none with that SPI")    \
    F(HEX, packet, "the beginning of the inner packet, with INVALID_SELECTORS")

#define TRACE_FIELDS_IKE_KEEPALIVE(F)                                                              \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, local, "from this address and port")                                                   \
    F(TEXT, remote, "to this address and port")                                                    \
    F(DURATION, silent, "since the last packet to the peer")

#define TRACE_FIELDS_IKE_SELECTORS_AGREED(F)                                                       \
    F(TEXT, child, "name of the CHILD SA's configuration")                                         \
    F(TEXT, offered_i, "TSi as the initiator asked")                                               \
    F(TEXT, offered_r, "TSr as the initiator asked")                                               \
    F(TEXT, agreed_i, "TSi as the responder answered")                                             \
    F(TEXT, agreed_r, "TSr as the responder answered")

#define TRACE_FIELDS_IKE_CHILD_KEYS(F)                                                             \
    F(SPI8, spi_i, "SPI of the IKE SA's initiator")                                                \
    F(TEXT, child, "name of the CHILD SA's configuration")                                         \
    F(TEXT, role, "initiator or responder of the exchange that made it")                           \
    F(TEXT, suite, "in strongSwan's notation")                                                     \
    F(TEXT, protocol, "ESP or AH")                                                                 \
    F(U64, encr, "Transform Type 1 ID, 0 with AH")                                                 \
    F(U64, encr_key_bits, "Key Length attribute, 0 if none")                                       \
    F(U64, integ, "Transform Type 3 ID, 0 with an AEAD")                                           \
    F(U64, prf, "Transform Type 2 ID of the IKE SA")                                               \
    F(SPI4, spi_in, "SPI that this host chose, of packets to it")                                  \
    F(SPI4, spi_out, "SPI that the peer chose, of packets to the peer")                            \
    F(HEX, sk_d, "SK_d of the IKE SA")                                                             \
    F(HEX, shared_secret, "g^ir of the CHILD SA's own key exchange, empty if none")                \
    F(HEX, additional, "SK(1) | ... | SK(n) of IKE_FOLLOWUP_KE (RFC 9370 §2.2.4), empty if none")  \
    F(HEX, ni, "nonce of the exchange's initiator")                                                \
    F(HEX, nr, "nonce of the exchange's responder")                                                \
    F(HEX, keymat, "prf+(SK_d, [g^ir] | Ni | Nr | additional)")                                    \
    F(HEX, encr_in, "encryption key with salt, packets to this host")                              \
    F(HEX, integ_in, "integrity key, packets to this host")                                        \
    F(HEX, encr_out, "encryption key with salt, packets to the peer")                              \
    F(HEX, integ_out, "integrity key, packets to the peer")

#define TRACE_FIELDS_CHILD(F)                                                                      \
    F(SPI8, spi_i, "SPI of the IKE SA's initiator")                                                \
    F(TEXT, child, "name of the CHILD SA's configuration")                                         \
    F(SPI4, spi_in, "SPI of packets to this host")                                                 \
    F(SPI4, spi_out, "SPI of packets to the peer")

#define TRACE_FIELDS_IKE_CHILD_INSTALLED(F)                                                        \
    TRACE_FIELDS_CHILD(F)                                                                          \
    F(TEXT, protocol, "ESP or AH")                                                                 \
    F(TEXT, suite, "in strongSwan's notation")                                                     \
    F(TEXT, mode, "tunnel; transport, if both ends said USE_TRANSPORT_MODE (RFC 7296 §1.3.1)")     \
    F(TEXT, local_ts, "selectors on this host's side")                                             \
    F(TEXT, remote_ts, "selectors on the peer's side")

#define TRACE_FIELDS_IKE_CHILD_REMOVED(F)                                                          \
    TRACE_FIELDS_CHILD(F)                                                                          \
    F(TEXT, why, "one plain sentence")

#define TRACE_FIELDS_IKE_SA_TAKEN_OVER(F)                                                          \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(SPI8, spi_r, "SPI of the responder")                                                         \
    F(TEXT, role, "initiator or responder")                                                        \
    F(TEXT, suite, "in strongSwan's notation")                                                     \
    F(TEXT, peer_address, "address of the other end")                                              \
    F(U64, window_own, "how many requests this end will hold, as it has announced")                \
    F(U64, window_peer, "how many the peer will hold")                                             \
    F(U64, send, "Message ID of the next request to send, as far as was told")                     \
    F(U64, recv, "Message ID of the next request of the peer, as far as was told")                 \
    F(U64, children, "CHILD SAs that it has")

#define TRACE_FIELDS_IKE_TICKET(F)                                                                 \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, what,                                                                                  \
      "requested, received, shown: by the client; rejected: it was not accepted there; granted, "  \
      "acked (later), refused, accepted: by the gateway")                                          \
    F(DURATION, lifetime, "how long it is good from now on; 0 if there is none")                   \
    F(HEX, ticket, "as it goes over the wire, opaque to the client")                               \
    F(HEX, sk_d, "SK_d of the IKE SA that it is about; of shown and accepted, the old one")        \
    F(TEXT, why, "one plain sentence")

#define TRACE_FIELDS_IKE_COUNTER_SYNC(F)                                                           \
    F(SPI8, spi_i, "SPI of the initiator")                                                         \
    F(TEXT, what,                                                                                  \
      "asked: by the member that took over; answered: by its peer, which goes on so; adopted: "    \
      "the member does, too; ignored: an old request, which is not answered (RFC 6311 §5.1)")      \
    F(HEX, nonce, "Nonce Data of the request; empty where it is about ESP alone")                  \
    F(U64, send, "Message ID of the next request that this end (of ignored: the peer) sends")      \
    F(U64, recv, "Message ID of the next request that it expects")                                 \
    F(U64, delta, "by how much the peer of the cluster is to skip ESP's sequence numbers; 0: not")

#define TRACE_FIELDS_IKE_CHILD_REKEYED(F)                                                          \
    F(SPI8, spi_i, "SPI of the IKE SA's initiator")                                                \
    F(TEXT, child, "name of the CHILD SA's configuration")                                         \
    F(TEXT, by, "self or peer: who asked for it, and deletes the old one")                         \
    F(SPI4, old_spi_in, "of the old one: SPI of packets to this host")                             \
    F(SPI4, old_spi_out, "of the old one: SPI of packets to the peer")                             \
    F(SPI4, spi_in, "of the new one: SPI of packets to this host")                                 \
    F(SPI4, spi_out, "of the new one: SPI of packets to the peer")

#define TRACE_FIELDS_IKE_CHILD_FAILED(F)                                                           \
    F(SPI8, spi_i, "SPI of the IKE SA's initiator")                                                \
    F(TEXT, child, "name of the CHILD SA's configuration; null: the responder has found none")     \
    F(TEXT, why, "one plain sentence: which notify, which selector, which proposal")

#define TRACE_FIELDS_IKE_REKEY_COLLISION(F)                                                        \
    F(SPI8, spi_i, "SPI of the IKE SA's initiator")                                                \
    F(TEXT, child, "name of the CHILD SA's configuration, null for the IKE SA itself")             \
    F(TEXT, winner, "self or peer: whose new SA survives")                                         \
    F(HEX, own_ni, "exchange of this host: nonce of its request")                                  \
    F(HEX, own_nr, "exchange of this host: nonce of the response, empty if there is none")         \
    F(HEX, peer_ni, "exchange of the peer: nonce of its request")                                  \
    F(HEX, peer_nr, "exchange of the peer: nonce of this host's response")                         \
    F(SPI8, own_spi, "own SPI of the SA that this host asked for, 0 if there is none")             \
    F(SPI8, peer_spi, "own SPI of the SA that the peer asked for")                                 \
    F(TEXT, why, "one plain sentence")

#define TRACE_FIELDS_IKE_RETRY(F)                                                                  \
    F(SPI8, spi_i, "SPI of the IKE SA's initiator")                                                \
    F(TEXT, child, "name of the CHILD SA's configuration, null for a rekey of the IKE SA")         \
    F(U64, tries, "how often it has been refused")                                                 \
    F(DURATION, delay, "until it is asked for again")

#define TRACE_FIELDS_IKE_LIFETIME(F)                                                               \
    F(SPI8, spi_i, "SPI of the IKE SA's initiator")                                                \
    F(TEXT, child, "name of the CHILD SA's configuration, null for the IKE SA itself")             \
    F(SPI4, spi_in, "of a CHILD SA: SPI of packets to this host")                                  \
    F(TEXT, limit,                                                                                 \
      "rekey_time, life_time, over_time, rekey_bytes, life_bytes, rekey_packets, life_packets; "   \
      "sequence: numbers end")                                                                     \
    F(TEXT, outcome, "what comes of it, one plain sentence")

#define TRACE_FIELDS_ESP_SENT(F)                                                                   \
    F(TEXT, protocol, "ESP or AH")                                                                 \
    F(TEXT, mode, "tunnel, or transport: the inner packet's own header is in front")               \
    F(SPI4, spi, "SPI")                                                                            \
    F(U64, sequence, "sequence number")                                                            \
    F(TEXT, child, "name of the CHILD SA's configuration")                                         \
    F(HEX, inner, "the inner IP packet")

#define TRACE_FIELDS_ESP_EDITED(F)                                                                 \
    F(TEXT, protocol, "ESP or AH")                                                                 \
    F(SPI4, spi, "SPI that the SA has")                                                            \
    F(U64, sequence, "sequence number that was meant")                                             \
    F(TEXT, child, "name of the CHILD SA's configuration")                                         \
    F(U64, octet, "the first octet that is another, counted from 0")                               \
    F(HEX, before, "what was there")                                                               \
    F(HEX, after, "what is there now; empty: the packet has no such octets, and stays as it was")

#define TRACE_FIELDS_ESP_RECEIVED(F)                                                               \
    F(TEXT, protocol, "ESP or AH")                                                                 \
    F(TEXT, mode, "tunnel or transport")                                                           \
    F(SPI4, spi, "SPI")                                                                            \
    F(U64, sequence, "sequence number")                                                            \
    F(TEXT, child, "name of the CHILD SA's configuration")                                         \
    F(U64, right_edge, "highest sequence number accepted, after this packet")                      \
    F(U64, window, "size of the replay window")                                                    \
    F(HEX, inner, "the inner IP packet")

#define TRACE_FIELDS_ESP_DROPPED(F)                                                                \
    F(TEXT, protocol, "ESP or AH")                                                                 \
    F(SPI4, spi, "SPI")                                                                            \
    F(U64, sequence, "sequence number")                                                            \
    F(TEXT, reason,                                                                                \
      "no_sa, too_short, replayed, too_old, bad_icv, bad_padding, bad_inner, bad_selector; "       \
      "bad_sequence: 0; dummy (RFC 4303 §2.6); expired: its life_bytes or life_packets are used " \
      "up; fragment of the outer packet")                                                          \
    F(TEXT, detail, "one plain sentence")                                                          \
    F(U64, right_edge, "highest sequence number accepted so far, 0 if there is no SA")             \
    F(U64, window, "size of the replay window, 0 if there is no SA")

#define TRACE_FIELDS_ESP_NO_SA(F)                                                                  \
    F(TEXT, source, "inner source address")                                                        \
    F(TEXT, destination, "inner destination address")                                              \
    F(TEXT, detail, "one plain sentence")

#define TRACE_FIELDS_TRAFFIC(F)                                                                    \
    F(TEXT, flow, "name of the traffic: kind and child")                                           \
    F(U64, packet,                                                                                 \
      "number in the flow, from 1; of echoes the ICMP sequence number, modulo 65536: a reply has " \
      "its request's")                                                                             \
    F(TEXT, kind, "echo request, echo reply, or datagram: UDP")                                    \
    F(TEXT, source, "inner source address")                                                        \
    F(TEXT, destination, "inner destination address")

#define TRACE_FIELDS_TRAFFIC_SENT(F) TRACE_FIELDS_TRAFFIC(F)
#define TRACE_FIELDS_TRAFFIC_DELIVERED(F)                                                          \
    TRACE_FIELDS_TRAFFIC(F)                                                                        \
    F(U64, times, "how often this very packet has been delivered; 2 is a replay accepted")         \
    F(DURATION, delay, "from one network behind the tunnel to the other")

#define TRACE_FIELDS_TRAFFIC_ANSWERED(F)                                                           \
    F(TEXT, flow, "name of the traffic")                                                           \
    F(U64, packet, "number in the flow")                                                           \
    F(DURATION, round_trip, "since the request was sent")

#define TRACE_FIELDS_EXPECT_CHECKED(F)                                                             \
    F(TEXT, expectation, "as the scenario says it")                                                \
    F(U64, number, "its place among the scenario's expectations, from 1")                          \
    F(BOOL, holds, "whether it holds")                                                             \
    F(TEXT, why, "what was observed")

enum trace_kind {
#define EVENT(symbol, lower, name, meaning) TRACE_##symbol##_EVENT,
    TRACE_EVENTS(EVENT)
#undef EVENT
        TRACE_KIND_COUNT
};

/* struct trace_ike_message_sent and its like. */
#define F(type, name, meaning) trace_ctype_##type name;
#define EVENT(symbol, lower, name, meaning)                                                        \
    struct trace_##lower {                                                                         \
        TRACE_FIELDS_##symbol(F)                                                                   \
    };
TRACE_EVENTS(EVENT)
#undef EVENT
#undef F

struct trace_field_info {
    enum trace_type type;
    uint16_t offset; /* in the event's struct */
    const char *name;
    const char *meaning;
};

struct trace_kind_info {
    const char *name;
    const char *meaning;
    const struct trace_field_info *fields;
    uint16_t field_count;
    uint16_t size; /* of the event's struct */
    uint16_t name_len;
};

/* The hook through which protocol code tells what it does. `data` is the struct of `kind`,
 * valid during the call only. Returns the event's name, for later events to refer to. */
struct trace_observer {
    struct trace_ref (*emit)(void *context, enum trace_kind kind, const void *data);
    void *context;
};

/* One typed function for each event: trace_emit_ike_state(observer, &(struct
 * trace_ike_state){...}). A NULL observer is allowed and observes nothing. */
#define EVENT(symbol, lower, name, meaning)                                                        \
    static inline struct trace_ref trace_emit_##lower(const struct trace_observer *observer,       \
                                                      const struct trace_##lower *data)            \
    {                                                                                              \
        if (!observer) {                                                                           \
            return (struct trace_ref){0};                                                          \
        }                                                                                          \
        return observer->emit(observer->context, TRACE_##symbol##_EVENT, data);                    \
    }
TRACE_EVENTS(EVENT)
#undef EVENT

#endif
