/* What is kept of the events that an end tells. */
#include <stdio.h>

#include "tests/ike/pair_internal.h"

/* Events of which a test asks for a number and a text: KEEP(symbol, struct, number, text), both of
 * the event `e`. */
#define KEPT_EVENTS(KEEP)                                                                          \
    KEEP(IKE_STATE, ike_state, 0, e->to)                                                           \
    KEEP(IKE_CHILD_FAILED, ike_child_failed, 0, e->why)                                            \
    KEEP(IKE_LIFETIME, ike_lifetime, e->spi_in, e->limit)                                          \
    KEEP(IKE_REKEY_COLLISION, ike_rekey_collision, e->own_spi, e->winner)                          \
    KEEP(IKE_CHILD_REKEYED, ike_child_rekeyed, e->old_spi_in, e->by)                               \
    KEEP(IKE_SA_REKEYED, ike_sa_rekeyed, e->children, e->role)                                     \
    KEEP(IKE_REKEY_FAILED, ike_rekey_failed, 0, e->why)                                            \
    KEEP(IKE_CHILD_REMOVED, ike_child_removed, 0, e->why)                                          \
    KEEP(IKE_INITIAL_CONTACT, ike_initial_contact, e->removed, e->by)                              \
    KEEP(IKE_WINDOW_ANNOUNCED, ike_window_announced, e->size, e->by)                               \
    KEEP(IKE_KEY_PAIR, ike_key_pair, e->public_key.len, e->method)                                 \
    KEEP(IKE_PROPOSAL_CHOSEN, ike_proposal_chosen, e->number, e->chosen)                           \
    KEEP(IKE_AUTH_COMPUTED, ike_auth_computed, e->equal, e->purpose)                               \
    KEEP(IKE_AUTH_REFUSED, ike_auth_refused, 0, e->why)                                            \
    KEEP(IKE_CERTIFICATE, ike_certificate, 0, e->result)                                           \
    KEEP(IKE_REDIRECT, ike_redirect, 0, e->what)                                                   \
    KEEP(IKE_COMPLAINT, ike_complaint, e->packet.len, e->about)                                    \
    KEEP(IKE_UNREACHABLE, ike_unreachable, 0, e->outcome)                                          \
    KEEP(IKE_REAUTH, ike_reauth, e->lifetime, e->what)                                             \
    KEEP(IKE_TICKET, ike_ticket, e->lifetime, e->what)

static void keep_text(struct pair_event *event, const char *text)
{
    snprintf(event->text, sizeof(event->text), "%s", text ? text : "");
}

/* Those of which it asks for more, or that have no such text. */
static void keep_more(struct pair_event *event, const void *data)
{
    switch (event->kind) {
    case TRACE_IKE_MESSAGE_SENT_EVENT: {
        const struct trace_ike_message_sent *sent = data;

        event->message_id = sent->message_id;
        event->transmission = sent->transmission;
        event->response = sent->response;
        event->first = sent->first;
        keep_text(event, sent->payloads);
        break;
    }
    case TRACE_IKE_MESSAGE_RECEIVED_EVENT: {
        const struct trace_ike_message_received *received = data;

        event->message_id = received->message_id;
        event->response = received->response;
        event->first = received->request;
        keep_text(event, received->payloads);
        break;
    }
    case TRACE_IKE_MESSAGE_DROPPED_EVENT: {
        const struct trace_ike_message_dropped *dropped = data;

        event->message_id = dropped->message_id;
        event->first = dropped->earlier;
        keep_text(event, dropped->reason);
        break;
    }
    case TRACE_IKE_RETRANSMISSION_EVENT: {
        const struct trace_ike_retransmission *again = data;

        event->message_id = again->message_id;
        event->transmission = again->transmission;
        event->number = again->waited;
        event->first = again->first;
        break;
    }
    case TRACE_IKE_GAVE_UP_EVENT: {
        const struct trace_ike_gave_up *gave_up = data;

        event->message_id = gave_up->message_id;
        event->transmission = gave_up->transmissions;
        break;
    }
    case TRACE_IKE_SELECTORS_AGREED_EVENT: {
        const struct trace_ike_selectors_agreed *agreed = data;

        snprintf(event->text, sizeof(event->text), "%s === %s", agreed->agreed_i, agreed->agreed_r);
        break;
    }
    case TRACE_IKE_NAT_DETECTED_EVENT: {
        const struct trace_ike_nat_detected *nat = data;

        snprintf(event->text, sizeof(event->text), "%s%s", nat->here ? "here " : "",
                 nat->there ? "there " : "");
        break;
    }
    case TRACE_IKE_ADDRESS_CHANGED_EVENT: {
        const struct trace_ike_address_changed *changed = data;

        snprintf(event->text, sizeof(event->text), "%s: %s", changed->what, changed->remote);
        break;
    }
    case TRACE_IKE_CONFIG_EVENT: {
        const struct trace_ike_config *config = data;

        snprintf(event->text, sizeof(event->text), "%s %s%s%s%s%s", config->what, config->addresses,
                 config->dns ? ", DNS " : "", config->dns ? config->dns : "",
                 config->subnets ? ", subnets " : "", config->subnets ? config->subnets : "");
        break;
    }
    case TRACE_IKE_COUNTER_SYNC_EVENT: {
        const struct trace_ike_counter_sync *sync = data;

        event->message_id = sync->send;
        event->number = sync->recv;
        keep_text(event, sync->what);
        break;
    }
    default:
        break;
    }
}

static void keep(struct pair_event *event, const void *data)
{
    switch (event->kind) {
#define KEEP(symbol, lower, value, words)                                                          \
    case TRACE_##symbol##_EVENT: {                                                                 \
        const struct trace_##lower *e = data;                                                      \
                                                                                                   \
        event->number = value;                                                                     \
        keep_text(event, words);                                                                   \
        break;                                                                                     \
    }
        KEPT_EVENTS(KEEP)
#undef KEEP
    default:
        keep_more(event, data);
    }
}

static size_t copy(uint8_t *to, size_t cap, struct trace_bytes from)
{
    assert_true(from.len <= cap);
    if (from.len > 0) {
        memcpy(to, from.data, from.len);
    }
    return from.len;
}

static void keep_keys(struct pair_keys *keys, const struct trace_ike_keys_derived *derived)
{
    keys->secret_len = copy(keys->secret, sizeof(keys->secret), derived->shared_secret);
    keys->ni_len = copy(keys->ni, sizeof(keys->ni), derived->ni);
    keys->nr_len = copy(keys->nr, sizeof(keys->nr), derived->nr);
    keys->skeyseed_len = copy(keys->skeyseed, sizeof(keys->skeyseed), derived->skeyseed);
}

static void keep_auth(struct party *party, const struct trace_ike_auth_computed *auth)
{
    size_t at = party->auth_count++ % (sizeof(party->methods) / sizeof(party->methods[0]));

    party->methods[at] = (uint8_t)auth->method;
    snprintf(party->algorithms[at], sizeof(party->algorithms[at]), "%s",
             auth->algorithm ? auth->algorithm : "");
}

struct trace_ref pair_emit(void *context, enum trace_kind kind, const void *data)
{
    struct party *party = context;
    struct pair_event *event = &party->events[party->event_count++];

    assert_true(party->event_count < PAIR_EVENTS_MAX);
    memset(event, 0, sizeof(*event));
    event->kind = kind;
    keep(event, data);
    if (kind == TRACE_IKE_KEYS_DERIVED_EVENT) {
        keep_keys(&party->keys, data);
    } else if (kind == TRACE_IKE_FOLLOWUP_EVENT) {
        const struct trace_ike_followup *followup = data;
        party->followup_secret_len =
            copy(party->followup_secret, sizeof(party->followup_secret), followup->shared_secret);
    } else if (kind == TRACE_IKE_AUTH_COMPUTED_EVENT) {
        keep_auth(party, data);
    }
    return (struct trace_ref){.scope = &party->scope, .n = party->event_count};
}
