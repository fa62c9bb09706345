"""The descriptions that come with Seerflow: one YAML file a product. They are part of the program, as modules are."""

from importlib.resources import files


def contents() -> dict[str, bytes]:
    """Give the files: name -> content."""
    return {
        one.name: one.read_bytes()
        for one in sorted(files(__name__).iterdir(), key=lambda one: one.name)
        if one.name.endswith(".yaml")
    }
