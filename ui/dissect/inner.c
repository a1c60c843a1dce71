/* The packet inside ESP: IPv4 and ICMP (RFC 791, RFC 792). */
#include <stdio.h>

#include "ui/dissect/parts.h"

enum { PROTOCOL_ICMP = 1, PROTOCOL_IPV4 = 4, PROTOCOL_NONE = 59 };

/* The sum that IPv4 and ICMP use: 0 over a header with a right checksum in it (RFC 1071). */
static uint16_t internet_checksum(struct crypto_bytes bytes)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        sum += i % 2 == 0 ? (uint32_t)bytes.data[i] << 8 : bytes.data[i];
    }
    while (sum >> 16 != 0) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

/* A wrong checksum is told but does not make the field wrong: captures are often made before the
 * network card has filled it in. */
static void take_checksum(struct dissect_walk *walk, enum dissect_field_id id,
                          struct crypto_bytes covered)
{
    unsigned checksum = (unsigned)dissect_peek_number(walk, 0, 2);

    dissect_take(walk, id, 2, "0x%04x, %s", checksum,
                 internet_checksum(covered) == 0 ? "correct" : "not that of these octets");
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

static void read_icmp(struct dissect_walk *walk, char *text, size_t cap)
{
    struct crypto_bytes all = dissect_peek(walk, dissect_left(walk));
    unsigned type = (unsigned)dissect_peek_number(walk, 0, 1);
    unsigned identifier = (unsigned)dissect_peek_number(walk, 4, 2);
    unsigned sequence = (unsigned)dissect_peek_number(walk, 6, 2);
    size_t group;

    group = dissect_open(walk, FIELD_ICMP, "%s", icmp_type_name(type));
    dissect_take(walk, FIELD_ICMP_TYPE, 1, "%s (%u)", icmp_type_name(type), type);
    dissect_take_number(walk, FIELD_ICMP_CODE, 1);
    take_checksum(walk, FIELD_ICMP_CHECKSUM, all);
    if (type == 0 || type == 8) {
        dissect_take_number(walk, FIELD_ICMP_IDENTIFIER, 2);
        dissect_take_number(walk, FIELD_ICMP_SEQUENCE, 2);
        snprintf(text, cap, "ICMP %s, identifier %u, sequence %u", icmp_type_name(type), identifier,
                 sequence);
    } else {
        dissect_take_hex(walk, FIELD_ICMP_REST, 4);
        snprintf(text, cap, "ICMP %s", icmp_type_name(type));
    }
    if (dissect_left(walk) > 0) {
        dissect_take_hex(walk, FIELD_ICMP_DATA, dissect_left(walk));
    }
    dissect_close(walk, group);
}

static void read_transport(struct dissect_walk *walk, unsigned protocol, char *text, size_t cap)
{
    char word[DISSECT_WORD_CAP];

    if (protocol == PROTOCOL_ICMP) {
        read_icmp(walk, text, cap);
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
    take_checksum(walk, FIELD_IPV4_CHECKSUM,
                  crypto_bytes(all.data, header_len < all.len ? header_len : all.len));
    dissect_take_address(walk, FIELD_IPV4_SOURCE, 4);
    dissect_take_address(walk, FIELD_IPV4_DESTINATION, 4);
    if (header_len > 20) {
        dissect_take_hex(walk, FIELD_IPV4_OPTIONS, header_len - 20);
    }
    return total;
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
        read_transport(&part, protocol, what, sizeof what);
    }
    snprintf(text, cap, "%.40s > %.40s %.70s", source, destination, what);
    if (dissect_left(walk) > 0) {
        dissect_take_hex(walk, FIELD_TFC_PADDING, dissect_left(walk));
    }
}

void dissect_inner(struct dissect_walk *walk, unsigned next_header, char *text, size_t cap)
{
    if (next_header == PROTOCOL_IPV4) {
        read_ipv4(walk, text, cap);
    } else {
        read_transport(walk, next_header, text, cap);
    }
}
