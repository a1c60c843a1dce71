/* What ESP does, told as events of the trace, with one plain sentence for each refusal. */
#ifndef IKESIM_ESP_TELL_H
#define IKESIM_ESP_TELL_H

#include "esp/packet.h"
#include "esp/sa.h"

/* An inner packet that has been sealed. Returns the name of the event, as all of these do. */
struct trace_ref esp_tell_sent(const struct trace_observer *observer, const struct esp_pair *pair,
                               struct crypto_bytes inner);

/* An inner packet that is not sent. `flow` and `pair` are NULL where there is none. */
struct trace_ref esp_tell_not_sent(const struct trace_observer *observer, enum esp_verdict why,
                                   const struct esp_flow *flow, const struct esp_pair *pair);

/* A packet that was authentic and new, and what was inside. */
struct trace_ref esp_tell_received(const struct trace_observer *observer,
                                   const struct esp_pair *pair, struct esp_header header,
                                   struct crypto_bytes inner);

/* An ESP or AH packet that is refused. `pair` is NULL if its SPI leads to none. */
struct trace_ref esp_tell_dropped(const struct trace_observer *observer, enum esp_verdict why,
                                  bool ah, const struct esp_pair *pair, struct esp_header header);

#endif
