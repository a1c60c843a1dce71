#include "esp/tell.h"

#include <arpa/inet.h>
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { ADDRESS_TEXT = INET6_ADDRSTRLEN, DETAIL_TEXT = 160 };

/* ---- words ---- */

const char *esp_verdict_name(enum esp_verdict verdict)
{
    static const char *const names[] = {
        [ESP_OK] = "ok",
        [ESP_NO_SA] = "no_sa",
        [ESP_TOO_SHORT] = "too_short",
        [ESP_REPLAYED] = "replayed",
        [ESP_TOO_OLD] = "too_old",
        [ESP_BAD_ICV] = "bad_icv",
        [ESP_BAD_PADDING] = "bad_padding",
        [ESP_BAD_INNER] = "bad_inner",
        [ESP_BAD_SELECTOR] = "bad_selector",
        [ESP_DUMMY] = "dummy",
        [ESP_EXHAUSTED] = "exhausted",
        [ESP_BAD_SEQUENCE] = "bad_sequence",
        [ESP_EXPIRED] = "expired",
        [ESP_TOO_BIG] = "too_big",
        [ESP_FRAGMENT] = "fragment",
    };
    assert((size_t)verdict < sizeof names / sizeof *names);
    return names[verdict];
}

static const char *address_text(struct esp_address address, unsigned family,
                                char text[ADDRESS_TEXT])
{
    uint8_t octets[16];
    for (size_t i = 0; i < 16; i++) {
        octets[i] = (uint8_t)((i < 8 ? address.high : address.low) >> (56 - 8 * (i % 8)));
    }
    return inet_ntop(family == 4 ? AF_INET : AF_INET6, octets, text, ADDRESS_TEXT);
}

static const char *protocol_name(bool ah)
{
    return ah ? "AH" : "ESP";
}

static const char *mode_name(const struct esp_pair *pair)
{
    return pair->transport ? "transport" : "tunnel";
}

/* No sentence ends with a full stop: whoever shows it goes on. */
static void write_detail(char text[DETAIL_TEXT], enum esp_verdict why, const struct esp_pair *pair,
                         struct esp_header header)
{
    const char *words = NULL;
    switch (why) {
    case ESP_NO_SA:
        snprintf(text, DETAIL_TEXT, "no CHILD SA has the inbound SPI %08" PRIx32, header.spi);
        return;
    case ESP_REPLAYED:
        snprintf(text, DETAIL_TEXT, "sequence number %" PRIu64 " was accepted before",
                 header.sequence);
        return;
    case ESP_TOO_OLD:
        if (header.sequence > pair->replay.top) {
            snprintf(text, DETAIL_TEXT,
                     "the low half %" PRIu64 " of the extended sequence number is one from before "
                     "the first packet",
                     header.sequence);
            return;
        }
        snprintf(text, DETAIL_TEXT,
                 "sequence number %" PRIu64 " is left of the replay window, %" PRIu64
                 " to %" PRIu64,
                 header.sequence, esp_replay_left_edge(&pair->replay), pair->replay.top);
        return;
    case ESP_TOO_SHORT:
        words = !pair      ? "it is shorter than an ESP or AH header"
                : pair->ah ? "the length is not that of an AH header with the ICV of this SA"
                           : "the length is not that of header, IV, whole blocks and ICV";
        break;
    case ESP_BAD_ICV:
        words = "the ICV is not what key and packet give: forged, or changed on the way";
        break;
    case ESP_BAD_PADDING:
        words = "the padding is not 1, 2, 3, ... of the length that Pad Length says";
        break;
    case ESP_BAD_INNER:
        words = pair && pair->transport
                    ? "with its header in front this is no whole IP packet"
                    : "inside is no whole IP packet of the kind that Next Header says";
        break;
    case ESP_BAD_SELECTOR:
        words = "the inner packet is none that the traffic selectors of this CHILD SA allow";
        break;
    case ESP_DUMMY:
        words = "Next Header is 59: a dummy packet that hides silence, with nothing to deliver";
        break;
    case ESP_BAD_SEQUENCE:
        words = "sequence number 0 is never sent: the first packet has 1";
        break;
    case ESP_EXPIRED:
        words = "the CHILD SA has carried all that its life_bytes or life_packets allow";
        break;
    case ESP_FRAGMENT:
        words = "it is a fragment: packets are whole before ESP and AH look at them";
        break;
    case ESP_OK:
    case ESP_EXHAUSTED:
    case ESP_TOO_BIG:
        assert(!"a reason to drop");
    }
    assert(words);
    snprintf(text, DETAIL_TEXT, "%s", words);
}

/* ---- events ---- */

static struct trace_bytes traced(struct crypto_bytes bytes)
{
    return (struct trace_bytes){bytes.data, bytes.len};
}

struct trace_ref esp_tell_sent(const struct trace_observer *observer, const struct esp_pair *pair,
                               struct crypto_bytes inner)
{
    return trace_emit_esp_sent(observer, &(struct trace_esp_sent){
                                             .protocol = protocol_name(pair->ah),
                                             .mode = mode_name(pair),
                                             .spi = pair->spi_out,
                                             .sequence = pair->last_sequence,
                                             .child = pair->name,
                                             .inner = traced(inner),
                                         });
}

struct trace_ref esp_tell_not_sent(const struct trace_observer *observer, enum esp_verdict why,
                                   const struct esp_flow *flow, const struct esp_pair *pair)
{
    char source[ADDRESS_TEXT], destination[ADDRESS_TEXT], detail[DETAIL_TEXT];
    if (!observer) {
        return (struct trace_ref){0};
    }
    if (why == ESP_EXHAUSTED) {
        snprintf(detail, sizeof detail,
                 "CHILD SA %s has sent sequence number %" PRIu64
                 ", its last: it must be rekeyed (RFC 4303 §3.3.3)",
                 pair->name, pair->last_sequence);
    } else if (why == ESP_EXPIRED) {
        snprintf(detail, sizeof detail,
                 "CHILD SA %s has carried all that its life_bytes or life_packets allow",
                 pair->name);
    } else if (why == ESP_BAD_INNER) {
        snprintf(detail, sizeof detail, "this is no whole IP packet");
    } else if (why == ESP_FRAGMENT) {
        snprintf(detail, sizeof detail,
                 "this is a fragment, which the transport mode of CHILD SA %s does not take "
                 "(RFC 4301 §7.1)",
                 pair->name);
    } else if (why == ESP_TOO_BIG) {
        snprintf(detail, sizeof detail, "with its headers it would be longer than 65535 octets");
    } else {
        assert(why == ESP_NO_SA);
        snprintf(detail, sizeof detail, "the traffic selectors of no CHILD SA allow it");
    }
    return trace_emit_esp_no_sa(
        observer,
        &(struct trace_esp_no_sa){
            .source = flow ? address_text(flow->source, flow->family, source) : NULL,
            .destination = flow ? address_text(flow->destination, flow->family, destination) : NULL,
            .detail = detail,
        });
}

struct trace_ref esp_tell_received(const struct trace_observer *observer,
                                   const struct esp_pair *pair, struct esp_header header,
                                   struct crypto_bytes inner)
{
    return trace_emit_esp_received(observer, &(struct trace_esp_received){
                                                 .protocol = protocol_name(pair->ah),
                                                 .mode = mode_name(pair),
                                                 .spi = header.spi,
                                                 .sequence = header.sequence,
                                                 .child = pair->name,
                                                 .right_edge = pair->replay.top,
                                                 .window = pair->replay.window,
                                                 .inner = traced(inner),
                                             });
}

struct trace_ref esp_tell_dropped(const struct trace_observer *observer, enum esp_verdict why,
                                  bool ah, const struct esp_pair *pair, struct esp_header header)
{
    char detail[DETAIL_TEXT];
    if (!observer) {
        return (struct trace_ref){0};
    }
    write_detail(detail, why, pair, header);
    return trace_emit_esp_dropped(observer, &(struct trace_esp_dropped){
                                                .protocol = protocol_name(ah),
                                                .spi = header.spi,
                                                .sequence = header.sequence,
                                                .reason = esp_verdict_name(why),
                                                .detail = detail,
                                                .right_edge = pair ? pair->replay.top : 0,
                                                .window = pair ? pair->replay.window : 0,
                                            });
}
