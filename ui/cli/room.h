/* Memory of this machine and process: what a run may take, and what it has taken. Nothing of it
 * ever reaches a recording. */
#ifndef IKESIM_UI_CLI_ROOM_H
#define IKESIM_UI_CLI_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/scenario.h"

#define ROOM_ANY UINT64_MAX /* --memory=any */

/* Octets that this process has had at once so far. */
uint64_t room_peak(void);

/* "12.3 MB". Returns `text`. */
enum { ROOM_TEXT = 24 };
const char *room_print(uint64_t octets, char text[ROOM_TEXT]);

/* "500MB", "2GB" (powers of 1000), or "any". False if it is none of these. */
bool room_read(const char *text, uint64_t *octets);

/* Whether a world of the scenario fits into `limit` octets (0: what is available). 0, or -1 with
 * the sum and what to do in `error`. */
int room_check(const struct scenario *scenario, uint64_t limit, char *error, size_t cap);

#endif
