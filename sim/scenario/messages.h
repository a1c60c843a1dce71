/*
 * The IKE messages that have been seen, each known by its sender and an identity that only the
 * simulator sees: how often it was sent, and taken for new. A part of the observer.
 */
#ifndef IKESIM_SIM_SCENARIO_MESSAGES_H
#define IKESIM_SIM_SCENARIO_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

/* 16 octets, of which a run keeps one for each message. */
struct message {
    uint64_t identity;
    uint32_t sender;                  /* index of the host + 1; 0: a free place */
    uint16_t transmissions, accepted; /* up to UINT16_MAX, and there they stay */
};

struct messages;

/* Empty; it grows with what is looked for. */
struct messages *messages_new(void);
void messages_free(struct messages *messages);

/* The message, which has not been seen before if nothing is counted of it. Good until the next
 * call. */
struct message *messages_find(struct messages *messages, size_t sender, uint64_t identity);

/* Counts one more. */
void messages_count(uint16_t *count);

#endif
