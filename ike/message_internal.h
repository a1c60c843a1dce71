/* What the files that read messages share: the state of one reading and its two ways to fail. */
#ifndef IKESIM_IKE_MESSAGE_INTERNAL_H
#define IKESIM_IKE_MESSAGE_INTERNAL_H

#include "ike/message.h"
#include "ike/reader.h"

struct ike_parse {
    struct ike_message *message;
    struct ike_error *error;
    const uint8_t *base; /* offsets count from here: the datagram, or the decrypted bytes */
    bool inside_sk;
    bool fragments;  /* SKF is understood */
    uint8_t payload; /* type of the payload being read, 0 for the header */
};

/* Fills the error: INVALID_SYNTAX in `field`, which begins at `at`. `format` says what is wrong
 * with it, without naming it: "is 12, at least 16 are needed". Returns -1 for the caller to return.
 */
int ike_parse_fail(struct ike_parse *parse, const uint8_t *at, const char *field,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same where `field` needs `want` octets and the reader has fewer. */
int ike_parse_short(struct ike_parse *parse, const struct ike_reader *reader, const char *field,
                    size_t want);

/* Begins the error of a whole reading: no payload, no offset. */
void ike_error_clear(struct ike_error *error);

static inline bool ike_take_u8(struct ike_parse *parse, struct ike_reader *reader,
                               const char *field, uint8_t *value)
{
    return ike_read_u8(reader, value) || ike_parse_short(parse, reader, field, 1) == 0;
}

static inline bool ike_take_u16(struct ike_parse *parse, struct ike_reader *reader,
                                const char *field, uint16_t *value)
{
    return ike_read_u16(reader, value) || ike_parse_short(parse, reader, field, 2) == 0;
}

static inline bool ike_take_bytes(struct ike_parse *parse, struct ike_reader *reader,
                                  const char *field, size_t len, struct crypto_bytes *view)
{
    return ike_read_bytes(reader, len, view) || ike_parse_short(parse, reader, field, len) == 0;
}

/* Where the next octet of a reader stands, for ike_parse_fail. */
static inline const uint8_t *ike_reader_here(const struct ike_reader *reader)
{
    return reader->data + reader->at;
}

/* Reads a chain of payloads from its first type to its last octet into message->payloads. */
int ike_parse_chain(struct ike_parse *parse, struct crypto_bytes bytes, uint8_t first);

/* Reads payload->body by payload->type; 0 or -1. Types that we do not understand are left alone. */
int ike_parse_body(struct ike_parse *parse, struct ike_payload *payload);

/* True for the payload types of RFC 7296 §3.2, which the critical bit does not concern. */
bool ike_payload_understood(uint8_t type);

/* Payloads with structures inside: message_proposals.c, message_ts.c, message_cp.c. */
int ike_parse_sa(struct ike_parse *parse, struct ike_payload *payload, struct ike_reader *reader);
int ike_parse_ts(struct ike_parse *parse, struct ike_payload *payload, struct ike_reader *reader);
int ike_parse_cp(struct ike_parse *parse, struct ike_payload *payload, struct ike_reader *reader);

/* The words of the payload chain (message.h, ike_message_describe) as they come, cut off at `cap`.
 * `len` is the length of the whole, snprintf's way. */
struct ike_words {
    char *text;
    size_t len, cap;
    bool opened; /* the last was an opening brace, no space follows */
};

/* Appends a word; a payload by its type, a notify by its own name. */
void ike_words_add(struct ike_words *words, const char *word);
void ike_words_add_payload(struct ike_words *words, uint8_t type, bool response,
                           uint16_t notify_type);

#endif
