"""`ikesim learn`: every lesson fits its run, its questions are answered by it, and what does not fit is told.

usage: test_learn.py IKESIM
"""

import os
import re
import subprocess

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
        solved = learn(name, "--worksheet", "--answers").stdout
        equal(len(re.findall(r"(?m)^\d+\. \(at", solved)), len(questions), name + ": questions on the worksheet")
        equal(len(re.findall(r"(?m)^  Answer: ", solved)), len(questions), name + ": answers on the worksheet")
    check("Answer" not in learn("four-messages", "--worksheet").stdout, "a worksheet tells its answers")
    check(learn("window", "--print", "--ascii").stdout.isascii(), "--ascii is not")


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
        done = typed("four-messages", right[:3], state)
        check("[0 of 3]" in learn("--list", env=dict(os.environ, XDG_STATE_HOME=state)).stdout,
              "half a lesson is no progress")


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


every_lesson_fits_its_run()
going_through_a_lesson_keeps_progress()
broken_lessons_are_told()
