#include "sim/scenario/tell.h"

#include <string.h>

#include "sim/scenario/text.h"

/* As much of a value as an error shows. */
enum { QUOTED_MAX = 60 };

void tell(struct reader *reader, struct yaml_node *node, size_t offset, const char *format, ...)
{
    if (node->bad) {
        return;
    }
    node->bad = true;
    if (problems_full(&reader->problems)) {
        reader->problems.count++;
        return;
    }
    struct problem_place place = node->place;
    if (node->plain && !place.setting) {
        place.column += (int)offset;
    }
    va_list args;
    va_start(args, format);
    problems_tell(&reader->problems, place, "%s",
                  arena_vprintf(&reader->draft->arena, format, args));
    va_end(args);
}

const char *tell_meant(struct reader *reader, const char *meant)
{
    return meant ? arena_printf(&reader->draft->arena, "; did you mean '%s'?", meant) : "";
}

const char *tell_quoted(struct reader *reader, const char *text)
{
    size_t len = strlen(text), shown = len > QUOTED_MAX ? QUOTED_MAX : len;
    while (shown < len && shown > 0 && ((unsigned char)text[shown] & 0xc0) == 0x80) {
        shown--; /* whole characters */
    }
    char *quoted =
        arena_printf(&reader->draft->arena, "'%.*s%s'", (int)shown, text, shown < len ? "..." : "");
    return text_make_plain(quoted);
}

const char *tell_found(struct reader *reader, const struct yaml_node *node)
{
    if (node->kind == YAML_LIST) {
        return "a list";
    }
    return node->kind == YAML_MAPPING ? "a mapping" : tell_quoted(reader, node->text);
}
