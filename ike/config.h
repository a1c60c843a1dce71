/*
 * Configuration payloads (RFC 7296 §2.19, §3.15): addresses inside the tunnel, asked for by the
 * initiator of IKE_AUTH and leased from the responder's pools. For ike/ only.
 */
#ifndef IKESIM_IKE_CONFIG_H
#define IKESIM_IKE_CONFIG_H

#include "ike/sa.h"

enum { IKE_CONFIG_ADDRESSES_MAX = 2 }; /* one of each family */

/* The addresses of the initiator of an IKE SA, on both ends; few SAs have any. Until the reply is
 * there, what may come: all of a family (§2.19). */
struct ike_config {
    uint32_t count;
    bool leased; /* from a pool of this end's */
    struct {
        uint32_t pool;               /* of the policy */
        uint32_t offset;             /* in it */
        struct ike_selector address; /* as a selector of that address alone */
    } addresses[IKE_CONFIG_ADDRESSES_MAX];
};

/* What of a pool is leased: one bit for each address, as far as it was ever needed. */
struct ike_leases {
    size_t size; /* octets of `bits` */
    uint8_t *bits;
    uint32_t first_free; /* no address before it is free */
};

/* Writes CP(CFG_REQUEST) into a request of IKE_AUTH, if the policy wants addresses. */
void ike_config_build_request(struct ike_call *call, struct ike_sa *sa);

/* Initiator: takes CP(CFG_REPLY) from the response. NULL, or why it will not do. */
const char *ike_config_take_reply(struct ike_call *call, struct ike_sa *sa);

/* Responder: leases what the request asks for and writes CP(CFG_REPLY). Returns 0, or the notify
 * that refuses the CHILD SA (§2.21.2). */
uint16_t ike_config_answer(struct ike_call *call, struct ike_sa *sa);

/* Responder of CREATE_CHILD_SA: INTERNAL_ADDRESS_FAILURE if the end that began has asked for an
 * address of this one's in IKE_AUTH and got none, FAILED_CP_REQUIRED if it should have asked; else
 * 0. */
uint16_t ike_config_lacks(const struct ike_endpoint *endpoint, const struct ike_sa *sa);

/* The selectors that stand for addresses of the tunnel at this end (`own`) or the other: all there
 * are, while the reply is awaited. Returns how many; 0: that end has none. */
size_t ike_config_side(const struct ike_sa *sa, bool own,
                       struct ike_selector out[IKE_CONFIG_ADDRESSES_MAX]);

/* Those of an IKE SA that another member of a cluster has told of; an address that is leased here
 * to another, or beyond the pools, is left out. */
void ike_config_adopt(struct ike_endpoint *endpoint, struct ike_sa *sa,
                      const struct ike_config *told);

/* The successor goes on with them. */
void ike_config_inherit(struct ike_endpoint *endpoint, struct ike_sa *old, struct ike_sa *sa);

/* Gives them back. */
void ike_config_free(struct ike_endpoint *endpoint, struct ike_sa *sa);

/* Of the endpoint's end. */
void ike_leases_free(struct ike_endpoint *endpoint);

#endif
