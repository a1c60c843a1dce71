#include "sim/host/encap.h"

#include <string.h>

#include "ike/endpoint.h"

enum encap_kind encap_open(uint16_t port, struct crypto_bytes payload, struct crypto_bytes *inner)
{
    static const uint8_t marker[ENCAP_MARKER_LEN] = {0};
    *inner = payload;
    if (port == IKE_PORT) {
        return ENCAP_IKE;
    }
    if (port != IKE_PORT_NAT) {
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
