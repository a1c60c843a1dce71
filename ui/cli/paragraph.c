#include "ui/cli/paragraph.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Columns of one character at `text` and its octets. A character takes one column: the sentences
 * are ours, names of a recording may be off by a little. */
static size_t character_len(const char *text)
{
    size_t len = 1;

    while (((unsigned char)text[len] & 0xc0) == 0x80) {
        len++;
    }
    return len;
}

static bool is_control(const char *text, size_t len)
{
    unsigned char first = (unsigned char)text[0];

    /* C0, DEL, and C1 (U+0080 to U+009F). */
    return first < 0x20 || first == 0x7f ||
           (len == 2 && first == 0xc2 && (unsigned char)text[1] < 0xa0);
}

size_t paragraph_put(const char *text, size_t len, bool ascii)
{
    size_t columns = 0;

    for (size_t i = 0, step; i < len; i += step) {
        step = character_len(text + i);
        if (step == 2 && memcmp(text + i, "§", 2) == 0 && ascii) {
            columns += (size_t)printf("section ");
        } else if (is_control(text + i, step) || (ascii && step > 1)) {
            columns += (size_t)printf("?");
        } else {
            fwrite(text + i, 1, step, stdout);
            columns++;
        }
    }
    return columns;
}

static size_t columns_of(const char *text, size_t len)
{
    size_t columns = 0;

    for (size_t i = 0; i < len; i += character_len(text + i)) {
        columns++;
    }
    return columns;
}

void paragraph_print(const char *text, size_t indent, bool ascii)
{
    size_t column = 0;

    while (*text) {
        size_t len = strcspn(text, " \n");
        if (column == 0 || column + 1 + columns_of(text, len) > PARAGRAPH_WIDTH) {
            printf("%s%*s", column > 0 ? "\n" : "", (int)indent, "");
            column = indent;
        } else {
            putchar(' ');
            column++;
        }
        column += paragraph_put(text, len, ascii);
        text += len;
        text += strspn(text, " \n");
    }
    putchar('\n');
}
