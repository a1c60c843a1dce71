/* Characters, their widths and what stands for them in ASCII. */
#include "ui/term/glyph.h"

#include <stdbool.h>

static uint32_t decode(const char **text)
{
    const unsigned char *s = (const unsigned char *)*text;
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    int more = s[0] < 0x80 ? 0 : s[0] < 0xc2 ? -1 : s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 3;
    if (more < 0 || s[0] > 0xf4) {
        *text += 1;
        return GLYPH_REPLACEMENT;
    }
    uint32_t ch = more == 0 ? s[0] : s[0] & (0x3fu >> more);
    for (int i = 1; i <= more; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            *text += i;
            return GLYPH_REPLACEMENT;
        }
        ch = ch << 6 | (s[i] & 0x3fu);
    }
    *text += more + 1;
    bool surrogate = ch >= 0xd800 && ch < 0xe000;
    return ch < smallest[more] || ch > 0x10ffff || surrogate ? GLYPH_REPLACEMENT : ch;
}

uint32_t glyph_next(const char **text)
{
    if (!**text) {
        return 0;
    }
    uint32_t ch = decode(text);
    /* C0, DEL, C1, and what turns the direction of writing: a recording must not steer a terminal.
     */
    bool control = ch < 0x20 || (ch >= 0x7f && ch < 0xa0) || (ch >= 0x200b && ch <= 0x200f) ||
                   (ch >= 0x2028 && ch <= 0x202e) || (ch >= 0x2060 && ch <= 0x206f) || ch == 0xfeff;
    return control ? GLYPH_REPLACEMENT : ch;
}

size_t glyph_encode(uint32_t ch, char out[GLYPH_UTF8_MAX])
{
    if (ch < 0x80) {
        out[0] = (char)ch;
        return 1;
    }
    if (ch < 0x800) {
        out[0] = (char)(0xc0 | ch >> 6);
        out[1] = (char)(0x80 | (ch & 0x3f));
        return 2;
    }
    if (ch < 0x10000) {
        out[0] = (char)(0xe0 | ch >> 12);
        out[1] = (char)(0x80 | (ch >> 6 & 0x3f));
        out[2] = (char)(0x80 | (ch & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | ch >> 18);
    out[1] = (char)(0x80 | (ch >> 12 & 0x3f));
    out[2] = (char)(0x80 | (ch >> 6 & 0x3f));
    out[3] = (char)(0x80 | (ch & 0x3f));
    return 4;
}

/* Not wcwidth: its answers depend on the locale and the C library, and a screen must not. */
int glyph_width(uint32_t ch)
{
    static const struct {
        uint32_t first, last;
        int width;
    } ranges[] = {
        {0x0300, 0x036f, 0},   {0x0483, 0x0489, 0},   {0x0591, 0x05bd, 0},   {0x064b, 0x065f, 0},
        {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},   {0x20d0, 0x20ff, 0},
        {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},   {0xa960, 0xa97c, 2},   {0xac00, 0xd7a3, 2},
        {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe20, 0xfe2f, 0},   {0xfe30, 0xfe6f, 2},
        {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2},
        {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2}, {0xe0100, 0xe01ef, 0},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (ch >= ranges[i].first && ch <= ranges[i].last) {
            return ranges[i].width;
        }
    }
    return 1;
}

const char *glyph_ascii(uint32_t ch)
{
    static const struct {
        uint32_t ch;
        const char *ascii;
    } table[] = {
        {0x2500, "-"},     {0x2502, "|"},  {0x2504, "~"},  {0x2506, ":"},    {0x254c, "="},
        {0x250a, ":"},     {0x253c, "+"},  {0x251c, "+"},  {0x2524, "+"},    {0x252c, "+"},
        {0x2534, "+"},     {0x250c, "+"},  {0x2510, "+"},  {0x2514, "+"},    {0x2518, "+"},
        {0x256d, "+"},     {0x256e, "+"},  {0x256f, "+"},  {0x2570, "+"},    {0x2550, "="},
        {0x2551, "|"},     {0x2501, "="},  {0x25b6, ">"},  {0x25c0, "<"},    {0x25b7, ">"},
        {0x25c1, "<"},     {0x25b8, ">"},  {0x25be, "v"},  {0x25cf, "*"},    {0x25cb, "o"},
        {0x25c6, "#"},     {0x25a0, "="},  {0x2713, "v"},  {0x2717, "x"},    {0x21bb, "~"},
        {0x00b7, "-"},     {0x22ee, ":"},  {0x2026, "."},  {0x00a7, "sec."}, {0x2192, "->"},
        {0x2190, "<-"},    {0x21c4, "<>"}, {0x00b5, "u"},  {0x00b1, "+-"},   {0x00d7, "x"},
        {0x2014, "-"},     {0x2013, "-"},  {0x23f8, "||"}, {0x2191, "^"},    {0x2193, "v"},
        {0x23ce, "Enter"}, {0x2588, "#"},  {0x25bd, "v"},  {0x25ae, "|"},    {0x2575, "'"},
        {0x2590, "["},     {0x258c, "]"},  {0x2265, ">="}, {0x2019, "'"},    {0x2503, "|"},
        {0x25c9, "@"},     {0x2298, "X"},  {0x250f, "+"},  {0x2513, "+"},    {0x2517, "+"},
        {0x251b, "+"},     {0x0394, "D"},  {0x203a, ")"},  {0x2039, "("},    {0x21b5, "Enter"},
        {0x2581, "_"},     {0x2582, "_"},  {0x2583, "."},  {0x2584, "o"},    {0x2585, "o"},
        {0x2586, "O"},     {0x2587, "O"},  {0x25b2, "^"},  {0x25bc, "v"},    {0x2212, "-"},
        {0x2591, ":"},     {0x25af, "."},  {0x255e, "+"},  {0x2561, "+"},    {0x25b4, "^"},
        {0x21c6, "<>"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].ch == ch) {
            return table[i].ascii;
        }
    }
    return "?";
}
