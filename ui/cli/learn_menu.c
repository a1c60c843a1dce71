#include "ui/cli/learn_menu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/cli/terminal.h"
#include "ui/term/screen.h"

enum { STATE_MAX = 48 };

static void fill_item(const struct learn_lesson *lesson, struct menu_item *item,
                      char state[STATE_MAX])
{
    struct lessons_progress progress = lessons_progress_read(lesson->name);
    if (progress.step > 0) {
        snprintf(state, STATE_MAX, "at step %u", progress.step);
    } else if (progress.done) {
        snprintf(state, STATE_MAX, "%u of %u right", progress.right, progress.questions);
    }
    *item = (struct menu_item){
        .number = lesson->number + strspn(lesson->number, "0"),
        .title = lesson->title,
        .about = lesson->about,
        .state = state,
        .done = progress.done,
    };
}

int learn_menu_choose(struct learn_menu *menu, char *error, size_t error_cap)
{
    size_t count = menu->lessons->count;
    struct menu_item *items = calloc(count, sizeof *items);
    char(*states)[STATE_MAX] = calloc(count, sizeof *states);
    if (!items || !states) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        fill_item(menu->lessons->items[i], &items[i], states[i]);
    }
    struct menu screen = {
        .title = "ikesim learn: IKEv2 and ESP, lesson by lesson",
        .count = count,
        .items = items,
        .selected = menu->selected,
        .theme = menu->theme,
        .mouse = menu->mouse,
        .page = 1,
    };
    enum menu_result chosen;
    int result =
        screen_choose(&screen, menu->ascii || !terminal_is_utf8(), &chosen, error, error_cap);
    menu->selected = screen.selected;
    menu->theme = screen.theme;
    free(states);
    free(items);
    return result != 0 ? -1 : chosen == MENU_CHOSEN;
}

size_t learn_menu_begin(const struct lessons *lessons)
{
    for (size_t i = 0; i < lessons->count; i++) {
        struct lessons_progress progress = lessons_progress_read(lessons->items[i]->name);
        if (!progress.done || progress.step > 0) {
            return i;
        }
    }
    return 0;
}
