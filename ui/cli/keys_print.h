/* The steps of a key derivation on stdout, to read or as JSON lines. */
#ifndef IKESIM_UI_CLI_KEYS_PRINT_H
#define IKESIM_UI_CLI_KEYS_PRINT_H

#include "ui/keys/steps.h"

struct keys_print_options {
    unsigned topics; /* bit 1 << topic: print it */
    bool commands, ascii, colour;
    bool pooled; /* the run took its key pairs from a pool: told */
};

/* To read, 100 columns wide; a command takes one line, however long, to be copied whole. */
void keys_print_text(const struct keys_derivation *derivation,
                     const struct keys_print_options *options);

/* One JSON object a line for each step. */
void keys_print_json(const struct keys_derivation *derivation,
                     const struct keys_print_options *options);

/* A line of a recording's words, cleaned as keys_print_text does. */
void keys_print_line(const char *text, bool ascii);

#endif
