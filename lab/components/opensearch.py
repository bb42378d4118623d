"""OpenSearch homes, put together from Maven artifacts: the server, its modules, Korean analysis, the security plugin.

The archive on Maven is the server alone; each module is a jar with a descriptor, which is written here.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from lab.components.build import Component, ComponentError, program, run
from lab.components.maven import Artifact, fetch

LUCENE = {"2.11.1": "9.7.0", "2.19.3": "9.12.2"}
NORI_SOURCE = Path(__file__).parent / "nori" / "NoriPlugin.java"

# Module: its artifact on Maven. Some are published under another name than the module's.
MODULES = {
    "aggs-matrix-stats": "aggs-matrix-stats-client",
    "analysis-common": "analysis-common",
    "ingest-common": "ingest-common",
    "lang-mustache": "lang-mustache-client",
    "lang-painless": "lang-painless",
    "mapper-extras": "mapper-extras-client",
    "parent-join": "parent-join-client",
    "percolator": "percolator-client",
    "rank-eval": "rank-eval-client",
    "reindex": "reindex-client",
}
EXTENDS = {"analysis-common": "lang-painless", "ingest-common": "lang-painless"}
# What a module may do under Java's security manager; without these, reindex from remote and scripts fail at run time.
PERMISSIONS = {
    "lang-mustache": (
        'java.lang.RuntimePermission "accessDeclaredMembers"',
        'java.lang.reflect.ReflectPermission "suppressAccessChecks"',
    ),
    "lang-painless": (
        'java.lang.RuntimePermission "createClassLoader"',
        'java.lang.RuntimePermission "getClassLoader"',
    ),
    "reindex": (
        'java.net.SocketPermission "*", "connect,resolve"',
        'java.net.NetPermission "getProxySelector"',
        'java.util.PropertyPermission "*", "read"',
    ),
}


def artifacts(version: str) -> dict[str, Artifact]:
    plugins = "org.opensearch.plugin"
    return {
        "server": Artifact("org.opensearch.distribution.integ-test-zip", "opensearch", version, "zip"),
        "nori": Artifact("org.apache.lucene", "lucene-analysis-nori", LUCENE[version]),
        "security": Artifact(plugins, "opensearch-security", f"{version}.0", "zip"),
    } | {module: Artifact(plugins, name, version) for module, name in MODULES.items()}


def stem(jar: Path) -> str:
    """The artifact's name without version: OpenSearch refuses to start with a jar twice ("jar hell")."""
    return re.sub(r"-\d[\w.]*$", "", jar.stem)


def describe(folder: Path, name: str, entry_class: str, version: str) -> None:
    folder.joinpath("plugin-descriptor.properties").write_text(
        f"name={name}\ndescription={name}\nversion={version}\nopensearch.version={version}\njava.version=11\n"
        f"classname={entry_class}\nextended.plugins={EXTENDS.get(name, '')}\n"
        "custom.foldername=\nhas.native.controller=false\n"
    )


def entry_class(jar: Path) -> str:
    with zipfile.ZipFile(jar) as archive:
        for member in archive.namelist():
            if member.endswith("Plugin.class") and "$" not in member:
                return member.removesuffix(".class").replace("/", ".")
    raise ComponentError(f"{jar.name} holds no plugin class: its layout has changed, or the download is broken")


def add_module(home: Path, name: str, fetched: Path, version: str) -> None:
    folder = home / "modules" / name
    folder.mkdir(parents=True, exist_ok=True)
    in_server = {stem(jar) for jar in home.joinpath("lib").glob("*.jar")}
    for jar in fetched.glob("*.jar"):
        if stem(jar) not in in_server:
            shutil.copy(jar, folder)
    own = folder / f"{MODULES[name]}-{version}.jar"
    describe(folder, name, entry_class(own), version)
    if name in PERMISSIONS:
        grants = "".join(f"  permission {permission};\n" for permission in PERMISSIONS[name])
        folder.joinpath("plugin-security.policy").write_text("grant {\n" + grants + "};\n")


def add_nori(home: Path, fetched: Path, version: str) -> None:
    folder = home / "plugins" / "analysis-nori"
    classes = folder / "classes"
    classes.mkdir(parents=True)
    lucene = next(fetched.glob("lucene-analysis-nori-*.jar"))
    shutil.copy(lucene, folder)
    javac, jar = (program(tool, "openjdk-17-jdk-headless") for tool in ("javac", "jar"))
    run(
        [javac, "--release", "11", "-nowarn", "-cp", f"{home}/lib/*:{lucene}", "-d", str(classes), str(NORI_SOURCE)],
        what="compiling the Korean analysis plugin",
    )
    run(
        [jar, "cf", f"{folder}/analysis-nori-{version}.jar", "-C", str(classes), "."],
        what="packing the Korean analysis plugin",
    )
    shutil.rmtree(classes)
    describe(folder, "analysis-nori", "lab.nori.NoriPlugin", version)


def make(version: str, place: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="lab-opensearch-") as scratch:
        fetched = fetch(artifacts(version), Path(scratch, "fetched"))
        with zipfile.ZipFile(next(fetched["server"].glob("opensearch-*.zip"))) as archive:
            archive.extractall(scratch)
        for part in Path(scratch, f"opensearch-{version}").iterdir():
            shutil.move(part, place)
        for name in MODULES:
            add_module(place, name, fetched[name], version)
        add_nori(place, fetched["nori"], version)
        with zipfile.ZipFile(next(fetched["security"].glob("*.zip"))) as archive:
            archive.extractall(place / "plugins" / "opensearch-security")
    for script in (*place.glob("bin/*"), *place.glob("plugins/opensearch-security/tools/*.sh")):
        script.chmod(0o755)


def component(version: str) -> Component:
    pins = "\n".join(
        [version, LUCENE[version], repr(MODULES), repr(PERMISSIONS), repr(EXTENDS), NORI_SOURCE.read_text()]
    )
    return Component(f"opensearch-{version}", pins, lambda place: make(version, place))
