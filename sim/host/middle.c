#include "sim/host/middle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/wire.h"
#include "sim/host/encap.h"
#include "sim/host/ip.h"
#include "sim/host/node_internal.h"
#include "sim/net/unreachable.h"

/* Its datagrams and messages are numbered from here on, so that none of anybody else's is. */
#define OWN_NUMBERS (UINT64_C(1) << 40)

enum { AT_EXCHANGE = 18, AT_FLAGS = 19 };

/* The side that speaks with one end, in the name of the other. */
struct face {
    struct middle *middle;
    struct face *other;
    struct net_path *path; /* from whom it imitates to whom it deceives */
    struct host *host;
    struct host_outcome outcome;
    struct sim_draw_key draw_key;
    struct trace_observer observer;
    uint64_t attempts;
    bool refused;    /* in this piece of work, and told why */
    bool unbelieved; /* it has answered IKE_AUTH, and its peer has not said a word since */
};

struct middle {
    struct net_relay relay; /* first: the network gives the tap back by this */
    struct middle_options options;
    struct sim_node place;
    struct face faces[2]; /* to be `there`'s sender, and its receiver */
    uint64_t sent;        /* datagrams */
    /* Of the piece of work that it is at. */
    uint64_t now, passing, copy;
    struct trace_ref cause;
};

struct alarm {
    struct sim_event event;
    struct face *face;
    struct ike_timer timer;
    struct trace_ref cause;
};

static const char *imitated(const struct face *face)
{
    return face->path->from->name;
}

static const char *deceived(const struct face *face)
{
    return face->path->to->name;
}

/* ---- telling ---- */

/* `path`: where the datagram is that it is about. */
static struct trace_ref tell(const struct face *face, const struct net_path *path, const char *what,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));

static struct trace_ref tell(const struct face *face, const struct net_path *path, const char *what,
                             const char *format, ...)
{
    const struct middle *middle = face->middle;
    char detail[400];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    return trace_recorder_emit(middle->options.recorder, path->channel, middle->now, middle->cause,
                               TRACE_ATTACK_ACTED_EVENT,
                               &(struct trace_attack_acted){
                                   .attacker = middle->options.name,
                                   .what = what,
                                   .datagram = middle->passing,
                                   .copy = middle->copy,
                                   .detail = detail,
                               });
}

/* The initiator has shown its proof first, to somebody whose keys are good and whose name is not.
 */
static void tell_refused(struct face *face, const struct trace_ike_auth_refused *refused,
                         const struct ike_auth_policy *auth)
{
    const char *victim = deceived(face);
    face->refused = true;
    if (auth->remote == IKE_AUTH_PSK) {
        tell(face, face->path->back, "failed",
             "no AUTH without the secret; that of %s can be guessed at offline now: it is made of "
             "the secret and of what the attacker has all of (RFC 7296 §2.15, §5)",
             victim);
    } else {
        tell(face, face->path->back, "failed", "it has no use for the AUTH of %s: %s", victim,
             refused->why ? refused->why : "it is refused");
    }
}

static struct trace_ref tell_sent(const struct face *face,
                                  const struct trace_ike_message_sent *sent)
{
    return tell(face, face->path, "sent", "%s %s in the name of %s%s: %s", sent->exchange,
                sent->response ? "response" : "request", imitated(face),
                sent->transmission > 1 ? ", once more" : "", sent->payloads);
}

/* What its own protocol code does becomes what the attacker does. */
static struct trace_ref observe(void *context, enum trace_kind kind, const void *data)
{
    struct face *face = context;
    switch (kind) {
    case TRACE_IKE_MESSAGE_SENT_EVENT:
        return tell_sent(face, data);
    case TRACE_IKE_MESSAGE_RECEIVED_EVENT: {
        const struct trace_ike_message_received *received = data;
        tell(face, face->path->back, "read", "%s %s of %s: %s", received->exchange,
             received->response ? "response" : "request", deceived(face), received->payloads);
        break;
    }
    case TRACE_IKE_KEYS_DERIVED_EVENT:
        tell(face, face->path->back, "agreed",
             "on a Diffie-Hellman secret with %s, who cannot tell it from one with %s: nothing is "
             "proved before AUTH (RFC 7296 §1.2)",
             deceived(face), imitated(face));
        break;
    case TRACE_IKE_AUTH_REFUSED_EVENT:
        tell_refused(face, data, &face->middle->options.as[face - face->middle->faces]->auth);
        break;
    default:
        break;
    }
    return (struct trace_ref){0};
}

static void draw_fill(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    node_draw(((const struct face *)context)->draw_key, draw, out, len);
}

/* ---- what it sends ---- */

static struct net_datagram *new_datagram(const struct face *face, uint8_t protocol,
                                         const struct ike_address *source,
                                         const struct ike_address *destination, size_t len)
{
    struct net_datagram *datagram = net_datagram_new(face->middle->options.net, face->path, len);
    datagram->protocol = protocol;
    datagram->source = net_address_of(source->family, source->ip);
    datagram->destination = net_address_of(destination->family, destination->ip);
    if (protocol == NET_PROTOCOL_UDP) {
        datagram->source_port = source->port;
        datagram->destination_port = destination->port;
    }
    return datagram;
}

/* To the end of the link that it deceives: half of the way is left. */
static void inject(struct face *face, struct net_datagram *datagram, struct trace_ref cause)
{
    datagram->number = OWN_NUMBERS + ++face->middle->sent;
    datagram->hop = face->path;
    datagram->rest = face->path->policy->delay / 2;
    net_send_forged(datagram, face->middle->now, cause);
}

static void transmit(struct face *face, const struct ike_action *action)
{
    size_t marker = encap_marker_len(action->transmit.source.port), len = action->transmit.len;
    struct net_datagram *datagram = new_datagram(face, NET_PROTOCOL_UDP, &action->transmit.source,
                                                 &action->transmit.destination, marker + len);
    memset(datagram->bytes, 0, marker);
    memcpy(datagram->bytes + marker, action->transmit.bytes, len);
    datagram->marker = (uint8_t)marker;
    datagram->message_identity = OWN_NUMBERS + action->transmit.identity;
    inject(face, datagram, action->transmit.sent);
}

static void send_keepalive(struct face *face, const struct ike_action *action)
{
    struct net_datagram *datagram = new_datagram(face, NET_PROTOCOL_UDP, &action->keepalive.source,
                                                 &action->keepalive.destination, 1);
    datagram->bytes[0] = 0xff;
    inject(face, datagram, tell(face, face->path, "sent", "a NAT-keepalive"));
}

static void send_esp(struct face *face, uint64_t inner_identity, struct trace_ref cause)
{
    const struct host_outcome *outcome = &face->outcome;
    size_t front_len = outcome->esp.front_len, len = outcome->packet_len - front_len;
    struct net_datagram *datagram =
        new_datagram(face, outcome->esp_udp ? NET_PROTOCOL_UDP : outcome->esp.ip_protocol,
                     &outcome->esp_local, &outcome->esp_remote, len);
    memcpy(datagram->bytes, outcome->packet + front_len, len);
    if (front_len > 0 && !outcome->esp_udp) {
        net_datagram_set_header(datagram, outcome->packet, front_len);
    }
    datagram->inner_identity = inner_identity;
    inject(face, datagram, cause);
}

/* ---- what its IKE wants done ---- */

static void carry_out(struct face *face);

static void alarm_drop(struct sim_event *event)
{
    free(event);
}

static void alarm_run(struct sim_event *event, uint64_t now)
{
    struct alarm *alarm = (struct alarm *)event;
    struct face *face = alarm->face;
    face->middle->now = now;
    face->middle->cause = alarm->cause;
    face->middle->passing = face->middle->copy = 0;
    host_timer(face->host, now, &alarm->timer, &face->outcome);
    free(alarm);
    carry_out(face);
}

static void arm(struct face *face, const struct ike_action *action, struct trace_ref cause)
{
    struct middle *middle = face->middle;
    struct alarm *alarm = node_calloc(sizeof *alarm);
    *alarm = (struct alarm){
        .event = {.run = alarm_run, .drop = alarm_drop},
        .face = face,
        .timer = action->timer.timer,
        .cause = cause,
    };
    sim_engine_schedule(middle->options.engine, &alarm->event, &middle->place, &middle->place,
                        middle->now + action->timer.delay);
}

static void order(struct face *face, enum host_order_kind kind)
{
    const char *why;
    const struct host_order order = {
        .kind = kind,
        .remote = node_address_of(face->path->to),
        .attempt = kind == HOST_INITIATE ? face->attempts++ : 0,
    };
    if (host_obey(face->host, face->middle->now, &order, &face->outcome, &why) == 0) {
        carry_out(face);
    }
}

static void tell_deceived(struct face *face)
{
    face->unbelieved = false;
    tell(face, face->path->back, "deceived",
         "%s, who takes it for %s: both have the keys of one IKE SA, and it can read all that %s "
         "says",
         deceived(face), imitated(face), deceived(face));
}

/* A responder has shown its AUTH last: what its peer thinks of it, only the peer's next words say.
 */
static void sa_established(struct face *face, const struct ike_action *action)
{
    if (action->sa.replaces == 0 && action->sa.initiator) {
        tell_deceived(face);
    } else if (action->sa.replaces == 0) {
        face->unbelieved = true;
    }
}

static void sa_gone(struct face *face, const struct ike_action *action)
{
    bool believed = action->sa.established && !face->unbelieved;
    face->unbelieved = false;
    if (action->sa.established) {
        order(face->other, HOST_DELETE_IKE); /* what one end ends, the other is to see ended */
    }
    if (!believed && !face->refused) {
        tell(face, face->path->back, "failed", "to be %s for %s: %s", imitated(face),
             deceived(face), action->sa.why);
    }
}

static void carry_out(struct face *face)
{
    struct trace_ref cause = face->middle->cause;
    bool heard = face->outcome.esp_in || face->outcome.actions.accepted;
    bool waiting = face->unbelieved;
    host_commit(face->host, face->middle->now, &face->outcome);
    for (size_t i = 0; i < face->outcome.actions.count; i++) {
        const struct ike_action *action = &face->outcome.actions.items[i];
        switch (action->kind) {
        case IKE_ACTION_TRANSMIT:
            cause = action->transmit.sent;
            transmit(face, action);
            break;
        case IKE_ACTION_TIMER:
            arm(face, action, cause);
            break;
        case IKE_ACTION_KEEPALIVE:
            send_keepalive(face, action);
            break;
        case IKE_ACTION_SA_ESTABLISHED:
            sa_established(face, action);
            break;
        case IKE_ACTION_SA_GONE:
            sa_gone(face, action);
            break;
        case IKE_ACTION_CHILD_INSTALL:
        case IKE_ACTION_CHILD_REMOVE:
        case IKE_ACTION_CHILD_PAIRS:
        case IKE_ACTION_CHILD_MOVE:
        case IKE_ACTION_CHILD_SKIP:
        case IKE_ACTION_REDIRECT:
            break; /* host_commit has done what there is to do; and it stays on its link */
        }
    }
    if (heard && waiting && face->unbelieved) {
        tell_deceived(face);
    }
    face->refused = false;
}

/* ---- what comes to it ---- */

static bool is_first_request(struct crypto_bytes ike)
{
    return ike.len >= IKE_HEADER_LEN && ike.data[AT_EXCHANGE] == IKE_EXCHANGE_IKE_SA_INIT &&
           !(ike.data[AT_FLAGS] & IKE_FLAG_RESPONSE);
}

/* Who is spoken to as its peer speaks at once to the other end, as its peer would. */
static void take_ike(struct face *face, const struct net_datagram *datagram)
{
    struct ike_datagram ike = node_ike_datagram(datagram);
    struct ike_address remote = node_address_of(face->other->path->to);
    host_receive_ike(face->host, face->middle->now, &ike, &face->outcome);
    carry_out(face);
    if (is_first_request(ike.bytes) &&
        ike_endpoint_sa_with(host_ike(face->other->host), &remote) == 0) {
        order(face->other, HOST_INITIATE);
    }
}

static size_t checksum_offset(uint8_t protocol)
{
    return protocol == IP_PROTOCOL_UDP ? 6 : 2; /* ICMP and ICMPv6 */
}

/* Turns the last bit of the data, and has the checksum agree: whoever trusts the tunnel sees
 * nothing wrong with it. False if it does not know what the packet is. */
static bool alter(uint8_t *bytes, size_t len)
{
    struct ip_packet packet;
    if (!ip_packet_parse(crypto_bytes(bytes, len), &packet) || packet.payload.len <= 8 ||
        (packet.protocol != IP_PROTOCOL_ICMP && packet.protocol != IP_PROTOCOL_ICMPV6 &&
         packet.protocol != IP_PROTOCOL_UDP)) {
        return false;
    }
    uint8_t *payload = bytes + (packet.payload.data - bytes);
    uint8_t *checksum = payload + checksum_offset(packet.protocol);
    payload[packet.payload.len - 1] ^= 1;
    checksum[0] = checksum[1] = 0;
    uint16_t sum = packet.protocol == IP_PROTOCOL_ICMP
                       ? ip_checksum(payload, packet.payload.len)
                       : ip_pseudo_checksum(&packet, payload, packet.payload.len);
    if (sum == 0 && packet.protocol == IP_PROTOCOL_UDP) {
        sum = 0xffff; /* RFC 768: 0 would say that there is none */
    }
    checksum[0] = (uint8_t)(sum >> 8);
    checksum[1] = (uint8_t)sum;
    return true;
}

static struct trace_ref tell_packet(const struct face *face, struct crypto_bytes inner,
                                    bool altered)
{
    char source[NET_ADDRESS_TEXT], destination[NET_ADDRESS_TEXT];
    struct ip_packet packet;
    if (!ip_packet_parse(inner, &packet)) {
        return tell(face, face->path->back, "read", "an inner packet of %zu octets", inner.len);
    }
    return tell(face, face->path->back, altered ? "changed" : "read",
                "an inner packet %s → %s of protocol %u, %zu octets%s",
                net_address_print(&packet.source, source),
                net_address_print(&packet.destination, destination), packet.protocol, inner.len,
                altered ? ": the last bit of its data, and the checksum" : "");
}

/* Out of one tunnel, into the other. */
static void take_esp(struct face *face, struct net_datagram *datagram)
{
    struct middle *middle = face->middle;
    struct ike_datagram esp = node_ike_datagram(datagram);
    host_receive_esp(face->host, middle->now, crypto_bytes(datagram->header, datagram->header_len),
                     &esp, &face->outcome);
    carry_out(face);
    if (!face->outcome.esp_in) {
        return;
    }
    struct crypto_bytes inner = face->outcome.inner;
    uint8_t *octets = face->outcome.packet + (inner.data - face->outcome.packet);
    bool altered = middle->options.alters && alter(octets, inner.len);
    struct trace_ref told = tell_packet(face, inner, altered);
    host_send_inner(face->other->host, inner, &face->other->outcome);
    carry_out(face->other);
    if (face->other->outcome.esp_out) {
        send_esp(face->other, datagram->inner_identity, told);
        datagram->inner_identity = 0; /* the other datagram carries it on */
    }
}

static void take(struct net_relay *relay, uint64_t now, struct net_datagram *datagram)
{
    struct middle *middle = (struct middle *)relay;
    struct face *face = &middle->faces[datagram->hop == middle->faces[1].path->back];
    struct net_datagram *taken = net_datagram_copy(datagram, false);
    struct crypto_bytes inner, payload = crypto_bytes(taken->bytes, taken->len);
    enum encap_kind kind = ENCAP_ESP;

    middle->now = now;
    middle->cause = datagram->sent;
    middle->passing = datagram->number;
    middle->copy = datagram->copy;
    taken->inner_identity = datagram->inner_identity;
    datagram->inner_identity = 0;
    net_lose(datagram, now, "attacker");
    if (net_is_icmp(taken)) {
        net_datagram_free(taken);
        return;
    }
    if (taken->protocol == NET_PROTOCOL_UDP) {
        kind = encap_open(taken->destination_port, payload, &inner);
        taken->marker =
            (uint8_t)(kind == ENCAP_IKE || kind == ENCAP_ESP ? payload.len - inner.len : 0);
    }
    if (kind == ENCAP_IKE) {
        take_ike(face, taken);
    } else if (kind == ENCAP_ESP) {
        take_esp(face, taken);
    }
    net_datagram_free(taken);
}

/* ---- life ---- */

static void face_init(struct middle *middle, size_t i, struct net_path *path)
{
    const struct middle_options *options = &middle->options;
    struct face *face = &middle->faces[i];
    face->middle = middle;
    face->other = &middle->faces[1 - i];
    face->path = path;
    face->draw_key =
        sim_draw_key(sim_engine_seed(options->engine), options->name, path->from->name);
    face->observer = (struct trace_observer){.emit = observe, .context = face};
    face->host = host_new(&(struct host_options){
        .crypto = options->crypto,
        .entropy = {.fill = draw_fill, .context = face},
        .observer = &face->observer,
        .policy = options->as[i],
        .self = options->selves[i],
        .address = node_address_of(path->from),
    });
}

struct middle *middle_new(const struct middle_options *options)
{
    struct middle *middle = node_calloc(sizeof *middle);
    middle->options = *options;
    sim_node_init(options->engine, &middle->place, options->name);
    middle->relay = (struct net_relay){.node = &middle->place, .take = take};
    face_init(middle, 0, options->there);
    face_init(middle, 1, options->there->back);
    options->there->tap = &middle->relay;
    options->there->back->tap = &middle->relay;
    return middle;
}

void middle_free(struct middle *middle)
{
    if (!middle) {
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        host_outcome_dispose(&middle->faces[i].outcome);
        host_free(middle->faces[i].host);
    }
    free(middle);
}
