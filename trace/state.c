/* What a viewer knows at a cursor, folded from events one by one. */
#include <stdlib.h>
#include <string.h>

#include "trace/internal.h"
#include "trace/state.h"
#include "trace/state_internal.h"

struct trace_state *trace_state_new(void)
{
    struct whole_state *whole = trace_alloc_zero(sizeof *whole);
    whole->texts = trace_scopes_new();
    whole->hosts = trace_scopes_new();
    whole->ends = trace_scopes_new();
    return &whole->state;
}

void trace_state_free(struct trace_state *state)
{
    if (!state) {
        return;
    }
    struct whole_state *whole = whole_of(state);
    for (uint32_t i = 0; i < state->pair_count; i++) {
        free(state->pairs[i].end[0].children);
        free(state->pairs[i].end[1].children);
    }
    free(state->hosts);
    free(state->pairs);
    trace_scopes_free(whole->texts);
    trace_scopes_free(whole->hosts);
    trace_scopes_free(whole->ends);
    free(whole);
}

const char *state_text(struct whole_state *whole, const char *text)
{
    return text ? trace_scopes_intern(whole->texts, text, NULL)->host : NULL;
}

struct trace_host_state *state_host(struct whole_state *whole, const char *name)
{
    struct trace_state *state = &whole->state;
    const struct trace_scope *scope = trace_scopes_intern(whole->hosts, name, NULL);
    uint32_t number = trace_scope_number(scope);
    if (number == state->host_count) {
        if (number == whole->host_cap) {
            whole->host_cap = whole->host_cap ? whole->host_cap * 2 : 16;
            state->hosts = trace_resize(state->hosts, whole->host_cap * sizeof *state->hosts);
        }
        state->hosts[state->host_count++] = (struct trace_host_state){.name = scope->host};
    }
    return &state->hosts[number];
}

static const struct trace_host_state *find_host(const struct whole_state *whole, const char *name)
{
    const struct trace_scope *scope = trace_scopes_find(whole->hosts, name, NULL);
    return scope ? &whole->state.hosts[trace_scope_number(scope)] : NULL;
}

/* The two ends of pair i are the scopes 2i, (a, b), and 2i + 1, (b, a). */
struct trace_pair_state *state_pair_add(struct whole_state *whole, const char *a, const char *b)
{
    struct trace_state *state = &whole->state;
    if (state->pair_count == whole->pair_cap) {
        whole->pair_cap = whole->pair_cap ? whole->pair_cap * 2 : 16;
        state->pairs = trace_resize(state->pairs, whole->pair_cap * sizeof *state->pairs);
    }
    const struct trace_scope *scope = trace_scopes_intern(whole->ends, a, b);
    trace_scopes_intern(whole->ends, b, a);
    struct trace_pair_state *pair = &state->pairs[state->pair_count++];
    *pair = (struct trace_pair_state){.a = scope->host, .b = scope->peer};
    for (int end = 0; end < 2; end++) {
        pair->end[end].window_own = 1;
        pair->end[end].window_peer = 1;
    }
    return pair;
}

/* The pair of a scope, made on its first mention, and which end of it the scope's host is. NULL
 * for a scope without a peer. */
static struct trace_pair_state *find_pair(struct whole_state *whole,
                                          const struct trace_scope *scope, int *end)
{
    if (!scope->peer || strcmp(scope->host, scope->peer) == 0) {
        return NULL;
    }
    const struct trace_scope *known = trace_scopes_find(whole->ends, scope->host, scope->peer);
    if (known) {
        uint32_t number = trace_scope_number(known);
        *end = (int)(number % 2);
        return &whole->state.pairs[number / 2];
    }
    const struct trace_host_state *peer = find_host(whole, scope->peer);
    bool peer_connects = peer && peer->connects_to && strcmp(peer->connects_to, scope->host) == 0;
    *end = peer_connects ? 1 : 0;
    return peer_connects ? state_pair_add(whole, scope->peer, scope->host)
                         : state_pair_add(whole, scope->host, scope->peer);
}

/* ---- the run and its hosts ---- */

static void apply_run_begin(struct whole_state *whole, const struct trace_run_begin *event)
{
    struct trace_run_begin *begin = &whole->state.begin;
    *begin = *event;
    begin->version = state_text(whole, event->version);
    begin->scenario = state_text(whole, event->scenario);
    begin->title = state_text(whole, event->title);
    begin->keys = state_text(whole, event->keys);
    begin->epoch = state_text(whole, event->epoch);
}

static void apply_host_declared(struct whole_state *whole, const char *name,
                                const struct trace_host_declared *event)
{
    struct trace_host_state *host = state_host(whole, name);
    host->address = state_text(whole, event->address);
    host->identity = state_text(whole, event->identity);
    host->connects_to = state_text(whole, event->connects_to);
    host->networks = state_text(whole, event->networks);
    if (event->connects_to) {
        int end;
        find_pair(whole, &(struct trace_scope){name, event->connects_to}, &end);
    }
}

/* ---- IKE SAs ---- */

static bool alive(const struct trace_end_state *end)
{
    return end->role && (!end->state || strcmp(end->state, "DELETING") != 0);
}

static void apply_sa_created(struct whole_state *whole, struct trace_end_state *end,
                             const struct trace_ike_sa_created *event)
{
    /* CHILD SAs of the IKE SA before stay until their removal is told. */
    struct trace_end_state fresh = {
        .role = state_text(whole, event->role),
        .spi_i = event->spi_i,
        .window_own = 1,
        .window_peer = 1,
        .child_count = end->child_count,
        .children = end->children,
    };
    *end = fresh;
}

/* The CHILD SAs are told anew. */
static void apply_taken_over(struct whole_state *whole, struct trace_end_state *end,
                             const struct trace_ike_sa_taken_over *event)
{
    apply_sa_created(whole, end,
                     &(struct trace_ike_sa_created){.spi_i = event->spi_i, .role = event->role});
    end->spi_r = event->spi_r;
    end->suite = state_text(whole, event->suite);
    end->window_own = event->window_own;
    end->window_peer = event->window_peer;
    end->next_message_id = event->send;
}

static void apply_state(struct whole_state *whole, struct trace_end_state *end,
                        const struct trace_ike_state *event)
{
    /* The end of an older IKE SA is no news of the one that is shown. */
    if (event->spi_i != end->spi_i && alive(end)) {
        return;
    }
    end->spi_i = event->spi_i;
    end->spi_r = event->spi_r;
    end->state = state_text(whole, event->to);
    bool closed = event->to && strcmp(event->to, "CLOSED") == 0;
    end->role = closed ? NULL : state_text(whole, event->role);
}

static void apply_keys(struct whole_state *whole, struct trace_end_state *end,
                       const struct trace_ike_keys_derived *event)
{
    if (event->spi_i == end->spi_i) {
        end->spi_r = event->spi_r;
        end->suite = state_text(whole, event->suite);
    }
}

static void apply_window_announced(struct trace_end_state *end,
                                   const struct trace_ike_window_announced *event)
{
    if (event->spi_i != end->spi_i || !event->by) {
        return;
    }
    if (strcmp(event->by, "self") == 0) {
        end->window_own = event->size;
    } else {
        end->window_peer = event->size;
    }
}

static void apply_window(struct trace_end_state *end, const struct trace_ike_window *event)
{
    if (event->spi_i != end->spi_i || !event->requests || strcmp(event->requests, "own") != 0) {
        return;
    }
    end->outstanding = event->outstanding;
    end->waiting = event->waiting;
    end->next_message_id = event->next;
}

/* ---- CHILD SAs ---- */

static void apply_child_installed(struct whole_state *whole, struct trace_end_state *end,
                                  const struct trace_ike_child_installed *event)
{
    end->children = trace_resize(end->children, (end->child_count + 1) * sizeof *end->children);
    end->children[end->child_count++] = (struct trace_child_state){
        .name = state_text(whole, event->child),
        .spi_in = event->spi_in,
        .spi_out = event->spi_out,
        .suite = state_text(whole, event->suite),
        .local_ts = state_text(whole, event->local_ts),
        .remote_ts = state_text(whole, event->remote_ts),
    };
}

static struct trace_child_state *child_in(struct trace_end_state *end, uint32_t spi)
{
    for (uint32_t i = 0; i < end->child_count; i++) {
        if (end->children[i].spi_in == spi) {
            return &end->children[i];
        }
    }
    return NULL;
}

static void apply_child_removed(struct trace_end_state *end,
                                const struct trace_ike_child_removed *event)
{
    struct trace_child_state *child = child_in(end, event->spi_in);
    if (child) {
        size_t after = end->child_count - (size_t)(child - end->children) - 1;
        memmove(child, child + 1, after * sizeof *child);
        end->child_count--;
    }
}

static void apply_esp_sent(struct trace_end_state *end, const struct trace_esp_sent *event)
{
    for (uint32_t i = 0; i < end->child_count; i++) {
        struct trace_child_state *child = &end->children[i];
        if (child->spi_out == event->spi) {
            child->packets_out++;
            child->bytes_out += event->inner.len;
            return;
        }
    }
}

static void apply_esp_received(struct trace_end_state *end, const struct trace_esp_received *event)
{
    struct trace_child_state *child = child_in(end, event->spi);
    if (child) {
        child->packets_in++;
        child->bytes_in += event->inner.len;
        child->right_edge = event->right_edge;
    }
}

static void apply_esp_dropped(struct trace_pair_state *pair, struct trace_end_state *end,
                              const struct trace_esp_dropped *event)
{
    pair->dropped++;
    if (!event->reason || strcmp(event->reason, "replayed") != 0) {
        return;
    }
    pair->replays++;
    struct trace_child_state *child = child_in(end, event->spi);
    if (child) {
        child->replays++;
    }
}

/* ---- all of it ---- */

static void apply_to_end(struct whole_state *whole, struct trace_end_state *end,
                         enum trace_kind kind, const void *data)
{
    switch (kind) {
    case TRACE_IKE_SA_CREATED_EVENT:
        apply_sa_created(whole, end, data);
        break;
    case TRACE_IKE_SA_TAKEN_OVER_EVENT:
        apply_taken_over(whole, end, data);
        break;
    case TRACE_IKE_STATE_EVENT:
        apply_state(whole, end, data);
        break;
    case TRACE_IKE_KEYS_DERIVED_EVENT:
        apply_keys(whole, end, data);
        break;
    case TRACE_IKE_WINDOW_ANNOUNCED_EVENT:
        apply_window_announced(end, data);
        break;
    case TRACE_IKE_WINDOW_EVENT:
        apply_window(end, data);
        break;
    case TRACE_IKE_CHILD_INSTALLED_EVENT:
        apply_child_installed(whole, end, data);
        break;
    case TRACE_IKE_CHILD_REMOVED_EVENT:
        apply_child_removed(end, data);
        break;
    case TRACE_ESP_SENT_EVENT:
        apply_esp_sent(end, data);
        break;
    case TRACE_ESP_RECEIVED_EVENT:
        apply_esp_received(end, data);
        break;
    default:
        break;
    }
}

static void apply_to_pair(struct trace_pair_state *pair, struct trace_end_state *end,
                          enum trace_kind kind, const void *data)
{
    switch (kind) {
    case TRACE_NET_SENT_EVENT:
        pair->sent++;
        break;
    case TRACE_NET_LOST_EVENT:
        pair->lost++;
        break;
    case TRACE_NET_DUPLICATED_EVENT:
        pair->duplicated++;
        break;
    case TRACE_IKE_RETRANSMISSION_EVENT:
        pair->retransmissions++;
        break;
    case TRACE_IKE_MESSAGE_DROPPED_EVENT:
    case TRACE_CPU_DROPPED_EVENT:
        pair->dropped++;
        break;
    case TRACE_ESP_SENT_EVENT:
        pair->esp_packets++;
        break;
    case TRACE_ESP_DROPPED_EVENT:
        apply_esp_dropped(pair, end, data);
        break;
    case TRACE_TRAFFIC_DELIVERED_EVENT:
        if (((const struct trace_traffic_delivered *)data)->times > 1) {
            pair->delivered_twice++;
        }
        break;
    case TRACE_TRAFFIC_ANSWERED_EVENT:
        pair->round_trip = ((const struct trace_traffic_answered *)data)->round_trip;
        break;
    default:
        break;
    }
}

bool trace_state_reads_data(enum trace_kind kind)
{
    switch (kind) {
    case TRACE_RUN_BEGIN_EVENT:
    case TRACE_HOST_DECLARED_EVENT:
    case TRACE_IKE_SA_CREATED_EVENT:
    case TRACE_IKE_SA_TAKEN_OVER_EVENT:
    case TRACE_IKE_STATE_EVENT:
    case TRACE_IKE_KEYS_DERIVED_EVENT:
    case TRACE_IKE_WINDOW_ANNOUNCED_EVENT:
    case TRACE_IKE_WINDOW_EVENT:
    case TRACE_IKE_CHILD_INSTALLED_EVENT:
    case TRACE_IKE_CHILD_REMOVED_EVENT:
    case TRACE_ESP_SENT_EVENT:
    case TRACE_ESP_RECEIVED_EVENT:
    case TRACE_ESP_DROPPED_EVENT:
    case TRACE_TRAFFIC_DELIVERED_EVENT:
    case TRACE_TRAFFIC_ANSWERED_EVENT:
        return true;
    default:
        return false;
    }
}

void trace_state_apply(struct trace_state *state, const struct trace_record *record)
{
    struct whole_state *whole = whole_of(state);
    state->time = record->time;
    state->events++;
    if (record->kind == TRACE_RUN_BEGIN_EVENT) {
        apply_run_begin(whole, record->data);
        return;
    }
    if (record->kind == TRACE_HOST_DECLARED_EVENT) {
        apply_host_declared(whole, record->id.scope->host, record->data);
        return;
    }
    int which;
    struct trace_pair_state *pair = find_pair(whole, record->id.scope, &which);
    if (!pair) {
        return;
    }
    pair->last_event_time = record->time;
    apply_to_end(whole, &pair->end[which], record->kind, record->data);
    apply_to_pair(pair, &pair->end[which], record->kind, record->data);
}
