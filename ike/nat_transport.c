/* Transport mode through a NAT: whose addresses are in the selectors (RFC 7296 §2.23.1). */
#include <string.h>

#include "ike/nat.h"

static bool is_one_address(const struct ike_selector *list, size_t count, uint8_t type)
{
    size_t len = type == IKE_TS_IPV4_ADDR_RANGE ? 4 : 16;

    for (size_t i = 0; i < count; i++) {
        if (list[i].type != type || memcmp(list[i].start, list[i].end, len) != 0 ||
            memcmp(list[i].start, list[0].start, len) != 0) {
            return false;
        }
    }
    return count > 0;
}

/* Puts the address in the place of the one that the peer wrote. */
static void see(struct ike_seen_side *side, const struct ike_address *address)
{
    memcpy(side->copy, side->list, side->count * sizeof(side->copy[0]));
    side->list = side->copy;
    for (size_t i = 0; i < side->count; i++) {
        memcpy(side->copy[i].start, address->ip, sizeof(address->ip));
        memcpy(side->copy[i].end, address->ip, sizeof(address->ip));
    }
}

void ike_nat_see(const struct ike_sa *sa, const struct ike_payload *own,
                 const struct ike_payload *others, bool transport, struct ike_seen *seen)
{
    uint8_t type = sa->local.family == 4 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE;

    seen->real.translated = false;
    seen->own.list = own->ts.selectors;
    seen->own.count = own->ts.count;
    seen->others.list = others->ts.selectors;
    seen->others.count = others->ts.count;
    if (!transport || !(sa->nat & (IKE_NAT_HERE | IKE_NAT_THERE)) ||
        !is_one_address(seen->own.list, seen->own.count, type) ||
        !is_one_address(seen->others.list, seen->others.count, type)) {
        return;
    }
    seen->real.translated = true;
    memcpy(seen->real.local, seen->own.list[0].start, sizeof(seen->real.local));
    memcpy(seen->real.remote, seen->others.list[0].start, sizeof(seen->real.remote));
    if (sa->nat & IKE_NAT_HERE) {
        see(&seen->own, &sa->local);
    }
    if (sa->nat & IKE_NAT_THERE) {
        see(&seen->others, &sa->remote);
    }
}
