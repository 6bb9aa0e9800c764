"""Templates of pages: what they are given is escaped, and what they say is in the reader's language."""

from pathlib import Path
from typing import Any

from crmlab.language import current, ntr, tr


def template(path: Path, **options: Any) -> Any:
    """Return a template of Jinja, with options of its environment.

    In it `tr` and `ntr` say texts that may have HTML, into which parts come escaped.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     page = Path(folder) / "page.html.j2"
    ...     _ = page.write_text("{{ tr('<b>{name}</b> buys', name=name) }}")
    ...     template(page).render(name="Tea & Co")
    '<b>Tea &amp; Co</b> buys'
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def said(text: str, /, **parts: object) -> Markup:
        words = Markup(tr(text))
        return words.format(**parts) if parts else words

    def counted(one: str, many: str, number: float, /, **parts: object) -> Markup:
        escaped = {part: Markup("{}").format(value) for part, value in parts.items()}
        return Markup(ntr(one, many, number, **escaped))

    loader = FileSystemLoader(path.parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, **options)
    environment.globals |= {"tr": said, "ntr": counted, "language": current()}
    return environment.get_template(path.name)
