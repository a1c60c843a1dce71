/* What an endpoint is asked: which SA something is about, and how things stand. */
#include "ike/child.h"
#include "ike/cookie.h"
#include "ike/exchange.h"
#include "ike/hint.h"
#include "ike/reader.h"
#include "ike/receive.h"

uint64_t ike_endpoint_sa_of_child(const struct ike_endpoint *endpoint, uint32_t spi_in)
{
    const struct ike_child *child = ike_endpoint_child(endpoint, spi_in);

    return child ? child->sa->id : 0;
}

uint64_t ike_endpoint_sa_of_timer(const struct ike_endpoint *endpoint,
                                  const struct ike_timer *timer)
{
    bool of_child = timer->kind == IKE_TIMER_CHILD_REKEY || timer->kind == IKE_TIMER_CHILD_EXPIRE;

    return of_child ? ike_endpoint_sa_of_child(endpoint, timer->generation) : timer->sa;
}

uint64_t ike_endpoint_sa_of(const struct ike_endpoint *endpoint,
                            const struct ike_datagram *datagram)
{
    struct ike_header header;
    struct ike_error error;
    struct ike_sa *sa;
    uint64_t hash = 0;

    if (ike_header_parse(datagram->bytes, &header, &error) != 0) {
        return 0;
    }
    if (ike_header_is_hint(&header)) {
        return ike_endpoint_sa_with(endpoint, &datagram->source);
    }
    if (ike_header_is_first(&header)) {
        hash = ike_request_hash(datagram->bytes);
    }
    sa = ike_find_addressee(endpoint, datagram, &header, hash);
    return sa ? sa->id : 0;
}

/* The IKE SA that what is sent there belongs to, as far as it says. */
static struct ike_sa *sa_of_sent(const struct ike_endpoint *endpoint,
                                 const struct ike_datagram *sent)
{
    struct ike_reader reader = ike_reader(sent->bytes);
    uint64_t spi_i, spi_r;
    struct ike_sa *sa;

    if (sent->bytes.len == 0) {
        return ike_sa_by_id(endpoint, ike_endpoint_sa_with(endpoint, &sent->destination));
    }
    if (!ike_read_u64(&reader, &spi_i) || !ike_read_u64(&reader, &spi_r)) {
        return NULL;
    }
    sa = ike_sa_by_spi(endpoint, spi_i);
    if (!sa || !sa->initiator) {
        sa = ike_sa_by_spi(endpoint, spi_r);
    }
    return sa && sa->spi_i == spi_i && sa->spi_r == spi_r ? sa : NULL;
}

uint64_t ike_endpoint_sa_of_sent(const struct ike_endpoint *endpoint,
                                 const struct ike_datagram *sent)
{
    const struct ike_sa *sa = sa_of_sent(endpoint, sent);

    return sa && ike_address_same_host(&sa->remote, &sent->destination) &&
                   ike_address_same_host(&sa->local, &sent->source)
               ? sa->id
               : 0;
}

uint64_t ike_endpoint_sa_with(const struct ike_endpoint *endpoint, const struct ike_address *remote)
{
    const struct ike_sa *found = NULL;

    /* Newest first, so the first established one is it. */
    for (struct ike_index_node *node =
             ike_index_find(&endpoint->by_remote, ike_address_hash(remote));
         node; node = ike_index_next(node)) {
        const struct ike_sa *sa = IKE_INDEX_OF(node, struct ike_sa, by_remote);

        if (sa->standby || !ike_address_same_host(&sa->remote, remote)) {
            continue;
        }
        if (sa->state == IKE_STATE_ESTABLISHED) {
            return sa->id;
        }
        found = found ? found : sa;
    }
    return found ? found->id : 0;
}

uint64_t ike_endpoint_any_sa(const struct ike_endpoint *endpoint)
{
    struct ike_index_node *node = ike_index_any(&endpoint->by_id);
    return node ? node->key : 0;
}

uint64_t ike_endpoint_last_id(const struct ike_endpoint *endpoint)
{
    return endpoint->last_id;
}

/* One that is not closed. */
static const struct ike_sa *live(const struct ike_endpoint *endpoint, uint64_t id)
{
    const struct ike_sa *sa = ike_sa_by_id(endpoint, id);

    return sa && sa->state != IKE_STATE_CLOSED ? sa : NULL;
}

bool ike_endpoint_sa_info(const struct ike_endpoint *endpoint, uint64_t sa_id,
                          struct ike_sa_info *info)
{
    const struct ike_sa *sa = live(endpoint, sa_id);

    if (!sa) {
        return false;
    }
    *info = (struct ike_sa_info){.established = sa->state == IKE_STATE_ESTABLISHED,
                                 .initiator = sa->initiator,
                                 .spi_i = sa->spi_i,
                                 .spi_r = sa->spi_r,
                                 .remote = sa->remote,
                                 .child_count = sa->child_count};
    return true;
}

bool ike_endpoint_has_child(const struct ike_endpoint *endpoint, uint64_t sa_id, const char *child)
{
    const struct ike_sa *sa = live(endpoint, sa_id);

    return sa && ike_child_by_name(sa, child);
}

size_t ike_endpoint_memory(const struct ike_endpoint *endpoint)
{
    return endpoint->held + ike_index_memory(&endpoint->by_id) +
           ike_index_memory(&endpoint->by_spi) + ike_index_memory(&endpoint->by_request) +
           ike_index_memory(&endpoint->by_remote) + ike_index_memory(&endpoint->by_identity) +
           ike_index_memory(&endpoint->children);
}
