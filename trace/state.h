/*
 * What a viewer knows at a cursor, folded from events one by one: hosts, pairs, their IKE SAs and
 * CHILD SAs, windows and counts. A keyframe is this state written out.
 */
#ifndef IKESIM_TRACE_STATE_H
#define IKESIM_TRACE_STATE_H

#include "trace/record.h"

struct trace_child_state {
    const char *name;
    uint32_t spi_in, spi_out;
    const char *suite;
    const char *local_ts, *remote_ts;
    uint64_t packets_in, packets_out, bytes_in, bytes_out, replays;
    uint64_t right_edge; /* of the replay window, inbound */
};

/* One end's view of its dealings with one peer: of the IKE SA that was created last, until it is
 * closed. */
struct trace_end_state {
    const char *role;  /* "initiator", "responder", or NULL if it has no IKE SA */
    const char *state; /* last `to` of ike:state; NULL if none */
    uint64_t spi_i, spi_r;
    const char *suite;
    uint64_t window_own, window_peer; /* as announced by self and by the peer; 1 until then */
    uint64_t outstanding, waiting, next_message_id;
    uint32_t child_count;
    struct trace_child_state *children;
};

struct trace_pair_state {
    const char *a, *b;                 /* a is the one that connects */
    struct trace_end_state end[2];     /* of a, of b */
    uint64_t sent, lost, duplicated;   /* datagrams, both directions */
    uint64_t retransmissions, dropped; /* dropped: IKE messages, ESP packets, items of a full CPU */
    uint64_t esp_packets, replays;     /* sent; refused as replayed */
    uint64_t delivered_twice;          /* inner packets that arrived once more: replays accepted */
    uint64_t round_trip;               /* of the last ping, ns; 0 if none */
    uint64_t last_event_time;
};

struct trace_host_state {
    const char *name, *address, *identity, *connects_to, *networks;
};

struct trace_state {
    uint64_t time;
    uint64_t events;
    struct trace_run_begin begin; /* strings live as long as the state */
    uint32_t host_count, pair_count;
    struct trace_host_state *hosts;
    struct trace_pair_state *pairs; /* in order of first mention */
};

/* The state before any event; an event changes it. */
struct trace_state *trace_state_new(void);
void trace_state_free(struct trace_state *state);
void trace_state_apply(struct trace_state *state, const struct trace_record *record);

/* Canonical bytes of the state for a keyframe, and back. *len gets the length; free() the result.
 */
uint8_t *trace_state_save(const struct trace_state *state, size_t *len);
struct trace_state *trace_state_load(const uint8_t *bytes, size_t len);

#endif
