/* Traffic selectors (RFC 7296 §3.13): TSi and TSr. */
#include <string.h>

#include "ike/message_internal.h"

/* Octets of one address of a TS type, 0 for types that we do not know. */
static size_t address_len(uint8_t type)
{
    return type == IKE_TS_IPV4_ADDR_RANGE ? 4 : type == IKE_TS_IPV6_ADDR_RANGE ? 16 : 0;
}

/* Ports and addresses of a range of TS type 7 or 8. */
static int parse_range(struct ike_parse *parse, struct ike_reader *reader,
                       struct ike_selector *selector)
{
    const uint8_t *ports = ike_reader_here(reader);
    size_t len = address_len(selector->type);
    struct crypto_bytes start = {0}, end = {0};

    if (!ike_take_u16(parse, reader, "Start Port", &selector->start_port) ||
        !ike_take_u16(parse, reader, "End Port", &selector->end_port) ||
        !ike_take_bytes(parse, reader, "Starting Address", len, &start) ||
        !ike_take_bytes(parse, reader, "Ending Address", len, &end)) {
        return -1;
    }
    /* 65535 to 0 is no range but the word for OPAQUE ports. */
    if (selector->start_port > selector->end_port &&
        !(selector->start_port == 65535 && selector->end_port == 0)) {
        return ike_parse_fail(parse, ports, "Start Port", "is %u, beyond End Port %u",
                              selector->start_port, selector->end_port);
    }
    if (memcmp(start.data, end.data, len) > 0) {
        return ike_parse_fail(parse, start.data, "Starting Address", "is beyond Ending Address");
    }
    memcpy(selector->start, start.data, len);
    memcpy(selector->end, end.data, len);
    return 0;
}

/* One selector (§3.13.1). Of a type that we do not know only type and length have a meaning. */
static int parse_selector(struct ike_parse *parse, struct ike_reader *reader,
                          struct ike_selector *selector)
{
    const uint8_t *start = ike_reader_here(reader);
    struct crypto_bytes bytes;
    struct ike_reader inner;
    uint16_t len = 0;
    size_t address = 0;

    *selector = (struct ike_selector){0};
    if (!ike_take_u8(parse, reader, "TS Type", &selector->type) ||
        !ike_take_u8(parse, reader, "IP Protocol ID", &selector->ip_protocol) ||
        !ike_take_u16(parse, reader, "Selector Length", &len)) {
        return -1;
    }
    address = address_len(selector->type);
    if (address != 0 && len != IKE_TS_HEADER_LEN + 2 * address) {
        return ike_parse_fail(parse, start + 2, "Selector Length", "is %u, %s has %zu", len,
                              ike_ts_type_name(selector->type), IKE_TS_HEADER_LEN + 2 * address);
    }
    if (len < 4) {
        return ike_parse_fail(parse, start + 2, "Selector Length", "is %u, at least 4 is needed",
                              len);
    }
    if (!ike_read_bytes(reader, (size_t)len - 4, &bytes)) {
        return ike_parse_fail(parse, start + 2, "Selector Length",
                              "is %u, the payload has %zu octets left", len,
                              ike_reader_left(reader) + 4);
    }
    inner = ike_reader(bytes);
    return address == 0 ? 0 : parse_range(parse, &inner, selector);
}

int ike_parse_ts(struct ike_parse *parse, struct ike_payload *payload, struct ike_reader *reader)
{
    struct ike_message *message = parse->message;
    const uint8_t *start = ike_reader_here(reader);
    struct crypto_bytes reserved;
    uint8_t count = 0;

    if (!ike_take_u8(parse, reader, "Number of TSs", &count) ||
        !ike_take_bytes(parse, reader, "RESERVED", 3, &reserved)) {
        return -1;
    }
    if (count == 0) {
        return ike_parse_fail(parse, start, "Number of TSs", "is 0, one or more are needed");
    }
    if (count > IKE_SELECTORS_MAX - message->selector_count) {
        return ike_parse_fail(parse, start, "Number of TSs",
                              "is %u, beyond the limit of %d in a message", count,
                              IKE_SELECTORS_MAX);
    }
    payload->ts.count = count;
    payload->ts.selectors = &message->selectors[message->selector_count];
    for (size_t i = 0; i < count; i++) {
        if (parse_selector(parse, reader, &message->selectors[message->selector_count]) != 0) {
            return -1;
        }
        message->selector_count++;
    }
    if (ike_reader_left(reader) != 0) {
        return ike_parse_fail(parse, start, "Number of TSs", "is %u, %zu octets follow them", count,
                              ike_reader_left(reader));
    }
    return 0;
}
