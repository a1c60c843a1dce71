/* What the tests of trace/ share: made-up values for every kind, and a small recording. */
#ifndef IKESIM_TESTS_TRACE_SUPPORT_H
#define IKESIM_TESTS_TRACE_SUPPORT_H

#include "trace/reader.h"
#include "trace/recorder.h"

/* A made-up event of a kind: its struct, and what that points to. */
struct made_event {
    union {
#define EVENT(symbol, lower, name, meaning) struct trace_##lower lower;
        TRACE_EVENTS(EVENT)
#undef EVENT
    } data;
    char texts[32][64];
    uint8_t octets[32][64];
};

/* Fills every field with values that depend on `seed` only: quotes, control characters, other
 * scripts, NULL, nothing, and numbers of all sizes among them. */
void make_event(struct made_event *event, enum trace_kind kind, uint64_t seed,
                struct trace_scopes *scopes);

/* Changes one field to another value. */
void change_field(struct made_event *event, const struct trace_field_info *field,
                  struct trace_scopes *scopes);

/* True if all fields are equal; refs by their names. */
bool events_equal(enum trace_kind kind, const void *a, const void *b);
bool refs_equal(struct trace_ref a, struct trace_ref b);

/* A new directory under /tmp; remove_dir removes it with the files in it. */
char *make_dir(void);
void remove_dir(char *dir);

/* Whole files; read_file's result is malloc'ed, NUL-terminated. */
uint8_t *read_file(const char *dir, const char *name, size_t *len);
void write_file(const char *dir, const char *name, const void *bytes, size_t len);

/* Writes a recording of alice and gw into `dir`: IKE_SA_INIT with a loss and a duplicate, IKE_AUTH,
 * one CHILD SA, `pings` pings with a loss and a replay now and then, and of bob, who gets no
 * answer. Keys and octets are made up, but for the headers. `ended` says whether run:end stands at
 * its end. */
void write_sample(const char *dir, unsigned pings, bool ended);

/* The octets of the sample's IKE_SA_INIT request, which are well formed. */
size_t sample_init_request(uint8_t *out, size_t cap);

#endif
