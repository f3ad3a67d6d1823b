"""Forms made from the schema of documents, and documents changed by what is typed into them. Pure."""

from bots.web.forms.building import build_form
from bots.web.forms.field import Field, Form, Kind
from bots.web.forms.masking import masked
from bots.web.forms.typing_in import type_in

__all__ = ["Field", "Form", "Kind", "build_form", "masked", "type_in"]
