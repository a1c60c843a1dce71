#include "ike/hint.h"

#include <stdlib.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/octets.h"
#include "ike/receive.h"
#include "ike/sent.h"
#include "ike/tell.h"

/* Who begins with packets of unknown SPIs must not use up what answers to requests have: each kind
 * has its limit. */
enum hint { HINT_ANSWER, HINT_UNASKED, HINTS };

static const uint64_t intervals[HINTS] = {
    [HINT_ANSWER] = IKE_HINT_INTERVAL,
    [HINT_UNASKED] = IKE_HINT_CHECK_INTERVAL,
};

/* Addresses share a few places: a limit needs to remember when it let something through, and must
 * not grow with the number of those who ask. */
static bool may_send(const struct ike_call *call, enum hint hint, const struct ike_address *to)
{
    struct ike_endpoint *endpoint = call->endpoint;
    uint64_t *next;

    if (!endpoint->next_hint) {
        /* Not counted: it is for strangers and not for SAs, and is all that they get. */
        endpoint->next_hint = calloc((size_t)HINTS * IKE_HINT_PLACES, sizeof(*endpoint->next_hint));
        if (!endpoint->next_hint) {
            abort();
        }
    }
    next = endpoint->next_hint + (size_t)hint * IKE_HINT_PLACES +
           ike_address_hash(to) % IKE_HINT_PLACES;
    if (call->now < *next) {
        return false;
    }
    *next = call->now + intervals[hint];
    return true;
}

void ike_hint_send(struct ike_call *call, uint16_t notify)
{
    if (!call->message.header.response && may_send(call, HINT_ANSWER, &call->datagram->source)) {
        ike_answer_without_sa(call, notify, crypto_bytes(NULL, 0));
    }
}

void ike_hint_send_unknown_spi(struct ike_call *call, const struct ike_address *local,
                               const struct ike_address *remote, uint32_t spi)
{
    uint8_t about[4];

    if (!call->endpoint->policy->tell_unknown_spi || !may_send(call, HINT_UNASKED, remote)) {
        return;
    }
    ike_store_u32(about, spi);
    ike_builder_begin(&call->builder, call->out, sizeof(call->out),
                      &(struct ike_header){.major = IKE_MAJOR_VERSION,
                                           .minor = IKE_MINOR_VERSION,
                                           .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                           .initiator = true});
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_INVALID_SPI,
                     crypto_bytes(about, sizeof(about)));
    ike_stray_end(call, local, remote);
}

bool ike_header_is_hint(const struct ike_header *header)
{
    return header->spi_i == 0 && header->spi_r == 0 && !header->response && header->initiator &&
           header->exchange == IKE_EXCHANGE_INFORMATIONAL && !ike_header_is_sealed(header);
}

bool ike_hint_may_check(struct ike_call *call, struct ike_sa *sa)
{
    if (call->now < sa->next_check) {
        return false;
    }
    sa->next_check = call->now + IKE_HINT_CHECK_INTERVAL;
    return true;
}

static bool is_in_use(const struct ike_sa *sa)
{
    return sa->state == IKE_STATE_ESTABLISHED && !sa->replaced;
}

static void check(struct ike_call *call, struct ike_sa *sa)
{
    ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_LIVENESS));
}

void ike_hint_take(struct ike_call *call, struct ike_sa *sa)
{
    if (is_in_use(sa) && sa->tasks.used == 0 && ike_hint_may_check(call, sa)) {
        check(call, sa);
    }
}

/* The one with the sender whose CHILD SA sends with that SPI. */
static struct ike_sa *sa_that_sends(const struct ike_call *call, uint32_t spi_out)
{
    const struct ike_address *remote = &call->datagram->source;

    for (struct ike_index_node *node =
             ike_index_find(&call->endpoint->by_remote, ike_address_hash(remote));
         node; node = ike_index_next(node)) {
        struct ike_sa *sa = IKE_INDEX_OF(node, struct ike_sa, by_remote);

        if (ike_address_same_host(&sa->remote, remote) && ike_child_by_spi_out(sa, spi_out)) {
            return sa;
        }
    }
    return NULL;
}

void ike_hint_take_unknown_spi(struct ike_call *call)
{
    const struct ike_payload *told =
        ike_message_find_notify(&call->message, IKE_NOTIFY_INVALID_SPI);
    struct ike_sa *sa = told && told->notify.data.len == 4
                            ? sa_that_sends(call, ike_load_u32(told->notify.data.data))
                            : NULL;

    if (sa) {
        call->actions->sa = sa->id;
        ike_hint_take(call, sa);
    }
}

void ike_hint_unreachable(struct ike_call *call, struct ike_sa *sa, const char *what)
{
    const char *outcome = "liveness is checked";
    bool checks = false;

    if (!sa) {
        outcome = "no IKE SA of this host has sent what it quotes";
    } else if (sa->tasks.used > 0) {
        outcome = "a request is out already: it is sent again as if nothing had come";
    } else if (!is_in_use(sa)) {
        outcome = "the IKE SA is not in use";
    } else if (!ike_hint_may_check(call, sa)) {
        outcome = "liveness has been checked a moment ago";
    } else {
        checks = true;
    }
    ike_tell_unreachable(call, sa, what, outcome);
    if (checks) {
        check(call, sa);
    }
}
