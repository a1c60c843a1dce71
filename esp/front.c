#include "esp/front.h"

#include <string.h>

#include "esp/ip.h"
#include "esp/limits.h"

enum { HOP_LIMIT = 64, DONT_FRAGMENT = 0x40 };

static enum esp_verdict read_ipv4(struct crypto_bytes packet, struct esp_front *front)
{
    const uint8_t *at = packet.data;
    if (packet.len < IPV4_HEADER_MIN) {
        return ESP_BAD_INNER;
    }
    size_t len = (size_t)(at[0] & 0x0f) * 4;
    if (len < IPV4_HEADER_MIN || len > packet.len) {
        return ESP_BAD_INNER;
    }
    *front = (struct esp_front){4, len, 9, at[9]};
    return (ip_read_16(at + 6) & (IPV4_FRAGMENT_OFFSET | IPV4_MORE_FRAGMENTS)) != 0 ? ESP_FRAGMENT
                                                                                    : ESP_OK;
}

/* Whether an extension header stays in front. `after` is the header behind it. */
static bool stays(uint8_t header, uint8_t after, bool came_in)
{
    return header == IPV6_HOP_BY_HOP || header == IPV6_ROUTING ||
           (header == IPV6_DESTINATION_OPTIONS && (came_in || after == IPV6_ROUTING));
}

static enum esp_verdict read_ipv6(struct crypto_bytes packet, bool came_in, struct esp_front *front)
{
    const uint8_t *at = packet.data;
    if (packet.len < IPV6_HEADER) {
        return ESP_BAD_INNER;
    }
    *front = (struct esp_front){6, IPV6_HEADER, 6, at[6]};
    while (packet.len - front->len >= 8 && stays(front->ip_protocol, at[front->len], came_in)) {
        size_t len = 8 + 8 * (size_t)at[front->len + 1];
        if (len > packet.len - front->len || front->len + len > ESP_FRONT_MAX) {
            return ESP_BAD_INNER;
        }
        front->protocol_at = front->len;
        front->ip_protocol = at[front->len];
        front->len += len;
    }
    return front->ip_protocol == IPV6_FRAGMENT ? ESP_FRAGMENT : ESP_OK;
}

static enum esp_verdict read_front(struct crypto_bytes packet, bool came_in,
                                   struct esp_front *front)
{
    *front = (struct esp_front){0};
    switch (packet.len > 0 ? packet.data[0] >> 4 : 0) {
    case 4:
        return read_ipv4(packet, front);
    case 6:
        return read_ipv6(packet, came_in, front);
    default:
        return ESP_BAD_INNER;
    }
}

enum esp_verdict esp_front_before(struct crypto_bytes packet, struct esp_front *front)
{
    return read_front(packet, false, front);
}

enum esp_verdict esp_front_read(struct crypto_bytes packet, struct esp_front *front)
{
    enum esp_verdict verdict = read_front(packet, true, front);
    bool ipsec = front->ip_protocol == ESP_IP_PROTOCOL || front->ip_protocol == AH_IP_PROTOCOL;
    return verdict == ESP_OK && !ipsec ? ESP_BAD_INNER : verdict;
}

size_t esp_front_total(struct crypto_bytes packet, const struct esp_front *front)
{
    switch (front->family) {
    case 4:
        return ip_read_16(packet.data + 2);
    case 6:
        return IPV6_HEADER + (size_t)ip_read_16(packet.data + 4);
    default:
        return 0; /* no header was found */
    }
}

void esp_front_set(uint8_t *packet, const struct esp_front *front, uint8_t ip_protocol, size_t rest)
{
    packet[front->protocol_at] = ip_protocol;
    if (front->family == 6) {
        ip_write_16(packet + 4, front->len - IPV6_HEADER + rest);
        return;
    }
    uint32_t sum = 0;
    ip_write_16(packet + 2, front->len + rest);
    ip_write_16(packet + 10, 0);
    for (size_t i = 0; i < front->len; i += 2) {
        sum += ip_read_16(packet + i);
    }
    ip_write_16(packet + 10, ~ip_fold(sum) & 0xffff);
}

void esp_front_make(uint8_t *packet, const struct esp_outer *outer, struct esp_front *front)
{
    bool ipv4 = outer->family == 4;
    *front = ipv4 ? (struct esp_front){4, IPV4_HEADER_MIN, 9, 0}
                  : (struct esp_front){6, IPV6_HEADER, 6, 0};
    memset(packet, 0, front->len);
    if (ipv4) {
        packet[0] = 0x45;
        packet[6] = DONT_FRAGMENT;
        packet[8] = HOP_LIMIT;
        memcpy(packet + 12, outer->local, 4);
        memcpy(packet + 16, outer->remote, 4);
    } else {
        packet[0] = 0x60;
        packet[7] = HOP_LIMIT;
        memcpy(packet + 8, outer->local, 16);
        memcpy(packet + 24, outer->remote, 16);
    }
}
