/* Memory of the simulator: where it is out the program ends, for no run could go on. */
#ifndef IKESIM_SIM_ENGINE_MEMORY_H
#define IKESIM_SIM_ENGINE_MEMORY_H

#include <stdlib.h>

/* Zeroed; never NULL, not even of nothing. Free with free. */
__attribute__((returns_nonnull)) static inline void *sim_calloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory) {
        abort();
    }
    return memory;
}

#endif
