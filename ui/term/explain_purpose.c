/* What an IKE message is for. */
#include "ui/term/explain.h"

#include <string.h>

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

static void add_init_purpose(struct explain *e, const struct trace_ike_message_sent *data)
{
    bool accepted = has_payload(data->payloads, "KE") || !data->response;
    const char *format =
        has_payload(data->payloads, "COOKIE")
            ? (data->response
                   ? "%s asks for a proof that its peer receives at its address before it computes "
                     "and remembers anything: the request has to come again with this COOKIE. "
                     "RFC 7296 §2.6"
                   : "%s sends its IKE_SA_INIT request once more with the COOKIE in front, as it "
                     "was asked to. RFC 7296 §2.6")
        : !accepted ? "%s does not accept this, and says why in a notify. RFC 7296 §1.2"
        : data->response
            ? "%s answers with the proposal it chose, its own key exchange value and a nonce. From "
              "now on both ends can compute SKEYSEED. RFC 7296 §1.2, §2.14"
            : "%s asks for an IKE SA: its proposals (SA), its half of the key exchange (KE) and a "
              "nonce (Ni), all in clear, for there are no keys yet. RFC 7296 §1.2";

    words_add(&e->words, format, e->host);
}

static void add_intermediate_purpose(struct explain *e, const struct trace_ike_message_sent *data)
{
    words_add(
        &e->words,
        data->response
            ? "%s answers with its value of an additional key exchange; from the next message "
              "on both ends use keys that come from the old ones and from this. "
              "RFC 9370 §2.2.2"
            : "%s sends its value of an additional key exchange, encrypted already: whoever "
              "breaks one of them has not broken the other. AUTH will cover this message "
              "too. RFC 9242 §3.3, RFC 9370 §2.2.2",
        e->host);
}

static void add_auth_purpose(struct explain *e, const struct trace_ike_message_sent *data)
{
    bool id = has_payload(data->payloads, "IDi");
    if (!has_payload(data->payloads, "AUTH") && (id || has_payload(data->payloads, "EAP"))) {
        words_add(&e->words,
                  id ? "%s says who it is, and by leaving AUTH out that it will prove it with EAP. "
                       "RFC 7296 §2.16"
                     : "%s carries EAP on, one packet in each message. RFC 7296 §2.16",
                  e->host);
        return;
    }
    words_add(&e->words,
              data->response
                  ? "%s proves in turn who it is (AUTH) and answers for the first CHILD SA; "
                    "encrypted with %s. RFC 7296 §1.2, §2.15"
                  : "%s proves who it is (AUTH covers its whole IKE_SA_INIT request) and asks for "
                    "the first CHILD SA in the same message; its payloads are encrypted with %s. "
                    "RFC 7296 §1.2, §2.15",
              e->host, data->initiator ? "SK_ei" : "SK_er");
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

static void add_informational_purpose(struct explain *e, const struct trace_ike_message_sent *data)
{
    const char *format;
    if (has_payload(data->payloads, "D")) {
        format = data->response
                     ? "%s answers a Delete with the SPIs of the other direction, for SAs come in "
                       "pairs. RFC 7296 §1.4.1"
                     : "%s deletes SAs (D names the SPIs that it receives with). RFC 7296 §1.4.1";
    } else if (is_empty(data->payloads)) {
        format = data->response
                     ? "%s acknowledges with an empty response: it is alive and has the keys. "
                       "RFC 7296 §1.4"
                     : "%s sends an empty request: whoever answers it is alive and has the keys. "
                       "RFC 7296 §2.4";
    } else {
        format = data->response ? "%s sends an INFORMATIONAL response. RFC 7296 §1.4"
                                : "%s sends an INFORMATIONAL request. RFC 7296 §1.4";
    }
    words_add(&e->words, format, e->host);
}

void explain_purpose(struct explain *e, const struct trace_ike_message_sent *data)
{
    static const struct {
        const char *exchange;
        void (*add)(struct explain *e, const struct trace_ike_message_sent *data);
    } purposes[] = {
        {"IKE_SA_INIT", add_init_purpose},
        {"IKE_INTERMEDIATE", add_intermediate_purpose},
        {"IKE_AUTH", add_auth_purpose},
        {"CREATE_CHILD_SA", add_create_purpose},
        {"IKE_FOLLOWUP_KE", add_followup_purpose},
        {"INFORMATIONAL", add_informational_purpose},
    };
    const char *exchange = explain_text(data->exchange);
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++) {
        if (strcmp(purposes[i].exchange, exchange) == 0) {
            purposes[i].add(e, data);
            return;
        }
    }
    words_add(&e->words, "%s sends an %s %s. RFC 7296 §1.4", e->host, exchange,
              data->response ? "response" : "request");
}
