/* The grid on a terminal, keys from it, time from the wall clock. Nothing else in ikesim knows
 * ncurses. */
#define NCURSES_WIDECHAR 1
#include <errno.h>
#include <ncurses.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "ui/memory.h"
#include "ui/term/app_mouse.h"
#include "ui/term/guide.h"
#include "ui/term/screen.h"
#include "ui/term/view.h"

/* How long a key is waited for, ms: a frame while playing; otherwise how soon a growing recording
 * is looked at again, and a signal obeyed. */
#define WAIT_PLAYING 33
#define WAIT_RUN 40 /* not oftener: a run in another process wants the cores */
#define WAIT_IDLE 200

static volatile sig_atomic_t stopped;

static void on_stop(int number)
{
    (void)number;
    stopped = 1;
}

/* The program is about to die: the terminal goes back first, so that the message can be read. */
static void on_crash(int number)
{
    endwin();
    signal(number, SIG_DFL);
    raise(number);
}

/* ---- meanings into colours ---- */

static bool coloured;
static enum theme theme;

/* Colour pair 0 is the terminal's own. */
static short pair_of(enum style style)
{
    return (short)((int)style + 1);
}

static void use_theme(enum theme wanted)
{
    theme = wanted;
    for (int i = 0; coloured && i < STYLE_COUNT; i++) {
        struct look look = theme_look(theme, (enum style)i);
        init_pair(pair_of((enum style)i), (short)(COLORS < 256 ? look.of_eight : look.of_256), -1);
    }
}

static attr_t attributes_of(uint8_t style)
{
    struct look look = theme_look(theme, (enum style)style);
    return (look.bold ? A_BOLD : A_NORMAL) | (look.dim ? A_DIM : A_NORMAL) |
           (look.reverse ? A_REVERSE : A_NORMAL);
}

static void start_colours(enum theme wanted)
{
    const char *no_color = getenv("NO_COLOR");
    coloured = has_colors() && !(no_color && *no_color) && start_color() == OK;
    if (coloured) {
        use_default_colors();
    }
    use_theme(wanted);
}

static void paint(const struct grid *grid)
{
    for (int y = 0; y < grid->height; y++) {
        for (int x = 0; x < grid->width; x++) {
            const struct cell *cell = &grid->cells[(size_t)y * (size_t)grid->width + (size_t)x];
            if (cell->ch == 0) {
                continue;
            }
            wchar_t text[2] = {(wchar_t)cell->ch, 0};
            cchar_t out;
            short pair = 0;
            if (coloured) {
                pair = pair_of((enum style)cell->style);
            }
            setcchar(&out, text, attributes_of(cell->style), pair, NULL);
            mvadd_wch(y, x, &out);
        }
    }
    refresh();
}

/* ---- keys ---- */

static uint32_t key_of(int result, wint_t input)
{
    static const struct {
        wint_t curses;
        uint32_t key;
    } keys[] = {
        {KEY_UP, KEY_OF_UP},         {KEY_DOWN, KEY_OF_DOWN},
        {KEY_LEFT, KEY_OF_LEFT},     {KEY_RIGHT, KEY_OF_RIGHT},
        {KEY_PPAGE, KEY_OF_PAGE_UP}, {KEY_NPAGE, KEY_OF_PAGE_DOWN},
        {KEY_HOME, KEY_OF_HOME},     {KEY_END, KEY_OF_END},
        {KEY_BTAB, KEY_OF_BACKTAB},  {KEY_F(1), KEY_OF_F1},
        {KEY_F(5), KEY_OF_F5},       {KEY_F(10), KEY_OF_F10},
        {KEY_ENTER, KEY_OF_ENTER},   {KEY_BACKSPACE, KEY_OF_BACKSPACE},
    };
    if (result == OK) {
        return input == 0x7f || input == 0x08 ? KEY_OF_BACKSPACE : (uint32_t)input;
    }
    for (size_t i = 0; result == KEY_CODE_YES && i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].curses == input) {
            return keys[i].key;
        }
    }
    return 0;
}

/* ---- the mouse ---- */

/* Presses alone: nothing waits for a second click, and nothing is dragged. */
static void start_mouse(void)
{
    mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
    mouseinterval(0);
}

static unsigned take_mouse(struct app *app, const struct grid *grid)
{
    MEVENT event;
    unsigned flags = 0;
    if (getmouse(&event) != OK || !grid) {
        return 0;
    }
    if (event.bstate & BUTTON1_PRESSED) {
        flags = app_click(app, grid, event.x, event.y);
    } else if (event.bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED)) {
        flags = app_wheel(app, grid, event.x, event.y, event.bstate & BUTTON4_PRESSED ? -1 : 1);
    }
    return flags;
}

/* ---- the clipboard ---- */

/* OSC 52: the terminal takes base64 into its clipboard, over ssh too. It goes past ncurses, which
 * knows no such thing and whose picture it does not touch. */
static void copy_out(const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = strlen(text);
    printf("\033]52;c;");
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = (uint32_t)(unsigned char)text[i] << 16;
        bits |= i + 1 < len ? (uint32_t)(unsigned char)text[i + 1] << 8 : 0;
        bits |= i + 2 < len ? (uint32_t)(unsigned char)text[i + 2] : 0;
        putchar(digits[bits >> 18]);
        putchar(digits[bits >> 12 & 63]);
        putchar(i + 1 < len ? digits[bits >> 6 & 63] : '=');
        putchar(i + 2 < len ? digits[bits & 63] : '=');
    }
    printf("\033\\");
    fflush(stdout);
}

/* ---- the loop ---- */

static uint64_t wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Makes the grid as large as the terminal. */
static void fit_grid(struct grid **grid, bool ascii)
{
    int width, height;
    getmaxyx(stdscr, height, width);
    if (!*grid || (*grid)->width != width || (*grid)->height != height) {
        grid_free(*grid);
        *grid = grid_new(width, height, ascii);
    }
}

static void draw(struct app *app, struct grid **grid, bool ascii)
{
    fit_grid(grid, ascii);
    app_prepare(app);
    app->page = view_page(app, *grid);
    app->hex_line = view_hex_line((*grid)->width);
    if (app->guide) {
        view_guide_measure(app, *grid, &app->guide->lines, &app->guide->room);
    }
    view_screen(app, *grid);
    if (theme != app->theme) {
        use_theme(app->theme);
    }
    paint(*grid);
    if (app->copied) {
        copy_out(app->copied);
        free(app->copied);
        app->copied = NULL;
    }
}

static void loop(struct app *app, bool ascii)
{
    struct grid *grid = NULL;
    uint64_t last = wall_clock();
    unsigned flags = APP_REDRAW;
    while (!stopped && !(flags & APP_QUIT)) {
        if (flags & APP_REPAINT) {
            clearok(stdscr, TRUE);
        }
        if (flags) {
            draw(app, &grid, ascii);
        }
        timeout(app_busy(app)         ? 0
                : app->model->playing ? WAIT_PLAYING
                : app_waits(app)      ? WAIT_RUN
                                      : WAIT_IDLE);
        wint_t input = 0;
        int result = get_wch(&input);
        flags = app_busy(app) || app_waits(app) ? APP_REDRAW : 0;
        if (result == KEY_CODE_YES && input == KEY_RESIZE) {
            flags |= APP_REDRAW | APP_REPAINT;
        } else if (result == KEY_CODE_YES && input == KEY_MOUSE) {
            flags |= take_mouse(app, grid);
        } else if (result != ERR) {
            flags |= app_key(app, key_of(result, input));
        }
        uint64_t now = wall_clock();
        flags |= model_advance(app->model, now - last) ? APP_REDRAW : 0;
        last = now;
        flags |= app_refresh(app) ? APP_REDRAW : 0;
    }
    grid_free(grid);
}

/* ---- the terminal, as it was and as it is wanted ---- */

static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
static const int crashes[] = {SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum { STOPS = sizeof stops / sizeof *stops, CRASHES = sizeof crashes / sizeof *crashes };

struct terminal {
    SCREEN *screen;
    struct sigaction stopped[STOPS], crashed[CRASHES]; /* what signals did before */
};

static int terminal_begin(struct terminal *terminal, enum theme wanted, bool mouse, char *error,
                          size_t error_cap)
{
    terminal->screen = newterm(NULL, stdout, stdin);
    if (!terminal->screen) {
        const char *term = getenv("TERM");
        snprintf(error, error_cap, "the terminal type '%s' is not known", term ? term : "");
        return -1;
    }
    struct sigaction stop = {.sa_handler = on_stop}, crash = {.sa_handler = on_crash};
    stopped = 0;
    for (size_t i = 0; i < STOPS; i++) {
        sigaction(stops[i], &stop, &terminal->stopped[i]);
    }
    for (size_t i = 0; i < CRASHES; i++) {
        sigaction(crashes[i], &crash, &terminal->crashed[i]);
    }
    set_escdelay(25);
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    curs_set(0);
    if (mouse && keys_mouse()) {
        start_mouse();
    }
    start_colours(wanted);
    return 0;
}

static void terminal_end(struct terminal *terminal)
{
    curs_set(1);
    /* Where a terminal has no second screen, the shell goes on in the last line. */
    move(LINES - 1, 0);
    clrtoeol();
    refresh();
    endwin();
    delscreen(terminal->screen);
    for (size_t i = 0; i < STOPS; i++) {
        sigaction(stops[i], &terminal->stopped[i], NULL);
    }
    for (size_t i = 0; i < CRASHES; i++) {
        sigaction(crashes[i], &terminal->crashed[i], NULL);
    }
}

int screen_run(struct app *app, bool ascii, char *error, size_t error_cap)
{
    struct terminal terminal;
    /* The console of Linux draws from a font that has blocks and no braille. */
    const char *type = getenv("TERM");
    app->blocks = type && strcmp(type, "linux") == 0;
    if (terminal_begin(&terminal, app->theme, app->mouse, error, error_cap) != 0) {
        return -1;
    }
    loop(app, ascii);
    terminal_end(&terminal);
    return 0;
}

/* ---- a menu ---- */

static void draw_menu(struct menu *menu, struct grid **grid, bool ascii)
{
    fit_grid(grid, ascii);
    menu->page = view_menu_page((*grid)->height);
    view_menu(menu, *grid);
    if (theme != menu->theme) {
        use_theme(menu->theme);
    }
    paint(*grid);
}

static enum menu_result mouse_in_menu(struct menu *menu, const struct grid *grid)
{
    MEVENT event;
    if (getmouse(&event) != OK) {
        return MENU_NOTHING;
    }
    if (event.bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED)) {
        menu_wheel(menu, event.bstate & BUTTON4_PRESSED ? -1 : 1);
    }
    return event.bstate & BUTTON1_PRESSED ? menu_click(menu, grid, event.x, event.y) : MENU_NOTHING;
}

int screen_choose(struct menu *menu, bool ascii, enum menu_result *result, char *error,
                  size_t error_cap)
{
    struct terminal terminal;
    struct grid *grid = NULL;
    *result = MENU_NOTHING;
    if (terminal_begin(&terminal, menu->theme, menu->mouse, error, error_cap) != 0) {
        return -1;
    }
    timeout(WAIT_IDLE);
    bool drawn = false;
    while (*result == MENU_NOTHING && !stopped) {
        if (!drawn) {
            draw_menu(menu, &grid, ascii);
        }
        wint_t input = 0;
        int got = get_wch(&input);
        drawn = got == ERR;
        if (got == KEY_CODE_YES && input == KEY_RESIZE) {
            clearok(stdscr, TRUE);
        } else if (got == KEY_CODE_YES && input == KEY_MOUSE) {
            *result = mouse_in_menu(menu, grid);
        } else if (got != ERR) {
            uint32_t key = key_of(got, input);
            *result = menu_key(menu, key);
            clearok(stdscr, keys_action(CONTEXT_MENU, key) == ACTION_REDRAW);
        }
    }
    *result = *result == MENU_NOTHING ? MENU_LEFT : *result;
    grid_free(grid);
    terminal_end(&terminal);
    return 0;
}
