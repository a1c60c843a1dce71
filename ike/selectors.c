#include "ike/selectors.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* Octets of an address of that type of selector; 0 if the type is none of ours. */
static size_t address_len(uint8_t type)
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

static bool any_port(const struct ike_selector *s)
{
    return s->start_port == 0 && s->end_port == UINT16_MAX;
}

/* Selects packets whose ports cannot be seen, fragments for instance (§3.13.1). */
static bool opaque_port(const struct ike_selector *s)
{
    return s->start_port == UINT16_MAX && s->end_port == 0;
}

static bool intersect_ports(const struct ike_selector *a, const struct ike_selector *b,
                            struct ike_selector *both)
{
    if (opaque_port(a) || opaque_port(b)) {
        both->start_port = UINT16_MAX;
        both->end_port = 0;
        return (opaque_port(a) || any_port(a)) && (opaque_port(b) || any_port(b));
    }
    both->start_port = a->start_port > b->start_port ? a->start_port : b->start_port;
    both->end_port = a->end_port < b->end_port ? a->end_port : b->end_port;
    return both->start_port <= both->end_port;
}

bool ike_selector_intersect(const struct ike_selector *a, const struct ike_selector *b,
                            struct ike_selector *both)
{
    size_t len = address_len(a->type);

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
    size_t len = address_len(a->type);

    return a->type == b->type && a->ip_protocol == b->ip_protocol &&
           a->start_port == b->start_port && a->end_port == b->end_port &&
           memcmp(a->start, b->start, len) == 0 && memcmp(a->end, b->end, len) == 0;
}

bool ike_selector_within(const struct ike_selector *inner, const struct ike_selector *outer)
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

        while (o < offered_count && !ike_selector_within(&answered[a], &offered[o])) {
            o++;
        }
        if (o == offered_count) {
            return false;
        }
    }
    return answered_count > 0;
}

/* ---- words ---- */

/* Length of the prefix that the range is, -1 if it is none. */
static int prefix_len(const struct ike_selector *s)
{
    int bits = 8 * (int)address_len(s->type);
    int prefix = 0;

    while (prefix < bits &&
           !((s->start[prefix / 8] ^ s->end[prefix / 8]) >> (7 - prefix % 8) & 1)) {
        prefix++;
    }
    for (int bit = prefix; bit < bits; bit++) {
        if (s->start[bit / 8] >> (7 - bit % 8) & 1 || !(s->end[bit / 8] >> (7 - bit % 8) & 1)) {
            return -1;
        }
    }
    return prefix;
}

static void print_protocol(uint8_t number, char *text, size_t cap)
{
    switch (number) {
    case 0:
        snprintf(text, cap, "any");
        break;
    case IPPROTO_ICMP:
        snprintf(text, cap, "icmp");
        break;
    case IPPROTO_TCP:
        snprintf(text, cap, "tcp");
        break;
    case IPPROTO_UDP:
        snprintf(text, cap, "udp");
        break;
    default:
        snprintf(text, cap, "%u", number);
    }
}

static void print_ports(const struct ike_selector *s, char *text, size_t cap)
{
    if (any_port(s)) {
        text[0] = '\0';
    } else if (opaque_port(s)) {
        snprintf(text, cap, "/opaque");
    } else if (s->start_port == s->end_port) {
        snprintf(text, cap, "/%u", s->start_port);
    } else {
        snprintf(text, cap, "/%u-%u", s->start_port, s->end_port);
    }
}

static size_t print_one(const struct ike_selector *s, char *text, size_t cap)
{
    char start[INET6_ADDRSTRLEN], end[INET6_ADDRSTRLEN], range[2 * INET6_ADDRSTRLEN + 8];
    char protocol[8], ports[24], upper[40] = "";
    int family = s->type == IKE_TS_IPV6_ADDR_RANGE ? AF_INET6 : AF_INET;
    int prefix;

    if (address_len(s->type) == 0) {
        return (size_t)snprintf(text, cap, "type %u", s->type);
    }
    inet_ntop(family, s->start, start, sizeof(start));
    inet_ntop(family, s->end, end, sizeof(end));
    prefix = prefix_len(s);
    if (prefix >= 0) {
        snprintf(range, sizeof(range), "%s/%d", start, prefix);
    } else {
        snprintf(range, sizeof(range), "%s..%s", start, end);
    }
    if (s->ip_protocol || !any_port(s)) {
        print_protocol(s->ip_protocol, protocol, sizeof(protocol));
        print_ports(s, ports, sizeof(ports));
        snprintf(upper, sizeof(upper), "[%s%s]", protocol, ports);
    }
    return (size_t)snprintf(text, cap, "%s%s", range, upper);
}

size_t ike_selectors_print(const struct ike_selector *selectors, size_t count, char *text,
                           size_t cap)
{
    size_t len = 0;

    if (cap) {
        text[0] = '\0';
    }
    for (size_t i = 0; i < count; i++) {
        bool room = len < cap;

        if (i) {
            len += (size_t)snprintf(room ? text + len : NULL, room ? cap - len : 0, " ");
            room = len < cap;
        }
        len += print_one(&selectors[i], room ? text + len : NULL, room ? cap - len : 0);
    }
    return len;
}
