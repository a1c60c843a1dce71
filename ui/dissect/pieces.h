/* IKE fragments that were opened (RFC 7383), until all of a message are there. */
#ifndef IKESIM_UI_DISSECT_PIECES_H
#define IKESIM_UI_DISSECT_PIECES_H

#include "ike/message.h"
#include "ui/dissect/dissect.h"

/* One opened fragment. */
struct dissect_piece {
    const struct ike_header *header;
    uint16_t number, total; /* both at least 1, number at most total */
    uint8_t first;          /* type of the first payload inside, in fragment 1 */
    struct crypto_bytes content;
};

/* Takes a piece; copied. True where all pieces of its message have come: *whole gets the contents,
 * which the collection owns and keeps until the next call, and *first the type of the first payload
 * in them. */
bool dissect_pieces_add(struct dissect_pieces *pieces, const struct dissect_piece *piece,
                        struct crypto_bytes *whole, uint8_t *first);

#endif
