/*
 * A walk over bytes that adds what it reads to a tree. Every step is checked against the end of its
 * region; the first one that does not fit writes a `wrong` field and stops the walk, so that the
 * code of a payload reads straight down and shows its fields as far as they are right.
 */
#ifndef IKESIM_UI_DISSECT_WALK_H
#define IKESIM_UI_DISSECT_WALK_H

#include "ike/wire.h"
#include "ui/dissect/dissect.h"
#include "ui/dissect/fields.h"

struct dissect_walk {
    struct dissect_tree *tree;
    uint8_t layer, depth;
    bool stopped;
    size_t at, end; /* in the layer: the next byte to read, and the first one that is not ours */
};

/* ---- the tree ---- */

/* Text of a value in fields whose value is given as a format. */
#define DISSECT_PRINTF(format_at, first) __attribute__((format(printf, format_at, first)))

/* Appends a field and returns its index; `format` NULL leaves the value empty. */
size_t dissect_tree_add(struct dissect_tree *tree, const struct dissect_field *field,
                        const char *format, ...) DISSECT_PRINTF(3, 4);

/* Replaces the value of a field. */
void dissect_tree_set(struct dissect_tree *tree, size_t index, const char *format, ...)
    DISSECT_PRINTF(3, 4);

/* True once any field is marked wrong. */
bool dissect_tree_is_wrong(const struct dissect_tree *tree);

/* Copies `bytes` as the layer; at most once for each layer. */
void dissect_tree_set_layer(struct dissect_tree *tree, unsigned layer, struct crypto_bytes bytes);

/* ---- the walk ---- */

/* A walk through the octets from `at` to `end` (exclusive) of a layer, whose fields have that
 * depth. */
struct dissect_walk dissect_walk_start(struct dissect_tree *tree, unsigned layer, unsigned depth,
                                       size_t at, size_t end);

/* Octets before the end of the region; 0 once the walk has stopped. */
size_t dissect_left(const struct dissect_walk *walk);

/* The next `len` octets, without moving; fewer if the region ends before. */
struct crypto_bytes dissect_peek(const struct dissect_walk *walk, size_t len);

/* Big-endian number of `len` (at most 8) octets at `ahead` octets from here, 0 where the region
 * ends before. */
uint64_t dissect_peek_number(const struct dissect_walk *walk, size_t ahead, size_t len);

/* Takes `len` octets as a field with the value given. False (and the walk stopped) if they are not
 * there. */
bool dissect_take(struct dissect_walk *walk, enum dissect_field_id id, size_t len,
                  const char *format, ...) DISSECT_PRINTF(4, 5);

/* The same with common values: a number in decimal, octets in hexadecimal, a number with its name
 * "ENCR_AES_CBC (12)". Numbers are returned, 0 if they are not there. */
uint64_t dissect_take_number(struct dissect_walk *walk, enum dissect_field_id id, size_t len);
struct crypto_bytes dissect_take_hex(struct dissect_walk *walk, enum dissect_field_id id,
                                     size_t len);
uint64_t dissect_take_name(struct dissect_walk *walk, enum dissect_field_id id, size_t len,
                           const struct ike_names *names);
/* An address of 4 or 16 octets. */
void dissect_take_address(struct dissect_walk *walk, enum dissect_field_id id, size_t len);

/* Bits of the octets here as a field, without moving: `len` octets, of which `count` bits from bit
 * `first` on (0 the most significant). Returns them. `format` gets no arguments; NULL prints the
 * number. */
unsigned dissect_bits(struct dissect_walk *walk, enum dissect_field_id id, size_t len,
                      unsigned first, unsigned count, const char *text);

/* Moves over octets whose bits were shown. */
void dissect_skip(struct dissect_walk *walk, size_t len);

/* Opens a group: fields that follow are its children, until it is closed. Returns its index; its
 * value may be set later (`format` NULL). */
size_t dissect_open(struct dissect_walk *walk, enum dissect_field_id id, const char *format, ...)
    DISSECT_PRINTF(3, 4);
size_t dissect_open_named(struct dissect_walk *walk, const struct dissect_about *about,
                          const char *format, ...) DISSECT_PRINTF(3, 4);
/* Ends the group; its length is what its fields cover. */
void dissect_close(struct dissect_walk *walk, size_t group);

/* A walk over the next `len` octets alone, which `walk` moves past. If there are fewer, says so
 * under the name of the length field, stops `walk`, and gives those that are there. */
struct dissect_walk dissect_part(struct dissect_walk *walk, size_t len,
                                 enum dissect_field_id length_field);

/* Writes a wrong field over `len` octets from `at` on and stops the walk. */
void dissect_wrong(struct dissect_walk *walk, enum dissect_field_id id, size_t at, size_t len,
                   const char *format, ...) DISSECT_PRINTF(5, 6);

/* Writes a wrong field, named after the length that has to be smaller or what it counts greater,
 * over octets that are left over. */
void dissect_expect_end(struct dissect_walk *walk, enum dissect_field_id length_field);

/* ---- values in words ---- */

/* "name (number)" or "number (unknown)", written into `text`, which is returned. */
#define DISSECT_WORD_CAP 96
const char *dissect_word(char text[DISSECT_WORD_CAP], const struct ike_names *names,
                         uint64_t number);

/* Octets as hexadecimal, cut off with their number when there are many; as text where all are
 * printable, or with \xNN for those that are not, so that no capture can steer a terminal. Written
 * to `text`. */
const char *dissect_hex_text(char *text, size_t cap, struct crypto_bytes bytes);
const char *dissect_printable(char *text, size_t cap, struct crypto_bytes bytes);
bool dissect_is_printable(struct crypto_bytes bytes);

/* An IPv4 (4) or IPv6 (16 octets) address. */
const char *dissect_address_text(char text[46], const uint8_t *bytes, size_t len);

/* "TCP (6)" for protocol numbers of IP; "any (0)" as a selector has it. */
const char *dissect_ip_protocol_text(char text[DISSECT_WORD_CAP], unsigned protocol);

#endif
