/*
 * IKE messages (RFC 7296 §3): bytes to structs and back. Reading never trusts a length: every view
 * lies inside the datagram, every payload is read exactly to its end. Writing goes through a
 * builder that patches Next Payload and length fields itself.
 */
#ifndef IKESIM_IKE_MESSAGE_H
#define IKESIM_IKE_MESSAGE_H

#include <stdbool.h>

#include "crypto/bytes.h"
#include "crypto/packet.h"
#include "crypto/proposal.h"
#include "ike/limits.h"
#include "ike/wire.h"

/* What is wrong with a message, and where. */
struct ike_error {
    uint16_t notify;   /* notify type that RFC 7296 has for it: IKE_NOTIFY_INVALID_SYNTAX, ... */
    uint8_t payload;   /* payload type in which it was found, 0 for the header */
    uint32_t offset;   /* from the start of the datagram; inside SK: of the decrypted bytes */
    bool inside_sk;    /* the offset counts decrypted bytes */
    const char *field; /* "Proposal Length" */
    char text[160];    /* all of it in words: "KE payload, Key Exchange Data at 96: ..." */
};

struct ike_header {
    uint64_t spi_i, spi_r;
    uint8_t next_payload;
    uint8_t major, minor;
    uint8_t exchange;                  /* enum ike_exchange */
    bool initiator, version, response; /* I, V and R flags */
    uint32_t message_id;
    uint32_t length;
};

/* A proposal (§3.3.1). `transforms` has the wire's number and protocol, and the transforms that we
 * understand; behind them in the same array, at [count, count + refused_count), come those that
 * carry an attribute unknown to us, which are never acceptable while others of their type may be
 * (§3.3.6). */
struct ike_proposal {
    struct crypto_proposal transforms;
    uint8_t refused_count;
    uint8_t spi_len;
    uint8_t spi[8];
    /* False: has a protocol or transform type unknown to us, or a type of which all transforms are
     * refused, or any refused one in a response (§3.3.6). */
    bool usable;
};

/* Traffic selector (§3.13.1): addresses in network order, ports in host order. */
struct ike_selector {
    uint8_t type;        /* enum ike_ts_type */
    uint8_t ip_protocol; /* 0 = any */
    uint16_t start_port, end_port;
    uint8_t start[16], end[16]; /* 4 octets used with IPv4 */
};

struct ike_attribute { /* configuration attribute, §3.15.1 */
    uint16_t type;
    struct crypto_bytes value;
};

/* One payload. Views point into the datagram (or into the decrypted bytes). */
struct ike_payload {
    uint8_t type; /* enum ike_payload_type */
    bool critical;
    uint32_t offset;          /* of its generic header, as in struct ike_error */
    struct crypto_bytes body; /* all behind the generic header; of SK it stays encrypted */
    union {
        struct {
            uint8_t count;
            const struct ike_proposal *proposals;
        } sa;
        struct {
            uint16_t method;
            struct crypto_bytes data;
        } ke;
        struct {
            uint8_t type; /* enum ike_id_type */
            struct crypto_bytes data;
        } id; /* `body` is what AUTH covers, RESERVED included (§2.15) */
        struct {
            uint8_t encoding;
            struct crypto_bytes data;
        } cert; /* CERT and CERTREQ */
        struct {
            uint8_t method;
            struct crypto_bytes data;
        } auth;
        struct {
            struct crypto_bytes data;
        } nonce;
        struct {
            uint8_t protocol;
            uint16_t type; /* enum ike_notify_type */
            struct crypto_bytes spi, data;
        } notify;
        struct {
            uint8_t protocol, spi_len;
            uint16_t count;
            struct crypto_bytes spis; /* count * spi_len octets */
        } del;
        struct {
            struct crypto_bytes data;
        } vendor;
        struct {
            uint8_t count;
            const struct ike_selector *selectors;
        } ts;
        struct {
            uint8_t type; /* CFG_REQUEST = 1, ... */
            uint8_t count;
            const struct ike_attribute *attributes;
        } cp;
        struct {
            uint16_t number, total; /* Fragment Number from 1, Total Fragments (RFC 7383 §2.5) */
        } skf;                      /* read by ike_message_parse_fragment only */
        struct {
            uint8_t code, identifier, type; /* type 0 where the code has none */
            struct crypto_bytes data;
        } eap;
    };
};

/* A message that was read: payloads in order, arrays that they point into. About 12 KiB: keep one
 * and read into it again. */
struct ike_message {
    struct ike_header header;
    struct crypto_bytes bytes; /* the datagram without the non-ESP marker */
    uint8_t payload_count;
    uint8_t proposal_count, selector_count, attribute_count;
    bool has_sk;         /* the last outer payload is SK; its contents follow once opened */
    bool has_skf;        /* it is SKF: a part of a message (ike_message_parse_fragment) */
    uint8_t outer_count; /* payloads [0, outer_count) were outside of SK (SK included) */
    uint8_t first_inner; /* type of the first payload inside, once SK is open */
    uint8_t pad_len;     /* octets of padding, once SK is open */
    /* What the whole message has in front of the contents of SK, once that is open; of fragments,
     * as the first one has it (RFC 9242 §3.3.2). Views the datagram, or what is joined. */
    struct crypto_bytes front; /* the payloads before SK, of which the last names SK as the next */
    uint8_t first_outer;       /* type of the first payload */
    uint8_t sk_flags;          /* C and RESERVED of SK's generic header */
    struct crypto_bytes
        decrypted; /* contents of SK once it is open, padding and Pad Length included */
    struct ike_payload payloads[IKE_PAYLOADS_MAX];
    struct ike_proposal proposals[IKE_PROPOSALS_MAX];
    struct ike_selector selectors[IKE_SELECTORS_MAX];
    struct ike_attribute attributes[IKE_ATTRIBUTES_MAX];
};

/* Reads the header alone: enough to find the SA. Returns 0 or -1 with *error. Refuses a Length that
 * is not `len` and a major version other than 2 (notify IKE_NOTIFY_INVALID_MAJOR_VERSION). */
int ike_header_parse(struct crypto_bytes datagram, struct ike_header *header,
                     struct ike_error *error);

/* Makes it a message of which nothing has been read. */
void ike_message_clear(struct ike_message *message);

/* Reads header and payloads. Returns 0, or -1 with *error; the payloads before the wrong one are in
 * the message then. Payload types that we do not understand (all but those of RFC 7296 §3.2, SKF of
 * RFC 7383 among them) are kept with their body; critical ones fail with
 * IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD and error->payload their type. The message views
 * `datagram`, which must outlive it. */
int ike_message_parse(struct ike_message *message, struct crypto_bytes datagram,
                      struct ike_error *error);

/* The same where fragments are spoken (RFC 7383): SKF is a payload type that is understood then. */
int ike_message_parse_fragment(struct ike_message *message, struct crypto_bytes datagram,
                               struct ike_error *error);

/* Opens the SK payload of a message that was parsed (message->has_sk, which is asserted) and reads
 * its contents behind the outer payloads. Decrypts into `plain` (room for message->bytes.len),
 * which must outlive the message; the datagram stays as it was. *error is filled for every result
 * but IKE_OPEN_OK; only IKE_OPEN_MALFORMED was authentic (§2.21.3). Opening again, with another
 * key, is possible after BAD_ICV and TOO_SHORT. */
enum ike_open_result { IKE_OPEN_OK, IKE_OPEN_BAD_ICV, IKE_OPEN_TOO_SHORT, IKE_OPEN_MALFORMED };
enum ike_open_result ike_message_open(struct ike_message *message, struct crypto_context *ctx,
                                      const struct crypto_packet_key *key, uint8_t *plain,
                                      struct crypto_ledger *ledger, struct ike_error *error);

/* The same without a look at the ICV, for a viewer who has no key of INTEG; not for an AEAD. */
enum ike_open_result ike_message_open_unchecked(struct ike_message *message,
                                                struct crypto_context *ctx,
                                                const struct crypto_packet_key *key, uint8_t *plain,
                                                struct ike_error *error);

/* Opens the SKF payload of a message that was parsed (message->has_skf, asserted), as
 * ike_message_open does: *content gets the part of the whole's contents that it carries, a view
 * into `plain`. */
enum ike_open_result ike_message_open_fragment(struct ike_message *message,
                                               struct crypto_context *ctx,
                                               const struct crypto_packet_key *key, uint8_t *plain,
                                               struct crypto_bytes *content,
                                               struct crypto_ledger *ledger,
                                               struct ike_error *error);

/* All parts are there, joined in `contents`: reads it behind the outer payloads of the fragment
 * that came last, as if it had been in an SK payload. `first` is the Next Payload of fragment 1. 0,
 * or -1 with *error. */
int ike_message_parse_joined(struct ike_message *message, struct crypto_bytes contents,
                             uint8_t first, struct ike_error *error);

/* Refuses a message in which a payload comes twice that can only be there once: SA, KE, ID, AUTH,
 * nonce, TS, EAP. To read it is possible, to obey it is not (RFC 7296 §2.21). 0, or -1 with *error.
 */
int ike_message_check_single(struct ike_message *message, struct ike_error *error);

/* First payload of that type, inner ones included; NULL if there is none. */
const struct ike_payload *ike_message_find(const struct ike_message *message, uint8_t type);

/* First notify of that type. */
const struct ike_payload *ike_message_find_notify(const struct ike_message *message, uint16_t type);

/* The payload chain in words for recordings and ladders: "SA KE Ni N(COOKIE)",
 * "SK{IDi AUTH SA TSi TSr N(SET_WINDOW_SIZE)}", "SK" while it is not open. Nonce is Ni in a
 * request, Nr in a response. Returns the length of the whole, snprintf's way. */
size_t ike_message_describe(const struct ike_message *message, char *text, size_t cap);

/* ---- building ---- */

struct ike_builder {
    uint8_t *data;
    size_t len, cap;
    size_t next_at;    /* where the Next Payload of the next payload goes */
    size_t payload_at; /* generic header of the payload being written, 0 if none */
    size_t sk_at;      /* generic header of SK, 0 if the message is not protected */
    bool sk_empty;     /* SK was begun and nothing is in it yet */
    uint8_t iv_len;
    bool overflow;          /* something did not fit; ike_builder_finish fails then */
    size_t description_len; /* of the payload chain in words, as ike_message_describe gives it; */
    char description[256];  /* cut off here if it is longer */
};

/* Starts a message in `data`. Length and Next Payload are patched later; all else is written as
 * `header` has it, so set major to IKE_MAJOR_VERSION. `data` must outlive the builder. A builder
 * needs no clean-up. */
void ike_builder_begin(struct ike_builder *builder, uint8_t *data, size_t cap,
                       const struct ike_header *header);

/* One payload each, fields as named in RFC 7296 §3; what they are given is copied. In a request
 * proposals are numbered from 1 in order, in a response the number is the one that the proposal has
 * (§3.3.1). Key lengths other than 0 become Key Length attributes. Asserted are the limits of
 * ike/limits.h (nonces of 16 to 256 octets, 1 to 64 selectors) and selectors of types 7 and 8. */
void ike_build_sa(struct ike_builder *builder, const struct ike_proposal *proposals, size_t count);
void ike_build_ke(struct ike_builder *builder, uint16_t method, struct crypto_bytes data);
void ike_build_id(struct ike_builder *builder, bool initiator, uint8_t type,
                  struct crypto_bytes data);
void ike_build_cert(struct ike_builder *builder, uint8_t payload_type, uint8_t encoding,
                    struct crypto_bytes data); /* CERT or CERTREQ */
void ike_build_auth(struct ike_builder *builder, uint8_t method, struct crypto_bytes data);
void ike_build_nonce(struct ike_builder *builder, struct crypto_bytes data);
void ike_build_notify(struct ike_builder *builder, uint8_t protocol, struct crypto_bytes spi,
                      uint16_t type, struct crypto_bytes data);
void ike_build_delete(struct ike_builder *builder, uint8_t protocol, uint8_t spi_len,
                      struct crypto_bytes spis);
void ike_build_vendor(struct ike_builder *builder, struct crypto_bytes data);
void ike_build_ts(struct ike_builder *builder, bool initiator, const struct ike_selector *selectors,
                  size_t count);
void ike_build_cp(struct ike_builder *builder, uint8_t type, const struct ike_attribute *attributes,
                  size_t count);
void ike_build_eap(struct ike_builder *builder, struct crypto_bytes packet);
/* Any payload type with a ready body: for tests, attackers and edits of fields. */
void ike_build_raw(struct ike_builder *builder, uint8_t type, bool critical,
                   struct crypto_bytes body);

/* Opens the SK payload: all payloads built from here on go inside. `iv` has the length that the
 * cipher's IV has; it must be unpredictable with CBC, and never the same twice with GCM (§3.14, RFC
 * 5282 §3.1). */
void ike_build_sk_begin(struct ike_builder *builder, struct crypto_bytes iv);

/* Ends an unprotected message. Returns its length, 0 if it did not fit. */
size_t ike_builder_finish(struct ike_builder *builder);

/* Ends a protected message: pads, seals, patches the lengths (RFC 7296 §3.14; RFC 5282 §5.1 for the
 * associated data of an AEAD). Returns its length, 0 if it did not fit or OpenSSL failed. */
size_t ike_builder_finish_sealed(struct ike_builder *builder, struct crypto_context *ctx,
                                 const struct crypto_packet_key *key, struct crypto_ledger *ledger);

/* Its two steps, for who has something to do in between: pads, leaves room for the ICV and patches
 * the lengths; false if it did not fit. Then encrypts and makes the ICV: returns the length, 0 if
 * OpenSSL failed. */
bool ike_builder_pad(struct ike_builder *builder, const struct crypto_packet_key *key);
size_t ike_builder_seal(const struct ike_builder *builder, struct crypto_context *ctx,
                        const struct crypto_packet_key *key, struct crypto_ledger *ledger);

/* ---- fragments (RFC 7383 §2.5): message_fragment.c ---- */

/* Octets that the whole of a protected message, which is built but not finished, has once it is
 * sealed. */
size_t ike_builder_sealed_len(const struct ike_builder *builder,
                              const struct crypto_packet_key *key);

/* Into how many fragments of at most `max` octets it goes; 0 if `max` has no room for any. */
size_t ike_builder_fragments(const struct ike_builder *builder, const struct crypto_packet_key *key,
                             size_t max);

/* Ends the words of a protected message that goes out in fragments. */
void ike_builder_end_description(struct ike_builder *builder);

/* Writes fragment `number` of `total` into `out` (room for `max` octets) and seals it. The
 * builder's message stays as it was. Returns its length, 0 if OpenSSL failed. */
size_t ike_builder_fragment(const struct ike_builder *builder, struct crypto_context *ctx,
                            const struct crypto_packet_key *key, uint16_t number, uint16_t total,
                            struct crypto_bytes iv, uint8_t *out, size_t max,
                            struct crypto_ledger *ledger);

#endif
