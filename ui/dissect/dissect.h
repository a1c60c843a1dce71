/*
 * Bytes of a datagram as a tree of fields: what each is, its value, where it stands, the section
 * that defines it and one sentence on why it is there. The screens, `ikesim dissect` and tests read
 * it.
 */
#ifndef IKESIM_UI_DISSECT_H
#define IKESIM_UI_DISSECT_H

#include <stdbool.h>

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/packet.h"

/* A tree in a flat array: the children of a field are those behind it with a greater depth. */
struct dissect_field {
    uint8_t depth;
    uint8_t layer; /* 0: bytes as on the wire; 1: decrypted */
    bool wrong;    /* malformed; `value` says how */
    /* Bits of its octets, counted from the first one's most significant on; 0,0: whole octets. */
    uint8_t bit_first, bit_count;
    uint32_t offset, len;  /* in its layer */
    const char *name;      /* "Message ID" */
    char *value;           /* "1", "ENCR_AES_CBC (12)"; owned by the tree */
    const char *reference; /* "RFC 7296 §3.1" */
    const char *meaning;   /* one sentence on what it is for; NULL where the parent has said it */
};

enum dissect_verdict {
    DISSECT_PLAIN,        /* nothing in it was encrypted */
    DISSECT_DECRYPTED,    /* the ICV is right, unless the tree says that it is unchecked */
    DISSECT_NO_KEY,       /* encrypted, no key for these SPIs */
    DISSECT_WRONG_KEY,    /* the ICV does not fit */
    DISSECT_NO_ALGORITHM, /* the key's algorithm is not computed by this build */
    DISSECT_MALFORMED,    /* not what it claims to be; the fields up to there are shown */
    DISSECT_NOT_IKE,      /* IKEv1, a keepalive, or no IKE and no ESP at all */
};

struct dissect_tree {
    enum dissect_verdict verdict;
    bool unchecked;    /* decrypted without a key of INTEG: nobody knows whether the ICV is right */
    char summary[256]; /* one line: "IKE_AUTH request, Message ID 1, SK{IDi AUTH SA TSi TSr}" */
    char trouble[200]; /* what is wrong and what was expected; "" if nothing */
    /* On the wire; decrypted (contents of SK, or of ESP from the inner packet to Next Header).
     * Owned by the tree. */
    struct crypto_bytes layer[2];
    size_t count, cap;
    struct dissect_field *fields;
};

/* Keys by SPI: from Wireshark's tables or from a recording. */
struct dissect_keys;
struct dissect_keys *dissect_keys_new(void);
void dissect_keys_free(struct dissect_keys *keys);

/* IKE: keys of an IKE SA by its SPI pair (spi_r may be 0 in a lookup of a half-known one). */
void dissect_keys_add_ike(struct dissect_keys *keys, uint64_t spi_i, uint64_t spi_r,
                          const struct crypto_packet_key *from_initiator,
                          const struct crypto_packet_key *from_responder);
/* ESP: key of one direction by SPI and, unless empty, destination address text. */
void dissect_keys_add_esp(struct dissect_keys *keys, const char *destination, uint32_t spi,
                          const struct crypto_packet_key *key);

/* Reads a file in the form of Wireshark's ikev2_decryption_table or esp_sa, told apart by its rows.
 * Returns the number of rows taken, or -1 with `error` (file, line, what was expected, nearest
 * known name). Rows of algorithms that this build does not compute are kept as such: packets under
 * them give DISSECT_NO_ALGORITHM. */
int dissect_keys_read(struct dissect_keys *keys, const char *path, char *error, size_t error_cap);

/* Fragments of IKE messages (RFC 7383) that have been opened: the datagram that makes one whole
 * shows all of it. For one capture, in its order. */
struct dissect_pieces;
struct dissect_pieces *dissect_pieces_new(void);
void dissect_pieces_free(struct dissect_pieces *pieces); /* NULL is nothing; wipes */

/* A UDP payload, an ESP packet, or AH with what it carries. Ports 4500 have the non-ESP marker or
 * ESP (RFC 3948); protocol is 17, 50, 51, or 1 and 58 (ICMP). `destination` is the IP address in
 * text, for ESP keys. `pieces` NULL: a fragment shows what it carries itself. The tree copies the
 * bytes. Free with dissect_tree_free. */
struct dissect_tree *dissect_datagram(struct crypto_context *ctx, const struct dissect_keys *keys,
                                      struct dissect_pieces *pieces, unsigned protocol,
                                      uint16_t source_port, uint16_t destination_port,
                                      const char *destination, struct crypto_bytes bytes);
void dissect_tree_free(struct dissect_tree *tree);

/* The tree as indented text, one field a line, with offsets; `hex` adds the bytes. malloc'ed. */
char *dissect_tree_text(const struct dissect_tree *tree, bool hex);

/* The field that a path leads to, as "Proposal / Protocol ID": names of fields, each looked for
 * behind the one before it, a whole name before one that only begins so. SIZE_MAX: there is none.
 */
size_t dissect_tree_find(const struct dissect_tree *tree, const char *path);

#endif
