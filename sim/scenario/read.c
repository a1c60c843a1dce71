#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/check.h"
#include "sim/scenario/read_value.h"
#include "sim/scenario/settings.h"
#include "sim/scenario/text.h"

/* The whole file; NULL after an error. Text is not freed until the arena is: errors quote it. */
static const char *load(struct reader *reader, const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    size_t cap = 1 << 16, got = 0;
    char *text = NULL;
    struct problem_place whole = {0};
    if (!file) {
        problems_tell(&reader->problems, whole, "%s; expected a scenario file", strerror(errno));
        return NULL;
    }
    *len = 0;
    do {
        cap *= 2;
        char *grown = realloc(text, cap);
        if (!grown) {
            abort();
        }
        text = grown;
        got = fread(text + *len, 1, cap - *len, file);
        *len += got;
    } while (*len == cap && *len <= YAML_SIZE_MAX);
    if (ferror(file)) {
        problems_tell(&reader->problems, whole, "%s; expected a scenario file", strerror(errno));
    } else if (*len > YAML_SIZE_MAX) {
        problems_tell(&reader->problems, whole, "larger than %zu MiB; expected a scenario file",
                      YAML_SIZE_MAX >> 20);
    }
    fclose(file);
    const char *kept =
        reader->problems.count == 0 ? arena_copy(&reader->draft->arena, text, *len) : NULL;
    free(text);
    return kept;
}

/* "scenarios/lossy.yaml" -> "lossy". Files may be called anything, also what no recording can say.
 */
static const char *name_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    bool yaml = dot && dot != base && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
    return text_make_plain(arena_copy(arena, base, yaml ? (size_t)(dot - base) : strlen(base)));
}

static void read_tree(struct reader *reader, const struct scenario_settings *settings)
{
    struct scenario *scenario = &reader->draft->scenario;
    if (reader->root->kind == YAML_SCALAR && reader->root->text[0] == '\0') {
        problems_tell(&reader->problems, (struct problem_place){0},
                      "the file is empty; expected a scenario with %s",
                      read_key_names(reader, &schema_scenario));
        return;
    }
    for (size_t i = 0; settings && i < settings->set_count; i++) {
        settings_apply(reader, settings->set[i]);
    }
    read_block(reader, &schema_scenario, reader->root, reader->draft);
    if (settings && settings->has_seed) {
        scenario->seed = settings->seed;
    }
    if (reader->root->kind == YAML_MAPPING && !problems_full(&reader->problems)) {
        check_scenario(reader);
    }
}

struct scenario *scenario_read(const char *path, const struct scenario_settings *settings,
                               char **errors, size_t *error_count)
{
    struct schema_draft *draft = calloc(1, sizeof *draft);
    if (!draft) {
        abort();
    }
    struct reader reader = {.draft = draft};
    struct arena *arena = &draft->arena;
    draft->scenario.path = arena_copy(arena, path, strlen(path));
    draft->scenario.name = name_of(arena, path);
    problems_init(&reader.problems, arena, draft->scenario.path);

    size_t len = 0;
    const char *text = load(&reader, path, &len);
    if (text) {
        reader.root = yaml_read(arena, text, len, (struct problem_place){0}, &reader.problems);
    }
    if (reader.root) {
        read_tree(&reader, settings);
    }
    *errors = NULL;
    *error_count = reader.problems.count;
    if (reader.problems.count > 0) {
        *errors = problems_text(&reader.problems);
        scenario_free(&draft->scenario);
        return NULL;
    }
    return &draft->scenario;
}

void scenario_free(struct scenario *scenario)
{
    if (!scenario) {
        return;
    }
    struct schema_draft *draft = (struct schema_draft *)scenario;
    arena_dispose(&draft->arena);
    free(draft);
}
