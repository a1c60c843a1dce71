/* The IKE header, the chain of payloads, and looking payloads up (RFC 7296 §3.1, §3.2, §2.5). */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ike/message_internal.h"

void ike_error_clear(struct ike_error *error)
{
    *error = (struct ike_error){.field = ""};
}

/* "KE payload in SK, Key Exchange Data at 96 of the decrypted bytes: " */
static size_t describe_place(const struct ike_parse *parse, char *text, size_t cap)
{
    const struct ike_error *error = parse->error;
    const char *nonce = parse->message != NULL && parse->message->header.response ? "Nr" : "Ni";
    const char *brief =
        error->payload == IKE_PAYLOAD_NONCE ? nonce : ike_payload_brief(error->payload);
    const char *within = error->inside_sk && error->payload != IKE_PAYLOAD_SK ? " in SK" : "";
    const char *bytes = error->inside_sk ? " of the decrypted bytes" : "";
    int len = 0;

    if (error->payload == IKE_PAYLOAD_NONE) {
        len = snprintf(text, cap, "IKE header, %s at %u: ", error->field, error->offset);
    } else if (brief != NULL) {
        len = snprintf(text, cap, "%s payload%s, %s at %u%s: ", brief, within, error->field,
                       error->offset, bytes);
    } else {
        len = snprintf(text, cap, "payload of type %u%s, %s at %u%s: ", error->payload, within,
                       error->field, error->offset, bytes);
    }
    return len < 0 ? 0 : (size_t)len < cap ? (size_t)len : cap - 1;
}

int ike_parse_fail(struct ike_parse *parse, const uint8_t *at, const char *field,
                   const char *format, ...)
{
    struct ike_error *error = parse->error;
    va_list args;
    size_t len = 0;

    error->notify = IKE_NOTIFY_INVALID_SYNTAX;
    error->payload = parse->payload;
    error->offset = (uint32_t)(at - parse->base);
    error->inside_sk = parse->inside_sk;
    error->field = field;
    len = describe_place(parse, error->text, sizeof(error->text));
    va_start(args, format);
    vsnprintf(error->text + len, sizeof(error->text) - len, format, args);
    va_end(args);
    return -1;
}

int ike_parse_short(struct ike_parse *parse, const struct ike_reader *reader, const char *field,
                    size_t want)
{
    return ike_parse_fail(parse, ike_reader_here(reader), field, "needs %zu octets, %zu are left",
                          want, ike_reader_left(reader));
}

static int parse_header(struct ike_parse *parse, struct ike_reader *reader,
                        struct ike_header *header)
{
    uint8_t version = 0, flags = 0;
    const uint8_t *start = reader->data;

    if (reader->len < IKE_HEADER_LEN) {
        return ike_parse_fail(parse, start, "Header", "needs %d octets, the datagram has %zu",
                              IKE_HEADER_LEN, reader->len);
    }
    (void)ike_read_u64(reader, &header->spi_i);
    (void)ike_read_u64(reader, &header->spi_r);
    (void)ike_read_u8(reader, &header->next_payload);
    (void)ike_read_u8(reader, &version);
    (void)ike_read_u8(reader, &header->exchange);
    (void)ike_read_u8(reader, &flags);
    (void)ike_read_u32(reader, &header->message_id);
    (void)ike_read_u32(reader, &header->length);
    header->major = version >> 4;
    header->minor = version & 0x0f; /* ignored on receipt (§3.1) */
    header->initiator = (flags & IKE_FLAG_INITIATOR) != 0;
    header->version = (flags & IKE_FLAG_VERSION) != 0;
    header->response = (flags & IKE_FLAG_RESPONSE) != 0;

    /* Before Length, whose place and meaning another version may change. */
    if (header->major != IKE_MAJOR_VERSION) {
        ike_parse_fail(parse, start + 17, "Major Version", "is %u, only 2 is spoken",
                       header->major);
        parse->error->notify = IKE_NOTIFY_INVALID_MAJOR_VERSION;
        return -1;
    }
    if (header->length != reader->len) {
        return ike_parse_fail(parse, start + 24, "Length", "is %u, the datagram has %zu octets",
                              header->length, reader->len);
    }
    return 0;
}

int ike_header_parse(struct crypto_bytes datagram, struct ike_header *header,
                     struct ike_error *error)
{
    struct ike_parse parse = {.error = error, .base = datagram.data};
    struct ike_reader reader = ike_reader(datagram);

    ike_error_clear(error);
    *header = (struct ike_header){0};
    return parse_header(&parse, &reader, header);
}

/* A generic payload header (§3.2) and the room of its body. `type` is what the header before said.
 */
static int parse_generic(struct ike_parse *parse, struct ike_reader *reader, uint8_t type,
                         struct ike_payload *payload, uint8_t *next)
{
    const uint8_t *start = ike_reader_here(reader);
    uint8_t critical = 0;
    uint16_t len = 0;

    parse->payload = type;
    if (!ike_take_u8(parse, reader, "Next Payload", next) ||
        !ike_take_u8(parse, reader, "Critical", &critical) ||
        !ike_take_u16(parse, reader, "Payload Length", &len)) {
        return -1;
    }
    if (len < IKE_GENERIC_HEADER_LEN) {
        return ike_parse_fail(parse, start + 2, "Payload Length",
                              "is %u, the payload header alone has %d octets", len,
                              IKE_GENERIC_HEADER_LEN);
    }
    payload->type = type;
    payload->critical = (critical & IKE_CRITICAL_BIT) != 0;
    payload->offset = (uint32_t)(start - parse->base);
    if (!ike_read_bytes(reader, (size_t)len - IKE_GENERIC_HEADER_LEN, &payload->body)) {
        return ike_parse_fail(parse, start + 2, "Payload Length", "is %u, %zu octets are left", len,
                              ike_reader_left(reader) + IKE_GENERIC_HEADER_LEN);
    }
    return 0;
}

static int refuse_critical(struct ike_parse *parse, const uint8_t *start)
{
    ike_parse_fail(parse, start + 1, "Critical", "is set on a payload type that is not understood");
    parse->error->notify = IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;
    return -1;
}

/* RFC 7383 §2.5: the last payload, as SK is; what it says of itself has to be possible (§2.6). */
static int parse_skf(struct ike_parse *parse, struct ike_payload *payload)
{
    struct ike_reader reader = ike_reader(payload->body);

    if (parse->inside_sk) {
        return ike_parse_fail(parse, payload->body.data, "Payload",
                              "is a fragment inside of another");
    }
    if (!ike_take_u16(parse, &reader, "Fragment Number", &payload->skf.number) ||
        !ike_take_u16(parse, &reader, "Total Fragments", &payload->skf.total)) {
        return -1;
    }
    if (payload->skf.number == 0 || payload->skf.number > payload->skf.total) {
        return ike_parse_fail(parse, payload->body.data, "Fragment Number", "is %u of %u",
                              payload->skf.number, payload->skf.total);
    }
    parse->message->has_skf = true;
    return 0;
}

int ike_parse_chain(struct ike_parse *parse, struct crypto_bytes bytes, uint8_t first)
{
    struct ike_message *message = parse->message;
    struct ike_reader reader = ike_reader(bytes);
    uint8_t type = first;

    while (type != IKE_PAYLOAD_NONE) {
        const uint8_t *start = ike_reader_here(&reader);
        struct ike_payload *payload = &message->payloads[message->payload_count];
        uint8_t next = 0;

        parse->payload = type;
        if (message->payload_count == IKE_PAYLOADS_MAX) {
            return ike_parse_fail(parse, start, "Payload", "is one more than the limit of %d",
                                  IKE_PAYLOADS_MAX);
        }
        if (parse_generic(parse, &reader, type, payload, &next) != 0) {
            return -1;
        }
        if (parse->fragments && type == IKE_PAYLOAD_SKF) {
            if (parse_skf(parse, payload) != 0) {
                return -1;
            }
            next = IKE_PAYLOAD_NONE;
        } else if (!ike_payload_understood(type) && payload->critical) {
            return refuse_critical(parse, start);
        }
        if (type == IKE_PAYLOAD_SK) {
            if (parse->inside_sk) {
                return ike_parse_fail(parse, start, "Payload", "is encrypted inside of another");
            }
            /* Its Next Payload is the type of the first payload within (§3.14). */
            message->has_sk = true;
            next = IKE_PAYLOAD_NONE;
        } else if (ike_parse_body(parse, payload) != 0) {
            return -1;
        }
        message->payload_count++;
        type = next;
    }
    if (ike_reader_left(&reader) != 0 && !parse->inside_sk &&
        (message->has_sk || message->has_skf)) {
        return ike_parse_fail(parse, ike_reader_here(&reader), "Payload Length",
                              "leaves %zu octets, %s is the last payload", ike_reader_left(&reader),
                              message->has_sk ? "SK" : "SKF");
    }
    if (ike_reader_left(&reader) != 0) {
        return ike_parse_fail(parse, ike_reader_here(&reader), "Next Payload",
                              "said that no payload follows, %zu octets do",
                              ike_reader_left(&reader));
    }
    return 0;
}

void ike_message_clear(struct ike_message *message)
{
    message->header = (struct ike_header){0};
    message->bytes = crypto_bytes(NULL, 0);
    message->decrypted = crypto_bytes(NULL, 0);
    message->pad_len = 0;
    message->payload_count = 0;
    message->proposal_count = 0;
    message->selector_count = 0;
    message->attribute_count = 0;
    message->has_sk = false;
    message->has_skf = false;
    message->outer_count = 0;
}

static int parse_message(struct ike_message *message, struct crypto_bytes datagram, bool fragments,
                         struct ike_error *error)
{
    struct ike_parse parse = {
        .message = message, .error = error, .base = datagram.data, .fragments = fragments};
    struct ike_reader reader = ike_reader(datagram);
    int result = 0;

    ike_error_clear(error);
    ike_message_clear(message);
    message->bytes = datagram;
    if (parse_header(&parse, &reader, &message->header) != 0) {
        return -1;
    }
    result = ike_parse_chain(&parse, ike_read_rest(&reader), message->header.next_payload);
    message->outer_count = message->payload_count;
    return result;
}

int ike_message_parse(struct ike_message *message, struct crypto_bytes datagram,
                      struct ike_error *error)
{
    return parse_message(message, datagram, false, error);
}

int ike_message_parse_fragment(struct ike_message *message, struct crypto_bytes datagram,
                               struct ike_error *error)
{
    return parse_message(message, datagram, true, error);
}

const struct ike_payload *ike_message_find(const struct ike_message *message, uint8_t type)
{
    for (size_t i = 0; i < message->payload_count; i++) {
        if (message->payloads[i].type == type) {
            return &message->payloads[i];
        }
    }
    return NULL;
}

const struct ike_payload *ike_message_find_notify(const struct ike_message *message, uint16_t type)
{
    for (size_t i = 0; i < message->payload_count; i++) {
        if (message->payloads[i].type == IKE_PAYLOAD_NOTIFY &&
            message->payloads[i].notify.type == type) {
            return &message->payloads[i];
        }
    }
    return NULL;
}

/* Those of which a second one would contradict the first, whatever the exchange (§1.2, §1.3). */
static bool is_single(uint8_t type)
{
    switch (type) {
    case IKE_PAYLOAD_SA:
    case IKE_PAYLOAD_KE:
    case IKE_PAYLOAD_IDI:
    case IKE_PAYLOAD_IDR:
    case IKE_PAYLOAD_AUTH:
    case IKE_PAYLOAD_NONCE:
    case IKE_PAYLOAD_TSI:
    case IKE_PAYLOAD_TSR:
    case IKE_PAYLOAD_EAP:
        return true;
    default:
        return false;
    }
}

int ike_message_check_single(struct ike_message *message, struct ike_error *error)
{
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct ike_payload *payload = &message->payloads[i];
        struct ike_parse parse = {.message = message,
                                  .error = error,
                                  .inside_sk = i >= message->outer_count,
                                  .payload = payload->type};

        if (is_single(payload->type) && ike_message_find(message, payload->type) != payload) {
            parse.base = parse.inside_sk ? message->decrypted.data : message->bytes.data;
            return ike_parse_fail(&parse, parse.base + payload->offset, "Payload",
                                  "comes a second time, which it cannot");
        }
    }
    return 0;
}
