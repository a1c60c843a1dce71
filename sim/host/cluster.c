#include "sim/host/cluster.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/handover.h"

/* An IKE SA of the active member, or what the standby was told of one. */
struct entry {
    uint64_t sa;           /* its id in the active member's endpoint */
    struct net_path *path; /* to its peer */
    uint64_t replaces;     /* active member: id of the one that the standby knows in its place */
    bool dirty;            /* changed since it was written for the last time */
    bool queued;           /* an ITEM_SYNC waits for a core */
    uint8_t *record;       /* standby: malloc'ed */
    size_t len;
};

/* In the order of ids, which is that in which the IKE SAs were made. */
struct list {
    size_t count, cap;
    struct entry *entries;
};

struct cluster {
    struct node_cluster_options options;
    struct host_options host;           /* of either member */
    unsigned active;                    /* member */
    uint64_t up_at[NODE_MEMBERS_MAX];   /* ns: a member that has crashed is up again then */
    uint64_t crashed_at;                /* ns: of the last one that did */
    struct list live;                   /* of the active member */
    struct list told[NODE_MEMBERS_MAX]; /* what each of the others knows */
    char others[256];                   /* their names, as host:synced has them */
};

/* What happens to a cluster at a time. Of one that another member has taken over since, nothing. */
struct turn {
    struct sim_event event;
    struct node *node;
    uint32_t incarnation;
    bool ordered; /* a takeover by the script */
};

/* A synchronisation on its way. */
struct telling {
    struct turn turn;
    struct net_path *path;
    uint64_t sa, replaces;
    size_t len; /* 0: the IKE SA is gone */
    uint8_t octets[];
};

/* The n-th member behind the active one, from 1, and around. */
static unsigned behind(const struct cluster *cluster, size_t n)
{
    return (unsigned)((cluster->active + n) % cluster->options.member_count);
}

/* Who would take over at that time; the active member itself if no other is up. */
static unsigned next_at(const struct cluster *cluster, uint64_t now)
{
    for (size_t n = 1; n < cluster->options.member_count; n++) {
        if (cluster->up_at[behind(cluster, n)] <= now) {
            return behind(cluster, n);
        }
    }
    return cluster->active;
}

static const char *name_of(const struct cluster *cluster, unsigned member)
{
    return cluster->options.members[member];
}

static void activate(struct cluster *cluster, unsigned member)
{
    size_t at = 0;
    cluster->active = member;
    for (size_t n = 1; n < cluster->options.member_count && at < sizeof cluster->others; n++) {
        at += (size_t)snprintf(cluster->others + at, sizeof cluster->others - at, "%s%s",
                               n > 1 ? " " : "", name_of(cluster, behind(cluster, n)));
    }
}

/* ---- lists ---- */

/* Where the entry of an IKE SA is, or would go. */
static size_t place_of(const struct list *list, uint64_t sa)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->entries[middle].sa < sa) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct entry *find(const struct list *list, uint64_t sa)
{
    size_t at = place_of(list, sa);
    return at < list->count && list->entries[at].sa == sa ? &list->entries[at] : NULL;
}

static struct entry *find_or_add(struct list *list, uint64_t sa, struct net_path *path)
{
    size_t at = place_of(list, sa);
    if (at < list->count && list->entries[at].sa == sa) {
        return &list->entries[at];
    }
    if (list->count == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 16;
        list->entries = realloc(list->entries, list->cap * sizeof *list->entries);
        if (!list->entries) {
            abort();
        }
    }
    memmove(&list->entries[at + 1], &list->entries[at], (list->count - at) * sizeof *list->entries);
    list->count++;
    list->entries[at] = (struct entry){.sa = sa, .path = path};
    return &list->entries[at];
}

static void remove_entry(struct list *list, uint64_t sa)
{
    struct entry *entry = find(list, sa);
    if (entry) {
        free(entry->record);
        size_t after = list->count - (size_t)(entry - list->entries) - 1;
        memmove(entry, entry + 1, after * sizeof *entry);
        list->count--;
    }
}

static void clear(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->entries[i].record);
    }
    free(list->entries);
    *list = (struct list){0};
}

/* ---- turns ---- */

static void turn_drop(struct sim_event *event)
{
    free(event);
}

static void *schedule(struct node *node, uint64_t at, size_t size,
                      void (*run)(struct sim_event *event, uint64_t now))
{
    struct turn *turn = node_calloc(size);
    turn->event = (struct sim_event){.run = run, .drop = turn_drop};
    turn->node = node;
    turn->incarnation = node->incarnation;
    sim_engine_schedule(node->shared->engine, &turn->event, &node->place, &node->place, at);
    return turn;
}

/* ---- the active member tells ---- */

static void submit_sync(struct node *node, struct entry *entry, uint64_t now)
{
    struct net_path *path = entry->path;
    uint64_t sa = entry->sa;
    entry->queued = true;
    entry->dirty = false;
    struct node_item *item = node_item_new(node, ITEM_SYNC, path, (struct trace_ref){0});
    item->order = (struct host_order){.sa = sa};
    node_submit(item, now);
}

static void note(struct node *node, struct net_path *path, uint64_t sa)
{
    struct list *live = &node->cluster->live;
    /* What cannot be told of, a half-open one or one that is gone, the standby does not know. */
    if (sa == 0 || (!find(live, sa) && ike_endpoint_export_room(host_ike(node->host), sa) == 0)) {
        return;
    }
    struct entry *entry = find_or_add(live, sa, path);
    entry->path = path;
    entry->dirty = true;
}

static void tell(struct node *node, uint64_t sa, uint64_t now)
{
    struct entry *entry = find(&node->cluster->live, sa);
    if (entry && entry->dirty && !entry->queued) {
        submit_sync(node, entry, now);
    }
}

/* The standby goes on with the old one until it hears of both in one word: with neither it would
 * lose the IKE SA, and both have the same CHILD SAs. */
static void note_successor(struct cluster *cluster, uint64_t sa, uint64_t replaces)
{
    struct entry *entry = find(&cluster->live, sa), *old = find(&cluster->live, replaces);
    if (entry && old) {
        /* It may have heard nothing of that one either. */
        entry->replaces = old->replaces ? old->replaces : replaces;
        remove_entry(&cluster->live, replaces);
    }
}

/* The IKE SA that an action is about, 0 if it is about none. */
static uint64_t sa_of_action(const struct ike_action *action)
{
    switch (action->kind) {
    case IKE_ACTION_CHILD_INSTALL:
        return action->install->ike_sa;
    case IKE_ACTION_CHILD_REMOVE:
        return action->remove.ike_sa;
    case IKE_ACTION_SA_ESTABLISHED:
    case IKE_ACTION_SA_GONE:
        return action->sa.ike_sa;
    default:
        return 0;
    }
}

void cluster_note(const struct node_item *item, uint64_t now)
{
    struct node *node = item->node;
    const struct host_outcome *outcome = &item->outcome;
    const struct ike_action *actions = outcome->actions.items;
    uint64_t every = node->cluster->options.sync, sa = outcome->sa;
    if (every == NODE_SYNC_NONE || item->kind == ITEM_SYNC) {
        return;
    }
    if (item->kind == ITEM_ESP_IN || item->kind == ITEM_ESP_OUT) {
        /* A packet moves numbers of ESP alone, which is not worth a word of its own. */
        bool counts = every != NODE_SYNC_ON_CHANGE && (outcome->esp_in || outcome->esp_out);
        sa = counts ? ike_endpoint_sa_of_child(host_ike(node->host), outcome->esp.spi_in) : 0;
    }
    for (size_t i = 0; i < outcome->actions.count; i++) {
        note(node, item->path, sa_of_action(&actions[i]));
        if (actions[i].kind == IKE_ACTION_SA_ESTABLISHED && actions[i].sa.replaces) {
            note_successor(node->cluster, actions[i].sa.ike_sa, actions[i].sa.replaces);
        }
    }
    note(node, item->path, sa);
    struct entry *taken = item->kind == ITEM_TAKEOVER ? find(&node->cluster->live, sa) : NULL;
    if (taken) {
        taken->replaces = item->order.sa; /* as the others know it */
    }
    /* Of what it has sent to the peer then the others hear at once, or a second one that takes over
     * would send the same (RFC 6311 §5.1). */
    if (every == NODE_SYNC_ON_CHANGE || taken) {
        for (size_t i = 0; i < outcome->actions.count; i++) {
            tell(node, sa_of_action(&actions[i]), now);
        }
        tell(node, sa, now);
    }
}

void cluster_write(struct node_item *item)
{
    struct node *node = item->node;
    struct entry *entry = find(&node->cluster->live, item->order.sa);
    host_outcome_clear(&item->outcome);
    item->outcome.sa = item->order.sa;
    if (entry) {
        entry->queued = false;
        entry->dirty = false;
    }
    item->record = host_export(node->host, item->order.sa, &item->record_len);
    crypto_ledger_add(&item->outcome.costs, CRYPTO_COST_PARSE, 0, (uint32_t)item->record_len);
}

static void hear(struct list *told, const struct telling *telling)
{
    remove_entry(told, telling->sa);
    remove_entry(told, telling->replaces);
    if (telling->len > 0) {
        struct entry *entry = find_or_add(told, telling->sa, telling->path);
        entry->record = node_calloc(telling->len);
        entry->len = telling->len;
        memcpy(entry->record, telling->octets, telling->len);
    }
}

/* It arrives at those that are up, if they still stand by. */
static void telling_run(struct sim_event *event, uint64_t now)
{
    struct telling *telling = (struct telling *)event;
    struct node *node = telling->turn.node;
    struct cluster *cluster = node->cluster;
    for (size_t n = 1; n < cluster->options.member_count; n++) {
        unsigned member = behind(cluster, n);
        if (telling->turn.incarnation == node->incarnation && cluster->up_at[member] <= now) {
            hear(&cluster->told[member], telling);
        }
    }
    free(telling);
}

void cluster_send(struct node_item *item, uint64_t now)
{
    struct node *node = item->node;
    struct cluster *cluster = node->cluster;
    struct entry *entry = find(&cluster->live, item->order.sa);
    if (!entry) {
        return; /* another has taken its place since, and tells of it too */
    }
    trace_recorder_emit(node->shared->recorder, item->path->channel, now, item->trigger,
                        TRACE_HOST_SYNCED_EVENT,
                        &(struct trace_host_synced){
                            .member = name_of(cluster, cluster->active),
                            .to = cluster->others,
                            .what = item->record ? "told" : "gone",
                            .octets = item->record_len,
                        });
    struct telling *telling = schedule(node, now + cluster->options.delay,
                                       sizeof *telling + item->record_len, telling_run);
    telling->path = item->path;
    telling->sa = item->order.sa;
    telling->replaces = entry->replaces;
    entry->replaces = 0;
    telling->len = item->record_len;
    if (item->record) {
        memcpy(telling->octets, item->record, item->record_len);
    } else {
        remove_entry(&cluster->live, item->order.sa);
    }
}

static void tell_all(struct node *node, bool dirty_only, uint64_t now)
{
    struct list *live = &node->cluster->live;
    for (size_t i = 0; i < live->count; i++) {
        if (!live->entries[i].queued && (live->entries[i].dirty || !dirty_only)) {
            submit_sync(node, &live->entries[i], now);
        }
    }
}

static void tick_run(struct sim_event *event, uint64_t now)
{
    struct node *node = ((struct turn *)event)->node;
    free(event);
    if (now >= node->down_until) {
        tell_all(node, true, now);
    }
    schedule(node, now + node->cluster->options.sync, sizeof(struct turn), tick_run);
}

/* Another member is up again, and has heard nothing. */
static void member_up_run(struct sim_event *event, uint64_t now)
{
    struct turn turn = *(struct turn *)event;
    struct node *node = turn.node;
    free(event);
    if (turn.incarnation == node->incarnation && node->cluster->options.sync != NODE_SYNC_NONE) {
        tell_all(node, false, now);
    }
}

/* ---- another member takes over ---- */

static void take_over(struct node *node, uint64_t now)
{
    struct cluster *cluster = node->cluster;
    unsigned before = cluster->active;
    unsigned member = next_at(cluster, now);
    struct list told = cluster->told[member];
    cluster->told[member] = (struct list){0};
    activate(cluster, member);
    node->incarnation++;
    node_change_member(node, name_of(cluster, cluster->active), &cluster->host);
    clear(&cluster->live);
    struct trace_ref event =
        trace_recorder_emit(node->shared->recorder, node->port->channel, now, (struct trace_ref){0},
                            TRACE_HOST_TAKEOVER_EVENT,
                            &(struct trace_host_takeover){
                                .member = name_of(cluster, cluster->active),
                                .before = name_of(cluster, before),
                                .ike_sas = told.count,
                                .silent = cluster->crashed_at ? now - cluster->crashed_at : 0,
                            });
    for (size_t i = 0; i < told.count; i++) {
        struct node_item *item = node_item_new(node, ITEM_TAKEOVER, told.entries[i].path, event);
        item->record = told.entries[i].record;
        item->record_len = told.entries[i].len;
        item->order = (struct host_order){.sa = told.entries[i].sa};
        told.entries[i].record = NULL;
        node_submit(item, now);
    }
    clear(&told);
    for (size_t n = 1; n < cluster->options.member_count; n++) {
        uint64_t up = cluster->up_at[behind(cluster, n)];
        if (up > now) {
            schedule(node, up, sizeof(struct turn), member_up_run);
        }
    }
}

static void takeover_run(struct sim_event *event, uint64_t now)
{
    struct turn turn = *(struct turn *)event;
    struct node *node = turn.node;
    free(event);
    if (turn.incarnation == node->incarnation) {
        node->down_until = now;
        take_over(node, now);
    }
}

void cluster_crashed(struct node *node, uint64_t now, uint64_t down)
{
    struct cluster *cluster = node->cluster;
    uint64_t other_up = UINT64_MAX;
    for (size_t n = 1; n < cluster->options.member_count; n++) {
        uint64_t up = cluster->up_at[behind(cluster, n)];
        other_up = up < other_up ? up : other_up;
    }
    cluster->up_at[cluster->active] = now + down;
    cluster->crashed_at = now;
    clear(&cluster->live);
    uint64_t other = (other_up > now ? other_up : now) + cluster->options.detect;
    if (other < now + down || other_up <= now) {
        node->down_until = other;
        schedule(node, other, sizeof(struct turn), takeover_run);
    }
}

/* ---- orders ---- */

static void order_run(struct sim_event *event, uint64_t now)
{
    struct node *node = ((struct turn *)event)->node;
    struct cluster *cluster = node->cluster;
    free(event);
    unsigned next = next_at(cluster, now);
    struct trace_ref ordered = trace_recorder_emit(
        node->shared->recorder, node->port->channel, now, (struct trace_ref){0},
        TRACE_HOST_ORDER_EVENT,
        &(struct trace_host_order){
            .order = "takeover",
            .detail = name_of(cluster, next != cluster->active ? next : behind(cluster, 1)),
            .origin = "script"});
    if (next == cluster->active || now < node->down_until) {
        trace_recorder_emit(node->shared->recorder, node->port->channel, now, ordered,
                            TRACE_HOST_ORDER_REFUSED_EVENT,
                            &(struct trace_host_order_refused){
                                .order = "takeover",
                                .why = now < node->down_until ? "the active member is down already"
                                                              : "no other member is up",
                            });
        return;
    }
    cluster->crashed_at = 0;
    node_forget_all(node, now, "another member of the cluster takes over");
    take_over(node, now);
}

void node_takeover(struct node *node, uint64_t at)
{
    assert(node->cluster);
    schedule(node, at, sizeof(struct turn), order_run);
}

/* ---- life ---- */

struct cluster *cluster_new(struct node *node, const struct node_cluster_options *options,
                            const struct host_options *host)
{
    struct cluster *cluster = node_calloc(sizeof *cluster);
    cluster->options = *options;
    cluster->host = *host;
    activate(cluster, 0);
    if (options->sync != NODE_SYNC_NONE && options->sync != NODE_SYNC_ON_CHANGE) {
        schedule(node, options->sync, sizeof(struct turn), tick_run);
    }
    return cluster;
}

void cluster_reload(struct cluster *cluster, const struct ike_policy *policy)
{
    cluster->host.policy = policy;
}

void cluster_free(struct cluster *cluster)
{
    if (cluster) {
        clear(&cluster->live);
        for (size_t i = 0; i < cluster->options.member_count; i++) {
            clear(&cluster->told[i]);
        }
        free(cluster);
    }
}
