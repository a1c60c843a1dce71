/* CHILD SAs that go from one member of a cluster to another (RFC 6311). */
#include "esp/stack.h"

bool esp_stack_describe(const struct esp_stack *stack, uint32_t spi_in, struct esp_child *child,
                        struct esp_history *history)
{
    const struct esp_pair *pair = esp_sad_find(&stack->sad, spi_in);
    if (!pair) {
        return false;
    }
    const struct esp_meter *meter = pair->meter;
    *child = (struct esp_child){
        .name = pair->name,
        .owner = pair->owner,
        .spi_in = pair->spi_in,
        .spi_out = pair->spi_out,
        .ah = pair->ah,
        .transport = pair->transport,
        .key_in = esp_pair_key(pair, ESP_KEY_IN),
        .key_out = esp_pair_key(pair, ESP_KEY_OUT),
        .replay_window = pair->replay.window,
        .esn = pair->esn,
    };
    *history = (struct esp_history){
        .sequence_out = pair->last_sequence,
        .sequence_in = pair->replay.top,
        .bytes_out = meter ? meter->bytes.out : 0,
        .bytes_in = meter ? meter->bytes.in : 0,
        .packets_out = meter ? meter->packets.out : 0,
        .packets_in = meter ? meter->packets.in : 0,
    };
    return true;
}

/* The last number that an SA may use. */
static uint64_t bounded(const struct esp_pair *pair, uint64_t sequence)
{
    return pair->esn || sequence < UINT32_MAX ? sequence : UINT32_MAX;
}

void esp_stack_resume(struct esp_stack *stack, uint32_t spi_in, const struct esp_history *history)
{
    struct esp_pair *pair = esp_sad_find(&stack->sad, spi_in);
    if (pair) {
        pair->last_sequence = bounded(pair, history->sequence_out);
        esp_replay_forward(&pair->replay, bounded(pair, history->sequence_in));
        if (pair->meter) {
            esp_meter_resume(pair->meter, history);
        }
    }
}

void esp_stack_skip(struct esp_stack *stack, uint32_t spi_in, uint64_t delta)
{
    struct esp_pair *pair = esp_sad_find(&stack->sad, spi_in);
    if (pair) {
        uint64_t room = UINT64_MAX - pair->last_sequence;
        pair->last_sequence = bounded(pair, pair->last_sequence + (delta < room ? delta : room));
    }
}
