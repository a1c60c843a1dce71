/* The pieces that dissect_datagram puts together. */
#ifndef IKESIM_UI_DISSECT_PARTS_H
#define IKESIM_UI_DISSECT_PARTS_H

#include "ui/dissect/keys.h"
#include "ui/dissect/walk.h"

/* An IKE message from `at` on to the end of layer 0. Sets verdict and summary. */
void dissect_ike(struct dissect_tree *tree, struct crypto_context *ctx,
                 const struct dissect_keys *keys, struct dissect_pieces *pieces, size_t at);

/* An ESP packet from `at` on to the end of layer 0. Sets verdict and summary. */
void dissect_esp(struct dissect_tree *tree, struct crypto_context *ctx,
                 const struct dissect_keys *keys, const char *destination, size_t at);

/* AH from the beginning to the end of layer 0, and what it carries. Sets verdict and summary. */
void dissect_ah(struct dissect_tree *tree);

/* An ICMP message by itself: an error, with what it quotes. */
void dissect_icmp(struct dissect_tree *tree, unsigned protocol);

/* The packet inside ESP, of the kind that Next Header says. Its one line for the summary goes to
 * `text`. */
void dissect_inner(struct dissect_walk *walk, unsigned next_header, char *text, size_t cap);

/* Fields of one payload behind its generic header; sets the value of the payload's group. Types
 * without a reader here are shown as bytes. */
void dissect_payload(struct dissect_walk *body, uint8_t type, size_t group);

/* Readers of single payloads, in files of their own. */
void dissect_sa(struct dissect_walk *body, size_t group);
void dissect_notify(struct dissect_walk *body, size_t group);
void dissect_eap(struct dissect_walk *body, size_t group);

/* "ENCR_AES_CBC (12)", "Curve25519 (31)": a transform with its number. */
const char *dissect_transform_text(char text[DISSECT_WORD_CAP], uint8_t type, uint16_t id);

#endif
