/* Small recordings for the tests of the screens, told event by event. */
#ifndef IKESIM_TESTS_UI_TERM_STORY_H
#define IKESIM_TESTS_UI_TERM_STORY_H

#include "trace/reader.h"
#include "trace/recorder.h"

#define MS UINT64_C(1000000)

enum { ALICE, GW };

struct story {
    char dir[64];
    struct trace_writer *writer;
    struct trace_recorder *recorder;
    struct trace_channel *channel[2]; /* alice about gw, gw about alice */
    uint64_t datagrams[2];
};

/* A message that has left: its ike:message_sent (or esp:sent) and its net:sent. */
struct story_message {
    struct trace_ref sent, net;
    int from;
    uint64_t time, datagram;
};

/* A new directory with run:begin and the two hosts. */
void story_begin(struct story *story, uint64_t duration);
/* Writes run:end (unless it is to look cut off) and closes the files; the directory stays. */
void story_end(struct story *story, bool complete);
/* Makes what was told so far visible to readers. */
void story_flush(struct story *story);
void story_remove(struct story *story);

struct trace_ref story_tell(struct story *story, int host, uint64_t time, struct trace_ref cause,
                            enum trace_kind kind, const void *data);

/* An IKE message leaves; its bytes are a made-up header with these values. */
struct story_message story_ike(struct story *story, int from, uint64_t time, struct trace_ref cause,
                               const char *exchange, bool response, uint64_t message_id,
                               const char *payloads, const struct story_message *first,
                               uint64_t transmission);
/* An ESP packet leaves. */
struct story_message story_esp(struct story *story, int from, uint64_t time, uint64_t sequence);

struct trace_ref story_arrive(struct story *story, const struct story_message *message,
                              uint64_t time, uint64_t copy, bool overtaken);
void story_lose(struct story *story, const struct story_message *message, const char *why);
void story_duplicate(struct story *story, const struct story_message *message);

/* alice's IKE_SA_INIT request is lost, then gw's response, then both get through; IKE_AUTH; a CHILD
 * SA; `pings` pings, every third packet lost, every fourth duplicated and refused. */
void story_lossy(struct story *story, unsigned pings);

/* alice's window of four requests over an IKE SA that is up: request 2 is answered, 3 is lost and
 * goes out again, 4 has arrived and its answer is on its way, 5 and 6 are out, one exchange waits.
 * Then ESP packets 1 to 40 of gw, of which 7 is lost and 20 comes twice. */
void story_windows(struct story *story);

/* Time series beside the recording: a storm of ten seconds that abates, of all and of gw. */
void story_series(const struct story *story);

#endif
