"""`ikesim watch` in a real terminal: driven with keys, resized, interrupted; what stands on the screen is read back.

usage: test_watch.py IKESIM
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree

from ikesim import call, check, program, run, scenario, temporary, sanitized
from terminal import PATIENCE, Terminal

def steps_and_screens(directory):
    with Terminal() as terminal:
        terminal.command(program(), "watch", directory, "--paused")
        terminal.wait("0.000 000 s", "space play", "The run begins", "[2 Ladder]")
        terminal.keys("<")
        terminal.keys(">")
        text = terminal.wait("IKE_SA_INIT request · MID 0", "there are no keys yet")
        check("IKE_SA_INIT response" not in text, "what has not happened yet is on the ladder")
        terminal.keys("f")
        terminal.wait("IKE_SA_INIT response", "IKE_AUTH request")
        terminal.keys("f")
        terminal.wait("IKE_SA_INIT request", gone=("IKE_AUTH request",))
        terminal.keys("Enter")
        terminal.wait("[3 Message]", "on the wire", "in clear", "Initiator's SPI")
        terminal.keys("Down")
        terminal.wait("▐")
        terminal.keys("Escape")
        terminal.wait("[2 Ladder]", gone=("on the wire",))
        terminal.keys(")")
        terminal.keys(">")
        terminal.wait("IKE_AUTH response")
        terminal.keys("3")
        terminal.wait("decrypted, ICV right", "with SK_er")
        terminal.keys("/", *"Authentication", "Enter")
        terminal.wait("= Authentication (39)")
        terminal.keys("n")
        terminal.wait("Authentication, 40 octets")
        terminal.keys("4")
        terminal.wait("[4 Keys]", "SKEYSEED", "SK_pr", "who can compute net: KEYMAT?", "wiretap")
        terminal.keys("k", "o")
        terminal.wait("openssl mac", "To compute it again")
        terminal.keys("q")
        terminal.keys("q")
        terminal.keys("G")
        terminal.wait("10.000 000 s", "ESP →", "ESTABLISHED")
        terminal.keys("u")
        terminal.wait("SPI", gone=("ESP →",))
        terminal.keys("u")
        terminal.wait("ESP →")
        terminal.keys("t", "2", "0", "0", "m", "s", "Enter")
        terminal.wait("0.200 000 s")
        terminal.keys("g")
        terminal.wait("0.000 000 s", "The run begins")
        terminal.keys("1")
        terminal.wait("[1 Overview]", "No two hosts")
        terminal.keys(">")
        terminal.wait("0.000 044 s", "1 pair")
        terminal.keys("/", "z", "Enter")
        terminal.wait('0 shown with "z"')
        terminal.keys("/", "BSpace", "Enter")
        terminal.wait("alice → gw")
        terminal.keys("Enter")
        terminal.wait("[2 Ladder]")
        terminal.keys("?")
        terminal.wait("Keys in Ladder", "play, pause")
        terminal.keys("G")
        terminal.wait("a message leaves, runs down in a lane")
        terminal.keys("q")
        terminal.wait("space play", gone=("Keys in",))
        terminal.keys("q")
        terminal.wait("EXIT 0")


def keys_from_a_file(directory):
    path = os.path.join(directory, "keys")
    text = call(program(), "watch", "--list-keys").stdout
    with open(path, "w") as out:
        out.write(text)
    call(program(), "watch", "--text", "--keys", path, directory)
    with open(path, "w") as out:
        out.write("# mine\nplay p\nmessage-on ^n M\n")
    with Terminal() as terminal:
        terminal.command(program(), "watch", directory, "--paused", "--keys", path)
        terminal.wait("p play", gone=("space play",))
        terminal.keys("M")
        terminal.wait("IKE_SA_INIT request · MID 0")
        terminal.keys("?")
        terminal.wait("play, pause", "< ^n  ")
        terminal.keys("Q")
    for wrong, what in (("fly x", "no action 'fly'"), ("play f99", "no key"), ("play q", "that of back"), ("play", "a key behind it")):
        with open(path, "w") as out:
            out.write(wrong + "\n")
        result = call(program(), "watch", "--text", "--keys", path, directory, expect=(3,))
        check(what in result.stderr and ":1:" in result.stderr, result.stderr)


def what_if_a_message_were_lost(directory):
    saved = os.path.join(directory, "changed.yaml")
    with Terminal(110, 40) as terminal:
        terminal.command(program(), "watch", scenario("four-messages"), "--paused", "--at", "100ms")
        terminal.wait("space play")
        terminal.keys("w")
        terminal.wait("On alice's IKE_AUTH request 1", "1  the link loses it", "replaces its IKE SA by a new one",
                      "takes another number of requests at once", gone=("loses its mappings",))
        terminal.keys("1")
        terminal.wait("WHAT IF", "dropped by the script", "They part at 0.078 802", gone=("What if ...",))
        terminal.keys("G")
        terminal.wait("retransmission 1", "ESTABLISHED")
        terminal.keys("v")
        terminal.wait("This is the run as it was", "ESTABLISHED", gone=("WHAT IF", "retransmission 1"))
        terminal.resize(140, 40)
        terminal.keys("z")
        terminal.wait("▸ as it was", "with the change", "again, try 2")
        terminal.keys("z")
        terminal.resize(110, 40)
        terminal.wait("space play", gone=("as it was",))
        terminal.keys("v", "x")
        terminal.wait("WHAT IF", "0.078 802 s", "▸Δ 0.078 802", "v flip  z both  x parting")
        terminal.keys("z")  # no room beside each other
        terminal.wait("  as it was  alice", "▸ changed    alice", "▸Δ 0.078 802", "dropped by the script")
        terminal.keys("z")
        terminal.wait("▸Δ 0.078 802", gone=("as it was",))
        terminal.keys("w")
        terminal.wait("3  it takes longer")
        terminal.keys("3")
        terminal.wait("how much longer")
        terminal.keys("2", "0", "0", "m", "s", "Enter")
        terminal.wait("part at", gone=("how much",))
        terminal.keys("w")
        terminal.wait("any value of the scenario")
        line = next(line for line in terminal.text().splitlines() if "any value" in line)
        terminal.keys(line.split()[0])
        terminal.keys(*"hosts.gw.ike.window=potato", "Enter")
        terminal.wait("potato", "window")
        terminal.keys("w", line.split()[0], *"hosts.gw.ike.window=7", "Enter")
        terminal.wait("part at", gone=("potato",))
        # Another name of the same length: no event is of another kind or at another time, they just say something else.
        terminal.keys("w")
        terminal.wait("any value of the scenario", "take back")
        terminal.keys(line.split()[0], *"hosts.gw.ike.id=gx.example.org", "Enter")
        terminal.wait("They part at 0.000 000")
        terminal.keys("w")
        back = next(line for line in terminal.wait("take back: set hosts.gw.ike.id").splitlines() if "take back" in line)
        terminal.keys(back.split()[0])
        terminal.wait("part at", gone=("take back",))
        terminal.keys("V")
        terminal.wait("save as")
        terminal.keys(*["BSpace"] * 20)
        terminal.keys(*saved, "Enter")
        terminal.wait("Saved")
        terminal.keys("Q")
        terminal.wait("EXIT 0")
    call(program(), "scenario", "validate", saved)
    with open(saved) as lines:
        text = lines.read()
    check("{do: drop, on: {exchange: IKE_AUTH" in text and "by: 200" in text and "window: 7" in text, "the lines are not saved: " + text)
    lonely = os.path.join(directory, "lonely")
    os.mkdir(lonely)
    shutil.copy(os.path.join(directory, "run.ndjson"), lonely)
    with Terminal(110, 40) as terminal:
        terminal.command(program(), "watch", lonely, "--paused")
        terminal.wait("space play")
        terminal.keys("w")
        terminal.wait("What if is off: this recording has no scenario beside it")
        terminal.keys("Q")


def what_if_a_field_were_another(directory):
    """The field under the cursor, by an attacker on the wire and by a faulty sender: the screen says which."""
    with Terminal(130, 44) as terminal:
        terminal.command(program(), "watch", scenario("four-messages"), "--paused", "--at", "100ms")
        terminal.wait("space play")
        terminal.keys("3", *"jjjjjjj", "w")
        terminal.wait("1  Message ID is another on the wire: an attacker", "2  Message ID is another before it is sealed: a faulty")
        terminal.keys("1")
        terminal.wait("Message ID (4 octets, a number)")
        terminal.keys(*"potato", "Enter")
        terminal.wait('"potato" is no value of Message ID: 4 octets, a number.')
        terminal.keys("w", "1", *"5", "Enter")
        terminal.wait("WHAT IF", "edited on the way by somebody")
        terminal.keys("e", "2")
        terminal.wait("octet 20 and on were 00000001, are 00000005", "outside_window")
        # The line is taken back; then the same by the sender.
        terminal.keys("w")
        terminal.wait("take back")
        line = next(line for line in terminal.text().splitlines() if "take back" in line)
        terminal.keys(line.split()[0])
        terminal.wait("The change changes nothing")
        terminal.keys("x", "3", "w")
        terminal.wait("faulty sender, whose ICV is right")
        terminal.keys("2", *"9", "Enter")
        terminal.wait("faulty before sealing: octet 20")
        terminal.keys("2", "G")
        terminal.wait("faulty sender, before sealing: octet 20: 00000001 → 00000009", "outside_window")
        terminal.keys("Q")
        terminal.wait("EXIT 0")
        # IKE_SA_INIT has no ICV: nobody is said to make or break one.
        terminal.command(program(), "watch", scenario("four-messages"), "--paused", "--at", "42ms")
        terminal.wait("space play")
        terminal.keys("3", "G", "w")
        terminal.wait("1  Nonce Data is another on the wire: an attacker, whom nothing but AUTH will find out",
                      "2  Nonce Data is another as it leaves: a faulty sender, who goes on with what it meant", gone=("ICV",))
        terminal.keys("2", *"aa" * 32, "Enter")
        terminal.wait("WHAT IF", "faulty sender: Ni/Nr octet 4")
        terminal.keys("2", "x")
        terminal.wait("faulty sender: Ni/Nr, octet 4", "There is no ICV yet", gone=("before sealing",))
        terminal.keys("Q")
        terminal.wait("EXIT 0")
        # An ESP packet: its sequence number, by the end that has the key.
        terminal.command(program(), "watch", scenario("four-messages"), "--paused", "--at", "1200ms")
        terminal.wait("space play")
        terminal.keys("3", "j", "j", "w")
        terminal.wait("On gw's ESP 2 of net", "1  Sequence Number is another on the wire", "2  Sequence Number is another before it is sealed")
        terminal.keys("2", *"500", "Enter")
        terminal.wait("WHAT IF", "faulty before sealing: octet 4", "Sequence Number  500", "ICV right")
        terminal.keys("Q")


def the_keys_show_what_is_computed(directory):
    """The step that is computed at the cursor is selected, with what it was before, until somebody selects another."""
    with Terminal(120, 40) as terminal:
        terminal.command(program(), "watch", scenario("rekey"), "--paused", "--screen", "Keys")
        terminal.wait("space play")
        terminal.keys("}")
        terminal.wait("▸ net: KEYMAT", "in the CHILD SA before it", "who can compute net: KEYMAT?")
        terminal.keys("k")
        terminal.wait("▸ net: T2")
        terminal.keys("}")
        terminal.wait("▸ net: T2")
        terminal.keys("Q")
        terminal.wait("EXIT 0")


def what_if_a_host_were_configured_otherwise(directory):
    """Window and proposals are others from the cursor on; what was before is as it was."""
    with Terminal(110, 50) as terminal:
        terminal.command(program(), "watch", scenario("window"), "--paused", "--at", "2s")
        terminal.wait("space play")
        for meaning, question, answer, told in (
                ("takes another number of requests", "window of gw (2):", "8", "window 8"),
                ("has other proposals for IKE SAs", "proposals of gw", "[aes256-sha384-ecp384]", "proposals aes256-sha384-ecp384")):
            terminal.keys("w")
            text = terminal.wait(meaning)
            line = [line for line in text.splitlines() if meaning in line][1]
            terminal.keys(line.split()[0])
            terminal.wait(question)
            terminal.keys(*answer, "Enter")
            terminal.wait("WHAT IF", "They part at 2.000 000", "told to reload its configuration: " + told, gone=(question,))
        # What is wrong with an answer is told, and not where in a file that nobody sees.
        terminal.keys("w")
        text = terminal.wait("takes another number of requests")
        line = [line for line in text.splitlines() if "takes another number" in line][1]
        terminal.keys(line.split()[0])
        terminal.wait("window of gw (2):")
        terminal.keys(*"999", "Enter")
        terminal.wait(" window '999' is out of range; expected 1 to 256", gone=("yaml",))
        terminal.keys("Q")
        terminal.wait("EXIT 0")


def what_if_among_many(directory):
    """Those whom the change can reach are there first; then everybody is."""
    with Terminal(110, 40) as terminal:
        terminal.command(program(), "watch", scenario("pairs"), "--set", "pairs=150", "--paused", "--at", "100ms")
        terminal.wait("space play")
        terminal.keys("w")
        terminal.wait("1  ")
        terminal.keys("1")
        terminal.wait("WHAT IF", "They part at")
        terminal.wait("WHAT IF", "They part at", gone=("follow.",))
        terminal.keys("1")
        terminal.wait("150 pairs", "1 to 22 of 150")
        terminal.keys("Q")
        terminal.wait("EXIT 0")


# So many that the run takes ten seconds and more: whoever stops it is never too late.
LIVE_PAIRS = "pairs=%d" % (3000 if sanitized() else 6000)


def a_run_that_goes_on(directory):
    """A scenario that takes longer than a second is looked at while it runs; its future is not known before its end."""
    with Terminal(110, 40) as terminal:
        terminal.command(program(), "watch", scenario("pairs"), "--set", LIVE_PAIRS, "--threads", "1", "--paused")
        terminal.wait("(still growing)", "[2 Ladder]")
        terminal.keys("w")
        terminal.wait("What if is off while the run goes on")
        terminal.wait("[2 Ladder]", gone=("(still growing)",), patience=150)
        terminal.keys("w")
        terminal.wait("The same seed runs again with one change")
        terminal.keys("Escape", "Q")
        terminal.wait("EXIT 0")
        # Left in the middle: nothing goes on behind it.
        terminal.keys(*"clear", "Enter")
        terminal.command(program(), "watch", scenario("pairs"), "--set", LIVE_PAIRS, "--threads", "1", "--paused")
        terminal.wait("(still growing)", "[2 Ladder]")
        run = terminal.descendants()[-1]
        terminal.keys("Q")
        terminal.wait("EXIT 0")
        check(not os.path.exists("/proc/%d" % run), "the run goes on behind a screen that is gone")


def is_alive(pid):
    """Not so one that has ended, whether or not somebody has asked how."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def a_run_that_dies(directory):
    """The process that runs it is killed: what there is stays on the screen, which says that no more will come."""
    with Terminal(110, 40) as terminal:
        terminal.command(program(), "watch", scenario("pairs"), "--set", LIVE_PAIRS, "--threads", "1", "--paused")
        terminal.wait("(still growing)", "[2 Ladder]")
        os.kill(terminal.descendants()[-1], signal.SIGKILL)
        terminal.wait("pairs (cut off)", "[2 Ladder]", gone=("(still growing)",))
        terminal.keys("w")
        terminal.wait("What if is off: the recording was cut off")
        terminal.keys("Q")
        terminal.wait("EXIT 0")
    # The other way round: who watched is gone, and nobody goes on filling the disk.
    with Terminal(110, 40) as terminal:
        terminal.command(program(), "watch", scenario("lossy"), "--set", "duration=100h", "--memory", "any", "--paused")
        terminal.wait("(still growing)", "[2 Ladder]")
        watcher, run = terminal.descendants()[-2:]
        os.kill(watcher, signal.SIGKILL)
        end = time.monotonic() + PATIENCE
        while is_alive(run):
            check(time.monotonic() < end, "the run goes on although nobody watches it")
            time.sleep(0.05)
    # The same of a recording whose writer is long gone.
    cut = os.path.join(directory, "cut")
    os.mkdir(cut)
    with open(os.path.join(directory, "run.ndjson"), "rb") as whole, open(os.path.join(cut, "run.ndjson"), "wb") as part:
        part.writelines(whole.readlines()[:30])
    os.utime(os.path.join(cut, "run.ndjson"), (1000, 1000))
    with Terminal(110, 40) as terminal:
        terminal.command(program(), "watch", cut, "--paused")
        terminal.wait("(cut off)")
        terminal.keys("Q")


def a_run_that_finds_no_room(directory):
    """What its process had to say is said, not only that it has ended."""
    with Terminal(110, 40, TMPDIR=directory) as terminal:
        terminal.command("sh", "-c", "trap '' XFSZ; ulimit -f 200; exec %s watch %s" % (program(), scenario("lossy")))
        terminal.wait("ikesim watch: %s/ikesim-" % directory, "File too large", "EXIT 3")


def what_if_while_the_run_goes_on(directory):
    """Clients of one gateway all hang together: the future is there as soon as it has come to the cursor, and grows."""
    with Terminal(120, 40) as terminal:
        terminal.command(program(), "watch", scenario("storm-small"), "--set", "hosts.client.count=%d" % (800 if sanitized() else 2000),
                         "--paused", "--at", "2s")
        terminal.wait("[2 Ladder]", gone=("(still growing)",), patience=150)
        terminal.keys("w")
        text = terminal.wait("checks whether its peer is alive")
        terminal.keys(next(line for line in text.splitlines() if "checks whether" in line).split()[0])
        terminal.wait("WHAT IF (still growing)", "They part at 2.000 000", "The run goes on.")
        terminal.wait("WHAT IF", "told to check the liveness", gone=("(still growing)",), patience=150)
        terminal.keys("v")
        terminal.wait("This is the run as it was. They part at 2.000 000", gone=("goes on",))
        terminal.keys("Q")
        terminal.wait("EXIT 0")


def copying_reaches_the_clipboard(directory):
    """OSC 52: tmux takes it into its paste buffer."""
    with Terminal(TERM="tmux-256color") as terminal:
        terminal.tmux("set", "-s", "set-clipboard", "on")
        terminal.command(program(), "watch", directory, "--paused", "--at", "3s", "--screen", "keys")
        terminal.wait("SKEYSEED")
        terminal.keys("y")
        terminal.wait("Copied")
        end = time.monotonic() + PATIENCE
        while len(terminal.tmux("show-buffer").strip()) != 64 and time.monotonic() < end:
            time.sleep(0.05)
        copied = terminal.tmux("show-buffer").strip()
        check(len(copied) == 64 and int(copied, 16) >= 0, "the clipboard has no SKEYSEED: %r" % copied)
        terminal.keys("Q")


def what_teachers_do(directory):
    """Two marked messages compared, words and values copied, an octet down to its bits, the head of the ladder in its place."""
    with Terminal(100, 30, TERM="tmux-256color") as terminal:
        terminal.tmux("set", "-s", "set-clipboard", "on")
        terminal.command(program(), "watch", scenario("lossy"), "--paused")
        terminal.wait("space play")
        terminal.keys(">", "m")
        terminal.wait("Marked")
        terminal.keys(">", ">")
        terminal.wait("retransmission 1")
        terminal.keys("c")
        terminal.wait("alice's IKE_SA_INIT request 0, 152 octets", "alice's IKE_SA_INIT request 0, again, 152 octets",
                      "All 152 octets are the same. A retransmission is the very same message")
        terminal.keys("y")
        terminal.wait("Copied")
        terminal.keys("q", "(", ")")
        terminal.wait("AUTH_SENT")
        terminal.keys("c")
        terminal.wait("those in brackets differ")
        terminal.keys("q", "y")
        terminal.wait("Copied: alice proves who it is")
        terminal.keys("3", "Tab", *["Right"] * 17)
        terminal.wait("Version, 1 octet", "── bits")
        terminal.keys("Enter")
        terminal.wait("Major Version, 1 octet, bits 0 to 3 = 2", "▐0010▌ 0000")
        terminal.keys("Enter")
        terminal.wait("Minor Version, 1 octet, bits 4 to 7", "0010▐0000▌")
        terminal.keys("2", "G")
        terminal.wait("30.000 000 s")
        for _ in range(3):
            head = terminal.text().splitlines()[2:5]
            check("alice" in head[0] and "gw" in head[0] and "┼" in head[2], "the head of the ladder has gone: %s" % head)
            terminal.keys("PageUp", "PageUp")
            time.sleep(0.1)
        terminal.keys("Q")
        terminal.wait("EXIT 0")


def every_key_on_every_screen(directory):
    """No key of any help page breaks anything, also while it plays."""
    keys = [" ", ",", ".", "<", ">", "[", "]", "Up", "Down", "Left", "Right", "h", "j", "k", "l", "PageUp", "PageDown",
            "Home", "End", "g", "G", "Tab", "BTab", "Enter", "+", "-", "e", "E", "f", "u", "b", "y", "4", "o", "Escape", "3", "m",
            "c", "Escape", "(", ")", "{", "}", "s", "S", "n", "N", "T", "C-l", "C-b", "C-f", "F5", "x", "é", "/", "a", "Escape", "t", "Escape"]
    with Terminal(80, 24) as terminal:
        terminal.command(program(), "watch", directory, "--speed", "1")
        terminal.wait("[2 Ladder]")
        for width, height in ((80, 24), (200, 60), (81, 25)):
            terminal.resize(width, height)
            for opening in ((), *((str(n),) for n in range(1, 8)), ("?",)):
                terminal.keys(*opening) if opening else None
                terminal.keys(*keys)
                terminal.keys("q") if opening == ("?",) else None
        terminal.wait("seed")
        terminal.keys("Q")
        terminal.wait("EXIT 0")


def resizing_while_it_plays(directory):
    with Terminal() as terminal:
        terminal.command(program(), "watch", directory, "--speed", "1/200")
        terminal.wait("▶ 1/200")
        for width, height in ((120, 45), (80, 24), (40, 10), (1, 1), (200, 60), (100, 30)):
            terminal.resize(width, height)
            time.sleep(0.1)
        terminal.resize(40, 10)
        terminal.wait("needs 80 x 24")
        terminal.resize(100, 30)
        terminal.wait("▶ 1/200", "space play")
        terminal.keys("Q")
        terminal.wait("EXIT 0")


def the_terminal_is_as_before(directory):
    with Terminal() as terminal:
        terminal.keys("stty -a > %s/before; echo KEPT" % directory, "Enter")
        terminal.wait("KEPT")
        for ending in ("C-c", "Q"):
            terminal.keys("clear", "Enter")
            terminal.command(program(), "watch", directory)
            terminal.wait("space play", gone=("READY$",))
            terminal.keys(ending)
            terminal.wait("EXIT 0", gone=("space play",))
        terminal.keys("clear; stty -a | cmp - %s/before && echo SAME TERMINAL" % directory, "Enter")
        terminal.wait("SAME TERMINAL")


def colours_and_alphabets(directory):
    with Terminal(TERM="tmux-256color") as terminal:
        terminal.command(program(), "watch", directory, "--paused", "--at", "100ms")
        terminal.wait("space play")
        check("\033[3" in terminal.text(colours=True), "there are no colours")
        terminal.keys("Q")
    with Terminal(TERM="tmux-256color", NO_COLOR="1") as terminal:
        terminal.command(program(), "watch", directory, "--paused", "--at", "100ms")
        terminal.wait("space play")
        text = terminal.text(colours=True)
        check(not any("\033[%d" % n in text for n in range(30, 38)), "there are colours in spite of NO_COLOR")
        terminal.keys("Q")
    with Terminal(LC_ALL="C") as terminal:
        terminal.command(program(), "watch", directory, "--paused", "--at", "100ms")
        text = terminal.wait("space play", "+-+ IKE_SA_INIT request")
        check(text.isascii(), "there are letters beyond ASCII in a C locale")
        terminal.keys("Q")


def a_recording_that_grows(directory):
    growing = os.path.join(directory, "growing")
    os.mkdir(growing)
    with open(os.path.join(directory, "run.ndjson"), "rb") as whole:
        lines = whole.readlines()
    path = os.path.join(growing, "run.ndjson")
    with open(path, "wb") as part:
        part.writelines(lines[:20])
        part.write(lines[20][:10])
    with Terminal() as terminal:
        terminal.command(program(), "watch", growing, "--speed", "1000")
        terminal.wait("still growing", "IKE_SA_INIT request")
        with open(path, "ab") as part:
            part.write(lines[20][10:])
            part.writelines(lines[21:])
        terminal.wait("ESTABLISHED", "10.000 000 s", gone=("still growing",))
        terminal.keys("Q")
        terminal.wait("EXIT 0")


def where_there_is_no_terminal(directory):
    result = call(program(), "watch", directory, expect=(2,), stdin=subprocess.DEVNULL)
    check("ikesim ladder" in result.stderr, "no word about `ikesim ladder`: " + result.stderr)
    for screen in ("overview", "ladder", "message", "keys", "window", "network", "storm"):
        for size in ("80x24", "100x48", "300x100"):
            text = call(program(), "watch", "--text", "--screen", screen, "--size", size, directory).stdout
            check(len(text.splitlines()) == int(size.split("x")[1]), "--text --size %s has another height" % size)
    call(program(), "watch", "--text", "--screen", "potato", directory, expect=(2,))
    svg = xml.etree.ElementTree.fromstring(call(program(), "watch", "--svg", "--screen", "keys", directory).stdout)
    check(any("SKEYSEED" in (text.text or "") for text in svg.iter("{http://www.w3.org/2000/svg}text")), "no SKEYSEED in the picture")
    grounds = [xml.etree.ElementTree.fromstring(call(program(), "watch", "--svg", "--theme", theme, directory).stdout)[0].get("fill")
               for theme in ("dark", "light", "contrast", "plain")]
    check(len(set(grounds)) == 4 and svg[0].get("fill") == grounds[1], grounds)
    text = call(program(), "watch", "--text", "--ascii", directory).stdout
    check(text.isascii() and "ESTABLISHED" in text, "--text --ascii")
    call(program(), "watch", "--text", os.path.join(directory, "nothing-here"), expect=(3,))
    for size in ("potato", "3x1", "79x24", "80x23"):
        call(program(), "watch", "--text", "--size", size, directory, expect=(2,))
    late = call(program(), "watch", "--text", "--at", "99h", directory).stdout
    check("10.000 000 s" in late, "behind the end of the run: " + late.splitlines()[0])
    with Terminal() as terminal:
        terminal.keys("TERM=dumb %s watch %s; echo EXIT $?" % (program(), directory), "Enter")
        terminal.wait("this is no terminal", "EXIT 2")
        terminal.keys("clear", "Enter")
        terminal.keys("TERM=no-such-terminal %s watch %s; echo EXIT $?" % (program(), directory), "Enter")
        terminal.wait("is not known", "EXIT 2")


def long_names(directory):
    """Names of a length that hosts have do not run into what stands beside them."""
    path, text = os.path.join(directory, "long-names.yaml"), open(scenario("four-messages"), encoding="utf-8").read()
    with open(path, "w", encoding="utf-8") as out:
        out.write(text.replace("alice", "road-warrior-laptop-0123"))
    text = call(program(), "watch", "--text", "--screen", "window", "--size", "80x24", path).stdout
    check(" requests road-warrior-laptop-0… IKE SA " in text, text)


def broken_recordings(directory):
    broken = os.path.join(directory, "broken")
    os.mkdir(broken)
    path = os.path.join(broken, "run.ndjson")
    with open(os.path.join(directory, "run.ndjson"), "rb") as whole:
        lines = whole.readlines()
    with open(path, "wb") as part:
        part.writelines(lines[:12])
        part.write(b'{"time":1,"name":"ike:state","id":"alice/gw#zz\033[2J\n')
        part.write(b"\x00\xff garbage\n")
        part.writelines(lines[14:])
    text = call(program(), "watch", "--text", broken).stdout
    check("\033" not in text and "IKE_AUTH" in text, "a damaged line spoils the screen")
    call(program(), "ladder", broken)
    with open(path, "wb") as part:
        part.write(b"this is no recording\n")
    call(program(), "watch", "--text", broken, expect=(3,))


def main():
    if not shutil.which("tmux"):
        print("skipped: no tmux")
        sys.exit(77)
    with temporary() as directory:
        run(os.path.join(directory, "result"), scenario("four-messages"))
        result = os.path.join(directory, "result")
        for test in (where_there_is_no_terminal, steps_and_screens, copying_reaches_the_clipboard, what_teachers_do, what_if_a_message_were_lost, what_if_a_field_were_another, the_keys_show_what_is_computed,
                     what_if_a_host_were_configured_otherwise, what_if_among_many, what_if_while_the_run_goes_on, a_run_that_goes_on, a_run_that_dies, a_run_that_finds_no_room, keys_from_a_file, every_key_on_every_screen, resizing_while_it_plays,
                     the_terminal_is_as_before, colours_and_alphabets, a_recording_that_grows, long_names,
                     broken_recordings):
            test(result)
            print("ok", test.__name__, flush=True)


main()
