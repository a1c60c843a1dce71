/* What is told of authentication beyond the AUTH values themselves. */
#include <stdio.h>
#include <time.h>

#include "ike/tell.h"

enum { TIME_TEXT = 32, IDENTITY_TEXT = 1024 };

/* RFC 3339, to the second. */
static const char *print_time(int64_t seconds, char text[TIME_TEXT])
{
    time_t time = (time_t)seconds;
    struct tm tm;

    if (!gmtime_r(&time, &tm) || strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
        snprintf(text, TIME_TEXT, "?");
    }
    return text;
}

void ike_tell_certificate(struct ike_call *call, const struct ike_sa *sa,
                          struct crypto_bytes certificate,
                          const struct crypto_x509_verdict *verdict, bool fits)
{
    char not_before[TIME_TEXT], not_after[TIME_TEXT];
    struct crypto_x509_facts facts;
    bool good = verdict->result == CRYPTO_X509_GOOD;

    if (!call->observer) {
        return;
    }
    crypto_x509_read(call->endpoint->crypto, certificate, &facts);
    trace_emit_ike_certificate(
        call->observer,
        &(struct trace_ike_certificate){
            .spi_i = sa->spi_i,
            .subject = facts.subject,
            .issuer = facts.issuer,
            .serial = facts.serial,
            .key = crypto_key_kind_name(facts.key),
            .not_before = print_time(facts.not_before, not_before),
            .not_after = print_time(facts.not_after, not_after),
            .chain = (uint64_t)verdict->length,
            .result = good && !fits ? "wrong_name" : crypto_x509_result_name(verdict->result),
            .why = verdict->why,
        });
}

void ike_tell_auth_refused(struct ike_call *call, const struct ike_sa *sa, bool of_self,
                           const struct ike_payload *id, const char *why)
{
    char identity[IDENTITY_TEXT];

    if (!call->observer) {
        return;
    }
    trace_emit_ike_auth_refused(call->observer,
                                &(struct trace_ike_auth_refused){
                                    .spi_i = sa->spi_i,
                                    .whose = of_self ? "self" : "peer",
                                    .identity = id ? ike_identity_print(id->id.type, id->id.data,
                                                                        identity, sizeof(identity))
                                                   : NULL,
                                    .why = why,
                                });
}
