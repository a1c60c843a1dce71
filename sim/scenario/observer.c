#include "sim/scenario/observer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/wire.h"
#include "sim/engine/memory.h"
#include "sim/net/unreachable.h"
#include "sim/scenario/messages.h"
#include "sim/scenario/rekeys.h"

struct child_status {
    const char *host;
    const char *child;
    int32_t installed; /* how many of that name are in ESP now */
    struct child_status *next;
};

struct ike_status {
    const char *host;
    const char *peer;
    int32_t established;
    struct ike_status *next;
};

struct observer {
    const struct scenario *scenario;
    uint32_t *rows; /* of `counts`, by index of the host */
    size_t row_count;
    uint64_t (*counts)[SCENARIO_COUNT_COUNT];
    struct rekeys *rekeys;
    struct packets *packets;
    struct messages *messages;
    struct child_status *children;
    struct ike_status *ikes;
    uint32_t *matches;      /* by index of the script line: messages matched so far */
    struct net_edit *edits; /* of the script's edits on the wire, in order */
    uint8_t *edit_of;       /* by index of the script line: which of them */
};

static bool is_asked_for(const struct scenario *scenario, const char *host)
{
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

static void count(struct observer *observer, const struct node *node, enum scenario_count what)
{
    const struct scenario_member *host = node_user(node);
    observer->counts[observer->rows[host - observer->scenario->hosts]][what]++;
}

static void uncount(struct observer *observer, const struct node *node, enum scenario_count what)
{
    const struct scenario_member *host = node_user(node);
    observer->counts[observer->rows[host - observer->scenario->hosts]][what]--;
}

static void count_port(struct observer *observer, const struct net_port *port,
                       enum scenario_count what)
{
    count(observer, port->user, what);
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
    assert(host < observer->scenario->host_count);
    return observer->counts[host][what];
}

/* ---- inner packets ---- */

static size_t index_of(const struct observer *observer, const struct node *node)
{
    return (size_t)((const struct scenario_member *)node_user(node) - observer->scenario->hosts);
}

static void count_by(struct observer *observer, size_t host, enum scenario_count what, bool down)
{
    observer->counts[observer->rows[host]][what] += down ? UINT64_MAX : 1;
}

static uint64_t inner_sent(void *context, const struct node *node, const struct node_packet *packet)
{
    struct observer *observer = context;
    count(observer, node, SCENARIO_COUNT_INNER_PACKETS_SENT);
    return packets_enter(observer->packets, index_of(observer, node),
                         index_of(observer, packet->peer->user), packet);
}

static void inner_delivered(void *context, const struct node *node, uint64_t identity,
                            struct crypto_bytes bytes, uint64_t now, struct node_arrival *arrival)
{
    struct observer *observer = context;
    struct packets_news news = packets_arrive(observer->packets, identity, bytes, now, arrival);
    if (news.times == 1) {
        count(observer, node, SCENARIO_COUNT_INNER_PACKETS_DELIVERED);
    } else if (news.times == 2) {
        count(observer, node, SCENARIO_COUNT_INNER_PACKETS_DELIVERED_TWICE);
    }
    if (news.altered) {
        count(observer, node, SCENARIO_COUNT_INNER_PACKETS_ALTERED);
    }
    if (news.late) {
        count(observer, node, SCENARIO_COUNT_INNER_PACKETS_LATE);
    }
    if (news.late && news.in_rekey) {
        count(observer, node, SCENARIO_COUNT_PACKETS_LATE_IN_REKEY);
    }
    if (news.found) {
        count_by(observer, news.sender, SCENARIO_COUNT_INNER_PACKETS_LOST, true);
    }
    if (news.found && news.in_rekey) {
        count_by(observer, news.sender, SCENARIO_COUNT_PACKETS_LOST_IN_REKEY, true);
    }
}

static void inner_gone(void *context, uint64_t identity)
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
    count(observer, node, SCENARIO_COUNT_PINGS_ANSWERED);
    packets_answered(observer->packets, index_of(observer, node), flow, round_trip);
}

/* ---- IKE messages ---- */

/* Header fields by their place, so that a fault of the codec cannot blind the observer. */
enum { AT_PAYLOAD = 16, AT_EXCHANGE = 18, AT_FLAGS = 19, AT_MESSAGE_ID = 20, AT_FRAGMENT = 32 };

/* Fragment Number of an IKE fragment (RFC 7383 §2.5); 0 if it is none. */
static uint16_t fragment_number(const uint8_t *bytes, size_t len)
{
    if (len < AT_FRAGMENT + 4 || bytes[AT_PAYLOAD] != IKE_PAYLOAD_SKF) {
        return 0;
    }
    return (uint16_t)(bytes[AT_FRAGMENT] << 8 | bytes[AT_FRAGMENT + 1]);
}

static bool is_response(const uint8_t *bytes)
{
    return (bytes[AT_FLAGS] & IKE_FLAG_RESPONSE) != 0;
}

static void message_sent(void *context, const struct node *node, uint64_t identity,
                         struct crypto_bytes bytes)
{
    struct observer *observer = context;
    struct message *message = messages_find(observer->messages, index_of(observer, node), identity);
    messages_count(&message->transmissions);
    count(observer, node, SCENARIO_COUNT_IKE_TRANSMISSIONS);
    if (message->transmissions > 1) {
        count(observer, node, SCENARIO_COUNT_IKE_RETRANSMISSIONS);
    } else if (bytes.len >= IKE_HEADER_LEN && !is_response(bytes.data) &&
               fragment_number(bytes.data, bytes.len) <= 1) {
        count(observer, node, SCENARIO_COUNT_IKE_REQUESTS_SENT);
    }
}

static void message_accepted(void *context, const struct node *node, const struct net_port *sender,
                             uint64_t identity, struct crypto_bytes bytes)
{
    struct observer *observer = context;
    uint16_t fragment = fragment_number(bytes.data, bytes.len);
    /* Identities of fragments count up; the message has that of the first, whichever came last. */
    struct message *message = messages_find(observer->messages, index_of(observer, sender->user),
                                            identity - (fragment > 0 ? fragment - 1u : 0));
    messages_count(&message->accepted);
    if (message->accepted == 2) {
        count(observer, node, SCENARIO_COUNT_MESSAGES_ACCEPTED_TWICE);
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
    count(context, node, SCENARIO_COUNT_CHILD_SAS_INSTALLED);
    if (transport) {
        count(context, node, SCENARIO_COUNT_TRANSPORT_SAS_INSTALLED);
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
    count(context, node, SCENARIO_COUNT_IKE_SAS_ESTABLISHED);
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
    count(context, node, SCENARIO_COUNT_CPU_DROPPED);
    count(context, node, whats[class]);
}

static void message_dropped(struct observer *observer, const struct node *node, const char *reason)
{
    static const struct {
        const char *reason;
        enum scenario_count what;
    } drops[] = {
#define X(symbol, name, meaning) {(name) + sizeof("ike_dropped_") - 1, SCENARIO_COUNT_##symbol},
        SCENARIO_DROPS(X)
#undef X
    };
    enum scenario_count what = SCENARIO_COUNT_IKE_DROPPED_OTHER;
    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++) {
        if (strcmp(drops[i].reason, reason) == 0) {
            what = drops[i].what;
        }
    }
    count(observer, node, SCENARIO_COUNT_IKE_DROPPED);
    count(observer, node, what);
}

static bool is_of_peer(const char *by)
{
    return strcmp(by, "peer") == 0;
}

static void ticket_told(struct observer *observer, const struct node *node, const char *what)
{
    if (strcmp(what, "granted") == 0) {
        count(observer, node, SCENARIO_COUNT_TICKETS_GRANTED);
    } else if (strcmp(what, "accepted") == 0) {
        count(observer, node, SCENARIO_COUNT_TICKETS_ACCEPTED);
    } else if (strcmp(what, "refused") == 0) {
        count(observer, node, SCENARIO_COUNT_TICKETS_REFUSED);
    }
}

static void told(void *context, const struct node *node, const struct net_port *peer,
                 enum trace_kind kind, const void *data)
{
    struct observer *observer = context;
    switch (kind) {
    case TRACE_IKE_INITIAL_CONTACT_EVENT:
        if (is_of_peer(((const struct trace_ike_initial_contact *)data)->by)) {
            count(observer, node, SCENARIO_COUNT_INITIAL_CONTACTS_HEARD);
        }
        break;
    case TRACE_IKE_WINDOW_ANNOUNCED_EVENT:
        if (is_of_peer(((const struct trace_ike_window_announced *)data)->by)) {
            count(observer, node, SCENARIO_COUNT_WINDOW_SIZES_HEARD);
        }
        break;
    case TRACE_IKE_KEY_PAIR_EVENT:
        count(observer, node, SCENARIO_COUNT_KEY_PAIRS_MADE);
        break;
    case TRACE_IKE_TICKET_EVENT:
        ticket_told(observer, node, ((const struct trace_ike_ticket *)data)->what);
        break;
    case TRACE_IKE_SA_TAKEN_OVER_EVENT:
        count(observer, node, SCENARIO_COUNT_IKE_SAS_TAKEN_OVER);
        break;
    case TRACE_IKE_COUNTER_SYNC_EVENT:
        if (strcmp(((const struct trace_ike_counter_sync *)data)->what, "adopted") == 0) {
            count(observer, node, SCENARIO_COUNT_COUNTERS_ADOPTED);
        }
        break;
    case TRACE_IKE_UNREACHABLE_EVENT:
        count(observer, node, SCENARIO_COUNT_ICMP_ERRORS_HEARD);
        break;
    case TRACE_IKE_REDIRECT_EVENT:
        if (strcmp(((const struct trace_ike_redirect *)data)->what, "followed") == 0) {
            count(observer, node, SCENARIO_COUNT_REDIRECTS_FOLLOWED);
        }
        break;
    case TRACE_IKE_COMPLAINT_EVENT:
        if (is_of_peer(((const struct trace_ike_complaint *)data)->by)) {
            count(observer, node, SCENARIO_COUNT_COMPLAINTS_HEARD);
        }
        break;
    case TRACE_IKE_GAVE_UP_EVENT:
        count(observer, node, SCENARIO_COUNT_IKE_GAVE_UP);
        break;
    case TRACE_IKE_MESSAGE_DROPPED_EVENT:
        message_dropped(observer, node, ((const struct trace_ike_message_dropped *)data)->reason);
        break;
    case TRACE_IKE_COOKIE_EVENT: {
        const struct trace_ike_cookie *cookie = data;
        if (strcmp(cookie->what, "returned") != 0) {
            count(observer, node,
                  strcmp(cookie->what, "accepted") == 0 ? SCENARIO_COUNT_COOKIES_ACCEPTED
                                                        : SCENARIO_COUNT_COOKIES_DEMANDED);
        }
        break;
    }
    case TRACE_IKE_CERTIFICATE_EVENT:
        if (strcmp(((const struct trace_ike_certificate *)data)->result, "good") == 0) {
            count(observer, node, SCENARIO_COUNT_CERTIFICATES_ACCEPTED);
        }
        break;
    case TRACE_IKE_AUTH_REFUSED_EVENT:
        if (is_of_peer(((const struct trace_ike_auth_refused *)data)->whose)) {
            count(observer, node, SCENARIO_COUNT_AUTHENTICATIONS_REFUSED);
        }
        break;
    case TRACE_IKE_PPK_EVENT:
        /* Who has mixed it in before its peer has said a word may take it out again. */
        if (((const struct trace_ike_ppk *)data)->used) {
            count(observer, node, SCENARIO_COUNT_PPKS_USED);
        } else {
            uncount(observer, node, SCENARIO_COUNT_PPKS_USED);
        }
        break;
    default:
        rekeys_told(observer->rekeys, index_of(observer, node), index_of(observer, peer->user),
                    kind, data, node_now(node));
    }
}

struct node_watch observer_node_watch(struct observer *observer)
{
    return (struct node_watch){
        .context = observer,
        .inner_sent = inner_sent,
        .inner_delivered = inner_delivered,
        .inner_gone = inner_gone,
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

/* ---- datagrams ---- */

/* ESP, inside of UDP too, or AH. */
static bool is_sealed(const struct net_datagram *datagram)
{
    return datagram->protocol == NET_PROTOCOL_ESP || datagram->protocol == NET_PROTOCOL_AH ||
           datagram->inner_identity != 0;
}

static bool matches(struct observer *observer, const struct scenario_match *match,
                    const struct net_datagram *datagram)
{
    const struct net_path *path = datagram->path;
    if ((match->from && strcmp(match->from, path->from->name) != 0) ||
        (match->to && strcmp(match->to, path->to->name) != 0)) {
        return false;
    }
    if (match->esp) {
        return is_sealed(datagram);
    }
    if (is_sealed(datagram) || net_is_icmp(datagram) ||
        datagram->len < IKE_HEADER_LEN + (size_t)datagram->marker) {
        return false;
    }
    const uint8_t *bytes = datagram->bytes + datagram->marker;
    const uint8_t *id = bytes + AT_MESSAGE_ID;
    int64_t message_id =
        (int64_t)((uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3]);
    const struct message *message = messages_find(
        observer->messages, index_of(observer, path->from->user), datagram->message_identity);
    return (match->exchange == 0 || match->exchange == bytes[AT_EXCHANGE]) &&
           (match->response < 0 || (match->response == 1) == is_response(bytes)) &&
           (match->message_id < 0 || match->message_id == message_id) &&
           (match->transmission < 0 || match->transmission == message->transmissions) &&
           (match->fragment < 0 || match->fragment == fragment_number(bytes, datagram->len));
}

static struct net_intervention intervene(void *context, const struct net_datagram *datagram)
{
    struct observer *observer = context;
    struct net_intervention result = {0};
    for (size_t i = 0; i < observer->scenario->script_count; i++) {
        const struct scenario_line *line = &observer->scenario->script[i];
        if (!line->on_message || line->by_sender || !matches(observer, &line->match, datagram)) {
            continue;
        }
        observer->matches[i]++;
        if (line->match.nth != 0 && line->match.nth != observer->matches[i]) {
            continue;
        }
        if (line->order == SCENARIO_DROP) {
            result.drop = true;
        } else if (line->order == SCENARIO_DUPLICATE) {
            result.duplicate = true;
        } else if (line->order == SCENARIO_DELAY) {
            result.delay += line->by;
        } else if (line->order == SCENARIO_CORRUPT) {
            result.corrupt = true;
            result.bit = line->bit;
        } else if (line->order == SCENARIO_REPLAY) {
            result.replay = line->after;
        } else if (line->order == SCENARIO_EDIT) {
            result.edits |= UINT64_C(1) << observer->edit_of[i];
        }
    }
    return result;
}

static void datagram_sent(void *context, const struct net_datagram *datagram)
{
    count_port(context, datagram->path->from, SCENARIO_COUNT_DATAGRAMS_SENT);
    if (datagram->protocol == NET_PROTOCOL_AH) {
        count_port(context, datagram->path->from, SCENARIO_COUNT_AH_DATAGRAMS_SENT);
    } else if (is_sealed(datagram)) {
        count_port(context, datagram->path->from, SCENARIO_COUNT_ESP_DATAGRAMS_SENT);
    }
}

static void datagram_lost(void *context, const struct net_datagram *datagram)
{
    count_port(context, datagram->path->from, SCENARIO_COUNT_DATAGRAMS_LOST);
}

static void datagram_corrupted(void *context, const struct net_datagram *datagram)
{
    count_port(context, datagram->path->from, SCENARIO_COUNT_DATAGRAMS_CORRUPTED);
}

static void datagram_duplicated(void *context, const struct net_datagram *datagram)
{
    struct observer *observer = context;
    count_port(observer, datagram->path->from, SCENARIO_COUNT_DATAGRAMS_DUPLICATED);
    if (datagram->inner_identity != 0) {
        packets_copied(observer->packets, datagram->inner_identity);
    }
}

static void datagram_arrived(void *context, const struct net_datagram *datagram, bool overtaken)
{
    if (overtaken) {
        count_port(context, datagram->path->to, SCENARIO_COUNT_DATAGRAMS_OVERTAKEN);
    }
    if (datagram->copy > 1 && is_sealed(datagram)) {
        count_port(context, datagram->path->to, SCENARIO_COUNT_DUPLICATES_ARRIVED);
    }
}

static void datagram_gone(void *context, const struct net_datagram *datagram)
{
    if (datagram->inner_identity != 0) {
        inner_gone(context, datagram->inner_identity);
    }
}

struct net_watch observer_net_watch(struct observer *observer)
{
    return (struct net_watch){
        .context = observer,
        .intervene = intervene,
        .edits = observer->edits,
        .sent = datagram_sent,
        .lost = datagram_lost,
        .corrupted = datagram_corrupted,
        .duplicated = datagram_duplicated,
        .arrived = datagram_arrived,
        .gone = datagram_gone,
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
