#include "sim/scenario/text.h"

#include <stdbool.h>
#include <string.h>

size_t text_utf8_len(const char *text, size_t left)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (len == 0 || s[0] > 0xf4 || len > left) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool beyond = (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f);
    return overlong || beyond ? 0 : len;
}

static bool is_control(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0);
}

const char *text_find_control(const char *text)
{
    for (; *text; text++) {
        if (is_control(text) && !strchr("\t\n\r", *text)) {
            return text;
        }
    }
    return NULL;
}

char *text_make_plain(char *text)
{
    size_t left = strlen(text), step;
    for (char *at = text; left > 0; at += step, left -= step) {
        size_t len = text_utf8_len(at, left);
        step = len > 0 ? len : 1;
        if (len == 0 || is_control(at)) {
            memset(at, '?', step);
        }
    }
    return text;
}
