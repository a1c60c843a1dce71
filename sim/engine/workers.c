#include "sim/engine/workers.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { JOB_WAITING = 1, JOB_IN_HAND, JOB_DONE, JOB_WITHDRAWN };

struct worker {
    struct sim_workers *workers;
    void *tool;
    pthread_t thread;
};

struct sim_workers {
    pthread_mutex_t lock;
    pthread_cond_t work; /* there is a job, or the end has come */
    pthread_cond_t done; /* a job is done */
    struct sim_job *first, *last;
    size_t waiting;
    size_t idle;      /* threads that wait for work */
    bool owner_waits; /* for a job to be done */
    bool ending;
    void *own_tool;
    size_t count, threads_max;
    struct worker threads[];
};

static void lock(struct sim_workers *workers)
{
    pthread_mutex_lock(&workers->lock);
}

static void unlock(struct sim_workers *workers)
{
    pthread_mutex_unlock(&workers->lock);
}

static void take_out(struct sim_workers *workers, struct sim_job *job)
{
    *(job->previous ? &job->previous->next : &workers->first) = job->next;
    *(job->next ? &job->next->previous : &workers->last) = job->previous;
    job->next = job->previous = NULL;
    workers->waiting--;
}

/* With the lock held before and after, and not in between. */
static void perform(struct sim_workers *workers, struct sim_job *job, void *tool)
{
    take_out(workers, job);
    job->state = JOB_IN_HAND;
    unlock(workers);
    job->run(job, tool);
    lock(workers);
    job->state = JOB_DONE;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct sim_workers *workers = worker->workers;

    lock(workers);
    while (!workers->ending) {
        if (!workers->first) {
            workers->idle++;
            pthread_cond_wait(&workers->work, &workers->lock);
            workers->idle--;
            continue;
        }
        perform(workers, workers->first, worker->tool);
        if (workers->owner_waits) {
            pthread_cond_signal(&workers->done);
        }
    }
    unlock(workers);
    return NULL;
}

struct sim_workers *sim_workers_new(size_t threads_max, void *own_tool)
{
    struct sim_workers *workers =
        calloc(1, sizeof *workers + threads_max * sizeof workers->threads[0]);
    if (!workers) {
        abort();
    }
    workers->threads_max = threads_max;
    workers->own_tool = own_tool;
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->work, NULL);
    pthread_cond_init(&workers->done, NULL);
    return workers;
}

/* Signals are the owner's business: a thread that took one would interrupt nothing. */
bool sim_workers_start(struct sim_workers *workers, void *tool)
{
    assert(workers->count < workers->threads_max);
    struct worker *worker = &workers->threads[workers->count];
    *worker = (struct worker){.workers = workers, .tool = tool};
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&worker->thread, NULL, work, worker) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    workers->count += started;
    return started;
}

void sim_workers_free(struct sim_workers *workers)
{
    if (!workers) {
        return;
    }
    lock(workers);
    workers->ending = true;
    pthread_cond_broadcast(&workers->work);
    unlock(workers);
    for (size_t i = 0; i < workers->count; i++) {
        pthread_join(workers->threads[i].thread, NULL);
    }
    pthread_cond_destroy(&workers->done);
    pthread_cond_destroy(&workers->work);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}

void sim_workers_submit(struct sim_workers *workers, struct sim_job *job)
{
    lock(workers);
    job->state = JOB_WAITING;
    job->next = NULL;
    job->previous = workers->last;
    *(workers->last ? &workers->last->next : &workers->first) = job;
    workers->last = job;
    workers->waiting++;
    if (workers->idle) {
        pthread_cond_signal(&workers->work);
    }
    unlock(workers);
}

static void await(struct sim_workers *workers)
{
    workers->owner_waits = true;
    pthread_cond_wait(&workers->done, &workers->lock);
    workers->owner_waits = false;
}

void sim_workers_finish(struct sim_workers *workers, struct sim_job *job)
{
    lock(workers);
    if (job->state == JOB_WAITING) {
        perform(workers, job, workers->own_tool);
    }
    while (job->state == JOB_IN_HAND) {
        if (workers->first) {
            perform(workers, workers->first, workers->own_tool);
        } else {
            await(workers);
        }
    }
    assert(job->state == JOB_DONE);
    unlock(workers);
}

void sim_workers_withdraw(struct sim_workers *workers, struct sim_job *job)
{
    lock(workers);
    if (job->state == JOB_WAITING) {
        take_out(workers, job);
        job->state = JOB_WITHDRAWN;
    }
    while (job->state == JOB_IN_HAND) {
        await(workers);
    }
    unlock(workers);
}

size_t sim_workers_waiting(struct sim_workers *workers)
{
    lock(workers);
    size_t waiting = workers->waiting;
    unlock(workers);
    return waiting;
}
