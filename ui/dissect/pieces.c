#include "ui/dissect/pieces.h"

#include <stdlib.h>
#include <string.h>

/* Messages of which pieces are waited for at a time; of more, the oldest is given up. */
enum { MESSAGES_MAX = 64 };

struct content {
    uint8_t *data; /* NULL: it has not come */
    size_t len;
};

struct message {
    uint64_t spi_i, spi_r;
    uint32_t message_id;
    bool response, initiator;
    uint16_t total; /* 0: a free place */
    uint8_t first;
    struct content *contents; /* `total` of them */
};

struct dissect_pieces {
    size_t next; /* place for the next message */
    struct message messages[MESSAGES_MAX];
    uint8_t *whole;
    size_t whole_len;
};

static void *checked_calloc(size_t count, size_t size)
{
    void *p = calloc(count, size);

    if (p == NULL) {
        abort();
    }
    return p;
}

struct dissect_pieces *dissect_pieces_new(void)
{
    return checked_calloc(1, sizeof(struct dissect_pieces));
}

static void wipe(uint8_t *data, size_t len)
{
    if (data != NULL) {
        crypto_wipe(data, len);
        free(data);
    }
}

static void forget(struct message *message)
{
    for (unsigned i = 0; i < message->total; i++) {
        wipe(message->contents[i].data, message->contents[i].len);
    }
    free(message->contents);
    *message = (struct message){0};
}

void dissect_pieces_free(struct dissect_pieces *pieces)
{
    if (pieces == NULL) {
        return;
    }
    for (size_t i = 0; i < MESSAGES_MAX; i++) {
        forget(&pieces->messages[i]);
    }
    wipe(pieces->whole, pieces->whole_len);
    free(pieces);
}

/* One that was cut into another number of pieces is another one (RFC 7383 §2.6). */
static struct message *find(struct dissect_pieces *pieces, const struct dissect_piece *piece)
{
    const struct ike_header *header = piece->header;
    struct message *message;

    for (size_t i = 0; i < MESSAGES_MAX; i++) {
        message = &pieces->messages[i];
        if (message->total == piece->total && message->spi_i == header->spi_i &&
            message->spi_r == header->spi_r && message->message_id == header->message_id &&
            message->response == header->response && message->initiator == header->initiator) {
            return message;
        }
    }
    message = &pieces->messages[pieces->next++ % MESSAGES_MAX];
    forget(message);
    *message = (struct message){
        .spi_i = header->spi_i,
        .spi_r = header->spi_r,
        .message_id = header->message_id,
        .response = header->response,
        .initiator = header->initiator,
        .total = piece->total,
        .contents = checked_calloc(piece->total, sizeof *message->contents),
    };
    return message;
}

bool dissect_pieces_add(struct dissect_pieces *pieces, const struct dissect_piece *piece,
                        struct crypto_bytes *whole, uint8_t *first)
{
    struct message *message = find(pieces, piece);
    struct content *content = &message->contents[piece->number - 1];
    size_t len = 0, at = 0;

    if (content->data == NULL) {
        content->data = checked_calloc(1, piece->content.len + 1);
        content->len = piece->content.len;
        memcpy(content->data, piece->content.data, content->len);
    }
    message->first = piece->number == 1 ? piece->first : message->first;
    for (unsigned i = 0; i < message->total; i++) {
        if (message->contents[i].data == NULL) {
            return false;
        }
        len += message->contents[i].len;
    }
    wipe(pieces->whole, pieces->whole_len);
    pieces->whole = checked_calloc(1, len + 1);
    pieces->whole_len = len;
    for (unsigned i = 0; i < message->total; i++) {
        memcpy(pieces->whole + at, message->contents[i].data, message->contents[i].len);
        at += message->contents[i].len;
    }
    *whole = crypto_bytes(pieces->whole, len);
    *first = message->first;
    return true;
}
