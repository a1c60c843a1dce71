/*
 * Configuration payloads (RFC 7296 §2.19, §3.15): addresses inside the tunnel, asked for by the
 * initiator of IKE_AUTH and leased from the responder's pools. For ike/ only.
 */
#ifndef IKESIM_IKE_CONFIG_H
#define IKESIM_IKE_CONFIG_H

#include "ike/message.h"
#include "ike/sa.h"

enum {
    IKE_CONFIG_ADDRESSES_MAX = 2, /* one of each family */
    IKE_CONFIG_VALUE_MAX = 17,    /* octets of an attribute that we send */
};

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

/* What the responder says beside them, in the families that it has leased addresses of: who
 * resolves names, as selectors of one address each, and which networks are behind it
 * (INTERNAL_IP4_DNS, INTERNAL_IP4_SUBNET, and of IPv6, §3.15.1). Whoever hears it tells of it, and
 * does no more: no name is asked for here, and what goes through the tunnel the selectors say.
 * config_news.c */
struct ike_config_news {
    size_t dns_count, subnet_count;
    struct ike_selector dns[IKE_CONFIG_NEWS_MAX], subnets[IKE_CONFIG_NEWS_MAX];
};
void ike_config_news_for(const struct ike_policy *policy, const struct ike_config *config,
                         struct ike_config_news *out);

/* Their attributes, with values in `values`; returns how many. There is room for all. */
size_t ike_config_news_write(const struct ike_config_news *news, struct ike_attribute *attributes,
                             uint8_t (*values)[IKE_CONFIG_VALUE_MAX]);

/* Those of a CP payload: the first ones of each kind, and none that is malformed. */
void ike_config_news_read(const struct ike_payload *cp, struct ike_config_news *out);

/* Of the endpoint's end. */
void ike_leases_free(struct ike_endpoint *endpoint);

#endif
