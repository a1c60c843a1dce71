/*
 * Threads that do jobs ahead of their time (docs/design.md, "Computing ahead"). One thread owns the
 * pool: it hands jobs over, goes on, and collects each when it needs it. A job is a pure function
 * of what it carries, so that nothing depends on who does it or when. Knows nothing of what the
 * jobs are about.
 */
#ifndef IKESIM_SIM_WORKERS_H
#define IKESIM_SIM_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

struct sim_workers;

/* Embedded in whatever is to be done. */
struct sim_job {
    /* `tool` belongs to the thread that does it: no two jobs have the same at a time. */
    void (*run)(struct sim_job *job, void *tool);
    struct sim_job *next, *previous; /* in the queue */
    int state;                       /* of workers.c, under its lock */
};

/* A pool without threads: what is collected is done by the owner, with `own_tool`. Borrowed. */
struct sim_workers *sim_workers_new(size_t threads_max, void *own_tool);

/* Starts one more of at most `threads_max`, with a tool of its own (borrowed). False if no thread
 * can be had. */
bool sim_workers_start(struct sim_workers *workers, void *tool);

/* Ends the threads. Jobs that nobody has begun stay undone. */
void sim_workers_free(struct sim_workers *workers);

/* Hands a job over; `run` is set. Jobs are begun in this order. */
void sim_workers_submit(struct sim_workers *workers, struct sim_job *job);

/* Returns when the job is done: by a thread, or here if nobody has begun it. While another has it
 * in hand, the owner does what comes next. */
void sim_workers_finish(struct sim_workers *workers, struct sim_job *job);

/* Returns when nobody has the job in hand any more; it is done, or never will be. */
void sim_workers_withdraw(struct sim_workers *workers, struct sim_job *job);

/* Jobs that nobody has begun. */
size_t sim_workers_waiting(struct sim_workers *workers);

#endif
