/*
 * The SA payload (RFC 7296 §3.3): proposals, transforms and attributes, nested, each with a length
 * that must come out. What is well-formed but unknown makes a proposal or a transform unacceptable,
 * never the message (§3.3.6).
 */
#include <assert.h>
#include <string.h>

#include "ike/message_internal.h"

enum { LAST = 0, MORE_PROPOSALS = 2, MORE_TRANSFORMS = 3 };

/* Last Substruc must tell what the lengths tell. `what` is "proposal" or "transform". */
static int check_last(struct ike_parse *parse, const uint8_t *at, uint8_t last, uint8_t more,
                      bool follows, const char *what)
{
    uint8_t want = follows ? more : LAST;

    if (last != want) {
        return ike_parse_fail(parse, at, "Last Substruc", "is %u, it is %u where %s %s follows",
                              last, want, follows ? "a" : "no", what);
    }
    return 0;
}

/* Attributes of one transform (§3.3.5). `acceptable` becomes false where one is not understood. */
static int parse_attributes(struct ike_parse *parse, struct ike_reader *reader, uint16_t *key_bits,
                            bool *acceptable)
{
    bool key_length_seen = false;

    while (ike_reader_left(reader) != 0) {
        uint16_t type = 0, value = 0;
        struct crypto_bytes data;

        if (!ike_take_u16(parse, reader, "Attribute Type", &type)) {
            return -1;
        }
        if ((type & IKE_ATTRIBUTE_TV) == 0) {
            /* Key Length is never in this form, and no other attribute is known. */
            if (!ike_take_u16(parse, reader, "Attribute Length", &value) ||
                !ike_take_bytes(parse, reader, "Attribute Value", value, &data)) {
                return -1;
            }
            *acceptable = false;
            continue;
        }
        if (!ike_take_u16(parse, reader, "Attribute Value", &value)) {
            return -1;
        }
        if ((type & ~IKE_ATTRIBUTE_TV) != IKE_TRANSFORM_ATTRIBUTE_KEY_LENGTH || key_length_seen) {
            /* A transform has one attribute of a type at most (§3.3): which would count? */
            *acceptable = false;
            continue;
        }
        key_length_seen = true;
        *key_bits = value;
    }
    return 0;
}

/* One transform (§3.3.2). `follows` gets whether there is another one behind it. */
static int parse_transform(struct ike_parse *parse, struct ike_reader *reader,
                           struct crypto_transform_choice *choice, bool *acceptable, bool *follows)
{
    const uint8_t *start = ike_reader_here(reader);
    struct ike_reader inner;
    struct crypto_bytes bytes;
    uint8_t last = 0, reserved = 0;
    uint16_t len = 0;

    if (!ike_take_u8(parse, reader, "Last Substruc", &last) ||
        !ike_take_u8(parse, reader, "RESERVED", &reserved) ||
        !ike_take_u16(parse, reader, "Transform Length", &len)) {
        return -1;
    }
    if (len < IKE_TRANSFORM_HEADER_LEN) {
        return ike_parse_fail(parse, start + 2, "Transform Length", "is %u, at least %d is needed",
                              len, IKE_TRANSFORM_HEADER_LEN);
    }
    if (!ike_read_bytes(reader, (size_t)len - 4, &bytes)) {
        return ike_parse_fail(parse, start + 2, "Transform Length",
                              "is %u, the proposal has %zu octets left", len,
                              ike_reader_left(reader) + 4);
    }
    inner = ike_reader(bytes);
    choice->key_bits = 0;
    *acceptable = true;
    if (!ike_take_u8(parse, &inner, "Transform Type", &choice->type) ||
        !ike_take_u8(parse, &inner, "RESERVED", &reserved) ||
        !ike_take_u16(parse, &inner, "Transform ID", &choice->id) ||
        parse_attributes(parse, &inner, &choice->key_bits, acceptable) != 0) {
        return -1;
    }
    *follows = ike_reader_left(reader) != 0;
    return check_last(parse, start, last, MORE_TRANSFORMS, *follows, "transform");
}

/* True if the proposal has acceptable transforms of all the types that it has any of. */
static bool all_types_acceptable(const struct ike_proposal *proposal)
{
    const struct crypto_proposal *list = &proposal->transforms;

    for (size_t i = list->count; i < (size_t)list->count + proposal->refused_count; i++) {
        size_t k = 0;

        while (k < list->count && list->transforms[k].type != list->transforms[i].type) {
            k++;
        }
        if (k == list->count) {
            return false;
        }
    }
    return true;
}

/* All transforms of a proposal, acceptable ones first. */
static int parse_transforms(struct ike_parse *parse, struct ike_reader *reader, uint8_t announced,
                            const uint8_t *announced_at, struct ike_proposal *proposal)
{
    struct crypto_transform_choice refused[CRYPTO_PROPOSAL_TRANSFORMS_MAX];
    struct crypto_proposal *list = &proposal->transforms;
    bool follows = true;

    list->count = 0;
    proposal->refused_count = 0;
    while (follows) {
        const uint8_t *start = ike_reader_here(reader);
        struct crypto_transform_choice choice = {0};
        bool acceptable = true;
        size_t seen = (size_t)list->count + proposal->refused_count;

        if (seen == announced) {
            return ike_parse_fail(parse, announced_at, "Num Transforms",
                                  "is %u, the proposal has %zu octets more", announced,
                                  ike_reader_left(reader));
        }
        if (seen == CRYPTO_PROPOSAL_TRANSFORMS_MAX) {
            return ike_parse_fail(parse, start, "Transform", "is one more than the limit of %d",
                                  CRYPTO_PROPOSAL_TRANSFORMS_MAX);
        }
        if (parse_transform(parse, reader, &choice, &acceptable, &follows) != 0) {
            return -1;
        }
        if (choice.type < CRYPTO_ENCR || choice.type > CRYPTO_ADDKE7) {
            proposal->usable = false;
        }
        if (acceptable) {
            list->transforms[list->count++] = choice;
        } else {
            refused[proposal->refused_count++] = choice;
        }
    }
    if ((size_t)list->count + proposal->refused_count != announced) {
        return ike_parse_fail(parse, announced_at, "Num Transforms",
                              "is %u, the proposal has %d transforms", announced,
                              list->count + proposal->refused_count);
    }
    memcpy(&list->transforms[list->count], refused, proposal->refused_count * sizeof(refused[0]));
    /* An answer repeats transforms of the offer unmodified (§3.3.6), and ours have no such
     * attributes. */
    if (!all_types_acceptable(proposal) ||
        (proposal->refused_count != 0 && parse->message->header.response)) {
        proposal->usable = false;
    }
    return 0;
}

/* SPI Size (§3.3.1): none in the initial exchange, then that of the protocol. In what exchange we
 * are is known from the header; others than these two may do either. */
static int check_spi_len(struct ike_parse *parse, const uint8_t *at, uint8_t protocol, uint8_t len)
{
    uint8_t exchange = parse->message->header.exchange;

    switch (protocol) {
    case IKE_PROTOCOL_IKE:
        if (exchange == IKE_EXCHANGE_IKE_SA_INIT && len != 0) {
            return ike_parse_fail(parse, at, "SPI Size", "is %u, IKE has 0 in IKE_SA_INIT", len);
        }
        if (exchange == IKE_EXCHANGE_CREATE_CHILD_SA && len != IKE_SPI_LEN) {
            return ike_parse_fail(parse, at, "SPI Size", "is %u, IKE has %d in CREATE_CHILD_SA",
                                  len, IKE_SPI_LEN);
        }
        if (len != 0 && len != IKE_SPI_LEN) {
            return ike_parse_fail(parse, at, "SPI Size", "is %u, IKE has 0 or %d", len,
                                  IKE_SPI_LEN);
        }
        return 0;
    case IKE_PROTOCOL_AH:
    case IKE_PROTOCOL_ESP:
        if (len != IKE_CHILD_SPI_LEN) {
            return ike_parse_fail(parse, at, "SPI Size", "is %u, %s has %d", len,
                                  ike_protocol_name(protocol), IKE_CHILD_SPI_LEN);
        }
        return 0;
    default:
        if (len > IKE_SPI_LEN) {
            return ike_parse_fail(parse, at, "SPI Size", "is %u, no protocol has more than %d", len,
                                  IKE_SPI_LEN);
        }
        return 0;
    }
}

/* Behind Proposal Length: number, protocol, SPI and transforms. */
static int parse_proposal_body(struct ike_parse *parse, struct ike_reader *reader,
                               uint8_t want_number, struct ike_proposal *proposal)
{
    const uint8_t *start = ike_reader_here(reader);
    struct crypto_bytes spi = {0};
    uint8_t count = 0, spi_len = 0;

    if (!ike_take_u8(parse, reader, "Proposal Num", &proposal->transforms.number) ||
        !ike_take_u8(parse, reader, "Protocol ID", &proposal->transforms.protocol) ||
        !ike_take_u8(parse, reader, "SPI Size", &spi_len) ||
        !ike_take_u8(parse, reader, "Num Transforms", &count)) {
        return -1;
    }
    if (want_number != 0 && proposal->transforms.number != want_number) {
        return ike_parse_fail(parse, start, "Proposal Num", "is %u, %u is due",
                              proposal->transforms.number, want_number);
    }
    if (check_spi_len(parse, start + 2, proposal->transforms.protocol, spi_len) != 0 ||
        !ike_take_bytes(parse, reader, "SPI", spi_len, &spi)) {
        return -1;
    }
    proposal->usable = proposal->transforms.protocol >= IKE_PROTOCOL_IKE &&
                       proposal->transforms.protocol <= IKE_PROTOCOL_ESP;
    proposal->spi_len = spi_len;
    memset(proposal->spi, 0, sizeof(proposal->spi));
    if (spi_len != 0) {
        assert(spi.data);
        memcpy(proposal->spi, spi.data, spi_len);
    }
    if (count == 0) {
        return ike_parse_fail(parse, start + 3, "Num Transforms", "is 0, a proposal has some");
    }
    return parse_transforms(parse, reader, count, start + 3, proposal);
}

/* One proposal (§3.3.1). A want_number of 0 takes any. */
static int parse_proposal(struct ike_parse *parse, struct ike_reader *reader, uint8_t want_number,
                          struct ike_proposal *proposal, bool *follows)
{
    const uint8_t *start = ike_reader_here(reader);
    struct crypto_bytes bytes;
    struct ike_reader inner;
    uint8_t last = 0, reserved = 0;
    uint16_t len = 0;

    if (!ike_take_u8(parse, reader, "Last Substruc", &last) ||
        !ike_take_u8(parse, reader, "RESERVED", &reserved) ||
        !ike_take_u16(parse, reader, "Proposal Length", &len)) {
        return -1;
    }
    if (len < IKE_PROPOSAL_HEADER_LEN) {
        return ike_parse_fail(parse, start + 2, "Proposal Length", "is %u, at least %d is needed",
                              len, IKE_PROPOSAL_HEADER_LEN);
    }
    if (!ike_read_bytes(reader, (size_t)len - 4, &bytes)) {
        return ike_parse_fail(parse, start + 2, "Proposal Length",
                              "is %u, the payload has %zu octets left", len,
                              ike_reader_left(reader) + 4);
    }
    inner = ike_reader(bytes);
    if (parse_proposal_body(parse, &inner, want_number, proposal) != 0) {
        return -1;
    }
    *follows = ike_reader_left(reader) != 0;
    return check_last(parse, start, last, MORE_PROPOSALS, *follows, "proposal");
}

int ike_parse_sa(struct ike_parse *parse, struct ike_payload *payload, struct ike_reader *reader)
{
    struct ike_message *message = parse->message;
    struct ike_proposal *first = &message->proposals[message->proposal_count];
    /* An answer carries the number of the proposal that it accepts. */
    uint8_t want_number = message->header.response ? 0 : 1;
    bool follows = true;

    payload->sa.count = 0;
    payload->sa.proposals = first;
    while (follows) {
        struct ike_proposal *proposal = &message->proposals[message->proposal_count];

        if (message->proposal_count == IKE_PROPOSALS_MAX) {
            return ike_parse_fail(parse, ike_reader_here(reader), "Proposal",
                                  "is one more than the limit of %d in a message",
                                  IKE_PROPOSALS_MAX);
        }
        if (parse_proposal(parse, reader, want_number, proposal, &follows) != 0) {
            return -1;
        }
        message->proposal_count++;
        payload->sa.count++;
        want_number = (uint8_t)(proposal->transforms.number + 1);
        if (follows && want_number == 0) {
            return ike_parse_fail(parse, ike_reader_here(reader), "Proposal",
                                  "follows the one with the greatest number, 255");
        }
    }
    return 0;
}
