/* Questions to the ends. */
#include "ike/sa.h"
#include "tests/ike/pair.h"

size_t pair_in_flight_to(const struct party *party)
{
    size_t count = 0;

    for (size_t i = 0; i < party->pair->flight_count; i++) {
        count += party->pair->flights[i].to == party;
    }
    return count;
}

uint32_t party_operations(const struct party *party, enum crypto_cost_kind kind)
{
    uint32_t count = 0;

    for (size_t i = 0; i < party->costs.count; i++) {
        count += party->costs.items[i].kind == kind ? party->costs.items[i].operations : 0;
    }
    return count;
}

bool party_knows(const struct party *party, uint64_t sa)
{
    struct ike_sa_info info;

    return ike_endpoint_sa_info(party->ike, sa, &info);
}

bool party_established(const struct party *party, uint64_t sa)
{
    struct ike_sa_info info;

    return ike_endpoint_sa_info(party->ike, sa, &info) && info.established;
}

uint64_t party_newest(const struct party *party)
{
    return ike_endpoint_sa_with(party->ike, &pair_other(party)->address);
}

size_t party_live(const struct party *party)
{
    size_t count = 0;

    for (uint64_t id = 1; id <= ike_endpoint_last_id(party->ike); id++) {
        count += party_knows(party, id);
    }
    return count;
}

size_t party_children(const struct party *party, uint64_t sa)
{
    struct ike_sa_info info;

    return ike_endpoint_sa_info(party->ike, sa, &info) ? info.child_count : 0;
}

size_t party_count(const struct party *party, enum trace_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < party->event_count; i++) {
        count += party->events[i].kind == kind;
    }
    return count;
}

const struct pair_event *party_last(const struct party *party, enum trace_kind kind)
{
    for (size_t i = party->event_count; i > 0; i--) {
        if (party->events[i - 1].kind == kind) {
            return &party->events[i - 1];
        }
    }
    fail_msg("%s told no such event", party->name);
    return NULL;
}

const char *last_sent(const struct party *party)
{
    return party_last(party, TRACE_IKE_MESSAGE_SENT_EVENT)->text;
}

const char *last_dropped(const struct party *party)
{
    return party_last(party, TRACE_IKE_MESSAGE_DROPPED_EVENT)->text;
}

struct party_state party_state(const struct party *party, uint64_t sa)
{
    struct party_state state;

    memset(&state, 0, sizeof(state)); /* padding too: states are compared as bytes */
    state.memory = ike_endpoint_memory(party->ike);
    state.installed = party->installed_count;
    state.established = party->established;
    state.gone = party->gone;
    state.known = ike_endpoint_sa_info(party->ike, sa, &state.info);
    return state;
}

void assert_same_state(const struct party_state *before, const struct party_state *after)
{
    assert_int_equal(before->memory, after->memory);
    assert_int_equal(before->installed, after->installed);
    assert_int_equal(before->established, after->established);
    assert_int_equal(before->gone, after->gone);
    assert_int_equal(before->known, after->known);
    assert_int_equal(before->info.established, after->info.established);
    assert_int_equal(before->info.child_count, after->info.child_count);
    assert_int_equal(before->info.spi_i, after->info.spi_i);
    assert_int_equal(before->info.spi_r, after->info.spi_r);
}

bool pair_same_keys(const struct crypto_sk_keys *a, const struct crypto_sk_keys *b)
{
    return memcmp(a->at, b->at, sizeof(a->at)) == 0 &&
           memcmp(a->bytes, b->bytes, a->at[CRYPTO_SK_COUNT]) == 0;
}

void pair_assert_same_keys(const struct crypto_sk_keys *a, const struct crypto_sk_keys *b)
{
    for (int which = 0; which < CRYPTO_SK_COUNT; which++) {
        struct crypto_bytes of_a = crypto_sk(a, (enum crypto_sk)which);
        struct crypto_bytes of_b = crypto_sk(b, (enum crypto_sk)which);

        assert_int_equal(of_a.len, of_b.len);
        assert_memory_equal(of_a.data, of_b.data, of_a.len);
    }
}

void pair_assert_agreed(struct pair *pair, uint64_t sa, uint64_t gateway)
{
    const struct ike_sa *a = ike_sa_by_id(pair->a.ike, sa), *b = ike_sa_by_id(pair->b.ike, gateway);

    pair_assert_same_keys(a->keys, b->keys);
    assert_int_equal(pair->a.installed_count, pair->b.installed_count);
    for (size_t i = 0; i < pair->a.installed_count; i++) {
        const struct ike_child_sa *x = &pair->a.installed[i], *y = &pair->b.installed[i];

        assert_int_equal(x->spi_out, y->spi_in);
        assert_int_equal(x->spi_in, y->spi_out);
        assert_int_equal(x->key_out.encr_key_len, y->key_in.encr_key_len);
        assert_memory_equal(x->key_out.encr_key, y->key_in.encr_key, x->key_out.encr_key_len);
        assert_memory_equal(x->key_in.encr_key, y->key_out.encr_key, x->key_in.encr_key_len);
        assert_memory_equal(x->key_out.integ_key, y->key_in.integ_key, x->key_out.integ_key_len);
        assert_memory_equal(x->key_in.integ_key, y->key_out.integ_key, x->key_in.integ_key_len);
        assert_memory_not_equal(x->key_in.encr_key, x->key_out.encr_key, x->key_in.encr_key_len);
    }
}
