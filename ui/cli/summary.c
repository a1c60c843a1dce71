#include "ui/cli/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "crypto/context.h"
#include "sim/scenario/text.h"
#include "ui/cli/room.h"

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
            "  IKE        %" PRIu64 " request%s; %" PRIu64 " datagram%s sent, %" PRIu64
            " of them again\n",
            C(IKE_REQUESTS_SENT), plural(C(IKE_REQUESTS_SENT)), C(IKE_TRANSMISSIONS),
            plural(C(IKE_TRANSMISSIONS)), C(IKE_RETRANSMISSIONS));
    fprintf(out,
            "  SAs        %" PRIu64 " IKE SA end%s established, %" PRIu64
            " CHILD SA end%s installed\n",
            C(IKE_SAS_ESTABLISHED), plural(C(IKE_SAS_ESTABLISHED)), C(CHILD_SAS_INSTALLED),
            plural(C(CHILD_SAS_INSTALLED)));
    fprintf(out,
            "  links      %" PRIu64 " datagram%s sent, %" PRIu64 " lost, %" PRIu64
            " duplicated, %" PRIu64 " overtaken\n",
            C(DATAGRAMS_SENT), plural(C(DATAGRAMS_SENT)), C(DATAGRAMS_LOST),
            C(DATAGRAMS_DUPLICATED), C(DATAGRAMS_OVERTAKEN));
    fprintf(out,
            "  tunnel     %" PRIu64 " inner packet%s sent, %" PRIu64 " delivered, %" PRIu64
            " delivered twice; %" PRIu64 " ping%s answered\n",
            C(INNER_PACKETS_SENT), plural(C(INNER_PACKETS_SENT)), C(INNER_PACKETS_DELIVERED),
            C(INNER_PACKETS_DELIVERED_TWICE), C(PINGS_ANSWERED), plural(C(PINGS_ANSWERED)));
    if (C(CPU_DROPPED)) {
        fprintf(out, "  CPU        %" PRIu64 " work item%s found a full queue\n", C(CPU_DROPPED),
                plural(C(CPU_DROPPED)));
    }
#undef C
}

/* Lines of traffic that are told one by one; more are in summary.json. */
#define FLOWS_SHOWN 8

static void print_flows(FILE *out, const struct run_result *result)
{
    for (size_t i = 0; i < result->flow_count && i < FLOWS_SHOWN; i++) {
        const struct run_flow *flow = &result->flows[i];
        const struct packets_flow *packets = &flow->packets;
        fprintf(out, "  %-10s %s, %s: %" PRIu64 " sent, %" PRIu64 " lost, %" PRIu64 " late",
                i == 0 ? "traffic" : "", packets->host, packets->name, packets->sent, packets->lost,
                packets->late);
        if (packets->lost_in_rekey + packets->late_in_rekey > 0) {
            fprintf(out, " (in a rekey %" PRIu64 " and %" PRIu64 ")", packets->lost_in_rekey,
                    packets->late_in_rekey);
        }
        if (packets->delivered > 0) {
            fprintf(out, "; one way %.1f ms, 99%% within %.1f ms", (double)flow->delay[0] / 1e6,
                    (double)flow->delay[1] / 1e6);
        }
        fputc('\n', out);
    }
    if (result->flow_count > FLOWS_SHOWN) {
        fprintf(out, "             and %zu more\n", result->flow_count - FLOWS_SHOWN);
    }
}

/* A wait that is worth a line, ns. */
#define WAIT_TOLD 1000000

static void print_cpus(FILE *out, const struct run_result *result)
{
    const char *head = "CPU";
    for (size_t i = 0; i < result->cpu_count; i++) {
        const struct run_cpu *cpu = &result->cpus[i];
        for (int class = 0; class < CPU_CLASSES; class ++) {
            if (cpu->classes[class].refused == 0 && cpu->classes[class].wait[2] < WAIT_TOLD) {
                continue;
            }
            fprintf(out,
                    "  %-10s %s, %s: %" PRIu64
                    " served after %.1f ms, 99%% within %.1f ms; %" PRIu64 " refused\n",
                    head, cpu->host, cpu_class_name((enum cpu_class) class),
                    cpu->classes[class].taken, (double)cpu->classes[class].wait[0] / 1e6,
                    (double)cpu->classes[class].wait[1] / 1e6, cpu->classes[class].refused);
            head = "";
        }
    }
}

static void print_verdicts(FILE *out, const struct run_result *result, const char *path,
                           bool colour)
{
    if (!result->expectations) {
        return;
    }
    fprintf(out, "  expected   %zu of %zu hold%s\n", result->expectations - result->failed,
            result->expectations, result->signal ? ", as things stood at the interruption" : "");
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

/* As a word of the shell, so that a line can be copied whatever the directory is called. */
static void print_word(FILE *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./,:+@%";
    if (text[strspn(text, plain)] == '\0') {
        fputs(text, out);
        return;
    }
    putc('\'', out);
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\\''", out);
        } else {
            putc(*text, out);
        }
    }
    putc('\'', out);
}

static void print_kept(FILE *out, const char *dir)
{
    fprintf(out,
            "  kept       %s; in Wireshark, decrypted:\n             WIRESHARK_CONFIG_DIR=", dir);
    print_word(out, dir);
    fputs("/wireshark wireshark ", out);
    print_word(out, dir);
    fputs("/run.pcapng\n", out);
}

void summary_print(FILE *out, const struct scenario *scenario, const struct run_result *result,
                   const char *dir, bool colour)
{
    fprintf(out, "%s%s: %s%s\n", colour ? "\033[1m" : "", scenario->name, scenario->title,
            colour ? "\033[0m" : "");
    fprintf(out,
            "  run        seed %" PRIu64 ", %s keys, %.3f s of virtual time in %.2f s, %" PRIu64
            " events\n",
            result->seed, scenario_keys_name(scenario->keys), (double)result->virtual_time / 1e9,
            result->seconds, result->events);
    char peak[ROOM_TEXT], foreseen[ROOM_TEXT];
    fprintf(out, "  memory     %s at most, %s foreseen\n", room_print(result->peak_memory, peak),
            room_print(result->foreseen_memory, foreseen));
    if (result->signal) {
        fprintf(out, "  %sINTERRUPTED%s after %.3f s of %.3f s\n", colour ? "\033[1;31m" : "",
                colour ? "\033[0m" : "", (double)result->virtual_time / 1e9,
                (double)scenario->duration / 1e9);
    }
    print_counts(out, result->counts);
    print_flows(out, result);
    print_cpus(out, result);
    print_verdicts(out, result, scenario->path, colour);
    fprintf(out, "  hash       %016" PRIx64 "\n", result->hash);
    if (dir) {
        print_kept(out, dir);
    }
}

static json_t *percentiles(const uint64_t values[3])
{
    return json_pack("{s:I, s:I, s:I}", "p50", (json_int_t)values[0], "p99", (json_int_t)values[1],
                     "max", (json_int_t)values[2]);
}

static json_t *flows_json(const struct run_result *result)
{
    json_t *flows = json_array();
    for (size_t i = 0; i < result->flow_count; i++) {
        const struct run_flow *flow = &result->flows[i];
        const struct packets_flow *p = &flow->packets;
        json_array_append_new(
            flows, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "host",
                             p->host, "flow", p->name, "sent", (json_int_t)p->sent, "delivered",
                             (json_int_t)p->delivered, "lost", (json_int_t)p->lost, "late",
                             (json_int_t)p->late, "lost_in_rekey", (json_int_t)p->lost_in_rekey,
                             "late_in_rekey", (json_int_t)p->late_in_rekey, "answered",
                             (json_int_t)p->answered, "delay_ns", percentiles(flow->delay),
                             "round_trip_ns", percentiles(flow->round_trip)));
    }
    return flows;
}

static json_t *cpus_json(const struct run_result *result)
{
    json_t *cpus = json_array();
    for (size_t i = 0; i < result->cpu_count; i++) {
        const struct run_cpu *cpu = &result->cpus[i];
        json_t *classes = json_object();
        for (int class = 0; class < CPU_CLASSES; class ++) {
            json_object_set_new(classes, cpu_class_name((enum cpu_class) class),
                                json_pack("{s:I, s:I, s:o}", "taken",
                                          (json_int_t)cpu->classes[class].taken, "refused",
                                          (json_int_t)cpu->classes[class].refused, "wait_ns",
                                          percentiles(cpu->classes[class].wait)));
        }
        json_array_append_new(cpus, json_pack("{s:s, s:o}", "host", cpu->host, "classes", classes));
    }
    return cpus;
}

/* JSON's readers, and jansson, have no integers beyond; seeds do. */
static json_t *seed_json(uint64_t seed)
{
    return seed <= INT64_MAX ? json_integer((json_int_t)seed) : json_sprintf("%" PRIu64, seed);
}

static json_t *directory_json(const char *dir)
{
    char *plain = strdup(dir);
    if (!plain) {
        abort();
    }
    json_t *text = json_string(text_make_plain(plain));
    free(plain);
    return text;
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
        "{s:s, s:s, s:s, s:s, s:o, s:s, s:I, s:f, s:I, s:I, s:I, s:b, s:s, s:I, s:o, s:o, s:o, "
        "s:o}",
        "ikesim", IKESIM_VERSION, "openssl", crypto_openssl_version(), "scenario", scenario->name,
        "title", scenario->title, "seed", seed_json(result->seed), "keys",
        scenario_keys_name(scenario->keys), "virtual_time_ns", (json_int_t)result->virtual_time,
        "wall_seconds", result->seconds, "peak_memory", (json_int_t)result->peak_memory,
        "foreseen_memory", (json_int_t)result->foreseen_memory, "events",
        (json_int_t)result->events, "interrupted", result->signal != 0, "hash", hash,
        "endpoint_memory", (json_int_t)result->memory, "counts", counts, "traffic",
        flows_json(result), "cpus", cpus_json(result), "expectations", verdicts);
    if (dir) {
        json_object_set_new(summary, "directory", directory_json(dir));
    }
    char *text = json_dumps(summary, JSON_INDENT(2));
    json_decref(summary);
    if (!text) {
        abort();
    }
    return text;
}
