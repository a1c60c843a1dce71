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

static const char *mschap_words(struct crypto_bytes data)
{
    static const char *const names[] = {NULL, "Challenge", "Response", "Success", "Failure"};
    uint8_t op = data.len > 0 ? data.data[0] : 0;

    return op < sizeof(names) / sizeof(names[0]) ? names[op] : NULL;
}

static const char *tls_words(struct crypto_bytes data)
{
    uint8_t flags = data.len > 0 ? data.data[0] : 0;

    return flags & 0x20   ? "Start"
           : flags & 0x40 ? "a part of a flight"
           : data.len > 1 ? "a flight of TLS, or its last part"
                          : "acknowledgement";
}

/* Behind Code, Identifier, Length and Type (RFC 3748 §4). */
static const char *eap_words(uint8_t type, struct crypto_bytes data, char *text, size_t cap)
{
    size_t len = data.len < cap ? data.len : cap - 1;

    switch (type) {
    case IKE_EAP_TYPE_IDENTITY:
        for (size_t i = 0; i < len; i++) {
            text[i] = data.data[i] >= 0x20 && data.data[i] < 0x7f ? (char)data.data[i] : '?';
        }
        text[len] = '\0';
        return len ? text : NULL;
    case IKE_EAP_TYPE_MSCHAPV2:
        return mschap_words(data);
    case IKE_EAP_TYPE_TLS:
        return tls_words(data);
    default:
        return NULL;
    }
}

void ike_tell_eap(struct ike_call *call, const struct ike_sa *sa, bool by_self,
                  struct crypto_bytes packet)
{
    char code[IKE_NAME_TEXT_CAP], method[IKE_NAME_TEXT_CAP], text[IDENTITY_TEXT];
    bool typed = packet.len >= 5;

    if (!call->observer || packet.len < 4) {
        return;
    }
    trace_emit_ike_eap(
        call->observer,
        &(struct trace_ike_eap){
            .spi_i = sa->spi_i,
            .by = by_self ? "self" : "peer",
            .code = ike_name_text(&ike_eap_codes, packet.data[0], code, sizeof(code)),
            .identifier = packet.data[1],
            .method = typed ? ike_name_text(&ike_eap_types, packet.data[4], method, sizeof(method))
                            : NULL,
            .what = typed ? eap_words(packet.data[4], crypto_bytes(packet.data + 5, packet.len - 5),
                                      text, sizeof(text))
                          : NULL,
            .packet = {packet.data, packet.len},
        });
}

void ike_tell_ppk(struct ike_call *call, const struct ike_sa *sa, bool used)
{
    const struct ike_auth_policy *auth = &call->endpoint->policy->auth;
    const uint8_t *before = sa->setup->unmixed->octets;
    struct crypto_bytes d = crypto_sk(sa->keys, CRYPTO_SK_D);
    struct crypto_bytes pi = crypto_sk(sa->keys, CRYPTO_SK_PI);
    struct crypto_bytes pr = crypto_sk(sa->keys, CRYPTO_SK_PR);
    char id[IDENTITY_TEXT];

    if (!call->observer) {
        return;
    }
    trace_emit_ike_ppk(call->observer, &(struct trace_ike_ppk){
                                           .spi_i = sa->spi_i,
                                           .used = used,
                                           .ppk_id = ike_identity_print(
                                               IKE_ID_RFC822_ADDR, auth->ppk_id, id, sizeof(id)),
                                           .ppk = {auth->ppk.data, auth->ppk.len},
                                           .sk_d_before = {before, d.len},
                                           .sk_pi_before = {before + d.len, pi.len},
                                           .sk_pr_before = {before + d.len + pi.len, pr.len},
                                           .sk_d = {d.data, d.len},
                                           .sk_pi = {pi.data, pi.len},
                                           .sk_pr = {pr.data, pr.len},
                                       });
}

void ike_tell_reauth(struct ike_call *call, const struct ike_sa *sa, const char *what,
                     uint64_t lifetime)
{
    trace_emit_ike_reauth(call->observer, &(struct trace_ike_reauth){
                                              .spi_i = sa->spi_i,
                                              .what = what,
                                              .lifetime = lifetime,
                                          });
}
