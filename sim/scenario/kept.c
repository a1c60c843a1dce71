#include "sim/scenario/kept.h"

#include <stdlib.h>
#include <string.h>

#include "sim/engine/draw.h"
#include "sim/engine/memory.h"

/* A host of the scenario, by name. */
struct entry {
    const char *name;
    const char *peer; /* that it connects to, NULL if none */
    bool in_pair;     /* it connects, or is connected to */
    bool own;         /* the pair that it connects for is chosen */
    bool any;         /* one of its pairs is */
};

struct kept {
    bool all;
    size_t count;
    struct entry *entries; /* by name */
};

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct entry *)left)->name, ((const struct entry *)right)->name);
}

static struct entry *find(const struct kept *kept, const char *name)
{
    struct entry wanted = {.name = name};
    return name ? bsearch(&wanted, kept->entries, kept->count, sizeof wanted, by_name) : NULL;
}

static bool is_listed(const struct scenario_record *record, size_t number)
{
    for (size_t i = 0; i < record->pair_count; i++) {
        if (number >= record->ranges[i].first &&
            number - record->ranges[i].first < record->ranges[i].count) {
            return true;
        }
    }
    return false;
}

/* What for: apart from the draws of a link of the same names. */
static bool is_drawn(const struct scenario *scenario, const struct scenario_member *host)
{
    uint64_t words[4];
    sim_draw_words(sim_draw_key(scenario->seed, host->name, host->connect),
                   (const uint64_t[4]){0, 0, 0, UINT64_C(0x73616d706c65)}, words); /* "sample" */
    return sim_draw_chance(words[0], scenario->record.sample);
}

struct kept *kept_new(const struct scenario *scenario)
{
    struct kept *kept = sim_calloc(1, sizeof *kept);
    kept->all = scenario->record.all;
    if (kept->all) {
        return kept;
    }
    kept->count = scenario->host_count;
    kept->entries = sim_calloc(kept->count + 1, sizeof *kept->entries);
    size_t number = 0;
    for (size_t i = 0; i < kept->count; i++) {
        const struct scenario_member *host = &scenario->hosts[i];
        kept->entries[i] = (struct entry){.name = host->name, .peer = host->connect};
        if (host->connect) {
            bool chosen = is_listed(&scenario->record, number++) || is_drawn(scenario, host);
            kept->entries[i].in_pair = true;
            kept->entries[i].own = kept->entries[i].any = chosen;
        }
    }
    qsort(kept->entries, kept->count, sizeof *kept->entries, by_name);
    for (size_t i = 0; i < kept->count; i++) {
        struct entry *peer = find(kept, kept->entries[i].peer);
        if (peer) {
            peer->in_pair = true;
            peer->any = peer->any || kept->entries[i].own;
        }
    }
    return kept;
}

void kept_free(struct kept *kept)
{
    if (kept) {
        free(kept->entries);
        free(kept);
    }
}

static bool connects(const struct entry *from, const char *to)
{
    return from->peer && strcmp(from->peer, to) == 0;
}

bool kept_scope(const struct kept *kept, const char *host, const char *peer)
{
    if (kept->all) {
        return true;
    }
    const struct entry *one = find(kept, host), *other = find(kept, peer);
    if (one && other && (connects(one, peer) || connects(other, host))) {
        return (connects(one, peer) && one->own) || (connects(other, host) && other->own);
    }
    return peer || !one || !one->in_pair || one->any;
}
