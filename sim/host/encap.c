#include "sim/host/encap.h"

#include <string.h>

enum encap_kind encap_open(uint16_t port, struct crypto_bytes payload, struct crypto_bytes *inner)
{
    static const uint8_t marker[ENCAP_MARKER_LEN] = {0};
    *inner = payload;
    if (port == IKE_PORT) {
        return ENCAP_IKE;
    }
    if (port != IKE_PORT_NAT_T) {
        return ENCAP_NOTHING;
    }
    if (payload.len == 1 && payload.data[0] == 0xff) {
        return ENCAP_KEEPALIVE;
    }
    if (payload.len < ENCAP_MARKER_LEN) {
        return ENCAP_NOTHING;
    }
    if (memcmp(payload.data, marker, ENCAP_MARKER_LEN) != 0) {
        return ENCAP_ESP;
    }
    *inner = crypto_bytes(payload.data + ENCAP_MARKER_LEN, payload.len - ENCAP_MARKER_LEN);
    return ENCAP_IKE;
}

enum { NEXT_ESP = 50, HOPS = 64 };

size_t encap_write_front(const struct ike_datagram *datagram, uint8_t *out)
{
    bool ipv4 = datagram->source.family == 4;
    size_t address = ipv4 ? 4 : 16, len = ipv4 ? 20 : 40, at = ipv4 ? 12 : 8;
    size_t counted = datagram->bytes.len + (ipv4 ? len : 0);
    memset(out, 0, len);
    out[0] = ipv4 ? 0x45 : 0x60;
    out[ipv4 ? 2 : 4] = (uint8_t)(counted >> 8);
    out[ipv4 ? 3 : 5] = (uint8_t)counted;
    out[ipv4 ? 8 : 7] = HOPS;
    out[ipv4 ? 9 : 6] = NEXT_ESP;
    memcpy(out + at, datagram->source.ip, address);
    memcpy(out + at + address, datagram->destination.ip, address);
    return len;
}
