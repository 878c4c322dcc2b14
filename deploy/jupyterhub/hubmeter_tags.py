"""Tags from the spawn: which course, project or group a server is for, as its hub found it out.

The collector reads HUBMETER_TAG in a server's environment, and on Kubernetes the annotation hubmeter/tag of its pod.
This has a hub write both, when it spawns, and never what a person made up: docs/tags.md. With this file beside it,
jupyterhub_config.py says

    import hubmeter_tags as tags

    COURSES = {"https://github.com/example/stat-101": "stat-101"}  # of nbgitpuller's links
    PROJECTS = {"lab-x": "Lab X", "lab-y": "Lab Y"}                # to choose from

    c.Spawner.pre_spawn_hook = tags.hook(tags.from_link(COURSES), tags.from_choice(PROJECTS))
    c.Spawner.options_form = tags.options_form(PROJECTS)
    c.Spawner.options_from_form = tags.options_from_form

Without a choice leave out the last two lines and from_choice(). Needs nothing but Python.
"""
import html
from urllib.parse import parse_qs, urlsplit

VARIABLE = "HUBMETER_TAG"
ANNOTATION = "hubmeter/tag"
OPTION = "hubmeter_tag"
NONE = "none of these"


def repository(url):
    """Host and path of a repository, written in one way; None: it is none that a course would be in."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    path = parts.path.strip("/").removesuffix(".git")
    if parts.scheme not in ("http", "https") or not parts.hostname or not path or "@" in parts.netloc:
        return None
    return f"{parts.hostname}:{port}/{path}" if port else f"{parts.hostname}/{path}"


def linked_repository(next_url):
    """The repository() of nbgitpuller's link that a server is spawned for; None: it is another page, or several."""
    try:
        parts = urlsplit(next_url)
    except ValueError:
        return None
    if parts.path.rstrip("/").rpartition("/")[2] != "git-pull":
        return None
    found = {repository(url) for url in parse_qs(parts.query).get("repo", [])}
    return found.pop() if len(found) == 1 else None


def from_link(courses):
    """A way to find a tag: by nbgitpuller's link, from {URL of a repository: tag}. Any other repository has none."""
    tags = {}
    for url, tag in courses.items():
        name = repository(url)
        if name is None:
            raise ValueError(f"\"{url}\" is not https://HOST/OWNER/NAME")
        tags[name] = tag

    def find(spawner):
        # The link leads to /hub/spawn/USER?next=/user/USER/git-pull?repo=..., as does the form there. Whoever spawns by
        # the hub's API has no link, and a restart that the hub does by itself has no request.
        handler = getattr(spawner, "handler", None)
        asked = handler.get_query_arguments("next") if handler else []
        return tags.get(linked_repository(asked[-1]), "") if asked else ""

    return find


def from_choice(choices):
    """A way to find a tag: by what was chosen in options_form(), from {tag: title}. Others refuse the spawn, as
    whoever asks by the hub's API may have made them up."""

    def find(spawner):
        tag = (getattr(spawner, "user_options", None) or {}).get(OPTION) or ""
        if tag and tag not in choices:
            raise ValueError(f"there is no \"{tag}\" to choose")
        return tag

    return find


def options_form(choices, title="What is it for?"):
    """The form that a person sees before the spawn."""
    rows = [("", NONE), *choices.items()]
    options = "".join(
        f"<option value=\"{html.escape(tag)}\">{html.escape(name)}</option>" for tag, name in rows
    )
    return (
        f"<label for=\"{OPTION}\">{html.escape(title)}</label>"
        f"<select class=\"form-control\" name=\"{OPTION}\" id=\"{OPTION}\">{options}</select>"
    )


def options_from_form(form):
    """What options_form() sent."""
    return {OPTION: form.get(OPTION, [""])[0]}


def with_tag(old, name, tag):
    """A copy, as a spawner's own may be that of the hub's configuration."""
    new = {key: value for key, value in old.items() if key != name}
    return {**new, name: tag} if tag else new


def set_tag(spawner, tag):
    """The spawner may have spawned before: an empty tag takes away what was there."""
    spawner.environment = with_tag(spawner.environment, VARIABLE, tag)
    if hasattr(spawner, "extra_annotations"):  # KubeSpawner
        spawner.extra_annotations = with_tag(spawner.extra_annotations, ANNOTATION, tag)


def hook(*ways):
    """A pre_spawn_hook: the tag that the first of these ways finds, or none."""

    def set_found_tag(spawner):
        set_tag(spawner, next(filter(None, (find(spawner) for find in ways)), ""))

    return set_found_tag
