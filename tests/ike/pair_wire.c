/* What the ends say, the datagrams in flight, and time. */
#include <stdio.h>
#include <stdlib.h>

#include "ike/actions.h"
#include "ike/sa.h"
#include "tests/ike/pair_internal.h"

/* ---- what the ends do ---- */

static void take_flight(struct party *party, const struct ike_action *action)
{
    struct pair *pair = party->pair;
    struct flight *flight = &pair->flights[pair->flight_count++];

    assert_true(pair->flight_count < PAIR_FLIGHT_MAX);
    assert_true(action->transmit.len <= PAIR_MESSAGE_MAX);
    party->last_sent_len = action->transmit.len;
    flight->from = party;
    flight->to = pair_other(party);
    flight->source = action->transmit.source;
    flight->destination = action->transmit.destination;
    flight->identity = action->transmit.identity;
    flight->event = action->transmit.sent.n;
    flight->len = action->transmit.len;
    memcpy(flight->bytes, action->transmit.bytes, flight->len);
    if (pair->transit) {
        pair->transit(pair, flight);
    }
}

static void set_timer(struct party *party, const struct ike_action *action)
{
    struct pair *pair = party->pair;

    assert_true(pair->timer_count < PAIR_TIMERS_MAX);
    pair->timers[pair->timer_count++] = (struct pair_timer){
        .party = party,
        .due = pair->now + action->timer.delay,
        .order = pair->timers_set++,
        .timer = action->timer.timer,
    };
}

static void install(struct party *party, const struct ike_child_sa *child)
{
    size_t n = party->installed_count++;

    assert_true(n < PAIR_CHILDREN_MAX);
    party->installed[n] = *child;
    party->installed_local[n] = child->local_ts[0];
    party->installed_remote[n] = child->remote_ts[0];
}

static void uninstall(struct party *party, uint32_t spi_in)
{
    for (size_t i = 0; i < party->installed_count; i++) {
        if (party->installed[i].spi_in == spi_in) {
            size_t rest = --party->installed_count - i;

            memmove(&party->installed[i], &party->installed[i + 1],
                    rest * sizeof(*party->installed));
            memmove(&party->installed_local[i], &party->installed_local[i + 1],
                    rest * sizeof(*party->installed_local));
            memmove(&party->installed_remote[i], &party->installed_remote[i + 1],
                    rest * sizeof(*party->installed_remote));
            return;
        }
    }
    fail_msg("%s removes a CHILD SA that was never installed", party->name);
}

static void move(struct party *party, const struct ike_action *action)
{
    for (size_t i = 0; i < party->installed_count; i++) {
        if (party->installed[i].spi_in == action->move.spi_in) {
            party->installed[i].local = action->move.local;
            party->installed[i].remote = action->move.remote;
            party->installed[i].udp = action->move.udp;
        }
    }
}

void pair_carry_out(struct party *party, struct ike_actions *actions)
{
    party->accepted = actions->accepted;
    party->worked_on = actions->sa;
    party->costs = actions->costs;
    for (size_t i = 0; i < actions->count; i++) {
        const struct ike_action *action = &actions->items[i];

        switch (action->kind) {
        case IKE_ACTION_TRANSMIT:
            take_flight(party, action);
            break;
        case IKE_ACTION_TIMER:
            set_timer(party, action);
            break;
        case IKE_ACTION_CHILD_INSTALL:
            install(party, action->install);
            break;
        case IKE_ACTION_CHILD_REMOVE:
            uninstall(party, action->remove.spi_in);
            break;
        case IKE_ACTION_CHILD_PAIRS:
            party->wants_pairs = action->pairs;
            break;
        case IKE_ACTION_REDIRECT:
            party->redirected_to = action->redirect.to;
            snprintf(party->redirected_name, sizeof(party->redirected_name), "%s",
                     action->redirect.name ? action->redirect.name : "");
            party->redirected = action->redirect.redirected;
            break;
        case IKE_ACTION_CHILD_MOVE:
            move(party, action);
            break;
        case IKE_ACTION_CHILD_SKIP:
            party->skipped += action->skip.delta;
            break;
        case IKE_ACTION_KEEPALIVE:
            party->keepalives++;
            break;
        case IKE_ACTION_SA_ESTABLISHED:
            party->established++;
            for (size_t j = 0; action->sa.replaces && j < party->installed_count; j++) {
                if (party->installed[j].ike_sa == action->sa.replaces) {
                    party->installed[j].ike_sa = action->sa.ike_sa;
                }
            }
            break;
        case IKE_ACTION_SA_GONE:
            party->gone++;
            party->last_gone = action->sa.ike_sa;
            party->gone_was_established = action->sa.established;
            party->gone_why = action->sa.why;
            for (size_t j = 0; j < party->installed_count; j++) {
                assert_int_not_equal(party->installed[j].ike_sa, action->sa.ike_sa);
            }
            break;
        }
    }
    ike_actions_dispose(actions);
}

/* ---- what arrives ---- */

static void receive(struct party *to, const struct ike_address *source,
                    const struct ike_address *destination, const uint8_t *bytes, size_t len)
{
    struct ike_actions actions = {0};
    /* A block of exactly that size lets AddressSanitizer see a read beyond the datagram. */
    uint8_t *exact = malloc(len ? len : 1);
    struct ike_datagram datagram = {
        .source = *source, .destination = *destination, .bytes = crypto_bytes(exact, len)};

    assert_non_null(exact);
    memcpy(exact, bytes, len);
    ike_endpoint_receive(to->ike, to->pair->now, &datagram, &actions);
    memset(exact, 0xee, len);
    free(exact);
    pair_carry_out(to, &actions);
}

void pair_deliver_copy(struct pair *pair, size_t n)
{
    assert_true(n < pair->flight_count);
    struct flight flight = pair->flights[n];

    receive(flight.to, &flight.source, &flight.destination, flight.bytes, flight.len);
}

void pair_lose(struct pair *pair, size_t n)
{
    assert_true(n < pair->flight_count);
    pair->flight_count--;
    memmove(&pair->flights[n], &pair->flights[n + 1],
            (pair->flight_count - n) * sizeof(pair->flights[0]));
}

void pair_deliver(struct pair *pair, size_t n)
{
    assert_true(n < pair->flight_count);
    struct flight flight = pair->flights[n];

    pair_lose(pair, n);
    receive(flight.to, &flight.source, &flight.destination, flight.bytes, flight.len);
}

static size_t oldest_to(const struct party *party)
{
    const struct pair *pair = party->pair;

    for (size_t n = 0; n < pair->flight_count; n++) {
        if (pair->flights[n].to == party) {
            return n;
        }
    }
    fail_msg("nothing is on its way to %s", party->name);
    return 0;
}

struct flight pair_hold(struct party *to)
{
    size_t n = oldest_to(to);
    struct flight held = to->pair->flights[n];

    pair_lose(to->pair, n);
    return held;
}

void pair_release(const struct flight *held)
{
    receive(held->to, &held->source, &held->destination, held->bytes, held->len);
}

void pair_deliver_to(struct party *party)
{
    pair_deliver(party->pair, oldest_to(party));
}

void pair_inject(struct party *to, const uint8_t *bytes, size_t len)
{
    receive(to, &pair_other(to)->address, &to->address, bytes, len);
}

void pair_inject_notify(struct pair *pair, uint16_t type, struct crypto_bytes data)
{
    uint64_t sa = ike_endpoint_sa_with(pair->a.ike, &pair->b.address);
    struct ike_builder builder;
    struct ike_sa_info info;
    uint8_t bytes[PAIR_MESSAGE_MAX];

    assert_true(ike_endpoint_sa_info(pair->a.ike, sa, &info));
    ike_builder_begin(&builder, bytes, sizeof(bytes),
                      &(struct ike_header){.spi_i = info.spi_i,
                                           .major = IKE_MAJOR_VERSION,
                                           .exchange = IKE_EXCHANGE_IKE_SA_INIT,
                                           .response = true});
    ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), type, data);
    pair_inject(&pair->a, bytes, ike_builder_finish(&builder));
}

void pair_forge(const struct pair_forgery *forgery)
{
    static uint64_t forgeries;
    struct party *from = forgery->from;
    const struct ike_sa *sa = ike_sa_by_id(from->ike, forgery->sa);
    /* An IV of its own: the implementation's count up from 0. */
    uint64_t counter = ~forgeries++;
    struct crypto_packet_key key;
    struct ike_builder builder;
    uint8_t bytes[PAIR_MESSAGE_MAX], iv[16] = {0};
    size_t len;

    assert_non_null(sa);
    memcpy(iv, &counter, sizeof(counter));
    ike_sa_message_key(sa, true, &key);
    ike_builder_begin(&builder, bytes, sizeof(bytes),
                      &(struct ike_header){.spi_i = sa->spi_i,
                                           .spi_r = sa->spi_r,
                                           .major = 2,
                                           .exchange = forgery->exchange,
                                           .initiator = sa->initiator,
                                           .response = forgery->response,
                                           .message_id = forgery->message_id});
    ike_build_sk_begin(&builder, crypto_bytes(iv, key.encr->iv_len));
    if (forgery->write) {
        forgery->write(&builder, forgery->context);
    }
    len = ike_builder_finish_sealed(&builder, from->pair->crypto, &key, NULL);
    assert_int_not_equal(len, 0);
    pair_inject(pair_other(from), bytes, len);
}

void pair_settle(struct pair *pair)
{
    for (size_t steps = 0; pair->flight_count; steps++) {
        assert_true(steps < 10000);
        pair_deliver(pair, 0);
    }
}

/* ---- time ---- */

static struct pair_timer *earliest(struct pair *pair)
{
    struct pair_timer *found = NULL;

    for (size_t i = 0; i < pair->timer_count; i++) {
        struct pair_timer *timer = &pair->timers[i];

        if (!found || timer->due < found->due ||
            (timer->due == found->due && timer->order < found->order)) {
            found = timer;
        }
    }
    return found;
}

void pair_wait(struct pair *pair, uint64_t ns)
{
    uint64_t end = pair->now + ns;

    for (struct pair_timer *next = earliest(pair); next && next->due <= end;
         next = earliest(pair)) {
        struct pair_timer timer = *next;
        struct ike_actions actions = {0};

        *next = pair->timers[--pair->timer_count];
        pair->now = timer.due;
        ike_endpoint_timer(timer.party->ike, pair->now, &timer.timer, &actions);
        pair_carry_out(timer.party, &actions);
    }
    pair->now = end;
}
