"""Prints [tag by annotation, tag by environment] of pods that the real KubeSpawner would make, for
tests/deploy/test_jupyterhub.py: by profile, by link, by both and by neither. No cluster is asked."""
import asyncio
import json
import sys
from pathlib import Path
from types import SimpleNamespace

from kubespawner import KubeSpawner

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "deploy" / "jupyterhub"))
import hubmeter_tags as tags  # noqa: E402 pylint: disable=wrong-import-position

PROFILES = [
    {"display_name": "For myself", "slug": "own", "default": True},
    {"display_name": "Lab X", "slug": "lab-x",
     "kubespawner_override": {"extra_annotations": {"hubmeter/tag": "lab-x"}}},
]
LINK = "/user/ada/git-pull?repo=https%3A%2F%2Fgithub.com%2Fexample%2Fstat-101"
SPAWNS = [(None, "own"), (None, "lab-x"), (LINK, "own"), (LINK, "lab-x"), (None, "own")]


async def main():
    spawner = KubeSpawner(_mock=True)
    spawner.profile_list = PROFILES
    hook = tags.hook(tags.from_link({"https://github.com/example/stat-101": "stat-101"}))
    found = []
    for link, profile in SPAWNS:
        asked = [link] if link else []
        spawner.handler = SimpleNamespace(get_query_arguments=lambda name, asked=asked: asked)
        spawner.user_options = {"profile": profile}
        hook(spawner)
        await spawner.load_user_options()
        pod = await spawner.get_pod_manifest()
        environment = {variable.name: variable.value for variable in pod.spec.containers[0].env}
        found.append([pod.metadata.annotations.get("hubmeter/tag"), environment.get("HUBMETER_TAG")])
    json.dump(found, sys.stdout)


asyncio.run(main())
