/* What an end is told to do, and what its ESP tells it. */
#include "tests/ike/pair.h"

static int give(struct party *party, uint64_t sa, enum pair_order order, const char *child,
                const char **why)
{
    uint64_t now = party->pair->now;
    struct ike_actions actions = {0};
    int result = -1;

    switch (order) {
    case REKEY_CHILD:
        result = ike_endpoint_rekey_child(party->ike, now, sa, child, &actions, why);
        break;
    case CREATE_CHILD:
        result = ike_endpoint_create_child(party->ike, now, sa, child, &actions, why);
        break;
    case DELETE_CHILD:
        result = ike_endpoint_delete_child(party->ike, now, sa, child, &actions, why);
        break;
    case REKEY_SA:
        result = ike_endpoint_rekey_sa(party->ike, now, sa, &actions, why);
        break;
    case DELETE_SA:
        result = ike_endpoint_delete_sa(party->ike, now, sa, &actions, why);
        break;
    case LIVENESS:
        result = ike_endpoint_check_liveness(party->ike, now, sa, &actions, why);
        break;
    case PAIR_ORDERS:
        fail_msg("no order");
    }
    pair_carry_out(party, &actions);
    return result;
}

bool pair_try(struct party *party, uint64_t sa, enum pair_order order, const char *child)
{
    const char *why = NULL;

    return give(party, sa, order, child, &why) == 0;
}

static void must(struct party *party, uint64_t sa, enum pair_order order, const char *child)
{
    static const char *const names[PAIR_ORDERS] = {
        [REKEY_CHILD] = "rekey_child",   [CREATE_CHILD] = "create_child",
        [DELETE_CHILD] = "delete_child", [REKEY_SA] = "rekey_sa",
        [DELETE_SA] = "delete_sa",       [LIVENESS] = "check_liveness",
    };
    const char *why = NULL;

    if (give(party, sa, order, child, &why) != 0) {
        fail_msg("%s: %s", names[order], why);
    }
}

void pair_create_child(struct party *party, uint64_t sa, const char *child)
{
    must(party, sa, CREATE_CHILD, child);
}

void pair_rekey_child(struct party *party, uint64_t sa, const char *child)
{
    must(party, sa, REKEY_CHILD, child);
}

void pair_delete_child(struct party *party, uint64_t sa, const char *child)
{
    must(party, sa, DELETE_CHILD, child);
}

void pair_rekey_sa(struct party *party, uint64_t sa)
{
    must(party, sa, REKEY_SA, NULL);
}

void pair_delete_sa(struct party *party, uint64_t sa)
{
    must(party, sa, DELETE_SA, NULL);
}

void pair_check_liveness(struct party *party, uint64_t sa)
{
    must(party, sa, LIVENESS, NULL);
}

void pair_unknown_spi(struct party *party, uint32_t spi)
{
    struct ike_actions actions = {0};

    ike_endpoint_unknown_spi(party->ike, party->pair->now, &party->address,
                             &pair_other(party)->address, spi, &actions);
    pair_carry_out(party, &actions);
}

void pair_limit(struct party *party, uint32_t spi_in, bool hard, const char *limit)
{
    struct ike_actions actions = {0};

    ike_endpoint_child_limit(party->ike, party->pair->now, spi_in, hard, limit, &actions);
    pair_carry_out(party, &actions);
}
