/* The events of what outlives a crash in plain words: clusters (RFC 6311), tickets (RFC 5723). */
#include <inttypes.h>
#include <string.h>

#include "ui/term/explain.h"

static void explain_counter_sync(struct explain *e, const struct trace_ike_counter_sync *data)
{
    const char *what = explain_text(data->what);
    if (data->nonce.len > 0 && strcmp(what, "asked") == 0) {
        words_add(&e->words,
                  "Which requests have gone by since the last word of the member before, %s cannot "
                  "know: it says that it will send Message ID %" PRIu64 " next, a window ahead, "
                  "and expects %" PRIu64
                  ". The request has Message ID 0, since no other is sure to "
                  "be taken. RFC 6311 §5.1",
                  e->host, data->send, data->recv);
    } else if (data->nonce.len > 0 && strcmp(what, "answered") == 0) {
        words_add(&e->words,
                  "%s takes the higher of what it is told and what it knows: its next request is "
                  "%" PRIu64 ", and it expects %" PRIu64 ". What it had sent and was not answered "
                  "goes out anew under the new numbers. RFC 6311 §5.1, §9",
                  e->host, data->send, data->recv);
    } else if (strcmp(what, "adopted") == 0) {
        words_add(&e->words,
                  "The nonce is the one of the request, so the answer is none of an earlier "
                  "failover: %s goes on with %" PRIu64 ", expects %" PRIu64 ", and the window is "
                  "open again. RFC 6311 §5.1",
                  e->host, data->send, data->recv);
    } else if (strcmp(what, "ignored") == 0) {
        words_add(&e->words,
                  "Somebody says that %s will send Message ID %" PRIu64 " next, but %s has seen "
                  "that one or a higher one: an old request, replayed, or a member that knows too "
                  "little. It gets no answer. RFC 6311 §5.1",
                  e->peer, data->send, e->host);
    }
    if (data->delta > 0) {
        words_add(&e->words,
                  strcmp(what, "asked") == 0
                      ? "%s%s asks for ESP to skip %" PRIu64 " sequence numbers: packets that it "
                        "has never seen then lie left of its window, and cannot be replayed. RFC "
                        "6311 §5.2"
                      : "%s%s skips %" PRIu64 " sequence numbers in all CHILD SAs of this IKE SA. "
                        "RFC 6311 §5.2",
                  data->nonce.len > 0 ? " " : "", e->host, data->delta);
    }
}

static void explain_ticket(struct explain *e, const struct trace_ike_ticket *data)
{
    const char *what = explain_text(data->what), *why = explain_text(data->why);
    char time[WORDS_TIME_MAX];
    words_duration(data->lifetime, time);
    if (strcmp(what, "requested") == 0) {
        words_add(&e->words, "%s asks for a ticket: %s. RFC 5723 §4.1", e->host, why);
    } else if (strcmp(what, "granted") == 0) {
        words_add(&e->words,
                  "%s seals what it knows of this IKE SA (algorithms, SK_d, who %s is, and until "
                  "when) under a key that only it has and that outlives a crash: %zu octets for %s "
                  "to keep, good "
                  "for %s. RFC 5723 §6.1",
                  e->host, e->peer, data->ticket.len, e->peer, time);
    } else if (strcmp(what, "received") == 0) {
        words_add(
            &e->words,
            "%s keeps the ticket, which it cannot read, and beside it SK_d and the algorithms "
            "of this IKE SA: for %s, or until the IKE SA is deleted or rekeyed. RFC 5723 §4.2",
            e->host, time);
    } else if (strcmp(what, "acked") == 0) {
        words_add(&e->words, "%s promises a ticket for later: %s. RFC 5723 §4.1", e->host, why);
    } else if (strcmp(what, "shown") == 0) {
        words_add(&e->words,
                  "Instead of IKE_SA_INIT, with offer and public value, %s sends a nonce and its "
                  "ticket: %s. RFC 5723 §4.3.2",
                  e->host, why);
    } else if (strcmp(what, "accepted") == 0) {
        words_add(
            &e->words,
            "%s opens the ticket: %s. What it has forgotten in the crash stands in there: the "
            "algorithms, SK_d, and who %s has to prove to be. RFC 5723 §5",
            e->host, why, e->peer);
    } else if (strcmp(what, "refused") == 0) {
        words_add(&e->words,
                  "%s answers TICKET_NACK: %s. It keeps nothing of the request. RFC 5723 §4.3.2",
                  e->host, why);
    } else {
        words_add(
            &e->words,
            "TICKET_NACK, which nobody vouches for: %s throws its ticket away and begins with "
            "IKE_SA_INIT and a key exchange. RFC 5723 §4.3.2",
            e->host);
    }
}

void explain_failover(struct explain *e)
{
    char time[WORDS_TIME_MAX];
    switch (e->record->kind) {
    case TRACE_HOST_SYNCED_EVENT: {
        const struct trace_host_synced *data = e->record->data;
        bool gone = strcmp(explain_text(data->what), "gone") == 0;
        words_add(&e->words,
                  gone ? "%s tells %s that this IKE SA is no more."
                       : "%s tells %s of this IKE SA: keys, CHILD SAs, Message IDs and sequence "
                         "numbers as they are now, in %" PRIu64 " octets. What comes after that "
                         "the other does not know. RFC 6311 §3",
                  explain_text(data->member), explain_text(data->to), data->octets);
        break;
    }
    case TRACE_HOST_TAKEOVER_EVENT: {
        const struct trace_host_takeover *data = e->record->data;
        words_add(&e->words,
                  "%s takes over the address of %s from %s, and knows of %" PRIu64 " IKE SAs.",
                  explain_text(data->member), e->host, explain_text(data->before), data->ike_sas);
        if (data->silent > 0) {
            words_add(&e->words, " For %s nobody was there.", words_duration(data->silent, time));
        }
        break;
    }
    case TRACE_IKE_SA_TAKEN_OVER_EVENT: {
        const struct trace_ike_sa_taken_over *data = e->record->data;
        words_add(&e->words,
                  "%s is another machine now, which goes on with the IKE SA as the one before has "
                  "told of it: same SPIs, same keys, %" PRIu64 " CHILD SAs. Of the counters it is "
                  "not sure: as far as it knows, its next request is %" PRIu64 " and %s's %" PRIu64
                  ". RFC 6311 §5",
                  e->host, data->children, data->send, e->peer, data->recv);
        break;
    }
    case TRACE_IKE_TICKET_EVENT:
        explain_ticket(e, e->record->data);
        break;
    case TRACE_IKE_COUNTER_SYNC_EVENT:
        explain_counter_sync(e, e->record->data);
        break;
    default:
        break;
    }
}
