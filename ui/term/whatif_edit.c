/* What if: a field of a message has another value. */
#include "ui/term/whatif_edit.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"

enum {
    HEADER_LEN = 28,
    GENERIC_LEN = 4,
    AT_NEXT_PAYLOAD = 16,
    PAYLOADS = 256,
    PAYLOAD_SK = 46,
    PAYLOAD_SKF = 53
};

/* ---- where it stands ---- */

/* Payloads of a chain up to an octet of it. */
struct chain {
    uint32_t seen[PAYLOADS]; /* of each type so far */
    uint8_t payload;         /* type of the one that holds the octet; 0: none does */
    size_t begin;            /* of it */
};

/* Follows the chain from `first`, which begins at `at`, to the payload with octet `to`. */
static void follow_chain(struct chain *chain, const struct crypto_bytes *bytes, size_t at,
                         uint8_t first, size_t to)
{
    uint8_t type = first;
    chain->payload = 0;
    while (type != 0 && at + GENERIC_LEN <= bytes->len) {
        size_t len = (size_t)bytes->data[at + 2] << 8 | bytes->data[at + 3];
        chain->seen[type]++;
        if (len < GENERIC_LEN || len > bytes->len - at || (to >= at && to < at + len)) {
            chain->payload = len < GENERIC_LEN || len > bytes->len - at ? 0 : type;
            chain->begin = at;
            return;
        }
        type = type == PAYLOAD_SK || type == PAYLOAD_SKF ? 0 : bytes->data[at];
        at += len;
    }
}

/* The last payload of the outer chain, which may be SK. */
static bool find_sk(struct chain *chain, const struct crypto_bytes *wire, size_t marker)
{
    follow_chain(chain, wire, marker + HEADER_LEN, wire->data[marker + AT_NEXT_PAYLOAD],
                 wire->len - 1);
    return chain->payload == PAYLOAD_SK;
}

/* Where the ESP packet begins whose contents are layer 1, and where they stand in it; false if
 * there is none. */
static bool find_esp(const struct dissect_tree *tree, size_t *begin, size_t *contents)
{
    size_t at = 0;
    while (at < tree->count && tree->fields[at].layer == 0) {
        at++;
    }
    if (at == 0 || at == tree->count) {
        return false;
    }
    const struct dissect_field *cipher = &tree->fields[--at];
    while (at > 0 && tree->fields[at].depth >= cipher->depth) {
        at--;
    }
    *contents = cipher->offset;
    *begin = tree->fields[at].offset;
    return true;
}

/* All but the ICV is there before an ESP packet is encrypted, in the same place as then. */
static void place_in_esp(const struct dissect_tree *tree, const struct dissect_field *field,
                         struct edit_place *place)
{
    size_t begin, contents;
    if (find_esp(tree, &begin, &contents)) {
        place->sender = field->layer == 1 || (field->offset >= begin && field->offset < contents);
        place->sender_octet = field->offset + (uint32_t)(field->layer == 1 ? contents : 0);
    }
}

struct edit_place edit_place_of(const struct dissect_tree *tree, size_t field, bool ike,
                                size_t marker)
{
    const struct dissect_field *f = &tree->fields[field];
    const struct crypto_bytes *wire = &tree->layer[0];
    struct edit_place place = {0};
    struct chain chain = {0};
    if (f->len == 0 || f->offset + f->len > tree->layer[f->layer].len ||
        (f->layer == 0 && f->offset < marker)) {
        return place;
    }
    place.wire = f->layer == 0;
    place.octet = f->offset - (uint32_t)marker;
    if (!ike) {
        place_in_esp(tree, f, &place);
        return place;
    }
    if (wire->len < marker + HEADER_LEN) {
        return place;
    }
    if (f->layer == 0 && f->offset < marker + HEADER_LEN) {
        place.sender = true;
        place.sender_octet = place.octet;
        return place;
    }
    if (f->layer == 0) {
        follow_chain(&chain, wire, marker + HEADER_LEN, wire->data[marker + AT_NEXT_PAYLOAD],
                     f->offset);
        /* What is in SK's body is made when it is sealed. */
        place.sender = chain.payload != 0 && chain.payload != PAYLOAD_SKF &&
                       !(chain.payload == PAYLOAD_SK && f->offset >= chain.begin + GENERIC_LEN);
    } else if (find_sk(&chain, wire, marker)) {
        follow_chain(&chain, &tree->layer[1], 0, wire->data[chain.begin], f->offset);
        place.sender = chain.payload != 0;
    }
    place.payload = chain.payload;
    place.which = chain.seen[chain.payload];
    place.sender_octet = f->offset - (uint32_t)chain.begin;
    return place;
}

/* ---- its value ---- */

enum kind { KIND_BITS, KIND_NUMBER, KIND_ADDRESS, KIND_TEXT, KIND_OCTETS };

static uint64_t number_of(const uint8_t *octets, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++) {
        value = value << 8 | octets[i];
    }
    return value;
}

/* True if the text has that number in it, alone or in brackets: "31", "ENCR_AES_CBC (12)". */
static bool shows_number(const char *text, uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, value);
    size_t len = strlen(digits);
    for (const char *at = strstr(text, digits); at; at = strstr(at + 1, digits)) {
        bool begins = at == text || at[-1] == '(' || at[-1] == ' ';
        if (begins && !isalnum((unsigned char)at[len])) {
            return true;
        }
    }
    return false;
}

static bool is_address(const struct dissect_field *field, const uint8_t *octets)
{
    char text[INET6_ADDRSTRLEN];
    int family = field->len == 4 ? AF_INET : AF_INET6;
    return (field->len == 4 || field->len == 16) && field->value &&
           inet_ntop(family, octets, text, sizeof text) && strcmp(text, field->value) == 0;
}

static bool is_text(const struct dissect_field *field, const uint8_t *octets)
{
    for (size_t i = 0; i < field->len; i++) {
        if (!isprint(octets[i])) {
            return false;
        }
    }
    return field->value && strlen(field->value) >= field->len &&
           memmem(field->value, strlen(field->value), octets, field->len);
}

static enum kind kind_of(const struct dissect_field *field, const uint8_t *octets)
{
    return field->bit_count > 0        ? KIND_BITS
           : is_address(field, octets) ? KIND_ADDRESS
           : field->len <= 8 && field->value &&
                   shows_number(field->value, number_of(octets, field->len))
               ? KIND_NUMBER
           : is_text(field, octets) ? KIND_TEXT
                                    : KIND_OCTETS;
}

static const uint8_t *octets_of(const struct dissect_tree *tree, const struct dissect_field *field)
{
    return tree->layer[field->layer].data + field->offset;
}

void edit_say_kind(struct words *words, const struct dissect_tree *tree, size_t field)
{
    const struct dissect_field *f = &tree->fields[field];
    const char *s = f->len == 1 ? "" : "s";
    switch (kind_of(f, octets_of(tree, f))) {
    case KIND_BITS:
        words_add(words, "%u bit%s, a number", f->bit_count, f->bit_count == 1 ? "" : "s");
        break;
    case KIND_NUMBER:
        words_add(words, "%" PRIu32 " octet%s, a number", f->len, s);
        break;
    case KIND_ADDRESS:
        words_add(words, "an IPv%c address", f->len == 4 ? '4' : '6');
        break;
    case KIND_TEXT:
        words_add(words, "a text of %" PRIu32 " character%s", f->len, s);
        break;
    case KIND_OCTETS:
        words_add(words, "%" PRIu32 " octet%s in hexadecimal digits", f->len, s);
        break;
    }
}

/* A number below 2^bits: decimal, or 0x and hexadecimal digits. */
static bool read_number(const char *typed, unsigned bits, uint64_t *value)
{
    char *end;
    bool hexadecimal = strncmp(typed, "0x", 2) == 0;
    errno = 0;
    *value = strtoull(typed, &end, hexadecimal ? 16 : 10);
    return isdigit((unsigned char)typed[0]) && *end == '\0' && errno == 0 &&
           (bits >= 64 || *value >> bits == 0);
}

/* Exactly `len` octets, with blanks and colons between them. */
static bool read_octets(const char *typed, uint8_t *out, size_t len)
{
    size_t digits = 0;
    for (const char *at = strncmp(typed, "0x", 2) == 0 ? typed + 2 : typed; *at; at++) {
        if (*at == ' ' || *at == ':') {
            continue;
        }
        if (!isxdigit((unsigned char)*at) || digits == 2 * len) {
            return false;
        }
        unsigned value = isdigit((unsigned char)*at) ? (unsigned)(*at - '0')
                                                     : (unsigned)(tolower(*at) - 'a' + 10);
        out[digits / 2] = (uint8_t)(digits % 2 ? out[digits / 2] | value : value << 4);
        digits++;
    }
    return digits == 2 * len;
}

static bool read_bits(const struct dissect_field *field, const char *typed, uint8_t *octets)
{
    uint64_t value;
    if (!read_number(typed, field->bit_count, &value)) {
        return false;
    }
    for (unsigned i = 0; i < field->bit_count; i++) {
        unsigned bit = field->bit_first + i;
        uint8_t mask = (uint8_t)(0x80 >> bit % 8);
        bool set = value >> (field->bit_count - 1 - i) & 1;
        octets[bit / 8] = (uint8_t)(set ? octets[bit / 8] | mask : octets[bit / 8] & ~mask);
    }
    return true;
}

static bool read_typed(const struct dissect_field *field, enum kind kind, const char *typed,
                       uint8_t *octets)
{
    uint64_t value;
    switch (kind) {
    case KIND_BITS:
        return read_bits(field, typed, octets);
    case KIND_NUMBER:
        if (!read_number(typed, 8 * field->len, &value)) {
            return false;
        }
        for (size_t i = field->len; i > 0; i--, value >>= 8) {
            octets[i - 1] = (uint8_t)value;
        }
        return true;
    case KIND_ADDRESS:
        return inet_pton(field->len == 4 ? AF_INET : AF_INET6, typed, octets) == 1;
    case KIND_TEXT:
        if (strlen(typed) == field->len) {
            memcpy(octets, typed, field->len);
            return true;
        }
        return read_octets(typed, octets, field->len);
    case KIND_OCTETS:
        break;
    }
    return read_octets(typed, octets, field->len);
}

char *edit_value(const struct dissect_tree *tree, size_t field, const char *typed, char *error,
                 size_t cap)
{
    const struct dissect_field *f = &tree->fields[field];
    const uint8_t *now = octets_of(tree, f);
    uint8_t *octets = ui_resize(NULL, f->len);
    struct words words = {0};
    memcpy(octets, now, f->len);
    if (!read_typed(f, kind_of(f, now), typed, octets)) {
        struct words kind = {0};
        edit_say_kind(&kind, tree, field);
        snprintf(error, cap, "\"%s\" is no value of %s: %s.", typed, f->name, kind.data);
        free(kind.data);
    } else if (memcmp(octets, now, f->len) == 0) {
        snprintf(error, cap, "That is the value of %s already.", f->name);
    } else {
        words_add(&words, "0x");
        for (size_t i = 0; i < f->len; i++) {
            words_add(&words, "%02x", octets[i]);
        }
    }
    free(octets);
    return words.data;
}
