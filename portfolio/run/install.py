"""Makes .venv and installs one lock file into it; does nothing when that is already done.

Runs on the bare Python that `make` found, so it uses the standard library only.
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MINOR = "{}.{}".format(*sys.version_info[:2])


def is_usable() -> bool:
    """Tell whether .venv runs, belongs to this Python's minor version, and has pip."""
    question = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([PYTHON, "-c", question], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.stdout.strip() == MINOR


def make_venv() -> None:
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        sys.stderr.write(made.stdout + made.stderr)
        sys.exit(
            f"{sys.executable} could not make a virtual environment in {VENV}. "
            "On Debian and Ubuntu the package python3-venv brings what is missing."
        )


def install(lock_file: Path) -> None:
    # Twice quiet: warnings about this machine's own pip settings are not ours to show; errors are.
    pip = [str(PYTHON), "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input", "install"]
    done = subprocess.run([*pip, "--require-hashes", "--no-deps", "-r", str(lock_file)], check=False)
    if done.returncode != 0:
        sys.exit(
            f"Not everything in {lock_file.name} could be installed; pip's own words stand above. "
            "Run the same command again once that is put right: it goes on where it stopped."
        )


def main(name: str) -> None:
    lock_file = ROOT / name
    wanted = f"{hashlib.sha256(lock_file.read_bytes()).hexdigest()} {MINOR}"
    stamp = VENV / f"{name}.installed"
    try:
        VENV.mkdir(exist_ok=True)
        with (ROOT / ".venv" / "install.lock").open("w") as queue:
            fcntl.flock(queue, fcntl.LOCK_EX)  # a second `make` in this checkout waits, then finds it done
            if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
                return
            sys.stdout.write("Installing what Headway needs (once, about a minute) …\n")
            sys.stdout.flush()
            if not is_usable():
                make_venv()
            install(lock_file)
            stamp.write_text(wanted)
    except OSError as error:
        sys.exit(f"Headway could not write its virtual environment {VENV}: {error.strerror}.")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main(sys.argv[1])
