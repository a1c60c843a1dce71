/* What both ends keep of additional key exchanges behind CREATE_CHILD_SA (RFC 9370 §2.2.4). */
#include "ike/followup.h"

#include <assert.h>
#include <string.h>

#include "ike/auth.h"
#include "ike/octets.h"
#include "ike/tell.h"

/* The responder's link: Message ID of CREATE_CHILD_SA and number of the next key exchange. */
enum { LINK_LEN = 5 };

/* ---- what is kept ---- */

struct ike_series *ike_series_new(struct ike_endpoint *endpoint, const struct crypto_suite *suite,
                                  struct crypto_bytes secret)
{
    struct ike_series *series = ike_take(endpoint, sizeof(*series));

    assert(suite->additional_count > 0);
    series->count = suite->additional_count;
    memcpy(series->methods, suite->additional, sizeof(series->methods));
    series->secret = ike_kept_new(endpoint, secret);
    return series;
}

static size_t selectors_size(const struct ike_series *series)
{
    return ((size_t)series->ts_i_count + series->ts_r_count) * sizeof(*series->selectors);
}

void ike_series_free(struct ike_endpoint *endpoint, struct ike_series *series)
{
    if (!series) {
        return;
    }
    crypto_kex_free(series->kex);
    ike_kept_free(endpoint, series->secret);
    ike_kept_free(endpoint, series->additional);
    ike_kept_free(endpoint, series->link);
    ike_kept_free(endpoint, series->nonces);
    ike_give(endpoint, series->selectors, selectors_size(series));
    ike_give(endpoint, series, sizeof(*series));
}

/* a | b. */
static struct ike_kept *join(struct ike_endpoint *endpoint, struct crypto_bytes a,
                             struct crypto_bytes b)
{
    struct ike_kept *kept = ike_take(endpoint, sizeof(*kept) + a.len + b.len);

    kept->len = a.len + b.len;
    if (a.len > 0) {
        memcpy(kept->octets, a.data, a.len);
    }
    memcpy(kept->octets + a.len, b.data, b.len);
    return kept;
}

void ike_series_keep_bargain(struct ike_endpoint *endpoint, struct ike_series *series,
                             const struct ike_child *child, uint32_t rekeys,
                             const struct ike_bargain *bargain)
{
    series->spi_in = child->spi_in;
    series->rekeys = rekeys;
    series->transport = bargain->transport;
    series->real = bargain->real;
    series->agreement = *bargain->agreement;
    series->ni_len = (uint16_t)bargain->ni.len;
    series->nonces = join(endpoint, bargain->ni, bargain->nr);
    series->ts_i_count = (uint8_t)bargain->ts_i_count;
    series->ts_r_count = (uint8_t)bargain->ts_r_count;
    series->selectors = ike_take(endpoint, selectors_size(series));
    memcpy(series->selectors, bargain->ts_i, bargain->ts_i_count * sizeof(*series->selectors));
    memcpy(series->selectors + bargain->ts_i_count, bargain->ts_r,
           bargain->ts_r_count * sizeof(*series->selectors));
}

static struct crypto_bytes octets_of(const struct ike_kept *kept)
{
    return kept ? crypto_bytes(kept->octets, kept->len) : crypto_bytes(NULL, 0);
}

struct crypto_bytes ike_series_additional(const struct ike_series *series)
{
    return octets_of(series->additional);
}

struct ike_bargain ike_series_bargain(const struct ike_series *series, bool initiator)
{
    const struct ike_kept *nonces = series->nonces;

    return (struct ike_bargain){
        .initiator = initiator,
        .transport = series->transport,
        .real = series->real,
        .agreement = &series->agreement,
        .shared_secret = octets_of(series->secret),
        .additional = octets_of(series->additional),
        .ni = crypto_bytes(nonces->octets, series->ni_len),
        .nr = crypto_bytes(nonces->octets + series->ni_len, nonces->len - series->ni_len),
        .ts_i = series->selectors,
        .ts_r = series->selectors + series->ts_i_count,
        .ts_i_count = series->ts_i_count,
        .ts_r_count = series->ts_r_count,
    };
}

const struct crypto_transform *ike_series_method(const struct ike_series *series)
{
    const struct crypto_transform *ke;

    assert(series->done < series->count);
    ke = crypto_transform_find(CRYPTO_KE, series->methods[series->done]);
    assert(ke && (ke->computed || ke->kem));
    return ke;
}

void ike_series_add(struct ike_call *call, struct ike_sa *sa, struct ike_series *series,
                    struct crypto_bytes secret)
{
    struct ike_kept *before = series->additional;

    ike_tell_followup(call, sa, series, secret);
    series->additional = join(call->endpoint, octets_of(before), secret);
    series->done++;
    ike_kept_free(call->endpoint, before);
}

struct ike_sa *ike_series_successor(const struct ike_endpoint *endpoint,
                                    const struct ike_series *series)
{
    struct ike_sa *sa = ike_sa_by_id(endpoint, series->successor);

    return sa && sa->state == IKE_STATE_NONE ? sa : NULL;
}

void ike_series_discard_successor(struct ike_call *call, const struct ike_series *series,
                                  const char *why)
{
    struct ike_sa *successor = ike_series_successor(call->endpoint, series);

    if (successor) {
        ike_sa_close(call, successor, why);
    }
}

/* ---- the responder's ones ---- */

/* A timer is for a step: it means nothing once the next request is in. Eight key exchanges and the
 * low 24 bits of a Message ID make it. */
static uint32_t generation_of(const struct ike_series *series)
{
    return series->message_id << 8 | series->done;
}

void ike_series_await(struct ike_call *call, struct ike_sa *sa, struct ike_series *series)
{
    uint8_t link[LINK_LEN];

    if (series->done == 0) {
        series->message_id = call->message.header.message_id;
        series->next = sa->series;
        sa->series = series;
    }
    ike_store_u32(link, series->message_id);
    link[LINK_LEN - 1] = (uint8_t)(series->done + 1);
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_ADDITIONAL_KEY_EXCHANGE,
                     crypto_bytes(link, sizeof(link)));
    ike_actions_timer(call->actions, sa->id, IKE_TIMER_FOLLOWUP, generation_of(series),
                      IKE_FOLLOWUP_TIMEOUT);
}

struct ike_series *ike_series_find(const struct ike_sa *sa, const struct ike_payload *link)
{
    struct crypto_bytes data = link->notify.data;
    struct ike_series *series = sa->series;

    if (data.len != LINK_LEN) {
        return NULL;
    }
    while (series && (series->message_id != ike_load_u32(data.data) ||
                      series->done + 1u != data.data[LINK_LEN - 1])) {
        series = series->next;
    }
    return series;
}

struct ike_series *ike_series_replacing(const struct ike_sa *sa, uint32_t spi_in)
{
    struct ike_series *series = sa->series;

    while (series && series->rekeys != spi_in) {
        series = series->next;
    }
    return series;
}

struct ike_series *ike_series_making(const struct ike_sa *sa, uint32_t spi_in)
{
    struct ike_series *series = sa->series;

    while (series && series->spi_in != spi_in) {
        series = series->next;
    }
    return series;
}

struct ike_series *ike_series_rekeying(const struct ike_sa *sa)
{
    struct ike_series *series = sa->series;

    while (series && !series->successor) {
        series = series->next;
    }
    return series;
}

void ike_series_take(struct ike_sa *sa, struct ike_series *series)
{
    struct ike_series **link = &sa->series;

    while (*link != series) {
        link = &(*link)->next;
    }
    *link = series->next;
    series->next = NULL;
}

void ike_series_drop(struct ike_call *call, struct ike_sa *sa, struct ike_series *series,
                     const char *why)
{
    struct ike_child *child = ike_child_by_spi_in(call->endpoint, sa, series->spi_in);

    ike_series_take(sa, series);
    if (series->successor) {
        if (why) {
            ike_tell_rekey_failed(call, sa, why);
        }
        ike_series_discard_successor(call, series,
                                     why ? why : "the IKE SA that this end asked for survives");
    } else if (child) {
        if (why) {
            ike_tell_child_failed(call, sa, child->policy->name, why);
        }
        ike_child_forget(call->endpoint, sa, child);
    }
    ike_series_free(call->endpoint, series);
}

void ike_series_drop_all(struct ike_call *call, struct ike_sa *sa, const char *why)
{
    while (sa->series) {
        ike_series_drop(call, sa, sa->series, why);
    }
}

void ike_series_expire(struct ike_call *call, struct ike_sa *sa, uint32_t generation)
{
    struct ike_series *series = sa->series;

    while (series && generation_of(series) != generation) {
        series = series->next;
    }
    if (series) {
        ike_series_drop(call, sa, series, "the initiator did not go on with IKE_FOLLOWUP_KE");
        ike_tasks_go_on(call, sa);
    }
}
