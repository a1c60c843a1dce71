#include "ui/cli/paragraph.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ui/dissect/text.h"
#include "ui/term/glyph.h"

/* Less than this no sentence fits into. */
#define WIDTH_MIN 20

/* What a character comes out as; `utf8` has room for it. */
static const char *shown_as(uint32_t ch, bool ascii, char utf8[GLYPH_UTF8_MAX + 1])
{
    if (ch == GLYPH_REPLACEMENT) {
        return "?";
    }
    if (ch < 0x80 || !ascii) {
        utf8[glyph_encode(ch, utf8)] = '\0';
        return utf8;
    }
    /* In running text there is room for whole words. */
    return ch == 0xa7 ? "section " : ch == 0x2026 ? "..." : glyph_ascii(ch);
}

/* Prints it unless `out` is NULL; returns the columns. */
static size_t put(const char *text, size_t len, bool ascii, FILE *out)
{
    const char *end = text + len;
    size_t columns = 0;

    while (text < end) {
        char utf8[GLYPH_UTF8_MAX + 1];
        uint32_t ch = glyph_next(&text);
        const char *as = shown_as(ch, ascii, utf8);

        if (out) {
            fputs(as, out);
        }
        columns += as == utf8 ? (size_t)glyph_width(ch) : strlen(as);
    }
    return columns;
}

size_t paragraph_put(const char *text, size_t len, bool ascii)
{
    return put(text, len, ascii, stdout);
}

size_t paragraph_width(void)
{
    struct winsize size;
    int before = errno; /* of an output that cannot be written, told at the end */
    bool narrow = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDTH_MIN &&
                  size.ws_col < PARAGRAPH_WIDTH;

    errno = before;
    return narrow ? size.ws_col : PARAGRAPH_WIDTH;
}

void paragraph_print(const char *text, size_t indent, bool ascii)
{
    size_t column = 0, width = paragraph_width();

    while (*text) {
        size_t len = strcspn(text, " \n");
        while (text[len] == ' ' && dissect_text_bound(text, text + len)) {
            len += 1 + strcspn(text + len + 1, " \n");
        }
        if (column == 0 || column + 1 + put(text, len, ascii, NULL) > width) {
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
