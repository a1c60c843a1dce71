/* A recording as pcapng, in two passes: first what became of each datagram, then the packets. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trace/export.h"
#include "trace/export_datagram.h"
#include "trace/pcapng.h"

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)
#define WRITE_PIECE ((size_t)1 << 20)

struct exporter {
    struct trace_reader *reader;
    bool both_ends;
    uint64_t epoch;                    /* ns since 1970 of virtual time 0 */
    struct export_datagram *datagrams; /* by ordinal */
    size_t count, cap;
    struct export_datagram **by_cause;
    struct trace_scopes *hosts; /* number = interface, where each host has one */
    struct trace_buffer out, frame;
    uint64_t frames;
    FILE *file;
    char *error;
    size_t error_cap;
};

static bool fail(struct exporter *exporter, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(struct exporter *exporter, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(exporter->error, exporter->error_cap, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- the first pass ---- */

static int compare_ordinal(const void *key, const void *element)
{
    uint64_t a = *(const uint64_t *)key, b = ((const struct export_datagram *)element)->ordinal;
    return a < b ? -1 : a > b;
}

static struct export_datagram *datagram_at(const struct exporter *exporter, uint64_t ordinal)
{
    if (exporter->count == 0) {
        return NULL;
    }
    return bsearch(&ordinal, exporter->datagrams, exporter->count, sizeof *exporter->datagrams,
                   compare_ordinal);
}

static void note_host(struct exporter *exporter, const char *host)
{
    trace_scopes_intern(exporter->hosts, host, NULL);
}

static void note_sent(struct exporter *exporter, uint64_t ordinal,
                      const struct trace_record *record)
{
    if (exporter->count == exporter->cap) {
        exporter->cap = exporter->cap ? exporter->cap * 2 : 64;
        exporter->datagrams =
            trace_resize(exporter->datagrams, exporter->cap * sizeof *exporter->datagrams);
    }
    exporter->datagrams[exporter->count++] = (struct export_datagram){
        .ordinal = ordinal, .cause = trace_reader_find(exporter->reader, record->cause)};
    note_host(exporter, record->id.scope->host);
}

/* The net:sent that an event behind it is about; NULL if there is none in the recording. */
static struct export_datagram *datagram_of(const struct exporter *exporter,
                                           const struct trace_record *record)
{
    struct trace_ref sent = record->cause;
    if (record->kind == TRACE_NET_DELIVERED_EVENT) {
        const struct trace_net_delivered *event = record->data;
        sent = event->sent;
    }
    return datagram_at(exporter, trace_reader_find(exporter->reader, sent));
}

static void note_fate(struct exporter *exporter, const struct trace_record *record)
{
    struct export_datagram *datagram = datagram_of(exporter, record);
    if (record->kind == TRACE_NET_DELIVERED_EVENT) {
        note_host(exporter, record->id.scope->host);
    }
    if (datagram) {
        export_datagram_note(datagram, record);
    }
}

static int compare_cause(const void *a, const void *b)
{
    const struct export_datagram *x = *(struct export_datagram *const *)a,
                                 *y = *(struct export_datagram *const *)b;
    return x->cause != y->cause ? (x->cause < y->cause ? -1 : 1)
                                : (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

static bool collect(struct exporter *exporter)
{
    const trace_kinds kinds = BIT(NET_SENT) | BIT(NET_LOST) | BIT(NET_CORRUPTED) |
                              BIT(NET_DELIVERED) | BIT(ATTACK_ACTED) | BIT(HOST_DECLARED);
    uint64_t at = 0; /* the first line is run:begin */
    while ((at = trace_reader_step(exporter->reader, at, 1, kinds, NULL, NULL)) != UINT64_MAX) {
        const struct trace_record *record = trace_reader_get(exporter->reader, at);
        if (!record) {
            return fail(exporter, "%s", trace_reader_error(exporter->reader));
        }
        if (record->kind == TRACE_NET_SENT_EVENT) {
            note_sent(exporter, at, record);
        } else if (record->kind == TRACE_HOST_DECLARED_EVENT) {
            note_host(exporter, record->id.scope->host);
        } else {
            note_fate(exporter, record);
        }
    }
    exporter->by_cause = trace_alloc(exporter->count * sizeof(struct export_datagram *));
    for (size_t i = 0; i < exporter->count; i++) {
        exporter->by_cause[i] = &exporter->datagrams[i];
    }
    if (exporter->count > 0) {
        qsort(exporter->by_cause, exporter->count, sizeof *exporter->by_cause, compare_cause);
    }
    return true;
}

/* The packet that an ike:message_sent became; 0 if there is none before this one. */
static uint64_t frame_of_cause(const struct exporter *exporter, struct trace_ref message)
{
    uint64_t cause = trace_reader_find(exporter->reader, message);
    size_t low = 0, high = exporter->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (exporter->by_cause[middle]->cause < cause) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found =
        cause != UINT64_MAX && low < exporter->count && exporter->by_cause[low]->cause == cause;
    return found ? exporter->by_cause[low]->frame : 0;
}

/* ---- comments ---- */

struct comment {
    char text[768];
    size_t len;
};

static void say(struct comment *comment, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct comment *comment, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(comment->text + comment->len, sizeof comment->text - comment->len, format,
                      arguments);
    va_end(arguments);
    if (n > 0) {
        size_t room = sizeof comment->text - comment->len - 1;
        comment->len += (size_t)n < room ? (size_t)n : room;
    }
}

static void say_time(struct comment *comment, uint64_t time)
{
    say(comment, "%" PRIu64 ".%06" PRIu64 " s", time / 1000000000, time / 1000 % 1000000);
}

static void say_message(const struct exporter *exporter, struct comment *comment,
                        const struct trace_ike_message_sent *message, const char *host)
{
    say(comment, "%s %s, from %s, Message ID %" PRIu64 ", transmission %" PRIu64,
        message->exchange ? message->exchange : "IKE", message->response ? "response" : "request",
        host, message->message_id, message->transmission);
    if (message->transmission > 1) {
        uint64_t first = frame_of_cause(exporter, message->first);
        if (first > 0) {
            say(comment, "; retransmission of frame %" PRIu64, first);
        } else {
            say(comment, "; retransmission");
        }
    }
}

/* Which message it is, by the words that scenarios and the ladder use. */
static void say_what(const struct exporter *exporter, struct comment *comment,
                     const struct export_datagram *datagram, const struct trace_record *sent)
{
    const char *host = sent->id.scope->host;
    const struct trace_record *cause = NULL;
    if (datagram->cause != UINT64_MAX) {
        cause = trace_reader_get(exporter->reader, datagram->cause);
    }
    if (cause && cause->kind == TRACE_IKE_MESSAGE_SENT_EVENT) {
        say_message(exporter, comment, cause->data, host);
    } else if (cause && cause->kind == TRACE_ESP_SENT_EVENT) {
        const struct trace_esp_sent *esp = cause->data;
        say(comment, "%s, from %s, SPI %08" PRIx32 ", sequence number %" PRIu64 ", child %s",
            esp->protocol ? esp->protocol : "ESP", host, esp->spi, esp->sequence,
            esp->child ? esp->child : "unnamed");
    } else if (cause && cause->kind == TRACE_IKE_KEEPALIVE_EVENT) {
        say(comment, "NAT-keepalive, from %s", host);
    } else if (cause && cause->kind == TRACE_ATTACK_ACTED_EVENT) {
        const struct trace_attack_acted *acted = cause->data;
        say(comment, "made by %s, in the name of %s; it has %s: %.300s",
            acted->attacker ? acted->attacker : "an attacker", host,
            acted->what ? acted->what : "acted", acted->detail ? acted->detail : "");
    } else {
        const struct trace_net_sent *event = sent->data;
        bool icmp = event->protocol == 1 || event->protocol == 58;
        say(comment, "%s %" PRIu64 ", from %s", icmp ? "ICMP error, datagram" : "datagram",
            event->datagram, host);
    }
}

static void say_one(struct comment *comment, const struct export_fate *fate)
{
    say(comment, "; ");
    if (fate->copy > 1) {
        say(comment, "duplicate (copy %" PRIu64 ") ", fate->copy);
    }
    if (fate->text) {
        say(comment, "%s", fate->text);
        return;
    }
    say(comment, "delivered at ");
    say_time(comment, fate->time);
    if (fate->overtaken) {
        say(comment, ", overtaken by a later one");
    }
}

static void say_fate(struct comment *comment, const struct export_datagram *datagram)
{
    for (size_t i = 0; i < datagram->fate_count; i++) {
        say_one(comment, &datagram->fates[i]);
    }
    if (!datagram->ended) {
        say(comment, "; on its way when the recording ends");
    }
}

/* Of one copy, which arrives at that time. */
static void say_fate_of(struct comment *comment, const struct export_datagram *datagram,
                        uint64_t copy, uint64_t time)
{
    for (size_t i = 0; i < datagram->fate_count; i++) {
        const struct export_fate *fate = &datagram->fates[i];
        if (fate->copy == copy && fate->time <= time) {
            say_one(comment, fate);
        }
    }
}

/* ---- the second pass ---- */

static bool write_out(struct exporter *exporter)
{
    size_t len = exporter->out.len;
    exporter->out.len = 0;
    return len == 0 || fwrite(exporter->out.data, 1, len, exporter->file) == len;
}

static bool build_frame(struct exporter *exporter, uint64_t ordinal,
                        const struct trace_net_sent *event)
{
    struct pcapng_datagram datagram = {
        .protocol = (uint8_t)event->protocol,
        .source_port = (uint16_t)event->source_port,
        .destination_port = (uint16_t)event->destination_port,
        .identification = (uint16_t)event->datagram,
        .header = event->header.data,
        .header_len = event->header.len,
        .payload = event->bytes.data,
        .payload_len = event->bytes.len,
    };
    int family = event->source && strchr(event->source, ':') ? AF_INET6 : AF_INET;
    datagram.family = family == AF_INET6 ? 6 : 4;
    if (!event->source || !event->destination ||
        inet_pton(family, event->source, datagram.source) != 1 ||
        inet_pton(family, event->destination, datagram.destination) != 1) {
        return fail(exporter, "event %" PRIu64 ": %s to %s are no addresses of one family", ordinal,
                    event->source ? event->source : "null",
                    event->destination ? event->destination : "null");
    }
    if (event->bytes.len > PCAPNG_UDP_MAX) {
        return fail(exporter, "event %" PRIu64 ": %zu octets do not fit a datagram", ordinal,
                    event->bytes.len);
    }
    exporter->frame.len = 0;
    pcapng_put_frame(&exporter->frame, &datagram);
    return true;
}

static void put_packet(struct exporter *exporter, const struct trace_record *record,
                       enum pcapng_direction direction, const char *comment)
{
    uint32_t interface = 0;
    if (exporter->both_ends) {
        interface =
            trace_scope_number(trace_scopes_intern(exporter->hosts, record->id.scope->host, NULL));
    } else {
        direction = PCAPNG_UNKNOWN;
    }
    pcapng_put_packet(&exporter->out, interface, exporter->epoch + record->time, direction,
                      exporter->frame.data, exporter->frame.len, comment);
    exporter->frames++;
}

static bool put_sent(struct exporter *exporter, uint64_t ordinal, const struct trace_record *record)
{
    struct export_datagram *datagram = datagram_at(exporter, ordinal);
    struct comment comment = {.len = 0};
    if (!build_frame(exporter, ordinal, record->data)) {
        return false;
    }
    datagram->frame = exporter->frames + 1;
    say_what(exporter, &comment, datagram, record);
    say_fate(&comment, datagram);
    put_packet(exporter, record, PCAPNG_OUTBOUND, comment.text);
    return true;
}

/* What is told of a datagram behind its net:sent: it has another look from then on, or arrives with
 * the one that it has. */
static bool put_later(struct exporter *exporter, const struct trace_record *record)
{
    struct export_datagram *datagram = datagram_of(exporter, record);
    if (!datagram) {
        return true; /* its sending is not recorded: there are no octets to show */
    }
    const struct trace_record *sent = trace_reader_get(exporter->reader, datagram->ordinal);
    if (!sent) {
        return fail(exporter, "%s", trace_reader_error(exporter->reader));
    }
    if (record->kind != TRACE_NET_DELIVERED_EVENT) {
        export_datagram_follow(datagram, sent->data, record);
        return true;
    }
    const struct trace_net_delivered *event = record->data;
    struct trace_net_sent seen = export_datagram_seen(datagram, sent->data, event->copy);
    struct comment comment = {.len = 0};
    if (!build_frame(exporter, datagram->ordinal, &seen)) {
        return false;
    }
    say_what(exporter, &comment, datagram, sent);
    say(&comment, "; sent as frame %" PRIu64, datagram->frame);
    say_fate_of(&comment, datagram, event->copy, record->time);
    put_packet(exporter, record, PCAPNG_INBOUND, comment.text);
    return true;
}

static bool write_packets(struct exporter *exporter)
{
    const trace_kinds later = BIT(NET_DELIVERED) | BIT(NET_TRANSLATED) | BIT(NET_DUPLICATED) |
                              BIT(NET_CORRUPTED) | BIT(ATTACK_ACTED);
    const trace_kinds kinds = BIT(NET_SENT) | (exporter->both_ends ? later : 0);
    uint64_t at = 0;
    while ((at = trace_reader_step(exporter->reader, at, 1, kinds, NULL, NULL)) != UINT64_MAX) {
        const struct trace_record *record = trace_reader_get(exporter->reader, at);
        if (!record) {
            return fail(exporter, "%s", trace_reader_error(exporter->reader));
        }
        bool good = record->kind == TRACE_NET_SENT_EVENT ? put_sent(exporter, at, record)
                                                         : put_later(exporter, record);
        if (!good) {
            return false;
        }
        if (exporter->out.len >= WRITE_PIECE && !write_out(exporter)) {
            return fail(exporter, "%s", strerror(errno));
        }
    }
    return write_out(exporter) || fail(exporter, "%s", strerror(errno));
}

/* RFC 3339 with Z or an offset, as run:begin has it; ns since 1970. */
static bool parse_epoch(const char *text, uint64_t *epoch)
{
    struct tm tm = {0};
    const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    if (!rest) {
        return false;
    }
    uint64_t fraction = 0;
    if (*rest == '.') {
        uint64_t unit = 100000000;
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10) {
            fraction += unit * (uint64_t)(*rest - '0');
        }
    }
    int hours = 0, minutes = 0, end = 0;
    int sign = *rest == '+' ? 1 : -1;
    bool zulu = strcmp(rest, "Z") == 0;
    if (!zulu && (strchr("+-", *rest) == NULL || *rest == '\0' ||
                  sscanf(rest + 1, "%2d:%2d%n", &hours, &minutes, &end) != 2 || rest[1 + end])) {
        return false;
    }
    time_t offset = (time_t)hours * 3600 + (time_t)minutes * 60;
    time_t seconds = timegm(&tm) - sign * offset;
    if (seconds < 0) {
        return false;
    }
    *epoch = (uint64_t)seconds * 1000000000 + fraction;
    return true;
}

static bool write_headers(struct exporter *exporter)
{
    const struct trace_record *first = trace_reader_get(exporter->reader, 0);
    if (!first || first->kind != TRACE_RUN_BEGIN_EVENT) {
        return fail(exporter, "the recording has no run:begin");
    }
    const struct trace_run_begin *begin = first->data;
    if (!parse_epoch(begin->epoch, &exporter->epoch)) {
        return fail(exporter, "run:begin: epoch \"%s\" is no time of RFC 3339",
                    begin->epoch ? begin->epoch : "null");
    }
    struct comment program = {.len = 0}, comment = {.len = 0};
    say(&program, "ikesim %s", begin->version ? begin->version : "");
    say(&comment, "%s (scenario %s, seed %" PRIu64 ")", begin->title ? begin->title : "untitled",
        begin->scenario ? begin->scenario : "unnamed", begin->seed);
    pcapng_put_section(&exporter->out, program.text, comment.text);
    if (!exporter->both_ends) {
        pcapng_put_interface(&exporter->out, "links",
                             "every datagram once, as it leaves its sender");
        return true;
    }
    for (uint32_t i = 0; i < trace_scopes_count(exporter->hosts); i++) {
        pcapng_put_interface(&exporter->out, trace_scopes_at(exporter->hosts, i)->host,
                             "what leaves this host and what reaches it");
    }
    return true;
}

static void exporter_free(struct exporter *exporter)
{
    for (size_t i = 0; i < exporter->count; i++) {
        export_datagram_clear(&exporter->datagrams[i]);
    }
    free(exporter->datagrams);
    free(exporter->by_cause);
    trace_scopes_free(exporter->hosts);
    trace_buffer_free(&exporter->out);
    trace_buffer_free(&exporter->frame);
}

int trace_export_pcapng(struct trace_reader *reader, const char *path, bool both_ends, char *error,
                        size_t error_cap)
{
    struct exporter exporter = {.reader = reader,
                                .both_ends = both_ends,
                                .hosts = trace_scopes_new(),
                                .error = error,
                                .error_cap = error_cap};
    /* Under another name until it is whole. */
    size_t path_len = strlen(path);
    char *draft = trace_alloc(path_len + sizeof ".new");
    memcpy(draft, path, path_len);
    memcpy(draft + path_len, ".new", sizeof ".new");
    bool good = collect(&exporter) && write_headers(&exporter);
    if (good) {
        exporter.file = fopen(draft, "wbe");
        good = exporter.file ? write_packets(&exporter)
                             : fail(&exporter, "%s: %s", draft, strerror(errno));
    }
    if (exporter.file) {
        if (fclose(exporter.file) != 0 && good) {
            good = fail(&exporter, "%s: %s", draft, strerror(errno));
        }
        if (good && rename(draft, path) != 0) {
            good = fail(&exporter, "%s: %s", path, strerror(errno));
        }
        if (!good) {
            remove(draft);
        }
    }
    exporter_free(&exporter);
    free(draft);
    return good ? 0 : -1;
}
