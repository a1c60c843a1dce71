/* The IKE header, the chain of payloads, the Encrypted payload (RFC 7296 §3.1, §3.2, §3.14). */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kdf.h"
#include "ike/message.h"
#include "ui/dissect/parts.h"
#include "ui/dissect/pieces.h"

/* One message on its way into the tree. */
struct ike_dissection {
    struct dissect_tree *tree;
    size_t at; /* of the IKE header in layer 0 */
    struct ike_message message;
    struct ike_error error;
    bool refused;                        /* the codec refuses the message; `error` says why */
    const struct crypto_packet_key *key; /* that opened SK; NULL while it is closed */
    struct dissect_pieces *pieces;       /* NULL: nobody collects them */
    bool joined;   /* SKF: the decrypted octets are those of the whole message */
    uint8_t first; /* then, the type of its first payload */
};

/* ---- header ---- */

/* Exchange types of IKEv1, only to name them (RFC 2408 §3.1, RFC 2409 §5). */
static const char *ikev1_exchange(uint8_t number)
{
    static const struct {
        uint8_t number;
        const char *name;
    } names[] = {
        {1, "Base"},
        {2, "Main Mode"},
        {3, "Authentication Only"},
        {4, "Aggressive Mode"},
        {5, "Informational"},
        {6, "Transaction"},
        {32, "Quick Mode"},
        {33, "New Group Mode"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].number == number) {
            return names[i].name;
        }
    }
    return "unknown";
}

static void read_flags(struct dissect_walk *walk)
{
    unsigned flags = (unsigned)dissect_peek_number(walk, 0, 1);
    size_t group = dissect_open(
        walk, FIELD_FLAGS, "0x%02x: %s%s%s", flags,
        (flags & IKE_FLAG_RESPONSE) != 0 ? "response" : "request",
        (flags & IKE_FLAG_INITIATOR) != 0 ? ", by the initiator" : ", by the responder",
        (flags & IKE_FLAG_VERSION) != 0 ? ", can speak a higher version" : "");

    dissect_bits(walk, FIELD_FLAG_RESERVED, 1, 0, 2, NULL);
    dissect_bits(walk, FIELD_FLAG_R, 1, 2, 1,
                 (flags & IKE_FLAG_RESPONSE) != 0 ? "set: a response" : "clear: a request");
    dissect_bits(walk, FIELD_FLAG_V, 1, 3, 1, NULL);
    dissect_bits(walk, FIELD_FLAG_I, 1, 4, 1,
                 (flags & IKE_FLAG_INITIATOR) != 0 ? "set: from the original initiator"
                                                   : "clear: from the original responder");
    dissect_bits(walk, FIELD_FLAG_RESERVED, 1, 5, 3, NULL);
    dissect_skip(walk, 1);
    dissect_close(walk, group);
}

static void read_version(struct dissect_walk *walk)
{
    unsigned version = (unsigned)dissect_peek_number(walk, 0, 1);
    size_t group = dissect_open(walk, FIELD_VERSION, "%u.%u", version >> 4, version & 15);

    dissect_bits(walk, FIELD_MAJOR, 1, 0, 4, NULL);
    dissect_bits(walk, FIELD_MINOR, 1, 4, 4, NULL);
    dissect_skip(walk, 1);
    dissect_close(walk, group);
}

/* Shows the header. False where nothing behind it can be read as IKEv2. */
static bool read_header(struct ike_dissection *d, struct dissect_walk *walk)
{
    size_t total = dissect_left(walk), length, group, at;
    unsigned major = (unsigned)dissect_peek_number(walk, 17, 1) >> 4;
    uint8_t exchange = (uint8_t)dissect_peek_number(walk, 18, 1);
    uint64_t spi_r = dissect_peek_number(walk, 8, 8);
    const struct ike_name *row;
    char word[DISSECT_WORD_CAP];
    bool readable = true;

    group = dissect_open(walk, FIELD_IKE_HEADER, NULL);
    dissect_take_hex(walk, FIELD_SPI_I, 8);
    dissect_take(walk, FIELD_SPI_R, 8, "%016llx%s", (unsigned long long)spi_r,
                 spi_r == 0 ? " (not chosen yet)" : "");
    if (total >= IKE_HEADER_LEN && major != IKE_MAJOR_VERSION) {
        dissect_take_number(walk, FIELD_NEXT_PAYLOAD, 1);
        read_version(walk);
        dissect_take(walk, FIELD_EXCHANGE, 1, "%u%s%s", exchange, major == 1 ? ", in IKEv1: " : "",
                     major == 1 ? ikev1_exchange(exchange) : "");
        dissect_close(walk, group);
        return false;
    }
    dissect_take_name(walk, FIELD_NEXT_PAYLOAD, 1, &ike_payloads);
    read_version(walk);
    at = d->tree->count;
    row = ike_name_find(&ike_exchanges, exchange);
    if (dissect_take(walk, FIELD_EXCHANGE, 1, "%s", dissect_word(word, &ike_exchanges, exchange)) &&
        row != NULL && dissect_exchange_meaning(exchange) != NULL) {
        d->tree->fields[at].meaning = dissect_exchange_meaning(exchange);
        d->tree->fields[at].reference = row->reference;
    }
    read_flags(walk);
    dissect_take_number(walk, FIELD_MESSAGE_ID, 4);
    length = (size_t)dissect_take_number(walk, FIELD_LENGTH, 4);
    readable = !walk->stopped;
    if (readable && length != total) {
        dissect_wrong(walk, FIELD_LENGTH, walk->at - 4, 4, "%zu, but the datagram has %zu octets",
                      length, total);
        /* What is there can still be shown. */
        walk->stopped = false;
    }
    dissect_close(walk, group);
    return readable;
}

/* ---- payloads ---- */

static void read_chain(struct ike_dissection *d, struct dissect_walk *walk, uint8_t first);

/* What SK holds, in layer 1: payloads, padding, Pad Length. */
static void read_contents(struct ike_dissection *d, uint8_t first, unsigned depth)
{
    struct crypto_bytes plain = d->tree->layer[1];
    size_t pad_len = plain.len > 0 ? plain.data[plain.len - 1] : 0;
    struct dissect_walk walk, tail;

    if (plain.len == 0 || pad_len + 1 > plain.len) {
        walk = dissect_walk_start(d->tree, 1, depth, 0, plain.len);
        dissect_wrong(&walk, FIELD_SK_PAD_LENGTH, plain.len > 0 ? plain.len - 1 : 0,
                      plain.len > 0 ? 1 : 0, "%zu octets of padding, %zu octets decrypted", pad_len,
                      plain.len);
        return;
    }
    walk = dissect_walk_start(d->tree, 1, depth, 0, plain.len - 1 - pad_len);
    read_chain(d, &walk, first);
    tail = dissect_walk_start(d->tree, 1, depth, plain.len - 1 - pad_len, plain.len);
    if (pad_len > 0) {
        dissect_take_hex(&tail, FIELD_SK_PADDING, pad_len);
    }
    dissect_take_number(&tail, FIELD_SK_PAD_LENGTH, 1);
}

/* The body of SK, opened or not. */
static void read_sk(struct ike_dissection *d, struct dissect_walk *body, uint8_t first,
                    size_t group)
{
    size_t len = dissect_left(body), iv_len, icv_len, text_len, cipher;

    dissect_tree_set(d->tree, group, "%zu octets", len);
    if (d->key == NULL) {
        dissect_take_hex(body, FIELD_SK_OPAQUE, len);
        return;
    }
    iv_len = d->key->encr->iv_len;
    icv_len = crypto_packet_icv_len(d->key);
    assert(len >= iv_len + icv_len);
    dissect_take_hex(body, FIELD_SK_IV, iv_len);
    text_len = len - iv_len - icv_len;
    cipher = dissect_open(body, FIELD_SK_CIPHERTEXT, "%zu octet%s, decrypted with SK_e%c", text_len,
                          text_len == 1 ? "" : "s", d->message.header.initiator ? 'i' : 'r');
    read_contents(d, first, body->depth);
    dissect_skip(body, text_len);
    dissect_close(body, cipher);
    dissect_take_hex(body, FIELD_SK_ICV, icv_len);
}

/* What SKF holds, in layer 1: a piece of the contents with padding of its own, or with the last
 * that has come all of them. */
static void read_piece(struct ike_dissection *d, unsigned depth)
{
    size_t len = d->tree->layer[1].len;
    size_t pad_len = len > 0 ? d->tree->layer[1].data[len - 1] : 0;
    struct dissect_walk walk = dissect_walk_start(d->tree, 1, depth, 0, len);

    if (d->joined) {
        read_chain(d, &walk, d->first);
        return;
    }
    if (pad_len + 1 > len) {
        dissect_wrong(&walk, FIELD_SK_PAD_LENGTH, len > 0 ? len - 1 : 0, len > 0 ? 1 : 0,
                      "%zu octets of padding, %zu octets decrypted", pad_len, len);
        return;
    }
    dissect_take_hex(&walk, FIELD_SKF_PIECE, len - 1 - pad_len);
    if (pad_len > 0) {
        dissect_take_hex(&walk, FIELD_SK_PADDING, pad_len);
    }
    dissect_take_number(&walk, FIELD_SK_PAD_LENGTH, 1);
}

/* The body of SKF behind its numbers, opened or not. */
static void read_skf(struct ike_dissection *d, struct dissect_walk *body, size_t group)
{
    unsigned number = (unsigned)dissect_take_number(body, FIELD_SKF_NUMBER, 2);
    unsigned total = (unsigned)dissect_take_number(body, FIELD_SKF_TOTAL, 2);
    size_t iv_len, icv_len, text_len, cipher;

    dissect_tree_set(d->tree, group, "fragment %u of %u%s", number, total,
                     d->joined ? ", with which all are there" : "");
    if (d->key == NULL) {
        dissect_take_hex(body, FIELD_SK_OPAQUE, dissect_left(body));
        return;
    }
    iv_len = d->key->encr->iv_len;
    icv_len = crypto_packet_icv_len(d->key);
    assert(dissect_left(body) >= iv_len + icv_len);
    dissect_take_hex(body, FIELD_SK_IV, iv_len);
    text_len = dissect_left(body) - icv_len;
    cipher = dissect_open(body, FIELD_SK_CIPHERTEXT, "%zu octets, decrypted with SK_e%c%s",
                          text_len, d->message.header.initiator ? 'i' : 'r',
                          d->joined ? "; joined with those before" : "");
    read_piece(d, body->depth);
    dissect_skip(body, text_len);
    dissect_close(body, cipher);
    dissect_take_hex(body, FIELD_SK_ICV, icv_len);
}

/* The generic header of a payload; returns the walk over its body. */
static struct dissect_walk read_generic_header(struct dissect_walk *walk, uint8_t type)
{
    size_t len = (size_t)dissect_peek_number(walk, 2, 2);
    bool outer_last = type == IKE_PAYLOAD_SK || type == IKE_PAYLOAD_SKF;

    dissect_take_name(walk, outer_last ? FIELD_SK_NEXT : FIELD_PAYLOAD_NEXT, 1, &ike_payloads);
    dissect_bits(walk, FIELD_PAYLOAD_CRITICAL, 1, 0, 1, NULL);
    dissect_bits(walk, FIELD_PAYLOAD_RESERVED, 1, 1, 7, NULL);
    dissect_skip(walk, 1);
    dissect_take_number(walk, FIELD_PAYLOAD_LENGTH, 2);
    if (!walk->stopped && len < IKE_GENERIC_HEADER_LEN) {
        dissect_wrong(walk, FIELD_PAYLOAD_LENGTH, walk->at - 2, 2,
                      "%zu, but these %d octets are part of it", len, IKE_GENERIC_HEADER_LEN);
    }
    return dissect_part(walk, len - IKE_GENERIC_HEADER_LEN, FIELD_PAYLOAD_LENGTH);
}

static void read_chain(struct ike_dissection *d, struct dissect_walk *walk, uint8_t first)
{
    uint8_t type = first;

    while (type != IKE_PAYLOAD_NONE && !walk->stopped) {
        const struct ike_name *row = ike_name_find(&ike_payloads, type);
        struct dissect_about about = {
            .name = row != NULL ? row->name : "Unknown payload",
            .reference = row != NULL ? row->reference : "RFC 7296 §3.2",
            .meaning = dissect_payload_meaning(type),
        };
        uint8_t next = (uint8_t)dissect_peek_number(walk, 0, 1);
        struct dissect_walk body;
        size_t group;

        group = dissect_open_named(walk, &about, row != NULL ? NULL : "type %u", type);
        body = read_generic_header(walk, type);
        if (type == IKE_PAYLOAD_SK && walk->layer == 0) {
            read_sk(d, &body, next, group);
        } else if (type == IKE_PAYLOAD_SKF && walk->layer == 0 && d->message.has_skf) {
            read_skf(d, &body, group);
        } else {
            dissect_payload(&body, type, group);
            dissect_expect_end(&body, FIELD_PAYLOAD_LENGTH);
        }
        dissect_close(walk, group);
        if (type == IKE_PAYLOAD_SK || type == IKE_PAYLOAD_SKF) {
            break; /* always the last one; its Next Payload tells of its inside */
        }
        type = next;
    }
    if (dissect_left(walk) > 0) {
        dissect_wrong(walk, FIELD_PAYLOAD_NEXT, walk->at, dissect_left(walk),
                      "%zu octets behind the payload that said to be the last", dissect_left(walk));
    }
}

/* ---- opening ---- */

/* A fragment, and with the last of them the message. An ICV of which nobody has the key is not
 * looked over here: pieces are joined only where they are authentic. */
static enum ike_open_result open_piece(struct ike_dissection *d, struct crypto_context *ctx,
                                       const struct dissect_key *key, uint8_t *plain)
{
    const struct ike_payload *skf = &d->message.payloads[d->message.outer_count - 1];
    struct crypto_ledger ledger = {0};
    struct dissect_piece piece = {.header = &d->message.header,
                                  .number = skf->skf.number,
                                  .total = skf->skf.total,
                                  .first = d->message.bytes.data[skf->offset]};
    size_t around = IKE_SKF_HEADER_LEN - IKE_GENERIC_HEADER_LEN + key->key.encr->iv_len +
                    crypto_packet_icv_len(&key->key);
    size_t text_len = skf->body.len > around ? skf->body.len - around : 0;
    struct crypto_bytes whole;
    enum ike_open_result result = ike_message_open_fragment(&d->message, ctx, &key->key, plain,
                                                            &piece.content, &ledger, &d->error);

    if (result != IKE_OPEN_OK) {
        if (result == IKE_OPEN_MALFORMED) {
            dissect_tree_set_layer(
                d->tree, 1,
                crypto_bytes(plain + skf->offset + IKE_SKF_HEADER_LEN + key->key.encr->iv_len,
                             text_len));
        }
        return result;
    }
    d->joined = d->pieces != NULL && dissect_pieces_add(d->pieces, &piece, &whole, &d->first);
    if (!d->joined) {
        /* Behind the piece its padding, and how much that is. */
        dissect_tree_set_layer(d->tree, 1, crypto_bytes(piece.content.data, text_len));
        return IKE_OPEN_OK;
    }
    dissect_tree_set_layer(d->tree, 1, whole);
    return ike_message_parse_joined(&d->message, d->tree->layer[1], d->first, &d->error) == 0
               ? IKE_OPEN_OK
               : IKE_OPEN_MALFORMED;
}

/* Tries the keys; sets verdict and, unless it opens, trouble. */
static void open_sk(struct ike_dissection *d, struct crypto_context *ctx,
                    const struct dissect_keys *keys)
{
    const struct ike_header *header = &d->message.header;
    const struct dissect_key *key =
        dissect_keys_find_ike(keys, header->spi_i, header->spi_r, header->initiator);
    struct dissect_tree *tree = d->tree;
    struct crypto_ledger ledger = {0};
    enum ike_open_result result;
    uint8_t *plain;

    if (key == NULL) {
        tree->verdict = DISSECT_NO_KEY;
        snprintf(tree->trouble, sizeof tree->trouble, "no key for the IKE SA %016llx / %016llx",
                 (unsigned long long)header->spi_i, (unsigned long long)header->spi_r);
        return;
    }
    if (key->missing != NULL) {
        tree->verdict = DISSECT_NO_ALGORITHM;
        snprintf(tree->trouble, sizeof tree->trouble,
                 "there is a key, but this build does not compute %s", key->missing);
        return;
    }
    if (d->message.has_skf && key->unchecked) {
        tree->verdict = DISSECT_NO_KEY;
        snprintf(tree->trouble, sizeof tree->trouble,
                 "a fragment is opened only where its ICV can be checked, and the key of INTEG is "
                 "not known");
        return;
    }
    plain = malloc(d->message.bytes.len);
    if (plain == NULL) {
        abort();
    }
    result = d->message.has_skf ? open_piece(d, ctx, key, plain)
             : key->unchecked
                 ? ike_message_open_unchecked(&d->message, ctx, &key->key, plain, &d->error)
                 : ike_message_open(&d->message, ctx, &key->key, plain, &ledger, &d->error);
    switch (result) {
    case IKE_OPEN_OK:
    case IKE_OPEN_MALFORMED:
        tree->verdict = DISSECT_DECRYPTED;
        tree->unchecked = key->unchecked;
        d->key = &key->key;
        d->refused = result == IKE_OPEN_MALFORMED;
        if (!d->message.has_skf) {
            dissect_tree_set_layer(tree, 1, d->message.decrypted);
        }
        break;
    case IKE_OPEN_BAD_ICV:
        tree->verdict = DISSECT_WRONG_KEY;
        snprintf(tree->trouble, sizeof tree->trouble,
                 "the ICV does not fit the key that was given: a wrong key, or a message changed "
                 "on its way");
        break;
    case IKE_OPEN_TOO_SHORT:
        tree->verdict = DISSECT_WRONG_KEY;
        snprintf(
            tree->trouble, sizeof tree->trouble,
            "SK has no room for IV, whole blocks and ICV of the key that was given (%s): a key "
            "of other algorithms, or a malformed message",
            key->key.encr->name);
        break;
    }
    crypto_wipe(plain, d->message.bytes.len);
    free(plain);
}

/* ---- the whole ---- */

/* The line on a message that is no IKEv2. */
static void describe_other_version(struct dissect_tree *tree, struct crypto_bytes bytes)
{
    unsigned major = bytes.data[17] >> 4;

    tree->verdict = DISSECT_NOT_IKE;
    if (major == 1) {
        snprintf(tree->summary, sizeof tree->summary, "IKEv1 %s", ikev1_exchange(bytes.data[18]));
        snprintf(tree->trouble, sizeof tree->trouble,
                 "a message of IKEv1; only IKEv2 is read (RFC 7296 §2.5)");
    } else {
        snprintf(tree->summary, sizeof tree->summary, "major version %u", major);
        snprintf(tree->trouble, sizeof tree->trouble,
                 "major version %u, 2 expected: a receiver answers INVALID_MAJOR_VERSION to higher "
                 "ones (RFC 7296 §2.5)",
                 major);
    }
}

static void describe(struct ike_dissection *d)
{
    const struct ike_header *header = &d->message.header;
    struct dissect_tree *tree = d->tree;
    char chain[200], exchange[IKE_NAME_TEXT_CAP];
    int len;

    len = snprintf(tree->summary, sizeof tree->summary, "%s %s, Message ID %u",
                   ike_name_text(&ike_exchanges, header->exchange, exchange, sizeof exchange),
                   header->response ? "response" : "request", header->message_id);
    ike_message_describe(&d->message, chain, sizeof chain);
    if (chain[0] != '\0') {
        snprintf(tree->summary + len, sizeof tree->summary - (size_t)len, ", %s", chain);
    } else if (!d->refused) {
        snprintf(tree->summary + len, sizeof tree->summary - (size_t)len, ", empty");
    }
}

/* Where the codec refuses what the walk shows as right, a field of its own says so. */
static void show_refusal(struct ike_dissection *d)
{
    struct dissect_tree *tree = d->tree;
    unsigned layer = d->error.inside_sk && tree->layer[1].data != NULL ? 1 : 0;
    size_t end = tree->layer[layer].len;
    size_t at = d->error.offset + (layer == 0 ? d->at : 0);
    struct dissect_walk walk;

    if (d->refused && !dissect_tree_is_wrong(tree)) {
        walk = dissect_walk_start(tree, layer, 0, at <= end ? at : end, end);
        dissect_wrong(&walk, FIELD_MALFORMED, walk.at, 0, "%s", d->error.text);
    }
    if (dissect_tree_is_wrong(tree)) {
        tree->verdict = DISSECT_MALFORMED;
    }
}

void dissect_ike(struct dissect_tree *tree, struct crypto_context *ctx,
                 const struct dissect_keys *keys, struct dissect_pieces *pieces, size_t at)
{
    struct ike_dissection *d = calloc(1, sizeof *d);
    struct crypto_bytes bytes = crypto_bytes(tree->layer[0].data + at, tree->layer[0].len - at);
    struct dissect_walk walk = dissect_walk_start(tree, 0, 0, at, tree->layer[0].len);

    if (d == NULL) {
        abort();
    }
    d->tree = tree;
    d->at = at;
    tree->verdict = DISSECT_PLAIN;
    d->pieces = pieces;
    d->refused = ike_message_parse_fragment(&d->message, bytes, &d->error) != 0;
    if (bytes.len >= IKE_HEADER_LEN && d->message.header.major != IKE_MAJOR_VERSION) {
        describe_other_version(tree, bytes);
        read_header(d, &walk);
        free(d);
        return;
    }
    if (!d->refused && (d->message.has_sk || d->message.has_skf)) {
        open_sk(d, ctx, keys);
    }
    if (d->refused) {
        snprintf(tree->trouble, sizeof tree->trouble, "%s", d->error.text);
    }
    if (bytes.len < IKE_HEADER_LEN) {
        snprintf(tree->summary, sizeof tree->summary, "%zu octets, less than an IKE header",
                 bytes.len);
    } else {
        describe(d);
    }
    if (read_header(d, &walk)) {
        read_chain(d, &walk, d->message.header.next_payload);
    }
    show_refusal(d);
    free(d);
}
