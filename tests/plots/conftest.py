"""Every picture that a test draws is closed after it; pictures may be drawn in another language."""

from collections.abc import Iterator

import pseudo
import pytest
from matplotlib import pyplot as plt
from matplotlib.text import Text

from crmlab.plots.style import alt_of_figure


@pytest.fixture(autouse=True)
def close_pictures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def bypassing():
    """Return a function that draws a picture and returns the words on it that no catalogue holds."""

    def bypassing(draw, data=()):
        with pseudo.spoken():
            drawn = draw()
            figure = drawn if hasattr(drawn, "axes") and isinstance(drawn.axes, list) else drawn.figure
            figure.canvas.draw()
        words = [text.get_text() for text in figure.findobj(Text) if text.get_visible()]
        return pseudo.bypassing("\n".join([*words, alt_of_figure(figure)]), data)

    return bypassing
