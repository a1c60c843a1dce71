/*
 * A scenario file read and checked: plain data with defaults filled in, ready to become a world.
 * All strings and arrays belong to the scenario and are freed with it.
 */
#ifndef IKESIM_SIM_SCENARIO_H
#define IKESIM_SIM_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/endpoint.h"
#include "sim/host/cost.h"
#include "sim/host/cpu.h"
#include "sim/host/traffic.h"
#include "sim/net/link.h"

struct scenario_traffic {
    const char *child; /* name of the CHILD SA's configuration */
    const char *name;  /* "ping net", "cbr net 2": kind, child, and which of the same */
    uint8_t kind;      /* enum traffic_kind */
    uint64_t every;    /* ns; 0: by `rate` */
    uint64_t rate;     /* bits of inner packets a second; 0: by `every` */
    uint64_t on, off;  /* ns, of TRAFFIC_ONOFF */
    bool drawn;        /* they are means */
    uint64_t start;    /* ns; after the child is up if that is later */
    uint64_t count;    /* packets; 0: to the end */
    uint32_t size;     /* octets of ICMP or UDP data */
    uint64_t late;     /* ns: what takes longer has come too late */
    /* First usable ones of the child's local and remote_ts; family 0: the host's, the peer's. */
    struct net_address source, destination;
    uint16_t source_port, destination_port;
};

/* An authority that the scenario makes: a key, a certificate and, where it revokes, a list. */
struct scenario_authority {
    const char *name;
    uint8_t key;                   /* enum crypto_key_kind */
    const char *issuer;            /* the authority above; NULL: it signs itself */
    int64_t not_before, not_after; /* seconds since 1970; 0: as usual */
    bool crl;                      /* it has a revocation list even if nothing is on it */
    size_t revoked_count;
    const char **revoked; /* hosts */
    /* Made when the file has been read. */
    struct crypto_bytes private_key, certificate, list;
    int line, column;
};

/* How a host comes by its certificate, and whom it believes. */
struct scenario_certs {
    size_t file_count, trusted_count, crl_count;
    const char **files;            /* certs: own one first */
    const char *key_file;          /* key */
    const char **trusted;          /* cacerts: authorities or files; none: all authorities */
    const char **crls;             /* files */
    uint8_t signature;             /* SCHEMA_SIGNATURE_*, or those and the index of a scheme */
    const char *authority;         /* who issues; NULL: the first one */
    uint8_t key;                   /* enum crypto_key_kind */
    struct ike_identity id;        /* whom it is for; type 0: the host's own */
    int64_t not_before, not_after; /* 0: as usual */
    bool strict;
};

/* What the file says of one class of work items. */
struct scenario_cpu_class {
    uint8_t class;    /* enum cpu_class */
    uint8_t priority; /* enum cpu_priority */
    uint32_t queue;   /* 0: it shares that of the CPU */
};

/* Of a host that is several machines. */
struct scenario_cluster {
    const char *const *members;
    size_t member_count;          /* 2 to NODE_MEMBERS_MAX; 0: no cluster */
    uint64_t sync, delay, detect; /* as in struct node_cluster_options */
};

/* A host of the file, or a group of hosts that are alike but for what struct scenario_member has.
 */
struct scenario_host {
    const char *name;
    struct net_address address;
    bool qcd;                /* its secret is made of its name */
    const char *behind;      /* name of a NAT box, or NULL */
    const char *connect;     /* name of a host, or NULL */
    bool spread_hash;        /* of a group: which of a group it connects to follows from its name */
    uint64_t connect_at;     /* ns */
    uint64_t connect_within; /* ns: drawn and added to it */
    uint32_t keyingtries;    /* attempts without an answer; 0: no end */
    bool dpd_restart;        /* initiate anew when the peer is found dead */
    bool connect_anycast;    /* by the address that `connect` shares with others */
    const char *redirect;    /* host that clients are redirected to, or NULL */
    const char *redirect_fqdn;            /* the same by name, of whomever it is; or NULL */
    const char *fqdn;                     /* by which it is found, or NULL */
    struct net_address anycast;           /* that it shares with others; family 0: none */
    struct ike_policy policy;             /* all that it points to belongs to the scenario */
    struct ike_identity identity, remote; /* own and of the peer, with marks for numbers */
    struct scenario_cluster cluster;
    struct scenario_certs certs;
    const char *ppk_name;
    struct ike_identity eap_identity;
    uint32_t cores, queue; /* of the simulated CPU */
    size_t class_count;
    struct scenario_cpu_class *classes;
    size_t traffic_count;
    struct scenario_traffic *traffic;
    uint32_t count; /* members of the group; 0: no group */
    size_t first;   /* index of its host, or first member, in scenario.hosts */
    int line, column;
};

/* A host of the world. There may be a million of them. */
struct scenario_member {
    const struct scenario_host *host; /* what it has in common with its group */
    const char *name;
    const char *connect;                    /* name of a host, or NULL */
    struct ike_self self;                   /* selectors of its children are in its places */
    const struct scenario_traffic *traffic; /* host->traffic_count */
    struct net_address address;
};

struct scenario_nat {
    const char *name;
    struct net_address address;
    uint32_t mapping, filtering; /* enum nat_dependence */
    uint64_t timeout;            /* ns */
    const char *forward;         /* host that ports 500 and 4500 lead to; NULL: none */
    const char *behind;          /* another box; NULL: none */
    int line, column;
};

struct scenario_attacker {
    const char *name;
    const char *a, *b;       /* on whose link */
    uint32_t strategy, prey; /* enum attacker_strategy, attacker_prey */
    const char *from;        /* NULL: both */
    uint64_t nth, after, at, every, count;
    size_t stolen_count;
    const char *const *stolen; /* hosts whose secrets it has */
    bool alters;
    int line, column;
};

/* Neighbours in scenario.hosts. */
struct scenario_range {
    size_t first, count;
};

struct scenario_link {
    const char *a, *b;
    bool shared;                   /* one for all members of the groups */
    struct net_link_policy ab, ba; /* a to b, b to a */
    /* Between groups: the k-th of as many links as the larger has members joins a's k-th and b's
     * k-th, counted round. Count 0: the host of that name. */
    struct scenario_range a_hosts, b_hosts;
    int line, column;
};

/* How messages are named (design, "Messages are named one way everywhere"): absent keys match any.
 */
struct scenario_match {
    uint8_t exchange;     /* 0: any IKE exchange */
    bool esp;             /* an ESP packet; `exchange` is not looked at */
    int8_t response;      /* 0 request, 1 response, -1 any */
    const char *from;     /* sender, NULL any */
    const char *to;       /* receiver, NULL any */
    int64_t message_id;   /* -1 any */
    int64_t transmission; /* 1 first; -1 any */
    int64_t fragment;     /* 1 first; -1 any, and what is no fragment */
    uint32_t nth;         /* the n-th match; 0: every match */
};

enum scenario_order {
    SCENARIO_DROP,      /* on a message */
    SCENARIO_DUPLICATE, /* on a message */
    SCENARIO_DELAY,     /* on a message; `by` */
    SCENARIO_CORRUPT,   /* on a message; `bit` */
    SCENARIO_REPLAY,    /* on a message; `after` */
    SCENARIO_EDIT,      /* on a message; `octet`, `value`, `by_sender`, `payload` */
    SCENARIO_INITIATE,  /* at a time */
    SCENARIO_CREATE_CHILD,
    SCENARIO_REKEY_CHILD,
    SCENARIO_DELETE_CHILD,
    SCENARIO_REKEY_IKE,
    SCENARIO_DELETE_IKE,
    SCENARIO_LIVENESS,
    SCENARIO_REDIRECT,
    SCENARIO_RESTART, /* `down` */
    SCENARIO_TAKEOVER,
    SCENARIO_REBIND, /* at a time, `nat` */
    SCENARIO_MOVE,   /* `to`, `nat` */
    SCENARIO_RELOAD, /* `window`, `proposals`, `child` with its own */
};

struct scenario_line {
    enum scenario_order order;
    bool on_message; /* `match` holds; otherwise `at` */
    struct scenario_match match;
    uint64_t at;    /* ns */
    uint64_t by;    /* ns, for delay */
    uint64_t after; /* ns, for replay */
    uint64_t bit;   /* for corrupt; NET_LAST_BIT: the last */
    /* For edit: from `octet` on, of the n-th (`which`) payload of that type or of the message
     * (type 0), the octets are `value`, or `repeat` octets of the first message that matched. */
    bool by_sender; /* before the message is sealed; else on the wire */
    uint8_t payload;
    uint32_t which, octet, repeat;
    struct crypto_bytes value;
    uint64_t down;    /* ns, for restart */
    bool icmp;        /* for restart: ICMP errors meanwhile */
    const char *host; /* who is ordered, NULL for orders on messages */
    const char *child;
    const char *nat;       /* NAT box that is ordered, or that a host is behind after a move */
    struct net_address to; /* where a host moves */
    /* For reload, what there is from then on instead; 0: it stays. */
    uint32_t window;
    const struct crypto_proposal *proposals;
    size_t proposal_count;
    const struct crypto_proposal *child_proposals; /* of `child` */
    size_t child_proposal_count;
    int line, column;
};

enum scenario_expect_kind {
    SCENARIO_EXPECT_CHILD, /* host, child, is: established|absent, by */
    SCENARIO_EXPECT_IKE,   /* host, ike: peer, is: established|absent, by */
    SCENARIO_EXPECT_COUNT, /* count: NAME, [host], equals | at_least | at_most */
};

/* Of the IKE datagrams that changed nothing, those of each reason of ike:message_dropped: the names
 * end in it. */
#define SCENARIO_DROPS(X)                                                                          \
    X(IKE_DROPPED_MALFORMED, "ike_dropped_malformed", "of them: could not be read")                \
    X(IKE_DROPPED_VERSION, "ike_dropped_version", "of them: of another major version")             \
    X(IKE_DROPPED_NO_SA, "ike_dropped_no_sa", "of them: their SPIs are of no IKE SA")              \
    X(IKE_DROPPED_BAD_ICV, "ike_dropped_bad_icv", "of them: not authentic")                        \
    X(IKE_DROPPED_UNPROTECTED, "ike_dropped_unprotected",                                          \
      "of them: in the clear although there are keys")                                             \
    X(IKE_DROPPED_UNAUTHENTICATED, "ike_dropped_unauthenticated",                                  \
      "of them: errors before there are keys, for which nobody vouches")                           \
    X(IKE_DROPPED_UNACCEPTABLE, "ike_dropped_unacceptable",                                        \
      "of them: the first answers or requests that cannot be used")                                \
    X(IKE_DROPPED_UNEXPECTED, "ike_dropped_unexpected",                                            \
      "of them: answers to nothing, exchanges at the wrong time")                                  \
    X(IKE_DROPPED_OUTSIDE_WINDOW, "ike_dropped_outside_window", "of them: above the window")       \
    X(IKE_DROPPED_DUPLICATE, "ike_dropped_duplicate", "of them: had come before")                  \
    X(IKE_DROPPED_LIMIT, "ike_dropped_limit", "of them: beyond a limit of this host")              \
    X(IKE_DROPPED_OTHER, "ike_dropped_other", "of them: for any other reason")

/* Likewise of ESP and AH packets, by the reasons of esp:dropped. */
#define SCENARIO_ESP_DROPS(X)                                                                      \
    X(ESP_DROPPED_NO_SA, "esp_dropped_no_sa", "of them: no CHILD SA has their SPI")                \
    X(ESP_DROPPED_TOO_SHORT, "esp_dropped_too_short", "of them: of a length that cannot be")       \
    X(ESP_DROPPED_REPLAYED, "esp_dropped_replayed", "of them: had come before (RFC 4303 §3.4.3)")  \
    X(ESP_DROPPED_TOO_OLD, "esp_dropped_too_old", "of them: left of the replay window")            \
    X(ESP_DROPPED_BAD_ICV, "esp_dropped_bad_icv", "of them: not authentic")                        \
    X(ESP_DROPPED_BAD_SELECTOR, "esp_dropped_bad_selector",                                        \
      "of them: inside was what the selectors do not allow (RFC 4301 §5.2)")                       \
    X(ESP_DROPPED_DUMMY, "esp_dropped_dummy", "of them: dummy packets (RFC 4303 §2.6)")            \
    X(ESP_DROPPED_EXPIRED, "esp_dropped_expired",                                                  \
      "of them: beyond a lifetime in octets or packets")                                           \
    X(ESP_DROPPED_OTHER, "esp_dropped_other", "of them: for any other reason")

/* What the outside observer counts. */
#define SCENARIO_COUNTS(X)                                                                         \
    X(INNER_PACKETS_SENT, "inner_packets_sent",                                                    \
      "inner packets that hosts behind the tunnels sent")                                          \
    X(INNER_PACKETS_DELIVERED, "inner_packets_delivered", "inner packets that arrived, each once") \
    X(INNER_PACKETS_DELIVERED_TWICE, "inner_packets_delivered_twice",                              \
      "inner packets that arrived more than once: a replay was accepted")                          \
    X(INNER_PACKETS_ALTERED, "inner_packets_altered",                                              \
      "inner packets that arrived with other bytes")                                               \
    X(INNER_PACKETS_LOST, "inner_packets_lost",                                                    \
      "inner packets of the host that came to nothing: of which no copy is under way any more")    \
    X(INNER_PACKETS_LATE, "inner_packets_late",                                                    \
      "inner packets that arrived later than `late` of their traffic allows")                      \
    X(PACKETS_LOST_IN_REKEY, "packets_lost_in_rekey",                                              \
      "those of inner_packets_lost that were under way while a CHILD SA between the two hosts "    \
      "was rekeyed: from the request with N(REKEY_SA) to the answer of the Delete (RFC 7296 "      \
      "§2.8)")                                                                                     \
    X(PACKETS_LATE_IN_REKEY, "packets_late_in_rekey",                                              \
      "those of inner_packets_late that were, likewise")                                           \
    X(PINGS_ANSWERED, "pings_answered", "echo requests whose reply came back")                     \
    X(MESSAGES_ACCEPTED_TWICE, "messages_accepted_twice",                                          \
      "IKE messages that one end took for new more than once")                                     \
    X(IKE_REQUESTS_SENT, "ike_requests_sent", "IKE requests, each counted once")                   \
    X(IKE_TRANSMISSIONS, "ike_transmissions", "IKE datagrams that left a host, copies included")   \
    X(IKE_RETRANSMISSIONS, "ike_retransmissions",                                                  \
      "IKE datagrams whose bytes had been sent before")                                            \
    X(ICMP_ERRORS_HEARD, "icmp_errors_heard", "ICMP errors that reached a host's IKE daemon")      \
    X(REDIRECTS_FOLLOWED, "redirects_followed",                                                    \
      "times that a host went to the gateway that another one has named (RFC 5685)")               \
    X(COMPLAINTS_HEARD, "complaints_heard",                                                        \
      "times that a host's peer told of INVALID_SPI, INVALID_SELECTORS or INVALID_MESSAGE_ID")     \
    X(IKE_GAVE_UP, "ike_gave_up", "IKE requests that stayed unanswered to the end")                \
    X(DATAGRAMS_SENT, "datagrams_sent", "datagrams that left a host")                              \
    X(DATAGRAMS_LOST, "datagrams_lost", "datagrams that ended on a link")                          \
    X(DATAGRAMS_CORRUPTED, "datagrams_corrupted", "datagrams of which links turned a bit")         \
    X(DATAGRAMS_DUPLICATED, "datagrams_duplicated", "copies that links made")                      \
    X(DATAGRAMS_OVERTAKEN, "datagrams_overtaken", "datagrams that arrived after a later one")      \
    X(DUPLICATES_ARRIVED, "duplicates_arrived", "copies of ESP packets that reached a host again") \
    X(IKE_SAS_ESTABLISHED, "ike_sas_established", "times that a host saw an IKE SA established")   \
    X(CHILD_SAS_INSTALLED, "child_sas_installed", "times that a host installed a CHILD SA")        \
    X(TRANSPORT_SAS_INSTALLED, "transport_sas_installed",                                          \
      "times that a host installed a CHILD SA in transport mode")                                  \
    X(ESP_DATAGRAMS_SENT, "esp_datagrams_sent", "ESP packets that left a host")                    \
    X(AH_DATAGRAMS_SENT, "ah_datagrams_sent", "AH packets that left a host")                       \
    X(INITIAL_CONTACTS_HEARD, "initial_contacts_heard",                                            \
      "times that a host took an INITIAL_CONTACT from its peer")                                   \
    X(WINDOW_SIZES_HEARD, "window_sizes_heard",                                                    \
      "times that a host took a SET_WINDOW_SIZE from its peer")                                    \
    X(CERTIFICATES_ACCEPTED, "certificates_accepted",                                              \
      "times that a host found its peer's certificate good")                                       \
    X(AUTHENTICATIONS_REFUSED, "authentications_refused",                                          \
      "times that a host did not believe who its peer says it is")                                 \
    X(PPKS_USED, "ppks_used",                                                                      \
      "times that a host has an IKE SA with a postquantum preshared key in its keys")              \
    X(KEY_PAIRS_MADE, "key_pairs_made", "key pairs that hosts made for a key exchange")            \
    X(TICKETS_GRANTED, "tickets_granted", "tickets that a host gave to its peer (RFC 5723)")       \
    X(TICKETS_ACCEPTED, "tickets_accepted", "tickets that it took for an IKE SA to be resumed")    \
    X(TICKETS_REFUSED, "tickets_refused", "tickets that were asked for or shown in vain")          \
    X(IKE_SAS_TAKEN_OVER, "ike_sas_taken_over",                                                    \
      "times that a member of a cluster went on with an IKE SA of the other")                      \
    X(COUNTERS_ADOPTED, "counters_adopted",                                                        \
      "times that it has agreed on the counters with the peer (RFC 6311)")                         \
    X(CPU_DROPPED, "cpu_dropped", "work items that found a CPU's queue full")                      \
    X(CPU_DROPPED_RESPONSE, "cpu_dropped_response", "those of class response")                     \
    X(CPU_DROPPED_ESTABLISHED, "cpu_dropped_established", "those of class established")            \
    X(CPU_DROPPED_AUTH, "cpu_dropped_auth", "those of class auth")                                 \
    X(CPU_DROPPED_INIT, "cpu_dropped_init", "those of class init")                                 \
    X(CPU_DROPPED_ESP, "cpu_dropped_esp", "those of class esp")                                    \
    X(COOKIES_DEMANDED, "cookies_demanded", "COOKIE answers (RFC 7296 §2.6)")                      \
    X(COOKIES_ACCEPTED, "cookies_accepted", "requests that came back with the right COOKIE")       \
    X(IKE_DROPPED, "ike_dropped", "IKE datagrams that changed nothing")                            \
    SCENARIO_DROPS(X)                                                                              \
    X(ESP_DROPPED, "esp_dropped", "ESP and AH packets that a host refused")                        \
    SCENARIO_ESP_DROPS(X)

enum scenario_count {
#define X(symbol, name, meaning) SCENARIO_COUNT_##symbol,
    SCENARIO_COUNTS(X)
#undef X
        SCENARIO_COUNT_COUNT
};

struct scenario_expect {
    enum scenario_expect_kind kind;
    const char *text; /* the expectation on one line, without what is default */
    const char *host; /* NULL for counts: all hosts */
    const char *child;
    const char *peer;
    bool established; /* is: established or absent */
    uint64_t by;      /* ns; the end of the run if not given */
    enum scenario_count count;
    bool has_min, has_max;
    uint64_t min, max; /* equals sets both */
    int line, column;
};

/* Where key-exchange keys come from (docs/design.md, "Deterministic crypto"). */
enum scenario_keys {
    SCENARIO_KEYS_FRESH,
    SCENARIO_KEYS_POOLED, /* crypto_kex_use_pool */
};

/* "fresh", "pooled": as scenarios, recordings and summaries spell it. */
const char *scenario_keys_name(uint32_t keys);

/* Of which pairs events are recorded. */
struct scenario_record {
    bool all; /* the rest is not looked at */
    size_t pair_count;
    const char *const *pairs;            /* as in the file */
    const struct scenario_range *ranges; /* as many, numbers of pairs */
    net_probability sample;
};

struct scenario_series {
    uint64_t every; /* ns; 0: none */
    size_t host_count;
    const char *const *hosts; /* with rows of their own */
};

struct scenario {
    const char *path; /* as given */
    const char *name; /* file name without directory and .yaml, unless the file says another */
    const char *title;
    const char *description; /* NULL if none */
    uint64_t duration;       /* ns */
    uint64_t seed;
    uint32_t keys;      /* enum scenario_keys */
    uint64_t dns_delay; /* ns until a host knows the address behind a name */
    int64_t epoch;      /* seconds since 1970-01-01T00:00:00Z */
    const char *epoch_text;
    size_t attacker_count;
    struct scenario_attacker *attackers;
    size_t nat_count;
    struct scenario_nat *nats;
    size_t host_count, link_count, script_count, expect_count;
    struct scenario_member *hosts; /* members of groups one by one */
    uint32_t pairs;                /* 0: none */
    size_t template_count;
    struct scenario_host *templates; /* as in the file: groups as one */
    size_t authority_count;
    struct scenario_authority *authorities;
    struct scenario_link *links;
    struct scenario_line *script;
    struct scenario_expect *expects;
    struct cost_table costs;
    struct scenario_record record;
    struct scenario_series series;
};

/* Settings on top of the file: --set hosts.gw.cpu.cores=8, --seed. */
struct scenario_settings {
    const char *const *set; /* "path=value" */
    size_t set_count;
    bool has_seed;
    uint64_t seed;
};

/* Reads, applies settings, checks. NULL if anything is wrong; then *errors gets all that is wrong,
 * one a line
 * ("FILE:LINE:COLUMN: what; expected ...; did you mean ...?"), malloc'ed, and its number is in
 * *error_count. */
struct scenario *scenario_read(const char *path, const struct scenario_settings *settings,
                               char **errors, size_t *error_count);
void scenario_free(struct scenario *scenario);

/* The scenario as YAML with every default written out, settings applied: reads back as the same
 * scenario. malloc'ed. */
char *scenario_print(const struct scenario *scenario);

#endif
