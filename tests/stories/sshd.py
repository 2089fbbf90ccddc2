"""An SSH server of a test's own: its keys, its port, its settings, nobody else's."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.stories.place import free_port, until

SETTINGS = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/person.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
SetEnv {environment}
"""


class SshServer:
    """`line` is what a person types to be let in, and to do something there."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        folder.mkdir()
        for name in ("host", "person"):
            make_key(folder / name)
        self.folder, self.port = folder, free_port()
        words = " ".join(f'"{key}={value}"' for key, value in environment.items())
        (folder / "settings").write_text(
            SETTINGS.format(port=self.port, folder=folder, environment=words)
        )
        host = (folder / "host.pub").read_text()
        (folder / "known").write_text(f"[127.0.0.1]:{self.port} {host}")
        sshd = [required("sshd"), "-D", "-e", "-f", str(folder / "settings")]
        refused = subprocess.run([*sshd, "-t"], capture_output=True, text=True)
        if refused.returncode:
            pytest.skip(f"sshd refuses: {refused.stderr.strip()}")
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(sshd, stdin=subprocess.DEVNULL, stderr=log)
        try:
            until(self.answers, (folder / "log").read_text)
        except AssertionError:
            self.close()
            raise

    def answers(self) -> bool:
        with socket.socket() as door:
            return door.connect_ex(("127.0.0.1", self.port)) == 0

    def line(self, there: str) -> str:
        options = {
            "IdentityFile": self.folder / "person",
            "UserKnownHostsFile": self.folder / "known",
            "IdentitiesOnly": "yes",
            "BatchMode": "yes",
        }
        said = " ".join(f"-o {name}={value}" for name, value in options.items())
        who = pwd.getpwuid(os.getuid()).pw_name
        return f"ssh -tt -F none {said} -p {self.port} {who}@127.0.0.1 '{there}'"

    def drop(self) -> None:
        """End the connections, as a line does that is cut."""
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        for pid in Path(children).read_text().split():
            os.kill(int(pid), 9)

    def close(self) -> None:
        self.drop()
        self.process.terminate()
        self.process.wait()


def make_key(path: Path) -> None:
    keygen = [required("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(keygen, check=True)


def required(program: str) -> str:
    """Where it is; OpenSSH starts itself anew by its whole path."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found
