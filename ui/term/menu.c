#include "ui/term/menu.h"

#include <stdio.h>

#include "ui/term/keys.h"
#include "ui/term/view.h"

/* Title, a line below it, a rule, what the selected one is about, footer. */
enum { HEAD_HEIGHT = 2, ABOUT_HEIGHT = 4, FOOT_HEIGHT = ABOUT_HEIGHT + 2 };
enum { NUMBER_WIDTH = 7, STATE_WIDTH = 22 };

static void move(struct menu *menu, int64_t steps)
{
    int64_t at = (int64_t)menu->selected + steps, last = (int64_t)menu->count - 1;
    menu->selected = (size_t)(at < 0 ? 0 : at > last ? last : at);
}

enum menu_result menu_key(struct menu *menu, uint32_t key)
{
    switch (keys_action(CONTEXT_MENU, key)) {
    case ACTION_UP:
        move(menu, -1);
        return MENU_NOTHING;
    case ACTION_DOWN:
        move(menu, 1);
        return MENU_NOTHING;
    case ACTION_PAGE_UP:
        move(menu, -menu->page);
        return MENU_NOTHING;
    case ACTION_PAGE_DOWN:
        move(menu, menu->page);
        return MENU_NOTHING;
    case ACTION_HOME:
        menu->selected = 0;
        return MENU_NOTHING;
    case ACTION_END:
        menu->selected = menu->count - 1;
        return MENU_NOTHING;
    case ACTION_THEME:
        menu->theme = (enum theme)((menu->theme + 1) % THEME_COUNT);
        return MENU_NOTHING;
    case ACTION_OPEN:
        return MENU_CHOSEN;
    case ACTION_BACK:
    case ACTION_QUIT:
        return MENU_LEFT;
    default:
        return MENU_NOTHING;
    }
}

enum menu_result menu_click(struct menu *menu, const struct grid *grid, int x, int y)
{
    const struct target *target = grid_target_at(grid, x, y);
    if (target && target->kind == TARGET_KEY) {
        return menu_key(menu, (uint32_t)target->what);
    }
    if (!target || target->kind != TARGET_ITEM) {
        return MENU_NOTHING;
    }
    if (menu->selected == target->what) {
        return MENU_CHOSEN;
    }
    menu->selected = (size_t)target->what;
    return MENU_NOTHING;
}

void menu_wheel(struct menu *menu, int dir)
{
    move(menu, dir);
}

/* ---- drawn ---- */

int view_menu_page(int height)
{
    return height > HEAD_HEIGHT + FOOT_HEIGHT ? height - HEAD_HEIGHT - FOOT_HEIGHT : 1;
}

static void draw_item(const struct menu *menu, struct grid *grid, size_t index, int y)
{
    const struct menu_item *item = &menu->items[index];
    bool selected = index == menu->selected;
    int end = grid->width, to = end - STATE_WIDTH;
    grid_put(grid, 1, y, end, item->done ? STYLE_GOOD : STYLE_DIM, item->done ? "✓" : "·");
    grid_put_right(grid, 2, y, NUMBER_WIDTH - 1, STYLE_DIM, item->number);
    grid_put(grid, NUMBER_WIDTH, y, to, selected ? STYLE_TITLE : STYLE_TEXT, item->title);
    grid_put(grid, to + 1, y, end - 1, item->done ? STYLE_GOOD : STYLE_DIM, item->state);
    grid_target(grid, (struct area){0, y, end, 1}, TARGET_ITEM, index);
    if (selected) {
        grid_put(grid, 0, y, 1, STYLE_CURSOR, "▸");
        grid_restyle(grid, 0, y, end, STYLE_FOCUS);
    }
}

/* How many are out of sight, on the line that they begin behind. */
static void put_more(struct grid *grid, int y, const char *arrow, size_t count)
{
    if (count > 0) {
        char text[32];
        snprintf(text, sizeof text, " %s %zu more ", arrow, count);
        grid_put_right(grid, 1, y, grid->width - 1, STYLE_DIM, text);
    }
}

void view_menu(const struct menu *menu, struct grid *grid)
{
    size_t page = (size_t)view_menu_page(grid->height), done = 0;
    int end = grid->width, rule = grid->height - FOOT_HEIGHT;
    grid_clear(grid);
    for (size_t i = 0; i < menu->count; i++) {
        done += menu->items[i].done;
    }
    int to = end - 1;
    char text[64];
    snprintf(text, sizeof text, "%zu of %zu done", done, menu->count);
    to = grid_put_right(grid, 1, 0, to, STYLE_DIM, text);
    grid_put(grid, 1, 0, to - 1, STYLE_TITLE, menu->title);
    /* The selected one in the middle, as far as there are others around it. */
    size_t top = menu->selected > page / 2 ? menu->selected - page / 2 : 0;
    top = top + page > menu->count ? (menu->count > page ? menu->count - page : 0) : top;
    for (size_t i = top; i < menu->count && i - top < page; i++) {
        draw_item(menu, grid, i, HEAD_HEIGHT + (int)(i - top));
    }
    grid_fill(grid, 0, rule, end, STYLE_DIM, "─");
    put_more(grid, HEAD_HEIGHT - 1, "↑", top);
    put_more(grid, rule, "↓", menu->count > top + page ? menu->count - top - page : 0);
    if (menu->items[menu->selected].about) {
        grid_put_wrapped(grid, (struct area){1, rule + 1, end - 2, ABOUT_HEIGHT}, STYLE_WHY,
                         menu->items[menu->selected].about);
    }
    view_footer_keys(grid, (struct area){0, grid->height - 1, end, 1}, CONTEXT_MENU);
}
