#include "sim/scenario/packets.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "sim/engine/memory.h"
#include "sim/host/ip.h"

/* One packet: what it was when it entered the tunnel, and what has become of it. */
struct fate {
    uint64_t digest;
    uint64_t sent_at;
    uint32_t sender; /* index of the host */
    uint32_t flow;   /* index of the line of traffic */
    uint32_t pair;   /* of rekeys.c */
    uint32_t delivered;
    int32_t copies;
    bool translated; /* it goes from host to host through a NAT: see digest_of */
    bool lost;
    bool in_rekey; /* lost in one */
};

struct packets {
    const struct scenario *scenario;
    struct rekeys *rekeys;
    size_t flow_count;
    struct packets_flow *flows;
    uint64_t *late;       /* by flow: ns */
    uint32_t *first_flow; /* by host: index of its first line of traffic */
    size_t count, cap;
    struct fate *fates;
};

struct packets *packets_new(const struct scenario *scenario, struct rekeys *rekeys)
{
    struct packets *packets = sim_calloc(1, sizeof *packets);
    packets->scenario = scenario;
    packets->rekeys = rekeys;
    packets->first_flow = sim_calloc(scenario->host_count, sizeof *packets->first_flow);
    for (size_t t = 0; t < scenario->template_count; t++) {
        packets->flow_count += scenario->templates[t].traffic_count;
    }
    packets->flows = sim_calloc(packets->flow_count, sizeof *packets->flows);
    packets->late = sim_calloc(packets->flow_count, sizeof *packets->late);
    size_t flow = 0;
    for (size_t t = 0; t < scenario->template_count; t++) {
        const struct scenario_host *template = &scenario->templates[t];
        for (size_t i = 0; i < (template->count ? template->count : 1); i++) {
            packets->first_flow[template->first + i] = (uint32_t)flow;
        }
        for (size_t i = 0; i < template->traffic_count; i++, flow++) {
            packets->flows[flow].host = template->name;
            packets->flows[flow].name = template->traffic[i].name;
            packets->late[flow] = template->traffic[i].late;
        }
    }
    return packets;
}

void packets_free(struct packets *packets)
{
    if (!packets) {
        return;
    }
    for (size_t i = 0; i < packets->flow_count; i++) {
        free(packets->flows[i].delay);
        free(packets->flows[i].round_trip);
    }
    free(packets->flows);
    free(packets->late);
    free(packets->first_flow);
    free(packets->fates);
    free(packets);
}

static struct fate *fate_of(const struct packets *packets, uint64_t identity)
{
    assert(identity > 0 && identity <= packets->count);
    return &packets->fates[identity - 1];
}

static void add_time(struct trace_histogram **histogram, uint64_t time)
{
    if (!*histogram) {
        *histogram = sim_calloc(1, sizeof **histogram);
    }
    trace_histogram_add(*histogram, time);
}

/* From host to host through a NAT (transport mode, RFC 7296 §2.23.1) both addresses change, and
 * what UDP has summed up with them: all that may not change, and whether the sum is right, count
 * then. */
static uint64_t digest_of(struct crypto_bytes bytes, bool translated)
{
    static const uint8_t none[2] = {0};
    struct ip_packet packet;
    if (!translated || !ip_packet_parse(bytes, &packet)) {
        return XXH3_64bits(bytes.data, bytes.len);
    }
    struct crypto_bytes payload = packet.payload;
    if (packet.protocol != IP_PROTOCOL_UDP || payload.len < 8) {
        return XXH3_64bits_withSeed(payload.data, payload.len, packet.protocol);
    }
    bool right = memcmp(payload.data + 6, none, 2) == 0 ||
                 ip_pseudo_checksum(&packet, payload.data, payload.len) == 0;
    uint64_t ports = XXH3_64bits_withSeed(payload.data, 6, right);
    return XXH3_64bits_withSeed(payload.data + 8, payload.len - 8, ports);
}

static bool is_translated(const struct scenario *scenario, size_t host, size_t peer,
                          struct crypto_bytes bytes)
{
    const struct scenario_member *from = &scenario->hosts[host], *to = &scenario->hosts[peer];
    const char *a = from->host->behind, *b = to->host->behind;
    struct ip_packet packet;
    return (a || b) && !(a && b && strcmp(a, b) == 0) && ip_packet_parse(bytes, &packet) &&
           net_address_equal(&packet.source, &from->address);
}

uint64_t packets_enter(struct packets *packets, size_t host, size_t peer,
                       const struct node_packet *packet)
{
    bool translated = is_translated(packets->scenario, host, peer, packet->bytes);
    if (packets->count == packets->cap) {
        packets->cap = packets->cap ? packets->cap * 2 : 256;
        struct fate *grown = realloc(packets->fates, packets->cap * sizeof *packets->fates);
        if (!grown) {
            abort();
        }
        packets->fates = grown;
    }
    uint32_t flow = packet->answers ? fate_of(packets, packet->answers)->flow
                                    : packets->first_flow[host] + (uint32_t)packet->flow;
    packets->fates[packets->count++] = (struct fate){
        .digest = digest_of(packet->bytes, translated),
        .translated = translated,
        .sent_at = packet->now,
        .sender = (uint32_t)host,
        .flow = flow,
        .pair = rekeys_pair(packets->rekeys, host, peer),
        .copies = 1,
    };
    packets->flows[flow].sent++;
    return packets->count; /* from 1: 0 means none */
}

struct packets_news packets_arrive(struct packets *packets, uint64_t identity,
                                   struct crypto_bytes bytes, uint64_t now,
                                   struct node_arrival *arrival)
{
    struct fate *fate = fate_of(packets, identity);
    struct packets_flow *flow = &packets->flows[fate->flow];
    struct packets_news news = {
        .sender = fate->sender,
        .times = ++fate->delivered,
        .altered = digest_of(bytes, fate->translated) != fate->digest,
        .delay = now - fate->sent_at,
    };
    *arrival = (struct node_arrival){
        .times = fate->delivered,
        .flow = flow->name,
        .sent_at = fate->sent_at,
    };
    if (fate->delivered > 1) {
        return news;
    }
    flow->delivered++;
    add_time(&flow->delay, news.delay);
    if (fate->lost) { /* somebody had kept a copy that nobody knew of */
        fate->lost = false;
        news.found = true;
        news.in_rekey = fate->in_rekey;
        flow->lost--;
        flow->lost_in_rekey -= news.in_rekey;
    } else if (news.delay > packets->late[fate->flow]) {
        news.late = true;
        news.in_rekey = rekeys_since(packets->rekeys, fate->pair, fate->sent_at);
        flow->late++;
        flow->late_in_rekey += news.in_rekey;
    }
    return news;
}

void packets_copied(struct packets *packets, uint64_t identity)
{
    fate_of(packets, identity)->copies++;
}

struct packets_news packets_gone(struct packets *packets, uint64_t identity)
{
    struct fate *fate = fate_of(packets, identity);
    struct packets_news news = {.sender = fate->sender, .times = fate->delivered};
    if (--fate->copies > 0 || fate->delivered > 0 || fate->lost) {
        return news;
    }
    struct packets_flow *flow = &packets->flows[fate->flow];
    news.lost = fate->lost = true;
    news.in_rekey = fate->in_rekey = rekeys_since(packets->rekeys, fate->pair, fate->sent_at);
    flow->lost++;
    flow->lost_in_rekey += news.in_rekey;
    return news;
}

void packets_answered(struct packets *packets, size_t host, size_t flow, uint64_t round_trip)
{
    struct packets_flow *of = &packets->flows[packets->first_flow[host] + flow];
    of->answered++;
    add_time(&of->round_trip, round_trip);
}

size_t packets_flow_count(const struct packets *packets)
{
    return packets->flow_count;
}

const struct packets_flow *packets_flow(const struct packets *packets, size_t i)
{
    assert(i < packets->flow_count);
    return &packets->flows[i];
}
