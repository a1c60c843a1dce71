#include "sim/scenario/reloads.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reload {
    const struct scenario_line *line;
    struct ike_policy policy;
    struct ike_child_policy *children; /* what policy.reloaded points to, NULL: nothing of ours */
    char *what;
};

/* In the order of time, lines of one time in that of the script. */
struct reloads {
    const struct scenario *scenario;
    size_t count;
    struct reload items[];
};

static void *checked(void *memory)
{
    if (!memory) {
        abort();
    }
    return memory;
}

static int by_time(const void *a, const void *b)
{
    const struct scenario_line *one = ((const struct reload *)a)->line;
    const struct scenario_line *other = ((const struct reload *)b)->line;
    if (one->at != other->at) {
        return one->at < other->at ? -1 : 1;
    }
    return one < other ? -1 : 1;
}

/* What the host has before the i-th. */
static const struct ike_policy *policy_before(const struct reloads *reloads, size_t i)
{
    const char *host = reloads->items[i].line->host;
    while (i > 0) {
        if (strcmp(reloads->items[--i].line->host, host) == 0) {
            return &reloads->items[i].policy;
        }
    }
    const struct scenario *scenario = reloads->scenario;
    while (i < scenario->host_count && strcmp(scenario->hosts[i].name, host) != 0) {
        i++;
    }
    assert(i < scenario->host_count); /* the scenario was checked */
    return &scenario->hosts[i].host->policy;
}

static void replace_child(struct reload *reload)
{
    const struct scenario_line *line = reload->line;
    struct ike_policy *policy = &reload->policy;
    const struct ike_child_policy *now = policy->reloaded ? policy->reloaded : policy->children;
    reload->children = checked(malloc(policy->child_count * sizeof *reload->children));
    for (size_t i = 0; i < policy->child_count; i++) {
        reload->children[i] = now[i];
        if (strcmp(now[i].name, line->child) == 0) {
            reload->children[i].proposals = line->child_proposals;
            reload->children[i].proposal_count = line->child_proposal_count;
        }
    }
    policy->reloaded = reload->children;
}

static void write_proposals(FILE *out, const char *key, const struct crypto_proposal *proposals,
                            size_t count)
{
    char text[1024];
    for (size_t i = 0; i < count; i++) {
        crypto_proposal_print(&proposals[i], text, sizeof text);
        fprintf(out, "%s%s", i > 0 ? ", " : key, text);
    }
}

static char *tell(const struct scenario_line *line)
{
    char *text = NULL;
    size_t len;
    FILE *out = checked(open_memstream(&text, &len));
    if (line->window > 0) {
        fprintf(out, "window %" PRIu32 "%s", line->window, line->proposal_count > 0 ? "; " : "");
    }
    write_proposals(out, "proposals ", line->proposals, line->proposal_count);
    if (line->child) {
        bool before = line->window > 0 || line->proposal_count > 0;
        fprintf(out, "%s%s: ", before ? "; " : "", line->child);
        write_proposals(out, "proposals ", line->child_proposals, line->child_proposal_count);
    }
    if (fclose(out) != 0) {
        abort();
    }
    return text;
}

static void make(struct reloads *reloads, size_t i)
{
    struct reload *reload = &reloads->items[i];
    const struct scenario_line *line = reload->line;
    reload->policy = *policy_before(reloads, i);
    if (line->window > 0) {
        reload->policy.window = line->window;
    }
    if (line->proposal_count > 0) {
        reload->policy.proposals = line->proposals;
        reload->policy.proposal_count = line->proposal_count;
    }
    if (line->child) {
        replace_child(reload);
    }
    reload->what = tell(line);
}

struct reloads *reloads_new(const struct scenario *scenario)
{
    size_t count = 0;
    for (size_t i = 0; i < scenario->script_count; i++) {
        count += scenario->script[i].order == SCENARIO_RELOAD;
    }
    if (count == 0) {
        return NULL;
    }
    struct reloads *reloads =
        checked(calloc(1, sizeof *reloads + count * sizeof reloads->items[0]));
    reloads->scenario = scenario;
    for (size_t i = 0; i < scenario->script_count; i++) {
        if (scenario->script[i].order == SCENARIO_RELOAD) {
            reloads->items[reloads->count++].line = &scenario->script[i];
        }
    }
    qsort(reloads->items, count, sizeof reloads->items[0], by_time);
    for (size_t i = 0; i < count; i++) {
        make(reloads, i);
    }
    return reloads;
}

void reloads_free(struct reloads *reloads)
{
    for (size_t i = 0; reloads && i < reloads->count; i++) {
        free(reloads->items[i].children);
        free(reloads->items[i].what);
    }
    free(reloads);
}

const struct ike_policy *reloads_policy(const struct reloads *reloads,
                                        const struct scenario_line *line, const char **what)
{
    size_t i = 0;
    while (reloads->items[i].line != line) {
        i++;
        assert(i < reloads->count);
    }
    *what = reloads->items[i].what;
    return &reloads->items[i].policy;
}
