/* Traffic selectors (RFC 7296 §2.9, §3.13): narrowing, the initiator's check of it, and words. */
#ifndef IKESIM_IKE_SELECTORS_H
#define IKESIM_IKE_SELECTORS_H

#include <netinet/in.h>

#include "ike/message.h"

/* Octets of an address of that type of selector (enum ike_ts_type); 0 if the type is none of ours.
 */
size_t ike_selector_address_len(uint8_t type);

/* Moves an address of the selector's type by `place` times the size of its range: to where it is in
 * the range that is as large and so many places behind. One of all addresses stays where it is.
 * False if that is beyond the last address. */
bool ike_selector_move(const struct ike_selector *s, uint32_t place, uint8_t *address);

/* The ranges that are so many places behind; `moved` has room for as many. False if there is
 * nothing any more. */
bool ike_selectors_move(const struct ike_selector *selectors, size_t count, uint32_t place,
                        struct ike_selector *moved);

/* Selects all ports; selects packets whose ports cannot be seen, fragments for instance. */
bool ike_selector_any_port(const struct ike_selector *s);
bool ike_selector_opaque_port(const struct ike_selector *s);

/* The range is one address. */
bool ike_selector_is_address(const struct ike_selector *s);

/* What both select. False if that is nothing. Types unknown to us select nothing (§2.9). */
bool ike_selector_intersect(const struct ike_selector *a, const struct ike_selector *b,
                            struct ike_selector *both);

/* The responder's narrowing: what of `offered` lies in `policy`, in the offer's order, so that the
 * initiator's first choice stays in where policy allows it. Returns the number of selectors in
 * `narrowed`, 0 if nothing is acceptable. */
size_t ike_selectors_narrow(const struct ike_selector *offered, size_t offered_count,
                            const struct ike_selector *policy, size_t policy_count,
                            struct ike_selector narrowed[IKE_SELECTORS_MAX]);

/* The initiator's check: there is at least one answered selector, and each lies within one that was
 * offered. */
bool ike_selectors_within(const struct ike_selector *answered, size_t answered_count,
                          const struct ike_selector *offered, size_t offered_count);

/* Length of the prefix that the range is; false if it is none. */
bool ike_selector_prefix(const struct ike_selector *s, size_t *prefix);

/* In strongSwan's notation, separated by blanks: "10.1.0.0/24", "10.1.0.1..10.1.0.9[tcp/80]".
 * Returns the length of the whole, snprintf's way. */
size_t ike_selectors_print(const struct ike_selector *selectors, size_t count, char *text,
                           size_t cap);

/* An address of 4 or 16 octets in network order: "192.0.2.1", "2001:db8::1". Returns the length. */
size_t ike_ip_print(const uint8_t *ip, size_t ip_len, char text[INET6_ADDRSTRLEN]);

#endif
