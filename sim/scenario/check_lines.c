/* The lines of the script, and what is expected. */
#include <string.h>

#include "sim/net/net.h"
#include "sim/scenario/check.h"

/* A key that this kind of line does not have. */
static void refuse_key(struct reader *reader, struct yaml_node *node, const char *key,
                       const char *with, const char *instead)
{
    struct yaml_node *value = yaml_get(node, key);
    if (value) {
        tell(reader, value, 0, "%s with %s, which has none; expected %s", key, with, instead);
    }
}

/* A key that this kind of line needs. True if it is there. */
static bool need_key(struct reader *reader, struct yaml_node *node, const char *key,
                     const char *with)
{
    if (yaml_get(node, key)) {
        return true;
    }
    if (!yaml_has(node, key)) {
        struct yaml_node at = {.place = node->place};
        tell(reader, &at, 0, "%s without '%s'; expected it in this line", with, key);
    }
    return false;
}

/* ---- the script ---- */

static bool is_on_message(enum scenario_order order)
{
    return order == SCENARIO_DROP || order == SCENARIO_DUPLICATE || order == SCENARIO_DELAY ||
           order == SCENARIO_CORRUPT || order == SCENARIO_REPLAY || order == SCENARIO_EDIT;
}

/* Keys that one order on a message has. */
static const struct {
    const char *key;
    enum scenario_order order;
    bool needed;
    const char *instead;
} change_keys[] = {
    {"by", SCENARIO_DELAY, true, "it with do: delay"},
    {"after", SCENARIO_REPLAY, true, "it with do: replay"},
    {"bit", SCENARIO_CORRUPT, false, "it with do: corrupt"},
    {"octet", SCENARIO_EDIT, true, "it with do: edit"},
    {"value", SCENARIO_EDIT, false, "it with do: edit"},
    {"repeat", SCENARIO_EDIT, false, "it with do: edit"},
    {"as", SCENARIO_EDIT, false, "it with do: edit"},
    {"payload", SCENARIO_EDIT, false, "it with do: edit"},
    {"which", SCENARIO_EDIT, false, "it with do: edit"},
};

static void check_change_keys(struct reader *reader, struct yaml_node *node,
                              enum scenario_order order, const char *with)
{
    for (size_t i = 0; i < sizeof change_keys / sizeof *change_keys; i++) {
        if (change_keys[i].order != order) {
            refuse_key(reader, node, change_keys[i].key, with, change_keys[i].instead);
        } else if (change_keys[i].needed) {
            need_key(reader, node, change_keys[i].key, with);
        }
    }
}

/* Octets of the line, or of the first message of those that it is about. */
static void check_edited_to(struct reader *reader, struct yaml_node *node,
                            const struct scenario_line *line, const char *with)
{
    struct yaml_node *repeat = yaml_get(node, "repeat");
    if (!repeat) {
        need_key(reader, node, "value", with);
        return;
    }
    refuse_key(reader, node, "value", "repeat", "one of them");
    if (!line->by_sender) {
        tell(reader, repeat, 0, "repeat without as: sender; expected value");
    } else if (line->match.esp) {
        tell(reader, repeat, 0, "repeat with exchange: ESP; expected value");
    } else if (line->match.nth == 1) {
        tell(reader, repeat, 0, "repeat with nth: 1; expected a later message than the first");
    }
}

/* On the wire there are octets; a sender has a message of payloads, which it makes once, whatever
 * becomes of it. */
static void check_edit(struct reader *reader, struct yaml_node *node, struct scenario_line *line,
                       const char *with)
{
    struct yaml_node *on = yaml_get(node, "on");
    if (yaml_get(node, "which") && !yaml_has(node, "payload")) {
        tell(reader, yaml_get(node, "which"), 0, "which without payload; expected both");
    }
    if (!line->by_sender) {
        refuse_key(reader, node, "payload", "as: attacker",
                   "octet, counted from the IKE header, or as: sender");
    } else if (line->match.esp) {
        refuse_key(reader, node, "payload", "exchange: ESP", "octet, counted from the SPI");
    } else if (on) {
        refuse_key(reader, on, "transmission", "as: sender", "nth of the messages that it makes");
        refuse_key(reader, on, "fragment", "as: sender",
                   "payload and octet of the whole message, which is cut later");
    }
    if (line->by_sender) {
        need_key(reader, on ? on : node, "from", with);
    }
    check_edited_to(reader, node, line, with);
    line->which = line->payload != 0 && !yaml_get(node, "which") ? 1 : line->which;
}

static void check_match(struct reader *reader, const struct check_names *names,
                        struct yaml_node *on, struct scenario_match *match)
{
    struct yaml_node *from = yaml_get(on, "from"), *to = yaml_get(on, "to");
    bool from_known = check_member_name(reader, names, from, "from", match->from);
    bool to_known = check_member_name(reader, names, to, "to", match->to);
    if (from_known && to_known && names->links_whole &&
        !check_linked(names, match->from, match->to)) {
        tell(reader, to, 0, "no link goes from %s to %s; expected hosts that a link joins",
             match->from, match->to);
    }
    match->esp = match->exchange == SCHEMA_EXCHANGE_ESP;
    if (match->esp) {
        match->exchange = 0;
        refuse_key(reader, on, "message", "exchange: ESP", "from and to alone");
        refuse_key(reader, on, "message_id", "exchange: ESP", "from and to alone");
        refuse_key(reader, on, "transmission", "exchange: ESP", "from and to alone");
        refuse_key(reader, on, "fragment", "exchange: ESP", "from and to alone");
    }
    if (!yaml_get(on, "message")) {
        match->response = -1;
    }
    if (!yaml_get(on, "message_id")) {
        match->message_id = -1;
    }
    if (!yaml_get(on, "transmission")) {
        match->transmission = -1;
    }
    if (!yaml_get(on, "fragment")) {
        match->fragment = -1;
    }
}

static const char *const reload_keys[] = {"window", "proposals", "esp_proposals", "ah_proposals"};

static void refuse_reload_keys(struct reader *reader, struct yaml_node *node, const char *with)
{
    for (size_t i = 0; i < sizeof reload_keys / sizeof *reload_keys; i++) {
        refuse_key(reader, node, reload_keys[i], with, "it with do: reload");
    }
}

static void check_reload(struct reader *reader, const struct scenario_host *host,
                         struct yaml_node *node, const struct scenario_line *line)
{
    const char *const with = "do: reload";
    struct yaml_node *esp = yaml_get(node, "esp_proposals"), *ah = yaml_get(node, "ah_proposals");
    if ((esp || ah) && need_key(reader, node, "child", with) && host) {
        struct ike_child_policy child = {.proposals = line->child_proposals,
                                         .proposal_count = line->child_proposal_count};
        if (check_child_name(reader, host, yaml_get(node, "child"), line->child)) {
            child.replay_window = check_find_child(host, line->child)->replay_window;
            check_replay_window(reader, esp ? esp : ah, &child);
        }
    } else if (!esp && !ah) {
        refuse_key(reader, node, "child", with, "it with esp_proposals");
        if (!yaml_get(node, "window") && !yaml_get(node, "proposals") && !yaml_is_bad(node)) {
            struct yaml_node at = {.place = node->place};
            tell(reader, &at, 0,
                 "do: reload of nothing; expected window, proposals, or child with esp_proposals");
        }
    }
}

static void check_message_order(struct reader *reader, const struct check_names *names,
                                struct yaml_node *node, struct scenario_line *line,
                                const char *with)
{
    line->on_message = true;
    refuse_reload_keys(reader, node, with);
    refuse_key(reader, node, "at", with, "on: {...}, as it happens to a message");
    refuse_key(reader, node, "down", with, "it with do: restart");
    refuse_key(reader, node, "icmp", with, "it with do: restart");
    refuse_key(reader, node, "host", with, "from or to within on: {...}");
    refuse_key(reader, node, "nat", with, "on: {...}, as it happens to a message");
    refuse_key(reader, node, "to", with, "on: {...}, as it happens to a message");
    refuse_key(reader, node, "child", with, "on: {...}, as it happens to a message");
    if (need_key(reader, node, "on", with)) {
        check_match(reader, names, yaml_get(node, "on"), &line->match);
    }
    check_change_keys(reader, node, line->order, with);
    if (line->order == SCENARIO_EDIT) {
        check_edit(reader, node, line, with);
    } else if (line->order == SCENARIO_CORRUPT && !yaml_get(node, "bit")) {
        line->bit = NET_LAST_BIT;
    }
}

/* Somebody that the host has an IKE SA with: the one it connects to, or one that connects to it.
 * While it is not known whom somebody connects to, everybody may have a peer. */
static bool has_peer(const struct reader *reader, const struct scenario_host *host, uint32_t member)
{
    const struct scenario *scenario = &reader->draft->scenario;
    const struct yaml_node *nodes = yaml_get(reader->root, "hosts");
    for (size_t i = 0; i < scenario->template_count; i++) {
        const struct scenario_host *other = &scenario->templates[i];
        /* Members connect in turn, so of a few there are no more peers than that. */
        uint32_t callers = other->count > 0 ? other->count : 1;
        if (other->connect
                ? other == host || (strcmp(other->connect, host->name) == 0 && member < callers)
                : yaml_has(yaml_item(nodes, i), "connect")) {
            return true;
        }
    }
    return false;
}

static void check_nat_order(struct reader *reader, const struct check_names *names,
                            struct yaml_node *node, const struct scenario_line *line,
                            const char *with)
{
    static const char *const others[] = {"on", "nth", "host", "child", "to"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        refuse_key(reader, node, others[i], with, "at and nat, as it happens to a NAT box");
    }
    check_change_keys(reader, node, line->order, with);
    need_key(reader, node, "at", with);
    check_within(reader, yaml_get(node, "at"), "at", line->at);
    if (need_key(reader, node, "nat", with)) {
        check_nat_name(reader, names, yaml_get(node, "nat"), "nat", line->nat);
    }
}

/* To where a link, or the NAT that it is behind then, reaches. */
static void check_move(struct reader *reader, const struct check_names *names,
                       struct yaml_node *node, const struct scenario_line *line, const char *with)
{
    const struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *to = yaml_get(node, "to");
    if (!need_key(reader, node, "to", with)) {
        return;
    }
    for (size_t i = 0; i < scenario->template_count; i++) {
        if (!to->bad && net_address_equal(&scenario->templates[i].address, &line->to)) {
            tell(reader, to, 0, "to %s is the address of %s; expected another",
                 tell_found(reader, to), scenario->templates[i].name);
        }
    }
    if (line->nat && check_nat_name(reader, names, yaml_get(node, "nat"), "nat", line->nat) &&
        line->host && !check_joined(names, line->host, line->nat)) {
        tell(reader, yaml_get(node, "nat"), 0, "no link joins %s and %s; expected one in links",
             line->host, line->nat);
    }
}

/* CREATE_CHILD_SA needs a child; IKE_AUTH needs one to start. */
static void check_host_order(struct reader *reader, const struct check_names *names,
                             struct yaml_node *node, const struct scenario_line *line,
                             const char *with)
{
    struct yaml_node *host_node = yaml_get(node, "host");
    if (line->order == SCENARIO_MOVE) {
        check_move(reader, names, node, line, with);
    } else {
        refuse_key(reader, node, "nat", with, "host, as it is an order to a host");
        refuse_key(reader, node, "to", with, "it with do: move");
    }
    refuse_key(reader, node, "on", with, "at, as it is an order to a host");
    refuse_key(reader, node, "nth", with, "at, as it is an order to a host");
    check_change_keys(reader, node, line->order, with);
    need_key(reader, node, "at", with);
    check_within(reader, yaml_get(node, "at"), "at", line->at);
    bool of_child = line->order == SCENARIO_CREATE_CHILD || line->order == SCENARIO_REKEY_CHILD ||
                    line->order == SCENARIO_DELETE_CHILD;
    if (of_child) {
        need_key(reader, node, "child", with);
    } else if (line->order != SCENARIO_RELOAD) {
        refuse_key(reader, node, "child", with, "host alone");
    }
    if (line->order == SCENARIO_RELOAD) {
        check_reload(reader, line->host ? check_find_host(names, line->host) : NULL, node, line);
    } else {
        refuse_reload_keys(reader, node, with);
    }
    if (line->order != SCENARIO_RESTART) {
        refuse_key(reader, node, "down", with, "it with do: restart");
        refuse_key(reader, node, "icmp", with, "it with do: restart");
    }
    if (!need_key(reader, node, "host", with) ||
        !check_member_name(reader, names, host_node, "host", line->host) ||
        line->order == SCENARIO_RESTART) {
        return;
    }
    const struct scenario_host *host = check_find_host(names, line->host);
    if (line->order == SCENARIO_TAKEOVER && host->cluster.member_count == 0) {
        tell(reader, host_node, 0, "%s is one machine; expected a host with cluster", line->host);
    }
    if (line->order == SCENARIO_REDIRECT && !host->redirect && !host->redirect_fqdn) {
        tell(reader, host_node, 0, "%s has nowhere to redirect to; expected a host with redirect",
             line->host);
    }
    if (line->order == SCENARIO_MOVE && host->anycast.family != 0) {
        tell(reader, host_node, 0,
             "%s has an anycast address, and sends peers to the one that it would leave; expected "
             "another host",
             line->host);
    }
    if (names->whole && !has_peer(reader, host, check_member(host, line->host))) {
        tell(
            reader, host_node, 0,
            "%s has no peer: it connects to nobody and nobody to it; expected a host with connect, "
            "or one that another connects to",
            line->host);
    }
    if (of_child) {
        check_child_name(reader, host, yaml_get(node, "child"), line->child);
    } else if (line->order == SCENARIO_INITIATE && host->policy.child_count == 0) {
        tell(reader, host_node, 0,
             "%s has no children; expected one, as IKE_AUTH makes the first CHILD SA (RFC 7296 "
             "§1.2)",
             line->host);
    }
}

void check_script(struct reader *reader, const struct check_names *names)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *nodes = yaml_get(reader->root, "script");
    size_t edits = 0;
    for (size_t i = 0; i < scenario->script_count; i++) {
        struct scenario_line *line = &scenario->script[i];
        struct yaml_node *node = yaml_item(nodes, i), *order = yaml_get(node, "do");
        if (!order || order->bad) {
            continue;
        }
        const char *with =
            arena_printf(&reader->draft->arena, "do: %s", schema_word(schema_orders, line->order));
        if (line->order == SCENARIO_EDIT && !line->by_sender && ++edits == NET_EDITS_MAX + 1) {
            tell(reader, node, 0, "one edit on the wire too many; expected no more than %d",
                 NET_EDITS_MAX);
        }
        if (is_on_message(line->order)) {
            check_message_order(reader, names, node, line, with);
        } else if (line->order == SCENARIO_REBIND) {
            check_nat_order(reader, names, node, line, with);
        } else {
            check_host_order(reader, names, node, line, with);
        }
    }
}

/* ---- expectations ---- */

static void check_state(struct reader *reader, const struct check_names *names,
                        struct yaml_node *node, struct scenario_expect *expect)
{
    struct yaml_node *peer = yaml_get(node, "ike");
    const char *with = peer ? "ike" : "child";
    expect->kind = peer ? SCENARIO_EXPECT_IKE : SCENARIO_EXPECT_CHILD;
    if (peer) {
        refuse_key(reader, node, "child", "ike",
                   "one of the two: ike for the IKE SA, child for "
                   "the CHILD SA");
    }
    refuse_key(reader, node, "equals", with, "is");
    refuse_key(reader, node, "at_least", with, "is");
    refuse_key(reader, node, "at_most", with, "is");
    need_key(reader, node, "is", with);
    check_within(reader, yaml_get(node, "by"), "by", expect->by);
    if (!yaml_get(node, "by")) {
        expect->by = reader->draft->scenario.duration;
    }
    bool host_known =
        need_key(reader, node, "host", with) &&
        check_member_name(reader, names, yaml_get(node, "host"), "host", expect->host);
    bool peer_known = check_member_name(reader, names, peer, "ike", expect->peer);
    if (host_known && !peer) {
        check_child_name(reader, check_find_host(names, expect->host), yaml_get(node, "child"),
                         expect->child);
    } else if (host_known && peer_known && names->links_whole &&
               !check_linked(names, expect->host, expect->peer)) {
        tell(reader, peer, 0, "no link joins %s and %s; expected a peer of the host", expect->host,
             expect->peer);
    }
}

static void check_count(struct reader *reader, const struct check_names *names,
                        struct yaml_node *node, struct scenario_expect *expect)
{
    struct yaml_node *equals = yaml_get(node, "equals"), *at_least = yaml_get(node, "at_least");
    struct yaml_node *at_most = yaml_get(node, "at_most");
    expect->kind = SCENARIO_EXPECT_COUNT;
    refuse_key(reader, node, "child", "count", "it with is");
    refuse_key(reader, node, "ike", "count", "it with is");
    refuse_key(reader, node, "is", "count", "equals, at_least or at_most");
    refuse_key(reader, node, "by", "count", "it with is: a count is looked at when the run ends");
    expect->by = reader->draft->scenario.duration;
    check_member_name(reader, names, yaml_get(node, "host"), "host", expect->host);
    if (equals && (at_least || at_most)) {
        tell(reader, at_least ? at_least : at_most, 0, "%s beside equals; expected one of the two",
             at_least ? "at_least" : "at_most");
        return;
    }
    if (!equals && !at_least && !at_most && !yaml_is_bad(node)) {
        struct yaml_node at = {.place = node->place};
        tell(reader, &at, 0, "count without a number; expected equals, at_least or at_most");
    }
    expect->has_min = equals || at_least;
    expect->has_max = equals || at_most;
    if (equals) {
        expect->max = expect->min;
    } else if (at_least && at_most && !at_least->bad && !at_most->bad &&
               expect->min > expect->max) {
        tell(reader, at_most, 0, "at_most %s is less than at_least %s; expected no less",
             tell_found(reader, at_most), tell_found(reader, at_least));
    }
}

void check_expects(struct reader *reader, const struct check_names *names)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *nodes = yaml_get(reader->root, "expect");
    for (size_t i = 0; i < scenario->expect_count; i++) {
        struct scenario_expect *expect = &scenario->expects[i];
        struct yaml_node *node = yaml_item(nodes, i);
        if (yaml_get(node, "count")) {
            check_count(reader, names, node, expect);
        } else if (yaml_get(node, "child") || yaml_get(node, "ike")) {
            check_state(reader, names, node, expect);
        } else if (!yaml_is_bad(node)) {
            tell(reader, node, 0,
                 "an expectation about nothing; expected count, or host with child or ike");
        }
        if (reader->problems.count == 0) {
            /* The same for a scenario and its resolved copy, which a run is compared with. */
            expect->text = schema_expect_text(&reader->draft->arena, scenario, expect, false);
        }
    }
}
