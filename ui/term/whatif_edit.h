/* What if: a field of a message has another value. Where a script finds the field, and whether what
 * a person types can be its value. */
#ifndef IKESIM_UI_TERM_WHATIF_EDIT_H
#define IKESIM_UI_TERM_WHATIF_EDIT_H

#include "ui/term/whatif.h"
#include "ui/term/words.h"

/* The octets that hold the field, as the keys of an edit name them. */
struct edit_place {
    bool wire; /* an attacker finds it on the wire: `octet` counts from the IKE header */
    uint32_t octet;
    bool sender;     /* a faulty sender can write it before it seals: */
    uint8_t payload; /* 0: none, `sender_octet` counts from the IKE header, or as on the wire */
    uint32_t which;  /* the n-th payload of that type */
    uint32_t sender_octet;
};

/* `marker`: octets before an IKE message; `ike`: it is one, else ESP or AH. Both false where the
 * field is nothing that can be written. */
struct edit_place edit_place_of(const struct dissect_tree *tree, size_t field, bool ike,
                                size_t marker);

/* "2 octets, a number; now 31": what may be typed. */
void edit_say_kind(struct words *words, const struct dissect_tree *tree, size_t field);

/* The octets that hold the field when it has the value typed, as a script spells them ("0x0013").
 * malloc'ed; NULL with `error` if it is no value for the field. */
char *edit_value(const struct dissect_tree *tree, size_t field, const char *typed, char *error,
                 size_t cap);

#endif
