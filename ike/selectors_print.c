/*
 * Selectors in words, for recordings. Each CHILD SA tells a dozen lists of them, so they are put
 * together by hand: printf took a quarter of the time that IKE_AUTH takes outside of its
 * cryptography.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "ike/selectors.h"

/* Text that is counted whole and kept as far as there is room. */
struct text {
    char *data;
    size_t len, cap;
};

static void put_char(struct text *text, char c)
{
    if (text->len + 1 < text->cap) {
        text->data[text->len] = c;
        text->data[text->len + 1] = '\0';
    }
    text->len++;
}

static void put_text(struct text *text, const char *word)
{
    for (; *word; word++) {
        put_char(text, *word);
    }
}

static void put_number(struct text *text, unsigned number)
{
    char digits[10];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    while (count) {
        put_char(text, digits[--count]);
    }
}

static void put_address(struct text *text, const struct ike_selector *s, const uint8_t *address)
{
    char ipv6[INET6_ADDRSTRLEN];

    if (s->type == IKE_TS_IPV6_ADDR_RANGE) {
        put_text(text, inet_ntop(AF_INET6, address, ipv6, sizeof(ipv6)));
        return;
    }
    for (size_t i = 0; i < 4; i++) {
        if (i) {
            put_char(text, '.');
        }
        put_number(text, address[i]);
    }
}

static unsigned bit_of(const uint8_t *octets, size_t bit)
{
    return (unsigned)octets[bit / 8] >> (7 - bit % 8) & 1u;
}

/* Length of the prefix that the range is; false if it is none. */
static bool find_prefix(const struct ike_selector *s, size_t *prefix)
{
    size_t bits = 8 * ike_selector_address_len(s->type), bit = 0;

    while (bit < bits && bit_of(s->start, bit) == bit_of(s->end, bit)) {
        bit++;
    }
    *prefix = bit;
    while (bit < bits && bit_of(s->start, bit) == 0 && bit_of(s->end, bit) == 1) {
        bit++;
    }
    return bit == bits;
}

static void put_protocol(struct text *text, uint8_t number)
{
    switch (number) {
    case 0:
        put_text(text, "any");
        break;
    case IPPROTO_ICMP:
        put_text(text, "icmp");
        break;
    case IPPROTO_TCP:
        put_text(text, "tcp");
        break;
    case IPPROTO_UDP:
        put_text(text, "udp");
        break;
    default:
        put_number(text, number);
    }
}

static void put_ports(struct text *text, const struct ike_selector *s)
{
    if (ike_selector_any_port(s)) {
        return;
    }
    put_char(text, '/');
    if (ike_selector_opaque_port(s)) {
        put_text(text, "opaque");
        return;
    }
    put_number(text, s->start_port);
    if (s->end_port != s->start_port) {
        put_char(text, '-');
        put_number(text, s->end_port);
    }
}

static void put_selector(struct text *text, const struct ike_selector *s)
{
    size_t prefix;

    if (ike_selector_address_len(s->type) == 0) {
        put_text(text, "type ");
        put_number(text, s->type);
        return;
    }
    put_address(text, s, s->start);
    if (find_prefix(s, &prefix)) {
        put_char(text, '/');
        put_number(text, (unsigned)prefix);
    } else {
        put_text(text, "..");
        put_address(text, s, s->end);
    }
    if (s->ip_protocol || !ike_selector_any_port(s)) {
        put_char(text, '[');
        put_protocol(text, s->ip_protocol);
        put_ports(text, s);
        put_char(text, ']');
    }
}

size_t ike_selectors_print(const struct ike_selector *selectors, size_t count, char *text,
                           size_t cap)
{
    struct text out = {.data = text, .cap = cap};

    if (cap) {
        text[0] = '\0';
    }
    for (size_t i = 0; i < count; i++) {
        if (i) {
            put_char(&out, ' ');
        }
        put_selector(&out, &selectors[i]);
    }
    return out.len;
}
