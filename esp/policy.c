#include "esp/policy.h"

#include <assert.h>

#include "esp/ip.h"

enum {
    PROTOCOL_ICMP = 1,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_DCCP = 33,
    PROTOCOL_ICMPV6 = 58,
    PROTOCOL_SCTP = 132,
    PROTOCOL_MOBILITY = 135,
    PROTOCOL_UDPLITE = 136,
};

/* ---- the inner packet ---- */

static bool has_ports(uint8_t ip_protocol)
{
    return ip_protocol == PROTOCOL_TCP || ip_protocol == PROTOCOL_UDP ||
           ip_protocol == PROTOCOL_DCCP || ip_protocol == PROTOCOL_SCTP ||
           ip_protocol == PROTOCOL_UDPLITE;
}

static void read_ports(struct esp_flow *flow, struct crypto_bytes transport)
{
    if (has_ports(flow->ip_protocol) && transport.len >= 4) {
        flow->source_port = ip_read_16(transport.data);
        flow->destination_port = ip_read_16(transport.data + 2);
    } else if ((flow->ip_protocol == PROTOCOL_ICMP || flow->ip_protocol == PROTOCOL_ICMPV6) &&
               transport.len >= 2) {
        flow->source_port = ip_read_16(transport.data);
        flow->destination_port = ESP_PORT_UNUSED;
    } else if (flow->ip_protocol == PROTOCOL_MOBILITY && transport.len >= 3) {
        flow->source_port = transport.data[2] << 8;
        flow->destination_port = ESP_PORT_UNUSED;
    }
}

static bool read_ipv4(struct crypto_bytes packet, struct esp_flow *flow, size_t *len)
{
    const uint8_t *at = packet.data;
    if (packet.len < IPV4_HEADER_MIN) {
        return false;
    }
    size_t header_len = (size_t)(at[0] & 0x0f) * 4;
    size_t total_len = ip_read_16(at + 2);
    if (header_len < IPV4_HEADER_MIN || total_len < header_len || total_len > packet.len) {
        return false;
    }
    *flow = (struct esp_flow){
        .source = esp_address_read(at + 12, 4),
        .destination = esp_address_read(at + 16, 4),
        .source_port = ESP_PORT_OPAQUE,
        .destination_port = ESP_PORT_OPAQUE,
        .family = 4,
        .ip_protocol = at[9],
    };
    if ((ip_read_16(at + 6) & IPV4_FRAGMENT_OFFSET) == 0) {
        read_ports(flow, crypto_bytes(at + header_len, total_len - header_len));
    }
    *len = total_len;
    return true;
}

/* Extension headers that may stand before the transport header, to be skipped. */
static bool is_skipped(uint8_t header)
{
    return header == IPV6_HOP_BY_HOP || header == IPV6_ROUTING || header == IPV6_FRAGMENT ||
           header == IPV6_DESTINATION_OPTIONS;
}

/* Behind a Fragment header that is not the first there is no header to be read, whatever its Next
 * Header says: the walk ends there, with ports that cannot be seen. */
static bool skip_extensions(struct esp_flow *flow, struct crypto_bytes *rest, bool *hidden)
{
    *hidden = false;
    while (is_skipped(flow->ip_protocol) && !*hidden) {
        bool fragment = flow->ip_protocol == IPV6_FRAGMENT;
        if (rest->len < 8) {
            return false;
        }
        size_t len = fragment ? 8 : 8 + 8 * (size_t)rest->data[1];
        if (len > rest->len) {
            return false;
        }
        *hidden = fragment && (ip_read_16(rest->data + 2) & IPV6_FRAGMENT_OFFSET) != 0;
        flow->ip_protocol = rest->data[0];
        *rest = crypto_bytes(rest->data + len, rest->len - len);
    }
    return true;
}

static bool read_ipv6(struct crypto_bytes packet, struct esp_flow *flow, size_t *len)
{
    const uint8_t *at = packet.data;
    bool hidden;
    if (packet.len < IPV6_HEADER) {
        return false;
    }
    size_t payload_len = ip_read_16(at + 4);
    if (payload_len > packet.len - IPV6_HEADER) {
        return false;
    }
    *flow = (struct esp_flow){
        .source = esp_address_read(at + 8, 6),
        .destination = esp_address_read(at + 24, 6),
        .source_port = ESP_PORT_OPAQUE,
        .destination_port = ESP_PORT_OPAQUE,
        .family = 6,
        .ip_protocol = at[6],
    };
    struct crypto_bytes rest = crypto_bytes(at + IPV6_HEADER, payload_len);
    if (!skip_extensions(flow, &rest, &hidden)) {
        return false;
    }
    if (!hidden) {
        read_ports(flow, rest);
    }
    *len = IPV6_HEADER + payload_len;
    return true;
}

bool esp_flow_read(struct crypto_bytes packet, struct esp_flow *flow, size_t *len)
{
    switch (packet.len > 0 ? packet.data[0] >> 4 : 0) {
    case 4:
        return read_ipv4(packet, flow, len);
    case 6:
        return read_ipv6(packet, flow, len);
    default:
        return false;
    }
}

/* ---- selectors ---- */

void esp_ranges_from(struct esp_range *out, const struct esp_selector *selectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct esp_selector *from = &selectors[i];
        assert(from->family == 4 || from->family == 6);
        out[i] = (struct esp_range){
            .start = esp_address_read(from->start, from->family),
            .end = esp_address_last(esp_address_read(from->end, from->family),
                                    from->family == 4 ? 32 : ESP_ADDRESS_BITS),
            .start_port = from->start_port,
            .end_port = from->end_port,
            .family = from->family,
            .ip_protocol = from->ip_protocol,
        };
    }
}

/* A port that cannot be seen is covered by ANY (0 to 65535) and by OPAQUE, which is spelled 65535
 * to 0 (RFC 7296 §3.13.1). */
static bool port_in(const struct esp_range *range, int32_t port)
{
    if (port == ESP_PORT_UNUSED) {
        return true;
    }
    if (port == ESP_PORT_OPAQUE) {
        return (range->start_port == 0 && range->end_port == 65535) ||
               (range->start_port == 65535 && range->end_port == 0);
    }
    return port >= range->start_port && port <= range->end_port;
}

static bool any_covers(struct esp_ranges ranges, const struct esp_flow *flow,
                       struct esp_address address, int32_t port)
{
    for (size_t i = 0; i < ranges.count; i++) {
        const struct esp_range *range = &ranges.items[i];
        if (range->family == flow->family && esp_address_in_order(range->start, address) &&
            esp_address_in_order(address, range->end) &&
            (range->ip_protocol == 0 || range->ip_protocol == flow->ip_protocol) &&
            port_in(range, port)) {
            return true;
        }
    }
    return false;
}

bool esp_policy_allows(const struct esp_flow *flow, struct esp_ranges source,
                       struct esp_ranges destination)
{
    return any_covers(source, flow, flow->source, flow->source_port) &&
           any_covers(destination, flow, flow->destination, flow->destination_port);
}
