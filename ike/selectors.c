#include "ike/selectors.h"

#include <string.h>

size_t ike_selector_address_len(uint8_t type)
{
    switch (type) {
    case IKE_TS_IPV4_ADDR_RANGE:
        return 4;
    case IKE_TS_IPV6_ADDR_RANGE:
        return 16;
    default:
        return 0;
    }
}

/* Adds `place` times the size of the range. */
static bool add_ranges(const struct ike_selector *range, uint32_t place, uint8_t *address,
                       size_t len)
{
    unsigned carry = 0, borrow = 0, one = 1;
    uint64_t product = 0;

    for (size_t i = len; i > 0; i--) {
        /* One octet of the size, from the last on: end - start + 1. */
        unsigned minuend = range->end[i - 1] + 256u - range->start[i - 1] - borrow;
        unsigned size = (minuend & 0xff) + one, sum;

        borrow = minuend < 256;
        one = size >> 8;
        product += (uint64_t)(size & 0xff) * place;
        sum = address[i - 1] + (unsigned)(product & 0xff) + carry;
        address[i - 1] = (uint8_t)sum;
        carry = sum >> 8;
        product >>= 8;
    }
    return product == 0 && carry == 0;
}

/* What has no next. */
static bool is_all(const struct ike_selector *range, size_t len)
{
    bool all = true;

    for (size_t i = 0; i < len; i++) {
        all = all && range->start[i] == 0 && range->end[i] == 0xff;
    }
    return all;
}

bool ike_selector_move(const struct ike_selector *s, uint32_t place, uint8_t *address)
{
    size_t len = ike_selector_address_len(s->type);

    return place == 0 || is_all(s, len) || add_ranges(s, place, address, len);
}

bool ike_selectors_move(const struct ike_selector *selectors, size_t count, uint32_t place,
                        struct ike_selector *moved)
{
    bool fits = true;

    for (size_t i = 0; i < count; i++) {
        moved[i] = selectors[i];
        fits = ike_selector_move(&selectors[i], place, moved[i].start) &&
               ike_selector_move(&selectors[i], place, moved[i].end) && fits;
    }
    return fits;
}

bool ike_selector_any_port(const struct ike_selector *s)
{
    return s->start_port == 0 && s->end_port == UINT16_MAX;
}

bool ike_selector_opaque_port(const struct ike_selector *s)
{
    return s->start_port == UINT16_MAX && s->end_port == 0;
}

bool ike_selector_is_address(const struct ike_selector *s)
{
    return memcmp(s->start, s->end, ike_selector_address_len(s->type)) == 0;
}

static bool intersect_ports(const struct ike_selector *a, const struct ike_selector *b,
                            struct ike_selector *both)
{
    if (ike_selector_opaque_port(a) || ike_selector_opaque_port(b)) {
        both->start_port = UINT16_MAX;
        both->end_port = 0;
        return (ike_selector_opaque_port(a) || ike_selector_any_port(a)) &&
               (ike_selector_opaque_port(b) || ike_selector_any_port(b));
    }
    both->start_port = a->start_port > b->start_port ? a->start_port : b->start_port;
    both->end_port = a->end_port < b->end_port ? a->end_port : b->end_port;
    return both->start_port <= both->end_port;
}

bool ike_selector_intersect(const struct ike_selector *a, const struct ike_selector *b,
                            struct ike_selector *both)
{
    size_t len = ike_selector_address_len(a->type);

    *both = (struct ike_selector){.type = a->type};
    if (len == 0 || a->type != b->type) {
        return false;
    }
    if (a->ip_protocol && b->ip_protocol && a->ip_protocol != b->ip_protocol) {
        return false;
    }
    both->ip_protocol = a->ip_protocol ? a->ip_protocol : b->ip_protocol;
    memcpy(both->start, memcmp(a->start, b->start, len) > 0 ? a->start : b->start, len);
    memcpy(both->end, memcmp(a->end, b->end, len) < 0 ? a->end : b->end, len);
    return memcmp(both->start, both->end, len) <= 0 && intersect_ports(a, b, both);
}

static bool same(const struct ike_selector *a, const struct ike_selector *b)
{
    size_t len = ike_selector_address_len(a->type);

    return a->type == b->type && a->ip_protocol == b->ip_protocol &&
           a->start_port == b->start_port && a->end_port == b->end_port &&
           memcmp(a->start, b->start, len) == 0 && memcmp(a->end, b->end, len) == 0;
}

/* True if `inner` selects something, and nothing that `outer` does not. */
static bool is_within(const struct ike_selector *inner, const struct ike_selector *outer)
{
    struct ike_selector both;

    return ike_selector_intersect(inner, outer, &both) && same(&both, inner);
}

size_t ike_selectors_narrow(const struct ike_selector *offered, size_t offered_count,
                            const struct ike_selector *policy, size_t policy_count,
                            struct ike_selector narrowed[IKE_SELECTORS_MAX])
{
    size_t count = 0;

    for (size_t o = 0; o < offered_count; o++) {
        for (size_t p = 0; p < policy_count && count < IKE_SELECTORS_MAX; p++) {
            struct ike_selector both;

            if (ike_selector_intersect(&offered[o], &policy[p], &both) &&
                !ike_selectors_within(&both, 1, narrowed, count)) {
                narrowed[count++] = both;
            }
        }
    }
    return count;
}

bool ike_selectors_within(const struct ike_selector *answered, size_t answered_count,
                          const struct ike_selector *offered, size_t offered_count)
{
    for (size_t a = 0; a < answered_count; a++) {
        size_t o = 0;

        while (o < offered_count && !is_within(&answered[a], &offered[o])) {
            o++;
        }
        if (o == offered_count) {
            return false;
        }
    }
    return answered_count > 0;
}
