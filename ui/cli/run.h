/* Running a scenario into a result directory, for every command that needs a recording. */
#ifndef IKESIM_UI_CLI_RUN_H
#define IKESIM_UI_CLI_RUN_H

#include <sys/types.h>

#include "sim/scenario/world.h"
#include "trace/reader.h"
#include "trace/series_reader.h"
#include "ui/cli/options.h"

struct run_options {
    bool progress;       /* on stderr, when the run takes more than two seconds */
    bool overwrite;      /* DIR may hold an older result */
    bool both_ends;      /* run.pcapng with an interface for each host */
    bool recording_only; /* nothing but run.ndjson and run.index */
    unsigned threads;    /* as in struct world_options */
    uint64_t memory;     /* octets that it may take; 0: what is available; ROOM_ANY */
    const bool *only;    /* the same; there is no series then */
};

/* What a run came to. */
struct run_result {
    uint64_t seed, virtual_time, events, hash;
    double seconds; /* of the wall clock */
    int signal;     /* that ended it before its time; 0: none did */
    size_t expectations, failed;
    uint64_t counts[SCENARIO_COUNT_COUNT];
    size_t memory; /* octets that the endpoints held for their SAs at the end */
    uint64_t peak_memory, foreseen_memory; /* of the process; of it, before it ran: estimate.h */
    size_t flow_count;
    struct run_flow {
        struct packets_flow packets; /* its names are the scenario's; without histograms */
        uint64_t delay[3];           /* ns: median, 99th percentile, greatest */
        uint64_t round_trip[3];      /* likewise, of pings */
    } * flows;                       /* free with run_result_dispose */
    size_t cpu_count;
    struct run_cpu {
        const char *host; /* the scenario's */
        struct {
            uint64_t taken, refused;
            uint64_t wait[3]; /* ns: median, 99th percentile, greatest */
        } classes[CPU_CLASSES];
    } * cpus; /* of the hosts with a series of their own; free with run_result_dispose */
    struct run_verdict {
        bool holds;
        int line;
        char text[200], why[200];
    } * verdicts; /* `expectations` of them; free with run_result_dispose */
};

/* Frees flows, CPUs and verdicts. */
void run_result_dispose(struct run_result *result);

/* Runs a scenario that has been read. `dir` NULL keeps nothing. Otherwise it is made and gets
 * scenario.yaml, run.ndjson, run.index, run.pcapng, wireshark/ and summary.json. A run that needs
 * more memory than it may take is refused. SIGINT, SIGTERM or SIGHUP ends the run early; what there
 * is by then is a whole, partial result. Returns 0, or -1 with `error` filled. */
int run_scenario(const struct scenario *scenario, const char *dir,
                 const struct run_options *options, struct run_result *result, char *error,
                 size_t error_cap);

/* A recording for commands that take SCENARIO|DIR: DIR is opened; a scenario is run into a
 * temporary directory first, which is gone before the command has the reader: however the command
 * ends, it leaves nothing behind. */
struct run_source {
    struct trace_reader *reader;
    struct trace_series_reader *series; /* NULL: there is none */
    pid_t child;                        /* that is still writing it; 0: none */
    const char *target;                 /* borrowed: a recording that was opened; NULL: a run */
};

/* Returns 0, or an exit code after it has told stderr why. */
int run_source_open(const char *command, const char *target,
                    const struct options_scenario *scenario, struct run_source *source);

/* The same for who can look at a recording that grows: a scenario that runs for longer than a
 * second is there as soon as it has come to `until` (ns of virtual time), and goes on in a process
 * of its own until the source is closed. */
int run_source_open_live(const char *command, const char *target,
                         const struct options_scenario *scenario, uint64_t until,
                         struct run_source *source);
void run_source_close(struct run_source *source);

/* Whether somebody still writes it: the process that was begun for it, or, of a recording that was
 * opened, whoever has written to it within some seconds. `source` is a struct run_source. */
bool run_source_is_written(void *source);

/* A new directory for a run that is not kept, malloc'ed; NULL with `error` filled. Its name may go
 * as soon as a reader has the recording open. */
char *run_make_temporary(char *error, size_t error_cap);
/* Removes it with what a run writes into it, and frees the name. */
void run_remove_temporary(char *dir);

/* Reads a scenario by path or name; NULL after all errors were told on stderr. */
struct scenario *run_read_scenario(const char *command, const char *target,
                                   const struct scenario_settings *settings);

#endif
