/* What an event is, and why it happened, in plain words: the chain of causes of the recording
 * followed and told. */
#ifndef IKESIM_UI_TERM_EXPLAIN_H
#define IKESIM_UI_TERM_EXPLAIN_H

#include "trace/reader.h"
#include "ui/term/words.h"

/* One to three sentences with the section that rules it; only what was known by then is told.
 * malloc'ed. */
char *explain_event(struct trace_reader *reader, uint64_t ordinal);

/* For an ike:retransmission event: what the silence came from, as somebody who sees both ends and
 * the link knows by then ("gw's response was lost"). malloc'ed; NULL if the recording does not
 * tell. */
char *explain_silence(struct trace_reader *reader, uint64_t ordinal);

/* ---- shared by the files of explain ----
 *
 * Records stay valid until 64 others have been read, and following a fate reads more than that:
 * these functions take and return names of events, and their callers copy what they still need. */

struct explain {
    struct trace_reader *reader;
    uint64_t ordinal;
    const struct trace_record *record;
    const char *host, *peer; /* of its scope; peer is never NULL ("its peer") */
    struct words words;
};

/* The event named, if it is recorded; else NULL. */
const struct trace_record *explain_find(struct trace_reader *reader, struct trace_ref id);

enum explain_fate {
    FATE_UNKNOWN,
    FATE_FLYING,
    FATE_LOST,
    FATE_DELIVERED,
};

/* What has become of the datagram of an ike:message_sent by the event `before`. */
enum explain_fate explain_fate_of(struct trace_reader *reader, struct trace_ref sent,
                                  uint64_t before);

/* Appends why a request has no response by the event `before`: "the request was lost on the link".
 * Returns false and appends nothing if the recording does not tell. */
bool explain_unanswered(struct explain *explain, struct trace_ref request, uint64_t before);

/* Each adds words for the kinds of events that it knows, and nothing for others. */
void explain_ike(struct explain *explain);
/* What a message is for: "alice asks for ...". */
void explain_purpose(struct explain *explain, const struct trace_ike_message_sent *data);
void explain_sas(struct explain *explain);  /* as they come, change and go */
void explain_auth(struct explain *explain); /* who is who */
void explain_esp(struct explain *explain);
void explain_way(struct explain *explain);      /* addresses, and who stands on the way */
void explain_failover(struct explain *explain); /* clusters */
void explain_setup(struct explain *explain);    /* what only the way to an IKE SA has */

const char *explain_text(const char *text); /* "?" for NULL */

#endif
