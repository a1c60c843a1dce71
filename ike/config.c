#include "ike/config.h"

#include <assert.h>
#include <string.h>

#include "ike/tell.h"

enum { CFG_REQUEST = 1, CFG_REPLY = 2, PREFIX_WHOLE = 128 };

static size_t address_len(uint8_t ts_type)
{
    return ts_type == IKE_TS_IPV4_ADDR_RANGE ? 4 : 16;
}

static uint16_t attribute_of(uint8_t ts_type)
{
    return ts_type == IKE_TS_IPV4_ADDR_RANGE ? IKE_CFG_ATTRIBUTE_INTERNAL_IP4_ADDRESS
                                             : IKE_CFG_ATTRIBUTE_INTERNAL_IP6_ADDRESS;
}

static bool is_zero(const uint8_t *octets, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (octets[i]) {
            return false;
        }
    }
    return true;
}

/* ---- the payload ---- */

/* Value of an address attribute: of IPv6 with a prefix length behind (§3.15.1). */
static struct crypto_bytes write_value(const struct ike_selector *address,
                                       uint8_t value[IKE_CONFIG_VALUE_MAX])
{
    size_t len = address_len(address->type);

    memcpy(value, address->start, len);
    if (len == 16) {
        value[len++] = PREFIX_WHOLE;
    }
    return crypto_bytes(value, len);
}

/* `news`: NULL in a request. */
static void build(struct ike_call *call, uint8_t type, const struct ike_selector *addresses,
                  size_t count, const struct ike_config_news *news)
{
    enum { MOST = IKE_CONFIG_ADDRESSES_MAX + 2 * IKE_CONFIG_NEWS_MAX };
    struct ike_attribute attributes[MOST];
    uint8_t values[MOST][IKE_CONFIG_VALUE_MAX];

    for (size_t i = 0; i < count; i++) {
        attributes[i].type = attribute_of(addresses[i].type);
        attributes[i].value = write_value(&addresses[i], values[i]);
        /* "Any address" is an attribute without a value (§3.15.1). */
        if (type == CFG_REQUEST && is_zero(addresses[i].start, address_len(addresses[i].type))) {
            attributes[i].value.len = 0;
        }
    }
    if (news) {
        count += ike_config_news_write(news, attributes + count, values + count);
    }
    ike_build_cp(&call->builder, type, attributes, count);
}

/* The n-th address attribute of a CP payload of that type as a selector; false if there is none. */
static bool find_address(const struct ike_message *message, uint8_t type, size_t n,
                         struct ike_selector *out)
{
    const struct ike_payload *cp = ike_message_find(message, IKE_PAYLOAD_CP);

    if (!cp || cp->cp.type != type) {
        return false;
    }
    for (size_t i = 0; i < cp->cp.count; i++) {
        const struct ike_attribute *attribute = &cp->cp.attributes[i];
        bool ipv4 = attribute->type == IKE_CFG_ATTRIBUTE_INTERNAL_IP4_ADDRESS;

        if ((ipv4 || attribute->type == IKE_CFG_ATTRIBUTE_INTERNAL_IP6_ADDRESS) && n-- == 0) {
            *out = (struct ike_selector){.type =
                                             ipv4 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE,
                                         .end_port = UINT16_MAX};
            if (attribute->value.len) {
                memcpy(out->start, attribute->value.data, address_len(out->type));
                memcpy(out->end, attribute->value.data, address_len(out->type));
            }
            return true;
        }
    }
    return false;
}

/* ---- the initiator ---- */

static struct ike_config *config_of(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    struct ike_rare *rare = ike_sa_make_rare(endpoint, sa);

    if (!rare->config) {
        rare->config = ike_take(endpoint, sizeof(*rare->config));
    }
    return rare->config;
}

void ike_config_build_request(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_policy *policy = call->endpoint->policy;
    struct ike_config *config;

    if (policy->vip_count == 0) {
        return;
    }
    build(call, CFG_REQUEST, policy->vips, policy->vip_count, NULL);
    config = config_of(call->endpoint, sa);
    config->count = (uint32_t)policy->vip_count;
    for (uint32_t i = 0; i < config->count; i++) {
        struct ike_selector *address = &config->addresses[i].address;

        *address = (struct ike_selector){.type = policy->vips[i].type, .end_port = UINT16_MAX};
        memset(address->end, 0xff, address_len(address->type));
    }
}

const char *ike_config_take_reply(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_config *config = ike_sa_rare(sa)->config;
    struct ike_config_news news;
    struct ike_selector address;

    if (!config) {
        return NULL; /* nothing was asked for */
    }
    config->count = 0;
    for (size_t n = 0; find_address(&call->message, CFG_REPLY, n, &address); n++) {
        if (config->count < call->endpoint->policy->vip_count &&
            !is_zero(address.start, address_len(address.type))) {
            config->addresses[config->count++].address = address;
        }
    }
    if (config->count == 0) {
        return "the response has no address for us";
    }
    ike_config_news_read(ike_message_find(&call->message, IKE_PAYLOAD_CP), &news);
    ike_tell_config(call, sa, "assigned", &news);
    return NULL;
}

/* ---- the responder ---- */

static bool is_leased(const struct ike_leases *leases, uint32_t offset)
{
    return offset / 8 < leases->size && (leases->bits[offset / 8] >> offset % 8 & 1);
}

static void set_leased(struct ike_endpoint *endpoint, struct ike_leases *leases, uint32_t offset)
{
    size_t size = leases->size;

    if (offset / 8 >= size) {
        uint8_t *grown;

        size = (size_t)(offset / 8 + 1) * 2;
        grown = ike_take(endpoint, size);
        if (leases->size) {
            memcpy(grown, leases->bits, leases->size);
            ike_give(endpoint, leases->bits, leases->size);
        }
        leases->bits = grown;
        leases->size = size;
    }
    leases->bits[offset / 8] |= (uint8_t)(1u << offset % 8);
    while (is_leased(leases, leases->first_free)) {
        leases->first_free++;
    }
}

static void release(struct ike_leases *leases, uint32_t offset)
{
    leases->bits[offset / 8] &= (uint8_t) ~(1u << offset % 8);
    if (offset < leases->first_free) {
        leases->first_free = offset;
    }
}

/* The address `offset` behind the first of a pool; false if it is beyond the last. */
static bool address_at(const struct ike_selector *pool, uint32_t offset, struct ike_selector *out)
{
    size_t len = address_len(pool->type);
    uint64_t carry = offset;

    *out = *pool;
    for (size_t i = len; i > 0; i--) {
        carry += out->start[i - 1];
        out->start[i - 1] = (uint8_t)carry;
        carry >>= 8;
    }
    memcpy(out->end, out->start, len);
    return carry == 0 && memcmp(out->start, pool->end, len) <= 0;
}

/* Where an address stands in a pool; false if it is not in it. */
static bool offset_of(const struct ike_selector *pool, const struct ike_selector *address,
                      uint32_t *offset)
{
    size_t len = address_len(pool->type);
    uint64_t distance = 0;

    if (pool->type != address->type || memcmp(address->start, pool->start, len) < 0 ||
        memcmp(address->start, pool->end, len) > 0) {
        return false;
    }
    /* What is beyond by its first octets stays so: of IPv6 the whole distance has 128 bits. */
    for (size_t i = 0; i < len && distance <= IKE_POOL_MAX; i++) {
        int64_t digit = (int64_t)address->start[i] - pool->start[i];

        distance = (distance << 8) + (uint64_t)digit;
    }
    *offset = (uint32_t)distance;
    return distance < IKE_POOL_MAX;
}

/* The one that was asked for if it is free, else the first that is (§2.19). */
static bool lease(struct ike_call *call, struct ike_config *config,
                  const struct ike_selector *wanted)
{
    struct ike_endpoint *endpoint = call->endpoint;
    const struct ike_policy *policy = endpoint->policy;
    uint32_t offset;

    for (uint32_t i = 0; i < policy->pool_count; i++) {
        const struct ike_selector *pool = &policy->pools[i];
        struct ike_leases *leases = &endpoint->leases[i];
        struct ike_selector address;

        if (pool->type != wanted->type) {
            continue;
        }
        if (!offset_of(pool, wanted, &offset) || is_leased(leases, offset)) {
            offset = leases->first_free;
        }
        if (offset < IKE_POOL_MAX && address_at(pool, offset, &address)) {
            set_leased(endpoint, leases, offset);
            config->addresses[config->count].pool = i;
            config->addresses[config->count].offset = offset;
            config->addresses[config->count++].address = address;
            return true;
        }
    }
    return false;
}

static void open_leases(struct ike_endpoint *endpoint)
{
    if (!endpoint->leases) {
        endpoint->leases =
            ike_take(endpoint, endpoint->policy->pool_count * sizeof(*endpoint->leases));
    }
}

static void write_reply(struct ike_call *call, const struct ike_config *config,
                        const struct ike_config_news *news)
{
    struct ike_selector addresses[IKE_CONFIG_ADDRESSES_MAX];

    for (uint32_t i = 0; i < config->count; i++) {
        addresses[i] = config->addresses[i].address;
    }
    build(call, CFG_REPLY, addresses, config->count, news);
}

uint16_t ike_config_answer(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_endpoint *endpoint = call->endpoint;
    const struct ike_policy *policy = endpoint->policy;
    struct ike_config_news news;
    struct ike_config *config;
    struct ike_selector wanted;

    if (policy->pool_count == 0) {
        return 0; /* nobody has to answer a CFG_REQUEST (§3.15) */
    }
    open_leases(endpoint);
    for (size_t n = 0; find_address(&call->message, CFG_REQUEST, n, &wanted); n++) {
        config = config_of(endpoint, sa);
        config->leased = true;
        if (config->count < IKE_CONFIG_ADDRESSES_MAX) {
            lease(call, config, &wanted);
        }
    }
    config = ike_sa_rare(sa)->config;
    if (!config) {
        return policy->cp_required ? IKE_NOTIFY_FAILED_CP_REQUIRED : 0;
    }
    if (config->count == 0) {
        return IKE_NOTIFY_INTERNAL_ADDRESS_FAILURE;
    }
    ike_config_news_for(policy, config, &news);
    write_reply(call, config, &news);
    ike_tell_config(call, sa, "leased", &news);
    return 0;
}

uint16_t ike_config_lacks(const struct ike_endpoint *endpoint, const struct ike_sa *sa)
{
    const struct ike_config *config = ike_sa_rare(sa)->config;
    bool leases = endpoint->policy->cp_required && endpoint->policy->pool_count && !sa->began;

    if (config && config->leased && config->count == 0) {
        return IKE_NOTIFY_INTERNAL_ADDRESS_FAILURE;
    }
    return leases && !config ? IKE_NOTIFY_FAILED_CP_REQUIRED : 0;
}

/* ---- both ---- */

size_t ike_config_side(const struct ike_sa *sa, bool own,
                       struct ike_selector out[IKE_CONFIG_ADDRESSES_MAX])
{
    const struct ike_config *config = ike_sa_rare(sa)->config;
    size_t count = 0;

    if (config && config->leased != own) {
        for (; count < config->count; count++) {
            out[count] = config->addresses[count].address;
        }
    }
    return count;
}

void ike_config_adopt(struct ike_endpoint *endpoint, struct ike_sa *sa,
                      const struct ike_config *told)
{
    for (uint32_t i = 0; i < told->count; i++) {
        uint32_t pool = told->addresses[i].pool, offset = told->addresses[i].offset;
        struct ike_selector address;
        struct ike_config *config;

        if (told->leased) {
            if (pool >= endpoint->policy->pool_count || offset >= IKE_POOL_MAX ||
                !address_at(&endpoint->policy->pools[pool], offset, &address)) {
                continue;
            }
            open_leases(endpoint);
            if (is_leased(&endpoint->leases[pool], offset)) {
                continue;
            }
            set_leased(endpoint, &endpoint->leases[pool], offset);
        }
        config = config_of(endpoint, sa);
        config->leased = told->leased;
        config->addresses[config->count++] = told->addresses[i];
    }
}

void ike_config_inherit(struct ike_endpoint *endpoint, struct ike_sa *old, struct ike_sa *sa)
{
    if (ike_sa_rare(old)->config) {
        ike_sa_make_rare(endpoint, sa)->config = old->rare->config;
        old->rare->config = NULL;
    }
}

void ike_config_free(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    struct ike_config *config = ike_sa_rare(sa)->config;

    for (uint32_t i = 0; config && config->leased && i < config->count; i++) {
        release(&endpoint->leases[config->addresses[i].pool], config->addresses[i].offset);
    }
    if (config) {
        ike_give(endpoint, config, sizeof(*config));
        sa->rare->config = NULL;
    }
}

void ike_leases_free(struct ike_endpoint *endpoint)
{
    size_t count = endpoint->leases ? endpoint->policy->pool_count : 0;

    for (size_t i = 0; i < count; i++) {
        if (endpoint->leases[i].size) {
            ike_give(endpoint, endpoint->leases[i].bits, endpoint->leases[i].size);
        }
    }
    ike_give(endpoint, endpoint->leases, count * sizeof(*endpoint->leases));
}
