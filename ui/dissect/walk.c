#include "ui/dissect/walk.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Octets of a value that are shown in full; of a longer one the beginning. */
#define HEX_FULL_MAX 64
#define HEX_CUT 24

/* ---- the tree ---- */

static char *print_value(const char *format, va_list arguments)
{
    char *value = NULL;

    if (vasprintf(&value, format == NULL ? "" : format, arguments) < 0) {
        abort();
    }
    return value;
}

static size_t tree_append(struct dissect_tree *tree, const struct dissect_field *field, char *value)
{
    if (tree->count == tree->cap) {
        tree->cap = tree->cap == 0 ? 64 : tree->cap * 2;
        tree->fields = realloc(tree->fields, tree->cap * sizeof *tree->fields);
        if (tree->fields == NULL) {
            abort();
        }
    }
    tree->fields[tree->count] = *field;
    tree->fields[tree->count].value = value;
    return tree->count++;
}

size_t dissect_tree_add(struct dissect_tree *tree, const struct dissect_field *field,
                        const char *format, ...)
{
    va_list arguments;
    char *value;

    va_start(arguments, format);
    value = print_value(format, arguments);
    va_end(arguments);
    return tree_append(tree, field, value);
}

void dissect_tree_set(struct dissect_tree *tree, size_t index, const char *format, ...)
{
    va_list arguments;

    assert(index < tree->count);
    free(tree->fields[index].value);
    va_start(arguments, format);
    tree->fields[index].value = print_value(format, arguments);
    va_end(arguments);
}

bool dissect_tree_is_wrong(const struct dissect_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->fields[i].wrong) {
            return true;
        }
    }
    return false;
}

void dissect_tree_set_layer(struct dissect_tree *tree, unsigned layer, struct crypto_bytes bytes)
{
    uint8_t *copy;

    assert(layer < 2 && tree->layer[layer].data == NULL);
    copy = malloc(bytes.len > 0 ? bytes.len : 1);
    if (copy == NULL) {
        abort();
    }
    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    tree->layer[layer] = crypto_bytes(copy, bytes.len);
}

/* ---- the walk ---- */

struct dissect_walk dissect_walk_start(struct dissect_tree *tree, unsigned layer, unsigned depth,
                                       size_t at, size_t end)
{
    assert(layer < 2 && at <= end && end <= tree->layer[layer].len);
    return (struct dissect_walk){
        .tree = tree, .layer = (uint8_t)layer, .depth = (uint8_t)depth, .at = at, .end = end};
}

size_t dissect_left(const struct dissect_walk *walk)
{
    return walk->stopped ? 0 : walk->end - walk->at;
}

struct crypto_bytes dissect_peek(const struct dissect_walk *walk, size_t len)
{
    size_t left = dissect_left(walk);

    return crypto_bytes(walk->tree->layer[walk->layer].data + walk->at, len < left ? len : left);
}

uint64_t dissect_peek_number(const struct dissect_walk *walk, size_t ahead, size_t len)
{
    struct crypto_bytes bytes = dissect_peek(walk, ahead + len);
    uint64_t number = 0;

    assert(len <= 8);
    if (bytes.len < ahead + len) {
        return 0;
    }
    for (size_t i = ahead; i < bytes.len; i++) {
        number = number << 8 | bytes.data[i];
    }
    return number;
}

static struct dissect_field field_here(const struct dissect_walk *walk,
                                       const struct dissect_about *about, size_t len)
{
    return (struct dissect_field){
        .depth = walk->depth,
        .layer = walk->layer,
        .offset = (uint32_t)walk->at,
        .len = (uint32_t)len,
        .name = about->name,
        .reference = about->reference,
        .meaning = about->meaning,
    };
}

/* Stops the walk unless `len` octets are left. */
static bool need(struct dissect_walk *walk, enum dissect_field_id id, size_t len)
{
    size_t left = walk->end - walk->at;

    if (walk->stopped) {
        return false;
    }
    if (left < len) {
        dissect_wrong(walk, id, walk->at, left, "%zu octet%s expected at %zu, %zu left", len,
                      len == 1 ? "" : "s", walk->at, left);
        return false;
    }
    return true;
}

bool dissect_take(struct dissect_walk *walk, enum dissect_field_id id, size_t len,
                  const char *format, ...)
{
    struct dissect_field field;
    va_list arguments;

    if (!need(walk, id, len)) {
        return false;
    }
    field = field_here(walk, dissect_about(id), len);
    va_start(arguments, format);
    tree_append(walk->tree, &field, print_value(format, arguments));
    va_end(arguments);
    walk->at += len;
    return true;
}

uint64_t dissect_take_number(struct dissect_walk *walk, enum dissect_field_id id, size_t len)
{
    uint64_t number = dissect_peek_number(walk, 0, len);

    dissect_take(walk, id, len, "%llu", (unsigned long long)number);
    return number;
}

struct crypto_bytes dissect_take_hex(struct dissect_walk *walk, enum dissect_field_id id,
                                     size_t len)
{
    struct crypto_bytes bytes = dissect_peek(walk, len);
    char text[2 * HEX_FULL_MAX + 32];

    if (len == 0) {
        dissect_take(walk, id, 0, "empty");
        return crypto_bytes(NULL, 0);
    }
    if (!dissect_take(walk, id, len, "%s", dissect_hex_text(text, sizeof text, bytes))) {
        return crypto_bytes(NULL, 0);
    }
    return bytes;
}

uint64_t dissect_take_name(struct dissect_walk *walk, enum dissect_field_id id, size_t len,
                           const struct ike_names *names)
{
    uint64_t number = dissect_peek_number(walk, 0, len);
    char word[DISSECT_WORD_CAP];

    dissect_take(walk, id, len, "%s", dissect_word(word, names, number));
    return number;
}

void dissect_take_address(struct dissect_walk *walk, enum dissect_field_id id, size_t len)
{
    struct crypto_bytes bytes = dissect_peek(walk, len);
    char text[46] = "";

    assert(len == 4 || len == 16);
    if (bytes.len == len) {
        dissect_address_text(text, bytes.data, len);
    }
    dissect_take(walk, id, len, "%s", text);
}

unsigned dissect_bits(struct dissect_walk *walk, enum dissect_field_id id, size_t len,
                      unsigned first, unsigned count, const char *text)
{
    unsigned bits = (unsigned)dissect_peek_number(walk, 0, len);
    struct dissect_field field;

    assert(len >= 1 && len <= 4 && count >= 1 && first + count <= 8 * len);
    if (!need(walk, id, len)) {
        return 0;
    }
    bits = bits >> (8 * len - first - count) & (unsigned)((1ULL << count) - 1);
    field = field_here(walk, dissect_about(id), len);
    field.bit_first = (uint8_t)first;
    field.bit_count = (uint8_t)count;
    if (text != NULL) {
        dissect_tree_add(walk->tree, &field, "%s", text);
    } else if (count == 1) {
        dissect_tree_add(walk->tree, &field, "%s", bits != 0 ? "set" : "clear");
    } else {
        dissect_tree_add(walk->tree, &field, "%u", bits);
    }
    return bits;
}

void dissect_skip(struct dissect_walk *walk, size_t len)
{
    if (!walk->stopped) {
        assert(len <= walk->end - walk->at);
        walk->at += len;
    }
}

size_t dissect_open_named(struct dissect_walk *walk, const struct dissect_about *about,
                          const char *format, ...)
{
    struct dissect_field field = field_here(walk, about, 0);
    va_list arguments;
    size_t index;

    va_start(arguments, format);
    index = tree_append(walk->tree, &field, print_value(format, arguments));
    va_end(arguments);
    walk->depth++;
    return index;
}

size_t dissect_open(struct dissect_walk *walk, enum dissect_field_id id, const char *format, ...)
{
    struct dissect_field field = field_here(walk, dissect_about(id), 0);
    va_list arguments;
    size_t index;

    va_start(arguments, format);
    index = tree_append(walk->tree, &field, print_value(format, arguments));
    va_end(arguments);
    walk->depth++;
    return index;
}

void dissect_close(struct dissect_walk *walk, size_t group)
{
    struct dissect_field *field = &walk->tree->fields[group];
    size_t end = walk->at;

    assert(walk->depth > 0 && field->offset <= walk->at);
    walk->depth--;
    for (size_t i = group + 1; i < walk->tree->count; i++) {
        const struct dissect_field *child = &walk->tree->fields[i];

        /* A wrong field reaches over octets that were not read. */
        if (child->layer == field->layer && child->offset + (size_t)child->len > end) {
            end = child->offset + (size_t)child->len;
        }
    }
    field->len = (uint32_t)(end - field->offset);
}

struct dissect_walk dissect_part(struct dissect_walk *walk, size_t len,
                                 enum dissect_field_id length_field)
{
    size_t left = dissect_left(walk);
    struct dissect_walk part = *walk;

    if (walk->stopped) {
        part.end = part.at;
        return part;
    }
    if (len > left) {
        dissect_wrong(walk, length_field, walk->at, left,
                      "%zu more octet%s expected from %zu on, %zu left", len, len == 1 ? "" : "s",
                      walk->at, left);
    } else {
        left = len;
    }
    part.end = part.at + left;
    walk->at = part.end;
    return part;
}

void dissect_wrong(struct dissect_walk *walk, enum dissect_field_id id, size_t at, size_t len,
                   const char *format, ...)
{
    struct dissect_tree *tree = walk->tree;
    struct dissect_field field = field_here(walk, dissect_about(id), len);
    va_list arguments;
    size_t index;

    assert(at + len <= tree->layer[walk->layer].len);
    field.offset = (uint32_t)at;
    field.wrong = true;
    va_start(arguments, format);
    index = tree_append(tree, &field, print_value(format, arguments));
    va_end(arguments);
    walk->stopped = true;
    if (tree->trouble[0] == '\0') {
        snprintf(tree->trouble, sizeof tree->trouble, "%s: %s", field.name,
                 tree->fields[index].value);
    }
}

void dissect_expect_end(struct dissect_walk *walk, enum dissect_field_id length_field)
{
    size_t left = dissect_left(walk);

    if (left > 0) {
        dissect_wrong(walk, length_field, walk->at, left, "%zu octet%s left over at %zu", left,
                      left == 1 ? "" : "s", walk->at);
    }
}

/* ---- values in words ---- */

const char *dissect_word(char text[DISSECT_WORD_CAP], const struct ike_names *names,
                         uint64_t number)
{
    const struct ike_name *row =
        number <= UINT32_MAX ? ike_name_find(names, (uint32_t)number) : NULL;

    if (row != NULL) {
        snprintf(text, DISSECT_WORD_CAP, "%s (%llu)", row->name, (unsigned long long)number);
    } else {
        snprintf(text, DISSECT_WORD_CAP, "%llu (unknown)", (unsigned long long)number);
    }
    return text;
}

const char *dissect_hex_text(char *text, size_t cap, struct crypto_bytes bytes)
{
    size_t shown = bytes.len <= HEX_FULL_MAX ? bytes.len : HEX_CUT;
    size_t len = 0;

    assert(cap >= 2 * HEX_FULL_MAX + 32);
    text[0] = '\0';
    for (size_t i = 0; i < shown; i++) {
        len += (size_t)snprintf(text + len, cap - len, "%02x", bytes.data[i]);
    }
    if (shown < bytes.len) {
        snprintf(text + len, cap - len, "... (%zu octets)", bytes.len);
    }
    return text;
}

bool dissect_is_printable(struct crypto_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] < 0x20 || bytes.data[i] > 0x7e) {
            return false;
        }
    }
    return bytes.len > 0;
}

const char *dissect_printable(char *text, size_t cap, struct crypto_bytes bytes)
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < bytes.len && len + 8 < cap; i++) {
        bool plain = bytes.data[i] >= 0x20 && bytes.data[i] <= 0x7e && bytes.data[i] != '\\';

        len += (size_t)snprintf(text + len, cap - len, plain ? "%c" : "\\x%02x", bytes.data[i]);
        if (len + 8 >= cap && i + 1 < bytes.len) {
            snprintf(text + len, cap - len, "...");
        }
    }
    return text;
}

const char *dissect_address_text(char text[46], const uint8_t *bytes, size_t len)
{
    assert(len == 4 || len == 16);
    if (inet_ntop(len == 4 ? AF_INET : AF_INET6, bytes, text, 46) == NULL) {
        abort();
    }
    return text;
}

const char *dissect_ip_protocol_text(char text[DISSECT_WORD_CAP], unsigned protocol)
{
    static const struct {
        unsigned number;
        const char *name;
    } names[] = {
        {0, "any"},   {1, "ICMP"},   {2, "IGMP"},    {4, "IPv4"},
        {6, "TCP"},   {17, "UDP"},   {41, "IPv6"},   {47, "GRE"},
        {50, "ESP"},  {51, "AH"},    {58, "ICMPv6"}, {59, "No Next Header"},
        {89, "OSPF"}, {115, "L2TP"}, {132, "SCTP"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].number == protocol) {
            snprintf(text, DISSECT_WORD_CAP, "%s (%u)", names[i].name, protocol);
            return text;
        }
    }
    snprintf(text, DISSECT_WORD_CAP, "%u", protocol);
    return text;
}
