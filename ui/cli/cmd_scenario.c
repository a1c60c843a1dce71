#include "ui/cli/cmd_scenario.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "sim/scenario/nearest.h"
#include "sim/scenario/schema.h"
#include "sim/scenario/text.h"
#include "sim/scenario/yaml.h"
#include "ui/cli/options.h"

/* Files that one call validates. */
#define FILES_MAX 256

struct arguments {
    struct options_scenario scenario;
    const char *verb;
    const char *files[FILES_MAX];
    size_t file_count;
    bool json;
};

enum { KEY_JSON = 0x200 };

static const struct argp_option scenario_options[] = {
    {"json", KEY_JSON, 0, 0, "Print JSON on stdout", 0},
    {0},
};

static const char *const verbs[] = {"list", "show", "validate"};

static void check_verb(const struct arguments *arguments, const struct argp_state *state)
{
    const char *verb = arguments->verb;
    if (!verb) {
        argp_error(state, "expected list, show or validate");
        return;
    }
    struct nearest nearest = {.word = verb};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        nearest_consider(&nearest, verbs[i]);
        if (strcmp(verb, verbs[i]) == 0) {
            bool list = i == 0, show = i == 1;
            if (list && arguments->file_count > 0) {
                argp_error(state, "list takes no scenario; '%s' is too many", arguments->files[0]);
            } else if (!list && arguments->file_count == 0) {
                argp_error(state, "%s needs a scenario: a YAML file or the name of one that ships",
                           verb);
            } else if (show && arguments->file_count > 1) {
                argp_error(state, "show takes one scenario; '%s' is too many", arguments->files[1]);
            }
            return;
        }
    }
    argp_error(state, "'%s' is not known; expected list, show or validate%s%s%s", verb,
               nearest.found ? "; did you mean '" : "", nearest.found ? nearest.found : "",
               nearest.found ? "'?" : "");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->scenario;
        return 0;
    case KEY_JSON:
        arguments->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (!arguments->verb) {
            arguments->verb = arg;
        } else if (arguments->file_count < FILES_MAX) {
            arguments->files[arguments->file_count++] = arg;
        } else {
            argp_error(state, "at most %d scenarios at a time", FILES_MAX);
        }
        return 0;
    case ARGP_KEY_END:
        check_verb(arguments, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&options_scenario_argp, 0, NULL, 0}, {0}};
static const struct argp scenario_argp = {
    .options = scenario_options,
    .parser = parse,
    .args_doc = "list\nshow SCENARIO\nvalidate SCENARIO...",
    .doc = "The scenarios that ship, and checks of your own.\v"
           "list prints the names and titles of the scenarios that ship. show prints one with "
           "every default written out and settings applied; that text is a scenario itself. "
           "validate tells all that is wrong with a file, each with its line and column, and runs "
           "nothing.\n\n"
           "SCENARIO is a YAML file or the name of one that ships. docs/scenarios.md explains "
           "every key.\n\n"
           "Exit status: 0 done, 2 misuse, 3 a scenario is refused.\n\n"
           "Example:\n  ikesim scenario validate --set links.0.loss=5% scenarios/lossy.yaml",
    .children = children,
};

/* ---- reading ---- */

struct outcome {
    struct scenario *scenario; /* NULL: refused */
    char *path;
    char *errors;
    size_t error_count;
};

static void read_one(const struct arguments *arguments, const char *file, struct outcome *outcome)
{
    char *path = options_find_scenario(file), *errors = NULL;
    size_t error_count = 0;
    if (!path) {
        char *text = options_no_scenario(file);
        if (asprintf(&errors, "%s\n", text) < 0) {
            abort();
        }
        free(text);
        *outcome = (struct outcome){.path = strdup(file), .errors = errors, .error_count = 1};
        return;
    }
    outcome->scenario = scenario_read(path, &arguments->scenario.settings, &errors, &error_count);
    outcome->path = path;
    outcome->errors = errors;
    outcome->error_count = error_count;
}

static void outcome_dispose(struct outcome *outcome)
{
    scenario_free(outcome->scenario);
    free(outcome->path);
    free(outcome->errors);
}

static void tell_errors(const char *command, const struct outcome *outcome)
{
    fprintf(stderr, "%s%s: %s is refused: %zu %s\n", outcome->errors, command, outcome->path,
            outcome->error_count, outcome->error_count == 1 ? "error" : "errors");
}

/* ---- JSON ---- */

static void print_json(json_t *json)
{
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(json);
}

/* The error lines, each taken apart where it has a place. */
static json_t *errors_json(const struct outcome *outcome)
{
    json_t *list = json_array();
    size_t path_len = strlen(outcome->path);
    for (const char *line = outcome->errors; line && *line;) {
        size_t len = strcspn(line, "\n");
        json_t *error = json_object();
        int row = 0, column = 0, used = 0;
        const char *message = line;
        if (strncmp(line, outcome->path, path_len) == 0) {
            message = line + path_len;
            if (sscanf(message, ":%d:%d: %n", &row, &column, &used) == 2 && used > 0) {
                json_object_set_new(error, "line", json_integer(row));
                json_object_set_new(error, "column", json_integer(column));
            } else {
                used = 2; /* ": " */
            }
            message += used;
        }
        json_object_set_new(error, "message",
                            json_stringn(message, len - (size_t)(message - line)));
        json_array_append_new(list, error);
        line += len + (line[len] == '\n');
    }
    return list;
}

/* The tree of a scenario as JSON: numbers and truth values where the schema has them, all else as
 * it is written, units included. */
static json_t *node_json(const struct yaml_node *node, const struct schema_key *key,
                         const struct schema *schema)
{
    if (node->kind == YAML_LIST) {
        json_t *list = json_array();
        for (size_t i = 0; i < node->count; i++) {
            json_array_append_new(list, node_json(node->items[i], key, schema));
        }
        return list;
    }
    if (node->kind == YAML_MAPPING) {
        json_t *object = json_object();
        for (size_t i = 0; i < node->count; i++) {
            const char *name = node->keys[i]->text;
            const struct schema_key *inner = schema_find(schema, name);
            json_object_set_new(
                object, name,
                node_json(node->items[i], inner, inner->block ? inner->block : schema));
        }
        return object;
    }
    assert(key); /* the root is a mapping */
    if (key->type == SCHEMA_NUMBER || key->type == SCHEMA_MTU) {
        unsigned long long value = strtoull(node->text, NULL, 10);
        if (value <= INT64_MAX) {
            return json_integer((json_int_t)value);
        }
    }
    if (key->type == SCHEMA_BOOL) {
        return json_boolean(strcmp(node->text, "true") == 0);
    }
    return json_string(node->text);
}

/* ---- verbs ---- */

/* By name: `rekey` stands before `rekey-lossy`, though "rekey.yaml" does not. */
static int compare_names(const void *left, const void *right)
{
    const char *a = *(char *const *)left, *b = *(char *const *)right;
    size_t a_len = strlen(a) - strlen(".yaml"), b_len = strlen(b) - strlen(".yaml");
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* Paths of the scenarios that ship, in order; ends with NULL. malloc'ed, as each of them is. */
static char **shipped(void)
{
    char *dir_path = options_scenario_dir();
    DIR *dir = dir_path ? opendir(dir_path) : NULL;
    size_t count = 0, cap = 16;
    char **paths = calloc(cap, sizeof *paths);
    if (!paths) {
        abort();
    }
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        char *path = NULL;
        if (!dot || dot == entry->d_name || strcmp(dot, ".yaml") != 0 ||
            asprintf(&path, "%s/%s", dir_path, entry->d_name) < 0) {
            continue;
        }
        if (count + 1 == cap) {
            cap *= 2;
            char **grown = realloc(paths, cap * sizeof *paths);
            if (!grown) {
                abort();
            }
            paths = grown;
        }
        paths[count++] = path;
    }
    paths[count] = NULL;
    qsort(paths, count, sizeof *paths, compare_names);
    if (dir) {
        closedir(dir);
    }
    free(dir_path);
    return paths;
}

static int list(const char *command, const struct arguments *arguments)
{
    int status = EXIT_DONE;
    json_t *json = json_array();
    char **paths = shipped();
    size_t width = 0;
    for (char **path = paths; *path; path++) {
        const char *slash = strrchr(*path, '/');
        size_t len = strlen(slash + 1) - strlen(".yaml");
        width = len > width ? len : width;
    }
    if (!*paths) {
        fprintf(stderr, "%s: no scenarios here and none installed\n", command);
        status = EXIT_REFUSED;
    }
    for (char **path = paths; *path; path++) {
        struct outcome outcome = {0};
        read_one(arguments, *path, &outcome);
        if (!outcome.scenario) {
            tell_errors(command, &outcome);
            status = EXIT_REFUSED;
        } else if (arguments->json) {
            json_array_append_new(
                json, json_pack("{s:s, s:s, s:s, s:s?}", "name", outcome.scenario->name, "path",
                                text_make_plain(*path), "title", outcome.scenario->title,
                                "description", outcome.scenario->description));
        } else {
            printf("%-*s  %s\n", (int)width, outcome.scenario->name, outcome.scenario->title);
        }
        outcome_dispose(&outcome);
        free(*path);
    }
    free(paths);
    if (arguments->json) {
        print_json(json);
    } else {
        json_decref(json);
    }
    return status;
}

static int show(const char *command, const struct arguments *arguments)
{
    struct outcome outcome = {0};
    read_one(arguments, arguments->files[0], &outcome);
    int status = EXIT_REFUSED;
    if (!outcome.scenario) {
        tell_errors(command, &outcome);
    } else {
        char *text = scenario_print(outcome.scenario);
        if (arguments->json) {
            struct arena arena = {0};
            struct problems problems;
            problems_init(&problems, &arena, outcome.path);
            struct yaml_node *root =
                yaml_read(&arena, text, strlen(text), (struct problem_place){0}, &problems);
            print_json(node_json(root, NULL, &schema_scenario));
            arena_dispose(&arena);
        } else {
            fputs(text, stdout);
        }
        free(text);
        status = EXIT_DONE;
    }
    outcome_dispose(&outcome);
    return status;
}

static int validate(const char *command, const struct arguments *arguments)
{
    int status = EXIT_DONE;
    json_t *json = json_array();
    for (size_t i = 0; i < arguments->file_count; i++) {
        struct outcome outcome = {0};
        read_one(arguments, arguments->files[i], &outcome);
        if (!outcome.scenario) {
            status = EXIT_REFUSED;
        }
        if (arguments->json) {
            json_t *errors = errors_json(&outcome);
            json_array_append_new(json, json_pack("{s:s, s:b, s:o}", "path",
                                                  text_make_plain(outcome.path), "valid",
                                                  outcome.scenario != NULL, "errors", errors));
        } else if (outcome.scenario) {
            printf("%s: good (hosts %zu, links %zu, script %zu, expect %zu)\n", outcome.path,
                   outcome.scenario->host_count, outcome.scenario->link_count,
                   outcome.scenario->script_count, outcome.scenario->expect_count);
        } else {
            tell_errors(command, &outcome);
        }
        outcome_dispose(&outcome);
    }
    if (arguments->json) {
        print_json(json);
    } else {
        json_decref(json);
    }
    return status;
}

int cmd_scenario(int argc, char **argv)
{
    struct arguments arguments = {0};
    if (options_parse(&scenario_argp, argc, argv, &arguments) != 0) {
        return EXIT_MISUSE;
    }
    if (strcmp(arguments.verb, "list") == 0) {
        return list(argv[0], &arguments);
    }
    return strcmp(arguments.verb, "show") == 0 ? show(argv[0], &arguments)
                                               : validate(argv[0], &arguments);
}
