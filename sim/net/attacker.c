#include "sim/net/attacker.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/draw.h"
#include "sim/engine/memory.h"
#include "sim/net/unreachable.h"

/* The IKE header (RFC 7296 §3.1), as far as everybody on the way can read it. */
enum {
    HEADER_LEN = 28,
    AT_NEXT = 16,
    AT_EXCHANGE = 18,
    AT_FLAGS = 19,
    AT_MESSAGE_ID = 20,
    AT_LENGTH = 24,
    EXCHANGE_INIT = 34,
    EXCHANGE_INFORMATIONAL = 37,
    FLAG_RESPONSE = 0x20,
    PAYLOAD_SA = 33,
    PROPOSAL_LAST = 0,
};

/* Datagrams of an attacker are numbered from here on, so that none of anybody else's is. */
#define OWN_NUMBERS (UINT64_C(1) << 40)

struct attacker {
    struct net_relay relay; /* first: the network gives the tap back by this */
    struct attacker_options options;
    struct sim_node place;
    struct sim_draw_key draw_key;
    struct sim_event tick;
    uint64_t seen, sent;
    uint8_t number;             /* STRIP: of the proposal that was left */
    struct net_datagram *model; /* a copy of the last datagram of the prey; never on its way */
};

struct later {
    struct sim_event event;
    struct attacker *attacker;
    struct net_datagram *datagram;
    struct trace_ref cause;
};

static bool is_ike(const struct net_datagram *datagram)
{
    size_t marker = datagram->marker;
    return datagram->protocol == NET_PROTOCOL_UDP && datagram->len >= marker + HEADER_LEN &&
           (datagram->source_port == 500 || datagram->destination_port == 500 || marker > 0);
}

static uint8_t *ike_of(struct net_datagram *datagram)
{
    return datagram->bytes + datagram->marker;
}

static bool is_first_request(struct net_datagram *datagram)
{
    return is_ike(datagram) && ike_of(datagram)[AT_EXCHANGE] == EXCHANGE_INIT &&
           !(ike_of(datagram)[AT_FLAGS] & FLAG_RESPONSE);
}

static const struct trace_bytes unchanged;

/* `changed` is what goes on in its place; empty: it is as it was. */
static struct trace_ref tell(const struct attacker *attacker, const struct net_datagram *datagram,
                             const char *what, const char *detail, struct trace_bytes changed,
                             uint64_t now)
{
    return trace_recorder_emit(attacker->options.recorder, datagram->path->channel, now,
                               datagram->sent, TRACE_ATTACK_ACTED_EVENT,
                               &(struct trace_attack_acted){
                                   .attacker = attacker->options.name,
                                   .what = what,
                                   .datagram = datagram->number,
                                   .copy = datagram->copy,
                                   .detail = detail,
                                   .bytes = changed,
                               });
}

/* It is another one from now on. */
static void tell_changed(const struct attacker *attacker, struct net_datagram *datagram,
                         const char *what, const char *detail, uint64_t now)
{
    datagram->corrupted = true;
    tell(attacker, datagram, what, detail, (struct trace_bytes){datagram->bytes, datagram->len},
         now);
}

/* ---- what passes ---- */

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* What can be read of it without a key. */
static void describe(const struct attacker *attacker, struct net_datagram *datagram, char *text,
                     size_t cap)
{
    if (!is_ike(datagram)) {
        snprintf(text, cap,
                 datagram->protocol == NET_PROTOCOL_AH ? "an AH packet of %zu octets, all readable"
                 : datagram->len == 1
                     ? "%zu octet, a NAT keepalive"
                     : "an ESP packet of %zu octets: SPI, number, and what is sealed",
                 datagram->len);
        return;
    }
    const uint8_t *ike = ike_of(datagram);
    unsigned exchange = ike[AT_EXCHANGE];
    const char *name =
        attacker->options.exchange_name ? attacker->options.exchange_name(exchange) : NULL;
    char number[16];
    snprintf(number, sizeof number, "exchange %u", exchange);
    snprintf(text, cap, "%s, Message ID %" PRIu32 ", %zu octets%s", name ? name : number,
             get32(ike + AT_MESSAGE_ID), datagram->len,
             exchange == EXCHANGE_INIT ? ", all of it in the clear"
                                       : "; what is behind the header is sealed");
}

/* The SA payload of an IKE_SA_INIT message; NULL if it cannot be found. */
static uint8_t *find_sa(struct net_datagram *datagram)
{
    uint8_t *ike = ike_of(datagram), *end = datagram->bytes + datagram->len, *at = ike + HEADER_LEN;
    uint8_t next = ike[AT_NEXT];
    while (next != 0 && at + 4 <= end && get16(at + 2) >= 4 && at + get16(at + 2) <= end) {
        if (next == PAYLOAD_SA) {
            return get16(at + 2) >= 12 ? at : NULL;
        }
        next = at[0];
        at += get16(at + 2);
    }
    return NULL;
}

/* Leaves the last proposal alone, as number 1, for proposals count from there (§3.3.1); returns the
 * number that it had. 0 if there is no other. */
static uint8_t strip_proposals(struct net_datagram *datagram)
{
    uint8_t *ike = ike_of(datagram), *end = datagram->bytes + datagram->len;
    uint8_t *at = find_sa(datagram);
    if (!at) {
        return 0;
    }
    uint8_t *first = at + 4, *last = first, *after = at + get16(at + 2);
    while (last[0] != PROPOSAL_LAST && get16(last + 2) >= 8 &&
           last + get16(last + 2) + 8 <= after) {
        last += get16(last + 2);
    }
    if (last == first) {
        return 0;
    }
    size_t gone = (size_t)(last - first);
    uint8_t number = last[4];
    last[4] = 1;
    memmove(first, last, (size_t)(end - last));
    datagram->len -= gone;
    put16(at + 2, get16(at + 2) - gone);
    put16(ike + AT_LENGTH + 2, get16(ike + AT_LENGTH + 2) - gone);
    return number;
}

/* The request loses its better proposals; the choice in the response gets the number back that its
 * initiator knows it by. */
static const char *strip(struct attacker *attacker, struct net_datagram *datagram)
{
    if (!is_ike(datagram) || ike_of(datagram)[AT_EXCHANGE] != EXCHANGE_INIT) {
        return NULL;
    }
    if (is_first_request(datagram)) {
        uint8_t number = strip_proposals(datagram);
        attacker->number = number ? number : attacker->number;
        return number ? "all proposals but the last are gone" : NULL;
    }
    uint8_t *sa = attacker->number ? find_sa(datagram) : NULL;
    if (!sa) {
        return NULL;
    }
    sa[4 + 4] = attacker->number;
    return "the number of the choice is the one that the initiator gave it";
}

static void later_drop(struct sim_event *event)
{
    net_datagram_free(((struct later *)event)->datagram);
    free(event);
}

/* Goes to the other end of the link as if it had come over it. */
static void inject(struct attacker *attacker, struct net_datagram *datagram, struct trace_ref cause,
                   uint64_t now)
{
    datagram->number = OWN_NUMBERS + ++attacker->sent;
    datagram->copy = 1;
    datagram->hop = datagram->path;
    datagram->rest = datagram->path->policy->delay / 2;
    net_send_forged(datagram, now, cause);
}

static void later_run(struct sim_event *event, uint64_t now)
{
    struct later *later = (struct later *)event;
    inject(later->attacker, later->datagram, later->cause, now);
    free(later);
}

static void replay(struct attacker *attacker, const struct net_datagram *datagram, uint64_t now)
{
    struct later *later = sim_calloc(1, sizeof *later);
    later->event.run = later_run;
    later->event.drop = later_drop;
    later->attacker = attacker;
    later->datagram = net_datagram_copy(datagram, true);
    later->cause =
        tell(attacker, datagram, "replayed", "the same octets, once more", unchanged, now);
    sim_engine_schedule(attacker->options.engine, &later->event, &attacker->place, &attacker->place,
                        now + attacker->options.after);
}

static void keep_model(struct attacker *attacker, const struct net_datagram *datagram)
{
    net_datagram_free(attacker->model);
    attacker->model = net_datagram_copy(datagram, false);
}

static void act(struct attacker *attacker, struct net_datagram *datagram, uint64_t now)
{
    char text[120];
    const char *detail;
    switch (attacker->options.strategy) {
    case ATTACKER_OBSERVE:
        describe(attacker, datagram, text, sizeof text);
        tell(attacker, datagram, "observed", text, unchanged, now);
        break;
    case ATTACKER_REPLAY:
        replay(attacker, datagram, now);
        break;
    case ATTACKER_MODIFY:
        datagram->bytes[datagram->len - 1] ^= 1;
        tell_changed(attacker, datagram, "modified", "its last bit is turned", now);
        break;
    case ATTACKER_STRIP:
        detail = strip(attacker, datagram);
        if (detail) {
            tell_changed(attacker, datagram, "stripped", detail, now);
        }
        break;
    case ATTACKER_FORGE:
    case ATTACKER_UNREACHABLE:
        keep_model(attacker, datagram);
        break;
    case ATTACKER_FLOOD:
        if (is_first_request(datagram)) {
            keep_model(attacker, datagram);
        }
        break;
    case ATTACKER_MIDDLE:
        assert(false); /* sim/host/middle.h */
    }
}

static bool is_prey(const struct attacker *attacker, const struct net_datagram *datagram)
{
    const struct attacker_options *options = &attacker->options;
    bool ike = is_ike(datagram);
    return !net_is_icmp(datagram) &&
           (!options->from || strcmp(options->from, datagram->path->from->name) == 0) &&
           (options->prey == ATTACKER_ANY || (options->prey == ATTACKER_IKE) == ike);
}

static void take(struct net_relay *relay, uint64_t now, struct net_datagram *datagram)
{
    struct attacker *attacker = (struct attacker *)relay;
    uint64_t nth = attacker->options.nth;
    if (is_prey(attacker, datagram) && (++attacker->seen == nth || nth == 0)) {
        act(attacker, datagram, now);
    }
    net_pass(datagram, now);
}

/* ---- what is made ---- */

/* A number one higher, of an IKE message or an ESP packet, and other octets behind it. */
static void forge(const struct attacker *attacker, struct net_datagram *datagram)
{
    const uint64_t what[4] = {attacker->sent, 1, 0, 0};
    size_t at = 4; /* ESP: behind the SPI */
    size_t body = 8;
    if (is_ike(datagram)) {
        at = (size_t)datagram->marker + AT_MESSAGE_ID;
        body = (size_t)datagram->marker + HEADER_LEN + 4;
        ike_of(datagram)[AT_EXCHANGE] = EXCHANGE_INFORMATIONAL;
    }
    for (size_t i = 4; i > 0 && at + i <= datagram->len && ++datagram->bytes[at + i - 1] == 0;
         i--) {
    }
    if (body < datagram->len) {
        sim_draw_bytes(attacker->draw_key, what, datagram->bytes + body, datagram->len - body);
    }
}

/* Another SPIi, from an address of 198.18.0.0/15, where nobody is (RFC 2544). */
static void imitate_stranger(const struct attacker *attacker, struct net_datagram *datagram)
{
    const uint64_t what[4] = {attacker->sent, 2, 0, 0};
    sim_draw_bytes(attacker->draw_key, what, ike_of(datagram), 8);
    const uint8_t stranger[4] = {198, (uint8_t)(18 + attacker->sent / 65536 % 2),
                                 (uint8_t)(attacker->sent / 256), (uint8_t)attacker->sent};
    datagram->source = net_address_of(4, stranger);
}

static void make_own(struct attacker *attacker, uint64_t now)
{
    const struct net_datagram *model = attacker->model;
    struct net_datagram *datagram = NULL;
    const char *what = "forged", *detail = "the next number, and octets that only look sealed";
    if (attacker->options.strategy == ATTACKER_UNREACHABLE) {
        datagram = net_unreachable_new(model, model->path->back);
        detail = "an ICMP error in the name of the host that the datagram was for";
    } else if (attacker->options.strategy == ATTACKER_FLOOD) {
        datagram = net_datagram_copy(model, false);
        imitate_stranger(attacker, datagram);
        what = "flooded";
        detail = "an IKE_SA_INIT request from an address where nobody is";
    } else {
        datagram = net_datagram_copy(model, false);
        forge(attacker, datagram);
    }
    inject(attacker, datagram, tell(attacker, datagram, what, detail, unchanged, now), now);
}

static void tick(struct sim_event *event, uint64_t now)
{
    struct attacker *attacker =
        (struct attacker *)(void *)((char *)event - offsetof(struct attacker, tick));
    const struct attacker_options *options = &attacker->options;
    if (attacker->model) {
        make_own(attacker, now);
    }
    if (attacker->sent < options->count) {
        sim_engine_schedule(options->engine, &attacker->tick, &attacker->place, &attacker->place,
                            now + options->every);
    }
}

static void tick_drop(struct sim_event *event)
{
    (void)event; /* part of its attacker */
}

/* ---- life ---- */

struct attacker *attacker_new(const struct attacker_options *options)
{
    struct attacker *attacker = sim_calloc(1, sizeof *attacker);
    attacker->options = *options;
    sim_node_init(options->engine, &attacker->place, options->name);
    attacker->draw_key = sim_draw_key(sim_engine_seed(options->engine), options->name, "attacks");
    attacker->relay = (struct net_relay){.node = &attacker->place, .take = take};
    options->there->tap = &attacker->relay;
    options->there->back->tap = &attacker->relay;
    if (options->strategy == ATTACKER_FORGE || options->strategy == ATTACKER_FLOOD ||
        options->strategy == ATTACKER_UNREACHABLE) {
        attacker->tick.run = tick;
        attacker->tick.drop = tick_drop;
        sim_engine_schedule(options->engine, &attacker->tick, &attacker->place, &attacker->place,
                            options->at);
    }
    return attacker;
}

void attacker_free(struct attacker *attacker)
{
    if (attacker) {
        net_datagram_free(attacker->model);
        free(attacker);
    }
}
