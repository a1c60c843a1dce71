/*
 * A host: an IKE daemon, an ESP stack and the routes behind it, as (now, datagram) -> what to do.
 * It knows neither links nor CPUs: the simulator puts the CPU model around it (node.c), a live run
 * sockets.
 *
 * Work is done in two steps. host_receive and its like run the protocol code and fill an outcome;
 * host_commit makes it visible once it is paid for (SAs go into ESP then). Between the two the IKE
 * SA of the outcome is busy.
 */
#ifndef IKESIM_SIM_HOST_HOST_H
#define IKESIM_SIM_HOST_HOST_H

#include "esp/esp.h"
#include "ike/endpoint.h"

struct host;
struct esp_faults;

struct host_options {
    struct crypto_context *crypto;         /* borrowed */
    struct crypto_entropy entropy;         /* copied */
    const struct trace_observer *observer; /* borrowed */
    const struct ike_policy *policy;       /* borrowed */
    const struct ike_self *self;           /* borrowed */
    struct ike_faults *faults;             /* borrowed; NULL: none (ike/faults.h) */
    struct esp_faults *esp_faults;         /* the same (esp_faults.h) */
    struct ike_address address;            /* own, with the IKE port */
    uint64_t last_sa;                      /* ids of IKE SAs go on behind it */
};

/* Aborts when memory is out, as all of sim/. Free with host_free. */
struct host *host_new(const struct host_options *options);
void host_free(struct host *host);

/* What a piece of work came to. Reusable: its buffers are kept from one work to the next. */
struct host_outcome {
    struct ike_actions actions; /* of IKE */
    struct crypto_ledger costs; /* all of it */
    uint64_t sa;                /* IKE SA that was worked on, 0 none */
    bool esp_out;               /* `packet` is to be sent */
    uint32_t unknown_spi;     /* of an ESP packet; IKE is to be told (host_unknown_spi); 0: none */
    bool bad_selector;        /* `inner` was dropped, and IKE is to be told (host_bad_selector) */
    bool esp_in;              /* `inner` came through a tunnel and goes on behind the host */
    enum esp_verdict verdict; /* of ESP work */
    struct esp_result esp;    /* `packet` has esp.front_len octets of IP header in front */
    bool esp_udp;             /* with esp_out: inside of UDP between these ports */
    struct ike_address esp_local, esp_remote; /* with esp_out: from where to where */
    struct crypto_bytes inner;                /* views `packet` */
    uint8_t *packet;
    size_t packet_len, packet_cap;
};

/* Clear before each work that takes it; dispose frees the buffers too. */
void host_outcome_clear(struct host_outcome *outcome);
void host_outcome_dispose(struct host_outcome *outcome);

/* A UDP payload that came to the IKE port. */
void host_receive_ike(struct host *host, uint64_t now, const struct ike_datagram *datagram,
                      struct host_outcome *outcome);

/* An ESP packet without its IP header, or with it in `front` an ESP or AH packet; ports are 0 where
 * it came without UDP. */
void host_receive_esp(struct host *host, uint64_t now, struct crypto_bytes front,
                      const struct ike_datagram *datagram, struct host_outcome *outcome);

/* An inner packet from a network behind the host. */
void host_send_inner(struct host *host, struct crypto_bytes inner, struct host_outcome *outcome);

/* An ESP packet from `remote` for `local` whose SPI is unknown: IKE may tell the peer (RFC 7296
 * §1.5). */
void host_unknown_spi(struct host *host, uint64_t now, const struct ike_address *local,
                      const struct ike_address *remote, uint32_t spi, struct host_outcome *outcome);

/* A packet of the CHILD SA with that inbound SPI was dropped for what is inside. */
void host_bad_selector(struct host *host, uint64_t now, uint32_t spi_in, struct crypto_bytes inner,
                       struct host_outcome *outcome);

/* An ICMP error about what this host has sent, see ike_endpoint_unreachable. */
void host_unreachable(struct host *host, uint64_t now, const struct ike_datagram *sent,
                      const char *what, struct host_outcome *outcome);

/* A limit that a packet has reached (esp/esp.h): IKE hears of it. */
void host_limit(struct host *host, uint64_t now, const struct esp_limit *limit,
                struct host_outcome *outcome);

/* A timer that an action asked for. */
void host_timer(struct host *host, uint64_t now, const struct ike_timer *timer,
                struct host_outcome *outcome);

enum host_order_kind {
    HOST_INITIATE,
    HOST_CREATE_CHILD,
    HOST_REKEY_CHILD,
    HOST_DELETE_CHILD,
    HOST_REKEY_IKE,
    HOST_DELETE_IKE,
    HOST_LIVENESS,
    HOST_REDIRECT, /* the peer, to the policy's other gateway */
    HOST_MOVE,     /* to `local` */
    HOST_RELOAD,   /* the peer hears of what it has to know of the new configuration */
    HOST_ORDER_KINDS
};

/* "initiate", "create_child", ...: the words of scenarios and recordings. */
const char *host_order_name(enum host_order_kind kind);

struct host_order {
    enum host_order_kind kind;
    struct ike_address remote;
    struct ike_address local; /* of HOST_MOVE; of a packet whose SPI is unknown */
    uint64_t sa;              /* the established IKE SA with that peer, 0 if none is known */
    const char *child;        /* for orders about a CHILD SA */
    struct ike_pair pair;     /* for HOST_CREATE_CHILD: the packet's; of family 0: all */
    uint64_t attempt;         /* for HOST_INITIATE: the host's n-th with that peer */
    struct ike_redirected redirected; /* for HOST_INITIATE where a redirect has led there */
};

/* Another configuration from now on (ike_endpoint_reload). */
void host_reload(struct host *host, const struct ike_policy *policy);

/* The IKE SA that an order is about, which may be of no use any more; 0 if there is none. */
uint64_t host_order_sa(const struct host *host, const struct host_order *order);

/* Returns 0, or -1 with *why (static text) where it cannot be obeyed; the outcome is empty then. */
int host_obey(struct host *host, uint64_t now, const struct host_order *order,
              struct host_outcome *outcome, const char **why);

/* The host has restarted, or is no more (`why`): one of the IKE SAs that it had is forgotten, with
 * its CHILD SAs. `remote` is its peer. False if there is none left. */
bool host_next_to_forget(const struct host *host, uint64_t *sa, struct ike_address *remote);
void host_forget(struct host *host, uint64_t now, uint64_t sa, const char *why,
                 struct host_outcome *outcome);

/* And whatever else it had in its memory. */
void host_forget_rest(struct host *host);

/* What another host has to know to go on with an IKE SA and its CHILD SAs: malloc'ed octets with
 * keys in them, NULL if there is nothing to be told of it (ike/handover.h). */
uint8_t *host_export(const struct host *host, uint64_t sa, size_t *len);

/* Goes on with one. 0, or -1 with *why (static text); the outcome is empty then. */
int host_import(struct host *host, uint64_t now, struct crypto_bytes record,
                struct host_outcome *outcome, const char **why);

/* Makes an outcome visible: CHILD SAs enter and leave the ESP stack. The other actions remain for
 * the caller. */
void host_commit(struct host *host, uint64_t now, const struct host_outcome *outcome);

/* The IKE endpoint, for questions. */
const struct ike_endpoint *host_ike(const struct host *host);

/* Octets held for SAs. */
size_t host_memory(const struct host *host);

#endif
