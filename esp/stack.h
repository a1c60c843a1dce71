/* Inside of a stack, for esp/ and its tests. */
#ifndef IKESIM_ESP_STACK_H
#define IKESIM_ESP_STACK_H

#include "esp/sa.h"

struct esp_stack {
    struct crypto_context *crypto;
    struct crypto_entropy entropy;
    const struct trace_observer *observer;
    const struct esp_fault *fault; /* NULL: none */
    uint64_t installed;            /* pairs so far: their order */
    struct esp_sad sad;
    struct esp_spd spd;
};

#endif
