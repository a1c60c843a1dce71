/*
 * What the dissector says about each field: its name, the section that defines it, and one sentence
 * on why it is there. Numbers and their names are not here but in ike/wire.h and
 * crypto/transform.h.
 */
#ifndef IKESIM_UI_DISSECT_FIELDS_H
#define IKESIM_UI_DISSECT_FIELDS_H

#include <stdint.h>

struct dissect_about {
    const char *name;
    const char *reference;
    const char *meaning; /* NULL where the field's parent has said it */
};

enum dissect_field_id {
    FIELD_MALFORMED, /* what the codec refuses and no other field shows */
    FIELD_UNKNOWN,   /* no IKEv2 and no ESP */
    /* UDP encapsulation */
    FIELD_NON_ESP_MARKER,
    FIELD_KEEPALIVE,
    /* IKE header */
    FIELD_IKE_HEADER,
    FIELD_SPI_I,
    FIELD_SPI_R,
    FIELD_NEXT_PAYLOAD,
    FIELD_VERSION,
    FIELD_MAJOR,
    FIELD_MINOR,
    FIELD_EXCHANGE,
    FIELD_FLAGS,
    FIELD_FLAG_R,
    FIELD_FLAG_V,
    FIELD_FLAG_I,
    FIELD_FLAG_RESERVED,
    FIELD_MESSAGE_ID,
    FIELD_LENGTH,
    /* generic payload header, and what many payloads share */
    FIELD_PAYLOAD_NEXT,
    FIELD_PAYLOAD_CRITICAL,
    FIELD_PAYLOAD_RESERVED,
    FIELD_PAYLOAD_LENGTH,
    FIELD_RESERVED,
    FIELD_BODY,
    /* SA */
    FIELD_PROPOSAL,
    FIELD_PROPOSAL_MORE,
    FIELD_PROPOSAL_LENGTH,
    FIELD_PROPOSAL_NUM,
    FIELD_PROPOSAL_PROTOCOL,
    FIELD_PROPOSAL_SPI_SIZE,
    FIELD_PROPOSAL_TRANSFORMS,
    FIELD_PROPOSAL_SPI,
    FIELD_TRANSFORM,
    FIELD_TRANSFORM_MORE,
    FIELD_TRANSFORM_LENGTH,
    FIELD_TRANSFORM_TYPE,
    FIELD_TRANSFORM_ID,
    FIELD_ATTRIBUTE,
    FIELD_ATTRIBUTE_FORMAT,
    FIELD_ATTRIBUTE_TYPE,
    FIELD_ATTRIBUTE_LENGTH,
    FIELD_ATTRIBUTE_VALUE,
    /* KE */
    FIELD_KE_METHOD,
    FIELD_KE_DATA,
    FIELD_KE_X,
    FIELD_KE_Y,
    /* IDi, IDr */
    FIELD_ID_TYPE,
    FIELD_ID_RESERVED,
    FIELD_ID_DATA,
    /* CERT, CERTREQ */
    FIELD_CERT_ENCODING,
    FIELD_CERT_DATA,
    FIELD_CERTREQ_DATA,
    FIELD_CERTREQ_CA,
    /* AUTH */
    FIELD_AUTH_METHOD,
    FIELD_AUTH_RESERVED,
    FIELD_AUTH_DATA,
    FIELD_AUTH_ASN1_LENGTH,
    FIELD_AUTH_ASN1,
    FIELD_AUTH_SIGNATURE,
    /* Nonce */
    FIELD_NONCE_DATA,
    /* Notify */
    FIELD_NOTIFY_PROTOCOL,
    FIELD_NOTIFY_SPI_SIZE,
    FIELD_NOTIFY_TYPE,
    FIELD_NOTIFY_SPI,
    FIELD_NOTIFY_DATA,
    FIELD_NOTIFY_WINDOW,
    FIELD_NOTIFY_COOKIE,
    FIELD_NOTIFY_GROUP,
    FIELD_NOTIFY_NAT_HASH,
    FIELD_NOTIFY_HASH,
    FIELD_NOTIFY_MESSAGE_ID,
    FIELD_NOTIFY_PAYLOAD,
    FIELD_NOTIFY_BAD_SPI,
    FIELD_NOTIFY_CPI,
    FIELD_NOTIFY_IPCOMP,
    FIELD_NOTIFY_LIFETIME,
    FIELD_NOTIFY_ADDRESS,
    FIELD_NOTIFY_COOKIE2,
    /* Delete */
    FIELD_DELETE_PROTOCOL,
    FIELD_DELETE_SPI_SIZE,
    FIELD_DELETE_COUNT,
    FIELD_DELETE_SPI,
    /* Vendor ID */
    FIELD_VENDOR_DATA,
    /* TSi, TSr */
    FIELD_TS_COUNT,
    FIELD_TS,
    FIELD_TS_TYPE,
    FIELD_TS_PROTOCOL,
    FIELD_TS_LENGTH,
    FIELD_TS_START_PORT,
    FIELD_TS_END_PORT,
    FIELD_TS_START,
    FIELD_TS_END,
    /* SK, SKF */
    FIELD_SK_NEXT,
    FIELD_SK_IV,
    FIELD_SK_CIPHERTEXT,
    FIELD_SK_PADDING,
    FIELD_SK_PAD_LENGTH,
    FIELD_SK_ICV,
    FIELD_SK_OPAQUE,
    FIELD_SKF_NUMBER,
    FIELD_SKF_TOTAL,
    /* CP */
    FIELD_CP_TYPE,
    FIELD_CP_ATTRIBUTE,
    FIELD_CP_ATTRIBUTE_R,
    FIELD_CP_ATTRIBUTE_TYPE,
    FIELD_CP_ATTRIBUTE_LENGTH,
    FIELD_CP_ATTRIBUTE_VALUE,
    /* EAP */
    FIELD_EAP_CODE,
    FIELD_EAP_IDENTIFIER,
    FIELD_EAP_LENGTH,
    FIELD_EAP_TYPE,
    FIELD_EAP_DATA,
    /* ESP */
    FIELD_ESP,
    FIELD_ESP_SPI,
    FIELD_ESP_SEQUENCE,
    FIELD_ESP_IV,
    FIELD_ESP_CIPHERTEXT,
    FIELD_ESP_PADDING,
    FIELD_ESP_PAD_LENGTH,
    FIELD_ESP_NEXT_HEADER,
    FIELD_ESP_ICV,
    FIELD_ESP_OPAQUE,
    FIELD_AH,
    FIELD_AH_NEXT_HEADER,
    FIELD_AH_LENGTH,
    FIELD_AH_RESERVED,
    FIELD_AH_SPI,
    FIELD_AH_SEQUENCE,
    FIELD_AH_ICV,
    /* the packet inside ESP */
    FIELD_IPV4,
    FIELD_IPV4_VERSION,
    FIELD_IPV4_IHL,
    FIELD_IPV4_DSCP,
    FIELD_IPV4_ECN,
    FIELD_IPV4_LENGTH,
    FIELD_IPV4_ID,
    FIELD_IPV4_RESERVED_FLAG,
    FIELD_IPV4_DF,
    FIELD_IPV4_MF,
    FIELD_IPV4_FRAGMENT_OFFSET,
    FIELD_IPV4_TTL,
    FIELD_IPV4_PROTOCOL,
    FIELD_IPV4_CHECKSUM,
    FIELD_IPV4_SOURCE,
    FIELD_IPV4_DESTINATION,
    FIELD_IPV4_OPTIONS,
    FIELD_IPV6,
    FIELD_IPV6_VERSION,
    FIELD_IPV6_DSCP,
    FIELD_IPV6_ECN,
    FIELD_IPV6_FLOW_LABEL,
    FIELD_IPV6_LENGTH,
    FIELD_IPV6_NEXT_HEADER,
    FIELD_IPV6_HOP_LIMIT,
    FIELD_IPV6_SOURCE,
    FIELD_IPV6_DESTINATION,
    FIELD_IPV6_EXTENSION,
    FIELD_IPV6_EXTENSION_DATA,
    FIELD_ICMPV6,
    FIELD_ICMP,
    FIELD_ICMP_TYPE,
    FIELD_ICMP_CODE,
    FIELD_ICMP_CHECKSUM,
    FIELD_ICMP_IDENTIFIER,
    FIELD_ICMP_SEQUENCE,
    FIELD_ICMP_REST,
    FIELD_ICMP_DATA,
    FIELD_INNER_DATA,
    FIELD_TFC_PADDING,
    FIELD_COUNT
};

/* Never NULL, its name and reference never either. */
const struct dissect_about *dissect_about(enum dissect_field_id id);

/* Why there are messages, payloads, notifies, transforms of that number; NULL for numbers of which
 * this table says nothing. */
const char *dissect_exchange_meaning(uint8_t exchange);
const char *dissect_payload_meaning(uint8_t type);
const char *dissect_notify_meaning(uint16_t type);
const char *dissect_transform_meaning(uint8_t type);
const char *dissect_auth_method_meaning(uint8_t method);

#endif
