"""Makes .venv, or another folder, and installs one lock file into it; does nothing when that is already done.

Runs on the bare Python that `make` found, so it uses the standard library only.
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MINOR = "{}.{}".format(*sys.version_info[:2])


def is_usable(python: Path) -> bool:
    """Tell whether a virtual environment runs, belongs to this Python's minor version, and has pip."""
    question = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([python, "-c", question], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.stdout.strip() == MINOR


def make_venv(venv: Path) -> None:
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        sys.stderr.write(made.stdout + made.stderr)
        sys.exit(
            f"{sys.executable} could not make a virtual environment in {venv}. "
            "On Debian and Ubuntu the package python3-venv brings what is missing."
        )


def install(lock_file: Path, python: Path) -> None:
    # Twice quiet: warnings about this machine's own pip settings are not ours to show; errors are.
    pip = [str(python), "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input", "install"]
    done = subprocess.run([*pip, "--require-hashes", "--no-deps", "-r", str(lock_file)], check=False)
    if done.returncode != 0:
        sys.exit(
            f"Not everything in {lock_file.name} could be installed; pip's own words stand above. "
            "Run the same command again once that is put right: it goes on where it stopped."
        )


def main(name: str, folder: str = ".venv") -> None:
    lock_file, venv = ROOT / name, ROOT / folder
    python = venv / "bin" / "python"
    wanted = f"{hashlib.sha256(lock_file.read_bytes()).hexdigest()} {MINOR}"
    stamp = venv / f"{name}.installed"
    try:
        venv.mkdir(exist_ok=True)
        with (venv / "install.lock").open("w") as queue:
            fcntl.flock(queue, fcntl.LOCK_EX)  # a second `make` in this checkout waits, then finds it done
            if python.exists() and stamp.exists() and stamp.read_text() == wanted:
                return
            sys.stdout.write("Installing what Headway needs (once, about a minute) …\n")
            sys.stdout.flush()
            if not is_usable(python):
                make_venv(venv)
            install(lock_file, python)
            stamp.write_text(wanted)
    except OSError as error:
        sys.exit(f"Headway could not write its virtual environment {venv}: {error.strerror}.")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main(*sys.argv[1:])
