#include "ui/cli/lessons.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ui/cli/options.h"

#define LESSON_NAME_MAX 64

/* ---- files ---- */

static int is_lesson(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

struct lessons lessons_read(void)
{
    struct lessons lessons = {0};
    struct dirent **entries = NULL;
    char *scenarios = options_scenario_dir(), *dir = NULL;
    if (!scenarios || asprintf(&dir, "%s/lessons", scenarios) < 0) {
        free(scenarios);
        return lessons;
    }
    int count = scandir(dir, &entries, is_lesson, alphasort);
    lessons.items = calloc(count > 0 ? (size_t)count : 1, sizeof *lessons.items);
    for (int i = 0; lessons.items && i < count; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s/%s", dir, entries[i]->d_name) >= 0) {
            lessons.items[lessons.count++] = learn_lesson_read(path);
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    free(dir);
    free(scenarios);
    return lessons;
}

void lessons_dispose(struct lessons *lessons)
{
    for (size_t i = 0; i < lessons->count; i++) {
        learn_lesson_free(lessons->items[i]);
    }
    free(lessons->items);
    *lessons = (struct lessons){0};
}

static const char *without_zeros(const char *number)
{
    return number + strspn(number, "0");
}

struct learn_lesson *lessons_find(const struct lessons *lessons, const char *name)
{
    for (size_t i = 0; i < lessons->count; i++) {
        struct learn_lesson *lesson = lessons->items[i];
        if (strcmp(lesson->name, name) == 0 || strcmp(lesson->path, name) == 0 ||
            (*lesson->number && strcmp(without_zeros(lesson->number), without_zeros(name)) == 0)) {
            return lesson;
        }
    }
    return NULL;
}

const struct learn_lesson *lessons_next(const struct lessons *lessons,
                                        const struct learn_lesson *lesson)
{
    for (size_t i = 0; i + 1 < lessons->count; i++) {
        if (lessons->items[i] == lesson) {
            return lessons->items[i + 1];
        }
    }
    return NULL;
}

/* ---- progress: a line for each lesson, "NAME RIGHT QUESTIONS", and "STEP MARKS" half-way ---- */

static char *state_dir(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *dir = NULL;
    int len = state && *state ? asprintf(&dir, "%s/ikesim", state)
              : home && *home ? asprintf(&dir, "%s/.local/state/ikesim", home)
                              : -1;
    return len < 0 ? NULL : dir;
}

static bool make_dirs(char *path)
{
    for (char *at = path + 1; *at; at++) {
        if (*at == '/') {
            *at = '\0';
            int made = mkdir(path, 0755);
            *at = '/';
            if (made != 0 && errno != EEXIST) {
                return false;
            }
        }
    }
    return mkdir(path, 0755) == 0 || errno == EEXIST;
}

static FILE *open_progress(const char *suffix, const char *mode)
{
    char *dir = state_dir(), *path = NULL;
    FILE *file = NULL;
    errno = ENOENT;
    if (dir && (*mode == 'r' || make_dirs(dir)) &&
        asprintf(&path, "%s/lessons%s", dir, suffix) > 0) {
        file = fopen(path, mode);
    }
    free(path);
    free(dir);
    return file;
}

static bool next_line(FILE *file, char name[LESSON_NAME_MAX], struct lessons_progress *progress)
{
    char line[LESSON_NAME_MAX + LESSONS_MARKS_MAX + 64];
    *progress = (struct lessons_progress){0};
    if (!fgets(line, sizeof line, file)) {
        return false;
    }
    int read = sscanf(line, "%63s %u %u %u %64[-+.]", name, &progress->right, &progress->questions,
                      &progress->step, progress->marks);
    progress->done = progress->questions > 0;
    if (read != 5) {
        progress->step = 0;
    }
    return read >= 3;
}

static bool write_line(FILE *file, const char *name, const struct lessons_progress *progress)
{
    int written = fprintf(file, "%s %u %u", name, progress->right, progress->questions);
    if (written > 0 && progress->step > 0) {
        written = fprintf(file, " %u %s", progress->step, progress->marks);
    }
    return written > 0 && fputc('\n', file) != EOF;
}

struct lessons_progress lessons_progress_read(const char *name)
{
    struct lessons_progress progress = {0}, line;
    char of[LESSON_NAME_MAX];
    FILE *file = open_progress("", "r");
    while (file && next_line(file, of, &line)) {
        if (strcmp(of, name) == 0) {
            progress = line;
        }
    }
    if (file) {
        fclose(file);
    }
    return progress;
}

/* The new file takes the old one's place at once: nothing is lost half-way. */
static bool replace_progress(void)
{
    char *dir = state_dir(), *from = NULL, *to = NULL;
    bool done = dir && asprintf(&from, "%s/lessons.new", dir) > 0 &&
                asprintf(&to, "%s/lessons", dir) > 0 && rename(from, to) == 0;
    free(to);
    free(from);
    free(dir);
    return done;
}

bool lessons_progress_write(const char *name, struct lessons_progress progress, char *error,
                            size_t cap)
{
    struct lessons_progress line;
    char of[LESSON_NAME_MAX];
    FILE *old = open_progress("", "r"), *new = open_progress(".new", "w");
    bool good = new != NULL;
    while (good && old && next_line(old, of, &line)) {
        if (strcmp(of, name) != 0) {
            good = write_line(new, of, &line);
        }
    }
    good = good && write_line(new, name, &progress);
    if (old) {
        fclose(old);
    }
    if (new) {
        good = fclose(new) == 0 && good;
    }
    good = good && replace_progress();
    if (!good) {
        snprintf(error, cap, "progress is not kept: %s", strerror(errno));
    }
    return good;
}
