"""What a terminal program owes its terminal: the mouse, every key, and leaving everything as it was, however it ends.

usage: test_manners.py IKESIM
"""

import os
import shlex
import shutil
import signal
import sys
import time

from ikesim import call, check, equal, program, run, scenario, temporary
from terminal import PATIENCE, Terminal


def modes(terminal):
    """What the program has asked of the terminal: other screen, mouse, keys; and whether the cursor is seen."""
    names = ("alternate_on", "mouse_any_flag", "keypad_flag", "keypad_cursor_flag", "insert_flag", "wrap_flag", "cursor_flag")
    return terminal.tmux("display-message", "-p", " ".join("%s=#{%s}" % (name, name) for name in names)).strip()


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            sys.exit("waited in vain: " + what)
        time.sleep(0.05)


class Mouse:
    """Sends what a terminal sends; columns and rows from 1."""

    def __init__(self, terminal):
        self.terminal = terminal
        self.sgr = terminal.tmux("display-message", "-p", "#{mouse_sgr_flag}").strip() == "1"

    def send(self, button, x, y, released=False):
        if self.sgr:
            text = "\033[<%d;%d;%d%s" % (button, x, y, "m" if released else "M")
        else:
            text = "\033[M" + chr(32 + (3 if released else button)) + chr(32 + x) + chr(32 + y)
        self.terminal.tmux("send-keys", "-l", text)

    def click(self, x, y):
        self.send(0, x, y)
        self.send(0, x, y, released=True)

    def wheel(self, down, x, y):
        self.send(65 if down else 64, x, y)

    def click_on(self, text):
        for y, line in enumerate(self.terminal.text().splitlines()):
            if text in line:
                self.click(line.index(text) + 1, y + 1)
                return
        sys.exit("%r is not on the screen:\n%s" % (text, self.terminal.text()))


def the_mouse(directory):
    """Rows, fields, tabs, the footer and the line of time are clicked, the wheel scrolls; in both of the ways in which
    terminals tell of it."""
    for term in ("tmux-256color", "xterm-256color"):
        with Terminal(100, 30, TERM=term) as terminal:
            before = modes(terminal)
            terminal.command(program(), "watch", directory, "--paused", "--at", "100ms")
            terminal.wait("space play")
            check("mouse_any_flag=1" in modes(terminal), "the mouse is not asked for")
            mouse = Mouse(terminal)
            equal(mouse.sgr, term == "xterm-256color", "the way of telling that is tried")
            mouse.click_on("IKE_SA_INIT response")
            terminal.wait("▸            │", "gw answers with the proposal")
            mouse.click_on("IKE_SA_INIT response")
            terminal.wait("[3 Message]")
            mouse.click_on("Exchange Type")
            terminal.wait("▸    Exchange Type", "Exchange Type, 1 octet")
            mouse.wheel(True, 10, 10)
            terminal.wait("▸    Length")
            mouse.wheel(False, 10, 10)
            terminal.wait("▸    Exchange Type")
            mouse.click_on("2 Ladder")
            terminal.wait("[2 Ladder]")
            mouse.click_on("? help")
            terminal.wait("Keys in Ladder")
            mouse.click_on("Esc q back")
            terminal.wait("space play", gone=("Keys in",))
            line = terminal.text().splitlines()[0]
            mouse.click(line.index("┤"), 1)
            terminal.wait("10.000 000 s")
            mouse.click(line.index("├") + 2, 1)
            terminal.wait("0.000 000 s")
            mouse.click_on("1 Overview")
            terminal.wait("[1 Overview]")
            terminal.keys("Q")
            terminal.wait("EXIT 0")
            equal(modes(terminal), before, "after it")


def the_mouse_is_left_alone(directory):
    keys = os.path.join(directory, "no-mouse")
    with open(keys, "w", encoding="utf-8") as out:
        out.write("mouse off\n")
    with Terminal(TERM="tmux-256color") as terminal:
        for arguments in (("--no-mouse",), ("--keys", keys)):
            terminal.keys("clear", "Enter")
            terminal.command(program(), "watch", directory, "--paused", *arguments)
            terminal.wait("space play", gone=("READY$",))
            check("mouse_any_flag=0" in modes(terminal), "the mouse is asked for in spite of", arguments)
            terminal.keys("Q")
            terminal.wait("EXIT 0")
    with open(keys, "w", encoding="utf-8") as out:
        out.write("mouse perhaps\n")
    check("expected on or off" in call(program(), "watch", "--text", "--keys", keys, directory, expect=(3,)).stderr, "mouse perhaps")


def the_mouse_in_a_lesson(directory):
    with Terminal(100, 30, TERM="xterm-256color", XDG_STATE_HOME=directory) as terminal:
        terminal.command(program(), "learn", "1")
        terminal.wait("step 1 of 10")
        mouse = Mouse(terminal)
        mouse.click_on("1. The big picture")
        terminal.wait("step 2 of 10")
        mouse.click_on("⏎ on")
        terminal.wait("step 3 of 10", "a) it is encrypted")
        mouse.click_on("b) gw has to")
        terminal.wait("✓ Right")
        mouse.click_on("Initiator's SPI")
        terminal.wait("L returns", "▸    Initiator's SPI")
        mouse.click_on("L returns")
        terminal.wait("▸    Responder's SPI", gone=("L returns",))
        terminal.keys("q")
        terminal.wait("EXIT 0")


def clear_the_screen(terminal):
    """Closes what lies over the screen, and what is typed below it."""
    def footer():
        # The last line is painted last: while it is empty, the screen is being drawn anew.
        lines = []
        wait_for(lambda: lines.append("".join(terminal.tmux("capture-pane", "-p").splitlines()[-1:])) or lines[-1].strip(), "there is no last line")
        return lines[-1]

    for sign, key in (("Esc leave it", "Escape"), ("scroll", "q")):
        if sign in footer():
            terminal.keys(key)
            wait_for(lambda: sign not in footer(), "it is not closed: " + sign)


def every_key_of_every_help_page(directory):
    """All keys of the table, taken from the program itself, on each screen, in its help and over a text."""
    names = {"space": "Space", "enter": "Enter", "tab": "Tab", "shift-tab": "BTab", "esc": "Escape", "up": "Up", "down": "Down",
             "left": "Left", "right": "Right", "pgup": "PageUp", "pgdn": "PageDown", "home": "Home", "end": "End", "f1": "F1",
             "f5": "F5", "f10": "F10", "backspace": "BSpace"}
    openers = ("/", "t", "V", "w", "o", "c", "Enter", "?", "F1")
    keys = []
    for line in call(program(), "watch", "--list-keys").stdout.splitlines():
        words = line.split("  # ")[0].split()
        if words and not words[0].startswith("#") and words[0] not in ("quit", "back", "mouse", "lesson-leave"):
            keys += [names.get(key, key.replace("^", "C-") if len(key) > 1 else key) for key in words[1:] if key != "esc"]
    check(len(keys) > 60, "too few keys in the table", keys)
    with Terminal(80, 24) as terminal:
        terminal.command(program(), "watch", directory, "--speed", "1")
        terminal.wait("[2 Ladder]")
        for screen in range(1, 8):
            for key in keys:
                terminal.tmux("send-keys", str(screen), ";", "send-keys", "\\;" if key == ";" else key)
                if key in openers:
                    clear_the_screen(terminal)
            clear_the_screen(terminal)
            terminal.keys("?", "Down", "PageDown", "G", "g", "Up", "y", "T")
            check("READY$ " not in terminal.text(), "a key of screen", screen, "has ended it")
        clear_the_screen(terminal)
        terminal.keys("2")
        terminal.wait("[2 Ladder]")
        terminal.keys("Q")
        terminal.wait("EXIT 0")


def as_before_however_it_ends(directory):
    """Quit, Ctrl-C, signals, a crash: screen, cursor, mouse and line settings are those from before."""
    endings = [("q", 0), ("Escape", 0), ("F10", 0), ("C-c", 0), ("C-\\", 131), (signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGHUP, 0),
               (signal.SIGSEGV, 139), (signal.SIGABRT, 134), (signal.SIGBUS, 135), (signal.SIGFPE, 136)]
    pid = os.path.join(directory, "pid")
    command = "sh -c %s" % shlex.quote("echo $$ >%s; exec %s watch %s" % (pid, program(), directory))
    with Terminal(TERM="xterm-256color", ASAN_OPTIONS="detect_leaks=0:handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0") as terminal:
        terminal.keys("ulimit -c 0; stty -a >%s/before; clear; echo KEPT" % directory, "Enter")
        terminal.wait("KEPT")
        before = modes(terminal)
        for ending, code in endings:
            terminal.keys("clear", "Enter")
            terminal.keys(command + "; echo EXIT $?", "Enter")
            terminal.wait("space play", gone=("READY$",))
            check("alternate_on=1" in modes(terminal), "not on the other screen")
            if isinstance(ending, str):
                terminal.keys(ending)
            else:
                with open(pid, encoding="utf-8") as file:
                    os.kill(int(file.read()), ending)
            terminal.wait("EXIT %d" % code, "READY$", gone=("space play",))
            wait_for(lambda: modes(terminal) == before, "after %s: %s, before: %s" % (ending, modes(terminal), before))
            terminal.keys("clear; stty -a | cmp - %s/before && echo SAME TERMINAL" % directory, "Enter")
            terminal.wait("SAME TERMINAL")


def the_shell_goes_on_in_an_empty_line(directory):
    """Also on a terminal without a second screen, as the console of Linux is."""
    for term in ("linux", "vt100"):
        with Terminal(TERM=term) as terminal:
            terminal.command(program(), "watch", directory, "--paused")
            terminal.wait("space play")
            terminal.keys("q")
            terminal.wait("EXIT 0", gone=("space play",))
            equal([line for line in terminal.text().splitlines() if "EXIT 0" in line], ["EXIT 0"], term)


def a_broken_recording_and_a_narrow_terminal(directory):
    broken = os.path.join(directory, "broken")
    os.mkdir(broken)
    with open(os.path.join(directory, "run.ndjson"), "rb") as whole:
        lines = whole.readlines()
    with open(os.path.join(broken, "run.ndjson"), "wb") as part:
        part.writelines(lines[:12])
        part.write(b'{"time":1,"name":"ike:state","id":"alice/gw#zz\033[2J\n\x00\xff garbage\n')
        part.writelines(lines[14:-3])
    with Terminal() as terminal:
        terminal.command(program(), "watch", broken, "--paused")
        terminal.wait("[2 Ladder]")
        for key in ("G", "3", "4", "5", "6", "7", "1", "/", "z", "Enter", "g"):
            terminal.keys(key)
        terminal.wait("[1 Overview]")
        terminal.keys("2")
        terminal.wait("[2 Ladder]")
        terminal.keys("Q")
        terminal.wait("EXIT 0")
        with open(os.path.join(broken, "run.ndjson"), "wb") as part:
            part.write(b"this is no recording\n")
        terminal.keys("clear", "Enter")
        terminal.command(program(), "watch", broken)
        terminal.wait("EXIT 3")
    with Terminal() as terminal:
        # In one column nothing can be read; it must neither crash nor hang.
        terminal.resize(1, 24)
        terminal.keys("%s watch %s; echo $? >%s/code" % (program(), directory, directory), "Enter")
        wait_for(lambda: "alternate_on=1" in modes(terminal), "it has not begun in one column")
        terminal.keys("3", "4", "?", "G", "Q")
        wait_for(lambda: os.path.exists(os.path.join(directory, "code")), "it does not end in one column")
        time.sleep(0.1)
        with open(os.path.join(directory, "code"), encoding="utf-8") as file:
            equal(file.read().strip(), "0", "its exit code in one column")


def main():
    if not shutil.which("tmux"):
        print("skipped: no tmux")
        sys.exit(77)
    with temporary() as directory:
        result = os.path.join(directory, "result")
        run(result, scenario("four-messages"))
        for test in (the_mouse, the_mouse_is_left_alone, the_mouse_in_a_lesson, every_key_of_every_help_page,
                     as_before_however_it_ends,
                     the_shell_goes_on_in_an_empty_line, a_broken_recording_and_a_narrow_terminal):
            begin = time.monotonic()
            test(result)
            print("ok", test.__name__, "%.1f s" % (time.monotonic() - begin), flush=True)


main()
