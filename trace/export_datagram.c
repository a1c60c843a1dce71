/* What becomes of a datagram, as its net: events and those of attackers tell. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/export_datagram.h"

/* ---- fates ---- */

static void add_fate(struct export_datagram *datagram, uint64_t time, uint64_t copy, bool overtaken,
                     const char *text)
{
    char *kept = NULL;
    if (text) {
        size_t size = strlen(text) + 1;
        kept = memcpy(trace_alloc(size), text, size);
    }
    datagram->fates =
        trace_resize(datagram->fates, (datagram->fate_count + 1) * sizeof *datagram->fates);
    datagram->fates[datagram->fate_count++] = (struct export_fate){time, copy, overtaken, kept};
}

void export_datagram_note(struct export_datagram *datagram, const struct trace_record *record)
{
    char text[160];
    if (record->kind == TRACE_NET_DELIVERED_EVENT) {
        const struct trace_net_delivered *event = record->data;
        add_fate(datagram, record->time, event->copy, event->overtaken, NULL);
        datagram->ended = true;
    } else if (record->kind == TRACE_NET_LOST_EVENT) {
        const struct trace_net_lost *event = record->data;
        bool dice = !event->why || strcmp(event->why, "loss") == 0;
        snprintf(text, sizeof text, dice ? "lost on the link" : "lost on the link (%s)",
                 dice ? "" : event->why);
        add_fate(datagram, record->time, event->copy, false, text);
        datagram->ended = true;
    } else if (record->kind == TRACE_NET_CORRUPTED_EVENT) {
        const struct trace_net_corrupted *event = record->data;
        snprintf(text, sizeof text, "changed by the link: bit %" PRIu64 " is turned", event->bit);
        add_fate(datagram, record->time, event->copy, false, text);
    } else if (record->kind == TRACE_ATTACK_ACTED_EVENT) {
        const struct trace_attack_acted *event = record->data;
        if (event->bytes.len > 0) {
            snprintf(text, sizeof text, "%s by %s: %s", event->what ? event->what : "changed",
                     event->attacker ? event->attacker : "somebody",
                     event->detail ? event->detail : "");
            add_fate(datagram, record->time, event->copy, false, text);
        }
    }
}

/* ---- guises ---- */

static struct export_guise *find_guise(const struct export_datagram *datagram, uint64_t copy)
{
    for (size_t i = 0; i < datagram->guise_count; i++) {
        if (datagram->guises[i].copy == copy) {
            return &datagram->guises[i];
        }
    }
    return NULL;
}

static void print_address(char *text, const char *address)
{
    snprintf(text, INET6_ADDRSTRLEN, "%s", address ? address : "");
}

static struct export_guise *guise_of(struct export_datagram *datagram,
                                     const struct trace_net_sent *sent, uint64_t copy)
{
    struct export_guise *guise = find_guise(datagram, copy);
    if (guise) {
        return guise;
    }
    datagram->guises =
        trace_resize(datagram->guises, (datagram->guise_count + 1) * sizeof *datagram->guises);
    guise = &datagram->guises[datagram->guise_count++];
    *guise = (struct export_guise){
        .copy = copy, .source_port = sent->source_port, .destination_port = sent->destination_port};
    print_address(guise->source, sent->source);
    print_address(guise->destination, sent->destination);
    trace_put_bytes(&guise->bytes, sent->bytes.data, sent->bytes.len);
    return guise;
}

static void replace_bytes(struct export_guise *guise, struct trace_bytes bytes)
{
    if (bytes.len > 0) {
        guise->bytes.len = 0;
        trace_put_bytes(&guise->bytes, bytes.data, bytes.len);
    }
}

static void follow_duplicated(struct export_datagram *datagram, const struct trace_net_sent *sent,
                              const struct trace_net_duplicated *event)
{
    if (!find_guise(datagram, event->of)) {
        return; /* a copy of what was sent */
    }
    struct export_guise *copy = guise_of(datagram, sent, event->copy);
    const struct export_guise *of = find_guise(datagram, event->of);
    struct trace_buffer bytes = copy->bytes;
    *copy = *of;
    copy->copy = event->copy;
    copy->bytes = bytes;
    replace_bytes(copy, (struct trace_bytes){of->bytes.data, of->bytes.len});
}

void export_datagram_follow(struct export_datagram *datagram, const struct trace_net_sent *sent,
                            const struct trace_record *record)
{
    if (record->kind == TRACE_NET_TRANSLATED_EVENT) {
        const struct trace_net_translated *event = record->data;
        struct export_guise *guise = guise_of(datagram, sent, event->copy);
        print_address(guise->source, event->source);
        print_address(guise->destination, event->destination);
        guise->source_port = event->source_port;
        guise->destination_port = event->destination_port;
        replace_bytes(guise, event->bytes);
    } else if (record->kind == TRACE_NET_DUPLICATED_EVENT) {
        follow_duplicated(datagram, sent, record->data);
    } else if (record->kind == TRACE_NET_CORRUPTED_EVENT) {
        const struct trace_net_corrupted *event = record->data;
        struct export_guise *guise = guise_of(datagram, sent, event->copy);
        if (event->bit / 8 < guise->bytes.len) {
            guise->bytes.data[event->bit / 8] ^= (uint8_t)(0x80 >> event->bit % 8);
        }
    } else if (record->kind == TRACE_ATTACK_ACTED_EVENT) {
        const struct trace_attack_acted *event = record->data;
        if (event->bytes.len > 0) {
            replace_bytes(guise_of(datagram, sent, event->copy), event->bytes);
        }
    }
}

struct trace_net_sent export_datagram_seen(const struct export_datagram *datagram,
                                           const struct trace_net_sent *sent, uint64_t copy)
{
    const struct export_guise *guise = find_guise(datagram, copy);
    struct trace_net_sent seen = *sent;
    if (guise) {
        seen.source = guise->source;
        seen.destination = guise->destination;
        seen.source_port = guise->source_port;
        seen.destination_port = guise->destination_port;
        seen.bytes = (struct trace_bytes){guise->bytes.data, guise->bytes.len};
    }
    return seen;
}

void export_datagram_clear(struct export_datagram *datagram)
{
    for (size_t i = 0; i < datagram->fate_count; i++) {
        free(datagram->fates[i].text);
    }
    for (size_t i = 0; i < datagram->guise_count; i++) {
        trace_buffer_free(&datagram->guises[i].bytes);
    }
    free(datagram->fates);
    free(datagram->guises);
}
