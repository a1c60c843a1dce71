#include "tests/ike/crossing.h"

#include <stdio.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/sa.h"

static struct crossing begin(struct pair *pair, uint32_t window)
{
    struct crossing crossing = {.pair = pair, .a = &pair->a, .b = &pair->b};

    pair->a.policy.window = pair->b.policy.window = window;
    pair_start(pair);
    crossing.sa = pair_establish(pair, &crossing.gateway);
    crossing.old_a = pair->a.installed[0].spi_in;
    crossing.old_b = pair->b.installed[0].spi_in;
    return crossing;
}

struct crossing crossing_new_with(uint32_t window, const char *esp_a, const char *esp_b)
{
    struct pair *pair = pair_new();

    pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, esp_a);
    pair->esp_proposals[1] = pair_proposal(CRYPTO_PROTO_ESP, esp_b);
    pair->b.children[0].proposals = &pair->esp_proposals[1];
    return begin(pair, window);
}

/* Proposals of one end; what it prefers is what the other end's requests come to. */
static void set_proposals(struct party *party, struct crypto_proposal *list,
                          enum crypto_protocol protocol, const char *first, const char *second)
{
    const char *words = protocol == CRYPTO_PROTO_IKE ? "aes128gcm16-prfsha256" : "aes128gcm16";
    size_t count = second ? 2 : 1;

    for (size_t i = 0; i < count; i++) {
        char text[96];

        snprintf(text, sizeof(text), "%s-x25519%s", words, i == 0 ? first : second);
        list[i] = pair_proposal(protocol, text);
    }
    if (protocol == CRYPTO_PROTO_IKE) {
        party->policy.proposals = list;
        party->policy.proposal_count = count;
    } else {
        party->children[0].proposals = list;
        party->children[0].proposal_count = count;
    }
}

void crossing_follow_up(struct pair *pair, enum followup followup, int count)
{
    const char *more = count == 2 ? "-ke1_ecp256-ke2_ecp384" : "-ke1_ecp256";

    if (followup == NO_FOLLOWUP) {
        return;
    }
    for (int end = 0; end < 2; end++) {
        struct party *party = end ? &pair->b : &pair->a;
        bool asked = followup & (end ? ALICE_FOLLOWUP : GW_FOLLOWUP);
        const char *second = followup == BOTH_FOLLOWUP ? NULL : asked ? "" : more;

        set_proposals(party, &pair->ike_proposals[2 * end], CRYPTO_PROTO_IKE, asked ? more : "",
                      second);
        set_proposals(party, &pair->esp_proposals[2 * end], CRYPTO_PROTO_ESP, asked ? more : "",
                      second);
    }
}

struct crossing crossing_new_followup(uint32_t window, enum followup followup, int count)
{
    struct pair *pair = pair_new();

    crossing_follow_up(pair, followup, count);
    return begin(pair, window);
}

struct crossing crossing_new(uint32_t window)
{
    return crossing_new_with(window, "aes128gcm16", "aes128gcm16");
}

void crossing_free(struct crossing *crossing)
{
    pair_free(crossing->pair);
}

void crossing_lowest(struct crossing *crossing, enum nonce_place place)
{
    int first[NONCE_PLACES] = {0x81, 0x82, 0x83, 0x84};

    first[place] = 1;
    crossing->a->nonce_first[0] = first[ALICE_NI];
    crossing->b->nonce_first[1] = first[ALICE_NR];
    crossing->b->nonce_first[0] = first[GW_NI];
    crossing->a->nonce_first[1] = first[GW_NR];
}

/* ---- steps ---- */

const enum nonce_place unnoticed_places[UNNOTICED_PLACES] = {ALICE_NI, GW_NI, GW_NR};

struct ends crossing_ends(const struct crossing *c, int turned)
{
    return turned ? (struct ends){c->b, c->a, c->gateway, c->sa}
                  : (struct ends){c->a, c->b, c->sa, c->gateway};
}

void crossing_rekey_children(struct crossing *crossing)
{
    pair_rekey_child(crossing->a, crossing->sa, "net");
    pair_rekey_child(crossing->b, crossing->gateway, "net");
}

void crossing_rekey_sas(struct crossing *crossing)
{
    pair_rekey_sa(crossing->a, crossing->sa);
    pair_rekey_sa(crossing->b, crossing->gateway);
}

struct flight crossing_hold_response(struct crossing *crossing)
{
    struct flight request, response;

    pair_deliver_to(crossing->b);
    request = pair_hold(crossing->a);
    response = pair_hold(crossing->a);
    pair_release(&request);
    return response;
}

struct flight crossing_hold_request(struct crossing *crossing)
{
    struct flight request = pair_hold(crossing->b);

    pair_deliver_to(crossing->a);
    pair_deliver_to(crossing->b);
    return request;
}

/* ---- what was said ---- */

size_t sent_of(const struct party *party, const char *payloads)
{
    size_t count = 0;

    for (size_t i = 0; i < party->event_count; i++) {
        const struct pair_event *event = &party->events[i];

        count += event->kind == TRACE_IKE_MESSAGE_SENT_EVENT && event->transmission == 1 &&
                 strcmp(event->text, payloads) == 0;
    }
    return count;
}

const char *last_removed(const struct party *party)
{
    return party_last(party, TRACE_IKE_CHILD_REMOVED_EVENT)->text;
}

static const struct ike_child_sa *find(const struct party *party, uint32_t spi)
{
    for (size_t i = 0; i < party->installed_count; i++) {
        if (party->installed[i].spi_in == spi) {
            return &party->installed[i];
        }
    }
    return NULL;
}

bool has_spi(const struct party *party, uint32_t spi)
{
    return find(party, spi) != NULL;
}

const struct ike_child_sa *sends_with(const struct party *party)
{
    for (size_t i = party->installed_count; i > 0; i--) {
        const struct ike_child_sa *child = &party->installed[i - 1];

        if (!child->waits_for || !find(party, child->waits_for)) {
            return child;
        }
    }
    return NULL;
}

void assert_same_children(const struct crossing *crossing, size_t count)
{
    const struct party *a = crossing->a, *b = crossing->b;

    assert_int_equal(a->installed_count, count);
    assert_int_equal(b->installed_count, count);
    for (size_t i = 0; i < count; i++) {
        const struct ike_child_sa *mine = &a->installed[i], *other = find(b, mine->spi_out);

        assert_non_null(other);
        assert_int_equal(other->spi_out, mine->spi_in);
        assert_memory_equal(mine->key_in.encr_key, other->key_out.encr_key,
                            mine->key_in.encr_key_len);
        assert_memory_equal(mine->key_out.encr_key, other->key_in.encr_key,
                            mine->key_out.encr_key_len);
    }
}

/* The one IKE SA of an end that is not closed; NULL if there is none. */
static const struct ike_sa *only_sa(const struct party *party)
{
    const struct ike_sa *found = NULL;

    for (uint64_t id = 1; id <= party->ike->last_id; id++) {
        const struct ike_sa *sa = ike_sa_by_id(party->ike, id);

        if (!sa || sa->state == IKE_STATE_CLOSED) {
            continue;
        }
        assert_null(found);
        found = sa;
    }
    return found;
}

static void assert_idle(const struct ike_sa *sa, size_t children)
{
    size_t count = 0;

    assert_int_equal(sa->state, IKE_STATE_ESTABLISHED);
    assert_false(sa->replaced);
    assert_false(sa->standby);
    assert_false(sa->rekeying);
    assert_int_equal(sa->tasks.used, 0);
    assert_null(sa->queue);
    assert_null(ike_sa_rare(sa)->parked);
    assert_null(sa->series);
    assert_int_equal(sa->child_count, children);
    assert_int_equal(sa->child_total, children);
    for (const struct ike_child *child = sa->children; child; child = child->next) {
        assert_int_equal(child->state, IKE_CHILD_INSTALLED);
        assert_ptr_equal(child->sa, sa);
        count++;
    }
    assert_int_equal(count, children);
}

void crossing_assert_settled(const struct crossing *crossing, size_t children, size_t rekeys)
{
    const struct ike_sa *a = only_sa(crossing->a), *b = only_sa(crossing->b);

    assert_int_equal(crossing->pair->flight_count, 0);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(a->spi_i, b->spi_i);
    assert_int_equal(a->spi_r, b->spi_r);
    pair_assert_same_keys(a->keys, b->keys);
    assert_idle(a, children);
    assert_idle(b, children);
    assert_same_children(crossing, children);
    for (int end = 0; end < 2; end++) {
        const struct party *party = end ? crossing->b : crossing->a;

        if (rekeys != ANY_REKEYS) {
            assert_int_equal(party_count(party, TRACE_IKE_CHILD_REKEYED_EVENT) +
                                 party_count(party, TRACE_IKE_SA_REKEYED_EVENT),
                             rekeys);
        }
        assert_int_equal(party->established - party->gone, 1);
    }
}

void assert_won(struct party *winner)
{
    struct party *loser = pair_other(winner);

    assert_string_equal(party_last(winner, TRACE_IKE_REKEY_COLLISION_EVENT)->text, "self");
    assert_string_equal(party_last(loser, TRACE_IKE_REKEY_COLLISION_EVENT)->text, "peer");
}

void assert_initiator(const struct party *party)
{
    struct ike_sa_info info;

    assert_true(ike_endpoint_sa_info(party->ike, party_newest(party), &info));
    assert_true(info.initiator);
}

void crossing_assert_gone(const struct crossing *crossing)
{
    assert_int_equal(crossing->pair->flight_count, 0);
    assert_null(only_sa(crossing->a));
    assert_null(only_sa(crossing->b));
    assert_int_equal(crossing->a->installed_count, 0);
    assert_int_equal(crossing->b->installed_count, 0);
    assert_int_equal(crossing->a->established, crossing->a->gone);
    assert_int_equal(crossing->b->established, crossing->b->gone);
}

void crossing_settle(struct crossing *crossing, size_t children, size_t rekeys)
{
    pair_settle(crossing->pair);
    crossing_assert_settled(crossing, children, rekeys);
}

void crossing_settle_for_good(struct crossing *crossing, size_t children, size_t rekeys)
{
    crossing_settle(crossing, children, rekeys);
    pair_wait(crossing->pair, 100 * SECOND);
    crossing_settle(crossing, children, rekeys);
}
