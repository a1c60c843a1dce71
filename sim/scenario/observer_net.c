/* Datagrams: what is counted of them, and what the lines of the script do to them. */
#include "sim/scenario/observer_internal.h"

#include <string.h>

#include "sim/net/unreachable.h"

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
        observer->messages, observer_index(observer, path->from->user), datagram->message_identity);
    return (match->exchange == 0 || match->exchange == bytes[AT_EXCHANGE]) &&
           (match->response < 0 || (match->response == 1) == observer_is_response(bytes)) &&
           (match->message_id < 0 || match->message_id == message_id) &&
           (match->transmission < 0 || match->transmission == message->transmissions) &&
           (match->fragment < 0 || match->fragment == observer_fragment(bytes, datagram->len));
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
    observer_add_port(context, datagram->path->from, SCENARIO_COUNT_DATAGRAMS_SENT);
    if (datagram->protocol == NET_PROTOCOL_AH) {
        observer_add_port(context, datagram->path->from, SCENARIO_COUNT_AH_DATAGRAMS_SENT);
    } else if (is_sealed(datagram)) {
        observer_add_port(context, datagram->path->from, SCENARIO_COUNT_ESP_DATAGRAMS_SENT);
    }
}

static void datagram_lost(void *context, const struct net_datagram *datagram)
{
    observer_add_port(context, datagram->path->from, SCENARIO_COUNT_DATAGRAMS_LOST);
}

static void datagram_corrupted(void *context, const struct net_datagram *datagram)
{
    observer_add_port(context, datagram->path->from, SCENARIO_COUNT_DATAGRAMS_CORRUPTED);
}

static void datagram_duplicated(void *context, const struct net_datagram *datagram)
{
    struct observer *observer = context;
    observer_add_port(observer, datagram->path->from, SCENARIO_COUNT_DATAGRAMS_DUPLICATED);
    if (datagram->inner_identity != 0) {
        packets_copied(observer->packets, datagram->inner_identity);
    }
}

static void datagram_arrived(void *context, const struct net_datagram *datagram, bool overtaken)
{
    if (overtaken) {
        observer_add_port(context, datagram->path->to, SCENARIO_COUNT_DATAGRAMS_OVERTAKEN);
    }
    if (datagram->copy > 1 && is_sealed(datagram)) {
        observer_add_port(context, datagram->path->to, SCENARIO_COUNT_DUPLICATES_ARRIVED);
    }
}

static void datagram_gone(void *context, const struct net_datagram *datagram)
{
    if (datagram->inner_identity != 0) {
        observer_inner_gone(context, datagram->inner_identity);
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
