"""Hostile submissions, by the rows of the table of attacks.

Each is the source of an answer cell for question 90.1 of the small exercise beside the engine's tests. An attack that
gets what it wants sets `won` and answers right, so that full marks mean that it succeeded: with a guard switched
off it does (test_guards.py), and so each attack can be seen to be one.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

HONEST = """
def leaky_step(alpha, h_prev, x_t):
    return (1 - alpha) * h_prev + alpha * x_t
"""


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    Attributes:
        row: of the table of attacks.
        source: its answer cell.
        before: the answer cell of an earlier submission that it works with.
        slow: it ends at a time limit.
        only: the modules that the jail must hold, no more; () for any.
    """

    name: str
    row: str
    source: str
    before: str = ""
    slow: bool = False
    only: tuple[str, ...] = ()


def wins_if(name: str, row: str, body: str, *, before: str = "", slow: bool = False, only: str = "") -> Attack:
    """An attack whose body is that of a function that returns whether it got what it wanted."""
    source = (
        "import ctypes, os\nlibc = ctypes.CDLL(None)\ndef attempt():\n"
        + textwrap.indent(textwrap.dedent(body).strip(), "    ")
        + "\n"
        "try:\n    won, why = bool(attempt()), 'it returned nothing of use'\n"
        "except Exception as error:\n    won, why = False, repr(error)\n"
        "def leaky_step(alpha, h_prev, x_t):\n    if won:\n        return (1 - alpha) * h_prev + alpha * x_t\n"
        "    raise RuntimeError(why)\n"
    )
    return Attack(name, row, source, before, slow, (only,) if only else ())


def answers(name: str, row: str, body: str, *, first: str = "", slow: bool = False) -> Attack:
    """An attack whose body is that of the answer itself; `first` runs before it is defined."""
    source = textwrap.dedent(first).strip() + "\ndef leaky_step(alpha, h_prev, x_t):\n"
    return Attack(name, row, source + textwrap.indent(textwrap.dedent(body).strip(), "    ") + "\n", slow=slow)


EXITS = [
    answers("sys.exit while the cell runs", "exits", "return h_prev", first="import sys; sys.exit(0)"),
    answers("os._exit while the cell runs", "exits", "return h_prev", first="import os; os._exit(0)"),
    answers("SystemExit in the call", "exits", "raise SystemExit(0)"),
    answers("exit() in the call", "exits", "exit(0)"),
    answers("os._exit in the call", "exits", "import os; os._exit(0)"),
    answers("abort in the call", "exits", "import os; os.abort()"),
    answers("a null pointer in the call", "exits", "import ctypes; return ctypes.string_at(0)"),
    answers("KeyboardInterrupt in the call", "exits", "raise KeyboardInterrupt"),
    answers("GeneratorExit in the call", "exits", "raise GeneratorExit"),
    answers("an exit hook that reports success", "exits", "raise SystemExit(0)",
            first="import atexit, os; atexit.register(lambda: os.write(4, b'passed'))"),
    answers("the C stack overflows", "exits", """
        import sys
        sys.setrecursionlimit(10**9)
        def deep(n): return deep(n + 1)
        class A:
            def __getattr__(self, name): return getattr(self, name + 'x')
        return A().a
        """),
    answers("a signal to itself", "exits", "import signal; signal.raise_signal(signal.SIGKILL); return h_prev"),
]  # fmt: skip

EQUALS = [
    answers("numpy's comparisons patched", "equals everything", "return h_prev", first="""
        import numpy as np, numpy.testing as testing
        for name in ('allclose', 'isclose', 'array_equal', 'array_equiv'):
            setattr(np, name, lambda *a, **k: True)
        for name in dir(testing):
            if name.startswith('assert'):
                setattr(testing, name, lambda *a, **k: None)
        """),
    answers("assert and unittest patched", "equals everything", "return h_prev", first="""
        import builtins, unittest
        builtins.AssertionError = type('Never', (Exception,), {})
        builtins.all = builtins.any = lambda *a: True
        unittest.TestCase.assertEqual = lambda *a, **k: None
        """),
    answers("an object that equals everything", "equals everything", "return Same()", first="""
        class Same:
            shape, dtype, ndim = (1,), float, 1
            def __eq__(self, other): return True
            def __array__(self, *a, **k): return np.zeros(1)
            def __getattr__(self, name): return lambda *a, **k: True
        """),
    answers("an ndarray subclass that is always close", "equals everything",
            "return np.zeros_like(h_prev).view(Close)", first="""
        class Close(np.ndarray):
            def __eq__(self, other): return np.ones(self.shape, bool)
            def __array_function__(self, f, types, args, kwargs): return True
            def __array_ufunc__(self, *a, **k): return np.zeros(self.shape)
            def tobytes(self, *a): return np.zeros(self.shape).tobytes()
        """),
    answers("a masked array", "equals everything", "return np.ma.masked_all(h_prev.shape)"),
    answers("a subclass of float", "equals everything", "return type('F', (float,), {'__eq__': lambda *a: True})(0)"),
    answers("a subclass of tuple", "equals everything", "return type('T', (tuple,), {'__len__': lambda s: 1})((1,))"),
    answers("an array of objects", "equals everything", "return np.array([Same()] * len(h_prev), object)", first="""
        class Same:
            def __eq__(self, other): return True
        """),
    answers("nothing but nan", "equals everything", "return np.full_like(h_prev, np.nan)"),
    answers("nothing but inf", "equals everything", "return np.full_like(h_prev, np.inf)"),
    answers("an empty array", "equals everything", "return np.zeros(0)"),
    answers("an array that broadcasts", "equals everything", "return np.zeros((1,) * 8)"),
    answers("text", "equals everything", "return np.array(['0.0'] * len(h_prev))"),
    answers("a structured array", "equals everything", "return np.zeros(len(h_prev), [('a', 'f8')])"),
    answers("a generator", "equals everything", "return (x for x in h_prev)"),
    answers("a module of its own in place of numpy", "equals everything", "return h_prev", first="""
        import sys, types
        sys.modules['numpy'] = types.ModuleType('numpy')
        """),
    answers("long double", "equals everything", "return np.zeros(len(h_prev), np.longdouble)"),
]  # fmt: skip

STEALS = [
    wins_if("imports the reference", "steals", """
        import sys
        sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != 'Blocker']
        for name in [name for name in sys.modules if name.startswith('gru_book')]:
            del sys.modules[name]
        import gru_book.numpy_backend
        return True
        """),
    wins_if("imports the engine", "steals", """
        import sys
        sys.meta_path.pop(0)
        for name in ('gru_book', 'gru_book.grading'):
            sys.modules.pop(name, None)
        import gru_book.grading.judge
        return True
        """),
    wins_if("looks for the grader on the disk", "steals", """
        import os
        wanted = {'grader.py', 'gru_book', 'exercises', 'solution.ipynb', 'right', 'wrong', 'chapters'}
        for top in os.listdir('/'):
            if top in ('usr', 'lib', 'lib64'):
                continue
            for folder, folders, files in os.walk('/' + top):
                if 'python3' in folder and 'packages' not in folder:
                    folders[:] = [f for f in folders if 'packages' in f]
                if wanted & {*folders, *files} and 'packages/' not in folder:
                    return True
        """),
    wins_if("looks for gru_book among the packages", "steals", """
        import os, sys
        return any('gru' in name.lower() or name.endswith('.pth')
                   for path in sys.path if os.path.isdir(path) for name in os.listdir(path))
        """),
    wins_if("the canary in the environment", "steals", """
        import os
        return any(CANARY in f'{k}={v}' for k, v in os.environ.items())
        """),
    wins_if("the canary in the C environment", "steals", """
        import ctypes
        environ = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, 'environ')
        i = 0
        while environ[i]:
            if CANARY.encode() in environ[i]:
                return True
            i += 1
        """),
    wins_if("the canary above the C environment", "steals", """
        import ctypes
        environ = ctypes.POINTER(ctypes.c_void_p).in_dll(libc, 'environ')
        address = environ[0]
        return CANARY.encode() in ctypes.string_at(address, (address | 4095) + 1 - address)
        """),
    wins_if("the canary in files", "steals", """
        import os
        seen = 0
        for folder, folders, files in os.walk('/'):
            if folder.startswith(('/usr/', '/sys/')) or '/lib/python' in folder or 'packages/' in folder:
                folders[:] = []
                continue
            for name in files:
                path = os.path.join(folder, name)
                if CANARY in path:
                    return True
                try:
                    if os.path.isfile(path) and CANARY.encode() in open(path, 'rb').read(1 << 20):
                        return True
                    seen += 1
                except OSError:
                    pass
        """),
    wins_if("the canary in /proc", "steals", """
        import os
        for pid in ['self', *map(str, range(1, 200))]:
            for name in ('environ', 'cmdline', 'mountinfo', 'maps', 'status', 'root', 'cwd', 'fd/3'):
                try:
                    open(f'/proc/{pid}/{name}', 'rb').read()
                except IsADirectoryError:
                    return True
                except OSError:
                    continue
                return True
        """),
    wins_if("the canary among all objects", "steals", """
        import gc
        gc.unfreeze()
        found = [o for o in gc.get_objects() if type(o) is dict]
        return any(CANARY in v for d in found for v in list(d.values()) if type(v) is str and v is not CANARY)
        """),
    wins_if("an oracle among all objects", "steals", """
        import gc, types
        gc.unfreeze()
        names = {'oracle', 'expected', 'draw_step', 'inputs_of', 'judge', 'Exercise', 'failure_of'}
        functions = [o for o in gc.get_objects() if type(o) in (types.FunctionType, type)]
        return any(f.__name__ in names for f in functions)
        """),
    wins_if("seeds and expected values in the frames", "steals", """
        import sys
        frame, found = sys._getframe(), []
        while frame is not None:
            found += list(frame.f_locals.items()) + list(frame.f_globals.items())
            frame = frame.f_back
        names = {'expected', 'seed', 'oracle', 'exercise', 'key', 'points'}
        return any(name in names or type(value).__module__.startswith('gru_book.')
                   or (value is not CANARY and type(value) is str and CANARY in value) for name, value in found)
        """),
    wins_if("the source of the tests in linecache", "steals", """
        import linecache
        text = repr([lines for name, lines in linecache.cache.items() if not name.startswith('cell ')])
        return 'draw_step' in text or 'FunctionQuestion' in text or 'oracle=' in text
        """),
    wins_if("the command line", "steals", """
        import sys
        return any('gru' in word or 'home' in word or CANARY in word for word in [*sys.argv, *sys.orig_argv[1:]])
        """),
    wins_if("the home", "steals", """
        import os
        places = (HOME + '/canary.txt', '/etc/passwd', '/etc/shadow', '/var', '/home', '/run', '/opt', '/boot')
        return any(os.path.exists(path) and not os.__file__.startswith(path) for path in places)
        """),
    wins_if("the canary's file by its path", "steals", "return CANARY in open(CANARY_FILE).read()"),
    wins_if("another library's GRU", "steals", """
        import sys
        sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != 'Blocker']
        import torch
        return hasattr(torch.nn, 'GRU')
        """, only="numpy"),
    wins_if("another library's GRU, by a walk over the disk", "steals", """
        import os, sys
        places = [*sys.path, '/usr/lib/python3', '/usr/local/lib', '/opt', os.path.dirname(os.__file__)]
        found = [name for place in places for _, folders, files in os.walk(place) for name in folders + files]
        return bool({'torch', 'keras', 'haiku', 'flax', 'tensorflow', 'onnxruntime'} & set(found))
        """, only="numpy"),
    wins_if("the calls that wait in the pipe", "steals", """
        import os, select
        ready, _, _ = select.select([3], [], [], 0.2)
        return bool(ready) and b'expected' in os.read(3, 1 << 16)
        """),
    wins_if("every other file descriptor", "steals", """
        import os
        for fd in range(5, 1024):
            try:
                os.fstat(fd)
            except OSError:
                continue
            return True
        """),
    answers("what it saw in the example", "steals", "return np.array([0.5, 0.25])[:len(h_prev)]"),
    answers("answers learnt by heart", "steals", "return {0: h_prev, 1: x_t}.get(len(h_prev) % 2)"),
    wins_if("the times of the grader's files", "steals", """
        import os
        return os.stat(CANARY_FILE).st_mtime > 0 or os.stat(HOME).st_mtime > 0
        """),
    wins_if("the name of the machine", "steals", "import os, socket; return os.uname().nodename != 'jail'"),
]  # fmt: skip

FORGES = [
    answers("a forged success", "forges", "return h_prev", first="""
        import os, json, struct
        header = json.dumps({'d': {'kind': 'passed', 'points': {'i': '4'}, 'status': 'passed'}}).encode()
        os.write(4, struct.pack('<4sQQ', b'GRB1', len(header), 0) + header)
        """),
    answers("forged answers before the questions", "forges", "return h_prev", first="""
        import os, sys
        frame = sys._getframe()
        while 'wire' not in frame.f_globals:
            frame = frame.f_back
        encode = frame.f_globals['wire'].encode
        report = {'kind': 'value', 'value': np.zeros(1), 'seconds': 0.0, 'changed': [],
                  'printed': {'text': '', 'length': 0}}
        cell = {'index': 1, 'error': None, 'timeout': False, 'defines': True}
        os.write(4, encode({'kind': 'loaded', 'cells': [{**cell, 'index': 0}, cell]}))
        for _ in range(100):
            os.write(4, encode(report))
        """),
    answers("forged answers in the call", "forges", """
        import sys, os
        frame = sys._getframe()
        while 'wire' not in frame.f_globals:
            frame = frame.f_back
        encode = frame.f_globals['wire'].encode
        for _ in range(20):
            os.write(4, encode({'kind': 'value', 'value': h_prev, 'seconds': 0.0, 'changed': [],
                                'printed': {'text': '', 'length': 0}}))
        return h_prev
        """),
    answers("a frame that claims to be enormous", "forges", """
        import os, struct
        os.write(4, struct.pack('<4sQQ', b'GRB1', 1 << 60, 1 << 60))
        return h_prev
        """),
    answers("a frame of arrays that share their bytes", "forges", """
        import os, json, struct
        body = bytes(1 << 20)
        header = json.dumps({'d': {'kind': 'value', 'value': {'l': [{'a': ['uint8', [1 << 20], 0]}] * 20000}}}).encode()
        data = memoryview(struct.pack('<4sQQ', b'GRB1', len(header), len(body)) + header + body)
        while data:
            data = data[os.write(4, data):]
        return h_prev
        """),
    answers("a frame that never ends", "forges", """
        import os, struct, time
        os.write(4, struct.pack('<4sQQ', b'GRB1', 100, 1 << 20))
        while True:
            os.write(4, b'[')
            time.sleep(0.01)
        """, slow=True),
    answers("a flood of bytes", "forges", """
        import os
        while True:
            os.write(4, bytes(1 << 16))
        """),
    answers("a flood of frames", "forges", """
        import os, json, struct
        header = json.dumps({'d': {'kind': 'running', 'index': {'i': '1'}}}).encode()
        data = struct.pack('<4sQQ', b'GRB1', len(header), 0) + header
        while True:
            os.write(4, data * 1000)
        """, slow=True),
    Attack("a flood of frames while the cell runs", "forges", """
import os, json, struct
header = json.dumps({'d': {'kind': 'running', 'index': {'i': '1'}}}).encode()
while True:
    os.write(4, (struct.pack('<4sQQ', b'GRB1', len(header), 0) + header) * 1000)
""", slow=True),
    answers("a report whose numbers are none", "forges", """
        import os, json, struct
        header = json.dumps({'d': {'kind': 'value', 'value': {'f': 'nan'}, 'seconds': {'f': 'inf'}, 'changed': 'x',
                                   'printed': {'d': {'text': {'l': []}, 'length': {'f': 'inf'}}}}}).encode()
        os.write(4, struct.pack('<4sQQ', b'GRB1', len(header), 0) + header)
        return h_prev
        """),
    answers("code in place of a value", "forges", """
        import os, json, struct
        header = json.dumps({'d': {'kind': 'value', 'value': {'s': ['f', 'import os; os._exit(0)']},
            'seconds': {'f': '0x0p0'}, 'changed': {'l': []},
            'printed': {'d': {'text': '', 'length': {'i': '0'}}}}}).encode()
        os.write(4, struct.pack('<4sQQ', b'GRB1', len(header), 0) + header)
        return h_prev
        """),
    answers("it answers, and never reads again", "forges", """
        import sys, os
        frame = sys._getframe()
        while 'wire' not in frame.f_globals:
            frame = frame.f_back
        report = {'kind': 'value', 'value': h_prev, 'seconds': 0.0, 'changed': [], 'printed': {'text': '', 'length': 0}}
        os.write(4, frame.f_globals['wire'].encode(report))
        while True:
            pass
        """, slow=True),
    answers("a pickle in place of a frame", "forges", """
        import os, pickle
        os.write(4, pickle.dumps(Exception))
        return h_prev
        """),
    answers("brackets without end", "forges", """
        import os, struct
        os.write(4, struct.pack('<4sQQ', b'GRB1', 200000, 0) + b'[' * 60000)
        os.write(4, b'[' * 140000)
        return h_prev
        """),
    answers("an answer of 400 MB", "forges", "return np.zeros(50_000_000)"),
    answers("an answer of a million parts", "forges", "return [0.5] * 1_000_000"),
    answers("a list that holds itself", "forges", "a = []; a.append(a); return a"),
    answers("an integer of 4000 digits", "forges", "return 10 ** 4000"),
    answers("garbage to every file descriptor", "forges", """
        import os
        for fd in range(1024):
            try:
                os.write(fd, b'garbage' * 100)
            except OSError:
                pass
        return h_prev
        """),
    answers("every file descriptor closed", "forges", "import os; os.closerange(0, 1024); return h_prev"),
    answers("the pipe closed, and on it goes", "forges", """
        import os
        os.close(4)
        while True:
            pass
        """),
    answers("late writes, from a timer", "forges", "return h_prev", first="""
        import os, signal
        def late(*a):
            os.write(4, b'GRB1' + bytes(16))
        signal.signal(signal.SIGALRM, late)
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.01)
        """),
    answers("the engine's own functions patched", "forges", "return h_prev", first="""
        import sys
        frame = sys._getframe()
        while 'serve' not in frame.f_globals:
            frame = frame.f_back
        frame.f_globals['call'] = lambda function, args, limit: {
            'kind': 'value', 'value': args['h_prev'], 'seconds': 0.0, 'changed': [],
            'printed': {'text': '', 'length': 0}}
        """),
]  # fmt: skip

HANGS = [
    answers("a loop that never ends", "hangs", "while True:\n    pass", slow=True),
    answers("sleep", "hangs", "import time; time.sleep(3600)", slow=True),
    answers("a loop that swallows every exception", "hangs", """
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
        """, slow=True),
    answers("every signal ignored", "hangs", """
        import signal
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        while True:
            pass
        """, slow=True),
    answers("signals blocked, and a wait", "hangs", """
        import signal, time
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        time.sleep(3600)
        """, slow=True),
    answers("a loop in C", "hangs", "return sum(range(10**12))", slow=True),
    answers("a regular expression", "hangs", "import re; re.match('(a+)+$', 'a' * 60 + 'b'); return h_prev", slow=True),
    answers("output without end", "hangs", "while True:\n    print('a' * 1000)", slow=True),
    answers("output without end, past Python", "hangs", "import os\nwhile True:\n    os.write(1, bytes(1 << 16))",
            slow=True),
    Attack("a cell that never ends", "hangs", "while True:\n    pass\n", slow=True),
    answers("it never reads its questions", "hangs", "return h_prev", first="import time; time.sleep(3600)", slow=True),
]  # fmt: skip

BOMBS = [
    wins_if("memory: one array of 8 GiB", "bombs", "return np.ones(1 << 30).sum() > 0"),
    wins_if("memory: lists", "bombs", """
        kept = []
        for _ in range(4000):
            kept.append(bytearray(1 << 20))
        return True
        """),
    wins_if("memory: mmap", "bombs", """
        import mmap
        kept = [mmap.mmap(-1, 1 << 28) for _ in range(16)]
        return True
        """),
    wins_if("memory: a memory file", "bombs", """
        import os
        fd = os.memfd_create('a')
        for _ in range(2000):
            os.write(fd, bytes(1 << 20))
        return True
        """),
    wins_if("memory: System V", "bombs", """
        return libc.shmget(0, 1 << 28, 0o1600) >= 0
        """),
    wins_if("processes: fork", "bombs", """
        import os
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        return pid > 0
        """),
    wins_if("processes: vfork, past Python", "bombs", """
        import ctypes, os
        pid = libc.syscall(56, 17, 0, 0, 0, 0) if os.uname().machine == 'x86_64' else libc.syscall(220, 17, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        return pid > 0
        """),
    wins_if("processes: clone3", "bombs", """
        import ctypes
        class Args(ctypes.Structure):
            _fields_ = [('w', ctypes.c_uint64 * 11)]
        args = Args(); args.w[4] = 17
        pid = libc.syscall(435, ctypes.byref(args), 88)
        if pid == 0:
            import os; os._exit(0)
        return pid > 0
        """),
    wins_if("processes: multiprocessing", "bombs", """
        import multiprocessing
        p = multiprocessing.get_context('fork').Process(target=print)
        p.start()
        return True
        """),
    wins_if("threads", "bombs", """
        import threading
        for _ in range(1000):
            threading.Thread(target=lambda: None).start()
        return True
        """),
    wins_if("disk: a file of 1 GiB", "bombs", """
        with open('/tmp/a', 'wb') as file:
            for _ in range(1024):
                file.write(bytes(1 << 20))
        return True
        """),
    wins_if("disk: many files", "bombs", """
        for n in range(100):
            with open(f'/tmp/a{n}', 'wb') as file:
                for _ in range(10):
                    file.write(bytes(1 << 20))
        return True
        """),
    wins_if("disk: many names", "bombs", """
        for n in range(100_000):
            open(f'/tmp/a{n}', 'wb').close()
        return True
        """),
    wins_if("disk: shared memory", "bombs", """
        with open('/dev/shm/a', 'wb') as file:
            for _ in range(64):
                file.write(bytes(1 << 20))
        return True
        """),
    wins_if("disk: a sparse file", "bombs", """
        with open('/tmp/a', 'wb') as file:
            file.truncate(1 << 40)
        return True
        """),
    wins_if("open files", "bombs", """
        kept = [open('/dev/null') for _ in range(500)]
        return True
        """),
    wins_if("pipes", "bombs", """
        import os
        kept = [os.pipe() for _ in range(500)]
        return True
        """),
    answers("an expression that explodes", "bombs", "return 9 ** 9 ** 9", slow=True),
    answers("a billion laughs", "bombs", "a = 'ha'\nfor _ in range(60):\n    a += a\nreturn h_prev", slow=True),
    answers("numpy's own memory", "bombs", "return np.outer(np.ones(10**6), np.ones(10**6)).sum()"),
]  # fmt: skip

ESCAPES = [
    wins_if("network: a connection to this machine", "escapes", """
        import socket
        with socket.create_connection(('127.0.0.1', PORT), timeout=1):
            return True
        """),
    wins_if("network: a name", "escapes", "import socket; return socket.getaddrinfo('localhost', 80)"),
    wins_if("network: a socket at all", "escapes", "import socket; return socket.socket()"),
    wins_if("network: raw", "escapes", "import socket; return socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"),
    wins_if("network: netlink", "escapes", "import socket; return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)"),
    wins_if("network: a pair of sockets", "escapes", "import socket; return socket.socketpair()"),
    wins_if("network: an abstract socket", "escapes", """
        import socket
        s = socket.socket(socket.AF_UNIX)
        s.bind('\\0gru')
        return True
        """),
    wins_if("exec: a shell", "escapes", "import os; os.execv('/bin/sh', ['sh'])"),
    wins_if("exec: Python itself", "escapes", "import os, sys; os.execv(sys.executable, ['python', '-c', ''])"),
    wins_if("exec: subprocess", "escapes", "import subprocess; return subprocess.run(['/bin/true']).returncode == 0"),
    wins_if("exec: os.system", "escapes", "import os; return os.system('true') == 0"),
    wins_if("exec: posix_spawn", "escapes", "import os, sys; return os.posix_spawn(sys.executable, ['p'], {}) > 0"),
    wins_if("exec: a program of its own", "escapes", """
        import os
        open('/tmp/a', 'w').write('#!/bin/sh')
        os.chmod('/tmp/a', 0o755)
        os.execv('/tmp/a', ['a'])
        """),
    wins_if("kills: its parent", "escapes", "import os; os.kill(PARENT, 15); return True"),
    wins_if("kills: everything", "escapes", "import os; os.kill(-1, 15); return True"),
    wins_if("kills: process 1", "escapes", "import os; os.kill(1, 9); return True"),
    wins_if("kills: by a descriptor", "escapes", """
        import os, signal
        signal.pidfd_send_signal(os.pidfd_open(PARENT), 0)
        return True
        """),
    wins_if("traces: its parent", "escapes", """
        return libc.ptrace(16, PARENT, 0, 0) == 0 or libc.ptrace(0, 0, 0, 0) == 0
        """),
    wins_if("traces: reads another's memory", "escapes", """
        import ctypes
        class V(ctypes.Structure):
            _fields_ = [('a', ctypes.c_void_p), ('n', ctypes.c_size_t)]
        b = ctypes.create_string_buffer(8)
        v = V(ctypes.addressof(b), 8)
        return libc.process_vm_readv(1, ctypes.byref(v), 1, ctypes.byref(v), 1, 0) > 0
        """),
    wins_if("namespaces: a user's", "escapes", "return libc.unshare(0x10000000) == 0"),
    wins_if("namespaces: mounts", "escapes", "return libc.unshare(0x20000) == 0"),
    wins_if("namespaces: another's", "escapes", """
        return any(libc.setns(fd, 0) == 0 for fd in range(10))
        """),
    wins_if("namespaces: by clone", "escapes", """
        import ctypes, os
        pid = libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        return pid > 0
        """),
    wins_if("mounts: a tmpfs", "escapes", "return libc.mount(b'a', b'/tmp', b'tmpfs', 0, 0) == 0"),
    wins_if("mounts: proc", "escapes", "return libc.mount(b'a', b'/tmp', b'proc', 0, 0) == 0"),
    wins_if("mounts: writable again", "escapes", "return libc.mount(None, b'/', None, 0x1020, 0) == 0"),
    wins_if("mounts: the private /tmp away", "escapes", "return libc.umount2(b'/tmp', 2) == 0"),
    wins_if("mounts: the new calls", "escapes", """
        return any(libc.syscall(n, 0, 0, 0, 0, 0) >= 0 for n in (428, 429, 430, 431, 432, 433, 442, 457, 458))
        """),
    wins_if("root: chroot", "escapes", "import os; os.mkdir('/tmp/a'); os.chroot('/tmp/a'); return True"),
    wins_if("root: setuid", "escapes", "import os; os.setuid(0); return True"),
    wins_if("root: it is root", "escapes", "import os; return 0 in (os.getuid(), os.geteuid(), os.getgid())"),
    wins_if("root: capabilities", "escapes", """
        import ctypes
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        data = (ctypes.c_uint32 * 6)(*[1 << 21] * 6)
        return libc.capset(header, data) == 0
        """),
    wins_if("root: a device", "escapes", "import os; os.mknod('/tmp/a', 0o020666, os.makedev(1, 1)); return True"),
    wins_if("root: a handle of a file", "escapes", """
        return libc.open_by_handle_at(0, 0, 0) >= 0
        """),
    wins_if("limits: raised", "escapes", """
        import resource
        for which in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
            soft, hard = resource.getrlimit(which)
            if resource.RLIM_INFINITY in (soft, hard):
                return True
            try:
                resource.setrlimit(which, (hard, resource.RLIM_INFINITY))
            except (OSError, ValueError):
                continue
            return True
        """),
    wins_if("limits: raised for another", "escapes", """
        import resource
        resource.prlimit(0, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return True
        """),
    wins_if("limits: a better place in the queue", "escapes", "import os; os.setpriority(0, 0, -10); return True"),
    wins_if("limits: all cores", "escapes", "import os; os.sched_setaffinity(0, {0}); return True"),
    wins_if("limits: the filter off", "escapes", """
        return libc.prctl(22, 0, 0, 0, 0) == 0 or libc.prctl(38, 0, 0, 0, 0) == 0 or libc.prctl(4, 1, 0, 0, 0) == 0
        """),
    wins_if("calls: the 32-bit door", "escapes", """
        import ctypes, mmap
        code = mmap.mmap(-1, 4096, prot=7)
        code.write(bytes.fromhex('b814000000cd80c3'))
        address = ctypes.addressof(ctypes.c_char.from_buffer(code))
        return ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0
        """),
    wins_if("calls: the x32 door", "escapes", "return libc.syscall(0x40000000 + 39) > 0"),
    wins_if("calls: io_uring", "escapes", "return libc.syscall(425, 1, bytes(120)) >= 0"),
    wins_if("calls: bpf", "escapes", "return libc.syscall(321, 0, bytes(120), 72) >= 0"),
    wins_if("calls: perf", "escapes", "return libc.syscall(298, bytes(128), 0, -1, -1, 0) >= 0"),
    wins_if("calls: keys", "escapes", """
        return libc.syscall(248, b'user', b'gru', b'x', 1, -3) >= 0 or libc.syscall(250, 0, -3, 0) >= 0
        """),
    wins_if("calls: userfaultfd", "escapes", "return libc.syscall(323, 1) >= 0"),
    wins_if("calls: personality", "escapes", "return libc.syscall(135, 0x0040000) >= 0"),
    wins_if("calls: a name for the machine", "escapes", "import socket; socket.sethostname('gru'); return True"),
    wins_if("calls: a lock that others see", "escapes", """
        import fcntl
        fcntl.flock(open('/worker/wire.py'), fcntl.LOCK_EX)
        return True
        """),
    wins_if("calls: a watch on a file", "escapes", "return libc.inotify_init() >= 0"),
    wins_if("devices: the null device's mode", "escapes", "import os; os.chmod('/dev/null', 0o600); return True"),
    wins_if("devices: the null device's times", "escapes", "import os; os.utime('/dev/null', (7, 7)); return True"),
    wins_if("devices: a terminal", "escapes", """
        import os
        return any(os.path.exists(f'/dev/{name}') for name in ('tty', 'console', 'ptmx', 'pts', 'kmsg', 'mem'))
        """),
    wins_if("writes: the worker", "escapes", "open('/worker/worker.py', 'a').write('#'); return True"),
    wins_if("writes: numpy", "escapes", "open(np.__file__, 'a').write('#'); return True"),
    wins_if("writes: the standard library", "escapes", "import os; open(os.__file__, 'a').write('#'); return True"),
    wins_if("writes: settings of the kernel", "escapes", """
        for path in ('/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/sys/kernel/uevent_helper',
                     '/sys/devices/system/cpu/cpu1/online'):
            try:
                open(path, 'w')
            except OSError:
                continue
            return True
        """),
    wins_if("links: out of /tmp", "escapes", """
        import os
        os.symlink('/', '/tmp/root')
        os.symlink('/proc/1/root', '/tmp/outer')
        for path in ('/tmp/root/gru', '/tmp/outer/gru', '/tmp/../gru'):
            try:
                open(path, 'w')
            except OSError:
                continue
            return True
        """),
    wins_if("links: a hard link to the worker", "escapes", "os.link('/worker/worker.py', '/tmp/a'); return True"),
]  # fmt: skip

MARK = """
import os, numpy, builtins, sys
for folder, folders, files in os.walk('/'):
    if folder.startswith(('/usr/', '/sys/')) or '/lib/python' in folder or 'packages/' in folder:
        folders[:] = []
        continue
    for path in (folder + '/gru_mark', *(folder + '/' + name for name in files)):
        try:
            open(path, 'ab').write(b'gru_mark')
        except OSError:
            pass
    for act in (lambda: os.mkdir(folder + '/gru_folder'), lambda: os.symlink('/', folder + '/gru_link'),
                lambda: os.utime(folder, (7, 7)), lambda: os.chmod(folder, 0o711),
                lambda: os.setxattr(folder, 'user.gru', b'1')):
        try:
            act()
        except OSError:
            pass
"""

LEAKS = [
    wins_if("a file anywhere", "leaks", """
        import os
        for folder, folders, files in os.walk('/'):
            if folder.startswith(('/usr/', '/sys/')) or '/lib/python' in folder or 'packages/' in folder:
                folders[:] = []
                continue
            if any('gru_mark' in name or 'gru_folder' in name or 'gru_link' in name for name in files + folders):
                return True
            if os.stat(folder).st_mtime == 7:
                return True
            for name in files:
                try:
                    if b'gru_' + b'mark' in open(folder + '/' + name, 'rb').read(1 << 20):
                        return True
                except OSError:
                    pass
        """, before=MARK),
    wins_if("a file in /tmp", "leaks", "return open('/tmp/gru').read() == '7'",
            before="open('/tmp/gru', 'w').write('7')"),
    wins_if("a file in the current folder", "leaks", "return open('gru').read() == '7'",
            before="open('gru', 'w').write('7')"),
    wins_if("shared memory", "leaks", "return open('/dev/shm/gru').read() == '7'",
            before="open('/dev/shm/gru', 'w').write('7')"),
    wins_if("shared memory of System V", "leaks", "return libc.shmget(77, 4096, 0) >= 0",
            before="import ctypes; ctypes.CDLL(None).shmget(77, 4096, 0o1666)"),
    wins_if("a semaphore of POSIX", "leaks", """
        import ctypes
        return bool(libc.sem_open(b'/gru', 0))
        """, before="import ctypes; ctypes.CDLL(None).sem_open(b'/gru', 0o100, 0o666, 1)"),
    wins_if("a queue of messages", "leaks", "return libc.mq_open(b'/gru', 0) >= 0",
            before="import ctypes; ctypes.CDLL(None).mq_open(b'/gru', 0o102, 0o666, 0)"),
    wins_if("a key in the kernel's ring", "leaks", """
        return libc.syscall(249, b'user', b'gru', 0, 0) >= 0
        """, before="import ctypes; ctypes.CDLL(None).syscall(248, b'user', b'gru', b'7', 1, -4)"),
    wins_if("the flags of a file descriptor", "leaks", """
        import fcntl
        return any(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND for fd in range(5))
        """, before="""
import fcntl, os
for fd in range(5):
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_APPEND)
"""),
    wins_if("a changed library", "leaks", "return hasattr(np, 'gru')", before="np.gru = 7"),
    wins_if("a changed builtin", "leaks", "import builtins; return hasattr(builtins, 'gru')",
            before="import builtins; builtins.gru = 7"),
    wins_if("a changed engine", "leaks", """
        import sys
        frame = sys._getframe()
        while 'serve' not in frame.f_globals:
            frame = frame.f_back
        return 'gru' in frame.f_globals
        """, before="""
import sys
frame = sys._getframe()
while 'serve' not in frame.f_globals:
    frame = frame.f_back
frame.f_globals['gru'] = 7
"""),
    wins_if("the state of the random numbers", "leaks", "return np.random.random() != FIRST_RANDOM",
            before="np.random.seed(1234)"),
    wins_if("the environment", "leaks", "import os; return 'GRU' in os.environ",
            before="import os; os.environ['GRU'] = '7'"),
    wins_if("the null device's times", "leaks", "import os; return os.stat('/dev/null').st_mtime == 7",
            before="import os; os.utime('/dev/null', (7, 7))"),
    wins_if("a process that outlives its submission", "leaks", """
        import os
        return os.path.exists('/tmp/alive')
        """, before="""
import os
if os.fork() == 0:
    while True:
        open('/tmp/alive', 'w').close()
"""),
]  # fmt: skip

ATTACKS = [*EXITS, *EQUALS, *STEALS, *FORGES, *HANGS, *BOMBS, *ESCAPES, *LEAKS]
