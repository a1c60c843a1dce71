/* The packet inside ESP: IPv4 and ICMP (RFC 791, RFC 792), IPv6 and ICMPv6 (RFC 8200, RFC 4443);
 * and ICMP errors outside of it. */
#include <stdio.h>

#include "ui/dissect/parts.h"

enum {
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_ICMP = 1,
    PROTOCOL_IPV4 = 4,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_ROUTING = 43,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_ICMPV6 = 58,
    PROTOCOL_NONE = 59,
    PROTOCOL_DESTINATION_OPTIONS = 60,
    ICMP_ECHO_REPLY = 0,
    ICMP_ECHO_REQUEST = 8,
    ICMPV6_ECHO_REQUEST = 128,
    ICMPV6_ECHO_REPLY = 129,
};

static uint32_t add_octets(uint32_t sum, struct crypto_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        sum += i % 2 == 0 ? (uint32_t)bytes.data[i] << 8 : bytes.data[i];
    }
    return sum;
}

/* The sum that IPv4 and ICMP use: 0 over a header with a right checksum in it (RFC 1071). What
 * stands before the octets covered is given as a sum. */
static uint16_t internet_checksum(uint32_t before, struct crypto_bytes bytes)
{
    uint32_t sum = add_octets(before, bytes);

    while (sum >> 16 != 0) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

/* The sum before ICMPv6 where the addresses of its packet are not known. */
#define UNKNOWN_PSEUDO UINT32_MAX

/* A wrong checksum is told but does not make the field wrong: captures are often made before the
 * network card has filled it in. */
static void take_checksum(struct dissect_walk *walk, enum dissect_field_id id, uint32_t before,
                          struct crypto_bytes covered)
{
    unsigned checksum = (unsigned)dissect_peek_number(walk, 0, 2);

    if (before == UNKNOWN_PSEUDO) {
        dissect_take(walk, id, 2, "0x%04x", checksum);
        return;
    }
    dissect_take(walk, id, 2, "0x%04x, %s", checksum,
                 internet_checksum(before, covered) == 0 ? "correct" : "not that of these octets");
}

static const char *icmp_type_name(unsigned type)
{
    switch (type) {
    case 0:
        return "echo reply";
    case 3:
        return "destination unreachable";
    case 5:
        return "redirect";
    case 8:
        return "echo request";
    case 11:
        return "time exceeded";
    case 12:
        return "parameter problem";
    default:
        return "type unknown here";
    }
}

static const char *icmpv6_type_name(unsigned type)
{
    switch (type) {
    case 1:
        return "destination unreachable";
    case 2:
        return "packet too big";
    case 3:
        return "time exceeded";
    case 4:
        return "parameter problem";
    case ICMPV6_ECHO_REQUEST:
        return "echo request";
    case ICMPV6_ECHO_REPLY:
        return "echo reply";
    default:
        return "type unknown here";
    }
}

static const char *icmp_code_name(bool v6, unsigned type, unsigned code)
{
    static const char *const v4[] = {"network unreachable", "host unreachable",
                                     "protocol unreachable", "port unreachable",
                                     "fragmentation needed"};
    static const char *const of_v6[] = {"no route", "prohibited", "beyond scope",
                                        "address unreachable", "port unreachable"};

    if (type == (v6 ? 1 : 3) && code < sizeof v4 / sizeof *v4) {
        return v6 ? of_v6[code] : v4[code];
    }
    return v6 && type == 4 && code == 1 ? "unrecognized next header" : NULL;
}

/* Header fields up to the options. Returns the length of the packet as the header says. */
static size_t read_ipv4_header(struct dissect_walk *walk, struct crypto_bytes all)
{
    size_t header_len = (dissect_peek_number(walk, 0, 1) & 15) * 4, total;
    unsigned flags, protocol = (unsigned)dissect_peek_number(walk, 9, 1);
    char word[DISSECT_WORD_CAP];

    dissect_bits(walk, FIELD_IPV4_VERSION, 1, 0, 4, NULL);
    snprintf(word, sizeof word, "%zu (%zu octets)", header_len / 4, header_len);
    dissect_bits(walk, FIELD_IPV4_IHL, 1, 4, 4, word);
    dissect_skip(walk, 1);
    if (!walk->stopped && header_len < 20) {
        dissect_wrong(walk, FIELD_IPV4_IHL, walk->at - 1, 1, "%zu octets, at least 20 expected",
                      header_len);
    }
    dissect_bits(walk, FIELD_IPV4_DSCP, 1, 0, 6, NULL);
    dissect_bits(walk, FIELD_IPV4_ECN, 1, 6, 2, NULL);
    dissect_skip(walk, 1);
    total = (size_t)dissect_take_number(walk, FIELD_IPV4_LENGTH, 2);
    dissect_take_number(walk, FIELD_IPV4_ID, 2);
    flags = (unsigned)dissect_peek_number(walk, 0, 2);
    dissect_bits(walk, FIELD_IPV4_RESERVED_FLAG, 2, 0, 1, NULL);
    dissect_bits(walk, FIELD_IPV4_DF, 2, 1, 1, NULL);
    dissect_bits(walk, FIELD_IPV4_MF, 2, 2, 1, NULL);
    snprintf(word, sizeof word, "%u octets", (flags & 0x1fff) * 8);
    dissect_bits(walk, FIELD_IPV4_FRAGMENT_OFFSET, 2, 3, 13, word);
    dissect_skip(walk, 2);
    dissect_take_number(walk, FIELD_IPV4_TTL, 1);
    dissect_take(walk, FIELD_IPV4_PROTOCOL, 1, "%s", dissect_ip_protocol_text(word, protocol));
    take_checksum(walk, FIELD_IPV4_CHECKSUM, 0,
                  crypto_bytes(all.data, header_len < all.len ? header_len : all.len));
    dissect_take_address(walk, FIELD_IPV4_SOURCE, 4);
    dissect_take_address(walk, FIELD_IPV4_DESTINATION, 4);
    if (header_len > 20) {
        dissect_take_hex(walk, FIELD_IPV4_OPTIONS, header_len - 20);
    }
    return total;
}

static void read_ipv6_header(struct dissect_walk *walk)
{
    unsigned next_header = (unsigned)dissect_peek_number(walk, 6, 1);
    char word[DISSECT_WORD_CAP];

    dissect_bits(walk, FIELD_IPV6_VERSION, 4, 0, 4, NULL);
    dissect_bits(walk, FIELD_IPV6_DSCP, 4, 4, 6, NULL);
    dissect_bits(walk, FIELD_IPV6_ECN, 4, 10, 2, NULL);
    dissect_bits(walk, FIELD_IPV6_FLOW_LABEL, 4, 12, 20, NULL);
    dissect_skip(walk, 4);
    dissect_take_number(walk, FIELD_IPV6_LENGTH, 2);
    dissect_take(walk, FIELD_IPV6_NEXT_HEADER, 1, "%s",
                 dissect_ip_protocol_text(word, next_header));
    dissect_take_number(walk, FIELD_IPV6_HOP_LIMIT, 1);
    dissect_take_address(walk, FIELD_IPV6_SOURCE, 16);
    dissect_take_address(walk, FIELD_IPV6_DESTINATION, 16);
}

/* The packet that an error is about: as much of it as there is. */
static void read_quoted(struct dissect_walk *walk, bool v6)
{
    struct crypto_bytes all = dissect_peek(walk, dissect_left(walk));
    size_t at = v6 ? 8 : 12, len = v6 ? 16 : 4, group;
    char source[46] = "?", destination[46] = "?";

    if (all.len < (v6 ? 40u : 20u) || all.data[0] >> 4 != (v6 ? 6 : 4)) {
        return;
    }
    dissect_address_text(source, all.data + at, len);
    dissect_address_text(destination, all.data + at + len, len);
    group =
        dissect_open(walk, v6 ? FIELD_IPV6 : FIELD_IPV4, "quoted: %s > %s", source, destination);
    if (v6) {
        read_ipv6_header(walk);
    } else {
        read_ipv4_header(walk, all);
    }
    dissect_close(walk, group);
}

/* Both versions have the same shape. ICMPv6's checksum is over a pseudo-header too (RFC 8200 §8.1),
 * whose sum is `before`. */
static void read_icmp(struct dissect_walk *walk, unsigned protocol, uint32_t before, char *text,
                      size_t cap)
{
    struct crypto_bytes all = dissect_peek(walk, dissect_left(walk));
    unsigned type = (unsigned)dissect_peek_number(walk, 0, 1);
    unsigned identifier = (unsigned)dissect_peek_number(walk, 4, 2);
    unsigned sequence = (unsigned)dissect_peek_number(walk, 6, 2);
    bool v6 = protocol == PROTOCOL_ICMPV6;
    const char *code = icmp_code_name(v6, type, (unsigned)dissect_peek_number(walk, 1, 1));
    bool echo = v6 ? type == ICMPV6_ECHO_REQUEST || type == ICMPV6_ECHO_REPLY
                   : type == ICMP_ECHO_REQUEST || type == ICMP_ECHO_REPLY;
    const char *name = v6 ? icmpv6_type_name(type) : icmp_type_name(type);
    const char *word = v6 ? "ICMPv6" : "ICMP";
    size_t group;

    group = dissect_open(walk, v6 ? FIELD_ICMPV6 : FIELD_ICMP, "%s", name);
    dissect_take(walk, FIELD_ICMP_TYPE, 1, "%s (%u)", name, type);
    if (code) {
        dissect_take(walk, FIELD_ICMP_CODE, 1, "%s (%u)", code,
                     (unsigned)dissect_peek_number(walk, 0, 1));
    } else {
        dissect_take_number(walk, FIELD_ICMP_CODE, 1);
    }
    take_checksum(walk, FIELD_ICMP_CHECKSUM, before, all);
    if (echo) {
        dissect_take_number(walk, FIELD_ICMP_IDENTIFIER, 2);
        dissect_take_number(walk, FIELD_ICMP_SEQUENCE, 2);
        snprintf(text, cap, "%s %s, identifier %u, sequence %u", word, name, identifier, sequence);
    } else {
        dissect_take_hex(walk, FIELD_ICMP_REST, 4);
        snprintf(text, cap, "%s %s%s%s", word, name, code ? ", " : "", code ? code : "");
        if (code) {
            read_quoted(walk, v6);
        }
    }
    if (dissect_left(walk) > 0) {
        dissect_take_hex(walk, FIELD_ICMP_DATA, dissect_left(walk));
    }
    dissect_close(walk, group);
}

/* `pseudo` is the sum of IPv6's addresses, 0 with IPv4. */
static void read_transport(struct dissect_walk *walk, unsigned protocol, uint32_t pseudo,
                           char *text, size_t cap)
{
    char word[DISSECT_WORD_CAP];

    if (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6) {
        uint32_t before =
            protocol == PROTOCOL_ICMP ? 0 : pseudo + (uint32_t)dissect_left(walk) + PROTOCOL_ICMPV6;

        read_icmp(walk, protocol, before, text, cap);
        return;
    }
    if (protocol == PROTOCOL_NONE) {
        snprintf(text, cap, "a dummy packet");
    } else {
        snprintf(text, cap, "protocol %s", dissect_ip_protocol_text(word, protocol));
    }
    if (dissect_left(walk) > 0) {
        dissect_take_hex(walk, FIELD_INNER_DATA, dissect_left(walk));
    }
}

static void read_ipv4(struct dissect_walk *walk, char *text, size_t cap)
{
    struct crypto_bytes all = dissect_peek(walk, dissect_left(walk));
    unsigned protocol = (unsigned)dissect_peek_number(walk, 9, 1);
    bool later_fragment = (dissect_peek_number(walk, 6, 2) & 0x1fff) != 0;
    size_t group, total, start = walk->at;
    char source[46] = "?", destination[46] = "?", what[112] = "";
    struct dissect_walk part;

    if (all.len >= 20) {
        dissect_address_text(source, all.data + 12, 4);
        dissect_address_text(destination, all.data + 16, 4);
    }
    group = dissect_open(walk, FIELD_IPV4, "%s > %s", source, destination);
    total = read_ipv4_header(walk, all);
    dissect_close(walk, group);
    if (walk->stopped) {
        snprintf(text, cap, "a malformed IPv4 packet");
        return;
    }
    if (total < walk->at - start) {
        dissect_wrong(walk, FIELD_IPV4_LENGTH, start + 2, 2, "%zu, the header alone has %zu octets",
                      total, walk->at - start);
        return;
    }
    part = dissect_part(walk, total - (walk->at - start), FIELD_IPV4_LENGTH);
    if (later_fragment) {
        snprintf(what, sizeof what, "a later fragment");
        dissect_take_hex(&part, FIELD_INNER_DATA, dissect_left(&part));
    } else {
        read_transport(&part, protocol, 0, what, sizeof what);
    }
    snprintf(text, cap, "%.40s > %.40s %.70s", source, destination, what);
    if (dissect_left(walk) > 0) {
        dissect_take_hex(walk, FIELD_TFC_PADDING, dissect_left(walk));
    }
}

static bool is_extension(unsigned header)
{
    return header == PROTOCOL_HOP_BY_HOP || header == PROTOCOL_ROUTING ||
           header == PROTOCOL_FRAGMENT || header == PROTOCOL_DESTINATION_OPTIONS;
}

/* Takes extension headers (RFC 8200 §4) and returns what follows them. *later_fragment is set where
 * that is the middle of something. */
static unsigned read_extensions(struct dissect_walk *walk, unsigned next_header,
                                bool *later_fragment)
{
    *later_fragment = false;
    while (is_extension(next_header) && !*later_fragment && !walk->stopped) {
        bool fragment = next_header == PROTOCOL_FRAGMENT;
        unsigned following = (unsigned)dissect_peek_number(walk, 0, 1);
        size_t len = fragment ? 8 : 8 + 8 * (size_t)dissect_peek_number(walk, 1, 1);
        char word[DISSECT_WORD_CAP];

        *later_fragment = fragment && (dissect_peek_number(walk, 2, 2) & 0xfff8) != 0;
        size_t group = dissect_open(walk, FIELD_IPV6_EXTENSION, "%s, %zu octets",
                                    dissect_ip_protocol_text(word, next_header), len);
        dissect_take(walk, FIELD_IPV6_NEXT_HEADER, 1, "%s",
                     dissect_ip_protocol_text(word, following));
        dissect_take_hex(walk, FIELD_IPV6_EXTENSION_DATA, len - 1);
        dissect_close(walk, group);
        next_header = following;
    }
    return next_header;
}

static void read_ipv6(struct dissect_walk *walk, char *text, size_t cap)
{
    struct crypto_bytes header = dissect_peek(walk, 40);
    unsigned next_header = (unsigned)dissect_peek_number(walk, 6, 1);
    size_t payload_len = (size_t)dissect_peek_number(walk, 4, 2), group;
    char source[46] = "?", destination[46] = "?", what[112] = "";
    bool later_fragment;
    struct dissect_walk part;

    if (header.len == 40) {
        dissect_address_text(source, header.data + 8, 16);
        dissect_address_text(destination, header.data + 24, 16);
    }
    group = dissect_open(walk, FIELD_IPV6, "%s > %s", source, destination);
    read_ipv6_header(walk);
    dissect_close(walk, group);
    if (walk->stopped) {
        snprintf(text, cap, "a malformed IPv6 packet");
        return;
    }
    part = dissect_part(walk, payload_len, FIELD_IPV6_LENGTH);
    next_header = read_extensions(&part, next_header, &later_fragment);
    if (later_fragment) {
        snprintf(what, sizeof what, "a later fragment");
        dissect_take_hex(&part, FIELD_INNER_DATA, dissect_left(&part));
    } else if (!part.stopped) {
        uint32_t pseudo = add_octets(0, crypto_bytes(header.data + 8, 32));
        read_transport(&part, next_header, pseudo, what, sizeof what);
    }
    snprintf(text, cap, "%.45s > %.45s %.60s", source, destination, what);
    if (dissect_left(walk) > 0) {
        dissect_take_hex(walk, FIELD_TFC_PADDING, dissect_left(walk));
    }
}

void dissect_inner(struct dissect_walk *walk, unsigned next_header, char *text, size_t cap)
{
    if (next_header == PROTOCOL_IPV4) {
        read_ipv4(walk, text, cap);
    } else if (next_header == PROTOCOL_IPV6) {
        read_ipv6(walk, text, cap);
    } else {
        read_transport(walk, next_header, 0, text, cap);
    }
}

void dissect_icmp(struct dissect_tree *tree, unsigned protocol)
{
    struct dissect_walk walk = dissect_walk_start(tree, 0, 0, 0, tree->layer[0].len);
    char text[160] = "";

    tree->verdict = DISSECT_PLAIN;
    read_icmp(&walk, protocol, protocol == PROTOCOL_ICMP ? 0 : UNKNOWN_PSEUDO, text, sizeof text);
    snprintf(tree->summary, sizeof tree->summary, "%s", text);
    if (dissect_tree_is_wrong(tree)) {
        tree->verdict = DISSECT_MALFORMED;
    }
}
