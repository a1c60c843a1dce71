/* Beside a lifeline: who has proved to be whom. */
#include <string.h>

#include "ui/term/ladder.h"
#include "ui/term/words.h"

static void note_auth(struct words *words, const struct trace_ike_auth_computed *data,
                      enum ladder_mark *mark)
{
    bool sent = data->purpose && strcmp(data->purpose, "sent") == 0;

    *mark = sent ? LADDER_MARK_KEY : data->equal ? LADDER_MARK_GOOD : LADDER_MARK_BAD;
    words_add(words,
              sent          ? "AUTH made: I am %s"
              : data->equal ? "AUTH verified: it is %s"
                            : "AUTH wrong: not %s",
              words_or_none(data->identity));
    if (data->algorithm && *data->algorithm) {
        words_add(words, " (%s)", data->algorithm);
    }
}

static void note_certificate(struct words *words, const struct trace_ike_certificate *data,
                             enum ladder_mark *mark)
{
    bool good = data->result && strcmp(data->result, "good") == 0;

    *mark = good ? LADDER_MARK_GOOD : LADDER_MARK_BAD;
    if (good) {
        words_add(words, "certificate of %s, by %s", words_or_none(data->subject),
                  words_or_none(data->issuer));
    } else {
        words_add(words, "certificate of %s: %s", words_or_none(data->subject),
                  words_or_none(data->why));
    }
}

/* Told by who sends it; who hears of it would only say it again. But for what ends the run. */
static void note_eap(struct words *words, const struct trace_ike_eap *data, enum ladder_mark *mark)
{
    bool self = data->by && strcmp(data->by, "self") == 0;

    if (!self && data->method) {
        return;
    }
    if (!data->method) {
        *mark =
            data->code && strcmp(data->code, "Success") == 0 ? LADDER_MARK_GOOD : LADDER_MARK_BAD;
        words_add(words, "EAP %s", words_or_none(data->code));
        return;
    }
    words_add(words, "EAP %s %s", words_or_none(data->code), data->method);
    if (data->what && *data->what) {
        words_add(words, ": %s", data->what);
    }
}

static void note_reauth(struct words *words, const struct trace_ike_reauth *data,
                        enum ladder_mark *mark)
{
    char time[WORDS_TIME_MAX];

    *mark = LADDER_MARK_TIMER;
    if (data->what && strcmp(data->what, "told") == 0) {
        words_add(words, "AUTH_LIFETIME: %s", words_duration(data->lifetime, time));
    } else if (data->what && strcmp(data->what, "missed") == 0) {
        words_add(words, "the peer has not authenticated again in time");
    } else {
        words_add(words, "authenticate again: %s",
                  data->what && strcmp(data->what, "make_before_break") == 0
                      ? "a new IKE SA, then delete this one"
                      : "delete this IKE SA, then a new one");
    }
}

char *ladder_note_auth(const struct trace_record *record, enum ladder_mark *mark)
{
    struct words words = {0};

    switch (record->kind) {
    case TRACE_IKE_AUTH_COMPUTED_EVENT:
        note_auth(&words, record->data, mark);
        break;
    case TRACE_IKE_CERTIFICATE_EVENT:
        note_certificate(&words, record->data, mark);
        break;
    case TRACE_IKE_EAP_EVENT:
        note_eap(&words, record->data, mark);
        break;
    case TRACE_IKE_PPK_EVENT: {
        const struct trace_ike_ppk *data = record->data;
        *mark = LADDER_MARK_KEY;
        words_add(&words, data->used ? "PPK %s in SK_d, SK_pi, SK_pr" : "PPK %s taken out again",
                  words_or_none(data->ppk_id));
        break;
    }
    case TRACE_IKE_REAUTH_EVENT:
        note_reauth(&words, record->data, mark);
        break;
    case TRACE_IKE_AUTH_REFUSED_EVENT: {
        const struct trace_ike_auth_refused *data = record->data;
        *mark = LADDER_MARK_BAD;
        words_add(&words, "not authenticated: %s", words_or_none(data->why));
        break;
    }
    default:
        break;
    }
    return words.data;
}
