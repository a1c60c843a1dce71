"""`ikesim learn`: every lesson fits its run, its questions are answered by it, and what does not fit is told.

usage: test_learn.py IKESIM
"""

import os
import re
import subprocess
import xml.etree.ElementTree

from ikesim import ROOT, call, check, equal, program, temporary

LESSONS = os.path.join(ROOT, "scenarios", "lessons")


def learn(*arguments, expect=(0,), **options):
    return call(program(), "learn", *arguments, expect=expect, **options)


def names():
    return sorted(f[:-5] for f in os.listdir(LESSONS) if f.endswith(".yaml"))


def every_lesson_fits_its_run():
    """Events that a lesson names occur, fields that it names are there, each answer is among the choices:
    else it exits 3. What it prints has no placeholder left."""
    listed = learn("--list").stdout
    for file in names():
        number, name = file.split("-", 1)
        check(name in listed, name, "is not listed")
        text = learn(name, "--print").stdout
        check(not re.search(r"\{[a-z_.]+\}", text), name, "has a placeholder that nothing filled")
        questions = re.findall(r"(?m)^Question: ", text)
        answers = re.findall(r"(?m)^  Answer: ", text)
        check(questions, name, "asks nothing")
        equal(len(answers), len(questions), name + ": answers to questions")
        screens = learn(name, "--step", "all", "--size", "80x24").stdout
        equal(len(screens.splitlines()), 24 * len(re.findall(r"(?m)^\[\d", text)), name + ": a screen for each step")
        check("Often read, and wrong: " in text, name, "names no misreading")
        check(re.search(r"RFC \d+", text), name, "gives no section")
        check(not re.search(r"(?m)RFC$|\d$\n *§", text + screens), name, "parts a section from its number")
        solved = learn(name, "--worksheet", "--answers").stdout
        equal(len(re.findall(r"(?m)^\d+\. \(at", solved)), len(questions), name + ": questions on the worksheet")
        equal(len(re.findall(r"(?m)^  Answer: ", solved)), len(questions), name + ": answers on the worksheet")
    sheet = learn("four-messages", "--worksheet").stdout
    check("Answer" not in sheet, "a worksheet tells its answers")
    check(re.search(r"─┼─+┼─[\s\S]*IKE_AUTH request · MID 1[\s\S]*^\d\. \(at 0\.078 802", sheet, re.MULTILINE), "no ladder before a question", sheet)
    told = re.findall(r"(?m)^  alice computes SKEYSEED", learn("seven-keys", "--print").stdout)
    check(1 <= len(told) <= 3, "steps at one event tell it again and again", told)
    check(learn("window", "--print", "--ascii").stdout.isascii(), "--ascii is not")


def the_course_is_whole():
    """Each subject of the course has its lesson, and each misreading that students bring is named where it belongs."""
    numbers = [file.split("-")[0] for file in names()]
    for number in range(1, 21):
        check("%02d" % number in numbers, "there is no lesson", number)
    for name, said in (
            ("seven-keys", "SK_e and SK_a are the keys of IKE_AUTH, and both directions share them"),
            ("seven-keys", "SK_ai and SK_ar are always there"),
            ("seven-keys", "SK_d encrypts the data"),
            ("seven-keys", "There are five keys"),
            ("diffie-hellman", "SKEYSEED is the key that the first messages are encrypted with"),
            ("diffie-hellman", "SKEYSEED is made of the configured secret"),
            ("what-auth-proves", "AUTH is a hash of the pre-master key"),
            ("initial-contact", "INITIAL_CONTACT comes from the initiator"),
            ("window", "Who sends the requests chooses the window"),
            ("window", "The window is a congestion control"),
            ("rekeying", "REKEY_SA with protocol IKE replaces the IKE SA")):
        with open(next(os.path.join(LESSONS, file + ".yaml") for file in names() if file.split("-", 1)[1] == name),
                  encoding="utf-8") as lesson:
            check("misreading: " + said in lesson.read(), name, "does not name the misreading", said)


def the_readme_shows_a_real_screen():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        readme = file.read()
    screen = learn("4", "--step", "2", "--size", "80x24").stdout
    block = "".join(("    " + line).rstrip() + "\n" for line in screen.splitlines())
    check(block in readme, "README.md has another screen than `ikesim learn 4 --step 2 --size 80x24`")


def typed(name, lines, state):
    return subprocess.run([program(), "learn", name], input="\n".join(lines) + "\n", capture_output=True,
                          text=True, timeout=60, env=dict(os.environ, XDG_STATE_HOME=state))


def going_through_a_lesson_keeps_progress():
    with temporary() as state:
        text = learn("four-messages", "--print").stdout
        answers = re.findall(r"(?m)^  Answer: (?:([a-h])\) )?([^.]*)", text)
        steps = re.split(r"(?m)^\[\d", text)[1:]
        right, wrong = [], []
        for step in steps:
            if "Question: " in step:
                letter, words = answers[len([r for r in right if r != ""])]
                right.append(letter or words)
                wrong += ["nonsense", "nonsense"]
            right.append("")
            wrong.append("")
        done = typed("four-messages", right, state)
        equal(done.returncode, 0, done.stderr)
        check("3 of 3 questions right." in done.stdout, done.stdout[-300:])
        check("[3 of 3]" in learn("--list", env=dict(os.environ, XDG_STATE_HOME=state)).stdout, "progress is not listed")
        done = typed("four-messages", wrong, state)
        check("0 of 3 questions right." in done.stdout and "Look once more" in done.stdout, done.stdout[-300:])
        listed = learn("--list", env=dict(os.environ, XDG_STATE_HOME=state)).stdout
        check("[0 of 3]" in listed, "the newer result takes the older one's place")
        # Left behind the first question: what was right is right still when one goes on there.
        first = right.index(next(line for line in right if line))
        done = typed("four-messages", right[:first + 1] + ["q"], state)
        listed = learn("--list", env=dict(os.environ, XDG_STATE_HOME=state)).stdout
        left = re.search(r"\[0 of 3\]  \[at step (\d+)\]", listed)
        check(left and "Left at step %s" % left.group(1) in done.stdout, listed, done.stdout[-300:])
        done = typed("four-messages", ["", "", "b"] + [""] * 40, state)
        check("You were at step %s the last time" % left.group(1) in done.stdout and "Passed." in done.stdout, done.stdout[:600])
        shown = re.findall(r"(?m)^-- (\d+) of", done.stdout)
        check(any(int(a) > int(b) for a, b in zip(shown, shown[1:])), "b does not go back", shown)
        check("1 of 3 questions right." in done.stdout, done.stdout[-300:])
        typed("four-messages", ["", "q"], state)
        done = subprocess.run([program(), "learn", "four-messages", "--anew"], input="\n".join(right) + "\n", text=True,
                              capture_output=True, timeout=60, env=dict(os.environ, XDG_STATE_HOME=state))
        check("the last time" not in done.stdout and "3 of 3 questions right." in done.stdout, done.stdout[-300:])


def broken_lessons_are_told():
    with open(os.path.join(LESSONS, "01-four-messages.yaml"), encoding="utf-8") as file:
        good = file.read()
    cases = (
        ("ike:message_sent", "ike:mesage_sent", "did you mean 'ike:message_sent'?"),
        ("exchange: IKE_AUTH}", "exchange: IKE_OUGHT}", "the run has no such ike:message_sent"),
        ("point: ID Type", "point: ID Tipe", "has a field 'ID Tipe'"),
        ("{init_octets} octets", "{init_octet} octets", "did you mean 'init_octets'?"),
        ("      - SK_ei and SK_ai\n", "      - SK_ei alone\n", "the run's answer is 'SK_ei and SK_ai', and none"),
        ("    because: >-\n      There is one", "    becuse: >-\n      There is one", "did you mean 'because'?"),
        ("screen: ladder", "screen: leiter", "expected overview, ladder"),
        ("  messages: {count: true, event: ike:message_sent}", "  messages: {series: setup, total: true}", "a column of series.csv"),
        ("  messages: {count: true, event: ike:message_sent}", "  messages: {series: setups, host: nobody, total: true}", "no figures of 'nobody'"),
        ("  messages: {count: true, event: ike:message_sent}", "  messages: {quotient: [4, 0]}", "quotient: the result is out of range"),
        ("field: length}", "field: lenght}", "has no field 'lenght'"),
        ("pair: [alice, gw]", "pair: alice", "the names of the two hosts"),
        ("title: The big", "titel: The big", "did you mean 'title'?"),
        ("scenario: four-messages", "scenario: [", "not well-formed YAML"),
    )
    with temporary() as directory:
        path = os.path.join(directory, "01-broken.yaml")
        for old, new, told in cases:
            check(old in good, old, "is not in the lesson any more")
            with open(path, "w", encoding="utf-8") as file:
                file.write(good.replace(old, new, 1))
            result = learn(path, "--print", expect=(3,))
            check(told in result.stderr, "%r is not told: %s" % (told, result.stderr))
            check(re.search(r"01-broken.yaml:\d+:\d+: ", result.stderr), "no place: " + result.stderr)
    learn("no-such-lesson", expect=(3,))
    check("did you mean 'four-messages'?" in learn("four-mesages", expect=(3,)).stderr, "the nearest name")
    learn("--print", expect=(2,))
    learn("1", "--answers", expect=(2,))
    learn("1", "--print", "--step", "1", expect=(2,))
    learn("1", "--step", "none", expect=(2,))
    learn("1", "--svg", expect=(2,))
    svg = xml.etree.ElementTree.fromstring(learn("4", "--step", "2", "--svg").stdout)
    check(any("4. The seven keys" in (text.text or "") for text in svg.iter("{http://www.w3.org/2000/svg}text")), "no lesson in the picture")
    check(learn("window", "--step", "2", "--ascii").stdout.isascii(), "--step --ascii is not")


the_course_is_whole()
the_readme_shows_a_real_screen()
every_lesson_fits_its_run()
going_through_a_lesson_keeps_progress()
broken_lessons_are_told()
