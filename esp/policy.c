#include "esp/policy.h"

enum {
    IPV4_HEADER_MIN = 20,
    IPV4_FRAGMENT_OFFSET = 0x1fff,
    PROTOCOL_ICMP = 1,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_DCCP = 33,
    PROTOCOL_SCTP = 132,
    PROTOCOL_UDPLITE = 136,
};

static uint16_t read_16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t read_32(const uint8_t *at)
{
    return (uint32_t)read_16(at) << 16 | read_16(at + 2);
}

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
        flow->source_port = read_16(transport.data);
        flow->destination_port = read_16(transport.data + 2);
    } else if (flow->ip_protocol == PROTOCOL_ICMP && transport.len >= 2) {
        flow->source_port = read_16(transport.data);
        flow->destination_port = ESP_PORT_UNUSED;
    }
}

bool esp_flow_read(struct crypto_bytes packet, struct esp_flow *flow, size_t *len)
{
    const uint8_t *at = packet.data;
    if (packet.len < IPV4_HEADER_MIN || at[0] >> 4 != 4) {
        return false;
    }
    size_t header_len = (size_t)(at[0] & 0x0f) * 4;
    size_t total_len = read_16(at + 2);
    if (header_len < IPV4_HEADER_MIN || total_len < header_len || total_len > packet.len) {
        return false;
    }
    *flow = (struct esp_flow){
        .source = read_32(at + 12),
        .destination = read_32(at + 16),
        .source_port = ESP_PORT_OPAQUE,
        .destination_port = ESP_PORT_OPAQUE,
        .ip_protocol = at[9],
    };
    if ((read_16(at + 6) & IPV4_FRAGMENT_OFFSET) == 0) {
        read_ports(flow, crypto_bytes(at + header_len, total_len - header_len));
    }
    *len = total_len;
    return true;
}

/* ---- selectors ---- */

size_t esp_ranges_from(struct esp_range *out, const struct esp_selector *selectors, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const struct esp_selector *from = &selectors[i];
        if (from->family != 4) {
            continue;
        }
        if (out) {
            out[kept] = (struct esp_range){
                .start = read_32(from->start),
                .end = read_32(from->end),
                .start_port = from->start_port,
                .end_port = from->end_port,
                .ip_protocol = from->ip_protocol,
            };
        }
        kept++;
    }
    return kept;
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

static bool any_covers(struct esp_ranges ranges, uint32_t address, uint8_t ip_protocol,
                       int32_t port)
{
    for (size_t i = 0; i < ranges.count; i++) {
        const struct esp_range *range = &ranges.items[i];
        if (address >= range->start && address <= range->end &&
            (range->ip_protocol == 0 || range->ip_protocol == ip_protocol) &&
            port_in(range, port)) {
            return true;
        }
    }
    return false;
}

bool esp_policy_allows(const struct esp_flow *flow, struct esp_ranges source,
                       struct esp_ranges destination)
{
    return any_covers(source, flow->source, flow->ip_protocol, flow->source_port) &&
           any_covers(destination, flow->destination, flow->ip_protocol, flow->destination_port);
}
