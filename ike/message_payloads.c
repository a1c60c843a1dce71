/* The bodies of payloads, by type (RFC 7296 §3.4 to §3.12, §3.16): each is read exactly to its end.
 */
#include "ike/message_internal.h"

#include "crypto/transform.h"

enum { SHA1_LEN = 20 };

/* Three octets that are sent as zero and not looked at (§2.5). */
static bool skip_reserved(struct ike_parse *parse, struct ike_reader *reader, size_t len)
{
    struct crypto_bytes reserved;

    return ike_take_bytes(parse, reader, "RESERVED", len, &reserved);
}

/* §3.4 */
static int parse_ke(struct ike_parse *parse, struct ike_payload *payload, struct ike_reader *reader)
{
    const struct crypto_transform *group = NULL;

    if (!ike_take_u16(parse, reader, "Diffie-Hellman Group Num", &payload->ke.method) ||
        !skip_reserved(parse, reader, 2)) {
        return -1;
    }
    payload->ke.data = ike_read_rest(reader);
    if (payload->ke.data.len == 0) {
        return ike_parse_fail(parse, payload->ke.data.data, "Key Exchange Data", "is empty");
    }
    /* MODP values keep their leading zeros (§3.4), ECP points are x | y (RFC 5903 §7), X25519 has
     * 32 octets (RFC 8031 §3.1): every group has one length. */
    group = crypto_transform_find(CRYPTO_KE, payload->ke.method);
    if (group != NULL && group->computed && payload->ke.data.len != group->public_len) {
        return ike_parse_fail(parse, payload->ke.data.data, "Key Exchange Data",
                              "has %zu octets, %s has %u", payload->ke.data.len, group->name,
                              group->public_len);
    }
    return 0;
}

/* §3.5 */
static int parse_id(struct ike_parse *parse, struct ike_payload *payload, struct ike_reader *reader)
{
    size_t want = 0;

    if (!ike_take_u8(parse, reader, "ID Type", &payload->id.type) ||
        !skip_reserved(parse, reader, 3)) {
        return -1;
    }
    payload->id.data = ike_read_rest(reader);
    if (payload->id.type == IKE_ID_IPV4_ADDR) {
        want = 4;
    } else if (payload->id.type == IKE_ID_IPV6_ADDR) {
        want = 16;
    }
    if (want != 0 && payload->id.data.len != want) {
        return ike_parse_fail(parse, payload->id.data.data, "Identification Data",
                              "has %zu octets, %s has %zu", payload->id.data.len,
                              ike_id_type_name(payload->id.type), want);
    }
    return 0;
}

/* Encodings that are a SHA-1 hash and a URL (§3.6). */
static bool is_hash_and_url(uint8_t encoding)
{
    return encoding == IKE_CERT_HASH_URL_X509 || encoding == IKE_CERT_HASH_URL_BUNDLE;
}

/* §3.6 */
static int parse_cert(struct ike_parse *parse, struct ike_payload *payload,
                      struct ike_reader *reader)
{
    if (!ike_take_u8(parse, reader, "Cert Encoding", &payload->cert.encoding)) {
        return -1;
    }
    payload->cert.data = ike_read_rest(reader);
    if (is_hash_and_url(payload->cert.encoding) && payload->cert.data.len <= SHA1_LEN) {
        return ike_parse_fail(parse, payload->cert.data.data, "Certificate Data",
                              "has %zu octets, it is a SHA-1 hash and a URL",
                              payload->cert.data.len);
    }
    return 0;
}

/* §3.7 */
static int parse_certreq(struct ike_parse *parse, struct ike_payload *payload,
                         struct ike_reader *reader)
{
    if (!ike_take_u8(parse, reader, "Cert Encoding", &payload->cert.encoding)) {
        return -1;
    }
    payload->cert.data = ike_read_rest(reader);
    /* Of other encodings the contents are not defined. */
    if ((payload->cert.encoding == IKE_CERT_X509_SIGNATURE ||
         is_hash_and_url(payload->cert.encoding)) &&
        payload->cert.data.len % SHA1_LEN != 0) {
        return ike_parse_fail(parse, payload->cert.data.data, "Certification Authority",
                              "has %zu octets, no whole number of SHA-1 hashes",
                              payload->cert.data.len);
    }
    return 0;
}

/* §3.8 */
static int parse_auth(struct ike_parse *parse, struct ike_payload *payload,
                      struct ike_reader *reader)
{
    if (!ike_take_u8(parse, reader, "Auth Method", &payload->auth.method) ||
        !skip_reserved(parse, reader, 3)) {
        return -1;
    }
    payload->auth.data = ike_read_rest(reader);
    return 0;
}

/* §3.9 */
static int parse_nonce(struct ike_parse *parse, struct ike_payload *payload,
                       struct ike_reader *reader)
{
    payload->nonce.data = ike_read_rest(reader);
    if (payload->nonce.data.len < IKE_NONCE_MIN || payload->nonce.data.len > IKE_NONCE_MAX) {
        return ike_parse_fail(parse, payload->nonce.data.data, "Nonce Data",
                              "has %zu octets, %d to %d are allowed", payload->nonce.data.len,
                              IKE_NONCE_MIN, IKE_NONCE_MAX);
    }
    return 0;
}

/* Size of the SPI of a protocol in Notify and Delete: none for the IKE SA, which the header names.
 */
static size_t spi_len_of(uint8_t protocol)
{
    return protocol == IKE_PROTOCOL_IKE ? 0 : IKE_CHILD_SPI_LEN;
}

/* §3.10 */
static int parse_notify(struct ike_parse *parse, struct ike_payload *payload,
                        struct ike_reader *reader)
{
    const uint8_t *start = ike_reader_here(reader);
    uint8_t protocol = 0, spi_len = 0;

    if (!ike_take_u8(parse, reader, "Protocol ID", &protocol) ||
        !ike_take_u8(parse, reader, "SPI Size", &spi_len) ||
        !ike_take_u16(parse, reader, "Notify Message Type", &payload->notify.type)) {
        return -1;
    }
    payload->notify.protocol = protocol;
    /* With no SPI the Protocol ID is ignored; of protocols unknown to us we know no SPI size. */
    if (spi_len != 0 && protocol >= IKE_PROTOCOL_IKE && protocol <= IKE_PROTOCOL_ESP &&
        spi_len != spi_len_of(protocol)) {
        return ike_parse_fail(parse, start + 1, "SPI Size", "is %u, %s has %zu here", spi_len,
                              ike_protocol_name(protocol), spi_len_of(protocol));
    }
    if (!ike_take_bytes(parse, reader, "Security Parameter Index", spi_len, &payload->notify.spi)) {
        return -1;
    }
    payload->notify.data = ike_read_rest(reader);
    return 0;
}

/* §3.11 */
static int parse_delete(struct ike_parse *parse, struct ike_payload *payload,
                        struct ike_reader *reader)
{
    const uint8_t *start = ike_reader_here(reader);

    if (!ike_take_u8(parse, reader, "Protocol ID", &payload->del.protocol) ||
        !ike_take_u8(parse, reader, "SPI Size", &payload->del.spi_len) ||
        !ike_take_u16(parse, reader, "Num of SPIs", &payload->del.count)) {
        return -1;
    }
    if (payload->del.protocol < IKE_PROTOCOL_IKE || payload->del.protocol > IKE_PROTOCOL_ESP) {
        return ike_parse_fail(parse, start, "Protocol ID", "is %u, none of IKE, AH and ESP",
                              payload->del.protocol);
    }
    if (payload->del.spi_len != spi_len_of(payload->del.protocol)) {
        return ike_parse_fail(parse, start + 1, "SPI Size", "is %u, %s has %zu here",
                              payload->del.spi_len, ike_protocol_name(payload->del.protocol),
                              spi_len_of(payload->del.protocol));
    }
    if (payload->del.protocol == IKE_PROTOCOL_IKE && payload->del.count != 0) {
        return ike_parse_fail(parse, start + 2, "Num of SPIs", "is %u, IKE has none here",
                              payload->del.count);
    }
    payload->del.spis = ike_read_rest(reader);
    if (payload->del.spis.len != (size_t)payload->del.count * payload->del.spi_len) {
        return ike_parse_fail(parse, start + 2, "Num of SPIs",
                              "is %u, of %u octets each, the payload has %zu octets of them",
                              payload->del.count, payload->del.spi_len, payload->del.spis.len);
    }
    return 0;
}

/* §3.12 */
static int parse_vendor(struct ike_parse *parse, struct ike_payload *payload,
                        struct ike_reader *reader)
{
    (void)parse;
    payload->vendor.data = ike_read_rest(reader);
    return 0;
}

/* §3.16 */
static int parse_eap(struct ike_parse *parse, struct ike_payload *payload,
                     struct ike_reader *reader)
{
    const uint8_t *start = ike_reader_here(reader);
    uint16_t len = 0;

    if (!ike_take_u8(parse, reader, "EAP Code", &payload->eap.code) ||
        !ike_take_u8(parse, reader, "EAP Identifier", &payload->eap.identifier) ||
        !ike_take_u16(parse, reader, "EAP Length", &len)) {
        return -1;
    }
    if (len != reader->len) {
        return ike_parse_fail(parse, start + 2, "EAP Length", "is %u, the payload has %zu octets",
                              len, reader->len);
    }
    payload->eap.type = 0;
    if (payload->eap.code == IKE_EAP_CODE_REQUEST || payload->eap.code == IKE_EAP_CODE_RESPONSE) {
        if (!ike_take_u8(parse, reader, "EAP Type", &payload->eap.type)) {
            return -1;
        }
    } else if (len != 4) {
        return ike_parse_fail(parse, start + 2, "EAP Length", "is %u, it is 4 with Code %u", len,
                              payload->eap.code);
    }
    payload->eap.data = ike_read_rest(reader);
    return 0;
}

typedef int (*parse_function)(struct ike_parse *parse, struct ike_payload *payload,
                              struct ike_reader *reader);

/* Payload types of RFC 7296 §3.2 from SA on; SK is read by the chain itself. */
static const parse_function functions[] = {
    [0] = ike_parse_sa,
    [IKE_PAYLOAD_KE - IKE_PAYLOAD_SA] = parse_ke,
    [IKE_PAYLOAD_IDI - IKE_PAYLOAD_SA] = parse_id,
    [IKE_PAYLOAD_IDR - IKE_PAYLOAD_SA] = parse_id,
    [IKE_PAYLOAD_CERT - IKE_PAYLOAD_SA] = parse_cert,
    [IKE_PAYLOAD_CERTREQ - IKE_PAYLOAD_SA] = parse_certreq,
    [IKE_PAYLOAD_AUTH - IKE_PAYLOAD_SA] = parse_auth,
    [IKE_PAYLOAD_NONCE - IKE_PAYLOAD_SA] = parse_nonce,
    [IKE_PAYLOAD_NOTIFY - IKE_PAYLOAD_SA] = parse_notify,
    [IKE_PAYLOAD_DELETE - IKE_PAYLOAD_SA] = parse_delete,
    [IKE_PAYLOAD_VENDOR - IKE_PAYLOAD_SA] = parse_vendor,
    [IKE_PAYLOAD_TSI - IKE_PAYLOAD_SA] = ike_parse_ts,
    [IKE_PAYLOAD_TSR - IKE_PAYLOAD_SA] = ike_parse_ts,
    [IKE_PAYLOAD_SK - IKE_PAYLOAD_SA] = NULL,
    [IKE_PAYLOAD_CP - IKE_PAYLOAD_SA] = ike_parse_cp,
    [IKE_PAYLOAD_EAP - IKE_PAYLOAD_SA] = parse_eap,
};

bool ike_payload_understood(uint8_t type)
{
    return type >= IKE_PAYLOAD_SA && type <= IKE_PAYLOAD_EAP;
}

int ike_parse_body(struct ike_parse *parse, struct ike_payload *payload)
{
    struct ike_reader reader = ike_reader(payload->body);

    if (!ike_payload_understood(payload->type)) {
        return 0;
    }
    return functions[payload->type - IKE_PAYLOAD_SA](parse, payload, &reader);
}
