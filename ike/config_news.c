/* What a CFG_REPLY says beside addresses (RFC 7296 §3.15.1): who resolves names in there, and what
 * else is behind the responder. */
#include <string.h>

#include "ike/config.h"
#include "ike/selectors.h"

enum { NETMASK_LEN = 4, VALUE_MAX = IKE_CONFIG_VALUE_MAX };

static bool is_ipv4(const struct ike_selector *selector)
{
    return selector->type == IKE_TS_IPV4_ADDR_RANGE;
}

/* ---- to be sent ---- */

static bool has_family(const struct ike_config *config, uint8_t ts_type)
{
    for (uint32_t i = 0; i < config->count; i++) {
        if (config->addresses[i].address.type == ts_type) {
            return true;
        }
    }
    return false;
}

static size_t choose(const struct ike_config *config, const struct ike_selector *list, size_t count,
                     struct ike_selector out[IKE_CONFIG_NEWS_MAX])
{
    size_t chosen = 0;

    for (size_t i = 0; i < count && chosen < IKE_CONFIG_NEWS_MAX; i++) {
        if (has_family(config, list[i].type)) {
            out[chosen++] = list[i];
        }
    }
    return chosen;
}

void ike_config_news_for(const struct ike_policy *policy, const struct ike_config *config,
                         struct ike_config_news *out)
{
    out->dns_count = choose(config, policy->dns, policy->dns_count, out->dns);
    out->subnet_count = choose(config, policy->subnets, policy->subnet_count, out->subnets);
}

/* A netmask for IPv4, a prefix length for IPv6. */
static size_t write_subnet(const struct ike_selector *subnet, uint8_t value[VALUE_MAX])
{
    size_t len = ike_selector_address_len(subnet->type), prefix = 0;

    memcpy(value, subnet->start, len);
    if (is_ipv4(subnet)) {
        for (size_t i = 0; i < NETMASK_LEN; i++) {
            value[len++] = (uint8_t) ~(subnet->start[i] ^ subnet->end[i]);
        }
        return len;
    }
    (void)ike_selector_prefix(subnet, &prefix);
    value[len++] = (uint8_t)prefix;
    return len;
}

size_t ike_config_news_write(const struct ike_config_news *news, struct ike_attribute *attributes,
                             uint8_t (*values)[VALUE_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < news->dns_count; i++, n++) {
        size_t len = ike_selector_address_len(news->dns[i].type);

        memcpy(values[n], news->dns[i].start, len);
        attributes[n].type = is_ipv4(&news->dns[i]) ? IKE_CFG_ATTRIBUTE_INTERNAL_IP4_DNS
                                                    : IKE_CFG_ATTRIBUTE_INTERNAL_IP6_DNS;
        attributes[n].value = crypto_bytes(values[n], len);
    }
    for (size_t i = 0; i < news->subnet_count; i++, n++) {
        attributes[n].type = is_ipv4(&news->subnets[i]) ? IKE_CFG_ATTRIBUTE_INTERNAL_IP4_SUBNET
                                                        : IKE_CFG_ATTRIBUTE_INTERNAL_IP6_SUBNET;
        attributes[n].value = crypto_bytes(values[n], write_subnet(&news->subnets[i], values[n]));
    }
    return n;
}

/* ---- received ---- */

static struct ike_selector address_in(uint8_t ts_type, const uint8_t *value)
{
    struct ike_selector selector = {.type = ts_type, .end_port = UINT16_MAX};

    memcpy(selector.start, value, ike_selector_address_len(ts_type));
    memcpy(selector.end, value, ike_selector_address_len(ts_type));
    return selector;
}

/* False for a netmask that is none, or a prefix that is too long. */
static bool read_subnet(uint8_t ts_type, struct crypto_bytes value, struct ike_selector *out)
{
    size_t len = ike_selector_address_len(ts_type), prefix;
    const uint8_t *behind = value.data + len;

    *out = address_in(ts_type, value.data);
    if (len == 16 && behind[0] > 128) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        size_t bits = len == 4 || behind[0] >= 8 * (i + 1) ? 8
                      : behind[0] > 8 * i                  ? behind[0] - 8 * i
                                                           : 0;
        uint8_t mask = (uint8_t)(len == 4 ? behind[i] : 0xff00 >> bits);

        out->start[i] &= mask;
        out->end[i] = (uint8_t)(out->start[i] | (uint8_t)~mask);
    }
    return ike_selector_prefix(out, &prefix);
}

static void take(struct ike_config_news *out, const struct ike_attribute *attribute)
{
    bool room = out->dns_count < IKE_CONFIG_NEWS_MAX;
    struct ike_selector subnet;

    switch (attribute->type) {
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP4_DNS:
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP6_DNS:
        if (room) {
            out->dns[out->dns_count++] = address_in(
                attribute->value.len == 4 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE,
                attribute->value.data);
        }
        break;
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP4_SUBNET:
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP6_SUBNET:
        if (out->subnet_count < IKE_CONFIG_NEWS_MAX &&
            read_subnet(attribute->value.len == 8 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE,
                        attribute->value, &subnet)) {
            out->subnets[out->subnet_count++] = subnet;
        }
        break;
    default:
        break;
    }
}

void ike_config_news_read(const struct ike_payload *cp, struct ike_config_news *out)
{
    out->dns_count = out->subnet_count = 0;
    for (size_t i = 0; i < cp->cp.count; i++) {
        if (cp->cp.attributes[i].value.len) {
            take(out, &cp->cp.attributes[i]);
        }
    }
}
