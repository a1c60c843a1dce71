#include "esp/ah.h"

#include <assert.h>
#include <string.h>

#include "esp/ip.h"
#include "esp/limits.h"

enum { WORD = 4, PAYLOAD_LEN_LESS = 2 };

size_t esp_ah_len(const struct crypto_packet_key *key, uint8_t family)
{
    size_t unit = family == 4 ? 4 : 8;
    size_t len = AH_HEADER_LEN + crypto_packet_icv_len(key);
    return (len + unit - 1) / unit * unit;
}

bool esp_ah_read(struct crypto_bytes packet, struct esp_header *header)
{
    if (packet.len < AH_HEADER_LEN) {
        return false;
    }
    *header = (struct esp_header){
        .spi = ip_read_32(packet.data + 4),
        .sequence = ip_read_32(packet.data + 8),
    };
    return true;
}

/* ---- what changes on the way ---- */

/* Options of IPv4 by their whole type octet, copied flag and class included (RFC 4302 §A1). */
enum {
    OPTION_END = 0,
    OPTION_NOP = 1,
    OPTION_SECURITY = 130,
    OPTION_EXTENDED_SECURITY = 133,
    OPTION_COMMERCIAL_SECURITY = 134,
    OPTION_ROUTER_ALERT = 148,
    OPTION_MULTI_DESTINATION = 149,
    OPTION_LOOSE_ROUTE = 131,
    OPTION_STRICT_ROUTE = 137,
};

static bool option_is_immutable(uint8_t type)
{
    return type == OPTION_SECURITY || type == OPTION_EXTENDED_SECURITY ||
           type == OPTION_COMMERCIAL_SECURITY || type == OPTION_ROUTER_ALERT ||
           type == OPTION_MULTI_DESTINATION;
}

/* A source route that is not used up ends where the packet is going. */
static void predict_destination(uint8_t *header, const uint8_t *option, size_t len)
{
    bool route = option[0] == OPTION_LOOSE_ROUTE || option[0] == OPTION_STRICT_ROUTE;
    if (route && len >= 7 && option[2] <= len) {
        memcpy(header + 16, option + len - 4, 4);
    }
}

/* Options that change, and those that the RFC does not list, are zeros as a whole. */
static void cover_options(uint8_t *header, size_t header_len)
{
    size_t at = IPV4_HEADER_MIN;
    while (at < header_len && header[at] != OPTION_END) {
        if (header[at] == OPTION_NOP) {
            at++;
            continue;
        }
        size_t room = header_len - at, len = room >= 2 ? header[at + 1] : 0;
        if (len < 2 || len > room) {
            return; /* no option: covered as it is */
        }
        if (!option_is_immutable(header[at])) {
            predict_destination(header, header + at, len);
            memset(header + at, 0, len);
        }
        at += len;
    }
}

static void cover_ipv4(uint8_t *header, size_t len)
{
    header[1] = 0;            /* DSCP, ECN */
    memset(header + 6, 0, 3); /* flags, fragment offset, time to live */
    memset(header + 10, 0, 2);
    cover_options(header, len);
}

/* Hop-by-Hop or Destination Options: the data of those whose type says that they may change. */
static void cover_ipv6_options(uint8_t *header, size_t len)
{
    enum { PAD_1 = 0, MAY_CHANGE = 0x20 };
    size_t at = 2;
    while (at < len) {
        if (header[at] == PAD_1) {
            at++;
            continue;
        }
        size_t room = len - at, data = room >= 2 ? header[at + 1] : 0;
        if (room < 2 || data > room - 2) {
            return;
        }
        if (header[at] & MAY_CHANGE) {
            memset(header + at + 2, 0, data);
        }
        at += 2 + data;
    }
}

/* A Routing header of type 0 as it looks at the end: each address changes place with the
 * destination in its turn. */
static void predict_routing(uint8_t *destination, uint8_t *header, size_t len)
{
    size_t count = (len - 8) / 16, left = header[3];
    if (header[2] != 0 || left > count) {
        return;
    }
    for (size_t i = count - left; i < count; i++) {
        uint8_t next[16], *place = header + 8 + 16 * i;
        memcpy(next, place, 16);
        memcpy(place, destination, 16);
        memcpy(destination, next, 16);
    }
    header[3] = 0;
}

static void cover_ipv6(uint8_t *front, size_t front_len)
{
    size_t at = IPV6_HEADER;
    uint8_t kind = front[6];
    front[0] &= 0xf0; /* traffic class, flow label */
    memset(front + 1, 0, 3);
    front[7] = 0; /* hop limit */
    while (at < front_len) {
        size_t len = 8 + 8 * (size_t)front[at + 1];
        assert(len <= front_len - at);
        if (kind == IPV6_ROUTING) {
            predict_routing(front + 24, front + at, len);
        } else {
            cover_ipv6_options(front + at, len);
        }
        kind = front[at];
        at += len;
    }
}

void esp_ah_cover(const uint8_t *packet, const struct esp_front *front, uint8_t *out)
{
    memcpy(out, packet, front->len);
    if (front->family == 4) {
        cover_ipv4(out, front->len);
    } else {
        cover_ipv6(out, front->len);
    }
}

/* ---- seal and open ---- */

/* Over the packet from the front on, whatever stands in the ICV's place. */
static void make_icv(struct crypto_context *crypto, const struct crypto_packet_key *key,
                     struct esp_header header, const struct esp_front *front, const uint8_t *packet,
                     size_t len, enum crypto_cost_kind kind, uint8_t icv[CRYPTO_ICV_MAX],
                     struct crypto_ledger *ledger)
{
    static const uint8_t zeros[CRYPTO_ICV_MAX];
    uint8_t cover[ESP_FRONT_MAX], high[4];
    size_t icv_len = crypto_packet_icv_len(key);
    size_t behind = front->len + AH_HEADER_LEN + icv_len;
    assert(front->len <= sizeof cover && behind <= len);
    esp_ah_cover(packet, front, cover);
    ip_write_32(high, (uint32_t)(header.sequence >> 32));
    const struct crypto_bytes parts[] = {
        {cover, front->len},
        {packet + front->len, AH_HEADER_LEN},
        {zeros, icv_len},
        {packet + behind, len - behind}, /* what fills the ICV up, payload */
        {high, header.esn ? sizeof high : 0},
    };
    crypto_packet_icv(crypto, key, parts, sizeof parts / sizeof *parts, kind, icv, ledger);
}

size_t esp_ah_write(const struct crypto_packet_key *key, struct esp_header header,
                    const struct esp_front *front, uint8_t next_header, size_t payload_len,
                    uint8_t *packet)
{
    size_t ah_len = esp_ah_len(key, front->family);
    uint8_t *ah = packet + front->len;

    esp_front_set(packet, front, AH_IP_PROTOCOL, ah_len + payload_len);
    memset(ah, 0, ah_len);
    ah[0] = next_header;
    ah[1] = (uint8_t)(ah_len / WORD - PAYLOAD_LEN_LESS);
    ip_write_32(ah + 4, header.spi);
    ip_write_32(ah + 8, (uint32_t)header.sequence);
    return front->len + ah_len + payload_len;
}

void esp_ah_seal(struct crypto_context *crypto, const struct crypto_packet_key *key,
                 struct esp_header header, const struct esp_front *front, uint8_t *packet,
                 size_t len, struct crypto_ledger *ledger)
{
    uint8_t icv[CRYPTO_ICV_MAX];

    make_icv(crypto, key, header, front, packet, len, CRYPTO_COST_SEAL, icv, ledger);
    memcpy(packet + front->len + AH_HEADER_LEN, icv, crypto_packet_icv_len(key));
}

enum esp_verdict esp_ah_open(struct crypto_context *crypto, const struct crypto_packet_key *key,
                             struct esp_header header, const struct esp_front *front,
                             const uint8_t *packet, size_t len, struct crypto_bytes *payload,
                             uint8_t *next_header, struct crypto_ledger *ledger)
{
    size_t ah_len = esp_ah_len(key, front->family);
    const uint8_t *ah = packet + front->len;
    uint8_t icv[CRYPTO_ICV_MAX];

    if (len - front->len < ah_len || ah[1] != ah_len / WORD - PAYLOAD_LEN_LESS) {
        return ESP_TOO_SHORT;
    }
    make_icv(crypto, key, header, front, packet, len, CRYPTO_COST_OPEN, icv, ledger);
    if (!crypto_equal(icv, ah + AH_HEADER_LEN, crypto_packet_icv_len(key))) {
        return ESP_BAD_ICV;
    }
    *next_header = ah[0];
    *payload = crypto_bytes(ah + ah_len, len - front->len - ah_len);
    return ESP_OK;
}
