/* The events of the way to an IKE SA, before anybody is believed, in plain words. */
#include <inttypes.h>

#include "ui/term/explain.h"
#include "ui/term/memory.h"

static void explain_cookie(struct explain *e, const struct trace_ike_cookie *data)
{
    const char *what = explain_text(data->what);
    if (strcmp(what, "demanded") == 0) {
        words_add(&e->words,
                  "%s has %" PRIu64
                  " half-open IKE SAs and makes no more for a stranger: the COOKIE "
                  "is computed from the request and a secret, so that %s remembers nothing. It "
                  "answers because %s. RFC 7296 §2.6",
                  e->host, data->half_open, e->host, explain_text(data->why));
    } else if (strcmp(what, "accepted") == 0) {
        words_add(&e->words,
                  "The COOKIE is the one that %s computes for this request, so %s: now it is worth "
                  "a key exchange. RFC 7296 §2.6",
                  e->host, explain_text(data->why));
    } else {
        words_add(&e->words,
                  "%s puts the COOKIE in front of its request and changes nothing else, not even "
                  "the Message ID: %s. RFC 7296 §2.6",
                  e->host, explain_text(data->why));
    }
}

void explain_setup(struct explain *e)
{
    const struct trace_record *record = e->record;
    switch (record->kind) {
    case TRACE_IKE_COOKIE_EVENT:
        explain_cookie(e, record->data);
        break;
    default:
        break;
    }
}
