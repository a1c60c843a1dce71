/* The short words beside a lifeline: what an event means for the host that it happened on. */
#include <inttypes.h>
#include <string.h>

#include "ui/term/ladder.h"
#include "ui/term/words.h"

/* What becomes of messages. */
static char *message_note(const struct trace_record *record, enum ladder_mark *mark)
{
    struct words words = {0};
    char time[WORDS_TIME_MAX];
    switch (record->kind) {
    case TRACE_IKE_FRAGMENT_EVENT: {
        const struct trace_ike_fragment *data = record->data;
        words_add(&words, "fragment %" PRIu64 " of %" PRIu64 ": %s", data->number, data->total,
                  data->have == data->total ? "all are there" : "kept");
        break;
    }
    case TRACE_IKE_MESSAGE_DROPPED_EVENT: {
        const struct trace_ike_message_dropped *data = record->data;
        *mark = LADDER_MARK_BAD;
        const char *kind = data->response ? "response" : "request";
        if (data->reason && strcmp(data->reason, "duplicate") == 0) {
            words_add(&words, "duplicate %s %" PRIu64 "%s", kind, data->message_id,
                      data->earlier.scope ? ": answered before" : ": ignored");
        } else {
            words_add(&words, "%s %" PRIu64 " refused: %s", kind, data->message_id,
                      words_or_none(data->reason));
        }
        break;
    }
    case TRACE_IKE_RETRANSMISSION_EVENT: {
        const struct trace_ike_retransmission *data = record->data;
        *mark = LADDER_MARK_TIMER;
        words_add(&words, "no answer for %s", words_duration(data->waited, time));
        break;
    }
    case TRACE_IKE_GAVE_UP_EVENT: {
        const struct trace_ike_gave_up *data = record->data;
        *mark = LADDER_MARK_BAD;
        words_add(&words, "gives up %s %" PRIu64 " after %" PRIu64 " transmissions",
                  words_or_none(data->exchange), data->message_id, data->transmissions);
        break;
    }
    case TRACE_IKE_COOKIE_EVENT: {
        const struct trace_ike_cookie *data = record->data;
        if (data->what && strcmp(data->what, "demanded") == 0) {
            words_add(&words, "COOKIE demanded: %" PRIu64 " half-open", data->half_open);
        } else {
            words_add(&words, "COOKIE %s", words_or_none(data->what));
        }
        break;
    }
    case TRACE_IKE_PUZZLE_EVENT: {
        const struct trace_ike_puzzle *data = record->data;
        words_add(&words, "puzzle %s: %" PRIu64 " zero bits", words_or_none(data->what),
                  data->difficulty);
        if (data->tries) {
            words_add(&words, ", %" PRIu64 " keys tried", data->tries);
        }
        break;
    }
    case TRACE_IKE_REDIRECT_EVENT: {
        const struct trace_ike_redirect *data = record->data;
        words_add(&words, "REDIRECT to %s %s", words_or_none(data->gateway),
                  words_or_none(data->what));
        break;
    }
    case TRACE_HOST_RESOLVED_EVENT: {
        const struct trace_host_resolved *data = record->data;
        *mark = data->address ? LADDER_MARK_PLAIN : LADDER_MARK_BAD;
        words_add(&words, "DNS: %s is %s", words_or_none(data->name),
                  data->address ? data->address : "no name of any host");
        break;
    }
    default:
        break;
    }
    return words.data;
}

/* What the ends agree on. */
static char *agreed_note(const struct trace_record *record, enum ladder_mark *mark)
{
    struct words words = {0};
    switch (record->kind) {
    case TRACE_IKE_PROPOSAL_CHOSEN_EVENT: {
        const struct trace_ike_proposal_chosen *data = record->data;
        words_add(&words, "%s proposal %" PRIu64 ": %s", words_or_none(data->protocol),
                  data->number, words_or_none(data->chosen));
        break;
    }
    case TRACE_IKE_KEYS_DERIVED_EVENT: {
        const struct trace_ike_keys_derived *data = record->data;
        *mark = LADDER_MARK_KEY;
        words_add(&words, data->sk_ai.len > 0 ? "SKEYSEED, the seven SK_ keys"
                                              : "SKEYSEED, five SK_ keys (AEAD: no SK_a)");
        break;
    }
    case TRACE_IKE_FOLLOWUP_EVENT: {
        const struct trace_ike_followup *data = record->data;
        *mark = LADDER_MARK_KEY;
        words_add(&words, "SK(%" PRIu64 ") of %" PRIu64 ": %s", data->number, data->total,
                  words_or_none(data->method));
        break;
    }
    case TRACE_IKE_CHILD_KEYS_EVENT: {
        const struct trace_ike_child_keys *data = record->data;
        *mark = LADDER_MARK_KEY;
        words_add(&words, "KEYMAT for %s", words_or_none(data->child));
        break;
    }
    case TRACE_IKE_SELECTORS_AGREED_EVENT: {
        const struct trace_ike_selectors_agreed *data = record->data;
        words_add(&words, "selectors %s ⇄ %s", words_or_none(data->agreed_i),
                  words_or_none(data->agreed_r));
        break;
    }
    case TRACE_IKE_WINDOW_ANNOUNCED_EVENT: {
        const struct trace_ike_window_announced *data = record->data;
        bool self = data->by && strcmp(data->by, "self") == 0;
        words_add(&words, "%s window: %" PRIu64, self ? "own" : "peer's", data->size);
        break;
    }
    case TRACE_IKE_INITIAL_CONTACT_EVENT: {
        const struct trace_ike_initial_contact *data = record->data;
        bool self = data->by && strcmp(data->by, "self") == 0;
        if (self) {
            words_add(&words, "INITIAL_CONTACT");
        } else {
            words_add(&words, "INITIAL_CONTACT: %" PRIu64 " older IKE SA%s removed", data->removed,
                      data->removed == 1 ? "" : "s");
        }
        break;
    }
    default:
        break;
    }
    return words.data;
}

/* IKE SAs and CHILD SAs: they come and go. */
static char *sa_note(const struct trace_record *record, enum ladder_mark *mark)
{
    struct words words = {0};
    switch (record->kind) {
    case TRACE_IKE_STATE_EVENT: {
        const struct trace_ike_state *data = record->data;
        *mark = LADDER_MARK_STATE;
        words_add(&words, "%s", words_or_none(data->to));
        break;
    }
    case TRACE_IKE_CHILD_INSTALLED_EVENT: {
        const struct trace_ike_child_installed *data = record->data;
        *mark = LADDER_MARK_CHILD;
        bool transport = data->mode && strcmp(data->mode, "transport") == 0;
        words_add(&words, "CHILD SA %s%s: in %08x, out %08x", words_or_none(data->child),
                  transport ? ", transport mode" : "", data->spi_in, data->spi_out);
        break;
    }
    case TRACE_IKE_CHILD_REMOVED_EVENT: {
        const struct trace_ike_child_removed *data = record->data;
        *mark = LADDER_MARK_CHILD;
        words_add(&words, "CHILD SA %s removed: %s", words_or_none(data->child),
                  words_or_none(data->why));
        break;
    }
    case TRACE_IKE_CHILD_FAILED_EVENT: {
        const struct trace_ike_child_failed *data = record->data;
        *mark = LADDER_MARK_BAD;
        /* The responder may not know which one the initiator meant. */
        bool known = data->child && *data->child;
        words_add(&words, "no CHILD SA%s%s: %s", known ? " " : "", known ? data->child : "",
                  words_or_none(data->why));
        break;
    }
    default:
        break;
    }
    return words.data;
}

/* One SA in the place of another. */
static char *rekey_note(const struct trace_record *record, enum ladder_mark *mark)
{
    struct words words = {0};
    char time[WORDS_TIME_MAX];
    switch (record->kind) {
    case TRACE_IKE_SA_REKEYED_EVENT: {
        const struct trace_ike_sa_rekeyed *data = record->data;
        *mark = LADDER_MARK_KEY;
        words_add(&words, "in the place of IKE SA %016" PRIx64 ", %" PRIu64 " CHILD SA%s inherited",
                  data->old_spi_i, data->children, data->children == 1 ? "" : "s");
        break;
    }
    case TRACE_IKE_CHILD_REKEYED_EVENT: {
        const struct trace_ike_child_rekeyed *data = record->data;
        *mark = LADDER_MARK_CHILD;
        words_add(&words, "in the place of in %08x, out %08x", data->old_spi_in, data->old_spi_out);
        break;
    }
    case TRACE_IKE_REKEY_FAILED_EVENT: {
        const struct trace_ike_rekey_failed *data = record->data;
        *mark = LADDER_MARK_BAD;
        words_add(&words, "no new IKE SA: %s", words_or_none(data->why));
        break;
    }
    case TRACE_IKE_REKEY_COLLISION_EVENT: {
        const struct trace_ike_rekey_collision *data = record->data;
        *mark = LADDER_MARK_KEY;
        words_add(&words, "both rekeyed %s%s: the one of %s survives, %s",
                  data->child ? "CHILD SA " : "the IKE SA", data->child ? data->child : "",
                  strcmp(words_or_none(data->winner), "self") == 0
                      ? record->id.scope->host
                      : words_or_none(record->id.scope->peer),
                  words_or_none(data->why));
        break;
    }
    case TRACE_IKE_RETRY_EVENT: {
        const struct trace_ike_retry *data = record->data;
        *mark = LADDER_MARK_TIMER;
        words_add(&words, "asks again in %s", words_duration(data->delay, time));
        break;
    }
    case TRACE_IKE_LIFETIME_EVENT: {
        const struct trace_ike_lifetime *data = record->data;
        *mark = LADDER_MARK_TIMER;
        words_add(&words, "%s of %s%s: %s", words_or_none(data->limit),
                  data->child ? "CHILD SA " : "the IKE SA", data->child ? data->child : "",
                  words_or_none(data->outcome));
        break;
    }
    default:
        break;
    }
    return words.data;
}

static char *other_note(const struct trace_record *record, enum ladder_mark *mark)
{
    struct words words = {0};
    char order[160];
    switch (record->kind) {
    case TRACE_ESP_NO_SA_EVENT: {
        const struct trace_esp_no_sa *data = record->data;
        *mark = LADDER_MARK_BAD;
        words_add(&words, "no CHILD SA for %s → %s", words_or_none(data->source),
                  words_or_none(data->destination));
        break;
    }
    case TRACE_ESP_DROPPED_EVENT: {
        const struct trace_esp_dropped *data = record->data;
        *mark = LADDER_MARK_BAD;
        words_add(&words, "%s %" PRIu64 " refused: %s", data->protocol ? data->protocol : "ESP",
                  data->sequence, words_or_none(data->reason));
        break;
    }
    case TRACE_CPU_DROPPED_EVENT: {
        const struct trace_cpu_dropped *data = record->data;
        *mark = LADDER_MARK_BAD;
        if (strcmp(words_or_none(data->why), "down") == 0) {
            words_add(&words, "restarting: %s dropped", words_or_none(data->item));
        } else {
            words_add(&words, "CPU queue full (%" PRIu64 " wait): %s dropped", data->queued,
                      words_or_none(data->item));
        }
        break;
    }
    case TRACE_HOST_ORDER_EVENT: {
        const struct trace_host_order *data = record->data;
        words_order(data->order, data->detail, record->id.scope->peer, order, sizeof order);
        words_add(&words, "told to %s", order);
        break;
    }
    case TRACE_HOST_ORDER_REFUSED_EVENT: {
        const struct trace_host_order_refused *data = record->data;
        *mark = LADDER_MARK_BAD;
        words_order(data->order, NULL, record->id.scope->peer, order, sizeof order);
        words_add(&words, "cannot %s: %s", order, words_or_none(data->why));
        break;
    }
    default:
        break;
    }
    return words.data;
}

char *ladder_note(const struct trace_record *record, enum ladder_mark *mark)
{
    *mark = LADDER_MARK_PLAIN;
    char *text = message_note(record, mark);
    text = text ? text : agreed_note(record, mark);
    text = text ? text : sa_note(record, mark);
    text = text ? text : rekey_note(record, mark);
    text = text ? text : ladder_note_auth(record, mark);
    text = text ? text : ladder_note_failover(record, mark);
    text = text ? text : ladder_note_net(record, mark);
    return text ? text : other_note(record, mark);
}
