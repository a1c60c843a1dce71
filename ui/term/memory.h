/* Allocation for the screens: memory that is out ends the program, since no view could go on. */
#ifndef IKESIM_UI_TERM_MEMORY_H
#define IKESIM_UI_TERM_MEMORY_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

__attribute__((returns_nonnull)) static inline void *term_resize(void *old, size_t size)
{
    void *memory = realloc(old, size > 0 ? size : 1);
    if (!memory) {
        abort();
    }
    return memory;
}

static inline void *term_alloc_zero(size_t size)
{
    return memset(term_resize(NULL, size), 0, size);
}

static inline char *term_copy(const char *text)
{
    assert(text);
    size_t len = strlen(text) + 1;
    return memcpy(term_resize(NULL, len), text, len);
}

/* Makes room for one more item in an array that doubles. */
#define TERM_GROW(items, count, cap)                                                               \
    do {                                                                                           \
        if ((count) == (cap)) {                                                                    \
            (cap) = (cap) ? (cap)*2 : 16;                                                          \
            (items) = term_resize((items), (cap) * sizeof *(items));                               \
        }                                                                                          \
    } while (0)

#endif
