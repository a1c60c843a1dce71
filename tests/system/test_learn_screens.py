"""`ikesim learn` on the screens of a real terminal: steps, questions, looking around, progress.

usage: test_learn_screens.py IKESIM
"""

import os
import re
import shutil
import sys
import time

from ikesim import call, check, program, temporary
from terminal import Terminal


def listed(state):
    return call(program(), "learn", "--list", env=dict(os.environ, XDG_STATE_HOME=state)).stdout


def until(terminal, key, wanted):
    """Presses a key until the text is there, and looks after each."""
    for _ in range(30):
        before = terminal.text()
        if wanted in before:
            return
        terminal.keys(key)
        for _ in range(100):
            if terminal.text() != before:
                break
            time.sleep(0.02)
    terminal.wait(wanted)


def a_lesson_from_its_first_step_to_its_last(state):
    """The screens follow the steps, answers are told right and wrong, and what was right is kept."""
    with Terminal(80, 24, XDG_STATE_HOME=state) as terminal:
        terminal.command(program(), "learn", "1")
        terminal.wait("step 1 of 10", "1. The big picture", "[2 Ladder]", "⏎ on", "alice wants to reach")
        terminal.keys("Enter")
        terminal.wait("IKEv2 always works in exchanges", "step 1 of 10")
        terminal.keys("Enter")
        terminal.wait("step 2 of 10", "The first message", "IKE_SA_INIT request")
        terminal.keys("PageDown", "Space")
        terminal.wait("step 3 of 10", "[3 Message]", "leaves the Responder's SPI zero", "▸    Responder's SPI")
        terminal.keys("d")
        terminal.wait("The answers are a to c")
        terminal.keys("a")
        terminal.wait("Not yet", "No, it is not")
        terminal.keys("B")
        terminal.wait("✓ Right: gw has to choose it")
        until(terminal, "PageUp", "step 2 of 10")
        until(terminal, "Right", "step 4 of 10")
        terminal.wait("[4 Keys]", "▐e78cafa5…▌")
        until(terminal, "Enter", "step 6 of 10")
        terminal.wait("decrypted, ICV right", "▸        ID Type")
        until(terminal, "Right", "step 7 of 10")
        terminal.wait("Which keys protect this message?")
        terminal.keys("d", "c")
        terminal.wait("✗ No, it is SK_ei and SK_ai")
        until(terminal, "Right", "step 9 of 10")
        terminal.wait("How many IKE messages", "> ▌")
        terminal.keys("4", "Enter")
        terminal.wait("✓ Right: 4")
        until(terminal, "Enter", "the end")
        terminal.wait("2 of 3 questions right", "Next: 2. Proposals")
        terminal.keys("Enter")
        terminal.wait("EXIT 0", "2 of 3 questions right.")
    check("[2 of 3]" in listed(state), "what was right is not kept")


def looking_around_and_back(state):
    """Any key of a screen leaves the step and L comes back to it: screen, pair, event and field."""
    with Terminal(100, 30, XDG_STATE_HOME=state) as terminal:
        terminal.command(program(), "learn", "18")
        terminal.wait("step 1 of 14", "alice ⇄ gw, 1 of")
        until(terminal, "Right", "step 5 of 14")
        terminal.wait("bob ⇄ gw", "[5 Window]", "refused as replays")
        terminal.keys("Escape")
        terminal.wait("All keys are the screen's now", "L returns")
        terminal.keys("1")
        terminal.wait("[1 Overview]", "L returns", "carol")
        terminal.keys("Down", "Down", "Enter", "G")
        terminal.wait("8.000 000 s", "L lesson")
        terminal.keys("?")
        terminal.wait("Keys in Ladder", "back to the lesson")
        terminal.keys("q")
        terminal.keys("L")
        terminal.wait("bob ⇄ gw", "[5 Window]", "step 5 of 14", "Esc look around", gone=("L returns",))
        terminal.keys("Escape")
        terminal.wait("All keys are the screen's now")
        terminal.keys("2", "q")
        terminal.wait("Esc look around", gone=("L returns",))
        terminal.keys("?")
        terminal.wait("Keys in a lesson", "look around with the keys")
        terminal.keys("Escape", "T")
        terminal.resize(160, 45)
        terminal.wait("│ ", "step")
        terminal.resize(40, 10)
        terminal.wait("needs 80 x 24")
        terminal.resize(100, 30)
        terminal.wait("Esc look around")
        terminal.keys("C-c")
        terminal.wait("EXIT 0", gone=("look around",))
    check(re.search(r"(?m)^18 .*  \[at step 5\]$", listed(state)), "where it was left is not kept: " + listed(state))


def going_on_where_one_has_left(state):
    """Answers from before count, g begins anew, and a lesson that is over begins at its first step."""
    with Terminal(80, 24, XDG_STATE_HOME=state) as terminal:
        terminal.command(program(), "learn", "7")
        terminal.wait("step 1 of 5")
        until(terminal, "Right", "step 3 of 5")
        terminal.keys("0", "Enter")
        terminal.wait("✓ Right: 0")
        until(terminal, "Right", "step 4 of 5")
        terminal.keys("b", "b")
        terminal.wait("✗ No, it is Nobody has been")
        terminal.keys("q")
        terminal.wait("Left at step 4", "EXIT 0")
        check("[at step 4]" in listed(state), listed(state))
        terminal.keys("clear", "Enter")
        terminal.command(program(), "learn", "7")
        terminal.wait("step 4 of 5", "You were here the last time")
        terminal.keys("g")
        terminal.wait("step 1 of 5")
        until(terminal, "Right", "step 3 of 5")
        terminal.wait("✓ Right: 0")
        until(terminal, "Right", "step 5 of 5")
        terminal.keys("c")
        terminal.wait("✓ Right: either")
        until(terminal, "Enter", "2 of 3 questions right.")
        terminal.keys("Enter")
        terminal.wait("EXIT 0")
        check("[2 of 3]" in listed(state) and "at step" not in listed(state), listed(state))
        terminal.keys("clear", "Enter")
        terminal.command(program(), "learn", "7")
        terminal.wait("step 1 of 5")
        terminal.keys("q")
        terminal.wait("EXIT 0", gone=("Left at",))
        check("[2 of 3]" in listed(state) and "at step" not in listed(state), listed(state))


def the_menu(state):
    """Without a name the lessons are listed; one that is over moves the cursor to the next."""
    with Terminal(80, 24, XDG_STATE_HOME=state, TERM="xterm-256color") as terminal:
        terminal.command(program(), "learn")
        terminal.wait("0 of 26 done", "▸·   1 The big picture", "⏎ begin")
        terminal.keys("Down", "Down", "Down")
        terminal.wait("▸·   3 Diffie-Hellman")
        terminal.keys("Space")
        terminal.wait("step 1 of 8")
        terminal.keys("q")
        terminal.wait("0 of 26 done", "▸·   3 Diffie-Hellman")
        terminal.keys("G", "k", "k")
        terminal.wait("▸· 18b")
        for y, line in enumerate(terminal.text().splitlines()):
            if "18a" in line:
                for event in ("M", "m", "M", "m"):
                    terminal.tmux("send-keys", "-l", "\033[<0;12;%d%s" % (y + 1, event))
        terminal.wait("step 1 of 10", "18a. A man in the middle")
        until(terminal, "Right", "the end")
        terminal.keys("Enter")
        terminal.wait("1 of 26 done", "18a A man in the middle, without the secret", "of 5 right", "▸· 18b")
        terminal.resize(1, 5)
        terminal.resize(80, 24)
        terminal.wait("1 of 26 done")
        terminal.keys("q")
        terminal.wait("EXIT 0")
        terminal.keys("clear", "Enter")
        terminal.command(program(), "learn", "--list")
        terminal.wait("20   wireshark", "EXIT 0")


def other_keys_and_alphabets(state):
    keys = os.path.join(state, "keys")
    with open(keys, "w", encoding="utf-8") as out:
        out.write("lesson-on p\nlesson-return R\n")
    with Terminal(80, 24, XDG_STATE_HOME=state, LC_ALL="C") as terminal:
        terminal.command(program(), "learn", "7", "--keys", keys)
        text = terminal.wait("step 1 of", "p on")
        check(text.isascii(), "there are letters beyond ASCII in a C locale")
        until(terminal, "p", "step 2 of")
        terminal.keys("1")
        terminal.wait("R lesson")
        terminal.keys("R")
        terminal.wait("p on")
        terminal.keys("q")
        terminal.wait("EXIT 0")
    with Terminal(80, 24, XDG_STATE_HOME=state) as terminal:
        terminal.command(program(), "learn", "7", "--text")
        terminal.wait("Enter goes on")
        terminal.keys("C-d")
        terminal.wait("EXIT 0")
        terminal.keys("clear; TERM=dumb %s learn 7" % program(), "Enter")
        terminal.wait("Enter goes on")
        terminal.keys("C-c")


def main():
    if not shutil.which("tmux"):
        print("skipped: no tmux")
        sys.exit(77)
    for test in (a_lesson_from_its_first_step_to_its_last, looking_around_and_back, going_on_where_one_has_left, the_menu, other_keys_and_alphabets):
        with temporary() as state:
            test(state)
        print("ok", test.__name__, flush=True)


main()
