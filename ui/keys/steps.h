/*
 * The derivation of the keys of one IKE SA and its CHILD SAs as a list of steps, in the order in
 * which a teacher would go through them. Values are the recording's; a step's command recomputes
 * its value from values that stand in steps before it.
 */
#ifndef IKESIM_UI_KEYS_STEPS_H
#define IKESIM_UI_KEYS_STEPS_H

#include <stdbool.h>

#include "crypto/context.h"
#include "ui/keys/story.h"

/* TOPIC(symbol, word for --only, heading) */
#define KEYS_TOPICS(TOPIC)                                                                         \
    TOPIC(PROPOSAL, "proposal", "What was agreed on")                                              \
    TOPIC(EXCHANGE, "exchange", "IKE_SA_INIT: nonces and key exchange, in the clear")              \
    TOPIC(SKEYSEED, "skeyseed", "SKEYSEED")                                                        \
    TOPIC(SK, "sk", "The seven keys of the IKE SA")                                                \
    TOPIC(AUTH, "auth", "AUTH: who it is")                                                         \
    TOPIC(KEYMAT, "keymat", "KEYMAT: the keys of the CHILD SAs")                                   \
    TOPIC(MESSAGE, "message", "The IKE_AUTH request, opened")                                      \
    TOPIC(ESP, "esp", "An ESP packet, opened")

enum keys_topic {
#define TOPIC(symbol, word, heading) KEYS_##symbol,
    KEYS_TOPICS(TOPIC)
#undef TOPIC
        KEYS_TOPIC_COUNT
};

/* "skeyseed" and "SKEYSEED". */
const char *keys_topic_word(enum keys_topic topic);
const char *keys_topic_heading(enum keys_topic topic);

struct keys_step {
    enum keys_topic topic;
    const char *name;      /* "SK_ei" */
    const char *formula;   /* "prf(Ni | Nr, g^ir)"; NULL where there is nothing to compute */
    const char *value;     /* hex digits; words if `words` */
    bool words;            /* `value` is text to read */
    const char *meaning;   /* sentences: what it is for; NULL if the step before has said it */
    const char *reference; /* "RFC 7296 §2.14" */
    bool knows[2];         /* whether the IKE SA's initiator and responder can compute it */
    const char *lacks;     /* what a wiretap lacks to compute it; NULL if it can */
    const char *command;   /* prints `value`; NULL if it is drawn, received or words */
};

struct keys_derivation {
    const char *host[2]; /* the IKE SA's initiator and responder */
    uint64_t spi_i, spi_r;
    const char *suite;  /* in strongSwan's notation */
    const char *notice; /* whether both ends came to the same keys */
    size_t count, cap;
    struct keys_step *steps;
    struct keys_pool pool;
};

/* The steps of one IKE SA of the story, which must outlive them. Free with keys_derivation_free. */
struct keys_derivation *keys_derive(struct crypto_context *ctx, const struct keys_story *story,
                                    const struct keys_sa *sa);
void keys_derivation_free(struct keys_derivation *derivation);

#endif
