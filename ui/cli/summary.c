#include "ui/cli/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "crypto/context.h"

static const char *const count_names[SCENARIO_COUNT_COUNT] = {
#define X(symbol, name, meaning) name,
    SCENARIO_COUNTS(X)
#undef X
};

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void print_counts(FILE *out, const uint64_t counts[SCENARIO_COUNT_COUNT])
{
#define C(symbol) counts[SCENARIO_COUNT_##symbol]
    fprintf(out,
            "  IKE        %" PRIu64 " request%s, %" PRIu64 " datagrams of which %" PRIu64
            " retransmission%s\n",
            C(IKE_REQUESTS_SENT), plural(C(IKE_REQUESTS_SENT)), C(IKE_TRANSMISSIONS),
            C(IKE_RETRANSMISSIONS), plural(C(IKE_RETRANSMISSIONS)));
    fprintf(out,
            "  SAs        %" PRIu64 " times an IKE SA established, %" PRIu64
            " times a CHILD SA installed (both ends counted)\n",
            C(IKE_SAS_ESTABLISHED), C(CHILD_SAS_INSTALLED));
    fprintf(out,
            "  links      %" PRIu64 " datagrams sent, %" PRIu64 " lost, %" PRIu64
            " duplicated, %" PRIu64 " overtaken\n",
            C(DATAGRAMS_SENT), C(DATAGRAMS_LOST), C(DATAGRAMS_DUPLICATED), C(DATAGRAMS_OVERTAKEN));
    fprintf(out,
            "  tunnel     %" PRIu64 " inner packets sent, %" PRIu64 " delivered, %" PRIu64
            " delivered twice; %" PRIu64 " ping%s answered\n",
            C(INNER_PACKETS_SENT), C(INNER_PACKETS_DELIVERED), C(INNER_PACKETS_DELIVERED_TWICE),
            C(PINGS_ANSWERED), plural(C(PINGS_ANSWERED)));
    if (C(CPU_DROPPED)) {
        fprintf(out, "  CPU        %" PRIu64 " work items found a full queue\n", C(CPU_DROPPED));
    }
#undef C
}

static void print_verdicts(FILE *out, const struct run_result *result, const char *path,
                           bool colour)
{
    if (!result->expectations) {
        return;
    }
    fprintf(out, "  expected   %zu of %zu hold\n", result->expectations - result->failed,
            result->expectations);
    for (size_t i = 0; i < result->expectations; i++) {
        const struct run_verdict *verdict = &result->verdicts[i];
        if (verdict->holds) {
            fprintf(out, "    ok    %s: %s\n", verdict->text, verdict->why);
        } else {
            fprintf(out, "    %sFAILED%s %s:%d: %s: %s\n", colour ? "\033[1;31m" : "",
                    colour ? "\033[0m" : "", path, verdict->line, verdict->text, verdict->why);
        }
    }
}

void summary_print(FILE *out, const struct scenario *scenario, const struct run_result *result,
                   const char *dir, bool colour)
{
    fprintf(out, "%s%s: %s%s\n", colour ? "\033[1m" : "", scenario->name, scenario->title,
            colour ? "\033[0m" : "");
    fprintf(out,
            "  run        seed %" PRIu64 ", fresh keys, %.3f s of virtual time in %.2f s, %" PRIu64
            " events%s\n",
            result->seed, (double)result->virtual_time / 1e9, result->seconds, result->events,
            result->interrupted ? " (interrupted)" : "");
    print_counts(out, result->counts);
    print_verdicts(out, result, scenario->path, colour);
    fprintf(out, "  hash       %016" PRIx64 "\n", result->hash);
    if (dir) {
        fprintf(out,
                "  kept       %s; see it in Wireshark with its keys:\n"
                "             WIRESHARK_CONFIG_DIR=%s/wireshark wireshark %s/run.pcapng\n",
                dir, dir, dir);
    }
}

char *summary_json(const struct scenario *scenario, const struct run_result *result,
                   const char *dir)
{
    char hash[20];
    snprintf(hash, sizeof hash, "%016" PRIx64, result->hash);
    json_t *counts = json_object();
    for (size_t i = 0; i < SCENARIO_COUNT_COUNT; i++) {
        json_object_set_new(counts, count_names[i], json_integer((json_int_t)result->counts[i]));
    }
    json_t *verdicts = json_array();
    for (size_t i = 0; i < result->expectations; i++) {
        const struct run_verdict *verdict = &result->verdicts[i];
        json_array_append_new(verdicts, json_pack("{s:s, s:i, s:b, s:s}", "expectation",
                                                  verdict->text, "line", verdict->line, "holds",
                                                  verdict->holds, "why", verdict->why));
    }
    json_t *summary = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:f, s:I, s:b, s:s, s:I, s:o, s:o}", "ikesim",
        IKESIM_VERSION, "openssl", crypto_openssl_version(), "scenario", scenario->name, "title",
        scenario->title, "seed", (json_int_t)result->seed, "keys", "fresh", "virtual_time_ns",
        (json_int_t)result->virtual_time, "wall_seconds", result->seconds, "events",
        (json_int_t)result->events, "interrupted", result->interrupted, "hash", hash,
        "endpoint_memory", (json_int_t)result->memory, "counts", counts, "expectations", verdicts);
    if (dir) {
        json_object_set_new(summary, "directory", json_string(dir));
    }
    char *text = json_dumps(summary, JSON_INDENT(2));
    json_decref(summary);
    if (!text) {
        abort();
    }
    return text;
}
