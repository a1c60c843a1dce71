/* Counts of what hosts do, what stands at each of them, and the expectations about both. */
#include "sim/scenario/observer_internal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/memory.h"

static bool is_asked_for(const struct scenario *scenario, const char *host)
{
    for (size_t i = 0; i < scenario->series.host_count; i++) {
        if (strcmp(scenario->series.hosts[i], host) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < scenario->expect_count; i++) {
        const struct scenario_expect *expect = &scenario->expects[i];
        if (expect->kind == SCENARIO_EXPECT_COUNT && expect->host &&
            strcmp(expect->host, host) == 0) {
            return true;
        }
    }
    return false;
}

/* A row for each host; in a large world one for those together of whom nobody asks. */
static void make_rows(struct observer *observer)
{
    const struct scenario *scenario = observer->scenario;
    bool large = scenario->host_count > OBSERVER_HOSTS_MAX;
    observer->rows = sim_calloc(scenario->host_count + 1, sizeof *observer->rows);
    observer->row_count = large ? 1 : 0;
    for (size_t i = 0; i < scenario->host_count; i++) {
        if (!large || is_asked_for(scenario, scenario->hosts[i].name)) {
            observer->rows[i] = (uint32_t)observer->row_count++;
        }
    }
    observer->counts = sim_calloc(observer->row_count + 1, sizeof *observer->counts);
}

static bool is_wire_edit(const struct scenario_line *line)
{
    return line->order == SCENARIO_EDIT && !line->by_sender;
}

static void list_edits(struct observer *observer)
{
    const struct scenario *scenario = observer->scenario;
    size_t count = 0;
    observer->edits = sim_calloc(NET_EDITS_MAX, sizeof *observer->edits);
    observer->edit_of = sim_calloc(scenario->script_count + 1, sizeof *observer->edit_of);
    for (size_t i = 0; i < scenario->script_count; i++) {
        const struct scenario_line *line = &scenario->script[i];
        if (is_wire_edit(line)) {
            observer->edit_of[i] = (uint8_t)count;
            observer->edits[count++] = (struct net_edit){
                .octet = line->octet, .value = {line->value.data, line->value.len}};
        }
    }
}

struct observer *observer_new(const struct scenario *scenario)
{
    struct observer *observer = sim_calloc(1, sizeof *observer);
    observer->scenario = scenario;
    make_rows(observer);
    observer->matches = sim_calloc(scenario->script_count + 1, sizeof *observer->matches);
    list_edits(observer);
    observer->rekeys = rekeys_new();
    observer->packets = packets_new(scenario, observer->rekeys);
    observer->messages = messages_new();
    return observer;
}

void observer_free(struct observer *observer)
{
    if (!observer) {
        return;
    }
    for (struct child_status *child = observer->children, *next; child; child = next) {
        next = child->next;
        free(child);
    }
    for (struct ike_status *ike = observer->ikes, *next; ike; ike = next) {
        next = ike->next;
        free(ike);
    }
    free(observer->rows);
    free(observer->counts);
    packets_free(observer->packets);
    rekeys_free(observer->rekeys);
    messages_free(observer->messages);
    free(observer->matches);
    free(observer->edits);
    free(observer->edit_of);
    free(observer);
}

/* ---- counting ---- */

static void uncount(struct observer *observer, const struct node *node, enum scenario_count what)
{
    const struct scenario_member *host = node_user(node);
    observer->counts[observer->rows[host - observer->scenario->hosts]][what]--;
}

uint64_t observer_count(const struct observer *observer, enum scenario_count what, const char *host)
{
    const struct scenario *scenario = observer->scenario;
    uint64_t sum = 0;
    for (size_t row = 0; !host && row < observer->row_count; row++) {
        sum += observer->counts[row][what];
    }
    for (size_t i = 0; host && i < scenario->host_count; i++) {
        if (strcmp(scenario->hosts[i].name, host) == 0) {
            assert(scenario->host_count <= OBSERVER_HOSTS_MAX || observer->rows[i] > 0);
            sum += observer->counts[observer->rows[i]][what];
        }
    }
    return sum;
}

uint64_t observer_count_at(const struct observer *observer, enum scenario_count what, size_t host)
{
    const struct scenario *scenario = observer->scenario;
    assert(host < scenario->host_count);
    assert(scenario->host_count <= OBSERVER_HOSTS_MAX || observer->rows[host] > 0);
    return observer->counts[observer->rows[host]][what];
}

/* ---- inner packets ---- */

static void count_by(struct observer *observer, size_t host, enum scenario_count what, bool down)
{
    observer->counts[observer->rows[host]][what] += down ? UINT64_MAX : 1;
}

static uint64_t inner_sent(void *context, const struct node *node, const struct node_packet *packet)
{
    struct observer *observer = context;
    observer_add(observer, node, SCENARIO_COUNT_INNER_PACKETS_SENT);
    return packets_enter(observer->packets, observer_index(observer, node),
                         observer_index(observer, packet->peer->user), packet);
}

static void inner_delivered(void *context, const struct node *node, uint64_t identity,
                            struct crypto_bytes bytes, uint64_t now, struct node_arrival *arrival)
{
    struct observer *observer = context;
    struct packets_news news = packets_arrive(observer->packets, identity, bytes, now, arrival);
    if (news.times == 1) {
        observer_add(observer, node, SCENARIO_COUNT_INNER_PACKETS_DELIVERED);
    } else if (news.times == 2) {
        observer_add(observer, node, SCENARIO_COUNT_INNER_PACKETS_DELIVERED_TWICE);
    }
    if (news.altered) {
        observer_add(observer, node, SCENARIO_COUNT_INNER_PACKETS_ALTERED);
    }
    if (news.late) {
        observer_add(observer, node, SCENARIO_COUNT_INNER_PACKETS_LATE);
    }
    if (news.late && news.in_rekey) {
        observer_add(observer, node, SCENARIO_COUNT_PACKETS_LATE_IN_REKEY);
    }
    if (news.found) {
        count_by(observer, news.sender, SCENARIO_COUNT_INNER_PACKETS_LOST, true);
    }
    if (news.found && news.in_rekey) {
        count_by(observer, news.sender, SCENARIO_COUNT_PACKETS_LOST_IN_REKEY, true);
    }
}

void observer_inner_gone(void *context, uint64_t identity)
{
    struct observer *observer = context;
    struct packets_news news = packets_gone(observer->packets, identity);
    if (news.lost) {
        count_by(observer, news.sender, SCENARIO_COUNT_INNER_PACKETS_LOST, false);
    }
    if (news.lost && news.in_rekey) {
        count_by(observer, news.sender, SCENARIO_COUNT_PACKETS_LOST_IN_REKEY, false);
    }
}

static void ping_answered(void *context, const struct node *node, size_t flow, uint64_t round_trip)
{
    struct observer *observer = context;
    observer_add(observer, node, SCENARIO_COUNT_PINGS_ANSWERED);
    packets_answered(observer->packets, observer_index(observer, node), flow, round_trip);
}

/* ---- IKE messages ---- */

static void message_sent(void *context, const struct node *node, uint64_t identity,
                         struct crypto_bytes bytes)
{
    struct observer *observer = context;
    struct message *message =
        messages_find(observer->messages, observer_index(observer, node), identity);
    messages_count(&message->transmissions);
    observer_add(observer, node, SCENARIO_COUNT_IKE_TRANSMISSIONS);
    if (message->transmissions > 1) {
        observer_add(observer, node, SCENARIO_COUNT_IKE_RETRANSMISSIONS);
    } else if (bytes.len >= IKE_HEADER_LEN && !observer_is_response(bytes.data) &&
               observer_fragment(bytes.data, bytes.len) <= 1) {
        observer_add(observer, node, SCENARIO_COUNT_IKE_REQUESTS_SENT);
    }
}

static void message_accepted(void *context, const struct node *node, const struct net_port *sender,
                             uint64_t identity, struct crypto_bytes bytes)
{
    struct observer *observer = context;
    uint16_t fragment = observer_fragment(bytes.data, bytes.len);
    /* Identities of fragments count up; the message has that of the first, whichever came last. */
    struct message *message =
        messages_find(observer->messages, observer_index(observer, sender->user),
                      identity - (fragment > 0 ? fragment - 1u : 0));
    messages_count(&message->accepted);
    if (message->accepted == 2) {
        observer_add(observer, node, SCENARIO_COUNT_MESSAGES_ACCEPTED_TWICE);
    }
}

/* ---- SAs ---- */

static struct child_status *child_status(struct observer *observer, const char *host,
                                         const char *name)
{
    for (struct child_status *child = observer->children; child; child = child->next) {
        if (strcmp(child->host, host) == 0 && strcmp(child->child, name) == 0) {
            return child;
        }
    }
    return NULL;
}

static struct ike_status *ike_status(struct observer *observer, const char *host, const char *peer)
{
    for (struct ike_status *ike = observer->ikes; ike; ike = ike->next) {
        if (strcmp(ike->host, host) == 0 && strcmp(ike->peer, peer) == 0) {
            return ike;
        }
    }
    return NULL;
}

/* Only what an expectation asks about is followed: a world of 100,000 hosts with one expectation
 * keeps one status. */
static bool follows_child(const struct observer *observer, const char *host, const char *name)
{
    for (size_t i = 0; i < observer->scenario->expect_count; i++) {
        const struct scenario_expect *expect = &observer->scenario->expects[i];
        if (expect->kind == SCENARIO_EXPECT_CHILD && strcmp(expect->host, host) == 0 &&
            strcmp(expect->child, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool follows_ike(const struct observer *observer, const char *host, const char *peer)
{
    for (size_t i = 0; i < observer->scenario->expect_count; i++) {
        const struct scenario_expect *expect = &observer->scenario->expects[i];
        if (expect->kind == SCENARIO_EXPECT_IKE && strcmp(expect->host, host) == 0 &&
            strcmp(expect->peer, peer) == 0) {
            return true;
        }
    }
    return false;
}

static void child_changed(struct observer *observer, const struct node *node, const char *name,
                          int32_t by)
{
    const char *host = node_name(node);
    if (!follows_child(observer, host, name)) {
        return;
    }
    struct child_status *status = child_status(observer, host, name);
    if (!status) {
        status = sim_calloc(1, sizeof *status);
        *status = (struct child_status){.host = host, .child = name, .next = observer->children};
        observer->children = status;
    }
    status->installed += by;
}

static void child_installed(void *context, const struct node *node, const char *name,
                            bool transport)
{
    observer_add(context, node, SCENARIO_COUNT_CHILD_SAS_INSTALLED);
    if (transport) {
        observer_add(context, node, SCENARIO_COUNT_TRANSPORT_SAS_INSTALLED);
    }
    child_changed(context, node, name, 1);
}

static void child_removed(void *context, const struct node *node, const char *name)
{
    child_changed(context, node, name, -1);
}

static void ike_changed(struct observer *observer, const struct node *node,
                        const struct net_port *peer, int32_t by)
{
    const char *host = node_name(node);
    if (!follows_ike(observer, host, peer->name)) {
        return;
    }
    struct ike_status *status = ike_status(observer, host, peer->name);
    if (!status) {
        status = sim_calloc(1, sizeof *status);
        *status = (struct ike_status){.host = host, .peer = peer->name, .next = observer->ikes};
        observer->ikes = status;
    }
    status->established += by;
}

static void sa_established(void *context, const struct node *node, const struct net_port *peer)
{
    observer_add(context, node, SCENARIO_COUNT_IKE_SAS_ESTABLISHED);
    ike_changed(context, node, peer, 1);
}

static void sa_gone(void *context, const struct node *node, const struct net_port *peer)
{
    ike_changed(context, node, peer, -1);
}

static void cpu_dropped(void *context, const struct node *node, enum cpu_class class)
{
    static const enum scenario_count whats[CPU_CLASSES] = {
        [CPU_RESPONSE] = SCENARIO_COUNT_CPU_DROPPED_RESPONSE,
        [CPU_ESTABLISHED] = SCENARIO_COUNT_CPU_DROPPED_ESTABLISHED,
        [CPU_AUTH] = SCENARIO_COUNT_CPU_DROPPED_AUTH,
        [CPU_INIT] = SCENARIO_COUNT_CPU_DROPPED_INIT,
        [CPU_ESP] = SCENARIO_COUNT_CPU_DROPPED_ESP,
    };
    assert(class != CPU_OWN);
    observer_add(context, node, SCENARIO_COUNT_CPU_DROPPED);
    observer_add(context, node, whats[class]);
}

struct drop {
    const char *reason;
    enum scenario_count what;
};

/* The last of `drops` is for reasons that have no count of their own. */
static enum scenario_count find_drop(const struct drop *drops, size_t count, const char *reason)
{
    size_t i = 0;
    while (i + 1 < count && strcmp(drops[i].reason, reason) != 0) {
        i++;
    }
    return drops[i].what;
}

static void message_dropped(struct observer *observer, const struct node *node, const char *reason)
{
    static const struct drop drops[] = {
#define X(symbol, name, meaning) {(name) + sizeof("ike_dropped_") - 1, SCENARIO_COUNT_##symbol},
        SCENARIO_DROPS(X)
#undef X
    };
    observer_add(observer, node, SCENARIO_COUNT_IKE_DROPPED);
    observer_add(observer, node, find_drop(drops, sizeof drops / sizeof *drops, reason));
}

static void packet_dropped(struct observer *observer, const struct node *node, const char *reason)
{
    static const struct drop drops[] = {
#define X(symbol, name, meaning) {(name) + sizeof("esp_dropped_") - 1, SCENARIO_COUNT_##symbol},
        SCENARIO_ESP_DROPS(X)
#undef X
    };
    observer_add(observer, node, SCENARIO_COUNT_ESP_DROPPED);
    observer_add(observer, node, find_drop(drops, sizeof drops / sizeof *drops, reason));
}

static bool is_of_peer(const char *by)
{
    return strcmp(by, "peer") == 0;
}

static void ticket_told(struct observer *observer, const struct node *node, const char *what)
{
    if (strcmp(what, "granted") == 0) {
        observer_add(observer, node, SCENARIO_COUNT_TICKETS_GRANTED);
    } else if (strcmp(what, "accepted") == 0) {
        observer_add(observer, node, SCENARIO_COUNT_TICKETS_ACCEPTED);
    } else if (strcmp(what, "refused") == 0) {
        observer_add(observer, node, SCENARIO_COUNT_TICKETS_REFUSED);
    }
}

static void told(void *context, const struct node *node, const struct net_port *peer,
                 enum trace_kind kind, const void *data)
{
    struct observer *observer = context;
    switch (kind) {
    case TRACE_IKE_INITIAL_CONTACT_EVENT:
        if (is_of_peer(((const struct trace_ike_initial_contact *)data)->by)) {
            observer_add(observer, node, SCENARIO_COUNT_INITIAL_CONTACTS_HEARD);
        }
        break;
    case TRACE_IKE_WINDOW_ANNOUNCED_EVENT:
        if (is_of_peer(((const struct trace_ike_window_announced *)data)->by)) {
            observer_add(observer, node, SCENARIO_COUNT_WINDOW_SIZES_HEARD);
        }
        break;
    case TRACE_IKE_KEY_PAIR_EVENT:
        observer_add(observer, node, SCENARIO_COUNT_KEY_PAIRS_MADE);
        break;
    case TRACE_IKE_TICKET_EVENT:
        ticket_told(observer, node, ((const struct trace_ike_ticket *)data)->what);
        break;
    case TRACE_IKE_SA_TAKEN_OVER_EVENT:
        observer_add(observer, node, SCENARIO_COUNT_IKE_SAS_TAKEN_OVER);
        break;
    case TRACE_IKE_COUNTER_SYNC_EVENT:
        if (strcmp(((const struct trace_ike_counter_sync *)data)->what, "adopted") == 0) {
            observer_add(observer, node, SCENARIO_COUNT_COUNTERS_ADOPTED);
        }
        break;
    case TRACE_IKE_UNREACHABLE_EVENT:
        observer_add(observer, node, SCENARIO_COUNT_ICMP_ERRORS_HEARD);
        break;
    case TRACE_IKE_REDIRECT_EVENT:
        if (strcmp(((const struct trace_ike_redirect *)data)->what, "followed") == 0) {
            observer_add(observer, node, SCENARIO_COUNT_REDIRECTS_FOLLOWED);
        }
        break;
    case TRACE_IKE_COMPLAINT_EVENT:
        if (is_of_peer(((const struct trace_ike_complaint *)data)->by)) {
            observer_add(observer, node, SCENARIO_COUNT_COMPLAINTS_HEARD);
        }
        break;
    case TRACE_IKE_GAVE_UP_EVENT:
        observer_add(observer, node, SCENARIO_COUNT_IKE_GAVE_UP);
        break;
    case TRACE_IKE_MESSAGE_DROPPED_EVENT:
        message_dropped(observer, node, ((const struct trace_ike_message_dropped *)data)->reason);
        break;
    case TRACE_ESP_DROPPED_EVENT:
        packet_dropped(observer, node, ((const struct trace_esp_dropped *)data)->reason);
        break;
    case TRACE_IKE_COOKIE_EVENT: {
        const struct trace_ike_cookie *cookie = data;
        if (strcmp(cookie->what, "returned") != 0) {
            observer_add(observer, node,
                         strcmp(cookie->what, "accepted") == 0 ? SCENARIO_COUNT_COOKIES_ACCEPTED
                                                               : SCENARIO_COUNT_COOKIES_DEMANDED);
        }
        break;
    }
    case TRACE_IKE_CERTIFICATE_EVENT:
        if (strcmp(((const struct trace_ike_certificate *)data)->result, "good") == 0) {
            observer_add(observer, node, SCENARIO_COUNT_CERTIFICATES_ACCEPTED);
        }
        break;
    case TRACE_IKE_AUTH_REFUSED_EVENT:
        if (is_of_peer(((const struct trace_ike_auth_refused *)data)->whose)) {
            observer_add(observer, node, SCENARIO_COUNT_AUTHENTICATIONS_REFUSED);
        }
        break;
    case TRACE_IKE_PPK_EVENT:
        /* Who has mixed it in before its peer has said a word may take it out again. */
        if (((const struct trace_ike_ppk *)data)->used) {
            observer_add(observer, node, SCENARIO_COUNT_PPKS_USED);
        } else {
            uncount(observer, node, SCENARIO_COUNT_PPKS_USED);
        }
        break;
    default:
        rekeys_told(observer->rekeys, observer_index(observer, node),
                    observer_index(observer, peer->user), kind, data, node_now(node));
    }
}

struct node_watch observer_node_watch(struct observer *observer)
{
    return (struct node_watch){
        .context = observer,
        .inner_sent = inner_sent,
        .inner_delivered = inner_delivered,
        .inner_gone = observer_inner_gone,
        .ping_answered = ping_answered,
        .message_accepted = message_accepted,
        .message_sent = message_sent,
        .sa_established = sa_established,
        .sa_gone = sa_gone,
        .child_installed = child_installed,
        .child_removed = child_removed,
        .told = told,
        .cpu_dropped = cpu_dropped,
    };
}

/* ---- expectations ---- */

const struct packets *observer_packets(const struct observer *observer)
{
    return observer->packets;
}

static const char *count_name(enum scenario_count what)
{
    static const char *const names[SCENARIO_COUNT_COUNT] = {
#define X(symbol, name, meaning) name,
        SCENARIO_COUNTS(X)
#undef X
    };
    return names[what];
}

static bool check_count(const struct observer *observer, const struct scenario_expect *expect,
                        char *why, size_t cap)
{
    uint64_t value = observer_count(observer, expect->count, expect->host);
    snprintf(why, cap, "%s%s%s is %" PRIu64, count_name(expect->count), expect->host ? " of " : "",
             expect->host ? expect->host : "", value);
    return (!expect->has_min || value >= expect->min) && (!expect->has_max || value <= expect->max);
}

bool observer_check(const struct observer *observer, const struct scenario_expect *expect,
                    char *why, size_t cap)
{
    /* The lists are only read here. */
    struct observer *o = (struct observer *)observer;
    bool there = false;
    switch (expect->kind) {
    case SCENARIO_EXPECT_COUNT:
        return check_count(observer, expect, why, cap);
    case SCENARIO_EXPECT_CHILD: {
        const struct child_status *child = child_status(o, expect->host, expect->child);
        there = child && child->installed > 0;
        snprintf(why, cap, "CHILD SA %s of %s is %s", expect->child, expect->host,
                 there ? "established" : "not established");
        break;
    }
    case SCENARIO_EXPECT_IKE: {
        const struct ike_status *ike = ike_status(o, expect->host, expect->peer);
        there = ike && ike->established > 0;
        snprintf(why, cap, "the IKE SA of %s with %s is %s", expect->host, expect->peer,
                 there ? "established" : "not established");
        break;
    }
    }
    return there == expect->established;
}
