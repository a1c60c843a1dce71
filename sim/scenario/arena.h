/* Memory that is freed all at once: the strings and arrays of one scenario. */
#ifndef IKESIM_SIM_SCENARIO_ARENA_H
#define IKESIM_SIM_SCENARIO_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;

/* All zero is an empty arena. */
struct arena {
    struct arena_chunk *chunks;
};

/* Zeroed memory, aligned for any type. Aborts when there is none left. */
void *arena_alloc(struct arena *arena, size_t size);

/* A NUL-terminated copy of `len` octets. */
char *arena_copy(struct arena *arena, const char *text, size_t len);

__attribute__((format(printf, 2, 3))) char *arena_printf(struct arena *arena, const char *format,
                                                         ...);
__attribute__((format(printf, 2, 0))) char *arena_vprintf(struct arena *arena, const char *format,
                                                          va_list args);

/* Wipes and frees everything: scenarios hold shared secrets. */
void arena_dispose(struct arena *arena);

#endif
