#include "tests/ike/explore.h"

#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/rival.h"
#include "ike/sa.h"

enum { DEPTH_MAX = 512, AFTER_SECONDS = 700 };

/* One choice: what happens to which of the datagrams in flight, by its place. */
enum fate { DELIVER, LOSE, DUPLICATE, GIVE_ORDER, TIME_GOES_ON };

struct choice {
    uint8_t fate;
    uint8_t place;
};

struct path {
    size_t length;
    struct choice choices[DEPTH_MAX];
};

struct search {
    const struct explore_task *task;
    struct explore_count *count;
    struct path *stack; /* paths that are to be tried yet */
    size_t stack_count, stack_cap;
    uint64_t *seen; /* hashes of states, open addressing; 0 free */
    size_t seen_count, seen_cap;
};

/* ---- a run ---- */

struct run {
    struct crossing c;
    struct path path;
    unsigned faults; /* left */
    uint64_t end;    /* ns; what comes then is not awaited */
    const struct explore_task *task;
    size_t given; /* of its steps */
    bool admitted[EXPLORE_STEPS_MAX];
};

static const char *const order_names[PAIR_ORDERS] = {
    "rekey child", "create child", "delete child", "rekey IKE SA", "delete IKE SA", "liveness",
};

/* Scalars of the pool are as good as any. */
static void count_up(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    (void)context;
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(31 * draw->sa + i + 1);
    }
}

/* Thousands of runs make the same few secrets. */
static void use_pool(struct crypto_context *crypto)
{
    static const struct crypto_entropy entropy = {.fill = count_up};
    static bool used;

    if (!used) {
        used = true;
        assert_true(crypto_kex_use_pool(crypto, &entropy));
    }
}

static struct run *run_new(const struct explore_task *task)
{
    struct run *run = calloc(1, sizeof(*run));
    struct pair *pair = pair_new();

    assert_non_null(run);
    use_pool(pair->crypto);
    run->c = (struct crossing){.pair = pair, .a = &pair->a, .b = &pair->b};
    for (int end = 0; end < 2; end++) {
        struct party *party = end ? &pair->b : &pair->a;

        party->policy.window = task->window;
        party->local_ts[1] = pair_selector(end ? "10.4.0.0/24" : "10.3.0.0/24");
        party->remote_ts[1] = pair_selector(end ? "10.3.0.0/24" : "10.4.0.0/24");
        party->children[1] = party->children[0];
        party->children[1].name = "two";
        party->children[1].local_ts = &party->local_ts[1];
        party->children[1].remote_ts = &party->remote_ts[1];
        party->children[1].start = false;
        party->policy.child_count = 2;
    }
    crossing_follow_up(pair, task->followup, 1);
    for (int end = 0; end < 2; end++) {
        struct party *party = end ? &pair->b : &pair->a;

        party->children[1].proposals = party->children[0].proposals;
        party->children[1].proposal_count = party->children[0].proposal_count;
    }
    if (task->unique) {
        pair->a.policy.unique = pair->b.policy.unique = IKE_UNIQUE_REPLACE;
    }
    pair_start(pair);
    if (!task->setup) {
        run->c.sa = pair_establish(pair, &run->c.gateway);
        crossing_lowest(&run->c, task->lowest);
    }
    run->task = task;
    run->faults = task->faults;
    run->end = pair->now + AFTER_SECONDS * SECOND;
    return run;
}

static void run_free(struct run *run)
{
    crossing_free(&run->c);
    free(run);
}

/* The next one, to the IKE SA that there is by then. */
static void give_order(struct run *run)
{
    const struct explore_step *step = &run->task->steps[run->given];
    struct party *party = step->by_gateway ? run->c.b : run->c.a;
    uint64_t sa;

    if (run->task->setup) {
        run->admitted[run->given++] = pair_initiate(run->c.pair, party) != 0;
        return;
    }
    sa = party_newest(party);
    run->admitted[run->given++] =
        pair_try(party, sa, step->order, step->order == CREATE_CHILD ? "two" : "net");
}

static void give_first_orders(struct run *run)
{
    size_t count = run->task->late ? 1 : run->task->step_count;

    while (run->given < count) {
        give_order(run);
    }
}

/* Until the next timer, if one is due in the time that a run takes. */
static bool time_goes_on(struct run *run)
{
    struct pair *pair = run->c.pair;
    uint64_t next = UINT64_MAX;

    for (size_t i = 0; i < pair->timer_count; i++) {
        next = pair->timers[i].due < next ? pair->timers[i].due : next;
    }
    if (next > run->end) {
        return false;
    }
    pair_wait(pair, next > pair->now ? next - pair->now : 0);
    return true;
}

/* What the run has done so far, for an assertion of the endpoint that fails: fate and place of each
 * choice, to be written in a signal handler. */
static char trail[3 * DEPTH_MAX + 2];

static void note(size_t at, struct choice choice)
{
    static const char letters[] = "DLCOT"; /* deliver, lose, copy, order, time */

    trail[3 * at] = letters[choice.fate];
    trail[3 * at + 1] = (char)('0' + choice.place % 10);
    memcpy(&trail[3 * at + 2], "\n", 2); /* the next one overwrites it */
    if (at > 0) {
        trail[3 * at - 1] = ' ';
    }
}

static void aborted(int number)
{
    ssize_t written = write(STDERR_FILENO, trail, strlen(trail));

    (void)written;
    signal(number, SIG_DFL);
    raise(number);
}

static void apply(struct run *run, struct choice choice)
{
    struct pair *pair = run->c.pair;

    assert_true(run->path.length < DEPTH_MAX);
    note(run->path.length, choice);
    run->path.choices[run->path.length++] = choice;
    switch ((enum fate)choice.fate) {
    case DELIVER:
        pair_deliver(pair, choice.place);
        break;
    case LOSE:
        run->faults--;
        pair_lose(pair, choice.place);
        break;
    case DUPLICATE:
        run->faults--;
        pair_deliver_copy(pair, choice.place);
        break;
    case GIVE_ORDER:
        give_order(run);
        break;
    case TIME_GOES_ON:
        time_goes_on(run);
        break;
    }
}

/* ---- states ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return ike_hash(hash, &value, sizeof(value));
}

static uint64_t hash_task(uint64_t hash, const struct ike_task *task)
{
    hash = mix(hash, (uint64_t)task->kind << 32 | task->message_id);
    hash = mix(hash, (uint64_t)task->tries << 32 | task->refusals);
    if (task->kind == IKE_TASK_CREATE_CHILD) {
        hash = mix(hash, (uint64_t)task->offer->rekeys << 1 | (task->offer->rival != NULL));
        hash = mix(hash, task->offer->early_count);
        hash = mix(hash, task->offer->series ? task->offer->series->done + 1u : 0);
    }
    hash = mix(hash, task->exchange);
    return hash;
}

static uint64_t hash_sa(uint64_t hash, const struct ike_sa *sa)
{
    hash = mix(mix(mix(hash, sa->spi_i), sa->spi_r), sa->next_iv);
    hash = mix(hash, (uint64_t)sa->state << 32 | (uint64_t)sa->replaced << 2 |
                         (uint64_t)sa->standby << 1 | sa->rekeying);
    hash = mix(hash, (uint64_t)sa->own.oldest << 32 | sa->own.next);
    hash = mix(hash, (uint64_t)sa->peer.oldest << 32 | sa->peer.next);
    hash = mix(hash, (uint64_t)sa->own.size << 32 | sa->peer.size);
    for (uint32_t i = 0; i < sa->tasks.size; i++) {
        hash = sa->tasks.slots[i].item ? hash_task(hash, sa->tasks.slots[i].item) : hash;
    }
    for (const struct ike_task *task = sa->queue; task; task = task->next) {
        hash = hash_task(mix(hash, 1), task);
    }
    for (const struct ike_task *task = ike_sa_rare(sa)->parked; task; task = task->next) {
        hash = hash_task(mix(hash, 2), task);
    }
    for (const struct ike_series *series = sa->series; series; series = series->next) {
        hash = mix(mix(hash, series->message_id), series->done);
    }
    for (const struct ike_child *child = sa->children; child; child = child->next) {
        hash = mix(hash, (uint64_t)child->spi_in << 32 | child->spi_out);
        hash = mix(hash, (uint64_t)child->replaces << 8 | child->state);
    }
    return hash;
}

static uint64_t hash_party(const struct party *party)
{
    uint64_t hash = IKE_HASH_BEGIN;

    for (uint64_t id = 1; id <= party->ike->last_id; id++) {
        const struct ike_sa *sa = ike_sa_by_id(party->ike, id);

        hash = sa ? hash_sa(mix(hash, id), sa) : hash;
    }
    for (size_t i = 0; i < party->installed_count; i++) {
        hash =
            mix(hash, (uint64_t)party->installed[i].spi_in << 32 | party->installed[i].waits_for);
    }
    hash = mix(hash, party_count(party, TRACE_IKE_CHILD_REKEYED_EVENT));
    return mix(hash, party_count(party, TRACE_IKE_SA_REKEYED_EVENT));
}

/* What is in flight counts as a set: any of it may come next. Timers too. */
static uint64_t hash_run(const struct run *run)
{
    const struct pair *pair = run->c.pair;
    uint64_t hash = mix(mix(hash_party(run->c.a), hash_party(run->c.b)), run->faults), set = 0;

    hash = ike_hash(mix(hash, run->given), run->admitted, sizeof(run->admitted));

    for (size_t i = 0; i < pair->flight_count; i++) {
        const struct flight *flight = &pair->flights[i];

        set += ike_hash(flight->to == run->c.a ? 1 : 2, flight->bytes, flight->len);
    }
    for (size_t i = 0; i < pair->timer_count; i++) {
        const struct pair_timer *timer = &pair->timers[i];
        uint64_t one = mix(mix(timer->due - pair->now, timer->timer.sa), timer->timer.kind);

        set += mix(mix(one, timer->timer.generation), timer->party == run->c.a);
    }
    hash = mix(hash, set);
    return hash ? hash : 1;
}

/* True if it is new. */
static bool enter(struct search *search, uint64_t state)
{
    size_t at;

    if (2 * (search->seen_count + 1) > search->seen_cap) {
        size_t cap = search->seen_cap ? 2 * search->seen_cap : 1024;
        uint64_t *old = search->seen;

        search->seen = calloc(cap, sizeof(*search->seen));
        assert_non_null(search->seen);
        for (size_t i = 0; i < search->seen_cap; i++) {
            for (at = old[i] & (cap - 1); old[i] && search->seen[at]; at = (at + 1) & (cap - 1)) {
            }
            search->seen[at] = old[i] ? old[i] : search->seen[at];
        }
        search->seen_cap = cap;
        free(old);
    }
    for (at = state & (search->seen_cap - 1); search->seen[at];
         at = (at + 1) & (search->seen_cap - 1)) {
        if (search->seen[at] == state) {
            return false;
        }
    }
    search->seen[at] = state;
    search->seen_count++;
    return true;
}

/* ---- what must hold at the end ---- */

static size_t asked_for(const struct run *run, enum pair_order order)
{
    size_t count = 0;

    for (size_t i = 0; i < run->task->step_count; i++) {
        count += run->admitted[i] && run->task->steps[i].order == order;
    }
    return count;
}

static const struct ike_sa *only_sa(const struct party *party, size_t *count)
{
    const struct ike_sa *found = NULL;

    *count = 0;
    for (uint64_t id = 1; id <= party->ike->last_id; id++) {
        const struct ike_sa *sa = ike_sa_by_id(party->ike, id);

        if (sa && sa->state != IKE_STATE_CLOSED) {
            found = sa;
            ++*count;
        }
    }
    return found;
}

static const struct ike_child_sa *installed_as(const struct party *party, uint32_t spi_in)
{
    for (size_t i = 0; i < party->installed_count; i++) {
        if (party->installed[i].spi_in == spi_in) {
            return &party->installed[i];
        }
    }
    return NULL;
}

static const char *judge_sa(const struct ike_sa *sa, const struct party *party, size_t children)
{
    if (sa->state != IKE_STATE_ESTABLISHED || sa->replaced || sa->standby || sa->rekeying) {
        return "an IKE SA is left half way";
    }
    if (sa->tasks.used || sa->queue || ike_sa_rare(sa)->parked || sa->series) {
        return "something is left to do";
    }
    if (sa->child_count != children || sa->child_total != children ||
        party->installed_count != children) {
        return "another number of CHILD SAs than was asked for";
    }
    for (const struct ike_child *child = sa->children; child; child = child->next) {
        if (child->state != IKE_CHILD_INSTALLED) {
            return "a CHILD SA is left half way";
        }
        if (!installed_as(party, child->spi_in)) {
            return "IKE has a CHILD SA that ESP has not";
        }
    }
    return NULL;
}

/* The end's established IKE SA with those SPIs. */
static const struct ike_sa *counterpart(const struct party *party, const struct ike_sa *sa)
{
    for (uint64_t id = 1; id <= party->ike->last_id; id++) {
        const struct ike_sa *other = ike_sa_by_id(party->ike, id);

        if (other && other->spi_i == sa->spi_i && other->spi_r == sa->spi_r &&
            other->state == IKE_STATE_ESTABLISHED) {
            return other;
        }
    }
    return NULL;
}

/* Both initiate and nobody minds: as many IKE SAs as were asked for, each with its CHILD SA and the
 * same keys at both ends, and nothing half-open (XS-01). Where the newer one replaces the older,
 * one is left or, as the ends may not agree on which is newer, both; and never none (XS-02). */
static const char *judge_setup(const struct run *run)
{
    const struct party *a = run->c.a, *b = run->c.b;
    size_t a_count, b_count, wanted = run->task->step_count;

    only_sa(a, &a_count);
    only_sa(b, &b_count);
    if (run->task->unique && a_count >= 1 && a_count < wanted) {
        wanted = a_count;
    }
    if (a_count != wanted || b_count != wanted) {
        return "another number of IKE SAs than were begun";
    }
    if (a->installed_count != wanted || b->installed_count != wanted) {
        return "not a CHILD SA in each";
    }
    for (uint64_t id = 1; id <= a->ike->last_id; id++) {
        const struct ike_sa *mine = ike_sa_by_id(a->ike, id);
        const struct ike_sa *other = mine ? counterpart(b, mine) : NULL;

        if (mine && mine->state != IKE_STATE_CLOSED &&
            (mine->state != IKE_STATE_ESTABLISHED || !other ||
             !pair_same_keys(mine->keys, other->keys) || mine->initiator == other->initiator)) {
            return "an IKE SA is not the same at both ends";
        }
    }
    for (size_t i = 0; i < wanted; i++) {
        const struct ike_child_sa *other = installed_as(b, a->installed[i].spi_out);

        if (!other || other->spi_out != a->installed[i].spi_in) {
            return "the ends have different CHILD SAs";
        }
    }
    return NULL;
}

/* NULL, or what is wrong. */
static const char *judge(const struct run *run)
{
    const struct party *a = run->c.a, *b = run->c.b;
    bool deleted = asked_for(run, DELETE_SA);
    bool together = !run->task->late && run->task->step_count == 2;
    size_t children = (asked_for(run, DELETE_CHILD) ? 0 : 1) + asked_for(run, CREATE_CHILD);
    size_t a_count, b_count;
    const struct ike_sa *of_a = only_sa(a, &a_count), *of_b = only_sa(b, &b_count);
    const char *wrong;

    if (a_count != b_count || a_count != (deleted ? 0 : 1)) {
        return deleted ? "an IKE SA outlives its Delete" : "not one IKE SA at each end";
    }
    if (a->established != a->gone + a_count || b->established != b->gone + b_count) {
        return "not every IKE SA that was established has gone";
    }
    if (deleted) {
        return a->installed_count || b->installed_count ? "a CHILD SA outlives its IKE SA" : NULL;
    }
    if (of_a->spi_i != of_b->spi_i || of_a->spi_r != of_b->spi_r ||
        !pair_same_keys(of_a->keys, of_b->keys)) {
        return "the ends have different IKE SAs";
    }
    wrong = judge_sa(of_a, a, children);
    wrong = wrong ? wrong : judge_sa(of_b, b, children);
    if (wrong) {
        return wrong;
    }
    for (size_t i = 0; i < children; i++) {
        const struct ike_child_sa *mine = &a->installed[i];
        const struct ike_child_sa *other = installed_as(b, mine->spi_out);

        if (!other || other->spi_out != mine->spi_in ||
            memcmp(mine->key_in.encr_key, other->key_out.encr_key, mine->key_in.encr_key_len) !=
                0 ||
            memcmp(mine->key_out.encr_key, other->key_in.encr_key, mine->key_in.encr_key_len) !=
                0) {
            return "the ends have different CHILD SAs";
        }
    }
    for (int end = 0; end < 2; end++) {
        const struct party *party = end ? b : a;
        size_t rekeys = party_count(party, TRACE_IKE_CHILD_REKEYED_EVENT);

        /* Two that cross come to one. A Delete that crosses may forestall it. */
        if (rekeys > (together ? 1 : asked_for(run, REKEY_CHILD)) ||
            (rekeys == 0 && asked_for(run, REKEY_CHILD) && !asked_for(run, DELETE_CHILD))) {
            return "another number of rekeys of the CHILD SA was told than there were";
        }
        rekeys = party_count(party, TRACE_IKE_SA_REKEYED_EVENT);
        if (rekeys > (together ? 1 : asked_for(run, REKEY_SA)) ||
            (rekeys == 0 && asked_for(run, REKEY_SA))) {
            return "another number of rekeys of the IKE SA was told than there were";
        }
    }
    return NULL;
}

/* ---- the search ---- */

static void print_orders(const struct explore_task *task)
{
    fprintf(stderr, "window %u, lowest nonce %d", task->window, task->lowest);
    for (size_t i = 0; i < task->step_count; i++) {
        fprintf(stderr, ", %s: %s", task->steps[i].by_gateway ? "gw" : "alice",
                order_names[task->steps[i].order]);
    }
    fprintf(stderr, "\n");
}

/* The run once more, in words. */
static void print_ladder(const struct explore_task *task, const struct path *path)
{
    struct run *run = run_new(task);

    print_orders(task);
    give_first_orders(run);
    for (size_t i = 0; i < path->length; i++) {
        struct choice choice = path->choices[i];
        static const char *const fates[] = {"arrives", "is lost", "arrives, and will again"};

        if (choice.fate == GIVE_ORDER) {
            fprintf(stderr, "  (order)\n");
        } else if (choice.fate == TIME_GOES_ON) {
            fprintf(stderr, "  time goes on from %" PRIu64 " ms\n", run->c.pair->now / 1000000);
        } else {
            const struct flight *flight = &run->c.pair->flights[choice.place];
            fprintf(stderr, "  %s -> %s: %s %s\n", flight->from->name, flight->to->name,
                    flight->from->events[flight->event - 1].text, fates[choice.fate]);
        }
        apply(run, choice);
    }
    run_free(run);
}

static void push(struct search *search, const struct path *path, struct choice choice)
{
    if (search->stack_count == search->stack_cap) {
        search->stack_cap = search->stack_cap ? 2 * search->stack_cap : 64;
        search->stack = realloc(search->stack, search->stack_cap * sizeof(*search->stack));
        assert_non_null(search->stack);
    }
    struct path *top = &search->stack[search->stack_count++];

    top->length = path->length + 1;
    memcpy(top->choices, path->choices, path->length * sizeof(path->choices[0]));
    top->choices[path->length] = choice;
}

/* Takes the first choice, and leaves the others for later. False at the end. */
static bool step(struct search *search, struct run *run)
{
    size_t count = run->c.pair->flight_count;
    bool order = run->given < run->task->step_count;

    if (count == 0 && order) {
        apply(run, (struct choice){.fate = GIVE_ORDER});
        return true;
    }
    if (count == 0) {
        run->path.choices[run->path.length++] = (struct choice){.fate = TIME_GOES_ON};
        return time_goes_on(run);
    }
    if (order) {
        push(search, &run->path, (struct choice){.fate = GIVE_ORDER});
    }
    for (size_t i = 0; i < count; i++) {
        for (int fate = DELIVER; fate <= DUPLICATE; fate++) {
            if ((i > 0 || fate != DELIVER) && (fate == DELIVER || run->faults > 0)) {
                push(search, &run->path, (struct choice){(uint8_t)fate, (uint8_t)i});
            }
        }
    }
    apply(run, (struct choice){DELIVER, 0});
    return true;
}

static void follow(struct search *search, const struct path *path)
{
    struct run *run = run_new(search->task);
    const char *wrong = NULL;

    give_first_orders(run);
    for (size_t i = 0; i < path->length; i++) {
        apply(run, path->choices[i]);
    }
    while (!wrong && enter(search, hash_run(run))) {
        if (!step(search, run)) {
            wrong = search->task->setup ? judge_setup(run) : judge(run);
            break;
        }
    }
    search->count->orders++;
    if (wrong) {
        print_ladder(search->task, &run->path);
        fail_msg("%s", wrong);
    }
    run_free(run);
}

void explore(const struct explore_task *task, struct explore_count *count)
{
    struct search search = {.task = task, .count = count};
    struct path path = {0};

    /* A run's memory is taken from and given back to the kernel, which clears what is used of it.
     */
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    signal(SIGABRT, aborted);
    follow(&search, &path);
    while (search.stack_count > 0) {
        path = search.stack[--search.stack_count];
        follow(&search, &path);
    }
    count->states += search.seen_count;
    free(search.stack);
    free(search.seen);
    signal(SIGABRT, SIG_DFL);
}
