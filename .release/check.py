"""Holds what lies in dist/ to what it says of itself: check.py DIST VERSION.

Names and sums, what the archives hold, each SBOM against the program beside it, and the manifests against all of it.
"""

import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import yaml

dist, version = pathlib.Path(sys.argv[1]), sys.argv[2]
TARGETS = ["linux-amd64", "linux-arm64", "linux-armv7", "darwin-amd64", "darwin-arm64", "windows-amd64", "windows-arm64", "freebsd-amd64"]
URL = "https://github.com/entralogin/entralogin/releases/download/v%s/" % version
MANIFESTS = ["aur/PKGBUILD", "homebrew/entralogin.rb", "krew/entralogin.yaml", "nix/flake.nix", "scoop/entralogin.json",
             "winget/entralogin.entralogin.installer.yaml", "winget/entralogin.entralogin.locale.en-US.yaml", "winget/entralogin.entralogin.yaml"]
INSTALLERS = [name for name in ("install.sh", "install.ps1") if pathlib.Path(".release", name).exists()]


def fail(*words):
    sys.exit("check.py: " + " ".join(map(str, words)))


def same(what, have, want):
    if have != want:
        fail(what, "has", have, "and not", want)


def archive_of(target):
    return "entralogin-" + target + (".zip" if target.startswith("windows") else ".tar.gz")


def names():
    want = {"checksums.txt", "version.txt", "manifests", "entralogin-linux-oci.tar"} | set(INSTALLERS)
    for target in TARGETS:
        want |= {archive_of(target), "entralogin-%s.cdx.json" % target}
        if target.startswith("linux"):
            want |= {"entralogin-" + target + end for end in (".deb", ".rpm", ".apk", ".pkg.tar.zst")}
    same("dist", sorted(p.name for p in dist.iterdir()), sorted(want))
    same("manifests", sorted(str(p.relative_to(dist / "manifests")) for p in (dist / "manifests").rglob("*") if p.is_file()), MANIFESTS)
    same("version.txt", (dist / "version.txt").read_text(), version + "\n")
    for script in INSTALLERS:
        text = (dist / script).read_text()
        if "@VERSION@" in text or version not in text:
            fail(script, "does not have the version")


def read_sums():
    sums = {}
    for line in (dist / "checksums.txt").read_text().splitlines():
        digest, name = line.split("  ")
        same(name, hashlib.sha256((dist / name).read_bytes()).hexdigest(), digest)
        sums[name] = digest
    files = sorted(p.name for p in dist.iterdir() if p.is_file() and p.name != "checksums.txt")
    same("checksums.txt", list(sums), files)
    return sums


def read_archive(target):
    """What the archive holds, by name, all of it in a folder of the archive's name."""
    path, folder = dist / archive_of(target), "entralogin-%s/" % target
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as z:
            files = {n: z.read(n) for n in z.namelist() if not n.endswith("/")}
    else:
        with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as t:
            files = {m.name: t.extractfile(m).read() for m in t if m.isfile()}
            same(path, {(m.uid, m.gid, m.uname) for m in t}, {(0, 0, "")})
            same(path, {m.mode for m in t if m.name in (folder + "entralogin", folder[:-1])}, {0o755})
    windows = target.startswith("windows")
    want = {"LICENSE", "NOTICES", "README.md", "CHANGELOG.md", "entralogin.exe" if windows else "entralogin"}
    want |= {"completions/" + n for n in ("entralogin.bash", "entralogin.fish", "_entralogin", "entralogin.ps1")}
    have = {n.removeprefix(folder) for n in files}
    pages = {n for n in have if n.startswith("man/")}
    if not windows and not {"man/entralogin.1", "man/entralogin-git-credential.1", "man/entralogin-docker-credential.1"} <= pages:
        fail(path, "lacks man pages")
    same(path, sorted(have - pages), sorted(want))
    if not all(n.startswith(folder) for n in files):
        fail(path, "has files outside of", folder)
    return {n.removeprefix(folder): data for n, data in files.items()}


def sbom(target, program, notices):
    """The SBOM, the licences and the program itself name the same modules."""
    with tempfile.NamedTemporaryFile() as f:
        f.write(program)
        f.flush()
        said = subprocess.run(["go", "version", "-m", f.name], check=True, capture_output=True, text=True).stdout
    linked = sorted(tuple(m) for m in re.findall(r"^\tdep\t(\S+)\t(\S+)", said, re.M))
    main = re.search(r"^\tmod\t(\S+)\t(\S+)", said, re.M).groups()
    bom = json.loads((dist / ("entralogin-%s.cdx.json" % target)).read_text())
    listed = sorted((c["name"], c["version"]) for c in bom["components"] if c["name"] != "std")
    component = bom["metadata"]["component"]
    same("SBOM of " + target, listed, linked)
    same("SBOM of " + target, (component["name"], component["version"]), main)
    same("SBOM of " + target, [c["version"] for c in bom["components"] if c["name"] == "std"], [said.split("\n")[0].split(": ")[1]])
    properties = {p["name"]: p["value"] for p in component["properties"]}
    goos, arch = target.split("-")
    same("SBOM of " + target, (properties["cdx:gomod:build:env:GOOS"], properties["cdx:gomod:build:env:GOARCH"]), (goos, arch.replace("armv7", "arm")))
    same("NOTICES of " + target, sorted(tuple(n) for n in re.findall(r"^==== (\S+) (v\S+)$", notices.decode(), re.M)), linked)
    for c in bom["components"]:
        if c["name"] != "std" and not c.get("evidence", {}).get("licenses") and not c.get("licenses"):
            fail("SBOM of", target, "knows no licence of", c["name"])
    return len(linked)


def manifests(sums, archives):
    def text(name):
        return (dist / "manifests" / name).read_text()

    def entry(url, digest, *inside):
        name = url.removeprefix(URL)
        same(name, digest, sums.get(name))
        target = name.removeprefix("entralogin-").removesuffix(".zip").removesuffix(".tar.gz")
        for path in inside:
            folder, _, file = path.replace("\\", "/").partition("/")
            if folder != "entralogin-" + target or file not in archives[target]:
                fail(name, "has no", path)
        return target

    krew = yaml.safe_load(text("krew/entralogin.yaml"))["spec"]
    same("krew", krew["version"], "v" + version)
    same("krew", sorted(entry(p["uri"], p["sha256"], *[f["from"] for f in p["files"]]) for p in krew["platforms"]),
         sorted(t for t in TARGETS if t != "freebsd-amd64"))
    winget = yaml.safe_load(text("winget/entralogin.entralogin.installer.yaml"))
    for i in winget["Installers"]:
        same("winget", entry(i["InstallerUrl"], i["InstallerSha256"], *[f["RelativeFilePath"] for f in i["NestedInstallerFiles"]]),
             "windows-" + i["Architecture"].replace("x64", "amd64"))
    for name in MANIFESTS:
        if name.startswith("winget/"):
            same(name, yaml.safe_load(text(name))["PackageVersion"], version)
    scoop = json.loads(text("scoop/entralogin.json"))
    same("scoop", scoop["version"], version)
    for arch, a in scoop["architecture"].items():
        same("scoop", entry(a["url"], a["hash"], a["extract_dir"] + "/" + scoop["bin"]), "windows-" + arch.replace("64bit", "amd64"))
    brew = re.findall(r'url "(\S+)"\s+sha256 "(\w+)"', text("homebrew/entralogin.rb"))
    same("brew", [entry(*e) for e in brew], ["darwin-arm64", "darwin-amd64", "linux-arm64", "linux-amd64"])
    nix = re.findall(r'name = "(\S+)"; sha256 = "(\w+)"', text("nix/flake.nix"))
    same("nix", len([entry(URL + n + ".tar.gz", s) for n, s in nix]), 5)
    aur = text("aur/PKGBUILD")
    for arch in ("x86_64", "aarch64", "armv7h"):
        entry(re.search(r'source_%s=\("\S+::(\S+)"\)' % arch, aur)[1], re.search(r"sha256sums_%s=\((\w+)\)" % arch, aur)[1])


names()
sums = read_sums()
archives = {target: read_archive(target) for target in TARGETS}
for target, files in archives.items():
    program = files["entralogin.exe" if target.startswith("windows") else "entralogin"]
    print("%s: %.1f MB, %d modules in program, SBOM and NOTICES" % (target, len(program) / 1e6, sbom(target, program, files["NOTICES"])))
manifests(sums, archives)
print(len(sums), "files,", len(MANIFESTS), "manifests")
