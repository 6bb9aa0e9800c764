"""Sphinx's settings for the site: executed notebooks in, pages that need no network out."""

from typing import Any

from markupsafe import Markup, escape
from sphinx.application import Sphinx

from crmlab.language import tr

project = "crmlab"
author = "The crmlab authors"
language = "en"
html_title = "crmlab"

extensions = ["myst_nb", "sphinx.ext.mathjax", "sphinx-mathjax-offline"]
suppress_warnings = [
    "myst.header",  # a lesson may skip a level of headings
    "mystnb.unknown_mime_type",  # an output may carry data for machines beside what is shown
]

nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # these would come from the network
nb_merge_streams = True
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_dmath_allow_digits = False  # "$10 and $20" is money, not mathematics
myst_dmath_allow_space = False
myst_heading_anchors = 3
myst_update_mathjax = False  # mathjax-settings.js says what is typeset

# The reference, where the site has one: docstrings as Sphinx's own extensions read them.
default_role = "py:obj"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_use_type_comments = False
napoleon_custom_sections = [("Attributes", "params_style")]
napoleon_google_docstring = False
napoleon_use_param = False  # types are words, such as "a list of them"
napoleon_use_rtype = False
maximum_signature_line_length = 80
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

html_theme = "sphinx_book_theme"
html_static_path = ["crmlab.css", "../editions/templates/mathjax-settings.js"]
html_css_files = ["crmlab.css"]
html_js_files = [("mathjax-settings.js", {"priority": 100})]
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {
    "home_page_in_toc": True,
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "use_download_button": True,
    "use_fullscreen_button": False,
    "navigation_with_keys": False,
    "navbar_persistent": [],  # the search stands in the sidebar already
    "footer_content_items": ["extra-footer"],
    "extra_footer": tr("Code: MIT. Text: CC BY 4.0."),
}


# What the theme writes into a page itself; a script that is none of these is not run.
_MODE = """
    document.documentElement.dataset.mode = localStorage.getItem("mode") || "";
    document.documentElement.dataset.theme = localStorage.getItem("theme") || "";
  """
_SEARCH = "DOCUMENTATION_OPTIONS.search_as_you_type = false;"
_FOCUS = """
    // Activate the search field on page load
    let searchInput = document.querySelector("form.bd-search input");
    if (searchInput) {
        searchInput.focus();
        searchInput.select();
        console.log("[PST]: Set focus on search field.");
    }
  """


def setup(app: Sphinx) -> None:
    """Let pages be read in parallel: the MathJax extension only sets a path and copies files at the end."""
    if app.tags.has("reference"):
        app.setup_extension("crmlab.course.reference")
    app.extensions["sphinx-mathjax-offline"].parallel_read_safe = True
    app.connect("html-page-context", offer_notebooks_alone, priority=100)
    app.connect("html-page-context", escape_title, priority=900)
    app.connect("html-page-context", add_policy, priority=910)


def offer_notebooks_alone(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Let a page offer its source for download only where that is a lesson."""
    if context.get("page_source_suffix") != ".ipynb":
        context["page_source_suffix"] = ""


def escape_title(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Let titles be text where the theme writes them as they are, whatever signs they hold."""
    for name in ("pagetitle", "root_title", "docstitle"):
        if name in context:
            context[name] = Markup(escape(context[name]))  # which Sphinx's own templates escape no more


def add_policy(_app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Let a page run the scripts of this site alone, whatever its lessons, cases and data hold."""
    from crmlab.course.security import content_policy

    own = (_MODE, _SEARCH, _FOCUS, f"DOCUMENTATION_OPTIONS.pagename = '{page}';", "window.print()")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{content_policy(*own)}">'
    context["metatags"] = meta + context.get("metatags", "")
