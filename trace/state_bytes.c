/* The state as a keyframe's octets, and back (docs/recording.md, "Keyframes"). */
#include <stdlib.h>
#include <string.h>

#include "trace/internal.h"
#include "trace/state.h"
#include "trace/state_internal.h"

static void save_begin(struct trace_buffer *out, const struct trace_run_begin *begin)
{
    trace_put_u64(out, begin->format);
    trace_put_text(out, begin->version);
    trace_put_text(out, begin->scenario);
    trace_put_text(out, begin->title);
    trace_put_u64(out, begin->seed);
    trace_put_text(out, begin->keys);
    trace_put_text(out, begin->epoch);
    trace_put_u64(out, begin->duration);
}

static void save_child(struct trace_buffer *out, const struct trace_child_state *child)
{
    trace_put_text(out, child->name);
    trace_put_u32(out, child->spi_in);
    trace_put_u32(out, child->spi_out);
    trace_put_text(out, child->suite);
    trace_put_text(out, child->local_ts);
    trace_put_text(out, child->remote_ts);
    trace_put_u64(out, child->packets_in);
    trace_put_u64(out, child->packets_out);
    trace_put_u64(out, child->bytes_in);
    trace_put_u64(out, child->bytes_out);
    trace_put_u64(out, child->replays);
    trace_put_u64(out, child->right_edge);
}

static void save_end(struct trace_buffer *out, const struct trace_end_state *end)
{
    trace_put_text(out, end->role);
    trace_put_text(out, end->state);
    trace_put_u64(out, end->spi_i);
    trace_put_u64(out, end->spi_r);
    trace_put_text(out, end->suite);
    trace_put_u64(out, end->window_own);
    trace_put_u64(out, end->window_peer);
    trace_put_u64(out, end->outstanding);
    trace_put_u64(out, end->waiting);
    trace_put_u64(out, end->next_message_id);
    trace_put_u32(out, end->child_count);
    for (uint32_t i = 0; i < end->child_count; i++) {
        save_child(out, &end->children[i]);
    }
}

static void save_pair(struct trace_buffer *out, const struct trace_pair_state *pair)
{
    trace_put_text(out, pair->a);
    trace_put_text(out, pair->b);
    save_end(out, &pair->end[0]);
    save_end(out, &pair->end[1]);
    trace_put_u64(out, pair->sent);
    trace_put_u64(out, pair->lost);
    trace_put_u64(out, pair->duplicated);
    trace_put_u64(out, pair->retransmissions);
    trace_put_u64(out, pair->dropped);
    trace_put_u64(out, pair->esp_packets);
    trace_put_u64(out, pair->replays);
    trace_put_u64(out, pair->delivered_twice);
    trace_put_u64(out, pair->round_trip);
    trace_put_u64(out, pair->last_event_time);
}

uint8_t *trace_state_save(const struct trace_state *state, size_t *len)
{
    struct trace_buffer out = {0};
    trace_put_u64(&out, state->time);
    trace_put_u64(&out, state->events);
    save_begin(&out, &state->begin);
    trace_put_u32(&out, state->host_count);
    for (uint32_t i = 0; i < state->host_count; i++) {
        const struct trace_host_state *host = &state->hosts[i];
        trace_put_text(&out, host->name);
        trace_put_text(&out, host->address);
        trace_put_text(&out, host->identity);
        trace_put_text(&out, host->connects_to);
        trace_put_text(&out, host->networks);
    }
    trace_put_u32(&out, state->pair_count);
    for (uint32_t i = 0; i < state->pair_count; i++) {
        save_pair(&out, &state->pairs[i]);
    }
    *len = out.len;
    return out.data;
}

/* ---- and back ---- */

struct load {
    struct whole_state *whole;
    struct trace_cursor cursor;
};

static const char *load_text(struct load *load)
{
    uint32_t len;
    const char *text = trace_take_text(&load->cursor, &len);
    if (!text) {
        return NULL;
    }
    return trace_scopes_intern_n(load->whole->texts, text, len, NULL, 0)->host;
}

static void load_begin(struct load *load, struct trace_run_begin *begin)
{
    begin->format = trace_take_u64(&load->cursor);
    begin->version = load_text(load);
    begin->scenario = load_text(load);
    begin->title = load_text(load);
    begin->seed = trace_take_u64(&load->cursor);
    begin->keys = load_text(load);
    begin->epoch = load_text(load);
    begin->duration = trace_take_u64(&load->cursor);
}

static void load_child(struct load *load, struct trace_child_state *child)
{
    child->name = load_text(load);
    child->spi_in = trace_take_u32(&load->cursor);
    child->spi_out = trace_take_u32(&load->cursor);
    child->suite = load_text(load);
    child->local_ts = load_text(load);
    child->remote_ts = load_text(load);
    child->packets_in = trace_take_u64(&load->cursor);
    child->packets_out = trace_take_u64(&load->cursor);
    child->bytes_in = trace_take_u64(&load->cursor);
    child->bytes_out = trace_take_u64(&load->cursor);
    child->replays = trace_take_u64(&load->cursor);
    child->right_edge = trace_take_u64(&load->cursor);
}

static void load_end(struct load *load, struct trace_end_state *end)
{
    end->role = load_text(load);
    end->state = load_text(load);
    end->spi_i = trace_take_u64(&load->cursor);
    end->spi_r = trace_take_u64(&load->cursor);
    end->suite = load_text(load);
    end->window_own = trace_take_u64(&load->cursor);
    end->window_peer = trace_take_u64(&load->cursor);
    end->outstanding = trace_take_u64(&load->cursor);
    end->waiting = trace_take_u64(&load->cursor);
    end->next_message_id = trace_take_u64(&load->cursor);
    uint32_t count = trace_take_u32(&load->cursor);
    /* A child takes more than one octet: a count past the end is no count. */
    if (load->cursor.bad || count > load->cursor.len) {
        load->cursor.bad = true;
        return;
    }
    if (count == 0) {
        return;
    }
    end->children = trace_alloc_zero(count * sizeof *end->children);
    for (; end->child_count < count && !load->cursor.bad; end->child_count++) {
        load_child(load, &end->children[end->child_count]);
    }
}

static void load_pair(struct load *load)
{
    const char *a = load_text(load), *b = load_text(load);
    if (!a || !b || strcmp(a, b) == 0 || trace_scopes_find(load->whole->ends, a, b)) {
        load->cursor.bad = true;
        return;
    }
    struct trace_pair_state *pair = state_pair_add(load->whole, a, b);
    load_end(load, &pair->end[0]);
    load_end(load, &pair->end[1]);
    pair->sent = trace_take_u64(&load->cursor);
    pair->lost = trace_take_u64(&load->cursor);
    pair->duplicated = trace_take_u64(&load->cursor);
    pair->retransmissions = trace_take_u64(&load->cursor);
    pair->dropped = trace_take_u64(&load->cursor);
    pair->esp_packets = trace_take_u64(&load->cursor);
    pair->replays = trace_take_u64(&load->cursor);
    pair->delivered_twice = trace_take_u64(&load->cursor);
    pair->round_trip = trace_take_u64(&load->cursor);
    pair->last_event_time = trace_take_u64(&load->cursor);
}

static void load_host(struct load *load)
{
    const char *name = load_text(load);
    if (!name || trace_scopes_find(load->whole->hosts, name, NULL)) {
        load->cursor.bad = true;
        return;
    }
    struct trace_host_state *host = state_host(load->whole, name);
    host->address = load_text(load);
    host->identity = load_text(load);
    host->connects_to = load_text(load);
    host->networks = load_text(load);
}

struct trace_state *trace_state_load(const uint8_t *bytes, size_t len)
{
    struct trace_state *state = trace_state_new();
    struct load load = {.whole = whole_of(state), .cursor = {.bytes = bytes, .len = len}};
    state->time = trace_take_u64(&load.cursor);
    state->events = trace_take_u64(&load.cursor);
    load_begin(&load, &state->begin);
    uint32_t hosts = trace_take_u32(&load.cursor);
    for (uint32_t i = 0; i < hosts && !load.cursor.bad; i++) {
        load_host(&load);
    }
    uint32_t pairs = trace_take_u32(&load.cursor);
    for (uint32_t i = 0; i < pairs && !load.cursor.bad; i++) {
        load_pair(&load);
    }
    if (load.cursor.bad || load.cursor.len != 0) {
        trace_state_free(state);
        return NULL;
    }
    return state;
}
