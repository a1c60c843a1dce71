/* Jobs done ahead by threads (docs/design.md, "Computing ahead"): each once, begun in order, by
 * whoever comes first. */
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "sim/engine/workers.h"

enum { JOBS = 2000, THREADS = 3 };

struct task {
    struct sim_job job;
    uint64_t input, output;
    int times;
    void *tool;
};

/* What a thread works with: in use by one job at a time. */
struct tool {
    atomic_int users;
    int jobs;
};

static int order[JOBS], ordered;

static void square(struct sim_job *job, void *tool)
{
    struct task *task = (struct task *)job;
    struct tool *used = tool;
    assert(atomic_fetch_add(&used->users, 1) == 0);
    used->jobs++;
    task->output = task->input * task->input;
    task->times++;
    task->tool = tool;
    atomic_fetch_sub(&used->users, 1);
}

static void note_order(struct sim_job *job, void *tool)
{
    (void)tool;
    order[ordered++] = (int)((struct task *)job)->input;
}

static void a_pool_without_threads_works_when_it_collects(void **state)
{
    struct tool own = {0};
    struct task tasks[3] = {0};
    struct sim_workers *workers = sim_workers_new(0, &own);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        tasks[i] = (struct task){.job.run = square, .input = i + 1};
        sim_workers_submit(workers, &tasks[i].job);
    }
    assert_int_equal(sim_workers_waiting(workers), 3);
    sim_workers_finish(workers, &tasks[1].job);
    assert_int_equal(tasks[1].output, 4);
    assert_int_equal(tasks[0].times + tasks[2].times, 0);
    assert_int_equal(sim_workers_waiting(workers), 2);
    sim_workers_free(workers); /* what nobody has begun stays undone */
    assert_int_equal(tasks[0].times + tasks[2].times, 0);
}

static void every_job_is_done_once_with_a_tool_of_its_own(void **state)
{
    static struct task tasks[JOBS];
    struct tool own = {0}, tools[THREADS] = {0};
    struct sim_workers *workers = sim_workers_new(THREADS, &own);
    int jobs = 0;

    (void)state;
    for (size_t i = 0; i < JOBS; i++) {
        tasks[i] = (struct task){.job.run = square, .input = i};
        sim_workers_submit(workers, &tasks[i].job);
        if (i < THREADS) {
            assert_true(sim_workers_start(workers, &tools[i]));
        }
    }
    for (size_t i = JOBS; i-- > 0;) {
        sim_workers_finish(workers, &tasks[i].job);
        assert_int_equal(tasks[i].output, i * i);
    }
    for (size_t i = 0; i < THREADS; i++) {
        jobs += tools[i].jobs;
    }
    assert_int_equal(jobs + own.jobs, JOBS);
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(tasks[i].times, 1);
    }
    assert_int_equal(sim_workers_waiting(workers), 0);
    sim_workers_free(workers);
}

static void wait_for(struct sim_workers *workers, size_t waiting)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int i = 0; i < 5000 && sim_workers_waiting(workers) > waiting; i++) {
        nanosleep(&pause, NULL);
    }
    assert_int_equal(sim_workers_waiting(workers), waiting);
}

static void a_thread_begins_them_in_the_order_of_submission(void **state)
{
    static struct task tasks[JOBS];
    struct sim_workers *workers = sim_workers_new(1, NULL);

    (void)state;
    ordered = 0;
    for (int i = 0; i < JOBS; i++) {
        tasks[i] = (struct task){.job.run = note_order, .input = (uint64_t)i};
        sim_workers_submit(workers, &tasks[i].job);
    }
    assert_true(sim_workers_start(workers, &workers));
    wait_for(workers, 0);
    sim_workers_finish(workers, &tasks[JOBS - 1].job);
    assert_int_equal(ordered, JOBS);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(order[i], i);
    }
    sim_workers_free(workers);
}

static void what_is_withdrawn_is_left_undone(void **state)
{
    struct tool own = {0}, other = {0};
    struct task tasks[3] = {0};
    struct sim_workers *workers = sim_workers_new(1, &own);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        tasks[i] = (struct task){.job.run = square, .input = 7};
        sim_workers_submit(workers, &tasks[i].job);
    }
    sim_workers_withdraw(workers, &tasks[1].job);
    assert_int_equal(sim_workers_waiting(workers), 2);
    assert_true(sim_workers_start(workers, &other));
    sim_workers_finish(workers, &tasks[0].job);
    sim_workers_finish(workers, &tasks[2].job);
    sim_workers_withdraw(workers, &tasks[2].job); /* done by now: nothing happens */
    assert_int_equal(tasks[0].times, 1);
    assert_int_equal(tasks[1].times, 0);
    assert_int_equal(tasks[2].times, 1);
    sim_workers_free(workers);
}

/* Threads that have slept come back. */
static void work_may_come_late(void **state)
{
    struct tool own = {0}, other = {0};
    struct sim_workers *workers = sim_workers_new(1, &own);

    (void)state;
    assert_true(sim_workers_start(workers, &other));
    for (uint64_t i = 0; i < 20; i++) {
        struct task task = {.job.run = square, .input = i};
        sim_workers_submit(workers, &task.job);
        wait_for(workers, 0);
        sim_workers_finish(workers, &task.job);
        assert_int_equal(task.output, i * i);
        assert_ptr_equal(task.tool, &other);
    }
    sim_workers_free(workers);
    sim_workers_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pool_without_threads_works_when_it_collects),
        cmocka_unit_test(every_job_is_done_once_with_a_tool_of_its_own),
        cmocka_unit_test(a_thread_begins_them_in_the_order_of_submission),
        cmocka_unit_test(what_is_withdrawn_is_left_undone),
        cmocka_unit_test(work_may_come_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
