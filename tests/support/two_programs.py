# SPDX-License-Identifier: Apache-2.0
"""Two programs at one terminal, one in front and the other stopped, as a shell's jobs are: the scripted agent, and `cat`,
which writes every byte that reaches it to a file. SIGUSR1 puts cat in front, SIGUSR2 the agent; who is stands in STATE.
The screen stays as it is. Usage: two_programs.py AGENT_LOG CAT_LOG STATE

two_programs.py AGENT_LOG READER_LOG STATE WAY: a restless asking agent and a reader of lines, which change places 20 times a
second, and begin anew when the agent ends.
"""
import os
import random
import signal
import sys

agent_log, cat_log, state = sys.argv[1:4]
for number in (signal.SIGTTOU, signal.SIGTTIN):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGUSR2})


def start(argv, out=None):
    # Until its exec it is called like this program: one that is stopped before is another's double.
    done, running = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1, signal.SIGUSR2})
        os.tcsetpgrp(0, os.getpid())
        for number in (signal.SIGTTOU, signal.SIGTTIN):
            signal.signal(number, signal.SIG_DFL)
        if out is not None:
            os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 1)
        os.execvp(sys.executable if argv[0] == "claude" else argv[0], argv)
    try:
        os.setpgid(pid, pid)
    except PermissionError:
        pass  # it runs already, and has done so itself
    os.close(running)
    os.read(done, 1)  # the exec closes its end
    os.close(done)
    return pid


def to_front(pid, other, name):
    os.kill(other, signal.SIGSTOP)
    os.tcsetpgrp(0, pid)
    os.kill(pid, signal.SIGCONT)
    with open(state + ".new", "w") as out:
        out.write(name)
    os.rename(state + ".new", state)


def beside(program, name, *words):
    return start([program, os.path.join(os.path.dirname(sys.argv[0]), name), *words])


def flip(way):
    reader = beside(sys.executable, "line_reader.py", cat_log)
    while True:
        agent = beside("claude", "asking_agent.py", agent_log, way, str(random.randrange(1 << 15)))
        while os.waitpid(agent, os.WNOHANG)[0] == 0:
            to_front(agent, reader, "agent")
            signal.sigtimedwait({signal.SIGUSR1}, 0.05)
            to_front(reader, agent, "reader")
            signal.sigtimedwait({signal.SIGUSR1}, 0.05)


if len(sys.argv) > 4:
    flip(sys.argv[4])
cat = start(["cat"], cat_log)
agent = start([sys.executable, os.path.join(os.path.dirname(sys.argv[0]), "scripted_agent.py"), agent_log, "idle"])
to_front(agent, cat, "agent")
while True:
    if signal.sigwait({signal.SIGUSR1, signal.SIGUSR2}) == signal.SIGUSR1:
        to_front(cat, agent, "cat")
    else:
        to_front(agent, cat, "agent")
