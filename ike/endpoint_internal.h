/* What an endpoint holds, and what one call into it carries along; for ike/ only. */
#ifndef IKESIM_IKE_ENDPOINT_INTERNAL_H
#define IKESIM_IKE_ENDPOINT_INTERNAL_H

#include "ike/actions.h"
#include "ike/endpoint.h"
#include "ike/index.h"

/* SAs are found by what a datagram, a timer, an order or another SA says of them. */
struct ike_endpoint {
    struct crypto_context *crypto;
    struct crypto_entropy entropy;
    const struct trace_observer *observer;
    const struct ike_policy *policy;
    const struct ike_self *self;
    struct ike_faults *faults; /* NULL: none */
    uint64_t last_id;
    uint32_t half_open;          /* SAs made for initiators that have not proved who they are */
    uint32_t established;        /* SAs that are */
    struct ike_tickets *tickets; /* NULL until there are any (RFC 5723) */
    struct ike_leases *leases;   /* of each pool; NULL until the first is asked for */
    size_t held;                 /* octets taken by ike_take */
    uint64_t *next_hint; /* IKE_HINT_PLACES of each kind: when the next one may go to an address of
                            that place; NULL until the first */
    struct ike_index by_id;
    struct ike_index by_spi;      /* own SPI */
    struct ike_index by_request;  /* responder: source of the IKE_SA_INIT request and its SPIi */
    struct ike_index by_remote;   /* IP address of the peer */
    struct ike_index by_identity; /* established: the peer's authenticated identity */
    struct ike_index children;    /* ESP SPI of packets to this host */
};

/* An IKE SA that is to be begun at the end of a call. */
struct ike_again {
    bool wanted;
    struct ike_address local, remote;
    uint64_t attempt;
};

/* One call into the endpoint. Big, and on the stack of the public functions: so an endpoint has no
 * buffers of its own, of which a simulation would need one per host. */
struct ike_call {
    struct ike_endpoint *endpoint;
    const struct trace_observer *observer;
    struct crypto_ledger *costs;
    uint64_t now;
    struct ike_actions *actions;
    const struct ike_datagram *datagram; /* NULL in timers and orders */
    uint64_t datagram_hash;              /* 0 until asked for */
    const char *close_why; /* set while a request is answered: the SA ends behind the answer */
    bool checks_route;     /* set while a move is answered: is the peer there? (RFC 4555 §3.7) */
    bool paid;             /* the IKE_SA_INIT request that is answered has solved a puzzle */
    const char *leaves;    /* set while a request is answered: we delete the SA behind the answer */
    bool replaces;         /* set while IKE_AUTH is answered: older SAs go behind the answer */
    struct ike_sa *successor; /* made by the request that is answered: what waits goes on there */
    struct ike_sa *closed;    /* ended in this call; freed at its end, so that no pointer dangles */
    struct ike_again again;
    struct ike_error error;
    struct ike_builder builder;
    struct ike_message message; /* what came in */
    uint8_t plain[IKE_MESSAGE_MAX];
    uint8_t out[IKE_MESSAGE_MAX];
};

/* Around whatever a public function does: the end begins anew what is to be, and frees the SAs that
 * were closed. */
void ike_call_begin(struct ike_call *call, struct ike_endpoint *endpoint, uint64_t now,
                    struct ike_actions *actions);
void ike_call_end(struct ike_call *call);

/* The CHILD SA with that inbound SPI, whichever IKE SA has it; NULL if there is none. */
struct ike_child *ike_endpoint_child(const struct ike_endpoint *endpoint, uint32_t spi_in);

/* Memory that is counted. Running out of it is not an error that a protocol could answer, and a
 * simulation is sized before it runs: ike_take does not return NULL but ends the program. */
void *ike_take(struct ike_endpoint *endpoint, size_t size); /* zeroed */
void ike_give(struct ike_endpoint *endpoint, void *memory, size_t size);
/* Gives back what is behind the first `size` octets of `old_size`; returns where they are now. */
void *ike_shrink(struct ike_endpoint *endpoint, void *memory, size_t old_size, size_t size);

#endif
