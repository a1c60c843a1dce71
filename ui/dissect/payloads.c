/* The shorter payloads (RFC 7296 §3.4 to §3.9, §3.11 to §3.13, §3.15, §3.16), and the table of
 * all. */
#include <stdio.h>

#include "crypto/transform.h"
#include "ui/dissect/parts.h"

static void read_rest(struct dissect_walk *body, enum dissect_field_id id)
{
    dissect_take_hex(body, id, dissect_left(body));
}

static void read_ke(struct dissect_walk *body, size_t group)
{
    uint16_t method = (uint16_t)dissect_peek_number(body, 0, 2);
    const struct crypto_transform *row = crypto_transform_find(CRYPTO_KE, method);
    char word[DISSECT_WORD_CAP];
    size_t len, data;

    dissect_transform_text(word, CRYPTO_KE, method);
    dissect_take(body, FIELD_KE_METHOD, 2, "%s", word);
    dissect_take_number(body, FIELD_RESERVED, 2);
    if (body->stopped) {
        return;
    }
    len = dissect_left(body);
    dissect_tree_set(body->tree, group, "%s, %zu octets", word, len);
    if (row != NULL && row->computed && row->public_len != len) {
        dissect_wrong(body, FIELD_KE_DATA, body->at, len, "%s has %u octets, %zu here", row->name,
                      row->public_len, len);
        return;
    }
    if (method == CRYPTO_KE_ECP_256 || method == CRYPTO_KE_ECP_384) {
        data = dissect_open(body, FIELD_KE_DATA, "a point of the curve, %zu octets", len);
        dissect_take_hex(body, FIELD_KE_X, len / 2);
        dissect_take_hex(body, FIELD_KE_Y, len / 2);
        dissect_close(body, data);
        return;
    }
    read_rest(body, FIELD_KE_DATA);
}

/* Who it is, as text: where the bytes do not fit their type, the field says so. */
static void read_id_data(struct dissect_walk *body, uint8_t type, size_t group)
{
    size_t len = dissect_left(body), wanted = 0;
    struct crypto_bytes data = dissect_peek(body, len);
    char word[DISSECT_WORD_CAP], text[512];

    if (type == IKE_ID_IPV4_ADDR || type == IKE_ID_IPV6_ADDR) {
        wanted = type == IKE_ID_IPV4_ADDR ? 4 : 16;
        if (len != wanted) {
            dissect_wrong(body, FIELD_ID_DATA, body->at, len, "%s has %zu octets, %zu here",
                          ike_id_type_name(type), wanted, len);
            return;
        }
        dissect_address_text(text, data.data, len);
    } else if (type == IKE_ID_FQDN || type == IKE_ID_RFC822_ADDR || dissect_is_printable(data)) {
        dissect_printable(text, sizeof text, data);
    } else {
        dissect_hex_text(text, sizeof text, data);
    }
    dissect_take(body, FIELD_ID_DATA, len, "%s", text);
    dissect_tree_set(body->tree, group, "%s, %s", text, dissect_word(word, &ike_id_types, type));
}

static void read_id(struct dissect_walk *body, size_t group)
{
    uint8_t type = (uint8_t)dissect_take_name(body, FIELD_ID_TYPE, 1, &ike_id_types);

    dissect_take_hex(body, FIELD_ID_RESERVED, 3);
    if (!body->stopped) {
        read_id_data(body, type, group);
    }
}

static void read_cert(struct dissect_walk *body, size_t group)
{
    char word[DISSECT_WORD_CAP];
    uint8_t encoding =
        (uint8_t)dissect_take_name(body, FIELD_CERT_ENCODING, 1, &ike_cert_encodings);

    dissect_tree_set(body->tree, group, "%s, %zu octets",
                     dissect_word(word, &ike_cert_encodings, encoding), dissect_left(body));
    read_rest(body, FIELD_CERT_DATA);
}

/* RFC 7296 §3.7: a list of hashes for X.509, else in the encoding's own form. */
static void read_certreq(struct dissect_walk *body, size_t group)
{
    char word[DISSECT_WORD_CAP];
    uint8_t encoding =
        (uint8_t)dissect_take_name(body, FIELD_CERT_ENCODING, 1, &ike_cert_encodings);
    size_t len = dissect_left(body);
    bool hashes = encoding == IKE_CERT_X509_SIGNATURE || encoding == IKE_CERT_HASH_URL_X509 ||
                  encoding == IKE_CERT_HASH_URL_BUNDLE;

    dissect_word(word, &ike_cert_encodings, encoding);
    if (!hashes || len % 20 != 0) {
        dissect_tree_set(body->tree, group, "%s, %zu octets", word, len);
        read_rest(body, FIELD_CERTREQ_DATA);
        return;
    }
    dissect_tree_set(body->tree, group, "%s, %zu authorit%s", word, len / 20,
                     len == 20 ? "y" : "ies");
    while (dissect_left(body) > 0) {
        dissect_take_hex(body, FIELD_CERTREQ_CA, 20);
    }
}

static void read_auth(struct dissect_walk *body, size_t group)
{
    uint8_t method = (uint8_t)dissect_peek_number(body, 0, 1);
    size_t at = body->tree->count;
    char word[DISSECT_WORD_CAP];

    dissect_word(word, &ike_auth_methods, method);
    if (dissect_take(body, FIELD_AUTH_METHOD, 1, "%s", word)) {
        body->tree->fields[at].meaning = dissect_auth_method_meaning(method);
    }
    dissect_take_hex(body, FIELD_AUTH_RESERVED, 3);
    dissect_tree_set(body->tree, group, "%s, %zu octets", word, dissect_left(body));
    if (method == IKE_AUTH_METHOD_SIGNATURE) {
        size_t len = (size_t)dissect_take_number(body, FIELD_AUTH_ASN1_LENGTH, 1);

        dissect_take_hex(body, FIELD_AUTH_ASN1, len);
        read_rest(body, FIELD_AUTH_SIGNATURE);
        return;
    }
    read_rest(body, FIELD_AUTH_DATA);
}

/* RFC 7296 §2.10: 16 to 256 octets. */
static void read_nonce(struct dissect_walk *body, size_t group)
{
    size_t len = dissect_left(body);

    dissect_tree_set(body->tree, group, "%zu octets", len);
    if (!body->stopped && (len < 16 || len > 256)) {
        dissect_wrong(body, FIELD_NONCE_DATA, body->at, len, "16 to 256 octets expected, %zu here",
                      len);
        return;
    }
    read_rest(body, FIELD_NONCE_DATA);
}

static void read_delete(struct dissect_walk *body, size_t group)
{
    char word[DISSECT_WORD_CAP];
    uint8_t protocol = (uint8_t)dissect_peek_number(body, 0, 1);
    size_t spi_len, count;

    dissect_take_name(body, FIELD_DELETE_PROTOCOL, 1, &ike_protocols);
    spi_len = (size_t)dissect_take_number(body, FIELD_DELETE_SPI_SIZE, 1);
    count = (size_t)dissect_take_number(body, FIELD_DELETE_COUNT, 2);
    dissect_word(word, &ike_protocols, protocol);
    if (protocol == IKE_PROTOCOL_IKE) {
        dissect_tree_set(body->tree, group, "this IKE SA");
    } else {
        dissect_tree_set(body->tree, group, "%zu SA%s of %s", count, count == 1 ? "" : "s", word);
    }
    if (body->stopped) {
        return;
    }
    if (spi_len * count != dissect_left(body)) {
        dissect_wrong(body, FIELD_DELETE_COUNT, body->at, dissect_left(body),
                      "%zu SPIs of %zu octets announced, %zu octets here", count, spi_len,
                      dissect_left(body));
        return;
    }
    for (size_t i = 0; i < count && spi_len > 0; i++) {
        dissect_take_hex(body, FIELD_DELETE_SPI, spi_len);
    }
}

static void read_vendor(struct dissect_walk *body, size_t group)
{
    struct crypto_bytes data = dissect_peek(body, dissect_left(body));
    char text[256];

    if (dissect_is_printable(data)) {
        dissect_printable(text, sizeof text, data);
        dissect_take(body, FIELD_VENDOR_DATA, data.len, "\"%s\"", text);
        dissect_tree_set(body->tree, group, "\"%s\"", text);
        return;
    }
    dissect_hex_text(text, sizeof text, data);
    read_rest(body, FIELD_VENDOR_DATA);
    dissect_tree_set(body->tree, group, "%s", text);
}

/* ---- traffic selectors ---- */

/* "10.1.0.0/24" where the range is one, else "10.1.0.5-10.1.0.9". */
static void range_text(char *text, size_t cap, const uint8_t *start, const uint8_t *end, size_t len)
{
    char first[46], last[46];
    unsigned bits = 0;
    bool prefix = true;

    while (bits < 8 * len && ((start[bits / 8] ^ end[bits / 8]) & (0x80u >> bits % 8)) == 0) {
        bits++;
    }
    for (unsigned i = bits; i < 8 * len; i++) {
        unsigned mask = 0x80u >> i % 8;

        prefix = prefix && (start[i / 8] & mask) == 0 && (end[i / 8] & mask) != 0;
    }
    dissect_address_text(first, start, len);
    dissect_address_text(last, end, len);
    if (prefix && bits == 8 * len) {
        snprintf(text, cap, "%s", first);
    } else if (prefix) {
        snprintf(text, cap, "%s/%u", first, bits);
    } else {
        snprintf(text, cap, "%s-%s", first, last);
    }
}

/* RFC 7296 §3.13.1: with ICMP the ports hold type and code; 65535 to 0 is OPAQUE. */
static void port_text(char *text, size_t cap, unsigned protocol, unsigned start, unsigned end)
{
    if (start == 0 && end == 65535) {
        snprintf(text, cap, "any port");
    } else if (start == 65535 && end == 0) {
        snprintf(text, cap, "OPAQUE ports");
    } else if (protocol == 1 || protocol == 58) {
        snprintf(text, cap, "type %u code %u to type %u code %u", start >> 8, start & 255, end >> 8,
                 end & 255);
    } else if (start == end) {
        snprintf(text, cap, "port %u", start);
    } else {
        snprintf(text, cap, "ports %u-%u", start, end);
    }
}

static void read_selector(struct dissect_walk *walk, char *summary, size_t cap)
{
    uint8_t type = (uint8_t)dissect_peek_number(walk, 0, 1);
    unsigned protocol = (unsigned)dissect_peek_number(walk, 1, 1);
    size_t len = (size_t)dissect_peek_number(walk, 2, 2), start = walk->at;
    unsigned start_port = (unsigned)dissect_peek_number(walk, 4, 2);
    unsigned end_port = (unsigned)dissect_peek_number(walk, 6, 2);
    size_t address_len = type == IKE_TS_IPV4_ADDR_RANGE   ? 4
                         : type == IKE_TS_IPV6_ADDR_RANGE ? 16
                                                          : 0;
    char word[DISSECT_WORD_CAP], ports[64];
    struct dissect_walk part;
    size_t group;

    group = dissect_open(walk, FIELD_TS, "%s", dissect_word(word, &ike_ts_types, type));
    dissect_take(walk, FIELD_TS_TYPE, 1, "%s", word);
    dissect_take(walk, FIELD_TS_PROTOCOL, 1, "%s", dissect_ip_protocol_text(word, protocol));
    dissect_take_number(walk, FIELD_TS_LENGTH, 2);
    if (!walk->stopped && (len < 4 || (address_len != 0 && len != 8 + 2 * address_len))) {
        dissect_wrong(walk, FIELD_TS_LENGTH, start + 2, 2, "%zu, %zu expected", len,
                      address_len != 0 ? 8 + 2 * address_len : (size_t)4);
    }
    part = dissect_part(walk, len - 4, FIELD_TS_LENGTH);
    if (address_len == 0) {
        dissect_take_hex(&part, FIELD_BODY, dissect_left(&part));
        dissect_close(walk, group);
        return;
    }
    dissect_take_number(&part, FIELD_TS_START_PORT, 2);
    dissect_take_number(&part, FIELD_TS_END_PORT, 2);
    if (dissect_left(&part) == 2 * address_len) {
        struct crypto_bytes range = dissect_peek(&part, 2 * address_len);

        range_text(summary, cap, range.data, range.data + address_len, address_len);
        port_text(ports, sizeof ports, protocol, start_port, end_port);
        dissect_tree_set(walk->tree, group, "%s, protocol %s, %s", summary, word, ports);
    }
    dissect_take_address(&part, FIELD_TS_START, address_len);
    dissect_take_address(&part, FIELD_TS_END, address_len);
    dissect_close(walk, group);
}

static void read_ts(struct dissect_walk *body, size_t group)
{
    unsigned announced = (unsigned)dissect_take_number(body, FIELD_TS_COUNT, 1), count = 0;
    size_t start = body->at;
    char text[256] = "", one[100];
    size_t len = 0;

    dissect_take_hex(body, FIELD_RESERVED, 3);
    while (dissect_left(body) > 0 && count < announced) {
        one[0] = '\0';
        read_selector(body, one, sizeof one);
        count++;
        if (len < sizeof text && one[0] != '\0') {
            len +=
                (size_t)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? ", " : "", one);
        }
    }
    dissect_tree_set(body->tree, group, "%s", text);
    if (!body->stopped && count < announced) {
        dissect_wrong(body, FIELD_TS_COUNT, start, body->at - start,
                      "%u selectors announced, room for %u", announced, count);
    }
    dissect_expect_end(body, FIELD_TS_COUNT);
}

/* ---- configuration, EAP, fragments ---- */

static void read_cp_value(struct dissect_walk *walk, unsigned type, size_t len)
{
    bool ip4 = type == IKE_CFG_ATTRIBUTE_INTERNAL_IP4_ADDRESS ||
               type == IKE_CFG_ATTRIBUTE_INTERNAL_IP4_NETMASK ||
               type == IKE_CFG_ATTRIBUTE_INTERNAL_IP4_DNS ||
               type == IKE_CFG_ATTRIBUTE_INTERNAL_IP4_NBNS ||
               type == IKE_CFG_ATTRIBUTE_INTERNAL_IP4_DHCP;
    bool ip6 =
        type == IKE_CFG_ATTRIBUTE_INTERNAL_IP6_DNS || type == IKE_CFG_ATTRIBUTE_INTERNAL_IP6_DHCP;
    struct crypto_bytes value = dissect_peek(walk, len);
    char first[46], second[46], text[256];

    if (len == 0) {
        return;
    }
    if (value.len == len && ((ip4 && len == 4) || (ip6 && len == 16))) {
        dissect_take_address(walk, FIELD_CP_ATTRIBUTE_VALUE, len);
    } else if (value.len == len && type == IKE_CFG_ATTRIBUTE_INTERNAL_IP4_SUBNET && len == 8) {
        dissect_address_text(first, value.data, 4);
        dissect_address_text(second, value.data + 4, 4);
        dissect_take(walk, FIELD_CP_ATTRIBUTE_VALUE, len, "%s mask %s", first, second);
    } else if (value.len == len && len == 17 &&
               (type == IKE_CFG_ATTRIBUTE_INTERNAL_IP6_ADDRESS ||
                type == IKE_CFG_ATTRIBUTE_INTERNAL_IP6_SUBNET)) {
        dissect_address_text(first, value.data, 16);
        dissect_take(walk, FIELD_CP_ATTRIBUTE_VALUE, len, "%s/%u", first, value.data[16]);
    } else if (value.len == len && dissect_is_printable(value)) {
        dissect_printable(text, sizeof text, value);
        dissect_take(walk, FIELD_CP_ATTRIBUTE_VALUE, len, "\"%s\"", text);
    } else {
        dissect_take_hex(walk, FIELD_CP_ATTRIBUTE_VALUE, len);
    }
}

static void read_cp(struct dissect_walk *body, size_t group)
{
    char word[DISSECT_WORD_CAP];
    uint8_t cfg = (uint8_t)dissect_take_name(body, FIELD_CP_TYPE, 1, &ike_cfg_types);
    unsigned count = 0;

    dissect_take_hex(body, FIELD_RESERVED, 3);
    while (dissect_left(body) > 0) {
        unsigned type = (unsigned)dissect_peek_number(body, 0, 2) & 0x7fff;
        size_t attribute, len;

        dissect_word(word, &ike_cfg_attributes, type);
        attribute = dissect_open(body, FIELD_CP_ATTRIBUTE, "%s", word);
        dissect_bits(body, FIELD_CP_ATTRIBUTE_R, 2, 0, 1, NULL);
        dissect_bits(body, FIELD_CP_ATTRIBUTE_TYPE, 2, 1, 15, word);
        dissect_skip(body, 2);
        len = (size_t)dissect_take_number(body, FIELD_CP_ATTRIBUTE_LENGTH, 2);
        read_cp_value(body, type, len);
        dissect_close(body, attribute);
        count++;
    }
    dissect_tree_set(body->tree, group, "%s, %u attribute%s",
                     dissect_word(word, &ike_cfg_types, cfg), count, count == 1 ? "" : "s");
}

static void read_eap(struct dissect_walk *body, size_t group)
{
    char word[DISSECT_WORD_CAP];
    uint8_t code = (uint8_t)dissect_take_name(body, FIELD_EAP_CODE, 1, &ike_eap_codes);
    size_t start = body->at - 1, len;

    dissect_tree_set(body->tree, group, "%s", dissect_word(word, &ike_eap_codes, code));
    dissect_take_number(body, FIELD_EAP_IDENTIFIER, 1);
    len = (size_t)dissect_take_number(body, FIELD_EAP_LENGTH, 2);
    if (!body->stopped && len != body->end - start) {
        dissect_wrong(body, FIELD_EAP_LENGTH, body->at - 2, 2, "%zu, the payload has %zu octets",
                      len, body->end - start);
    }
    if (dissect_left(body) > 0) {
        dissect_take_name(body, FIELD_EAP_TYPE, 1, &ike_eap_types);
    }
    if (dissect_left(body) > 0) {
        read_rest(body, FIELD_EAP_DATA);
    }
}

static void read_fragment(struct dissect_walk *body, size_t group)
{
    unsigned number = (unsigned)dissect_take_number(body, FIELD_SKF_NUMBER, 2);
    unsigned total = (unsigned)dissect_take_number(body, FIELD_SKF_TOTAL, 2);

    dissect_tree_set(body->tree, group, "fragment %u of %u", number, total);
    read_rest(body, FIELD_SK_OPAQUE);
}

/* RFC 8019 §8.2: four keys of one length. */
static void read_solution(struct dissect_walk *body, size_t group)
{
    size_t len = dissect_left(body) / 4;

    (void)group;
    for (int i = 0; i < 4 && len > 0; i++) {
        dissect_take_hex(body, FIELD_PS_KEY, len);
    }
    dissect_expect_end(body, FIELD_BODY);
}

static const struct {
    uint8_t type;
    void (*read)(struct dissect_walk *body, size_t group);
} readers[] = {
    {IKE_PAYLOAD_SA, dissect_sa},         {IKE_PAYLOAD_KE, read_ke},
    {IKE_PAYLOAD_IDI, read_id},           {IKE_PAYLOAD_IDR, read_id},
    {IKE_PAYLOAD_CERT, read_cert},        {IKE_PAYLOAD_CERTREQ, read_certreq},
    {IKE_PAYLOAD_AUTH, read_auth},        {IKE_PAYLOAD_NONCE, read_nonce},
    {IKE_PAYLOAD_NOTIFY, dissect_notify}, {IKE_PAYLOAD_DELETE, read_delete},
    {IKE_PAYLOAD_VENDOR, read_vendor},    {IKE_PAYLOAD_TSI, read_ts},
    {IKE_PAYLOAD_TSR, read_ts},           {IKE_PAYLOAD_CP, read_cp},
    {IKE_PAYLOAD_EAP, read_eap},          {IKE_PAYLOAD_SKF, read_fragment},
    {IKE_PAYLOAD_PS, read_solution},
};

void dissect_payload(struct dissect_walk *body, uint8_t type, size_t group)
{
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (readers[i].type == type) {
            readers[i].read(body, group);
            return;
        }
    }
    if (dissect_left(body) > 0) {
        read_rest(body, FIELD_BODY);
    }
}
