/* The traffic of a host: between which addresses it goes, how much of it there is. */
#include <inttypes.h>
#include <string.h>

#include "sim/host/udp.h"
#include "sim/scenario/check.h"
#include "sim/scenario/values.h"

/* iperf's port, of streams for which the selectors leave it open. */
#define PORT_STREAM 5001

#define SECOND UINT64_C(1000000000)

enum { SIZE_PING = 56, SIZE_UDP = 1000 };

/* What a flow asks of a selector. */
struct wanted {
    uint8_t kind;   /* enum traffic_kind */
    uint8_t family; /* 4 or 6; 0: either */
};

static bool fits(const struct wanted *wanted, const struct ike_selector *selector)
{
    uint8_t family = selector->type == IKE_TS_IPV4_ADDR_RANGE ? 4 : 6;
    uint8_t protocol = wanted->kind != TRAFFIC_PING ? IP_PROTOCOL_UDP
                       : family == 4                ? IP_PROTOCOL_ICMP
                                                    : IP_PROTOCOL_ICMPV6;
    return (wanted->family == 0 || wanted->family == family) &&
           (selector->ip_protocol == 0 || selector->ip_protocol == protocol);
}

/* The first selector that fits, NULL if none does. */
static const struct ike_selector *find(const struct wanted *wanted,
                                       const struct ike_selector *selectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fits(wanted, &selectors[i])) {
            return &selectors[i];
        }
    }
    return NULL;
}

static uint16_t port_of(const struct ike_selector *selector)
{
    return PORT_STREAM >= selector->start_port && PORT_STREAM <= selector->end_port
               ? PORT_STREAM
               : selector->start_port;
}

/* One end of a flow: its key, the selectors that it is in, and what becomes of it. */
struct flow_end {
    const char *key, *ts_key;
    const struct ike_selector *selectors;
    size_t count;
    struct net_address *address;
    uint16_t *port;
};

static void place_end(struct reader *reader, struct yaml_node *node, const struct wanted *wanted,
                      const struct flow_end *end)
{
    struct yaml_node *given = yaml_get(node, end->key);
    const struct ike_selector *first = find(wanted, end->selectors, end->count);
    bool ping = wanted->kind == TRAFFIC_PING;
    if (!first) {
        tell(reader, yaml_get(node, "child"), 0,
             "a %s does not fit the child's %s; expected a network there without a protocol, or "
             "with [%s]",
             ping ? "ping" : "stream of UDP", end->ts_key,
             !ping                 ? "udp"
             : wanted->family == 6 ? "ipv6-icmp"
                                   : "icmp");
        return;
    }
    if (!given) {
        *end->address = values_first_usable(first);
        *end->port = port_of(first);
        return;
    }
    bool held = given->bad;
    for (size_t i = 0; i < end->count && !held; i++) {
        if (fits(wanted, &end->selectors[i]) &&
            values_selector_holds(&end->selectors[i], end->address)) {
            *end->port = port_of(&end->selectors[i]);
            held = true;
        }
    }
    if (!held) {
        tell(reader, given, 0, "%s %s is not in the child's %s; expected an address of %s",
             end->key, tell_found(reader, given), end->ts_key,
             values_print_selector(&reader->draft->arena, first));
    }
}

/* The family of what is given; else that of the first network which has one of its kind at the
 * other end. */
static uint8_t choose_family(struct yaml_node *node, const struct scenario_traffic *traffic,
                             const struct ike_child_policy *child)
{
    const struct yaml_node *source = yaml_get(node, "source");
    const struct yaml_node *destination = yaml_get(node, "destination");
    if (source && !source->bad) {
        return traffic->source.family;
    }
    if (destination && !destination->bad) {
        return traffic->destination.family;
    }
    for (size_t i = 0; i < child->local_ts_count; i++) {
        struct wanted wanted = {traffic->kind,
                                child->local_ts[i].type == IKE_TS_IPV4_ADDR_RANGE ? 4 : 6};
        if (fits(&wanted, &child->local_ts[i]) &&
            find(&wanted, child->remote_ts, child->remote_ts_count)) {
            return wanted.family;
        }
    }
    return 0;
}

static void place(struct reader *reader, struct yaml_node *node, struct scenario_traffic *traffic,
                  const struct ike_child_policy *child, const struct yaml_node *child_node)
{
    struct wanted wanted = {traffic->kind, choose_family(node, traffic, child)};
    struct flow_end source = {"source",         "local_ts",
                              child->local_ts,  child->local_ts_count,
                              &traffic->source, &traffic->source_port};
    struct flow_end destination = {"destination",         "remote_ts",
                                   child->remote_ts,      child->remote_ts_count,
                                   &traffic->destination, &traffic->destination_port};
    /* Dynamic selectors are one address, which is not known yet: the host's, or the peer's. */
    traffic->source_port = traffic->destination_port = PORT_STREAM;
    if (child->local_ts && !yaml_is_bad(yaml_get(child_node, "local_ts"))) {
        place_end(reader, node, &wanted, &source);
    }
    if (child->remote_ts && !yaml_is_bad(yaml_get(child_node, "remote_ts"))) {
        place_end(reader, node, &wanted, &destination);
    }
}

static void check_amount(struct reader *reader, struct yaml_node *node,
                         struct scenario_traffic *traffic)
{
    struct yaml_node *every = yaml_get(node, "every"), *rate = yaml_get(node, "rate");
    struct yaml_node *size = yaml_get(node, "size");
    bool ping = traffic->kind == TRAFFIC_PING;
    if (every && rate) {
        tell(reader, rate, 0, "rate beside every; expected one of the two");
    } else if (ping && rate) {
        tell(reader, rate, 0, "rate with kind: ping; expected every, or kind: cbr");
    } else if (!every && !rate) {
        traffic->every = SECOND;
    }
    if (!size) {
        traffic->size = ping ? SIZE_PING : SIZE_UDP;
    } else if (!ping && !size->bad && traffic->size < UDP_DATA_MIN) {
        tell(reader, size, 0,
             "size %s has no room for the number and the time that a datagram carries; expected at "
             "least %dB",
             tell_found(reader, size), UDP_DATA_MIN);
    }
    static const char *const keys[] = {"on", "off", "times"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys && traffic->kind != TRAFFIC_ONOFF; i++) {
        if (yaml_get(node, keys[i])) {
            tell(reader, yaml_get(node, keys[i]), 0, "%s without kind: onoff; expected it there",
                 keys[i]);
        }
    }
    if (traffic->kind == TRAFFIC_ONOFF) {
        traffic->on = yaml_get(node, "on") ? traffic->on : SECOND;
        traffic->off = yaml_get(node, "off") ? traffic->off : SECOND;
    }
}

/* "cbr net", and "cbr net 2" for the second of that kind and child. */
static const char *name_flow(struct arena *arena, const struct scenario_host *host, size_t index)
{
    const struct scenario_traffic *traffic = &host->traffic[index];
    const char *kind = schema_word(schema_traffic_kinds, traffic->kind);
    unsigned number = 1;
    for (size_t i = 0; i < index; i++) {
        const struct scenario_traffic *other = &host->traffic[i];
        if (other->kind == traffic->kind && other->child &&
            strcmp(other->child, traffic->child) == 0) {
            number++;
        }
    }
    return number == 1 ? arena_printf(arena, "%s %s", kind, traffic->child)
                       : arena_printf(arena, "%s %s %u", kind, traffic->child, number);
}

void check_traffic(struct reader *reader, struct yaml_node *node, const struct scenario_host *host)
{
    struct yaml_node *nodes = yaml_get(node, "traffic");
    for (size_t i = 0; i < host->traffic_count; i++) {
        struct scenario_traffic *traffic = &host->traffic[i];
        struct yaml_node *at = yaml_item(nodes, i);
        check_within(reader, yaml_get(at, "start"), "start", traffic->start);
        check_amount(reader, at, traffic);
        if (!host->name || !check_child_name(reader, host, yaml_get(at, "child"), traffic->child)) {
            continue;
        }
        const struct ike_child_policy *child = check_find_child(host, traffic->child);
        size_t index = (size_t)(child - host->policy.children);
        traffic->name = name_flow(&reader->draft->arena, host, i);
        place(reader, at, traffic, child, yaml_item(yaml_get(node, "children"), index));
    }
}
