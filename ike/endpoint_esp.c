/* What ESP tells an endpoint of its CHILD SAs. */
#include "ike/child.h"
#include "ike/complaint.h"
#include "ike/hint.h"
#include "ike/lifetime.h"
#include "ike/nat.h"

struct ike_child *ike_endpoint_child(const struct ike_endpoint *endpoint, uint32_t spi_in)
{
    struct ike_index_node *node = ike_index_find(&endpoint->children, spi_in);

    return node ? IKE_INDEX_OF(node, struct ike_child, by_spi) : NULL;
}

void ike_endpoint_child_heard(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in)
{
    struct ike_child *child = ike_endpoint_child(endpoint, spi_in);

    if (child) {
        child->sa->last_heard = now;
    }
}

void ike_endpoint_child_used(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in)
{
    struct ike_child *child = ike_endpoint_child(endpoint, spi_in);

    if (child) {
        child->sa->last_sent = now;
    }
}

void ike_endpoint_child_moved(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in,
                              const struct ike_address *source,
                              const struct ike_address *destination, struct ike_actions *actions)
{
    struct ike_child *child = ike_endpoint_child(endpoint, spi_in);
    struct ike_call call;

    if (child) {
        ike_call_begin(&call, endpoint, now, actions);
        ike_nat_follow(&call, child->sa, source, destination, "packet");
        ike_call_end(&call);
    }
}

void ike_endpoint_unreachable(struct ike_endpoint *endpoint, uint64_t now,
                              const struct ike_datagram *sent, const char *what,
                              struct ike_actions *actions)
{
    struct ike_sa *sa = ike_sa_by_id(endpoint, ike_endpoint_sa_of_sent(endpoint, sent));
    struct ike_call call;

    ike_call_begin(&call, endpoint, now, actions);
    crypto_ledger_add(call.costs, CRYPTO_COST_PARSE, 0, (uint32_t)sent->bytes.len);
    if (sa) {
        actions->sa = sa->id;
    }
    ike_hint_unreachable(&call, sa, what);
    ike_call_end(&call);
}

void ike_endpoint_child_limit(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in,
                              bool hard, const char *limit, struct ike_actions *actions)
{
    struct ike_child *child = ike_endpoint_child(endpoint, spi_in);
    struct ike_call call;

    if (child) {
        ike_call_begin(&call, endpoint, now, actions);
        actions->sa = child->sa->id;
        ike_lifetime_child_limit(&call, child, hard, limit);
        ike_call_end(&call);
    }
}

void ike_endpoint_unknown_spi(struct ike_endpoint *endpoint, uint64_t now,
                              const struct ike_address *local, const struct ike_address *remote,
                              uint32_t spi, struct ike_actions *actions)
{
    struct ike_sa *sa = ike_sa_by_id(endpoint, ike_endpoint_sa_with(endpoint, remote));
    struct ike_call call;

    ike_call_begin(&call, endpoint, now, actions);
    if (sa) {
        actions->sa = sa->id;
        ike_complain_unknown_spi(&call, sa, spi);
    } else {
        ike_hint_send_unknown_spi(&call, local, remote, spi);
    }
    ike_call_end(&call);
}

void ike_endpoint_bad_selector(struct ike_endpoint *endpoint, uint64_t now, uint32_t spi_in,
                               struct crypto_bytes inner, struct ike_actions *actions)
{
    struct ike_child *child = ike_endpoint_child(endpoint, spi_in);
    struct ike_call call;

    if (child) {
        ike_call_begin(&call, endpoint, now, actions);
        actions->sa = child->sa->id;
        ike_complain_selectors(&call, child->sa, child, inner);
        ike_call_end(&call);
    }
}
