/* SAs as they come, change and go, in plain words. */
#include <inttypes.h>
#include <string.h>

#include "ui/term/explain.h"

/* Enough of a nonce to see which is lower. */
static void add_nonce(struct explain *e, const char *name, struct trace_bytes nonce)
{
    words_add(&e->words, "%s ", name);
    for (size_t i = 0; i < nonce.len && i < 4; i++) {
        words_add(&e->words, "%02x", nonce.data[i]);
    }
    words_add(&e->words, "%s", nonce.len == 0 ? "(none)" : "");
}

static void explain_collision(struct explain *e, const struct trace_ike_rekey_collision *data)
{
    bool self = data->winner && strcmp(data->winner, "self") == 0;
    words_add(&e->words,
              "%s and %s have rekeyed %s%s at the same time. %s: so the new SA of %s survives, "
              "%s deletes the old one, and the other new one is deleted by the end that asked "
              "for it.",
              e->host, e->peer, data->child ? "CHILD SA " : "their IKE SA",
              data->child ? data->child : "", explain_text(data->why), self ? e->host : e->peer,
              self ? e->host : e->peer);
    words_add(&e->words, " The four nonces begin with");
    add_nonce(e, " own Ni", data->own_ni);
    add_nonce(e, ", own Nr", data->own_nr);
    add_nonce(e, ", the peer's Ni", data->peer_ni);
    add_nonce(e, ", the peer's Nr", data->peer_nr);
    words_add(&e->words, ". RFC 7296 %s", data->child ? "§2.8.1" : "§2.8.2");
}

static void explain_ike_sa(struct explain *e)
{
    const struct trace_record *record = e->record;
    switch (record->kind) {
    case TRACE_IKE_SA_CREATED_EVENT: {
        const struct trace_ike_sa_created *data = record->data;
        words_add(
            &e->words,
            "%s begins to keep state for an IKE SA as its %s; the initiator's SPI is %016" PRIx64
            ". RFC 7296 §2.6",
            e->host, explain_text(data->role), data->spi_i);
        break;
    }
    case TRACE_IKE_STATE_EVENT: {
        const struct trace_ike_state *data = record->data;
        words_add(&e->words, "The IKE SA at %s is now %s", e->host, explain_text(data->to));
        if (data->why && *data->why) {
            words_add(&e->words, ": %s", data->why);
        }
        words_add(&e->words, e->words.data[e->words.len - 1] == '.' ? "" : ".");
        break;
    }
    case TRACE_IKE_SA_REKEYED_EVENT: {
        const struct trace_ike_sa_rekeyed *data = record->data;
        words_add(&e->words,
                  "%s has a new IKE SA with %s, in which it is the %s; its keys come from SK_d of "
                  "the old one, Message IDs begin at 0 and both windows are 1 until they are "
                  "announced anew. It takes over %" PRIu64 " CHILD SA%s nothing. RFC 7296 "
                  "§2.18",
                  e->host, e->peer, explain_text(data->role), data->children,
                  data->children == 1 ? ", which notices" : "s, which notice");
        break;
    }
    case TRACE_IKE_REKEY_FAILED_EVENT: {
        const struct trace_ike_rekey_failed *data = record->data;
        words_add(&e->words,
                  "%s has got no IKE SA in the place of this one, which stays: %s. "
                  "RFC 7296 §2.25",
                  e->host, explain_text(data->why));
        break;
    }
    case TRACE_IKE_REKEY_COLLISION_EVENT:
        explain_collision(e, record->data);
        break;
    case TRACE_IKE_RETRY_EVENT: {
        const struct trace_ike_retry *data = record->data;
        char time[WORDS_TIME_MAX];
        words_add(
            &e->words,
            "%s was refused with TEMPORARY_FAILURE: the peer is busy with the same SA, so the "
            "same is asked for again, but not at once, or both would refuse each other for "
            "ever: in %s, of which a part is random. Refused so far: %" PRIu64 ". RFC 7296 §2.25",
            e->host, words_duration(data->delay, time), data->tries);
        break;
    }
    case TRACE_IKE_LIFETIME_EVENT: {
        const struct trace_ike_lifetime *data = record->data;
        words_add(&e->words,
                  "%s has come to the %s of %s%s: %s. Each end has lifetimes of its own, and "
                  "whoever comes first begins. RFC 7296 §2.8",
                  e->host, explain_text(data->limit), data->child ? "CHILD SA " : "the IKE SA",
                  data->child ? data->child : "", explain_text(data->outcome));
        break;
    }
    default:
        break;
    }
}

static void explain_child_sa(struct explain *e)
{
    const struct trace_record *record = e->record;
    switch (record->kind) {
    case TRACE_IKE_CHILD_INSTALLED_EVENT: {
        const struct trace_ike_child_installed *data = record->data;
        words_add(
            &e->words,
            "%s hands CHILD SA %s to %s, one SA for each direction: packets to it carry SPI %08x, "
            "packets to %s %08x. ",
            e->host, explain_text(data->child), explain_text(data->protocol), data->spi_in, e->peer,
            data->spi_out);
        words_add(&e->words,
                  data->mode && strcmp(data->mode, "transport") == 0
                      ? "%s ⇄ %s now goes in transport mode, behind the packets' own headers: both "
                        "said USE_TRANSPORT_MODE. RFC 7296 §1.3.1"
                      : "%s ⇄ %s now goes through the tunnel. RFC 4301 §4.4.2",
                  explain_text(data->local_ts), explain_text(data->remote_ts));
        break;
    }
    case TRACE_IKE_CHILD_REKEYED_EVENT: {
        const struct trace_ike_child_rekeyed *data = record->data;
        words_add(&e->words,
                  data->by && strcmp(data->by, "self") == 0
                      ? "%s has asked for CHILD SA %s anew and deletes the old one now "
                        "(it receives with SPI %08x until then). RFC 7296 §2.8"
                      : "%s has CHILD SA %s anew; the peer, who asked for it, will delete the old "
                        "one (SPI %08x), and packets of both are taken until then. RFC 7296 §2.8",
                  e->host, explain_text(data->child), data->old_spi_in);
        break;
    }
    case TRACE_IKE_CHILD_REMOVED_EVENT: {
        const struct trace_ike_child_removed *data = record->data;
        words_add(&e->words,
                  "%s takes CHILD SA %s out of ESP, both directions: %s. RFC 7296 §1.4.1", e->host,
                  explain_text(data->child), explain_text(data->why));
        break;
    }
    case TRACE_IKE_CHILD_FAILED_EVENT: {
        const struct trace_ike_child_failed *data = record->data;
        bool known = data->child && *data->child;
        words_add(&e->words, "%s gets no CHILD SA%s%s: %s. RFC 7296 §1.2, §1.3.1", e->host,
                  known ? " " : "", known ? data->child : "", explain_text(data->why));
        break;
    }
    default:
        break;
    }
}

void explain_sas(struct explain *e)
{
    explain_ike_sa(e);
    explain_child_sa(e);
}
