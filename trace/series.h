/*
 * Time series over all of a run, whatever is recorded of it: series.csv (docs/recording.md). A
 * recorder shows it every event; the gauges that no event tells are asked for at the end of each
 * interval.
 *
 * A row is about one interval and one host, or "*": all of them. The columns are one table, from
 * which the writer, the reader and the docs are made.
 */
#ifndef IKESIM_TRACE_SERIES_H
#define IKESIM_TRACE_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/event.h"

/* C(symbol, name, meaning). All are whole numbers. In the row of a host an IKE SA, and what is done
 * to it, counts at whichever end the host is; in the row of all, once, at the end that asked for
 * it. */
#define TRACE_SERIES_COLUMNS(C)                                                                    \
    C(ATTEMPTS, "attempts", "IKE SAs that were begun")                                             \
    C(SETUPS, "setups", "IKE SAs that were set up, rekeys not among them")                         \
    C(GAVE_UP, "gave_up", "requests that stayed unanswered to the end")                            \
    C(IKE_REKEYS, "ike_rekeys", "IKE SAs that took the place of another")                          \
    C(CHILD_REKEYS, "child_rekeys", "CHILD SAs that took the place of another")                    \
    C(HALF_OPEN, "half_open", "IKE SAs on their way to be established, at the end")                \
    C(ESTABLISHED, "established", "IKE SAs that are established, at the end")                      \
    C(CHILDREN, "children", "ends of CHILD SAs that are installed, at the end")                    \
    C(IKE_SENT, "ike_sent", "IKE messages sent, each transmission")                                \
    C(RETRANSMISSIONS, "retransmissions", "requests that went out again")                          \
    C(IKE_DROPPED, "ike_dropped", "IKE messages that changed nothing")                             \
    C(ESP_SENT, "esp_sent", "ESP packets sent")                                                    \
    C(ESP_RECEIVED, "esp_received", "ESP packets whose inner packet went on")                      \
    C(ESP_DROPPED, "esp_dropped", "ESP packets refused, and inner packets without a CHILD SA")     \
    C(DATAGRAMS_SENT, "datagrams_sent", "datagrams that left a host")                              \
    C(DATAGRAMS_LOST, "datagrams_lost", "datagrams that ended on a link")                          \
    C(PACKETS_SENT, "packets_sent", "inner packets that hosts behind the tunnels sent")            \
    C(PACKETS_DELIVERED, "packets_delivered", "inner packets that arrived, each once")             \
    C(PACKETS_LOST, "packets_lost", "inner packets that came to nothing")                          \
    C(PACKETS_LATE, "packets_late", "inner packets that came too late")                            \
    C(LOST_IN_REKEY, "lost_in_rekey", "those of packets_lost while a CHILD SA was rekeyed")        \
    C(CORES, "cores", "cores of the simulated CPUs")                                               \
    C(CPU_BUSY, "cpu_busy_ns", "time that the cores worked, in sum")                               \
    C(CPU_PERMILLE, "cpu_permille", "cpu_busy_ns in thousandths of what the cores have")           \
    C(QUEUE, "queue", "work items that wait for a core, at the end")                               \
    C(QUEUE_MAX, "queue_max", "most that waited at one host")                                      \
    C(CPU_DROPPED, "cpu_dropped", "work items that found a queue full")                            \
    C(WAIT_P50, "wait_p50_ns", "wait of IKE's work items for a core: median")                      \
    C(WAIT_P99, "wait_p99_ns", "the same: 99th percentile")                                        \
    C(WAIT_MAX, "wait_max_ns", "the same: longest")                                                \
    C(SETUP_P50, "setup_p50_ns", "from the first order to initiate to an established IKE SA")      \
    C(SETUP_P99, "setup_p99_ns", "the same: 99th percentile")                                      \
    C(SETUP_MAX, "setup_max_ns", "the same: longest")                                              \
    C(DELAY_P50, "delay_p50_ns", "inner packets from end to end: median")                          \
    C(DELAY_P99, "delay_p99_ns", "the same: 99th percentile")                                      \
    C(DELAY_MAX, "delay_max_ns", "the same: longest")

enum trace_series_column {
#define C(symbol, name, meaning) TRACE_SERIES_##symbol,
    TRACE_SERIES_COLUMNS(C)
#undef C
        TRACE_SERIES_COUNT
};

extern const char *const trace_series_names[TRACE_SERIES_COUNT];

/* One row as it is read back. */
struct trace_series_row {
    uint64_t time;    /* ns: end of the interval */
    const char *host; /* "*": all */
    uint64_t values[TRACE_SERIES_COUNT];
};

/* What no event tells, of one host or of all, since the run began. */
struct trace_series_gauges {
    uint64_t cores, cpu_busy, queue;
    uint64_t queue_max; /* since it was last asked for */
    uint64_t packets_sent, packets_delivered, packets_lost, packets_late, lost_in_rekey;
};

struct trace_series_options {
    const char *dir;
    uint64_t every; /* ns, not 0 */
    /* Hosts that have rows of their own. Copied but for the names. */
    const char *const *hosts;
    size_t host_count;
    /* Asked at the end of each interval (`now`, ns); host NULL: of all. */
    void (*ask)(void *context, const char *host, uint64_t now, struct trace_series_gauges *gauges);
    void *context;
};

struct trace_series;

/* Creates DIR/series.csv. NULL with `error` filled if that fails. */
struct trace_series *trace_series_open(const struct trace_series_options *options, char *error,
                                       size_t error_cap);

/* Of an event what will be counted, taken while its data are at hand; false if there is nothing. */
struct trace_measure {
    uint64_t value;
};
bool trace_series_measure(enum trace_kind kind, const void *data, struct trace_measure *measure);

/* The event is visible, at a time within the interval that is open. */
void trace_series_count(struct trace_series *series, const struct trace_scope *scope, uint64_t time,
                        enum trace_kind kind, const struct trace_measure *measure);

/* End of the interval that is open (ns): events from then on belong to the next. */
uint64_t trace_series_due(const struct trace_series *series);

/* Writes the rows of the interval that is open, and opens the next. */
void trace_series_turn(struct trace_series *series);

/* Makes all rows visible to readers. */
void trace_series_flush(struct trace_series *series);

/* Writes what is left up to `end` (ns), the end of the run, and closes. Returns 0, or -1 with
 * `error` filled if anything could not be written. */
int trace_series_close(struct trace_series *series, uint64_t end, char *error, size_t error_cap);

#endif
