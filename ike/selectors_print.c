/*
 * Selectors in words, for recordings. Each CHILD SA tells a dozen lists of them, so they are put
 * together by hand: printf took a quarter of the time that IKE_AUTH takes outside of its
 * cryptography.
 */
#include <arpa/inet.h>
#include <string.h>

#include "ike/selectors.h"

/* Text that is counted whole and kept as far as there is room. */
struct text {
    char *data;
    size_t len, cap;
};

static void put_octets(struct text *text, const char *octets, size_t len)
{
    size_t room = text->cap > text->len + 1 ? text->cap - text->len - 1 : 0;

    if (room) {
        memcpy(text->data + text->len, octets, len < room ? len : room);
    }
    text->len += len;
}

static void put_char(struct text *text, char c)
{
    put_octets(text, &c, 1);
}

static void put_text(struct text *text, const char *word)
{
    put_octets(text, word, strlen(word));
}

/* Decimal digits; returns how many, at most 10. */
static size_t write_number(char *out, unsigned number)
{
    char digits[10];
    size_t count = 0, len = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    while (count) {
        out[len++] = digits[--count];
    }
    return len;
}

static void put_number(struct text *text, unsigned number)
{
    char digits[10];

    put_octets(text, digits, write_number(digits, number));
}

size_t ike_ip_print(const uint8_t *ip, size_t ip_len, char text[INET6_ADDRSTRLEN])
{
    size_t len = 0;

    if (ip_len == 16) {
        return strlen(inet_ntop(AF_INET6, ip, text, INET6_ADDRSTRLEN));
    }
    for (size_t i = 0; i < 4; i++) {
        if (i) {
            text[len++] = '.';
        }
        len += write_number(text + len, ip[i]);
    }
    text[len] = '\0';
    return len;
}

static void put_address(struct text *text, const struct ike_selector *s, const uint8_t *address)
{
    char word[INET6_ADDRSTRLEN];

    put_octets(text, word, ike_ip_print(address, ike_selector_address_len(s->type), word));
}

/* In the first octet that differs, the range must begin with zeros where it ends with ones, and so
 * in all octets behind it. */
bool ike_selector_prefix(const struct ike_selector *s, size_t *prefix)
{
    size_t len = ike_selector_address_len(s->type), at = 0;

    while (at < len && s->start[at] == s->end[at]) {
        at++;
    }
    *prefix = 8 * at;
    if (at == len) {
        return true;
    }
    unsigned open = s->start[at] ^ s->end[at];
    if ((open & (open + 1)) != 0 || (s->start[at] & open) != 0) {
        return false;
    }
    for (unsigned bit = 0x80; bit > open; bit >>= 1) {
        ++*prefix;
    }
    for (at++; at < len; at++) {
        if (s->start[at] != 0 || s->end[at] != 0xff) {
            return false;
        }
    }
    return true;
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
    if (ike_selector_prefix(s, &prefix)) {
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

    for (size_t i = 0; i < count; i++) {
        if (i) {
            put_char(&out, ' ');
        }
        put_selector(&out, &selectors[i]);
    }
    if (cap) {
        text[out.len < cap ? out.len : cap - 1] = '\0';
    }
    return out.len;
}
