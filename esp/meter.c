#include "esp/meter.h"

bool esp_lifetime_is_set(const struct esp_lifetime *lifetime)
{
    return lifetime->rekey_bytes || lifetime->life_bytes || lifetime->rekey_packets ||
           lifetime->life_packets;
}

void esp_meter_init(struct esp_meter *meter, const struct esp_lifetime *lifetime)
{
    *meter = (struct esp_meter){
        .bytes = {.rekey = lifetime->rekey_bytes, .life = lifetime->life_bytes},
        .packets = {.rekey = lifetime->rekey_packets, .life = lifetime->life_packets},
    };
}

void esp_meter_resume(struct esp_meter *meter, const struct esp_history *history)
{
    meter->bytes.out = history->bytes_out;
    meter->bytes.in = history->bytes_in;
    meter->packets.out = history->packets_out;
    meter->packets.in = history->packets_in;
}

static bool reached(uint64_t limit, const struct esp_count *count)
{
    return limit && (count->out >= limit || count->in >= limit);
}

bool esp_meter_is_over(const struct esp_meter *meter)
{
    return reached(meter->bytes.life, &meter->bytes) ||
           reached(meter->packets.life, &meter->packets);
}

void esp_meter_count(struct esp_meter *meter, bool outbound, size_t bytes, struct esp_limit *limit)
{
    *(outbound ? &meter->bytes.out : &meter->bytes.in) += bytes;
    *(outbound ? &meter->packets.out : &meter->packets.in) += 1;
    if (!meter->told_life && esp_meter_is_over(meter)) {
        meter->told_life = meter->told_rekey = true;
        limit->name = reached(meter->bytes.life, &meter->bytes) ? "life_bytes" : "life_packets";
        limit->hard = true;
    } else if (!meter->told_rekey && reached(meter->bytes.rekey, &meter->bytes)) {
        meter->told_rekey = true;
        limit->name = "rekey_bytes";
    } else if (!meter->told_rekey && reached(meter->packets.rekey, &meter->packets)) {
        meter->told_rekey = true;
        limit->name = "rekey_packets";
    }
}
