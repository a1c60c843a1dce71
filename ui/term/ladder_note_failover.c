/* Beside a lifeline: a cluster whose other member takes over, and tickets. */
#include <inttypes.h>
#include <string.h>

#include "ui/term/ladder.h"
#include "ui/term/words.h"

static void note_sync(struct words *words, const struct trace_ike_counter_sync *data)
{
    const char *what = data->what ? data->what : "";
    if (strcmp(what, "ignored") == 0) {
        words_add(words, "old synchronisation: sends %" PRIu64 " next? No answer", data->send);
        return;
    }
    if (data->nonce.len > 0) {
        words_add(words, "%s: sends %" PRIu64 " next, expects %" PRIu64,
                  strcmp(what, "asked") == 0      ? "counters as it knows them"
                  : strcmp(what, "answered") == 0 ? "the higher ones"
                                                  : "agreed",
                  data->send, data->recv);
    }
    if (data->delta > 0) {
        words_add(words, "%s%s %" PRIu64, data->nonce.len > 0 ? "; " : "",
                  strcmp(what, "asked") == 0 ? "the peer's ESP skips" : "its ESP skips",
                  data->delta);
    }
}

static void note_ticket(struct words *words, const struct trace_ike_ticket *data,
                        enum ladder_mark *mark)
{
    const char *what = data->what ? data->what : "";
    char time[WORDS_TIME_MAX];
    if (strcmp(what, "granted") == 0 || strcmp(what, "received") == 0) {
        words_add(words, "ticket %s, good for %s", what, words_duration(data->lifetime, time));
    } else if (strcmp(what, "refused") == 0 || strcmp(what, "rejected") == 0) {
        *mark = LADDER_MARK_BAD;
        words_add(words, "ticket %s: %s", what, data->why ? data->why : "");
    } else if (strcmp(what, "requested") != 0) {
        words_add(words, "%s",
                  strcmp(what, "acked") == 0   ? "ticket promised for later"
                  : strcmp(what, "shown") == 0 ? "shows its ticket"
                                               : "ticket accepted: it says what the IKE SA was");
    }
}

char *ladder_note_failover(const struct trace_record *record, enum ladder_mark *mark)
{
    struct words words = {0};
    if (record->kind == TRACE_IKE_SA_TAKEN_OVER_EVENT) {
        const struct trace_ike_sa_taken_over *data = record->data;
        *mark = LADDER_MARK_STATE;
        words_add(&words, "another member goes on, %" PRIu64 " CHILD SA%s", data->children,
                  data->children == 1 ? "" : "s");
    } else if (record->kind == TRACE_IKE_TICKET_EVENT) {
        *mark = LADDER_MARK_KEY;
        note_ticket(&words, record->data, mark);
    } else if (record->kind == TRACE_IKE_COUNTER_SYNC_EVENT) {
        *mark = LADDER_MARK_STATE;
        note_sync(&words, record->data);
    }
    return words.data;
}
