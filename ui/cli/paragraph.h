/* Sentences on stdout, broken into lines. */
#ifndef IKESIM_UI_CLI_PARAGRAPH_H
#define IKESIM_UI_CLI_PARAGRAPH_H

#include <stdbool.h>
#include <stddef.h>

/* Columns of a line, where the terminal is not narrower. */
enum { PARAGRAPH_WIDTH = 100 };

/* The same as it is here and now. */
size_t paragraph_width(void);

/* Prints `len` octets so that names of a recording cannot steer the terminal; returns the columns.
 * `ascii`: nothing else is printed. */
size_t paragraph_put(const char *text, size_t len, bool ascii);

/* Prints a paragraph, each line behind `indent` blanks, broken at blanks and newlines. */
void paragraph_print(const char *text, size_t indent, bool ascii);

#endif
