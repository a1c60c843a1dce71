/* The table of keys for those who change it: keys_file.c. Everybody else reads keys.h. */
#ifndef IKESIM_UI_TERM_KEYS_TABLE_H
#define IKESIM_UI_TERM_KEYS_TABLE_H

#include "ui/term/keys.h"

/* The table of keys_table, to be changed. */
struct binding *keys_bindings(size_t *count);

#endif
