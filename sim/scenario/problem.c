#include "sim/scenario/problem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/scenario/text.h"

struct problem {
    struct problem_place place;
    size_t order; /* of telling: keeps what was said about one place in sequence */
    const char *text;
};

void problems_init(struct problems *problems, struct arena *arena, const char *path)
{
    *problems = (struct problems){.arena = arena, .path = path};
    problems->list = arena_alloc(arena, PROBLEMS_TOLD_MAX * sizeof *problems->list);
}

void problems_tell(struct problems *problems, struct problem_place place, const char *format, ...)
{
    problems->count++;
    if (problems_full(problems)) {
        return;
    }
    va_list args;
    va_start(args, format);
    problems->list[problems->kept] = (struct problem){
        .place = place,
        .order = problems->kept,
        .text = text_make_plain(arena_vprintf(problems->arena, format, args)),
    };
    va_end(args);
    problems->kept++;
}

bool problems_full(const struct problems *problems)
{
    return problems->kept == PROBLEMS_TOLD_MAX;
}

static int compare(const void *left, const void *right)
{
    const struct problem *a = left, *b = right;
    if (!a->place.setting != !b->place.setting) {
        return a->place.setting ? 1 : -1;
    }
    if (!a->place.setting && a->place.line != b->place.line) {
        return a->place.line < b->place.line ? -1 : 1;
    }
    if (!a->place.setting && a->place.column != b->place.column) {
        return a->place.column < b->place.column ? -1 : 1;
    }
    return a->order < b->order ? -1 : 1;
}

char *problems_text(const struct problems *problems)
{
    qsort(problems->list, problems->kept, sizeof *problems->list, compare);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out) {
        abort();
    }
    for (size_t i = 0; i < problems->kept; i++) {
        const struct problem *problem = &problems->list[i];
        if (problem->place.setting) {
            fprintf(out, "%s: %s\n", problem->place.setting, problem->text);
        } else if (problem->place.line == 0) {
            fprintf(out, "%s: %s\n", problems->path, problem->text);
        } else {
            fprintf(out, "%s:%d:%d: %s\n", problems->path, problem->place.line,
                    problem->place.column, problem->text);
        }
    }
    if (problems_full(problems)) {
        fprintf(out, "%s: these are the first %d errors; there may be more\n", problems->path,
                PROBLEMS_TOLD_MAX);
    }
    if (fclose(out) != 0) {
        abort();
    }
    return text;
}
