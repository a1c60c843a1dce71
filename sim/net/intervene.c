/* What a script's lines do to a datagram, beside losing or delaying it: edits, and replays. */
#include "sim/net/net_internal.h"

#include <stdio.h>
#include <string.h>

/* Who acts where a line of the script does. */
#define SOMEBODY "somebody"

/* Numbers of datagrams that a script sends once more: beside those of hosts and of attackers. */
#define REPLAYED_NUMBERS (UINT64_C(1) << 41)

static struct trace_ref tell_act(const struct net_datagram *datagram, uint64_t now,
                                 const char *what, const char *detail, struct trace_bytes changed)
{
    return trace_recorder_emit(datagram->net->recorder, datagram->path->channel, now,
                               datagram->sent, TRACE_ATTACK_ACTED_EVENT,
                               &(struct trace_attack_acted){.attacker = SOMEBODY,
                                                            .what = what,
                                                            .datagram = datagram->number,
                                                            .copy = datagram->copy,
                                                            .detail = detail,
                                                            .bytes = changed});
}

static void print_octets(char *text, size_t cap, const uint8_t *octets, size_t len)
{
    size_t at = 0;
    for (size_t i = 0; i < len && at + 3 < cap; i++) {
        at += (size_t)snprintf(text + at, cap - at, i < 16 ? "%02x" : "", octets[i]);
    }
    snprintf(text + at, cap - at, "%s", len > 16 ? "..." : "");
}

/* Whoever changes it on the way has no key: what is sealed no longer fits its ICV. */
static void edit(struct net_datagram *datagram, uint64_t now, const struct net_edit *edit)
{
    char detail[160], before[40], after[40];
    size_t at = datagram->marker + edit->octet, len = edit->value.len;
    if (at > datagram->len || len > datagram->len - at) {
        snprintf(detail, sizeof detail, "nothing: it has no octet %zu",
                 edit->octet + (len > 0 ? len - 1 : 0));
        tell_act(datagram, now, "edited", detail, (struct trace_bytes){0});
        return;
    }
    print_octets(before, sizeof before, datagram->bytes + at, len);
    memcpy(datagram->bytes + at, edit->value.data, len);
    print_octets(after, sizeof after, datagram->bytes + at, len);
    datagram->corrupted = true;
    snprintf(detail, sizeof detail, "octet %zu and on were %s, are %s", edit->octet, before, after);
    tell_act(datagram, now, "edited", detail, (struct trace_bytes){datagram->bytes, datagram->len});
}

void net_edit_all(struct net_datagram *datagram, uint64_t now, uint64_t edits)
{
    for (size_t i = 0; i < NET_EDITS_MAX && edits >> i != 0; i++) {
        if (edits >> i & 1) {
            edit(datagram, now, &datagram->net->watch.edits[i]);
        }
    }
}

/* The same octets set out once more, in the name of who sent them; no dice are thrown for them. */
static void leave_again(struct sim_event *event, uint64_t now)
{
    struct net_datagram *datagram = (struct net_datagram *)event;
    datagram->sent_at = now;
    net_tell_sent(datagram, now, datagram->sent);
    net_queue_arrival(datagram, now, datagram->hop->policy->delay);
}

void net_replay(const struct net_datagram *datagram, uint64_t now, uint64_t after)
{
    struct net_datagram *again = net_datagram_copy(datagram, true);
    const struct net_path *hop = datagram->hop;
    struct sim_node *node = hop->trunk ? &hop->trunk->node : hop->from->node;
    again->number = REPLAYED_NUMBERS | datagram->number;
    again->forged = true;
    again->sent =
        tell_act(datagram, now, "replayed", "the same octets, once more", (struct trace_bytes){0});
    again->event.run = leave_again;
    again->event.drop = net_datagram_drop;
    sim_engine_schedule(datagram->net->engine, &again->event, node, node, now + after);
}
