/* The configuration payload (RFC 7296 §3.15). */
#include "ike/message_internal.h"

#define ATTRIBUTE_TYPE_MASK 0x7fff /* behind the reserved bit */

/* Octets that a value has where it has any (§3.15.1); 0: any number. */
static size_t value_len(uint16_t type)
{
    switch (type) {
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP4_ADDRESS:
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP4_NETMASK:
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP4_DNS:
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP4_NBNS:
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP4_DHCP:
        return 4;
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP4_SUBNET:
        return 8;
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP6_DNS:
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP6_DHCP:
        return 16;
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP6_ADDRESS:
    case IKE_CFG_ATTRIBUTE_INTERNAL_IP6_SUBNET:
        return 17;
    default:
        return 0;
    }
}

static int parse_attribute(struct ike_parse *parse, struct ike_reader *reader,
                           struct ike_attribute *attribute)
{
    const uint8_t *start = ike_reader_here(reader);
    uint16_t len = 0;
    size_t want = 0;

    if (!ike_take_u16(parse, reader, "Attribute Type", &attribute->type) ||
        !ike_take_u16(parse, reader, "Length", &len) ||
        !ike_take_bytes(parse, reader, "Value", len, &attribute->value)) {
        return -1;
    }
    attribute->type &= ATTRIBUTE_TYPE_MASK;
    want = value_len(attribute->type);
    if (want != 0 && len != 0 && len != want) {
        return ike_parse_fail(parse, start + 2, "Length", "is %u, %s has 0 or %zu", len,
                              ike_cfg_attribute_name(attribute->type), want);
    }
    if (attribute->type == IKE_CFG_ATTRIBUTE_SUPPORTED_ATTRIBUTES && len % 2 != 0) {
        return ike_parse_fail(parse, start + 2, "Length",
                              "is %u, SUPPORTED_ATTRIBUTES has a multiple of 2", len);
    }
    return 0;
}

int ike_parse_cp(struct ike_parse *parse, struct ike_payload *payload, struct ike_reader *reader)
{
    struct ike_message *message = parse->message;
    struct crypto_bytes reserved;

    if (!ike_take_u8(parse, reader, "CFG Type", &payload->cp.type) ||
        !ike_take_bytes(parse, reader, "RESERVED", 3, &reserved)) {
        return -1;
    }
    payload->cp.count = 0;
    payload->cp.attributes = &message->attributes[message->attribute_count];
    while (ike_reader_left(reader) != 0) {
        if (message->attribute_count == IKE_ATTRIBUTES_MAX) {
            return ike_parse_fail(parse, ike_reader_here(reader), "Attribute",
                                  "is one more than the limit of %d in a message",
                                  IKE_ATTRIBUTES_MAX);
        }
        if (parse_attribute(parse, reader, &message->attributes[message->attribute_count]) != 0) {
            return -1;
        }
        message->attribute_count++;
        payload->cp.count++;
    }
    return 0;
}
