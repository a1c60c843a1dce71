/* A tree as text: one field a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/dissect/text.h"

#define HEX_A_LINE 16

/* "..1. ...." : the bits of the field among those of its octets. */
static void print_bits(FILE *out, const struct dissect_tree *tree,
                       const struct dissect_field *field)
{
    const uint8_t *bytes = tree->layer[field->layer].data + field->offset;

    for (unsigned bit = 0; bit < 8 * field->len; bit++) {
        bool inside =
            bit >= field->bit_first && bit < (unsigned)field->bit_first + field->bit_count;

        if (bit > 0 && bit % 4 == 0) {
            fputc(' ', out);
        }
        fputc(inside ? ((bytes[bit / 8] >> (7 - bit % 8)) & 1 ? '1' : '0') : '.', out);
    }
    fputs("  ", out);
}

static void print_hex(FILE *out, const struct dissect_tree *tree, const struct dissect_field *field)
{
    const uint8_t *bytes = tree->layer[field->layer].data + field->offset;

    for (uint32_t i = 0; i < field->len; i += HEX_A_LINE) {
        fprintf(out, "%c%04x         %*s| ", field->layer == 1 ? 'd' : ' ', field->offset + i,
                2 * field->depth, "");
        for (uint32_t j = i; j < field->len && j < i + HEX_A_LINE; j++) {
            fprintf(out, "%02x%s", bytes[j], j + 1 < field->len ? " " : "");
        }
        fputc('\n', out);
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* True if the word before the blank is this one. */
static bool ends_with(const char *text, const char *blank, const char *word)
{
    size_t len = strlen(word), room = (size_t)(blank - text);
    return room >= len && memcmp(blank - len, word, len) == 0 &&
           (room == len || blank[-(long)len - 1] == ' ' || blank[-(long)len - 1] == '(');
}

/* True if `text` begins with this word, as a whole. */
static bool begins_with(const char *text, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(text, word, len) != 0) {
        return false;
    }
    char next = text[len];
    return !(next >= 'a' && next <= 'z') && !(next >= 'A' && next <= 'Z') && !is_digit(next);
}

bool dissect_text_bound(const char *text, const char *blank)
{
    static const char *const units[] = {"s", "ms", "µs", "us", "ns", "B", "%"};
    static const char *const kinds[] = {"RFC", "MID", "ID"};
    bool bound = strncmp(blank + 1, "§", strlen("§")) == 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        bound |= is_digit(blank[1]) && ends_with(text, blank, kinds[i]);
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        bound |= blank > text && is_digit(blank[-1]) && begins_with(blank + 1, units[i]);
    }
    return bound;
}

/* The sentence and the section under their field, broken at blanks. */
static void print_meaning(FILE *out, const struct dissect_field *field)
{
    size_t indent = 16 + 2 * (size_t)field->depth;
    size_t width = indent < 60 ? 100 - indent : 40;
    char text[512];
    const char *at = text;

    snprintf(text, sizeof text, "%s (%s)", field->meaning, field->reference);
    while (*at != '\0') {
        size_t len = strlen(at);

        if (len > width) {
            len = width;
            while (len > 0 && (at[len] != ' ' || dissect_text_bound(at, at + len))) {
                len--;
            }
            len = len == 0 ? width : len;
        }
        fprintf(out, "%*s%.*s\n", (int)indent, "", (int)len, at);
        at += len;
        at += strspn(at, " ");
    }
}

static bool has_children(const struct dissect_tree *tree, size_t index)
{
    return index + 1 < tree->count && tree->fields[index + 1].depth > tree->fields[index].depth;
}

void dissect_tree_print(FILE *out, const struct dissect_tree *tree, unsigned options)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct dissect_field *field = &tree->fields[i];

        fprintf(out, "%c%04x %5u  %*s", field->layer == 1 ? 'd' : ' ', field->offset, field->len,
                2 * field->depth, "");
        if (field->bit_count > 0) {
            print_bits(out, tree, field);
        }
        fprintf(out, "%s%s%s%s\n", field->wrong ? "WRONG " : "", field->name,
                field->value[0] != '\0' ? ": " : "", field->value);
        if ((options & DISSECT_TEXT_MEANING) != 0 && field->meaning != NULL) {
            print_meaning(out, field);
        }
        if ((options & DISSECT_TEXT_HEX) != 0 && field->bit_count == 0 && !has_children(tree, i)) {
            print_hex(out, tree, field);
        }
    }
}

char *dissect_tree_text(const struct dissect_tree *tree, bool hex)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL) {
        abort();
    }
    dissect_tree_print(out, tree, hex ? DISSECT_TEXT_HEX : 0);
    if (fclose(out) != 0) {
        abort();
    }
    return text;
}
