#include "sim/host/ahead.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kex.h"
#include "sim/engine/workers.h"

/* Jobs that are to wait for the threads at any time: some milliseconds of work, more than what
 * passes between two looks. */
enum { WAITING_MIN = 128 };

/* A context takes 2 ms to make, as long as some fifty computations. */
enum { WAITING_FOR_ANOTHER = 16 };

/* One computation: what goes in, and what comes out of it. */
struct answer {
    struct sim_job job;  /* first: the threads give it back by this */
    struct answer *next; /* in its bucket */
    struct answer *older, *newer;
    struct crypto_kex_work work; /* views the octets behind the struct */
    int result;
    const char *why;
    uint8_t *out;
};

enum { BUCKETS = 16384 };

struct ahead {
    struct crypto_context *crypto;
    struct crypto_kex_helper helper;
    struct sim_workers *workers;
    size_t thread_count, threads_max;
    void **contexts; /* of the threads */
    struct ahead_counts counts;
    size_t count;
    struct answer *oldest, *newest;
    struct answer *buckets[BUCKETS];
};

/* Scalars and public values are as good as random: any of their bits are a hash. */
static struct answer **bucket_of(struct ahead *ahead, const struct crypto_kex_work *work)
{
    uint32_t scalar, peer = 0;

    memcpy(&scalar, work->scalar.data, sizeof scalar);
    if (work->peer.len >= sizeof peer) {
        memcpy(&peer, work->peer.data, sizeof peer);
    }
    return &ahead->buckets[(scalar ^ peer) % BUCKETS];
}

static bool same(struct crypto_bytes a, struct crypto_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* What points to the answer, or to the end of its bucket. */
static struct answer **find(struct ahead *ahead, const struct crypto_kex_work *work)
{
    struct answer **link = bucket_of(ahead, work);

    while (*link && !((*link)->work.ke == work->ke && same((*link)->work.scalar, work->scalar) &&
                      same((*link)->work.peer, work->peer))) {
        link = &(*link)->next;
    }
    return link;
}

static void forget(struct ahead *ahead, struct answer **link)
{
    struct answer *answer = *link;

    assert(answer);
    *link = answer->next;
    *(answer->older ? &answer->older->newer : &ahead->oldest) = answer->newer;
    *(answer->newer ? &answer->newer->older : &ahead->newest) = answer->older;
    ahead->count--;
    free(answer);
}

static void compute(struct sim_job *job, void *context)
{
    struct answer *answer = (struct answer *)job;

    answer->result = crypto_kex_compute(context, &answer->work, answer->out, &answer->why);
}

/* Puts a copy of `bytes` at *at and goes on behind it. */
static struct crypto_bytes keep(uint8_t **at, struct crypto_bytes bytes)
{
    struct crypto_bytes kept = {*at, bytes.len};

    if (bytes.len > 0) {
        memcpy(*at, bytes.data, bytes.len);
    }
    *at += bytes.len;
    return kept;
}

static struct answer *answer_new(const struct crypto_kex_work *work)
{
    size_t len = crypto_kex_work_len(work);
    struct answer *answer =
        malloc(sizeof *answer + work->scalar.len + work->peer.len + work->stream.len + len);
    if (!answer) {
        abort();
    }
    uint8_t *at = (uint8_t *)(answer + 1);
    *answer = (struct answer){.job.run = compute};
    answer->work = (struct crypto_kex_work){
        .ke = work->ke,
        .scalar = keep(&at, work->scalar),
        .peer = keep(&at, work->peer),
        .stream = keep(&at, work->stream),
    };
    answer->out = at;
    return answer;
}

static void drop_oldest(struct ahead *ahead)
{
    sim_workers_withdraw(ahead->workers, &ahead->oldest->job);
    forget(ahead, find(ahead, &ahead->oldest->work));
}

/* Where no thread is to be had, fewer do it all: the result is the same. */
static void start_thread(struct ahead *ahead)
{
    char why[200];
    struct crypto_context *context = crypto_context_new(why, sizeof why);

    if (context && sim_workers_start(ahead->workers, context)) {
        ahead->contexts[ahead->thread_count++] = context;
    } else {
        crypto_context_free(context);
        ahead->threads_max = ahead->thread_count;
    }
}

static void expect(void *context, const struct crypto_kex_work *work)
{
    struct ahead *ahead = context;
    struct answer **link = find(ahead, work);

    if (*link) {
        return;
    }
    struct answer *answer = *link = answer_new(work);
    answer->older = ahead->newest;
    *(ahead->newest ? &ahead->newest->newer : &ahead->oldest) = answer;
    ahead->newest = answer;
    ahead->count++;
    ahead->counts.expected++;
    sim_workers_submit(ahead->workers, &answer->job);
    if (ahead->thread_count < ahead->threads_max &&
        sim_workers_waiting(ahead->workers) > WAITING_FOR_ANOTHER * (ahead->thread_count + 1)) {
        start_thread(ahead);
    }
    if (ahead->count > AHEAD_ANSWERS_MAX) {
        drop_oldest(ahead);
    }
}

static bool take(void *context, const struct crypto_kex_work *work, uint8_t *out, const char **why,
                 int *result)
{
    struct ahead *ahead = context;
    struct answer **link = find(ahead, work);
    struct answer *answer = *link;

    if (!answer) {
        ahead->counts.missed++;
        return false;
    }
    ahead->counts.foreseen++;
    sim_workers_finish(ahead->workers, &answer->job);
    memcpy(out, answer->out, crypto_kex_work_len(work));
    *why = answer->why;
    *result = answer->result;
    forget(ahead, link);
    return true;
}

struct ahead *ahead_new(struct crypto_context *crypto, size_t threads)
{
    struct ahead *ahead = calloc(1, sizeof *ahead);
    void **contexts = calloc(threads + 1, sizeof *contexts);
    if (!ahead || !contexts) {
        abort();
    }
    ahead->crypto = crypto;
    ahead->contexts = contexts;
    ahead->threads_max = threads;
    ahead->workers = sim_workers_new(threads, crypto);
    ahead->helper = (struct crypto_kex_helper){.context = ahead, .expect = expect, .take = take};
    crypto_kex_set_helper(crypto, &ahead->helper);
    return ahead;
}

void ahead_free(struct ahead *ahead)
{
    if (!ahead) {
        return;
    }
    crypto_kex_set_helper(ahead->crypto, NULL);
    sim_workers_free(ahead->workers);
    while (ahead->oldest) {
        forget(ahead, find(ahead, &ahead->oldest->work));
    }
    for (size_t i = 0; i < ahead->thread_count; i++) {
        crypto_context_free(ahead->contexts[i]);
    }
    free(ahead->contexts);
    free(ahead);
}

struct ahead_counts ahead_counts(const struct ahead *ahead)
{
    return ahead->counts;
}

bool ahead_wants_more(const struct ahead *ahead)
{
    return sim_workers_waiting(ahead->workers) < WAITING_MIN;
}
