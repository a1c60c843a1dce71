/* IKE's events in plain words. */
#include <inttypes.h>

#include "ui/memory.h"
#include "ui/term/explain.h"

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)

/* Messages looked at to find a transmission: a bound on what one key costs. */
#define TRANSMISSION_STEPS_MAX 400

/* The n-th transmission of the bytes that were first sent as `first`; scope NULL if it is not
 * found. */
static struct trace_ref transmission(const struct explain *e, struct trace_ref first, uint64_t n)
{
    const struct trace_ref none = {0};
    if (!first.scope || n <= 1) {
        return first;
    }
    uint64_t at = e->ordinal, start = trace_reader_find(e->reader, first);
    for (int i = 0; i < TRANSMISSION_STEPS_MAX; i++) {
        at = trace_reader_step(e->reader, at, -1, BIT(IKE_MESSAGE_SENT), e->host, e->peer);
        if (at == UINT64_MAX || at <= start) {
            return none;
        }
        const struct trace_record *record = trace_reader_get(e->reader, at);
        const struct trace_ike_message_sent *data = record ? record->data : NULL;
        if (data && data->transmission == n && data->first.scope == first.scope &&
            data->first.n == first.n) {
            return record->id;
        }
    }
    return none;
}

char *explain_silence(struct trace_reader *reader, uint64_t ordinal)
{
    const struct trace_record *record = trace_reader_get(reader, ordinal);
    if (!record || record->kind != TRACE_IKE_RETRANSMISSION_EVENT || !record->id.scope->peer) {
        return NULL;
    }
    const struct trace_ike_retransmission *data = record->data;
    struct explain e = {.reader = reader,
                        .ordinal = ordinal,
                        .host = record->id.scope->host,
                        .peer = record->id.scope->peer};
    explain_unanswered(&e, transmission(&e, data->first, data->transmission - 1), ordinal);
    return e.words.data;
}

static void explain_sent_again(struct explain *e, const struct trace_ike_message_sent *data)
{
    struct trace_ref first = data->first;
    uint64_t n = data->transmission;
    if (data->response) {
        words_add(&e->words,
                  "%s sends its cached %s response once more, because the request %" PRIu64
                  " reached it again",
                  e->host, explain_text(data->exchange), data->message_id);
        struct trace_ref before = transmission(e, first, n - 1);
        bool lost = before.scope && explain_fate_of(e->reader, before, e->ordinal) == FATE_LOST;
        words_add(&e->words, ": %s. It does not work on it a second time. RFC 7296 §2.1",
                  lost ? "the response before was lost on the link"
                       : "the response before was late, or the request was copied");
        return;
    }
    words_add(&e->words,
              "%s sends the same %" PRIu64 " octets again (retransmission %" PRIu64
              "), for there is no response",
              e->host, data->length, n - 1);
    size_t len = e->words.len;
    words_add(&e->words, ": ");
    if (!explain_unanswered(e, transmission(e, first, n - 1), e->ordinal)) {
        e->words.len = len;
    }
    words_add(&e->words, ". %s cannot tell which; it only knows the silence. RFC 7296 §2.1",
              e->host);
}

static void explain_received(struct explain *e)
{
    const struct trace_ike_message_received *data = e->record->data;
    const char *exchange = explain_text(data->exchange);
    bool protected = strcmp(exchange, "IKE_SA_INIT") != 0;
    words_add(&e->words, "%s accepts the %s %s %" PRIu64 ": ", e->host, exchange,
              data->response ? "response" : "request", data->message_id);
    words_add(&e->words, data->response ? "it answers a request that is waiting"
                                        : "its Message ID is the next in the window");
    words_add(&e->words, protected ? ", and its integrity is right. RFC 7296 §2.2, §2.3"
                                   : ". It is not protected yet: AUTH will cover it later. "
                                     "RFC 7296 §2.2, §2.15");
}

static void explain_dropped(struct explain *e)
{
    const struct trace_ike_message_dropped *data = e->record->data;
    const char *reason = explain_text(data->reason);
    const char *kind = data->response ? "response" : "request";
    if (strcmp(reason, "duplicate") == 0) {
        words_add(&e->words,
                  "%s has had this %s %" PRIu64 " before, and knows it by its Message ID", e->host,
                  kind, data->message_id);
        words_add(&e->words, data->response        ? ": it is ignored. RFC 7296 §2.1"
                             : data->earlier.scope ? ": it is not worked on again, but the cached "
                                                     "response is sent once more. RFC 7296 §2.1"
                                                   : ": it is not worked on again. RFC 7296 §2.1");
        return;
    }
    words_add(&e->words, "%s refuses the %s %" PRIu64 " (%s): %s.", e->host, kind, data->message_id,
              reason, explain_text(data->detail));
    words_add(&e->words, strcmp(reason, "bad_icv") == 0
                             ? " Whoever made it has not the keys, or it was changed on the way; "
                               "it changes nothing. RFC 7296 §2.4"
                         : strcmp(reason, "outside_window") == 0 ? " RFC 7296 §2.3"
                                                                 : " RFC 7296 §2.21");
}

static void explain_timers(struct explain *e)
{
    char time[WORDS_TIME_MAX];
    if (e->record->kind == TRACE_IKE_RETRANSMISSION_EVENT) {
        const struct trace_ike_retransmission *data = e->record->data;
        words_add(&e->words, "%s has waited %s for the response to %s %" PRIu64, e->host,
                  words_duration(data->waited, time), explain_text(data->exchange),
                  data->message_id);
        struct trace_ref first = data->first;
        uint64_t n = data->transmission;
        size_t len = e->words.len;
        words_add(&e->words, " (");
        if (explain_unanswered(e, transmission(e, first, n - 1), e->ordinal)) {
            words_add(&e->words, ")");
        } else {
            e->words.len = len;
        }
        words_add(&e->words, ". It is the requester who sends again, and each wait is longer than "
                             "the one before. RFC 7296 §2.1");
    } else if (e->record->kind == TRACE_IKE_GAVE_UP_EVENT) {
        const struct trace_ike_gave_up *data = e->record->data;
        words_add(&e->words,
                  "%s has sent %s %" PRIu64 " %" PRIu64 " times without an answer and takes %s for "
                  "dead: the IKE SA goes, and its CHILD SAs with it. RFC 7296 §2.4",
                  e->host, explain_text(data->exchange), data->message_id, data->transmissions,
                  e->peer);
    }
}

static void explain_window(struct explain *e)
{
    const struct trace_record *record = e->record;
    switch (record->kind) {
    case TRACE_IKE_WINDOW_ANNOUNCED_EVENT: {
        const struct trace_ike_window_announced *data = record->data;
        bool self = strcmp(explain_text(data->by), "self") == 0;
        words_add(&e->words,
                  "SET_WINDOW_SIZE: %s can take %" PRIu64
                  " requests at once, so %s may have that many "
                  "unanswered. Without it the window is 1. RFC 7296 §2.3",
                  self ? e->host : e->peer, data->size, self ? e->peer : e->host);
        break;
    }
    case TRACE_IKE_WINDOW_EVENT: {
        const struct trace_ike_window *data = record->data;
        bool own = strcmp(explain_text(data->requests), "own") == 0;
        if (own) {
            words_add(&e->words,
                      "%s's window for own requests: %" PRIu64 " of %" PRIu64
                      " places taken, the next Message ID is %" PRIu64 ", %" PRIu64
                      " wait for a place. RFC 7296 §2.3",
                      e->host, data->outstanding, data->size, data->next, data->waiting);
        } else {
            words_add(&e->words,
                      "%s's window for requests of %s: from Message ID %" PRIu64 " on %" PRIu64
                      " are taken. RFC 7296 §2.3",
                      e->host, e->peer, data->oldest, data->size);
        }
        break;
    }
    default:
        break;
    }
}

/* One address has become another: no narrowing does that. */
static bool is_translated(const struct trace_ike_selectors_agreed *data)
{
    const char *pairs[2][2] = {{data->offered_i, data->agreed_i},
                               {data->offered_r, data->agreed_r}};
    for (size_t i = 0; i < 2; i++) {
        const char *offered = explain_text(pairs[i][0]), *agreed = explain_text(pairs[i][1]);
        const char *length = strchr(offered, '/');
        bool single = length && (strcmp(length, "/32") == 0 || strcmp(length, "/128") == 0);
        if (single && strcmp(offered, agreed) != 0) {
            return true;
        }
    }
    return false;
}

static void explain_negotiation(struct explain *e)
{
    const struct trace_record *record = e->record;
    switch (record->kind) {
    case TRACE_IKE_PROPOSAL_CHOSEN_EVENT: {
        const struct trace_ike_proposal_chosen *data = record->data;
        words_add(&e->words,
                  "Of the proposals for %s (%s) number %" PRIu64
                  " is chosen: %s. A responder takes "
                  "one whole, or none. RFC 7296 §2.7",
                  explain_text(data->protocol), explain_text(data->offered), data->number,
                  explain_text(data->chosen));
        break;
    }
    case TRACE_IKE_INITIAL_CONTACT_EVENT: {
        const struct trace_ike_initial_contact *data = record->data;
        bool self = strcmp(explain_text(data->by), "self") == 0;
        words_add(
            &e->words,
            "INITIAL_CONTACT: %s says that this is its only IKE SA with %s (%s). Older ones, left "
            "over from before a restart, can go at once: %" PRIu64 " went. RFC 7296 §2.4",
            self ? e->host : e->peer, self ? e->peer : e->host, explain_text(data->identity),
            data->removed);
        break;
    }
    case TRACE_IKE_SELECTORS_AGREED_EVENT: {
        const struct trace_ike_selectors_agreed *data = record->data;
        bool narrowed = strcmp(explain_text(data->offered_i), explain_text(data->agreed_i)) != 0 ||
                        strcmp(explain_text(data->offered_r), explain_text(data->agreed_r)) != 0;
        words_add(&e->words, "CHILD SA %s will carry traffic between %s and %s",
                  explain_text(data->child), explain_text(data->agreed_i),
                  explain_text(data->agreed_r));
        words_add(&e->words,
                  is_translated(data)
                      ? ": asked for were %s and %s, of which a NAT has changed the addresses. RFC "
                        "7296 §2.23.1"
                  : narrowed ? ": narrowed from %s and %s. RFC 7296 §2.9"
                             : ", just as asked. RFC 7296 §2.9",
                  explain_text(data->offered_i), explain_text(data->offered_r));
        break;
    }
    default:
        break;
    }
}

static void explain_keys(struct explain *e)
{
    const struct trace_record *record = e->record;
    switch (record->kind) {
    case TRACE_IKE_KEY_PAIR_EVENT: {
        const struct trace_ike_key_pair *data = record->data;
        words_add(
            &e->words,
            "%s makes a key pair for %s. The public value (%zu octets) goes into the KE payload; "
            "the private one never leaves. RFC 7296 §2.12, §3.4",
            e->host, explain_text(data->method), data->public_key.len);
        break;
    }
    case TRACE_IKE_FOLLOWUP_EVENT: {
        const struct trace_ike_followup *data = record->data;
        words_add(&e->words,
                  "%s has SK(%" PRIu64 "), the secret of additional key exchange %" PRIu64
                  " of %" PRIu64
                  ", %s. The keys of the SA come from the secrets of all: who breaks "
                  "one method has not broken the others. RFC 9370 §2.2.4",
                  e->host, data->number, data->number, data->total, explain_text(data->method));
        break;
    }
    case TRACE_IKE_KEYS_DERIVED_EVENT: {
        const struct trace_ike_keys_derived *data = record->data;
        if (data->additional.len > 0) {
            words_add(&e->words,
                      "%s computes SKEYSEED = prf(SK_d (old), SK(0) | Ni | Nr | SK(1) | ...) from "
                      "the secrets of all key exchanges of this rekey, and from it the new keys. "
                      "RFC 9370 §2.2.4, RFC 7296 §2.18",
                      e->host);
            break;
        }
        words_add(
            &e->words,
            "%s computes SKEYSEED = prf(Ni | Nr, g^ir) and from it %s. Who only listened has Ni, "
            "Nr and both public values, but not g^ir. RFC 7296 §2.14",
            e->host,
            data->sk_ai.len > 0 ? "SK_d, SK_ai, SK_ar, SK_ei, SK_er, SK_pi and SK_pr"
                                : "SK_d, SK_ei, SK_er, SK_pi and SK_pr (an AEAD needs no SK_a)");
        break;
    }
    case TRACE_IKE_CHILD_KEYS_EVENT: {
        const struct trace_ike_child_keys *data = record->data;
        words_add(&e->words,
                  "%s computes KEYMAT = prf+(SK_d, %sNi | Nr%s), %zu octets, and cuts the keys of "
                  "CHILD SA "
                  "%s out of it, the initiator's direction first. RFC 7296 §2.17%s",
                  e->host,
                  data->additional.len > 0      ? "SK(0) | "
                  : data->shared_secret.len > 0 ? "g^ir | "
                                                : "",
                  data->additional.len > 0 ? " | SK(1) | ..." : "", data->keymat.len,
                  explain_text(data->child), data->additional.len > 0 ? ", RFC 9370 §2.2.4" : "");
        break;
    }
    default:
        break;
    }
}

void explain_ike(struct explain *e)
{
    switch (e->record->kind) {
    case TRACE_IKE_MESSAGE_SENT_EVENT: {
        const struct trace_ike_message_sent *data = e->record->data;
        if (data->transmission > 1) {
            explain_sent_again(e, data);
        } else {
            explain_purpose(e, data);
        }
        break;
    }
    case TRACE_IKE_MESSAGE_RECEIVED_EVENT:
        explain_received(e);
        break;
    case TRACE_IKE_MESSAGE_DROPPED_EVENT:
        explain_dropped(e);
        break;
    default:
        explain_timers(e);
        explain_window(e);
        explain_negotiation(e);
        explain_keys(e);
        explain_auth(e);
        explain_sas(e);
        explain_setup(e);
    }
}
