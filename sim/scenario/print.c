/* A scenario as YAML, every default written out. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/net/address.h"
#include "sim/net/attacker.h"
#include "sim/net/net.h"
#include "sim/scenario/print_auth.h"
#include "sim/scenario/print_links.h"
#include "sim/scenario/schema.h"
#include "sim/scenario/values.h"
#include "sim/scenario/yaml.h"

struct print {
    FILE *out;
    struct arena arena; /* of texts on their way out */
};

static const char *duration(struct print *print, uint64_t ns)
{
    return values_print_duration(&print->arena, ns);
}

static const char *flow_text(struct print *print, const char *text)
{
    return yaml_quote(&print->arena, text, true);
}

/* Text of several lines keeps them, so that it stays readable. */
static void print_text(struct print *print, const char *key, const char *text)
{
    size_t len = strlen(text);
    bool block = len > 1 && strchr(text, '\n') && text[len - 1] == '\n' && text[len - 2] != '\n' &&
                 !strchr(" \n\t", text[0]);
    for (size_t i = 0; block && i < len; i++) {
        block = text[i] == '\n' || ((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
    }
    if (!block) {
        fprintf(print->out, "%s: %s\n", key, yaml_quote(&print->arena, text, false));
        return;
    }
    fprintf(print->out, "%s: |\n", key);
    for (const char *line = text; *line;) {
        size_t line_len = strcspn(line, "\n");
        fprintf(print->out, "%s%.*s\n", line_len ? "  " : "", (int)line_len, line);
        line += line_len + 1;
    }
}

/* ---- hosts ---- */

/* Those of one protocol in one line, without its end; false if there are none. */
static bool list_proposals(struct print *print, const char *key, enum crypto_protocol protocol,
                           const struct crypto_proposal *proposals, size_t count)
{
    size_t printed = 0;
    for (size_t i = 0; i < count; i++) {
        char text[1024];
        if (proposals[i].protocol == protocol) {
            crypto_proposal_print(&proposals[i], text, sizeof text);
            fprintf(print->out, "%s%s%s", printed ? "" : key, printed ? ", " : ": [", text);
            printed++;
        }
    }
    fputs(printed ? "]" : "", print->out);
    return printed > 0;
}

static void print_proposals(struct print *print, const char *key, enum crypto_protocol protocol,
                            const struct crypto_proposal *proposals, size_t count)
{
    if (list_proposals(print, key, protocol, proposals, count)) {
        fputs("\n", print->out);
    }
}

static void print_selectors(struct print *print, const char *key,
                            const struct ike_selector *selectors, size_t count)
{
    fprintf(print->out, "        %s: [%s", key, count == 0 ? "dynamic" : "");
    for (size_t i = 0; i < count; i++) {
        const char *text = values_print_selector(&print->arena, &selectors[i]);
        fprintf(print->out, "%s%s", i ? ", " : "", flow_text(print, text));
    }
    fputs("]\n", print->out);
}

static void print_addresses(struct print *print, const char *key, const struct ike_selector *list,
                            size_t count)
{
    if (count == 0) {
        return;
    }
    fprintf(print->out, "      %s: [", key);
    for (size_t i = 0; i < count; i++) {
        const char *text = values_print_selector(&print->arena, &list[i]);
        fprintf(print->out, "%s%s", i ? ", " : "", flow_text(print, text));
    }
    fputs("]\n", print->out);
}

static void print_ike(struct print *print, const struct scenario *scenario,
                      const struct scenario_host *host)
{
    const struct ike_policy *policy = &host->policy;
    FILE *out = print->out;
    fputs("    ike:\n", out);
    print_proposals(print, "      proposals", CRYPTO_PROTO_IKE, policy->proposals,
                    policy->proposal_count);
    print_auth(out, &print->arena, scenario, host);
    fprintf(out, "      window: %" PRIu32 "\n", policy->window);
    fprintf(out, "      initial_contact: %s\n", policy->initial_contact ? "true" : "false");
    fprintf(out, "      unique: %s\n", schema_word(schema_uniques, policy->unique));
    fprintf(out, "      retransmit_timeout: %s\n", duration(print, policy->retransmit_timeout));
    fprintf(out, "      retransmit_base: %s\n",
            values_print_factor(&print->arena, policy->retransmit_base_milli));
    fprintf(out, "      retransmit_tries: %" PRIu32 "\n", policy->retransmit_tries);
    fprintf(out, "      half_open_timeout: %s\n", duration(print, policy->half_open_timeout));
    fprintf(out, "      response_keep: %s\n", duration(print, policy->response_keep));
    fprintf(out, "      dpd_delay: %s\n", duration(print, policy->dpd_delay));
    fprintf(out, "      invalid_spi: %s\n", policy->tell_unknown_spi ? "true" : "false");
    fprintf(out, "      invalid_selectors: %s\n", policy->tell_selectors ? "true" : "false");
    fprintf(out, "      child_limit: %" PRIu32 "\n", policy->child_limit);
    fprintf(out, "      minimal: %s\n", policy->minimal ? "true" : "false");
    fprintf(out, "      dpd_action: %s\n", schema_word(schema_dpd_actions, host->dpd_restart));
    fprintf(out, "      keyingtries: %" PRIu32 "\n", host->keyingtries);
    print_addresses(print, "vips", policy->vips, policy->vip_count);
    print_addresses(print, "pools", policy->pools, policy->pool_count);
    print_addresses(print, "dns", policy->dns, policy->dns_count);
    print_addresses(print, "subnets", policy->subnets, policy->subnet_count);
    fprintf(out, "      cp_required: %s\n", policy->cp_required ? "true" : "false");
    fprintf(out, "      mobike: %s\n", policy->mobike ? "true" : "false");
    print_addresses(print, "additional_addresses", policy->additional, policy->additional_count);
    print_addresses(print, "moves_within", policy->moves, policy->move_count);
    fprintf(out, "      tickets: %s\n", policy->tickets ? "true" : "false");
    fprintf(out, "      ticket_lifetime: %s\n", duration(print, policy->ticket_lifetime));
    fprintf(out, "      message_id_sync: %s\n", policy->message_id_sync ? "true" : "false");
    fprintf(out, "      replay_counter_sync: %s\n", policy->replay_counter_sync ? "true" : "false");
    fprintf(out, "      qcd: %s\n", host->qcd ? "true" : "false");
    fprintf(out, "      nat_traversal: %s\n", policy->nat_traversal ? "true" : "false");
    fprintf(out, "      encap: %s\n", policy->encap ? "true" : "false");
    fprintf(out, "      nat_keepalive: %s\n", duration(print, policy->nat_keepalive));
    fprintf(out, "      childless: %s\n", schema_word(schema_childless, policy->childless));
    fprintf(out, "      follow_redirects: %s\n", policy->follow_redirects ? "true" : "false");
    fprintf(out, "      redirect_above: %" PRIu32 "\n", policy->redirect_above);
    fprintf(out, "      redirect_in: %s\n",
            schema_word(schema_redirect_places, policy->redirect_in));
    fprintf(out, "      redirect_wait: %s\n", duration(print, policy->redirect_wait));
    fprintf(out, "      fragmentation: %s\n",
            schema_word(schema_fragmentations, policy->fragmentation));
    fprintf(out, "      fragment_size: %" PRIu32 "\n", policy->fragment_size);
    fprintf(out, "      cookie_threshold: %" PRIu32 "\n", policy->cookie_threshold);
    fprintf(out, "      block_threshold: %" PRIu32 "\n", policy->block_threshold);
    fprintf(out, "      init_limit_half_open: %" PRIu32 "\n", policy->half_open_limit);
    fprintf(out, "      puzzle_threshold: %" PRIu32 "\n", policy->puzzle_threshold);
    fprintf(out, "      puzzle_difficulty: %u\n", policy->puzzle_difficulty);
    fprintf(out, "      puzzle_auth_difficulty: %u\n", policy->puzzle_auth_difficulty);
    fprintf(out, "      puzzle_limit: %u\n", policy->puzzle_limit);
    fprintf(out, "      rekey_time: %s\n", duration(print, policy->rekey_time));
    fprintf(out, "      over_time: %s\n", duration(print, policy->over_time));
    fprintf(out, "      rand_time: %s\n", duration(print, policy->rand_time));
}

static void print_counted(struct print *print, const char *of, const struct ike_lifetime *lifetime)
{
    fprintf(print->out,
            "        rekey_%s: %" PRIu64 "\n        life_%s: %" PRIu64 "\n        rand_%s: %" PRIu64
            "\n",
            of, lifetime->rekey, of, lifetime->life, of, lifetime->rand);
}

static void print_child(struct print *print, const struct ike_child_policy *child)
{
    fprintf(print->out, "      - name: %s\n", flow_text(print, child->name));
    print_proposals(print, "        esp_proposals", CRYPTO_PROTO_ESP, child->proposals,
                    child->proposal_count);
    print_proposals(print, "        ah_proposals", CRYPTO_PROTO_AH, child->proposals,
                    child->proposal_count);
    fprintf(print->out, "        mode: %s\n", child->transport ? "transport" : "tunnel");
    fprintf(print->out, "        require_mode: %s\n", child->require_mode ? "true" : "false");
    print_selectors(print, "local_ts", child->local_ts, child->local_ts_count);
    print_selectors(print, "remote_ts", child->remote_ts, child->remote_ts_count);
    fprintf(print->out, "        replay_window: %" PRIu32 "\n", child->replay_window);
    fprintf(print->out, "        start: %s\n", child->start ? "true" : "false");
    fprintf(print->out, "        single_pair: %s\n", child->single_pair ? "true" : "false");
    fprintf(print->out, "        rekey_time: %s\n", duration(print, child->time.rekey));
    fprintf(print->out, "        life_time: %s\n", duration(print, child->time.life));
    fprintf(print->out, "        rand_time: %s\n", duration(print, child->time.rand));
    print_counted(print, "bytes", &child->bytes);
    print_counted(print, "packets", &child->packets);
}

/* Behind `key`; nothing for an address that follows from the CHILD SA. */
static void print_end(struct print *print, const char *key, const struct net_address *address)
{
    char text[NET_ADDRESS_TEXT];
    if (address->family != 0) {
        fprintf(print->out, ", %s: %s", key, flow_text(print, net_address_print(address, text)));
    }
}

static void print_traffic(struct print *print, const struct scenario_traffic *traffic)
{
    FILE *out = print->out;
    fprintf(out, "      - {child: %s, kind: %s", flow_text(print, traffic->child),
            schema_word(schema_traffic_kinds, traffic->kind));
    if (traffic->every > 0) {
        fprintf(out, ", every: %s", duration(print, traffic->every));
    } else {
        fprintf(out, ", rate: %s", values_print_rate(&print->arena, traffic->rate));
    }
    if (traffic->kind == TRAFFIC_ONOFF) {
        fprintf(out, ", on: %s, off: %s, times: %s", duration(print, traffic->on),
                duration(print, traffic->off), schema_word(schema_traffic_times, traffic->drawn));
    }
    fprintf(out, ", start: %s, count: %" PRIu64 ", size: %" PRIu32 "B, late: %s",
            duration(print, traffic->start), traffic->count, traffic->size,
            duration(print, traffic->late));
    print_end(print, "source", &traffic->source);
    print_end(print, "destination", &traffic->destination);
    fputs("}\n", out);
}

static void print_cluster(struct print *print, const struct scenario_host *host)
{
    const struct scenario_cluster *cluster = &host->cluster;
    const char *word = schema_word(schema_syncs, (int64_t)cluster->sync);
    if (cluster->member_count == 0) {
        return;
    }
    fputs("    cluster: {members: [", print->out);
    for (size_t i = 0; i < cluster->member_count; i++) {
        fprintf(print->out, "%s%s", i ? ", " : "", flow_text(print, cluster->members[i]));
    }
    fprintf(print->out, "], sync: %s, ", word ? word : duration(print, cluster->sync));
    fprintf(print->out, "delay: %s, ", duration(print, cluster->delay));
    fprintf(print->out, "detect: %s, skip: %" PRIu64 "}\n", duration(print, cluster->detect),
            host->policy.counter_delta);
}

static void print_cpu(struct print *print, const struct scenario_host *host)
{
    FILE *out = print->out;
    fprintf(out, "    cpu: {cores: %" PRIu32 ", queue: %" PRIu32, host->cores, host->queue);
    for (size_t i = 0; i < host->class_count; i++) {
        const struct scenario_cpu_class *class = &host->classes[i];
        fprintf(out, "%s{class: %s, priority: %s", i ? ", " : ", classes: [",
                schema_word(schema_cpu_classes, class->class),
                schema_word(schema_priorities, class->priority));
        if (class->queue > 0) {
            fprintf(out, ", queue: %" PRIu32, class->queue);
        }
        fputc('}', out);
    }
    fputs(host->class_count ? "]}\n" : "}\n", out);
}

static void print_host(struct print *print, const struct scenario *scenario,
                       const struct scenario_host *host)
{
    char address[NET_ADDRESS_TEXT];
    FILE *out = print->out;
    fprintf(out, "  - name: %s\n", flow_text(print, host->name));
    if (host->count > 0 && scenario->pairs == 0) {
        fprintf(out, "    count: %" PRIu32 "\n", host->count);
    }
    if (host->address.family != 0) {
        fprintf(out, "    address: %s\n", net_address_print(&host->address, address));
    }
    if (host->fqdn) {
        fprintf(out, "    fqdn: %s\n", flow_text(print, host->fqdn));
    }
    if (host->anycast.family != 0) {
        fprintf(out, "    anycast: %s\n", net_address_print(&host->anycast, address));
    }
    if (host->behind) {
        fprintf(out, "    behind: %s\n", flow_text(print, host->behind));
    }
    if (host->connect) {
        fprintf(out, "    connect: %s\n", flow_text(print, host->connect));
        fprintf(out, "    connect_by: %s\n",
                schema_word(schema_connect_bys, host->connect_anycast));
        fprintf(out, "    spread: %s\n", schema_word(schema_spreads, host->spread_hash));
        fprintf(out, "    connect_at: %s\n", duration(print, host->connect_at));
        fprintf(out, "    connect_within: %s\n", duration(print, host->connect_within));
    }
    print_ike(print, scenario, host);
    if (host->redirect) {
        fprintf(out, "      redirect: %s\n", flow_text(print, host->redirect));
    }
    if (host->redirect_fqdn) {
        fprintf(out, "      redirect_fqdn: %s\n", flow_text(print, host->redirect_fqdn));
    }
    if (host->policy.child_count > 0) {
        fputs("    children:\n", out);
    }
    for (size_t i = 0; i < host->policy.child_count; i++) {
        print_child(print, &host->policy.children[i]);
    }
    if (host->traffic_count > 0) {
        fputs("    traffic:\n", out);
    }
    for (size_t i = 0; i < host->traffic_count; i++) {
        print_traffic(print, &host->traffic[i]);
    }
    print_cluster(print, host);
    print_cpu(print, host);
}

/* ---- script and expectations ---- */

static void print_match(struct print *print, const struct scenario_match *match)
{
    FILE *out = print->out;
    const char *join = "";
    uint8_t exchange = match->esp ? SCHEMA_EXCHANGE_ESP : match->exchange;
    fputs("on: {", out);
    if (exchange) {
        fprintf(out, "exchange: %s", schema_word(schema_exchanges, exchange));
        join = ", ";
    }
    if (match->response >= 0) {
        fprintf(out, "%smessage: %s", join, match->response ? "response" : "request");
        join = ", ";
    }
    if (match->from) {
        fprintf(out, "%sfrom: %s", join, flow_text(print, match->from));
        join = ", ";
    }
    if (match->to) {
        fprintf(out, "%sto: %s", join, flow_text(print, match->to));
        join = ", ";
    }
    if (match->message_id >= 0) {
        fprintf(out, "%smessage_id: %" PRId64, join, match->message_id);
        join = ", ";
    }
    if (match->transmission >= 0) {
        fprintf(out, "%stransmission: %" PRId64, join, match->transmission);
        join = ", ";
    }
    if (match->fragment >= 0) {
        fprintf(out, "%sfragment: %" PRId64, join, match->fragment);
    }
    fputs("}", out);
    if (match->nth) {
        fprintf(out, ", nth: %" PRIu32, match->nth);
    }
}

/* What happens to the octets of a message. */
static void print_change(struct print *print, const struct scenario_line *line)
{
    FILE *out = print->out;
    if (line->order == SCENARIO_REPLAY) {
        fprintf(out, ", after: %s", duration(print, line->after));
    } else if (line->order == SCENARIO_CORRUPT && line->bit != NET_LAST_BIT) {
        fprintf(out, ", bit: %" PRIu64, line->bit);
    } else if (line->order == SCENARIO_EDIT) {
        fprintf(out, ", as: %s", schema_word(schema_editors, line->by_sender));
        if (line->payload != 0) {
            fprintf(out, ", payload: %s, which: %" PRIu32,
                    schema_word(schema_payloads, line->payload), line->which);
        }
        fprintf(out, ", octet: %" PRIu32, line->octet);
        if (line->repeat) {
            fprintf(out, ", repeat: %" PRIu32, line->repeat);
        } else {
            fprintf(out, ", value: %s",
                    flow_text(print, values_print_secret(&print->arena, line->value)));
        }
    }
}

static void print_reload(struct print *print, const struct scenario_line *line)
{
    if (line->window > 0) {
        fprintf(print->out, ", window: %" PRIu32, line->window);
    }
    list_proposals(print, ", proposals", CRYPTO_PROTO_IKE, line->proposals, line->proposal_count);
    list_proposals(print, ", esp_proposals", CRYPTO_PROTO_ESP, line->child_proposals,
                   line->child_proposal_count);
    list_proposals(print, ", ah_proposals", CRYPTO_PROTO_AH, line->child_proposals,
                   line->child_proposal_count);
}

static void print_line(struct print *print, const struct scenario_line *line)
{
    FILE *out = print->out;
    fprintf(out, "  - {do: %s, ", schema_word(schema_orders, line->order));
    if (line->on_message) {
        print_match(print, &line->match);
        if (line->order == SCENARIO_DELAY) {
            fprintf(out, ", by: %s", duration(print, line->by));
        }
        print_change(print, line);
    } else {
        fprintf(out, "at: %s", duration(print, line->at));
        if (line->host) {
            fprintf(out, ", host: %s", flow_text(print, line->host));
        }
        if (line->to.family != 0) {
            char to[NET_ADDRESS_TEXT];
            fprintf(out, ", to: %s", flow_text(print, net_address_print(&line->to, to)));
        }
        if (line->nat) {
            fprintf(out, ", nat: %s", flow_text(print, line->nat));
        }
        if (line->order == SCENARIO_RESTART) {
            fprintf(out, ", down: %s, icmp: %s", duration(print, line->down),
                    line->icmp ? "true" : "false");
        }
        if (line->child) {
            fprintf(out, ", child: %s", flow_text(print, line->child));
        }
        print_reload(print, line);
    }
    fputs("}\n", out);
}

char *schema_expect_text(struct arena *arena, const struct scenario *scenario,
                         const struct scenario_expect *expect, bool all)
{
    if (expect->kind != SCENARIO_EXPECT_COUNT) {
        bool ike = expect->kind == SCENARIO_EXPECT_IKE;
        const char *by = "";
        if (all || expect->by != scenario->duration) {
            by = arena_printf(arena, ", by: %s", values_print_duration(arena, expect->by));
        }
        return arena_printf(arena, "{host: %s, %s: %s, is: %s%s}",
                            yaml_quote(arena, expect->host, true), ike ? "ike" : "child",
                            yaml_quote(arena, ike ? expect->peer : expect->child, true),
                            expect->established ? "established" : "absent", by);
    }
    const char *text =
        arena_printf(arena, "{count: %s", schema_word(schema_counts, (int64_t)expect->count));
    if (expect->host) {
        text = arena_printf(arena, "%s, host: %s", text, yaml_quote(arena, expect->host, true));
    }
    if (expect->has_min && expect->has_max && expect->min == expect->max) {
        return arena_printf(arena, "%s, equals: %" PRIu64 "}", text, expect->min);
    }
    if (expect->has_min) {
        text = arena_printf(arena, "%s, at_least: %" PRIu64, text, expect->min);
    }
    if (expect->has_max) {
        text = arena_printf(arena, "%s, at_most: %" PRIu64, text, expect->max);
    }
    return arena_printf(arena, "%s}", text);
}

/* ---- costs ---- */

static void print_cost(struct print *print, const struct cost_row *row)
{
    FILE *out = print->out;
    const char *name = schema_cost_transform(row->kind, row->transform);
    fprintf(out, "  - {kind: %s", schema_word(schema_cost_kinds, row->kind));
    if (name) {
        fprintf(out, ", transform: %s", name);
    }
    fprintf(out, ", per_operation: %s, per_byte: %s}\n", duration(print, row->per_operation),
            values_print_price(&print->arena, row->per_byte_ps));
}

static void print_names(struct print *print, const char *const *names, size_t count)
{
    fputc('[', print->out);
    for (size_t i = 0; i < count; i++) {
        fprintf(print->out, "%s%s", i ? ", " : "", flow_text(print, names[i]));
    }
    fputc(']', print->out);
}

static void print_attacker(struct print *print, const struct scenario_attacker *attacker)
{
    fprintf(print->out, "  - {name: %s, between: [%s, ", flow_text(print, attacker->name),
            flow_text(print, attacker->a));
    fprintf(print->out, "%s], does: %s, to: %s", flow_text(print, attacker->b),
            schema_word(schema_strategies, attacker->strategy),
            schema_word(schema_prey, attacker->prey));
    if (attacker->from) {
        fprintf(print->out, ", from: %s", flow_text(print, attacker->from));
    }
    fprintf(print->out, ", nth: %" PRIu64 ", after: %s", attacker->nth,
            duration(print, attacker->after));
    fprintf(print->out, ", at: %s", duration(print, attacker->at));
    fprintf(print->out, ", every: %s, count: %" PRIu64, duration(print, attacker->every),
            attacker->count);
    if (attacker->stolen_count > 0) {
        fputs(", stolen: ", print->out);
        print_names(print, attacker->stolen, attacker->stolen_count);
    }
    if (attacker->strategy == ATTACKER_MIDDLE) {
        fprintf(print->out, ", alters: %s", attacker->alters ? "true" : "false");
    }
    fputs("}\n", print->out);
}

static void print_nat(struct print *print, const struct scenario_nat *nat)
{
    char address[NET_ADDRESS_TEXT];
    fprintf(print->out, "  - name: %s\n    address: %s\n    mapping: %s\n    filtering: %s\n",
            flow_text(print, nat->name), net_address_print(&nat->address, address),
            schema_word(schema_dependences, nat->mapping),
            schema_word(schema_dependences, nat->filtering));
    fprintf(print->out, "    timeout: %s\n", duration(print, nat->timeout));
    if (nat->forward) {
        fprintf(print->out, "    forward: %s\n", flow_text(print, nat->forward));
    }
    if (nat->behind) {
        fprintf(print->out, "    behind: %s\n", flow_text(print, nat->behind));
    }
}

/* ---- what is kept ---- */

static void print_kept(struct print *print, const struct scenario *scenario)
{
    const struct scenario_record *record = &scenario->record;
    const struct scenario_series *series = &scenario->series;
    FILE *out = print->out;
    if (!record->all) {
        fputs("record: {", out);
        if (record->pair_count > 0) {
            fputs("pairs: ", out);
            print_names(print, record->pairs, record->pair_count);
            fputs(", ", out);
        }
        fprintf(out, "sample: %s}\n", values_print_probability(&print->arena, record->sample));
    }
    fprintf(out, "series: {every: %s", duration(print, series->every));
    if (series->host_count > 0) {
        fputs(", hosts: ", out);
        print_names(print, series->hosts, series->host_count);
    }
    fputs("}\n", out);
}

char *scenario_print(const struct scenario *scenario)
{
    char *text = NULL;
    size_t len = 0;
    struct print print = {.out = open_memstream(&text, &len)};
    if (!print.out) {
        abort();
    }
    print_text(&print, "name", scenario->name);
    print_text(&print, "title", scenario->title);
    if (scenario->description) {
        print_text(&print, "description", scenario->description);
    }
    fprintf(print.out, "duration: %s\nseed: %" PRIu64 "\nepoch: %s\nkeys: %s\n",
            duration(&print, scenario->duration), scenario->seed, scenario->epoch_text,
            scenario_keys_name(scenario->keys));
    fprintf(print.out, "dns_delay: %s\n", duration(&print, scenario->dns_delay));
    if (scenario->pairs > 0) {
        fprintf(print.out, "pairs: %" PRIu32 "\n", scenario->pairs);
    }
    print_authorities(print.out, &print.arena, scenario);
    fputs("hosts:\n", print.out);
    for (size_t i = 0; i < scenario->template_count; i++) {
        struct scenario_host host = scenario->templates[i];
        if (host.count == 0) {
            host.identity = scenario->hosts[host.first].self.identity;
            host.address = scenario->hosts[host.first].address;
        }
        print_host(&print, scenario, &host);
    }
    fputs(scenario->nat_count ? "nats:\n" : "", print.out);
    for (size_t i = 0; i < scenario->nat_count; i++) {
        print_nat(&print, &scenario->nats[i]);
    }
    fputs(scenario->attacker_count ? "attackers:\n" : "", print.out);
    for (size_t i = 0; i < scenario->attacker_count; i++) {
        print_attacker(&print, &scenario->attackers[i]);
    }
    print_links(print.out, &print.arena, scenario);
    fputs(scenario->script_count ? "script:\n" : "", print.out);
    for (size_t i = 0; i < scenario->script_count; i++) {
        print_line(&print, &scenario->script[i]);
    }
    fputs(scenario->expect_count ? "expect:\n" : "", print.out);
    for (size_t i = 0; i < scenario->expect_count; i++) {
        fprintf(print.out, "  - %s\n",
                schema_expect_text(&print.arena, scenario, &scenario->expects[i], true));
    }
    fputs(scenario->costs.count ? "costs:\n" : "", print.out);
    for (uint32_t i = 0; i < scenario->costs.count; i++) {
        print_cost(&print, &scenario->costs.rows[i]);
    }
    print_kept(&print, scenario);
    arena_dispose(&print.arena);
    if (fclose(print.out) != 0) {
        abort();
    }
    return text;
}
