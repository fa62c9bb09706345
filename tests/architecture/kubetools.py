"""Helm, kubeconform and our own kubecheck, built from the Go module registry once and kept in the user's cache."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from msgspec import Struct

SOURCE = Path(__file__).with_name("kube")
CUSTOM = SOURCE / "crds"

#: What is built, at the versions of kube/go.mod, whose hashes stand in kube/go.sum.
PACKAGES = ("helm.sh/helm/v3/cmd/helm", "github.com/yannh/kubeconform/cmd/kubeconform", ".")

#: Minutes for a cold build on two cores, with room for a busy machine.
BUILD_TIMEOUT_SECONDS = 600

#: The API that the rendering is for; Helm alone would take the one that it was built with.
KUBERNETES = "1.33.0"


class Tools(Struct, frozen=True):
    """Where the tools are."""

    folder: Path

    def run(self, tool: str, *arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run one tool; it never reaches for a cluster or the network."""
        quiet = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "KUBECONFIG": os.devnull}
        return subprocess.run(
            [self.folder / tool, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            env=quiet,
            timeout=60,
            check=False,
        )

    def template(self, chart: Path, values: Path) -> subprocess.CompletedProcess[str]:
        """Render the chart."""
        return self.run(
            "helm",
            "template",
            "siem",
            chart,
            "--kube-version",
            KUBERNETES,
            "--namespace",
            "siem",
            "-f",
            values,
        )

    def conforms(self, manifests: str) -> subprocess.CompletedProcess[str]:
        """Check manifests against the API's schemas and those of custom resources."""
        name = "{{.ResourceKind}}{{.KindSuffix}}.json"
        places = [f"-schema-location={folder}/{name}" for folder in (self.folder / "schemas", CUSTOM)]
        return self.run("kubeconform", "-strict", "-summary", *places, "-", stdin=manifests)

    def decodes(self, manifests: str) -> subprocess.CompletedProcess[str]:
        """Decode manifests strictly into the API's own types."""
        return self.run("kubecheck", "decode", stdin=manifests)


def go() -> str | None:
    """Give the Go command, where there is one."""
    return shutil.which("go")


def tools() -> Tools:
    """Build what is not in the cache; an error says what the build said."""
    folder = _cache() / _fingerprint()
    if not (folder / "schemas").is_dir():
        _build(folder)
    return Tools(folder)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seerflow" / "kube"


def _fingerprint() -> str:
    parts = [(SOURCE / name).read_bytes() for name in ("go.mod", "go.sum", "main.go")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _build(folder: Path) -> None:
    # Built beside and renamed, so that a build that was interrupted is never taken for a whole one.
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    draft.mkdir(parents=True)
    environment = {**os.environ, "GOFLAGS": "-buildvcs=false -mod=readonly", "CGO_ENABLED": "0"}
    # Not optimised: the tools run for milliseconds, and compiling takes a quarter less.
    fast = ("-gcflags=all=-N -l", "-ldflags=-s -w")
    command = [go() or "go", "build", "-p", "2", *fast, "-o", f"{draft}/", *PACKAGES]
    built = subprocess.run(
        command,
        cwd=SOURCE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BUILD_TIMEOUT_SECONDS,
        check=False,
    )
    assert built.returncode == 0, f"{' '.join(command)}\n{built.stderr}"
    (draft / "drawn").mkdir()
    drawn = Tools(draft).run("kubecheck", "schemas", draft / "drawn")
    assert drawn.returncode == 0, drawn.stderr
    (draft / "drawn").rename(draft / "schemas")
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
