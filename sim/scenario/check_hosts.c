/* Hosts: addresses, peers, children. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "ike/selectors.h"
#include "sim/net/address.h"
#include "sim/scenario/check.h"
#include "sim/scenario/values.h"

/* ---- addresses ---- */

/* 100.64.0.0/10 (RFC 6598) without the addresses that end in 0 or 255, which look like networks. */
enum { ADDRESSES_PER_NET = 254, ADDRESS_NETS = 1 << 14 };

static struct net_address place_address(uint64_t place)
{
    uint64_t net = place / ADDRESSES_PER_NET;
    const uint8_t octets[4] = {100, (uint8_t)(64 + net / 256), (uint8_t)(net % 256),
                               (uint8_t)(1 + place % ADDRESSES_PER_NET)};
    return net_address_of(4, octets);
}

static int compare_names(const void *left, const void *right)
{
    const struct scenario_member *const *a = left, *const *b = right;
    int order = strcmp((*a)->name, (*b)->name);
    return order ? order : (*a < *b ? -1 : *a > *b);
}

/* Hosts by address, open addressing. */
struct taken {
    size_t size; /* power of two */
    const struct scenario_member **slots;
};

static size_t slot_of(const struct taken *taken, const struct net_address *address)
{
    size_t at = (size_t)XXH3_64bits(address, sizeof *address) & (taken->size - 1);
    while (taken->slots[at] && !net_address_equal(&taken->slots[at]->address, address)) {
        at = (at + 1) & (taken->size - 1);
    }
    return at;
}

static bool has_address(const struct scenario_member *host)
{
    return host->address.family != 0;
}

/* Of all hosts, for a while: it is freed. */
static void *new_table(size_t count)
{
    void *table = calloc(count, sizeof(struct scenario_member *));
    if (!table) {
        abort();
    }
    return table;
}

/* Names in order, each once; to be freed. */
static struct scenario_member **order_names(struct reader *reader)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct scenario_member **order = new_table(scenario->host_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < scenario->host_count; i++) {
        if (scenario->hosts[i].name) {
            order[count++] = &scenario->hosts[i];
        }
    }
    qsort(order, count, sizeof *order, compare_names);
    for (size_t i = 1; i < count; i++) {
        /* Of two in the same line the file's own names were compared before. */
        const struct scenario_host *one = order[i]->host, *other = order[i - 1]->host;
        if (strcmp(order[i]->name, order[i - 1]->name) == 0 &&
            (one->count > 0) != (other->count > 0)) {
            const struct scenario_host *host = one->count > 0 ? other : one;
            struct yaml_node at = {.place = {.line = host->line, .column = host->column}};
            tell(reader, &at, 0, "'%s' is also the name of one of a group; expected another name",
                 host->name);
        }
    }
    return order;
}

/* NAT boxes have their addresses of those of hosts; there are few of them. */
static void take_nat_addresses(struct reader *reader, const struct taken *taken)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *nodes = yaml_get(reader->root, "nats");
    for (size_t i = 0; i < scenario->nat_count; i++) {
        struct net_address *address = &scenario->nats[i].address;
        struct yaml_node *node = yaml_get(yaml_item(nodes, i), "address");
        const struct scenario_member *holder =
            address->family != 0 ? taken->slots[slot_of(taken, address)] : NULL;
        for (size_t j = 0; j < i && !holder; j++) {
            if (net_address_equal(address, &scenario->nats[j].address) && address->family != 0) {
                tell(reader, node, 0, "address %s is also the one of %s; expected another",
                     tell_found(reader, node), scenario->nats[j].name);
            }
        }
        if (holder) {
            tell(reader, node, 0, "address %s is the one of the host in line %d; expected another",
                 tell_found(reader, node), holder->host->line);
        }
    }
}

/* The address of a host that has none follows from its name alone, so that another host in the
 * world changes nothing; hosts whose names collide are served in the order of names. */
static void give_addresses(struct reader *reader)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *nodes = yaml_get(reader->root, "hosts");
    struct scenario_member **order = order_names(reader);
    struct taken taken = {.size = 16};
    while (taken.size < scenario->host_count * 2) {
        taken.size *= 2;
    }
    taken.slots = new_table(taken.size);
    for (size_t t = 0; t < scenario->template_count; t++) {
        const struct scenario_host *template = &scenario->templates[t];
        struct yaml_node *node = yaml_get(yaml_item(nodes, t), "address");
        for (size_t i = 0; node && !node->bad && i < (template->count ? template->count : 1); i++) {
            const struct scenario_member *host = &scenario->hosts[template->first + i];
            size_t slot = slot_of(&taken, &host->address);
            if (!has_address(host)) {
                continue;
            }
            if (taken.slots[slot]) {
                tell(reader, node, 0,
                     "address %s is the one of the host in line %d; expected another",
                     tell_found(reader, node), taken.slots[slot]->host->line);
            } else {
                taken.slots[slot] = host;
            }
        }
    }
    take_nat_addresses(reader, &taken);
    for (size_t i = 0; i < scenario->host_count && order[i]; i++) {
        struct scenario_member *host = order[i];
        if (has_address(host) || reader->problems.count > 0) {
            continue;
        }
        uint64_t place = XXH3_64bits(host->name, strlen(host->name)) %
                         ((uint64_t)ADDRESS_NETS * ADDRESSES_PER_NET);
        struct net_address address;
        size_t slot;
        for (;; place = (place + 1) % ((uint64_t)ADDRESS_NETS * ADDRESSES_PER_NET)) {
            address = place_address(place);
            slot = slot_of(&taken, &address);
            if (!taken.slots[slot]) {
                break;
            }
        }
        host->address = address;
        taken.slots[slot] = host;
    }
    free(order);
    free(taken.slots);
}

/* ---- hosts ---- */

static bool scenario_is_paired(const struct reader *reader)
{
    return reader->draft->scenario.pairs > 0;
}

static void check_connect(struct reader *reader, const struct check_names *names,
                          struct yaml_node *node, const struct scenario_host *host)
{
    struct yaml_node *connect = yaml_get(node, "connect");
    check_within(reader, yaml_get(node, "connect_at"), "connect_at", host->connect_at);
    if (host->spread_hash && scenario_is_paired(reader)) {
        tell(reader, yaml_get(node, "spread"), 0,
             "spread beside pairs, where each has a peer of its own; expected one of the two");
    }
    check_within(reader, yaml_get(node, "connect_within"), "connect_within", host->connect_within);
    if (yaml_get(node, "connect_within") && !yaml_has(node, "connect")) {
        tell(reader, yaml_get(node, "connect_within"), 0,
             "connect_within without connect; expected a host to connect to");
    }
    if (yaml_get(node, "connect_at") && !yaml_has(node, "connect")) {
        tell(reader, yaml_get(node, "connect_at"), 0,
             "connect_at without connect; expected a host to connect to");
    }
    if (!host->name || !host->connect ||
        !check_host_name(reader, names, connect, "connect", host->connect)) {
        return;
    }
    if (strcmp(host->connect, host->name) == 0) {
        tell(reader, connect, 0, "%s connects to itself; expected another host", host->name);
    } else if (names->links_whole && !check_reaches(names, host->name, host->connect)) {
        tell(reader, connect, 0,
             "no link joins %s and %s; expected one in links: {between: [%s, %s], delay: 40ms}",
             host->name, host->connect, host->name, host->connect);
    }
}

static bool proposes_esn(const struct ike_child_policy *child)
{
    for (size_t i = 0; i < child->proposal_count; i++) {
        const struct crypto_proposal *proposal = &child->proposals[i];
        for (size_t t = 0; t < proposal->count; t++) {
            if (proposal->transforms[t].type == CRYPTO_ESN &&
                proposal->transforms[t].id == CRYPTO_ESN_YES) {
                return true;
            }
        }
    }
    return false;
}

/* The high half of an extended number is found from the window (RFC 4303 §3.3.3). */
void check_replay_window(struct reader *reader, struct yaml_node *node,
                         const struct ike_child_policy *child)
{
    if (child->replay_window == 0 && proposes_esn(child)) {
        tell(reader, node, 0,
             "replay_window 0 leaves 'esn' without the window that tells the high half of a "
             "number; expected 1 to 65536, or no 'esn' in its proposals");
    }
}

/* With nothing but ah_proposals written, the default of esp_proposals does not count. */
static void choose_protocols(struct reader *reader, struct yaml_node *node,
                             struct scenario_host *host)
{
    struct ike_policy *policy = &host->policy;
    struct yaml_node *nodes = yaml_get(node, "children");
    struct ike_child_policy *children =
        arena_alloc(&reader->draft->arena, (policy->child_count + 1) * sizeof *children);
    for (size_t i = 0; i < policy->child_count; i++) {
        struct ike_child_policy *child = &children[i];
        *child = policy->children[i];
        if (yaml_has(yaml_item(nodes, i), "esp_proposals")) {
            continue;
        }
        while (child->proposal_count > 1 && child->proposals->protocol == CRYPTO_PROTO_ESP &&
               child->proposals[1].protocol == CRYPTO_PROTO_AH) {
            child->proposals++;
            child->proposal_count--;
        }
    }
    policy->children = children;
}

static bool is_one_address(const struct ike_selector *selector)
{
    size_t len = selector->type == IKE_TS_IPV4_ADDR_RANGE ? 4 : 16;
    return memcmp(selector->start, selector->end, len) == 0;
}

/* Transport mode has no place for the addresses of others (RFC 4301 §4.1). */
static void check_mode(struct reader *reader, struct yaml_node *node,
                       const struct ike_child_policy *child)
{
    const struct {
        const char *key;
        const struct ike_selector *list;
        size_t count;
    } sides[] = {
        {"local_ts", child->local_ts, child->local_ts_count},
        {"remote_ts", child->remote_ts, child->remote_ts_count},
    };
    for (size_t s = 0; s < 2 && child->transport; s++) {
        struct yaml_node *at = yaml_get(node, sides[s].key);
        for (size_t i = 0; at && !yaml_is_bad(at) && i < sides[s].count; i++) {
            if (!is_one_address(&sides[s].list[i])) {
                tell(reader, at, 0,
                     "%s is a network, and mode 'transport' is for the two hosts alone; expected "
                     "[dynamic], the host's address, or mode: tunnel",
                     sides[s].key);
                break;
            }
        }
    }
    if (child->require_mode && !child->transport && yaml_get(node, "require_mode")) {
        tell(reader, yaml_get(node, "require_mode"), 0,
             "require_mode with mode 'tunnel', which no peer declines; expected mode: transport");
    }
}

/* Names that differ; and a connecting host needs a child, as IKE_AUTH makes the first CHILD SA
 * (RFC 7296 §1.2). */
static void check_children(struct reader *reader, struct yaml_node *node,
                           const struct scenario_host *host)
{
    struct yaml_node *nodes = yaml_get(node, "children");
    for (size_t i = 0; i < host->policy.child_count; i++) {
        const struct ike_child_policy *child = &host->policy.children[i];
        check_replay_window(reader, yaml_get(yaml_item(nodes, i), "replay_window"), child);
        check_mode(reader, yaml_item(nodes, i), child);
        const struct ike_child_policy *first =
            child->name ? check_find_child(host, child->name) : NULL;
        if (first && first != child) {
            tell(reader, yaml_get(yaml_item(nodes, i), "name"), 0,
                 "a second child is called '%s'; expected names that differ, the first is in line "
                 "%d",
                 child->name,
                 yaml_item(nodes, (size_t)(first - host->policy.children))->place.line);
        }
    }
    bool none = nodes ? !yaml_is_bad(nodes) : !yaml_has(node, "children");
    if (host->connect && host->policy.child_count == 0 && none) {
        tell(reader, yaml_get(node, "connect"), 0,
             "the host connects and has no children; expected one, as IKE_AUTH makes the first "
             "CHILD SA (RFC 7296 §1.2)");
    }
}

/* Headers, IV and ICV have to leave room for something. */
static void check_fragments(struct reader *reader, struct yaml_node *node,
                            const struct ike_policy *policy)
{
    struct yaml_node *size = yaml_get(yaml_get(node, "ike"), "fragment_size");
    if (size && !size->bad && policy->fragment_size != 0 &&
        policy->fragment_size < IKE_FRAGMENT_SIZE_MIN) {
        tell(reader, size, 0, "fragment_size %s; expected 0, or %d at least",
             tell_found(reader, size), IKE_FRAGMENT_SIZE_MIN);
    }
}

/* The wait after the last retransmission must be a time at all. */
static void check_retransmission(struct reader *reader, struct yaml_node *node,
                                 const struct ike_policy *policy)
{
    struct yaml_node *ike = yaml_get(node, "ike"), *tries = yaml_get(ike, "retransmit_tries");
    struct yaml_node *at = tries ? tries : yaml_get(ike, "retransmit_timeout");
    uint64_t wait = policy->retransmit_timeout;
    for (uint32_t i = 0; i < policy->retransmit_tries; i++) {
        if (wait > VALUES_DURATION_MAX / 100) {
            tell(reader, at ? at : ike, 0,
                 "retransmission %u would wait for more than a year; expected fewer "
                 "retransmit_tries, a smaller retransmit_base or retransmit_timeout",
                 i);
            return;
        }
        wait = wait / 1000 * policy->retransmit_base_milli;
    }
}

/* A host without `id` is known by its address, as with strongSwan. */
static void default_identity(struct reader *reader, struct scenario_member *host)
{
    struct values_reader values = {.arena = &reader->draft->arena};
    char text[NET_ADDRESS_TEXT];
    net_address_print(&host->address, text);
    const char *wrong = values_read_identity(&values, arena_copy(values.arena, text, strlen(text)),
                                             &host->self.identity);
    assert(!wrong);
}

static void check_vips(struct reader *reader, struct yaml_node *node,
                       const struct ike_policy *policy)
{
    size_t of_family[2] = {0};
    for (size_t i = 0; i < policy->vip_count; i++) {
        of_family[policy->vips[i].type == IKE_TS_IPV4_ADDR_RANGE]++;
    }
    if (node && !yaml_is_bad(node) && (of_family[0] > 1 || of_family[1] > 1)) {
        tell(reader, node, 0, "vips has two of one family; expected one of each at most");
    }
}

/* What is told with leased addresses: servers are addresses, and a network has a prefix. */
static void check_pool_news(struct reader *reader, struct yaml_node *ike,
                            const struct ike_policy *policy)
{
    struct yaml_node *dns = yaml_get(ike, "dns"), *subnets = yaml_get(ike, "subnets");
    for (size_t i = 0; i < policy->dns_count; i++) {
        size_t len = ike_selector_address_len(policy->dns[i].type);
        if (memcmp(policy->dns[i].start, policy->dns[i].end, len) != 0) {
            tell(reader, yaml_item(dns, i), 0, "dns has a network; expected an address");
        }
    }
    for (size_t i = 0; i < policy->subnet_count; i++) {
        size_t prefix;
        if (!ike_selector_prefix(&policy->subnets[i], &prefix)) {
            tell(reader, yaml_item(subnets, i), 0,
                 "subnets has a range; expected a network such as 10.2.0.0/16");
        }
    }
    struct yaml_node *lists[] = {dns, subnets};
    size_t counts[] = {policy->dns_count, policy->subnet_count};
    for (size_t i = 0; i < 2; i++) {
        if (counts[i] > IKE_CONFIG_NEWS_MAX) {
            tell(reader, lists[i], 0, "%s has %zu of them; expected %d at most",
                 i ? "subnets" : "dns", counts[i], IKE_CONFIG_NEWS_MAX);
        }
        if (counts[i] > 0 && policy->pool_count == 0) {
            tell(reader, lists[i], 0, "%s without pools; expected it where addresses are leased",
                 i ? "subnets" : "dns");
        }
    }
}

/* Of further addresses, each is one, and a peer keeps so many. */
static void check_additional(struct reader *reader, struct yaml_node *node,
                             const struct ike_policy *policy)
{
    for (size_t i = 0; node && !yaml_is_bad(node) && i < policy->additional_count; i++) {
        const struct ike_selector *one = &policy->additional[i];
        if (memcmp(one->start, one->end, sizeof one->start) != 0 || one->ip_protocol != 0 ||
            one->start_port != 0 || one->end_port != UINT16_MAX) {
            tell(reader, node, 0,
                 "additional_addresses has more than addresses; expected such as "
                 "198.51.100.9");
            return;
        }
    }
    if (node && !yaml_is_bad(node) && policy->additional_count > IKE_PEER_ADDRESSES_MAX) {
        tell(reader, node, 0, "additional_addresses has %zu; expected up to %d",
             policy->additional_count, IKE_PEER_ADDRESSES_MAX);
    }
}

/* The daemon's own timers have all the room that they need, and no class is there twice. */
static void check_cpu(struct reader *reader, struct yaml_node *node,
                      const struct scenario_host *host)
{
    struct yaml_node *nodes = yaml_get(yaml_get(node, "cpu"), "classes");
    bool seen[CPU_CLASSES] = {false};
    for (size_t i = 0; i < host->class_count; i++) {
        struct yaml_node *item = yaml_item(nodes, i), *class = yaml_get(item, "class");
        uint8_t which = host->classes[i].class;
        if (!class || class->bad) {
            continue;
        }
        if (seen[which]) {
            tell(reader, class, 0, "class %s is there twice; expected it once",
                 tell_found(reader, class));
        }
        seen[which] = true;
        if (which == CPU_OWN && yaml_get(item, "queue")) {
            tell(reader, yaml_get(item, "queue"), 0,
                 "queue of class 'own', of which nothing is refused; expected priority alone");
        }
    }
}

void check_hosts(struct reader *reader, const struct check_names *names)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *nodes = yaml_get(reader->root, "hosts");
    for (size_t i = 0; i < scenario->template_count; i++) {
        struct scenario_host *host = &scenario->templates[i];
        struct yaml_node *node = yaml_item(nodes, i), *ike = yaml_get(node, "ike");
        if (!yaml_get(ike, "initial_contact")) {
            host->policy.initial_contact = host->connect != NULL;
        }
        check_auth(reader, ike, host);
        if (!yaml_get(ike, "nat_traversal")) {
            host->policy.nat_traversal = scenario->nat_count > 0 || host->policy.mobike;
        }
        check_vips(reader, yaml_get(ike, "vips"), &host->policy);
        check_pool_news(reader, ike, &host->policy);
        check_additional(reader, yaml_get(ike, "additional_addresses"), &host->policy);
        check_behind(reader, names, node, host->name, host->behind);
        check_connect(reader, names, node, host);
        check_redirect(reader, names, node, host);
        choose_protocols(reader, node, host);
        check_children(reader, node, host);
        check_traffic(reader, node, host);
        check_cpu(reader, node, host);
        check_cluster(reader, names, yaml_get(node, "cluster"), host);
        check_lifetimes(reader, node, host);
        if (ike && !yaml_is_bad(ike)) {
            check_retransmission(reader, node, &host->policy);
            check_fragments(reader, node, &host->policy);
        }
    }
}

void check_addresses(struct reader *reader)
{
    struct scenario *scenario = &reader->draft->scenario;
    if (!scenario->hosts) {
        return; /* there are too many of them */
    }
    give_addresses(reader);
    check_gateways(reader);
    check_families(reader);
    for (size_t i = 0; i < scenario->host_count; i++) {
        struct scenario_member *host = &scenario->hosts[i];
        struct ike_identity *identity = &host->self.identity;
        if (!identity->text && host->host->policy.auth.local == IKE_AUTH_NULL) {
            *identity = (struct ike_identity){.type = IKE_ID_NULL, .text = "ID_NULL"};
        } else if (!identity->text) {
            default_identity(reader, host);
        }
    }
}
