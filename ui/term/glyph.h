/* Characters: UTF-8 to code points and back, their widths, and letters that stand for them where a
 * terminal has no more than ASCII. */
#ifndef IKESIM_UI_TERM_GLYPH_H
#define IKESIM_UI_TERM_GLYPH_H

#include <stddef.h>
#include <stdint.h>

#define GLYPH_REPLACEMENT 0xfffdu
#define GLYPH_UTF8_MAX 4

/* Takes one code point from *text and moves on. What is no UTF-8 and every control character comes
 * out as GLYPH_REPLACEMENT. 0 at the end. */
uint32_t glyph_next(const char **text);

/* Writes the code point as UTF-8, without NUL; returns the number of bytes. */
size_t glyph_encode(uint32_t ch, char out[GLYPH_UTF8_MAX]);

/* Columns: 0 for what combines with the character before it, 2 for East Asian wide ones, else 1. */
int glyph_width(uint32_t ch);

/* What stands for a character beyond ASCII: one or more ASCII letters. */
const char *glyph_ascii(uint32_t ch);

#endif
