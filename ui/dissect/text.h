/* A tree as text. */
#ifndef IKESIM_UI_DISSECT_TEXT_H
#define IKESIM_UI_DISSECT_TEXT_H

#include <stdio.h>

#include "ui/dissect/dissect.h"

enum dissect_text_option {
    DISSECT_TEXT_HEX = 1, /* the bytes under each field that has no fields inside */
    DISSECT_TEXT_MEANING =
        2, /* under each field with the sentence on why it is there, and its section */
};

/* One field a line: offset (hexadecimal; d: in the decrypted bytes), length, name, value. */
void dissect_tree_print(FILE *out, const struct dissect_tree *tree, unsigned options);

/* True if no line may end at this blank of `text`: it stands in the name of a section ("RFC 7296
 * §2.1"), or between a number and its unit or its kind ("5 ms", "MID 3"). */
bool dissect_text_bound(const char *text, const char *blank);

#endif
