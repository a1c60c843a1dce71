/* Selectors, identities and secrets in strongSwan's notation. */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "sim/net/address.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/values.h"

/* ---- traffic selectors (RFC 7296 §3.13.1) ---- */

static const struct {
    const char *name;
    uint8_t number;
    bool ports;
} protocols[] = {
    {"icmp", 1, false},       {"tcp", 6, true},    {"udp", 17, true},
    {"ipv6-icmp", 58, false}, {"sctp", 132, true},
};

enum { PROTOCOLS = sizeof protocols / sizeof *protocols };

/* Octets of the selector's addresses. */
static size_t address_len(const struct ike_selector *selector)
{
    return selector->type == IKE_TS_IPV6_ADDR_RANGE ? 16 : 4;
}

/* Sets the bits behind a prefix of `bits`; true if one of them was set before. */
static bool set_host_bits(uint8_t *octets, size_t len, size_t bits)
{
    bool any = false;
    for (size_t i = bits / 8; i < len; i++) {
        uint8_t mask = (uint8_t)(i == bits / 8 ? 0xff >> bits % 8 : 0xff);
        any = any || (octets[i] & mask);
        octets[i] |= mask;
    }
    return any;
}

static void clear_host_bits(uint8_t *octets, size_t len, size_t bits)
{
    for (size_t i = bits / 8; i < len; i++) {
        octets[i] &= (uint8_t) ~(i == bits / 8 ? 0xff >> bits % 8 : 0xff);
    }
}

/* The length of the prefix that the selector's range is, -1 if it is none. */
static int prefix_of(const struct ike_selector *selector)
{
    size_t len = address_len(selector), bits = 0;
    struct ike_selector network = *selector;
    while (bits < 8 * len &&
           !((selector->start[bits / 8] ^ selector->end[bits / 8]) & (0x80 >> bits % 8))) {
        bits++;
    }
    clear_host_bits(network.start, len, bits);
    set_host_bits(network.end, len, bits);
    return memcmp(network.start, selector->start, len) == 0 &&
                   memcmp(network.end, selector->end, len) == 0
               ? (int)bits
               : -1;
}

/* Number of at most five digits at *text, which moves behind it; UINT32_MAX if there is none. */
static uint32_t read_small(const char **text)
{
    uint32_t value = 0;
    int digits = 0;
    while (isdigit((unsigned char)**text) && digits < 6) {
        value = value * 10 + (uint32_t)(*(*text)++ - '0');
        digits++;
    }
    return digits == 0 || digits > 5 ? UINT32_MAX : value;
}

/* "80" or "1024-65535" or "any", to the end of `text`. */
static const char *read_ports(const char *text, struct ike_selector *out)
{
    if (strcmp(text, "any") == 0) {
        return NULL;
    }
    uint32_t start = read_small(&text), end = start;
    if (*text == '-') {
        text++;
        end = read_small(&text);
    }
    if (*text || start > 65535 || end > 65535) {
        return "has no port or range of ports, 0 to 65535, behind the slash";
    }
    if (start > end) {
        return "has a range of ports that ends before it starts";
    }
    out->start_port = (uint16_t)start;
    out->end_port = (uint16_t)end;
    return NULL;
}

/* "tcp/80", "udp", "47": what stands between the brackets. */
static const char *read_protocol(struct values_reader *reader, char *text, struct ike_selector *out)
{
    char *slash = strchr(text, '/');
    if (slash) {
        *slash = '\0';
    }
    struct nearest nearest = {.word = text};
    bool ports = false, known = strcmp(text, "any") == 0;
    for (size_t i = 0; !known && i < PROTOCOLS; i++) {
        char number[8];
        snprintf(number, sizeof number, "%u", protocols[i].number);
        nearest_consider(&nearest, protocols[i].name);
        if (strcmp(text, protocols[i].name) == 0 || strcmp(text, number) == 0) {
            out->ip_protocol = protocols[i].number;
            ports = protocols[i].ports;
            known = true;
        }
    }
    if (!known) {
        const char *at = text;
        uint32_t number = read_small(&at);
        if (*at || number == 0 || number > 255) {
            reader->meant = nearest.found;
            return arena_printf(reader->arena,
                                "has the unknown protocol '%.20s', which is not icmp, tcp, udp, "
                                "ipv6-icmp, sctp, any or a number from 1 to 255",
                                text);
        }
        out->ip_protocol = (uint8_t)number;
    }
    if (!slash) {
        return NULL;
    }
    if (!ports) {
        return arena_printf(reader->arena, "has ports, which protocol '%.20s' has not", text);
    }
    reader->at += (size_t)(slash + 1 - text);
    return read_ports(slash + 1, out);
}

/* "10.1.0.0/24", "10.1.0.1-10.1.0.9" or "10.1.0.1"; the same with IPv6. */
static const char *read_range(struct values_reader *reader, char *text, struct ike_selector *out)
{
    char *slash = strchr(text, '/'), *dash = strchr(text, '-');
    char *second = slash ? slash : dash;
    if (second) {
        *second++ = '\0';
    }
    struct net_address address;
    if (!net_address_parse(text, &address)) {
        return "is no network or range";
    }
    size_t len = net_address_len(address.family);
    if (address.family == 6) {
        out->type = IKE_TS_IPV6_ADDR_RANGE;
    }
    memcpy(out->start, address.octets, len);
    memcpy(out->end, address.octets, len);
    reader->at = second ? (size_t)(second - text) : 0;
    if (slash) {
        const char *rest = second;
        uint32_t bits = read_small(&rest);
        if (*rest || bits > 8 * len) {
            return len == 4 ? "has no prefix length, 0 to 32, behind the slash"
                            : "has no prefix length, 0 to 128, behind the slash";
        }
        if (set_host_bits(out->end, len, bits)) {
            char network[NET_ADDRESS_TEXT];
            clear_host_bits(address.octets, len, bits);
            reader->at = 0;
            reader->meant =
                arena_printf(reader->arena, "%s/%u", net_address_print(&address, network), bits);
            return "has address bits behind its prefix length";
        }
    } else if (dash) {
        struct net_address end;
        if (!net_address_parse(second, &end) || end.family != address.family) {
            return len == 4 ? "has no IPv4 address behind the '-'"
                            : "has no IPv6 address behind the '-'";
        }
        memcpy(out->end, end.octets, len);
        if (memcmp(out->start, out->end, len) > 0) {
            return "ends before it starts";
        }
    }
    return NULL;
}

const char *values_read_selector(struct values_reader *reader, const char *text,
                                 struct ike_selector *out)
{
    *out = (struct ike_selector){.type = IKE_TS_IPV4_ADDR_RANGE, .end_port = 65535};
    size_t len = strlen(text);
    char *copy = arena_copy(reader->arena, text, len), *bracket = strchr(copy, '[');
    if (bracket) {
        if (copy[len - 1] != ']') {
            reader->at = (size_t)(bracket - copy);
            return "has no ']' at its end";
        }
        copy[len - 1] = '\0';
        *bracket = '\0';
    }
    const char *wrong = read_range(reader, copy, out);
    if (!wrong && bracket) {
        reader->at = (size_t)(bracket + 1 - copy);
        wrong = read_protocol(reader, bracket + 1, out);
    }
    return wrong;
}

void values_selector_keep_hosts(struct ike_selector *selector)
{
    size_t last = selector->type == IKE_TS_IPV4_ADDR_RANGE ? 3 : 15;
    /* It begins with zeros and ends with ones: nothing is carried. */
    if (prefix_of(selector) >= 0 && selector->end[last] - selector->start[last] >= 3) {
        selector->start[last]++;
        selector->end[last]--;
    }
}

char *values_print_selector(struct arena *arena, const struct ike_selector *selector)
{
    char start_text[NET_ADDRESS_TEXT], end_text[NET_ADDRESS_TEXT], number[8];
    struct net_address start, end;
    values_selector_range(selector, &start, &end);
    net_address_print(&start, start_text);
    net_address_print(&end, end_text);
    int bits = prefix_of(selector);
    char *text = bits >= 0 ? arena_printf(arena, "%s/%d", start_text, bits)
                           : arena_printf(arena, "%s-%s", start_text, end_text);
    if (selector->ip_protocol == 0) {
        return text;
    }
    snprintf(number, sizeof number, "%u", selector->ip_protocol);
    const char *protocol = number;
    for (size_t i = 0; i < PROTOCOLS; i++) {
        if (protocols[i].number == selector->ip_protocol) {
            protocol = protocols[i].name;
        }
    }
    if (selector->start_port == 0 && selector->end_port == 65535) {
        return arena_printf(arena, "%s[%s]", text, protocol);
    }
    if (selector->start_port == selector->end_port) {
        return arena_printf(arena, "%s[%s/%u]", text, protocol, selector->start_port);
    }
    return arena_printf(arena, "%s[%s/%u-%u]", text, protocol, selector->start_port,
                        selector->end_port);
}

void values_selector_range(const struct ike_selector *selector, struct net_address *start,
                           struct net_address *end)
{
    uint8_t family = selector->type == IKE_TS_IPV6_ADDR_RANGE ? 6 : 4;
    *start = net_address_of(family, selector->start);
    *end = net_address_of(family, selector->end);
}

struct net_address values_first_usable(const struct ike_selector *selector)
{
    struct net_address start, end;
    values_selector_range(selector, &start, &end);
    int bits = prefix_of(selector), all = (int)(8 * address_len(selector));
    if (bits >= 0 && bits <= all - 2) {
        net_address_add(&start, 1);
    }
    return start;
}

bool values_selector_holds(const struct ike_selector *selector, const struct net_address *address)
{
    size_t len = address_len(selector);
    return net_address_len(address->family) == len &&
           memcmp(address->octets, selector->start, len) >= 0 &&
           memcmp(address->octets, selector->end, len) <= 0;
}

/* ---- identities (RFC 7296 §3.5) ---- */

static struct crypto_bytes bytes_of(const char *text)
{
    return crypto_bytes((const uint8_t *)text, strlen(text));
}

const char *values_read_identity(struct values_reader *reader, const char *text,
                                 struct ike_identity *out)
{
    static const struct {
        const char *prefix;
        uint8_t type;
    } prefixes[] = {
        {"fqdn:", IKE_ID_FQDN}, {"email:", IKE_ID_RFC822_ADDR}, {"keyid:", IKE_ID_KEY_ID}};

    *out = (struct ike_identity){.text = text};
    if (*text == '\0') {
        return "is empty";
    }
    if (strlen(text) > IKE_ID_MAX) {
        return "is longer than 1024 octets";
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t len = strlen(prefixes[i].prefix);
        if (strncmp(text, prefixes[i].prefix, len) == 0) {
            out->type = prefixes[i].type;
            out->data = bytes_of(text + len);
            return out->data.len ? NULL : "is empty behind its prefix";
        }
    }
    struct net_address address;
    if (net_address_parse(text, &address)) {
        size_t len = net_address_len(address.family);
        out->type = address.family == 4 ? IKE_ID_IPV4_ADDR : IKE_ID_IPV6_ADDR;
        out->data = crypto_bytes(
            (const uint8_t *)arena_copy(reader->arena, (const char *)address.octets, len), len);
    } else if (strchr(text, '=')) {
        return "looks like a distinguished name";
    } else if (*text == '@') {
        /* strongSwan's way to say that a name is not to be resolved. */
        out->type = IKE_ID_FQDN;
        out->data = bytes_of(text + 1);
        return out->data.len ? NULL : "is empty behind the '@'";
    } else {
        out->type = strchr(text, '@') ? IKE_ID_RFC822_ADDR : IKE_ID_FQDN;
        out->data = bytes_of(text);
    }
    return NULL;
}

/* ---- secrets ---- */

const char *values_read_secret(struct values_reader *reader, const char *text,
                               struct crypto_bytes *out)
{
    if (*text == '\0') {
        return "is empty";
    }
    if (strncmp(text, "0s", 2) == 0) {
        return "begins with 0s, strongSwan's mark of base64";
    }
    if (strncmp(text, "0x", 2) != 0) {
        *out = bytes_of(text);
        return NULL;
    }
    const char *digits = text + 2;
    size_t len = strlen(digits);
    if (len == 0 || len % 2 != 0 || strspn(digits, "0123456789abcdefABCDEF") != len) {
        return "begins with 0x and is no even number of hexadecimal digits";
    }
    uint8_t *octets = arena_alloc(reader->arena, len / 2);
    for (size_t i = 0; i < len / 2; i++) {
        unsigned octet = 0;
        sscanf(digits + 2 * i, "%2x", &octet);
        octets[i] = (uint8_t)octet;
    }
    *out = crypto_bytes(octets, len / 2);
    return NULL;
}

char *values_print_secret(struct arena *arena, struct crypto_bytes secret)
{
    bool text = secret.len > 0;
    for (size_t i = 0; i < secret.len; i++) {
        text = text && secret.data[i] >= 0x20 && secret.data[i] < 0x7f;
    }
    if (text && !(secret.len >= 2 && secret.data[0] == '0' &&
                  (secret.data[1] == 'x' || secret.data[1] == 's'))) {
        return arena_copy(arena, (const char *)secret.data, secret.len);
    }
    char *hex = arena_alloc(arena, 2 * secret.len + 3), *at = hex;
    at += sprintf(at, "0x");
    for (size_t i = 0; i < secret.len; i++) {
        at += sprintf(at, "%02x", secret.data[i]);
    }
    return hex;
}
