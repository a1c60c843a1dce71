/* Groups: one host of the file that stands for many, alike but for name, address, identity,
 * networks and luck. */
#include "sim/scenario/groups.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "ike/selectors.h"
#include "sim/scenario/values.h"

/* Names and addresses of so many hosts fit into what there is for them. */
#define HOSTS_MAX 1000000

/* Where identities have the number of their member. */
static const char number_mark[] = "%d";

/* ---- what may not be ---- */

static void check_pairs(struct reader *reader)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *pairs = yaml_get(reader->root, "pairs");
    struct yaml_node *nodes = yaml_get(reader->root, "hosts");
    if (!pairs || pairs->bad || scenario->pairs == 0 || !scenario->templates) {
        return; /* nothing to make pairs of */
    }
    const struct scenario_host *a = scenario->templates, *b = a + 1;
    bool two = scenario->template_count == 2 && a->name && b->name;
    if (nodes && !yaml_is_bad(nodes) &&
        !(two && ((a->connect && !b->connect && strcmp(a->connect, b->name) == 0) ||
                  (b->connect && !a->connect && strcmp(b->connect, a->name) == 0)))) {
        tell(reader, pairs, 0,
             "pairs with %zu hosts; expected two hosts, one of which connects to the other",
             scenario->template_count);
        return;
    }
    for (size_t i = 0; i < scenario->template_count; i++) {
        if (scenario->templates[i].count > 0) {
            tell(reader, yaml_get(yaml_item(nodes, i), "count"), 0,
                 "count beside pairs; expected one of the two");
        }
        scenario->templates[i].count = scenario->pairs;
    }
}

void check_groups(struct reader *reader)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *nodes = yaml_get(reader->root, "hosts");
    uint64_t sum = 0;
    check_pairs(reader);
    for (size_t i = 0; i < scenario->template_count; i++) {
        const struct scenario_host *host = &scenario->templates[i];
        struct yaml_node *node = yaml_item(nodes, i), *ike = yaml_get(node, "ike");
        struct yaml_node *id = yaml_get(ike, "id");
        uint64_t before = sum;
        sum += host->count > 0 ? host->count : 1;
        if (before <= HOSTS_MAX && sum > HOSTS_MAX) {
            struct yaml_node *count = yaml_get(scenario->pairs ? reader->root : node,
                                               scenario->pairs ? "pairs" : "count");
            tell(reader, count ? count : node, 0, "more than %d hosts; expected fewer", HOSTS_MAX);
        }
        if (host->count > 1 && id && !id->bad && host->identity.text &&
            !strstr(host->identity.text, number_mark)) {
            tell(reader, id, 0,
                 "id %s of %" PRIu32 " hosts; expected one that has %%d where their number goes",
                 tell_found(reader, id), host->count);
        }
    }
}

/* ---- members ---- */

/* An address behind a host moves with the network that holds it: a member's network is the next of
 * the size of the one that is written, and the next. */
static void move_address(const struct ike_selector *selectors, size_t count, uint32_t place,
                         struct net_address *address)
{
    for (size_t i = 0; i < count; i++) {
        if (values_selector_holds(&selectors[i], address)) {
            ike_selector_move(&selectors[i], place, address->octets);
            return;
        }
    }
}

static void move_traffic(struct arena *arena, struct scenario_member *member)
{
    const struct scenario_host *template = member->host;
    struct scenario_traffic *moved =
        arena_alloc(arena, template->traffic_count * sizeof *template->traffic);
    for (size_t i = 0; i < template->traffic_count; i++) {
        moved[i] = template->traffic[i];
        for (size_t c = 0; c < template->policy.child_count; c++) {
            const struct ike_child_policy *child = &template->policy.children[c];
            if (child->name && moved[i].child && strcmp(child->name, moved[i].child) == 0) {
                move_address(child->local_ts, child->local_ts_count, member->self.local_place,
                             &moved[i].source);
                move_address(child->remote_ts, child->remote_ts_count, member->self.remote_place,
                             &moved[i].destination);
                break;
            }
        }
    }
    member->traffic = moved;
}

/* The networks of a member, and those of its peer, are addresses. */
static bool networks_fit(const struct ike_policy *policy, const struct ike_self *self)
{
    struct ike_selector moved[IKE_SELECTORS_MAX];
    bool fits = true;
    for (size_t i = 0; i < policy->child_count; i++) {
        const struct ike_child_policy *child = &policy->children[i];
        fits =
            ike_selectors_move(child->local_ts, child->local_ts_count, self->local_place, moved) &&
            ike_selectors_move(child->remote_ts, child->remote_ts_count, self->remote_place,
                               moved) &&
            fits;
    }
    return fits;
}

static const char *find_mark(const struct ike_identity *identity)
{
    return identity->text ? strstr(identity->text, number_mark) : NULL;
}

/* The identity with a number in the place of its mark. */
static void number_identity(struct arena *arena, struct ike_identity *identity, uint64_t number)
{
    const char *mark = find_mark(identity);
    if (mark) {
        struct values_reader values = {.arena = arena};
        const char *text = arena_printf(arena, "%.*s%" PRIu64 "%s", (int)(mark - identity->text),
                                        identity->text, number, mark + strlen(number_mark));
        values_read_identity(&values, text, identity); /* as good as before */
    }
}

/* The same text with a mark, so that it becomes the same for the same number. */
static bool is_identity(const struct ike_identity *a, const struct ike_identity *b)
{
    return a->text && b->text && strcmp(a->text, b->text) == 0;
}

static const struct scenario_host *peer_template(const struct check_names *names,
                                                 const struct scenario_host *host)
{
    const struct scenario_host *peer = host->connect ? check_find_host(names, host->connect) : NULL;
    return peer && peer->name && strcmp(peer->name, host->connect) == 0 ? peer : NULL;
}

/* The rest of member `i` of a group, from 0: what depends on its peer too. False if its addresses
 * are beyond the last one. */
static bool make_member(struct reader *reader, const struct check_names *names, uint32_t i,
                        struct scenario_member *member)
{
    struct arena *arena = &reader->draft->arena;
    const struct scenario *scenario = &reader->draft->scenario;
    const struct scenario_host *template = member->host, *peer = peer_template(names, template);
    bool fits = true;
    uint64_t place =
        template->spread_hash && member->name ? XXH3_64bits(member->name, strlen(member->name)) : i;
    uint64_t peer_member = peer && peer->count > 0 ? place % peer->count : scenario->pairs ? i : 0;
    const struct scenario_member *of_peer =
        peer && peer->count > 0 ? &scenario->hosts[peer->first + peer_member] : NULL;
    if (of_peer) {
        member->connect = of_peer->name;
    }
    if (template->address.family != 0) {
        member->address = template->address;
        fits = net_address_add(&member->address, i) && net_address_is_host(&member->address);
    }
    if (of_peer && is_identity(&template->remote, &peer->identity)) {
        member->self.remote = &of_peer->self.identity;
    } else if (find_mark(&template->remote)) {
        struct ike_identity *remote = arena_alloc(arena, sizeof *remote);
        *remote = template->remote;
        number_identity(arena, remote, peer_member + 1);
        member->self.remote = remote;
    }
    member->self.local_place = i;
    member->self.remote_place = (uint32_t)peer_member;
    if (template->traffic_count > 0 && (i > 0 || peer_member > 0)) {
        move_traffic(arena, member);
    }
    return networks_fit(&template->policy, &member->self) && fits;
}

/* As good as one on a disk: it outlives a crash, and no other host has it. */
static struct crypto_bytes make_secret(const struct reader *reader, const char *of,
                                       const char *name)
{
    char *text = arena_printf(&reader->draft->arena, "%" PRIu64 " %s of %s",
                              reader->draft->scenario.seed, of, name);
    return crypto_bytes((const uint8_t *)text, strlen(text));
}

static void add_secrets(const struct reader *reader, struct scenario_member *member, uint32_t i)
{
    const struct scenario_host *host = member->host;
    struct arena *arena = &reader->draft->arena;
    if (!member->name || (!host->qcd && !host->policy.tickets && !host->eap_identity.text)) {
        return;
    }
    struct ike_secrets *secrets = arena_alloc(arena, sizeof *secrets);
    struct ike_identity eap = host->eap_identity;
    if (host->count > 0) {
        number_identity(arena, &eap, (uint64_t)i + 1);
    }
    secrets->eap_id = eap.data;
    if (host->qcd) {
        secrets->qcd = make_secret(reader, "tokens", member->name);
    }
    if (host->policy.tickets) {
        secrets->tickets = make_secret(reader, "tickets", member->name);
    }
    member->self.secrets = secrets;
}

/* All members, as their groups are, and each with its name and its identities. */
static void begin_members(struct reader *reader)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct arena *arena = &reader->draft->arena;
    for (size_t t = 0; t < scenario->template_count; t++) {
        const struct scenario_host *template = &scenario->templates[t];
        for (uint32_t i = 0; i < (template->count > 0 ? template->count : 1); i++) {
            struct scenario_member *member = &scenario->hosts[template->first + i];
            *member = (struct scenario_member){
                .host = template,
                .name = template->name,
                .connect = template->connect,
                .self = {.identity = template->identity,
                         .remote = template->remote.type ? &template->remote : NULL},
                .traffic = template->traffic,
            };
            if (template->count > 0) {
                member->name = template->name
                                   ? arena_printf(arena, "%s-%" PRIu32, template->name, i + 1)
                                   : NULL;
                number_identity(arena, &member->self.identity, (uint64_t)i + 1);
            } else {
                member->address = template->address;
            }
            add_secrets(reader, member, i);
        }
    }
}

void expand_groups(struct reader *reader, const struct check_names *names)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *nodes = yaml_get(reader->root, "hosts");
    size_t sum = 0;
    for (size_t t = 0; t < scenario->template_count; t++) {
        scenario->templates[t].first = sum;
        sum += scenario->templates[t].count > 0 ? scenario->templates[t].count : 1;
    }
    if (sum > HOSTS_MAX) {
        return; /* that has been told */
    }
    scenario->hosts = arena_alloc(&reader->draft->arena, (sum + 1) * sizeof *scenario->hosts);
    scenario->host_count = sum;
    begin_members(reader);
    for (size_t t = 0; t < scenario->template_count; t++) {
        const struct scenario_host *template = &scenario->templates[t];
        struct yaml_node *node = yaml_item(nodes, t);
        bool fits = true;
        for (uint32_t i = 0; i < template->count && fits; i++) {
            fits = make_member(reader, names, i, &scenario->hosts[template->first + i]);
        }
        if (!fits) {
            struct yaml_node *count = yaml_get(scenario->pairs ? reader->root : node,
                                               scenario->pairs ? "pairs" : "count");
            tell(reader, count ? count : node, 0,
                 "%" PRIu32 " hosts need more addresses than there are behind the first; expected "
                 "smaller networks, or an address that leaves room",
                 template->count);
        }
    }
}

/* Which hosts an end of a link stands for. */
static struct scenario_range range_of(const struct check_names *names, const char *name)
{
    const struct scenario_host *host = name ? check_find_host(names, name) : NULL;
    if (!host) {
        return (struct scenario_range){0};
    }
    return (struct scenario_range){host->first, host->count > 0 ? host->count : 1};
}

void expand_links(struct reader *reader, const struct check_names *names)
{
    struct scenario *scenario = &reader->draft->scenario;
    for (size_t i = 0; i < scenario->link_count; i++) {
        scenario->links[i].a_hosts = range_of(names, scenario->links[i].a);
        scenario->links[i].b_hosts = range_of(names, scenario->links[i].b);
    }
}
