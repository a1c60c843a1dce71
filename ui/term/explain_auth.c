/* Who proves to be whom, and by what. */
#include <inttypes.h>
#include <string.h>

#include "ui/term/explain.h"

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

static void explain_value(struct explain *e, const struct trace_ike_auth_computed *data)
{
    bool sent = is(data->purpose, "sent");
    bool signature = data->algorithm && *data->algorithm;

    if (signature) {
        words_add(&e->words,
                  sent ? "%s signs (%s) its own first message, the nonce of %s and its identity "
                         "(%s) with the key of its certificate: a change to any of them would "
                         "show. RFC 7296 §2.15, RFC 7427 §3"
                  : data->equal
                      ? "%s checks the signature (%s) of %s with the key of its certificate: it is "
                        "%s, and nobody has changed its first message. RFC 7296 §2.15, RFC 7427 §3"
                      : "%s checks the signature (%s) of %s with the key of its certificate, and "
                        "it is wrong: it is not %s, or somebody changed a message. RFC 7296 "
                        "§2.15, §2.21.2",
                  e->host, data->algorithm, e->peer, explain_text(data->identity));
        return;
    }
    words_add(&e->words,
              sent ? "%s computes its AUTH over its own first message, the nonce of %s and its "
                     "identity (%s): a change to any of them would show. RFC 7296 §2.15"
              : data->equal
                  ? "%s computes what the AUTH of %s must be and finds the same: it is %s, and "
                    "nobody has changed its first message. RFC 7296 §2.15"
                  : "%s computes what the AUTH of %s must be and finds another value: it is not "
                    "%s, or somebody changed a message. RFC 7296 §2.15, §2.21.2",
              e->host, e->peer, explain_text(data->identity));
}

static void explain_certificate(struct explain *e, const struct trace_ike_certificate *data)
{
    words_add(
        &e->words, "%s looks at the certificate of %s (%s %s key, signed by %s, valid %s to %s)",
        e->host, explain_text(data->subject),
        strchr("aeiorAEIOR", *explain_text(data->key)) ? "an" : "a", explain_text(data->key),
        explain_text(data->issuer), explain_text(data->not_before), explain_text(data->not_after));
    if (is(data->result, "good")) {
        words_add(&e->words,
                  ": a chain of %" PRIu64 " leads to an authority that it trusts, all of it is "
                  "valid at this time, and the certificate is for the ID that was sent. RFC 7296 "
                  "§3.6, RFC 5280 §6",
                  data->chain);
    } else {
        words_add(&e->words, ": %s. RFC 7296 §3.6, RFC 5280 §6", explain_text(data->why));
    }
}

static void explain_eap(struct explain *e, const struct trace_ike_eap *data)
{
    const char *from = is(data->by, "self") ? e->host : e->peer;
    const char *to = is(data->by, "self") ? e->peer : e->host;

    words_add(&e->words, "%s sends %s an EAP %s", from, to, explain_text(data->code));
    if (data->method) {
        words_add(&e->words, " of %s", data->method);
    }
    if (data->what && *data->what) {
        words_add(&e->words, " (%s)", data->what);
    }
    if (is(data->code, "Success")) {
        words_add(&e->words, ": both ends have the same key now, and AUTH will be made with it, so "
                             "that nobody can have carried EAP from one IKE SA into another");
    } else if (is(data->code, "Failure")) {
        words_add(&e->words, ": that is the refusal, and the IKE SA ends");
    } else if (is(data->method, "Identity")) {
        words_add(&e->words, is(data->code, "Request")
                                 ? ": who are you?"
                                 : ": a name, of which nothing is proved yet");
    }
    words_add(&e->words, ". RFC 7296 §2.16, RFC 3748 §4");
}

void explain_auth(struct explain *e)
{
    switch (e->record->kind) {
    case TRACE_IKE_AUTH_COMPUTED_EVENT:
        explain_value(e, e->record->data);
        break;
    case TRACE_IKE_CERTIFICATE_EVENT:
        explain_certificate(e, e->record->data);
        break;
    case TRACE_IKE_EAP_EVENT:
        explain_eap(e, e->record->data);
        break;
    case TRACE_IKE_PPK_EVENT: {
        const struct trace_ike_ppk *data = e->record->data;
        words_add(&e->words,
                  data->used
                      ? "%s mixes the postquantum preshared key %s into SK_d, SK_pi and SK_pr: "
                        "prf+(PPK, SK_d') and so on. Who breaks the key exchange one day still has "
                        "no key of a CHILD SA, but can read IKE_AUTH. RFC 8784 §3"
                      : "%s takes the postquantum preshared key %s out of its keys again: the "
                        "responder has gone on without it. RFC 8784 §3",
                  e->host, explain_text(data->ppk_id));
        break;
    }
    case TRACE_IKE_REAUTH_EVENT: {
        const struct trace_ike_reauth *data = e->record->data;
        char time[WORDS_TIME_MAX];
        if (is(data->what, "told")) {
            words_add(&e->words,
                      "%s hears from %s that its authentication holds for %s: before that it must "
                      "repeat it, or the IKE SA is deleted. RFC 4478",
                      e->host, e->peer, words_duration(data->lifetime, time));
        } else if (is(data->what, "missed")) {
            words_add(
                &e->words,
                "%s has not repeated its authentication in the time that %s gave it. RFC 4478",
                e->peer, e->host);
        } else {
            words_add(&e->words,
                      "%s repeats its authentication. IKEv2 has no exchange for that: a new IKE SA "
                      "is made from IKE_SA_INIT on, with CHILD SAs of its own, and the old one "
                      "is deleted%s. RFC 7296 §2.8.3",
                      e->host,
                      is(data->what, "make_before_break")
                          ? " when the new one is there, so that packets always find a tunnel"
                          : " first, so that for a moment there is no tunnel");
        }
        break;
    }
    case TRACE_IKE_AUTH_REFUSED_EVENT: {
        const struct trace_ike_auth_refused *data = e->record->data;
        words_add(&e->words,
                  is(data->whose, "self")
                      ? "%s cannot prove who it is: %s. %s hears AUTHENTICATION_FAILED and no "
                        "more. RFC 7296 §2.21.2"
                      : "%s does not authenticate its peer: %s. Whatever the reason, %s hears "
                        "AUTHENTICATION_FAILED and no more, so that it learns nothing from it. "
                        "RFC 7296 §2.21.2",
                  e->host, explain_text(data->why), e->peer);
        break;
    }
    default:
        break;
    }
}
