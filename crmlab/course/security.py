"""The content security policy of all pages: they load what lies beside them, and run no script from data."""

import base64
import hashlib


def content_policy(*scripts: str) -> str:
    """Return the policy of a page that may run the scripts beside it, and these of its own.

    Pages work from disk, too, where some browsers do not know ``'self'``, so ``file:`` stands beside it.

    Parameters
    ----------
    *scripts : str
        The text of each inline script, or of an attribute such as ``onclick``, that is the page's own.

    Examples
    --------
    >>> "'sha256-" in content_policy("window.print()"), "'unsafe-eval'" in content_policy()
    (True, False)
    """
    here = "'self' file:"
    own = f" 'unsafe-hashes' {' '.join(map(_hash, scripts))}" if scripts else ""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {here}{own}",
            f"style-src {here} 'unsafe-inline'",
            f"img-src {here} data:",
            f"font-src {here} data:",
            f"connect-src {here}",
            f"frame-src {here}",
            f"form-action {here}",
            "base-uri 'none'",
        ]
    )


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
