/* The Security Association payload: proposals, transforms, attributes (RFC 7296 §3.3). */
#include <stdio.h>
#include <string.h>

#include "crypto/proposal.h"
#include "ui/dissect/parts.h"

const char *dissect_transform_text(char text[DISSECT_WORD_CAP], uint8_t type, uint16_t id)
{
    const struct crypto_transform *row = crypto_transform_find(type, id);

    if (row != NULL) {
        snprintf(text, DISSECT_WORD_CAP, "%s (%u)", row->name, id);
    } else {
        snprintf(text, DISSECT_WORD_CAP, "%u (unknown)", id);
    }
    return text;
}

static const char *type_text(char text[DISSECT_WORD_CAP], uint8_t type)
{
    snprintf(text, DISSECT_WORD_CAP, "%s (%u)", crypto_transform_type_name(type), type);
    return text;
}

/* One attribute. Returns the key length in bits if that is what it says, else 0. */
static uint16_t read_attribute(struct dissect_walk *walk)
{
    uint64_t head = dissect_peek_number(walk, 0, 2);
    uint32_t type = (uint32_t)head & 0x7fff;
    bool is_short = (head & IKE_ATTRIBUTE_TV) != 0;
    bool is_key_length = type == IKE_TRANSFORM_ATTRIBUTE_KEY_LENGTH;
    char word[DISSECT_WORD_CAP];
    uint16_t bits = 0;
    size_t group;

    dissect_word(word, &ike_transform_attributes, type);
    group = dissect_open(walk, FIELD_ATTRIBUTE, "%s", word);
    dissect_bits(walk, FIELD_ATTRIBUTE_FORMAT, 2, 0, 1,
                 is_short ? "set: the value is short" : "clear: a length follows");
    dissect_bits(walk, FIELD_ATTRIBUTE_TYPE, 2, 1, 15, word);
    dissect_skip(walk, 2);
    if (is_short) {
        uint16_t value = (uint16_t)dissect_peek_number(walk, 0, 2);

        if (dissect_take(walk, FIELD_ATTRIBUTE_VALUE, 2, is_key_length ? "%u bits" : "%u", value)) {
            dissect_tree_set(walk->tree, group, is_key_length ? "Key Length %u bits" : "%u", value);
            bits = is_key_length ? value : 0;
        }
    } else {
        size_t len = (size_t)dissect_take_number(walk, FIELD_ATTRIBUTE_LENGTH, 2);

        dissect_take_hex(walk, FIELD_ATTRIBUTE_VALUE, len);
    }
    dissect_close(walk, group);
    return bits;
}

/* Where transforms are collected to be printed in one line. */
static void collect(struct crypto_proposal *proposal, uint8_t type, uint16_t id, uint16_t key_bits)
{
    if (proposal->count < CRYPTO_PROPOSAL_TRANSFORMS_MAX) {
        proposal->transforms[proposal->count++] =
            (struct crypto_transform_choice){.type = type, .id = id, .key_bits = key_bits};
    }
}

static void read_transform(struct dissect_walk *walk, struct crypto_proposal *proposal)
{
    uint8_t more = (uint8_t)dissect_peek_number(walk, 0, 1);
    size_t len = (size_t)dissect_peek_number(walk, 2, 2);
    uint8_t type = (uint8_t)dissect_peek_number(walk, 4, 1);
    uint16_t id = (uint16_t)dissect_peek_number(walk, 6, 2);
    struct dissect_about about = *dissect_about(FIELD_TRANSFORM);
    char type_word[DISSECT_WORD_CAP], id_word[DISSECT_WORD_CAP];
    struct dissect_walk part;
    uint16_t key_bits = 0;
    size_t group, start = walk->at;

    type_text(type_word, type);
    dissect_transform_text(id_word, type, id);
    about.meaning = dissect_transform_meaning(type);
    group = dissect_open_named(walk, &about, "%s: %s", crypto_transform_type_name(type), id_word);
    dissect_take(walk, FIELD_TRANSFORM_MORE, 1, "%u (%s)", more,
                 more == 0   ? "the last one"
                 : more == 3 ? "more follow"
                             : "0 or 3 expected");
    dissect_take_number(walk, FIELD_RESERVED, 1);
    dissect_take_number(walk, FIELD_TRANSFORM_LENGTH, 2);
    if (!walk->stopped && len < IKE_TRANSFORM_HEADER_LEN) {
        dissect_wrong(walk, FIELD_TRANSFORM_LENGTH, start + 2, 2, "%zu, at least %d expected", len,
                      IKE_TRANSFORM_HEADER_LEN);
    }
    part = dissect_part(walk, len - 4, FIELD_TRANSFORM_LENGTH);
    dissect_take(&part, FIELD_TRANSFORM_TYPE, 1, "%s", type_word);
    dissect_take_number(&part, FIELD_RESERVED, 1);
    dissect_take(&part, FIELD_TRANSFORM_ID, 2, "%s", id_word);
    while (dissect_left(&part) > 0) {
        uint16_t bits = read_attribute(&part);

        key_bits = bits != 0 ? bits : key_bits;
    }
    if (key_bits != 0) {
        dissect_tree_set(walk->tree, group, "%s: %s, %u bits", crypto_transform_type_name(type),
                         id_word, key_bits);
    }
    dissect_close(walk, group);
    collect(proposal, type, id, key_bits);
}

static void read_transforms(struct dissect_walk *part, unsigned announced,
                            struct crypto_proposal *proposal)
{
    unsigned count = 0;
    size_t start = part->at;

    while (dissect_left(part) > 0 && count < announced) {
        read_transform(part, proposal);
        count++;
    }
    if (!part->stopped && count < announced) {
        dissect_wrong(part, FIELD_PROPOSAL_TRANSFORMS, start, part->end - start,
                      "%u transforms announced, room for %u", announced, count);
    }
    dissect_expect_end(part, FIELD_PROPOSAL_LENGTH);
}

static void read_proposal(struct dissect_walk *walk)
{
    uint8_t more = (uint8_t)dissect_peek_number(walk, 0, 1);
    size_t len = (size_t)dissect_peek_number(walk, 2, 2);
    unsigned number = (unsigned)dissect_peek_number(walk, 4, 1);
    uint8_t protocol = (uint8_t)dissect_peek_number(walk, 5, 1);
    struct crypto_proposal proposal = {.number = (uint8_t)number, .protocol = protocol};
    char word[DISSECT_WORD_CAP], line[512], spi_text[2 * 64 + 40] = "";
    size_t group, start = walk->at, spi_len;
    struct dissect_walk part;
    unsigned transforms;

    dissect_word(word, &ike_protocols, protocol);
    group = dissect_open(walk, FIELD_PROPOSAL, "%u", number);
    dissect_take(walk, FIELD_PROPOSAL_MORE, 1, "%u (%s)", more,
                 more == 0   ? "the last one"
                 : more == 2 ? "more follow"
                             : "0 or 2 expected");
    dissect_take_number(walk, FIELD_RESERVED, 1);
    dissect_take_number(walk, FIELD_PROPOSAL_LENGTH, 2);
    if (!walk->stopped && len < IKE_PROPOSAL_HEADER_LEN) {
        dissect_wrong(walk, FIELD_PROPOSAL_LENGTH, start + 2, 2, "%zu, at least %d expected", len,
                      IKE_PROPOSAL_HEADER_LEN);
    }
    part = dissect_part(walk, len - 4, FIELD_PROPOSAL_LENGTH);
    dissect_take_number(&part, FIELD_PROPOSAL_NUM, 1);
    dissect_take(&part, FIELD_PROPOSAL_PROTOCOL, 1, "%s", word);
    spi_len = (size_t)dissect_take_number(&part, FIELD_PROPOSAL_SPI_SIZE, 1);
    transforms = (unsigned)dissect_take_number(&part, FIELD_PROPOSAL_TRANSFORMS, 1);
    if (spi_len > 0) {
        dissect_hex_text(spi_text, sizeof spi_text, dissect_peek(&part, spi_len));
        dissect_take_hex(&part, FIELD_PROPOSAL_SPI, spi_len);
    }
    read_transforms(&part, transforms, &proposal);
    crypto_proposal_print(&proposal, line, sizeof line);
    dissect_tree_set(walk->tree, group, "%u: %s %s%s%s", number, word, line,
                     spi_text[0] != '\0' ? ", SPI " : "", spi_text);
    dissect_close(walk, group);
}

void dissect_sa(struct dissect_walk *body, size_t group)
{
    unsigned count = 0;

    if (dissect_left(body) == 0 && !body->stopped) {
        dissect_wrong(body, FIELD_PROPOSAL, body->at, 0, "at least one proposal expected");
    }
    while (dissect_left(body) > 0) {
        read_proposal(body);
        count++;
    }
    dissect_tree_set(body->tree, group, "%u proposal%s", count, count == 1 ? "" : "s");
}
