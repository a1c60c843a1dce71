/*
 * EAP inside IKE_AUTH (RFC 3748, RFC 7296 §2.16): one run of it, as peer (the initiator) or server
 * (the responder). Packets in, packets out; the methods are a table. For ike/ only.
 */
#ifndef IKESIM_IKE_EAP_H
#define IKESIM_IKE_EAP_H

#include "crypto/mschapv2.h"
#include "crypto/tls.h"
#include "ike/sa.h"

/* EAP-TLS data in one packet; longer flights go in fragments (RFC 5216 §2.1.5). */
enum { IKE_EAP_FRAGMENT = 1024, IKE_EAP_PACKET_MAX = IKE_EAP_FRAGMENT + 16, IKE_EAP_ID_MAX = 256 };

enum ike_eap_step {
    IKE_EAP_GO_ON,     /* `out` is to be sent */
    IKE_EAP_SUCCEEDED, /* server: `out` is Success, to be sent; peer: it came in */
    IKE_EAP_FAILED,    /* server: `out` is Failure; peer: `why`, and nothing to send */
};

struct ike_eap_mschap {
    struct crypto_mschap_result result;
    uint8_t challenge[CRYPTO_MSCHAP_CHALLENGE];
    uint8_t id;
    bool answered; /* server: the response was right; peer: the server's proof was */
};

struct ike_eap_tls {
    struct crypto_tls *tls;
    uint8_t *in; /* a flight in fragments, until it is whole */
    size_t in_len, in_cap;
    size_t sent; /* octets of the own flight that have gone */
    bool done;
};

struct ike_eap {
    const struct ike_eap_method *method;
    bool server;
    bool identified; /* the identity exchange is over */
    bool keyed;      /* the method has succeeded: msk is there */
    bool over;       /* Success has been sent or seen */
    uint8_t identifier;
    uint16_t identity_len;
    uint8_t identity[IKE_EAP_ID_MAX]; /* the peer's */
    uint8_t msk[CRYPTO_EAP_MSK];
    const char *why; /* of a failure; static text */
    size_t out_len;
    uint8_t out[IKE_EAP_PACKET_MAX];
    union {
        struct ike_eap_mschap mschap;
        struct ike_eap_tls tls;
    };
};

/* A method: what its packets hold behind Type. It writes with ike_eap_put. */
struct ike_eap_method {
    uint8_t type; /* enum ike_eap_type */
    /* Server: its first request. */
    enum ike_eap_step (*start)(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap);
    /* A response that came to the server, a request that came to the peer. A server that is done
     * returns SUCCEEDED and has written nothing. */
    enum ike_eap_step (*serve)(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap,
                               struct crypto_bytes data);
    enum ike_eap_step (*answer)(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap,
                                struct crypto_bytes data);
    void (*done)(struct ike_endpoint *endpoint, struct ike_eap *eap); /* NULL: nothing to free */
};

extern const struct ike_eap_method ike_eap_mschapv2, ike_eap_tls;

/* `kind` is enum ike_auth_kind. Free with ike_eap_free, which wipes. */
struct ike_eap *ike_eap_new(struct ike_endpoint *endpoint, bool server, uint8_t kind);
void ike_eap_free(struct ike_endpoint *endpoint, struct ike_eap *eap);

/* Server: writes the first packet, an Identity request. */
void ike_eap_begin(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap);

/* Takes the EAP payload that came in and writes what is to be sent for it. */
enum ike_eap_step ike_eap_take(struct ike_call *call, struct ike_sa *sa, struct ike_eap *eap,
                               const struct ike_payload *payload);

/* ---- for methods ---- */

/* Begins a packet with the method's Type (0: none) and appends to it. */
void ike_eap_begin_packet(struct ike_eap *eap, uint8_t code, uint8_t type);
void ike_eap_put(struct ike_eap *eap, const void *octets, size_t len);
void ike_eap_end_packet(struct ike_eap *eap);

/* Request or Response, whichever this end sends. */
uint8_t ike_eap_own_code(const struct ike_eap *eap);

/* The identity of a draw for the packet at hand. */
struct crypto_draw ike_eap_draw(const struct ike_sa *sa, uint32_t instance);

/* Ends the method without success; `why` is static text. Returns the step that says so. */
enum ike_eap_step ike_eap_fail(struct ike_eap *eap, const char *why);

#endif
