/* The events of the way to an IKE SA, before anybody is believed, in plain words. */
#include <inttypes.h>

#include "ui/memory.h"
#include "ui/term/explain.h"

static void explain_cookie(struct explain *e, const struct trace_ike_cookie *data)
{
    const char *what = explain_text(data->what);
    if (strcmp(what, "demanded") == 0) {
        words_add(&e->words,
                  "%s has %" PRIu64
                  " half-open IKE SA%s and makes no more for a stranger: the COOKIE "
                  "is computed from the request and a secret, so that %s remembers nothing. It "
                  "answers because %s. RFC 7296 §2.6",
                  e->host, data->half_open, data->half_open == 1 ? "" : "s", e->host,
                  explain_text(data->why));
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

static void explain_fragment(struct explain *e, const struct trace_ike_fragment *data)
{
    words_add(&e->words,
              "Fragment %" PRIu64 " of %" PRIu64 " of the %s %s %" PRIu64
              " is authentic: each has an "
              "ICV of its own, so that nobody can fill %s's memory with pieces of nothing. ",
              data->number, data->total, explain_text(data->exchange),
              data->response ? "response" : "request", data->message_id, e->host);
    if (data->have == data->total) {
        words_add(&e->words, "All are there now: the contents are joined and read as if they had "
                             "come in one SK payload. RFC 7383 §2.6");
    } else {
        words_add(&e->words,
                  "%" PRIu64 " are there; it is kept until the others are, or the time is up. "
                  "Nothing of it is read before. RFC 7383 §2.6",
                  data->have);
    }
}

static void explain_redirect(struct explain *e, const struct trace_ike_redirect *data)
{
    const char *what = explain_text(data->what), *gateway = explain_text(data->gateway);
    if (strcmp(what, "sent") == 0) {
        words_add(&e->words,
                  "%s names %s instead of itself: %s. Before IKE_AUTH it has computed nothing and "
                  "keeps nothing; later, %s is given some time to go. RFC 5685 §3, §5, §6",
                  e->host, gateway, explain_text(data->why), e->peer);
    } else if (strcmp(what, "followed") == 0) {
        words_add(&e->words,
                  "%s leaves %s and begins an attempt with %s: %s. The new one tells where it was "
                  "redirected from, always by an address (§9.3), and expects the same identity. "
                  "RFC 5685 §3",
                  e->host, e->peer, gateway, explain_text(data->why));
    } else {
        words_add(&e->words, "%s does not go to %s: %s. RFC 5685 §7", e->host, gateway,
                  explain_text(data->why));
    }
}

static void explain_resolved(struct explain *e, const struct trace_host_resolved *data)
{
    if (data->address) {
        words_add(
            &e->words,
            "%s has named the next gateway by its FQDN, so %s has asked the DNS: %s is at %s. "
            "The name proves nothing; whoever is there has to prove the identity that was "
            "expected of %s. RFC 5685 §3, §9.2",
            e->peer, e->host, explain_text(data->name), data->address, e->peer);
    } else {
        words_add(
            &e->words,
            "%s has named the next gateway by its FQDN, and the DNS knows no %s: the redirect "
            "leads nowhere, and the attempt has failed. What a client does then RFC 5685 does "
            "not say; %s tries again as often as keyingtries has it, a minute later.",
            e->peer, explain_text(data->name), e->host);
    }
}

void explain_setup(struct explain *e)
{
    const struct trace_record *record = e->record;
    switch (record->kind) {
    case TRACE_IKE_COOKIE_EVENT:
        explain_cookie(e, record->data);
        break;
    case TRACE_IKE_PUZZLE_EVENT: {
        const struct trace_ike_puzzle *data = record->data;
        const char *what = explain_text(data->what);
        words_add(
            &e->words,
            strcmp(what, "demanded") == 0
                ? "%s wants to see computing time before it spends its own: four keys for "
                  "%s under which the cookie ends in %" PRIu64
                  " zero bits. Whoever has a thousand forged requests to pay for will not. "
                  "RFC 8019 §7.1"
            : strcmp(what, "solved") == 0
                ? "%s has tried keys for %s one after the other until four of them gave %" PRIu64
                  " zero bits. RFC 8019 §7.1.3"
            : strcmp(what, "accepted") == 0
                ? "%s has computed four values of %s, and all have the %" PRIu64
                  " zero bits: cheap to check, dear to find. RFC 8019 §7.1.4"
                : "%s finds no solution for %s with %" PRIu64
                  " zero bits and does not serve the request. RFC 8019 §7.1.4",
            e->host, explain_text(data->prf), data->difficulty);
        break;
    }
    case TRACE_IKE_REDIRECT_EVENT:
        explain_redirect(e, record->data);
        break;
    case TRACE_HOST_RESOLVED_EVENT:
        explain_resolved(e, record->data);
        break;
    case TRACE_IKE_FRAGMENT_EVENT:
        explain_fragment(e, record->data);
        break;
    default:
        break;
    }
}
