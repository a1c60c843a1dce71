/* Text that comes from outside: what of it is UTF-8, and what a terminal would obey. */
#ifndef IKESIM_SIM_SCENARIO_TEXT_H
#define IKESIM_SIM_SCENARIO_TEXT_H

#include <stddef.h>

/* Octets of the UTF-8 character at `text`, of which `left` are there; 0 if there is none
 * (RFC 3629). */
size_t text_utf8_len(const char *text, size_t left);

/* The first control character but for tabs and ends of lines, NULL if there is none. Those of one
 * octet, and U+0080 to U+009F. */
const char *text_find_control(const char *text);

/* Puts '?' in the place of each control character and of octets that are no UTF-8, so that `text`
 * can be printed and stand in JSON. Returns it. */
char *text_make_plain(char *text);

#endif
