"""Parts of the editor that come and go with what is typed."""

from bots.web.forms import Form
from bots.web.pages.rendering import ENVIRONMENT


def rendered_form(form: Form) -> dict[str, str]:
    """Return the parts that follow what is typed."""
    return {name: ENVIRONMENT.get_template(f"editing_{name}.html").render(form=form) for name in ("form", "faults")}
