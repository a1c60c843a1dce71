/*
 * What the tests of crossed exchanges share (RFC 7296 §2.8.1, §2.8.2, §2.25): an established pair
 * with one CHILD SA, nonces of which the test chooses the lowest, messages that are held back, and
 * the invariants that hold after each of them (collisions.md §9).
 */
#ifndef IKESIM_TESTS_IKE_CROSSING_H
#define IKESIM_TESTS_IKE_CROSSING_H

#include "tests/ike/pair.h"

struct crossing {
    struct pair *pair;
    struct party *a, *b;
    uint64_t sa, gateway;  /* ids of the IKE SA at both ends */
    uint32_t old_a, old_b; /* inbound SPIs of the first CHILD SA */
};

/* With windows of that size at both ends. */
struct crossing crossing_new(uint32_t window);

/* With another proposal of ESP, "aes128gcm16-x25519-ecp256", at each end. */
struct crossing crossing_new_with(uint32_t window, const char *esp_a, const char *esp_b);

/* Whose exchanges have an additional key exchange behind them (RFC 9370 §2.2.4): those that alice
 * begins, those of gw, all. As a set; of CHILD SAs and of the IKE SA. */
enum followup { NO_FOLLOWUP, ALICE_FOLLOWUP, GW_FOLLOWUP, BOTH_FOLLOWUP, FOLLOWUPS };

/* With `count` of them, 1 or 2. Before pair_start. */
void crossing_follow_up(struct pair *pair, enum followup followup, int count);
struct crossing crossing_new_followup(uint32_t window, enum followup followup, int count);
void crossing_free(struct crossing *crossing);

/* One of the ends and the other, by turns: alice is the first, or, turned, gw. */
struct ends {
    struct party *first, *second;
    uint64_t of_first, of_second; /* ids of the IKE SA */
};
struct ends crossing_ends(const struct crossing *crossing, int turned);

/* Both ends begin to rekey the CHILD SA, the IKE SA. */
void crossing_rekey_children(struct crossing *crossing);
void crossing_rekey_sas(struct crossing *crossing);

/* The nonces of two rekeys that cross. */
enum nonce_place {
    ALICE_NI, /* alice's request */
    ALICE_NR, /* gw's response to it */
    GW_NI,    /* gw's request */
    GW_NR,    /* alice's response to it */
    NONCE_PLACES,
};

/* Makes the nonce of that place the lowest of those that are drawn from now on. */
void crossing_lowest(struct crossing *crossing, enum nonce_place place);

/* True if alice's exchange has the lowest one then: her SA is redundant. */
static inline bool alice_loses(enum nonce_place place)
{
    return place == ALICE_NI || place == ALICE_NR;
}

/* Where it may lie when gw never sees alice's request in time, and draws no Nr for it. */
enum { UNNOTICED_PLACES = 3 };
extern const enum nonce_place unnoticed_places[UNNOTICED_PLACES];

/* Of two requests that are on their way:
 * both arrive, and gw's response to alice is held back;
 * alice's is held back, gw's is answered, and the answer arrives. */
struct flight crossing_hold_response(struct crossing *crossing);
struct flight crossing_hold_request(struct crossing *crossing);

/* ---- what was said ---- */

/* How many messages of such payloads, retransmissions not counted. */
size_t sent_of(const struct party *party, const char *payloads);

/* The why of the last CHILD SA that was removed. */
const char *last_removed(const struct party *party);

/* CHILD SAs that ESP has, and the one whose inbound SPI is `spi`. */
bool has_spi(const struct party *party, uint32_t spi);

/* The one that sends, by the rule that ESP follows: the newest that waits for no other. */
const struct ike_child_sa *sends_with(const struct party *party);

/* The CHILD SAs of both ends are the same pairs with the same keys. */
void assert_same_children(const struct crossing *crossing, size_t count);

/* Nothing in flight, nothing under way, one IKE SA at each end with the same keys and so many CHILD
 * SAs, all usable. `rekeys` is how many rekey events each end has told, if that is asked. */
#define ANY_REKEYS SIZE_MAX
void crossing_assert_settled(const struct crossing *crossing, size_t children, size_t rekeys);

/* Both ends have told of the collision: the party's SA survives. */
void assert_won(struct party *winner);

/* The party has asked for the newest IKE SA. */
void assert_initiator(const struct party *party);

/* No IKE SA at all, and no CHILD SA. */
void crossing_assert_gone(const struct crossing *crossing);

/* Delivers all there is, and asserts that. */
void crossing_settle(struct crossing *crossing, size_t children, size_t rekeys);

/* And once more after 100 s: whatever was to be tried again has been. */
void crossing_settle_for_good(struct crossing *crossing, size_t children, size_t rekeys);

#endif
