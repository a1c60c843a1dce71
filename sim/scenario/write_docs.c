/*
 * Puts the schema's tables into a Markdown file, between its markers:
 *   scenario_docs docs/scenarios.md           rewrites the file
 *   scenario_docs --check docs/scenarios.md   exits 1 if it is not current
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/schema.h"

static const char begin_mark[] = "<!-- keys: begin, written by scenario_docs -->\n";
static const char end_mark[] = "<!-- keys: end -->\n";

static char *read_file(const char *path)
{
    FILE *in = fopen(path, "r");
    char *text = NULL, buffer[4096];
    size_t len = 0, got = 0;
    FILE *copy = in ? open_memstream(&text, &len) : NULL;
    if (!copy) {
        fprintf(stderr, "scenario_docs: %s: %s\n", path, strerror(errno));
        exit(3);
    }
    while ((got = fread(buffer, 1, sizeof buffer, in)) > 0) {
        fwrite(buffer, 1, got, copy);
    }
    fclose(copy);
    fclose(in);
    return text;
}

int main(int argc, char **argv)
{
    bool check = argc == 3 && strcmp(argv[1], "--check") == 0;
    if (argc != 2 && !check) {
        fputs("Usage: scenario_docs [--check] docs/scenarios.md\n", stderr);
        return 2;
    }
    const char *path = argv[argc - 1];
    char *old = read_file(path), *tables = schema_markdown(), *fresh = NULL;
    char *begin = strstr(old, begin_mark), *end = begin ? strstr(begin, end_mark) : NULL;
    int status = 0;
    if (!end) {
        fprintf(stderr, "scenario_docs: %s has no markers for the keys\n", path);
        status = 3;
    } else if (asprintf(&fresh, "%.*s%s%s\n%s", (int)(begin - old), old, begin_mark, tables, end) <
               0) {
        abort();
    } else if (strcmp(old, fresh) == 0) {
        printf("%s is current\n", path);
    } else if (check) {
        fprintf(stderr,
                "scenario_docs: %s is not current; write it again with\n  scenario_docs %s\n", path,
                path);
        status = 1;
    } else {
        FILE *out = fopen(path, "w");
        if (!out || fputs(fresh, out) < 0 || fclose(out) != 0) {
            fprintf(stderr, "scenario_docs: %s: %s\n", path, strerror(errno));
            status = 3;
        }
    }
    free(old);
    free(tables);
    free(fresh);
    return status;
}
