/* IKE's events in plain words. */
#include <inttypes.h>

#include "ui/term/explain.h"
#include "ui/term/memory.h"

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)

/* Messages looked at to find a transmission: a bound on what one key costs. */
#define TRANSMISSION_STEPS_MAX 400

/* True if a payload chain such as "SK{IDi N(INITIAL_CONTACT) AUTH}" has that payload. */
static bool has_payload(const char *payloads, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = payloads; at && (at = strstr(at, name)) != NULL; at++) {
        bool begins = at == payloads || strchr(" {(", at[-1]);
        if (begins && strchr(" }()", at[len])) {
            return true;
        }
    }
    return false;
}

static bool is_empty(const char *payloads)
{
    return payloads && strcmp(payloads, "SK{}") == 0;
}

static void add_create_purpose(struct explain *e, const struct trace_ike_message_sent *data)
{
    const char *format =
        data->response ? "%s answers with its own SPI and nonce. RFC 7296 §1.3"
        : has_payload(data->payloads, "REKEY_SA")
            ? "%s asks for a CHILD SA in the place of one that is there (REKEY_SA names it). "
              "RFC 7296 §1.3.3"
        : has_payload(data->payloads, "TSi") ? "%s asks for one more CHILD SA inside the IKE SA: "
                                               "new nonces, so new keys, and no new "
                                               "authentication. RFC 7296 §1.3.1"
                                             : "%s asks for an IKE SA in the place of this one: "
                                               "new SPIs, a new key exchange, and the "
                                               "CHILD SAs go over to it. RFC 7296 §1.3.2";
    words_add(&e->words, format, e->host);
}

/* One more key exchange behind CREATE_CHILD_SA, or why there is none. */
static void add_followup_purpose(struct explain *e, const struct trace_ike_message_sent *data)
{
    const char *format =
        !data->response
            ? "%s sends its value of the next key exchange; the notify is the responder's own, "
              "sent "
              "back as it came, and says to which CREATE_CHILD_SA it belongs. RFC 9370 §2.2.4"
        : !has_payload(data->payloads, "KE")
            ? "%s does not go on with this series of key exchanges, and says why in a notify; the "
              "SA that it was for does not come to be. RFC 9370 §2.2.4"
        : has_payload(data->payloads, "ADDITIONAL_KEY_EXCHANGE")
            ? "%s answers with its value; one more key exchange is to follow, so there is no SA "
              "yet. RFC 9370 §2.2.4"
            : "%s answers with its value; this was the last key exchange, and only now there is "
              "the "
              "SA, with keys from all of them. RFC 9370 §2.2.4";

    words_add(&e->words, format, e->host);
}

/* What a message is for. "alice ..." */
static void add_purpose(struct explain *e, const struct trace_ike_message_sent *data)
{
    const char *exchange = explain_text(data->exchange);
    const char *key = data->initiator ? "SK_ei" : "SK_er";
    if (strcmp(exchange, "IKE_SA_INIT") == 0 && has_payload(data->payloads, "COOKIE")) {
        words_add(&e->words,
                  data->response
                      ? "%s asks for a proof that its peer receives at its address before it "
                        "computes and remembers anything: the request has to come again with "
                        "this COOKIE. RFC 7296 §2.6"
                      : "%s sends its IKE_SA_INIT request once more with the COOKIE in front, as "
                        "it was asked to. RFC 7296 §2.6",
                  e->host);
    } else if (strcmp(exchange, "IKE_SA_INIT") == 0) {
        words_add(
            &e->words,
            has_payload(data->payloads, "KE") || !data->response
                ? (data->response
                       ? "%s answers with the proposal it chose, its own key exchange value "
                         "and a nonce. From now on both ends can compute SKEYSEED. "
                         "RFC 7296 §1.2, §2.14"
                       : "%s asks for an IKE SA: its proposals (SA), its half of the key "
                         "exchange (KE) and a nonce (Ni), all in clear, for there are no keys "
                         "yet. RFC 7296 §1.2")
                : "%s does not accept this, and says why in a notify. RFC 7296 §1.2",
            e->host);
    } else if (strcmp(exchange, "IKE_INTERMEDIATE") == 0) {
        words_add(&e->words,
                  data->response
                      ? "%s answers with its value of an additional key exchange; from "
                        "the next message on both ends use keys that come from the old "
                        "ones and from this. RFC 9370 §2.2.2"
                      : "%s sends its value of an additional key exchange, encrypted "
                        "already: whoever breaks one of them has not broken the other. "
                        "AUTH will cover this message too. RFC 9242 §3.3, RFC 9370 §2.2.2",
                  e->host);
    } else if (strcmp(exchange, "IKE_FOLLOWUP_KE") == 0) {
        add_followup_purpose(e, data);
    } else if (strcmp(exchange, "IKE_AUTH") == 0 && !has_payload(data->payloads, "AUTH") &&
               (has_payload(data->payloads, "EAP") || has_payload(data->payloads, "IDi"))) {
        words_add(
            &e->words,
            has_payload(data->payloads, "IDi")
                ? "%s says who it is, and by leaving AUTH out that it will prove it with EAP. "
                  "RFC 7296 §2.16"
                : "%s carries EAP on, one packet in each message. RFC 7296 §2.16",
            e->host);
    } else if (strcmp(exchange, "IKE_AUTH") == 0) {
        words_add(
            &e->words,
            data->response
                ? "%s proves in turn who it is (AUTH) and answers for the first CHILD SA; "
                  "encrypted with %s. RFC 7296 §1.2, §2.15"
                : "%s proves who it is (AUTH covers its whole IKE_SA_INIT request) and asks "
                  "for the first CHILD SA in the same message; its payloads are encrypted with %s. "
                  "RFC 7296 §1.2, §2.15",
            e->host, key);
    } else if (strcmp(exchange, "CREATE_CHILD_SA") == 0) {
        add_create_purpose(e, data);
    } else if (strcmp(exchange, "INFORMATIONAL") == 0 && has_payload(data->payloads, "D")) {
        words_add(&e->words,
                  data->response
                      ? "%s answers a Delete with the SPIs of the other direction, for SAs "
                        "come in pairs. RFC 7296 §1.4.1"
                      : "%s deletes SAs (D names the SPIs that it receives with). "
                        "RFC 7296 §1.4.1",
                  e->host);
    } else if (strcmp(exchange, "INFORMATIONAL") == 0 && is_empty(data->payloads)) {
        words_add(&e->words,
                  data->response
                      ? "%s acknowledges with an empty response: it is alive and has the "
                        "keys. RFC 7296 §1.4"
                      : "%s sends an empty request: whoever answers it is alive and has "
                        "the keys. RFC 7296 §2.4",
                  e->host);
    } else {
        words_add(&e->words, "%s sends an %s %s. RFC 7296 §1.4", e->host, exchange,
                  data->response ? "response" : "request");
    }
}

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

/* Enough of a nonce to see which is lower. */
static void add_nonce(struct explain *e, const char *name, struct trace_bytes nonce)
{
    words_add(&e->words, "%s ", name);
    for (size_t i = 0; i < nonce.len && i < 4; i++) {
        words_add(&e->words, "%02x", nonce.data[i]);
    }
    words_add(&e->words, "%s", nonce.len == 0 ? "(none)" : "");
}

static void explain_sas(struct explain *e)
{
    const struct trace_record *record = e->record;
    switch (record->kind) {
    case TRACE_IKE_SA_CREATED_EVENT: {
        const struct trace_ike_sa_created *data = record->data;
        words_add(
            &e->words,
            "%s begins to keep state for an IKE SA as its %s; the initiator's SPI is %016" PRIx64
            ". RFC 7296 §2.6",
            e->host, explain_text(data->role), data->spi_i);
        break;
    }
    case TRACE_IKE_STATE_EVENT: {
        const struct trace_ike_state *data = record->data;
        words_add(&e->words, "The IKE SA at %s is now %s", e->host, explain_text(data->to));
        if (data->why && *data->why) {
            words_add(&e->words, ": %s", data->why);
        }
        words_add(&e->words, e->words.data[e->words.len - 1] == '.' ? "" : ".");
        break;
    }
    case TRACE_IKE_CHILD_INSTALLED_EVENT: {
        const struct trace_ike_child_installed *data = record->data;
        words_add(
            &e->words,
            "%s hands CHILD SA %s to %s, one SA for each direction: packets to it carry SPI %08x, "
            "packets to %s %08x. ",
            e->host, explain_text(data->child), explain_text(data->protocol), data->spi_in, e->peer,
            data->spi_out);
        words_add(&e->words,
                  data->mode && strcmp(data->mode, "transport") == 0
                      ? "%s ⇄ %s now goes in transport mode, behind the packets' own headers: both "
                        "said USE_TRANSPORT_MODE. RFC 7296 §1.3.1"
                      : "%s ⇄ %s now goes through the tunnel. RFC 4301 §4.4.2",
                  explain_text(data->local_ts), explain_text(data->remote_ts));
        break;
    }
    case TRACE_IKE_SA_REKEYED_EVENT: {
        const struct trace_ike_sa_rekeyed *data = record->data;
        words_add(&e->words,
                  "%s has a new IKE SA with %s, in which it is the %s; its keys come from SK_d of "
                  "the old one, Message IDs begin at 0 and both windows are 1 until they are "
                  "announced anew. It takes over %" PRIu64 " CHILD SA%s nothing. RFC 7296 "
                  "§2.18",
                  e->host, e->peer, explain_text(data->role), data->children,
                  data->children == 1 ? ", which notices" : "s, which notice");
        break;
    }
    case TRACE_IKE_REKEY_FAILED_EVENT: {
        const struct trace_ike_rekey_failed *data = record->data;
        words_add(&e->words,
                  "%s has got no IKE SA in the place of this one, which stays: %s. "
                  "RFC 7296 §2.25",
                  e->host, explain_text(data->why));
        break;
    }
    case TRACE_IKE_CHILD_REKEYED_EVENT: {
        const struct trace_ike_child_rekeyed *data = record->data;
        words_add(&e->words,
                  data->by && strcmp(data->by, "self") == 0
                      ? "%s has asked for CHILD SA %s anew and deletes the old one now "
                        "(it receives with SPI %08x until then). RFC 7296 §2.8"
                      : "%s has CHILD SA %s anew; the peer, who asked for it, will delete the old "
                        "one (SPI %08x), and packets of both are taken until then. RFC 7296 §2.8",
                  e->host, explain_text(data->child), data->old_spi_in);
        break;
    }
    case TRACE_IKE_REKEY_COLLISION_EVENT: {
        const struct trace_ike_rekey_collision *data = record->data;
        bool self = data->winner && strcmp(data->winner, "self") == 0;
        words_add(&e->words,
                  "%s and %s have rekeyed %s%s at the same time. %s: so the new SA of %s survives, "
                  "%s deletes the old one, and the other new one is deleted by the end that asked "
                  "for it.",
                  e->host, e->peer, data->child ? "CHILD SA " : "their IKE SA",
                  data->child ? data->child : "", explain_text(data->why), self ? e->host : e->peer,
                  self ? e->host : e->peer);
        words_add(&e->words, " The four nonces begin with");
        add_nonce(e, " own Ni", data->own_ni);
        add_nonce(e, ", own Nr", data->own_nr);
        add_nonce(e, ", the peer's Ni", data->peer_ni);
        add_nonce(e, ", the peer's Nr", data->peer_nr);
        words_add(&e->words, ". RFC 7296 %s", data->child ? "§2.8.1" : "§2.8.2");
        break;
    }
    case TRACE_IKE_RETRY_EVENT: {
        const struct trace_ike_retry *data = record->data;
        char time[WORDS_TIME_MAX];
        words_add(
            &e->words,
            "%s was refused with TEMPORARY_FAILURE: the peer is busy with the same SA, so the "
            "same is asked for again, but not at once, or both would refuse each other for "
            "ever: in %s, of which a part is random. Refused so far: %" PRIu64 ". RFC 7296 §2.25",
            e->host, words_duration(data->delay, time), data->tries);
        break;
    }
    case TRACE_IKE_LIFETIME_EVENT: {
        const struct trace_ike_lifetime *data = record->data;
        words_add(&e->words,
                  "%s has come to the %s of %s%s: %s. Each end has lifetimes of its own, and "
                  "whoever comes first begins. RFC 7296 §2.8",
                  e->host, explain_text(data->limit), data->child ? "CHILD SA " : "the IKE SA",
                  data->child ? data->child : "", explain_text(data->outcome));
        break;
    }
    case TRACE_IKE_CHILD_REMOVED_EVENT: {
        const struct trace_ike_child_removed *data = record->data;
        words_add(&e->words,
                  "%s takes CHILD SA %s out of ESP, both directions: %s. RFC 7296 §1.4.1", e->host,
                  explain_text(data->child), explain_text(data->why));
        break;
    }
    case TRACE_IKE_CHILD_FAILED_EVENT: {
        const struct trace_ike_child_failed *data = record->data;
        bool known = data->child && *data->child;
        words_add(&e->words, "%s gets no CHILD SA%s%s: %s. RFC 7296 §1.2, §1.3.1", e->host,
                  known ? " " : "", known ? data->child : "", explain_text(data->why));
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
            add_purpose(e, data);
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
        explain_negotiation(e);
        explain_keys(e);
        explain_auth(e);
        explain_sas(e);
        explain_setup(e);
    }
}
