/* Memory of ui/: where it is out the program ends, for no screen could go on. */
#ifndef IKESIM_UI_MEMORY_H
#define IKESIM_UI_MEMORY_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

__attribute__((returns_nonnull)) static inline void *ui_resize(void *old, size_t size)
{
    void *memory = realloc(old, size > 0 ? size : 1);
    if (!memory) {
        abort();
    }
    return memory;
}

static inline void *ui_alloc_zero(size_t size)
{
    return memset(ui_resize(NULL, size), 0, size);
}

static inline char *ui_copy(const char *text)
{
    assert(text);
    size_t len = strlen(text) + 1;
    return memcpy(ui_resize(NULL, len), text, len);
}

/* Makes room for one more item in an array that doubles. */
#define UI_GROW(items, count, cap)                                                                 \
    do {                                                                                           \
        if ((count) == (cap)) {                                                                    \
            (cap) = (cap) ? (cap)*2 : 16;                                                          \
            (items) = ui_resize((items), (cap) * sizeof *(items));                                 \
        }                                                                                          \
    } while (0)

#endif
