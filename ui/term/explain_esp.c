/* ESP's events, and those of the traffic in it, in plain words. */
#include <inttypes.h>
#include <string.h>

#include "ui/memory.h"
#include "ui/term/explain.h"

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

static void explain_refused(struct explain *e)
{
    const struct trace_esp_dropped *data = e->record->data;
    const char *reason = explain_text(data->reason);
    const char *rfc = is(data->protocol, "AH") ? "4302" : "4303";
    words_add(&e->words, "%s refuses %s packet %" PRIu64 " of SPI %08x (%s)", e->host,
              explain_text(data->protocol), data->sequence, data->spi, reason);
    if (strcmp(reason, "replayed") == 0) {
        words_add(
            &e->words,
            ": its bit in the replay window is set, so it was here before. A copy must not get "
            "through twice. RFC %s §3.4.3",
            rfc);
    } else if (strcmp(reason, "too_old") == 0) {
        words_add(&e->words,
                  ": the window of %" PRIu64 " ends at %" PRIu64
                  ", and what is left of it cannot be told "
                  "from a replay. RFC %s §3.4.3",
                  data->window, data->right_edge, rfc);
    } else {
        words_add(&e->words, ": %s. RFC %s §3.4", explain_text(data->detail), rfc);
    }
}

static void explain_edited(struct explain *e, const struct trace_esp_edited *data)
{
    words_add(&e->words, "%s is a faulty sender here: in its %s packet %" PRIu64 ", octet %" PRIu64,
              e->host, explain_text(data->protocol), data->sequence, data->octet);
    if (data->after.len == 0) {
        words_add(&e->words, " was to be another, but there is none. The packet stays as it was.");
        return;
    }
    words_add(&e->words, " and on it writes ");
    words_octets(&e->words, &data->after);
    words_add(&e->words, " over ");
    words_octets(&e->words, &data->before);
    words_add(&e->words,
              ", before it seals. So the ICV is right: it shows that the packet is from who has "
              "the key, and not that it makes sense. What %s does with it depends on what it "
              "checks besides: number, padding, selectors. RFC 4303 §3.4, RFC 4301 §5.2",
              e->peer);
}

void explain_esp(struct explain *e)
{
    const struct trace_record *record = e->record;
    char time[WORDS_TIME_MAX];
    switch (record->kind) {
    case TRACE_ESP_SENT_EVENT: {
        const struct trace_esp_sent *data = record->data;
        bool ah = is(data->protocol, "AH");
        words_add(&e->words,
                  "%s seals an inner packet of %zu octets into %s%s: CHILD SA %s, SPI %08x, "
                  "sequence number %" PRIu64 ".",
                  e->host, data->inner.len, ah ? "AH" : "ESP",
                  is(data->mode, "transport") ? " behind its own IP header" : "",
                  explain_text(data->child), data->spi, data->sequence);
        words_add(&e->words,
                  ah ? " Anyone can read it, nobody can change it: the ICV covers the IP "
                       "header too. RFC 4302 §3.3"
                     : " RFC 4303 §3.3");
        break;
    }
    case TRACE_ESP_EDITED_EVENT:
        explain_edited(e, record->data);
        break;
    case TRACE_ESP_RECEIVED_EVENT: {
        const struct trace_esp_received *data = record->data;
        words_add(&e->words,
                  "%s finds %s packet %" PRIu64
                  " authentic and new, and lets the inner packet out. The "
                  "right edge of its replay window is %" PRIu64 ". RFC 4303 §3.4.3",
                  e->host, explain_text(data->protocol), data->sequence, data->right_edge);
        break;
    }
    case TRACE_ESP_DROPPED_EVENT:
        explain_refused(e);
        break;
    case TRACE_ESP_NO_SA_EVENT: {
        const struct trace_esp_no_sa *data = record->data;
        words_add(&e->words,
                  "%s has a packet from %s to %s, and no CHILD SA for it: %s. RFC 4301 §5.1",
                  e->host, explain_text(data->source), explain_text(data->destination),
                  explain_text(data->detail));
        break;
    }
    case TRACE_TRAFFIC_SENT_EVENT: {
        const struct trace_traffic_sent *data = record->data;
        words_add(&e->words, "Behind %s, %s sends %s %s to %s (%" PRIu64 " of %s).", e->host,
                  explain_text(data->source),
                  strcmp(explain_text(data->kind), "datagram") == 0 ? "a" : "an",
                  explain_text(data->kind), explain_text(data->destination), data->packet,
                  explain_text(data->flow));
        break;
    }
    case TRACE_TRAFFIC_DELIVERED_EVENT: {
        const struct trace_traffic_delivered *data = record->data;
        words_add(&e->words, "The %s from %s arrives behind %s, at %s, after %s.",
                  explain_text(data->kind), explain_text(data->source), e->host,
                  explain_text(data->destination), words_duration(data->delay, time));
        if (data->times > 1) {
            words_add(&e->words, " For the %" PRIu64 ". time: a replay was ACCEPTED.", data->times);
        }
        break;
    }
    case TRACE_TRAFFIC_ANSWERED_EVENT: {
        const struct trace_traffic_answered *data = record->data;
        words_add(&e->words, "The echo of ping %" PRIu64 " is back behind %s after %s.",
                  data->packet, e->host, words_duration(data->round_trip, time));
        break;
    }
    default:
        break;
    }
}
