/*
 * What an SA may carry before it is to be replaced, and before it stops (RFC 4301 §4.4.2.1
 * "lifetime"): octets of inner packets and packets, each direction for itself.
 */
#ifndef IKESIM_ESP_METER_H
#define IKESIM_ESP_METER_H

#include "esp/esp.h"

/* One measure of both directions. */
struct esp_count {
    uint64_t rekey, life; /* 0: no limit */
    uint64_t out, in;
};

struct esp_meter {
    struct esp_count bytes, packets;
    bool told_rekey, told_life;
};

/* True if any limit is set: only then an SA needs a meter. */
bool esp_lifetime_is_set(const struct esp_lifetime *lifetime);

/* Begins to count from 0 against these limits. */
void esp_meter_init(struct esp_meter *meter, const struct esp_lifetime *lifetime);

/* True once a hard limit is reached, by what was counted before. */
bool esp_meter_is_over(const struct esp_meter *meter);

/* Goes on from what another has counted. */
void esp_meter_resume(struct esp_meter *meter, const struct esp_history *history);

/* Counts one packet. Fills `limit` the first time that a soft limit is reached and the first time
 * that a hard one is; leaves it as it is otherwise. */
void esp_meter_count(struct esp_meter *meter, bool outbound, size_t bytes, struct esp_limit *limit);

#endif
