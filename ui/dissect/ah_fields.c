/* AH (RFC 4302 §2) and what it carries in the clear. Its ICV covers the IP header in front, which
 * is not here, and is not checked. */
#include <stdio.h>

#include "ui/dissect/parts.h"

enum { HEADER_LEN = 12, UNIT = 4, UNITS_LESS = 2 };

void dissect_ah(struct dissect_tree *tree)
{
    struct dissect_walk walk = dissect_walk_start(tree, 0, 0, 0, tree->layer[0].len), part;
    unsigned next_header = (unsigned)dissect_peek_number(&walk, 0, 1);
    size_t len = ((size_t)dissect_peek_number(&walk, 1, 1) + UNITS_LESS) * UNIT;
    unsigned spi = (unsigned)dissect_peek_number(&walk, 4, 4);
    unsigned sequence = (unsigned)dissect_peek_number(&walk, 8, 4);
    char word[DISSECT_WORD_CAP], inner[160] = "";
    size_t group;

    tree->verdict = DISSECT_PLAIN;
    group = dissect_open(&walk, FIELD_AH, "%zu octets", len);
    dissect_take(&walk, FIELD_AH_NEXT_HEADER, 1, "%s", dissect_ip_protocol_text(word, next_header));
    dissect_take(&walk, FIELD_AH_LENGTH, 1, "%zu (%zu octets)", len / UNIT - UNITS_LESS, len);
    if (!walk.stopped && len < HEADER_LEN) {
        dissect_wrong(&walk, FIELD_AH_LENGTH, 1, 1, "%zu octets, at least %d expected", len,
                      HEADER_LEN);
    }
    dissect_take_number(&walk, FIELD_AH_RESERVED, 2);
    dissect_take(&walk, FIELD_AH_SPI, 4, "0x%08x", spi);
    dissect_take_number(&walk, FIELD_AH_SEQUENCE, 4);
    if (!walk.stopped && len > HEADER_LEN) {
        dissect_take_hex(&walk, FIELD_AH_ICV, len - HEADER_LEN);
    }
    dissect_close(&walk, group);
    if (!walk.stopped) {
        part = dissect_part(&walk, dissect_left(&walk), FIELD_AH_NEXT_HEADER);
        dissect_inner(&part, next_header, inner, sizeof inner);
    }
    snprintf(tree->summary, sizeof tree->summary, "AH, SPI 0x%08x, sequence number %u%s%s", spi,
             sequence, inner[0] != '\0' ? ": " : "", inner);
    if (dissect_tree_is_wrong(tree)) {
        tree->verdict = DISSECT_MALFORMED;
    }
}
